//! A DLMS/COSEM meter that pushes lists in the shapes of several makers: plain or ciphered, in HDLC
//! frames, on the M-Bus transport, or as bare APDUs.
//!
//! It writes the wire formats a second time, apart from the decoders, so that both check each other.

use crate::decode::crypt::{Header, Opener};
use crate::decode::{Decimal, Keys, Obis, Protocol};
use crate::line::random::Random;

/// How a maker arranges a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `{OBIS, value, {scaler, unit}}`, no time in front.
    Aidon,
    /// `OBIS, value, …` behind a version text; scales only documented.
    Kamstrup,
    /// Values in a fixed order; scales only documented.
    Kaifa,
    /// Values in a fixed order that the operator chose; scales only documented.
    Iskra,
    /// The list of objects first, then their values.
    LandisGyr,
    /// `OBIS, value, {scaler, unit}, …` without inner structures, meter number last.
    Austria,
    /// Class, OBIS and attribute without type tags.
    Czech,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Shape; 7] = [
        Shape::Aidon,
        Shape::Kamstrup,
        Shape::Kaifa,
        Shape::Iskra,
        Shape::LandisGyr,
        Shape::Austria,
        Shape::Czech,
    ];

    /// How the maker addresses its HDLC frames: destination, source, control.
    const fn addresses(self) -> (&'static [u8], &'static [u8], u8) {
        match self {
            Shape::Aidon => (&[0x41], &[0x08, 0x83], 0x13),
            Shape::Kamstrup => (&[0x2B], &[0x21], 0x13),
            Shape::Kaifa => (&[0x01], &[0x02, 0x01], 0x10),
            Shape::Iskra => (&[0xCF], &[0x02, 0x23], 0x13),
            Shape::LandisGyr => (&[0xCE, 0xFF], &[0x03], 0x13),
            Shape::Austria | Shape::Czech => (&[0x02, 0x04, 0x06, 0x09], &[0x41], 0x13),
        }
    }

    const fn flag(self) -> &'static [u8; 3] {
        match self {
            Shape::Aidon => b"AID",
            Shape::Kamstrup => b"KAM",
            Shape::Kaifa | Shape::Austria => b"KFM",
            Shape::Iskra => b"ISK",
            Shape::LandisGyr => b"LGZ",
            Shape::Czech => b"SAG",
        }
    }
}

/// How a message is divided among HDLC frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division {
    /// One frame.
    Whole,
    /// Frames of at most so many bytes of information, joined by the segmentation bit.
    Segments(usize),
    /// Blocks of at most so many bytes in frames of their own (general-block-transfer).
    Blocks(usize),
}

/// A value that was sent: what a decoder must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What it is.
    pub obis: Obis,
    /// Its value, scaled; without a documented scale as on the wire.
    pub value: Decimal,
    /// Its unit; `None` where neither wire nor document says.
    pub unit: Option<&'static str>,
}

/// A meter.
#[derive(Debug)]
pub struct DlmsMeter {
    shape: Shape,
    random: Random,
    title: [u8; 8],
    counter: u32,
    control: u8,
    opener: Option<Opener>,
    second: u32,
    serial: String,
    energies: [u32; 4],
    /// What the last message said.
    pub sent: Vec<Sent>,
}

/// A value to be put on the wire: the number, its scaler, and the codes and symbol of its unit.
struct Quantity {
    obis: Obis,
    raw: Raw,
    scaler: i8,
    unit: u8,
    symbol: &'static str,
}

#[derive(Clone, Copy)]
enum Raw {
    Short(u16),
    Long(u32),
}

