//! The command line: one file a subcommand, each with its arguments and its run.

use crate::error::{Error, Kind, Result};
use crate::ui::{ColorChoice, Ui, interrupt};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

mod apply;
mod capture;
mod change;
mod completions;
mod config;
mod connect;
mod decode;
mod demo;
mod diff;
mod discover;
mod doctor;
mod effective;
mod fields;
mod fleet;
mod get;
mod hosts;
mod info;
mod keys;
mod live;
mod man;
mod members;
mod page_file;
mod pages;
mod port;
mod ports;
mod probe;
mod replace;
mod report;
mod restore;
mod scalers;
mod set;
mod simulate;
mod values;

/// Configure whatwatt Go gateways, and find out what a smart meter really sends.
#[derive(Debug, Parser)]
#[command(
    name = "wwctl",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Print JSON; errors too
    #[arg(long, global = true, display_order = 900)]
    pub json: bool,
    /// No progress and no remarks
    #[arg(short, long, global = true, display_order = 901)]
    pub quiet: bool,
    /// Show what is sent and received, without secrets
    #[arg(short, long, global = true, action = clap::ArgAction::Count, display_order = 902)]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", display_order = 903)]
    pub color: ColorChoice,
    /// How to reach gateways.
    #[command(flatten)]
    pub connect: connect::Connect,
}

/// The commands, in the order of a first reading: the gateway, the fleet, the line, the rest.
#[derive(Debug, Subcommand)]
enum Command {
    Get(get::Args),
    Set(set::Args),
    Replace(replace::Args),
    Diff(diff::Args),
    Fields(fields::Args),
    Info(info::Args),
    Scalers(scalers::Args),
    Discover(discover::Args),
    Apply(apply::Args),
    Restore(restore::Args),
    Doctor(doctor::Args),
    Live(live::Args),
    Report(report::Args),
    Probe(probe::Args),
    Capture(capture::Args),
    Decode(decode::Args),
    Ports(ports::Args),
    Simulate(simulate::Args),
    Demo(demo::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// The command line with all that help, completions and manual show.
fn command() -> clap::Command {
    let mut root = Cli::command();
    for page in pages::PAGES {
        let Some(examples) = page.help() else { continue };
        root = match page.name.split_once(' ') {
            None if page.name.is_empty() => root.after_help(examples),
            None => root.mut_subcommand(page.name, |c| c.after_help(examples)),
            Some((group, name)) => {
                root.mut_subcommand(group, |g| g.mut_subcommand(name, |c| c.after_help(examples)))
            }
        };
    }
    root
}

/// Runs the tool with the process's arguments.
pub fn main() -> ExitCode {
    interrupt::install();
    let cli = match command().try_get_matches().and_then(|m| Cli::from_arg_matches(&m)) {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own texts; help and version are answers, the rest is usage.
            if error.use_stderr() && std::env::args_os().take_while(|a| a != "--").any(|a| a == "--json") {
                eprintln!("{}", serde_json::json!({ "error": usage(&error).to_json() }));
            } else {
                let _ = error.print();
            }
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let ui = Ui::new(cli.global.json, cli.global.quiet, cli.global.verbose, cli.global.color);
    match run(&cli, &ui) {
        Ok(code) => code,
        Err(error) => {
            // Whoever pressed Ctrl-C knows; only what has more to say is said.
            if ui.json || error.kind() != Kind::Interrupted || error.message() != "interrupted" {
                ui.error(&error);
            }
            ExitCode::from(error.kind().exit_status())
        }
    }
}

/// clap's text as an error of ours: the first paragraph is what happened, the others say what to do.
fn usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut paragraphs = text
        .split("\n\n")
        .map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|p| !p.is_empty() && !p.starts_with("For more information"));
    let message = paragraphs.next().unwrap_or_default();
    let error = Error::new(Kind::Usage, message.strip_prefix("error: ").unwrap_or(&message));
    match paragraphs.collect::<Vec<_>>() {
        rest if rest.is_empty() => error,
        rest => error.hint(rest.join("; ")),
    }
}

fn run(cli: &Cli, ui: &Ui) -> Result<ExitCode> {
    let connect = &cli.global.connect;
    match &cli.command {
        Command::Apply(args) => return apply::run(args, connect, ui),
        Command::Capture(args) => capture::run(args, ui)?,
        Command::Completions(args) => completions::run(args)?,
        Command::Config(args) => config::run(args, connect, ui)?,
        Command::Decode(args) => decode::run(args, ui)?,
        Command::Demo(args) => demo::run(args, ui)?,
        Command::Diff(args) => return diff::run(args, connect, ui),
        Command::Discover(args) => return discover::run(args, connect, ui),
        Command::Doctor(args) => return doctor::run(args, connect, ui),
        Command::Fields(args) => fields::run(args, ui)?,
        Command::Get(args) => return get::run(args, connect, ui),
        Command::Info(args) => return info::run(args, connect, ui),
        Command::Live(args) => return live::run(args, connect, ui),
        Command::Man(args) => man::run(args)?,
        Command::Ports(args) => ports::run(args, ui)?,
        Command::Probe(args) => return probe::run(args, connect, ui),
        Command::Replace(args) => return replace::run(args, connect, ui),
        Command::Report(args) => return report::run(args, connect, ui),
        Command::Restore(args) => return restore::run(args, connect, ui),
        Command::Scalers(args) => return scalers::run(args, connect, ui),
        Command::Set(args) => return set::run(args, connect, ui),
        Command::Simulate(args) => return simulate::run(args, connect, ui),
    }
    Ok(ExitCode::SUCCESS)
}
