//! One setting's value: from text or JSON, checked against its field.

use super::number;
use super::table::{Field, Kind};
use crate::decode::{Decimal, Key};
use serde_json::Value as Json;

/// A checked value.  `Debug` never shows a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A decimal number with the digits it was written with.
    Decimal {
        /// As it goes out, a valid JSON number.
        text: String,
        /// Its value, for comparison.
        value: Decimal,
    },
    /// `true` or `false`.
    Boolean(bool),
    /// One of the field's strings.
    Choice(&'static str),
    /// A key to set.
    Key(Key),
    /// A key to clear: 32 zeros go out.
    ClearKey,
}

/// What goes out to clear a key.
pub const CLEARED_KEY: &str = "00000000000000000000000000000000";

impl Value {
    /// As JSON for the gateway.  **Holds a key in clear**: for the request's body only.
    pub fn to_wire(&self) -> Json {
        match self {
            Value::Integer(n) => Json::from(*n),
            Value::Decimal { text, .. } => text.parse().map_or(Json::Null, Json::Number),
            Value::Boolean(b) => Json::from(*b),
            Value::Choice(text) => Json::from(*text),
            Value::Key(key) => Json::from(hex::encode_upper(key.bytes())),
            Value::ClearKey => Json::from(CLEARED_KEY),
        }
    }

    /// As JSON for people and reports: keys are null.
    pub fn to_shown(&self) -> Json {
        match self {
            Value::Key(_) | Value::ClearKey => Json::Null,
            other => other.to_wire(),
        }
    }

    /// As text for people: a key is `(new key)`, a cleared one `(cleared)`.
    pub fn text(&self) -> String {
        match self {
            Value::Key(_) => "(new key)".into(),
            Value::ClearKey => "(cleared)".into(),
            other => shown(&other.to_wire()),
        }
    }
}

/// A JSON value as text: strings bare, everything else as JSON.
pub fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Why a value is no good: what was given, in words that never repeat a key; and the nearest that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was given.
    pub given: String,
    /// The nearest allowed value, where one is near.
    pub nearest: Option<String>,
}

impl Refusal {
    fn of(given: impl Into<String>) -> Self {
        Refusal { given: given.into(), nearest: None }
    }
}

/// What a document may hold for a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FromJson {
    /// A value to set.
    Value(Value),
    /// A masked, empty or null key: what it stands for is unknown, so it is left alone.
    HiddenKey,
}

impl Field {
    /// The factory default; the value that clears for a key.
    pub fn default_value(&self) -> Value {
        self.from_text(self.default).unwrap_or(Value::ClearKey)
    }

    /// Checks the text of a value, as it stands behind `FIELD=`.
    ///
    /// # Errors
    /// When the field does not take it.
    pub fn from_text(&self, text: &str) -> Result<Value, Refusal> {
        let refuse = || Refusal::of(quoted(text));
        match self.kind {
            Kind::Integer { .. } | Kind::Decimal { .. } => self.number(text).ok_or_else(refuse),
            Kind::Boolean => match text {
                "true" => Ok(Value::Boolean(true)),
                "false" => Ok(Value::Boolean(false)),
                _ => Err(Refusal { nearest: nearest_boolean(text), ..refuse() }),
            },
            Kind::Choice(choices) => match choices.iter().find(|c| c.value == text) {
                Some(choice) => Ok(Value::Choice(choice.value)),
                None => Err(Refusal { nearest: super::nearest::value(self, text), ..refuse() }),
            },
            Kind::Key => {
                // Operators issue keys with blanks, colons or 0x; those carry nothing.
                let text = text.trim();
                let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
                let digits: String = bare.chars().filter(|c| !matches!(c, ' ' | ':' | '-' | '\t')).collect();
                if digits.is_empty() && text.is_empty() { Ok(Value::ClearKey) } else { key(&digits) }
            }
        }
    }

