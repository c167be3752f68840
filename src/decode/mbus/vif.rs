//! What a value is: the tables of value information (EN 13757-3, clause 6.4), primary and both
//! extensions.
//!
//! Units are base units: kWh, MWh and GJ codes are Wh and J with another power of ten, minutes to
//! days are seconds, m³/min and m³/s are m³/h.  Every conversion is exact.

/// Meaning of a value information code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vif {
    /// The quantity in words.
    pub quantity: &'static str,
    /// The base unit; empty when there is none.
    pub unit: &'static str,
    /// The number on the wire is multiplied by 10 to this power …
    pub exponent: i8,
    /// … and by this, to be in the base unit.
    pub factor: u32,
    /// How the bytes are to be taken.
    pub kind: Kind,
}

/// How the bytes of a value are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number with sign.
    Number,
    /// Bits or an identification: binary integers have no sign.
    Unsigned,
    /// A point in time when the data is an integer of 2, 3, 4 or 6 bytes (types G, J, F, I).
    Date,
    /// The code is not assigned: the raw number is all that can be said.
    Reserved,
    /// The manufacturer alone knows.
    Manufacturer,
}

/// How scale and unit go along a range of codes.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// 10^n for the first code, ten times more for each next one.
    Ten(i8),
    /// As `Ten`, and times a factor.
    TenTimes(i8, u32),
    /// Seconds, minutes, hours, days, starting at this one of them.
    Clock(usize),
    /// Every code the same power of ten.
    Fixed(i8),
}

/// A run of codes with one quantity.
#[derive(Debug, Clone, Copy)]
struct Row {
    first: u8,
    last: u8,
    quantity: &'static str,
    unit: &'static str,
    step: Step,
    kind: Kind,
}

/// Seconds in a second, minute, hour, day.
const CLOCK: [u32; 4] = [1, 60, 3600, 86400];

const fn row(first: u8, last: u8, quantity: &'static str, unit: &'static str, step: Step) -> Row {
    Row { first, last, quantity, unit, step, kind: Kind::Number }
}

const fn plain(code: u8, quantity: &'static str) -> Row {
    Row { first: code, last: code, quantity, unit: "", step: Step::Fixed(0), kind: Kind::Number }
}

const fn bits(code: u8, quantity: &'static str) -> Row {
    Row { first: code, last: code, quantity, unit: "", step: Step::Fixed(0), kind: Kind::Unsigned }
}

const fn date(code: u8, quantity: &'static str) -> Row {
    Row { first: code, last: code, quantity, unit: "", step: Step::Fixed(0), kind: Kind::Date }
}

/// Primary codes: the VIF byte without its extension bit.
const PRIMARY_ROWS: &[Row] = &[
    row(0x00, 0x07, "energy", "Wh", Step::Ten(-3)),
    row(0x08, 0x0F, "energy", "J", Step::Ten(0)),
    row(0x10, 0x17, "volume", "m³", Step::Ten(-6)),
    row(0x18, 0x1F, "mass", "kg", Step::Ten(-3)),
    row(0x20, 0x23, "on time", "s", Step::Clock(0)),
    row(0x24, 0x27, "operating time", "s", Step::Clock(0)),
    row(0x28, 0x2F, "power", "W", Step::Ten(-3)),
    row(0x30, 0x37, "power", "J/h", Step::Ten(0)),
    row(0x38, 0x3F, "volume flow", "m³/h", Step::Ten(-6)),
    row(0x40, 0x47, "volume flow", "m³/h", Step::TenTimes(-7, 60)),
    row(0x48, 0x4F, "volume flow", "m³/h", Step::TenTimes(-9, 3600)),
    row(0x50, 0x57, "mass flow", "kg/h", Step::Ten(-3)),
    row(0x58, 0x5B, "flow temperature", "°C", Step::Ten(-3)),
    row(0x5C, 0x5F, "return temperature", "°C", Step::Ten(-3)),
    row(0x60, 0x63, "temperature difference", "K", Step::Ten(-3)),
    row(0x64, 0x67, "external temperature", "°C", Step::Ten(-3)),
    row(0x68, 0x6B, "pressure", "bar", Step::Ten(-3)),
    date(0x6C, "date"),
    date(0x6D, "date and time"),
    row(0x6E, 0x6E, "heat cost allocation", "HCA", Step::Fixed(0)),
    row(0x70, 0x73, "averaging duration", "s", Step::Clock(0)),
    row(0x74, 0x77, "actuality duration", "s", Step::Clock(0)),
    bits(0x78, "fabrication number"),
    bits(0x79, "enhanced identification"),
    bits(0x7A, "bus address"),
    plain(TEXT, "plain text unit"),
    plain(0x7E, "any value"),
    Row {
        first: MANUFACTURER,
        last: MANUFACTURER,
        quantity: "manufacturer specific",
        unit: "",
        step: Step::Fixed(0),
        kind: Kind::Manufacturer,
    },
];

