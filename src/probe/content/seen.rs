//! What was seen in a context, and what that makes of what was to be expected there.

/// Counts of the bytes that were seen in a context.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) bytes: Vec<(u8, f32)>,
    pub(super) total: f32,
    /// How many observations of this very meter the rest counts for: few where it repeats itself.
    pub(super) backing: f32,
    /// The next less specific context.
    pub(super) behind: Option<u64>,
}

impl Seen {
    pub(super) fn count(&mut self, byte: u8, weight: f32) {
        self.total += weight;
        let Some(at) = self.bytes.iter().position(|(b, _)| *b == byte) else {
            self.bytes.push((byte, weight));
            return;
        };
        if let Some((_, n)) = self.bytes.get_mut(at) {
            *n += weight;
        }
        // What is frequent gets to the front, where it is found sooner.
        self.bytes.swap(at, at / 2);
    }
}

/// What telegrams of this very meter had in a context, each as far as it could be read.
#[derive(Debug)]
pub(super) struct Told {
    /// How probable it is that they all have the same.
    pub(super) constancy: f64,
    /// And if they do not, that it stays for a while.
    pub(super) slowness: f64,
    /// A telegram each.
    pub(super) telegrams: Vec<Seen>,
}

impl Told {
    /// What one telegram says counts for as many readings of it.
    const DOUBT: f64 = 1.0;

    /// How probable it is that a telegram has what the one before it has, where that stays for a while only.
    const STAYS: f64 = 0.85;

    /// Makes of what is to be expected in this context what is to be expected of this meter.
    ///
    /// A telegram's readings are what was expected times what was heard.  What is said here may be the same in all of
    /// them, or stay for a while, or be another one each time: how well what was heard goes together shows which.
    pub(super) fn tell(&self, chances: &mut [f64; 256]) {
        let expected = *chances;
        // How probable what was heard is, with each byte being the last one's, where it always or mostly stays.
        let (mut same, mut slow) = (expected, expected);
        for (number, seen) in self.telegrams.iter().enumerate() {
            let total = f64::from(seen.total) + Told::DOUBT;
            let mut ratios = [Told::DOUBT / total; 256];
            for (byte, n) in &seen.bytes {
                let at = usize::from(*byte);
                if let (Some(ratio), Some(chance)) = (ratios.get_mut(at), expected.get(at)) {
                    *ratio += f64::from(*n) / total / chance.max(1e-9);
                }
            }
            if number > 0 {
                follow(&mut slow, &expected);
            }
            let each = same.iter_mut().zip(&mut slow).zip(ratios);
            each.for_each(|((same, slow), ratio)| {
                *same *= ratio;
                *slow *= ratio;
            });
        }
        follow(&mut slow, &expected);
        let (together, slowly): (f64, f64) = (same.iter().sum(), slow.iter().sum());
        let changes = 1.0 - self.constancy;
        let weights =
            [self.constancy * together, self.slowness * changes * slowly, (1.0 - self.slowness) * changes];
        let all = weights.iter().sum::<f64>().max(1e-300);
        let [constant, slower, random] = weights.map(|weight| weight / all);
        for ((chance, same), slow) in chances.iter_mut().zip(same).zip(slow) {
            *chance = random * *chance
                + constant * same / together.max(1e-300)
                + slower * slow / slowly.max(1e-300);
        }
    }
}

/// From one telegram to the next: each byte mostly stays, or is another one.
fn follow(slow: &mut [f64; 256], expected: &[f64; 256]) {
    let all: f64 = slow.iter().sum();
    for (slow, expected) in slow.iter_mut().zip(expected) {
        *slow = Told::STAYS * *slow + (1.0 - Told::STAYS) * all * expected;
    }
}

/// What was seen within values of text: as [`blend`] has it, but which digit it is counts apart, as digits that were not
/// seen yet are as good as those that were.
pub(super) fn blend_digits(chances: &mut [f64; 256], seen: &Seen, backing: f64, most: f64) {
    /// What was to be expected of a digit counts for so many observations: with few, what follows two readings that
    /// cannot be told apart would tell them apart by chance.
    const EXPECTED: f64 = 25.0;
    let digits = || seen.bytes.iter().filter(|(byte, _)| byte.is_ascii_digit());
    let among = f64::from(digits().map(|(_, n)| n).sum::<f32>());
    let expected: f64 = chances.get(usize::from(b'0')..=usize::from(b'9')).unwrap_or_default().iter().sum();
    if among == 0.0 || expected <= 0.0 {
        return blend(chances, seen, backing, most);
    }
    let mut which = *chances;
    which.iter_mut().for_each(|chance| *chance *= EXPECTED / (EXPECTED + among) / expected);
    for (byte, n) in digits() {
        if let Some(chance) = which.get_mut(usize::from(*byte)) {
            *chance += f64::from(*n) / (EXPECTED + among);
        }
    }
    let mut pooled = Seen { total: seen.total, ..Seen::default() };
    pooled.bytes.push((b'0', among as f32));
    pooled.bytes.extend(seen.bytes.iter().filter(|(byte, _)| !byte.is_ascii_digit()));
    if let Some(zero) = chances.get_mut(usize::from(b'0')) {
        *zero = expected;
    }
    blend(chances, &pooled, backing, most);
    let digit = chances.get(usize::from(b'0')).copied().unwrap_or(0.0);
    for at in usize::from(b'0')..=usize::from(b'9') {
        if let (Some(chance), Some(share)) = (chances.get_mut(at), which.get(at)) {
            *chance = digit * share;
        }
    }
}

