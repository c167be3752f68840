//! A MEP meter: answers reads of its tables under its key, and never speaks first.
//!
//! The format is in [`crate::decode::mep`].

use crate::decode::Key;
use crate::decode::mep::crypt::{DIGEST, Rc4, SessionKey, digest};
use crate::decode::mep::packet::{MAX_PACKET, READ, READ_PART};
use crate::decode::mep::tables::{
    BT23, CLOCK, DIMENSIONS, ENERGIES, IDENTITY, PRESENT, PRESENT_SELECTION, SELECTION, SERIAL,
};
use crate::line::random::Random;
use crate::line::sim::{Speech, Talker};
use std::time::Duration;

/// From the end of a request to the start of its answer.
const DELAY: Duration = Duration::from_millis(60);
/// A request that pauses longer than this is given up.
const PATIENCE: Duration = Duration::from_millis(500);
/// How far ahead of the last a sequence number may be.
const AHEAD: u32 = 8;

/// A meter's tables by their number on the wire.
type Tables = Vec<(u16, Vec<u8>)>;

/// The meter.
#[derive(Debug, Clone)]
pub struct MepMeter {
    key: Key,
    /// Its tables by number, complete.
    pub tables: Tables,
    /// The last sequence number that it accepted.
    pub sequence: u32,
    heard: Vec<u8>,
    heard_at: Duration,
}

impl MepMeter {
    /// A three-phase meter with two tiers, with values that follow from `seed`.
    pub fn new(key: Key, seed: u64) -> Self {
        let mut random = Random::part(seed, 5);
        let mut r = |low: u64, high: u64| random.between(low, high) as i32;
        let (summations, tiers, values) = (11u8, 2u8, 15u8);
        let mut energies = Vec::new();
        for block in 0..=tiers {
            for element in 0..summations {
                let unused = block > 0 && matches!(element, 4 | 5 | 8..=10);
                let high = if BT23.get(usize::from(element)).is_some_and(|e| e.unit.ends_with('h')) {
                    40_000_000
                } else {
                    100
                };
                energies.extend(if unused { 0 } else { r(0, high) }.to_le_bytes());
            }
        }
        let mut present = Vec::new();
        for element in 0..values {
            let value = match element {
                0 | 12 => r(0, 9000),
                1 => 0,
                2 | 3 => r(0, 900),
                4..=6 => r(0, 25_000),
                7..=9 => r(218_000, 242_000),
                11 => r(49_900, 50_100),
                _ => r(700, 1000),
            };
            present.extend(value.to_le_bytes());
        }
        let mut identity = b"NES 83331-3I".to_vec();
        identity.extend([0, 0, 0x31, 0x55]);
        let mut serial = format!("{}", r(10_000_000, 99_999_999)).into_bytes();
        serial.resize(30, b' ');
        let clock =
            vec![26, r(1, 12) as u8, r(1, 28) as u8, r(0, 23) as u8, r(0, 59) as u8, r(0, 59) as u8, 0];
        let tables = vec![
            (IDENTITY, identity),
            (DIMENSIONS, vec![0, 0, 0, summations, 0, 0, 1, tiers, 0, values]),
            (SELECTION, (0..summations).collect()),
            (ENERGIES, energies),
            (PRESENT_SELECTION, (0..values).collect()),
            (PRESENT, present),
            (CLOCK, clock),
            (SERIAL, serial),
        ];
        MepMeter {
            key,
            tables,
            sequence: r(1, 0x7FFF_FFFF) as u32,
            heard: Vec::new(),
            heard_at: Duration::ZERO,
        }
    }

