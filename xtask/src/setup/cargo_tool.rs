//! Tools that are published as crates: compiled here, kept in the cache.

use std::path::PathBuf;
use std::process::Command;

use super::{Requirement, fill_directory};
use crate::failure::Result;
use crate::process;
use crate::workspace::{Workspace, remove};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CargoTool {
    /// The crate's name.
    package: &'static str,
    program: &'static str,
    why: &'static str,
    version: Version,
    /// Whether it only builds with the dependencies its own lock file names.
    locked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Exactly(&'static str),
    /// The same as this dependency has in `Cargo.lock`.
    OfDependency(&'static str),
}

impl CargoTool {
    /// Refuses modules made by a library of any other version.
    pub(crate) const WASM_BINDGEN: Self = Self {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        why: "connect the page's WebAssembly with JavaScript",
        version: Version::OfDependency("wasm-bindgen"),
        // Not every version its lock file names can still be downloaded.
        locked: false,
    };

    /// Later versions need a newer compiler than this workspace does.
    pub(crate) const TRUNK: Self = Self {
        package: "trunk",
        program: "trunk",
        why: "build and serve the page",
        version: Version::Exactly("0.21.14"),
        locked: true,
    };

    pub(crate) const WASM_PACK: Self = Self {
        package: "wasm-pack",
        program: "wasm-pack",
        why: "run the page's tests in a browser",
        version: Version::Exactly("0.15.1"),
        locked: false,
    };

    pub(crate) const ALL: [Self; 3] = [Self::WASM_BINDGEN, Self::TRUNK, Self::WASM_PACK];

    fn version(&self, workspace: &Workspace) -> Result<String> {
        match self.version {
            Version::Exactly(version) => Ok(version.to_owned()),
            Version::OfDependency(package) => workspace.locked_version(package),
        }
    }

    fn directory(&self, workspace: &Workspace) -> Result<PathBuf> {
        let version = self.version(workspace)?;
        let name = format!("{}-{version}", self.package);
        Ok(workspace.cache.join("tools").join(name))
    }

    fn arguments(&self, version: &str) -> Vec<String> {
        let mut arguments =
            vec!["install".to_owned(), self.package.to_owned(), format!("--version={version}")];
        if self.locked {
            arguments.push("--locked".to_owned());
        }
        arguments
    }
}

impl Requirement for CargoTool {
    fn name(&self, workspace: &Workspace) -> String {
        match self.version(workspace) {
            Ok(version) => format!("{} {version}", self.package),
            Err(_) => self.package.to_owned(),
        }
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn find(&self, workspace: &Workspace) -> Option<PathBuf> {
        let cached = self.directory(workspace).ok()?.join("bin");
        if cached.join(self.program).is_file() {
            return Some(cached);
        }
        let installed = process::which(self.program)?;
        let printed = process::output(Command::new(&installed).arg("--version"))?;
        let wanted = self.version(workspace).ok()?;
        let same = version_printed(&printed) == Some(wanted.as_str());
        installed.parent().filter(|_| same).map(PathBuf::from)
    }

    fn install(&self, workspace: &Workspace) -> Result {
        let version = self.version(workspace)?;
        let build = workspace.cache.join("build");
        fill_directory(&self.directory(workspace)?, |root| {
            process::run(
                workspace
                    .cargo()
                    .args(self.arguments(&version))
                    .arg("--root")
                    .arg(root)
                    .env("CARGO_TARGET_DIR", &build)
                    // They wait for other programs most of the time, and build 3 times faster.
                    .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
            )
        })?;
        remove(&build)
    }

    fn by_hand(&self, workspace: &Workspace) -> String {
        let version = self.version(workspace).unwrap_or_default();
        format!("cargo {}", self.arguments(&version).join(" "))
    }
}

/// The version in what `program --version` prints: `trunk 0.21.14`.
fn version_printed(output: &str) -> Option<&str> {
    output.split_whitespace().nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_second_word_printed() {
        let cases = [
            ("trunk 0.21.14\n", Some("0.21.14")),
            ("wasm-bindgen 0.2.130 (abc)\n", Some("0.2.130")),
            ("trunk", None),
        ];
        for (output, expected) in cases {
            assert_eq!(version_printed(output), expected);
        }
    }

    #[test]
    fn the_command_by_hand_asks_for_the_same_version() {
        let workspace = Workspace::locate().expect("inside the workspace");
        assert_eq!(
            CargoTool::TRUNK.by_hand(&workspace),
            "cargo install trunk --version=0.21.14 --locked"
        );
    }
}
