//! P1 text as varied as it may be, for the prior of [`crate::probe::content`].
//!
//! Meters differ in which lines they send, in the width of their numbers and in their names; what they share
//! is the grammar (IEC 62056-21 data sets: OBIS code, values in brackets, units), the usual codes with their
//! usual neighbours (P1 companion standard, e-MUCS, and the national variants of Austria, Hungary,
//! Luxembourg and Sweden), and how numbers look, lines of no
//! known kind included.

use crate::line::random::Random;

/// Lines that go together, in an order that occurs.
///
/// `{e6.3}` is an amount of energy in kilo-units with six and three digits, `{e9}` the same in units; likewise `p` for
/// power, `v` volts, `a` amperes, `g` what is counted by another meter, `f` a power factor, `h` hertz, `n` a count of
/// events, `x` any number.  `<…>` is one of the texts between its commas, `^` a time stamp, `=` one that does not tell
/// summer from winter (as in versions before 4), `&` two hexadecimal digits of a coded character, `~` a digit, `@` a
/// channel, `!` a new line, `$` a message, `%` peaks of months, `|` long failures.
type Set = &'static [&'static str];

const HEAD: Set = &["1-3:0.2.8(<50,42,40>)", "0-0:1.0.0(^)", "0-0:96.1.1(&&&&&&&&&&&&&&&&&)"];
const BELGIAN_HEAD: Set = &[
    "0-0:96.1.4(<50217,50213,50221,50216>)",
    "0-0:96.1.1(<&&&&&&&&&&&&&&&&&,&&&&&&&&&&&&&&>)",
    "0-0:96.1.2(~~~~~~~~~~~~~~~~~~)",
    "0-0:1.0.0(^)",
];
const OLD_HEAD: Set = &["0-0:96.1.1(&&&&&&&&&&&&&&&&&)"];
const SHORT_HEAD: Set = &["0-0:1.0.0(^)"];
const NUMBERED_HEAD: Set = &[
    "1-3:0.2.8(<42,50>)",
    "0-0:1.0.0(^)",
    "0-0:42.0.0(&&&&&&&&&&&&&&&&)",
    "0-0:96.1.0(<&&&&&&&&&&&&&&,~~~~~~~~~~>)",
];
const TARIFFS: Set =
    &["1-0:1.8.1({e6.3}*kWh)", "1-0:1.8.2({e6.3}*kWh)", "1-0:2.8.1({e6.3}*kWh)", "1-0:2.8.2({e6.3}*kWh)"];
const OLD_TARIFFS: Set =
    &["1-0:1.8.1({e5.3}*kWh)", "1-0:1.8.2({e5.3}*kWh)", "1-0:2.8.1({e5.3}*kWh)", "1-0:2.8.2({e5.3}*kWh)"];
