//! `device measure`: what engines take to execute `fib(15)` of the sample `recursion.wasm`.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use crate::{image, qemu};

/// What `fib(15)` is.
const RESULT: u64 = 610;

/// The most that an image may take.
struct Limits {
    flash: u64,
    heap: u64,
    instructions: u64,
}

/// The image with the stepper alone is to be small and quick; the one with microcode quicker. The
/// others show what else costs how much.
const LIMITS: [(&str, Limits); 2] = [
    ("stepper", Limits { flash: 120 << 10, heap: 4 << 10, instructions: 800_000 }),
    ("microcode", Limits { flash: 176 << 10, heap: 8 << 10, instructions: 400_000 }),
];

/// Runs all images, given as names, images for size and images for speed, and prints a table.
/// Gives how many figures are above their limits.
pub(crate) fn all(images: &[&str]) -> io::Result<usize> {
    println!("fib(15): flash, heap and stack of images for size, instructions of those for speed");
    println!("{:<12}{:>10}{:>8}{:>8}{:>14}", "", "flash", "heap", "stack", "instructions");
    let mut above = 0;
    for engine in images.chunks_exact(3) {
        let &[name, small, fast] = engine else { continue };
        let flash = u64::from(image::flash(Path::new(small))?);
        let (small, fast) = (measure(Path::new(small))?, measure(Path::new(fast))?);
        let (heap, stack) = (of(&small, "heap")?, of(&small, "stack")?);
        let instructions = of(&fast, "instructions")?;
        println!("{name:<12}{flash:>10}{heap:>8}{stack:>8}{instructions:>14}");
        let Some((_, limits)) = LIMITS.iter().find(|(limited, _)| *limited == name) else {
            continue;
        };
        let Limits { flash: most_flash, heap: most_heap, instructions: most } = *limits;
        println!("{:<12}{most_flash:>10}{most_heap:>8}{:>8}{most:>14}", "  at most", "");
        let all = [(flash, most_flash), (heap, most_heap), (instructions, most)];
        above += all.iter().filter(|(found, most)| found > most).count();
    }
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
