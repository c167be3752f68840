//! What is known about the lists of particular meters: by which mark on the wire a list is recognised,
//! and what its values mean where the wire does not say.
//!
//! A value without scaler is scaled only by a documented list whose mark was seen; the list's name is
//! then the reading's `scale_source`.  Everything else stays as it is on the wire, marked `unknown`.

use crate::decode::Obis;

/// The scale source of a value whose scale nothing on the wire or in a table gives.
pub const UNKNOWN: &str = "unknown";

/// What an element of a positional list must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// octet-string or visible-string.
    Text,
    /// A number of 16 bits.
    Short,
    /// A number of 32 or 64 bits.
    Long,
    /// A whole number of any size.
    Number,
    /// A boolean.
    Bool,
    /// Anything.
    Any,
}

/// An element of a positional list.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// What it must be.
    pub kind: Kind,
    /// What it is; `None` for an element without known meaning.
    pub obis: Option<Obis>,
    /// Power of ten.
    pub scale: i16,
    /// Unit; empty for none.
    pub unit: &'static str,
}

/// By what a positional list is recognised, besides the number and the types of its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The first element is a text that begins so.
    FirstText(&'static [u8]),
    /// The first element is this OBIS code.
    FirstObis(Obis),
    /// The system title begins so.
    Title(&'static [u8]),
    /// Number and types alone: no other list looks like it.
    Types,
}

/// A list of values in a fixed order, without OBIS codes.
#[derive(Debug)]
pub struct Positional {
    /// Its name, given as `scale_source`.
    pub name: &'static str,
    /// The mark.
    pub mark: Mark,
    /// The meter stops in the middle of the list, though it announces all of it.
    pub may_stop_early: bool,
    /// The elements.
    pub items: &'static [Item],
}

const fn item(kind: Kind, c: u8, d: u8, scale: i16, unit: &'static str) -> Item {
    Item { kind, obis: Some(Obis::new(1, 0, c, d, 0)), scale, unit }
}
const fn tariff(c: u8, e: u8, unit: &'static str) -> Item {
    Item { kind: Kind::Long, obis: Some(Obis::new(1, 0, c, 8, e)), scale: 0, unit }
}
const fn named(kind: Kind, a: u8, b: u8, c: u8, d: u8, e: u8) -> Item {
    Item { kind, obis: Some(Obis::new(a, b, c, d, e)), scale: 0, unit: "" }
}
const fn skip(kind: Kind) -> Item {
    Item { kind, obis: None, scale: 0, unit: "" }
}
const fn watt(c: u8) -> Item {
    item(Kind::Long, c, 7, 0, "W")
}
const fn var(c: u8) -> Item {
    item(Kind::Long, c, 7, 0, "var")
}
const fn energy(c: u8) -> Item {
    item(Kind::Long, c, 8, 0, "Wh")
}
const fn reactive_energy(c: u8) -> Item {
    item(Kind::Long, c, 8, 0, "varh")
}
const fn decivolt(c: u8) -> Item {
    item(Kind::Short, c, 7, -1, "V")
}
const fn centiampere(c: u8) -> Item {
    item(Kind::Short, c, 7, -2, "A")
}
const fn volt(c: u8) -> Item {
    item(Kind::Short, c, 7, 0, "V")
}
// Kaifa's list is sure by its version text; its numbers are of 32 bits, or 64 behind current transformers.
const fn kaifa(c: u8, d: u8, scale: i16, unit: &'static str) -> Item {
    item(Kind::Number, c, d, scale, unit)
}
const fn kaifa_volt(c: u8) -> Item {
    kaifa(c, 7, -1, "V")
}
const fn kaifa_ampere(c: u8) -> Item {
    kaifa(c, 7, -3, "A")
}

const KAIFA_VERSION: Item = named(Kind::Text, 1, 1, 0, 2, 129);
const METER_ID: Item = named(Kind::Text, 0, 0, 96, 1, 0);
const METER_TYPE: Item = named(Kind::Text, 0, 0, 96, 1, 7);
const CLOCK: Item = named(Kind::Text, 0, 0, 1, 0, 0);
const DEVICE_NAME: Item = named(Kind::Text, 0, 0, 42, 0, 0);

/// Kaifa, list version `KFM_001`: "KFM_001 / HAN-NVE list information" (NVE and the Norwegian and
/// Swedish operators).  Currents in mA, voltages in 0.1 V, powers in W and var, energies in Wh and varh.
const KAIFA: &str = "kaifa-kfm-001";
/// Iskraemeco AM550 of Elektro Celje and other Slovenian operators, as read by two public readers
/// (node-dsmr-parser "ECEList", amsreader "Iskra special case").
const ISKRA_SI: &str = "iskra-am550-si";
/// Iskraemeco, push list with the push setup 0-6:25.9.0 in front (amsreader, node-dsmr-parser "IskraList").
const ISKRA_PUSH: &str = "iskra-push-list-6";
/// Iskraemeco AM550 of HEP, Croatia (amsreader "iskra_croatia").
const ISKRA_HR: &str = "iskra-am550-hr";
/// Landis+Gyr E450 in Switzerland, short list (amsreader "lng2": 236 V, 0.46 A, 125 W, 27881.149 kWh).
const LG_SHORT: &str = "lg-e450-short-list";

const ISKRA: Mark = Mark::FirstText(b"ISK");
const KFM: Mark = Mark::FirstText(b"KFM_");

/// The lists, most specific mark first.
pub const POSITIONAL: &[Positional] = &[
    // Kaifa list 1, every 2.5 s: the power alone.
    Positional { name: KAIFA, mark: Mark::Types, may_stop_early: false, items: &[watt(1)] },
    // Kaifa list 2, every 10 s, three phases and one.
    Positional {
        name: KAIFA,
        mark: KFM,
        may_stop_early: false,
        items: &[
            KAIFA_VERSION,
            METER_ID,
            METER_TYPE,
            kaifa(1, 7, 0, "W"),
            kaifa(2, 7, 0, "W"),
            kaifa(3, 7, 0, "var"),
            kaifa(4, 7, 0, "var"),
            kaifa_ampere(31),
            kaifa_ampere(51),
            kaifa_ampere(71),
            kaifa_volt(32),
            kaifa_volt(52),
            kaifa_volt(72),
        ],
    },
    Positional {
        name: KAIFA,
        mark: KFM,
        may_stop_early: false,
        items: &[
            KAIFA_VERSION,
            METER_ID,
            METER_TYPE,
            kaifa(1, 7, 0, "W"),
            kaifa(2, 7, 0, "W"),
            kaifa(3, 7, 0, "var"),
            kaifa(4, 7, 0, "var"),
            kaifa_ampere(31),
            kaifa_volt(32),
        ],
    },
    // Kaifa list 3, every hour: list 2 with clock and energies.
    Positional {
        name: KAIFA,
        mark: KFM,
        may_stop_early: false,
        items: &[
            KAIFA_VERSION,
            METER_ID,
            METER_TYPE,
            kaifa(1, 7, 0, "W"),
            kaifa(2, 7, 0, "W"),
            kaifa(3, 7, 0, "var"),
            kaifa(4, 7, 0, "var"),
            kaifa_ampere(31),
            kaifa_ampere(51),
            kaifa_ampere(71),
            kaifa_volt(32),
            kaifa_volt(52),
            kaifa_volt(72),
            CLOCK,
            kaifa(1, 8, 0, "Wh"),
            kaifa(2, 8, 0, "Wh"),
            kaifa(3, 8, 0, "varh"),
            kaifa(4, 8, 0, "varh"),
        ],
    },
    Positional {
        name: KAIFA,
        mark: KFM,
        may_stop_early: false,
        items: &[
            KAIFA_VERSION,
            METER_ID,
            METER_TYPE,
            kaifa(1, 7, 0, "W"),
            kaifa(2, 7, 0, "W"),
            kaifa(3, 7, 0, "var"),
            kaifa(4, 7, 0, "var"),
            kaifa_ampere(31),
            kaifa_volt(32),
            CLOCK,
            kaifa(1, 8, 0, "Wh"),
            kaifa(2, 8, 0, "Wh"),
            kaifa(3, 8, 0, "varh"),
            kaifa(4, 8, 0, "varh"),
        ],
    },
    // Iskra, Slovenia: three phases, powers first.
    Positional {
        name: ISKRA_SI,
        mark: ISKRA,
        may_stop_early: false,
        items: &[
            DEVICE_NAME,
            named(Kind::Text, 0, 0, 96, 1, 2),
            watt(1),
            watt(2),
            var(3),
            var(4),
            decivolt(32),
            decivolt(52),
            decivolt(72),
            centiampere(31),
            centiampere(51),
            centiampere(71),
            watt(21),
            watt(41),
            watt(61),
            watt(22),
            watt(42),
            watt(62),
        ],
    },
    // Iskra, Slovenia: energies with relay state and tariff.
    Positional {
        name: ISKRA_SI,
        mark: ISKRA,
        may_stop_early: false,
        items: &[
            DEVICE_NAME,
            named(Kind::Text, 0, 0, 96, 1, 3),
            named(Kind::Bool, 0, 0, 96, 3, 10),
            named(Kind::Text, 0, 0, 96, 14, 0),
            energy(1),
            tariff(1, 1, "Wh"),
            tariff(1, 2, "Wh"),
            energy(2),
            tariff(2, 1, "Wh"),
            tariff(2, 2, "Wh"),
            reactive_energy(3),
            reactive_energy(4),
        ],
    },
    // Iskra, Slovenia: three phases, voltages first.
    Positional {
        name: ISKRA_SI,
        mark: ISKRA,
        may_stop_early: false,
        items: &[
            DEVICE_NAME,
            named(Kind::Text, 0, 0, 96, 1, 2),
            decivolt(32),
            decivolt(52),
            decivolt(72),
            centiampere(31),
            centiampere(51),
            centiampere(71),
            watt(1),
            watt(2),
            var(3),
            var(4),
        ],
    },
    // Iskra, Slovenia: one phase.
    Positional {
        name: ISKRA_SI,
        mark: ISKRA,
        may_stop_early: false,
        items: &[
            DEVICE_NAME,
            named(Kind::Text, 0, 0, 96, 1, 2),
            watt(1),
            watt(2),
            var(3),
            var(4),
            decivolt(32),
            centiampere(31),
            watt(21),
            watt(22),
        ],
    },
    Positional {
        name: ISKRA_SI,
        mark: ISKRA,
        may_stop_early: false,
        items: &[
            DEVICE_NAME,
            named(Kind::Text, 0, 0, 96, 1, 2),
            decivolt(32),
            centiampere(31),
            watt(1),
            watt(2),
            var(3),
            var(4),
        ],
    },
    // Iskra, Slovenia: energies by tariff.
    Positional {
        name: ISKRA_SI,
        mark: ISKRA,
        may_stop_early: false,
        items: &[
            DEVICE_NAME,
            named(Kind::Text, 0, 0, 96, 1, 3),
            tariff(1, 1, "Wh"),
            tariff(1, 2, "Wh"),
            tariff(2, 1, "Wh"),
            tariff(2, 2, "Wh"),
            tariff(3, 1, "varh"),
            tariff(3, 2, "varh"),
            tariff(4, 1, "varh"),
            tariff(4, 2, "varh"),
        ],
    },
    Positional {
        name: ISKRA_SI,
        mark: ISKRA,
        may_stop_early: false,
        items: &[
            DEVICE_NAME,
            named(Kind::Text, 0, 0, 96, 1, 2),
            watt(1),
            watt(2),
            var(3),
            var(4),
            decivolt(32),
            tariff(2, 1, "Wh"),
            tariff(2, 2, "Wh"),
        ],
    },
    // Iskra with its push setup in front.  Announces 12 elements; meters were seen that send 8.
    Positional {
        name: ISKRA_PUSH,
        mark: Mark::FirstObis(Obis::new(0, 6, 25, 9, 0)),
        may_stop_early: true,
        items: &[
            skip(Kind::Text),
            METER_ID,
            skip(Kind::Text),
            skip(Kind::Text),
            energy(1),
            energy(2),
            reactive_energy(3),
            reactive_energy(4),
            watt(1),
            watt(2),
            skip(Kind::Any),
            skip(Kind::Any),
        ],
    },
    // Iskra, Croatia: serial number, time and date as strings; the last eight elements are the limiter,
    // three gas or water channels and the relay, whose order is not documented.
    Positional {
        name: ISKRA_HR,
        mark: Mark::Types,
        may_stop_early: false,
        items: &[
            METER_ID,
            skip(Kind::Text),
            skip(Kind::Text),
            energy(1),
            tariff(1, 1, "Wh"),
            tariff(1, 2, "Wh"),
            energy(2),
            tariff(2, 1, "Wh"),
            tariff(2, 2, "Wh"),
            reactive_energy(5),
            reactive_energy(6),
            reactive_energy(7),
            reactive_energy(8),
            watt(1),
            watt(2),
            item(Kind::Short, 13, 7, -3, ""),
            watt(21),
            watt(41),
            watt(61),
            watt(22),
            watt(42),
            watt(62),
            decivolt(32),
            decivolt(52),
            decivolt(72),
            centiampere(31),
            centiampere(51),
            centiampere(71),
            skip(Kind::Long),
            skip(Kind::Any),
            skip(Kind::Any),
            skip(Kind::Any),
            skip(Kind::Bool),
        ],
    },
    // Landis+Gyr E450, Switzerland.
    Positional {
        name: LG_SHORT,
        mark: Mark::Title(b"LGZ"),
        may_stop_early: false,
        items: &[
            volt(32),
            volt(52),
            volt(72),
            centiampere(31),
            centiampere(51),
            centiampere(71),
            watt(1),
            watt(2),
            energy(1),
            energy(2),
            skip(Kind::Short),
            skip(Kind::Short),
            skip(Kind::Short),
            METER_ID,
        ],
    },
    Positional {
        name: LG_SHORT,
        mark: Mark::Title(b"LGZ"),
        may_stop_early: false,
        items: &[
            volt(32),
            volt(52),
            volt(72),
            centiampere(31),
            centiampere(51),
            centiampere(71),
            watt(1),
            watt(2),
            energy(1),
            energy(2),
            METER_ID,
        ],
    },
];

/// A family of lists that name their values by OBIS code and leave the scale to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scales {
    /// No list that is known.
    None,
    /// Kamstrup Omnipower, marked by the leading text `Kamstrup_V…` ("HAN-NVE interface description").
    /// Powers in W and var, voltages in V, currents in 0.01 A, power factors in 0.01.  **Energies are
    /// 10 Wh in Norway and 1 Wh in Sweden and Denmark** behind the same mark, so they stay unknown.
    Kamstrup,
    /// Landis+Gyr, marked by its system title or logical device name `LGZ…` (amsreader "LNG", measured
    /// against the display in its issues).  Powers in W and var, energies in Wh and varh; voltages are 1 V (E450) or 0.1 V (E360), currents 0.01 A
    /// (E450) or 1 A (E570) behind the same mark, so they stay unknown.
    LandisGyr,
    /// The Czech lists without type tags, marked by that (EG.D and ČEZ Distribuce, customer port
    /// description).  Powers in W, energies in Wh.
    Czech,
}

