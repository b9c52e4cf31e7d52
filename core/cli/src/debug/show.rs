//! What the debugger prints of a run that stands still.

use fayasm_core::module::Named;
use fayasm_core::text::Code;
use fayasm_core::{ExternKind, Outcome, Val};

use super::command::Bytes;
use super::points::PointKind;
use super::problem::Problem;
use super::session::Session;
use crate::failure::Failure;
use crate::output::{BOLD, DIM, ERROR, instructions, printable};
use crate::run::print_results;
use crate::trace::text;

/// Instructions that are listed before and behind the next one.
const AROUND: usize = 6;

/// Bytes in a line.
const ROW: usize = 16;

/// The most calls that are shown.
const MAX_CALLS: usize = 100;

/// The most bytes that are shown at once.
const MAX_BYTES: u64 = 1 << 16;

impl Session {
    /// The next instruction, or how the run has ended.
    pub(super) fn show_position(&mut self) -> Result<(), Problem> {
        let job = self.timeline.job();
        if let Some(results) = job.results(&self.store) {
            self.out.line(format_args!("returned after {}", instructions(job.executed())))?;
            return Ok(print_results(&mut self.out, &results, &self.result_types)?);
        }
        match self.tracer.ahead(&self.store, job) {
            Some(ahead) => text::ahead(&mut self.out, &self.modules, &ahead)?,
            None => self.out.line("=> a host function")?,
        }
        let Some(trap) = self.timeline.job().trapped() else { return Ok(()) };
        match self.modules.done(&self.store, Outcome::Trapped(trap.clone())) {
            Err(failure @ Failure::Exit(_)) => self.out.line(failure)?,
            Err(failure) => self.out.line(format_args!("{ERROR}trap:{ERROR:#} {failure}"))?,
            Ok(()) => {}
        }
        Ok(())
    }

    /// Why it has stopped.
    pub(super) fn show_point(&mut self, number: u32) -> Result<(), Problem> {
        let Some(point) = self.points.get(number) else { return Ok(()) };
        let text = printable(&point.text);
        Ok(self.out.line(format_args!("{BOLD}{number}{BOLD:#}: {text}"))?)
    }

    /// A breakpoint or watchpoint that is new, and where it is.
    pub(super) fn show_added(&mut self, number: u32) -> Result<(), Problem> {
        self.show_point(number)?;
        let places = match self.points.get(number).map(|point| &point.kind) {
            Some(PointKind::Break(places, _)) => places.clone(),
            _ => Vec::new(),
        };
        for place in places {
            let loaded = self.modules.of(place.instance);
            let name = loaded.function_name(loaded.disassembly(), place.function);
            self.out.line(format_args!("   at byte {:#x} in {name}", place.offset))?;
            let source = loaded.places(place.offset);
            if let Some(source) = source.first() {
                self.out.line(format_args!("     {}", printable(&source.to_string())))?;
            }
        }
        Ok(())
    }

    pub(super) fn show_info(&mut self) -> Result<(), Problem> {
        let (range, bytes) = (self.timeline.range(), self.timeline.bytes());
        let (first, last) = (range.start() + 1, range.end());
        self.out.line(match first > *last {
            true => "nothing is executed yet".to_owned(),
            false => {
                format!(
                    "executed are instructions {first} to {last}; {bytes} bytes are kept of that"
                )
            }
        })?;
        let numbers: Vec<u32> = self.points.iter().map(|point| point.number).collect();
        numbers.into_iter().try_for_each(|number| self.show_added(number))?;
        self.show_position()
    }

    /// The functions that are being executed, the innermost first.
    pub(super) fn show_calls(&mut self) -> Result<(), Problem> {
        let frames = self.timeline.job().frames();
        for (number, frame) in frames.iter().rev().take(MAX_CALLS).enumerate() {
            let loaded = self.modules.of(frame.instance());
            let name = loaded.function_name(loaded.disassembly(), frame.function());
            let body = loaded.module.declarations().body(frame.function()).unwrap_or_default();
            let offset = body.start + frame.pc();
            self.out.line(format_args!("#{number:<3} {DIM}{offset:#08x}{DIM:#}  {name}"))?;
            for place in loaded.places(offset) {
                self.out.line(format_args!("       {}", printable(&place.to_string())))?;
            }
        }
        match frames.len() {
            0 => Err(Problem::Ended),
            depth if depth > MAX_CALLS => {
                let left = depth - MAX_CALLS;
                Ok(self.out.line(format_args!("{DIM}and {left} calls further out{DIM:#}"))?)
            }
            _ => Ok(()),
        }
    }

    /// The index of a frame that is counted from the innermost.
    fn frame(&self, from_inside: usize) -> Result<usize, Problem> {
        let depth = self.job().depth();
        let none = || Problem::Nothing { what: "frame", name: from_inside.to_string() };
        depth.checked_sub(1).and_then(|last| last.checked_sub(from_inside)).ok_or_else(none)
    }

