//! What to listen with to an inverted line.
//!
//! Its idle level is a start bit to the receiver, so that no settings are right.  But the receiver's settings decide how
//! many levels it looks at behind each falling edge, and so what goes unseen: after a low stop bit a receiver of model A
//! sees nothing until the line has risen and fallen again.

use super::content::Content;
use super::trellis::{Hypothesis, Window};
use crate::line::uart::Model;
use crate::line::{DataBits, Flags, Parity};

/// With these, one character of the receiver is as long as one of eight data bits and two stop bits.
const ELEVEN_BITS: Window = Window { data_bits: DataBits::Eight, parity: Parity::Even };

/// With these, it is one bit shorter than one of eight data bits, and sees where that ends from other edges.
const NINE_BITS: Window = Window { data_bits: DataBits::Seven, parity: Parity::None };

/// Text of eight data bits that this many telegrams through [`Window::EIGHT_N`] left open, is not so by chance.
const BY_CHANCE: usize = 3;

/// Binary content is left open by chance no more often than this.
const BINARY: usize = 2;

/// What lets most be read of the next telegram, if the line is what it is taken for, after so many were `heard` as
/// inverted, the last one through `last`.
///
/// Text with two stop bits and pauses behind 15 % of its characters leaves 0.54 nats open in each digit that is read
/// through 8N1, by exhaustive calculation over all digits and pauses, and 0.09 through 8E1, whose characters end where
/// those of the line do.  Where each character's errors are told the difference is small, and flags that may mean the
/// parity bit as well as the stop bit tell less.
///
/// Other text leaves less open.  But digits that cannot be told from others, as `70` and `83` of 7E1 through 8N1, can be
/// told in no telegram that is heard so again; through another window they can.
///
/// Of binary content most bytes are said again in each telegram, but what goes unseen of them through a window does so
/// each time.  Behind a receiver of model A this is open in a byte, in nats, by exhaustive calculation over two random
/// bytes that follow each other without a pause, where one flag tells of a bad stop bit as well as of a bad parity bit:
///
/// | errors | line | 8N1 | 8E1 | 7N1 | 8N1 and 8E1 | 8N1 and 7N1 | all three |
/// |---|---|---|---|---|---|---|---|
/// | not told | 8N1 | 0.470 | 1.100 | 0.838 | 0.218 | 0.146 | 0.099 |
/// | | 8N2 | 0.721 | 1.004 | 0.738 | 0.309 | 0.147 | 0.059 |
/// | | 8E1 | 0.343 | 0.509 | 0.409 | 0.130 | 0.093 | 0.029 |
/// | | 8O1 | 0.365 | 0.486 | 0.353 | 0.095 | 0.052 | 0.009 |
/// | told | 8N1 | 0.190 | 0.791 | 0.358 | 0.072 | 0.066 | 0.033 |
/// | | 8N2 | 0.288 | 0.610 | 0.394 | 0.088 | 0.041 | 0.016 |
/// | | 8E1 | 0.146 | 0.372 | 0.116 | 0.044 | 0.045 | 0.013 |
/// | | 8O1 | 0.146 | 0.336 | 0.071 | 0.026 | 0.024 | 0.003 |
///
/// So 8N1 and 7N1 take turns, but only behind two telegrams through 8N1: what changes, and most telegrams are read from
/// those two, is read best through that.
pub(super) fn for_next(line: &Hypothesis, flags: Flags, last: Window, heard: usize) -> Window {
    let unseen = line.model == Model::A && flags != Flags::PerCharacter;
    let by_chance = if line.data_bits == DataBits::Seven { 0 } else { BY_CHANCE };
    match line.content {
        Content::Text if line.two_stop_bits && unseen => ELEVEN_BITS,
        Content::Text if unseen && heard >= by_chance && last == Window::EIGHT_N => NINE_BITS,
        Content::Dlms | Content::Mbus | Content::Flat if heard >= BINARY && last == Window::EIGHT_N => {
            NINE_BITS
        }
        Content::Text | Content::Dlms | Content::Mbus | Content::Flat => Window::EIGHT_N,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Hypothesis = Hypothesis {
        invert: true,
        data_bits: DataBits::Eight,
        parity: Parity::None,
        two_stop_bits: false,
        model: Model::A,
        step: 1.0,
        content: Content::Text,
    };

    /// What a line is listened to through, telegram by telegram.
    fn windows(line: &Hypothesis, flags: Flags) -> [Window; 5] {
        let mut last = Window::EIGHT_N;
        [1, 2, 3, 4, 5].map(|heard| {
            last = for_next(line, flags, last, heard);
            last
        })
    }

    #[test]
    fn two_stop_bits_are_listened_to_through_as_many_bits() {
        let line = Hypothesis { two_stop_bits: true, ..LINE };
        assert_eq!(windows(&line, Flags::None), [ELEVEN_BITS; 5]);
        assert_eq!(windows(&line, Flags::PerCharacter), [Window::EIGHT_N; 5]);
        assert_eq!(windows(&Hypothesis { model: Model::B, ..line }, Flags::None), [Window::EIGHT_N; 5]);
    }

    #[test]
    fn what_is_not_read_through_one_window_is_heard_through_another() {
        let (eight, nine) = (Window::EIGHT_N, NINE_BITS);
        let seven = Hypothesis { data_bits: DataBits::Seven, parity: Parity::Even, ..LINE };
        assert_eq!(windows(&seven, Flags::PerPacket), [nine, eight, nine, eight, nine]);
        assert_eq!(windows(&LINE, Flags::PerPacket), [eight, eight, nine, eight, nine]);
        assert_eq!(windows(&LINE, Flags::PerCharacter), [eight; 5]);
        let binary = |content| windows(&Hypothesis { content, ..LINE }, Flags::None);
        assert_eq!(binary(Content::Dlms), [eight, nine, eight, nine, eight]);
        // What looks like random bytes may be M-Bus.
        assert_eq!(binary(Content::Flat), binary(Content::Dlms));
    }
}
