//! What can go wrong, and what it means to the caller: kind → exit status, in one place.

use std::fmt;

/// The kinds of failure that a caller may want to tell apart.  Each has an exit status of its own,
/// which is part of the tool's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Anything without a kind of its own; also "`diff` found differences".
    Other,
    /// The command line, or a value given on it or in a file, is not usable.  Nothing was sent.
    Usage,
    /// The configuration file is not usable.
    Config,
    /// The gateway refused the login, or asked for one that was not given.
    Authentication,
    /// No answer: name not resolved, connection refused, or time ran out.
    Unreachable,
    /// The gateway answered, but with a refusal or with something that is no answer.
    Refused,
    /// The serial port is missing, denied, busy, or went away.
    Port,
    /// Nothing was found on the line, or nothing in the input could be decoded.
    NothingFound,
    /// Something was written, but the gateway or the meter is not as asked.
    NotAsAsked,
    /// Some of several hosts failed.
    SomeFailed,
    /// Interrupted by the user.
    Interrupted,
}

impl Kind {
    /// The exit status of the process.
    pub const fn exit_status(self) -> u8 {
        match self {
            Kind::Other => 1,
            Kind::Usage => 2,
            Kind::Config => 3,
            Kind::Authentication => 4,
            Kind::Unreachable => 5,
            Kind::Refused => 6,
            Kind::Port => 7,
            Kind::NothingFound => 8,
            Kind::NotAsAsked => 9,
            Kind::SomeFailed => 10,
            Kind::Interrupted => 130,
        }
    }

    /// The word for it in JSON errors (`{"error":{"code":…}}`).  Stable.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Other => "failed",
            Kind::Usage => "usage",
            Kind::Config => "config",
            Kind::Authentication => "authentication",
            Kind::Unreachable => "unreachable",
            Kind::Refused => "refused",
            Kind::Port => "port",
            Kind::NothingFound => "nothing_found",
            Kind::NotAsAsked => "not_as_asked",
            Kind::SomeFailed => "some_failed",
            Kind::Interrupted => "interrupted",
        }
    }
}

/// A failure: what happened, and what to do about it.  Never holds a password or a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    code: Option<&'static str>,
    message: String,
    hint: Option<String>,
    details: Vec<(&'static str, serde_json::Value)>,
}

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of `kind`; `message` is one clear sentence that names the place.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, code: None, message: message.into(), hint: None, details: Vec::new() }
    }

    /// Adds the remedy: what the user can do now.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A finer code than the kind's own for JSON errors, such as `timeout` within `unreachable`.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Adds a member to the JSON error, such as the list of all problems.
    #[must_use]
    pub fn with_detail(mut self, name: &'static str, value: serde_json::Value) -> Self {
        self.details.push((name, value));
        self
    }

    /// What the JSON error says besides code, message and hint.
    pub fn details(&self) -> &[(&'static str, serde_json::Value)] {
        &self.details
    }

    /// The object behind `error` in JSON errors.
    pub fn to_json(&self) -> serde_json::Value {
        let mut body = serde_json::Map::new();
        body.insert("code".into(), self.code().into());
        body.insert("message".into(), self.message.as_str().into());
        if let Some(hint) = &self.hint {
            body.insert("hint".into(), hint.as_str().into());
        }
        body.extend(self.details.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        serde_json::Value::Object(body)
    }

    /// The kind, which decides the exit status.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The stable word for JSON errors.
    pub fn code(&self) -> &'static str {
        self.code.unwrap_or(self.kind.code())
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The remedy, if there is one.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
