//! The tables of S7comm.
use super::codes::{
    Area, BlockLanguage, BlockType, CpuMode, DataTransportSize, ErrorClass, FunctionGroup, OperatingState,
    PartialList, ReturnCode, Rosctr, S7Error, S7Function, SyntaxId, TransportSize, UserdataType,
};
use crate::record::{Duration, Symbol, Text, WallClock};

crate::record! {
    /// One S7comm PDU.
    pub struct S7comm in "s7comm" {
        /// Remote operating service control: job, acknowledgement, answer, userdata.
        rosctr: Rosctr,
        /// Reference that an answer repeats.
        pdu_reference: u16,
        /// Length of the parameters, as stated.
        parameter_length: u16 ["octets"],
        /// Length of the data, as stated.
        data_length: u16 ["octets"],
        /// Class of the error, in answers.
        error_class: Option<ErrorClass>,
        /// Code of the error within its class, in answers.
        error_code: Option<u8>,
        /// Function of a job and of its answer.
        function_code: Option<S7Function>,
        /// Items that a PDU of read, write or cyclic services claims to hold.
        item_count: Option<u8>,
        /// The message that asked, in an answer that was paired.
        request_message: Option<u64>,
    }
}

crate::record! {
    /// What both sides agree on before anything else.
    pub struct S7commSetups in "s7comm_setups" {
        /// Jobs that the caller may have outstanding.
        max_amq_calling: u16,
        /// Jobs that the called may have outstanding.
        max_amq_called: u16,
        /// Largest PDU.
        pdu_length: u16 ["octets"],
    }
}

crate::record! {
    /// One item that is read or written. In an answer the address is that of its job, and null if that was not seen.
    pub struct S7commItems<'a> in "s7comm_items" {
        /// Place among the items of the PDU, from 0.
        index: u16,
        /// Syntax of the address, where this PDU holds one.
        syntax_id: Option<SyntaxId>,
        /// Type of the variables, where this PDU states it.
        transport_size: Option<TransportSize>,
        /// Number of variables, where this PDU states it.
        length: Option<u16>,
        /// Number of the data block, where this PDU states it.
        db_number: Option<u16>,
        /// Area, where this PDU states it.
        area: Option<Area>,
        /// First octet in the area; number of the timer or counter; identifier of the data record.
        byte_address: Option<u32>,
        /// Bit in that octet; null for timers and counters.
        bit_address: Option<u8>,
        /// The address as engineers write it: `DB1.DBX4.0`, `M10.3`, `T5`; in another syntax the path of a symbol, or what
        /// is known of the address in words.
        name: Option<Text<'a>>,
        /// What became of the item.
        return_code: Option<ReturnCode>,
        /// In which unit the data were sent.
        data_transport_size: Option<DataTransportSize>,
        /// Value, where the item is one variable with an integer or truth value.
        integer: Option<i64>,
        /// Value, where the item is one variable with a real value; times in seconds.
        number: Option<f64>,
        /// The data as sent, without the fill octet.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// The address of an item in another syntax than S7ANY.
    pub struct S7commAddresses<'a> in "s7comm_addresses" {
        /// Place of the item in the PDU, from 0.
        index: u16,
        /// Syntax of the address.
        syntax_id: SyntaxId,
        /// Place within the item, where it holds several addresses.
        part: u16,
        /// Data block.
        db_number: Option<u16>,
        /// First octet.
        byte_address: Option<u32>,
        /// How many octets.
        length: Option<u16>,
        /// Area of a numerical control: 0 NCK, 1 mode group, 2 channel, 3 axis, 4 tool, 5 feed drive, 6 main drive, 7 MMC.
        nck_area: Option<u8>,
        /// Unit of that area.
        nck_unit: Option<u8>,
        /// Column: the variable.
        nck_column: Option<u16>,
        /// Line: the element.
        nck_line: Option<u16>,
        /// Module: the kind of data.
        nck_module: Option<u8>,
        /// Number of lines.
        nck_line_count: Option<u8>,
        /// Parameter of a drive.
        parameter_number: Option<u16>,
        /// Index of that parameter.
        parameter_index: Option<u16>,
        /// Checksum of the symbol.
        symbol_crc: Option<u32>,
        /// Local identifiers from the area down to the variable, separated by points.
        symbol_path: Option<Text<'a>>,
        /// The address as sent.
        address: &'a [u8],
    }
}

