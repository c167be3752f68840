//! From a link frame to a message.

use super::ci::{self, Content};
use super::fixed;
use super::header::{self, Address, Form, Header};
use super::known::{Heads, Meters};
use super::link::{self, DATA, Fault, Link, Long};
use super::record::{self, Order};
use super::security::{self, Authentication, BLOCK, Mode};
use super::value;
use crate::decode::{
    Decimal, Direction, Id, Keys, MbusFunction, MbusRecord, Message, ProblemCode, Protocol, Reading,
    Security, Status, TagState, Value,
    scan::{Scan, Trust},
    stream::{self, Frame, Outcome},
    trace::Trace,
};
use compact_str::CompactString;

/// Reads M-Bus frames; remembers which meter was selected last, and where the last frame ended.
#[derive(Debug)]
pub struct Reader {
    keys: Keys,
    /// The meter that was selected by its full address, or that last gave it.
    selected: Option<Address>,
    /// Offset behind the last frame.
    last_end: u64,
    /// Decrypted records, and messages that are only checked: memory kept from frame to frame.
    clear: Vec<u8>,
    heads: Heads,
    meters: Meters,
}

/// A frame's data on the way to the message.
struct Body<'a> {
    /// The bytes behind the CI field.
    data: &'a [u8],
    /// Where they start in the frame.
    start: usize,
    /// Offset of the frame in the input.
    offset: u64,
    /// The authentication layer before the CI field.
    authentication: Option<Authentication<'a>>,
    /// The bytes that its code covers: CI field and data.
    covered: &'a [u8],
}

impl Body<'_> {
    /// Offset in the input of a byte of the data.
    fn place(&self, at: usize) -> u64 {
        self.offset.saturating_add((self.start + at) as u64)
    }
}

impl stream::Reader for Reader {
    const SERVES: &'static [Protocol] = &[Protocol::Mbus];
    const STARTS: &'static [u8] = &[link::LONG, link::SHORT, link::ACK];

    fn new(keys: &Keys) -> Self {
        Reader {
            keys: *keys,
            selected: None,
            last_end: 0,
            clear: Vec::new(),
            heads: Heads::default(),
            meters: Meters::default(),
        }
    }

    /// Frames with CI field 00–1F are left to M-Bus transparent.
    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        match buffer {
            [link::LONG, _, _, link::LONG, _, _, 0x00..=0x1F, ..] => Scan::No,
            _ => link::scan(buffer, end),
        }
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        let Frame { bytes, offset, trust, gap } = *frame;
        let at_once = gap == 0 && (offset == 0 || offset == self.last_end);
        self.last_end = frame.end();
        match Link::parse(bytes, trust) {
            Some(Link::Ack) => {
                // One byte proves nothing: noise around it makes it noise.
                if !at_once {
                    return Outcome::Noise;
                }
                out.direction = Some(Direction::Response);
                trace.open("M-Bus acknowledge", bytes);
                trace.note(0..1, "acknowledge", || "done".to_owned());
                trace.close();
            }
            Some(Link::Short { c, a }) => {
                out.direction = Some(Direction::Request);
                trace.open("M-Bus short frame", bytes);
                trace.note(0..1, "start", || "short frame".to_owned());
                trace.note(1..2, "C field", || link::function(c));
                trace.note(2..3, "A field", || link::address(a));
                trace.note(3..4, "checksum", || "sum of C and A field, good".to_owned());
                trace.note(4..5, "stop", || "end of frame".to_owned());
                trace.close();
            }
            Some(Link::Long(long)) => {
                trace.open("M-Bus frame", bytes);
                self.read_long(&long, bytes, offset, out, trace);
                trace.close();
                judge(&long, bytes, offset, trust, out);
            }
            None => {
                trace.open("M-Bus frame", bytes);
                trace.fault(0..bytes.len(), "start of a frame", || "cut off".to_owned());
                trace.close();
                out.status = Status::Truncated;
                out.problem(ProblemCode::Truncated, offset, "the frame ends after its start");
            }
        }
        Outcome::Complete
    }
}

impl Reader {
    fn read_long<T: Trace>(
        &mut self,
        long: &Long<'_>,
        frame: &[u8],
        offset: u64,
        out: &mut Message,
        trace: &mut T,
    ) {
        let content = ci::content(long.ci);
        if T::ON {
            long.explain_head(trace, &content.describe());
        }
        let covered = frame.get(DATA - 1..DATA + long.data.len()).unwrap_or_default();
        let body = Body { data: long.data, start: DATA, offset, authentication: None, covered };
        self.read_content(content, body, out, trace);
        if T::ON {
            long.explain_tail(trace);
        }
    }

