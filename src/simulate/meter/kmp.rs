//! A KMP meter: a heat meter of the MULTICAL kind that answers, and never speaks first.
//!
//! The format is in [`crate::decode::kmp`].

use crate::decode::checksum;
use crate::decode::kmp::frame::{ACKNOWLEDGE, ESCAPE, FROM_METER, STOP, TO_METER};
use crate::decode::kmp::tables::{GET_REGISTER, GET_SERIAL, GET_TYPE, LOGGER};
use crate::line::random::Random;
use crate::line::sim::{Speech, Talker};
use std::time::Duration;

/// The address that every meter answers to.
const METER: u8 = 0x3F;
/// SetClock and the clearing of events are answered with an acknowledge.
const ACKNOWLEDGED: [u8; 2] = [0x09, 0x9C];
/// From the end of a request to the start of its answer.
const DELAY: Duration = Duration::from_millis(80);
/// A request that pauses longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(1);

/// A frame round address, command and data, from the meter ([`FROM_METER`]) or to it ([`TO_METER`]).
pub fn frame(start: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![start];
    for byte in content.iter().copied().chain(checksum::xmodem(content).to_be_bytes()) {
        if [ACKNOWLEDGE, STOP, ESCAPE, FROM_METER, TO_METER].contains(&byte) {
            bytes.extend([ESCAPE, byte ^ 0xFF]);
        } else {
            bytes.push(byte);
        }
    }
    bytes.push(STOP);
    bytes
}

/// A register as an answer states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Its number.
    pub number: u16,
    /// The unit byte.
    pub unit: u8,
    /// The value's sign and power of ten, as on the wire.
    pub sign_and_exponent: u8,
    /// The value's digits, big endian.
    pub mantissa: Vec<u8>,
}

impl Register {
    /// A number in four bytes: `digits` × 10^`power` of the unit.
    pub fn number(number: u16, unit: u8, digits: i64, power: i8) -> Self {
        let sign = if digits < 0 { 0x80 } else { 0 };
        let power_sign = if power < 0 { 0x40 } else { 0 };
        let magnitude = u32::try_from(digits.unsigned_abs()).unwrap_or(u32::MAX);
        Register {
            number,
            unit,
            sign_and_exponent: sign | power_sign | (power.unsigned_abs() & 0x3F),
            mantissa: magnitude.to_be_bytes().to_vec(),
        }
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.number.to_be_bytes());
        bytes.extend([self.unit, self.mantissa.len() as u8, self.sign_and_exponent]);
        bytes.extend(&self.mantissa);
    }
}

/// The meter.
#[derive(Debug, Clone)]
pub struct KmpMeter {
    /// What GetType says: type, software revision.
    pub kind: [u8; 4],
    /// What GetSerialNo says.
    pub serial: u32,
    /// What GetRegister may ask for.
    pub registers: Vec<Register>,
    heard: Vec<u8>,
    heard_at: Duration,
}

