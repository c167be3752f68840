//! From the VIF and its VIFEs to what a value means: quantity, unit, scale.

use super::value::{Scale, words};
use super::vif::{self, Kind, Vif};
use super::vife::{self, Effect};
use crate::decode::trace::Trace;
use compact_str::{CompactString, format_compact};

/// Value information as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Information<'a> {
    /// The VIF byte.
    pub vif: u8,
    /// The letters of a plain text unit, the last one first.
    pub text: Option<&'a [u8]>,
    /// The VIFE bytes.
    pub vifes: &'a [u8],
}

/// What a value means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// The quantity in words.
    pub quantity: CompactString,
    /// The base unit, if there is one.
    pub unit: Option<CompactString>,
    /// How the raw number becomes one of that unit.
    pub scale: Scale,
    /// How the bytes are to be taken.
    pub kind: Kind,
    /// Why the meter could not give a value.
    pub error: Option<&'static str>,
    /// Neither VIFE nor plain text: the tables alone say it.
    pub simple: bool,
}

impl From<&'static Vif> for Meaning {
    #[inline]
    fn from(vif: &'static Vif) -> Self {
        Meaning {
            quantity: words(vif.quantity),
            unit: if vif.unit.is_empty() { None } else { Some(words(vif.unit)) },
            scale: Scale { exponent: i16::from(vif.exponent), factor: vif.factor, add: None },
            kind: vif.kind,
            error: None,
            simple: true,
        }
    }
}

impl Information<'_> {
    /// Looks up what the codes mean; most records have a primary code and nothing else.  VIFEs start at `at` of the layer being explained.
    #[inline]
    pub fn meaning<T: Trace>(&self, at: usize, trace: &mut T) -> Meaning {
        if self.vifes.is_empty() && self.text.is_none() {
            let vif = vif::entry(&vif::PRIMARY, self.vif);
            if vif.kind != Kind::Reserved {
                return Meaning::from(vif);
            }
        }
        self.long_meaning(at, trace)
    }

    fn long_meaning<T: Trace>(&self, at: usize, trace: &mut T) -> Meaning {
        let (vif, vifes, at) = match (self.vif, self.vifes) {
            (vif::EXTENSION_FB, [code, rest @ ..]) => (vif::entry(&vif::FB, *code), rest, at + 1),
            (vif::EXTENSION_FD, [code, rest @ ..]) => (vif::entry(&vif::FD, *code), rest, at + 1),
            (vif::EXTENSION_EF, [_, rest @ ..]) => (&vif::RESERVED, rest, at + 1),
            (_, vifes) => (vif::entry(&vif::PRIMARY, self.vif), vifes, at),
        };
        if T::ON && at != 0 && vifes.len() < self.vifes.len() {
            trace.note(at - 1..at, "VIFE", || describe(vif));
        }
        let mut meaning = Meaning::from(vif);
        if let Some(letters) = self.text {
            let unit = super::value::text(letters);
            meaning.quantity = unit.clone();
            meaning.unit = Some(unit).filter(|unit| !unit.is_empty());
            meaning.simple = false;
        }
        if meaning.kind == Kind::Reserved {
            meaning.quantity = self.reserved();
        }
        if !vifes.is_empty() && meaning.kind != Kind::Manufacturer {
            meaning.qualify(vifes, at, trace);
        } else if T::ON && !vifes.is_empty() {
            trace.note(at..at + vifes.len(), "VIFE", || "known to the manufacturer".to_owned());
        }
        meaning
    }

    fn reserved(&self) -> CompactString {
        match (self.vif, self.vifes) {
            (vif::EXTENSION_FB | vif::EXTENSION_FD | vif::EXTENSION_EF, [code, ..]) => {
                format_compact!("reserved code {:02X} {:02X}", self.vif, code & 0x7F)
            }
            _ => format_compact!("reserved code {:02X}", self.vif & 0x7F),
        }
    }
}

