//! Protection of records (EN 13757-7, clauses 6 and 7; OMS Specification Volume 2): AES-128-CBC
//! under the meter's key (security mode 5), or under a key derived from it for each message
//! (mode 7), and the message authentication code of the authentication layer.

use super::header::{Address, Header};
use crate::decode::{Key, trace::Trace};
use aes::Aes128;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use cmac::{Cmac, KeyInit, Mac};

/// Bytes of a cipher block.
pub const BLOCK: usize = 16;
/// What the clear text begins with: two fillers.
const PROOF: [u8; 2] = [0x2F, 0x2F];

/// How the configuration word says that the records are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Not at all, or by a mode that nobody has assigned: old meters have anything in these bytes.
    None,
    /// Mode 5: AES-128-CBC, the vector made of address and access number.
    Static,
    /// Mode 7: AES-128-CBC under a derived key, vector 0.
    Derived,
    /// A mode that is not decoded here.
    Other(&'static str),
}

/// The mode of a header.
pub const fn mode(header: &Header) -> Mode {
    match header.mode() {
        2 => Mode::Other("DES-CBC"),
        3 => Mode::Other("DES-CBC with initial vector"),
        4 => Mode::Other("AES-128-CBC with initial vector 0"),
        5 => Mode::Static,
        7 => Mode::Derived,
        8 => Mode::Other("AES-128-CTR with CMAC"),
        9 => Mode::Other("AES-128-GCM"),
        10 => Mode::Other("AES-128-CCM"),
        13 => Mode::Other("TLS"),
        _ => Mode::None,
    }
}

/// The initial vector of mode 5: manufacturer, identification, version, medium, and the access
/// number eight times.
fn vector(address: &Address, access: u8) -> [u8; BLOCK] {
    let [m0, m1] = address.manufacturer.to_le_bytes();
    let [a, b, c, d] = address.id;
    let x = access;
    [m0, m1, a, b, c, d, address.version, address.medium, x, x, x, x, x, x, x, x]
}

/// What a derived key is for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Encryption = 0x00,
    Authentication = 0x01,
}

/// The key of one message from the meter: CMAC over purpose, message counter, identification and
/// seven bytes 07 (OMS Volume 2, key derivation function A).
fn derive(key: &Key, purpose: Purpose, counter: u32, id: [u8; 4]) -> Key {
    let counter = counter.to_le_bytes();
    Key::new(code(key, &[&[purpose as u8], &counter, &id, &[0x07; 7]]))
}

