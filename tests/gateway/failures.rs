//! Whatever goes wrong on the way: what the client says, and what it sends.

use super::*;
use serde_json::json;
use std::net::TcpListener;
use std::time::Instant;
use wwctl::Kind;
use wwctl::gateway::{MAX_BODY, Resolver, Written};
use wwctl::simulate::gateway::{Fault, Faults, KeyMask, Meter};

fn faulty(faults: impl IntoIterator<Item = Fault>) -> Gateway {
    Gateway::start(Config { faults: Faults::new(faults), ..Config::default() }).unwrap()
}

fn get_error(fault: Fault) -> (Kind, &'static str, String) {
    let gateway = faulty([fault]);
    let error = client(&gateway, "").settings().unwrap_err();
    assert!(error.hint_text().is_some(), "{error}");
    (error.kind(), error.code(), error.message().to_owned())
}

#[test]
fn busy_is_tried_again_after_a_pause() {
    let gateway = faulty([Fault::Busy(2)]);
    let started = Instant::now();
    client(&gateway, "").settings().unwrap();
    assert!(started.elapsed() >= Duration::from_millis(700), "the pauses are 250 and 500 ms");
    assert_eq!(requests(&gateway), [("GET".into(), 503), ("GET".into(), 503), ("GET".into(), 200)]);
    let (kind, code, _) = get_error(Fault::Busy(9));
    assert_eq!((kind, code), (Kind::Refused, "busy"));
}

#[test]
fn a_busy_gateway_has_not_written() {
    let gateway = faulty([Fault::Busy(1)]);
    assert_eq!(client(&gateway, "").put_settings(&document("baudrate", 300)).unwrap(), Written::Acknowledged);
    assert_eq!(gateway.writes().len(), 1);
}

#[test]
fn failing_inside_is_not_tried_again() {
    let gateway = faulty([Fault::Failing(1)]);
    let error = client(&gateway, "").settings().unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Refused, "gateway_failed"));
    assert_eq!(gateway.log().len(), 1);
}

#[test]
fn nonsense_is_named() {
    let (kind, _, message) = get_error(Fault::Html(1));
    assert_eq!(kind, Kind::Refused);
    assert!(message.contains("an HTML page"), "{message}");
    let (kind, code, message) = get_error(Fault::Truncate(1));
    assert_eq!((kind, code), (Kind::Refused, "truncated"));
    assert!(message.contains("breaks off"), "{message}");
    let (kind, _, message) = get_error(Fault::HalfJson(1));
    assert_eq!(kind, Kind::Refused);
    assert!(message.contains("breaks off"), "{message}");
    let (kind, _, message) = get_error(Fault::NotAnObject(1));
    assert_eq!(kind, Kind::Refused);
    assert!(message.contains("an array"), "{message}");
}

#[test]
fn another_service_on_the_port_is_no_gateway() {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").unwrap();
    });
    let client = Client::new(Target::parse(&host).unwrap(), Options::default()).unwrap();
    let error = client.settings().unwrap_err();
    server.join().unwrap();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::Refused, "bad_answer"),
        "one try, or accept would be over"
    );
    assert!(error.message().contains("not HTTP"), "{error}");
}

#[test]
fn redirects_are_not_followed() {
    let (kind, code, message) = get_error(Fault::Redirect(1));
    assert_eq!((kind, code), (Kind::Refused, "redirected"));
    assert!(message.contains("http://portal.invalid/login"), "{message}");
}

#[test]
fn the_devices_own_message_is_passed_on() {
    let gateway = faulty([Fault::Refuse(1)]);
    let client = client(&gateway, "");
    let error = client.put_settings(&document("baudrate", 2400)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Refused, "invalid"));
    assert!(error.message().contains("not accepted by this device"), "{error}");
    let error = client.put_settings(&document("baudrate", 1)).unwrap_err();
    assert!(error.message().contains("invalid value: baudrate"), "{error}");
    assert!(gateway.writes().is_empty());
}

#[test]
fn a_missing_licence_is_explained() {
    let gateway = faulty([Fault::License]);
    let client = client(&gateway, "");
    for error in
        [client.report().unwrap_err(), client.report_objects().unwrap_err(), client.live().unwrap_err()]
    {
        assert_eq!((error.kind(), error.code()), (Kind::Refused, "license_required"));
        assert!(error.hint_text().unwrap().contains("PLUS"));
    }
}

