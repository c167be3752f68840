use crate::error::{Error, Kind, Result};
use crate::simulate::gateway::{Auth, Config, Gateway, Meter};
use crate::ui::{Ui, interrupt};
use clap::Args as ClapArgs;
use serde_json::json;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Show the whole way on embedded parts: gateway, meter, probe, set, verify
///
/// Starts a simulated gateway that asks for a password and is not set for its meter, listens to the simulated meter, finds
/// its settings, applies them, and shows the meter OK. Every command is run as it is shown.
#[derive(Debug, ClapArgs)]
pub struct Args {}

/// What the demo's gateway asks for.
const PASSWORD: &str = "demo";

/// The line of the demo's meter, with one push every five seconds.
const LINE: &str = "sim:hdlc?baudrate=2400&parity=even&interval=5&seed=7";

/// What a gateway must be set to for that line; the probe has to find it out.
const TRUTH: [(&str, &str); 3] = [("auto_baudrate", "false"), ("baudrate", "2400"), ("parity", "\"even\"")];

/// Runs it.
pub fn run(_: &Args, ui: &Ui) -> Result<()> {
    let truth =
        TRUTH.map(|(name, value)| (name.to_owned(), serde_json::from_str(value).unwrap_or(json!(null))));
    let meter = Meter { truth: Some(truth.into_iter().collect()), ok_after: Duration::from_secs(1) };
    let config = Config { auth: Auth::digest(PASSWORD), meter, ..Config::default() };
    let gateway = Gateway::start(config)
        .map_err(|e| Error::new(Kind::Other, format!("the simulated gateway does not start: {e}")))?;
    let url = gateway.url();
    let host = url.trim_start_matches("http://");
    let home = Home::new()?;
    let _stop = interrupt::cooperate();

    say("A gateway with a password, and a meter that it is not set for. In a terminal of your own this is:");
    let meter = TRUTH.map(|(name, value)| format!("--meter {name}={}", value.trim_matches('"'))).join(" ");
    shown(&format!("wwctl simulate gateway --password {PASSWORD} {meter}"));
    say(&format!("It listens on {url}. Its settings, as they left the factory:"));
    let wwctl = |words: &[&str]| Step { words: words.iter().map(|w| (*w).to_owned()).collect(), home: &home };
    wwctl(&["-H", host, "get"]).run()?;
    say("What the gateway says of its meter:");
    wwctl(&["-H", host, "info"]).run()?;
    say("So listen to the meter itself: here a simulated line, at home a USB adapter on /dev/ttyUSB0.");
    wwctl(&["probe", LINE]).run()?;
    say("The same as a document, straight into the gateway; then wait until it reads its meter:");
    wwctl(&["probe", LINE, "--json"]).pipe_into(&wwctl(&["-H", host, "set", "--from", "-", "--wait=20"]))?;
    say("And so it stands now:");
    wwctl(&["-H", host, "info"]).run()?;
    if !ui.quiet {
        say("That was all of it. Next: `wwctl ports` lists your adapters, `wwctl discover` your gateways.");
    }
    Ok(())
}

/// A folder for what the demo's commands keep, gone with the value.
struct Home(PathBuf);

impl Home {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("wwctl-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|e| Error::new(Kind::Other, format!("cannot make {}: {e}", path.display())))?;
        Ok(Home(path))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What is left in a temporary folder does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A command of the demo.
struct Step<'a> {
    words: Vec<String>,
    home: &'a Home,
}

impl Step<'_> {
    fn text(&self) -> String {
        let quoted =
            self.words.iter().map(|w| if w.contains(['?', '&']) { format!("'{w}'") } else { w.clone() });
        let login = if self.words.iter().any(|w| w == "-H") { "WWCTL_PASSWORD=demo " } else { "" };
        format!("{login}wwctl {}", quoted.collect::<Vec<_>>().join(" "))
    }

    fn command(&self) -> Result<Command> {
        let program = std::env::current_exe()
            .map_err(|e| Error::new(Kind::Other, format!("cannot find the program itself: {e}")))?;
        let mut command = Command::new(program);
        // The user's own configuration must not change what the demo shows.
        command
            .args(&self.words)
            .env("WWCTL_PASSWORD", PASSWORD)
            .env("WWCTL_CONFIG", "")
            .env_remove("WWCTL_HOST")
            .env("XDG_STATE_HOME", &self.home.0);
        Ok(command)
    }

    fn run(&self) -> Result<()> {
        shown(&self.text());
        let status = self.command()?.status();
        self.check(status)
    }

    fn pipe_into(&self, next: &Step) -> Result<()> {
        shown(&format!("{} | {}", self.text(), next.text()));
        let started = self.command()?.stdout(Stdio::piped()).spawn();
        let mut first = started.map_err(|e| Error::new(Kind::Other, format!("{}: {e}", self.text())))?;
        let status = match first.stdout.take() {
            Some(output) => next.command()?.stdin(output).status(),
            None => next.command()?.status(),
        };
        self.check(first.wait())?;
        next.check(status)
    }

    fn check(&self, status: std::io::Result<std::process::ExitStatus>) -> Result<()> {
        if interrupt::interrupted() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Error::new(Kind::Other, format!("`{}` ended with {status}", self.text()))),
            Err(e) => Err(Error::new(Kind::Other, format!("`{}`: {e}", self.text()))),
        }
    }
}

fn say(text: &str) {
    line(&format!("\n{text}"));
}

fn shown(command: &str) {
    let style = anstyle::Style::new().bold();
    line(&format!("{style}$ {command}{style:#}"));
}

/// The demo talks on stdout like its commands; a reader that has gone ends it quietly.
fn line(text: &str) {
    crate::ui::answer(&format!("{text}\n"));
}