const MORE_TARIFFS: Set = &[
    "1-0:1.8.0({e6.3}*kWh)",
    "1-0:1.8.1({e6.3}*kWh)",
    "1-0:1.8.2({e6.3}*kWh)",
    "1-0:1.8.3({e6.3}*kWh)",
    "1-0:1.8.4({e6.3}*kWh)",
    "1-0:2.8.0({e6.3}*kWh)",
    "1-0:2.8.1({e6.3}*kWh)",
    "1-0:2.8.2({e6.3}*kWh)",
    "1-0:2.8.3({e6.3}*kWh)",
    "1-0:2.8.4({e6.3}*kWh)",
];
const QUADRANTS: Set = &[
    "1-0:3.8.0({e6.3}*<kvarh,kVArh>)",
    "1-0:4.8.0({e6.3}*<kvarh,kVArh>)",
    "1-0:5.8.0({e6.3}*<kvarh,kVArh>)",
    "1-0:6.8.0({e6.3}*<kvarh,kVArh>)",
    "1-0:7.8.0({e6.3}*<kvarh,kVArh>)",
    "1-0:8.8.0({e6.3}*<kvarh,kVArh>)",
    "1-0:15.8.0({e6.3}*kWh)",
];
const TOTALS: Set = &[
    "1-0:1.8.0(<{e6.3},{e8.3}>*kWh)",
    "1-0:2.8.0(<{e6.3},{e8.3}>*kWh)",
    "1-0:3.8.0(<{e6.3},{e8.3}>*<kvarh,kvarh,kVArh>)",
    "1-0:4.8.0(<{e6.3},{e8.3}>*<kvarh,kvarh,kVArh>)",
];
const IN_UNITS: Set = &[
    "1-0:1.8.0({e9}*Wh)",
    "1-0:1.8.1({e9}*Wh)",
    "1-0:1.8.2({e9}*Wh)",
    "1-0:1.7.0({p9}*W)",
    "1-0:2.8.0({e9}*Wh)",
    "1-0:2.8.1({e9}*Wh)",
    "1-0:2.8.2({e9}*Wh)",
    "1-0:2.7.0({p9}*W)",
    "1-0:3.8.0({e9}*varh)",
    "1-0:3.8.1({e9}*varh)",
    "1-0:3.8.2({e9}*varh)",
    "1-0:3.7.0({p9}*var)",
    "1-0:4.8.0({e9}*varh)",
    "1-0:4.8.1({e9}*varh)",
    "1-0:4.8.2({e9}*varh)",
    "1-0:4.7.0({p9}*var)",
];
const INDICATOR: Set = &["0-0:96.14.0({n4})"];
const SWITCH: Set = &["0-0:96.50.68(<On,ON,Off>)"];
const DEMAND: Set =
    &["1-0:1.4.0({p2.3}*kW)", "1-0:1.6.0(^)({p2.3}*kW)", "0-0:98.1.0({n1,n2})(1-0:1.6.0)(1-0:1.6.0)%"];
const POWER: Set = &["1-0:1.7.0({p2.3}*kW)", "1-0:2.7.0({p2.3}*kW)"];
const OLD_POWER: Set = &["1-0:1.7.0({p4.2}*kW)", "1-0:2.7.0({p4.2}*kW)"];
const REACTIVE: Set = &["1-0:3.7.0({p2.3}*<kvar,kVAr>)", "1-0:4.7.0({p2.3}*<kvar,kVAr>)"];
const WIDE_POWER: Set = &[
    "1-0:1.7.0({p4.3}*kW)",
    "1-0:2.7.0({p4.3}*kW)",
    "1-0:3.7.0({p4.3}*<kvar,kvar,kVAr>)",
    "1-0:4.7.0({p4.3}*<kvar,kvar,kVAr>)",
];
const APPARENT: Set = &["1-0:9.7.0({p2.3}*kVA)", "1-0:10.7.0({p2.3}*kVA)"];
const THRESHOLD: Set = &["0-0:17.0.0(<{x3.1}*kW,999.9*kW,{x3.1}*kVA,{x2.3}*kW>)", "0-0:96.3.10(<0,1>)"];
const OLD_THRESHOLD: Set = &["0-0:17.0.0(<{x4.2},0999.00>*kW)", "0-0:96.3.10(<0,1>)"];
const BELGIAN_THRESHOLD: Set =
    &["0-0:96.3.10(<0,1>)", "0-0:17.0.0(<{x3.1},999.9>*kW)", "1-0:31.4.0(<{x3},999,{x3.2}>*A)"];
