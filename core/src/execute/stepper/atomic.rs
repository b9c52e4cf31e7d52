//! Atomic operators (threads proposal), kept out of the loop.
//!
//! A store is used by one agent at a time, so that nothing ever comes between
//! two accesses: what is left of atomicity is that addresses must be aligned.
//! For the same reason nobody waits while another notifies, so that `notify`
//! wakes none, and a wait either times out, at once since nobody can tell, or
//! would last for ever, which traps.

use super::operands::Operands;
use crate::execute::numeric::i64;
use crate::operators::{AtomicAccess, Operator as Op};
use crate::runtime::{Halt, Memories, TrapKind};

/// Every operator of this module, as a pattern.
#[rustfmt::skip]
macro_rules! atomic_operators {
    () => {
        Op::MemoryAtomicNotify | Op::MemoryAtomicWait32 | Op::MemoryAtomicWait64
        | Op::I32AtomicLoad | Op::I64AtomicLoad
        | Op::I32AtomicLoad8U | Op::I32AtomicLoad16U
        | Op::I64AtomicLoad8U | Op::I64AtomicLoad16U | Op::I64AtomicLoad32U
        | Op::I32AtomicStore | Op::I64AtomicStore
        | Op::I32AtomicStore8 | Op::I32AtomicStore16
        | Op::I64AtomicStore8 | Op::I64AtomicStore16 | Op::I64AtomicStore32
        | Op::I32AtomicRmwAdd | Op::I64AtomicRmwAdd | Op::I32AtomicRmw8AddU | Op::I32AtomicRmw16AddU
        | Op::I64AtomicRmw8AddU | Op::I64AtomicRmw16AddU | Op::I64AtomicRmw32AddU
        | Op::I32AtomicRmwSub | Op::I64AtomicRmwSub | Op::I32AtomicRmw8SubU | Op::I32AtomicRmw16SubU
        | Op::I64AtomicRmw8SubU | Op::I64AtomicRmw16SubU | Op::I64AtomicRmw32SubU
        | Op::I32AtomicRmwAnd | Op::I64AtomicRmwAnd | Op::I32AtomicRmw8AndU | Op::I32AtomicRmw16AndU
        | Op::I64AtomicRmw8AndU | Op::I64AtomicRmw16AndU | Op::I64AtomicRmw32AndU
        | Op::I32AtomicRmwOr | Op::I64AtomicRmwOr | Op::I32AtomicRmw8OrU | Op::I32AtomicRmw16OrU
        | Op::I64AtomicRmw8OrU | Op::I64AtomicRmw16OrU | Op::I64AtomicRmw32OrU
        | Op::I32AtomicRmwXor | Op::I64AtomicRmwXor | Op::I32AtomicRmw8XorU | Op::I32AtomicRmw16XorU
        | Op::I64AtomicRmw8XorU | Op::I64AtomicRmw16XorU | Op::I64AtomicRmw32XorU
        | Op::I32AtomicRmwXchg | Op::I64AtomicRmwXchg | Op::I32AtomicRmw8XchgU | Op::I32AtomicRmw16XchgU
        | Op::I64AtomicRmw8XchgU | Op::I64AtomicRmw16XchgU | Op::I64AtomicRmw32XchgU
        | Op::I32AtomicRmwCmpxchg | Op::I64AtomicRmwCmpxchg | Op::I32AtomicRmw8CmpxchgU | Op::I32AtomicRmw16CmpxchgU
        | Op::I64AtomicRmw8CmpxchgU | Op::I64AtomicRmw16CmpxchgU | Op::I64AtomicRmw32CmpxchgU
    };
}
pub(super) use atomic_operators;

/// How many agents `notify` wakes.
const NOBODY: u64 = 0;
/// What waiting ends with: the value was another one.
const NOT_EQUAL: u64 = 1;
/// What waiting ends with: nobody notified in time.
const TIMED_OUT: u64 = 2;

