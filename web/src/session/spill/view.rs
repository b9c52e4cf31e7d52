//! The store, as the page shows it.

use fayasm_core::ObjectKind;
use fayasm_core::spill::{SlotState, Superblock, Survey};

use super::commit::OpenStore;
use super::power::Recorder;
use super::{Built, Phase, Place, Settings, Spill};
use crate::protocol::{SpillAction, SpillField, SpillRequest, SpillSetting, SpillView};
use crate::session::run::Run;
use crate::session::text;
use crate::view::format::{count, counted};

/// Most objects that are shown at a time.
const ROWS: u32 = 50;

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
        let mut view = SpillView {
            trouble: self.trouble.clone(),
            report: self.report.clone(),
            is_offered: self.is_offered,
            ..SpillView::default()
        };
        let place = match &self.place {
            Place::Database => "in this browser",
            Place::Memory(_, trouble) => {
                view.trouble =
                    Some(format!("{trouble}. It is kept in memory, until the page is left."));
                "in memory"
            }
        };
        let mut act = |name: &str, is_ready: bool, request: SpillRequest| {
            view.actions.push(SpillAction { name: name.to_owned(), request, is_ready });
        };
        let store = match &mut self.phase {
            Phase::Unknown | Phase::Loading => {
                view.title = "It is being looked for".to_owned();
                return view;
            }
            Phase::Damaged(reason) => {
                act("Remove the store", true, SpillRequest::Clear);
                view.title = "There is one that cannot be used".to_owned();
                view.trouble = Some(reason.clone());
                view.hint = Some("It is left as it is, and nothing of it is used.".to_owned());
                return view;
            }
            Phase::Off => {
                act("Plug in again", true, SpillRequest::Reopen);
                view.title = "There is no power".to_owned();
                let hint = "RAM has lost what it held. What is left is in the store.";
                view.hint = Some(hint.to_owned());
                return view;
            }
            Phase::Open(store) => store,
        };
        act("Commit now", run.is_some(), SpillRequest::Commit);
        act("Pull the plug", true, SpillRequest::Pull { during: false });
        act("Pull it during a commit", run.is_some(), SpillRequest::Pull { during: true });
        if self.built.is_some() {
            act("Go on from what is committed", true, SpillRequest::Resume);
            act("Remove the store", true, SpillRequest::Clear);
        }
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
            ("Slot written most", counted(worn, "time")),
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
        view.estimates = estimates(settings, counters.commits, written, worn);
        let field = |(name, value, what): (&str, u32, SpillSetting)| SpillField {
            name: name.to_owned(),
            value,
            what,
        };
        let every = "Commit when a run stops, and when so many pages were stored (0: never)";
        view.settings = vec![field((every, settings.every, SpillSetting::Every))];
        view.model = [
            ("Writes that a slot takes", settings.cycles, SpillSetting::Cycles),
            ("µs to write a slot", settings.write, SpillSetting::Write),
            ("µs to read a slot", settings.read, SpillSetting::Read),
        ]
        .map(field)
        .into();
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
            let row = vec![
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
            rows.push((object, row));
        }
        rows.sort_by_key(|(object, _)| *object);
        let total = text::offset(rows.len());
        let from = self.from.min(total.saturating_sub(1) / ROWS * ROWS);
        self.from = from;
        let until = from.saturating_add(ROWS).min(total);
        view.before = (from > 0).then(|| from.saturating_sub(ROWS));
        view.after = (until < total).then_some(until);
        view.window = match total {
            0..=ROWS => counted(total, "object"),
            _ => format!("{} to {until} of {}", from + 1, counted(total, "object")),
        };
        if total > 0 {
            let columns = ["Object", "Epoch", "Bytes", "Written", "Other slot"];
            view.objects.push(columns.map(str::to_owned).into());
        }
        let shown = rows.into_iter().skip(from as usize).take(ROWS as usize);
        view.objects.extend(shown.map(|(_, row)| row));
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
fn estimates(settings: Settings, commits: u64, written: u64, worn: u64) -> Vec<(String, String)> {
    let Settings { cycles, write, read, .. } = settings;
    let all = written.saturating_mul(write.into());
    let micros = |micros: u64| time(u32::try_from(micros).unwrap_or(u32::MAX));
    let mut rows = vec![("Writing so far", micros(all))];
    rows.extend(all.checked_div(commits).map(|each| ("Writing for a commit", micros(each))));
    rows.push(("Loading a page", micros(read.into())));
    if let Some(left) = u64::from(cycles).saturating_mul(commits).checked_div(worn) {
        let share = worn.saturating_mul(10_000) / u64::from(cycles.max(1));
        let used = format!("{}.{:02} % of its writes used", share / 100, share % 100);
        rows.push(("Slot that wears most", used));
        rows.push(("Commits until it is worn", count(left as f64)));
    }
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
