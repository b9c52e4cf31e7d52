//! Passes the linker scripts of the boards on.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=link/virt.ld");
    let is_bare = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none");
    let Ok(root) = env::var("CARGO_MANIFEST_DIR") else { return };
    if is_bare {
        for image in ["virt", "fib"] {
            println!("cargo::rustc-link-arg-bin={image}=-T{root}/link/virt.ld");
        }
        // The one of `esp-hal`, which tells the linker where it is.
        println!("cargo::rustc-link-arg-bin=c3=-Tlinkall.x");
    }
}
