//! Wired M-Bus: follows the long frame of EN 13757-2 (5.3) and the data header and records of EN 13757-3 within, and
//! knows at each byte how far the telegram still goes.
//!
//! Nothing is counted here: what codes meters use is written down, as are the places where values have their zeros.
//! What a meter says again is learned by position, as its telegrams are alike from first to last.

use super::{LEVEL, LEVELS, RANDOM};

/// Before a telegram.
pub const START: u128 = State { mode: mode::START, ..LOST }.pack();

/// Nothing is known of where it is.
pub const ANYWHERE: u128 = LOST.pack();

const LOST: State = State {
    mode: mode::LOST,
    left: 0,
    kind: 0,
    zero: false,
    size: 0,
    length: 0,
    rest: 0,
    plain: false,
    two: false,
};

mod mode {
    /// Until a start shows the way again: its first byte, its length, the second one.
    pub const LOST: u64 = 0;
    pub const LOST_68: u64 = 1;
    pub const LOST_LENGTH: u64 = 2;
    pub const LOST_AGAIN: u64 = 3;
    pub const START: u64 = 4;
    pub const LENGTH: u64 = 5;
    pub const AGAIN: u64 = 6;
    pub const START_AGAIN: u64 = 7;
    pub const CONTROL: u64 = 8;
    pub const ADDRESS: u64 = 9;
    pub const INFORMATION: u64 = 10;
    /// Of the fixed header: identification, manufacturer, version, medium.
    pub const IDENTITY: u64 = 11;
    pub const MAKER: u64 = 12;
    pub const VERSION: u64 = 13;
    pub const MEDIUM: u64 = 14;
    /// Access number, status, configuration.
    pub const ACCESS: u64 = 15;
    pub const STATUS: u64 = 16;
    pub const CONFIGURATION: u64 = 17;
    /// Records.
    pub const DIF: u64 = 18;
    pub const DIFE: u64 = 19;
    pub const VIF: u64 = 20;
    pub const VIFE: u64 = 21;
    /// The length of a text that stands for a VIF, and its letters.
    pub const NAME: u64 = 22;
    pub const LETTERS: u64 = 23;
    pub const VALUE: u64 = 24;
    /// The length of a value.
    pub const VARIABLE: u64 = 25;
    /// What only the manufacturer knows, or what is ciphered.
    pub const RAW: u64 = 26;
    pub const SUM: u64 = 27;
    pub const STOP: u64 = 28;
    /// The old fixed data structure: identification, access number, status, two units.
    pub const FIXED_IDENTITY: u64 = 29;
    pub const FIXED_ACCESS: u64 = 30;
    pub const FIXED_STATUS: u64 = 31;
    pub const UNITS: u64 = 32;
}

/// What a value is.
mod kind {
    pub const INTEGER: u64 = 0;
    pub const BCD: u64 = 1;
    pub const REAL: u64 = 2;
    pub const TEXT: u64 = 3;
    pub const DATE: u64 = 4;
    pub const TIME: u64 = 5;
}

#[derive(Clone, Copy)]
struct State {
    mode: u64,
    /// Bytes left of the element.
    left: u64,
    kind: u64,
    /// The byte of a value before this one was zero.
    zero: bool,
    /// Bytes of the value that its DIF announced.
    size: u64,
    /// The length that the telegram gave.
    length: u64,
    /// Bytes left before its sum.
    rest: u64,
    /// A VIF in letters is to follow.
    plain: bool,
    /// Another counter of the fixed structure follows.
    two: bool,
}

impl State {
    const fn pack(self) -> u128 {
        let low = self.mode
            | self.left << 6
            | self.kind << 14
            | (self.zero as u64) << 17
            | self.size << 18
            | self.length << 22
            | self.rest << 30
            | (self.plain as u64) << 38
            | (self.two as u64) << 39;
        low as u128
    }

