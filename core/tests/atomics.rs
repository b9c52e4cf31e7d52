//! Atomic operators and shared memories, beside what the official suite sees.

mod common;

use common::{engine, load, module};
use fayasm_core::inspect::Inspector;
use fayasm_core::module::{NameIndex, Names};
use fayasm_core::text::{Disassembly, dump};
use fayasm_core::{
    Error, Instance, Job, Limits, Memory, MemoryType, Module, ModuleErrorKind, Operator, Store,
    TrapKind, Val,
};

/// Calls `run` of a module with a shared memory, whose operands and operator are these.
fn run(result: &str, code: &str) -> Result<Val, TrapKind> {
    let text = format!(
        r#"(module (memory (export "memory") 1 2 shared)
            (data (i32.const 8) "\01\02\03\04\05\06\07\08")
            (func (export "run") (result {result}) {code}))"#
    );
    let mut it = load(&text);
    match it.call("run", &[]) {
        Ok(results) => Ok(results[0]),
        Err(Error::Trap(trap)) => Err(trap.kind().clone()),
        Err(other) => panic!("{code}: {other}"),
    }
}

#[test]
fn a_narrow_exchange_compares_only_the_bytes_it_reads() {
    let exchange = |expected: &str| {
        let code = format!(
            "(drop (i64.atomic.rmw16.cmpxchg_u (i32.const 10) (i64.const {expected})
                (i64.const 0xFFFFAABB)))
            (i64.atomic.load (i32.const 8))"
        );
        run("i64", &code)
    };
    let (changed, kept) = (0x0807_0605_AABB_0201, 0x0807_0605_0403_0201);
    assert_eq!(exchange("0x0403"), Ok(Val::I64(changed)));
    assert_eq!(exchange("0x7000000000000403"), Ok(Val::I64(changed)));
    assert_eq!(exchange("0x0404"), Ok(Val::I64(kept)));
}

#[test]
fn arithmetic_wraps_within_the_bytes_accessed() {
    let code = "(drop (i32.atomic.rmw8.add_u (i32.const 9) (i32.const 0xFE)))
        (drop (i32.atomic.rmw8.sub_u (i32.const 10) (i32.const 4)))
        (i32.atomic.load (i32.const 8))";
    assert_eq!(run("i32", code), Ok(Val::I32(0x04FF_0001)));
    let code = "(i64.atomic.rmw32.xchg_u (i32.const 12) (i64.const -1))";
    assert_eq!(run("i64", code), Ok(Val::I64(0x0807_0605)));
}

#[test]
fn an_access_must_be_aligned_before_it_must_lie_inside() {
    for (address, offset) in [(1, 0), (0, 2), (0xFFFF_FFFF_u64, 4), (65538, 0)] {
        let code = format!("(i32.atomic.load offset={offset} (i32.const {address}))");
        let address = address + offset;
        assert_eq!(run("i32", &code), Err(TrapKind::UnalignedAtomic { address, width: 4 }));
    }
    for operator in ["i32.atomic.load", "i32.const 0 memory.atomic.notify"] {
        let code = format!("(i32.const 65536) {operator}");
        let outside = TrapKind::MemoryOutOfBounds { address: 65536, width: 4, size: 65536 };
        assert_eq!(run("i32", &code), Err(outside), "{operator}");
    }
}

#[test]
fn an_exchange_outside_leaves_memory_and_operands_as_they_are() {
    let text = r#"(module (memory 1) (func (export "run")
        (drop (i64.atomic.rmw.xchg (i32.const 65536) (i64.const 9)))))"#;
    let it = load(text);
    let mut store = it.store;
    let run = it.instance.get_func(&store, "run").unwrap();
    let mut job = Job::new(&store, run, &[]).unwrap();
    store.run(&mut job, 10);
    assert_eq!(job.operands(&store, 0), [65536, 9]);
    assert_eq!(job.executed(), 2);
}

#[test]
fn addresses_beyond_64_bits_are_outside_if_aligned() {
    let text = r#"(module (memory i64 1) (func (export "run") (param i64) (result i64)
        (i64.atomic.load offset=0xFFFFFFFFFFFFFFF8 (local.get 0))))"#;
    let mut it = load(text);
    let outside = it.trap_kind("run", &[Val::I64(16)]);
    assert!(matches!(outside, TrapKind::MemoryOutOfBounds { .. }), "{outside}");
    let unaligned = it.trap_kind("run", &[Val::I64(17)]);
    assert!(matches!(unaligned, TrapKind::UnalignedAtomic { .. }), "{unaligned}");
}

#[test]
fn the_memory_that_is_named_is_the_one_accessed() {
    let text = r#"(module (memory 1) (memory $b i64 1 1 shared)
        (func (export "run") (result i32 i32)
            (i32.atomic.store8 $b offset=3 (i64.const 4) (i32.const 0x1234))
            (i32.atomic.load8_u (i32.const 7)) (i32.atomic.load8_u $b (i64.const 7))))"#;
    assert_eq!(load(text).call("run", &[]).unwrap(), [Val::I32(0), Val::I32(0x34)]);
}