#[test]
fn a_dropped_read_is_repeated() {
    let gateway = faulty([Fault::DropBefore(2)]);
    client(&gateway, "").settings().unwrap();
    assert_eq!(gateway.log().len(), 3);
    let (kind, _, message) = get_error(Fault::DropBefore(9));
    assert_eq!(kind, Kind::Unreachable);
    assert!(message.contains("closed the connection"), "{message}");
}

#[test]
fn a_lost_answer_is_said_and_nothing_is_written_twice() {
    let gateway = faulty([Fault::DropAfterWrite(1)]);
    let client = client(&gateway, "");
    assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::AnswerLost);
    assert_eq!(gateway.writes().len(), 1);
    assert_eq!(client.settings().unwrap()["baudrate"], 2400);
    let gateway = faulty([Fault::DropBefore(1)]);
    let client = self::client(&gateway, "");
    assert_eq!(client.post_settings(&document("baudrate", 2400)).unwrap(), Written::AnswerLost);
    assert_eq!(gateway.log().len(), 1, "not repeated");
    assert_eq!(client.settings().unwrap()["baudrate"], 115_200);
}

#[test]
fn a_write_that_times_out_is_a_lost_answer() {
    let gateway = faulty([Fault::Slow(Duration::from_millis(600))]);
    let client = client_with(&gateway, Options { timeout: Duration::from_millis(200), ..options("") });
    assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::AnswerLost);
    let error = client.settings().unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Unreachable, "timeout"));
    assert_eq!(gateway.log().len(), 2, "no answer in time is not tried again");
}

#[test]
fn refused_unresolved_and_silent_are_told_apart() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = |host: &str, timeout| {
        let options = Options { retries: 0, timeout: Duration::from_millis(timeout), ..options("") };
        let error = Client::new(Target::parse(host).unwrap(), options).unwrap().settings().unwrap_err();
        assert_eq!(error.kind(), Kind::Unreachable, "{error}");
        (error.code(), error.message().to_owned())
    };
    let (code, message) = at(&format!("127.0.0.1:{port}"), 5000);
    assert_eq!(code, "unreachable");
    assert!(message.contains("connection refused"), "{message}");
    let (code, message) = at("no-such-host.invalid", 5000);
    assert_eq!(code, "unresolved");
    assert!(message.contains("no-such-host.invalid"), "{message}");
    // Accepts, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, message) = at(&silent.local_addr().unwrap().to_string(), 200);
    assert_eq!(code, "timeout");
    assert!(message.contains("0.2 s"), "{message}");
}

#[test]
fn a_body_that_the_gateway_cannot_take_is_not_sent() {
    let gateway = faulty([]);
    let client = client(&gateway, "");
    let error = client.put_settings(&document("method", "x".repeat(MAX_BODY))).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(gateway.log().is_empty());
}

#[test]
fn an_ignored_and_a_clamped_write_show_in_the_read_back() {
    let gateway = faulty([Fault::IgnoreWrite(1)]);
    let client = client(&gateway, "");
    assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::Acknowledged);
    assert_eq!(client.settings().unwrap()["baudrate"], 115_200);
    let gateway = faulty([Fault::Clamp]);
    let client = self::client(&gateway, "");
    assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::Acknowledged);
    assert_eq!(client.settings().unwrap()["baudrate"], 9600);
}

#[test]
fn the_other_endpoints() {
    let gateway = Gateway::start(Config { auth: Auth::digest("pw"), ..Config::default() }).unwrap();
    let client = client(&gateway, "pw");
    assert_eq!(client.system().unwrap()["device"]["id"], "ECC9FFABCDEF");
    let scalers = [json!({"obis": "31.7.0", "scaler": -3})];
    assert_eq!(client.set_scalers_custom(&scalers).unwrap(), Written::Acknowledged);
    assert_eq!(client.scalers_custom().unwrap(), scalers);
    let refused = client.set_scalers_custom(&[json!({"obis": "31.7.0", "scaler": 7})]).unwrap_err();
    assert_eq!(refused.kind(), Kind::Refused);
    let current = |client: &Client| {
        let all = client.scalers_current().unwrap();
        all.into_iter().find(|s| s["obis"] == "31.7.0").unwrap()["scaler"].clone()
    };
    assert_eq!(current(&client), -2);
    assert_eq!(client.put_settings(&document("scalers_set", "custom")).unwrap(), Written::Acknowledged);
    assert_eq!(current(&client), -3);
    assert_eq!(client.report().unwrap()["report"]["interval"].to_string(), "5.0");
    assert_eq!(client.report_objects().unwrap()[1]["logical_name"], "1-0:1.8.0");
    assert_eq!(client.reboot().unwrap(), Written::Acknowledged);
    requests(&gateway);
}

