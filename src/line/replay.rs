//! A capture in place of a line: what was heard then is heard again, in the time of then.
//!
//! A capture recorded with fixed settings cannot be set; [`Adapter::settings`] tells what they were.  One that a
//! searching program recorded is set as it was then: setting the line goes on to the next place in the
//! capture where the same settings begin, so a program that decides as before meets the same characters.  What it
//! sends is answered as it was then, whatever it is.

use super::capture::{Header, Reader, Record};
use super::{Adapter, Capabilities, ErrorCounts, Heard, LineSettings};
use crate::error::{Error, Kind, Result};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::time::Duration;

/// Replays a capture.
pub struct ReplayAdapter<R> {
    reader: Reader<R>,
    next: Option<Record>,
    settings: Option<LineSettings>,
    now: Duration,
    ended: bool,
    /// What is known of the adapter by now.
    capabilities: Capabilities,
    counts: Option<ErrorCounts>,
    /// Something was sent, here and now.
    asks: bool,
    /// Something was sent then.
    asked: bool,
    /// Named in errors.
    name: String,
}

impl ReplayAdapter<BufReader<File>> {
    /// Opens a capture file.
    ///
    /// # Errors
    /// Of kind [`Kind::Port`] when it cannot be read, of kind [`Kind::Usage`] when it is no capture.
    pub fn open(path: &str) -> Result<Self> {
        let file = File::open(path)
            .map_err(|e| Error::new(Kind::Port, format!("capture {path} cannot be read: {e}")))?;
        let mut replay = Self::new(BufReader::new(file)).map_err(|e| named(&e, path))?;
        path.clone_into(&mut replay.name);
        Ok(replay)
    }
}

impl<R: BufRead> ReplayAdapter<R> {
    /// Replays the capture that `input` holds.
    ///
    /// # Errors
    /// Of kind [`Kind::Usage`] when it is no capture.
    pub fn new(input: R) -> Result<Self> {
        let reader = Reader::new(input)?;
        let settings = reader.header().line;
        let mut replay = ReplayAdapter {
            next: None,
            settings,
            now: Duration::ZERO,
            ended: false,
            capabilities: reader.header().capabilities.clone(),
            counts: None,
            asks: false,
            asked: false,
            name: String::new(),
            reader,
        };
        replay.advance()?;
        Ok(replay)
    }

    /// The capture's header.
    pub fn header(&self) -> &Header {
        self.reader.header()
    }

    /// Looks at the next record that matters.
    fn advance(&mut self) -> Result<()> {
        self.next = loop {
            let record = self.reader.record();
            match record.map_err(|e| if self.name.is_empty() { e } else { named(&e, &self.name) })? {
                Some(Record::Discarded(_)) => {}
                Some(Record::Adapter(_, adapter)) => self.capabilities = adapter,
                Some(Record::Counts(_, counts)) => self.counts = Some(counts),
                other => break other,
            }
        };
        self.ended = self.next.is_none();
        Ok(())
    }

    fn fixed(&self) -> bool {
        self.reader.header().line.is_some()
    }
}

impl<R: BufRead> Adapter for ReplayAdapter<R> {
    fn capabilities(&self) -> Capabilities {
        let recorded = self.capabilities.clone();
        Capabilities { configurable: recorded.configurable && !self.fixed(), ..recorded }
    }

    fn configure(&mut self, settings: &LineSettings) -> Result<()> {
        if self.fixed() {
            return Ok(());
        }
        loop {
            match &self.next {
                Some(Record::Line(at, line)) if line == settings => {
                    self.now = self.now.max(*at);
                    self.settings = Some(*settings);
                    return self.advance();
                }
                None => return Ok(()),
                Some(_) => self.advance()?,
            }
        }
    }

    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize> {
        let deadline = self.now.saturating_add(timeout);
        loop {
            match &self.next {
                Some(Record::Heard(heard)) => {
                    let at = heard.first().map_or(self.now, |h| h.at);
                    if at > deadline {
                        break;
                    }
                    self.now = self.now.max(heard.last().map_or(at, |h| h.at));
                    into.extend_from_slice(heard);
                    let count = heard.len();
                    self.advance()?;
                    if count > 0 {
                        return Ok(count);
                    }
                }
                // Fixed settings that changed all the same: somebody wrote the records by hand.
                Some(Record::Line(_, line)) if self.fixed() => {
                    self.settings = Some(*line);
                    self.advance()?;
                }
                // Somebody asked then, and nobody asks now.
                Some(Record::Sent(..)) if !self.asks => self.advance()?,
                Some(Record::End(at)) if *at <= deadline => {
                    self.now = self.now.max(*at);
                    self.ended = true;
                    return Ok(0);
                }
                _ => break,
            }
        }
        self.now = deadline;
        Ok(0)
    }