    fn read_content<T: Trace>(&mut self, content: Content, body: Body<'_>, out: &mut Message, trace: &mut T) {
        out.direction = Some(if content.to_meter() { Direction::Request } else { Direction::Response });
        match content {
            Content::Records(form, order) => self.read_records(form, order, body, out, trace),
            Content::Fixed(order) => read_fixed(order, &body, out, trace),
            Content::ApplicationError(form) => {
                let Some((_, rest)) = self.read_header(form, Order::Lsb, &body, out, trace) else { return };
                let at = body.start + form.length();
                let code = rest.first().copied().unwrap_or(0);
                let meaning = ci::application_error(code);
                if !rest.is_empty() {
                    trace.note(at..at + 1, "error code", || meaning.to_owned());
                }
                if rest.len() > 1 {
                    trace.note(at + 1..at + rest.len(), "data", || "details of the error".to_owned());
                }
                let message = format!("the meter reports an application error: {meaning}");
                out.problem(ProblemCode::MeterError, body.place(form.length()), message);
            }
            Content::Alarm(form) => self.read_alarm(form, &body, out, trace),
            Content::Compact(form) | Content::Format(form) => {
                let Some((_, rest)) = self.read_header(form, Order::Lsb, &body, out, trace) else { return };
                let at = body.start + form.length();
                trace.note(at..at + rest.len(), "data", || content.describe());
                unsupported(
                    &body,
                    out,
                    "a compact frame: its records are told by a format frame that the meter sends once",
                );
            }
            Content::Authentication => self.read_authentication(&body, out, trace),
            Content::Write(form, order) => self.read_write(form, order, &body, out, trace),
            Content::Select(order) => self.read_selection(order, &body, out, trace),
            Content::Command(what) => {
                if !body.data.is_empty() {
                    let range = body.start..body.start + body.data.len();
                    trace.note(range, "data", || format!("parameters: {what}"));
                }
            }
            Content::BaudRate(_) => {}
            Content::Other(what) => {
                let range = body.start..body.start + body.data.len();
                trace.note(range, "data", || format!("{what}, not decoded here"));
                unsupported(&body, out, what);
            }
            Content::Unknown => {
                let range = body.start..body.start + body.data.len();
                trace.note(range, "data", || "of unknown meaning".to_owned());
                unsupported(&body, out, "a CI field that is not assigned");
            }
        }
    }

    fn read_records<T: Trace>(
        &mut self,
        form: Form,
        order: Order,
        body: Body<'_>,
        out: &mut Message,
        trace: &mut T,
    ) {
        let order = settle_order(form, order, &body, out);
        let Some((header, rest)) = self.read_header(form, order, &body, out, trace) else { return };
        if let Some(address) = header.as_ref().and_then(|h| h.address) {
            self.selected = Some(address);
        }
        let at = form.length();
        let Some(header) = header else {
            self.finish(rest, body.start + at, body.offset, order, out, trace);
            return;
        };
        let config = body.start + at - 2..body.start + at;
        match security::mode(&header) {
            Mode::None => {
                trace.note(config, "configuration", || match header.config {
                    0 => "not encrypted".to_owned(),
                    word => format!("{word:04X}, no assigned security mode: not encrypted"),
                });
                self.finish(rest, body.start + at, body.offset, order, out, trace);
            }
            Mode::Other(name) => {
                trace.note(config, "configuration", || format!("security mode {}, {name}", header.mode()));
                if record::plausible(rest) {
                    quirk(&body, at, out);
                    self.finish(rest, body.start + at, body.offset, order, out, trace);
                } else {
                    let range = body.start + at..body.start + at + rest.len();
                    trace.note(range, "encrypted", || format!("{name}, not decoded here"));
                    out.status = Status::Encrypted;
                    out.security = Some(security_state(None, TagState::Absent));
                    let text = format!("security mode {} ({name}) is not decoded here", header.mode());
                    out.problem(ProblemCode::Unsupported, body.place(at), text);
                }
            }
            mode @ (Mode::Static | Mode::Derived) => {
                trace.note(config, "configuration", || {
                    format!(
                        "security mode {}, {} encrypted blocks of 16 bytes",
                        header.mode(),
                        header.blocks()
                    )
                });
                self.open(mode, &header, rest, at, &body, order, out, trace);
            }
        }
    }

