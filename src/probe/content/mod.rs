//! How probable a byte is after those before it: what makes one reading of an ambiguous line better than
//! another.
//!
//! A [`Prior`] is a small automaton that follows the text of its kind, and for each of its contexts the
//! probability of every next bit.  The probabilities are counted over telegrams of [`super::corpus`] into a table
//! (`cargo run --release --example probe-tables` writes it anew).

mod counted;
mod dlms;
mod mbus;
mod seen;
mod text;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{LazyLock, OnceLock};

use counted::Counted;
pub use counted::table;
use seen::{Seen, Told, blend, blend_digits, level_digits};

/// Costs are negative logarithms of probabilities in units of 1/16 nat.
pub const NAT: i32 = 16;

/// A kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// P1 text.
    Text,
    /// DLMS/COSEM in HDLC frames, readable.
    Dlms,
    /// Wired M-Bus.
    Mbus,
    /// Anything, ciphered content above all: every byte is as probable as any other.
    Flat,
}

impl Content {
    /// All of them.
    pub const ALL: [Content; 4] = [Content::Text, Content::Dlms, Content::Mbus, Content::Flat];

    /// Its prior.
    pub fn prior(self) -> &'static Prior {
        static TEXT: LazyLock<Prior> = LazyLock::new(|| Prior::of(Content::Text));
        static DLMS: LazyLock<Prior> = LazyLock::new(|| Prior::of(Content::Dlms));
        static MBUS: LazyLock<Prior> = LazyLock::new(|| Prior::of(Content::Mbus));
        static FLAT: LazyLock<Prior> = LazyLock::new(|| Prior::of(Content::Flat));
        match self {
            Content::Text => &TEXT,
            Content::Dlms => &DLMS,
            Content::Mbus => &MBUS,
            Content::Flat => &FLAT,
        }
    }
}

impl Content {
    /// How much the rest counts against one observation of this very meter.
    fn backing(self, state: u128) -> f32 {
        match self {
            Content::Dlms if dlms::changes(state) => 1.0,
            Content::Mbus if mbus::changes(state) => 2.0,
            Content::Text | Content::Dlms | Content::Mbus | Content::Flat => 0.1,
        }
    }
}

/// Where a reading stands in its text, and which probabilities hold there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// What the automaton remembers, in halves.
    state: [u64; 2],
    /// Number of a row of [`Prior::costs`], with [`OF_BASE`]; [`u32::MAX`] where any byte may follow; from
    /// [`FORCED`] on the only byte that may.
    row: u32,
}

impl Place {
    const fn new(state: u128, row: u32) -> Self {
        Place { state: [state as u64, (state >> 64) as u64], row }
    }

    const fn memory(self) -> u128 {
        let [low, high] = self.state;
        low as u128 | (high as u128) << 64
    }

    /// Equal places go on equally.
    pub const fn key(self) -> u64 {
        let [low, high] = self.state;
        low.rotate_left(32).wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ high.wrapping_mul(0xA076_1D64_78BD_642F)
    }
}

/// Cost of each bit of a byte, least significant first, given those before it: node `(1 << known) - 1 +
/// bits so far`, then 0 or 1.
type Row = [[u8; 2]; 255];

/// By context; contexts are well mixed numbers already.
pub(super) type ByContext<V> = HashMap<u64, V, BuildHasherDefault<Mixed>>;

/// Mixes numbers a little more.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0 ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ mixed >> 29;
    }
}

/// Probabilities of bytes in context.
#[derive(Debug)]
pub struct Prior {
    content: Content,
    /// What it rests upon, if it was taught something besides.
    base: Option<&'static Prior>,
    counts: ByContext<Seen>,
    /// What this meter said, of P1 text.
    told: ByContext<Told>,
    general: [f64; 256],
    flat: [f64; 256],
    /// Where the contexts that were seen often enough have their rows, which are made when first asked for.
    rows: ByContext<u32>,
    contexts: Vec<u64>,
    costs: Vec<OnceLock<Box<Row>>>,
}

/// Contexts of a place.
const LEVELS: usize = 3;

/// Where a context's number tells its level: 0 is the least specific.
const LEVEL: u32 = 62;

