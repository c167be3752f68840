//! OBIS codes (IEC 62056-61 / EN 13757-1): which quantity a reading is, and its name in plain words.

use std::fmt;

/// An OBIS code `A-B:C.D.E*F`.  `F` is 255 when it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Obis(pub [u8; 6]);

impl Obis {
    /// `A-B:C.D.E` with F = 255.
    pub const fn new(a: u8, b: u8, c: u8, d: u8, e: u8) -> Self {
        Obis([a, b, c, d, e, 255])
    }

    /// From `A-B:C.D.E`, `A-B:C.D.E*F`, six numbers with points, or `C.D.E` (then A-B is 1-0, electricity).
    /// `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = [0u8; 6];
        let mut separators = [0u8; 5];
        let mut count = 0;
        let mut rest = text.as_bytes();
        loop {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (number, behind) = rest.split_at_checked(digits).filter(|_| (1..=3).contains(&digits))?;
            *numbers.get_mut(count)? = std::str::from_utf8(number).ok()?.parse().ok()?;
            let Some((separator, behind)) = behind.split_first() else { break };
            *separators.get_mut(count)? = *separator;
            count += 1;
            rest = behind;
        }
        let [p, q, r, s, t, u] = numbers;
        match (count, &separators) {
            (2, b"..\0\0\0") => Some(Obis::new(1, 0, p, q, r)),
            (4, b"-:..\0" | b"....\0") => Some(Obis::new(p, q, r, s, t)),
            (5, b"-:..*" | b"-:..." | b".....") => Some(Obis([p, q, r, s, t, u])),
            _ => None,
        }
    }

    /// What it measures, in plain words; `None` when it is not in the table.
    pub fn name(self) -> Option<&'static str> {
        let [a, _, c, d, e, _] = self.0;
        let first = usize::from(*FIRST.get(usize::from(c))?);
        let names = NAMES.get(first..)?.iter().take_while(|name| name.c == c);
        let fits = |name: &&Name| name.d == d && (name.e == ANY || name.e == e) && name.medium.includes(a);
        names.into_iter().find(fits).map(|name| name.text)
    }
}

/// `1-0:1.8.0`, and `1-0:1.8.0*101` when F is not 255.
impl fmt::Display for Obis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a}-{b}:{c}.{d}.{e}")?;
        if g != 255 {
            write!(f, "*{g}")?;
        }
        Ok(())
    }
}

/// Any value of E that no earlier line of the table names.
const ANY: u8 = 255;

/// Which values of A a name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Medium {
    /// 0, abstract, or 1, electricity (meters use both, also for what is not theirs).
    Electric,
    /// 0: abstract, and M-Bus devices behind an electricity meter.
    Abstract,
    /// 4: heat cost allocator; 5: cooling; 6: heat.
    Heat,
    /// 7.
    Gas,
    /// 8: cold water; 9: hot water.
    Water,
}

impl Medium {
    const fn includes(self, a: u8) -> bool {
        match self {
            Medium::Electric => a <= 1,
            Medium::Abstract => a == 0,
            Medium::Heat => matches!(a, 4..=6),
            Medium::Gas => a == 7,
            Medium::Water => matches!(a, 8 | 9),
        }
    }
}

#[derive(Debug)]
struct Name {
    medium: Medium,
    c: u8,
    d: u8,
    e: u8,
    text: &'static str,
}

/// Index in [`NAMES`] of the first line with each C.
static FIRST: [u16; 256] = {
    let mut first = [NAMES.len() as u16; 256];
    let mut i = NAMES.len();
    while i > 0 {
        i -= 1;
        first[NAMES[i].c as usize] = i as u16;
    }
    first
};

const fn name(medium: Medium, c: u8, d: u8, e: u8, text: &'static str) -> Name {
    Name { medium, c, d, e, text }
}

use Medium::{Abstract, Electric, Gas, Heat, Water};

