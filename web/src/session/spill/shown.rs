//! The store, as it is shown, before it is put into HTML.

use fayasm_core::ObjectKind;
use fayasm_core::spill::{SlotState, Superblock, Survey};

use super::commit::OpenStore;
use super::power::Recorder;
use super::{Act, Built, Phase, Place, Spill};
use crate::session::device::{self, DeviceSetting, duration};
use crate::session::html::Refused;
use crate::session::run::Run;
use crate::session::text;
use crate::view::format::{count, counted};

/// Most objects that are shown at a time.
pub(super) const ROWS: u32 = 50;

/// What both superblocks say, before the store is opened.
pub(super) fn superblocks(slots: &mut Recorder) -> Vec<String> {
    let Ok(survey) = Survey::new(slots) else { return Vec::new() };
    let said = survey.superblocks().iter().zip(0..).map(|(superblock, which)| match superblock {
        Ok(superblock) => format!("Superblock {which}: {}.", said(superblock)),
        Err(error) => format!("Superblock {which} cannot be used: {error}."),
    });
    said.collect()
}

fn said(superblock: &Superblock) -> String {
    let objects = ObjectKind::ALL.iter().map(|kind| superblock.objects(*kind)).sum::<u32>();
    format!("epoch {}, {}", superblock.epoch, counted(objects, "object"))
}

/// What was found when the store was opened.
pub(super) fn found(
    store: &OpenStore,
    built: Option<&Built>,
    failed: Option<(Option<u64>, bool)>,
) -> Vec<String> {
    let epoch = store.epoch();
    let mut lines = vec![match store.counters().voided {
        0 => format!("Epoch {epoch} holds. There was nothing of a later commit."),
        slots => format!(
            "Epoch {epoch} holds. {} of a commit that did not come about: made unreadable.",
            counted(slots as f64, "slot")
        ),
    }];
    lines.push(match store.is_whole() {
        true => "Nothing that was committed is lost.".to_owned(),
        false => "Some of what was committed is lost.".to_owned(),
    });
    if let Some((executed, during)) = failed {
        let when = if during { "during a commit, " } else { "" };
        let committed = built.map_or(0, |built| built.executed);
        lines.extend(executed.map(|executed| {
            let lost = executed.saturating_sub(committed);
            format!(
                "Power failed {when}after {}: {} to be executed again.",
                counted(executed as f64, "instruction"),
                counted(lost as f64, "instruction"),
            )
        }));
    }
    lines
}

