//! No row costs an allocation: once what is remembered has its place, rows come and are read without one.
//!
//! What allocates is counted over the same frames fed again and again, each time as a later part of the same conversations.

#[path = "../../pipeline/tests/common/counting.rs"]
mod counting;

use core::ffi::c_void;
use counting::ALLOCATIONS;
use fieldtap_capi::*;
use std::ptr::{null, null_mut};

/// What the callback has seen.
#[derive(Default)]
struct Seen {
    rows: u64,
    values: u64,
}

/// Reads every value of a row.
unsafe extern "C" fn read_all(user: *mut c_void, row: *const Row<'_>) -> Status {
    // SAFETY: `user` is what the test gave with this callback; the row lasts until it returns.
    let (seen, columns) =
        unsafe { (&mut *user.cast::<Seen>(), fieldtap_table_columns(fieldtap_row_table(row))) };
    seen.rows += 1;
    for column in 0..columns {
        let mut value = core::mem::MaybeUninit::<Value>::uninit();
        // SAFETY: As above.
        let done = unsafe { fieldtap_row_value(row, column, value.as_mut_ptr()) };
        assert_eq!(done, FIELDTAP_OK);
        // SAFETY: It has been written.
        let value = unsafe { value.assume_init() };
        seen.values += u64::from(value.kind != FIELDTAP_NULL);
        for index in 0..if value.kind == FIELDTAP_LIST { value.length } else { 0 } {
            let mut element = core::mem::MaybeUninit::<Value>::uninit();
            // SAFETY: As above.
            let done = unsafe { fieldtap_row_element(row, column, index, element.as_mut_ptr()) };
            assert_eq!(done, FIELDTAP_OK);
        }
    }
    FIELDTAP_OK
}

/// A dialogue of one protocol: octets toward the server, then toward the client, with the numbers of this round in them.
type Round = fn(u16) -> [Vec<u8>; 2];

/// MODBUS Application Protocol V1.1b3, section 6.3: read ten holding registers, with values that change.
fn modbus(round: u16) -> [Vec<u8>; 2] {
    let [high, low] = round.to_be_bytes();
    let ask = vec![high, low, 0, 0, 0, 6, 1, 3, 0, 100, 0, 10];
    let mut answer = vec![high, low, 0, 0, 0, 23, 1, 3, 20];
    answer.extend([high, low].repeat(10));
    [ask, answer]
}

/// IEC 60870-5-104:2006, section 5: measured values with changing contents, spontaneous, and what acknowledges them.
fn iec104(round: u16) -> [Vec<u8>; 2] {
    let [low, high] = (round << 1).to_le_bytes();
    let [next_low, next_high] = (round.wrapping_add(1) << 1).to_le_bytes();
    // M_ME_NB_1 with three objects in a sequence, cause 3, common address 1.
    let mut values = vec![0x68, 22, low, high, 0, 0, 11, 0x83, 3, 0, 1, 0, 10, 0, 0];
    for place in 0..3u8 {
        values.extend([round.to_le_bytes()[0].wrapping_add(place), place, 0]);
    }
    [vec![0x68, 4, 1, 0, next_low, next_high], values]
}

/// S7comm as found in traffic: reads ten octets of a data block.
fn s7comm(round: u16) -> [Vec<u8>; 2] {
    let [high, low] = round.to_be_bytes();
    let mut ask = vec![3, 0, 0, 31, 2, 0xf0, 0x80, 0x32, 1, 0, 0, high, low, 0, 14, 0, 0, 4, 1];
    ask.extend([0x12, 0x0a, 0x10, 2, 0, 10, 0, 5, 0x84, 0, 0, 0]);
    let mut answer = vec![3, 0, 0, 35, 2, 0xf0, 0x80, 0x32, 3, 0, 0, high, low, 0, 2, 0, 14, 0, 0, 4, 1];
    answer.extend([0xff, 4, 0, 80]);
    answer.extend([high, low].repeat(5));
    [ask, answer]
}

/// Feeds so many rounds; returns what was allocated, and the rows.
fn feed(session: *mut Session, seen: *const Seen, from: u16, rounds: u16, dialogue: Round) -> (u64, u64) {
    // SAFETY: It is what the test gave with its callback, which is not running.
    let rows_before = unsafe { (*seen).rows };
    let mut allocated = 0;
    for round in from..from + rounds {
        let octets = dialogue(round);
        let before = ALLOCATIONS.get();
        for (toward, octets) in [FIELDTAP_TOWARD_SERVER, FIELDTAP_TOWARD_CLIENT].into_iter().zip(&octets) {
            let mark = Mark { frame: u64::from(round) * 2 + 1, time: i64::from(round) * 1_000_000, file: 0 };
            // Cut in two, so that the tail is carried.
            let (first, rest) = octets.split_at(octets.len() / 2);
            let buffers =
                [first, rest].map(|octets| Buffer { octets: octets.as_ptr(), length: octets.len() });
            // SAFETY: The session lives, and so do the octets.
            let fed = unsafe { fieldtap_session_feed(session, toward, &raw const mark, buffers.as_ptr(), 2) };
            assert_eq!(fed, FIELDTAP_OK);
        }
        allocated += ALLOCATIONS.get() - before;
    }
    // SAFETY: As above.
    (allocated, unsafe { (*seen).rows } - rows_before)
}

#[test]
fn no_row_costs_an_allocation() {
    let dialogues: [(&core::ffi::CStr, Round); 3] =
        [(c"modbus", modbus), (c"iec104", iec104), (c"cotp", s7comm)];
    for (name, dialogue) in dialogues {
        let mut seen = Seen::default();
        let (mut config, mut session) = (null_mut(), null_mut());
        // SAFETY: The pointers are those of this function, and live to its end.
        unsafe {
            assert_eq!(fieldtap_config_new(&raw mut config), FIELDTAP_OK);
            assert_eq!(fieldtap_config_set(config, c"every_message".as_ptr(), c"true".as_ptr()), FIELDTAP_OK);
            let protocol = fieldtap_protocol_named(name.as_ptr());
            let user = (&raw mut seen).cast();
            let made = fieldtap_session_new(
                &raw mut session,
                config,
                protocol,
                null(),
                null(),
                Some(read_all),
                user,
            );
            assert_eq!(made, FIELDTAP_OK);
        }
        let (first, rows) = feed(session, &raw const seen, 0, 1000, dialogue);
        assert!(first > 0, "{name:?}: the allocator counts nothing");
        assert!(rows >= 4000, "{name:?}: {rows} rows of 1000 rounds");
        let (then, rows) = feed(session, &raw const seen, 1000, 10_000, dialogue);
        println!(
            "{name:?}: {first} allocations in the first 1,000 rounds, {then} for {rows} rows after that"
        );
        assert!(rows >= 40_000 && seen.values > rows, "{name:?}: {rows} rows");
        assert_eq!(then, 0, "{name:?}: allocations for {rows} rows");
        // SAFETY: They came from the library.
        unsafe {
            fieldtap_session_free(&raw mut session);
            fieldtap_config_free(&raw mut config);
        }
    }
}
