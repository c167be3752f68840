//! An RFC 2217 server with a modelled serial line behind it, in real time.
//!
//! Shares nothing with the simulation of the program under test: the line here is a function of time,
//! worked out from the bits that are sent, and the receiver looks at it in the middle of each bit at
//! whatever settings the client asked for.  Facts: RFC 854 (Telnet), RFC 2217 (com port control).

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Baud rate, data bits and parity ('N', 'E', 'O'); one stop bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Format {
    pub baudrate: f64,
    pub data_bits: u32,
    pub parity: char,
}

/// How a server tells errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notifies {
    Never,
    /// Each, ahead of its character.
    Each,
    /// When it is otherwise than it was with the character before.
    Changes,
    /// In place of its character.
    Instead,
}

/// What a meter does on the line.
#[derive(Debug, Clone)]
pub struct Line {
    pub format: Format,
    /// The line idles low.
    pub inverted: bool,
    /// Seconds from one telegram's start to the next one's.
    pub interval: f64,
    /// What it sends, one telegram after the other, over and over.
    pub telegrams: Vec<Vec<u8>>,
    /// The receiver takes a low stop bit for the next start bit, in place of waiting for a high level.
    pub resumes: bool,
    /// The server sends what it has this often.
    pub every: Duration,
    /// Whether errors are told by NOTIFY-LINESTATE, and how.
    pub notifies: Notifies,
    /// The line is low for ever.
    pub stuck: bool,
}

impl Line {
    pub fn new(baudrate: u32, format: &str, telegrams: Vec<Vec<u8>>) -> Self {
        let mut letters = format.chars();
        Line {
            format: Format {
                baudrate: baudrate.into(),
                data_bits: letters.next().and_then(|c| c.to_digit(10)).unwrap(),
                parity: letters.next().unwrap(),
            },
            inverted: false,
            interval: 1.5,
            telegrams,
            resumes: false,
            every: Duration::from_millis(4),
            notifies: Notifies::Each,
            stuck: false,
        }
    }

    /// Number of bits of a character, start and stop bit included.
    fn bits(&self) -> usize {
        2 + self.format.data_bits as usize + usize::from(self.format.parity != 'N')
    }

    /// Is the line high at this instant?
    fn level(&self, at: f64) -> bool {
        if self.stuck {
            return false;
        }
        self.logical(at) != self.inverted
    }

    fn logical(&self, at: f64) -> bool {
        if at < self.interval {
            return true;
        }
        let number = (at / self.interval) as usize;
        let telegram = &self.telegrams[number % self.telegrams.len()];
        let bit = ((at - number as f64 * self.interval) * self.format.baudrate) as usize;
        let Some(&byte) = telegram.get(bit / self.bits()) else { return true };
        let data = self.format.data_bits as usize;
        let ones = (byte & ((1u16 << data) - 1) as u8).count_ones();
        match bit % self.bits() {
            0 => false,
            n if n <= data => byte >> (n - 1) & 1 == 1,
            n if n == data + 1 && self.format.parity == 'E' => ones % 2 == 1,
            n if n == data + 1 && self.format.parity == 'O' => ones.is_multiple_of(2),
            _ => true,
        }
    }

    /// The next instant after `at` at which the level may change.
    fn next_change(&self, at: f64) -> f64 {
        let number = (at / self.interval).floor();
        let start = number * self.interval;
        let telegram = &self.telegrams[number as usize % self.telegrams.len()];
        let bit = ((at - start) * self.format.baudrate).floor() + 1.0;
        if number < 1.0 || bit as usize > telegram.len() * self.bits() {
            return start + self.interval;
        }
        // A little behind the edge, so that the level there is the new one.
        (start + (bit + 1e-6) / self.format.baudrate).min(start + self.interval)
    }
}

/// A character as the receiver had it.
struct Character {
    byte: u8,
    /// Bits of a 16550's line status: 4 parity, 8 framing, 16 break.
    state: u8,
}

struct Receiver {
    settings: Format,
    /// Up to when the line was looked at.
    at: f64,
    /// The start bit of the next character began here already.
    started: Option<f64>,
}

