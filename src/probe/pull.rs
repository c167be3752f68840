//! Meters that speak only when asked: asks in each protocol's usual way, and listens for the answer.
//!
//! Only reads are sent, and only when the user wants it.  What the adapter hears of its own request (an
//! optical head echoes) is skipped.

use super::ask;
use super::run::{Ended, Found, Session};
use super::telegram::{self, Burst, Decoded, ParityView};
use super::verdict::Mode;
use crate::decode::{self, Direction, Message, Protocol};
use crate::error::Result;
use crate::line::{DataBits, Flag, Flags, LineSettings, Parity, StopBits};
use std::time::Duration;

/// The longest that a meter thinks before it answers: KMP and M-Bus allow well under a second, heads with
/// their own wake-up a bit more.
const PATIENCE: Duration = Duration::from_secs(3);

/// KMP registers that nearly every meter has: energy, volume, hours, flow, flow and return temperature.
const REGISTERS: [u16; 6] = [60, 68, 1004, 74, 86, 87];

/// MEP tables: ET03 (identification, readable without a key), BT01 (manufacturer), BT23 (readings).
const TABLES: [u16; 3] = [0x0803, 0x0001, 0x0017];

/// So many characters that answer nothing are what a meter says by itself.
const UNASKED: usize = 8;

/// So often all questions are put.
const ROUNDS: u32 = 2;

const fn line(baudrate: u32, data_bits: DataBits, parity: Parity, stop_bits: StopBits) -> LineSettings {
    LineSettings { baudrate, data_bits, parity, stop_bits }
}

/// A protocol, a line that meters of it use, and what is asked on it.
struct Question {
    protocol: Protocol,
    settings: LineSettings,
    requests: Vec<Vec<u8>>,
}

