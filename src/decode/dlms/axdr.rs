//! A-XDR data (IEC 61334-6, DLMS UA Green Book "Data"): from bytes to a flat tree of elements.
//!
//! The tree is a list of nodes in the order of the wire.  A container's children follow it; `next` of a
//! node is the index behind its last descendant.  The list is kept from message to message, so that
//! reading costs no memory.
//!
//! Two deviations of real meters are read here, because after them a strict walk is lost:
//! * Landis+Gyr ZMF100 writes `06 09` instead of `09 06` before some OBIS codes;
//! * the Czech lists (EG.D, ČEZ) put the attribute descriptor (class, OBIS, attribute) without any type
//!   tags as the first of two elements of a structure.

use crate::decode::crypt::{Length, length};

/// Type tags of A-XDR data.
pub mod tag {
    #![allow(missing_docs, reason = "the names are the standard's")]
    pub const NULL: u8 = 0;
    pub const ARRAY: u8 = 1;
    pub const STRUCTURE: u8 = 2;
    pub const BOOLEAN: u8 = 3;
    pub const BIT_STRING: u8 = 4;
    pub const DOUBLE_LONG: u8 = 5;
    pub const DOUBLE_LONG_UNSIGNED: u8 = 6;
    pub const OCTET_STRING: u8 = 9;
    pub const VISIBLE_STRING: u8 = 10;
    pub const UTF8_STRING: u8 = 12;
    pub const BCD: u8 = 13;
    pub const INTEGER: u8 = 15;
    pub const LONG: u8 = 16;
    pub const UNSIGNED: u8 = 17;
    pub const LONG_UNSIGNED: u8 = 18;
    pub const COMPACT_ARRAY: u8 = 19;
    pub const LONG64: u8 = 20;
    pub const LONG64_UNSIGNED: u8 = 21;
    pub const ENUM: u8 = 22;
    pub const FLOAT32: u8 = 23;
    pub const FLOAT64: u8 = 24;
    pub const DATE_TIME: u8 = 25;
    pub const DATE: u8 = 26;
    pub const TIME: u8 = 27;
    pub const DELTA_INTEGER: u8 = 28;
    pub const DELTA_LONG: u8 = 29;
    pub const DELTA_DOUBLE_LONG: u8 = 30;
    pub const DELTA_UNSIGNED: u8 = 31;
    pub const DELTA_LONG_UNSIGNED: u8 = 32;
    pub const DELTA_DOUBLE_LONG_UNSIGNED: u8 = 33;
    pub const DONT_CARE: u8 = 255;
    /// Not of the standard: class, OBIS and attribute without type tags, 9 bytes.
    pub const UNTAGGED_DESCRIPTOR: u8 = 0xF0;
}

/// The name of a type, as the standard writes it.
pub const fn type_name(tag: u8) -> &'static str {
    match tag {
        tag::NULL => "null-data",
        tag::ARRAY => "array",
        tag::STRUCTURE => "structure",
        tag::BOOLEAN => "boolean",
        tag::BIT_STRING => "bit-string",
        tag::DOUBLE_LONG => "double-long",
        tag::DOUBLE_LONG_UNSIGNED => "double-long-unsigned",
        tag::OCTET_STRING => "octet-string",
        tag::VISIBLE_STRING => "visible-string",
        tag::UTF8_STRING => "utf8-string",
        tag::BCD => "bcd",
        tag::INTEGER => "integer",
        tag::LONG => "long",
        tag::UNSIGNED => "unsigned",
        tag::LONG_UNSIGNED => "long-unsigned",
        tag::COMPACT_ARRAY => "compact-array",
        tag::LONG64 => "long64",
        tag::LONG64_UNSIGNED => "long64-unsigned",
        tag::ENUM => "enum",
        tag::FLOAT32 => "float32",
        tag::FLOAT64 => "float64",
        tag::DATE_TIME => "date-time",
        tag::DATE => "date",
        tag::TIME => "time",
        tag::DELTA_INTEGER => "delta-integer",
        tag::DELTA_LONG => "delta-long",
        tag::DELTA_DOUBLE_LONG => "delta-double-long",
        tag::DELTA_UNSIGNED => "delta-unsigned",
        tag::DELTA_LONG_UNSIGNED => "delta-long-unsigned",
        tag::DELTA_DOUBLE_LONG_UNSIGNED => "delta-double-long-unsigned",
        tag::DONT_CARE => "dont-care",
        tag::UNTAGGED_DESCRIPTOR => "descriptor without type tags",
        _ => "unknown type",
    }
}

