//! P1 text as varied as it may be, for the prior of [`crate::probe::content`].
//!
//! Meters differ in which lines they send, in the width of their numbers and in their names; what they share
//! is the grammar (IEC 62056-21 data sets: OBIS code, values in brackets, units), the usual codes with their
//! usual neighbours (P1 companion standard, e-MUCS, and the national variants of Austria, Hungary,
//! Luxembourg and Sweden), and how numbers look, lines of no
//! known kind included.

use crate::line::random::Random;

/// Lines.  `{6.3}` is a number of six and three digits, with commas between widths that occur; `<…>` one of the
/// words between its commas; `^` a time stamp, `=` one that does not tell summer from winter (as in versions before 4), `&` two hexadecimal digits of a coded character, `~` a digit,
/// `@` a channel.
const LINES: &[&str] = &[
    "1-3:0.2.8(<50,42,40>)",
    "0-0:96.1.4(<50217,50213,50221>)",
    "0-0:1.0.0(^)",
    "0-0:42.0.0(&&&&&&&&&&&&&&&&)",
    "0-0:96.1.0(<&&&&&&&&&&&&&&,~~~~~~~~~~>)",
    "0-0:96.1.1(<&&&&&&&&&&&&&&&&&,&&&&&&&&&&&&&&>)",
    "0-0:96.1.2(<~~~~~~~~~~~~~~~~~~,&&&&&&&&&&&&&&&&&&>)",
    "1-0:1.8.0({6.3,8.3,9}*<kWh,kWh,kWh,Wh>)",
    "1-0:1.8.1({6.3,6.3,5.3,9}*<kWh,kWh,kWh,Wh>)",
    "1-0:1.8.2({6.3,6.3,5.3,9}*<kWh,kWh,kWh,Wh>)",
    "1-0:1.8.3({6.3}*kWh)",
    "1-0:1.8.4({6.3}*kWh)",
    "1-0:2.8.0({6.3,8.3,9}*<kWh,kWh,kWh,Wh>)",
    "1-0:2.8.1({6.3,6.3,5.3,9}*<kWh,kWh,kWh,Wh>)",
    "1-0:2.8.2({6.3,6.3,5.3,9}*<kWh,kWh,kWh,Wh>)",
    "1-0:2.8.3({6.3}*kWh)",
    "1-0:2.8.4({6.3}*kWh)",
    "1-0:3.8.0({6.3,8.3,9}*<kvarh,kVArh,varh>)",
    "1-0:4.8.0({6.3,8.3,9}*<kvarh,kVArh,varh>)",
    "1-0:3.8.1({6.3}*<kvarh,kVArh>)",
    "1-0:4.8.1({6.3}*<kvarh,kVArh>)",
    "1-0:5.8.0({6.3}*<kvarh,kVArh>)",
    "1-0:6.8.0({6.3}*<kvarh,kVArh>)",
    "1-0:7.8.0({6.3}*<kvarh,kVArh>)",
    "1-0:8.8.0({6.3}*<kvarh,kVArh>)",
    "1-0:15.8.0({6.3}*kWh)",
    "0-0:96.14.0({4})",
    "0-0:96.50.68(<On,ON,Off>)",
    "1-0:1.4.0({2.3}*kW)",
    "1-0:1.6.0(^)({2.3}*kW)",
    "0-0:98.1.0({1,2})(1-0:1.6.0)(1-0:1.6.0)%",
    "1-0:1.7.0({2.3,2.3,4.2,4.3,9}*<kW,kW,W>)",
    "1-0:2.7.0({2.3,2.3,4.2,4.3,9}*<kW,kW,W>)",
    "1-0:3.7.0({2.3,4.3,9}*<kvar,kVAr,var>)",
    "1-0:4.7.0({2.3,4.3,9}*<kvar,kVAr,var>)",
    "1-0:9.7.0({2.3}*kVA)",
    "1-0:10.7.0({2.3}*kVA)",
    "0-0:17.0.0({4.2,3.1,2.3}*<kW,kW,kVA>)",
    "0-0:96.3.10(<0,1>)",
    "0-1:96.3.10(<0,1>)",
    "0-0:96.7.21({5})",
    "0-0:96.7.9({5})",
    "1-0:99.97.0()",
    "1-0:99.97.0(0)(0-0:96.7.19)",
    "1-0:99.97.0({1,2})(0-0:96.7.19)|",
    "1-0:32.32.0({5})",
    "1-0:52.32.0({5})",
    "1-0:72.32.0({5})",
    "1-0:32.36.0({5})",
    "1-0:52.36.0({5})",
    "1-0:72.36.0({5})",
    "0-0:96.13.1($)",
    "0-0:96.13.0($)",
    "1-0:32.7.0({3.1,3.1,3}*V)",
    "1-0:52.7.0({3.1,3.1,3}*V)",
    "1-0:72.7.0({3.1,3.1,3}*V)",
    "1-0:31.7.0({3,3.2,3.1}*A)",
    "1-0:51.7.0({3,3.2,3.1}*A)",
    "1-0:71.7.0({3,3.2,3.1}*A)",
    "1-0:21.7.0({2.3,4.3}*kW)",
    "1-0:41.7.0({2.3,4.3}*kW)",
    "1-0:61.7.0({2.3,4.3}*kW)",
    "1-0:22.7.0({2.3,4.3}*kW)",
    "1-0:42.7.0({2.3,4.3}*kW)",
    "1-0:62.7.0({2.3,4.3}*kW)",
    "1-0:23.7.0({2.3,4.3}*kvar)",
    "1-0:43.7.0({2.3,4.3}*kvar)",
    "1-0:63.7.0({2.3,4.3}*kvar)",
    "1-0:24.7.0({2.3,4.3}*kvar)",
    "1-0:44.7.0({2.3,4.3}*kvar)",
    "1-0:64.7.0({2.3,4.3}*kvar)",
    "1-0:13.7.0({1.3})",
    "1-0:33.7.0({1.3})",
    "1-0:53.7.0({1.3})",
    "1-0:73.7.0({1.3})",
    "1-0:14.7.0({2.2}*Hz)",
    "1-0:31.4.0({3,3.2}*A)",
    "1-1:31.4.0({3}*A)({4}*A)",
    "0-@:24.1.0(<003,007,3,012,{3}>)",
    "0-@:96.1.0(&&&&&&&&&&&&&&&&&)",
    "0-@:96.1.1(&&&&&&&&&&&&&&)",
    "0-@:96.1.2(~~~~~~~~~~~~~~~~~~)",
    "0-@:24.4.0(<0,1>)",
    "0-@:24.3.0(<^,=,=>)(00)(60)(1)(0-@:24.2.<1,1,0>)(m3)!({5.3})",
    "0-@:24.2.1(^)({5.3,5.3,6.3}*<m3,m3,m3,GJ>)",
    "0-@:24.2.3(^)({5.3}*m3)",
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
        out.extend_from_slice(random.pick(NAMES).copied().unwrap_or_default().as_bytes());
    } else {
        out.push(random.pick(b"5553 49-").copied().unwrap_or(b'5'));
        if random.chance(0.5) {
            out.push(b'\\');
        }
        name(random, &mut out);
    }
    out.extend_from_slice(if random.chance(0.97) { b"\r\n\r\n" } else { b"\r\n" });
    // A vendor sends its lines in an order; leaving out some of a fixed order makes many vendors.
    let keep = 0.3 + 0.65 * random.unit();
    let strange = if random.chance(0.5) { 0.0 } else { 0.2 * random.unit() };
    let channels = random.below(4);
    for line in LINES {
        while random.chance(strange) {
            stranger(random, &mut out);
        }
        if !line.contains('@') && random.chance(keep) {
            fill(line, b'1', random, &mut out);
        }
    }
    for channel in 0..channels {
        for line in LINES.iter().filter(|line| line.contains('@')) {
            if random.chance(keep) {
                fill(line, b'1' + channel as u8, random, &mut out);
            }
        }
    }
    out.push(b'!');
    out.extend((0..4).map(|_| hexadecimal(random)));
    out.extend_from_slice(b"\r\n");
    out
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

