//! What the text formats share: the trait, and how numbers, times, addresses and text of the wire are written.
use core::cell::Cell;
use core::fmt::{self, Write as _};
use core::net::IpAddr;
use fieldtap::record::{Envelope, Instant, List, Mac, Row, Table, Text};
use std::io::Write as _;

/// A text format: rows in, octets appended to a buffer.
///
/// An encoder keeps nothing from row to row and can be used by several threads at once. Every line ends with a line
/// break, so what several threads wrote can be joined line by line.
pub trait TextFormat: Send + Sync {
    /// Extension of the files, without the dot.
    fn extension(&self) -> &'static str;
    /// Whether rows of all tables stand in one stream; otherwise every table has a stream of its own.
    fn one_stream(&self) -> bool;
    /// Appends what comes before the rows. `open` is the moment that the log says it was opened.
    ///
    /// Where all tables stand in one stream, there is no header.
    fn header(&self, table: &'static Table, open: Instant, out: &mut Vec<u8>);
    /// Appends what every row of `table` begins with.
    fn begin(&self, table: &'static Table, out: &mut Vec<u8>) {
        let _ = (table, out);
    }
    /// Appends, behind what a row begins with, what every row has that stands in this place, whatever its table.
    fn envelope(&self, envelope: &Envelope, out: &mut Vec<u8>);
    /// Appends the fields of a row behind its envelope, and ends the line.
    fn fields(&self, row: &dyn Row, out: &mut Vec<u8>);
    /// Appends one row.
    fn row(&self, envelope: &Envelope, row: &dyn Row, out: &mut Vec<u8>) {
        self.begin(row.table(), out);
        self.envelope(envelope, out);
        self.fields(row, out);
    }
    /// Appends what comes behind the rows. `close` is the moment that the log says it was closed.
    fn footer(&self, table: &'static Table, close: Instant, out: &mut Vec<u8>);
}

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

/// Each octet in decimal with a point behind it, and how long that is.
const DOTTED: [([u8; 4], usize); 256] = {
    let mut dotted = [([b'.'; 4], 0); 256];
    let mut n = 0;
    while n < 256 {
        let digits = [b'0' + (n / 100) as u8, b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
        dotted[n] = match n {
            0..10 => ([digits[2], b'.', b'.', b'.'], 2),
            10..100 => ([digits[1], digits[2], b'.', b'.'], 3),
            _ => ([digits[0], digits[1], digits[2], b'.'], 4),
        };
        n += 1;
    }
    dotted
};

#[inline]
fn pair(n: u32) -> [u8; 2] {
    PAIRS[(n % 100) as usize]
}

const HEX: &[u8; 16] = b"0123456789abcdef";

#[inline]
fn hex(octet: u8) -> [u8; 2] {
    [HEX[usize::from(octet >> 4)], HEX[usize::from(octet & 15)]]
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar. Valid for every day that
/// nanoseconds in 64 bits can reach. After Howard Hinnant, "chrono-compatible low-level date algorithms".
fn civil(day: i64) -> (u32, u32, u32) {
    // Eras of 400 years from 0000-03-01 on; all days within reach are positive then.
    let shifted = (day + 719_468) as u32;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u32::from(month <= 2), month, day)
}

/// `2026-11-23T15:00:00` with separators of choice; `[date, between date and time, time]`.
fn date_time(seconds: i64, [date, middle, time]: [u8; 3]) -> [u8; 19] {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY) as u32;
    let ([y1, y2], [y3, y4]) = (pair(year / 100), pair(year));
    let ([m1, m2], [d1, d2]) = (pair(month), pair(day));
    let ([h1, h2], [n1, n2], [s1, s2]) = (pair(second / 3600), pair(second / 60 % 60), pair(second % 60));
    [y1, y2, y3, y4, date, m1, m2, date, d1, d2, middle, h1, h2, time, n1, n2, time, s1, s2]
}

/// Nine digits.
fn fraction(nanoseconds: u32) -> [u8; 9] {
    let ([a, b], [c, d]) = (pair(nanoseconds / 10_000_000), pair(nanoseconds / 100_000));
    let ([e, f], [g, h]) = (pair(nanoseconds / 1_000), pair(nanoseconds / 10));
    [a, b, c, d, e, f, g, h, b'0' + (nanoseconds % 10) as u8]
}

thread_local! {
    /// The second that was written last: most rows are of the same one as the row before.
    static SECOND_BEFORE: Cell<(i64, [u8; 19])> = const { Cell::new((0, *b"1970-01-01T00:00:00")) };
}

/// RFC 3339 without a zone, nine digits behind the second.
#[inline]
pub(crate) fn wall_clock(nanoseconds: i64, out: &mut Vec<u8>) {
    let (second, part) = (nanoseconds.div_euclid(SECOND), nanoseconds.rem_euclid(SECOND) as u32);
    let whole = match SECOND_BEFORE.get() {
        (before, whole) if before == second => whole,
        _ => {
            let whole = date_time(second, *b"-T:");
            SECOND_BEFORE.set((second, whole));
            whole
        }
    };
    let mut text = [b'.'; 29];
    if let Some(start) = text.first_chunk_mut() {
        *start = whole;
    }
    if let Some(end) = text.last_chunk_mut() {
        *end = fraction(part);
    }
    out.extend_from_slice(&text);
}

/// RFC 3339 in UTC, nine digits behind the second.
#[inline]
pub(crate) fn instant(nanoseconds: i64, out: &mut Vec<u8>) {
    wall_clock(nanoseconds, out);
    out.push(b'Z');
}

/// `2026-11-23-15-00-00`, as Zeek dates its logs.
pub(crate) fn dashed(at: Instant, out: &mut Vec<u8>) {
    out.extend_from_slice(&date_time(at.0.div_euclid(SECOND), *b"---"));
}

/// Seconds with nine digits behind the point.
pub(crate) fn seconds(nanoseconds: i64, out: &mut Vec<u8>) {
    if nanoseconds < 0 {
        out.push(b'-');
    }
    let size = nanoseconds.unsigned_abs();
    unsigned(size / SECOND as u64, out);
    out.push(b'.');
    out.extend_from_slice(&fraction((size % SECOND as u64) as u32));
}

/// Seconds with six digits behind the point, rounded.
pub(crate) fn seconds_rounded(nanoseconds: i64, out: &mut Vec<u8>) {
    if nanoseconds < 0 {
        out.push(b'-');
    }
    let microseconds = nanoseconds.unsigned_abs().saturating_add(500) / 1000;
    unsigned(microseconds / 1_000_000, out);
    let part = (microseconds % 1_000_000) as u32;
    let ([a, b], [c, d], [e, f]) = (pair(part / 10_000), pair(part / 100), pair(part));
    out.extend_from_slice(&[b'.', a, b, c, d, e, f]);
}

/// A number with at most six digits behind the point and at least one, as Zeek prints a `double`.
pub(crate) fn six_digits(value: f64, names: &Names, out: &mut Vec<u8>) {
    /// Above it, single precision of the scaled number would show.
    const MOST: f64 = 2_147_483_647.0;
    if !value.is_finite() {
        return names.write(value.is_nan(), value.is_sign_negative(), out);
    }
    let size = value.abs();
    if size > MOST {
        // Writing into a vector cannot fail.
        let _ = write!(out, "{value:.1}");
        return;
    }
    let mut whole = size.trunc() as u64;
    let scaled = (size - whole as f64) * 1e6;
    let mut part = scaled as u32;
    let rest = scaled - f64::from(part);
    if rest > 0.5 || (rest == 0.5 && (part == 0 || part % 2 == 1)) {
        part += 1;
    }
    if part == 1_000_000 {
        (whole, part) = (whole + 1, 0);
    }
    if value < 0.0 {
        out.push(b'-');
    }
    unsigned(whole, out);
    let ([a, b], [c, d], [e, f]) = (pair(part / 10_000), pair(part / 100), pair(part));
    let digits = [b'.', a, b, c, d, e, f];
    let len = digits.iter().rposition(|digit| *digit != b'0').unwrap_or(0).max(1) + 1;
    out.extend_from_slice(digits.get(..len).unwrap_or(&digits));
}

/// An unsigned integer.
#[inline]
pub(crate) fn unsigned(value: u64, out: &mut Vec<u8>) {
    // Most numbers of the wire are small: a copy of a length that is known is cheaper than one of any length.
    match value {
        0..10 => out.push(b'0' + value as u8),
        10..100 => out.extend_from_slice(&pair(value as u32)),
        _ => large(value, out),
    }
}

#[inline(never)]
fn large(value: u64, out: &mut Vec<u8>) {
    let Ok(small) = u32::try_from(value) else {
        return out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    };
    if small >= 100_000 {
        return out.extend_from_slice(itoa::Buffer::new().format(small).as_bytes());
    }
    let (high, low) = (pair(small / 100), pair(small % 100));
    match small {
        0..1_000 => out.extend_from_slice(&[high[1], low[0], low[1]]),
        1_000..10_000 => out.extend_from_slice(&[high[0], high[1], low[0], low[1]]),
        _ => out.extend_from_slice(&[b'0' + (small / 10_000) as u8, high[0], high[1], low[0], low[1]]),
    }
}

/// A signed integer.
#[inline]
pub(crate) fn signed(value: i64, out: &mut Vec<u8>) {
    if let Ok(value) = u64::try_from(value) {
        return unsigned(value, out);
    }
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// A single precision number: the fewest digits that give it back.
#[inline]
pub(crate) fn single(value: f32, names: &Names, out: &mut Vec<u8>) {
    if value.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    } else {
        names.write(value.is_nan(), value.is_sign_negative(), out);
    }
}

/// A double precision number: the fewest digits that give it back.
#[inline]
pub(crate) fn double(value: f64, names: &Names, out: &mut Vec<u8>) {
    if value.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    } else {
        names.write(value.is_nan(), value.is_sign_negative(), out);
    }
}

/// How a format names what is not a finite number.
pub(crate) struct Names {
    pub nan: &'static str,
    /// What stands in a list in place of an absent value.
    pub missing: &'static str,
    pub infinity: &'static str,
    pub negative_infinity: &'static str,
}

impl Names {
    fn write(&self, nan: bool, negative: bool, out: &mut Vec<u8>) {
        let name = match (nan, negative) {
            (true, _) => self.nan,
            (false, false) => self.infinity,
            (false, true) => self.negative_infinity,
        };
        out.extend_from_slice(name.as_bytes());
    }
}

/// `aa:bb:cc:dd:ee:ff`.
#[inline]
pub(crate) fn mac(Mac(octets): Mac, out: &mut Vec<u8>) {
    let mut text = [b':'; 17];
    for (place, octet) in text.chunks_mut(3).zip(octets) {
        for (to, digit) in place.iter_mut().zip(hex(octet)) {
            *to = digit;
        }
    }
    out.extend_from_slice(&text);
}

/// An IP address in its usual form: dotted decimal, or RFC 5952.
#[inline]
pub(crate) fn ip(address: IpAddr, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(v4) => {
            let (mut text, mut len) = ([0; 16], 0);
            for octet in v4.octets() {
                let (digits, count) = DOTTED[usize::from(octet)];
                if let Some(to) = text.get_mut(len..len + 4) {
                    to.copy_from_slice(&digits);
                }
                len += count;
            }
            let start = out.len();
            out.extend_from_slice(&text);
            // The last point is none of the address.
            out.truncate(start + len - 1);
        }
        IpAddr::V6(v6) => {
            // Writing into a vector cannot fail.
            let _ = write!(out, "{v6}");
        }
    }
}

