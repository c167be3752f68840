//! How likely each baud rate and each format was: bars on a logarithmic scale, with their numbers.

use super::markup::{Html, Px};
use crate::line::{DataBits, Parity};
use crate::probe::account::{Formats, Rates};
use crate::probe::content::Content;
use crate::probe::plan::BAUDRATES;

/// A bar ends here: one in a million.
const LEAST: f64 = 1e-6;

/// A line of a chart.
struct Chance {
    name: String,
    chance: f64,
    /// Kept to the end of the comparison; what fell behind earlier has no exact number.
    exact: bool,
    chosen: bool,
    note: String,
}

/// The baud rates.
pub(super) fn rates(rates: &Rates, html: &mut Html) {
    let rows = BAUDRATES.iter().zip(rates.chances).map(|(rate, chance)| Chance {
        name: rate.to_string(),
        chance,
        exact: true,
        chosen: *rate == rates.chosen,
        note: String::new(),
    });
    let rows: Vec<Chance> = rows.collect();
    chart("Likelihood of each baud rate", "Baud rate", &rows, html);
}

/// Polarities and formats.
pub(super) fn formats(formats: &Formats, html: &mut Html) {
    chart("Likelihood of each polarity and format", "Format", &by_format(formats), html);
}

/// Sums the candidates of each polarity and format; what is not among them fell behind.
fn by_format(formats: &Formats) -> Vec<Chance> {
    const FORMATS: [(DataBits, Parity, bool, &str); 6] = [
        (DataBits::Eight, Parity::None, false, "8N1"),
        (DataBits::Eight, Parity::None, true, "8N2"),
        (DataBits::Eight, Parity::Even, false, "8E1"),
        (DataBits::Eight, Parity::Odd, false, "8O1"),
        (DataBits::Seven, Parity::Even, false, "7E1"),
        (DataBits::Seven, Parity::Odd, false, "7O1"),
    ];
    let least = formats.candidates.iter().map(|c| c.cost).fold(f64::INFINITY, f64::min);
    let total: f64 = formats.candidates.iter().map(|c| (least - c.cost).exp()).sum();
    let mut rows = Vec::new();
    for invert in [false, true].into_iter().filter(|invert| !invert || formats.inverted_too) {
        for (data_bits, parity, two, name) in FORMATS {
            let of = || {
                formats.candidates.iter().filter(move |c| {
                    let h = &c.hypothesis;
                    (h.invert, h.data_bits, h.parity, h.two_stop_bits) == (invert, data_bits, parity, two)
                })
            };
            let sum: f64 = of().map(|c| (least - c.cost).exp()).sum();
            let best = of().min_by(|a, b| a.cost.total_cmp(&b.cost));
            rows.push(Chance {
                name: format!("{name}{}", if invert { " inverted" } else { "" }),
                chance: sum / total,
                exact: best.is_some(),
                chosen: false,
                note: best.map_or("", |c| content(c.hypothesis.content)).to_owned(),
            });
        }
    }
    let most = rows.iter().map(|r| r.chance).fold(0.0, f64::max);
    if let Some(best) = rows.iter_mut().find(|r| r.chance >= most) {
        best.chosen = true;
    }
    rows
}

/// What a hypothesis takes the content for.
const fn content(content: Content) -> &'static str {
    match content {
        Content::Text => "as text",
        Content::Dlms => "as DLMS",
        Content::Mbus => "as M-Bus",
        Content::Flat => "as random bytes",
    }
}

/// A probability as people read it.
fn percent(row: &Chance) -> String {
    match row.chance * 100.0 {
        _ if !row.exact => "–".to_owned(),
        p if p >= 99.995 => "> 99.99 %".to_owned(),
        p if p >= 99.0 => format!("{p:.2} %"),
        p if p >= 0.95 => format!("{p:.0} %"),
        p if p >= 0.0095 => format!("{p:.2} %"),
        p if p >= 0.00095 => format!("{p:.3} %"),
        _ => "< 0.001 %".to_owned(),
    }
}

fn chart(caption: &str, head: &str, rows: &[Chance], html: &mut Html) {
    const WIDTH: f64 = 120.0;
    html.begin("table", &[("class", &"chances")]);
    html.leaf("caption", &[], caption);
    html.begin("thead", &[]);
    html.begin("tr", &[]);
    html.leaf("th", &[("scope", &"col")], head);
    html.leaf("th", &[("scope", &"col")], "10⁻⁶ to 1, logarithmic");
    html.leaf("th", &[("scope", &"col"), ("class", &"num")], "Probability");
    html.end();
    html.end();
    html.begin("tbody", &[]);
    for row in rows {
        html.begin("tr", if row.chosen { &[("class", &"chosen")] } else { &[] });
        html.begin("th", &[("scope", &"row")]);
        html.text(&row.name);
        if !row.note.is_empty() && row.chosen {
            html.leaf("span", &[("class", &"note")], format_args!(" {}", row.note));
        }
        html.end();
        html.begin("td", &[("class", &"bar")]);
        let share = (row.chance.max(LEAST) / LEAST).ln() / (1.0 / LEAST).ln();
        html.begin(
            "svg",
            &[
                ("viewBox", &format_args!("0 0 {} 12", Px(WIDTH))),
                ("preserveAspectRatio", &"none"),
                ("aria-hidden", &"true"),
            ],
        );
        html.empty("path", &[("class", &"grid"), ("d", &"M40 0V12M80 0V12M120 0V12")]);
        html.empty("rect", &[("x", &0), ("y", &2), ("width", &Px(share * WIDTH)), ("height", &8)]);
        html.end();
        html.end();
        html.leaf("td", &[("class", &"num")], percent(row));
        html.end();
    }
    html.end();
    html.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::uart::Model;
    use crate::probe::infer::Candidate;
    use crate::probe::trellis::Hypothesis;
    use std::time::Duration;

    #[test]
    fn candidates_of_a_format_are_summed() {
        let candidate = |parity, model, cost| Candidate {
            hypothesis: Hypothesis {
                invert: false,
                data_bits: DataBits::Eight,
                parity,
                two_stop_bits: false,
                model,
                step: 1.0,
                content: Content::Dlms,
            },
            cost,
            surprise: 1.0,
        };
        // Odds 2 : 1, and two equal models on the first side: ln 2 nats between.
        let candidates = vec![
            candidate(Parity::None, Model::A, 100.0),
            candidate(Parity::None, Model::B, 100.0),
            candidate(Parity::Even, Model::A, 100.0),
        ];
        let rows = by_format(&Formats { at: Duration::ZERO, characters: 9, inverted_too: true, candidates });
        assert_eq!(rows.len(), 12);
        let of = |name: &str| rows.iter().find(|r| r.name == name).unwrap();
        assert_eq!((percent(of("8N1")), percent(of("8E1"))), ("67 %".into(), "33 %".into()));
        assert_eq!(percent(of("7O1 inverted")), "–");
        assert!(of("8N1").chosen && !of("8E1").chosen);
    }
}
