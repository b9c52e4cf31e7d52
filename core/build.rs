//! Finds out whether calls at the end of functions become jumps, and whether code is to be small
//! above all.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(tail_calls)");
    println!("cargo::rustc-check-cfg=cfg(small)");
    let is = |name: &str, values: &[&str]| var(name).is_ok_and(|value| values.contains(&&*value));
    // LLVM does that for functions with the same parameters, all of them in registers, if it is to
    // optimise for speed; but not where assertions stand in between.
    let has = |name: &str| var(name).is_ok();
    if !["CARGO_CFG_DEBUG_ASSERTIONS", "CARGO_CFG_MIRI", "CARGO_CFG_SANITIZE"].into_iter().any(has)
        && is("OPT_LEVEL", &["2", "3"])
        && is("CARGO_CFG_TARGET_ARCH", &["aarch64", "x86_64"])
        && is("CARGO_CFG_TARGET_FAMILY", &["unix"])
    {
        println!("cargo::rustc-cfg=tail_calls");
    }
    // The page is small as well, but not at the price of speed.
    if is("OPT_LEVEL", &["s", "z"]) && is("CARGO_CFG_TARGET_OS", &["none"]) {
        println!("cargo::rustc-cfg=small");
    }
}