crate::record! {
    /// A step of a download or upload of a block or file.
    pub struct S7commTransfers<'a> in "s7comm_transfers" {
        /// Function.
        function_code: S7Function,
        /// Whether more data follow.
        more: Option<bool>,
        /// Whether the sender says that something failed.
        failed: Option<bool>,
        /// Why the transfer ended.
        error: Option<S7Error>,
        /// Identifies an upload.
        upload_id: Option<u32>,
        /// Name of the block or file, as sent.
        file_name: Option<Text<'a>>,
        /// Type of the block, from its name.
        block_type: Option<BlockType>,
        /// Number of the block, from its name.
        block_number: Option<u32>,
        /// File system, from its name: P passive, A active, B both.
        file_system: Option<Text<'a>>,
        /// Octets of load memory that the block needs.
        load_memory_length: Option<u32> ["octets"],
        /// Octets of its code.
        code_length: Option<u32> ["octets"],
        /// Octets of the block, told at the start of an upload.
        block_length: Option<u32> ["octets"],
        /// The part of the block.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// A program invocation service: one row for each argument, and one without argument if there is none.
    pub struct S7commServices<'a> in "s7comm_services" {
        /// Function: PI service or PLC stop.
        function_code: S7Function,
        /// Name of the service, as sent.
        service: Text<'a>,
        /// Place of the argument, from 0.
        index: Option<u16>,
        /// What the argument is.
        argument_name: Option<Symbol>,
        /// The argument; null if it is a password.
        argument: Option<Text<'a>>,
        /// Whether the argument is a password, which is not shown.
        masked: bool,
        /// Type of the block that it names.
        block_type: Option<BlockType>,
        /// Number of that block.
        block_number: Option<u32>,
        /// File system of that block.
        file_system: Option<Text<'a>>,
    }
}

crate::record! {
    /// The parameters and the head of the data of a userdata PDU.
    pub struct S7commUserdata<'a> in "s7comm_userdata" {
        /// Request, response or push.
        userdata_type: UserdataType,
        /// Function group.
        function_group: FunctionGroup,
        /// Subfunction: its meaning depends on the group.
        subfunction: u8,
        /// Name of the subfunction.
        subfunction_name: Option<Symbol>,
        /// Sequence number: repeated by what belongs together.
        sequence_number: Option<u8>,
        /// Data unit reference: the same in all parts of one answer.
        data_unit_reference: Option<u8>,
        /// Whether this is the last part.
        last_data_unit: Option<bool>,
        /// Error of the parameters.
        parameter_error: Option<S7Error>,
        /// What became of it.
        return_code: Option<ReturnCode>,
        /// In which unit the data were sent.
        data_transport_size: Option<DataTransportSize>,
        /// Length of the data, as stated.
        length: Option<u16>,
        /// Identifier of the remote block (BSEND, USEND).
        r_id: Option<u32>,
        /// The data as sent; null if they are a password.
        data: Option<&'a [u8]>,
    }
}

crate::record! {
    /// A system status list (SZL) that was asked for or answered, put together from all its parts.
    pub struct S7commSzl in "s7comm_szl" {
        /// Identifier: module type, extract, list.
        szl_id: u16,
        /// Index: what part of the list.
        szl_index: u16,
        /// Partial list: the lower octet of the identifier.
        partial_list: PartialList,
        /// Length of one entry; null in a request.
        entry_length: Option<u16> ["octets"],
        /// Entries that the list claims to hold.
        entry_count: Option<u16>,
        /// PDUs that it came in.
        parts: Option<u32>,
        /// Octets that it has.
        octets: Option<u32> ["octets"],
    }
}

