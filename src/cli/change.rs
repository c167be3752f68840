//! A change of one gateway's settings: read, compare, back up, write, read back, wait for the meter.
//! What `set` and `replace` share; nothing here prints.

use super::hosts::Gateway;
use crate::config::backups;
use crate::error::{Error, Kind, Result};
use crate::gateway::Written;
use crate::settings::{self, Change, Field, KeyState, Object, Readback, To, Value, Wanted, key_state};
use crate::ui::interrupt;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// When keys are sent.  A gateway does not show them, so they cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum UpdateKeys {
    /// When another setting changes, or the gateway does not decode its meter already
    Auto,
    /// Always
    Always,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Request {
    /// The settings wanted.
    pub wanted: Wanted,
    /// Put everything else back to factory default (POST), not only change these (PUT).
    pub replace: bool,
    /// Read and compare, and send nothing.
    pub dry_run: bool,
    /// Read back and compare after the write.
    pub verify: bool,
    /// Keep the previous settings.
    pub backup: bool,
    /// How long to wait for the meter to be OK afterwards.
    pub wait: Option<Duration>,
    /// When keys are sent.
    pub update_keys: UpdateKeys,
}

/// What the write will do; known before anything is sent.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The gateway.
    pub host: String,
    /// Every change, those that nobody asked for included.
    pub changes: Vec<Change>,
    /// Settings that contradict each other.
    pub advice: Vec<String>,
    /// The settings as they are, without anything in the keys' places.
    pub before: Object,
}

/// Who watches a change while it is made.
pub trait Watch {
    /// Shows what will be done; an error stops it before anything is sent.
    ///
    /// # Errors
    /// When it must not be done.
    fn plan(&self, plan: &Plan) -> Result<()>;
    /// The meter's status while waiting for it.
    fn meter(&self, status: &str, waited: Duration);
    /// True when it is known from elsewhere that the keys arrived with what `current` shows.
    fn keys_arrived(&self, _current: &Object) -> bool {
        false
    }
}

/// What was done.
#[derive(Debug)]
pub struct Outcome {
    /// The plan that was carried out.
    pub plan: Plan,
    /// Nothing was sent on purpose.
    pub dry_run: bool,
    /// Something was sent.
    pub sent: bool,
    /// Everything that can be read back is as asked.
    pub verified: bool,
    /// What the read-back says, where it does not simply agree.
    pub readback: Vec<Readback>,
    /// Where the previous settings are.
    pub backup: Option<PathBuf>,
    /// The meter's last status, when waited for.
    pub meter: Option<String>,
    /// What went wrong after something was sent.
    pub failure: Option<Error>,
}

impl Outcome {
    /// `wwctl.change.v1`.
    pub fn to_json(&self) -> Json {
        let mut object = Object::new();
        object.insert("schema".into(), "wwctl.change.v1".into());
        object.insert("host".into(), self.plan.host.clone().into());
        object.insert("changed".into(), (!self.plan.changes.is_empty()).into());
        object.insert("verified".into(), self.verified.into());
        object.insert("changes".into(), self.plan.changes.iter().map(Change::to_json).collect());
        object.insert("backup".into(), self.backup.as_ref().map(|p| p.display().to_string()).into());
        if self.dry_run {
            object.insert("dry_run".into(), true.into());
        }
        let differing: Vec<Json> = self
            .readback
            .iter()
            .filter_map(|r| match r {
                Readback::Differs { name, wanted, got } => {
                    Some(json!({"field": name, "wanted": wanted, "got": got}))
                }
                _ => None,
            })
            .collect();
        if !differing.is_empty() {
            object.insert("differing".into(), differing.into());
        }
        let hidden: Vec<&str> = self
            .readback
            .iter()
            .filter_map(|r| match r {
                Readback::Hidden { name } => Some(name.as_str()),
                _ => None,
            })
            .collect();
        if !hidden.is_empty() {
            object.insert("not_verifiable".into(), hidden.into());
        }
        if let Some(status) = &self.meter {
            object.insert("meter".into(), json!({ "status": status }));
        }
        if !self.plan.advice.is_empty() {
            object.insert("advice".into(), self.plan.advice.clone().into());
        }
        Json::Object(object)
    }
}

