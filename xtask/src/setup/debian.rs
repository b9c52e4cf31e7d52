//! Installing Debian's packages.

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::process;

/// Installs packages, as root or with a sudo that asks for nothing.
pub(super) fn install(packages: &[&str]) -> Result {
    if process::which("apt-get").is_none() {
        return Err(Failure::new("this machine has no apt-get"));
    }
    // Package lists age, and servers keep only the newest versions.
    apt_get(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-qq", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&arguments)
}

/// The same as a person would type it.
pub(super) fn by_hand(packages: &[&str]) -> String {
    format!("sudo apt-get install {}", packages.join(" "))
}

fn apt_get(arguments: &[&str]) -> Result {
    let mut command = match is_root() {
        true => Command::new("apt-get"),
        false => {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        }
    };
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-o", "DPkg::Lock::Timeout=120"])
        .args(arguments);
    process::run(&mut command)
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}