    /// Decrypts, or finds that there is nothing to decrypt.
    #[allow(clippy::too_many_arguments, reason = "one step of one function, apart for its length")]
    fn open<T: Trace>(
        &mut self,
        mode: Mode,
        header: &Header,
        rest: &[u8],
        at: usize,
        body: &Body<'_>,
        order: Order,
        out: &mut Message,
        trace: &mut T,
    ) {
        let extension = usize::from(mode == Mode::Derived);
        let size = header.blocks() * BLOCK;
        let encrypted = rest.get(extension..extension + size).filter(|e| !e.is_empty());
        let Some(encrypted) = encrypted else {
            // Fewer bytes than the word says, or none encrypted: one of the old meters.
            if header.blocks() != 0 {
                quirk(body, at, out);
            }
            self.finish(rest, body.start + at, body.offset, order, out, trace);
            return;
        };
        let address = header.address.or(self.selected);
        let counter = body.authentication.and_then(|layer| layer.counter);
        let at = at + extension;
        let range = body.start + at..body.start + at + size;
        self.clear.clear();
        self.clear.extend_from_slice(rest.get(extension..).unwrap_or_default());
        let blocks = self.clear.get_mut(..size).unwrap_or_default();
        debug_assert_eq!(blocks.len(), encrypted.len());
        let fits = match (self.keys.encryption, address, mode, counter) {
            (None, ..) => None,
            (Some(key), Some(address), Mode::Static, _) => {
                Some(security::decrypt_static(&key, &address, header.access, blocks))
            }
            (Some(key), Some(address), _, Some(counter)) => {
                Some(security::decrypt_derived(&key, &address, counter, blocks))
            }
            _ => {
                if record::plausible(rest) {
                    quirk(body, at, out);
                    self.finish(rest, body.start + at - extension, body.offset, order, out, trace);
                    return;
                }
                trace.note(range, "encrypted", || "cannot be decrypted".to_owned());
                out.status = Status::Encrypted;
                out.security = Some(security_state(counter, TagState::Absent));
                let what = if address.is_none() { "the meter's address" } else { "the message counter" };
                let text = format!("{what} is needed to decrypt this, and nothing before it told it");
                out.problem(ProblemCode::Unsupported, body.place(at), text);
                return;
            }
        };
        if fits != Some(true) && record::plausible(rest) {
            quirk(body, at, out);
            self.finish(rest, body.start + at - extension, body.offset, order, out, trace);
            return;
        }
        if extension == 1 {
            trace.note(range.start - 1..range.start, "configuration", || "key derivation".to_owned());
        }
        let tag = self.tag(body, address);
        let mut state = security_state(counter, tag);
        match fits {
            Some(true) => {
                trace.note(range, "encrypted", || "AES-128-CBC; decrypted below".to_owned());
                let clear = std::mem::take(&mut self.clear);
                let tail = body.start + at + size..body.start + at + clear.len();
                if !tail.is_empty() {
                    trace.note(tail, "not encrypted", || "read with the decrypted records".to_owned());
                }
                trace.open("decrypted records", &clear);
                self.finish(&clear, 0, body.place(at), order, out, trace);
                trace.close();
                self.clear = clear;
                state.decrypted = true;
                if tag == TagState::Failed {
                    out.status = Status::DecryptFailed;
                    out.problem(
                        ProblemCode::WrongKey,
                        body.place(0),
                        "the records decrypt, but the authentication code does not hold",
                    );
                }
            }
            Some(false) => {
                trace.fault(range, "encrypted", || "AES-128-CBC; the key does not fit".to_owned());
                out.status = Status::DecryptFailed;
                let text = "the key does not open the records: the clear text does not begin with 2F 2F";
                out.problem(ProblemCode::WrongKey, body.place(at), text);
            }
            None => {
                trace.note(range, "encrypted", || "AES-128-CBC; give the key with --key".to_owned());
                out.status = Status::Encrypted;
                let text = "the records are encrypted (AES-128-CBC); give the meter's key";
                out.problem(ProblemCode::KeyRequired, body.place(at), text);
            }
        }
        out.security = Some(state);
    }

