//! Runs that go on after a board was switched off, or after everything has left its RAM.

use std::error::Error;
use std::io;
use std::path::Path;

use fayasm_core::Translate;
use fayasm_fixtures::Call;

use crate::task::{Settings, Storage};
use crate::{expected, qemu, task};

/// What interrupts a run.
enum Interruption {
    /// The board is switched off after so many instructions; it commits the run after each so many.
    PowerOff { after: u64, committed: u64 },
    /// The run is committed before this export is called, and everything is read anew.
    Trap(&'static str),
}

use Interruption::{PowerOff, Trap};

/// Calls of samples: with how many pages in RAM, and what interrupts them. The board is never switched
/// off just when the run was committed.
const CASES: [(&str, &str, u32, Interruption); 5] = [
    ("larger_than_ram.wasm", "scatter(i32:5000)", 8, PowerOff { after: 25_000, committed: 10_000 }),
    ("larger_than_ram.wasm", "sort(i32:3000)", 3, PowerOff { after: 330_000, committed: 100_000 }),
    ("recursion.wasm", "fib(i32:15)", 2, PowerOff { after: 5000, committed: 1500 }),
    ("recursion.wasm", "is_even(i32:10)", 2, Trap("is_even")),
    ("crc32.wasm", "crc_of_pattern(i32:1000)", 2, Trap("crc32")),
];

/// Interrupts them all, in both tiers, with both kinds of storage. Gives how many came to something else than without that.
pub(crate) fn all(image: &Path, folder: &Path) -> Result<usize, Box<dyn Error>> {
    let mut wrong = 0;
    for (file, wanted, frames, interruption) in &CASES {
        let module = fayasm_fixtures::module(file).ok_or("there is no such sample")?;
        let call = module.calls.iter().find(|call| call.to_string().starts_with(wanted));
        let call = call.ok_or("it has no such call")?;
        for (translate, storage) in
            [(Translate::Never, Storage::Sectors), (Translate::WhenHot, Storage::Card)]
        {
            let (objects, hashes) = (64 << 10, None);
            let settings = Settings { fuel: u64::MAX, objects, translate, hashes };
            let expected = expected::lines(module, call, settings)?;
            let bytes = module.bytes().unwrap_or_default();
            let lines = lines(call, *frames, translate, interruption);
            task::write(folder, storage, &task::storage(bytes, &lines))?;
            let Reloaded { last, times } = reload(image, folder)?;
            if times == 0 || !last.contains(&expected.join("\n")) {
                println!(
                    "{file} {call}, {storage:?}: read anew {times} times, says {last}, expected {expected:?}"
                );
                wrong += 1;
            }
            println!("{file} {call}, {storage:?}: {times} times read anew");
        }
    }
    Ok(wrong)
}

/// What the board is to do.
fn lines(call: &Call, frames: u32, translate: Translate, interruption: &Interruption) -> String {
    let tier = task::tier(translate);
    let how = match interruption {
        PowerOff { after, committed } => format!("fuel {after}\ncheckpoint {committed}"),
        Trap(export) => format!("trap {export}"),
    };
    let arguments = expected::typed(&call.args);
    format!("tier {tier}\nframes {frames}\n{how}\ncall {}{arguments}\n", call.export)
}

/// What came of a run that was interrupted.
struct Reloaded {
    /// What the board said last.
    last: String,
    /// How often the run went on from what was committed.
    times: usize,
}

/// The most times that the board is started.
const MOST_STARTS: usize = 100;

/// Starts the board until the run is at its end.
fn reload(image: &Path, folder: &Path) -> io::Result<Reloaded> {
    let mut times = 0;
    let mut committed = None;
    for _ in 0..MOST_STARTS {
        let last = qemu::run(image, folder)?;
        for line in last.lines() {
            if let Some(line) = line.strip_prefix("committed ") {
                committed = line.split(' ').next_back().map(str::to_owned);
            }
            if let Some(from) = line.strip_prefix("resumed ") {
                times += 1;
                if committed.as_deref() != Some(from) {
                    let message = format!("resumed {from}, committed {committed:?}: {last}");
                    return Err(io::Error::other(message));
                }
            }
        }
        if !last.lines().any(|line| line == "stopped") {
            return Ok(Reloaded { last, times });
        }
    }
    Err(io::Error::other(format!("not at its end after {MOST_STARTS} starts")))
}