crate::record! {
    /// One entry of a system status list.
    pub struct S7commSzlEntries<'a> in "s7comm_szl_entries" {
        /// Identifier of the list.
        szl_id: u16,
        /// Index of the list.
        szl_index: u16,
        /// Place of the entry, from 0.
        position: u16,
        /// Index of the entry, where its list has one.
        entry_index: Option<u16>,
        /// Text: the order number (0011 hex), or the name or number of a component (001C hex).
        text: Option<Text<'a>>,
        /// Version of the hardware or firmware (0011 hex), as the maker writes it.
        version: Option<Text<'a>>,
        /// Type of the module (0011 hex).
        module_type: Option<u16>,
        /// Protection level that the mode selector sets (0232 hex, index 4).
        selector_protection: Option<u16>,
        /// Protection level that was parameterised.
        parameter_protection: Option<u16>,
        /// Protection level that holds.
        valid_protection: Option<u16>,
        /// Position of the mode selector: 0 unknown, 1 run, 2 run-p, 3 stop, 4 memory reset.
        mode_selector: Option<u16>,
        /// Operating state that was asked for or holds (0424 hex).
        operating_state: Option<OperatingState>,
        /// Operating state before (0424 hex).
        previous_state: Option<OperatingState>,
        /// The entry as sent.
        data: &'a [u8],
        /// The largest PDU (0131 hex, index 1).
        largest_pdu: Option<u16> ["octets"],
        /// Connections at most (0131 hex, index 1).
        connections: Option<u16>,
        /// Data rate of MPI at most (0131 hex, index 1).
        mpi_data_rate: Option<u32> ["bit/s"],
        /// Data rate of the communication bus at most (0131 hex, index 1).
        bus_data_rate: Option<u32> ["bit/s"],
    }
}

crate::record! {
    /// An entry of the diagnostic buffer: pushed, or read with the list 00A0 hex.
    pub struct S7commDiagnosticEvents<'a> in "s7comm_diagnostic_events" {
        /// Place in the list, from 0.
        position: u16,
        /// Identifier of the event: class, flags, number.
        event_id: u16,
        /// Whether the event comes (true) or goes.
        coming: bool,
        /// Priority class.
        priority_class: u8,
        /// Organisation block.
        ob_number: u8,
        /// Kinds of the two further values.
        data_id: u16,
        /// First further value.
        info_1: u16,
        /// Second further value.
        info_2: u32,
        /// When, by the clock of the CPU.
        time: Option<WallClock>,
        /// The time as sent.
        time_as_sent: &'a [u8],
    }
}

crate::record! {
    /// A block that is asked for or told of.
    pub struct S7commBlocks<'a> in "s7comm_blocks" {
        /// Type of the block.
        block_type: Option<BlockType>,
        /// Number of the block.
        block_number: Option<u32>,
        /// How many blocks of this type there are.
        block_count: Option<u16>,
        /// File system that is asked for.
        file_system: Option<Text<'a>>,
        /// Flags, as sent.
        flags: Option<u8>,
        /// Language.
        language: Option<BlockLanguage>,
        /// Octets of load memory.
        load_memory_length: Option<u32> ["octets"],
        /// Protection: 0 none, 3 know-how protection.
        security: Option<u32>,
        /// When its code was changed.
        code_time: Option<WallClock>,
        /// When its interface was changed.
        interface_time: Option<WallClock>,
        /// Octets of its SSB.
        ssb_length: Option<u16> ["octets"],
        /// Octets of its ADD.
        add_length: Option<u16> ["octets"],
        /// Octets of its local data.
        local_data_length: Option<u16> ["octets"],
        /// Octets of its code.
        code_length: Option<u16> ["octets"],
        /// Author.
        author: Option<Text<'a>>,
        /// Family.
        family: Option<Text<'a>>,
        /// Name.
        name: Option<Text<'a>>,
        /// Version: major in the upper four bits, minor in the lower.
        version: Option<u8>,
        /// Checksum.
        checksum: Option<u16>,
    }
}