    /// The state of the authentication code.
    fn tag(&self, body: &Body<'_>, address: Option<Address>) -> TagState {
        let Some(layer) = body.authentication.filter(|layer| layer.code.is_some()) else {
            return TagState::Absent;
        };
        let key = self.keys.authentication.or(self.keys.encryption);
        match key.zip(address).and_then(|(key, address)| layer.holds(&key, address.id, body.covered)) {
            Some(true) => TagState::Verified,
            Some(false) => TagState::Failed,
            None => TagState::Unverified,
        }
    }

    fn read_authentication<T: Trace>(&mut self, body: &Body<'_>, out: &mut Message, trace: &mut T) {
        let layer = Authentication::read(body.data);
        let Some((layer, &ci)) = layer.and_then(|l| Some((l, body.data.get(l.next)?))) else {
            malformed(body, 0, out, "the authentication layer does not fit its own length");
            trace.fault(body.start..body.start + body.data.len(), "data", || {
                "authentication layer".to_owned()
            });
            return;
        };
        layer.explain(body.start, trace);
        if layer.fragment {
            unsupported(body, out, "a part of a message that is split by the authentication layer");
            return;
        }
        let content = ci::content(ci);
        let at = body.start + layer.next;
        trace.note(at..at + 1, "CI field", || content.describe());
        if content == Content::Authentication {
            malformed(body, layer.next, out, "one authentication layer in another");
            return;
        }
        let inner = Body {
            data: body.data.get(layer.next + 1..).unwrap_or_default(),
            start: at + 1,
            offset: body.offset,
            authentication: Some(layer),
            covered: body.data.get(layer.next..).unwrap_or_default(),
        };
        self.read_content(content, inner, out, trace);
    }

    fn read_selection<T: Trace>(&mut self, order: Order, body: &Body<'_>, out: &mut Message, trace: &mut T) {
        let Some((&bytes, _)) = body.data.split_first_chunk::<8>() else {
            malformed(body, 0, out, "a selection needs the eight bytes of an address");
            trace.fault(body.start..body.start + body.data.len(), "address", || "too short".to_owned());
            return;
        };
        let address = Address::read(bytes, order);
        address.explain(body.start, trace);
        let more = body.start + 8..body.start + body.data.len();
        if !more.is_empty() {
            trace.note(more, "data", || "further conditions of the selection".to_owned());
        }
        self.selected = Some(address).filter(Address::is_complete);
    }

    /// Reads the header, if the form has one.  `None` when it is cut off, which is told.
    fn read_header<'a, T: Trace>(
        &mut self,
        form: Form,
        order: Order,
        body: &Body<'a>,
        out: &mut Message,
        trace: &mut T,
    ) -> Option<(Option<Header>, &'a [u8])> {
        if form == Form::None {
            return Some((None, body.data));
        }
        let Some(header) = Header::read(form, body.data, order) else {
            let text =
                format!("the header should have {} bytes, {} are there", form.length(), body.data.len());
            trace.fault(body.start..body.start + body.data.len(), "header", || text.clone());
            malformed(body, body.data.len(), out, text);
            return None;
        };
        header.describe(&mut self.meters, &mut out.meter);
        if T::ON {
            header.explain(body.start, trace);
        }
        Some((Some(header), body.data.get(form.length()..).unwrap_or_default()))
    }

    fn read_alarm<T: Trace>(&mut self, form: Form, body: &Body<'_>, out: &mut Message, trace: &mut T) {
        let Some((_, rest)) = self.read_header(form, Order::Lsb, body, out, trace) else { return };
        let at = form.length();
        let Some(&alarm) = rest.first() else { return };
        trace
            .note(body.start + at..body.start + at + rest.len(), "alarm", || format!("{}", value::hex(rest)));
        if alarm != 0 {
            out.problem(
                ProblemCode::MeterError,
                body.place(at),
                format!("the meter reports alarm status {alarm:02X}"),
            );
        }
        out.readings.push(Reading {
            record: Some(MbusRecord {
                quantity: CompactString::const_new("alarm status"),
                function: MbusFunction::Instantaneous,
                storage: 0,
                tariff: 0,
                subunit: 0,
            }),
            ..Reading::new(Id::Mbus(0), Value::Number(Decimal::integer(i128::from(alarm))))
        });
    }

    /// Records to the meter are shown, but they are no readings.
    fn read_write<T: Trace>(
        &mut self,
        form: Form,
        order: Order,
        body: &Body<'_>,
        out: &mut Message,
        trace: &mut T,
    ) {
        let Some((_, rest)) = self.read_header(form, order, body, out, trace) else { return };
        let start = body.start + form.length();
        let mut written = Message::new(Protocol::Mbus);
        if !record::read(rest, start, body.offset, order, &mut self.heads, &mut written, trace) {
            out.status = Status::Malformed;
            out.problems.append(&mut written.problems);
        }
    }

    /// Reads records that are plain now.
    fn finish<T: Trace>(
        &mut self,
        data: &[u8],
        start: usize,
        offset: u64,
        order: Order,
        out: &mut Message,
        trace: &mut T,
    ) {
        if !record::read(data, start, offset, order, &mut self.heads, out, trace) {
            out.status = Status::Malformed;
        }
    }
}