impl KmpMeter {
    /// A heat meter with values that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::part(seed, 4);
        let mut r = |low, high| random.between(low, high) as i64;
        let serial = r(1_000_000, 99_999_999) as u32;
        let (inlet, outlet) = (r(6000, 9500), r(3000, 5500));
        let flow = r(0, 2500);
        // kW from litres an hour and hundredths of a kelvin: 1.163 Wh a litre and kelvin.
        let power = flow * (inlet - outlet) * 1163 / 10_000_000;
        let registers = vec![
            Register::number(60, 8, r(1_000, 9_999_999), -3),
            Register::number(63, 8, 0, -3),
            Register::number(68, 40, r(1_000, 9_999_999), -2),
            Register::number(74, 41, flow, 0),
            Register::number(80, 22, power, -1),
            Register::number(86, 37, inlet, -2),
            Register::number(87, 37, outlet, -2),
            Register::number(89, 38, inlet - outlet, -2),
            Register::number(99, 51, 0, 0),
            Register::number(98, 50, 1231, 0),
            Register::number(1001, 51, i64::from(serial), 0),
            Register::number(1002, 47, r(0, 23) * 10_000 + r(0, 59) * 100 + r(0, 59), 0),
            Register::number(1003, 48, 260_000 + r(1, 12) * 100 + r(1, 28), 0),
            Register::number(1004, 46, r(100, 90_000), 0),
            Register { number: 254, unit: 54, sign_and_exponent: 0, mantissa: b"603C2190000".to_vec() },
        ];
        KmpMeter {
            kind: [0x00, 0x25, 0x01, r(1, 9) as u8],
            serial,
            registers,
            heard: Vec::new(),
            heard_at: Duration::ZERO,
        }
    }

    /// The answer to a complete request, start and stop included; none to what is damaged or not for it.
    pub fn answer(&self, request: &[u8]) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        let mut escaped = false;
        for &byte in request.strip_prefix(&[TO_METER])?.strip_suffix(&[STOP])? {
            match byte {
                ESCAPE if !escaped => escaped = true,
                _ => {
                    content.push(if escaped { byte ^ 0xFF } else { byte });
                    escaped = false;
                }
            }
        }
        if escaped || content.len() < 4 || checksum::xmodem(&content) != 0 {
            return None;
        }
        content.truncate(content.len() - 2);
        let [METER, command, data @ ..] = &content[..] else { return None };
        let mut answer = vec![METER, *command];
        match *command {
            GET_TYPE => answer.extend(self.kind),
            GET_SERIAL => answer.extend(self.serial.to_be_bytes()),
            GET_REGISTER => {
                for wanted in data.get(1..)?.chunks_exact(2) {
                    let wanted = u16::from_be_bytes([wanted[0], wanted[1]]);
                    if let Some(register) = self.registers.iter().find(|r| r.number == wanted) {
                        register.put(&mut answer);
                    }
                }
            }
            command if ACKNOWLEDGED.contains(&command) => return Some(vec![ACKNOWLEDGE]),
            _ => return None,
        }
        Some(frame(FROM_METER, &answer))
    }

    /// An answer of the logger command: entries of these registers, the newest first, each register with one value an entry.
    /// `kind` 3 is the monthly logger, 4 the daily one; `last` is the number of the newest entry.
    pub fn log(kind: u8, last: u32, columns: &[(Register, Vec<Vec<u8>>)]) -> Vec<u8> {
        let further = columns.first().map_or(0, |(_, values)| values.len());
        let entries = further as u16 + 1;
        let mut content = vec![METER, LOGGER, 7, kind];
        content.extend(entries.to_be_bytes());
        content.push(columns.len() as u8);
        content.extend(last.to_be_bytes());
        content.extend(last.to_be_bytes());
        content.extend(0x0080u16.to_be_bytes());
        for (register, _) in columns {
            register.put(&mut content);
        }
        for entry in 0..further {
            for (_, values) in columns {
                content.extend(values.get(entry).map_or(&[][..], Vec::as_slice));
            }
        }
        frame(FROM_METER, &content)
    }
}

impl Talker for KmpMeter {
    fn push(&mut self, _: Duration) -> Option<Speech> {
        None
    }

