use super::*;

fn load(name: &str) -> Result<String, String> {
    match name {
        "key" => Ok("00112233445566778899AABBCCDDEEFF\n".to_owned()),
        _ => Err(format!("cannot read {name}: not found")),
    }
}

fn parse(name: &str, text: &str) -> Result<Inventory> {
    Inventory::parse(text, Path::new(name), &load)
}

fn problems(name: &str, text: &str) -> Vec<String> {
    parse(name, text).unwrap_err().message().lines().map(str::to_owned).collect()
}

fn texts(gateway: &Gateway) -> Vec<String> {
    gateway.wanted.values.iter().map(|(f, v)| format!("{}={}", f.name, v.text())).collect()
}

#[test]
fn csv_one_gateway_a_row() {
    let text = "# meters of the north\nhost;#remark;baudrate;parity;encryption_key;conv_factor\n\
                192.0.2.1;flat 1;2400;even;@key;0.10\nABCDEF;flat 2;;;000102030405060708090A0B0C0D0E0F;\n";
    let inventory = parse("fleet.csv", text).unwrap();
    assert_eq!(inventory.gateways.len(), 2);
    let first = &inventory.gateways[0];
    assert_eq!((first.host.as_str(), first.line), ("192.0.2.1", 3));
    assert_eq!(
        texts(first),
        ["baudrate=2400", "parity=even", "encryption_key=(new key)", "conv_factor=0.10"]
    );
    // An empty cell says nothing: neither default nor cleared.
    assert_eq!(texts(&inventory.gateways[1]), ["encryption_key=(new key)"]);
}

#[test]
fn csv_names_the_place_of_every_problem() {
    let text = "host,baudrat,parity,encryption_key\n192.0.2.1,1,uneven,\n192.0.2.2,,even,12\n192.0.2.1,,,@nokey,x\n,,even,\n";
    let found = problems("fleet.csv", text);
    let begins = [
        "fleet.csv:1:2: `baudrat` is no setting; did you mean `baudrate`?",
        "fleet.csv:2:3: parity: 'uneven' was given; allowed: none, odd, even",
        "fleet.csv:3:4: encryption_key: a text of 2 hex digits was given",
        "fleet.csv:4:1: the gateway 192.0.2.1 is in line 2 already",
        "fleet.csv:4:4: encryption_key: cannot read nokey",
        "fleet.csv:4:5: there are only 4 columns",
        "fleet.csv:5:1: this gateway has no `host`",
    ];
    assert_eq!(found.len(), begins.len(), "{found:#?}");
    for (line, begin) in found.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}\n{begin}");
    }
}

#[test]
fn toml_with_defaults_and_profiles() {
    let text = "[defaults]\nauto_baudrate = false\nbaudrate = 9600\npassword_file = \"pw\"\n[profiles.k]\nbaudrate = 2_400\nparity = \"even\"\n\
                [[gateway]]\nhost = \"a\"\nprofile = \"k\"\nconv_factor = 0.250\n[[gateway]]\nhost = \"b\"\nstop_bits = \"2\"\npassword_command = \"pass b\"\n";
    let inventory = parse("fleet.toml", text).unwrap();
    let [a, b] = inventory.gateways.as_slice() else { panic!("two gateways") };
    assert_eq!(texts(a), ["baudrate=2400", "parity=even", "auto_baudrate=false", "conv_factor=0.250"]);
    assert_eq!(texts(b), ["baudrate=9600", "stop_bits=2", "auto_baudrate=false"]);
    assert_eq!(a.password, Some(PasswordFrom::File("pw".into())));
    assert_eq!(b.password, Some(PasswordFrom::Command("pass b".to_owned())));
}

#[test]
fn toml_is_strict_about_types_and_names() {
    let text = "[defaults]\nbaudrate = \"9600\"\n[profiles.x]\nparty = \"even\"\n[[gateway]]\nhost = \"a\"\nstop_bits = 1\nprofile = \"y\"\n[other]\n";
    let found = problems("fleet.toml", text);
    let begins = [
        "fleet.toml:2:12: baudrate: ",
        "fleet.toml:4:1: `party` is no setting; did you mean `parity`?",
        "fleet.toml:7:13: stop_bits: ",
        "fleet.toml:8:11: there is no such profile",
        "fleet.toml:9:2: `other` is none of",
    ];
    assert_eq!(found.len(), begins.len(), "{found:#?}");
    for (line, begin) in found.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}\n{begin}");
    }
}

#[test]
fn the_same_key_twice_is_advice_and_never_shown() {
    let text = "host,encryption_key\na,@key\nb,@key\nc,000102030405060708090A0B0C0D0E0F\n";
    let inventory = parse("fleet.csv", text).unwrap();
    assert_eq!(
        inventory.advice,
        ["fleet.csv: lines 2, 3 have the same encryption_key; each meter has its own"]
    );
    let shown = format!("{inventory:?}").to_uppercase();
    assert!(!shown.contains("00112233") && !shown.contains("00010203"), "{shown}");
}

#[test]
fn the_same_gateway_in_other_words() {
    let found = problems("fleet.csv", "host\nABCDEF\nhttp://whatwatt-abcdef.local/\n");
    assert!(found[0].contains("line 2 already"), "{found:?}");
}

#[test]
fn replaced_with_encryption_needs_a_key() {
    let found =
        problems("fleet.toml", "[[gateway]]\nhost = \"a\"\nstate = \"replaced\"\nencryption = true\n");
    assert!(found[0].contains("no `encryption_key`"), "{found:?}");
}

#[test]
fn an_empty_inventory_is_a_problem() {
    assert!(problems("fleet.toml", "")[0].contains("no gateway"));
    assert!(problems("fleet.csv", "")[0].contains("no header"));
    assert!(problems("fleet.csv", "host,baudrate\n")[0].contains("no gateway"));
}
