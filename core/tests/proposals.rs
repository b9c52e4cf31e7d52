//! Proposals: each can be switched off, and what the official suite does not see.

mod common;

use common::tier::config;
use common::{engine, link, load, load_in};
use fayasm_core::{
    AnyRef, AsContext, Caller, Engine, Error, Extern, Func, HostError, Instance,
    InstantiationError, Job, Limit, Module, ModuleErrorKind, Outcome, Proposal, Store, StoreLimits,
    TrapKind, Val,
};

/// A module that needs a proposal, and no other that came later.
const NEEDS: &[(Proposal, &str)] = &[
    (Proposal::MutableGlobals, r#"(module (import "a" "b" (global (mut i32))))"#),
    (Proposal::SignExtension, "(module (func (drop (i32.extend8_s (i32.const 1)))))"),
    (Proposal::SaturatingFloatToInt, "(module (func (drop (i32.trunc_sat_f32_s (f32.const 1)))))"),
    (Proposal::MultiValue, "(module (func (result i32 i32) unreachable))"),
    (Proposal::BulkMemory, r#"(module (memory 1) (data "a"))"#),
    (Proposal::ReferenceTypes, "(module (func (param externref)))"),
    (Proposal::TailCall, "(module (func $f (return_call $f)))"),
    (Proposal::ExtendedConst, "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))"),
    (Proposal::MultiMemory, "(module (memory 1) (memory 1))"),
    (Proposal::Memory64, "(module (memory i64 1))"),
    (Proposal::CustomPageSizes, "(module (memory 1 (pagesize 1)))"),
    (
        Proposal::WideArithmetic,
        "(module (func (param i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 0))))",
    ),
    (Proposal::FunctionReferences, "(module (type $t (func)) (func (param (ref $t))))"),
    (Proposal::Gc, "(module (type (struct)))"),
    (Proposal::ExceptionHandling, "(module (func (param exnref)))"),
    (Proposal::Threads, "(module (memory 1 1 shared))"),
    (Proposal::Simd, "(module (func (result v128) unreachable))"),
    (
        Proposal::RelaxedSimd,
        "(module (func (param v128) (result v128)
            (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))",
    ),
];

#[test]
fn every_proposal_can_be_switched_off() {
    for proposal in Proposal::ALL.into_iter().filter(|proposal| *proposal != Proposal::Mvp) {
        let (_, text) = NEEDS
            .iter()
            .find(|(needed, _)| *needed == proposal)
            .unwrap_or_else(|| panic!("no module needs {proposal}"));
        let bytes = wat::parse_str(text).unwrap();
        Module::new(&engine(), bytes.as_slice())
            .unwrap_or_else(|error| panic!("{proposal} is on, but: {error}"));
        let without = Engine::new(config().without(proposal));
        let error = Module::new(&without, bytes).unwrap_err();
        assert_eq!(error.kind(), ModuleErrorKind::Disabled(proposal));
    }
}

#[test]
fn tail_calls_nest_without_end_on_a_stack_of_one_frame() {
    let text = r#"(module
        (type $t (func (param i64 i64) (result i64)))
        (table funcref (elem $even $odd))
        (func $even (param i64 i64) (result i64)
            (if (result i64) (i64.eqz (local.get 0)) (then (local.get 1))
                (else (return_call $odd
                    (i64.sub (local.get 0) (i64.const 1))
                    (i64.add (local.get 1) (i64.const 2))))))
        (func $odd (param i64 i64) (result i64) (local i64 i64 i64)
            (return_call_indirect (type $t)
                (i64.sub (local.get 0) (i64.const 1)) (local.get 1) (i32.const 0)))
        (func (export "run") (param i64) (result i64)
            (i64.add (call $even (local.get 0) (i64.const 5)) (i64.const 1))))"#;
    let config = config().with_max_call_depth(2).with_max_stack_slots(64);
    let mut it = load_in(&Engine::new(config), text);
    let results = it.call("run", &[Val::I64(200_000)]).unwrap();
    assert_eq!(results, [Val::I64(200_006)]);
}

