//! Recordings that a simulated meter sends.

use crate::decode::hex_text::{self, HexText};
use crate::decode::{Decoder, Options};
use crate::error::{Error, Kind, Result};
use crate::line::capture;
use std::io::Read;

/// How much of a recording decides what it is.
const START: usize = 4096;

/// Longest recording, in bytes: a day of a meter that says 1 kB a second.
const LONGEST: u64 = 100_000_000;

/// What a file holds (raw bytes, hex text or a capture), cut into pushes.
///
/// # Errors
/// Of kind [`Kind::Usage`] when it cannot be read, or holds nothing.
pub fn read(path: &str) -> Result<Vec<Vec<u8>>> {
    let wrong = |what: String| Error::new(Kind::Usage, format!("recording {path} {what}"));
    let mut content = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LONGEST).read_to_end(&mut content))
        .map_err(|e| wrong(format!("cannot be read: {e}")))?;
    let start = content.get(..START).unwrap_or(&content);
    let bytes = if capture::is_capture(start) {
        let mut bytes = Vec::new();
        capture::bytes(&content[..])?
            .read_to_end(&mut bytes)
            .map_err(|e| wrong(format!("cannot be read: {e}")))?;
        bytes
    } else if let Some(style) = hex_text::detect(start, content.len() < START) {
        let mut bytes = Vec::new();
        let mut text = HexText::new(style);
        text.push(&content, &mut bytes)
            .and_then(|()| text.finish(&mut bytes))
            .map_err(|e| wrong(format!("is no hex text: {e}")))?;
        bytes
    } else {
        content
    };
    if bytes.is_empty() {
        return Err(wrong("is empty".to_owned()));
    }
    Ok(pushes(&bytes))
}

/// Cuts before each message but the first: what lies between two messages goes with the earlier one.  Messages
/// that follow each other directly, such as the frames of one telegram, are sent as one.
fn pushes(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = Decoder::new(&Options::default());
    decoder.push(bytes);
    decoder.finish();
    let mut starts = Vec::new();
    while let Some(message) = decoder.next() {
        starts.push(usize::try_from(message.offset).unwrap_or(usize::MAX));
    }
    let mut pushes = Vec::new();
    let mut rest = bytes;
    let mut base = 0;
    for start in starts.into_iter().skip(1) {
        if let Some((push, after)) = start.checked_sub(base).and_then(|length| rest.split_at_checked(length))
            && !push.is_empty()
        {
            pushes.push(push.to_vec());
            rest = after;
            base = start;
        }
    }
    pushes.push(rest.to_vec());
    pushes
}

#[cfg(test)]
mod tests {
    use super::*;

    const TELEGRAMS: &str = "/ABC5meter\r\n\r\n1-0:1.8.0(000001.000*kWh)\r\n!\r\n";

    #[test]
    fn each_message_is_a_push() {
        let text = format!("{TELEGRAMS}noise{TELEGRAMS}");
        let pushes = pushes(text.as_bytes());
        assert_eq!(pushes.len(), 2);
        assert_eq!(pushes.concat(), text.as_bytes());
        assert!(pushes[0].ends_with(b"noise"));
        assert_eq!(super::pushes(b"of no protocol"), [b"of no protocol"]);
    }

    #[test]
    fn files_of_each_form() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.to_string_lossy().into_owned()
        };
        let want = vec![TELEGRAMS.as_bytes().to_vec()];
        assert_eq!(read(&file("raw", TELEGRAMS.as_bytes())).unwrap(), want);
        assert_eq!(read(&file("hex", hex::encode(TELEGRAMS).as_bytes())).unwrap(), want);
        let capture = format!(
            "{}\n{{\"t\":1,\"bytes\":\"{}\"}}\n",
            r#"{"schema":"wwctl.capture.v1","flags":"none","timestamp_quantum":0.001}"#,
            hex::encode(TELEGRAMS)
        );
        assert_eq!(read(&file("capture", capture.as_bytes())).unwrap(), want);
        assert_eq!(read(&file("empty", b"")).unwrap_err().kind(), Kind::Usage);
        assert_eq!(read("/no/such/file").unwrap_err().kind(), Kind::Usage);
    }
}
