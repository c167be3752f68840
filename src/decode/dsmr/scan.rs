//! Where a P1 telegram begins and ends, and why its CRC may not hold.

use crate::decode::checksum;
use crate::decode::scan::{Scan, Trust};

/// Longer telegrams are not waited for.  Seen: 1485 bytes; Belgian peak history and several slave
/// meters may double that.
const LONGEST: usize = 16 * 1024;

/// Longest identification line that is believed.
const LONGEST_IDENT: usize = 80;

/// Looks for a telegram at the first byte.
pub(super) fn scan(buffer: &[u8], end: bool) -> Scan {
    match buffer.first() {
        Some(b'/') => scan_plain(buffer, end),
        Some(0xAF) => scan_parity(buffer, end),
        _ => Scan::No,
    }
}

fn scan_plain(buffer: &[u8], end: bool) -> Scan {
    let body = match header(buffer, end) {
        Header::Body(body) => body,
        Header::Cut => return Scan::Frame { length: buffer.len(), trust: Trust::Truncated },
        Header::More => return Scan::More,
        Header::No => return Scan::No,
        Header::Ciphered(body) => return scan_hybrid(buffer, body, end),
    };
    let longest = buffer.get(..LONGEST).unwrap_or(buffer);
    let mut from = body;
    while let Some(at) =
        longest.get(from..).and_then(|rest| memchr::memchr2(b'!', b'/', rest)).map(|i| from + i)
    {
        if let Some(text) = text_end(longest, from, at) {
            return Scan::Frame { length: text, trust: Trust::Truncated };
        }
        if longest.get(at) == Some(&b'!') {
            match end_line(buffer, at, end) {
                Scan::No => {}
                decided => return decided,
            }
        } else if let Some(rest) = buffer.get(at..) {
            // The next telegram begins: this one has lost its end.
            match header(rest, end) {
                Header::Body(_) => return Scan::Frame { length: at, trust: Trust::Truncated },
                Header::More => return Scan::More,
                Header::Cut | Header::Ciphered(_) | Header::No => {}
            }
        }
        from = at + 1;
    }
    if let Some(text) = text_end(longest, from, longest.len()) {
        return Scan::Frame { length: text, trust: Trust::Truncated };
    }
    if longest.len() == LONGEST || end {
        return Scan::Frame { length: longest.len(), trust: Trust::Truncated };
    }
    Scan::More
}

/// The start of a telegram.
enum Header {
    /// A telegram's body begins here.
    Body(usize),
    /// A ciphered body begins here.
    Ciphered(usize),
    /// The input ends within the header.
    Cut,
    More,
    No,
}

fn header(buffer: &[u8], end: bool) -> Header {
    for at in 1..4 {
        match buffer.get(at) {
            Some(letter) if letter.is_ascii_alphabetic() => {}
            Some(_) => return Header::No,
            None if end => return Header::No,
            None => return Header::More,
        }
    }
    let line = buffer.get(..LONGEST_IDENT).unwrap_or(buffer);
    let Some(stop) = line.iter().position(|&byte| byte < 0x20 && byte != 0x02 || byte > 0x7E) else {
        return match (line.len() < LONGEST_IDENT, end) {
            (false, _) => Header::No,
            (true, false) => Header::More,
            // A lone identification; sign-on of IEC 62056-21 looks the same, but has its line end.
            (true, true) if line.get(4) == Some(&b'5') => Header::Cut,
            (true, true) => Header::No,
        };
    };
    let mut body = stop;
    while body < stop + 6 && matches!(buffer.get(body), Some(b'\r' | b'\n')) {
        body += 1;
    }
    match buffer.get(body) {
        _ if body == stop => Header::No,
        Some(b'0'..=b'9' | b'!') => Header::Body(body),
        // The length of a system title: an APDU without its tag.
        Some(0x00 | 0x08) => Header::Ciphered(body),
        Some(_) => Header::No,
        None if end => Header::No,
        None => Header::More,
    }
}

