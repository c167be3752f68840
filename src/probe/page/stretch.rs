//! What was heard, in stretches: characters between two silences under the same settings.

use crate::decode::{self, Message, Protocol, Status};
use crate::line::{Flag, Flags, Heard, LineSettings};
use crate::probe::account::{Account, Step};
use crate::probe::run::SILENCE;
use crate::probe::telegram::{self, Burst};
use std::time::Duration;

/// Characters without a silence or a change of settings between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    /// Number of the step in the account, where the port can be set.
    pub step: Option<usize>,
    /// What was listened with, where that is known.
    pub settings: Option<LineSettings>,
    /// The characters; at least one.
    pub heard: &'a [Heard],
    /// It begins behind a silence, so its first character is the first of a telegram.
    pub whole: bool,
}

impl Stretch<'_> {
    /// When its first character came.
    pub(super) fn from(&self) -> Duration {
        self.heard.first().map_or(Duration::ZERO, |h| h.at)
    }

    /// When its last character came.
    pub(super) fn to(&self) -> Duration {
        self.heard.last().map_or(Duration::ZERO, |h| h.at)
    }

    /// Characters with an error flag.
    pub(super) fn errors(&self) -> usize {
        self.heard.iter().filter(|h| h.flag != Flag::None).count()
    }

    /// As the probe takes it.
    pub(super) fn burst(&self, flags: Flags) -> Option<Burst> {
        Some(Burst { settings: self.settings?, flags, heard: self.heard.to_vec(), whole: self.whole })
    }
}

/// All stretches, in order of time.
pub(super) fn stretches(account: &Account) -> Vec<Stretch<'_>> {
    let mut out: Vec<Stretch<'_>> = Vec::new();
    let mut rest = account.heard.as_slice();
    let mut step = None;
    let mut before: Option<Duration> = None;
    while let Some(first) = rest.first() {
        // What came at the very moment of a change was heard before it.
        while account.steps.get(step.map_or(0, |s| s + 1)).is_some_and(|next: &Step| next.at < first.at) {
            step = Some(step.map_or(0, |s| s + 1));
        }
        let until = account.steps.get(step.map_or(0, |s| s + 1)).map_or(Duration::MAX, |next| next.at);
        let mut last = first.at;
        let count = rest
            .iter()
            .take_while(|h| {
                let on = h.at <= until && h.at.saturating_sub(last) < SILENCE;
                last = h.at;
                on
            })
            .count()
            .max(1);
        let (heard, later) = rest.split_at(count.min(rest.len()));
        let whole = before.is_none_or(|before| first.at.saturating_sub(before) >= SILENCE);
        let settings = step.and_then(|s| account.steps.get(s)).map(|s| s.settings);
        out.push(Stretch { step, settings, heard, whole });
        before = heard.last().map(|h| h.at);
        rest = later;
    }
    out
}

/// What a stretch gives when it is decoded as it stands.
#[derive(Debug, Clone)]
pub(super) enum Reading {
    /// Complete messages that a checksum vouches for, or that are of the protocol that was found.
    Complete(Vec<Message>),
    /// Something with the shape of a message whose checksum does not hold.
    BadChecksum(Message),
    /// Recognised, and not decoded.
    Named(Message),
    /// Nothing.
    Nothing,
}

/// Decodes a stretch as it stands, without keys.
///
/// Bytes heard wrongly may look like a message without a checksum, or with a weak one: such a message counts only
/// where it is of the protocol that was `found`.
pub(super) fn read(stretch: &Stretch<'_>, flags: Flags, found: Option<Protocol>) -> Reading {
    let options = decode::Options::default();
    let bytes: Vec<u8> = stretch.heard.iter().map(|h| h.byte).collect();
    let complete = match stretch.burst(flags) {
        Some(burst) => telegram::decode(&burst, &options).map(|decoded| decoded.messages),
        None => {
            let mut messages = decode::decode_all(&bytes, &options);
            messages.retain(telegram::counts);
            (!messages.is_empty()).then_some(messages)
        }
    };
    let counts = |m: &Message| telegram::certain(m) || Some(m.protocol) == found;
    if let Some(messages) = complete.filter(|messages| messages.iter().any(counts)) {
        return Reading::Complete(messages);
    }
    let of = |status| decode::decode_all(&bytes, &options).into_iter().find(|m| m.status == status);
    if let Some(message) = of(Status::BadChecksum) {
        return Reading::BadChecksum(message);
    }
    of(Status::Unsupported).map_or(Reading::Nothing, Reading::Named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{DataBits, Parity, StopBits};

    #[test]
    fn silences_and_changes_divide() {
        let settings = |baudrate| LineSettings {
            baudrate,
            data_bits: DataBits::Eight,
            parity: Parity::None,
            stop_bits: StopBits::One,
        };
        let ms = Duration::from_millis;
        let heard = |at, byte| Heard { byte, flag: Flag::None, at: ms(at) };
        let account = Account {
            steps: vec![
                Step { at: ms(0), settings: settings(115_200), doing: "first" },
                Step { at: ms(20), settings: settings(2400), doing: "then" },
            ],
            heard: vec![heard(10, 1), heard(20, 2), heard(21, 3), heard(100, 4), heard(300, 5)],
            ..Account::default()
        };
        let out = stretches(&account);
        let bytes: Vec<Vec<u8>> = out.iter().map(|s| s.heard.iter().map(|h| h.byte).collect()).collect();
        assert_eq!(bytes, [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(out.iter().map(|s| s.step).collect::<Vec<_>>(), [Some(0), Some(1), Some(1)]);
        assert_eq!(out.iter().map(|s| s.whole).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!((out[1].from(), out[1].to()), (ms(21), ms(100)));
    }

    #[test]
    fn a_port_without_settings_has_stretches_too() {
        let heard = vec![Heard { byte: 1, flag: Flag::Error, at: Duration::from_secs(1) }];
        let account = Account { heard, ..Account::default() };
        let out = stretches(&account);
        assert_eq!((out.len(), out[0].settings, out[0].errors()), (1, None, 1));
    }
}
