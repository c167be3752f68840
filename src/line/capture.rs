//! Captures: a line as an adapter delivered it, in a text file, one JSON object a line.
//!
//! The first line is the header:
//! ```json
//! {"schema":"wwctl.capture.v1","port":"/dev/ttyUSB0","driver":"ftdi_sio (FT232R)","flags":"per_packet",
//!  "timestamp_quantum":0.001,"configurable":true,"doubtful":false,"started":"2026-11-18T11:17:40Z",
//!  "line":{"baudrate":2400,"data_bits":8,"parity":"even","stop_bits":"1"}}
//! ```
//! (on one line).  `line` is what was listened with; it is absent where a program that searches set the line
//! itself, and then each setting is a record.  `flags` and the rest are [`Capabilities`].
//!
//! A record has `t`, seconds since the adapter was opened, and one of
//!
//! | member | meaning |
//! |---|---|
//! | `bytes` | hex digits: characters that arrived together; with `flags`, one sign a character: `.` good, `E` framing or parity error, `B` break; without `flags` all are good; with `more`, what the next record holds was read at the same time |
//! | `line` | from now on the adapter listens with these settings |
//! | `sent` | hex digits: bytes that were sent |
//! | `adapter` | `driver`, `flags` and the rest of the header's words about the adapter, where it turned out to be otherwise |
//! | `counts` | how often the driver met errors since it was opened: `received`, `framing`, `parity`, `breaks`, `overruns` |
//! | `discarded` | `true`: what was received and not read was thrown away |
//! | `end` | `true`: the recording ended here, by intention |
//!
//! Unknown members are to be ignored.  Each line is written with one system call, so a capture whose
//! writer was killed lacks at most its end; a last line without its newline is ignored.

use super::{
    Adapter, Capabilities, DataBits, ErrorCounts, Flag, Flags, Heard, LineSettings, Parity, StopBits,
};
use crate::error::{Error, Kind, Result};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::{self, BufRead, Read, Write};
use std::time::Duration;

/// Name and version of the format.
pub const SCHEMA: &str = "wwctl.capture.v1";

/// Longest line that a reader accepts, in bytes: records of ours stay under 20 kB.
const LONGEST_LINE: usize = 4 << 20;

/// Characters that a reader gives together at most, and a few records more.
const TOGETHER: usize = 65_536;

/// Most characters that a writer puts into one record.
const RECORD: usize = 4096;

/// The first line of a capture.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// The port, as the user named it.
    pub port: String,
    /// What listened.
    pub capabilities: Capabilities,
    /// What it listened with, when that was fixed.
    pub line: Option<LineSettings>,
    /// Wall-clock time of the opening, RFC 3339.
    pub started: String,
}

/// A line of a capture after the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Characters that were read together.
    Heard(Vec<Heard>),
    /// The line was set.
    Line(Duration, LineSettings),
    /// Bytes were sent.
    Sent(Duration, Vec<u8>),
    /// The adapter turned out to be otherwise than the header says.
    Adapter(Duration, Capabilities),
    /// How often its driver met errors until now.
    Counts(Duration, ErrorCounts),
    /// What was not read yet was thrown away.
    Discarded(Duration),
    /// The recording ended.
    End(Duration),
}

impl LineSettings {
    /// As a JSON object, in the words of the gateway's settings.
    pub fn to_json(&self) -> Value {
        json!({
            "baudrate": self.baudrate,
            "data_bits": self.data_bits.count(),
            "parity": self.parity.as_str(),
            "stop_bits": self.stop_bits.as_str(),
        })
    }

    /// From such an object.
    pub fn from_json(value: &Value) -> Option<Self> {
        Some(LineSettings {
            baudrate: value.get("baudrate")?.as_u64()?.try_into().ok().filter(|b| *b > 0)?,
            data_bits: match value.get("data_bits")?.as_u64()? {
                7 => DataBits::Seven,
                8 => DataBits::Eight,
                _ => return None,
            },
            parity: Parity::from_name(value.get("parity")?.as_str()?)?,
            stop_bits: StopBits::from_name(value.get("stop_bits")?.as_str()?)?,
        })
    }
}

fn seconds(time: Duration) -> Value {
    json!(time.as_nanos() as f64 / 1e9)
}

fn time(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().filter(|s| (0.0..1e10).contains(s))?;
    Some(Duration::from_nanos((seconds * 1e9).round() as u64))
}

