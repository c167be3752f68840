//! `sim:` texts: a simulated line with a meter on it, in one word.
//!
//! ```text
//! sim:PROTOCOL[?NAME=VALUE[&NAME=VALUE]…]
//! ```
//! What is not named is as meters of that protocol mostly are.  The same text gives the same bytes.

use super::meter::{MeterOptions, PushMeter, talker, usual_line};
use crate::decode::{Key, Protocol};
use crate::error::{Error, Kind, Result};
use crate::line::chip::Chip;
use crate::line::sim::{SimAdapter, SimOptions, Talker};
use crate::line::uart::Model;
use crate::line::{DataBits, Parity, StopBits};
use std::time::Duration;

/// A parameter of a `sim:` text.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const fn parameter(name: &'static str, takes: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, takes, meaning }
}

/// All parameters.
pub const PARAMETERS: &[Parameter] = &[
    parameter("baudrate", "50..4000000", "bits per second of the meter"),
    parameter("data_bits", "7, 8", "data bits of the meter"),
    parameter("parity", "none, even, odd", "parity of the meter"),
    parameter("stop_bits", "1, 1.5, 2", "stop bits of the meter"),
    parameter("invert", "true, false", "the line is inverted where it reaches the adapter"),
    parameter("interval", "0.1..86400 (s)", "from one push to the next"),
    parameter("telegrams", "0..", "pushes before the meter falls silent"),
    parameter("clock", "-0.05..0.05", "relative error of the meter's clock"),
    parameter("gaps", "0..1", "share of characters with an idle gap behind them"),
    parameter("jitter", "0..0.3 (bits)", "standard deviation of the edges"),
    parameter("noise", "0..0.5", "probability of a flipped bit"),
    parameter("adapter", "ideal, cp210x, ftdi, ch340", "whose packets and error flags"),
    parameter("latency", "1..255 (ms)", "FTDI's latency timer"),
    parameter("model", "a, b", "the receiver after a framing error: waits for idle, or starts at once"),
    parameter("hop", "0..10 (s)", "time that setting the line takes"),
    parameter("busy", "0..1 (s)", "the computer reads late now and then, by up to so long"),
    parameter("encrypt", "true, false", "the meter ciphers"),
    parameter("key", "32 hex digits", "its encryption key"),
    parameter("auth_key", "32 hex digits", "its authentication key"),
    parameter("seed", "0..", "where all chance comes from"),
    parameter("frames", "FILE", "send this recording instead"),
    parameter("echo", "true, false", "what is sent is heard too, as on an optical head"),
    parameter("realtime", "true, false", "take as long as a real line does"),
    parameter("fault", "idle, stuck, break, noise, pullup, two", "what is wrong with the line"),
];

pub use super::meter::TRIAL_KEY;

/// Something wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nobody speaks.
    Idle,
    /// The line is low for ever.
    Stuck,
    /// The line is held low for a third of a second before each push.
    Break,
    /// No meter; the line picks up edges of its own.
    Noise,
    /// The pull-up is too weak for the baud rate: rising edges come late.
    Pullup,
    /// A second meter speaks without waiting for the first to end.
    Two,
}

/// A `sim:` text, understood.
#[derive(Debug, Clone)]
pub struct SimSpec {
    /// The meter.
    pub meter: MeterOptions,
    /// The line and the adapter.
    pub line: SimOptions,
    /// What is wrong.
    pub fault: Option<Fault>,
}

/// Spikes a second that [`Fault::Noise`] makes.
const HUM: f64 = 400.0;

/// How late edges rise with [`Fault::Pullup`], in bits.
const SLOW_RISE: f64 = 0.55;

/// How long [`Fault::Break`] holds the line low.
const BREAK: Duration = Duration::from_millis(300);

