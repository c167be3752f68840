use super::change::{Request, UpdateKeys};
use super::connect::{Connect, seconds};
use super::keys::KeyArgs;
use super::page_file::PageFile;
use super::port;
use super::set::{self, How};
use super::values;
use crate::config::secrets::Stdin;
use crate::decode::{self, Protocol};
use crate::error::{Error, Kind, Result};
use crate::line::capture::{Reader, Recorder};
use crate::line::replay;
use crate::line::{Parity, StopBits};
use crate::probe::page::{self, Circumstances, Page};
use crate::probe::{Fault, Narrow, Options, Progress, Strategy, Verdict, run_retold};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, interrupt};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Find out how a meter's line must be set, and what it sends
///
/// Listens on a serial port, finds baud rate, parity, polarity and protocol, decodes what comes, and says how to set the
/// gateway. Only listens; nothing is sent to the meter. Settings already known make it faster: what is given is not
/// searched for.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Serial port: /dev/tty…, COM3, rfc2217://HOST:PORT, tcp://HOST:PORT, file:CAPTURE or sim:PROTOCOL; the only USB serial port when left out
    #[arg(value_name = "PORT", value_hint = clap::ValueHint::AnyPath)]
    port: Option<String>,
    /// The baud rate is this
    #[arg(long, value_name = "BAUD", value_parser = clap::value_parser!(u32).range(50..=4_000_000))]
    baudrate: Option<u32>,
    /// The parity is this
    #[arg(long, value_name = "PARITY", value_parser = parity())]
    parity: Option<Parity>,
    /// The stop bits are these
    #[arg(long, value_name = "BITS", value_parser = stop_bits())]
    stop_bits: Option<StopBits>,
    /// The line is inverted; false: it is not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    invert: Option<bool>,
    /// The meter speaks this protocol
    #[arg(long, value_name = "PROTOCOL", value_parser = protocol())]
    protocol: Option<Protocol>,
    /// push only listens; pull asks, in each protocol's usual way, and only reads, and listens when a meter speaks all the same; auto is push
    #[arg(long, value_name = "MODE", default_value = "auto")]
    mode: Asking,
    /// How settings are tried
    #[arg(long, value_name = "STRATEGY", default_value_t, value_enum)]
    strategy: Strategy,
    /// Stop after this time
    #[arg(id = "timeout", long, value_name = "SECONDS", default_value = "180", value_parser = seconds)]
    patience: Duration,
    #[command(flatten)]
    keys: KeyArgs,
    /// Keep what was heard in this file; `wwctl probe file:FILE` gives the same verdict again
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    save: Option<PathBuf>,
    /// Write what was found, heard and tried as a page for a browser, whatever came of it; a file that exists is replaced
    #[arg(long, value_name = "FILE.html", value_hint = clap::ValueHint::FilePath)]
    report: Option<PathBuf>,
    /// Set the gateway of -H so, and wait until it reads the meter
    #[arg(long)]
    apply: bool,
}

/// Whether meters are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Asking {
    /// As push
    Auto,
    /// Only listen
    Push,
    /// Ask
    Pull,
}

fn named<T: Clone + Send + Sync + 'static>(
    names: &'static [(&'static str, T)],
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(names.iter().map(|(name, _)| *name)).try_map(move |given| {
        let found = names.iter().find(|(name, _)| *name == given);
        found.map(|(_, value)| value.clone()).ok_or("not one of the values")
    })
}

fn parity() -> impl clap::builder::TypedValueParser<Value = Parity> {
    named(&[("none", Parity::None), ("even", Parity::Even), ("odd", Parity::Odd)])
}

fn stop_bits() -> impl clap::builder::TypedValueParser<Value = StopBits> {
    named(&[("1", StopBits::One), ("1.5", StopBits::OnePointFive), ("2", StopBits::Two)])
}

fn protocol() -> impl clap::builder::TypedValueParser<Value = Protocol> {
    named(&[
        ("dsmr", Protocol::Dsmr),
        ("hdlc", Protocol::Hdlc),
        ("kmp", Protocol::Kmp),
        ("mep", Protocol::Mep),
        ("mbus", Protocol::Mbus),
        ("mbtr", Protocol::Mbtr),
        ("dlms", Protocol::Dlms),
    ])
}

