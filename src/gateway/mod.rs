//! The gateway's HTTP API: client, authentication, names, discovery.
//!
//! ```no_run
//! use wwctl::gateway::{Client, Options, Target};
//!
//! # fn main() -> wwctl::error::Result<()> {
//! let gateway = Client::new(Target::parse("ABCDEF")?, Options::default())?;
//! println!("{:?}", gateway.settings()?.get("baudrate"));
//! # Ok(())
//! # }
//! ```
//!
//! | file | what it knows |
//! |---|---|
//! | `target` | what a user may call a gateway, and the address that it stands for |
//! | `client` | the endpoints, and the course of one request: login, repetition, verdict |
//! | `login` | which challenge to answer and how; the nonce and its count |
//! | `challenge` | the grammar of `WWW-Authenticate` |
//! | `transport` | connections, shared by all clients of the process |
//! | `resolve`, `mdns` | from a name to addresses, `.local` names included |
//! | `answer` | what a status code or a strange body means to the user |
//! | `live` | server-sent events |
//! | `discovery` | which gateways are on this network |

mod answer;
mod challenge;
mod client;
pub mod discovery;
mod live;
mod login;
mod mdns;
mod password;
pub mod pool;
mod resolve;
mod target;
mod transport;

pub use challenge::{Challenge, parse_challenges};
pub use client::{Client, Log, MAX_BODY, Options, Written};
pub use live::{Event, Events};
pub use login::AuthMode;
pub use password::Password;
pub use resolve::Resolver;
pub use target::Target;
