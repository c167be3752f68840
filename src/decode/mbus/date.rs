//! Points in time, types F, G, I and J (EN 13757-3, annex A).  They are the meter's local time.

use crate::decode::{Timestamp, Value, timestamp::TimeOfDay};
use compact_str::{CompactString, format_compact};

/// What the bytes of a point in time say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// A point in time.
    At(Timestamp),
    /// A rule such as "every year on 31 December", as `*-12-31`, or a time of day.
    Text(CompactString),
    /// Not set, or marked as invalid by the meter.
    Unset,
    /// No such day or time.
    Impossible,
}

/// A point in time from 2 (type G), 3 (J), 4 (F) or 6 (I) bytes; `None` for other lengths.
pub fn read(bytes: &[u8]) -> Option<Moment> {
    Some(match *bytes {
        [b0, b1] => on_date(Day::new(b0, b1), None),
        [second, minute, hour] => {
            let (hour, minute, second) = (hour & 0x1F, minute & 0x3F, second & 0x3F);
            if hour < 24 && minute < 60 && second < 60 {
                Moment::Text(format_compact!("{hour:02}:{minute:02}:{second:02}"))
            } else if hour == 31 {
                Moment::Unset
            } else {
                Moment::Impossible
            }
        }
        [b0, b1, b2, b3] => {
            if b0 & 0x80 != 0 {
                return Some(Moment::Unset);
            }
            let day = Day { century: (b1 >> 5) & 3, ..Day::new(b2, b3) };
            on_date(day, Some(Clock { hour: b1 & 0x1F, minute: b0 & 0x3F, second: None }))
        }
        [b0, b1, b2, b3, b4, _] => {
            if b1 & 0x80 != 0 {
                return Some(Moment::Unset);
            }
            let clock = Clock { hour: b2 & 0x1F, minute: b1 & 0x3F, second: Some(b0 & 0x3F) };
            on_date(Day::new(b3, b4), Some(clock))
        }
        _ => return None,
    })
}

/// Day, month and year as on the wire.
#[derive(Clone, Copy)]
struct Day {
    day: u8,
    month: u8,
    /// 0–99; 127 is every year.
    year: u8,
    /// Type F: 0 as ever, 1 = 2000, 2 = 2100, 3 = 2200.
    century: u8,
}

#[derive(Clone, Copy)]
struct Clock {
    hour: u8,
    minute: u8,
    second: Option<u8>,
}

const EVERY_YEAR: u8 = 127;
const EVERY_MONTH: u8 = 15;
const EVERY_HOUR: u8 = 31;
const EVERY_MINUTE: u8 = 63;

impl Day {
    fn new(b0: u8, b1: u8) -> Self {
        Day { day: b0 & 0x1F, month: b1 & 0x0F, year: b0 >> 5 | (b1 & 0xF0) >> 1, century: 0 }
    }

    /// Years without a century are 1981 to 2080, as the standard advises.
    fn full_year(self) -> i16 {
        let year = i16::from(self.year);
        match self.century {
            0 if self.year > 80 => 1900 + year,
            0 => 2000 + year,
            c => 1900 + 100 * i16::from(c) + year,
        }
    }
}

fn on_date(day: Day, clock: Option<Clock>) -> Moment {
    let clock_repeats = clock.is_some_and(|c| c.hour == EVERY_HOUR || c.minute == EVERY_MINUTE);
    let date_repeats = day.year == EVERY_YEAR || day.month == EVERY_MONTH;
    if (day.day == 0 && !clock_repeats) || day.month == 0 {
        return Moment::Unset;
    }
    if date_repeats || clock_repeats || day.day == 0 {
        return repeating(day, clock);
    }
    if day.year > 99 {
        return Moment::Impossible;
    }
    let Some(date) = Timestamp::date(day.full_year(), day.month, day.day) else { return Moment::Impossible };
    let Some(clock) = clock else { return Moment::At(date) };
    let time = TimeOfDay { hour: clock.hour, minute: clock.minute, second: clock.second, hundredths: None };
    date.at(time).map_or(Moment::Impossible, Moment::At)
}

