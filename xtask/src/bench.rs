//! `cargo xtask bench`: the numbers, natively, in node, in the page and on the
//! emulated board.

mod engines;
mod wasm3;

use crate::failure::Result;
use crate::workspace::Workspace;
use crate::{device, page, phases, process, report, setup};

/// With optimisations for speed; the root manifest has it.
const PROFILE: &str = "speed";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) native: bool,
    pub(crate) node: bool,
    pub(crate) page: bool,
    pub(crate) device: bool,
}

pub(crate) fn run(workspace: &Workspace, parts: Parts) -> Result {
    let Parts { native, node, page, device } = parts;
    if native {
        report::heading("native");
        let wasm3 = match wasm3::build(workspace) {
            Ok(program) => ["--wasm3".into(), program.into_os_string()],
            // The numbers of the others are worth having without it.
            Err(why) => ["--no-wasm3".into(), why.to_string().into()],
        };
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--profile", PROFILE, "-p", "fayasm-bench", "--"]);
        process::run(cargo.args(wasm3))?;
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--profile", PROFILE, "-p", "fayasm-bench", "--features", "dispatches"]);
        process::run(&mut cargo)?;
    }
    if node || page {
        setup::ensure(workspace, setup::for_engines())?;
        report::heading("engines compiled to WebAssembly");
        engines::build(workspace)?;
    }
    if node {
        report::heading("node");
        let mut command = workspace.command("node");
        command.env("FAYASM_ENGINES", engines::folder(workspace));
        process::run(command.arg("tests/bench/page/node.mjs"))?;
    }
    if page {
        setup::ensure(workspace, setup::for_end_to_end())?;
        report::heading("page");
        page::build_and_weigh(workspace)?;
        let mut command = phases::browser_script(workspace)?;
        command.env("FAYASM_ENGINES", engines::folder(workspace));
        process::run(command.arg("tests/e2e/bench.mjs"))?;
    }
    if device {
        setup::ensure(workspace, setup::for_device())?;
        device::measure(workspace)?;
    }
    Ok(())
}
