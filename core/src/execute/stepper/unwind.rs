//! Exceptions on their way to whoever catches them (specification §4.4.8.14).

use super::immediates::number;
use super::operands::Operands;
use super::stack::Stack;
use super::world::World;
use crate::operators::Proposal;
use crate::runtime::InstanceData;
use crate::validate::side_table::Handler;

/// A clause that catches: in which frame, of which handler, and which one.
struct Caught {
    frame: usize,
    handler: Handler,
    clause: usize,
    with_values: bool,
    with_ref: bool,
}

/// Lets the innermost frame with a clause for the exception that `slot` refers
/// to go on there, and drops those above. Says whether there is one; if not,
/// nothing changes.
#[cold]
#[inline(never)]
pub(crate) fn unwind(world: &World<'_>, stack: &mut Stack, slot: u64) -> bool {
    if !Proposal::ExceptionHandling.is_built_in() {
        return false;
    }
    let Some(exception) = world.heap.object(slot) else { return false };
    let Some(caught) = find(world, stack, exception.ty) else { return false };
    stack.frames.truncate(caught.frame + 1);
    let Some(frame) = stack.frames.last_mut() else { return false };
    let layout = world.code.layout(frame.instance, frame.function);
    let locals = (layout.param_slots + layout.local_slots) as usize;
    let height = frame.base as usize + locals + caught.handler.height as usize;
    let mut on = Operands { slots: &mut stack.slots, height };
    if caught.with_values {
        for index in 0..exception.len() {
            on.push(exception.get(index).unwrap_or_default()[0]);
        }
    }
    if caught.with_ref {
        on.push(slot);
    }
    let entry = layout.first_entry as usize + caught.handler.entry as usize + caught.clause;
    // The side table has an entry for each clause.
    let taken = world.code.module(frame.instance).side_table()[entry];
    on.shift(taken.keep() as usize, taken.drop() as usize);
    stack.height = on.height;
    frame.pc = taken.target;
    frame.next_entry = taken.next_entry;
    true
}

fn find(world: &World<'_>, stack: &Stack, tag: u32) -> Option<Caught> {
    for (index, frame) in stack.frames.iter().enumerate().rev() {
        let instance = world.code.instances.get(frame.instance as usize)?;
        let body = instance.module.body(frame.function)?;
        for handler in instance.module.handlers(frame.function) {
            if !(handler.start..handler.end).contains(&frame.pc) {
                continue;
            }
            if let Some((clause, kind)) = clause_for(instance, body, handler, tag) {
                let (with_values, with_ref) = (kind < 2, kind & 1 != 0);
                let handler = *handler;
                return Some(Caught { frame: index, handler, clause, with_values, with_ref });
            }
        }
    }
    None
}

/// The first clause of a handler for exceptions with this tag, and its kind.
fn clause_for(
    instance: &InstanceData,
    body: &[u8],
    handler: &Handler,
    tag: u32,
) -> Option<(usize, u8)> {
    let mut at = handler.clauses as usize;
    for clause in 0..number(body, &mut at) as usize {
        let kind = *body.get(at)?;
        at += 1;
        let fits = kind >= 2 || {
            let index = number(body, &mut at);
            instance.tags.get(index as usize) == Some(&tag)
        };
        number(body, &mut at);
        if fits {
            return Some((clause, kind));
        }
    }
    None
}
