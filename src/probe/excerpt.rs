//! One push out of several that were heard without a pause between them, the first and the last of them in part.
//!
//! What is open in one has nothing to do with whether another was read rightly, and there is so much of it that its
//! readings would be taken for others of that one.  P1 text has a `/` at the beginning of a telegram and nowhere else
//! (P1 companion standard 5.0.2, section 6.2); an HDLC frame has a length and a flag at its end.

use super::content::NAT;
use super::pieces::Alternative;
use std::cmp::Ordering;

type Pieces = Vec<Vec<Alternative>>;

/// The P1 telegrams in what was heard, each in pieces of its own; all of it where there is but one.
pub(super) fn telegrams(pieces: Pieces) -> Vec<Pieces> {
    let text = best(&pieces);
    let begins: Vec<usize> = (0..text.len()).filter(|at| text.get(*at) == Some(&b'/')).collect();
    if begins.len() < 2 {
        return vec![pieces];
    }
    let slash = |bytes: &[u8], at: usize| bytes.get(at) == Some(&b'/');
    let next = |bytes: &[u8], at: usize| slash(bytes, at) || at == bytes.len();
    let ends = begins.iter().skip(1).copied().chain([text.len()]);
    let excerpts = begins.iter().zip(ends);
    excerpts.map(|(&begin, end)| excerpt(&pieces, (begin, &slash), (end, &next))).collect()
}

/// The pushes in HDLC frames in what was heard, each in pieces of its own; all of it where nothing else was heard.
///
/// A push is a frame, or several of which all but the last have the segmentation bit (ISO/IEC 13239, 4.9.3).
pub(super) fn pushes(pieces: Pieces) -> Vec<Pieces> {
    let bytes = best(&pieces);
    let mut pushes: Vec<(usize, usize)> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    while at < bytes.len() {
        let Some((behind, segmented)) = frame(&bytes, at) else {
            at += 1;
            continue;
        };
        // Two frames share a flag, or have one each.
        let begin = open.filter(|(_, end)| at <= end + 1).map_or(at, |(begin, _)| begin);
        open = segmented.then_some((begin, behind));
        if !segmented {
            pushes.push((begin, behind));
        }
        at = behind - 1;
    }
    let heard: usize = pushes.iter().map(|(begin, end)| end - begin).sum();
    // Several frames may be one push all the same, as of a block transfer.
    if pushes.is_empty() || heard + OTHER > bytes.len() {
        return vec![pieces];
    }
    let begins = |bytes: &[u8], at: usize| bytes.get(at) == Some(&FLAG);
    let ends = |bytes: &[u8], at: usize| at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&FLAG);
    pushes.into_iter().map(|(begin, end)| excerpt(&pieces, (begin, &begins), (end, &ends))).collect()
}

/// Opens and closes a frame.
const FLAG: u8 = 0x7E;

/// The shortest frame: format, two addresses, control, checksum.
const SHORTEST: usize = 7;

/// So much besides a push is another one's end or beginning.
const OTHER: usize = 8;

/// Where the frame ends that begins here, if one does that is whole, and whether more of the same follows it.
fn frame(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let [FLAG, format, low, ..] = *bytes.get(at..)? else { return None };
    let length = usize::from(format & 7) << 8 | usize::from(low);
    let close = at + 1 + length;
    let whole = format & 0xF0 == 0xA0 && length >= SHORTEST && bytes.get(close) == Some(&FLAG);
    whole.then_some((close + 1, format & 8 != 0))
}

/// What was heard, as it reads best.
fn best(pieces: &Pieces) -> Vec<u8> {
    pieces.iter().filter_map(|piece| probable(piece)).flat_map(|way| way.bytes.iter().copied()).collect()
}

/// The way that is most probable.
fn probable(piece: &[Alternative]) -> Option<&Alternative> {
    piece.iter().min_by_key(|way| way.cost)
}

/// A place in the best reading, and how it is known in others.
type Place<'a> = (usize, &'a dyn Fn(&[u8], usize) -> bool);

/// What is between two places.
fn excerpt(pieces: &Pieces, begin: Place<'_>, end: Place<'_>) -> Pieces {
    let lengths: Vec<usize> =
        pieces.iter().map(|piece| probable(piece).map_or(0, |way| way.bytes.len())).collect();
    // The piece that a place is in, and where in it.
    let locate = |place: usize, inside: bool| {
        let mut left = place;
        for (number, length) in lengths.iter().enumerate() {
            if left < *length || !inside && left == *length {
                return (number, left);
            }
            left -= length;
        }
        (lengths.len().saturating_sub(1), lengths.last().copied().unwrap_or(0))
    };
    let (from, begin_at) = locate(begin.0, true);
    let (to, end_at) = locate(end.0, false);
    // Where all readings meet.
    let meet = |at: &usize| pieces.get(*at).is_some_and(|piece| piece.iter().all(|way| way.from == 0));
    let part = |at: &usize| pieces.get(*at).is_some_and(|piece| piece.iter().all(|way| way.to == 0));
    let first = (0..=from).rev().find(meet).unwrap_or(0);
    let last = (to..pieces.len()).find(part).unwrap_or(pieces.len().saturating_sub(1));
    let cut = |number: usize, bytes: &[u8]| {
        let near = |at: usize, is: &dyn Fn(&[u8], usize) -> bool| {
            (0..=bytes.len()).filter(|place| is(bytes, *place)).min_by_key(|place| place.abs_diff(at))
        };
        let begin = match number.cmp(&from) {
            Ordering::Less => bytes.len(),
            // It does not begin there: whatever it is instead, it is none.
            Ordering::Equal => near(begin_at, begin.1).unwrap_or(bytes.len()),
            Ordering::Greater => 0,
        };
        let end = match number.cmp(&to) {
            Ordering::Less => bytes.len(),
            Ordering::Equal => near(end_at, end.1).unwrap_or(bytes.len()),
            Ordering::Greater => begin,
        };
        bytes.get(begin..end).unwrap_or_default().to_vec()
    };
    let within = pieces.iter().enumerate().skip(first).take(last + 1 - first);
    within
        .map(|(number, piece)| {
            if from < number && number < to {
                return piece.clone();
            }
            merged(piece.iter().map(|way| Alternative { bytes: cut(number, &way.bytes), ..way.clone() }))
        })
        .collect()
}

