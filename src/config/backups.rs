//! What a gateway's settings were before each write: one file a write, in the state directory, readable
//! by its owner only.

use crate::error::{Error, Kind, Result};
use crate::settings::{BACKUP_SCHEMA, FIELDS, Object};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder of the backups: `$XDG_STATE_HOME/wwctl/backups`.
///
/// # Errors
/// When there is no home folder.
pub fn folder() -> Result<PathBuf> {
    state_folder("backups").ok_or_else(|| {
        Error::new(Kind::Other, "there is no home folder to keep a backup in")
            .hint("set XDG_STATE_HOME, or go without with --no-backup; nothing was sent")
    })
}

/// A folder of ours in the state directory: `$XDG_STATE_HOME/wwctl/NAME`; `None` without a home folder.
pub fn state_folder(name: &str) -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let dirs = etcetera::choose_base_strategy().ok()?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_dir()).join("wwctl").join(name))
}

/// Writes a backup of `settings` as they were at `host`, and returns where.  Keys are not in it: the
/// gateway does not show them.
///
/// # Errors
/// When the file cannot be written.
pub fn write(folder: &Path, host: &str, before: &str, settings: &Object) -> Result<PathBuf> {
    let refuse = |e: std::io::Error| {
        Error::new(Kind::Other, format!("cannot write a backup to {}: {e}", folder.display()))
            .hint("make room there, set XDG_STATE_HOME, or go without with --no-backup; nothing was sent")
    };
    let now = jiff::Timestamp::now();
    let mut shown = settings.clone();
    for f in FIELDS.iter().filter(|f| f.is_hidden()) {
        shown.remove(f.name);
    }
    let document = serde_json::json!({
        "schema": BACKUP_SCHEMA,
        "host": host,
        "time": now.round(jiff::Unit::Second).unwrap_or(now).to_string(),
        "before": before,
        "note": "without the keys, which the gateway does not show",
        "settings": shown,
    });
    make_private(folder).map_err(refuse)?;
    let (mut file, path) = create(folder, host, now).map_err(refuse)?;
    writeln!(file, "{document:#}").and_then(|()| file.sync_all()).map_err(refuse)?;
    Ok(path)
}

/// The command that puts it back.
pub fn restore_command(host: &str, backup: &Path) -> String {
    format!("wwctl -H {} set --from {}", shell_word(host), shell_word(&backup.display().to_string()))
}

/// Makes a folder, and those above it, that only their owner may enter.
///
/// # Errors
/// When that is not possible.
pub fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// A new file whose name sorts by host and time; never one that exists.
fn create(folder: &Path, host: &str, now: jiff::Timestamp) -> std::io::Result<(std::fs::File, PathBuf)> {
    let host: String = host
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' })
        .collect();
    let time = now.strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    for attempt in 0_u32.. {
        let name = match attempt {
            0 => format!("{host}-{time}.json"),
            n => format!("{host}-{time}-{n}.json"),
        };
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        match options.open(&path) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists && attempt < 1000 => {}
            Err(e) => return Err(e),
            Ok(file) => return Ok((file, path)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// The word as a POSIX shell takes it.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Input;

    #[test]
    fn private_complete_and_readable_as_input() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("state/wwctl/backups");
        let settings = serde_json::json!({
            "baudrate": 2400, "conv_factor": 0.5, "encryption_key": "0123456789ABCDEF0123456789ABCDEF", "future": 1
        });
        let settings = settings.as_object().unwrap();
        let path = write(&folder, "[::1]:8080", "set", settings).unwrap();
        let second = write(&folder, "[::1]:8080", "set", settings).unwrap();
        assert_ne!(path, second);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("0123456789"));
        let mut input = Input::default();
        input.document(&text, "backup").unwrap();
        let wanted = input.finish().unwrap();
        assert_eq!(wanted.get("baudrate").unwrap().text(), "2400");
        assert_eq!(wanted.extra.len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write(&file.path().join("x"), "gw", "set", &Object::new()).unwrap_err();
        assert!(error.hint_text().unwrap().contains("--no-backup"));
    }

    #[test]
    fn the_command_survives_a_shell() {
        assert_eq!(restore_command("gw:81", Path::new("/a/b.json")), "wwctl -H gw:81 set --from /a/b.json");
        assert_eq!(
            restore_command("[::1]", Path::new("/a b/it's")),
            r"wwctl -H '[::1]' set --from '/a b/it'\''s'"
        );
    }
}
