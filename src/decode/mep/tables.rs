//! The meter's tables: which bytes are what.  Contents are little endian (OSGP MEP guide 078-0372-01, "Tables").

use crate::decode::message::MepId;

/// BT01: manufacturer, model, firmware.
pub const IDENTITY: u16 = 1;
/// BT21: how the register tables are laid out in this meter.
pub const DIMENSIONS: u16 = 21;
/// BT22: which quantities the registers hold.
pub const SELECTION: u16 = 22;
/// BT23: energies and counters.
pub const ENERGIES: u16 = 23;
/// BT27: which quantities the present values hold.
pub const PRESENT_SELECTION: u16 = 27;
/// BT28: present values.
pub const PRESENT: u16 = 28;
/// BT52: the clock in UTC.
pub const CLOCK: u16 = 52;
/// BT55: the clock in local time.
pub const LOCAL_CLOCK: u16 = 55;
/// ET03: the utility's serial number.
pub const SERIAL: u16 = 0x0803;
/// ET52: a transaction, to be written.
pub const TRANSACTION: u16 = 0x0834;
/// ET53: what came of the transaction.
pub const TRANSACTION_RESULT: u16 = 0x0835;

/// A quantity of a register table: 32 bits with sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// What it is.
    pub name: &'static str,
    /// Its unit on the wire; empty for counts and ratios.
    pub unit: &'static str,
    /// The power of ten of the wire's number; none where no document states it.
    pub power: Option<i8>,
}

const fn of(name: &'static str, unit: &'static str) -> Element {
    Element { name, unit, power: Some(0) }
}

const fn scaled(name: &'static str, unit: &'static str, power: i8) -> Element {
    Element { name, unit, power: Some(power) }
}

/// No document states the scale.
const fn raw(name: &'static str) -> Element {
    Element { name, unit: "", power: None }
}

/// Elements of BT23, in the block of totals and in each tier's.  In tiers 4, 5 and 8 to 10 are not used.
pub const BT23: &[Element] = &[
    of("Active energy import", "Wh"),
    of("Active energy export", "Wh"),
    of("Reactive energy import", "varh"),
    of("Reactive energy export", "varh"),
    of("Power outage duration", "s"),
    of("Power outages", ""),
    of("Active energy import + export", "Wh"),
    of("Active energy import - export", "Wh"),
    of("Pulse input 1", ""),
    of("Pulse input 2", ""),
    of("Error counter", ""),
    of("Reactive energy Q1", "varh"),
    of("Reactive energy Q2", "varh"),
    of("Reactive energy Q3", "varh"),
    of("Reactive energy Q4", "varh"),
    of("Apparent energy Q1", "VAh"),
    of("Apparent energy Q2", "VAh"),
    of("Apparent energy Q3", "VAh"),
    of("Apparent energy Q4", "VAh"),
];

