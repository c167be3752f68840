//! A meter's side of an HDLC link that a reader opens and closes (ISO/IEC 13239, 5.5.3; IEC 62056-46): no more than that
//! a meter of this protocol is there.

use crate::decode::checksum;
use crate::line::sim::Speech;
use std::time::Duration;

/// Set normal response mode, disconnect, and their answers, each with the poll or final bit.
const SNRM: u8 = 0x93;
const DISC: u8 = 0x53;
const UA: u8 = 0x73;
const DM: u8 = 0x1F;

/// A request without information field and with addresses of one byte: opening flag to closing flag.
const REQUEST: usize = 9;

/// The time a meter takes to answer.
const DELAY: Duration = Duration::from_millis(50);

/// The meter's side of a link.
#[derive(Debug, Clone, Default)]
pub struct Link {
    open: bool,
    heard: Vec<u8>,
}

impl Link {
    /// Hears bytes, the last of which ended at `at`; answers when they end a request.
    pub fn hear(&mut self, at: Duration, bytes: &[u8]) -> Option<Speech> {
        self.heard.extend_from_slice(bytes);
        let surplus = self.heard.len().saturating_sub(REQUEST);
        self.heard.drain(..surplus);
        let [0x7E, 0xA0, 0x07, server, client, control, low, high, 0x7E] =
            *self.heard.first_chunk::<REQUEST>()?
        else {
            return None;
        };
        let sum = checksum::x25(&[0xA0, 0x07, server, client, control]).to_le_bytes();
        if sum != [low, high] || !matches!(control, SNRM | DISC) {
            return None;
        }
        let was = std::mem::replace(&mut self.open, control == SNRM);
        let answer = if control == DISC && !was { DM } else { UA };
        let mut frame = vec![0x7E, 0xA0, 0x07, client, server, answer];
        let sum = checksum::x25(frame.get(1..).unwrap_or_default());
        frame.extend(sum.to_le_bytes());
        frame.push(0x7E);
        self.heard.clear();
        Some(Speech::new(at + DELAY, frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The usual first frames of a DLMS client, public client to server 1, and the meter's answers, as many traces show them.
    #[test]
    fn a_link_is_opened_and_closed() {
        let mut link = Link::default();
        let mut ask = |text: &str| {
            let answer = link.hear(Duration::ZERO, &hex::decode(text).unwrap());
            answer.map(|speech| hex::encode_upper(speech.bytes))
        };
        assert_eq!(ask("7EA00703215303C77E").as_deref(), Some("7EA00721031F6BE97E"));
        assert_eq!(ask("FF7EA0070321930F017E").as_deref(), Some("7EA00721037301407E"));
        assert_eq!(ask("7EA0070321").as_deref(), None);
        assert_eq!(ask("5303C77E").as_deref(), Some("7EA00721037301407E"));
        assert_eq!(ask("7EA0070321930F027E"), None);
    }
}
