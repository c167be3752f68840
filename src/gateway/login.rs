//! Which challenge to answer and how: Digest (RFC 7616, 2617, 2069) and Basic (RFC 7617).
//!
//! The first answer to a challenge is diqwest's.  What follows is ours, on the engine beneath it
//! (`digest_auth`): diqwest's own session forgets the algorithm, so that a nonce cannot be used twice
//! with MD5-sess, and does not know `stale`, `nextnonce`, several challenges or a realm beyond ASCII.
//!
//! One cnonce is kept for each nonce.  RFC 2617 section 3.2.2.2 computes H(A1) of a -sess algorithm
//! from the first cnonce of a nonce, most servers from that of each request: so both are satisfied.

use super::challenge::{Challenge, parse_challenges, parse_info};
use super::password::Password;
use crate::error::{Error, Kind, Result};
use digest_auth::{
    Algorithm, AlgorithmType, AuthContext, AuthorizationHeader, Charset, HttpMethod, Qop,
    WwwAuthenticateHeader,
};
use diqwest::DigestAuthCredentials;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// The gateway knows one user, whose name is empty.
const USER: &str = "";

/// How to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// As the gateway asks; the strongest of what it offers, and Basic only where it offers no Digest.
    #[default]
    Auto,
    /// Digest or not at all.
    Digest,
    /// Basic or not at all: the password crosses the network readable.
    Basic,
    /// Never log in.
    None,
}

/// The login at one gateway, from the first challenge to the end of the run.
pub(super) struct Login {
    mode: AuthMode,
    password: Password,
    state: State,
    /// The password was accepted in this run.
    proven: bool,
    /// The gateway offered Digest in this run: Basic is out of the question from then on.
    digest_seen: bool,
    /// The password was refused: sending it again would only count as another failed login.
    refused: Option<Error>,
}

enum State {
    /// Nothing was asked yet.
    Open,
    Basic(Arc<str>),
    Digest(Box<Digest>, Arc<str>),
}

/// A challenge that is being answered.
struct Digest {
    prompt: WwwAuthenticateHeader,
    offered: Vec<Qop>,
    cnonce: Option<String>,
}

/// The credentials of one request.
pub(super) struct Authorization {
    pub header: HeaderValue,
    /// For the log: scheme, algorithm, qop.
    pub label: String,
}

impl Login {
    pub fn new(mode: AuthMode, password: Password) -> Self {
        Login { mode, password, state: State::Open, proven: false, digest_seen: false, refused: None }
    }

