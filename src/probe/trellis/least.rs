//! The least cost of each of many keys: a hash table for the innermost loop of the search.

/// What became of a cost that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// It is the first of its key.
    First,
    /// It is less than this, which was the least so far.
    Less(i32),
    /// It is no less.
    Not,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    key: u64,
    cost: i32,
    /// It is empty unless this is the table's.
    round: u32,
}

const EMPTY: Slot = Slot { key: 0, cost: 0, round: 0 };

/// Slots of a new table, as a power of two.
const SLOTS: u32 = 9;

/// The least cost of each key, by linear probing.  Emptied for every character that was heard, so that must not cost
/// anything: each entry knows the round that it belongs to.
#[derive(Debug)]
pub(super) struct Least {
    slots: Vec<Slot>,
    /// A key's place is in so many of the highest bits of its product.
    bits: u32,
    round: u32,
    taken: usize,
}

impl Default for Least {
    fn default() -> Self {
        Least { slots: vec![EMPTY; 1 << SLOTS], bits: SLOTS, round: 1, taken: 0 }
    }
}

impl Least {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.taken = 0;
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.slots.fill(EMPTY);
            self.round = 1;
        }
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.taken
    }

    /// The cost of one more; it is kept if it is the least of its key.
    #[inline]
    pub(super) fn offer(&mut self, key: u64, cost: i32) -> Offer {
        if 2 * self.taken >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - self.bits)) as usize;
        loop {
            // At least half of the slots are empty: this ends.
            let Some(slot) = self.slots.get_mut(at & mask) else { return Offer::Not };
            if slot.round != self.round {
                *slot = Slot { key, cost, round: self.round };
                self.taken += 1;
                return Offer::First;
            }
            if slot.key == key {
                let before = slot.cost;
                if cost >= before {
                    return Offer::Not;
                }
                slot.cost = cost;
                return Offer::Less(before);
            }
            at += 1;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let more = vec![EMPTY; 2 * self.slots.len()];
        let before = std::mem::replace(&mut self.slots, more);
        self.bits += 1;
        self.taken = 0;
        let round = self.round;
        for slot in before.into_iter().filter(|slot| slot.round == round) {
            self.offer(slot.key, slot.cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn it_keeps_what_a_map_would_keep(
            offers in prop::collection::vec((0u64..3000, 0i32..100, 0u8..200), 0..4000),
            spread in prop::sample::select(vec![1, 1 << 32, 0x9E37_79B9_7F4A_7C15]),
        ) {
            let (mut least, mut map) = (Least::default(), HashMap::new());
            for (key, cost, forget) in offers {
                if forget == 0 {
                    least.clear();
                    map.clear();
                }
                let expected = match map.get(&key) {
                    None => Offer::First,
                    Some(&before) if cost < before => Offer::Less(before),
                    Some(_) => Offer::Not,
                };
                if expected != Offer::Not {
                    map.insert(key, cost);
                }
                prop_assert_eq!(least.offer(key.wrapping_mul(spread), cost), expected);
                prop_assert_eq!(least.len(), map.len());
            }
        }
    }
}
