//! What was tried, in which order, and what came of it: errors over time, and a table.

use super::markup::{Html, Px};
use super::stretch::{Reading, Stretch};
use crate::decode::Status;
use crate::line::{Flag, Flags, Heard};
use crate::probe::account::Account;
use std::time::Duration;

/// Measures of the drawing.
const LEFT: f64 = 44.0;
const WIDTH: f64 = 820.0;
const TOP: f64 = 44.0;
const BASE: f64 = 124.0;
const HEIGHT: f64 = 150.0;
/// Columns that the time is divided into.
const COLUMNS: usize = 164;

/// Rows of the table: so many from the start, and so many from the end.
const FIRST: usize = 60;
const LAST: usize = 20;

/// Seconds since the probe began.
fn since(account: &Account, at: Duration) -> f64 {
    at.saturating_sub(account.began).as_secs_f64()
}

/// Characters and errors of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Column {
    characters: usize,
    errors: usize,
}

/// Counts what was heard by columns of equal time.
fn columns(heard: &[Heard], account: &Account, length: f64) -> Vec<Column> {
    let mut out = vec![Column::default(); COLUMNS];
    for h in heard {
        let at = (since(account, h.at) / length * COLUMNS as f64) as usize;
        if let Some(column) = out.get_mut(at.min(COLUMNS - 1)) {
            column.characters += 1;
            column.errors += usize::from(h.flag != Flag::None);
        }
    }
    out
}

/// A round distance between marks of the axis, so that there are at most ten.
fn distance(length: f64) -> f64 {
    const ROUND: [f64; 18] = [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0,
        3600.0,
    ];
    ROUND.into_iter().find(|d| length / d <= 10.0).unwrap_or(length / 10.0)
}