impl Capabilities {
    fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("driver".into(), json!(self.driver));
        map.insert("flags".into(), json!(self.flags.as_str()));
        map.insert("timestamp_quantum".into(), seconds(self.timestamp_quantum));
        map.insert("configurable".into(), json!(self.configurable));
        map.insert("can_invert".into(), json!(self.can_invert));
        map.insert("doubtful".into(), json!(self.doubtful));
        map
    }

    fn from_json(map: &Map<String, Value>) -> Option<Self> {
        let truth = |name| map.get(name).and_then(Value::as_bool).unwrap_or_default();
        Some(Capabilities {
            driver: map.get("driver").and_then(Value::as_str).unwrap_or_default().to_owned(),
            flags: [Flags::PerCharacter, Flags::PerPacket, Flags::None]
                .into_iter()
                .find(|f| map.get("flags").and_then(Value::as_str) == Some(f.as_str()))?,
            timestamp_quantum: map.get("timestamp_quantum").and_then(time)?,
            configurable: truth("configurable"),
            can_invert: truth("can_invert"),
            doubtful: truth("doubtful"),
        })
    }
}

impl ErrorCounts {
    fn to_json(self) -> Value {
        json!({
            "received": self.received,
            "framing": self.framing,
            "parity": self.parity,
            "breaks": self.breaks,
            "overruns": self.overruns,
        })
    }

    fn from_json(value: &Value) -> Self {
        let count = |name| value.get(name).and_then(Value::as_u64).unwrap_or_default();
        ErrorCounts {
            received: count("received"),
            framing: count("framing"),
            parity: count("parity"),
            breaks: count("breaks"),
            overruns: count("overruns"),
        }
    }
}

impl Header {
    fn to_json(&self) -> Value {
        let mut header = Map::new();
        header.insert("schema".into(), SCHEMA.into());
        header.insert("port".into(), json!(self.port));
        header.append(&mut self.capabilities.to_json());
        header.insert("started".into(), json!(self.started));
        if let Some(line) = &self.line {
            header.insert("line".into(), line.to_json());
        }
        Value::Object(header)
    }

    fn from_json(map: &Map<String, Value>) -> Option<Self> {
        let text = |name| map.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (map.get("schema")?.as_str()? == SCHEMA).then_some(())?;
        Some(Header {
            port: text("port"),
            capabilities: Capabilities::from_json(map)?,
            line: match map.get("line") {
                Some(line) => Some(LineSettings::from_json(line)?),
                None => None,
            },
            started: text("started"),
        })
    }
}

impl Record {
    fn to_json(&self) -> Value {
        match self {
            Record::Heard(heard) => {
                let mut record = json!({
                    "t": seconds(heard.first().map_or(Duration::ZERO, |h| h.at)),
                    "bytes": hex::encode_upper(heard.iter().map(|h| h.byte).collect::<Vec<_>>()),
                });
                if heard.iter().any(|h| h.flag != Flag::None)
                    && let Some(map) = record.as_object_mut()
                {
                    map.insert("flags".into(), heard.iter().map(|h| sign(h.flag)).collect::<String>().into());
                }
                record
            }
            Record::Line(at, line) => json!({"t": seconds(*at), "line": line.to_json()}),
            Record::Sent(at, bytes) => json!({"t": seconds(*at), "sent": hex::encode_upper(bytes)}),
            Record::Adapter(at, adapter) => json!({"t": seconds(*at), "adapter": adapter.to_json()}),
            Record::Counts(at, counts) => json!({"t": seconds(*at), "counts": counts.to_json()}),
            Record::Discarded(at) => json!({"t": seconds(*at), "discarded": true}),
            Record::End(at) => json!({"t": seconds(*at), "end": true}),
        }
    }

    /// `Err` names what is wrong; `Ok(None)` is a record of a kind that this version does not know.
    fn from_json(map: &Map<String, Value>) -> Result<Option<Self>, &'static str> {
        let at = map.get("t").and_then(time).ok_or("t is not a time in seconds")?;
        if let Some(bytes) = map.get("bytes") {
            let bytes = bytes.as_str().and_then(|t| hex::decode(t).ok()).ok_or("bytes are not hex digits")?;
            let flags = match map.get("flags") {
                None => vec![Flag::None; bytes.len()],
                Some(flags) => {
                    let text = flags.as_str().ok_or("flags is not a text")?;
                    let flags: Option<Vec<Flag>> = text.chars().map(flag).collect();
                    flags
                        .filter(|f| f.len() == bytes.len())
                        .ok_or("flags are not one of . E B for each byte")?
                }
            };
            let heard = bytes.into_iter().zip(flags).map(|(byte, flag)| Heard { byte, flag, at });
            return Ok(Some(Record::Heard(heard.collect())));
        }
        if let Some(line) = map.get("line") {
            let line = LineSettings::from_json(line).ok_or("line is not a complete setting")?;
            return Ok(Some(Record::Line(at, line)));
        }
        if let Some(sent) = map.get("sent") {
            let bytes = sent.as_str().and_then(|t| hex::decode(t).ok()).ok_or("sent is not hex digits")?;
            return Ok(Some(Record::Sent(at, bytes)));
        }
        if let Some(adapter) = map.get("adapter") {
            let adapter = adapter.as_object().and_then(Capabilities::from_json);
            return Ok(Some(Record::Adapter(at, adapter.ok_or("adapter is not what a header says of one")?)));
        }
        if let Some(counts) = map.get("counts") {
            return Ok(Some(Record::Counts(at, ErrorCounts::from_json(counts))));
        }
        if map.contains_key("discarded") {
            return Ok(Some(Record::Discarded(at)));
        }
        Ok(map.contains_key("end").then_some(Record::End(at)))
    }
}

