//! Discovery against python-zeroconf, in network namespaces of the test's own: nothing leaves this machine.

use crate::support::{Home, has};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Two namespaces joined by a virtual cable; a responder in one, room for the tool in the other.
struct Network {
    names: [String; 2],
    responder: Option<Child>,
}

const RESPONDER: &str = "10.213.7.1";
const CLIENT: &str = "10.213.7.2";

impl Network {
    /// `None`, with a line that says why, where namespaces cannot be made or zeroconf is missing.
    fn new(tag: &str) -> Option<Self> {
        if !has("ip") || !has("python3") {
            return None;
        }
        let zeroconf = Command::new("python3").args(["-c", "import zeroconf"]).stderr(Stdio::null()).status();
        if !zeroconf.is_ok_and(|s| s.success()) {
            eprintln!("skipped: no python-zeroconf here");
            return None;
        }
        let names = ["a", "b"].map(|side| format!("wwctl-{tag}-{}-{side}", std::process::id()));
        let network = Network { names, responder: None };
        let [a, b] = &network.names;
        let cable = [format!("wv{tag}a"), format!("wv{tag}b")];
        let steps = [
            format!("netns add {a}"),
            format!("netns add {b}"),
            format!("link add {} netns {a} type veth peer name {} netns {b}", cable[0], cable[1]),
            format!("-n {a} addr add {RESPONDER}/24 dev {}", cable[0]),
            format!("-n {b} addr add {CLIENT}/24 dev {}", cable[1]),
            format!("-n {a} link set {} up", cable[0]),
            format!("-n {b} link set {} up", cable[1]),
            format!("-n {a} link set lo up"),
            format!("-n {b} link set lo up"),
        ];
        for step in steps {
            let done = Command::new("ip").args(step.split(' ')).stderr(Stdio::null()).status();
            if !done.is_ok_and(|s| s.success()) {
                eprintln!("skipped: `ip {step}` is not possible here");
                return None;
            }
        }
        Some(network)
    }

    fn announce(&mut self, count: usize) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mdns/responder.py");
        let mut child = Command::new("ip")
            .args(["netns", "exec", &self.names[0], "python3", script, RESPONDER, &count.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the responder starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "ready");
        self.responder = Some(child);
    }

    fn wwctl(&self, home: &Home) -> assert_cmd::Command {
        let mut command = home.wrap(assert_cmd::Command::new("ip"));
        command.args(["netns", "exec", &self.names[1], env!("CARGO_BIN_EXE_wwctl")]);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some(child) = &mut self.responder {
            let _ = child.kill();
            let _ = child.wait();
        }
        for name in &self.names {
            let _ = Command::new("ip").args(["netns", "del", name]).stderr(Stdio::null()).status();
        }
    }
}

#[test]
fn finds_the_gateways_and_not_the_printer() {
    let Some(mut network) = Network::new("f") else { return };
    network.announce(3);
    let home = Home::new();
    let output =
        network.wwctl(&home).args(["discover", "--json", "--for", "8", "--count", "3"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let mut found: Vec<(String, String, u64)> = text
        .lines()
        .map(|line| {
            let v: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(v["schema"], "wwctl.gateway.v1");
            assert_eq!(v["address"], RESPONDER);
            let text = |k: &str| v[k].as_str().unwrap().to_owned();
            (text("id"), text("host"), v["port"].as_u64().unwrap())
        })
        .collect();
    found.sort();
    let want =
        [("ECC9FFABCDE0", "ABCDE0", 80), ("ECC9FFABCDE1", "ABCDE1", 81), ("ECC9FFABCDE2", "ABCDE2", 82)];
    assert_eq!(found, want.map(|(id, short, port)| (id.to_owned(), format!("whatwatt-{short}.local"), port)));
}

#[test]
fn an_empty_network_is_said_with_exit_8() {
    let Some(network) = Network::new("e") else { return };
    let home = Home::new();
    let assert = network.wwctl(&home).args(["discover", "--for", "0.5"]).assert().code(8).stdout("");
    let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(text.contains("no gateway answered") && text.contains("-H"), "{text}");
}

#[test]
fn asks_those_that_it_found_and_shows_those_that_do_not_answer() {
    let Some(mut network) = Network::new("i") else { return };
    // Gateways on ports 80 and 81; the responder announces a third, which is not there.
    let mut served = Command::new("ip")
        .args(["netns", "exec", &network.names[0], env!("CARGO_BIN_EXE_wwctl"), "simulate", "gateway"])
        .args(["--bind", RESPONDER, "--port", "80", "--count", "2", "--password", "pw", "--max-time", "60"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the gateways start");
    let mut line = String::new();
    BufReader::new(served.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    network.announce(3);
    let home = Home::new();
    let mut command = network.wwctl(&home);
    command.args([
        "discover",
        "--info",
        "--json",
        "--for",
        "8",
        "--count",
        "3",
        "--timeout",
        "3",
        "--retries",
        "0",
    ]);
    let found = crate::support::run({
        command.env("WWCTL_PASSWORD", "pw");
        command
    });
    let _ = served.kill();
    let _ = served.wait();
    assert_eq!(found.code, 10, "{}", found.err);
    let mut lines = found.lines();
    lines.sort_by_key(|l| l["port"].as_u64());
    assert_eq!(lines.len(), 3);
    for line in &lines[..2] {
        assert_eq!(line["meter_status"], "OK");
        assert!(line["firmware"].as_str().is_some_and(|f| f.contains('.')), "{line}");
    }
    assert!(lines[2]["firmware"].is_null());
    assert!(found.err.contains("unreachable"), "{}", found.err);
}
