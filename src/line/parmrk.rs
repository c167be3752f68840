//! The marks that a Unix terminal puts into its input for characters received in error.
//!
//! With `INPCK` and `PARMRK` set (POSIX.1-2017, section 11.2.2): `FF 00 c` is character `c` with a framing or
//! parity error, `FF 00 00` a break, and `FF FF` a good character FF.  A wrong FF is `FF 00 FF`, not doubled
//! (Linux, `n_tty_receive_parity_error`).  A NUL in error looks like a break.

use super::Flag;

/// Decodes such a stream, however it is cut into pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parmrk {
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Plain,
    /// After FF.
    Escape,
    /// After FF 00.
    Marked,
}

impl Parmrk {
    /// Takes the next octet; gives a character when one is complete.
    pub fn push(&mut self, octet: u8) -> Option<(u8, Flag)> {
        match (self.state, octet) {
            (State::Plain, 0xFF) => {
                self.state = State::Escape;
                None
            }
            (State::Plain, byte) => Some((byte, Flag::None)),
            (State::Escape, 0x00) => {
                self.state = State::Marked;
                None
            }
            // FF FF; anything else does not occur, and then the second octet is what arrived.
            (State::Escape, byte) => {
                self.state = State::Plain;
                Some((byte, Flag::None))
            }
            (State::Marked, 0x00) => {
                self.state = State::Plain;
                Some((0, Flag::Break))
            }
            (State::Marked, byte) => {
                self.state = State::Plain;
                Some((byte, Flag::Error))
            }
        }
    }

    /// Forgets a mark that is incomplete: the rest of it was thrown away.
    pub fn reset(&mut self) {
        self.state = State::Plain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the kernel writes it.
    fn encode(characters: &[(u8, Flag)]) -> Vec<u8> {
        let mut out = Vec::new();
        for &(byte, flag) in characters {
            match flag {
                Flag::None if byte == 0xFF => out.extend([0xFF, 0xFF]),
                Flag::None => out.push(byte),
                Flag::Error => out.extend([0xFF, 0x00, byte]),
                Flag::Break => out.extend([0xFF, 0x00, 0x00]),
            }
        }
        out
    }

    #[test]
    fn what_a_real_driver_delivered() {
        // Read from ftdi_sio: A, B, then C, FF and D in error, P with wrong parity, E, a break, a good FF, Z.
        let stream = [
            0x41, 0x42, 0xFF, 0x00, 0x43, 0xFF, 0x00, 0xFF, 0xFF, 0x00, 0x44, 0xFF, 0x00, 0x50, 0x45, 0xFF,
            0x00, 0x00, 0xFF, 0xFF, 0x5A,
        ];
        let mut decoder = Parmrk::default();
        let heard: Vec<_> = stream.into_iter().filter_map(|o| decoder.push(o)).collect();
        use Flag::{Break, Error, None};
        assert_eq!(
            heard,
            [
                (b'A', None),
                (b'B', None),
                (b'C', Error),
                (0xFF, Error),
                (b'D', Error),
                (b'P', Error),
                (b'E', None),
                (0, Break),
                (0xFF, None),
                (b'Z', None),
            ]
        );
    }

    fn character() -> impl Strategy<Value = (u8, Flag)> {
        prop_oneof![
            prop_oneof![any::<u8>(), Just(0xFF), Just(0x00)].prop_map(|b| (b, Flag::None)),
            // A NUL in error cannot be told from a break.
            (1..=255u8).prop_map(|b| (b, Flag::Error)),
            Just((0, Flag::Break)),
        ]
    }

    proptest! {
        #[test]
        fn every_stream_comes_back(characters in proptest::collection::vec(character(), 0..200), cut in 0usize..600) {
            let stream = encode(&characters);
            let mut decoder = Parmrk::default();
            let (head, tail) = stream.split_at(cut.min(stream.len()));
            let mut heard: Vec<_> = head.iter().filter_map(|o| decoder.push(*o)).collect();
            heard.extend(tail.iter().filter_map(|o| decoder.push(*o)));
            prop_assert_eq!(heard, characters);
            prop_assert_eq!(decoder, Parmrk::default());
        }
    }
}
