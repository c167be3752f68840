//! Which configuration files apply, and what they say together.
//!
//! Precedence: flag, environment, project file, user file, built-in default.  The project file is the first
//! `wwctl.toml` or `.wwctl.toml` in the current folder or above it; `WWCTL_CONFIG` names one file to read instead of both.

use super::file::{At, ConfigFile, Preferences};
use crate::error::{Error, Kind, Result};
use std::fmt;
use std::path::{Path, PathBuf};

/// Names of a project file.
const PROJECT: [&str; 2] = ["wwctl.toml", ".wwctl.toml"];

/// Where an effective value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An option of the command line.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// A line of a configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
    },
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Flag(name) => f.write_str(name),
            Source::Environment(name) => write!(f, "environment {name}"),
            Source::File { path, line } => write!(f, "{}:{line}", path.display()),
            Source::Default => f.write_str("default"),
        }
    }
}

/// The configuration files that apply, strongest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers {
    files: Vec<ConfigFile>,
}

/// A gateway to talk to, after aliases and groups were looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What the user called it: the alias, or the address itself.
    pub name: String,
    /// Name, address, `host:port`, URL or device id.
    pub address: String,
    /// What the configuration says of this device alone, with the file that says so.
    pub device: Option<(Preferences, PathBuf)>,
}

impl Layers {
    /// Reads the files that apply: `explicit` (the value of `WWCTL_CONFIG`) alone, or else the project's, found from
    /// `folder` upwards, and the user's (`user`, usually `$XDG_CONFIG_HOME/wwctl/config.toml`).
    ///
    /// # Errors
    /// Kind `Config`: a file is not usable (see [`ConfigFile::read`]); the explicit one is missing; or the project file
    /// belongs to somebody else, who could make this process run commands.
    pub fn load(explicit: Option<&Path>, folder: &Path, user: Option<&Path>) -> Result<Self> {
        let mut files = Vec::new();
        if let Some(path) = explicit {
            if !path.as_os_str().is_empty() {
                files.push(ConfigFile::read(path)?);
            }
            return Ok(Layers { files });
        }
        let user = user.filter(|p| p.exists());
        if let Some(path) = project_file(folder).filter(|p| Some(p.as_path()) != user) {
            trusted(&path)?;
            files.push(ConfigFile::read(&path)?);
        }
        if let Some(path) = user {
            files.push(ConfigFile::read(path)?);
        }
        Ok(Layers { files })
    }

    /// The files, strongest first.
    pub fn files(&self) -> &[ConfigFile] {
        &self.files
    }

    /// The strongest `[defaults]` entry that `pick` chooses, and where it stands.
    pub fn default<T: Clone>(&self, pick: impl Fn(&Preferences) -> Option<&At<T>>) -> Option<(T, Source)> {
        self.files.iter().find_map(|file| {
            let at = pick(&file.defaults)?;
            Some((at.value.clone(), Source::File { path: file.path.clone(), line: at.line }))
        })
    }

    /// Looks up aliases and groups.  Keeps the order; a gateway that is named twice comes once.
    ///
    /// # Errors
    /// Kind `Config` when groups contain each other.
    pub fn hosts<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<Host>> {
        let mut out = Vec::new();
        for name in names {
            self.expand(name.as_ref(), &mut Vec::new(), &mut out)?;
        }
        Ok(out)
    }

    fn expand(&self, name: &str, inside: &mut Vec<String>, out: &mut Vec<Host>) -> Result<()> {
        let device = self.files.iter().find_map(|f| f.devices.get(name).map(|d| (d.clone(), f.path.clone())));
        if let Some((preferences, path)) = device {
            let address =
                preferences.host.as_ref().and_then(|h| h.value.first()).cloned().unwrap_or_default();
            push(out, Host { name: name.to_owned(), address, device: Some((preferences, path)) });
            return Ok(());
        }
        let Some(group) = self.files.iter().find_map(|f| f.groups.get(name)) else {
            push(out, Host { name: name.to_owned(), address: name.to_owned(), device: None });
            return Ok(());
        };
        if inside.iter().any(|g| g == name) {
            return Err(Error::new(
                Kind::Config,
                format!("the group `{name}` contains itself, by {}", inside.join(" → ")),
            ));
        }
        inside.push(name.to_owned());
        for member in &group.value {
            self.expand(member, inside, out)?;
        }
        inside.pop();
        Ok(())
    }
}

