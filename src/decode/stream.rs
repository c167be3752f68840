//! From a stream of bytes to messages: which protocol has a frame where, and in which order.
//!
//! # How a position is decided
//! At each position every protocol whose frames may begin with that byte is asked, in the order of the
//! table at the end of this file.  A frame whose checksum holds ([`Trust::Checked`]) wins at once;
//! otherwise the most trusted, and among equals the first.  While a protocol needs more bytes to decide,
//! the stream waits, so the answer never depends on how the input was cut into pieces.
//!
//! A frame that is broken or cut off may have lost its end, and a good frame may begin inside it: it is
//! shortened to end where the first frame with a good checksum begins.
//!
//! # Adding a protocol
//! Implement [`Reader`] and add one line to the table.

use super::scan::{Scan, Trust};
use super::trace::{NoTrace, Trace};
use super::{Keys, Message, Protocol};

/// The longest frame that is waited for.  Above the longest of any protocol: an encrypted P1 message
/// is at most 65 535 bytes and a header of 18.
pub const MAX_FRAME: usize = 65_600;

/// A frame in the input, as [`Reader::read`] gets it.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Offset of its first byte in the input.
    pub offset: u64,
    /// What [`Reader::scan`] said; [`Trust::Truncated`] also when a good frame begins inside.
    pub trust: Trust,
    /// Bytes of no known protocol directly before it.
    pub gap: u64,
}

impl Frame<'_> {
    /// Offset of the byte behind it.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

/// What came of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// `out` is a message.
    Complete,
    /// `out` is an older message that this frame shows to have been cut off; read the frame again.
    Again,
    /// The frame is a part of a message that is not complete yet, or says nothing.
    Pending,
    /// No message after all: its first byte is noise.
    Noise,
}

/// A protocol, as the stream drives it.
///
/// The value itself is the session: segments of a message in several frames, the last invocation
/// counter, the request that an answer belongs to.
pub trait Reader {
    /// The values of [`Options::protocol`] under which this reader is asked; messages get the first
    /// unless `read` says otherwise.
    const SERVES: &'static [Protocol];

    /// The bytes with which its frames may begin.
    const STARTS: &'static [u8];

    /// True when its frames are only named, and do not count as good frames inside a broken one.
    const NAMED_ONLY: bool = false;

    /// A fresh session.
    fn new(keys: &Keys) -> Self;

    /// Looks for a frame at the first byte of `buffer`; the contract is [`super::scan`]'s.  The
    /// session may be looked at: it changes between frames only.
    fn scan(&self, buffer: &[u8], end: bool) -> Scan;

    /// Reads a frame that `scan` found.
    ///
    /// `out` is empty with the protocol, offset and length of the frame; a message in several frames
    /// sets them to those of the frames together.  On [`Outcome::Complete`] and [`Outcome::Again`]
    /// it is given out, otherwise it is dropped.
    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome;

    /// At the end of the input: puts a message that is still incomplete into `out` and returns true.
    /// Asked until it returns false.
    fn flush<T: Trace>(&mut self, _out: &mut Message, _trace: &mut T) -> bool {
        false
    }
}

/// What to decode, and with which keys.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only this protocol; otherwise all, found by structure and checksum.
    pub protocol: Option<Protocol>,
    /// Keys for ciphered messages.
    pub keys: Keys,
}

/// Decodes a stream piece by piece, in constant memory.
///
/// ```
/// # use wwctl::decode::{Decoder, Options};
/// let mut decoder = Decoder::new(&Options::default());
/// # let pieces: [&[u8]; 1] = [b""];
/// for piece in pieces {
///     decoder.push(piece);
///     while let Some(message) = decoder.next() {
///         println!("{} {}", message.offset, message.protocol);
///     }
/// }
/// decoder.finish();
/// while let Some(message) = decoder.next() {
///     println!("{} {}", message.offset, message.protocol);
/// }
/// ```
#[derive(Debug)]
pub struct Decoder<T: Trace = NoTrace> {
    engine: Engine<T>,
    buffer: Vec<u8>,
    /// What of `buffer` is done with.
    done: usize,
    /// Offset in the input of the first byte of `buffer`.
    base: u64,
    ended: bool,
}

impl Decoder {
    /// A decoder at the start of an input.
    pub fn new(options: &Options) -> Self {
        Decoder::with_trace(options, NoTrace)
    }
}

impl<T: Trace> Decoder<T> {
    /// A decoder that tells `trace` what it sees.
    pub fn with_trace(options: &Options, trace: T) -> Self {
        Decoder { engine: Engine::new(options, trace), buffer: Vec::new(), done: 0, base: 0, ended: false }
    }

