//! What users pipe: the shell scripts under `tests/scripts`.

use crate::support::{Home, run};
use std::path::Path;

/// Runs a script; status 77 says that something is missing here.
fn script(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name);
    let home = Home::new();
    let mut command = home.wrap(assert_cmd::Command::new("sh"));
    command.arg(path).env("WWCTL", env!("CARGO_BIN_EXE_wwctl"));
    let done = run(command);
    match done.code {
        0 => {}
        77 => eprint!("{}", done.out),
        code => panic!("{name}: status {code}\n{}\n{}", done.out, done.err),
    }
}

macro_rules! scripts {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                script(concat!(stringify!($name), ".sh"));
            }
        )*

        #[test]
        fn every_script_is_run() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
            let mut found: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
                .filter(|name| name != "lib.sh")
                .collect();
            found.sort();
            assert_eq!(found, [$(concat!(stringify!($name), ".sh")),*]);
        }
    };
}

#[cfg(unix)]
scripts!(credentials cron fleet get_jq probe_set save_diff xargs);
