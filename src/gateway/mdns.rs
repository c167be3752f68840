//! A `.local` name to addresses by one multicast question (RFC 6762 section 5.1 and 6.7).
//!
//! The question goes out from an ephemeral port with the QU bit, so that the device answers this socket
//! alone and at once; a full mDNS service, which shares port 5353 and answers only what was not multicast
//! in the last second, takes up to a second for the same.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Where mDNS listens (RFC 6762 section 3).
pub(super) const GROUP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)), 5353);

const TYPE_A: u16 = 1;
const TYPE_AAAA: u16 = 28;
const CLASS_IN: u16 = 1;
/// In a question: answer by unicast; in an answer: this is all there is (RFC 6762 sections 5.4, 10.2).
const TOP_BIT: u16 = 0x8000;

/// The pauses between repetitions: a packet on Wi-Fi is lost now and then.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_millis(1000)];

/// Asks on every interface until an answer comes, `deadline` has passed or nobody waits any more (`done`);
/// empty when none came.
pub(super) fn ask(group: SocketAddr, name: &str, deadline: Instant, done: &AtomicBool) -> Vec<IpAddr> {
    // The answer repeats the id (RFC 6762 section 6.7); it only has to differ from other questions of now.
    let id = u16::try_from(std::process::id() & 0x7fff).unwrap_or_default() | 1;
    let Some(question) = query(id, name) else { return Vec::new() };
    let sockets: Vec<UdpSocket> = local_addresses(group).into_iter().filter_map(|a| open(a).ok()).collect();
    if sockets.is_empty() {
        return Vec::new();
    }
    let mut pauses = PAUSES.into_iter().chain(std::iter::repeat(Duration::from_secs(2)));
    let mut next = Instant::now();
    let mut packet = [0; 9000];
    loop {
        let now = Instant::now();
        if now >= deadline || done.load(Ordering::Relaxed) {
            return Vec::new();
        }
        if now >= next {
            for socket in &sockets {
                // An interface without a route to the group is no reason to give up on the others.
                let _ = socket.send_to(&question, group);
            }
            next = now + pauses.next().unwrap_or_default();
        }
        for socket in &sockets {
            while let Ok((length, _)) = socket.recv_from(&mut packet) {
                let found = addresses(packet.get(..length).unwrap_or_default(), name);
                if !found.is_empty() {
                    return found;
                }
            }
        }
    }
}

/// One address of each interface: Linux sends multicast out of the interface whose address the socket
/// is bound to; elsewhere the default interface is asked several times.
fn local_addresses(group: SocketAddr) -> Vec<Ipv4Addr> {
    if group.ip().is_loopback() {
        return vec![Ipv4Addr::LOCALHOST];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found: Vec<Ipv4Addr> = interfaces
        .into_iter()
        .filter(|i| !i.is_loopback())
        .filter_map(|i| if let IpAddr::V4(address) = i.ip() { Some(address) } else { None })
        .collect();
    if found.is_empty() {
        found.push(Ipv4Addr::UNSPECIFIED);
    }
    found
}

fn open(address: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((address, 0))?;
    // Short enough to look at every interface, long enough not to spin.
    socket.set_read_timeout(Some(Duration::from_millis(5)))?;
    // RFC 6762 section 11.
    socket.set_multicast_ttl_v4(255)?;
    Ok(socket)
}

/// The question for both kinds of address; `None` for a name that does not fit into one.
fn query(id: u16, name: &str) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|n| (1..64).contains(n))?;
        wire.push(length);
        wire.extend_from_slice(label.as_bytes());
    }
    wire.push(0);
    if wire.len() > 255 {
        return None;
    }
    let mut packet = Vec::new();
    for word in [id, 0, 2, 0, 0, 0] {
        packet.extend_from_slice(&word.to_be_bytes());
    }
    for kind in [TYPE_A, TYPE_AAAA] {
        packet.extend_from_slice(&wire);
        packet.extend_from_slice(&kind.to_be_bytes());
        packet.extend_from_slice(&(CLASS_IN | TOP_BIT).to_be_bytes());
    }
    Some(packet)
}

/// The addresses that an answer holds for `name`, IPv4 first.  IPv6 addresses that are only good with
/// an interface are left out: the answer does not say which.
fn addresses(packet: &[u8], name: &str) -> Vec<IpAddr> {
    let mut found = read(packet, name).unwrap_or_default();
    found.sort_by_key(IpAddr::is_ipv6);
    found.dedup();
    found
}

/// RFC 1035 section 4.1; `None` for a packet that breaks off or is no answer.
fn read(packet: &[u8], name: &str) -> Option<Vec<IpAddr>> {
    let word = |at: usize| Some(u16::from_be_bytes(packet.get(at..at.checked_add(2)?)?.try_into().ok()?));
    if word(2)? & 0x8000 == 0 {
        return None;
    }
    let mut at = 12;
    for _ in 0..word(4)? {
        at = name_at(packet, at)?.1.checked_add(4)?;
    }
    let records = usize::from(word(6)?) + usize::from(word(8)?) + usize::from(word(10)?);
    let mut found = Vec::new();
    for _ in 0..records {
        // What came before a broken record still counts.
        let Some((owner, fixed)) = name_at(packet, at) else { break };
        let (Some(kind), Some(class), Some(length)) =
            (word(fixed), word(fixed + 2), word(fixed + 8).map(usize::from))
        else {
            break;
        };
        let Some(data) = packet.get(fixed + 10..fixed + 10 + length) else { break };
        if class & !TOP_BIT == CLASS_IN && owner.eq_ignore_ascii_case(name.trim_end_matches('.')) {
            match (kind, <[u8; 4]>::try_from(data), <[u8; 16]>::try_from(data)) {
                (TYPE_A, Ok(bytes), _) => found.push(Ipv4Addr::from(bytes).into()),
                (TYPE_AAAA, _, Ok(bytes)) if !Ipv6Addr::from(bytes).is_unicast_link_local() => {
                    found.push(Ipv6Addr::from(bytes).into());
                }
                _ => {}
            }
        }
        at = fixed + 10 + length;
    }
    Some(found)
}