    /// The answer to a request without its length field, with a length field.  Requests may be encrypted; the answer then is too.
    pub fn answer(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        let (body, sent) = request.split_last_chunk::<DIGEST>()?;
        let mut body = body.to_vec();
        let mut cipher = None;
        if digest(&self.key, &[&body]) != *sent {
            let mut stream = SessionKey::new(&self.key).packet(sent);
            let mut clear = body.clone();
            stream.apply(&mut clear);
            if digest(&self.key, &[&clear]) != *sent {
                // What cannot be checked is refused in the clear; the digest is over what was received.
                return Some(self.packet(&body, &[0x0B], None));
            }
            body = clear;
            cipher = Some(stream);
        }
        let (command, sequence) = body.split_last_chunk::<4>()?;
        let sequence = u32::from_be_bytes(*sequence);
        let answer = if (1..=AHEAD).contains(&sequence.wrapping_sub(self.sequence)) {
            self.sequence = sequence;
            self.read(command)
        } else {
            let mut refused = vec![0x0C];
            refused.extend(self.sequence.to_be_bytes());
            refused
        };
        Some(self.packet(&body, &answer, cipher))
    }

    /// Code and data.
    fn read(&self, command: &[u8]) -> Vec<u8> {
        let number =
            |at: usize| command.get(at..at + 2).map_or(0, |b| usize::from(b[0]) << 8 | usize::from(b[1]));
        let table = number(1) as u16;
        let Some((_, bytes)) = self.tables.iter().find(|(n, _)| *n == table) else { return vec![0x05] };
        let longest = MAX_PACKET - DIGEST - 3;
        let data = match command {
            [READ, _, _] => bytes.get(..bytes.len().min(longest)),
            [READ, _, _, _, _] => bytes.get(..bytes.len().min(number(3)).min(longest)),
            [READ_PART, _, _, 0, _, _, _, _] if number(6) <= longest => {
                bytes.get(number(4)..number(4) + number(6))
            }
            [READ_PART, ..] => None,
            _ => return vec![0x02],
        };
        match data {
            Some(data) => {
                let mut answer = vec![0];
                answer.extend((data.len() as u16).to_be_bytes());
                answer.extend(data);
                answer
            }
            None => vec![0x04],
        }
    }

    fn packet(&self, request: &[u8], answer: &[u8], cipher: Option<Rc4>) -> Vec<u8> {
        let sum = digest(&self.key, &[request, answer]);
        let mut body = answer.to_vec();
        if let Some(mut cipher) = cipher {
            cipher.apply(&mut body);
        }
        let mut bytes = ((body.len() + DIGEST) as u16).to_be_bytes().to_vec();
        bytes.extend(body);
        bytes.extend(sum);
        bytes
    }
}

impl Talker for MepMeter {
    fn push(&mut self, _: Duration) -> Option<Speech> {
        None
    }