impl Raw {
    fn number(self) -> i64 {
        match self {
            Raw::Short(n) => i64::from(n),
            Raw::Long(n) => i64::from(n),
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        match self {
            Raw::Short(n) => {
                out.push(0x12);
                out.extend(n.to_be_bytes());
            }
            Raw::Long(n) => {
                out.push(0x06);
                out.extend(n.to_be_bytes());
            }
        }
    }
}

impl DlmsMeter {
    /// A meter that ciphers if there is an encryption key, with a tag if there is an authentication key.
    pub fn new(shape: Shape, keys: &Keys, seed: u64) -> Self {
        let mut random = Random::part(seed, 41);
        let flag = shape.flag();
        let mut title = [flag[0], flag[1], flag[2], 0x67, 0, 0, 0, 0];
        for byte in title.iter_mut().skip(4) {
            *byte = random.byte();
        }
        let control = if keys.authentication.is_some() { 0x30 } else { 0x20 };
        DlmsMeter {
            shape,
            title,
            counter: random.below(1 << 24) as u32,
            control,
            opener: Opener::new(keys),
            second: random.below(86_000) as u32,
            serial: (0..12).map(|_| char::from(b'0' + random.below(10) as u8)).collect(),
            energies: std::array::from_fn(|_| random.below(90_000_000) as u32),
            random,
            sent: Vec::new(),
        }
    }

    /// The shape that a seed gives, of those that go well with the protocol.
    pub fn shape_of(protocol: Protocol, seed: u64) -> Shape {
        let mut random = Random::part(seed, 42);
        let shapes: &[Shape] = match protocol {
            Protocol::Mbtr => &[Shape::Austria],
            Protocol::Dlms => &[Shape::Czech, Shape::Austria],
            _ => {
                &[Shape::Aidon, Shape::Kamstrup, Shape::Kaifa, Shape::Iskra, Shape::LandisGyr, Shape::Austria]
            }
        };
        random.pick(shapes).copied().unwrap_or(Shape::Aidon)
    }

    /// The next push as it goes over the wire of `protocol`.
    pub fn push(&mut self, protocol: Protocol) -> Vec<u8> {
        let apdu = self.apdu();
        match protocol {
            Protocol::Mbtr => self.mbtr(&apdu),
            Protocol::Dlms => apdu,
            _ => {
                let division = match self.shape {
                    Shape::Iskra => Division::Segments(120),
                    Shape::LandisGyr => Division::Blocks(119),
                    _ => Division::Whole,
                };
                self.hdlc(&apdu, division)
            }
        }
    }

    /// The next push, ciphered if the meter ciphers; [`DlmsMeter::sent`] then says what is in it.
    pub fn apdu(&mut self) -> Vec<u8> {
        let plain = self.notification();
        let Some(opener) = &self.opener else { return plain };
        self.counter = self.counter.wrapping_add(1);
        let header = Header { control: self.control, title: self.title, counter: self.counter };
        let mut content = vec![header.control];
        content.extend(header.counter.to_be_bytes());
        opener.seal(&header, &plain, &mut content);
        let mut out = vec![0xDB, 8];
        out.extend(self.title);
        write_length(content.len(), &mut out);
        out.extend(content);
        out
    }

    fn notification(&mut self) -> Vec<u8> {
        self.second = (self.second + 10) % 86_400;
        for energy in &mut self.energies {
            *energy = energy.saturating_add(self.random.below(9) as u32);
        }
        self.sent.clear();
        let mut out = vec![0x0F, 0x40, 0, 0, 0];
        let now = self.now();
        match self.shape {
            Shape::Aidon | Shape::Czech => out.push(0),
            // Without a type tag by the standard; Kaifa writes one.
            Shape::Kaifa => {
                out.extend([9, 12]);
                out.extend(now);
            }
            _ => {
                out.push(12);
                out.extend(now);
            }
        }
        let list = match self.shape {
            Shape::Aidon => self.aidon(now),
            Shape::Kamstrup => self.kamstrup(now),
            Shape::Kaifa => self.kaifa(now),
            Shape::Iskra => self.iskra(),
            Shape::LandisGyr => self.landis_gyr(now),
            Shape::Austria => self.austria(now),
            Shape::Czech => self.czech(),
        };
        out.extend(list);
        out
    }

