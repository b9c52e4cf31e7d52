//! Whether a run fits, in words, and what would make it smaller.

use fayasm_core::{FRAME_BYTES, Owner, PageState, TrapKind};

use super::shown::{Shown, Tone};
use super::tries::Least;
use crate::protocol::RegionKind;
use crate::session::Session;
use crate::session::opened::Opened;
use crate::session::run::Run;
use crate::session::spill::Spill;
use crate::view::format;

impl Session {
    /// Says whether the run fits.
    pub(super) fn judge(&self, view: &mut Shown) {
        let (verdict, tone) = self.verdict();
        view.verdict = verdict;
        view.tone = tone;
        match &self.device.tries.least {
            Some(Least::Found(bytes)) => {
                let bytes = format::counted(*bytes, "byte");
                view.verdict += &format!(" Least budget with which this call completes: {bytes}.");
            }
            Some(Least::Unknown(why)) => view.verdict += &format!(" {why}"),
            None => {}
        }
    }

    fn verdict(&self) -> (String, Tone) {
        let device = &self.device;
        if device.setting.board == 0 {
            let text = "Choose a board to see whether this fits, and what it takes.";
            return (text.to_owned(), Tone::Plain);
        }
        if self.spill.as_ref().is_some_and(Spill::is_off) {
            let text = "There is no power: RAM has lost what it held. What was committed is left.";
            return (text.to_owned(), Tone::Bad);
        }
        if let Some(reason) = &device.refused {
            return (format!("Does not fit: {reason}."), Tone::Bad);
        }
        let run = self.run.as_ref().filter(|run| super::is_same(&run.device, &device.setting));
        let Some(run) = run else {
            return ("Start the call to see whether it fits.".to_owned(), Tone::Plain);
        };
        let peak = format::size(run.most().ledger.total() as f64);
        let budget = format::size(device.setting.budget.into());
        let most = format!("at most {peak} of {budget}");
        let stats = run.paging_stats();
        let job = run.timeline.job();
        let (stored, dropped) = (format::counted(stats.stores as f64, "page"), stats.drops);
        let how = match stats.stores {
            0 if dropped == 0 => most,
            0 => format!("{most}, {} dropped", format::counted(dropped as f64, "page")),
            _ => format!("{most}, {stored} stored"),
        };
        let how = match run.resumed_at {
            Some(step) => format!("{how}, since it went on at step {}", format::count(step)),
            None => how,
        };
        let spills = stats.stores > 0;
        // What was before is not known.
        let good = if run.resumed_at.is_some() && !spills { Tone::Plain } else { Tone::Good };
        match job.trapped().map(|trap| trap.kind()) {
            Some(TrapKind::Exit { .. }) => (fits(spills, &how), good),
            Some(kind @ TrapKind::OverBudget { .. }) => (format!("Fails: {kind}."), Tone::Bad),
            Some(kind) => (format!("Traps: {kind}; {how}."), Tone::Bad),
            None if !job.is_running() && run.resumed_at == Some(run.executed() as f64) => {
                let text =
                    "It was at its end where it went on: run it again to see whether it fits.";
                (text.to_owned(), Tone::Plain)
            }
            None if !job.is_running() => (fits(spills, &how), good),
            None if spills => (format!("Spills so far: {how}."), Tone::Plain),
            None => (format!("Fits so far: {how}."), Tone::Plain),
        }
    }
}

fn fits(spills: bool, how: &str) -> String {
    match spills {
        true => format!("Fits with spilling: {how}."),
        false => format!("Fits: {how}."),
    }
}

impl Run {
    /// What there is of it here that a remedy can make less, in words.
    pub(super) fn here(&self, opened: &Opened, owner: Owner) -> String {
        let size = |bytes: u64| format::size(bytes as f64);
        match owner {
            Owner::ModuleBytes => {
                let mut bytes = [0, 0];
                for section in &opened.all().sections {
                    let name = section.name.as_deref().unwrap_or_default();
                    let is_debugging = name.starts_with(".debug");
                    if is_debugging || name == "name" {
                        let length = section.span.end - section.span.start;
                        bytes[usize::from(is_debugging)] += u64::from(length);
                    }
                }
                match bytes {
                    [0, 0] => ". It has no names".to_owned(),
                    [names, 0] => format!(". Its names take {}", size(names)),
                    [names, more] => {
                        format!(
                            ". Its names take {}, its debugging information {}",
                            size(names),
                            size(more)
                        )
                    }
                }
            }
            Owner::Memory => self.memory_here(opened).unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn memory_here(&self, opened: &Opened) -> Option<String> {
        let size = |bytes: u64| format::size(bytes as f64);
        let memory = self.memory_at(0)?;
        let pages = memory.size(&self.store).ok()?;
        let whole = pages.saturating_mul(memory.ty(&self.store).ok()?.page_size());
        let mut text = format!(". It has {}", size(whole));
        let states = self.store.page_states(memory).ok()?;
        let used = states.filter(|state| *state != PageState::Initial).count() * FRAME_BYTES;
        if used > 0 {
            text += &format!(", of which {} have changed or are in RAM", size(used as u64));
        }
        let regions = self.regions(opened, 0, whole);
        if let Some(stack) = regions.iter().find(|region| region.kind == RegionKind::Stack) {
            text += &format!("; its stack {}", format::size(stack.end - stack.start));
        }
        Some(text)
    }
}

/// What makes less of what belongs to an owner.
pub(super) fn remedy(owner: Owner) -> &'static str {
    match owner {
        Owner::ModuleBytes => {
            "strip names and debugging information (wasm-strip), optimise for size (wasm-opt -Oz)"
        }
        Owner::Declarations => {
            "fewer functions, types and exports: link-time optimisation, wasm-opt -Oz"
        }
        Owner::SideTables => {
            "fewer branches and functions: optimise for size (opt-level z, wasm-opt -Oz)"
        }
        Owner::Instances => "fewer functions: link-time optimisation",
        Owner::HostFunctions => "register only the host functions that the module imports",
        Owner::Globals => "fewer globals",
        Owner::Tables => "a table no larger than the functions that are called through it",
        Owner::Memory => {
            "a smaller stack (linker flag -zstack-size=8192), a smaller heap, less static data; a custom page size"
        }
        Owner::PageTables => {
            "a smaller memory (linker flag --max-memory): each page of it takes an entry"
        }
        Owner::Heap => "fewer structures and arrays at a time",
        Owner::ValueStack => "less recursion, fewer and smaller locals",
        Owner::Frames => "less recursion",
        Owner::Microcode => "it is a cache and leaves first; the tier Stepper takes none",
        Owner::Breakpoints => "remove breakpoints",
    }
}
