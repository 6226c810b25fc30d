//! Other decoders beside ours: what both read must be the same. What they refuse is not compared.

use fieldtap::packet::{Decoded, Decoder, Packet, TcpFlags, Transport};
use fieldtap::protocol::Toward;
use fieldtap::record::{Envelope, Field, List, Row, Sink, Table, Verdict};
use fieldtap::{Config, Limits, LinkType, Mark, Session};
use fieldtap_capture::Reader;
use modbus_core::{Request, Response, tcp};

#[path = "../../core/src/packet/others.rs"]
mod etherparse_sees;
#[path = "../../capture/tests/common/others.rs"]
mod pcap_parser_sees;

/// A frame that was read, with its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    number: u64,
    ts: i64,
    link_type: u16,
    original_len: u32,
    data: Vec<u8>,
}

/// Any octets as a plain capture file, beside the crate pcap-parser: the same frames as far as both read.
pub fn capture_against_pcap_parser(data: &[u8]) {
    // Inside a compressed file pcap-parser sees nothing.
    if matches!(data, [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..]) {
        return;
    }
    let (theirs, complete) = pcap_parser_sees::others(data);
    let (mut ours, mut sound) = (Vec::new(), false);
    if let Ok(mut reader) = Reader::new("fuzz", std::io::Cursor::new(data.to_vec())) {
        sound = loop {
            match reader.next() {
                Ok(Some(frame)) => ours.push(Frame {
                    number: frame.number,
                    ts: frame.ts,
                    link_type: frame.link_type.0,
                    original_len: frame.original_len,
                    data: frame.data.to_vec(),
                }),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
    }
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "pcap-parser reads another frame");
    }
    assert!(
        !(complete && sound) || ours.len() == theirs.len(),
        "{} frames, pcap-parser: {}",
        ours.len(),
        theirs.len()
    );
}

/// Any octets as an Ethernet frame, beside the crate etherparse: the same addresses, ports, numbers and payload, where
/// nothing is odd about its headers.
pub fn packet_against_etherparse(data: &[u8]) {
    let Ok(original_len) = u32::try_from(data.len()) else { return };
    let frame =
        fieldtap::Frame { number: 1, ts: 0, interface: 0, link_type: LinkType::ETHERNET, original_len, data };
    let mut decoder = Decoder::new(&Limits::default());
    let (Decoded::Packet(packet) | Decoded::Fragment(packet)) = decoder.decode(&frame) else { return };
    // What contradicts itself may be read in two ways, and is said.
    if !packet.notes.is_empty() {
        return;
    }
    assert!(etherparse_sees::agrees(&packet, data), "etherparse reads otherwise: {packet:?}");
}

/// What a row of `modbus` says, as far as both decoders say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    transaction_id: Option<u64>,
    unit_id: Option<u64>,
    function: Option<u64>,
    exception: Option<u64>,
    address: Option<u64>,
    quantity: Option<u64>,
    write_address: Option<u64>,
    write_quantity: Option<u64>,
    registers: Option<Vec<u64>>,
    coils: Option<Vec<bool>>,
    data: Option<Vec<u8>>,
}

/// The first row of `modbus`.
#[derive(Debug, Default)]
struct First(Option<Said>);

impl Sink for First {
    fn row(&mut self, _: &Envelope, row: &dyn Row) -> Verdict {
        if row.table().name == "modbus" && self.0.is_none() {
            let mut said = Said::default();
            for (place, column) in row.table().columns.iter().enumerate() {
                let number = match row.field(place) {
                    Field::Unsigned(value) | Field::Code { value, .. } => Some(value),
                    _ => None,
                };
                match (column.name, row.field(place)) {
                    ("transaction_id", _) => said.transaction_id = number,
                    ("unit_id", _) => said.unit_id = number,
                    ("function_code", _) => said.function = number,
                    ("exception_code", _) => said.exception = number,
                    ("address", _) => said.address = number,
                    ("quantity", _) => said.quantity = number,
                    ("write_address", _) => said.write_address = number,
                    ("write_quantity", _) => said.write_quantity = number,
                    ("registers", Field::List(List::U16Be(list))) => {
                        said.registers = Some(list.iter().map(u64::from).collect());
                    }
                    ("coils", Field::List(List::Bits(list))) => said.coils = Some(list.iter().collect()),
                    ("data", Field::Bytes(octets)) => said.data = Some(octets.to_vec()),
                    _ => {}
                }
            }
            self.0 = Some(said);
        }
        Verdict::GoOn
    }
    fn wants(&self, _: &'static Table) -> bool {
        true
    }
}

/// The words that modbus-core gives of as many octets as were sent.
fn words(data: &modbus_core::Data<'_>) -> Vec<u64> {
    data.payload().chunks_exact(2).map(|pair| u64::from(pair[0]) << 8 | u64::from(pair[1])).collect()
}

