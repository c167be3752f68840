//! Telegrams heard at twice or three times their baud rate, compared with what a later one would have sounded like.

use super::in_order;
use crate::line::random::Random;
use crate::line::uart::{Model, Receiver, Transmitter, Wire};
use crate::line::{LineSettings, Parity};

/// Shorter ones prove nothing.
const SHORTEST: usize = 32;

/// Longer ones are not needed, and what is compared costs the square of it.
const LONGEST: usize = 400;

/// Would `frame` on a line like `line` have been heard nearly as `heard` by somebody who listened with `listening`?
///
/// Fast listening leaves few values to a character: of any two telegrams half agree in order at twice the baud rate,
/// and more at three times.  Of two of the same meter far more do, as little but its counters changes, even where
/// pauses between the bytes shift what is heard.
pub(in crate::probe) fn sounds_like(
    frame: &[u8],
    line: &LineSettings,
    listening: &LineSettings,
    heard: &[u8],
) -> bool {
    let heard = heard.get(..heard.len().min(LONGEST)).unwrap_or_default();
    let percent = if 5 * line.baudrate < 2 * listening.baudrate { 78 } else { 68 };
    // What was heard of a line that was listened to without parity may have one; and how receivers go on after
    // a framing error differs.
    [Model::A, Model::B].into_iter().any(|model| {
        [Parity::None, Parity::Even, Parity::Odd].into_iter().any(|parity| {
            let mut again = sound(frame, &LineSettings { parity, ..*line }, listening, model);
            // A second frame may follow, and of a long one the beginning is enough.
            again.truncate(LONGEST);
            let longer = again.len().max(heard.len());
            again.len().min(heard.len()) >= SHORTEST
                && 100 * in_order(&again, heard, |_| true).0 >= percent * longer
        })
    })
}

/// What somebody who listens with `listening` hears of `bytes`.
fn sound(bytes: &[u8], line: &LineSettings, listening: &LineSettings, model: Model) -> Vec<u8> {
    let mut edges = Vec::new();
    // Nothing of it is left to chance.
    let end = Transmitter::new(*line).send(0.01, bytes, &mut Random::new(0), &mut edges);
    let mut wire = Wire::new(false);
    wire.add(&edges);
    let mut receiver = Receiver::new(listening, model, &wire, 0.0);
    std::iter::from_fn(|| receiver.next(&wire, end + 0.01)).map(|character| character.byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{DataBits, StopBits};

    const FAST: LineSettings = LineSettings {
        baudrate: 115_200,
        data_bits: DataBits::Eight,
        parity: Parity::None,
        stop_bits: StopBits::One,
    };

    /// A long M-Bus frame of random content.
    fn frame(length: u8, random: &mut Random) -> Vec<u8> {
        let mut out = vec![0x68, length + 3, length + 3, 0x68, 0x08, 0x01, 0x72];
        out.extend((0..length).map(|_| random.byte()));
        out.extend([random.byte(), 0x16]);
        out
    }

    #[test]
    fn the_same_meter_sounds_the_same() {
        let mut random = Random::new(3);
        for baudrate in [38_400, 57_600] {
            for parity in [Parity::None, Parity::Even, Parity::Odd] {
                for model in [Model::A, Model::B] {
                    let line = LineSettings { baudrate, parity, ..FAST };
                    let first = frame(60, &mut random);
                    let mut next = first.clone();
                    // An access number, a counter and the checksum went on.
                    for at in [15, 30, 31, 67] {
                        next[at] = random.byte();
                    }
                    let heard = sound(&first, &line, &FAST, model);
                    let unknown = LineSettings { parity: Parity::None, ..line };
                    assert!(sounds_like(&next, &unknown, &FAST, &heard), "{line} {model:?}");
                }
            }
        }
    }

    #[test]
    fn other_telegrams_do_not() {
        let mut random = Random::new(4);
        for round in 0..400 {
            let line = LineSettings { baudrate: [38_400, 57_600][round % 2], ..FAST };
            let length = 20 + random.below(80) as u8;
            let heard = sound(&frame(length, &mut random), &line, &FAST, Model::A);
            let other = frame(length, &mut random);
            assert!(!sounds_like(&other, &line, &FAST, &heard), "{round}");
        }
    }
}