const fn level(context: u64) -> u64 {
    context >> LEVEL
}

/// The context of a place where any byte may follow, such as a checksum.
const RANDOM: u64 = u64::MAX;

/// Marks the number of a row that belongs to the prior that a taught one rests upon.
const OF_BASE: u32 = 1 << 31;

/// The first of 256 rows that no prior holds: of a checksum's byte, once what it is taken over is known.
const FORCED: u32 = u32::MAX - 256;

/// The row of a place where content of this kind does not belong: what comes there is random, and it would be strange.
const LOST: u32 = FORCED - 1;

/// What each bit costs there.
const STRANGE: i32 = 13;

/// Any other byte there.
const IMPOSSIBLE: i32 = 14 * NAT;

/// A context seen less often than this has no row of its own.
const SEEN: f32 = 4.0;

/// How many observations the less specific context counts for, for each different byte that was seen: where
/// ever other bytes follow, the next one will be another one again (Witten and Bell, 1991, method C).
const BACKING: f64 = 1.0;

/// How many observations of a context of P1 text count at most: lines are of a few meters, however often they
/// were seen, and others have others.
const MOST: f64 = 80.0;

/// The same of values in DLMS: what they are elsewhere says little.
const MOST_OF_VALUES: f64 = 16.0;

/// Of the digits of a value, how many are any digit: what values meters have is not what they are thought to have.
const ANY_DIGIT: f64 = 0.06;

/// Probability of a byte that the context does not foresee at all.
const SURPRISE: f64 = 0.004;

impl Prior {
    /// The place before anything is known.
    pub fn start(&self) -> Place {
        self.forced(match self.content {
            Content::Text => text::START,
            Content::Dlms => dlms::START,
            Content::Mbus => mbus::START,
            Content::Flat => 0,
        })
    }

    /// Somewhere within a telegram.
    pub fn anywhere(&self) -> Place {
        self.at(match self.content {
            Content::Text => text::ANYWHERE,
            Content::Dlms => dlms::ANYWHERE,
            Content::Mbus => mbus::ANYWHERE,
            Content::Flat => 0,
        })
    }

    /// The place after `byte`.
    pub fn next(&self, place: Place, byte: u8) -> Place {
        match self.content {
            Content::Flat => place,
            Content::Text => self.at(self.follow(place.memory(), byte)),
            Content::Dlms | Content::Mbus => self.forced(self.follow(place.memory(), byte)),
        }
    }

    /// The place of this state; there may be a single byte that can follow.
    fn forced(&self, state: u128) -> Place {
        let place = self.at(state);
        let forced = match self.content {
            Content::Dlms => dlms::header_check(state),
            Content::Mbus => mbus::forced(state),
            Content::Text | Content::Flat => None,
        };
        forced.map_or(place, |byte| Place { row: FORCED + u32::from(byte), ..place })
    }

    fn follow(&self, state: u128, byte: u8) -> u128 {
        match self.content {
            Content::Text => text::next(state, byte & 0x7F),
            Content::Dlms => dlms::next(state, byte),
            Content::Mbus => mbus::next(state, byte),
            Content::Flat => state,
        }
    }

    fn at(&self, state: u128) -> Place {
        let contexts = self.contexts(state);
        if contexts == [RANDOM; LEVELS] {
            let lost = self.content == Content::Mbus && mbus::lost(state);
            return Place::new(state, if lost { LOST } else { u32::MAX });
        }
        let base = |context| self.base.and_then(|base| base.rows.get(context));
        let row = contexts.iter().find_map(|context| match self.rows.get(context) {
            Some(row) => Some(*row),
            None => base(context).map(|row| row | OF_BASE),
        });
        let row = row.unwrap_or(0);
        let (prior, own) = self.owner(row);
        if let Some(cell) = prior.costs.get(own) {
            cell.get_or_init(|| {
                Box::new(self::row(&prior.chances(prior.contexts.get(own).copied()), &prior.flat))
            });
        }
        Place::new(state, row)
    }