/// A rule for points in time, with `*` for what repeats.  All of it repeating means that nobody set it.
fn repeating(day: Day, clock: Option<Clock>) -> Moment {
    if day.year == EVERY_YEAR && day.month == EVERY_MONTH && (day.day == 31 || day.day == 0) {
        return Moment::Unset;
    }
    if (day.month > 12 && day.month != EVERY_MONTH) || (day.year > 99 && day.year != EVERY_YEAR) {
        return Moment::Impossible;
    }
    let year = if day.year == EVERY_YEAR { "*".into() } else { format_compact!("{:04}", day.full_year()) };
    let mut text = format_compact!("{year}-");
    let mut part = |before: &str, number: u8, every: u8| {
        text.push_str(before);
        text.push_str(&if number == every { "*".into() } else { format_compact!("{number:02}") });
    };
    part("", day.month, EVERY_MONTH);
    part("-", day.day, 0);
    if let Some(clock) = clock {
        part("T", clock.hour, EVERY_HOUR);
        part(":", clock.minute, EVERY_MINUTE);
    }
    Moment::Text(text)
}

impl Moment {
    /// The value of a reading.
    pub fn into_value(self) -> Value {
        match self {
            Moment::At(time) => Value::Time(time),
            Moment::Text(text) => Value::Text(text),
            Moment::Unset | Moment::Impossible => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(bytes: &[u8]) -> String {
        match read(bytes) {
            Some(Moment::At(time)) => time.to_string(),
            Some(Moment::Text(text)) => text.to_string(),
            other => format!("{other:?}"),
        }
    }

    /// Bytes put together by hand from the bit fields of annex A.
    #[test]
    fn type_g() {
        // 31 December 2013: day 31, month 12, year 13 = 0b0001101
        assert_eq!(show(&[0b101_11111, 0b0001_1100]), "2013-12-31");
        assert_eq!(show(&[0, 0]), "Some(Unset)");
        assert_eq!(show(&[0xFF, 0xFF]), "Some(Unset)");
        // 31 December of every year (127)
        assert_eq!(show(&[0b111_11111, 0b1111_1100]), "*-12-31");
        // 30 February 2013
        assert_eq!(show(&[0b101_11110, 0b0001_0010]), "Some(Impossible)");
        // 1 January 1999
        assert_eq!(show(&[0b011_00001, 0b1100_0001]), "1999-01-01");
    }

    #[test]
    fn type_f() {
        // 31 May 2008 23:50, the published OMS example
        assert_eq!(show(&[0x32, 0x37, 0x1F, 0x15]), "2008-05-31T23:50");
        assert_eq!(show(&[0xB2, 0x37, 0x1F, 0x15]), "Some(Unset)", "marked invalid");
        assert_eq!(show(&[0x32, 0x38, 0x1F, 0x15]), "Some(Impossible)", "24 o'clock");
        // century 2: 2108
        assert_eq!(show(&[0x32, 0x57, 0x1F, 0x15]), "2108-05-31T23:50");
    }

    #[test]
    fn types_i_and_j() {
        // 2008-05-31 23:50:07, summer time bit set, week 22
        assert_eq!(show(&[0x47, 0x32, 0x17, 0x1F, 0x15, 0x16]), "2008-05-31T23:50:07");
        assert_eq!(show(&[0x07, 0xB2, 0x17, 0x1F, 0x15, 0x16]), "Some(Unset)");
        assert_eq!(show(&[0x07, 0x32, 0x17]), "23:50:07");
        assert_eq!(read(&[1]), None);
    }

    #[test]
    fn never_panics() {
        for word in 0..=u16::MAX {
            let [a, b] = word.to_le_bytes();
            read(&[a, b]);
            read(&[a, b, b, a]);
            read(&[a, b, a, b, a, b]);
        }
    }
}
