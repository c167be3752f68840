//! No password and no key where others can see it, or where it is kept.

use crate::support::{Many, key, run};
use std::path::Path;

/// Everything in the files of a folder, for a search.
fn contents(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.push_str(&contents(&path));
        } else {
            all.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()));
        }
    }
    all
}

/// A password command looks at the environment that it got, and at the arguments of every process of this machine, in the
/// middle of a roll-out.
#[cfg(target_os = "linux")]
#[test]
fn not_in_arguments_children_logs_journals_backups_or_errors() {
    let many = Many::new(4);
    let spy = many.home.file(
        "spy.sh",
        "env >>seen-environment\nfor f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f 2>/dev/null; echo; done >>seen-arguments\ncat secret\n",
    );
    many.home.file("secret", "f1lepassw0rd\n");
    for gateway in many.fleet.gateways() {
        gateway.set_auth(wwctl::simulate::gateway::Auth::digest("f1lepassw0rd"));
    }
    // One of them has another password, so that there is an error to look at.
    many.at(3).set_auth(wwctl::simulate::gateway::Auth::digest("other"));
    let mut text = "host,baudrate,encryption,encryption_key,password_command\n".to_owned();
    for (number, gateway) in many.fleet.gateways().iter().enumerate() {
        text.push_str(&format!("{},2400,true,{},sh {}\n", gateway.host(), key(number), spy.display()));
    }
    let inventory = many.home.file("fleet.csv", text);
    let tool = |arguments: &[&str], stdin: &str| {
        let mut command = many.home.wwctl();
        command.args(arguments).write_stdin(stdin);
        command
            .env("WWCTL_PASSWORD", "env1r0npassw0rd")
            .env("WWCTL_KEY", key(8))
            .env("WWCTL_AUTH_KEY", key(9));
        run(command)
    };
    let applied = tool(&["-vv", "apply", inventory.to_str().unwrap()], "");
    assert_eq!(applied.code, 10, "{}", applied.err);
    let json = tool(&["-vv", "apply", inventory.to_str().unwrap(), "--update-keys", "always", "--json"], "");
    assert_eq!(json.code, 10, "{}", json.err);
    let host = many.at(0).host();
    let key_document = format!("{{\"encryption_key\":\"{}\",\"parity\":\"odd\"}}", key(7));
    let password = many.home.path().join("secret");
    let set = tool(
        &["-vv", "-H", &host, "--password-file", password.to_str().unwrap(), "set", "--from", "-"],
        &key_document,
    );
    assert_eq!(set.code, 0, "{}", set.err);
    // A key that is not one: its text must not come back.
    let bad = tool(&["-H", &host, "set", "--from", "-"], &format!("{{\"encryption_key\":\"{}0\"}}", key(7)));
    assert_eq!(bad.code, 2, "{}", bad.err);

    let seen = |name: &str| std::fs::read_to_string(many.home.path().join(name)).unwrap();
    let (environment, arguments) = (seen("seen-environment"), seen("seen-arguments"));
    assert!(environment.contains("HOME=") && arguments.contains("wwctl"), "the spy saw nothing");
    let kept = contents(&many.home.path().join("state"));
    assert!(kept.contains("wwctl.journal.v1") && kept.contains("wwctl.backup.v1"), "{kept}");
    let printed = [applied, json, set, bad].map(|r| r.out + &r.err).concat();
    for (place, text) in
        [("environment", environment), ("arguments", arguments), ("state", kept), ("printed", printed)]
    {
        let text = text.to_uppercase();
        for secret in ["f1lepassw0rd".to_owned(), "env1r0npassw0rd".to_owned()]
            .into_iter()
            .chain((0..10).map(key))
            .map(|s| s.to_uppercase())
        {
            assert!(!text.contains(&secret), "{secret} in {place}");
        }
    }
}
