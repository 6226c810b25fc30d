//! Logs of other tools: rows in, zero or more lines of named logs out.
//!
//! A [`Profile`] says which logs a row becomes; [`Logs`] keeps their lines apart; an [`Entry`] writes one line, in the
//! tab-separated form of Zeek or as JSON.
use crate::{
    jsonl,
    text::{self, Names},
    zeek,
};
use core::net::IpAddr;
use fieldtap::record::{Envelope, Instant, List, Mac, Row, Table};

/// The shape of one log.
#[derive(Debug)]
pub struct Log {
    /// Its name, and that of its file.
    pub path: &'static str,
    /// Name and Zeek type of its fields, in order.
    pub fields: &'static [(&'static str, &'static str)],
}

/// Which logs rows become.
pub trait Profile: Send + Sync {
    /// What one thread remembers from row to row. A conversation has all its rows on one thread, and its row of
    /// `conversations` is the last of them.
    type Memory: Default + Send;
    /// Whether rows of this table are wanted.
    fn wants(&self, table: &'static Table) -> bool;
    /// Takes one row and writes the lines that it completes.
    fn row(&self, memory: &mut Self::Memory, envelope: &Envelope, row: &dyn Row, logs: &mut Logs);
}

/// The form of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Tab-separated, with a header and a footer.
    #[default]
    Tsv,
    /// One JSON object a line, with seconds as numbers; absent values are left out.
    Json,
}

/// Lines of one log.
#[derive(Debug)]
pub struct Lines {
    /// Which log.
    pub log: &'static Log,
    /// Time of the first of them.
    pub first: Instant,
    /// The lines.
    pub text: Vec<u8>,
    /// Where each line ends.
    pub ends: Vec<usize>,
}

/// Lines of several logs.
#[derive(Debug, Default)]
pub struct Logs {
    form: Form,
    now: Instant,
    lines: Vec<Lines>,
    written: Vec<u32>,
    weight: usize,
}

impl Logs {
    /// None yet, in this form.
    pub fn new(form: Form) -> Self {
        Self { form, ..Self::default() }
    }
    /// The time of the row that is taken next.
    pub fn at(&mut self, now: Instant) {
        self.now = now;
    }
    /// Begins a line. Its values are given in the order of the log's fields, then [`Entry::end`] ends it.
    pub fn entry(&mut self, log: &'static Log) -> Entry<'_> {
        let slot = match self.lines.iter().position(|lines| core::ptr::eq(lines.log, log)) {
            Some(slot) => slot,
            None => {
                self.lines.push(Lines { log, first: self.now, text: Vec::new(), ends: Vec::new() });
                self.lines.len() - 1
            }
        };
        let json = self.form == Form::Json;
        // The place of lines that are there: found, or appended just now.
        let lines = &mut self.lines[slot];
        let start = lines.text.len();
        if start == 0 {
            lines.first = self.now;
        }
        if json {
            lines.text.push(b'{');
        }
        Entry { lines, written: &mut self.written, weight: &mut self.weight, slot, start, json, next: 0 }
    }
    /// Which logs, by their place, have had a line since this was last asked for.
    pub fn written(&mut self) -> impl Iterator<Item = u32> + '_ {
        self.written.drain(..)
    }
    /// Octets of all lines.
    pub fn weight(&self) -> usize {
        self.weight
    }
    /// Hands on all lines. Those to come are written into `room`: lines that were handed on before, and are done with.
    pub fn take(&mut self, mut room: Vec<Lines>) -> Vec<Lines> {
        for lines in &mut room {
            lines.text.clear();
            lines.ends.clear();
        }
        self.weight = 0;
        core::mem::replace(&mut self.lines, room)
    }
}

/// Appends what comes before the lines of a log.
pub fn header(form: Form, log: &Log, open: Instant, out: &mut Vec<u8>) {
    if form == Form::Tsv {
        zeek::begin(log.path, open, log.fields.iter().copied(), out);
    }
}

/// Appends what comes behind them.
pub fn footer(form: Form, close: Instant, out: &mut Vec<u8>) {
    if form == Form::Tsv {
        zeek::end(close, out);
    }
}

const NAMES: Names = Names { nan: "nan", missing: "-", infinity: "inf", negative_infinity: "-inf" };
/// JSON has no such numbers; Zeek writes them so.
const JSON_NAMES: Names = Names { nan: "null", missing: "null", infinity: "null", negative_infinity: "null" };

/// One line in the making. Each method gives the next field; `None` leaves it unset.
#[derive(Debug)]
pub struct Entry<'a> {
    lines: &'a mut Lines,
    written: &'a mut Vec<u32>,
    weight: &'a mut usize,
    slot: usize,
    start: usize,
    json: bool,
    next: usize,
}

