//! Transfer of blocks, program invocation services, and stop.
use super::{
    codes::{BlockType, S7Error, S7Function},
    parse::Body,
    records::{S7commServices, S7commTransfers},
};
use crate::{
    common::{Anomaly, AnomalyKind, Operation},
    record::{Symbol, Text},
    wire::Cursor,
};

/// Type, number and file system that the name of a block holds: `0A00001P`, in files with a sign before it.
fn block(name: &[u8]) -> (Option<BlockType>, Option<u32>, Option<Text<'_>>) {
    let digits = |digits: &[u8], radix| {
        core::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok())
    };
    let (Some(of_type), Some(number), Some(system)) = (name.get(..2), name.get(2..7), name.get(7..8)) else {
        return (None, None, None);
    };
    let block_type = digits(of_type, 16).and_then(|code| u8::try_from(code).ok()).map(BlockType);
    match block_type {
        Some(known) if known.name().is_some() => (Some(known), digits(number, 10), Some(Text(system))),
        _ => (None, None, None),
    }
}

/// A row without any value.
const fn no_transfer<'a>(function_code: S7Function) -> S7commTransfers<'a> {
    S7commTransfers {
        function_code,
        more: None,
        failed: None,
        error: None,
        upload_id: None,
        file_name: None,
        block_type: None,
        block_number: None,
        file_system: None,
        load_memory_length: None,
        code_length: None,
        block_length: None,
        data: None,
    }
}

fn status(row: &mut S7commTransfers<'_>, octet: Option<u8>) {
    (row.more, row.failed) = (octet.map(|octet| octet & 1 != 0), octet.map(|octet| octet & 2 != 0));
}

/// Text with its length before it.
fn counted<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let mut ahead = *cursor;
    let length = ahead.u8()?;
    let text = ahead.take(length.into())?;
    *cursor = ahead;
    Some(text)
}

fn decimal(text: &[u8]) -> Option<u32> {
    core::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// A job of a download or upload. Returns the name of the block or file, and with what error it ends the transfer.
pub(super) fn transfer_job<'a>(
    body: &mut Body<'a, '_, '_>,
    mut cursor: Cursor<'a>,
    function: S7Function,
) -> (Option<Text<'a>>, Option<S7Error>) {
    let mut row = no_transfer(function);
    status(&mut row, cursor.u8());
    let (second, id) = (cursor.u16(), cursor.u32());
    let mut short = id.is_none();
    if matches!(function, S7Function::DOWNLOAD_ENDED | S7Function::END_UPLOAD) {
        row.error = second.map(S7Error);
    }
    if matches!(function, S7Function::START_UPLOAD | S7Function::UPLOAD | S7Function::END_UPLOAD) {
        row.upload_id = id;
    }
    let named = !matches!(function, S7Function::UPLOAD | S7Function::END_UPLOAD);
    if named && !short {
        match counted(&mut cursor) {
            Some(name) => {
                row.file_name = Some(Text(name));
                if name.len() == 9 {
                    (row.block_type, row.block_number, row.file_system) =
                        block(name.get(1..).unwrap_or_default());
                }
            }
            None => short = true,
        }
    }
    if function == S7Function::REQUEST_DOWNLOAD
        && let Some(lengths) = counted(&mut cursor)
    {
        row.load_memory_length = lengths.get(1..7).and_then(decimal);
        row.code_length = lengths.get(7..13).and_then(decimal);
    }
    if !body.data.is_empty() {
        row.data = Some(body.data);
    }
    body.out.row(&row);
    if short {
        body.short("job of a transfer is shorter than its fields", body.parameters_at);
    } else {
        let end = body.parameters_at + cursor.read();
        body.trailing(end, cursor.rest().len());
    }
    (row.file_name, row.error)
}

