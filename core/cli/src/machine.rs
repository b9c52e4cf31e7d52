//! What the machine has that the runner runs on.

use std::{env, fs, thread};

use fayasm_core::Probe;

/// Memory and processors, as far as that can be found out.
pub(crate) fn probe() -> Probe {
    let usual = Probe::default();
    let cpus = thread::available_parallelism().ok().and_then(|cpus| u32::try_from(cpus.get()).ok());
    Probe { ram: ram().unwrap_or(usual.ram), cpus: cpus.unwrap_or(usual.cpus) }
}

/// Whether functions are to be translated to microcode, as the environment says.
pub(crate) fn gate() -> Option<bool> {
    match env::var_os("FAYASM_MICROCODE")?.to_str()? {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// Bytes of memory, where Linux says it.
fn ram() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
