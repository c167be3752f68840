//! What the meter said.

use super::markup::Html;
use crate::decode::text::{quantity, value};
use crate::decode::{Message, Status, Value};

/// Readings that are shown of a message.
const SHOWN: usize = 500;

/// The messages: the one that says most as a table, the others folded.
pub(super) fn show(messages: &[Message], html: &mut Html) {
    // The latest of those with most readings.
    let mut first: Option<usize> = None;
    for (i, message) in messages.iter().enumerate() {
        let count = |m: &Message| (m.status == Status::Ok, m.readings.len());
        if first.and_then(|f| messages.get(f)).is_none_or(|best| count(message) >= count(best)) {
            first = Some(i);
        }
    }
    let Some(best) = first.and_then(|f| messages.get(f)) else { return };
    one(best, html);
    if messages.len() > 1 {
        html.begin("details", &[]);
        html.leaf("summary", &[], format_args!("{} more decoded", messages.len() - 1));
        for (_, message) in messages.iter().enumerate().filter(|(i, _)| Some(*i) != first) {
            one(message, html);
        }
        html.end();
    }
}

fn one(message: &Message, html: &mut Html) {
    html.begin("p", &[]);
    html.leaf("b", &[], message.protocol);
    html.text(format_args!(": {}, {} bytes", message.status.as_str().replace('_', " "), message.length));
    let meter = &message.meter;
    for part in [&meter.manufacturer, &meter.model, &meter.medium].into_iter().flatten() {
        html.text(", ");
        html.leaf("bdi", &[], part);
    }
    if let Some(id) = &meter.id {
        html.text(", no. ");
        html.leaf("bdi", &[], id);
    }
    if let Some(time) = &message.time {
        html.text(format_args!(", meter's time {time}"));
    }
    if let Some(security) = &message.security {
        html.text(match (security.ciphered, security.decrypted) {
            (true, true) => ", decrypted",
            (true, false) => ", encrypted",
            (false, _) => "",
        });
        if let Some(title) = security.system_title {
            html.text(format_args!(", system title {}", hex::encode_upper(title)));
        }
    }
    html.end();
    for problem in &message.problems {
        html.leaf(
            "p",
            &[("class", &"warn")],
            format_args!("{}: {}", problem.code.as_str().replace('_', " "), problem.message),
        );
    }
    if message.readings.is_empty() {
        let why = match message.status {
            Status::Encrypted => "The content is encrypted: without its key there are no readings.",
            Status::DecryptFailed => "The key given does not open the content.",
            _ => "No readings in it.",
        };
        html.leaf("p", &[("class", &"note")], why);
        return;
    }
    html.begin(
        "div",
        &[("class", &"scroll"), ("tabindex", &0), ("role", &"region"), ("aria-label", &"Readings")],
    );
    html.begin("table", &[("class", &"readings")]);
    html.leaf("caption", &[], format_args!("{} readings", message.readings.len()));
    html.begin("thead", &[]);
    html.begin("tr", &[]);
    for (class, head) in [("", "Identifier"), ("", "Quantity"), ("num", "Value"), ("", "Unit")] {
        html.leaf("th", &[("scope", &"col"), ("class", &class)], head);
    }
    html.end();
    html.end();
    html.begin("tbody", &[]);
    for reading in message.readings.iter().take(SHOWN) {
        html.begin("tr", &[]);
        html.begin("td", &[]);
        html.leaf("code", &[], &reading.id);
        html.end();
        html.begin("td", &[]);
        html.leaf("bdi", &[], quantity(reading));
        if let Some(time) = &reading.time {
            html.leaf("span", &[("class", &"note")], format_args!(" at {time}"));
        }
        if let Some(source) = reading.scale_source {
            let text =
                if source == "unknown" { " scale unknown".to_owned() } else { format!(" scale: {source}") };
            html.leaf("span", &[("class", &"note")], text);
        }
        html.end();
        let number = matches!(reading.value, Value::Number(_));
        html.begin("td", &[("class", &if number { "num" } else { "txt" })]);
        html.leaf("bdi", &[], value(&reading.value));
        html.end();
        html.leaf("td", &[], reading.unit.as_deref().unwrap_or(""));
        html.end();
    }
    html.end();
    html.end();
    html.end();
    if let Some(more) = message.readings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        html.leaf("p", &[("class", &"note")], format_args!("{more} more are left out here."));
    }
}
