//! What the user wants: gathered from `FIELD=VALUE` and from JSON documents, with every problem of all
//! of it reported together.

use super::nearest;
use super::table::{FIELDS, Field, field};
use super::value::{FromJson, Value, looks_secret, quoted};
use crate::error::{Error, Kind};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;
use std::fmt;

/// One thing wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as it was named.
    pub field: String,
    /// What was given, in words that never repeat a key; `None` when the name itself is the problem.
    pub given: Option<String>,
    /// What is allowed; `None` for an unknown name.
    pub allowed: Option<String>,
    /// The nearest name or value, where one is near.
    pub nearest: Option<String>,
    /// What is wrong, when it is neither the value nor an unknown name.
    pub remark: Option<&'static str>,
    /// The document it stands in; empty for the command line.
    pub origin: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.origin.is_empty() {
            write!(f, "{}: ", self.origin)?;
        }
        write!(f, "{}: ", self.field)?;
        let quote = |near: &String| if near.contains(' ') { format!("'{near}'") } else { near.clone() };
        match (&self.remark, &self.given, &self.allowed) {
            (Some(remark), ..) => f.write_str(remark)?,
            (None, Some(given), _) => write!(f, "{given} was given")?,
            (None, None, Some(_)) => f.write_str("no value was given")?,
            (None, None, None) => f.write_str("there is no such setting")?,
        }
        if let Some(allowed) = &self.allowed {
            write!(f, "; allowed: {allowed}")?;
        }
        match &self.nearest {
            Some(near) => write!(f, "; did you mean {}?", quote(near)),
            None => Ok(()),
        }
    }
}

impl Problem {
    /// For JSON errors.
    pub fn to_json(&self) -> Json {
        let mut object = serde_json::Map::new();
        object.insert("field".into(), self.field.clone().into());
        let texts = [("given", &self.given), ("allowed", &self.allowed), ("nearest", &self.nearest)];
        for (name, text) in texts {
            if let Some(text) = text {
                // The quotes are for people.
                let bare = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(text);
                object.insert(name.into(), bare.into());
            }
        }
        if let Some(remark) = self.remark {
            object.insert("remark".into(), remark.into());
        }
        if !self.origin.is_empty() {
            object.insert("origin".into(), self.origin.clone().into());
        }
        Json::Object(object)
    }
}

/// Everything wrong with the input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// As one error, with this remedy.
    pub fn error(self, hint: &str) -> Error {
        let message = match self.0.as_slice() {
            [one] => one.to_string(),
            many => {
                let lines: Vec<String> = many.iter().map(|problem| format!("\n  {problem}")).collect();
                format!("{} problems{}", many.len(), lines.concat())
            }
        };
        let details = self.0.iter().map(Problem::to_json).collect();
        Error::new(Kind::Usage, message).hint(hint).with_detail("problems", Json::Array(details))
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        let hint = match problems.0.as_slice() {
            [Problem { field: name, .. }] if field(name).is_some() => {
                format!("`wwctl fields {name}` explains it; nothing was sent")
            }
            _ => "`wwctl fields` explains the settings; nothing was sent".to_owned(),
        };
        problems.error(&hint)
    }
}

/// Checked settings: what the user wants, in the order of the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// The known fields with their values.
    pub values: Vec<(&'static Field, Value)>,
    /// Fields this version does not know, from a complete document of a newer firmware, unchecked.
    pub extra: Vec<(String, Json)>,
    /// Keys that a document holds only masked or empty: what they stand for is unknown.
    pub hidden: Vec<&'static Field>,
}

impl Wanted {
    /// The value wanted for this field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(f, _)| f.name == name).map(|(_, value)| value)
    }

    /// True when nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.extra.is_empty()
    }
}

/// Gathers input; [`finish`](Input::finish) gives what is wanted, or all problems.
///
/// ```
/// # use wwctl::settings::Input;
/// let mut input = Input::default();
/// input.document(r#"{"settings":{"baudrate":2400,"parity":"even"}}"#, "probe.json").unwrap();
/// input.assign("baudrate", "9600");
/// let wanted = input.finish().unwrap();
/// assert_eq!(wanted.get("baudrate").unwrap().text(), "9600");
/// ```
#[derive(Debug, Default)]
pub struct Input {
    given: Vec<(&'static Field, Value, Rank)>,
    hidden: Vec<&'static Field>,
    unknown: Vec<(String, Json, String)>,
    complete: bool,
    problems: Vec<Problem>,
}

/// The command line goes before documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rank {
    CommandLine,
    Document,
}

