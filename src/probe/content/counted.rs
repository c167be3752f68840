//! What follows what in telegrams of [`corpus`](crate::probe::corpus), counted, and as `priors.tables` has it: counting
//! takes some 200 million instructions for each kind of content, and reading the table two.
//!
//! The table holds text, then DLMS, each behind its length (four bytes, big-endian).  It consists of numbers, seven bits
//! a byte, the least significant first, the highest bit set in all bytes but the last: how often each of the 256 bytes
//! was seen at all; how many contexts there are; and of each context, in ascending order, its difference to the one
//! before, the position of the less specific context behind it, counted from 1 (0: none), how many bytes were seen in it,
//! and each of these with how often.

use super::seen::Seen;
use super::{ByContext, Content, Prior, SEEN};
use crate::line::random::Random;
use crate::probe::corpus::Shape;
use std::collections::BTreeMap;

/// What [`table`] gives.
static TABLE: &[u8] = include_bytes!("priors.tables");

/// Telegrams that are counted.
const TELEGRAMS: u64 = 300;

/// Bits of a context's digest.
const DIGEST: u32 = 20;

const fn digest(context: u64) -> usize {
    (context.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - DIGEST)) as usize
}

/// Content that has a table, in its order.
const TABLED: [Content; 2] = [Content::Text, Content::Dlms];

/// What was counted over the telegrams of a kind.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counted {
    /// In the contexts that were met often enough.
    pub(super) contexts: ByContext<Seen>,
    /// Anywhere.
    pub(super) anywhere: Seen,
}

impl Counted {
    /// As the table has it.
    pub(super) fn from_table(content: Content) -> Self {
        let mut rest = TABLE;
        for tabled in TABLED {
            let Some((length, behind)) = rest.split_first_chunk::<4>() else { break };
            let Some((these, behind)) = behind.split_at_checked(u32::from_be_bytes(*length) as usize) else {
                break;
            };
            if tabled == content {
                return unpacked(these).unwrap_or_default();
            }
            rest = behind;
        }
        Counted::default()
    }

    /// Counts anew.
    pub(super) fn anew(content: Content) -> Self {
        let shape = match content {
            Content::Text => Shape::Text,
            Content::Dlms => Shape::Dlms,
            Content::Mbus | Content::Flat => return Counted::default(),
        };
        let mut prior = Prior::empty(content, None);
        let mut random = Random::new(content as u64 + 1);
        let telegrams: Vec<Vec<u8>> = (0..TELEGRAMS).map(|_| shape.varied(&mut random)).collect();
        // Most contexts are met once and never again, and not worth a place among the counts: those that are met
        // often are among those whose digest is.
        let mut often = vec![0u8; 1 << DIGEST];
        let mut anywhere = [0.0f32; 256];
        for telegram in &telegrams {
            prior.walk(telegram, |_, contexts, _| {
                for context in contexts {
                    if let Some(times) = often.get_mut(digest(*context)) {
                        *times = times.saturating_add(1);
                    }
                }
            });
            for byte in telegram {
                if let Some(times) = anywhere.get_mut(usize::from(*byte)) {
                    *times += 1.0;
                }
            }
        }
        let wanted = |context| often.get(digest(context)).is_some_and(|times| f32::from(*times) >= SEEN);
        for telegram in &telegrams {
            prior.count(telegram, 1.0, wanted);
        }
        prior.counts.retain(|_, seen| seen.total >= SEEN);
        // Only what a meter itself said has to be backed.
        prior.counts.values_mut().for_each(|seen| {
            seen.backing = 0.0;
            seen.bytes.sort_unstable_by_key(|(byte, _)| *byte);
        });
        Counted { contexts: prior.counts, anywhere: seen(&anywhere) }
    }

    fn packed(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut anywhere = [0u64; 256];
        for (byte, times) in &self.anywhere.bytes {
            if let Some(all) = anywhere.get_mut(usize::from(*byte)) {
                *all = *times as u64;
            }
        }
        anywhere.into_iter().for_each(|times| put(&mut out, times));
        let sorted: BTreeMap<u64, &Seen> =
            self.contexts.iter().map(|(context, seen)| (*context, seen)).collect();
        let places: BTreeMap<u64, u64> = sorted.keys().copied().zip(1..).collect();
        put(&mut out, sorted.len() as u64);
        let mut before = 0;
        for (context, seen) in sorted {
            put(&mut out, context - before);
            before = context;
            put(&mut out, seen.behind.and_then(|behind| places.get(&behind)).copied().unwrap_or(0));
            put(&mut out, seen.bytes.len() as u64);
            for (byte, times) in &seen.bytes {
                out.push(*byte);
                put(&mut out, *times as u64);
            }
        }
        out
    }
}