/// First extension: the code after VIF FD.
const FD_ROWS: &[Row] = &[
    row(0x00, 0x03, "credit", "currency", Step::Ten(-3)),
    row(0x04, 0x07, "debit", "currency", Step::Ten(-3)),
    bits(0x08, "access number"),
    bits(0x09, "medium"),
    bits(0x0A, "manufacturer"),
    bits(0x0B, "parameter set identification"),
    bits(0x0C, "model or version"),
    bits(0x0D, "hardware version"),
    bits(0x0E, "firmware version"),
    bits(0x0F, "software version"),
    bits(0x10, "customer location"),
    bits(0x11, "customer"),
    bits(0x12, "access code of the user"),
    bits(0x13, "access code of the operator"),
    bits(0x14, "access code of the system operator"),
    bits(0x15, "access code of the developer"),
    bits(0x16, "password"),
    bits(0x17, "error flags"),
    bits(0x18, "error mask"),
    bits(0x19, "security key"),
    bits(0x1A, "digital output"),
    bits(0x1B, "digital input"),
    row(0x1C, 0x1C, "baud rate", "Bd", Step::Fixed(0)),
    row(0x1D, 0x1D, "response delay", "bit times", Step::Fixed(0)),
    plain(0x1E, "retry"),
    bits(0x1F, "remote control"),
    plain(0x20, "first storage number of cyclic storage"),
    plain(0x21, "last storage number of cyclic storage"),
    plain(0x22, "size of storage block"),
    bits(0x23, "descriptor of tariff and subunit"),
    row(0x24, 0x27, "storage interval", "s", Step::Clock(0)),
    row(0x28, 0x28, "storage interval", "month", Step::Fixed(0)),
    row(0x29, 0x29, "storage interval", "year", Step::Fixed(0)),
    bits(0x2A, "operator specific data"),
    row(0x2B, 0x2B, "second of the time point", "s", Step::Fixed(0)),
    row(0x2C, 0x2F, "duration since last readout", "s", Step::Clock(0)),
    date(0x30, "start of tariff"),
    row(0x31, 0x33, "duration of tariff", "s", Step::Clock(1)),
    row(0x34, 0x37, "period of tariff", "s", Step::Clock(0)),
    row(0x38, 0x38, "period of tariff", "month", Step::Fixed(0)),
    row(0x39, 0x39, "period of tariff", "year", Step::Fixed(0)),
    plain(0x3A, "dimensionless"),
    bits(0x3B, "data container of wireless M-Bus"),
    row(0x3C, 0x3F, "period of nominal transmissions", "s", Step::Clock(0)),
    row(0x40, 0x4F, "voltage", "V", Step::Ten(-9)),
    row(0x50, 0x5F, "current", "A", Step::Ten(-12)),
    plain(0x60, "reset counter"),
    plain(0x61, "cumulation counter"),
    bits(0x62, "control signal"),
    plain(0x63, "day of week"),
    plain(0x64, "week number"),
    date(0x65, "time point of day change"),
    bits(0x66, "state of parameter activation"),
    bits(0x67, "special supplier information"),
    row(0x68, 0x69, "duration since last cumulation", "s", Step::Clock(2)),
    row(0x6A, 0x6A, "duration since last cumulation", "month", Step::Fixed(0)),
    row(0x6B, 0x6B, "duration since last cumulation", "year", Step::Fixed(0)),
    row(0x6C, 0x6D, "operating time of battery", "s", Step::Clock(2)),
    row(0x6E, 0x6E, "operating time of battery", "month", Step::Fixed(0)),
    row(0x6F, 0x6F, "operating time of battery", "year", Step::Fixed(0)),
    date(0x70, "battery change"),
    row(0x71, 0x71, "RF level", "dBm", Step::Fixed(0)),
    bits(0x72, "daylight saving"),
    bits(0x73, "listening window"),
    row(0x74, 0x74, "remaining battery life", "s", Step::Clock(3)),
    plain(0x75, "number of stops"),
    bits(0x76, "manufacturer protocol data"),
];