    fn hear(&mut self, at: Duration, bytes: &[u8]) -> Option<Speech> {
        if at > self.heard_at + PATIENCE {
            self.heard.clear();
        }
        self.heard_at = at;
        self.heard.extend(bytes);
        let length = self.heard.first_chunk::<2>().map(|l| usize::from(u16::from_be_bytes(*l)))?;
        if length > MAX_PACKET {
            self.heard.clear();
            return None;
        }
        let request = self.heard.get(2..2 + length)?.to_vec();
        self.heard.clear();
        self.answer(&request).map(|bytes| Speech::new(at + DELAY, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Keys, Message, Options, Protocol, Status, TagState, Value, decode_all};
    use crate::probe::ask::mep::Client;

    const KEY: Key = Key::new(*b"0123456789ABCDEF");

    fn exchange(
        client: &mut Client,
        meter: &mut MepMeter,
        request: impl Fn(&mut Client) -> Vec<u8>,
    ) -> Vec<u8> {
        let request = request(client);
        let mut bytes = request.clone();
        bytes.extend(meter.answer(&request[2..]).unwrap());
        bytes
    }

    /// A whole reading session: refused sequence number, then every table.
    fn session(encrypt: bool) -> (MepMeter, Vec<u8>) {
        let mut meter = MepMeter::new(KEY, 3);
        let mut client = Client::new(Some(KEY), encrypt);
        let mut bytes = exchange(&mut client, &mut meter, |c| c.read(DIMENSIONS));
        client.present_sequence(meter.sequence);
        for table in [DIMENSIONS, IDENTITY, SERIAL, SELECTION, PRESENT_SELECTION, ENERGIES, PRESENT, CLOCK] {
            bytes.extend(exchange(&mut client, &mut meter, |c| c.read(table)));
        }
        bytes.extend(exchange(&mut client, &mut meter, |c| c.read_part(ENERGIES, 0, 8)));
        bytes.extend(exchange(&mut client, &mut meter, |c| c.read_part(ENERGIES, 0, 400)));
        bytes.extend(exchange(&mut client, &mut meter, |c| c.read(77)));
        (meter, bytes)
    }

    fn number(message: &Message, id: &str) -> String {
        match message.readings.iter().find(|r| r.id.to_string() == id).map(|r| &r.value) {
            Some(Value::Number(n)) => n.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_it_says_is_what_is_read() {
        for encrypt in [false, true] {
            let (meter, bytes) = session(encrypt);
            let keys = Keys { encryption: Some(KEY), authentication: None };
            let messages = decode_all(&bytes, &Options { keys, ..Options::default() });
            assert_eq!(messages.len(), 24);
            for message in &messages {
                assert_eq!((message.protocol, message.status), (Protocol::Mep, Status::Ok), "{message:?}");
                let security = message.security.as_ref().unwrap();
                assert_eq!((security.tag, security.ciphered), (TagState::Verified, encrypt));
            }
            let table = |n: u16| meter.tables.iter().find(|(t, _)| *t == n).map(|(_, b)| b.clone()).unwrap();
            let at =
                |t: u16, at: usize| i32::from_le_bytes(table(t)[at..at + 4].try_into().unwrap()).to_string();
            assert_eq!(messages[13].readings.len(), 33);
            assert_eq!(number(&messages[13], "mep:BT23.3"), at(ENERGIES, 12));
            assert_eq!(number(&messages[13], "mep:BT23.T1.7"), at(ENERGIES, 22 * 4 + 28));
            assert_eq!(messages[15].readings.len(), 15);
            assert_eq!(number(&messages[15], "mep:BT28.8"), at(PRESENT, 32));
            assert!(messages[17].time.is_some());
            assert_eq!(messages[19].readings.len(), 2);
            assert!(messages[21].problems[0].message.contains("not possible"));
            assert!(messages[23].problems[0].message.contains("table"));
        }
    }

    #[test]
    fn without_the_key_an_encrypted_session_says_nothing() {
        let (_, bytes) = session(true);
        assert!(decode_all(&bytes, &Options::default()).iter().all(|m| m.readings.is_empty()));
    }

    #[test]
    fn another_key_is_refused() {
        let mut meter = MepMeter::new(KEY, 3);
        let mut client = Client::new(Some(Key::new([9; 16])), false);
        let bytes = exchange(&mut client, &mut meter, |c| c.read(ENERGIES));
        assert_eq!(bytes.get(19 + 2), Some(&0x0B));
    }

    #[test]
    fn it_listens_piece_by_piece() {
        let mut meter = MepMeter::new(KEY, 3);
        let mut client = Client::new(Some(KEY), false);
        client.present_sequence(meter.sequence);
        let request = client.read(CLOCK);
        let (a, b) = request.split_at(7);
        assert!(meter.hear(Duration::ZERO, a).is_none());
        let speech = meter.hear(Duration::from_millis(30), b).unwrap();
        assert_eq!((speech.at, speech.bytes.len()), (Duration::from_millis(90), 2 + 3 + 7 + DIGEST));
        assert!(meter.hear(Duration::from_millis(100), a).is_none());
        assert!(meter.hear(Duration::from_millis(900), b).is_none(), "too long a pause");
    }
}
