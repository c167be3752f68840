//! What is known about a line, how well, and what follows for the gateway.

use super::faults::Fault;
use crate::decode::{Message, Protocol};
use crate::line::{DataBits, Parity, StopBits};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A setting that is said with less than this is a guess: it is shown, and left out of the settings for
/// the gateway.
pub const SURE_ENOUGH: f64 = 0.8;

/// How the meter speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// By itself.
    Push,
    /// When asked.
    Pull,
}

impl Mode {
    /// Its name in the gateway's settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Push => "push",
            Mode::Pull => "pull",
        }
    }
}

/// Why a value is believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The setting: `baudrate`, `data_bits`, `parity`, `stop_bits`, `rx_invert`, `protocol`, `encrypted`, `mode`.
    pub what: &'static str,
    /// Its value, as in the verdict.
    pub value: Value,
    /// From 0 to 1.
    pub confidence: f64,
    /// The reason, one sentence.
    pub why: String,
}

/// What a probe found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// A message with a good checksum (without one: two that agree) was decoded.
    pub found: bool,
    /// Bits per second.
    pub baudrate: Option<u32>,
    /// Data bits.
    pub data_bits: Option<DataBits>,
    /// Parity.
    pub parity: Option<Parity>,
    /// Stop bits, at least.
    pub stop_bits: Option<StopBits>,
    /// The line idles low: the receiver must invert.
    pub rx_invert: Option<bool>,
    /// What is spoken on it.
    pub protocol: Option<Protocol>,
    /// By itself or when asked.
    pub mode: Option<Mode>,
    /// The content is ciphered.
    pub encrypted: Option<bool>,
    /// Pushes heard until it was understood.
    pub telegrams: u32,
    /// Time on the line until then.
    pub line_time: Duration,
    /// What is wrong with the line, the most probable first.
    pub faults: Vec<Fault>,
    /// Reasons, one for each thing known.
    pub evidence: Vec<Evidence>,
    /// What was decoded.
    pub messages: Vec<Message>,
    /// What the user can do or should know.
    pub advice: Vec<String>,
}

