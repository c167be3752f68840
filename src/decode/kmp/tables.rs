//! What KMP's numbers stand for: commands, units, registers.

/// A command (CID) of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Its number on the wire.
    pub cid: u8,
    /// Its name in Kamstrup's documents.
    pub name: &'static str,
}

/// GetType: what kind of meter, which software.
pub const GET_TYPE: u8 = 0x01;
/// GetSerialNo.
pub const GET_SERIAL: u8 = 0x02;
/// GetRegister: up to eight registers at once.
pub const GET_REGISTER: u8 = 0x10;
/// The logger of MULTICAL 303, 403 and 603.
pub const LOGGER: u8 = 0xB8;

/// Sources: Kamstrup's protocol description as quoted by the PyKMP project; 92 from the conpot project's
/// electricity meter; B8 from recorded sessions of the MULTICAL 303 and 603.
pub const COMMANDS: &[Command] = &[
    Command { cid: GET_TYPE, name: "GetType" },
    Command { cid: GET_SERIAL, name: "GetSerialNo" },
    Command { cid: 0x09, name: "SetClock" },
    Command { cid: GET_REGISTER, name: "GetRegister" },
    Command { cid: 0x11, name: "PutRegister" },
    Command { cid: 0x92, name: "Login" },
    Command { cid: 0x9B, name: "GetEventStatus" },
    Command { cid: 0x9C, name: "ClearEventStatus" },
    Command { cid: 0xA0, name: "GetLogTimePresent" },
    Command { cid: 0xA1, name: "GetLogPastPresent" },
    Command { cid: 0xA2, name: "GetLogIdPresent" },
    Command { cid: 0xA3, name: "GetLogTimePast" },
    Command { cid: LOGGER, name: "Logger" },
];

/// The name of a command.
pub fn command(cid: u8) -> Option<&'static str> {
    COMMANDS.iter().find(|c| c.cid == cid).map(|c| c.name)
}

/// The logical address in words; none for one that no known meter uses.
pub const fn address(address: u8) -> Option<&'static str> {
    match address {
        0x3F => Some("the meter"),
        0x7F => Some("the logger on the top module"),
        0xBF => Some("the logger on the base module"),
        _ => None,
    }
}

/// How the mantissa of a register is to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A number; multiply by 10 to this power to be in the unit.
    Number(u8),
    /// The decimal digits hhmmss.
    Time,
    /// The decimal digits yymmdd, counted from 2000.
    ShortDate,
    /// The decimal digits yyyymmdd.
    Date,
    /// The decimal digits mmdd.
    MonthDay,
    /// Characters.
    Text,
    /// Seven bytes: minutes of daylight saving (2 bytes), year from 2000, month, day, hour, minute, second.
    DateTime,
}

/// A unit byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// How the value is to be understood.
    pub form: Form,
    /// The unit's symbol; empty for plain numbers.
    pub symbol: &'static str,
    /// The unit in words for an explanation.
    pub words: &'static str,
}

const fn of(symbol: &'static str) -> Unit {
    Unit { form: Form::Number(0), symbol, words: symbol }
}

const fn plain(words: &'static str) -> Unit {
    Unit { form: Form::Number(0), symbol: "", words }
}

const fn tens(symbol: &'static str, words: &'static str) -> Unit {
    Unit { form: Form::Number(1), symbol, words }
}

const fn special(form: Form, words: &'static str) -> Unit {
    Unit { form, symbol: "", words }
}

