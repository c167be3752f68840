//! Published captures against their published values: prints protocol × captures × values.
//!
//! The captures are not part of this repository; without `../shared/captures` the test says so and
//! passes.

use crate::support::captures;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use wwctl::decode::{Key, Keys, Message, Obis, Options, Reading, Status, Value, decode_all};

/// Published values that are not the standard's, and so not ours: capture, record, why.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("mbus/libmbus_SEN_Pollustat", "12", "VIFE 50, how long a limit was exceeded; libmbus prints it as flow"),
    ("mbus/libmbus_SEN_Pollustat", "13", "VIFE 58, how long a limit was exceeded; libmbus prints it as flow"),
    (
        "mbus/libmbus_landis_gyr_ultraheat_t230",
        "19",
        "VIFE 6F, the date of a maximum; libmbus prints it as power",
    ),
    (
        "mbus/libmbus_landis_gyr_ultraheat_t230",
        "20",
        "VIFE 6F, the date of a maximum; libmbus prints it as flow",
    ),
    (
        "mbus/libmbus_landis_gyr_ultraheat_t230",
        "21",
        "VIFE 6F, the date of a maximum; libmbus prints it as temperature",
    ),
    (
        "mbus/libmbus_landis_gyr_ultraheat_t230",
        "22",
        "VIFE 6F, the date of a maximum; libmbus prints it as temperature",
    ),
];

#[derive(Debug, Default)]
struct Row {
    captures: u32,
    found: u32,
    wrong: u32,
    missing: u32,
    negatives: u32,
    violated: u32,
}