impl Entry<'_> {
    #[inline]
    fn place(&mut self) -> &mut Vec<u8> {
        let out = &mut self.lines.text;
        if self.json {
            if out.last() != Some(&b'{') || out.len() != self.start + 1 {
                out.push(b',');
            }
            let name = self.lines.log.fields.get(self.next).map_or("", |(name, _)| name);
            out.push(b'"');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
        } else if self.next > 0 {
            out.push(b'\t');
        }
        self.next += 1;
        out
    }
    /// An absent value.
    pub fn unset(&mut self) {
        if self.json {
            self.next += 1;
        } else {
            self.place().extend_from_slice(zeek::UNSET);
        }
    }
    /// So many absent values.
    pub fn unset_many(&mut self, many: usize) {
        for _ in 0..many {
            self.unset();
        }
    }
    /// `bool`.
    pub fn bool(&mut self, value: impl Into<Option<bool>>) {
        let word: &[u8] = match (value.into(), self.json) {
            (None, _) => return self.unset(),
            (Some(true), true) => b"true",
            (Some(false), true) => b"false",
            (Some(true), false) => b"T",
            (Some(false), false) => b"F",
        };
        self.place().extend_from_slice(word);
    }
    /// `count` and `port`.
    pub fn count(&mut self, value: impl Into<Option<u64>>) {
        match value.into() {
            Some(value) => text::unsigned(value, self.place()),
            None => self.unset(),
        }
    }
    /// `int`.
    pub fn int(&mut self, value: impl Into<Option<i64>>) {
        match value.into() {
            Some(value) => text::signed(value, self.place()),
            None => self.unset(),
        }
    }
    /// `double`.
    pub fn double(&mut self, value: impl Into<Option<f64>>) {
        let names = if self.json { &JSON_NAMES } else { &NAMES };
        match value.into() {
            Some(value) => text::six_digits(value, names, self.place()),
            None => self.unset(),
        }
    }
    /// `time` and `interval`, of nanoseconds.
    pub fn time(&mut self, nanoseconds: impl Into<Option<i64>>) {
        match nanoseconds.into() {
            Some(nanoseconds) => text::seconds_rounded(nanoseconds, self.place()),
            None => self.unset(),
        }
    }
    /// `addr`.
    pub fn addr(&mut self, value: Option<IpAddr>) {
        match value {
            Some(value) => self.composed(|out| text::ip(value, out)),
            None => self.unset(),
        }
    }
    /// `string`: a MAC address.
    pub fn mac(&mut self, value: Option<Mac>) {
        match value {
            Some(value) => self.composed(|out| text::mac(value, out)),
            None => self.unset(),
        }
    }
    /// `string`: text of the wire.
    pub fn string<'v>(&mut self, value: impl Into<Option<&'v [u8]>>) {
        match (value.into(), self.json) {
            (None, _) => self.unset(),
            (Some(value), true) => jsonl::string(value, self.place()),
            (Some(value), false) => zeek::string(value, false, self.place()),
        }
    }
    /// `string` and `enum`: a word that needs no escape; the empty one is an empty string.
    pub fn word<'v>(&mut self, value: impl Into<Option<&'v str>>) {
        match value.into() {
            Some("") if !self.json => self.place().extend_from_slice(zeek::EMPTY),
            Some(value) => self.composed(|out| out.extend_from_slice(value.as_bytes())),
            None => self.unset(),
        }
    }
    /// `string`: `0x` and at least so many lower hexadecimal digits.
    pub fn hex(&mut self, value: impl Into<Option<u64>>, digits: usize) {
        match value.into() {
            Some(value) => self.composed(|out| hexadecimal(value, digits, out)),
            None => self.unset(),
        }
    }
    /// `string`: the name of a code.
    pub fn name(&mut self, words: &Words, code: impl Into<Option<u64>>) {
        match code.into() {
            Some(code) => self.composed(|out| words.write(code, out)),
            None => self.unset(),
        }
    }
    /// `string` of several parts, none of which needs an escape.
    pub fn composed(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let json = self.json;
        let out = self.place();
        if json {
            out.push(b'"');
        }
        write(out);
        if json {
            out.push(b'"');
        }
    }
    /// `vector[…]` of numbers or of truth values.
    pub fn vector(&mut self, values: impl FnOnce(&mut Items<'_>)) {
        let json = self.json;
        let out = self.place();
        if json {
            out.push(b'[');
        }
        let mut items = Items { json, any: false, out };
        values(&mut items);
        match (json, items.any) {
            (true, _) => out.push(b']'),
            (false, false) => out.extend_from_slice(zeek::EMPTY),
            (false, true) => {}
        }
    }
    /// Ends the line.
    pub fn end(self) {
        debug_assert_eq!(self.next, self.lines.log.fields.len(), "{}", self.lines.log.path);
        if self.json {
            self.lines.text.push(b'}');
        }
        self.lines.text.push(b'\n');
        let end = self.lines.text.len();
        *self.weight += end - self.start;
        self.lines.ends.push(end);
        self.written.push(self.slot as u32);
    }
}

