//! Instantiation: imports, limits, segments, start functions.

mod common;

use common::{Loaded, engine, link, load, module};
use fayasm_core::{
    Error, Extern, ExternType, Func, Global, GlobalType, HeapType, Instance, InstantiationError,
    Job, Limits, Linker, Memory, MemoryType, Outcome, RefType, Store, StoreLimits, Table,
    TableType, TrapKind, Val, ValType,
};

fn refused(linker: &Linker<()>, text: &str) -> String {
    let engine = linker.engine().clone();
    let mut store = Store::new(&engine, ());
    linker.instantiate(&mut store, &module(&engine, text)).unwrap_err().to_string()
}

#[test]
fn a_missing_import_is_named_with_its_type() {
    let linker = Linker::new(&engine());
    for (import, message) in [
        ("(func (param i32) (result i64 f32))", "func (i32) -> (i64, f32)"),
        ("(memory 1 2)", "memory 1 2"),
        ("(table 3 funcref)", "table 3 funcref"),
        ("(global (mut i64))", "global (mut i64)"),
    ] {
        let text = format!(r#"(module (import "env" "thing" {import}))"#);
        assert_eq!(refused(&linker, &text), format!("missing import `env` `thing`: {message}"));
    }
}

#[test]
fn a_mismatched_import_is_named_with_both_types() {
    let mut linker = Linker::new(&engine());
    linker.func_wrap("env", "f", |x: i32| x);
    assert_eq!(
        refused(&linker, r#"(module (import "env" "f" (func (param i64))))"#),
        "incompatible import type of `env` `f`: \
         the module wants func (i64) -> (), there is func (i32) -> i32"
    );
    assert!(
        refused(&linker, r#"(module (import "env" "f" (memory 1)))"#).contains("wants memory 1")
    );
}

#[test]
fn an_imported_memory_must_fit_by_the_size_it_has_now() {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let ty = MemoryType::new(Limits { min: 1, max: Some(5) });
    let memory = Memory::new(&mut store, ty).unwrap();
    let wants = module(&engine, r#"(module (import "m" "m" (memory 2 5)))"#);
    assert!(Instance::new(&mut store, &wants, &[memory.into()]).is_err());
    memory.grow(&mut store, 1).unwrap();
    assert!(Instance::new(&mut store, &wants, &[memory.into()]).is_ok());
    let too_many = Instance::new(&mut store, &wants, &[]).unwrap_err();
    assert_eq!(too_many.to_string(), "the module has 1 imports, not 0");
}

#[test]
fn an_import_of_another_store_is_refused() {
    let engine = engine();
    let ty = GlobalType { content: ValType::I32, mutable: false };
    let global = Global::new(Store::new(&engine, ()), ty, Val::I32(0)).unwrap();
    let mut store = Store::new(&engine, ());
    let wants = module(&engine, r#"(module (import "g" "g" (global i32)))"#);
    let error = Instance::new(&mut store, &wants, &[global.into()]).unwrap_err();
    assert_eq!(error.to_string(), "the import `g` `g` belongs to another store");
}

const COUNTER: &str = r#"(module
    (memory (export "memory") 1)
    (global $count (export "count") (mut i32) (i32.const 0))
    (table (export "table") 2 funcref)
    (func (export "next") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store (i32.const 0) (global.get $count))
        (global.get $count)))"#;

const USER: &str = r#"(module
    (import "counter" "next" (func $next (result i32)))
    (import "counter" "memory" (memory 1))
    (import "counter" "count" (global $count (mut i32)))
    (import "counter" "table" (table 2 funcref))
    (type $t (func (result i32)))
    (elem (i32.const 0) $next)
    (elem (i32.const 1) $load)
    (func $load (result i32) (i32.load (i32.const 0)))
    (func (export "both") (result i32)
        (drop (call $next))
        (drop (call_indirect (type $t) (i32.const 0)))
        (i32.mul (i32.const 100) (call_indirect (type $t) (i32.const 1)))
        (i32.add (global.get $count))))"#;

#[test]
fn instances_share_functions_memories_tables_and_globals() {
    let mut counter = load(COUNTER);
    let engine = counter.store.engine().clone();
    let mut linker = Linker::new(&engine);
    linker.instance("counter", counter.instance);
    let instance = linker.instantiate(&mut counter.store, &module(&engine, USER)).unwrap();
    let mut user = Loaded { store: counter.store, instance };
    assert_eq!(user.call("both", &[]), Ok(vec![Val::I32(202)]));
    let count = counter.instance.get_global(&user.store, "count").unwrap();
    assert_eq!(count.get(&user.store), Ok(Val::I32(2)));
    count.set(&mut user.store, Val::I32(10)).unwrap();
    assert_eq!(user.call("both", &[]), Ok(vec![Val::I32(1212)]));
}

#[test]
fn a_trap_in_another_instance_names_both_in_its_backtrace() {
    let text = r#"(module (func (export "f") (drop (i32.div_u (i32.const 1) (i32.const 0)))))"#;
    let mut inner = load(text);
    let engine = inner.store.engine().clone();
    let mut linker = Linker::new(&engine);
    linker.instance("inner", inner.instance);
    let outer = r#"(module (import "inner" "f" (func $f)) (func (export "g") (call $f)))"#;
    let instance = linker.instantiate(&mut inner.store, &module(&engine, outer)).unwrap();
    let mut outer = Loaded { store: inner.store, instance };
    let trap = outer.trap("g", &[]);
    let instances: Vec<Instance> = trap.backtrace().iter().map(|frame| frame.instance).collect();
    assert_eq!(instances, [inner.instance, instance]);
}

#[test]
fn a_memory_of_4_gib_is_refused_by_the_limit_and_named() {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let huge = module(&engine, "(module (memory 65536))");
    let error = Instance::new(&mut store, &huge, &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "4294967296 bytes of memory 0 are wanted, but the limit is 1073741824"
    );
    let table = module(&engine, "(module (table 10000001 funcref))");
    assert_eq!(
        Instance::new(&mut store, &table, &[]).unwrap_err().to_string(),
        "10000001 elements of table 0 are wanted, but the limit is 10000000"
    );
}

#[test]
fn all_memories_and_tables_of_a_store_share_a_limit() {
    let engine = engine();
    let refused = |store: &mut Store<()>, text: &str| {
        Instance::new(store, &module(&engine, text), &[]).unwrap_err().to_string()
    };
    let mut store = Store::new(&engine, ());
    let tables = format!("(module {})", "(table 10000000 funcref) ".repeat(20));
    assert_eq!(
        refused(&mut store, &tables),
        "200000000 elements of all tables are wanted, but the limit is 10000000"
    );
    let memories = format!("(module {})", "(memory 16384) ".repeat(5));
    assert_eq!(
        refused(&mut store, &memories),
        "5368709120 bytes of all memories are wanted, but the limit is 4294967296"
    );
    store.set_limits(
        StoreLimits::new().with_total_memory_bytes(5 << 16).with_total_table_elements(5),
    );
    let text = r#"(module (memory 1) (memory (export "m") 1) (table 1 externref)
        (table $t (export "t") 1 externref)
        (func (export "memory") (param i32) (result i32) (memory.grow 1 (local.get 0)))
        (func (export "table") (param i32) (result i32)
            (table.grow $t (ref.null extern) (local.get 0))))"#;
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
    let mut it = Loaded { store, instance };
    for name in ["memory", "table"] {
        for (delta, before) in [(4, -1), (3, 1), (1, -1), (0, 4)] {
            assert_eq!(it.call(name, &[Val::I32(delta)]), Ok(vec![Val::I32(before)]), "{name}");
        }
    }
    let memory = it.instance.get_memory(&it.store, "m").unwrap();
    assert_eq!(memory.grow(&mut it.store, 1), Err(Error::CannotGrow { delta: 1 }));
    let table = it.instance.get_table(&it.store, "t").unwrap();
    let null = Val::ExternRef(None);
    assert_eq!(table.grow(&mut it.store, 1, null), Err(Error::CannotGrow { delta: 1 }));
    let ty = MemoryType::new(Limits { min: 1, max: None });
    assert_eq!(Memory::new(&mut it.store, ty), Err(Error::CannotGrow { delta: 1 }));
    let ty = TableType::new(RefType::EXTERNREF, Limits { min: 1, max: None });
    assert_eq!(Table::new(&mut it.store, ty, null), Err(Error::CannotGrow { delta: 1 }));
    assert!(refused(&mut it.store, "(module (memory 1))").contains("bytes of all memories"));
    assert!(refused(&mut it.store, "(module (table 1 funcref))").contains("elements of all"));
}

#[test]
fn growing_past_the_limit_gives_minus_one() {
    let mut it = load(
        r#"(module (memory (export "m") 1) (table $t 1 externref)
            (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table") (param i32) (result i32)
                (table.grow $t (ref.null extern) (local.get 0))))"#,
    );
    let limits = StoreLimits::new().with_memory_bytes(3 << 16).with_table_elements(5);
    it.store.set_limits(limits);
    for (name, delta, before) in [
        ("memory", 3, -1),
        ("memory", 2, 1),
        ("memory", 1, -1),
        ("memory", 0, 3),
        ("memory", -1, -1),
        ("table", 5, -1),
        ("table", 4, 1),
        ("table", -1, -1),
        ("table", 0, 5),
    ] {
        assert_eq!(it.call(name, &[Val::I32(delta)]), Ok(vec![Val::I32(before)]), "{name} {delta}");
    }
}

