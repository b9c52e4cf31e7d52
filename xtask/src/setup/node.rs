//! Node.js, and what comes from npm.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Requirement, fill_directory};
use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::Workspace;

/// The first Node.js whose test runner has what the end-to-end tests use.
const OLDEST_NODE: u32 = 20;

/// `Trunk.toml` names the same version: a test sees to it.
const BINARYEN: &str = "132.0.0";

pub(super) struct Node;

impl Requirement for Node {
    fn name(&self, _: &Workspace) -> String {
        format!("Node.js {OLDEST_NODE} or later, with npm")
    }

    fn why(&self) -> &'static str {
        "shrink the page's WebAssembly and drive the page in a browser"
    }

    fn find(&self, _: &Workspace) -> Option<PathBuf> {
        let node = process::which("node")?;
        process::which("npm")?;
        let version = process::output(Command::new(&node).arg("--version"))?;
        (major(&version)? >= OLDEST_NODE).then_some(node)
    }

    fn install(&self, _: &Workspace) -> Result {
        // Distributions and version managers all have their own; choosing one is not ours to do.
        Err(Failure::new("Node.js is not installed for you"))
    }

    fn by_hand(&self, _: &Workspace) -> String {
        "sudo apt-get install nodejs npm   (if that is too old: https://nodejs.org)".to_owned()
    }
}

/// `v20.20.2` is 20.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Distributions have versions too old for what the compiler emits; npm's is current.
pub(super) struct WasmOpt;

impl WasmOpt {
    fn directory(workspace: &Workspace) -> PathBuf {
        let name = format!("binaryen-{BINARYEN}");
        workspace.cache.join("tools").join(name)
    }
}

impl Requirement for WasmOpt {
    fn name(&self, _: &Workspace) -> String {
        format!("wasm-opt (binaryen {BINARYEN})")
    }

    fn why(&self) -> &'static str {
        "make the published page a third smaller"
    }

    fn find(&self, workspace: &Workspace) -> Option<PathBuf> {
        let programs = Self::directory(workspace).join("node_modules/.bin");
        programs.join("wasm-opt").exists().then_some(programs)
    }

    fn install(&self, workspace: &Workspace) -> Result {
        fill_directory(&Self::directory(workspace), |directory| {
            process::run(
                workspace
                    .command("npm")
                    .args(["install", "--no-save", "--ignore-scripts", "--no-fund"])
                    .args(["--no-audit", "--prefix"])
                    .arg(directory)
                    .arg(format!("binaryen@{BINARYEN}")),
            )
        })
    }

    fn by_hand(&self, workspace: &Workspace) -> String {
        format!(
            "npm install --no-save --prefix {} binaryen@{BINARYEN}",
            Self::directory(workspace).display()
        )
    }
}

/// `node_modules` of the end-to-end tests, as their lock file has them.
pub(super) struct PageTestModules;

impl PageTestModules {
    fn directory(workspace: &Workspace) -> PathBuf {
        workspace.root.join("tests/e2e")
    }

    /// A copy of the lock file that was installed from, written last.
    fn stamp(workspace: &Workspace) -> PathBuf {
        Self::directory(workspace).join("node_modules/.installed-from.json")
    }

    fn lock_file(workspace: &Workspace) -> PathBuf {
        Self::directory(workspace).join("package-lock.json")
    }
}

impl Requirement for PageTestModules {
    fn name(&self, _: &Workspace) -> String {
        "playwright-core and axe-core (tests/e2e/node_modules)".to_owned()
    }

    fn why(&self) -> &'static str {
        "drive the built page as a person would and check its accessibility"
    }

    fn find(&self, workspace: &Workspace) -> Option<PathBuf> {
        let wanted = fs::read(Self::lock_file(workspace)).ok()?;
        let installed = fs::read(Self::stamp(workspace)).ok()?;
        (wanted == installed).then(|| Self::directory(workspace).join("node_modules"))
    }

    fn install(&self, workspace: &Workspace) -> Result {
        // Starts by removing node_modules, and the stamp with it.
        process::run(
            workspace
                .command("npm")
                .args(["ci", "--ignore-scripts", "--no-fund", "--no-audit"])
                .current_dir(Self::directory(workspace)),
        )?;
        fs::copy(Self::lock_file(workspace), Self::stamp(workspace))
            .context(|| "note what was installed in tests/e2e".to_owned())
            .map(drop)
    }

    fn by_hand(&self, _: &Workspace) -> String {
        "cd tests/e2e && npm ci && cp package-lock.json node_modules/.installed-from.json"
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_node_prints() {
        let cases = [("v20.20.2\n", Some(20)), ("v9.0.0", Some(9)), ("20", None), ("", None)];
        for (version, expected) in cases {
            assert_eq!(major(version), expected, "{version}");
        }
    }

    #[test]
    fn trunk_expects_the_wasm_opt_that_is_installed() {
        let workspace = Workspace::locate().expect("inside the workspace");
        let config = fs::read_to_string(workspace.root.join("Trunk.toml")).expect("Trunk.toml");
        let major = BINARYEN.split('.').next().expect("a major version");
        assert!(config.contains(&format!("wasm_opt = \"version_{major}\"")));
    }
}
