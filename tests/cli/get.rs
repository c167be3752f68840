//! `wwctl get`

use crate::support::Bench;
use serde_json::json;
use wwctl::simulate::gateway::{Auth, Config, KeyMask};

const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";

#[test]
fn one_value_several_lines_a_table_an_object() {
    let bench = Bench::new();
    bench.preset(json!({"stop_bits": "1.5", "baudrate": 2400}));
    assert_eq!(bench.run(&["get", "baudrate"]).out, "2400\n");
    assert_eq!(bench.methods().len(), 2, "Digest costs one request more");
    assert_eq!(bench.run(&["get", "method", "stop_bits"]).out, "method=Passive Push\nstop_bits=1.5\n");
    let table = bench.run(&["get"]);
    let line = table.out.lines().find(|l| l.starts_with("baudrate")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["baudrate", "2400", "*", "115200"]);
    assert!(table.out.lines().all(|l| l.chars().count() <= 80) && !table.out.contains('\x1b'));
    assert_eq!(bench.run(&["get", "--json"]).json(), json!(bench.gateway.settings()));
    assert_eq!(
        bench.run(&["--json", "get", "stop_bits", "baudrate"]).json(),
        json!({"baudrate": 2400, "stop_bits": "1.5"})
    );
}

#[test]
fn colour_only_when_asked_for() {
    let bench = Bench::new();
    bench.preset(json!({"baudrate": 2400}));
    assert!(bench.run(&["get", "--color", "always"]).out.contains("\x1b["));
    assert!(!bench.run(&["get", "--color", "never"]).out.contains('\x1b'));
}

#[test]
fn lines_go_back_into_set() {
    let bench = Bench::new();
    let saved = bench.run(&["get", "baudrate", "method", "conv_factor"]).out;
    bench.preset(json!({"baudrate": 300, "conv_factor": 0.001}));
    let run = bench.run_with(&["set", "--from", "-"], &saved);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(bench.writes(), [json!({"baudrate": 115200, "conv_factor": 1})]);
}

#[test]
fn keys_are_hidden_however_the_gateway_hides_them() {
    for (mask, shown) in [(KeyMask::Omit, "(hidden)\n"), (KeyMask::Stars, "(set, hidden)\n")] {
        let bench = Bench::with(Config { auth: Auth::default(), mask, ..Config::default() });
        bench.preset(json!({"encryption_key": KEY}));
        assert_eq!(bench.run(&["get", "encryption_key"]).out, shown);
        let lines = bench.run(&["get", "encryption_key", "parity"]);
        assert_eq!(lines.out, "parity=none\n");
        assert!(lines.err.contains("encryption_key is left out"));
    }
}

#[test]
fn typos_are_all_named_before_anything_is_sent() {
    let bench = Bench::new();
    let run = bench.run(&["get", "baudrat", "partiy"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("did you mean baudrate?") && run.err.contains("did you mean parity?"),
        "{}",
        run.err
    );
    assert!(bench.methods().is_empty());
    let json = bench.run(&["get", "baudrat", "--json"]);
    let error: serde_json::Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!(error["error"]["problems"], json!([{"field": "baudrat", "nearest": "baudrate"}]));
}

#[test]
fn several_gateways_one_after_the_other() {
    let (one, two) = (Bench::new(), Bench::new());
    two.preset(json!({"baudrate": 300}));
    let both = one.run(&["-H", &two.gateway.host(), "--jobs", "1", "get", "baudrate"]);
    assert_eq!(both.out, format!("{}: 115200\n{}: 300\n", one.gateway.host(), two.gateway.host()));
    let some = one.run(&["-H", "127.0.0.1:1", "--retries", "0", "get", "baudrate", "--json"]);
    assert_eq!(some.code, 10);
    assert_eq!(some.json(), json!({"host": one.gateway.host(), "settings": {"baudrate": 115200}}));
}

#[test]
fn no_gateway_named() {
    let home = crate::support::Home::new();
    let output = home.wwctl().arg("get").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("WWCTL_HOST"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let bench = Bench::new();
    let mut command = bench.plain(&["get", "--json"]);
    command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let output = command.stderr(std::process::Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.starts_with("error: cannot write to standard output: "), "{err}");
}

#[test]
fn usage_errors_are_json_too() {
    let bench = Bench::new();
    for args in [&["get", "--jsn", "--json"][..], &["--json", "frobnicate"], &["set", "--json"]] {
        let run = bench.run(args);
        let error = &serde_json::from_str::<serde_json::Value>(&run.err).unwrap()["error"];
        assert_eq!((run.code, &error["code"]), (2, &json!("usage")), "{}", run.err);
        assert!(error["hint"].as_str().unwrap().contains("Usage: wwctl"), "{}", run.err);
    }
}