/// What stands at a `!`.
fn end_line(buffer: &[u8], mark: usize, end: bool) -> Scan {
    let before = mark.checked_sub(1).and_then(|at| buffer.get(at));
    if !matches!(before, Some(b'\n' | b'\r' | b')')) {
        return Scan::No;
    }
    let rest = buffer.get(mark + 1..).unwrap_or_default();
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let whole = mark + 1 + digits;
    let checked = |trust_if_bad| {
        let good = holds(buffer, mark);
        Scan::Frame { length: whole, trust: if good { Trust::Checked } else { trust_if_bad } }
    };
    match (digits, rest.get(digits)) {
        (4, _) => checked(Trust::Broken),
        (0, Some(b'\r' | b'\n')) => {
            let text = buffer.get(..mark).unwrap_or_default();
            let trust = if all_text(text) { Trust::Structure } else { Trust::Broken };
            Scan::Frame { length: whole, trust }
        }
        (_, Some(b'\r' | b'\n')) => checked(Trust::Broken),
        (_, None) if !end => Scan::More,
        (0, None) => {
            let text = buffer.get(..mark).unwrap_or_default();
            let trust = if !has_crc(text) && all_text(text) { Trust::Structure } else { Trust::Truncated };
            Scan::Frame { length: whole, trust }
        }
        (_, None) => checked(Trust::Truncated),
        // A damaged CRC, if the line ends where that of one would; else a damaged line.
        (_, Some(_)) => match rest.iter().take(7).position(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(at) => Scan::Frame { length: mark + 1 + at, trust: Trust::Broken },
            None if rest.len() < 7 && !end => Scan::More,
            None => Scan::No,
        },
    }
}

/// A telegram of a version that has a CRC: those have a clock, and versions 2.2 and 3.0 have none.
fn has_crc(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"\n0-0:1.0.0(").is_some()
        || memchr::memmem::find(text, b"\n1-3:0.2.8(").is_some()
}

fn is_text(byte: &u8) -> bool {
    matches!(byte, 0x20..=0x7E | b'\r' | b'\n' | 0x02 | b'\t')
}

fn all_text(bytes: &[u8]) -> bool {
    // Without an early exit inside a chunk the compiler compares many bytes at once.
    bytes.chunks(64).all(|chunk| chunk.iter().fold(true, |good, byte| good & is_text(byte)))
}

/// Where text ends for good in `bytes[from..to]`: at the first of many bytes that are none.  A few damaged
/// bytes do not end it, the telegram is still worth showing as one.
fn text_end(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    let part = bytes.get(from..to)?;
    if all_text(part) {
        return None;
    }
    let (mut first, mut odd) = (0, 0);
    for (at, _) in part.iter().enumerate().filter(|(_, byte)| !is_text(byte)) {
        if at - first >= 32 || odd == 0 {
            (first, odd) = (at, 0);
        }
        odd += 1;
        if odd > 8 {
            return Some(from + first);
        }
    }
    None
}

/// A header and a CRC around a ciphered body (seen on EGM5 and KFM5 meters in Poland).
fn scan_hybrid(buffer: &[u8], body: usize, end: bool) -> Scan {
    use crate::decode::crypt::{GeneralGlo, ParsedGlo};
    let rest = buffer.get(body..).unwrap_or_default();
    let length = match GeneralGlo::parse_untagged(rest) {
        ParsedGlo::Header(glo) if glo.body.end <= LONGEST => glo.body.end,
        ParsedGlo::More if !end => return Scan::More,
        _ => return Scan::No,
    };
    let mut mark = body + length;
    while mark < body + length + 2 && matches!(buffer.get(mark), Some(b'\r' | b'\n')) {
        mark += 1;
    }
    match buffer.get(mark..mark + 5) {
        Some([b'!', crc @ ..]) if crc.iter().all(u8::is_ascii_hexdigit) => {
            let good = holds(buffer, mark);
            Scan::Frame { length: mark + 5, trust: if good { Trust::Checked } else { Trust::Broken } }
        }
        Some(_) => Scan::No,
        None if end => Scan::Frame { length: buffer.len(), trust: Trust::Truncated },
        None => Scan::More,
    }
}

/// A 7E1 line heard as 8N1: the telegram with an even parity bit in bit 7 of every byte.
fn scan_parity(buffer: &[u8], end: bool) -> Scan {
    // Most bytes AF begin no telegram, which the first few behind them show.
    let mut look = 2 * LONGEST_IDENT;
    loop {
        let start = buffer.get(..look.min(LONGEST)).unwrap_or(buffer);
        let odd = start.iter().position(|byte| byte.count_ones() % 2 != 0);
        let plain: Vec<u8> = start.iter().take(odd.unwrap_or(start.len())).map(|byte| byte & 0x7F).collect();
        let all = start.len() == buffer.len().min(LONGEST);
        match scan_plain(&plain, odd.is_some() || (end && all)) {
            Scan::More if !all => look *= 8,
            // Not as it was sent, whatever the CRC says.
            Scan::Frame { length, trust: Trust::Checked } => {
                return Scan::Frame { length, trust: Trust::Broken };
            }
            decided => return decided,
        }
    }
}