const FAILURES: Set = &["0-0:96.7.21({n5})", "0-0:96.7.9({n5})"];
const LOG: Set = &["1-0:99.97.0(<,0>)(0-0:96.7.19)", "1-0:99.97.0()"];
const LONG_LOG: Set = &["1-0:99.97.0({n1,n2})(0-0:96.7.19)|"];
const SAGS: Set = &["1-0:32.32.0({n5})", "1-0:52.32.0({n5})", "1-0:72.32.0({n5})"];
const SWELLS: Set = &["1-0:32.36.0({n5})", "1-0:52.36.0({n5})", "1-0:72.36.0({n5})"];
const CODES: Set = &["0-0:96.13.1($)"];
const MESSAGES: Set = &["0-0:96.13.0($)"];
const VOLTAGES: Set = &["1-0:32.7.0({v3.1}*V)", "1-0:52.7.0({v3.1}*V)", "1-0:72.7.0({v3.1}*V)"];
const CURRENTS: Set = &["1-0:31.7.0({a3}*A)", "1-0:51.7.0({a3}*A)", "1-0:71.7.0({a3}*A)"];
const FINE_CURRENTS: Set =
    &["1-0:31.7.0(<{a3.2},{a3.1}>*A)", "1-0:51.7.0(<{a3.2},{a3.1}>*A)", "1-0:71.7.0(<{a3.2},{a3.1}>*A)"];
const PHASES: Set = &["1-0:21.7.0({p2.3}*kW)", "1-0:41.7.0({p2.3}*kW)", "1-0:61.7.0({p2.3}*kW)"];
const BACK: Set = &["1-0:22.7.0({p2.3}*kW)", "1-0:42.7.0({p2.3}*kW)", "1-0:62.7.0({p2.3}*kW)"];
const BOTH: Set = &[
    "1-0:21.7.0({p2.3}*kW)",
    "1-0:22.7.0({p2.3}*kW)",
    "1-0:41.7.0({p2.3}*kW)",
    "1-0:42.7.0({p2.3}*kW)",
    "1-0:61.7.0({p2.3}*kW)",
    "1-0:62.7.0({p2.3}*kW)",
];
const WIDE_PHASES: Set = &["1-0:21.7.0({p4.3}*kW)", "1-0:41.7.0({p4.3}*kW)", "1-0:61.7.0({p4.3}*kW)"];
const WIDE_BOTH: Set = &[
    "1-0:21.7.0({p4.3}*kW)",
    "1-0:22.7.0({p4.3}*kW)",
    "1-0:41.7.0({p4.3}*kW)",
    "1-0:42.7.0({p4.3}*kW)",
    "1-0:61.7.0({p4.3}*kW)",
    "1-0:62.7.0({p4.3}*kW)",
];
const WIDE_REACTIVE: Set = &[
    "1-0:23.7.0({p4.3}*<kvar,kVAr>)",
    "1-0:24.7.0({p4.3}*<kvar,kVAr>)",
    "1-0:43.7.0({p4.3}*<kvar,kVAr>)",
    "1-0:44.7.0({p4.3}*<kvar,kVAr>)",
    "1-0:63.7.0({p4.3}*<kvar,kVAr>)",
    "1-0:64.7.0({p4.3}*<kvar,kVAr>)",
];
const FACTORS: Set = &[
    "1-0:13.7.0({f1.3})",
    "1-0:33.7.0({f1.3})",
    "1-0:53.7.0({f1.3})",
    "1-0:73.7.0({f1.3})",
    "1-0:14.7.0({h2.2}*Hz)",
];

