//! Where a value came from: questions of the page, answered link by link.

use fayasm_core::decode::Immediates;
use fayasm_core::inspect::{Location, Place};
use fayasm_core::timeline::{Cause, Origin, Producer, Timeline};
use fayasm_core::{Extern, ExternKind, Operator, TrapKind, Val, ValType};

use super::modules::Modules;
use super::run::Run;
use crate::protocol::{ChainView, LinkView, OriginOf, OriginView, WriteView};

/// Parts of the run that are gone over before the page has its turn again.
const PARTS: usize = 2;

/// Instructions that are gone over at once for a write.
const STRETCH: u64 = 15_000;

/// What was asked, and what is known of it.
#[derive(Debug)]
pub(super) struct Question {
    of: OriginOf,
    title: String,
    step: f64,
    chains: Vec<Chain>,
}

/// Where one value came from.
#[derive(Debug)]
struct Chain {
    title: String,
    origin: Origin,
    links: Vec<LinkView>,
    is_done: bool,
}

impl Run {
    /// Asks where something came from; says whether there is such a thing.
    pub(super) fn ask_origin(&mut self, modules: &Modules, of: OriginOf) -> bool {
        self.question = None;
        let Some((title, values)) = self.asked_values(modules, of) else { return false };
        let chain = |(title, location)| Chain {
            title,
            origin: Origin::of(&self.timeline, location),
            links: Vec::new(),
            is_done: false,
        };
        let chains = values.into_iter().map(chain).collect();
        let step = self.executed() as f64;
        self.question = Some(Question { of, title, step, chains });
        true
    }

    /// Looks for more of what was asked; none if nothing is asked.
    pub(super) fn search_origin(&mut self, modules: &Modules) -> Option<OriginView> {
        let mut question = self.question.take().filter(|_| !self.is_running())?;
        for _ in 0..PARTS {
            let next = question.chains.iter_mut().find(|chain| !chain.is_done);
            match next {
                Some(chain) => self.search_chain(modules, chain),
                None => break,
            }
        }
        let chains = question.chains.iter().map(|chain| ChainView {
            title: chain.title.clone(),
            links: chain.links.clone(),
            is_cut: chain.origin.is_cut(),
        });
        let view = OriginView {
            of: question.of,
            title: question.title.clone(),
            step: question.step,
            chains: chains.collect(),
            is_done: question.chains.iter().all(|chain| chain.is_done),
        };
        self.question = Some(question);
        Some(view)
    }

    fn search_chain(&mut self, modules: &Modules, chain: &mut Chain) {
        let more = chain.origin.search(&mut self.timeline, &mut self.store);
        // What cannot be gone over again has no known origin.
        chain.is_done = !more.unwrap_or(false);
        if let Some(link) = chain.origin.links().get(chain.links.len()) {
            let view = self.link_view(modules, &link.clone());
            chain.links.push(view);
        }
    }

    /// What is asked about: a title, and the values with theirs.
    fn asked_values(
        &mut self,
        modules: &Modules,
        of: OriginOf,
    ) -> Option<(String, Vec<(String, Location)>)> {
        let innermost = self.timeline.job().depth().saturating_sub(1);
        let one = |title: String, location| Some((title, vec![(String::new(), location)]));
        match of {
            OriginOf::Operand(index) => {
                let index = index as usize;
                let values = self.values(innermost);
                let slot = values.get(..index)?.iter().map(slots).sum();
                let value = values.get(index)?;
                let title = match self.timeline.job().results(&self.store) {
                    Some(_) if values.len() == 1 => format!("the result: {value}"),
                    Some(_) => format!("result {index}: {value}"),
                    None => format!("operand {index}: {value}"),
                };
                one(title, Location::Operand { frame: innermost, slot })
            }
            OriginOf::Local(local) => {
                let job = self.timeline.job();
                let frame = *job.frame()?;
                let values = self.inspector.locals(&self.store, job, innermost);
                let opened = modules.get(self.module_of(modules, frame.instance()))?;
                let name = match opened.names().local(frame.function(), local) {
                    Some(name) => format!("${name}"),
                    None => format!("local {local}"),
                };
                let title = format!("{name}: {}", values.get(local as usize)?);
                one(title, Location::Local { frame: innermost, local })
            }
            OriginOf::Global(index) => {
                let found = self.instance.get_index(&self.store, ExternKind::Global, index)?;
                let global = found.into_global()?;
                let value = global.get(&self.store).ok()?;
                one(format!("global {index}: {value}"), Location::Global(global))
            }
            OriginOf::Byte { memory, address } => {
                let (location, byte) = self.byte(memory, address)?;
                one(format!("the byte at {address:#x}: {byte:#04x}"), location)
            }
            OriginOf::Trap => {
                let trap = self.timeline.job().trapped()?.kind().clone();
                Some((trap.to_string(), self.culprits(&trap)))
            }
        }
    }

