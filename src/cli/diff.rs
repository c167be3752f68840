use super::connect::Connect;
use super::hosts::each;
use super::values;
use crate::config::secrets::Stdin;
use crate::error::{Kind, Result};
use crate::settings::{self, Change, KeyState, Object, To, Value, Wanted, key_state};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, answer_json};
use clap::Args as ClapArgs;
use serde_json::json;
use std::process::ExitCode;

/// Compare a file with the gateway: 0 same, 1 different
///
/// Compares the fields that the file names. Keys cannot be compared: the gateway does not show them.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Settings as JSON (- for standard input): an object, or a document with a `settings` object, such as a backup
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: String,
}

/// Compares.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let mut stdin = Stdin::default();
    let wanted = values::gather(&[], Some(&args.file), ui, &mut stdin)?;
    let gateways = connect.gateways(ui, &mut stdin)?;
    let several = gateways.several;
    each(&gateways, ui, |gateway| {
        let (host, current) = (gateway.host(), gateway.client.settings()?);
        let (differences, not_compared) = compare(&current, &wanted);
        if ui.json {
            let list: Vec<_> = differences
                .iter()
                .map(|c| match (c.to_json(), c.to_text(), c.from_text()) {
                    (_, file, gateway) if c.field.is_some_and(|f| f.is_hidden()) => {
                        json!({"field": c.name, "gateway": gateway, "file": file, "hidden": true})
                    }
                    (change, ..) => json!({"field": c.name, "gateway": change["from"], "file": change["to"]}),
                })
                .collect();
            let same = differences.is_empty();
            answer_json(
                &json!({"schema": "wwctl.diff.v1", "host": host, "same": same, "differences": list, "not_compared": not_compared}),
                several,
            );
        } else {
            for name in &not_compared {
                ui.note(&format!("{name} cannot be compared: the gateway hides it"));
            }
            match differences.as_slice() {
                [] => ui.note(&format!("{host}: same")),
                list => answer(&table(host, list, several)),
            }
        }
        Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(Kind::Other.exit_status()) })
    })
}

/// The differences, and the keys of which nothing can be said.
fn compare(current: &Object, wanted: &Wanted) -> (Vec<Change>, Vec<&'static str>) {
    let (mut differences, mut not_compared) = (Vec::new(), Vec::new());
    for change in settings::changes(current, wanted) {
        let Some(f) = change.field.filter(|f| f.is_hidden()) else {
            differences.push(change);
            continue;
        };
        // A mask gives away that there is a key, not which.
        match (&change.to, key_state(current.get(f.name))) {
            (To::Value(Value::Key(_)), KeyState::NotSet) | (To::Value(Value::ClearKey), KeyState::Set) => {
                differences.push(change)
            }
            _ => not_compared.push(f.name),
        }
    }
    (differences, not_compared)
}

fn table(host: &str, differences: &[Change], several: bool) -> String {
    let mut table = Table::new(&["FIELD", "GATEWAY", "FILE"]);
    for change in differences {
        table.row([
            (change.name.clone(), Look::Plain),
            (change.from_text(), Look::Plain),
            (change.to_text(), Look::Strong),
        ]);
    }
    let head = if several { format!("# {host}\n") } else { String::new() };
    head + &table.render() + if several { "\n" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Input;

    #[test]
    fn keys_are_compared_as_far_as_a_mask_tells() {
        let mut input = Input::default();
        input.document(r#"{"encryption_key":"0123456789ABCDEF0123456789ABCDEF","authentication_key":"00000000000000000000000000000000"}"#, "a").unwrap();
        let wanted = input.finish().unwrap();
        for (current, different, unknown) in [
            (json!({}), vec![], vec!["encryption_key", "authentication_key"]),
            (json!({"encryption_key": "", "authentication_key": ""}), vec!["encryption_key"], vec![]),
            (
                json!({"encryption_key": "***", "authentication_key": "***"}),
                vec!["authentication_key"],
                vec!["encryption_key"],
            ),
        ] {
            let (differences, not_compared) = compare(current.as_object().unwrap(), &wanted);
            assert_eq!(differences.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), different);
            assert_eq!(not_compared, unknown);
        }
    }
}
