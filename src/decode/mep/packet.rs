//! What a packet says, once it is in the clear: commands and answers.
//!
//! Command fields are big endian, whatever the tables hold (OSGP MEP guide 078-0372-01, "Packet formats").

/// The longest packet, without its length field.
pub const MAX_PACKET: usize = 476;

/// Bytes of a sequence number.
pub const SEQUENCE: usize = 4;

/// A command of a request, or an item of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// Read a table from its start.
    Read {
        /// Its number on the wire.
        table: u16,
        /// The most bytes to send, if limited.
        limit: Option<u16>,
    },
    /// Read a part of a table.
    ReadPart {
        /// Its number on the wire.
        table: u16,
        /// First byte.
        offset: u32,
        /// Bytes.
        count: u16,
    },
    /// Write a table, or a part of it.
    Write {
        /// Its number on the wire.
        table: u16,
        /// First byte.
        offset: u32,
        /// What to write.
        data: &'a [u8],
        /// Bytes of the command before the data.
        header: usize,
    },
}

/// Full table read.
pub const READ: u8 = 0x30;
/// Partial table read.
pub const READ_PART: u8 = 0x3F;
/// Full table write.
pub const WRITE: u8 = 0x40;
/// Partial table write.
pub const WRITE_PART: u8 = 0x4F;

/// Basic tables are 0 to 99, extended ones 0x0800 and up.  Only numbers that meters may have are accepted: they are part of what
/// tells a request from noise.
const fn table_exists(table: u16) -> bool {
    table <= 0xFF || (table >= 0x0800 && table <= 0x08FF)
}

impl<'a> Command<'a> {
    /// A command without sequence number, as a transaction holds it.  None for anything else.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let command = match *bytes {
            [READ, a, b] => Command::Read { table: u16::from_be_bytes([a, b]), limit: None },
            [READ, a, b, c, d] => {
                Command::Read { table: u16::from_be_bytes([a, b]), limit: Some(u16::from_be_bytes([c, d])) }
            }
            [READ_PART, a, b, o1, o2, o3, c, d] => Command::ReadPart {
                table: u16::from_be_bytes([a, b]),
                offset: u32::from_be_bytes([0, o1, o2, o3]),
                count: u16::from_be_bytes([c, d]),
            },
            [WRITE, a, b, c, d, ..] => Command::Write {
                table: u16::from_be_bytes([a, b]),
                offset: 0,
                data: bytes.get(5..).filter(|data| data.len() == usize::from(u16::from_be_bytes([c, d])))?,
                header: 5,
            },
            [WRITE_PART, a, b, o1, o2, o3, c, d, ..] => Command::Write {
                table: u16::from_be_bytes([a, b]),
                offset: u32::from_be_bytes([0, o1, o2, o3]),
                data: bytes.get(8..).filter(|data| data.len() == usize::from(u16::from_be_bytes([c, d])))?,
                header: 8,
            },
            _ => return None,
        };
        table_exists(command.table()).then_some(command)
    }

    /// A request's body: command and sequence number.
    pub fn request(body: &'a [u8]) -> Option<(Self, u32)> {
        let (command, sequence) = body.split_last_chunk::<SEQUENCE>()?;
        Some((Command::parse(command)?, u32::from_be_bytes(*sequence)))
    }

    /// The table's number on the wire.
    pub const fn table(&self) -> u16 {
        match *self {
            Command::Read { table, .. } | Command::ReadPart { table, .. } | Command::Write { table, .. } => {
                table
            }
        }
    }
}

/// True when the first bytes of a packet of `length` bytes (without length field) can be those of a request in the clear.
pub fn request_may_begin(length: usize, head: &[u8]) -> bool {
    let fixed = SEQUENCE + super::crypt::DIGEST;
    let length_fits = match head {
        [] => return length >= 3 + fixed,
        [READ, ..] => length == 3 + fixed || length == 5 + fixed,
        [READ_PART, ..] => length == 8 + fixed,
        [WRITE, _, _, c, d, ..] => length == 5 + fixed + usize::from(u16::from_be_bytes([*c, *d])),
        [WRITE_PART, _, _, _, _, _, c, d, ..] => {
            length == 8 + fixed + usize::from(u16::from_be_bytes([*c, *d]))
        }
        [WRITE, ..] => length >= 5 + fixed,
        [WRITE_PART, ..] => length >= 8 + fixed,
        _ => false,
    };
    length_fits
        && match head {
            [_, a, b, ..] => table_exists(u16::from_be_bytes([*a, *b])),
            [_, a] => matches!(a, 0 | 8),
            _ => true,
        }
}

