//! Ciphered APDUs: their headers, and what the keys make of their content.

use super::apdu::{Channel, Engine, Link, NotificationHead, apdu_name, behind, malformed};
use super::{date_time, explain};
use crate::decode::crypt::{GeneralGlo, Header, Length, ParsedGlo, TAG, length};
use crate::decode::stream::Outcome;
use crate::decode::trace::Trace;
use crate::decode::{Message, ProblemCode, Security, Status, TagState};

/// Most senders that are told apart on one line.
const MOST_SENDERS: usize = 64;

/// What kind of ciphering an APDU has.
struct Ciphered<'a> {
    header: Header,
    titled: bool,
    body: &'a [u8],
    /// Where the content begins in the APDU.
    at: usize,
    /// Associated data behind the authentication key (general-ciphering).
    extra: &'a [u8],
}

impl Engine {
    pub(super) fn ciphered<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        depth: u8,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let parts = match apdu.first() {
            Some(0xDB | 0xDC) => general(apdu, link, out, trace),
            Some(0xDD) => general_ciphering(apdu, link, out, trace),
            _ => tagged(channel, apdu, link, out, trace),
        };
        let Some(parts) = parts else { return Outcome::Complete };
        let Ciphered { header, titled, body, at, extra } = parts;
        if titled {
            channel.title = Some(header.title);
            self.maker(header.title, out);
        }
        out.security = Some(Security {
            ciphered: header.encrypted(),
            decrypted: false,
            system_title: titled.then_some(header.title),
            invocation_counter: Some(header.counter),
            tag: if header.authenticated() { TagState::Unverified } else { TagState::Absent },
        });
        if !link.broken {
            self.count(&header, link, out);
        }
        if header.control & 0x80 != 0 {
            out.problem(
                ProblemCode::Unsupported,
                link.offset(at),
                "the content is compressed (V.44), which is not decoded here",
            );
            out.status = if out.status == Status::Ok { Status::Unsupported } else { out.status };
            return Outcome::Complete;
        }
        if header.encrypted() && !titled && channel.title.is_none() {
            out.problem(
                ProblemCode::Unsupported,
                link.offset(at),
                "the ciphering names no system title, and none was seen before: the message cannot be opened",
            );
            out.status = if out.status == Status::Ok { Status::Encrypted } else { out.status };
            return Outcome::Complete;
        }
        let mut plain = std::mem::take(&mut self.plain);
        let state = match &self.opener {
            Some(opener) => opener.open_with(&header, extra, body, &mut plain),
            None if header.encrypted() => {
                self.plain = plain;
                out.status = if out.status == Status::Ok { Status::Encrypted } else { out.status };
                out.problem(
                    ProblemCode::KeyRequired,
                    link.offset(at),
                    "the message is ciphered and no encryption key was given",
                );
                return Outcome::Complete;
            }
            None => {
                plain.clear();
                let content =
                    if header.authenticated() { body.len().saturating_sub(TAG) } else { body.len() };
                plain.extend_from_slice(body.get(..content).unwrap_or_default());
                if header.authenticated() { TagState::Unverified } else { TagState::Absent }
            }
        };
        let outcome = self.opened(channel, &plain, &header, state, link, at, depth, out, trace);
        self.plain = plain;
        outcome
    }

    /// Judges what the key made of the content, and reads it.
    #[allow(clippy::too_many_arguments, reason = "each layer hands all of its surroundings to the next")]
    fn opened<T: Trace>(
        &mut self,
        channel: &mut Channel,
        plain: &[u8],
        header: &Header,
        state: TagState,
        link: Link,
        at: usize,
        depth: u8,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let sensible = plausible(plain);
        if let Some(security) = &mut out.security {
            security.tag = state;
            security.decrypted = header.encrypted() && (sensible || state == TagState::Verified);
        }
        let bytes_sure = link.checked && !link.broken;
        if !sensible && state != TagState::Verified && header.encrypted() {
            if out.status == Status::Ok {
                out.status = Status::DecryptFailed;
            }
            let message = if bytes_sure {
                "the bytes arrived intact, and make no sense when deciphered: this is not the meter's encryption key"
            } else {
                "the content makes no sense when deciphered: a wrong encryption key, or damaged bytes"
            };
            out.problem(ProblemCode::WrongKey, link.offset(at), message);
            return Outcome::Complete;
        }
        if state == TagState::Failed {
            if out.status == Status::Ok {
                out.status = Status::DecryptFailed;
            }
            let message = if bytes_sure {
                "the encryption key opens the message but its tag does not hold, and the bytes arrived intact: the authentication key is not the meter's"
            } else {
                "the encryption key opens the message but its tag does not hold: a wrong authentication key, or damaged bytes"
            };
            out.problem(ProblemCode::WrongAuthenticationKey, link.offset(at), message);
        }
        // Offsets in the plaintext are those of the ciphertext.
        let inner = Link { at: link.at.map(|base| base + at as u64), ..link };
        let title = out.security.as_ref().and_then(|s| s.system_title).or(channel.title);
        self.layer(channel, plain, inner, title, depth + 1, out, trace)
    }

    /// The maker's three letters begin a system title.
    fn maker(&self, title: [u8; 8], out: &mut Message) {
        if let Some(flag) = title.get(..3)
            && flag.iter().all(u8::is_ascii_uppercase)
            && let Ok(flag) = std::str::from_utf8(flag)
        {
            out.meter.manufacturer = Some(flag.into());
        }
    }

    /// A counter that does not grow: a message was repeated, by the meter or by somebody else.
    fn count(&mut self, header: &Header, link: Link, out: &mut Message) {
        let found = self.counters.iter_mut().find(|(title, _)| *title == header.title);
        let Some((_, last)) = found else {
            if self.counters.len() < MOST_SENDERS {
                self.counters.push((header.title, header.counter));
            }
            return;
        };
        if header.counter <= *last {
            let (now, last) = (header.counter, *last);
            out.problem(
                ProblemCode::Replay,
                link.offset(0),
                format!(
                    "the invocation counter {now} is not above {last}, which this sender has used already"
                ),
            );
        } else {
            *last = header.counter;
        }
    }
}

