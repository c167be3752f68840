//! One APDU in several blocks: general-block-transfer and get-response-with-datablock.
//!
//! Blocks are numbered from 1.  A meter that is interrupted starts again at 1, and what came before is
//! lost; any other number than the next means that blocks were lost or repeated, and what would be
//! joined over the gap is no message.

use crate::decode::{Message, ProblemCode, Status};

/// Longest content that is collected.
const MOST: usize = 1 << 16;

/// A transfer under way.
#[derive(Debug, Default)]
pub struct Transfer {
    /// Blocks so far, joined.
    pub data: Vec<u8>,
    /// Number of the last block; 0 when none is under way.
    last: u32,
    /// Input offset of the first block's message.
    pub start: u64,
    /// Input offset behind the last block.
    pub end: u64,
    /// A checksum vouches for every block.
    pub checked: bool,
    /// A block's checksum does not hold.
    pub broken: bool,
    /// Block numbers that did not follow each other: expected and got.
    gap: Option<(u32, u32)>,
}

/// A block.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Its number.
    pub number: u32,
    /// It is the last.
    pub last: bool,
    /// Its content.
    pub data: &'a [u8],
    /// Input offset of the message that carries it.
    pub start: u64,
    /// Input offset behind that message.
    pub end: u64,
    /// A checksum vouches for it.
    pub checked: bool,
    /// Its checksum does not hold.
    pub broken: bool,
}

/// What a block did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The transfer goes on.
    Pending,
    /// It was the last: `data` is complete, as far as it goes.
    Complete,
    /// It begins a new transfer while another was under way: that one is to be given up first.
    Restart,
}

impl Transfer {
    /// True while blocks are awaited.
    pub fn active(&self) -> bool {
        self.last > 0
    }

    /// Takes a block.
    pub fn add(&mut self, block: Block<'_>) -> Step {
        if block.number <= 1 {
            if self.active() {
                return Step::Restart;
            }
            self.clear();
            self.start = block.start;
            self.checked = true;
        } else if !self.active() {
            // Its beginning was lost, or it comes behind the last block.
            self.clear();
            self.start = block.start;
            self.checked = true;
            self.gap = Some((1, block.number));
        } else if block.number != self.last + 1 {
            self.gap.get_or_insert((self.last + 1, block.number));
        }
        if self.data.len() + block.data.len() > MOST {
            self.gap.get_or_insert((self.last + 1, block.number));
        } else {
            self.data.extend_from_slice(block.data);
        }
        self.last = block.number.max(1);
        self.end = block.end;
        self.checked &= block.checked;
        self.broken |= block.broken;
        if block.last { Step::Complete } else { Step::Pending }
    }

    /// Ends the transfer; the memory stays.
    pub fn clear(&mut self) {
        let mut data = std::mem::take(&mut self.data);
        data.clear();
        *self = Transfer { data, ..Transfer::default() };
    }

    /// Puts what is wrong with the joined content into `out`; true when it must not be read.
    pub fn judge(&self, out: &mut Message) -> bool {
        out.offset = self.start;
        out.length = self.end.saturating_sub(self.start);
        if let Some((expected, got)) = self.gap {
            out.status = Status::Malformed;
            out.problem(
                ProblemCode::Sequence,
                self.start,
                format!("block {got} came where block {expected} was due: blocks were lost or repeated, and the message is not put together"),
            );
            return true;
        }
        if self.broken {
            out.status = Status::BadChecksum;
        }
        false
    }

    /// Turns an unfinished transfer into a truncated message, and ends it.
    pub fn give_up(&mut self, out: &mut Message) {
        self.judge(out);
        out.status = Status::Truncated;
        let after = self.last;
        out.problem(
            ProblemCode::Truncated,
            self.end,
            format!("the meter stopped after block {after}, which is not the last"),
        );
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Protocol;

    fn block(number: u32, last: bool) -> Block<'static> {
        Block {
            number,
            last,
            data: b"ab",
            start: 10 * u64::from(number),
            end: 10 * u64::from(number) + 9,
            checked: true,
            broken: false,
        }
    }

    #[test]
    fn blocks_in_order() {
        let mut transfer = Transfer::default();
        assert_eq!(transfer.add(block(1, false)), Step::Pending);
        assert_eq!(transfer.add(block(2, false)), Step::Pending);
        assert_eq!(transfer.add(block(3, true)), Step::Complete);
        assert_eq!(transfer.data, b"ababab");
        let mut out = Message::new(Protocol::Hdlc);
        assert!(!transfer.judge(&mut out));
        assert_eq!((out.offset, out.length, out.status), (10, 29, Status::Ok));
    }

    #[test]
    fn a_first_block_restarts() {
        let mut transfer = Transfer::default();
        transfer.add(block(1, false));
        transfer.add(block(2, false));
        assert_eq!(transfer.add(block(1, false)), Step::Restart);
        let mut out = Message::new(Protocol::Hdlc);
        transfer.give_up(&mut out);
        assert_eq!(out.status, Status::Truncated);
        assert_eq!(transfer.add(block(1, true)), Step::Complete);
    }

    #[test]
    fn repeated_lost_and_late_blocks_are_never_joined() {
        for order in [&[1, 2, 2, 3][..], &[1, 3], &[2, 3], &[3]] {
            let mut transfer = Transfer::default();
            for (n, &number) in order.iter().enumerate() {
                let step = transfer.add(block(number, n + 1 == order.len()));
                assert_eq!(step, if n + 1 == order.len() { Step::Complete } else { Step::Pending });
            }
            let mut out = Message::new(Protocol::Hdlc);
            assert!(transfer.judge(&mut out), "{order:?}");
            assert_eq!(out.status, Status::Malformed);
        }
    }
}
