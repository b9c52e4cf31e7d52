//! `device measure`: what engines take to execute `fib(15)` of the sample `recursion.wasm`.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use crate::{image, qemu};

/// What `fib(15)` is.
const RESULT: u64 = 610;

/// The most that our engine may take, with what it executes by default.
const OURS: &str = "fayasm";
const MOST_FLASH: u64 = 120_000;
const MOST_HEAP: u64 = 8 << 10;
const MOST_INSTRUCTIONS: u64 = 800_000;

/// Runs all images, given as names, images for size and images for speed, and prints a table.
/// Gives how many figures of ours are above their limits.
pub(crate) fn all(images: &[&str]) -> io::Result<usize> {
    println!(
        "{:<22}{:>10}{:>8}{:>8}{:>14}  flash, heap and stack for size, the rest for speed",
        "fib(15)", "flash", "heap", "stack", "instructions"
    );
    let mut above = 0;
    for engine in images.chunks_exact(3) {
        let &[name, small, fast] = engine else { continue };
        let flash = u64::from(image::flash(Path::new(small))?);
        let (small, fast) = (measure(Path::new(small))?, measure(Path::new(fast))?);
        let (heap, stack) = (of(&small, "heap")?, of(&small, "stack")?);
        let instructions = of(&fast, "instructions")?;
        println!("{name:<22}{flash:>10}{heap:>8}{stack:>8}{instructions:>14}");
        if name == OURS {
            let limits =
                [(flash, MOST_FLASH), (heap, MOST_HEAP), (instructions, MOST_INSTRUCTIONS)];
            above += limits.iter().filter(|(found, most)| found > most).count();
        }
    }
    println!(
        "{OURS} may take {MOST_FLASH} bytes of flash, {MOST_HEAP} of heap, {MOST_INSTRUCTIONS} instructions"
    );
    Ok(above)
}

/// What an image prints, by its keys; the result is right.
fn measure(image: &Path) -> io::Result<HashMap<String, u64>> {
    let printed = qemu::run(image, Path::new("."))?;
    let value = |line: &str| {
        let (key, value) = line.split_once(' ')?;
        Some((key.to_owned(), value.parse().ok()?))
    };
    let values: HashMap<String, u64> = printed.lines().filter_map(value).collect();
    match of(&values, "result")? {
        RESULT => Ok(values),
        other => Err(io::Error::other(format!("fib(15) gives {other}"))),
    }
}

fn of(values: &HashMap<String, u64>, key: &str) -> io::Result<u64> {
    let value = values.get(key).copied();
    value.ok_or_else(|| io::Error::other(format!("the image does not say `{key}`")))
}