/// What the frame itself says about the trust in its content.
fn judge(long: &Long<'_>, bytes: &[u8], offset: u64, trust: Trust, out: &mut Message) {
    let sum_at = offset.saturating_add((DATA + long.data.len()) as u64);
    let (status, code, place, text) = match long.fault {
        None if trust != Trust::Truncated => return,
        None | Some(Fault::Short { .. }) => {
            let expected = match long.fault {
                Some(Fault::Short { expected }) => expected,
                _ => bytes.len(),
            };
            let text = format!("the frame should have {expected} bytes, {} are there", bytes.len());
            (Status::Truncated, ProblemCode::Truncated, end(offset, bytes), text)
        }
        Some(Fault::Checksum { counted, found }) => {
            let text = format!("the checksum is {found:02X}, but the bytes sum up to {counted:02X}");
            (Status::BadChecksum, ProblemCode::BadChecksum, sum_at, text)
        }
        Some(Fault::Lengths) => {
            let text = "the two length bytes differ; the frame holds with one of them".to_owned();
            (Status::Malformed, ProblemCode::Malformed, offset.saturating_add(1), text)
        }
        Some(Fault::Stop(stop)) => {
            let text = format!("the frame ends with {stop:02X} instead of 16");
            (Status::Malformed, ProblemCode::Malformed, sum_at.saturating_add(1), text)
        }
    };
    out.status = status;
    out.problem(code, place, text);
}

fn end(offset: u64, bytes: &[u8]) -> u64 {
    offset.saturating_add(bytes.len() as u64)
}

/// CI 76 means most significant byte first; Apator sends it with least significant byte first.  The
/// manufacturer's letters tell which it is.
fn settle_order(form: Form, order: Order, body: &Body<'_>, out: &mut Message) -> Order {
    let (Order::Msb, Form::Long, Some(&[m0, m1])) = (order, form, body.data.get(4..6)) else { return order };
    if header::letters(u16::from_le_bytes([m0, m1])).is_none() {
        return Order::Msb;
    }
    let text =
        "CI field 76 stands for most significant byte first, but the manufacturer's letters say otherwise";
    out.problem(ProblemCode::Quirk, body.place(0).saturating_sub(1), text);
    Order::Lsb
}

fn read_fixed<T: Trace>(order: Order, body: &Body<'_>, out: &mut Message, trace: &mut T) {
    if fixed::read(body.data, body.start, order, out, trace) {
        return;
    }
    let length = body.data.len();
    let range = body.start..body.start + length;
    trace.fault(range, "data", || format!("{length} bytes where fixed data have {}", fixed::LENGTH));
    let text = format!("fixed data should have {} bytes, {length} are there", fixed::LENGTH);
    malformed(body, length.min(fixed::LENGTH), out, text);
}

fn security_state(counter: Option<u32>, tag: TagState) -> Security {
    Security { ciphered: true, decrypted: false, system_title: None, invocation_counter: counter, tag }
}

fn quirk(body: &Body<'_>, at: usize, out: &mut Message) {
    let text = "the configuration word says that the records are encrypted, but they are plain";
    out.problem(ProblemCode::Quirk, body.place(at.saturating_sub(2)), text);
}

fn malformed(body: &Body<'_>, at: usize, out: &mut Message, text: impl Into<String>) {
    out.status = Status::Malformed;
    out.problem(ProblemCode::Malformed, body.place(at), text);
}

fn unsupported(body: &Body<'_>, out: &mut Message, what: &str) {
    out.status = Status::Unsupported;
    out.problem(ProblemCode::Unsupported, body.place(0), format!("{what}: not decoded here"));
}

#[cfg(test)]
mod tests;
