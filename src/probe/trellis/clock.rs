//! How far the clocks of meter and receiver are apart.

use super::Hypothesis;

/// An estimate of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// How much longer than one of the meter a bit of the receiver is, as a share of it.
    pub error: f64,
    /// How well that is known.
    pub variance: f64,
}

impl Clock {
    /// What several telegrams show of the same clocks; none if there are none.
    pub fn together(clocks: impl IntoIterator<Item = Clock>) -> Option<Clock> {
        let add = |(sum, weights): (f64, f64), clock: Clock| {
            (sum + clock.error / clock.variance, weights + 1.0 / clock.variance)
        };
        let (sum, weights) = clocks.into_iter().fold((0.0, 0.0), add);
        (weights > 0.0).then(|| Clock { error: sum / weights, variance: 1.0 / weights })
    }

    /// The same hypothesis with these clocks.
    pub fn of(&self, hypothesis: &Hypothesis) -> Hypothesis {
        Hypothesis { step: hypothesis.nominal_step() * (1.0 + self.error), ..*hypothesis }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_better_counts_for_more() {
        let clock = |error, deviation: f64| Clock { error, variance: deviation * deviation };
        let both = Clock::together([clock(0.004, 0.001), clock(0.009, 0.002)]).unwrap();
        // Weights 4 and 1; 1/variance adds up: 1.25e6.
        assert!((both.error - 0.005).abs() < 1e-12);
        assert!((both.variance - 0.8e-6).abs() < 1e-12);
        assert_eq!(Clock::together([]), None);
    }
}
