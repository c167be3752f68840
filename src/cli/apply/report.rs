//! The report of a roll-out: a table for people, CSV for spreadsheets, JSON lines for scripts.

use super::roll_out::Row;
use crate::error::{Error, Kind, Result};
use crate::ui::table::{Look, Table};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Csv,
    JsonLines,
}

/// Somewhere to write to, made before anything is sent.
pub struct Report {
    out: Box<dyn Write>,
    form: Form,
}

impl Report {
    /// Makes the file; `-` is stdout.
    ///
    /// # Errors
    /// Kind `Usage` when it cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Report { out: Box::new(anstream::stdout()), form: Form::Table });
        }
        let file = File::create(path).map_err(|e| {
            Error::new(Kind::Usage, format!("cannot write the report {}: {e}", path.display()))
                .hint("nothing was sent")
        })?;
        let form = match path.extension().and_then(|e| e.to_str()) {
            Some("json" | "jsonl") => Form::JsonLines,
            Some("txt") => Form::Table,
            _ => Form::Csv,
        };
        Ok(Report { out: Box::new(anstream::StripStream::new(file)), form })
    }

    /// Writes a line a gateway.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, rows: &[Row]) -> io::Result<()> {
        let mut out = BufWriter::new(self.out);
        match self.form {
            Form::Table => {
                out.write_all(table(rows).as_bytes())?;
                return out.flush();
            }
            Form::JsonLines => {
                for row in rows {
                    writeln!(out, "{}", row.to_json())?;
                }
                return out.flush();
            }
            Form::Csv => {}
        }
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record([
            "host", "name", "line", "outcome", "changes", "meter", "cause", "message", "seconds",
        ])?;
        for row in rows {
            let changes: Vec<String> =
                row.changes.iter().map(|c| format!("{}={}", c.name, c.to_text())).collect();
            let error = row.error.as_ref();
            csv.write_record([
                row.host.as_str(),
                &row.name,
                &row.line.to_string(),
                row.outcome.as_str(),
                &changes.join("; "),
                row.meter.as_deref().unwrap_or_default(),
                error.map(|e| e.code()).unwrap_or_default(),
                error.map(|e| e.message()).unwrap_or_default(),
                &format!("{:.3}", row.time.as_secs_f64()),
            ])?;
        }
        csv.flush()
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = Table::new(&["GATEWAY", "OUTCOME", "CHANGES", "METER", "CAUSE"]);
    for row in rows {
        let changes: Vec<String> =
            row.changes.iter().map(|c| format!("{}={}", c.name, c.to_text())).collect();
        let name =
            if row.name == row.host { row.host.clone() } else { format!("{} ({})", row.name, row.host) };
        let look = if row.outcome.is_bad() { Look::Bad } else { Look::Plain };
        table.row([
            (name, Look::Plain),
            (row.outcome.words().to_owned(), look),
            (changes.join(", "), Look::Plain),
            (row.meter.clone().unwrap_or_default(), Look::Plain),
            (row.error.as_ref().map(|e| e.message().to_owned()).unwrap_or_default(), look),
        ]);
    }
    table.render()
}
