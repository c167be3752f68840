//! The loop over a line: listens, decides, listens otherwise, until it knows or time is up.
//!
//! Time is the adapter's; nothing here looks at a clock.

use super::account::Account;
use super::adaptive::READ_OF_TEXT;
use super::faults::{Outcome, Record};
use super::options::{Options, Progress, Strategy};
use super::partial;
use super::plan;
use super::telegram::{self, Burst, Decoded, ParityView};
use super::verdict::{Mode, Verdict};
use crate::decode::{self, Message, Protocol, Status};
use crate::error::Result;
use crate::line::{Adapter, Capabilities, DataBits, Flag, Flags, Heard, LineSettings, Parity, StopBits};
use std::ops::ControlFlow;
use std::time::Duration;

/// A line that says nothing for this long has ended its telegram.  Between two characters of a telegram at
/// 300 baud there are at most 17 bits (57 ms); meters push at most once a second, within 0.1 s.
pub const SILENCE: Duration = Duration::from_millis(200);

/// Meters that push do so at most once a second: when nobody listened for longer, telegrams are mixed up.
const BLIND: Duration = Duration::from_millis(900);

/// How long a reading waits before the user is asked whether to go on.
const BREATH: Duration = Duration::from_millis(50);

/// A telegram longer than this is cut: a line that never falls silent must not fill the memory, nor make
/// anybody wait for ever.
const LONGEST: usize = 65_536;
const LONGEST_TIME: Duration = Duration::from_secs(20);

/// At slow rates that is not long enough: a meter that sends one telegram after the other may have been in the
/// middle of one, and of the next all is wanted.  So many characters hold two of 1100 bytes.
const TWO_TELEGRAMS: f64 = 2200.0;

/// What does not fall silent for this long is looked at before it does, again and again.
const LOOK: Duration = Duration::from_secs(6);

/// Messages kept for the verdict.
const KEPT: usize = 16;

