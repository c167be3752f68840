//! Writes the tables of `probe::baud` and `probe::content` anew: `cargo run --release --example probe-tables`.
//!
//! They are counted over simulated lines and telegrams; the same program gives the same files.

fn main() -> std::io::Result<()> {
    let tables = [
        (concat!(env!("CARGO_MANIFEST_DIR"), "/src/probe/baud.tables"), wwctl::probe::baud::train_all()),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/probe/content/priors.tables"),
            wwctl::probe::content::table(),
        ),
    ];
    for (path, table) in tables {
        std::fs::write(path, &table)?;
        println!("{path}: {} bytes", table.len());
    }
    Ok(())
}
