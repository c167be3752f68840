//! The drawing of the first bytes, and the same as a table.

use super::markup::{Html, Px};
use super::wave::{Part, Received, Sent, Vouched, Wave};
use crate::line::{DataBits, Flag, Flags, Parity};

/// Width of the labels at the left, and of a row without them.
const LEFT: f64 = 64.0;
const WIDTH: f64 = 816.0;

/// Heights within a row.
const SENT: f64 = 12.0;
const BRACKET: f64 = 18.0;
const LETTERS: f64 = 34.0;
const TOP: f64 = 40.0;
const HIGH: f64 = 46.0;
const LOW: f64 = 74.0;
const BOTTOM: f64 = 80.0;
const RECEIVED: f64 = 87.0;
const RECEIVED_TEXT: f64 = 101.0;
const EXPECTED_TEXT: f64 = 114.0;
const ROW: f64 = 128.0;
/// What the track of what was sent takes of that.
const UNUSED: f64 = 38.0;

/// A row of the drawing: this much of the line.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: f64,
    to: f64,
    /// Where it begins: the first one is preceded by idle time.
    left: f64,
    y: f64,
    high: f64,
    /// Width of a bit.
    bit: f64,
}

impl Window {
    fn x(&self, at: f64) -> f64 {
        self.left + (at.clamp(self.from, self.to) - self.from) * self.bit
    }

    fn shows(&self, from: f64, to: f64) -> bool {
        from < self.to - 1e-6 && to > self.from + 1e-6
    }