    fn write(&mut self, _: &[u8]) -> Result<()> {
        self.asks = true;
        loop {
            match &self.next {
                Some(Record::Sent(at, _)) => {
                    self.now = self.now.max(*at);
                    self.asked = true;
                    return self.advance();
                }
                // What came ahead of it was thrown away then.
                Some(Record::Heard(_)) => self.advance()?,
                // Other things are asked now: nothing answers.
                _ if self.asked => return Ok(()),
                _ => break,
            }
        }
        Err(Error::new(Kind::Port, "a capture cannot be written to")
            .hint("nothing can be asked of a meter that is not there; replay what it pushed: --mode push"))
    }

    fn discard(&mut self) -> Result<()> {
        // What a searching program threw away then was never recorded.
        while self.fixed()
            && let Some(Record::Heard(heard)) = &self.next
            && heard.first().is_none_or(|h| h.at <= self.now)
        {
            self.advance()?;
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.now
    }

    fn settings(&self) -> Option<LineSettings> {
        self.settings
    }

    fn error_counts(&self) -> Option<ErrorCounts> {
        self.counts
    }

    fn exhausted(&self) -> bool {
        self.ended
    }
}

/// The error of a capture, with the name of its file, and what can be done.
fn named(error: &Error, path: &str) -> Error {
    Error::new(error.kind(), format!("{path}: {}", error.message())).hint(
        "file: replays what `wwctl capture` and `wwctl probe --save` wrote; `wwctl decode` reads raw bytes too",
    )
}

/// Was something asked in this capture, as `wwctl probe --mode pull --save` does?  The first question comes as soon as the
/// line is set.
pub fn asks(path: &str) -> bool {
    const SOON: usize = 16;
    let Ok(mut reader) =
        File::open(path).map_err(|_| ()).and_then(|f| Reader::new(BufReader::new(f)).map_err(|_| ()))
    else {
        return false;
    };
    (0..SOON).any(|_| matches!(reader.record(), Ok(Some(Record::Sent(..)))))
}

#[cfg(test)]
mod tests {
    use super::super::capture::{self, Recorder, is_capture};
    use super::*;
    use crate::line::Flag;
    use crate::line::sim::{SimAdapter, SimOptions, Speech, Talker};
    use crate::line::{DataBits, Parity, StopBits};
    use std::io::Read;

    const FAST: LineSettings = LineSettings {
        baudrate: 115_200,
        data_bits: DataBits::Eight,
        parity: Parity::None,
        stop_bits: StopBits::One,
    };
    const SLOW: LineSettings = LineSettings { baudrate: 2400, parity: Parity::Even, ..FAST };

    struct Clock(Duration);

    impl Talker for Clock {
        fn push(&mut self, free: Duration) -> Option<Speech> {
            self.0 = (self.0 + Duration::from_secs(2)).max(free);
            Some(Speech::new(self.0, b"tick, said the meter\r\n".to_vec()))
        }
    }

    /// Listens fast, then slowly, and tells all it met.
    fn search(adapter: &mut dyn Adapter) -> Vec<Heard> {
        let mut heard = Vec::new();
        adapter.configure(&FAST).unwrap();
        while heard.len() < 40 {
            adapter.read(&mut heard, Duration::from_millis(700)).unwrap();
        }
        adapter.configure(&SLOW).unwrap();
        adapter.discard().unwrap();
        let end = adapter.now() + Duration::from_secs(9);
        while adapter.now() < end {
            adapter.read(&mut heard, end - adapter.now()).unwrap();
        }
        heard
    }

    fn record() -> (Vec<u8>, Vec<Heard>) {
        let mut file = Vec::new();
        let sim = SimAdapter::new(SimOptions::new(SLOW), vec![Box::new(Clock(Duration::ZERO))]);
        let mut recorder = Recorder::new(sim, &mut file, "sim:clock", "2026-11-18T11:17:40Z").unwrap();
        let heard = search(&mut recorder);
        recorder.finish().unwrap();
        (file, heard)
    }

    #[test]
    fn a_search_meets_the_same_again() {
        let (file, heard) = record();
        assert!(is_capture(&file));
        let mut replay = ReplayAdapter::new(&file[..]).unwrap();
        assert!(replay.capabilities().configurable);
        assert_eq!(search(&mut replay), heard);
        assert!(heard.iter().any(|h| h.flag != Flag::None));
        assert!(replay.exhausted());
    }

