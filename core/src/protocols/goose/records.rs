//! The tables.
use super::codes::{ErrorReason, GlobalError, GseService, Reading};
use crate::{
    record::{Instant, Text, WallClock},
    wire::mms::DataType,
};

crate::record! {
    /// One GOOSE message. What a message should hold and does not is null.
    pub struct Goose<'a> in "goose" {
        /// APPID.
        appid: u16,
        /// Length of header and APDU; null over UDP.
        length: Option<u16> ["octets"],
        /// Simulated: the S bit of the header, or the simulation flag over UDP.
        simulated: bool,
        /// Reserved 1 as sent, the S bit included; null over UDP.
        reserved1: Option<u16>,
        /// Reserved 2 as sent; null over UDP.
        reserved2: Option<u16>,
        /// gocbRef: the control block.
        gocb_ref: Option<Text<'a>>,
        /// timeAllowedtoLive: when the next message comes at the latest.
        time_allowed_to_live: Option<u32> ["ms"],
        /// datSet: the data set.
        dat_set: Option<Text<'a>>,
        /// goID.
        go_id: Option<Text<'a>>,
        /// t: when stNum was raised.
        t: Option<Instant>,
        /// Quality of t: 80 hex leap seconds known, 40 clock failure, 20 clock not synchronised; the lower five bits are the
        /// accuracy.
        t_quality: Option<u8>,
        /// stNum: grows with each change of the values.
        st_num: Option<u32>,
        /// sqNum: grows with each repetition.
        sq_num: Option<u32>,
        /// simulation; test in edition 1.
        simulation: Option<bool>,
        /// confRev: the configuration.
        conf_rev: Option<u32>,
        /// ndsCom: the control block needs commissioning.
        nds_com: Option<bool>,
        /// numDatSetEntries: members of the data set, as the message claims.
        num_dat_set_entries: Option<u32>,
        /// Members that are there.
        entries: Option<u32>,
        /// allData as sent, with its tag and length: what a digest of the values is made of.
        all_data: Option<&'a [u8]>,
        /// How far the fields could be read. What is wrong within a value is an anomaly.
        reading: Reading,
        /// Security field of the APDU, as sent.
        security: Option<&'a [u8]>,
        /// Security extension behind the APDU (IEC 62351-6), as sent.
        extension: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One value of a GOOSE message; of an array or a structure, what it holds comes next.
    pub struct GooseData<'a> in "goose_data" {
        /// Member of the data set, from 0.
        entry: u32,
        /// Name of the member, `LD/LN$FC$DO$DA`, if a description of the substation tells it.
        name: Option<Text<'a>>,
        /// Where in the member it stands: places from 0 with dots between them; empty for the member itself.
        path: Text<'a>,
        /// Name of that part, `mag.f`, if a description of the substation tells it.
        attribute: Option<Text<'a>>,
        /// Type.
        data_type: DataType,
        /// Value of a boolean.
        boolean: Option<bool>,
        /// Value of an integer, signed or not, or of decimal digits.
        integer: Option<i64>,
        /// Value of an integer that is not negative and does not fit `integer`.
        unsigned: Option<u64>,
        /// Value of a real number.
        number: Option<f64>,
        /// Value, where it is text.
        text: Option<Text<'a>>,
        /// Value, where it is a string of bits or octets, or an object identifier, or what is no value of its type: as sent.
        octets: Option<&'a [u8]>,
        /// Bits of a string of bits.
        bit_count: Option<u32>,
        /// Quality, which is a string of 13 bits, with its first bit as the lowest: bits 0 and 1 validity (0 good, 1 reserved,
        /// 2 invalid, 3 questionable), 2 overflow, 3 outOfRange, 4 badReference, 5 oscillatory, 6 failure, 7 oldData,
        /// 8 inconsistent, 9 inaccurate, 10 source, 11 test, 12 operatorBlocked.
        quality: Option<u16>,
        /// Value of a UTC time.
        time: Option<Instant>,
        /// Quality of that time, as of `t_quality`.
        time_quality: Option<u8>,
        /// Value of a binary time with a date.
        clock: Option<WallClock>,
    }
}

crate::record! {
    /// One message of GSE management: which member stands where in a data set.
    pub struct GseManagement<'a> in "gse_management" {
        /// APPID.
        appid: u16,
        /// stateID, which pairs request and answer.
        state_id: Option<u32>,
        /// Service.
        service: Option<GseService>,
        /// The control block that it is about.
        ident: Option<Text<'a>>,
        /// confRev, in an answer.
        conf_rev: Option<u32>,
        /// The data set, in an answer.
        dat_set: Option<Text<'a>>,
        /// Why the request is refused.
        error: Option<GlobalError>,
    }
}

crate::record! {
    /// One offset or reference that GSE management asks for or answers.
    pub struct GseManagementItems<'a> in "gse_management_items" {
        /// Place in the message, from 0.
        index: u32,
        /// Offset of the member.
        offset: Option<i64>,
        /// Reference of the member.
        reference: Option<Text<'a>>,
        /// Why there is none.
        error: Option<ErrorReason>,
    }
}
