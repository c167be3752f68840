//! The gateway's HTTP API: client, authentication, discovery.

pub mod discovery;