    /// The credentials for a request, if the gateway asked for any before.
    ///
    /// # Errors
    /// When this login was refused already.
    pub fn authorize(
        &mut self,
        method: &Method,
        uri: &str,
        body: Option<&[u8]>,
    ) -> Result<Option<Authorization>> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        match &mut self.state {
            State::Open => Ok(None),
            State::Basic(password) => {
                let header = secret(&format!(
                    "Basic {}",
                    crate::base64::base64(format!("{USER}:{password}").as_bytes())
                ))?;
                Ok(Some(Authorization { header, label: "Basic".into() }))
            }
            State::Digest(digest, password) => digest.answer(password, method, uri, body).map(Some),
        }
    }

    /// The gateway took the request: what it says about the next nonce counts.
    pub fn accepted(&mut self, headers: &HeaderMap) {
        let State::Digest(digest, _) = &mut self.state else {
            self.proven |= matches!(self.state, State::Basic(_));
            return;
        };
        self.proven = true;
        let info = headers.get(HeaderName::from_static("authentication-info"));
        let info = info.map(|value| parse_info(value.as_bytes()));
        if let Some(next) = info.as_ref().and_then(|i| i.param("nextnonce")).filter(|n| !n.is_empty()) {
            digest.prompt.nonce = next.to_owned();
            digest.prompt.nc = 0;
            digest.cnonce = None;
        }
    }

    /// The gateway answered 401 to a request with the credentials `sent`.  `repeats` counts how often
    /// this request was refused with credentials before.  On success the request is to be sent again.
    ///
    /// # Errors
    /// [`Kind::Authentication`] when sending it again would be of no use.
    pub fn challenged(
        &mut self,
        host: &str,
        headers: &HeaderMap,
        sent: Option<&Authorization>,
        repeats: u32,
    ) -> Result<()> {
        let challenges =
            parse_challenges(headers.get_all(WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes));
        if self.mode == AuthMode::None {
            return Err(denied(format!("{host} asks for a login, and --auth none forbids one")).hint(
                "leave --auth out, and give the password in WWCTL_PASSWORD or with --password-file FILE",
            ));
        }
        let choice = self.choose(&challenges);
        if let Some(sent) = sent {
            let stale = matches!(&choice, Ok(Choice::Digest(digest)) if digest.prompt.stale);
            // A nonce that worked may have been forgotten, by a restart for instance, without a word
            // about stale: the password was right before, so one more try cannot be a false one.
            let forgotten = self.proven && !matches!(choice, Ok(Choice::Basic));
            if repeats > 0 || !(stale || forgotten) {
                let error = if stale {
                    denied(format!("{host} calls every nonce stale, its newest too"))
                        .with_code("stale_for_ever")
                        .hint("restart the gateway; its clock or its login is out of order")
                } else {
                    denied(format!("{host} refused the password ({})", sent.label))
                        .with_code("password_refused")
                        .hint("check the password of the gateway's web interface; it was sent once")
                };
                self.refused = Some(error.clone());
                return Err(error);
            }
        }
        let choice = choice.map_err(|why| {
            denied(format!("{host} {why}"))
                .with_code("no_challenge")
                .hint("is this address the gateway's? --auth auto takes Digest or Basic, whichever it offers")
        })?;
        let Some(password) = self.password.reveal()? else {
            return Err(denied(format!("{host} asks for a password, and none was given"))
                .with_code("password_missing")
                .hint("set WWCTL_PASSWORD, or give --password-file FILE"));
        };
        self.state = match choice {
            Choice::Basic => State::Basic(password),
            Choice::Digest(digest) => State::Digest(digest, password),
        };
        Ok(())
    }

    /// The challenge to answer, or why there is none, as the end of a sentence about the gateway.
    fn choose(&mut self, challenges: &[Challenge]) -> Result<Choice, String> {
        if challenges.is_empty() {
            return Err("refuses access without saying how to log in (401 without a challenge)".into());
        }
        let digests: Vec<_> = challenges.iter().filter(|c| c.is("Digest")).collect();
        let basic = challenges.iter().any(|c| c.is("Basic"));
        self.digest_seen |= !digests.is_empty();
        if self.mode == AuthMode::Basic {
            return match basic {
                true => Ok(Choice::Basic),
                false => Err(format!("offers {}, and --auth basic allows only Basic", names(challenges))),
            };
        }
        // The first of the strongest: RFC 7616 section 3.7 has the server list what it prefers first.
        let mut best: Option<Box<Digest>> = None;
        let mut why = None;
        for challenge in &digests {
            match Digest::new(challenge) {
                Ok(digest) => {
                    if best.as_ref().is_none_or(|b| digest.strength() > b.strength()) {
                        best = Some(Box::new(digest));
                    }
                }
                Err(reason) => why = why.or(Some(reason)),
            }
        }
        if let Some(best) = best {
            return Ok(Choice::Digest(best));
        }
        if let Some(why) = why {
            return Err(format!("offers a Digest login that cannot be answered: {why}"));
        }
        match (basic, self.mode, self.digest_seen) {
            (true, AuthMode::Auto, false) => Ok(Choice::Basic),
            (true, AuthMode::Auto, true) => {
                Err("offered Digest before and now only Basic, which would give the password away".into())
            }
            (true, ..) => Err("offers only Basic, and --auth digest allows only Digest".into()),
            _ => Err(format!("offers no login that can be used, only {}", names(challenges))),
        }
    }
}

enum Choice {
    Basic,
    Digest(Box<Digest>),
}

impl Digest {
    /// Reads a challenge; the error is why it cannot be answered.
    fn new(challenge: &Challenge) -> Result<Digest, String> {
        let text = |name: &str| challenge.param(name);
        let realm = text("realm").ok_or("it has no realm in UTF-8")?;
        let nonce = text("nonce").ok_or("it has no nonce")?;
        let name = text("algorithm").unwrap_or("MD5");
        let algorithm = algorithm(name).ok_or_else(|| format!("the algorithm {name:?} is unknown"))?;
        let offered = match text("qop") {
            None => Vec::new(),
            Some(list) => {
                let known: Vec<Qop> = list.split([',', ' ']).filter_map(qop).collect();
                if known.is_empty() && !list.trim().is_empty() {
                    return Err(format!("the qop {list:?} is unknown"));
                }
                known
            }
        };
        let is_true = |name: &str| text(name).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        Ok(Digest {
            prompt: WwwAuthenticateHeader {
                domain: None,
                realm: realm.to_owned(),
                nonce: nonce.to_owned(),
                opaque: text("opaque").map(str::to_owned),
                stale: is_true("stale"),
                algorithm,
                qop: None,
                userhash: is_true("userhash"),
                charset: Charset::UTF8,
                nc: 0,
            },
            offered,
            cnonce: None,
        })
    }

    fn strength(&self) -> u8 {
        match self.prompt.algorithm.algo {
            AlgorithmType::MD5 => 0,
            AlgorithmType::SHA2_256 | AlgorithmType::SHA2_512_256 => 1,
        }
    }

