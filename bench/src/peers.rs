//! Other decoders on the same input, as far as they read it.
//!
//! Where a peer lacks a layer, that layer is done for it: what it costs is not counted against it.

use crate::inputs::KEYS;
use std::convert::Infallible;
use std::hint::black_box;
use wwctl::decode::hdlc::frame::{Head, LLC, ParsedHead};

/// dsmr5: every line parsed, as [`dsmr5::Telegram::objects`] does.
pub fn dsmr5(input: &[u8]) -> usize {
    let stream = input.iter().map(|byte| Ok::<u8, Infallible>(*byte));
    let mut readings = 0;
    for readout in dsmr5::Reader::new(stream).flatten() {
        if let Ok(telegram) = readout.to_telegram() {
            readings += telegram.objects().filter(|object| black_box(object).is_ok()).count();
        }
    }
    readings
}

/// dlms_cosem: has no HDLC, so frames are cut here, by their length and without a look at the
/// checksums.  It does not check the tag either, and expects that the APDU ends before it.
pub fn dlms_cosem(input: &[u8]) -> usize {
    use dlms_cosem::{Apdu, ObisMap};
    let key = KEYS.encryption.map(|key| *key.bytes()).unwrap_or_default().into();
    let mut readings = 0;
    let mut rest = input;
    while let ParsedHead::Head(head) = Head::read(rest) {
        let Some((frame, behind)) = rest.split_at_checked(head.length + 2) else { break };
        rest = behind;
        let information = head.information(frame);
        let apdu = information.strip_prefix(&LLC).unwrap_or(information);
        let read = match apdu {
            [0x0F, ..] => Apdu::parse(apdu).ok().map(|(_, apdu)| apdu),
            _ => without_tag(apdu)
                .and_then(|apdu| Apdu::parse_encrypted(&apdu, &key).ok().map(|(_, apdu)| apdu)),
        };
        if let Some((_, map)) = read.and_then(|apdu| ObisMap::parse(&apdu).ok()) {
            readings += black_box(map).len();
        }
    }
    readings
}

/// The ciphered APDU as one without a tag.
fn without_tag(apdu: &[u8]) -> Option<Vec<u8>> {
    let mut apdu = apdu.get(..apdu.len().checked_sub(12)?)?.to_vec();
    match apdu.get_mut(10..13)? {
        [0x82, high, low] => {
            let length = u16::from_be_bytes([*high, *low]).checked_sub(12)?;
            [*high, *low] = length.to_be_bytes();
        }
        [0x81, length, _] => {
            *length -= 12;
            apdu.remove(10);
        }
        [length, ..] => *length -= 12,
        _ => return None,
    }
    Some(apdu)
}

/// m-bus-parser: every record parsed; frames are cut here by their length.
pub fn m_bus_parser(input: &[u8]) -> usize {
    use m_bus_parser::WiredFrame;
    use m_bus_parser::mbus_data::MbusData;
    let mut readings = 0;
    let mut rest = input;
    while let [_, length, ..] = *rest {
        let Some((frame, behind)) = rest.split_at_checked(usize::from(length) + 6) else { break };
        rest = behind;
        let Ok(data) = MbusData::<WiredFrame>::try_from(frame) else { continue };
        if let Some(records) = data.data_records {
            readings += records.filter(|record| black_box(record).is_ok()).count();
        }
    }
    readings
}
