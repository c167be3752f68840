//! Telnet as far as a serial port server needs it: RFC 854 (commands), 855 (options), 856 (binary).

/// Interpret as command.
const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
/// Subnegotiation begins.
const SB: u8 = 250;
/// Subnegotiation ends.
const SE: u8 = 240;

/// Longest subnegotiation that is kept; a server's signature may be longer, and nobody reads it.
const LONGEST: usize = 512;

/// Eight-bit data (RFC 856).
pub const BINARY: u8 = 0;
/// No go-aheads (RFC 858).
pub const SUPPRESS_GO_AHEAD: u8 = 3;
/// Com port control (RFC 2217).
pub const COM_PORT: u8 = 44;

/// What arrives on a Telnet connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A data octet.
    Data(u8),
    /// The other side wants to use an option (true), or stops to.
    Will(u8, bool),
    /// The other side wants us to use an option (true), or not to.
    Do(u8, bool),
    /// Parameters of an option.
    Parameters(u8, Vec<u8>),
}

/// Takes a Telnet stream apart, however it is cut into pieces.
#[derive(Debug, Clone, Default)]
pub struct Telnet {
    state: State,
    parameters: Vec<u8>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Data,
    Command,
    /// After WILL, WONT, DO or DONT.
    Option(u8),
    Parameters,
    /// After IAC within parameters.
    ParametersCommand,
}

impl Telnet {
    /// Takes the next octet.
    pub fn push(&mut self, octet: u8) -> Option<Event> {
        let (state, event) = match (self.state, octet) {
            (State::Data, IAC) => (State::Command, None),
            (State::Data, data) => (State::Data, Some(Event::Data(data))),
            (State::Command, IAC) => (State::Data, Some(Event::Data(IAC))),
            (State::Command, SB) => {
                self.parameters.clear();
                (State::Parameters, None)
            }
            (State::Command, verb @ WILL..=DONT) => (State::Option(verb), None),
            // No operation, are you there, and the like.
            (State::Command, _) => (State::Data, None),
            (State::Option(verb), option) => {
                let event = match verb {
                    WILL | WONT => Event::Will(option, verb == WILL),
                    _ => Event::Do(option, verb == DO),
                };
                (State::Data, Some(event))
            }
            (State::Parameters, IAC) => (State::ParametersCommand, None),
            (State::Parameters, octet) => {
                if self.parameters.len() < LONGEST {
                    self.parameters.push(octet);
                }
                (State::Parameters, None)
            }
            (State::ParametersCommand, IAC) => {
                self.parameters.push(IAC);
                (State::Parameters, None)
            }
            // SE; anything else there is a fault of the other side, and ends the parameters as well.
            (State::ParametersCommand, _) => {
                let event = self
                    .parameters
                    .split_first()
                    .map(|(option, rest)| Event::Parameters(*option, rest.to_vec()));
                (State::Data, event)
            }
        };
        self.state = state;
        event
    }
}

/// `WILL` or `WONT` use an option.
pub const fn will(option: u8, yes: bool) -> [u8; 3] {
    [IAC, if yes { WILL } else { WONT }, option]
}

/// `DO` or `DONT` use an option.
pub const fn please(option: u8, yes: bool) -> [u8; 3] {
    [IAC, if yes { DO } else { DONT }, option]
}

/// Parameters of an option.
pub fn parameters(option: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![IAC, SB, option];
    escape(value, &mut out);
    out.extend([IAC, SE]);
    out
}

/// Data: IAC is doubled.
pub fn escape(data: &[u8], out: &mut Vec<u8>) {
    for &octet in data {
        out.push(octet);
        if octet == IAC {
            out.push(IAC);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events(stream: &[u8]) -> Vec<Event> {
        let mut telnet = Telnet::default();
        stream.iter().filter_map(|octet| telnet.push(*octet)).collect()
    }

    #[test]
    fn commands_between_data() {
        // RFC 2217's example of a baud rate of 9600 acknowledged, with an IAC in the data before it.
        let stream =
            [b'a', IAC, IAC, IAC, WILL, 44, IAC, 241, IAC, SB, 44, 101, 0, 0, 0x25, 0x80, IAC, SE, b'b'];
        assert_eq!(
            events(&stream),
            [
                Event::Data(b'a'),
                Event::Data(255),
                Event::Will(44, true),
                Event::Parameters(44, vec![101, 0, 0, 0x25, 0x80]),
                Event::Data(b'b')
            ]
        );
        assert_eq!(events(&please(0, false)), [Event::Do(0, false)]);
        assert_eq!(events(&will(3, false)), [Event::Will(3, false)]);
    }

    proptest! {
        #[test]
        fn what_is_sent_arrives(data: Vec<u8>, value in proptest::collection::vec(any::<u8>(), 0..100), option: u8) {
            let mut stream = Vec::new();
            escape(&data, &mut stream);
            stream.extend(parameters(option, &value));
            let mut want: Vec<Event> = data.into_iter().map(Event::Data).collect();
            // An option numbered 255 does not exist: it cannot be told from a doubled IAC.
            if option != IAC {
                want.push(Event::Parameters(option, value));
                prop_assert_eq!(events(&stream), want);
            }
        }

        #[test]
        fn anything_may_come(stream: Vec<u8>) {
            events(&stream);
        }
    }
}
