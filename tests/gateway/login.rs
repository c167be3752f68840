//! Every kind of login, and the requests that it may cost.

use super::*;
use wwctl::Kind;
use wwctl::gateway::{AuthMode, Password, Written};
use wwctl::simulate::gateway::{Algorithm, Entry, Faults, Offer, Spelling};

/// Reads, writes and reads back, as `set` does; gives the requests.
fn set(auth: Auth, password: &str) -> Vec<Entry> {
    let gateway = gateway(auth.clone());
    let client = client(&gateway, password);
    assert_eq!(client.settings().unwrap()["baudrate"], 115_200, "{auth:?}");
    let again = client.settings().unwrap();
    assert_eq!(again["parity"], "none");
    assert_eq!(client.put_settings(&document("baudrate", 2400)).unwrap(), Written::Acknowledged);
    assert_eq!(client.settings().unwrap()["baudrate"], 2400);
    requests(&gateway);
    gateway.log()
}

fn int(entries: &[Entry]) -> Vec<(&str, Option<&str>)> {
    let good = entries.iter().filter(|e| e.status < 300);
    good.map(|e| (e.method.as_str(), e.qop.as_deref())).collect()
}

#[test]
fn none() {
    assert_eq!(set(Auth::default(), "unused").len(), 4);
}

