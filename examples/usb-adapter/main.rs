//! A USB serial adapter with a simulated line behind it, for the real drivers of Linux.
//!
//! ```text
//! usb-adapter ftdi|cp210x|ch341 sim:… [UNPLUG-FILE]
//! ```
//! Plugs the adapter into the kernel's virtual USB host (`vhci_hcd`, module `vhci-hcd`), so that `ftdi_sio`, `cp210x` or
//! `ch341` bind to it and a real `/dev/ttyUSB0` appears.  Behind it is the line that the `sim:` text describes, in real
//! time, heard under the settings that the driver asks for.  Once UNPLUG-FILE exists the adapter is pulled out.
//!
//! `scripts/real-driver.sh` runs it in an emulated machine; it needs root and no hardware.

mod chips;
mod usbip;

use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;
use wwctl::simulate::line::SimSpec;

const VHCI: &str = "/sys/devices/platform/vhci_hcd.0";

/// What a full-speed device is called there.
const FULL_SPEED: u32 = 2;

/// Bus 1, device 2: any number that is not in use.
const DEVICE: u32 = 0x0001_0002;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(chip), Some(line)) = (arguments.first(), arguments.get(1)) else {
        return Err("usage: usb-adapter ftdi|cp210x|ch341 sim:… [UNPLUG-FILE]".into());
    };
    let chip = chips::by_name(chip).ok_or_else(|| format!("no such adapter: {chip}"))?;
    let mut spec = SimSpec::parse(line)?;
    // The device passes on exactly what is on the line; what the chip and the driver make of it is the point.
    spec.line.chip = wwctl::line::chip::Chip::Ideal;
    spec.line.hop = Duration::ZERO;
    spec.line.realtime = false;

    let (ours, kernels) = UnixStream::pair()?;
    let attach = format!("0 {} {DEVICE} {FULL_SPEED}", kernels.as_raw_fd());
    std::fs::write(Path::new(VHCI).join("attach"), attach)?;
    drop(kernels);
    if let Some(unplug) = arguments.get(2).cloned() {
        std::thread::spawn(move || {
            while !Path::new(&unplug).exists() {
                std::thread::sleep(Duration::from_millis(20));
            }
            println!("usb-adapter: pulled out");
            std::process::exit(i32::from(std::fs::write(Path::new(VHCI).join("detach"), "0").is_err()));
        });
    }
    usbip::serve(ours, chip, spec.open())?;
    Ok(())
}
