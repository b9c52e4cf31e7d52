//! What is in a spill store, slot by slot.

use fayasm_core::EnvelopeError;
use fayasm_core::spill::{OBJECT_BYTES, ObjectId, SlotReport, SlotState, Superblock, Survey};
use serde_json::{Value, json};

use super::{Slots, Wrong, name};
use crate::args::Manners;
use crate::output::{BOLD, DIM, Output, counted};

/// What a slot is, in a word.
pub(super) fn word(state: SlotState) -> &'static str {
    match state {
        SlotState::Void => "void",
        SlotState::Committed => "committed",
        SlotState::Removed => "removed",
        SlotState::Superseded => "superseded",
        SlotState::Uncommitted => "uncommitted",
        SlotState::Damaged => "damaged",
    }
}

/// All slots that are not void, with whether their bodies are what was stored. Those that the store
/// does not use hold what was not committed, or what was there before.
pub(super) fn slots(
    survey: &mut Survey<Slots>,
    mut each: impl FnMut(&SlotReport, bool) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    let used = survey.newest().pairs;
    for pair in 0..survey.pairs() {
        for report in survey.pair(pair)? {
            let is_shown = match report.state {
                SlotState::Void => false,
                SlotState::Uncommitted => true,
                _ => pair < used,
            };
            if is_shown {
                let mut body = [0; OBJECT_BYTES];
                let is_intact = report.object.is_some() && survey.body(&report, &mut body)?;
                each(&report, is_intact)?;
            }
        }
    }
    Ok(())
}

/// What a slot is, in a word, with what is known of what it holds: `outdated` are objects of which
/// something newer was committed, and is lost.
fn state(report: &SlotReport, is_intact: bool, outdated: &[ObjectId]) -> &'static str {
    match (report.state, report.object) {
        (_, Some(_)) if !is_intact => "damaged",
        (SlotState::Committed, Some(id)) if outdated.contains(&id) => "outdated",
        (state, _) => word(state),
    }
}

pub(super) fn table(
    out: &mut Output,
    survey: &mut Survey<Slots>,
    outdated: &[ObjectId],
    manners: &Manners,
) -> Result<(), Wrong> {
    let newest = survey.newest();
    if !manners.quiet {
        for (which, superblock) in survey.superblocks().iter().enumerate() {
            out.line(format_args!("superblock {which}: {}", said(superblock, &newest)))?;
        }
        out.line(format_args!(
            "{BOLD}{:>6} {:>8} {:>6}  {:<12} object{BOLD:#}",
            "slot", "epoch", "bytes", "state"
        ))?;
    }
    let mut committed = 0;
    slots(survey, |report, is_intact| {
        let SlotReport { slot, epoch, bytes, .. } = *report;
        let state = state(report, is_intact, outdated);
        let Some(id) = report.object else {
            return Ok(out.line(format_args!("{slot:>6} {:>8} {:>6}  {state}", "", ""))?);
        };
        let shown = format!("{slot:>6} {epoch:>8} {bytes:>6}  {state:<12} {}  {id}", name(id));
        if state == word(SlotState::Committed) {
            committed += 1;
            out.line(shown)?;
        } else {
            out.line(format_args!("{DIM}{shown}{DIM:#}"))?;
        }
        Ok(())
    })?;
    if !manners.quiet {
        let objects = counted(committed, "object");
        out.line(format_args!(
            "{objects} committed, in {} of {} pairs of slots",
            newest.pairs,
            newest.slots / 2
        ))?;
    }
    Ok(())
}

/// What a superblock says.
fn said(superblock: &Result<Superblock, EnvelopeError>, newest: &Superblock) -> String {
    match superblock {
        Err(reason) => format!("cannot be used: {reason}"),
        Ok(superblock) => {
            let Superblock { module, epoch, sequence, .. } = superblock;
            let state = if superblock == newest { "" } else { ", superseded" };
            format!("epoch {epoch}, sequence {sequence}, module {module:016x}{state}")
        }
    }
}

pub(super) fn json(
    out: &mut Output,
    survey: &mut Survey<Slots>,
    outdated: &[ObjectId],
) -> Result<(), Wrong> {
    let newest = survey.newest();
    let superblocks: Vec<Value> = survey
        .superblocks()
        .iter()
        .map(|superblock| match superblock {
            Err(reason) => json!({ "error": reason.to_string() }),
            Ok(superblock) => json!({
                "epoch": superblock.epoch,
                "sequence": superblock.sequence,
                "module": format!("{:016x}", superblock.module),
                "pairs": superblock.pairs,
            }),
        })
        .collect();
    let mut all = Vec::new();
    slots(survey, |report, is_intact| {
        let object = report.object.map(|id| {
            json!({
                "name": name(id),
                "kind": id.kind.to_string(),
                "space": id.space,
                "number": id.number,
            })
        });
        all.push(json!({
            "slot": report.slot,
            "state": state(report, is_intact, outdated),
            "object": object,
            "epoch": report.object.map(|_| report.epoch),
            "bytes": report.object.map(|_| report.bytes),
        }));
        Ok(())
    })?;
    let object = json!({
        "epoch": newest.epoch,
        "module": format!("{:016x}", newest.module),
        "pairs": survey.pairs(),
        "superblocks": superblocks,
        "slots": all,
    });
    Ok(out.line(object)?)
}
