//! The user's own scalers, `/api/v1/meter/scalers/custom`: a power of ten for each OBIS code `C.D.E`.
//!
//! Source: the gateway's public API: C and D 0..254, E 0..255 where 255 stands for every E, the scaler
//! −6..6.  They act only with `scalers_set=custom`, and only on values of COSEM class 3 (registers).

use super::input::{Problem, Problems};
use super::value::quoted;
use crate::error::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt;

/// An OBIS code without medium and channel: `C.D.E`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// Quantity, 0..254.
    pub c: u8,
    /// Processing, 0..254.
    pub d: u8,
    /// Tariff or element, 0..255; 255 stands for every one.
    pub e: u8,
}

/// Least and greatest power of ten.
const POWERS: std::ops::RangeInclusive<i64> = -6..=6;

const HINT: &str = "such as `wwctl scalers set 1.8.0=3 31.7.255=-2`; nothing was sent";

const CODE_ALLOWED: &str = "C.D.E with C and D 0..254, E 0..255 (255 = every E)";

impl Code {
    /// Reads `C.D.E`; an `A-B:` in front and a `*255` behind are fine, since they carry nothing here.
    pub fn parse(text: &str) -> Option<Code> {
        let text = text.split_once(':').map_or(text, |(_, rest)| rest);
        let text = text.strip_suffix("*255").unwrap_or(text);
        let number = |part: &str, max: u8| {
            let plain = !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u8>().ok().filter(|n| plain && *n <= max)
        };
        let mut parts = text.split('.');
        let (c, d, e) =
            (number(parts.next()?, 254)?, number(parts.next()?, 254)?, number(parts.next()?, 255)?);
        parts.next().is_none().then_some(Code { c, d, e })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.c, self.d, self.e)
    }
}

/// The custom scalers: a power of ten for each code.
pub type Scalers = BTreeMap<Code, i8>;

/// What a user gives: a scaler to set, or `None` to take one out.
pub type ScalerChanges = BTreeMap<Code, Option<i8>>;

/// Reads `OBIS=N` assignments; `OBIS=` takes a code out.
///
/// # Errors
/// Every problem of all of them.
pub fn scaler_assignments<S: AsRef<str>>(arguments: &[S]) -> Result<ScalerChanges> {
    let (mut changes, mut problems) = (ScalerChanges::new(), Vec::new());
    for argument in arguments.iter().map(AsRef::as_ref) {
        let (name, value) = match argument.split_once('=') {
            Some(parts) => parts,
            None => {
                problems.push(problem(
                    argument,
                    None,
                    "N is −6..6",
                    Some("write OBIS=N, such as 1.8.0=3"),
                    "",
                ));
                continue;
            }
        };
        let Some(code) = Code::parse(name) else {
            problems.push(problem(name, None, CODE_ALLOWED, Some("not an OBIS code"), ""));
            continue;
        };
        let power = super::number::parse(value).and_then(super::number::whole).filter(|n| POWERS.contains(n));
        match power.and_then(|n| i8::try_from(n).ok()) {
            _ if changes.contains_key(&code) => {
                problems.push(problem(name, None, "one scaler a code", Some("given twice"), ""));
            }
            None if !value.is_empty() => problems.push(problem(name, Some(quoted(value)), "-6..6", None, "")),
            power => {
                changes.insert(code, power);
            }
        }
    }
    if problems.is_empty() { Ok(changes) } else { Err(Problems(problems).error(HINT)) }
}

