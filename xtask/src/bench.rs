//! `cargo xtask bench`: the numbers, natively and in the page.

use crate::failure::Result;
use crate::workspace::Workspace;
use crate::{page, phases, process, report, setup};

pub(crate) fn run(workspace: &Workspace, native: bool, page: bool) -> Result {
    if native {
        report::heading("native");
        process::run(workspace.cargo().args(["run", "--release", "-p", "fayasm-bench"]))?;
    }
    if page {
        setup::ensure(workspace, setup::for_end_to_end())?;
        report::heading("page");
        page::build_and_weigh(workspace)?;
        process::run(phases::browser_script(workspace)?.arg("tests/e2e/bench.mjs"))?;
    }
    Ok(())
}
