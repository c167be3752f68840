//! How well lines are found out, and the exhaustive sweep of settings beside it:
//! `cargo run --release --example probe-bench -- [NAME=VALUE]…`
//!
//! Draws simulated lines (seeded: the same number gives the same line), probes each with both strategies, and
//! prints for each kind of line how often the verdict was right and how many telegrams and how much
//! processor time that took.
//!
//! | name | value | default |
//! |---|---|---|
//! | `lines` | how many | 1000 |
//! | `first` | number of the first one | 0 |
//! | `polarity` | `normal`, `inverted` | both |
//! | `content` | `dsmr`, `dlms`, `ciphered`, `mbus` | all |
//! | `upto` | the highest baud rate | all |
//! | `only` | what `by` calls the lines to look at, of each kind one or several: `8N2,8E1,model A` | all |
//! | `frames` | directory of recordings: half of the lines send one of them instead of a simulated meter's | none |
//! | `by` | further rows: `chip`, `model`, `format`, `baudrate`, `clock`, `gaps`, `recorded` | none |
//! | `sweep` | `no` leaves the exhaustive sweep out | yes |
//! | `jobs` | lines probed at the same time | one a core |
//! | `name` | `lost` names the lines that were not found in three telegrams, `wrong` those with a false claim, `costly` those that took more processor time than they should, `all` all | none |
//!
//! `over` counts the lines that took more processor time a telegram than 50 ms (normal) or 1 s (inverted).

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wwctl::decode::{Keys, Protocol};
use wwctl::line::chip::Chip;
use wwctl::line::random::Random;
use wwctl::line::sim::{SimAdapter, SimOptions};
use wwctl::line::uart::Model;
use wwctl::line::{DataBits, LineSettings, Parity, StopBits};
use wwctl::probe::plan::BAUDRATES;
use wwctl::probe::{Options, Strategy, Verdict, run};
use wwctl::simulate::line::TRIAL_KEY;
use wwctl::simulate::meter::{MeterOptions, PushMeter};

/// What the meter on a line sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    Dsmr,
    Dlms,
    Ciphered,
    Mbus,
}

impl Content {
    const fn as_str(self) -> &'static str {
        match self {
            Content::Dsmr => "dsmr",
            Content::Dlms => "dlms",
            Content::Ciphered => "ciphered",
            Content::Mbus => "mbus",
        }
    }
}

/// Telegrams of real meters, by what they carry.
type Recorded = BTreeMap<Content, Vec<Vec<u8>>>;

struct Line {
    number: u64,
    content: Content,
    sim: SimOptions,
    meter: MeterOptions,
}

/// The line of that number.
fn draw(number: u64, recorded: &Recorded) -> Line {
    let mut random = Random::part(number, 7);
    let content = *random
        .pick(&[Content::Dsmr, Content::Dsmr, Content::Dlms, Content::Dlms, Content::Ciphered, Content::Mbus])
        .unwrap_or(&Content::Dsmr);
    let formats = [
        (DataBits::Eight, Parity::None, StopBits::One),
        (DataBits::Eight, Parity::Even, StopBits::One),
        (DataBits::Eight, Parity::Odd, StopBits::One),
        (DataBits::Eight, Parity::None, StopBits::Two),
        (DataBits::Seven, Parity::Even, StopBits::One),
        (DataBits::Seven, Parity::Odd, StopBits::One),
    ];
    // Seven bits carry text only.
    let many = if content == Content::Dsmr { 6 } else { 4 };
    let (data_bits, parity, stop_bits) = formats[random.below(many) as usize];
    let baudrate = *random.pick(&BAUDRATES).unwrap_or(&9600);
    let mut sim = SimOptions::new(LineSettings { baudrate, data_bits, parity, stop_bits });
    sim.invert = random.chance(0.5);
    sim.chip = *random.pick(&[Chip::Cp210x, Chip::Ftdi, Chip::Ch340]).unwrap_or(&Chip::Cp210x);
    sim.latency = Duration::from_millis(if random.chance(0.7) { 1 } else { 16 });
    sim.model = if random.chance(0.5) { Model::A } else { Model::B };
    sim.clock = *random.pick(&[0.0, 0.005, -0.005, 0.01, -0.01, 0.02, -0.02]).unwrap_or(&0.0);
    sim.gaps = *random.pick(&[0.0, 0.0, 0.02, 0.15]).unwrap_or(&0.0);
    sim.seed = number;
    let protocol = match content {
        Content::Dsmr => Protocol::Dsmr,
        Content::Dlms | Content::Ciphered => Protocol::Hdlc,
        Content::Mbus => Protocol::Mbus,
    };
    let mut meter = MeterOptions::new(protocol);
    meter.seed = number;
    // At 300 baud a telegram takes half a minute.
    meter.interval = Duration::from_secs(if baudrate < 2400 { 60 } else { 10 });
    if content == Content::Ciphered {
        meter.encrypt = true;
        meter.keys = Keys { encryption: Some(TRIAL_KEY), authentication: None };
    }
    if let Some(frames) = recorded.get(&content).filter(|f| !f.is_empty())
        && random.chance(0.5)
    {
        meter.frames = random.pick(frames).into_iter().cloned().collect();
    }
    Line { number, content, sim, meter }
}