#[test]
fn digest_costs_one_request_more_and_counts_on() {
    let log = set(Auth::digest("pw"), "pw");
    assert_eq!(log.len(), 5);
    assert_eq!(log.iter().map(|e| e.nc).collect::<Vec<_>>(), [None, Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn every_algorithm_with_every_qop() {
    let all = [
        Algorithm::Md5,
        Algorithm::Md5Sess,
        Algorithm::Sha256,
        Algorithm::Sha256Sess,
        Algorithm::Sha512_256,
        Algorithm::Sha512_256Sess,
    ];
    for algorithm in all {
        for qop in ["auth", "auth,auth-int", "auth-int", "auth-int, auth", ""] {
            for first_cnonce in [false, true] {
                let auth =
                    Auth { algorithms: vec![algorithm], qop: qop.into(), first_cnonce, ..Auth::digest("pw") };
                let log = set(auth, "pw");
                assert_eq!(log.len(), 5, "{algorithm:?} {qop}");
                let put = int(&log).into_iter().find(|(method, _)| *method == "PUT").unwrap().1;
                let wanted = if qop.contains("auth-int") { Some("auth-int") } else { Some("auth") };
                assert_eq!(put, wanted.filter(|_| !qop.is_empty()), "{algorithm:?} {qop}");
            }
        }
    }
}

#[test]
fn integrity_also_without_a_body_when_it_is_demanded() {
    let log = set(Auth { qop: "auth-int".into(), body_needs_int: true, ..Auth::digest("pw") }, "pw");
    assert!(int(&log).iter().all(|(_, qop)| *qop == Some("auth-int")));
    let log = set(Auth { qop: "auth,auth-int".into(), ..Auth::digest("pw") }, "pw");
    assert_eq!(
        int(&log),
        [("GET", Some("auth")), ("GET", Some("auth")), ("PUT", Some("auth-int")), ("GET", Some("auth"))]
    );
}

#[test]
fn five_reads_cost_six_requests() {
    let gateway = gateway(Auth::digest("pw"));
    let client = client(&gateway, "pw");
    for _ in 0..5 {
        client.settings().unwrap();
    }
    assert_eq!(requests(&gateway).len(), 6);
}

#[test]
fn basic_costs_one_request_more() {
    let log = set(Auth::basic("pw"), "pw");
    assert_eq!(log.len(), 5);
    assert_eq!(log.iter().filter(|e| e.scheme.is_none()).count(), 1);
}

#[test]
fn digest_wins_over_basic_wherever_it_stands() {
    for offers in [vec![Offer::Basic, Offer::Digest], vec![Offer::Digest, Offer::Basic]] {
        for joined in [false, true] {
            let log = set(Auth { offers: offers.clone(), joined, ..Auth::digest("pw") }, "pw");
            assert_eq!(log.len(), 5);
            assert!(log.iter().all(|e| e.scheme.as_deref() != Some("Basic")), "{log:?}");
        }
    }
}

#[test]
fn unknown_schemes_and_algorithms_are_passed_over() {
    let other = [
        "Negotiate",
        "Bearer realm=\"x, y\", error=\"invalid_token\"",
        "Digest realm=\"whatwatt-ABCDEF\", nonce=\"n\", algorithm=SHA-1024, qop=\"auth\"",
        "Digest realm=\"whatwatt-ABCDEF\", nonce=\"n\", algorithm=SHA-256, qop=\"auth-conf\"",
        "NTLM TlRMTVNTUAACAAAA==",
    ];
    for joined in [false, true] {
        let mut offers: Vec<Offer> = other.iter().map(|o| Offer::Other((*o).to_owned())).collect();
        offers.insert(3, Offer::Digest);
        assert_eq!(set(Auth { offers, joined, ..Auth::digest("pw") }, "pw").len(), 5);
    }
}

#[test]
fn the_strongest_algorithm_wins() {
    let auth = Auth {
        algorithms: vec![Algorithm::Md5Sess, Algorithm::Sha256, Algorithm::Md5],
        ..Auth::digest("pw")
    };
    let gateway = gateway(auth);
    let (lines, log) = lines();
    client_with(&gateway, Options { log: Some(log), ..options("pw") }).settings().unwrap();
    assert!(lines.lock().unwrap()[1].contains("Digest SHA-256, qop auth"), "{lines:?}");
    requests(&gateway);
}

#[test]
fn odd_spelling_realm_and_password() {
    for spelling in [Spelling::LowerCase, Spelling::QuotedAlgorithm, Spelling::Compact] {
        assert_eq!(set(Auth { spelling, ..Auth::digest("pw") }, "pw").len(), 5);
    }
    for realm in ["Zähler-Küche", "a \"quoted\" \\ realm", "", "a, Basic realm=x"] {
        for algorithm in [Algorithm::Md5, Algorithm::Md5Sess] {
            let auth = Auth { realm: realm.into(), algorithms: vec![algorithm], ..Auth::digest("pw") };
            assert_eq!(set(auth, "pw").len(), 5, "{realm}");
        }
    }
    for password in ["pä:s\"s ß", "", "日本", "a:b", "\\"] {
        assert_eq!(set(Auth::digest(password), password).len(), 5, "{password}");
        assert_eq!(set(Auth::basic(password), password).len(), 5, "{password}");
    }
    assert_eq!(set(Auth { opaque: false, ..Auth::digest("pw") }, "pw").len(), 5);
}

#[test]
fn a_stale_nonce_is_replaced_once() {
    let log = set(Auth { nonce_uses: Some(1), ..Auth::digest("pw") }, "pw");
    // The first read costs two; each of the three that follow finds its nonce spent.
    assert_eq!(log.len(), 8);
    assert_eq!(log.iter().filter(|e| e.stale).count(), 3);
    let last = log.last().unwrap();
    assert_eq!((last.status, last.nc), (200, Some(1)));
}

#[test]
fn stale_for_ever_is_no_loop() {
    let gateway = gateway(Auth { nonce_uses: Some(0), ..Auth::digest("pw") });
    let client = client(&gateway, "pw");
    let error = client.settings().unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Authentication, "stale_for_ever"));
    assert_eq!(requests(&gateway).len(), 3);
    client.settings().unwrap_err();
    assert_eq!(requests(&gateway).len(), 3, "a refused login is not tried again");
}

#[test]
fn a_nonce_that_the_gateway_forgot_without_a_word() {
    let gateway = gateway(Auth::digest("pw"));
    let client = client(&gateway, "pw");
    client.settings().unwrap();
    // Another realm: the digest over the old one is wrong, and 401 comes without stale.
    gateway.set_auth(Auth { realm: "whatwatt-NEWNAME".into(), ..Auth::digest("pw") });
    client.settings().unwrap();
    assert_eq!(gateway.log().len(), 4);
}

#[test]
fn next_nonce_saves_the_round_trip() {
    let log = set(Auth { next_nonce: true, ..Auth::digest("pw") }, "pw");
    assert_eq!(log.len(), 5);
    assert!(log.iter().skip(1).all(|e| e.nc == Some(1)));
    let log = set(Auth { next_nonce: true, first_cnonce: true, ..Auth::digest("pw") }, "pw");
    assert_eq!(log.len(), 5);
}

#[test]
fn a_wrong_password_costs_one_refused_login() {
    for auth in [Auth::digest("pw"), Auth::basic("pw")] {
        let gateway = gateway(auth);
        let client = client(&gateway, "nope");
        let error = client.settings().unwrap_err();
        assert_eq!((error.kind(), error.code()), (Kind::Authentication, "password_refused"));
        assert!(!format!("{error:?}").contains("nope"));
        client.put_settings(&document("baudrate", 2400)).unwrap_err();
        client.settings().unwrap_err();
        let log = gateway.log();
        assert_eq!(log.len(), 2);
        assert_eq!(log.iter().filter(|e| e.scheme.is_some()).count(), 1);
        assert!(gateway.writes().is_empty());
    }
}

#[test]
fn the_password_is_asked_for_only_when_it_is_needed() {
    let asked = Arc::new(Mutex::new(0));
    let ask = || {
        let asked = Arc::clone(&asked);
        Password::ask(move || {
            *asked.lock().unwrap() += 1;
            Ok("pw".into())
        })
    };
    let open = gateway(Auth::default());
    client_with(&open, Options { password: ask(), ..options("") }).settings().unwrap();
    assert_eq!(*asked.lock().unwrap(), 0);
    let closed = gateway(Auth { nonce_uses: Some(1), ..Auth::digest("pw") });
    let client = client_with(&closed, Options { password: ask(), ..options("") });
    client.settings().unwrap();
    client.settings().unwrap();
    assert_eq!(*asked.lock().unwrap(), 1);
}

#[test]
fn no_password_says_how_to_give_one() {
    let gateway = gateway(Auth::digest("pw"));
    let error = client_with(&gateway, Options { password: Password::missing(), ..options("") })
        .settings()
        .unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Authentication, "password_missing"));
    assert!(error.hint_text().unwrap().contains("WWCTL_PASSWORD"));
    assert_eq!(requests(&gateway).len(), 1);
}