/// Values of a vector or a set in the making.
#[derive(Debug)]
pub struct Items<'a> {
    json: bool,
    any: bool,
    out: &'a mut Vec<u8>,
}

impl Items<'_> {
    #[inline]
    fn place(&mut self) -> &mut Vec<u8> {
        if core::mem::replace(&mut self.any, true) {
            self.out.push(b',');
        }
        self.out
    }
    /// A number.
    #[inline]
    pub fn count(&mut self, value: u64) {
        text::unsigned(value, self.place());
    }
    /// A number that may be negative.
    pub fn int(&mut self, value: i64) {
        text::signed(value, self.place());
    }
    /// A real number.
    pub fn double(&mut self, value: f64) {
        let names = if self.json { &JSON_NAMES } else { &NAMES };
        text::six_digits(value, names, self.place());
    }
    /// A truth value.
    pub fn bool(&mut self, value: bool) {
        let word: &[u8] = match (value, self.json) {
            (true, true) => b"true",
            (false, true) => b"false",
            (true, false) => b"T",
            (false, false) => b"F",
        };
        self.place().extend_from_slice(word);
    }
    /// Text of the wire.
    pub fn string(&mut self, value: &[u8]) {
        let json = self.json;
        let out = self.place();
        match json {
            true => jsonl::string(value, out),
            false => zeek::item(value, out),
        }
    }
    /// Numbers, truth values as 1 and 0.
    pub fn counts(&mut self, values: &List<'_>) {
        match values {
            List::Bits(bits) => bits.iter().for_each(|bit| self.count(bit.into())),
            List::U16Be(words) => words.iter().for_each(|word| self.count(word.into())),
            _ => {}
        }
    }
    /// Values that were written before, separated by commas; nothing if there are none.
    pub fn prepared(&mut self, values: &[u8]) {
        if !values.is_empty() {
            self.place().extend_from_slice(values);
        }
    }
}

/// Appends `0x` and at least so many lower hexadecimal digits.
pub(crate) fn hexadecimal(value: u64, digits: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0x");
    let have = (64 - value.leading_zeros() as usize).div_ceil(4).max(digits).max(1);
    for place in (0..have).rev() {
        let digit = (value >> (4 * place) & 15) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
}

/// What stands for a code that has no name.
#[derive(Clone, Copy, Debug)]
pub enum Nameless {
    /// Always this word.
    Word(&'static str),
    /// This, and the number.
    Decimal(&'static str),
    /// This, and the number in hexadecimal digits without `0x`.
    Hex(&'static str),
    /// This, `0x`, and at least so many hexadecimal digits.
    Hex0x(&'static str, usize),
}

/// Names of codes, as another tool has them.
#[derive(Debug)]
pub struct Words {
    known: &'static [(u64, &'static str)],
    nameless: Nameless,
}

impl Words {
    /// These codes, in ascending order, and what stands for others.
    ///
    /// # Panics
    ///
    /// If they are not in ascending order: so a `static` is checked when it is compiled.
    pub const fn new(known: &'static [(u64, &'static str)], nameless: Nameless) -> Self {
        let mut next = 1;
        while next < known.len() {
            assert!(known[next - 1].0 < known[next].0, "codes in ascending order");
            next += 1;
        }
        Self { known, nameless }
    }
    /// The name of a code that has one.
    pub fn get(&self, code: u64) -> Option<&'static str> {
        let place = self.known.binary_search_by_key(&code, |(known, _)| *known).ok()?;
        self.known.get(place).map(|(_, name)| *name)
    }
    /// Appends the name of a code, or what stands for it.
    pub fn write(&self, code: u64, out: &mut Vec<u8>) {
        if let Some(name) = self.get(code) {
            out.extend_from_slice(name.as_bytes());
            return;
        }
        match self.nameless {
            Nameless::Word(word) => out.extend_from_slice(word.as_bytes()),
            Nameless::Decimal(word) => {
                out.extend_from_slice(word.as_bytes());
                text::unsigned(code, out);
            }
            Nameless::Hex(word) => {
                out.extend_from_slice(word.as_bytes());
                let start = out.len();
                hexadecimal(code, 1, out);
                out.drain(start..start + 2);
            }
            Nameless::Hex0x(word, digits) => {
                out.extend_from_slice(word.as_bytes());
                hexadecimal(code, digits, out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