/// Where an operator accesses a memory.
struct Place {
    address: u64,
    /// In bytes: 1, 2, 4 or 8.
    width: usize,
}

impl Place {
    /// Traps unless the address is a multiple of the width.
    fn new(operator: Op, address: u64, offset: u64) -> Result<Self, TrapKind> {
        let width = 1 << operator.access_width_log2();
        // No memory reaches as far as the greatest address, which stands for
        // all beyond; those beyond are aligned as their lower 64 bits are.
        let (lower, address) = (address.wrapping_add(offset), address.saturating_add(offset));
        match lower & (width - 1) {
            0 => Ok(Place { address, width: width as usize }),
            _ => Err(TrapKind::UnalignedAtomic { address, width }),
        }
    }

    /// As much of a value as fits here.
    fn cut(&self, value: u64) -> u64 {
        value & u64::MAX >> (64 - 8 * self.width)
    }

    /// What the memory holds there, zero-extended.
    fn load(&self, memories: &mut Memories<'_>, memory: usize) -> Result<u64, Halt> {
        let mut bytes = [0; 8];
        memories.read(memory, self.address, &mut bytes[..self.width])?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Sets it to the lowest bytes of a value.
    fn store(&self, memories: &mut Memories<'_>, memory: usize, value: u64) -> Result<(), Halt> {
        memories.write(memory, self.address, &value.to_le_bytes()[..self.width])
    }
}

/// Executes an operator on one of these memories of the store, which are those
/// of the instance by their indices. Nothing changes if it traps.
#[cold]
#[inline(never)]
pub(super) fn execute(
    memories: &mut Memories<'_>,
    addresses: &[u32],
    on: &mut Operands<'_>,
    operator: Op,
    (index, offset): (u32, u64),
) -> Result<(), Halt> {
    let memory = addresses[index as usize] as usize;
    // The address lies below all other operands.
    let pops = operator.row().signature.pops.len();
    let place = Place::new(operator, on.peek(pops - 1), offset)?;
    let value = on.peek(0);
    let result = match operator.atomic_access() {
        Some((AtomicAccess::Load, _)) => place.load(memories, memory)?,
        Some((AtomicAccess::Store, _)) => {
            place.store(memories, memory, value)?;
            on.height -= pops;
            return Ok(());
        }
        Some((access, _)) => {
            let old = place.load(memories, memory)?;
            // Of what is expected, only as many bytes count as are read.
            let matches = access != AtomicAccess::Cmpxchg || place.cut(on.peek(1)) == old;
            if matches {
                place.store(memories, memory, modified(access, old, value))?;
            }
            old
        }
        None if operator == Op::MemoryAtomicNotify => {
            place.load(memories, memory).map(|_| NOBODY)?
        }
        None => wait(memories, memory, &place, on.peek(1), value)?,
    };
    on.replace(pops, result);
    Ok(())
}

/// What a read-modify-write puts in the place of a value. Bytes that are not
/// stored may be anything.
fn modified(access: AtomicAccess, old: u64, operand: u64) -> u64 {
    match access {
        AtomicAccess::Add => i64::add(old, operand),
        AtomicAccess::Sub => i64::sub(old, operand),
        AtomicAccess::And => i64::and(old, operand),
        AtomicAccess::Or => i64::or(old, operand),
        AtomicAccess::Xor => i64::xor(old, operand),
        _ => operand,
    }
}

/// Waits for so many nanoseconds, or if they are negative without end.
fn wait(
    memories: &mut Memories<'_>,
    memory: usize,
    place: &Place,
    expected: u64,
    timeout: u64,
) -> Result<u64, Halt> {
    if !memories.at(memory).ty().shared {
        return Err(TrapKind::ExpectedSharedMemory.into());
    }
    match place.load(memories, memory)? == expected {
        false => Ok(NOT_EQUAL),
        true if timeout.cast_signed() >= 0 => Ok(TIMED_OUT),
        true => Err(TrapKind::WaitWithoutEnd { address: place.address }.into()),
    }
}
