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
    /// A telegram each.
    pub(super) telegrams: Vec<Seen>,
}

impl Told {
    /// What one telegram says counts for as many readings of it.
    const DOUBT: f64 = 1.0;

    /// Makes of what is to be expected in this context what is to be expected of this meter.
    ///
    /// A telegram's readings are what was expected times what was heard.  If it is the same in all of them, the
    /// chances are what was expected times all that was heard; how well that goes together shows whether it is.
    pub(super) fn tell(&self, chances: &mut [f64; 256]) {
        let mut same = *chances;
        for seen in &self.telegrams {
            let total = f64::from(seen.total) + Told::DOUBT;
            let mut ratios = [Told::DOUBT / total; 256];
            for (byte, n) in &seen.bytes {
                let at = usize::from(*byte);
                if let (Some(ratio), Some(chance)) = (ratios.get_mut(at), chances.get(at)) {
                    *ratio += f64::from(*n) / total / chance.max(1e-9);
                }
            }
            same.iter_mut().zip(ratios).for_each(|(same, ratio)| *same *= ratio);
        }
        let together: f64 = same.iter().sum();
        let weight = self.constancy * together;
        let constant = weight / (weight + 1.0 - self.constancy).max(1e-300);
        for (chance, same) in chances.iter_mut().zip(same) {
            *chance = (1.0 - constant) * *chance + constant * same / together.max(1e-300);
        }
    }
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
