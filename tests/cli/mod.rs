//! One file a subcommand.

mod discover;
mod generated;
