//! The endpoints, and the course of one request: login, repetition, verdict.

use super::answer::{Answer, no_answer};
use super::live::Events;
use super::login::{AuthMode, Login};
use super::password::Password;
use super::resolve::Resolver;
use super::target::Target;
use super::transport::{Failure, Request, Transport};
use crate::error::{Error, Kind, Result};
use reqwest::blocking::Response;
use reqwest::{Method, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The largest body that the gateway takes, in bytes.
pub const MAX_BODY: usize = 8192;

const SETTINGS: &str = "api/v1/meter/settings";

/// A line for each request, without secrets.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// How to talk to a gateway.
#[derive(Clone)]
pub struct Options {
    /// How to log in.
    pub auth: AuthMode,
    /// For connecting, and for each complete answer.
    pub timeout: Duration,
    /// How often a request is repeated after a failure to connect or a 503, with growing pauses.
    pub retries: u32,
    /// An HTTP proxy, `http://HOST:PORT`.  The environment's proxies are never used.
    pub proxy: Option<String>,
    /// The password of the gateway's web interface.
    pub password: Password,
    /// Gets a line for each request, without secrets.
    pub log: Option<Log>,
    /// How names are resolved.
    pub resolver: Resolver,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            auth: AuthMode::Auto,
            timeout: Duration::from_secs(10),
            retries: 2,
            proxy: None,
            password: Password::missing(),
            log: None,
            resolver: Resolver::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("auth", &self.auth)
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .field("proxy", &self.proxy)
            .field("password", &self.password)
            .finish_non_exhaustive()
    }
}

/// What is known after a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a lost answer has to be settled by reading back"]
pub enum Written {
    /// The gateway said that it is done.
    Acknowledged,
    /// The request went out and no answer came: read back before anything is written again.
    AnswerLost,
}

/// One gateway, with a login of its own over connections shared by the whole process.
///
/// Requests of one client go out one after the other, as a device with few sockets likes it and as
/// the nonce count of a strict server demands.
pub struct Client {
    target: Target,
    options: Options,
    transport: Transport,
    session: Mutex<Session>,
}

struct Session {
    login: Login,
    resolved: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("target", &self.target)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// How long an answer may take.
#[derive(Clone, Copy)]
enum Length {
    Bounded,
    Endless,
}

impl Client {
    /// A client for `target`.  Nothing is sent yet.
    ///
    /// # Errors
    /// When the proxy is not usable.
    pub fn new(target: Target, options: Options) -> Result<Client> {
        let transport = Transport::shared(options.proxy.as_deref(), options.timeout)?;
        let login = Login::new(options.auth, options.password.clone());
        Ok(Client { target, options, transport, session: Mutex::new(Session { login, resolved: false }) })
    }

    /// The gateway this client talks to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// `GET /api/v1/meter/settings`: the device's object, unchanged in names, order and number text.
    ///
    /// # Errors
    /// As every request: [`Kind::Unreachable`], [`Kind::Authentication`], [`Kind::Refused`].
    pub fn settings(&self) -> Result<Map<String, Value>> {
        self.get(SETTINGS)
    }

    /// `PUT`: changes only the fields given.
    ///
    /// # Errors
    /// As every request; [`Kind::Usage`] when the document is larger than [`MAX_BODY`].  An answer
    /// that is lost is no error but [`Written::AnswerLost`].
    pub fn put_settings(&self, settings: &Map<String, Value>) -> Result<Written> {
        self.write(Method::PUT, SETTINGS, Some(settings))
    }

    /// `POST`: replaces everything; fields that are not given go back to their factory defaults.
    ///
    /// # Errors
    /// As [`put_settings`](Self::put_settings).
    pub fn post_settings(&self, settings: &Map<String, Value>) -> Result<Written> {
        self.write(Method::POST, SETTINGS, Some(settings))
    }

    /// `GET /api/v1/system`: device, meter and network.
    ///
    /// # Errors
    /// As every request.
    pub fn system(&self) -> Result<Map<String, Value>> {
        self.get("api/v1/system")
    }

    /// `GET /api/v1/meter/scalers/current`: the scalers the device applies now.
    ///
    /// # Errors
    /// As every request.
    pub fn scalers_current(&self) -> Result<Vec<Value>> {
        self.get("api/v1/meter/scalers/current")
    }

