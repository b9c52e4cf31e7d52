//! A plan, carried out by `wasmi`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fayasm_core::{self as core, ExternRef as Handle};
use wasmi::errors::{ErrorKind, InstantiationError};
use wasmi::{
    Caller, CompilationMode, Config, Engine, Error, Extern, ExternRef, ExternType, F32, F64, Func,
    FuncType, Global, Instance, Memory, Module, Nullable, Ref, Store, StoreContext, StoreLimits,
    StoreLimitsBuilder, Table, TrapCode, Val, ValType,
};

use super::plan::{self, End, Kind, Plan, Run, Seen, State, Step};
use crate::random::Random;

/// What a call may cost. Bytes and elements cost something, too.
const FUEL: u64 = 3_000_000;

struct Data {
    /// How many calls of host functions there were.
    calls: u64,
    limits: StoreLimits,
}

/// Whether a module may hold what `wasmi` 2.0.0 gets wrong: `select` directly
/// behind `i32.eqz`, `i64.eqz` or `ref.is_null`, of which it takes the wrong
/// operand if one is a constant.
fn is_mistaken(bytes: &[u8]) -> bool {
    let (is_zero, select) = ([0x45, 0x50, 0xD1], [0x1B, 0x1C]);
    bytes.array_windows().any(|[first, second]| is_zero.contains(first) && select.contains(second))
}

/// Carries out a plan; none if `wasmi` does not take the module, panics when it
/// translates it, or is known to be mistaken about it.
#[must_use]
pub fn run(bytes: &[u8], plan: &Plan) -> Option<Run> {
    if is_mistaken(bytes) {
        return None;
    }
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .compilation_mode(CompilationMode::Eager)
        .wasm_custom_page_sizes(true)
        .wasm_wide_arithmetic(true);
    let engine = Engine::new(&config);
    let module = catch_unwind(AssertUnwindSafe(|| Module::new(&engine, bytes))).ok()?.ok()?;
    let limits = StoreLimitsBuilder::new()
        .memory_size(plan::MEMORY_BYTES)
        .table_elements(plan::TABLE_ELEMENTS)
        .build();
    let mut store = Store::new(&engine, Data { calls: 0, limits });
    store.limiter(|data| &mut data.limits);
    store.set_fuel(FUEL).ok()?;
    let imports = imports(&mut store, &module, plan.seed)?;
    let mut run = Run::default();
    let instance = match Instance::new(&mut store, &module, &imports) {
        Ok(instance) => instance,
        Err(error) => {
            let end = ended_by(&error);
            run.steps.push(Step { end, state: State::default(), executed: None });
            return Some(run);
        }
    };
    let state = state(&store, instance, plan)?;
    run.steps.push(Step { end: End::Returned(vec![]), state, executed: None });
    for call in &plan.calls {
        let func = instance.get_func(&store, &call.export)?;
        let step = invoke(&mut store, func, call, instance, plan)?;
        run.steps.push(step);
    }
    Some(run)
}

fn imports(store: &mut Store<Data>, module: &Module, seed: u64) -> Option<Vec<Extern>> {
    let mut random = Random::new(seed);
    module.imports().map(|import| self::import(store, import.ty(), &mut random)).collect()
}

fn import(store: &mut Store<Data>, ty: &ExternType, random: &mut Random) -> Option<Extern> {
    Some(match ty {
        ExternType::Func(ty) => Extern::Func(host(store, ty)),
        ExternType::Table(ty) => {
            let null = Ref::null(ty.element());
            Extern::Table(Table::new(store, *ty, null).ok()?)
        }
        ExternType::Memory(ty) => Extern::Memory(Memory::new(store, *ty).ok()?),
        ExternType::Global(ty) => {
            let value = plan::value(type_of(ty.content()), random)?;
            let value = val(&mut *store, value)?;
            Extern::Global(Global::new(store, value, ty.mutability()))
        }
    })
}

fn invoke(
    store: &mut Store<Data>,
    func: Func,
    call: &plan::Call,
    instance: Instance,
    plan: &Plan,
) -> Option<Step> {
    let mut arguments = Vec::new();
    for argument in &call.arguments {
        arguments.push(val(&mut *store, *argument)?);
    }
    store.set_fuel(FUEL).ok()?;
    let mut results = vec![Val::I32(0); call.results];
    let end = match func.call(&mut *store, &arguments, &mut results) {
        Ok(()) => End::Returned(results.iter().map(|val| seen(&*store, val)).collect()),
        Err(error) => ended_by(&error),
    };
    Some(Step { end, state: state(store, instance, plan)?, executed: None })
}

