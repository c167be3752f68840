//! An embedded gateway: the HTTP API with a strict login, a meter that is OK only under its settings, and
//! every failure that a client has to cope with.  One thread serves one gateway or a thousand.
//!
//! ```
//! use wwctl::gateway::{Client, Options, Target};
//! use wwctl::simulate::gateway::{Auth, Config, Gateway};
//!
//! let simulated = Gateway::start(Config { auth: Auth::digest("secret"), ..Config::default() })?;
//! let options = Options { password: "secret".into(), ..Options::default() };
//! let client = Client::new(Target::parse(&simulated.url())?, options)?;
//! assert_eq!(client.settings()?["baudrate"], 115200);
//! assert_eq!(simulated.log().len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod api;
mod device;
mod fault;
mod http;
mod referee;
mod server;

pub use device::{KeyMask, Meter};
pub use fault::{FORMS as FAULT_FORMS, Fault, Faults};
pub use referee::{Algorithm, Auth, Offer, Spelling};

use device::Device;
use referee::Referee;
use serde_json::{Map, Value, json};
use server::Server;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Gets each request of a gateway as it is answered.
pub type Observer = Arc<dyn Fn(&Entry) + Send + Sync>;

/// How a gateway is made.
#[derive(Clone)]
pub struct Config {
    /// Device id, 12 hex digits; a fleet counts up from it.
    pub id: String,
    /// Where it listens.
    pub bind: IpAddr,
    /// The TCP port; 0 for a free one.  A fleet counts up from it.
    pub port: u16,
    /// How it asks for a login.
    pub auth: Auth,
    /// How GET hides the keys.
    pub mask: KeyMask,
    /// The meter behind it.
    pub meter: Meter,
    /// The time it takes for every answer.
    pub latency: Duration,
    /// What goes wrong.
    pub faults: Faults,
    /// Closes the connection after every answer.
    pub close: bool,
    /// From one live event to the next.
    pub live_interval: Duration,
    /// Gets each request as it is answered, from the server's thread.
    pub observer: Option<Observer>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            id: "ECC9FFABCDEF".into(),
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            auth: Auth::default(),
            mask: KeyMask::default(),
            meter: Meter::default(),
            latency: Duration::ZERO,
            faults: Faults::default(),
            close: false,
            live_interval: Duration::from_secs(5),
            observer: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("id", &self.id).field("port", &self.port).finish_non_exhaustive()
    }
}

/// One request as the gateway saw it.  Holds no secrets: field names, no values; no digests.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The device id of the gateway.
    pub gateway: String,
    /// Method.
    pub method: String,
    /// Request-target.
    pub target: String,
    /// Length of the body in bytes.
    pub length: usize,
    /// The fields of a body that is a JSON object.
    pub fields: Vec<String>,
    /// The status answered; 0 when the connection was closed instead.
    pub status: u16,
    /// The scheme of the credentials, when there were any.
    pub scheme: Option<String>,
    /// The qop of a Digest.
    pub qop: Option<String>,
    /// The nonce count of a Digest.
    pub nc: Option<u32>,
    /// The digest was right and the nonce spent.
    pub stale: bool,
    /// What was wrong with the credentials.
    pub violations: Vec<String>,
}

impl Entry {
    fn of(request: &http::Request, status: u16) -> Entry {
        let document = serde_json::from_slice::<Map<String, Value>>(&request.body).unwrap_or_default();
        Entry {
            gateway: String::new(),
            method: request.method.clone(),
            target: request.target.clone(),
            length: request.body.len(),
            fields: document.keys().cloned().collect(),
            status,
            scheme: None,
            qop: None,
            nc: None,
            stale: false,
            violations: Vec::new(),
        }
    }

    /// As one JSON object.
    pub fn to_json(&self) -> Value {
        json!({
            "gateway": self.gateway, "method": self.method, "target": self.target, "length": self.length,
            "fields": self.fields, "status": self.status, "scheme": self.scheme, "qop": self.qop,
            "nc": self.nc, "stale": self.stale, "violations": self.violations,
        })
    }
}

/// What server and handle share.
struct Shared(Mutex<Inner>);

struct Inner {
    device: Device,
    referee: Referee,
    faults: Faults,
    latency: Duration,
    live_interval: Duration,
    close: bool,
    log: Vec<Entry>,
    observer: Option<Observer>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn record(&mut self, mut entry: Entry) {
        entry.gateway.clone_from(&self.device.id);
        match &self.observer {
            Some(observer) => observer(&entry),
            None => self.log.push(entry),
        }
    }
}

/// Gateways that are being served.  Dropping it stops them.
pub struct Fleet {
    gateways: Vec<Handle>,
    stop: Arc<AtomicBool>,
    waker: Arc<mio::Waker>,
    thread: Option<JoinHandle<()>>,
}

/// One served gateway: what it holds and what it saw.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    address: SocketAddr,
    id: String,
}