impl Receiver {
    /// The next character that is complete before `until`.
    fn next(&mut self, line: &Line, until: f64) -> Option<Character> {
        let bit = 1.0 / self.settings.baudrate;
        let bits = 2 + self.settings.data_bits + u32::from(self.settings.parity != 'N');
        let start = match self.started {
            Some(start) => start,
            None => {
                // High first, then the edge.
                let mut at = self.at;
                for wanted in [true, false] {
                    while line.level(at) != wanted {
                        self.at = if wanted { at } else { self.at.max(at - bit / 16.0) };
                        at = line.next_change(at);
                        if at >= until {
                            return None;
                        }
                    }
                }
                at
            }
        };
        if start + f64::from(bits) * bit > until {
            return None;
        }
        let sample = |n: u32| line.level(start + (f64::from(n) + 0.5) * bit);
        if sample(0) {
            // A spike.
            self.at = start + bit / 2.0;
            self.started = None;
            return self.next(line, until);
        }
        let byte = (0..self.settings.data_bits).fold(0u8, |byte, n| byte | u8::from(sample(n + 1)) << n);
        let parity_bit = sample(self.settings.data_bits + 1);
        let odd = byte.count_ones() % 2 == 1;
        let mut state = match self.settings.parity {
            'E' if parity_bit != odd => 4,
            'O' if parity_bit == odd => 4,
            _ => 0,
        };
        if !sample(bits - 1) {
            state |= 8;
            if byte == 0 && (self.settings.parity == 'N' || !parity_bit) {
                state = 16 | 8;
            }
        }
        self.started = None;
        self.at = start + (f64::from(bits) - 0.5) * bit;
        if state & 8 != 0 && state & 16 == 0 && line.resumes {
            self.started = Some(start + f64::from(bits - 1) * bit);
        }
        Some(Character { byte, state })
    }
}

/// A server on a port of this machine, for one client; it ends with the client or the value.
pub struct LineServer {
    pub url: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LineServer {
    pub fn start(line: Line) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("rfc2217://{}", listener.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        listener.set_nonblocking(true).unwrap();
        let thread = std::thread::spawn(move || {
            let until = Instant::now() + Duration::from_secs(120);
            while !stopped.load(Ordering::Relaxed) && Instant::now() < until {
                if let Ok((peer, _)) = listener.accept() {
                    // The client goes when it has what it wants.
                    let _ = serve(peer, &line, &stopped);
                    return;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        LineServer { url, stop, thread: Some(thread) }
    }
}

impl Drop for LineServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

const IAC: u8 = 255;
const SB: u8 = 250;
const SE: u8 = 240;
const COM_PORT: u8 = 44;

fn serve(mut peer: TcpStream, line: &Line, stop: &AtomicBool) -> std::io::Result<()> {
    peer.set_nodelay(true)?;
    peer.set_nonblocking(false)?;
    peer.set_read_timeout(Some(line.every))?;
    let opened = Instant::now();
    let mut receiver =
        Receiver { settings: Format { baudrate: 9600.0, data_bits: 8, parity: 'N' }, at: 0.0, started: None };
    let (mut mask, mut last) = (0u8, 0u8);
    let mut unread: Vec<u8> = Vec::new();
    let mut buffer = [0; 1024];
    while !stop.load(Ordering::Relaxed) {
        match peer.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => unread.extend_from_slice(&buffer[..count]),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(e) => return Err(e),
        }
        let mut out = Vec::new();
        let now = opened.elapsed().as_secs_f64();
        while let Some(character) = receiver.next(line, now) {
            let state = character.state & mask;
            let tells = match line.notifies {
                Notifies::Never => false,
                Notifies::Each | Notifies::Instead => state != 0,
                Notifies::Changes => state != last,
            };
            last = state;
            if tells {
                out.extend([IAC, SB, COM_PORT, 106, state | 0x60, IAC, SE]);
                if line.notifies == Notifies::Instead {
                    continue;
                }
            }
            out.push(character.byte);
            if character.byte == IAC {
                out.push(IAC);
            }
        }
        while let Some((command, rest)) = take_command(&unread) {
            unread.drain(..rest);
            if let Command::Set(number, value) = &command {
                if *number == 10 {
                    mask = if line.notifies == Notifies::Never { 0 } else { value[0] };
                    out.extend([IAC, SB, COM_PORT, 110, mask, IAC, SE]);
                    continue;
                }
                let before = receiver.settings;
                apply(&mut receiver.settings, *number, value);
                if receiver.settings != before {
                    // The receiver is set anew; what was half received is lost.
                    receiver.at = now;
                    receiver.started = None;
                }
                out.extend([IAC, SB, COM_PORT, number + 100]);
                for octet in value {
                    out.push(*octet);
                    if *octet == IAC {
                        out.push(IAC);
                    }
                }
                out.extend([IAC, SE]);
            } else if let Command::Will(option) = command {
                // DO what it offers; it is asked for nothing else.
                let verb = if matches!(option, 0 | 3 | COM_PORT) { 253 } else { 254 };
                out.extend([IAC, verb, option]);
            } else if let Command::Do(option) = command {
                let verb = if matches!(option, 0 | 3) { 251 } else { 252 };
                out.extend([IAC, verb, option]);
            }
        }
        peer.write_all(&out)?;
    }
    Ok(())
}

fn apply(settings: &mut Format, number: u8, value: &[u8]) {
    match (number, value) {
        (1, [a, b, c, d]) => settings.baudrate = u32::from_be_bytes([*a, *b, *c, *d]).into(),
        (2, [size]) => settings.data_bits = (*size).into(),
        (3, [1]) => settings.parity = 'N',
        (3, [2]) => settings.parity = 'O',
        (3, [3]) => settings.parity = 'E',
        _ => {}
    }
}

enum Command {
    Will(u8),
    Do(u8),
    Set(u8, Vec<u8>),
    Other,
}

/// The first command in `octets`, and how long it is.  What the client sends to the meter is ignored.
fn take_command(octets: &[u8]) -> Option<(Command, usize)> {
    match octets {
        [IAC, SB, COM_PORT, number, rest @ ..] => {
            let mut value = Vec::new();
            let mut at = 0;
            loop {
                match rest.get(at..)? {
                    [IAC, SE, ..] => return Some((Command::Set(*number, value), 4 + at + 2)),
                    [IAC, IAC, ..] => {
                        value.push(IAC);
                        at += 2;
                    }
                    [IAC] | [] => return None,
                    [octet, ..] => {
                        value.push(*octet);
                        at += 1;
                    }
                }
            }
        }
        [IAC, 251, option, ..] => Some((Command::Will(*option), 3)),
        [IAC, 253, option, ..] => Some((Command::Do(*option), 3)),
        [IAC, 252 | 254, _, ..] => Some((Command::Other, 3)),
        [IAC, ..] if octets.len() < 3 || octets[1] == SB => None,
        [IAC, _, ..] => Some((Command::Other, 2)),
        [_, ..] => Some((Command::Other, 1)),
        [] => None,
    }
}

/// A P1 telegram with its CRC (P1 companion standard 5.0.2, 6.2), made by hand.
pub fn dsmr(counter: u32) -> Vec<u8> {
    let mut text = format!(
        "/XYZ5\\2M123456\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(2601051200{:02}W)\r\n0-0:96.1.1(4530303631303032333536373839313139)\r\n",
        counter % 60
    );
    for (id, value) in [("1.8.1", 123_456), ("1.8.2", 234_567), ("2.8.1", 0), ("2.8.2", 17)] {
        text.push_str(&format!("1-0:{id}({:06}.{:03}*kWh)\r\n", value / 7, (value + counter) % 1000));
    }
    text.push_str("0-0:96.14.0(0002)\r\n1-0:1.7.0(01.193*kW)\r\n1-0:2.7.0(00.000*kW)\r\n");
    text.push_str("1-0:32.7.0(230.1*V)\r\n1-0:31.7.0(005*A)\r\n0-1:24.1.0(003)\r\n!");
    let crc = text.bytes().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 })
    });
    text.push_str(&format!("{crc:04X}\r\n"));
    text.into_bytes()
}

