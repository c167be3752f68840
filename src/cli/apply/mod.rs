use super::change::{Request, UpdateKeys};
use super::connect::Connect;
use super::effective::Effective;
use super::hosts::{Fleet, reach};
use crate::config::backups;
use crate::config::file::{At, Preferences};
use crate::config::inventory::{self, Inventory, State};
use crate::config::journal::{Journal, Past};
use crate::config::layers::Host;
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::gateway::Target;
use crate::settings::Wanted;
use crate::ui::Ui;
use clap::Args as ClapArgs;
use report::Report;
use roll_out::{Rules, Task};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

pub(super) mod report;
pub(super) mod roll_out;

/// Bring a fleet of gateways to the state that a file declares
///
/// The inventory is TOML, or CSV with a header of field names and a gateway a row; @FILE values are read from beside it.
/// Everything is checked before anything is sent. Only what differs is written, and read back. A journal makes it possible
/// to go on after an interruption without repeating or skipping a gateway, and to put back what was changed. -H limits it
/// to some of the gateways in the inventory.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The inventory; with --resume that of the journal
    #[arg(value_name = "INVENTORY", value_hint = clap::ValueHint::FilePath, required_unless_present = "resume")]
    inventory: Option<PathBuf>,
    /// Show what differs, and change nothing: 0 nothing, 1 something
    #[arg(long)]
    check: bool,
    /// Wait until each meter's status is OK, for this long at most
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60", value_parser = super::connect::seconds)]
    wait: Option<Duration>,
    /// Begin no further gateway after more than so many failures, or after more than this share of all
    #[arg(long, value_name = "N|N%")]
    max_failures: Option<Limit>,
    /// Do the first N gateways before all others, which are left alone when one of these fails
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    canary: usize,
    /// Go on where this journal ends
    #[arg(long, value_name = "JOURNAL", conflicts_with_all = ["check", "journal"], value_hint = clap::ValueHint::FilePath)]
    resume: Option<PathBuf>,
    /// Go on although the inventory is another than the journal's; all its gateways are read again
    #[arg(long, requires = "resume")]
    changed_inventory: bool,
    /// Where to keep the journal, instead of the state directory
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    journal: Option<PathBuf>,
    /// When to send keys, which a gateway does not show
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    update_keys: UpdateKeys,
    /// Write what came of each gateway at the end: to - as a table, to FILE as CSV, JSON lines (.json, .jsonl) or a table (.txt)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    report: Option<PathBuf>,
}

/// A number of gateways, or a share of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Count(usize),
    Percent(usize),
}

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a number such as 5, or a share such as 2%".to_owned();
        match text.strip_suffix('%') {
            Some(share) => {
                let share = share.trim().parse().ok().filter(|p| *p <= 100);
                share.map(Limit::Percent).ok_or_else(wrong)
            }
            None => text.parse().map(Limit::Count).map_err(|_| wrong()),
        }
    }
}

impl Limit {
    fn of(self, total: usize) -> usize {
        match self {
            Limit::Count(count) => count,
            Limit::Percent(share) => total.saturating_mul(share) / 100,
        }
    }
}