    const fn unpack(state: u128) -> Self {
        let low = state as u64;
        State {
            mode: low & 0x3F,
            left: low >> 6 & 0xFF,
            kind: low >> 14 & 7,
            zero: low >> 17 & 1 == 1,
            size: low >> 18 & 0xF,
            length: low >> 22 & 0xFF,
            rest: low >> 30 & 0xFF,
            plain: low >> 38 & 1 == 1,
            two: low >> 39 & 1 == 1,
        }
    }

    fn go(&mut self, mode: u64, left: u64) {
        (self.mode, self.left) = (mode, left);
        self.zero = false;
    }

    /// One more byte of an element that goes on to another one.
    fn element(&mut self, mode: u64, left: u64) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.go(mode, left);
        }
    }

    fn record(&mut self) {
        *self = State { kind: kind::INTEGER, size: 0, plain: false, ..*self };
        self.go(mode::DIF, 0);
    }

    /// Behind the codes of a record.
    fn value(&mut self) {
        match (self.kind, self.size) {
            (kind::TEXT, _) => self.go(mode::VARIABLE, 0),
            (_, 0) => self.record(),
            (_, size) => self.go(mode::VALUE, size),
        }
    }

    fn coded(&mut self, more: bool) {
        if more {
            self.go(mode::VIFE, 0);
        } else if self.plain {
            self.go(mode::NAME, 0);
        } else {
            self.value();
        }
    }

    /// One more byte before the first of the user data.
    fn start(&mut self, byte: u64) {
        let begins = |mode: u64| if byte == 0x68 { mode } else { mode::LOST };
        self.mode = match self.mode {
            mode::START => begins(mode::LENGTH),
            mode::LOST => begins(mode::LOST_68),
            mode::LENGTH => mode::AGAIN,
            mode::LOST_68 => mode::LOST_LENGTH,
            mode::AGAIN => mode::START_AGAIN,
            mode::LOST_LENGTH if byte == self.length => mode::LOST_AGAIN,
            mode::LOST_LENGTH => begins(mode::LOST_68),
            _ => begins(mode::CONTROL),
        };
        match self.mode {
            mode::AGAIN | mode::LOST_LENGTH => self.length = byte,
            mode::CONTROL => self.rest = self.length,
            _ => {}
        }
    }

    fn user(&mut self, byte: u64) {
        match self.mode {
            mode::CONTROL => self.go(mode::ADDRESS, 0),
            mode::ADDRESS => self.go(mode::INFORMATION, 0),
            // The lowest bits tell the order of bytes only (EN 13757-3, 4.2).
            mode::INFORMATION => match byte {
                0x72 | 0x76 => self.go(mode::IDENTITY, 4),
                0x7A => self.go(mode::ACCESS, 0),
                0x73 | 0x77 => self.go(mode::FIXED_IDENTITY, 4),
                0x78 | 0x51 => self.record(),
                _ => self.go(mode::RAW, 0),
            },
            mode::IDENTITY => self.element(mode::MAKER, 2),
            mode::MAKER => self.element(mode::VERSION, 0),
            mode::VERSION => self.go(mode::MEDIUM, 0),
            mode::MEDIUM => self.go(mode::ACCESS, 0),
            mode::ACCESS => self.go(mode::STATUS, 0),
            mode::STATUS => self.go(mode::CONFIGURATION, 2),
            // The mode of encryption.
            mode::CONFIGURATION if self.left == 1 && byte & 0x1F != 0 => self.go(mode::RAW, 0),
            mode::CONFIGURATION if self.left == 1 => self.record(),
            mode::CONFIGURATION => self.left -= 1,
            mode::DIF => {
                (self.kind, self.size) = match byte & 0xF {
                    0x5 => (kind::REAL, 4),
                    0x7 => (kind::INTEGER, 8),
                    size @ 0x1..=0x6 => (kind::INTEGER, size),
                    0xD => (kind::TEXT, 0),
                    0xE => (kind::BCD, 6),
                    size @ 0x9..=0xC => (kind::BCD, size - 8),
                    _ => (kind::INTEGER, 0),
                };
                match byte {
                    0x2F | 0x7F => self.record(),
                    _ if byte & 0xF == 0xF => self.go(mode::RAW, 0),
                    0x80.. => self.go(mode::DIFE, 0),
                    _ => self.go(mode::VIF, 0),
                }
            }
            mode::DIFE if byte & 0x80 != 0 => {}
            mode::DIFE => self.go(mode::VIF, 0),
            mode::VIF => {
                let code = byte & 0x7F;
                self.kind = match (code, self.kind, self.size) {
                    (0x6C, kind::INTEGER, 2) => kind::DATE,
                    (0x6D, kind::INTEGER, 4) => kind::TIME,
                    (_, kind, _) => kind,
                };
                self.plain = code == 0x7C;
                self.coded(byte & 0x80 != 0);
            }
            mode::VIFE => self.coded(byte & 0x80 != 0),
            mode::NAME if byte == 0 => self.value(),
            mode::NAME => self.go(mode::LETTERS, byte),
            mode::LETTERS => {
                self.left = self.left.saturating_sub(1);
                if self.left == 0 {
                    self.value();
                }
            }
            mode::VARIABLE => match byte {
                0 => self.record(),
                1..0xC0 => self.go(mode::VALUE, byte),
                _ => self.go(mode::RAW, 0),
            },
            mode::VALUE if self.left <= 1 && self.two => {
                self.two = false;
                self.go(mode::VALUE, 4);
            }
            mode::VALUE if self.left <= 1 => self.record(),
            mode::VALUE => {
                self.left -= 1;
                self.zero = byte == 0;
            }
            mode::FIXED_IDENTITY => self.element(mode::FIXED_ACCESS, 0),
            mode::FIXED_ACCESS => self.go(mode::FIXED_STATUS, 0),
            mode::FIXED_STATUS => self.go(mode::UNITS, 2),
            mode::UNITS if self.left == 1 => {
                (self.kind, self.size, self.two) = (kind::BCD, 4, true);
                self.go(mode::VALUE, 4);
            }
            mode::UNITS => self.left -= 1,
            _ => {}
        }
        self.rest = self.rest.saturating_sub(1);
        if self.rest == 0 {
            self.go(mode::SUM, 0);
        }
    }
}