/// Probes.
///
/// # Errors
/// Of kind [`Kind::Port`] when the port cannot be used or goes away.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    if args.apply && connect.host.is_empty() {
        return Err(
            Error::new(Kind::Usage, "--apply needs a gateway").hint("name it with -H HOST, or in WWCTL_HOST")
        );
    }
    let keys = args.keys.read(ui, false)?;
    let options = Options {
        strategy: args.strategy,
        narrow: Narrow {
            baudrate: args.baudrate,
            parity: args.parity,
            stop_bits: args.stop_bits,
            invert: args.invert,
            protocol: args.protocol,
        },
        timeout: args.patience,
        keys,
        ask: asks(args)?,
    };
    // Tried out now: not after minutes on the line.
    let report = args.report.as_deref().map(|path| PageFile::new("--report", path)).transpose()?;
    let name = port::choose(args.port.as_deref())?;
    if let (Some(report), Some(source)) =
        (&report, name.strip_prefix("file:").or_else(|| args.save.as_ref()?.to_str()))
        && report.is(Path::new(source))
    {
        return Err(Error::new(Kind::Usage, format!("--report would overwrite the capture {source}"))
            .hint("give the page a name of its own"));
    }
    let started = Instant::now();
    let (verdict, account, outcome, interrupted) = {
        let _cooperative = interrupt::cooperate();
        let mut adapter = port::open(&name)?;
        let mut shown = None;
        let mut watch = |progress: &Progress| {
            show(progress, &mut shown, ui);
            if interrupt::interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let (verdict, account, outcome) = match &args.save {
            None => run_retold(&mut *adapter, &options, &mut watch),
            Some(path) => {
                let file = File::create(path).map_err(|e| {
                    Error::new(Kind::Usage, format!("--save: {} cannot be written: {e}", path.display()))
                })?;
                let now = jiff::Timestamp::now().to_string();
                let mut recorder = Recorder::new(adapter, BufWriter::new(file), &name, &now)?;
                let retold = run_retold(&mut recorder, &options, &mut watch);
                // What failed first is what is said.
                let kept = recorder.finish();
                let (verdict, account, outcome) = retold;
                (verdict, account, outcome.and(kept.map(|_| ())))
            }
        };
        ui.clear_status();
        (verdict, account, outcome, interrupt::interrupted())
    };
    let written = report.as_ref().map_or(Ok(()), |report| {
        let circumstances = Circumstances {
            written: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
            recorded: recorded(&name),
            port: name.clone(),
            interrupted,
            failure: outcome.as_ref().err().map(|e| e.message().to_owned()),
        };
        let page =
            Page { verdict: &verdict, account: &account, options: &options, circumstances: &circumstances };
        report.write(&page::html(&page))
    });
    outcome?;
    if ui.json {
        answer(&(to_json(&verdict, &name, started.elapsed()).to_string() + "\n"));
    } else {
        answer(&to_text(&verdict));
        // Faults are in the answer already.
        let faults: Vec<String> = verdict.faults.iter().map(Fault::advice).collect();
        for advice in verdict.advice.iter().filter(|advice| !faults.contains(advice)) {
            ui.advice(advice);
        }
    }
    // Behind the answer, which must not be lost for a page.
    written?;
    if interrupted {
        return Ok(ExitCode::from(Kind::Interrupted.exit_status()));
    }
    if verdict.found && args.apply {
        return apply(&verdict, connect, ui);
    }
    if verdict.found {
        return Ok(ExitCode::SUCCESS);
    }
    let error = Error::new(Kind::NothingFound, format!("{name}: no complete message was decoded"));
    // What to do was said above, if anything was.
    Err(match verdict.advice.first() {
        Some(advice) if ui.json || ui.quiet => error.hint(advice),
        _ => error,
    })
}

/// Whether to ask: a capture of questions is put the same questions again.
fn asks(args: &Args) -> Result<bool> {
    if args.mode != Asking::Pull {
        let capture = args.port.as_deref().and_then(|port| port.strip_prefix("file:"));
        return Ok(args.mode == Asking::Auto && capture.is_some_and(replay::asks));
    }
    if let Some(protocol @ (Protocol::Dsmr | Protocol::Mbtr | Protocol::Dlms)) = args.protocol {
        return Err(Error::new(Kind::Usage, format!("--mode pull: meters are not asked in {protocol}"))
            .hint("they push: leave --mode pull out; kmp, mbus, mep and hdlc can be asked"));
    }
    if args.invert == Some(true) {
        return Err(Error::new(Kind::Usage, "--mode pull: an inverted line cannot be asked")
            .hint("the adapter would have to invert what it sends and hears: FT232R in its EEPROM (FT_PROG or ftconf.py), others with a transistor"));
    }
    Ok(true)
}

/// When, where and with what a capture was recorded.
fn recorded(port: &str) -> Option<String> {
    let file = File::open(port.strip_prefix("file:")?).ok()?;
    let reader = Reader::new(BufReader::new(file)).ok()?;
    let header = reader.header();
    Some(format!("{}, recorded {}", page::without_secrets(&header.port), header.started))
}

/// Sets the gateway, and waits for the meter's status.
fn apply(verdict: &Verdict, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let mut stdin = Stdin::default();
    let wanted = values::gather(&verdict.assignments(), None, ui, &mut stdin)?;
    let how = How {
        dry_run: false,
        yes: true,
        no_verify: false,
        no_backup: false,
        update_keys: UpdateKeys::Always,
        wait: Some(Duration::from_secs(60)),
    };
    // --timeout was for the line.
    let connect = Connect { timeout: None, ..connect.clone() };
    let request = Request::new(wanted, false, &how);
    set::make(&request, &how, &connect, ui, &mut stdin)
}