/// Draws errors over time.
pub(super) fn draw(
    account: &Account,
    stretches: &[(Stretch<'_>, Reading)],
    put_right: Option<usize>,
    html: &mut Html,
) {
    let length = since(account, account.ended).max(0.001);
    let x = |seconds: f64| LEFT + (seconds / length).clamp(0.0, 1.0) * WIDTH;
    let characters = account.heard.len();
    let errors = account.heard.iter().filter(|h| h.flag != Flag::None).count();
    let complete = stretches.iter().filter(|(_, r)| matches!(r, Reading::Complete(_))).count();
    let wrong = stretches.iter().filter(|(_, r)| matches!(r, Reading::BadChecksum(_))).count();
    html.begin(
        "div",
        &[("class", &"scroll"), ("tabindex", &0), ("role", &"region"), ("aria-label", &"Errors over time")],
    );
    html.begin(
        "svg",
        &[
            ("class", &"course"),
            ("viewBox", &format_args!("0 0 {} {}", Px(LEFT + WIDTH + 12.0), Px(HEIGHT))),
            ("role", &"img"),
            ("aria-labelledby", &"course-title course-desc"),
        ],
    );
    html.leaf("title", &[("id", &"course-title")], "Share of characters with an error flag, over time");
    html.leaf(
        "desc",
        &[("id", &"course-desc")],
        format_args!(
            "{length:.1} seconds, {characters} characters, {errors} of them flagged; {} changes of settings; \
             {complete} telegrams complete as heard, {wrong} with a checksum that does not hold. The table below has them one by one.",
            account.steps.len()
        ),
    );
    for (share, text) in [(0.0, "0"), (0.5, "50 %"), (1.0, "100 %")] {
        let y = BASE - share * (BASE - TOP);
        html.empty("path", &[("class", &"grid"), ("d", &format_args!("M{LEFT} {}h{WIDTH}", Px(y)))]);
        html.leaf("text", &[("class", &"end"), ("x", &Px(LEFT - 6.0)), ("y", &Px(y + 4.0))], text);
    }
    let step = distance(length);
    let mut at = 0.0;
    while at <= length * 1.0001 {
        html.leaf("text", &[("class", &"mid"), ("x", &Px(x(at))), ("y", &Px(BASE + 18.0))], number(at));
        at += step;
    }
    html.leaf("text", &[("class", &"lab"), ("x", &0), ("y", &Px(BASE + 18.0))], "s");
    let wide = WIDTH / COLUMNS as f64;
    for (i, column) in columns(&account.heard, account, length).iter().enumerate() {
        if column.characters == 0 {
            continue;
        }
        let share = column.errors as f64 / column.characters as f64;
        let left = LEFT + i as f64 * wide;
        let height = (BASE - TOP) * share;
        html.empty(
            "rect",
            &[
                ("class", &"came"),
                ("x", &Px(left)),
                ("y", &Px(TOP)),
                ("width", &Px(wide)),
                ("height", &Px(BASE - TOP)),
            ],
        );
        if column.errors > 0 {
            html.empty(
                "rect",
                &[
                    ("class", &"wrong"),
                    ("x", &Px(left)),
                    ("y", &Px(BASE - height.max(1.5))),
                    ("width", &Px(wide)),
                    ("height", &Px(height.max(1.5))),
                ],
            );
        }
    }
    let mut last = f64::NEG_INFINITY;
    for (i, hop) in account.steps.iter().enumerate() {
        let at = x(since(account, hop.at));
        html.empty(
            "path",
            &[("class", &"hop"), ("d", &format_args!("M{} {}V{}", Px(at), Px(16.0), Px(BASE)))],
        );
        if at - last > 16.0 {
            html.leaf("text", &[("class", &"mid"), ("x", &Px(at)), ("y", &12)], i + 1);
            last = at;
        }
    }
    let mut last = f64::NEG_INFINITY;
    for (i, (stretch, reading)) in stretches.iter().enumerate() {
        let (class, sign) = match reading {
            _ if put_right == Some(i) => ("mid good", "✓"),
            Reading::Complete(_) => ("mid good", "✓"),
            Reading::BadChecksum(_) => ("mid err", "✗"),
            Reading::Named(_) | Reading::Nothing => continue,
        };
        let at = x(f64::midpoint(since(account, stretch.from()), since(account, stretch.to())));
        if at - last > 8.0 {
            html.leaf("text", &[("class", &class), ("x", &Px(at)), ("y", &Px(TOP - 6.0))], sign);
            last = at;
        }
    }
    html.end();
    html.end();
}

/// Without trailing zeros.
fn number(x: f64) -> String {
    let text = format!("{x:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What the drawing means.
pub(super) fn legend(account: &Account, html: &mut Html) {
    html.begin("p", &[("class", &"note")]);
    html.text("Grey: characters came. Red: the share of them with a framing or parity error. Dashed and numbered: the adapter was set anew, as in the table. ✓ a telegram decoded, ✗ a checksum does not hold. ");
    match account.capabilities.as_ref().map(|c| c.flags) {
        Some(Flags::PerPacket) => html.text(
            "This adapter flags whole packets, so the share of single characters is lower than drawn. ",
        ),
        Some(Flags::None) => {
            html.text("This adapter does not report errors: no red does not mean that there were none. ")
        }
        _ => {}
    }
    if account.more > 0 {
        html.text(format_args!("{} later characters are not drawn. ", account.more));
    }
    html.end();
}

/// A row of the table.
struct Row {
    step: Option<usize>,
    at: Duration,
    settings: String,
    doing: &'static str,
    characters: usize,
    errors: usize,
    first: String,
    outcome: Vec<String>,
}

/// What was tried, one by one.
pub(super) fn table(
    account: &Account,
    stretches: &[(Stretch<'_>, Reading)],
    put_right: Option<usize>,
    html: &mut Html,
) {
    let rows = rows(account, stretches, put_right);
    if rows.is_empty() {
        html.leaf("p", &[], "Nothing was heard, and nothing could be tried.");
        return;
    }
    html.begin(
        "div",
        &[("class", &"scroll"), ("tabindex", &0), ("role", &"region"), ("aria-label", &"What was tried")],
    );
    html.begin("table", &[("class", &"course")]);
    html.leaf("caption", &[], "What was tried, in order");
    html.begin("thead", &[]);
    html.begin("tr", &[]);
    for (class, head) in [
        ("num", "No."),
        ("num", "At (s)"),
        ("", "Set to"),
        ("num", "Characters"),
        ("num", "Errors"),
        ("", "First bytes"),
        ("", "Outcome"),
    ] {
        html.leaf("th", &[("scope", &"col"), ("class", &class)], head);
    }
    html.end();
    html.end();
    html.begin("tbody", &[]);
    let hidden = rows.len().saturating_sub(FIRST + LAST);
    let mut before = None;
    for (i, row) in rows.iter().enumerate() {
        if hidden > 0 && (FIRST..FIRST + hidden).contains(&i) {
            if i == FIRST {
                html.begin("tr", &[]);
                html.leaf("td", &[("colspan", &7), ("class", &"note")], format_args!("… {hidden} more …"));
                html.end();
            }
            continue;
        }
        let again = i > 0 && row.step == before;
        before = row.step;
        html.begin("tr", &[]);
        let no = row.step.filter(|_| !again).map_or(String::new(), |s| (s + 1).to_string());
        html.leaf("td", &[("class", &"num")], no);
        html.leaf("td", &[("class", &"num")], format_args!("{:.2}", since(account, row.at)));
        html.begin("td", &[]);
        if !again {
            html.leaf("span", &[("class", &"set")], &row.settings);
            html.leaf("span", &[("class", &"note")], format_args!(" {}", row.doing));
        }
        html.end();
        html.leaf("td", &[("class", &"num")], row.characters);
        let share = if row.characters == 0 { 0.0 } else { 100.0 * row.errors as f64 / row.characters as f64 };
        let errors = if row.errors == 0 { "0".to_owned() } else { format!("{} ({share:.0} %)", row.errors) };
        html.leaf("td", &[("class", &"num")], errors);
        html.begin("td", &[]);
        html.leaf("code", &[], &row.first);
        html.end();
        html.leaf("td", &[], row.outcome.join("; "));
        html.end();
    }
    html.end();
    html.end();
    html.end();
}

fn rows(account: &Account, stretches: &[(Stretch<'_>, Reading)], put_right: Option<usize>) -> Vec<Row> {
    let mut rows = Vec::new();
    let set_to = |step: Option<usize>| match step.and_then(|s| account.steps.get(s)) {
        Some(step) => (step.settings.to_string(), step.doing),
        None if account.steps.is_empty() => ("as the port is".to_owned(), "this port cannot be set"),
        None => ("as it was".to_owned(), "before the first change"),
    };
    // What was decided on the ground of a stretch, at its end or a silence later.
    let mut decided: Vec<Vec<String>> = vec![Vec::new(); stretches.len()];
    let mut decide = |at: Duration, what: String| {
        let last = stretches.iter().rposition(|(s, _)| s.from() <= at);
        if let Some(list) = last.and_then(|i| decided.get_mut(i)) {
            list.push(what);
        }
    };
    for rates in &account.rates {
        decide(rates.at, format!("baud rate {} chosen after {} characters", rates.chosen, rates.characters));
    }
    for formats in &account.formats {
        if let Some(best) = formats.candidates.first() {
            let h = &best.hypothesis;
            let parity = match h.parity {
                crate::line::Parity::None => 'N',
                crate::line::Parity::Even => 'E',
                crate::line::Parity::Odd => 'O',
            };
            let stop = if h.two_stop_bits { 2 } else { 1 };
            let polarity = if h.invert { "inverted" } else { "not inverted" };
            decide(formats.at, format!("most like {}{parity}{stop}, {polarity}", h.data_bits.count()));
        }
    }
    let mut next = 0;
    for (i, (stretch, reading)) in stretches.iter().enumerate() {
        // Steps in which nothing came.
        while stretch.step.is_some_and(|step| next < step) {
            rows.push(silent(account, next));
            next += 1;
        }
        next = stretch.step.map_or(next, |step| step + 1);
        let (settings, doing) = set_to(stretch.step);
        // What was asked since the adapter was set so, and before this came, it answers.
        let before = i.checked_sub(1).and_then(|p| stretches.get(p)).map_or(Duration::ZERO, |(s, _)| s.to());
        let set = stretch.step.and_then(|s| account.steps.get(s)).map_or(Duration::ZERO, |s| s.at);
        let asked = account.asked.iter().filter(|(at, _)| *at >= before.max(set) && *at <= stretch.from());
        let mut outcome: Vec<String> = asked.map(|(_, protocol)| format!("asked in {protocol}")).collect();
        outcome.extend(decided.get(i).into_iter().flatten().cloned());
        if put_right == Some(i) {
            outcome.push("understood by computation, checksum good".to_owned());
        } else {
            outcome.extend(said(reading));
        }
        if outcome.is_empty() {
            outcome.push("did not decode".to_owned());
        }
        let mut first: Vec<String> =
            stretch.heard.iter().take(5).map(|h| format!("{:02X}", h.byte)).collect();
        if stretch.heard.len() > 5 {
            first.push("…".to_owned());
        }
        rows.push(Row {
            step: stretch.step,
            at: stretch.from(),
            settings,
            doing,
            characters: stretch.heard.len(),
            errors: stretch.errors(),
            first: first.join(" "),
            outcome,
        });
    }
    while next < account.steps.len() {
        rows.push(silent(account, next));
        next += 1;
    }
    rows
}

/// A step in which nothing came.
fn silent(account: &Account, step: usize) -> Row {
    let hop = account.steps.get(step);
    let at = hop.map_or(Duration::ZERO, |h| h.at);
    let until = account.steps.get(step + 1).map_or(account.ended, |h| h.at);
    let asked = account.asked.iter().find(|(t, _)| (at..=until).contains(t));
    let mut outcome = vec!["nothing came".to_owned()];
    outcome.extend(asked.map(|(_, protocol)| format!("asked in {protocol}")));
    Row {
        step: Some(step),
        at,
        settings: hop.map_or(String::new(), |h| h.settings.to_string()),
        doing: hop.map_or("", |h| h.doing),
        characters: 0,
        errors: 0,
        first: String::new(),
        outcome,
    }
}

/// What decoding a stretch as it stands gave.
fn said(reading: &Reading) -> Option<String> {
    match reading {
        Reading::Complete(messages) => {
            let first = messages.first()?;
            let encrypted = if first.status == Status::Encrypted { ", encrypted" } else { "" };
            let many = if messages.len() > 1 { format!("{} × ", messages.len()) } else { String::new() };
            Some(format!("{many}{} complete{encrypted}", first.protocol))
        }
        Reading::BadChecksum(message) => Some(format!("{}: a checksum does not hold", message.protocol)),
        Reading::Named(message) => Some(format!("looks like {}", message.protocol)),
        Reading::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        assert_eq!([7.4, 0.31, 180.0, 95.0].map(distance), [1.0, 0.05, 20.0, 10.0]);
        assert_eq!([0.0, 0.25, 20.0].map(number), ["0", "0.25", "20"]);
    }

    #[test]
    fn errors_are_counted_where_they_came() {
        let account = Account { ended: Duration::from_secs(10), ..Account::default() };
        let heard = |at, flag| Heard { byte: 0, flag, at: Duration::from_millis(at) };
        let all = [heard(0, Flag::Error), heard(30, Flag::None), heard(10_000, Flag::Break)];
        let columns = columns(&all, &account, 10.0);
        assert_eq!(columns[0], Column { characters: 2, errors: 1 });
        assert_eq!(columns[COLUMNS - 1], Column { characters: 1, errors: 1 });
        assert_eq!(columns.iter().map(|c| c.characters).sum::<usize>(), 3);
    }
}
