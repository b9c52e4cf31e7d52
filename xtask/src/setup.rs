//! What has to be installed, as values: each need knows what it is, why it is needed, how to
//! see that it is there, how to install it, and what a person does when that fails.

pub(crate) mod browser;
mod cargo_tool;
mod debian;
mod emulator;
mod node;
mod sysroot;
mod target;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

pub(crate) use cargo_tool::CargoTool;
pub(crate) use target::Target;

use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::Workspace;
use browser::Browser;
use emulator::Emulator;
use node::{Node, PageTestModules, WasmOpt};

/// Something that has to be on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Target(Target),
    CargoTool(CargoTool),
    Node,
    WasmOpt,
    Browser,
    PageTestModules,
    Emulator,
}

/// What every kind of need can say about itself.
trait Requirement {
    fn name(&self, workspace: &Workspace) -> String;

    /// Completes "needed to ...".
    fn why(&self) -> &'static str;

    /// Where it is, if it is there at the version asked for. Asked on every run, so it looks at
    /// files rather than running programs where it can.
    fn find(&self, workspace: &Workspace) -> Option<PathBuf>;

    /// Installs it. An interrupted installation must not be found afterwards.
    fn install(&self, workspace: &Workspace) -> Result;

    /// The command for a person when installing does not work.
    fn by_hand(&self, workspace: &Workspace) -> String;
}

impl Need {
    /// Everything that any command needs, in the order of installation.
    pub(crate) const ALL: [Self; 10] = [
        Self::Target(Target::WASM),
        Self::Target(Target::RISCV),
        Self::CargoTool(CargoTool::WASM_BINDGEN),
        Self::CargoTool(CargoTool::TRUNK),
        Self::CargoTool(CargoTool::WASM_PACK),
        Self::Node,
        Self::WasmOpt,
        Self::Browser,
        Self::PageTestModules,
        Self::Emulator,
    ];

    fn requirement(&self) -> &dyn Requirement {
        match self {
            Self::Target(target) => target,
            Self::CargoTool(tool) => tool,
            Self::Node => &Node,
            Self::WasmOpt => &WasmOpt,
            Self::Browser => &Browser::REQUIREMENT,
            Self::PageTestModules => &PageTestModules,
            Self::Emulator => &Emulator,
        }
    }

    pub(crate) fn name(self, workspace: &Workspace) -> String {
        self.requirement().name(workspace)
    }

    pub(crate) fn why(self) -> &'static str {
        self.requirement().why()
    }

    pub(crate) fn find(self, workspace: &Workspace) -> Option<PathBuf> {
        self.requirement().find(workspace)
    }

    pub(crate) fn by_hand(self, workspace: &Workspace) -> String {
        self.requirement().by_hand(workspace)
    }
}

/// To build the page quickly, as while working on it.
pub(crate) fn for_development_page() -> Vec<Need> {
    vec![
        Need::Target(Target::WASM),
        Need::CargoTool(CargoTool::WASM_BINDGEN),
        Need::CargoTool(CargoTool::TRUNK),
    ]
}

/// To build the page as it is published.
pub(crate) fn for_page() -> Vec<Need> {
    let mut needs = for_development_page();
    needs.extend([Need::Node, Need::WasmOpt]);
    needs
}

/// To test the page's crate in a browser.
pub(crate) fn for_page_tests() -> Vec<Need> {
    vec![
        Need::Target(Target::WASM),
        Need::CargoTool(CargoTool::WASM_BINDGEN),
        Need::CargoTool(CargoTool::WASM_PACK),
        Need::Browser,
    ]
}

/// To build the page and drive it in a browser.
pub(crate) fn for_end_to_end() -> Vec<Need> {
    let mut needs = for_page();
    needs.extend([Need::Browser, Need::PageTestModules]);
    needs
}

/// To compile engines to WebAssembly and run them in node.
pub(crate) fn for_engines() -> Vec<Need> {
    vec![Need::Target(Target::WASM), Need::Node, Need::WasmOpt]
}

/// To build firmware.
pub(crate) fn for_firmware() -> Vec<Need> {
    vec![Need::Target(Target::RISCV)]
}

/// To run modules on an emulated board.
pub(crate) fn for_device() -> Vec<Need> {
    vec![Need::Target(Target::RISCV), Need::Emulator]
}

/// To compile the sample modules.
pub(crate) fn for_fixtures() -> Vec<Need> {
    vec![Need::Target(Target::WASM)]
}

