//! What is known of serial drivers and chips: how each reports errors, from the sources of Linux 6.1.

use super::Flags;
use std::time::Duration;

/// A Linux driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Driver {
    /// Its name in sysfs.
    pub name: &'static str,
    /// How it reports framing and parity errors.
    pub flags: Flags,
    /// Arrival times are this coarse at best, in milliseconds.
    pub quantum: u64,
    /// What a user should know of it.
    pub note: &'static str,
}

const fn driver(name: &'static str, flags: Flags, quantum: u64, note: &'static str) -> Driver {
    Driver { name, flags, quantum, note }
}

/// Drivers of `drivers/usb/serial`, `drivers/usb/class` and `drivers/tty/serial`.
pub const DRIVERS: &[Driver] = &[
    driver("ftdi_sio", Flags::PerPacket, 1, "errors for up to 62 characters together"),
    driver("cp210x", Flags::PerCharacter, 1, "errors for each character; some counterfeits tell of none"),
    driver("ch341-uart", Flags::None, 1, "tells of no errors"),
    driver("ch341", Flags::None, 1, "tells of no errors"),
    driver("pl2303", Flags::PerPacket, 1, "errors for a whole transfer, and late"),
    driver("cdc_acm", Flags::None, 1, "tells of breaks and counts errors, but not where"),
    driver("usb_ch343", Flags::None, 1, "tells of no errors"),
    driver("serial8250", Flags::PerCharacter, 1, "errors for each character"),
    driver("port", Flags::PerCharacter, 1, "errors for each character"),
    driver("uart-pl011", Flags::PerCharacter, 1, "errors for each character"),
    driver("mini-uart", Flags::PerCharacter, 1, "errors for each character"),
];

/// A driver that is not in the table: nothing is promised.
pub const UNKNOWN: Driver = driver("unknown", Flags::None, 1, "not known to tell of errors");

impl Driver {
    /// The driver of that name in sysfs.
    pub fn find(name: &str) -> Option<&'static Driver> {
        DRIVERS.iter().find(|d| d.name == name)
    }

    /// [`Driver::quantum`] as a duration.
    pub const fn timestamp_quantum(&self) -> Duration {
        Duration::from_millis(self.quantum)
    }
}

/// USB vendor, product, chip.
const CHIPS: &[(u16, u16, &str)] = &[
    (0x0403, 0x6001, "FT232R"),
    (0x0403, 0x6010, "FT2232"),
    (0x0403, 0x6011, "FT4232"),
    (0x0403, 0x6014, "FT232H"),
    (0x0403, 0x6015, "FT-X"),
    (0x0403, 0xFF00, "FTDI"),
    (0x10C4, 0xEA60, "CP210x"),
    (0x10C4, 0xEA63, "CP210x"),
    (0x10C4, 0xEA70, "CP2105"),
    (0x10C4, 0xEA71, "CP2108"),
    (0x1A86, 0x7522, "CH340"),
    (0x1A86, 0x7523, "CH340"),
    (0x1A86, 0x5523, "CH341"),
    (0x1A86, 0x55D2, "CH342"),
    (0x1A86, 0x55D3, "CH343"),
    (0x1A86, 0x55D4, "CH9102"),
    (0x067B, 0x2303, "PL2303"),
    (0x067B, 0x2304, "PL2303"),
    (0x067B, 0x23A3, "PL2303GC"),
    (0x067B, 0x23C3, "PL2303GT"),
    (0x0483, 0x5740, "STM32 virtual port"),
    (0x303A, 0x1001, "ESP32 USB serial"),
    (0x2E8A, 0x000A, "RP2040"),
];

/// The chip with this USB id, if it is a known one.
pub fn chip(vendor: u16, product: u16) -> Option<&'static str> {
    CHIPS.iter().find(|(v, p, _)| (*v, *p) == (vendor, product)).map(|(_, _, chip)| *chip)
}
