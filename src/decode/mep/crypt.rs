//! The digest and the cipher of MEP, both with one 16-byte key (OSGP MEP guide 078-0372-01, "Security").

use crate::decode::Key;

/// Bytes of a digest.
pub const DIGEST: usize = 8;

/// Bytes of the key that a pass goes through, eight steps each: one and a half keys.
const PASS: usize = 16 + 8;

/// The digest of `parts` one after the other.  A request's is over its code, data and sequence number; an answer's over those
/// bytes of its request followed by its own code and data.
pub fn digest(key: &Key, parts: &[&[u8]]) -> [u8; DIGEST] {
    digest_of(key, &parts.concat())
}

/// The digest of bytes that lie together.
fn digest_of(key: &Key, bytes: &[u8]) -> [u8; DIGEST] {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    // The last pass always runs to its end, over zeros, and at least one is made.
    let passes = bytes.len().div_ceil(8 * PASS).max(1);
    let mut eights = eights.iter().copied().chain([last]);
    let mut state = 0;
    for _ in 0..passes {
        for from_key in key.bytes().iter().cycle().take(PASS) {
            state = turn(state, *from_key, eights.next().unwrap_or_default());
        }
    }
    state.to_le_bytes()
}

/// The digest that was counted last.  A packet's is asked for twice, when it is found and when it is read, and
/// counting it costs more than all else about it.
#[derive(Debug, Default)]
pub struct Memory {
    bytes: Vec<u8>,
    digest: Option<[u8; DIGEST]>,
}

impl Memory {
    /// As the function, under the same key each time.
    pub fn digest(&mut self, key: &Key, parts: &[&[u8]]) -> [u8; DIGEST] {
        let mut rest = &self.bytes[..];
        let known = parts.iter().all(|part| rest.strip_prefix(*part).inspect(|r| rest = r).is_some())
            && rest.is_empty();
        if let Some(digest) = self.digest.filter(|_| known) {
            return digest;
        }
        self.bytes.clear();
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        *self.digest.insert(digest_of(key, &self.bytes))
    }
}

/// The same number in each byte.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The sums of the bytes, each by itself.
const fn add(a: u64, b: u64) -> u64 {
    ((a & each(0x7F)) + (b & each(0x7F))) ^ (a ^ b) & each(0x80)
}

/// Adds eight bytes under the bits of one byte of the key, the lowest first.
///
/// The guide's step for bit n works on byte 7 − n of the state: it adds the byte's place to it, inverts it, turns
/// it to the left where the bit is set, and else to the right and negates it; then the new byte of the message
/// and the next byte of the state are added.  What is turned is the state as it was before the eight steps, so
/// all eight are done at once in a word, and only the last sum runs from byte to byte.
const fn turn(state: u64, key: u8, bytes: [u8; 8]) -> u64 {
    // FF in the bytes whose bit is set: bit 0 is that of byte 7.
    let bits = each(key) & 0x0102_0408_1020_4080;
    let set = ((((bits & each(0x7F)) + each(0x7F)) | bits) & each(0x80)) / 0x80 * 0xFF;
    let mixed = !add(state, 0x0706_0504_0302_0100);
    let left = (mixed & each(0x7F)) << 1 | mixed >> 7 & each(1);
    let right = mixed >> 1 & each(0x7F) | (mixed & each(1)) << 7;
    let negated = add(!right, each(1));
    let sum = add(left & set | negated & !set, u64::from_be_bytes(bytes));
    // Each byte gets all above it, and the highest one the lowest of the state before.
    let sum = add(sum, sum >> 8);
    let sum = add(sum, sum >> 16);
    let sum = add(sum, sum >> 32);
    add(sum, (state & 0xFF) * each(1))
}

/// The RC4 stream cipher.
#[derive(Clone)]
pub struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl std::fmt::Debug for Rc4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rc4(hidden)")
    }
}

impl Rc4 {
    fn new(key: &[u8; 16]) -> Self {
        let mut cipher = Rc4 { state: std::array::from_fn(|n| n as u8), i: 0, j: 0 };
        for n in 0..=255u8 {
            let from_key = key.get(usize::from(n) % 16).copied().unwrap_or_default();
            cipher.j = cipher.j.wrapping_add(cipher.at(n)).wrapping_add(from_key);
            cipher.state.swap(usize::from(n), usize::from(cipher.j));
        }
        cipher.j = 0;
        cipher
    }

