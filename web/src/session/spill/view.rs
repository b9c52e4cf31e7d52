//! The store, as the page shows it.

use fayasm_core::ObjectKind;
use fayasm_core::spill::{SlotState, Superblock, Survey};

use super::commit::OpenStore;
use super::power::Recorder;
use super::{Built, Phase, Place, Settings, Spill};
use crate::protocol::{SPILL_ROWS, SpillModel, SpillPhase, SpillRow, SpillView};
use crate::session::run::Run;
use crate::session::text;
use crate::view::format::{count, counted};

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

impl Spill {
    pub(super) fn view(&mut self, run: Option<&Run>, settings: Settings) -> SpillView {
        let Settings { every, frames, model } = settings;
        let mut view = SpillView { every, frames, model, ..SpillView::default() };
        view.trouble = self.trouble.clone();
        view.report.clone_from(&self.report);
        let place = match &self.place {
            Place::Database => "in this browser",
            Place::Memory(_, trouble) => {
                view.trouble =
                    Some(format!("{trouble}. It is kept in memory, until the page is left."));
                "in memory"
            }
        };
        let store = match &mut self.phase {
            Phase::Unknown | Phase::Loading => {
                view.title = "The store is being looked for".to_owned();
                return view;
            }
            Phase::Damaged(reason) => {
                view.phase = SpillPhase::Damaged;
                view.title = "There is a store that cannot be used".to_owned();
                view.trouble = Some(reason.clone());
                return view;
            }
            Phase::Off => {
                view.phase = SpillPhase::Off;
                view.title = "There is no power".to_owned();
                return view;
            }
            Phase::Open(store) => store,
        };
        view.phase = SpillPhase::Open;
        view.can_commit = run.is_some();
        view.is_offered = self.is_offered;
        view.title = match store.epoch() {
            0 => "Nothing is committed yet".to_owned(),
            epoch => format!("Epoch {} {place}", count(epoch as f64)),
        };
        view.offer = self.built.as_ref().map(|built| {
            format!("{}, after {}", built.call, counted(built.executed as f64, "instruction"))
        });
        let worn = store.writes_per_slot().max().unwrap_or(0);
        let mut counters = store.counters();
        counters.reads = counters.reads.saturating_sub(self.compared.0);
        let written = format!(
            "{}, {}",
            counted(counters.writes as f64, "object"),
            text::byte_size(counters.bytes_written)
        );
        let mut facts = vec![
            ("Objects", objects(store)),
            ("Commits since it was opened", count(counters.commits as f64)),
            ("Written", written),
            ("Superblocks written", count(counters.superblocks as f64)),
            ("Slot written most", format!("{} times", count(worn.into()))),
        ];
        if counters.commits > 0 {
            let made = &self.made;
            let last = counted(made.objects, "object");
            facts.push(("Last commit", format!("{last}, {}", text::byte_size(made.bytes))));
        }
        if let Some(last) = self.times.front() {
            let mut times: Vec<u32> = self.times.iter().copied().collect();
            times.sort_unstable();
            let at = (times.len() * 95).div_ceil(100).saturating_sub(1);
            let most = times.get(at).copied().unwrap_or_default();
            let times = times.len();
            let took = format!("{}; 95 % of {times} within {}", time(*last), time(most));
            facts.push(("Commit to the end of its transaction", took));
        }
        view.facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let superblock_writes = counters.superblocks.div_ceil(2);
        let worn = u64::from(worn).max(superblock_writes);
        let written = counters.writes + counters.superblocks;
        view.estimates = estimates(model, counters.commits, written, worn);
        self.rows(&mut view);
        view
    }

    /// A window of the objects.
    fn rows(&mut self, view: &mut SpillView) {
        let Phase::Open(store) = &mut self.phase else { return };
        let writes: Vec<u32> = store.writes_per_slot().collect();
        let Ok(mut survey) = Survey::new(store.slots_mut()) else { return };
        let mut rows = Vec::new();
        for pair in 0..survey.newest().pairs {
            let Ok(both) = survey.pair(pair) else { continue };
            let Some(at) = both.iter().position(|it| it.state == SlotState::Committed) else {
                continue;
            };
            let (Some(held), Some(other)) = (both.get(at), both.get(1 - at)) else { continue };
            let Some(object) = held.object else { continue };
            let writes = [held.slot, other.slot].map(|slot| writes.get(slot as usize).copied());
            let row = SpillRow {
                name: object.to_string(),
                epoch: u32::try_from(held.epoch).unwrap_or(u32::MAX),
                bytes: text::offset(held.bytes),
                other: match other.state {
                    SlotState::Void => "–".to_owned(),
                    SlotState::Damaged => "unreadable".to_owned(),
                    _ => format!("epoch {}", other.epoch),
                },
                writes: writes.into_iter().flatten().sum(),
            };
            rows.push((object, row));
        }
        rows.sort_by_key(|(object, _)| *object);
        view.total = text::offset(rows.len());
        self.from = self.from.min(view.total.saturating_sub(1) / SPILL_ROWS * SPILL_ROWS);
        view.from = self.from;
        let shown = rows.into_iter().skip(self.from as usize).take(SPILL_ROWS as usize);
        view.rows = shown.map(|(_, row)| row).collect();
    }
}

/// `55 pages, 3 pieces of the state`.
fn objects(store: &OpenStore) -> String {
    let pages = store.objects().filter(|id| id.kind == ObjectKind::Memory).count();
    let others = store.objects().count() - pages;
    format!("{}, {} of the state", counted(pages as f64, "page"), counted(others as f64, "piece"))
}

/// `4.1 ms`, of microseconds.
fn time(micros: u32) -> String {
    match micros {
        0..10_000_000 => format!("{}.{} ms", micros / 1000, micros / 100 % 10),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// What the model says of so many commits, writes, and writes to the slot that was written most.
fn estimates(model: SpillModel, commits: u64, written: u64, worn: u64) -> Vec<(String, String)> {
    let SpillModel { cycles, write, read } = model;
    let all = written.saturating_mul(write.into());
    let micros = |micros: u64| time(u32::try_from(micros).unwrap_or(u32::MAX));
    let mut rows = vec![("Writing so far", micros(all))];
    if commits > 0 {
        rows.push(("Writing for a commit", micros(all / commits)));
    }
    rows.push(("Loading a page", micros(read.into())));
    if worn > 0 {
        let left = u64::from(cycles).saturating_mul(commits) / worn;
        let share = worn.saturating_mul(10_000) / u64::from(cycles.max(1));
        let used = format!("{}.{:02} % of its writes used", share / 100, share % 100);
        rows.push(("Slot that wears most", used));
        rows.push(("Commits until it is worn", count(left as f64)));
    }
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
