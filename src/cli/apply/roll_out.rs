//! A change at every gateway of a fleet: journalled, stopped in time, each gateway shown when it is done.

use crate::cli::change::{self, Plan, Request, Watch};
use crate::cli::fleet::Progress;
use crate::cli::hosts::Gateway;
use crate::config::journal::{self, Journal};
use crate::error::{Error, Kind, Result};
use crate::gateway::pool;
use crate::settings::{Change, Field, Object, equal, field, shown};
use crate::ui::{Ui, interrupt, report as tell};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// One gateway of a roll-out.
pub struct Task<'a> {
    /// The gateway.
    pub gateway: &'a Gateway,
    /// What the inventory calls it.
    pub name: &'a str,
    /// Its line in the inventory; 0 for none.
    pub line: usize,
    /// What is to be done.
    pub request: Request,
    /// What a journal tells of it.
    pub past: Option<&'a journal::Host>,
    /// What has to be there still: settings that somebody changed since are not written over.
    pub expected: Option<&'a Object>,
    /// An earlier run finished it: it is not asked again.
    pub settled: bool,
}

/// How a roll-out goes.
pub struct Rules<'a> {
    /// Gateways at once.
    pub jobs: usize,
    /// So many first; the others only when none of these failed.
    pub canary: usize,
    /// More failures than this stop it.
    pub max_failures: Option<usize>,
    /// Where it is written down.
    pub journal: Option<&'a Journal>,
}

/// What came of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was written, and is as asked.
    Changed,
    /// It would be written.
    Differs,
    /// It was as asked already.
    Unchanged,
    /// An earlier run finished it.
    Settled,
    /// It was written, and is not as asked.
    NotAsAsked,
    /// It could not be done.
    Failed,
    /// It was not begun.
    NotBegun,
}

impl Outcome {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Changed => "changed",
            Outcome::Differs => "differs",
            Outcome::Unchanged => "unchanged",
            Outcome::Settled => "settled",
            Outcome::NotAsAsked => "not_as_asked",
            Outcome::Failed => "failed",
            Outcome::NotBegun => "not_begun",
        }
    }

    /// In a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Outcome::Differs => "would change",
            Outcome::Settled => "done before",
            Outcome::NotAsAsked => "not as asked",
            Outcome::NotBegun => "not begun",
            other => other.as_str(),
        }
    }

    /// It did not go as it should.
    pub const fn is_bad(self) -> bool {
        matches!(self, Outcome::NotAsAsked | Outcome::Failed)
    }
}

/// What came of a gateway, in full.
#[derive(Debug)]
pub struct Row {
    /// The gateway's address.
    pub host: String,
    /// What the inventory calls it.
    pub name: String,
    /// Its line in the inventory.
    pub line: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// What changed, or would.
    pub changes: Vec<Change>,
    /// Settings that contradict each other.
    pub advice: Vec<String>,
    /// The meter's last status.
    pub meter: Option<String>,
    /// What went wrong.
    pub error: Option<Error>,
    /// How long it took.
    pub time: Duration,
}

impl Row {
    fn of(task: &Task, outcome: Outcome) -> Self {
        Row {
            host: task.gateway.host().to_owned(),
            name: task.name.to_owned(),
            line: task.line,
            outcome,
            changes: Vec::new(),
            advice: Vec::new(),
            meter: None,
            error: None,
            time: Duration::ZERO,
        }
    }

    /// `wwctl.apply.v1`.
    pub fn to_json(&self) -> Json {
        let mut object = json!({
            "schema": "wwctl.apply.v1", "host": self.host, "name": self.name, "line": self.line,
            "outcome": self.outcome.as_str(),
            "changes": self.changes.iter().map(Change::to_json).collect::<Vec<_>>(),
            "seconds": (self.time.as_secs_f64() * 1000.0).round() / 1000.0,
        });
        if let Some(object) = object.as_object_mut() {
            if !self.advice.is_empty() {
                object.insert("advice".into(), self.advice.clone().into());
            }
            if let Some(status) = &self.meter {
                object.insert("meter".into(), json!({ "status": status }));
            }
            if let Some(error) = &self.error {
                object.insert("error".into(), error.to_json());
            }
        }
        object
    }

