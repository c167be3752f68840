//! AES-128-GCM as DLMS/COSEM uses it (Green Book, security suites 0 and 1): with or without an
//! authentication key, encrypted, authenticated, or both.
//!
//! Many users have the encryption key only, and some operators issue an authentication key with which
//! no tag of their meters holds.  So content and tag are judged apart: [`Opener::open`] always gives
//! the content as the encryption key opens it, and says about the tag what can be known.
//!
//! ```text
//! general-glo-ciphering = DB | length | system title | length | SC | IC (4) | content | tag (12)
//! IV = system title (8) | IC (4)        AAD = SC | authentication key
//! ```
//! The security control byte SC: bits 0–3 the suite (suite 1 occurs with plain AES-128, so it is no
//! reason to refuse), bit 4 authenticated, bit 5 encrypted, bit 6 broadcast key, bit 7 compressed.

use super::gcm::{Gcm, Mask};
use super::message::TagState;
use super::{Key, Keys};
use std::fmt;
use std::ops::Range;

/// Bytes of a tag.
pub const TAG: usize = 12;

/// The header of a ciphered APDU, as far as it concerns the cipher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Security control byte.
    pub control: u8,
    /// System title; all zero where the wire has an empty one.
    pub title: [u8; 8],
    /// Invocation counter.
    pub counter: u32,
}

impl Header {
    /// The content is encrypted.
    pub const fn encrypted(&self) -> bool {
        self.control & 0x20 != 0
    }

    /// A tag follows the content.
    pub const fn authenticated(&self) -> bool {
        self.control & 0x10 != 0
    }

    fn nonce(&self) -> [u8; 12] {
        let mut nonce = [0; 12];
        for (to, from) in nonce.iter_mut().zip(self.title.into_iter().chain(self.counter.to_be_bytes())) {
            *to = from;
        }
        nonce
    }
}

/// Where the parts of a general-glo-ciphering APDU are, counted from its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneralGlo {
    /// The header.
    pub header: Header,
    /// The system title, 0 or 8 bytes.
    pub title: Range<usize>,
    /// The length that counts everything from the security control byte on.
    pub length: Range<usize>,
    /// The content with its tag.
    pub body: Range<usize>,
}

/// What the first bytes of a buffer say about a general-glo-ciphering APDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParsedGlo {
    /// This is none.
    No,
    /// The buffer ends before the header is complete.
    More,
    /// The header is complete; the APDU ends at `body.end`, which may lie beyond the buffer.
    Header(GeneralGlo),
}

impl GeneralGlo {
    /// Reads the header of a general-glo-ciphering (DB) or general-ded-ciphering (DC) APDU.
    pub fn parse(bytes: &[u8]) -> ParsedGlo {
        let Some((&tag, rest)) = bytes.split_first() else { return ParsedGlo::More };
        if !matches!(tag, 0xDB | 0xDC) {
            return ParsedGlo::No;
        }
        match Self::parse_untagged(rest) {
            ParsedGlo::Header(glo) => ParsedGlo::Header(glo.moved(1)),
            other => other,
        }
    }

    /// As [`GeneralGlo::parse`], from the length of the system title on.
    pub fn parse_untagged(bytes: &[u8]) -> ParsedGlo {
        let Some((&title_length, rest)) = bytes.split_first() else { return ParsedGlo::More };
        if !matches!(title_length, 0 | 8) {
            return ParsedGlo::No;
        }
        let title_length = usize::from(title_length);
        let Some((title, rest)) = rest.split_at_checked(title_length) else { return ParsedGlo::More };
        let (length, length_size) = match self::length(rest) {
            Length::No => return ParsedGlo::No,
            Length::More => return ParsedGlo::More,
            Length::Is { value, size } => (value, size),
        };
        let length_at = 1 + title_length;
        let start = length_at + length_size;
        let Some(&[control, c0, c1, c2, c3]) = rest.get(length_size..length_size + 5) else {
            return ParsedGlo::More;
        };
        let header = Header {
            control,
            title: <[u8; 8]>::try_from(title).unwrap_or([0; 8]),
            counter: u32::from_be_bytes([c0, c1, c2, c3]),
        };
        let least = 5 + if header.authenticated() { TAG } else { 0 };
        if length < least {
            return ParsedGlo::No;
        }
        ParsedGlo::Header(GeneralGlo {
            header,
            title: 1..length_at,
            length: length_at..start,
            body: start + 5..start + length,
        })
    }

    fn moved(self, by: usize) -> Self {
        let moved = |range: Range<usize>| range.start + by..range.end + by;
        GeneralGlo { title: moved(self.title), length: moved(self.length), body: moved(self.body), ..self }
    }
}

/// A BER length as A-XDR uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Not one that a message has (indefinite, or of more than four bytes).
    No,
    /// The buffer ends within it.
    More,
    /// `value`, written in `size` bytes.
    Is {
        /// The length.
        value: usize,
        /// Bytes it takes on the wire.
        size: usize,
    },
}

