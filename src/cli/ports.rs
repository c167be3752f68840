use crate::error::Result;
use crate::line::Flags;
use crate::line::ports::{self, Access, Port};
use crate::ui::table::{Look, Table};
use crate::ui::{Ui, answer};
use clap::Args as ClapArgs;

/// List the serial ports, and what hinders access to them
///
/// Shows USB id, chip and driver of each port, and how the driver reports framing and parity errors: probing is quicker and
/// surer on an adapter that tells of them for each character (CP210x), and works on all.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// USB serial ports only
    #[arg(long)]
    usb: bool,
}

/// Lists.
pub fn run(args: &Args, ui: &Ui) -> Result<()> {
    let mut ports = ports::list()?;
    ports.retain(|port| port.usb.is_some() || !args.usb);
    if ui.json {
        let list: Vec<serde_json::Value> = ports.iter().map(json).collect();
        answer(&format!("{}\n", serde_json::json!({"schema": "wwctl.ports.v1", "ports": list})));
        return Ok(());
    }
    if ports.is_empty() {
        ui.note("no serial ports here");
        return Ok(());
    }
    let mut table = Table::new(&["PORT", "USB ID", "DEVICE", "DRIVER", "ERRORS", "ACCESS"]);
    for port in &ports {
        let id =
            port.usb.as_ref().map_or_else(String::new, |u| format!("{:04x}:{:04x}", u.vendor, u.product));
        let look = match port.access {
            Access::Denied { .. } | Access::Busy { .. } => Look::Bad,
            _ => Look::Plain,
        };
        table.row([
            (port.name.clone(), Look::Strong),
            (id, Look::Plain),
            (device(port), Look::Plain),
            (port.driver.clone().unwrap_or_default(), Look::Plain),
            (errors(port.flags()).to_owned(), Look::Plain),
            (access(&port.access), look),
        ]);
    }
    answer(&table.render());
    for port in &ports {
        if let Some(remedy) = port.access.remedy(&port.name) {
            ui.note(&format!("{}: {remedy}", port.name));
        }
    }
    Ok(())
}

fn device(port: &Port) -> String {
    let name = port.usb.as_ref().and_then(|usb| usb.name.as_deref());
    match (port.chip(), name) {
        (Some(chip), Some(name)) if name.contains(chip) => name.to_owned(),
        (Some(chip), Some(name)) => format!("{chip}, {name}"),
        (chip, name) => chip.or(name).unwrap_or_default().to_owned(),
    }
}

const fn errors(flags: Flags) -> &'static str {
    match flags {
        Flags::PerCharacter => "per character",
        Flags::PerPacket => "per packet",
        Flags::None => "none",
    }
}

fn access(access: &Access) -> String {
    match access {
        Access::Granted => "ok".to_owned(),
        Access::Denied { group: Some(group) } => format!("denied (group {group})"),
        Access::Denied { group: None } => "denied".to_owned(),
        Access::Busy { process, id } => format!("busy ({process}, {id})"),
        Access::Unknown => String::new(),
    }
}

fn json(port: &Port) -> serde_json::Value {
    let (state, group, process) = match &port.access {
        Access::Granted => ("ok", None, None),
        Access::Denied { group } => ("denied", group.clone(), None),
        Access::Busy { process, id } => ("busy", None, Some(serde_json::json!({"name": process, "id": id}))),
        Access::Unknown => ("unknown", None, None),
    };
    serde_json::json!({
        "port": port.name,
        "usb": port.usb.as_ref().map(|usb| serde_json::json!({
            "vendor": format!("{:04x}", usb.vendor),
            "product": format!("{:04x}", usb.product),
            "manufacturer": usb.manufacturer,
            "name": usb.name,
            "serial": usb.serial,
        })),
        "chip": port.chip(),
        "driver": port.driver,
        "errors": port.flags().as_str(),
        "note": port.known_driver().map(|driver| driver.note),
        "access": state,
        "group": group,
        "process": process,
        "hint": port.access.remedy(&port.name),
    })
}