const fn sign(flag: Flag) -> char {
    match flag {
        Flag::None => '.',
        Flag::Error => 'E',
        Flag::Break => 'B',
    }
}

const fn flag(sign: char) -> Option<Flag> {
    match sign {
        '.' => Some(Flag::None),
        'E' => Some(Flag::Error),
        'B' => Some(Flag::Break),
        _ => None,
    }
}

/// True when these first bytes of a file are those of a capture.
pub fn is_capture(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    let end = start.iter().position(|b| *b == b'\n').unwrap_or(start.len().min(4096));
    let line = start.get(..end).unwrap_or(start);
    // The header's members may come in any order, and its end may not be here yet.
    line.first() == Some(&b'{') && line.windows(SCHEMA.len()).any(|w| w == SCHEMA.as_bytes())
}

/// Writes a capture.
pub struct Writer<W> {
    out: W,
    line: String,
}

impl<W: Write> Writer<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, header: &Header) -> io::Result<Self> {
        let mut writer = Writer { out, line: String::new() };
        writer.put(&header.to_json())?;
        Ok(writer)
    }

    /// Writes a record: one line, one call of the system.  Characters that arrived at different times
    /// become records of their own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        if let Record::Heard(heard) = record {
            return self.heard(heard);
        }
        self.put(&record.to_json())
    }

    /// Writes what was heard.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn heard(&mut self, heard: &[Heard]) -> io::Result<()> {
        let mut left = heard.len();
        for together in heard.chunk_by(|a, b| a.at == b.at) {
            for piece in together.chunks(RECORD) {
                left -= piece.len();
                let mut record = Record::Heard(piece.to_vec()).to_json();
                if left > 0
                    && let Some(map) = record.as_object_mut()
                {
                    map.insert("more".into(), true.into());
                }
                self.put(&record)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, value: &Value) -> io::Result<()> {
        self.line.clear();
        let _ = writeln!(self.line, "{value}");
        self.out.write_all(self.line.as_bytes())
    }

    /// Where it writes.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }
}

