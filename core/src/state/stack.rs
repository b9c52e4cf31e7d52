//! The value stack and its frames, held against what validation knows of each place.

use alloc::vec::Vec;

use super::bytes::Reader;
use super::fit::Fit;
use super::{StateError, StatePart, flaw};
use crate::decode::{self, instruction};
use crate::execute::{Frame, Stack};
use crate::operators::Operator;
use crate::runtime::{FunctionData, StoreInner};
use crate::text::callee;
use crate::types::{FuncType, RefType, ValType};
use crate::validate::{self, BodyValidator};

/// Numbers that each frame takes.
const NUMBERS: usize = 4;

/// The frames, as far as they say where they belong.
pub(super) fn frames(from: &mut Reader<'_>, store: &StoreInner) -> Result<Vec<Frame>, StateError> {
    let count = from.number()? as usize;
    if count > store.code().max_call_depth {
        return Err(StateError::Limit(StatePart::Frames));
    }
    if count > from.left() / 4 / NUMBERS {
        return Err(from.length());
    }
    let mut frames = Vec::new();
    frames.try_reserve_exact(count).map_err(|_| StateError::OutOfMemory)?;
    for number in 0..count {
        let address = from.number()?;
        let (base, pc, next_entry) = (from.number()?, from.number()?, from.number()?);
        let Some(FunctionData::Wasm { instance, index, .. }) =
            store.functions.get(address as usize)
        else {
            return Err(flaw(StatePart::Frames, number));
        };
        let (instance, function, store) = (*instance, *index, store.id);
        // Where to go on is known once it is known where it stands.
        let resume_at = 0;
        frames.push(Frame { store, address, instance, function, base, pc, resume_at, next_entry });
    }
    Ok(frames)
}

/// How many slots the stack must have for these frames: as many as each needs at any time.
pub(super) fn room(store: &StoreInner, frames: &[Frame]) -> Result<usize, StateError> {
    let mut room = 0;
    for frame in frames {
        let layout = store.code().layout(frame.instance, frame.function);
        let needed = [layout.param_slots, layout.local_slots, layout.max_operand_slots];
        let top = needed.iter().try_fold(frame.base, |sum, slots| sum.checked_add(*slots));
        let top = top.and_then(|top| usize::try_from(top).ok());
        room = room.max(top.ok_or(StateError::Limit(StatePart::Stack))?);
    }
    Ok(room)
}

/// Fails unless the frames stand where execution can come to, one calling the other, and hold what
/// there is then. The outermost is that of a call of this type. Lets each frame know where it
/// goes on.
pub(super) fn check(fit: Fit<'_>, stack: &mut Stack, ty: &FuncType) -> Result<(), StateError> {
    let Stack { slots, frames, .. } = stack;
    let first = frames.first().ok_or(flaw(StatePart::Job, 0))?;
    let gives = fit.store.function_type(first.address as usize).map(FuncType::results);
    let gives_them = gives.is_some_and(|gives| fit.store.types.all_match(gives, ty.results()));
    if first.base != 0 || !gives_them {
        return Err(flaw(StatePart::Frames, 0));
    }
    let mut order = Vec::new();
    order.try_reserve_exact(frames.len()).map_err(|_| StateError::OutOfMemory)?;
    order.extend(frames.iter().enumerate().map(|(number, frame)| Stand {
        body: (frame.instance, frame.function),
        pc: frame.pc,
        number,
    }));
    order.sort_unstable();
    for group in order.chunk_by(|a, b| a.body == b.body) {
        check_body(fit, slots, frames, group)?;
    }
    Ok(())
}

/// Where a frame stands.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Stand {
    /// Instance and function.
    body: (u32, u32),
    pc: u32,
    /// Which frame it is.
    number: usize,
}

/// Goes once through the body of the function that these frames, in the order of their places,
/// belong to.
fn check_body(
    fit: Fit<'_>,
    slots: &[u64],
    frames: &mut [Frame],
    group: &[Stand],
) -> Result<(), StateError> {
    let Some(&Stand { body: (instance, function), .. }) = group.first() else { return Ok(()) };
    let module = fit.store.code().module(instance);
    let (all, config) = (module.declarations(), module.engine().config());
    let start = all.body(function).unwrap_or_default().start;
    let mut left = group.iter().peekable();
    let mut wrong = None;
    let walked = validate::walk(module.bytes(), all, config, function, |validator| {
        // A walk begins at the start of the body.
        let pc = validator.offset() - start;
        let is_sought = left.peek().is_some_and(|stand| stand.pc == pc);
        let is_reached = is_sought && !validator.controls().iter().any(|it| it.unreachable);
        while let Some(&Stand { number, .. }) = left.next_if(|stand| stand.pc == pc) {
            let goes_on = Place { fit, slots, frames, number, validator, is_reached }.check();
            match frames.get_mut(number).zip(goes_on) {
                Some((frame, resume_at)) => frame.resume_at = resume_at,
                None => wrong = Some(number),
            }
        }
        wrong.is_none() && left.peek().is_some_and(|stand| stand.pc > pc)
    });
    match (wrong.or(left.next().map(|stand| stand.number)), walked) {
        (Some(number), Ok(())) => Err(flaw(StatePart::Frames, number)),
        // The body is valid: nothing but memory can be missing.
        (_, Err(_)) => Err(StateError::OutOfMemory),
        (None, Ok(())) => Ok(()),
    }
}

