//! Requests of M-Bus (EN 13757-2): short frames.

/// Answers whoever is on the bus; fit for a bus with one meter.
pub const ANYONE: u8 = 254;

const START: u8 = 0x10;
const STOP: u8 = 0x16;

/// Initialise the link.
const SND_NKE: u8 = 0x40;
/// Request class 2 data; the frame count bit alternates from one answered request to the next.
const REQ_UD2: u8 = 0x5B;
const FRAME_COUNT: u8 = 0x20;

const fn short(control: u8, address: u8) -> [u8; 5] {
    [START, control, address, control.wrapping_add(address), STOP]
}

/// SND_NKE: initialises the link; the meter answers with E5.
pub const fn snd_nke(address: u8) -> [u8; 5] {
    short(SND_NKE, address)
}

/// REQ_UD2: asks for readings.  After SND_NKE the first has the frame count bit set, then it alternates.
pub const fn req_ud2(address: u8, frame_count: bool) -> [u8; 5] {
    short(if frame_count { REQ_UD2 | FRAME_COUNT } else { REQ_UD2 & !FRAME_COUNT }, address)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The M-Bus documentation's own examples (section 5.4, 6.4).
    #[test]
    fn published_requests() {
        assert_eq!(snd_nke(254), [0x10, 0x40, 0xFE, 0x3E, 0x16]);
        assert_eq!(req_ud2(254, true), [0x10, 0x7B, 0xFE, 0x79, 0x16]);
        assert_eq!(req_ud2(1, false), [0x10, 0x5B, 0x01, 0x5C, 0x16]);
    }
}
