//! FT232R and `ftdi_sio`: two status bytes before at most 62 characters, sent when full or when the latency timer fires.

use super::{AT_POWER_ON, Chip, Line, Request};
use std::collections::VecDeque;
use std::time::Duration;
use wwctl::line::{DataBits, Flag, Heard, LineSettings, Parity, StopBits};

const SET_BAUDRATE: u8 = 3;
const SET_DATA: u8 = 4;
const GET_MODEM_STATUS: u8 = 5;
const SET_LATENCY: u8 = 9;
const GET_LATENCY: u8 = 10;
const READ_EEPROM: u8 = 0x90;

/// Line status: transmitter empty; framing error; break.
const IDLE: u8 = 0x60;
const FRAMING: u8 = 0x08;
const BREAK: u8 = 0x10;

const CHARACTERS: usize = 62;

pub struct Ftdi {
    settings: LineSettings,
    latency: Duration,
    sent: Duration,
    pending: Vec<Heard>,
}

impl Ftdi {
    pub fn new() -> Self {
        Ftdi {
            settings: AT_POWER_ON,
            latency: Duration::from_millis(16),
            sent: Duration::ZERO,
            pending: Vec::new(),
        }
    }

    fn packet(characters: &[Heard]) -> Vec<u8> {
        let mut status = IDLE;
        for c in characters {
            status |= match c.flag {
                Flag::None => 0,
                Flag::Error => FRAMING,
                Flag::Break => FRAMING | BREAK,
            };
        }
        [0x01, status].into_iter().chain(characters.iter().map(|c| c.byte)).collect()
    }
}

/// The rate behind a divisor of the FT232B and later: 24 MHz over a number of eighths whose fraction is coded.
fn baudrate(value: u16, index: u16) -> u32 {
    const EIGHTHS: [u32; 8] = [0, 4, 2, 1, 3, 5, 6, 7];
    let divisor = u32::from(value) | u32::from(index & 1) << 16;
    match divisor {
        0 => 3_000_000,
        1 => 2_000_000,
        _ => {
            let eighths = (divisor & 0x3FFF) * 8 + EIGHTHS[(divisor >> 14) as usize & 7];
            (24_000_000 + eighths / 2) / eighths
        }
    }
}

impl Chip for Ftdi {
    fn ids(&self) -> [u16; 3] {
        [0x0403, 0x6001, 0x0600]
    }

    fn endpoints(&self) -> &'static [(u8, u8, u8)] {
        &[(0x81, 2, 64), (0x02, 2, 64)]
    }

    fn data_endpoint(&self) -> u32 {
        1
    }

    fn vendor(&mut self, request: &Request, line: &mut Line) -> Option<Vec<u8>> {
        match (request.kind, request.request) {
            (0x40, SET_BAUDRATE) => {
                self.settings.baudrate = baudrate(request.value, request.index);
                line.configure(&self.settings);
            }
            (0x40, SET_DATA) => {
                let v = request.value;
                self.settings.data_bits = if v & 0xFF == 7 { DataBits::Seven } else { DataBits::Eight };
                self.settings.parity = [Parity::None, Parity::Odd, Parity::Even][usize::from(v >> 8 & 7) % 3];
                let stop = [StopBits::One, StopBits::OnePointFive, StopBits::Two];
                self.settings.stop_bits = stop[usize::from(v >> 11 & 3) % 3];
                line.configure(&self.settings);
            }
            (0x40, SET_LATENCY) => {
                self.latency = Duration::from_millis(u64::from(request.value & 0xFF).max(1))
            }
            (0xC0, GET_LATENCY) => return Some(vec![self.latency.as_millis() as u8]),
            (0xC0, GET_MODEM_STATUS) => return Some(vec![0x01, IDLE]),
            (0xC0, READ_EEPROM) => return Some(vec![0xFF, 0xFF]),
            (0x40, _) => {}
            _ => return None,
        }
        Some(Vec::new())
    }

    fn take(&mut self, heard: &[Heard], now: Duration, packets: &mut VecDeque<Vec<u8>>) {
        self.pending.extend_from_slice(heard);
        while self.pending.len() >= CHARACTERS {
            let full: Vec<Heard> = self.pending.drain(..CHARACTERS).collect();
            packets.push_back(Ftdi::packet(&full));
            self.sent = now;
        }
        if now.saturating_sub(self.sent) >= self.latency {
            // The status goes out even when nothing was received; one such packet at a time is plenty.
            if !self.pending.is_empty() || packets.is_empty() {
                packets.push_back(Ftdi::packet(&std::mem::take(&mut self.pending)));
            }
            self.sent = now;
        }
    }
}
