//! Wired M-Bus: link frames of EN 13757-2, data of EN 13757-3, protection of EN 13757-7.
//!
//! | file | what it knows |
//! |---|---|
//! | [`link`] | frames, checksum, C and A field; shared with M-Bus transparent |
//! | [`ci`] | the CI field: what a frame carries |
//! | [`header`] | who sends, medium, status |
//! | [`security`] | modes 5 and 7, authentication layer |
//! | [`record`] | DIF, DIFE; the way from one record to the next |
//! | [`known`] | heads of records that were seen before |
//! | [`meaning`], [`vif`], [`vife`] | quantity, unit, scale, qualifiers |
//! | [`value`], [`date`] | bytes to values |
//! | [`fixed`] | the old fixed data structure |

#[cfg(test)]
mod captures;
pub mod ci;
pub mod date;
pub mod fixed;
pub mod header;
pub mod known;
pub mod link;
pub mod meaning;
mod reader;
pub mod record;
pub mod security;
pub mod value;
pub mod vif;
pub mod vife;

pub use reader::Reader;
