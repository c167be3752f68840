//! The serial ports of this machine, and what hinders access to them.

use super::Flags;
use super::drivers::{self, Driver};
use crate::error::Result;
#[cfg(not(target_os = "linux"))]
use crate::error::{Error, Kind};
use std::path::Path;

/// A serial port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// What to call it on the command line: `/dev/ttyUSB0`, `COM3`.
    pub name: String,
    /// The USB device behind it.
    pub usb: Option<Usb>,
    /// The driver's name, where the system tells.
    pub driver: Option<String>,
    /// Whether it can be opened.
    pub access: Access,
}

/// A USB device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usb {
    /// Vendor id.
    pub vendor: u16,
    /// Product id.
    pub product: u16,
    /// The vendor as the device names it.
    pub manufacturer: Option<String>,
    /// The product as the device names it.
    pub name: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
}

/// Whether a port can be opened by this user, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// As far as can be told without opening it.
    Granted,
    /// This user may not.
    Denied {
        /// The group that may, if there is one that a user can be in.
        group: Option<String>,
    },
    /// Another process has it open: its name and id.
    Busy {
        /// Name of the process.
        process: String,
        /// Its id.
        id: u32,
    },
    /// The system does not tell.
    Unknown,
}

impl Port {
    /// The chip, if its USB id is a known one.
    pub fn chip(&self) -> Option<&'static str> {
        self.usb.as_ref().and_then(|usb| drivers::chip(usb.vendor, usb.product))
    }

    /// What is known of its driver.
    pub fn known_driver(&self) -> Option<&'static Driver> {
        self.driver.as_deref().and_then(Driver::find)
    }

    /// How it reports errors.
    pub fn flags(&self) -> Flags {
        self.known_driver().map_or(Flags::None, |d| d.flags)
    }

    /// Driver and chip, for people: `ftdi_sio (FT232R)`.
    pub fn describe(&self) -> String {
        match (self.driver.as_deref(), self.chip()) {
            (Some(driver), Some(chip)) => format!("{driver} ({chip})"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "serial port".to_owned(),
        }
    }
}

impl Access {
    /// What the user can do about it.
    pub fn remedy(&self, port: &str) -> Option<String> {
        match self {
            Access::Granted | Access::Unknown => None,
            Access::Denied { group: Some(group) } => Some(format!(
                "members of group {group} may use it: `sudo usermod -aG {group} $USER`, then log in again"
            )),
            Access::Denied { group: None } => Some(format!(
                "a udev rule grants access: put `SUBSYSTEM==\"tty\", KERNEL==\"{}\", TAG+=\"uaccess\"` into \
                 /etc/udev/rules.d/70-serial.rules and plug the adapter in again",
                Path::new(port).file_name().unwrap_or_default().to_string_lossy()
            )),
            Access::Busy { process, id } => Some(format!("end {process} (process {id}), which has it open")),
        }
    }
}

/// All serial ports, USB ones first.
///
/// # Errors
/// Of kind [`Kind::Port`](crate::Kind::Port) when the system does not list them.
#[cfg(target_os = "linux")]
pub fn list() -> Result<Vec<Port>> {
    Ok(linux::list(Path::new("/sys"), Path::new("/dev")))
}

/// The port of that name, with all that is known of it; symbolic links such as those of
/// `/dev/serial/by-id` are followed.
#[cfg(target_os = "linux")]
pub fn find(name: &str) -> Option<Port> {
    let path = std::fs::canonicalize(name).ok()?;
    let tty = path.file_name()?.to_str()?;
    let mut port = linux::port(Path::new("/sys/class/tty"), path.parent()?, tty)?;
    name.clone_into(&mut port.name);
    Some(port)
}

/// All serial ports, USB ones first.
///
/// # Errors
/// Of kind [`Kind::Port`] when the system does not list them.
#[cfg(not(target_os = "linux"))]
pub fn list() -> Result<Vec<Port>> {
    let found = serialport::available_ports()
        .map_err(|e| Error::new(Kind::Port, format!("the serial ports cannot be listed: {e}")))?;
    let mut ports: Vec<Port> = found
        .into_iter()
        // macOS lists each port twice; opening the tty one waits for a carrier.
        .filter(|port| !port.port_name.starts_with("/dev/tty."))
        .map(|port| Port {
            usb: match port.port_type {
                serialport::SerialPortType::UsbPort(usb) => Some(Usb {
                    vendor: usb.vid,
                    product: usb.pid,
                    manufacturer: usb.manufacturer,
                    name: usb.product,
                    serial: usb.serial_number,
                }),
                _ => None,
            },
            driver: None,
            access: Access::Unknown,
            name: port.port_name,
        })
        .collect();
    ports.sort_by_key(|port| (port.usb.is_none(), port.name.clone()));
    Ok(ports)
}

