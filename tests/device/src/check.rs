//! `device check`: the sample modules on the board do what they do on this machine.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::{fs, io};

use fayasm_core::{Engine, Module, Translate};
use fayasm_fixtures::Broken;

use crate::task::{Settings, Storage};
use crate::{expected, image, qemu, task};

/// The most instructions that a call may execute: those that never end are stopped then.
const FUEL: u64 = 1_000_000;

/// The most bytes that objects may take: little enough that there is room for them.
const OBJECTS: u64 = 64 << 10;

/// Only the stepper, with hashes on the way.
const STEPPED: Settings =
    Settings { fuel: FUEL, objects: OBJECTS, translate: Translate::Never, hashes: Some(100_000) };

/// As fast as it goes.
const FAST: Settings =
    Settings { fuel: FUEL, objects: OBJECTS, translate: Translate::WhenHot, hashes: None };

/// What the calls of a module took: of heap and stack the most, of instructions all.
#[derive(Default)]
struct Taken {
    calls: usize,
    loads: u64,
    wrong: Vec<String>,
    heap: u64,
    stack: u64,
    executed: u64,
    instructions: u64,
}

/// Runs them all on an image for size and one for speed, and prints what they take on the latter.
/// Gives how many calls went wrong.
pub(crate) fn all(small: &Path, fast: &Path, folder: &Path) -> io::Result<usize> {
    fs::create_dir_all(folder)?;
    let ways = [(small, STEPPED), (fast, FAST)];
    let [small_bytes, fast_bytes] = [image::flash(small)?, image::flash(fast)?];
    println!("bytes of flash: {small_bytes} for size, {fast_bytes} for speed");
    println!(
        "{:<22}{:>6}{:>10}{:>10}{:>8}{:>12}{:>14}",
        "module", "calls", "heap", "stack", "loads", "executed", "instructions"
    );
    let mut wrong = 0;
    for module in fayasm_fixtures::modules().iter().filter(|module| !module.calls.is_empty()) {
        let mut all = Taken::default();
        for (image, settings) in ways {
            all = check(image, folder, module, settings)
                .map_err(|error| io::Error::other(format!("{}: {error}", module.file)))?;
            all.wrong.iter().for_each(|why| println!("{}: {why}", module.file));
            wrong += all.wrong.len();
        }
        let Taken { calls, heap, stack, loads, executed, instructions, .. } = all;
        println!(
            "{:<22}{calls:>6}{heap:>10}{stack:>10}{loads:>8}{executed:>12}{instructions:>14}",
            module.file
        );
    }
    for broken in fayasm_fixtures::broken() {
        for image in [small, fast] {
            if let Some(why) = refuse(image, folder, broken)? {
                println!("{}: {why}", broken.file);
                wrong += 1;
            }
        }
    }
    println!(
        "{} broken modules, refused as here unless said otherwise",
        fayasm_fixtures::broken().len()
    );
    Ok(wrong)
}

/// Has the board open a file that is no valid module. What it says that it should not.
fn refuse(image: &Path, folder: &Path, broken: &Broken) -> io::Result<Option<String>> {
    let bytes = broken.bytes().unwrap_or_default();
    task::write(folder, Storage::Sectors, &task::storage(bytes, "call any\n"))?;
    let said = qemu::run(image, folder)?;
    let expected = match Module::new(&Engine::default(), bytes) {
        Ok(_) => return Ok(Some("this machine does not refuse it".to_owned())),
        Err(error) => format!("failed {error}"),
    };
    let same = said.lines().any(|line| line == expected);
    Ok((!same).then(|| format!("says {said}, expected {expected}")))
}

/// Makes the calls of a module in this way.
fn check(
    image: &Path,
    folder: &Path,
    module: &fayasm_fixtures::Module,
    settings: Settings,
) -> Result<Taken, Box<dyn Error>> {
    let bytes = module.bytes().unwrap_or_default();
    task::write(folder, Storage::Sectors, &task::of_samples(bytes, &module.calls, settings))?;
    let printed = format!("\n{}", qemu::run(image, folder)?);
    // Behind the last call stands how the task ended.
    let all = printed.strip_suffix("\nend\n").unwrap_or_default();
    let said: Vec<&str> = all.split("\ncall ").skip(1).collect();
    if said.len() != module.calls.len() {
        return Err(format!("not all calls were made:{printed}").into());
    }
    let mut taken = Taken { calls: said.len(), ..Taken::default() };
    for (call, said) in module.calls.iter().zip(said) {
        let lines = said.lines().skip(1);
        let expected = expected::lines(module, call, settings)?;
        let found: Vec<&str> = lines.take(expected.len()).collect();
        if found != expected {
            taken.wrong.push(format!("{call}: says {found:?}, expected {expected:?}"));
        }
        let values: HashMap<&str, u64> = said.lines().flat_map(values).collect();
        let of = |key| values.get(key).copied().unwrap_or_default();
        taken.heap = taken.heap.max(of("heap"));
        taken.stack = taken.stack.max(of("stack"));
        taken.loads += of("loads");
        let (ledger, heap) = (of("peak"), of("heap"));
        if ledger > of("budget") || ledger > heap {
            taken.wrong.push(format!("{call}: {ledger} bytes in the ledger, {heap} of the heap"));
        }
        taken.executed += of("executed");
        taken.instructions += of("counted");
    }
    Ok(taken)
}

/// The keys of a line, each with the number behind it.
fn values(line: &str) -> impl Iterator<Item = (&str, u64)> {
    // There is one of these for each owner.
    let is_whole = !line.starts_with("owner ");
    let words = line.split(' ').filter(move |_| is_whole);
    let next = words.clone().skip(1);
    words.zip(next).filter_map(|(key, value)| Some((key, value.parse().ok()?)))
}
