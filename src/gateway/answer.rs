//! What a status code, or a body that is no answer, means to the user.

use super::transport::Failure;
use crate::error::{Error, Kind, Result};
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::Read;
use std::time::Duration;

/// The largest answer that is read.  A report with all DLMS objects stays far below.
const MAX_ANSWER: u64 = 4 << 20;

/// A complete answer.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Why the body is not complete, if it is not.
    pub broken: Option<Failure>,
}

impl Answer {
    /// Reads the whole body, or as much of it as comes.
    pub fn read(mut response: Response) -> Answer {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        let read = (&mut response).take(MAX_ANSWER + 1).read_to_end(&mut body);
        let broken = read.err().map(|e| match Failure::from_io(&e) {
            Failure::Broken(_) => Failure::Truncated(body.len()),
            other => other,
        });
        Answer { status, headers, body, broken }
    }

    /// How long a gateway that is busy asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds: u64 = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds.min(30)))
    }

    /// The JSON value of a successful answer to `what` (`GET /api/v1/system`).
    pub fn json<T: DeserializeOwned>(&self, host: &str, what: &str) -> Result<T> {
        if self.body.len() as u64 > MAX_ANSWER {
            return Err(nonsense(host, what, "more than 4 MiB"));
        }
        serde_json::from_slice(&self.body).map_err(|e| {
            let came = describe(&self.headers, &self.body);
            match serde_json::from_slice::<Value>(&self.body) {
                Ok(other) => nonsense(host, what, &format!("JSON of another shape ({})", shape(&other))),
                Err(_) if e.is_eof() && !self.body.is_empty() => {
                    nonsense(host, what, &format!("JSON that breaks off after {} bytes", self.body.len()))
                }
                Err(_) => nonsense(host, what, &came),
            }
        })
    }

    /// The error that a status other than 2xx stands for.
    pub fn refusal(&self, host: &str, what: &str) -> Error {
        let message = self.message();
        let said = message.as_deref().map(|m| format!(": {m}")).unwrap_or_default();
        let error = |text: String| Error::new(Kind::Refused, text);
        match self.status.as_u16() {
            300..=399 => {
                let to = self.headers.get(LOCATION).and_then(|v| v.to_str().ok()).map(|v| short(v, 100));
                error(format!("{host} redirects {what} to {}", to.as_deref().unwrap_or("nowhere")))
                    .with_code("redirected")
                    .hint("redirects are not followed; if that is the gateway, give its address with -H")
            }
            400 => error(format!("{host} refused {what} (400){said}"))
                .with_code("invalid")
                .hint("the gateway holds a value to be invalid; nothing was changed"),
            403 => error(format!("{host} forbids {what} (403){said}")),
            404 if message
                .as_deref()
                .is_some_and(|m| m.to_ascii_lowercase().contains("license required")) =>
            {
                error(format!("{host} needs a licence for {what} (404: License required)"))
                    .with_code("license_required")
                    .hint("reports need the PLUS or PRO licence; `wwctl info` shows the one installed")
            }
            404 => error(format!("{host} does not know {what} (404){said}"))
                .with_code("not_found")
                .hint("the firmware may be too old for it, or this is not a whatwatt gateway"),
            405 => error(format!("{host} does not allow {what} (405){said}")),
            413 => error(format!("{host} finds the body of {what} too large (413){said}")),
            500 => error(format!("{host} failed inside at {what} (500){said}"))
                .with_code("gateway_failed")
                .hint("try again; if it stays, restart the gateway (POST /api/v1/reboot)"),
            503 => error(format!("{host} is busy: {what} (503){said}"))
                .with_code("busy")
                .hint("try again in a moment, or allow more --retries"),
            code => error(format!("{host} answers {what} with status {code}{said}")),
        }
    }

    /// What the device itself says about its refusal, fit for one line of a terminal.
    fn message(&self) -> Option<String> {
        let text = match serde_json::from_slice::<Value>(&self.body) {
            Ok(Value::String(text)) => text,
            Ok(Value::Object(map)) => {
                let found =
                    ["error", "message", "detail", "description", "reason"].iter().find_map(|name| match map
                        .get(
                        *name,
                    )? {
                        Value::String(text) => Some(text.clone()),
                        Value::Object(inner) => Some(inner.get("message")?.as_str()?.to_owned()),
                        _ => None,
                    });
                found.unwrap_or_else(|| Value::Object(map).to_string())
            }
            Ok(_) => return None,
            Err(_) if is_html(&self.headers, &self.body) => return None,
            Err(_) => String::from_utf8(self.body.clone()).ok()?,
        };
        let text = hide_keys(&short(text.trim(), 300));
        (!text.is_empty()).then_some(text)
    }
}

/// The error for an answer that did not come.
pub(super) fn no_answer(host: &str, what: &str, failure: &Failure, timeout: Duration) -> Error {
    let unreachable = |text: String| Error::new(Kind::Unreachable, text);
    let seconds = timeout.as_secs_f64();
    match failure {
        Failure::Connect(why) => unreachable(format!("{host} is not reachable: {why}"))
            .hint("is the gateway powered and on this network, and the port right?"),
        Failure::ConnectTimeout => {
            unreachable(format!("{host} is not reachable: no connection within {seconds} s"))
                .with_code("timeout")
                .hint("is the gateway powered and on this network?")
        }
        Failure::Timeout => unreachable(format!("{host} did not answer {what} within {seconds} s"))
            .with_code("timeout")
            .hint("allow more time with --timeout"),
        Failure::Truncated(bytes) => {
            Error::new(Kind::Refused, format!("{host}: the answer to {what} breaks off after {bytes} bytes"))
                .with_code("truncated")
                .hint("try again; if it stays, restart the gateway")
        }
        Failure::Foreign => nonsense(host, what, "something that is not HTTP"),
        Failure::Broken(why) => {
            let why = match why.as_str() {
                "connection closed before message completed" | "connection closed" => String::new(),
                why => format!(": {why}"),
            };
            unreachable(format!("{host} closed the connection before it answered {what}{why}"))
                .hint("try again; if it stays, restart the gateway")
        }
    }
}

fn nonsense(host: &str, what: &str, came: &str) -> Error {
    Error::new(Kind::Refused, format!("{host} answered {what} with {came} instead of the JSON expected"))
        .with_code("bad_answer")
        .hint("is this address the gateway's, and not a login page or another device?")
}

fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || body.trim_ascii_start().starts_with(b"<")
}

fn describe(headers: &HeaderMap, body: &[u8]) -> String {
    if body.is_empty() {
        return "nothing".into();
    }
    if is_html(headers, body) {
        return "an HTML page".into();
    }
    match std::str::from_utf8(body) {
        Ok(text) => format!("{:?}", short(text, 60)),
        Err(_) => format!("{} bytes that are no text", body.len()),
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A device may repeat the value that it refuses, and that value may be a key.
fn hide_keys(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        match digits.len() {
            0..=23 => out.push_str(word),
            _ => {
                out.push_str("(hidden)");
                out.push_str(word.get(digits.len()..).unwrap_or_default());
            }
        }
    }
    out
}

/// Text from the network, for a terminal: no control characters, and no more than `most` letters.
pub(super) fn short(text: &str, most: usize) -> String {
    let mut out: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    if text.chars().nth(most).is_some() {
        out.push('…');
    }
    out
}
