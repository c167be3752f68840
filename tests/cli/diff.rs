//! `wwctl diff`

use crate::support::Bench;
use serde_json::json;

#[test]
fn same_is_0_and_different_is_1() {
    let bench = Bench::new();
    let saved = bench.run(&["get", "--json"]).out;
    let same = bench.run_with(&["diff", "-"], &saved);
    assert_eq!((same.code, same.out.as_str()), (0, ""));
    let run = bench.run_with(&["diff", "-"], r#"{"baudrate": 2400, "conv_factor": 1.00}"#);
    assert_eq!(run.code, 1);
    let line = run.out.lines().nth(1).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["baudrate", "115200", "2400"]);
    let json = bench.run_with(&["diff", "-", "--json"], r#"{"baudrate": 2400}"#);
    assert_eq!(json.code, 1);
    assert_eq!(json.json()["differences"], json!([{"field": "baudrate", "gateway": 115200, "file": 2400}]));
}

#[test]
fn a_key_cannot_be_compared() {
    let bench = Bench::new();
    let document = r#"{"encryption_key": "0123456789ABCDEF0123456789ABCDEF"}"#;
    let run = bench.run_with(&["diff", "-", "--json"], document);
    assert_eq!((run.code, &run.json()["not_compared"]), (0, &json!(["encryption_key"])));
    let said = bench.run_with(&["diff", "-"], document);
    assert!(said.err.contains("encryption_key cannot be compared") && !said.err.contains("0123456789"));
}
