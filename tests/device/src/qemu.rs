//! Starting QEMU.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The program; Debian has it in `qemu-system-misc`.
pub(crate) const QEMU: &str = "qemu-system-riscv32";

/// The name of the file that is the board's storage, in the folder that QEMU is started in.
pub(crate) const STORAGE: &str = "storage.img";

/// Longer than anything takes that the tests do.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs an image to its end, and gives what it prints. Its storage is in `folder`.
///
/// # Errors
///
/// QEMU cannot be started or takes too long, or the image says that something went wrong.
pub(crate) fn run(image: &Path, folder: &Path) -> io::Result<String> {
    let mut qemu = Command::new(QEMU)
        // Without an interrupt from outside, one instruction is one tick of the counter.
        .args(["-machine", "virt", "-bios", "none", "-icount", "shift=0"])
        .args(["-nographic", "-monitor", "none", "-serial", "stdio"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .arg("-kernel")
        .arg(image)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("cannot start {QEMU}: {error}")))?;
    let mut stdout = qemu.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let reader = std::thread::spawn(move || {
        let mut printed = Vec::new();
        stdout.read_to_end(&mut printed).map(|_| printed)
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = qemu.try_wait()? {
            break Some(status);
        }
        if started.elapsed() > LIMIT {
            qemu.kill()?;
            qemu.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let printed = reader.join().map_err(|_| io::Error::other("its output was not read"))??;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let why = match status {
        Some(status) if status.success() => return Ok(printed),
        Some(status) => format!("it ended with {status}"),
        None => format!("it was still busy after {} s", LIMIT.as_secs()),
    };
    Err(io::Error::other(format!("{why}, having printed:\n{printed}")))
}
