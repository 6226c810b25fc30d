//! The logs that Zeek writes with the ICSNPP parsers: the same names, columns, types and words.
//!
//! Each protocol is a module that maps rows to lines; nothing is parsed here. What the logs tell of a request and its
//! answer in one line is remembered by conversation, within bounds.
mod conn;
mod connection;
mod dnp3;
mod iec61850;
mod mms;
mod modbus;
mod osi;
mod s7comm;
mod synchrophasor;
mod view;

use crate::logs::{Log, Logs, Profile};
use fieldtap::{
    common::Conversations,
    protocols::{
        c37118::{C37118, C37118Channels, C37118Configurations, C37118Pmus, C37118Stations},
        cotp::Cotp,
        dnp3::{Dnp3, Dnp3Controls, Dnp3Objects},
        goose::Goose,
        mms::{Mms, MmsData, MmsDevices, MmsInitiates, MmsNames, MmsTypes},
        modbus::{
            Modbus, ModbusDeviceIdentifications, ModbusDeviceObjects, ModbusDiagnostics, ModbusFileRecords,
        },
        osi::{Acse, Osi, OsiPresentationContexts},
        s7comm::{S7comm, S7commServices, S7commSzl, S7commSzlEntries, S7commTransfers, S7commUserdata},
        s7comm_plus::S7commPlus,
        sv::{Sv, SvAsdus},
    },
    record::{Envelope, Record, Row, Table},
};

/// Every log that may be written; `goose` has other fields after [`GooseParser::Haolipeng`].
pub static LOGS: &[&Log] = &[
    &conn::CONN,
    &dnp3::DNP3,
    &dnp3::CONTROL,
    &dnp3::OBJECTS,
    &iec61850::GOOSE,
    &iec61850::SV,
    &mms::DEVICE,
    &mms::NAME_LIST,
    &mms::ACCESS,
    &mms::LIST_ACCESS,
    &mms::ATTRIBUTES,
    &mms::LIST_ATTRIBUTES,
    &modbus::MODBUS,
    &modbus::DETAILED,
    &modbus::MASK_WRITE,
    &modbus::READ_WRITE,
    &modbus::IDENTIFICATION,
    &osi::TRANSPORT,
    &osi::PRESENTATION,
    &osi::ASSOCIATION,
    &s7comm::COTP,
    &s7comm::S7COMM,
    &s7comm::READ_SZL,
    &s7comm::TRANSFER,
    &s7comm::DEVICES,
    &s7comm::PLUS,
    &synchrophasor::SUMMARY,
    &synchrophasor::COMMAND,
    &synchrophasor::HEADER,
    &synchrophasor::CONFIGURATION,
    &synchrophasor::STATION,
    &synchrophasor::DATA,
    &synchrophasor::PMU,
];

/// Which parser of GOOSE: two write a log of that name, with other fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GooseParser {
    /// That of DINA-community, in their repository icsnpp-iec61850-goose.
    #[default]
    Dina,
    /// That of haolipeng, in the repository of the same name.
    Haolipeng,
}

/// The logs of Zeek and of ICSNPP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Icsnpp {
    /// Whose `goose.log` is written.
    pub goose: GooseParser,
}

/// What one thread remembers.
#[derive(Debug, Default)]
pub struct Memory {
    modbus: modbus::Memory,
    dnp3: dnp3::Memory,
    s7comm: s7comm::Memory,
    synchrophasor: synchrophasor::Memory,
    sv: iec61850::Memory,
    osi: osi::Memory,
    mms: mms::Memory,
}

impl Profile for Icsnpp {
    type Memory = Memory;

    fn wants(&self, table: &'static Table) -> bool {
        let tables = [
            Conversations::schema,
            Modbus::schema,
            ModbusDeviceIdentifications::schema,
            ModbusDeviceObjects::schema,
            ModbusDiagnostics::schema,
            ModbusFileRecords::schema,
            Cotp::schema,
            Dnp3::schema,
            Dnp3Controls::schema,
            Dnp3Objects::schema,
            S7comm::schema,
            S7commServices::schema,
            S7commSzl::schema,
            S7commSzlEntries::schema,
            S7commTransfers::schema,
            S7commUserdata::schema,
            S7commPlus::schema,
            C37118::schema,
            C37118Channels::schema,
            C37118Configurations::schema,
            C37118Pmus::schema,
            C37118Stations::schema,
            Goose::schema,
            Sv::schema,
            SvAsdus::schema,
            Mms::schema,
            MmsData::schema,
            MmsDevices::schema,
            MmsInitiates::schema,
            MmsNames::schema,
            MmsTypes::schema,
            Osi::schema,
            OsiPresentationContexts::schema,
            Acse::schema,
        ];
        tables.iter().any(|schema| schema() == table)
    }

