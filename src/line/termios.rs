//! What a Unix terminal can do and the `serialport` crate does not offer: marking of characters received in error,
//! error counters, low latency, access rights.  The only file with `unsafe`.
//!
//! Each call hands the kernel a file descriptor that is open for the length of the call, and a structure of
//! the size that the request has; all of them are plain data, for which all-zero is a value.
#![allow(unsafe_code)]

use super::LineSettings;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An error for a negative answer.
fn check(answer: libc::c_int) -> io::Result<()> {
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// True when this process may read and write the file.
pub fn may_use(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: the string is terminated, and lives during the call.
    unsafe { libc::access(path.as_ptr(), libc::R_OK | libc::W_OK) == 0 }
}

/// Input flags that would change, swallow or answer characters.
const MEDDLING: libc::tcflag_t = libc::IGNPAR
    | libc::IGNBRK
    | libc::BRKINT
    | libc::ISTRIP
    | libc::INLCR
    | libc::IGNCR
    | libc::ICRNL
    | libc::IXON
    | libc::IXOFF
    | libc::IXANY;

/// Input flags that make the terminal check characters, and mark those in error.
const MARKING: libc::tcflag_t = libc::INPCK | libc::PARMRK;

#[cfg(all(target_os = "linux", not(any(target_arch = "powerpc", target_arch = "powerpc64"))))]
mod linux {
    use super::{LineSettings, MARKING, MEDDLING, check};
    use crate::line::{DataBits, Parity, StopBits};
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd};

    fn get(fd: BorrowedFd<'_>) -> io::Result<libc::termios2> {
        // SAFETY: plain integers; see the module's text.
        let mut termios: libc::termios2 = unsafe { std::mem::zeroed() };
        // SAFETY: TCGETS2 fills a termios2.
        check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TCGETS2, &raw mut termios) })?;
        Ok(termios)
    }

    /// The baud rate that a terminal is set to; on a pseudo-terminal's master, the one of its slave.
    pub fn baudrate(fd: BorrowedFd<'_>) -> io::Result<u32> {
        Ok(get(fd)?.c_ospeed)
    }

    /// Sets baud rate, format and marking in one request: each request is a handful of USB transfers, during
    /// which the line goes on.  Returns the baud rate that the driver took.
    pub fn set_line(fd: BorrowedFd<'_>, settings: &LineSettings) -> io::Result<u32> {
        let mut termios = get(fd)?;
        let size = match settings.data_bits {
            DataBits::Seven => libc::CS7,
            DataBits::Eight => libc::CS8,
        };
        let parity = match settings.parity {
            Parity::None => 0,
            Parity::Even => libc::PARENB,
            Parity::Odd => libc::PARENB | libc::PARODD,
        };
        let stop = if settings.stop_bits == StopBits::One { 0 } else { libc::CSTOPB };
        let format = libc::CSIZE | libc::PARENB | libc::PARODD | libc::CMSPAR | libc::CSTOPB | libc::CRTSCTS;
        termios.c_cflag &= !(format | libc::CBAUD | libc::CIBAUD);
        termios.c_cflag |= size | parity | stop | libc::BOTHER | libc::CREAD | libc::CLOCAL;
        termios.c_ispeed = settings.baudrate;
        termios.c_ospeed = settings.baudrate;
        termios.c_iflag &= !MEDDLING;
        termios.c_iflag |= MARKING;
        // SAFETY: TCSETS2 reads a termios2.
        check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TCSETS2, &raw const termios) })?;
        Ok(get(fd)?.c_ospeed)
    }
}

#[cfg(all(target_os = "linux", not(any(target_arch = "powerpc", target_arch = "powerpc64"))))]
pub use linux::{baudrate, set_line};