    /// Operands of a frame, or the results of a call that has returned.
    fn values(&mut self, frame: usize) -> Vec<Val> {
        let job = self.timeline.job();
        job.results(&self.store).unwrap_or_else(|| self.inspector.operands(&self.store, job, frame))
    }

    fn byte(&self, memory: u32, address: u32) -> Option<(Location, u8)> {
        let found = self.instance.get_index(&self.store, ExternKind::Memory, memory)?;
        let memory = found.into_memory()?;
        let address = u64::from(address);
        let mut byte = [0];
        memory.read(&self.store, address, &mut byte).ok()?;
        let [byte] = byte;
        Some((Location::Memory { memory, bytes: address..address + 1 }, byte))
    }

    /// The values that made the next instruction trap, and what they are to it.
    fn culprits(&mut self, trap: &TrapKind) -> Vec<(String, Location)> {
        let Some(frame) = self.timeline.job().frame().copied() else { return Vec::new() };
        let Some(place) = self.inspector.place(&self.store, &frame) else { return Vec::new() };
        let innermost = self.timeline.job().depth().saturating_sub(1);
        let operands = self.values(innermost);
        let first = operands.len().saturating_sub(place.effect.pops);
        let mut culprits = Vec::new();
        for &(index, what) in culprits_of(trap, &place) {
            let at = first + index.min(place.effect.pops.saturating_sub(1));
            let Some(value) = operands.get(at) else { continue };
            let before = operands.get(..at).unwrap_or_default();
            let slot = before.iter().map(slots).sum();
            let location = Location::Operand { frame: innermost, slot };
            culprits.push((format!("{what}: {value}"), location));
        }
        if let (TrapKind::IndirectCallToNull { index }, Immediates::TypeTable(_, table)) =
            (trap, &place.instruction.immediates)
            && let Some(Extern::Table(table)) =
                frame.instance().get_index(&self.store, ExternKind::Table, *table)
        {
            let location = Location::Table { table, elements: *index..*index + 1 };
            culprits.push((format!("element {index} of the table: null"), location));
        }
        culprits
    }

    /// A link, as it reads: the instruction with what it did.
    fn link_view(&mut self, modules: &Modules, link: &Producer) -> LinkView {
        let step = self.step_of(link.executed);
        let plain = |text: &str| LinkView { step, text: text.to_owned(), ..LinkView::default() };
        let is_entry = matches!(link.location, Location::Local { .. });
        match &link.cause {
            Cause::Argument(index) => return plain(&format!("argument {index} of the call")),
            Cause::Forgotten => return plain("older than what is kept of the run"),
            Cause::Initial if is_entry => return plain("a local, zero at first"),
            Cause::Initial => match link.location {
                Location::Memory { .. } => return plain("as memory began: data, or zero"),
                _ => return plain("as it began"),
            },
            _ => {}
        }
        let here = self.timeline.job().executed();
        if self.timeline.seek(&mut self.store, link.executed).is_err() {
            return plain("");
        }
        let view = self.instruction_view(modules, step, &link.cause);
        // It stood there before.
        let _ = self.timeline.seek(&mut self.store, here);
        view.unwrap_or_else(|| plain("given by the host"))
    }

    /// The next instruction, as a link.
    fn instruction_view(
        &mut self,
        modules: &Modules,
        step: f64,
        cause: &Cause,
    ) -> Option<LinkView> {
        let frame = self.timeline.job().frame().copied()?;
        let place = self.inspector.place(&self.store, &frame)?;
        let opened = modules.get(self.module_of(modules, frame.instance()))?;
        let innermost = self.timeline.job().depth() - 1;
        let operands = self.inspector.operands(&self.store, self.timeline.job(), innermost);
        let text = match cause {
            Cause::Host => "given by the host".to_owned(),
            _ => {
                let forecast = self.inspector.forecast(&mut self.store, self.timeline.job());
                self.effect(opened, &place, &operands, forecast.as_ref())
            }
        };
        let instruction = &place.instruction;
        let disassembly = opened.disassembly();
        let immediates = disassembly.operands(frame.function(), instruction);
        let mnemonic = instruction.operator.mnemonic();
        Some(LinkView {
            step,
            code: format!("{mnemonic} {immediates}").trim_end().to_owned(),
            function: opened.function_name(frame.function()),
            text,
        })
    }

