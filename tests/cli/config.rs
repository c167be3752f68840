//! The configuration file, and `wwctl config show`

use crate::support::{Bench, run};
use serde_json::json;

#[test]
fn a_flag_goes_before_the_environment_before_the_project_before_the_user() {
    let bench = Bench::new();
    bench.home.file(
        "config/wwctl/config.toml",
        "[defaults]\ntimeout = 3\nretries = 3\njobs = 3\nauth = \"digest\"\n",
    );
    bench.home.file("work/wwctl.toml", "[defaults]\ntimeout = 4\nretries = 4\njobs = 4\n");
    let mut command = bench.home.wwctl();
    command.args(["config", "show", "--json", "--jobs", "6"]).current_dir(bench.home.path().join("work"));
    let shown = run({
        command.env("WWCTL_RETRIES", "5").env("WWCTL_JOBS", "5");
        command
    });
    assert_eq!(shown.code, 0, "{}", shown.err);
    let values = shown.json()["values"].clone();
    let user = bench.home.path().join("config/wwctl/config.toml").display().to_string();
    let project = bench.home.path().join("work/wwctl.toml").display().to_string();
    for (name, value, source) in [
        ("jobs", json!(6), "--jobs".to_owned()),
        ("retries", json!(5), "environment WWCTL_RETRIES".to_owned()),
        ("timeout", json!(4), format!("{project}:2")),
        ("auth", json!("digest"), format!("{user}:5")),
        ("proxy", json!(null), "default".to_owned()),
    ] {
        assert_eq!(values[name], json!({"value": value, "source": source}), "{name}");
    }
    assert_eq!(shown.json()["files"], json!([project, user]));
}

#[test]
fn an_alias_with_a_password_of_its_own_reaches_its_gateway() {
    let bench = Bench::new();
    bench.home.file("pw", "pw\n");
    let text = format!(
        "[defaults]\nhost = \"home\"\n[devices.kitchen]\nhost = \"{}\"\npassword_command = \"printf 'pw\\\\nx'\"\n[groups]\nhome = [\"kitchen\"]\n",
        bench.gateway.host()
    );
    bench.home.file("config/wwctl/config.toml", text);
    // A group may have any number of members, so its answers always name the gateway.
    let named = format!("{}: 115200\n", bench.gateway.host());
    for (arguments, answer) in [
        (&["get", "baudrate"][..], named.as_str()),
        (&["-H", "kitchen", "get", "baudrate"], "115200\n"),
        (&["-H", "home", "get", "baudrate"], &named),
    ] {
        let mut command = bench.home.wwctl();
        command.args(arguments);
        let got = run(command);
        assert_eq!((got.code, got.out.as_str()), (0, answer), "{arguments:?} {}", got.err);
    }
    // The environment goes before the file.
    let mut command = bench.home.wwctl();
    command.args(["get", "baudrate"]).env("WWCTL_PASSWORD", "wrong");
    assert_eq!(run(command).code, 4);
}

#[test]
fn a_file_that_is_not_usable_is_exit_3_with_every_line() {
    let bench = Bench::new();
    bench.home.file("config/wwctl/config.toml", "[defaults]\ntimout = 3\n\nretries = -1\n");
    let refused = bench.run(&["get"]);
    assert_eq!(refused.code, 3);
    for words in ["config.toml:2: unknown key `timout`; did you mean `timeout`?", "config.toml:4: `retries`"]
    {
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    assert!(bench.methods().is_empty());
    let mut command = bench.home.wwctl();
    command.args(["config", "show"]).env("WWCTL_CONFIG", "no-such-file");
    assert_eq!(run(command).code, 3);
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_may_read_is_refused_with_the_command_to_run() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let host = bench.gateway.host();
    let open = |path: &std::path::Path| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    };
    let config = bench.home.file("config/wwctl/config.toml", "[defaults]\npassword = \"pw\"\n");
    let get = || {
        let mut command = bench.home.wwctl();
        command.args(["-H", &host, "get", "baudrate"]);
        run(command)
    };
    assert_eq!(get().code, 0);
    open(&config);
    let refused = get();
    assert_eq!(refused.code, 3);
    assert!(refused.err.contains(&format!("chmod 600 {}", config.display())), "{}", refused.err);
    assert!(!refused.err.contains("pw\""));
    bench.home.file("config/wwctl/config.toml", "[defaults]\npassword_file = \"secret\"\n");
    let secret = bench.home.file("config/wwctl/secret", "pw\n");
    assert_eq!(get().code, 0);
    open(&secret);
    let refused = get();
    assert!(refused.code == 3 && refused.err.contains("chmod 600"), "{}", refused.err);
}

#[test]
fn show_never_shows_a_password() {
    let bench = Bench::new();
    bench.home.file(
        "config/wwctl/config.toml",
        "[defaults]\npassword = \"s3cret\"\n[devices.a]\nhost = \"192.0.2.1\"\npassword = \"s3cret\"\n[groups]\nall = [\"a\", \"b\"]\n",
    );
    let show = |arguments: &[&str]| {
        let mut command = bench.home.wwctl();
        command.args(["config", "show"]).args(arguments);
        run(command)
    };
    let (text, json) = (show(&[]), show(&["--json", "-H", "all"]));
    assert_eq!((text.code, json.code), (0, 0), "{}", text.err);
    assert!(!(text.out.clone() + &json.out).contains("s3cret"));
    assert!(text.out.contains("devices.a.host") && text.out.contains("groups.all"), "{}", text.out);
    assert_eq!(json.json()["values"]["host"]["value"], json!(["all"]));
    assert_eq!(json.json()["devices"]["a"]["host"]["value"], json!("192.0.2.1"));
}

#[test]
fn a_systemd_credential_is_the_last_resort() {
    let bench = Bench::new();
    bench.home.file("credentials/wwctl-password", "pw\n");
    let host = bench.gateway.host();
    let get = |password: Option<&str>| {
        let mut command = bench.home.wwctl();
        command.args(["-H", &host, "get", "parity"]);
        command.env("CREDENTIALS_DIRECTORY", bench.home.path().join("credentials"));
        if let Some(password) = password {
            command.env("WWCTL_PASSWORD", password);
        }
        run(command)
    };
    assert_eq!(get(None).out, "none\n");
    assert_eq!(get(Some("wrong")).code, 4);
}
