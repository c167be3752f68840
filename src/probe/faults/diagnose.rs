//! What the numbers of a [`Record`] mean.

use super::record::{Outcome, Record, Runs};
use super::{Cause, Fault};
use crate::line::{Flags, LineSettings};
use std::time::Duration;

/// What else is known when the line is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// The settings with which a message was decoded, if one was, and whether its parity is known.
    pub found: Option<(LineSettings, bool)>,
    /// How the adapter reports errors.
    pub flags: Flags,
    /// Time listened.
    pub listened: Duration,
    /// Something was asked: silence then has other reasons.
    pub asked: bool,
    /// Polarity and format that explain the characters were found.
    pub explained: bool,
    /// They only say that the characters look random, as noise does too.
    pub random: bool,
    /// Breaks that the driver counted since the port was opened.
    pub driver_breaks: u64,
}

/// What is wrong with the line, the most probable first; nothing when it is as it should be.
pub fn diagnose(record: &Record, known: &Known) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut say = |cause, confidence: f64, why: String| {
        faults.push(Fault { cause, confidence, why });
    };
    match known.found {
        Some((settings, parity_known)) => on_a_good_line(record, known, &settings, parity_known, &mut say),
        None if record.characters == 0 => silent(record, known, &mut say),
        None if record.zeros * 50 >= record.characters * 49 => only_low(record, known, &mut say),
        None => garbled(record, known, &mut say),
    }
    faults.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    faults
}

type Say<'a> = dyn FnMut(Cause, f64, String) + 'a;

/// Not a single character came.
fn silent(record: &Record, known: &Known, say: &mut Say<'_>) {
    let listened = span(known.listened);
    if known.driver_breaks > 0 {
        say(
            Cause::Stuck,
            0.9,
            format!(
                "no character in {listened}, but the driver counted {}",
                times(known.driver_breaks, "break")
            ),
        );
        return;
    }
    if known.asked {
        say(Cause::Idle, 0.6, format!("nothing was received in {listened}, and nothing answered"));
        return;
    }
    // Sixty seconds are the longest that meters wait between two pushes.
    let patient = if known.listened >= Duration::from_secs(60) { 0.8 } else { 0.5 };
    say(Cause::Idle, patient, format!("nothing was received in {listened}, not even an error"));
    let set = times(record.sets.into(), "time");
    say(
        Cause::Stuck,
        0.15,
        format!(
            "cannot be ruled out: many receivers keep silent on a line that is always low, and this one told of no break when it was set ({set})"
        ),
    );
}

/// Nothing came but characters that are low throughout.
fn only_low(record: &Record, known: &Known, say: &mut Say<'_>) {
    let listened = span(known.listened);
    let told = record.breaks > 0;
    let what = if told { "break" } else { "00" };
    let also = if told { "" } else { "; this adapter does not mark breaks, so a 00 may be one, or a glitch" };
    let answers: u64 = record.stretches.iter().filter(|s| s.answer).map(|s| u64::from(s.characters)).sum();
    let others = record.characters.saturating_sub(answers);
    let count = times(record.characters, what);
    if record.longest >= Duration::from_secs(2) && record.characters >= 20 {
        let confidence = if told { 0.9 } else { 0.75 };
        say(
            Cause::Stuck,
            confidence,
            format!(
                "{count} and nothing else, without a pause for {:.0} s{also}",
                record.longest.as_secs_f64()
            ),
        );
        say(
            Cause::WrongLevel,
            0.2,
            "a signal that never rises to the adapter's high level looks the same".to_owned(),
        );
    } else if answers >= 2 && others <= 1 {
        let confidence = if told { 0.85 } else { 0.75 };
        say(
            Cause::Stuck,
            confidence,
            format!(
                "{count} in {listened}, each just after the line was set, as on a line that is low at rest{also}"
            ),
        );
        say(Cause::Idle, 0.15, "an inverted line whose meter is silent looks the same".to_owned());
    } else if record.characters <= 1 {
        let confidence = if told { 0.5 } else { 0.4 };
        say(
            Cause::Stuck,
            confidence,
            format!(
                "one {what} and then nothing in {listened}, as when a line goes low and stays there{also}"
            ),
        );
        say(
            Cause::Idle,
            confidence,
            format!("one {what} when the port was opened may be a glitch, and nothing spoke"),
        );
    } else if record.stretches.iter().all(|s| s.characters <= 2) {
        let confidence = if told { 0.85 } else { 0.6 };
        say(Cause::Break, confidence, format!("{count} in {listened}, each alone, and no message{also}"));
    } else if record.tallies.iter().filter(|t| t.zeros >= 5).count() >= 2 {
        let rates: Vec<String> =
            record.tallies.iter().filter(|t| t.zeros >= 5).take(3).map(|t| t.baudrate.to_string()).collect();
        say(
            Cause::WrongLevel,
            0.6,
            format!(
                "{count} in bursts, and nothing but low bits at {} baud: a signal that falls but hardly rises again",
                rates.join(", ")
            ),
        );
        say(Cause::WeakPullup, 0.3, "a pull-up that is far too weak looks the same".to_owned());
    }
}