#[test]
fn numbers_of_instances_memories_and_tables_are_limited() {
    let engine = engine();
    let one = module(&engine, "(module (memory 1) (table 1 funcref))");
    for (limits, what) in [
        (StoreLimits::new().with_instances(1), "2 instances"),
        (StoreLimits::new().with_memories(1), "2 memories"),
        (StoreLimits::new().with_tables(1), "2 tables"),
    ] {
        let mut store = Store::new(&engine, ());
        store.set_limits(limits);
        assert!(Instance::new(&mut store, &one, &[]).is_ok());
        let error = Instance::new(&mut store, &one, &[]).unwrap_err();
        assert_eq!(error.to_string(), format!("{what} are wanted, but the limit is 1"));
    }
}

#[test]
fn segments_before_one_that_does_not_fit_stay_copied() {
    let mut it = load(r#"(module (memory (export "m") 1) (table (export "t") 2 funcref))"#);
    let engine = it.store.engine().clone();
    let mut linker = Linker::new(&engine);
    linker.instance("e", it.instance);
    let text = r#"(module
        (import "e" "m" (memory 1))
        (data (i32.const 0) "ab") (data (i32.const 65535) "cd") (data (i32.const 8) "ef"))"#;
    let error = linker.instantiate(&mut it.store, &module(&engine, text)).unwrap_err();
    let out = TrapKind::MemoryOutOfBounds { address: 65535, width: 2, size: 65536 };
    assert_eq!(error.trap_kind(), Some(&out));
    assert!(error.to_string().ends_with("copying data segment 1"), "{error}");
    let data = it.instance.get_memory(&it.store, "m").unwrap().data(&it.store).unwrap();
    assert_eq!(&data[..10], b"ab\0\0\0\0\0\0\0\0");
    assert_eq!(data[65535], 0);

    let text = r#"(module
        (import "e" "t" (table 2 funcref))
        (func $f) (elem (i32.const 0) $f) (elem (i32.const 1) $f $f))"#;
    let error = linker.instantiate(&mut it.store, &module(&engine, text)).unwrap_err();
    assert!(error.to_string().ends_with("copying element segment 1"), "{error}");
    let table = it.instance.get_table(&it.store, "t").unwrap();
    assert!(table.get(&it.store, 0).unwrap().func().is_some());
    assert_eq!(table.get(&it.store, 1), Ok(Val::FuncRef(None)));
}