/// Units by their byte, with gaps.  Older lists print 21 as kW and 25 as kvar, a copied slip: next to 22
/// = kW and 26 = kvar only W and var make sense, and corrected lists say so.
const UNIT_LIST: &[(u8, Unit)] = &[
    (0, plain("no unit")),
    (1, of("Wh")),
    (2, of("kWh")),
    (3, of("MWh")),
    (4, of("GWh")),
    (5, of("J")),
    (6, of("kJ")),
    (7, of("MJ")),
    (8, of("GJ")),
    (9, of("cal")),
    (10, of("kcal")),
    (11, of("Mcal")),
    (12, of("Gcal")),
    (13, of("varh")),
    (14, of("kvarh")),
    (15, of("Mvarh")),
    (16, of("Gvarh")),
    (17, of("VAh")),
    (18, of("kVAh")),
    (19, of("MVAh")),
    (20, of("GVAh")),
    (21, of("W")),
    (22, of("kW")),
    (23, of("MW")),
    (24, of("GW")),
    (25, of("var")),
    (26, of("kvar")),
    (27, of("Mvar")),
    (28, of("Gvar")),
    (29, of("VA")),
    (30, of("kVA")),
    (31, of("MVA")),
    (32, of("GVA")),
    (33, of("V")),
    (34, of("A")),
    (35, of("kV")),
    (36, of("kA")),
    (37, of("°C")),
    (38, of("K")),
    (39, of("l")),
    (40, of("m³")),
    (41, of("l/h")),
    (42, of("m³/h")),
    (43, of("m³·°C")),
    (44, of("t")),
    (45, of("t/h")),
    (46, of("h")),
    (47, special(Form::Time, "time as hhmmss")),
    (48, special(Form::ShortDate, "date as yymmdd")),
    (49, special(Form::Date, "date as yyyymmdd")),
    (50, special(Form::MonthDay, "day of the year as mmdd")),
    (51, plain("a number")),
    (52, of("bar")),
    (53, plain("real-time clock")),
    (54, special(Form::Text, "ASCII text")),
    (55, tens("m³", "m³ × 10")),
    (56, tens("t", "t × 10")),
    (57, tens("GJ", "GJ × 10")),
    (58, of("min")),
    (59, plain("bit field")),
    (60, of("s")),
    (61, of("ms")),
    (62, of("d")),
    (63, plain("real-time clock, quarter")),
    (64, plain("date and time")),
    (65, of("imp/l")),
    (66, of("l/imp")),
    (79, special(Form::DateTime, "date and time with daylight saving")),
    (85, of("%RH")),
    (86, of("%O₂")),
    (87, of("m/s")),
    (88, of("kJ/kg")),
    (89, of("pH")),
    (90, of("g/kg")),
];

static UNITS: [Option<Unit>; 256] = {
    let mut table = [None; 256];
    let mut i = 0;
    while i < UNIT_LIST.len() {
        table[UNIT_LIST[i].0 as usize] = Some(UNIT_LIST[i].1);
        i += 1;
    }
    table
};

/// The unit of a unit byte.
pub fn unit(byte: u8) -> Option<&'static Unit> {
    UNITS.get(usize::from(byte)).and_then(Option::as_ref)
}

/// The quantity of a register, in plain words.  Numbers not listed are read all the same: unit and scale
/// are in the answer.
pub fn register(number: u16) -> Option<&'static str> {
    let at = REGISTERS.binary_search_by_key(&number, |(n, _)| *n).ok()?;
    REGISTERS.get(at).map(|(_, name)| *name)
}