    fn text(&self) -> String {
        let name = if self.name == self.host { String::new() } else { format!(" ({})", self.name) };
        let steps: Vec<String> =
            self.changes.iter().map(|c| format!("{} {} → {}", c.name, c.from_text(), c.to_text())).collect();
        let steps = if steps.is_empty() { String::new() } else { format!(": {}", steps.join(", ")) };
        let meter = self.meter.as_ref().map(|m| format!("; meter {m}")).unwrap_or_default();
        format!("{}{name} {}{steps}{meter}\n", self.host, self.outcome.words())
    }
}

/// What came of a roll-out.
pub struct Done {
    /// Every gateway, in the inventory's order.
    pub rows: Vec<Row>,
    /// Why it stopped before its end.
    stopped: Option<String>,
    start: Instant,
}

impl Done {
    /// Nothing is left to do.
    pub fn complete(&self) -> bool {
        !self.rows.iter().any(|r| r.outcome.is_bad() || r.outcome == Outcome::NotBegun)
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|r| r.outcome == outcome).count()
    }

    fn counts(&self) -> Vec<(Outcome, usize)> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row.outcome).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }

    fn causes(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut causes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in &self.rows {
            if let Some(error) = &row.error {
                causes.entry(error.code()).or_default().push(&row.host);
            }
        }
        causes
    }

    /// Shows the summary, and gives the exit status.
    pub fn end(&self, journal: Option<&Path>, ui: &Ui) -> ExitCode {
        if ui.json {
            for row in self.rows.iter().filter(|r| matches!(r.outcome, Outcome::NotBegun | Outcome::Settled))
            {
                tell(&format!("{}\n", row.to_json()));
            }
            let mut summary = json!({ "gateways": self.rows.len(), "causes": self.causes(), "stopped": self.stopped,
                "journal": journal, "seconds": (self.start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0 });
            if let Some(summary) = summary.as_object_mut() {
                let all = [
                    Outcome::Changed,
                    Outcome::Differs,
                    Outcome::Unchanged,
                    Outcome::Settled,
                    Outcome::NotAsAsked,
                    Outcome::Failed,
                    Outcome::NotBegun,
                ];
                summary.extend(all.map(|o| (o.as_str().to_owned(), self.count(o).into())));
            }
            tell(&format!("{}\n", json!({"schema": "wwctl.apply.v1", "summary": summary})));
        } else {
            let mut advice: BTreeMap<&str, usize> = BTreeMap::new();
            for text in self.rows.iter().flat_map(|r| &r.advice) {
                *advice.entry(text).or_default() += 1;
            }
            for (text, count) in advice {
                let gateways = if count == 1 { "1 gateway".to_owned() } else { format!("{count} gateways") };
                ui.advice(&format!("{gateways}: {text}"));
            }
            ui.note(&self.summary());
        }
        let bad = self.rows.iter().filter(|r| r.outcome.is_bad()).count();
        let cut_off = interrupt::interrupted() && !self.complete();
        let kind = match self.rows.as_slice() {
            _ if cut_off => Kind::Interrupted,
            [Row { error: Some(error), .. }] => error.kind(),
            _ if bad > 0 || self.count(Outcome::NotBegun) > 0 => Kind::SomeFailed,
            _ if self.count(Outcome::Differs) > 0 => Kind::Other,
            _ => return ExitCode::SUCCESS,
        };
        ExitCode::from(kind.exit_status())
    }

    fn summary(&self) -> String {
        let counts: Vec<String> = self.counts().iter().map(|(o, n)| format!("{n} {}", o.words())).collect();
        let gateways = if self.rows.len() == 1 { "gateway" } else { "gateways" };
        let mut text = format!("{} {gateways}: {}", self.rows.len(), counts.join(", "));
        let causes = self.causes();
        let width = causes.keys().map(|c| c.len()).max().unwrap_or_default();
        for (cause, hosts) in &causes {
            text.push_str(&format!("\n  {cause:width$}  {}: {}", hosts.len(), hosts.join(", ")));
        }
        if let Some(why) = &self.stopped {
            text.push_str(&format!("\nstopped: {why}"));
        }
        text
    }
}