pub fn next(state: u128, byte: u8) -> u128 {
    let mut state = State::unpack(state);
    let byte = u64::from(byte);
    match state.mode {
        mode::LOST..=mode::START_AGAIN => state.start(byte),
        mode::SUM => state.mode = mode::STOP,
        mode::STOP => state = LOST,
        _ => state.user(byte),
    }
    state.pack()
}

/// In a value that may be another one the next time.
pub fn changes(state: u128) -> bool {
    let State { mode, left, size, kind, .. } = State::unpack(state);
    match mode {
        mode::VALUE => kind != kind::TEXT && (left >= size || size <= 2),
        _ => false,
    }
}

/// What the byte is, apart from where it is.
const fn sort(state: &State) -> u64 {
    let State { mode, left, kind, zero, size, .. } = *state;
    match mode {
        mode::VALUE if kind == kind::TEXT => mode | kind << 6,
        mode::VALUE => mode | kind << 6 | (zero as u64) << 9 | size << 10 | left << 14,
        mode::CONFIGURATION | mode::MAKER | mode::UNITS => mode | left << 14,
        _ => mode,
    }
}

pub fn contexts(state: u128) -> [u64; LEVELS] {
    let state = State::unpack(state);
    if matches!(state.mode, mode::LOST..=mode::LOST_AGAIN | mode::SUM) {
        return [RANDOM; LEVELS];
    }
    let sort = sort(&state);
    // What counts telegrams or minutes is never the same again.
    let State { mode, kind, left, .. } = state;
    if matches!(mode, mode::ACCESS | mode::FIXED_ACCESS)
        || mode == mode::VALUE && kind == kind::TIME && left > 2
    {
        return [sort; LEVELS];
    }
    let place = (state.length << 8 | state.rest) << 22;
    [2 << LEVEL | place | sort, 1 << LEVEL | place, sort]
}