    /// `GET /api/v1/meter/scalers/custom`: the scalers of the user.
    ///
    /// # Errors
    /// As every request.
    pub fn scalers_custom(&self) -> Result<Vec<Value>> {
        self.get("api/v1/meter/scalers/custom")
    }

    /// `POST /api/v1/meter/scalers/custom`: replaces the scalers of the user.
    ///
    /// # Errors
    /// As [`put_settings`](Self::put_settings).
    pub fn set_scalers_custom(&self, scalers: &[Value]) -> Result<Written> {
        self.write(Method::POST, "api/v1/meter/scalers/custom", Some(scalers))
    }

    /// `GET /api/v1/report`: the last report.  Needs a licence.
    ///
    /// # Errors
    /// As every request; code `license_required` without the licence.
    pub fn report(&self) -> Result<Map<String, Value>> {
        self.get("api/v1/report")
    }

    /// `GET /api/v1/report/objects`: the DLMS objects of the last report.  Needs a licence.
    ///
    /// # Errors
    /// As [`report`](Self::report).
    pub fn report_objects(&self) -> Result<Value> {
        self.get("api/v1/report/objects")
    }

    /// `GET /api/v1/live`: reports as they come, until the gateway or the caller ends it.  The gateway
    /// serves one listener at a time; a new one closes the old.
    ///
    /// # Errors
    /// As every request.
    pub fn live(&self) -> Result<Events> {
        let what = "GET /api/v1/live";
        let response = self.repeat(&Method::GET, "api/v1/live", None, Length::Endless, |response| {
            match response.status().is_success() {
                true => Opened::Stream(Box::new(response)),
                false => Opened::Refused(Box::new(Answer::read(response))),
            }
        })?;
        match response {
            Ok(Opened::Stream(response)) => Ok(Events::new(*response)),
            Ok(Opened::Refused(answer)) => Err(answer.refusal(self.target.host(), what)),
            Err(failure) => Err(no_answer(self.target.host(), what, &failure, self.options.timeout)),
        }
    }

    /// `POST /api/v1/reboot`: the gateway is away for 30 to 60 seconds.
    ///
    /// # Errors
    /// As every request.
    pub fn reboot(&self) -> Result<Written> {
        self.write::<()>(Method::POST, "api/v1/reboot", None)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let what = format!("GET /{path}");
        let host = self.target.host();
        match self.repeat(&Method::GET, path, None, Length::Bounded, Answer::read)? {
            Err(failure) => Err(no_answer(host, &what, &failure, self.options.timeout)),
            Ok(answer) if !answer.status.is_success() => Err(answer.refusal(host, &what)),
            Ok(Answer { broken: Some(failure), .. }) => {
                Err(no_answer(host, &what, &failure, self.options.timeout))
            }
            Ok(answer) => answer.json(host, &what),
        }
    }

    fn write<T: serde::Serialize + ?Sized>(
        &self,
        method: Method,
        path: &str,
        document: Option<&T>,
    ) -> Result<Written> {
        let what = format!("{method} /{path}");
        let host = self.target.host();
        let body = match document.map(serde_json::to_vec).transpose() {
            Ok(body) => body,
            Err(e) => return Err(Error::new(Kind::Other, format!("{what}: {e}"))),
        };
        if let Some(size) = body.as_ref().map(Vec::len).filter(|size| *size > MAX_BODY) {
            return Err(Error::new(
                Kind::Usage,
                format!("{what}: the document has {size} bytes, and the gateway takes {MAX_BODY}"),
            )
            .with_code("too_large")
            .hint("nothing was sent; leave out what the gateway does not need"));
        }
        match self.repeat(&method, path, body.as_deref(), Length::Bounded, Answer::read)? {
            Ok(answer) if answer.status.is_success() => Ok(Written::Acknowledged),
            Ok(answer) => Err(answer.refusal(host, &what)),
            Err(failure) if failure.nothing_sent() => {
                Err(no_answer(host, &what, &failure, self.options.timeout))
            }
            Err(_) => Ok(Written::AnswerLost),
        }
    }