impl Input {
    /// Takes `FIELD=VALUE` apart.
    ///
    /// # Errors
    /// The problem, already recorded, when there is no `=`.
    pub fn split<'a>(&mut self, argument: &'a str) -> Option<(&'a str, &'a str)> {
        let parts = argument.split_once('=');
        if parts.is_none() {
            let known = field(argument);
            self.problem(Problem {
                field: name_shown(argument),
                given: None,
                allowed: known.map(Field::allowed),
                nearest: if known.is_some() { None } else { nearest::field(argument) }
                    .map(|n| format!("{n}=…")),
                remark: Some("write FIELD=VALUE"),
                origin: String::new(),
            });
        }
        parts
    }

    /// Takes a value for a field from the command line (or from the file it names).
    pub fn assign(&mut self, name: &str, text: &str) {
        let Some(known) = field(name) else {
            return self.unknown_name(name, String::new());
        };
        if self.given.iter().any(|(f, _, rank)| f.name == name && *rank == Rank::CommandLine) {
            return self.problem(Problem {
                field: name.into(),
                given: None,
                allowed: None,
                nearest: None,
                remark: Some("given twice"),
                origin: String::new(),
            });
        }
        match known.from_text(text) {
            Ok(value) => {
                self.given.retain(|(f, ..)| f.name != name);
                self.hidden.retain(|f| f.name != name);
                self.given.push((known, value, Rank::CommandLine));
            }
            Err(refusal) => self.problem(Problem {
                field: name.into(),
                given: Some(refusal.given),
                allowed: Some(known.allowed()),
                nearest: refusal.nearest,
                remark: None,
                origin: String::new(),
            }),
        }
    }

    /// Takes a JSON document: an object of settings, or any object with an object `settings` in it (a
    /// backup, a probe result); or lines of `FIELD=VALUE` as `wwctl get` prints them.
    /// `origin` names it in messages.
    ///
    /// # Errors
    /// When it is neither.  Problems with single settings are gathered instead.
    pub fn document(&mut self, text: &str, origin: &str) -> Result<(), Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !text.trim_start().starts_with(['{', '[', '"']) && text.contains('=') {
            self.lines(text, origin);
            return Ok(());
        }
        let refuse = |why: String| {
            Error::new(Kind::Usage, format!("{origin}: {why}"))
                .hint("give an object such as {\"baudrate\": 2400}, or a document with a `settings` object; nothing was sent")
        };
        let whole: Json = serde_json::from_str(text).map_err(|e| refuse(format!("not JSON: {e}")))?;
        let Some(top) = whole.as_object() else {
            return Err(refuse("not a JSON object".into()));
        };
        let nested = top.get("settings").is_some_and(Json::is_object);
        let schema = top.get("schema").and_then(Json::as_str);
        if !nested && schema.is_some() {
            return Err(refuse("has no `settings` object".into()));
        }
        let Pairs(pairs) = if nested {
            serde_json::from_str::<Nested>(text).map(|n| n.0)
        } else {
            serde_json::from_str(text)
        }
        .map_err(|e| refuse(format!("not JSON: {e}")))?;
        // What `get --json` printed, or a backup of it, may come from a firmware that knows more than
        // this version; in anything shorter an unknown name is a typo.
        let dump =
            FIELDS.iter().filter(|f| !f.is_hidden()).all(|f| pairs.iter().any(|(name, _)| name == f.name));
        self.complete |= dump || schema == Some(super::BACKUP_SCHEMA);

        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in &pairs {
            if seen.contains(&name.as_str()) {
                self.problem(Problem {
                    field: name_shown(name),
                    given: None,
                    allowed: None,
                    nearest: None,
                    remark: Some("given twice"),
                    origin: origin.into(),
                });
                continue;
            }
            seen.push(name);
            self.pair(name, value, origin);
        }
        Ok(())
    }

    fn pair(&mut self, name: &str, value: &Json, origin: &str) {
        let Some(known) = field(name) else {
            self.unknown.push((name.to_owned(), value.clone(), origin.to_owned()));
            return;
        };
        match known.from_json(value) {
            Ok(checked) => {
                if self.given.iter().any(|(f, _, rank)| f.name == name && *rank == Rank::CommandLine) {
                    return;
                }
                self.given.retain(|(f, ..)| f.name != name);
                self.hidden.retain(|f| f.name != name);
                match checked {
                    FromJson::Value(value) => self.given.push((known, value, Rank::Document)),
                    FromJson::HiddenKey => self.hidden.push(known),
                }
            }
            Err(refusal) => self.problem(Problem {
                field: name.into(),
                given: Some(refusal.given),
                allowed: Some(if matches!(known.kind, super::Kind::Choice(_)) {
                    let values: Vec<String> = known.values().iter().map(|v| format!("\"{v}\"")).collect();
                    values.join(", ")
                } else {
                    known.allowed()
                }),
                nearest: refusal.nearest,
                remark: None,
                origin: origin.into(),
            }),
        }
    }

    fn lines(&mut self, text: &str, origin: &str) {
        let mut seen: Vec<&str> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let origin = format!("{origin} line {}", number + 1);
            let problem = |name: &str, remark| Problem {
                field: name_shown(name),
                given: None,
                allowed: None,
                nearest: None,
                remark: Some(remark),
                origin: origin.clone(),
            };
            let Some((name, value)) = line.split_once('=') else {
                self.problem(problem(line, "write FIELD=VALUE"));
                continue;
            };
            let Some(known) = field(name) else {
                self.unknown_name(name, origin);
                continue;
            };
            if seen.contains(&name) {
                self.problem(problem(name, "given twice"));
                continue;
            }
            seen.push(name);
            // The document's rules for what is hidden, the command line's for what a value looks like.
            let as_json = if known.is_hidden() && super::value::is_masked(value) {
                Some(Json::from(value))
            } else {
                None
            };
            match as_json.map_or_else(|| known.from_text(value).map(|v| v.to_wire()), Ok) {
                Ok(json) => self.pair(name, &json, &origin),
                Err(refusal) => self.problem(Problem {
                    given: Some(refusal.given),
                    allowed: Some(known.allowed()),
                    nearest: refusal.nearest,
                    remark: None,
                    ..problem(name, "")
                }),
            }
        }
    }

    fn unknown_name(&mut self, name: &str, origin: String) {
        self.problem(Problem {
            field: name_shown(name),
            given: None,
            allowed: None,
            nearest: nearest::field(name).map(str::to_owned),
            remark: None,
            origin,
        });
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// What is wanted.
    ///
    /// # Errors
    /// Every problem of the whole input.
    pub fn finish(mut self) -> Result<Wanted, Problems> {
        let mut extra = Vec::new();
        for (name, value, origin) in std::mem::take(&mut self.unknown) {
            if self.complete {
                extra.push((name, value));
            } else {
                self.unknown_name(&name, origin);
            }
        }
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        let position = |known: &Field| FIELDS.iter().position(|f| f.name == known.name);
        let mut values: Vec<_> = self.given.into_iter().map(|(f, value, _)| (f, value)).collect();
        values.sort_by_key(|(f, _)| position(f));
        Ok(Wanted { values, extra, hidden: self.hidden })
    }
}

