//! What the tests of several commands need.

#[allow(dead_code, reason = "only the tests of lines behind servers need one")]
pub mod line_server;

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An empty home, in which nothing of this machine's user shows.
pub struct Home {
    dir: TempDir,
}

impl Home {
    /// A new one; it goes away with the value.
    pub fn new() -> Self {
        Home { dir: TempDir::new().expect("a temporary folder") }
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file that only its owner may read, and returns its path.
    #[allow(dead_code, reason = "used by the commands that read files")]
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
        }
        path
    }

    /// `wwctl` in this home, with an environment of its own.
    pub fn wwctl(&self) -> Command {
        self.wrap(Command::new(env!("CARGO_BIN_EXE_wwctl")))
    }

    /// `wwctl` in this home, to be started and watched, with the password `pw`.
    pub fn process(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wwctl"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("WWCTL_PASSWORD", "pw")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .current_dir(self.path());
        command
    }

    /// Another program in this home.
    pub fn wrap(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .env("LANG", "C.UTF-8")
            .current_dir(self.path());
        command
    }
}

/// The folder of recorded frames beside the checkout, if it is there.
///
/// A user's clone has none: a test that wants it says so and passes.
#[allow(dead_code, reason = "not every set of features has a test that reads captures")]
pub fn captures() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no folder ../shared/captures");
    None
}

/// True when a program is there; says that the test is skipped when it is not.
pub fn has(program: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|d| d.join(program).is_file());
    if !found {
        eprintln!("skipped: no {program} here");
    }
    found
}

/// A simulated gateway, and a home to reach it from.
pub struct Bench {
    pub gateway: wwctl::simulate::gateway::Gateway,
    pub home: Home,
}

/// What a run of the tool gave.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The answer as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {:?} {:?}", self.out, self.err))
    }
}

impl Bench {
    /// With this configuration.
    pub fn with(config: wwctl::simulate::gateway::Config) -> Self {
        let gateway = wwctl::simulate::gateway::Gateway::start(config).expect("a simulated gateway");
        Bench { gateway, home: Home::new() }
    }

    /// Behind Digest with the password `pw`.
    pub fn new() -> Self {
        use wwctl::simulate::gateway::{Auth, Config};
        Bench::with(Config { auth: Auth::digest("pw"), ..Config::default() })
    }

    /// Runs `wwctl -H GATEWAY` with these arguments.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "")
    }

    /// The same as a command to be started: for streams and signals of one's own.
    pub fn plain(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wwctl"));
        command.env_clear().env("HOME", self.home.path()).env("WWCTL_PASSWORD", "pw");
        command.arg("-H").arg(self.gateway.host()).args(args).current_dir(self.home.path());
        command
    }

    /// Runs it with this standard input.
    pub fn run_with(&self, args: &[&str], stdin: &str) -> Run {
        let mut command = self.home.wwctl();
        let host = self.gateway.host();
        command.args(["-H", &host]).args(args).env("WWCTL_PASSWORD", "pw").write_stdin(stdin);
        run(command)
    }

    /// Methods of all requests so far.
    pub fn methods(&self) -> Vec<String> {
        self.gateway.log().iter().map(|e| e.method.clone()).collect()
    }

    /// Documents written so far.
    pub fn writes(&self) -> Vec<serde_json::Value> {
        self.gateway.writes().into_iter().map(|(_, document)| document.into()).collect()
    }

    /// Settings to begin from.
    pub fn preset(&self, settings: serde_json::Value) {
        self.gateway
            .preset(settings.as_object().expect("an object"))
            .expect("settings that the gateway takes");
    }
}

/// Many simulated gateways, and a home to reach them from.
pub struct Many {
    pub fleet: wwctl::simulate::gateway::Fleet,
    pub home: Home,
}

/// The key of the meter with this number; every meter has its own.
pub fn key(number: usize) -> String {
    format!("{:032X}", 0x0011_2233_4455_6677_8899_AABB_0000_0000_u128 + number as u128)
}

impl Many {
    /// An inventory that gives each of them a line and a key of its own.
    pub fn inventory(&self) -> PathBuf {
        let mut text = "host;baudrate;parity;encryption;encryption_key\n".to_owned();
        for (number, gateway) in self.fleet.gateways().iter().enumerate() {
            text.push_str(&format!("{};2400;even;true;{}\n", gateway.host(), key(number)));
        }
        self.home.file("fleet.csv", text)
    }

    /// Says where one of them is not as the inventory wants it.
    pub fn check(&self, index: usize) -> Result<(), String> {
        let (gateway, wanted) =
            (self.at(index), serde_json::json!({"baudrate": 2400, "parity": "even", "encryption": true}));
        let settings = gateway.settings();
        for (name, value) in wanted.as_object().into_iter().flatten() {
            if settings.get(name) != Some(value) {
                return Err(format!("{index}: {name} is {:?}", settings.get(name)));
            }
        }
        match gateway.keys().get("encryption_key").and_then(|k| k.as_str()) {
            Some(found) if found == key(index) => Ok(()),
            _ => Err(format!("{index}: not its key")),
        }
    }

    /// So many behind Digest with the password `pw`.
    pub fn new(count: usize) -> Self {
        use wwctl::simulate::gateway::{Auth, Config, Fleet};
        let config = Config { auth: Auth::digest("pw"), ..Config::default() };
        Many { fleet: Fleet::start(&config, count).expect("simulated gateways"), home: Home::new() }
    }

    /// One of them.
    pub fn at(&self, index: usize) -> &wwctl::simulate::gateway::Handle {
        &self.fleet.gateways()[index]
    }

    /// Their hosts, one a line.
    pub fn hosts(&self) -> String {
        self.fleet.gateways().iter().map(|g| g.host() + "\n").collect()
    }

    /// The writes that each saw.
    pub fn writes(&self) -> Vec<usize> {
        self.fleet.gateways().iter().map(|g| g.writes().len()).collect()
    }

    /// Runs `wwctl` with this standard input.
    pub fn run_with(&self, args: &[&str], stdin: &str) -> Run {
        let mut command = self.home.wwctl();
        command.args(args).env("WWCTL_PASSWORD", "pw").write_stdin(stdin);
        run(command)
    }

    /// Runs `wwctl`.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "")
    }
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Run {
    let output = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

impl Run {
    /// The answer as JSON, one value a line.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        self.out.lines().map(read).collect()
    }
}
