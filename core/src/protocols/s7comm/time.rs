//! Times of the CPU.
use crate::record::WallClock;

const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a day of the Gregorian calendar; `None` if there is no such day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // Years that begin in March put the leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// Two decimal digits, four bits each.
pub(super) fn bcd(octet: u8) -> Option<u8> {
    let (tens, ones) = (octet >> 4, octet & 0x0f);
    (tens <= 9 && ones <= 9).then_some(tens * 10 + ones)
}

/// DATE_AND_TIME: year, month, day, hour, minute, second, milliseconds (three digits) and day of the week, as decimal
/// digits. Years 90 to 99 are of the 20th century.
pub(super) fn date_and_time(octets: &[u8]) -> Option<WallClock> {
    let &[year, month, day, hour, minute, second, hundredths, last] = octets.first_chunk::<8>()?;
    let digit = |octet| bcd(octet).map(i64::from);
    let (year, month, day) = (digit(year)?, digit(month)?, digit(day)?);
    let (hour, minute, second) = (digit(hour)?, digit(minute)?, digit(second)?);
    let (hundredths, thousandths) = (digit(hundredths)?, i64::from(last >> 4));
    if hour > 23 || minute > 59 || second > 59 || thousandths > 9 {
        return None;
    }
    let year = if year < 90 { 2000 + year } else { 1900 + year };
    let seconds = days(year, month, day)? * DAY + hour * 3600 + minute * 60 + second;
    Some(WallClock((seconds * 1000 + hundredths * 10 + thousandths) * 1_000_000))
}

/// Day of the week, in the last four bits of DATE_AND_TIME: 1 Sunday to 7 Saturday.
pub(super) fn weekday(octets: &[u8]) -> Option<u8> {
    octets.get(7).map(|octet| octet & 0x0f).filter(|day| (1..=7).contains(day))
}

/// Milliseconds since midnight and days since 1984-01-01, as blocks have it.
pub(super) fn block_time(octets: &[u8]) -> Option<WallClock> {
    let &[a, b, c, d, e, f] = octets.first_chunk::<6>()?;
    let milliseconds = i64::from(u32::from_be_bytes([a, b, c, d]));
    let since = i64::from(u16::from_be_bytes([e, f]));
    if milliseconds >= DAY * 1000 {
        return None;
    }
    let seconds = (days(1984, 1, 1)? + since) * DAY;
    Some(WallClock((seconds * 1000 + milliseconds) * 1_000_000))
}

/// S5TIME: three decimal digits in units of 10 ms, 100 ms, 1 s or 10 s. In seconds.
pub(super) fn s5time(word: u16) -> Option<f64> {
    let [high, low] = word.to_be_bytes();
    let hundreds = high & 0x0f;
    if hundreds > 9 {
        return None;
    }
    let value = f64::from(u16::from(hundreds) * 100 + u16::from(bcd(low)?));
    let unit = [0.01, 0.1, 1.0, 10.0].get(usize::from(high >> 4 & 3)).copied()?;
    Some(value * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds since 1970 from `date -u +%s`.
    #[test]
    fn date_and_time_is_decimal_digits() {
        let octets = [0x16, 0x02, 0x29, 0x23, 0x59, 0x58, 0x12, 0x32];
        assert_eq!(date_and_time(&octets), Some(WallClock(1_456_790_398_123_000_000)));
        assert_eq!(weekday(&octets), Some(2));
        assert_eq!(
            date_and_time(&[0x94, 0x01, 0x01, 0, 0, 0, 0, 0]),
            Some(WallClock(757_382_400_000_000_000))
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for octets in
            [[0u8; 8], [0x17, 0x02, 0x29, 0, 0, 0, 0, 0], [0x16, 0x0a, 0x01, 0, 0, 0, 0, 0], [0xff; 8]]
        {
            assert_eq!(date_and_time(&octets), None);
        }
        assert_eq!(date_and_time(&[0x16, 2]), None);
        assert_eq!(block_time(&[0xff; 6]), None);
    }

    /// Blocks count from 1984-01-01, which is 441763200 seconds after 1970-01-01.
    #[test]
    fn blocks_count_from_1984() {
        assert_eq!(
            block_time(&[0, 0, 0, 1, 0, 2]),
            Some(WallClock((441_763_200_000 + 2 * 86_400_000 + 1) * 1_000_000))
        );
    }

    #[test]
    fn s5time_has_four_units() {
        assert_eq!(s5time(0x0127), Some(1.27));
        assert_eq!(s5time(0x2999), Some(999.0));
        assert_eq!(s5time(0x3001), Some(10.0));
        assert_eq!(s5time(0x0a00), None);
    }
}