/// Bytes of a type of fixed size; `None` for strings, containers and what is no type.
const fn fixed_size(tag: u8) -> Option<usize> {
    Some(match tag {
        tag::NULL | tag::DONT_CARE => 0,
        tag::BOOLEAN
        | tag::BCD
        | tag::INTEGER
        | tag::UNSIGNED
        | tag::ENUM
        | tag::DELTA_INTEGER
        | tag::DELTA_UNSIGNED => 1,
        tag::LONG | tag::LONG_UNSIGNED | tag::DELTA_LONG | tag::DELTA_LONG_UNSIGNED => 2,
        tag::DOUBLE_LONG
        | tag::DOUBLE_LONG_UNSIGNED
        | tag::FLOAT32
        | tag::TIME
        | tag::DELTA_DOUBLE_LONG
        | tag::DELTA_DOUBLE_LONG_UNSIGNED => 4,
        tag::LONG64 | tag::LONG64_UNSIGNED | tag::FLOAT64 => 8,
        tag::DATE => 5,
        tag::DATE_TIME => 12,
        _ => return None,
    })
}

/// [`fixed_size`] of every tag as a table, [`VARIES`] where there is none: this is asked for each element.
static SIZES: [u8; 256] = {
    let mut sizes = [VARIES; 256];
    let mut tag = 0;
    while tag < 256 {
        if let Some(size) = fixed_size(tag as u8) {
            sizes[tag] = size as u8;
        }
        tag += 1;
    }
    sizes
};
const VARIES: u8 = 0xFF;

const fn is_tag(tag: u8) -> bool {
    fixed_size(tag).is_some() || matches!(tag, 1 | 2 | 4 | 9 | 10 | 12 | 19)
}

/// An element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its type.
    pub tag: u8,
    /// Where it begins; of an element of a compact array, where its value begins.
    pub at: u32,
    /// Where its value (of a container, its first element) begins.
    pub body: u32,
    /// Where it ends.
    pub end: u32,
    /// Index of the node behind its last descendant.
    pub next: u32,
    /// Elements that a container says it has, bits of a bit-string.
    pub items: u32,
}

/// Why data cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub at: usize,
    /// Why.
    pub why: Why,
}

/// Why data cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The bytes end before the data does.
    Short,
    /// No type has this tag.
    UnknownTag(u8),
    /// A length that is none.
    BadLength,
    /// More elements, or deeper nested, than any meter sends.
    TooMuch,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.why {
            Why::Short => write!(f, "the data ends before it is complete"),
            Why::UnknownTag(tag) => write!(f, "{tag:02X} is no type tag of A-XDR data"),
            Why::BadLength => write!(f, "this is no valid length"),
            Why::TooMuch => write!(f, "more elements, or deeper nested, than a message has"),
        }
    }
}

/// Deepest nesting that is read.
const MAX_DEPTH: u32 = 16;
/// Most elements that are read.
const MAX_NODES: usize = 1 << 15;

/// A tree of elements, in the order of the wire.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The elements.
    pub nodes: Vec<Node>,
    /// Where the first OBIS code with tag and length swapped is.
    pub swapped: Option<usize>,
    /// There are descriptors without type tags.
    pub untagged: bool,
}

impl Tree {
    /// Reads one element with all that is in it, from `at`, and says where it ends.  On a fault, the
    /// nodes up to it stay.
    ///
    /// # Errors
    /// When the bytes are no A-XDR data, or end too early.
    pub fn read(&mut self, data: &[u8], at: usize) -> Result<usize, Fault> {
        self.nodes.clear();
        self.swapped = None;
        self.untagged = false;
        self.element(data, at, 0)
    }

