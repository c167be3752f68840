//! The client against gateways: our simulated one, and referees that share no code with either.

mod failures;
mod foreign;
mod login;

use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wwctl::gateway::{Client, Options, Target};
use wwctl::simulate::gateway::{Auth, Config, Gateway, Handle};

/// Options that lose no time.
fn options(password: &str) -> Options {
    Options { password: password.into(), timeout: Duration::from_secs(5), ..Options::default() }
}

fn client(gateway: &Handle, password: &str) -> Client {
    client_with(gateway, options(password))
}

fn client_with(gateway: &Handle, options: Options) -> Client {
    Client::new(Target::parse(&gateway.url()).unwrap(), options).unwrap()
}

fn gateway(auth: Auth) -> Gateway {
    Gateway::start(Config { auth, ..Config::default() }).unwrap()
}

fn document(field: &str, value: impl Into<Value>) -> Map<String, Value> {
    [(field.to_owned(), value.into())].into_iter().collect()
}

/// Method and status of each request, and no violation among them.
fn requests(gateway: &Handle) -> Vec<(String, u16)> {
    let log = gateway.log();
    for entry in &log {
        assert!(entry.violations.is_empty(), "{entry:?}");
    }
    log.into_iter().map(|e| (e.method, e.status)).collect()
}

/// Collects log lines.
fn lines() -> (Arc<Mutex<Vec<String>>>, wwctl::gateway::Log) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    (lines, Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())))
}