    fn has(&self, at: f64) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// Cuts the line into rows of four characters, or of what fits, at the beginning of a character where possible.
fn windows(wave: &Wave) -> Vec<Window> {
    let starts: Vec<f64> = if wave.sent.is_empty() {
        wave.received.iter().map(|r| r.from - 1.0).collect()
    } else {
        wave.sent.iter().map(|s| s.from).collect()
    };
    let length = match (wave.sent.first(), wave.received.first()) {
        (Some(sent), _) => sent.to - sent.from,
        (None, Some(received)) => received.to - received.from + 2.0,
        (None, None) => return Vec::new(),
    };
    // Idle time between characters takes room too.
    let idle = wave.to - 1.0 - starts.first().map_or(0.0, |first| first + length * starts.len() as f64);
    let row = 4.0 * length + if idle > 0.5 { 5.0 } else { 1.0 };
    let bit = WIDTH / (row + 1.0);
    let mut out: Vec<Window> = Vec::new();
    let mut from = starts.first().map_or(0.0, |first| first - 1.0);
    while from < wave.to - 0.5 && out.len() < 40 {
        let first = out.is_empty();
        let most = from + row + if first { 1.0 } else { 0.0 };
        let to = if wave.to <= most + 0.1 {
            wave.to
        } else {
            let next = starts.iter().rev().find(|start| **start <= most - 0.9 && **start > from + 2.0);
            next.copied().unwrap_or(most)
        };
        // Without a track of what was sent there is less to draw.
        let high = if wave.sent.is_empty() { ROW - UNUSED } else { ROW };
        let left = LEFT + if first { 0.0 } else { bit };
        out.push(Window { from, to, left, y: high * out.len() as f64, high, bit });
        from = to;
    }
    out
}

/// Draws the wave.
pub(super) fn draw(wave: &Wave, html: &mut Html) {
    let windows = windows(wave);
    let height: f64 = windows.iter().map(|w| w.high).sum();
    let width = LEFT + WIDTH + 8.0;
    html.begin(
        "div",
        &[("class", &"scroll"), ("tabindex", &0), ("role", &"region"), ("aria-label", &"Waveform")],
    );
    html.begin(
        "svg",
        &[
            ("class", &"wave"),
            ("viewBox", &format_args!("0 0 {} {}", Px(width), Px(height))),
            ("role", &"img"),
            ("aria-labelledby", &"wave-title wave-desc"),
        ],
    );
    html.leaf("title", &[("id", &"wave-title")], "Levels of the line over the first characters");
    html.leaf("desc", &[("id", &"wave-desc")], description(wave));
    for window in &windows {
        row(wave, window, html);
    }
    html.end();
    html.end();
}

/// The drawing in words.
fn description(wave: &Wave) -> String {
    let wrong = wave.received.iter().filter(|r| !r.agrees(wave.flags)).count();
    let flagged = wave.received.iter().filter(|r| r.heard.flag != Flag::None).count();
    let mut text = format!(
        "{} characters received at {}, {flagged} with an error flag",
        wave.received.len(),
        wave.listening
    );
    if wave.vouched != Vouched::Unknown {
        let inverted = if wave.invert { ", inverted" } else { "" };
        text.push_str(&format!(
            "; {} characters sent at {}{inverted}; {wrong} received characters differ from what this line would give",
            wave.sent.len(),
            wave.line
        ));
    }
    text.push_str(". The table below has them one by one.");
    text
}

fn row(wave: &Wave, window: &Window, html: &mut Html) {
    html.begin("g", &[("transform", &format_args!("translate(0 {})", Px(window.y + window.high - ROW)))]);
    if !wave.sent.is_empty() {
        label("sent", SENT + 2.0, html);
    }
    label("line", (HIGH + LOW) / 2.0 + 4.0, html);
    label("received", RECEIVED_TEXT, html);
    for sent in wave.sent.iter().filter(|s| window.shows(s.from, s.to)) {
        draw_sent(sent, window, html);
    }
    trace(wave, window, html);
    for received in wave.received.iter().filter(|r| window.shows(r.from, r.to)) {
        draw_received(received, wave, window, html);
    }
    html.end();
}

fn label(text: &str, y: f64, html: &mut Html) {
    html.leaf("text", &[("class", &"lab"), ("x", &0), ("y", &Px(y))], text);
}

/// A bracket over or under a character: open where the row ends before it does.
fn bracket(from: f64, to: f64, y: f64, tick: f64, class: &str, window: &Window, html: &mut Html) {
    let (a, b) = (window.x(from) + 1.5, window.x(to) - 1.5);
    let mut path = String::new();
    if from >= window.from - 1e-6 {
        path.push_str(&format!("M{} {}V{}", Px(a), Px(y + tick), Px(y)));
    } else {
        path.push_str(&format!("M{} {}", Px(a), Px(y)));
    }
    path.push_str(&format!("H{}", Px(b)));
    if to <= window.to + 1e-6 {
        path.push_str(&format!("V{}", Px(y + tick)));
    }
    html.empty("path", &[("class", &class), ("d", &path)]);
}

/// Where the middle of a part is that shows.
fn middle(from: f64, to: f64, window: &Window) -> f64 {
    f64::midpoint(window.x(from), window.x(to))
}

fn draw_sent(sent: &Sent, window: &Window, html: &mut Html) {
    bracket(sent.from, sent.to, BRACKET, 4.0, "br", window, html);
    html.leaf(
        "text",
        &[("class", &"mid"), ("x", &Px(middle(sent.from, sent.to, window))), ("y", &Px(SENT))],
        byte_text(sent.byte),
    );
    for bit in sent.bits.iter().filter(|b| window.shows(b.from, b.to)) {
        let (class, letter) = match bit.part {
            Part::Start => ("start", "S"),
            Part::Data(false) => ("", "0"),
            Part::Data(true) => ("", "1"),
            Part::Parity => ("parity", "P"),
            Part::Stop => ("stop", "T"),
        };
        let x = window.x(bit.from);
        if !class.is_empty() {
            html.empty(
                "rect",
                &[
                    ("class", &class),
                    ("x", &Px(x)),
                    ("y", &Px(TOP - 16.0)),
                    ("width", &Px(window.x(bit.to) - x)),
                    ("height", &Px(BOTTOM - TOP + 16.0)),
                ],
            );
        }
        html.leaf(
            "text",
            &[("class", &"bit"), ("x", &Px(middle(bit.from, bit.to, window))), ("y", &Px(LETTERS))],
            letter,
        );
    }
}

/// The line itself, or what the samples make of it.
fn trace(wave: &Wave, window: &Window, html: &mut Html) {
    let y = |high: bool| if high { HIGH } else { LOW };
    if wave.edges.is_empty() {
        for received in wave.received.iter().filter(|r| window.shows(r.from, r.to)) {
            let mut path = String::new();
            let bits = received.samples.len().max(1) as f64;
            let step = (received.to - received.from) / bits;
            for (i, sample) in received.samples.iter().enumerate() {
                let from = received.from + i as f64 * step;
                let Some(high) = sample.high else { continue };
                let command = if path.is_empty() { "M" } else { "L" };
                path.push_str(&format!(
                    "{command}{} {}H{}",
                    Px(window.x(from)),
                    Px(y(high)),
                    Px(window.x(from + step))
                ));
            }
            html.empty("path", &[("class", &"line"), ("d", &path)]);
        }
        return;
    }
    let mut path = format!("M{} {}", Px(window.x(window.from)), Px(y(wave.level(window.from))));
    for edge in wave.edges.iter().filter(|e| **e > window.from && **e < window.to) {
        path.push_str(&format!("H{}V{}", Px(window.x(*edge)), Px(y(wave.level(*edge)))));
    }
    path.push_str(&format!("H{}", Px(window.x(window.to))));
    html.empty("path", &[("class", &"line"), ("d", &path)]);
}

fn draw_received(received: &Received, wave: &Wave, window: &Window, html: &mut Html) {
    for sample in received.samples.iter().filter(|s| window.has(s.at)) {
        let Some(high) = sample.high else { continue };
        let fits = wave.edges.is_empty() || wave.level(sample.at) == high;
        let class = if fits { "dot" } else { "dot bad" };
        let y = if high { HIGH } else { LOW };
        html.empty(
            "circle",
            &[
                ("class", &class),
                ("cx", &Px(window.x(sample.at))),
                ("cy", &Px(y)),
                ("r", &if fits { 2.4 } else { 4.0 }),
            ],
        );
    }
    let agrees = received.agrees(wave.flags);
    let class = if agrees && received.heard.flag == Flag::None { "br" } else { "br flagged" };
    bracket(received.from, received.to, RECEIVED, -4.0, class, window, html);
    let x = middle(received.from, received.to, window);
    // Half a character has no room for a label.
    if window.x(received.to) - window.x(received.from) < 3.0 * window.bit {
        return;
    }
    html.begin("text", &[("class", &"mid"), ("x", &Px(x)), ("y", &Px(RECEIVED_TEXT))]);
    html.text(byte_text(received.heard.byte));
    if let Some(mark) = mark(received.heard.flag, wave.flags) {
        html.leaf("tspan", &[("class", &"err"), ("dx", &4)], mark);
    }
    html.end();
    if let (false, Some((byte, wrong))) = (agrees, received.expected) {
        let error = if wrong { " with error" } else { "" };
        html.leaf(
            "text",
            &[("class", &"mid err"), ("x", &Px(x)), ("y", &Px(EXPECTED_TEXT))],
            format_args!("expected {byte:02X}{error}"),
        );
    }
}

/// What a flag is called in the drawing.
fn mark(flag: Flag, flags: Flags) -> Option<&'static str> {
    match (flag, flags) {
        (Flag::None, _) => None,
        (Flag::Break, _) => Some("break"),
        (Flag::Error, Flags::PerPacket) => Some("packet flagged"),
        (Flag::Error, _) => Some("error"),
    }
}