    /// The node, if there is one.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    fn element(&mut self, data: &[u8], at: usize, depth: u32) -> Result<usize, Fault> {
        let Some(&tag) = data.get(at) else { return Err(Fault { at, why: Why::Short }) };
        self.value(data, tag, at, at + 1, depth)
    }

    /// Reads the value of type `tag` at `body`; `at` is where the element began.
    fn value(&mut self, data: &[u8], tag: u8, at: usize, body: usize, depth: u32) -> Result<usize, Fault> {
        let short = Fault { at, why: Why::Short };
        let size = SIZES[usize::from(tag)];
        if size != VARIES {
            if tag == tag::DOUBLE_LONG_UNSIGNED && depth > 0 && at + 1 == body {
                match swapped_obis(data, at) {
                    Match::No => {}
                    Match::Begun => return Err(short),
                    Match::Yes => {
                        self.swapped.get_or_insert(at);
                        let (from, to) = (body as u32 + 1, at + 8);
                        self.push(Node {
                            tag: tag::OCTET_STRING,
                            at: at as u32,
                            body: from,
                            end: to as u32,
                            next: 0,
                            items: 0,
                        })?;
                        return Ok(to);
                    }
                }
            }
            let end = body + usize::from(size);
            if end > data.len() {
                return Err(short);
            }
            self.push(Node { tag, at: at as u32, body: body as u32, end: end as u32, next: 0, items: 0 })?;
            return Ok(end);
        }
        match tag {
            tag::ARRAY | tag::STRUCTURE => {
                let (items, body) = self.length(data, at, body)?;
                let index = self.open(tag, at, body, items, depth)?;
                let result = self.elements(data, body, items, tag == tag::STRUCTURE, depth);
                self.close(index, data, result)
            }
            tag::OCTET_STRING | tag::VISIBLE_STRING | tag::UTF8_STRING => {
                let (size, body) = self.length(data, at, body)?;
                self.string(data, tag, at, body, size, 0)
            }
            tag::BIT_STRING => {
                let (bits, body) = self.length(data, at, body)?;
                self.string(data, tag, at, body, bits.div_ceil(8), bits as u32)
            }
            tag::COMPACT_ARRAY => self.compact_array(data, at, body, depth),
            _ => Err(Fault { at, why: Why::UnknownTag(tag) }),
        }
    }

    fn elements(
        &mut self,
        data: &[u8],
        at: usize,
        items: usize,
        structure: bool,
        depth: u32,
    ) -> Result<usize, Fault> {
        let mut at = at;
        let mut items = items;
        let untagged = if structure && items == 2 { untagged_descriptor(data, at) } else { Match::No };
        match untagged {
            Match::No => {}
            Match::Begun => return Err(Fault { at, why: Why::Short }),
            Match::Yes => {
                self.untagged = true;
                let (body, end) = (at as u32, at + 9);
                self.push(Node {
                    tag: tag::UNTAGGED_DESCRIPTOR,
                    at: body,
                    body,
                    end: end as u32,
                    next: 0,
                    items: 0,
                })?;
                at = end;
                items = 1;
            }
        }
        for _ in 0..items {
            at = match self.simple(data, at).or_else(|| self.scaler_unit(data, at, depth + 1)) {
                Some(end) => end,
                None => self.element(data, at, depth + 1)?,
            };
        }
        Ok(at)
    }

    /// The short way for the structure of scaler and unit that follows most values: `02 02 0F … 16 …`.
    #[inline]
    fn scaler_unit(&mut self, data: &[u8], at: usize, depth: u32) -> Option<usize> {
        let &[tag::STRUCTURE, 2, tag::INTEGER, _, tag::ENUM, _] = data.get(at..at + 6)? else { return None };
        let index = self.nodes.len();
        if depth >= MAX_DEPTH || index + 3 > MAX_NODES {
            return None;
        }
        let (from, next) = (at as u32, index as u32);
        let end = from + 6;
        self.nodes.extend_from_slice(&[
            Node { tag: tag::STRUCTURE, at: from, body: from + 2, end, next: next + 3, items: 2 },
            Node { tag: tag::INTEGER, at: from + 2, body: from + 3, end: from + 4, next: next + 2, items: 0 },
            Node { tag: tag::ENUM, at: from + 4, body: from + 5, end, next: next + 3, items: 0 },
        ]);
        Some(at + 6)
    }

    /// The short way for what lists mostly consist of: whole elements of fixed size, and short
    /// octet-strings.  `None` leaves everything else, and every doubt, to [`Tree::element`].
    #[inline]
    fn simple(&mut self, data: &[u8], at: usize) -> Option<usize> {
        let (&tag, rest) = data.get(at..)?.split_first()?;
        let (body, size) = match SIZES[usize::from(tag)] {
            VARIES if tag == tag::OCTET_STRING => match rest.first() {
                Some(&size @ 0..=0x7F) => (at + 2, usize::from(size)),
                _ => return None,
            },
            VARIES => return None,
            // This may be an OBIS code with tag and length swapped.
            _ if tag == tag::DOUBLE_LONG_UNSIGNED && rest.first() == Some(&tag::OCTET_STRING) => return None,
            size => (at + 1, usize::from(size)),
        };
        let end = body + size;
        let next = self.nodes.len() + 1;
        if end > data.len() || next > MAX_NODES {
            return None;
        }
        self.nodes.push(Node {
            tag,
            at: at as u32,
            body: body as u32,
            end: end as u32,
            next: next as u32,
            items: 0,
        });
        Some(end)
    }

    fn string(
        &mut self,
        data: &[u8],
        tag: u8,
        at: usize,
        body: usize,
        size: usize,
        items: u32,
    ) -> Result<usize, Fault> {
        match body.checked_add(size) {
            Some(end) if end <= data.len() => {
                self.push(Node { tag, at: at as u32, body: body as u32, end: end as u32, next: 0, items })?;
                Ok(end)
            }
            _ => Err(Fault { at, why: Why::Short }),
        }
    }

    /// A compact array: one description of the type, then the values of all elements without tags
    /// (Green Book, "compact-array").  Gives the same nodes as an array would.
    fn compact_array(&mut self, data: &[u8], at: usize, body: usize, depth: u32) -> Result<usize, Fault> {
        let mut description_end = body;
        skip_description(data, &mut description_end, 0)?;
        let (size, start) = self.length(data, at, description_end)?;
        let end =
            start.checked_add(size).filter(|&end| end <= data.len()).ok_or(Fault { at, why: Why::Short })?;
        let contents = data.get(..end).unwrap_or(data);
        let index = self.open(tag::ARRAY, at, start, 0, depth)?;
        let mut result = Ok(start);
        let mut items = 0;
        while let Ok(at) = result {
            if at >= end {
                break;
            }
            let mut description = body;
            result = self.described(contents, &mut description, at, depth + 1);
            // An element without any byte (null-data) would repeat forever.
            if result == Ok(at) {
                result = Err(Fault { at, why: Why::BadLength });
            }
            items += 1;
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.items = items;
        }
        self.close(index, data, result)
    }

    /// Reads one value of the type described at `description`, which is advanced behind it.
    fn described(
        &mut self,
        data: &[u8],
        description: &mut usize,
        at: usize,
        depth: u32,
    ) -> Result<usize, Fault> {
        let fault = Fault { at, why: Why::Short };
        let &tag = data.get(*description).ok_or(fault)?;
        *description += 1;
        match tag {
            tag::ARRAY => {
                let &[h, l] = data.get(*description..).and_then(|d| d.first_chunk::<2>()).ok_or(fault)?;
                *description += 2;
                let items = usize::from(u16::from_be_bytes([h, l]));
                let index = self.open(tag, at, at, items, depth)?;
                let inner = *description;
                let mut result = Ok(at);
                for _ in 0..items {
                    let Ok(at) = result else { break };
                    let mut again = inner;
                    result = self.described(data, &mut again, at, depth + 1);
                }
                skip_description(data, description, 0)?;
                self.close(index, data, result)
            }
            tag::STRUCTURE => {
                let (items, behind) = self.length(data, at, *description)?;
                *description = behind;
                let index = self.open(tag, at, at, items, depth)?;
                let mut result = Ok(at);
                for _ in 0..items {
                    let Ok(at) = result else { break };
                    result = self.described(data, description, at, depth + 1);
                }
                self.close(index, data, result)
            }
            tag::COMPACT_ARRAY => Err(Fault { at, why: Why::UnknownTag(tag) }),
            _ => self.value(data, tag, at, at, depth),
        }
    }

    fn length(&self, data: &[u8], at: usize, from: usize) -> Result<(usize, usize), Fault> {
        // Almost every length is one byte.
        match data.get(from) {
            Some(&value @ 0..=0x7F) => Ok((usize::from(value), from + 1)),
            None => Err(Fault { at, why: Why::Short }),
            Some(_) => match length(data.get(from..).unwrap_or_default()) {
                Length::Is { value, size } => Ok((value, from + size)),
                Length::More => Err(Fault { at, why: Why::Short }),
                Length::No => Err(Fault { at: from, why: Why::BadLength }),
            },
        }
    }

    #[inline]
    fn push(&mut self, node: Node) -> Result<(), Fault> {
        let next = self.nodes.len() + 1;
        if next > MAX_NODES {
            return Err(Fault { at: node.at as usize, why: Why::TooMuch });
        }
        self.nodes.push(Node { next: next as u32, ..node });
        Ok(())
    }

    fn open(&mut self, tag: u8, at: usize, body: usize, items: usize, depth: u32) -> Result<usize, Fault> {
        if depth >= MAX_DEPTH {
            return Err(Fault { at, why: Why::TooMuch });
        }
        let index = self.nodes.len();
        let node =
            Node { tag, at: at as u32, body: body as u32, end: 0, next: 0, items: items.min(1 << 20) as u32 };
        self.push(node)?;
        Ok(index)
    }

    fn close(&mut self, index: usize, data: &[u8], result: Result<usize, Fault>) -> Result<usize, Fault> {
        let next = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(index) {
            node.next = next;
            node.end = *result.as_ref().unwrap_or(&data.len()) as u32;
        }
        result
    }
}

