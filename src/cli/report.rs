use super::connect::Connect;
use super::hosts::each;
use super::members;
use crate::config::secrets::Stdin;
use crate::error::Result;
use crate::ui::{Ui, answer, answer_json};
use clap::Args as ClapArgs;
use serde_json::json;
use std::process::ExitCode;

/// The last report: power, energy, voltage and current as the gateway gives them
///
/// Needs a PLUS or PRO licence on the gateway.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The DLMS objects of the last report instead, as the meter sent them (always JSON)
    #[arg(long)]
    objects: bool,
}

/// Reads.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let gateways = connect.gateways(ui, &mut Stdin::default())?;
    let several = gateways.several;
    each(&gateways, ui, |gateway| {
        let host = gateway.host();
        if args.objects {
            let objects = gateway.client.report_objects()?;
            let value = if several { json!({"host": host, "objects": objects}) } else { objects };
            answer_json(&value, several);
            return Ok(ExitCode::SUCCESS);
        }
        let report = gateway.client.report()?;
        if ui.json {
            let value = if several { json!({"host": host, "report": report}) } else { report.into() };
            answer_json(&value, several);
        } else {
            let head = if several { format!("# {host}\n") } else { String::new() };
            answer(&(head + &members::table(&report)));
        }
        Ok(ExitCode::SUCCESS)
    })
}