/// Probes the line behind `adapter` until it is known, `options.timeout` has passed, or `watch` breaks.
/// What was learned until then is in the verdict.
///
/// # Errors
/// When the adapter fails or goes away.
pub fn run(
    adapter: &mut dyn Adapter,
    options: &Options,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Verdict> {
    let (verdict, _, outcome) = run_retold(adapter, options, watch);
    outcome.map(|()| verdict)
}

/// As [`run()`], with an account of what happened.  When the adapter fails, what was learned until then is
/// there all the same, beside the error.
pub fn run_retold(
    adapter: &mut dyn Adapter,
    options: &Options,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> (Verdict, Account, Result<()>) {
    let mut session = Session::new(adapter, options, watch);
    let outcome = session.search();
    if outcome.is_ok() {
        // Whatever happens from here on, the line is understood, or as well as it can be.
        let _ = session.look_around();
    }
    let mut account = std::mem::take(&mut session.account);
    account.ended = session.adapter.now();
    account.counts = session.adapter.error_counts();
    (session.conclude(), account, outcome)
}

/// What inference says of a line, with leads over what else it could be, in nats.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Belief {
    /// Baud rate, and its lead.
    pub baudrate: Option<(u32, f64)>,
    /// Polarity, and its lead.
    pub invert: Option<(bool, f64)>,
    /// Data bits and parity, and their lead.
    pub format: Option<(DataBits, Parity, f64)>,
    /// Telegrams that agree on all of it.
    pub telegrams: u32,
    /// Telegrams that would have been understood if the line were not inverted.
    pub puzzles: u32,
    /// The content looks ciphered.
    pub ciphered: bool,
}

/// How listening ended.
pub(super) enum Ended {
    /// With a telegram.
    Telegram(Burst),
    /// Without one.
    Nothing,
    /// Time is up, the user wants to stop, or nothing more can come.
    Over,
}

/// A line that was understood.
pub(super) struct Found {
    /// Its baud rate, and how it was listened to.
    pub settings: LineSettings,
    pub decoded: Decoded,
    /// It is inverted, and was put right by computation.
    pub invert: bool,
}

/// A probe under way.
pub(super) struct Session<'a> {
    pub(super) adapter: &'a mut dyn Adapter,
    pub(super) capabilities: Capabilities,
    pub(super) options: &'a Options,
    pub(super) watch: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    pub(super) decoding: decode::Options,
    /// When it began, and when it ends.
    pub(super) began: Duration,
    pub(super) deadline: Duration,
    pub(super) settings: LineSettings,
    pub(super) doing: &'static str,
    pub(super) candidates: Vec<(String, f64)>,
    pub(super) telegrams: u32,
    pub(super) characters: u64,
    pub(super) breaks: u64,
    pub(super) errors: u64,
    pub(super) last_heard: Option<Duration>,
    /// When the line was looked at the last time.
    pub(super) looked: Option<Duration>,
    /// Characters since the last silence.
    pub(super) length: u32,
    /// What was heard, counted.
    pub(super) record: Record,
    /// Telegrams and time until the line was understood.
    pub(super) taken: Option<(u32, Duration)>,
    pub(super) stopped: bool,
    pub(super) found: Option<Found>,
    /// Inverted telegrams that were not understood yet.
    pub(super) lessons: Vec<super::lesson::Lesson>,
    /// How probable it is that something is wrong in what was put right, although its checksum holds.
    pub(super) doubt: f64,
    /// Messages with a weak checksum or none, that wait for a second one to agree.
    pub(super) weak: Vec<(LineSettings, Message)>,
    /// Telegrams of which not all was heard, or not all rightly, and their baud rates: they support such messages
    /// too.
    pub(super) parts: Vec<(u32, Vec<u8>)>,
    /// What was heard of the running telegram before the baud rate was clear, if that was from its first character on.
    pub(super) before: Vec<Heard>,
    /// A telegram that was heard faster than it was sent, and what was listened with.
    pub(super) too_fast: Option<(LineSettings, Vec<u8>)>,
    /// The same as samples, until it is known how to read them.
    pub(super) fast: Option<(LineSettings, Vec<super::trellis::Sampled>)>,
    /// The telegram during which the baud rate was found, if it was heard from its first character on.
    pub(super) opening: Option<super::lesson::Opening>,
    pub(super) messages: Vec<Message>,
    /// Messages that are named but not decoded, or whose checksum does not hold, by protocol.
    pub(super) named: Vec<Protocol>,
    /// What inference says, where nothing decodes.
    pub(super) belief: Belief,
    /// How the meter was made to speak, and the protocol that was asked in.
    pub(super) mode: Mode,
    pub(super) asked: Option<Protocol>,
    /// Something was heard that answered nothing.
    pub(super) unasked: bool,
    /// A baud rate that was given, the one that the line sounds like, and by how many nats that leads.
    pub(super) otherwise: Option<(u32, u32, f64)>,
    /// What is spoken, and with which settings, where another protocol was given.
    pub(super) other_protocol: Option<(Protocol, LineSettings)>,
    /// Sentences for the verdict.
    pub(super) remarks: Vec<String>,
    pub(super) account: Account,
}