#[test]
fn waiting_ends_at_once_since_nobody_else_could_notify() {
    for (code, result) in [
        ("(memory.atomic.wait32 (i32.const 8) (i32.const 7) (i64.const -1))", 1),
        ("(memory.atomic.wait32 (i32.const 8) (i32.const 0x04030201) (i64.const 0))", 2),
        (
            "(memory.atomic.wait64 (i32.const 8) (i64.const 0x0807060504030201)
                (i64.const 0x7FFFFFFFFFFFFFFF))",
            2,
        ),
        ("(memory.atomic.notify (i32.const 8) (i32.const -1))", 0),
        ("(atomic.fence) (i32.const 3)", 3),
    ] {
        assert_eq!(run("i32", code), Ok(Val::I32(result)), "{code}");
    }
    let code = "(memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))";
    assert_eq!(run("i32", code), Err(TrapKind::WaitWithoutEnd { address: 0 }));
}

#[test]
fn only_at_a_shared_memory_can_one_wait() {
    let text = r#"(module (memory 1 1)
        (func (export "wait") (result i32)
            (memory.atomic.wait64 (i32.const 8) (i64.const 1) (i64.const 0)))
        (func (export "notify") (result i32)
            (memory.atomic.notify (i32.const 8) (i32.const 1))))"#;
    let mut it = load(text);
    assert_eq!(it.trap_kind("wait", &[]), TrapKind::ExpectedSharedMemory);
    assert_eq!(it.call("notify", &[]).unwrap(), [Val::I32(0)]);
}

#[test]
fn the_alignment_of_an_atomic_access_is_its_width() {
    let refused = |align: u8| {
        let mut wasm =
            wat::parse_str("(module (memory 1) (func (drop (i32.atomic.load16_u (i32.const 0)))))")
                .unwrap();
        let at = wasm.windows(3).position(|bytes| bytes == [0xFE, 0x13, 1]).unwrap();
        wasm[at + 2] = align;
        Module::new(&engine(), wasm).err().map(|error| error.kind())
    };
    assert_eq!(refused(0), Some(ModuleErrorKind::AlignmentNotNatural));
    assert_eq!(refused(1), None);
    assert_eq!(refused(2), Some(ModuleErrorKind::AlignmentTooLarge));
}

#[test]
fn a_shared_memory_has_a_greatest_size() {
    let wasm = wat::parse_str("(module (memory 1 shared))").unwrap();
    let error = Module::new(&engine(), wasm).unwrap_err();
    assert_eq!(error.kind(), ModuleErrorKind::SharedWithoutMaximum);
    let mut store = Store::new(&engine(), ());
    let ty = MemoryType { shared: true, ..MemoryType::new(Limits { min: 1, max: None }) };
    let error = Memory::new(&mut store, ty).unwrap_err();
    assert_eq!(error, Error::InvalidType(ModuleErrorKind::SharedWithoutMaximum));
}

#[test]
fn a_shared_memory_is_imported_as_one_only() {
    for (declared, provided, links) in
        [(true, true, true), (true, false, false), (false, true, false), (false, false, true)]
    {
        let engine = engine();
        let mut store = Store::new(&engine, ());
        let shared = if declared { "shared" } else { "" };
        let text = format!(r#"(module (import "a" "b" (memory 1 2 {shared})))"#);
        let limits = Limits { min: 1, max: Some(2) };
        let ty = MemoryType { shared: provided, ..MemoryType::new(limits) };
        let memory = Memory::new(&mut store, ty).unwrap();
        let linked = Instance::new(&mut store, &module(&engine, &text), &[memory.into()]);
        assert_eq!(linked.is_ok(), links, "{declared} {provided}: {linked:?}");
    }
}

#[test]
fn what_an_atomic_operator_will_do_is_foretold_unless_it_changes_memory() {
    let text = r#"(module (memory 1 1 shared) (func (export "run")
        (drop (i32.atomic.load8_u (i32.const 1)))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"#;
    let mut it = load(text);
    let mut job = Job::new(&it.store, it.func("run"), &[]).unwrap();
    let mut inspector = Inspector::new();
    it.store.run(&mut job, 1);
    let foretold = inspector.forecast(&mut it.store, &job).unwrap();
    assert_eq!(foretold, Ok(vec![Val::I32(0)]));
    it.store.run(&mut job, 5);
    let trap = inspector.forecast(&mut it.store, &job).unwrap().unwrap_err();
    assert_eq!(*trap.kind(), TrapKind::WaitWithoutEnd { address: 0 });
    let place = inspector.place(&it.store, &job.frames()[0]).unwrap();
    assert_eq!(place.instruction.operator, Operator::MemoryAtomicWait32);
    assert_eq!((place.effect.pops, place.effect.pushes), (3, 1));

    let text = r#"(module (memory 1) (func (export "run") (result i32)
        (i32.atomic.rmw.or (i32.const 0) (i32.const 1))))"#;
    let mut it = load(text);
    let mut job = Job::new(&it.store, it.func("run"), &[]).unwrap();
    it.store.run(&mut job, 2);
    assert_eq!(inspector.forecast(&mut it.store, &job), None);
}

#[test]
fn a_listing_shows_what_is_shared_and_atomic() {
    let engine = engine();
    let text = "(module (memory 1 2 shared) (func atomic.fence
        (drop (i64.atomic.rmw32.cmpxchg_u offset=8 (i32.const 0) (i64.const 1) (i64.const 2)))))";
    let module = module(&engine, text);
    let mut listing = String::new();
    let (bytes, all) = (module.bytes(), module.declarations());
    let index = NameIndex::new(bytes, all);
    dump(&mut listing, Disassembly::new(all, Names::new(bytes, all, &index)), true).unwrap();
    for line in [
        "memory 0: 1 2 shared pages",
        "  atomic.fence\n",
        "  i64.atomic.rmw32.cmpxchg_u offset=8\n",
    ] {
        assert!(listing.contains(line), "{line:?} is missing in:\n{listing}");
    }
}
