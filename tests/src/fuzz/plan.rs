//! What is done with a module, and what can be seen of it: the same for every
//! engine, and every way to run one.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use fayasm_core::{
    ExternRef, ExternType, FuncType, HeapType, Module, Paging, PagingStats, Val, ValType,
};

use crate::random::Random;

/// No more calls are made of one module.
const CALLS: usize = 12;

/// How often each function is called, with other arguments each time.
const ROUNDS: usize = 3;

/// No memory grows further, in either engine.
pub const MEMORY_BYTES: usize = 1 << 19;

/// No table grows further, in either engine.
pub const TABLE_ELEMENTS: usize = 3000;

/// What is done with a module: it is instantiated, then calls are made. All
/// that is exported is looked at after each.
#[derive(Debug)]
pub struct Plan {
    /// The calls.
    pub calls: Vec<Call>,
    /// The exported memories.
    pub memories: Vec<String>,
    /// The exported globals.
    pub globals: Vec<String>,
    /// The exported tables.
    pub tables: Vec<String>,
    /// Decides what is imported.
    pub seed: u64,
    /// How many bytes all may take together.
    pub budget: Option<u64>,
    /// How memories are held as pages; none if they are not.
    pub paging: Option<Paging>,
}

/// A call of an exported function.
#[derive(Debug)]
pub struct Call {
    /// The export's name.
    pub export: String,
    /// What it is given.
    pub arguments: Vec<Val>,
    /// How many results it gives.
    pub results: usize,
}

/// What can be seen of a value: of references, what does not depend on the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seen {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// Bits.
    F32(u32),
    /// Bits.
    F64(u64),
    /// Bits.
    V128(u128),
    /// A null reference of any type.
    Null,
    /// The embedder's.
    Extern(u32),
    /// Any other reference.
    Reference,
}

/// What can be seen of an instance.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct State {
    /// Bytes of each memory: how many, and their fingerprint.
    pub memories: Vec<(u64, u64)>,
    /// Each global's value.
    pub globals: Vec<Seen>,
    /// Elements of each table: how many, and their fingerprint.
    pub tables: Vec<(u64, u64)>,
}

/// Why a call trapped, as finely as both engines tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Unreachable,
    MemoryOutOfBounds,
    TableOutOfBounds,
    IndirectCallToNull,
    IndirectCallTypeMismatch,
    IntegerDivideByZero,
    IntegerOverflow,
    InvalidConversionToInteger,
    Other,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It returned these.
    Returned(Vec<Seen>),
    /// It trapped.
    Trapped(Kind),
    /// It did not end: the fuel was used up.
    OutOfFuel,
    /// The engine reached a limit of its own.
    Limit,
}

/// A call, or the instantiation before all calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How it ended.
    pub end: End,
    /// What there is afterwards.
    pub state: State,
    /// How many instructions were executed, if the engine says so.
    pub executed: Option<u64>,
}

/// All that was seen: of the instantiation, then of each call.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Run {
    /// In order. Ends with the instantiation if that failed.
    pub steps: Vec<Step>,
    /// Some states that the calls have gone through: after how many
    /// instructions, and a number for the state. None where that is not asked.
    pub states: Vec<(u64, u64)>,
    /// How often a timeline was gone back on.
    pub walks: u64,
    /// How often it was stopped at breakpoints.
    pub stops: u64,
    /// How often microcode has made room for other.
    pub evictions: u64,
    /// How often all there was has been saved, lost and loaded again.
    pub loads: u64,
    /// How many states were accepted and executed that nobody had saved.
    pub mutants: u64,
    /// The most bytes that there were.
    pub peak: u64,
    /// How pages have come and gone.
    pub paging: PagingStats,
}

impl Plan {
    /// Calls of the functions that a module exports.
    #[must_use]
    pub fn new(module: &Module, random: &mut Random) -> Self {
        let seed = random.next_u64();
        let mut plan = Plan {
            calls: vec![],
            memories: vec![],
            globals: vec![],
            tables: vec![],
            seed,
            budget: None,
            paging: None,
        };
        let mut functions = Vec::new();
        for (export, ty) in module.exports() {
            let name = String::from(&*export.name);
            match ty {
                ExternType::Func(ty) => functions.push((name, ty)),
                ExternType::Memory(_) => plan.memories.push(name),
                ExternType::Global(_) => plan.globals.push(name),
                ExternType::Table(_) => plan.tables.push(name),
                ExternType::Tag(_) => {}
            }
        }
        for (name, ty) in functions.iter().cycle().take(CALLS.min(ROUNDS * functions.len())) {
            plan.calls.extend(call(name, ty, random));
        }
        plan
    }

