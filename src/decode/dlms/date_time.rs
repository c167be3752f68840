//! COSEM date-time, date and time (Blue Book, "date and time formats").
//!
//! ```text
//! date-time = year (2) | month | day | weekday | hour | minute | second | hundredths | deviation (2) | status
//! date      = year (2) | month | day | weekday
//! time      = hour | minute | second | hundredths
//! ```
//! FF (FFFF for the year, 8000 for the deviation) means "not specified".  The deviation is in minutes,
//! from local time **to** UTC: −60 (FFC4) is an hour east of Greenwich.

use crate::decode::Timestamp;
use crate::decode::timestamp::TimeOfDay;
use std::fmt::Write;

/// A COSEM date-time whose fields are all in range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// The point in time; `None` when the date is not fully specified (a schedule, or no time at all).
    pub time: Option<Timestamp>,
    /// Every field says "not specified".
    pub empty: bool,
    /// The clock status byte; FF when not specified.
    pub status: u8,
}

/// Bit 0 of the clock status: the value is invalid.
const INVALID: u8 = 0x01;

impl DateTime {
    /// The clock says itself that its time is not valid.
    pub const fn invalid(self) -> bool {
        self.status != 0xFF && self.status & INVALID != 0
    }
}

/// Reads 12 bytes.  `None` when a field is out of its range: these bytes are no date-time.
pub fn date_time(bytes: &[u8]) -> Option<DateTime> {
    let &[y1, y0, month, day, weekday, hour, minute, second, hundredths, d1, d0, status] = bytes else {
        return None;
    };
    let year = u16::from_be_bytes([y1, y0]);
    let deviation = i16::from_be_bytes([d1, d0]);
    // FD and FE are "last" and "second last day", and begin and end of summer time as a month.
    let in_range = matches!(year, 1970..=2199 | 0xFFFF)
        && matches!(month, 1..=12 | 0xFD..=0xFF)
        && matches!(day, 1..=31 | 0xFD..=0xFF)
        && matches!(weekday, 0..=7 | 0xFF)
        && matches!(hour, 0..=23 | 0xFF)
        && matches!(minute, 0..=59 | 0xFF)
        && matches!(second, 0..=59 | 0xFF)
        && matches!(hundredths, 0..=99 | 0xFF)
        && (deviation == i16::MIN || deviation == -1 || (-840..=840).contains(&deviation));
    if !in_range {
        return None;
    }
    let empty = year == 0xFFFF && month == 0xFF && day == 0xFF && hour == 0xFF && minute == 0xFF;
    let time = date_of(year, month, day).and_then(|date| match time_of(hour, minute, second, hundredths) {
        Some(time) => {
            let stamp = date.at(time)?;
            // −1 would be a deviation of a minute, which nobody has; FFFF is written for "not specified".
            if deviation == i16::MIN || deviation == -1 { Some(stamp) } else { stamp.offset(-deviation) }
        }
        None => Some(date),
    });
    Some(DateTime { time, empty, status })
}

fn date_of(year: u16, month: u8, day: u8) -> Option<Timestamp> {
    Timestamp::date(i16::try_from(year).ok()?, month, day)
}

fn time_of(hour: u8, minute: u8, second: u8, hundredths: u8) -> Option<TimeOfDay> {
    if hour > 23 || minute > 59 {
        return None;
    }
    let second = (second < 60).then_some(second);
    // Hundredths of zero are what every meter sends: they say nothing, and would clutter every time.
    let hundredths = (second.is_some() && (1..100).contains(&hundredths)).then_some(hundredths);
    Some(TimeOfDay { hour, minute, second, hundredths })
}

/// Reads a date of 5 bytes.
pub fn date(bytes: &[u8]) -> Option<Timestamp> {
    let &[y1, y0, month, day, weekday] = bytes else { return None };
    if !matches!(weekday, 0..=7 | 0xFF) {
        return None;
    }
    date_of(u16::from_be_bytes([y1, y0]), month, day)
}

/// Writes a time of 4 bytes as `HH:MM:SS`.
pub fn time(bytes: &[u8]) -> Option<compact_str::CompactString> {
    let &[hour, minute, second, hundredths] = bytes else { return None };
    if hundredths > 99 && hundredths != 0xFF {
        return None;
    }
    let time = time_of(hour, minute, second, hundredths)?;
    let mut text = compact_str::CompactString::default();
    let _ = write!(text, "{:02}:{:02}", time.hour, time.minute);
    if let Some(second) = time.second {
        let _ = write!(text, ":{second:02}");
    }
    Some(text)
}

/// The clock status in words, for an explanation.
pub fn status_words(status: u8) -> String {
    if status == 0xFF {
        return "status not specified".into();
    }
    let bits = [
        (0x01, "invalid"),
        (0x02, "doubtful"),
        (0x04, "different clock base"),
        (0x08, "invalid clock status"),
        (0x80, "summer time"),
    ];
    let said: Vec<&str> = bits.iter().filter(|(bit, _)| status & bit != 0).map(|(_, word)| *word).collect();
    if said.is_empty() { "status ok".into() } else { said.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(hex: &str) -> Option<String> {
        let stamp = date_time(&hex::decode(hex.replace(' ', "")).unwrap())?;
        Some(stamp.time.map_or("-".into(), |t| t.to_string()))
    }

    #[test]
    fn deviation_counts_towards_utc() {
        // Winter and summer time of central Europe.
        assert_eq!(show("07E6 02 04 05 10 2B 14 00 FFC4 00").as_deref(), Some("2022-02-04T16:43:20+01:00"));
        assert_eq!(show("07E5 09 1B 01 09 2F 0F 00 FF88 80").as_deref(), Some("2021-09-27T09:47:15+02:00"));
        assert_eq!(show("07E3 0C 10 01 07 3B 28 FF 8000 FF").as_deref(), Some("2019-12-16T07:59:40"));
    }

    #[test]
    fn hundredths_only_where_they_say_something() {
        assert_eq!(show("07E6 02 04 05 10 2B 14 32 8000 00").as_deref(), Some("2022-02-04T16:43:20.50"));
    }

    #[test]
    fn text_is_no_date() {
        assert_eq!(show(&hex::encode("181220000009")), None);
        assert_eq!(show("07E6 0D 04 05 10 2B 14 00 FFC4 00"), None);
    }

    #[test]
    fn unspecified_parts() {
        assert_eq!(show("FFFF FF FF FF FF FF FF FF 8000 FF").as_deref(), Some("-"));
        assert_eq!(show("07E6 02 04 FF FF FF FF FF 8000 FF").as_deref(), Some("2022-02-04"));
        assert_eq!(
            show("07E6 02 1F FF FF FF FF FF 8000 FF").as_deref(),
            Some("-"),
            "there is no 31 February"
        );
    }

    #[test]
    fn dates_and_times_alone() {
        assert_eq!(date(&[0x07, 0xE5, 3, 7, 7]).unwrap().to_string(), "2021-03-07");
        assert_eq!(time(&[0x0E, 0x37, 0x21, 0]).unwrap(), "14:55:33");
        assert_eq!(time(&[25, 0, 0, 0]), None);
    }
}