/// The port of that name, with all that is known of it.
#[cfg(not(target_os = "linux"))]
pub fn find(name: &str) -> Option<Port> {
    list().ok()?.into_iter().find(|port| port.name == name)
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Access, Port, Usb};
    use crate::line::termios;
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// The ports that sysfs at `sys` knows, with their files in `dev`.
    pub fn list(sys: &Path, dev: &Path) -> Vec<Port> {
        let class = sys.join("class/tty");
        let entries = fs::read_dir(&class).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut ports: Vec<Port> = names.filter_map(|name| port(&class, dev, &name)).collect();
        ports.sort_by_key(|port| (port.usb.is_none(), digits_last(&port.name)));
        ports
    }

    /// `ttyUSB10` behind `ttyUSB2`.
    fn digits_last(name: &str) -> (String, u64) {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = name.get(stem.len()..).and_then(|digits| digits.parse().ok());
        (stem.to_owned(), number.unwrap_or(0))
    }

    /// A terminal of class `class`, if hardware is behind it.
    pub fn port(class: &Path, dev: &Path, tty: &str) -> Option<Port> {
        let folder = class.join(tty);
        let driver = fs::read_link(folder.join("device/driver")).ok()?;
        let driver = driver.file_name()?.to_string_lossy().into_owned();
        // The 8250 driver keeps places for ports that are not there.
        if fs::read_to_string(folder.join("type")).is_ok_and(|kind| kind.trim() == "0") {
            return None;
        }
        let path = dev.join(tty);
        let name = path.to_string_lossy().into_owned();
        Some(Port { usb: usb(&folder), driver: Some(driver), access: access(&path), name })
    }

    /// The nearest ancestor device with a USB id.
    fn usb(folder: &Path) -> Option<Usb> {
        let mut device = fs::canonicalize(folder.join("device")).ok()?;
        for _ in 0..4 {
            let text = |name: &str| {
                let text = fs::read_to_string(device.join(name)).ok()?;
                let text = text.trim();
                (!text.is_empty()).then(|| text.to_owned())
            };
            if let (Some(vendor), Some(product)) = (text("idVendor"), text("idProduct")) {
                return Some(Usb {
                    vendor: u16::from_str_radix(&vendor, 16).ok()?,
                    product: u16::from_str_radix(&product, 16).ok()?,
                    manufacturer: text("manufacturer"),
                    name: text("product"),
                    serial: text("serial"),
                });
            }
            device = device.parent()?.to_owned();
        }
        None
    }

    fn access(path: &Path) -> Access {
        let Ok(data) = fs::metadata(path) else { return Access::Unknown };
        if !termios::may_use(path) {
            let readable = data.mode() & 0o060 == 0o060 && data.gid() != 0;
            return Access::Denied { group: readable.then(|| group(data.gid())).flatten() };
        }
        match holder(path) {
            Some((process, id)) => Access::Busy { process, id },
            None => Access::Granted,
        }
    }

    /// Name of a group, from /etc/group: groups of devices are local ones.
    fn group(id: u32) -> Option<String> {
        let text = fs::read_to_string("/etc/group").ok()?;
        text.lines().find_map(|line| {
            let mut parts = line.split(':');
            let name = parts.next()?;
            (parts.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
        })
    }

    /// Another process that has the file open, as far as this user may see.
    pub fn holder(path: &Path) -> Option<(String, u32)> {
        let own = std::process::id();
        for entry in fs::read_dir("/proc").ok()?.flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            if id == own {
                continue;
            }
            let open = fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
            for file in open {
                if fs::read_link(file.path()).is_ok_and(|target| target == path) {
                    let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                    return Some((name.trim().to_owned(), id));
                }
            }
        }
        None
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::os::unix::fs::symlink;

        /// A sysfs as Linux 6.1 lays it out, with an FT232R, a CH343 as ACM, and 8250 places.
        fn machine() -> tempfile::TempDir {
            let root = tempfile::tempdir().unwrap();
            let sys = root.path().join("sys");
            let put = |path: &str, text: &str| {
                let path = sys.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            };
            let link = |target: &str, path: &str| {
                let (target, path) = (sys.join(target), sys.join(path));
                fs::create_dir_all(&target).unwrap();
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                symlink(target, path).unwrap();
            };
            put("devices/usb1/1-1/idVendor", "0403\n");
            put("devices/usb1/1-1/idProduct", "6001\n");
            put("devices/usb1/1-1/manufacturer", "FTDI\n");
            put("devices/usb1/1-1/product", "FT232R USB UART\n");
            put("devices/usb1/1-1/serial", "A50285BI\n");
            put("devices/usb1/1-2/idVendor", "1a86\n");
            put("devices/usb1/1-2/idProduct", "55d3\n");
            for name in ["ttyUSB10", "ttyUSB2"] {
                let device = format!("devices/usb1/1-1/1-1:1.0/{name}");
                link("bus/usb-serial/drivers/ftdi_sio", &format!("{device}/driver"));
                link(&device, &format!("class/tty/{name}/device"));
            }
            link("bus/usb/drivers/cdc_acm", "devices/usb1/1-2/1-2:1.0/driver");
            link("devices/usb1/1-2/1-2:1.0", "class/tty/ttyACM0/device");
            link("bus/platform/drivers/serial8250", "devices/platform/serial8250/driver");
            for (name, kind) in [("ttyS0", "4\n"), ("ttyS1", "0\n")] {
                link("devices/platform/serial8250", &format!("class/tty/{name}/device"));
                put(&format!("class/tty/{name}/type"), kind);
            }
            fs::create_dir_all(sys.join("class/tty/tty0")).unwrap();
            let dev = root.path().join("dev");
            fs::create_dir_all(&dev).unwrap();
            fs::write(dev.join("ttyUSB2"), "").unwrap();
            root
        }

        #[test]
        fn sysfs_is_understood() {
            let root = machine();
            let ports = list(&root.path().join("sys"), &root.path().join("dev"));
            let names: Vec<&str> = ports.iter().filter_map(|p| p.name.rsplit('/').next()).collect();
            assert_eq!(names, ["ttyACM0", "ttyUSB2", "ttyUSB10", "ttyS0"]);
            assert_eq!(ports[1].describe(), "ftdi_sio (FT232R)");
            assert_eq!(ports[1].flags(), crate::line::Flags::PerPacket);
            assert_eq!(ports[1].access, Access::Granted);
            let usb = ports[1].usb.clone().unwrap();
            assert_eq!((usb.vendor, usb.product), (0x0403, 0x6001));
            assert_eq!(usb.serial.as_deref(), Some("A50285BI"));
            assert_eq!(ports[0].describe(), "cdc_acm (CH343)");
            assert_eq!(ports[0].flags(), crate::line::Flags::None);
            assert_eq!((ports[3].usb.clone(), ports[3].flags()), (None, crate::line::Flags::PerCharacter));
            assert_eq!(ports[3].access, Access::Unknown);
        }

        #[test]
        fn the_holder_is_named() {
            let root = machine();
            let path = root.path().join("dev/ttyUSB2");
            assert_eq!(holder(&path), None);
            let file = fs::File::open(&path).unwrap();
            let mut child = std::process::Command::new("sleep")
                .arg("30")
                .stdin(file.try_clone().unwrap())
                .spawn()
                .unwrap();
            let held = holder(&path);
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(held.map(|(_, id)| id), Some(child.id()));
        }

        #[test]
        fn remedies_name_the_group() {
            let denied = Access::Denied { group: Some("dialout".to_owned()) };
            assert!(denied.remedy("/dev/ttyUSB0").unwrap().contains("usermod -aG dialout"));
            let denied = Access::Denied { group: None };
            assert!(denied.remedy("/dev/ttyUSB0").unwrap().contains("KERNEL==\"ttyUSB0\""));
            assert_eq!(Access::Granted.remedy("x"), None);
        }
    }
}