/// How meters of one country put such sets together: P1 companion standard 5.0.2, 4.2.2 and 2.2/3.0, e-MUCS 1.7, and
/// the national variants of Luxembourg, Sweden (Energiföretagen), Austria and Hungary.
#[rustfmt::skip] // a country's sets, not a column of one word each
const COUNTRIES: &[&[Set]] = &[
    &[
        HEAD, TARIFFS, INDICATOR, POWER, FAILURES, LOG, LONG_LOG, SAGS, SWELLS, MESSAGES, VOLTAGES, CURRENTS,
        PHASES, BACK,
    ],
    &[
        HEAD, TARIFFS, INDICATOR, POWER, THRESHOLD, FAILURES, LOG, LONG_LOG, SAGS, SWELLS, CODES, MESSAGES,
        CURRENTS, PHASES, BACK,
    ],
    &[
        HEAD, TARIFFS, INDICATOR, POWER, THRESHOLD, FAILURES, LOG, LONG_LOG, SAGS, SWELLS, CODES, MESSAGES,
        VOLTAGES, CURRENTS, BOTH,
    ],
    &[OLD_HEAD, OLD_TARIFFS, INDICATOR, OLD_POWER, OLD_THRESHOLD, CODES, MESSAGES],
    &[
        BELGIAN_HEAD, TARIFFS, DEMAND, INDICATOR, POWER, PHASES, BACK, VOLTAGES, FINE_CURRENTS,
        BELGIAN_THRESHOLD, CODES, MESSAGES,
    ],
    &[
        BELGIAN_HEAD, TARIFFS, INDICATOR, DEMAND, POWER, PHASES, BACK, VOLTAGES, FINE_CURRENTS,
        BELGIAN_THRESHOLD, MESSAGES,
    ],
    &[
        NUMBERED_HEAD, TOTALS, POWER, REACTIVE, THRESHOLD, FAILURES, SAGS, SWELLS, MESSAGES, VOLTAGES,
        CURRENTS, PHASES, BACK, APPARENT,
    ],
    &[SHORT_HEAD, TOTALS, WIDE_POWER, WIDE_BOTH, WIDE_REACTIVE, VOLTAGES, FINE_CURRENTS],
    &[SHORT_HEAD, TOTALS, WIDE_POWER, WIDE_PHASES, VOLTAGES, FINE_CURRENTS],
    &[HEAD, IN_UNITS, MESSAGES],
    &[
        NUMBERED_HEAD, INDICATOR, SWITCH, THRESHOLD, MORE_TARIFFS, QUADRANTS, VOLTAGES, CURRENTS, FACTORS,
        POWER, REACTIVE, MESSAGES,
    ],
];

/// All of them, for meters of no country that is known here.
#[rustfmt::skip] // as above
const ANY: &[Set] = &[
    HEAD, BELGIAN_HEAD, NUMBERED_HEAD, MORE_TARIFFS, TOTALS, QUADRANTS, IN_UNITS, INDICATOR, SWITCH, DEMAND,
    POWER, OLD_POWER, WIDE_POWER, REACTIVE, APPARENT, THRESHOLD, BELGIAN_THRESHOLD, FAILURES, LOG, LONG_LOG,
    SAGS, SWELLS, CODES, MESSAGES, VOLTAGES, CURRENTS, FINE_CURRENTS, PHASES, BACK, WIDE_BOTH, WIDE_REACTIVE,
    FACTORS,
];

/// What another meter on the wired or wireless M-Bus has to say.
const DEVICE: Set = &[
    "0-@:24.1.0(<003,007,3,012,004,{n3}>)",
    "0-@:96.1.0(&&&&&&&&&&&&&&&&&)",
    "0-@:96.1.1(&&&&&&&&&&&&&&)",
    "0-@:96.1.2(~~~~~~~~~~~~~~~~~~)",
    "0-@:24.4.0(<0,1>)",
    "0-@:24.3.0(<^,=,=>)(00)(60)(1)(0-@:24.2.<1,1,0>)(m3)!({g5.3})",
    "0-@:24.2.1(^)(<{g5.3}*m3,{g5.3}*m3,{g6.3}*m3,{g5.3}*GJ,{g3.3}*GJ>)",
    "0-@:24.2.3(^)({g5.3}*m3)",
    "0-@:96.3.10(<0,1>)",
];

/// Units of lines of no known kind.
const UNITS: &[&str] = &[
    "kWh", "kWh", "kW", "kW", "V", "A", "kvarh", "kvar", "m3", "Wh", "W", "GJ", "Hz", "kVA", "kVArh", "kVAr",
    "var", "varh", "s", "MJ", "VA", "kVAh", "MWh", "dm3", "C",
];

