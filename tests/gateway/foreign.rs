//! Our gateway under clients, and our client against a gateway, that share no code with this project.

use super::*;
use crate::support::has;
use diqwest::blocking::WithDigestAuth;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use wwctl::gateway::Written;
use wwctl::simulate::gateway::{Algorithm, Offer};

/// What `curl --anyauth` gets: status and body of the last answer.
fn curl(gateway: &Handle, password: &str, arguments: &[&str]) -> (String, String) {
    let url = format!("{}/api/v1/meter/settings", gateway.url());
    let user = format!(":{password}");
    let output = Command::new("curl")
        .args(["-q", "--noproxy", "*", "-s", "--anyauth", "-u", &user, "-w", "\n%{http_code}"])
        .args(arguments)
        .arg(&url)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

#[test]
fn curl_logs_in_to_the_simulated_gateway() {
    if !has("curl") {
        return;
    }
    let md5 = |algorithm| Auth { algorithms: vec![algorithm], ..Auth::digest("pä ss") };
    let cases = [
        Auth::default(),
        Auth::basic("pä ss"),
        md5(Algorithm::Md5),
        md5(Algorithm::Md5Sess),
        md5(Algorithm::Sha256),
        Auth { qop: String::new(), ..md5(Algorithm::Md5) },
        Auth { offers: vec![Offer::Basic, Offer::Digest], ..md5(Algorithm::Md5Sess) },
        Auth { nonce_uses: Some(1), ..md5(Algorithm::Md5Sess) },
        Auth { qop: "auth,auth-int".into(), ..md5(Algorithm::Md5Sess) },
    ];
    for auth in cases {
        let gateway = gateway(auth.clone());
        let (status, body) = curl(&gateway, "pä ss", &[]);
        assert_eq!(status, "200", "{auth:?}");
        assert_eq!(serde_json::from_str::<Value>(body.trim()).unwrap()["baudrate"], 115_200);
        let put = ["-X", "PUT", "-H", "Content-Type: application/json", "-d", "{\"baudrate\":2400}"];
        assert_eq!(curl(&gateway, "pä ss", &put).0, "204", "{auth:?}");
        assert_eq!(gateway.settings()["baudrate"], 2400);
        assert!(gateway.log().iter().all(|e| e.violations.is_empty()), "{:?}", gateway.log());
        if !auth.offers.is_empty() {
            assert_eq!(curl(&gateway, "wrong", &[]).0, "401", "{auth:?}");
        }
    }
}

#[test]
fn curl_keeps_the_connection_and_sees_http_done_right() {
    if !has("curl") {
        return;
    }
    let gateway = gateway(Auth::default());
    let url = format!("{}/api/v1/meter/settings", gateway.url());
    let output = Command::new("curl")
        .args(["-q", "--noproxy", "*", "-s", "-o", "/dev/null", "-w", "%{num_connects} "])
        .args([&url, "-o", "/dev/null", &url, "-o", "/dev/null", &url])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "1 0 0");
    // A body announced with Expect, in chunks, and one that is too large.
    for (arguments, wanted) in [
        (vec!["-X", "PUT", "-H", "Expect: 100-continue", "-d", "{\"parity\":\"odd\"}"], "204"),
        (vec!["-X", "PUT", "-H", "Transfer-Encoding: chunked", "-d", "{\"parity\":\"even\"}"], "204"),
        (vec!["-I"], "200"),
        (vec!["-X", "DELETE"], "405"),
        (vec!["-H", "Origin: http://elsewhere.example"], "404"),
        (vec!["-H", "Origin: http://h", "-H", "Host: h"], "200"),
    ] {
        assert_eq!(curl(&gateway, "", &arguments).0, wanted, "{arguments:?}");
    }
    assert_eq!(gateway.settings()["parity"], "even");
    let large = format!("{{\"method\":\"{}\"}}", "x".repeat(9000));
    assert_eq!(curl(&gateway, "", &["-X", "PUT", "-d", &large]).0, "413");
}

#[test]
fn diqwest_logs_in_to_the_simulated_gateway() {
    for algorithm in [Algorithm::Md5, Algorithm::Md5Sess, Algorithm::Sha256Sess, Algorithm::Sha512_256] {
        let gateway =
            gateway(Auth { algorithms: vec![algorithm], qop: "auth,auth-int".into(), ..Auth::digest("pw") });
        let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/api/v1/meter/settings", gateway.url());
        let put = http.put(&url).body("{\"baudrate\":2400}").send_digest_auth(("", "pw")).unwrap();
        assert_eq!(put.status(), 204, "{algorithm:?}");
        let get = http.get(&url).body("").send_digest_auth(("", "pw")).unwrap();
        assert_eq!(get.json::<Value>().unwrap()["baudrate"], 2400);
        let wrong = http.get(&url).body("").send_digest_auth(("", "no")).unwrap();
        assert_eq!(wrong.status(), 401);
        let log = gateway.log();
        assert!(
            log.iter().filter(|e| e.status < 300).all(|e| e.qop.as_deref() == Some("auth-int")),
            "{log:?}"
        );
    }
}

/// The gateway of `../shared/tools`, which recomputes every login by Python's own means.
struct Foreign {
    child: Child,
    url: String,
}

impl Foreign {
    fn start(arguments: &[&str]) -> Option<Foreign> {
        let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/tools/gateway.py");
        if !std::path::Path::new(tool).is_file() {
            eprintln!("skipped: no folder ../shared/tools");
            return None;
        }
        if !has("python3") {
            return None;
        }
        let mut child = Command::new("python3")
            .arg(tool)
            .args(["--max-seconds", "60"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening ").unwrap().to_owned();
        Some(Foreign { child, url })
    }

    fn log(&self) -> Vec<Value> {
        let log = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        log.get(format!("{}/__referee/log", self.url)).send().unwrap().json().unwrap()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_foreign_referee_finds_no_violation() {
    let digest = ["--mode", "digest"];
    let cases: [(&[&str], usize); 12] = [
        (&["--mode", "none"], 4),
        (&["--mode", "basic"], 5),
        (&digest, 5),
        (&["--mode", "digest", "--qop", "auth,auth-int"], 5),
        (&["--mode", "digest", "--qop", "auth-int"], 5),
        (&["--mode", "digest", "--qop", "", "--algorithms", "MD5"], 5),
        (&["--mode", "digest", "--algorithms", "MD5"], 5),
        (&["--mode", "digest", "--algorithms", "SHA-256"], 5),
        (&["--mode", "digest", "--algorithms", "SHA-256-sess", "--qop", "auth-int"], 5),
        (&["--mode", "digest", "--algorithms", "SHA-512-256-sess"], 5),
        (&["--mode", "digest", "--offer", "basic,digest"], 5),
        (&["--mode", "digest", "--stale-after", "1"], 8),
    ];
    for (arguments, wanted) in cases {
        let Some(foreign) = Foreign::start(arguments) else { return };
        let client = Client::new(Target::parse(&foreign.url).unwrap(), options("pw")).unwrap();
        client.settings().unwrap();
        client.settings().unwrap();
        assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::Acknowledged);
        assert_eq!(client.settings().unwrap()["baudrate"], 2400);
        let log = foreign.log();
        assert_eq!(log.len(), wanted, "{arguments:?}");
        for entry in &log {
            assert_eq!(entry["violations"], Value::Array(Vec::new()), "{arguments:?} {entry}");
            assert_eq!(entry["warnings"], Value::Array(Vec::new()), "{arguments:?} {entry}");
        }
    }
}
