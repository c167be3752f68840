//! What manual and `--help` say beyond the options: exit statuses, environment, files, examples.

use crate::error::Kind;

/// The part of a command's manual page that its options do not tell.
pub(super) struct Page {
    /// The command, `scalers get` for a nested one; empty for the tool itself.
    pub name: &'static str,
    /// What it talks to, which decides the exit statuses, variables and files that matter.
    talks: &'static [Talk],
    /// Exit statuses of this command that need words of their own.
    own: &'static [(u8, &'static str)],
    /// Command line and what it does.
    pub examples: &'static [(&'static str, &'static str)],
}

/// What a command talks to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Talk {
    /// Gateways, reading.
    Gateway,
    /// Gateways, writing.
    Write,
    /// Gateways of an inventory.
    Fleet,
    /// A serial line.
    Line,
    /// Messages of a meter: keys matter.
    Message,
}
use Talk::{Fleet, Gateway, Line, Message, Write};

const STATUSES: &[(u8, &str, &[Talk])] = &[
    (0, "Done.", &[]),
    (1, "Another failure.", &[]),
    (Kind::Usage.exit_status(), "The command line, or a value, is not usable; nothing was sent.", &[]),
    (Kind::Config.exit_status(), "The configuration file is not usable.", &[Gateway, Write]),
    (
        Kind::Authentication.exit_status(),
        "The gateway refused the login, or asks for a password and none was given.",
        &[Gateway, Write],
    ),
    (
        Kind::Unreachable.exit_status(),
        "The gateway cannot be reached: its name does not resolve, it refuses the connection, or time ran out.",
        &[Gateway, Write],
    ),
    (
        Kind::Refused.exit_status(),
        "The gateway refused the request, or answered something that is no answer.",
        &[Gateway, Write],
    ),
    (Kind::Port.exit_status(), "The serial port is missing, denied or busy, or went away.", &[Line]),
    (
        Kind::NothingFound.exit_status(),
        "Nothing was found on the line, or nothing could be decoded.",
        &[Line, Message],
    ),
    (
        Kind::NotAsAsked.exit_status(),
        "It was written, but the gateway reads back otherwise, or the meter is not OK.",
        &[Write],
    ),
    (Kind::SomeFailed.exit_status(), "Some of several gateways failed.", &[Gateway, Write]),
    (Kind::Interrupted.exit_status(), "Interrupted.", &[]),
];

const ENVIRONMENT: &[(&str, &str, &[Talk])] = &[
    ("WWCTL_HOST", "The gateway, when no --host is given.", &[Gateway, Write]),
    ("WWCTL_PASSWORD", "The gateway's Web UI password.", &[Gateway, Write]),
    (
        "WWCTL_AUTH, WWCTL_TIMEOUT, WWCTL_RETRIES, WWCTL_JOBS, WWCTL_PROXY",
        "As the options of these names.",
        &[Gateway, Write],
    ),
    (
        "WWCTL_CONFIG",
        "The configuration file to read instead of the project's and the user's; empty for none.",
        &[Gateway, Write],
    ),
    (
        "CREDENTIALS_DIRECTORY",
        "Set by systemd: its file wwctl-password (LoadCredential=wwctl-password:FILE) holds the password, when nothing else gives one.",
        &[Gateway, Write],
    ),
    ("WWCTL_KEY", "The encryption key of the meter, when no --key is given.", &[Message]),
    ("WWCTL_AUTH_KEY", "The authentication key of the meter, when no --auth-key is given.", &[Message]),
    ("NO_COLOR", "When set and not empty: no colour.", &[]),
];

const FILES: &[(&str, &str, &[Talk])] = &[
    (
        "$XDG_CONFIG_HOME/wwctl/config.toml",
        "The user's configuration: defaults, devices, groups.",
        &[Gateway, Write],
    ),
    (
        "wwctl.toml, .wwctl.toml",
        "The project's configuration, in this folder or above it; goes before the user's.",
        &[Gateway, Write],
    ),
    (
        "$XDG_STATE_HOME/wwctl/journals/",
        "The journals of roll-outs; they hold no keys and no passwords, and only their owner may read them.",
        &[Fleet],
    ),
    (
        "$XDG_STATE_HOME/wwctl/backups/",
        "The settings of a gateway before each write; readable by their owner only.",
        &[Write],
    ),
];