/// The last line of a telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer {
    /// Index of the `!`.
    pub mark: usize,
    /// The CRC that stands behind it, if one does.
    pub crc: Option<u16>,
}

/// The last line of a frame that `scan` found.
pub fn trailer(telegram: &[u8]) -> Option<Trailer> {
    let tail = telegram.len().saturating_sub(8);
    let mark = memchr::memrchr(b'!', telegram.get(tail..)?)? + tail;
    trailer_at(telegram, mark)
}

fn trailer_at(telegram: &[u8], mark: usize) -> Option<Trailer> {
    let mut crc = None;
    for &byte in telegram.get(mark + 1..)?.iter().take(4) {
        let Some(digit) = char::from(byte).to_digit(16) else { break };
        crc = Some(crc.unwrap_or(0u16) << 4 | digit as u16);
    }
    Some(Trailer { mark, crc })
}

/// The CRC of the bytes from `/` through the `!` at `mark`.
pub fn computed(telegram: &[u8], mark: usize) -> u16 {
    checksum::arc(telegram.get(..=mark).unwrap_or(telegram))
}

fn holds(telegram: &[u8], mark: usize) -> bool {
    trailer_at(telegram, mark).is_some_and(|trailer| trailer.crc == Some(computed(telegram, mark)))
}

/// Where the ciphered body of a telegram begins, if it has one.
pub(super) fn ciphered_body(telegram: &[u8]) -> Option<usize> {
    match header(telegram.get(..LONGEST_IDENT + 8).unwrap_or(telegram), true) {
        Header::Ciphered(body) => Some(body),
        _ => None,
    }
}

/// What was done to a telegram on its way, if undoing it makes the CRC hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// CR was removed: lines end in LF only.
    LineFeedOnly,
    /// CR was turned into LF: lines end in LF LF.
    DoubleLineFeed,
    /// LF was removed: lines end in CR only.
    CarriageReturnOnly,
    /// Every byte carries a parity bit in bit 7.
    Parity,
}

impl Cause {
    /// What happened, and what to do.
    pub const fn remedy(self) -> &'static str {
        match self {
            Cause::LineFeedOnly => {
                "the CRC holds once each LF is CR LF again: something removed the carriage returns \
                 (a terminal setting such as IGNCR, or an editor); open the port raw, or copy the bytes unchanged"
            }
            Cause::DoubleLineFeed => {
                "the CRC holds once each LF LF is CR LF again: the terminal turned carriage returns into line \
                 feeds (ICRNL); open the port raw"
            }
            Cause::CarriageReturnOnly => {
                "the CRC holds once each CR is CR LF again: something removed the line feeds; open the port raw, \
                 or copy the bytes unchanged"
            }
            Cause::Parity => {
                "the CRC holds once bit 7 is cleared: the line is 7E1 and was heard as 8N1; set 7 data bits and even parity"
            }
        }
    }
}

/// Finds out why the CRC of a telegram does not hold, by undoing what terminals and copies do.
pub fn cause(telegram: &[u8], trailer: &Trailer) -> Option<Cause> {
    let covered = telegram.get(..=trailer.mark)?;
    let said = trailer.crc?;
    let feeds = memchr::memchr(b'\n', covered).is_some();
    let returns = memchr::memchr(b'\r', covered).is_some();
    let candidates = match (feeds, returns) {
        (true, false) => &[(Cause::LineFeedOnly, &b"\n"[..]), (Cause::DoubleLineFeed, &b"\n\n"[..])][..],
        (false, true) => &[(Cause::CarriageReturnOnly, &b"\r"[..])][..],
        _ => &[],
    };
    for &(cause, line_end) in candidates {
        if with_line_ends(covered, line_end) == said {
            return Some(cause);
        }
    }
    if covered.iter().any(|byte| byte & 0x80 != 0) {
        let masked: Vec<u8> = covered.iter().map(|byte| byte & 0x7F).collect();
        if checksum::arc(&masked) == said {
            return Some(Cause::Parity);
        }
    }
    None
}

/// The CRC with each `line_end` replaced by CR LF.
fn with_line_ends(covered: &[u8], line_end: &[u8]) -> u16 {
    let mut crc = 0;
    let mut rest = covered;
    while let Some(at) = memchr::memmem::find(rest, line_end) {
        crc = checksum::arc_update(crc, rest.get(..at).unwrap_or_default());
        crc = checksum::arc_update(crc, b"\r\n");
        rest = rest.get(at + line_end.len()..).unwrap_or_default();
    }
    checksum::arc_update(crc, rest)
}
