//! The gateway's login, strict: every answer is recomputed by the letter of RFC 7616, 2617 and 2069, and
//! each violation is named.  It shares no code with the client, so that a mistake of one shows in the other.

use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512_256};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// A hash algorithm of RFC 7616 section 6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names are their meaning")]
pub enum Algorithm {
    Md5,
    Md5Sess,
    Sha256,
    Sha256Sess,
    Sha512_256,
    Sha512_256Sess,
}

const ALGORITHMS: [(Algorithm, &str); 6] = [
    (Algorithm::Md5, "MD5"),
    (Algorithm::Md5Sess, "MD5-sess"),
    (Algorithm::Sha256, "SHA-256"),
    (Algorithm::Sha256Sess, "SHA-256-sess"),
    (Algorithm::Sha512_256, "SHA-512-256"),
    (Algorithm::Sha512_256Sess, "SHA-512-256-sess"),
];

impl Algorithm {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        ALGORITHMS.iter().find(|(a, _)| *a == self).map_or("MD5", |(_, name)| name)
    }

    /// By its name, in any case.
    pub fn parse(name: &str) -> Option<Algorithm> {
        ALGORITHMS.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(a, _)| *a)
    }

    fn is_sess(self) -> bool {
        matches!(self, Algorithm::Md5Sess | Algorithm::Sha256Sess | Algorithm::Sha512_256Sess)
    }

    fn hash(self, data: &[u8]) -> String {
        match self {
            Algorithm::Md5 | Algorithm::Md5Sess => hex::encode(Md5::digest(data)),
            Algorithm::Sha256 | Algorithm::Sha256Sess => hex::encode(Sha256::digest(data)),
            Algorithm::Sha512_256 | Algorithm::Sha512_256Sess => hex::encode(Sha512_256::digest(data)),
        }
    }
}

/// A scheme that the gateway offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Basic (RFC 7617), as firmware before 1.10 does.
    Basic,
    /// Digest, one challenge for each algorithm.
    Digest,
    /// A challenge of another scheme, as it is to stand in the header; no answer to it is accepted.
    Other(String),
}

/// How the gateway asks for a login.
#[derive(Debug, Clone)]
pub struct Auth {
    /// The schemes in their order; empty for no login at all.
    pub offers: Vec<Offer>,
    /// The password of the user with the empty name.
    pub password: String,
    /// The realm; the device uses its host name.
    pub realm: String,
    /// The Digest algorithms in their order.
    pub algorithms: Vec<Algorithm>,
    /// The qop list, such as `auth,auth-int`; empty for RFC 2069.
    pub qop: String,
    /// Whether challenges carry an `opaque`.
    pub opaque: bool,
    /// All challenges in one header line instead of one each.
    pub joined: bool,
    /// How often a nonce is good; `Some(0)` for a gateway that calls every nonce stale.
    pub nonce_uses: Option<u32>,
    /// How long a nonce is good.
    pub nonce_lifetime: Option<Duration>,
    /// Says `nextnonce` in `Authentication-Info`, and takes the old nonce for stale from then on.
    pub next_nonce: bool,
    /// H(A1) of -sess algorithms from the first cnonce of a nonce (RFC 2617 section 3.2.2.2) instead of
    /// that of each request.
    pub first_cnonce: bool,
    /// Refuses `qop=auth` on a request with a body.
    pub body_needs_int: bool,
    /// How the scheme and the algorithm are written: `Digest` and without quotes, or otherwise.
    pub spelling: Spelling,
}

/// How a challenge is written; all of these are met in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spelling {
    /// `Digest`, `algorithm=MD5-sess`.
    #[default]
    Plain,
    /// `digest`.
    LowerCase,
    /// `algorithm="MD5-sess"`.
    QuotedAlgorithm,
    /// No blanks after commas.
    Compact,
}

impl Default for Auth {
    /// No login.
    fn default() -> Self {
        Auth {
            offers: Vec::new(),
            password: String::new(),
            realm: "whatwatt-ABCDEF".into(),
            algorithms: vec![Algorithm::Md5Sess],
            qop: "auth".into(),
            opaque: true,
            joined: false,
            nonce_uses: None,
            nonce_lifetime: None,
            next_nonce: false,
            first_cnonce: false,
            body_needs_int: false,
            spelling: Spelling::Plain,
        }
    }
}