fn applies(to: &[Talk], page: &Page) -> bool {
    to.is_empty() || page.name.is_empty() || to.iter().any(|t| page.talks.contains(t))
}

impl Page {
    /// Its exit statuses with their meaning.
    pub fn exit_statuses(&self) -> impl Iterator<Item = (u8, &'static str)> + '_ {
        STATUSES.iter().filter_map(|&(status, what, to)| match self.own.iter().find(|(n, _)| *n == status) {
            Some(&(_, own)) => Some((status, own)),
            None => applies(to, self).then_some((status, what)),
        })
    }

    /// The variables it heeds.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        ENVIRONMENT.iter().filter(|(_, _, to)| applies(to, self)).map(|&(name, what, _)| (name, what))
    }

    /// The files it reads or writes.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        FILES.iter().filter(|(_, _, to)| applies(to, self)).map(|&(name, what, _)| (name, what))
    }

    /// The examples as the end of `--help`.
    pub fn help(&self) -> Option<String> {
        if self.examples.is_empty() {
            return None;
        }
        let lines: Vec<String> =
            self.examples.iter().map(|(line, what)| format!("  {line}\n      {what}")).collect();
        Some(format!("Examples:\n{}", lines.join("\n")))
    }
}

/// The page of a command; an empty one when it has none of its own.
pub(super) fn of(name: &str) -> &'static Page {
    static NONE: Page = Page { name: "-", talks: &[], own: &[], examples: &[] };
    PAGES.iter().find(|p| p.name == name).unwrap_or(&NONE)
}

