//! Wired M-Bus.

use crate::line::random::Random;

/// Data information, value information, bytes of the value: records that meters send.
const RECORDS: [(&[u8], usize); 12] = [
    (&[0x0C, 0x78], 4),
    (&[0x04, 0x06], 4),
    (&[0x0C, 0x06], 4),
    (&[0x04, 0x13], 4),
    (&[0x0C, 0x14], 4),
    (&[0x02, 0x5A], 2),
    (&[0x0A, 0x5E], 2),
    (&[0x0B, 0x3B], 3),
    (&[0x04, 0x6D], 4),
    (&[0x44, 0x06], 4),
    (&[0x82, 0x40, 0xFD, 0x48], 2),
    (&[0x84, 0x10, 0x2B], 4),
];

pub(super) fn telegram(random: &mut Random) -> Vec<u8> {
    let mut user = vec![0x08, 1 + random.below(5) as u8, 0x72];
    user.extend((0..4).map(|_| (random.below(10) as u8) << 4 | random.below(10) as u8));
    user.extend((0..4).map(|_| random.byte()));
    user.extend_from_slice(&[random.byte(), 0, 0, 0]);
    for _ in 0..4 + random.below(16) {
        let Some((header, size)) = random.pick(&RECORDS) else { continue };
        user.extend_from_slice(header);
        let filled = 1 + random.below(*size as u64) as usize;
        user.extend((0..*size).map(|i| if i < filled { random.byte() } else { 0 }));
    }
    let length = user.len() as u8;
    let sum = user.iter().fold(0u8, |a, b| a.wrapping_add(*b));
    let mut out = vec![0x68, length, length, 0x68];
    out.extend_from_slice(&user);
    out.extend_from_slice(&[sum, 0x16]);
    out
}