#[test]
fn globals_and_offsets_are_initialised_from_imported_constants() {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let ty = GlobalType { content: ValType::I32, mutable: false };
    let base = Global::new(&mut store, ty, Val::I32(40)).unwrap();
    let text = r#"(module
        (import "e" "base" (global $base i32))
        (global (export "copy") i32 (global.get $base))
        (memory (export "m") 1) (data (global.get $base) "x"))"#;
    let instance = Instance::new(&mut store, &module(&engine, text), &[base.into()]).unwrap();
    let copy = instance.get_global(&store, "copy").unwrap();
    assert_eq!(copy.get(&store), Ok(Val::I32(40)));
    assert!(copy.set(&mut store, Val::I32(1)).is_err());
    let memory = instance.get_memory(&store, "m").unwrap();
    assert_eq!(memory.data(&store).unwrap()[40], b'x');
}

const STARTS: &str = r#"(module
    (import "h" "log" (func $log (param i32)))
    (global $n (export "n") (mut i32) (i32.const 0))
    (func $main (global.set $n (i32.const 7)) (call $log (global.get $n)))
    (start $main))"#;

#[test]
fn the_start_function_runs_and_can_call_the_host() {
    let it = link(STARTS, Vec::new(), |linker| {
        linker.func_wrap("h", "log", |mut caller: fayasm_core::Caller<'_, Vec<i32>>, x: i32| {
            caller.data_mut().push(x);
        });
    });
    assert_eq!(it.store.data(), &[7]);
}

