//! A serial port of another machine, with line control: client of the Telnet com port option, RFC 2217.
//!
//! Servers differ in how much they do.  One that leaves a request unanswered, or answers with another value
//! than asked, is used all the same: [`Capabilities::doubtful`] then tells that what was asked need not be in
//! force, and the driver's text names what was not confirmed.
//!
//! Notifications of the line's state come in the data stream.  A server that reads a receiver's registers
//! sends each ahead of the character it belongs to, as those registers are read.  One that learns of errors
//! from counters sends them whenever it looks, which shows as notifications with nothing behind them: an
//! error then marks all characters that arrived with it, as FTDI's packets do.  One that tells changes only
//! says so by telling that all is well again: from then on a state holds until the next one.  And one that
//! tells of an error in place of the character is asked to be silent: all characters, unmarked, are worth more.

use super::tcp::{Connection, NETWORK_QUANTUM, coarse};
use super::telnet::{self, BINARY, COM_PORT, Event, SUPPRESS_GO_AHEAD, Telnet};
use super::{Adapter, Capabilities, DataBits, Flag, Flags, Heard, LineSettings, Parity, StopBits};
use crate::error::{Error, Kind, Result};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

// Commands of RFC 2217, section 3; a server's answer is the command plus 100.
const SET_BAUDRATE: u8 = 1;
const SET_DATASIZE: u8 = 2;
const SET_PARITY: u8 = 3;
const SET_STOPSIZE: u8 = 4;
const SET_CONTROL: u8 = 5;
const NOTIFY_LINESTATE: u8 = 6;
const SET_LINESTATE_MASK: u8 = 10;
const PURGE_DATA: u8 = 12;
const ANSWER: u8 = 100;

/// SET-CONTROL: no flow control.
const NO_FLOW_CONTROL: u8 = 1;
/// PURGE-DATA: the receive buffer.
const PURGE_RECEIVED: u8 = 1;

// Line states (those of a 16550's line status register).
const PARITY_ERROR: u8 = 4;
const FRAMING_ERROR: u8 = 8;
const BREAK_DETECTED: u8 = 16;
const ERRORS: u8 = PARITY_ERROR | FRAMING_ERROR | BREAK_DETECTED;

/// So many errors told with nothing between them stand in place of their characters.
const IN_PLACE: u32 = 3;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// A request, what was asked, and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    command: u8,
    value: Vec<u8>,
    answer: Option<Vec<u8>>,
}

/// A remote port.
#[derive(Debug)]
pub struct Rfc2217Adapter {
    connection: Connection,
    telnet: Telnet,
    opened: Instant,
    /// The server takes com port requests; unknown until it says.
    accepted: Option<bool>,
    /// It reports errors.
    reports: bool,
    asked: Vec<Asked>,
    /// Requests that this server was not seen to answer: they are not waited for again.
    silent: Vec<u8>,
    ready: VecDeque<Heard>,
    /// The state of the next character, and whether that was told since the last one.
    state: u8,
    fresh: bool,
    /// An error was told before the last character.
    told: bool,
    /// A state holds until another one is told.
    holds: bool,
    /// Errors that were told with no character between them and others.
    bare: u32,
    /// Notifications of errors that arrived without a character behind them.
    late: u32,
    settings: Option<LineSettings>,
    /// What the server did not confirm of them, in words.
    unconfirmed: Vec<&'static str>,
}