impl<'a> Session<'a> {
    fn new(
        adapter: &'a mut dyn Adapter,
        options: &'a Options,
        watch: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Self {
        let capabilities = adapter.capabilities();
        let began = adapter.now();
        let account = Account { capabilities: Some(capabilities.clone()), began, ..Account::default() };
        Session {
            capabilities,
            options,
            watch,
            decoding: decode::Options { protocol: options.narrow.protocol, keys: options.keys },
            began,
            deadline: began.saturating_add(options.timeout),
            settings: LineSettings {
                baudrate: 115_200,
                data_bits: DataBits::Eight,
                parity: Parity::None,
                stop_bits: StopBits::One,
            },
            doing: "waiting for the meter",
            candidates: Vec::new(),
            telegrams: 0,
            characters: 0,
            breaks: 0,
            errors: 0,
            last_heard: None,
            looked: None,
            length: 0,
            record: Record::default(),
            taken: None,
            stopped: false,
            found: None,
            lessons: Vec::new(),
            doubt: 0.0,
            weak: Vec::new(),
            parts: Vec::new(),
            too_fast: None,
            fast: None,
            before: Vec::new(),
            opening: None,
            messages: Vec::new(),
            named: Vec::new(),
            belief: Belief::default(),
            mode: Mode::Push,
            asked: None,
            unasked: false,
            otherwise: None,
            other_protocol: None,
            remarks: Vec::new(),
            account,
            adapter,
        }
    }

    pub(super) fn over(&self) -> bool {
        self.stopped
            || self.other_protocol.is_some()
            || self.adapter.now() >= self.deadline
            || self.adapter.exhausted()
    }

    pub(super) fn show(&mut self) {
        let progress = Progress {
            now: self.adapter.now().saturating_sub(self.began),
            settings: self.settings,
            telegrams: self.telegrams,
            characters: self.characters,
            doing: self.doing,
            candidates: self.candidates.clone(),
        };
        self.stopped |= (self.watch)(&progress).is_break();
    }

    /// Listens with these settings from now on.
    pub(super) fn set(&mut self, settings: LineSettings) -> Result<()> {
        if self.capabilities.configurable {
            self.adapter.configure(&settings)?;
            self.settings = settings;
            // Only setting it shows whether a server confirms that.
            self.capabilities = self.adapter.capabilities();
            self.record.set(settings, self.adapter.now());
            self.account.step(self.adapter.now(), settings, self.doing);
        }
        Ok(())
    }

    /// Takes what comes within a breath; true when something came.
    pub(super) fn take(&mut self, into: &mut Vec<Heard>) -> Result<bool> {
        let from = into.len();
        let wait = BREATH.min(self.deadline.saturating_sub(self.adapter.now()));
        let count = self.adapter.read(into, wait)?;
        self.looked = Some(self.adapter.now());
        if count > 0 {
            // What a server tells of errors, and how, shows when there are some.
            self.capabilities = self.adapter.capabilities();
        }
        for heard in into.get(from..).unwrap_or_default() {
            if self.last_heard.is_none_or(|last| heard.at.saturating_sub(last) >= SILENCE) {
                self.length = 0;
            }
            // A break or a glitch is no push.
            self.length = self.length.saturating_add(1);
            self.telegrams += u32::from(self.length == 3);
            self.last_heard = Some(heard.at);
            self.record.hear(heard, &self.settings);
            match heard.flag {
                Flag::None => {}
                Flag::Error => self.errors += 1,
                Flag::Break => self.breaks += 1,
            }
        }
        self.characters += count as u64;
        self.account.hear(into.get(from..).unwrap_or_default());
        if count == 0 && self.record.wants_another_set(self.adapter.now()) {
            self.set(self.settings)?;
        }
        self.show();
        Ok(count > 0)
    }

    /// Waits until the line has been silent, so that the next telegram is heard from its start.
    pub(super) fn settle(&mut self) -> Result<()> {
        let mut ignored = Vec::new();
        while !self.over()
            && self.last_heard.is_some_and(|last| self.adapter.now().saturating_sub(last) < SILENCE)
        {
            ignored.clear();
            self.take(&mut ignored)?;
        }
        Ok(())
    }

    /// Listens for a telegram, for at most `patience` until it begins.
    pub(super) fn listen(&mut self, patience: Duration) -> Result<Ended> {
        let from = self.adapter.now();
        // So long without looking, while something was worked out: telegrams would run into each other, and
        // their times are lost.
        if self.looked.is_some_and(|looked| from.saturating_sub(looked) > BLIND) {
            self.adapter.discard()?;
            self.last_heard = Some(self.adapter.now());
        }
        let whole = self.last_heard.is_none_or(|last| from.saturating_sub(last) >= SILENCE);
        let mut burst =
            Burst { settings: self.settings, flags: self.capabilities.flags, heard: Vec::new(), whole };
        let slow = Duration::from_secs_f64(TWO_TELEGRAMS * 11.0 / f64::from(self.settings.baudrate.max(1)));
        let longest = LONGEST_TIME.max(slow);
        let mut look = LOOK;
        loop {
            if self.over() && burst.heard.is_empty() {
                return Ok(Ended::Over);
            }
            let more = self.take(&mut burst.heard)?;
            let now = self.adapter.now();
            let lasts = burst.heard.first().map_or(Duration::ZERO, |first| now.saturating_sub(first.at));
            if lasts >= look {
                look += LOOK;
                let decoded = telegram::decode(&burst, &self.decoding);
                // Two where a checksum is weak.
                if decoded.is_some_and(|found| found.certain() || found.messages.len() > 1) {
                    return Ok(Ended::Telegram(burst));
                }
            }
            let inverted = self.belief.invert.is_some_and(|(invert, _)| invert);
            let most = if inverted { READ_OF_TEXT } else { LONGEST };
            let endless = burst.heard.len() >= most || lasts >= longest;
            if more && !endless && !self.over() {
                continue;
            }
            let silent = self.last_heard.is_none_or(|last| now.saturating_sub(last) >= SILENCE);
            if !burst.heard.is_empty() && (silent || endless || self.over()) {
                return Ok(Ended::Telegram(burst));
            }
            if burst.heard.is_empty() && now.saturating_sub(from) >= patience {
                return Ok(Ended::Nothing);
            }
        }
    }

    fn search(&mut self) -> Result<()> {
        if self.options.ask { self.ask() } else { self.hear_out() }
    }

    /// Listens to a meter that pushes.
    pub(super) fn hear_out(&mut self) -> Result<()> {
        if !self.capabilities.configurable {
            if let Some(settings) = self.adapter.settings() {
                self.settings = settings;
                self.account.step(self.began, settings, "listening; this port cannot be set");
            }
            return self.only_listen();
        }
        let plan = match self.options.strategy {
            Strategy::Adaptive => return self.adapt(),
            Strategy::Ordered => plan::ordered(&self.options.narrow),
            Strategy::Exhaustive => plan::exhaustive(&self.options.narrow),
        };
        self.sweep(&plan)
    }

    /// Decodes what comes; there is nothing to set.
    fn only_listen(&mut self) -> Result<()> {
        self.doing = "decoding; this port has no settings";
        while !self.over() && self.found.is_none() {
            if let Ended::Telegram(burst) = self.listen(self.options.timeout)? {
                self.understand(&burst);
            }
        }
        Ok(())
    }

    /// Tries the settings in turn, each for one telegram, over and over.
    pub(super) fn sweep(&mut self, plan: &[LineSettings]) -> Result<()> {
        // A meter that pushes says something within this time; slower ones get it from the time-out.
        const PATIENCE: Duration = Duration::from_secs(65);
        while !self.over() && !plan.is_empty() {
            for (i, &settings) in plan.iter().enumerate() {
                self.candidates = plan.iter().skip(i).take(5).map(|s| (s.to_string(), 0.0)).collect();
                self.doing = "trying settings in turn";
                self.set(settings)?;
                self.settle()?;
                match self.listen(PATIENCE)? {
                    Ended::Telegram(burst) => {
                        if self.understand(&burst) {
                            return self.confirm();
                        }
                        // A weak checksum wants a second message heard with the same settings.
                        if self.weak.iter().any(|(s, _)| *s == settings)
                            && let Ended::Telegram(burst) = self.listen(PATIENCE)?
                            && self.understand(&burst)
                        {
                            return self.confirm();
                        }
                    }
                    Ended::Nothing => {}
                    Ended::Over => return Ok(()),
                }
            }
        }
        Ok(())
    }

    /// Decodes a telegram as it was heard; true when that settles which line this is.
    pub(super) fn understand(&mut self, burst: &Burst) -> bool {
        let Some(decoded) = telegram::decode(burst, &self.decoding) else {
            self.name(burst);
            self.name_another_protocol(burst);
            return false;
        };
        self.record.understood(&decoded.messages);
        let mut sure = decoded.certain();
        for message in decoded.messages.iter().filter(|m| !telegram::certain(m)) {
            let from = usize::try_from(message.offset).unwrap_or(usize::MAX);
            let length = usize::try_from(message.length).unwrap_or(usize::MAX);
            let mask = 0xFF >> (8 - decoded.data_bits.count());
            let frame: Vec<u8> = burst.heard.iter().skip(from).take(length).map(|h| h.byte & mask).collect();
            sure |= self.supported(&burst.settings, message, &frame);
            if self.weak.len() < KEPT {
                self.weak.push((burst.settings, message.clone()));
            }
        }
        if sure {
            self.keep(decoded.messages.iter().cloned());
            let weak = std::mem::take(&mut self.weak);
            if self.messages.len() == decoded.messages.len() && !decoded.certain() {
                // The first of two that agree belongs to the answer too.
                let earlier = weak.into_iter().filter(|(s, m)| {
                    *s == burst.settings && decoded.messages.iter().any(|d| telegram::agree(m, d) && m != d)
                });
                let mut earlier: Vec<Message> = earlier.map(|(_, m)| m).take(1).collect();
                earlier.append(&mut self.messages);
                self.messages = earlier;
            }
            self.found = Some(Found { settings: burst.settings, decoded, invert: false });
        }
        sure
    }

    /// Remembers what is spoken where the user gave another protocol.
    fn name_another_protocol(&mut self, burst: &Burst) {
        if self.options.narrow.protocol.is_none() || self.other_protocol.is_some() {
            return;
        }
        let any = decode::Options { protocol: None, ..self.decoding };
        let decoded = telegram::decode(burst, &any).filter(Decoded::certain);
        let protocol = decoded.and_then(|decoded| decoded.messages.first().map(|m| m.protocol));
        self.other_protocol = protocol.map(|protocol| (protocol, burst.settings));
    }

    /// Has something been heard with these settings that agrees with `message`, whose bytes are `frame`?
    pub(super) fn supported(&self, settings: &LineSettings, message: &Message, frame: &[u8]) -> bool {
        if self.weak.iter().any(|(s, m)| s == settings && telegram::agree(m, message)) {
            return true;
        }
        let alike =
            |(baudrate, part): &(u32, Vec<u8>)| *baudrate == settings.baudrate && partial::alike(frame, part);
        let reheard = |(listening, heard): &(LineSettings, Vec<u8>)| {
            settings.baudrate < listening.baudrate
                && partial::reheard::sounds_like(frame, settings, listening, heard)
        };
        telegram::says_something(message)
            && (self.parts.iter().any(alike) || self.too_fast.as_ref().is_some_and(reheard))
    }

    /// Remembers what was heard of a telegram.
    pub(super) fn remember_part(&mut self, baudrate: u32, part: Vec<u8>) {
        if self.parts.len() < KEPT && part.len() >= partial::SHORTEST {
            self.parts.push((baudrate, part));
        }
    }

    pub(super) fn keep(&mut self, messages: impl Iterator<Item = Message>) {
        let room = KEPT.saturating_sub(self.messages.len());
        self.messages.extend(messages.take(room));
        for (index, message) in self.messages.iter_mut().enumerate() {
            message.index = index as u64;
        }
    }

    /// The line is understood: is anything else on it?  Listens a little longer, as nothing of a second
    /// device, of breaks or of damaged messages shows in the first good one.
    fn look_around(&mut self) -> Result<()> {
        const ENOUGH: u32 = 3;
        const WHILE: Duration = Duration::from_secs(6);
        /// With a sign of trouble it is worth more.
        const LONGER: Duration = Duration::from_secs(30);
        let Some(found) = &self.found else { return Ok(()) };
        let (settings, invert) = (found.settings, found.invert);
        let now = self.adapter.now();
        self.taken = Some((self.telegrams, now.saturating_sub(self.began)));
        for message in &self.messages {
            self.record.message(message);
        }
        if invert || self.mode == Mode::Pull {
            return Ok(());
        }
        self.doing = "understood; listening whether anything else is on the line";
        if self.settings != settings {
            self.set(settings)?;
        }
        let mut heard = 0;
        loop {
            if self.record.has_two_speakers() {
                return Ok(());
            }
            let disturbed = self.record.is_disturbed(&settings);
            let until = now.saturating_add(if disturbed { LONGER } else { WHILE }).min(self.deadline);
            let left = until.saturating_sub(self.adapter.now());
            if left.is_zero() || self.over() || heard >= if disturbed { 3 * ENOUGH } else { ENOUGH } {
                return Ok(());
            }
            let Ended::Telegram(burst) = self.listen(left)? else { continue };
            if burst.heard.len() <= 2 {
                continue;
            }
            heard += 1;
            match telegram::decode(&burst, &self.decoding) {
                Some(decoded) => {
                    self.record.understood(&decoded.messages);
                    for message in &decoded.messages {
                        if self.record.message(message) {
                            self.keep(std::iter::once(message.clone()));
                        }
                    }
                }
                None if self.name(&burst) => {}
                None => self.record.not_understood(),
            }
        }
    }

    /// Remembers protocols that are recognised and not decoded, and messages that are damaged.
    /// True when it is some protocol's, and not damaged.
    pub(super) fn name(&mut self, burst: &Burst) -> bool {
        let mut named = false;
        /// A damaged message must be long enough not to be one by chance.
        const LONG: u64 = 16;
        for mask in [0xFF, 0x7F] {
            let bytes: Vec<u8> = burst.heard.iter().map(|h| h.byte & mask).collect();
            for message in decode::decode_all(&bytes, &self.decoding) {
                let protocol = message.protocol;
                let framed =
                    matches!(protocol, Protocol::Dsmr | Protocol::Hdlc | Protocol::Mbus | Protocol::Mbtr);
                if framed && message.status == Status::BadChecksum && message.length >= LONG {
                    self.record.outcome(Outcome::Damaged);
                }
                named |= matches!(message.status, Status::Unsupported | Status::Malformed);
                if message.status == Status::Unsupported && !self.named.contains(&protocol) {
                    self.named.push(protocol);
                }
            }
        }
        named
    }

    /// The line is understood; if its parity is not known yet, listens with each in turn.
    pub(super) fn confirm(&mut self) -> Result<()> {
        let Some(found) = &self.found else { return Ok(()) };
        if matches!(found.decoded.parity, ParityView::Known(..)) || self.capabilities.flags == Flags::None {
            return Ok(());
        }
        let settings = found.settings;
        // Packets that were all flagged hold a parity bit; then it is the other one when the first is wrong.
        let some = found.decoded.parity == ParityView::Some;
        let patience = Duration::from_secs(65);
        // The one that was given first; what tells otherwise is said.
        let given = self.options.narrow.parity;
        let others = [Parity::Even, Parity::Odd, Parity::None].into_iter().filter(|p| Some(*p) != given);
        for parity in given.into_iter().chain(others) {
            if self.over() {
                break;
            }
            self.doing = "checking the parity";
            self.set(LineSettings { parity, ..settings })?;
            self.settle()?;
            let Ended::Telegram(burst) = self.listen(patience)? else { return Ok(()) };
            let Some(mut decoded) = telegram::decode(&burst, &self.decoding) else { continue };
            let mut settings = burst.settings;
            if some && parity == Parity::Even && telegram::all_flagged(&burst) {
                decoded.parity = ParityView::Known(Parity::Odd, burst.heard.len());
                settings.parity = Parity::Odd;
            }
            if matches!(decoded.parity, ParityView::Known(..)) {
                self.keep(decoded.messages.iter().cloned());
                self.found = Some(Found { settings, decoded, invert: false });
                return Ok(());
            }
        }
        Ok(())
    }
}