#[test]
fn the_start_function_can_be_stepped_instead() {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("h", "log", |_: i32| ());
    let module = module(&engine, STARTS);
    let instance = linker.instantiate_without_start(&mut store, &module).unwrap();
    let n = instance.get_global(&store, "n").unwrap();
    assert_eq!(n.get(&store), Ok(Val::I32(0)));
    let start = instance.start_function(&store).unwrap();
    let mut job = Job::new(&store, start, &[]).unwrap();
    assert_eq!(store.run(&mut job, 100), Outcome::Done);
    assert_eq!(n.get(&store), Ok(Val::I32(7)));
}

#[test]
fn a_start_function_that_traps_fails_the_instantiation() {
    let engine = engine();
    let text = "(module (func $main unreachable) (start $main))";
    let error = Instance::new(Store::new(&engine, ()), &module(&engine, text), &[]).unwrap_err();
    assert!(matches!(error, InstantiationError::Start(_)), "{error}");
}

#[test]
fn a_module_is_instantiated_many_times_without_sharing() {
    let mut first = load(COUNTER);
    let engine = first.store.engine().clone();
    let second = Instance::new(&mut first.store, &module(&engine, COUNTER), &[]).unwrap();
    first.call("next", &[]).unwrap();
    let next = second.get_typed_func::<(), i32>(&first.store, "next").unwrap();
    assert_eq!(next.call(&mut first.store, ()), Ok(1));
    assert_ne!(
        second.get_export(&first.store, "memory").and_then(Extern::into_memory),
        first.instance.get_memory(&first.store, "memory")
    );
}

#[test]
fn imports_are_replaced_all_or_none_and_running_jobs_see_the_new_ones() {
    let engine = engine();
    let text = r#"(module
        (import "m" "memory" (memory 1)) (import "m" "table" (table 1 funcref))
        (import "m" "step" (global i32)) (import "h" "pause" (func $pause))
        (func (export "read") (result i32)
            (call $pause)
            (i32.add (i32.load8_u (i32.const 0)) (global.get 0))))"#;
    let module = module(&engine, text);
    let mut store = Store::new(&engine, ());
    let limits = Limits { min: 1, max: Some(2) };
    let [first, second] = [1, 2].map(|byte| {
        let memory = Memory::new(&mut store, MemoryType::new(limits)).unwrap();
        memory.write(&mut store, 0, &[byte]).unwrap();
        memory
    });
    let table = Table::new(
        &mut store,
        TableType::new(RefType::FUNCREF, Limits::at_least(1)),
        Val::FuncRef(None),
    )
    .unwrap();
    let ty = GlobalType { content: ValType::I32, mutable: false };
    let [ten, twenty] = [10, 20].map(|value| Global::new(&mut store, ty, Val::I32(value)).unwrap());
    let pause = Func::wrap(&mut store, || {}).unwrap();
    let imports = [first.into(), table.into(), ten.into(), pause.into()];
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    let read = instance.get_func(&store, "read").unwrap();
    let mut job = Job::new(&store, read, &[]).unwrap();
    assert_eq!(store.run(&mut job, 1), Outcome::OutOfFuel);

    let error = instance
        .rebind(&mut store, &[("m", "memory", second.into()), ("m", "step", table.into())])
        .unwrap_err();
    assert!(matches!(error, InstantiationError::ImportType { .. }), "{error}");
    let error = instance.rebind(&mut store, &[("m", "none", second.into())]).unwrap_err();
    assert_eq!(error.to_string(), "the module has no import `m` `none`");
    let mut copy = job.clone();
    assert_eq!(store.run(&mut copy, 100), Outcome::Done);
    assert_eq!(copy.results(&store), Some(vec![Val::I32(11)]));

    let new = [("m", "memory", second.into()), ("m", "step", twenty.into())];
    instance.rebind(&mut store, &new).unwrap();
    assert_eq!(store.run(&mut job, 100), Outcome::Done);
    assert_eq!(job.results(&store), Some(vec![Val::I32(22)]));
}

