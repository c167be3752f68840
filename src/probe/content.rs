//! How probable a byte is after those before it: what makes one reading of an ambiguous line better than
//! another.
//!
//! A [`Prior`] is a small automaton that follows the text of its kind, and for each of its contexts the
//! probability of every next bit.  The probabilities are counted over telegrams of [`super::corpus`] when
//! they are first needed (a few milliseconds).

use super::corpus::Shape;
use crate::line::random::Random;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Costs are negative logarithms of probabilities in units of 1/16 nat.
pub const NAT: i32 = 16;

/// A kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// P1 text.
    Text,
    /// DLMS/COSEM in HDLC frames, readable.
    Dlms,
    /// Anything, ciphered content above all: every byte is as probable as any other.
    Flat,
}

impl Content {
    /// All of them.
    pub const ALL: [Content; 3] = [Content::Text, Content::Dlms, Content::Flat];

    /// Its prior.
    pub fn prior(self) -> &'static Prior {
        static TEXT: LazyLock<Prior> = LazyLock::new(|| Prior::train(Content::Text));
        static DLMS: LazyLock<Prior> = LazyLock::new(|| Prior::train(Content::Dlms));
        static FLAT: LazyLock<Prior> = LazyLock::new(|| Prior::train(Content::Flat));
        match self {
            Content::Text => &TEXT,
            Content::Dlms => &DLMS,
            Content::Flat => &FLAT,
        }
    }
}

/// Where a reading stands in its text, and which probabilities hold there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// What the automaton remembers.
    state: u32,
    /// Row of [`Prior::costs`].
    row: u32,
}

impl Place {
    /// Equal places go on equally.
    pub const fn key(self) -> u32 {
        self.state
    }
}

/// Cost of each bit of a byte, least significant first, given those before it: node `(1 << known) - 1 +
/// bits so far`, then 0 or 1.
type Row = [[u8; 2]; 255];

/// Probabilities of bytes in context.
#[derive(Debug)]
pub struct Prior {
    content: Content,
    rows: HashMap<u32, u32>,
    costs: Vec<Row>,
}

/// Telegrams that a prior is counted over.
const TRAINING: u64 = 160;

/// A context seen less often than this has no row of its own.
const SEEN: u32 = 4;

/// How many observations the less specific context counts for.
const BACKING: f64 = 2.5;

/// Probability of a byte that the context does not foresee at all.
const SURPRISE: f64 = 0.004;

impl Prior {
    /// The place before anything is known.
    pub fn start(&self) -> Place {
        self.at(match self.content {
            Content::Text => text::START,
            Content::Dlms => dlms::START,
            Content::Flat => 0,
        })
    }

    /// Somewhere within a telegram.
    pub fn anywhere(&self) -> Place {
        self.at(match self.content {
            Content::Text => text::ANYWHERE,
            Content::Dlms => dlms::START,
            Content::Flat => 0,
        })
    }

    /// The place after `byte`.
    pub fn next(&self, place: Place, byte: u8) -> Place {
        match self.content {
            Content::Text => self.at(text::next(place.state, byte & 0x7F)),
            Content::Dlms => self.at(dlms::next(place.state, byte)),
            Content::Flat => place,
        }
    }

    fn at(&self, state: u32) -> Place {
        let [long, short] = self.contexts(state);
        let row = self.rows.get(&long).or_else(|| self.rows.get(&short)).copied().unwrap_or(0);
        Place { state, row }
    }

    /// The specific and the general context of a state.  The highest bit tells them apart.
    fn contexts(&self, state: u32) -> [u32; 2] {
        match self.content {
            Content::Text => text::contexts(state),
            Content::Dlms => dlms::contexts(state),
            Content::Flat => [1 << 31, 0],
        }
    }

    /// Cost of the next bit being `bit`, when the `known` bits before it in this byte are `so_far`.
    #[inline]
    pub fn cost(&self, place: Place, known: u8, so_far: u8, bit: bool) -> i32 {
        let node = (1usize << known) - 1 + usize::from(so_far);
        let row = self.costs.get(place.row as usize);
        row.and_then(|row| row.get(node)).map_or(11, |pair| i32::from(pair[usize::from(bit)]))
    }

