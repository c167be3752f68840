//! `wwctl scalers`

use crate::support::Bench;
use serde_json::json;

#[test]
fn these_change_and_the_others_stay() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["scalers", "set", "1.8.255=3", "31.7.0=-2"]).code, 0);
    let run = bench.run(&["scalers", "set", "1.8.255=2", "32.7.0=0", "31.7.0=", "--json"]);
    assert_eq!(
        run.json()["changes"],
        json!([{"field": "1.8.255", "from": 3, "to": 2}, {"field": "31.7.0", "from": -2, "to": null}, {"field": "32.7.0", "from": null, "to": 0}])
    );
    let list = json!([{"obis": "1.8.255", "scaler": 2}, {"obis": "32.7.0", "scaler": 0}]);
    assert_eq!(bench.run(&["scalers", "get", "--json"]).json(), list);
    let posts = || bench.methods().iter().filter(|m| *m == "POST").count();
    let before = posts();
    assert!(bench.run_with(&["scalers", "set", "--from", "-"], &list.to_string()).out.contains("unchanged"));
    assert_eq!(posts(), before);
    assert_eq!(bench.run_with(&["scalers", "set", "--from", "-"], "[]").code, 0);
    assert_eq!(bench.run(&["scalers", "get", "--json"]).json(), json!([]));
}

#[test]
fn all_problems_at_once_and_nothing_sent() {
    let bench = Bench::new();
    let run = bench.run(&["scalers", "set", "1.8.0=7", "255.8.0=1", "1.8.0"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("'7' was given; allowed: -6..6") && run.err.contains("255.8.0"), "{}", run.err);
    assert_eq!(
        bench.run_with(&["scalers", "set", "--from", "-"], r#"[{"obis":"1.8.0","scaler":1.5}]"#).code,
        2
    );
    assert!(bench.methods().is_empty());
}

#[test]
fn dry_run() {
    let bench = Bench::new();
    let run = bench.run(&["scalers", "set", "1.8.0=1", "--dry-run"]);
    assert!(run.code == 0 && run.out.contains("1.8.0"), "{}", run.out);
    assert_eq!(bench.run(&["scalers", "get", "--json"]).json(), json!([]));
}
