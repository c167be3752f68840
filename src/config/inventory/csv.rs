//! An inventory as CSV: a header of names, then one gateway a row.
//!
//! Comma, semicolon or tab, found in the header.  An empty cell says nothing.  A column whose name begins with `#` is a
//! remark, and so is a line that does.

use super::{Builder, Cell, Place, Row};
use csv::{ReaderBuilder, StringRecord};

pub(super) fn read(text: &str, builder: &mut Builder) {
    let header = text.lines().find(|l| !l.is_empty() && !l.starts_with('#')).unwrap_or_default();
    let count = |c: char| header.matches(c).count();
    let delimiter =
        [',', ';', '\t'].into_iter().max_by_key(|c| count(*c)).filter(|c| count(*c) > 0).unwrap_or(',');
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter as u8)
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(header) = next(&mut records, builder) else {
        return builder.problem(
            Place { line: 1, column: 1 },
            "there is no header: a line with `host` and names of settings",
        );
    };
    let line = line(&header);
    let mut names: Vec<Option<String>> = Vec::new();
    for (i, name) in header.iter().enumerate() {
        let place = Place { line, column: i + 1 };
        if name.is_empty() {
            builder.problem(place, "this column has no name");
        } else if !name.starts_with('#') && names.iter().any(|n| n.as_deref() == Some(name)) {
            builder.problem(place, format!("`{name}` is a column already"));
        } else if !name.starts_with('#') && builder.knows(name, place) {
            names.push(Some(name.to_owned()));
            continue;
        }
        names.push(None);
    }
    if !names.iter().flatten().any(|n| n == "host") {
        builder.problem(Place { line, column: 1 }, "there is no column `host`");
        return;
    }
    while let Some(record) = next(&mut records, builder) {
        let line = self::line(&record);
        let mut row = Row::new(Place { line, column: 1 });
        for (i, cell) in record.iter().enumerate() {
            let place = Place { line, column: i + 1 };
            match names.get(i) {
                Some(Some(name)) if !cell.is_empty() => {
                    builder.set(&mut row, name, Cell::Text(cell.to_owned()), place)
                }
                Some(_) => {}
                None if cell.is_empty() => {}
                None => builder.problem(place, format!("there are only {} columns", names.len())),
            }
        }
        builder.rows.push(row);
    }
}

fn line(record: &StringRecord) -> usize {
    record.position().map_or(1, |p| usize::try_from(p.line()).unwrap_or(usize::MAX))
}

fn next(records: &mut csv::StringRecordsIter<&[u8]>, builder: &mut Builder) -> Option<StringRecord> {
    loop {
        match records.next()? {
            Ok(record) if record.iter().all(str::is_empty) => continue,
            Ok(record) => return Some(record),
            Err(e) => {
                let line = e.position().map_or(1, |p| usize::try_from(p.line()).unwrap_or(usize::MAX));
                builder.problem(Place { line, column: 1 }, format!("not CSV: {e}"));
                return None;
            }
        }
    }
}
