//! Frames as people copy them: hex digits in any of the usual forms.
//!
//! | form | example |
//! |---|---|
//! | digits | `7EA07BCF`, `7E A0 7B CF`, `7e:a0:7b:cf`, `0x7E, 0xA0`, `\x7E\xA0` |
//! | xxd | `00000000: 7ea0 7bcf  ~.{.` |
//! | hexdump -C, od -A x -t x1 | `00000000  7e a0 7b cf  \|~.{.\|` |
//! | hexdump | `0000000 a07e cf7b` (16-bit words of a little-endian machine) |
//!
//! Comments begin with `#`, `//` or `;` and end with the line.

/// The form of a hex text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Digits and separators.
    Digits,
    /// Each line begins with an offset.
    Offsets,
    /// Each line begins with an offset, and its words have their bytes swapped.
    Words,
}

/// Something that is not hex.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct HexError {
    /// Line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

/// Recognises hex text by its first bytes.  `whole` says that these are all.
pub fn detect(start: &[u8], whole: bool) -> Option<Style> {
    if !start.iter().all(|byte| matches!(byte, 0x20..=0x7E | b'\r' | b'\n' | b'\t')) {
        return None;
    }
    // The last line may go on.
    let complete = match start.iter().rposition(|byte| *byte == b'\n') {
        Some(at) if !whole => start.get(..at)?,
        _ => start,
    };
    let lines = complete.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let offsets: Option<Vec<OffsetLine>> = lines.map(offset_line).collect();
    if let Some(lines) = offsets
        && !lines.is_empty()
        && lines.windows(2).all(|pair| matches!(pair, [a, b] if a.offset + a.bytes.len() as u64 == b.offset))
        // One line could as well be digits, unless its offset looks like one.
        && (lines.len() > 1 || lines.iter().all(|line| line.colon || (line.offset == 0 && line.digits >= 6)))
    {
        let words = lines.iter().all(|line| !line.colon && line.digits == 7 && line.words);
        return Some(if words { Style::Words } else { Style::Offsets });
    }
    let mut reader = HexText::new(Style::Digits);
    let mut bytes = Vec::new();
    let good = reader.push(start, &mut bytes).is_ok() && (!whole || reader.finish(&mut bytes).is_ok());
    (good && bytes.len() >= 4).then_some(Style::Digits)
}

/// A line with an offset.
struct OffsetLine {
    offset: u64,
    digits: usize,
    colon: bool,
    /// All groups have four digits.
    words: bool,
    bytes: Vec<u8>,
}

fn offset_line(line: &[u8]) -> Option<OffsetLine> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if !(4..=16).contains(&digits) {
        return None;
    }
    let (offset, rest) = line.split_at_checked(digits)?;
    let offset = u64::from_str_radix(std::str::from_utf8(offset).ok()?, 16).ok()?;
    let (colon, rest) = match rest.split_first() {
        Some((b':', rest)) => (true, rest),
        Some((b' ' | b'\t', _)) | None => (false, rest),
        _ => return None,
    };
    let mut bytes = Vec::new();
    let mut words = true;
    // Two blanks or a bar begin the text column, except that hexdump -C puts two in the middle.
    let mut rest = rest.trim_ascii_start();
    loop {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (group, behind) = rest.split_at_checked(digits)?;
        let ends = matches!(behind.first(), None | Some(b' ' | b'\t'));
        if digits == 0 || !ends || !digits.is_multiple_of(2) || bytes.len() + digits / 2 > 64 {
            break;
        }
        words &= digits == 4;
        for pair in group.chunks_exact(2) {
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?);
        }
        let blanks = behind.iter().take_while(|byte| **byte == b' ').count();
        rest = behind.trim_ascii_start();
        if blanks >= 2 && (colon || bytes.len() >= 16) {
            break;
        }
    }
    let rest_is_text = rest.is_empty() || colon || rest.first() == Some(&b'|') || bytes.len() >= 16;
    (rest_is_text && (!bytes.is_empty() || rest.is_empty())).then_some(OffsetLine {
        offset,
        digits,
        colon,
        words,
        bytes,
    })
}

/// Turns hex text into bytes, piece by piece.
#[derive(Debug)]
pub struct HexText {
    style: Style,
    line: u64,
    /// The line so far, of styles that are read by line.
    held: Vec<u8>,
    /// Digits of the group so far, and the first of a pair.
    digits: u32,
    high: u8,
    prefixed: bool,
    last: u8,
    comment: bool,
}

impl HexText {
    /// A reader of text in this form.
    pub fn new(style: Style) -> Self {
        HexText {
            style,
            line: 1,
            held: Vec::new(),
            digits: 0,
            high: 0,
            prefixed: false,
            last: 0,
            comment: false,
        }
    }