impl SimSpec {
    /// Understands the text, with or without its `sim:`.
    ///
    /// # Errors
    /// Of kind [`Kind::Usage`], naming the parameter.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix("sim:").unwrap_or(text);
        let (name, query) = text.split_once('?').unwrap_or((text, ""));
        let protocol = Protocol::DECODED.into_iter().find(|p| p.as_str() == name);
        let (Some(protocol), Some(line)) = (protocol, protocol.and_then(usual_line)) else {
            let names: Vec<&str> = simulated().map(Protocol::as_str).collect();
            return Err(Error::new(Kind::Usage, format!("sim: there is no simulated meter \"{name}\""))
                .hint(format!("one of {}", names.join(", "))));
        };
        let mut spec =
            SimSpec { meter: MeterOptions::new(protocol), line: SimOptions::new(line), fault: None };
        spec.line.chip = Chip::Cp210x;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            spec.set(name, value)?;
        }
        if spec.meter.encrypt && spec.meter.keys.encryption.is_none() {
            spec.meter.keys.encryption = Some(TRIAL_KEY);
        }
        Ok(spec)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let Some(parameter) = PARAMETERS.iter().find(|p| p.name == name) else {
            let nearest = PARAMETERS
                .iter()
                .find(|p| name.len() > 2 && p.name.starts_with(name))
                .or_else(|| PARAMETERS.iter().find(|p| strsim::damerau_levenshtein(p.name, name) <= 2));
            let error = Error::new(Kind::Usage, format!("sim: there is no parameter \"{name}\""));
            return Err(match nearest {
                Some(p) => error.hint(format!("did you mean {}?", p.name)),
                None => {
                    let names: Vec<&str> = PARAMETERS.iter().map(|p| p.name).collect();
                    error.hint(format!("one of {}", names.join(", ")))
                }
            });
        };
        if name == "frames" {
            self.meter.frames = super::recording::read(value)?;
            return Ok(());
        }
        self.put(name, value).ok_or_else(|| {
            // A key is not repeated: it might be a real one.
            let given = if name.ends_with("key") { String::new() } else { format!(" \"{value}\"") };
            Error::new(Kind::Usage, format!("sim: {name} cannot be{given}"))
                .hint(format!("{name} ({}) takes {}", parameter.meaning, parameter.takes))
        })
    }

    fn put(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "baudrate" => {
                self.line.line.baudrate = value.parse().ok().filter(|b| (50..=4_000_000).contains(b))?;
            }
            "data_bits" => {
                self.line.line.data_bits = match value {
                    "7" => DataBits::Seven,
                    "8" => DataBits::Eight,
                    _ => return None,
                }
            }
            "parity" => {
                self.line.line.parity =
                    [Parity::None, Parity::Even, Parity::Odd].into_iter().find(|p| p.as_str() == value)?;
            }
            "stop_bits" => {
                self.line.line.stop_bits = [StopBits::One, StopBits::OnePointFive, StopBits::Two]
                    .into_iter()
                    .find(|s| s.as_str() == value)?;
            }
            "invert" => self.line.invert = boolean(value)?,
            "interval" => self.meter.interval = Duration::from_secs_f64(number(value, 0.1, 86400.0)?),
            "telegrams" => self.meter.telegrams = Some(value.parse().ok()?),
            "clock" => self.line.clock = number(value, -0.05, 0.05)?,
            "gaps" => self.line.gaps = number(value, 0.0, 1.0)?,
            "jitter" => self.line.jitter = number(value, 0.0, 0.3)?,
            "noise" => self.line.noise = number(value, 0.0, 0.5)?,
            "adapter" => self.line.chip = Chip::ALL.into_iter().find(|c| c.as_str() == value)?,
            "latency" => {
                let ms: u8 = value.parse().ok().filter(|ms| *ms > 0)?;
                self.line.latency = Duration::from_millis(ms.into());
            }
            "model" => {
                self.line.model = match value {
                    "a" => Model::A,
                    "b" => Model::B,
                    _ => return None,
                }
            }
            "busy" => self.line.busy = Duration::from_secs_f64(number(value, 0.0, 1.0)?),
            "hop" => self.line.hop = Duration::from_secs_f64(number(value, 0.0, 10.0)?),
            "encrypt" => self.meter.encrypt = boolean(value)?,
            "key" => {
                self.meter.keys.encryption = Some(Key::parse(value).ok()?);
                self.meter.encrypt = true;
            }
            "auth_key" => self.meter.keys.authentication = Some(Key::parse(value).ok()?),
            "seed" => {
                let seed = value.parse().ok()?;
                self.meter.seed = seed;
                self.line.seed = seed;
            }
            "echo" => self.line.echo = boolean(value)?,
            "realtime" => self.line.realtime = boolean(value)?,
            "fault" => {
                self.fault = Some(match value {
                    "idle" => Fault::Idle,
                    "stuck" => Fault::Stuck,
                    "break" => Fault::Break,
                    "noise" => Fault::Noise,
                    "pullup" => Fault::Pullup,
                    "two" => Fault::Two,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// True when listening to it until nothing more comes would never end, and take no time doing so.
    pub fn is_endless(&self) -> bool {
        !self.line.realtime && self.meter.telegrams.is_none()
    }

    /// The adapter on that line.
    pub fn open(&self) -> SimAdapter {
        let mut line = self.line.clone();
        let mut talkers: Vec<Box<dyn Talker>> = Vec::new();
        let meter = || PushMeter::new(self.meter.clone());
        match self.fault {
            None => talkers.push(talker(&self.meter)),
            Some(Fault::Idle) => {}
            Some(Fault::Stuck) => line.stuck = true,
            Some(Fault::Noise) => line.hum = HUM,
            Some(Fault::Break) => talkers.push(Box::new(Breaking(meter()))),
            Some(Fault::Pullup) => {
                line.slow_rise = SLOW_RISE;
                talkers.push(Box::new(meter()));
            }
            Some(Fault::Two) => {
                talkers.push(Box::new(meter()));
                let other = MeterOptions {
                    seed: self.meter.seed.wrapping_add(1),
                    // Not a multiple of the first one's, so that they meet at ever other places.
                    interval: self.meter.interval.mul_f64(0.37),
                    ..self.meter.clone()
                };
                talkers.push(Box::new(PushMeter::new(other)));
            }
        }
        SimAdapter::new(line, talkers)
    }
}

/// A meter whose line goes low before each push.
struct Breaking(PushMeter);

impl Talker for Breaking {
    fn push(&mut self, free: Duration) -> Option<crate::line::sim::Speech> {
        self.0.push(free).map(|mut speech| {
            speech.low = BREAK;
            speech
        })
    }
}

/// The protocols that have a simulated meter.
pub fn simulated() -> impl Iterator<Item = Protocol> {
    Protocol::DECODED.into_iter().filter(|p| usual_line(*p).is_some())
}

fn boolean(value: &str) -> Option<bool> {
    match value {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn number(value: &str, least: f64, most: f64) -> Option<f64> {
    value.parse().ok().filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Adapter, Flag, Heard};

    fn listen(text: &str, seconds: u64) -> Vec<Heard> {
        let spec = SimSpec::parse(text).unwrap();
        let mut adapter = spec.open();
        adapter.configure(&spec.line.line).unwrap();
        let mut heard = Vec::new();
        let end = Duration::from_secs(seconds);
        while adapter.now() < end {
            adapter.read(&mut heard, end.saturating_sub(adapter.now())).unwrap();
        }
        heard
    }

    #[test]
    fn everything_of_the_contract_is_understood() {
        let spec = SimSpec::parse(
            "sim:hdlc?baudrate=9600&parity=odd&stop_bits=2&invert=true&interval=10&clock=0.004&gaps=0.02&noise=0\
             &adapter=ftdi&model=b&encrypt=true&key=00112233445566778899AABBCCDDEEFF&seed=7&realtime=true&fault=break",
        )
        .unwrap();
        assert_eq!(spec.line.line.to_string(), "9600 8O2");
        assert!(spec.line.invert && spec.line.realtime && spec.meter.encrypt);
        assert_eq!((spec.line.chip, spec.line.model, spec.fault), (Chip::Ftdi, Model::B, Some(Fault::Break)));
        assert_eq!((spec.line.seed, spec.line.clock, spec.line.gaps), (7, 0.004, 0.02));
        assert_eq!(spec.meter.interval, Duration::from_secs(10));
        assert_eq!(SimSpec::parse("sim:hdlc").unwrap().line.line.to_string(), "2400 8E1");
        assert_eq!(SimSpec::parse("sim:dsmr").unwrap().line.line.to_string(), "115200 8N1");
        assert_eq!(SimSpec::parse("sim:kmp").unwrap().line.line.to_string(), "1200 8N2");
    }

    #[test]
    fn mistakes_are_named_with_a_remedy() {
        for (text, message, hint) in [
            ("sim:", "no simulated meter \"\"", "dsmr, hdlc"),
            ("sim:sml", "no simulated meter \"sml\"", "dsmr, hdlc"),
            ("sim:dsmr?baud=9600", "no parameter \"baud\"", "did you mean baudrate?"),
            ("sim:dsmr?colour=red", "no parameter \"colour\"", "one of baudrate"),
            ("sim:dsmr?baudrat=9600", "no parameter \"baudrat\"", "did you mean baudrate?"),
            ("sim:dsmr?baudrate=fast", "baudrate cannot be \"fast\"", "50..4000000"),
            ("sim:dsmr?parity=mark", "parity cannot be \"mark\"", "none, even, odd"),
            ("sim:dsmr?clock=1", "clock cannot be \"1\"", "-0.05..0.05"),
            ("sim:dsmr?clock=nan", "clock cannot be \"nan\"", "-0.05..0.05"),
            ("sim:dsmr?invert", "invert cannot be \"\"", "true, false"),
            ("sim:dsmr?fault=flood", "fault cannot be \"flood\"", "idle, stuck"),
            ("sim:dsmr?frames=/no/such/file", "recording /no/such/file cannot be read", ""),
        ] {
            let error = SimSpec::parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.message().contains(message), "{text}: {error}");
            assert!(error.hint_text().unwrap_or("").contains(hint), "{text}: {:?}", error.hint_text());
        }
        let error = SimSpec::parse("sim:dsmr?key=0011223344556677889").unwrap_err();
        assert!(!format!("{error:?}").contains("0011"));
    }

    #[test]
    fn the_same_text_gives_the_same_characters() {
        let text = "sim:dsmr?seed=5&gaps=0.1&noise=0.0005&adapter=ftdi&model=b&invert=true&interval=1";
        let (once, again) = (listen(text, 6), listen(text, 6));
        assert!(once.len() > 2000, "{}", once.len());
        assert_eq!(once, again);
        assert_ne!(once, listen(&text.replace("seed=5", "seed=6"), 6));
    }

    #[test]
    fn each_protocol_that_is_named_speaks() {
        for text in ["sim:dsmr", "sim:hdlc", "sim:hdlc?encrypt=true", "sim:mbus"] {
            let heard = listen(text, 20);
            assert!(heard.len() > 60, "{text}: {}", heard.len());
            assert!(heard.iter().all(|h| h.flag == Flag::None), "{text}");
        }
    }

    /// Meters that only answer do so on the line as well: request out, perhaps its echo, answer in.
    #[test]
    fn meters_that_are_asked_answer() {
        use crate::decode::{Direction, Keys, Options, Status, decode_all};
        use crate::probe::ask;
        let mut client = ask::mep::Client::new(Some(TRIAL_KEY), true);
        let requests = [
            ("sim:kmp", ask::kmp::get_register(&[60, 68])),
            ("sim:kmp?echo=true", ask::kmp::get_serial()),
            ("sim:mep?echo=true", client.read_part(23, 0, 8)),
        ];
        for (text, request) in requests {
            let spec = SimSpec::parse(text).unwrap();
            let mut adapter = spec.open();
            adapter.configure(&spec.line.line).unwrap();
            adapter.write(&request).unwrap();
            let mut heard = Vec::new();
            while adapter.read(&mut heard, Duration::from_secs(2)).unwrap() > 0 {}
            let bytes: Vec<u8> = heard.iter().map(|h| h.byte).collect();
            let keys = Keys { encryption: Some(TRIAL_KEY), authentication: None };
            let messages = decode_all(&bytes, &Options { keys, ..Options::default() });
            let directions: Vec<_> = messages.iter().filter_map(|m| m.direction).collect();
            let expected = [Direction::Request, Direction::Response];
            assert_eq!(directions, if spec.line.echo { &expected[..] } else { &expected[1..] }, "{text}");
            assert!(messages.iter().all(|m| m.status == Status::Ok), "{text}: {messages:?}");
        }
    }

    #[test]
    fn a_meter_that_falls_silent_is_done() {
        for (text, ends) in
            [("sim:dsmr?telegrams=3&interval=1", true), ("sim:dsmr?interval=1", false), ("sim:kmp", false)]
        {
            let spec = SimSpec::parse(text).unwrap();
            let mut adapter = spec.open();
            adapter.configure(&spec.line.line).unwrap();
            let mut heard = Vec::new();
            while !adapter.exhausted() && adapter.now() < Duration::from_secs(60) {
                adapter.read(&mut heard, Duration::from_millis(100)).unwrap();
            }
            assert_eq!(adapter.exhausted(), ends, "{text}");
            if ends {
                assert_eq!(heard.iter().filter(|h| h.byte == b'!').count(), 3);
                assert!(adapter.now() < Duration::from_secs(6));
            }
        }
    }

    #[test]
    fn faults_show() {
        assert_eq!(listen("sim:dsmr?fault=idle", 60), []);
        assert_eq!(listen("sim:dsmr?fault=stuck", 60), []);
        assert!(
            listen("sim:dsmr?fault=break&interval=2", 10).iter().filter(|h| h.flag == Flag::Break).count()
                >= 4
        );
        assert!(listen("sim:hdlc?fault=noise", 10).len() > 500);
        let good = listen("sim:dsmr?seed=1&interval=2", 10);
        let pullup = listen("sim:dsmr?seed=1&interval=2&fault=pullup", 10);
        assert!(good.iter().all(|h| h.flag == Flag::None));
        assert!(pullup.iter().filter(|h| h.flag != Flag::None).count() > pullup.len() / 20);
        let two = listen("sim:hdlc?seed=1&interval=4&fault=two", 60);
        assert!(two.iter().any(|h| h.flag != Flag::None));
    }
}
