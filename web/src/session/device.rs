//! A small device that runs are on: what it has, and what they take of it.

mod boards;
mod html;
mod pages;
mod residents;
mod samples;
mod shown;
mod trial;
mod tries;
mod verdict;

use fayasm_core::{
    FRAME_BYTES, Ledger, Owner, Paging, PagingStats, Peak, Policy, Store, StoreLimits,
};

pub(super) use self::boards::named;
use self::boards::{BOARDS, board, complete};
pub(super) use self::pages::duration;
pub(super) use self::samples::Samples;
#[cfg(test)]
pub(super) use self::shown::Tone;
pub(super) use self::shown::{DeviceSetting, Shown};
use self::shown::{OwnerView, RamView};
use self::trial::Trial;
use self::tries::Tries;
use super::html::Refused;
use super::run::{MAX_MEMORY_BYTES, Run};
use super::spill::{Act, Spill};
use super::terminal::World;
use super::{Session, nothing_runs, refusal};
use crate::protocol::{DEVICE, DeviceRequest, ErrorView, Reply, Request};
use crate::view::format;

/// Which page leaves, in the order in which one is chosen.
const POLICIES: [Policy; 4] = Policy::ALL;

/// How pages have come and gone is noted so many times.
pub(super) const LOGGED: usize = 2000;

/// As many instructions of a trial take as long as to write one down.
const PASSED: u64 = 200;

/// As many letters are said again of what cannot be taken.
const MAX_TYPED: usize = 24;

/// What is set, and what was tried.
#[derive(Default)]
pub(super) struct Device {
    pub(super) setting: DeviceSetting,
    /// The call that was started last, and why it could not be.
    call: Option<(String, Vec<String>)>,
    refused: Option<String>,
    /// What was typed and is not taken.
    pub(super) field: Option<Refused>,
    tries: Tries,
    /// What may be tried, and which page is chosen.
    draft: DeviceSetting,
    cell: Option<u32>,
}

impl Device {
    /// A call was started, or could not be.
    pub(super) fn started(
        &mut self,
        export: &str,
        arguments: &[String],
        done: &Result<(), ErrorView>,
    ) {
        let call = Some((export.to_owned(), arguments.to_vec()));
        if self.call != call {
            (self.call, self.tries) = (call, Tries::default());
        }
        let reason = |error: &ErrorView| error.details.first().unwrap_or(&error.title).clone();
        self.refused = done.as_ref().err().map(reason);
    }

    /// Forgets what is known of the modules before.
    pub(super) fn forget(&mut self) {
        *self = Device { setting: self.setting, draft: self.setting, ..Device::default() };
    }