/// What the page shows of the store, before it is put into HTML.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::session) struct StoreShown {
    /// Where it is, and how far it has come.
    pub(in crate::session) title: String,
    /// Why the last request was refused; what else is wrong.
    pub(in crate::session) refused: Option<String>,
    pub(in crate::session) trouble: Option<String>,
    pub(in crate::session) hint: Option<&'static str>,
    /// The call that can be gone on with.
    pub(in crate::session) committed: Option<String>,
    /// Whether that was found, and nobody has gone on from it or has committed anything else.
    pub(in crate::session) is_offered: bool,
    /// Whether a run that would be committed by itself is not, because of that.
    pub(in crate::session) is_held: bool,
    /// Whether there is no power.
    pub(in crate::session) is_off: bool,
    /// What can be done, and whether it can be done now.
    pub(in crate::session) acts: Vec<(Act, &'static str, bool)>,
    /// What was found when it was opened.
    pub(in crate::session) report: Vec<String>,
    /// What was typed and is not taken.
    pub(in crate::session) field_refused: Option<Refused>,
    /// A run is committed by itself after so many pages have been stored.
    pub(in crate::session) every: Option<u32>,
    /// What was counted, and measured.
    pub(in crate::session) facts: Vec<(&'static str, String)>,
    /// What the model says.
    pub(in crate::session) estimates: Vec<(&'static str, String)>,
    /// A window of the objects.
    pub(in crate::session) objects: Vec<[String; 5]>,
    pub(in crate::session) window: String,
    /// Whether there are more before, and behind.
    pub(in crate::session) turns: [bool; 2],
}

impl Spill {
    /// What is shown of it, with the device that is set.
    pub(super) fn shown(
        &mut self,
        run: Option<&Run>,
        every: u32,
        device: &DeviceSetting,
    ) -> StoreShown {
        let mut shown = StoreShown {
            refused: self.refused.clone(),
            trouble: self.trouble.clone(),
            report: self.report.clone(),
            is_offered: self.is_offered,
            ..StoreShown::default()
        };
        let place = match &self.place {
            Place::Database => "in this browser",
            Place::Memory(_, trouble) => {
                shown.trouble =
                    Some(format!("{trouble}. It is kept in memory, until the page is left."));
                "in memory"
            }
        };
        let store = match &self.phase {
            Phase::Unknown | Phase::Loading => {
                shown.title = "It is being looked for".to_owned();
                return shown;
            }
            Phase::Damaged(reason) => {
                shown.title = "There is one that cannot be used".to_owned();
                shown.trouble = Some(reason.clone());
                shown.hint = Some("It is left as it is, and nothing of it is used.");
                shown.acts = vec![(Act::Remove, "Remove the store", true)];
                return shown;
            }
            Phase::Off => {
                shown.title = "There is no power".to_owned();
                shown.is_off = true;
                shown.hint = Some("RAM has lost what it held. What is left is in the store.");
                shown.acts = vec![(Act::PlugIn, "Plug in again", true)];
                return shown;
            }
            Phase::Open(store) => store,
        };
        let runs = run.is_some();
        let resume = (Act::Resume, "Go on from what is committed", true);
        shown.acts.extend((self.built.is_some() && !runs).then_some(resume));
        let is_held = |run: &Run| self.is_offered && every > 0 && run.store.paging().is_some();
        shown.is_held = run.is_some_and(is_held);
        let commit = match self.is_offered && runs {
            true => "Replace it by this run",
            false => "Commit now",
        };
        shown.acts.extend([
            (Act::Commit, commit, runs),
            (Act::Pull { during: false }, "Pull the plug", runs),
            (Act::Pull { during: true }, "Pull it during a commit", runs),
        ]);
        if self.built.is_some() {
            shown.acts.extend(runs.then_some(resume));
            shown.acts.push((Act::Remove, "Remove the store", true));
        }
        shown.title = match store.epoch() {
            0 => "Nothing is committed yet".to_owned(),
            epoch => format!("Epoch {} {place}", count(epoch as f64)),
        };
        shown.committed = self.built.as_ref().map(|built| {
            let executed = counted(built.executed as f64, "instruction");
            let device = device::named(&device::recalled(&built.device));
            format!("{}, after {executed}, on {device}", built.call)
        });
        shown.every = Some(every);
        (shown.facts, shown.estimates) = (self.facts(store), estimates(store, device));
        self.rows(&mut shown);
        shown
    }

    /// What was counted, and measured.
    fn facts(&self, store: &OpenStore) -> Vec<(&'static str, String)> {
        if store.epoch() == 0 {
            return Vec::new();
        }
        let counters = store.counters();
        let written = format!(
            "{}, {}",
            counted(counters.writes as f64, "object"),
            text::byte_size(counters.bytes_written)
        );
        let mut facts = vec![
            ("Holds", objects(store)),
            ("Commits", format!("{} since it was opened", count(counters.commits as f64))),
            ("Written", written),
            ("Superblocks", counted(counters.superblocks as f64, "write")),
        ];
        if counters.commits > 0 {
            let made = &self.made;
            let last = counted(made.objects, "object");
            facts.push(("Last commit", format!("{last}, {}", text::byte_size(made.bytes))));
        }
        if let (commits @ 1.., last, most) = self.saved {
            let (last, most) = (duration(last), duration(most));
            facts.push(("It took", format!("{last} here; of {commits} at most {most}")));
        }
        facts
    }

    /// A window of the objects.
    fn rows(&mut self, shown: &mut StoreShown) {
        let Phase::Open(store) = &mut self.phase else { return };
        let total = text::offset(store.objects().count());
        let from = self.from.min(total.saturating_sub(1) / ROWS * ROWS);
        self.from = from;
        let until = from.saturating_add(ROWS).min(total);
        // They are in the order of their ids.
        let ids: Vec<_> = store.objects().skip(from as usize).take(ROWS as usize).collect();
        shown.objects.resize(ids.len(), <[String; 5]>::default());
        let writes: Vec<u32> = store.writes_per_slot().collect();
        let Ok(mut survey) = Survey::new(store.slots_mut()) else { return };
        for pair in 0..survey.newest().pairs {
            let Ok(both) = survey.pair(pair) else { continue };
            let Some(at) = both.iter().position(|it| it.state == SlotState::Committed) else {
                continue;
            };
            let (Some(held), Some(other)) = (both.get(at), both.get(1 - at)) else { continue };
            let Some(object) = held.object else { continue };
            let row = ids.binary_search(&object).ok().and_then(|row| shown.objects.get_mut(row));
            let Some(row) = row else { continue };
            let writes = [held.slot, other.slot].map(|slot| writes.get(slot as usize).copied());
            *row = [
                object.to_string(),
                held.epoch.to_string(),
                held.bytes.to_string(),
                writes.into_iter().flatten().sum::<u32>().to_string(),
                match other.state {
                    SlotState::Void => "–".to_owned(),
                    SlotState::Damaged => "unreadable".to_owned(),
                    _ => format!("epoch {}", other.epoch),
                },
            ];
        }
        shown.turns = [from > 0, until < total];
        shown.window = match total {
            0..=ROWS => counted(total, "object"),
            _ => format!("{} to {until} of {}", from + 1, counted(total, "object")),
        };
    }
}

/// `55 pages, 3 pieces of the state`.
fn objects(store: &OpenStore) -> String {
    let pages = store.objects().filter(|id| id.kind == ObjectKind::Memory).count();
    let others = store.objects().count() - pages;
    format!("{}, {} of the state", counted(pages as f64, "page"), counted(others as f64, "piece"))
}

/// What the model says of a store on a device.
fn estimates(store: &OpenStore, device: &DeviceSetting) -> Vec<(&'static str, String)> {
    if device.board == 0 || store.epoch() == 0 {
        return Vec::new();
    }
    let counters = store.counters();
    let superblock_writes = counters.superblocks.div_ceil(2);
    let worn = u64::from(store.writes_per_slot().max().unwrap_or(0)).max(superblock_writes);
    let written = counters.writes + counters.superblocks;
    let all = written.saturating_mul(device.store.into());
    let mut rows = vec![("Writing so far", duration(all))];
    rows.extend(all.checked_div(counters.commits).map(|each| ("A commit", duration(each))));
    let left = u64::from(device.cycles).saturating_mul(counters.commits).checked_div(worn);
    if let Some(left) = left {
        let (worn, most) = (count(worn as f64), count(device.cycles.into()));
        rows.push(("Wear", format!("one slot was written {worn} of {most} times")));
        rows.push(("It lasts", format!("about {} commits", count(left as f64))));
    }
    rows
}
