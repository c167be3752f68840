use super::connect::Connect;
use super::effective::{Effective, Of};
use crate::config::file::Preferences;
use crate::config::layers::Source;
use crate::config::secrets::Stdin;
use crate::error::Result;
use crate::ui::{Ui, answer, answer_json};
use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Map, Value as Json, json};

/// The configuration in force
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every value in force, and where it comes from
    ///
    /// An option goes before the environment, that before the project's file (wwctl.toml or .wwctl.toml in this folder or
    /// above), that before the user's file, that before the default. What a file says of one device goes before its
    /// defaults. Passwords are not shown, only where they come from.
    Show,
}

/// Shows.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<()> {
    let Command::Show = args.command;
    let effective = Effective::load(connect)?;
    let names = connect.names(&effective, &mut Stdin::default())?;
    let values = values(connect, &effective, names);
    if ui.json {
        answer_json(&to_json(&effective, &values), false);
    } else {
        answer(&text(&effective, &values));
    }
    Ok(())
}

/// A value in force as JSON.
struct Shown {
    name: &'static str,
    value: Json,
    source: Source,
}

fn values(connect: &Connect, effective: &Effective, names: Vec<String>) -> Vec<Shown> {
    fn shown<T>(name: &'static str, of: &Of<T>, value: impl FnOnce(&T) -> Json) -> Shown {
        Shown { name, value: value(&of.value), source: of.source.clone() }
    }
    let source = match (&effective.host, &connect.hosts_file) {
        (_, Some(_)) => Source::Flag("--hosts-file"),
        (Some(of), None) => of.source.clone(),
        (None, None) => Source::Default,
    };
    vec![
        Shown { name: "host", value: names.into(), source },
        shown("auth", &effective.auth, |a| a.as_str().into()),
        shown("timeout", &effective.timeout, |t| {
            let seconds = t.as_secs_f64();
            if seconds.fract() == 0.0 { t.as_secs().into() } else { seconds.into() }
        }),
        shown("retries", &effective.retries, |n| (*n).into()),
        shown("jobs", &effective.jobs, |n| (*n).into()),
        shown("proxy", &effective.proxy, |p| p.clone().into()),
        shown("password", &effective.password, |p| p.text().into()),
    ]
}

/// What a file says of one device, with its lines.
fn device(preferences: &Preferences) -> Vec<(&'static str, Json, usize)> {
    let p = preferences;
    let secret = |from| super::effective::Secret::Configured(from).text();
    [
        p.host.as_ref().map(|h| ("host", h.value.first().cloned().into(), h.line)),
        p.auth.as_ref().map(|a| ("auth", a.value.clone().into(), a.line)),
        p.timeout.as_ref().map(|t| ("timeout", t.value.parse().map_or(Json::Null, Json::Number), t.line)),
        p.retries.as_ref().map(|r| ("retries", r.value.into(), r.line)),
        p.proxy.as_ref().map(|x| ("proxy", x.value.clone().into(), x.line)),
        p.password.as_ref().map(|from| ("password", secret(from.value.clone()).into(), from.line)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn to_json(effective: &Effective, values: &[Shown]) -> Json {
    let entry = |value: &Json, source: &Source| json!({"value": value, "source": source.to_string()});
    let (mut devices, mut groups) = (Map::new(), Map::new());
    for file in effective.layers.files() {
        let at = |line: usize| Source::File { path: file.path.clone(), line };
        for (alias, preferences) in &file.devices {
            let members = device(preferences);
            let members: Map<String, Json> = members
                .into_iter()
                .map(|(name, value, line)| (name.to_owned(), entry(&value, &at(line))))
                .collect();
            devices.entry(alias.clone()).or_insert_with(|| members.into());
        }
        for (name, group) in &file.groups {
            groups.entry(name.clone()).or_insert_with(|| entry(&group.value.clone().into(), &at(group.line)));
        }
    }
    let files: Vec<_> = effective.layers.files().iter().map(|f| f.path.display().to_string()).collect();
    let values: Map<String, Json> =
        values.iter().map(|s| (s.name.to_owned(), entry(&s.value, &s.source))).collect();
    json!({"schema": "wwctl.config.v1", "files": files, "values": values, "devices": devices, "groups": groups})
}

fn text(effective: &Effective, values: &[Shown]) -> String {
    let plain = |value: &Json| match value {
        Json::Null => "(none)".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.is_empty() => "(none)".to_owned(),
        Json::Array(items) => items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let mut rows = vec![["NAME".to_owned(), "VALUE".to_owned(), "FROM".to_owned()]];
    let mut row = |name: &str, value: &Json, source: &Source| {
        rows.push([name.to_owned(), plain(value), source.to_string()]);
    };
    for shown in values {
        row(shown.name, &shown.value, &shown.source);
    }
    for file in effective.layers.files() {
        let at = |line: usize| Source::File { path: file.path.clone(), line };
        for (alias, preferences) in &file.devices {
            for (name, value, line) in device(preferences) {
                row(&format!("devices.{alias}.{name}"), &value, &at(line));
            }
        }
        for (name, group) in &file.groups {
            row(&format!("groups.{name}"), &group.value.clone().into(), &at(group.line));
        }
    }
    // Not a table that fits the width of a terminal: a path stays in one piece.
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max();
    let (first, second) = (width(0).unwrap_or_default(), width(1).unwrap_or_default());
    rows.iter().map(|[name, value, source]| format!("{name:first$}  {value:second$}  {source}\n")).collect()
}
