//! Which settings are worth trying, in which order.

use super::options::Narrow;
use crate::line::{DataBits, LineSettings, Parity, StopBits};

/// The baud rates of meters' lines, the rarer ones included.
pub const BAUDRATES: [u32; 10] = [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200];

const fn line(baudrate: u32, data_bits: DataBits, parity: Parity) -> LineSettings {
    LineSettings { baudrate, data_bits, parity, stop_bits: StopBits::One }
}

/// What meters use, the most frequent first: DSMR 4 and 5 (P1 companion standard: 115200 8N1); pushes over
/// M-Bus and RS-485 at 2400 (8E1 Kaifa, Aidon and wired M-Bus of EN 13757-2; 8N1 Kamstrup HAN); DSMR 2 and 3
/// (9600 7E1); customer interfaces at 9600.
const FREQUENT: [LineSettings; 8] = [
    line(115_200, DataBits::Eight, Parity::None),
    line(2400, DataBits::Eight, Parity::Even),
    line(2400, DataBits::Eight, Parity::None),
    line(9600, DataBits::Seven, Parity::Even),
    line(9600, DataBits::Eight, Parity::None),
    line(9600, DataBits::Eight, Parity::Even),
    line(300, DataBits::Seven, Parity::Even),
    line(19_200, DataBits::Eight, Parity::None),
];

const FORMATS: [(DataBits, Parity); 5] = [
    (DataBits::Eight, Parity::None),
    (DataBits::Eight, Parity::Even),
    (DataBits::Seven, Parity::Even),
    (DataBits::Eight, Parity::Odd),
    (DataBits::Seven, Parity::Odd),
];

/// Every baud rate with every format, from the slowest on: the sweep of today's tools, for comparison.
pub fn exhaustive(narrow: &Narrow) -> Vec<LineSettings> {
    let all = BAUDRATES.iter().flat_map(|&baudrate| {
        FORMATS.iter().map(move |&(data_bits, parity)| line(baudrate, data_bits, parity))
    });
    narrowed(all, narrow)
}

/// The frequent settings first, then the rest of [`exhaustive`] from the fastest on.
pub fn ordered(narrow: &Narrow) -> Vec<LineSettings> {
    let mut rest = exhaustive(&Narrow::default());
    rest.reverse();
    rest.sort_by_key(|settings| FORMATS.iter().position(|f| *f == (settings.data_bits, settings.parity)));
    narrowed(FREQUENT.into_iter().chain(rest), narrow)
}

/// Leaves out what the user has ruled out, puts in what he asks for, and each only once.
fn narrowed(all: impl Iterator<Item = LineSettings>, narrow: &Narrow) -> Vec<LineSettings> {
    let mut kept: Vec<LineSettings> = Vec::new();
    for mut settings in all {
        if narrow.parity.is_some_and(|parity| parity != settings.parity) {
            continue;
        }
        if let Some(baudrate) = narrow.baudrate {
            // Also one that is not in the list.
            settings.baudrate = baudrate;
        }
        if let Some(stop_bits) = narrow.stop_bits {
            settings.stop_bits = stop_bits;
        }
        if !kept.contains(&settings) {
            kept.push(settings);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_once() {
        let all = Narrow::default();
        assert_eq!(exhaustive(&all).len(), 50);
        let ordered = ordered(&all);
        assert_eq!(ordered.len(), 50);
        assert_eq!(ordered[0].to_string(), "115200 8N1");
        assert_eq!(ordered[1].to_string(), "2400 8E1");
    }

    #[test]
    fn the_user_narrows() {
        let narrow = Narrow { baudrate: Some(31_250), parity: Some(Parity::Even), ..Narrow::default() };
        let kept: Vec<String> = ordered(&narrow).iter().map(ToString::to_string).collect();
        assert_eq!(kept, ["31250 8E1", "31250 7E1"]);
    }
}
