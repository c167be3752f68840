//! Captures for Wireshark: pcapng with link type 250 (`LINKTYPE_RTAC_SERIAL`), which knows framing errors.
//!
//! pcapng: IETF draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.  Link type: tcpdump.org's list; each packet begins
//! with 12 octets, most significant first: seconds and microseconds, the event, the control lines, two
//! octets of footer.  Parity and framing errors are one event here, as the terminal layer does not tell which.

use super::{Flag, Heard};
use std::io::{self, Write};
use std::time::Duration;

const LINKTYPE_RTAC_SERIAL: u16 = 250;

/// `if_tsresol`: timestamps count nanoseconds.
const NANOSECONDS: u8 = 9;

/// Octets before the data of a packet.
const HEADER: usize = 12;

/// RTAC events.
const DATA_RX: u8 = 0x02;
const FRAMING_ERROR: u8 = 0x07;
const BREAK: u8 = 0x09;

/// Writes a pcapng file.
pub struct PcapngWriter<W> {
    out: W,
    started: Duration,
}

impl<W: Write> PcapngWriter<W> {
    /// Begins a file; `started` is the wall-clock time of the adapter's opening, since the Unix epoch.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut out: W, started: Duration, port: &str) -> io::Result<Self> {
        let mut section = Vec::new();
        section.extend(0x1A2B_3C4D_u32.to_le_bytes());
        section.extend(1u16.to_le_bytes());
        section.extend(0u16.to_le_bytes());
        section.extend((-1i64).to_le_bytes());
        let mut start = block(0x0A0D_0D0A, &section);

        let mut interface = Vec::new();
        interface.extend(LINKTYPE_RTAC_SERIAL.to_le_bytes());
        interface.extend(0u16.to_le_bytes());
        interface.extend(0u32.to_le_bytes());
        option(&mut interface, 2, port.as_bytes());
        option(&mut interface, 9, &[NANOSECONDS]);
        option(&mut interface, 0, &[]);
        start.extend(block(1, &interface));
        out.write_all(&start)?;
        Ok(PcapngWriter { out, started })
    }

    /// Writes what was heard: a packet for each run of characters that arrived together with the same flag.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn heard(&mut self, heard: &[Heard]) -> io::Result<()> {
        for run in heard.chunk_by(|a, b| a.at == b.at && a.flag == b.flag) {
            let Some(first) = run.first() else { continue };
            let event = match first.flag {
                Flag::None => DATA_RX,
                Flag::Error => FRAMING_ERROR,
                Flag::Break => BREAK,
            };
            let time = self.started + first.at;
            let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            let length = (HEADER + run.len()) as u32;
            let mut packet = Vec::with_capacity(HEADER + run.len() + 32);
            packet.extend(0u32.to_le_bytes());
            packet.extend(((nanoseconds >> 32) as u32).to_le_bytes());
            packet.extend((nanoseconds as u32).to_le_bytes());
            packet.extend(length.to_le_bytes());
            packet.extend(length.to_le_bytes());
            packet.extend((time.as_secs() as u32).to_be_bytes());
            packet.extend(time.subsec_micros().to_be_bytes());
            packet.extend([event, 0, 0, 0]);
            packet.extend(run.iter().map(|h| h.byte));
            self.out.write_all(&block(6, &packet))?;
        }
        Ok(())
    }
}

/// A block: type, length, body padded to 32 bits, length again.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = (padded + 12) as u32;
    let mut block = Vec::with_capacity(padded + 12);
    block.extend(kind.to_le_bytes());
    block.extend(length.to_le_bytes());
    block.extend(body);
    block.resize(8 + padded, 0);
    block.extend(length.to_le_bytes());
    block
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Laid out by hand from the draft's figures.
    #[test]
    fn octets_as_the_draft_draws_them() {
        let mut file = Vec::new();
        let mut writer = PcapngWriter::new(&mut file, Duration::new(0x10, 0), "p").unwrap();
        let at = Duration::new(1, 5000);
        writer
            .heard(&[
                Heard { byte: 0x7E, flag: Flag::None, at },
                Heard { byte: 0xA0, flag: Flag::None, at },
                Heard { byte: 0x00, flag: Flag::Break, at },
            ])
            .unwrap();
        let section = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
        let interface =
            "01000000 28000000 fa00 0000 00000000 0200 0100 70000000 0900 0100 09000000 0000 0000 28000000";
        // 17.000005 s are 0x3_F547_7D88 ns.
        let data = "06000000 30000000 00000000 03000000 887d47f5 0e000000 0e000000 \
                    00000011 00000005 02 00 0000 7ea0 0000 30000000";
        let broke = "06000000 30000000 00000000 03000000 887d47f5 0d000000 0d000000 \
                     00000011 00000005 09 00 0000 00 000000 30000000";
        let want: String = [section, interface, data, broke].concat().split_whitespace().collect();
        assert_eq!(hex::encode(file), want);
    }
}
