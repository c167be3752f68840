//! `wwctl decode`: inputs, keys, answers, exit statuses.

use crate::support::Home;
use wwctl::decode::{Key, Keys};
use wwctl::simulate::meter::dsmr::DsmrMeter;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json_lines(bytes: &[u8]) -> Vec<serde_json::Value> {
    text(bytes).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn telegram() -> Vec<u8> {
    DsmrMeter::new(Some("nl5"), 1).map(|mut meter| meter.telegram()).expect("a model")
}

fn ciphered() -> Vec<u8> {
    let keys = Keys { encryption: Some(Key::new([0x11; 16])), authentication: Some(Key::new([0x22; 16])) };
    DsmrMeter::new(Some("lu"), 1)
        .map(|meter| meter.ciphered(&keys))
        .map(|mut m| m.telegram())
        .expect("a model")
}

#[test]
fn raw_hex_and_stdin_give_the_same() {
    let home = Home::new();
    let raw = home.file("raw.bin", telegram());
    let hex = home.file("frames.hex", format!("# a telegram\n{}\n", hex::encode(telegram())));
    let from_raw = home.wwctl().args(["decode", "--json"]).arg(&raw).assert().success().get_output().clone();
    let from_hex = home.wwctl().args(["decode", "--json"]).arg(&hex).assert().success().get_output().clone();
    let from_stdin = home
        .wwctl()
        .args(["decode", "--json", "-"])
        .write_stdin(telegram())
        .assert()
        .success()
        .get_output()
        .clone();
    assert_eq!(from_raw.stdout, from_hex.stdout);
    assert_eq!(from_raw.stdout, from_stdin.stdout);
    let messages = json_lines(&from_raw.stdout);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["schema"], "wwctl.message.v1");
    assert_eq!(messages[0]["status"], "ok");
    assert_eq!(messages[0]["meter"]["manufacturer"], "ISK");
}

#[test]
fn several_files_are_named() {
    let home = Home::new();
    let (a, b) = (home.file("a.bin", telegram()), home.file("b.bin", telegram()));
    let output =
        home.wwctl().args(["decode", "--json"]).args([&a, &b]).assert().success().get_output().clone();
    let files: Vec<_> =
        json_lines(&output.stdout).iter().map(|m| m["file"].as_str().map(str::to_owned)).collect();
    assert_eq!(files, [Some(a.display().to_string()), Some(b.display().to_string())]);
}

#[test]
fn keys_come_from_files_environment_or_with_a_warning() {
    let home = Home::new();
    let input = home.file("ciphered.bin", ciphered());
    let key = home.file("key", "11".repeat(16));
    let auth = home.file("auth", "0x22222222 22222222 22222222 22222222\n");
    let at = |path: &std::path::Path| format!("@{}", path.display());
    let run = |home: &Home, arguments: &[&str]| {
        let mut command = home.wwctl();
        command.args(["decode", "--json"]).arg(&input).args(arguments);
        command
    };
    let tag = |output: &std::process::Output| json_lines(&output.stdout)[0]["security"]["tag"].clone();

    let given =
        run(&home, &["--key", &at(&key), "--auth-key", &at(&auth)]).assert().success().get_output().clone();
    assert_eq!(tag(&given), "verified");
    assert_eq!(text(&given.stderr), "");

    let variable = run(&home, &[]).env("WWCTL_KEY", "11".repeat(16)).assert().success().get_output().clone();
    assert_eq!(tag(&variable), "unverified");

    let typed = run(&home, &["--key", &"11".repeat(16)]).assert().success().get_output().clone();
    assert!(text(&typed.stderr).contains("others on this computer"), "{}", text(&typed.stderr));

    let none = run(&home, &[]).assert().code(8).get_output().clone();
    assert_eq!(json_lines(&none.stdout)[0]["status"], "encrypted");
    assert!(text(&none.stderr).contains("--key"), "{}", text(&none.stderr));

    let wrong = run(&home, &["--key", &at(&auth)]).assert().code(8).get_output().clone();
    assert_eq!(json_lines(&wrong.stdout)[0]["status"], "decrypt_failed");

    let short = home.file("short", "1234secret");
    let refused = run(&home, &["--key", &at(&short)]).assert().code(2).get_output().clone();
    assert!(!text(&refused.stderr).contains("1234secret"));
    assert_eq!(text(&refused.stdout), "");
}

#[test]
fn nothing_good_is_exit_status_8() {
    let home = Home::new();
    for (name, bytes) in
        [("empty", Vec::new()), ("noise", vec![0x55; 200]), ("cut", telegram()[..200].to_vec())]
    {
        let input = home.file(name, bytes);
        let output = home.wwctl().arg("decode").arg(&input).assert().code(8).get_output().clone();
        assert!(text(&output.stderr).starts_with("error: "), "{name}: {}", text(&output.stderr));
    }
    home.wwctl().args(["decode", "no-such-file"]).assert().code(2);
    home.wwctl().args(["decode", "--protocol", "xyz"]).assert().code(2);
}

#[test]
fn explanation_covers_every_byte_at_100_columns() {
    let home = Home::new();
    let input = home.file("raw.bin", telegram());
    let output =
        home.wwctl().args(["decode", "--explain"]).arg(&input).assert().success().get_output().clone();
    let shown = text(&output.stdout);
    assert!(!shown.contains("(not explained)"), "{shown}");
    let explained = shown.split_once("P1 telegram").map(|(_, rest)| rest).expect("a layer");
    assert!(explained.lines().all(|line| line.chars().count() <= 100), "{shown}");
    let output = home
        .wwctl()
        .args(["decode", "--explain", "--json"])
        .arg(&input)
        .assert()
        .success()
        .get_output()
        .clone();
    let layers = &json_lines(&output.stdout)[0]["layers"];
    assert_eq!(layers[0]["name"], "P1 telegram");
    let mut end = 0;
    for part in layers[0]["parts"].as_array().expect("parts") {
        assert_eq!(part["at"][0], end, "{part}");
        end = part["at"][1].as_u64().expect("a number");
    }
    assert_eq!(layers[0]["bytes"].as_str().map(str::len), Some(2 * end as usize));
}

#[test]
fn report_is_what_the_gateway_would_say() {
    let home = Home::new();
    let input = home.file("raw.bin", telegram());
    let report = |arguments: &[&str]| {
        let output = home
            .wwctl()
            .args(["decode", "--report"])
            .arg(&input)
            .args(arguments)
            .assert()
            .success()
            .get_output()
            .clone();
        json_lines(&output.stdout)[0].clone()
    };
    let (one, forty) = (report(&[]), report(&["--conv-factor", "40", "--time-offset", "-3600"]));
    let voltage = "/report/voltage/l1";
    assert_eq!(one.pointer(voltage), forty.pointer(voltage));
    let energy = |report: &serde_json::Value| {
        report.pointer("/report/energy/active/positive/t1").and_then(|v| v.as_f64())
    };
    assert_eq!(energy(&one).map(|e| (e * 40_000.0).round()), energy(&forty).map(|e| (e * 1000.0).round()));
    assert_ne!(one.pointer("/report/date_time"), forty.pointer("/report/date_time"));
    home.wwctl().args(["decode", "--report", "--scalers-set", "custom"]).arg(&input).assert().code(2);
}
