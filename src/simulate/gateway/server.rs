//! One thread that serves any number of gateways: an event loop over mio, without a thread for each.

use super::api::{self, Deed};
use super::fault::{Fault, spend};
use super::http::{Parsed, Request, Response, parse};
use super::{Entry, Shared};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const WAKE: Token = Token(usize::MAX);

/// How long a rebooting gateway refuses connections: a device needs 30 to 60 s, a test has less patience.
const AWAY: Duration = Duration::from_secs(2);

pub(super) struct Server {
    poll: Poll,
    listeners: Vec<TcpListener>,
    gateways: Vec<Arc<Shared>>,
    connections: HashMap<Token, Connection>,
    next_token: usize,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    /// The connection that gets events, for each gateway that has one.
    live: HashMap<usize, Token>,
    away_until: HashMap<usize, Instant>,
    stop: Arc<AtomicBool>,
}

struct Connection {
    stream: TcpStream,
    gateway: usize,
    input: Vec<u8>,
    output: Vec<u8>,
    /// An answer that waits for its time, and what follows it.
    pending: Option<(Instant, Vec<u8>, After)>,
    after: After,
    /// Due time of the next event, and its number.
    event: Option<Instant>,
    continued: bool,
    gone: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Keep,
    Close,
}

impl Server {
    /// Takes over bound listeners; gives a waker that ends the loop when `stop` is true.
    pub fn new(
        listeners: Vec<std::net::TcpListener>,
        gateways: Vec<Arc<Shared>>,
        stop: Arc<AtomicBool>,
    ) -> io::Result<(Server, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let mut ours = Vec::with_capacity(listeners.len());
        for (index, listener) in listeners.into_iter().enumerate() {
            listener.set_nonblocking(true)?;
            let mut listener = TcpListener::from_std(listener);
            poll.registry().register(&mut listener, Token(index), Interest::READABLE)?;
            ours.push(listener);
        }
        let next_token = ours.len();
        let server = Server {
            poll,
            listeners: ours,
            gateways,
            connections: HashMap::new(),
            next_token,
            timers: BinaryHeap::new(),
            live: HashMap::new(),
            away_until: HashMap::new(),
            stop,
        };
        Ok((server, waker))
    }

