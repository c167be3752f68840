use super::*;
use crate::decode::{Id, Message, Obis, Protocol, Reading as MeterReading, Status, Value as MeterValue};
use crate::line::{Flag, Flags, Heard};
use crate::probe::{Options, run_retold};
use crate::simulate::line::SimSpec;
use proptest::prelude::*;
use std::ops::ControlFlow;
use std::time::Duration;

/// What a probe of a simulated line gives.
fn probed(port: &str, options: &Options) -> (Verdict, Account) {
    let mut line = SimSpec::parse(port).unwrap().open();
    let (verdict, account, outcome) = run_retold(&mut line, options, &mut |_| ControlFlow::Continue(()));
    outcome.unwrap();
    (verdict, account)
}

fn page(verdict: &Verdict, account: &Account, circumstances: &Circumstances) -> String {
    html(&Page { verdict, account, options: &Options::default(), circumstances })
}

fn of(port: &str) -> String {
    let (verdict, account) = probed(port, &Options::default());
    page(&verdict, &account, &Circumstances { port: port.to_owned(), ..Circumstances::default() })
}

/// Every element is closed in its turn, every attribute is quoted, and nothing refers to anything outside.
fn sound(page: &str) {
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
    let mut open: Vec<&str> = Vec::new();
    let mut rest = body;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, later) = after.split_once('>').expect("a tag ends");
        rest = later;
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "</{name}>");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
        assert!(!matches!(name, "script" | "img" | "iframe" | "object" | "form"), "<{tag}>");
        for piece in tag.get(name.len()..).unwrap().split('"').step_by(2) {
            let attribute = piece.trim().trim_end_matches('=');
            assert!(!attribute.starts_with("on") && !matches!(attribute, "src" | "style"), "<{tag}>");
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
    let style = page.find("<style>").unwrap()..page.find("</style>").unwrap();
    let text = format!("{}{}", &page[..style.start], &page[style.end..]);
    for part in text.split("href=").skip(1) {
        assert!(part.starts_with("\"data:,\""), "{part:.40}");
    }
    for word in ["http:", "https:", "url(", "@import", "src="] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn a_found_line_is_shown_with_what_to_set() {
    let page = of("sim:hdlc?encrypt=true&seed=7");
    sound(&page);
    for want in [
        "wwctl -H HOST set auto_baudrate=false baudrate=2400 parity=even",
        "encryption=true --wait",
        "2400 8E1, not inverted, hdlc, encrypted",
        "Likelihood of each baud rate",
        "Likelihood of each polarity and format",
        "baud rate 2400 chosen after",
        "Sent at 2400 8E1; received at 2400 8N1.",
        "ask the grid operator",
    ] {
        assert!(page.contains(want), "{want}");
    }
}

#[test]
fn nothing_heard_is_a_page_too() {
    let page = of("sim:dsmr?fault=idle");
    sound(&page);
    for want in
        ["The line is idle", "Not found", "check the wiring", "nothing came", "there is nothing to draw"]
    {
        assert!(page.contains(want), "{want}");
    }
    assert!(!page.contains("wwctl -H HOST"));
}

#[test]
fn a_probe_that_was_stopped_or_failed_says_so() {
    let (verdict, account) = probed("sim:dsmr?fault=idle", &Options::default());
    let circumstances = Circumstances {
        interrupted: true,
        failure: Some("/dev/ttyUSB0 went away <b>".to_owned()),
        ..Circumstances::default()
    };
    let page = page(&verdict, &account, &circumstances);
    sound(&page);
    assert!(page.contains("The probe was interrupted"));
    assert!(page.contains("The adapter failed: <bdi>/dev/ttyUSB0 went away &lt;b&gt;</bdi>"));
}

#[test]
fn what_a_meter_says_is_only_text() {
    let hostile = "</script><img src=x onerror=alert(1)>\u{202E}\u{7}";
    let (mut verdict, mut account) = probed("sim:dsmr?seed=1", &Options::default());
    let mut message = Message::new(Protocol::Dsmr);
    message.meter.id = Some(hostile.into());
    message.meter.model = Some(hostile.into());
    let value = MeterValue::Text(hostile.into());
    let unit = Some(hostile.into());
    message
        .readings
        .push(MeterReading { unit, ..MeterReading::new(Id::Obis(Obis::new(0, 0, 96, 13, 0)), value) });
    verdict.messages = vec![message];
    verdict.advise(hostile);
    verdict.evidence[0].why = hostile.to_owned();
    if let Some(capabilities) = &mut account.capabilities {
        capabilities.driver = hostile.to_owned();
    }
    let circumstances = Circumstances {
        port: hostile.to_owned(),
        recorded: Some(hostile.to_owned()),
        ..Circumstances::default()
    };
    let page = page(&verdict, &account, &circumstances);
    let shown = page.replace("src=x", "");
    sound(&shown);
    assert!(!page.contains("<img") && !page.contains("</script"));
    assert!(!page.contains('\u{202E}') && !page.contains('\u{7}'));
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
}

#[test]
fn keys_stay_out() {
    let key = "00112233445566778899AABBCCDDEEFF";
    let port = format!("sim:hdlc?encrypt=true&key={key}&seed=7");
    let options = Options {
        keys: crate::decode::Keys { encryption: crate::decode::Key::parse(key).ok(), authentication: None },
        ..Options::default()
    };
    let (verdict, account) = probed(&port, &options);
    assert!(verdict.messages.iter().any(|m| m.status == Status::Ok), "it was decrypted");
    let circumstances = Circumstances { port, ..Circumstances::default() };
    let page = html(&Page {
        verdict: &verdict,
        account: &account,
        options: &options,
        circumstances: &circumstances,
    });
    assert!(!page.to_uppercase().contains(key));
    assert!(page.contains("key=…&amp;seed=7") && page.contains("given (not part of this page)"));
}

#[test]
fn the_policy_names_the_style_sheet_and_nothing_else() {
    let page = of("sim:dsmr?fault=idle");
    // As a browser does it (CSP level 3, 6.7.3.3): the hash of the text between the tags.
    let (_, after) = page.split_once("<style>").unwrap();
    let (style, _) = after.split_once("</style>").unwrap();
    let hash = base64(&Sha256::digest(style));
    assert!(page.contains(&format!("default-src &#39;none&#39;; style-src &#39;sha256-{hash}&#39;")));
    assert!(!style.contains('<') && !style.contains('&'));
}

/// The levels of the line are reconstructed so that they give what was received.
#[test]
fn what_was_received_follows_from_what_was_sent() {
    for line in [
        "sim:dsmr?baudrate=9600&data_bits=7&parity=even",
        "sim:dsmr?baudrate=57600",
        "sim:hdlc?model=b",
        "sim:mbus?",
        "sim:dsmr?invert=true&gaps=0.03",
        "sim:dsmr?invert=true&model=b",
        "sim:hdlc?adapter=ftdi",
    ] {
        // Whether an inverted line is found is a matter of chance.
        let mut tries = (1..8).map(|seed| format!("{line}&seed={seed}"));
        let found = tries.find_map(|port| {
            let (verdict, account) = probed(&port, &Options::default());
            verdict.found.then_some((port, verdict, account))
        });
        let (port, verdict, account) = found.expect(line);
        let stretches = stretch::stretches(&account);
        let wave = wave::of(&verdict, &account, &stretches).unwrap();
        assert_eq!(wave.vouched, wave::Vouched::Decoded, "{port}");
        assert_eq!(wave.sent.len(), 16, "{port}");
        assert_eq!(Some(wave.invert), verdict.rx_invert);
        let fits = wave.received.iter().filter(|r| r.agrees(wave.flags)).count();
        assert!(fits >= 10 && fits == wave.received.len(), "{port}: {fits} of {}", wave.received.len());
        // Every sample lies on the line as it is drawn.
        for sample in wave.received.iter().flat_map(|r| &r.samples) {
            assert!(sample.high.is_none_or(|high| wave.level(sample.at) == high), "{port} at {}", sample.at);
        }
    }
}

#[test]
fn a_captured_text_begins_with_its_slash() {
    // "/" is 2F: least significant bit first 1 1 1 1 0 1 0 0 (P1 companion standard: 8N1).
    let (verdict, account) = probed("sim:dsmr?seed=4", &Options::default());
    let wave = wave::of(&verdict, &account, &stretch::stretches(&account)).unwrap();
    let bits: Vec<wave::Part> = wave.sent[0].bits.iter().map(|b| b.part).collect();
    let data = [true, true, true, true, false, true, false, false].map(wave::Part::Data);
    assert_eq!(bits[0], wave::Part::Start);
    assert_eq!(bits[1..9], data);
    assert_eq!(bits[9..], [wave::Part::Stop]);
    let middle = |i: usize| f64::midpoint(wave.sent[0].bits[i].from, wave.sent[0].bits[i].to);
    let levels: Vec<bool> = (0..10).map(|i| wave.level(middle(i))).collect();
    assert_eq!(levels, [false, true, true, true, true, false, true, false, false, true]);
}

#[test]
fn a_port_that_only_delivers_bytes_has_no_levels() {
    let (verdict, mut account) = probed("sim:dsmr?seed=1", &Options::default());
    account.steps.clear();
    let page = page(&verdict, &account, &Circumstances::default());
    sound(&page);
    assert!(page.contains("This port delivers bytes only"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever was heard, under whatever settings: a sound page, and no panic.
    #[test]
    fn any_account_makes_a_page(
        bytes in prop::collection::vec((any::<u8>(), 0u8..3, 0u64..300), 0..200),
        hops in prop::collection::vec((0u64..20_000, 0usize..10), 0..6),
        flags in 0usize..3,
        baudrate in prop::option::of(0usize..10),
        found: bool,
        invert: bool,
    ) {
        use crate::line::{DataBits, LineSettings, Parity, StopBits};
        let (_, model) = probed("sim:dsmr?fault=idle", &Options { timeout: Duration::from_secs(1), ..Options::default() });
        let mut account = Account { ended: Duration::from_secs(30), steps: Vec::new(), ..model };
        if let Some(c) = &mut account.capabilities {
            c.flags = [Flags::PerCharacter, Flags::PerPacket, Flags::None][flags];
        }
        let mut at = 0;
        for (byte, flag, gap) in bytes {
            at += gap;
            let flag = [Flag::None, Flag::Error, Flag::Break][usize::from(flag)];
            account.heard.push(Heard { byte, flag, at: Duration::from_millis(at) });
        }
        let mut hops = hops;
        hops.sort_unstable();
        for (at, rate) in hops {
            let settings = LineSettings {
                baudrate: crate::probe::plan::BAUDRATES[rate],
                data_bits: DataBits::Eight,
                parity: [Parity::None, Parity::Even, Parity::Odd][rate % 3],
                stop_bits: StopBits::One,
            };
            account.steps.push(crate::probe::account::Step { at: Duration::from_millis(at), settings, doing: "trying" });
        }
        let mut verdict = Verdict { found, ..Verdict::default() };
        if let Some(rate) = baudrate {
            verdict.say_baudrate(crate::probe::plan::BAUDRATES[rate], 0.5, "<guess>");
            verdict.say_rx_invert(invert, 0.97, "&");
        }
        sound(&page(&verdict, &account, &Circumstances::default()));
    }
}
