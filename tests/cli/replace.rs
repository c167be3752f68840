//! `wwctl replace`

use crate::support::Bench;
use serde_json::{Value, json};

const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";
const ZEROS: &str = "00000000000000000000000000000000";

#[test]
fn a_complete_document_and_everything_it_does() {
    let bench = Bench::new();
    bench.preset(json!({"time_offset": 77, "if_type": "p1", "encryption_key": KEY}));
    let file = bench.home.file("r.json", r#"{"baudrate": 9600, "auto_baudrate": false}"#);
    let run = bench.run(&["replace", file.to_str().unwrap(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for words in
        ["baudrate", "time_offset", "77", "if_type", "encryption_key", "(cleared)", "back to default"]
    {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    let (replace, document) = bench.gateway.writes().remove(0);
    assert!(replace);
    assert_eq!(document.len(), 18);
    assert_eq!(
        (&document["baudrate"], &document["time_offset"], &document["encryption_key"]),
        (&json!(9600), &json!(0), &json!(ZEROS))
    );
    assert!(bench.gateway.keys().is_empty());
    assert_eq!(bench.methods(), ["GET", "GET", "POST", "GET"]);
}

#[test]
fn needs_to_be_confirmed() {
    let bench = Bench::new();
    let run = bench.run(&["replace", "baudrate=9600"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--yes"), "{}", run.err);
    let dry = bench.run(&["replace", "baudrate=9600", "--dry-run"]);
    assert!(dry.code == 0 && dry.out.contains("9600"), "{}", dry.err);
    assert!(bench.writes().is_empty());
}

#[test]
fn encryption_needs_its_key() {
    let bench = Bench::new();
    for args in [
        &["replace", "encryption=true", "--yes"][..],
        &["replace", "encryption=true", "encryption_key=", "--yes"],
    ] {
        let run = bench.run(args);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("--allow-missing-key"), "{}", run.err);
    }
    assert!(bench.methods().is_empty());
    assert_eq!(bench.run(&["replace", "encryption=true", "--allow-missing-key", "--yes"]).code, 0);
    assert_eq!(bench.run_with(&["replace", "encryption=true", "encryption_key=@-", "--yes"], KEY).code, 0);
    assert_eq!(bench.gateway.keys()["encryption_key"], json!(KEY));
}

#[test]
fn a_masked_key_in_the_document_is_no_key() {
    let bench = Bench::new();
    let document = r#"{"encryption": true, "encryption_key": "********************************"}"#;
    assert_eq!(bench.run_with(&["replace", "-", "--yes"], document).code, 2);
    let run = bench.run_with(&["replace", "-", "--yes", "--allow-missing-key"], document);
    assert!(run.code == 0 && run.err.contains("it will be cleared"), "{}", run.err);
}

#[test]
fn one_document_only() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["replace", "a.json", "b.json"]).code, 2);
    assert_eq!(bench.run(&["replace"]).code, 2);
    let run = bench.run_with(
        &["replace", "-", "baudrate=300", "--yes", "--json"],
        r#"{"baudrate": 600, "parity": "odd"}"#,
    );
    assert_eq!(run.code, 0, "{}", run.err);
    let fields: Vec<Value> =
        run.json()["changes"].as_array().unwrap().iter().map(|c| c["field"].clone()).collect();
    assert_eq!(fields, ["baudrate", "parity", "encryption_key", "authentication_key"]);
    assert_eq!(bench.gateway.settings()["baudrate"], json!(300));
}
