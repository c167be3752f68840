//! The declared state of a fleet, as TOML or CSV: which gateways there are, and what each is to be set to.
//!
//! Everything is checked before anything is sent, and every problem is named with file, line and column.

mod csv;
mod toml;

use super::file::PasswordFrom;
use crate::error::{Error, Kind, Result};
use crate::settings::{FIELDS, Field, FromJson, Refusal, Value, Wanted, field};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The declared state of a fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// The file.
    pub path: PathBuf,
    /// The gateways, in the file's order.
    pub gateways: Vec<Gateway>,
    /// What looks odd, but is allowed.
    pub advice: Vec<String>,
}

/// The declared state of one gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Gateway {
    /// What the file calls it; the host where it has no name.
    pub name: String,
    /// Name, address, `host:port`, URL, device id or alias.
    pub host: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// What happens to settings that are not named.
    pub state: State,
    /// The settings named for it.
    pub wanted: Wanted,
    /// `auto`, `digest`, `basic` or `none`, where the file says.
    pub auth: Option<String>,
    /// Where its password comes from, where the file says.
    pub password: Option<PasswordFrom>,
}

/// What happens to settings that are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// They stay as they are.
    #[default]
    Present,
    /// They go back to factory default, and keys are cleared.
    Replaced,
}

/// A place in the file, both from 1.  The column of a CSV file is the spreadsheet's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    line: usize,
    column: usize,
}

/// What stands at a place for a setting.
enum Cell {
    /// Text without a type, as in CSV.
    Text(String),
    /// A value with its type, as in TOML.
    Typed(Json),
}

/// Keys of a gateway's entry that are no settings.
const OWN: [&str; 8] =
    ["host", "name", "state", "auth", "password", "password_file", "password_command", "profile"];

impl Inventory {
    /// Reads and checks an inventory; `.csv` and `.tsv` files are CSV, others TOML.
    ///
    /// # Errors
    /// Kind `Usage` with every problem, each with its place: unreadable, not the format, unknown names, unusable values,
    /// a gateway twice, `@FILE` values that cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::new(Kind::Usage, format!("cannot read {}: {e}", path.display())))?;
        let mut inventory = Self::parse(&text, path, &|name| read_value(path, name))?;
        if inventory.holds_secrets() && super::file::private(path).is_err() {
            let shown = path.display();
            inventory
                .advice
                .push(format!("{shown} holds keys or passwords, and others may read it: chmod 600 {shown}"));
        }
        Ok(inventory)
    }

    /// Checks the text of an inventory; `load` gives the content of an `@FILE`.
    ///
    /// # Errors
    /// As [`Inventory::read`].
    pub fn parse(text: &str, path: &Path, load: &dyn Fn(&str) -> Result<String, String>) -> Result<Self> {
        let mut builder = Builder { load, rows: Vec::new(), problems: Vec::new() };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if extension == "csv" || extension == "tsv" {
            csv::read(text, &mut builder);
        } else {
            toml::read(text, &mut builder);
        }
        builder.finish(path)
    }

    fn holds_secrets(&self) -> bool {
        self.gateways.iter().any(|g| {
            matches!(g.password, Some(PasswordFrom::Text(_)))
                || g.wanted.values.iter().any(|(_, v)| matches!(v, Value::Key(_)))
        })
    }
}

