//! The decoders as a user of the library has them.

mod captures;
mod properties;
