//! CH340 and `ch341`: plain characters; of errors the driver learns nothing.

use super::{AT_POWER_ON, Chip, Line, Request};
use std::collections::VecDeque;
use std::time::Duration;
use wwctl::line::{DataBits, Heard, LineSettings, Parity, StopBits};

const READ_VERSION: u8 = 0x5F;
const WRITE_REGISTER: u8 = 0x9A;
const READ_REGISTER: u8 = 0x95;

/// Registers are written in pairs: divisor and prescaler; the two line control registers.
const BAUDRATE: u16 = 0x1312;
const LINE_CONTROL: u16 = 0x2518;

const CLOCK: u32 = 48_000_000;
const PACKET: usize = 32;

pub struct Ch341 {
    settings: LineSettings,
}

impl Ch341 {
    pub fn new() -> Self {
        Ch341 { settings: AT_POWER_ON }
    }
}

/// The rate behind prescaler (bits 1..0), factor (bit 2) and divisor (the high byte, as 256 less the divisor).
fn baudrate(value: u16) -> u32 {
    let (prescaler, factor) = (u32::from(value & 3), u32::from(value >> 2 & 1));
    let divisor = 0x100 - u32::from(value >> 8);
    let per = (1 << (12 - 3 * prescaler - factor)) * divisor;
    (CLOCK + per / 2) / per
}

impl Chip for Ch341 {
    fn ids(&self) -> [u16; 3] {
        [0x1A86, 0x7523, 0x0264]
    }

    fn endpoints(&self) -> &'static [(u8, u8, u8)] {
        &[(0x82, 2, 32), (0x02, 2, 32), (0x81, 3, 8)]
    }

    fn data_endpoint(&self) -> u32 {
        2
    }

    fn vendor(&mut self, request: &Request, line: &mut Line) -> Option<Vec<u8>> {
        match (request.kind, request.request) {
            (0xC0, READ_VERSION) => return Some(vec![0x31, 0x00]),
            (0xC0, READ_REGISTER) => return Some(vec![0xFF, 0xEE]),
            (0x40, WRITE_REGISTER) if request.value == BAUDRATE => {
                self.settings.baudrate = baudrate(request.index);
                line.configure(&self.settings);
            }
            (0x40, WRITE_REGISTER) if request.value == LINE_CONTROL => {
                let control = request.index;
                self.settings.data_bits = if control & 3 == 2 { DataBits::Seven } else { DataBits::Eight };
                self.settings.stop_bits = if control & 4 == 0 { StopBits::One } else { StopBits::Two };
                self.settings.parity = match (control & 8 != 0, control & 0x10 != 0) {
                    (false, _) => Parity::None,
                    (true, false) => Parity::Odd,
                    (true, true) => Parity::Even,
                };
                line.configure(&self.settings);
            }
            (0x40, _) => {}
            _ => return None,
        }
        Some(Vec::new())
    }

    fn take(&mut self, heard: &[Heard], _: Duration, packets: &mut VecDeque<Vec<u8>>) {
        packets.extend(heard.chunks(PACKET).map(|chunk| chunk.iter().map(|c| c.byte).collect()));
    }
}