impl Auth {
    /// As firmware 1.10 asks: Digest, MD5-sess, `auth`.
    pub fn digest(password: &str) -> Auth {
        Auth { offers: vec![Offer::Digest], password: password.into(), ..Auth::default() }
    }

    /// As firmware before 1.10 asks.
    pub fn basic(password: &str) -> Auth {
        Auth { offers: vec![Offer::Basic], password: password.into(), ..Auth::default() }
    }
}

struct Nonce {
    algorithm: Algorithm,
    opaque: String,
    born: Instant,
    uses: u32,
    last_nc: u32,
    first_cnonce: Option<String>,
    replaced: bool,
}

/// The verdict on one request's credentials.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    pub ok: bool,
    pub stale: bool,
    pub scheme: Option<String>,
    pub qop: Option<String>,
    pub nc: Option<u32>,
    pub violations: Vec<String>,
    /// The value of `Authentication-Info`.
    pub info: Option<String>,
}

pub(super) struct Referee {
    auth: Auth,
    nonces: HashMap<String, Nonce>,
}

impl Referee {
    pub fn new(auth: Auth) -> Self {
        Referee { auth, nonces: HashMap::new() }
    }

    /// Forgets all nonces, as a restart does.
    pub fn forget(&mut self) {
        self.nonces.clear();
    }

    fn issue(&mut self, algorithm: Algorithm, opaque: Option<String>, now: Instant) -> (String, String) {
        // A device forgets old nonces too; a client then meets stale=true.
        if self.nonces.len() >= 1000 {
            self.nonces.clear();
        }
        let value = format!("{}{}", random(0), random(1));
        let opaque = opaque.unwrap_or_else(|| if self.auth.opaque { random(2) } else { String::new() });
        let nonce = Nonce {
            algorithm,
            opaque: opaque.clone(),
            born: now,
            uses: 0,
            last_nc: 0,
            first_cnonce: None,
            replaced: false,
        };
        self.nonces.insert(value.clone(), nonce);
        (value, opaque)
    }

    /// The values of `WWW-Authenticate`.
    pub fn challenges(&mut self, stale: bool, now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        let realm = quote(&self.auth.realm);
        for offer in self.auth.offers.clone() {
            match offer {
                Offer::Other(line) => lines.push(line),
                Offer::Basic => lines.push(format!("Basic realm={realm}")),
                Offer::Digest => {
                    for algorithm in self.auth.algorithms.clone() {
                        let (nonce, opaque) = self.issue(algorithm, None, now);
                        let spelling = self.auth.spelling;
                        let mut parts = vec![format!("realm={realm}")];
                        if !self.auth.qop.is_empty() {
                            parts.push(format!("qop=\"{}\"", self.auth.qop));
                        }
                        parts.push(match spelling {
                            Spelling::QuotedAlgorithm => format!("algorithm=\"{}\"", algorithm.name()),
                            _ => format!("algorithm={}", algorithm.name()),
                        });
                        parts.push(format!("nonce=\"{nonce}\""));
                        if !opaque.is_empty() {
                            parts.push(format!("opaque=\"{opaque}\""));
                        }
                        if stale {
                            parts.push("stale=true".into());
                        }
                        let scheme = if spelling == Spelling::LowerCase { "digest" } else { "Digest" };
                        let comma = if spelling == Spelling::Compact { "," } else { ", " };
                        lines.push(format!("{scheme} {}", parts.join(comma)));
                    }
                }
            }
        }
        if self.auth.joined && !lines.is_empty() { vec![lines.join(", ")] } else { lines }
    }