/// The only byte that may follow: the length and the start are said twice, and there is one stop.
pub fn forced(state: u128) -> Option<u8> {
    let State { mode, length, .. } = State::unpack(state);
    match mode {
        mode::AGAIN => Some(length as u8),
        mode::START | mode::START_AGAIN => Some(0x68),
        mode::STOP => Some(0x16),
        _ => None,
    }
}

/// Nothing of a frame is known here.
pub const fn lost(state: u128) -> bool {
    State::unpack(state).mode <= mode::LOST_AGAIN
}

/// The contexts of all sorts of bytes.
pub fn sorts() -> impl Iterator<Item = u64> {
    let values =
        [(kind::INTEGER, &[1, 2, 3, 4, 6, 8][..]), (kind::BCD, &[1, 2, 3, 4, 6]), (kind::REAL, &[4])];
    let times = [(kind::DATE, &[2][..]), (kind::TIME, &[4]), (kind::TEXT, &[0])];
    let sizes = values.into_iter().chain(times);
    let all = sizes.flat_map(|(kind, sizes)| sizes.iter().map(move |size| (kind, *size)));
    let values = all.flat_map(|(kind, size)| {
        let one = move |left, zero| State { mode: mode::VALUE, kind, size, left, zero, ..LOST };
        (1..=size.max(1)).flat_map(move |left| [one(left, false), one(left, true)])
    });
    let others = (mode::START..=mode::UNITS).filter(|mode| *mode != mode::VALUE);
    let others = others.flat_map(|mode| (1..=2).map(move |left| State { mode, left, ..LOST }));
    values.chain(others).map(|state| sort(&state))
}

/// Each of these bytes is as probable as the others, and together they are so probable.
fn share(chances: &mut [f64; 256], of: f64, bytes: impl Iterator<Item = u8> + Clone) {
    let each = of / bytes.clone().count().max(1) as f64;
    for byte in bytes {
        if let Some(chance) = chances.get_mut(usize::from(byte)) {
            *chance += each;
        }
    }
}

