//! A probe as a page: one HTML file that needs nothing but a browser, for whoever has to judge the verdict,
//! or was not there.
//!
//! [`html`] is a pure function of what the probe knows and what happened.  The page has no script, loads
//! nothing (its policy forbids it), and shows what the line and the meter say as text only.
//!
//! | module | part of the page |
//! |---|---|
//! | `wave`, `figure` | the first bytes as levels: sent, on the line, received |
//! | `chances` | how likely each baud rate and format was |
//! | `stretch`, `course` | errors over time, and what was tried in which order |
//! | `readings` | what the meter said |
//! | `limits` | conditions, and what cannot be known under them |
//! | `markup` | elements and escaping |

mod chances;
mod course;
mod figure;
mod limits;
mod markup;
mod readings;
mod stretch;
mod wave;

pub use limits::without_secrets;

use super::account::Account;
use super::faults::Fault;
use super::options::{Narrow, Options};
use super::verdict::{SURE_ENOUGH, Verdict};
use crate::base64::base64;
use markup::{Html, Px};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use stretch::{Reading, Stretch};

/// The style sheet.
const STYLE: &str = include_str!("style.css");

/// What the page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// What is known.
    pub verdict: &'a Verdict,
    /// What happened.
    pub account: &'a Account,
    /// What was asked for.
    pub options: &'a Options,
    /// The rest.
    pub circumstances: &'a Circumstances,
}

/// What neither the probe nor the line knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The port, as the user named it.
    pub port: String,
    /// When the page was written, for people.
    pub written: String,
    /// When and where the line was recorded, if this is a replay.
    pub recorded: Option<String>,
    /// The user stopped the probe.
    pub interrupted: bool,
    /// Why the adapter failed, if it did.
    pub failure: Option<String>,
}