/// Time that this thread has computed for, where the system tells; else the time that passed.
fn computed() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// What came of probing a line.
struct Outcome {
    verdict: Verdict,
    time: Duration,
}

impl Outcome {
    /// Processor time for each telegram that was listened to.
    fn per_telegram(&self) -> Duration {
        self.time / self.verdict.telegrams.max(1)
    }

    /// It was more than a line of this polarity should take.
    fn costly(&self, line: &Line) -> bool {
        self.per_telegram() > Duration::from_millis(if line.sim.invert { 1000 } else { 50 })
    }
}

fn probe(line: &Line, strategy: Strategy) -> Outcome {
    let meter = PushMeter::new(line.meter.clone());
    let mut adapter = SimAdapter::new(line.sim.clone(), vec![Box::new(meter)]);
    // The sweep is given the time to try every setting.
    let timeout = line.meter.interval * if strategy == Strategy::Adaptive { 9 } else { 60 };
    let options = Options { strategy, timeout, ..Options::default() };
    let started = computed();
    let verdict = run(&mut adapter, &options, &mut |_| ControlFlow::Continue(())).unwrap_or_default();
    Outcome { verdict, time: computed().saturating_sub(started) }
}

/// What is said with a confidence of at least 0.95: how much, and what of it is wrong.
fn claims(line: &Line, verdict: &Verdict) -> (u32, Vec<String>) {
    let truth = line.sim.line;
    let mut count = 0;
    let mut wrong = Vec::new();
    for evidence in verdict.evidence.iter().filter(|e| e.confidence >= 0.95) {
        let right = match evidence.what {
            "baudrate" => evidence.value == truth.baudrate,
            "data_bits" => evidence.value == truth.data_bits.count(),
            "parity" => evidence.value == truth.parity.as_str(),
            "rx_invert" => evidence.value == line.sim.invert,
            // A recording is sent as it is, whatever it holds inside.
            "encrypted" => {
                !line.meter.frames.is_empty() || evidence.value == (line.content == Content::Ciphered)
            }
            "protocol" => evidence.value == line.meter.protocol.as_str(),
            _ => true,
        };
        count += 1;
        if !right {
            wrong.push(format!("{} {}", evidence.what, evidence.value));
        }
    }
    (count, wrong)
}

/// Lines of a kind, added up.
#[derive(Default)]
struct Row {
    lines: u32,
    baudrate: u32,
    /// Lines whose polarity can be known: errors are told, or the content is readable; and those of them
    /// where it was said rightly.
    polar: u32,
    polarity: u32,
    found: u32,
    within_three: u32,
    telegrams: Vec<u32>,
    claims: u32,
    lines_with_false_claims: u32,
    heard: u32,
    time: Duration,
    slowest: Duration,
    costly: u32,
    swept: u32,
    sweep_found: u32,
    sweep_telegrams: u32,
}

impl Row {
    fn add(&mut self, line: &Line, outcome: &Outcome, sweep: Option<&Outcome>) {
        let Outcome { verdict, time } = outcome;
        self.lines += 1;
        self.baudrate += u32::from(verdict.baudrate == Some(line.sim.line.baudrate));
        if line.sim.chip != Chip::Ch340 || line.content != Content::Ciphered {
            self.polar += 1;
            self.polarity += u32::from(verdict.rx_invert == Some(line.sim.invert));
        }
        self.found += u32::from(verdict.found);
        self.within_three += u32::from(verdict.found && verdict.telegrams <= 3);
        if verdict.found {
            self.telegrams.push(verdict.telegrams);
        }
        let (count, wrong) = claims(line, verdict);
        self.claims += count;
        self.lines_with_false_claims += u32::from(!wrong.is_empty());
        self.heard += verdict.telegrams;
        self.time += *time;
        self.slowest = self.slowest.max(outcome.per_telegram());
        self.costly += u32::from(outcome.costly(line));
        if let Some(sweep) = sweep {
            self.swept += 1;
            if sweep.verdict.found {
                self.sweep_found += 1;
                self.sweep_telegrams += sweep.verdict.telegrams;
            }
        }
    }