    fn at(&self, n: u8) -> u8 {
        self.state.get(usize::from(n)).copied().unwrap_or_default()
    }

    /// Encrypts or decrypts the next bytes of the stream.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.i = self.i.wrapping_add(1);
            self.j = self.j.wrapping_add(self.at(self.i));
            self.state.swap(usize::from(self.i), usize::from(self.j));
            *byte ^= self.at(self.at(self.i).wrapping_add(self.at(self.j)));
        }
    }
}

/// What the session key is made from.
const SESSION: [u8; 16] =
    [0x38, 0x8B, 0x8F, 0xBC, 0x36, 0xA8, 0x55, 0x85, 0x87, 0xAF, 0xC9, 0x0F, 0xB2, 0x3A, 0x3B, 0x99];

/// The key from which each packet's key is made.
#[derive(Clone, Copy)]
pub struct SessionKey([u8; 16]);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(hidden)")
    }
}

impl SessionKey {
    /// Derives it from the meter's key.
    pub fn new(key: &Key) -> Self {
        let mut bytes = SESSION;
        Rc4::new(key.bytes()).apply(&mut bytes);
        SessionKey(bytes)
    }

    /// The cipher of the request with this digest and of the answer to it, in this order.
    pub fn packet(&self, digest: &[u8; DIGEST]) -> Rc4 {
        let mut key = self.0;
        for (k, d) in key.iter_mut().zip(digest) {
            *k ^= d;
        }
        Rc4::new(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONES: Key = Key::new([1; 16]);

    /// The guide's own words, a bit of the key for each byte: for every length around the passes' ends.
    #[test]
    fn digest_step_by_step() {
        let key = Key::new(*b"\x00\xFF\x5A\x13\x80\x01\xC3\x77 0123456");
        let bytes: Vec<u8> = (0..450u32).map(|n| ((n * n) >> 2) as u8).collect();
        let mut memory = Memory::default();
        for length in 0..bytes.len() {
            let mut state = [0u8; 8];
            let mut step = 0;
            let passes = length.div_ceil(192).max(1);
            let zeros = std::iter::repeat(0);
            for byte in bytes[..length].iter().copied().chain(zeros).take(192 * passes) {
                step = if step == 192 { 0 } else { step };
                let at = 7 - step % 8;
                let mixed = !state[at].wrapping_add(at as u8);
                let turned = match key.bytes()[step / 8 % 16] >> (step % 8) & 1 {
                    1 => mixed.rotate_left(1),
                    _ => 0u8.wrapping_sub(mixed.rotate_right(1)),
                };
                state[at] = state[(at + 1) % 8].wrapping_add(byte).wrapping_add(turned);
                step += 1;
            }
            let (a, b) = bytes[..length].split_at(length / 3);
            assert_eq!(digest(&key, &[a, b]), state, "{length}");
            assert_eq!((memory.digest(&key, &[a, b]), memory.digest(&key, &[b"", a, b])), (state, state));
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    /// The exchanges printed in the OSGP MEP guide 078-0372-01, key 16 × 01.
    #[test]
    fn digests_of_the_guide() {
        for (request, answer, digest_of_request, digest_of_answer) in [
            ("3F0017000000002C01020304", "0C77635B90", "74861F6D7658DD56", "35863C1DF5B91482"),
            ("4F083200001E00010177636E2F", "00", "86E50E2667D1E63C", "86E50E2667D1E63C"),
            ("400007000611080700F8035B4E4309", "00", "697AB201497E9CF7", "697AB201497E9CF7"),
            ("3F083500000000055B4E42E7", "0000056F00010100", "489775DAD853E3A3", "974B99CAA3314519"),
        ] {
            assert_eq!(digest(&ONES, &[&hex(request)]).to_vec(), hex(digest_of_request));
            assert_eq!(digest(&ONES, &[&hex(request), &hex(answer)]).to_vec(), hex(digest_of_answer));
        }
        assert_eq!(digest(&ONES, &[&hex("3F0017000000002C77635B91")]).to_vec(), hex("13DB85A135A0575E"));
    }

    /// RFC 6229, section 2, 128-bit key 0102…10, offset 0.
    #[test]
    fn rc4_of_rfc_6229() {
        let key: [u8; 16] = std::array::from_fn(|n| n as u8 + 1);
        let mut bytes = [0; 16];
        Rc4::new(&key).apply(&mut bytes);
        assert_eq!(bytes.to_vec(), hex("9AC7CC9A609D1EF7B2932899CDE41B97"));
    }
}
