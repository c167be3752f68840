use super::change::unsettled;
use super::connect::Connect;
use super::hosts::{Gateway, each};
use crate::config::secrets::{Stdin, read_text};
use crate::decode::Decimal;
use crate::error::{Error, Kind, Result};
use crate::gateway::Written;
use crate::settings::{
    Code, ScalerChanges, Scalers, scaler_assignments, scaler_document, scalers_of, scalers_to_json,
};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, answer_json};
use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// The powers of ten that scale the meter's values
///
/// Your own scalers act only with scalers_set=custom.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What the gateway applies now
    Current,
    /// Your own scalers
    Get,
    Set(SetArgs),
}

/// Change your own scalers
///
/// With OBIS=N: these, and the others stay. With --from: the document is the whole list.
#[derive(Debug, ClapArgs)]
struct SetArgs {
    /// Code C.D.E (E 255 = every E) and power of ten, -6 to 6; OBIS= takes one out
    #[arg(value_name = "OBIS=N", required_unless_present = "from", conflicts_with = "from")]
    assignments: Vec<String>,
    /// The whole list as JSON, as `wwctl scalers get --json` prints it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    from: Option<String>,
    /// Show what would change, and send nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not read back after the write
    #[arg(long)]
    no_verify: bool,
}

/// Reads or changes.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let mut stdin = Stdin::default();
    let set = match &args.command {
        Command::Set(set) => Some((set, wanted(set, &mut stdin)?)),
        _ => None,
    };
    let gateways = connect.gateways(ui, &mut stdin)?;
    let several = gateways.several;
    each(&gateways, ui, |gateway| {
        let list = match &args.command {
            Command::Current => gateway.client.scalers_current()?,
            _ => gateway.client.scalers_custom()?,
        };
        let Some((set, wanted)) = &set else {
            show(gateway, list, several, ui);
            return Ok(ExitCode::SUCCESS);
        };
        let change = Change::new(gateway, &list, wanted)?;
        let verified = change.make(gateway, set, ui)?;
        change.show(set, verified, several, ui);
        Ok(ExitCode::SUCCESS)
    })
}

enum Wanted {
    These(ScalerChanges),
    All(Scalers),
}

fn wanted(args: &SetArgs, stdin: &mut Stdin) -> Result<Wanted> {
    Ok(match &args.from {
        Some(from) => {
            let origin = if from == "-" { "standard input" } else { from };
            Wanted::All(scaler_document(&read_text(from, "scalers", stdin)?, origin)?)
        }
        None => Wanted::These(scaler_assignments(&args.assignments)?),
    })
}

fn show(gateway: &Gateway, list: Vec<Json>, several: bool, ui: &Ui) {
    let host = gateway.host();
    if ui.json {
        let list = Json::from(list);
        let value = if several { json!({"host": host, "scalers": list}) } else { list };
        return answer_json(&value, several);
    }
    if list.is_empty() {
        return ui.note(&format!("{host}: none"));
    }
    let mut table = Table::new(&["OBIS", "SCALER", "FACTOR"]);
    for entry in scalers_of(&list) {
        match entry {
            Ok((code, power)) => {
                table.row([
                    (code.to_string(), Look::Plain),
                    (power.to_string(), Look::Plain),
                    (factor(power), Look::Faint),
                ]);
            }
            Err(other) => table.row([(other.to_string(), Look::Plain)]),
        }
    }
    let head = if several { format!("# {host}\n") } else { String::new() };
    answer(&(head + &table.render()));
}

fn factor(power: i8) -> String {
    Decimal::integer(1).scaled(i16::from(power)).map_or_else(String::new, |d| format!("×{d}"))
}

/// What a write does to the list of one gateway.
struct Change {
    host: String,
    after: Scalers,
    steps: Vec<(Code, Option<i8>, Option<i8>)>,
}