/// Reads a document: an array of `{"obis":"C.D.E","scaler":N}` as the gateway has it, or an object with
/// such an array under `scalers`.
///
/// # Errors
/// When it is neither, or with every problem of its entries.
pub fn scaler_document(text: &str, origin: &str) -> Result<Scalers> {
    let refuse = |why: String| {
        Error::new(Kind::Usage, format!("{origin}: {why}"))
            .hint("give an array such as [{\"obis\":\"1.8.0\",\"scaler\":3}]; nothing was sent")
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Json = serde_json::from_str(text).map_err(|e| refuse(format!("not JSON: {e}")))?;
    let list = document.as_array().or_else(|| document.get("scalers").and_then(Json::as_array));
    let list = list.ok_or_else(|| refuse("not an array of scalers".into()))?;
    let (mut scalers, mut problems) = (Scalers::new(), Vec::new());
    for (index, entry) in list.iter().enumerate() {
        let place = format!("{origin} entry {}", index + 1);
        match entry_of(entry) {
            Ok((code, _)) if scalers.contains_key(&code) => {
                problems.push(problem(
                    &code.to_string(),
                    None,
                    "one scaler a code",
                    Some("given twice"),
                    &place,
                ));
            }
            Ok((code, power)) => {
                scalers.insert(code, power);
            }
            Err((field, given, allowed)) => problems.push(problem(field, Some(given), allowed, None, &place)),
        }
    }
    if problems.is_empty() { Ok(scalers) } else { Err(Problems(problems).error(HINT)) }
}

/// The scalers in a gateway's answer; entries that cannot be read are `None` with their JSON.
pub fn scalers_of(list: &[Json]) -> Vec<Result<(Code, i8), &Json>> {
    list.iter().map(|entry| entry_of(entry).map_err(|_| entry)).collect()
}

/// As the gateway takes them.
pub fn scalers_to_json(scalers: &Scalers) -> Vec<Json> {
    scalers.iter().map(|(code, power)| json!({"obis": code.to_string(), "scaler": power})).collect()
}

fn entry_of(entry: &Json) -> Result<(Code, i8), (&'static str, String, &'static str)> {
    let Some(object) = entry.as_object() else {
        return Err(("entry", "something else".into(), "an object with obis and scaler"));
    };
    if let Some(other) = object.keys().find(|k| !matches!(k.as_str(), "obis" | "scaler")) {
        return Err(("entry", format!("a member {}", quoted(other)), "obis and scaler"));
    }
    let given = |name: &str| object.get(name).map_or("nothing".to_owned(), |v| quoted(&super::shown(v)));
    let code = object.get("obis").and_then(Json::as_str).and_then(Code::parse);
    let code = code.ok_or_else(|| ("obis", given("obis"), CODE_ALLOWED))?;
    let power = object.get("scaler").and_then(Json::as_number).map(ToString::to_string);
    let power =
        power.and_then(|n| super::number::whole(super::number::parse(&n)?)).filter(|n| POWERS.contains(n));
    let power = power.and_then(|n| i8::try_from(n).ok());
    Ok((code, power.ok_or_else(|| ("scaler", given("scaler"), "a whole number, -6..6"))?))
}

fn problem(
    field: &str,
    given: Option<String>,
    allowed: &str,
    remark: Option<&'static str>,
    origin: &str,
) -> Problem {
    let field = quoted(field);
    Problem {
        field: field.trim_matches('\'').to_owned(),
        given,
        allowed: Some(allowed.to_owned()),
        nearest: None,
        remark,
        origin: origin.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_at_their_edges() {
        for (text, same) in [
            ("1.8.0", "1.8.0"),
            ("254.254.255", "254.254.255"),
            ("1-0:1.8.0", "1.8.0"),
            ("1-0:1.8.0*255", "1.8.0"),
            ("0.0.0", "0.0.0"),
        ] {
            assert_eq!(Code::parse(text).map(|c| c.to_string()).as_deref(), Some(same), "{text}");
        }
        for text in [
            "", "1.8", "1.8.0.0", "255.8.0", "1.255.0", "1.8.256", "a.b.c", "1.8.-1", "1..0", "+1.8.0",
            "1.8.0*1", "0001.8.0",
        ] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
    }

    #[test]
    fn assignments_and_all_their_problems() {
        let changes = scaler_assignments(&["1.8.0=3", "31.7.0=-2", "32.7.0="]).unwrap();
        let list: Vec<_> = changes.iter().map(|(c, p)| (c.to_string(), *p)).collect();
        assert_eq!(list, [("1.8.0".into(), Some(3)), ("31.7.0".into(), Some(-2)), ("32.7.0".into(), None)]);
        let error = scaler_assignments(&[
            "1.8.0=7",
            "1.8.0=-7",
            "300.1.1=0",
            "1.8.0",
            "2.8.0=1",
            "2.8.0=2",
            "3.8.0=1.5",
        ])
        .unwrap_err();
        assert_eq!(error.details()[0].1.as_array().map(Vec::len), Some(6), "{error:?}");
        assert!(error.message().contains("1.8.0: '7' was given; allowed: -6..6"));
    }

    #[test]
    fn documents() {
        let scalers =
            scaler_document(r#"[{"obis":"1.8.255","scaler":6},{"obis":"1.8.0","scaler":-6}]"#, "a").unwrap();
        assert_eq!(
            Json::from(scalers_to_json(&scalers)).to_string(),
            r#"[{"obis":"1.8.0","scaler":-6},{"obis":"1.8.255","scaler":6}]"#
        );
        assert_eq!(scaler_document(r#"{"scalers":[]}"#, "a").unwrap(), Scalers::new());
        for text in [
            "",
            "{}",
            "[1]",
            r#"[{"obis":"1.8.0"}]"#,
            r#"[{"obis":"1.8.0","scaler":"3"}]"#,
            r#"[{"obis":"1.8.0","scaler":7}]"#,
            r#"[{"obis":"1.8","scaler":1}]"#,
            r#"[{"obis":"1.8.0","scaler":1},{"obis":"1.8.0","scaler":2}]"#,
            r#"[{"obis":"1.8.0","scaler":1,"x":2}]"#,
        ] {
            assert_eq!(scaler_document(text, "a").unwrap_err().kind(), Kind::Usage, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_code_panics(text in ".{0,20}") {
            if let Some(code) = Code::parse(&text) {
                prop_assert_eq!(Code::parse(&code.to_string()), Some(code));
            }
        }
    }
}
