//! wasm3, from the sources of its Python package, with `tests/bench/wasm3.c` around it. Nothing
//! but this benchmark needs it, so that it may be missing.

use std::fs;
use std::path::PathBuf;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;
use crate::{process, setup};

/// The last one that was published. That of crates.io is older and cannot fill memory.
const VERSION: &str = "0.5.0";

/// Where the program is.
pub(super) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let compiler = ["clang", "cc"].into_iter().find_map(process::which);
    let compiler = compiler.ok_or_else(|| Failure::new("wasm3 needs a compiler of C"))?;
    let sources = sources(workspace)?;
    let program = workspace.target().join("wasm3-peer");
    let mut command = workspace.command(compiler);
    command.args(["-O3", "-DNDEBUG", "-Dd_m3LogOutput=0", "-w", "-I"]).arg(&sources);
    command.arg("tests/bench/wasm3.c").args(c_files(&sources)).args(["-lm", "-o"]).arg(&program);
    process::run(&mut command).map(|()| program)
}

/// The folder of its sources, downloaded once.
fn sources(workspace: &Workspace) -> Result<PathBuf> {
    let name = format!("pywasm3-{VERSION}");
    let folder = workspace.cache.join("tools").join(format!("wasm3-{VERSION}"));
    let sources = folder.join(&name).join("wasm3");
    if !sources.is_dir() {
        println!("Downloading wasm3 {VERSION}: needed to measure it");
        setup::fill_directory(&folder, |folder| {
            let mut pip = workspace.command("python3");
            pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]);
            process::run(pip.arg(format!("pywasm3=={VERSION}")).arg("-d").arg(folder))?;
            let mut tar = workspace.command("tar");
            process::run(tar.arg("xzf").arg(format!("{name}.tar.gz")).current_dir(folder))
        })?;
    }
    Ok(sources)
}

fn c_files(folder: &PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    files.sort();
    files
}
