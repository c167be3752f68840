//! Connections: one HTTP engine for all clients of the process, so that a fleet of gateways costs
//! one event loop and not one for each.

use super::target::Target;
use crate::error::{Error, Kind, Result};
use reqwest::blocking::{Client as Http, Response};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use reqwest::{Method, Proxy, Url, redirect};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// The engine, cheap to clone.
#[derive(Clone)]
pub(super) struct Transport {
    http: Http,
    names: Arc<Names>,
}

/// What distinguishes engines: connections through different proxies cannot be shared, and the time
/// for connecting belongs to the engine.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Way {
    proxy: Option<String>,
    timeout: Duration,
}

/// The engines of this process.
static ENGINES: Mutex<Option<HashMap<Way, Transport>>> = Mutex::new(None);

/// One request, ready to be sent once.
pub(super) struct Request<'a> {
    pub method: Method,
    pub url: Url,
    pub body: Option<&'a [u8]>,
    pub authorization: Option<HeaderValue>,
    pub accept: &'static str,
    /// For the whole answer; `None` for one that never ends.
    pub timeout: Option<Duration>,
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection came about; nothing was sent.
    Connect(String),
    /// No connection came about in time; nothing was sent.
    ConnectTimeout,
    /// The connection broke before the answer; whether the gateway acted is not known.
    Broken(String),
    /// What came is no HTTP; whether anything acted is not known.
    Foreign,
    /// The answer began and broke off after this many bytes of its body.
    Truncated(usize),
    /// The answer did not come in time; whether the gateway acted is not known.
    Timeout,
}

impl Failure {
    /// For the log.
    pub fn word(&self) -> String {
        match self {
            Failure::Connect(why) | Failure::Broken(why) => format!("no answer ({why})"),
            Failure::ConnectTimeout | Failure::Timeout => "no answer (timeout)".into(),
            Failure::Foreign => "no HTTP".into(),
            Failure::Truncated(_) => "half an answer".into(),
        }
    }

    /// True when the gateway cannot have seen the request.
    pub fn nothing_sent(&self) -> bool {
        matches!(self, Failure::Connect(_) | Failure::ConnectTimeout)
    }
}

impl Transport {
    /// The engine for this proxy and this time limit, started when it is the first of its kind.
    pub fn shared(proxy: Option<&str>, timeout: Duration) -> Result<Transport> {
        let way = Way { proxy: proxy.map(str::to_owned), timeout };
        let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
        let engines = engines.get_or_insert_default();
        if let Some(engine) = engines.get(&way) {
            return Ok(engine.clone());
        }
        let engine = Transport::start(&way)?;
        engines.insert(way, engine.clone());
        Ok(engine)
    }

    fn start(way: &Way) -> Result<Transport> {
        let names = Arc::new(Names::default());
        let mut builder = Http::builder()
            .user_agent(concat!("wwctl/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry settings, or a login, to a host that the user did not name.
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::clone(&names))
            .connect_timeout(way.timeout)
            .timeout(None)
            .tcp_nodelay(true)
            // The gateway has few sockets: keep them only while a run is going on.
            .pool_idle_timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(1)
            // Small HTTP servers have been seen to compare header names letter by letter.
            .http1_title_case_headers();
        builder = match &way.proxy {
            None => builder.no_proxy(),
            Some(proxy) => {
                let bad = || {
                    Error::new(Kind::Usage, "the proxy's address is not usable")
                        .hint("give it as http://HOST:PORT")
                };
                let url = Url::parse(proxy).map_err(|_| bad())?;
                names.learn_from_system(&url)?;
                builder.proxy(Proxy::all(url).map_err(|_| bad())?)
            }
        };
        let http = builder
            .build()
            .map_err(|e| Error::new(Kind::Other, format!("the HTTP engine does not start: {}", cause(&e))))?;
        Ok(Transport { http, names })
    }

    /// From now on connections to `target` go to these addresses.
    pub fn learn(&self, target: &Target, addresses: Vec<SocketAddr>) {
        self.names.learn(target.url_host(), addresses);
    }

    /// Sends once; redirects are handed back as they are.
    pub fn send(&self, target: &Target, request: &Request) -> Result<Response, Failure> {
        let mut builder =
            self.http.request(request.method.clone(), request.url.clone()).header(ACCEPT, request.accept);
        if let Some(host) = target.host_header() {
            builder = builder.header(HOST, host);
        }
        if let Some(authorization) = &request.authorization {
            builder = builder.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        if let Some(timeout) = request.timeout {
            builder = builder.timeout(timeout);
        }
        builder.send().map_err(|e| Failure::from_error(&e))
    }
}

impl Failure {
    pub fn from_error(error: &reqwest::Error) -> Failure {
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => Failure::ConnectTimeout,
            (true, false) => Failure::Connect(cause(error)),
            (false, true) => Failure::Timeout,
            (false, false) => match cause(error) {
                // The parser below has no kind for it that can be asked for from here.
                why if why.starts_with("invalid HTTP ") => Failure::Foreign,
                why => Failure::Broken(why),
            },
        }
    }

    pub fn from_io(error: &io::Error) -> Failure {
        let inner = error.get_ref().and_then(|e| e.downcast_ref::<reqwest::Error>());
        match inner {
            Some(inner) if inner.is_timeout() => Failure::Timeout,
            Some(inner) => Failure::Broken(cause(inner)),
            None if error.kind() == io::ErrorKind::TimedOut => Failure::Timeout,
            None => Failure::Broken(plain(error)),
        }
    }
}

/// The innermost cause, in words: an error's outer layers only repeat the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(next) = last.source() {
        last = next;
        if let Some(io) = last.downcast_ref::<io::Error>() {
            return plain(io);
        }
    }
    last.to_string()
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset => "connection reset".into(),
        io::ErrorKind::ConnectionAborted => "connection aborted".into(),
        io::ErrorKind::HostUnreachable => "no route to the host".into(),
        io::ErrorKind::NetworkUnreachable => "network unreachable".into(),
        io::ErrorKind::UnexpectedEof => "connection closed".into(),
        _ => error.to_string(),
    }
}

/// Names that were resolved before the engine is asked to connect to them: it never looks up itself,
/// so that looking up has its own time limit, its own error, and `.local`.
#[derive(Default)]
struct Names(RwLock<HashMap<String, Vec<SocketAddr>>>);

impl Names {
    fn learn(&self, host: &str, addresses: Vec<SocketAddr>) {
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        names.insert(host.to_ascii_lowercase(), addresses);
    }

    fn learn_from_system(&self, url: &Url) -> Result<()> {
        let Some(host) = url.host_str() else { return Ok(()) };
        let found = url.socket_addrs(|| None).map_err(|_| {
            Error::new(Kind::Unreachable, format!("the proxy's name {host} cannot be resolved"))
                .with_code("unresolved")
        })?;
        self.learn(host, found);
        Ok(())
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = names.get(&name.as_str().to_ascii_lowercase()).cloned();
        Box::pin(std::future::ready(match found {
            Some(found) => {
                let addresses: Addrs = Box::new(found.into_iter());
                Ok(addresses)
            }
            None => Err("the name was not looked up".into()),
        }))
    }
}
