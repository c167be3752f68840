//! How a protocol tells the stream decoder where its frames are.
//!
//! A protocol offers
//! ```text
//! fn scan(buffer: &[u8], end: bool) -> Scan
//! ```
//! which looks for a frame that starts at the buffer's **first** byte, by structure and checksum
//! alone.  It must be monotone, so that any chunking of the input gives the same messages: as long
//! as it says [`Scan::More`] it is asked again with a longer buffer; any other answer must not change
//! when more bytes follow.  With `end` no more bytes will come, and `More` is not an answer.

/// What a protocol sees at the first byte of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// No frame of this protocol starts here.
    No,
    /// One may start here; the buffer ends before that can be decided.
    More,
    /// A frame of `length` bytes starts here.
    Frame {
        /// Bytes of the frame, at most the buffer's length.
        length: usize,
        /// What vouches for it.
        trust: Trust,
    },
}

/// What vouches for a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// It surely began here, but the input ends, or another message begins, before it is complete.
    Truncated,
    /// The structure is complete, but a checksum does not hold.
    Broken,
    /// The structure is complete, and this frame has no checksum to check.
    Structure,
    /// Every checksum holds.
    Checked,
}
