use super::port;
use crate::error::{Error, Kind, Result};
use crate::line::capture::{Header, Record, Writer};
use crate::line::pcapng::PcapngWriter;
use crate::line::{Adapter, DataBits, Flag, Heard, LineSettings, Parity, StopBits};
use crate::simulate::line::SimSpec;
use crate::ui::{Ui, answer, interrupt};
use clap::Args as ClapArgs;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Record a line as it is, with times and error flags
///
/// Listens with the given settings and writes what arrives until it is stopped (Ctrl-C) or --for has passed.  A capture
/// in the default format is text, one JSON object a line; `wwctl decode` and `wwctl probe file:FILE` read it.  It
/// is written line by line, so that nothing but the last line is lost when the process or the machine dies.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Serial port; without it, the only USB serial port
    port: Option<String>,
    /// File to write; - for the standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// What to write
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    format: Format,
    /// Bits per second
    #[arg(short, long, value_name = "BITS", default_value_t = 115_200, value_parser = clap::value_parser!(u32).range(50..=4_000_000))]
    baudrate: u32,
    /// Data bits
    #[arg(long, value_name = "7|8", default_value = "8", value_parser = data_bits)]
    data_bits: DataBits,
    /// Parity
    #[arg(long, value_name = "none|even|odd", default_value = "none", value_parser = parity)]
    parity: Parity,
    /// Stop bits
    #[arg(long, value_name = "1|1.5|2", default_value = "1", value_parser = stop_bits)]
    stop_bits: StopBits,
    /// Stop after this time
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    duration: Option<Duration>,
    /// Begin another file when this one has so many bytes (k, M and G are understood)
    #[arg(long, value_name = "BYTES", value_parser = size)]
    rotate_size: Option<u64>,
    /// Begin another file after this time
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    rotate_time: Option<Duration>,
    /// Keep only so many files when rotating; the oldest go
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Overwrite files that exist
    #[arg(short, long)]
    force: bool,
}

/// What a capture file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text with times, flags and settings: the tool's own
    Jsonl,
    /// For Wireshark (link type RTAC serial)
    Pcapng,
    /// The bytes and nothing else
    Raw,
}

fn data_bits(text: &str) -> Result<DataBits, String> {
    match text {
        "7" => Ok(DataBits::Seven),
        "8" => Ok(DataBits::Eight),
        _ => Err("7 or 8".to_owned()),
    }
}

fn parity(text: &str) -> Result<Parity, String> {
    Parity::from_name(text).ok_or_else(|| "none, even or odd".to_owned())
}

fn stop_bits(text: &str) -> Result<StopBits, String> {
    StopBits::from_name(text).ok_or_else(|| "1, 1.5 or 2".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|s| (0.001..=1e9).contains(s));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds above 0".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.strip_suffix(['k', 'K', 'M', 'G']) {
        Some(digits) if text.ends_with('G') => (digits, 1_000_000_000),
        Some(digits) if text.ends_with('M') => (digits, 1_000_000),
        Some(digits) => (digits, 1000),
        None => (text, 1),
    };
    let size = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).filter(|n| *n > 0);
    size.ok_or_else(|| "a number of bytes, such as 500k or 10M".to_owned())
}

/// How long a read may take before Ctrl-C is looked at.
const SLICE: Duration = Duration::from_millis(100);

/// Records.
pub fn run(args: &Args, ui: &Ui) -> Result<()> {
    if args.output.as_os_str() == "-" && (args.rotate_size.is_some() || args.rotate_time.is_some()) {
        return Err(Error::new(Kind::Usage, "the standard output cannot be rotated").hint("-o FILE"));
    }
    let port = port::choose(args.port.as_deref())?;
    if args.duration.is_none() && port.starts_with("sim:") && SimSpec::parse(&port)?.is_endless() {
        return Err(Error::new(Kind::Usage, "a simulated line would fill the disk in no time")
            .hint("--for SECONDS, or telegrams=N or realtime=true in the sim: text"));
    }
    let mut adapter = port::open(&port)?;
    let line = LineSettings {
        baudrate: args.baudrate,
        data_bits: args.data_bits,
        parity: args.parity,
        stop_bits: args.stop_bits,
    };
    adapter.configure(&line)?;
    let capabilities = adapter.capabilities();
    let line = if capabilities.configurable { Some(line) } else { adapter.settings() };
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let opened = started.saturating_sub(adapter.now());
    let header = Header {
        port: port.clone(),
        started: jiff::Timestamp::from_second(opened.as_secs() as i64).unwrap_or_default().to_string(),
        line,
        capabilities,
    };
    let mut output = Output { args, header, opened, number: 0, file: None, since: adapter.now() };
    output.open()?;
    let _stop = interrupt::cooperate();
    let progress = Progress::new(ui);
    let (mut bytes, mut flagged) = (0u64, 0u64);
    let begin = adapter.now();
    let mut heard = Vec::new();
    let ended = loop {
        let passed = adapter.now().saturating_sub(begin);
        if interrupt::interrupted() {
            break Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        let left = args.duration.map_or(SLICE, |d| d.saturating_sub(passed).min(SLICE));
        if left.is_zero() || adapter.exhausted() {
            break Ok(());
        }
        heard.clear();
        if let Err(error) = adapter.read(&mut heard, left) {
            break Err(error);
        }
        if !heard.is_empty() {
            bytes += heard.len() as u64;
            flagged += heard.iter().filter(|h| h.flag != Flag::None).count() as u64;
            output.heard(&heard, adapter.now())?;
        }
        progress.show(passed, bytes, flagged);
    };
    progress.clear();
    output.end(adapter.now())?;
    let passed = adapter.now().saturating_sub(begin).as_secs_f64();
    if ui.json && args.output.as_os_str() != "-" {
        let summary = serde_json::json!({
            "schema": "wwctl.captured.v1",
            "port": port,
            "file": args.output,
            "files": output.number,
            "bytes": bytes,
            "flagged": flagged,
            "seconds": (passed * 1000.0).round() / 1000.0,
        });
        answer(&format!("{summary}\n"));
    } else {
        let files = if output.number > 1 { format!(" in {} files", output.number) } else { String::new() };
        ui.note(&format!("{bytes} bytes, {flagged} with errors, in {passed:.1} s{files}"));
    }
    ended
}

/// The file that is being written.
struct Output<'a> {
    args: &'a Args,
    header: Header,
    opened: Duration,
    number: u32,
    file: Option<Sink>,
    /// When the present file was begun.
    since: Duration,
}