impl Scales {
    /// The name given as `scale_source`.
    pub const fn name(self) -> &'static str {
        match self {
            Scales::None => UNKNOWN,
            Scales::Kamstrup => "kamstrup-han-nve",
            Scales::LandisGyr => "landis-gyr",
            Scales::Czech => "cz-customer-port",
        }
    }

    /// Power of ten and unit of a register without scaler.
    pub fn of(self, obis: Obis) -> Option<(i16, &'static str)> {
        let Obis([1, _, c, d, _, _]) = obis else { return None };
        let power = match c % 20 {
            1 | 2 => "W",
            3 | 4 => "var",
            9 | 10 => "VA",
            _ => "",
        };
        // 21–30, 41–50 and 61–70 are the phases; 31, 51, 71 their currents, 32, 52, 72 their voltages.
        let phase = matches!(c, 1..=10 | 21..=30 | 41..=50 | 61..=70);
        match (self, d) {
            (Scales::None, _) => None,
            (_, 7) if phase && !power.is_empty() => Some((0, power)),
            (Scales::Kamstrup, 7) => match c {
                31 | 51 | 71 => Some((-2, "A")),
                32 | 52 | 72 => Some((0, "V")),
                13 | 33 | 53 | 73 => Some((-2, "")),
                _ => None,
            },
            (Scales::LandisGyr, 8) if matches!(c, 5..=8) => Some((0, "varh")),
            (Scales::LandisGyr | Scales::Czech, 8) if phase => match power {
                "W" => Some((0, "Wh")),
                "var" => Some((0, "varh")),
                "VA" => Some((0, "VAh")),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kamstrup_energy_is_not_guessed() {
        let scales = Scales::Kamstrup;
        assert_eq!(scales.of(Obis::new(1, 1, 1, 8, 0)), None);
        assert_eq!(scales.of(Obis::new(1, 1, 1, 7, 0)), Some((0, "W")));
        assert_eq!(scales.of(Obis::new(1, 1, 24, 7, 0)), Some((0, "var")));
        assert_eq!(scales.of(Obis::new(1, 1, 31, 7, 0)), Some((-2, "A")));
        assert_eq!(scales.of(Obis::new(1, 1, 72, 7, 0)), Some((0, "V")));
    }

    #[test]
    fn landis_gyr_voltage_is_not_guessed() {
        let scales = Scales::LandisGyr;
        assert_eq!(scales.of(Obis::new(1, 0, 32, 7, 0)), None);
        assert_eq!(scales.of(Obis::new(1, 0, 2, 8, 1)), Some((0, "Wh")));
        assert_eq!(scales.of(Obis::new(1, 0, 6, 8, 0)), Some((0, "varh")));
        assert_eq!(scales.of(Obis::new(0, 0, 96, 1, 0)), None);
    }

    #[test]
    fn no_two_lists_with_one_mark_look_the_same() {
        for (n, a) in POSITIONAL.iter().enumerate() {
            for b in &POSITIONAL[n + 1..] {
                if a.mark == b.mark && a.items.len() == b.items.len() {
                    let fits = |x: Kind, y: Kind| x == y || x == Kind::Any || y == Kind::Any;
                    assert!(
                        !a.items.iter().zip(b.items).all(|(x, y)| fits(x.kind, y.kind)),
                        "{} {}",
                        a.name,
                        n
                    );
                }
            }
        }
    }
}
