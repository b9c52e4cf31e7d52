//! QEMU, which emulates the RISC-V board.

use std::path::PathBuf;

use super::{Requirement, debian};
use crate::failure::Result;
use crate::process;
use crate::workspace::Workspace;

const PROGRAM: &str = "qemu-system-riscv32";
const PACKAGES: [&str; 1] = ["qemu-system-misc"];

pub(super) struct Emulator;

impl Requirement for Emulator {
    fn name(&self, _: &Workspace) -> String {
        "QEMU for RISC-V".to_owned()
    }

    fn why(&self) -> &'static str {
        "run modules on an emulated board"
    }

    fn find(&self, _: &Workspace) -> Option<PathBuf> {
        process::which(PROGRAM)
    }

    fn install(&self, _: &Workspace) -> Result {
        debian::install(&PACKAGES)
    }

    fn by_hand(&self, _: &Workspace) -> String {
        let debian = debian::by_hand(&PACKAGES);
        format!("{debian}\nor whatever brings {PROGRAM} on this machine")
    }
}
