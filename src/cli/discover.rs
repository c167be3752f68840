use super::connect::Connect;
use super::effective::Effective;
use super::hosts::reach;
use crate::config::layers::Host;
use crate::config::secrets::Stdin;
use crate::error::{Error, Kind, Result};
use crate::gateway::discovery::{Found, Search};
use crate::gateway::pool;
use crate::settings::Object;
use crate::ui::{Ui, answer, interrupt};
use clap::Args as ClapArgs;
use serde_json::{Value as Json, json};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Find the gateways on this network
///
/// Searches by mDNS and prints each gateway when it answers: as a line for people, or with --json as an object a line,
/// which --hosts-file reads.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// How long to search
    #[arg(long = "for", value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    search: Duration,
    /// Search on this network interface only (repeatable)
    #[arg(long, value_name = "NAME")]
    interface: Vec<String>,
    /// Stop when this many have answered
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    /// Ask each gateway for firmware, licence and meter status, which needs the password
    #[arg(long)]
    info: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|s| (0.1..=3600.0).contains(s));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds from 0.1 to 3600".to_owned())
}

/// Searches.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let effective = if args.info { Some(Effective::load(connect)?) } else { None };
    let mut search = Search::start(&args.interface)?;
    let _stop = interrupt::cooperate();
    let until = Instant::now() + args.search;
    let mut gateways = Vec::new();
    let enough = |count: usize| args.count.is_some_and(|n| count >= n as usize);
    while Instant::now() < until && !enough(gateways.len()) {
        if interrupt::interrupted() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        if ui.live() {
            let left = until.saturating_duration_since(Instant::now()).as_secs_f64().ceil();
            ui.status(&format!("searching: {} found, {left} s left", gateways.len()));
        }
        let Some(found) = search.next(until.min(Instant::now() + Duration::from_millis(200))) else {
            continue;
        };
        ui.clear_status();
        if !args.info {
            show(&found, None, ui);
        }
        gateways.push(found);
    }
    ui.clear_status();
    if gateways.is_empty() {
        let what = format!("no gateway answered within {} s", args.search.as_secs_f64());
        return Err(Error::new(Kind::NothingFound, what).hint(
            "gateway and computer must be in the same network, and multicast (UDP port 5353) must pass; \
             with its address, -H reaches a gateway without discovery",
        ));
    }
    match effective {
        Some(effective) => ask(&gateways, &effective, ui),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Shows each gateway with what it says of itself; one that says nothing is shown too.
fn ask(gateways: &[Found], effective: &Effective, ui: &Ui) -> Result<ExitCode> {
    let hosts: Vec<Host> = gateways
        .iter()
        .map(|found| {
            let address = found.address().unwrap_or_else(|| found.host.clone());
            Host { name: found.host.clone(), address, device: None }
        })
        .collect();
    let fleet = reach(effective, hosts.iter().map(|host| (host, None)), ui, &mut Stdin::default())?;
    let mut failed = false;
    pool::run(
        &fleet,
        fleet.jobs,
        || !interrupt::interrupted(),
        |_, gateway| gateway.client.system(),
        |result| {
            let Some((index, result)) = result else { return };
            let Some(gateway) = fleet.get(index) else { return };
            if let Some(found) = gateways.iter().find(|found| found.host == gateway.name) {
                show(found, Some(result.as_ref().ok()), ui);
            }
            if let Err(error) = result {
                failed = true;
                ui.error_at(gateway.host(), &error);
            }
        },
    );
    if interrupt::interrupted() {
        return Err(Error::new(Kind::Interrupted, "interrupted"));
    }
    Ok(if failed { ExitCode::from(Kind::SomeFailed.exit_status()) } else { ExitCode::SUCCESS })
}

/// One line; `system` is what the gateway says when it was asked, and nothing when it does not answer.
fn show(found: &Found, system: Option<Option<&Object>>, ui: &Ui) {
    let member = |path: &[&str]| -> Json {
        let all = system.flatten().cloned().map(Json::Object).unwrap_or_default();
        path.iter().fold(all, |value, name| value.get(name).cloned().unwrap_or_default())
    };
    let (firmware, license) = (member(&["device", "firmware"]), member(&["device", "license", "type"]));
    let (model, status) = (member(&["device", "model"]), member(&["meter", "status"]));
    if ui.json {
        let mut line = json!({
            "schema": "wwctl.gateway.v1",
            "id": found.id,
            "name": found.name,
            "host": found.host,
            "address": found.addresses.first(),
            "addresses": found.addresses,
            "port": found.port,
        });
        if let (Some(line), Some(_)) = (line.as_object_mut(), system) {
            let asked =
                [("model", model), ("firmware", firmware), ("license", license), ("meter_status", status)];
            line.extend(asked.map(|(name, value)| (name.to_owned(), value)));
        }
        return answer(&format!("{line}\n"));
    }
    let address = found.address().unwrap_or_else(|| "no address".to_owned());
    let text = |value: Json| value.as_str().unwrap_or("-").to_owned();
    let last = match system {
        None => found.name.clone(),
        Some(_) => format!("{:<8}  {:<5}  {}", text(firmware), text(license), text(status)),
    };
    answer(&format!("{:<12}  {:<24}  {:<22}  {last}\n", found.id, found.host, address));
}