impl Change {
    fn new(gateway: &Gateway, list: &[Json], wanted: &Wanted) -> Result<Self> {
        let read = scalers_of(list);
        if let (Wanted::These(_), Some(Err(other))) = (wanted, read.iter().find(|entry| entry.is_err())) {
            let what = format!("{}: the list holds an entry that would be lost: {other}", gateway.host());
            return Err(
                Error::new(Kind::Refused, what).hint("give the whole list with --from; nothing was sent")
            );
        }
        let before: Scalers = read.into_iter().flatten().collect();
        let after = match wanted {
            Wanted::All(all) => all.clone(),
            Wanted::These(changes) => {
                let mut after = before.clone();
                for (code, power) in changes {
                    match power {
                        Some(power) => after.insert(*code, *power),
                        None => after.remove(code),
                    };
                }
                after
            }
        };
        let codes: std::collections::BTreeSet<Code> = before.keys().chain(after.keys()).copied().collect();
        let steps =
            codes.into_iter().map(|code| (code, before.get(&code).copied(), after.get(&code).copied()));
        let steps = steps.filter(|(_, from, to)| from != to).collect();
        Ok(Change { host: gateway.host().to_owned(), after, steps })
    }

    /// Writes, and says whether it was read back.
    fn make(&self, gateway: &Gateway, args: &SetArgs, ui: &Ui) -> Result<bool> {
        if !self.steps.is_empty() && !ui.json {
            let text = self.preview(args.dry_run);
            if args.dry_run { answer(&text) } else { ui.note(text.trim_end()) }
        }
        if args.dry_run || self.steps.is_empty() {
            return Ok(!args.dry_run);
        }
        let list = scalers_to_json(&self.after);
        let client = &gateway.client;
        let mut written = client.set_scalers_custom(&list)?;
        if written == Written::AnswerLost && self.difference(gateway)?.is_some() {
            written = client.set_scalers_custom(&list).map_err(unsettled)?;
        }
        if args.no_verify && written == Written::Acknowledged {
            return Ok(false);
        }
        match self.difference(gateway)? {
            None => Ok(true),
            Some(what) => Err(Error::new(
                Kind::NotAsAsked,
                format!("{}: the scalers were written, but read back otherwise: {what}", self.host),
            )),
        }
    }

    /// What the gateway has otherwise than it should.
    fn difference(&self, gateway: &Gateway) -> Result<Option<String>> {
        let list = gateway.client.scalers_custom().map_err(unsettled)?;
        let got: Scalers = scalers_of(&list).into_iter().flatten().collect();
        let mut codes = got.keys().chain(self.after.keys());
        let wrong = codes.find(|code| got.get(code) != self.after.get(code)).copied();
        let text = |power: Option<&i8>| power.map_or("none".to_owned(), i8::to_string);
        Ok(wrong
            .map(|code| format!("{code} is {}, not {}", text(got.get(&code)), text(self.after.get(&code)))))
    }

    fn preview(&self, dry_run: bool) -> String {
        let text = |power: Option<i8>| power.map_or("(none)".to_owned(), |p| p.to_string());
        let mut table = Table::new(&[]);
        for (code, from, to) in &self.steps {
            table.row([
                (format!("  {code}"), Look::Plain),
                (text(*from), Look::Faint),
                ("→".into(), Look::Faint),
                (text(*to), Look::Strong),
            ]);
        }
        let what = if dry_run { "would change" } else { "changing" };
        format!("{}: {what}\n{}", self.host, table.render())
    }

    fn show(&self, args: &SetArgs, verified: bool, several: bool, ui: &Ui) {
        if !self.steps.is_empty() && !args.dry_run {
            ui.note("custom scalers act only with scalers_set=custom");
        }
        if ui.json {
            let steps = self
                .steps
                .iter()
                .map(|(code, from, to)| json!({"field": code.to_string(), "from": from, "to": to}));
            let mut object = json!({
                "schema": "wwctl.change.v1", "host": self.host, "changed": !self.steps.is_empty(), "verified": verified,
                "changes": steps.collect::<Vec<_>>(), "backup": null
            });
            if let (true, Some(object)) = (args.dry_run, object.as_object_mut()) {
                object.insert("dry_run".into(), true.into());
            }
            return answer_json(&object, several);
        }
        match (self.steps.len(), args.dry_run, verified) {
            (0, ..) => answer(&format!("{}: unchanged\n", self.host)),
            (_, true, _) => {}
            (n, _, verified) => {
                let checked = if verified { "read back and compared" } else { "not read back" };
                answer(&format!(
                    "{}: {n} scaler{} changed, {checked}\n",
                    self.host,
                    if n == 1 { "" } else { "s" }
                ));
            }
        }
    }
}
