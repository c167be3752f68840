//! PORT on the command line: what it may say, and the adapter behind it.

use crate::error::{Error, Kind, Result};
use crate::line::Adapter;
use crate::line::native::NativePort;
use crate::line::ports::{self, Port};
use crate::line::replay::ReplayAdapter;
use crate::line::rfc2217::Rfc2217Adapter;
use crate::line::tcp::TcpAdapter;
use crate::simulate::line::SimSpec;

/// The port to use: the one that was named, or the only USB serial port.
pub(super) fn choose(port: Option<&str>) -> Result<String> {
    if let Some(port) = port {
        return Ok(port.to_owned());
    }
    let usb: Vec<Port> = ports::list()?.into_iter().filter(|port| port.usb.is_some()).collect();
    match usb.as_slice() {
        [only] => Ok(only.name.clone()),
        [] => Err(Error::new(Kind::Port, "there is no USB serial port").hint(
            "plug in the adapter, or name a port: /dev/tty…, COM3, rfc2217://HOST:PORT, tcp://HOST:PORT, \
             file:CAPTURE, or sim:dsmr to try it without hardware",
        )),
        several => {
            let list: Vec<String> =
                several.iter().map(|p| format!("{} ({})", p.name, p.describe())).collect();
            Err(Error::new(Kind::Usage, "there are several USB serial ports; say which")
                .hint(list.join(", ")))
        }
    }
}

/// Opens what a PORT text names.
///
/// Missing, denied and busy ports are errors of kind [`Kind::Port`], with the remedy.
pub(super) fn open(port: &str) -> Result<Box<dyn Adapter>> {
    match port.split_once(':') {
        Some(("sim", _)) => Ok(Box::new(SimSpec::parse(port)?.open())),
        Some(("file", path)) => Ok(Box::new(ReplayAdapter::open(path)?)),
        Some(("tcp", address)) if address.starts_with("//") => Ok(Box::new(TcpAdapter::open(port)?)),
        Some(("rfc2217", address)) if address.starts_with("//") => Ok(Box::new(Rfc2217Adapter::open(port)?)),
        _ => Ok(Box::new(NativePort::open(port)?)),
    }
}
