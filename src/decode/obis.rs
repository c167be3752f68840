//! OBIS codes (IEC 62056-61): which quantity a reading is.

use std::fmt;

/// An OBIS code `A-B:C.D.E*F`.  `F` is 255 when it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Obis(pub [u8; 6]);

impl Obis {
    /// `A-B:C.D.E` with F = 255.
    pub const fn new(a: u8, b: u8, c: u8, d: u8, e: u8) -> Self {
        Obis([a, b, c, d, e, 255])
    }
}

/// `1-0:1.8.0`, and `1-0:1.8.0*101` when F is not 255.
impl fmt::Display for Obis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a}-{b}:{c}.{d}.{e}")?;
        if g != 255 {
            write!(f, "*{g}")?;
        }
        Ok(())
    }
}
