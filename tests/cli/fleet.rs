//! One command at many gateways

use crate::support::Many;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wwctl::simulate::gateway::{Auth, Fault, Faults};

#[test]
fn one_object_a_host_and_nobody_held_up() {
    let many = Many::new(12);
    many.at(0).set_faults(Faults::new([Fault::Slow(Duration::from_millis(700))]));
    many.at(1).set_auth(Auth::digest("other"));
    let hosts = many.home.file("hosts", format!("# the north\n{}\n", many.hosts()));
    let run =
        many.run(&["--hosts-file", hosts.to_str().unwrap(), "--jobs", "4", "set", "baudrate=2400", "--json"]);
    assert_eq!(run.code, 10, "{}", run.err);
    let lines = run.lines();
    assert_eq!(lines.len(), 11);
    assert!(lines.iter().all(|l| l["changed"] == json!(true) && l["verified"] == json!(true)));
    // The slow one is begun first and ends last.
    assert_eq!(lines[10]["host"], json!(many.at(0).host()));
    let errors: Vec<Value> = run.err.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let failed: Vec<&Value> = errors.iter().filter(|e| e.get("error").is_some()).collect();
    assert_eq!(failed.len(), 1, "{}", run.err);
    assert_eq!(failed[0]["error"]["host"], json!(many.at(1).host()));
    let summary = &errors.iter().find(|e| e.get("summary").is_some()).expect("a summary")["summary"];
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(11), &json!(1)));
    assert_eq!(summary["causes"]["password_refused"], json!([many.at(1).host()]));
    let writes: Vec<usize> = (0..12).map(|n| usize::from(n != 1)).collect();
    assert_eq!(many.writes(), writes);
}

#[test]
fn they_are_asked_at_the_same_time() {
    let many = Many::new(8);
    for gateway in many.fleet.gateways() {
        gateway.set_faults(Faults::new([Fault::Slow(Duration::from_millis(250))]));
    }
    // One after the other takes 8 × 2 answers of 250 ms; all at once leave a wide margin.
    let start = Instant::now();
    let run = many.run_with(&["--hosts-file", "-", "get", "baudrate"], &many.hosts());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(run.code, 0, "{}", run.err);
    let mut lines: Vec<&str> = run.out.lines().collect();
    lines.sort_unstable();
    let mut expected: Vec<String> =
        many.fleet.gateways().iter().map(|g| format!("{}: 115200", g.host())).collect();
    expected.sort();
    assert_eq!(lines, expected);
}

#[test]
fn what_discover_prints_is_a_hosts_file() {
    let many = Many::new(2);
    let found: String = many
        .fleet
        .gateways()
        .iter()
        .map(|g| {
            let host = g.host();
            let (address, port) = host.split_once(':').unwrap();
            let port: u16 = port.parse().unwrap();
            format!("{}\n", json!({"schema": "wwctl.gateway.v1", "id": g.id(), "host": "x.local", "address": address, "port": port}))
        })
        .collect();
    let run = many.run_with(&["--hosts-file", "-", "info", "--json"], &found);
    assert_eq!((run.code, run.lines().len()), (0, 2), "{}", run.err);
    assert!(run.lines().iter().all(|l| l["system"]["meter"]["status"] == json!("OK")));
    // A file of one gateway gives lines of the same form as a file of a thousand.
    let one = many.run_with(&["--hosts-file", "-", "get", "baudrate", "--json"], &many.at(0).host());
    assert_eq!(one.lines(), [json!({"host": many.at(0).host(), "settings": {"baudrate": 115200}})]);
}

#[test]
fn text_of_a_gateway_stays_together_and_the_summary_names_causes() {
    let many = Many::new(3);
    many.at(2).set_auth(Auth::digest("other"));
    let hosts: Vec<String> = many.fleet.gateways().iter().map(|g| g.host()).collect();
    let run = many.run(&["-H", &hosts.join(","), "get"]);
    assert_eq!(run.code, 10);
    for host in &hosts[..2] {
        let block = run.out.split("# ").find(|b| b.starts_with(host.as_str())).expect("a block");
        assert_eq!(block.lines().filter(|l| l.starts_with("baudrate")).count(), 1);
    }
    assert!(run.err.contains("3 gateways: 2 done, 1 failed"), "{}", run.err);
    assert!(run.err.contains(&format!("password_refused  1: {}", hosts[2])), "{}", run.err);
    // Both of a comparison's answers are kept apart from failures.
    many.at(0).preset(json!({"baudrate": 300}).as_object().unwrap()).unwrap();
    let same = many.run_with(&["-H", &hosts[..2].join(","), "diff", "-"], r#"{"baudrate": 115200}"#);
    assert_eq!(same.code, 1, "{}", same.err);
}

#[test]
fn a_line_that_is_no_gateway_is_named_and_nothing_is_sent() {
    let many = Many::new(1);
    let run = many.run_with(&["--hosts-file", "-", "get"], &format!("{}{{\"id\":1}}\n", many.hosts()));
    assert_eq!(run.code, 2);
    assert!(run.err.contains("standard input:2: "), "{}", run.err);
    assert_eq!(many.run_with(&["--hosts-file", "-", "get"], "# none\n").code, 2);
    assert!(many.at(0).log().is_empty());
}

#[test]
fn keys_only_when_something_else_changes_or_the_meter_is_not_decoded() {
    let many = Many::new(1);
    let host = many.at(0).host();
    let set = |document: Value| {
        many.run_with(
            &["-H", &host, "set", "--from", "-", "--update-keys", "auto", "--json"],
            &document.to_string(),
        )
    };
    let key = "0123456789ABCDEF0123456789ABCDEF";
    // Encryption is off: the key is not in use, so nobody knows whether it is right.
    assert_eq!(set(json!({"encryption_key": key})).json()["changed"], json!(true));
    assert_eq!(set(json!({"encryption_key": key, "encryption": true})).json()["changed"], json!(true));
    let again = set(json!({"encryption_key": key, "encryption": true}));
    assert_eq!((again.code, again.json()["changed"].clone()), (0, json!(false)), "{}", again.err);
    assert_eq!(many.writes(), [2]);
    many.at(0).set_meter(wwctl::simulate::gateway::Meter {
        truth: json!({"encryption_key": "F".repeat(32)}).as_object().cloned(),
        ok_after: Duration::ZERO,
    });
    assert_eq!(set(json!({"encryption_key": key, "encryption": true})).json()["changed"], json!(true));
}

/// `| head -1` takes one line and goes: the gateways are changed all the same.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_stops_no_work() {
    let many = Many::new(12);
    let hosts = many.home.file("hosts", many.hosts());
    let line = format!(
        "{{ {} -q --hosts-file {} --jobs 2 set baudrate=2400; echo $? >status; }} | head -n 1",
        env!("CARGO_BIN_EXE_wwctl"),
        hosts.display()
    );
    let mut command = many.home.wrap(assert_cmd::Command::new("sh"));
    command.args(["-c", &line]).env("WWCTL_PASSWORD", "pw");
    assert_eq!(crate::support::run(command).out.lines().count(), 1);
    assert_eq!(std::fs::read_to_string(many.home.path().join("status")).unwrap().trim(), "0");
    assert_eq!(many.writes(), [1; 12]);
}