/// Reads a length: one byte below 80, or 81–84 and that many bytes, big endian.
pub fn length(bytes: &[u8]) -> Length {
    match bytes {
        [] => Length::More,
        [short @ 0..=0x7F, ..] => Length::Is { value: usize::from(*short), size: 1 },
        [long @ 0x81..=0x84, rest @ ..] => {
            let count = usize::from(long & 0x0F);
            let Some(digits) = rest.get(..count) else { return Length::More };
            let value = digits.iter().fold(0usize, |value, &digit| value << 8 | usize::from(digit));
            Length::Is { value, size: 1 + count }
        }
        _ => Length::No,
    }
}

/// Opens ciphered content with the keys of one meter.
#[derive(Clone)]
pub struct Opener {
    cipher: Gcm,
    authentication: Option<Key>,
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener(hidden)")
    }
}

impl Opener {
    /// Prepares the cipher; `None` without an encryption key.
    pub fn new(keys: &Keys) -> Option<Self> {
        let key = keys.encryption.as_ref()?;
        Some(Opener { cipher: Gcm::new(key.bytes()), authentication: keys.authentication })
    }

    /// Puts the content of `body` (content and tag, see [`GeneralGlo::body`]) into `plain`, and says what
    /// is known about the tag.  The content is given also when the tag fails: a wrong authentication key
    /// is then told from a wrong encryption key by what the content looks like.
    pub fn open(&self, header: &Header, body: &[u8], plain: &mut Vec<u8>) -> TagState {
        self.open_with(header, &[], body, plain)
    }

    /// As [`Opener::open`], with associated data behind the authentication key: the header fields of
    /// general-ciphering.
    pub fn open_with(&self, header: &Header, extra: &[u8], body: &[u8], plain: &mut Vec<u8>) -> TagState {
        plain.clear();
        let (content, tag) = match body.len().checked_sub(TAG) {
            Some(at) if header.authenticated() => body.split_at(at),
            _ => (body, &[][..]),
        };
        plain.extend_from_slice(content);
        // An empty content still gives the mask of the tag.
        let ciphered = if header.encrypted() { plain.as_mut_slice() } else { &mut [] };
        let mask = self.cipher.apply(&header.nonce(), ciphered);
        let Ok(tag) = <[u8; TAG]>::try_from(tag) else { return TagState::Absent };
        if self.authentication.is_none() {
            return TagState::Unverified;
        }
        let computed = self.tag(header, mask, extra, content);
        // No early exit at the first byte that differs: how long it takes says nothing.
        let differ = computed.iter().zip(tag).fold(0, |differ, (a, b)| differ | (a ^ b));
        if differ == 0 { TagState::Verified } else { TagState::Failed }
    }

    /// The tag of a message whose content is `sent` on the wire.
    fn tag(&self, header: &Header, mask: Mask, extra: &[u8], sent: &[u8]) -> [u8; TAG] {
        let mut data = [header.control; 17];
        let key = self.authentication.as_ref().map_or(&[][..], |key| key.bytes());
        for (to, from) in data.iter_mut().skip(1).zip(key) {
            *to = *from;
        }
        let data = data.get(..=key.len()).unwrap_or_default();
        let tag = match (header.encrypted(), extra) {
            (true, []) => self.cipher.tag(mask, data, sent),
            (true, extra) => self.cipher.tag(mask, &[data, extra].concat(), sent),
            // Authenticated only: the content itself is associated data.
            (false, extra) => self.cipher.tag(mask, &[data, extra, sent].concat(), &[]),
        };
        let [tag @ .., _, _, _, _] = tag;
        tag
    }

