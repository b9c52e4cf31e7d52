//! How a job waits for a host function, and goes on.

use alloc::vec::Vec;

use super::{Job, Status, hold_values, slots};
use crate::execute::stepper;
use crate::runtime::{ExnRef, HostError, StoreInner, Trap, TrapKind, Val, put_results, vals_of};
use crate::types::FuncType;

impl Job {
    /// Lets the job execute the call anew that it waits for: what is called may
    /// be another function by now.
    pub(crate) fn retry(&mut self) {
        if let Status::Host { taken, .. } = self.status
            && !self.stack.frames.is_empty()
        {
            self.stack.height += taken;
            self.status = Status::Ready;
        }
    }

    /// Goes on where an exception is caught that the host function throws
    /// which the job waits for; says whether it is caught.
    pub(crate) fn catch(&mut self, store: &mut StoreInner, exception: ExnRef) -> bool {
        let known = exception.store == store.id
            && store.heap.exception(exception.slot, exception.generation).is_some();
        if !known {
            return false;
        }
        let at = self.stack.frames.last().map(|frame| frame.pc);
        self.leave_handlers(store);
        if !stepper::unwind(&store.world(), &mut self.stack, exception.slot) {
            if let (Some(frame), Some(at)) = (self.stack.frames.last_mut(), at) {
                frame.pc = at;
            }
            return false;
        }
        self.stack.executed += 1;
        self.status = Status::Ready;
        store.journal.change();
        true
    }

    /// Moves the innermost frame to where its call returns to, if that is the
    /// last `end`: then the call is a tail call, or no handler is around it.
    fn leave_handlers(&mut self, store: &StoreInner) {
        let Some(frame) = self.stack.frames.last_mut() else { return };
        let instance = store.instances.get(frame.instance as usize);
        let body = instance.and_then(|it| it.module.body(frame.function)).unwrap_or_default();
        if frame.resume_at as usize + 1 == body.len() {
            frame.pc = frame.resume_at;
        }
    }

    /// The address and the type of the host function that the job waits for;
    /// none if it does not wait for one, or belongs to another store.
    fn awaited<'s>(&self, store: &'s StoreInner) -> Option<(u32, &'s FuncType)> {
        match self.status {
            Status::Host { address, .. } if self.store == store.id => {
                Some((address, store.function_type(address as usize)?))
            }
            _ => None,
        }
    }

    /// The arguments of the host function that the job waits for; none if it
    /// does not wait for one, or belongs to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, Job, Limit, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let add = Func::wrap(&mut store, |x: i32, y: i32| x + y)?;
    /// let mut job = Job::new(&store, add, &[Val::I32(7), Val::I32(5)])?;
    /// assert_eq!(job.host_arguments(store.inner()), Some(vec![Val::I32(7), Val::I32(5)]));
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.host_arguments(store.inner()), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn host_arguments(&self, store: &StoreInner) -> Option<Vec<Val>> {
        let (_, ty) = self.awaited(store)?;
        Some(vals_of(ty.params(), self.host_argument_slots(store)?, store.space()))
    }

    /// Goes on after the host function that the job waits for, with its
    /// results or its failure. A job that waits for none stays as it is; in
    /// another store than its own it is given up.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, Job, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let read = Func::wrap(&mut store, || 0)?;
    /// let mut job = Job::new(&store, read, &[])?;
    /// let failure = job.resume(store.inner(), Err("the line was cut".into()));
    /// assert_eq!(failure.unwrap_err().to_string(), "host function failed: the line was cut");
    ///
    /// job.reset(&store, &[])?;
    /// job.resume(store.inner(), Ok(&[Val::I32(7)]))?;
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(7)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The trap that the failure makes, or results of the wrong types.
    pub fn resume(
        &mut self,
        store: &StoreInner,
        results: Result<&[Val], HostError>,
    ) -> Result<(), Trap> {
        let Some((_, ty)) = self.awaited(store) else {
            return match self.status {
                Status::Host { .. } => Err(self.trap(store, TrapKind::ForeignStore.into())),
                _ => Ok(()),
            };
        };
        let done = results.and_then(|results| {
            let from = self.stack.height.saturating_sub(slots(ty.params()));
            let room = self.stack.slots.get_mut(from..).unwrap_or_default();
            put_results(ty, results, room, store)?;
            Ok(hold_values(store, results)?)
        });
        match done {
            Ok(given) => {
                self.given = given;
                self.host_returned(ty);
                Ok(())
            }
            Err(error) => Err(self.trap(store, error.into_trap())),
        }
    }

    /// The slots of the arguments of the host function that the job waits for.
    pub(crate) fn host_argument_slots(&self, store: &StoreInner) -> Option<&[u64]> {
        let (_, ty) = self.awaited(store)?;
        let from = self.stack.height.checked_sub(slots(ty.params()))?;
        self.stack.slots.get(from..self.stack.height)
    }

    /// Goes on after the host function that the job waits for, which has given
    /// these slots. Says whether it waits for one that gives so many.
    pub(crate) fn host_gave(&mut self, store: &StoreInner, results: &[u64]) -> bool {
        let Some((_, ty)) = self.awaited(store) else { return false };
        let from = self.stack.height.checked_sub(slots(ty.params()));
        let room = from.and_then(|from| self.stack.slots.get_mut(from..));
        match room.and_then(|slots| slots.get_mut(..results.len())) {
            Some(room) if slots(ty.results()) == results.len() => {
                room.copy_from_slice(results);
                self.host_returned(ty);
                true
            }
            _ => false,
        }
    }

    /// Goes on after a host function that has left its results where its
    /// arguments were.
    fn host_returned(&mut self, ty: &FuncType) {
        let arguments = self.stack.height.saturating_sub(slots(ty.params()));
        self.stack.height = arguments + slots(ty.results());
        self.status = match self.stack.frames.last_mut() {
            Some(frame) => {
                frame.pc = frame.resume_at;
                self.stack.executed += 1;
                Status::Ready
            }
            None => Status::Done,
        };
    }
}
