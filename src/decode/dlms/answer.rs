//! Answers to requests: get-response in its three forms, and the request that names what is answered.

use super::apdu::{Channel, Engine, Link, behind, malformed};
use super::payload::Object;
use super::transfer::{Block, Step};
use crate::decode::crypt::{Length, length};
use crate::decode::stream::Outcome;
use crate::decode::trace::Trace;
use crate::decode::{Message, Obis, ProblemCode};

impl Engine {
    pub(super) fn answer<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        trace.note(0..1, "tag", || "get-response".into());
        // An answer to another request, or to one that was not heard, is not named by this one.
        if apdu.get(2).is_some_and(|invoke| (invoke ^ channel.request.invoke) & 0x0F != 0) {
            channel.request.objects.clear();
        }
        let asked = channel.request.objects.first().copied();
        match apdu.get(1..) {
            Some(&[1, _, 0, ..]) => {
                trace.note(1..4, "normal", || "invoke-id, and data follows".into());
                let end = self.body(apdu, 4, link, title, asked, out, trace);
                behind(apdu, end, link, out, trace);
            }
            Some(&[1, _, 1, error, ..]) => {
                trace.note(1..5, "error", || format!("data-access-result {error}"));
                access_error(out, link, error);
            }
            Some(&[3, _, ..]) => self.answers(channel, apdu, link, title, out, trace),
            Some(&[2, _, last, n3, n2, n1, n0, 0, ..]) => {
                let Length::Is { value, size } = length(apdu.get(9..).unwrap_or_default()) else {
                    malformed(out, link.offset(9), "the block of the get-response has no valid length");
                    return Outcome::Complete;
                };
                let at = 9 + size;
                let number = u32::from_be_bytes([n3, n2, n1, n0]);
                trace.note(1..at, "datablock", || {
                    format!("block {number}{}, {value} bytes", if last != 0 { ", the last" } else { "" })
                });
                let Some(data) = apdu.get(at..at + value) else {
                    malformed(out, link.offset(9), "the block of the get-response is shorter than it says");
                    return Outcome::Complete;
                };
                trace.note(at..at + value, "content", || "a part of the answer".into());
                let block = Block {
                    number,
                    last: last != 0,
                    data,
                    start: link.start,
                    end: link.end,
                    checked: link.checked,
                    broken: link.broken,
                };
                match channel.answer.add(block) {
                    Step::Pending => return Outcome::Pending,
                    Step::Restart => {
                        channel.answer.give_up(out);
                        return Outcome::Again;
                    }
                    Step::Complete => {}
                }
                if !channel.answer.judge(out) {
                    let link = Link {
                        start: channel.answer.start,
                        end: channel.answer.end,
                        at: None,
                        checked: channel.answer.checked,
                        broken: channel.answer.broken,
                    };
                    let data = std::mem::take(&mut channel.answer.data);
                    trace.open("answer put together", &data);
                    let end = self.body(&data, 0, link, title, asked, out, trace);
                    behind(&data, end, link, out, trace);
                    trace.close();
                    channel.answer.data = data;
                }
                channel.answer.clear();
            }
            Some(&[2, _, _, _, _, _, _, 1, error, ..]) => {
                trace.note(1..10, "error", || format!("data-access-result {error}"));
                channel.answer.clear();
                access_error(out, link, error);
            }
            _ => {
                trace.fault(1..apdu.len(), "choice", || "no valid get-response".into());
                malformed(out, link.offset(1), "this is no valid get-response");
            }
        }
        Outcome::Complete
    }

    /// get-response-with-list.
    pub(super) fn answers<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        out: &mut Message,
        trace: &mut T,
    ) {
        let Length::Is { value: count, size } = length(apdu.get(3..).unwrap_or_default()) else {
            return malformed(out, link.offset(3), "the list of the get-response has no valid length");
        };
        let mut at = 3 + size;
        trace.note(1..at, "list", || format!("invoke-id, and {count} results"));
        for n in 0..count {
            let asked = channel.request.objects.get(n).copied();
            match apdu.get(at..) {
                Some([0, ..]) => {
                    trace.note(at..at + 1, "result", || "data follows".into());
                    let before = out.problems.len();
                    at = self.body(apdu, at + 1, link, title, asked, out, trace);
                    if out
                        .problems
                        .iter()
                        .skip(before)
                        .any(|p| matches!(p.code, ProblemCode::Truncated | ProblemCode::Malformed))
                    {
                        return;
                    }
                }
                Some([1, error, ..]) => {
                    trace.note(at..at + 2, "result", || format!("data-access-result {error}"));
                    access_error(out, link, *error);
                    at += 2;
                }
                _ => {
                    return malformed(
                        out,
                        link.offset(at),
                        format!("result {} of {count} is missing", n + 1),
                    );
                }
            }
        }
        behind(apdu, at, link, out, trace);
    }
}

fn access_error(out: &mut Message, link: Link, code: u8) {
    let words = match code {
        1 => "hardware fault",
        2 => "temporary failure",
        3 => "read or write denied",
        4 => "object undefined",
        9 => "object class inconsistent",
        11 => "object unavailable",
        12 => "type unmatched",
        13 => "scope of access violated",
        14 => "data block unavailable",
        15 => "long get aborted",
        16 => "no long get in progress",
        19 => "data block number invalid",
        _ => "other reason",
    };
    out.problem(
        ProblemCode::MeterError,
        link.offset(0),
        format!("the meter refuses to answer: {words} ({code})"),
    );
}

/// Remembers which attributes a get-request asks for, so that the answer can be named.
pub(super) fn request<T: Trace>(channel: &mut Channel, apdu: &[u8], trace: &mut T) {
    let (invoke, count, mut at) = match apdu.get(1..) {
        Some(&[1, invoke, ..]) => (invoke, 1, 3),
        Some(&[3, invoke, count @ 0..=0x7F, ..]) => (invoke, usize::from(count), 4),
        // The next block of the same answer.
        _ => return,
    };
    channel.request.invoke = invoke;
    channel.request.read_here = true;
    channel.request.objects.clear();
    for _ in 0..count {
        let Some(&[c1, c0, a, b, c, d, e, f, attribute, selection]) =
            apdu.get(at..).and_then(|r| r.first_chunk::<10>())
        else {
            return;
        };
        let object = Object {
            class: u16::from_be_bytes([c1, c0]),
            obis: Obis([a, b, c, d, e, f]),
            attribute: attribute as i8,
        };
        trace.note(at..at + 10, "attribute", || {
            format!("class {}, {}, attribute {}", object.class, object.obis, object.attribute)
        });
        channel.request.objects.push(object);
        if selection != 0 {
            return;
        }
        at += 10;
    }
}
