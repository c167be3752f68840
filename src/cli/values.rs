//! Settings from the command line: `FIELD=VALUE`, `FIELD=@FILE`, documents.

use super::connect::Connect;
use crate::config::secrets::{self, Stdin, read_text};
use crate::error::{Error, Kind, Result};
use crate::settings::{self, FIELDS, Input, Wanted};
use crate::ui::Ui;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

/// Reads what the command line gives: assignments, and a document.
///
/// # Errors
/// [`Kind::Usage`] with every problem of all of it.
pub fn gather(assignments: &[String], from: Option<&str>, ui: &Ui, stdin: &mut Stdin) -> Result<Wanted> {
    let mut input = Input::default();
    if let Some(from) = from {
        let text = read_text(from, "settings", stdin)?;
        let origin = if from == "-" { "standard input" } else { from };
        input.document(&text, origin)?;
        let probe = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
        if probe.get("found") == Some(&false.into()) {
            ui.warn(&format!("{origin} is of a probe that decoded no message: its settings are not proven"));
        }
    }
    let mut typed = false;
    for argument in assignments {
        let Some((name, value)) = input.split(argument) else { continue };
        match value.strip_prefix('@') {
            Some(file) => {
                let secret = settings::field(name).is_some_and(settings::Field::is_hidden);
                // The name decides whether the file is worth reading.
                if settings::field(name).is_none() {
                    input.assign(name, "");
                    continue;
                }
                let text = if secret {
                    secrets::read_secret(file, name, stdin)?
                } else {
                    read_text(file, name, stdin)?
                };
                if let Some(warning) =
                    Some(file).filter(|_| secret).and_then(|f| secrets::exposed(f, "a key"))
                {
                    ui.warn(&warning);
                }
                input.assign(name, text.trim());
            }
            None => {
                typed |= settings::field(name).is_some_and(settings::Field::is_hidden)
                    && !value.is_empty()
                    && value.bytes().any(|c| c != b'0');
                input.assign(name, value);
            }
        }
    }
    let wanted = input.finish()?;
    if typed {
        ui.warn(
            "others on this computer can see a key on the command line: give it as FIELD=@FILE or FIELD=@-",
        );
    }
    for hidden in &wanted.hidden {
        ui.note(&format!(
            "{name} is hidden in the document: it is not known which key that is; {name}=@FILE gives one, {name}= clears it",
            name = hidden.name
        ));
    }
    Ok(wanted)
}

/// Refuses standard input wanted for two things, before it is read for the first of them.
///
/// # Errors
/// [`Kind::Usage`].
pub fn stdin_once(assignments: &[String], from: Option<&str>, connect: &Connect) -> Result<()> {
    let keys = assignments.iter().filter_map(|a| a.split_once('=')).filter(|(_, value)| *value == "@-");
    let others = [
        ("the settings", from),
        ("the gateways", connect.hosts_file.as_deref()),
        ("the password", connect.password_file.as_deref()),
    ];
    let others = others.into_iter().filter(|(_, from)| *from == Some("-"));
    let mut wanted = keys.map(|(name, _)| name).chain(others.map(|(what, _)| what));
    match (wanted.next(), wanted.next()) {
        (Some(one), Some(other)) => {
            Err(Error::new(Kind::Usage, format!("standard input cannot be both {one} and {other}"))
                .hint("give one of them as a file; nothing was sent"))
        }
        _ => Ok(()),
    }
}

/// Refuses a request that names nothing.
///
/// # Errors
/// [`Kind::Usage`].
pub fn not_empty(wanted: &Wanted) -> Result<()> {
    if wanted.is_empty() {
        return Err(Error::new(Kind::Usage, "no settings are given")
            .hint("write FIELD=VALUE, or --from FILE; `wwctl fields` lists the fields"));
    }
    Ok(())
}

/// A field's name: completed by shells, checked by us with all problems at once.
#[derive(Debug, Clone)]
pub struct FieldName;

impl TypedValueParser for FieldName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FIELDS.iter().map(|f| PossibleValue::new(f.name).help(f.meaning))))
    }
}

/// `FIELD=VALUE`: the names are completed.
#[derive(Debug, Clone)]
pub struct Assignment;

impl TypedValueParser for Assignment {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        FieldName.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FIELDS.iter().map(|f| PossibleValue::new(format!("{}=", f.name)).help(f.meaning))))
    }
}
