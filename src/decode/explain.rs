//! What a decoder saw, layer by layer, as text for people and as JSON.

use super::json;
use super::text::HIDDEN;
use super::trace::{Layer, Note, Part};
use std::fmt::Write as _;

/// Bytes of a range that are shown; of longer ones the middle is left out.
const SHOWN: usize = 32;
/// Bytes in a row.
const ROW: usize = 8;
/// Characters for the bytes of a row, and for what they are.
const BYTES: usize = 3 * ROW;
const WHAT: usize = 22;

/// The layers as text, at most `width` columns wide (unless that leaves no room for words).
pub fn to_text(layers: &[Layer], width: usize) -> String {
    let mut text = String::new();
    for layer in layers {
        layer_text(layer, 0, width, &mut text);
    }
    text
}

fn layer_text(layer: &Layer, depth: usize, width: usize, into: &mut String) {
    let indent = "  ".repeat(depth);
    let _ = writeln!(into, "{indent}{}, {} bytes", layer.name, layer.bytes.len());
    let mut done = 0;
    for part in &layer.parts {
        match part {
            Part::Note(note) => {
                if note.at.start > done {
                    let gap = Note {
                        at: done..note.at.start,
                        what: "(not explained)".to_owned(),
                        meaning: String::new(),
                        fault: false,
                    };
                    note_text(layer, &gap, depth, width, into);
                }
                done = done.max(note.at.end);
                note_text(layer, note, depth, width, into);
            }
            Part::Layer(inner) => layer_text(inner, depth + 1, width, into),
        }
    }
    if done < layer.bytes.len() && !layer.parts.is_empty() {
        let gap = Note {
            at: done..layer.bytes.len(),
            what: "(not explained)".to_owned(),
            meaning: String::new(),
            fault: false,
        };
        note_text(layer, &gap, depth, width, into);
    }
}

fn note_text(layer: &Layer, note: &Note, depth: usize, width: usize, into: &mut String) {
    let bytes = layer.bytes.get(note.at.clone()).unwrap_or_default();
    let indent = "  ".repeat(depth);
    let mark = if note.fault { '!' } else { ' ' };
    let prefix = indent.len() + 2 + 6;
    if is_line(bytes) {
        // A line of text stands for itself.
        let line = String::from_utf8_lossy(bytes.trim_ascii_end());
        let room = (width.saturating_sub(prefix) / 2).max(BYTES);
        let meaning = wrapped(&words(note), width.saturating_sub(prefix + room + 2).max(20));
        let rows = cut(&line, room);
        for i in 0..rows.len().max(meaning.len()) {
            let (row, words) = (rows.get(i).map_or("", |r| r), meaning.get(i).map_or("", |m| m));
            let at = if i == 0 { format!("{:5}", note.at.start) } else { " ".repeat(5) };
            push_row(into, &format!("{indent}{mark} {at} {row:room$}  {words}"));
        }
        return;
    }
    let rows = hex_rows(bytes);
    let what = wrapped(&note.what, WHAT);
    let meaning = wrapped(&note.meaning, width.saturating_sub(prefix + BYTES + 1 + WHAT + 1).max(20));
    for i in 0..rows.len().max(what.len()).max(meaning.len()) {
        let row = rows.get(i).map_or("", |r| r);
        let (what, meaning) = (what.get(i).map_or("", |w| w), meaning.get(i).map_or("", |m| m));
        let at = if i == 0 { format!("{:5}", note.at.start) } else { " ".repeat(5) };
        push_row(into, &format!("{indent}{mark} {at} {row:BYTES$} {what:WHAT$} {meaning}"));
    }
}

fn push_row(into: &mut String, row: &str) {
    let row = row.trim_end();
    if row.contains(char::is_control) {
        into.push_str(&row.replace(char::is_control, HIDDEN));
    } else {
        into.push_str(row);
    }
    into.push('\n');
}

fn words(note: &Note) -> String {
    if note.meaning.is_empty() { note.what.clone() } else { format!("{}: {}", note.what, note.meaning) }
}

/// Text that ends with a line end.
fn is_line(bytes: &[u8]) -> bool {
    let line = bytes.trim_ascii_end();
    line.len() < bytes.len() && line.len() > 3 && line.iter().all(|byte| (0x20..0x7F).contains(byte))
}

