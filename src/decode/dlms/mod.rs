//! DLMS/COSEM (IEC 62056, DLMS UA Green and Blue Book): APDUs, their ciphering, and the data in them.
//!
//! | file | what it knows |
//! |---|---|
//! | `apdu` | the APDUs a meter sends, ciphered or not |
//! | `answer` | get-response, and the request it belongs to |
//! | `cipher` | ciphered APDUs: keys, tags, counters |
//! | `bare` | APDUs without any frame around them |
//! | `transfer` | an APDU in several blocks |
//! | `axdr` | the encoding of data |
//! | `date_time`, `unit`, `value` | what elements of data mean |
//! | `payload` | the shapes in which meters arrange them |
//! | `lists` | what is known about the lists of particular meters: data, not code |
//! | `explain` | the same for people |

mod answer;
pub mod apdu;
pub mod axdr;
pub mod bare;
pub mod cipher;
pub mod date_time;
mod explain;
pub mod lists;
pub mod payload;
pub mod transfer;
pub mod unit;
pub mod value;

#[cfg(test)]
mod tests;
