//! What can go wrong with a gateway, on demand.

use std::time::Duration;

/// A fault.  Counted ones are spent on requests to the settings; the others stay.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answers 503, so many times.
    Busy(u32),
    /// Answers 500, so many times.
    Failing(u32),
    /// Waits before every answer.
    Slow(Duration),
    /// Closes the connection without acting and without an answer, so many times.
    DropBefore(u32),
    /// Carries out a write, then closes without an answer, so many times.
    DropAfterWrite(u32),
    /// Breaks a GET's JSON off in the middle, under the full length, so many times.
    Truncate(u32),
    /// Sends a GET half of its JSON as if that were all, so many times.
    HalfJson(u32),
    /// Answers a GET with an HTML page and status 200, so many times.
    Html(u32),
    /// Answers a GET with a JSON array, so many times.
    NotAnObject(u32),
    /// Answers a GET with a redirect, so many times.
    Redirect(u32),
    /// Says 204 to a write and changes nothing, so many times.
    IgnoreWrite(u32),
    /// Refuses a write with 400 and a message of its own, so many times.
    Refuse(u32),
    /// Stores baudrate 9600 whatever is written.
    Clamp,
    /// Every report route answers 404 `License required`.
    License,
    /// Answers 401 without saying how to log in.
    NoChallenge,
}

/// The faults of one gateway.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<Fault>);

/// The forms that [`Faults::parse`] reads, for help texts.
pub const FORMS: &str = "503:N, 500:N, slow:SECONDS, drop-before:N, drop-after-write:N, truncate:N, half-json:N, html:N, \
                         not-object:N, redirect:N, ignore-write:N, refuse:N, clamp, license, no-challenge";

impl Faults {
    /// These faults.
    pub fn new(faults: impl IntoIterator<Item = Fault>) -> Self {
        Faults(faults.into_iter().collect())
    }

    /// Reads `503:2`, `slow:1.5`, `clamp` and their like; a count that is left out is 1.
    pub fn parse(text: &str) -> Option<Fault> {
        let (name, value) = match text.split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let count = || value.map_or(Some(1), |v| v.parse::<u32>().ok());
        match name {
            "503" => count().map(Fault::Busy),
            "500" => count().map(Fault::Failing),
            "slow" => {
                let seconds: f64 = value?.parse().ok()?;
                Duration::try_from_secs_f64(seconds).ok().map(Fault::Slow)
            }
            "drop-before" => count().map(Fault::DropBefore),
            "drop-after-write" => count().map(Fault::DropAfterWrite),
            "truncate" => count().map(Fault::Truncate),
            "half-json" => count().map(Fault::HalfJson),
            "html" => count().map(Fault::Html),
            "not-object" => count().map(Fault::NotAnObject),
            "redirect" => count().map(Fault::Redirect),
            "ignore-write" => count().map(Fault::IgnoreWrite),
            "refuse" => count().map(Fault::Refuse),
            "clamp" if value.is_none() => Some(Fault::Clamp),
            "license" if value.is_none() => Some(Fault::License),
            "no-challenge" if value.is_none() => Some(Fault::NoChallenge),
            _ => None,
        }
    }

    /// Takes one of a counted fault; true when there was one left.
    pub(super) fn spend(&mut self, count: impl Fn(&mut Fault) -> Option<&mut u32>) -> bool {
        for fault in &mut self.0 {
            if let Some(left) = count(fault).filter(|left| **left > 0) {
                *left -= 1;
                return true;
            }
        }
        false
    }

    pub(super) fn has(&self, fault: &Fault) -> bool {
        self.0.contains(fault)
    }

    pub(super) fn slow(&self) -> Duration {
        let slow = |f: &Fault| if let Fault::Slow(time) = f { Some(*time) } else { None };
        self.0.iter().filter_map(slow).sum()
    }
}

/// Picks the count of one kind of fault: `spend!(faults, Busy)`.
macro_rules! spend {
    ($faults:expr, $kind:ident) => {
        $faults
            .spend(|f| if let $crate::simulate::gateway::Fault::$kind(left) = f { Some(left) } else { None })
    };
}
pub(super) use spend;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for form in FORMS.split(", ") {
            let text = form.trim().replace(":N", ":2").replace("SECONDS", "0.5");
            assert!(Faults::parse(&text).is_some(), "{text}");
        }
        assert_eq!(Faults::parse("html"), Some(Fault::Html(1)));
        for text in ["", "404:1", "slow", "slow:-1", "503:x", "clamp:1"] {
            assert_eq!(Faults::parse(text), None, "{text}");
        }
    }

    #[test]
    fn spent_as_often_as_counted() {
        let mut faults = Faults::new([Fault::Busy(1), Fault::Html(2), Fault::Busy(1)]);
        assert!(spend!(faults, Busy) && spend!(faults, Busy) && !spend!(faults, Busy));
        assert!(spend!(faults, Html) && spend!(faults, Html) && !spend!(faults, Html));
    }
}
