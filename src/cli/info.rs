use super::change::what_to_do;
use super::connect::Connect;
use super::hosts::each;
use super::members;
use crate::config::secrets::Stdin;
use crate::error::Result;
use crate::ui::{Ui, answer, answer_json};
use clap::Args as ClapArgs;
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// The gateway and its meter: device, firmware, licence, meter status, network
#[derive(Debug, ClapArgs)]
pub struct Args {}

/// Reads.
pub fn run(_: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let gateways = connect.gateways(ui, &mut Stdin::default())?;
    let several = gateways.several;
    each(&gateways, ui, |gateway| {
        let (host, system) = (gateway.host(), gateway.client.system()?);
        if ui.json {
            let value = if several { json!({"host": host, "system": system}) } else { system.into() };
            answer_json(&value, several);
            return Ok(ExitCode::SUCCESS);
        }
        let head = if several { format!("# {host}\n") } else { String::new() };
        answer(&(head + &members::table(&system)));
        let status = system.get("meter").and_then(|m| m.get("status")).and_then(Json::as_str);
        if let Some((_, advice)) = status.and_then(what_to_do) {
            ui.advice(advice);
        }
        Ok(ExitCode::SUCCESS)
    })
}