fn state(store: &Store<Data>, instance: Instance, plan: &Plan) -> Option<State> {
    let mut state = State::default();
    for name in &plan.memories {
        let bytes = instance.get_memory(store, name)?.data(store);
        state.memories.push(plan::fingerprint_of_bytes(bytes));
    }
    for name in &plan.globals {
        state.globals.push(seen(store, &instance.get_global(store, name)?.get(store)));
    }
    for name in &plan.tables {
        let table = instance.get_table(store, name)?;
        let size = table.size(store);
        let element = |index| table.get(store, index).map(Val::from);
        let elements = (0..size).filter_map(element).map(|val| seen(store, &val));
        state.tables.push((size, plan::fingerprint(elements)));
    }
    Some(state)
}

/// A host function whose answers depend on what it is given.
fn host(store: &mut Store<Data>, ty: &FuncType) -> Func {
    let results: Vec<core::ValType> = ty.results().iter().map(|ty| type_of(*ty)).collect();
    let function = move |mut caller: Caller<'_, Data>, arguments: &[Val], room: &mut [Val]| {
        let before = caller.data().calls;
        caller.data_mut().calls += 1;
        let arguments: Vec<Seen> = arguments.iter().map(|val| seen(&caller, val)).collect();
        let answer = plan::answer(arguments.into_iter(), results.iter().copied(), before);
        let answer = answer.ok_or_else(|| Error::new("no such value"))?;
        for (room, answer) in room.iter_mut().zip(answer) {
            *room = val(&mut caller, answer).ok_or_else(|| Error::new("no such value"))?;
        }
        Ok(())
    };
    Func::new(store, ty.clone(), function)
}

fn type_of(ty: ValType) -> core::ValType {
    match ty {
        ValType::I32 => core::ValType::I32,
        ValType::I64 => core::ValType::I64,
        ValType::F32 => core::ValType::F32,
        ValType::F64 => core::ValType::F64,
        ValType::V128 => core::ValType::V128,
        ValType::FuncRef => core::ValType::FUNCREF,
        ValType::ExternRef => core::ValType::EXTERNREF,
    }
}

fn val(store: impl wasmi::AsContextMut, val: core::Val) -> Option<Val> {
    Some(match val {
        core::Val::I32(value) => Val::I32(value),
        core::Val::I64(value) => Val::I64(value),
        core::Val::F32(bits) => Val::F32(F32::from_bits(bits)),
        core::Val::F64(bits) => Val::F64(F64::from_bits(bits)),
        core::Val::V128(bits) => Val::V128(bits.into()),
        core::Val::FuncRef(None) => Val::FuncRef(Nullable::Null),
        core::Val::ExternRef(None) => Val::ExternRef(Nullable::Null),
        core::Val::ExternRef(Some(reference)) => {
            let handle = Handle::handle(reference)?;
            Val::ExternRef(Nullable::Val(ExternRef::new(store, handle)))
        }
        _ => return None,
    })
}

fn seen<'s>(store: impl Into<StoreContext<'s, Data>>, val: &Val) -> Seen {
    match val {
        Val::I32(value) => Seen::I32(*value),
        Val::I64(value) => Seen::I64(*value),
        Val::F32(value) => Seen::F32(value.to_bits()),
        Val::F64(value) => Seen::F64(value.to_bits()),
        Val::V128(value) => Seen::V128(value.as_u128()),
        Val::FuncRef(Nullable::Null) | Val::ExternRef(Nullable::Null) => Seen::Null,
        Val::FuncRef(Nullable::Val(_)) => Seen::Reference,
        Val::ExternRef(Nullable::Val(reference)) => reference
            .data(store)
            .downcast_ref()
            .map_or(Seen::Reference, |handle| Seen::Extern(*handle)),
    }
}

fn ended_by(error: &Error) -> End {
    let Some(code) = error.as_trap_code() else {
        return match error.kind() {
            ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
                End::Trapped(Kind::TableOutOfBounds)
            }
            _ => End::Limit,
        };
    };
    End::Trapped(match code {
        TrapCode::UnreachableCodeReached => Kind::Unreachable,
        TrapCode::MemoryOutOfBounds => Kind::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds => Kind::TableOutOfBounds,
        TrapCode::IndirectCallToNull => Kind::IndirectCallToNull,
        TrapCode::BadSignature => Kind::IndirectCallTypeMismatch,
        TrapCode::IntegerDivisionByZero => Kind::IntegerDivideByZero,
        TrapCode::IntegerOverflow => Kind::IntegerOverflow,
        TrapCode::BadConversionToInteger => Kind::InvalidConversionToInteger,
        TrapCode::OutOfFuel => return End::OutOfFuel,
        _ => return End::Limit,
    })
}