/// What is to be expected of a byte of this sort.
pub fn root(context: u64) -> [f64; 256] {
    let (mode, left) = (context & 0x3F, context >> 14 & 0xFF);
    let mut chances = [0.0; 256];
    let all = 0..=u8::MAX;
    let shares: &[(f64, &[u8])] = match mode {
        // RSP_UD, with the bits for alarm and overload (EN 13757-2, 5.2).
        mode::CONTROL => &[(0.85, &[0x08]), (0.1, &[0x18, 0x28, 0x38, 0x53, 0x73])],
        mode::ADDRESS => &[(0.2, &[0x00, 0x01]), (0.15, &[2, 3, 4, 5, 6, 7, 8, 9, 10, 0xFD, 0xFE])],
        mode::INFORMATION => {
            &[(0.75, &[0x72]), (0.08, &[0x7A]), (0.1, &[0x73]), (0.05, &[0x76, 0x77, 0x78, 0x70, 0x71])]
        }
        mode::MEDIUM => &[(0.7, &[0x02, 0x03, 0x04, 0x06, 0x07, 0x0C, 0x0D]), (0.25, &MEDIA)],
        mode::STATUS => &[(0.7, &[0x00]), (0.2, &[0x04, 0x08, 0x0C, 0x10, 0x20, 0x40, 0x80])],
        mode::CONFIGURATION => &[(0.9, &[0x00])],
        mode::DIF => return data_information(),
        mode::DIFE => return data_extension(),
        mode::VIF => return value_information(),
        mode::VIFE => {
            let shares: &[(f64, &[u8])] =
                &[(0.25, &[0x48, 0x59, 0x17, 0x3B, 0x3C, 0x0B, 0x0C, 0x0E]), (0.15, &EXTENSIONS)];
            shares.iter().for_each(|(of, bytes)| share(&mut chances, *of, bytes.iter().copied()));
            share(&mut chances, 0.5, 0..0x80);
            share(&mut chances, 0.1, all);
            return chances;
        }
        mode::NAME | mode::VARIABLE => {
            share(&mut chances, 0.9, 1..=20);
            &[]
        }
        mode::IDENTITY | mode::FIXED_IDENTITY => {
            share(&mut chances, 0.95, digits());
            &[]
        }
        // Three letters in five bits each: the first one is in the upper byte (EN 13757-3, 5.6).
        mode::MAKER if left == 1 => {
            share(&mut chances, 0.97, 0x04..=0x6B);
            &[]
        }
        mode::LENGTH => {
            share(&mut chances, 0.7, 12..=160);
            &[]
        }
        mode::LETTERS => {
            share(&mut chances, 0.97, 0x20..=0x7E);
            &[]
        }
        mode::VALUE => return value(context),
        _ => &[],
    };
    shares.iter().for_each(|(of, bytes)| share(&mut chances, *of, bytes.iter().copied()));
    let rest = 1.0 - chances.iter().sum::<f64>();
    share(&mut chances, rest, all);
    chances
}

/// Media that are less usual than electricity, gas, heat and water (EN 13757-3, table 6).
const MEDIA: [u8; 12] = [0x00, 0x01, 0x05, 0x08, 0x0A, 0x0B, 0x0E, 0x0F, 0x15, 0x16, 0x1A, 0x1B];

/// VIFEs that others follow.
const EXTENSIONS: [u8; 4] = [0xFD, 0xFB, 0xFF, 0x90];

/// Two decimal digits.
fn digits() -> impl Iterator<Item = u8> + Clone {
    (0..=0x99u8).filter(|byte| byte & 0xF < 10)
}

/// A DIF (EN 13757-3, 6.3): more follows, the storage number's lowest bit, a function, and how the value is coded.
fn data_information() -> [f64; 256] {
    const CODED: [f64; 16] =
        [0.01, 0.05, 0.19, 0.05, 0.25, 0.04, 0.04, 0.02, 0.005, 0.03, 0.06, 0.06, 0.16, 0.02, 0.025, 0.0];
    const FUNCTION: [f64; 4] = [0.85, 0.06, 0.04, 0.05];
    let mut chances = [0.1 / 256.0; 256];
    for (byte, chance) in chances.iter_mut().enumerate() {
        let coded = CODED.get(byte & 0xF).copied().unwrap_or(0.0);
        let function = FUNCTION.get(byte >> 4 & 3).copied().unwrap_or(0.0);
        let storage = if byte & 0x40 == 0 { 0.75 } else { 0.25 };
        let more = if byte & 0x80 == 0 { 0.7 } else { 0.3 };
        *chance += 0.85 * coded * function * storage * more;
    }
    share(&mut chances, 0.05, [0x0F, 0x1F, 0x2F].into_iter());
    chances
}

/// A DIFE (EN 13757-3, 6.3.4): more follows, subunit, tariff, storage number.
fn data_extension() -> [f64; 256] {
    let mut chances = [0.05 / 256.0; 256];
    for (byte, chance) in chances.iter_mut().enumerate() {
        let storage = if byte & 0xF == 0 { 0.5 } else { 0.5 / 15.0 };
        let tariff = if byte & 0x30 == 0 { 0.55 } else { 0.15 };
        let more = if byte & 0x80 == 0 { 0.85 } else { 0.15 };
        *chance += 0.95 * storage * tariff * more * if byte & 0x40 == 0 { 0.7 } else { 0.3 };
    }
    chances
}