#[test]
fn modes_are_obeyed() {
    let mode = |auth: Auth, mode: AuthMode| {
        let gateway = gateway(auth);
        let result = client_with(&gateway, Options { auth: mode, ..options("pw") }).settings();
        let schemes: Vec<_> = gateway.log().into_iter().filter_map(|e| e.scheme).collect();
        (result.map(|_| ()).map_err(|e| e.kind()), schemes.join(" "))
    };
    let both = || Auth { offers: vec![Offer::Digest, Offer::Basic], ..Auth::digest("pw") };
    let denied = Err(Kind::Authentication);
    assert_eq!(mode(both(), AuthMode::Basic), (Ok(()), "Basic".into()));
    assert_eq!(mode(both(), AuthMode::Digest), (Ok(()), "Digest".into()));
    assert_eq!(mode(both(), AuthMode::None), (denied, String::new()));
    assert_eq!(mode(Auth::basic("pw"), AuthMode::Digest), (denied, String::new()));
    assert_eq!(mode(Auth::digest("pw"), AuthMode::Basic), (denied, String::new()));
    // Digest that cannot be answered is no reason to give the password away.
    let strange = Offer::Other("Digest realm=\"r\", nonce=\"n\", algorithm=FOO".into());
    let lure = Auth { offers: vec![strange, Offer::Basic], ..Auth::digest("pw") };
    assert_eq!(mode(lure, AuthMode::Auto), (denied, String::new()));
}

#[test]
fn no_fall_back_to_basic_in_mid_run() {
    let gateway = gateway(Auth::digest("pw"));
    let client = client(&gateway, "pw");
    client.settings().unwrap();
    gateway.set_auth(Auth::basic("pw"));
    assert_eq!(client.settings().unwrap_err().kind(), Kind::Authentication);
    assert!(gateway.log().iter().all(|e| e.scheme.as_deref() != Some("Basic")));
}

#[test]
fn a_401_without_a_usable_challenge_is_said() {
    let silent = gateway(Auth::digest("pw"));
    silent.set_faults(Faults::new([wwctl::simulate::gateway::Fault::NoChallenge]));
    let error = client(&silent, "pw").settings().unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Authentication, "no_challenge"));
    let bearer =
        gateway(Auth { offers: vec![Offer::Other("Bearer realm=\"x\"".into())], ..Auth::digest("pw") });
    let error = client(&bearer, "pw").settings().unwrap_err();
    assert!(error.message().contains("Bearer"), "{error}");
}

#[test]
fn log_lines_hold_no_secrets() {
    let gateway = gateway(Auth::digest("s3cr3t"));
    let (lines, log) = lines();
    let client = client_with(&gateway, Options { log: Some(log), ..options("s3cr3t") });
    let key = "0123456789ABCDEF0123456789ABCDEF";
    assert_eq!(client.put_settings(&document("encryption_key", key)).unwrap(), Written::Acknowledged);
    let text = lines.lock().unwrap().join("\n");
    assert!(text.contains("-> 204") && text.contains("Digest MD5-sess, qop auth"), "{text}");
    for secret in ["s3cr3t", key, "response", "nonce"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let debug = format!("{client:?}");
    assert!(!debug.contains("s3cr3t"));
}