    /// Judges the `Authorization` headers of a request.
    pub fn judge(
        &mut self,
        headers: &[&[u8]],
        method: &str,
        target: &str,
        body: &[u8],
        now: Instant,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        if self.auth.offers.is_empty() {
            verdict.ok = true;
            return verdict;
        }
        let line = match headers {
            [] => return verdict,
            [line] => String::from_utf8_lossy(line).into_owned(),
            _ => {
                verdict.violations.push("several Authorization headers".into());
                return verdict;
            }
        };
        let (scheme, rest) = line.split_once(' ').unwrap_or((&line, ""));
        verdict.scheme = Some(scheme.to_owned());
        let offered = |offer: Offer| self.auth.offers.contains(&offer);
        if scheme.eq_ignore_ascii_case("basic") && offered(Offer::Basic) {
            let wanted = base64(format!(":{}", self.auth.password).as_bytes());
            if rest.trim() != wanted {
                verdict.violations.push("password".into());
            }
        } else if scheme.eq_ignore_ascii_case("digest") && offered(Offer::Digest) {
            match params(rest) {
                Ok(params) => self.digest(&params, method, target, body, now, &mut verdict),
                Err(why) => verdict.violations.push(format!("malformed: {why}")),
            }
        } else {
            verdict.violations.push(format!("scheme {scheme} was not offered"));
        }
        verdict.ok = verdict.violations.is_empty() && !verdict.stale;
        verdict
    }

    fn digest(
        &mut self,
        params: &HashMap<String, (String, bool)>,
        method: &str,
        target: &str,
        body: &[u8],
        now: Instant,
        verdict: &mut Verdict,
    ) {
        let mut bad = Vec::new();
        let get = |name: &str| params.get(name).map(|(value, _)| value.as_str());
        let offered: Vec<&str> = self.auth.qop.split(',').map(str::trim).filter(|q| !q.is_empty()).collect();
        let mut required = vec!["username", "realm", "nonce", "uri", "response"];
        if !offered.is_empty() {
            required.extend(["qop", "nc", "cnonce"]);
        }
        for name in required {
            if get(name).is_none() {
                bad.push(format!("{name} is missing"));
            }
        }
        // RFC 7616 section 3.4: which values are quoted and which must not be.
        for (name, (_, quoted)) in params {
            let token = matches!(name.as_str(), "algorithm" | "qop" | "nc" | "userhash");
            if token == *quoted {
                bad.push(format!("quotes of {name}"));
            }
        }
        let nonce_text = get("nonce").unwrap_or_default();
        let qop = get("qop");
        verdict.qop = qop.map(str::to_owned);
        if get("username").is_some_and(|u| !u.is_empty()) {
            bad.push("username".into());
        }
        if get("realm") != Some(self.auth.realm.as_str()) {
            bad.push("realm".into());
        }
        if get("uri") != Some(target) {
            bad.push("uri".into());
        }
        if qop.is_some_and(|q| !offered.contains(&q)) {
            bad.push("qop was not offered".into());
        }
        if self.auth.body_needs_int && !body.is_empty() && qop != Some("auth-int") {
            bad.push("a body needs auth-int".into());
        }
        let known = self.nonces.get(nonce_text);
        let algorithm = match known {
            Some(nonce) => nonce.algorithm,
            None => get("algorithm").and_then(Algorithm::parse).unwrap_or(Algorithm::Md5),
        };
        if let Some(nonce) = known {
            // RFC 7616 section 3.4: absent means MD5.
            if Algorithm::parse(get("algorithm").unwrap_or("MD5")) != Some(nonce.algorithm) {
                bad.push("algorithm".into());
            }
            if get("opaque").unwrap_or_default() != nonce.opaque {
                bad.push("opaque".into());
            }
        }
        let nc = get("nc").filter(|text| text.len() == 8).and_then(|text| u32::from_str_radix(text, 16).ok());
        verdict.nc = nc;
        if qop.is_some() {
            match (nc, known) {
                (None, _) => bad.push("nc is not eight hex digits".into()),
                (Some(nc), Some(nonce)) if nc <= nonce.last_nc => {
                    bad.push(format!("nc {nc} after {}", nonce.last_nc))
                }
                (Some(nc), Some(nonce)) if nc > nonce.last_nc + 1 => {
                    bad.push(format!("nc {nc} leaps from {}", nonce.last_nc));
                }
                _ => {}
            }
        }
        let cnonce = get("cnonce").unwrap_or_default();
        let first = known.and_then(|n| n.first_cnonce.as_deref());
        let session = match (self.auth.first_cnonce, first) {
            (true, Some(first)) => first,
            _ => cnonce,
        };
        // RFC 7616 section 3.4.2 and 3.4.3; RFC 2069 section 2.1.2 without qop.
        let mut ha1 = algorithm.hash(format!(":{}:{}", self.auth.realm, self.auth.password).as_bytes());
        if algorithm.is_sess() {
            ha1 = algorithm.hash(format!("{ha1}:{nonce_text}:{session}").as_bytes());
        }
        let ha2 = match qop {
            Some("auth-int") => {
                algorithm.hash(format!("{method}:{target}:{}", algorithm.hash(body)).as_bytes())
            }
            _ => algorithm.hash(format!("{method}:{target}").as_bytes()),
        };
        let wanted = match qop {
            Some(qop) => {
                let nc = get("nc").unwrap_or_default();
                algorithm.hash(format!("{ha1}:{nonce_text}:{nc}:{cnonce}:{qop}:{ha2}").as_bytes())
            }
            None => algorithm.hash(format!("{ha1}:{nonce_text}:{ha2}").as_bytes()),
        };
        let response = get("response").unwrap_or_default();
        if !response.eq_ignore_ascii_case(&wanted) {
            bad.push("response".into());
        }
        if !bad.is_empty() {
            bad.sort();
            verdict.violations = bad;
            return;
        }
        // The digest is right: what remains is the nonce's age (RFC 7616 section 3.3, stale).
        let auth = &self.auth;
        let Some(nonce) = self.nonces.get_mut(nonce_text) else {
            verdict.stale = true;
            return;
        };
        nonce.last_nc = nc.unwrap_or(nonce.last_nc);
        let spent = auth.nonce_uses.is_some_and(|uses| nonce.uses >= uses);
        let old = auth.nonce_lifetime.is_some_and(|life| now.duration_since(nonce.born) >= life);
        if spent || old || nonce.replaced {
            verdict.stale = true;
            return;
        }
        nonce.uses += 1;
        nonce.first_cnonce.get_or_insert_with(|| cnonce.to_owned());
        if auth.next_nonce {
            nonce.replaced = true;
            let opaque = nonce.opaque.clone();
            let (next, _) = self.issue(algorithm, Some(opaque), now);
            verdict.info = Some(format!("nextnonce=\"{next}\""));
        }
    }
}