    /// The smallest budget, if it is found.
    pub(super) fn least(&self) -> Option<u32> {
        match self.tries.least {
            Some(tries::Least::Found(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Whether runs are on another device than this computer.
    pub(super) fn is_small(&self) -> bool {
        self.setting.board > 0
    }

    /// A run goes on that was on this device.
    pub(super) fn resumed(&mut self, device: DeviceSetting) {
        (self.setting, self.draft) = (device, device);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.tries.is_busy()
    }
}

/// Whether runs on one device are as those on the other.
pub(super) fn is_same(one: &DeviceSetting, other: &DeviceSetting) -> bool {
    let essence = |it: &DeviceSetting| (it.board > 0).then_some((it.budget, it.policy));
    essence(one) == essence(other)
}

/// A device that was kept as text.
pub(super) fn recalled(kept: &str) -> DeviceSetting {
    complete(DeviceSetting::recalled(kept))
}

/// Puts a store on a device, before anything is made in it.
pub(super) fn put_on(store: &mut Store<World>, device: &DeviceSetting, logged: usize) {
    let limits = StoreLimits::new().with_memory_bytes(MAX_MEMORY_BYTES);
    if device.board == 0 {
        store.set_limits(limits);
        return;
    }
    store.set_limits(limits.with_budget(Some(device.budget.into())));
    let policy = POLICIES.get(device.policy as usize).copied().unwrap_or_default();
    // As many as there would be room for; how many there is, the budget says.
    let frames = device.budget / FRAME_BYTES as u32;
    store.set_paging(Some(Paging::new(frames).with_policy(policy).kept()));
    store.set_page_log(logged);
}

/// Microseconds that a run takes, by what is assumed of the device.
fn time(device: &DeviceSetting, executed: u64, stats: &PagingStats) -> u64 {
    let executing = executed.saturating_mul(1000) / u64::from(device.rate.max(1));
    executing + paging_time(device, stats)
}

fn paging_time(device: &DeviceSetting, stats: &PagingStats) -> u64 {
    let stores = stats.stores.saturating_mul(device.store.into());
    stores.saturating_add(stats.loads.saturating_mul(device.load.into()))
}

impl Session {
    /// Carries out a request about the device.
    pub(super) fn device(&mut self, request: DeviceRequest) -> Result<Vec<Reply>, Reply> {
        match request {
            DeviceRequest::Recall { kept } => {
                self.device.setting = recalled(&kept);
                self.device.draft = self.device.setting;
            }
            DeviceRequest::Show { cell } => self.device.cell = cell.or(self.device.cell),
            DeviceRequest::Look => return self.look_for_store(),
            DeviceRequest::Field { name, value } => {
                self.set_field(&name, &value);
                let mut replies = vec![self.show_device()];
                replies.extend(self.show_store());
                return Ok(replies);
            }
            DeviceRequest::Press { name } => match &name[..] {
                "least" => {
                    let device = self.device.setting;
                    self.on_trials(|tries, begin| tries.find_least(device, begin))?;
                }
                "try" => {
                    let device = self.device.draft;
                    self.on_trials(|tries, begin| tries.compare(device, begin))?;
                }
                "use-least" => {
                    if let Some(least) = self.device.least() {
                        self.set_field("budget", &least.to_string());
                    }
                }
                "stop" => self.device.tries.stop(),
                "again" => {
                    let mut replies = self.carry_out(Request::Reset)?;
                    replies.push(self.show_device());
                    return Ok(replies);
                }
                name => return Act::named(name).map_or(Ok(Vec::new()), |act| self.act(act)),
            },
        }
        Ok(vec![self.show_device()])
    }

    /// A field of the pane says something else. What it cannot say is not taken.
    fn set_field(&mut self, name: &str, value: &str) {
        // Choices are numbered from zero, and no commits are a choice.
        let least = u32::from(!matches!(name, "board" | "policy" | "other-policy" | "every"));
        let number = value.trim().parse().ok().filter(|number| *number >= least);
        self.device.field = None;
        let Some(number) = number else {
            let typed: String = value.trim().chars().take(MAX_TYPED).collect();
            let typed = if typed.is_empty() {
                "This".to_owned()
            } else {
                format!("\u{201c}{typed}\u{201d}")
            };
            let most = format::count(u32::MAX.into());
            let why = format!(
                "{typed} is no whole number from {least} to {most}, so it stays what it was."
            );
            self.device.field = Some(Refused { field: name.to_owned(), why });
            return;
        };
        let Device { setting, draft, .. } = &mut self.device;
        match name {
            "board" => {
                *setting = DeviceSetting {
                    board: number,
                    policy: setting.policy,
                    ..DeviceSetting::default()
                };
            }
            "budget" => setting.budget = number,
            "policy" => setting.policy = number,
            "rate" => setting.rate = number,
            "store" => setting.store = number,
            "load" => setting.load = number,
            "cycles" => setting.cycles = number,
            "every" => {
                self.commit_every.0 = number;
                return;
            }
            "other-budget" => draft.budget = number,
            "other-policy" => draft.policy = number,
            _ => return,
        }
        *setting = complete(*setting);
        let setting = *setting;
        *draft = match name.starts_with("other") {
            true => {
                complete(DeviceSetting { budget: draft.budget, policy: draft.policy, ..setting })
            }
            false => setting,
        };
        if let Some(run) = self.run.as_mut().filter(|run| run.device.board == setting.board) {
            // What is assumed of a device changes nothing of a run, but what is said of it.
            let DeviceSetting { budget, policy, .. } = run.device;
            run.device = DeviceSetting { budget, policy, ..setting };
        }
    }

    pub(super) fn show_device(&mut self) -> Reply {
        Reply::Device(Box::new(html::view(&self.shown())))
    }

    /// Goes on with what is being tried.
    pub(super) fn try_on(&mut self, portion: u64) -> Vec<Reply> {
        let instructions = portion.saturating_mul(PASSED);
        match self.on_trials(|tries, begin| tries.go_on(instructions, begin)) {
            Ok(true) => vec![self.show_device()],
            Ok(false) => Vec::new(),
            Err(refusal) => vec![refusal],
        }
    }

    fn on_trials<T>(
        &mut self,
        act: impl FnOnce(&mut Tries, &mut tries::Begin<'_>) -> Result<T, ErrorView>,
    ) -> Result<T, Reply> {
        let Session { modules, surroundings, tier, device, .. } = self;
        let Device { call, tries, .. } = device;
        let (export, arguments) = call.as_ref().ok_or_else(|| nothing_runs(DEVICE))?;
        let mut begin = |device: DeviceSetting| {
            Trial::new(device, modules, surroundings, (export, arguments), *tier)
        };
        act(tries, &mut begin).map_err(|error| refusal(DEVICE, error))
    }

    /// What there is to be shown.
    pub(super) fn shown(&mut self) -> Shown {
        let setting = self.device.setting;
        let mut view = Shown {
            setting,
            refused: self.device.field.clone(),
            boards: BOARDS.iter().map(|board| board.name.to_owned()).collect(),
            policies: POLICIES.iter().map(|policy| policy.name().to_owned()).collect(),
            about: board(&setting).about.to_owned(),
            source: board(&setting).source.to_owned(),
            other: self.run.as_ref().is_some_and(|run| !is_same(&run.device, &setting)),
            is_off: self.spill.as_ref().is_some_and(Spill::is_off),
            least: self.device.least(),
            tries: self.device.tries.rows(),
            trying: self.device.tries.trying(),
            draft: self.device.draft,
            has_run: self.run.is_some(),
            step: self.run.as_ref().map_or(0, Run::executed),
            cell: self.device.cell.unwrap_or(0),
            ..Shown::default()
        };
        if let Some(run) = &mut self.run {
            run.show_ram(&mut view);
            if let Some(opened) = self.modules.shown() {
                view.residents = run.residents(opened);
                for owner in view.owners.iter_mut().take(html::LARGEST) {
                    owner.remedy += &run.here(opened, owner.of);
                }
            }
            let bytes = self.modules.shown().map_or(0, |opened| opened.bytes().len());
            view.facts.push((
                "Flash".to_owned(),
                format!("{} of module, beside the firmware", format::size(bytes as f64)),
            ));
        }
        self.judge(&mut view);
        view
    }
}

impl Run {
    /// Takes note of what everything takes, where that is not known yet.
    pub(super) fn note_ram(&mut self) {
        let executed = self.timeline.job().executed();
        if self.ram.wants(executed) {
            let ledger = self.store.ledger([self.timeline.job()]);
            for peak in [self.store.peak(), Peak { ledger, executed }] {
                let is_new = self.ram.wants(peak.executed);
                if is_new && peak.ledger.total() > self.peak.ledger.total() {
                    self.peak = peak;
                }
            }
            self.ram.note(executed, ledger);
        }
    }

    /// The most that everything took in the present call, and before it if that belongs to it; not
    /// less than there is now.
    pub(super) fn most(&self) -> Peak {
        let executed = self.timeline.job().executed();
        let now = Peak { ledger: self.store.ledger([self.timeline.job()]), executed };
        // Of those that are the same, the first.
        let more = |one: Peak, other: Peak| {
            if other.ledger.total() > one.ledger.total() { other } else { one }
        };
        more(more(self.peak_before, self.peak), now)
    }

    /// How much RAM it takes, of what, over time, and which pages are where.
    fn show_ram(&self, view: &mut Shown) {
        let device = &self.device;
        let ledger = self.store.ledger([self.timeline.job()]);
        let peak = self.most();
        let budget = self.budget();
        let whole = budget.unwrap_or(ledger.total()).max(1);
        let size = |bytes: u64| format::size(bytes as f64);
        // What keeps memories is there without any as well.
        let has_memory = self.memory_at(0).is_some();
        let owner = |(hue, owner): (u32, Owner)| {
            let (now, then) = (ledger.of(owner), peak.ledger.of(owner));
            let view = OwnerView {
                of: owner,
                name: owner.name().to_owned(),
                hue,
                size: size(now),
                // Of 1000; not more than there are.
                share: (now.min(whole) * 1000 / whole) as u32,
                peak: size(then),
                remedy: match owner {
                    Owner::Memory | Owner::PageTables if !has_memory => String::new(),
                    owner => verdict::remedy(owner).to_owned(),
                },
            };
            (now.max(then) > 0).then_some((then, view))
        };
        let mut owners: Vec<_> = (0..).zip(Owner::ALL).filter_map(owner).collect();
        owners.sort_by_key(|(then, _)| std::cmp::Reverse(*then));
        view.owners = owners.into_iter().map(|(_, view)| view).collect();
        view.total = match budget {
            Some(budget) => format!("{} of {}", size(ledger.total()), size(budget)),
            None => size(ledger.total()),
        };
        view.peak = size(peak.ledger.total());
        view.peak_step = self.peak().map(|(at, _)| self.step_of(at));
        view.ram = self.ram_over_time();
        view.grids = self.grids();
        view.page = self.page_at(&view.grids, view.cell);
        view.evictions = self.evictions(device);
        view.facts = self.paging_facts();
    }

    /// Bytes of RAM that all may take.
    fn budget(&self) -> Option<u64> {
        (self.device.board > 0).then_some(u64::from(self.device.budget))
    }

    /// The most that everything took, and when, if that was in the present call.
    fn peak(&self) -> Option<(u64, Ledger)> {
        let peak = self.most();
        let is_of_call = self.peak_before != peak;
        let range = self.timeline.range();
        is_of_call.then_some((peak.executed, peak.ledger)).filter(|(at, _)| range.contains(at))
    }

    /// What everything took, along what is known of the present call.
    fn ram_over_time(&self) -> RamView {
        let range = self.timeline.range();
        let range = (*range.start(), *range.end());
        self.ram.picture(range, self.peak(), self.budget(), self.before())
    }

    /// The same, for the timeline, where there is a device.
    pub(super) fn ram_picture(&self) -> String {
        self.budget().map(|_| html::areas(&self.ram_over_time())).unwrap_or_default()
    }

    /// How pages have come and gone in the present call, since it went on if it did.
    fn paging_stats(&self) -> PagingStats {
        let (all, before) = (self.store.paging_stats(), &self.stats_before);
        PagingStats {
            accesses: all.accesses.saturating_sub(before.accesses),
            first_touches: all.first_touches.saturating_sub(before.first_touches),
            loads: all.loads.saturating_sub(before.loads),
            stores: all.stores.saturating_sub(before.stores),
            drops: all.drops.saturating_sub(before.drops),
        }
    }

    fn paging_facts(&self) -> Vec<(String, String)> {
        let (device, stats) = (&self.device, self.paging_stats());
        let count = |number: u64| format::count(number as f64);
        let mut facts = Vec::new();
        let mut add = |name: &str, value: String| facts.push((name.to_owned(), value));
        if device.board == 0 {
            return facts;
        }
        if self.memory_at(0).is_some() {
            let hits = (stats.accesses.saturating_sub(stats.faults())) * 1000;
            let hits = hits.checked_div(stats.accesses).unwrap_or(1000);
            add("Page accesses", format!("{}, {hits} of 1000 in RAM", count(stats.accesses)));
            let firsts = count(stats.first_touches);
            add("Faults", format!("{}, {firsts} of them first touches", count(stats.faults())));
            let bytes = format::size((stats.stores * FRAME_BYTES as u64) as f64);
            add("Stored", format!("{} pages, {bytes} written", count(stats.stores)));
            add("Dropped", format!("{} pages that had not changed", count(stats.drops)));
        }
        // Whole, and not more.
        let executed = self.executed().saturating_sub(self.resumed_at.unwrap_or(0.0) as u64);
        let executing = duration(time(device, executed, &PagingStats::default()));
        let paging = match self.memory_at(0) {
            Some(_) => format!(", {} paging", duration(paging_time(device, &stats))),
            None => String::new(),
        };
        add("Time, by the model", format!("{executing} executing{paging}"));
        facts
    }
}
