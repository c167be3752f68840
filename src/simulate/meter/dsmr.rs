//! Meters with a DSMR P1 port: what they push, in the versions and countries there are.
//!
//! A model is data: its identification, its lines in order, and how it ends.  Values go on from telegram to
//! telegram as those of a real meter do.

use crate::decode::Keys;
use crate::decode::crypt::{Header, Opener};
use crate::line::random::Random;
use std::fmt::Write as _;

/// One line, or a few that belong together.
#[derive(Debug, Clone, Copy)]
enum Line {
    /// The same in every telegram.
    Fixed(&'static str),
    /// `0-0:1.0.0`.
    Clock,
    /// Serial number as hex digits of its characters, behind this code.
    Serial(&'static str),
    /// A meter reading that never goes back: code, digits before and behind the point, unit.
    Counter(&'static str, usize, usize, &'static str),
    /// A value of the moment: code, digits before and behind the point, lowest and highest (in units of the
    /// last digit), unit.
    Now(&'static str, usize, usize, u64, u64, &'static str),
    /// A meter reading of a device on the M-Bus, taken at the last full five minutes.
    Device(&'static str, usize, usize, &'static str),
    /// Likewise in the way of version 2.2: the value on a line of its own.
    ProfileDevice(&'static str),
    /// The power failure log.
    Failures,
    /// Belgium: the highest demand of each month.
    Peaks,
}

use Line::{Clock, Counter, Device, Failures, Fixed, Now, Peaks, ProfileDevice, Serial};

/// How a telegram ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Four digits.
    Crc,
    /// Leading zeros left out.
    ShortCrc,
    /// `!` alone.
    Bare,
}

/// A kind of meter.
#[derive(Debug)]
pub struct Model {
    /// By which it is chosen.
    pub name: &'static str,
    /// What stands behind the `/`.
    identification: &'static str,
    lines: &'static [Line],
    end: End,
}

const V1: Line = Now("1-0:32.7.0", 3, 1, 2200, 2400, "V");
const V2: Line = Now("1-0:52.7.0", 3, 1, 2200, 2400, "V");
const V3: Line = Now("1-0:72.7.0", 3, 1, 2200, 2400, "V");
const I1: Line = Now("1-0:31.7.0", 3, 0, 0, 25, "A");
const I2: Line = Now("1-0:51.7.0", 3, 0, 0, 25, "A");
const I3: Line = Now("1-0:71.7.0", 3, 0, 0, 25, "A");
const P1: Line = Now("1-0:21.7.0", 2, 3, 0, 5500, "kW");
const P2: Line = Now("1-0:41.7.0", 2, 3, 0, 5500, "kW");
const P3: Line = Now("1-0:61.7.0", 2, 3, 0, 5500, "kW");
const N1: Line = Now("1-0:22.7.0", 2, 3, 0, 900, "kW");
const N2: Line = Now("1-0:42.7.0", 2, 3, 0, 900, "kW");
const N3: Line = Now("1-0:62.7.0", 2, 3, 0, 900, "kW");
const T1: Line = Counter("1-0:1.8.1", 6, 3, "kWh");
const T2: Line = Counter("1-0:1.8.2", 6, 3, "kWh");
const T3: Line = Counter("1-0:2.8.1", 6, 3, "kWh");
const T4: Line = Counter("1-0:2.8.2", 6, 3, "kWh");
const PLUS: Line = Now("1-0:1.7.0", 2, 3, 0, 9999, "kW");
const MINUS: Line = Now("1-0:2.7.0", 2, 3, 0, 3000, "kW");

/// The models.
#[rustfmt::skip] // a telegram's lines, not a column of one word each
pub const MODELS: &[Model] = &[
    Model {
        name: "nl5",
        identification: "ISK5\\2M550T-1012",
        lines: &[
            Fixed("1-3:0.2.8(50)"), Clock, Serial("0-0:96.1.1"), T1, T2, T3, T4, Fixed("0-0:96.14.0(0002)"), PLUS, MINUS,
            Fixed("0-0:96.7.21(00004)"), Fixed("0-0:96.7.9(00002)"), Failures, Fixed("1-0:32.32.0(00002)"),
            Fixed("1-0:52.32.0(00001)"), Fixed("1-0:72.32.0(00000)"), Fixed("1-0:32.36.0(00000)"),
            Fixed("1-0:52.36.0(00003)"), Fixed("1-0:72.36.0(00000)"), Fixed("0-0:96.13.0()"), V1, V2, V3, I1, I2, I3,
            P1, P2, P3, N1, N2, N3, Fixed("0-1:24.1.0(003)"), Serial("0-1:96.1.0"), Device("0-1:24.2.1", 5, 3, "m3"),
        ],
        end: End::Crc,
    },
    Model {
        name: "nl42",
        identification: "KFM5KAIFA-METER",
        lines: &[
            Fixed("1-3:0.2.8(42)"), Clock, Serial("0-0:96.1.1"), T1, T2, T3, T4, Fixed("0-0:96.14.0(0001)"), PLUS, MINUS,
            Fixed("0-0:96.7.21(00001)"), Fixed("0-0:96.7.9(00001)"), Fixed("1-0:99.97.0(0)(0-0:96.7.19)"),
            Fixed("1-0:32.32.0(00000)"), Fixed("1-0:32.36.0(00000)"), Fixed("0-0:96.13.1()"), Fixed("0-0:96.13.0()"), I1,
            P1, N1, Fixed("0-1:24.1.0(003)"), Serial("0-1:96.1.0"), Device("0-1:24.2.1", 5, 3, "m3"),
        ],
        end: End::Crc,
    },
    Model {
        name: "nl22",
        identification: "ISk5\\2MT382-1003",
        lines: &[
            Serial("0-0:96.1.1"), Counter("1-0:1.8.1", 5, 3, "kWh"), Counter("1-0:1.8.2", 5, 3, "kWh"),
            Counter("1-0:2.8.1", 5, 3, "kWh"), Counter("1-0:2.8.2", 5, 3, "kWh"), Fixed("0-0:96.14.0(0002)"),
            Now("1-0:1.7.0", 4, 2, 0, 900, "kW"), Now("1-0:2.7.0", 4, 2, 0, 300, "kW"), Fixed("0-0:17.0.0(0999.00*kW)"),
            Fixed("0-0:96.3.10(1)"), Fixed("0-0:96.13.1()"), Fixed("0-0:96.13.0()"), Fixed("0-1:24.1.0(3)"),
            Serial("0-1:96.1.0"), ProfileDevice("0-1:24.3.0"), Fixed("0-1:24.4.0(1)"),
        ],
        end: End::Bare,
    },
    Model {
        name: "be",
        identification: "FLU5\\253769484_A",
        lines: &[
            Fixed("0-0:96.1.4(50217)"), Serial("0-0:96.1.1"), Clock, T1, T2, T3, T4, Now("1-0:1.4.0", 2, 3, 0, 5000, "kW"),
            Peaks, Fixed("0-0:96.14.0(0001)"), PLUS, MINUS, P1, P2, P3, N1, N2, N3, V1, V2, V3,
            Now("1-0:31.7.0", 3, 2, 0, 2500, "A"), Now("1-0:51.7.0", 3, 2, 0, 2500, "A"),
            Now("1-0:71.7.0", 3, 2, 0, 2500, "A"), Fixed("0-0:96.3.10(1)"), Fixed("0-0:17.0.0(999.9*kW)"),
            Fixed("1-0:31.4.0(999*A)"), Fixed("0-0:96.13.0()"), Fixed("0-1:24.1.0(003)"), Serial("0-1:96.1.1"),
            Fixed("0-1:24.4.0(1)"), Device("0-1:24.2.3", 5, 3, "m3"), Fixed("0-2:24.1.0(007)"), Serial("0-2:96.1.1"),
            Device("0-2:24.2.1", 5, 3, "m3"),
        ],
        end: End::Crc,
    },
    Model {
        name: "lu",
        identification: "Lux5\\253663629_D",
        lines: &[
            Fixed("1-3:0.2.8(42)"), Clock, Serial("0-0:42.0.0"), Counter("1-0:1.8.0", 6, 3, "kWh"),
            Counter("1-0:2.8.0", 6, 3, "kWh"), Counter("1-0:3.8.0", 6, 3, "kvarh"), Counter("1-0:4.8.0", 6, 3, "kvarh"),
            PLUS, MINUS, Now("1-0:3.7.0", 2, 3, 0, 900, "kvar"), Now("1-0:4.7.0", 2, 3, 0, 900, "kvar"),
            Fixed("0-0:17.0.0(27.5*kVA)"), Fixed("0-0:96.3.10(1)"), Fixed("0-0:96.7.21(00013)"), V1, V2, V3, I1, I2, I3,
        ],
        end: End::Crc,
    },
    Model {
        name: "se",
        identification: "ELL5\\253833635_A",
        lines: &[
            Clock, Counter("1-0:1.8.0", 8, 3, "kWh"), Counter("1-0:2.8.0", 8, 3, "kWh"), Counter("1-0:3.8.0", 8, 3, "kvarh"),
            Counter("1-0:4.8.0", 8, 3, "kvarh"), Now("1-0:1.7.0", 4, 3, 0, 9999, "kW"), Now("1-0:2.7.0", 4, 3, 0, 3000, "kW"),
            Now("1-0:3.7.0", 4, 3, 0, 900, "kvar"), Now("1-0:4.7.0", 4, 3, 0, 900, "kvar"),
            Now("1-0:21.7.0", 4, 3, 0, 5500, "kW"), Now("1-0:41.7.0", 4, 3, 0, 5500, "kW"),
            Now("1-0:61.7.0", 4, 3, 0, 5500, "kW"), V1, V2, V3, Now("1-0:31.7.0", 3, 1, 0, 250, "A"),
            Now("1-0:51.7.0", 3, 1, 0, 250, "A"), Now("1-0:71.7.0", 3, 1, 0, 250, "A"),
        ],
        end: End::Crc,
    },
    Model {
        name: "at",
        identification: "EST5\\253710000_A",
        lines: &[
            Fixed("1-3:0.2.8(50)"), Clock, Counter("1-0:1.8.0", 9, 0, "Wh"), Counter("1-0:1.8.1", 9, 0, "Wh"),
            Counter("1-0:1.8.2", 9, 0, "Wh"), Now("1-0:1.7.0", 9, 0, 0, 9999, "W"), Counter("1-0:2.8.0", 9, 0, "Wh"),
            Now("1-0:2.7.0", 9, 0, 0, 3000, "W"), Counter("1-0:3.8.0", 9, 0, "varh"), Now("1-0:3.7.0", 9, 0, 0, 500, "var"),
            Counter("1-0:4.8.0", 9, 0, "varh"), Now("1-0:4.7.0", 9, 0, 0, 500, "var"),
        ],
        end: End::Crc,
    },
    Model {
        name: "heat",
        identification: "NWA-WARMTELINK",
        lines: &[
            Fixed("1-3:0.2.8(50)"), Clock, Fixed("0-0:96.1.1(ADC3100000158491)"), Fixed("0-0:96.13.0()"),
            Fixed("0-1:24.1.0(004)"), Fixed("0-1:96.1.0(621848012D2C0B0C)"), Device("0-1:24.2.1", 3, 3, "GJ"),
        ],
        end: End::ShortCrc,
    },
];

/// A meter that goes on counting.
#[derive(Debug)]
pub struct DsmrMeter {
    model: &'static Model,
    random: Random,
    serial: u64,
    /// One for each counting line, in units of its last digit.
    counters: Vec<u64>,
    /// Telegrams sent so far; each is a second later than the one before.
    sent: u64,
    cipher: Option<(Opener, Keys)>,
}

impl DsmrMeter {
    /// The model of this name, or for `None` one that the seed chooses.  `None` when there is none of that name.
    pub fn new(model: Option<&str>, seed: u64) -> Option<Self> {
        let mut random = Random::part(seed, 3);
        let model = match model {
            Some(name) => MODELS.iter().find(|model| model.name == name)?,
            None => random.pick(MODELS)?,
        };
        let counters = model.lines.iter().map(|_| random.below(40_000_000)).collect();
        let serial = random.below(10_000_000_000);
        Some(DsmrMeter { model, random, serial, counters, sent: 0, cipher: None })
    }

    /// The same meter with ciphered telegrams, as in Luxembourg and Austria; unchanged without an encryption key.
    #[must_use]
    pub fn ciphered(mut self, keys: &Keys) -> Self {
        self.cipher = Opener::new(keys).map(|opener| (opener, *keys));
        self
    }

    /// The next telegram as it goes over the line.
    pub fn telegram(&mut self) -> Vec<u8> {
        let text = self.text().into_bytes();
        self.sent += 1;
        let Some((opener, keys)) = &self.cipher else { return text };
        let control = if keys.authentication.is_some() { 0x30 } else { 0x20 };
        let mut title = *b"SIM\0\0\0\0\0";
        title[3..].copy_from_slice(&self.serial.to_be_bytes()[3..]);
        let counter = self.sent as u32;
        let mut body = Vec::new();
        opener.seal(&Header { control, title, counter }, &text, &mut body);
        let mut apdu = vec![0xDB, 8];
        apdu.extend(title);
        apdu.push(0x82);
        apdu.extend(((body.len() + 5) as u16).to_be_bytes());
        apdu.push(control);
        apdu.extend(counter.to_be_bytes());
        apdu.append(&mut body);
        apdu
    }

    /// The next telegram as text, with its CRC.
    fn text(&mut self) -> String {
        let mut text = format!("/{}\r\n\r\n", self.model.identification);
        for (index, line) in self.model.lines.iter().enumerate() {
            self.line(index, *line, &mut text);
            text.push_str("\r\n");
        }
        text.push('!');
        let crc = crc::Crc::<u16>::new(&crc::CRC_16_ARC).checksum(text.as_bytes());
        let _ = match self.model.end {
            End::Crc => write!(text, "{crc:04X}\r\n"),
            End::ShortCrc => write!(text, "{crc:X}\r\n"),
            End::Bare => write!(text, "\r\n"),
        };
        text
    }

    fn line(&mut self, index: usize, line: Line, into: &mut String) {
        let random = &mut self.random;
        let mut next = |most: u64| {
            let counter = &mut self.counters[index];
            *counter += random.below(most);
            *counter
        };
        let time = |seconds: u64| {
            let (minutes, s) = (seconds / 60, seconds % 60);
            let (hours, m) = (minutes / 60, minutes % 60);
            // A day in January, and those after it: winter time throughout.
            format!("2601{:02}{:02}{m:02}{s:02}", 5 + hours / 24 % 25, hours % 24)
        };
        let now = 40_000 + self.sent;
        let _ = match line {
            Fixed(line) => write!(into, "{line}"),
            Clock => write!(into, "0-0:1.0.0({}W)", time(now)),
            Serial(code) => {
                let digits = format!("E{:010}{index:02}", self.serial);
                let coded: String = digits.bytes().map(|byte| format!("{byte:02X}")).collect();
                write!(into, "{code}({coded})")
            }
            Counter(code, whole, places, unit) => {
                write!(into, "{code}({}*{unit})", fixed(next(3), whole, places))
            }
            Now(code, whole, places, low, high, unit) => {
                write!(into, "{code}({}*{unit})", fixed(random.between(low, high), whole, places))
            }
            Device(code, whole, places, unit) => {
                let value = fixed(next(2) % 100_000_000, whole, places);
                write!(into, "{code}({}W)({value}*{unit})", time(now / 300 * 300))
            }
            ProfileDevice(code) => {
                let value = fixed(next(2), 5, 3);
                let taken = time(now / 3600 * 3600);
                write!(into, "{code}({taken})(00)(60)(1)(0-1:24.2.1)(m3)\r\n({value})")
            }
            Failures => write!(
                into,
                "1-0:99.97.0(2)(0-0:96.7.19)({0}W)(0000000240*s)({0}W)(0000000301*s)",
                time(9_000)
            ),
            Peaks => write!(
                into,
                "1-0:1.6.0({0}W)(02.589*kW)\r\n0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(251201000000W)({0}W)(03.695*kW)\
                 (251101000000W)({0}W)(05.980*kW)",
                time(9_900)
            ),
        };
    }
}

/// `value` in units of its last digit, with leading zeros.
fn fixed(value: u64, whole: usize, places: usize) -> String {
    let unit = 10u64.pow(places as u32);
    let before = value / unit % 10u64.pow(whole as u32);
    match places {
        0 => format!("{before:0whole$}"),
        _ => format!("{before:0whole$}.{:0places$}", value % unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Key, Options, Protocol, Status, TagState, Value, decode_all};

    #[test]
    fn every_model_is_read_in_full() {
        for model in MODELS {
            let mut meter = DsmrMeter::new(Some(model.name), 7).unwrap();
            for _ in 0..3 {
                let telegram = meter.telegram();
                let messages = decode_all(&telegram, &Options::default());
                let [message] = &messages[..] else { panic!("{}: {messages:?}", model.name) };
                assert_eq!(
                    (message.status, message.protocol),
                    (Status::Ok, Protocol::Dsmr),
                    "{}",
                    model.name
                );
                let bare = model.end == End::Bare;
                assert_eq!(
                    message.problems.len(),
                    usize::from(bare),
                    "{}: {:?}",
                    model.name,
                    message.problems
                );
                let text = String::from_utf8(telegram).unwrap();
                let numbers = message
                    .readings
                    .iter()
                    .filter(|r| matches!(r.value, Value::Number(_)) && r.unit.is_some());
                let units = text.matches('*').count() + usize::from(bare);
                assert_eq!(numbers.count(), units, "{}: a number for each unit: {text}", model.name);
            }
        }
    }

    #[test]
    fn ciphered_telegrams_open_with_their_keys_only() {
        let keys = Keys { encryption: Some(Key::new([1; 16])), authentication: Some(Key::new([2; 16])) };
        let mut meter = DsmrMeter::new(Some("lu"), 7).unwrap().ciphered(&keys);
        let input = [meter.telegram(), meter.telegram()].concat();
        let tags = |keys: Keys| {
            let messages = decode_all(&input, &Options { keys, ..Options::default() });
            let tag = |m: &crate::decode::Message| (m.status, m.security.as_ref().map(|s| s.tag));
            messages.iter().map(tag).collect::<Vec<_>>()
        };
        assert_eq!(tags(keys), [(Status::Ok, Some(TagState::Verified)); 2]);
        assert_eq!(
            tags(Keys { authentication: None, ..keys }),
            [(Status::Ok, Some(TagState::Unverified)); 2]
        );
        let wrong = Some(Key::new([3; 16]));
        assert_eq!(
            tags(Keys { authentication: wrong, ..keys }),
            [(Status::DecryptFailed, Some(TagState::Failed)); 2]
        );
        assert_eq!(
            tags(Keys { encryption: wrong, authentication: None }),
            [(Status::DecryptFailed, Some(TagState::Unverified)); 2]
        );
        assert_eq!(tags(Keys::default()), [(Status::Encrypted, Some(TagState::Unverified)); 2]);
    }
}