    /// Appends input.  Memory grows with what is pushed before [`Decoder::next`] is asked.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.done > 0 {
            // What is left is shorter than a frame: moving it costs less than growing.
            self.buffer.drain(..self.done);
            self.base += self.done as u64;
            self.done = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that no more input comes: what is incomplete is given out as such.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// The next message, if there is one; after `None`, push more input.
    #[allow(clippy::should_implement_trait, reason = "the message is lent, which an iterator cannot do")]
    pub fn next(&mut self) -> Option<&Message> {
        if self.engine.step(&self.buffer, self.base, &mut self.done, self.ended) {
            Some(&self.engine.message)
        } else {
            None
        }
    }

    /// What the trace has collected.
    pub fn trace_mut(&mut self) -> &mut T {
        &mut self.engine.trace
    }

    /// Bytes so far that belong to no message.
    pub fn skipped(&self) -> u64 {
        self.engine.skipped
    }

    /// Offset in the input of the first byte that is not decided yet.
    pub fn position(&self) -> u64 {
        self.base + self.done as u64
    }
}

/// All messages of an input that is in memory.
pub fn decode_all(bytes: &[u8], options: &Options) -> Vec<Message> {
    let mut messages = Vec::new();
    decode_each(bytes, options, |message| messages.push(message.clone()));
    messages
}

/// Lends each message of an input that is in memory, without copying the input.
pub fn decode_each(bytes: &[u8], options: &Options, mut each: impl FnMut(&Message)) {
    let mut engine = Engine::new(options, NoTrace);
    let mut done = 0;
    while engine.step(bytes, 0, &mut done, true) {
        each(&engine.message);
    }
}

/// A frame that is decided: reader, bytes from `done`, trust.
#[derive(Debug, Clone, Copy)]
struct Found {
    reader: usize,
    length: usize,
    trust: Trust,
}

/// What a position holds.
enum At {
    Nothing,
    More,
    Frame(Found),
}

#[derive(Debug)]
struct Engine<T> {
    readers: Readers,
    /// Per byte, the readers whose frames may begin with it, as bits.
    starts: [u16; 256],
    /// The readers that are asked at all, as bits.
    wanted: u16,
    message: Message,
    trace: T,
    index: u64,
    /// Bytes of no known protocol directly before the position.
    gap: u64,
    skipped: u64,
    /// A frame to be read again (see [`Outcome::Again`]).
    again: Option<Found>,
    /// Offset of a frame that is not whole, and where in it the search for a good one goes on when more
    /// input is there: no byte of it is looked at anew with each piece.
    search: (u64, usize),
}

impl<T: Trace> Engine<T> {
    fn new(options: &Options, trace: T) -> Self {
        let mut wanted = 0;
        for (bit, serves) in SERVES.iter().enumerate() {
            if options.protocol.is_none_or(|protocol| serves.contains(&protocol)) {
                wanted |= 1 << bit;
            }
        }
        let mut starts = STARTS;
        for set in &mut starts {
            *set &= wanted;
        }
        Engine {
            readers: Readers::new(&options.keys),
            starts,
            wanted,
            message: Message::new(Protocol::Unknown),
            trace,
            index: 0,
            gap: 0,
            skipped: 0,
            again: None,
            search: (0, 1),
        }
    }

    /// Advances `done` to behind the next message, which is then in `self.message`; false when more
    /// input is needed, or after `end` when there is none.
    fn step(&mut self, input: &[u8], base: u64, done: &mut usize, end: bool) -> bool {
        loop {
            let rest = input.get(*done..).unwrap_or_default();
            let found = match self.again.take() {
                Some(found) => found,
                None => {
                    let noise = rest.iter().position(|&byte| self.starting(byte) != 0).unwrap_or(rest.len());
                    if noise > 0 {
                        self.skip(noise, done);
                        continue;
                    }
                    if rest.is_empty() {
                        return end && self.flush();
                    }
                    match self.settle(rest, base + *done as u64, end) {
                        At::Nothing => {
                            self.skip(1, done);
                            continue;
                        }
                        At::More => return false,
                        At::Frame(found) => found,
                    }
                }
            };
            let bytes = rest.get(..found.length).unwrap_or(rest);
            let frame = Frame { bytes, offset: base + *done as u64, trust: found.trust, gap: self.gap };
            let serves = SERVES.get(found.reader).and_then(|s| s.first());
            self.message.reset(serves.copied().unwrap_or(Protocol::Unknown));
            self.message.offset = frame.offset;
            self.message.length = bytes.len() as u64;
            let outcome = self.readers.read(found.reader, &frame, &mut self.message, &mut self.trace);
            match outcome {
                Outcome::Noise => {
                    self.skip(1, done);
                    continue;
                }
                Outcome::Again => self.again = Some(found),
                Outcome::Complete | Outcome::Pending => {
                    *done += found.length;
                    self.gap = 0;
                }
            }
            if outcome != Outcome::Pending {
                self.number();
                return true;
            }
        }
    }

