//! Pushes in HDLC frames whose first frame lacks its header and perhaps the first bytes of its information.
//!
//! The header of an HDLC frame has a checksum of its own, behind which the state of the frame's checksum is the
//! same whatever the header was (ISO/IEC 13239, 4.2.5).  From the frame's end that state is computed backwards,
//! and compared with what it is behind the known beginnings of the information, of which as much may be lost.

use super::{Headless, LOOK};
use crate::decode::{Message, ProblemCode, Status, Value};
use crate::probe::checksum::FCS;

/// What a push may begin with, as far as it is the same with many meters.
#[derive(Debug, Clone, Copy)]
enum Part {
    Bytes(&'static [u8]),
    /// The length of the rest of the frame's information.
    Length,
    /// A date and time (IEC 62056-6-2, 4.1.6.1), which is found once more in the list.
    Clock,
    /// How many elements an array or structure has.
    Count,
}

use Part::{Bytes, Clock, Count, Length};

/// LLC header of IEC 62056-46; then perhaps that of a first block (general-block-transfer, IEC 62056-5-3).
const OUTSIDE: [&[Part]; 3] = [
    &[Bytes(&[0xE6, 0xE7, 0x00])],
    &[Bytes(&[0xE6, 0xE7, 0x00, 0xE0, 0x40, 0x00, 0x01, 0x00, 0x00]), Length],
    &[Bytes(&[0xE6, 0xE7, 0x00, 0xE0, 0xC0, 0x00, 0x01, 0x00, 0x00]), Length],
];

/// A message ciphered with a global key (general-glo-ciphering); a title unique to the meter follows.
const CIPHERED: &[Part] = &[Bytes(&[0xDB, 0x08])];

/// A data-notification, with the invoke-ids that meters use, and without or with its time, which some give a type.
const NOTIFICATIONS: [&[Part]; 6] = [
    &[Bytes(&[0x0F, 0x40, 0, 0, 0, 0])],
    &[Bytes(&[0x0F, 0x00, 0, 0, 0, 0])],
    &[Bytes(&[0x0F, 0x40, 0, 0, 0, 0x0C]), Clock],
    &[Bytes(&[0x0F, 0x00, 0, 0, 0, 0x0C]), Clock],
    &[Bytes(&[0x0F, 0x40, 0, 0, 0, 0x09, 0x0C]), Clock],
    &[Bytes(&[0x0F, 0x00, 0, 0, 0, 0x09, 0x0C]), Clock],
];

/// How the lists of several makers begin: Aidon and Kamstrup with the name of the list and the meter's number,
/// Kaifa likewise, Landis+Gyr with the first objects of the list, and others with the time.
const LISTS: [&[Part]; 5] = [
    &[
        Bytes(&[1]),
        Count,
        Bytes(b"\x02\x02\x09\x06\x01\x01\x00\x02\x81\xFF\x0A\x0BAIDON_V0001\x02\x02\x09\x06\x00\x00\x60\x01\x00\xFF\x0A"),
    ],
    &[Bytes(&[2]), Count, Bytes(b"\x0A\x0EKamstrup_V0001\x09\x06\x01\x01\x00\x00\x05\xFF\x0A")],
    &[Bytes(&[2]), Count, Bytes(b"\x09\x07KFM_001\x09")],
    &[
        Bytes(&[2]),
        Count,
        Bytes(&[1]),
        Count,
        Bytes(b"\x02\x04\x12\x00\x28\x09\x06\x00\x08\x19\x09\x00\xFF\x0F\x02\x12\x00\x00"),
    ],
    &[Bytes(&[2]), Count, Bytes(&[0x09, 0x0C]), Clock],
];

/// Lists have at most so many elements.
const ELEMENTS: u8 = 64;

/// Times that are tried.
const CLOCKS: usize = 3;

/// Frames that are looked at: an end may also be a byte of the information that equals it.
const ENDS: usize = 12;

/// So many known bytes must be heard behind those that are not, if so many are known.
const CONFIRMED: usize = 2;

/// Beginnings longer than this are many, and so many known bytes must be heard of them: each rules out all but
/// one in 256, so that hardly one of a million places, times and numbers is left for the checksum to hold by
/// chance.
const MUCH: usize = 12;
const OF_MUCH: usize = 5;

/// So many readings are a list.
const LIST: usize = 3;

/// Must the message be what was sent, after `confirmed` bytes of its beginning were heard that are known?
///
/// A list that is readable to its end must be; a single value, or anything that leaves bytes over, is soon read into
/// noise.  Of ciphered content only the head can be looked at, so it must have been heard.
pub(in crate::probe) fn vouched(message: &Message, confirmed: usize) -> bool {
    let odd = message.problems.iter().any(|problem| problem.code == ProblemCode::Quirk);
    let values = message.readings.iter().filter(|reading| reading.value != Value::Null).count();
    match message.status {
        Status::Ok if odd || values == 0 => false,
        Status::Ok => values >= LIST || confirmed >= OF_MUCH,
        _ => confirmed >= CONFIRMED,
    }
}

/// A byte of a beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Known(u8),
    Count,
    Length,
}

