//! What the machine has that the runner runs on, and what its environment says.

use std::{env, fs, thread};

use fayasm_core::Probe;

use crate::failure::Failure;
use crate::output::printable;

/// Memory and processors, as far as that can be found out.
pub(crate) fn probe() -> Probe {
    let usual = Probe::default();
    let cpus = thread::available_parallelism().ok().and_then(|cpus| u32::try_from(cpus.get()).ok());
    Probe { ram: ram().unwrap_or(usual.ram), cpus: cpus.unwrap_or(usual.cpus) }
}

/// What the environment says about microcode.
pub(crate) struct Environment {
    /// Whether functions are to be translated.
    pub(crate) microcode: Option<bool>,
    /// Whether they are to be translated ahead.
    pub(crate) prescan: bool,
    /// The same for all of them.
    pub(crate) prescan_force: bool,
}

impl Environment {
    pub(crate) fn read() -> Result<Self, Failure> {
        Ok(Environment {
            microcode: switch("FAYASM_MICROCODE")?,
            prescan: switch("FAYASM_JIT_PRESCAN")?.unwrap_or_default(),
            prescan_force: switch("FAYASM_JIT_PRESCAN_FORCE")?.unwrap_or_default(),
        })
    }
}

/// A variable that switches something; one that is empty says as little as none.
fn switch(name: &str) -> Result<Option<bool>, Failure> {
    let value = env::var_os(name).unwrap_or_default();
    match value.to_string_lossy().as_ref() {
        "" => Ok(None),
        "1" => Ok(Some(true)),
        "0" => Ok(Some(false)),
        other => Err(Failure::Arguments(format!(
            "{name} is `{}` in the environment: it can be 1 (on) or 0 (off)",
            printable(other)
        ))),
    }
}

/// Bytes of memory, where Linux says it.
fn ram() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