#[test]
fn a_tail_call_of_a_host_function_gives_its_results_to_the_caller() {
    let text = r#"(module (import "h" "half" (func $half (param i32 i32) (result i32)))
        (func $f (param i32) (result i32)
            (i32.const 7) (return_call $half (local.get 0) (i32.const 2)))
        (func (export "run") (result i32) (i32.add (call $f (i32.const 10)) (i32.const 100))))"#;
    let mut it = link(text, (), |linker| {
        linker.func_wrap("h", "half", |a: i32, b: i32| a / b);
    });
    assert_eq!(it.call("run", &[]).unwrap(), [Val::I32(105)]);
    // Stepping out of the function whose place the host function takes stops in its caller.
    let mut job = Job::new(&it.store, it.func("run"), &[]).unwrap();
    assert_eq!(it.store.run(&mut job, 4), Outcome::OutOfFuel);
    assert_eq!(job.depth(), 2);
    assert_eq!(it.store.step_out(&mut job, 100), Outcome::DepthReached);
    assert_eq!(job.operands(&it.store, 0), [5]);
}

#[test]
fn a_tail_call_for_which_there_is_no_room_leaves_the_frame_as_it_was() {
    let text = r#"(module
        (func $large (param i32) (local i64 i64 i64 i64 i64 i64 i64 i64))
        (func (export "run") (i32.const 3) (i32.const 4) (return_call $large)))"#;
    let mut it = load_in(&Engine::new(config().with_max_stack_slots(6)), text);
    let mut job = Job::new(&it.store, it.func("run"), &[]).unwrap();
    let Outcome::Trapped(trap) = it.store.run(&mut job, Limit::NONE) else { panic!() };
    assert!(matches!(trap.kind(), TrapKind::StackExhausted { .. }), "{trap}");
    assert_eq!(job.operands(&it.store, 0), [3, 4]);
    assert_eq!(job.executed(), 2);
}

#[test]
fn addresses_of_64_bits_do_not_wrap() {
    let text = r#"(module (memory i64 1)
        (func (export "load") (param i64) (result i32)
            (i32.load offset=0xFFFFFFFFFFFFFFF0 (local.get 0)))
        (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0))))"#;
    let mut it = load(text);
    for address in [0, 16, 20, -1] {
        let kind = it.trap_kind("load", &[Val::I64(address)]);
        assert!(matches!(kind, TrapKind::MemoryOutOfBounds { .. }), "{address}: {kind}");
    }
    for (delta, before) in [(1, 1), (-1, -1), (1 << 48, -1), (1 << 40, -1), (0, 2)] {
        assert_eq!(it.call("grow", &[Val::I64(delta)]).unwrap(), [Val::I64(before)], "{delta}");
    }
}

#[test]
fn memories_are_told_apart_in_every_access() {
    let text = r#"(module (memory $a 1) (memory $b i64 2) (memory $c 3 (pagesize 1))
        (data (memory $b) (offset (i64.const 8)) "\01\02\03\04")
        (func (export "run") (result i32 i64 i32 i32)
            (memory.copy $a $b (i32.const 0) (i64.const 8) (i32.const 4))
            (i32.store8 $c offset=1 (i32.const 1) (i32.const 0x99))
            (i32.load $a (i32.const 0))
            (i64.add (memory.size $b) (i64.load8_u $b offset=10 (i64.const 0)))
            (i32.load16_u $c offset=1 (i32.const 0))
            (memory.grow $c (i32.const 2)))
        (func (export "outside") (drop (i32.load8_u $c (i32.const 3)))))"#;
    let mut it = load(text);
    assert!(matches!(it.trap_kind("outside", &[]), TrapKind::MemoryOutOfBounds { size: 3, .. }));
    let expected = [Val::I32(0x0403_0201), Val::I64(5), Val::I32(0x9900), Val::I32(3)];
    assert_eq!(it.call("run", &[]).unwrap(), expected);
    assert!(it.call("outside", &[]).is_ok());
}