/// The lines of the table for one value of C, in the order in which they are tried.
macro_rules! names {
    ($(
        $c:literal { $($kind:ident $args:tt;)* }
    )*) => {
        &[$(names!(@group $c $($kind $args;)*)),*]
    };
    (@group $c:literal $($kind:ident $args:tt;)*) => { &[$(names!(@$kind $c $args)),*] };
    // Energy: total and tariffs.
    (@energy $c:literal ($text:literal)) => { &[
        name(Electric, $c, 8, 0, $text),
        name(Electric, $c, 8, 1, concat!($text, ", tariff 1")),
        name(Electric, $c, 8, 2, concat!($text, ", tariff 2")),
        name(Electric, $c, 8, 3, concat!($text, ", tariff 3")),
        name(Electric, $c, 8, 4, concat!($text, ", tariff 4")),
        name(Electric, $c, 8, 5, concat!($text, ", tariff 5")),
        name(Electric, $c, 8, 6, concat!($text, ", tariff 6")),
        name(Electric, $c, 8, 7, concat!($text, ", tariff 7")),
        name(Electric, $c, 8, 8, concat!($text, ", tariff 8")),
        name(Electric, $c, 9, 0, concat!($text, ", since the last reset")),
        name(Electric, $c, 29, ANY, concat!($text, ", in the interval")),
    ] };
    // Power: now, averages, maximum.
    (@power $c:literal ($text:literal)) => { &[
        name(Electric, $c, 7, ANY, $text),
        name(Electric, $c, 4, ANY, concat!($text, ", average of the running interval")),
        name(Electric, $c, 5, ANY, concat!($text, ", average of the last interval")),
        name(Electric, $c, 6, 0, concat!($text, ", maximum demand")),
        name(Electric, $c, 6, 1, concat!($text, ", maximum demand, tariff 1")),
        name(Electric, $c, 6, 2, concat!($text, ", maximum demand, tariff 2")),
        name(Electric, $c, 6, ANY, concat!($text, ", maximum demand")),
        name(Electric, $c, 2, ANY, concat!($text, ", cumulative maximum demand")),
        name(Electric, $c, 25, ANY, concat!($text, ", average")),
        name(Electric, $c, 27, ANY, concat!($text, ", average")),
    ] };
    // A quantity at its value now.
    (@now $c:literal ($text:literal)) => { &[
        name(Electric, $c, 7, ANY, $text),
        name(Electric, $c, 24, ANY, concat!($text, ", average")),
        name(Electric, $c, 25, ANY, concat!($text, ", average")),
        name(Electric, $c, 3, ANY, concat!($text, ", minimum")),
        name(Electric, $c, 6, ANY, concat!($text, ", maximum")),
    ] };
    (@one $c:literal ($medium:ident, $d:literal, $e:expr, $text:literal)) => {
        &[name($medium, $c, $d, $e, $text)]
    };
}

