//! How well lines are found out: `cargo run --release --example probe-bench -- [LINES] [FRAMES_DIR]`.
//!
//! Draws simulated lines (seeded: the same number gives the same lines), probes each, and prints for each
//! kind of line how often the verdict was right, and how many telegrams and how much time it took; the
//! exhaustive sweep's numbers beside it.  With a directory of recorded frames, its telegrams are sent too.
//! POLARITY=normal or inverted draws only such lines; VERBOSE=1 names lines that were not found or took long.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
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

struct Line {
    content: Content,
    sim: SimOptions,
    meter: MeterOptions,
}

fn draw(seed: u64, recorded: &BTreeMap<Content, Vec<Vec<u8>>>) -> Line {
    let mut random = Random::part(seed, 7);
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
    sim.seed = seed;
    let protocol = match content {
        Content::Dsmr => Protocol::Dsmr,
        Content::Dlms | Content::Ciphered => Protocol::Hdlc,
        Content::Mbus => Protocol::Mbus,
    };
    let mut meter = MeterOptions::new(protocol);
    meter.seed = seed;
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
    Line { content, sim, meter }
}

fn probe(line: &Line, strategy: Strategy) -> (Verdict, Duration) {
    let meter = PushMeter::new(line.meter.clone());
    let mut adapter = SimAdapter::new(line.sim.clone(), vec![Box::new(meter)]);
    let timeout = line.meter.interval * if strategy == Strategy::Adaptive { 9 } else { 60 };
    let options = Options { strategy, timeout, ..Options::default() };
    let started = Instant::now();
    let verdict = run(&mut adapter, &options, &mut |_| ControlFlow::Continue(()));
    (verdict.unwrap_or_default(), started.elapsed())
}

#[derive(Default)]
struct Row {
    lines: u32,
    found: u32,
    within_three: u32,
    telegrams: Vec<u32>,
    baud: u32,
    polarity: u32,
    polarity_said: u32,
    claims: u32,
    false_claims: u32,
    heard: u32,
    time: Duration,
}

impl Row {
    fn add(&mut self, line: &Line, verdict: &Verdict, time: Duration) -> Vec<String> {
        self.lines += 1;
        self.found += u32::from(verdict.found);
        self.within_three += u32::from(verdict.found && verdict.telegrams <= 3);
        if verdict.found {
            self.telegrams.push(verdict.telegrams);
        }
        let truth = line.sim.line;
        self.baud += u32::from(verdict.baudrate == Some(truth.baudrate));
        self.polarity_said += u32::from(verdict.rx_invert.is_some());
        self.polarity += u32::from(verdict.rx_invert == Some(line.sim.invert));
        self.heard += verdict.telegrams;
        self.time += time;
        let mut wrong = Vec::new();
        for evidence in verdict.evidence.iter().filter(|e| e.confidence >= 0.95) {
            let right = match evidence.what {
                "baudrate" => evidence.value == truth.baudrate,
                "data_bits" => evidence.value == truth.data_bits.count(),
                "parity" => evidence.value == truth.parity.as_str(),
                "rx_invert" => evidence.value == line.sim.invert,
                "encrypted" => evidence.value == (line.content == Content::Ciphered),
                "protocol" => evidence.value == line.meter.protocol.as_str(),
                _ => true,
            };
            self.claims += 1;
            // A recording is sent as it is, ciphered or not.
            let known = evidence.what != "encrypted" || line.meter.frames.is_empty();
            if known && !right {
                self.false_claims += 1;
                wrong.push(format!("{} {}", evidence.what, evidence.value));
            }
        }
        wrong
    }