#[test]
fn a_constant_expression_may_hold_many_operands() {
    let additions = "(i32.const 1) ".repeat(5000) + &"i32.add ".repeat(4999);
    let it = load(&format!("(module (global (export \"g\") i32 {additions}))"));
    let global = it.instance.get_global(&it.store, "g").unwrap();
    assert_eq!(global.get(&it.store), Ok(Val::I32(5000)));
}

/// Makes a list of so many nodes and adds up their numbers, then makes as many
/// again that nothing refers to.
const LISTS: &str = r#"(module
    (type $node (struct (field i32) (field (ref null $node))))
    (global $kept (mut (ref null $node)) (ref.null $node))
    (func $list (param $n i32) (result (ref null $node)) (local $list (ref null $node))
        (loop $more
            (local.set $list (struct.new $node (local.get $n) (local.get $list)))
            (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $list))
    (func (export "keep") (param i32) (global.set $kept (call $list (local.get 0))))
    (func (export "waste") (param i32) (drop (call $list (local.get 0))))
    (func (export "sum") (result i32) (local $at (ref null $node)) (local $sum i32)
        (local.set $at (global.get $kept))
        (block $done
            (loop $next
                (br_if $done (ref.is_null (local.get $at)))
                (local.set $sum (i32.add (local.get $sum) (struct.get $node 0 (local.get $at))))
                (local.set $at (struct.get $node 1 (local.get $at)))
                (br $next)))
        (local.get $sum)))"#;

#[test]
fn what_nothing_refers_to_makes_room_and_the_rest_stays() {
    let mut it = load(LISTS);
    it.store.set_limits(StoreLimits::new().with_heap_bytes(2 << 20));
    it.call("keep", &[Val::I32(1000)]).unwrap();
    for _ in 0..50 {
        it.call("waste", &[Val::I32(10_000)]).unwrap();
    }
    assert_eq!(it.call("sum", &[]).unwrap(), [Val::I32(500_500)]);
    let kind = it.trap_kind("keep", &[Val::I32(1_000_000)]);
    assert!(matches!(kind, TrapKind::OutOfMemoryBudget { .. }), "{kind}");
    // What was made before that is garbage now.
    it.call("keep", &[Val::I32(10_000)]).unwrap();
    assert_eq!(it.call("sum", &[]).unwrap(), [Val::I32(50_005_000)]);
}

#[test]
fn a_job_that_stands_still_keeps_what_its_stack_refers_to() {
    let text = r#"(module
        (type $box (struct (field i32)))
        (import "h" "waste" (func $waste))
        (func (export "run") (result i32) (local $box (ref $box))
            (local.set $box (struct.new $box (i32.const 42)))
            (call $waste)
            (struct.get $box 0 (local.get $box))))"#;
    let mut it = link(text, (), |linker| {
        linker.func_wrap("h", "waste", |mut caller: Caller<'_, ()>| {
            let engine = caller.as_context().engine().clone();
            let wasm = wat::parse_str(LISTS).map_err(|error| error.to_string())?;
            let module = Module::new(&engine, wasm).map_err(|error| error.to_string())?;
            let lists =
                Instance::new(&mut caller, &module, &[]).map_err(|error| error.to_string())?;
            let waste = lists.get_typed_func::<i32, ()>(&caller, "waste")?;
            (0..20).try_for_each(|_| waste.call(&mut caller, 10_000))?;
            Ok::<(), HostError>(())
        });
    });
    it.store.set_limits(StoreLimits::new().with_heap_bytes(2 << 20));
    assert_eq!(it.call("run", &[]).unwrap(), [Val::I32(42)]);
}

