//! The committed completions and manual pages are what the program prints.

use crate::support::Home;
use std::collections::BTreeMap;
use std::path::Path;

fn files(dir: &Path) -> BTreeMap<String, String> {
    std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn compare(what: &str, printed: &BTreeMap<String, String>) {
    let committed = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(what));
    let names = |m: &BTreeMap<String, String>| m.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(printed), names(&committed), "{what}/: run scripts/generate.sh and commit");
    for (name, text) in printed {
        assert!(committed[name] == *text, "{what}/{name} is out of date: run scripts/generate.sh and commit");
    }
}

#[test]
fn manual_pages() {
    let home = Home::new();
    home.wwctl().args(["man", "pages"]).assert().success();
    compare("man", &files(&home.path().join("pages")));
}

#[test]
fn completions() {
    let home = Home::new();
    let shells =
        [("bash", "wwctl.bash"), ("zsh", "_wwctl"), ("fish", "wwctl.fish"), ("powershell", "_wwctl.ps1")];
    let printed = shells.map(|(shell, name)| {
        let output = home.wwctl().args(["completions", shell]).assert().success().get_output().stdout.clone();
        (name.to_owned(), String::from_utf8(output).unwrap())
    });
    compare("completions", &printed.into());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::new();
    let binary = env!("CARGO_BIN_EXE_wwctl");
    let line = format!("{{ {binary} completions bash; echo $? >status; }} | head -c 1 >/dev/null");
    home.wrap(assert_cmd::Command::new("sh")).args(["-c", &line]).assert().success().stderr("");
    assert_eq!(std::fs::read_to_string(home.path().join("status")).unwrap().trim(), "0");
}

/// Bash takes `parity=e` for three words, as a terminal shows; its own function would offer fields there.
#[cfg(unix)]
#[test]
fn bash_completes_the_values_behind_a_field() {
    if !crate::support::has("bash") {
        eprintln!("no bash here: its completion is not tried");
        return;
    }
    let script = r#"source "$1/completions/wwctl.bash"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _wwctl_with_values wwctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        echo "${COMPREPLY[*]}""#;
    for (words, expected) in [
        (&["set", "baud"][..], "baudrate="),
        (&["set", "parity", "=", "e"], "even"),
        (&["set", "rx_invert", "="], "true false"),
        (&["set", "parity=o"], "parity=odd"),
        (&["replace", "method", "=", "P"], r"Passive\ Push"),
        (&["probe", "--parity", "=", "o"], "odd"),
        (&["get", "pari"], "parity"),
    ] {
        let mut command = assert_cmd::Command::new("bash");
        command.args(["--norc", "-c", script, "bash", env!("CARGO_MANIFEST_DIR"), "wwctl"]).args(words);
        let output = command.output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), expected, "{words:?}");
    }
}
