//! AES-128-GCM (NIST SP 800-38D) from its parts, for many short messages under one key.
//!
//! AES and POLYVAL are those of the RustCrypto project.  They are put together here because a general GCM
//! prepares the cipher twice for each message, and hashes its parts one by one: for the few hundred bytes
//! of a meter's message that takes twice as long as the message itself.
//!
//! GHASH is computed as POLYVAL over reversed blocks (RFC 8452, appendix A):
//! `GHASH(H, X₁ … Xₙ) = reverse(POLYVAL(mulX(reverse(H)), reverse(X₁) … reverse(Xₙ)))`.

use aes::Aes128Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use polyval::Polyval;
use polyval::universal_hash::UniversalHash;

/// A key, prepared.
#[derive(Clone)]
pub(super) struct Gcm {
    aes: Aes128Enc,
    hash: Polyval,
}

/// What the tag of a message is masked with.
#[derive(Clone, Copy)]
pub(super) struct Mask(u128);

/// A block of the cipher, and of the hash.
type Block = aes::Block;

/// Blocks that are worked on at once: the messages of most meters have no more.
const BATCH: usize = 32;

impl Gcm {
    pub fn new(key: &[u8; 16]) -> Self {
        let aes = Aes128Enc::new(&(*key).into());
        let mut hash_key = Block::default();
        aes.encrypt_block(&mut hash_key);
        let key = mul_x(u128::from_be_bytes(hash_key.into()));
        Gcm { hash: Polyval::new(&key.to_le_bytes().into()), aes }
    }

    /// Enciphers `content`, or deciphers it: that is the same.
    pub fn apply(&self, nonce: &[u8; 12], content: &mut [u8]) -> Mask {
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(nonce) {
            *to = *from;
        }
        let first = u128::from_be_bytes(first);
        // Counter 1 makes the mask of the tag, 2 and above are for the content.
        let mut counter = 1;
        let mut batch = |blocks: usize| {
            let mut batch: [Block; BATCH] =
                std::array::from_fn(|i| (first | (counter + i as u128)).to_be_bytes().into());
            counter += BATCH as u128;
            if let Some(used) = batch.get_mut(..blocks) {
                self.aes.encrypt_blocks(used);
            }
            batch
        };
        let (first, rest) = content.split_at_mut(content.len().min(16 * (BATCH - 1)));
        let [mask, key @ ..] = batch(1 + first.len().div_ceil(16));
        add(first, &key);
        for part in rest.chunks_mut(16 * BATCH) {
            let key = batch(part.len().div_ceil(16));
            add(part, &key);
        }
        Mask(u128::from_ne_bytes(mask.into()))
    }

    /// The tag over associated data and ciphertext; shorter tags are the first bytes of it.
    pub fn tag(&self, mask: Mask, associated: &[u8], ciphertext: &[u8]) -> [u8; 16] {
        let mut hash = self.hash.clone();
        let mut batch = [Block::default(); BATCH];
        let mut used = 0;
        let mut put = |block: u128| {
            if let Some(place) = batch.get_mut(used) {
                *place = block.to_le_bytes().into();
                used += 1;
            }
            if used == BATCH {
                hash.update(&batch);
                used = 0;
            }
        };
        for bytes in [associated, ciphertext] {
            let (blocks, tail) = bytes.as_chunks();
            for block in blocks {
                put(u128::from_be_bytes(*block));
            }
            if !tail.is_empty() {
                let tail = tail.iter().fold(0, |block, &byte| block << 8 | u128::from(byte))
                    << (8 * (16 - tail.len()));
                put(tail);
            }
        }
        let bits = |bytes: &[u8]| u128::from(bytes.len() as u64 * 8);
        put(bits(associated) << 64 | bits(ciphertext));
        hash.update(batch.get(..used).unwrap_or_default());
        let hash = u128::from_le_bytes(hash.finalize().into());
        (u128::from_ne_bytes(hash.to_be_bytes()) ^ mask.0).to_ne_bytes()
    }
}

/// `mulX_POLYVAL` of RFC 8452: times x, modulo x¹²⁸ + x¹²⁷ + x¹²⁶ + x¹²¹ + 1.
const fn mul_x(element: u128) -> u128 {
    let carried = (element >> 127) * (1 << 127 | 1 << 126 | 1 << 121 | 1);
    element << 1 ^ carried
}

/// Adds the key stream to `content`.
fn add(content: &mut [u8], key: &[Block]) {
    let (blocks, tail) = content.as_chunks_mut();
    let last = key.get(blocks.len());
    for (block, key) in blocks.iter_mut().zip(key) {
        *block = (u128::from_ne_bytes(*block) ^ u128::from_ne_bytes((*key).into())).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(last.into_iter().flatten()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_gcm::aead::inout::InOutBuf;
    use aes_gcm::{AeadInOut, Aes128Gcm};

    proptest::proptest! {
        /// Against the GCM of the same project, over all lengths that batches and blocks begin and end at.
        #[test]
        fn agrees_with_the_general_implementation(
            key: [u8; 16],
            nonce: [u8; 12],
            associated in proptest::collection::vec(0u8.., 0..70),
            content in proptest::collection::vec(0u8.., 0..1700),
        ) {
            let mut want = content.clone();
            let tag = Aes128Gcm::new(&key.into())
                .encrypt_inout_detached(&nonce.into(), &associated, InOutBuf::from(&mut want[..]))
                .unwrap();
            let gcm = Gcm::new(&key);
            let mut got = content.clone();
            let mask = gcm.apply(&nonce, &mut got);
            proptest::prop_assert_eq!(&got, &want);
            proptest::prop_assert_eq!(gcm.tag(mask, &associated, &got), <[u8; 16]>::from(tag));
            gcm.apply(&nonce, &mut got);
            proptest::prop_assert_eq!(got, content);
        }
    }
}