    fn train(content: Content) -> Self {
        let mut prior = Prior { content, rows: HashMap::new(), costs: Vec::new() };
        let mut counts: HashMap<u32, [u32; 256]> = HashMap::new();
        let mut all = [0u32; 256];
        if content != Content::Flat {
            let shape = if content == Content::Text { Shape::Text } else { Shape::Dlms };
            let mut random = Random::new(content as u64 + 1);
            for _ in 0..TRAINING {
                let mut place = prior.start();
                for byte in shape.telegram(&mut random) {
                    let index = usize::from(byte);
                    for context in prior.contexts(place.state) {
                        if let Some(n) = counts.entry(context).or_insert([0; 256]).get_mut(index) {
                            *n += 1;
                        }
                    }
                    if let Some(n) = all.get_mut(index) {
                        *n += 1;
                    }
                    place = prior.next(place, byte);
                }
            }
        }
        let flat = match content {
            Content::Text => printable(),
            _ => [1.0 / 256.0; 256],
        };
        let general = blend(&all, &flat);
        prior.costs.push(row(&general, &flat));
        let mut shorts: HashMap<u32, [f64; 256]> = HashMap::new();
        for (context, seen) in counts.iter().filter(|(c, _)| **c >> 31 == 0) {
            shorts.insert(*context, blend(seen, &general));
        }
        // Sorted, so that every run gives the same rows.
        let mut contexts: Vec<&u32> = counts.keys().collect();
        contexts.sort_unstable();
        let mut parents: HashMap<u32, u32> = HashMap::new();
        let mut random = Random::new(content as u64 + 1);
        if content != Content::Flat {
            let shape = if content == Content::Text { Shape::Text } else { Shape::Dlms };
            for _ in 0..TRAINING {
                let mut place = prior.start();
                for byte in shape.telegram(&mut random) {
                    let [long, short] = prior.contexts(place.state);
                    parents.insert(long, short);
                    place = prior.next(place, byte);
                }
            }
        }
        for context in contexts {
            let Some(seen) = counts.get(context) else { continue };
            if seen.iter().sum::<u32>() < SEEN {
                continue;
            }
            let chances = match parents.get(context).and_then(|short| shorts.get(short)) {
                Some(short) => blend(seen, short),
                None => blend(seen, &general),
            };
            prior.rows.insert(*context, prior.costs.len() as u32);
            prior.costs.push(row(&chances, &flat));
        }
        prior
    }
}

fn printable() -> [f64; 256] {
    let mut flat = [1e-7; 256];
    for (byte, chance) in flat.iter_mut().enumerate() {
        if matches!(byte, 10 | 13 | 32..=126) {
            *chance = 1.0 / 97.0;
        }
    }
    flat
}

fn blend(seen: &[u32; 256], behind: &[f64; 256]) -> [f64; 256] {
    let total: f64 = seen.iter().map(|n| f64::from(*n)).sum();
    let mut out = [0.0; 256];
    for ((out, n), b) in out.iter_mut().zip(seen).zip(behind) {
        *out = (f64::from(*n) + BACKING * b) / (total + BACKING);
    }
    out
}

fn row(chances: &[f64; 256], flat: &[f64; 256]) -> Row {
    let mut level: Vec<f64> =
        chances.iter().zip(flat).map(|(c, f)| (1.0 - SURPRISE) * c + SURPRISE * f).collect();
    let mut out = [[0u8; 2]; 255];
    for known in (0..8).rev() {
        let half = 1usize << known;
        let (zeros, ones) = level.split_at(half);
        let mut above = Vec::with_capacity(half);
        for (so_far, (zero, one)) in zeros.iter().zip(ones).enumerate() {
            let sum = (zero + one).max(1e-300);
            if let Some(pair) = out.get_mut(half - 1 + so_far) {
                *pair = [quantised(zero / sum), quantised(one / sum)];
            }
            above.push(zero + one);
        }
        level = above;
    }
    out
}

fn quantised(chance: f64) -> u8 {
    (-chance.max(1e-9).ln() * f64::from(NAT)).round().min(255.0) as u8
}

/// P1 text: remembers the line so far, with digits in brackets taken for equal, and the last three bytes.
mod text {
    /// Before a telegram, as behind a line.
    pub const START: u32 = b'\n' as u32;

    /// Nothing is known of the line so far.
    pub const ANYWHERE: u32 = 0xFFFF << HASH;

    // bits 0..7 last byte, 7..11 class of the one before, 11..15 of the one before that, 15..31 line hash,
    // bit 31 in brackets.
    const HASH: u32 = 15;

