//! The gateway's password: held so that it cannot be printed by accident.

use crate::error::{Error, Result};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Where the password comes from.  Cheap to clone; clones share an answer once it was asked for.
#[derive(Clone, Default)]
pub struct Password(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    Missing,
    Known(Arc<str>),
    Asked(Arc<Asked>),
}

struct Asked {
    ask: Box<dyn Fn() -> Result<String> + Send + Sync>,
    answer: OnceLock<Result<Arc<str>>>,
}

impl Password {
    /// No password: a gateway that demands one is an authentication error.
    pub fn missing() -> Self {
        Password(Source::Missing)
    }

    /// A password known beforehand.
    pub fn known(text: impl Into<String>) -> Self {
        Password(Source::Known(Arc::from(text.into())))
    }

    /// A password asked for only when a gateway demands one, and at most once.
    pub fn ask(ask: impl Fn() -> Result<String> + Send + Sync + 'static) -> Self {
        Password(Source::Asked(Arc::new(Asked { ask: Box::new(ask), answer: OnceLock::new() })))
    }

    /// The password; `None` when there is none to be had.
    pub(super) fn reveal(&self) -> Result<Option<Arc<str>>, Error> {
        match &self.0 {
            Source::Missing => Ok(None),
            Source::Known(text) => Ok(Some(Arc::clone(text))),
            Source::Asked(asked) => {
                asked.answer.get_or_init(|| (asked.ask)().map(Arc::from)).clone().map(Some)
            }
        }
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Password::known(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Missing => "Password(none)",
            Source::Known(_) => "Password(…)",
            Source::Asked(_) => "Password(asked for)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn never_printed() {
        assert_eq!(format!("{:?}", Password::known("s3cret")), "Password(…)");
    }

    #[test]
    fn asked_once_for_all_clones() {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let one = Password::ask(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok("pw".into())
        });
        let two = one.clone();
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        assert_eq!(one.reveal().unwrap().as_deref(), Some("pw"));
        assert_eq!(two.reveal().unwrap().as_deref(), Some("pw"));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
