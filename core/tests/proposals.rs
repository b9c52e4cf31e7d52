//! Proposals: each can be switched off, and what the official suite does not see.

mod common;

use common::{link, load, load_in};
use fayasm_core::{
    Config, Engine, Job, Limit, Module, ModuleErrorKind, Outcome, Proposal, TrapKind, Val,
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
];

#[test]
fn every_proposal_can_be_switched_off() {
    for proposal in Proposal::ALL.into_iter().filter(|proposal| *proposal != Proposal::Mvp) {
        let (_, text) = NEEDS
            .iter()
            .find(|(needed, _)| *needed == proposal)
            .unwrap_or_else(|| panic!("no module needs {proposal}"));
        let bytes = wat::parse_str(text).unwrap();
        Module::new(&Engine::default(), bytes.as_slice())
            .unwrap_or_else(|error| panic!("{proposal} is on, but: {error}"));
        let without = Engine::new(Config::new().without(proposal));
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
    let config = Config::new().with_max_call_depth(2).with_max_stack_slots(64);
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
    let mut it = load_in(&Engine::new(Config::new().with_max_stack_slots(6)), text);
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