/// That a telegram begins so, and that what was heard of it begins at `at`, behind `supplied` bytes.
struct Guess {
    beginning: usize,
    at: usize,
    supplied: usize,
    confirmed: usize,
}

/// Reads `bytes` as pushes without their header.
///
/// Many beginnings are tried, and each holds by chance once in 65536 times; but nearly all are ruled out by the
/// bytes that were heard behind them, and what follows must then be readable to its end.
pub(in crate::probe) fn headless(bytes: &[u8]) -> Vec<Headless> {
    let mut out: Vec<Headless> = Vec::new();
    let beginnings = beginnings(&clocks(bytes));
    let guesses = guesses(bytes, &beginnings);
    let ends = bytes.iter().enumerate().skip(12).filter(|(_, b)| **b == FLAG).map(|(i, _)| i);
    let ends: Vec<(usize, [u16; LOOK])> =
        ends.take(ENDS).map(|end| (end, FCS.backwards(bytes.get(..end).unwrap_or_default(), GOOD))).collect();
    // Behind what was lost of each beginning, as far as it was asked for.
    let mut known: Vec<Option<Vec<States>>> = vec![None; beginnings.len()];
    for guess in guesses {
        let items = beginnings.get(guess.beginning).and_then(|b| b.get(..guess.supplied)).unwrap_or_default();
        let counts = if items.contains(&Item::Count) { 1..=ELEMENTS } else { 0..=0 };
        // What is lost depends on the frame's end only where it tells the length.
        let to_all = !items.contains(&Item::Length);
        let of_beginning = known.get_mut(guess.beginning).filter(|_| to_all);
        let known = of_beginning.and_then(|known| {
            let items = beginnings.get(guess.beginning).map(Vec::as_slice).unwrap_or_default();
            known.get_or_insert_with(|| States::behind_each(items)).get(guess.supplied).copied()
        });
        let each = known.map(|states| states.with_each());
        for (end, before_it) in ends.iter().filter(|(end, _)| guess.at + 2 < *end) {
            let Some(wanted) = before_it.get(guess.at) else { continue };
            let more = if to_all { 0 } else { end - guess.at - 2 };
            let each = each.unwrap_or_else(|| States::new(items, more).with_each());
            // Hardly ever any of them.
            if !each.contains(wanted) {
                continue;
            }
            for count in counts.clone().filter(|count| each.get(usize::from(*count)) == Some(wanted)) {
                keep(&mut out, &guess, &lost(items, count, more), bytes, *end);
            }
        }
    }
    out
}

/// The checksum's states behind what was lost, for every number of elements: it is linear, so each bit of that number
/// changes it by a pattern of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct States {
    none: u16,
    patterns: [u16; 7],
}

impl States {
    fn new(items: &[Item], more: usize) -> Self {
        let none = checked(&lost(items, 0, more));
        let mut patterns = [0; 7];
        if items.contains(&Item::Count) {
            for (bit, pattern) in (0..7).zip(&mut patterns) {
                *pattern = checked(&lost(items, 1 << bit, more)) ^ none;
            }
        }
        States { none, patterns }
    }

