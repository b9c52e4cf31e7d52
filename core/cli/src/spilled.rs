//! `fayasm run --spill`: pages that leave RAM go to a spill store in a file, and a run that is cut
//! off goes on from what was committed there last.

use std::io;
use std::path::{Path, PathBuf};

use fayasm_core::spill::{SpillError, SpillStore, module_hash, sectors_for};
use fayasm_core::{Module, Outcome, SpillingError, Store};
use fayasm_wasi::Wasi;

use crate::args::{CallOptions, Manners, RunOptions};
use crate::call::Call;
use crate::failure::Failure;
use crate::input;
use crate::output::{Progress, instructions, note};
use crate::saved::run_on;
use crate::spill::{self, FileDevice, Slots};
use crate::world::Printing;

/// How many objects there is room for in a file that is made: 64 MiB of pages. What is not written
/// takes no room on most file systems.
const ROOM: u32 = 1 << 14;

/// A spill store in a file.
pub(crate) struct Spill {
    path: PathBuf,
    store: SpillStore<Slots>,
}

impl Spill {
    /// The store in this file, for this module. It is made if there is no such file, unless a run
    /// is to go on from it.
    pub(crate) fn open(path: &Path, module: &Module, resume: bool) -> Result<Spill, Failure> {
        if input::is_stdin(path) {
            return Err(Failure::Arguments("--spill wants a file".to_owned()));
        }
        let hash = module_hash(module.bytes());
        let wrong = |error| spill::failed(path, error);
        let store = if path.exists() || resume {
            open(path, hash)?
        } else {
            let device = FileDevice::create(path, sectors_for(ROOM));
            let device = device.map_err(|error| Failure::Write(Some(path.to_owned()), error))?;
            SpillStore::format(Slots::new(device), hash).map_err(wrong)?
        };
        Ok(Spill { path: path.to_owned(), store })
    }

    /// Does what a job needs before it can go on; says whether it needs anything.
    pub(crate) fn serve(
        &mut self,
        store: &mut Store<Wasi>,
        outcome: &Outcome,
    ) -> Result<bool, Failure> {
        let done = match *outcome {
            Outcome::NeedLoad(page) => store.load_from(page, &mut self.store),
            Outcome::NeedStore(page) => store.store_into(page, &mut self.store),
            _ => return Ok(false),
        };
        done.map(|()| true).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: SpillingError<io::Error>) -> Failure {
        match error {
            SpillingError::Spill(error) => spill::failed(&self.path, error),
            other => Failure::Text(self.path.clone(), other.to_string()),
        }
    }
}

/// Opens the store in a file for the module of this hash. One that was made for none is taken over as
/// long as nothing is in it.
fn open(path: &Path, hash: u64) -> Result<SpillStore<Slots>, Failure> {
    let opened = SpillStore::open(spill::device(path, true)?, hash);
    let is_others = matches!(opened, Err(SpillError::Module { .. }));
    let nobodys = || SpillStore::open(spill::device(path, false).ok()?, module_hash(&[])).ok();
    let store = match is_others && nobodys().is_some_and(|store| store.epoch() == 0) {
        true => SpillStore::format(spill::device(path, true)?, hash),
        false => opened,
    };
    store.map_err(|error| spill::failed(path, error))
}

/// A call that goes on from what was committed last.
pub(crate) fn resume(
    module: &Module,
    mut spill: Spill,
    options: &CallOptions,
) -> Result<Call, Failure> {
    let mut call = Call::resumed(module, options, Printing::ToOutput, |store| {
        store.resume(&mut spill.store).map_err(|error| spill.failed(error))
    })?;
    call.spill = Some(spill);
    Ok(call)
}

/// Forgets a run that is not gone on with.
pub(crate) fn begin_anew(spill: &mut Spill) -> Result<(), Failure> {
    let cleared = spill.store.clear().and_then(|()| spill.store.commit());
    cleared.map(drop).map_err(|error: SpillError<io::Error>| spill::failed(&spill.path, error))
}

/// Runs on to the end, and commits every so many instructions. Where that is not reached with as
/// many instructions as may be executed, or Ctrl+C is pressed, commits and stops.
pub(crate) fn run(
    call: &mut Call,
    options: &RunOptions,
    progress: &mut Progress,
    manners: &Manners,
) -> Result<Outcome, Failure> {
    let every = options.checkpoint.unwrap_or(u64::MAX);
    let outcome = run_on(call, every, progress, commit)?;
    if outcome != Outcome::OutOfFuel {
        return Ok(outcome);
    }
    commit(call)?;
    if !manners.quiet
        && let Some(spill) = &call.spill
    {
        note(format_args!(
            "{}: committed after {}; --resume goes on",
            spill.path.display(),
            instructions(call.job.executed()),
        ));
    }
    Err(Failure::Saved)
}

fn commit(call: &mut Call) -> Result<(), Failure> {
    let Some(spill) = &mut call.spill else { return Ok(()) };
    let committed = call.store.checkpoint(&call.job, &mut spill.store);
    committed.map(drop).map_err(|error| spill.failed(error))
}