/// An HDLC frame with a DLMS data notification (IEC 62056-46, 62056-53): a list of identifiers and values.
pub fn hdlc(counter: u32) -> Vec<u8> {
    let mut list = vec![0x02, 0x10];
    for (i, id) in [
        [1, 0, 1, 7, 0],
        [1, 0, 2, 7, 0],
        [1, 0, 1, 8, 0],
        [1, 0, 2, 8, 0],
        [1, 0, 3, 7, 0],
        [1, 0, 4, 7, 0],
        [1, 0, 3, 8, 0],
        [1, 0, 4, 8, 0],
    ]
    .iter()
    .enumerate()
    {
        list.extend([0x09, 0x06]);
        list.extend(id);
        list.push(255);
        list.push(0x06);
        list.extend((counter * 37 + i as u32 * 11_111).to_be_bytes());
    }
    let mut body = vec![0xE6, 0xE7, 0x00, 0x0F, 0x00, 0x00, 0x00, (counter & 0x7F) as u8, 0x00];
    body.extend(list);
    let check = |bytes: &[u8]| {
        let crc = bytes.iter().fold(0xFFFFu16, |crc, byte| {
            (0..8).fold(
                crc ^ u16::from(*byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x8408 } else { crc >> 1 },
            )
        });
        (!crc).to_le_bytes()
    };
    let length = 2 + 2 + 1 + 1 + 2 + body.len() + 2;
    let mut frame = vec![0xA0 | (length >> 8) as u8, length as u8, 0xCE, 0xFF, 0x03, 0x13];
    frame.extend(check(&frame));
    frame.extend(body);
    frame.extend(check(&frame));
    [&[0x7E], &frame[..], &[0x7E]].concat()
}

/// A wired M-Bus frame with variable data (EN 13757-2, 13757-3): energy, volume, power, temperatures.
pub fn mbus(counter: u8) -> Vec<u8> {
    let mut user = vec![0x08, 0x05, 0x72, 0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x08, 0x04, counter, 0, 0, 0];
    user.extend([0x04, 0x06, counter, 0x27, 0x00, 0x00]);
    user.extend([0x04, 0x13, counter, 0x4E, 0x02, 0x00]);
    user.extend([0x02, 0x2B, 0x9A, 0x02]);
    user.extend([0x02, 0x59, 0x61, 0x1B, 0x02, 0x5D, 0x0C, 0x0F]);
    let sum = user.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    let length = user.len() as u8;
    [&[0x68, length, length, 0x68], &user[..], &[sum, 0x16]].concat()
}