/// Second extension: the code after VIF FB.  Codes 20–26 and 50–73 (feet, gallons, °F) left the
/// standard in 2013; meters keep sending them.
const FB_ROWS: &[Row] = &[
    row(0x00, 0x01, "energy", "Wh", Step::Ten(5)),
    row(0x02, 0x03, "reactive energy", "varh", Step::Ten(3)),
    row(0x04, 0x05, "apparent energy", "VAh", Step::Ten(3)),
    row(0x08, 0x09, "energy", "J", Step::Ten(8)),
    row(0x0C, 0x0F, "energy", "cal", Step::Ten(5)),
    row(0x10, 0x11, "volume", "m³", Step::Ten(2)),
    row(0x14, 0x17, "reactive power", "var", Step::Ten(0)),
    row(0x18, 0x19, "mass", "kg", Step::Ten(5)),
    row(0x1A, 0x1B, "relative humidity", "%", Step::Ten(-1)),
    row(0x20, 0x20, "volume", "ft³", Step::Fixed(0)),
    row(0x21, 0x21, "volume", "ft³", Step::Fixed(-1)),
    row(0x22, 0x23, "volume", "gal", Step::Ten(-1)),
    row(0x24, 0x24, "volume flow", "gal/min", Step::Fixed(-3)),
    row(0x25, 0x25, "volume flow", "gal/min", Step::Fixed(0)),
    row(0x26, 0x26, "volume flow", "gal/h", Step::Fixed(0)),
    row(0x28, 0x29, "power", "W", Step::Ten(5)),
    row(0x2A, 0x2A, "phase angle between voltages", "°", Step::Fixed(-1)),
    row(0x2B, 0x2B, "phase angle of voltage to current", "°", Step::Fixed(-1)),
    row(0x2C, 0x2F, "frequency", "Hz", Step::Ten(-3)),
    row(0x30, 0x31, "power", "J/h", Step::Ten(8)),
    row(0x34, 0x37, "apparent power", "VA", Step::Ten(0)),
    row(0x58, 0x5B, "flow temperature", "°F", Step::Ten(-3)),
    row(0x5C, 0x5F, "return temperature", "°F", Step::Ten(-3)),
    row(0x60, 0x63, "temperature difference", "°F", Step::Ten(-3)),
    row(0x64, 0x67, "external temperature", "°F", Step::Ten(-3)),
    row(0x70, 0x73, "cold or warm temperature limit", "°F", Step::Ten(-3)),
    row(0x74, 0x77, "cold or warm temperature limit", "°C", Step::Ten(-3)),
    row(0x78, 0x7F, "cumulated maximum of power", "W", Step::Ten(-3)),
];

/// The VIF of plain text units: their letters follow it.
pub const TEXT: u8 = 0x7C;
/// The VIF, and the VIFE, after which only the manufacturer knows.
pub const MANUFACTURER: u8 = 0x7F;
/// The VIF byte of the second extension.
pub const EXTENSION_FB: u8 = 0xFB;
/// The VIF byte of the first extension.
pub const EXTENSION_FD: u8 = 0xFD;
/// The VIF byte of the third extension, in which nothing is assigned.
pub const EXTENSION_EF: u8 = 0xEF;

