use super::change::what_to_do;
use super::connect::Connect;
use super::hosts::each;
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::settings::{self, Input, Object, shown};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer, answer_json};
use clap::Args as ClapArgs;
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// What is wrong between gateway and meter, and what to do about it
///
/// Reads the gateway's state and settings, changes nothing. Exit 9 when something keeps the meter from being read.
#[derive(Debug, ClapArgs)]
pub struct Args {}

/// Looks.
pub fn run(_: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let gateways = connect.gateways(ui, &mut Stdin::default())?;
    let several = gateways.several;
    each(&gateways, ui, |gateway| {
        let (host, client) = (gateway.host(), &gateway.client);
        let system = client.system()?;
        let settings = client.settings()?;
        let custom = match client.scalers_custom() {
            Ok(list) => Some(list.len()),
            // An older firmware has none.
            Err(error) if error.kind() == Kind::Refused => None,
            Err(error) => return Err(error),
        };
        let findings = examine(&system, &settings, custom);
        let bad = findings.iter().filter(|f| f.level == Level::Problem).count();
        if ui.json {
            let list: Vec<Json> = findings.iter().map(Finding::to_json).collect();
            answer_json(
                &json!({"schema": "wwctl.doctor.v1", "host": host, "ok": bad == 0, "findings": list}),
                several,
            );
        } else {
            let head = if several { format!("# {host}\n") } else { String::new() };
            answer(&(head + &table(&findings)));
        }
        match findings.iter().find(|f| f.level == Level::Problem) {
            None => Ok(ExitCode::SUCCESS),
            Some(_) if ui.json => Ok(ExitCode::from(Kind::NotAsAsked.exit_status())),
            Some(first) => Err(Error::new(Kind::NotAsAsked, format!("{host}: {}", first.what))),
        }
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Good,
    Note,
    Warning,
    Problem,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Level::Good => "ok",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    level: Level,
    what: String,
    advice: String,
}

impl Finding {
    fn new(level: Level, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { level, what: what.into(), advice: advice.into() }
    }

    fn to_json(&self) -> Json {
        match self.advice.as_str() {
            "" => json!({"level": self.level.word(), "what": self.what}),
            advice => json!({"level": self.level.word(), "what": self.what, "advice": advice}),
        }
    }
}

fn table(findings: &[Finding]) -> String {
    let mut table = Table::new(&[]);
    for finding in findings {
        let look = match finding.level {
            Level::Good | Level::Note => Look::Faint,
            Level::Warning => Look::Strong,
            Level::Problem => Look::Bad,
        };
        let text = [finding.what.as_str(), finding.advice.as_str()].join("\n");
        table.row([(finding.level.word(), look), (text.trim_end(), Look::Plain)]);
    }
    table.render()
}

/// The supply capacitor should not fall below this when the gateway is fed from M-Bus (API document).
const LEAST_SCAP_VOLTS: f64 = 4.5;

/// Below this, Wi-Fi drops out now and then.
const WEAK_WIFI_DBM: f64 = -80.0;

/// Everything that can be said from the gateway's state, its settings and the number of custom scalers.
fn examine(system: &Object, settings: &Object, custom: Option<usize>) -> Vec<Finding> {
    let at = |path: &str| {
        let mut names = path.split('.');
        let first = system.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    };
    let text = |path: &str| at(path).and_then(Json::as_str).filter(|t| !t.is_empty());
    let mut findings = Vec::new();

    if let (Some(model), Some(firmware)) = (text("device.model"), text("device.firmware")) {
        let old = version(firmware).is_some_and(|v| v < [1, 10]);
        let (level, advice) = match old {
            true => (
                Level::Note,
                "before 1.10 the password crosses the network readable (Basic): an update brings Digest",
            ),
            false => (Level::Good, ""),
        };
        findings.push(Finding::new(level, format!("{model}, firmware {firmware}"), advice));
    }
    match text("meter.status") {
        Some("OK") => {
            let parts =
                ["meter.manufacturer", "meter.model", "meter.id"].map(|path| text(path).unwrap_or_default());
            let who = parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(" ");
            let how = text("meter.protocol").map(|p| format!(" ({p})")).unwrap_or_default();
            findings.push(Finding::new(Level::Good, format!("meter OK {who}{how}").replace("  ", " "), ""));
        }
        Some(status) => {
            let advice = what_to_do(status).map_or("this status is not known to wwctl", |(_, advice)| advice);
            let level = if status == "RECOGNITION" { Level::Warning } else { Level::Problem };
            findings.push(Finding::new(level, format!("meter {status}"), advice));
        }
        None => {
            findings.push(Finding::new(Level::Problem, "the gateway does not report the meter's status", ""))
        }
    }
    if let Some(volts) = at("device.plug.v_scap").and_then(Json::as_f64).filter(|v| *v < LEAST_SCAP_VOLTS) {
        let advice = format!(
            "below {LEAST_SCAP_VOLTS} V it may restart when fed from M-Bus: feed it by USB, or check the bus"
        );
        findings.push(Finding::new(Level::Warning, format!("supply capacitor at {volts} V"), advice));
    }
    if let Some(rssi) = at("wifi.rssi").and_then(Json::as_f64).filter(|r| *r < WEAK_WIFI_DBM) {
        findings.push(Finding::new(
            Level::Warning,
            format!("Wi-Fi signal {rssi} dBm"),
            "weak: expect drop-outs",
        ));
    }
    if text("device.license.type") == Some("FREE") {
        findings.push(Finding::new(Level::Note, "licence FREE", "`wwctl report` needs PLUS or PRO"));
    }
    contradictions(settings, &mut findings);
    let set = settings.get("scalers_set").and_then(Json::as_str);
    match (set, custom) {
        (Some("custom"), Some(0)) => findings.push(Finding::new(
            Level::Warning,
            "scalers_set=custom, and no custom scalers",
            "`wwctl scalers set OBIS=N` gives some",
        )),
        (Some(set), Some(n)) if n > 0 && set != "custom" => findings.push(Finding::new(
            Level::Note,
            format!("{n} custom scaler{} without effect: scalers_set={set}", if n == 1 { "" } else { "s" }),
            "`wwctl set scalers_set=custom` makes them count",
        )),
        _ => {}
    }
    findings
}

/// Settings that differ from their default, judged as if they were asked for just now.
fn contradictions(settings: &Object, findings: &mut Vec<Finding>) {
    let mut input = Input::default();
    for f in settings::FIELDS.iter().filter(|f| !f.is_hidden()) {
        match settings.get(f.name) {
            None => {}
            Some(value) if f.from_json(value).is_err() => findings.push(Finding::new(
                Level::Warning,
                format!("{} is {}", f.name, shown(value)),
                format!("documented: {}", f.allowed()),
            )),
            Some(value) if settings::equal(f, value, &f.default_value().to_wire()) => {}
            Some(value) => input.assign(f.name, &shown(value)),
        }
    }
    let Ok(wanted) = input.finish() else { return };
    for advice in settings::advice(&settings::masked(settings), &wanted) {
        findings.push(Finding::new(Level::Note, advice, ""));
    }
}

/// Major and minor.
fn version(text: &str) -> Option<[u32; 2]> {
    let mut parts = text.split('.');
    Some([parts.next()?.parse().ok()?, parts.next()?.parse().ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(system: Json, settings: Json, custom: Option<usize>) -> Vec<(Level, String)> {
        let list = examine(system.as_object().unwrap(), settings.as_object().unwrap(), custom);
        list.into_iter().map(|f| (f.level, f.what)).collect()
    }

    #[test]
    fn a_healthy_gateway_has_no_problem() {
        let system = json!({"device": {"model": "WW_Go_1.2", "firmware": "1.10.0", "plug": {"v_scap": 5.0}, "license": {"type": "PLUS"}},
            "meter": {"status": "OK", "manufacturer": "LGZ", "id": "1", "protocol": "DLMS"}, "wifi": {"rssi": -50}});
        assert_eq!(
            levels(system, json!({"baudrate": 115200, "scalers_set": "default"}), Some(0)),
            [
                (Level::Good, "WW_Go_1.2, firmware 1.10.0".into()),
                (Level::Good, "meter OK LGZ 1 (DLMS)".into())
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_found() {
        let system = json!({"device": {"model": "WW_Go_1.2", "firmware": "1.9.3", "plug": {"v_scap": 4.2}, "license": {"type": "FREE"}},
            "meter": {"status": "KEY REQUIRED"}, "wifi": {"rssi": -85}});
        let settings =
            json!({"baudrate": 2400, "auto_baudrate": true, "scalers_set": "default", "parity": "mark"});
        let found = levels(system, settings, Some(2));
        let want = [
            (Level::Note, "firmware 1.9.3"),
            (Level::Problem, "meter KEY REQUIRED"),
            (Level::Warning, "4.2 V"),
            (Level::Warning, "-85"),
            (Level::Note, "licence FREE"),
            (Level::Warning, "parity is mark"),
            (Level::Note, "auto_baudrate=true"),
            (Level::Note, "2 custom scalers without effect"),
        ];
        assert_eq!(found.len(), want.len(), "{found:?}");
        for ((level, what), (want_level, words)) in found.iter().zip(want) {
            assert!(*level == want_level && what.contains(words), "{level:?} {what} / {words}");
        }
    }
}