/// Now, to the second, in UTC.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}

/// Rolls out.
///
/// # Errors
/// When the journal cannot be written: then nothing further is begun.
pub fn run(tasks: &[Task], rules: &Rules, ui: &Ui) -> Result<Done> {
    let start = Instant::now();
    let mut rows: Vec<Option<Row>> = tasks.iter().map(|_| None).collect();
    let mut open = Vec::new();
    for (index, task) in tasks.iter().enumerate() {
        match task.settled {
            true => {
                if let Some(row) = rows.get_mut(index) {
                    *row = Some(Row::of(task, Outcome::Settled));
                }
            }
            false => open.push((index, task)),
        }
    }
    let _stop = interrupt::cooperate();
    // The threads count by themselves, so that none begins a gateway that the limit forbids already.
    let (failures, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let too_many = || rules.max_failures.is_some_and(|most| failures.load(Ordering::SeqCst) > most);
    let mut progress = Progress::new(open.len(), ui);
    let (mut stopped, mut broken) = (None, None);
    let (first, rest) = open.split_at(rules.canary.min(open.len()));
    for (part, canary) in [(first, true), (rest, false)] {
        if stopped.is_some() {
            break;
        }
        pool::run(
            part,
            rules.jobs,
            || !stop.load(Ordering::SeqCst) && !too_many() && !interrupt::interrupted(),
            |_, (_, task)| {
                let (row, trouble) = one(task, rules);
                if row.outcome.is_bad() {
                    failures.fetch_add(1, Ordering::SeqCst);
                }
                if trouble.is_some() {
                    stop.store(true, Ordering::SeqCst);
                }
                (row, trouble)
            },
            |step| {
                let Some((at, (row, trouble))) = step else { return progress.draw() };
                progress.clear();
                show(&row, ui);
                match &row.error {
                    Some(error) => progress.failed(&row.host, error),
                    None => progress.done(),
                }
                progress.draw();
                broken = broken.take().or(trouble);
                if let Some(place) = part.get(at).and_then(|(index, _)| rows.get_mut(*index)) {
                    *place = Some(row);
                }
            },
        );
        let failed = failures.load(Ordering::SeqCst);
        if too_many() {
            stopped = Some(format!("{failed} failures are more than --max-failures allows"));
        } else if canary && failed > 0 {
            stopped = Some(format!("{failed} of the first {} failed; the others were not begun", part.len()));
        }
    }
    progress.clear();
    if let Some(broken) = broken {
        return Err(broken);
    }
    if let (Some(journal), false) = (rules.journal, interrupt::interrupted()) {
        journal.end(&now())?;
    }
    if interrupt::interrupted() {
        stopped = Some("interrupted".to_owned());
    }
    let rows = rows.into_iter().zip(tasks);
    let rows = rows.map(|(row, task)| row.unwrap_or_else(|| Row::of(task, Outcome::NotBegun))).collect();
    Ok(Done { rows, stopped, start })
}

fn show(row: &Row, ui: &Ui) {
    if ui.json {
        return tell(&format!("{}\n", row.to_json()));
    }
    match &row.error {
        Some(error) => ui.error_at(&row.host, error),
        None => tell(&row.text()),
    }
}

/// One gateway; the second error is the journal's.
fn one(task: &Task, rules: &Rules) -> (Row, Option<Error>) {
    let started = Instant::now();
    let watch = Scribe { task, journal: rules.journal, trouble: RefCell::new(None) };
    let mut row = Row::of(task, Outcome::Failed);
    match change::apply(task.gateway, &task.request, &watch) {
        Err(error) => row.error = Some(error),
        Ok(outcome) => {
            row.changes = outcome.plan.changes;
            row.advice = outcome.plan.advice;
            row.meter = outcome.meter;
            row.outcome = match &outcome.failure {
                Some(error) if error.kind() == Kind::NotAsAsked => Outcome::NotAsAsked,
                Some(_) => Outcome::Failed,
                None if row.changes.is_empty() => Outcome::Unchanged,
                None if outcome.dry_run => Outcome::Differs,
                None => Outcome::Changed,
            };
            row.error = outcome.failure;
        }
    }
    row.time = started.elapsed();
    let mut trouble = watch.trouble.into_inner();
    // What the user cut off stays open, so that a later run looks at it again.
    let cut_off = row.error.as_ref().is_some_and(|e| e.kind() == Kind::Interrupted);
    if let (Some(journal), None, false) = (rules.journal, &trouble, cut_off) {
        let outcome = match row.outcome {
            Outcome::Changed => journal::Outcome::Changed,
            Outcome::Unchanged => journal::Outcome::Unchanged,
            Outcome::NotAsAsked => journal::Outcome::NotAsAsked,
            _ => journal::Outcome::Failed,
        };
        trouble = journal.done(&row.host, outcome, row.error.as_ref(), &now()).err();
    }
    (row, trouble)
}

/// Writes down what is about to be sent, before it is.
struct Scribe<'a> {
    task: &'a Task<'a>,
    journal: Option<&'a Journal>,
    trouble: RefCell<Option<Error>>,
}