/// Characters came, and no message was good.
fn garbled(record: &Record, known: &Known, say: &mut Say<'_>) {
    if record.speakers.len() > 1 {
        two_talkers(record, say);
    }
    if let Some(edges) = slow_edges(record, None) {
        say_slow_edges(record, known, &edges, say);
        return;
    }
    let damaged = record.stretches.iter().filter(|s| s.outcome == Outcome::Damaged).count();
    let bursts = record.stretches.iter().filter(|s| s.characters > 8).count();
    if damaged > 0 && !known.explained {
        let count =
            format!("in {damaged} of {bursts} bursts messages were recognised, and no checksum holds");
        say(Cause::Noise, 0.6, count);
        say(
            Cause::TwoTalkers,
            0.3,
            "devices that speak at the same time damage each other's messages as well".to_owned(),
        );
        return;
    }
    let endless = record.longest >= Duration::from_secs(3)
        && record.longest.as_secs_f64() >= 0.5 * known.listened.as_secs_f64();
    if endless && (!known.explained || known.random) {
        let errors: u64 = record.tallies.iter().map(|t| t.errors).sum();
        let what = format!(
            "{} without a pause for {:.0} s, which meters do not do, and no format explains them at any baud rate tried",
            times(record.characters, "character"),
            record.longest.as_secs_f64()
        );
        if known.flags == Flags::None {
            say(Cause::Noise, 0.65, format!("{what}; this adapter does not mark errors"));
            say(
                Cause::TwoTalkers,
                0.2,
                "devices that speak across each other all the time look the same without marks of errors"
                    .to_owned(),
            );
        } else {
            say(Cause::Noise, 0.85, format!("{what}; {errors} are marked as errors"));
        }
    }
}

/// A message was decoded; what else was heard?
fn on_a_good_line(
    record: &Record,
    known: &Known,
    settings: &LineSettings,
    parity_known: bool,
    say: &mut Say<'_>,
) {
    if record.speakers.len() > 1 {
        two_talkers(record, say);
    }
    let same = || record.stretches.iter().filter(|s| s.settings == *settings);
    let lone = same().filter(|s| s.characters <= 2 && s.zeros == s.characters && !s.answer);
    let (mut count, mut marked) = (0u64, 0u64);
    for stretch in lone {
        count += 1;
        marked += u64::from(stretch.breaks > 0);
    }
    if marked > 0 {
        let confidence = if marked > 1 { 0.9 } else { 0.8 };
        say(Cause::Break, confidence, format!("{} between the messages", times(marked, "break")));
    } else if count > 0 && known.flags == Flags::None {
        say(
            Cause::Break,
            if count > 1 { 0.7 } else { 0.5 },
            format!(
                "{} alone between the messages: a break or a glitch, which this adapter does not tell apart",
                times(count, "00")
            ),
        );
    }
    if let Some(edges) = slow_edges(record, Some(settings.baudrate)) {
        say_slow_edges(record, known, &edges, say);
        return;
    }
    let damaged = same().filter(|s| s.outcome == Outcome::Damaged).count();
    if damaged == 0 || record.has_two_speakers() {
        return;
    }
    let good = same().filter(|s| s.outcome == Outcome::Message).count();
    let longest = same().map(|s| s.message).max().unwrap_or(0);
    // Noise does not make a message longer; a second one on top of it does.
    let longer =
        same().filter(|s| s.outcome == Outcome::Damaged && s.characters > longest + longest / 8 + 4).count();
    let mut share = format!("{damaged} of {} bursts were damaged", damaged + good);
    if !parity_known {
        share.push_str(" (or the parity is not as it was listened to: that is not known here)");
    }
    let sure = if parity_known { 1.0 } else { 0.8 };
    if longer > 0 {
        let why = format!(
            "{share}, {longer} of them longer than a good message of {longest} characters, as when two speak at the same time"
        );
        say(Cause::TwoTalkers, sure * if longer > 1 { 0.7 } else { 0.6 }, why);
        say(Cause::Noise, 0.25, share);
    } else {
        say(Cause::Noise, sure * if damaged > 1 { 0.6 } else { 0.5 }, share);
        say(
            Cause::TwoTalkers,
            0.35,
            "a second device that speaks at the same time damages messages as well".to_owned(),
        );
    }
}