/// Applies.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let past = args.resume.as_deref().map(Past::read).transpose()?;
    let path = match (&args.inventory, &past) {
        (Some(path), _) => path.clone(),
        (None, Some(past)) => past.inventory.clone(),
        (None, None) => return Err(Error::new(Kind::Usage, "no inventory is named")),
    };
    let inventory = Inventory::read(&path)?;
    let digest = digest(&inventory)?;
    let effective = Effective::load(connect)?;
    let mut members = Members::of(inventory, &effective)?;
    members.limit(connect, &effective)?;
    let same = past.as_ref().is_none_or(|past| past.digest == digest);
    if !same && !args.changed_inventory {
        return Err(Error::new(
            Kind::Usage,
            format!("{} is not what it was when this journal was written", path.display()),
        )
        .hint("put the old inventory back, begin anew without --resume, or go on with --changed-inventory, which reads every gateway again"));
    }
    let fleet = members.reach(&effective, ui)?;
    for advice in &members.inventory.advice {
        ui.advice(advice);
    }
    let report = args.report.as_deref().map(Report::create).transpose()?;
    let known = |host: &str| past.as_ref().and_then(|past| past.hosts.get(host));
    let tasks: Vec<Task> = fleet
        .iter()
        .zip(&members.inventory.gateways)
        .map(|(gateway, item)| Task {
            gateway,
            name: &item.name,
            line: item.line,
            request: Request {
                wanted: item.wanted.clone(),
                replace: item.state == State::Replaced,
                dry_run: args.check,
                verify: true,
                // The journal holds what was there before.
                backup: false,
                wait: args.wait.filter(|_| !args.check),
                update_keys: args.update_keys,
            },
            past: known(gateway.host()),
            expected: None,
            settled: same && known(gateway.host()).is_some_and(|host| host.is_settled()),
        })
        .collect();
    let journal = match &args.resume {
        _ if args.check => None,
        Some(path) => Some(Journal::append_to(path)?),
        None => Some(new_journal(args.journal.as_deref(), &path)?),
    };
    let again = journal
        .as_ref()
        .map(|j| format!("wwctl apply --resume {}", backups::shell_word(&j.path().display().to_string())));
    if let (Some(journal), Some(again)) = (&journal, &again) {
        let absolute = std::path::absolute(&path).unwrap_or(path);
        journal.start(&absolute, &digest, tasks.len(), &roll_out::now())?;
        ui.note(&format!("journal: {}\nif this is cut off, go on with: {again}", journal.path().display()));
    }
    let rules = Rules {
        jobs: fleet.jobs,
        canary: args.canary,
        max_failures: args.max_failures.map(|limit| limit.of(tasks.len())),
        journal: journal.as_ref(),
    };
    let done = roll_out::run(&tasks, &rules, ui)?;
    let code = done.end(journal.as_ref().map(Journal::path), ui);
    if let (Some(report), Some(path)) = (report, &args.report) {
        report.write(&done.rows).map_err(|e| {
            Error::new(Kind::Other, format!("cannot write the report {}: {e}", path.display()))
        })?;
    }
    if let (Some(again), Some(journal)) = (again, &journal)
        && !done.complete()
    {
        ui.note(&format!(
            "what is left: {again}\nput back what was changed: wwctl restore {}",
            backups::shell_word(&journal.path().display().to_string())
        ));
    }
    Ok(code)
}

/// The gateways of an inventory, with what the configuration knows of each.
pub(super) struct Members {
    pub inventory: Inventory,
    hosts: Vec<Host>,
    own: Vec<Preferences>,
    targets: Vec<Target>,
}

impl Members {
    /// Looks up aliases, and checks that every row is a gateway of its own.
    ///
    /// # Errors
    /// Kind `Usage` with every row that is not.
    pub fn of(inventory: Inventory, effective: &Effective) -> Result<Self> {
        let (mut hosts, mut own, mut targets, mut problems) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut lines: HashMap<Target, usize> = HashMap::new();
        for item in &inventory.gateways {
            let mut found = effective.layers.hosts(&[&item.host])?;
            let mut problem =
                |what: String| problems.push(format!("{}:{}: {what}", inventory.path.display(), item.line));
            let host = match (found.pop(), found.is_empty()) {
                (Some(host), true) if host.device.is_some() || host.name == item.host => host,
                _ => {
                    problem(format!("`{}` is a group; name one gateway", item.host));
                    continue;
                }
            };
            match Target::parse(&host.address) {
                Ok(target) => {
                    if let Some(first) = lines.insert(target.clone(), item.line) {
                        problem(format!("{target} is in line {first} already"));
                    }
                    targets.push(target);
                }
                Err(error) => problem(error.message().to_owned()),
            }
            hosts.push(host);
            own.push(Preferences {
                auth: item.auth.clone().map(|value| At { value, line: item.line }),
                password: item.password.clone().map(|value| At { value, line: item.line }),
                ..Preferences::default()
            });
        }
        if problems.is_empty() {
            return Ok(Members { inventory, hosts, own, targets });
        }
        Err(Error::new(Kind::Usage, problems.join("\n")).hint("nothing was sent"))
    }