/// A frame, and what validation knows of the instruction that it stands at.
struct Place<'a, 'm, 'w> {
    fit: Fit<'a>,
    slots: &'a [u64],
    frames: &'a [Frame],
    number: usize,
    validator: &'a BodyValidator<'m, 'w>,
    /// Whether it can be come to other than by a branch to the end of the function.
    is_reached: bool,
}

impl Place<'_, '_, '_> {
    /// Where it goes on, if it is called from there; none if it cannot stand so.
    fn check(&self) -> Option<u32> {
        let Place { fit, validator, .. } = *self;
        let frame = self.frames.get(self.number)?;
        let next = self.frames.get(self.number + 1);
        let instance = fit.store.instances.get(frame.instance as usize)?;
        let layout = instance.module.layout(frame.function)?;
        let end = next.map_or(self.slots.len(), |next| next.base as usize);
        let slots = self.slots.get(frame.base as usize..end)?;
        let locals = (layout.param_slots + layout.local_slots) as usize;
        let (locals, operands) = slots.split_at_checked(locals)?;
        let own = |ty: ValType| ty.renumbered(|index| instance.own_type(index));
        let local_types = (0..).zip(validator.locals()).map(|(local, ty)| match ty {
            // One that has not been set holds null, whatever its type.
            ValType::Ref(ty) if !validator.is_set(local, ty.into()) => {
                own(RefType { nullable: true, ..ty }.into())
            }
            ty => own(ty),
        });
        if !fit.all(local_types, locals) {
            return None;
        }
        let body = instance.module.body(frame.function)?;
        if frame.pc as usize + 1 == body.len() {
            // Branches lead here with results alone; a host function that was called in place of
            // this one leaves them on top of whatever was there.
            let below = operands.len().checked_sub(layout.result_slots as usize)?;
            let results = fit.store.function_type(frame.address as usize)?.results();
            let fits = next.is_none()
                && operands.len() <= layout.max_operand_slots.max(layout.result_slots) as usize
                && frame.next_entry <= layout.entries
                && fit.all(results.iter().copied(), operands.get(below..)?);
            return fits.then_some(0);
        }
        if !self.is_reached || frame.next_entry != validator.next_entry() {
            return None;
        }
        let types = validator.operands();
        let (count, resume_at) = match next {
            Some(next) => self.call(next)?,
            None => (types.len(), 0),
        };
        // Where execution comes to, every type is known.
        let types = types.get(..count)?;
        let is_known = types.iter().all(Option::is_some);
        (is_known && fit.all(types.iter().flatten().map(|ty| own(*ty)), operands))
            .then_some(resume_at)
    }

    /// How many operands are left below what the call takes that it stands at, and where it goes
    /// on; none if it does not stand at a call that the next frame can have come from.
    fn call(&self, next: &Frame) -> Option<(usize, u32)> {
        let Place { fit, validator, .. } = *self;
        let frame = self.frames.get(self.number)?;
        let instance = fit.store.instances.get(frame.instance as usize)?;
        let all = instance.module.declarations();
        let mut reader = decode::Reader::new(instance.module.bytes(), 0);
        reader.skip_to(validator.offset());
        let instruction = instruction(&mut reader).ok()?;
        let taken = match instruction.operator {
            Operator::Call => 0,
            Operator::CallIndirect | Operator::CallRef => 1,
            _ => return None,
        };
        let ty = callee(all, &instruction)?;
        let found = fit.store.function_type(next.address as usize)?.results();
        let types = &fit.store.types;
        let own = |ty: &ValType| ty.renumbered(|index| instance.own_type(index));
        let fits = found.len() == ty.results().len()
            && found.iter().zip(ty.results()).all(|(found, ty)| types.matches(*found, own(ty)));
        let count = validator.operands().len().checked_sub(ty.params().len() + taken)?;
        let start = all.body(frame.function)?.start;
        fits.then_some((count, reader.offset() - start))
    }
}
