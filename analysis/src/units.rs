//! Numbers, sizes, times and addresses for people.
use fieldtap::record::{Address, Text};

/// 12,345,678.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A number and what is counted: `1 frame`, `2 frames`.
pub(crate) fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// Octets in decimal units: 999 B, 1.23 MB.
pub(crate) fn size(octets: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if octets < 1000 {
        return format!("{octets} B");
    }
    let mut value = octets as f64;
    let mut unit = "B";
    for next in UNITS {
        // What would be shown as 1000 of a unit is shown as 1 of the next.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {unit}")
}

/// A real number, as short as it can be told from all others of its size.
pub(crate) fn real(value: f64) -> String {
    let single = value as f32;
    // The digits of whole numbers are all theirs: a counter is no single-precision number, though one may have its value.
    let whole = value.fract() == 0.0 && value.abs() <= u64::MAX as f64;
    let far = value != 0.0 && !(1e-6..1e15).contains(&value.abs()) && value.is_finite();
    match (f64::from(single) == value && !whole, far) {
        (true, true) => format!("{single:e}"),
        (true, false) => format!("{single}"),
        (false, true) => format!("{value:e}"),
        (false, false) => format!("{value}"),
    }
}

/// A part of a whole in percent. Only what is all is shown as 100, and only what is nothing as 0.
pub(crate) fn share(part: u64, whole: u64) -> String {
    let percent = if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 };
    if part > 0 && percent < 0.05 {
        "<0.1 %".into()
    } else if part < whole && percent >= 99.95 {
        ">99.9 %".into()
    } else {
        format!("{percent:.1} %")
    }
}

/// A moment: nanoseconds since 1970-01-01 UTC, shown to the millisecond.
pub(crate) fn moment(nanoseconds: i64) -> String {
    const DAY: i64 = 86_400_000;
    let milliseconds = nanoseconds.div_euclid(1_000_000);
    let (days, rest) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    // Days since 0000-03-01 in eras of 400 years, so that the leap day ends a year.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    let (seconds, milliseconds) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milliseconds:03}")
}

/// A length of time in its two largest units.
pub(crate) fn duration(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds / 1_000_000;
    let seconds = milliseconds / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if days > 0 {
        format!("{} d {} h", number(days), hours % 24)
    } else if hours > 0 {
        format!("{hours} h {} min", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes} min {} s", seconds % 60)
    } else if seconds > 0 {
        format!("{seconds}.{:03} s", milliseconds % 1000)
    } else if milliseconds > 0 {
        format!("{milliseconds} ms")
    } else {
        format!("{nanoseconds} ns")
    }
}

/// An address; `?` where there is none.
pub(crate) fn address(address: Option<Address>) -> String {
    match address {
        Some(Address::Ip(ip)) => ip.to_string(),
        Some(Address::Mac(mac)) => {
            let [a, b, c, d, e, f] = mac.0;
            format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
        }
        None => "?".into(),
    }
}

/// An address with its port, if there is one.
pub(crate) fn endpoint(end: Option<Address>, port: Option<u16>) -> String {
    match (end, port) {
        (Some(Address::Ip(std::net::IpAddr::V6(ip))), Some(port)) => format!("[{ip}]:{port}"),
        (end, Some(port)) => format!("{}:{port}", address(end)),
        (end, None) => address(end),
    }
}

/// Text that somebody else wrote, made safe to show.
pub(crate) fn safe(text: &str) -> String {
    Text::from(text).to_string()
}

/// Octets in lower hex.
pub(crate) fn hex(octets: &[u8]) -> String {
    use std::fmt::Write;
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut hex, octet| {
        // Writing to a `String` does not fail.
        let _ = write!(hex, "{octet:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_have_three_digits() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_000), "1.00 kB");
        assert_eq!(size(99_960), "100 kB");
        assert_eq!(size(999_400), "999 kB");
        assert_eq!(size(999_600), "1.00 MB");
        assert_eq!(size(u64::MAX), "18.4 EB");
    }

    #[test]
    fn real_numbers_are_short() {
        let shown = [
            0.1_f32.into(),
            0.1,
            -118.625,
            2e6,
            3_000_000_256.0,
            f64::from(f32::MAX),
            1e-300,
            0.0,
            f64::INFINITY,
            f64::NAN,
        ];
        let texts =
            ["0.1", "0.1", "-118.625", "2000000", "3000000256", "3.4028235e38", "1e-300", "0", "inf", "NaN"];
        assert_eq!(shown.map(real), texts);
    }

    #[test]
    fn only_all_is_a_hundred_percent_and_only_nothing_is_zero() {
        assert_eq!(share(0, 0), "0.0 %");
        assert_eq!(share(1, 1_000_000), "<0.1 %");
        assert_eq!(share(999_999, 1_000_000), ">99.9 %");
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(5, 5), "100.0 %");
    }

    /// The moments are those that `date -u -d @SECONDS` gives.
    #[test]
    fn moments_are_in_the_gregorian_calendar() {
        assert_eq!(moment(0), "1970-01-01 00:00:00.000");
        assert_eq!(moment(951_782_400_000_000_000), "2000-02-29 00:00:00.000");
        assert_eq!(moment(1_709_251_199_999_000_000), "2024-02-29 23:59:59.999");
        assert_eq!(moment(-1_000_000), "1969-12-31 23:59:59.999");
        assert_eq!(moment(4_107_542_400_000_000_000), "2100-03-01 00:00:00.000");
    }

    #[test]
    fn durations_have_two_units() {
        assert_eq!(duration(5), "5 ns");
        assert_eq!(duration(61_000_000_000), "1 min 1 s");
        assert_eq!(duration(1_500_000_000), "1.500 s");
        assert_eq!(duration(90_000_000_000_000), "1 d 1 h");
    }
}