fn time(random: &mut Random, out: &mut Vec<u8>) {
    let parts = [20 + random.below(8), 1 + random.below(12), 1 + random.below(28)];
    // Hours and days are also said to be over at a full one.
    let full = random.chance(0.4);
    let hour = if random.chance(0.1) { 0 } else { random.below(24) };
    let minute = if full { random.below(12) * 5 } else { random.below(60) };
    let second = if full { 0 } else { random.below(60) };
    for part in parts.into_iter().chain([hour, minute, second]) {
        out.extend([b'0' + (part / 10) as u8, b'0' + (part % 10) as u8]);
    }
    out.push(if random.chance(0.5) { b'S' } else { b'W' });
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

fn fill(line: &str, channel: u8, random: &mut Random, out: &mut Vec<u8>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(&symbol) = bytes.get(at) {
        at += 1;
        match symbol {
            b'^' => time(random, out),
            b'=' => {
                time(random, out);
                out.pop();
            }
            b'&' => {
                let count =
                    1 + bytes.get(at..).unwrap_or_default().iter().take_while(|b| **b == b'&').count();
                at += count - 1;
                coded(count as u64, random, out);
            }
            b'~' => out.push(digit(random)),
            b'@' => out.push(channel),
            b'!' => out.extend_from_slice(b"\r\n"),
            b'$' if random.chance(0.15) => {
                coded(1 + random.below(100), random, out);
            }
            b'$' => {}
            b'%' => {
                for _ in 0..1 + random.below(8) {
                    for _ in 0..2 {
                        out.push(b'(');
                        time(random, out);
                        out.push(b')');
                    }
                    out.push(b'(');
                    number(2, 3, random, out);
                    out.extend_from_slice(b"*kW)");
                }
            }
            b'|' => {
                for _ in 0..1 + random.below(6) {
                    out.push(b'(');
                    time(random, out);
                    out.extend_from_slice(b")(");
                    number(10, 0, random, out);
                    out.extend_from_slice(b"*s)");
                }
            }
            b'{' | b'<' => {
                let end = if symbol == b'{' { '}' } else { '>' };
                let rest = line.get(at..).unwrap_or_default();
                let inner = rest.split(end).next().unwrap_or_default();
                at += inner.len() + 1;
                let choices: Vec<&str> = inner.split(',').collect();
                let choice = random.pick(&choices).copied().unwrap_or_default();
                if symbol == b'{' {
                    width(choice, random, out);
                } else {
                    fill(choice, channel, random, out);
                }
            }
            other => out.push(other),
        }
    }
    if bytes.last() == Some(&b')') || bytes.last().is_some_and(|b| matches!(b, b'%' | b'|')) {
        out.extend_from_slice(b"\r\n");
    }
}

fn width(text: &str, random: &mut Random, out: &mut Vec<u8>) {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    number(whole.parse().unwrap_or(1), places.parse().unwrap_or(0), random, out);
}

/// A line that is none of the known ones.
fn stranger(random: &mut Random, out: &mut Vec<u8>) {
    let medium = random.pick(b"000111111678").copied().unwrap_or(b'1');
    let channel = random.pick(b"0000001234").copied().unwrap_or(b'0');
    out.extend([medium, b'-', channel, b':']);
    out.extend_from_slice((1 + random.below(99)).to_string().as_bytes());
    let d = if random.chance(0.7) { random.below(10) } else { random.below(100) };
    out.extend_from_slice(format!(".{d}.").as_bytes());
    let e = if random.chance(0.85) { random.below(10) } else { random.below(256) };
    out.extend_from_slice(e.to_string().as_bytes());
    if random.chance(0.08) {
        // The sixth group, as German meters send it.
        out.extend_from_slice(b"*255");
    }
    for _ in 0..if random.chance(0.85) { 1 } else { 2 + random.below(3) } {
        out.push(b'(');
        match random.below(10) {
            0 => time(random, out),
            1 => coded(random.below(24), random, out),
            2 => (0..1 + random.below(18)).for_each(|_| out.push(digit(random))),
            3 => {}
            4 => name(random, out),
            _ => {
                number(1 + random.below(9) as usize, random.below(4) as usize, random, out);
                if random.chance(0.85) {
                    out.push(b'*');
                    out.extend_from_slice(random.pick(UNITS).copied().unwrap_or_default().as_bytes());
                }
            }
        }
        out.push(b')');
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

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