fn two_talkers(record: &Record, say: &mut Say<'_>) {
    let list: Vec<String> = record
        .speakers
        .iter()
        .take(3)
        .map(|s| format!("{} ({})", s.name(), times(s.messages.into(), "message")))
        .collect();
    say(Cause::TwoTalkers, 0.97, format!("good messages came from {}", list.join(" and from ")));
}

/// Edges that come late in one direction.
struct SlowEdges {
    baudrate: u32,
    /// The rising ones: low runs are long.
    rising: bool,
    runs: Runs,
    /// Bursts that show it, and bursts that do not.
    bursts: u32,
    others: u32,
}

/// Looks for edges that come late in one direction only, at one baud rate or at all.
fn slow_edges(record: &Record, baudrate: Option<u32>) -> Option<SlowEdges> {
    let mut all: Vec<SlowEdges> = Vec::new();
    for tally in record.tallies.iter().filter(|t| baudrate.is_none_or(|b| b == t.baudrate)) {
        for rising in [true, false] {
            let here = || record.stretches.iter().filter(|s| s.settings.baudrate == tally.baudrate);
            let mut edges =
                SlowEdges { baudrate: tally.baudrate, rising, runs: Runs::default(), bursts: 0, others: 0 };
            for stretch in here() {
                if stretch.runs.late() == Some(rising) {
                    edges.bursts += 1;
                    edges.runs.add(&stretch.runs);
                } else if stretch.runs.tells() {
                    edges.others += 1;
                }
            }
            if edges.bursts == 0 && edges.others == 0 {
                // Telegrams so short that only several tell.
                here().for_each(|s| edges.runs.add(&s.runs));
                edges.bursts = u32::from(edges.runs.late() == Some(rising));
            }
            if edges.bursts > 0 && (baudrate.is_some() || edges.bursts >= edges.others) {
                all.push(edges);
            }
        }
    }
    all.into_iter().max_by_key(|edges| edges.runs.lows.saturating_add(edges.runs.highs))
}

fn say_slow_edges(record: &Record, known: &Known, edges: &SlowEdges, say: &mut Say<'_>) {
    let runs = &edges.runs;
    let (lows, highs) = ((runs.single_lows, runs.lows), (runs.single_highs, runs.highs));
    let ((long, short), level, other) =
        if edges.rising { ((lows, highs), "low", "high") } else { ((highs, lows), "high", "low") };
    let tally = record.tallies.iter().find(|t| t.baudrate == edges.baudrate).copied().unwrap_or_default();
    let flagged = if known.flags == Flags::None {
        "this adapter does not mark errors".to_owned()
    } else {
        format!("{} of {} characters are marked as errors", tally.errors, tally.characters)
    };
    let why = format!(
        "at {} baud {} of {} {level} levels within characters last a single bit, but {} of {} {other} ones: each {level} lasts too long by half a bit or more; {flagged}",
        edges.baudrate, long.0, long.1, short.0, short.1
    );
    let clear = long.0.saturating_mul(25) <= long.1 && long.1 >= 2 * Runs::ENOUGH;
    let confidence = match (clear, known.found.is_some()) {
        (true, false) => 0.9,
        (false, false) => 0.7,
        // It decodes at times: on the edge.
        (_, true) => 0.6,
    };
    if edges.rising {
        say(Cause::WeakPullup, confidence, why);
        say(
            Cause::WrongLevel,
            0.3,
            "a high level that hardly reaches the adapter's threshold looks the same".to_owned(),
        );
    } else {
        say(Cause::WrongLevel, confidence.min(0.7), why);
    }
}

/// `180 s`, `0.5 s`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 9.95 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