/// `name=value` pairs; the flag tells whether the value was quoted.
fn params(text: &str) -> Result<HashMap<String, (String, bool)>, String> {
    let mut found = HashMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or("a name without a value")?;
        let name = name.trim().to_ascii_lowercase();
        let (value, quoted, tail) = match after.strip_prefix('"') {
            None => {
                let end = after.find(',').unwrap_or(after.len());
                let (value, tail) = after.split_at(end);
                (value.trim().to_owned(), false, tail)
            }
            Some(inner) => {
                let (mut value, mut letters) = (String::new(), inner.char_indices());
                let end = loop {
                    match letters.next() {
                        Some((at, '"')) => break at,
                        Some((_, '\\')) => value.extend(letters.next().map(|(_, c)| c)),
                        Some((_, c)) => value.push(c),
                        None => return Err(format!("{name} has no closing quote")),
                    }
                };
                (value, true, inner.get(end + 1..).unwrap_or_default())
            }
        };
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            return Err("a strange name".into());
        }
        if found.insert(name.clone(), (value, quoted)).is_some() {
            return Err(format!("{name} stands twice"));
        }
        rest = match tail.trim_start().strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if tail.trim().is_empty() => "",
            None => return Err(format!("no comma after {name}")),
        };
    }
    Ok(found)
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn random(salt: u8) -> String {
    format!("{:016x}", RandomState::new().hash_one((salt, Instant::now())))
}

/// RFC 4648 section 4, by bit arithmetic on a growing string of bits.
fn base64(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|b| format!("{b:08b}")).collect();
    let mut out: String = bits
        .as_bytes()
        .chunks(6)
        .map(|six| {
            let six = format!("{:0<6}", String::from_utf8_lossy(six));
            match u8::from_str_radix(&six, 2).unwrap_or_default() {
                n @ 0..=25 => char::from(b'A' + n),
                n @ 26..=51 => char::from(b'a' + n - 26),
                n @ 52..=61 => char::from(b'0' + n - 52),
                62 => '+',
                _ => '/',
            }
        })
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}