/// A VIF (EN 13757-3, 6.4): quantities, and how often they are met.
fn value_information() -> [f64; 256] {
    let mut chances = [0.0; 256];
    for (of, bytes) in [
        (0.12, 0x03..=0x07),
        (0.03, 0x00..=0x0F),
        (0.14, 0x12..=0x16),
        (0.03, 0x10..=0x1F),
        (0.06, 0x20..=0x27),
        (0.08, 0x28..=0x2E),
        (0.03, 0x30..=0x37),
        (0.07, 0x3A..=0x3E),
        (0.02, 0x40..=0x57),
        (0.14, 0x58..=0x67),
        (0.01, 0x68..=0x6B),
        (0.1, 0x6C..=0x6D),
        (0.03, 0x70..=0x77),
        (0.05, 0x78..=0x7A),
        (0.04, 0x80..=0xFF),
        (0.05, 0x00..=0xFF),
    ] {
        share(&mut chances, of, bytes);
    }
    chances.iter_mut().for_each(|chance| *chance *= 0.9);
    share(&mut chances, 0.08, [0xFD].into_iter());
    share(&mut chances, 0.02, [0xFB, 0xFF].into_iter());
    chances
}

/// A byte of a value, whose last byte is the highest.
fn value(context: u64) -> [f64; 256] {
    let (kind, zero) = (context >> 6 & 7, context >> 9 & 1 == 1);
    let (size, left) = (context >> 10 & 0xF, context >> 14 & 0xFF);
    let mut chances = [0.0; 256];
    // Behind a zero there are more; most numbers do not fill their bytes.
    let none = match (left, zero) {
        (1 | 2, true) if size >= 2 => 0.8,
        (3.., true) if size >= 4 => 0.5,
        (1, false) if size >= 3 => 0.4,
        (2, false) if size >= 4 => 0.15,
        _ => 0.03,
    };
    match kind {
        kind::BCD => {
            share(&mut chances, none, [0].into_iter());
            share(&mut chances, 0.97 - none, digits());
        }
        kind::REAL if left == 1 => {
            share(&mut chances, 0.7, 0x3C..=0x4A);
            share(&mut chances, 0.15, [0].into_iter());
        }
        kind::REAL => share(&mut chances, if zero { 0.5 } else { 0.2 }, [0].into_iter()),
        kind::TEXT => share(&mut chances, 0.97, 0x20..=0x7E),
        kind::DATE | kind::TIME => {
            let (of, wanted): (f64, fn(u8) -> bool) = match left {
                4 => (0.9, |byte| byte < 60),
                3 => (0.9, |byte| byte & 0x1F < 24),
                // The upper half of the year, and the month.
                1 => (0.8, |byte| matches!(byte >> 4, 1..=3) && matches!(byte & 0xF, 1..=12)),
                _ => (0.95, |byte| byte & 0x1F > 0),
            };
            share(&mut chances, of, (0..=u8::MAX).filter(|byte| wanted(*byte)));
        }
        _ => {
            share(&mut chances, none, [0].into_iter());
            if left == 1 && size >= 2 {
                share(&mut chances, 0.4 * (1.0 - none), 1..=31);
                share(&mut chances, 0.1 * (1.0 - none), [0xFF].into_iter());
            }
        }
    }
    let rest = 1.0 - chances.iter().sum::<f64>();
    share(&mut chances, rest, 0..=u8::MAX);
    chances
}

#[cfg(test)]
mod tests {
    use super::super::{Content, NAT};
    use super::*;
    use crate::decode::{self, Protocol, Status};
    use crate::line::random::Random;
    use crate::simulate::meter::mbus::MbusMeter;

