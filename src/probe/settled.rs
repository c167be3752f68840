//! What a search over the samples of a telegram leaves open, settled by the telegram's checksums.

use super::checked::Checked;
use super::content::Content;
use super::trellis::Search;
use super::{frames, p1, pieces};

/// Ways of reading that are looked at may be so improbable, in nats behind the best.
const WITHIN: f64 = 13.0;

/// Readings that are asked for among those whose checksums hold: a second one makes the first doubtful.
const CHECKED: usize = 4;

/// A reading is believed if it is less doubtful than this.
const SURE: f64 = 0.01;

/// How many ways of reading are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    /// Of a piece.
    pub piece: usize,
    /// Of all pieces together.
    pub all: usize,
}

/// Enough for most telegrams.
pub(super) const USUALLY: Ways = Ways { piece: 200, all: 1500 };

/// The reading whose checksums hold, if they hardly do so by chance.
pub(super) fn settled(search: &Search<'_>, ways: Ways) -> Option<Vec<u8>> {
    let pieces = pieces::thinned(search.pieces(WITHIN, ways.piece), ways.all);
    let probable = match search.hypothesis().content {
        Content::Text => p1::checked(&pieces, CHECKED),
        Content::Dlms | Content::Mbus | Content::Flat => frames::checked(&pieces, CHECKED),
    };
    let best = probable.into_iter().reduce(|best, other| {
        // Of two, either may be what was sent.
        let doubt = best.doubt.max((best.nats - other.nats).exp());
        Checked { doubt, ..best }
    })?;
    (best.doubt < SURE).then_some(best.bytes)
}