impl Fleet {
    /// Serves `count` gateways: with ids that count up, and with ports that count up when one is given.
    ///
    /// # Errors
    /// When a port is taken, or the system allows no more sockets.
    pub fn start(config: &Config, count: usize) -> io::Result<Fleet> {
        let first = u64::from_str_radix(&config.id, 16).map_err(io::Error::other)?;
        let configs = (0..count).map(|n| {
            let step = u16::try_from(n).map_err(io::Error::other)?;
            let port = match config.port {
                0 => 0,
                port => port.checked_add(step).ok_or_else(|| io::Error::other("no more ports"))?,
            };
            Ok(Config { id: format!("{:012X}", first + u64::from(step)), port, ..config.clone() })
        });
        Fleet::each(configs.collect::<io::Result<Vec<_>>>()?)
    }

    /// Serves one gateway for each configuration.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn each(configs: Vec<Config>) -> io::Result<Fleet> {
        // A thousand listeners do not fit into the 1024 files that many systems allow at first.
        #[cfg(unix)]
        if configs.len() > 100 {
            // Where it is not allowed, opening too many says so.
            let _ = rlimit::increase_nofile_limit(u64::MAX);
        }
        let (mut listeners, mut gateways) = (Vec::new(), Vec::new());
        for config in configs {
            let listener = TcpListener::bind((config.bind, config.port))?;
            let address = listener.local_addr()?;
            let inner = Inner {
                device: Device::new(config.id.clone(), config.mask, config.meter),
                referee: Referee::new(config.auth),
                faults: config.faults,
                latency: config.latency,
                live_interval: config.live_interval.max(Duration::from_millis(10)),
                close: config.close,
                log: Vec::new(),
                observer: config.observer,
            };
            listeners.push(listener);
            gateways.push(Handle { shared: Arc::new(Shared(Mutex::new(inner))), address, id: config.id });
        }
        let stop = Arc::new(AtomicBool::new(false));
        let shared = gateways.iter().map(|g| Arc::clone(&g.shared)).collect();
        let (server, waker) = Server::new(listeners, shared, Arc::clone(&stop))?;
        let thread = std::thread::Builder::new().name("gateway".into()).spawn(move || server.run())?;
        Ok(Fleet { gateways, stop, waker: Arc::new(waker), thread: Some(thread) })
    }

    /// The gateways, in the order of their ids.
    pub fn gateways(&self) -> &[Handle] {
        &self.gateways
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One gateway that is being served.  Dropping it stops it.
pub struct Gateway {
    handle: Handle,
    _fleet: Fleet,
}

impl Gateway {
    /// Serves it.
    ///
    /// # Errors
    /// When its port is taken.
    pub fn start(config: Config) -> io::Result<Gateway> {
        let fleet = Fleet::each(vec![config])?;
        let handle = fleet.gateways.first().cloned().ok_or_else(|| io::Error::other("no gateway"))?;
        Ok(Gateway { handle, _fleet: fleet })
    }
}

impl std::ops::Deref for Gateway {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Handle {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `ADDRESS:PORT`, as `--host` takes it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Its device id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The requests so far; empty when an observer gets them.
    pub fn log(&self) -> Vec<Entry> {
        self.shared.lock().log.clone()
    }

    /// Its settings, without the keys.
    pub fn settings(&self) -> Map<String, Value> {
        self.shared.lock().device.settings.clone()
    }

    /// The keys that are set.
    pub fn keys(&self) -> Map<String, Value> {
        self.shared.lock().device.keys.clone()
    }

    /// What was written, in order: whether it replaced everything, and the document.
    pub fn writes(&self) -> Vec<(bool, Map<String, Value>)> {
        self.shared.lock().device.writes.clone()
    }

    /// Writes settings past HTTP, to begin from.
    ///
    /// # Errors
    /// The device's message when it would refuse them.
    pub fn preset(&self, settings: &Map<String, Value>) -> Result<(), String> {
        let mut inner = self.shared.lock();
        inner.device.write(&Value::Object(settings.clone()), false, false)?;
        inner.device.writes.clear();
        Ok(())
    }

    /// From now on these go wrong.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.lock().faults = faults;
    }

    /// From now on this is the meter.
    pub fn set_meter(&self, meter: Meter) {
        let mut inner = self.shared.lock();
        inner.device.meter = meter;
        inner.device.changed = Instant::now();
    }

    /// From now on it asks for this login; every nonce is forgotten.
    pub fn set_auth(&self, auth: Auth) {
        self.shared.lock().referee = Referee::new(auth);
    }

    /// Forgets every nonce, as a power cut does.
    pub fn forget_nonces(&self) {
        self.shared.lock().referee.forget();
    }

    /// The meter's status now.
    pub fn meter_status(&self) -> &'static str {
        self.shared.lock().device.meter_status(Instant::now())
    }
}
