//! Settings that contradict each other.  Advice only: the gateway takes them, and a meter may differ.

use super::difference::{KeyState, key_state};
use super::{Object, Value, Wanted};

/// What an interface carries, where that is narrow.  Interfaces not listed carry anything.
///
/// P1 is the port of DSMR and of the Nordic and Luxembourg HAN profiles (DSMR telegrams or DLMS in HDLC);
/// the M-Bus interface has M-Bus and the DLMS profiles that use its wires; MEP ports speak MEP alone
/// (gateway's interface table, "Interface Types").
const CARRIES: &[(&str, &[&str])] = &[
    ("p1", &["dsmr", "hdlc"]),
    ("p1_adapter", &["dsmr", "hdlc"]),
    ("mbus", &["mbus", "mbtr", "hdlc"]),
    ("mep", &["mep"]),
];

/// Protocols whose meters only send, or only answer.
const MODES: &[(&str, &str, &str)] = &[
    ("dsmr", "pull", "a DSMR meter sends on its own"),
    ("kmp", "push", "a KMP meter only answers"),
    ("mep", "push", "a MEP meter only answers"),
];

/// Advice about the settings as they will be: `after` is the whole, `wanted` what was asked for just now.
pub fn advice(after: &Object, wanted: &Wanted) -> Vec<String> {
    let text = |name: &str| after.get(name).and_then(|v| v.as_str());
    let flag = |name: &str| after.get(name).and_then(serde_json::Value::as_bool);
    let asked = |name: &str| wanted.get(name).is_some();
    let mut advice = Vec::new();

    let line: Vec<&str> =
        ["baudrate", "parity", "stop_bits"].into_iter().filter(|name| asked(name)).collect();
    if !line.is_empty() && flag("auto_baudrate") == Some(true) && !all_default(wanted, &line) {
        advice.push(format!(
            "auto_baudrate=true: the gateway finds the line's settings itself and {} may not count; set auto_baudrate=false",
            and(&line)
        ));
    }

    let key_given = matches!(wanted.get("encryption_key"), Some(Value::Key(_)));
    let key_cleared = wanted.get("encryption_key") == Some(&Value::ClearKey);
    if flag("encryption") == Some(true) && !key_given && (asked("encryption") || key_cleared) {
        let state = if key_cleared { KeyState::NotSet } else { key_state(after.get("encryption_key")) };
        match state {
            KeyState::NotSet => advice.push("encryption=true without an encryption_key: nothing can be decrypted".into()),
            KeyState::Unknown => advice.push(
                "encryption=true and no encryption_key given: it works only if the gateway holds the key already".into(),
            ),
            KeyState::Set => {}
        }
    }
    if key_given && flag("encryption") == Some(false) {
        advice.push("encryption=false: the key has no effect until encryption=true".into());
    }

    let concerns = |names: &[&str]| names.iter().any(|name| asked(name));
    if let (Some(interface), Some(protocol)) = (text("if_type"), text("protocol"))
        && concerns(&["if_type", "protocol"])
        && protocol != "auto"
        && let Some((_, carried)) = CARRIES.iter().find(|(name, _)| *name == interface)
        && !carried.contains(&protocol)
    {
        advice.push(format!(
            "if_type={interface} and protocol={protocol} do not go together: {interface} carries {}",
            carried.join(", ")
        ));
    }
    if let (Some(protocol), Some(mode)) = (text("protocol"), text("if_mode"))
        && concerns(&["protocol", "if_mode"])
        && let Some((_, _, why)) = MODES.iter().find(|(p, m, _)| *p == protocol && *m == mode)
    {
        advice.push(format!("protocol={protocol} and if_mode={mode} do not go together: {why}"));
    }
    if text("if_type") == Some("ttl_push")
        && text("if_mode") == Some("pull")
        && concerns(&["if_type", "if_mode"])
    {
        advice
            .push("if_type=ttl_push and if_mode=pull do not go together: its meter sends on its own".into());
    }

    let factor = super::field("conv_factor").zip(after.get("conv_factor"));
    if let Some((f, factor)) = factor
        && concerns(&["conv_factor", "scalers_set"])
        && !super::difference::equal(f, factor, &f.default_value().to_wire())
        && let Some(set) = text("scalers_set").filter(|set| *set != "default")
    {
        advice.push(format!(
            "conv_factor={factor} acts on top of scalers_set={set}: check that values are not scaled twice"
        ));
    }
    advice
}

/// Line settings that only repeat the defaults contradict nothing.
fn all_default(wanted: &Wanted, names: &[&str]) -> bool {
    names.iter().all(|name| super::field(name).is_some_and(|f| wanted.get(name) == Some(&f.default_value())))
}

fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FIELDS, Input, changes, partial_document};
    use super::*;

    fn given(assignments: &[&str]) -> Vec<String> {
        let mut input = Input::default();
        for argument in assignments {
            let (name, value) = argument.split_once('=').unwrap();
            input.assign(name, value);
        }
        let wanted = input.finish().unwrap();
        let mut after: Object = FIELDS
            .iter()
            .filter(|f| !f.is_hidden())
            .map(|f| (f.name.to_owned(), f.default_value().to_wire()))
            .collect();
        after.extend(partial_document(&changes(&after, &wanted)));
        for f in FIELDS.iter().filter(|f| f.is_hidden()) {
            after.remove(f.name);
        }
        advice(&after, &wanted)
    }

    #[test]
    fn contradictions_are_named() {
        for (assignments, words) in [
            (&["baudrate=2400", "parity=even"][..], "auto_baudrate"),
            (&["encryption=true"], "encryption_key"),
            (&["encryption=true", "encryption_key="], "without an encryption_key"),
            (&["encryption_key=0123456789ABCDEF0123456789ABCDEF"], "encryption=false"),
            (&["if_type=p1", "protocol=mbus"], "if_type=p1 and protocol=mbus"),
            (&["if_type=mep", "protocol=dsmr"], "if_type=mep"),
            (&["protocol=dsmr", "if_mode=pull"], "sends on its own"),
            (&["if_type=ttl_push", "if_mode=pull"], "ttl_push"),
            (&["conv_factor=40", "scalers_set=lge570"], "scaled twice"),
        ] {
            let said = given(assignments);
            assert_eq!(said.len(), 1, "{assignments:?}: {said:?}");
            assert!(said[0].contains(words), "{said:?}");
        }
    }

    #[test]
    fn what_goes_together_gets_none() {
        for assignments in [
            &["baudrate=2400", "auto_baudrate=false"][..],
            &["baudrate=115200"],
            &["if_type=mbus", "protocol=hdlc"],
            &["if_type=p1", "protocol=dsmr", "if_mode=push"],
            &["encryption=true", "encryption_key=0123456789ABCDEF0123456789ABCDEF"],
            &["conv_factor=40"],
            &["conv_factor=1.000", "scalers_set=lge570"],
            &["time_offset=3600", "sync_time_offset_with_ntp=true"],
        ] {
            assert_eq!(given(assignments), Vec::<String>::new(), "{assignments:?}");
        }
    }
}
