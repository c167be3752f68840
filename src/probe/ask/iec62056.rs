//! The sign-on of IEC 62056-21, mode A to C: sent at 300 7E1, recognised so that the line can be named.

/// Request message: any meter on the line answers with its identification.
pub const SIGN_ON: &[u8] = b"/?!\r\n";
