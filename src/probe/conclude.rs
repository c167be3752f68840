//! What a probe knows at its end, put into words.

use super::faults::{self, Known};
use super::options::Narrow;
use super::run::{Found, Session};
use super::telegram::ParityView;
use super::verdict::{Mode, SURE_ENOUGH, Verdict};
use crate::decode::{Message, Protocol, Status, TagState};
use crate::line::{DataBits, Flags, Parity, StopBits};

/// With more doubt of a reading that was put right, it is said.
const WORTH_SAYING: f64 = 0.01;

impl Session<'_> {
    /// What is known now.
    pub(super) fn conclude(self) -> Verdict {
        let mut verdict = Verdict {
            telegrams: self.taken.map_or(self.telegrams, |(telegrams, _)| telegrams),
            line_time: self
                .taken
                .map_or_else(|| self.adapter.now().saturating_sub(self.began), |(_, time)| time),
            faults: self.faults(),
            ..Verdict::default()
        };
        for fault in &verdict.faults.clone() {
            verdict.advise(fault.advice());
        }
        match &self.found {
            Some(found) => self.conclude_found(found, &mut verdict),
            None => self.conclude_nothing(&mut verdict),
        }
        verdict.messages = self.messages;
        verdict
    }

    /// What is wrong with the line.
    fn faults(&self) -> Vec<faults::Fault> {
        let known = Known {
            found: self
                .found
                .as_ref()
                .map(|found| (found.settings, matches!(found.decoded.parity, ParityView::Known(..)))),
            flags: self.capabilities.flags,
            listened: self.adapter.now().saturating_sub(self.began),
            asked: self.mode == Mode::Pull,
            explained: self.belief.invert.is_some(),
            random: self.belief.ciphered,
            driver_breaks: self.adapter.error_counts().map_or(0, |counts| counts.breaks),
        };
        faults::diagnose(&self.record, &known)
    }

    fn conclude_found(&self, found: &Found, verdict: &mut Verdict) {
        verdict.found = true;
        let count = found.decoded.messages.len();
        let named = found.decoded.messages.first().map(|m| m.protocol);
        let protocol = self.asked.or(named).unwrap_or(Protocol::Unknown);
        let why = if found.decoded.certain() {
            "a message with a good checksum was decoded with it".to_owned()
        } else if self.messages.len() > 1 {
            "two messages that agree were decoded with it".to_owned()
        } else {
            "a message was decoded with it, and what was heard of the one before agrees".to_owned()
        };
        let why = if self.mode == Mode::Pull && count == 0 {
            "the meter answered with a frame whose checksum holds".to_owned()
        } else {
            why
        };
        if self.capabilities.doubtful {
            self.conclude_doubtful(found, verdict);
        } else if self.capabilities.configurable || self.adapter.settings().is_some() {
            verdict.say_baudrate(found.settings.baudrate, 0.9999, &*why);
            verdict.say_data_bits(found.decoded.data_bits, 0.999, &*why);
            self.conclude_parity(found, verdict);
            if let Some(given) = self.options.narrow.stop_bits.filter(|given| *given != StopBits::One) {
                verdict.say_stop_bits(
                    given,
                    0.9,
                    "given: a receiver cannot tell longer stop bits from idle time, and needs not",
                );
            } else if self.mode == Mode::Pull && found.settings.stop_bits == StopBits::Two {
                verdict.say_stop_bits(
                    StopBits::Two,
                    0.9,
                    "the protocol prescribes 2, and the meter answers to them",
                );
            } else {
                verdict.say_stop_bits(
                    StopBits::One,
                    0.9,
                    "at least 1: a receiver cannot tell longer stop bits from idle time, and needs not",
                );
            }
            if found.invert {
                let why = format!("{why}, inverted: the line idles low, and was put right by computation");
                verdict.say_rx_invert(true, 0.9999, why);
                if self.doubt > WORTH_SAYING {
                    verdict.advise(format!(
                        "of such readings of an inverted line, one in {:.0} or fewer has a wrong digit although its \
                         checksum holds; the settings are not in doubt",
                        1.0 / self.doubt
                    ));
                }
            } else {
                verdict.say_rx_invert(false, 0.9999, &*why);
            }
        } else {
            verdict.advise("this port only delivers bytes: how its line is set cannot be known from here");
        }
        verdict.say_protocol(protocol, 0.9999, format!("{count} complete in this telegram; {why}"));
        match self.mode {
            Mode::Push => verdict.say_mode(Mode::Push, 0.999, "the meter spoke without being asked"),
            Mode::Pull => verdict.say_mode(Mode::Pull, 0.999, "the meter answered when it was asked"),
        }
        conclude_cipher(&self.messages, verdict);
        self.conclude_given(verdict);
    }

    /// What was given and is not so.
    fn conclude_given(&self, verdict: &mut Verdict) {
        let narrow = &self.options.narrow;
        if let (Some(given), Some(known)) = (narrow.parity, verdict.parity)
            && given != known
        {
            verdict.advise(format!(
                "--parity {} was given, but the line shows parity {}",
                given.as_str(),
                known.as_str()
            ));
        }
        if let (Some(given), Some(known)) = (narrow.invert, verdict.rx_invert)
            && given != known
        {
            let not = if known { "" } else { "not " };
            verdict.advise(format!("--invert={given} was given, but the line is {not}inverted"));
        }
    }

    /// What a port tells that need not be set as it was asked to: only what the bytes themselves show.
    fn conclude_doubtful(&self, found: &Found, verdict: &mut Verdict) {
        let port = &self.capabilities.driver;
        let text = |m: &Message| matches!(m.protocol, Protocol::Dsmr | Protocol::Iec62056);
        match found.decoded.parity {
            // The eighth bit was taken off the bytes, and it is the parity of the other seven.
            ParityView::Known(parity, evidence)
                if found.decoded.data_bits == DataBits::Seven
                    && found.settings.data_bits == DataBits::Eight =>
            {
                let why = format!(
                    "in {evidence} characters the eighth bit is the {} parity of the other seven",
                    parity.as_str()
                );
                verdict.say_data_bits(DataBits::Seven, 0.94, &*why);
                verdict.say_parity(parity, 0.94, why);
            }
            _ if found.decoded.data_bits == DataBits::Eight && !found.decoded.messages.iter().all(text) => {
                verdict.say_data_bits(DataBits::Eight, 0.99, "the message uses all eight bits of its bytes");
            }
            _ => {}
        }
        if !self.capabilities.configurable && self.adapter.settings().is_none() {
            verdict.advise(format!("this port ({port}) only delivers bytes: baud rate, parity, stop bits and polarity are set at its other end and cannot be known from here"));
            return;
        }
        let rate = found.settings.baudrate;
        if self.record.was_deaf_at_another_rate(rate) {
            verdict.say_baudrate(
                rate,
                0.75,
                format!("a message was decoded with it and not at another one, but this port ({port}) does not confirm what is set"),
            );
        } else {
            verdict.say_baudrate(
                rate,
                0.3,
                format!("a message was decoded while it was set, but this port ({port}) need not set a line: it may be good at any"),
            );
        }
        verdict.advise(format!("this port ({port}) does not confirm what it was asked to set, so parity, stop bits and polarity stay unknown, and the baud rate is a guess: look at how its other end is set"));
    }

    fn conclude_parity(&self, found: &Found, verdict: &mut Verdict) {
        match found.decoded.parity {
            ParityView::Known(parity, evidence) => {
                let confidence = 1.0 - 0.5f64.powi(i32::try_from(evidence.min(14)).unwrap_or(14));
                let why = format!(
                    "{evidence} characters or packets would have been flagged otherwise under any other parity"
                );
                verdict.say_parity(parity, confidence, why);
            }
            ParityView::Some => {
                verdict.advise("the line has a parity bit, but this adapter flags whole packets and does not tell whether it is even or odd; even is usual");
            }
            ParityView::Unknown if self.options.narrow.parity.is_some() => {
                let given = self.options.narrow.parity.unwrap_or(Parity::None);
                verdict.say_parity(given, 0.85, "given, and nothing that was heard speaks against it");
            }
            ParityView::Unknown if self.capabilities.flags == Flags::None => {
                verdict.advise("this adapter does not report parity or framing errors, so the parity stays unknown; try none first, then even");
            }
            ParityView::Unknown => {
                verdict.advise("the errors that this adapter reports fit no parity, so it stays unknown; try none first, then even");
            }
        }
    }

    fn conclude_nothing(&self, verdict: &mut Verdict) {
        if self.stopped {
            verdict.advise("interrupted before the line was understood; what is said here may be incomplete");
        }
        for remark in &self.remarks {
            verdict.advise(remark);
        }
        if self.characters == 0 && self.mode == Mode::Pull {
            verdict.advise("nothing answered: check the wiring (meters on an optical head want it placed right; M-Bus wants a level converter), and the key for MEP");
            return;
        }
        if self.characters == 0 {
            verdict.advise("a meter that only answers needs --mode pull");
            return;
        }
        if let (Some((protocol, settings)), Some(given)) = (self.other_protocol, self.options.narrow.protocol)
        {
            verdict.advise(format!("a message of {protocol} was decoded at {settings}, but --protocol {given} was given: probe again without it"));
            return;
        }
        for protocol in &self.named {
            verdict.say_protocol(*protocol, 0.75, "its framing was recognised");
            verdict.advise(format!("this looks like {protocol}, which the gateway does not speak"));
        }
        self.conclude_belief(verdict);
        if !verdict.faults.is_empty() {
            return;
        }
        if verdict.rx_invert == Some(true) && verdict.confidence("rx_invert") >= SURE_ENOUGH {
            return;
        }
        let end = if self.adapter.now() >= self.deadline || self.stopped {
            "listen longer (--timeout), or check the wiring"
        } else {
            "check the wiring"
        };
        verdict
            .advise(format!("characters were received, but no complete message with a good checksum: {end}"));
        let given = given(&self.options.narrow);
        if !given.is_empty() {
            verdict.advise(format!("what was given may be wrong: probe again without {}", given.join(", ")));
        }
    }

    /// What inference says without a checksum to vouch for it: never as certain as with one.
    fn conclude_belief(&self, verdict: &mut Verdict) {
        let belief = &self.belief;
        if let Some((given, heard, lead)) = self.otherwise {
            verdict.say_baudrate(
                heard,
                0.75,
                format!("it leads by {lead:.0} nats in what was heard at 115200 8N1; {given} was given, and nothing was decoded with it"),
            );
            return;
        }
        // Edges that come late, noise and a second talker can pass for any polarity and format.
        let disturbed = !verdict.faults.is_empty();
        // One telegram can deceive more easily than several.
        let sure = |lead: f64| {
            let most = match (belief.telegrams, belief.ciphered, self.capabilities.flags) {
                // Random bytes look alike from both sides when no errors are told.
                (_, true, Flags::None | Flags::PerPacket) => 0.6,
                (2.., _, Flags::PerCharacter) => 0.94,
                _ => 0.9,
            };
            let most = if disturbed { 0.6 } else { most };
            (1.0 - 0.5 * (-0.5 * lead).exp()).min(most)
        };
        if let Some((baudrate, lead)) = belief.baudrate
            && belief.invert.is_some()
        {
            let why = if lead.is_finite() {
                format!(
                    "it leads by {lead:.0} nats in what was heard at 115200 8N1, and characters make sense at it"
                )
            } else {
                "given, and characters make sense at it".to_owned()
            };
            verdict.say_baudrate(baudrate, sure(lead), why);
        }
        if disturbed {
            return;
        }
        if let Some((invert, lead)) = belief.invert {
            let why = format!(
                "{} explains the characters and their framing errors {lead:.0} nats better than the opposite",
                if invert { "an inverted line" } else { "a line that is not inverted" }
            );
            verdict.say_rx_invert(invert, sure(lead), why);
            if invert {
                let content = if belief.ciphered {
                    "its characters look random, as ciphered ones do, and such a line cannot be put right by computation"
                } else {
                    "it was not decoded: putting it right by computation did not give a good checksum yet"
                };
                verdict.advise(format!("the line seems inverted, and {content}: invert it in the adapter (FT232R: RXD inversion in its EEPROM, with FT_PROG or ftconf.py) or with a transistor, and probe again"));
                verdict.advise("the gateway itself inverts with rx_invert=true, whatever the content; RS-232 levels at a TTL input look inverted too, and want a level converter");
            }
        }
        if let Some((data_bits, parity, lead)) = belief.format {
            let why = format!("it explains what was heard {lead:.0} nats better than any other format");
            verdict.say_data_bits(data_bits, sure(lead).min(0.93), &*why);
            verdict.say_parity(parity, sure(lead).min(0.93), why);
        }
    }
}