/// Identifications behind the three letters of the manufacturer (P1 companion standard 5.0.2, 6.2).
const NAMES: &[&str] = &[
    "5\\2M550T-1012",
    "5\\2MT382-1000",
    "5\\2ME382-1003",
    "5KAIFA-METER",
    "5 KA6U001511209910",
    "5\\T210-D ESMR5.0",
    "5\\XS210 ESMR 5.0",
    "5LGBBFG1009325446",
    "5\\253770234_A",
    "5\\253769484_D",
    "5SAG-METER",
    "5E360",
    "5eHZ010C_EHZ1vA02",
    "9 6534",
    "4ZMF120ACtFs2",
    "4\\@01LZQJL0013E",
    "-METER",
];

/// A text like those of meters.
pub fn telegram(random: &mut Random) -> Vec<u8> {
    let mut out = vec![b'/'];
    let makers = ["ISK", "ISk", "KFM", "KMP", "Ene", "XMX", "FLU", "SAG", "LGF", "ELL", "LUX", "Lux", "EST"];
    match random.pick(&makers) {
        Some(maker) if random.chance(0.7) => out.extend_from_slice(maker.as_bytes()),
        _ => out.extend((0..3).map(|_| letter(random))),
    }
    if random.chance(0.6) {
        let name = random.pick(NAMES).copied().unwrap_or_default();
        // Long numbers are those of single meters.
        let other = random.chance(0.8);
        for run in name.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
            match run {
                [b'0'..=b'9', _, _, _, ..] if other => out.extend(run.iter().map(|_| digit(random))),
                _ => out.extend_from_slice(run),
            }
        }
    } else {
        out.push(random.pick(b"5553 49-").copied().unwrap_or(b'5'));
        if random.chance(0.5) {
            out.push(b'\\');
        }
        name(random, &mut out);
    }
    out.extend_from_slice(if random.chance(0.97) { b"\r\n\r\n" } else { b"\r\n" });
    let strange = if random.chance(0.5) { 0.0 } else { 0.2 * random.unit() };
    // Half of the meters have one phase only; and there are those that leave out a line here and there.
    let phases = if random.chance(0.4) { 1 } else { 3 };
    let known = random.chance(0.75);
    let (sets, keep_set) = match random.pick(COUNTRIES) {
        Some(sets) if known => (*sets, 0.9),
        _ => (ANY, 0.3 + 0.65 * random.unit()),
    };
    let keep_line = if known && random.chance(0.6) { 1.0 } else { 0.3 + 0.65 * random.unit() };
    let season = if random.chance(0.5) { b'S' } else { b'W' };
    let mut filler = Filler { random, out, season, channel: b'1' };
    for set in sets {
        if !filler.random.chance(keep_set) {
            continue;
        }
        for line in *set {
            while filler.random.chance(strange) {
                filler.stranger();
            }
            if phase(line) <= phases && filler.random.chance(keep_line) {
                filler.fill(line);
            }
        }
    }
    let keep_line = 0.3 + 0.65 * filler.random.unit();
    for channel in 0..filler.random.below(4) {
        filler.channel = b'1' + channel as u8;
        for line in DEVICE {
            if filler.random.chance(keep_line) {
                filler.fill(line);
            }
        }
    }
    let Filler { random, mut out, .. } = filler;
    out.push(b'!');
    out.extend((0..4).map(|_| hexadecimal(random)));
    out.extend_from_slice(b"\r\n");
    out
}

/// The phase that a line is of: the first one for what is of none.
fn phase(line: &str) -> u32 {
    let code = line.strip_prefix("1-0:").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    match code {
        Some(41..=60) => 2,
        Some(61..=80) => 3,
        _ => 1,
    }
}

fn digit(random: &mut Random) -> u8 {
    b'0' + random.below(10) as u8
}

fn letter(random: &mut Random) -> u8 {
    (if random.chance(0.75) { b'A' } else { b'a' }) + random.below(26) as u8
}

fn hexadecimal(random: &mut Random) -> u8 {
    random.pick(b"0123456789ABCDEF").copied().unwrap_or(b'0')
}