/// The live line on a terminal, a few times a second.
fn show(progress: &Progress, shown: &mut Option<Instant>, ui: &Ui) {
    if !ui.live() || shown.is_some_and(|at| at.elapsed() < Duration::from_millis(80)) {
        return;
    }
    *shown = Some(Instant::now());
    let mut line = format!(
        "{:>5.1} s  {}  {}: {} telegrams, {} characters",
        progress.now.as_secs_f64(),
        progress.settings,
        progress.doing,
        progress.telegrams,
        progress.characters
    );
    for (name, chance) in progress.candidates.iter().filter(|(_, chance)| *chance > 0.005).take(3) {
        let _ = write!(line, "  {name} {:.0} %", chance * 100.0);
    }
    ui.status(&line);
}

/// The verdict as in the contract, `wwctl.probe.v1`.
pub(super) fn to_json(verdict: &Verdict, port: &str, elapsed: Duration) -> Value {
    let messages: Vec<Value> = verdict
        .messages
        .iter()
        .map(|m| serde_json::from_str(&decode::json::to_string(m)).unwrap_or(Value::Null))
        .collect();
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("schema", "wwctl.probe.v1".into());
    put("port", port.into());
    put("found", verdict.found.into());
    put("line", verdict.line_json());
    put("protocol", json!(verdict.protocol.map(Protocol::as_str)));
    put("mode", json!(verdict.mode.map(crate::probe::Mode::as_str)));
    put("encrypted", json!(verdict.encrypted));
    put("telegrams", verdict.telegrams.into());
    put("line_seconds", rounded(verdict.line_time));
    put("elapsed_seconds", rounded(elapsed));
    put("evidence", verdict.evidence_json());
    put("settings", Value::Object(verdict.settings()));
    put("faults", verdict.faults_json());
    put("messages", Value::Array(messages));
    put("advice", json!(verdict.advice));
    Value::Object(object)
}

/// Seconds to the millisecond.
fn rounded(time: Duration) -> Value {
    json!((time.as_secs_f64() * 1000.0).round() / 1000.0)
}

/// The verdict for people.
fn to_text(verdict: &Verdict) -> String {
    let mut text = String::new();
    let nothing = verdict.evidence.is_empty();
    let what = match verdict.protocol {
        Some(protocol) => format!("{}, {}", verdict.line_text(), protocol.as_str()),
        None if nothing && verdict.telegrams == 0 => "no telegram was heard".to_owned(),
        None if nothing => "nothing that was heard could be decoded".to_owned(),
        None => format!("{}, protocol unknown", verdict.line_text()),
    };
    let _ = writeln!(
        text,
        "{}: {what}{} ({} telegram{} in {:.1} s)\n",
        if verdict.found { "found" } else { "not found" },
        if verdict.encrypted == Some(true) { ", encrypted" } else { "" },
        verdict.telegrams,
        if verdict.telegrams == 1 { "" } else { "s" },
        verdict.line_time.as_secs_f64()
    );
    if !verdict.faults.is_empty() {
        let mut table = Table::new(&["Fault", "Sure", "Seen, and what to do"]);
        for fault in &verdict.faults {
            let remedy = fault.cause.remedy();
            let rows =
                [(fault.cause.as_str(), percent(fault.confidence), &*fault.why), ("", String::new(), remedy)];
            for (name, sure, what) in rows {
                let look = if fault.confidence >= 0.5 { Look::Bad } else { Look::Plain };
                table.row([(name.to_owned(), look), (sure, Look::Plain), (what.to_owned(), Look::Plain)]);
            }
        }
        text.push_str(&table.render());
        text.push('\n');
    }
    if !verdict.evidence.is_empty() {
        let mut table = Table::new(&["Setting", "Value", "Sure", "Why"]);
        for e in &verdict.evidence {
            let value = match &e.value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let look = if e.confidence >= 0.95 { Look::Plain } else { Look::Faint };
            table.row([
                (e.what.to_owned(), Look::Plain),
                (value, Look::Strong),
                (percent(e.confidence), look),
                (e.why.clone(), Look::Plain),
            ]);
        }
        text.push_str(&table.render());
        text.push('\n');
    }
    for message in &verdict.messages {
        text.push_str(&decode::text::to_string(message));
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    let settings = verdict.assignments().join(" ");
    if !settings.is_empty() {
        let _ = writeln!(text, "\nSet the gateway so:\n  wwctl -H HOST set {settings} --wait");
    }
    text
}

/// `90 %`; what is not beyond doubt is not rounded up to it.
fn percent(confidence: f64) -> String {
    format!("{:.0} %", (confidence * 100.0).min(if confidence < 1.0 { 99.0 } else { 100.0 }))
}