fn hex_rows(bytes: &[u8]) -> Vec<String> {
    let row = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut row, byte| {
            let _ = write!(row, "{byte:02X} ");
            row
        })
    };
    let shown = bytes.get(..SHOWN).unwrap_or(bytes);
    let mut rows: Vec<String> = shown.chunks(ROW).map(row).collect();
    if bytes.len() > SHOWN {
        rows.push(format!("... {} more", bytes.len() - SHOWN));
    }
    rows
}

/// Pieces of at most `room` characters.
fn cut(text: &str, room: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(room.max(1)).map(|piece| piece.iter().collect()).collect()
}

/// Lines of at most `room` characters, broken at blanks where possible.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(cut(word, room)),
        }
    }
    lines
}

/// Appends the layers as a JSON array: each with `name`, `bytes` (hex) and `parts`; a part is either
/// `{"at":[from,to],"what","meaning"}`, with `"fault":true` for wrong bytes, or a layer.
pub fn to_json(layers: &[Layer], into: &mut Vec<u8>) {
    into.push(b'[');
    for (i, layer) in layers.iter().enumerate() {
        if i > 0 {
            into.push(b',');
        }
        layer_json(layer, into);
    }
    into.push(b']');
}

fn layer_json(layer: &Layer, into: &mut Vec<u8>) {
    into.extend_from_slice(b"{\"name\":");
    json::string(&layer.name, into);
    into.extend_from_slice(b",\"bytes\":\"");
    into.extend_from_slice(hex::encode_upper(&layer.bytes).as_bytes());
    into.extend_from_slice(b"\",\"parts\":[");
    for (i, part) in layer.parts.iter().enumerate() {
        if i > 0 {
            into.push(b',');
        }
        match part {
            Part::Layer(inner) => layer_json(inner, into),
            Part::Note(note) => {
                into.extend_from_slice(
                    format!("{{\"at\":[{},{}],\"what\":", note.at.start, note.at.end).as_bytes(),
                );
                json::string(&note.what, into);
                into.extend_from_slice(b",\"meaning\":");
                json::string(&note.meaning, into);
                if note.fault {
                    into.extend_from_slice(b",\"fault\":true");
                }
                into.push(b'}');
            }
        }
    }
    into.extend_from_slice(b"]}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer() -> Layer {
        let note = |at, what: &str, meaning: &str, fault| {
            Part::Note(Note { at, what: what.into(), meaning: meaning.into(), fault })
        };
        Layer {
            name: "frame".into(),
            bytes: b"\x7E\x01\x02\x03a line of it\r\n".to_vec(),
            parts: vec![
                note(0..1, "flag", "start", false),
                Part::Layer(Layer {
                    name: "inner".into(),
                    bytes: vec![1],
                    parts: vec![note(0..1, "x", "y", false)],
                }),
                note(2..4, "CRC", "0203; the bytes give 0000", true),
                note(4..18, "text", "words", false),
            ],
        }
    }

    #[test]
    fn every_byte_is_shown_and_wrong_ones_are_marked() {
        let text = to_text(&[layer()], 100);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "frame, 18 bytes",
                "      0 7E                       flag                   start",
                "  inner, 1 bytes",
                "        0 01                       x                      y",
                "      1 01                       (not explained)",
                "!     2 02 03                    CRC                    0203; the bytes give 0000",
                "      4 a line of it                                    text: words",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let mut wide = layer();
        wide.bytes.extend([7; 200]);
        wide.parts.push(Part::Note(Note {
            at: 18..218,
            what: "a very long name for some bytes".into(),
            meaning: "word ".repeat(60) + &"x".repeat(150),
            fault: false,
        }));
        let text = to_text(&[wide], 100);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(text.contains("... 168 more"));
    }

    #[test]
    fn json_is_valid() {
        let mut bytes = Vec::new();
        to_json(&[layer()], &mut bytes);
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value[0]["parts"][0]["at"], serde_json::json!([0, 1]));
        assert_eq!(value[0]["parts"][1]["name"], "inner");
        assert_eq!(value[0]["parts"][2]["fault"], true);
    }

    #[test]
    fn a_terminal_is_given_no_control_characters() {
        let meaning = "\u{1b}[2J".into();
        let note = Part::Note(Note { at: 0..1, what: "text".into(), meaning, fault: false });
        let layer = Layer { name: "x".into(), bytes: vec![0x1B], parts: vec![note] };
        let text = to_text(&[layer], 100);
        assert!(text.ends_with("·[2J\n"), "{text:?}");
    }
}
