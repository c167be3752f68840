//! `wwctl fields`

use crate::support::Home;

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Home::new().wwctl().arg("fields").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn offline_as_table_page_and_json() {
    let (code, table, err) = run(&[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(table.lines().all(|l| l.chars().count() <= 80), "{table}");
    let (_, page, _) = run(&["stop_bits"]);
    assert!(page.contains("1, 1.5, 2") && page.contains("string"), "{page}");
    let (_, json, _) = run(&["--json"]);
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let fields = document["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 18);
    let field = |name: &str| fields.iter().find(|f| f["name"] == name).unwrap();
    assert_eq!(field("conv_factor")["min"].to_string(), "0.001");
    assert_eq!(field("time_offset")["min"].to_string(), "-2147483648");
    assert_eq!(field("stop_bits")["default"], "1");
    assert_eq!(field("baudrate")["default"], 115200);
    assert_eq!(field("method")["values"][0], "Passive Push");
}

#[test]
fn a_typo_is_named() {
    let (code, _, err) = run(&["stopbits"]);
    assert!(code == Some(2) && err.contains("did you mean stop_bits?"), "{err}");
}
