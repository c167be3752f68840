use super::connect::Connect;
use super::hosts::{Gateway, each};
use super::values::FieldName;
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::settings::{self, FIELDS, Field, KeyState, Object, key_state, shown};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, answer_json};
use clap::Args as ClapArgs;
use std::process::ExitCode;

/// Read settings
///
/// Without a field: a table of all; what differs from the factory default has a * and stands out. With one field: its
/// bare value. With several: FIELD=VALUE lines, which `wwctl set` takes. With --json: the gateway's own object, or the
/// chosen fields of it.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Fields to read; all when none is named
    #[arg(value_name = "FIELD", value_parser = FieldName, hide_possible_values = true)]
    fields: Vec<String>,
}

/// Reads.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let fields = settings::names(args.fields.iter().map(String::as_str))?;
    let gateways = connect.gateways(ui, &mut Stdin::default())?;
    let several = gateways.several;
    each(&gateways, ui, |gateway: &Gateway| {
        let object = settings::masked(&gateway.client.settings()?);
        let host = gateway.host();
        if ui.json {
            let mut chosen = object;
            if !fields.is_empty() {
                chosen.retain(|name, _| fields.iter().any(|f| f.name == name));
                for f in fields.iter().filter(|f| !chosen.contains_key(f.name)) {
                    ui.note(&format!("{host} does not report {}", f.name));
                }
            }
            if several {
                answer_json(&serde_json::json!({"host": host, "settings": chosen}), true);
            } else {
                answer_json(&chosen.into(), false);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let text = match fields.as_slice() {
            [] => table(&object),
            [one] => value(&object, one, host)? + "\n",
            many => lines(&object, many, host, ui)?,
        };
        match (several, fields.as_slice()) {
            (false, _) => answer(&text),
            (true, [_]) => answer(&format!("{host}: {text}")),
            (true, _) => answer(&format!("# {host}\n{text}\n")),
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// One field's value as text; for a key only what is known of it.
fn value(object: &Object, f: &Field, host: &str) -> Result<String> {
    match (f.is_hidden(), object.get(f.name)) {
        (true, value) => Ok(key_state(value).text().into()),
        (false, Some(value)) => Ok(shown(value)),
        (false, None) => Err(Error::new(Kind::Refused, format!("{host} does not report {}", f.name))
            .hint("its firmware may be too old for this setting; `wwctl get` shows what it has")),
    }
}

fn lines(object: &Object, fields: &[&'static Field], host: &str, ui: &Ui) -> Result<String> {
    let mut text = String::new();
    for f in fields {
        let value = value(object, f, host)?;
        // Behind `set` a line with a key would clear it, or be wrong.
        if f.is_hidden() {
            ui.note(&format!("{} is left out: the gateway hides it {value}", f.name));
        } else {
            text.push_str(&format!("{}={value}\n", f.name));
        }
    }
    Ok(text)
}

/// All settings with their defaults, in the order of the table; what this version does not know comes last.
fn table(object: &Object) -> String {
    let mut table = Table::new(&["FIELD", "VALUE", "", "DEFAULT"]);
    for f in &FIELDS {
        let (value, differs) = match (f.is_hidden(), object.get(f.name)) {
            (true, value) => (key_state(value).text().to_owned(), key_state(value) == KeyState::Set),
            (false, None) => ("(not reported)".into(), false),
            (false, Some(value)) => (shown(value), !settings::equal(f, value, &f.default_value().to_wire())),
        };
        let default = if f.is_hidden() { "(not set)" } else { f.default };
        let (look, mark) = if differs { (Look::Strong, "*") } else { (Look::Plain, "") };
        table.row([(f.name, look), (value.as_str(), look), (mark, look), (default, Look::Faint)]);
    }
    for (name, value) in object.iter().filter(|(name, _)| settings::field(name).is_none()) {
        table.row([
            (name.as_str(), Look::Plain),
            (&shown(value), Look::Plain),
            ("", Look::Plain),
            ("?", Look::Faint),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_has_a_mark() {
        let object =
            serde_json::json!({"baudrate": 2400, "parity": "none", "conv_factor": 1.0, "future": [1]});
        let text = anstream::adapter::strip_str(&table(object.as_object().unwrap())).to_string();
        let line = |name: &str| {
            text.lines().find(|l| l.starts_with(name)).unwrap().split_whitespace().collect::<Vec<_>>()
        };
        assert_eq!(line("baudrate"), ["baudrate", "2400", "*", "115200"]);
        assert_eq!(line("parity"), ["parity", "none", "none"]);
        assert_eq!(line("conv_factor"), ["conv_factor", "1.0", "1"]);
        assert_eq!(line("future"), ["future", "[1]", "?"]);
        assert_eq!(line("encryption_key"), ["encryption_key", "(hidden)", "(not", "set)"]);
        assert!(text.lines().all(|l| l.chars().count() <= 80));
    }
}
