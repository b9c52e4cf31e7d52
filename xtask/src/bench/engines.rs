//! Interpreters compiled to WebAssembly, each in the same way: `tests/bench/page` says what is in
//! them, `tests/bench/page/measure.mjs` measures them by these names.

use std::fs;
use std::path::PathBuf;

use super::PROFILE;
use crate::failure::{Context, Result};
use crate::process;
use crate::setup::{self, Target};
use crate::workspace::Workspace;

/// Names, and features of `tests/bench/page`. `wasmi` with tail calls is not among them: the
/// compiler promises none, and leaves out enough for its handlers to exhaust the stack.
const BUILDS: [(&str, &str); 3] =
    [("fayasm", ""), ("wasmi", "wasmi"), ("wasmi-indirect", "wasmi-indirect")];

/// What the compiler's WebAssembly uses, as `www/index.html` says of the page's.
const FEATURES: [&str; 6] = [
    "bulk-memory",
    "nontrapping-float-to-int",
    "sign-ext",
    "mutable-globals",
    "reference-types",
    "multivalue",
];

/// Where they are put.
pub(super) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("engines")
}

pub(super) fn build(workspace: &Workspace) -> Result {
    let folder = folder(workspace);
    fs::create_dir_all(&folder).context(|| format!("create {}", folder.display()))?;
    let triple = Target::WASM.triple;
    for (name, features) in BUILDS {
        println!("{name}");
        let mut cargo = setup::wasm_command(workspace, "cargo");
        cargo.args(["build", "--quiet", "--profile", PROFILE, "-p", "fayasm-bench-page"]).args([
            "--features",
            features,
            "--target",
            triple,
        ]);
        process::run(&mut cargo)?;
        let built = workspace.target().join(triple).join(PROFILE).join("fayasm_bench_page.wasm");
        let mut wasm_opt = setup::wasm_command(workspace, "wasm-opt");
        wasm_opt.arg("-O3").args(FEATURES.iter().map(|it| format!("--enable-{it}")));
        wasm_opt.arg(built).arg("-o").arg(folder.join(name).with_extension("wasm"));
        process::run(&mut wasm_opt)?;
    }
    Ok(())
}