/// Registers by number, ascending.  Sources: the technical descriptions of MULTICAL 302, 403 and 603, the
/// PyKMP projects' lists, and for electricity meters (Kamstrup 382) the tools of P.-H. Kamp and conpot.
pub const REGISTERS: &[(u16, &str)] = &[
    (1, "Active energy import"),
    (2, "Active energy export"),
    (3, "Reactive energy import"),
    (4, "Reactive energy export"),
    (13, "Active energy import, high resolution"),
    (14, "Active energy export, high resolution"),
    (51, "Meter number"),
    (60, "Heat energy E1"),
    (61, "Inlet energy E4"),
    (62, "Outlet energy E5"),
    (63, "Cooling energy E3"),
    (64, "Tariff register TA2"),
    (65, "Tariff register TA3"),
    (66, "Tariff limit 2"),
    (67, "Tariff limit 3"),
    (68, "Volume V1"),
    (69, "Volume V2"),
    (72, "Mass M1"),
    (73, "Mass M2"),
    (74, "Flow V1"),
    (75, "Flow V2"),
    (80, "Power"),
    (84, "Pulse input A"),
    (85, "Pulse input B"),
    (86, "Temperature t1 (inlet)"),
    (87, "Temperature t2 (outlet)"),
    (88, "Temperature t3"),
    (89, "Temperature difference t1-t2"),
    (91, "Pressure P1"),
    (92, "Pressure P2"),
    (94, "Energy E2"),
    (95, "Tap water energy E6"),
    (96, "Tap water energy E7"),
    (97, "Energy E8 (V1 × t1)"),
    (98, "Target date"),
    (99, "Info code"),
    (104, "Meter number of input B"),
    (110, "Energy E9 (V1 × t2)"),
    (112, "Customer number, upper digits"),
    (113, "Info event counter"),
    (114, "Meter number of input A"),
    (122, "Temperature t4"),
    (123, "Date of maximum flow this year"),
    (124, "Maximum flow this year"),
    (125, "Date of minimum flow this year"),
    (126, "Minimum flow this year"),
    (127, "Date of maximum power this year"),
    (128, "Maximum power this year"),
    (129, "Date of minimum power this year"),
    (130, "Minimum power this year"),
    (138, "Date of maximum flow this month"),
    (139, "Maximum flow this month"),
    (140, "Date of minimum flow this month"),
    (141, "Minimum flow this month"),
    (142, "Date of maximum power this month"),
    (143, "Maximum power this month"),
    (144, "Date of minimum power this month"),
    (145, "Minimum power this month"),
    (146, "Average of t1 this year"),
    (147, "Average of t2 this year"),
    (149, "Average of t1 this month"),
    (150, "Average of t2 this month"),
    (152, "Program number"),
    (153, "Configuration number 1"),
    (154, "Software checksum"),
    (168, "Configuration number 2"),
    (175, "Error hour counter"),
    (178, "Differential energy dE"),
    (179, "Control energy cE"),
    (180, "Differential volume dV"),
    (181, "Control volume cV"),
    (184, "M-Bus primary address, module 1"),
    (185, "M-Bus secondary address, module 1"),
    (218, "M-Bus primary address, module 2"),
    (219, "M-Bus secondary address, module 2"),
    (222, "Configuration change counter"),
    (224, "Pulse input A2"),
    (225, "Pulse input B2"),
    (228, "Configuration number 3"),
    (229, "Average of t1, auto-integrated"),
    (230, "Average of t2, auto-integrated"),
    (234, "Litres per pulse, input A"),
    (235, "Litres per pulse, input B"),
    (239, "Volume V1, high resolution"),
    (241, "Maximum flow today"),
    (242, "Minimum flow today"),
    (243, "Reverse volume V1"),
    (254, "Type number"),
    (257, "Pulse value V1"),
    (258, "Pulse value V2"),
    (259, "Nominal flow V1"),
    (260, "Nominal flow V2"),
    (266, "Heat energy E1, high resolution"),
    (267, "Cooling energy E3, high resolution"),
    (268, "Averaging time of the nominal flow"),
    (279, "Meter identification (DIN)"),
    (327, "Target date 1"),
    (328, "Target date 2"),
    (346, "Module software revision"),
    (347, "Customer number"),
    (348, "Date and time"),
    (355, "Coefficient of performance, year"),
    (362, "Tariff register TA4"),
    (364, "Heat energy A1 (with discount)"),
    (365, "Heat energy A2 (with surcharge)"),
    (366, "Limit t5"),
    (367, "Coefficient of performance, month"),
    (368, "Configuration number 4"),
    (369, "Info bits"),
    (371, "Coefficient of performance"),
    (372, "Power at input B1"),
    (379, "Average of t1, day"),
    (380, "Average of t2, day"),
    (381, "Average of t1, hour"),
    (382, "Average of t2, hour"),
    (383, "Date and time of maximum flow this year"),
    (385, "Date and time of maximum power this year"),
    (387, "Date and time of maximum flow this month"),
    (389, "Date and time of maximum power this month"),
    (394, "Configuration XYZ"),
    (398, "Temperature t1, one decimal"),
    (399, "Temperature t2, one decimal"),
    (400, "Temperature difference t1-t2, one decimal"),
    (404, "Meter type"),
    (473, "Energy E10"),
    (474, "Energy E11"),
    (477, "Average of t3, day"),
    (478, "Average of t3, hour"),
    (505, "Average of P1, day"),
    (506, "Average of P2, day"),
    (507, "Average of P1, hour"),
    (508, "Average of P2, hour"),
    (582, "Battery days left"),
    (622, "Volume V1, extra digit"),
    (640, "Meter type, text"),
    (675, "Wireless M-Bus interval"),
    (1001, "Serial number"),
    (1002, "Time"),
    (1003, "Date"),
    (1004, "Hour counter"),
    (1005, "Software edition"),
    (1010, "Customer number, lower digits"),
    (1023, "Active power import"),
    (1024, "Active power export"),
    (1032, "Operation mode"),
    (1047, "Time zone"),
    (1054, "Voltage L1"),
    (1055, "Voltage L2"),
    (1056, "Voltage L3"),
    (1076, "Current L1"),
    (1077, "Current L2"),
    (1078, "Current L3"),
    (1080, "Active power import L1"),
    (1081, "Active power import L2"),
    (1082, "Active power import L3"),
    (1126, "Meter type"),
    (1268, "M-Bus address"),
    (1271, "KMP address"),
    (1344, "Active power export L1"),
    (1345, "Active power export L2"),
    (1346, "Active power export L3"),
];

/// The interval of a logger (second byte of its requests and answers).
pub const fn logger(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0 => "configuration",
        1 => "info events",
        2 => "yearly",
        3 => "monthly",
        4 => "daily",
        5 => "hourly",
        6 => "minutes 1",
        7 => "minutes 2",
        8 | 9 => "software download",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_their_search() {
        assert!(REGISTERS.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(UNIT_LIST.windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn the_slip_of_older_lists_is_not_repeated() {
        assert_eq!(unit(21).map(|u| u.symbol), Some("W"));
        assert_eq!(unit(25).map(|u| u.symbol), Some("var"));
        assert_eq!(unit(22).map(|u| u.symbol), Some("kW"));
        assert_eq!(unit(67), None);
    }
}