/// AES-CMAC over all parts.
fn code(key: &Key, parts: &[&[u8]]) -> [u8; BLOCK] {
    let mut mac = <Cmac<Aes128> as KeyInit>::new(&(*key.bytes()).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Decrypts whole blocks in place; true when what comes out begins as clear text must.
fn decrypt(key: &Key, vector: [u8; BLOCK], data: &mut [u8]) -> bool {
    let mut cipher = cbc::Decryptor::<Aes128>::new(&(*key.bytes()).into(), &vector.into());
    for block in data.as_chunks_mut::<BLOCK>().0 {
        cipher.decrypt_block(block.into());
    }
    data.starts_with(&PROOF)
}

/// Decrypts mode 5 in place; true when the key fits.
pub fn decrypt_static(key: &Key, address: &Address, access: u8, data: &mut [u8]) -> bool {
    decrypt(key, vector(address, access), data)
}

/// Decrypts mode 7 in place; true when the key fits.
pub fn decrypt_derived(key: &Key, address: &Address, counter: u32, data: &mut [u8]) -> bool {
    decrypt(&derive(key, Purpose::Encryption, counter, address.id), [0; BLOCK], data)
}

/// The authentication and fragmentation layer (CI 90).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// The message is split, and this is a part of it.
    pub fragment: bool,
    /// Message control, which says how long the code is.
    control: Option<u8>,
    /// Message counter.
    pub counter: Option<u32>,
    /// The authentication code.
    pub code: Option<&'a [u8]>,
    /// Where the next layer's CI field stands in the data.
    pub next: usize,
}

impl<'a> Authentication<'a> {
    /// From the bytes behind CI 90.  `None` when they are too few or do not fit their own length.
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let (&length, rest) = data.split_first()?;
        let mut rest = rest.get(..usize::from(length))?;
        let mut take = |n: usize| {
            let (head, tail) = rest.split_at_checked(n)?;
            rest = tail;
            Some(head)
        };
        let &[f0, f1] = take(2)? else { return None };
        let fields = u16::from_le_bytes([f0, f1]);
        let has = |bit: u16| fields >> bit & 1 == 1;
        let control = if has(13) { take(1)?.first().copied() } else { None };
        if has(9) {
            take(2)?;
        }
        let counter = match if has(11) { take(4)? } else { &[] } {
            &[a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
            _ => None,
        };
        let code = match control.map(|control| control & 0x0F) {
            Some(3) if has(10) => Some(take(2)?),
            Some(4) if has(10) => Some(take(4)?),
            Some(5) if has(10) => Some(take(8)?),
            Some(6 | 8) if has(10) => Some(take(12)?),
            Some(7) if has(10) => Some(take(16)?),
            _ => None,
        };
        Some(Authentication { fragment: has(14), control, counter, code, next: 1 + usize::from(length) })
    }

    /// Whether the code holds over the rest of the message, from its CI field on; `None` when
    /// there is no code, or too little to check it with.
    pub fn holds(&self, key: &Key, id: [u8; 4], rest: &[u8]) -> Option<bool> {
        let (control, counter, wire) = (self.control?, self.counter?, self.code?);
        if control & 0x0F == 8 {
            return None;
        }
        let key = derive(key, Purpose::Authentication, counter, id);
        let counted = code(&key, &[&[control], &counter.to_le_bytes(), rest]);
        Some(counted.starts_with(wire))
    }

    /// Explains it; its length byte stands at `at`.
    pub fn explain<T: Trace>(&self, at: usize, trace: &mut T) {
        trace.note(at..at + 1, "length", || format!("authentication layer of {} bytes", self.next - 1));
        trace.note(at + 1..at + self.next, "authentication", || {
            let counter = self.counter.map(|c| format!("message counter {c}, ")).unwrap_or_default();
            let code = self.code.map_or("no code".to_owned(), |c| format!("code of {} bytes", c.len()));
            format!("{counter}{code}")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4493, example 2.
    #[test]
    fn cmac_of_the_rfc() {
        let key = Key::parse("2b7e151628aed2a6abf7158809cf4f3c").unwrap();
        let message = hex::decode("6bc1bee22e409f96e93d7e117393172a").unwrap();
        assert_eq!(hex::encode(code(&key, &[&message])), "070a16b46b4d4144f79bdd9dd04a287c");
    }

    /// OMS Specification Volume 2, annex N: the gas meter's example of security mode 5.
    #[test]
    fn vector_of_the_oms_example() {
        let address =
            Address { id: [0x78, 0x56, 0x34, 0x12], manufacturer: 0x1593, version: 0x33, medium: 3 };
        assert_eq!(hex::encode(vector(&address, 0x2A)), "9315785634123303".to_owned() + &"2a".repeat(8));
    }

    #[test]
    fn authentication_layer() {
        // control 25 (counter, 8-byte code), counter 7
        let data = [15, 0x00, 0x2C, 0x25, 7, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x72];
        let layer = Authentication::read(&data).unwrap();
        assert_eq!((layer.counter, layer.next, layer.fragment), (Some(7), 16, false));
        assert_eq!(layer.code, Some(&[1, 2, 3, 4, 5, 6, 7, 8][..]));
        assert_eq!(Authentication::read(&data[..12]), None);
    }
}
