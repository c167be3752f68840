//! A JSON object of the gateway as a table for people: every member with its path and unit.

use super::change::what_to_do;
use crate::settings::{Object, shown};
use crate::ui::table::{Look, Table};
use serde_json::Value as Json;

/// Units by the part of the path that decides them: `/api/v1/system` and `/api/v1/report` of the gateway's
/// public API.  The first that fits counts.
const UNITS: &[(&str, &str)] = &[
    ("instantaneous_power.active.", "kW"),
    ("instantaneous_power.reactive.", "kvar"),
    ("energy.active.", "kWh"),
    ("energy.reactive.", "kvarh"),
    (".voltage.", "V"),
    (".current.", "A"),
    (".plug.v_", "V"),
    (".time_since_boot", "s"),
    ("interval", "s"),
    (".rssi", "dBm"),
];

/// Every member in the gateway's order; a section's name stands in its first row only.
pub(super) fn table(object: &Object) -> String {
    let mut table = Table::new(&[]);
    for (section, value) in object {
        let mut leaves = Vec::new();
        collect(value, "", &mut leaves);
        for (index, (path, value)) in leaves.iter().enumerate() {
            let head = if index == 0 { section.as_str() } else { "" };
            table.row([
                (head, Look::Faint),
                (path, Look::Plain),
                (&text(section, path, value), look(path, value)),
            ]);
        }
    }
    table.render()
}

fn collect<'a>(value: &'a Json, path: &str, leaves: &mut Vec<(String, &'a Json)>) {
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Json::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| collect(value, &under(name), leaves));
        }
        Json::Array(items) if items.iter().any(Json::is_object) => {
            items.iter().enumerate().for_each(|(i, value)| collect(value, &under(&i.to_string()), leaves));
        }
        _ => leaves.push((path.to_owned(), value)),
    }
}

fn text(section: &str, path: &str, value: &Json) -> String {
    let whole = format!("{section}.{path}");
    match value {
        Json::Null => "-".to_owned(),
        Json::String(text) if text.is_empty() => "-".to_owned(),
        Json::Number(number) => match UNITS.iter().find(|(part, _)| whole.contains(part)) {
            Some((_, unit)) => format!("{number} {unit}"),
            None => number.to_string(),
        },
        _ => shown(value),
    }
}

fn look(path: &str, value: &Json) -> Look {
    match (path, value.as_str()) {
        ("status", Some(status)) if what_to_do(status).is_some() => Look::Bad,
        _ => Look::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sections_names_and_units() {
        let object = json!({
            "device": {"name": "", "id": "ECC9FFABCDEF", "plug": {"v_scap": 5.0}, "time_since_boot": 90},
            "meter": {"status": "OK"}, "uptime": 5,
            "report": {"energy": {"active": {"positive": {"total": 4408.736}}}, "voltage": {"l1": 230}, "volume": [{"id": 1}], "tariff": null}
        });
        let text = anstream::adapter::strip_str(&table(object.as_object().unwrap())).to_string();
        let lines: Vec<String> =
            text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            lines,
            [
                "device name -",
                "id ECC9FFABCDEF",
                "plug.v_scap 5.0 V",
                "time_since_boot 90 s",
                "meter status OK",
                "uptime 5",
                "report energy.active.positive.total 4408.736 kWh",
                "voltage.l1 230 V",
                "volume.0.id 1",
                "tariff -",
            ]
        );
    }
}