/// A writer of one of the formats.
enum Sink {
    Jsonl(Writer<Counted>),
    Pcapng(PcapngWriter<Counted>, u64),
    Raw(Counted),
}

impl Output<'_> {
    fn failed(&self, error: &io::Error) -> Error {
        Error::new(Kind::Other, format!("{} cannot be written: {error}", self.name(self.number).display()))
    }

    /// `line.jsonl`, then `line.2.jsonl`, `line.3.jsonl` ...
    fn name(&self, number: u32) -> PathBuf {
        let path = &self.args.output;
        if number <= 1 {
            return path.clone();
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = match path.extension() {
            Some(extension) => format!("{stem}.{number}.{}", extension.to_string_lossy()),
            None => format!("{stem}.{number}"),
        };
        path.with_file_name(name)
    }

    fn open(&mut self) -> Result<()> {
        self.number += 1;
        let out = Counted::open(&self.name(self.number), self.args.force)?;
        let sink = match self.args.format {
            Format::Jsonl => Writer::new(out, &self.header).map(Sink::Jsonl),
            Format::Pcapng => {
                PcapngWriter::new(out, self.opened, &self.header.port).map(|w| Sink::Pcapng(w, 0))
            }
            Format::Raw => Ok(Sink::Raw(out)),
        };
        self.file = Some(sink.map_err(|e| self.failed(&e))?);
        if let Some(keep) = self.args.keep
            && let Some(old) = self.number.checked_sub(keep).filter(|n| *n > 0)
        {
            // One that is gone already is as good.
            let _ = std::fs::remove_file(self.name(old));
        }
        Ok(())
    }

    fn heard(&mut self, heard: &[Heard], now: Duration) -> Result<()> {
        let size = match &mut self.file {
            None => 0,
            Some(Sink::Jsonl(writer)) => writer.get_mut().bytes,
            Some(Sink::Pcapng(_, bytes)) => *bytes,
            Some(Sink::Raw(out)) => out.bytes,
        };
        let full = self.args.rotate_size.is_some_and(|most| size >= most)
            || self.args.rotate_time.is_some_and(|most| now.saturating_sub(self.since) >= most);
        if full {
            self.end(now)?;
            self.since = now;
            self.open()?;
        }
        let written = match &mut self.file {
            None => Ok(()),
            Some(Sink::Jsonl(writer)) => writer.heard(heard),
            Some(Sink::Pcapng(writer, bytes)) => {
                *bytes += heard.len() as u64 + 44;
                writer.heard(heard)
            }
            Some(Sink::Raw(out)) => out.write_all(&heard.iter().map(|h| h.byte).collect::<Vec<_>>()),
        };
        written.map_err(|e| self.failed(&e))
    }

    fn end(&mut self, now: Duration) -> Result<()> {
        match self.file.take() {
            Some(Sink::Jsonl(mut writer)) => writer.record(&Record::End(now)).map_err(|e| self.failed(&e)),
            _ => Ok(()),
        }
    }
}

/// A file or the standard output, unbuffered, that knows how much went in.
struct Counted {
    out: Box<dyn Write>,
    bytes: u64,
}

impl Counted {
    fn open(path: &Path, force: bool) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Counted { out: Box::new(Stdout), bytes: 0 });
        }
        let mut options = OpenOptions::new();
        // Appending: what another process puts into the file meanwhile is not overwritten.
        options.append(true);
        if force {
            File::create(path).map_err(|e| cannot_create(path, &e))?;
        } else {
            options.create_new(true);
        }
        let file = options.open(path).map_err(|e| cannot_create(path, &e))?;
        Ok(Counted { out: Box::new(file), bytes: 0 })
    }
}

fn cannot_create(path: &Path, error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Error::new(Kind::Usage, format!("{} exists", path.display())).hint("--force overwrites it");
    }
    Error::new(Kind::Other, format!("{} cannot be created: {error}", path.display()))
}

impl Write for Counted {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.out.write(data)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The standard output; its reader's going is no error.
struct Stdout;

impl Write for Stdout {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut out = io::stdout().lock();
        match out.write_all(data).and_then(|()| out.flush()) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
            other => other.map(|()| data.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// A line that changes, on a terminal.
struct Progress(Option<(indicatif::ProgressBar, std::cell::Cell<Instant>)>);

impl Progress {
    fn new(ui: &Ui) -> Self {
        let bar = || {
            let bar = indicatif::ProgressBar::new_spinner();
            bar.set_message("listening");
            (bar, std::cell::Cell::new(Instant::now()))
        };
        Progress(ui.live().then(bar))
    }

    fn show(&self, passed: Duration, bytes: u64, flagged: u64) {
        if let Some((bar, last)) = &self.0
            && last.get().elapsed() >= SLICE
        {
            last.set(Instant::now());
            bar.set_message(format!("{:.1} s, {bytes} bytes, {flagged} with errors", passed.as_secs_f64()));
            bar.tick();
        }
    }

    fn clear(&self) {
        if let Some((bar, _)) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
