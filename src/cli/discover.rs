use crate::error::{Error, Kind, Result};
use crate::gateway::discovery::{Found, Search};
use crate::ui::{Ui, answer, interrupt};
use clap::Args as ClapArgs;
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
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|s| (0.1..=3600.0).contains(s));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds from 0.1 to 3600".to_owned())
}

/// Searches.
pub fn run(args: &Args, ui: &Ui) -> Result<()> {
    let mut search = Search::start(&args.interface)?;
    let _stop = interrupt::cooperate();
    let until = Instant::now() + args.search;
    let mut count = 0;
    while Instant::now() < until && args.count != Some(count) {
        if interrupt::interrupted() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        let Some(found) = search.next(until.min(Instant::now() + Duration::from_millis(200))) else {
            continue;
        };
        count += 1;
        show(&found, ui);
    }
    if count == 0 {
        let what = format!("no gateway answered within {} s", args.search.as_secs_f64());
        return Err(Error::new(Kind::NothingFound, what).hint(
            "gateway and computer must be in the same network, and multicast (UDP port 5353) must pass; \
             with its address, -H reaches a gateway without discovery",
        ));
    }
    Ok(())
}

fn show(found: &Found, ui: &Ui) {
    if ui.json {
        let line = serde_json::json!({
            "schema": "wwctl.gateway.v1",
            "id": found.id,
            "name": found.name,
            "host": found.host,
            "address": found.addresses.first(),
            "addresses": found.addresses,
            "port": found.port,
        });
        answer(&format!("{line}\n"));
    } else {
        let address = found.address().unwrap_or_else(|| "no address".to_owned());
        answer(&format!("{:<12}  {:<24}  {:<22}  {}\n", found.id, found.host, address, found.name));
    }
}