    /// Whose row it is, and its number there.
    #[inline]
    fn owner(&self, row: u32) -> (&Prior, usize) {
        match self.base {
            Some(base) if row & OF_BASE != 0 => (base, (row & !OF_BASE) as usize),
            _ => (self, row as usize),
        }
    }

    /// The contexts of a state, the most specific first.  The highest bits tell their levels apart.
    fn contexts(&self, state: u128) -> [u64; LEVELS] {
        match self.content {
            Content::Text => text::contexts(state),
            Content::Dlms => dlms::contexts(state),
            Content::Mbus => mbus::contexts(state),
            Content::Flat => [RANDOM; LEVELS],
        }
    }

    /// Cost of the next bit being `bit`, when the `known` bits before it in this byte are `so_far`.
    #[inline]
    pub fn cost(&self, place: Place, known: u8, so_far: u8, bit: bool) -> i32 {
        if place.row >= LOST {
            return match place.row.wrapping_sub(FORCED) as u8 {
                _ if place.row == u32::MAX => 11,
                _ if place.row == LOST => STRANGE,
                byte if (byte >> known & 1 == 1) == bit => 0,
                _ => IMPOSSIBLE,
            };
        }
        let node = (1usize << known) - 1 + usize::from(so_far);
        let (prior, own) = self.owner(place.row);
        let row = prior.costs.get(own).and_then(OnceLock::get);
        row.and_then(|row| row.get(node)).map_or(11, |pair| i32::from(pair[usize::from(bit)]))
    }

    /// This prior for a meter that was read so already, well or badly; each reading with the weight that it
    /// deserves.  What such a meter says again is then expected, and what changes in it is not.
    pub fn taught<'a>(&'static self, readings: impl IntoIterator<Item = (&'a [u8], f32)>) -> Self {
        let mut prior = Prior::empty(self.content, Some(self));
        for (bytes, weight) in readings {
            prior.count(bytes, weight, |_| true);
        }
        prior.index(0.0);
        prior
    }