/// Does decrypted content begin as one of the APDUs that a meter sends?
pub fn plausible(plain: &[u8]) -> bool {
    match plain {
        [0x0F, ..] => NotificationHead::read(plain).is_some_and(|head| {
            let time = plain.get(head.time.clone()).unwrap_or_default();
            let data = plain.get(head.body).is_some_and(|tag| matches!(tag, 1 | 2 | 19));
            data && (time.is_empty() || date_time::date_time(time).is_some())
        }),
        [0xC2, 0, 0, ..] | [0xC2, 1, 9 | 12, ..] => true,
        [0xC4, 1 | 3, ..] => plain.len() > 4,
        [0xC4, 2, _, 0 | 1, 0, 0, _, _, 0 | 1, ..] => true,
        [0xC0, 1..=3, ..] => true,
        [0xE0, _, _, _, _, _, rest @ ..] => {
            matches!(length(rest), Length::Is { value, size } if value + size == rest.len())
        }
        [0xDB, 8, ..] => matches!(GeneralGlo::parse(plain), ParsedGlo::Header(_)),
        [0xD8, ..] => plain.len() <= 4,
        _ => false,
    }
}

fn general<'a, T: Trace>(
    apdu: &'a [u8],
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<Ciphered<'a>> {
    let ParsedGlo::Header(glo) = GeneralGlo::parse(apdu) else {
        trace.fault(1..apdu.len(), "header", || "no valid ciphering header".into());
        malformed(out, link.offset(1), "the ciphering header is not valid");
        return None;
    };
    trace.note(0..1, "tag", || apdu_name(apdu.first().copied().unwrap_or(0)).into());
    trace.note(1..glo.title.end, "system title", || explain::title(apdu, glo.title.clone()));
    trace.note(glo.length.clone(), "length", || format!("{} bytes", glo.body.end - glo.length.end));
    note_security(glo.length.end, &glo.header, trace);
    let content = content(apdu, glo.body.clone(), &glo.header, link, out, trace)?;
    behind(apdu, glo.body.end, link, out, trace);
    Some(Ciphered {
        header: glo.header,
        titled: glo.title.len() == 8,
        body: content,
        at: glo.body.start,
        extra: &[],
    })
}

/// The glo- and ded- APDUs of single services: the system title is known from elsewhere.
fn tagged<'a, T: Trace>(
    channel: &Channel,
    apdu: &'a [u8],
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<Ciphered<'a>> {
    trace.note(0..1, "tag", || apdu_name(apdu.first().copied().unwrap_or(0)).into());
    let parts = match length(apdu.get(1..).unwrap_or_default()) {
        Length::Is { value, size } => security_header(apdu, 1 + size)
            .filter(|_| value >= 5)
            .map(|(header, at)| (header, size, at, 1 + size + value)),
        _ => None,
    };
    let Some((mut header, size, at, end)) = parts else {
        trace.fault(1..apdu.len(), "header", || "no valid ciphering header".into());
        malformed(out, link.offset(1), "the ciphering header is not valid");
        return None;
    };
    header.title = channel.title.unwrap_or_default();
    trace.note(1..1 + size, "length", || format!("{} bytes", end - 1 - size));
    note_security(1 + size, &header, trace);
    let body = content(apdu, at..end, &header, link, out, trace)?;
    behind(apdu, end, link, out, trace);
    Some(Ciphered { header, titled: channel.title.is_some(), body, at, extra: &[] })
}

