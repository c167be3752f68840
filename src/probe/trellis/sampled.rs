//! What a receiver delivers, as the trellis takes it.

use crate::line::uart::parity_bit;
use crate::line::{DataBits, Flag, Flags, Heard, LineSettings, Parity};
use crate::probe::arrival::Arrival;

/// What a receiver looks at, behind a falling edge: so many data bits, a parity bit perhaps, and the stop bit.
///
/// On a line with other settings these are just levels one bit apart, and which of them a receiver looks at before it
/// waits for the next falling edge decides what remains unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Bits that it delivers.
    pub data_bits: DataBits,
    /// A parity bit that it looks at, and tells of, if at all, by a flag.
    pub parity: Parity,
}

impl Window {
    /// What is listened with first.
    pub const EIGHT_N: Window = Window { data_bits: DataBits::Eight, parity: Parity::None };

    /// The number of the stop bit's sample, from 0 for the first data bit.
    #[inline]
    pub(super) const fn stop(self) -> u8 {
        self.data_bits.count() + matches!(self.parity, Parity::Even | Parity::Odd) as u8
    }

    /// Bits from the falling edge to the middle of the stop bit.
    pub fn length(self) -> f64 {
        1.5 + f64::from(self.stop())
    }
}

impl From<LineSettings> for Window {
    fn from(settings: LineSettings) -> Self {
        Window { data_bits: settings.data_bits, parity: settings.parity }
    }
}

/// A received character, as the trellis takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampled {
    /// The data bits.
    pub byte: u8,
    /// What was looked at.
    pub window: Window,
    /// Whether the stop bit was high, and the parity bit as the receiver wants it, if the adapter told.
    pub good: Option<bool>,
    /// When it arrived, where that tells anything (see [`crate::probe::arrival::timed`]).
    pub arrival: Option<Arrival>,
}

impl Sampled {
    /// The parity bit that the receiver wants behind this byte.
    #[inline]
    pub(super) fn wanted(&self) -> bool {
        parity_bit(self.window.parity, self.byte, self.window.data_bits.count()).unwrap_or(true)
    }
}

/// Characters that were listened to with these settings, with what their flags tell.
///
/// A flagged packet of an FTDI has at least one bad character: which, it does not say, unless it holds a single one.
pub fn sampled(heard: &[Heard], settings: LineSettings, flags: Flags) -> Vec<Sampled> {
    let alone = |i: usize, h: &Heard| {
        let same = |other: Option<&Heard>| other.is_some_and(|o| o.at == h.at);
        !same(heard.get(i + 1)) && !same(i.checked_sub(1).and_then(|p| heard.get(p)))
    };
    let good = |i: usize, h: &Heard| match (flags, h.flag) {
        (Flags::None, _) => None,
        (_, Flag::None) => Some(true),
        (Flags::PerCharacter, _) => Some(false),
        // A break marks the last character of its packet, whichever it was.
        (Flags::PerPacket, _) => alone(i, h).then_some(false),
    };
    let window = Window::from(settings);
    let one = |(i, h): (usize, &Heard)| Sampled { byte: h.byte, window, good: good(i, h), arrival: None };
    heard.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::StopBits;
    use crate::line::random::Random;
    use crate::line::uart::{Model, Receiver, Transmitter, Wire};
    use crate::probe::content::Content;
    use crate::probe::trellis::{Hypothesis, Search, USUAL};
    use std::time::Duration;

    fn line(data_bits: DataBits, parity: Parity, stop_bits: StopBits) -> LineSettings {
        LineSettings { baudrate: 9600, data_bits, parity, stop_bits }
    }

    /// What a receiver delivers of `text` on an inverted line.
    fn hear(text: &[u8], sent: LineSettings, listening: LineSettings, model: Model) -> Vec<Heard> {
        let mut wire = Wire::new(true);
        let mut edges = Vec::new();
        let end = Transmitter::new(sent).send(0.01, text, &mut Random::new(1), &mut edges);
        wire.add(&edges);
        let mut receiver = Receiver::new(&listening, model, &wire, 0.0);
        let mut heard = Vec::new();
        // Opened on a low line, some report a break long before the text begins.
        while let Some(c) = receiver.next(&wire, end + 0.01) {
            let flag = match c {
                c if c.broke => Flag::Break,
                c if c.framing || c.parity => Flag::Error,
                _ => Flag::None,
            };
            if c.at < 0.01 {
                continue;
            }
            heard.push(Heard { byte: c.byte, flag, at: Duration::from_secs_f64(c.at) });
        }
        heard
    }

    #[test]
    fn inverted_text_is_read_through_any_window() {
        use DataBits::{Eight, Seven};
        let text = b"/ISK5\\2M550T-1012\r\n\r\n1-3:0.2.8(50)\r\n1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0(00.420*kW)\r\n";
        let sent = [
            (line(Eight, Parity::None, StopBits::One), false),
            (line(Eight, Parity::None, StopBits::Two), true),
            (line(Eight, Parity::Even, StopBits::One), false),
            (line(Seven, Parity::Odd, StopBits::One), false),
        ];
        let windows =
            [(Eight, Parity::None), (Eight, Parity::Even), (Eight, Parity::Odd), (Seven, Parity::None)];
        for (sent, two_stop_bits) in sent {
            for (data_bits, parity) in windows {
                for model in [Model::A, Model::B] {
                    let listening = line(data_bits, parity, StopBits::One);
                    let heard = hear(text, sent, listening, model);
                    let samples = sampled(&heard, listening, Flags::PerCharacter);
                    let hypothesis = Hypothesis {
                        invert: true,
                        data_bits: sent.data_bits,
                        parity: sent.parity,
                        two_stop_bits,
                        model,
                        step: 1.0,
                        content: Content::Text,
                    };
                    let mut search = Search::new(&hypothesis, USUAL);
                    search.feed(&samples);
                    let right = search.readings(9.0).take(500).any(|(_, bytes)| bytes.starts_with(text));
                    assert!(right, "{sent} through {listening}, {model:?}: {}", search.cost());
                }
            }
        }
    }
}