    fn now(&self) -> [u8; 12] {
        let (hour, minute, second) = (self.second / 3600, self.second / 60 % 60, self.second % 60);
        // 15 January 2025, a Wednesday; an hour east of Greenwich.
        [0x07, 0xE9, 1, 15, 3, hour as u8, minute as u8, second as u8, 0, 0xFF, 0xC4, 0]
    }

    /// Powers, currents, voltages and energies; the raw numbers as the makers scale them.
    fn quantities(&mut self, ampere: i8, volt: i8) -> Vec<Quantity> {
        let mut list = Vec::new();
        for c in [1, 2, 3, 4] {
            let raw = Raw::Long(self.random.below(9_000) as u32);
            let (unit, symbol) = if c < 3 { (27, "W") } else { (29, "var") };
            list.push(Quantity { obis: Obis::new(1, 0, c, 7, 0), raw, scaler: 0, unit, symbol });
        }
        for c in [31, 51, 71] {
            let most = 25 * 10u64.pow(u32::from(ampere.unsigned_abs()));
            let raw = Raw::Short(self.random.below(most) as u16);
            list.push(Quantity {
                obis: Obis::new(1, 0, c, 7, 0),
                raw,
                scaler: ampere,
                unit: 33,
                symbol: "A",
            });
        }
        for c in [32, 52, 72] {
            let one = 10u64.pow(u32::from(volt.unsigned_abs()));
            let raw = Raw::Short(self.random.between(220 * one, 240 * one) as u16);
            list.push(Quantity { obis: Obis::new(1, 0, c, 7, 0), raw, scaler: volt, unit: 35, symbol: "V" });
        }
        for (c, &energy) in [1u8, 2, 3, 4].into_iter().zip(&self.energies) {
            let (unit, symbol) = if c < 3 { (30, "Wh") } else { (32, "varh") };
            list.push(Quantity {
                obis: Obis::new(1, 0, c, 8, 0),
                raw: Raw::Long(energy),
                scaler: 0,
                unit,
                symbol,
            });
        }
        list
    }

    fn note(&mut self, quantity: &Quantity) {
        let value = Decimal::from(quantity.raw.number());
        let value = value.scaled(i16::from(quantity.scaler)).unwrap_or(value);
        self.sent.push(Sent { obis: quantity.obis, value, unit: Some(quantity.symbol) });
    }

    /// A value whose scale no document gives.
    fn note_unknown(&mut self, quantity: &Quantity) {
        self.sent.push(Sent { obis: quantity.obis, value: Decimal::from(quantity.raw.number()), unit: None });
    }

    fn aidon(&mut self, now: [u8; 12]) -> Vec<u8> {
        let quantities = self.quantities(-1, -1);
        let mut out = vec![1, quantities.len() as u8 + 4];
        for (obis, text) in [
            (Obis::new(1, 1, 0, 2, 129), "AIDON_V0001"),
            (Obis::new(0, 0, 96, 1, 0), self.serial.as_str()),
            (Obis::new(0, 0, 96, 1, 7), "6525"),
        ] {
            out.extend([2, 2]);
            write_obis(obis, &mut out);
            write_text(0x0A, text.as_bytes(), &mut out);
        }
        for quantity in &quantities {
            out.extend([2, 3]);
            write_obis(quantity.obis, &mut out);
            quantity.raw.write(&mut out);
            out.extend([2, 2, 0x0F, quantity.scaler as u8, 0x16, quantity.unit]);
            self.note(quantity);
        }
        out.extend([2, 2]);
        write_obis(Obis::new(0, 0, 1, 0, 0), &mut out);
        write_text(0x09, &now, &mut out);
        out
    }

    fn kamstrup(&mut self, now: [u8; 12]) -> Vec<u8> {
        let quantities = self.quantities(-2, 0);
        let mut out = vec![2, 1 + 2 * (quantities.len() as u8 + 2)];
        write_text(0x0A, b"Kamstrup_V0001", &mut out);
        write_obis(Obis::new(1, 1, 0, 0, 5), &mut out);
        write_text(0x0A, self.serial.as_bytes(), &mut out);
        for mut quantity in quantities {
            let Obis([_, _, c, d, e, f]) = quantity.obis;
            quantity.obis = Obis([1, 1, c, d, e, f]);
            write_obis(quantity.obis, &mut out);
            quantity.raw.write(&mut out);
            // The documents disagree about energies.
            if d == 8 { self.note_unknown(&quantity) } else { self.note(&quantity) }
        }
        write_obis(Obis::new(0, 1, 1, 0, 0), &mut out);
        write_text(0x09, &now, &mut out);
        out
    }