    /// Sends until there is an answer that counts, or repeating is of no use.  The outer result holds
    /// what ends everything (a login refused, a name unknown), the inner one the course of the last try.
    fn repeat<T: Outcome>(
        &self,
        method: &Method,
        path: &str,
        body: Option<&[u8]>,
        length: Length,
        take: impl Fn(Response) -> T,
    ) -> Result<Result<T, Failure>> {
        let url = self.target.endpoint(path);
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if !session.resolved && self.options.proxy.is_none() {
            let addresses = self.options.resolver.addresses(&self.target, self.options.timeout)?;
            if !addresses.is_empty() {
                self.transport.learn(&self.target, addresses);
            }
            session.resolved = true;
        }
        let mut tries = 0;
        loop {
            let outcome = self.exchange(&mut session.login, method, &url, body, length, &take)?;
            let again = match &outcome {
                Ok(answer) => answer.is_busy(),
                Err(Failure::Connect(_)) => true,
                // A request that changes nothing may be repeated whatever became of the first.
                Err(Failure::Broken(_)) => *method == Method::GET,
                Err(_) => false,
            };
            if !again || tries >= self.options.retries {
                return Ok(outcome);
            }
            let asked = outcome.as_ref().ok().and_then(Outcome::retry_after);
            std::thread::sleep(asked.unwrap_or_else(|| pause(tries)));
            tries += 1;
        }
    }

    /// Sends once, and again as often as the login needs.
    fn exchange<T: Outcome>(
        &self,
        login: &mut Login,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
        length: Length,
        take: &impl Fn(Response) -> T,
    ) -> Result<Result<T, Failure>> {
        let mut repeats = 0;
        loop {
            let authorization = login.authorize(method, url.path(), body)?;
            let request = Request {
                method: method.clone(),
                url: url.clone(),
                body,
                authorization: authorization.as_ref().map(|a| a.header.clone()),
                accept: match length {
                    Length::Bounded => "application/json",
                    Length::Endless => "text/event-stream",
                },
                timeout: matches!(length, Length::Bounded).then_some(self.options.timeout),
            };
            let started = Instant::now();
            let sent = self.transport.send(&self.target, &request);
            let label = authorization.as_ref().map(|a| a.label.as_str());
            let response = match sent {
                Err(failure) => {
                    self.log(method, url, &failure.word(), started, label);
                    return Ok(Err(failure));
                }
                Ok(response) => response,
            };
            if response.status() != StatusCode::UNAUTHORIZED {
                let (status, headers) = (response.status(), response.headers().clone());
                let outcome = take(response);
                self.log(method, url, status.as_str(), started, label);
                if authorization.is_some() {
                    login.accepted(&headers);
                }
                return Ok(Ok(outcome));
            }
            // Reading it to its end keeps the connection fit for the next request.
            let answer = Answer::read(response);
            self.log(method, url, "401", started, label);
            login.challenged(self.target.host(), &answer.headers, authorization.as_ref(), repeats)?;
            if authorization.is_some() {
                repeats += 1;
            }
        }
    }

    fn log(&self, method: &Method, url: &Url, outcome: &str, started: Instant, login: Option<&str>) {
        if let Some(log) = &self.options.log {
            let ms = started.elapsed().as_secs_f64() * 1000.0;
            let login = login.map(|l| format!(" ({l})")).unwrap_or_default();
            log(&format!("{method} {url} -> {outcome} in {ms:.1} ms{login}"));
        }
    }
}

/// What a try came to, as far as repeating it is concerned.
trait Outcome {
    fn is_busy(&self) -> bool;
    fn retry_after(&self) -> Option<Duration>;
}

impl Outcome for Answer {
    fn is_busy(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    fn retry_after(&self) -> Option<Duration> {
        Answer::retry_after(self)
    }
}

/// An answer that is read as it comes, or one that is a refusal.
enum Opened {
    Stream(Box<Response>),
    Refused(Box<Answer>),
}

impl Outcome for Opened {
    fn is_busy(&self) -> bool {
        matches!(self, Opened::Refused(answer) if answer.is_busy())
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Opened::Stream(_) => None,
            Opened::Refused(answer) => Outcome::retry_after(&**answer),
        }
    }
}

/// The pause before try number `tries` + 2: 0.25 s, doubled each time, 4 s at most.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(250) * (1 << tries.min(4))
}