/// The options that were given of a line's settings.
fn given(narrow: &Narrow) -> Vec<&'static str> {
    let all = [
        (narrow.baudrate.is_some(), "--baudrate"),
        (narrow.parity.is_some(), "--parity"),
        (narrow.stop_bits.is_some(), "--stop-bits"),
        (narrow.invert.is_some(), "--invert"),
        (narrow.protocol.is_some(), "--protocol"),
    ];
    all.into_iter().filter(|(given, _)| *given).map(|(_, name)| name).collect()
}

fn conclude_cipher(messages: &[Message], verdict: &mut Verdict) {
    let secured = messages.iter().filter_map(|m| m.security.as_ref().map(|s| (m, s)));
    let ciphered: Vec<_> = secured.filter(|(_, s)| s.ciphered).collect();
    if ciphered.is_empty() {
        if messages.iter().any(|m| m.status == Status::Ok) {
            verdict.say_encrypted(false, 0.9999, "the content is readable as it is");
        }
        return;
    }
    verdict.say_encrypted(true, 0.9999, "the message says that its content is ciphered");
    if ciphered.iter().any(|(m, _)| m.status == Status::Encrypted) {
        verdict.advise("the content is encrypted: ask the grid operator for the key, then give it with --key, and to the gateway as encryption_key");
    } else if ciphered.iter().any(|(m, _)| m.status == Status::DecryptFailed) {
        verdict.advise("the key given does not open the content: check it with the grid operator");
    } else if ciphered.iter().any(|(_, s)| s.tag == TagState::Unverified) {
        verdict.advise("decrypted; the authentication tag was not checked, since no --auth-key was given");
    }
}
