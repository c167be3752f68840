//! DLMS/COSEM in HDLC frames: follows the frame (ISO/IEC 13239, type 3), the APDU's head and the A-XDR elements
//! within, and remembers the list so far.

use super::{LEVEL, LEVELS, RANDOM};

/// Before a telegram.
pub const START: u128 = State { head: head::FLAG, ..NOTHING }.pack();

/// Nothing is known of where it is.
pub const ANYWHERE: u128 = NOTHING.pack();

const NOTHING: State = State {
    last: 0,
    left: 0,
    mode: mode::FREE,
    item: 0,
    list: 0,
    rest: 0,
    head: 0,
    tag: 0,
    before: 0,
    sum: 0,
};

/// Within a frame's header, or behind its content; 0 is in the content.
mod head {
    pub const FLAG: u64 = 1;
    pub const FORMAT: u64 = 2;
    pub const LENGTH: u64 = 3;
    pub const DESTINATION: u64 = 4;
    pub const SOURCE: u64 = 5;
    pub const CONTROL: u64 = 6;
    pub const HCS: u64 = 7;
    pub const HCS_2: u64 = 8;
    /// The first byte of the information.
    pub const CONTENT: u64 = 9;
    pub const FCS: u64 = 10;
    pub const FCS_2: u64 = 11;
    pub const CLOSING: u64 = 12;
    pub const BETWEEN: u64 = 13;
    /// General-block-transfer (Green Book, 9.5): control, two numbers of two bytes, length.
    pub const BLOCK: u64 = 16;
    pub const BLOCK_LENGTH: u64 = 21;
    pub const BLOCK_LENGTH_2: u64 = 22;
}

/// Which element of the APDU it is in.
mod mode {
    pub const FREE: u64 = 0;
    pub const LLC: u64 = 1;
    /// Head of the APDU; `left` counts its bytes.
    pub const APDU: u64 = 2;
    pub const TAG: u64 = 3;
    pub const NUMBER: u64 = 4;
    pub const LENGTH: u64 = 5;
    pub const COUNT: u64 = 6;
    pub const OBIS: u64 = 7;
    pub const TEXT: u64 = 8;
    pub const TIME: u64 = 9;
    pub const OCTETS: u64 = 10;
    /// A scaler, a unit, an attribute: a number that belongs to the list's structure.
    pub const CODE: u64 = 11;
}

/// What a number began with, beside the count of its bytes left.
mod led {
    pub const ZEROS: u64 = 0x00;
    /// A negative one.
    pub const ONES: u64 = 0x10;
    pub const INSIDE: u64 = 0x20;
    pub const START: u64 = 0x30;
    pub const MASK: u64 = 0x30;
}

#[derive(Clone, Copy)]
struct State {
    /// The last byte.
    last: u64,
    /// Bytes left of the element, or its position in the head of the APDU.
    left: u64,
    mode: u64,
    /// The last OBIS code and the tags since, mixed.
    item: u64,
    /// All codes and tags so far, mixed.
    list: u64,
    /// Bytes left of the frame; 0 if that is not known.
    rest: u64,
    head: u64,
    /// The last tag.
    tag: u64,
    /// Something of the OBIS code before this one.
    before: u64,
    /// Checksum over a header so far.
    sum: u16,
}

const LAST: u32 = 0;
const LEFT: u32 = 8;
const MODE: u32 = 15;
const HEAD: u32 = 19;
const TAG: u32 = 24;
const REST: u32 = 29;
const ITEM: u32 = 40;
const LIST: u32 = 64;
const BEFORE: u32 = 96;
const SUM: u32 = 108;

