//! An inventory as TOML.
//!
//! ```toml
//! [defaults]                   # for every gateway
//! auto_baudrate = false
//! protocol = "hdlc"
//!
//! [profiles.kamstrup]          # for gateways that name it
//! baudrate = 2400
//! parity = "even"
//!
//! [[gateway]]
//! host = "192.0.2.7"
//! profile = "kamstrup"
//! encryption_key = "@keys/7.txt"
//! ```

use super::{Builder, Cell, Place, Row};
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) fn read(text: &str, builder: &mut Builder) {
    let places = Places { text };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(e) => {
            let place = places.at(e.span().map_or(0, |s| s.start));
            return builder.problem(place, e.message().trim().to_owned());
        }
    };
    let table = table.get_ref();
    for (key, value) in table {
        let place = places.of(key);
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("defaults" | "profiles", DeValue::Table(_)) | ("gateway", DeValue::Array(_)) => {}
            ("defaults" | "profiles", _) => builder.problem(place, format!("`{}` is a table", key.get_ref())),
            ("gateway", _) => builder.problem(place, "`gateway` is a list of tables: `[[gateway]]`"),
            (other, _) => {
                builder.problem(place, format!("`{other}` is none of `defaults`, `profiles` and `gateway`"));
            }
        }
    }
    let defaults = table.get("defaults").and_then(|d| d.get_ref().as_table());
    let profiles = table.get("profiles").and_then(|d| d.get_ref().as_table());
    // An entry that no gateway uses is checked all the same.
    let mut unused = Row::new(Place { line: 1, column: 1 });
    for entries in defaults
        .into_iter()
        .chain(profiles.into_iter().flat_map(|p| p.values().filter_map(|v| v.get_ref().as_table())))
    {
        fill(&mut unused, entries, &places, builder);
        unused.password = None;
        for (key, _) in entries {
            if ["host", "name", "profile"].contains(&key.get_ref().as_ref()) {
                builder.problem(places.of(key), format!("`{}` belongs to one gateway", key.get_ref()));
            }
        }
    }
    for item in table.get("gateway").and_then(|g| g.get_ref().as_array()).into_iter().flatten() {
        let mut row = Row::new(places.of(item));
        let Some(own) = item.get_ref().as_table() else {
            builder.problem(row.place, "a gateway is a table");
            continue;
        };
        let profile = own.get("profile").and_then(|name| {
            let found = profiles.and_then(|p| p.get(name.get_ref().as_str()?)?.get_ref().as_table());
            if found.is_none() {
                builder.problem(places.of(name), "there is no such profile");
            }
            found
        });
        for entries in [defaults, profile, Some(own)].into_iter().flatten() {
            // What stands nearer to the gateway replaces the password of what stands farther.
            let outer = row.password.take();
            fill(&mut row, entries, &places, builder);
            row.password = row.password.take().or(outer);
        }
        builder.rows.push(row);
    }
}

fn fill(row: &mut Row, entries: &DeTable, places: &Places, builder: &mut Builder) {
    for (key, value) in entries {
        let name = key.get_ref().as_ref();
        if !builder.knows(name, places.of(key)) {
            continue;
        }
        match json(value.get_ref()) {
            Some(json) => builder.set(row, name, Cell::Typed(json), places.of(value)),
            None => builder.problem(places.of(value), format!("`{name}` is a text, a number, true or false")),
        }
    }
}

/// The value with its type and, for numbers, its digits.
fn json(value: &DeValue) -> Option<Json> {
    Some(match value {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Boolean(flag) => Json::Bool(*flag),
        DeValue::Integer(i) => i128::from_str_radix(i.as_str(), i.radix())
            .ok()?
            .to_string()
            .parse::<serde_json::Number>()
            .ok()?
            .into(),
        DeValue::Float(f) => f.as_str().trim_start_matches('+').parse::<serde_json::Number>().ok()?.into(),
        _ => return None,
    })
}

struct Places<'a> {
    text: &'a str,
}

impl Places<'_> {
    fn of<T>(&self, at: &Spanned<T>) -> Place {
        self.at(at.span().start)
    }

    fn at(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place { line, column }
    }
}
