//! Requests of MEP; the format is in [`crate::decode::mep`].

use crate::decode::Key;
use crate::decode::mep::crypt::{DIGEST, SessionKey, digest};
use crate::decode::mep::packet::{READ, READ_PART};

/// The reader's side: makes requests with consecutive sequence numbers.
#[derive(Debug, Clone)]
pub struct Client {
    key: Option<Key>,
    encrypt: bool,
    sequence: u32,
}

impl Client {
    /// With the meter's key; without one, meters answer little more than ET03.  `encrypt` also encrypts the requests (RC4),
    /// and with them the answers.
    pub const fn new(key: Option<Key>, encrypt: bool) -> Self {
        Client { key, encrypt, sequence: 0 }
    }

    /// Reads a whole table, at most 512 bytes of it: some meters take a read without limit for a fault.
    pub fn read(&mut self, table: u16) -> Vec<u8> {
        let [high, low] = table.to_be_bytes();
        self.request(&[READ, high, low, 0x02, 0x00])
    }

    /// Reads `count` bytes of a table from `offset` on.
    pub fn read_part(&mut self, table: u16, offset: u32, count: u16) -> Vec<u8> {
        let ([t1, t2], [_, o1, o2, o3], [c1, c2]) =
            (table.to_be_bytes(), offset.to_be_bytes(), count.to_be_bytes());
        self.request(&[READ_PART, t1, t2, o1, o2, o3, c1, c2])
    }

    /// The meter refused a sequence number and stated its present one: the next request uses the one after.
    pub const fn present_sequence(&mut self, present: u32) {
        self.sequence = present.wrapping_add(1);
    }

    fn request(&mut self, command: &[u8]) -> Vec<u8> {
        let mut body = command.to_vec();
        body.extend(self.sequence.to_be_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        let digest = self.key.as_ref().map_or([0; DIGEST], |key| digest(key, &[&body]));
        if let Some(key) = self.key.as_ref().filter(|_| self.encrypt) {
            SessionKey::new(key).packet(&digest).apply(&mut body);
        }
        let mut bytes = ((body.len() + DIGEST) as u16).to_be_bytes().to_vec();
        bytes.extend(body);
        bytes.extend(digest);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OSGP MEP guide 078-0372-01, RC4 example 1: the request after the refused one.
    #[test]
    fn a_published_request() {
        let mut client = Client::new(Some(Key::new([1; 16])), false);
        client.present_sequence(0x7763_5B90);
        assert_eq!(
            client.read_part(23, 0, 44),
            hex::decode("00143F0017000000002C77635B9113DB85A135A0575E").unwrap()
        );
        client.present_sequence(0x0102_0303);
        assert_eq!(
            client.read_part(23, 0, 44),
            hex::decode("00143F0017000000002C0102030474861F6D7658DD56").unwrap()
        );
    }

    #[test]
    fn every_request_has_the_next_number() {
        let mut client = Client::new(None, false);
        assert_eq!(client.read(28), hex::decode("001130001C0200000000000000000000000000").unwrap());
        assert_eq!(client.read(28), hex::decode("001130001C0200000000010000000000000000").unwrap());
    }
}