/// Lower hexadecimal.
pub(crate) fn octets(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len().saturating_mul(2));
    for octet in bytes {
        out.extend_from_slice(&hex(*octet));
    }
}

/// The values of a list, with a separator between them.
pub(crate) fn list(list: &List<'_>, separator: u8, bools: [&str; 2], names: &Names, out: &mut Vec<u8>) {
    fn each<T>(
        values: impl Iterator<Item = T>,
        separator: u8,
        out: &mut Vec<u8>,
        write: impl Fn(T, &mut Vec<u8>),
    ) {
        for (index, value) in values.enumerate() {
            if index > 0 {
                out.push(separator);
            }
            write(value, out);
        }
    }
    let [no, yes] = bools;
    match list {
        List::Bits(l) => each(l.iter(), separator, out, |bit, out| {
            out.extend_from_slice(if bit { yes } else { no }.as_bytes());
        }),
        List::U16Be(l) => each(l.iter(), separator, out, |v, out| unsigned(v.into(), out)),
        List::U16Le(l) => each(l.iter(), separator, out, |v, out| unsigned(v.into(), out)),
        List::U32Be(l) => each(l.iter(), separator, out, |v, out| unsigned(v.into(), out)),
        List::U32Le(l) => each(l.iter(), separator, out, |v, out| unsigned(v.into(), out)),
        List::I16Be(l) => each(l.iter(), separator, out, |v, out| signed(v.into(), out)),
        List::F32Be(l) => each(l.iter(), separator, out, |v, out| single(v, names, out)),
        List::Reals(l) => each(l.iter(), separator, out, |v, out| match v {
            Some(v) => double(v, names, out),
            None => out.extend_from_slice(names.missing.as_bytes()),
        }),
    }
}

