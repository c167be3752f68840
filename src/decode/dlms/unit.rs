//! The units of COSEM registers (`scaler_unit`, DLMS UA Blue Book, table of physical units).

use compact_str::CompactString;

/// The symbol of a COSEM unit; `None` for a plain number (255), for "other" (254) and for codes
/// without an assignment.
pub const fn symbol(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "a",
        2 => "mo",
        3 => "wk",
        4 => "d",
        5 => "h",
        6 => "min",
        7 => "s",
        8 => "°",
        9 => "°C",
        10 => "currency",
        11 => "m",
        12 => "m/s",
        // 14, 16 and 18 are the same units for a volume that is corrected to standard conditions.
        13 | 14 => "m³",
        15 | 16 => "m³/h",
        17 | 18 => "m³/d",
        19 => "l",
        20 => "kg",
        21 => "N",
        22 => "Nm",
        23 => "Pa",
        24 => "bar",
        25 => "J",
        26 => "J/h",
        27 => "W",
        28 => "VA",
        29 => "var",
        30 => "Wh",
        31 => "VAh",
        32 => "varh",
        33 => "A",
        34 => "C",
        35 => "V",
        36 => "V/m",
        37 => "F",
        38 => "Ω",
        39 => "Ωm²/m",
        40 => "Wb",
        41 => "T",
        42 => "A/m",
        43 => "H",
        44 => "Hz",
        45 => "1/Wh",
        46 => "1/varh",
        47 => "1/VAh",
        48 => "V²h",
        49 => "A²h",
        50 => "kg/s",
        51 => "S",
        52 => "K",
        53 => "1/(V²h)",
        54 => "1/(A²h)",
        55 => "1/m³",
        56 => "%",
        57 => "Ah",
        60 => "Wh/m³",
        61 => "J/m³",
        62 => "mol%",
        63 => "g/m³",
        64 => "Pa s",
        65 => "J/kg",
        66 => "g/cm²",
        67 => "atm",
        70 => "dBm",
        71 => "dBµV",
        72 => "dB",
        _ => return None,
    })
}

/// The [`symbol`] of a unit, there already: a register is read in less time than a text is made in.
#[inline]
pub fn ready(code: u8) -> Option<&'static CompactString> {
    SYMBOLS[usize::from(code)].as_ref()
}

static SYMBOLS: [Option<CompactString>; 256] = {
    let mut symbols = [const { None }; 256];
    let mut code = 0;
    while code < symbols.len() {
        if let Some(symbol) = symbol(code as u8) {
            // The None in its place has nothing to drop, which a constant could not do.
            std::mem::forget(symbols[code].replace(CompactString::const_new(symbol)));
        }
        code += 1;
    }
    symbols
};

/// What a unit code says, for an explanation: also for codes without a symbol.
pub fn describe(code: u8) -> &'static str {
    match (symbol(code), code) {
        (Some(symbol), _) => symbol,
        (None, 254) => "other unit",
        (None, 255) => "a number without unit",
        (None, _) => "unassigned unit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_of_electricity_meters() {
        for (code, want) in
            [(27, "W"), (28, "VA"), (29, "var"), (30, "Wh"), (32, "varh"), (33, "A"), (35, "V"), (44, "Hz")]
        {
            assert_eq!(symbol(code), Some(want), "{code}");
        }
        assert_eq!(symbol(13), Some("m³"));
        assert_eq!(symbol(255), None);
        assert_eq!(symbol(0), None);
    }

    #[test]
    fn symbols_are_ready() {
        for code in 0..=255 {
            assert_eq!(ready(code).map(CompactString::as_str), symbol(code), "{code}");
        }
    }
}