    /// Goes to the write to a byte before where it stands, or to the one behind the
    /// next instruction, as far as a stretch of the run reaches.
    pub(super) fn find_write(&mut self, asked: &WriteView) -> Option<WriteView> {
        let (location, _) = self.byte(asked.memory, asked.address)?;
        let here = self.timeline.job().executed();
        let (first, last) = self.timeline.range().into_inner();
        // Steps are whole and below 2⁵³.
        let from = asked.left.map(|step| (step as u64).saturating_sub(self.before()));
        let (start, end) = match asked.next {
            true => {
                let start = from.unwrap_or(here + 1).clamp(first, last);
                (start, last.min(start + STRETCH))
            }
            false => {
                let end = from.unwrap_or(here).clamp(first, last);
                (first.max(end.saturating_sub(STRETCH)), end)
            }
        };
        let (store, timeline) = (&mut self.store, &mut self.timeline);
        let find = match (asked.next, asked.changes) {
            (true, false) => Timeline::next_write,
            (false, false) => Timeline::last_write,
            (true, true) => Timeline::next_change,
            (false, true) => Timeline::last_change,
        };
        let found = find(timeline, store, &location, start, end);
        // What cannot be gone over again has no known writes.
        let found = found.unwrap_or(None).map(|at| self.step_of(at));
        let left = match asked.next {
            true => (end < last).then_some(end),
            false => (start > first).then_some(start),
        };
        let left = left.filter(|_| found.is_none()).map(|at| self.step_of(at));
        if let Some(step) = found {
            self.seek(step);
        }
        Some(WriteView { found, left, ..asked.clone() })
    }
}

/// How many slots a value takes.
fn slots(value: &Val) -> usize {
    if value.ty() == ValType::V128 { 2 } else { 1 }
}

/// Which of the operands that an instruction takes made it trap, and what they
/// are to it.
fn culprits_of(trap: &TrapKind, place: &Place) -> &'static [(usize, &'static str)] {
    const LAST: usize = usize::MAX;
    let is_unary = place.effect.pops == 1;
    match (trap, place.instruction.operator) {
        (TrapKind::IntegerDivideByZero, _) => &[(1, "the divisor")],
        (TrapKind::IntegerOverflow | TrapKind::InvalidConversionToInteger, _) if is_unary => {
            &[(0, "the operand")]
        }
        (TrapKind::IntegerOverflow, _) => &[(0, "the dividend"), (1, "the divisor")],
        (
            TrapKind::UndefinedElement { .. }
            | TrapKind::IndirectCallToNull { .. }
            | TrapKind::IndirectCallTypeMismatch(_),
            _,
        ) => &[(LAST, "the index")],
        (TrapKind::NullFunctionReference, _) => &[(LAST, "the reference")],
        (
            TrapKind::NullReference
            | TrapKind::NullExceptionReference
            | TrapKind::NullStructReference
            | TrapKind::NullArrayReference
            | TrapKind::CastFailure,
            _,
        ) => &[(0, "the reference")],
        (
            TrapKind::ArrayOutOfBounds { .. }
            | TrapKind::MemoryOutOfBounds { .. }
            | TrapKind::UnalignedAtomic { .. }
            | TrapKind::TableOutOfBounds { .. }
            | TrapKind::DataOutOfBounds { .. }
            | TrapKind::ElementOutOfBounds { .. },
            operator,
        ) => match operator {
            Operator::ArrayGet | Operator::ArrayGetS | Operator::ArrayGetU | Operator::ArraySet => {
                &[(1, "the index")]
            }
            Operator::ArrayFill => &[(1, "the index"), (3, "the length")],
            Operator::ArrayCopy => &[(1, "the index"), (3, "the source"), (4, "the length")],
            Operator::ArrayInitData | Operator::ArrayInitElem => {
                &[(1, "the index"), (2, "the source"), (3, "the length")]
            }
            Operator::ArrayNewData | Operator::ArrayNewElem => {
                &[(0, "the source"), (1, "the length")]
            }
            Operator::MemoryFill | Operator::TableFill => {
                &[(0, "the destination"), (2, "the length")]
            }
            Operator::MemoryCopy
            | Operator::MemoryInit
            | Operator::TableCopy
            | Operator::TableInit => {
                &[(0, "the destination"), (1, "the source"), (2, "the length")]
            }
            Operator::TableGet | Operator::TableSet => &[(0, "the index")],
            _ => &[(0, "the address")],
        },
        _ => &[],
    }
}
