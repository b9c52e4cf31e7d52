//! What `fayasm run --stats` prints: how functions were executed.

use std::fmt;

use fayasm_core::{Extern, ExternKind, Job, MicrocodeStats, PagingStats, Store, Translation, Why};
use fayasm_wasi::Wasi;

use crate::call::Call;
use crate::loaded::Loaded;

/// How the functions of a call were executed.
pub(crate) struct Stats<'c>(pub(crate) &'c Call);

impl fmt::Display for Stats<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats(Call { store, job, modules, .. }) = self;
        let stats = store.microcode_stats();
        let MicrocodeStats { stepped, as_microcode, host_calls, .. } = stats;
        let executed = stepped + as_microcode;
        let all = || modules.before.iter().chain([&modules.main]);
        let memory: u64 = all().map(|loaded| memory(loaded, store)).sum();

        row(f, "instructions", executed, "but for calls of host functions")?;
        row(f, "  in place", stepped, share(stepped, executed))?;
        row(f, "  as microcode", as_microcode, share(as_microcode, executed))?;
        row(f, "host calls", host_calls, "")?;
        row(f, "translations", stats.translations, "")?;
        row(f, "  refused", stats.refusals, "")?;
        row(f, "  put off", stats.put_off, "for want of room")?;
        row(f, "  evicted", stats.evictions, "for others")?;
        row(f, "microcode", stats.bytes, "bytes, with entries and tables")?;
        row(f, "  at most", stats.peak, format_args!("of {}", stats.budget))?;
        row(f, "value stack", job.peak_slots() * size_of::<u64>(), "bytes at most")?;
        row(f, "memory", memory, "bytes")?;
        if store.paging().is_some() {
            paging(f, &store.paging_stats())?;
        }
        allocated(f, store, job)?;
        write!(f, "microcode is {}", store.engine().config().planner().gate())?;
        all().try_for_each(|loaded| functions(f, loaded, store))
    }
}

/// How pages have come and gone.
fn paging(f: &mut fmt::Formatter<'_>, stats: &PagingStats) -> fmt::Result {
    let faults = stats.faults();
    row(f, "page accesses", stats.accesses, "")?;
    row(f, "  not in RAM", faults, share(faults, stats.accesses))?;
    row(f, "pages loaded", stats.loads, "")?;
    row(f, "  stored", stats.stores, format_args!("{} KiB written", stats.stores * 4))?;
    row(f, "  dropped", stats.drops, "not having changed")
}

/// What takes how much at the end, and when all took most.
fn allocated(f: &mut fmt::Formatter<'_>, store: &Store<Wasi>, job: &Job) -> fmt::Result {
    let (end, peak) = (store.ledger([job]), store.peak());
    let last = format_args!("after instruction {}", peak.executed);
    row(f, "bytes allocated", "at the end", format_args!("{:>14}  {last}", "at most"))?;
    for ((owner, bytes), (_, most)) in end.iter().zip(peak.ledger.iter()) {
        if bytes > 0 || most > 0 {
            row(f, format_args!("  {owner}"), bytes, format_args!("{most:>14}"))?;
        }
    }
    let budget = store.limits().budget().map(|bytes| format!("of {bytes}"));
    let most = peak.ledger.total();
    row(f, "  all", end.total(), format_args!("{most:>14}  {}", budget.unwrap_or_default()))
}

fn row(
    f: &mut fmt::Formatter<'_>,
    what: impl fmt::Display,
    number: impl fmt::Display,
    more: impl fmt::Display,
) -> fmt::Result {
    let line = format!("{:<16} {number:>12}  {more}", what.to_string());
    writeln!(f, "{}", line.trim_end())
}

/// `12.3 %`.
fn share(part: u64, whole: u64) -> String {
    let share = if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    format!("{:.1} %", share * 100.0)
}

/// Bytes of the memories that a module defines.
fn memory(loaded: &Loaded, store: &Store<Wasi>) -> u64 {
    let all = loaded.module.declarations();
    own(all.imported_memories, all.memories.len())
        .filter_map(|index| match loaded.instance.get_index(store, ExternKind::Memory, index)? {
            Extern::Memory(memory) => {
                Some(memory.size(store).ok()? * memory.ty(store).ok()?.page_size())
            }
            _ => None,
        })
        .sum()
}

/// A line for each function that is translated, was refused, or had to wait.
fn functions(f: &mut fmt::Formatter<'_>, loaded: &Loaded, store: &Store<Wasi>) -> fmt::Result {
    let all = loaded.module.declarations();
    let text = loaded.disassembly();
    for index in own(all.imported_functions, all.functions.len()) {
        let Some(Extern::Func(func)) = loaded.instance.get_index(store, ExternKind::Func, index)
        else {
            continue;
        };
        let said = match store.translation(func) {
            Some(Translation::Done { operators, why, .. }) => {
                [format!("{operators} bytes"), reason(why), String::new()]
            }
            Some(Translation::Refused(reason)) => {
                ["refused".to_owned(), String::new(), format!(": {reason}")]
            }
            Some(Translation::Not { advantage, setbacks: 1.. }) => {
                ["waits".to_owned(), format!("score {}", advantage.score), String::new()]
            }
            _ => continue,
        };
        let [state, why, more] = said;
        let name = loaded.function_name(text, index);
        write!(f, "\n  {state:>13}  {why:<10}  {name}{more}")?;
    }
    Ok(())
}

fn reason(why: Why) -> String {
    match why {
        Why::Hot(advantage) => format!("score {}", advantage.score),
        Why::Ahead => "ahead".to_owned(),
        Why::Stored => "stored".to_owned(),
        Why::Always => "always".to_owned(),
    }
}

/// Indices of what is not imported.
fn own(imported: u32, all: usize) -> impl Iterator<Item = u32> {
    // Things are counted in 32 bits.
    imported..u32::try_from(all).unwrap_or(u32::MAX)
}