impl Watch for Scribe<'_> {
    fn plan(&self, plan: &Plan) -> Result<()> {
        if let Some(expected) = self.task.expected {
            untouched(plan, expected)?;
        }
        let Some(journal) = self.journal.filter(|_| !plan.changes.is_empty()) else { return Ok(()) };
        let changes: Vec<Json> = plan.changes.iter().map(Change::to_json).collect();
        journal.intent(&plan.host, &plan.before, &changes, &now()).inspect_err(|error| {
            *self.trouble.borrow_mut() = Some(error.clone());
        })
    }

    fn meter(&self, _: &str, _: Duration) {}

    /// A write is taken over whole or not at all: when another setting that was sent with the keys is there now, and was
    /// not before, the keys are there too.
    fn keys_arrived(&self, current: &Object) -> bool {
        let Some(past) = self.task.past else { return false };
        let Some(before) = &past.before else { return false };
        let sent = |name: &str| past.fields.iter().any(|f| f == name);
        let hidden = |name: &str| field(name).is_some_and(Field::is_hidden);
        let mut keys = self.task.request.wanted.values.iter().filter(|(f, _)| f.is_hidden());
        keys.all(|(f, _)| sent(f.name))
            && past.fields.iter().any(|f| !hidden(f) && before.get(f) != current.get(f))
    }
}

/// Refuses to write over what was changed since.
fn untouched(plan: &Plan, expected: &Object) -> Result<()> {
    let touched: Vec<String> = plan
        .changes
        .iter()
        .filter_map(|change| {
            let (f, left, now) = (change.field?, expected.get(&change.name)?, change.from.as_ref()?);
            let text = || format!("{} is {}, not {}", change.name, shown(now), shown(left));
            (!equal(f, left, now)).then(text)
        })
        .collect();
    if touched.is_empty() {
        return Ok(());
    }
    let what = format!("{} was changed since the roll-out: {}", plan.host, touched.join("; "));
    Err(Error::new(Kind::Refused, what)
        .with_code("changed_since")
        .hint("nothing was sent to it; --force puts the former values back all the same"))
}
