//! What was heard, counted.

use crate::decode::{Message, Protocol};
use crate::line::{DataBits, Flag, Heard, LineSettings};
use std::collections::VecDeque;
use std::time::Duration;

/// A line that says nothing for this long has paused.
const PAUSE: Duration = crate::probe::run::SILENCE;

/// A 00 that comes this soon after the line was set came because of that: on a low line receivers report
/// one when they are set.
const ANSWER: Duration = Duration::from_millis(250);

/// Stretches that are remembered; older ones are forgotten.
pub(super) const REMEMBERED: usize = 256;

/// Devices that are told apart.
pub(super) const SPEAKERS: usize = 8;

/// What became of the characters between two pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// Nothing was recognised in it.
    #[default]
    Unknown,
    /// A message whose checksum holds, or that has none.
    Message,
    /// Only messages whose checksum does not hold.
    Damaged,
}

/// Characters between two pauses, or since the line was set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) settings: LineSettings,
    pub(super) first: Duration,
    pub(super) last: Duration,
    pub(super) characters: u32,
    pub(super) zeros: u32,
    pub(super) breaks: u32,
    /// It was heard from its start.
    pub(super) whole: bool,
    /// It came just after the line was set.
    pub(super) answer: bool,
    pub(super) outcome: Outcome,
    /// Characters in the longest good message in it.
    pub(super) message: u32,
    pub(super) runs: Runs,
}

/// Runs of equal bits within characters, and those of them that are one bit long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Runs {
    pub(super) lows: u32,
    pub(super) single_lows: u32,
    pub(super) highs: u32,
    pub(super) single_highs: u32,
}

impl Runs {
    /// Of each level so many make a judgement.
    pub(super) const ENOUGH: u32 = 24;

    fn hear(&mut self, byte: u8, data_bits: DataBits) {
        let bit = |i: u8| byte >> i & 1;
        // The start bit begins the first run, which is low; the last run goes on outside.
        let (mut level, mut length) = (0, 1u8);
        for i in 0..data_bits.count() {
            if bit(i) == level {
                length += 1;
                continue;
            }
            let single = u32::from(length == 1);
            if level == 0 {
                self.lows += 1;
                self.single_lows += single;
            } else {
                self.highs += 1;
                self.single_highs += single;
            }
            (level, length) = (bit(i), 1);
        }
    }

    /// Edges of one direction come late: the rising ones (true) or the falling ones.  `None` when neither
    /// does, or too little was heard.
    ///
    /// A rising edge that is late by more than half a bit makes each low run a bit longer and each high run
    /// a bit shorter, so that no low one is left that is a single bit long, while high ones are.  On a good
    /// line at its baud rate a third or more of both are, whatever its polarity; heard too fast, none is.
    pub(super) fn late(&self) -> Option<bool> {
        let never = |single: u32, all: u32| all >= Self::ENOUGH && single.saturating_mul(6) <= all;
        let often = |single: u32, all: u32| all >= Self::ENOUGH && single.saturating_mul(3) >= all;
        if never(self.single_lows, self.lows) && often(self.single_highs, self.highs) {
            Some(true)
        } else if never(self.single_highs, self.highs) && often(self.single_lows, self.lows) {
            Some(false)
        } else {
            None
        }
    }

    pub(super) fn tells(&self) -> bool {
        self.lows >= Self::ENOUGH && self.highs >= Self::ENOUGH
    }

    pub(super) fn add(&mut self, other: &Runs) {
        self.lows += other.lows;
        self.single_lows += other.single_lows;
        self.highs += other.highs;
        self.single_highs += other.single_highs;
    }
}

/// Characters heard at a baud rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) baudrate: u32,
    pub(super) characters: u64,
    pub(super) errors: u64,
    pub(super) zeros: u64,
}

/// Somebody whose messages were good.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Speaker {
    pub(super) family: u8,
    pub(super) parts: [Option<String>; 4],
    pub(super) messages: u32,
}