/// Makes the change.
///
/// # Errors
/// Whatever goes wrong before something is sent; what goes wrong afterwards is in the outcome, with what
/// is known of it.
pub fn apply(gateway: &Gateway, request: &Request, watch: &dyn Watch) -> Result<Outcome> {
    let host = gateway.host().to_owned();
    let current = gateway.client.settings()?;
    known_to(&current, &request.wanted)?;
    let (document, mut changes) = if request.replace {
        settings::replacement(&current, &request.wanted)
    } else {
        let changes = settings::changes(&current, &request.wanted);
        (settings::partial_document(&changes), changes)
    };
    if request.update_keys == UpdateKeys::Auto
        && changes.iter().all(is_of_key)
        && !changes.is_empty()
        && (watch.keys_arrived(&current) || keys_need_nothing(gateway, &current, &changes)?)
    {
        changes.clear();
    }
    let after = if request.replace { document.clone() } else { merged(&current, &document) };
    let advice = settings::advice(&settings::masked(&after), &request.wanted);
    let mut outcome = Outcome {
        plan: Plan { host, changes, advice, before: without_keys(&current) },
        dry_run: request.dry_run,
        sent: false,
        verified: false,
        readback: Vec::new(),
        backup: None,
        meter: None,
        failure: None,
    };
    watch.plan(&outcome.plan)?;
    if request.dry_run {
        return Ok(outcome);
    }
    if outcome.plan.changes.is_empty() {
        outcome.verified = true;
    } else {
        if request.backup {
            let before = if request.replace { "replace" } else { "set" };
            outcome.backup = Some(backups::write(&backups::folder()?, gateway.host(), before, &current)?);
        }
        if let Err(error) = write(gateway, request, &document, &mut outcome) {
            if !outcome.sent {
                return Err(error);
            }
            outcome.failure = Some(error);
            return Ok(outcome);
        }
    }
    if let Some(longest) = request.wait {
        outcome.failure = wait(gateway, longest, &mut outcome.meter, watch).err();
    }
    Ok(outcome)
}

fn is_of_key(change: &Change) -> bool {
    change.field.is_some_and(Field::is_hidden)
}

fn without_keys(settings: &Object) -> Object {
    let mut settings = settings.clone();
    settings.retain(|name, _| !settings::field(name).is_some_and(Field::is_hidden));
    settings
}

/// Whether keys that are all that could differ may stay as they are: the gateway decodes its encrypted meter, so it has
/// the right ones; or they are to be cleared, and encryption is off, so that they do nothing.
fn keys_need_nothing(gateway: &Gateway, current: &Object, changes: &[Change]) -> Result<bool> {
    let encrypted = current.get("encryption") == Some(&Json::Bool(true));
    let clears = |c: &Change| c.to == To::Value(Value::ClearKey);
    // A firmware that tells whether there is a key says more than any guess.
    let told = |c: &Change| match key_state(c.from.as_ref()) {
        KeyState::NotSet => !clears(c),
        KeyState::Set => clears(c) && !c.reset,
        KeyState::Unknown => false,
    };
    if changes.iter().any(told) {
        return Ok(false);
    }
    if changes.iter().all(clears) && !encrypted {
        return Ok(true);
    }
    if !encrypted {
        return Ok(false);
    }
    let system = gateway.client.system()?;
    let meter = system.get("meter");
    let member = |name: &str| meter.and_then(|m| m.get(name));
    let decodes = member("status").and_then(Json::as_str) == Some("OK")
        && member("enc_en").and_then(Json::as_bool) == Some(true);
    // With encryption on, an encryption key that is to go is in use.
    Ok(decodes && !changes.iter().any(|c| clears(c) && c.name == "encryption_key"))
}

/// A newer firmware's field may go only to a gateway that has it.
fn known_to(current: &Object, wanted: &Wanted) -> Result<()> {
    let strangers: Vec<&str> = wanted
        .extra
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !current.contains_key(*name))
        .collect();
    if strangers.is_empty() {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, format!("neither wwctl nor this gateway knows {}", strangers.join(", ")))
        .hint("take it out of the document; nothing was sent"))
}

fn merged(current: &Object, document: &Object) -> Object {
    let mut after = current.clone();
    after.extend(document.iter().map(|(name, value)| (name.clone(), value.clone())));
    after
}

/// Writes and reads back.  An answer that was lost is settled by reading back: only what was not applied
/// is written once more.
fn write(gateway: &Gateway, request: &Request, document: &Object, outcome: &mut Outcome) -> Result<()> {
    let client = &gateway.client;
    let send =
        || if request.replace { client.post_settings(document) } else { client.put_settings(document) };
    let mut after = None;
    let first = send()?;
    outcome.sent = true;
    if first == Written::AnswerLost {
        let seen = client.settings().map_err(unsettled)?;
        if applied(&seen, &outcome.plan.changes) {
            after = Some(seen);
        } else if send().map_err(unsettled)? == Written::AnswerLost {
            after = Some(client.settings().map_err(unsettled)?);
        }
    }
    let after = match after {
        Some(seen) => seen,
        None if request.verify => client.settings().map_err(unsettled)?,
        None => return Ok(()),
    };
    outcome.readback = settings::readback(&after, &outcome.plan.changes);
    let differing: Vec<String> = outcome
        .readback
        .iter()
        .filter_map(|r| match r {
            Readback::Differs { name, wanted, got } => Some(format!("{name} is {got}, not {wanted}")),
            _ => None,
        })
        .collect();
    outcome.verified = differing.is_empty();
    if outcome.verified {
        return Ok(());
    }
    Err(Error::new(
        Kind::NotAsAsked,
        format!("{} was written, but reads back otherwise: {}", outcome.plan.host, differing.join("; ")),
    )
    .hint("the gateway took the request and kept something else: its firmware may not support these values"))
}