/// Elements of BT28.
pub const BT28: &[Element] = &[
    of("Active power import", "W"),
    of("Active power export", "W"),
    of("Reactive power import", "var"),
    of("Reactive power export", "var"),
    of("Current L1", "mA"),
    of("Current L2", "mA"),
    of("Current L3", "mA"),
    of("Voltage L1", "mV"),
    of("Voltage L2", "mV"),
    of("Voltage L3", "mV"),
    scaled("Power factor L1", "", -3),
    of("Frequency", "mHz"),
    of("Apparent power", "VA"),
    scaled("Power factor L2", "", -3),
    scaled("Power factor L3", "", -3),
    raw("Sine of the phase angle L1"),
    raw("Sine of the phase angle L2"),
    raw("Sine of the phase angle L3"),
    of("Active power import, with transformer ratio", "W"),
    of("Active power export, with transformer ratio", "W"),
    of("Reactive power import, with transformer ratio", "var"),
    of("Reactive power export, with transformer ratio", "var"),
    of("Reactive power Q1", "var"),
    of("Reactive power Q2", "var"),
    of("Reactive power Q3", "var"),
    of("Reactive power Q4", "var"),
    of("Active power import L1", "W"),
    of("Active power import L2", "W"),
    of("Active power import L3", "W"),
    of("Active power export L1", "W"),
    of("Active power export L2", "W"),
    of("Active power export L3", "W"),
    of("Active power import L1, with transformer ratio", "W"),
    of("Active power import L2, with transformer ratio", "W"),
    of("Active power import L3, with transformer ratio", "W"),
    of("Active power export L1, with transformer ratio", "W"),
    of("Active power export L2, with transformer ratio", "W"),
    of("Active power export L3, with transformer ratio", "W"),
    of("Current L1, with transformer ratio", "mA"),
    of("Current L2, with transformer ratio", "mA"),
    of("Current L3, with transformer ratio", "mA"),
    of("Voltage L1, continuous", "mV"),
    of("Voltage L2, continuous", "mV"),
    of("Voltage L3, continuous", "mV"),
    of("Voltage L1, average", "mV"),
    of("Voltage L2, average", "mV"),
    of("Voltage L3, average", "mV"),
    of("Active power import, average", "W"),
    of("Active power export, average", "W"),
    of("Active power import L1, average", "W"),
    of("Active power import L2, average", "W"),
    of("Active power import L3, average", "W"),
    of("Active power export L1, average", "W"),
    of("Active power export L2, average", "W"),
    of("Active power export L3, average", "W"),
    of("Apparent power by quadrant, 1 of 16", "VA"),
    of("Apparent power by quadrant, 2 of 16", "VA"),
    of("Apparent power by quadrant, 3 of 16", "VA"),
    of("Apparent power by quadrant, 4 of 16", "VA"),
    of("Apparent power by quadrant, 5 of 16", "VA"),
    of("Apparent power by quadrant, 6 of 16", "VA"),
    of("Apparent power by quadrant, 7 of 16", "VA"),
    of("Apparent power by quadrant, 8 of 16", "VA"),
    of("Apparent power by quadrant, 9 of 16", "VA"),
    of("Apparent power by quadrant, 10 of 16", "VA"),
    of("Apparent power by quadrant, 11 of 16", "VA"),
    of("Apparent power by quadrant, 12 of 16", "VA"),
    of("Apparent power by quadrant, 13 of 16", "VA"),
    of("Apparent power by quadrant, 14 of 16", "VA"),
    of("Apparent power by quadrant, 15 of 16", "VA"),
    of("Apparent power by quadrant, 16 of 16", "VA"),
    of("Current in the neutral", "mA"),
    of("Current L1, average", "mA"),
    of("Current L2, average", "mA"),
    of("Current L3, average", "mA"),
    scaled("Phase angle 1", "°", -2),
    scaled("Phase angle 2", "°", -2),
    scaled("Phase angle 3", "°", -2),
    of("Reactive power by phase, 1 of 6", "var"),
    of("Reactive power by phase, 2 of 6", "var"),
    of("Reactive power by phase, 3 of 6", "var"),
    of("Reactive power by phase, 4 of 6", "var"),
    of("Reactive power by phase, 5 of 6", "var"),
    of("Reactive power by phase, 6 of 6", "var"),
];

/// The bytes of BT21.
const BT21: [&str; 10] = [
    "Register features 1",
    "Register features 2",
    "Number of self reads",
    "Number of summations",
    "Number of demands",
    "Number of coincident values",
    "Number of occurrences",
    "Number of tiers",
    "Number of present demands",
    "Number of present values",
];

/// The quantity of an element, in plain words.
pub fn name(id: &MepId) -> Option<&'static str> {
    let at = usize::from(id.element);
    match id.table {
        ENERGIES => BT23.get(at).map(|e| e.name),
        PRESENT => BT28.get(at).map(|e| e.name),
        DIMENSIONS => BT21.get(at).copied(),
        SELECTION => Some("Source of the summation with this number"),
        PRESENT_SELECTION => Some("Source of the present value with this number"),
        _ => None,
    }
}

/// What a field of a table stands for that is not a numbered element, in plain words.
pub fn named(id: &str) -> Option<&'static str> {
    Some(match id {
        "mep:BT01.manufacturer" => "Manufacturer",
        "mep:BT01.model" => "Model",
        "mep:BT01.firmware" => "Firmware version",
        "mep:ET03.serial" => "Utility serial number",
        "mep:BT52.time" => "Clock, UTC",
        "mep:BT55.time" => "Clock, local time",
        _ => return None,
    })
}

/// How the register tables of a meter are laid out: BT21 (as ANSI C12.19, table 21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Demands carry the time of their event.
    pub dated: bool,
    /// BT23 begins with a counter of demand resets.
    pub reset_counter: bool,
    /// Demands are also summed up.
    pub cumulative: bool,
    /// Demands are also summed up with the present one.
    pub continuous: bool,
    /// Present demands carry the time that remains.
    pub remaining: bool,
    /// Summations in a block of BT23.
    pub summations: u8,
    /// Demands in a block of BT23.
    pub demands: u8,
    /// Coincident values in a block of BT23.
    pub coincident: u8,
    /// Values that each demand keeps.
    pub occurrences: u8,
    /// Tiers: further blocks of BT23.
    pub tiers: u8,
    /// Demands in BT28.
    pub present_demands: u8,
    /// Values in BT28.
    pub present_values: u8,
}