/// The page.
pub fn html(page: &Page<'_>) -> String {
    let Page { verdict, account, .. } = *page;
    let flags = account.capabilities.as_ref().map_or(crate::line::Flags::None, |c| c.flags);
    let plain = stretch::stretches(account);
    let spoken = verdict.protocol.filter(|_| verdict.found);
    let stretches: Vec<(Stretch<'_>, Reading)> =
        plain.iter().map(|s| (*s, stretch::read(s, flags, spoken))).collect();
    let put_right = account.put_right.as_ref().and_then(|put| wave::stretch_of(put, &plain));
    let mut html = Html::new();
    html.begin("html", &[("lang", &"en")]);
    head(page, &mut html);
    html.begin("body", &[]);
    html.begin("main", &[]);
    title(page, &mut html);
    faults(verdict, &mut html);
    settings(verdict, &mut html);
    advice(page, &mut html);
    line(verdict, account, &plain, &mut html);
    hypotheses(page, &plain, &mut html);
    section("What was tried, and the errors over time", &mut html);
    if !account.heard.is_empty() {
        course::draw(account, &stretches, put_right, &mut html);
        course::legend(account, &mut html);
    }
    course::table(account, &stretches, put_right, &mut html);
    html.end();
    section("Readings", &mut html);
    if verdict.messages.is_empty() {
        html.leaf("p", &[], "No complete message was decoded.");
    }
    readings::show(&verdict.messages, &mut html);
    html.end();
    section("Conditions", &mut html);
    limits::conditions(page, &mut html);
    html.end();
    html.finish()
}

/// Opens a section.
fn section(title: &str, html: &mut Html) {
    html.begin("section", &[]);
    html.leaf("h2", &[], title);
}

fn head(page: &Page<'_>, html: &mut Html) {
    // Nothing is loaded, and no style but this one applies, whatever should ever slip through escaping.
    let hash = base64(&Sha256::digest(STYLE));
    html.begin("head", &[]);
    html.empty("meta", &[("charset", &"utf-8")]);
    html.empty(
        "meta",
        &[
            ("http-equiv", &"Content-Security-Policy"),
            (
                "content",
                &format_args!(
                    "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'"
                ),
            ),
        ],
    );
    html.empty("meta", &[("name", &"viewport"), ("content", &"width=device-width, initial-scale=1")]);
    html.empty("meta", &[("name", &"color-scheme"), ("content", &"light dark")]);
    html.empty("meta", &[("name", &"generator"), ("content", &concat!("wwctl ", env!("CARGO_PKG_VERSION")))]);
    // Browsers would ask a server for an icon otherwise.
    html.empty("link", &[("rel", &"icon"), ("href", &"data:,")]);
    html.leaf("title", &[], format_args!("{} – wwctl probe", headline(page)));
    html.style(STYLE);
    html.end();
}

/// The verdict in a line.
fn headline(page: &Page<'_>) -> String {
    let verdict = page.verdict;
    if verdict.evidence.is_empty() {
        // What is most probably wrong says more than that nothing was found.
        if let Some(fault) = verdict.faults.iter().find(|fault| fault.confidence >= 0.5) {
            let title = fault.cause.title();
            let (first, rest) = title.split_at_checked(1).unwrap_or((title, ""));
            return first.to_uppercase() + rest;
        }
        return if page.account.heard.is_empty() {
            "Nothing was heard".to_owned()
        } else {
            "Heard, not understood".to_owned()
        };
    }
    let mut text = if verdict.baudrate.is_some() { verdict.line_text() } else { "line unknown".to_owned() };
    if let Some(protocol) = verdict.protocol {
        text.push_str(&format!(", {protocol}"));
    }
    if verdict.encrypted == Some(true) {
        text.push_str(", encrypted");
    }
    text
}

fn title(page: &Page<'_>, html: &mut Html) {
    let Page { verdict, circumstances, account, .. } = *page;
    html.begin("header", &[]);
    html.begin("p", &[("class", &"over")]);
    html.text("wwctl probe · ");
    html.leaf("bdi", &[], limits::without_secrets(&circumstances.port));
    html.text(format_args!(" · {}", circumstances.written));
    html.end();
    html.leaf("h1", &[], headline(page));
    html.begin("p", &[("class", &"state")]);
    let (class, word) = if verdict.found { ("good", "Found") } else { ("bad", "Not found") };
    html.leaf("b", &[("class", &class)], word);
    html.text(if verdict.found {
        ": a message with a good checksum (or two that agree, where there is only a weak one) was decoded with these settings."
    } else {
        ": no message with a good checksum was decoded."
    });
    html.text(format_args!(
        " {} telegram{}, {} characters, {:.1} s on the line.",
        verdict.telegrams,
        if verdict.telegrams == 1 { "" } else { "s" },
        account.heard.len() as u64 + account.more,
        verdict.line_time.as_secs_f64()
    ));
    html.end();
    if circumstances.interrupted {
        html.leaf("p", &[("class", &"warn")], "The probe was interrupted: this is what was known by then.");
    }
    if let Some(failure) = &circumstances.failure {
        html.begin("p", &[("class", &"warn")]);
        html.text("The adapter failed: ");
        html.leaf("bdi", &[], failure);
        html.text(". This is what was known by then.");
        html.end();
    }
    html.end();
}

fn faults(verdict: &Verdict, html: &mut Html) {
    if verdict.faults.is_empty() {
        return;
    }
    section("What is wrong with the line", html);
    html.begin(
        "div",
        &[("class", &"scroll"), ("tabindex", &0), ("role", &"region"), ("aria-label", &"Faults of the line")],
    );
    html.begin("table", &[("class", &"evidence")]);
    html.leaf("caption", &[], "Each fault, how sure it is, what it was seen by, and what to do");
    html.begin("thead", &[]);
    html.begin("tr", &[]);
    for (class, head) in [("", "Fault"), ("num", "Sure"), ("", "Seen"), ("", "What to do")] {
        html.leaf("th", &[("scope", &"col"), ("class", &class)], head);
    }
    html.end();
    html.end();
    html.begin("tbody", &[]);
    for fault in &verdict.faults {
        html.begin("tr", if fault.confidence < 0.5 { &[("class", &"guess")] } else { &[] });
        html.leaf("th", &[("scope", &"row"), ("class", &"value")], fault.cause.title());
        html.begin("td", &[("class", &"num sure")]);
        html.text(sure(fault.confidence));
        bar(fault.confidence, html);
        html.end();
        html.leaf("td", &[], &fault.why);
        html.leaf("td", &[], fault.cause.remedy());
        html.end();
    }
    html.end();
    html.end();
    html.end();
    html.end();
}

fn settings(verdict: &Verdict, html: &mut Html) {
    section("Settings for the gateway", html);
    let assignments = verdict.assignments();
    if assignments.is_empty() {
        html.leaf("p", &[], "None yet: too little is known of the line.");
    } else {
        html.begin("pre", &[("class", &"command"), ("tabindex", &0)]);
        html.leaf("code", &[], format_args!("wwctl -H HOST set {} --wait", assignments.join(" ")));
        html.end();
        let key = if verdict.encrypted == Some(true) {
            " The key is not part of this page: give it with encryption_key=@FILE."
        } else {
            ""
        };
        if !verdict.found {
            html.leaf(
                "p",
                &[("class", &"warn")],
                "No message confirms these: try them, and look at the meter's status.",
            );
        }
        html.leaf("p", &[("class", &"note")], format_args!("HOST is the gateway's name or address.{key}"));
    }
    if !verdict.evidence.is_empty() {
        html.begin(
            "div",
            &[
                ("class", &"scroll"),
                ("tabindex", &0),
                ("role", &"region"),
                ("aria-label", &"Settings and reasons"),
            ],
        );
        html.begin("table", &[("class", &"evidence")]);
        html.leaf("caption", &[], "Each setting, how sure it is, and why");
        html.begin("thead", &[]);
        html.begin("tr", &[]);
        for (class, head) in [("", "Setting"), ("", "Value"), ("num", "Sure"), ("", "Why")] {
            html.leaf("th", &[("scope", &"col"), ("class", &class)], head);
        }
        html.end();
        html.end();
        html.begin("tbody", &[]);
        for evidence in &verdict.evidence {
            let guess = evidence.confidence < SURE_ENOUGH;
            html.begin("tr", if guess { &[("class", &"guess")] } else { &[] });
            html.begin("th", &[("scope", &"row")]);
            html.leaf("code", &[], evidence.what);
            html.end();
            let value = match &evidence.value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            html.leaf("td", &[("class", &"value")], value);
            html.begin("td", &[("class", &"num sure")]);
            html.text(sure(evidence.confidence));
            bar(evidence.confidence, html);
            html.end();
            html.begin("td", &[]);
            html.text(&evidence.why);
            if guess {
                html.leaf("span", &[("class", &"note")], " A guess: not among the settings to use.");
            }
            html.end();
            html.end();
        }
        html.end();
        html.end();
        html.end();
    }
    html.end();
}

/// A confidence; what is not quite certain never reads as if it were.
fn sure(confidence: f64) -> String {
    match confidence * 100.0 {
        p if p >= 100.0 => "100 %".to_owned(),
        p if p >= 99.0 => format!("{:.2} %", (p * 100.0).floor() / 100.0),
        p => format!("{p:.0} %"),
    }
}

/// A small bar under a number.
fn bar(share: f64, html: &mut Html) {
    html.begin(
        "svg",
        &[("viewBox", &"0 0 60 4"), ("preserveAspectRatio", &"none"), ("aria-hidden", &"true")],
    );
    html.empty("rect", &[("class", &"back"), ("x", &0), ("y", &0), ("width", &60), ("height", &4)]);
    html.empty("rect", &[("x", &0), ("y", &0), ("width", &Px(60.0 * share.clamp(0.0, 1.0))), ("height", &4)]);
    html.end();
}

fn advice(page: &Page<'_>, html: &mut Html) {
    let unknown = limits::unknown(page);
    // Those of the faults are in their table.
    let faults: Vec<String> = page.verdict.faults.iter().map(Fault::advice).collect();
    let advice: Vec<&String> = page.verdict.advice.iter().filter(|advice| !faults.contains(advice)).collect();
    if !advice.is_empty() {
        section("What to know and to do", html);
        html.begin("ul", &[]);
        for advice in advice {
            html.leaf("li", &[], advice);
        }
        html.end();
        html.end();
    }
    if !unknown.is_empty() {
        section("What cannot be known from here", html);
        html.begin("ul", &[]);
        for sentence in &unknown {
            html.leaf("li", &[], sentence);
        }
        html.end();
        html.end();
    }
}

fn line(verdict: &Verdict, account: &Account, stretches: &[Stretch<'_>], html: &mut Html) {
    section("The line as it was heard", html);
    match wave::of(verdict, account, stretches) {
        Some(wave) => {
            html.begin("p", &[]);
            let inverted = if wave.invert { ", inverted: idle is low" } else { "" };
            match wave.vouched {
                wave::Vouched::Decoded => {
                    if wave.parity_known {
                        html.text(format_args!("Sent at {}{inverted}; ", wave.line));
                    } else {
                        html.text(format_args!("Sent at {} baud; ", wave.line.baudrate));
                    }
                    html.text(format_args!("received at {}. ", wave.listening));
                    let differs = wave.line != wave.listening && account.put_right.is_some();
                    html.text(if wave.invert {
                        "The bytes over the line are the true ones, recovered by computation and vouched for by a checksum; those under it are what the adapter made of the inverted line."
                    } else if differs {
                        "The bytes over the line are those that were sent, recovered by computation and vouched for by a checksum; those under it are what the adapter made of them with its settings."
                    } else if wave.parity_known {
                        "The bytes over the line are those of the telegram that decoded."
                    } else {
                        "The bytes over the line are those of the telegram that decoded. Whether a parity bit follows them is not known; none is drawn."
                    });
                }
                wave::Vouched::Probable => html.text(format_args!(
                    "Received at {}; most probably sent at {}{inverted}. No checksum vouches for the bytes over the line: they are one probable reading.",
                    wave.listening, wave.line
                )),
                wave::Vouched::Unknown => html.text(format_args!("Received at {}.", wave.listening)),
            }
            html.end();
            figure::draw(&wave, html);
            figure::legend(&wave, html);
            figure::table(&wave, html);
        }
        None if account.heard.is_empty() => {
            html.leaf("p", &[], "Not a single character came: there is nothing to draw.");
        }
        None => html.leaf(
            "p",
            &[],
            "This port delivers bytes only, not how they were framed: there are no levels to draw.",
        ),
    }
    html.end();
}

fn hypotheses(page: &Page<'_>, stretches: &[Stretch<'_>], html: &mut Html) {
    let Page { verdict, account, options, .. } = *page;
    section("How likely each baud rate and format was", html);
    let weighed = account.formats.last();
    let afterwards =
        if weighed.is_none() && verdict.found { wave::weigh(verdict, account, stretches) } else { None };
    match account.rates.last() {
        Some(_) => {}
        None if options.narrow.baudrate.is_some() => {
            html.leaf("p", &[], "The baud rate was given, and not searched for.");
        }
        None => html.leaf("p", &[], "Baud rates were not weighed up against each other."),
    }
    let formats = weighed.or(afterwards.as_ref());
    match formats {
        Some(formats) if formats.candidates.is_empty() => {
            html.leaf("p", &[], "No polarity and format explains what was heard at this baud rate.");
        }
        Some(_) => {}
        None => html.leaf("p", &[], "Formats were not weighed up against each other."),
    }
    html.begin("div", &[("class", &"pair")]);
    if let Some(rates) = account.rates.last() {
        html.begin("div", &[]);
        chances::rates(rates, html);
        html.leaf(
            "p",
            &[("class", &"note")],
            format_args!(
                "By {} characters heard at 115200 8N1: which bytes came, with which flags and at which times.",
                rates.characters
            ),
        );
        html.end();
    }
    if let Some(formats) = formats.filter(|f| !f.candidates.is_empty()) {
        html.begin("div", &[]);
        chances::formats(formats, html);
        let basis = if weighed.is_some() {
            "By"
        } else {
            "The line decoded before this had to be asked; weighed up afterwards, by"
        };
        html.leaf(
            "p",
            &[("class", &"note")],
            format_args!(
                "{basis} {} characters heard, and by how frequent each format is among meters, which is all that \
                 tells 8N2 from 8N1 on a normal line. –: far behind, or not considered. A checksum that holds says \
                 more than any of these.",
                formats.characters
            ),
        );
        html.end();
    }
    html.end();
    html.end();
}

/// What the user had narrowed the search to.
fn narrowed(narrow: &Narrow) -> Vec<String> {
    let mut out = Vec::new();
    out.extend(narrow.baudrate.map(|b| format!("baud rate {b}")));
    out.extend(narrow.parity.map(|p| format!("parity {}", p.as_str())));
    out.extend(narrow.stop_bits.map(|s| format!("stop bits {}", s.as_str())));
    out.extend(narrow.invert.map(|i| if i { "inverted" } else { "not inverted" }.to_owned()));
    out.extend(narrow.protocol.map(|p| format!("protocol {p}")));
    out
}

#[cfg(test)]
mod tests;
