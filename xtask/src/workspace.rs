//! Where things are: the repository, and the cache that holds the tools it needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Failure, Result};

pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// What is installed for this project and for nothing else: `~/.cache/fayasm`.
    pub(crate) cache: PathBuf,
}

impl Workspace {
    pub(crate) fn locate() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .ok_or_else(|| Failure::new("xtask is not inside a workspace"))?
            .to_path_buf();
        let cache = cache_directory(std::env::var_os("XDG_CACHE_HOME"), std::env::home_dir())
            .ok_or_else(|| {
                Failure::new("there is no home directory to keep tools in")
                    .advise("set XDG_CACHE_HOME to a directory that may be written to")
            })?;
        Ok(Self { root, cache })
    }

    /// A program that will run in the repository's root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The cargo that started this task runner, for everything that runs on this machine.
    pub(crate) fn cargo(&self) -> Command {
        self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Where the page is built to.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.root.join("target"), |path| self.root.join(path))
    }

    /// The version of a dependency that `Cargo.lock` settled on.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path).context(|| format!("read {}", path.display()))?;
        version_in_lock(&lock, package)
            .map(str::to_owned)
            .ok_or_else(|| Failure::new(format!("Cargo.lock does not hold `{package}`")))
    }

    /// The files of a directory whose names end in `suffix`, sorted.
    pub(crate) fn files_ending(&self, directory: &str, suffix: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.root.join(directory)) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.is_file() && path.to_string_lossy().ends_with(suffix))
            .collect();
        files.sort();
        files
    }
}

fn cache_directory(xdg: Option<std::ffi::OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let from_xdg = xdg.map(PathBuf::from).filter(|path| path.is_absolute());
    let base = from_xdg.or_else(|| home.map(|home| home.join(".cache")))?;
    Some(base.join("fayasm"))
}

fn version_in_lock<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// Removes a file or directory that may not exist.
pub(crate) fn remove(path: &Path) -> Result {
    let removed = match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.context(|| format!("remove {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"9.9.9\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";

    #[test]
    fn the_locked_version_is_that_of_the_package_with_exactly_that_name() {
        assert_eq!(version_in_lock(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(version_in_lock(LOCK, "wasm"), None);
    }

    #[test]
    fn the_cache_follows_xdg_and_falls_back_to_home() {
        let home = Some(PathBuf::from("/home/ada"));
        let cases = [
            (Some("/caches".into()), "/caches/fayasm"),
            (Some("relative".into()), "/home/ada/.cache/fayasm"),
            (None, "/home/ada/.cache/fayasm"),
        ];
        for (xdg, expected) in cases {
            assert_eq!(cache_directory(xdg, home.clone()), Some(PathBuf::from(expected)));
        }
        assert_eq!(cache_directory(None, None), None);
    }
}