/// Ways that say the same are one, as probable as all of them.
fn merged(ways: impl Iterator<Item = Alternative>) -> Vec<Alternative> {
    let mut out: Vec<Alternative> = Vec::new();
    for way in ways {
        let same =
            |other: &&mut Alternative| (other.from, other.to, &other.bytes) == (way.from, way.to, &way.bytes);
        match out.iter_mut().find(same) {
            Some(other) => {
                let (less, more) = (other.cost.min(way.cost), other.cost.max(way.cost));
                let worse = f64::from(more - less) / f64::from(NAT);
                other.cost = less - ((-worse).exp().ln_1p() * f64::from(NAT)).round() as i32;
            }
            None => out.push(way),
        }
    }
    // The best one costs nothing.
    let least = out.iter().map(|way| way.cost).min().unwrap_or(0);
    out.iter_mut().for_each(|way| way.cost -= least);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::p1::tests::{telegram, way};
    use crate::probe::{frames, p1};

    /// The bytes at `open` may be others.
    fn heard(bytes: &[u8], open: &[usize]) -> Pieces {
        let mut out: Pieces = Vec::new();
        let mut piece = Vec::new();
        for (at, byte) in bytes.iter().enumerate() {
            if open.contains(&at) {
                let other = [piece.clone(), vec![byte ^ 1]].concat();
                piece.push(*byte);
                out.push(vec![way(0, &piece), way(3, &other)]);
                piece.clear();
            } else {
                piece.push(*byte);
            }
        }
        out.push(vec![way(0, &piece)]);
        out
    }

    #[test]
    fn what_is_open_in_one_telegram_is_no_doubt_about_another() {
        let one =
            telegram("/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.1(004411.268*kWh)\r\n1-0:1.7.0(00.318*kW)\r\n!");
        let two =
            telegram("/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.1(004411.269*kWh)\r\n1-0:1.7.0(00.320*kW)\r\n!");
        let part = &one[30..];
        let all = [part, &one, &two, &one[..40]].concat();
        let open: Vec<usize> = (5..part.len() - 10)
            .step_by(3)
            .chain([part.len() + 33])
            .chain((part.len() + one.len() + 20..all.len() - 20).step_by(9))
            .collect();
        let parts = telegrams(heard(&all, &open));
        assert_eq!(parts.len(), 3);
        let checked: Vec<_> = parts.iter().map(|pieces| p1::checked(pieces, 8)).collect();
        assert_eq!(checked[0].iter().map(|c| &c.bytes[..]).collect::<Vec<_>>(), [&one[..]]);
        assert!(checked[0][0].nats < 1.0);
        assert_eq!(checked[1].first().map(|c| &c.bytes[..]), Some(&two[..]));
        assert!(checked[2].is_empty());
        // Three in one piece.
        let known = [part, &one, &two, &one].concat();
        let parts = telegrams(vec![vec![way(0, &known)]]);
        let all: Vec<Vec<u8>> = parts.iter().flat_map(|p| p1::checked(p, 8)).map(|c| c.bytes).collect();
        assert_eq!(all, [one.clone(), two, one.clone()]);
        // One telegram is left as it is.
        let single = heard(&one, &[30, 40]);
        assert_eq!(telegrams(single.clone()), [single]);
    }

    #[test]
    fn a_push_in_frames_is_cut_out_of_what_surrounds_it() {
        let frame = |segmented: u8, content: &[u8]| {
            let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC);
            let mut frame = vec![0xA0 | segmented, content.len() as u8 + 9, 0x41, 0x03, 0x13];
            frame.extend(crc.checksum(&frame).to_le_bytes());
            frame.extend_from_slice(content);
            frame.extend(crc.checksum(&frame).to_le_bytes());
            [&[0x7E], &frame[..], &[0x7E]].concat()
        };
        let (first, second) = (frame(8, b"the first part of it"), frame(0, b"and its second part"));
        let shared = [&first[..], &second[1..]].concat();
        let single = frame(0, b"all in one frame");
        let all = [&first[12..], &second, &shared, &single, &first, &second[..9]].concat();
        let before = first.len() - 12 + second.len();
        let open: Vec<usize> = [2, 4, 6, before - 8, before + 12, before + 50, all.len() - 3].to_vec();
        let parts = pushes(heard(&all, &open));
        let checked: Vec<Vec<Vec<u8>>> = parts
            .iter()
            .map(|pieces| frames::checked(pieces, 8).into_iter().map(|c| c.bytes).collect())
            .collect();
        assert_eq!(checked, [vec![second.clone()], vec![shared.clone()], vec![single]]);
        // A push by itself is left as it is.
        let alone = heard(&shared, &[30, 40]);
        assert_eq!(pushes(alone.clone()), [alone]);
    }
}
