//! Immediates, read in place. The bytes are validated: they hold what the
//! operator before them needs, so indexing them cannot fail.

use crate::decode::leb128;
use crate::operators::{ImmediateKind, Operator};

/// Reads an unsigned LEB128 number of 32 bits.
#[cfg_attr(not(small), inline(always))]
#[cfg_attr(small, inline(never))]
pub(in super::super) fn number(body: &[u8], pc: &mut usize) -> u32 {
    let byte = body[*pc];
    if byte < 0x80 {
        *pc += 1;
        return byte.into();
    }
    let (value, next) = long_number(body, *pc);
    *pc = next;
    value
}

#[inline(never)]
fn long_number(body: &[u8], mut at: usize) -> (u32, usize) {
    let value = leb128::validated_u32(body, &mut at);
    (value, at)
}

/// Reads a signed LEB128 number.
#[cfg_attr(not(small), inline(always))]
#[cfg_attr(small, inline(never))]
pub(in super::super) fn signed(body: &[u8], pc: &mut usize) -> i64 {
    let byte = body[*pc];
    if byte < 0x80 {
        *pc += 1;
        // The seventh bit is the sign.
        return i64::from((byte << 1) as i8 >> 1);
    }
    let (value, next) = long_signed(body, *pc);
    *pc = next;
    value
}

#[inline(never)]
fn long_signed(body: &[u8], mut at: usize) -> (i64, usize) {
    let value = leb128::validated_i64(body, &mut at);
    (value, at)
}

/// Reads where a memory is accessed: the index of the memory, and the offset.
#[cfg_attr(not(small), inline(always))]
#[cfg_attr(small, inline(never))]
pub(in super::super) fn mem_arg(body: &[u8], pc: &mut usize) -> (u32, u64) {
    // Alignments are less than 64, unless a memory index follows.
    let flags = body[*pc];
    let offset = body[*pc + 1];
    if flags < 0x40 && offset < 0x80 {
        *pc += 2;
        return (0, offset.into());
    }
    let (memory, offset, next) = long_mem_arg(body, *pc);
    *pc = next;
    (memory, offset)
}

#[inline(never)]
fn long_mem_arg(body: &[u8], mut at: usize) -> (u32, u64, usize) {
    let flags = leb128::validated_u64(body, &mut at);
    let memory = match flags & 0x40 {
        0 => 0,
        _ => leb128::validated_u32(body, &mut at),
    };
    let offset = leb128::validated_u64(body, &mut at);
    (memory, offset, at)
}

/// The bytes before a heap type that make a reference type.
const REF: u8 = 0x64;
const REF_NULL: u8 = 0x63;

/// Moves past a block type.
#[cfg_attr(not(small), inline(always))]
#[cfg_attr(small, inline(never))]
pub(in super::super) fn skip_block_type(body: &[u8], pc: &mut usize) {
    let first = body[*pc];
    signed(body, pc);
    if first == REF || first == REF_NULL {
        signed(body, pc);
    }
}

/// Moves past a block type and clauses of a `try_table`; gives how many there are.
#[inline(never)]
pub(in super::super) fn skip_clauses(body: &[u8], pc: &mut usize) -> usize {
    skip_block_type(body, pc);
    clauses(body, pc, |_| {})
}

/// Reads clauses of a `try_table`, calling this with their labels; gives how many there are.
pub(in super::super) fn clauses(body: &[u8], pc: &mut usize, mut label: impl FnMut(u32)) -> usize {
    let count = number(body, pc) as usize;
    for _ in 0..count {
        // Clauses of the first two kinds name a tag.
        if number(body, pc) < 2 {
            number(body, pc);
        }
        label(number(body, pc));
    }
    count
}

/// Moves past a vector of one value type.
#[inline(never)]
pub(in super::super) fn skip_types(body: &[u8], pc: &mut usize) {
    number(body, pc);
    skip_block_type(body, pc);
}

/// Reads two numbers.
#[cfg_attr(not(small), inline(always))]
pub(in super::super) fn pair(body: &[u8], pc: &mut usize) -> (u32, u32) {
    let first = number(body, pc);
    (first, number(body, pc))
}

/// Reads `N` bytes.
#[inline(always)]
pub(in super::super) fn bytes<const N: usize>(body: &[u8], pc: &mut usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&body[*pc..*pc + N]);
    *pc += N;
    bytes
}

/// Moves past the immediates of an operator; gives how many entries of the side table it owns.
pub(in super::super) fn skip(operator: Operator, body: &[u8], pc: &mut usize) -> usize {
    use ImmediateKind as Kind;
    match operator.row().immediates {
        Kind::None => {}
        Kind::Block => skip_block_type(body, pc),
        Kind::Labels => {
            let labels = number(body, pc) as usize + 1;
            (0..labels).for_each(|_| _ = number(body, pc));
            return labels;
        }
        Kind::TryTable => return skip_clauses(body, pc),
        Kind::Types => skip_types(body, pc),
        Kind::TypeField
        | Kind::TypeCount
        | Kind::TypeType
        | Kind::TypeData
        | Kind::TypeElement
        | Kind::TypeTable
        | Kind::TableTable
        | Kind::ElementTable
        | Kind::MemoryMemory
        | Kind::DataMemory => _ = pair(body, pc),
        Kind::Cast => {
            *pc += 1;
            number(body, pc);
            signed(body, pc);
            signed(body, pc);
        }
        Kind::MemArg => _ = mem_arg(body, pc),
        Kind::MemArgLane => {
            mem_arg(body, pc);
            *pc += 1;
        }
        Kind::Heap | Kind::I32 | Kind::I64 => _ = signed(body, pc),
        Kind::F32 => *pc += 4,
        Kind::F64 => *pc += 8,
        Kind::V128 | Kind::Lanes => *pc += 16,
        Kind::Lane | Kind::Fence => *pc += 1,
        Kind::Label
        | Kind::Function
        | Kind::Tag
        | Kind::Type
        | Kind::Local
        | Kind::Global
        | Kind::Table
        | Kind::Element
        | Kind::Memory
        | Kind::Data => _ = number(body, pc),
    }
    usize::from(matches!(
        operator,
        Operator::If
            | Operator::Else
            | Operator::Br
            | Operator::BrIf
            | Operator::BrOnNull
            | Operator::BrOnNonNull
            | Operator::BrOnCast
            | Operator::BrOnCastFail
    ))
}