    pub(super) fn show_locals(&mut self, frame: usize) -> Result<(), Problem> {
        let index = self.frame(frame)?;
        let (inspector, store, job) = self.inspector();
        let values = inspector.locals(store, job, index);
        let Some(frame) = self.timeline.job().frames().get(index) else { return Ok(()) };
        let names = self.modules.of(frame.instance()).names();
        for (local, value) in (0..).zip(values) {
            let name = names.local(frame.function(), local);
            self.out.line(named(local, name, value))?;
        }
        Ok(())
    }

    pub(super) fn show_stack(&mut self, frame: usize) -> Result<(), Problem> {
        let index = self.frame(frame)?;
        let (inspector, store, job) = self.inspector();
        let mut values = inspector.operands(store, job, index);
        if frame > 0 {
            // What it calls has taken its operands over.
            let place = job.frames().get(index).and_then(|frame| inspector.place(store, frame));
            let pops = place.map_or(0, |place| place.effect.pops);
            values.truncate(values.len().saturating_sub(pops));
        }
        Ok(self.out.line(text::list(&values))?)
    }

    pub(super) fn show_globals(&mut self) -> Result<(), Problem> {
        let instance = self.instance();
        let loaded = self.modules.of(instance);
        for (index, ty) in (0..).zip(&loaded.module.declarations().globals) {
            let global = instance.get_index(&self.store, ExternKind::Global, index);
            let value = global.and_then(|it| it.into_global()?.get(&self.store).ok());
            let Some(value) = value else { continue };
            let mutable = if ty.mutable { "" } else { "  constant" };
            let name = loaded.names().of(Named::Global, index);
            self.out.line(format_args!("{}{mutable}", named(index, name, value)))?;
        }
        Ok(())
    }

    /// Bytes of the memory, in numbers and as characters.
    pub(super) fn show_memory(&mut self, bytes: Bytes) -> Result<(), Problem> {
        let Bytes { address, length } = bytes;
        let memory = self.memory()?;
        let pages = memory.size(&self.store).unwrap_or_default();
        let size = pages * memory.ty(&self.store).map_or(0, |ty| ty.page_size());
        if address >= size {
            return Err(Problem::OutsideMemory { address, length, size });
        }
        let end = address.saturating_add(length.min(MAX_BYTES)).min(size);
        // They are few, and lie in the memory.
        let mut shown = vec![0; (end - address) as usize];
        let _ = memory.read(&self.store, address, &mut shown);
        for (row, bytes) in (0u64..).zip(shown.chunks(ROW)) {
            let at = address + row * ROW as u64;
            let numbers: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let text = bytes.iter().map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            });
            let (numbers, text) = (numbers.join(" "), text.collect::<String>());
            let width = 3 * ROW - 1;
            self.out.line(format_args!("{DIM}{at:#010x}{DIM:#}  {numbers:<width$}  {text}"))?;
        }
        if end - address < length {
            let left = length - (end - address);
            self.out.line(format_args!("{DIM}{left} bytes more are not shown{DIM:#}"))?;
        }
        Ok(())
    }

    /// The instructions around the next one, which is marked.
    pub(super) fn show_code(&mut self) -> Result<(), Problem> {
        let Some(frame) = self.timeline.job().frame() else { return Err(Problem::Ended) };
        let loaded = self.modules.of(frame.instance());
        let function = frame.function();
        let Some(body) = loaded.module.declarations().body(function) else { return Ok(()) };
        let next = body.start + frame.pc();
        let bytes = loaded.module.body(function).unwrap_or_default();
        // The module is valid.
        let code = || Code::new(bytes, body.start).into_iter().flatten().map_while(Result::ok);
        let at = code().take_while(|line| line.instruction.span.start < next).count();
        let text = loaded.disassembly();
        self.out.line(format_args!("{BOLD}{}{BOLD:#}", loaded.function_name(text, function)))?;
        if let Some(source) = loaded.places(next).first() {
            self.out.line(format_args!("  {}", printable(&source.to_string())))?;
        }
        for line in code().take(at + AROUND + 1).skip(at.saturating_sub(AROUND)) {
            let offset = line.instruction.span.start;
            let mark = if offset == next { "=>" } else { "" };
            let operands = text.operands(function, &line.instruction);
            let code = format!(
                "{:indent$}{} {}",
                "",
                line.instruction.operator.mnemonic(),
                printable(&operands),
                indent = 2 * line.depth.min(MAX_INDENT) as usize
            );
            let code = code.trim_end();
            self.out.line(format_args!("{mark:<2} {DIM}{offset:#08x}{DIM:#}  {code}"))?;
        }
        Ok(())
    }
}

/// Blocks nested deeper are not indented further.
const MAX_INDENT: u32 = 30;

/// `1 $count  i32:7`.
fn named(index: u32, name: Option<&str>, value: Val) -> String {
    let name = name.map_or_else(String::new, |name| format!(" ${}", printable(name)));
    format!("{index}{name}  {}:{value}", value.ty())
}
