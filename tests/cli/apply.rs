//! `wwctl apply` and `wwctl restore`

use crate::support::{Home, Many, key};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use wwctl::simulate::gateway::{Auth, Config, Fault, Faults, Fleet, Meter};

fn journals(home: &Home) -> Vec<PathBuf> {
    let folder = home.path().join("state/wwctl/journals");
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    found.sort();
    found
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

/// The last line of `--json`, and the lines before it.
fn outcomes(lines: Vec<Value>) -> (Value, Vec<Value>) {
    let mut lines = lines;
    let summary = lines.pop().expect("a summary")["summary"].clone();
    (summary, lines)
}

#[test]
fn drift_then_change_then_nothing_to_do() {
    let many = Many::new(6);
    many.at(0)
        .preset(json!({"baudrate": 2400, "parity": "even", "encryption": true}).as_object().unwrap())
        .unwrap();
    let file = many.inventory();
    let check = many.run(&["apply", text(&file), "--check"]);
    assert_eq!(check.code, 1, "{}", check.err);
    assert!(
        check.out.contains(&format!(
            "{} would change: baudrate 115200 → 2400, parity none → even",
            many.at(1).host()
        )),
        "{}",
        check.out
    );
    assert!(check.err.contains("6 gateways: 5 would change, 1 unchanged"), "{}", check.err);
    assert!(check.err.contains("advice: 6 gateways: auto_baudrate=true"), "{}", check.err);
    assert_eq!(many.writes(), [0; 6]);
    assert!(journals(&many.home).is_empty());

    let first = many.run(&["apply", text(&file), "--json"]);
    assert_eq!(first.code, 0, "{}", first.err);
    let (summary, lines) = outcomes(first.lines());
    assert_eq!((&summary["changed"], &summary["unchanged"], lines.len()), (&json!(5), &json!(1), 6));
    // What is declared is there but for the key: the gateway decodes its meter with encryption on, so it has it.
    assert_eq!(many.writes(), [0, 1, 1, 1, 1, 1]);
    for index in 1..6 {
        many.check(index).unwrap();
    }
    let second = many.run(&["apply", text(&file), "--json"]);
    assert_eq!((second.code, outcomes(second.lines()).0["unchanged"].clone()), (0, json!(6)));
    assert_eq!(many.run(&["apply", text(&file), "--check"]).code, 0);
    assert_eq!(many.writes(), [0, 1, 1, 1, 1, 1]);
    assert_eq!(many.run(&["apply", text(&file), "--update-keys", "always"]).code, 0);
    assert_eq!(many.writes(), [1, 2, 2, 2, 2, 2]);
}

#[test]
fn problems_are_named_with_their_places_and_nothing_is_sent() {
    let many = Many::new(2);
    let hosts = [many.at(0).host(), many.at(1).host()];
    many.home.file(
        "config/wwctl/config.toml",
        format!("[devices.a]\nhost = \"{}\"\n[groups]\nall = [\"a\", \"b\"]\n", hosts[0]),
    );
    let refused = |name: &str, text: &str| {
        let file = many.home.file(name, text);
        let run = many.run(&["apply", file.to_str().unwrap()]);
        assert_eq!(run.code, 2, "{}", run.err);
        run.err
    };
    let err =
        refused("x.csv", &format!("host,baudrat,parity\n{},2400,odd\n{},,uneven\n", hosts[0], hosts[1]));
    assert!(err.contains("x.csv:1:2: `baudrat` is no setting") && err.contains("x.csv:3:3: parity"), "{err}");
    let err = refused(
        "y.toml",
        &format!(
            "[[gateway]]\nhost = \"a\"\n[[gateway]]\nhost = \"{}\"\n[[gateway]]\nhost = \"all\"\n",
            hosts[0]
        ),
    );
    assert!(err.contains("y.toml:3: ") && err.contains("is in line 1 already"), "{err}");
    assert!(err.contains("y.toml:5: `all` is a group"), "{err}");
    assert!(many.at(0).log().is_empty() && journals(&many.home).is_empty());
}

#[test]
fn every_faulty_gateway_is_named_with_its_cause_and_the_others_are_done() {
    let many = Many::new(8);
    many.at(1).set_auth(Auth::digest("other"));
    many.at(2).set_faults(Faults::new([Fault::Refuse(9)]));
    many.at(3).set_faults(Faults::new([Fault::Busy(1)]));
    many.at(4).set_faults(Faults::new([Fault::DropAfterWrite(1)]));
    many.at(5).set_faults(Faults::new([Fault::Clamp]));
    let file = many.inventory();
    let report = many.home.path().join("report.csv");
    let run = many.run(&["apply", text(&file), "--report", text(&report), "--json"]);
    assert_eq!(run.code, 10, "{}", run.err);
    let (summary, _) = outcomes(run.lines());
    assert_eq!(
        (&summary["changed"], &summary["failed"], &summary["not_as_asked"]),
        (&json!(5), &json!(2), &json!(1))
    );
    assert_eq!(
        summary["causes"],
        json!({"invalid": [many.at(2).host()], "not_as_asked": [many.at(5).host()], "password_refused": [many.at(1).host()]})
    );
    for index in [0, 3, 4, 6, 7] {
        many.check(index).unwrap();
        assert_eq!(many.writes()[index], 1, "{index}");
    }
    let csv = std::fs::read_to_string(report).unwrap();
    assert!(csv.starts_with("host,name,line,outcome,changes,meter,cause,message,seconds\n"), "{csv}");
    assert_eq!(
        csv.lines().filter(|l| l.contains(",changed,baudrate=2400; parity=even; ")).count(),
        5,
        "{csv}"
    );
    // What failed is tried again by the journal, what was done is not even asked.
    many.at(1).set_auth(Auth::digest("pw"));
    for index in [2, 5] {
        many.at(index).set_faults(Faults::default());
    }
    let seen: Vec<usize> = many.fleet.gateways().iter().map(|g| g.log().len()).collect();
    let journal = journals(&many.home).remove(0);
    let again = many.run(&["apply", "--resume", text(&journal), "--json"]);
    assert_eq!(again.code, 0, "{}", again.err);
    let (summary, _) = outcomes(again.lines());
    assert_eq!((&summary["settled"], &summary["changed"]), (&json!(5), &json!(3)));
    for (index, seen) in seen.into_iter().enumerate() {
        many.check(index).unwrap();
        let asked = many.at(index).log().len() > seen;
        assert_eq!(asked, [1, 2, 5].contains(&index), "{index}");
    }
    // The meters of the first roll-out's journal and the second's are one: all of it can be put back.
    let back = many.run(&["restore", text(&journal), "--json"]);
    assert_eq!(back.code, 0, "{}", back.err);
    assert!(back.err.contains("keys cannot be put back"), "{}", back.err);
    for gateway in many.fleet.gateways() {
        assert_eq!(gateway.settings()["baudrate"], json!(115200), "{}", gateway.host());
        assert_eq!(gateway.settings()["encryption"], json!(false));
        assert!(gateway.keys().contains_key("encryption_key"));
    }
}

#[test]
fn a_journal_is_private_and_holds_no_secrets() {
    let many = Many::new(3);
    let file = many.inventory();
    let run = many.run(&["-v", "apply", text(&file)]);
    assert_eq!(run.code, 0, "{}", run.err);
    let journal = &journals(&many.home)[0];
    let content = std::fs::read_to_string(journal).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(journal).unwrap().permissions().mode() & 0o777, 0o600);
    }
    for number in 0..3 {
        assert!(!(content.clone() + &run.out + &run.err).to_uppercase().contains(&key(number)));
    }
    let events: Vec<Value> = content.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let count = |event: &str| events.iter().filter(|e| e["event"] == json!(event)).count();
    assert_eq!((count("start"), count("intent"), count("done"), count("end")), (1, 3, 3, 1));
    assert!(run.err.contains(&format!("wwctl apply --resume {}", journal.display())), "{}", run.err);
}

