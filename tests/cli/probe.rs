//! `wwctl probe` on simulated lines

use crate::support::{Bench, Home};
use serde_json::{Value, json};
use wwctl::simulate::gateway::Meter;

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
    // The end of the first is enough of it, as long as that agrees with the second.
    assert!(verdict["telegrams"].as_u64().unwrap() >= 2);
    let why = verdict["evidence"][0]["why"].as_str().unwrap();
    assert!(why.contains("agree"), "{why}");
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
fn a_meter_that_never_falls_silent() {
    for (query, seconds) in [
        ("hdlc?baudrate=300&interval=5", 20.0),
        ("dsmr?baudrate=600&interval=1", 30.0),
        ("dsmr?baudrate=300&interval=5&invert=true", 100.0),
        ("hdlc?baudrate=600&interval=1&invert=true", 150.0),
        ("hdlc?baudrate=1200&interval=1&invert=true&seed=954426&adapter=cp210x", 60.0),
        ("dsmr?baudrate=2400&interval=1&invert=true&data_bits=7&parity=odd&seed=816327&adapter=cp210x", 30.0),
        (
            "dsmr?baudrate=600&interval=1&invert=true&data_bits=7&parity=even&clock=0.01&seed=548083&adapter=cp210x",
            60.0,
        ),
        ("dsmr?baudrate=1200&interval=1&invert=true&parity=odd&seed=599719&model=b&adapter=ch340", 60.0),
        ("dsmr?baudrate=1200&interval=1&invert=true&parity=none&adapter=ch340", 60.0),
        ("dsmr?baudrate=300&interval=10&invert=true&data_bits=7&parity=even&adapter=ch340", 110.0),
    ] {
        let more = if query.contains("adapter") { "" } else { "&adapter=cp210x&seed=3" };
        let (status, verdict, err) = probe(&[&format!("sim:{query}{more}")]);
        assert_eq!(status, 0, "{query}: {err}");
        assert_eq!(verdict["line"]["rx_invert"], json!(query.contains("invert")), "{query}");
        assert!(verdict["line_seconds"].as_f64().unwrap() < seconds, "{query}");
    }
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

#[test]
fn meters_that_only_answer_are_asked() {
    for (protocol, baudrate, stop_bits) in [("kmp", 1200, "2"), ("mbus", 2400, "1"), ("mep", 9600, "1")] {
        let (status, verdict, err) = probe(&[&format!("sim:{protocol}"), "--mode", "pull"]);
        assert_eq!(status, 0, "{protocol}: {err}");
        assert_eq!((&verdict["protocol"], &verdict["mode"]), (&json!(protocol), &json!("pull")));
        assert_eq!(verdict["settings"]["if_mode"], "pull");
        assert_eq!(
            (&verdict["line"]["baudrate"], &verdict["line"]["stop_bits"]),
            (&json!(baudrate), &json!(stop_bits))
        );
        assert!(!verdict["messages"].as_array().unwrap().is_empty());
    }
    let (status, verdict, _) = probe(&["sim:dsmr?fault=idle", "--mode", "pull"]);
    assert_eq!((status, &verdict["telegrams"]), (8, &json!(0)));
}

#[test]
fn a_meter_that_pushes_is_heard_in_pull_mode_too() {
    for (protocol, interval) in [("dsmr", 3), ("hdlc", 3)] {
        let port = format!("sim:{protocol}?interval={interval}");
        let (status, verdict, err) = probe(&[&port, "--mode", "pull"]);
        assert_eq!((status, &verdict["mode"]), (0, &json!("push")), "{err} {verdict}");
        assert_eq!(verdict["settings"]["if_mode"], "push");
    }
    // A link opens without any key.
    let (status, verdict, err) =
        probe(&["sim:hdlc?baudrate=9600&parity=none&interval=900", "--mode", "pull"]);
    assert_eq!(
        (status, &verdict["mode"], &verdict["protocol"]),
        (0, &json!("pull"), &json!("hdlc")),
        "{err}"
    );
}

#[test]
fn what_cannot_be_asked_is_said_at_once() {
    for (args, want) in [
        (["sim:dsmr", "--mode", "pull", "--protocol=dsmr"], "not asked in dsmr"),
        (["sim:kmp", "--mode", "pull", "--invert"], "cannot be asked"),
    ] {
        let (status, _, err) = probe(&args);
        assert_eq!(status, 2, "{args:?}: {err}");
        assert!(err.contains(want), "{err}");
    }
}

fn advises(verdict: &Value, text: &str) -> bool {
    verdict["advice"].as_array().unwrap().iter().any(|a| a.as_str().unwrap().contains(text))
}

#[test]
fn what_was_given_wrongly_is_said() {
    let line = "sim:dsmr?seed=3&baudrate=9600&data_bits=7&parity=even&interval=3";
    let (status, verdict, err) = probe(&[line, "--parity", "odd", "--invert", "--stop-bits", "2"]);
    assert_eq!((status, &verdict["line"]["parity"]), (0, &json!("even")), "{err}");
    assert!(advises(&verdict, "--parity odd was given") && advises(&verdict, "--invert=true was given"));
    // What cannot be heard is taken as it was given.
    assert_eq!(verdict["settings"]["stop_bits"], "2");
    for strategy in ["adaptive", "ordered"] {
        let (status, verdict, _) = probe(&[line, "--protocol", "hdlc", "--strategy", strategy]);
        assert_eq!(status, 8);
        assert!(advises(&verdict, "a message of dsmr was decoded at 9600"), "{strategy}: {verdict}");
    }
    for content in ["dsmr?data_bits=7&parity=even", "hdlc?parity=none", "mbus?parity=even"] {
        for given in ["2400", "600", "115200"] {
            let port = format!("sim:{content}&seed=3&baudrate=9600&interval=3");
            let (status, verdict, _) = probe(&[&port, "--baudrate", given]);
            assert_eq!((status, &verdict["settings"]), (8, &json!({})), "{port} {given}: {verdict}");
            assert_eq!(verdict["line"]["baudrate"], 9600, "{port} {given}: {verdict}");
            assert!(advises(&verdict, "without --baudrate"), "{verdict}");
        }
    }
    // An adapter that tells no errors leaves the parity open.
    let (status, verdict, err) = probe(&["sim:hdlc?adapter=ch340&parity=even", "--parity", "even"]);
    assert_eq!((status, &verdict["settings"]["parity"]), (0, &json!("even")), "{err}");
}

#[test]
fn a_busy_computer_reads_late() {
    for line in
        ["dsmr?baudrate=9600&", "hdlc?", "mbus?", "hdlc?baudrate=9600&parity=none&", "dsmr?invert=true&"]
    {
        for seed in 0..4 {
            let (status, verdict, err) = probe(&[&format!("sim:{line}busy=0.03&interval=5&seed={seed}")]);
            assert_eq!(status, 0, "{line} {seed}: {err} {verdict}");
        }
    }
}

#[test]
fn an_echo_is_no_answer() {
    let (status, verdict, err) = probe(&["sim:kmp?echo=true", "--mode", "pull"]);
    assert_eq!((status, &verdict["protocol"]), (0, &json!("kmp")), "{err}");
}

#[test]
fn what_was_saved_gives_the_same_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("line.jsonl");
    for (port, mode, want) in [
        ("sim:hdlc?seed=9&baudrate=4800&parity=odd", "push", 0),
        ("sim:dsmr?seed=9&baudrate=4800&invert=true", "auto", 0),
        ("sim:hdlc?seed=9&busy=0.02", "auto", 0),
        ("sim:dsmr?fault=noise", "auto", 8),
        ("sim:kmp?seed=9&echo=true", "pull", 0),
        ("sim:mep?seed=9", "pull", 0),
        ("sim:mbus?seed=9", "pull", 0),
        ("sim:dsmr?seed=9", "pull", 0),
        ("sim:dsmr?fault=idle", "pull", 8),
    ] {
        let (status, mut then, err) =
            probe(&[port, "--mode", mode, "--timeout", "60", "--save", file.to_str().unwrap()]);
        assert_eq!(status, want, "{port}: {err}");
        let again = format!("file:{}", file.display());
        let (status, mut again, err) = probe(&[&again, "--timeout", "60"]);
        assert_eq!(status, want, "{port}: {err}");
        for verdict in [&mut then, &mut again] {
            let object = verdict.as_object_mut().unwrap();
            object.remove("port");
            object.remove("elapsed_seconds");
        }
        assert_eq!(then, again, "{port}");
    }
}

#[test]
fn a_damaged_capture_is_named_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("line.jsonl");
    let port = format!("file:{}", file.display());
    let (status, ..) = probe(&["sim:hdlc?seed=9", "--save", file.to_str().unwrap()]);
    assert_eq!(status, 0);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(3, "{\"t\":0.4,");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let (status, _, err) = probe(&[&port]);
    assert_eq!(status, 2, "{err}");
    assert!(err.contains("line.jsonl: capture, line 4") && err.contains("hint"), "{err}");
}

#[test]
fn the_gateway_is_set_and_reads_the_meter() {
    let bench = Bench::new();
    let truth = json!({"baudrate": 2400, "parity": "even", "protocol": "hdlc"}).as_object().cloned();
    bench.gateway.set_meter(Meter { truth, ok_after: std::time::Duration::ZERO });
    let run = bench.run(&["probe", "sim:hdlc?seed=2", "--apply"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(bench.run(&["get", "parity"]).out.trim(), "even");
    assert_eq!(bench.run(&["get", "auto_baudrate"]).out.trim(), "false");
}