/// `2F /`: the byte, and its character where it has one.
fn byte_text(byte: u8) -> String {
    match byte {
        0x21..=0x7E => format!("{byte:02X} {}", char::from(byte)),
        _ => format!("{byte:02X}"),
    }
}

/// What the drawing means.
pub(super) fn legend(wave: &Wave, html: &mut Html) {
    html.begin("p", &[("class", &"note")]);
    if wave.sent.is_empty() {
        html.text("What was sent is not known: these are the samples that the adapter reported, start bit, data bits with the least significant first, stop bit. The idle time between characters is not known either. ");
    } else {
        html.leaf("b", &[], "S");
        html.text(" start bit, ");
        html.text("0 and 1 data bits (least significant first), ");
        if wave.sent.iter().any(|s| s.bits.iter().any(|b| b.part == Part::Parity)) {
            html.leaf("b", &[], "P");
            html.text(" parity bit, ");
        }
        html.leaf("b", &[], "T");
        html.text(" stop bit. The line is drawn as the transmitter must have driven it; dots are the levels that the adapter reported, a large red dot where they differ. ");
    }
    let parity =
        !wave.sent.is_empty() && wave.line.parity != Parity::None && wave.line.data_bits == DataBits::Eight;
    if parity && wave.listening.parity == Parity::None && !wave.invert && wave.flags != Flags::None {
        html.text("Listened to without parity, the parity bit falls where the stop bit is expected: when it is low, that is reported as an error, though the byte is right. ");
    }
    if wave.flags == Flags::None {
        html.text("This adapter does not report errors, so it says nothing about stop and parity bits. ");
    }
    if wave.flags == Flags::PerPacket {
        html.text("This adapter flags whole packets: which character of a flagged packet has the error, it does not tell. ");
    }
    if wave.before > 0 {
        let many = if wave.before == 1 { "character" } else { "characters" };
        html.text(format_args!("{} {many} came before these. ", wave.before));
    }
    html.end();
}