#[test]
fn every_published_value() {
    let Some(root) = captures() else { return };
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut complaints = Vec::new();
    let mut notes = Vec::new();
    let mut folders: Vec<_> = std::fs::read_dir(&root)
        .unwrap()
        .flatten()
        .flat_map(|protocol| std::fs::read_dir(protocol.path()).into_iter().flatten().flatten())
        .map(|folder| folder.path())
        .filter(|folder| folder.join("meta.json").exists() && folder.join("capture.bin").exists())
        .collect();
    folders.sort();
    for folder in folders {
        let before = complaints.len();
        let protocol = check(&folder, &mut rows, &mut complaints);
        let name = format!("{protocol}/{}", folder.file_name().unwrap_or_default().to_string_lossy());
        for complaint in complaints.iter_mut().skip(before) {
            *complaint = format!("{name}: {complaint}");
        }
        for (explained, id, why) in EXPLAINED {
            let prefix = format!("{explained}: {id}: ");
            let count = complaints.len();
            complaints.retain(|complaint| !complaint.starts_with(&prefix));
            if complaints.len() < count {
                notes.push(format!("{explained}, {id}: {why}"));
            }
        }
    }
    eprintln!("protocol  captures  found  wrong  missing  negatives  violated");
    for (protocol, r) in &rows {
        let Row { captures, found, wrong, missing, negatives, violated } = r;
        eprintln!(
            "{protocol:8}  {captures:8}  {found:5}  {wrong:5}  {missing:7}  {negatives:9}  {violated:8}"
        );
    }
    for note in notes {
        eprintln!("not the standard's: {note}");
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Checks a capture; gives its protocol.
fn check(folder: &Path, rows: &mut BTreeMap<String, Row>, complaints: &mut Vec<String>) -> String {
    let meta: Json = serde_json::from_slice(&std::fs::read(folder.join("meta.json")).unwrap()).unwrap();
    let bytes = std::fs::read(folder.join("capture.bin")).unwrap();
    let text = |name: &str| meta[name].as_str().unwrap_or_default().to_owned();
    let protocol = text("protocol");
    let row = rows.entry(protocol.clone()).or_default();
    row.captures += 1;
    let key = |name: &str| meta[name].as_str().map(|text| Key::parse(text).unwrap());
    let keys = Keys { encryption: key("encryption_key"), authentication: key("authentication_key") };
    let messages = decode_all(&bytes, &Options { keys, ..Options::default() });
    let good = |m: &&Message| m.status == Status::Ok;
    let notes = format!("{} {} {}", text("notes"), text("reason"), text("class"));
    if meta["negative"] == true {
        row.negatives += 1;
        // Frames that are valid but say that something failed, or what is not decoded here.
        let valid = text("class") == "application-error-report"
            || (text("class") == "unsupported" || text("kind") == "unsupported")
                && meta["checksum_ok"] == true
            || notes.to_lowercase().contains("frame is valid");
        if !valid && messages.iter().filter(good).any(|m| !m.readings.is_empty() || m.length > 5) {
            row.violated += 1;
            complaints.push("gives a good message, and should not".to_owned());
        }
        return protocol;
    }
    // Published text whose checksum does not hold has its values, but never as good ones.
    let broken = meta["checksum_ok"] == false;
    if broken && messages.iter().filter(good).any(|m| !m.readings.is_empty()) {
        row.violated += 1;
        complaints.push("ok with readings, though the checksum does not hold".to_owned());
    }
    let readings: Vec<&Reading> =
        messages.iter().filter(|m| broken || good(m)).flat_map(|m| &m.readings).collect();
    let context = Context {
        protocol: &protocol,
        libmbus: meta["source"]["repo"].as_str().is_some_and(|repo| repo.contains("libmbus")),
        named: !meta["expect_kind"].is_null(),
        loose: text("expect_origin").contains("golden decode"),
        no_scaler: ["no scaler", "unit unknown", "scale unknown"]
            .iter()
            .any(|n| notes.to_lowercase().contains(n)),
    };
    let mut taken = BTreeSet::new();
    for entry in meta["expect"].as_array().into_iter().flatten() {
        match context.judge(entry, &readings, &mut taken, &messages) {
            Verdict::Skipped => {}
            Verdict::Found => row.found += 1,
            Verdict::Wrong(what) => {
                row.wrong += 1;
                complaints.push(what);
            }
            Verdict::Missing(what) => {
                row.missing += 1;
                complaints.push(what);
            }
        }
    }
    protocol
}

enum Verdict {
    Skipped,
    Found,
    Wrong(String),
    Missing(String),
}

/// What the source of a capture allows for.
struct Context<'a> {
    protocol: &'a str,
    libmbus: bool,
    named: bool,
    loose: bool,
    no_scaler: bool,
}

impl Context<'_> {
    fn judge(
        &self,
        entry: &Json,
        readings: &[&Reading],
        taken: &mut BTreeSet<usize>,
        messages: &[Message],
    ) -> Verdict {
        let id = [&entry["obis"], &entry["id"]]
            .into_iter()
            .find(|id| !id.is_null())
            .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
            .unwrap_or_default();
        let value = match &entry["value_num"] {
            number if self.libmbus && !number.is_null() => number,
            _ => &entry["value"],
        };
        let empty = value.is_null() || value == "";
        if self.libmbus && (!entry["quirk"].is_null() || empty || entry["unit"] == "reserved but historic")
            || value.is_array()
            || self.protocol == "mep" && !id.contains('.')
            || id.starts_with("BT21.")
            || NOT_READINGS.contains(&id.as_str())
        {
            return Verdict::Skipped;
        }
        let same_id =
            |index: &usize| readings.get(*index).is_some_and(|r| self.named || self.same_id(&id, r));
        let candidates: Vec<usize> =
            (0..readings.len()).filter(|i| !taken.contains(i)).filter(same_id).collect();
        let fits = |i: &&usize| readings.get(**i).is_some_and(|r| self.same_value(entry, value, r));
        if let Some(index) = candidates.iter().find(fits) {
            taken.insert(*index);
            return Verdict::Found;
        }
        if about_message(&id, value, messages) {
            return Verdict::Found;
        }
        let manufacturers = ["Manufacturer specific", "More records follow"];
        if self.named
            || id == "security_control"
            || id == "0-0:0.0.0*0"
            || value == ""
            || self.libmbus && entry["function"].as_str().is_some_and(|f| manufacturers.contains(&f))
            || candidates.is_empty() && entry["optional"] == true
        {
            return Verdict::Skipped;
        }
        match candidates.first().and_then(|i| readings.get(*i)) {
            Some(reading) => {
                Verdict::Wrong(format!("{id}: {value} {} expected, {reading:?} found", entry["unit"]))
            }
            None if value.is_null() => Verdict::Found,
            None => Verdict::Missing(format!("{id}: {value} {} is missing", entry["unit"])),
        }
    }

    fn same_id(&self, expected: &str, reading: &Reading) -> bool {
        let have = reading.id.to_string();
        if matches!(self.protocol, "mbus" | "kmp" | "mep") {
            return have == format!("{}:{expected}", self.protocol);
        }
        // Sources differ in A-B, and in how the hourly reading of version 2.2 is called.
        let part = |text: &str| {
            let Obis([_, _, c, d, e, f]) = Obis::parse(text)?;
            Some(if (c, d, e) == (24, 3, 0) || (c, d, e) == (24, 2, 0) {
                (24, 2, 1, f)
            } else {
                (c, d, e, f)
            })
        };
        match (part(expected), part(&have)) {
            (Some(a), Some(b)) => a == b,
            _ => have.rsplit(':').next() == Some(expected),
        }
    }

    fn same_value(&self, entry: &Json, expected: &Json, reading: &Reading) -> bool {
        let found = shown(&reading.value);
        let numeric = matches!(self.protocol, "mbus" | "kmp" | "mep");
        match (expected, &reading.value) {
            (Json::Null, Value::Null) => true,
            (Json::Null, _) | (_, Value::Null) => false,
            (Json::Bool(a), Value::Bool(b)) => a == b,
            (Json::Number(n), Value::Number(_)) => self.same_number(entry, &n.to_string(), &found, reading),
            (Json::String(s), Value::Number(_)) if numeric && s.parse::<f64>().is_ok() => {
                self.same_number(entry, s, &found, reading)
            }
            (Json::Number(n), _) => {
                self.protocol == "kmp" && calendar(&found) == n.to_string()
                    || found.parse::<f64>().is_ok_and(|f| Some(f) == n.as_f64())
            }
            (Json::String(s), _) => {
                same_text(s, &found)
                    || self.protocol == "kmp" && calendar(&found) == s.trim_start_matches('0')
                    || s.parse::<u64>().is_ok_and(|n| s.len() <= 5 && found.parse() == Ok(n))
            }
            _ => false,
        }
    }

    fn same_number(&self, entry: &Json, expected: &str, found: &str, reading: &Reading) -> bool {
        let (Ok(a), Ok(b)) = (expected.parse::<f64>(), found.parse::<f64>()) else { return false };
        let (wants, has) =
            (entry["unit"].as_str().unwrap_or_default(), reading.unit.as_deref().unwrap_or_default());
        let ((dimension, factor), (other, of)) = (unit(wants), unit(has.trim_end_matches("/pulse")));
        let (a, b) = match (dimension.is_empty(), other.is_empty()) {
            (false, false) if !dimension.eq_ignore_ascii_case(other) => return false,
            (false, false) => (a * factor, b * of),
            _ => (a, b),
        };
        let relative = match entry["float32"] == true || self.loose || self.libmbus {
            true => 1.34e-7,
            false if self.named => 1e-6,
            false => 1e-9,
        };
        let absolute = if self.libmbus {
            1.01e-6
        } else if self.named {
            0.0051
        } else {
            0.0
        };
        let same = |a: f64, b: f64| (a - b).abs() <= f64::max(relative * a.abs().max(b.abs()), absolute);
        // Where neither wire nor source says the scale, only the digits can be compared.
        let unscaled = entry["scale_unknown"] == true || entry["unit"].is_null() || self.no_scaler;
        same(a, b) || unscaled && a * b > 0.0 && (-6..=6).any(|power| same(a * 10f64.powi(power), b))
    }
}

