//! The demo shows what it promises, on real child processes.

use crate::support::Home;

#[test]
fn the_whole_way() {
    let home = Home::new();
    let assert = home.wwctl().arg("demo").assert().success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let steps = [
        "wwctl simulate gateway",
        "get\n",
        "NOT RECOGNIZED",
        "$ wwctl probe",
        "set --from -",
        "status            OK",
    ];
    let mut rest = text.as_str();
    for step in steps {
        let at = rest.find(step).unwrap_or_else(|| panic!("{step:?} does not come in its turn:\n{text}"));
        rest = &rest[at + step.len()..];
    }
    assert!(!home.path().join("state").exists(), "the demo leaves something behind");
}