crate::record! {
    /// A time of the clock, read or set.
    pub struct S7commClocks<'a> in "s7comm_clocks" {
        /// Whether it is to be set.
        set: bool,
        /// The time, by the clock of the CPU; null if it is no valid date.
        time: Option<WallClock>,
        /// Day of the week: 1 Sunday to 7 Saturday.
        weekday: Option<u8>,
        /// The time as sent.
        as_sent: &'a [u8],
    }
}

crate::record! {
    /// A mode transition that the CPU tells of.
    pub struct S7commModes in "s7comm_modes" {
        /// Mode that it went to.
        mode: CpuMode,
    }
}

crate::record! {
    /// A cyclic job that is set up or ended.
    pub struct S7commSubscriptions in "s7comm_subscriptions" {
        /// Interval.
        interval: Option<Duration>,
        /// Number of the job that is ended.
        job_id: Option<u8>,
    }
}

crate::record! {
    /// Who logs on for messages of the CPU.
    pub struct S7commMessageServices<'a> in "s7comm_message_services" {
        /// Kinds of messages: bit 0 mode, 1 system diagnostics, 2 user diagnostics, 7 alarms.
        events: Option<u8>,
        /// Name of who logs on.
        user_name: Option<Text<'a>>,
        /// Kind of alarms: 0 and 1 scan, 4 and 5 alarm, 8 and 9 ALARM_S; the odd ones begin, the even ones end.
        alarm_type: Option<u8>,
        /// Result, in an answer.
        result: Option<u8>,
    }
}

crate::record! {
    /// A message of a program block: indicated, acknowledged, locked, or asked for.
    pub struct S7commAlarms<'a> in "s7comm_alarms" {
        /// Place among the objects of the message, from 0.
        index: u16,
        /// Kind of the message.
        service: Option<Symbol>,
        /// Identifier of the event.
        event_id: Option<u32>,
        /// Kind of alarm asked for or told: 1 scan, 2 ALARM_8, 4 ALARM_S.
        alarm_type: Option<u32>,
        /// Signals, a bit each.
        signals: Option<u8>,
        /// State of the message.
        state: Option<u8>,
        /// Signals whose going was acknowledged.
        acknowledged_going: Option<u8>,
        /// Signals whose coming was acknowledged.
        acknowledged_coming: Option<u8>,
        /// What became of the object, in an answer.
        return_code: Option<ReturnCode>,
        /// When it came, by the clock of the CPU.
        time: Option<WallClock>,
        /// When it went.
        time_going: Option<WallClock>,
        /// Values that accompany the message.
        value_count: Option<u8>,
        /// Those values, with their heads.
        values: Option<&'a [u8]>,
    }
}

crate::record! {
    /// A variable that is watched, modified or forced by a programmer.
    pub struct S7commWatchItems<'a> in "s7comm_watch_items" {
        /// Place among the items, from 0.
        index: u16,
        /// Area and width, as sent: upper four bits 0 flag, 1 input, 2 output, 3 peripheral input, 5 timer, 6 counter,
        /// 7 data block; lower four bits 0 bit, 1 octet, 2 word, 3 double word, 4 number.
        memory_area: Option<u8>,
        /// How many, or the bit.
        repetition: Option<u8>,
        /// Data block.
        db_number: Option<u16>,
        /// First octet, or number.
        start_address: Option<u16>,
        /// The address as engineers write it.
        name: Option<Text<'a>>,
        /// What became of it.
        return_code: Option<ReturnCode>,
        /// In which unit the data were sent.
        data_transport_size: Option<DataTransportSize>,
        /// The value as sent.
        data: Option<&'a [u8]>,
    }
}
