use super::change::what_to_do;
use super::hosts::{Connect, each};
use crate::config::secrets::Stdin;
use crate::error::Result;
use crate::settings::{Object, shown};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, answer_json};
use clap::Args as ClapArgs;
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// The gateway and its meter: device, firmware, licence, meter status, network
#[derive(Debug, ClapArgs)]
pub struct Args {}

/// Units of `/api/v1/system`, by the end of a path.
const UNITS: &[(&str, &str)] = &[
    ("time_since_boot", "s"),
    ("v_usb", "V"),
    ("v_mbus", "V"),
    ("v_p1", "V"),
    ("v_scap", "V"),
    ("report_interval", "s"),
    ("rssi", "dBm"),
];

/// Reads.
pub fn run(_: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let gateways = connect.gateways(ui, &mut Stdin::default())?;
    let several = gateways.len() > 1;
    each(&gateways, ui, |gateway| {
        let (host, system) = (gateway.host(), gateway.client.system()?);
        if ui.json {
            let value = if several { json!({"host": host, "system": system}) } else { system.into() };
            answer_json(&value, several);
            return Ok(ExitCode::SUCCESS);
        }
        let head = if several { format!("# {host}\n") } else { String::new() };
        answer(&(head + &table(&system)));
        let status = system.get("meter").and_then(|m| m.get("status")).and_then(Json::as_str);
        if let Some((_, advice)) = status.and_then(what_to_do) {
            ui.advice(advice);
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Every member with its path, in the gateway's order; empty ones are left out.
pub(super) fn table(object: &Object) -> String {
    let mut table = Table::new(&[]);
    for (section, value) in object {
        match value {
            Json::Object(members) => rows(&mut table, section, members),
            other => row(&mut table, section, "", other),
        }
    }
    table.render()
}

fn rows(table: &mut Table, section: &str, members: &Object) {
    let mut section = section;
    for (name, value) in members {
        if let Json::Object(inner) = value {
            for (inner_name, value) in inner {
                row(table, section, &format!("{name}.{inner_name}"), value);
            }
        } else {
            row(table, section, name, value);
        }
        // The section's name stands in its first row only.
        section = "";
    }
}

fn row(table: &mut Table, section: &str, name: &str, value: &Json) {
    let unit = UNITS.iter().find(|(end, _)| name.rsplit('.').next() == Some(end)).map(|(_, unit)| *unit);
    let text = match (value, unit) {
        (Json::Null, _) => "-".to_owned(),
        (Json::String(text), _) if text.is_empty() => "-".to_owned(),
        (Json::Number(_), Some(unit)) => format!("{value} {unit}"),
        _ => shown(value),
    };
    let look = match (name, value.as_str()) {
        ("status", Some("OK")) => Look::Plain,
        ("status", Some(status)) if what_to_do(status).is_some() => Look::Bad,
        _ => Look::Plain,
    };
    table.row([(section, Look::Faint), (name, Look::Plain), (text.as_str(), look)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_names_and_units() {
        let system = json!({
            "device": {"name": "", "id": "ECC9FFABCDEF", "plug": {"v_scap": 5.0}, "time_since_boot": 90},
            "meter": {"status": "OK"}, "uptime": 5
        });
        let text = anstream::adapter::strip_str(&table(system.as_object().unwrap())).to_string();
        let lines: Vec<Vec<&str>> = text.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(
            lines,
            [
                vec!["device", "name", "-"],
                vec!["id", "ECC9FFABCDEF"],
                vec!["plug.v_scap", "5.0", "V"],
                vec!["time_since_boot", "90", "s"],
                vec!["meter", "status", "OK"],
                vec!["uptime", "5"],
            ]
        );
    }
}