/// Advances `at` behind a type description of a compact array.
fn skip_description(data: &[u8], at: &mut usize, depth: u32) -> Result<(), Fault> {
    let short = Fault { at: *at, why: Why::Short };
    if depth > MAX_DEPTH {
        return Err(Fault { at: *at, why: Why::TooMuch });
    }
    let &tag = data.get(*at).ok_or(short)?;
    *at += 1;
    match tag {
        tag::ARRAY => {
            *at += 2;
            skip_description(data, at, depth + 1)
        }
        tag::STRUCTURE => match length(data.get(*at..).unwrap_or_default()) {
            Length::Is { value, size } => {
                *at += size;
                for _ in 0..value {
                    skip_description(data, at, depth + 1)?;
                }
                Ok(())
            }
            Length::More => Err(short),
            Length::No => Err(Fault { at: *at, why: Why::BadLength }),
        },
        tag if is_tag(tag) && tag != tag::COMPACT_ARRAY => Ok(()),
        tag => Err(Fault { at: *at - 1, why: Why::UnknownTag(tag) }),
    }
}

/// How bytes compare with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    No,
    /// As far as there are bytes.
    Begun,
    Yes,
}

/// Compares bytes with a pattern of checks, one for each.
fn compare<const N: usize>(data: &[u8], at: usize, checks: [fn(u8) -> bool; N]) -> Match {
    let rest = data.get(at..).unwrap_or_default();
    if !rest.iter().zip(checks).all(|(&byte, check)| check(byte)) {
        Match::No
    } else if rest.len() < N {
        Match::Begun
    } else {
        Match::Yes
    }
}

