use super::keys::KeyArgs;
use crate::decode::hex_text::{self, HexText};
use crate::decode::report::{self, Scalers};
use crate::decode::trace::{Explanation, NoTrace, Trace};
use crate::decode::{Decimal, Decoder, Message, Options, Protocol, Status, explain, json, text};
use crate::error::{Error, Kind, Result};
use crate::line::capture;
use crate::ui::Ui;
use clap::ValueEnum;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// Decode recorded frames
///
/// Reads raw bytes, hex text (with or without blanks, offsets and comments) or a capture, recognised by content, and
/// prints every message in it: readings with their units, and what is wrong where something is. Protocols are
/// recognised by structure and checksum; noise between messages is skipped.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to decode; - or nothing: stdin
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Decode only this protocol
    #[arg(long, value_name = "PROTOCOL", value_parser = protocol())]
    protocol: Option<Protocol>,
    #[command(flatten)]
    keys: KeyArgs,
    /// What the input is, instead of recognising it by its content
    #[arg(long, value_name = "KIND")]
    input: Option<Input>,
    /// Show the bytes of every message, layer by layer, each with its meaning
    #[arg(long)]
    explain: bool,
    /// Print what the gateway would report of each good message, in the shape of its /api/v1/report
    #[arg(long, conflicts_with = "explain")]
    report: bool,
    /// For --report: which powers of ten the gateway applies to DLMS registers
    #[arg(long, value_name = "SET", requires = "report")]
    scalers_set: Option<ScalersSet>,
    /// For --report: the custom scalers, as `wwctl scalers get --json` prints them
    #[arg(long, value_name = "FILE", requires = "report")]
    scalers: Option<String>,
    /// For --report: factor for power, energy and current
    #[arg(long, value_name = "FACTOR", requires = "report", value_parser = factor, default_value = "1")]
    conv_factor: Decimal,
    /// For --report: seconds to add to the meter's time
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "report",
        allow_hyphen_values = true,
        default_value_t = 0
    )]
    time_offset: i32,
}

/// The gateway's scalers_set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScalersSet {
    /// Those that the message carries
    Default,
    /// Those of --scalers over them
    Custom,
    /// Those of the Landis+Gyr E570
    Lge570,
}

fn factor(text: &str) -> Result<Decimal, String> {
    let value = Decimal::parse(text.as_bytes());
    value
        .filter(|v| (0.001..=1000.0).contains(&v.to_f64()))
        .ok_or_else(|| "a number from 0.001 to 1000".to_owned())
}

impl Args {
    /// The settings that a report depends on; `None` without `--report`.
    fn report_settings(&self) -> Result<Option<report::Settings>> {
        if !self.report {
            return Ok(None);
        }
        let custom = || -> Result<Scalers> {
            let Some(file) = &self.scalers else {
                return Err(Error::new(Kind::Usage, "--scalers-set custom needs --scalers FILE"));
            };
            let text = std::fs::read_to_string(file)
                .map_err(|e| Error::new(Kind::Usage, format!("--scalers: {file} cannot be read: {e}")))?;
            let list = crate::settings::scaler_document(&text, file)?;
            Ok(Scalers::Custom(
                list.into_iter().map(|(code, power)| (code.c, code.d, code.e, power)).collect(),
            ))
        };
        let scalers = match (self.scalers_set, &self.scalers) {
            (Some(ScalersSet::Custom), _) | (None, Some(_)) => custom()?,
            (Some(_), Some(_)) => {
                return Err(Error::new(Kind::Usage, "--scalers acts only with --scalers-set custom"));
            }
            (Some(ScalersSet::Lge570), None) => Scalers::Lge570,
            (Some(ScalersSet::Default) | None, None) => Scalers::Detected,
        };
        Ok(Some(report::Settings {
            scalers,
            conv_factor: self.conv_factor,
            time_offset: self.time_offset.into(),
        }))
    }
}

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Input {
    /// The bytes as they were on the line
    Raw,
    /// Hex digits
    Hex,
    /// What `wwctl capture` wrote
    Capture,
}

/// `--protocol`: the names of [`Protocol::DECODED`].
fn protocol() -> impl clap::builder::TypedValueParser<Value = Protocol> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(Protocol::DECODED.map(Protocol::as_str)).map(|name| {
        Protocol::DECODED.into_iter().find(|protocol| protocol.as_str() == name).unwrap_or(Protocol::Unknown)
    })
}

/// Bytes that are looked at to recognise an input, and bytes read at once.
const PIECE: usize = 128 * 1024;