    /// The same behind each of these, and before the first, as long as it does not tell the length.
    fn behind_each(items: &[Item]) -> Vec<Self> {
        let mut at = States { none: GOOD, patterns: [0; 7] };
        let behind = items.iter().map_while(|item| {
            let byte = match item {
                Item::Known(byte) => *byte,
                Item::Count => 0,
                Item::Length => return None,
            };
            at.none = FCS.behind(at.none, byte);
            for (bit, pattern) in (0..7).zip(&mut at.patterns) {
                let changed = if *item == Item::Count { 1 << bit } else { 0 };
                *pattern = FCS.behind(*pattern, changed);
            }
            Some(at)
        });
        std::iter::once(States { none: GOOD, patterns: [0; 7] }).chain(behind).collect()
    }

    /// For every number of elements.
    fn with_each(&self) -> [u16; ELEMENTS as usize + 1] {
        let mut each = [self.none; ELEMENTS as usize + 1];
        for count in 1..each.len() {
            // What it is for the number without its lowest bit, and that bit's pattern.
            let without = each.get(count & (count - 1)).copied().unwrap_or_default();
            let pattern = self.patterns.get(count.trailing_zeros() as usize).copied().unwrap_or_default();
            if let Some(state) = each.get_mut(count) {
                *state = without ^ pattern;
            }
        }
        each
    }
}

/// The checksum's state behind these bytes of the information.
fn checked(bytes: &[u8]) -> u16 {
    bytes.iter().fold(GOOD, |state, byte| FCS.behind(state, *byte))
}

fn keep(out: &mut Vec<Headless>, guess: &Guess, lost: &[u8], bytes: &[u8], end: usize) {
    for segmented in [false, true] {
        let bytes = with_header(lost, bytes, guess.at, end, segmented);
        // The same, as if less of it had been heard.
        if let Some(same) = out.iter_mut().find(|h| h.bytes == bytes) {
            same.confirmed = same.confirmed.max(guess.confirmed);
        } else {
            let Guess { at, confirmed, .. } = *guess;
            out.push(Headless { at, supplied: lost.len(), confirmed, bytes });
        }
    }
}

/// All beginnings, with these times.
fn beginnings(clocks: &[[u8; 12]]) -> Vec<Vec<Item>> {
    let mut out = Vec::new();
    for outside in OUTSIDE {
        out.push(written(&[outside, CIPHERED], &[0; 12]));
        for notification in NOTIFICATIONS {
            let timed = notification.iter().any(|part| matches!(part, Clock));
            for clock in if timed { clocks } else { &[[0; 12]] } {
                out.push(written(&[outside, notification], clock));
                for list in LISTS {
                    if timed || !list.iter().any(|part| matches!(part, Clock)) {
                        out.push(written(&[outside, notification, list], clock));
                    }
                }
            }
        }
    }
    out
}

/// A beginning, byte by byte.
fn written(parts: &[&[Part]], clock: &[u8; 12]) -> Vec<Item> {
    let mut out = Vec::with_capacity(80);
    for part in parts.iter().copied().flatten() {
        match part {
            Bytes(bytes) => out.extend(bytes.iter().map(|byte| Item::Known(*byte))),
            Clock => out.extend(clock.iter().map(|byte| Item::Known(*byte))),
            Count => out.push(Item::Count),
            Length => out.push(Item::Length),
        }
    }
    out
}

/// Where what was heard may go on in the beginnings.
fn guesses(bytes: &[u8], beginnings: &[Vec<Item>]) -> Vec<Guess> {
    // Most places in a beginning, of which there are thousands, are known by the two bytes there.
    let mut places: Vec<([u8; 2], usize, usize)> = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (beginning, items) in beginnings.iter().enumerate() {
        for supplied in 0..=items.len() {
            match items.get(supplied..).unwrap_or_default() {
                rest if items.len() > MUCH && rest.len() < OF_MUCH => {}
                [Item::Known(a), Item::Known(b), ..] => places.push(([*a, *b], beginning, supplied)),
                _ => open.push((beginning, supplied)),
            }
        }
    }
    places.sort_unstable();
    let mut out: Vec<Guess> = Vec::new();
    for at in 0..LOOK.min(bytes.len()) {
        let heard = bytes.get(at..).unwrap_or_default();
        let Some(pair) = heard.first_chunk::<2>() else { break };
        let first = places.partition_point(|(known, _, _)| known < pair);
        let alike = places.iter().skip(first).take_while(|(known, _, _)| known == pair);
        let here = alike.map(|(_, beginning, supplied)| (*beginning, *supplied));
        for (beginning, supplied) in here.chain(open.iter().copied()) {
            let items = beginnings.get(beginning).map(Vec::as_slice).unwrap_or_default();
            let rest = items.get(supplied..).unwrap_or_default();
            let fits = |(item, byte): &(&Item, &u8)| match item {
                Item::Known(known) => known == *byte,
                Item::Count | Item::Length => true,
            };
            let known = |(item, _): &(&Item, &u8)| matches!(item, Item::Known(_));
            let confirmed = rest.iter().zip(heard).take_while(fits).filter(known).count();
            let needed = if items.len() > MUCH { OF_MUCH } else { CONFIRMED.min(rest.len()) };
            if confirmed >= needed {
                out.push(Guess { beginning, at, supplied, confirmed });
            }
        }
    }
    out
}