    /// Ciphers `content` for `header`: the counterpart of [`Opener::open`], for simulated meters.
    /// Appends content and tag, as the header's control byte asks for, to `body`.
    pub fn seal(&self, header: &Header, content: &[u8], body: &mut Vec<u8>) {
        let start = body.len();
        body.extend_from_slice(content);
        let sealed = body.get_mut(start..).unwrap_or_default();
        let mask = self.cipher.apply(&header.nonce(), if header.encrypted() { sealed } else { &mut [] });
        if header.authenticated() {
            let tag = self.tag(header, mask, &[], body.get(start..).unwrap_or_default());
            body.extend_from_slice(&tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text.replace(' ', "")).unwrap()
    }

    fn keys(authentication: bool) -> Keys {
        // The keys of the example in the DLMS UA Green Book (edition 8.3, table "Example: general-
        // glo-ciphering"), also printed in many operators' documents.
        Keys {
            encryption: Key::parse("000102030405060708090A0B0C0D0E0F").ok(),
            authentication: Key::parse("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF").ok().filter(|_| authentication),
        }
    }

    // Green Book: system title 4D4D4D0000BC614E, frame counter 01234567, content
    // C0 01 00 00 08 00 00 01 00 00 FF 02 00 (get-request of the clock's time).
    const TITLE: [u8; 8] = [0x4D, 0x4D, 0x4D, 0x00, 0x00, 0xBC, 0x61, 0x4E];
    const CONTENT: &str = "C0010000080000010000FF0200";

    #[test]
    fn green_book_authenticated_only() {
        let header = Header { control: 0x10, title: TITLE, counter: 0x0123_4567 };
        let body = hex("C0010000080000010000FF0200 06725D910F9221D263877516");
        let mut plain = Vec::new();
        assert_eq!(Opener::new(&keys(true)).unwrap().open(&header, &body, &mut plain), TagState::Verified);
        assert_eq!(plain, hex(CONTENT));
        assert_eq!(Opener::new(&keys(false)).unwrap().open(&header, &body, &mut plain), TagState::Unverified);
        assert_eq!(plain, hex(CONTENT));
    }

    #[test]
    fn green_book_encrypted_only() {
        let header = Header { control: 0x20, title: TITLE, counter: 0x0123_4567 };
        let body = hex("411312FF935A47566827C467BC");
        let mut plain = Vec::new();
        assert_eq!(Opener::new(&keys(true)).unwrap().open(&header, &body, &mut plain), TagState::Absent);
        assert_eq!(plain, hex(CONTENT));
    }

    #[test]
    fn green_book_encrypted_and_authenticated() {
        let header = Header { control: 0x30, title: TITLE, counter: 0x0123_4567 };
        let body = hex("411312FF935A47566827C467BC 7D825C3BE4A77C3FCC056B6B");
        let mut plain = Vec::new();
        assert_eq!(Opener::new(&keys(true)).unwrap().open(&header, &body, &mut plain), TagState::Verified);
        assert_eq!(plain, hex(CONTENT));
        assert_eq!(Opener::new(&keys(false)).unwrap().open(&header, &body, &mut plain), TagState::Unverified);
        assert_eq!(plain, hex(CONTENT));
        let wrong = Keys { authentication: Some(Key::new([7; 16])), ..keys(false) };
        assert_eq!(Opener::new(&wrong).unwrap().open(&header, &body, &mut plain), TagState::Failed);
        assert_eq!(plain, hex(CONTENT), "the content is there for the caller to judge");
    }

    #[test]
    fn sealing_gives_the_green_book_bytes() {
        for (control, want) in [
            (0x10, "C0010000080000010000FF020006725D910F9221D263877516"),
            (0x20, "411312FF935A47566827C467BC"),
            (0x30, "411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B"),
        ] {
            let header = Header { control, title: TITLE, counter: 0x0123_4567 };
            let mut body = Vec::new();
            Opener::new(&keys(true)).unwrap().seal(&header, &hex(CONTENT), &mut body);
            assert_eq!(body, hex(want), "{control:02X}");
        }
    }

    #[test]
    fn headers_with_short_and_long_lengths() {
        let bytes = hex("DB 08 4D4D4D0000BC614E 1E 30 01234567");
        let ParsedGlo::Header(glo) = GeneralGlo::parse(&bytes) else { panic!("no header") };
        assert_eq!(glo.header, Header { control: 0x30, title: TITLE, counter: 0x0123_4567 });
        assert_eq!(glo.body, 16..41);
        let bytes = hex("DB 08 4D4D4D0000BC614E 82 01F2 30 00000003");
        let ParsedGlo::Header(glo) = GeneralGlo::parse(&bytes) else { panic!("no header") };
        assert_eq!((glo.length, glo.body), (10..13, 18..13 + 0x1F2));
        for cut in 0..bytes.len() {
            assert_eq!(GeneralGlo::parse(&bytes[..cut]), ParsedGlo::More, "{cut}");
        }
        assert_eq!(GeneralGlo::parse(&hex("DB 09")), ParsedGlo::No);
        assert_eq!(GeneralGlo::parse(&hex("DB 08 4D4D4D0000BC614E 04 30 01234567")), ParsedGlo::No);
        assert_eq!(GeneralGlo::parse(&hex("0F")), ParsedGlo::No);
    }

    #[test]
    fn lengths() {
        assert_eq!(length(&[]), Length::More);
        assert_eq!(length(&[0x7F]), Length::Is { value: 127, size: 1 });
        assert_eq!(length(&[0x81, 0xFA]), Length::Is { value: 250, size: 2 });
        assert_eq!(length(&[0x82, 0x01]), Length::More);
        assert_eq!(length(&[0x82, 0x01, 0xF2]), Length::Is { value: 498, size: 3 });
        assert_eq!(length(&[0x80]), Length::No);
        assert_eq!(length(&[0x85, 0, 0, 0, 0, 1]), Length::No);
    }
}
