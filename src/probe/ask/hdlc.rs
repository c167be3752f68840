//! Requests of HDLC (IEC 62056-46): opening and closing a link, which needs no key.

use crate::decode::checksum;

/// The client address that every DLMS meter must answer: public client, 16.
pub const PUBLIC_CLIENT: u8 = 16;

/// Set normal response mode, poll bit set.
const SNRM: u8 = 0x93;
/// Disconnect, poll bit set.
const DISC: u8 = 0x53;

/// A frame without information field.  Addresses have one byte each: seven bits, the lowest bit set as the end mark.
fn frame(server: u8, client: u8, control: u8) -> Vec<u8> {
    let mut bytes = vec![0x7E, 0xA0, 0x07, server << 1 | 1, client << 1 | 1, control];
    let sum = checksum::x25(bytes.get(1..).unwrap_or_default());
    bytes.extend(sum.to_le_bytes());
    bytes.push(0x7E);
    bytes
}

/// SNRM: asks the meter with server address `server` (1 to 127; mostly 1) to open a link for `client`; it answers UA, or DM.
pub fn snrm(server: u8, client: u8) -> Vec<u8> {
    frame(server, client, SNRM)
}

/// DISC: closes the link.
pub fn disc(server: u8, client: u8) -> Vec<u8> {
    frame(server, client, DISC)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The usual first frames of a DLMS client, public client to server 1; frame check sequences as many traces show them.
    #[test]
    fn usual_frames() {
        assert_eq!(hex::encode_upper(snrm(1, PUBLIC_CLIENT)), "7EA0070321930F017E");
        assert_eq!(hex::encode_upper(disc(1, PUBLIC_CLIENT)), "7EA00703215303C77E");
    }
}