    /// A step in words.
    #[must_use]
    pub fn describe(&self, step: usize) -> String {
        let Some(call) = step.checked_sub(1).and_then(|index| self.calls.get(index)) else {
            return "instantiating it".to_owned();
        };
        let mut text = format!("call {step}, of `{}` with", call.export);
        for argument in &call.arguments {
            let _ = write!(text, " {argument:?}");
        }
        text
    }
}

/// A call with arguments, unless there is no value for a parameter.
fn call(export: &str, ty: &FuncType, random: &mut Random) -> Option<Call> {
    let arguments = ty.params().iter().map(|ty| value(*ty, random)).collect::<Option<_>>()?;
    Some(Call { export: export.to_owned(), arguments, results: ty.results().len() })
}

/// A value of this type, more often than by chance one at which something
/// changes. None if nothing of its type is the same in every engine.
#[must_use]
pub fn value(ty: ValType, random: &mut Random) -> Option<Val> {
    let special = random.below(3) > 0;
    Some(match ty {
        ValType::I32 => Val::I32(integer(random) as i32),
        ValType::I64 => Val::I64(integer(random) as i64),
        ValType::F32 if special => Val::from(float(random) as f32),
        ValType::F32 => Val::F32(random.next_u64() as u32),
        ValType::F64 if special => Val::from(float(random)),
        ValType::F64 => Val::F64(random.next_u64()),
        ValType::V128 => Val::V128(u128::from(integer(random)) << 64 | u128::from(integer(random))),
        ValType::EXTERNREF if special => {
            Val::ExternRef(Some(ExternRef::new(random.below(1000) as u32)))
        }
        // What an index means, only the module knows.
        ValType::Ref(ty) if !ty.nullable || matches!(ty.heap, HeapType::Concrete(_)) => {
            return None;
        }
        ty => Val::default_for(ty),
    })
}

/// Small, at a power of two, all ones but few, or anything.
fn integer(random: &mut Random) -> u64 {
    let small = random.below(20) as u64;
    match random.below(5) {
        0 => small,
        1 => small.wrapping_sub(20),
        2 => (1u64 << random.below(64)).wrapping_add(small).wrapping_sub(10),
        _ => random.next_u64(),
    }
}

/// Not a number, without end, almost nothing, or where integers end.
fn float(random: &mut Random) -> f64 {
    let magnitude = match random.below(9) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => 0.0,
        3 => f64::from_bits(1 + random.below(3) as u64),
        4 => f64::from(f32::from_bits(1 + random.below(3) as u32)),
        5 => f64::from(f32::MAX),
        6 => random.below(100) as f64 + 0.5,
        _ => (1u64 << random.below(64)) as f64 + random.below(3) as f64 - 1.0,
    };
    if random.below(2) == 0 { magnitude } else { -magnitude }
}

/// What a host function answers: depends on what it is given, and on how many
/// calls there were before, so that a call too few or in another order shows.
#[must_use]
pub fn answer(
    arguments: impl Iterator<Item = Seen>,
    results: impl Iterator<Item = ValType>,
    calls_before: u64,
) -> Option<Vec<Val>> {
    let mut random = Random::new(fingerprint(arguments) ^ calls_before);
    results.map(|ty| value(ty, &mut random)).collect()
}

/// A number that differs if the values do.
#[must_use]
pub fn fingerprint(values: impl Iterator<Item = Seen>) -> u64 {
    let mut hasher = DefaultHasher::new();
    values.for_each(|value| value.hash(&mut hasher));
    hasher.finish()
}

/// How many bytes, and a number that differs if they do.
#[must_use]
pub fn fingerprint_of_bytes(bytes: &[u8]) -> (u64, u64) {
    // Eight bytes at a time: this is done after every call.
    let mix =
        |hash: u64, word: u64| (hash ^ word).rotate_left(29).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(1, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)));
    (bytes.len() as u64, hash)
}

/// Says where two runs of the same engine differ, up to a limit of the
/// engine's own: that may come earlier or later.
///
/// # Errors
///
/// What differs.
pub fn same(one: &str, a: &Run, other: &str, b: &Run) -> Result<(), String> {
    for (index, (a, b)) in a.steps.iter().zip(&b.steps).enumerate() {
        if a.end == End::Limit || b.end == End::Limit {
            return Ok(());
        }
        if a != b {
            return Err(format!("step {index}\n  {one}: {a:?}\n  {other}: {b:?}"));
        }
    }
    match a.steps.len() == b.steps.len() {
        true => Ok(()),
        false => Err(format!("{one} it is instantiated, {other} it is not, or the reverse")),
    }
}
