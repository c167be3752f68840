//! Ports, captures, and lines behind pseudo-terminals and network servers.

use crate::support::{Home, has};
use assert_cmd::Command;
use serialport::{SerialPort, TTYPort};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A pseudo-terminal: its master, and the path of its slave.
fn pty() -> (TTYPort, String) {
    let (master, slave) = TTYPort::pair().expect("a pseudo-terminal");
    let path = slave.name().expect("the slave's path");
    // The slave stays open, or the master would fail while nobody else has it.
    std::mem::forget(slave);
    (master, path)
}

/// Says the same every 20 ms for as long as anybody can hear it.
fn repeat(mut master: TTYPort, text: &'static [u8]) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until && master.write_all(text).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

fn wait(child: &mut Child, at_most: Duration) -> Option<i32> {
    let until = Instant::now() + at_most;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn bytes_of(capture: &str) -> Vec<u8> {
    let mut all = Vec::new();
    wwctl::line::capture::bytes(capture.as_bytes()).unwrap().read_to_end(&mut all).unwrap();
    all
}

#[test]
fn a_terminal_is_recorded_octet_for_octet() {
    let home = Home::new();
    let (master, path) = pty();
    // FF is what the marking of errors doubles; NUL, CR and XOFF are what terminals meddle with.
    repeat(master, b"\x00\xFF\r\n\x13\xFF\xFF\x7E end ");
    let output = home
        .wwctl()
        .args(["capture", &path, "-o", "line.jsonl", "--for", "1", "--baudrate", "2400", "--parity", "even"])
        .assert()
        .success();
    assert!(output.get_output().stdout.is_empty());
    let capture = std::fs::read_to_string(home.path().join("line.jsonl")).unwrap();
    let text = bytes_of(&capture);
    let start = text.iter().position(|b| *b == 0).unwrap();
    assert!(text[start..].starts_with(b"\x00\xFF\r\n\x13\xFF\xFF\x7E end \x00\xFF\r\n"));
    let header: serde_json::Value = serde_json::from_str(capture.lines().next().unwrap()).unwrap();
    assert_eq!(header["schema"], "wwctl.capture.v1");
    assert_eq!(header["line"]["parity"], "even");
    assert_eq!(header["doubtful"], true);
    assert!(capture.ends_with("\"end\":true}\n"));

    let raw = home.wwctl().args(["capture", "file:line.jsonl", "-q", "-o", "-", "--format", "raw"]).assert();
    assert_eq!(raw.success().get_output().stdout, text);
}

#[test]
fn a_port_in_use_is_told_apart() {
    let home = Home::new();
    let (_master, path) = pty();
    let _held = serialport::new(&path, 9600).open_native().unwrap();
    let output = home.wwctl().args(["capture", &path, "-o", "x", "--json"]).assert().code(7);
    let error: serde_json::Value = serde_json::from_slice(&output.get_output().stderr).unwrap();
    assert_eq!(error["error"]["code"], "port_busy");
    assert!(error["error"]["hint"].as_str().unwrap().contains("end "));
    assert!(!home.path().join("x").exists());
}

#[test]
fn an_unplugged_port_ends_with_7_and_keeps_what_was_heard() {
    let home = Home::new();
    if !has("bash") {
        return;
    }
    let (mut master, path) = pty();
    // The master end is not to live on in the child.
    let close =
        "for f in /proc/self/fd/*; do n=${f##*/}; [ $n -gt 2 ] && eval \"exec $n>&-\"; done; exec \"$@\"";
    let mut child = std::process::Command::new("bash")
        .args(["-c", close, "bash", env!("CARGO_BIN_EXE_wwctl"), "capture", &path, "-o", "line.jsonl"])
        .current_dir(home.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let file = home.path().join("line.jsonl");
    let until = Instant::now() + Duration::from_secs(20);
    while std::fs::read_to_string(&file).map_or(0, |text| text.lines().count()) < 3 {
        assert!(Instant::now() < until, "nothing is recorded");
        master.write_all(b"before").unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(master);
    assert_eq!(wait(&mut child, Duration::from_secs(20)), Some(7));
    let mut message = String::new();
    child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
    assert!(message.contains("went away"), "{message}");
    let capture = std::fs::read_to_string(&file).unwrap();
    assert!(bytes_of(&capture).starts_with(b"before"));
    assert!(capture.ends_with("\"end\":true}\n"));
}

#[test]
fn ports_that_cannot_be_opened_have_remedies() {
    let home = Home::new();
    home.file("plain", "text");
    for (port, message) in [
        ("/dev/no-such-port", "is not there"),
        ("/dev/null", "no serial port"),
        ("plain", "no serial port"),
        ("tcp://127.0.0.1:1", "does not answer"),
        ("rfc2217://127.0.0.1:1", "does not answer"),
        ("file:none.jsonl", "cannot be read"),
    ] {
        let output = home.wwctl().args(["capture", port, "-o", "x"]).assert().code(7);
        let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(text.contains(message), "{port}: {text}");
    }
    for port in ["sim:dsmr", "sim:dsmr?parity=odd&colour=red", "file:plain", "tcp://nowhere"] {
        home.wwctl().args(["capture", port, "-o", "x"]).assert().code(2);
    }
    assert!(!home.path().join("x").exists());
}

#[test]
fn interrupted_recordings_are_complete() {
    let home = Home::new();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_wwctl"))
        .args(["capture", "sim:dsmr?realtime=true&interval=0.5", "-o", "line.jsonl"])
        .current_dir(home.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let file = home.path().join("line.jsonl");
    let until = Instant::now() + Duration::from_secs(20);
    while std::fs::read_to_string(&file).map_or(0, |text| text.lines().count()) < 3 {
        assert!(Instant::now() < until, "nothing is recorded");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(wait(&mut child, Duration::from_secs(20)), Some(130));
    assert!(std::fs::read_to_string(&file).unwrap().ends_with("\"end\":true}\n"));
}

#[test]
fn files_are_rotated_and_none_is_overwritten() {
    let home = Home::new();
    let capture = |extra: &[&str]| {
        let mut command = home.wwctl();
        command.args(["capture", "sim:dsmr?interval=1&seed=4", "-o", "p1.jsonl", "--for", "10"]).args(extra);
        command
    };
    capture(&[]).assert().success();
    let whole = bytes_of(&std::fs::read_to_string(home.path().join("p1.jsonl")).unwrap());
    let refused = capture(&[]).assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("--force"));
    capture(&["--force", "--rotate-size", "6k"]).assert().success();
    let mut pieces = Vec::new();
    let mut number = 1;
    loop {
        let name = if number == 1 { "p1.jsonl".to_owned() } else { format!("p1.{number}.jsonl") };
        let Ok(text) = std::fs::read_to_string(home.path().join(name)) else { break };
        assert!(text.len() < 8000);
        // Each file is a capture of its own.
        pieces.extend(bytes_of(&text));
        number += 1;
    }
    assert!(number > 5);
    assert_eq!(pieces, whole);
    capture(&["--force", "--rotate-time", "3", "--keep", "2"]).assert().success();
    assert!(home.path().join("p1.4.jsonl").exists());
    assert!(!home.path().join("p1.2.jsonl").exists());
}

#[test]
fn wireshark_reads_pcapng() {
    if !has("tshark") {
        return;
    }
    let home = Home::new();
    // Heard with the wrong parity, so that some characters are in error.
    home.wwctl()
        .args([
            "capture",
            "sim:hdlc?seed=2",
            "-b",
            "2400",
            "-o",
            "line.pcapng",
            "--format",
            "pcapng",
            "--for",
            "20",
        ])
        .assert()
        .success();
    let tshark = |field: &str| {
        let mut command = home.wrap(Command::new("tshark"));
        let output = command.args(["-r", "line.pcapng", "-T", "fields", "-e", field]).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let events = tshark("rtacser.eventtype");
    let count = |event: &str| events.lines().filter(|line| *line == event).count();
    assert!(count("0x02") > 100 && count("0x07") > 100, "{events}");
    let data: String = tshark("data.data").split_whitespace().collect();
    home.wwctl()
        .args([
            "capture",
            "sim:hdlc?seed=2",
            "-b",
            "2400",
            "-o",
            "line.raw",
            "--format",
            "raw",
            "--for",
            "20",
        ])
        .assert()
        .success();
    assert_eq!(data, hex::encode(std::fs::read(home.path().join("line.raw")).unwrap()));
}

#[test]
fn the_server_of_pyserial_is_set_and_heard() {
    let home = Home::new();
    let mut python = std::process::Command::new("python3");
    if !has("python3")
        || !python.args(["-c", "import serial.rfc2217"]).stderr(Stdio::null()).status().unwrap().success()
    {
        eprintln!("skipped: no pyserial here");
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/serial/rfc2217_server.py");
    let mut server =
        std::process::Command::new("python3").arg(script).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let url = format!("rfc2217://127.0.0.1:{}", lines.next().unwrap().unwrap());
    home.wwctl()
        .args(["capture", &url, "-o", "line.jsonl", "--for", "1", "-b", "2400"])
        .args(["--data-bits", "7", "--parity", "odd", "--stop-bits", "1.5"])
        .assert()
        .success();
    assert_eq!(lines.next().unwrap().unwrap(), r#"[2400, 7, "O", 1.5]"#);
    server.wait().unwrap();
    let capture = std::fs::read_to_string(home.path().join("line.jsonl")).unwrap();
    let text = bytes_of(&capture);
    assert!(text.windows(16).any(|w| w == b"tick \xFF\r\ntick \xFF\r\n"), "{capture}");
    let header: serde_json::Value = serde_json::from_str(capture.lines().next().unwrap()).unwrap();
    assert_eq!(header["doubtful"], false);
    assert_eq!(header["driver"], "RFC 2217 server");
}

#[test]
fn ser2net_on_a_terminal_is_heard() {
    if !has("ser2net") && !std::path::Path::new("/usr/sbin/ser2net").exists() {
        return;
    }
    let program =
        if std::path::Path::new("/usr/sbin/ser2net").exists() { "/usr/sbin/ser2net" } else { "ser2net" };
    let home = Home::new();
    let (master, path) = pty();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = home.file(
        "ser2net.yaml",
        format!(
            "connection: &meter\n  accepter: telnet(rfc2217),tcp,127.0.0.1,{port}\n  connector: serialdev,{path},9600n81,local\n"
        ),
    );
    let mut server = std::process::Command::new(program)
        .args(["-n", "-c", config.to_str().unwrap()])
        .args(["-P", home.path().join("pid").to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "ser2net does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    // It takes a moment to let go of the port that the look at it above had made it open.
    std::thread::sleep(Duration::from_millis(500));
    repeat(master, b"tock \xFF\r\n");
    let output = home
        .wwctl()
        .args(["capture", &format!("rfc2217://127.0.0.1:{port}"), "-o", "line.jsonl", "--for", "2"])
        .args(["-b", "2400", "--parity", "even"])
        .output()
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let capture = std::fs::read_to_string(home.path().join("line.jsonl")).unwrap();
    assert!(bytes_of(&capture).windows(16).any(|w| w == b"tock \xFF\r\ntock \xFF\r\n"), "{capture}");
    let header: serde_json::Value = serde_json::from_str(capture.lines().next().unwrap()).unwrap();
    assert!(header["driver"].as_str().unwrap().starts_with("RFC 2217 server"), "{header}");
    // It offers no reports of the line's state here.
    assert_eq!(header["flags"], "none");
}

#[test]
fn ports_are_listed_in_both_forms() {
    let home = Home::new();
    let output = home.wwctl().args(["ports", "--json"]).assert().success();
    let list: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(list["schema"], "wwctl.ports.v1");
    let names: Vec<String> = list["ports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|port| port["port"].as_str().unwrap().to_owned())
        .collect();
    let output = home.wwctl().arg("ports").assert().success();
    let table = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(names.iter().all(|name| table.contains(name.as_str())), "{table}");
}

/// A simulated meter that runs until the value goes.
struct Meter(Child, String);

impl Meter {
    fn new(home: &Home, args: &[&str]) -> Self {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_wwctl"))
            .args(["simulate", "meter"])
            .args(args)
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Meter(child, line.trim().strip_prefix("listening ").unwrap().to_owned())
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_meter_on_a_terminal_is_heard_at_its_baud_rate_only() {
    let home = Home::new();
    let text = "/ABC5meter\r\n\r\n1-0:1.8.0(000001.000*kWh)\r\n!\r\n";
    home.file("telegram", text);
    let meter = Meter::new(&home, &["sim:dsmr?baudrate=19200&interval=0.2&frames=telegram"]);
    let hear = |baudrate: &str| {
        let output = home
            .wwctl()
            .args(["capture", &meter.1, "-q", "-o", "-", "--format", "raw", "--for", "1", "-b", baudrate])
            .assert()
            .success();
        String::from_utf8_lossy(&output.get_output().stdout).into_owned()
    };
    assert!(hear("19200").contains(text));
    let other = hear("9600");
    assert!(!other.is_empty() && !other.contains("1-0:1.8.0"), "{other}");
    assert!(hear("19200").contains(text));
}

#[test]
fn a_meter_on_tcp_gives_its_bytes() {
    let home = Home::new();
    home.file("telegram", "2F 41 42 43 35 0D 0A 0D 0A 21 0D 0A");
    let meter = Meter::new(&home, &["sim:dsmr?interval=0.2&frames=telegram", "--tcp", "127.0.0.1:0"]);
    let output = home
        .wwctl()
        .args(["capture", &meter.1, "-q", "-o", "-", "--format", "raw", "--for", "1"])
        .assert()
        .success();
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(text.contains("/ABC5\r\n\r\n!\r\n"), "{text}");
    home.wwctl().args(["simulate", "meter", "sim:gas"]).assert().code(2);
    home.wwctl().args(["simulate", "meter", "file:x"]).assert().code(2);
}
