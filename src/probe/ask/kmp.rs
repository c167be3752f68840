//! Requests of KMP; the format is in [`crate::decode::kmp`].

use crate::decode::checksum;
use crate::decode::kmp::MAX_REGISTERS;
use crate::decode::kmp::frame::{ACKNOWLEDGE, ESCAPE, FROM_METER, STOP, TO_METER};
use crate::decode::kmp::tables::{GET_REGISTER, GET_SERIAL, GET_TYPE};

/// The address of any meter, as opposed to loggers in its modules.
const METER: u8 = 0x3F;

/// A frame to the meter round address, command and data.
fn frame(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * content.len() + 6);
    bytes.push(TO_METER);
    for byte in content.iter().copied().chain(checksum::xmodem(content).to_be_bytes()) {
        match byte {
            ACKNOWLEDGE | STOP | ESCAPE | FROM_METER | TO_METER => bytes.extend([ESCAPE, !byte]),
            _ => bytes.push(byte),
        }
    }
    bytes.push(STOP);
    bytes
}

/// GetType: which meter, which software.
pub fn get_type() -> Vec<u8> {
    frame(&[METER, GET_TYPE])
}

/// GetSerialNo.
pub fn get_serial() -> Vec<u8> {
    frame(&[METER, GET_SERIAL])
}

/// GetRegister, for at most the first eight of `registers`: a request cannot hold more.
pub fn get_register(registers: &[u16]) -> Vec<u8> {
    let registers = registers.get(..MAX_REGISTERS).unwrap_or(registers);
    let mut content = vec![METER, GET_REGISTER, registers.len() as u8];
    for register in registers {
        content.extend(register.to_be_bytes());
    }
    frame(&content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    /// Requests of Kamstrup's protocol description (sections 6.2.1, 6.2.2, 6.2.4) and of a recorded session.
    #[test]
    fn published_requests() {
        assert_eq!(get_type(), hex("803F01058A0D"));
        assert_eq!(get_serial(), hex("803F0235E90D"));
        assert_eq!(get_register(&[128]), hex("803F1001001B7FD4080D"));
        assert_eq!(get_register(&[346, 154]), hex("803F1002015A009A1BBF2B0D"));
    }

    #[test]
    fn no_more_than_fit() {
        assert_eq!(get_register(&[1; 20]), get_register(&[1; 8]));
    }
}