    fn row(&self, memory: &mut Memory, envelope: &Envelope, row: &dyn Row, logs: &mut Logs) {
        let table = row.table();
        if table == Modbus::schema() {
            memory.modbus.message(envelope, row, logs);
        } else if table == ModbusDiagnostics::schema() {
            memory.modbus.diagnostics(envelope, row);
        } else if table == ModbusFileRecords::schema() {
            memory.modbus.file_record(envelope, row);
        } else if table == ModbusDeviceIdentifications::schema() {
            memory.modbus.identification(envelope, row, logs);
        } else if table == ModbusDeviceObjects::schema() {
            memory.modbus.object(envelope, row, logs);
        } else if table == Dnp3::schema() {
            memory.dnp3.fragment(envelope, row, logs);
        } else if table == Dnp3Objects::schema() {
            memory.dnp3.header(envelope, row, logs);
        } else if table == Dnp3Controls::schema() {
            memory.dnp3.control(envelope, row, logs);
        } else if table == Cotp::schema() {
            s7comm::cotp(envelope, row, logs);
            memory.osi.tpdu(envelope, row);
        } else if table == S7comm::schema() {
            memory.s7comm.pdu(envelope, row, logs);
        } else if table == S7commUserdata::schema() {
            memory.s7comm.userdata(envelope, row, logs);
        } else if table == S7commServices::schema() {
            memory.s7comm.service(envelope, row, logs);
        } else if table == S7commTransfers::schema() {
            memory.s7comm.transfer(envelope, row, logs);
        } else if table == S7commSzl::schema() {
            memory.s7comm.szl(envelope, row, logs);
        } else if table == S7commSzlEntries::schema() {
            memory.s7comm.component(envelope, row);
        } else if table == S7commPlus::schema() {
            s7comm::plus(envelope, row, logs);
        } else if table == C37118::schema() {
            memory.synchrophasor.frame(envelope, row, logs);
        } else if table == C37118Pmus::schema() {
            memory.synchrophasor.measured(envelope, row, logs);
        } else if table == C37118Configurations::schema() {
            memory.synchrophasor.configuration(envelope, row);
        } else if table == C37118Stations::schema() {
            memory.synchrophasor.station(envelope, row, logs);
        } else if table == C37118Channels::schema() {
            memory.synchrophasor.channel(envelope, row);
        } else if table == Goose::schema() {
            iec61850::goose(self.goose, envelope, row, logs);
        } else if table == Sv::schema() {
            memory.sv.message(envelope, row);
        } else if table == SvAsdus::schema() {
            memory.sv.asdu(envelope, row, logs);
        } else if table == Mms::schema() {
            memory.osi.message(envelope, row);
            memory.mms.message(envelope, row, logs);
        } else if table == MmsData::schema() {
            memory.mms.value(envelope, row);
        } else if table == MmsNames::schema() {
            memory.mms.name(envelope, row);
        } else if table == MmsTypes::schema() {
            memory.mms.kind(envelope, row);
        } else if table == MmsInitiates::schema() {
            memory.mms.initiate(envelope, row);
        } else if table == MmsDevices::schema() {
            memory.mms.device(envelope, row);
        } else if table == Osi::schema() {
            memory.osi.session(envelope, row);
        } else if table == OsiPresentationContexts::schema() {
            memory.osi.context(envelope, row);
        } else if table == Acse::schema() {
            memory.osi.apdu(envelope, row);
        } else if table == Conversations::schema() {
            let conversation = envelope.conversation.unwrap_or_default();
            memory.modbus.end(conversation, logs);
            memory.dnp3.end(conversation, logs);
            memory.s7comm.end(conversation, logs);
            memory.mms.end(conversation, logs);
            memory.osi.end(conversation, logs);
            memory.synchrophasor.end(conversation, conn::transport(row), logs);
            conn::conversation(envelope, row, logs);
        }
    }
}
