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

/// What lets most be read of the next telegram, if the line is what it is taken for.
///
/// Text with two stop bits and pauses behind 15 % of its characters leaves 0.54 nats open in each digit that is read
/// through 8N1, by exhaustive calculation over all digits and pauses, and 0.09 through 8E1, whose characters end where
/// those of the line do.  Where each character's errors are told the difference is small, and flags that may mean the
/// parity bit as well as the stop bit tell less.  For other text, 8N1 is as good.
pub(super) fn for_next(line: &Hypothesis, flags: Flags) -> Window {
    let unseen = line.model == Model::A && flags != Flags::PerCharacter;
    if line.content == Content::Text && line.two_stop_bits && unseen { ELEVEN_BITS } else { Window::EIGHT_N }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_stop_bits_are_listened_to_through_as_many_bits() {
        let line = Hypothesis {
            invert: true,
            data_bits: DataBits::Eight,
            parity: Parity::None,
            two_stop_bits: true,
            model: Model::A,
            step: 1.0,
            content: Content::Text,
        };
        assert_eq!(for_next(&line, Flags::None), ELEVEN_BITS);
        assert_eq!(for_next(&line, Flags::PerCharacter), Window::EIGHT_N);
        assert_eq!(for_next(&Hypothesis { two_stop_bits: false, ..line }, Flags::None), Window::EIGHT_N);
        assert_eq!(for_next(&Hypothesis { model: Model::B, ..line }, Flags::None), Window::EIGHT_N);
    }
}