impl Session<'_> {
    /// The questions, the ones answered fastest first.
    fn questions(&self) -> Vec<Question> {
        let plain = |baudrate| line(baudrate, DataBits::Eight, Parity::None, StopBits::One);
        let even = |baudrate| line(baudrate, DataBits::Eight, Parity::Even, StopBits::One);
        let kmp = vec![ask::kmp::get_type(), ask::kmp::get_serial(), ask::kmp::get_register(&REGISTERS)];
        let mbus = || {
            vec![
                ask::mbus::req_ud2(ask::mbus::ANYONE, true).to_vec(),
                ask::mbus::req_ud2(ask::mbus::ANYONE, false).to_vec(),
            ]
        };
        let mut client = ask::mep::Client::new(self.options.keys.encryption, false);
        let mep = TABLES.iter().map(|table| client.read(*table)).collect();
        let hdlc = || {
            vec![ask::hdlc::snrm(1, ask::hdlc::PUBLIC_CLIENT), ask::hdlc::disc(1, ask::hdlc::PUBLIC_CLIENT)]
        };
        let question = |protocol, settings, requests| Question { protocol, settings, requests };
        let all = vec![
            question(Protocol::Kmp, line(1200, DataBits::Eight, Parity::None, StopBits::Two), kmp),
            question(Protocol::Mbus, even(2400), mbus()),
            question(Protocol::Mep, plain(9600), mep),
            question(Protocol::Hdlc, plain(9600), hdlc()),
            question(
                Protocol::Iec62056,
                line(300, DataBits::Seven, Parity::Even, StopBits::One),
                vec![ask::iec62056::SIGN_ON.to_vec()],
            ),
            question(Protocol::Mbus, even(300), mbus()),
        ];
        let narrow = &self.options.narrow;
        let mut kept = Vec::new();
        for mut question in all {
            if narrow.protocol.is_some_and(|protocol| protocol != question.protocol) {
                continue;
            }
            let settings = &mut question.settings;
            settings.baudrate = narrow.baudrate.unwrap_or(settings.baudrate);
            settings.parity = narrow.parity.unwrap_or(settings.parity);
            settings.stop_bits = narrow.stop_bits.unwrap_or(settings.stop_bits);
            kept.push(question);
        }
        kept
    }

    /// Asks until something answers.  Where something was heard that is no answer, a meter may push: then listens.
    pub(super) fn ask(&mut self) -> Result<()> {
        self.mode = Mode::Pull;
        let questions = self.questions();
        // A meter may have slept, or have been busy, the first time.
        for _ in 0..ROUNDS {
            for question in &questions {
                if self.over() {
                    return Ok(());
                }
                self.candidates = vec![(format!("{} {}", question.protocol, question.settings), 1.0)];
                if self.put_question(question)? {
                    return Ok(());
                }
            }
            if self.unasked {
                self.mode = Mode::Push;
                return self.hear_out();
            }
        }
        Ok(())
    }

    fn put_question(&mut self, question: &Question) -> Result<bool> {
        self.doing = "asking";
        self.set(question.settings)?;
        let mut messages: Vec<Message> = Vec::new();
        let mut linked = false;
        let mut clean = true;
        for request in &question.requests {
            if self.over() {
                break;
            }
            self.settle()?;
            self.adapter.discard()?;
            self.adapter.write(request)?;
            self.account.ask(self.adapter.now(), question.protocol);
            // The answer is a telegram of its own, even when it comes at once.
            self.last_heard = None;
            let Ended::Telegram(burst) = self.listen(PATIENCE)? else { break };
            let answer = without_echo(&burst, request);
            clean &= answer.iter().all(|h| h.flag == Flag::None);
            let bytes: Vec<u8> = answer.iter().map(|h| h.byte).collect();
            if bytes.is_empty() {
                break;
            }
            let before = messages.len();
            // A decoder understands an answer by its question.
            let mut both = request.clone();
            both.extend_from_slice(&bytes);
            let options = decode::Options { protocol: None, keys: self.options.keys };
            for message in decode::decode_all(&both, &options) {
                let answers = message.direction != Some(Direction::Request)
                    && usize::try_from(message.offset).is_ok_and(|at| at >= request.len());
                if answers && telegram::counts(&message) && message.protocol == question.protocol {
                    messages.push(message);
                }
            }
            if question.protocol == Protocol::Hdlc && answers_link(&bytes) {
                linked = true;
            }
            if question.protocol == Protocol::Iec62056 && bytes.first() == Some(&b'/') {
                self.name_iec(&bytes);
                return Ok(true);
            }
            if messages.len() == before && !linked {
                // A glitch is no telegram.
                self.unasked |= bytes.len() >= UNASKED;
                break;
            }
        }
        let weak = question.protocol == Protocol::Mbus && messages.len() < 2;
        if messages.is_empty() && !linked || weak {
            return Ok(false);
        }
        self.keep(messages.iter().cloned());
        // A meter that understood the question in this format and answers without an error uses it.
        let parity = if self.capabilities.flags != Flags::None && clean {
            ParityView::Known(question.settings.parity, 10)
        } else {
            ParityView::Unknown
        };
        let decoded = Decoded { messages, data_bits: question.settings.data_bits, parity };
        self.asked = Some(question.protocol);
        self.found = Some(Found { settings: question.settings, decoded, invert: false });
        Ok(true)
    }

    fn name_iec(&mut self, answer: &[u8]) {
        if !self.named.contains(&Protocol::Iec62056) {
            self.named.push(Protocol::Iec62056);
        }
        let text: String =
            answer.iter().map(|b| char::from(b & 0x7F)).filter(|c| !c.is_control()).take(40).collect();
        self.remarks.push(format!("the meter signed on as {text} (IEC 62056-21 at 300 7E1)"));
    }
}

/// What was heard behind the adapter's own words.
fn without_echo<'a>(burst: &'a Burst, request: &[u8]) -> &'a [crate::line::Heard] {
    let echoed =
        burst.heard.len() >= request.len() && burst.heard.iter().zip(request).all(|(h, r)| h.byte == *r);
    burst.heard.get(if echoed { request.len() } else { 0 }..).unwrap_or_default()
}

/// UA or DM: the answer to SNRM and DISC (ISO/IEC 13239, 5.5.3), in a frame whose checksum holds.
fn answers_link(bytes: &[u8]) -> bool {
    let start = bytes.iter().position(|b| *b == 0x7E);
    let frame = start.and_then(|at| bytes.get(at + 1..)).unwrap_or_default();
    let end = frame.iter().rposition(|b| *b == 0x7E);
    let frame = end.and_then(|end| frame.get(..end)).unwrap_or_default();
    frame.len() >= 7
        && crate::decode::checksum::x25(frame) == 0x0F47
        && frame.iter().skip(3).take(5).any(|b| matches!(b & 0xEF, 0x63 | 0x0F))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unnumbered_acknowledge_is_an_answer() {
        // UA of a DLMS meter without information, as many traces show it (server 1, public client).
        let ua = [0x7E, 0xA0, 0x07, 0x21, 0x03, 0x73];
        let sum = crate::decode::checksum::x25(&ua[1..]).to_le_bytes();
        let mut frame = ua.to_vec();
        frame.extend(sum);
        frame.push(0x7E);
        assert!(answers_link(&frame));
        frame[4] ^= 1;
        assert!(!answers_link(&frame));
    }
}
