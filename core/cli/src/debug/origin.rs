//! Where values came from, and who wrote to memory.

use fayasm_core::inspect::Location;
use fayasm_core::timeline::{Cause, Origin, Producer};

use super::command::{Bytes, Value};
use super::problem::Problem;
use super::session::{SLICE, Session};
use crate::output::DIM;
use crate::trace::text;

impl Session {
    /// Prints the instructions that brought a value to where it is, the latest first.
    pub(super) fn origin(&mut self, value: Value) -> Result<(), Problem> {
        let location = self.value(value)?;
        let from = self.job().executed();
        let mut origin = Origin::of(&self.timeline, location);
        let mut shown = 0;
        let mut more = true;
        while more {
            if self.interrupt.is_asked() {
                return Err(Problem::Interrupted);
            }
            more = origin.search(&mut self.timeline, &mut self.store)?;
            if let Some(link) = origin.links().get(shown).cloned() {
                shown += 1;
                self.show_link(&link)?;
                self.timeline.seek(&mut self.store, from)?;
            }
        }
        if origin.is_cut() {
            self.out.line(format_args!("{DIM}and further back{DIM:#}"))?;
        }
        Ok(())
    }

    /// Where the value is that is asked about.
    fn value(&self, value: Value) -> Result<Location, Problem> {
        let frame = self.job().depth().saturating_sub(1);
        match value {
            Value::Operand(below) => {
                let none = || Problem::Nothing { what: "operand", name: below.to_string() };
                let slots = match self.job().depth() {
                    // The results of the run.
                    0 => self.job().stack().len(),
                    _ => self.job().operands(&self.store, frame).len(),
                };
                let slot = slots.checked_sub(1).and_then(|top| top.checked_sub(below));
                Ok(Location::Operand { frame, slot: slot.ok_or_else(none)? })
            }
            Value::Local(name) => {
                let (_, _, local) = self.local(&name)?;
                Ok(Location::Local { frame, local })
            }
            Value::Global(name) => self.global(&name),
            Value::Memory(bytes) => self.bytes(bytes),
        }
    }

    /// The instruction of a link, or what else it is.
    fn show_link(&mut self, link: &Producer) -> Result<(), Problem> {
        let text = match link.cause {
            Cause::Argument(index) => format!("argument {index} of the call"),
            Cause::Initial => match &link.location {
                Location::Memory { bytes, .. } => {
                    format!("what was at {:#x} of the memory from the beginning", bytes.start)
                }
                _ => "what it was from the beginning".to_owned(),
            },
            Cause::Forgotten => "older than what is known of the run".to_owned(),
            Cause::Constant | Cause::Computed(_) | Cause::Copied(_) | Cause::Host => {
                self.timeline.seek(&mut self.store, link.executed)?;
                if let Some(ahead) = self.tracer.ahead(&self.store, self.timeline.job()) {
                    text::ahead(&mut self.out, &self.modules, &ahead)?;
                }
                match link.cause {
                    Cause::Host => "given by the host".to_owned(),
                    _ => return Ok(()),
                }
            }
        };
        Ok(self.out.line(text)?)
    }

    /// Back to what wrote to these bytes last.
    pub(super) fn last_write(&mut self, bytes: Bytes) -> Result<(), Problem> {
        let location = self.bytes(bytes)?;
        let first = *self.timeline.range().start();
        let mut end = self.job().executed();
        while end > first {
            if self.interrupt.is_asked() {
                return Err(Problem::Interrupted);
            }
            let start = end.saturating_sub(SLICE).max(first);
            let found = self.timeline.last_write(&mut self.store, &location, start, end)?;
            if let Some(executed) = found {
                return self.seek(executed);
            }
            end = start;
        }
        Err(Problem::NeverWritten { from: first + 1 })
    }
}