impl Rfc2217Adapter {
    /// Connects to `rfc2217://HOST:PORT`.
    ///
    /// # Errors
    /// Of kind [`Kind::Port`] when nobody answers there, or it is no RFC 2217 server; [`Kind::Usage`] when the
    /// text is none of that form.
    pub fn open(url: &str) -> Result<Self> {
        let connection = Connection::open(url, url.strip_prefix("rfc2217://").unwrap_or(url))?;
        let mut adapter = Rfc2217Adapter {
            connection,
            telnet: Telnet::default(),
            opened: Instant::now(),
            accepted: None,
            reports: false,
            asked: Vec::new(),
            silent: Vec::new(),
            ready: VecDeque::new(),
            state: 0,
            fresh: false,
            told: false,
            holds: false,
            bare: 0,
            late: 0,
            settings: None,
            unconfirmed: Vec::new(),
        };
        let mut hello = Vec::new();
        hello.extend(telnet::will(COM_PORT, true));
        for option in [BINARY, SUPPRESS_GO_AHEAD] {
            hello.extend(telnet::will(option, true));
            hello.extend(telnet::please(option, true));
        }
        adapter.connection.send(&hello)?;
        let deadline = Instant::now() + PATIENCE;
        while adapter.accepted.is_none() && Instant::now() < deadline {
            adapter.receive(deadline.saturating_duration_since(Instant::now()))?;
        }
        if adapter.accepted != Some(true) {
            let what = if adapter.accepted.is_some() { "refuses" } else { "does not know" };
            return Err(Error::new(Kind::Port, format!("{url} {what} remote line control (RFC 2217)")).hint(
                "check that the server is set to RFC 2217 on this port; if it only passes bytes on, use tcp://",
            ));
        }
        adapter.ask(&[(SET_CONTROL, vec![NO_FLOW_CONTROL]), (SET_LINESTATE_MASK, vec![ERRORS])])?;
        adapter.reports = adapter.asked.iter().any(|asked| {
            asked.command == SET_LINESTATE_MASK
                && asked.answer.as_deref().is_some_and(|mask| mask.iter().any(|m| *m != 0))
        });
        Ok(adapter)
    }

    /// Notifications come with the characters they belong to.
    const fn with_characters(&self) -> bool {
        // Once may be where a packet of the network ended.
        self.late < 2
    }

    /// Sends requests together, and waits for their answers.
    fn ask(&mut self, requests: &[(u8, Vec<u8>)]) -> Result<()> {
        let mut out = Vec::new();
        self.asked.clear();
        for (command, value) in requests {
            let request: Vec<u8> = std::iter::once(*command).chain(value.iter().copied()).collect();
            out.extend(telnet::parameters(COM_PORT, &request));
            self.asked.push(Asked { command: *command, value: value.clone(), answer: None });
        }
        self.connection.send(&out)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let missing = |a: &Asked| a.answer.is_none() && !self.silent.contains(&a.command);
            let left = deadline.saturating_duration_since(Instant::now());
            if !self.asked.iter().any(missing) || left.is_zero() {
                break;
            }
            self.receive(left)?;
        }
        for asked in &self.asked {
            if asked.answer.is_none() && !self.silent.contains(&asked.command) {
                self.silent.push(asked.command);
            }
        }
        Ok(())
    }

    /// What was received is gone, and the state that was told of it, unless that holds.
    fn forget(&mut self) {
        self.fresh = false;
        if !self.holds {
            self.state = 0;
        }
    }

    /// Takes what arrives within `timeout`.
    fn receive(&mut self, timeout: Duration) -> Result<()> {
        let octets = self.connection.receive(timeout)?;
        let at = coarse(self.opened.elapsed());
        let events: Vec<Event> = octets.iter().filter_map(|octet| self.telnet.push(*octet)).collect();
        let mut reply = Vec::new();
        let mut from = self.ready.len();
        let mut wrong = false;
        let mut together = false;
        for event in events {
            match event {
                Event::Data(byte) => {
                    self.told |= self.state != 0;
                    (self.fresh, together) = (false, false);
                    let state = if self.holds { self.state } else { std::mem::take(&mut self.state) };
                    let flag = match state {
                        0 => Flag::None,
                        state if state & BREAK_DETECTED != 0 && byte == 0 => Flag::Break,
                        _ => Flag::Error,
                    };
                    wrong |= flag != Flag::None;
                    self.ready.push_back(Heard { byte, flag, at });
                }
                Event::Do(COM_PORT, yes) => self.accepted = Some(yes),
                // Asked for by us in the beginning; an acknowledgement is not answered (RFC 854).
                Event::Do(BINARY | SUPPRESS_GO_AHEAD, _) | Event::Will(BINARY | SUPPRESS_GO_AHEAD, _) => {}
                Event::Will(COM_PORT, yes) => {
                    // The other way round than the RFC has it; some servers do.
                    self.accepted = Some(self.accepted == Some(true) || yes);
                    reply.extend(telnet::please(COM_PORT, yes));
                }
                Event::Do(option, true) => reply.extend(telnet::will(option, false)),
                Event::Will(option, true) => reply.extend(telnet::please(option, false)),
                Event::Do(_, false) | Event::Will(_, false) => {}
                Event::Parameters(COM_PORT, parameters) => {
                    let Some((&command, value)) = parameters.split_first() else { continue };
                    if command == ANSWER + NOTIFY_LINESTATE {
                        let state = value.first().copied().unwrap_or(0) & ERRORS;
                        self.holds |= state == 0 && self.told;
                        self.state = if self.holds { state } else { self.state | state };
                        self.bare += u32::from(state != 0 && together && !self.holds);
                        self.fresh = state != 0;
                        together = self.fresh;
                        continue;
                    }
                    if command == ANSWER + PURGE_DATA {
                        // What came ahead of it is what was to be purged.
                        self.ready.clear();
                        (from, wrong) = (0, false);
                        self.forget();
                    }
                    let asked = self.asked.iter_mut().find(|a| a.command + ANSWER == command);
                    if let Some(asked) = asked {
                        asked.answer = Some(value.to_vec());
                    }
                    self.silent.retain(|silent| silent + ANSWER != command);
                }
                Event::Parameters(..) => {}
            }
        }
        // The rest of a notification may be under way still, or its character.
        if self.fresh {
            self.late = self.late.saturating_add(1);
        }
        if !self.with_characters() && wrong {
            for heard in self.ready.iter_mut().skip(from).filter(|heard| heard.flag == Flag::None) {
                heard.flag = Flag::Error;
            }
        }
        if !reply.is_empty() {
            self.connection.send(&reply)?;
        }
        Ok(())
    }
}