/// A name and the offset behind it; pointers only lead backwards, so that a loop cannot form.
fn name_at(packet: &[u8], start: usize) -> Option<(String, usize)> {
    let (mut at, mut end, mut name) = (start, None, String::new());
    loop {
        let length = *packet.get(at)?;
        match length {
            0 => return Some((name, end.unwrap_or(at + 1))),
            1..=63 => {
                let label = packet.get(at + 1..at + 1 + usize::from(length))?;
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(&String::from_utf8_lossy(label));
                if name.len() > 1000 {
                    return None;
                }
                at += 1 + usize::from(length);
            }
            0xc0.. => {
                let target = usize::from(length & 0x3f) << 8 | usize::from(*packet.get(at + 1)?);
                end.get_or_insert(at + 2);
                if target >= at {
                    return None;
                }
                at = target;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By hand after RFC 1035 section 4.1 and RFC 6762 section 18.
    #[test]
    fn the_question() {
        let wanted =
            b"\x12\x34\0\0\0\x02\0\0\0\0\0\0\x02gw\x05local\0\0\x01\x80\x01\x02gw\x05local\0\0\x1c\x80\x01";
        assert_eq!(query(0x1234, "gw.local").as_deref(), Some(wanted.as_slice()));
        assert_eq!(query(1, "a..local"), None);
        assert_eq!(query(1, &"x".repeat(64)), None);
    }

    /// An answer as a device sends it: the question repeated, compressed names, cache-flush bit, NSEC.
    fn answer() -> Vec<u8> {
        let mut packet = b"\x12\x34\x84\0\0\x01\0\x02\0\0\0\x02\x02GW\x05local\0\0\x01\0\x01".to_vec();
        packet.extend_from_slice(b"\xc0\x0c\0\x01\x80\x01\0\0\0\x78\0\x04\xc0\0\x02\x07");
        packet.extend_from_slice(b"\x05other\xc0\x0f\0\x01\x80\x01\0\0\0\x78\0\x04\xc0\0\x02\x08");
        packet.extend_from_slice(
            b"\xc0\x0c\0\x1c\x80\x01\0\0\0\x78\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07",
        );
        packet.extend_from_slice(b"\xc0\x0c\0\x2f\x80\x01\0\0\0\x78\0\x08\xc0\x0c\0\x04\x40\0\0\x08");
        packet
    }

    #[test]
    fn the_answer() {
        let wanted: Vec<IpAddr> = vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
        assert_eq!(addresses(&answer(), "gw.local"), wanted);
        assert_eq!(addresses(&answer(), "gw.local."), wanted);
        assert_eq!(
            addresses(&answer(), "other.local"),
            wanted[..0].iter().copied().chain(["192.0.2.8".parse().unwrap()]).collect::<Vec<_>>()
        );
        assert!(addresses(&answer(), "third.local").is_empty());
        // A question is no answer.
        assert!(addresses(&query(1, "gw.local").unwrap(), "gw.local").is_empty());
    }

    #[test]
    fn cut_off_anywhere() {
        for end in 0..answer().len() {
            let _ = addresses(&answer()[..end], "gw.local");
        }
        // A pointer to itself.
        assert!(
            addresses(b"\0\0\x84\0\0\0\0\x01\0\0\0\0\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04\x01\x02\x03\x04", "x")
                .is_empty()
        );
    }

    proptest! {
        #[test]
        fn no_packet_panics(packet in proptest::collection::vec(any::<u8>(), 0..80), at in 0usize..60, byte: u8) {
            let _ = addresses(&packet, "gw.local");
            let mut bent = answer();
            bent[at] = byte;
            let _ = addresses(&bent, "gw.local");
        }
    }

    #[test]
    fn a_responder_is_asked_until_it_answers() {
        let responder = UdpSocket::bind("127.0.0.1:0").unwrap();
        let group = responder.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let mut packet = [0; 500];
            // The first question gets lost.
            responder.recv_from(&mut packet).unwrap();
            let (_, from) = responder.recv_from(&mut packet).unwrap();
            responder.send_to(b"noise", from).unwrap();
            responder.send_to(&answer(), from).unwrap();
        });
        let found = ask(group, "gw.local", Instant::now() + Duration::from_secs(10), &AtomicBool::new(false));
        assert_eq!(found.len(), 2);
        thread.join().unwrap();
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(
            ask(silent, "gw.local", Instant::now() + Duration::from_millis(50), &AtomicBool::new(false))
                .is_empty()
        );
    }
}