    fn skip(&mut self, bytes: usize, done: &mut usize) {
        *done += bytes;
        self.gap += bytes as u64;
        self.skipped += bytes as u64;
    }

    fn number(&mut self) {
        self.message.index = self.index;
        self.index += 1;
    }

    fn flush(&mut self) -> bool {
        for reader in 0..SERVES.len() {
            if self.wanted & (1 << reader) == 0 {
                continue;
            }
            let serves = SERVES.get(reader).and_then(|s| s.first());
            self.message.reset(serves.copied().unwrap_or(Protocol::Unknown));
            if self.readers.flush(reader, &mut self.message, &mut self.trace) {
                self.number();
                return true;
            }
        }
        false
    }

    /// The frame at the first byte, shortened if it is not whole and a good one begins inside.
    fn settle(&mut self, rest: &[u8], offset: u64, end: bool) -> At {
        let found = match self.look(rest, end, u16::MAX) {
            At::Frame(found) => found,
            other => return other,
        };
        if !matches!(found.trust, Trust::Broken | Trust::Truncated) {
            return At::Frame(found);
        }
        let mut at = if self.search.0 == offset { self.search.1 } else { 1 };
        // Few bytes begin a frame: the others are passed over without asking anybody.
        while let Some(inside) = rest.get(at..found.length)
            && let Some(passed) = inside.iter().position(|&byte| self.starting(byte) & !NAMED_ONLY != 0)
        {
            at += passed;
            match self.look(rest.get(at..).unwrap_or_default(), end, !NAMED_ONLY) {
                At::More => {
                    self.search = (offset, at);
                    return At::More;
                }
                At::Frame(Found { trust: Trust::Checked, .. }) => {
                    return At::Frame(Found { length: at, trust: Trust::Truncated, ..found });
                }
                _ => at += 1,
            }
        }
        At::Frame(found)
    }

    /// The readers whose frames may begin with `byte`, as bits.
    #[inline]
    fn starting(&self, byte: u8) -> u16 {
        self.starts[usize::from(byte)]
    }

    /// The most trusted frame that begins at the first byte, of the readers in `among`.
    fn look(&self, rest: &[u8], end: bool, among: u16) -> At {
        let Some((first, window)) = rest.first().zip(rest.get(..rest.len().min(MAX_FRAME))) else {
            return At::Nothing;
        };
        let mut set = self.starting(*first) & among;
        let mut best: Option<Found> = None;
        while set != 0 {
            let reader = set.trailing_zeros() as usize;
            set &= set - 1;
            match self.readers.scan(reader, window, end) {
                Scan::No => {}
                // Nothing is that long: whatever it waits for will not come.
                Scan::More if end || window.len() == MAX_FRAME => {}
                Scan::More => return At::More,
                Scan::Frame { length, trust } if length > 0 && length <= window.len() => {
                    let found = Found { reader, length, trust };
                    if trust == Trust::Checked {
                        return At::Frame(found);
                    }
                    if best.is_none_or(|b| trust > b.trust) {
                        best = Some(found);
                    }
                }
                Scan::Frame { .. } => {}
            }
        }
        best.map_or(At::Nothing, At::Frame)
    }
}

/// Builds the dispatch from the table: a field, a bit and a match arm for each protocol.
macro_rules! protocols {
    ($($bit:literal $name:ident: $reader:ty,)*) => {
        /// The sessions of all protocols.
        #[derive(Debug)]
        struct Readers { $($name: $reader,)* }

        impl Readers {
            fn new(keys: &Keys) -> Self {
                Readers { $($name: <$reader>::new(keys),)* }
            }

            #[inline]
            fn scan(&self, reader: usize, buffer: &[u8], end: bool) -> Scan {
                match reader {
                    $($bit => self.$name.scan(buffer, end),)*
                    _ => Scan::No,
                }
            }

            #[inline]
            fn read<T: Trace>(&mut self, reader: usize, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
                match reader {
                    $($bit => self.$name.read(frame, out, trace),)*
                    _ => Outcome::Noise,
                }
            }

            fn flush<T: Trace>(&mut self, reader: usize, out: &mut Message, trace: &mut T) -> bool {
                match reader {
                    $($bit => self.$name.flush(out, trace),)*
                    _ => false,
                }
            }
        }

        /// The protocols under which each reader is asked.
        const SERVES: &[&[Protocol]] = &[$(<$reader>::SERVES,)*];

        /// Per byte, the readers whose frames may begin with it, as bits.
        const STARTS: [u16; 256] = {
            let mut table = [0; 256];
            $(mark(&mut table, <$reader>::STARTS, $bit);)*
            table
        };

        /// The readers that only name what they see, as bits.
        const NAMED_ONLY: u16 = 0 $(| ((<$reader>::NAMED_ONLY as u16) << $bit))*;
    };
}