    /// The same where each telegram of this meter was read in several ways, each as often as it is probable with
    /// what was known before.
    pub fn told<'a>(&'static self, telegrams: impl IntoIterator<Item = &'a [Vec<u8>]>) -> Self {
        let mut prior = Prior::empty(self.content, Some(self));
        let (mut counts, mut told) = (ByContext::<Seen>::default(), ByContext::<Told>::default());
        for (number, readings) in telegrams.into_iter().enumerate() {
            for bytes in readings {
                prior.walk(bytes, |state, [context, behind, _], byte| {
                    counts.entry(*context).or_default().behind = Some(*behind);
                    let told = told.entry(*context).or_insert_with(|| Told {
                        constancy: self.constancy(state),
                        slowness: text::slowness(state),
                        telegrams: Vec::new(),
                    });
                    // Those that do not have this context say nothing.
                    if told.telegrams.len() <= number {
                        told.telegrams.resize(number + 1, Seen::default());
                    }
                    told.telegrams.iter_mut().skip(number).for_each(|seen| seen.count(byte, 1.0));
                });
            }
        }
        (prior.counts, prior.told) = (counts, told);
        prior.index(0.0);
        prior
    }

    fn empty(content: Content, base: Option<&'static Prior>) -> Self {
        let flat = match content {
            Content::Text => printable(),
            _ => [1.0 / 256.0; 256],
        };
        let general = base.map_or(flat, |base| base.general);
        Prior {
            content,
            base,
            counts: ByContext::default(),
            told: ByContext::default(),
            general,
            flat,
            rows: ByContext::default(),
            contexts: Vec::new(),
            costs: Vec::new(),
        }
    }

    /// What is known of content of this kind before any meter was heard.
    fn of(content: Content) -> Self {
        let mut prior = Prior::empty(content, None);
        let Counted { contexts, anywhere } = Counted::from_table(content);
        prior.counts = contexts;
        blend(&mut prior.general, &anywhere, BACKING, f64::INFINITY);
        // Seen or not, something is known of all kinds of numbers, of a telegram's checksum, and of whatever M-Bus has.
        let known: Vec<u64> = match content {
            Content::Text => text::checksum_digits().collect(),
            Content::Dlms => dlms::numbers().collect(),
            Content::Mbus => mbus::sorts().collect(),
            Content::Flat => Vec::new(),
        };
        for context in known {
            prior.counts.entry(context).or_default();
        }
        prior.index(SEEN);
        prior
    }

    /// Follows a telegram: each byte, the state in front of it, and that state's contexts.
    fn walk(&self, bytes: &[u8], mut each: impl FnMut(u128, &[u64; LEVELS], u8)) {
        let mut state = self.start().memory();
        for &byte in bytes {
            let contexts = self.contexts(state);
            if contexts != [RANDOM; LEVELS] {
                each(state, &contexts, byte);
            }
            state = self.follow(state, byte);
        }
    }

    /// Counts what follows what in a telegram, in the contexts that are wanted.
    fn count(&mut self, bytes: &[u8], weight: f32, wanted: impl Fn(u64) -> bool) {
        // What one meter says is no evidence for what it says in places that are only roughly alike.
        let taught = self.base.is_some();
        let levels = if taught { LEVELS - 1 } else { LEVELS };
        let mut counts = std::mem::take(&mut self.counts);
        self.walk(bytes, |state, contexts, byte| {
            let wanted = |context: u64| wanted(context) && !(taught && self::level(context) == 0);
            for (level, context) in contexts.iter().enumerate().take(levels).filter(|(_, c)| wanted(**c)) {
                let seen = counts.entry(*context).or_default();
                seen.backing = self.content.backing(state);
                seen.behind = contexts.get(level + 1).copied();
                seen.count(byte, weight);
            }
        });
        self.counts = counts;
    }

    /// How probable it is that a meter says the same here in all telegrams.
    fn constancy(&self, state: u128) -> f64 {
        if self.content == Content::Text { text::constancy(state) } else { 1.0 }
    }

    /// Gives each context that was seen `often` enough a row.
    fn index(&mut self, often: f32) {
        let often_enough =
            self.counts.iter().filter(|(_, seen)| seen.total >= often || seen.bytes.is_empty());
        // Sorted, so that every run gives the same rows.
        let mut contexts: Vec<u64> = often_enough.map(|(context, _)| *context).collect();
        contexts.sort_unstable();
        self.rows = contexts.iter().zip(1..).map(|(context, row)| (*context, row)).collect();
        // Row 0 is for contexts that were never seen.
        self.contexts = std::iter::once(u64::MAX).chain(contexts).collect();
        self.costs = self.contexts.iter().map(|_| OnceLock::new()).collect();
    }

    /// Probabilities of the bytes in a context.
    fn chances(&self, context: Option<u64>) -> [f64; 256] {
        if let (Content::Text, Some(context)) = (self.content, context)
            && let Some(chances) = text::checksum_chances(context)
        {
            return chances;
        }
        let behind = |context: &u64| {
            let seen = |prior: &Prior| prior.counts.get(context).and_then(|seen| seen.behind);
            seen(self).or_else(|| self.base.and_then(seen))
        };
        let mut chain: Vec<u64> = std::iter::successors(context, behind).take(LEVELS).collect();
        chain.reverse();
        let mut chances = match (self.content, context) {
            (Content::Dlms, Some(context)) => dlms::root(context, &self.general),
            (Content::Mbus, Some(_)) => chain.first().map_or(self.general, |sort| mbus::root(*sort)),
            _ => self.general,
        };
        let base = self.base.unwrap_or(self);
        let most = match (self.content, context) {
            (Content::Text, _) => MOST,
            (Content::Dlms, Some(context)) if dlms::own(context) => MOST_OF_VALUES,
            _ => f64::INFINITY,
        };
        let foreign = |context: &u64| {
            let exact = level(*context) == LEVELS as u64 - 1;
            self.content == Content::Dlms && (exact && dlms::own(*context) || dlms::random(*context))
        };
        let shared = chain.iter().filter(|context| !foreign(context));
        for (context, seen) in shared.filter_map(|context| Some((context, base.counts.get(context)?))) {
            if self.content == Content::Text && text::in_value(*context) {
                blend_digits(&mut chances, seen, BACKING, most);
            } else {
                blend(&mut chances, seen, BACKING, most);
            }
        }
        if self.content == Content::Text && context.is_some_and(text::in_value) {
            level_digits(&mut chances, ANY_DIGIT);
        }
        let taught = self.base.map(|_| &self.counts);
        for context in chain {
            if let Some(seen) = taught.and_then(|counts| counts.get(&context)) {
                let exact = level(context) == LEVELS as u64 - 1;
                blend(&mut chances, seen, if exact { seen.backing.into() } else { BACKING }, f64::INFINITY);
            }
        }
        if let Some(told) = context.and_then(|context| self.told.get(&context)) {
            // Readings were drawn where what is not foreseen was a little probable too.
            chances = surprising(&chances, &self.flat);
            told.tell(&mut chances);
        }
        chances
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

/// The same with a little of what the context does not foresee.
fn surprising(chances: &[f64; 256], flat: &[f64; 256]) -> [f64; 256] {
    let mut all = *flat;
    for (flat, chance) in all.iter_mut().zip(chances) {
        *flat = (1.0 - SURPRISE) * chance + SURPRISE * *flat;
    }
    all
}

fn row(chances: &[f64; 256], flat: &[f64; 256]) -> Row {
    let mut level = surprising(chances, flat).to_vec();
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

/// The cost of a probability.
///
/// A row has 510 of them, and their logarithms would take most of its time.  So costs are looked up by the exponent and
/// six bits of the mantissa: among probabilities that share these there are two costs at most.
fn quantised(chance: f64) -> u8 {
    const BITS: u32 = 6;
    const STEPS: usize = 31 << BITS;
    struct Costs {
        /// Of the highest probability that has these bits.
        near: Vec<u8>,
        /// The least probability that has this cost.
        from: [f64; 256],
    }
    static COSTS: LazyLock<Costs> = LazyLock::new(|| {
        let exact = |chance: f64| (-chance.ln() * f64::from(NAT)).round().clamp(0.0, 255.0) as u8;
        let step = |step: usize| f64::from_bits(1f64.to_bits() - ((step as u64) << (52 - BITS)));
        Costs {
            near: (0..STEPS).map(|at| exact(step(at))).collect(),
            from: std::array::from_fn(|cost| (-(cost as f64 + 0.5) / f64::from(NAT)).exp()),
        }
    });
    let steps = (1f64.to_bits().saturating_sub(chance.to_bits()) >> (52 - BITS)) as usize;
    // Nothing costs more than 255, which is reached long before the last step.
    let near = COSTS.near.get(steps).copied().unwrap_or(u8::MAX);
    let from = COSTS.from.get(usize::from(near)).copied().unwrap_or(0.0);
    near.saturating_add(u8::from(chance < from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::random::Random;
    use crate::probe::corpus::Shape;

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
        assert!(dlms < 3.0, "{dlms}");
        assert!((bits(Content::Flat, Shape::Ciphered) - 8.0).abs() < 0.1);
        assert!(bits(Content::Text, Shape::Dlms) > 8.0);
        assert!(bits(Content::Dlms, Shape::Text) > 5.0);
        assert!(bits(Content::Dlms, Shape::Ciphered) > 7.0);
        eprintln!("bits a byte: text {text:.2}, DLMS {dlms:.2}");
    }

    /// Cost of each byte of a telegram, in nats.
    fn costs(prior: &Prior, bytes: &[u8]) -> Vec<f64> {
        let mut place = prior.start();
        let mut costs = Vec::new();
        for &byte in bytes {
            let bit = |known: u8| {
                prior.cost(place, known, byte & ((1u16 << known) - 1) as u8, byte >> known & 1 == 1)
            };
            costs.push(f64::from((0..8).map(bit).sum::<i32>()) / f64::from(NAT));
            place = prior.next(place, byte);
        }
        costs
    }

    #[test]
    fn a_header_foresees_its_checksum() {
        let header = [0xA0u8, 0x2A, 0x41, 0x08, 0x83, 0x13];
        let check = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC).checksum(&header).to_le_bytes();
        let telegram = [&[0x7E, 0x7E], &header[..], &check, &[0xE6, 0xE7, 0x00]].concat();
        let good = costs(Content::Dlms.prior(), &telegram);
        assert_eq!(good[8..10], [0.0, 0.0]);
        let mut damaged = telegram.clone();
        damaged[6] ^= 0x04;
        assert!(costs(Content::Dlms.prior(), &damaged)[8..10].iter().sum::<f64>() > 14.0);
    }

    #[test]
    fn a_number_may_be_of_any_size_and_its_last_digits_are_random() {
        // A list of an OBIS code and a long of four bytes, which is 4E20, 00C8, FFFFFF38 (-200).
        let cost = |number: [u8; 4]| {
            let head = [0xA0, 0x26, 0x41, 0x08, 0x83, 0x13];
            let check = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC).checksum(&head).to_le_bytes();
            let apdu = [0xE6, 0xE7, 0, 0x0F, 0x40, 0, 0, 0, 0, 2, 2, 9, 6, 1, 0, 1, 7, 0, 255, 5];
            let telegram = [&[0x7E], &head[..], &check, &apdu, &number].concat();
            costs(Content::Dlms.prior(), &telegram).split_off(telegram.len() - 4)
        };
        for number in [20_000i32, 0x1234_5678, 200, -200] {
            let costs = cost(number.to_be_bytes());
            let first = number.to_be_bytes().iter().position(|b| ![0, 0xFF].contains(b)).unwrap();
            assert!(costs.iter().all(|cost| *cost < 9.0), "{number}: {costs:?}");
            assert!(costs[first + 1..].iter().all(|cost| *cost < 5.6), "{number}: {costs:?}");
        }
    }

    #[test]
    fn telegrams_that_could_not_be_read_tell_together_what_the_next_will_say() {
        let line = |number: &str| format!("/XMX5LGBBFG1009\r\n\r\n0-0:96.1.1({number})\r\n").into_bytes();
        // Of one digit each telegram leaves two open, and they share but one; another one changes.
        let telegrams = [
            vec![line("4530303539"), line("4530301539")],
            vec![line("4530305538"), line("4530307538")],
            vec![line("4530305531"), line("4530304531")],
        ];
        let prior = Content::Text.prior().told(telegrams.iter().map(Vec::as_slice));
        let cost = |prior: &Prior, number: &str| {
            let bytes = line(number);
            let at = bytes.iter().position(|b| *b == b'(').unwrap_or(0);
            costs(prior, &bytes)[at + 7..at + 11].to_vec()
        };
        let (fits, before) = (cost(&prior, "4530305537"), cost(Content::Text.prior(), "4530305537"));
        assert!(fits[0] < before[0] && fits[0] < 0.3, "{fits:?} {before:?}");
        // Two do not allow it.
        assert!(cost(&prior, "4530301537")[0] > 3.0);
        // What was different in all of them will be so again: nothing is foreseen but by its kind.
        assert!((cost(&prior, "4530305537")[3] - cost(&prior, "4530305534")[3]).abs() < 1.5);
        // A telegram that was not there says nothing.
        let alone = Content::Text.prior().told([&telegrams[0][..], &[]]);
        let also = Content::Text.prior().told([&telegrams[0][..]]);
        assert_eq!(cost(&alone, "4530305537"), cost(&also, "4530305537"));
    }

    #[test]
    fn costs_are_logarithms() {
        let mut random = Random::new(5);
        let exact = |chance: f64| (-chance.max(1e-9).ln() * 16.0).round().min(255.0) as u8;
        for _ in 0..100_000 {
            let chance = (-18.0 * random.unit()).exp();
            assert_eq!(quantised(chance), exact(chance), "{chance}");
        }
        assert_eq!([1.0, 0.5, 1e-300, 0.0].map(quantised), [0, 11, 255, 255]);
    }

    #[test]
    fn costs_of_both_bits_are_those_of_a_probability() {
        for content in Content::ALL {
            let prior = content.prior();
            for row in &prior.costs {
                for pair in row.get().iter().flat_map(|row| row.iter()) {
                    let sum: f64 = pair.iter().map(|c| (-f64::from(*c) / f64::from(NAT)).exp()).sum();
                    assert!((sum - 1.0).abs() < 0.07, "{content:?} {pair:?}");
                }
            }
        }
    }
}