#[test]
fn live_events_until_another_listener_comes() {
    let config =
        Config { auth: Auth::digest("pw"), live_interval: Duration::from_millis(20), ..Config::default() };
    let gateway = Gateway::start(config).unwrap();
    let mut first = client(&gateway, "pw").live().unwrap();
    for _ in 0..3 {
        let event = first.next().unwrap().unwrap();
        assert_eq!(event.name, "live");
        let data: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(data["system"]["id"], "ECC9FFABCDEF");
    }
    let mut second = client(&gateway, "pw").live().unwrap();
    second.next().unwrap().unwrap();
    // The first ends: with an error, because the gateway closes it in mid-stream.
    assert!(first.by_ref().any(|e| e.is_err()) || first.next().is_none());
}

#[test]
fn put_keeps_post_resets_and_keys_stay_hidden() {
    let key = "0123456789abcdef0123456789abcdef";
    for mask in [KeyMask::Omit, KeyMask::Stars] {
        let gateway = Gateway::start(Config { mask, ..Config::default() }).unwrap();
        let client = client(&gateway, "");
        let mut both = document("encryption_key", key);
        both.insert("parity".into(), "even".into());
        assert_eq!(client.put_settings(&both).unwrap(), Written::Acknowledged);
        assert_eq!(gateway.keys()["encryption_key"], key.to_uppercase());
        let shown = client.settings().unwrap();
        let hidden = shown.get("encryption_key").map(|v| v.as_str().unwrap().to_owned());
        assert_eq!(hidden, (mask == KeyMask::Stars).then(|| "*".repeat(32)));
        assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::Acknowledged);
        assert_eq!(client.settings().unwrap()["parity"], "even");
        assert_eq!(client.post_settings(&document("baudrate", 300)).unwrap(), Written::Acknowledged);
        assert_eq!(client.settings().unwrap()["parity"], "none");
        assert!(gateway.keys().is_empty());
        assert_eq!(client.put_settings(&both).unwrap(), Written::Acknowledged);
        let zeros = document("encryption_key", "0".repeat(32));
        assert_eq!(client.put_settings(&zeros).unwrap(), Written::Acknowledged);
        assert!(gateway.keys().is_empty());
    }
}

#[test]
fn the_meter_is_ok_only_under_its_settings() {
    let key = "0123456789ABCDEF0123456789ABCDEF";
    let mut truth = document("baudrate", 2400);
    truth.insert("encryption_key".into(), key.into());
    let meter = Meter { truth: Some(truth), ok_after: Duration::from_millis(300) };
    let gateway = Gateway::start(Config { meter, ..Config::default() }).unwrap();
    let client = client(&gateway, "");
    let status = || client.system().unwrap()["meter"]["status"].as_str().unwrap().to_owned();
    assert_eq!(status(), "NOT RECOGNIZED");
    assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::Acknowledged);
    assert_eq!(status(), "KEY REQUIRED");
    assert_eq!(
        client.put_settings(&document("encryption_key", "F".repeat(32))).unwrap(),
        Written::Acknowledged
    );
    assert_eq!(status(), "ENCRYPTION KEY");
    assert_eq!(client.put_settings(&document("encryption_key", key)).unwrap(), Written::Acknowledged);
    assert_eq!(status(), "RECOGNITION");
    std::thread::sleep(Duration::from_millis(320));
    assert_eq!(status(), "OK");
}

#[test]
fn number_text_comes_through_unchanged() {
    let gateway = faulty([]);
    let client = client(&gateway, "");
    let exact: Value = serde_json::from_str("0.1234567890123").unwrap();
    assert_eq!(client.put_settings(&document("conv_factor", exact)).unwrap(), Written::Acknowledged);
    assert_eq!(client.settings().unwrap()["conv_factor"].to_string(), "0.1234567890123");
}

#[test]
fn a_connection_closed_after_each_answer() {
    let gateway =
        Gateway::start(Config { auth: Auth::digest("pw"), close: true, ..Config::default() }).unwrap();
    let client = client(&gateway, "pw");
    client.settings().unwrap();
    assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::Acknowledged);
    client.settings().unwrap();
    assert_eq!(requests(&gateway).len(), 4);
}

#[test]
fn default_resolver_takes_addresses_as_they_are() {
    let gateway = faulty([]);
    let options = Options { resolver: Resolver::default(), ..options("") };
    let target = Target::parse(&gateway.url().replace("127.0.0.1", "localhost")).unwrap();
    Client::new(target, options).unwrap().settings().unwrap();
}