fn read_value(inventory: &Path, name: &str) -> Result<String, String> {
    let path = inventory.parent().unwrap_or(Path::new("")).join(name);
    std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

/// One gateway while its entry is read.
struct Row {
    place: Place,
    host: Option<(String, Place)>,
    name: Option<String>,
    state: State,
    auth: Option<String>,
    password: Option<PasswordFrom>,
    values: Vec<(&'static Field, Value, Place)>,
}

impl Row {
    fn new(place: Place) -> Self {
        let (host, name, auth, password) = (None, None, None, None);
        Row { place, host, name, state: State::Present, auth, password, values: Vec::new() }
    }
}

/// Gathers rows and everything that is wrong with them.
struct Builder<'a> {
    load: &'a dyn Fn(&str) -> Result<String, String>,
    rows: Vec<Row>,
    problems: Vec<(Place, String)>,
}

impl Builder<'_> {
    fn problem(&mut self, place: Place, what: impl Into<String>) {
        self.problems.push((place, what.into()));
    }

    /// True when `name` may stand in an entry; notes the problem otherwise.
    fn knows(&mut self, name: &str, place: Place) -> bool {
        if OWN.contains(&name) || field(name).is_some() {
            return true;
        }
        let near = OWN.iter().copied().chain(FIELDS.iter().map(|f| f.name));
        let near = near.map(|k| (strsim::damerau_levenshtein(name, k), k)).min().filter(|(d, _)| *d <= 3);
        let help = near.map_or(String::new(), |(_, k)| format!("; did you mean `{k}`?"));
        self.problem(place, format!("`{name}` is no setting{help}"));
        false
    }

    /// Takes a value for a row; a later value for the same setting wins.
    fn set(&mut self, row: &mut Row, name: &str, cell: Cell, place: Place) {
        if let Some(known) = field(name) {
            if let Some(value) = self.value(known, cell, place) {
                row.values.retain(|(f, ..)| f.name != known.name);
                row.values.push((known, value, place));
            }
            return;
        }
        let text = match cell {
            Cell::Text(text) | Cell::Typed(Json::String(text)) => text,
            Cell::Typed(_) => return self.problem(place, format!("`{name}` is a text in quotes")),
        };
        match name {
            "host" => row.host = Some((text, place)),
            "name" => row.name = Some(text),
            "state" => match text.as_str() {
                "present" => row.state = State::Present,
                "replaced" => row.state = State::Replaced,
                _ => self.problem(place, "`state` is present or replaced"),
            },
            "auth" if ["auto", "digest", "basic", "none"].contains(&text.as_str()) => row.auth = Some(text),
            "auth" => self.problem(place, "`auth` is auto, digest, basic or none"),
            "password" | "password_file" | "password_command" if row.password.is_some() => {
                self.problem(place, "only one of `password`, `password_file` and `password_command`");
            }
            "password" => row.password = Some(PasswordFrom::Text(text)),
            "password_file" => row.password = Some(PasswordFrom::File(text.into())),
            "password_command" => row.password = Some(PasswordFrom::Command(text)),
            _ => {}
        }
    }

    fn value(&mut self, known: &'static Field, cell: Cell, place: Place) -> Option<Value> {
        let cell = match &cell {
            Cell::Text(text) | Cell::Typed(Json::String(text)) if text.starts_with('@') => {
                let name = text.trim_start_matches('@');
                match (self.load)(name) {
                    Ok(content) => Cell::Text(content.trim_end_matches(['\n', '\r']).to_owned()),
                    Err(why) => {
                        self.problem(place, format!("{}: {why}", known.name));
                        return None;
                    }
                }
            }
            _ => cell,
        };
        let checked = match &cell {
            Cell::Text(text) => known.from_text(text).map(FromJson::Value),
            Cell::Typed(json) => known.from_json(json),
        };
        match checked {
            Ok(FromJson::Value(value)) => Some(value),
            Ok(FromJson::HiddenKey) => {
                self.problem(
                    place,
                    format!(
                        "{}: no key; leave it out to keep the gateway's, or give 32 zeros to clear it",
                        known.name
                    ),
                );
                None
            }
            Err(Refusal { given, nearest }) => {
                let near = nearest.map_or(String::new(), |n| format!("; did you mean {n}?"));
                self.problem(
                    place,
                    format!("{}: {given} was given; allowed: {}{near}", known.name, known.allowed()),
                );
                None
            }
        }
    }

    fn finish(mut self, path: &Path) -> Result<Inventory> {
        let rows = std::mem::take(&mut self.rows);
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut keys: HashMap<[u8; 16], Vec<usize>> = HashMap::new();
        let mut gateways = Vec::new();
        for row in rows {
            let Some((host, place)) = row.host else {
                self.problem(row.place, "this gateway has no `host`");
                continue;
            };
            if let Some(first) = seen.insert(canonical(&host), place.line) {
                self.problem(place, format!("the gateway {host} is in line {first} already"));
            }
            let find = |name: &str| row.values.iter().find(|(f, ..)| f.name == name);
            if row.state == State::Replaced
                && matches!(find("encryption"), Some((_, Value::Boolean(true), _)))
                && !matches!(find("encryption_key"), Some((_, Value::Key(_), _)))
            {
                self.problem(row.place, "`encryption` is true, but there is no `encryption_key`, and `replaced` clears the old one");
            }
            if let Some((_, Value::Key(key), _)) = find("encryption_key") {
                keys.entry(*key.bytes()).or_default().push(row.place.line);
            }
            let mut values: Vec<_> = row.values.into_iter().map(|(f, value, _)| (f, value)).collect();
            values.sort_by_key(|(f, _)| FIELDS.iter().position(|k| k.name == f.name));
            let wanted = Wanted { values, ..Wanted::default() };
            let name = row.name.unwrap_or_else(|| host.clone());
            let folder = path.parent().unwrap_or(Path::new(""));
            let password = row.password.map(|from| match from {
                PasswordFrom::File(file) => PasswordFrom::File(folder.join(file)),
                other => other,
            });
            let (line, state) = (row.place.line, row.state);
            gateways.push(Gateway { name, host, line, state, wanted, auth: row.auth, password });
        }
        if gateways.is_empty() && self.problems.is_empty() {
            self.problem(Place { line: 1, column: 1 }, "there is no gateway in this inventory");
        }
        if !self.problems.is_empty() {
            return Err(self.error(path));
        }
        let mut shared: Vec<Vec<usize>> = keys.into_values().filter(|lines| lines.len() > 1).collect();
        shared.sort();
        let advice = shared.iter().map(|lines| {
            let list: Vec<String> = lines.iter().map(usize::to_string).collect();
            format!(
                "{}: lines {} have the same encryption_key; each meter has its own",
                path.display(),
                list.join(", ")
            )
        });
        Ok(Inventory { path: path.to_owned(), gateways, advice: advice.collect() })
    }

    fn error(&mut self, path: &Path) -> Error {
        self.problems.sort();
        self.problems.dedup();
        let shown = |(place, what): &(Place, String)| {
            format!("{}:{}:{}: {what}", path.display(), place.line, place.column)
        };
        let list: Vec<String> = self.problems.iter().map(shown).collect();
        Error::new(Kind::Usage, list.join("\n"))
            .hint("nothing was sent; `wwctl fields` explains the settings")
    }
}

/// Two spellings of one host: case, `http://`, a final slash, and the six digits of a device for its name.
fn canonical(host: &str) -> String {
    let host = host.trim().to_ascii_lowercase();
    let host = host.strip_prefix("http://").unwrap_or(&host).trim_end_matches(['/', '.']);
    let host = host.strip_suffix(":80").unwrap_or(host);
    if host.len() == 6 && host.bytes().all(|c| c.is_ascii_hexdigit()) {
        return format!("whatwatt-{host}.local");
    }
    host.to_owned()
}

#[cfg(test)]
mod tests;
