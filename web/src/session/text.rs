//! Words and numbers for people, as the worker writes them.

use fayasm_core::module::{BlockType, Declarations, Span};
use fayasm_core::operators::{Operand, OperatorRow};
use fayasm_core::text::block_type;
use fayasm_core::validate::BlockKind;
use fayasm_core::{
    CompositeType, ExternType, FuncType, MemoryType, Proposal, SubType, Val, ValType,
};

use crate::protocol::{self, OperatorView, ValueView};

/// An offset or count, which fits: a module is shorter than 4 GiB.
pub(super) fn offset(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A span, as the page knows it.
pub(super) fn span(span: Span) -> protocol::Span {
    protocol::Span { start: span.start, end: span.end }
}

/// A word with a capital letter.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        std::iter::once(first.to_ascii_uppercase()).chain(letters).collect()
    })
}

/// Reads a value as it was typed. An empty field stands for zero or null, where the
/// type has that.
pub(super) fn parse(ty: ValType, text: &str) -> Result<Val, String> {
    match ty {
        ValType::Ref(ty) if !ty.nullable => {}
        ty if text.trim().is_empty() => return Ok(Val::default_for(ty)),
        _ => {}
    }
    Val::parse(ty, text).map_err(|error| error.to_string().replace("``", "an empty field"))
}

/// "1 byte", "12345 bytes".
pub(super) fn bytes(count: u64) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

/// "1 value is needed", "2 values are needed".
pub(super) fn values_needed(count: usize) -> String {
    if count == 1 { "1 value is needed".to_owned() } else { format!("{count} values are needed") }
}

/// "1 byte", "3.1 KB", "20.4 MB".
pub(super) fn byte_size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// "17 pages", "1 to 16 pages, shared".
pub(super) fn pages(ty: &MemoryType) -> String {
    let shared = if ty.shared { ", shared" } else { "" };
    match (ty.limits.min, ty.limits.max) {
        (min, Some(max)) if max != min => format!("{min} to {max} pages{shared}"),
        (1, _) => format!("1 page{shared}"),
        (min, _) => format!("{min} pages{shared}"),
    }
}

/// "(i32, i32) → i32", "struct (i32, (mut f64))".
pub(super) fn defined_type(ty: &SubType) -> String {
    match &ty.composite {
        CompositeType::Func(function) if ty.is_final && ty.supertype.is_none() => {
            func_type(function)
        }
        _ => ty.to_string(),
    }
}

/// What a block of a function is, and its type: "loop", "(param i32)".
pub(super) fn block(
    all: &Declarations,
    function: u32,
    kind: BlockKind,
    ty: BlockType,
) -> (String, String) {
    let type_text = match (kind, ty, all.function_type(function)) {
        (BlockKind::Function, _, Some(ty)) => func_type(ty),
        (_, BlockType::Empty, _) => String::new(),
        (_, ty, _) => block_type(all, ty).to_string(),
    };
    let kind = match kind {
        BlockKind::Function => "func",
        BlockKind::Block => "block",
        BlockKind::Loop => "loop",
        BlockKind::If => "if",
        BlockKind::Else => "else",
        BlockKind::TryTable => "try_table",
    };
    (kind.to_owned(), type_text)
}

/// "(i32, i32) → i32".
pub(super) fn func_type(ty: &FuncType) -> String {
    let list =
        |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match ty.results() {
        [] => format!("({})", list(ty.params())),
        [result] => format!("({}) → {result}", list(ty.params())),
        results => format!("({}) → ({})", list(ty.params()), list(results)),
    }
}

/// The type of something imported or exported, without what kind of thing it is.
pub(super) fn ty(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) | ExternType::Tag(ty) => func_type(ty),
        ExternType::Table(ty) => match ty.limits.max {
            Some(max) => format!("{} to {max} × {}", ty.limits.min, ty.element),
            None => format!("{} × {}", ty.limits.min, ty.element),
        },
        ExternType::Memory(ty) => pages(ty),
        ExternType::Global(ty) if ty.mutable => format!("mutable {}", ty.content),
        ExternType::Global(ty) => ty.content.to_string(),
    }
}

/// A row of the operator table, as the page shows it.
pub(super) fn operator(row: &OperatorRow) -> OperatorView {
    let code = match row.code {
        0..=0xFF => format!("0x{:02X}", row.code),
        code => format!("0x{:02X} 0x{:02X}", code >> 16, code & 0xFFFF),
    };
    let list = |operands: &[Operand]| {
        operands.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let (pops, pushes) = (list(row.signature.pops), list(row.signature.pushes));
    OperatorView {
        mnemonic: row.mnemonic.to_owned(),
        code,
        signature: format!("[{pops}] → [{pushes}]"),
        explained: row.explained.to_owned(),
        proposal: row.proposal.to_string(),
    }
}

/// Bytes as hexadecimal pairs.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// A value, as the page draws it.
pub(super) fn value(name: String, value: Val, changed: bool) -> ValueView {
    let bits = match value {
        Val::I32(value) => format!("{value:#010x}"),
        Val::I64(value) => format!("{value:#018x}"),
        Val::F32(bits) => format!("{bits:#010x}"),
        Val::F64(bits) => format!("{bits:#018x}"),
        _ => String::new(),
    };
    let text = match value {
        // The first lane of 32 bits first, as it lies in memory.
        Val::V128(bits) if Proposal::Simd.is_built_in() => {
            [0, 32, 64, 96].map(|at| format!("{:08x}", (bits >> at) as u32)).join(" ")
        }
        _ => value.to_string(),
    };
    ValueView { name, ty: value.ty().to_string(), text, bits, changed }
}
