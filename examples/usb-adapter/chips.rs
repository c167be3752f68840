//! The three chips, as their Linux drivers know them (drivers/usb/serial of Linux 6.1).

mod ch341;
mod cp210x;
mod ftdi;

use std::collections::VecDeque;
use std::time::Duration;
use wwctl::line::sim::SimAdapter;
use wwctl::line::{Adapter, DataBits, Heard, LineSettings, Parity, StopBits};

/// A request on endpoint 0.
pub struct Request {
    pub kind: u8,
    pub request: u8,
    pub value: u16,
    pub index: u16,
    pub data: Vec<u8>,
}

impl Request {
    pub fn new(setup: &[u8], data: Vec<u8>) -> Self {
        let word = |at: usize| u16::from_le_bytes([setup[at], setup[at + 1]]);
        Request { kind: setup[0], request: setup[1], value: word(2), index: word(4), data }
    }
}

/// A chip, seen from the USB side.
pub trait Chip: Send {
    /// Vendor, product, release.
    fn ids(&self) -> [u16; 3];
    /// Its endpoints: address, attributes, packet size.
    fn endpoints(&self) -> &'static [(u8, u8, u8)];
    /// The endpoint on which received characters go to the host.
    fn data_endpoint(&self) -> u32;
    /// Its own requests; `None` stalls.
    fn vendor(&mut self, request: &Request, line: &mut Line) -> Option<Vec<u8>>;
    /// Turns what was heard into packets for the host; called every millisecond.
    fn take(&mut self, heard: &[Heard], now: Duration, packets: &mut VecDeque<Vec<u8>>);

    /// Any request on endpoint 0.
    fn control(&mut self, request: &Request, line: &mut SimAdapter) -> Option<Vec<u8>> {
        match (request.kind, request.request) {
            (0x80, 6) => self.descriptor(request.value),
            (0x80..=0x82, 0) => Some(vec![0, 0]),
            (0x00..=0x02, _) => Some(Vec::new()),
            _ => self.vendor(request, &mut Line(line)),
        }
    }

    /// Standard descriptors (USB 2.0, section 9.6).
    fn descriptor(&self, value: u16) -> Option<Vec<u8>> {
        let [vendor, product, release] = self.ids().map(u16::to_le_bytes);
        match (value >> 8, value & 0xFF) {
            (1, _) => {
                let mut d = vec![18, 1, 0x10, 0x01, 0, 0, 0, 64];
                d.extend(vendor.into_iter().chain(product).chain(release).chain([1, 2, 3, 1]));
                Some(d)
            }
            (2, _) => {
                let endpoints = self.endpoints();
                let total = 18 + 7 * endpoints.len();
                let mut d = vec![9, 2, total as u8, 0, 1, 1, 0, 0xA0, 50];
                d.extend([9, 4, 0, 0, endpoints.len() as u8, 0xFF, 0xFF, 0xFF, 0]);
                for (address, attributes, size) in endpoints {
                    d.extend([7, 5, *address, *attributes, *size, 0, 1]);
                }
                Some(d)
            }
            (3, 0) => Some(vec![4, 3, 0x09, 0x04]),
            (3, n) => {
                let text = ["wwctl", "simulated adapter", "SIM00001"].get(usize::from(n).checked_sub(1)?)?;
                let mut d = vec![2 + 2 * text.len() as u8, 3];
                d.extend(text.bytes().flat_map(|c| [c, 0]));
                Some(d)
            }
            _ => None,
        }
    }
}

/// The line behind the chip, as far as a driver can set it.
pub struct Line<'a>(&'a mut SimAdapter);

impl Line<'_> {
    pub fn configure(&mut self, settings: &LineSettings) {
        println!("usb-adapter: at {} ms the driver asks for {settings}", self.0.now().as_millis());
        // A simulated line takes every setting.
        let _ = self.0.configure(settings);
    }
}

pub const AT_POWER_ON: LineSettings = LineSettings {
    baudrate: 9600,
    data_bits: DataBits::Eight,
    parity: Parity::None,
    stop_bits: StopBits::One,
};

pub fn by_name(name: &str) -> Option<Box<dyn Chip>> {
    Some(match name {
        "ftdi" => Box::new(ftdi::Ftdi::new()),
        "cp210x" => Box::new(cp210x::Cp210x::new()),
        "ch341" => Box::new(ch341::Ch341::new()),
        _ => return None,
    })
}
