//! Values that only their place tells apart: behind an array of object descriptors, or in an order that the
//! maker documents.

use super::super::axdr::{Node, tag};
use super::super::lists::{Kind, Mark, POSITIONAL, Positional, Scales};
use super::super::value;
use super::Payload;
use crate::decode::{ProblemCode, Status};

impl Payload<'_> {
    pub(super) fn positional(&self, root: Node) -> Option<&'static Positional> {
        POSITIONAL.iter().find(|list| {
            root.items as usize == list.items.len() && self.marked(list.mark) && self.fits(list, root)
        })
    }

    fn marked(&self, mark: Mark) -> bool {
        let first = || self.node(1);
        match mark {
            Mark::Types => true,
            Mark::Title(start) => self.title_is(start),
            Mark::FirstObis(obis) => first().and_then(|n| value::obis(self.data, &n)) == Some(obis),
            Mark::FirstText(start) => first().is_some_and(|n| {
                matches!(n.tag, tag::OCTET_STRING | tag::VISIBLE_STRING)
                    && value::bytes(self.data, &n).starts_with(start)
            }),
        }
    }

    fn fits(&self, list: &Positional, root: Node) -> bool {
        let mut index = 1;
        let mut present = 0;
        for item in list.items {
            if index >= root.next as usize {
                break;
            }
            let Some(node) = self.node(index) else { break };
            let fits = match item.kind {
                Kind::Any => true,
                Kind::Text => matches!(node.tag, tag::OCTET_STRING | tag::VISIBLE_STRING),
                Kind::Bool => node.tag == tag::BOOLEAN,
                Kind::Short => matches!(node.tag, tag::LONG | tag::LONG_UNSIGNED),
                Kind::Long => matches!(
                    node.tag,
                    tag::DOUBLE_LONG | tag::DOUBLE_LONG_UNSIGNED | tag::LONG64 | tag::LONG64_UNSIGNED
                ),
                Kind::Number => {
                    value::integer(self.data, &node).is_some() || node.tag == tag::LONG64_UNSIGNED
                }
            };
            if !fits {
                return false;
            }
            present += 1;
            index = node.next as usize;
        }
        // Of incomplete data, what is there must fit and be enough to know the list by.
        present == list.items.len() || (!self.context.complete && present >= list.items.len().min(4))
    }

    pub(super) fn fixed_order(&mut self, list: &'static Positional, root: Node) -> bool {
        let mut index = 1;
        let mut present = 0;
        for item in list.items {
            if index >= root.next as usize {
                break;
            }
            let Some(node) = self.node(index) else { break };
            if let Some(obis) = item.obis {
                if item.kind == Kind::Text || item.kind == Kind::Bool {
                    self.emit(obis, index, None);
                } else if let Some(number) = value::number(self.data, &node) {
                    let unit = (!item.unit.is_empty()).then_some(item.unit);
                    self.push_number(obis, number, item.scale, unit, Some(list.name));
                }
            }
            present += 1;
            index = node.next as usize;
        }
        if present == list.items.len() || !list.may_stop_early || !self.context.checked {
            return false;
        }
        self.out.problem(
            ProblemCode::Quirk,
            self.context.offset,
            format!(
                "the list announces {} values and carries {present}, as some meters of this kind do",
                root.items
            ),
        );
        true
    }

    // ----- descriptors first, values after

    /// `{[descriptor, …], value, value, …}`: the value in place *n* belongs to descriptor *n*.  The push
    /// object list describes itself first, so the array is the value in place 0; some meters leave that
    /// descriptor out.
    pub(super) fn zip(&mut self, root: Node) -> Option<bool> {
        let objects = self.node(1)?;
        if objects.tag != tag::ARRAY || objects.items == 0 {
            return None;
        }
        let mut descriptor = 2;
        while descriptor < objects.next as usize {
            self.descriptor(descriptor)?;
            descriptor = self.node(descriptor).map_or(usize::MAX, |n| n.next as usize);
        }
        let first = self.descriptor(2);
        let own_list = first.is_some_and(|o| o.class == 40 && o.attribute == 2);
        let mut value = match (root.items, objects.items, own_list) {
            (values, n, true) if values == n => 1,
            (values, n, false) if values == n + 1 => objects.next as usize,
            _ if !self.context.complete => {
                if own_list {
                    1
                } else {
                    objects.next as usize
                }
            }
            _ => {
                let message = format!(
                    "{} objects are announced but {} values follow",
                    objects.items,
                    root.items.saturating_sub(1)
                );
                self.out.problem(ProblemCode::Malformed, self.context.offset, message);
                if self.out.status == Status::Ok {
                    self.out.status = Status::Malformed;
                }
                return Some(false);
            }
        };
        // A logical device name tells the maker before the first value that needs to know.
        let (mut d, mut v) = (2, value);
        while d < objects.next as usize && v < root.next as usize {
            let (Some(dn), Some(vn)) = (self.node(d), self.node(v)) else { break };
            if self.descriptor(d).is_some_and(|o| o.obis.0[2] == 42)
                && value::bytes(self.data, &vn).starts_with(b"LGZ")
            {
                self.scales = Scales::LandisGyr;
            }
            (d, v) = (dn.next as usize, vn.next as usize);
        }
        let mut descriptor = 2;
        while descriptor < objects.next as usize && value < root.next as usize {
            let (Some(node), Some(object)) = (self.node(descriptor), self.descriptor(descriptor)) else {
                break;
            };
            if value != 1 {
                self.attribute(object, value);
            }
            descriptor = node.next as usize;
            value = self.node(value).map_or(usize::MAX, |n| n.next as usize);
        }
        let missing = self.missing(descriptor, objects);
        if missing == 0 || self.context.complete || !self.context.checked {
            return Some(false);
        }
        let message = format!(
            "the last {missing} of {} announced values do not follow, as some meters do",
            objects.items
        );
        self.out.problem(ProblemCode::Quirk, self.context.offset, message);
        Some(true)
    }

    /// Descriptors from `from` to the end of the list.
    fn missing(&self, from: usize, objects: Node) -> usize {
        let next = |&at: &usize| self.node(at).map(|n| n.next as usize);
        std::iter::successors(Some(from), next).take_while(|&at| at < objects.next as usize).count()
    }
}