/// Reads a capture, record by record.
pub struct Reader<R> {
    input: R,
    header: Header,
    number: u64,
    line: Vec<u8>,
    /// Read ahead of what was given.
    pending: Option<Record>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// Of kind [`Kind::Usage`] when this is no capture.
    pub fn new(input: R) -> Result<Self> {
        let mut reader = Reader {
            input,
            header: Header {
                port: String::new(),
                capabilities: Capabilities {
                    driver: String::new(),
                    flags: Flags::None,
                    timestamp_quantum: Duration::ZERO,
                    configurable: false,
                    can_invert: false,
                    doubtful: false,
                },
                line: None,
                started: String::new(),
            },
            number: 0,
            line: Vec::new(),
            pending: None,
        };
        let header = reader.object()?.and_then(|map| Header::from_json(&map));
        reader.header = header.ok_or_else(|| {
            Error::new(Kind::Usage, format!("this is no capture: line 1 is not a header of {SCHEMA}"))
                .hint("`wwctl capture` and `wwctl probe --save` write captures")
        })?;
        Ok(reader)
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    fn wrong(&self, what: &str) -> Error {
        Error::new(Kind::Usage, format!("capture, line {}: {what}", self.number))
    }

    /// The next line's object; `None` at the end, also when the last line is cut off.
    fn object(&mut self) -> Result<Option<Map<String, Value>>> {
        loop {
            self.line.clear();
            self.number += 1;
            let read = self
                .input
                .by_ref()
                .take(LONGEST_LINE as u64)
                .read_until(b'\n', &mut self.line)
                .map_err(|e| self.wrong(&format!("cannot be read: {e}")))?;
            let whole = self.line.ends_with(b"\n");
            if !whole && read >= LONGEST_LINE {
                return Err(self.wrong("longer than any record"));
            }
            let text = self.line.trim_ascii();
            if text.is_empty() {
                if read == 0 {
                    return Ok(None);
                }
                continue;
            }
            return match serde_json::from_slice(text) {
                Ok(Value::Object(map)) => Ok(Some(map)),
                // The writer was killed in the middle of it.
                Err(_) if !whole => Ok(None),
                _ => Err(self.wrong("not a JSON object")),
            };
        }
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// Of kind [`Kind::Usage`], with the number of the line that is not as the format has it.
    pub fn record(&mut self) -> Result<Option<Record>> {
        if let Some(record) = self.pending.take() {
            return Ok(Some(record));
        }
        let mut read: Vec<Heard> = Vec::new();
        while let Some(map) = self.object()? {
            let more = map.get("more").and_then(Value::as_bool).unwrap_or_default() && read.len() < TOGETHER;
            match Record::from_json(&map).map_err(|what| self.wrong(what))? {
                Some(Record::Heard(mut heard)) => {
                    read.append(&mut heard);
                    if !more {
                        return Ok(Some(Record::Heard(read)));
                    }
                }
                Some(record) if read.is_empty() => return Ok(Some(record)),
                Some(record) => {
                    self.pending = Some(record);
                    break;
                }
                None => {}
            }
        }
        Ok((!read.is_empty()).then_some(Record::Heard(read)))
    }
}

/// The bytes that a capture's adapter heard, one after the other, as a stream for decoders.
///
/// # Errors
/// Of kind [`Kind::Usage`] when `input` is no capture; later mistakes come as
/// [`io::ErrorKind::InvalidData`] with the same text.
pub fn bytes<R: BufRead>(input: R) -> Result<Bytes<R>> {
    Ok(Bytes { reader: Reader::new(input)?, piece: Vec::new(), given: 0 })
}

/// See [`bytes`].
pub struct Bytes<R> {
    reader: Reader<R>,
    piece: Vec<u8>,
    given: usize,
}

impl<R: BufRead> Read for Bytes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.piece.len() {
            match self.reader.record() {
                Ok(Some(Record::Heard(heard))) => {
                    self.piece.clear();
                    self.piece.extend(heard.iter().map(|h| h.byte));
                    self.given = 0;
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(0),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
        let rest = self.piece.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

/// An adapter that records all it does.
pub struct Recorder<A, W: Write> {
    adapter: A,
    writer: Writer<W>,
    /// What was said of the adapter.
    said: Capabilities,
}

impl<A: Adapter, W: Write> Recorder<A, W> {
    /// Records `adapter`, which its user has not set yet.  `started` is the wall-clock time, RFC 3339.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn new(adapter: A, out: W, port: &str, started: &str) -> Result<Self> {
        let header = Header {
            port: port.to_owned(),
            capabilities: adapter.capabilities(),
            line: None,
            started: started.to_owned(),
        };
        let writer = Writer::new(out, &header).map_err(unwritable)?;
        Ok(Recorder { writer, adapter, said: header.capabilities })
    }

    /// Ends the recording, and gives the adapter back.
    ///
    /// # Errors
    /// When the end cannot be written.
    pub fn finish(mut self) -> Result<A> {
        if let Some(counts) = self.adapter.error_counts() {
            self.put(&Record::Counts(self.adapter.now(), counts))?;
        }
        self.writer.record(&Record::End(self.adapter.now())).map_err(unwritable)?;
        self.writer.out.flush().map_err(unwritable)?;
        Ok(self.adapter)
    }

    fn put(&mut self, record: &Record) -> Result<()> {
        self.writer.record(record).map_err(unwritable)
    }

    /// Setting the line, and what is heard, may show what the adapter can do.
    fn put_adapter(&mut self) -> Result<()> {
        let now = self.adapter.capabilities();
        if now == self.said {
            return Ok(());
        }
        self.said.clone_from(&now);
        self.put(&Record::Adapter(self.adapter.now(), now))
    }
}

fn unwritable(error: io::Error) -> Error {
    Error::new(Kind::Other, format!("the capture cannot be written: {error}"))
}

impl<A: Adapter, W: Write> Adapter for Recorder<A, W> {
    fn capabilities(&self) -> Capabilities {
        self.adapter.capabilities()
    }

    fn configure(&mut self, settings: &LineSettings) -> Result<()> {
        self.adapter.configure(settings)?;
        self.put(&Record::Line(self.adapter.now(), *settings))?;
        self.put_adapter()
    }

    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize> {
        let before = into.len();
        let count = self.adapter.read(into, timeout)?;
        self.writer.heard(into.get(before..).unwrap_or_default()).map_err(unwritable)?;
        if count > 0 {
            self.put_adapter()?;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.adapter.write(bytes)?;
        self.put(&Record::Sent(self.adapter.now(), bytes.to_vec()))
    }

    fn discard(&mut self) -> Result<()> {
        self.adapter.discard()?;
        self.put(&Record::Discarded(self.adapter.now()))
    }

    fn now(&self) -> Duration {
        self.adapter.now()
    }

    fn settings(&self) -> Option<LineSettings> {
        self.adapter.settings()
    }

    fn error_counts(&self) -> Option<ErrorCounts> {
        self.adapter.error_counts()
    }

    fn exhausted(&self) -> bool {
        self.adapter.exhausted()
    }
}
