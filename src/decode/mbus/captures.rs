//! Published frames of other projects, read from `../shared/captures` where that exists: every value
//! must be the published one, but for those of [`NOT_THE_STANDARD`].

use crate::decode::{Decimal, Message, Options, Reading, Status, Value, decode_all};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// Published values that break the standard: capture, record, why.
///
/// Apart from these, libmbus prints BCD digits A–F as numbers, unset and invalid dates as dates, year 127
/// as 2027, and nothing for VIF 7B; those entries are marked `quirk` in the captures.
const NOT_THE_STANDARD: &[(&str, u32, &str)] = &[
    // VIFE 6F: the value is the date at which the maximum was reached.  libmbus reads the four bytes of
    // 2011-08-26 20:50 as 41065374.6 °C.
    ("libmbus_landis_gyr_ultraheat_t230", 19, "date of a maximum, printed as power"),
    ("libmbus_landis_gyr_ultraheat_t230", 20, "date of a maximum, printed as flow"),
    ("libmbus_landis_gyr_ultraheat_t230", 21, "date of a maximum, printed as temperature"),
    ("libmbus_landis_gyr_ultraheat_t230", 22, "date of a maximum, printed as temperature"),
    // VIFE 50 and 58: how long the flow was below and above its limits.  libmbus prints 11582321 m³/h.
    ("libmbus_SEN_Pollustat", 12, "duration of an exceeding, printed as flow"),
    ("libmbus_SEN_Pollustat", 13, "duration of an exceeding, printed as flow"),
];

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures/mbus");
    let Ok(entries) = std::fs::read_dir(&root) else {
        eprintln!("skipped: no captures at {}", root.display());
        return Vec::new();
    };
    let mut folders: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    folders.sort();
    folders
}

/// Whether a reading says what was published: libmbus computes in floats and prints six places.
fn says(reading: &Reading, published: &Json) -> bool {
    let text = published["value"].as_str().unwrap_or_default();
    match &reading.value {
        Value::Number(number) => {
            let want = published["value_num"].as_f64().unwrap_or(f64::NAN);
            let unit = published["unit"].as_str().unwrap_or_default();
            let (unit, factor) = match unit {
                "m^3" => ("m³", 1.0),
                "m^3/h" => ("m³/h", 1.0),
                "kWh" => ("Wh", 1000.0),
                "l" => ("m³", 0.001),
                "Units for H.C.A." => ("HCA", 1.0),
                "-" | "" | "Reserved" => ("", 1.0),
                unit => (unit, 1.0),
            };
            let have = number.to_f64();
            // libmbus leaves "per pulse" out.
            let own = reading.unit.as_deref().map(|own| own.trim_end_matches("/pulse"));
            let unit_fits = unit.is_empty() || own == Some(unit);
            unit_fits && (have - want * factor).abs() <= (1.01e-6f64).max(1.5e-7 * want.abs() * factor)
        }
        // Type F has no seconds, and the "Z" of libmbus is not on the wire.
        Value::Time(time) => text.trim_end_matches('Z').starts_with(&time.to_string()),
        Value::Text(have) => {
            have.as_str() == text
                || have.as_str() == text.replace(' ', "")
                || Decimal::parse(have.as_bytes()).map(Decimal::to_f64) == published["value_num"].as_f64()
        }
        Value::Bool(_) | Value::Null => false,
    }
}

#[derive(Default)]
struct Row {
    right: usize,
    explained: usize,
    complaints: Vec<String>,
}

fn check(name: &str, messages: &[Message], meta: &Json) -> Row {
    let mut row = Row::default();
    let [message] = messages else {
        row.complaints.push(format!("{name}: {} messages", messages.len()));
        return row;
    };
    if message.status != Status::Ok {
        row.complaints.push(format!("{name}: {} {:?}", message.status.as_str(), message.problems));
    }
    let id = meta["expect_header"]["Id"].as_str().unwrap_or_default();
    if message.meter.id.as_deref().map(|id| id.trim_start_matches('0')) != Some(id.trim_start_matches('0')) {
        row.complaints.push(format!("{name}: meter {:?}, published {id}", message.meter.id));
    }
    for published in meta["expect"].as_array().into_iter().flatten() {
        if !published["quirk"].is_null() || published["value"].as_str().is_none_or(str::is_empty) {
            continue;
        }
        let number = published["id"].as_u64().unwrap_or_default();
        let reading = message.readings.iter().find(|r| r.id.to_string() == format!("mbus:{number}"));
        let explained = NOT_THE_STANDARD.iter().any(|(n, id, _)| *n == name && u64::from(*id) == number);
        match reading {
            Some(reading) if says(reading, published) && !explained => row.right += 1,
            Some(reading) if explained && !says(reading, published) => row.explained += 1,
            other => row.complaints.push(format!("{name} {number}: published {published}, read {other:?}")),
        }
    }
    row
}

#[test]
fn every_published_value_is_read() {
    let (mut right, mut explained, mut frames, mut complaints) = (0, 0, 0, Vec::new());
    for folder in folders() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(folder.join("capture.bin")).unwrap();
        let meta: Json = serde_json::from_slice(&std::fs::read(folder.join("meta.json")).unwrap()).unwrap();
        let messages = decode_all(&bytes, &Options::default());
        if meta["negative"] == true {
            let error_report = meta["class"] == "application-error-report";
            let mut readings = messages.iter().filter(|m| m.status == Status::Ok);
            if meta["class"] == "malformed" && readings.next().is_some() {
                complaints.push(format!("{name} is read as ok"));
            }
            if error_report
                && messages.first().is_none_or(|m| m.status != Status::Ok || m.problems.is_empty())
            {
                complaints.push(format!("{name} is a valid report of an error"));
            }
            continue;
        }
        let row = check(&name, &messages, &meta);
        println!("{name:50} right {:3} explained {}", row.right, row.explained);
        frames += 1;
        right += row.right;
        explained += row.explained;
        complaints.extend(row.complaints);
    }
    println!(
        "{frames} frames: {right} values right, {explained} not by the standard, {} wrong",
        complaints.len()
    );
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(frames == 0 || explained == NOT_THE_STANDARD.len());
}