const GROUPS: &[&[&[Name]]] = names! {
    0 {
        one(Heat, 0, ANY, "Identification number");
        one(Electric, 0, ANY, "Identification number");
        one(Electric, 2, 0, "Firmware version");
        one(Electric, 2, 1, "Parameter set");
        one(Electric, 2, 2, "Tariff programme");
        one(Electric, 2, 8, "Version of the P1 output");
        one(Electric, 2, ANY, "Firmware version");
        one(Electric, 1, 0, "Number of billing resets");
        one(Electric, 4, 2, "Current transformer ratio");
        one(Electric, 4, 3, "Voltage transformer ratio");
        one(Electric, 9, 1, "Local time");
        one(Electric, 9, 2, "Local date");
        one(Electric, 8, 0, "Measurement interval");
        one(Electric, 8, 4, "Recording interval");
    }
    1 {
        energy("Active energy import (A+)");
        power("Active power import (P+)");
        one(Abstract, 0, 0, "Clock");
        one(Abstract, 0, ANY, "Clock");
        one(Heat, 0, 0, "Energy");
        one(Heat, 2, 0, "Energy, at the due date");
        one(Water, 0, 0, "Volume");
        one(Water, 2, 0, "Volume, at the due date");
    }
    2 {
        energy("Active energy export (A-)");
        power("Active power export (P-)");
        one(Heat, 0, 0, "Volume");
        one(Water, 0, 0, "Flow rate");
    }
    3 {
        energy("Reactive energy import (R+)");
        power("Reactive power import (Q+)");
        one(Gas, 0, 0, "Volume, meter reading");
        one(Gas, 1, 0, "Volume, converted");
        one(Gas, 2, 0, "Volume, at base conditions");
    }
    4 {
        energy("Reactive energy export (R-)");
        power("Reactive power export (Q-)");
    }
    5 {
        energy("Reactive energy, quadrant I");
        power("Reactive power, quadrant I");
    }
    6 {
        energy("Reactive energy, quadrant II");
        power("Reactive power, quadrant II");
        one(Heat, 8, 0, "Energy");
    }
    7 {
        energy("Reactive energy, quadrant III");
        power("Reactive power, quadrant III");
    }
    8 {
        energy("Reactive energy, quadrant IV");
        power("Reactive power, quadrant IV");
        one(Heat, 0, 0, "Power");
    }
    9 {
        energy("Apparent energy import (S+)");
        power("Apparent power import (S+)");
        one(Heat, 0, 0, "Flow rate");
    }
    10 {
        energy("Apparent energy export (S-)");
        power("Apparent power export (S-)");
        one(Heat, 0, 0, "Flow temperature");
    }
    11 {
        now("Current");
        one(Heat, 0, 0, "Return temperature");
    }
    12 {
        now("Voltage");
        one(Heat, 0, 0, "Temperature difference");
    }
    13 {
        now("Power factor");
        one(Electric, 5, ANY, "Power factor, average of the last interval");
    }
    14 { now("Frequency"); }
    15 {
        energy("Active energy, import + export (|A|)");
        power("Active power, import + export (|P|)");
    }
    16 {
        energy("Active energy, import - export");
        power("Active power, import - export");
    }
    17 { one(Abstract, 0, ANY, "Load limit"); }
    21 {
        energy("Active energy import L1 (A+)");
        power("Active power import L1 (P+)");
    }
    22 {
        energy("Active energy export L1 (A-)");
        power("Active power export L1 (P-)");
    }
    23 {
        energy("Reactive energy import L1 (R+)");
        power("Reactive power import L1 (Q+)");
    }
    24 {
        one(Abstract, 1, 0, "Device type on the M-Bus");
        one(Abstract, 2, 1, "Meter reading of the M-Bus device");
        one(Abstract, 2, 2, "Meter reading of the M-Bus device, tariff 2");
        one(Abstract, 2, 3, "Meter reading of the M-Bus device, not temperature corrected");
        one(Abstract, 2, ANY, "Meter reading of the M-Bus device");
        one(Abstract, 3, ANY, "Hourly meter reading of the M-Bus device");
        one(Abstract, 4, 0, "Valve or switch position of the M-Bus device");
        one(Abstract, 9, ANY, "Status of the M-Bus device");
        energy("Reactive energy export L1 (R-)");
        power("Reactive power export L1 (Q-)");
    }
    25 { now("Reactive power L1, quadrant I"); }
    29 {
        energy("Apparent energy import L1 (S+)");
        power("Apparent power import L1 (S+)");
    }
    30 { power("Apparent power export L1 (S-)"); }
    31 {
        now("Current L1");
        one(Electric, 4, 0, "Fuse supervision threshold L1");
    }
    32 {
        now("Voltage L1");
        one(Electric, 32, ANY, "Number of voltage sags L1");
        one(Electric, 36, ANY, "Number of voltage swells L1");
    }
    33 { now("Power factor L1"); }
    34 { now("Frequency L1"); }
    35 { power("Active power L1, import + export"); }
    36 { power("Active power L1, import - export"); }
    41 {
        energy("Active energy import L2 (A+)");
        power("Active power import L2 (P+)");
    }
    42 {
        energy("Active energy export L2 (A-)");
        power("Active power export L2 (P-)");
        one(Abstract, 0, 0, "Logical device name");
    }
    43 {
        energy("Reactive energy import L2 (R+)");
        power("Reactive power import L2 (Q+)");
    }
    44 {
        energy("Reactive energy export L2 (R-)");
        power("Reactive power export L2 (Q-)");
    }
    49 {
        energy("Apparent energy import L2 (S+)");
        power("Apparent power import L2 (S+)");
    }
    50 { power("Apparent power export L2 (S-)"); }
    51 {
        now("Current L2");
        one(Electric, 4, 0, "Fuse supervision threshold L2");
    }
    52 {
        now("Voltage L2");
        one(Electric, 32, ANY, "Number of voltage sags L2");
        one(Electric, 36, ANY, "Number of voltage swells L2");
    }
    53 { now("Power factor L2"); }
    54 { now("Frequency L2"); }
    55 { power("Active power L2, import + export"); }
    56 { power("Active power L2, import - export"); }
    61 {
        energy("Active energy import L3 (A+)");
        power("Active power import L3 (P+)");
    }
    62 {
        energy("Active energy export L3 (A-)");
        power("Active power export L3 (P-)");
    }
    63 {
        energy("Reactive energy import L3 (R+)");
        power("Reactive power import L3 (Q+)");
    }
    64 {
        energy("Reactive energy export L3 (R-)");
        power("Reactive power export L3 (Q-)");
    }
    69 {
        energy("Apparent energy import L3 (S+)");
        power("Apparent power import L3 (S+)");
    }
    70 { power("Apparent power export L3 (S-)"); }
    71 {
        now("Current L3");
        one(Electric, 4, 0, "Fuse supervision threshold L3");
    }
    72 {
        now("Voltage L3");
        one(Electric, 32, ANY, "Number of voltage sags L3");
        one(Electric, 36, ANY, "Number of voltage swells L3");
    }
    73 { now("Power factor L3"); }
    74 { now("Frequency L3"); }
    75 { power("Active power L3, import + export"); }
    76 { power("Active power L3, import - export"); }
    81 {
        one(Electric, 7, 0, "Angle of U(L1) to U(L1)");
        one(Electric, 7, 1, "Angle of U(L2) to U(L1)");
        one(Electric, 7, 2, "Angle of U(L3) to U(L1)");
        one(Electric, 7, 4, "Angle of I(L1) to U(L1)");
        one(Electric, 7, 15, "Angle of I(L2) to U(L2)");
        one(Electric, 7, 26, "Angle of I(L3) to U(L3)");
        one(Electric, 7, 40, "Angle of U(L1) to I(L1)");
        one(Electric, 7, 51, "Angle of U(L2) to I(L2)");
        one(Electric, 7, 62, "Angle of U(L3) to I(L3)");
        one(Electric, 7, ANY, "Angle between voltages or currents");
    }
    82 { one(Electric, 8, ANY, "Number of pulses"); }
    90 { now("Current, sum of the phases"); }
    91 { now("Current of the neutral"); }
    92 { now("Voltage of the neutral"); }
    94 { one(Abstract, 31, ANY, "National value"); }
    96 {
        one(Abstract, 1, 0, "Equipment identifier");
        one(Abstract, 1, 1, "Equipment identifier");
        one(Abstract, 1, 2, "Equipment identifier (EAN)");
        one(Abstract, 1, 4, "Version of the P1 output");
        one(Electric, 1, ANY, "Equipment identifier");
        one(Gas, 1, ANY, "Equipment identifier");
        one(Heat, 1, ANY, "Equipment identifier");
        one(Water, 1, ANY, "Equipment identifier");
        one(Electric, 2, ANY, "Configuration");
        one(Electric, 3, 10, "Breaker or valve state");
        one(Electric, 3, 0, "State of the output contacts");
        one(Electric, 3, 1, "State of the input contacts");
        one(Electric, 3, 2, "State of the output contacts");
        one(Electric, 3, ANY, "Contact state");
        one(Electric, 4, ANY, "Internal state");
        one(Electric, 5, ANY, "Status word");
        one(Electric, 6, 0, "Battery, time in use");
        one(Electric, 6, 3, "Battery voltage");
        one(Electric, 7, 0, "Number of power failures in all phases");
        one(Electric, 7, 1, "Number of power failures L1");
        one(Electric, 7, 2, "Number of power failures L2");
        one(Electric, 7, 3, "Number of power failures L3");
        one(Electric, 7, 5, "Number of long power failures in all phases");
        one(Electric, 7, 9, "Number of long power failures in any phase");
        one(Electric, 7, 19, "Duration of a long power failure");
        one(Electric, 7, 21, "Number of power failures in any phase");
        one(Electric, 7, ANY, "Power failures");
        one(Electric, 8, ANY, "Operating time");
        one(Electric, 9, ANY, "Temperature");
        one(Electric, 10, ANY, "Status");
        one(Electric, 11, ANY, "Event code");
        one(Electric, 12, 5, "Field strength");
        one(Electric, 13, 0, "Text message");
        one(Electric, 13, 1, "Text message code");
        one(Electric, 13, ANY, "Text message");
        one(Electric, 14, ANY, "Tariff indicator");
        one(Electric, 15, ANY, "Event counter");
        one(Electric, 50, ANY, "Network status");
        one(Electric, 90, ANY, "Communication setting");
    }
    97 { one(Electric, 97, ANY, "Error register"); }
    98 {
        one(Abstract, 1, 0, "Maximum demand of a month (A+)");
        one(Electric, 1, ANY, "Billing data");
    }
    99 {
        one(Electric, 1, ANY, "Load profile");
        one(Electric, 97, ANY, "Power failure log");
        one(Electric, 98, ANY, "Event log");
    }
};