/// `1 break`, `2 breaks`.
fn times(count: u64, what: &str) -> String {
    if count == 1 || what == "00" { format!("{count} {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::super::record::{REMEMBERED, SPEAKERS};
    use super::*;
    use crate::decode::{Message, Protocol};
    use crate::line::{DataBits, Flag, Heard, Parity, StopBits};

    const fn at(baudrate: u32) -> LineSettings {
        LineSettings { baudrate, data_bits: DataBits::Eight, parity: Parity::None, stop_bits: StopBits::One }
    }

    const LISTENED: Duration = Duration::from_secs(100);

    fn known(flags: Flags) -> Known {
        Known {
            found: None,
            flags,
            listened: LISTENED,
            asked: false,
            explained: false,
            random: false,
            driver_breaks: 0,
        }
    }

    fn say(record: &mut Record, settings: LineSettings, from: f64, bytes: &[u8], flag: Flag) {
        let character = 10.0 / f64::from(settings.baudrate);
        for (i, &byte) in bytes.iter().enumerate() {
            let at = Duration::from_secs_f64(from + i as f64 * character);
            record.hear(&Heard { byte, flag, at }, &settings);
        }
    }

    fn causes(record: &Record, known: &Known) -> Vec<Cause> {
        let faults = diagnose(record, known);
        assert!(faults.is_sorted_by(|a, b| a.confidence >= b.confidence));
        assert!(faults.iter().all(|f| (0.0..=1.0).contains(&f.confidence) && !f.why.is_empty()));
        faults.iter().map(|f| f.cause).collect()
    }

    fn from_meter(id: &str) -> Message {
        let mut message = Message::new(Protocol::Hdlc);
        message.meter.id = Some(id.into());
        message.length = 100;
        message
    }

    #[test]
    fn silence_has_two_explanations() {
        let mut record = Record::default();
        record.set(at(115_200), Duration::ZERO);
        assert_eq!(causes(&record, &known(Flags::PerCharacter)), [Cause::Idle, Cause::Stuck]);
        // A driver that counts breaks settles it.
        let told = Known { driver_breaks: 2, ..known(Flags::None) };
        assert_eq!(causes(&record, &told), [Cause::Stuck]);
        let short = Known { listened: Duration::from_secs(5), ..known(Flags::None) };
        let faults = diagnose(&record, &short);
        assert!(faults.iter().all(|f| f.confidence <= 0.5), "five seconds prove nothing");
    }

    #[test]
    fn a_line_that_is_always_low() {
        // One break whenever the line is set.
        for (flag, flags) in [(Flag::Break, Flags::PerCharacter), (Flag::None, Flags::None)] {
            let mut record = Record::default();
            for i in 0..3u32 {
                record.set(at(115_200), Duration::from_secs(10 * u64::from(i)));
                say(&mut record, at(115_200), f64::from(i) * 10.0 + 0.02, &[0], flag);
                let quiet = Duration::from_secs(10 * u64::from(i) + 5);
                assert!(record.wants_another_set(quiet));
            }
            assert_eq!(causes(&record, &known(flags))[0], Cause::Stuck, "{flags:?}");
        }
        // A receiver that reports breaks without end.
        let mut record = Record::default();
        say(&mut record, at(9600), 1.0, &[0; 5000], Flag::Break);
        assert_eq!(causes(&record, &known(Flags::PerCharacter))[0], Cause::Stuck);
        assert!(!record.wants_another_set(Duration::from_secs(50)));
    }

    #[test]
    fn breaks_that_come_and_go() {
        let mut record = Record::default();
        for i in 0..4 {
            say(&mut record, at(2400), 7.0 * f64::from(i) + 3.0, &[0], Flag::Break);
        }
        assert_eq!(causes(&record, &known(Flags::PerCharacter)), [Cause::Break]);
        // The same ahead of good messages.
        let mut record = Record::default();
        for i in 0..4 {
            say(&mut record, at(2400), 7.0 * f64::from(i) + 3.0, &[0], Flag::Break);
            say(&mut record, at(2400), 7.0 * f64::from(i) + 3.5, &[0x55; 100], Flag::None);
            record.understood(&[from_meter("1")]);
        }
        let found = Known { found: Some((at(2400), true)), ..known(Flags::PerCharacter) };
        assert_eq!(causes(&record, &found), [Cause::Break]);
    }

    /// Text as a receiver hears it when each rising edge is late by a bit: of every row of ones the first
    /// one is lost.
    fn late(text: &[u8]) -> Vec<u8> {
        text.iter().map(|c| c & (c << 1)).collect()
    }

    #[test]
    fn rising_edges_that_are_late() {
        let text = b"1-0:1.8.1(002074.842*kWh)\r\n1-0:1.8.2(000881.383*kWh)\r\n1-0:1.7.0(00.494*kW)\r\n";
        let mut record = Record::default();
        say(&mut record, at(9600), 1.0, &late(text), Flag::Error);
        let faults = diagnose(&record, &known(Flags::PerCharacter));
        assert_eq!(faults[0].cause, Cause::WeakPullup);
        assert!(faults[0].confidence >= 0.7 && faults[0].why.contains("9600 baud"), "{faults:?}");
        // The same text as it should be, and inverted, and heard twice too fast (each bit twice).
        let twice = |c: u8| (0..4).fold(0u8, |byte, i| byte | ((c >> i & 1) * 3) << (2 * i));
        let good: [Vec<u8>; 3] =
            [text.to_vec(), text.iter().map(|c| !c).collect(), text.iter().map(|c| twice(*c) << 2).collect()];
        for bytes in good {
            let mut record = Record::default();
            say(&mut record, at(9600), 1.0, &bytes, Flag::None);
            assert_eq!(causes(&record, &known(Flags::None)), [], "{bytes:02X?}");
        }
        // Falling edges that are late: of every row of zeros the first one is lost.
        let mut record = Record::default();
        let bytes: Vec<u8> = text.iter().map(|c| c | (c << 1)).collect();
        say(&mut record, at(9600), 1.0, &bytes, Flag::None);
        assert_eq!(causes(&record, &known(Flags::None)), [Cause::WrongLevel]);
    }

    #[test]
    fn sound_without_a_pause_or_a_sense() {
        let mut record = Record::default();
        let mut state = 1u32;
        for i in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let flag = if state >> 30 == 0 { Flag::Error } else { Flag::None };
            let at_time = Duration::from_millis(5 * i);
            record.hear(&Heard { byte: (state >> 16) as u8, flag, at: at_time }, &at(1200));
        }
        assert_eq!(causes(&record, &known(Flags::PerCharacter)), [Cause::Noise]);
        assert_eq!(causes(&record, &known(Flags::None)), [Cause::Noise, Cause::TwoTalkers]);
        // An inverted meter that never pauses is something else.
        assert_eq!(causes(&record, &Known { explained: true, ..known(Flags::PerCharacter) }), []);
    }

    #[test]
    fn two_meters_on_a_line() {
        let found = Known { found: Some((at(2400), true)), ..known(Flags::PerCharacter) };
        let mut record = Record::default();
        let burst = |record: &mut Record, second: u32, length: usize| {
            say(record, at(2400), f64::from(second), &vec![0x55; length], Flag::None);
        };
        burst(&mut record, 1, 100);
        record.understood(&[from_meter("1")]);
        assert!(record.message(&from_meter("1")) && !record.message(&from_meter("1")));
        assert_eq!(causes(&record, &found), []);
        // Lists that do not name the meter are nobody else's.
        assert!(!record.message(&Message::new(Protocol::Hdlc)));
        assert!(record.message(&from_meter("2")));
        let faults = diagnose(&record, &found);
        assert_eq!(faults[0].cause, Cause::TwoTalkers);
        assert!(
            faults[0].why.contains("1 (3 messages)") && faults[0].why.contains("2 (1 message)"),
            "{faults:?}"
        );
        // Not told apart by name: the damaged bursts are longer than a message.
        let mut record = Record::default();
        burst(&mut record, 1, 100);
        record.understood(&[from_meter("1")]);
        burst(&mut record, 5, 160);
        record.not_understood();
        assert_eq!(causes(&record, &found), [Cause::TwoTalkers, Cause::Noise]);
        // As long as a message: noise is more probable.
        let mut record = Record::default();
        burst(&mut record, 1, 100);
        record.understood(&[from_meter("1")]);
        burst(&mut record, 5, 100);
        record.not_understood();
        assert_eq!(causes(&record, &found), [Cause::Noise, Cause::TwoTalkers]);
    }

    #[test]
    fn bursts_of_nothing_but_low_bits() {
        let mut record = Record::default();
        for (i, baudrate) in [115_200, 9600, 2400, 1200].into_iter().enumerate() {
            say(&mut record, at(baudrate), 10.0 * (i + 1) as f64, &[0; 30], Flag::Error);
        }
        assert_eq!(causes(&record, &known(Flags::PerCharacter)), [Cause::WrongLevel, Cause::WeakPullup]);
        // At a single baud rate that may be a slower line.
        let mut record = Record::default();
        say(&mut record, at(115_200), 10.0, &[0; 30], Flag::Error);
        assert_eq!(causes(&record, &known(Flags::PerCharacter)), []);
    }

    #[test]
    fn memory_is_bounded() {
        let mut record = Record::default();
        for i in 0..2000 {
            say(&mut record, at(2400), f64::from(i), b"some", Flag::None);
            record.message(&from_meter(&i.to_string()));
        }
        assert!(record.stretches.len() <= REMEMBERED && record.speakers.len() <= SPEAKERS);
    }
}