impl Verdict {
    fn note(&mut self, what: &'static str, value: Value, confidence: f64, why: impl Into<String>) {
        // Four digits say all there is to say, and keep 1 for what is beyond doubt.
        let confidence = (confidence.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0;
        self.evidence.retain(|e| e.what != what);
        self.evidence.push(Evidence { what, value, confidence, why: why.into() });
    }

    /// Says the baud rate.
    pub fn say_baudrate(&mut self, baudrate: u32, confidence: f64, why: impl Into<String>) {
        self.baudrate = Some(baudrate);
        self.note("baudrate", baudrate.into(), confidence, why);
    }

    /// Says the data bits.
    pub fn say_data_bits(&mut self, data_bits: DataBits, confidence: f64, why: impl Into<String>) {
        self.data_bits = Some(data_bits);
        if data_bits != DataBits::Eight {
            self.advise("the gateway has no setting for data bits, and its documentation does not say whether it reads 7: try auto_baudrate=true, and look at the meter's status");
        }
        self.note("data_bits", data_bits.count().into(), confidence, why);
    }

    /// Says the parity.
    pub fn say_parity(&mut self, parity: Parity, confidence: f64, why: impl Into<String>) {
        self.parity = Some(parity);
        self.note("parity", parity.as_str().into(), confidence, why);
    }

    /// Says the stop bits.
    pub fn say_stop_bits(&mut self, stop_bits: StopBits, confidence: f64, why: impl Into<String>) {
        self.stop_bits = Some(stop_bits);
        self.note("stop_bits", stop_bits.as_str().into(), confidence, why);
    }

    /// Says the polarity.
    pub fn say_rx_invert(&mut self, invert: bool, confidence: f64, why: impl Into<String>) {
        self.rx_invert = Some(invert);
        self.note("rx_invert", invert.into(), confidence, why);
    }

    /// Says the protocol.
    pub fn say_protocol(&mut self, protocol: Protocol, confidence: f64, why: impl Into<String>) {
        self.protocol = Some(protocol);
        self.note("protocol", protocol.as_str().into(), confidence, why);
    }

    /// Says how the meter speaks.
    pub fn say_mode(&mut self, mode: Mode, confidence: f64, why: impl Into<String>) {
        self.mode = Some(mode);
        self.note("mode", mode.as_str().into(), confidence, why);
    }

    /// Says whether the content is ciphered.
    pub fn say_encrypted(&mut self, encrypted: bool, confidence: f64, why: impl Into<String>) {
        self.encrypted = Some(encrypted);
        self.note("encrypted", encrypted.into(), confidence, why);
    }

    /// Adds a sentence of advice, once.
    pub fn advise(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.advice.contains(&text) {
            self.advice.push(text);
        }
    }

    /// How sure `what` is; 0 when it is not known.
    pub fn confidence(&self, what: &str) -> f64 {
        self.evidence.iter().find(|e| e.what == what).map_or(0.0, |e| e.confidence)
    }

    /// The settings of the gateway that make it read this very line; only what is known well enough.
    pub fn settings(&self) -> Map<String, Value> {
        let mut settings = Map::new();
        let sure = |what| self.confidence(what) >= SURE_ENOUGH;
        if let Some(baudrate) = self.baudrate.filter(|_| sure("baudrate")) {
            settings.insert("auto_baudrate".into(), false.into());
            settings.insert("baudrate".into(), baudrate.into());
        }
        if let Some(parity) = self.parity.filter(|_| sure("parity")) {
            settings.insert("parity".into(), parity.as_str().into());
        }
        if let Some(stop_bits) = self.stop_bits.filter(|_| sure("stop_bits")) {
            settings.insert("stop_bits".into(), stop_bits.as_str().into());
        }
        if let Some(invert) = self.rx_invert.filter(|_| sure("rx_invert")) {
            settings.insert("rx_invert".into(), invert.into());
        }
        let spoken = self.protocol.filter(|protocol| speaks(*protocol) && sure("protocol"));
        if let Some(protocol) = spoken {
            settings.insert("protocol".into(), protocol.as_str().into());
            if let Some(mode) = self.mode {
                settings.insert("if_mode".into(), mode.as_str().into());
            }
        }
        if let Some(encrypted) = self.encrypted.filter(|_| sure("encrypted")) {
            settings.insert("encryption".into(), encrypted.into());
        }
        settings
    }

    /// The same as `FIELD=VALUE`, as `wwctl set` takes them.
    pub fn assignments(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.settings().iter().map(|(name, value)| format!("{name}={}", text(value))).collect()
    }

    /// The line as in JSON: null for what is not known.
    pub fn line_json(&self) -> Value {
        json!({
            "baudrate": self.baudrate,
            "data_bits": self.data_bits.map(DataBits::count),
            "parity": self.parity.map(Parity::as_str),
            "stop_bits": self.stop_bits.map(StopBits::as_str),
            "rx_invert": self.rx_invert,
        })
    }

    /// The evidence as in JSON.
    pub fn evidence_json(&self) -> Value {
        let list = self
            .evidence
            .iter()
            .map(|e| json!({"what": e.what, "value": e.value, "confidence": e.confidence, "why": e.why}));
        Value::Array(list.collect())
    }

    /// The faults as in JSON.
    pub fn faults_json(&self) -> Value {
        let list = self.faults.iter().map(|f| {
            json!({"fault": f.cause.as_str(), "confidence": f.confidence, "why": f.why, "remedy": f.cause.remedy()})
        });
        Value::Array(list.collect())
    }

    /// `2400 8E1, inverted`; what is not known is left out or called so.
    pub fn line_text(&self) -> String {
        let known = (self.baudrate, self.data_bits, self.parity, self.rx_invert);
        if known == (None, None, None, None) {
            return "line settings unknown".to_owned();
        }
        let mut text = match (self.baudrate, self.data_bits, self.parity) {
            (None, ..) => "baud rate unknown".to_owned(),
            (Some(baudrate), Some(_), Some(_)) => baudrate.to_string(),
            (Some(baudrate), ..) => format!("{baudrate} baud"),
        };
        match (self.data_bits, self.parity) {
            (Some(data_bits), Some(parity)) => {
                let letter = match parity {
                    Parity::None => 'N',
                    Parity::Even => 'E',
                    Parity::Odd => 'O',
                };
                text.push_str(if self.baudrate.is_some() { " " } else { ", " });
                text.push_str(&format!("{}{letter}", data_bits.count()));
                // Not known is as good as the usual one, and the table does not claim it.
                text.push_str(self.stop_bits.map_or("", StopBits::as_str));
            }
            (data_bits, parity) => {
                if let Some(data_bits) = data_bits {
                    text.push_str(&format!(", {} data bits", data_bits.count()));
                }
                text.push_str(&format!(", parity {}", parity.map_or("unknown", Parity::as_str)));
            }
        }
        text.push_str(match self.rx_invert {
            Some(true) => ", inverted",
            Some(false) => ", not inverted",
            None => ", polarity unknown",
        });
        text
    }
}

/// True for the protocols of the gateway's `protocol` setting.
pub const fn speaks(protocol: Protocol) -> bool {
    matches!(
        protocol,
        Protocol::Dsmr | Protocol::Hdlc | Protocol::Kmp | Protocol::Mep | Protocol::Mbus | Protocol::Mbtr
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_hold_only_what_is_known() {
        let mut verdict = Verdict::default();
        assert!(verdict.settings().is_empty());
        verdict.say_baudrate(2400, 0.99, "heard");
        verdict.say_parity(Parity::Even, 0.6, "a guess");
        verdict.say_protocol(Protocol::Sml, 1.0, "named");
        let settings = Value::Object(verdict.settings());
        assert_eq!(settings, json!({"auto_baudrate": false, "baudrate": 2400}));
        assert_eq!(verdict.assignments(), ["auto_baudrate=false", "baudrate=2400"]);
        assert_eq!(verdict.line_text(), "2400 baud, parity even, polarity unknown");
        assert_eq!(Verdict::default().line_text(), "line settings unknown");
        verdict.say_data_bits(DataBits::Eight, 0.9, "heard");
        verdict.say_rx_invert(false, 0.9, "heard");
        assert_eq!(verdict.line_text(), "2400 8E, not inverted");
    }

    #[test]
    fn a_later_word_replaces_the_earlier() {
        let mut verdict = Verdict::default();
        verdict.say_rx_invert(true, 0.7, "first");
        verdict.say_rx_invert(false, 0.99, "second");
        assert_eq!(verdict.evidence.len(), 1);
        assert_eq!(verdict.rx_invert, Some(false));
        assert_eq!(verdict.line_json()["rx_invert"], json!(false));
        assert_eq!(verdict.line_json()["baudrate"], Value::Null);
    }
}