const fn mix(a: u64, b: u64, bits: u32) -> u64 {
    let mixed = (a ^ b.wrapping_mul(0x2545_F491_4F6C_DD1D)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> (64 - bits)
}

impl State {
    const fn pack(self) -> u128 {
        let low = self.last << LAST
            | self.left << LEFT
            | self.mode << MODE
            | self.head << HEAD
            | self.tag << TAG
            | self.rest << REST
            | self.item << ITEM;
        low as u128
            | (self.list as u128) << LIST
            | (self.before as u128) << BEFORE
            | (self.sum as u128) << SUM
    }

    const fn unpack(state: u128) -> Self {
        let low = state as u64;
        State {
            last: low >> LAST & 0xFF,
            left: low >> LEFT & 0x7F,
            mode: low >> MODE & 0xF,
            head: low >> HEAD & 0x1F,
            tag: low >> TAG & 0x1F,
            rest: low >> REST & 0x7FF,
            item: low >> ITEM,
            list: (state >> LIST) as u32 as u64,
            before: (state >> BEFORE) as u64 & 0xFFF,
            sum: (state >> SUM) as u16,
        }
    }

    /// Of the list's structure.
    fn note(&mut self, byte: u64) {
        self.item = mix(self.item, byte + 1, 24);
        self.list = mix(self.list, byte + 1, 32);
    }

    fn go(&mut self, mode: u64, left: u64) {
        self.mode = mode;
        self.left = left & 0x7F;
    }

    /// One more byte goes into the checksum over the header.
    fn check(&mut self, byte: u8) {
        let sum = match self.head {
            head::FLAG | head::FORMAT | head::BETWEEN => 0xFFFF,
            head::LENGTH | head::DESTINATION | head::SOURCE | head::CONTROL => self.sum,
            head => {
                self.sum = if head == head::HCS { self.sum } else { 0 };
                return;
            }
        };
        let step = |sum: u16, _| if sum & 1 == 1 { sum >> 1 ^ 0x8408 } else { sum >> 1 };
        self.sum = (0..8).fold(sum ^ u16::from(byte), step);
    }

    fn header(&mut self, byte: u64) {
        self.head = match self.head {
            head::FLAG if byte == 0x7E => head::FORMAT,
            head::FLAG | head::BETWEEN | head::FORMAT if byte & 0xF0 == 0xA0 => {
                self.rest = (byte & 7) << 8;
                head::LENGTH
            }
            head::FORMAT | head::BETWEEN if byte == 0x7E => head::FORMAT,
            head::LENGTH => {
                self.rest = (self.rest | byte).saturating_sub(2);
                head::DESTINATION
            }
            // The last byte of an address has its lowest bit set (IEC 62056-46, 6.4.2.2).
            head::DESTINATION if byte & 1 == 1 => head::SOURCE,
            head::SOURCE if byte & 1 == 1 => head::CONTROL,
            at @ (head::DESTINATION | head::SOURCE) => at,
            head::CONTROL => head::HCS,
            head::HCS => head::HCS_2,
            head::HCS_2 => head::CONTENT,
            head::FCS => head::FCS_2,
            head::FCS_2 => head::CLOSING,
            head::CLOSING if byte == 0x7E => head::BETWEEN,
            at @ head::BLOCK..head::BLOCK_LENGTH => at + 1,
            head::BLOCK_LENGTH if byte == 0x81 => head::BLOCK_LENGTH_2,
            head::BLOCK_LENGTH if byte == 0x82 => head::BLOCK_LENGTH,
            head::BLOCK_LENGTH | head::BLOCK_LENGTH_2 => 0,
            _ => {
                self.go(mode::FREE, 0);
                0
            }
        };
    }

    fn content(&mut self, byte: u64) {
        let tag = self.tag;
        match self.mode {
            mode::LLC if byte == 0x00 => self.go(mode::APDU, 0),
            mode::LLC if matches!(byte, 0xE6 | 0xE7) => {}
            mode::APDU => match self.left {
                0 if byte == 0x0F => self.go(mode::APDU, 1),
                0 if byte == 0xE0 => self.head = head::BLOCK,
                1..=4 => self.left += 1,
                5 if byte == 0 => self.go(mode::TAG, 0),
                5 if byte == 9 => self.left = 6,
                5 | 6 if byte == 12 => self.go(mode::TIME, 12),
                _ => self.go(mode::FREE, 0),
            },
            mode::TAG => {
                self.note(byte);
                self.tag = byte & 0x1F;
                match byte {
                    0x00 => {}
                    0x01 | 0x02 => self.go(mode::COUNT, 0),
                    0x0F | 0x16 => self.go(mode::CODE, 1),
                    0x03 | 0x11 => self.go(mode::NUMBER, led::START | 1),
                    0x10 | 0x12 => self.go(mode::NUMBER, led::START | 2),
                    0x05 | 0x06 => self.go(mode::NUMBER, led::START | 4),
                    0x14 | 0x15 => self.go(mode::NUMBER, led::START | 8),
                    0x09 | 0x0A => self.go(mode::LENGTH, 0),
                    0x7E => {
                        *self = State { head: head::BETWEEN, ..*self };
                    }
                    _ => self.go(mode::FREE, 0),
                }
            }
            // Whatever the count was heard as: what follows is the same list.  Only structures within tell by it
            // what they hold.
            mode::COUNT => {
                if byte < 5 {
                    self.item = mix(self.item, byte, 24);
                }
                self.go(mode::TAG, 0);
            }
            mode::CODE => {
                self.item = mix(self.item, byte, 24);
                self.go(mode::TAG, 0);
            }
            mode::LENGTH => {
                self.note(byte);
                match byte {
                    0 => self.go(mode::TAG, 0),
                    6 if tag == 9 => {
                        self.go(mode::OBIS, 6);
                        self.before = self.item & 0xFFF;
                        self.item = 0;
                    }
                    12 if tag == 9 => self.go(mode::TIME, 12),
                    1..=64 if tag == 9 => self.go(mode::OCTETS, byte),
                    1..=64 => self.go(mode::TEXT, byte),
                    _ => self.go(mode::FREE, 0),
                }
            }
            mode::OBIS => {
                self.note(byte);
                self.left = self.left.saturating_sub(1);
                if self.left == 0 {
                    self.go(mode::TAG, 0);
                }
            }
            // A serial number of twelve digits.
            mode::TIME if self.left == 12 && byte != 0x07 => self.go(mode::OCTETS, 11),
            mode::NUMBER => {
                let led = match (self.left & led::MASK, byte) {
                    (led::START | led::ZEROS, 0) => led::ZEROS,
                    (led::START | led::ONES, 0xFF) => led::ONES,
                    _ => led::INSIDE,
                };
                let left = (self.left & !led::MASK).saturating_sub(1);
                if left == 0 {
                    self.go(mode::TAG, 0);
                } else {
                    self.left = led | left;
                }
            }
            mode::TEXT | mode::TIME | mode::OCTETS => {
                self.left = self.left.saturating_sub(1);
                if self.left == 0 {
                    self.go(mode::TAG, 0);
                }
            }
            // Lost: an LLC header or an OBIS code shows the way again.
            _ => match (self.last, byte) {
                (_, 0xE6) => self.go(mode::LLC, 0),
                (0x09, 0x06) => {
                    self.go(mode::OBIS, 6);
                    self.item = 0;
                }
                _ => {}
            },
        }
    }
}

pub fn next(state: u128, byte: u8) -> u128 {
    let mut state = State::unpack(state);
    state.check(byte);
    let byte = u64::from(byte);
    if state.rest > 0 && state.head != head::LENGTH {
        state.rest -= 1;
    }
    if state.head == head::CONTENT {
        state.head = 0;
        if byte == 0xE6 {
            state = State { mode: mode::LLC, left: 0, item: 0, list: 0, tag: 0, ..state };
        } else if byte == 0xE0 {
            state.head = head::BLOCK;
        } else {
            state.content(byte);
        }
    } else if state.head != 0 {
        state.header(byte);
    } else {
        state.content(byte);
    }
    if state.rest == 2 && (state.head == 0 || state.head == head::CONTENT) {
        state.head = head::FCS;
    }
    state.last = byte;
    state.pack()
}

/// In a value that may be another one the next time.
pub fn changes(state: u128) -> bool {
    let state = State::unpack(state);
    state.head == 0 && matches!(state.mode, mode::NUMBER | mode::TIME | mode::APDU)
}

pub fn contexts(state: u128) -> [u64; LEVELS] {
    let State { last, left, mode, item, list, head, tag, before, .. } = State::unpack(state);
    let [list, item, least] = match (head, mode) {
        (head::HCS | head::HCS_2 | head::FCS | head::FCS_2, _) => return [RANDOM; LEVELS],
        (head::CONTENT, _) => [list, mode, 0],
        (1.., _) => [last << 1 | 1, 0, 0],
        (_, mode::TAG | mode::COUNT | mode::CODE | mode::LENGTH) => [list, item << 5 | tag, tag],
        (_, mode::OBIS) => [list << 3 | left, (item << 12 | before) << 3 | left, item << 3 | left],
        (_, mode::NUMBER) => [list, item << 5 | tag, tag],
        (_, mode::TEXT | mode::OCTETS) => {
            let digit = (0x30..0x3A).contains(&last);
            [list << 7 | left, if digit { 1 } else { last }, u64::from(digit)]
        }
        (_, mode::TIME | mode::APDU) => [list << 8 | last, last, 0],
        _ => [last, last, 0],
    };
    // In a header it does not matter what the content was about to be.
    let place = match (head, mode) {
        (0, mode::NUMBER | mode::TIME | mode::APDU) => mode << 7 | left,
        (0, _) => mode << 7,
        _ => head << 11,
    };
    [2 << LEVEL | list << 20 | place, 1 << LEVEL | item << 20 | place, least << 20 | place]
}

/// The only byte that may follow where a header's checksum stands (ISO/IEC 13239, 4.2.5.2).
pub fn header_check(state: u128) -> Option<u8> {
    let State { head, sum, .. } = State::unpack(state);
    let [low, high] = (!sum).to_le_bytes();
    match head {
        head::HCS => Some(low),
        head::HCS_2 => Some(high),
        _ => None,
    }
}

/// Places that change from telegram to telegram, or from meter to meter, so that it means nothing to have seen
/// them somewhere else: only what is roughly alike, or this very meter, says anything of them.
pub fn own(context: u64) -> bool {
    let (head, mode) = (context >> 11 & 0x1F, context >> 7 & 0xF);
    matches!(head, head::LENGTH | head::BLOCK_LENGTH | head::BLOCK_LENGTH_2)
        || head == 0 && matches!(mode, mode::NUMBER | mode::TIME | mode::APDU)
}

/// What is to be expected where nothing was seen yet: `general` is what bytes are anywhere.
pub fn root(context: u64, general: &[f64; 256]) -> [f64; 256] {
    let (head, mode, left) = (context >> 11 & 0x1F, context >> 7 & 0xF, context & 0x7F);
    match (head, mode) {
        (0, mode::NUMBER) => number(left),
        (0, mode::TIME) => clock(left, general),
        _ => {
            let mut root = *general;
            root.iter_mut().for_each(|chance| *chance = 0.5 * *chance + 0.5 / 256.0);
            root
        }
    }
}

/// Behind the first digit of a number, where nothing seen elsewhere means anything.
pub fn random(context: u64) -> bool {
    let (head, mode, left) = (context >> 11 & 0x1F, context >> 7 & 0xF, context & 0x7F);
    head == 0 && mode == mode::NUMBER && left & led::MASK == led::INSIDE
}

/// The least specific contexts of all kinds of numbers.
pub fn numbers() -> impl Iterator<Item = u64> {
    let sizes = [(0x03, 1), (0x11, 1), (0x10, 2), (0x12, 2), (0x05, 4), (0x06, 4), (0x14, 8), (0x15, 8)];
    sizes.into_iter().flat_map(|(tag, size)| {
        let lefts = (1..=size).flat_map(|left| {
            [led::START, led::ZEROS, led::ONES, led::INSIDE].into_iter().map(move |led| led | left)
        });
        lefts.map(move |left| tag << 20 | mode::NUMBER << 7 | left)
    })
}

/// A byte of a number of which `left` are left: of any order of magnitude, or zero, or negative.
fn number(left: u64) -> [f64; 256] {
    let (led, left) = (left & led::MASK, (left & !led::MASK).max(1) as f64);
    let mut chances = [1.0 / 256.0; 256];
    if led == led::INSIDE {
        return chances;
    }
    // As many numbers have their highest digit here as in any place behind.
    let mut sum = 0.0;
    for (byte, chance) in chances.iter_mut().enumerate() {
        // Near zero and near minus one.
        let (size, share) = match (led, byte) {
            (led::ONES, 0x80..) => (255 - byte, 1.0),
            (led::ONES, _) => (byte, 0.01),
            (led::START, 0x80..) => (255 - byte, 0.1),
            _ => (byte, 1.0),
        };
        let behind = if size == 0 { left - 1.0 + 0.3 } else { (1.0 + 1.0 / size as f64).log2() / 8.0 };
        // Half of the last bytes are of a counter that happens to be small, and as random as any.
        *chance = share * behind + 1.0 / 1024.0;
        sum += *chance;
    }
    chances.iter_mut().for_each(|chance| *chance /= sum);
    chances
}

/// A byte of a time of twelve bytes of which `left` are left (IEC 62056-6-2, 4.1.6.1).
fn clock(left: u64, general: &[f64; 256]) -> [f64; 256] {
    let range = match left {
        11 => 0xE3..=0xEF,
        10 => 1..=12,
        9 => 1..=31,
        8 => 1..=7,
        7 => 0..=23,
        6 | 5 => 0..=59,
        _ => 0..=255,
    };
    let count = range.clone().count() as f64;
    let mut chances = *general;
    for (byte, chance) in chances.iter_mut().enumerate() {
        *chance = 0.02 * *chance + if range.contains(&byte) { 0.98 / count } else { 0.0 };
    }
    chances
}