    /// Checks a value from a JSON document.  Types are strict: `"9600"` is no number.
    ///
    /// # Errors
    /// When the field does not take it.
    pub fn from_json(&self, value: &Json) -> Result<FromJson, Refusal> {
        let refuse = || Refusal::of(describe(value));
        let checked = match (self.kind, value) {
            (Kind::Key, Json::Null) => return Ok(FromJson::HiddenKey),
            (Kind::Key, Json::String(text)) if is_masked(text) => return Ok(FromJson::HiddenKey),
            (Kind::Key, Json::String(text)) => key(text)?,
            (Kind::Key, _) => return Err(Refusal::of(format!("{} (not shown)", type_name(value)))),
            (Kind::Integer { .. } | Kind::Decimal { .. }, Json::Number(number)) => {
                self.number(&number.to_string()).ok_or_else(refuse)?
            }
            (Kind::Boolean, Json::Bool(flag)) => Value::Boolean(*flag),
            (Kind::Choice(_), Json::String(text)) => self.from_text(text)?,
            // The right text in the wrong type: say how it is written.
            (Kind::Integer { .. } | Kind::Decimal { .. } | Kind::Boolean, Json::String(text)) => {
                return Err(Refusal {
                    nearest: self.from_text(text).ok().map(|v| v.to_wire().to_string()),
                    ..refuse()
                });
            }
            (Kind::Choice(_), Json::Number(number)) => {
                let nearest = self.from_text(&number.to_string()).ok().map(|v| v.to_wire().to_string());
                return Err(Refusal { nearest, ..refuse() });
            }
            _ => return Err(refuse()),
        };
        Ok(FromJson::Value(checked))
    }

    fn number(&self, text: &str) -> Option<Value> {
        let value = number::parse(text)?;
        if !number::within(value, self.bounds()?) {
            return None;
        }
        if let Kind::Integer { .. } = self.kind {
            return Some(Value::Integer(number::whole(value)?));
        }
        let text = if number::is_json(text) { text.to_owned() } else { value.to_string() };
        Some(Value::Decimal { text, value })
    }
}

/// Whether the gateway (or a document of it) hides a key behind this text: nothing, or a mask.
pub fn is_masked(text: &str) -> bool {
    text.trim().is_empty() || text.chars().all(|c| matches!(c, '*' | '•'))
}

fn key(digits: &str) -> Result<Value, Refusal> {
    let mut bytes = [0; 16];
    if digits.len() == 32 && hex::decode_to_slice(digits, &mut bytes).is_ok() {
        return Ok(if bytes == [0; 16] { Value::ClearKey } else { Value::Key(Key::new(bytes)) });
    }
    let characters = digits.chars().count();
    let wrong = digits.chars().filter(|c| !c.is_ascii_hexdigit()).count();
    let given = match (characters, wrong) {
        (1, _) => "a single character".to_owned(),
        (n, 0) => format!("a text of {n} hex digits"),
        (n, 1) => format!("a text of {n} characters, 1 of them not a hex digit"),
        (n, w) => format!("a text of {n} characters, {w} of them not hex digits"),
    };
    Err(Refusal::of(given))
}

fn nearest_boolean(text: &str) -> Option<String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "y" | "t" | "enable" | "enabled" => Some("true".into()),
        "false" | "no" | "off" | "0" | "n" | "f" | "disable" | "disabled" => Some("false".into()),
        _ => None,
    }
}

/// The text in quotes for a message, shortened; never what looks like a key.
pub(super) fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "nothing".into();
    }
    if looks_secret(text) {
        return format!("{} characters that look like a key (not shown)", text.chars().count());
    }
    const LONGEST: usize = 40;
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().count() > LONGEST {
        short.push('…');
    }
    format!("'{short}'")
}