#[test]
fn a_reference_that_the_embedder_kept_is_refused_once_its_object_is_gone() {
    let text = r#"(module
        (type $box (struct (field i32)))
        (func (export "new") (result anyref) (struct.new $box (i32.const 7)))
        (func (export "read") (param anyref) (result i32)
            (struct.get $box 0 (ref.cast (ref $box) (local.get 0))))
        (func (export "waste") (param $n i32)
            (loop $more
                (drop (struct.new $box (local.get $n)))
                (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;
    let mut it = load(text);
    let [kept] = it.call("new", &[]).unwrap()[..] else { panic!() };
    assert_eq!(it.call("read", &[kept]).unwrap(), [Val::I32(7)]);
    it.call("waste", &[Val::I32(100_000)]).unwrap();
    assert!(matches!(it.call("read", &[kept]), Err(Error::ArgumentType { .. })));
    let small = Val::AnyRef(Some(AnyRef::new_i31(&it.store, 5)));
    assert_eq!(it.trap_kind("read", &[small]), TrapKind::CastFailure);
}

#[test]
fn an_exception_passes_through_a_host_function() {
    let text = r#"(module
        (import "h" "again" (func $again))
        (tag $e (param i32 i64))
        (func (export "throw") (throw $e (i32.const 7) (i64.const 8)))
        (func $nested (param i32)
            (i32.const 1) (call $again) (drop))
        (func (export "run") (result i32) (local i32)
            (i32.const 100)
            (block $caught (result i32 i64)
                (try_table (catch $e $caught) (i32.const 3) (call $nested (i32.const 5)) (drop))
                (i32.const 0) (i64.const 0))
            (i32.wrap_i64) (i32.add) (i32.add)))"#;
    let mut it = link(text, None::<Func>, |linker| {
        linker.func_wrap("h", "again", |mut caller: Caller<'_, Option<Func>>| {
            let throw = caller.data().ok_or("not set")?;
            throw.call(&mut caller, &[], &mut [])?;
            Ok::<(), HostError>(())
        });
    });
    *it.store.data_mut() = Some(it.func("throw"));
    assert_eq!(it.call("run", &[]).unwrap(), [Val::I32(115)]);
    let trap = it.trap("throw", &[]);
    assert_eq!(trap.kind().to_string(), "uncaught exception");
    assert_eq!(trap.backtrace().len(), 1);
}

#[test]
fn a_handler_does_not_catch_what_a_tail_call_of_the_host_throws() {
    let text = r#"(module
        (tag $t (export "t") (param i32))
        (import "h" "throw" (func $throw (result i32)))
        (func $inner (export "inner") (result i32)
            (block $caught (result i32)
                (try_table (catch $t $caught) (return_call $throw))
                (unreachable)) 
            (i32.add (i32.const 100)))
        (func $thrower (export "thrower") (throw $t (i32.const 7)))
        (func (export "outer") (result i32)
            (block $caught (result i32)
                (try_table (catch $t $caught) (return (call $inner)))
                (unreachable))))"#;
    let mut it = link(text, (), |linker| {
        linker.func_wrap("h", "throw", |mut caller: Caller<'_, ()>| {
            let thrower = caller.get_export("thrower").and_then(Extern::into_func).ok_or("none")?;
            thrower.call(&mut caller, &[], &mut [])?;
            Ok::<i32, HostError>(0)
        });
    });
    assert_eq!(it.call("outer", &[]), Ok(vec![Val::I32(7)]));
    assert!(matches!(it.trap_kind("inner", &[]), TrapKind::UncaughtException(_)));
}

#[test]
fn an_array_beyond_the_limit_is_not_begun_when_a_constant_asks_for_it() {
    let engine = engine();
    let bytes = wat::parse_str(
        "(module (type $a (array v128))
           (global (ref $a) (array.new $a (v128.const i64x2 1 2) (i32.const -1))))",
    );
    let module = Module::new(&engine, bytes.unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    // Filling it would take minutes, and 64 GiB.
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert!(matches!(error, InstantiationError::Limit { limit: 0x1000_0000, .. }));
}