    #[test]
    fn the_bytes_are_a_stream() {
        let (file, heard) = record();
        let mut all = Vec::new();
        capture::bytes(&file[..]).unwrap().read_to_end(&mut all).unwrap();
        assert_eq!(all, heard.iter().map(|h| h.byte).collect::<Vec<_>>());
        assert!(all.ends_with(b"tick, said the meter\r\n"));
    }

    #[test]
    fn a_killed_writer_leaves_a_good_capture() {
        let (file, heard) = record();
        for cut in 0..file.len() {
            let Ok(mut replay) = ReplayAdapter::new(&file[..cut]) else {
                // Nothing but an incomplete header: there is no capture yet.
                assert!(!file[..cut].contains(&b'\n'), "cut at {cut}");
                continue;
            };
            if cut % 97 != 0 {
                continue;
            }
            replay.configure(&FAST).unwrap();
            let mut again = Vec::new();
            while !replay.exhausted() && !matches!(replay.next, Some(Record::Line(..))) {
                replay.read(&mut again, Duration::from_secs(1)).unwrap();
            }
            assert!(heard.starts_with(&again));
        }
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let (file, _) = record();
        let text = String::from_utf8(file).unwrap();
        let header = text.lines().next().unwrap();
        for (line, want) in [
            ("nonsense", "line 3: not a JSON object"),
            (r#"{"bytes":"00"}"#, "line 3: t is not a time in seconds"),
            (r#"{"t":-1,"bytes":"00"}"#, "line 3: t is not a time in seconds"),
            (r#"{"t":1,"bytes":"0"}"#, "line 3: bytes are not hex digits"),
            (r#"{"t":1,"bytes":"0001","flags":"."}"#, "line 3: flags are not one of . E B for each byte"),
            (r#"{"t":1,"line":{"baudrate":0}}"#, "line 3: line is not a complete setting"),
        ] {
            let bad = format!("{header}\n{{\"t\":0.5,\"bytes\":\"41\"}}\n{line}\n");
            let mut reader = Reader::new(bad.as_bytes()).unwrap();
            reader.record().unwrap();
            let error = reader.record().unwrap_err();
            assert!(error.message().contains(want), "{error}");
            assert_eq!(error.kind(), Kind::Usage);
        }
        for bad in ["", "\n", "{}\n", "7E A0 00\n", "{\"schema\":\"wwctl.capture.v2\"}\n"] {
            assert_eq!(Reader::new(bad.as_bytes()).err().map(|e| e.kind()), Some(Kind::Usage), "{bad:?}");
            assert!(!is_capture(bad.as_bytes()));
        }
        let newer = format!("{header}\n{{\"t\":1,\"temperature\":20}}\n{{\"t\":2,\"bytes\":\"41\"}}\n");
        assert!(matches!(Reader::new(newer.as_bytes()).unwrap().record(), Ok(Some(Record::Heard(_)))));
    }

    #[test]
    fn fixed_settings_are_told() {
        let text = concat!(
            r#"{"schema":"wwctl.capture.v1","port":"x","driver":"d","flags":"none","timestamp_quantum":0.001,"#,
            r#""configurable":true,"line":{"baudrate":2400,"data_bits":8,"parity":"even","stop_bits":"1"}}"#,
            "\n",
            r#"{"t":1.5,"bytes":"68FF","flags":".E"}"#,
            "\n",
            r#"{"t":60,"end":true}"#,
            "\n"
        );
        let mut replay = ReplayAdapter::new(text.as_bytes()).unwrap();
        assert!(!replay.capabilities().configurable);
        assert_eq!(replay.settings(), Some(SLOW));
        replay.configure(&FAST).unwrap();
        let mut heard = Vec::new();
        assert_eq!(replay.read(&mut heard, Duration::from_secs(1)).unwrap(), 0);
        assert_eq!(replay.read(&mut heard, Duration::from_secs(1)).unwrap(), 2);
        assert_eq!(replay.now(), Duration::from_millis(1500));
        assert_eq!(
            (heard[1].byte, heard[1].flag, heard[1].at),
            (0xFF, Flag::Error, Duration::from_millis(1500))
        );
        assert_eq!(replay.settings(), Some(SLOW));
        while !replay.exhausted() {
            assert_eq!(replay.read(&mut heard, Duration::from_secs(7)).unwrap(), 0);
        }
        // The silence at the end is part of what was heard.
        assert_eq!(replay.now(), Duration::from_secs(60));
    }
}