/// Whether this could be a key that went astray, such as one given where a name or a file belongs: many hex digits and
/// little else.
pub fn looks_secret(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= 16 && digits * 4 >= text.len() * 3 && number::parse(text).is_none_or(|_| digits >= 28)
}

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn describe(value: &Json) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Array(_) | Json::Object(_) => type_name(value).into(),
        Json::String(text) => format!("the string {}", quoted(text)),
        Json::Bool(flag) => format!("the boolean {flag}"),
        Json::Number(number) => quoted(&number.to_string()).trim_matches('\'').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{FIELDS, field};
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";

    fn text(name: &str, text: &str) -> Result<String, Refusal> {
        field(name).unwrap().from_text(text).map(|v| v.to_wire().to_string())
    }

    fn json(name: &str, document: &str) -> Result<FromJson, Refusal> {
        field(name).unwrap().from_json(&serde_json::from_str(document).unwrap())
    }

    /// The edges of the API document, field by field.
    #[test]
    fn the_documents_ranges_at_their_edges() {
        let good: &[(&str, &[&str])] = &[
            ("baudrate", &["300", "115200", "9600"]),
            ("parity", &["none", "odd", "even"]),
            ("stop_bits", &["1", "1.5", "2"]),
            ("buffer_size", &["1", "128"]),
            ("method", &["Passive Push"]),
            ("encryption", &["true", "false"]),
            ("conv_factor", &["0.001", "1000", "1", "0.1234567890123", "999.999"]),
            ("time_offset", &["-2147483648", "2147483647", "0"]),
            ("if_type", &["auto", "p1", "mbus", "ttl", "mep", "irda", "uart", "p1_adapter", "ttl_push"]),
            ("protocol", &["auto", "dsmr", "hdlc", "kmp", "mep", "mbus", "mbtr"]),
            ("if_mode", &["auto", "push", "pull"]),
            ("scalers_set", &["default", "custom", "lge570"]),
            ("encryption_key", &[KEY]),
        ];
        for (name, texts) in good {
            for given in *texts {
                assert!(text(name, given).is_ok(), "{name}={given}");
            }
        }
        let bad: &[(&str, &[&str])] = &[
            ("baudrate", &["299", "115201", "", "fast", "9600.5", "-300", "1e99"]),
            ("parity", &["mark", "None", "", " none"]),
            ("stop_bits", &["3", "1.0", "", "2.0"]),
            ("buffer_size", &["0", "129", "-1"]),
            ("method", &["Active", "PassivePush", "passive push"]),
            ("encryption", &["maybe", "True", "1", ""]),
            (
                "conv_factor",
                &["0.0009", "0.0009999", "1000.1", "1000.0000001", "NaN", "inf", "", "-1", "0", "1,5"],
            ),
            ("time_offset", &["2147483648", "-2147483649", "1.5"]),
            ("protocol", &["sml", "DSMR"]),
            ("scalers_set", &["lge450"]),
            (
                "encryption_key",
                &["123", "0123456789ABCDEF0123456789ABCDE", "0123456789ABCDEF0123456789ABCDEF0", "0x", "::"],
            ),
        ];
        for (name, texts) in bad {
            for given in *texts {
                assert!(text(name, given).is_err(), "{name}={given}");
            }
        }
    }

    #[test]
    fn decimal_digits_go_out_as_written() {
        assert_eq!(text("conv_factor", "0.1234567890123").as_deref(), Ok("0.1234567890123"));
        assert_eq!(text("conv_factor", "1.50").as_deref(), Ok("1.50"));
        assert_eq!(text("conv_factor", ".5").as_deref(), Ok("0.5"));
        assert_eq!(text("conv_factor", "+2").as_deref(), Ok("2"));
        assert_eq!(text("time_offset", "+3600").as_deref(), Ok("3600"));
        assert_eq!(text("baudrate", "9600.0").as_deref(), Ok("9600"));
    }

    #[test]
    fn stop_bits_is_a_string() {
        assert_eq!(text("stop_bits", "1").as_deref(), Ok("\"1\""));
        assert_eq!(json("stop_bits", "1").unwrap_err().nearest.as_deref(), Some("\"1\""));
        assert_eq!(json("stop_bits", "\"1.5\""), Ok(FromJson::Value(Value::Choice("1.5"))));
    }

    #[test]
    fn json_types_are_strict() {
        let refusal = json("baudrate", "\"9600\"").unwrap_err();
        assert_eq!(refusal, Refusal { given: "the string '9600'".into(), nearest: Some("9600".into()) });
        for (name, document) in [
            ("encryption", "\"true\""),
            ("encryption", "1"),
            ("baudrate", "true"),
            ("baudrate", "null"),
            ("baudrate", "[9600]"),
            ("parity", "null"),
            ("parity", "0"),
            ("conv_factor", "\"1\""),
            ("encryption_key", "12345678901234567890123456789012"),
            ("encryption_key", "\"01 23\""),
        ] {
            assert!(json(name, document).is_err(), "{name}: {document}");
        }
    }

    #[test]
    fn keys_from_text_and_documents() {
        let key = Value::Key(Key::parse(KEY).unwrap());
        for given in [
            KEY,
            "0123456789abcdef0123456789abcdef",
            "0x0123456789ABCDEF0123456789ABCDEF\n",
            "01 23 45 67 89 AB CD EF 01:23:45:67:89-AB-CD-EF",
        ] {
            assert_eq!(field("encryption_key").unwrap().from_text(given), Ok(key.clone()), "{given}");
        }
        for cleared in ["", CLEARED_KEY] {
            assert_eq!(field("encryption_key").unwrap().from_text(cleared), Ok(Value::ClearKey));
        }
        for hidden in ["null", "\"\"", "\"****\"", "\"********************************\""] {
            assert_eq!(json("encryption_key", hidden), Ok(FromJson::HiddenKey), "{hidden}");
        }
        assert_eq!(
            json("encryption_key", &format!("\"{CLEARED_KEY}\"")),
            Ok(FromJson::Value(Value::ClearKey))
        );
        assert_eq!(json("encryption_key", &format!("\"{KEY}\"")), Ok(FromJson::Value(key)));
    }

    #[test]
    fn keys_are_never_shown() {
        let key = field("encryption_key").unwrap().from_text(KEY).unwrap();
        assert!(!format!("{key:?} {} {}", key.text(), key.to_shown()).contains("0123456789"));
        // One digit short, one too many, and a key behind the wrong name.
        for (name, given) in [
            ("encryption_key", &KEY[1..]),
            ("encryption_key", &format!("{KEY}0")),
            ("encryption", KEY),
            ("baudrate", KEY),
        ] {
            let refusal = field(name).unwrap().from_text(given).unwrap_err();
            assert!(!refusal.given.contains("123456789"), "{refusal:?}");
            let refusal = field(name).unwrap().from_json(&Json::from(given)).unwrap_err();
            assert!(!refusal.given.contains("123456789"), "{refusal:?}");
        }
        let digits: serde_json::Value = serde_json::from_str("12345678901234567890123456789012").unwrap();
        for name in ["encryption_key", "baudrate", "parity"] {
            let refusal = field(name).unwrap().from_json(&digits).unwrap_err();
            assert!(!refusal.given.contains("123456789"), "{refusal:?}");
        }
    }

    #[test]
    fn defaults_are_allowed_and_as_documented() {
        // The document's example of a complete POST.
        let documented = serde_json::json!({
            "baudrate":115200, "parity":"none", "stop_bits":"1", "buffer_size":64, "method":"Passive Push", "encryption":false,
            "rx_invert":false, "tx_invert":false, "auto_baudrate":true, "if_type":"auto", "protocol":"auto", "if_mode":"auto",
            "conv_factor":1, "time_offset":0, "sync_time_offset_with_ntp":false, "scalers_set":"default"
        });
        for f in &FIELDS {
            match documented.get(f.name) {
                Some(value) => assert_eq!(f.default_value().to_wire(), *value, "{}", f.name),
                None => assert_eq!(f.default_value(), Value::ClearKey, "{}", f.name),
            }
            assert_eq!(f.is_hidden(), documented.get(f.name).is_none());
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(given in ".{0,60}", index in 0_usize..18) {
            if let Ok(value) = FIELDS[index].from_text(&given) {
                // What is accepted is accepted again as the JSON that goes out.
                let again = FIELDS[index].from_json(&value.to_wire());
                prop_assert_eq!(again, Ok(FromJson::Value(value)));
            }
        }

        #[test]
        fn every_whole_number_is_judged_by_its_range(n in -200_000_i64..200_000) {
            prop_assert_eq!(text("baudrate", &n.to_string()).is_ok(), (300..=115_200).contains(&n));
            prop_assert_eq!(text("buffer_size", &n.to_string()).is_ok(), (1..=128).contains(&n));
        }
    }
}