/// Every page.
pub(super) const PAGES: &[Page] = &[
    Page {
        name: "",
        talks: &[],
        own: &[],
        examples: &[
            ("wwctl demo", "See the whole way on embedded parts, without hardware."),
            ("wwctl -H ABCDEF get", "Read the settings of the gateway whatwatt-ABCDEF.local."),
            ("wwctl probe", "Find out what the meter on the only USB serial port sends."),
        ],
    },
    Page {
        name: "get",
        talks: &[Gateway],
        own: &[],
        examples: &[
            ("wwctl -H ABCDEF get", "All settings of the gateway whatwatt-ABCDEF.local, as a table."),
            ("wwctl -H 192.0.2.7 get baudrate", "The bare value of one."),
            ("wwctl -H 192.0.2.7 get --json > settings.json", "The gateway's own object."),
            (
                "wwctl discover --json | wwctl --hosts-file - get baudrate",
                "One setting of every gateway on this network.",
            ),
        ],
    },
    Page {
        name: "set",
        talks: &[Gateway, Write],
        own: &[],
        examples: &[
            (
                "wwctl -H 192.0.2.7 set auto_baudrate=false baudrate=2400 parity=even --wait",
                "Change three settings, and wait until the meter is read.",
            ),
            (
                "wwctl -H 192.0.2.7 set encryption=true encryption_key=@key.txt",
                "Set a key, without showing it to others on this computer.",
            ),
            ("wwctl -H 192.0.2.7 set encryption_key=", "Clear a key."),
            ("wwctl -H 192.0.2.7 set --from settings.json --dry-run", "Show what a document would change."),
        ],
    },
    Page {
        name: "replace",
        talks: &[Gateway, Write],
        own: &[],
        examples: &[
            (
                "wwctl -H 192.0.2.7 replace settings.json --dry-run",
                "Show the whole effect, and send nothing.",
            ),
            (
                "wwctl -H 192.0.2.7 replace if_type=p1 protocol=dsmr --yes",
                "Two settings, everything else back to factory default.",
            ),
        ],
    },
    Page {
        name: "apply",
        talks: &[Gateway, Write, Fleet],
        own: &[
            (0, "Every gateway is as declared; with --check: nothing differs."),
            (1, "With --check: something differs. Otherwise another failure."),
            (10, "Some gateways failed, or were not begun."),
        ],
        examples: &[
            ("wwctl apply fleet.csv --check", "The drift of a whole fleet; nothing is changed."),
            (
                "wwctl apply fleet.csv --canary 3 --max-failures 2% --wait",
                "Three first, then the others; stop when more than 2 % fail; wait for the meters.",
            ),
            ("wwctl apply --resume JOURNAL", "Go on where a roll-out was cut off."),
            ("wwctl apply fleet.toml -H kitchen --report result.csv", "One of them, with a report."),
        ],
    },
    Page {
        name: "restore",
        talks: &[Gateway, Write, Fleet],
        own: &[],
        examples: &[
            ("wwctl restore JOURNAL --dry-run", "What would be put back."),
            ("wwctl restore JOURNAL", "Every setting that the roll-out changed, but no keys."),
        ],
    },
    Page {
        name: "decode",
        talks: &[Message],
        own: &[(0, "At least one message is complete, good and understood."), (8, "No message is.")],
        examples: &[
            ("wwctl decode dump.bin", "The messages in a file of raw bytes, hex text or a capture."),
            (
                "xxd -r -p dump.txt | wwctl decode --json --key @key.txt",
                "Decrypt, and print an object a message.",
            ),
            ("wwctl decode --explain frame.hex", "Every byte of a frame with its meaning."),
            (
                "wwctl decode --report --scalers-set lge570 dump.bin",
                "What the gateway would report of it with these settings.",
            ),
        ],
    },
    Page {
        name: "diff",
        talks: &[Gateway],
        own: &[(0, "The gateway has what the file says."), (1, "Something differs, or another failure.")],
        examples: &[(
            "wwctl -H 192.0.2.7 diff settings.json",
            "What the gateway has, and what the file wants.",
        )],
    },
    Page {
        name: "info",
        talks: &[Gateway],
        own: &[],
        examples: &[
            ("wwctl -H ABCDEF info", "Device, firmware, licence, meter and network."),
            ("wwctl -H ABCDEF info --json | jq -r .meter.status", "The meter's status, for a script."),
        ],
    },
    Page {
        name: "scalers current",
        talks: &[Gateway],
        own: &[],
        examples: &[("wwctl -H 192.0.2.7 scalers current", "What the gateway applies now.")],
    },
    Page {
        name: "scalers get",
        talks: &[Gateway],
        own: &[],
        examples: &[("wwctl -H 192.0.2.7 scalers get --json > scalers.json", "Keep your own scalers.")],
    },
    Page {
        name: "scalers set",
        talks: &[Gateway, Write],
        own: &[],
        examples: &[
            (
                "wwctl -H 192.0.2.7 scalers set 1.8.255=3 31.7.0=-2",
                "All import energies times 1000, the current of L1 times 0.01.",
            ),
            ("wwctl -H 192.0.2.7 scalers set --from scalers.json", "The whole list."),
        ],
    },
    Page {
        name: "doctor",
        talks: &[Gateway],
        own: &[(9, "Something keeps the meter from being read.")],
        examples: &[("wwctl -H ABCDEF doctor", "What is wrong between gateway and meter.")],
    },
    Page {
        name: "live",
        talks: &[Gateway],
        own: &[],
        examples: &[
            ("wwctl -H ABCDEF live", "Follow the values until Ctrl-C."),
            ("wwctl -H ABCDEF live --json --count 10 > live.jsonl", "Ten of them as JSON, one a line."),
        ],
    },
    Page {
        name: "report",
        talks: &[Gateway],
        own: &[],
        examples: &[("wwctl -H ABCDEF report", "The last report with its units.")],
    },
    Page {
        name: "fields",
        talks: &[],
        own: &[],
        examples: &[("wwctl fields", "All settings."), ("wwctl fields stop_bits", "One of them in full.")],
    },
    Page {
        name: "simulate meter",
        talks: &[Line],
        own: &[],
        examples: &[
            (
                "wwctl simulate meter sim:hdlc?baudrate=9600",
                "A meter on a pseudo-terminal, which can be probed.",
            ),
            ("wwctl simulate meter sim:dsmr?interval=1 --tcp 127.0.0.1:4001", "Its bytes on a TCP port."),
            ("wwctl simulate meter 'sim:mbus?frames=recorded.hex'", "What was recorded from a real meter."),
        ],
    },
    Page {
        name: "simulate gateway",
        talks: &[],
        own: &[],
        examples: &[
            ("wwctl simulate gateway", "A gateway without a password; it prints its URL."),
            (
                "wwctl simulate gateway --password secret --qop auth,auth-int",
                "One that asks for a login, as firmware 1.10 does.",
            ),
            (
                "wwctl simulate gateway --meter baudrate=2400 --meter parity=even",
                "One whose meter is OK only under these settings.",
            ),
            (
                "wwctl simulate gateway --fault drop-after-write:1 --fault 503:2",
                "One that answers 503 twice, and loses the answer to a write.",
            ),
            (
                "wwctl simulate gateway --count 1000 --latency 20 --port 20000 --log requests.jsonl",
                "A thousand of them, on ports 20000 to 20999.",
            ),
        ],
    },
    Page {
        name: "discover",
        talks: &[],
        own: &[(8, "No gateway answered.")],
        examples: &[
            ("wwctl discover", "The gateways on this network."),
            ("wwctl discover --info", "With firmware, licence and meter status."),
            ("wwctl discover --json | jq -r .address", "Their addresses, for a script."),
        ],
    },
    Page {
        name: "ports",
        talks: &[],
        own: &[],
        examples: &[
            ("wwctl ports", "The serial ports, their drivers, and what hinders access."),
            ("wwctl ports --usb --json | jq -r .ports[].port", "The USB ones, for a script."),
        ],
    },
    Page {
        name: "capture",
        talks: &[Line],
        own: &[],
        examples: &[
            (
                "wwctl capture /dev/ttyUSB0 -o meter.jsonl --baudrate 2400 --parity even",
                "Record until Ctrl-C.",
            ),
            (
                "wwctl capture -o meter.jsonl --rotate-size 10M --keep 5",
                "Record for days, keeping the last 50 MB.",
            ),
            (
                "wwctl capture /dev/ttyUSB0 -o meter.pcapng --format pcapng --for 60",
                "A minute, for Wireshark.",
            ),
            ("wwctl capture sim:dsmr?realtime=true -o - --format raw --for 10", "Hear a simulated meter."),
        ],
    },
    Page {
        name: "probe",
        talks: &[Line, Message],
        own: &[],
        examples: &[
            ("wwctl probe", "Probe the line behind the only USB serial port."),
            ("wwctl probe /dev/ttyUSB0 --baudrate 2400", "Probe this port; the baud rate is known."),
            ("wwctl probe sim:dsmr?baudrate=9600&invert=true", "Try it without hardware."),
            (
                "wwctl probe --json > line.json && wwctl -H ABCDEF set --from line.json",
                "Set a gateway accordingly.",
            ),
        ],
    },
    Page {
        name: "demo",
        talks: &[],
        own: &[],
        examples: &[("wwctl demo", "Gateway, meter, probe, set and verify, all embedded.")],
    },
    Page {
        name: "config show",
        talks: &[Gateway],
        own: &[],
        examples: &[
            ("wwctl config show", "Every value in force, and the line of the file that gives it."),
            ("wwctl --host north config show --json", "The gateways of a group, for a script."),
        ],
    },
    Page {
        name: "completions",
        talks: &[],
        own: &[],
        examples: &[(
            "wwctl completions bash > ~/.local/share/bash-completion/completions/wwctl",
            "Completions for bash.",
        )],
    },
    Page {
        name: "man",
        talks: &[],
        own: &[],
        examples: &[("wwctl man ~/.local/share/man/man1", "Install the manual pages.")],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_of_a_command_and_every_command_has_a_page() {
        let root = super::super::command();
        let mut names = vec![String::new()];
        for sub in root.get_subcommands().filter(|s| !s.is_hide_set()) {
            names.push(sub.get_name().to_owned());
            names.extend(sub.get_subcommands().map(|n| format!("{} {}", sub.get_name(), n.get_name())));
        }
        for page in PAGES {
            assert!(names.iter().any(|n| n == page.name), "a page for {:?}, which is no command", page.name);
        }
        let groups = ["scalers", "simulate", "config"];
        for name in names.iter().filter(|n| !n.contains(' ') && !groups.contains(&n.as_str())) {
            assert!(PAGES.iter().any(|p| p.name == name), "{name} has no page");
        }
    }

    #[test]
    fn examples_parse() {
        for page in PAGES {
            for (line, _) in page.examples {
                for part in line.split('|').filter(|p| p.trim_start().starts_with("wwctl")) {
                    let words = part
                        .split(" > ")
                        .next()
                        .unwrap_or_default()
                        .split_whitespace()
                        .map(|w| w.trim_matches('\''));
                    let result = super::super::command().try_get_matches_from(words);
                    assert!(result.is_ok(), "{line}: {}", result.unwrap_err());
                }
            }
        }
    }
}
