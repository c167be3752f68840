//! What qualifies a value: the combinable ("orthogonal") VIFE codes and their extension
//! (EN 13757-3, clause 6.4.7), which may follow any VIF.

/// What a combinable code does to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The meter could not give the value, for this reason.
    Error(&'static str),
    /// A word more on the quantity.
    Word(&'static str),
    /// Per unit of something else.
    Per(&'static str),
    /// Per pulse of this channel.
    PerPulse(&'static str),
    /// Times a unit of something else.
    Times(&'static str),
    /// Multiplied by 10 to this power.
    Scale(i8),
    /// Plus 10 to this power, in the unit of the value.
    Add(i8),
    /// How often it happened: a number without unit.
    Count(&'static str),
    /// When it happened: a point in time.
    Date(&'static str),
    /// How long it took: this many seconds each.
    Duration(&'static str, u32),
    /// The next code is of the extension.
    Extension,
    /// This and all that follows is the manufacturer's.
    Manufacturer,
    /// Not assigned.
    Reserved,
}

/// The combinable codes, by code without extension bit.
pub static COMBINABLE: [Effect; 128] = expand(CODES);

/// The codes after `FC`, likewise.
pub static EXTENDED: [Effect; 128] = expand(EXTENDED_CODES);

/// The effect of a code; the extension bit is ignored.
pub fn effect(table: &'static [Effect; 128], code: u8) -> Effect {
    table.get(usize::from(code & 0x7F)).copied().unwrap_or(Effect::Reserved)
}

const CODES: &[(u8, Effect)] = &[
    (0x00, Effect::None),
    (0x01, Effect::Error("too many DIFE")),
    (0x02, Effect::Error("storage number not implemented")),
    (0x03, Effect::Error("subunit not implemented")),
    (0x04, Effect::Error("tariff not implemented")),
    (0x05, Effect::Error("function not implemented")),
    (0x06, Effect::Error("data class not implemented")),
    (0x07, Effect::Error("data size not implemented")),
    (0x0B, Effect::Error("too many VIFE")),
    (0x0C, Effect::Error("illegal VIF group")),
    (0x0D, Effect::Error("illegal VIF exponent")),
    (0x0E, Effect::Error("VIF and DIF do not go together")),
    (0x0F, Effect::Error("action not implemented")),
    (0x12, Effect::Word("average")),
    (0x13, Effect::Word("inverse compact profile")),
    (0x14, Effect::Word("relative deviation")),
    (0x15, Effect::Error("no data available")),
    (0x16, Effect::Error("overflow")),
    (0x17, Effect::Error("underflow")),
    (0x18, Effect::Error("data error")),
    (0x1C, Effect::Error("premature end of record")),
    (0x1D, Effect::Word("standard conform data content")),
    (0x1E, Effect::Word("compact profile with register numbers")),
    (0x1F, Effect::Word("compact profile")),
    (0x20, Effect::Per("s")),
    (0x21, Effect::Per("min")),
    (0x22, Effect::Per("h")),
    (0x23, Effect::Per("d")),
    (0x24, Effect::Per("week")),
    (0x25, Effect::Per("month")),
    (0x26, Effect::Per("year")),
    (0x27, Effect::Per("measurement")),
    (0x28, Effect::PerPulse("input channel 0")),
    (0x29, Effect::PerPulse("input channel 1")),
    (0x2A, Effect::PerPulse("output channel 0")),
    (0x2B, Effect::PerPulse("output channel 1")),
    (0x2C, Effect::Per("l")),
    (0x2D, Effect::Per("m³")),
    (0x2E, Effect::Per("kg")),
    (0x2F, Effect::Per("K")),
    (0x30, Effect::Per("kWh")),
    (0x31, Effect::Per("GJ")),
    (0x32, Effect::Per("kW")),
    (0x33, Effect::Per("(K·l)")),
    (0x34, Effect::Per("V")),
    (0x35, Effect::Per("A")),
    (0x36, Effect::Times("s")),
    (0x37, Effect::Times("s/V")),
    (0x38, Effect::Times("s/A")),
    (0x39, Effect::Date("start")),
    (0x3A, Effect::Word("uncorrected")),
    (0x3B, Effect::Word("forward")),
    (0x3C, Effect::Word("backward")),
    (0x3D, Effect::Word("not metric")),
    (0x3E, Effect::Word("at base conditions")),
    (0x3F, Effect::Word("OBIS declaration")),
    (0x40, Effect::Word("lower limit")),
    (0x41, Effect::Count("exceedings of the lower limit")),
    (0x42, Effect::Date("begin of first exceeding of the lower limit")),
    (0x43, Effect::Date("end of first exceeding of the lower limit")),
    (0x44, Effect::Word("times flow temperature / 100")),
    (0x45, Effect::Word("times return temperature / 100")),
    (0x46, Effect::Date("begin of last exceeding of the lower limit")),
    (0x47, Effect::Date("end of last exceeding of the lower limit")),
    (0x48, Effect::Word("upper limit")),
    (0x49, Effect::Count("exceedings of the upper limit")),
    (0x4A, Effect::Date("begin of first exceeding of the upper limit")),
    (0x4B, Effect::Date("end of first exceeding of the upper limit")),
    (0x4E, Effect::Date("begin of last exceeding of the upper limit")),
    (0x4F, Effect::Date("end of last exceeding of the upper limit")),
    (0x50, Effect::Duration("duration of first exceeding of the lower limit", 1)),
    (0x51, Effect::Duration("duration of first exceeding of the lower limit", 60)),
    (0x52, Effect::Duration("duration of first exceeding of the lower limit", 3600)),
    (0x53, Effect::Duration("duration of first exceeding of the lower limit", 86400)),
    (0x54, Effect::Duration("duration of last exceeding of the lower limit", 1)),
    (0x55, Effect::Duration("duration of last exceeding of the lower limit", 60)),
    (0x56, Effect::Duration("duration of last exceeding of the lower limit", 3600)),
    (0x57, Effect::Duration("duration of last exceeding of the lower limit", 86400)),
    (0x58, Effect::Duration("duration of first exceeding of the upper limit", 1)),
    (0x59, Effect::Duration("duration of first exceeding of the upper limit", 60)),
    (0x5A, Effect::Duration("duration of first exceeding of the upper limit", 3600)),
    (0x5B, Effect::Duration("duration of first exceeding of the upper limit", 86400)),
    (0x5C, Effect::Duration("duration of last exceeding of the upper limit", 1)),
    (0x5D, Effect::Duration("duration of last exceeding of the upper limit", 60)),
    (0x5E, Effect::Duration("duration of last exceeding of the upper limit", 3600)),
    (0x5F, Effect::Duration("duration of last exceeding of the upper limit", 86400)),
    (0x60, Effect::Duration("duration of first", 1)),
    (0x61, Effect::Duration("duration of first", 60)),
    (0x62, Effect::Duration("duration of first", 3600)),
    (0x63, Effect::Duration("duration of first", 86400)),
    (0x64, Effect::Duration("duration of last", 1)),
    (0x65, Effect::Duration("duration of last", 60)),
    (0x66, Effect::Duration("duration of last", 3600)),
    (0x67, Effect::Duration("duration of last", 86400)),
    (0x68, Effect::Word("during exceeding of the lower limit")),
    (0x69, Effect::Word("leakage")),
    (0x6A, Effect::Date("date of first begin")),
    (0x6B, Effect::Date("date of first end")),
    (0x6C, Effect::Word("during exceeding of the upper limit")),
    (0x6D, Effect::Word("overflow value")),
    (0x6E, Effect::Date("date of last begin")),
    (0x6F, Effect::Date("date of last end")),
    (0x70, Effect::Scale(-6)),
    (0x71, Effect::Scale(-5)),
    (0x72, Effect::Scale(-4)),
    (0x73, Effect::Scale(-3)),
    (0x74, Effect::Scale(-2)),
    (0x75, Effect::Scale(-1)),
    (0x76, Effect::Scale(0)),
    (0x77, Effect::Scale(1)),
    (0x78, Effect::Add(-3)),
    (0x79, Effect::Add(-2)),
    (0x7A, Effect::Add(-1)),
    (0x7B, Effect::Add(0)),
    (0x7C, Effect::Extension),
    (0x7D, Effect::Scale(3)),
    (0x7E, Effect::Word("future value")),
    (0x7F, Effect::Manufacturer),
];

/// Additions of the standard's 2013 and later editions.
const EXTENDED_CODES: &[(u8, Effect)] = &[
    (0x01, Effect::Word("L1")),
    (0x02, Effect::Word("L2")),
    (0x03, Effect::Word("L3")),
    (0x04, Effect::Word("neutral")),
    (0x05, Effect::Word("between L1 and L2")),
    (0x06, Effect::Word("between L2 and L3")),
    (0x07, Effect::Word("between L3 and L1")),
    (0x08, Effect::Word("quadrant 1")),
    (0x09, Effect::Word("quadrant 2")),
    (0x0A, Effect::Word("quadrant 3")),
    (0x0B, Effect::Word("quadrant 4")),
    (0x0C, Effect::Word("import less export")),
    (0x0D, Effect::Word("not metric")),
    (0x0E, Effect::Word("secondary sensor")),
    (0x0F, Effect::Word("higher resolution")),
    (0x10, Effect::Word("forward and backward added")),
    (0x11, Effect::Word("unsigned")),
    (0x12, Effect::Word("as bits")),
    (0x13, Effect::Date("end")),
    (0x14, Effect::Word("from communication partner to meter")),
    (0x15, Effect::Word("from meter to communication partner")),
    (0x16, Effect::Word("of the liquid")),
    (0x17, Effect::Word("of the gas")),
    (0x18, Effect::Word("outdoors")),
    (0x25, Effect::Word("L1 to L2")),
    (0x26, Effect::Word("L2 to L3")),
    (0x27, Effect::Word("L3 to L1")),
];

const fn expand(codes: &[(u8, Effect)]) -> [Effect; 128] {
    let mut table = [Effect::Reserved; 128];
    let mut n = 0;
    while n < codes.len() {
        table[codes[n].0 as usize] = codes[n].1;
        n += 1;
    }
    table
}

/// The codes of the extension that say that the data has no sign (types C and D).
pub const fn is_unsigned(code: u8) -> bool {
    matches!(code & 0x7F, 0x11 | 0x12)
}