    /// Appends to `into` the bytes that `text` says.
    ///
    /// # Errors
    /// At the first thing that is not hex.
    pub fn push(&mut self, text: &[u8], into: &mut Vec<u8>) -> Result<(), HexError> {
        if self.style == Style::Digits {
            for &byte in text {
                self.digit(byte, into)?;
            }
            return Ok(());
        }
        for part in text.split_inclusive(|byte| *byte == b'\n') {
            self.held.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.whole_line(into)?;
                self.line += 1;
            } else if self.held.len() > 4096 {
                return Err(self.error("it is too long for a line of a dump".to_owned()));
            }
        }
        Ok(())
    }

    /// Says that no more text comes.
    ///
    /// # Errors
    /// When the text stops in the middle of a byte.
    pub fn finish(&mut self, into: &mut Vec<u8>) -> Result<(), HexError> {
        if self.style == Style::Digits { self.end_of_group(into) } else { self.whole_line(into) }
    }

    fn whole_line(&mut self, into: &mut Vec<u8>) -> Result<(), HexError> {
        let held = std::mem::take(&mut self.held);
        let line = held.trim_ascii();
        if line.is_empty() || line.starts_with(b"*") {
            return if line.is_empty() {
                Ok(())
            } else {
                Err(self.error(
                    "`*` stands for repeated lines that are left out; dump with `hexdump -v`".to_owned(),
                ))
            };
        }
        let Some(mut parsed) = offset_line(line) else {
            return Err(self.error("it is no line of a hex dump".to_owned()));
        };
        if self.style == Style::Words {
            for pair in parsed.bytes.chunks_exact_mut(2) {
                pair.reverse();
            }
        }
        into.append(&mut parsed.bytes);
        Ok(())
    }

    fn digit(&mut self, byte: u8, into: &mut Vec<u8>) -> Result<(), HexError> {
        let last = std::mem::replace(&mut self.last, byte);
        if byte == b'\n' {
            self.end_of_group(into)?;
            self.comment = false;
            self.line += 1;
            return Ok(());
        }
        if self.comment {
            return Ok(());
        }
        match (byte, char::from(byte).to_digit(16)) {
            (_, Some(digit)) => {
                let digit = digit as u8;
                self.digits = self.digits.saturating_add(1);
                if self.digits.is_multiple_of(2) {
                    into.push(self.high << 4 | digit);
                } else {
                    self.high = digit;
                }
            }
            (b'x' | b'X', _) if last == b'\\' || (last == b'0' && self.digits == 1) => {
                self.digits = 0;
                self.prefixed = true;
            }
            (b'#' | b';', _) => {
                self.end_of_group(into)?;
                self.comment = true;
            }
            (b'/', _) if last == b'/' => self.comment = true,
            (b' ' | b'\t' | b'\r' | b',' | b':' | b'-' | b'_' | b'.' | b'/' | b'\\', _)
            | (b'{' | b'}' | b'[' | b']' | b'"' | b'\'' | b'|', _) => self.end_of_group(into)?,
            _ => return Err(self.error(format!("`{}` is not hex", char::from(byte).escape_default()))),
        }
        Ok(())
    }

    fn end_of_group(&mut self, into: &mut Vec<u8>) -> Result<(), HexError> {
        let (digits, prefixed) = (self.digits, self.prefixed);
        self.digits = 0;
        self.prefixed = false;
        match digits {
            1 if prefixed => into.push(self.high),
            _ if !digits.is_multiple_of(2) => {
                return Err(self.error(format!("{digits} digits in a row: a byte has two")));
            }
            _ => {}
        }
        Ok(())
    }

    fn error(&self, what: String) -> HexError {
        HexError { line: self.line, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<u8> {
        let style = detect(text.as_bytes(), true).unwrap_or_else(|| panic!("not recognised: {text}"));
        let mut whole = Vec::new();
        let mut reader = HexText::new(style);
        reader.push(text.as_bytes(), &mut whole).unwrap();
        reader.finish(&mut whole).unwrap();
        let mut pieces = Vec::new();
        let mut reader = HexText::new(style);
        for byte in text.as_bytes().chunks(3) {
            reader.push(byte, &mut pieces).unwrap();
        }
        reader.finish(&mut pieces).unwrap();
        assert_eq!(whole, pieces);
        whole
    }

    #[test]
    fn digits_in_many_forms() {
        let want = [0x7E, 0xA0, 0x7B, 0xCF, 0x05];
        for text in [
            "7EA07BCF05",
            "7e a0 7b cf 05\n",
            "7E:A0:7B:CF:05",
            "7E-A0-7B-CF-05",
            "0x7E, 0xA0, 0x7B, 0xCF, 0x5",
            "{ 0x7E, 0xA0,\r\n  0x7B, 0xCF, 0x05 };",
            "\\x7E\\xA0\\x7B\\xCF\\x05",
            "# a frame\n7EA0 // flag and format\n7BCF ; address\n05",
        ] {
            assert_eq!(read(text), want, "{text}");
        }
    }

    #[test]
    fn dumps_of_the_usual_tools() {
        let want: Vec<u8> = (0x40..0x54).collect();
        for text in [
            "00000000: 4041 4243 4445 4647 4849 4a4b 4c4d 4e4f  @ABCDEFGHIJKLMNO\n00000010: 5051 5253                                PQRS\n",
            "00000000  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|\n00000010  50 51 52 53                                       |PQRS|\n00000014\n",
            "000000 40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f\n000010 50 51 52 53\n000014\n",
            "0000000 4140 4342 4544 4746 4948 4b4a 4d4c 4f4e\n0000010 5150 5352\n0000014\n",
        ] {
            assert_eq!(read(text), want, "{text}");
        }
        assert_eq!(read("00000000: 4041 4243  @ABC"), [0x40, 0x41, 0x42, 0x43]);
    }

    #[test]
    fn what_is_no_hex_text() {
        for text in [
            "/ISK5\\2M550T-1012\r\n",
            "7E",
            "hello",
            "00.000*kW)\r\n",
            "{\"schema\":1}",
            "7EA",
            "7E A0 7B zz",
        ] {
            assert_eq!(detect(text.as_bytes(), true), None, "{text}");
        }
        assert_eq!(detect(b"\x7E\xA0\x7B\xCF", true), None);
    }

    #[test]
    fn errors_name_the_line() {
        let mut reader = HexText::new(Style::Digits);
        let error = reader.push(b"7E A0\n7B zz", &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "line 2: `z` is not hex");
        let mut reader = HexText::new(Style::Digits);
        let error = reader.push(b"7E A0\n7B C\n", &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "line 2: 1 digits in a row: a byte has two");
    }
}