/// The settings that were not answered with the value that was asked for.
fn unconfirmed(asked: &[Asked]) -> Vec<&'static str> {
    let named = asked.iter().filter_map(|asked| {
        let name = match asked.command {
            SET_BAUDRATE => "baud rate",
            SET_DATASIZE => "data bits",
            SET_PARITY => "parity",
            SET_STOPSIZE => "stop bits",
            _ => return None,
        };
        (asked.answer.as_ref() != Some(&asked.value)).then_some(name)
    });
    named.collect()
}

impl Adapter for Rfc2217Adapter {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            driver: if self.unconfirmed.is_empty() {
                "RFC 2217 server".to_owned()
            } else {
                format!("RFC 2217 server (does not confirm {})", self.unconfirmed.join(", "))
            },
            flags: match (self.reports, self.with_characters()) {
                (false, _) => Flags::None,
                (true, true) => Flags::PerCharacter,
                (true, false) => Flags::PerPacket,
            },
            timestamp_quantum: NETWORK_QUANTUM,
            configurable: true,
            can_invert: false,
            doubtful: !self.unconfirmed.is_empty(),
        }
    }

    fn configure(&mut self, settings: &LineSettings) -> Result<()> {
        let parity = match settings.parity {
            Parity::None => 1,
            Parity::Odd => 2,
            Parity::Even => 3,
        };
        let stop = match settings.stop_bits {
            StopBits::One => 1,
            StopBits::Two => 2,
            StopBits::OnePointFive => 3,
        };
        let size = match settings.data_bits {
            DataBits::Seven => 7,
            DataBits::Eight => 8,
        };
        self.ask(&[
            (SET_BAUDRATE, settings.baudrate.to_be_bytes().to_vec()),
            (SET_DATASIZE, vec![size]),
            (SET_PARITY, vec![parity]),
            (SET_STOPSIZE, vec![stop]),
            (PURGE_DATA, vec![PURGE_RECEIVED]),
        ])?;
        // A server that does not answer that: what came until now was heard with other settings.
        if self.silent.contains(&PURGE_DATA) && self.settings != Some(*settings) {
            self.ready.clear();
            self.forget();
        }
        self.unconfirmed = unconfirmed(&self.asked);
        self.settings = Some(*settings);
        Ok(())
    }

    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize> {
        let deadline = Instant::now() + timeout;
        while self.ready.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            self.receive(left)?;
            if left.is_zero() {
                break;
            }
        }
        if self.reports && self.bare >= IN_PLACE {
            self.reports = false;
            self.ask(&[(SET_LINESTATE_MASK, vec![0])])?;
        }
        let count = self.ready.len();
        into.extend(self.ready.drain(..));
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut out = Vec::with_capacity(bytes.len());
        telnet::escape(bytes, &mut out);
        self.connection.send(&out)?;
        // Nothing tells when they have left the other machine; they need this long at least.
        if let Some(settings) = self.settings {
            let seconds = bytes.len() as f64 * 11.0 / f64::from(settings.baudrate.max(1));
            std::thread::sleep(Duration::from_secs_f64(seconds));
        }
        Ok(())
    }

    fn discard(&mut self) -> Result<()> {
        self.ask(&[(PURGE_DATA, vec![PURGE_RECEIVED])])?;
        // What was under way before the purge.
        while {
            let before = self.ready.len();
            self.receive(Duration::ZERO)?;
            self.ready.len() > before
        } {}
        self.ready.clear();
        self.forget();
        Ok(())
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }

    fn settings(&self) -> Option<LineSettings> {
        self.settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    /// A server that treats requests as `answer` says, and sends `first` when it was told to purge.
    fn serve(
        answer: impl Fn(u8, &[u8]) -> Option<Vec<u8>> + Send + 'static,
        first: Vec<u8>,
    ) -> (String, std::thread::JoinHandle<Vec<Event>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("rfc2217://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut peer, _): (TcpStream, _) = listener.accept().unwrap();
            let mut telnet = Telnet::default();
            let mut events = Vec::new();
            let mut buffer = [0; 64];
            while let Ok(count @ 1..) = peer.read(&mut buffer) {
                for event in buffer[..count].iter().filter_map(|octet| telnet.push(*octet)) {
                    let mut out = Vec::new();
                    match &event {
                        Event::Will(COM_PORT, true) => out.extend(telnet::please(COM_PORT, true)),
                        Event::Will(BINARY, true) => out.extend(telnet::please(BINARY, true)),
                        // Asks for an option that the client does not have.
                        Event::Do(BINARY, true) => {
                            out.extend([telnet::will(BINARY, true), telnet::please(24, true)].concat())
                        }
                        Event::Parameters(COM_PORT, p) => {
                            if let Some(value) = answer(p[0], &p[1..]) {
                                let reply = [&[p[0] + ANSWER], &value[..]].concat();
                                out.extend(telnet::parameters(COM_PORT, &reply));
                            }
                            if p[0] == PURGE_DATA {
                                out.extend(&first);
                            }
                        }
                        _ => {}
                    }
                    peer.write_all(&out).unwrap();
                    events.push(event);
                }
            }
            events
        });
        (url, server)
    }

    const SETTINGS: LineSettings = LineSettings {
        baudrate: 2400,
        data_bits: DataBits::Seven,
        parity: Parity::Odd,
        stop_bits: StopBits::OnePointFive,
    };

    #[test]
    fn requests_as_the_rfc_numbers_them() {
        let (url, server) = serve(|_, value| Some(value.to_vec()), Vec::new());
        let mut adapter = Rfc2217Adapter::open(&url).unwrap();
        adapter.configure(&SETTINGS).unwrap();
        assert!(!adapter.capabilities().doubtful);
        assert_eq!(adapter.capabilities().flags, Flags::PerCharacter);
        adapter.discard().unwrap();
        adapter.write(&[1, 255]).unwrap();
        drop(adapter);
        let events = server.join().unwrap();
        let asked: Vec<&[u8]> = events
            .iter()
            .filter_map(|e| match e {
                Event::Parameters(COM_PORT, p) => Some(&p[..]),
                _ => None,
            })
            .collect();
        assert_eq!(
            asked,
            [&[5, 1][..], &[10, 28], &[1, 0, 0, 0x09, 0x60], &[2, 7], &[3, 2], &[4, 3], &[12, 1], &[12, 1]]
        );
        assert!(events.contains(&Event::Will(24, false)));
        assert!(events.ends_with(&[Event::Data(1), Event::Data(255)]));
    }

    #[test]
    fn a_server_may_keep_quiet_or_answer_otherwise() {
        let answer = |command: u8, value: &[u8]| match command {
            SET_BAUDRATE => Some(value.to_vec()),
            SET_PARITY => Some(vec![1]),
            _ => None,
        };
        let (url, _server) = serve(answer, Vec::new());
        let mut adapter = Rfc2217Adapter::open(&url).unwrap();
        adapter.configure(&SETTINGS).unwrap();
        let capabilities = adapter.capabilities();
        assert!(capabilities.doubtful && capabilities.configurable);
        assert_eq!(capabilities.flags, Flags::None);
        assert_eq!(capabilities.driver, "RFC 2217 server (does not confirm data bits, parity, stop bits)");
        adapter.discard().unwrap();
        assert!(adapter.capabilities().doubtful);
    }

    #[test]
    fn states_of_the_line_are_flags() {
        let state = |state: u8| telnet::parameters(COM_PORT, &[ANSWER + NOTIFY_LINESTATE, state]);
        let stream = [b"ab\xFF\xFFc".to_vec(), state(0x60), state(BREAK_DETECTED), vec![0]].concat();
        let (url, _server) = serve(|_, value| Some(value.to_vec()), stream);
        let mut adapter = Rfc2217Adapter::open(&url).unwrap();
        adapter.configure(&SETTINGS).unwrap();
        let mut heard = Vec::new();
        while heard.len() < 5 {
            adapter.read(&mut heard, Duration::from_secs(5)).unwrap();
        }
        assert_eq!(heard.iter().map(|h| h.byte).collect::<Vec<_>>(), b"ab\xFFc\0");
        assert_eq!(heard.last().map(|h| h.flag), Some(Flag::Break));
    }

    #[test]
    fn a_state_holds_where_changes_are_told() {
        let state = |state: u8| telnet::parameters(COM_PORT, &[ANSWER + NOTIFY_LINESTATE, state]);
        let stream = [
            state(FRAMING_ERROR),
            b"a".to_vec(),
            state(0x60),
            b"b".to_vec(),
            state(FRAMING_ERROR),
            b"cd".to_vec(),
            state(0x60),
            b"e".to_vec(),
        ];
        let (url, _server) = serve(|_, value| Some(value.to_vec()), stream.concat());
        let mut adapter = Rfc2217Adapter::open(&url).unwrap();
        adapter.configure(&SETTINGS).unwrap();
        let mut heard = Vec::new();
        while heard.len() < 5 {
            adapter.read(&mut heard, Duration::from_secs(5)).unwrap();
        }
        let (error, none) = (Flag::Error, Flag::None);
        assert_eq!(heard.iter().map(|h| h.flag).collect::<Vec<_>>(), [error, none, error, error, none]);
        assert_eq!(adapter.capabilities().flags, Flags::PerCharacter);
    }

    #[test]
    fn who_is_no_such_server_is_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("rfc2217://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(&telnet::please(COM_PORT, false)).unwrap();
            let mut all = Vec::new();
            let _ = peer.read_to_end(&mut all);
        });
        let error = Rfc2217Adapter::open(&url).unwrap_err();
        assert_eq!(error.kind(), Kind::Port);
        assert!(error.message().contains("refuses"), "{error}");
        server.join().unwrap();
    }
}