/// A request as modbus-core reads it; none where it refuses it, or knows only its octets.
fn request(pdu: &[u8]) -> Option<Said> {
    let mut said = Said::default();
    let mut at = |address: u16, quantity: Option<u64>| {
        (said.address, said.quantity) = (Some(address.into()), quantity)
    };
    match Request::try_from(pdu).ok()? {
        Request::ReadCoils(address, quantity)
        | Request::ReadDiscreteInputs(address, quantity)
        | Request::ReadHoldingRegisters(address, quantity)
        | Request::ReadInputRegisters(address, quantity) => at(address, Some(quantity.into())),
        Request::WriteSingleRegister(address, word) => {
            at(address, None);
            said.registers = Some(vec![word.into()]);
        }
        Request::WriteSingleCoil(address, coil) => {
            at(address, None);
            said.coils = Some(vec![coil]);
        }
        // The octets of values are as many as the quantity needs: of others the standard says nothing.
        Request::WriteMultipleCoils(address, coils) if usize::from(*pdu.get(5)?) == coils.packed_len() => {
            at(address, Some(coils.len() as u64));
            said.coils = Some(coils.into_iter().collect());
        }
        Request::WriteMultipleRegisters(address, data) if data.payload().len() == 2 * data.len() => {
            at(address, Some(data.len() as u64));
            said.registers = Some(words(&data));
        }
        Request::ReadWriteMultipleRegisters(address, quantity, write_address, data)
            if data.payload().len() == 2 * data.len() =>
        {
            at(address, Some(quantity.into()));
            (said.write_address, said.write_quantity) = (Some(write_address.into()), Some(data.len() as u64));
            said.registers = Some(words(&data));
        }
        _ => return None,
    }
    said.function = pdu.first().copied().map(u64::from);
    Some(said)
}

/// An answer as modbus-core reads it without its request.
fn answer(pdu: &[u8]) -> Option<Said> {
    let function = pdu.first().map(|function| u64::from(function & 0x7f));
    let mut said = Said { function, ..Said::default() };
    if let [function @ 0x81..=0xff, exception] = pdu {
        let read = modbus_core::ExceptionResponse::try_from(pdu).ok()?;
        assert_eq!(read.function.value(), function & 0x7f);
        said.exception = Some(u64::from(*exception));
        return Some(said);
    }
    match Response::try_from(pdu).ok()? {
        Response::ReadCoils(_) | Response::ReadDiscreteInputs(_) => said.data = Some(pdu.get(2..)?.to_vec()),
        Response::ReadHoldingRegisters(data)
        | Response::ReadInputRegisters(data)
        | Response::ReadWriteMultipleRegisters(data)
            if data.payload().len() % 2 == 0 =>
        {
            said.registers = Some(words(&data));
        }
        Response::WriteSingleRegister(address, word) => {
            said.address = Some(address.into());
            said.registers = Some(vec![word.into()]);
        }
        Response::WriteMultipleCoils(address, quantity)
        | Response::WriteMultipleRegisters(address, quantity) => {
            (said.address, said.quantity) = (Some(address.into()), Some(quantity.into()));
        }
        _ => return None,
    }
    Some(said)
}

/// Side, unit identifier, and a PDU of Modbus, beside the crate modbus-core: the same addresses, quantities and values.
///
/// Compared are PDUs that are as long as their function and byte count say.
pub fn modbus_against_modbus_core(data: &[u8]) {
    const TRANSACTION: u16 = 0x1234;
    let Some((&[side, unit], pdu)) = data.split_first_chunk::<2>() else { return };
    // modbus-core looks at the byte count of an answer, and of these requests, before it knows that it is there.
    let least = match pdu.first() {
        Some(0x0f | 0x10) => 6,
        Some(0x17) => 10,
        _ => 2,
    };
    let Ok(len @ ..=253) = u16::try_from(pdu.len()) else { return };
    if pdu.len() < least {
        return;
    }
    let head = [TRANSACTION.to_be_bytes(), [0, 0], (len + 1).to_be_bytes()];
    let adu = [head.as_flattened(), &[unit], pdu].concat();
    let (toward, sound, theirs) = if side & 1 == 0 {
        (Toward::Server, tcp::request_pdu_len(&adu), request(pdu))
    } else {
        (Toward::Client, tcp::response_pdu_len(&adu), answer(pdu))
    };
    let (Ok(Some(needed)), Some(mut theirs)) = (sound, theirs) else { return };
    if needed != pdu.len() {
        return;
    }
    (theirs.transaction_id, theirs.unit_id) = (Some(TRANSACTION.into()), Some(unit.into()));
    let mut session = Session::new(crate::protocol("modbus"), Config::default());
    let mut first = First::default();
    let mark = Mark { file: 0, frame: 1, ts: 0 };
    session.feed(toward, mark, &adu, &mut first);
    session.finish(mark, &mut first);
    let ours = first.0.expect("a message that modbus-core reads has no row");
    assert_eq!(ours, theirs, "modbus-core reads otherwise");
}