impl Meaning {
    /// Applies the combinable codes.
    fn qualify<T: Trace>(&mut self, vifes: &[u8], at: usize, trace: &mut T) {
        self.simple = false;
        let mut table = &vife::COMBINABLE;
        for (n, &code) in vifes.iter().enumerate() {
            let effect = vife::effect(table, code);
            if std::ptr::eq(table, &vife::EXTENDED) && vife::is_unsigned(code) && self.kind == Kind::Number {
                self.kind = Kind::Unsigned;
            }
            table = if effect == Effect::Extension { &vife::EXTENDED } else { &vife::COMBINABLE };
            let here = at + n;
            match effect {
                Effect::None => trace.note(here..here + 1, "VIFE", || "no error".to_owned()),
                Effect::Error(reason) => {
                    self.error = Some(reason);
                    trace.note(here..here + 1, "VIFE", || format!("no valid value: {reason}"));
                }
                Effect::Word(word) => {
                    self.say(word);
                    trace.note(here..here + 1, "VIFE", || word.to_owned());
                }
                Effect::Per(unit) => {
                    self.per(unit);
                    trace.note(here..here + 1, "VIFE", || format!("per {unit}"));
                }
                Effect::PerPulse(channel) => {
                    self.per("pulse");
                    self.say(channel);
                    trace.note(here..here + 1, "VIFE", || format!("per pulse, {channel}"));
                }
                Effect::Times(unit) => {
                    self.unit = Some(match &self.unit {
                        Some(own) => format_compact!("{own}·{unit}"),
                        None => words(unit),
                    });
                    trace.note(here..here + 1, "VIFE", || format!("times {unit}"));
                }
                Effect::Scale(power) => {
                    self.scale.exponent = self.scale.exponent.saturating_add(i16::from(power));
                    trace.note(here..here + 1, "VIFE", || format!("× 10^{power}"));
                }
                Effect::Add(power) => {
                    self.scale.add = Some(power);
                    trace.note(here..here + 1, "VIFE", || format!("plus 10^{power}"));
                }
                Effect::Count(what) => {
                    self.instead(what, None, 1, Kind::Unsigned);
                    trace.note(here..here + 1, "VIFE", || format!("number of {what}"));
                }
                Effect::Date(what) => {
                    self.instead(what, None, 1, Kind::Date);
                    trace.note(here..here + 1, "VIFE", || format!("point in time: {what}"));
                }
                Effect::Duration(what, seconds) => {
                    self.instead(what, Some("s"), seconds, Kind::Number);
                    trace.note(here..here + 1, "VIFE", || format!("{what}, in units of {seconds} s"));
                }
                Effect::Extension => {
                    trace.note(here..here + 1, "VIFE", || "the next code is of the extension".to_owned());
                }
                Effect::Manufacturer => {
                    self.say("manufacturer specific");
                    self.kind = Kind::Manufacturer;
                    let range = here..at + vifes.len();
                    trace.note(range, "VIFE", || "known to the manufacturer".to_owned());
                    return;
                }
                Effect::Reserved => {
                    let code = code & 0x7F;
                    self.say(&format_compact!("reserved qualifier {code:02X}"));
                    trace.note(here..here + 1, "VIFE", || "reserved".to_owned());
                }
            }
        }
    }

    fn per(&mut self, unit: &str) {
        self.unit = Some(match &self.unit {
            Some(own) => format_compact!("{own}/{unit}"),
            None => format_compact!("1/{unit}"),
        });
    }

    fn say(&mut self, word: &str) {
        self.quantity.push_str(", ");
        self.quantity.push_str(word);
    }

    /// The value is something about the quantity instead of an amount of it.
    fn instead(&mut self, what: &str, unit: Option<&'static str>, factor: u32, kind: Kind) {
        self.say(what);
        self.unit = unit.map(words);
        self.scale = Scale { exponent: 0, factor, add: None };
        self.kind = kind;
    }
}

/// A table entry in words: `energy, × 10^3 Wh`.
pub fn describe(vif: &Vif) -> String {
    let Vif { quantity, unit, exponent, factor, .. } = *vif;
    match (unit, exponent, factor) {
        ("", 0, 1) => quantity.to_owned(),
        (unit, 0, 1) => format!("{quantity} in {unit}"),
        (unit, 0, factor) => format!("{quantity}, × {factor} {unit}"),
        (unit, exponent, 1) => format!("{quantity}, × 10^{exponent} {unit}"),
        (unit, exponent, factor) => format!("{quantity}, × {factor} × 10^{exponent} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::trace::NoTrace;

    fn meaning(vif: u8, vifes: &[u8]) -> Meaning {
        Information { vif, text: None, vifes }.meaning(0, &mut NoTrace)
    }

    fn words(vif: u8, vifes: &[u8]) -> (String, String, i16) {
        let m = meaning(vif, vifes);
        (m.quantity.to_string(), m.unit.unwrap_or_default().to_string(), m.scale.exponent)
    }

    #[test]
    fn primary_and_extensions() {
        assert_eq!(words(0x06, &[]), ("energy".into(), "Wh".into(), 3));
        assert_eq!(words(0xFD, &[0x48]), ("voltage".into(), "V".into(), -1));
        assert_eq!(words(0xFB, &[0x1B]), ("relative humidity".into(), "%".into(), 0));
        assert_eq!(words(0x7B, &[]), ("reserved code 7B".into(), String::new(), 0));
        assert_eq!(words(0xFD, &[0x7E]), ("reserved code FD 7E".into(), String::new(), 0));
    }

    #[test]
    fn combinable_codes() {
        assert_eq!(words(0x86, &[0x3C]), ("energy, backward".into(), "Wh".into(), 3));
        assert_eq!(words(0x93, &[0x7D]), ("volume".into(), "m³".into(), 0));
        assert_eq!(words(0x93, &[0x22]), ("volume".into(), "m³/h".into(), -3));
        assert_eq!(words(0xFD, &[0xC8, 0x36]), ("voltage".into(), "V·s".into(), -1));
        assert_eq!(words(0xFD, &[0xD9, 0xFC, 0x01]), ("current, L1".into(), "A".into(), -3));
        assert_eq!(words(0x86, &[0x41]).1, "", "a count has no unit");
        let lasted = meaning(0xDB, &[0x5A]);
        assert_eq!(
            (lasted.unit.as_deref(), lasted.scale.factor, lasted.scale.exponent),
            (Some("s"), 3600, 0)
        );
        assert_eq!(meaning(0xED, &[0x39]).kind, Kind::Date);
        assert_eq!(meaning(0x86, &[0x15]).error, Some("no data available"));
        assert_eq!(meaning(0x86, &[0xFF, 0x15]).error, None, "the manufacturer's own code");
    }

    #[test]
    fn plain_text_unit() {
        let info = Information { vif: 0xFC, text: Some(b"HR%"), vifes: &[0x74] };
        let m = info.meaning(0, &mut NoTrace);
        assert_eq!((m.quantity.as_str(), m.unit.as_deref(), m.scale.exponent), ("%RH", Some("%RH"), -2));
    }
}