/// Decodes.
///
/// # Errors
/// Of kind [`Kind::Usage`] for an input that cannot be read, and [`Kind::NothingFound`] when no message
/// is good.
pub fn run(args: &Args, ui: &Ui) -> Result<()> {
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    let from_stdin = files.iter().filter(|file| is_stdin(file)).count();
    if from_stdin > 1 {
        return Err(Error::new(Kind::Usage, "stdin can be read only once"));
    }
    if from_stdin > 0 && io::stdin().is_terminal() {
        ui.note("reading from the terminal; end with Ctrl-D");
    }
    let options = Options { protocol: args.protocol, keys: args.keys.read(ui, from_stdin > 0)? };
    let report = args.report_settings()?;
    let mut tally = Tally::default();
    for file in files {
        if args.explain {
            let decoder = Decoder::with_trace(&options, Explanation::default());
            one(file, args, report.as_ref(), decoder, ui, files.len() > 1, &mut tally)?;
        } else {
            let decoder = Decoder::with_trace(&options, NoTrace);
            one(file, args, report.as_ref(), decoder, ui, files.len() > 1, &mut tally)?;
        }
    }
    tally.verdict()
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// What came of the inputs.
#[derive(Debug, Default)]
struct Tally {
    bytes: u64,
    messages: u64,
    good: u64,
    encrypted: u64,
    /// Bytes with bit 7 set, of those that belong to no message.
    high: u64,
}

impl Tally {
    fn count(&mut self, message: &Message) {
        self.messages += 1;
        match message.status {
            Status::Ok => self.good += 1,
            Status::Encrypted => self.encrypted += 1,
            _ => {}
        }
    }

    fn verdict(&self) -> Result<()> {
        let nothing = |message: String| Error::new(Kind::NothingFound, message);
        if self.good > 0 {
            return Ok(());
        }
        if self.bytes == 0 {
            return Err(nothing("the input is empty".to_owned()));
        }
        if self.messages == 0 {
            let error = nothing(format!("no message in {} bytes", self.bytes));
            // Of text that is read inverted, nearly every byte is above 7F.
            return Err(if self.bytes >= 32 && self.high * 10 >= self.bytes * 8 {
                error.hint(
                    "most bytes have bit 7 set, as text on a line of the wrong polarity has: try rx_invert",
                )
            } else {
                error.hint(
                    "wrong baud rate or parity looks like this; `wwctl probe` finds the settings of a line",
                )
            });
        }
        if self.encrypted == self.messages {
            return Err(nothing(format!("all {} messages are encrypted", self.messages))
                .hint("give the meter's key with --key @FILE"));
        }
        Err(nothing(format!("none of {} messages is good", self.messages)))
    }
}

/// Decodes one input.
fn one<T: Trace + Layers>(
    file: &Path,
    args: &Args,
    report: Option<&report::Settings>,
    mut decoder: Decoder<T>,
    ui: &Ui,
    named: bool,
    tally: &mut Tally,
) -> Result<()> {
    let (mut source, mut hex) = input(file, args.input)?;
    let broken = |e: io::Error| Error::new(Kind::Usage, format!("{}: cannot be read: {e}", file.display()));
    let mut printer = Printer {
        json: ui.json,
        report,
        named: named.then_some(file),
        out: Vec::new(),
        foreign: Some(Vec::new()),
        stdout: io::stdout().lock(),
    };
    let mut piece = vec![0; PIECE];
    let mut bytes = Vec::new();
    loop {
        let length = source.read(&mut piece).map_err(broken)?;
        if length == 0 {
            break;
        }
        let read = piece.get(..length).unwrap_or_default();
        let raw = match &mut hex {
            Some(hex) => {
                bytes.clear();
                hex.push(read, &mut bytes).map_err(|e| not_hex(file, &e))?;
                &bytes[..]
            }
            None => read,
        };
        tally.bytes += raw.len() as u64;
        if tally.messages == 0 {
            tally.high += raw.iter().filter(|byte| **byte >= 0x80).count() as u64;
        }
        decoder.push(raw);
        printer.drain(&mut decoder, tally);
        printer.flush()?;
    }
    if let Some(hex) = &mut hex {
        bytes.clear();
        hex.finish(&mut bytes).map_err(|e| not_hex(file, &e))?;
        tally.bytes += bytes.len() as u64;
        decoder.push(&bytes);
    }
    decoder.finish();
    printer.drain(&mut decoder, tally);
    printer.out.extend(printer.foreign.take().unwrap_or_default());
    printer.flush()
}

/// Opens an input and recognises what it is by its first bytes: gives its bytes, or those of its hex text.
fn input(file: &Path, kind: Option<Input>) -> Result<(Box<dyn Read>, Option<HexText>)> {
    let source: Box<dyn Read> =
        if is_stdin(file) { Box::new(io::stdin().lock()) } else { Box::new(open(file)?) };
    let mut source = BufReader::with_capacity(PIECE, source);
    let start = source
        .fill_buf()
        .map_err(|e| Error::new(Kind::Usage, format!("{}: cannot be read: {e}", file.display())))?;
    let style = hex_text::detect(start, start.len() < PIECE);
    let kind = kind.unwrap_or_else(|| match style {
        _ if capture::is_capture(start) => Input::Capture,
        Some(_) => Input::Hex,
        None => Input::Raw,
    });
    Ok(match kind {
        Input::Raw => (Box::new(source), None),
        Input::Hex => (Box::new(source), Some(HexText::new(style.unwrap_or(hex_text::Style::Digits)))),
        Input::Capture => (Box::new(capture::bytes(source)?), None),
    })
}

fn open(file: &Path) -> Result<File> {
    let error = |e: &dyn std::fmt::Display| Error::new(Kind::Usage, format!("{}: {e}", file.display()));
    let opened = File::open(file).map_err(|e| error(&e))?;
    if opened.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(error(&"this is a directory"));
    }
    Ok(opened)
}