    fn show(&mut self, name: &str) {
        if self.lines == 0 {
            return;
        }
        let share = |n: u32, of: u32| 100.0 * f64::from(n) / f64::from(of.max(1));
        let mean = |sum: u32, of: u32| {
            if of == 0 { "-".to_owned() } else { format!("{:.2}", f64::from(sum) / f64::from(of)) }
        };
        self.telegrams.sort_unstable();
        let telegrams = mean(self.telegrams.iter().sum(), self.found);
        println!(
            "{name:<26} {:>5} {:>6.1} {:>6.1} {:>6.1} {:>6.1} {telegrams:>6} {:>7}/{:<5} {:>7.1} {:>7.0} {:>5} | {:>6} {:>6}",
            self.lines,
            share(self.baudrate, self.lines),
            share(self.polarity, self.polar),
            share(self.found, self.lines),
            share(self.within_three, self.lines),
            self.lines_with_false_claims,
            self.claims,
            1000.0 * self.time.as_secs_f64() / f64::from(self.heard.max(1)),
            1000.0 * self.slowest.as_secs_f64(),
            self.costly,
            if self.swept == 0 {
                "-".to_owned()
            } else {
                format!("{:.1}", share(self.sweep_found, self.swept))
            },
            mean(self.sweep_telegrams, self.sweep_found),
        );
    }
}

/// What a line is among its kind: its chip, its format, ….
fn kind(line: &Line, of: &str) -> String {
    match of {
        "chip" => line.sim.chip.as_str().to_owned(),
        "model" => format!("model {:?}", line.sim.model),
        "format" => line.sim.line.to_string().split(' ').nth(1).unwrap_or_default().to_owned(),
        "baudrate" => format!("{:6}", line.sim.line.baudrate),
        "clock" => format!("clock {:+.1} %", 100.0 * line.sim.clock),
        "gaps" => format!("gaps {:.0} %", 100.0 * line.sim.gaps),
        _ if line.meter.frames.is_empty() => "simulated".to_owned(),
        _ => "recorded".to_owned(),
    }
}

/// The rows that a line belongs to.
fn rows(line: &Line, by: &[String]) -> Vec<String> {
    let polarity = if line.sim.invert { "inverted" } else { "normal" };
    let content = line.content.as_str();
    let mut names = vec![polarity.to_owned(), format!("{polarity} {content}")];
    for what in by {
        let value = kind(line, what);
        names.push(format!("{polarity} {content} {value}"));
    }
    names
}

/// All telegrams of one frame below `dir` that a checksum vouches for.
fn recordings(dir: &Path, into: &mut Recorded) {
    let mut entries: Vec<_> =
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            recordings(&path, into);
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.len() < 3000
        {
            let good = |m: &wwctl::decode::Message| {
                m.offset == 0 && m.length as usize == bytes.len() && wwctl::probe::telegram::certain(m)
            };
            let messages = wwctl::decode::decode_all(&bytes, &Default::default());
            let Some(message) = messages.first().filter(|m| good(m)) else { continue };
            let ciphered = message.security.as_ref().is_some_and(|s| s.ciphered);
            let content = match message.protocol {
                Protocol::Dsmr if !ciphered => Content::Dsmr,
                Protocol::Hdlc if !ciphered => Content::Dlms,
                Protocol::Hdlc => Content::Ciphered,
                _ => continue,
            };
            into.entry(content).or_default().push(bytes);
        }
    }
}

/// What is to be run.
struct Wishes {
    lines: u64,
    first: u64,
    polarity: Option<bool>,
    content: Option<String>,
    upto: u32,
    only: Vec<String>,
    recorded: Recorded,
    by: Vec<String>,
    sweep: bool,
    jobs: usize,
    name: String,
}

impl Wishes {
    fn from_arguments() -> Result<Self, String> {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let mut wishes = Wishes {
            lines: 1000,
            first: 0,
            polarity: None,
            content: None,
            upto: u32::MAX,
            only: Vec::new(),
            recorded: Recorded::new(),
            by: Vec::new(),
            sweep: true,
            jobs,
            name: String::new(),
        };
        for argument in std::env::args().skip(1) {
            let (name, value) = argument.split_once('=').unwrap_or((&argument, ""));
            let number =
                || value.parse::<u64>().map_err(|_| format!("{name} takes a number, not \"{value}\""));
            match name {
                "lines" => wishes.lines = number()?,
                "first" => wishes.first = number()?,
                "jobs" => wishes.jobs = number()?.max(1) as usize,
                "polarity" => wishes.polarity = Some(value == "inverted"),
                "content" => wishes.content = Some(value.to_owned()),
                "upto" => wishes.upto = u32::try_from(number()?).unwrap_or(u32::MAX),
                "only" => wishes.only = value.split(',').map(str::to_owned).collect(),
                "frames" => recordings(Path::new(value), &mut wishes.recorded),
                "by" => wishes.by = value.split(',').map(str::to_owned).collect(),
                "sweep" => wishes.sweep = value != "no",
                "name" => value.clone_into(&mut wishes.name),
                _ => return Err(format!("there is no \"{name}\"; the head of this file lists the names")),
            }
        }
        Ok(wishes)
    }

