//! Whether everything that was committed is there.

use std::io;
use std::path::Path;

use fayasm_core::spill::{
    OBJECT_BYTES, ObjectId, ObjectKind, SlotState, SpillError, SpillStore, Superblock,
};

use super::{Slots, Wrong, failed, list, look, survey};
use crate::args::Manners;
use crate::failure::Failure;
use crate::output::{ERROR, GOOD, Output, counted};

/// What there is to say of a store.
#[derive(Default)]
struct Findings {
    /// Objects that were committed and are not there as they were.
    damaged: Vec<ObjectId>,
    /// What else is missing.
    missing: Option<&'static str>,
    /// What is left of objects that are lost, and what cannot be read.
    left: Vec<String>,
    /// What is wrong and does no harm.
    harmless: Vec<String>,
}

pub(super) fn verify(file: &Path, manners: &Manners) -> Result<(), Failure> {
    let mut store = look(file)?;
    let mut findings = Findings::default();
    let ids: Vec<ObjectId> = store.objects().collect();
    let mut bytes = 0;
    for id in &ids {
        bytes += findings.object(&mut store, *id).map_err(|error| failed(file, error))?;
    }
    for kind in ObjectKind::ALL {
        if !store.has_lost(kind) {
            continue;
        }
        if kind.is_cache() {
            findings.harmless.push(format!("some {kind} is lost, and can be made anew"));
        } else if !findings.damaged.iter().any(|id| id.kind == kind) {
            match missing(&mut store, kind) {
                Some(id) => findings.damaged.push(id),
                None => findings.missing = Some("an object whose name cannot be read"),
            }
        }
    }
    let newest = findings.slots(file, store.is_whole()).map_err(|error| error.of(file))?;
    let is_lost = !findings.damaged.is_empty() || findings.missing.is_some();
    let shown = file.display();
    let mut out = Output::stdout();
    for id in &findings.damaged {
        out.line(format_args!("{ERROR}{shown}: lost: {id}{ERROR:#}"))?;
    }
    if let Some(missing) = findings.missing {
        out.line(format_args!("{ERROR}{shown}: lost: {missing}{ERROR:#}"))?;
    }
    if !manners.quiet {
        for what in &findings.left {
            out.line(format_args!("{shown}: {what}"))?;
        }
        for what in &findings.harmless {
            out.line(format_args!("{shown}: harmless: {what}"))?;
        }
        if !is_lost {
            out.line(format_args!(
                "{GOOD}{shown}: whole{GOOD:#}: {} of {}, epoch {}",
                counted(ids.len() as u64, "object"),
                counted(bytes as u64, "byte"),
                newest.epoch,
            ))?;
        }
    }
    out.finish()?;
    if is_lost { Err(Failure::Lost) } else { Ok(()) }
}

/// Memories and pages, or pieces of 4 KiB, among which an object is looked for that is missing.
const SPACES: u32 = 4;
const NUMBERS: u32 = 1 << 16;

/// The object of which nothing is left, if it can be guessed: the store knows its name if it is asked
/// for by that.
fn missing(store: &mut SpillStore<Slots>, kind: ObjectKind) -> Option<ObjectId> {
    let mut all = (0..SPACES)
        .flat_map(|space| (0..NUMBERS).map(move |number| ObjectId { kind, space, number }));
    let present: Vec<ObjectId> = store.objects().collect();
    all.find(|id| {
        present.binary_search(id).is_err()
            && matches!(store.get(*id, &mut [0; OBJECT_BYTES]), Err(SpillError::Lost(_)))
    })
}

impl Findings {
    /// Reads an object; gives how many bytes it has.
    fn object(
        &mut self,
        store: &mut SpillStore<Slots>,
        id: ObjectId,
    ) -> Result<usize, SpillError<io::Error>> {
        match store.get(id, &mut [0; OBJECT_BYTES]) {
            Ok(Some(bytes)) => return Ok(bytes),
            Ok(None) => self.harmless.push(format!("{id} is damaged, and can be made anew")),
            Err(SpillError::Damaged(id) | SpillError::Doubtful(id)) => self.damaged.push(id),
            Err(error) => return Err(error),
        }
        Ok(0)
    }

    /// Looks at all slots, and says what else is wrong, and what is left of what is lost.
    fn slots(&mut self, file: &Path, is_whole: bool) -> Result<Superblock, Wrong> {
        let mut survey = survey(file)?;
        let newest = survey.newest();
        for (which, superblock) in survey.superblocks().iter().enumerate() {
            match superblock {
                Ok(superblock) if *superblock == newest => {}
                Ok(superblock) => self.harmless.push(format!(
                    "superblock {which} is of epoch {}; the other one counts",
                    superblock.epoch
                )),
                Err(reason) => self.harmless.push(format!(
                    "superblock {which} cannot be used, because {reason}; the other one counts"
                )),
            }
        }
        list::slots(&mut survey, |report, is_intact| {
            let slot = report.slot;
            match (report.state, report.object) {
                (_, Some(id)) if is_intact && self.damaged.contains(&id) => {
                    self.left.push(format!(
                        "left: slot {slot} holds {id} of epoch {}; `dump --slot {slot}` reads it",
                        report.epoch
                    ));
                }
                (SlotState::Uncommitted, Some(id)) => self.harmless.push(format!(
                    "slot {slot} holds {id} of epoch {}, which is not committed",
                    report.epoch
                )),
                (SlotState::Damaged, _) if is_whole => self.harmless.push(format!(
                    "the header of slot {slot} is damaged; nothing that was committed is missing"
                )),
                (SlotState::Damaged, _) => {
                    self.left.push(format!("damaged: the header of slot {slot}"));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(newest)
    }
}
