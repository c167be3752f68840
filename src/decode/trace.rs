//! What a decoder saw, byte by byte: the source of `--explain`.
//!
//! Readers are generic over [`Trace`]; with [`NoTrace`] every call compiles to nothing.

use std::ops::Range;

/// Receives what a decoder makes of each byte range.
pub trait Trace {
    /// False for [`NoTrace`]: lets a reader skip work that only an explanation needs.
    const ON: bool;

    /// The notes that follow are about `bytes`, a layer named `name` (`HDLC frame`, `plaintext of
    /// the ciphered APDU`).  Offsets in notes count from the start of `bytes`.  Layers nest.
    fn open(&mut self, name: &str, bytes: &[u8]);

    /// The innermost layer is done.
    fn close(&mut self);

    /// The bytes `at` are `what` (`length`, `HCS`, `VIF`), and say `meaning`.
    fn note(&mut self, at: Range<usize>, what: &str, meaning: impl FnOnce() -> String);

    /// As [`Trace::note`], for bytes that are wrong.
    fn fault(&mut self, at: Range<usize>, what: &str, meaning: impl FnOnce() -> String);
}

/// Explains nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrace;

impl Trace for NoTrace {
    const ON: bool = false;
    fn open(&mut self, _: &str, _: &[u8]) {}
    fn close(&mut self) {}
    fn note(&mut self, _: Range<usize>, _: &str, _: impl FnOnce() -> String) {}
    fn fault(&mut self, _: Range<usize>, _: &str, _: impl FnOnce() -> String) {}
}

/// One explained range of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The bytes, counted from the layer's start.
    pub at: Range<usize>,
    /// What they are.
    pub what: String,
    /// What they say.
    pub meaning: String,
    /// They are wrong.
    pub fault: bool,
}

/// A layer and what was found in it, in the order in which it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its notes and inner layers.
    pub parts: Vec<Part>,
}

/// A part of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// An explained range.
    Note(Note),
    /// An inner layer.
    Layer(Layer),
}

/// Collects an explanation.
#[derive(Debug, Clone, Default)]
pub struct Explanation {
    /// Finished outermost layers.
    pub layers: Vec<Layer>,
    open: Vec<Layer>,
}

impl Explanation {
    fn add(&mut self, note: Note) {
        if let Some(layer) = self.open.last_mut() {
            layer.parts.push(Part::Note(note));
        }
    }
}

impl Trace for Explanation {
    const ON: bool = true;

    fn open(&mut self, name: &str, bytes: &[u8]) {
        self.open.push(Layer { name: name.to_owned(), bytes: bytes.to_owned(), parts: Vec::new() });
    }

    fn close(&mut self) {
        let Some(layer) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(outer) => outer.parts.push(Part::Layer(layer)),
            None => self.layers.push(layer),
        }
    }

    fn note(&mut self, at: Range<usize>, what: &str, meaning: impl FnOnce() -> String) {
        self.add(Note { at, what: what.to_owned(), meaning: meaning(), fault: false });
    }

    fn fault(&mut self, at: Range<usize>, what: &str, meaning: impl FnOnce() -> String) {
        self.add(Note { at, what: what.to_owned(), meaning: meaning(), fault: true });
    }
}

#[cfg(test)]
impl Layer {
    /// Panics unless each byte of this layer and of those inside it is explained exactly once.
    pub fn assert_every_byte_once(&self) {
        let mut seen = vec![0; self.bytes.len()];
        for part in &self.parts {
            match part {
                Part::Note(note) => note.at.clone().for_each(|at| seen[at] += 1),
                Part::Layer(inner) => inner.assert_every_byte_once(),
            }
        }
        assert!(seen.iter().all(|n| *n == 1), "{}: {seen:?}\n{self:#?}", self.name);
    }
}