    fn wanted(&self, line: &Line) -> bool {
        self.polarity.is_none_or(|invert| invert == line.sim.invert)
            && line.sim.line.baudrate <= self.upto
            && self.content.as_ref().is_none_or(|content| content == line.content.as_str())
            && self.kinds_wanted(line)
    }

    fn kinds_wanted(&self, line: &Line) -> bool {
        let value = |of: &str| kind(line, of).trim().to_owned();
        let asked = |of: &str| match of {
            "format" => self.only.iter().any(|o| o.len() == 3 && (o.starts_with('7') || o.starts_with('8'))),
            "chip" => self.only.iter().any(|o| ["cp210x", "ftdi", "ch340"].contains(&o.as_str())),
            _ => self.only.iter().any(|o| o.starts_with(of)),
        };
        let kinds = ["format", "chip", "model", "gaps", "clock"];
        kinds.into_iter().all(|of| !asked(of) || self.only.contains(&value(of)))
    }
}

/// Names a line whose outcome somebody may want to look into.
fn tell(wishes: &Wishes, line: &Line, outcome: &Outcome) {
    let verdict = &outcome.verdict;
    let (_, wrong) = claims(line, verdict);
    let lost = !verdict.found || verdict.telegrams > 3;
    let named = match wishes.name.as_str() {
        "lost" => lost,
        "wrong" => !wrong.is_empty(),
        "costly" => outcome.costly(line),
        name => name == "all",
    };
    if named {
        println!(
            "line {}: {} {}{} {} {:?} clock={} gaps={} latency={:?}{}: {} {} after {} telegrams, {:.4} s; wrong: {wrong:?}",
            line.number,
            line.content.as_str(),
            line.sim.line,
            if line.sim.invert { " inverted" } else { "" },
            line.sim.chip.as_str(),
            line.sim.model,
            line.sim.clock,
            line.sim.gaps,
            line.sim.latency,
            if line.meter.frames.is_empty() { "" } else { " recorded" },
            if verdict.found { "found" } else { "not found" },
            verdict.line_text(),
            verdict.telegrams,
            outcome.time.as_secs_f64()
        );
    }
}

fn main() -> ExitCode {
    let wishes = match Wishes::from_arguments() {
        Ok(wishes) => wishes,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    for (content, frames) in &wishes.recorded {
        println!("{} recorded telegrams of {}", frames.len(), content.as_str());
    }
    let next = AtomicU64::new(wishes.first);
    let work = || {
        let mut done: Vec<(Line, Outcome, Option<Outcome>)> = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= wishes.first + wishes.lines {
                return done;
            }
            let line = draw(number, &wishes.recorded);
            if !wishes.wanted(&line) {
                continue;
            }
            let outcome = probe(&line, Strategy::Adaptive);
            let sweep = wishes.sweep.then(|| probe(&line, Strategy::Exhaustive));
            tell(&wishes, &line, &outcome);
            done.push((line, outcome, sweep));
        }
    };
    let mut table: BTreeMap<String, Row> = BTreeMap::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..wishes.jobs).map(|_| scope.spawn(work)).collect();
        for (line, outcome, sweep) in workers.into_iter().flat_map(|w| w.join().unwrap_or_default()) {
            for name in rows(&line, &wishes.by) {
                table.entry(name).or_default().add(&line, &outcome, sweep.as_ref());
            }
        }
    });
    println!(
        "{:<26} {:>5} {:>6} {:>6} {:>6} {:>6} {:>6} {:>13} {:>7} {:>7} {:>5} | {:>13}",
        "",
        "",
        "baud",
        "pol.",
        "found",
        "in 3",
        "tele-",
        "lines false/",
        "CPU ms/",
        "most",
        "over",
        "sweep  tele-"
    );
    println!(
        "{:<26} {:>5} {:>6} {:>6} {:>6} {:>6} {:>6} {:>13} {:>7} {:>7} {:>5} | {:>6} {:>6}",
        "lines", "n", "%", "%", "%", "%", "grams", "claims", "tele.", "", "", "%", "grams"
    );
    for (name, row) in &mut table {
        row.show(name);
    }
    let memory = std::fs::read_to_string("/proc/self/status").ok();
    let peak = memory.as_deref().and_then(|text| text.lines().find(|l| l.starts_with("VmHWM")));
    if let Some(peak) = peak {
        println!(
            "memory at most, {} lines at a time: {}",
            wishes.jobs,
            peak.trim_start_matches("VmHWM:").trim()
        );
    }
    ExitCode::SUCCESS
}
