use crate::error::{Error, Kind, Result};
use crate::line::sim::SimAdapter;
use crate::line::{Adapter, Heard};
#[cfg(target_os = "linux")]
use crate::line::{DataBits, LineSettings, Parity, StopBits, pty::Pty};
use crate::simulate::line::{PARAMETERS, SimSpec};
use crate::ui::{Ui, answer, interrupt};
use clap::Args as ClapArgs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// A simulated meter, on a pseudo-terminal or a TCP port
///
/// Prints `listening PORT` and speaks in real time until Ctrl-C.  On the pseudo-terminal (Linux) the line is simulated bit by
/// bit: whoever opens it hears what an adapter would at the baud rate that was set, always with 8N1, as a
/// pseudo-terminal has neither parity nor error marks.  On TCP the meter's bytes come as they are.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = parameters())]
pub struct Args {
    /// The meter and its line, such as sim:hdlc?baudrate=2400&parity=even
    spec: String,
    /// Serve on this TCP address, such as 127.0.0.1:4001, in place of a pseudo-terminal
    #[arg(long, value_name = "ADDRESS")]
    tcp: Option<SocketAddr>,
    /// Serve on a pseudo-terminal (the default)
    #[arg(long, conflicts_with = "tcp")]
    pty: bool,
}

fn parameters() -> String {
    let mut text = "Parameters of sim: (sim:PROTOCOL?NAME=VALUE&NAME=VALUE):\n".to_owned();
    for parameter in PARAMETERS {
        text.push_str(&format!("  {:<10} {}: {}\n", parameter.name, parameter.takes, parameter.meaning));
    }
    text
}

/// How long the simulation goes on before it looks around.
const STEP: Duration = Duration::from_millis(10);

/// Speaks until it is stopped.
pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    if args.spec.contains(':') && !args.spec.starts_with("sim:") {
        return Err(Error::new(Kind::Usage, format!("\"{}\" names no simulated meter", args.spec))
            .hint("sim:dsmr, sim:hdlc?baudrate=2400&parity=even, …"));
    }
    let mut spec = SimSpec::parse(&args.spec)?;
    spec.line.realtime = true;
    match args.tcp {
        Some(address) => serve_tcp(&spec, address, ui),
        None => serve_pty(&spec, ui),
    }
}

fn announce(port: &str, ui: &Ui) {
    if ui.json {
        answer(&format!("{}\n", serde_json::json!({"schema": "wwctl.simulated.v1", "port": port})));
    } else {
        answer(&format!("listening {port}\n"));
    }
}

#[cfg(not(target_os = "linux"))]
fn serve_pty(_: &SimSpec, _: &Ui) -> Result<ExitCode> {
    Err(Error::new(Kind::Usage, "a meter on a pseudo-terminal needs Linux").hint("--tcp 127.0.0.1:4001"))
}

#[cfg(target_os = "linux")]
fn serve_pty(spec: &SimSpec, ui: &Ui) -> Result<ExitCode> {
    let mut pty = Pty::open()?;
    let mut adapter = spec.open();
    let mut rate = None;
    announce(&pty.path(), ui);
    let _stop = interrupt::cooperate();
    while !interrupt::interrupted() {
        let now = pty.baudrate();
        if let Some(baudrate) = now.filter(|_| now != rate) {
            rate = now;
            adapter.configure(&LineSettings {
                baudrate,
                data_bits: DataBits::Eight,
                parity: Parity::None,
                stop_bits: StopBits::One,
            })?;
        }
        let bytes = step(&mut adapter)?;
        pty.send(&bytes)?;
        let asked = pty.receive()?;
        if !asked.is_empty() {
            adapter.write(&asked)?;
        }
    }
    Err(Error::new(Kind::Interrupted, "interrupted"))
}

fn step(adapter: &mut SimAdapter) -> Result<Vec<u8>> {
    let mut heard: Vec<Heard> = Vec::new();
    adapter.read(&mut heard, STEP)?;
    Ok(heard.into_iter().map(|h| h.byte).collect())
}

fn serve_tcp(spec: &SimSpec, address: SocketAddr, ui: &Ui) -> Result<ExitCode> {
    let listener = TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|e| Error::new(Kind::Port, format!("{address} cannot be listened on: {e}")))?;
    let bound = listener.local_addr().unwrap_or(address);
    let mut adapter = spec.open();
    adapter.configure(&spec.line.line)?;
    announce(&format!("tcp://{bound}"), ui);
    let mut clients: Vec<TcpStream> = Vec::new();
    let _stop = interrupt::cooperate();
    while !interrupt::interrupted() {
        while let Ok((client, from)) = listener.accept() {
            ui.verbose(&format!("{from} listens"));
            if client.set_nonblocking(true).is_ok() {
                clients.push(client);
            }
        }
        let bytes = step(&mut adapter)?;
        let mut asked = Vec::new();
        clients.retain_mut(|client| {
            // A client that does not keep up, or has gone, is let go.
            client.write_all(&bytes).is_ok() && listens(client, &mut asked)
        });
        if !asked.is_empty() {
            adapter.write(&asked)?;
        }
    }
    Err(Error::new(Kind::Interrupted, "interrupted"))
}

/// Takes what a client says; false when it has gone.
fn listens(client: &mut TcpStream, asked: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 512];
    match client.read(&mut buffer) {
        Ok(0) => false,
        Ok(count) => {
            asked.extend_from_slice(buffer.get(..count).unwrap_or_default());
            true
        }
        Err(e) => matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
    }
}
