//! Time tags (-101 section 7.2.6.18 to 7.2.6.20): CP56Time2a, CP24Time2a, CP16Time2a. They have no zone.
use crate::record::{Duration, WallClock};

const MILLISECOND: i64 = 1_000_000;
const MINUTE: i64 = 60_000 * MILLISECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A time tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tag {
    /// The clock's reading; null if it is no date.
    pub(super) clock: Option<WallClock>,
    /// Hour and date are not sent, but taken from the capture.
    pub(super) completed: bool,
    pub(super) invalid: bool,
    pub(super) substituted: bool,
    pub(super) summer_time: Option<bool>,
    pub(super) day_of_week: Option<u8>,
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, from 1970 on.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March, so that the leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

const fn days_of(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// CP56Time2a. Two digits of the year stand for 1970 to 2069.
pub(super) fn cp56(octets: &[u8; 7]) -> Tag {
    let [low, high, minute, hour, day, month, year] = *octets;
    let millisecond = u16::from_le_bytes([low, high]);
    let (minutes, hours, month, two) = (minute & 0x3f, hour & 0x1f, month & 0x0f, i64::from(year & 0x7f));
    let (date, day_of_week) = (day & 0x1f, day >> 5);
    let year = if two < 70 { 2000 + two } else { 1900 + two };
    let valid = millisecond < 60_000
        && minutes < 60
        && hours < 24
        && matches!(month, 1..=12)
        && two < 100
        && date >= 1
        && date <= days_of(year, month);
    let clock = valid.then(|| {
        let days = days(year, month.into(), date.into());
        let hours = days * 24 + i64::from(hours);
        WallClock(hours * HOUR + i64::from(minutes) * MINUTE + i64::from(millisecond) * MILLISECOND)
    });
    Tag {
        clock,
        completed: false,
        invalid: minute & 0x80 != 0,
        substituted: minute & 0x40 != 0,
        summer_time: Some(hour & 0x80 != 0),
        day_of_week: Some(day_of_week).filter(|day| *day != 0),
    }
}

/// Adds to a time within a span the span that brings it nearest to `ts`, the time of the capture.
fn complete(within: i64, span: i64, ts: i64) -> WallClock {
    let begin = ts.div_euclid(span).saturating_mul(span);
    let ahead = within - ts.rem_euclid(span);
    let begin = match ahead {
        _ if ahead > span / 2 => begin.saturating_sub(span),
        _ if ahead <= -span / 2 => begin.saturating_add(span),
        _ => begin,
    };
    WallClock(begin.saturating_add(within))
}

/// CP24Time2a: minutes and milliseconds. The hour is the one that brings it nearest to `ts`, the time of the capture.
pub(super) fn cp24(octets: &[u8; 3], ts: i64) -> Tag {
    let [low, high, minute] = *octets;
    let millisecond = u16::from_le_bytes([low, high]);
    let minutes = minute & 0x3f;
    let valid = millisecond < 60_000 && minutes < 60;
    let within = i64::from(minutes) * MINUTE + i64::from(millisecond) * MILLISECOND;
    Tag {
        clock: valid.then(|| complete(within, HOUR, ts)),
        completed: true,
        invalid: minute & 0x80 != 0,
        substituted: minute & 0x40 != 0,
        summer_time: None,
        day_of_week: None,
    }
}

/// CP32Time2a of -103: as CP24Time2a, with the hour. The day is the one that brings it nearest to `ts`.
pub(super) fn cp32(octets: &[u8; 4], ts: i64) -> Tag {
    let [low, high, minute, hour] = *octets;
    let millisecond = u16::from_le_bytes([low, high]);
    let (minutes, hours) = (minute & 0x3f, hour & 0x1f);
    let valid = millisecond < 60_000 && minutes < 60 && hours < 24;
    let within = i64::from(hours) * HOUR + i64::from(minutes) * MINUTE + i64::from(millisecond) * MILLISECOND;
    Tag {
        clock: valid.then(|| complete(within, DAY, ts)),
        completed: true,
        invalid: minute & 0x80 != 0,
        substituted: false,
        summer_time: Some(hour & 0x80 != 0),
        day_of_week: None,
    }
}

/// CP16Time2a: milliseconds.
pub(super) fn cp16(octets: [u8; 2]) -> Duration {
    Duration(i64::from(u16::from_le_bytes(octets)) * MILLISECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dates are those that the GNU program `date -u -d @N` gives.
    #[test]
    fn cp56_is_a_date() {
        let tag = cp56(&[0x39, 0x30, 0x05, 0x8d, 0x79, 0x0b, 0x1a]);
        // 2026-11-25 13:05:12.345, Wednesday, summer time.
        assert_eq!(tag.clock, Some(WallClock(1_795_611_912_345 * MILLISECOND)));
        assert_eq!((tag.summer_time, tag.day_of_week, tag.invalid), (Some(true), Some(3), false));
        assert_eq!(cp56(&[0, 0, 0, 0, 1, 1, 70]).clock, Some(WallClock(0)));
        assert_eq!(cp56(&[0, 0, 0, 0, 29, 2, 24]).clock, Some(WallClock(19_782 * DAY)));
        assert_eq!(cp56(&[0, 0, 0, 0, 1, 3, 0]).clock, Some(WallClock(11_017 * DAY)));
    }

    /// HARD_CASES, all protocols: "an invalid time is never 1970".
    #[test]
    fn what_is_no_date_is_null() {
        for octets in [
            [0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 29, 2, 26],
            [0, 0, 0, 0, 31, 4, 26],
            [0, 0, 0, 24, 1, 1, 26],
            [0, 0, 60, 0, 1, 1, 26],
            [0x60, 0xea, 0, 0, 1, 1, 26],
            [0, 0, 0, 0, 1, 13, 26],
            [0, 0, 0, 0, 1, 1, 100],
        ] {
            assert_eq!(cp56(&octets).clock, None, "{octets:?}");
        }
        assert_eq!(cp24(&[0, 0, 60], 0).clock, None);
    }

    /// HARD_CASES, IEC 60870-5-104: "IV=1 keeps value and time, marked invalid", "day-of-week 0 = unused".
    #[test]
    fn an_invalid_time_is_kept() {
        let tag = cp56(&[0, 0, 0x80, 0, 1, 1, 26]);
        assert!(tag.invalid && tag.clock.is_some());
        assert_eq!(tag.day_of_week, None);
    }

    /// HARD_CASES, IEC 60870-5-104: "completed from the capture time across the hour boundary, marked as completed".
    #[test]
    fn cp24_is_completed_across_the_hour_boundary() {
        let at = |hour: i64, minute: i64| (20_000 * 24 + hour) * HOUR + minute * MINUTE;
        let say = |minute: u8, ts| cp24(&[0, 0, minute], ts).clock;
        assert_eq!(say(59, at(13, 1)), Some(WallClock(at(12, 59))));
        assert_eq!(say(1, at(13, 59)), Some(WallClock(at(14, 1))));
        assert_eq!(say(30, at(13, 31)), Some(WallClock(at(13, 30))));
        assert_eq!(say(59, at(0, 1)), Some(WallClock(at(-1, 59))));
        assert!(cp24(&[0, 0, 1], 0).completed);
    }
}