#[test]
fn a_linker_puts_a_host_function_into_a_store_once() {
    let engine = engine();
    let mut linker = Linker::<()>::new(&engine);
    linker.func_wrap("h", "f", |x: i32| x).func_wrap("h", "g", |x: i32| x);
    let mut store = Store::new(&engine, ());
    let other = Func::wrap(&mut store, |x: i32| x).unwrap();
    let f = linker.get(&mut store, "h", "f");
    assert!(f.is_some() && f != Some(other.into()));
    assert_ne!(linker.get(&mut store, "h", "g"), f);
    assert_eq!(linker.get(&mut store, "h", "f"), f);
    linker.func_wrap("h", "f", |x: i32| x + 1);
    let replaced = linker.get(&mut store, "h", "f").and_then(Extern::into_func).unwrap();
    assert_ne!(Some(replaced.into()), f);
    assert_eq!(replaced.typed::<i32, i32>(&store).unwrap().call(&mut store, 1), Ok(2));
}

#[test]
fn a_module_of_another_engine_is_refused() {
    let (engine, other) = (engine(), engine());
    let foreign = module(&other, r#"(module (import "h" "f" (func)))"#);
    let mut store = Store::new(&engine, ());
    let direct = Instance::new(&mut store, &foreign, &[]).unwrap_err();
    assert_eq!(direct, InstantiationError::ForeignEngine);
    let linked = Linker::new(&engine).instantiate(&mut store, &foreign).unwrap_err();
    assert_eq!(linked, InstantiationError::ForeignEngine);
    let same = module(&engine.clone(), "(module)");
    assert!(Instance::new(&mut store, &same, &[]).is_ok());
}

#[test]
fn types_that_no_module_could_declare_are_refused() {
    let mut store = Store::new(&engine(), ());
    let limits = |min, max| Limits { min, max };
    let page = |log2| MemoryType { page_size_log2: log2, ..MemoryType::new(limits(1, None)) };
    for ty in [
        MemoryType::new(limits(2, Some(1))),
        MemoryType::new(limits(0, Some(65537))),
        MemoryType::new(limits(65537, None)),
        page(1),
        page(64),
    ] {
        let memory = Memory::new(&mut store, ty);
        assert!(matches!(memory, Err(Error::InvalidType(_))), "{ty}: {memory:?}");
    }
    assert!(Memory::new(&mut store, page(0)).is_ok());
    for limits in [limits(2, Some(1)), limits(0, Some(1 << 32))] {
        let ty = TableType::new(RefType::FUNCREF, limits);
        let table = Table::new(&mut store, ty, Val::FuncRef(None));
        assert!(matches!(table, Err(Error::InvalidType(_))), "{ty}: {table:?}");
    }
    let unknown = RefType::nullable(HeapType::Concrete(9));
    let table =
        Table::new(&mut store, TableType::new(unknown, limits(1, None)), Val::FuncRef(None));
    assert!(matches!(table, Err(Error::ValueType { .. })), "{table:?}");
    let ty = GlobalType { content: unknown.into(), mutable: true };
    let global = Global::new(&mut store, ty, Val::FuncRef(None));
    assert!(matches!(global, Err(Error::ValueType { .. })), "{global:?}");
}

#[test]
fn functions_that_nobody_defines_can_be_made_to_trap() {
    let engine = engine();
    let text = r#"(module
        (type $q (struct (field i64)))
        (import "a" "defined" (func $defined (result i32)))
        (import "a" "b" (func $b (param (ref null $q)) (result i32)))
        (import "a" "b" (func $other (param f64)))
        (func (export "defined") (result i32) (call $defined))
        (func (export "b") (result i32) (call $b (ref.null $q)))
        (func (export "other") (call $other (f64.const 1))))"#;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("a", "defined", || 7);
    let module = module(&engine, text);
    linker.define_unknown_imports_as_traps(&module);
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let mut it = Loaded { store, instance };
    assert_eq!(it.call("defined", &[]), Ok(vec![Val::I32(7)]));
    for name in ["b", "other"] {
        assert_eq!(it.trap_kind(name, &[]), TrapKind::Host("`a` `b` is not defined".into()));
    }
    assert_eq!(linker.get(&mut it.store, "a", "b"), None);
    linker.define_unknown_imports_as_traps(&common::module(
        &engine,
        r#"(module (import "a" "m" (memory 1)))"#,
    ));
    assert!(refused(&linker, r#"(module (import "a" "m" (memory 1)))"#).starts_with("missing"));
}

#[test]
fn a_definition_whose_type_the_store_has_not_is_named_as_such() {
    let engine = engine();
    let text = r#"(module (type $q (struct)) (import "h" "f" (func (param (ref null $q)))))"#;
    let mut linker = Linker::new(&engine);
    for (import, ty) in module(&engine, text).imports() {
        let ExternType::Func(ty) = ty else { panic!("it imports a function") };
        linker.func_new(&import.module, &import.name, ty, |_, _, _| Ok(()));
    }
    let message = refused(&linker, text);
    assert!(message.starts_with("`h` `f` cannot be made: "), "{message}");
}

#[test]
fn objects_that_nothing_refers_to_make_room_for_those_of_an_instance() {
    let engine = engine();
    let module = module(
        &engine,
        r#"(module (type $bytes (array i8))
            (global (export "kept") (ref $bytes) (array.new_default $bytes (i32.const 60000)))
            (global $lost (mut (ref null $bytes)) (array.new_default $bytes (i32.const 60000)))
            (func (export "lose") (global.set $lost (ref.null $bytes))))"#,
    );
    let mut store = Store::new(&engine, ());
    store.set_limits(StoreLimits::new().with_heap_bytes(200_000));
    let mut instance = || {
        let instance = Instance::new(&mut store, &module, &[])?;
        let lose = instance.get_typed_func::<(), ()>(&store, "lose").unwrap();
        lose.call(&mut store, ()).unwrap();
        Ok::<_, InstantiationError>(())
    };
    assert_eq!([instance(), instance()], [Ok(()), Ok(())]);
    let Err(InstantiationError::Limit { what, wanted, limit: 200_000 }) = instance() else {
        panic!("it must be refused by the limit");
    };
    assert_eq!(&*what, "bytes of objects");
    assert!((200_001..320_000).contains(&wanted), "{wanted}");
}

#[test]
fn one_name_of_many_imports_is_rebound_for_all_of_them() {
    let engine = engine();
    let imports = r#"(import "a" "b" (global i32))"#.repeat(30_000);
    let module = module(
        &engine,
        &format!(r#"(module {imports} (func (export "last") (result i32) (global.get 29999)))"#),
    );
    let mut store = Store::new(&engine, ());
    let ty = GlobalType { content: ValType::I32, mutable: false };
    let [one, two] = [1, 2].map(|value| Global::new(&mut store, ty, Val::I32(value)).unwrap());
    let instance = Instance::new(&mut store, &module, &vec![one.into(); 30_000]).unwrap();
    instance.rebind(&mut store, &[("a", "b", two.into())]).unwrap();
    let mut it = Loaded { store, instance };
    assert_eq!(it.call("last", &[]), Ok(vec![Val::I32(2)]));
}
