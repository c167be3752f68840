//! Tables: columns apart by two blanks, no frames, readable at 80 columns and through a pipe.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Row, Table as Comfy};
use std::io::IsTerminal;

/// The width where there is no terminal to ask.
const PIPE_WIDTH: u16 = 80;

/// How a cell stands out.  Colour alone never carries the meaning: the text says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    Plain,
    /// To be seen first.
    Strong,
    /// Of less interest.
    Faint,
    /// Not as it should be.
    Bad,
}

/// A table in the making.
#[derive(Debug)]
pub struct Table(Comfy);

impl Table {
    /// With these heads; none when empty.
    pub fn new(heads: &[&str]) -> Self {
        let mut table = Comfy::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if !heads.is_empty() {
            table.set_header(heads.iter().map(|h| Cell::new(h).add_attribute(Attribute::Bold)));
        }
        // Colour is taken out again where it does not belong, when the text is written.
        table.enforce_styling();
        table.style_text_only();
        if !std::io::stdout().is_terminal() {
            table.set_width(PIPE_WIDTH);
        }
        Table(table)
    }

    /// Adds a row.
    pub fn row<S: ToString>(&mut self, cells: impl IntoIterator<Item = (S, Look)>) {
        let cells = cells.into_iter().map(|(text, look)| {
            let text = text.to_string();
            let look = if text.is_empty() { Look::Plain } else { look };
            let cell = Cell::new_owned(text);
            match look {
                Look::Plain => cell,
                Look::Strong => cell.fg(Color::Yellow).add_attribute(Attribute::Bold),
                Look::Faint => cell.add_attribute(Attribute::Dim),
                Look::Bad => cell.fg(Color::Red).add_attribute(Attribute::Bold),
            }
        });
        self.0.add_row(Row::from(cells.collect::<Vec<_>>()));
    }

    /// The table as lines, each with its line feed.
    pub fn render(mut self) -> String {
        let last = self.0.column_count().saturating_sub(1);
        for (index, column) in self.0.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 2 }));
        }
        let mut text = String::new();
        for line in self.0.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_long_text_wraps() {
        let mut table = Table::new(&["FIELD", "VALUE"]);
        table.0.set_width(30);
        table.row([("baudrate", Look::Plain), ("2400", Look::Strong)]);
        table.row([("x", Look::Plain), ("auto, p1, mbus, ttl, mep, irda", Look::Plain)]);
        let text = anstream::adapter::strip_str(&table.render()).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "FIELD     VALUE");
        assert_eq!(lines[1], "baudrate  2400");
        assert_eq!(lines[2], "x         auto, p1, mbus, ttl,");
        assert_eq!(lines[3].trim(), "mep, irda");
    }
}
