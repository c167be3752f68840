use super::command;
use super::pages::{self, Page};
use crate::error::{Error, Kind, Result};
use clap::Args as ClapArgs;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::path::{Path, PathBuf};

/// Write the manual pages into a directory
///
/// One page a command, `wwctl.1`, `wwctl-get.1` and so on; the directory is made when it is missing.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Writes them.
pub fn run(args: &Args) -> Result<()> {
    let failed = |path: &Path, e: std::io::Error| {
        Error::new(Kind::Other, format!("cannot write {}: {e}", path.display()))
    };
    std::fs::create_dir_all(&args.directory).map_err(|e| failed(&args.directory, e))?;
    for (name, page) in all() {
        let path = args.directory.join(name);
        std::fs::write(&path, page).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

/// File name and text of every page.
fn all() -> Vec<(String, Vec<u8>)> {
    let mut root = command().disable_help_subcommand(true);
    root.build();
    let mut out = Vec::new();
    collect(&root, "", &mut out);
    out
}

fn collect(command: &clap::Command, path: &str, out: &mut Vec<(String, Vec<u8>)>) {
    let man =
        Man::new(command.clone()).source(concat!("wwctl ", env!("CARGO_PKG_VERSION"))).manual("wwctl manual");
    out.push((man.get_filename(), render(&man, pages::of(path)).unwrap_or_default()));
    for sub in command.get_subcommands().filter(|s| !s.is_hide_set()) {
        collect(sub, format!("{path} {}", sub.get_name()).trim_start(), out);
    }
}

fn render(man: &Man, page: &Page) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if page.name.is_empty() {
        man.render_subcommands_section(&mut text)?;
    }
    let mut roff = Roff::new();
    definitions(&mut roff, "EXIT STATUS", page.exit_statuses().map(|(n, what)| (n.to_string(), what)));
    definitions(&mut roff, "ENVIRONMENT", page.environment().map(|(n, what)| (n.to_owned(), what)));
    definitions(&mut roff, "FILES", page.files().map(|(n, what)| (n.to_owned(), what)));
    if !page.examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        for (line, what) in page.examples {
            roff.control("PP", []);
            roff.text([roman(*what)]);
            roff.control("PP", []);
            roff.control("RS", ["4"]);
            roff.control("nf", []);
            roff.text([bold(*line)]);
            roff.control("fi", []);
            roff.control("RE", []);
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("wwctl"), roman("(1)")]);
    roff.to_writer(&mut text)?;
    Ok(text)
}

fn definitions<'a>(roff: &mut Roff, title: &str, items: impl Iterator<Item = (String, &'a str)>) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    roff.control("SH", [title]);
    for (name, what) in items {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(what)]);
    }
}