/// The baud rate that a terminal is set to: here it is not told.
#[cfg(all(target_os = "linux", any(target_arch = "powerpc", target_arch = "powerpc64")))]
pub fn baudrate(_: BorrowedFd<'_>) -> io::Result<u32> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Switches marking on.  For systems without [`set_line`]: after each setter of `serialport`, which rewrites
/// these flags; the baud rate is to be set after it, as macOS forgets an unusual one here.
#[cfg(not(all(target_os = "linux", not(any(target_arch = "powerpc", target_arch = "powerpc64")))))]
pub fn mark_errors(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: plain integers; see the module's text.
    let mut termios: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: tcgetattr fills a termios.
    check(unsafe { libc::tcgetattr(fd.as_raw_fd(), &raw mut termios) })?;
    termios.c_iflag &= !MEDDLING;
    termios.c_iflag |= MARKING;
    #[cfg(target_os = "macos")]
    {
        // What IOSSIOSPEED has set is no value that tcsetattr takes.
        termios.c_ispeed = libc::B9600;
        termios.c_ospeed = libc::B9600;
    }
    // SAFETY: tcsetattr reads a termios.
    check(unsafe { libc::tcsetattr(fd.as_raw_fd(), libc::TCSANOW, &raw const termios) })
}

/// `struct serial_icounter_struct` of `linux/serial.h`.
#[cfg(target_os = "linux")]
#[repr(C)]
struct InterruptCounters {
    cts: libc::c_int,
    dsr: libc::c_int,
    rng: libc::c_int,
    dcd: libc::c_int,
    rx: libc::c_int,
    tx: libc::c_int,
    frame: libc::c_int,
    overrun: libc::c_int,
    parity: libc::c_int,
    brk: libc::c_int,
    buf_overrun: libc::c_int,
    reserved: [libc::c_int; 9],
}

/// The driver's counters since it was bound; an error where it has none.
#[cfg(target_os = "linux")]
pub fn counters(port: &impl AsRawFd) -> io::Result<super::ErrorCounts> {
    // SAFETY: plain integers; see the module's text.
    let mut c: InterruptCounters = unsafe { std::mem::zeroed() };
    // SAFETY: TIOCGICOUNT fills a serial_icounter_struct.
    check(unsafe { libc::ioctl(port.as_raw_fd(), libc::TIOCGICOUNT, &raw mut c) })?;
    let count = |n: libc::c_int| u64::from(n.cast_unsigned());
    Ok(super::ErrorCounts {
        received: count(c.rx),
        framing: count(c.frame),
        parity: count(c.parity),
        breaks: count(c.brk),
        overruns: count(c.overrun) + count(c.buf_overrun),
    })
}

/// `struct serial_struct` of `linux/serial.h`.
#[cfg(target_os = "linux")]
#[repr(C)]
struct SerialStruct {
    kind: libc::c_int,
    line: libc::c_int,
    port: libc::c_uint,
    irq: libc::c_int,
    flags: libc::c_int,
    xmit_fifo_size: libc::c_int,
    custom_divisor: libc::c_int,
    baud_base: libc::c_int,
    close_delay: libc::c_ushort,
    io_type: libc::c_char,
    reserved_char: [libc::c_char; 1],
    hub6: libc::c_int,
    closing_wait: libc::c_ushort,
    closing_wait2: libc::c_ushort,
    iomem_base: *mut libc::c_uchar,
    iomem_reg_shift: libc::c_ushort,
    port_high: libc::c_uint,
    iomap_base: libc::c_ulong,
}

/// `ASYNC_LOW_LATENCY` of `linux/tty_flags.h`.
#[cfg(target_os = "linux")]
const ASYNC_LOW_LATENCY: libc::c_int = 1 << 13;

/// Asks the driver to hand characters over at once; ftdi_sio then sets its latency timer to 1 ms, also for
/// users who may not write to sysfs.  An error where the driver does not know it.
#[cfg(target_os = "linux")]
pub fn low_latency(port: &impl AsRawFd) -> io::Result<()> {
    // SAFETY: plain integers and a pointer that nobody follows; see the module's text.
    let mut serial: SerialStruct = unsafe { std::mem::zeroed() };
    // SAFETY: TIOCGSERIAL fills a serial_struct.
    check(unsafe { libc::ioctl(port.as_raw_fd(), libc::TIOCGSERIAL, &raw mut serial) })?;
    if serial.flags & ASYNC_LOW_LATENCY != 0 {
        return Ok(());
    }
    serial.flags |= ASYNC_LOW_LATENCY;
    // SAFETY: TIOCSSERIAL reads a serial_struct.
    check(unsafe { libc::ioctl(port.as_raw_fd(), libc::TIOCSSERIAL, &raw const serial) })
}

/// The descriptor of a port.
pub fn descriptor<P: AsRawFd>(port: &P) -> BorrowedFd<'_> {
    // SAFETY: the port owns its descriptor and closes it only when dropped, and the borrow keeps it.
    unsafe { BorrowedFd::borrow_raw(port.as_raw_fd()) }
}