fn not_hex(file: &Path, error: &hex_text::HexError) -> Error {
    Error::new(Kind::Usage, format!("{}: {error}", file.display()))
        .hint("the input looks like hex text; use --input raw if it is not")
}

/// What a trace has to show.
trait Layers {
    /// The explanation of the message that was given out last, if one was collected.
    fn take(&mut self) -> Vec<crate::decode::trace::Layer>;
}

impl Layers for NoTrace {
    fn take(&mut self) -> Vec<crate::decode::trace::Layer> {
        Vec::new()
    }
}

impl Layers for Explanation {
    fn take(&mut self) -> Vec<crate::decode::trace::Layer> {
        std::mem::take(&mut self.layers)
    }
}

struct Printer<'a> {
    json: bool,
    /// Print reports of the gateway rather than messages.
    report: Option<&'a report::Settings>,
    /// The file to name with each message, when there are several.
    named: Option<&'a Path>,
    out: Vec<u8>,
    /// JSON of what is recognised and not decoded (SML, Modbus …), as long as nothing else was found: then
    /// it is what the input is.  Beside messages of the seven protocols it would only be a guess about
    /// what lies between them, and a reader of the stream counts on those seven names.
    foreign: Option<Vec<u8>>,
    stdout: io::StdoutLock<'static>,
}

/// More of what is not decoded than this says nothing new.
const FOREIGN: usize = 64 * 1024;

impl Printer<'_> {
    fn drain<T: Trace + Layers>(&mut self, decoder: &mut Decoder<T>, tally: &mut Tally) {
        while let Some(message) = decoder.next() {
            tally.count(message);
            if let Some(settings) = self.report {
                if message.status == Status::Ok
                    && let Some(report) = settings.report(message)
                {
                    self.out.extend_from_slice(report.to_string().as_bytes());
                    self.out.push(b'\n');
                }
                continue;
            }
            let begin = self.out.len();
            let known = Protocol::DECODED.contains(&message.protocol);
            if known {
                self.foreign = None;
            }
            if self.json {
                json::write(message, &mut self.out);
            } else {
                if let Some(file) = self.named {
                    self.out.extend_from_slice(format!("{}: ", file.display()).as_bytes());
                }
                self.out.extend_from_slice(text::to_string(message).as_bytes());
            }
            if T::ON {
                let layers = decoder.trace_mut().take();
                if !self.json {
                    self.out.extend_from_slice(explain::to_text(&layers, 100).as_bytes());
                } else if self.out.pop().is_some() {
                    self.out.extend_from_slice(b",\"layers\":");
                    explain::to_json(&layers, &mut self.out);
                    self.out.push(b'}');
                }
            }
            if self.json
                && let Some(file) = self.named
                && self.out.pop().is_some()
            {
                self.out.extend_from_slice(b",\"file\":");
                self.out.extend_from_slice(
                    serde_json::Value::from(file.to_string_lossy()).to_string().as_bytes(),
                );
                self.out.push(b'}');
            }
            self.out.push(b'\n');
            if self.json && !known {
                let line = self.out.split_off(begin);
                if let Some(foreign) = self.foreign.as_mut().filter(|held| held.len() + line.len() <= FOREIGN)
                {
                    foreign.extend(line);
                }
            }
        }
    }

    /// Hands over what is decoded; a reader that has gone ends the program quietly.
    fn flush(&mut self) -> Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = self.stdout.write_all(&self.out).and_then(|()| self.stdout.flush());
        self.out.clear();
        match written {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
            Err(e) => Err(Error::new(Kind::Other, format!("stdout: {e}"))),
            Ok(()) => Ok(()),
        }
    }
}
