//! The logs that Zeek writes with the ICSNPP parsers: the same names, columns, types and words.
//!
//! Each protocol is a module that maps rows to lines; nothing is parsed here. What the logs tell of a request and its
//! answer in one line is remembered by conversation, within bounds.
mod conn;
mod connection;
mod modbus;
mod view;

use crate::logs::{Logs, Profile};
use fieldtap::{
    common::Conversations,
    protocols::modbus::{
        Modbus, ModbusDeviceIdentifications, ModbusDeviceObjects, ModbusDiagnostics, ModbusFileRecords,
    },
    record::{Envelope, Record, Row, Table},
};

/// The logs of Zeek and of ICSNPP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Icsnpp;

/// What one thread remembers.
#[derive(Debug, Default)]
pub struct Memory {
    modbus: modbus::Memory,
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
        } else if table == Conversations::schema() {
            let conversation = envelope.conversation.unwrap_or_default();
            memory.modbus.end(conversation, logs);
            conn::conversation(envelope, row, logs);
        }
    }
}
