//! Server-sent events (WHATWG HTML, section 9.2): `field: value` lines, an empty line ends an event.

use crate::error::{Error, Kind, Result};
use reqwest::blocking::Response;
use std::io::{BufRead, BufReader, Read};

/// The longest event that is read: a gateway that never ends one must not fill the memory.
const MAX_EVENT: usize = 1 << 20;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name; `message` when the server gives none.
    pub name: String,
    /// Its data; lines are joined by `\n`.
    pub data: String,
}

/// The events of a connection, until the server closes it.
pub struct Events {
    lines: BufReader<Box<dyn Read + Send>>,
    ended: bool,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Events {
    pub(super) fn new(response: Response) -> Self {
        Events::read(response)
    }

    fn read(source: impl Read + Send + 'static) -> Self {
        Events { lines: BufReader::new(Box::new(source)), ended: false }
    }

    fn next_event(&mut self) -> Result<Option<Event>> {
        let (mut name, mut data, mut size) = (String::new(), None::<String>, 0);
        loop {
            let mut line = Vec::new();
            let limit = (MAX_EVENT - size) as u64 + 1;
            let read = (&mut self.lines).take(limit).read_until(b'\n', &mut line).map_err(|e| {
                Error::new(Kind::Unreachable, format!("the live stream broke: {}", innermost(&e)))
                    .hint("start it again; the gateway serves one listener at a time")
            })?;
            size += read;
            if size > MAX_EVENT {
                return Err(Error::new(Kind::Refused, "the live stream holds an event of more than 1 MiB"));
            }
            if line.pop_if(|b| *b == b'\n').is_none() {
                // The end of the stream; an event without its empty line is discarded (section 9.2.6).
                return Ok(None);
            }
            line.pop_if(|b| *b == b'\r');
            if line.is_empty() {
                match data.take() {
                    Some(data) => {
                        let name = if name.is_empty() { "message".to_owned() } else { name };
                        return Ok(Some(Event { name, data }));
                    }
                    None => {
                        name.clear();
                        size = 0;
                    }
                }
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            let (field, value) = text.split_once(':').unwrap_or((&text, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => name = value.to_owned(),
                "data" => match &mut data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => data = Some(value.to_owned()),
                },
                // Comments (an empty name), ids and retry times are of no use here.
                _ => {}
            }
        }
    }
}

impl Iterator for Events {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_event().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

fn innermost(error: &std::io::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<(String, String)> {
        let read = Events::read(std::io::Cursor::new(text.as_bytes().to_vec()));
        read.map(|e| e.unwrap()).map(|e| (e.name, e.data)).collect()
    }

    /// The examples of the standard, section 9.2.6.
    #[test]
    fn examples_of_the_standard() {
        let own = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        assert_eq!(events("data: YHOO\ndata: +2\ndata: 10\n\n"), own(&[("message", "YHOO\n+2\n10")]));
        assert_eq!(
            events(
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n"
            ),
            own(&[("message", "first event"), ("message", "second event")])
        );
        assert_eq!(events("data\n\ndata\ndata\n\ndata:"), own(&[("message", ""), ("message", "\n")]));
        assert_eq!(events("event: live\r\ndata: {}\r\n\r\n"), own(&[("live", "{}")]));
    }

    #[test]
    fn an_event_without_end_does_not_fill_the_memory() {
        let mut endless = Events::read(std::io::repeat(b'x'));
        assert_eq!(endless.next().unwrap().unwrap_err().kind(), Kind::Refused);
        assert!(endless.next().is_none());
    }
}
