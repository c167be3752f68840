//! `wwctl probe` on simulated lines

use crate::support::Home;
use serde_json::{Value, json};

/// Exit status, stdout as JSON, stderr.
fn probe(args: &[&str]) -> (i32, Value, String) {
    let home = Home::new();
    let output = home.wwctl().arg("probe").args(args).arg("--json").output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), serde_json::from_str(&out).unwrap_or(Value::Null), err)
}

#[test]
fn a_dsmr_line_of_each_format() {
    for (query, baudrate, data_bits, parity) in [
        ("", 115_200, 8, "none"),
        ("?baudrate=9600&data_bits=7&parity=even&seed=4", 9600, 7, "even"),
        ("?baudrate=2400&parity=odd&adapter=ftdi&model=b&seed=5", 2400, 8, "odd"),
    ] {
        let (status, verdict, err) = probe(&[&format!("sim:dsmr{query}")]);
        assert_eq!(status, 0, "{query}: {err}");
        assert_eq!(
            verdict["line"],
            json!({"baudrate": baudrate, "data_bits": data_bits, "parity": parity, "stop_bits": "1", "rx_invert": false}),
            "{query}"
        );
        assert_eq!(verdict["messages"][0]["status"], "ok");
        for (name, value) in verdict["line"].as_object().unwrap() {
            let evidence = verdict["evidence"].as_array().unwrap();
            assert!(evidence.iter().any(|e| e["what"] == **name && e["value"] == *value), "{name}");
        }
    }
}

#[test]
fn the_settings_are_those_of_the_gateway() {
    let (status, verdict, _) = probe(&["sim:hdlc?encrypt=true&seed=7"]);
    assert_eq!(status, 0);
    assert_eq!(verdict["schema"], "wwctl.probe.v1");
    assert_eq!(
        verdict["settings"],
        json!({"auto_baudrate": false, "baudrate": 2400, "parity": "even", "stop_bits": "1", "rx_invert": false,
               "protocol": "hdlc", "if_mode": "push", "encryption": true})
    );
    assert_eq!(verdict["messages"][0]["status"], "encrypted");
    assert!(verdict["advice"][0].as_str().unwrap().contains("key"));
}

#[test]
fn an_idle_line_is_8_and_says_what_to_check() {
    let (status, verdict, err) = probe(&["sim:dsmr?fault=idle"]);
    assert_eq!(status, 8);
    assert_eq!((&verdict["found"], &verdict["telegrams"]), (&json!(false), &json!(0)));
    assert_eq!(verdict["line"]["baudrate"], Value::Null);
    assert!(verdict["advice"][0].as_str().unwrap().contains("nothing was received"));
    assert!(err.contains("nothing_found"), "{err}");
}

#[test]
fn a_port_that_is_not_there_is_7_and_a_mistake_2() {
    assert_eq!(probe(&["/dev/there-is-no-such-port"]).0, 7);
    assert_eq!(probe(&["sim:dsmr?colour=red"]).0, 2);
    assert_eq!(probe(&["sim:dsmr", "--parity", "sometimes"]).0, 2);
}

#[test]
fn weak_checksums_want_two_messages() {
    let (status, verdict, _) = probe(&["sim:mbus?seed=3"]);
    assert_eq!(status, 0);
    assert_eq!(verdict["protocol"], "mbus");
    assert!(verdict["messages"].as_array().unwrap().len() >= 2);
}

#[test]
fn inverted_lines_are_put_right_without_an_inverter() {
    for query in
        ["?invert=true&seed=3", "?invert=true&baudrate=9600&data_bits=7&parity=even&seed=1&clock=0.01"]
    {
        let (status, verdict, err) = probe(&[&format!("sim:dsmr{query}")]);
        assert_eq!(status, 0, "{query}: {err}");
        assert_eq!(verdict["line"]["rx_invert"], json!(true), "{query}");
        assert_eq!(verdict["settings"]["rx_invert"], json!(true), "{query}");
        assert!(verdict["telegrams"].as_u64().unwrap() <= 3, "{query}: {verdict}");
    }
}

#[test]
fn a_slow_line_is_found_while_it_speaks() {
    let (status, verdict, err) = probe(&["sim:hdlc?baudrate=600&interval=30&seed=2"]);
    assert_eq!(status, 0, "{err}");
    assert_eq!(verdict["line"]["baudrate"], json!(600));
    assert!(verdict["telegrams"].as_u64().unwrap() <= 2, "{verdict}");
}

#[test]
fn the_sweeps_find_what_is_not_inverted() {
    for strategy in ["ordered", "exhaustive"] {
        let (status, verdict, err) = probe(&[
            "sim:dsmr?baudrate=1200&interval=20&seed=2",
            "--strategy",
            strategy,
            "--timeout",
            "2000",
        ]);
        assert_eq!((status, &verdict["line"]["baudrate"]), (0, &json!(1200)), "{strategy}: {err}");
    }
}
