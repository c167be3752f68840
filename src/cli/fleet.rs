//! The same work at many gateways: some at a time, texts of one gateway together, a count of what went wrong.

use super::hosts::{Fleet, Gateway};
use crate::error::{Error, Kind, Result};
use crate::gateway::pool;
use crate::ui::{Ui, hold, interrupt};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Hosts named for one cause in the summary; the errors above it name all.
const NAMED: usize = 8;

/// Does `work` at every gateway, some at a time.  What it prints comes out together when a gateway is done.  A failure
/// at one of several does not hold up the others: it is shown with its host, and the exit status says that some failed.
/// After Ctrl-C nothing new is begun.
///
/// # Errors
/// The failure, when there is only one gateway.
pub fn each(fleet: &Fleet, ui: &Ui, work: impl Fn(&Gateway) -> Result<ExitCode> + Sync) -> Result<ExitCode> {
    if let [one] = fleet.as_slice() {
        return work(one);
    }
    let _stop = interrupt::cooperate();
    let jobs = if fleet.asking { 1 } else { fleet.jobs };
    let mut progress = Progress::new(fleet.len(), ui);
    let mut worst = ExitCode::SUCCESS;
    let one = |_: usize, gateway: &Gateway| {
        let attempt = || {
            let result = work(gateway);
            if let Err(error) = &result {
                ui.error_at(gateway.host(), error);
            }
            result
        };
        if fleet.asking {
            let result = attempt();
            return (result, None);
        }
        let (result, held) = hold(attempt);
        (result, Some(held))
    };
    pool::run(
        fleet,
        jobs,
        || !interrupt::interrupted(),
        one,
        |step| {
            let Some((index, (result, held))) = step else { return progress.draw() };
            progress.clear();
            if let Some(held) = held {
                held.release();
            }
            let host = fleet.get(index).map(Gateway::host).unwrap_or_default();
            match result {
                Ok(code) => {
                    progress.done();
                    if code != ExitCode::SUCCESS {
                        worst = code;
                    }
                }
                Err(error) => progress.failed(host, &error),
            }
            progress.draw();
        },
    );
    Ok(progress.end(worst))
}

/// How far many gateways are.
pub(super) struct Progress<'a> {
    ui: &'a Ui,
    live: bool,
    total: usize,
    done: usize,
    failed: usize,
    causes: BTreeMap<&'static str, Vec<String>>,
    start: Instant,
    drawn: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// Of so many.
    pub fn new(total: usize, ui: &'a Ui) -> Self {
        // The lines of -v come at any time and would tear the line of progress.
        let live = ui.live() && ui.verbose == 0;
        let (causes, start) = (BTreeMap::new(), Instant::now());
        Progress { ui, live, total, done: 0, failed: 0, causes, start, drawn: None }
    }

    /// One more is done.
    pub fn done(&mut self) {
        self.done += 1;
    }

    /// One more failed.
    pub fn failed(&mut self, host: &str, error: &Error) {
        self.failed += 1;
        self.causes.entry(error.code()).or_default().push(host.to_owned());
    }

    /// The line of progress, not more often than eyes can follow.
    pub fn draw(&mut self) {
        // Nothing is known before the first result, and a password may be asked for.
        if self.done + self.failed == 0
            || !self.live
            || self.drawn.is_some_and(|at| at.elapsed() < Duration::from_millis(80))
        {
            return;
        }
        self.drawn = Some(Instant::now());
        let finished = self.done + self.failed;
        let left = self.total.saturating_sub(finished);
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let time = match finished {
            _ if left == 0 => String::new(),
            n => {
                let seconds = self.start.elapsed().as_secs_f64() / n as f64 * left as f64;
                format!(", about {} to go", span(Duration::from_secs_f64(seconds)))
            }
        };
        let stopping = if interrupt::interrupted() {
            "stopping when what is under way is done; Ctrl-C again stops at once: "
        } else {
            ""
        };
        self.ui.status(&format!("{stopping}{} done{failed}, {left} left{time}", self.done));
    }

    /// Takes the line away, for a text that stays.
    pub fn clear(&mut self) {
        if self.live && self.drawn.take().is_some() {
            self.ui.clear_status();
        }
    }

    /// The summary by cause on stderr.
    pub fn summarise(&mut self) {
        self.clear();
        let left = self.total.saturating_sub(self.done + self.failed);
        if self.ui.json {
            if self.failed + left > 0 {
                self.ui.note(&json!({ "summary": self.to_json() }).to_string());
            }
            return;
        }
        let mut text = format!("{} gateways: {} done", self.total, self.done);
        if self.failed > 0 {
            text.push_str(&format!(", {} failed", self.failed));
        }
        if left > 0 {
            text.push_str(&format!(", {left} not begun"));
        }
        let width = self.causes.keys().map(|c| c.len()).max().unwrap_or_default();
        for (cause, hosts) in &self.causes {
            let more = hosts.len().saturating_sub(NAMED);
            let named: Vec<&str> = hosts.iter().take(NAMED).map(String::as_str).collect();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&format!("\n  {cause:width$}  {}: {}{more}", hosts.len(), named.join(", ")));
        }
        self.ui.note(&text);
    }

    /// The summary as JSON.
    pub fn to_json(&self) -> Json {
        json!({
            "gateways": self.total, "done": self.done, "failed": self.failed,
            "not_begun": self.total.saturating_sub(self.done + self.failed), "causes": self.causes,
        })
    }

    /// The summary, and the exit status; `otherwise` when nothing failed.
    pub fn end(&mut self, otherwise: ExitCode) -> ExitCode {
        self.summarise();
        let left = self.total.saturating_sub(self.done + self.failed);
        if interrupt::interrupted() && left > 0 {
            return ExitCode::from(Kind::Interrupted.exit_status());
        }
        if self.failed > 0 { ExitCode::from(Kind::SomeFailed.exit_status()) } else { otherwise }
    }
}

/// A time as people say it.
fn span(time: Duration) -> String {
    match time.as_secs_f64().round() as u64 {
        s @ 0..=119 => format!("{} s", s.max(1)),
        s @ 120..=7199 => format!("{} min", (s + 30) / 60),
        s => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::ColorChoice;

    #[test]
    fn causes_are_counted_by_their_codes() {
        let ui = Ui::new(true, true, 0, ColorChoice::Never);
        let mut progress = Progress::new(5, &ui);
        progress.done();
        progress.failed("b", &Error::new(Kind::Unreachable, "x").with_code("timeout"));
        progress.failed("c", &Error::new(Kind::Authentication, "x"));
        progress.failed("d", &Error::new(Kind::Unreachable, "y").with_code("timeout"));
        assert_eq!(
            progress.to_json(),
            json!({"gateways": 5, "done": 1, "failed": 3, "not_begun": 1, "causes": {"authentication": ["c"], "timeout": ["b", "d"]}})
        );
        assert_eq!(span(Duration::from_millis(200)), "1 s");
        assert_eq!(span(Duration::from_secs(150)), "3 min");
    }
}
