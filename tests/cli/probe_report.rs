//! `wwctl probe --report`: the page is written whatever came of the probe, and holds no more than it may

use crate::support::Home;
use std::path::Path;
use wwctl::decode::checksum;

/// Exit status, stdout, stderr, and the page if there is one.
fn probe(home: &Home, args: &[&str]) -> (i32, String, String, Option<String>) {
    let output = home.wwctl().arg("probe").args(args).args(["--report", "page.html"]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let page = std::fs::read_to_string(home.path().join("page.html")).ok();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr), page)
}

/// Names in the home, hidden ones too.
fn files(home: &Path) -> Vec<String> {
    let names = std::fs::read_dir(home).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains('.')).collect();
    names.sort();
    names
}

#[test]
fn what_was_found_is_said_and_written() {
    let home = Home::new();
    let (status, out, err, page) = probe(&home, &["sim:dsmr?seed=1"]);
    assert_eq!(status, 0, "{err}");
    assert!(out.starts_with("found: 115200 8N1, not inverted, dsmr"), "{out}");
    let page = page.unwrap();
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("115200 8N1, not inverted, dsmr") && page.contains("kWh"));
    let (_, command) = out.split_once("  wwctl -H HOST set ").unwrap();
    assert!(page.contains(&format!("wwctl -H HOST set {}", command.trim_end())), "{command}");
    assert_eq!(files(home.path()), ["page.html"]);
}

#[test]
fn json_and_quiet_get_a_page_too() {
    let home = Home::new();
    let (status, out, err, page) = probe(&home, &["sim:dsmr?seed=1", "--json", "--quiet"]);
    assert_eq!((status, err.as_str()), (0, ""));
    let verdict: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(verdict["found"], true);
    assert!(page.unwrap().contains("baudrate=115200"));
}

#[test]
fn nothing_found_is_written_too() {
    let home = Home::new();
    std::fs::write(home.path().join("page.html"), "what was here before").unwrap();
    let (status, _, _, page) = probe(&home, &["sim:dsmr?fault=idle"]);
    assert_eq!(status, 8);
    let page = page.unwrap();
    assert!(page.contains("The line is idle") && page.contains("check the wiring"));
    assert!(!page.contains("before</"));
}

#[test]
fn a_place_that_cannot_be_written_is_said_before_the_line_is_touched() {
    let home = Home::new();
    // The port is not there either: that is found out later.
    for (path, why) in [("no/such/folder/page.html", "No such file"), (".", "it is a folder")] {
        let args = ["probe", "/dev/there-is-no-such-port", "--report", path];
        let output = home.wwctl().args(args).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{err}");
        if cfg!(unix) {
            assert!(err.starts_with("error: --report: ") && err.contains(why), "{err}");
        }
    }
    let before = files(home.path());
    let (status, _, _, page) = probe(&home, &["/dev/there-is-no-such-port"]);
    assert_eq!((status, page), (7, None));
    assert_eq!(files(home.path()), before);
}

#[test]
fn a_capture_becomes_a_page_later() {
    let home = Home::new();
    let saved = home.wwctl().args(["probe", "sim:hdlc?seed=2", "--save", "case.jsonl"]).output().unwrap();
    assert_eq!(saved.status.code(), Some(0));
    let (status, _, err, page) = probe(&home, &["file:case.jsonl"]);
    assert_eq!(status, 0, "{err}");
    let page = page.unwrap();
    for want in ["2400 8E1, not inverted, hdlc", "Replay of", "sim:hdlc?seed=2, recorded 20", "simulated"] {
        assert!(page.contains(want), "{want}");
    }
    // The evidence itself is not to be lost for it.
    let kept = std::fs::read(home.path().join("case.jsonl")).unwrap();
    for args in [
        ["file:case.jsonl", "--report", "case.jsonl", "--quiet"].as_slice(),
        ["sim:dsmr", "--save", "case.jsonl", "--report", "./case.jsonl"].as_slice(),
    ] {
        let output = home.wwctl().arg("probe").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("would overwrite"));
    }
    assert_eq!(std::fs::read(home.path().join("case.jsonl")).unwrap(), kept);
}

#[test]
fn markup_in_a_telegram_is_only_text() {
    let home = Home::new();
    let hostile = "</script><img src=x onerror=alert(1)>";
    let mut telegram = format!(
        "/ISK5\\2{hostile}\r\n\r\n0-0:96.13.0({})\r\n1-0:1.8.1(000123.456*kWh)\r\n!",
        hex::encode(hostile)
    );
    let crc = checksum::arc(telegram.as_bytes());
    telegram.push_str(&format!("{crc:04X}\r\n"));
    home.file("telegram.txt", &telegram);
    let (status, out, err, page) = probe(&home, &["sim:dsmr?frames=telegram.txt"]);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains(hostile), "{out}");
    let page = page.unwrap();
    assert!(!page.contains("<img") && !page.contains("<script") && !page.contains("</script"));
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert!(page.contains("123.456"));
}

#[test]
fn keys_do_not_reach_the_page() {
    let home = Home::new();
    let key = "000102030405060708090A0B0C0D0E0F";
    home.file("key", key);
    let port = format!("sim:hdlc?encrypt=true&key={key}&seed=7");
    let (status, out, err, page) = probe(&home, &[&port, "--key", "@key"]);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("hdlc: ok"), "{out}");
    let page = page.unwrap();
    assert!(!page.to_uppercase().contains(key) && page.contains("key=…"));
}

/// The user has waited long enough.
#[cfg(unix)]
#[test]
fn an_interrupted_probe_leaves_its_page() {
    use std::process::Command;
    if Command::new("kill").arg("-l").output().is_err() {
        eprintln!("skipped: there is no kill here");
        return;
    }
    let home = Home::new();
    let child = home
        .process()
        .args(["probe", "sim:dsmr?fault=idle&realtime=true", "--report", "page.html", "--save", "case.jsonl"])
        .spawn()
        .unwrap();
    // The capture is there once listening has begun.
    let started = std::time::Instant::now();
    while !home.path().join("case.jsonl").exists() && started.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(!home.path().join("page.html").exists());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let page = std::fs::read_to_string(home.path().join("page.html")).unwrap();
    assert!(page.contains("The probe was interrupted") && page.contains("<h1>"));
}