/// Whether the read-back proves that the write arrived.
fn applied(seen: &Object, changes: &[Change]) -> bool {
    let readback = settings::readback(seen, changes);
    let hidden = readback.iter().filter(|r| matches!(r, Readback::Hidden { .. })).count();
    hidden < changes.len() && !readback.iter().any(|r| matches!(r, Readback::Differs { .. }))
}

pub(super) fn unsettled(error: Error) -> Error {
    let said = Error::new(
        error.kind(),
        format!("the settings were sent, but could not be read back: {}", error.message()),
    )
    .with_code(error.code());
    said.hint("`wwctl get` shows whether they were taken; the same command again is harmless")
}

/// How often the meter's status is asked for.
const POLL: Duration = Duration::from_millis(1000);

/// A final state that lasts this long will not get better by itself.
const SETTLED: Duration = Duration::from_secs(20);

/// Waits until the meter is OK: twice in a row, because right after a write the status may be the old one.
fn wait(gateway: &Gateway, longest: Duration, last: &mut Option<String>, watch: &dyn Watch) -> Result<()> {
    // What was written has to be said, also after Ctrl-C.
    let _cooperative = interrupt::cooperate();
    let start = Instant::now();
    let mut good = false;
    let mut since = (String::new(), start);
    loop {
        let asked = Instant::now();
        let failure = match gateway.client.system() {
            Ok(system) => {
                let status = system.get("meter").and_then(|m| m.get("status")).and_then(Json::as_str);
                let status = status.unwrap_or("(not reported)").to_owned();
                watch.meter(&status, start.elapsed());
                *last = Some(status.clone());
                if status == "OK" && good {
                    return Ok(());
                }
                good = status == "OK";
                if status != since.0 {
                    since = (status, asked);
                }
                None
            }
            // It may be busy with the new settings: the time decides.
            Err(error) if error.kind() == Kind::Authentication => return Err(error),
            Err(error) => Some(error),
        };
        if interrupt::interrupted() {
            let what = format!("{}: interrupted while waiting for the meter", gateway.host());
            return Err(Error::new(Kind::Interrupted, what));
        }
        let over = start.elapsed() >= longest;
        if over && good {
            return Ok(());
        }
        let settled = what_to_do(&since.0).is_some_and(|(final_, _)| final_) && since.1.elapsed() >= SETTLED;
        if over || settled {
            let waited = start.elapsed().as_secs();
            let status = match (&failure, &*last) {
                (Some(error), _) => format!("the gateway does not answer: {}", error.message()),
                (None, status) => format!("the meter is {}", status.as_deref().unwrap_or("(unknown)")),
            };
            let error =
                Error::new(Kind::NotAsAsked, format!("{}: {status} after {waited} s", gateway.host()));
            return Err(match what_to_do(last.as_deref().unwrap_or_default()) {
                Some((_, advice)) => error.hint(advice),
                None => error,
            });
        }
        let pause = POLL.min(longest.saturating_sub(start.elapsed()));
        std::thread::sleep(pause.saturating_sub(asked.elapsed()));
    }
}

/// For a meter's status other than OK: whether it stays so without help, and what to do.
pub(super) fn what_to_do(status: &str) -> Option<(bool, &'static str)> {
    Some(match status {
        "KEY REQUIRED" => (
            true,
            "the meter's messages are encrypted and no key is set: ask the grid operator for it, then \
             `wwctl set encryption=true encryption_key=@FILE`",
        ),
        "ENCRYPTION KEY" => (
            true,
            "the key does not decrypt the meter's messages: check encryption_key (and authentication_key) \
             against what the grid operator issued for this very meter",
        ),
        "NOT RECOGNIZED" => (
            true,
            "something arrives that is not understood: baudrate, parity, polarity or protocol may be wrong; \
             `wwctl probe` on the line finds them",
        ),
        "NOT CONNECTED" => (true, "nothing is plugged in, or the wrong port: check cable and if_type"),
        "NO DATA" => (
            false,
            "the line is quiet: the meter's customer interface may have to be activated by the grid operator; \
             check also if_type and if_mode; some meters send only every 10 s or more",
        ),
        "RECOGNITION" => {
            (false, "the gateway is still recognising the meter: wait longer, such as --wait=180")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_api_but_ok_has_its_advice() {
        for status in
            ["NOT CONNECTED", "NO DATA", "RECOGNITION", "ENCRYPTION KEY", "KEY REQUIRED", "NOT RECOGNIZED"]
        {
            assert!(what_to_do(status).is_some(), "{status}");
        }
        assert!(what_to_do("OK").is_none());
    }
}