/// The bytes that were not heard, given the number of elements, and how many more the information has.
fn lost(items: &[Item], count: u8, more: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(items.len() + 1);
    for (n, item) in items.iter().enumerate() {
        match item {
            Item::Known(byte) => out.push(*byte),
            Item::Count => out.push(count),
            Item::Length => {
                let length = items.len() - n - 1 + more;
                // As in ASN.1: up to 127 in one byte, else behind a byte that tells how many there are.
                if length > 0x7F {
                    out.push(0x81);
                }
                out.push(length as u8);
            }
        }
    }
    out
}

/// Dates with times that stand in `bytes`.
fn clocks(bytes: &[u8]) -> Vec<[u8; 12]> {
    let mut out = Vec::new();
    for window in bytes.windows(12) {
        let Some(&[0x07, year, month, day, weekday, hour, minute, second, hundredths, _, _, _]) =
            window.first_chunk::<12>()
        else {
            continue;
        };
        let date = (0xDA..=0xFF).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        let time = hour < 24 && minute < 60 && (second < 60 || second == 0xFF);
        let rest = matches!(weekday, 1..=7 | 0xFF) && matches!(hundredths, 0..=99 | 0xFF);
        if date
            && time
            && rest
            && let Some(clock) = window.first_chunk::<12>()
            && !out.contains(clock)
            && out.len() < CLOCKS
        {
            out.push(*clock);
        }
    }
    out
}

const FLAG: u8 = 0x7E;

/// The state of an HDLC checksum behind one that holds (ISO/IEC 13239, 4.2.5.2).
const GOOD: u16 = 0xF0B8;

/// The frame that ends with the flag at `end`, its header made up, and all that comes after it.
fn with_header(lost: &[u8], bytes: &[u8], at: usize, end: usize, segmented: bool) -> Vec<u8> {
    let heard = bytes.get(at..end).unwrap_or_default();
    let rest = bytes.get(end..).unwrap_or_default();
    // Frames of a push have the same addresses, which tell whose segments they are.
    let addresses = addresses(rest).unwrap_or(&[0x03, 0x21, 0x13]);
    let length = 2 + addresses.len() + 2 + lost.len() + heard.len();
    let kind = 0xA0 | if segmented { 0x08 } else { 0 };
    let mut head = vec![kind | (length >> 8 & 7) as u8, length as u8];
    head.extend_from_slice(addresses);
    let check = !head.iter().fold(0xFFFF, |state, byte| FCS.behind(state, *byte));
    let mut out = vec![FLAG];
    out.append(&mut head);
    out.extend_from_slice(&check.to_le_bytes());
    out.extend_from_slice(lost);
    out.extend_from_slice(heard);
    out.extend_from_slice(rest);
    out
}

