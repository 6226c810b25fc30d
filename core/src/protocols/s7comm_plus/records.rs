//! The tables of S7comm-plus.
use super::codes::{Datatype, Opcode, PlusFunction, Section, SoftwareType, Version};
use crate::record::{Duration, Instant, Symbol, Text};

crate::record! {
    /// One S7comm-plus PDU, or one part of a message in several.
    pub struct S7commPlus<'a> in "s7comm_plus" {
        /// Version of the PDU.
        version: Version,
        /// Length of its data, as stated; null in a keep-alive.
        length: Option<u16> ["octets"],
        /// Whether it goes on with a message that began before: then it has no opcode.
        continues: bool,
        /// Opcode.
        opcode: Option<Opcode>,
        /// Function, in a request and its answer.
        function_code: Option<PlusFunction>,
        /// Sequence number that an answer repeats; that of the notification, or of the keep-alive.
        sequence_number: Option<u32>,
        /// Session.
        session_id: Option<u32>,
        /// Flags of transport.
        transport_flags: Option<u8>,
        /// Object that a request names first; in the answer to one that makes objects, the first of those.
        object_id: Option<u32>,
        /// Value that an answer returns: error number in the lower 16 bits.
        return_value: Option<u64>,
        /// Object of the subscription that a notification belongs to.
        subscription_id: Option<u32>,
        /// Count of notifications against the credit of the subscriber.
        credit_tick: Option<u8>,
        /// Count of changes of the subscription.
        change_count: Option<u8>,
        /// When the device sent the notification, UTC, where it tells.
        device_time: Option<Instant>,
        /// Digest before the message (version 3).
        digest: Option<&'a [u8]>,
        /// What a system event tells, as sent.
        event: Option<&'a [u8]>,
        /// The message that asked, in an answer that was paired.
        request_message: Option<u64>,
    }
}

crate::record! {
    /// One value in a message.
    pub struct S7commPlusValues<'a> in "s7comm_plus_values" {
        /// Place among the values of the message, from 0.
        position: u32,
        /// Identifiers from the outermost object or item down to the value, separated by points.
        path: Text<'a>,
        /// Last of those identifiers: that of the attribute or member, or the number of the item.
        id: u32,
        /// Type.
        datatype: Datatype,
        /// Flags of the type: 10 hex array, 20 hex array of addresses, 40 hex sparse array.
        datatype_flags: u8,
        /// Place in an array, from 0; key in a sparse array.
        array_index: Option<u32>,
        /// Value, where it is an integer that a signed 64-bit number holds.
        integer: Option<i64>,
        /// Value, where it is an unsigned integer or bits.
        unsigned: Option<u64>,
        /// Value, where it is a real number.
        number: Option<f64>,
        /// Value, where it is text.
        text: Option<Text<'a>>,
        /// Value, where it is a moment.
        time: Option<Instant>,
        /// Value, where it is a length of time.
        span: Option<Duration>,
        /// Value, where it is octets, as a structure of a type that the PLC knows is; null if it is a key or password.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// The address of a variable that is read or written, or an attribute that is asked for.
    pub struct S7commPlusAddresses<'a> in "s7comm_plus_addresses" {
        /// Number of the item, from 1.
        item: u32,
        /// Checksum of the symbol; 0 where identifiers are meant.
        symbol_crc: u32,
        /// Area, or object.
        area: u32,
        /// Data block, where the area is one.
        db_number: Option<u16>,
        /// Area within: values or retained values.
        base_area: u32,
        /// Address from the area down to the variable, separated by points.
        path: Text<'a>,
    }
}

crate::record! {
    /// An object in a message.
    pub struct S7commPlusObjects<'a> in "s7comm_plus_objects" {
        /// Relation identifier: which object.
        relation_id: u32,
        /// Class: what kind of object.
        class_id: u32,
        /// Depth in other objects, from 0.
        depth: u16,
        /// Relation identifiers from the outermost object, separated by points.
        path: Text<'a>,
    }
}

crate::record! {
    /// A variable that an object describes: of a data block, of a block's interface, or of a type.
    pub struct S7commPlusVariables<'a> in "s7comm_plus_variables" {
        /// Relation identifiers from the outermost object to the one that describes it, separated by points.
        path: Text<'a>,
        /// Place among the variables of that object, from 0.
        position: u32,
        /// Name.
        name: Option<Text<'a>>,
        /// Local identifier: the last part of the variable's address.
        local_id: u32,
        /// Check sum of the symbol, which addresses repeat.
        symbol_crc: Option<u32>,
        /// Type.
        software_type: SoftwareType,
        /// Flags, as sent.
        attribute_flags: u32,
        /// Part of a block's interface that it belongs to.
        section: Option<Section>,
        /// Flags of the place of a bit, as sent.
        bit_offset_flags: Option<u8>,
        /// Place in the block, where that is laid out by the PLC.
        optimized_address: Option<u32> ["octets"],
        /// Place in the block, where that is laid out as it is declared.
        address: Option<u32> ["octets"],
        /// Of a string, the most characters that it holds.
        length: Option<u32>,
        /// Of a structure, the object that describes its type.
        type_relation_id: Option<u32>,
        /// Of an array, the lowest index.
        lower_bound: Option<i32>,
        /// Of an array, the number of its elements.
        element_count: Option<u32>,
        /// Of an array in several dimensions, the bounds of each: `0..2, -1..3`.
        dimensions: Option<Text<'a>>,
    }
}

crate::record! {
    /// An item that was refused, or that a notification has no value of.
    pub struct S7commPlusErrors in "s7comm_plus_errors" {
        /// Number of the item, from 1; in a notification the one that the subscription gave it.
        item: u32,
        /// Value that was returned: error number in the lower 16 bits; in a notification one octet.
        return_value: u64,
        /// Error number.
        error: i16,
        /// What it means, where that is known.
        error_name: Option<Symbol>,
    }
}

crate::record! {
    /// What counts and protects a message: its last fields, or a number before its objects.
    pub struct S7commPlusIntegrities<'a> in "s7comm_plus_integrities" {
        /// Counts messages; that of an answer is the sum of that of its request and the sequence number.
        integrity_id: Option<u32>,
        /// Digest behind the message (version 2).
        digest: Option<&'a [u8]>,
    }
}