    /// With a body, auth-int protects the settings on their way; without one it only costs a hash.
    fn qop_for(&self, body: Option<&[u8]>) -> Option<Qop> {
        let (auth, int) = (self.offered.contains(&Qop::AUTH), self.offered.contains(&Qop::AUTH_INT));
        match (auth, int, body) {
            (_, true, Some(_)) | (false, true, None) => Some(Qop::AUTH_INT),
            (true, ..) => Some(Qop::AUTH),
            (false, false, _) => None,
        }
    }

    fn answer(
        &mut self,
        password: &str,
        method: &Method,
        uri: &str,
        body: Option<&[u8]>,
    ) -> Result<Authorization> {
        self.prompt.qop = self.qop_for(body).map(|qop| vec![qop]);
        // An absent body is an empty one: auth-int hashes it all the same.
        let bytes = body.unwrap_or_default();
        let by_diqwest = match self.cnonce {
            None => self.first_answer(password, method, uri, bytes),
            Some(_) => None,
        };
        let header = match by_diqwest {
            Some(header) => {
                self.prompt.nc = header.nc;
                self.cnonce.clone_from(&header.cnonce);
                header
            }
            None => {
                let cnonce = self.cnonce.get_or_insert_with(new_cnonce).clone();
                let method = HttpMethod::from(method.as_str());
                let mut context = AuthContext::new_with_method(USER, password, uri, Some(bytes), method);
                context.set_custom_cnonce(cnonce);
                self.prompt.respond(&context).map_err(|e| denied(format!("no answer to the login: {e}")))?
            }
        };
        let mut text = header.to_header_string();
        if self.prompt.qop.is_none() && self.prompt.algorithm.sess {
            // A -sess algorithm without qop is outside every standard; a server that asks for it needs both.
            if self.prompt.algorithm.algo == AlgorithmType::MD5 {
                text.push_str(", algorithm=MD5-sess");
            }
            text.push_str(&format!(", cnonce=\"{}\"", self.cnonce.as_deref().unwrap_or_default()));
        }
        let qop = match header.qop {
            Some(qop) => format!(", qop {qop}"),
            None => String::new(),
        };
        let label = format!("Digest {}{qop}", self.prompt.algorithm);
        Ok(Authorization { header: secret(&text)?, label })
    }

    /// diqwest's answer to a challenge that was not answered yet; `None` for what it cannot do: text
    /// beyond ASCII, and algorithms whose cnonce it would keep to itself.
    fn first_answer(
        &self,
        password: &str,
        method: &Method,
        uri: &str,
        body: &[u8],
    ) -> Option<AuthorizationHeader> {
        let prompt = &self.prompt;
        prompt.qop.as_ref()?;
        let plain = |text: &str| text.bytes().all(|b| matches!(b, b' '..=b'~'));
        if ![&prompt.realm, &prompt.nonce].into_iter().chain(&prompt.opaque).all(|text| plain(text)) {
            return None;
        }
        let challenge = HeaderValue::from_str(&prompt.to_string()).ok()?;
        let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, challenge)]);
        let method = HttpMethod::from(method.as_str());
        (USER, password).calculate_authorization("", uri, method, Some(body), &headers).ok()
    }
}

fn algorithm(name: &str) -> Option<Algorithm> {
    let (base, sess) = match name.len().checked_sub(5).and_then(|at| name.split_at_checked(at)) {
        Some((base, tail)) if tail.eq_ignore_ascii_case("-sess") => (base, true),
        _ => (name, false),
    };
    let known = [
        ("MD5", AlgorithmType::MD5),
        ("SHA-256", AlgorithmType::SHA2_256),
        ("SHA-512-256", AlgorithmType::SHA2_512_256),
    ];
    let (_, kind) = known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(base))?;
    Some(Algorithm::new(kind, sess))
}

fn qop(name: &str) -> Option<Qop> {
    [("auth", Qop::AUTH), ("auth-int", Qop::AUTH_INT)]
        .into_iter()
        .find_map(|(known, qop)| known.eq_ignore_ascii_case(name).then_some(qop))
}

/// 128 bits that a server cannot foresee: the keys of `RandomState` come from the system.
fn new_cnonce() -> String {
    let now = std::time::SystemTime::now();
    let word = |salt: u8| RandomState::new().hash_one((salt, now));
    format!("{:016x}{:016x}", word(0), word(1))
}

/// A header value that no log and no debug print shows.
fn secret(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| denied("the login holds control characters and cannot be sent".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The schemes offered, for a message.
fn names(challenges: &[Challenge]) -> String {
    let mut names: Vec<String> = challenges.iter().map(|c| super::answer::short(&c.scheme, 30)).collect();
    names.dedup();
    names.truncate(6);
    names.join(", ")
}

fn denied(message: String) -> Error {
    Error::new(Kind::Authentication, message)
}
