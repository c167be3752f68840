//! A message as a few lines of text for people.

use super::message::{Message, Reading, TagState, Value};
use std::fmt::Write as _;

/// Appends the message as lines of text.
pub fn write(message: &Message, into: &mut String) {
    let start = into.len();
    // Writing into a String does not fail.
    let _ = head(message, into);
    readings(&message.readings, into);
    for problem in &message.problems {
        let _ = writeln!(into, "  ! {} at {}: {}", problem.code.as_str(), problem.offset, problem.message);
    }
    // Names and units come from the meter too.
    let risky = |c: char| c.is_control() && c != '\n';
    if into.get(start..).is_some_and(|text| text.contains(risky)) {
        let shown = into.split_off(start).replace(risky, HIDDEN);
        into.push_str(&shown);
    }
}

/// What stands for a control character that a meter sent: a terminal would obey it.
pub(super) const HIDDEN: &str = "·";

/// The message as lines of text.
pub fn to_string(message: &Message) -> String {
    let mut text = String::new();
    write(message, &mut text);
    text
}

fn head(message: &Message, into: &mut String) -> std::fmt::Result {
    write!(into, "{}: {}", message.protocol, message.status.as_str().replace('_', " "))?;
    if let Some(direction) = message.direction {
        write!(into, ", {}", direction.as_str())?;
    }
    writeln!(into, ", {} bytes at {}", message.length, message.offset)?;
    let meter = &message.meter;
    let parts: Vec<String> = [
        ("", &meter.manufacturer),
        ("", &meter.model),
        ("no. ", &meter.id),
        ("version ", &meter.version),
        ("", &meter.medium),
        ("status ", &meter.status),
    ]
    .into_iter()
    .filter_map(|(before, part)| part.as_ref().map(|part| format!("{before}{part}")))
    .chain(meter.access_number.map(|number| format!("access {number}")))
    .collect();
    if !parts.is_empty() {
        writeln!(into, "  meter     {}", parts.join(", "))?;
    }
    if let Some(time) = &message.time {
        writeln!(into, "  time      {time}")?;
    }
    if let Some(security) = &message.security {
        let state = match (security.ciphered, security.decrypted) {
            (true, true) => "decrypted",
            (true, false) => "encrypted",
            (false, _) => "not encrypted",
        };
        write!(into, "  security  {state}")?;
        write!(
            into,
            ", tag {}",
            match security.tag {
                TagState::Unverified => "not verified (no authentication key)",
                other => other.as_str(),
            }
        )?;
        if let Some(title) = security.system_title {
            write!(into, ", system title ")?;
            for byte in title {
                write!(into, "{byte:02X}")?;
            }
        }
        if let Some(counter) = security.invocation_counter {
            write!(into, ", counter {counter}")?;
        }
        writeln!(into)?;
    }
    Ok(())
}

fn readings(readings: &[Reading], into: &mut String) {
    let rows: Vec<[String; 3]> = readings
        .iter()
        .map(|reading| [reading.id.to_string(), quantity(reading), value(&reading.value)])
        .collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    // One long text does not push all numbers out of sight.
    let (ids, names, values) = (width(0), width(1).min(60), numbers_width(readings));
    for (reading, [id, name, value]) in readings.iter().zip(&rows) {
        let _ = write!(into, "  {id:ids$}  {name:names$}  ");
        let _ = match reading.value {
            Value::Number(_) => write!(into, "{value:>values$}"),
            _ => write!(into, "{value}"),
        };
        if let Some(unit) = &reading.unit {
            let _ = write!(into, " {unit}");
        }
        if let Some(time) = &reading.time {
            let _ = write!(into, "  ({time})");
        }
        match reading.scale_source {
            Some("unknown") => into.push_str("  scale unknown"),
            Some(source) => {
                let _ = write!(into, "  scale: {source}");
            }
            None => {}
        }
        let end = into.trim_end().len();
        into.truncate(end);
        into.push('\n');
    }
}

/// Numbers line up with each other; text does not take part.
fn numbers_width(readings: &[Reading]) -> usize {
    let numbers = readings.iter().filter(|reading| matches!(reading.value, Value::Number(_)));
    numbers.map(|reading| value(&reading.value).len()).max().unwrap_or(0)
}

/// What a reading is, in words.
pub(crate) fn quantity(reading: &Reading) -> String {
    let Some(record) = &reading.record else { return reading.id.name().unwrap_or_default().to_owned() };
    let mut text = record.quantity.to_string();
    if record.function.as_str() != "instantaneous" {
        let _ = write!(text, ", {}", record.function.as_str());
    }
    for (name, number) in
        [("storage", record.storage), ("tariff", record.tariff.into()), ("subunit", record.subunit.into())]
    {
        if number != 0 {
            let _ = write!(text, ", {name} {number}");
        }
    }
    text
}

/// A value as people read it.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.escape_debug().to_string(),
        Value::Time(time) => time.to_string(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::message::Id;
    use crate::decode::{Decimal, Message, Obis, ProblemCode, Protocol, Reading, Value};

    #[test]
    fn columns_line_up() {
        let mut message = Message::new(Protocol::Dsmr);
        message.length = 40;
        message.meter.manufacturer = Some("ISK".into());
        for (obis, number, unit) in
            [(Obis::new(1, 0, 1, 8, 0), &b"1234.5"[..], "kWh"), (Obis::new(1, 0, 32, 7, 0), b"230.1", "V")]
        {
            let value = Decimal::parse(number).map_or(Value::Null, Value::Number);
            message.readings.push(Reading { unit: Some(unit.into()), ..Reading::new(Id::Obis(obis), value) });
        }
        message.problem(ProblemCode::NoChecksum, 39, "none");
        assert_eq!(
            super::to_string(&message),
            "\
dsmr: ok, 40 bytes at 0
  meter     ISK
  1-0:1.8.0   Active energy import (A+)  1234.5 kWh
  1-0:32.7.0  Voltage L1                  230.1 V
  ! no_checksum at 39: none
"
        );
    }

    #[test]
    fn a_terminal_is_given_no_control_characters() {
        let mut message = Message::new(Protocol::Mbus);
        message.meter.model = Some("A\u{1b}[31mB".into());
        let value = Value::Text("x\u{9b}\ny".into());
        message.readings.push(Reading { unit: Some("k\u{7}W".into()), ..Reading::new(Id::Mbus(0), value) });
        let text = super::to_string(&message);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("A·[31mB") && text.contains("k·W"), "{text}");
        assert_eq!(text.lines().count(), 3);
    }
}
