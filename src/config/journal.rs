//! The journal of a roll-out: what was about to be written and what came of it, one JSON object a line.
//!
//! A line is on the disk before the gateway hears of what it announces, so that after a crash or a power cut a roll-out
//! goes on where it stopped.  It holds no keys and no passwords.
//!
//! | `event` | when | what it holds |
//! |---|---|---|
//! | `start` | first line, and again for each `--resume` | `schema`, `inventory`, `digest` of its content, `gateways`, `at` |
//! | `intent` | before a write | `host`, `before` (the settings as they were), `changes` (without keys), `at` |
//! | `done` | after the outcome is known | `host`, `outcome`, `error`, `at` |
//! | `end` | last line of a run that was not cut off | `at` |

use crate::error::{Error, Kind, Result};
use crate::settings::Object;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

/// The schema that the first line names.
pub const SCHEMA: &str = "wwctl.journal.v1";

/// A journal that is being written.  Shared by the threads of a roll-out.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    state: Mutex<State>,
    synced: Condvar,
}

/// How far writing and syncing came, in lines; several threads share one sync.
#[derive(Debug, Default)]
struct State {
    written: u64,
    on_disk: u64,
    syncing: bool,
    failed: Option<String>,
}

impl Journal {
    /// A new journal, which only its owner may read.
    ///
    /// # Errors
    /// Kind `Other` when there is a file already, or it cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(path).map_err(|e| failed(path, "make", &e))?;
        // The folder must know the file before the file's content is worth anything.
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty())
            && let Ok(folder) = File::open(folder)
        {
            let _ = folder.sync_all();
        }
        Ok(Journal::of(path, file))
    }

    /// Goes on with an old one.
    ///
    /// # Errors
    /// Kind `Other` when it cannot be opened for writing.
    pub fn append_to(path: &Path) -> Result<Self> {
        let mut file =
            OpenOptions::new().append(true).read(true).open(path).map_err(|e| failed(path, "open", &e))?;
        // A power cut can leave half a line; a line of its own keeps what follows readable.
        let text = std::fs::read(path).map_err(|e| failed(path, "read", &e))?;
        if text.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n").map_err(|e| failed(path, "write", &e))?;
        }
        Ok(Journal::of(path, file))
    }

    fn of(path: &Path, file: File) -> Self {
        Journal { path: path.to_owned(), file, state: Mutex::default(), synced: Condvar::new() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes that a run starts.
    ///
    /// # Errors
    /// Kind `Other` when the line does not reach the disk.
    pub fn start(&self, inventory: &Path, digest: &str, gateways: usize, at: &str) -> Result<()> {
        self.line(&json!({"schema": SCHEMA, "event": "start", "inventory": inventory, "digest": digest, "gateways": gateways, "at": at}))
    }

    /// Writes that a gateway is about to be written to.  `changes` must hold no keys.
    ///
    /// # Errors
    /// Kind `Other` when the line does not reach the disk: then nothing may be sent.
    pub fn intent(&self, host: &str, before: &Object, changes: &[Json], at: &str) -> Result<()> {
        self.line(&json!({"event": "intent", "host": host, "before": before, "changes": changes, "at": at}))
    }

    /// Writes what came of a gateway.
    ///
    /// # Errors
    /// Kind `Other` when the line does not reach the disk.
    pub fn done(&self, host: &str, outcome: Outcome, error: Option<&Error>, at: &str) -> Result<()> {
        let error = error.map(|e| json!({"code": e.code(), "message": e.message()}));
        self.line(
            &json!({"event": "done", "host": host, "outcome": outcome.as_str(), "error": error, "at": at}),
        )
    }

    /// Writes that the run came to its end.
    ///
    /// # Errors
    /// Kind `Other` when the line does not reach the disk.
    pub fn end(&self, at: &str) -> Result<()> {
        self.line(&json!({"event": "end", "at": at}))
    }

    /// Appends a line and returns when it is on the disk.
    fn line(&self, line: &Json) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(e) = (&self.file).write_all(format!("{line}\n").as_bytes()) {
            return Err(failed(&self.path, "write", &e));
        }
        state.written += 1;
        let mine = state.written;
        while state.on_disk < mine {
            if let Some(why) = &state.failed {
                return Err(failed(&self.path, "write", why));
            }
            if state.syncing {
                state = self.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            // This thread syncs for all whose lines are written by now.
            state.syncing = true;
            let upto = state.written;
            drop(state);
            let result = self.file.sync_data();
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.syncing = false;
            match result {
                Ok(()) => state.on_disk = upto,
                Err(e) => state.failed = Some(e.to_string()),
            }
            self.synced.notify_all();
        }
        Ok(())
    }
}

fn failed(path: &Path, what: &str, why: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::Other, format!("cannot {what} the journal {}: {why}", path.display()))
}

/// What came of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was as asked already.
    Unchanged,
    /// It was written, and is as asked.
    Changed,
    /// It was written, and is not as asked.
    NotAsAsked,
    /// It could not be done.
    Failed,
}

impl Outcome {
    /// Its name in the journal and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Unchanged => "unchanged",
            Outcome::Changed => "changed",
            Outcome::NotAsAsked => "not_as_asked",
            Outcome::Failed => "failed",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Outcome::Unchanged, Outcome::Changed, Outcome::NotAsAsked, Outcome::Failed]
            .into_iter()
            .find(|o| o.as_str() == text)
    }
}

/// What a journal tells of the past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// The inventory of the first run.
    pub inventory: PathBuf,
    /// The digest of its content at the last start.
    pub digest: String,
    /// What is known of each gateway.
    pub hosts: HashMap<String, Host>,
    /// The gateways in the order in which they were first written to.
    pub order: Vec<String>,
}