impl Layout {
    /// From the ten bytes of BT21.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let [
            flags,
            _,
            _,
            summations,
            demands,
            coincident,
            occurrences,
            tiers,
            present_demands,
            present_values,
        ] = *bytes.first_chunk::<10>()?;
        let bit = |n: u8| flags & (1 << n) != 0;
        Some(Layout {
            dated: bit(1),
            reset_counter: bit(2),
            cumulative: bit(4),
            continuous: bit(5),
            remaining: bit(6),
            summations,
            demands,
            coincident,
            occurrences,
            tiers,
            present_demands,
            present_values,
        })
    }

    /// What most meters have, for when BT21 was not heard: no demands, and as many summations and tiers as make BT23 or BT28 as
    /// long as it is.  `offset` and `length` are of the part that was read, `whole` says that it is all.
    pub fn assumed(table: u16, offset: u32, length: usize, whole: bool) -> Self {
        let mut layout = Layout {
            dated: false,
            reset_counter: false,
            cumulative: false,
            continuous: false,
            remaining: false,
            // All meters have the first eleven; what follows them depends on the meter.
            summations: 11,
            demands: 0,
            coincident: 0,
            occurrences: 1,
            tiers: 0,
            present_demands: 0,
            present_values: u8::MAX,
        };
        if table != ENERGIES {
            return layout;
        }
        let end = (offset as usize).saturating_add(length);
        // Summations have four bytes each, so an odd byte at either end shows the reset counter before them.
        layout.reset_counter = end % 4 == 1 || offset % 4 == 1;
        let summations = (end - usize::from(layout.reset_counter && end > 0)) / 4;
        let fits = |s: u8, t: u8| summations == usize::from(s) * (usize::from(t) + 1);
        let whole = whole || offset == 0;
        if let Some((s, t)) = [11, 15, 19]
            .into_iter()
            .flat_map(|s| [0, 4, 8].map(|t| (s, t)))
            .find(|&(s, t)| whole && fits(s, t))
        {
            layout.summations = s;
            layout.tiers = t;
        }
        layout
    }

    /// Bytes of a demand in BT23: its time, sums and values, as in ANSI C12.19, table 23.
    const fn demand(&self) -> usize {
        let occurrences = self.occurrences as usize;
        (if self.dated { 5 * occurrences } else { 0 })
            + (if self.cumulative { 4 } else { 0 })
            + (if self.continuous { 4 } else { 0 })
            + 4 * occurrences
    }

    /// Bytes from the beginning of a block of BT23 to the beginning of the next.  `whole` is the length of the whole table, if
    /// it is known: that decides better than the sizes of demands, which meters might pack in another way.
    pub fn block(&self, whole: Option<usize>) -> usize {
        let summations = 4 * usize::from(self.summations);
        let blocks = usize::from(self.tiers) + 1;
        let measured = whole
            .and_then(|length| length.checked_sub(usize::from(self.reset_counter)))
            .filter(|length| length % blocks == 0)
            .map(|length| length / blocks)
            .filter(|block| *block >= summations);
        measured.unwrap_or_else(|| {
            summations
                + usize::from(self.demands) * self.demand()
                + usize::from(self.coincident) * usize::from(self.occurrences) * 4
        })
    }

    /// Where the values begin in BT28.
    pub const fn present(&self) -> usize {
        self.present_demands as usize * (4 + if self.remaining { 3 } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_as_long_as_documented() {
        assert_eq!((BT23.len(), BT28.len()), (19, 84));
        assert_eq!(BT28.get(71).map(|e| e.name), Some("Current in the neutral"));
        assert_eq!(BT28.get(41).map(|e| e.name), Some("Voltage L1, continuous"));
    }

    /// The BT21 printed in the guide's example transaction.
    #[test]
    fn layout_of_the_guides_meter() {
        let layout = Layout::parse(&[0x3F, 0x0E, 0x0C, 0x0F, 0x08, 0x00, 0x01, 0x04, 0x08, 0x1A]).unwrap();
        assert_eq!(
            (layout.summations, layout.tiers, layout.present_demands, layout.present_values),
            (15, 4, 8, 26)
        );
        assert!(layout.reset_counter && layout.cumulative && layout.continuous && !layout.remaining);
        // No time remaining in the present demands.
        assert_eq!(layout.present(), 32);
        // 15 summations, 8 demands of 5 + 4 + 4 + 4 bytes.
        assert_eq!(layout.block(None), 60 + 8 * 17);
        // A table whose length says otherwise: five blocks of 15 summations and 8 demands of 4 bytes.
        assert_eq!(layout.block(Some(1 + 5 * 92)), 92);
        assert_eq!(layout.block(Some(7)), 60 + 8 * 17);
    }

    #[test]
    fn lengths_that_say_their_layout() {
        let assumed = |offset, length| {
            let l = Layout::assumed(ENERGIES, offset, length, true);
            (l.reset_counter, l.summations, l.tiers)
        };
        // A Danish meter's answer of 220 bytes: five blocks of eleven.
        assert_eq!(assumed(0, 220), (false, 11, 4));
        assert_eq!(assumed(0, 44), (false, 11, 0));
        assert_eq!(assumed(0, 61), (true, 15, 0));
        assert_eq!(assumed(0, 13), (true, 11, 0));
        assert_eq!(assumed(0, 380), (false, 19, 4));
        assert_eq!(assumed(1, 8), (true, 11, 0));
    }
}