/// An answer of a download or upload. Returns whether it says that the transfer failed.
pub(super) fn transfer_answer(
    body: &mut Body<'_, '_, '_>,
    mut cursor: Cursor<'_>,
    function: S7Function,
) -> bool {
    let mut row = no_transfer(function);
    if !cursor.is_empty() {
        status(&mut row, cursor.u8());
    }
    match function {
        S7Function::START_UPLOAD => {
            let _ = cursor.u16();
            row.upload_id = cursor.u32();
            row.block_length = counted(&mut cursor).and_then(decimal);
        }
        S7Function::UPLOAD | S7Function::DOWNLOAD_BLOCK if !body.data.is_empty() => {
            let mut data = Cursor::new(body.data);
            if let (Some(length), Some(_)) = (data.u16(), data.u16()) {
                let octets = data.take_up_to(length.into());
                row.data = Some(octets);
                if octets.len() < usize::from(length) {
                    let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "data are shorter than their length");
                    body.wrong(anomaly.at(body.data_at as u64).numbers(length.into(), octets.len() as u64));
                }
                let end = body.data_at + data.read();
                body.trailing(end, data.rest().len());
            } else {
                body.short("data are shorter than their head", body.data_at);
            }
        }
        _ => {}
    }
    body.out.row(&row);
    let end = body.parameters_at + cursor.read();
    body.trailing(end, cursor.rest().len());
    row.failed == Some(true)
}

/// What the arguments of the services of a numerical control are; the first one is always the address identification.
const ARGUMENTS: &[(&str, &[&str])] = &[
    ("_N_LOGIN_", &["password"]),
    ("_N_NEWPWD", &["password", "password_level"]),
    ("_N_F_DELE", &["file_name"]),
    ("_N_F_DELR", &["file_name"]),
    ("_N_EXTERN", &["file_name"]),
    ("_N_EXTMOD", &["file_name"]),
    ("_N_F_XFER", &["file_name"]),
    ("_N_LOCKE_", &["file_name"]),
    ("_N_SELECT", &["file_name"]),
    ("_N_SRTEXT", &["file_name"]),
    ("_N_F_CLOS", &["editor_window_name"]),
    ("_N_F_OPEN", &["file_name", "editor_window_name"]),
    ("_N_F_OPER", &["file_name", "editor_window_name"]),
    ("_N_F_SEEK", &["editor_window_name", "seek_pointer", "window_size", "compare_string", "skip_count"]),
    ("_N_ASUP__", &["interrupt_number", "priority", "liftfast", "blsync", "file_name"]),
    ("_N_F_COPY", &["direction", "source_file_name", "destination_file_name"]),
    ("_N_F_DMDA", &["channel_number"]),
    ("_N_F_PROR", &["file_name", "protection"]),
    ("_N_F_PROT", &["file_name", "protection"]),
    ("_N_F_RENA", &["old_file_name", "new_file_name"]),
    ("_N_FINDBL", &["find_mode"]),
    ("_N_IBN_SS", &["switch"]),
    ("_N_MMCSEM", &["function_number", "semaphore_value"]),
    ("_N_NCKMOD", &["on_off", "mode", "factor"]),
    ("_N_SEL_BL", &["line_number"]),
    ("_N_CONFIG", &["class"]),
    ("_N_CREACE", &["tool_number"]),
    ("_N_CREATO", &["tool_number"]),
    ("_N_DELETO", &["tool_number"]),
    ("_N_CRTOCE", &["tool_number", "cutting_edge_number"]),
    ("_N_CRCEDN", &["tool_number", "duplo_number"]),
    ("_N_DELECE", &["tool_number", "duplo_number"]),
    ("_N_CHEKDM", &["magazine_number", "duplo_number", "spindle_number"]),
    ("_N_TMCRTO", &["tool_id", "tool_number", "duplo_number"]),
    ("_N_TMCRTC", &["tool_id", "tool_number", "duplo_number", "edge_number"]),
    ("_N_TMGETT", &["tool_name", "duplo_number"]),
    ("_N_TMPCIT", &["spindle_number", "increment_number"]),
    ("_N_DELVAR", &["data_block_number", "first_column", "last_column", "first_row", "last_row"]),
];

/// What a service does, in words that hold for every protocol.
fn operation(service: &[u8]) -> Operation {
    match service {
        b"P_PROGRAM" => Operation::MODE,
        b"_INSE" | b"_INS2" | b"_DELE" => Operation::PROGRAM_DOWNLOAD,
        b"_MODU" | b"_GARB" => Operation::CONFIG,
        b"_N_LOGIN_" | b"_N_NEWPWD" => Operation::AUTH,
        b"_N_LOGOUT" => Operation::SESSION,
        b"_N_NCKMOD" => Operation::MODE,
        b"_N_SELECT" | b"_N_EXTERN" => Operation::PROGRAM_DOWNLOAD,
        _ if service.starts_with(b"_N_F_") => Operation::FILE,
        _ if service.starts_with(b"_N_") => Operation::CONFIG,
        _ => Operation::UNKNOWN,
    }
}