    fn hear(&mut self, at: Duration, bytes: &[u8]) -> Option<Speech> {
        if at > self.heard_at + PATIENCE {
            self.heard.clear();
        }
        self.heard_at = at;
        for &byte in bytes {
            if byte == TO_METER {
                self.heard.clear();
            }
            self.heard.push(byte);
        }
        if self.heard.last() != Some(&STOP) {
            return None;
        }
        let request = std::mem::take(&mut self.heard);
        self.answer(&request).map(|bytes| Speech::new(at + DELAY, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Direction, Options, Status, Value, decode_all};
    use crate::probe::ask;

    /// The reading of a register, as text.
    fn read(meter: &KmpMeter, registers: &[u16]) -> Vec<String> {
        let request = ask::kmp::get_register(registers);
        let mut bytes = request.clone();
        bytes.extend(meter.answer(&request).unwrap());
        let messages = decode_all(&bytes, &Options::default());
        assert_eq!(messages.len(), 2);
        assert!(messages.iter().all(|m| m.status == Status::Ok && m.problems.is_empty()), "{messages:?}");
        assert_eq!(messages[0].direction, Some(Direction::Request));
        let show = |value: &Value| match value {
            Value::Number(n) => n.to_string(),
            Value::Text(t) => t.to_string(),
            Value::Time(t) => t.to_string(),
            other => format!("{other:?}"),
        };
        messages[1].readings.iter().map(|r| format!("{}={}", r.id, show(&r.value))).collect()
    }

    #[test]
    fn what_it_says_is_what_is_read() {
        let mut meter = KmpMeter::new(1);
        meter.registers = vec![
            Register::number(60, 8, 378_022, -3),
            Register::number(86, 37, -5, -1),
            Register::number(80, 22, 7, 3),
            Register::number(1003, 48, 260_228, 0),
        ];
        // Every byte that needs stuffing.
        meter.registers.push(Register {
            number: 0x0D06,
            unit: 51,
            sign_and_exponent: 0,
            mantissa: vec![0x40, 0x80, 0x1B, 0x0D],
        });
        assert_eq!(
            read(&meter, &[60, 86, 80, 9999, 1003, 0x0D06]),
            ["kmp:60=378.022", "kmp:86=-0.5", "kmp:80=7000", "kmp:1003=2026-02-28", "kmp:3334=1082137357"]
        );
    }

    #[test]
    fn it_has_a_type_and_a_number() {
        let meter = KmpMeter::new(7);
        let mut bytes = meter.answer(&ask::kmp::get_type()).unwrap();
        bytes.extend(meter.answer(&ask::kmp::get_serial()).unwrap());
        let messages = decode_all(&bytes, &Options::default());
        assert_eq!(messages[0].meter.model.as_deref(), Some("0025"));
        assert_eq!(messages[1].meter.id.as_deref(), Some(meter.serial.to_string().as_str()));
        let all: Vec<u16> = meter.registers.iter().map(|r| r.number).collect();
        assert_eq!(read(&meter, &all).len(), 8, "a request holds eight registers");
    }

    #[test]
    fn it_listens_piece_by_piece_and_ignores_the_rest() {
        let mut meter = KmpMeter::new(1);
        let request = ask::kmp::get_serial();
        let (a, b) = request.split_at(3);
        let ms = Duration::from_millis;
        assert!(meter.hear(ms(0), &[0x55, 0x0D]).is_none());
        assert!(meter.hear(ms(10), a).is_none());
        let speech = meter.hear(ms(20), b).unwrap();
        assert_eq!((speech.at, speech.bytes), (ms(20) + DELAY, meter.answer(&request).unwrap()));
        assert!(meter.hear(ms(100), a).is_none());
        assert!(meter.hear(ms(2000), b).is_none(), "too long a pause");
        let mut damaged = request.clone();
        damaged[2] ^= 1;
        assert!(meter.hear(ms(9000), &damaged).is_none());
        assert_eq!(meter.answer(&frame(TO_METER, &[METER, 0x09, 0, 0, 0, 0])), Some(vec![ACKNOWLEDGE]));
    }

    #[test]
    fn its_log_is_read_entry_by_entry() {
        let columns = [
            (Register::number(1003, 48, 260_301, 0), vec![260_201u32.to_be_bytes().to_vec()]),
            (Register::number(60, 8, 5000, -3), vec![4000u32.to_be_bytes().to_vec()]),
        ];
        let messages = decode_all(&KmpMeter::log(3, 12, &columns), &Options::default());
        assert_eq!(messages[0].status, Status::Ok, "{:?}", messages[0].problems);
        let ids: Vec<String> = messages[0].readings.iter().map(|r| r.id.to_string()).collect();
        assert_eq!(ids, ["kmp:1003", "kmp:60", "kmp:1003", "kmp:60"]);
        assert_eq!(messages[0].readings[3].value, Value::Number(crate::decode::Decimal::integer(4)));
    }
}
