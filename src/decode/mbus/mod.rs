//! Wired M-Bus: EN 13757-2 (link) and EN 13757-3 (application).

pub mod link;
