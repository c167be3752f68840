use super::connect::Connect;
use crate::error::Result;
use crate::ui::Ui;
use clap::{Args as ClapArgs, Subcommand};
use std::process::ExitCode;

mod gateway;
mod meter;

/// An embedded gateway or meter, to try everything without hardware
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Gateway(Box<gateway::Args>),
    Meter(meter::Args),
}

/// Simulates until it is stopped.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    match &args.what {
        What::Gateway(args) => gateway::run(args, connect, ui),
        What::Meter(args) => meter::run(args, ui),
    }
}