fn push(out: &mut Vec<Host>, host: Host) {
    if !out.iter().any(|h| h.address == host.address) {
        out.push(host);
    }
}

fn project_file(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().flat_map(|dir| PROJECT.map(|name| dir.join(name))).find(|path| path.is_file())
}

/// A project file can name a command to run, so it must be the user's own.
fn trusted(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let meta = std::fs::metadata(path)
            .map_err(|e| Error::new(Kind::Config, format!("cannot read {}: {e}", path.display())))?;
        // Who this process is shows in what it makes; no call into libc is needed.
        let me = std::fs::metadata("/proc/self").map(|m| m.uid()).unwrap_or(meta.uid());
        if meta.uid() != me && meta.uid() != 0 {
            let what = format!(
                "{} belongs to another user, who could make this process run commands",
                path.display()
            );
            return Err(Error::new(Kind::Config, what)
                .hint("name it in WWCTL_CONFIG if you trust it, or take it over with chown"));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn project_over_user_and_the_explicit_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let user = write(dir.path(), "home/config.toml", "[defaults]\ntimeout = 3\nretries = 7\n");
        let project = write(dir.path(), "work/wwctl.toml", "[defaults]\n\ntimeout = 9\n");
        let deep = dir.path().join("work/a/b");
        std::fs::create_dir_all(&deep).unwrap();

        let layers = Layers::load(None, &deep, Some(&user)).unwrap();
        let timeout = layers.default(|p| p.timeout.as_ref());
        assert_eq!(timeout, Some(("9".to_owned(), Source::File { path: project, line: 3 })));
        assert_eq!(layers.default(|p| p.retries.as_ref()).unwrap().0, 7);

        let explicit = write(dir.path(), "x.toml", "[defaults]\njobs = 2\n");
        let layers = Layers::load(Some(&explicit), &deep, Some(&user)).unwrap();
        assert_eq!(layers.default(|p| p.retries.as_ref()), None);
        assert_eq!(layers.default(|p| p.jobs.as_ref()).unwrap().0, 2);
        assert_eq!(
            Layers::load(Some(Path::new("/no/such/file")), &deep, None).unwrap_err().kind(),
            Kind::Config
        );
        assert!(Layers::load(Some(Path::new("")), &deep, Some(&user)).unwrap().files().is_empty());
    }

    #[test]
    fn aliases_and_groups() {
        let text = "[devices.kitchen]\nhost = \"192.0.2.7\"\n[groups]\nnorth = [\"kitchen\", \"ABCDEF\"]\nall = [\"north\", \"192.0.2.7\", \"b\"]\n";
        let file = ConfigFile::parse(text, Path::new("c.toml")).unwrap();
        let layers = Layers { files: vec![file] };
        let hosts = layers.hosts(&["all", "other"]).unwrap();
        let names: Vec<(&str, &str)> = hosts.iter().map(|h| (h.name.as_str(), h.address.as_str())).collect();
        assert_eq!(names, [("kitchen", "192.0.2.7"), ("ABCDEF", "ABCDEF"), ("b", "b"), ("other", "other")]);
        assert!(hosts[0].device.is_some());
    }

    #[test]
    fn groups_in_a_circle_are_refused() {
        let file = ConfigFile::parse("[groups]\na = [\"b\"]\nb = [\"a\"]\n", Path::new("c.toml")).unwrap();
        let error = Layers { files: vec![file] }.hosts(&["a"]).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.message().contains("a → b"), "{}", error.message());
    }
}
