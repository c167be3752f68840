//! The Ansible collection, with a real ansible-core.

use crate::support::{Home, run};
use std::path::Path;

/// Where ansible-core is: in PATH, in the folder that `WWCTL_TEST_ANSIBLE` names, or where `.ci/run` puts it.
fn ansible() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("WWCTL_TEST_ANSIBLE").map(Into::into);
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ansible/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = named.into_iter().chain([ours]).chain(std::env::split_paths(&path));
    places.into_iter().find(|folder| folder.join("ansible-playbook").is_file())
}

/// Fifty gateways, three runs of the same play, the other modules.
#[cfg(unix)]
#[test]
fn the_collection_is_idempotent_and_keeps_its_secrets() {
    let Some(folder) = ansible() else {
        eprintln!("skipped: no ansible-playbook here (pip install ansible-core)");
        return;
    };
    let home = Home::new();
    let mut command = home.wrap(assert_cmd::Command::new("bash"));
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("ansible/tests/run.sh"))
        .env("WWCTL", env!("CARGO_BIN_EXE_wwctl"))
        .env("ANSIBLE", folder);
    let done = run(command);
    assert_eq!(done.code, 0, "{}\n{}", done.out, done.err);
    assert!(done.out.contains("50 gateways, all as it should be"), "{}", done.out);
}