/// A meter's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Bytes of the table that was read.
    Data(&'a [u8]),
    /// Written.
    Written,
    /// Refused, with this code.
    Refused(u8),
    /// Refused, because the sequence number is not one of the next; this is the present one.
    Sequence(u32),
}

impl<'a> Answer<'a> {
    /// An answer's code and data.  None when that is no answer to such a command.
    pub fn parse(bytes: &'a [u8], command: &Command<'_>) -> Option<Self> {
        match *bytes {
            [0, high, low, ..] => {
                let count = usize::from(u16::from_be_bytes([high, low]));
                let most = match *command {
                    Command::Read { limit, .. } => limit.map_or(usize::MAX, usize::from),
                    Command::ReadPart { count, .. } => usize::from(count),
                    Command::Write { .. } => return None,
                };
                let data = bytes.get(3..)?;
                (data.len() == count && count <= most).then_some(Answer::Data(data))
            }
            [0] => matches!(command, Command::Write { .. }).then_some(Answer::Written),
            [0x0C, a, b, c, d] => Some(Answer::Sequence(u32::from_be_bytes([a, b, c, d]))),
            // The answer to a wrong sequence number always tells the right one.
            [code] if code != 0x0C && refusal(code).is_some() => Some(Answer::Refused(code)),
            _ => None,
        }
    }
}

/// Why a meter refused, by the code of its answer.
pub const fn refusal(code: u8) -> Option<&'static str> {
    Some(match code {
        0x01 => "it does not know the command",
        0x02 => "it does not support this request",
        0x03 => "the key has no permission for this",
        0x04 => "the operation is not possible",
        0x05 => "the operation is not possible on this table",
        0x0B => "the digest was not made with its key",
        0x0C => "the sequence number is not one of the next",
        _ => return None,
    })
}

/// `BT23`, `ET03`.
pub fn table_name(table: u16) -> String {
    if table >= 0x0800 { format!("ET{:02}", table - 0x0800) } else { format!("BT{table:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    #[test]
    fn commands() {
        assert_eq!(
            Command::request(&hex("3F0017000000002C77635B91")),
            Some((Command::ReadPart { table: 23, offset: 0, count: 44 }, 0x7763_5B91))
        );
        assert_eq!(
            Command::request(&hex("30000100000001")),
            Some((Command::Read { table: 1, limit: None }, 1))
        );
        assert_eq!(
            Command::parse(&hex("4F083200001E000101")),
            Some(Command::Write { table: 0x0832, offset: 30, data: &[1], header: 8 })
        );
        for bad in
            ["", "30", "3F00170000000", "31001700", "3F7017000000002C", "4F083200001E000201", "4000070006"]
        {
            assert_eq!(hex::decode(bad).ok().as_deref().and_then(Command::parse), None, "{bad}");
        }
    }

    #[test]
    fn answers_must_fit_their_command() {
        let read = Command::ReadPart { table: 23, offset: 0, count: 4 };
        let write = Command::Write { table: 7, offset: 0, data: &[], header: 5 };
        assert_eq!(Answer::parse(&hex("00000401020304"), &read), Some(Answer::Data(&[1, 2, 3, 4])));
        assert_eq!(Answer::parse(&hex("00000401020304"), &write), None);
        assert_eq!(Answer::parse(&hex("0000050102030405"), &read), None);
        assert_eq!(Answer::parse(&hex("000004010203"), &read), None);
        assert_eq!(Answer::parse(&[0], &read), None);
        assert_eq!(Answer::parse(&[0], &write), Some(Answer::Written));
        assert_eq!(Answer::parse(&hex("0C77635B90"), &write), Some(Answer::Sequence(0x7763_5B90)));
        assert_eq!(Answer::parse(&[3], &read), Some(Answer::Refused(3)));
        assert_eq!(Answer::parse(&[6], &read), None);
    }
}