/// The drawing as tables.
pub(super) fn table(wave: &Wave, html: &mut Html) {
    html.begin("details", &[]);
    html.leaf("summary", &[], "The same as a table");
    if !wave.sent.is_empty() {
        html.begin("p", &[]);
        html.text(match wave.vouched {
            Vouched::Decoded => "Sent: ",
            _ => "Sent, most probably: ",
        });
        let bytes: Vec<String> = wave.sent.iter().map(|s| format!("{:02X}", s.byte)).collect();
        html.leaf("code", &[], bytes.join(" "));
        html.end();
    }
    html.begin(
        "div",
        &[
            ("class", &"scroll"),
            ("tabindex", &0),
            ("role", &"region"),
            ("aria-label", &"Received characters"),
        ],
    );
    html.begin("table", &[]);
    html.leaf("caption", &[], format_args!("Received at {}", wave.listening));
    html.begin("thead", &[]);
    html.begin("tr", &[]);
    for (class, head) in
        [("num", "No."), ("num", "Time (s)"), ("", "Byte"), ("", "Flag"), ("", "Expected"), ("", "")]
    {
        html.leaf("th", &[("scope", &"col"), ("class", &class)], head);
    }
    html.end();
    html.end();
    html.begin("tbody", &[]);
    for (i, received) in wave.received.iter().enumerate() {
        html.begin("tr", &[]);
        html.leaf("td", &[("class", &"num")], i + 1 + wave.before);
        html.leaf("td", &[("class", &"num")], format_args!("{:.4}", received.heard.at.as_secs_f64()));
        html.begin("td", &[]);
        html.leaf("code", &[], byte_text(received.heard.byte));
        html.end();
        html.leaf("td", &[], mark(received.heard.flag, wave.flags).unwrap_or("–"));
        match received.expected {
            Some((byte, wrong)) => {
                html.begin("td", &[]);
                html.leaf("code", &[], byte_text(byte));
                html.text(if wrong { " with error" } else { "" });
                html.end();
            }
            None => html.leaf("td", &[], "not known"),
        }
        html.leaf("td", &[], if received.agrees(wave.flags) { "" } else { "differs" });
        html.end();
    }
    html.end();
    html.end();
    html.end();
    html.end();
}