impl Speaker {
    fn of(message: &Message) -> Self {
        let family = match message.protocol {
            Protocol::Kmp => 1,
            Protocol::Mep => 2,
            Protocol::Dsmr | Protocol::Iec62056 => 3,
            // The same meter may send its lists in one frame or another.
            _ => 0,
        };
        let title = message.security.as_ref().and_then(|s| s.system_title);
        let text = |part: &Option<_>| part.as_ref().map(ToString::to_string).filter(|text| !text.is_empty());
        let meter = &message.meter;
        let parts =
            [text(&meter.id), text(&meter.manufacturer), text(&meter.model), title.map(hex::encode_upper)];
        Speaker { family, parts, messages: 1 }
    }

    /// Nothing that both say of themselves differs.
    fn may_be(&self, other: &Speaker) -> bool {
        self.family == other.family
            && self.parts.iter().zip(&other.parts).all(|parts| match parts {
                (Some(a), Some(b)) => a == b,
                _ => true,
            })
    }

    pub(super) fn name(&self) -> String {
        let [id, manufacturer, model, title] = &self.parts;
        let parts = [manufacturer, model, id, title];
        let known: Vec<&str> = parts.into_iter().flatten().map(String::as_str).take(2).collect();
        if known.is_empty() { "one without a name".to_owned() } else { known.join(" ") }
    }
}

/// What was heard, counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    pub(super) stretches: VecDeque<Stretch>,
    pub(super) tallies: Vec<Tally>,
    pub(super) speakers: Vec<Speaker>,
    /// How often the line was set, when the last time, and how often a lone 00 came of it.
    pub(super) sets: u32,
    pub(super) set_at: Option<Duration>,
    pub(super) settings: Option<LineSettings>,
    pub(super) characters: u64,
    pub(super) zeros: u64,
    pub(super) breaks: u64,
    /// When the sound began that has not paused since, and the longest ever.
    pub(super) since: Option<Duration>,
    pub(super) last: Option<Duration>,
    pub(super) longest: Duration,
}

impl Record {
    /// The line is listened to with these settings from now on.
    pub fn set(&mut self, settings: LineSettings, now: Duration) {
        self.sets += 1;
        self.set_at = Some(now);
        self.settings = Some(settings);
    }

    /// A character.
    pub fn hear(&mut self, heard: &Heard, settings: &LineSettings) {
        self.characters += 1;
        self.zeros += u64::from(heard.byte == 0);
        self.breaks += u64::from(heard.flag == Flag::Break);
        let paused = self.last.is_none_or(|last| heard.at.saturating_sub(last) >= PAUSE);
        self.last = Some(heard.at);
        let since = match self.since {
            Some(since) if !paused => since,
            _ => *self.since.insert(heard.at),
        };
        self.longest = self.longest.max(heard.at.saturating_sub(since));
        // What was under way when the line was set was heard as it was set before.
        let before = self.set_at.is_some_and(|set| heard.at < set);
        if !before && let Some(tally) = self.tally(settings.baudrate) {
            tally.characters += 1;
            tally.errors += u64::from(heard.flag != Flag::None);
            tally.zeros += u64::from(heard.byte == 0);
        }
        let goes_on = !paused && self.stretches.back().is_some_and(|s| s.settings == *settings);
        if !goes_on {
            if self.stretches.len() == REMEMBERED {
                self.stretches.pop_front();
            }
            self.stretches.push_back(Stretch {
                settings: *settings,
                first: heard.at,
                last: heard.at,
                characters: 0,
                zeros: 0,
                breaks: 0,
                whole: paused,
                answer: self.set_at.is_some_and(|set| heard.at.saturating_sub(set) < ANSWER),
                outcome: Outcome::Unknown,
                message: 0,
                runs: Runs::default(),
            });
        }
        if let Some(stretch) = self.stretches.back_mut() {
            stretch.last = heard.at;
            stretch.characters += 1;
            stretch.zeros += u32::from(heard.byte == 0);
            stretch.breaks += u32::from(heard.flag == Flag::Break);
            if !before {
                stretch.runs.hear(heard.byte, settings.data_bits);
            }
        }
    }

