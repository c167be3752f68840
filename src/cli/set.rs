use super::change::{self, Outcome, Plan, Request, UpdateKeys, Watch};
use super::connect::Connect;
use super::hosts::each;
use super::values::{self, Assignment};
use crate::config::backups::restore_command;
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::settings::{Change, Readback};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, answer_json, confirm};
use clap::Args as ClapArgs;
use std::process::ExitCode;
use std::time::Duration;

/// Change settings, and leave the others as they are
///
/// Reads the settings, shows old and new, sends only what differs, reads back and compares. When nothing differs, nothing
/// is sent. All values are checked before anything is sent. The previous settings are kept in a backup.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// What to change; FIELD=@FILE and FIELD=@- read the value from a file, as keys should be; an empty key clears it
    #[arg(value_name = "FIELD=VALUE", value_parser = Assignment, hide_possible_values = true, required_unless_present = "from")]
    assignments: Vec<String>,
    /// Settings as JSON: an object, or a document with a `settings` object, such as a backup or a probe's result
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    from: Option<String>,
    #[command(flatten)]
    how: How,
}

/// How a write is made.
#[derive(Debug, Clone, ClapArgs)]
pub struct How {
    /// Show what would change, and send nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Ask no questions
    #[arg(short, long)]
    pub yes: bool,
    /// Do not read back after the write
    #[arg(long)]
    pub no_verify: bool,
    /// Keep no backup of the previous settings
    #[arg(long)]
    pub no_backup: bool,
    /// Wait until the meter's status is OK, for this long at most
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60", value_parser = super::connect::seconds)]
    pub wait: Option<Duration>,
    /// When to send keys, which a gateway does not show
    #[arg(long, value_name = "WHEN", default_value = "always")]
    pub update_keys: UpdateKeys,
}

/// Changes.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let mut stdin = Stdin::default();
    values::stdin_once(&args.assignments, args.from.as_deref(), connect)?;
    let wanted = values::gather(&args.assignments, args.from.as_deref(), ui, &mut stdin)?;
    values::not_empty(&wanted)?;
    let request = Request::new(wanted, false, &args.how);
    make(&request, &args.how, connect, ui, &mut stdin)
}

impl Request {
    pub(super) fn new(wanted: crate::settings::Wanted, replace: bool, how: &How) -> Self {
        Request {
            wanted,
            replace,
            dry_run: how.dry_run,
            verify: !how.no_verify,
            backup: !how.no_backup,
            wait: how.wait,
            update_keys: how.update_keys,
        }
    }
}

/// Makes the change at every gateway, and shows it.
pub(super) fn make(
    request: &Request,
    how: &How,
    connect: &Connect,
    ui: &Ui,
    stdin: &mut Stdin,
) -> Result<ExitCode> {
    let mut gateways = connect.gateways(ui, stdin)?;
    let several = gateways.several;
    let watch = Terminal { ui, request, ask: request.replace && !how.yes };
    gateways.asking = watch.ask && !request.dry_run;
    each(&gateways, ui, |gateway| {
        let outcome = change::apply(gateway, request, &watch)?;
        show(&outcome, several, ui);
        match outcome.failure {
            Some(error) => Err(error),
            None => Ok(ExitCode::SUCCESS),
        }
    })
}

/// Shows a change while it is made.
struct Terminal<'a> {
    ui: &'a Ui,
    request: &'a Request,
    ask: bool,
}

impl Watch for Terminal<'_> {
    fn plan(&self, plan: &Plan) -> Result<()> {
        let (ui, request) = (self.ui, self.request);
        let ask = self.ask && !request.dry_run && !plan.changes.is_empty();
        let text = preview(plan, request);
        if request.dry_run && !ui.json {
            answer(&text);
        } else if !plan.changes.is_empty() && (ask || !ui.json) {
            if ask { ui.ask_about(text.trim_end()) } else { ui.note(text.trim_end()) }
        }
        for advice in &plan.advice {
            ui.advice(advice);
        }
        if !ask {
            return Ok(());
        }
        let refuse = |what: &str| Error::new(Kind::Usage, format!("{}: {what}; nothing was sent", plan.host));
        match confirm("Replace all settings?") {
            Some(true) => Ok(()),
            Some(false) => Err(refuse("not confirmed")),
            None => Err(refuse("a full replace has to be confirmed")
                .hint("--yes confirms it, --dry-run only shows it")),
        }
    }

    fn meter(&self, status: &str, waited: Duration) {
        if self.ui.live() {
            self.ui.status(&format!("meter: {status} ({} s)", waited.as_secs()));
        }
    }
}

/// What will change, for people.
fn preview(plan: &Plan, request: &Request) -> String {
    if plan.changes.is_empty() {
        return format!("{}: unchanged\n", plan.host);
    }
    let mut table = Table::new(&[]);
    for change in &plan.changes {
        table.row([
            (format!("  {}", change.name), Look::Plain),
            (change.from_text(), Look::Faint),
            ("→".into(), Look::Faint),
            (change.to_text(), Look::Strong),
            (remark(change).into(), Look::Faint),
        ]);
    }
    let what = match (request.replace, request.dry_run) {
        (false, false) => "changing",
        (false, true) => "would change",
        (true, false) => "replacing all settings, which changes",
        (true, true) => "a full replace would change",
    };
    format!("{}: {what}\n{}", plan.host, table.render())
}

fn remark(change: &Change) -> &'static str {
    match (change.reset, change.field.is_some_and(|f| f.is_hidden())) {
        (false, _) => "",
        (true, true) => "not given, so cleared",
        (true, false) => "not given, so back to default",
    }
}

/// What was done.
fn show(outcome: &Outcome, several: bool, ui: &Ui) {
    ui.clear_status();
    let host = &outcome.plan.host;
    if outcome.sent
        && let Some(backup) = &outcome.backup
    {
        ui.note(&format!(
            "backup of the previous settings, without keys; this puts them back:\n  {}",
            restore_command(host, backup)
        ));
    }
    for readback in &outcome.readback {
        match readback {
            Readback::Rounded { name, got } => {
                ui.note(&format!("{host} keeps {name} as {got}: it has fewer digits"))
            }
            Readback::Hidden { name } => {
                ui.note(&format!("{name} cannot be read back: the gateway hides it"))
            }
            Readback::Differs { .. } => {}
        }
    }
    if ui.json {
        answer_json(&outcome.to_json(), several);
        return;
    }
    if outcome.dry_run || outcome.failure.is_some() && !outcome.sent {
        return;
    }
    let count = match outcome.plan.changes.len() {
        0 => "unchanged".to_owned(),
        1 => "1 setting changed".to_owned(),
        n => format!("{n} settings changed"),
    };
    let checked = match (outcome.plan.changes.is_empty(), outcome.verified, &outcome.failure) {
        (true, ..) => "",
        (false, true, _) => ", read back and compared",
        (false, false, None) => ", not read back",
        (false, false, Some(_)) => return,
    };
    let meter = match (&outcome.meter, &outcome.failure) {
        (Some(status), None) => format!(", meter {status}"),
        _ => String::new(),
    };
    answer(&format!("{host}: {count}{checked}{meter}\n"));
}