    fn kaifa(&mut self, now: [u8; 12]) -> Vec<u8> {
        let quantities = self.quantities(-3, -1);
        let mut out = vec![2, 18];
        write_text(0x09, b"KFM_001", &mut out);
        write_text(0x09, self.serial.as_bytes(), &mut out);
        write_text(0x09, b"MA304H3E", &mut out);
        for (n, quantity) in quantities.iter().enumerate() {
            if n == 10 {
                write_text(0x09, &now, &mut out);
            }
            Raw::Long(quantity.raw.number() as u32).write(&mut out);
            self.note(quantity);
        }
        out
    }

    fn iskra(&mut self) -> Vec<u8> {
        let quantities = self.quantities(-2, -1);
        let mut out = vec![2, 18];
        write_text(0x09, format!("ISK1030{}", &self.serial[..9]).as_bytes(), &mut out);
        write_text(0x09, format!("ISK{}", &self.serial[..8]).as_bytes(), &mut out);
        let (powers, rest) = quantities.split_at(4);
        let (currents, rest) = rest.split_at(3);
        let (voltages, _) = rest.split_at(3);
        for quantity in powers.iter().chain(voltages).chain(currents) {
            quantity.raw.write(&mut out);
            self.note(quantity);
        }
        for c in [21, 41, 61, 22, 42, 62] {
            let raw = Raw::Long(self.random.below(3_000) as u32);
            let quantity = Quantity { obis: Obis::new(1, 0, c, 7, 0), raw, scaler: 0, unit: 27, symbol: "W" };
            quantity.raw.write(&mut out);
            self.note(&quantity);
        }
        out
    }

    fn landis_gyr(&mut self, now: [u8; 12]) -> Vec<u8> {
        let quantities = self.quantities(-2, 0);
        let objects = quantities.len() as u8 + 3;
        let mut out = vec![2, objects, 1, objects];
        let mut describe = |class: u8, obis: Obis| {
            out.extend([2, 4, 0x12, 0, class]);
            write_obis(obis, &mut out);
            out.extend([0x0F, 2, 0x12, 0, 0]);
        };
        describe(40, Obis::new(0, 8, 25, 9, 0));
        describe(8, Obis::new(0, 0, 1, 0, 0));
        describe(1, Obis::new(0, 0, 42, 0, 0));
        for quantity in &quantities {
            describe(3, quantity.obis);
        }
        write_text(0x09, &now, &mut out);
        write_text(0x09, format!("LGZ{}", self.serial).as_bytes(), &mut out);
        for quantity in &quantities {
            quantity.raw.write(&mut out);
            // Volts and amperes differ between models behind the same mark.
            if matches!(quantity.unit, 33 | 35) { self.note_unknown(quantity) } else { self.note(quantity) }
        }
        out
    }

    fn austria(&mut self, now: [u8; 12]) -> Vec<u8> {
        let quantities = self.quantities(-2, -1);
        let mut out = vec![2, 2 + 3 * quantities.len() as u8];
        write_text(0x09, &now, &mut out);
        for quantity in &quantities {
            write_obis(quantity.obis, &mut out);
            quantity.raw.write(&mut out);
            out.extend([2, 2, 0x0F, quantity.scaler as u8, 0x16, quantity.unit]);
            self.note(quantity);
        }
        write_text(0x09, self.serial.as_bytes(), &mut out);
        out
    }

