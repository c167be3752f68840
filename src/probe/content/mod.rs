//! How probable a byte is after those before it: what makes one reading of an ambiguous line better than
//! another.
//!
//! A [`Prior`] is a small automaton that follows the text of its kind, and for each of its contexts the
//! probability of every next bit.  The probabilities are counted over telegrams of [`super::corpus`] when
//! they are first needed (a few milliseconds).

mod dlms;
mod text;

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
    state: u64,
    /// Row of [`Prior::costs`].
    row: u32,
}

impl Place {
    /// Equal places go on equally.
    pub const fn key(self) -> u64 {
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
    rows: HashMap<u64, u32>,
    costs: Vec<Row>,
}

/// Telegrams that a prior is counted over.
const TRAINING: u64 = 160;

/// Contexts of a place.
const LEVELS: usize = 2;

/// Where a context's number tells its level: 0 is the least specific.
const LEVEL: u32 = 62;

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

    fn at(&self, state: u64) -> Place {
        let contexts = self.contexts(state);
        let row = contexts.iter().find_map(|context| self.rows.get(context)).copied().unwrap_or(0);
        Place { state, row }
    }

    /// The contexts of a state, the most specific first.  The highest bits tell their levels apart.
    fn contexts(&self, state: u64) -> [u64; LEVELS] {
        match self.content {
            Content::Text => text::contexts(state),
            Content::Dlms => dlms::contexts(state),
            Content::Flat => [0; LEVELS],
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
        // What was seen in each context, and the next less specific one.
        let mut counts: HashMap<u64, ([u32; 256], Option<u64>)> = HashMap::new();
        let mut all = [0u32; 256];
        let shape = match content {
            Content::Text => Some(Shape::Text),
            Content::Dlms => Some(Shape::Dlms),
            Content::Flat => None,
        };
        let mut random = Random::new(content as u64 + 1);
        for _ in 0..shape.map_or(0, |_| TRAINING) {
            let mut place = prior.start();
            for byte in shape.map(|shape| shape.telegram(&mut random)).unwrap_or_default() {
                let index = usize::from(byte);
                let contexts = prior.contexts(place.state);
                for (level, context) in contexts.iter().enumerate() {
                    let behind = contexts.get(level + 1).copied();
                    let (seen, _) = counts.entry(*context).or_insert(([0; 256], behind));
                    if let Some(n) = seen.get_mut(index) {
                        *n += 1;
                    }
                }
                if let Some(n) = all.get_mut(index) {
                    *n += 1;
                }
                place = prior.next(place, byte);
            }
        }
        let flat = match content {
            Content::Text => printable(),
            _ => [1.0 / 256.0; 256],
        };
        let general = blend(&all, &flat);
        prior.costs.push(row(&general, &flat));
        // Sorted, so that every run gives the same rows; the less specific levels are the smaller numbers.
        let mut contexts: Vec<u64> = counts.keys().copied().collect();
        contexts.sort_unstable();
        let mut chances: HashMap<u64, [f64; 256]> = HashMap::new();
        for context in contexts {
            let Some((seen, behind)) = counts.get(&context) else { continue };
            let behind = behind.and_then(|context| chances.get(&context)).unwrap_or(&general);
            let blended = blend(seen, behind);
            if seen.iter().sum::<u32>() >= SEEN {
                prior.rows.insert(context, prior.costs.len() as u32);
                prior.costs.push(row(&blended, &flat));
            }
            chances.insert(context, blended);
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