/// Addresses and control byte of the frame that begins with the last of these flags.
fn addresses(flags: &[u8]) -> Option<&[u8]> {
    let from = flags.iter().position(|b| *b != FLAG)?;
    let frame = flags.get(from..)?;
    if frame.first()? & 0xF0 != 0xA0 {
        return None;
    }
    let rest = frame.get(2..12)?;
    // An address ends with its first odd byte.
    let destination = rest.iter().position(|b| b & 1 == 1)? + 1;
    let source = rest.get(destination..)?.iter().position(|b| b & 1 == 1)? + 1;
    rest.get(..destination + source + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_behind_each_byte_are_those_of_all_bytes() {
        for items in beginnings(&[[0x07; 12]]) {
            let behind = States::behind_each(&items);
            for (supplied, states) in behind.iter().enumerate() {
                assert_eq!(*states, States::new(&items[..supplied], 0));
                for count in [0, 1, 5, 18, 63, 64] {
                    let lost = lost(&items[..supplied], count, 0);
                    assert_eq!(states.with_each()[usize::from(count)], checked(&lost));
                }
            }
            let told = items.iter().position(|item| *item == Item::Length);
            assert_eq!(behind.len(), told.unwrap_or(items.len()) + 1);
        }
    }

    #[test]
    fn an_hdlc_frame_without_its_header() {
        // A frame made by hand: flag, format, addresses, control, HCS, LLC, information, FCS, flag.
        let mut information = vec![0xE6, 0xE7, 0x00, 0x0F, 0x40, 0, 0, 0, 0, 0x02, 0x06];
        information
            .extend_from_slice(&[0x11, 0x2A, 0x11, 0x2B, 0x11, 0x2C, 0x11, 0x2D, 0x11, 0x2E, 0x11, 0x2F]);
        let fcs = |bytes: &[u8]| {
            let step = |crc: u16, byte: &u8| {
                (0..8).fold(crc ^ u16::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0x8408 } else { c >> 1 })
            };
            (!bytes.iter().fold(0xFFFF, step)).to_le_bytes()
        };
        let mut frame = vec![0xA0, 11 + information.len() as u8 - 1, 0xCE, 0xFF, 0x03, 0x13];
        let hcs = fcs(&frame);
        frame.extend_from_slice(&hcs);
        frame.extend_from_slice(&information);
        let check = fcs(&frame);
        frame.extend_from_slice(&check);
        let mut heard = vec![0x00, 0xE0, 0x13];
        heard.extend_from_slice(frame.get(8..).unwrap());
        heard.push(0x7E);
        let found = headless(&heard);
        assert!(found.iter().all(|h| h.at == 3 && h.supplied == 0), "{found:?}");
        assert_eq!(crate::decode::decode_all(&found[0].bytes, &Default::default()).len(), 1);
        // All that is the same with most meters may be missing.
        let found = headless(heard.get(3 + 8..).unwrap());
        assert!(found.iter().any(|h| h.at == 0 && h.supplied == 8), "{found:?}");
        assert_eq!(crate::decode::decode_all(&found[0].bytes, &Default::default()).len(), 1);
        // One wrong bit, and it is nothing.
        heard[12] ^= 0x10;
        assert_eq!(headless(&heard), []);
    }

    #[test]
    fn noise_that_reads_as_a_value_is_no_push() {
        use crate::decode::{Id, Protocol, Reading};
        let with = |readings: usize, status| {
            let mut message = Message::new(Protocol::Hdlc);
            message.status = status;
            let reading = Reading::new(Id::Named("dlms:data"), Value::Bool(true));
            message.readings = vec![reading; readings];
            message
        };
        assert!(!vouched(&with(1, Status::Ok), 0));
        assert!(!vouched(&with(0, Status::Encrypted), 1));
        assert!(vouched(&with(1, Status::Ok), 5));
        assert!(vouched(&with(3, Status::Ok), 0));
        assert!(vouched(&with(0, Status::Encrypted), 2));
        let nothing = Reading::new(Id::Named("dlms:data"), Value::Null);
        assert!(!vouched(&Message { readings: vec![nothing], ..with(0, Status::Ok) }, 5));
        let mut left_over = with(3, Status::Ok);
        left_over.problem(ProblemCode::Quirk, 18, "264 bytes follow behind the end of the APDU");
        assert!(!vouched(&left_over, 5));
    }

    #[test]
    fn the_header_of_the_next_frame_tells_the_addresses() {
        let next = [0x7E, 0x7E, 0xA0, 0x40, 0xCE, 0xFF, 0x03, 0x13, 1, 2, 3, 4, 5, 6];
        assert_eq!(addresses(&next), Some(&[0xCE, 0xFF, 0x03, 0x13][..]));
        assert_eq!(addresses(&[0x7E]), None);
    }
}
