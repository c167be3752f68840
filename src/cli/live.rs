use super::connect::Connect;
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::ui::{Ui, answer};
use clap::Args as ClapArgs;
use serde_json::Value as Json;
use std::process::ExitCode;

/// Follow the gateway's live values until Ctrl-C
///
/// The gateway serves one listener at a time: a new one closes the old. With --json: its objects, one a line.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Stop after this many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
}

/// What a line shows: word, path, unit.  Members that an event lacks are left out.
const SHOWN: &[(&str, &str, &str)] = &[
    ("import", "instantaneous_power.active.positive.total", "kW"),
    ("export", "instantaneous_power.active.negative.total", "kW"),
    ("L1", "voltage.l1", "V"),
    ("L1", "current.l1", "A"),
    ("L2", "voltage.l2", "V"),
    ("L2", "current.l2", "A"),
    ("L3", "voltage.l3", "V"),
    ("L3", "current.l3", "A"),
    ("imported", "energy.active.positive.total", "kWh"),
    ("exported", "energy.active.negative.total", "kWh"),
];

/// Follows.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let gateways = connect.gateways(ui, &mut Stdin::default())?;
    let [gateway] = gateways.as_slice() else {
        return Err(Error::new(Kind::Usage, "live follows one gateway at a time").hint("give one -H"));
    };
    let mut seen = 0;
    for event in gateway.client.live()? {
        let event = event?;
        let data: Option<Json> = serde_json::from_str(&event.data).ok();
        match (&data, ui.json) {
            (Some(json), true) => answer(&format!("{json}\n")),
            (Some(json), false) => answer(&format!("{}\n", line(json))),
            (None, _) => ui.warn(&format!("{}: an event that is not JSON", gateway.host())),
        }
        seen += 1;
        if args.count == Some(seen) {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let what = format!("{} ended the live values after {seen}", gateway.host());
    Err(Error::new(Kind::Unreachable, what)
        .hint("another listener may have taken over; start again to take it back"))
}

/// One event on one line.
fn line(event: &Json) -> String {
    let report = event.get("report").unwrap_or(event);
    let member = |path: &str| {
        path.split('.').try_fold(report, |value, name| value.get(name)).filter(|v| v.is_number())
    };
    let mut parts: Vec<String> = Vec::new();
    for (word, path, unit) in SHOWN {
        let Some(value) = member(path) else { continue };
        parts.push(format!("{word} {value} {unit}"));
    }
    let time = ["date_time", "date_time_local", "date_time_utc", "time"]
        .iter()
        .find_map(|name| report.get(*name)?.as_str());
    if let (Some(time), false) = (time, parts.is_empty()) {
        parts.insert(0, time.to_owned());
    }
    if parts.is_empty() { event.to_string() } else { parts.join("  ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_on_a_line() {
        let event = json!({"report": {"date_time": "2026-01-02T03:04:05Z", "voltage": {"l1": 230.1}, "current": {"l1": 2, "l2": 1},
            "instantaneous_power": {"active": {"positive": {"total": 0.46}}}}});
        assert_eq!(line(&event), "2026-01-02T03:04:05Z  import 0.46 kW  L1 230.1 V  L1 2 A  L2 1 A");
        assert_eq!(line(&json!({"x": 1})), r#"{"x":1}"#);
    }
}