    fn tally(&mut self, baudrate: u32) -> Option<&mut Tally> {
        let at = self.tallies.iter().position(|t| t.baudrate == baudrate);
        let at = at.unwrap_or(self.tallies.len());
        if at == self.tallies.len() {
            self.tallies.push(Tally { baudrate, ..Tally::default() });
        }
        self.tallies.get_mut(at)
    }

    /// What became of the characters since the last pause.
    pub fn outcome(&mut self, outcome: Outcome) {
        // Of a message whose start was not heard, nothing else can be expected.
        if let Some(stretch) = self.stretches.back_mut().filter(|s| s.whole || outcome != Outcome::Damaged) {
            stretch.outcome = outcome;
        }
    }

    /// What became of the characters since the last pause: these messages.
    pub fn understood(&mut self, messages: &[Message]) {
        self.outcome(Outcome::Message);
        let short = |length: u64| u32::try_from(length).unwrap_or(u32::MAX);
        let longest = messages.iter().map(|m| m.length).max().unwrap_or(0);
        let all = short(messages.iter().fold(0, |all, m| all.saturating_add(m.length)));
        if let Some(stretch) = self.stretches.back_mut() {
            stretch.message = short(longest);
            // More besides the messages than a meter puts between them.
            if stretch.whole && stretch.characters > all.saturating_add(all / 4).saturating_add(32) {
                stretch.outcome = Outcome::Damaged;
            }
        }
    }

    /// Nothing was understood since the last pause, although the settings are right.
    pub fn not_understood(&mut self) {
        if let Some(stretch) = self.stretches.back_mut().filter(|s| s.whole && s.characters >= 16) {
            stretch.outcome = Outcome::Damaged;
        }
    }

    /// A whole burst was heard at another baud rate, and nothing was understood in it.
    pub fn was_deaf_at_another_rate(&self, baudrate: u32) -> bool {
        let deaf = |s: &Stretch| s.settings.baudrate != baudrate && s.outcome != Outcome::Message;
        self.stretches.iter().any(|s| deaf(s) && s.characters > 8)
    }

    /// More than one device sent good messages.
    pub fn has_two_speakers(&self) -> bool {
        self.speakers.len() > 1
    }

    /// A good message; true when it comes from somebody else than those before.
    pub fn message(&mut self, message: &Message) -> bool {
        let speaker = Speaker::of(message);
        if let Some(known) = self.speakers.iter_mut().find(|known| known.may_be(&speaker)) {
            known.messages += 1;
            for (part, new) in known.parts.iter_mut().zip(speaker.parts) {
                *part = part.take().or(new);
            }
            return false;
        }
        let room = self.speakers.len() < SPEAKERS;
        if room {
            self.speakers.push(speaker);
        }
        room
    }

    /// Nothing but a 00 or two came, and then silence: setting the line once more shows whether it is low.
    pub fn wants_another_set(&self, now: Duration) -> bool {
        const OFTEN: u32 = 5;
        const QUIET: Duration = Duration::from_secs(2);
        self.characters > 0
            && self.characters == self.zeros
            && self.characters <= u64::from(2 * self.sets)
            && self.sets < OFTEN
            && self.set_at.is_none_or(|set| now.saturating_sub(set) > QUIET)
            && self.last.is_some_and(|last| now.saturating_sub(last) > QUIET)
    }

    /// What was heard since the last pause shows rising edges that are late: too many bits were sampled wrongly for
    /// any computation to put them right.
    pub fn edges_are_late(&self) -> bool {
        self.stretches.back().is_some_and(|stretch| stretch.runs.late() == Some(true))
    }

    /// A message was damaged that came with these very settings.
    pub fn is_disturbed(&self, settings: &LineSettings) -> bool {
        self.stretches.iter().any(|s| s.settings == *settings && s.outcome == Outcome::Damaged)
            || self.has_two_speakers()
    }
}
