//! P1 telegrams whose first characters were not heard.
//!
//! Their checksum covers them from the `/` on, and runs backwards as well as forwards (DSMR P1 companion
//! standard 5.0.2, section 6.2: CRC-16, x¹⁶ + x¹⁵ + x² + 1, least significant bit first, from zero).  So from the
//! telegram's end it is known what it must be behind the characters that were lost, and how telegrams begin is
//! known of many meters.

use super::{Headless, LOOK};
use crate::probe::checksum::P1;

/// What meters call themselves, as published by those who read them; where a serial number follows, up to that.
const NAMES: [&str; 32] = [
    "ISK5\\2M550T-1011",
    "ISK5\\2M550T-1012",
    "ISK5\\2M550T-1013",
    "ISK5\\2M550E-1011",
    "ISK5\\2M550E-1012",
    "ISK5\\2M550E-1013",
    "ISk5\\2MT382-1000",
    "ISk5\\2MT382-1003",
    "ISk5\\2MT382-1004",
    "ISk5\\2ME382-1003",
    "ISk5\\2ME382-1004",
    "ISk5\\2MIE5T-200",
    "KFM5KAIFA-METER",
    "Ene5\\XS210 ESMR 5.0",
    "Ene5\\T210-D ESMR5.0",
    "Ene5\\T211 ESMR 5.0",
    "FLU5\\253769484_A",
    "FLU5\\253770234_A",
    "FLU5\\253967035_D",
    "ELL5\\253833635_A",
    "Lux5\\253663629_D",
    "EST5\\253710000_A",
    "NWA-WARMTELINK",
    "KMP5 KA6U00",
    "KMP5 ZABF00",
    "XMX5LGBBFG10",
    "XMX5LGBBFFB23",
    "XMX5LGF00",
    "XMX5XMXABCE",
    "SAG5SAG-METER",
    "LGZ5E360",
    "LGF5E360",
];

/// What follows the empty line behind the name: the version and the clock, up to where telegrams differ.
const STARTS: [&str; 5] = [
    "1-3:0.2.8(50)\r\n0-0:1.0.0(",
    "1-3:0.2.8(42)\r\n0-0:1.0.0(",
    "1-3:0.2.8(40)\r\n0-0:1.0.0(",
    "0-0:96.1.4(502",
    "0-0:1.0.0(",
];

/// So many characters that are known must be heard behind those that are not.
const CONFIRMED: usize = 2;

/// Reads `bytes` as a telegram without its first characters.
pub(in crate::probe) fn headless(bytes: &[u8]) -> Option<Headless> {
    let (end, checksum) = end(bytes)?;
    let before_it = P1.backwards(bytes.get(..end)?, checksum);
    for name in NAMES {
        // Names that go on with a number end nowhere.
        let open = name.ends_with("00") || !name.contains(['\\', '-', ' ']) || name.ends_with("E360");
        let starts = if open { &[][..] } else { &STARTS[..] };
        for start in starts.iter().copied().map(Some).chain([None]) {
            let beginning = match start {
                Some(start) => format!("/{name}\r\n\r\n{start}"),
                None => format!("/{name}"),
            };
            if let Some(found) = begins_so(bytes, beginning.as_bytes(), &before_it, end) {
                return Some(found);
            }
        }
    }
    None
}

/// The telegram with the lost part of `beginning`, if it begins so and the checksum agrees.
fn begins_so(bytes: &[u8], beginning: &[u8], before_it: &[u16; LOOK], end: usize) -> Option<Headless> {
    let mut state = 0;
    for supplied in 1..=beginning.len().saturating_sub(CONFIRMED) {
        let (lost, rest) = beginning.split_at_checked(supplied)?;
        state = lost.last().map_or(state, |byte| P1.behind(state, *byte));
        for (at, _) in before_it.iter().enumerate().filter(|(at, s)| **s == state && *at < end) {
            let heard = bytes.get(at..).unwrap_or_default();
            if heard.starts_with(rest) {
                let bytes = [lost, heard].concat();
                return Some(Headless { at, supplied, confirmed: rest.len(), bytes });
            }
        }
    }
    None
}

/// Where the telegram's last checked character ends, and the checksum sent behind it.
pub(in crate::probe) fn end(bytes: &[u8]) -> Option<(usize, u16)> {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'!').find_map(|(at, _)| {
        let digits = bytes.get(at + 1..)?;
        let length = digits.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
        // A CRC may lack its leading zero, but then the line ends with it.
        if length < 4 && (length < 3 || digits.get(length) != Some(&b'\r')) {
            return None;
        }
        let text = std::str::from_utf8(digits.get(..length)?).ok()?;
        Some((at + 1, u16::from_str_radix(text, 16).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the DSMR P1 companion standard 5.0.2, shortened; the check value of CRC-16/ARC for
    /// "123456789" is BB3D.
    fn telegram(name: &str) -> Vec<u8> {
        assert_eq!(b"123456789".iter().fold(0, |s, b| P1.behind(s, *b)), 0xBB3D);
        let mut text = format!("/{name}\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(101209113020W)\r\n").into_bytes();
        text.extend(b"1-0:1.8.1(123456.789*kWh)\r\n1-0:1.7.0(01.193*kW)\r\n!");
        let sum = text.iter().fold(0, |s, b| P1.behind(s, *b));
        text.extend(format!("{sum:04X}\r\n").bytes());
        text
    }

    #[test]
    fn what_was_lost_is_known() {
        let whole = telegram("ISK5\\2M550T-1012");
        for lost in [1, 4, 9, 15, 19, 30, 40] {
            // Two characters cut in two in front.
            let heard = [&[0x00, 0xE8][..], whole.get(lost..).unwrap()].concat();
            let found = headless(&heard).unwrap();
            assert_eq!((found.at, found.supplied), (2, lost));
            assert_eq!(found.bytes, whole, "{lost}");
        }
    }

    #[test]
    fn nothing_is_made_up() {
        let whole = telegram("ISK5\\2M550T-1012");
        let heard = whole.get(5..).unwrap();
        for wrong in [50, 80, heard.len() - 4] {
            let mut damaged = heard.to_vec();
            damaged[wrong] ^= 0x01;
            assert_eq!(headless(&damaged), None, "{wrong}");
        }
        // Unless it is known.
        let mut damaged = heard.to_vec();
        damaged[10] ^= 0x01;
        assert_eq!(headless(&damaged).unwrap().bytes, whole);
        // The clock cannot be known.
        assert_eq!(headless(whole.get(50..).unwrap()), None);
        // Nor can a meter of another name.
        assert_eq!(headless(telegram("ISK5\\2Q550T-1012").get(5..).unwrap()), None);
        assert_eq!(headless(b""), None);
    }
}
