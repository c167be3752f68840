//! Under which conditions this was found out, and what cannot be known under them.

use super::markup::Html;
use super::{Page, narrowed};
use crate::line::{Flag, Flags, StopBits};
use crate::probe::options::Strategy;
use std::fmt::Display;

/// A port without the passwords and keys that its name may hold.
pub fn without_secrets(port: &str) -> String {
    let mut out = String::new();
    let (before, query) = port.split_once('?').map_or((port, None), |(b, q)| (b, Some(q)));
    // rfc2217://user:password@host
    match before.split_once("//").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, host)) => out.push_str(&format!("{scheme}//…@{host}")),
        None => out.push_str(before),
    }
    if let Some(query) = query {
        let parts = query.split('&').map(|part| match part.split_once('=') {
            Some((name, _)) if name.contains("key") || name.contains("password") => format!("{name}=…"),
            _ => part.to_owned(),
        });
        out.push('?');
        out.push_str(&parts.collect::<Vec<_>>().join("&"));
    }
    out
}

/// What cannot be known, one sentence each.
pub(super) fn unknown(page: &Page<'_>) -> Vec<String> {
    let Page { verdict, account, .. } = *page;
    let mut out = Vec::new();
    let settings = [
        ("the baud rate", verdict.baudrate.is_none()),
        ("the data bits", verdict.data_bits.is_none()),
        ("the parity", verdict.parity.is_none()),
        ("the stop bits", verdict.stop_bits.is_none()),
        ("the polarity", verdict.rx_invert.is_none()),
        ("the protocol", verdict.protocol.is_none()),
    ];
    let open: Vec<&str> = settings.iter().filter(|(_, open)| *open).map(|(name, _)| *name).collect();
    if !open.is_empty() {
        out.push(format!("Not determined: {}.", open.join(", ")));
    }
    if verdict.stop_bits == Some(StopBits::One) {
        out.push("Stop bits beyond the first look like idle time to a receiver: more than one may be sent. It does not matter to whoever only listens.".to_owned());
    }
    let Some(capabilities) = &account.capabilities else { return out };
    match capabilities.flags {
        Flags::PerCharacter => {}
        // Said among the settings that are open.
        Flags::None if verdict.parity.is_none() => {}
        Flags::PerPacket => out.push("This adapter says of a packet of up to 62 characters that it has an error, not which character has it.".to_owned()),
        Flags::None => out.push("This adapter does not report framing and parity errors: whether there is a parity bit, and which, shows only where it can be tried.".to_owned()),
    }
    if !capabilities.configurable && account.steps.is_empty() {
        out.push("This port delivers bytes only; how its line is set is decided elsewhere.".to_owned());
    }
    if capabilities.doubtful {
        out.push(
            "Whether the settings that were asked for reached a real line is not certain behind this port."
                .to_owned(),
        );
    }
    if account.capabilities.as_ref().is_some_and(|c| c.timestamp_quantum.as_millis() > 3) {
        out.push(format!(
            "Times are only known to {} ms, the adapter's own grid.",
            capabilities.timestamp_quantum.as_millis()
        ));
    }
    if verdict.messages.iter().any(|m| m.security.as_ref().is_some_and(|s| s.ciphered && !s.decrypted)) {
        out.push("What an encrypted message says, without its key.".to_owned());
    }
    out
}

/// Conditions, as a list of names and values.
pub(super) fn conditions(page: &Page<'_>, html: &mut Html) {
    let Page { verdict, account, options, circumstances } = *page;
    html.begin("table", &[("class", &"facts")]);
    html.leaf("caption", &[], "Under which conditions this was found out");
    html.begin("tbody", &[]);
    let mut fact = |name: &str, value: &dyn Display| {
        html.begin("tr", &[]);
        html.leaf("th", &[("scope", &"row")], name);
        html.begin("td", &[]);
        html.leaf("bdi", &[], value);
        html.end();
        html.end();
    };
    fact("Port", &without_secrets(&circumstances.port));
    if let Some(recorded) = &circumstances.recorded {
        fact("Replay of", recorded);
    }
    if let Some(c) = &account.capabilities {
        fact("Adapter", &c.driver);
        fact(
            "Error flags",
            &match c.flags {
                Flags::PerCharacter => "of each character",
                Flags::PerPacket => "of each packet",
                Flags::None => "not reported",
            },
        );
        fact("Resolution of times", &format_args!("{} ms", c.timestamp_quantum.as_secs_f64() * 1000.0));
        fact("Settings", &if c.configurable { "could be changed" } else { "could not be changed" });
    }
    fact("Mode", &if options.ask { "pull: the meter was asked" } else { "push: listened only" });
    fact(
        "Strategy",
        &match options.strategy {
            _ if options.ask => "the usual question of each protocol in turn",
            Strategy::Adaptive => "adaptive",
            Strategy::Ordered => "ordered",
            Strategy::Exhaustive => "exhaustive",
        },
    );
    let given = narrowed(&options.narrow);
    fact("Given by the user", &if given.is_empty() { "nothing".to_owned() } else { given.join(", ") });
    let key = options.keys.encryption.is_some();
    fact("Key", &if key { "given (not part of this page)" } else { "none given" });
    fact("Time limit", &format_args!("{} s", options.timeout.as_secs()));
    fact("Time on the line", &format_args!("{:.3} s", verdict.line_time.as_secs_f64()));
    fact("Characters", &(account.heard.len() as u64 + account.more));
    let flagged = |flag| account.heard.iter().filter(|h| h.flag == flag).count();
    fact("Flagged", &format_args!("{} errors, {} breaks", flagged(Flag::Error), flagged(Flag::Break)));
    if let Some(c) = &account.counts {
        fact(
            "The driver counted",
            &format_args!(
                "{} framing errors, {} parity errors, {} breaks, {} overruns",
                c.framing, c.parity, c.breaks, c.overruns
            ),
        );
    }
    fact("Written", &circumstances.written);
    fact("Program", &concat!("wwctl ", env!("CARGO_PKG_VERSION")));
    html.end();
    html.end();
    html.leaf(
        "p",
        &[("class", &"note")],
        "This page holds what the meter said, its identification included, and no keys or passwords. Think before you pass it on.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_does_not_tell_its_secrets() {
        for (port, shown) in [
            ("/dev/ttyUSB0", "/dev/ttyUSB0"),
            (
                "sim:hdlc?encrypt=true&key=00112233445566778899AABBCCDDEEFF&auth_key=AA&seed=1",
                "sim:hdlc?encrypt=true&key=…&auth_key=…&seed=1",
            ),
            ("rfc2217://me:secret@host:4000", "rfc2217://…@host:4000"),
            ("rfc2217://host:4000?password=x", "rfc2217://host:4000?password=…"),
        ] {
            assert_eq!(without_secrets(port), shown);
        }
    }
}
