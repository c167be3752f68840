//! DLMS/COSEM in HDLC frames: follows the frame (ISO/IEC 13239, type 3), the APDU's head and the A-XDR elements
//! within, and remembers the list so far.

use super::{LEVEL, LEVELS, RANDOM};

/// Before a telegram.
pub const START: u64 = State { head: head::FLAG, ..NOTHING }.pack();

/// Nothing is known of where it is.
pub const ANYWHERE: u64 = NOTHING.pack();

const NOTHING: State =
    State { last: 0, left: 0, mode: mode::FREE, item: 0, list: 0, rest: 0, head: 0, tag: 0 };

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
    /// The last tag; in an OBIS code something of the one before.
    tag: u64,
}

const LAST: u32 = 0;
const LEFT: u32 = 8;
const MODE: u32 = 15;
const ITEM: u32 = 19;
const LIST: u32 = 31;
const REST: u32 = 43;
const HEAD: u32 = 54;
const TAG: u32 = 59;

const fn mix(a: u64, b: u64) -> u64 {
    let mixed = (a ^ b.wrapping_mul(0x2545_F491)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 40) & 0xFFF
}

impl State {
    const fn pack(self) -> u64 {
        self.last << LAST
            | self.left << LEFT
            | self.mode << MODE
            | self.item << ITEM
            | self.list << LIST
            | self.rest << REST
            | self.head << HEAD
            | self.tag << TAG
    }

    const fn unpack(state: u64) -> Self {
        State {
            last: state >> LAST & 0xFF,
            left: state >> LEFT & 0x7F,
            mode: state >> MODE & 0xF,
            item: state >> ITEM & 0xFFF,
            list: state >> LIST & 0xFFF,
            rest: state >> REST & 0x7FF,
            head: state >> HEAD & 0x1F,
            tag: state >> TAG & 0x1F,
        }
    }

    /// Of the list's structure.
    fn note(&mut self, byte: u64) {
        self.item = mix(self.item, byte + 1);
        self.list = mix(self.list, byte + 1);
    }

    fn go(&mut self, mode: u64, left: u64) {
        self.mode = mode;
        self.left = left & 0x7F;
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
                    0x03 | 0x11 => self.go(mode::NUMBER, 1),
                    0x10 | 0x12 => self.go(mode::NUMBER, 2),
                    0x05 | 0x06 => self.go(mode::NUMBER, 4),
                    0x14 | 0x15 => self.go(mode::NUMBER, 8),
                    0x09 | 0x0A => self.go(mode::LENGTH, 0),
                    0x7E => {
                        *self = State { head: head::BETWEEN, ..*self };
                    }
                    _ => self.go(mode::FREE, 0),
                }
            }
            // Whatever the count was heard as: what follows is the same list.
            mode::COUNT => {
                self.item = mix(self.item, byte);
                self.go(mode::TAG, 0);
            }
            mode::CODE => {
                self.item = mix(self.item, byte);
                self.go(mode::TAG, 0);
            }
            mode::LENGTH => {
                self.note(byte);
                match byte {
                    0 => self.go(mode::TAG, 0),
                    6 if tag == 9 => {
                        self.go(mode::OBIS, 6);
                        self.tag = self.item & 0x1F;
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
                    self.tag = 9;
                    self.go(mode::TAG, 0);
                }
            }
            // A serial number of twelve digits.
            mode::TIME if self.left == 12 && byte != 0x07 => self.go(mode::OCTETS, 11),
            mode::NUMBER | mode::TEXT | mode::TIME | mode::OCTETS => {
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

pub fn next(state: u64, byte: u8) -> u64 {
    let mut state = State::unpack(state);
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
pub fn changes(state: u64) -> bool {
    let state = State::unpack(state);
    state.head == 0 && matches!(state.mode, mode::NUMBER | mode::TIME | mode::APDU)
}

pub fn contexts(state: u64) -> [u64; LEVELS] {
    let State { last, left, mode, item, list, head, tag, .. } = State::unpack(state);
    let place = head << 11 | mode << 7;
    let [list, item, least] = match (head, mode) {
        (head::HCS | head::HCS_2 | head::FCS | head::FCS_2, _) => return [RANDOM; LEVELS],
        (head::CONTENT, _) => [list, mode, 0],
        (1.., _) => [last << 1 | 1, 0, 0],
        (_, mode::TAG | mode::COUNT | mode::CODE | mode::LENGTH) => [list << 12 | item, item << 5 | tag, tag],
        (_, mode::OBIS) => [list << 7 | left, (item << 5 | tag) << 7 | left, item << 7 | left],
        // Numbers fill their bytes from the right.
        (_, mode::NUMBER) => {
            let zero = u64::from(last == 0) << 7 | left;
            [list << 8 | zero, item << 8 | zero, tag << 8 | zero]
        }
        (_, mode::TEXT | mode::OCTETS) => {
            let digit = (0x30..0x3A).contains(&last);
            [list << 7 | left, if digit { 1 } else { last }, u64::from(digit)]
        }
        (_, mode::TIME | mode::APDU) => [list << 7 | left, left << 8 | last, left],
        _ => [last, last, 0],
    };
    [2 << LEVEL | list << 20 | place, 1 << LEVEL | item << 20 | place, least << 20 | place]
}
