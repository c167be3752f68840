//! P1 telegrams.

use super::digit;
use crate::line::random::Random;

/// Manufacturer, `5` or `3`, and model, as the first line of a P1 telegram has them.
const IDENTIFICATIONS: [&str; 22] = [
    "ISK5\\2M550T-1012",
    "ISK5\\2MT382-1000",
    "ISk5\\2ME382-1003",
    "KFM5KAIFA-METER",
    "KMP5 KA6U001511209910",
    "Ene5\\T210-D ESMR5.0",
    "Ene5\\XS210 ESMR 5.0",
    "XMX5LGBBFG1009325446",
    "XMX5XMXABCE000046099",
    "FLU5\\253770234_A",
    "FLU5\\253769484_A",
    "SAG5SAG-METER",
    "LGF5E360",
    "LGF5E450",
    "ELL5\\253833635_A",
    "LUX5\\253663629_D",
    "EST5\\253710000_A",
    "AUX5UXXXXXXXXXXXX",
    "HAG5eHZ010C_EHZ1vA02",
    "ADN9 6534",
    "LGZ4ZMF120ACtFs2",
    "EMH4\\@01LZQJL0013E",
];

/// Lines of P1 telegrams.  `~` and `%` stand for any digit, `_` for one that is mostly 0, `^` for a time stamp,
/// `&` for two hexadecimal digits of a serial number, `#` for a channel.
const LINES: [&str; 67] = [
    "1-3:0.2.8(50)",
    "1-3:0.2.8(42)",
    "0-0:96.1.4(50217)",
    "0-0:1.0.0(^)",
    "0-0:96.1.1(&&&&&&&&&&&&&&&&&)",
    "0-0:96.1.0(~~~~~~~~)",
    "0-0:96.1.2(~~~~~~~~~~~~~~~~~~)",
    "0-0:42.0.0(&&&&&&&&&&&&&&&&)",
    "1-0:1.8.0(__~~~~.~~~*kWh)",
    "1-0:1.8.1(__~~~~.~~~*kWh)",
    "1-0:1.8.2(__~~~~.~~~*kWh)",
    "1-0:1.8.3(___~~~.~~~*kWh)",
    "1-0:1.8.4(___~~~.~~~*kWh)",
    "1-0:2.8.0(__~~~~.~~~*kWh)",
    "1-0:2.8.1(___~~~.~~~*kWh)",
    "1-0:2.8.2(______.___*kWh)",
    "1-0:3.8.0(__~~~~~~.~~~*kvarh)",
    "1-0:4.8.0(__~~~~~~.~~~*kvarh)",
    "1-0:3.8.1(___~~~.~~~*kVArh)",
    "1-0:5.8.0(___~~~.~~~*kvarh)",
    "1-0:6.8.0(___~~~.~~~*kvarh)",
    "1-0:7.8.0(___~~~.~~~*kvarh)",
    "1-0:8.8.0(___~~~.~~~*kvarh)",
    "0-0:96.14.0(___%)",
    "0-0:96.50.68(On)",
    "1-0:1.7.0(_~.~~~*kW)",
    "1-0:2.7.0(__.___*kW)",
    "1-0:3.7.0(___~.~~~*kvar)",
    "1-0:4.7.0(____.~~~*kvar)",
    "1-0:21.7.0(_~.~~~*kW)",
    "1-0:41.7.0(_~.~~~*kW)",
    "1-0:61.7.0(_~.~~~*kW)",
    "1-0:22.7.0(__.___*kW)",
    "1-0:42.7.0(__.___*kW)",
    "1-0:62.7.0(__.___*kW)",
    "1-0:23.7.0(____.~~~*kvar)",
    "1-0:43.7.0(____.~~~*kvar)",
    "1-0:63.7.0(____.~~~*kvar)",
    "1-0:32.7.0(23~.~*V)",
    "1-0:52.7.0(23~.~*V)",
    "1-0:72.7.0(23~.~*V)",
    "1-0:31.7.0(__%*A)",
    "1-0:51.7.0(__~.~*A)",
    "1-0:71.7.0(__~.~~*A)",
    "1-0:13.7.0(_.~~~)",
    "1-0:14.7.0(4~.~~*Hz)",
    "1-0:33.7.0(_.~~~)",
    "0-0:96.3.10(1)",
    "0-0:17.0.0(~~~.~*kW)",
    "1-0:31.4.0(~~~*A)",
    "0-0:96.7.21(___~~)",
    "0-0:96.7.9(____%)",
    "1-0:99.97.0(%)(0-0:96.7.19)(^)(____~~~~~~*s)(^)(____~~~~~~*s)",
    "1-0:99.97.0()",
    "1-0:32.32.0(____%)",
    "1-0:52.32.0(____%)",
    "1-0:32.36.0(____%)",
    "1-0:72.36.0(____%)",
    "0-0:96.13.0()",
    "0-0:96.13.1()",
    "0-#:24.1.0(00%)",
    "0-#:96.1.0(&&&&&&&&&&&&&&&&&)",
    "0-#:96.1.1(&&&&&&&&&&&&&&)",
    "0-#:24.2.1(^)(__~~~.~~~*m3)",
    "0-#:24.2.3(^)(__~~~.~~~*m3)",
    "0-#:24.3.0(~~~~~~~~~~~~)(00)(60)(#)(0-1:24.2.1)(m3)",
    "1-0:1.4.0(_%.~~~*kW)",
];

pub(super) fn telegram(random: &mut Random) -> Vec<u8> {
    let mut out = vec![b'/'];
    out.extend_from_slice(random.pick(&IDENTIFICATIONS).copied().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
    // A vendor sends its lines in an order; leaving out some of a fixed order makes many vendors.
    let keep = 0.35 + 0.6 * random.unit();
    let channel = 1 + random.below(4) as u8;
    for line in LINES {
        if !random.chance(keep) {
            continue;
        }
        for symbol in line.bytes() {
            match symbol {
                b'~' | b'%' => out.push(digit(random)),
                b'_' => out.push(if random.chance(0.7) { b'0' } else { digit(random) }),
                b'&' => out.extend_from_slice(&[b'3', digit(random)]),
                b'^' => {
                    for most in [3, 10, 2, 10, 3, 10, 3, 10, 6, 10, 6, 10] {
                        out.push(b'0' + random.below(most) as u8);
                    }
                    out.push(if random.chance(0.5) { b'S' } else { b'W' });
                }
                b'#' => out.push(b'0' + channel),
                other => out.push(other),
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    out.push(b'!');
    for _ in 0..4 {
        let nibble = random.below(16) as u8;
        out.push(if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 });
    }
    out.extend_from_slice(b"\r\n");
    out
}
