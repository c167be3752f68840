//! The nearest name for a typo.

use super::table::{FIELDS, Field};

/// The field's name that is nearest to this one, when one is near enough to be meant.
pub fn field(name: &str) -> Option<&'static str> {
    let name = plain(name);
    if name.is_empty() {
        return None;
    }
    FIELDS
        .iter()
        .find(|f| plain(f.name) == name || f.also.iter().any(|other| plain(other) == name))
        .map(|f| f.name)
        .or_else(|| closest(&name, FIELDS.iter().map(|f| f.name)))
        .or_else(|| {
            let mut holding = FIELDS.iter().filter(|f| name.len() >= 4 && plain(f.name).contains(&name));
            holding.next().filter(|_| holding.next().is_none()).map(|f| f.name)
        })
}

/// The field's allowed value that is nearest to this one, when one is near enough to be meant.
pub fn value(field: &Field, text: &str) -> Option<String> {
    let text = plain(text);
    if text.is_empty() {
        return None;
    }
    let values = field.values();
    let same = values
        .iter()
        .find(|v| plain(v) == text || plain(v).trim_end_matches(".0") == text.trim_end_matches(".0"));
    same.copied().or_else(|| closest(&text, values.iter().copied())).map(str::to_owned)
}

/// By edit distance: at most a third of the letters wrong.
fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(name, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Lower case, without the characters that people write differently.
fn plain(text: &str) -> String {
    // A name is short; what is longer cannot be a typo of one.
    text.chars().take(40).filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_find_their_name() {
        for (typo, name) in [
            ("baudrat", "baudrate"),
            ("Baudrate", "baudrate"),
            ("baud", "baudrate"),
            ("stop-bits", "stop_bits"),
            ("stopbits", "stop_bits"),
            ("partiy", "parity"),
            ("encyption", "encryption"),
            ("encription_key", "encryption_key"),
            ("interface", "if_type"),
            ("rxinvert", "rx_invert"),
            ("scalersset", "scalers_set"),
            ("buffer", "buffer_size"),
        ] {
            assert_eq!(field(typo), Some(name), "{typo}");
        }
        for stranger in ["nosuch", "", "colour", "wifi", "x"] {
            assert_eq!(field(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn values_too() {
        let of = |name: &str, text: &str| value(super::super::field(name).unwrap(), text);
        assert_eq!(of("parity", "None").as_deref(), Some("none"));
        assert_eq!(of("stop_bits", "2.0").as_deref(), Some("2"));
        assert_eq!(of("method", "passive push").as_deref(), Some("Passive Push"));
        assert_eq!(of("if_mode", "psh").as_deref(), Some("push"));
        assert_eq!(of("protocol", "sml"), None);
    }
}
