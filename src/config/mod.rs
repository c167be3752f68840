//! Where the tool's own settings and secrets come from.

pub mod backups;
pub mod file;
pub mod inventory;
pub mod journal;
pub mod layers;
pub mod secrets;
