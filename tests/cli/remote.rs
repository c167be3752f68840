//! `wwctl probe` over RFC 2217, against a line that is modelled apart from the program's own simulation

use crate::support::Home;
use crate::support::line_server::{Line, LineServer, Notifies, dsmr, hdlc, mbus};
use serde_json::{Value, json};

/// Probes a line in real time: exit status, verdict, stderr.
fn probe(line: Line, timeout: &str) -> (i32, Value, String) {
    let server = LineServer::start(line);
    let home = Home::new();
    let output = home
        .wwctl()
        .args(["probe", &server.url, "--json", "--timeout", timeout])
        .timeout(std::time::Duration::from_secs(100))
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap_or(-1), serde_json::from_str(&out).unwrap_or(Value::Null), err)
}

fn found(line: Line, protocol: &str) -> Value {
    let format = line.format;
    let inverted = line.inverted;
    let (status, verdict, err) = probe(line, "60");
    assert_eq!(status, 0, "{protocol} {format:?}: {err} {verdict}");
    assert_eq!(verdict["protocol"], protocol);
    assert_eq!(verdict["line"]["baudrate"], json!(format.baudrate as u32), "{verdict}");
    assert_eq!(verdict["line"]["data_bits"], json!(format.data_bits), "{verdict}");
    let parity = match format.parity {
        'E' => "even",
        'O' => "odd",
        _ => "none",
    };
    assert_eq!(verdict["line"]["parity"], parity, "{format:?} {verdict}");
    assert_eq!(verdict["line"]["rx_invert"], json!(inverted), "{verdict}");
    assert_eq!(verdict["messages"][0]["status"], "ok", "{verdict}");
    verdict
}

fn telegrams(make: impl Fn(u32) -> Vec<u8>) -> Vec<Vec<u8>> {
    (0..7).map(make).collect()
}

#[test]
fn a_dsmr_5_line() {
    let verdict = found(Line::new(115_200, "8N", telegrams(dsmr)), "dsmr");
    assert_eq!(verdict["faults"], json!([]), "{verdict}");
}

#[test]
fn a_dsmr_2_line_of_seven_bits() {
    found(Line { interval: 2.0, ..Line::new(9600, "7E", telegrams(dsmr)) }, "dsmr");
}

#[test]
fn an_hdlc_line_with_parity() {
    found(Line { interval: 2.0, ..Line::new(2400, "8E", telegrams(hdlc)) }, "hdlc");
}

#[test]
fn an_mbus_line() {
    found(Line::new(2400, "8E", telegrams(|i| mbus(i as u8))), "mbus");
}

#[test]
fn an_inverted_dsmr_line() {
    if cfg!(debug_assertions) {
        // Putting it right is slow then, and the meter does not wait.
        eprintln!("skipped: wants a release build");
        return;
    }
    for resumes in [false, true] {
        found(Line { inverted: true, resumes, ..Line::new(115_200, "8N", telegrams(dsmr)) }, "dsmr");
    }
}

#[test]
fn a_server_that_tells_changes_only() {
    for (baudrate, format, make) in [(9600, "7E", dsmr as fn(u32) -> Vec<u8>), (2400, "8O", hdlc)] {
        let notifies = Notifies::Changes;
        let protocol = if format == "7E" { "dsmr" } else { "hdlc" };
        found(Line { interval: 2.0, notifies, ..Line::new(baudrate, format, telegrams(make)) }, protocol);
    }
}

#[test]
fn a_server_that_tells_errors_in_place_of_characters() {
    let line = Line { notifies: Notifies::Instead, interval: 2.0, ..Line::new(9600, "8E", telegrams(dsmr)) };
    let (status, verdict, err) = probe(line, "60");
    assert_eq!((status, &verdict["line"]["baudrate"]), (0, &json!(9600)), "{err}");
    assert_eq!(verdict["line"]["parity"], Value::Null, "{verdict}");
}

#[test]
fn a_server_that_keeps_errors_to_itself() {
    let line = Line { notifies: Notifies::Never, ..Line::new(9600, "8N", telegrams(dsmr)) };
    let (status, verdict, err) = probe(line, "60");
    assert_eq!((status, &verdict["line"]["baudrate"]), (0, &json!(9600)), "{err}");
    assert_eq!(verdict["line"]["parity"], Value::Null, "{verdict}");
}

#[test]
fn a_line_that_is_always_low() {
    let line = Line { stuck: true, ..Line::new(9600, "8N", telegrams(dsmr)) };
    let (status, verdict, _) = probe(line, "5");
    assert_eq!(status, 8);
    let causes: Vec<&Value> = verdict["faults"].as_array().unwrap().iter().map(|f| &f["fault"]).collect();
    assert!(causes.contains(&&json!("stuck")) && causes.contains(&&json!("idle")), "{verdict}");
}