const fn mark(table: &mut [u16; 256], starts: &[u8], bit: u8) {
    let mut i = 0;
    while i < starts.len() {
        table[starts[i] as usize] |= 1 << bit;
        i += 1;
    }
}

// The order matters between equally trusted frames at one position: stricter structure first.
protocols! {
    0 p1: super::dsmr::Reader,
    1 ciphered_p1: super::dsmr::CipheredReader,
    2 kmp: super::kmp::Reader,
    3 mep: super::mep::Reader,
    4 hdlc: super::hdlc::Reader,
    5 mbtr: super::mbtr::Reader,
    6 mbus: super::mbus::Reader,
    7 dlms: super::dlms::bare::Reader,
    8 sml: super::unsupported::Sml,
    9 iec62056: super::unsupported::Iec62056,
    10 modbus: super::unsupported::Modbus,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::checksum::arc;
    use crate::decode::{ProblemCode, Status};

    fn telegram(energy: &str) -> Vec<u8> {
        let text = format!("/ISK5\\2M550T-1012\r\n\r\n1-3:0.2.8(50)\r\n1-0:1.8.1({energy}*kWh)\r\n!");
        let crc = arc(text.as_bytes());
        format!("{text}{crc:04X}\r\n").into_bytes()
    }

    fn seen(bytes: &[u8]) -> Vec<(u64, u64, Status)> {
        decode_all(bytes, &Options::default()).iter().map(|m| (m.offset, m.length, m.status)).collect()
    }

    #[test]
    fn messages_have_their_place_in_the_input() {
        let one = telegram("000051.775");
        let length = one.len() as u64 - 2;
        let input = [b"\x00\xFFnoise/", &one[..], b"\x80\x80", &one[..], b"end"].concat();
        let second = 8 + one.len() as u64 + 2;
        assert_eq!(seen(&input), [(8, length, Status::Ok), (second, length, Status::Ok)]);
    }

    #[test]
    fn a_cut_off_frame_does_not_swallow_the_next() {
        let one = telegram("000051.775");
        for cut in 1..one.len() - 6 {
            let input = [&one[..cut], &one[..]].concat();
            let messages = decode_all(&input, &Options::default());
            let good: Vec<_> = messages.iter().filter(|m| m.status == Status::Ok).collect();
            assert_eq!(good.len(), 1, "cut at {cut}: {messages:?}");
            assert_eq!(good.first().map(|m| m.offset), Some(cut as u64));
        }
    }

    #[test]
    fn chunks_of_any_size_give_the_same() {
        let one = telegram("000051.775");
        let mut broken = one.clone();
        broken[40] ^= 1;
        let input =
            [&one[7..], b"/\x80/ABC/", &broken, &one[..60], &one, b"\xDB\x08/ISK", &one[..one.len() - 3]]
                .concat();
        let whole = decode_all(&input, &Options::default());
        assert_eq!(whole.len(), 4, "{whole:#?}");
        for size in 1..80 {
            let mut decoder = Decoder::new(&Options::default());
            let mut messages = Vec::new();
            for chunk in input.chunks(size) {
                decoder.push(chunk);
                while let Some(message) = decoder.next() {
                    messages.push(message.clone());
                }
            }
            decoder.finish();
            while let Some(message) = decoder.next() {
                messages.push(message.clone());
            }
            assert_eq!(messages, whole, "chunks of {size}");
        }
    }

    #[test]
    fn another_protocol_is_not_asked() {
        let options = Options { protocol: Some(Protocol::Kmp), ..Options::default() };
        assert_eq!(decode_all(&telegram("000051.775"), &options), []);
    }

    #[test]
    fn what_is_cut_off_at_the_end_comes_out_as_truncated() {
        let one = telegram("000051.775");
        let messages = decode_all(&one[..one.len() - 5], &Options::default());
        assert_eq!(messages.len(), 1);
        assert_eq!(messages.first().map(|m| m.status), Some(Status::Truncated));
        assert!(messages.iter().all(|m| m.problems.iter().any(|p| p.code == ProblemCode::Truncated)));
    }
}
