//! Keys as grid operators issue them.

use std::fmt;

/// A 128-bit key.  Never printed: `Debug` shows that there is one, not which.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 16]);

/// What the text of a key may look like; the error of [`Key::parse`].  Holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key is 32 hex digits (blanks and a leading 0x are fine) or exactly 16 characters; this has {characters} characters"
)]
pub struct KeyError {
    /// How many characters were given, without surrounding white space.
    pub characters: usize,
}

impl Key {
    /// From its 16 bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Key(bytes)
    }

    /// From text: 32 hex digits, with or without blanks, colons, dashes and `0x`; or 16 ASCII characters taken as bytes
    /// (some operators issue keys so).
    ///
    /// # Errors
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let digits: Vec<u8> = bare.bytes().filter(|c| !matches!(c, b' ' | b':' | b'-' | b'\t')).collect();
        if digits.len() == 32 {
            let mut bytes = [0; 16];
            if hex::decode_to_slice(&digits, &mut bytes).is_ok() {
                return Ok(Key(bytes));
            }
        }
        if text.is_ascii()
            && let Ok(bytes) = <[u8; 16]>::try_from(text.as_bytes())
        {
            return Ok(Key(bytes));
        }
        Err(KeyError { characters: text.chars().count() })
    }

    /// The bytes, for the cipher.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

/// The keys a decoder may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keys {
    /// Encryption key (DLMS "GUEK", Kamstrup "GPK60", M-Bus mode 5/7, MEP "MBK").
    pub encryption: Option<Key>,
    /// Authentication key (DLMS "GAK", Kamstrup "GPK61").  Needed only to verify tags.
    pub authentication: Option<Key>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_in_the_forms_people_paste() {
        let want = Ok(Key::new([
            0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
        ]));
        for text in [
            "00112233445566778899AABBCCDDEEFF",
            "0x00112233445566778899aabbccddeeff\n",
            "00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF",
            "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
        ] {
            assert_eq!(Key::parse(text), want, "{text:?}");
        }
    }

    #[test]
    fn sixteen_characters_are_bytes() {
        assert_eq!(Key::parse("ABCDEFGHIJKLMNOP"), Ok(Key::new(*b"ABCDEFGHIJKLMNOP")));
        assert_eq!(Key::parse("0123456789ABCDEF"), Ok(Key::new(*b"0123456789ABCDEF")));
    }

    #[test]
    fn anything_else_is_refused_without_being_repeated() {
        let error = Key::parse("not-a-key").unwrap_err();
        assert_eq!(error.characters, 9);
        assert!(!error.to_string().contains("not-a-key"));
        assert!(Key::parse(&"g".repeat(32)).is_err());
    }

    #[test]
    fn debug_hides_it() {
        assert_eq!(format!("{:?}", Key::new([7; 16])), "Key(hidden)");
    }
}