    fn czech(&mut self) -> Vec<u8> {
        let mut quantities = self.quantities(0, 0);
        quantities.retain(|quantity| matches!(quantity.unit, 27 | 30));
        let mut out = vec![2, 2, 0x16, 1, 1, quantities.len() as u8 + 1];
        let describe = |class: u8, obis: Obis, out: &mut Vec<u8>| {
            out.extend([2, 2, 0, class]);
            out.extend(obis.0);
            out.push(2);
        };
        describe(1, Obis::new(0, 0, 96, 1, 1), &mut out);
        write_text(0x09, self.serial.as_bytes(), &mut out);
        for quantity in &quantities {
            describe(3, quantity.obis, &mut out);
            quantity.raw.write(&mut out);
            self.note(quantity);
        }
        out
    }

    /// An APDU in HDLC frames.
    pub fn hdlc(&self, apdu: &[u8], division: Division) -> Vec<u8> {
        let (destination, source, control) = self.shape.addresses();
        let mut out = Vec::new();
        let llc = [0xE6, 0xE7, 0x00];
        match division {
            Division::Whole => {
                write_frame(destination, source, control, false, &[&llc, apdu].concat(), &mut out)
            }
            Division::Segments(most) => {
                let all = [&llc, apdu].concat();
                let count = all.len().div_ceil(most.max(1));
                for (n, part) in all.chunks(most.max(1)).enumerate() {
                    let more = n + 1 < count;
                    // The poll bit is set in the last.
                    let control = if more { control & !0x10 } else { control };
                    write_frame(destination, source, control, more, part, &mut out);
                }
            }
            Division::Blocks(most) => {
                let count = apdu.len().div_ceil(most.max(1));
                for (n, part) in apdu.chunks(most.max(1)).enumerate() {
                    let mut block = if n == 0 { llc.to_vec() } else { Vec::new() };
                    block.extend([0xE0, if n + 1 == count { 0xC0 } else { 0x40 }]);
                    block.extend((n as u16 + 1).to_be_bytes());
                    block.extend([0, 0]);
                    write_length(part.len(), &mut block);
                    block.extend(part);
                    write_frame(destination, source, control, false, &block, &mut out);
                }
            }
        }
        out
    }

    /// An APDU in M-Bus long frames.
    pub fn mbtr(&self, apdu: &[u8]) -> Vec<u8> {
        /// What a frame of 255 bytes holds behind C, A, CI and the two access points.
        const MOST: usize = 245;
        let mut out = Vec::new();
        let count = apdu.len().div_ceil(MOST);
        for (n, part) in apdu.chunks(MOST).enumerate() {
            let last = if n + 1 == count { 0x10 } else { 0 };
            let length = part.len() as u8 + 5;
            out.extend([0x68, length, length, 0x68]);
            let start = out.len();
            out.extend([0x53, 0xFF, (n as u8 & 0x0F) | last, 0x01, 0x67]);
            out.extend(part);
            let sum = out[start..].iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
            out.extend([sum, 0x16]);
        }
        out
    }
}

fn write_obis(obis: Obis, out: &mut Vec<u8>) {
    write_text(0x09, &obis.0, out);
}

fn write_text(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    write_length(text.len(), out);
    out.extend(text);
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    match length {
        0..=0x7F => out.push(length as u8),
        0x80..=0xFF => out.extend([0x81, length as u8]),
        _ => {
            out.push(0x82);
            out.extend((length as u16).to_be_bytes());
        }
    }
}

fn write_frame(
    destination: &[u8],
    source: &[u8],
    control: u8,
    more: bool,
    information: &[u8],
    out: &mut Vec<u8>,
) {
    let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC);
    let length = 2 + destination.len() + source.len() + 1 + 2 + information.len() + 2;
    let format = 0xA000 | if more { 0x0800 } else { 0 } | length as u16;
    let mut body = format.to_be_bytes().to_vec();
    body.extend(destination);
    body.extend(source);
    body.push(control);
    body.extend(crc.checksum(&body).to_le_bytes());
    body.extend(information);
    body.extend(crc.checksum(&body).to_le_bytes());
    out.push(0x7E);
    out.extend(body);
    out.push(0x7E);
}