/// general-ciphering (Green Book, "general-ciphering APDU"): five strings, how the key was agreed, and
/// the content.  Only the global key, named by 00 or not at all, can be opened.
fn general_ciphering<'a, T: Trace>(
    apdu: &'a [u8],
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<Ciphered<'a>> {
    let bad = |out: &mut Message| {
        malformed(out, link.offset(1), "the header of the general-ciphering APDU is not valid");
        None
    };
    trace.note(0..1, "tag", || "general-ciphering".into());
    let mut at = 1;
    let mut title = [0; 8];
    for (n, what) in [
        "transaction-id",
        "originator system title",
        "recipient system title",
        "date-time",
        "other information",
    ]
    .into_iter()
    .enumerate()
    {
        let Length::Is { value, size } = length(apdu.get(at..).unwrap_or_default()) else { return bad(out) };
        let Some(text) = apdu.get(at + size..).and_then(|rest| rest.get(..value)) else { return bad(out) };
        if n == 1
            && let Ok(eight) = <[u8; 8]>::try_from(text)
        {
            title = eight;
        }
        trace.note(at..at + size + value, what, || explain::title(apdu, at + size..at + size + value));
        at += size + value;
    }
    let extra = apdu.get(1..at).unwrap_or_default();
    let key = at;
    let known = match apdu.get(at..) {
        Some([0, ..]) => {
            at += 1;
            true
        }
        Some([1, 0, id, ..]) => {
            at += 3;
            *id == 0
        }
        _ => false,
    };
    if !known {
        out.status = if out.status == Status::Ok { Status::Unsupported } else { out.status };
        out.problem(
            ProblemCode::Unsupported,
            link.offset(key),
            "a key that was agreed or wrapped (general-ciphering), which is not opened here",
        );
        return None;
    }
    trace.note(key..at, "key", || "the global unicast encryption key".into());
    let Length::Is { value, size } = length(apdu.get(at..).unwrap_or_default()) else { return bad(out) };
    trace.note(at..at + size, "length", || format!("{value} bytes"));
    let end = at + size + value;
    let Some((mut header, start)) = security_header(apdu, at + size).filter(|_| value >= 5) else {
        return bad(out);
    };
    header.title = title;
    note_security(at + size, &header, trace);
    let body = content(apdu, start..end, &header, link, out, trace)?;
    Some(Ciphered { header, titled: true, body, at: start, extra })
}

fn security_header(apdu: &[u8], at: usize) -> Option<(Header, usize)> {
    let &[control, c3, c2, c1, c0] = apdu.get(at..)?.first_chunk::<5>()?;
    Some((Header { control, title: [0; 8], counter: u32::from_be_bytes([c3, c2, c1, c0]) }, at + 5))
}

fn note_security<T: Trace>(at: usize, header: &Header, trace: &mut T) {
    trace.note(at..at + 1, "security control", || explain::security_control(header.control));
    trace.note(at + 1..at + 5, "invocation counter", || header.counter.to_string());
}

/// The content with its tag; notes both.
fn content<'a, T: Trace>(
    apdu: &'a [u8],
    body: std::ops::Range<usize>,
    header: &Header,
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<&'a [u8]> {
    let tag = if header.authenticated() { TAG } else { 0 };
    match apdu.get(body.clone()) {
        Some(content) if content.len() >= tag => {
            trace.note(body.start..body.end - tag, "content", || {
                if header.encrypted() { "encrypted".into() } else { "not encrypted".into() }
            });
            if tag > 0 {
                trace.note(body.end - tag..body.end, "authentication tag", || {
                    explain::hex(apdu, body.end - tag..body.end)
                });
            }
            Some(content)
        }
        _ => {
            trace.fault(body.start.min(apdu.len())..apdu.len(), "content", || "cut off".into());
            if out.status == Status::Ok {
                out.status = if link.checked { Status::Malformed } else { Status::Truncated };
            }
            let (said, have) = (body.end, apdu.len());
            out.problem(
                ProblemCode::Truncated,
                link.offset(have),
                format!("the ciphered APDU says it is {said} bytes long, and stops after {have}"),
            );
            // Who sent it is known all the same.
            out.security = Some(Security {
                ciphered: header.encrypted(),
                decrypted: false,
                system_title: (header.title != [0; 8]).then_some(header.title),
                invocation_counter: Some(header.counter),
                tag: if header.authenticated() { TagState::Unverified } else { TagState::Absent },
            });
            None
        }
    }
}
