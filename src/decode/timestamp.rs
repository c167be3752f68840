//! Points in time as meters state them: local, with or without an offset, sometimes incomplete.

use std::fmt;

/// A date, with as much of a time of day as the meter gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp {
    year: i16,
    month: u8,
    day: u8,
    time: Option<TimeOfDay>,
    offset_minutes: Option<i16>,
}

/// Hour and minute; seconds and hundredths where given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeOfDay {
    /// 0–23.
    pub hour: u8,
    /// 0–59.
    pub minute: u8,
    /// 0–59 (60 for a leap second is refused: no meter sends one).
    pub second: Option<u8>,
    /// 0–99.
    pub hundredths: Option<u8>,
}

impl Timestamp {
    /// A date of the proleptic Gregorian calendar.  `None` when there is no such day.
    pub const fn date(year: i16, month: u8, day: u8) -> Option<Self> {
        if year < 0 || year > 9999 || month == 0 || month > 12 || day == 0 || day > days_in(year, month) {
            return None;
        }
        Some(Timestamp { year, month, day, time: None, offset_minutes: None })
    }

    /// The same day at this time.  `None` when there is no such time of day.
    pub const fn at(self, time: TimeOfDay) -> Option<Self> {
        let second_ok = match time.second {
            Some(s) => s < 60,
            None => true,
        };
        let hundredths_ok = match time.hundredths {
            Some(h) => h < 100 && time.second.is_some(),
            None => true,
        };
        if time.hour > 23 || time.minute > 59 || !second_ok || !hundredths_ok {
            return None;
        }
        Some(Timestamp { time: Some(time), ..self })
    }

    /// Hour, minute and second of that day.  `None` when there is no such time of day.
    pub const fn hms(self, hour: u8, minute: u8, second: u8) -> Option<Self> {
        self.at(TimeOfDay { hour, minute, second: Some(second), hundredths: None })
    }

    /// With the meter's offset from UTC in minutes, east positive.  `None` beyond ±18 h.
    pub const fn offset(self, minutes: i16) -> Option<Self> {
        if minutes < -18 * 60 || minutes > 18 * 60 {
            return None;
        }
        Some(Timestamp { offset_minutes: Some(minutes), ..self })
    }

    /// (year, month, day).
    pub const fn ymd(self) -> (i16, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// The time of day, if the meter gave one.
    pub const fn time_of_day(self) -> Option<TimeOfDay> {
        self.time
    }

    /// The offset from UTC in minutes, if the meter gave one.
    pub const fn offset_minutes(self) -> Option<i16> {
        self.offset_minutes
    }
}

const fn days_in(year: i16, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Most characters of a point in time: `2025-11-18T11:17:40.00+01:00`.
const LONGEST: usize = 28;

impl Timestamp {
    /// Appends the text of [`fmt::Display`].
    pub fn write_to(&self, into: &mut Vec<u8>) {
        let mut buffer = [0; LONGEST];
        into.extend_from_slice(self.text(&mut buffer));
    }

    fn text<'a>(&self, buffer: &'a mut [u8; LONGEST]) -> &'a [u8] {
        let mut at = 0;
        let mut put = |byte: u8| {
            if let Some(slot) = buffer.get_mut(at) {
                *slot = byte;
                at += 1;
            }
        };
        let mut part = |before: Option<char>, number: u8| {
            if let Some(before) = before {
                put(before as u8);
            }
            put(b'0' + number / 10);
            put(b'0' + number % 10);
        };
        part(None, (self.year / 100) as u8);
        part(None, (self.year % 100) as u8);
        part(Some('-'), self.month);
        part(Some('-'), self.day);
        if let Some(time) = self.time {
            part(Some('T'), time.hour);
            part(Some(':'), time.minute);
            if let Some(second) = time.second {
                part(Some(':'), second);
            }
            if let Some(hundredths) = time.hundredths {
                part(Some('.'), hundredths);
            }
            match self.offset_minutes {
                Some(0) => put(b'Z'),
                Some(minutes) => {
                    let east = minutes.unsigned_abs();
                    part(Some(if minutes < 0 { '-' } else { '+' }), (east / 60) as u8);
                    part(Some(':'), (east % 60) as u8);
                }
                None => {}
            }
        }
        buffer.get(..at).unwrap_or_default()
    }
}

/// ISO 8601: `2025-11-18T11:17:40+01:00`, `2012-01-13T16:34`, `2012-01-13`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; LONGEST];
        let text = self.text(&mut buffer);
        f.write_str(std::str::from_utf8(text).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_is_known_and_no_more() {
        let day = Timestamp::date(2025, 11, 18).unwrap();
        assert_eq!(day.to_string(), "2025-11-18");
        let full = day.hms(11, 17, 40).unwrap();
        assert_eq!(full.to_string(), "2025-11-18T11:17:40");
        assert_eq!(full.offset(60).unwrap().to_string(), "2025-11-18T11:17:40+01:00");
        assert_eq!(full.offset(-210).unwrap().to_string(), "2025-11-18T11:17:40-03:30");
        let short = TimeOfDay { hour: 16, minute: 34, second: None, hundredths: None };
        assert_eq!(day.at(short).unwrap().to_string(), "2025-11-18T16:34");
    }

    #[test]
    fn only_real_days_and_times() {
        assert!(Timestamp::date(2024, 2, 29).is_some());
        assert!(Timestamp::date(2023, 2, 29).is_none());
        assert!(Timestamp::date(1900, 2, 29).is_none());
        assert!(Timestamp::date(2000, 2, 29).is_some());
        assert!(Timestamp::date(2025, 13, 1).is_none());
        assert!(Timestamp::date(2025, 0, 1).is_none());
        assert!(Timestamp::date(2025, 4, 31).is_none());
        assert!(Timestamp::date(2025, 4, 30).and_then(|d| d.hms(24, 0, 0)).is_none());
    }
}
