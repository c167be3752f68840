//! Meters that speak on a simulated line.

pub mod dlms;
pub mod dsmr;
pub mod kmp;
pub mod link;
pub mod mbus;
pub mod mep;

use crate::decode::{Key, Keys, Protocol};
use crate::line::random::Random;
use crate::line::sim::{Speech, Talker};
use crate::line::{DataBits, LineSettings, Parity, StopBits};
use std::time::Duration;

/// Encryption key of simulated meters that cipher and are given none: fit for trying things out only.
pub const TRIAL_KEY: Key = Key::new([
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
]);

/// A meter, all properties.
#[derive(Debug, Clone)]
pub struct MeterOptions {
    /// What it speaks.
    pub protocol: Protocol,
    /// From the start of a push to the start of the next.
    pub interval: Duration,
    /// It ciphers, with [`MeterOptions::keys`].
    pub encrypt: bool,
    /// Its keys.
    pub keys: Keys,
    /// Everything random follows from it.
    pub seed: u64,
    /// It falls silent after so many pushes.
    pub telegrams: Option<u64>,
    /// What it sends instead of frames of its own, one push each, over and over.
    pub frames: Vec<Vec<u8>>,
}

impl MeterOptions {
    /// A meter that pushes plain frames every five seconds.
    pub const fn new(protocol: Protocol) -> Self {
        MeterOptions {
            protocol,
            interval: Duration::from_secs(5),
            encrypt: false,
            keys: Keys { encryption: None, authentication: None },
            seed: 0,
            telegrams: None,
            frames: Vec::new(),
        }
    }
}

/// The line settings that meters of a protocol mostly use; `None` for protocols that are not simulated.
pub const fn usual_line(protocol: Protocol) -> Option<LineSettings> {
    let (baudrate, parity, stop_bits) = match protocol {
        Protocol::Dsmr => (115_200, Parity::None, StopBits::One),
        Protocol::Hdlc | Protocol::Mbus | Protocol::Mbtr => (2400, Parity::Even, StopBits::One),
        Protocol::Kmp => (1200, Parity::None, StopBits::Two),
        Protocol::Mep => (9600, Parity::None, StopBits::One),
        _ => return None,
    };
    Some(LineSettings { baudrate, data_bits: DataBits::Eight, parity, stop_bits })
}

/// A meter as its protocol has it: one that pushes, or one that only answers.
pub fn talker(options: &MeterOptions) -> Box<dyn Talker> {
    match options.protocol {
        Protocol::Kmp if options.frames.is_empty() => Box::new(kmp::KmpMeter::new(options.seed)),
        Protocol::Mep if options.frames.is_empty() => {
            let key = options.keys.encryption.unwrap_or(TRIAL_KEY);
            Box::new(mep::MepMeter::new(key, options.seed))
        }
        _ => Box::new(PushMeter::new(options.clone())),
    }
}

/// A meter that pushes.
pub struct PushMeter {
    options: MeterOptions,
    pushed: u64,
    due: Duration,
    /// On an M-Bus it answers too.
    mbus: Option<Box<mbus::MbusMeter>>,
    dsmr: Option<Box<dsmr::DsmrMeter>>,
    dlms: Option<Box<dlms::DlmsMeter>>,
    /// On HDLC a link can be opened.
    link: Option<link::Link>,
}

impl PushMeter {
    /// A meter; its first push comes within the first interval.
    pub fn new(options: MeterOptions) -> Self {
        let mut random = Random::part(options.seed, 2);
        let due = options.interval.mul_f64(random.unit());
        let mbus = (options.protocol == Protocol::Mbus && options.frames.is_empty()).then(|| {
            let key = options.keys.encryption.filter(|_| options.encrypt);
            Box::new(mbus::MbusMeter::new(options.seed, key))
        });
        let dsmr = (options.protocol == Protocol::Dsmr && options.frames.is_empty())
            .then(|| dsmr_meter(&options))
            .flatten()
            .map(Box::new);
        let cosem = matches!(options.protocol, Protocol::Hdlc | Protocol::Mbtr | Protocol::Dlms);
        let dlms = (cosem && options.frames.is_empty()).then(|| {
            let keys = if options.encrypt { options.keys } else { Keys::default() };
            let shape = dlms::DlmsMeter::shape_of(options.protocol, options.seed);
            Box::new(dlms::DlmsMeter::new(shape, &keys, options.seed))
        });
        let link =
            (options.protocol == Protocol::Hdlc && options.frames.is_empty()).then(link::Link::default);
        PushMeter { options, pushed: 0, due, mbus, dsmr, dlms, link }
    }

    fn frame(&mut self) -> Option<Vec<u8>> {
        if !self.options.frames.is_empty() {
            let index = self.pushed % self.options.frames.len() as u64;
            return self.options.frames.get(index as usize).cloned();
        }
        match self.options.protocol {
            Protocol::Dsmr => self.dsmr.as_mut().map(|meter| meter.telegram()),
            protocol @ (Protocol::Hdlc | Protocol::Mbtr | Protocol::Dlms) => {
                self.dlms.as_mut().map(|meter| meter.push(protocol))
            }
            Protocol::Mbus => self.mbus.as_mut().map(|meter| meter.telegram()),
            _ => None,
        }
    }
}

/// A meter with the usual line settings of its protocol: version 2.2 would want 9600 7E1.
fn dsmr_meter(options: &MeterOptions) -> Option<dsmr::DsmrMeter> {
    let models = ["nl5", "nl42", "be", "se", "at"];
    let ciphered = ["lu", "at"];
    let names = if options.encrypt { &ciphered[..] } else { &models[..] };
    let name = Random::part(options.seed, 4).pick(names).copied();
    let meter = dsmr::DsmrMeter::new(name, options.seed)?;
    Some(if options.encrypt { meter.ciphered(&options.keys) } else { meter })
}

impl Talker for PushMeter {
    fn push(&mut self, free: Duration) -> Option<Speech> {
        if self.options.telegrams.is_some_and(|most| self.pushed >= most) {
            return None;
        }
        let frame = self.frame()?;
        self.pushed += 1;
        let at = self.due.max(free);
        self.due = at + self.options.interval;
        Some(Speech::new(at, frame))
    }

    fn hear(&mut self, at: Duration, bytes: &[u8]) -> Option<Speech> {
        match &mut self.link {
            Some(link) => link.hear(at, bytes),
            None => self.mbus.as_mut()?.hear(at, bytes),
        }
    }
}
