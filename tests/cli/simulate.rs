//! `wwctl simulate gateway` with `wwctl` and curl as its clients.

use crate::support::{Home, has};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running `wwctl simulate gateway`, ended with the value.
struct Simulated(Child, Vec<String>);

impl Simulated {
    /// Starts it, and reads as many lines as it has gateways.
    fn start(home: &Home, arguments: &[&str], count: usize) -> Simulated {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wwctl"))
            .args(["simulate", "gateway", "--max-time", "60"])
            .args(arguments)
            .env_remove("WWCTL_PASSWORD")
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(count).map(Result::unwrap);
        let lines = lines.collect();
        Simulated(child, lines)
    }

    fn host(&self) -> &str {
        self.1[0].strip_prefix("listening http://").unwrap()
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_login_a_change_and_a_log_without_secrets() {
    let home = Home::new();
    let key = "0123456789ABCDEF0123456789ABCDEF";
    let file = home.file("key", key);
    let simulated =
        Simulated::start(&home, &["--password", "s3cret", "--qop", "auth,auth-int", "--log", "log.jsonl"], 1);
    let wwctl = |arguments: &[&str]| {
        let mut command = home.wwctl();
        command.env("WWCTL_PASSWORD", "s3cret").args(["-H", simulated.host()]).args(arguments);
        command.assert().success().get_output().stdout.clone()
    };
    assert_eq!(wwctl(&["get", "baudrate"]), b"115200\n");
    wwctl(&["set", "baudrate=2400", &format!("encryption_key=@{}", file.display())]);
    assert_eq!(wwctl(&["get", "baudrate"]), b"2400\n");
    let log = std::fs::read_to_string(home.path().join("log.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 8, "2 for each get, 4 for set with its read-back");
    let put = lines.iter().find(|l| l["method"] == "PUT").unwrap();
    assert_eq!((put["qop"].as_str(), put["status"].as_u64()), (Some("auth-int"), Some(204)));
    assert!(lines.iter().all(|l| l["violations"].as_array().unwrap().is_empty()));
    assert!(!log.contains("s3cret") && !log.contains(key));
}

#[test]
fn several_with_ids_that_count_up() {
    let home = Home::new();
    let simulated = Simulated::start(&home, &["--count", "3", "--json", "--id", "0000000000FE"], 3);
    let lines: Vec<serde_json::Value> =
        simulated.1.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
    let ids: Vec<_> = lines.iter().map(|l| l["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["0000000000FE", "0000000000FF", "000000000100"]);
    for line in &lines {
        assert_eq!(line["schema"], "wwctl.simulate.v1");
        home.wwctl()
            .args(["-H", line["url"].as_str().unwrap(), "get", "baudrate"])
            .assert()
            .success()
            .stdout("115200\n");
    }
}

#[test]
fn begins_as_asked_and_goes_wrong_as_asked() {
    let home = Home::new();
    let simulated = Simulated::start(&home, &["--preset", "parity=even", "--fault", "html:1"], 1);
    home.wwctl().args(["-H", simulated.host(), "get", "parity"]).assert().code(6);
    home.wwctl().args(["-H", simulated.host(), "get", "parity"]).assert().success().stdout("even\n");
}

#[test]
fn arguments_that_make_no_gateway() {
    let home = Home::new();
    for arguments in [
        ["--mode", "digest"],
        ["--fault", "gremlin"],
        ["--meter", "baudrate=1"],
        ["--id", "xyz"],
        ["--algorithms", "SHA-1"],
        ["--qop", "auth-conf"],
    ] {
        let mut command = home.wwctl();
        command.args(["simulate", "gateway", "--max-time", "1"]).args(arguments).assert().code(2).stdout("");
    }
}

#[test]
fn interrupted_with_status_130() {
    if !has("kill") {
        return;
    }
    let home = Home::new();
    let mut simulated = Simulated::start(&home, &[], 1);
    Command::new("kill").args(["-INT", &simulated.0.id().to_string()]).status().unwrap();
    assert_eq!(simulated.0.wait().unwrap().code(), Some(130));
}