    fn show(&mut self, name: &str) {
        let share = |n: u32| 100.0 * f64::from(n) / f64::from(self.lines.max(1));
        self.telegrams.sort_unstable();
        let mean = f64::from(self.telegrams.iter().sum::<u32>()) / self.telegrams.len().max(1) as f64;
        let most = self.telegrams.get(self.telegrams.len() * 99 / 100).copied().unwrap_or(0);
        println!(
            "{name:<24} {:>5} {:>7.1} {:>7.1} {:>7.1} {:>8.1} {mean:>6.2} {most:>4} {:>5}/{:<6} {:>8.1}",
            self.lines,
            share(self.baud),
            share(self.polarity),
            share(self.found),
            share(self.within_three),
            self.false_claims,
            self.claims,
            1000.0 * self.time.as_secs_f64() / f64::from(self.heard.max(1)),
        );
    }
}

fn recordings(dir: &Path, into: &mut BTreeMap<Content, Vec<Vec<u8>>>) {
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

fn main() {
    let mut arguments = std::env::args().skip(1);
    let lines: u64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(200);
    let wanted = match std::env::var("POLARITY").as_deref() {
        Ok("normal") => Some(false),
        Ok("inverted") => Some(true),
        _ => None,
    };
    let mut recorded = BTreeMap::new();
    if let Some(dir) = arguments.next() {
        recordings(Path::new(&dir), &mut recorded);
        for (content, frames) in &recorded {
            println!("{content:?}: {} recorded telegrams", frames.len());
        }
    }
    let head = format!(
        "{:<24} {:>5} {:>7} {:>7} {:>7} {:>8} {:>6} {:>4} {:>12} {:>8}",
        "line", "n", "baud %", "pol. %", "found %", "in 3 %", "mean", "99 %", "false/claims", "ms/tel."
    );
    let strategies = [("adaptive", Strategy::Adaptive), ("exhaustive sweep", Strategy::Exhaustive)];
    for (title, strategy) in strategies {
        let mut rows: BTreeMap<(bool, Content), Row> = BTreeMap::new();
        let mut flagged: BTreeMap<(bool, Content), Row> = BTreeMap::new();
        let (mut normal, mut inverted) = (Row::default(), Row::default());
        for seed in 0..lines {
            let line = draw(seed, &recorded);
            if wanted.is_some_and(|invert| invert != line.sim.invert) {
                continue;
            }
            // The sweep takes long, and its numbers are settled sooner.
            if strategy == Strategy::Exhaustive && seed >= lines / 4 {
                break;
            }
            let (verdict, time) = probe(&line, strategy);
            let total = if line.sim.invert { &mut inverted } else { &mut normal };
            total.add(&line, &verdict, time);
            if line.sim.chip == Chip::Cp210x {
                flagged.entry((line.sim.invert, line.content)).or_default().add(&line, &verdict, time);
            }
            let wrong = rows.entry((line.sim.invert, line.content)).or_default().add(&line, &verdict, time);
            let lost = !verdict.found && (!line.sim.invert || line.content == Content::Dsmr);
            let slow = time.as_secs_f64() / f64::from(verdict.telegrams.max(1)) > 0.3;
            if std::env::var_os("VERBOSE").is_some() && (!wrong.is_empty() || lost || slow) {
                println!(
                    "  seed {seed} {:?} {} inv={} {:?} {:?} clock={} gaps={} recorded={}: found={} {} telegrams={} wrong={wrong:?} {:.1} s",
                    line.content,
                    line.sim.line,
                    line.sim.invert,
                    line.sim.chip,
                    line.sim.model,
                    line.sim.clock,
                    line.sim.gaps,
                    !line.meter.frames.is_empty(),
                    verdict.found,
                    verdict.line_text(),
                    verdict.telegrams,
                    time.as_secs_f64()
                );
            }
        }
        println!("\n{title}\n{head}");
        for ((invert, content), row) in &mut rows {
            row.show(&format!("{content:?}{}", if *invert { ", inverted" } else { "" }));
        }
        for ((invert, content), row) in &mut flagged {
            row.show(&format!("  {content:?}{} cp210x", if *invert { ", inv." } else { "" }));
        }
        normal.show("all normal");
        inverted.show("all inverted");
    }
}
