use super::apply::Members;
use super::apply::roll_out::{self, Rules, Task};
use super::change::{Request, UpdateKeys};
use super::connect::Connect;
use super::effective::Effective;
use super::hosts::reach;
use crate::config::inventory::Inventory;
use crate::config::journal::{self, Past};
use crate::config::layers::Host;
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::settings::{Field, FromJson, Object, Value, Wanted, field};
use crate::ui::Ui;
use clap::Args as ClapArgs;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Put back what a roll-out changed
///
/// Reads the journal of `wwctl apply` and gives every setting that it changed its former value. A gateway that was changed
/// by others since is left alone. Keys cannot be put back: the gateways never showed them.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The journal
    #[arg(value_name = "JOURNAL", value_hint = clap::ValueHint::FilePath)]
    journal: PathBuf,
    /// Show what would be put back, and send nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Also where the settings were changed since the roll-out
    #[arg(long)]
    force: bool,
    /// Wait until each meter's status is OK, for this long at most
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60", value_parser = super::connect::seconds)]
    wait: Option<Duration>,
}

/// Puts back.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let past = Past::read(&args.journal)?;
    let effective = Effective::load(connect)?;
    // The inventory knows passwords of gateways; without it the configuration alone has to do.
    let members = Inventory::read(&past.inventory).and_then(|i| Members::of(i, &effective));
    if let Err(error) = &members {
        ui.note(&format!("going on without the inventory: {}", error.message()));
    }
    let known = members.as_ref().map(Members::by_host).unwrap_or_default();
    let (mut hosts, mut own, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    let mut wanted = Vec::new();
    for name in &past.order {
        let Some(host) = past.hosts.get(name) else { continue };
        if host.fields.iter().any(|f| field(f).is_some_and(Field::is_hidden)) {
            keys.push(name.as_str());
        }
        let before = former(name, host, ui);
        if before.is_empty() {
            continue;
        }
        wanted.push(before);
        let found = known.get(name.as_str());
        hosts.push(match found {
            Some((host, _)) => (*host).clone(),
            None => Host { name: name.clone(), address: name.clone(), device: None },
        });
        own.push(found.map(|(_, preferences)| (*preferences, past.inventory.as_path())));
    }
    if !keys.is_empty() {
        ui.warn(&format!(
            "keys cannot be put back, because gateways do not show them; this roll-out changed those of {}",
            keys.join(", ")
        ));
    }
    if hosts.is_empty() {
        return Err(Error::new(
            Kind::Usage,
            format!("{}: this roll-out changed nothing that can be put back", args.journal.display()),
        ));
    }
    let fleet = reach(&effective, hosts.iter().zip(own), ui, &mut Stdin::default())?;
    let tasks: Vec<Task> = fleet
        .iter()
        .zip(wanted)
        .map(|(gateway, wanted)| Task {
            gateway,
            name: &gateway.name,
            line: 0,
            request: Request {
                wanted,
                replace: false,
                dry_run: args.dry_run,
                verify: true,
                backup: true,
                wait: args.wait.filter(|_| !args.dry_run),
                update_keys: UpdateKeys::Always,
            },
            past: None,
            expected: past
                .hosts
                .get(gateway.host())
                .filter(|host| !args.force && host.is_settled())
                .map(|host| &host.asked),
            settled: false,
        })
        .collect();
    let rules = Rules { jobs: fleet.jobs, canary: 0, max_failures: None, journal: None };
    let done = roll_out::run(&tasks, &rules, ui)?;
    let code = done.end(None, ui);
    // Showing what would be put back is what was asked for: no status of its own.
    Ok(if args.dry_run && done.complete() { ExitCode::SUCCESS } else { code })
}

/// The former values of what was changed at one gateway, without keys.
fn former(name: &str, host: &journal::Host, ui: &Ui) -> Wanted {
    let none = Object::new();
    let before = host.before.as_ref().unwrap_or(&none);
    let mut wanted = Wanted::default();
    for changed in &host.fields {
        let Some(f) = field(changed).filter(|f| !f.is_hidden()) else { continue };
        match before.get(changed).and_then(|value| value_of(f, value)) {
            Some(value) => wanted.values.push((f, value)),
            None => {
                ui.warn(&format!("{name}: the journal has no former value of {changed} that can be written"))
            }
        }
    }
    wanted
}

/// A value as the gateway gave it; some firmware gives a choice as a number.
fn value_of(f: &Field, value: &Json) -> Option<Value> {
    let as_text = value.as_number().map(|n| Json::String(n.to_string()));
    [Some(value.clone()), as_text].into_iter().flatten().find_map(|json| match f.from_json(&json) {
        Ok(FromJson::Value(value)) => Some(value),
        _ => None,
    })
}
