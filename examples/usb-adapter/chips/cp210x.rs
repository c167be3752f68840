//! CP2102 and `cp210x`: plain characters, and with embedded events an escape before each character in error.

use super::{AT_POWER_ON, Chip, Line, Request};
use std::collections::VecDeque;
use std::time::Duration;
use wwctl::line::{DataBits, Flag, Heard, LineSettings, Parity, StopBits};

const SET_LINE_CTL: u8 = 0x03;
const GET_LINE_CTL: u8 = 0x04;
const GET_MDMSTS: u8 = 0x08;
const GET_COMM_STATUS: u8 = 0x10;
const GET_FLOW: u8 = 0x14;
const SET_FLOW: u8 = 0x13;
const EMBED_EVENTS: u8 = 0x15;
const GET_BAUDRATE: u8 = 0x1D;
const SET_BAUDRATE: u8 = 0x1E;
const VENDOR: u8 = 0xFF;
const GET_PARTNUM: u16 = 0x370B;
const PART_CP2102: u8 = 0x02;

/// Behind the escape character: it stands for itself; line status and a character follow.
const LITERAL: u8 = 0;
const STATUS_AND_CHARACTER: u8 = 1;

/// Line status: framing error; break.
const FRAMING: u8 = 0x08;
const BREAK: u8 = 0x10;

const PACKET: usize = 64;

pub struct Cp210x {
    settings: LineSettings,
    line_control: u16,
    flow: Vec<u8>,
    /// The escape character, while events are embedded.
    escape: Option<u8>,
}

impl Cp210x {
    pub fn new() -> Self {
        Cp210x { settings: AT_POWER_ON, line_control: 0x0800, flow: vec![0; 16], escape: None }
    }
}

impl Chip for Cp210x {
    fn ids(&self) -> [u16; 3] {
        [0x10C4, 0xEA60, 0x0100]
    }

    fn endpoints(&self) -> &'static [(u8, u8, u8)] {
        &[(0x82, 2, 64), (0x01, 2, 64)]
    }

    fn data_endpoint(&self) -> u32 {
        2
    }

    fn vendor(&mut self, request: &Request, line: &mut Line) -> Option<Vec<u8>> {
        match (request.kind, request.request) {
            (0x41, SET_BAUDRATE) => {
                self.settings.baudrate = u32::from_le_bytes(request.data.get(..4)?.try_into().ok()?);
                line.configure(&self.settings);
            }
            (0xC1, GET_BAUDRATE) => return Some(self.settings.baudrate.to_le_bytes().to_vec()),
            (0x41, SET_LINE_CTL) => {
                let v = request.value;
                self.line_control = v;
                self.settings.data_bits = if v >> 8 == 7 { DataBits::Seven } else { DataBits::Eight };
                self.settings.parity =
                    [Parity::None, Parity::Odd, Parity::Even][usize::from(v >> 4 & 0xF) % 3];
                let stop = [StopBits::One, StopBits::OnePointFive, StopBits::Two];
                self.settings.stop_bits = stop[usize::from(v & 0xF) % 3];
                line.configure(&self.settings);
            }
            (0xC1, GET_LINE_CTL) => return Some(self.line_control.to_le_bytes().to_vec()),
            (0xC1, GET_MDMSTS) => return Some(vec![0]),
            (0xC1, GET_COMM_STATUS) => return Some(vec![0; 19]),
            (0xC1, GET_FLOW) => return Some(self.flow.clone()),
            (0x41, SET_FLOW) => self.flow.clone_from(&request.data),
            (0x41, EMBED_EVENTS) => self.escape = u8::try_from(request.value).ok().filter(|c| *c != 0),
            // Two bytes when two are asked for: the driver takes chips that give one for copies without events.
            (0xC0, VENDOR) if request.value == GET_PARTNUM => return Some(vec![PART_CP2102, 0]),
            (0x41 | 0x40, _) => {}
            _ => return None,
        }
        Some(Vec::new())
    }

    fn take(&mut self, heard: &[Heard], _: Duration, packets: &mut VecDeque<Vec<u8>>) {
        let mut bytes = Vec::new();
        for c in heard {
            match (self.escape, c.flag) {
                (Some(escape), Flag::Error) => bytes.extend([escape, STATUS_AND_CHARACTER, FRAMING, c.byte]),
                (Some(escape), Flag::Break) => bytes.extend([escape, STATUS_AND_CHARACTER, BREAK, c.byte]),
                (Some(escape), Flag::None) if c.byte == escape => bytes.extend([escape, LITERAL]),
                _ => bytes.push(c.byte),
            }
        }
        packets.extend(bytes.chunks(PACKET).map(<[u8]>::to_vec));
    }
}
