//! USB/IP as the kernel's virtual host speaks it on a connected socket (Documentation/usb/usbip_protocol.rst): requests of
//! 48 bytes, big endian, `CMD_SUBMIT` and `CMD_UNLINK`.

use crate::chips::{Chip, Request};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wwctl::line::Adapter;
use wwctl::line::sim::SimAdapter;

const SUBMIT: u32 = 1;
const UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;

/// `-EPIPE`: the device does not know the request.
const STALL: i32 = -32;

/// `-ECONNRESET`: the request was taken back.
const TAKEN_BACK: i32 = -104;

struct Device {
    socket: UnixStream,
    chip: Box<dyn Chip>,
    line: SimAdapter,
    /// Requests of the host for received data that wait for some.
    waiting: VecDeque<u32>,
    packets: VecDeque<Vec<u8>>,
}

impl Device {
    fn reply(
        &mut self,
        command: u32,
        sequence: u32,
        status: i32,
        length: u32,
        data: &[u8],
    ) -> io::Result<()> {
        let mut header = [0u8; 48];
        for (at, word) in
            [(0, command), (4, sequence), (20, status as u32), (24, length), (32, u32::MAX)].into_iter()
        {
            header[at..at + 4].copy_from_slice(&word.to_be_bytes());
        }
        self.socket.write_all(&header)?;
        self.socket.write_all(data)
    }

    /// Lets the line run until `now` and hands over what the chip sends of it.
    fn run(&mut self, now: Duration) -> io::Result<()> {
        let mut heard = Vec::new();
        while self.line.now() < now {
            let left = now - self.line.now();
            if self.line.read(&mut heard, left).map_err(io::Error::other)? == 0 {
                break;
            }
        }
        self.chip.take(&heard, now, &mut self.packets);
        while !self.packets.is_empty() && !self.waiting.is_empty() {
            let (packet, sequence) = (self.packets.pop_front(), self.waiting.pop_front());
            let packet = packet.unwrap_or_default();
            self.reply(RET_SUBMIT, sequence.unwrap_or_default(), 0, packet.len() as u32, &packet)?;
        }
        Ok(())
    }
}

/// Serves the kernel until it lets go of the device.
pub fn serve(socket: UnixStream, chip: Box<dyn Chip>, line: SimAdapter) -> io::Result<()> {
    let mut requests = socket.try_clone()?;
    let waiting = VecDeque::new();
    let device = Arc::new(Mutex::new(Device { socket, chip, line, waiting, packets: VecDeque::new() }));
    let started = Instant::now();
    let clock = Arc::clone(&device);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(1));
            if lock(&clock).run(started.elapsed()).is_err() {
                return;
            }
        }
    });
    let mut header = [0u8; 48];
    loop {
        match requests.read_exact(&mut header) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(e) => return Err(e),
        }
        let word =
            |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (command, sequence, inward, endpoint) = (word(0), word(4), word(12) == 1, word(16));
        match command {
            UNLINK => {
                let other = word(20);
                let mut device = lock(&device);
                let before = device.waiting.len();
                device.waiting.retain(|s| *s != other);
                let status = if device.waiting.len() < before { TAKEN_BACK } else { 0 };
                device.reply(RET_UNLINK, sequence, status, 0, &[])?;
            }
            SUBMIT => {
                let length = word(24) as usize;
                let mut data = vec![0; if inward { 0 } else { length }];
                requests.read_exact(&mut data)?;
                let mut device = lock(&device);
                // The line must be where real time is before anything changes on it.
                device.run(started.elapsed())?;
                if endpoint == 0 {
                    let request = Request::new(&header[40..48], data);
                    let device = &mut *device;
                    match device.chip.control(&request, &mut device.line) {
                        Some(mut answer) => {
                            answer.truncate(length);
                            let done = if inward { answer.len() } else { length };
                            device.reply(
                                RET_SUBMIT,
                                sequence,
                                0,
                                done as u32,
                                if inward { &answer } else { &[] },
                            )?;
                        }
                        None => device.reply(RET_SUBMIT, sequence, STALL, 0, &[])?,
                    }
                } else if inward && endpoint == device.chip.data_endpoint() {
                    device.waiting.push_back(sequence);
                } else if inward {
                    // The interrupt endpoint has nothing to say: its request waits for ever, as on a real device.
                } else {
                    let _ = device.line.write(&data);
                    device.reply(RET_SUBMIT, sequence, 0, length as u32, &[])?;
                }
            }
            other => return Err(io::Error::other(format!("unknown USB/IP command {other}"))),
        }
    }
}

fn lock(device: &Mutex<Device>) -> MutexGuard<'_, Device> {
    device.lock().unwrap_or_else(PoisonError::into_inner)
}