/// An OBIS code of electricity with tag and length swapped: what would be the tag of the next element
/// of an unsigned number is a `D` that no type has, and the code is followed by an element.
fn swapped_obis(data: &[u8], at: usize) -> Match {
    // Most numbers are not of this kind, and the five bytes of one are complete without more.
    if data.get(at + 1) != Some(&9) || data.len() < at + 6 {
        return Match::No;
    }
    compare(
        data,
        at,
        [
            |b| b == tag::DOUBLE_LONG_UNSIGNED,
            |b| b == tag::OCTET_STRING,
            |a| a <= 1,
            |b| b <= 64,
            |_| true,
            |d| !is_tag(d),
            |_| true,
            |f| f == 0xFF,
            is_tag,
        ],
    )
}

/// Class, OBIS code and attribute without tags, then an element: `00 03 01 00 01 07 00 FF 02 06 …`.
fn untagged_descriptor(data: &[u8], at: usize) -> Match {
    if data.get(at) != Some(&0) {
        return Match::No;
    }
    compare(
        data,
        at,
        [
            |c1| c1 == 0,
            |c0| c0 != 0,
            |a| a <= 15,
            |_| true,
            |_| true,
            |_| true,
            |_| true,
            |f| f == 0xFF,
            |attribute| (1..=30).contains(&attribute),
            is_tag,
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hex: &str) -> (Result<usize, Fault>, Tree, Vec<u8>) {
        let data = hex::decode(hex.replace(' ', "")).unwrap();
        let mut tree = Tree::default();
        (tree.read(&data, 0), tree, data)
    }

    fn tags(tree: &Tree) -> Vec<u8> {
        tree.nodes.iter().map(|n| n.tag).collect()
    }

    #[test]
    fn a_register_with_scaler_and_unit() {
        let (end, tree, data) = read("0203 09060100010700FF 0600000462 0202 0F00 161B");
        assert_eq!(end, Ok(data.len()));
        assert_eq!(tags(&tree), [2, 9, 6, 2, 15, 22]);
        assert_eq!(tree.nodes.iter().map(|n| n.next).collect::<Vec<_>>(), [6, 2, 3, 6, 5, 6]);
        assert_eq!((tree.nodes[1].body, tree.nodes[1].end), (4, 10));
    }

    #[test]
    fn every_type_of_fixed_size() {
        let (end, tree, data) = read(
            "0214 00 0301 0500000001 06FFFFFFFF 0D12 0FFF 10FFFF 11FF 12FFFF 14FFFFFFFFFFFFFFFF 15FFFFFFFFFFFFFFFF \
             1605 1741200000 184024000000000000 1907E6020405102B1400FFC400 1A07E6020405 1B0A000000 FF 040A A5C0 0C0161",
        );
        assert_eq!(end, Ok(data.len()));
        assert_eq!(
            tags(&tree)[1..],
            [0, 3, 5, 6, 13, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 255, 4, 12]
        );
        assert_eq!(tree.nodes[19].items, 10, "bits of the bit-string");
    }

    #[test]
    fn a_compact_array_reads_like_an_array() {
        // Two structures of a long-unsigned and an octet-string: description 02 02 12 09.
        let (end, tree, data) = read("13 02021209 0A 0001 02AABB 0002 02CCDD");
        assert_eq!(end, Ok(data.len()));
        assert_eq!(tags(&tree), [1, 2, 18, 9, 2, 18, 9]);
        assert_eq!(tree.nodes[0].items, 2);
        assert_eq!(&data[tree.nodes[6].body as usize..tree.nodes[6].end as usize], [0xCC, 0xDD]);
        let (end, ..) = read("13 00 01 00");
        assert!(end.is_err(), "elements of no bytes would never end");
    }

    #[test]
    fn swapped_tag_and_length_before_an_obis_code() {
        let (end, tree, data) = read("0101 0203 0609 01001F0700FF 1000F4 0202 0FFE 1621");
        assert_eq!(end, Ok(data.len()));
        assert_eq!(tree.swapped, Some(4));
        assert_eq!(tags(&tree), [1, 2, 9, 16, 2, 15, 22]);
        let (end, tree, _) = read("0203 0609010001 0700");
        assert!(end.is_err() && tree.swapped.is_none());
    }

    #[test]
    fn czech_descriptors_without_tags() {
        let (end, tree, data) = read("0202 1601 0101 0202 0003 0100010700FF 02 0600000003");
        assert_eq!(end, Ok(data.len()));
        assert!(tree.untagged);
        assert_eq!(tags(&tree), [2, 22, 1, 2, tag::UNTAGGED_DESCRIPTOR, 6]);
    }

    #[test]
    fn cut_anywhere_is_short_and_never_panics() {
        let (_, _, data) = read("0203 09060100010700FF 0600000462 0202 0F00 161B");
        for cut in 0..data.len() {
            let fault = Tree::default().read(&data[..cut], 0).unwrap_err();
            assert_eq!(fault.why, Why::Short, "{cut}");
        }
    }

    #[test]
    fn nesting_and_size_have_limits() {
        let deep: Vec<u8> = [1, 1].repeat(100);
        assert_eq!(Tree::default().read(&deep, 0).unwrap_err().why, Why::TooMuch);
        // 65 535 × 65 535 elements of no bytes each.
        let wide = [0x13, 0x01, 0xFF, 0xFF, 0x01, 0xFF, 0xFF, 0x00, 0x01, 0x00];
        assert!(Tree::default().read(&wide, 0).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(data: Vec<u8>) {
            let mut tree = Tree::default();
            if let Ok(end) = tree.read(&data, 0) {
                assert!(end <= data.len());
            }
            for node in &tree.nodes {
                assert!(node.at <= node.end && node.end as usize <= data.len());
            }
        }
    }
}
