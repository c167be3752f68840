use super::values::FieldName;
use crate::error::Result;
use crate::settings::{self, FIELDS, Field, Kind};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, answer_json};
use clap::Args as ClapArgs;
use serde_json::{Value as Json, json};

/// Explain the settings: type, default, range, meaning (works offline)
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Fields to explain; all when none is named
    #[arg(value_name = "FIELD", value_parser = FieldName, hide_possible_values = true)]
    fields: Vec<String>,
}

/// Explains.
pub fn run(args: &Args, ui: &Ui) -> Result<()> {
    let chosen = settings::names(args.fields.iter().map(String::as_str))?;
    let fields: Vec<&Field> = if chosen.is_empty() { FIELDS.iter().collect() } else { chosen.clone() };
    if ui.json {
        let list: Vec<Json> = fields.iter().map(|f| to_json(f)).collect();
        answer_json(&json!({"schema": "wwctl.fields.v1", "fields": list}), false);
    } else if chosen.is_empty() {
        answer(&table(&fields));
    } else {
        let pages: Vec<String> = fields.iter().map(|f| page(f)).collect();
        answer(&pages.join("\n"));
    }
    Ok(())
}

fn to_json(f: &Field) -> Json {
    let mut object = serde_json::Map::new();
    object.insert("name".into(), f.name.into());
    object.insert("type".into(), f.api_type.into());
    let default = if f.is_hidden() { Json::from("") } else { f.default_value().to_wire() };
    object.insert("default".into(), default);
    let number = |text: &str| text.parse().map_or(Json::Null, Json::Number);
    match f.kind {
        Kind::Integer { min, max } => {
            object.insert("min".into(), min.into());
            object.insert("max".into(), max.into());
        }
        Kind::Decimal { min, max } => {
            object.insert("min".into(), number(min));
            object.insert("max".into(), number(max));
        }
        Kind::Choice(choices) => {
            let values: Vec<Json> = choices.iter().map(|c| c.value.into()).collect();
            object.insert("values".into(), values.into());
            let meanings = choices.iter().filter(|c| !c.meaning.is_empty());
            let meanings: serde_json::Map<String, Json> =
                meanings.map(|c| (c.value.to_owned(), Json::from(c.meaning))).collect();
            if !meanings.is_empty() {
                object.insert("value_meanings".into(), meanings.into());
            }
        }
        Kind::Boolean => {}
        Kind::Key => {
            object.insert("hex_digits".into(), 32.into());
            object.insert("hidden".into(), true.into());
        }
    }
    object.insert("allowed".into(), f.allowed().into());
    if let Some(unit) = f.unit {
        object.insert("unit".into(), unit.into());
    }
    object.insert("meaning".into(), f.meaning.into());
    object.insert("notes".into(), f.notes.to_vec().into());
    Json::Object(object)
}

fn default_text(f: &Field) -> &'static str {
    if f.is_hidden() { "(not set)" } else { f.default }
}

fn table(fields: &[&Field]) -> String {
    let mut table = Table::new(&["FIELD", "DEFAULT", "MEANING, ALLOWED"]);
    for f in fields {
        let what = format!("{}\n{}", f.meaning, allowed_with_unit(f));
        table.row([(f.name, Look::Strong), (default_text(f), Look::Plain), (what.as_str(), Look::Plain)]);
    }
    table.render()
}

fn allowed_with_unit(f: &Field) -> String {
    match f.unit {
        Some(unit) => format!("{} {unit}", f.allowed()),
        None => f.allowed(),
    }
}

/// One field in full.
fn page(f: &Field) -> String {
    let mut text = format!("{}: {}\n", f.name, f.meaning);
    let mut table = Table::new(&[]);
    table.row([("  type", Look::Faint), (f.api_type, Look::Plain)]);
    table.row([("  default", Look::Faint), (default_text(f), Look::Plain)]);
    table.row([("  allowed", Look::Faint), (allowed_with_unit(f).as_str(), Look::Plain)]);
    text.push_str(&table.render());
    if let Kind::Choice(choices) = f.kind
        && choices.iter().any(|c| !c.meaning.is_empty())
    {
        let mut table = Table::new(&[]);
        for choice in choices {
            table
                .row([(format!("    {}", choice.value), Look::Strong), (choice.meaning.into(), Look::Plain)]);
        }
        text.push_str(&table.render());
    }
    for note in f.notes {
        text.push_str(&format!("  {note}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_80_columns_and_has_every_field() {
        let text = anstream::adapter::strip_str(&table(&FIELDS.iter().collect::<Vec<_>>())).to_string();
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
        for f in &FIELDS {
            assert!(text.lines().any(|l| l.split_whitespace().next() == Some(f.name)), "{}", f.name);
        }
    }
}