    /// What each byte costs, in nats: one that may be anything costs 5.5.
    fn costs(bytes: &[u8]) -> Vec<f64> {
        let prior = Content::Mbus.prior();
        let mut place = prior.start();
        let mut costs = Vec::new();
        for &byte in bytes {
            let so_far = |known: u8| byte & ((1u16 << known) - 1) as u8;
            let bit = |known: u8| prior.cost(place, known, so_far(known), byte >> known & 1 == 1);
            costs.push(f64::from((0..8).map(bit).sum::<i32>()) / f64::from(NAT));
            place = prior.next(place, byte);
        }
        costs
    }

    fn mean(costs: &[f64]) -> f64 {
        costs.iter().sum::<f64>() / costs.len() as f64
    }

    /// The telegram that "The M-Bus: A Documentation" (6.3.3) explains: a volume, its maximum with a date's storage
    /// number, an energy of a tariff.
    const EXPLAINED: [u8; 37] = [
        0x68, 0x1F, 0x1F, 0x68, 0x08, 0x02, 0x72, 0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 0x01, 0x07, 0x55, 0x00,
        0x00, 0x00, 0x03, 0x13, 0x15, 0x31, 0x00, 0xDA, 0x02, 0x3B, 0x13, 0x01, 0x8B, 0x60, 0x04, 0x37, 0x18,
        0x02, 0x18, 0x16,
    ];

    #[test]
    fn it_follows_a_telegram_from_code_to_code() {
        let modes: Vec<u64> = EXPLAINED
            .iter()
            .scan(START, |state, byte| {
                let mode = State::unpack(*state).mode;
                *state = next(*state, *byte);
                Some(mode)
            })
            .collect();
        let at = |wanted: u64| {
            modes
                .iter()
                .enumerate()
                .filter(|(_, mode)| **mode == wanted)
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        assert_eq!(at(mode::DIF), [19, 24, 29]);
        assert_eq!(at(mode::DIFE), [25, 30]);
        assert_eq!(at(mode::VIF), [20, 26, 31]);
        assert_eq!(at(mode::VALUE), [21, 22, 23, 27, 28, 32, 33, 34]);
        assert_eq!((at(mode::SUM), at(mode::STOP)), (vec![35], vec![36]));
        assert!(mean(&costs(&EXPLAINED)) < 4.0);
        // The length is said twice, and nothing else than a stop may come at its place.
        for at in [0, 2, 3, 36] {
            let mut damaged = EXPLAINED;
            damaged[at] ^= 0x04;
            assert!(costs(&damaged)[at] >= 14.0, "{at}");
        }
    }

    #[test]
    fn what_meters_say_is_expected_and_random_bytes_are_not() {
        for seed in 0..40 {
            let telegram = MbusMeter::new(seed, None).telegram();
            let mean = mean(&costs(&telegram));
            assert!(mean < 4.7, "{seed}: {mean}");
        }
        let mut random = Random::new(1);
        let ciphered: Vec<u8> = (0..200).map(|_| random.byte()).collect();
        assert!(mean(&costs(&ciphered)) > 6.3);
    }

    #[test]
    fn so_is_what_real_meters_say() {
        let captures = std::path::Path::new("../shared/captures/mbus");
        let Ok(entries) = std::fs::read_dir(captures) else {
            eprintln!("no recordings in {}: not checked", captures.display());
            return;
        };
        let (mut expected, mut all) = (0, 0);
        for bytes in
            entries.flatten().filter_map(|entry| std::fs::read(entry.path().join("capture.bin")).ok())
        {
            let messages = decode::decode_all(&bytes, &decode::Options::default());
            let good = |m: &decode::Message| {
                m.protocol == Protocol::Mbus && m.status == Status::Ok && m.length as usize == bytes.len()
            };
            if bytes.len() > 30 && messages.first().is_some_and(good) {
                all += 1;
                expected += usize::from(mean(&costs(&bytes)) < 5.0);
            }
        }
        assert!(all > 20 && 10 * expected >= 9 * all, "{expected} of {all}");
    }
}