fn name(random: &mut Random, out: &mut Vec<u8>) {
    for _ in 0..3 + random.below(14) {
        let byte = match random.below(10) {
            0..=4 => digit(random),
            5..=8 => letter(random),
            _ => random.pick(b" -_.").copied().unwrap_or(b' '),
        };
        out.push(byte);
    }
}

/// A number as meters write it: zeros in front, and often nothing but zeros.
fn number(whole: usize, places: usize, random: &mut Random, out: &mut Vec<u8>) {
    let digits = whole + places;
    let zeros = if random.chance(0.2) { digits } else { random.below(whole as u64 + 1) as usize };
    for i in 0..digits {
        if i == whole {
            out.push(b'.');
        }
        out.push(if i < zeros { b'0' } else { digit(random) });
    }
}

/// A value of a kind, with the size that such values have, in the unit that the width is usual for.
fn amount(kind: u8, places: usize, random: &mut Random) -> f64 {
    let between =
        |random: &mut Random, least: f64, most: f64| 10f64.powf(least + (most - least) * random.unit());
    let thousand = if places == 0 { 1000.0 } else { 1.0 };
    match kind {
        b'e' if random.chance(0.2) => 0.0,
        b'e' if random.chance(0.2) => thousand * between(random, -1.0, 2.0),
        b'e' => thousand * between(random, 2.0, 4.9),
        b'p' if random.chance(0.3) => 0.0,
        b'p' => thousand * between(random, -1.7, 1.15),
        b'a' if random.chance(0.3) => 0.0,
        b'a' => between(random, -0.7, 1.6),
        b'v' if random.chance(0.04) => 0.0,
        b'v' if random.chance(0.03) => 110.0 + 30.0 * random.unit(),
        // The mains of Europe (EN 50160): within ten percent of 230 V, mostly much nearer.
        b'v' => 230.0 + 23.0 * (random.unit() + random.unit() + random.unit() - 1.5) / 1.5,
        b'g' => between(random, 0.0, 4.6),
        b'f' => 1.0 - 0.6 * random.unit() * random.unit(),
        b'h' => 50.0 + 0.1 * (random.unit() - 0.5),
        _ if random.chance(0.3) => 0.0,
        _ => between(random, 0.0, 2.5),
    }
}

/// Characters in hexadecimal: a number mostly, or any text.
fn coded(count: u64, random: &mut Random, out: &mut Vec<u8>) {
    let text = random.chance(0.3);
    // Filled up with one character, or the specification's own example, which is sent by meters under test.
    let run = random.chance(0.1).then(|| random.pick(&[0x20, 0x00, 0xFF, 0x30]).copied().unwrap_or(0x20));
    let example = random.chance(0.1);
    for i in 0..count {
        let byte = match random.below(8) {
            _ if run.is_some() && 2 * i >= count => run.unwrap_or(0),
            _ if example => b'0' + (i % 16) as u8,
            0..=3 if text => 0x20 + random.below(0x5F) as u8,
            _ if text => b'0' + random.below(16) as u8,
            // Serial numbers begin with letters.
            _ if i < 2 && random.chance(0.7) => b'A' + random.below(26) as u8,
            0 if random.chance(0.2) => random.byte(),
            _ => digit(random),
        };
        out.extend_from_slice(format!("{byte:02X}").as_bytes());
    }
}

/// What fills a line.
struct Filler<'a> {
    random: &'a mut Random,
    out: Vec<u8>,
    /// `S` or `W`, as most time stamps of a telegram have it.
    season: u8,
    channel: u8,
}