/// Makes a share of the digits any digit.
pub(super) fn level_digits(chances: &mut [f64; 256], share: f64) {
    let digits = chances.get_mut(usize::from(b'0')..=usize::from(b'9')).unwrap_or_default();
    let each = digits.iter().sum::<f64>() / 10.0;
    digits.iter_mut().for_each(|chance| *chance = (1.0 - share) * *chance + share * each);
}

/// What was seen, on top of what was to be expected, which counts for `backing` observations for each
/// different byte seen; no more than `most` observations count.
pub(super) fn blend(chances: &mut [f64; 256], seen: &Seen, backing: f64, most: f64) {
    if seen.bytes.is_empty() {
        return;
    }
    let backing = backing * seen.bytes.len() as f64;
    let scale = (most / f64::from(seen.total).max(1.0)).min(1.0);
    let total = scale * f64::from(seen.total) + backing;
    for chance in chances.iter_mut() {
        *chance *= backing / total;
    }
    for (byte, n) in &seen.bytes {
        if let Some(chance) = chances.get_mut(usize::from(*byte)) {
            *chance += scale * f64::from(*n) / total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What to expect after telegrams that had these digits, or where nothing was read (`None`).
    fn told(constancy: f64, slowness: f64, digits: &[Option<u8>]) -> [f64; 256] {
        let seen = |digit: &Option<u8>| {
            let mut seen = Seen::default();
            digit.iter().for_each(|digit| seen.count(*digit, 48.0));
            seen
        };
        let telegrams = digits.iter().map(seen).collect();
        let mut chances = [0.0; 256];
        chances[usize::from(b'0')..=usize::from(b'9')].fill(0.1);
        Told { constancy, slowness, telegrams }.tell(&mut chances);
        assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        chances
    }

    #[test]
    fn what_all_telegrams_say_is_expected_and_a_change_remains_possible() {
        let three = [Some(b'7'); 3];
        let seven = |chances: [f64; 256]| chances[usize::from(b'7')];
        let eight = |chances: [f64; 256]| chances[usize::from(b'8')];
        assert!(seven(told(0.97, 0.5, &three)) > 0.98);
        // With the model by hand: that it stays weighs 0.3 x 100, that it stays for a while 0.35 x 75, that it is another
        // one each time 0.35.  In the second case a change has a chance of 0.15, and each other digit a tenth of that.
        assert!((0.005..0.02).contains(&eight(told(0.3, 0.5, &three))));
        // Telegrams that differ: nothing stays.
        assert!((seven(told(0.9, 0.5, &[Some(b'7'), Some(b'1'), Some(b'4')])) - 0.1).abs() < 0.05);
        // It was another one before, and is this one now.
        assert!(seven(told(0.1, 0.5, &[Some(b'1'), Some(b'1'), Some(b'7'), Some(b'7')])) > 0.5);
        assert_eq!(told(0.5, 0.5, &[None, None]), told(0.5, 0.5, &[]));
    }

    #[test]
    fn digits_that_were_not_seen_are_nearly_as_good_as_those_that_were() {
        let mut chances = [0.0; 256];
        chances[usize::from(b'0')..=usize::from(b'9')].fill(0.09);
        chances[usize::from(b')')] = 0.1;
        let mut seen = Seen::default();
        b"333.".iter().for_each(|byte| seen.count(*byte, 1.0));
        blend_digits(&mut chances, &seen, 1.0, f64::INFINITY);
        assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        // Two kinds were seen in four observations: two thirds of what comes are digits as three of four are, and a
        // third as expected.  The digit that was seen thrice: (3 + 2.5) / 28 of that.
        let digits = 2.0 / 3.0 * 0.75 + 1.0 / 3.0 * 0.9;
        assert!((chances[usize::from(b'3')] - digits * 5.5 / 28.0).abs() < 1e-6);
        assert!((chances[usize::from(b'8')] - digits * 2.5 / 28.0).abs() < 1e-6);
        assert!((chances[usize::from(b'.')] - 2.0 / 3.0 * 0.25).abs() < 1e-6);
        let mut level = chances;
        level_digits(&mut level, 0.5);
        assert!((level[usize::from(b'8')] - (chances[usize::from(b'8')] + digits / 10.0) / 2.0).abs() < 1e-6);
        assert!((level.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
