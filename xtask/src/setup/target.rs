//! Rust's library for the targets that are not this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::{Requirement, sysroot};
use crate::failure::Result;
use crate::process;
use crate::workspace::Workspace;

/// Downloading takes seconds; a network that swallows connections could take for ever.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) triple: &'static str,
    /// The crates of the library, as cargo's `-Zbuild-std` takes them.
    pub(super) library: &'static str,
    /// The one of them that is compiled last.
    last_crate: &'static str,
    why: &'static str,
}

impl Target {
    pub(crate) const WASM: Self = Self {
        triple: "wasm32-unknown-unknown",
        library: "std,panic_abort,proc_macro,test",
        last_crate: "libtest-",
        why: "compile the page and the sample modules",
    };

    pub(crate) const RISCV: Self = Self {
        triple: "riscv32imc-unknown-none-elf",
        library: "core,alloc",
        last_crate: "liballoc-",
        why: "build the engine for microcontrollers",
    };

    pub(super) fn has_std(self) -> bool {
        self.library.starts_with("std")
    }

    /// The sysroot in the cache, if this target is found there and not in the active toolchain.
    pub(crate) fn private_sysroot(self, workspace: &Workspace) -> Option<PathBuf> {
        if active_sysroot().is_some_and(|active| self.is_in(active)) {
            return None;
        }
        sysroot::find(workspace).filter(|sysroot| self.is_in(sysroot))
    }

    fn is_in(self, sysroot: &Path) -> bool {
        let library = sysroot.join("lib/rustlib").join(self.triple).join("lib");
        fs::read_dir(library).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().starts_with(self.last_crate))
        })
    }
}

impl Requirement for Target {
    fn name(&self, _: &Workspace) -> String {
        format!("Rust's library for {}", self.triple)
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn find(&self, workspace: &Workspace) -> Option<PathBuf> {
        let active = active_sysroot().filter(|active| self.is_in(active));
        active.cloned().or_else(|| self.private_sysroot(workspace))
    }

    fn install(&self, workspace: &Workspace) -> Result {
        // A sysroot of our own is there because rustup could not download another target.
        if sysroot::find(workspace).is_none() {
            let mut rustup = Command::new("rustup");
            rustup.args(["target", "add", self.triple]).env_remove("RUST_BACKTRACE");
            match process::run_within(&mut rustup, RUSTUP_LIMIT) {
                Ok(()) => return Ok(()),
                Err(failure) => println!("{failure}\nTrying Debian's compiler instead"),
            }
        }
        sysroot::build(workspace, *self)
    }

    fn by_hand(&self, _: &Workspace) -> String {
        format!("rustup target add {}", self.triple)
    }
}

/// The sysroot of the toolchain that started this program.
fn active_sysroot() -> Option<&'static PathBuf> {
    static SYSROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    SYSROOT
        .get_or_init(|| {
            let printed = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
            Some(PathBuf::from(printed.trim()))
        })
        .as_ref()
}