/// Whether every octet is printable ASCII and none is a backslash or one of `special`: such text is written as it is.
#[inline]
pub(crate) fn plain<const N: usize>(bytes: &[u8], special: [u8; N]) -> bool {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let mut marked = not_plain(u64::from_le_bytes(*last), special);
        if bytes.len() <= 16 {
            marked |= not_plain(u64::from_le_bytes(*first), special);
        } else {
            // No early return: so the compiler looks at many octets at once.
            let (words, _) = bytes.as_chunks();
            marked |=
                words.iter().fold(0, |marked, word| marked | not_plain(u64::from_le_bytes(*word), special));
        }
        return marked == 0;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let both = u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
        return not_plain(both, special) == 0;
    }
    let few = bytes.iter().fold(u64::from_le_bytes([b' '; 8]), |few, octet| few << 8 | u64::from(*octet));
    not_plain(few, special) == 0
}

/// Which of eight octets are not as [`plain`] wants them: the highest bit of each is set, all others are not.
#[inline(always)]
fn not_plain<const N: usize>(octets: u64, special: [u8; N]) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = 0x80 * EACH;
    // Without its highest bit an octet is at most 7F, so that no sum reaches the next one.
    let low = octets & !HIGHEST;
    let is = |octet: u8| !((low ^ (u64::from(octet) * EACH)) + 0x7f * EACH);
    let below_space = !(low + (0x80 - 0x20) * EACH);
    let delete = low + EACH;
    let found = special.iter().fold(is(b'\\'), |found, octet| found | is(*octet));
    (octets | below_space | delete | found) & HIGHEST
}

/// Writes on, with some ASCII characters replaced.
struct Replacing<'a, F> {
    out: &'a mut Vec<u8>,
    replace: F,
}

impl<F: Fn(u8) -> Option<&'static str>> fmt::Write for Replacing<'_, F> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &octet in text.as_bytes() {
            match (self.replace)(octet) {
                Some(replacement) => self.out.extend_from_slice(replacement.as_bytes()),
                None => self.out.push(octet),
            }
        }
        Ok(())
    }
}

/// Text of the wire in the reversible form of [`Text`], with some ASCII characters of that form replaced.
#[cold]
pub(crate) fn escaped(text: &[u8], replace: impl Fn(u8) -> Option<&'static str>, out: &mut Vec<u8>) {
    // Writing into a vector cannot fail.
    let _ = write!(Replacing { out, replace }, "{}", Text(text));
}

/// A word of the program, with some ASCII characters replaced.
#[cold]
pub(crate) fn replaced(word: &str, replace: impl Fn(u8) -> Option<&'static str>, out: &mut Vec<u8>) {
    let _ = Replacing { out, replace }.write_str(word);
}

/// Appends `\xNN`.
pub(crate) fn octet_escape(octet: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\x");
    out.extend_from_slice(&hex(octet));
}
