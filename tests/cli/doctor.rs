//! `wwctl doctor`, `info`, `report`, `live`

use crate::support::Bench;
use serde_json::json;
use std::time::Duration;
use wwctl::simulate::gateway::{Auth, Config, Fault, Faults, Meter};

#[test]
fn a_meter_that_is_read_is_0_and_one_that_is_not_9() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["doctor"]).code, 0);
    let truth = json!({"baudrate": 2400}).as_object().cloned();
    bench.gateway.set_meter(Meter { truth, ok_after: Duration::ZERO });
    let run = bench.run(&["doctor"]);
    assert_eq!(run.code, 9);
    assert!(run.out.contains("NOT RECOGNIZED") && run.out.contains("wwctl probe"), "{}", run.out);
    let run = bench.run(&["doctor", "--json"]);
    assert_eq!((run.code, &run.json()["ok"]), (9, &json!(false)));
    assert!(bench.writes().is_empty());
}

#[test]
fn info_and_report() {
    let bench = Bench::new();
    let run = bench.run(&["info"]);
    assert!(run.code == 0 && run.out.contains("firmware") && run.out.contains("status"), "{}", run.out);
    assert_eq!(bench.run(&["info", "--json"]).json()["device"]["id"], json!("ECC9FFABCDEF"));
    assert_eq!(bench.run(&["report"]).code, 0);
    bench.gateway.set_faults(Faults::new([Fault::License]));
    let run = bench.run(&["report"]);
    assert!(run.code == 6 && run.err.contains("licence"), "{}", run.err);
}

#[test]
fn live_values_as_lines_of_json() {
    let bench = Bench::with(Config {
        auth: Auth::digest("pw"),
        live_interval: Duration::from_millis(20),
        ..Config::default()
    });
    let run = bench.run(&["live", "--json", "--count", "2"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines: Vec<serde_json::Value> = run.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
}