    fn class(byte: u8) -> u32 {
        match byte {
            b'0'..=b'9' => 1,
            b'\r' => 2,
            b'\n' => 3,
            b'(' => 4,
            b')' => 5,
            b'*' => 6,
            b':' => 7,
            b'.' => 8,
            b'-' => 9,
            b'/' => 10,
            b'!' => 11,
            b'A'..=b'Z' => 12,
            b'a'..=b'z' => 13,
            b' ' => 14,
            b'\\' => 15,
            _ => 0,
        }
    }

    pub fn next(state: u32, byte: u8) -> u32 {
        let inside = match byte {
            b'(' => true,
            b')' | b'\n' => false,
            _ => state >> 31 == 1,
        };
        let last = (state & 0x7F) as u8;
        let canonical = if inside && byte.is_ascii_digit() { b'0' } else { byte };
        let hash = match byte {
            b'\n' => 0,
            _ => {
                (state >> HASH & 0xFFFF)
                    .wrapping_mul(0x9E37_79B1)
                    .wrapping_add(u32::from(canonical).wrapping_mul(0x85EB_CA77).wrapping_add(0x2545))
                    .wrapping_mul(0x27D4_EB2F)
                    >> 16
            }
        };
        u32::from(byte)
            | class(last) << 7
            | (state >> 7 & 15) << 11
            | (hash & 0xFFFF) << HASH
            | u32::from(inside) << 31
    }

    pub fn contexts(state: u32) -> [u32; 2] {
        let last = state & 0x7F;
        // Which digit it is matters little, except in an OBIS code.
        let inside = state >> 31;
        let last = if inside == 1 && (last as u8).is_ascii_digit() { u32::from(b'0') } else { last };
        [1 << 31 | (state >> HASH & 0xFFFF) << 7 | last, state & 0x7F80 | last | inside << 15]
    }
}

/// DLMS data (A-XDR): remembers the element it is in, the bytes left of it, and the elements before.
mod dlms {
    /// Nothing is known.
    pub const START: u32 = pack(FREE, 0, 0, 0);

    // bits 0..8 last byte, 8..16 bytes left (or position), 16..20 mode, 20..31 what came before.
    const fn pack(mode: u32, left: u32, last: u8, before: u32) -> u32 {
        last as u32 | (left & 0xFF) << 8 | (mode & 15) << 16 | (before & 0x7FF) << 20
    }

    const FREE: u32 = 0;
    const LLC: u32 = 1;
    const LLC_2: u32 = 2;
    const HEAD: u32 = 3;
    const TAG: u32 = 4;
    const NUMBER: u32 = 5;
    const LENGTH: u32 = 6;
    const COUNT: u32 = 7;
    const OBIS: u32 = 8;
    const TEXT: u32 = 9;
    const TIME: u32 = 10;
    const OCTETS: u32 = 11;

    /// The tag of an element, small.
    fn kind(tag: u8) -> u32 {
        u32::from(tag & 0x1F)
    }

    pub fn next(state: u32, byte: u8) -> u32 {
        let last = (state & 0xFF) as u8;
        let left = state >> 8 & 0xFF;
        let before = state >> 20 & 0x7FF;
        match state >> 16 & 15 {
            LLC if byte == 0xE7 || byte == 0xE6 => pack(LLC_2, 0, byte, 0),
            LLC_2 => pack(HEAD, 0, byte, 0),
            HEAD => match left {
                0 if byte == 0x0F => pack(HEAD, 1, byte, 0),
                1..=3 => pack(HEAD, left + 1, byte, 0),
                4 => pack(HEAD, 5, byte, 0),
                5 if byte == 0 => pack(TAG, 0, byte, 0),
                5 if byte == 0x0C => pack(TIME, 12, byte, 0),
                5 if byte == 0x09 => pack(HEAD, 6, byte, 0),
                6 if byte == 0x0C => pack(TIME, 12, byte, 0),
                _ => pack(FREE, 0, byte, 0),
            },
            TAG => {
                let before = (before << 5 | kind(byte)) & 0x3FF;
                match byte {
                    0x00 => pack(TAG, 0, byte, before),
                    0x01 | 0x02 => pack(COUNT, 0, byte, before),
                    0x03 | 0x0F | 0x11 | 0x16 => pack(NUMBER, 1, byte, before),
                    0x10 | 0x12 => pack(NUMBER, 2, byte, before),
                    0x05 | 0x06 => pack(NUMBER, 4, byte, before),
                    0x14 | 0x15 => pack(NUMBER, 8, byte, before),
                    0x09 | 0x0A => pack(LENGTH, 0, byte, before),
                    0x7E => pack(FREE, 0, byte, 0),
                    _ => pack(FREE, 0, byte, 0),
                }
            }
            COUNT => pack(TAG, 0, byte, before & 0x3E0 | kind(byte)),
            NUMBER if left > 1 => pack(NUMBER, left - 1, byte, before),
            NUMBER => pack(TAG, 0, byte, before),
            LENGTH => match (last, byte) {
                (_, 0) => pack(TAG, 0, byte, before),
                (0x09, 6) => pack(OBIS, 6, byte, before),
                (0x09, 12) => pack(TIME, 12, byte, before),
                (_, 1..=64) => pack(if last == 0x0A { TEXT } else { OCTETS }, byte.into(), byte, before),
                _ => pack(FREE, 0, byte, 0),
            },
            mode @ (OBIS | TEXT | TIME | OCTETS) if left > 1 => pack(mode, left - 1, byte, before),
            // What follows an OBIS code is not what follows other octets.
            OBIS => pack(TAG, 0, byte, before | 0x1F),
            TEXT | TIME | OCTETS => pack(TAG, 0, byte, before),
            _ => match (last, byte) {
                (_, 0xE6) => pack(LLC, 0, byte, 0),
                (0x09, 0x06) => pack(OBIS, 6, byte, 0),
                _ => pack(FREE, 0, byte, 0),
            },
        }
    }