/// Checks names of fields, such as those behind `get`.
///
/// # Errors
/// Every name that is none.
pub fn names<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Vec<&'static Field>, Problems> {
    let mut input = Input::default();
    let mut fields = Vec::new();
    for name in given {
        match field(name) {
            Some(known) => fields.push(known),
            None => input.unknown_name(name, String::new()),
        }
    }
    if input.problems.is_empty() { Ok(fields) } else { Err(Problems(input.problems)) }
}

/// A name for a message.  A key may have been given where a name belongs.
fn name_shown(name: &str) -> String {
    if looks_secret(name) { quoted(name) } else { quoted(name).trim_matches('\'').to_owned() }
}

/// An object's members in order, duplicates included.
struct Pairs(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The members of `settings` in a larger document.
struct Nested(Pairs);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Document;
        impl<'de> Visitor<'de> for Document {
            type Value = Nested;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one object `settings`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nested, A::Error> {
                let mut pairs = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "settings" {
                        pairs.extend(map.next_value::<Pairs>()?.0);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Nested(Pairs(pairs)))
            }
        }
        deserializer.deserialize_map(Document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";

    fn document(text: &str) -> Result<Wanted, Problems> {
        let mut input = Input::default();
        input.document(text, "a.json").map_err(|e| panic!("{e}")).ok();
        input.finish()
    }

    fn refused(text: &str) -> String {
        Input::default().document(text, "a.json").unwrap_err().message().to_owned()
    }

    fn shown(wanted: &Wanted) -> Vec<(String, String)> {
        wanted.values.iter().map(|(f, v)| (f.name.to_owned(), v.text())).collect()
    }

    #[test]
    fn all_problems_at_once() {
        let mut input = Input::default();
        for argument in ["baudrate=1", "parity=x", "baudrat=9600", "encryption", "stop_bits=1", "stop_bits=2"]
        {
            if let Some((name, value)) = input.split(argument) {
                input.assign(name, value);
            }
        }
        input.document(r#"{"if_type":"usb","if_type":"p1","buffer_size":"64"}"#, "a.json").unwrap();
        let problems = input.finish().unwrap_err();
        let lines: Vec<String> = problems.0.iter().map(Problem::to_string).collect();
        assert_eq!(
            lines,
            [
                "baudrate: '1' was given; allowed: 300..115200",
                "parity: 'x' was given; allowed: none, odd, even",
                "baudrat: there is no such setting; did you mean baudrate?",
                "encryption: write FIELD=VALUE; allowed: true, false",
                "stop_bits: given twice",
                "a.json: if_type: 'usb' was given; allowed: \"auto\", \"p1\", \"mbus\", \"ttl\", \"mep\", \"irda\", \"uart\", \"p1_adapter\", \"ttl_push\"",
                "a.json: if_type: given twice",
                "a.json: buffer_size: the string '64' was given; allowed: 1..128; did you mean 64?",
            ]
        );
        let error = Error::from(problems);
        assert_eq!(error.kind(), Kind::Usage);
        assert!(lines.iter().all(|line| error.message().contains(line)));
    }

    #[test]
    fn objects_and_documents_with_settings() {
        let plain = document(r#"{"parity":"even","baudrate":9600}"#).unwrap();
        assert_eq!(shown(&plain), [("baudrate".into(), "9600".into()), ("parity".into(), "even".into())]);
        let probe = document(
            r#"{"schema":"wwctl.probe.v1","found":true,"line":{"baudrate":300},"settings":{"baudrate":9600,"parity":"even"},"settings_note":1}"#,
        );
        assert_eq!(shown(&probe.unwrap()), shown(&plain));
        assert_eq!(
            shown(&document("\u{feff}{\"baudrate\":9600}").unwrap()),
            [("baudrate".into(), "9600".into())]
        );
        assert!(document("{}").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_place() {
        assert!(
            refused(r#"{"baudrate": 9600"#)
                .starts_with("a.json: not JSON: EOF while parsing an object at line 1 column 17")
        );
        assert!(refused("[1]").contains("not a JSON object"));
        assert!(refused("").contains("not JSON"));
        assert!(refused("2400").contains("not a JSON object"));
        assert!(refused(r#"{"schema":"wwctl.probe.v1","found":false}"#).contains("no `settings` object"));
        assert!(refused(r#"{"baudrate": 9600} x"#).contains("not JSON"));
    }

    #[test]
    fn duplicates_in_nested_settings_too() {
        let problems = document(r#"{"settings":{"baudrate":9600,"baudrate":2400}}"#).unwrap_err();
        assert_eq!(problems.0[0].to_string(), "a.json: baudrate: given twice");
        let problems =
            document(r#"{"settings":{"baudrate":9600},"settings":{"baudrate":2400}}"#).unwrap_err();
        assert_eq!(problems.0[0].to_string(), "a.json: baudrate: given twice");
    }

    #[test]
    fn digits_survive_a_document() {
        let wanted = document(r#"{"conv_factor":0.12345678901234567890}"#).unwrap();
        assert_eq!(wanted.get("conv_factor").unwrap().to_wire().to_string(), "0.12345678901234567890");
    }

    #[test]
    fn the_command_line_goes_before_a_document_in_either_order() {
        for first in [true, false] {
            let mut input = Input::default();
            if first {
                input.assign("baudrate", "300");
            }
            input
                .document(
                    &format!(r#"{{"baudrate":9600,"parity":"odd","encryption_key":"{KEY}"}}"#),
                    "a.json",
                )
                .unwrap();
            if !first {
                input.assign("baudrate", "300");
            }
            let wanted = input.finish().unwrap();
            assert_eq!(
                shown(&wanted),
                [
                    ("baudrate".into(), "300".into()),
                    ("parity".into(), "odd".into()),
                    ("encryption_key".into(), "(new key)".into())
                ]
            );
        }
    }

    #[test]
    fn masked_and_empty_keys_of_a_document_are_left_alone() {
        let wanted = document(r#"{"baudrate":9600,"encryption_key":"********************************","authentication_key":""}"#).unwrap();
        assert_eq!(shown(&wanted), [("baudrate".into(), "9600".into())]);
        assert_eq!(
            wanted.hidden.iter().map(|f| f.name).collect::<Vec<_>>(),
            ["encryption_key", "authentication_key"]
        );
        // The command line is meant as it says.
        let mut input = Input::default();
        input.document(r#"{"encryption_key":"****"}"#, "a.json").unwrap();
        input.assign("encryption_key", "");
        let wanted = input.finish().unwrap();
        assert_eq!((wanted.get("encryption_key"), wanted.hidden.len()), (Some(&Value::ClearKey), 0));
    }

    #[test]
    fn a_newer_firmwares_fields_come_with_complete_documents_only() {
        assert_eq!(document(r#"{"baudrate":9600,"future":1}"#).unwrap_err().0[0].field, "future");
        let mut whole = serde_json::Map::new();
        for f in FIELDS.iter().filter(|f| !f.is_hidden()) {
            whole.insert(f.name.into(), f.default_value().to_wire());
        }
        whole.insert("future".into(), serde_json::json!({"a": 1.50}));
        let wanted = document(&Json::Object(whole).to_string()).unwrap();
        assert_eq!(wanted.extra.len(), 1);
        assert_eq!(wanted.extra[0].1.to_string(), r#"{"a":1.5}"#);
        let backup = format!(
            r#"{{"schema":"{}","settings":{{"baudrate":300,"future":true}}}}"#,
            super::super::BACKUP_SCHEMA
        );
        assert_eq!(document(&backup).unwrap().extra, [("future".to_owned(), Json::Bool(true))]);
    }

    #[test]
    fn lines_as_get_prints_them() {
        let wanted = document("# saved\nparity=even\nmethod=Passive Push\n\nencryption_key=****\n").unwrap();
        assert_eq!(
            shown(&wanted),
            [("parity".into(), "even".into()), ("method".into(), "Passive Push".into())]
        );
        let problems = document("parity=even\nparity=odd\nbaudrate=1\nnosuch=1\nword\n").unwrap_err();
        let lines: Vec<String> = problems.0.iter().map(Problem::to_string).collect();
        assert_eq!(
            lines,
            [
                "a.json line 2: parity: given twice",
                "a.json line 3: baudrate: '1' was given; allowed: 300..115200",
                "a.json line 4: nosuch: there is no such setting",
                "a.json line 5: word: write FIELD=VALUE",
            ]
        );
    }

    #[test]
    fn a_key_in_the_wrong_place_is_not_repeated() {
        let mut input = Input::default();
        assert!(input.split(KEY).is_none());
        input.assign("encryption_keyy", KEY);
        input.assign(KEY, "1");
        input.document(&format!(r#"{{"{KEY}":1,"baudrate":"{KEY}","parity":"{KEY}"}}"#), "a.json").unwrap();
        let error = Error::from(input.finish().unwrap_err());
        assert!(!format!("{error:?}").contains("0123456789"), "{error:?}");
    }

    #[test]
    fn names_report_all_typos() {
        assert_eq!(names(["parity", "baudrate"]).unwrap().len(), 2);
        assert_eq!(names(["baudrat", "x", "parity"]).unwrap_err().0.len(), 2);
    }

    proptest! {
        #[test]
        fn no_document_panics(text in r#"[{}\[\]",:a-z0-9=*. \n]{0,80}"#) {
            let mut input = Input::default();
            let _ = input.document(&text, "a.json");
            let _ = input.finish();
        }
    }
}