/// All of the table, counted anew.
pub fn table() -> Vec<u8> {
    let mut out = Vec::new();
    for content in TABLED {
        let packed = Counted::anew(content).packed();
        out.extend((packed.len() as u32).to_be_bytes());
        out.extend(packed);
    }
    out
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7F {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(from: &mut &[u8]) -> Option<u64> {
    let (mut number, mut at) = (0, 0);
    loop {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(byte & 0x7F).checked_shl(at)?;
        at += 7;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
}

fn seen(times: &[f32; 256]) -> Seen {
    let mut bytes: Vec<(u8, f32)> = (0..=u8::MAX).zip(times.iter().copied()).collect();
    bytes.retain(|(_, times)| *times > 0.0);
    Seen { total: bytes.iter().map(|(_, times)| times).sum(), bytes, ..Seen::default() }
}

fn unpacked(mut table: &[u8]) -> Option<Counted> {
    let from = &mut table;
    let mut anywhere = [0.0f32; 256];
    for times in &mut anywhere {
        *times = take(from)? as f32;
    }
    let count = take(from)? as usize;
    // Each takes four bytes at least.
    let mut sorted: Vec<(u64, usize, Seen)> = Vec::with_capacity(count.min(from.len() / 4));
    let mut context = 0u64;
    for _ in 0..count {
        context = context.checked_add(take(from)?)?;
        let behind = take(from)? as usize;
        let mut bytes = Vec::new();
        let many = take(from)? as usize;
        bytes.reserve_exact(many.min(256));
        for _ in 0..many {
            let (byte, rest) = from.split_first()?;
            *from = rest;
            bytes.push((*byte, take(from)? as f32));
        }
        let total = bytes.iter().map(|(_, times)| times).sum();
        sorted.push((context, behind, Seen { bytes, total, ..Seen::default() }));
    }
    let places: Vec<u64> = sorted.iter().map(|(context, ..)| *context).collect();
    let behind = |at: usize| places.get(at.checked_sub(1)?).copied();
    let contexts = sorted
        .into_iter()
        .map(|(context, at, seen)| (context, Seen { behind: behind(at), ..seen }))
        .collect();
    Some(Counted { contexts, anywhere: seen(&anywhere) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_what_the_program_counts() {
        for content in TABLED {
            let (table, mut counted) = (Counted::from_table(content), Counted::anew(content));
            // A context that is not among them leads nowhere.
            let known: Vec<u64> = counted.contexts.keys().copied().collect();
            for seen in counted.contexts.values_mut() {
                seen.behind = seen.behind.filter(|behind| known.contains(behind));
            }
            assert!(table.contexts.len() > 5000);
            // Chance is drawn with logarithms and powers, which may differ in the last digit between platforms.
            let same =
                counted.contexts.iter().filter(|(context, seen)| table.contexts.get(context) == Some(seen));
            let same = same.count();
            assert!(
                100 * same >= 99 * counted.contexts.len().max(table.contexts.len()),
                "{content:?}: {same} of {} and {}: run the program probe-tables",
                counted.contexts.len(),
                table.contexts.len()
            );
        }
    }

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX];
        let mut out = Vec::new();
        numbers.iter().for_each(|number| put(&mut out, *number));
        let mut rest = &out[..];
        assert!(numbers.iter().all(|number| take(&mut rest) == Some(*number)));
        assert_eq!(take(&mut rest), None);
        assert_eq!(take(&mut &[0xFF; 20][..]), None);
    }

    #[test]
    fn a_table_that_breaks_off_is_none() {
        let packed = Counted::anew(Content::Dlms).packed();
        assert!(unpacked(&packed).is_some());
        for to in [0, 100, 300, packed.len() / 2, packed.len() - 1] {
            assert_eq!(unpacked(packed.get(..to).unwrap_or_default()), None, "{to}");
        }
    }
}