/// Codes that no table assigns.
pub const RESERVED: Vif =
    Vif { quantity: "reserved", unit: "", exponent: 0, factor: 1, kind: Kind::Reserved };

/// Primary codes.
pub static PRIMARY: [Vif; 128] = expand(PRIMARY_ROWS);
/// Codes after FB.
pub static FB: [Vif; 128] = expand(FB_ROWS);
/// Codes after FD.
pub static FD: [Vif; 128] = expand(FD_ROWS);

/// A row a code.
const fn expand(rows: &[Row]) -> [Vif; 128] {
    let mut table = [RESERVED; 128];
    let mut r = 0;
    while r < rows.len() {
        let row = rows[r];
        let mut code = row.first;
        while code <= row.last {
            let n = code - row.first;
            let (exponent, factor) = match row.step {
                Step::Ten(e) => (e + n as i8, 1),
                Step::TenTimes(e, factor) => (e + n as i8, factor),
                Step::Clock(from) => (0, CLOCK[from + n as usize]),
                Step::Fixed(e) => (e, 1),
            };
            table[code as usize] =
                Vif { quantity: row.quantity, unit: row.unit, exponent, factor, kind: row.kind };
            code += 1;
        }
        r += 1;
    }
    table
}

/// The entry of a table for a code; the extension bit is ignored.
pub fn entry(table: &'static [Vif; 128], code: u8) -> &'static Vif {
    table.get(usize::from(code & 0x7F)).unwrap_or(&RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(table: &'static [Vif; 128], code: u8) -> (&'static str, i8, u32) {
        let vif = entry(table, code);
        (vif.unit, vif.exponent, vif.factor)
    }

    /// Against the standard's own formulas, a code of each row worked out by hand.
    #[test]
    fn scales_of_the_primary_table() {
        assert_eq!(scale(&PRIMARY, 0x06), ("Wh", 3, 1));
        assert_eq!(scale(&PRIMARY, 0x0E), ("J", 6, 1));
        assert_eq!(scale(&PRIMARY, 0x13), ("m³", -3, 1));
        assert_eq!(scale(&PRIMARY, 0x1B), ("kg", 0, 1));
        assert_eq!(scale(&PRIMARY, 0x22), ("s", 0, 3600));
        assert_eq!(scale(&PRIMARY, 0x27), ("s", 0, 86400));
        assert_eq!(scale(&PRIMARY, 0x2B), ("W", 0, 1));
        assert_eq!(scale(&PRIMARY, 0x3B), ("m³/h", -3, 1));
        assert_eq!(scale(&PRIMARY, 0x47), ("m³/h", 0, 60));
        assert_eq!(scale(&PRIMARY, 0x48), ("m³/h", -9, 3600));
        assert_eq!(scale(&PRIMARY, 0x5A), ("°C", -1, 1));
        assert_eq!(scale(&PRIMARY, 0x61), ("K", -2, 1));
        assert_eq!(scale(&PRIMARY, 0x6B), ("bar", 0, 1));
        assert_eq!(entry(&PRIMARY, 0x6F).kind, Kind::Reserved);
        assert_eq!(entry(&PRIMARY, 0x7B).kind, Kind::Reserved);
    }

    #[test]
    fn scales_of_the_extensions() {
        assert_eq!(scale(&FD, 0x48), ("V", -1, 1));
        assert_eq!(scale(&FD, 0x59), ("A", -3, 1));
        assert_eq!(scale(&FD, 0x31), ("s", 0, 60));
        assert_eq!(scale(&FD, 0x6C), ("s", 0, 3600));
        assert_eq!(scale(&FD, 0x74), ("s", 0, 86400));
        assert_eq!(scale(&FB, 0x00), ("Wh", 5, 1));
        assert_eq!(scale(&FB, 0x09), ("J", 9, 1));
        assert_eq!(scale(&FB, 0x0F), ("cal", 8, 1));
        assert_eq!(scale(&FB, 0x19), ("kg", 6, 1));
        assert_eq!(scale(&FB, 0x2C), ("Hz", -3, 1));
        assert_eq!(scale(&FB, 0x36), ("VA", 2, 1));
    }
}
