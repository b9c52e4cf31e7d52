//! Images for small boards (`core/esp32`): building them, and what is done with them.

use std::path::PathBuf;

use crate::failure::{Context as _, Result};
use crate::setup::{self, Target};
use crate::workspace::Workspace;
use crate::{process, report};

/// A workspace of its own, with settings of its own for cargo.
const FOLDER: &str = "core/esp32";

/// The profiles of its images.
const FOR_SPEED: &str = "release";
const FOR_SIZE: &str = "small";

/// After how many instructions each firmware prints a hash of the state.
const HASHES: &str = "1000";

/// What is measured, and the features with which the image `fib` has it: as little as there is,
/// what is counted and paged, and what is fast.
const ENGINES: [(&str, &str); 5] = [
    ("stepper", ""),
    ("and ledger", "ledger"),
    ("and paging", "ledger,paging"),
    ("microcode", "microcode"),
    ("and both", "ledger,microcode,paging"),
];

/// The program of `tests/device`, with these words.
fn tests(workspace: &Workspace, words: &[std::ffi::OsString]) -> Result {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "-p", "fayasm-device-tests", "--"]).args(words);
    process::run(&mut cargo)
}

/// Builds an image, and says where it is.
fn build(workspace: &Workspace, image: &str, features: &str, profile: &str) -> Result<PathBuf> {
    let folder = workspace.target().join("esp32");
    let triple = Target::RISCV.triple;
    let mut cargo = setup::command_for(workspace, Target::RISCV, "cargo");
    cargo.current_dir(workspace.root.join(FOLDER)).args(["build", "--quiet", "--bin", image]);
    cargo.args(["--features", features, "--profile", profile, "--target", triple]);
    process::run(cargo.env("CARGO_TARGET_DIR", &folder))?;
    Ok(folder.join(triple).join(profile).join(image))
}

/// The part of `cargo xtask test fmt` that the other workspace does not see.
pub(crate) fn format(workspace: &Workspace) -> Result {
    let mut cargo = workspace.cargo();
    process::run(cargo.current_dir(workspace.root.join(FOLDER)).args(["fmt", "--check"]))
}

/// `cargo xtask test device`.
pub(crate) fn test(workspace: &Workspace) -> Result {
    let mut cargo = workspace.cargo();
    cargo.current_dir(workspace.root.join(FOLDER)).args(["test", "--quiet", "--lib"]);
    process::run(cargo.env("CARGO_TARGET_DIR", workspace.target().join("esp32")))?;
    // It cannot be executed here, but it is to build.
    build(workspace, "c3", "c3", FOR_SPEED)?;
    let small = build(workspace, "virt", "full", FOR_SIZE)?;
    let fast = build(workspace, "virt", "full", FOR_SPEED)?;
    let folder = workspace.target().join("board");
    let words = ["check".into(), small.into(), fast.clone().into(), folder.clone().into()];
    tests(workspace, &words)?;
    tests(workspace, &["reload".into(), fast.into(), folder.into()])
}

/// `cargo xtask firmware`: builds it, and writes down what it is to do, if that is given: a module,
/// an export of it, and the arguments.
pub(crate) fn firmware(workspace: &Workspace, call: &[String]) -> Result {
    let image = build(workspace, "c3", "c3", FOR_SPEED)?;
    println!("firmware: {}", image.display());
    if let [module, call @ ..] = call {
        let task = workspace.target().join("esp32/task.bin");
        let mut words = vec!["task".into(), task.clone().into(), module.into(), HASHES.into()];
        words.extend(call.iter().map(Into::into));
        tests(workspace, &words)?;
        println!("task: {}", task.display());
    }
    Ok(())
}

/// `cargo xtask bench --device`.
pub(crate) fn measure(workspace: &Workspace) -> Result {
    report::heading("device");
    let mut words = vec!["measure".into()];
    for (name, features) in ENGINES {
        words.push(name.into());
        for profile in [FOR_SIZE, FOR_SPEED] {
            let built = build(workspace, "fib", features, profile)?;
            // The next one is built under the same name.
            let kept = built.with_extension(format!("{}-{profile}", words.len()));
            std::fs::copy(&built, &kept).context(|| format!("copy {}", built.display()))?;
            words.push(kept.into());
        }
    }
    tests(workspace, &words)
}
