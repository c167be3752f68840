//! The report of a roll-out as a file, for spreadsheets and scripts.

use super::roll_out::Row;
use crate::error::{Error, Kind, Result};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A file that can be written to, before anything is sent.
pub struct Report {
    file: File,
    json: bool,
}

impl Report {
    /// Makes the file.
    ///
    /// # Errors
    /// Kind `Usage` when it cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|e| {
            Error::new(Kind::Usage, format!("cannot write the report {}: {e}", path.display()))
                .hint("nothing was sent")
        })?;
        let json = path.extension().is_some_and(|e| e == "json" || e == "jsonl");
        Ok(Report { file, json })
    }

    /// Writes a line a gateway.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, rows: &[Row]) -> io::Result<()> {
        let mut file = BufWriter::new(self.file);
        if self.json {
            for row in rows {
                writeln!(file, "{}", row.to_json())?;
            }
            return file.flush();
        }
        let mut csv = csv::Writer::from_writer(file);
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