impl Filler<'_> {
    fn time(&mut self) {
        let random = &mut *self.random;
        let parts = [20 + random.below(10), 1 + random.below(12), 1 + random.below(28)];
        // Hours and days are also said to be over at a full one.
        let full = random.chance(0.4);
        let hour = if random.chance(0.1) { 0 } else { random.below(24) };
        let minute = if full { random.below(12) * 5 } else { random.below(60) };
        let second = if full { 0 } else { random.below(60) };
        for part in parts.into_iter().chain([hour, minute, second]) {
            self.out.extend([b'0' + (part / 10) as u8, b'0' + (part % 10) as u8]);
        }
        // Those of long ago may be of the other half of a year.
        let other = if self.season == b'S' { b'W' } else { b'S' };
        self.out.push(if self.random.chance(0.1) { other } else { self.season });
    }

    fn fill(&mut self, line: &str) {
        let bytes = line.as_bytes();
        let mut at = 0;
        while let Some(&symbol) = bytes.get(at) {
            at += 1;
            match symbol {
                b'^' => self.time(),
                b'=' => {
                    self.time();
                    self.out.pop();
                }
                b'&' => {
                    let count =
                        1 + bytes.get(at..).unwrap_or_default().iter().take_while(|b| **b == b'&').count();
                    at += count - 1;
                    coded(count as u64, self.random, &mut self.out);
                }
                b'~' => self.out.push(digit(self.random)),
                b'@' => self.out.push(self.channel),
                b'!' => self.out.extend_from_slice(b"\r\n"),
                b'$' if self.random.chance(0.15) => {
                    let count = 1 + self.random.below(100);
                    coded(count, self.random, &mut self.out);
                }
                b'$' => {}
                b'%' => {
                    for _ in 0..1 + self.random.below(8) {
                        for _ in 0..2 {
                            self.out.push(b'(');
                            self.time();
                            self.out.push(b')');
                        }
                        self.out.push(b'(');
                        self.value("p2.3");
                        self.out.extend_from_slice(b"*kW)");
                    }
                }
                b'|' => {
                    for _ in 0..1 + self.random.below(6) {
                        self.out.push(b'(');
                        self.time();
                        self.out.extend_from_slice(b")(");
                        self.value("g10");
                        self.out.extend_from_slice(b"*s)");
                    }
                }
                b'{' | b'<' => {
                    let end = if symbol == b'{' { '}' } else { '>' };
                    let rest = line.get(at..).unwrap_or_default();
                    let inner = rest.split(end).next().unwrap_or_default();
                    at += inner.len() + 1;
                    let choices: Vec<&str> = inner.split(',').collect();
                    let choice = self.random.pick(&choices).copied().unwrap_or_default();
                    if symbol == b'{' {
                        self.value(choice);
                    } else {
                        self.fill(choice);
                    }
                }
                other => self.out.push(other),
            }
        }
        if bytes.last() == Some(&b')') || bytes.last().is_some_and(|b| matches!(b, b'%' | b'|')) {
            self.out.extend_from_slice(b"\r\n");
        }
    }

    /// A number of a kind and a width, such as `e6.3`.
    fn value(&mut self, text: &str) {
        let (kind, width) = text.split_at_checked(1).unwrap_or(("x", text));
        let (whole, places) = width.split_once('.').unwrap_or((width, ""));
        let (whole, places) = (whole.parse().unwrap_or(1), places.parse().unwrap_or(0));
        let kind = kind.bytes().next().unwrap_or(b'x');
        if kind == b'x' || self.random.chance(0.04) {
            number(whole, places, self.random, &mut self.out);
            return;
        }
        let amount = amount(kind, places, self.random) * 10f64.powi(places as i32);
        let digits = whole + places;
        let text = format!("{:0digits$}", amount as u64 % 10u64.pow(digits as u32));
        let (before, behind) = text.split_at_checked(whole).unwrap_or((&text, ""));
        self.out.extend_from_slice(before.as_bytes());
        if places > 0 {
            self.out.push(b'.');
            self.out.extend_from_slice(behind.as_bytes());
        }
    }

    /// A line that is none of the known ones.
    fn stranger(&mut self) {
        let medium = self.random.pick(b"000111111678").copied().unwrap_or(b'1');
        let channel = self.random.pick(b"0000001234").copied().unwrap_or(b'0');
        self.out.extend([medium, b'-', channel, b':']);
        self.out.extend_from_slice((1 + self.random.below(99)).to_string().as_bytes());
        let d = if self.random.chance(0.7) { self.random.below(10) } else { self.random.below(100) };
        self.out.extend_from_slice(format!(".{d}.").as_bytes());
        let e = if self.random.chance(0.85) { self.random.below(10) } else { self.random.below(256) };
        self.out.extend_from_slice(e.to_string().as_bytes());
        if self.random.chance(0.08) {
            // The sixth group, as German meters send it.
            self.out.extend_from_slice(b"*255");
        }
        for _ in 0..if self.random.chance(0.85) { 1 } else { 2 + self.random.below(3) } {
            self.out.push(b'(');
            match self.random.below(10) {
                0 => self.time(),
                1 => {
                    let count = self.random.below(24);
                    coded(count, self.random, &mut self.out);
                }
                2 => (0..1 + self.random.below(18)).for_each(|_| self.out.push(digit(self.random))),
                3 => {}
                4 => name(self.random, &mut self.out),
                _ => {
                    let (whole, places) = (1 + self.random.below(9), self.random.below(4));
                    number(whole as usize, places as usize, self.random, &mut self.out);
                    if self.random.chance(0.85) {
                        self.out.push(b'*');
                        let unit = self.random.pick(UNITS).copied().unwrap_or_default();
                        self.out.extend_from_slice(unit.as_bytes());
                    }
                }
            }
            self.out.push(b')');
        }
        self.out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers in front of a unit, of many telegrams.
    fn numbers(unit: &str) -> Vec<f64> {
        let mut random = Random::new(3);
        let all = (0..200).map(|_| String::from_utf8(telegram(&mut random)).unwrap()).collect::<String>();
        let end = format!("*{unit})");
        let parts = all.split(end.as_str());
        parts.filter_map(|part| part.rsplit('(').next()?.parse().ok()).collect()
    }

    #[test]
    fn values_are_as_large_as_such_values_are() {
        let share = |unit: &str, within: std::ops::Range<f64>| {
            let numbers = numbers(unit);
            numbers.iter().filter(|n| within.contains(n)).count() as f64 / numbers.len() as f64
        };
        assert!(share("V", 207.0..253.0) > 0.8);
        assert!(share("kW", 0.0..20.0) > 0.85);
        assert!(share("A", 0.0..100.0) > 0.75);
        // Not all: nobody knows all meters.
        assert!(share("V", 207.0..253.0) < 0.99);
    }

    #[test]
    fn time_stamps_of_a_telegram_are_mostly_of_one_season() {
        let mut random = Random::new(8);
        let (mut same, mut all) = (0, 0);
        for _ in 0..100 {
            let text = String::from_utf8(telegram(&mut random)).unwrap();
            let letters: Vec<&str> = text.split(['(', ')']).filter(|v| v.len() == 13).collect();
            let summer = letters.iter().filter(|v| v.ends_with('S')).count();
            let winter = letters.iter().filter(|v| v.ends_with('W')).count();
            same += summer.max(winter);
            all += summer + winter;
        }
        assert!(all > 200 && same > all * 8 / 10, "{same} of {all}");
    }

    #[test]
    fn every_line_is_made_whole() {
        let mut random = Random::new(5);
        for _ in 0..50 {
            let text = String::from_utf8(telegram(&mut random)).unwrap();
            assert!(text.starts_with('/') && text.ends_with("\r\n"), "{text}");
            assert!(!text.contains(['{', '}', '<', '>', '^', '&', '~', '%', '$', '|', '=']), "{text}");
            let open = text.matches('(').count();
            assert_eq!(open, text.matches(')').count(), "{text}");
            assert!(text.lines().all(|line| line.len() < 1200), "{text}");
        }
    }
}