    /// Serves until told to stop.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(256);
        while !self.stop.load(Ordering::SeqCst) {
            let now = Instant::now();
            let wait = self.timers.peek().map(|Reverse((due, _))| due.saturating_duration_since(now));
            // Interrupted by a signal, or out of memory: the next round shows.
            if self.poll.poll(&mut events, wait).is_err() {
                continue;
            }
            let ready: Vec<Token> = events.iter().map(|e| e.token()).collect();
            for token in ready {
                if token == WAKE {
                    continue;
                }
                match token.0 < self.listeners.len() {
                    true => self.accept(token.0),
                    false => self.ready(token),
                }
            }
            let now = Instant::now();
            while let Some(Reverse((due, token))) = self.timers.peek().copied() {
                if due > now {
                    break;
                }
                self.timers.pop();
                self.due(Token(token), now);
            }
        }
    }

    fn accept(&mut self, index: usize) {
        while let Some(Ok((mut stream, _))) = self.listeners.get(index).map(TcpListener::accept) {
            if self.away_until.get(&index).is_some_and(|until| *until > Instant::now()) {
                continue;
            }
            let _ = stream.set_nodelay(true);
            let token = Token(self.next_token);
            self.next_token += 1;
            let interest = Interest::READABLE | Interest::WRITABLE;
            if self.poll.registry().register(&mut stream, token, interest).is_err() {
                continue;
            }
            let connection = Connection {
                stream,
                gateway: index,
                input: Vec::new(),
                output: Vec::new(),
                pending: None,
                after: After::Keep,
                event: None,
                continued: false,
                gone: false,
            };
            self.connections.insert(token, connection);
        }
    }

    fn ready(&mut self, token: Token) {
        // Taken out while it is worked on, so that one connection can close another.
        let Some(mut connection) = self.connections.remove(&token) else { return };
        connection.receive();
        self.advance(token, connection);
    }

    fn due(&mut self, token: Token, now: Instant) {
        let Some(mut connection) = self.connections.remove(&token) else { return };
        if let Some((_, bytes, after)) = connection.pending.take_if(|(at, ..)| *at <= now) {
            connection.output.extend_from_slice(&bytes);
            connection.after = after;
        }
        if connection.event.is_some_and(|at| at <= now)
            && let Some(gateway) = self.gateways.get(connection.gateway)
        {
            let inner = gateway.lock();
            let data = api::report(&inner.device, now).to_string();
            let event = format!("event: live\r\ndata: {data}\r\n\r\n");
            connection.output.extend_from_slice(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
            let next = now + inner.live_interval;
            connection.event = Some(next);
            self.timers.push(Reverse((next, token.0)));
        }
        self.advance(token, connection);
    }

    /// Answers what can be answered, sends what can be sent, and keeps or closes the connection.
    fn advance(&mut self, token: Token, mut connection: Connection) {
        loop {
            connection.send();
            if connection.gone || (connection.after == After::Close && connection.output.is_empty()) {
                self.close(token, connection);
                return;
            }
            let busy = connection.pending.is_some() || connection.event.is_some();
            if busy || connection.after == After::Close || !connection.output.is_empty() {
                break;
            }
            match parse(&connection.input) {
                Parsed::More { expects } => {
                    if !expects || connection.continued {
                        break;
                    }
                    connection.continued = true;
                    connection.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
                }
                Parsed::Bad(status) => {
                    let refusal = Response { close: true, ..Response::error(status, "bad request") };
                    connection.output = refusal.bytes(false);
                    connection.after = After::Close;
                }
                Parsed::Request(request, used) => {
                    connection.input.drain(..used.min(connection.input.len()));
                    connection.continued = false;
                    self.serve(token, &mut connection, &request);
                }
            }
        }
        self.connections.insert(token, connection);
    }

    fn serve(&mut self, token: Token, connection: &mut Connection, request: &Request) {
        let now = Instant::now();
        let Some(gateway) = self.gateways.get(connection.gateway).map(Arc::clone) else { return };
        let mut inner = gateway.lock();
        let inner = &mut *inner;
        let settings = request.path() == "/api/v1/meter/settings";
        if settings && spend!(inner.faults, DropBefore) {
            inner.record(Entry::of(request, 0));
            connection.gone = true;
            return;
        }
        let headers: Vec<&[u8]> = request.all("authorization").collect();
        let verdict = inner.referee.judge(&headers, &request.method, &request.target, &request.body, now);
        let foreign = request.header("origin").is_some_and(|origin| {
            let host = request.header("host").unwrap_or_default();
            origin.strip_prefix(b"http://").unwrap_or(origin) != host
        });
        let deed = if foreign {
            // The device answers browsers of other sites as if there were nothing.
            Deed::Answer(Response::error(404, "not found"))
        } else if verdict.ok {
            api::answer(&mut inner.device, &mut inner.faults, request, now)
        } else {
            let mut refusal = Response::error(401, "unauthorized");
            if !inner.faults.has(&Fault::NoChallenge) {
                let lines = inner.referee.challenges(verdict.stale, now);
                refusal.headers.extend(lines.into_iter().map(|line| ("WWW-Authenticate", line)));
            }
            Deed::Answer(refusal)
        };
        let delay = inner.latency + inner.faults.slow();
        let mut entry = Entry::of(request, 0);
        (entry.scheme, entry.qop, entry.nc) = (verdict.scheme, verdict.qop, verdict.nc);
        (entry.stale, entry.violations) = (verdict.stale, verdict.violations);
        let mut response = match deed {
            Deed::Drop => {
                inner.record(entry);
                connection.gone = true;
                return;
            }
            Deed::Answer(response) => response,
            Deed::Live => {
                entry.status = 200;
                inner.record(entry);
                self.open_stream(token, connection, now);
                return;
            }
            Deed::Reboot => {
                inner.referee.forget();
                inner.device.started = now + AWAY;
                self.away_until.insert(connection.gateway, now + AWAY);
                Response { close: true, ..Response::empty(204) }
            }
        };
        entry.status = response.status;
        inner.record(entry);
        response.headers.extend(verdict.info.map(|info| ("Authentication-Info", info)));
        response.close |= request.close || inner.close;
        let bytes = response.bytes(request.method == "HEAD");
        let after = if response.close { After::Close } else { After::Keep };
        if delay.is_zero() {
            connection.output.extend_from_slice(&bytes);
            connection.after = after;
        } else {
            let due = now + delay;
            connection.pending = Some((due, bytes, after));
            self.timers.push(Reverse((due, token.0)));
        }
    }

    /// The gateway serves one listener at a time: the newest.
    fn open_stream(&mut self, token: Token, connection: &mut Connection, now: Instant) {
        if let Some(old) = self.live.insert(connection.gateway, token)
            && let Some(old) = self.connections.remove(&old)
        {
            drop(old);
        }
        connection.output.extend_from_slice(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
              Transfer-Encoding: chunked\r\n\r\n",
        );
        connection.event = Some(now);
        self.timers.push(Reverse((now, token.0)));
    }

    fn close(&mut self, token: Token, connection: Connection) {
        if self.live.get(&connection.gateway) == Some(&token) {
            self.live.remove(&connection.gateway);
        }
        // Dropping the stream closes it and takes it off the poll.
    }
}

impl Connection {
    fn receive(&mut self) {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    self.gone = true;
                    return;
                }
                Ok(n) => self.input.extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.gone = true;
                    return;
                }
            }
        }
    }

    fn send(&mut self) {
        while !self.output.is_empty() && !self.gone {
            match self.stream.write(&self.output) {
                Ok(n) => drop(self.output.drain(..n.min(self.output.len()))),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.gone = true,
            }
        }
    }
}