const fn no_service(function_code: S7Function, service: Text<'_>) -> S7commServices<'_> {
    S7commServices {
        function_code,
        service,
        index: None,
        argument_name: None,
        argument: None,
        masked: false,
        block_type: None,
        block_number: None,
        file_system: None,
    }
}

/// A program invocation service: an argument block, then the name. Returns the name and what it stands for.
pub(super) fn pi_service<'a>(
    body: &mut Body<'a, '_, '_>,
    mut cursor: Cursor<'a>,
) -> (Option<Text<'a>>, Operation) {
    let read = (|| {
        let _ = cursor.take(7)?;
        let length = cursor.u16()?;
        let arguments = cursor.take(length.into())?;
        Some((arguments, counted(&mut cursor)?))
    })();
    let Some((arguments, service)) = read else {
        body.short("service is shorter than its fields", body.parameters_at);
        return (None, Operation::UNKNOWN);
    };
    arguments_of(body, service, arguments);
    let end = body.parameters_at + cursor.read();
    body.trailing(end, cursor.rest().len());
    (Some(Text(service)), operation(service))
}

fn arguments_of(body: &mut Body<'_, '_, '_>, service: &[u8], arguments: &[u8]) {
    let mut row = no_service(S7Function::PI_SERVICE, Text(service));
    if arguments.is_empty() {
        body.out.row(&row);
        return;
    }
    let mut cursor = Cursor::new(arguments);
    match service {
        b"_INSE" | b"_INS2" | b"_DELE" => {
            let (count, _) = (cursor.u8().unwrap_or_default(), cursor.u8());
            for index in 0..u16::from(count) {
                let Some(name) = cursor.take(8) else {
                    let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "fewer blocks than their number says");
                    body.wrong(anomaly.at(body.parameters_at as u64).numbers(count.into(), index.into()));
                    break;
                };
                (row.index, row.argument_name, row.argument) =
                    (Some(index), Some(Symbol("block")), Some(Text(name)));
                (row.block_type, row.block_number, row.file_system) = block(name);
                body.out.row(&row);
            }
            if count == 0 {
                body.out.row(&row);
            }
        }
        _ if service.starts_with(b"_N_") => {
            let names =
                ARGUMENTS.iter().find(|(of, _)| of.as_bytes() == service).map_or(&[][..], |(_, names)| names);
            let mut index = 0u16;
            while let Some(argument) = counted(&mut cursor) {
                // A fill octet makes length and text even.
                if argument.len() % 2 == 0 {
                    cursor.take(1);
                }
                let name = match usize::from(index).checked_sub(1) {
                    None => Some("address_identification"),
                    Some(place) => names.get(place).copied(),
                };
                let secret = name == Some("password");
                (row.index, row.argument_name) = (Some(index), name.map(Symbol));
                (row.argument, row.masked) = (Some(Text(argument)).filter(|_| !secret), secret);
                body.out.row(&row);
                index = index.saturating_add(1);
            }
        }
        _ => {
            (row.index, row.argument) = (Some(0), Some(Text(arguments)));
            body.out.row(&row);
        }
    }
}

/// Stop. Returns the name of the program.
pub(super) fn plc_stop<'a>(body: &mut Body<'a, '_, '_>, mut cursor: Cursor<'a>) -> Option<Text<'a>> {
    let name = cursor.take(5).and_then(|_| counted(&mut cursor));
    let Some(name) = name else {
        body.short("stop is shorter than its fields", body.parameters_at);
        return None;
    };
    body.out.row(&no_service(S7Function::PLC_STOP, Text(name)));
    let end = body.parameters_at + cursor.read();
    body.trailing(end, cursor.rest().len());
    Some(Text(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_block_holds_type_number_and_file_system() {
        assert_eq!(block(b"0A00123P"), (Some(BlockType::DB), Some(123), Some("P".into())));
        assert_eq!(block(b"0800001A"), (Some(BlockType::OB), Some(1), Some("A".into())));
        assert_eq!(block(b"0000001A"), (None, None, None));
        assert_eq!(block(b"0A0012"), (None, None, None));
    }
}