/// Parts of a capture's description that are no readings.
const NOT_READINGS: [&str; 12] = [
    "log",
    "log-config",
    "req",
    "response_code",
    "count",
    "sequence",
    "procedure",
    "write",
    "plain_request",
    "plain_response",
    "len",
    "status",
];

/// Expectations about the message rather than a reading of it.
fn about_message(id: &str, value: &Json, messages: &[Message]) -> bool {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let code = id.rsplit(':').next().unwrap_or_default();
    messages.iter().any(|m| {
        let mut have: Vec<String> = Vec::new();
        let meter = &m.meter;
        if id == "time" || code == "1.0.0" || id.starts_with("BT52.time") {
            have.extend(m.time.map(|t| t.to_string()));
        } else if id == "system_title" {
            have.extend(
                m.security
                    .iter()
                    .filter_map(|s| s.system_title)
                    .map(|t| t.map(|b| format!("{b:02X}")).concat()),
            );
        } else if id == "invocation_counter" {
            have.extend(m.security.iter().filter_map(|s| s.invocation_counter).map(|c| format!("{c:08x}")));
        } else if id == "security_control" {
            return m.security.as_ref().is_some_and(|s| s.ciphered);
        } else {
            let parts = [&meter.id, &meter.manufacturer, &meter.model, &meter.version];
            have.extend(parts.into_iter().flatten().map(ToString::to_string));
            let names = |r: &&Reading| matches!(r.id, wwctl::decode::Id::Obis(Obis([_, _, 96 | 42 | 0, ..])));
            have.extend(m.readings.iter().filter(names).map(|r| shown(&r.value)));
            if !(code.starts_with("96.1.")
                || ["42.0.0", "0.0.5", "0.2.129", "0.0.1"].contains(&code)
                || ["GetSerialNo", "GetType", "meter", "id", "fabrication_no", "manufacturer"].contains(&id)
                || id == "0-0:0.0.0*0")
            {
                return false;
            }
        }
        have.iter()
            .any(|h| same_text(&value, h) || h.trim_start_matches('0') == value.trim_start_matches('0'))
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(n) => n.to_string(),
        Value::Text(t) => t.to_string(),
        Value::Time(t) => t.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Null => String::new(),
    }
}

/// A date or time as KMP's sources print it: `260101`, `200243`.
fn calendar(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits =
        if text.contains('-') && digits.len() >= 8 { digits.get(2..8).unwrap_or_default() } else { &digits };
    digits.trim_start_matches('0').to_owned()
}

fn same_text(a: &str, b: &str) -> bool {
    let bare = |text: &str| hex::decode(text.replace(' ', "")).ok();
    let trimmed = |bytes: Vec<u8>| bytes.into_iter().filter(|byte| *byte != 0).collect::<Vec<u8>>();
    let spelled = |hex: &str, text: &str| bare(hex).is_some_and(|bytes| trimmed(bytes) == text.as_bytes());
    a.trim() == b.trim()
        || bare(a).is_some() && bare(a) == bare(b)
        || spelled(a, b)
        || spelled(b, a)
        || same_time(a, b)
}

/// Equal as far as both go; `Z`, and DSMR's own form, count as the local time they show.
fn same_time(a: &str, b: &str) -> bool {
    let digits = |text: &str| {
        let text = text.split(['+', 'Z']).next().unwrap_or_default();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() == 12 && text.len() <= 13 { format!("20{digits}") } else { digits }
    };
    let (a, b) = (digits(a), digits(b));
    a.len() >= 8 && b.len() >= 8 && (a.starts_with(&b) || b.starts_with(&a))
}

/// Dimension of a unit and its size in the unit that stands for the dimension; an unknown one is its own.
fn unit(name: &str) -> (&str, f64) {
    let plain = match name.trim() {
        "kwh" => "kWh",
        "kw" => "kW",
        plain => plain,
    };
    if let Some(per) = plain.strip_prefix("m^3") {
        return if per.is_empty() { ("m3", 1.0) } else { ("m3/h", 1.0) };
    }
    let base = |prefix: &str, factor: f64| {
        let rest = plain.strip_prefix(prefix)?;
        let known =
            ["Wh", "varh", "VArh", "VAh", "J", "cal", "W", "var", "VAr", "VA", "J/h", "A", "V", "Hz", "bar"];
        let found = known.into_iter().find(|unit| *unit == rest)?;
        Some((
            match found {
                "VArh" => "varh",
                "VAr" => "var",
                other => other,
            },
            factor,
        ))
    };
    if let Some(found) =
        [("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("m", 1e-3)].into_iter().find_map(|(p, f)| base(p, f))
    {
        return found;
    }
    match plain {
        "m3" | "m³" => ("m3", 1.0),
        "l" | "L" => ("m3", 1e-3),
        "ml" => ("m3", 1e-6),
        "m3×10" => ("m3", 10.0),
        "m3/h" | "m³/h" => ("m3/h", 1.0),
        "l/h" | "L/h" => ("m3/h", 1e-3),
        "ml/h" => ("m3/h", 1e-6),
        "m3/min" => ("m3/h", 60.0),
        "m3/s" => ("m3/h", 3600.0),
        "kg" => ("kg", 1.0),
        "t" => ("kg", 1e3),
        "t×10" => ("kg", 1e4),
        "GJ×10" => ("J", 1e10),
        "°C" | "C" | "degC" | "℃" => ("°C", 1.0),
        "s" => ("s", 1.0),
        "min" => ("s", 60.0),
        "h" => ("s", 3600.0),
        "d" | "day" | "days" => ("s", 86400.0),
        "-"
        | "none"
        | "number"
        | "count"
        | "factor"
        | "Units for H.C.A."
        | "Reserved"
        | "reserved but historic" => ("", 1.0),
        other => (other, 1.0),
    }
}