#[test]
fn another_inventory_is_not_what_the_journal_is_of() {
    let many = Many::new(2);
    let file = many.inventory();
    assert_eq!(many.run(&["apply", text(&file)]).code, 0);
    let journal = journals(&many.home).remove(0);
    let changed = std::fs::read_to_string(&file).unwrap().replace("even", "odd");
    many.home.file("fleet.csv", changed);
    let refused = many.run(&["apply", "--resume", text(&journal)]);
    assert!(refused.code == 2 && refused.err.contains("--changed-inventory"), "{}", refused.err);
    assert_eq!(many.writes(), [1, 1]);
    assert_eq!(many.run(&["apply", "--resume", text(&journal), "--changed-inventory"]).code, 0);
    assert_eq!(many.at(1).settings()["parity"], json!("odd"));
    let none = many.home.file("no-journal", "hello\n");
    assert_eq!(many.run(&["apply", "--resume", text(&none)]).code, 2);
}

#[test]
fn the_first_ones_protect_the_others_and_failures_stop_it() {
    let many = Many::new(10);
    many.at(1).set_faults(Faults::new([Fault::Refuse(9)]));
    let file = many.inventory();
    let run = many.run(&["apply", text(&file), "--canary", "2", "--json"]);
    assert_eq!(run.code, 10, "{}", run.err);
    assert_eq!(many.writes(), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(outcomes(run.lines()).0["not_begun"], json!(8));

    for gateway in many.fleet.gateways() {
        gateway.set_faults(Faults::new([Fault::Refuse(9)]));
    }
    let run = many.run(&["apply", text(&file), "--jobs", "1", "--max-failures", "20%", "--json"]);
    let (summary, _) = outcomes(run.lines());
    // The first is unchanged; two may fail, the third failure stops it.
    assert_eq!((run.code, &summary["failed"], &summary["not_begun"]), (10, &json!(3), &json!(6)));
}

#[test]
fn some_of_the_inventory_only() {
    let many = Many::new(3);
    let file = many.inventory();
    let run = many.run(&["apply", text(&file), "-H", &many.at(1).host()]);
    assert_eq!((run.code, many.writes()), (0, vec![0, 1, 0]), "{}", run.err);
    let run = many.run(&["apply", text(&file), "-H", "192.0.2.99"]);
    assert!(run.code == 2 && run.err.contains("192.0.2.99 is not in"), "{}", run.err);
}

#[test]
fn a_replaced_gateway_has_nothing_but_what_is_declared() {
    let many = Many::new(1);
    many.at(0).preset(json!({"baudrate": 300, "conv_factor": 2}).as_object().unwrap()).unwrap();
    let text_of = format!(
        "[[gateway]]\nhost = \"{}\"\nname = \"cellar\"\nstate = \"replaced\"\nparity = \"even\"\n",
        many.at(0).host()
    );
    let file = many.home.file("one.toml", text_of);
    let run = many.run(&["apply", text(&file)]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("(cellar) changed"), "{}", run.out);
    let settings = many.at(0).settings();
    assert_eq!((&settings["baudrate"], &settings["parity"]), (&json!(115200), &json!("even")));
    assert!(many.run(&["apply", text(&file)]).out.contains("unchanged"));
    assert_eq!(many.writes(), [1]);
}

#[test]
fn waits_for_each_meter() {
    let config = Config {
        auth: Auth::digest("pw"),
        meter: Meter {
            truth: json!({"baudrate": 2400}).as_object().cloned(),
            ok_after: Duration::from_millis(200),
        },
        ..Config::default()
    };
    let many = Many { fleet: Fleet::start(&config, 3).unwrap(), home: Home::new() };
    many.at(2)
        .set_meter(Meter { truth: json!({"baudrate": 9600}).as_object().cloned(), ok_after: Duration::ZERO });
    let file = many.inventory();
    let run = many.run(&["apply", text(&file), "--wait=3", "--json"]);
    let (summary, lines) = outcomes(run.lines());
    assert_eq!(
        (run.code, &summary["changed"], &summary["not_as_asked"]),
        (10, &json!(2), &json!(1)),
        "{}",
        run.err
    );
    let bad = lines.iter().find(|l| l["host"] == json!(many.at(2).host())).unwrap();
    assert_eq!(bad["meter"]["status"], json!("NOT RECOGNIZED"));
}

/// Killed at any moment and resumed: every gateway is as declared, and none was written to without need.
#[cfg(unix)]
#[test]
fn a_kill_at_any_moment_loses_nothing() {
    for round in 0..4 {
        let config =
            Config { auth: Auth::digest("pw"), latency: Duration::from_millis(8), ..Config::default() };
        let many = Many { fleet: Fleet::start(&config, 40).unwrap(), home: Home::new() };
        let file = many.inventory();
        let mut child =
            many.home.process().args(["apply", text(&file), "--jobs", "8"]).spawn().expect("the binary runs");
        // A moment that depends on how far it is, not on how fast this machine is.
        let enough = 4 + 7 * round;
        while many.writes().iter().sum::<usize>() < enough {
            assert!(child.try_wait().unwrap().is_none(), "it ended before {enough} writes");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = journals(&many.home).remove(0);
        let again = many.run(&["apply", "--resume", text(&journal), "--json"]);
        assert_eq!(again.code, 0, "{}", again.err);
        for index in 0..40 {
            many.check(index).unwrap();
        }
        assert_eq!(many.writes(), [1; 40], "round {round}");
    }
}

/// Ctrl-C: what is under way is finished, nothing new is begun, and the journal goes on from there.
#[cfg(unix)]
#[test]
fn an_interrupted_roll_out_can_be_resumed() {
    let config = Config { auth: Auth::digest("pw"), latency: Duration::from_millis(20), ..Config::default() };
    let many = Many { fleet: Fleet::start(&config, 30).unwrap(), home: Home::new() };
    let file = many.inventory();
    let child = many.home.process().args(["apply", text(&file), "--jobs", "2", "--json"]).spawn().unwrap();
    while many.writes().iter().sum::<usize>() < 5 {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let lines = String::from_utf8(output.stdout).unwrap();
    let (summary, _) = outcomes(lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect());
    assert_eq!((&summary["stopped"], &summary["failed"]), (&json!("interrupted"), &json!(0)));
    let begun: usize = many.writes().iter().sum();
    assert_eq!(summary["changed"], json!(begun));
    let journal = journals(&many.home).remove(0);
    let again = many.run(&["apply", "--resume", text(&journal), "--json"]);
    assert_eq!(
        (again.code, outcomes(again.lines()).0["settled"].clone()),
        (0, json!(begun)),
        "{}",
        again.err
    );
    assert_eq!(many.writes(), [1; 30]);
}

/// The fleets of `scripts/fleet-bars.py`, in a small size: one gateway in twenty faulty, and a roll-out that is killed.
#[cfg(unix)]
#[test]
fn small_fleets_with_faults_and_kills() {
    if !crate::support::has("python3") {
        return;
    }
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/fleet-bars.py");
    let home = Home::new();
    let mut command = home.wrap(assert_cmd::Command::new("python3"));
    command.arg(script).args(["--quick", "--bin", env!("CARGO_BIN_EXE_wwctl")]);
    let done = crate::support::run(command);
    assert_eq!(done.code, 0, "{}\n{}", done.out, done.err);
    assert!(done.out.contains("every healthy gateway as asked"), "{}", done.out);
    assert!(done.out.contains("3 kills"), "{}", done.out);
}

#[test]
fn what_others_changed_since_is_not_put_back() {
    let many = Many::new(2);
    let file = many.inventory();
    assert_eq!(many.run(&["apply", text(&file)]).code, 0);
    many.at(1).preset(json!({"baudrate": 300}).as_object().unwrap()).unwrap();
    let journal = journals(&many.home).remove(0);
    let run = many.run(&["restore", text(&journal), "--json"]);
    let (summary, _) = outcomes(run.lines());
    assert_eq!((run.code, &summary["changed"]), (10, &json!(1)), "{}", run.err);
    assert_eq!(summary["causes"], json!({"changed_since": [many.at(1).host()]}));
    assert_eq!(many.at(0).settings()["baudrate"], json!(115200));
    assert_eq!(many.at(1).settings()["baudrate"], json!(300));
    assert_eq!(many.run(&["restore", text(&journal), "--force"]).code, 0);
    assert_eq!(many.at(1).settings()["baudrate"], json!(115200));
}