/// What a journal tells of one gateway.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Host {
    /// Its settings before the first write.
    pub before: Option<Object>,
    /// Names of the settings that were to change, over all writes.
    pub fields: Vec<String>,
    /// What was last asked for, without keys.
    pub asked: Object,
    /// What came of it last; `None` when the run was cut off in the middle of it.
    pub outcome: Option<Outcome>,
}

impl Host {
    /// True when a resumed run has nothing to do here.
    pub fn is_settled(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Unchanged | Outcome::Changed))
    }
}

impl Past {
    /// Reads a journal.
    ///
    /// # Errors
    /// Kind `Usage` when it cannot be read or is no journal.  A last line that was cut off is passed over.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::new(Kind::Usage, format!("cannot read the journal {}: {e}", path.display()))
        })?;
        Past::parse(&text).map_err(|what| Error::new(Kind::Usage, format!("{}: {what}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut past = Past::default();
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.is_empty()) {
            let number = number + 1;
            let Ok(line) = serde_json::from_str::<Json>(line) else {
                if number == 1 {
                    return Err("this is no journal of wwctl apply".to_owned());
                }
                // Half a line from a power cut: what it announced was never begun.
                continue;
            };
            if number == 1 && line["schema"] != SCHEMA {
                return Err(format!(
                    "this is no journal of wwctl apply: its first line has no schema {SCHEMA}"
                ));
            }
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            match line["event"].as_str() {
                Some("start") => {
                    if past.inventory.as_os_str().is_empty() {
                        past.inventory = text("inventory").into();
                    }
                    past.digest = text("digest");
                }
                Some("intent") => {
                    let name = text("host");
                    if !past.order.contains(&name) {
                        past.order.push(name.clone());
                    }
                    let host = past.hosts.entry(name).or_default();
                    if host.before.is_none() {
                        host.before = line["before"].as_object().cloned();
                    }
                    for change in line["changes"].as_array().into_iter().flatten() {
                        let field = change["field"].as_str().unwrap_or_default();
                        if !host.fields.iter().any(|f| f == field) {
                            host.fields.push(field.to_owned());
                        }
                        if !change["to"].is_null() {
                            host.asked.insert(field.to_owned(), change["to"].clone());
                        }
                    }
                    host.outcome = None;
                }
                Some("done") => {
                    past.hosts.entry(text("host")).or_default().outcome = Outcome::of(&text("outcome"));
                }
                Some("end") => {}
                other => return Err(format!("line {number}: unknown event {}", other.unwrap_or("(none)"))),
            }
        }
        if past.inventory.as_os_str().is_empty() {
            return Err("this is no journal of wwctl apply: it is empty".to_owned());
        }
        Ok(past)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j.jsonl");
        let journal = Journal::create(&path).unwrap();
        journal.start(Path::new("fleet.csv"), "d1", 3, "t").unwrap();
        let before = object(r#"{"baudrate":115200,"conv_factor":0.10}"#);
        journal
            .intent("a", &before, &[json!({"field": "baudrate", "from": 115200, "to": 2400})], "t")
            .unwrap();
        journal.done("a", Outcome::Changed, None, "t").unwrap();
        journal.intent("b", &before, &[json!({"field": "parity"})], "t").unwrap();
        journal.done("c", Outcome::Failed, Some(&Error::new(Kind::Unreachable, "no answer")), "t").unwrap();

        let past = Past::read(&path).unwrap();
        assert_eq!((past.inventory.as_path(), past.digest.as_str()), (Path::new("fleet.csv"), "d1"));
        assert_eq!(past.order, ["a", "b"]);
        assert!(past.hosts["a"].is_settled());
        assert_eq!(past.hosts["a"].before.as_ref().unwrap()["conv_factor"].to_string(), "0.10");
        assert_eq!(past.hosts["b"].outcome, None);
        assert_eq!(past.hosts["b"].fields, ["parity"]);
        assert_eq!(past.hosts["a"].asked, object(r#"{"baudrate":2400}"#));
        assert_eq!(past.hosts["c"].outcome, Some(Outcome::Failed));
        assert!(!past.hosts["c"].is_settled());
    }

    #[test]
    fn half_a_last_line_is_passed_over_and_not_glued_to_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j.jsonl");
        Journal::create(&path).unwrap().start(Path::new("f"), "d", 1, "t").unwrap();
        let mut cut = std::fs::read_to_string(&path).unwrap();
        cut.push_str(r#"{"event":"intent","ho"#);
        std::fs::write(&path, &cut).unwrap();
        assert!(Past::read(&path).unwrap().hosts.is_empty());
        Journal::append_to(&path).unwrap().done("a", Outcome::Unchanged, None, "t").unwrap();
        assert!(Past::read(&path).unwrap().hosts["a"].is_settled());
    }

    #[test]
    fn other_files_are_refused() {
        for text in ["", "hello\n", "{}\n", "{\"schema\":\"wwctl.probe.v1\"}\n"] {
            assert!(Past::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_old_journal_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j.jsonl");
        Journal::create(&path).unwrap();
        assert!(Journal::create(&path).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn many_threads_share_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j.jsonl");
        let journal = Journal::create(&path).unwrap();
        journal.start(Path::new("f"), "d", 64, "t").unwrap();
        std::thread::scope(|scope| {
            for n in 0..64 {
                let journal = &journal;
                scope.spawn(move || journal.done(&format!("h{n}"), Outcome::Changed, None, "t").unwrap());
            }
        });
        assert_eq!(Past::read(&path).unwrap().hosts.len(), 64);
    }
}
