use super::change::Request;
use super::connect::Connect;
use super::set::{How, make};
use super::values::{self, Assignment};
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::settings::{Value, Wanted};
use crate::ui::Ui;
use clap::Args as ClapArgs;
use std::process::ExitCode;

/// Replace all settings: what is not named goes back to factory default
///
/// Shows the whole effect first: fields that go back to their default, and keys that are cleared because they are not
/// given. Asks at a terminal; elsewhere it needs --yes. The document sent is complete.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Settings as JSON (- for standard input), or FIELD=VALUE
    #[arg(value_name = "FILE|FIELD=VALUE", value_parser = Assignment, hide_possible_values = true, required_unless_present = "from")]
    given: Vec<String>,
    /// Settings as JSON: an object, or a document with a `settings` object, such as a backup
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    from: Option<String>,
    /// Allow encryption=true without an encryption key
    #[arg(long)]
    allow_missing_key: bool,
    #[command(flatten)]
    how: How,
}

/// Replaces.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let mut stdin = Stdin::default();
    let (assignments, files): (Vec<String>, Vec<String>) =
        args.given.iter().cloned().partition(|a| is_assignment(a));
    let mut files = files.into_iter().chain(args.from.clone());
    let file = files.next();
    if let Some(second) = files.next() {
        let what = format!("only one document can be given, not also {second}");
        return Err(Error::new(Kind::Usage, what).hint("settings on the command line are FIELD=VALUE"));
    }
    values::stdin_once(&assignments, file.as_deref(), connect)?;
    let wanted = values::gather(&assignments, file.as_deref(), ui, &mut stdin)?;
    if !args.allow_missing_key {
        key_present(&wanted)?;
    }
    for hidden in &wanted.hidden {
        ui.warn(&format!("{} is not in the document, only its mask: it will be cleared", hidden.name));
    }
    make(&Request::new(wanted, true, &args.how), &args.how, connect, ui, &mut stdin)
}

/// A name in front of a `=`; a file of such a name can be written `./name=x`.
fn is_assignment(argument: &str) -> bool {
    argument.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-'))
    })
}

/// A full replace clears the keys that are not given; encryption without one leaves the gateway deaf.
fn key_present(wanted: &Wanted) -> Result<()> {
    let encrypted = wanted.get("encryption") == Some(&Value::Boolean(true));
    if encrypted && !matches!(wanted.get("encryption_key"), Some(Value::Key(_))) {
        return Err(Error::new(
            Kind::Usage,
            "encryption=true without an encryption_key: a full replace clears the key that the gateway has",
        )
        .hint("give encryption_key=@FILE too, change single settings with `wwctl set`, or insist with --allow-missing-key; nothing was sent"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_assignments_are_told_apart() {
        for (argument, assignment) in [
            ("baudrate=1", true),
            ("x.json", false),
            ("-", false),
            ("./a=b", false),
            ("a=", true),
            ("=x", false),
            ("dir/a=b.json", false),
        ] {
            assert_eq!(is_assignment(argument), assignment, "{argument}");
        }
    }
}