/// Lines in all.
const COUNT: usize = {
    let (mut count, mut g) = (0, 0);
    while g < GROUPS.len() {
        let mut k = 0;
        while k < GROUPS[g].len() {
            count += GROUPS[g][k].len();
            k += 1;
        }
        g += 1;
    }
    count
};

/// The table, in rising order of C.
static NAMES: [Name; COUNT] = {
    let mut names = [const { name(Electric, 0, 0, 0, "") }; COUNT];
    let (mut count, mut g) = (0, 0);
    while g < GROUPS.len() {
        let mut k = 0;
        while k < GROUPS[g].len() {
            let mut i = 0;
            while i < GROUPS[g][k].len() {
                let Name { medium, c, d, e, text } = GROUPS[g][k][i];
                names[count] = name(medium, c, d, e, text);
                count += 1;
                i += 1;
            }
            k += 1;
        }
        g += 1;
    }
    names
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_people_write() {
        assert_eq!(Obis::parse("1-0:1.8.0"), Some(Obis::new(1, 0, 1, 8, 0)));
        assert_eq!(Obis::parse("1-0:1.8.0*255"), Some(Obis::new(1, 0, 1, 8, 0)));
        assert_eq!(Obis::parse("0-0:96.1.0*101"), Some(Obis([0, 0, 96, 1, 0, 101])));
        assert_eq!(Obis::parse("1.0.1.8.0.255"), Some(Obis::new(1, 0, 1, 8, 0)));
        assert_eq!(Obis::parse("21.7.0"), Some(Obis::new(1, 0, 21, 7, 0)));
        for bad in [
            "",
            "1.8",
            "1-0:1.8",
            "1-0:1.8.256",
            "1-0:1.8.0*",
            "1:0-1.8.0",
            "1-0:1.8.0 ",
            "0001.8.0",
            "a.b.c",
        ] {
            assert_eq!(Obis::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for text in ["1-0:1.8.0", "0-1:24.2.1", "0-0:96.1.0*101"] {
            assert_eq!(Obis::parse(text).map(|obis| obis.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn names_by_medium_and_tariff() {
        let name = |text: &str| Obis::parse(text).and_then(Obis::name);
        assert_eq!(name("1-0:1.8.0"), Some("Active energy import (A+)"));
        assert_eq!(name("1-1:1.8.0"), Some("Active energy import (A+)"));
        assert_eq!(name("1-0:2.8.2"), Some("Active energy export (A-), tariff 2"));
        assert_eq!(name("1-0:71.7.0"), Some("Current L3"));
        assert_eq!(name("1-0:24.7.0"), Some("Reactive power export L1 (Q-)"));
        assert_eq!(name("0-1:24.2.1"), Some("Meter reading of the M-Bus device"));
        assert_eq!(name("0-0:96.7.21"), Some("Number of power failures in any phase"));
        assert_eq!(name("0-0:1.0.0"), Some("Clock"));
        assert_eq!(name("6-0:1.0.0"), Some("Energy"));
        assert_eq!(name("1-0:200.200.0"), None);
        assert_eq!(name("1-0:255.255.255"), None);
    }

    #[test]
    fn the_table_is_in_rising_order() {
        assert!(NAMES.windows(2).all(|pair| matches!(pair, [a, b] if a.c <= b.c)));
    }
}
