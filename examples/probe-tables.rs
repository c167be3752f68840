//! Writes the tables of `probe::baud` anew: `cargo run --release --example probe-tables`.
//!
//! They are counted over simulated lines; the same program gives the same file.

fn main() -> std::io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/probe/baud.tables");
    let tables = wwctl::probe::baud::train_all();
    std::fs::write(path, &tables)?;
    println!("{path}: {} bytes", tables.len());
    Ok(())
}