    pub fn contexts(state: u32) -> [u32; 2] {
        let last = state & 0xFF;
        let left = state >> 8 & 0xFF;
        let mode = state >> 16 & 15;
        let before = state >> 20 & 0x7FF;
        let short = mode << 16;
        let text = if (0x30..0x3A).contains(&last) { 1 } else { u32::from(last < 0x80) * 2 };
        match mode {
            TAG => [1 << 31 | short << 4 | before, short | before & 0x1F],
            COUNT => [1 << 31 | short << 4 | before, short],
            NUMBER => [1 << 31 | short << 4 | left << 5 | before & 0x1F, short | left],
            OBIS if left == 3 || left == 2 => [1 << 31 | short << 4 | left << 8 | last, short | left],
            OBIS => [1 << 31 | short << 4 | left << 8, short | left],
            LENGTH => [1 << 31 | short << 4 | before, short | before & 0x1F],
            TEXT | OCTETS => [1 << 31 | short << 4 | text, short | text],
            TIME | HEAD => [1 << 31 | short << 4 | left, short | left],
            _ => [1 << 31 | short << 4 | last, short | last],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits per byte that a prior needs for unseen telegrams of a shape.
    fn bits(content: Content, shape: Shape) -> f64 {
        let prior = content.prior();
        let mut random = Random::new(99);
        let (mut cost, mut bytes) = (0i64, 0u32);
        for _ in 0..10 {
            let mut place = prior.start();
            for byte in shape.telegram(&mut random) {
                for known in 0..8u8 {
                    let so_far = byte & ((1u16 << known) - 1) as u8;
                    cost += i64::from(prior.cost(place, known, so_far, byte >> known & 1 == 1));
                }
                place = prior.next(place, byte);
                bytes += 1;
            }
        }
        cost as f64 / f64::from(NAT) / f64::from(bytes) / std::f64::consts::LN_2
    }

    #[test]
    fn each_prior_expects_its_own_kind() {
        let text = bits(Content::Text, Shape::Text);
        let dlms = bits(Content::Dlms, Shape::Dlms);
        assert!(text < 2.6, "{text}");
        assert!(dlms < 4.0, "{dlms}");
        assert!((bits(Content::Flat, Shape::Ciphered) - 8.0).abs() < 0.1);
        assert!(bits(Content::Text, Shape::Dlms) > 8.0);
        assert!(bits(Content::Dlms, Shape::Text) > 5.0);
        assert!(bits(Content::Dlms, Shape::Ciphered) > 7.0);
        eprintln!("bits a byte: text {text:.2}, DLMS {dlms:.2}");
    }

    #[test]
    fn costs_of_both_bits_are_those_of_a_probability() {
        for content in Content::ALL {
            let prior = content.prior();
            for row in &prior.costs {
                for pair in row {
                    let sum: f64 = pair.iter().map(|c| (-f64::from(*c) / f64::from(NAT)).exp()).sum();
                    assert!((sum - 1.0).abs() < 0.07, "{content:?} {pair:?}");
                }
            }
        }
    }
}