/// Installs those of `needs` that are missing. What is about to be installed is said first.
pub(crate) fn ensure(workspace: &Workspace, needs: Vec<Need>) -> Result {
    let is_missing = |need: &Need| need.find(workspace).is_none();
    let missing: Vec<Need> =
        Need::ALL.into_iter().filter(|need| needs.contains(need)).filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        println!("Will install {}: needed to {}", need.name(workspace), need.why());
    }
    let _lock = lock(workspace)?;
    // Another run may have installed some of it while this one waited for the lock.
    for need in missing.into_iter().filter(is_missing) {
        install(workspace, need)?;
    }
    Ok(())
}

fn install(workspace: &Workspace, need: Need) -> Result {
    let name = need.name(workspace);
    println!("\nInstalling {name}");
    let (result, time) = crate::report::timed(|| need.requirement().install(workspace));
    let complete = result.and_then(|()| match need.find(workspace) {
        Some(_) => Ok(()),
        None => Err(Failure::new("it was installed but is not found")),
    });
    complete.map_err(|reason| {
        let by_hand = need.by_hand(workspace);
        Failure::new(format!("cannot install {name}"))
            .advise(format!("{reason}\nBy hand: {by_hand}"))
    })?;
    println!("Installed {name} in {:.0} s", time.as_secs_f64());
    Ok(())
}

/// Held while installing, so that two runs at once do not install the same thing.
fn lock(workspace: &Workspace) -> Result<File> {
    let cache = &workspace.cache;
    fs::create_dir_all(cache).context(|| format!("create {}", cache.display()))?;
    let path = cache.join("lock");
    let file = File::create(&path).context(|| format!("create {}", path.display()))?;
    file.lock().context(|| format!("lock {}", path.display()))?;
    Ok(file)
}

/// A program that builds for WebAssembly, with every installed tool on its `PATH`.
pub(crate) fn wasm_command(workspace: &Workspace, program: &str) -> Command {
    command_for(workspace, Target::WASM, program)
}

/// A program, usually cargo, that builds for `target`.
pub(crate) fn command_for(workspace: &Workspace, target: Target, program: &str) -> Command {
    let mut directories = Vec::new();
    let private = target.private_sysroot(workspace);
    if let Some(sysroot) = &private {
        directories.push(sysroot.join("bin"));
    }
    directories.extend(CargoTool::ALL.iter().filter_map(|tool| tool.find(workspace)));
    directories.extend(WasmOpt.find(workspace));
    let path = process::path_with(&directories);

    let program = find_in(&path, program).unwrap_or_else(|| program.into());
    let mut command = workspace.command(program);
    command.env("PATH", path);
    if private.is_some() {
        // Set by the cargo that started this program, for its own compiler.
        for inherited in ["CARGO", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
            command.env_remove(inherited);
        }
    }
    command
}

/// Where `program` is on the path that a command will have, rather than on this process's.
fn find_in(path: &std::ffi::OsStr, program: &str) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

/// Fills a new directory and gives it its name only once it is complete.
pub(crate) fn fill_directory(directory: &PathBuf, fill: impl FnOnce(&PathBuf) -> Result) -> Result {
    let mut partial = directory.clone().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    crate::workspace::remove(&partial)?;
    fs::create_dir_all(&partial).context(|| format!("create {}", partial.display()))?;
    fill(&partial)?;
    crate::workspace::remove(directory)?;
    fs::rename(&partial, directory).context(|| format!("rename {}", partial.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_says_what_it_is_why_and_what_to_do_by_hand() {
        let workspace = Workspace::locate().expect("inside the workspace");
        for need in Need::ALL {
            assert!(!need.name(&workspace).is_empty());
            assert!(!need.why().is_empty());
            assert!(!need.by_hand(&workspace).is_empty());
        }
    }

    #[test]
    fn serving_while_developing_needs_neither_node_nor_a_browser() {
        let needs = for_development_page();
        assert!(!needs.contains(&Need::Node) && !needs.contains(&Need::Browser));
    }

    #[test]
    fn an_interrupted_fill_leaves_no_directory_behind_that_could_be_found() {
        let directory = std::env::temp_dir().join(format!("xtask-fill-{}", std::process::id()));
        let interrupted = fill_directory(&directory, |partial| {
            fs::write(partial.join("half"), "").expect("written");
            Err(Failure::new("interrupted"))
        });
        assert!(interrupted.is_err());
        assert!(!directory.exists());

        let completed = fill_directory(&directory, |partial| {
            assert!(!partial.join("half").exists(), "nothing is left of before");
            Ok(())
        });
        assert!(completed.is_ok() && directory.is_dir());
        fs::remove_dir_all(&directory).expect("removed");
    }
}
