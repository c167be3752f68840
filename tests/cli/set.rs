//! `wwctl set`

use crate::support::Bench;
use serde_json::json;
use std::time::Duration;
use wwctl::simulate::gateway::{Auth, Config, Fault, Faults, KeyMask, Meter};

const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";

#[test]
fn reads_writes_the_difference_reads_back() {
    let bench = Bench::new();
    let run = bench.run(&["set", "baudrate=2400", "parity=none", "stop_bits=1.5", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(bench.methods(), ["GET", "GET", "PUT", "GET"]);
    assert_eq!(bench.writes(), [json!({"baudrate": 2400, "stop_bits": "1.5"})]);
    let change = run.json();
    assert_eq!(
        (&change["schema"], &change["host"], &change["changed"], &change["verified"]),
        (&json!("wwctl.change.v1"), &json!(bench.gateway.host()), &json!(true), &json!(true))
    );
    assert_eq!(
        change["changes"],
        json!([{"field": "baudrate", "from": 115200, "to": 2400}, {"field": "stop_bits", "from": "1", "to": "1.5"}])
    );
}

#[test]
fn the_backup_is_private_and_its_command_puts_it_back() {
    let bench = Bench::new();
    bench.preset(json!({"baudrate": 9600}));
    let run = bench.run(&["set", "baudrate=2400"]);
    let command = run.err.lines().find_map(|l| l.trim().strip_prefix("wwctl -H ")).expect("the command");
    let words: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(words[1..3], ["set", "--from"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(words[3]).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(bench.run(&words[1..]).code, 0);
    assert_eq!(bench.gateway.settings()["baudrate"], json!(9600));
}

#[test]
fn without_a_place_for_the_backup_nothing_is_sent() {
    let bench = Bench::new();
    bench.home.file("state", "a file where the folder should be");
    let run = bench.run(&["set", "baudrate=2400"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("--no-backup"), "{}", run.err);
    assert!(bench.writes().is_empty());
    assert_eq!(bench.run(&["set", "baudrate=2400", "--no-backup"]).code, 0);
}

#[test]
fn unchanged_sends_nothing() {
    let bench = Bench::new();
    let run = bench.run(&["set", "conv_factor=1.000", "time_offset=-0"]);
    assert_eq!((run.code, run.out), (0, format!("{}: unchanged\n", bench.gateway.host())));
    assert_eq!(bench.methods(), ["GET", "GET"]);
}

#[test]
fn dry_run_shows_and_sends_nothing() {
    let bench = Bench::new();
    let run = bench.run(&["set", "baudrate=2400", "--dry-run"]);
    assert!(run.out.contains("baudrate  115200  →  2400"), "{}", run.out);
    assert_eq!(bench.run(&["set", "baudrate=2400", "-n", "--json"]).json()["dry_run"], json!(true));
    assert!(bench.writes().is_empty());
}

#[test]
fn all_problems_of_command_line_and_document_at_once() {
    let bench = Bench::new();
    let file = bench
        .home
        .file("a.json", r#"{"buffer_size": "64", "if_typ": "p1", "parity": "odd", "parity": "even"}"#);
    let run = bench.run(&["set", "baudrate=1", "nosuch=1", "encryption", "--from", file.to_str().unwrap()]);
    assert_eq!(run.code, 2);
    for words in [
        "baudrate: '1' was given; allowed: 300..115200",
        "nosuch: there is no such setting",
        "encryption: write FIELD=VALUE",
        "buffer_size: the string '64' was given; allowed: 1..128",
        "if_typ: there is no such setting; did you mean if_type?",
        "parity: given twice",
    ] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    assert!(bench.methods().is_empty());
}

#[test]
fn keys_from_file_and_stdin_and_never_in_the_output() {
    let bench = Bench::new();
    let file = bench.home.file("key", format!("{KEY}\n"));
    let argument = format!("encryption_key=@{}", file.display());
    let run = bench.run(&["-v", "set", &argument, "encryption=true"]);
    assert_eq!((run.code, &bench.gateway.keys()["encryption_key"]), (0, &json!(KEY)));
    assert!(!run.err.contains("warning"), "{}", run.err);
    let typed =
        bench.run(&["set", &format!("encryption_key={KEY}"), &format!("authentication_key={KEY}"), "--json"]);
    assert_eq!(typed.err.matches("warning").count(), 1, "{}", typed.err);
    assert_eq!(
        typed.json()["changes"][0],
        json!({"field": "encryption_key", "from": null, "to": null, "hidden": true, "action": "set"})
    );
    assert!(!(run.out + &run.err + &typed.out + &typed.err).contains(KEY));
    bench.run_with(&["set", "authentication_key=@-"], KEY);
    assert_eq!(bench.run(&["set", "authentication_key="]).code, 0);
    assert_eq!(bench.gateway.keys().get("authentication_key"), None);
    let both = bench.run_with(&["set", "authentication_key=@-", "encryption_key=@-"], KEY);
    assert_eq!(both.code, 2);
    assert!(both.err.contains("standard input cannot be both"), "{}", both.err);
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_may_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let file = bench.home.file("key", KEY);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let run = bench.run(&["set", &format!("encryption_key=@{}", file.display())]);
    assert!(run.err.contains("chmod 600"), "{}", run.err);
}

#[test]
fn masked_keys_of_a_document_are_left_alone() {
    let bench = Bench::with(Config { auth: Auth::default(), mask: KeyMask::Stars, ..Config::default() });
    bench.preset(json!({"encryption_key": KEY}));
    let saved = bench.run(&["get", "--json"]).out;
    bench.preset(json!({"baudrate": 300}));
    let run = bench.run_with(&["set", "--from", "-"], &saved);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("encryption_key is hidden in the document"), "{}", run.err);
    assert_eq!(
        (&bench.gateway.keys()["encryption_key"], bench.writes()),
        (&json!(KEY), vec![json!({"baudrate": 115200})])
    );
}

#[test]
fn a_lost_answer_is_settled_by_reading_back() {
    let bench = Bench::new();
    bench.gateway.set_faults(Faults::new([Fault::DropAfterWrite(1)]));
    assert_eq!(bench.run(&["set", "baudrate=2400"]).code, 0);
    assert_eq!(bench.writes().len(), 1);
    // A key cannot be read back: it is written once more.
    bench.gateway.set_faults(Faults::new([Fault::DropAfterWrite(1)]));
    assert_eq!(bench.run_with(&["set", "encryption_key=@-"], KEY).code, 0);
    assert_eq!((bench.writes().len(), &bench.gateway.keys()["encryption_key"]), (3, &json!(KEY)));
}

#[test]
fn what_reads_back_otherwise_is_exit_9() {
    for fault in [Fault::IgnoreWrite(1), Fault::Clamp] {
        let bench = Bench::new();
        bench.gateway.set_faults(Faults::new([fault.clone()]));
        let run = bench.run(&["set", "baudrate=2400", "--json"]);
        assert_eq!(run.code, 9, "{fault:?}");
        assert_eq!(
            (&run.json()["verified"], &run.json()["differing"][0]["wanted"]),
            (&json!(false), &json!("2400"))
        );
        assert!(run.err.contains("not 2400"), "{}", run.err);
        bench.gateway.set_faults(Faults::new([Fault::IgnoreWrite(1)]));
        assert_eq!(bench.run(&["set", "baudrate=4800", "--no-verify"]).code, 0);
    }
}

#[test]
fn a_refusal_is_the_gateways_own_message_and_exit_6() {
    let bench = Bench::new();
    bench.gateway.set_faults(Faults::new([Fault::Refuse(1)]));
    let run = bench.run(&["set", "baudrate=2400"]);
    assert_eq!(run.code, 6, "{}", run.err);
    assert!(run.err.contains("400"), "{}", run.err);
}

#[test]
fn waits_for_the_meter() {
    let truth = json!({"baudrate": 2400, "encryption_key": KEY}).as_object().cloned();
    let bench = Bench::with(Config {
        meter: Meter { truth, ok_after: Duration::from_millis(300) },
        auth: Auth::default(),
        ..Config::default()
    });
    let run = bench.run(&["set", "baudrate=2400", "--wait=1"]);
    assert_eq!(run.code, 9);
    assert!(run.err.contains("KEY REQUIRED") && run.err.contains("encryption_key=@FILE"), "{}", run.err);
    let run = bench.run_with(&["set", "encryption_key=@-", "--wait", "--json"], KEY);
    assert_eq!((run.code, &run.json()["meter"]["status"]), (0, &json!("OK")), "{}", run.err);
}

#[test]
fn advice_is_not_fatal() {
    let bench = Bench::new();
    let run = bench.run(&["set", "baudrate=2400"]);
    assert_eq!(run.code, 0);
    assert!(run.err.contains("advice: auto_baudrate=true"), "{}", run.err);
    assert!(!bench.run(&["set", "baudrate=300", "auto_baudrate=false"]).err.contains("advice"));
    assert!(bench.run(&["-q", "set", "baudrate=600"]).err.is_empty());
}

#[test]
fn nothing_given() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["set"]).code, 2);
    assert_eq!(bench.run_with(&["set", "--from", "-"], "{}").code, 2);
    assert_eq!(bench.run(&["set", "--from", "no-such-file"]).code, 2);
    assert!(bench.methods().is_empty());
}

#[test]
fn standard_input_wanted_twice_is_refused_before_it_is_read() {
    let bench = Bench::new();
    for (args, both) in [
        (&["set", "encryption_key=@-", "--password-file", "-"][..], "both encryption_key and the password"),
        (&["set", "--from", "-", "encryption_key=@-"], "both encryption_key and the settings"),
        (&["set", "--from", "-", "--password-file", "-"], "both the settings and the password"),
    ] {
        let run = bench.run_with(args, KEY);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(both), "{}", run.err);
    }
    assert!(bench.methods().is_empty());
}

#[test]
fn settings_of_a_probe_that_found_nothing_are_called_so() {
    let bench = Bench::new();
    let found =
        |found| format!(r#"{{"schema":"wwctl.probe.v1","found":{found},"settings":{{"parity":"even"}}}}"#);
    let warned = |text: &str| bench.run_with(&["set", "--from", "-", "-n"], text).err.contains("not proven");
    assert!(warned(&found(false)) && !warned(&found(true)));
}

#[cfg(unix)]
#[test]
fn interrupted_while_waiting_still_says_what_was_written() {
    let bench = Bench::with(Config {
        meter: Meter { truth: json!({"parity": "odd"}).as_object().cloned(), ..Meter::default() },
        ..Config::default()
    });
    let mut command = bench.plain(&["set", "baudrate=2400", "--wait=60"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    // GET, PUT, GET, and the first look at the meter.
    while bench.methods().len() < 4 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(out.contains("1 setting changed, read back and compared"), "{out}");
    assert!(err.contains("set --from") && err.contains("interrupted while waiting"), "{err}");
}