    /// Keeps only the gateways that `-H` or `--hosts-file` name.  The environment's host is for other commands.
    fn limit(&mut self, connect: &Connect, effective: &Effective) -> Result<()> {
        if connect.host.is_empty() && connect.hosts_file.is_none() {
            return Ok(());
        }
        let names = connect.names(effective, &mut Stdin::default())?;
        let mut chosen = Vec::new();
        for host in effective.layers.hosts(&names)? {
            let named = |item: &inventory::Gateway| item.name == host.name || item.host == host.name;
            let target = Target::parse(&host.address);
            let at = self.targets.iter().position(|known| target.as_ref() == Ok(known));
            match at.or_else(|| self.inventory.gateways.iter().position(named)) {
                Some(at) => chosen.push(at),
                None => {
                    let what = format!("{} is not in {}", host.name, self.inventory.path.display());
                    return Err(Error::new(Kind::Usage, what).hint("nothing was sent"));
                }
            }
        }
        let mut index = 0..;
        self.inventory.gateways.retain(|_| index.next().is_some_and(|i| chosen.contains(&i)));
        let mut index = 0..;
        self.hosts.retain(|_| index.next().is_some_and(|i| chosen.contains(&i)));
        let mut index = 0..;
        self.own.retain(|_| index.next().is_some_and(|i| chosen.contains(&i)));
        let mut index = 0..;
        self.targets.retain(|_| index.next().is_some_and(|i| chosen.contains(&i)));
        Ok(())
    }

    /// Clients for all, in the inventory's order.
    fn reach(&self, effective: &Effective, ui: &Ui) -> Result<Fleet> {
        let path = self.inventory.path.as_path();
        let members = self.hosts.iter().zip(&self.own).map(|(host, own)| (host, Some((own, path))));
        reach(effective, members, ui, &mut Stdin::default())
    }

    /// What is known of each gateway, by the name under which journals have it.
    pub fn by_host(&self) -> HashMap<&str, (&Host, &Preferences)> {
        let known = self.hosts.iter().zip(&self.own);
        self.targets.iter().map(Target::host).zip(known).collect()
    }
}

/// Of the file, and of the values that it takes from other files.
fn digest(inventory: &Inventory) -> Result<String> {
    let text = std::fs::read(&inventory.path)
        .map_err(|e| Error::new(Kind::Usage, format!("cannot read {}: {e}", inventory.path.display())))?;
    let mut hash = Sha256::new();
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(&text);
    for gateway in &inventory.gateways {
        let Wanted { values, .. } = &gateway.wanted;
        for (field, value) in values {
            hash.update(format!("{}={}\n", field.name, value.to_wire()));
        }
    }
    Ok(hex::encode(hash.finalize()))
}

/// A new journal: where the user wants it, or in the state directory.
fn new_journal(wanted: Option<&Path>, inventory: &Path) -> Result<Journal> {
    if let Some(path) = wanted {
        return Journal::create(path);
    }
    let folder = backups::state_folder("journals").ok_or_else(|| {
        Error::new(Kind::Other, "there is no home folder to keep a journal in")
            .hint("set XDG_STATE_HOME, or say where with --journal; nothing was sent")
    })?;
    backups::make_private(&folder).map_err(|e| {
        Error::new(Kind::Other, format!("cannot make {}: {e}", folder.display()))
            .hint("set XDG_STATE_HOME, or say where with --journal; nothing was sent")
    })?;
    let stem = inventory.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    Journal::create(&folder.join(format!("{stem}-{time}-{}.jsonl", std::process::id())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let of = |text: &str| text.parse::<Limit>().map(|l| l.of(250));
        assert_eq!((of("5"), of("2%"), of("0"), of("100%")), (Ok(5), Ok(5), Ok(0), Ok(250)));
        assert!(of("101%").is_err() && of("-1").is_err() && of("x").is_err());
    }
}
