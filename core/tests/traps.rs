//! Traps: of which kind, where, and what they leave.

mod common;

use common::{link, load};
use fayasm_core::{Func, FuncType, Job, Limit, Outcome, TrapKind, Val, ValType};

/// Each function traps in its own way.
const ALL: &str = r#"(module
    (memory 1)
    (table $t 3 funcref) (elem $e (i32.const 0) $other)
    (elem $p func $other $other)
    (data $d "abc")
    (type $wanted (func (param i32)))
    (func $other (result f64) (f64.const 0))
    (func (export "unreachable") nop unreachable)
    (func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
    (func (export "overflow") (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))
    (func (export "truncate") (drop (i32.trunc_f64_s (f64.const nan))))
    (func (export "load") (drop (i64.load offset=4 (i32.const 0xFFFFFFFF))))
    (func (export "store") (i32.store16 (i32.const 65535) (i32.const 7)))
    (func (export "fill") (memory.fill (i32.const 65530) (i32.const 1) (i32.const 7)))
    (func (export "copy") (memory.copy (i32.const 0) (i32.const 65536) (i32.const 1)))
    (func (export "init") (memory.init $d (i32.const 0) (i32.const 2) (i32.const 2)))
    (func (export "dropped") (data.drop $d) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))
    (func (export "table.get") (drop (table.get $t (i32.const 3))))
    (func (export "table.fill") (table.fill $t (i32.const 2) (ref.null func) (i32.const 2)))
    (func (export "table.init") (table.init $t $p (i32.const 0) (i32.const 1) (i32.const 2)))
    (func (export "undefined") (call_indirect (type $wanted) (i32.const 1) (i32.const 3)))
    (func (export "null") (call_indirect (type $wanted) (i32.const 1) (i32.const 1)))
    (func (export "mismatch") (call_indirect (type $wanted) (i32.const 1) (i32.const 0))))"#;

#[test]
fn every_trap_says_what_happened_in_the_words_of_the_specification() {
    let mut it = load(ALL);
    for (name, message) in [
        ("unreachable", "unreachable executed"),
        ("divide", "integer divide by zero"),
        ("overflow", "integer overflow"),
        ("truncate", "invalid conversion to integer"),
        (
            "load",
            "out of bounds memory access: 8 bytes at address 0x100000003, the memory has 0x10000",
        ),
        ("store", "out of bounds memory access: 2 bytes at address 0xffff, the memory has 0x10000"),
        ("fill", "out of bounds memory access: 7 bytes at address 0xfffa, the memory has 0x10000"),
        ("copy", "out of bounds memory access: 1 bytes at address 0x10000, the memory has 0x10000"),
        ("init", "out of bounds memory access: 2 bytes from 2 on of a data segment that has 3"),
        ("dropped", "out of bounds memory access: 1 bytes from 0 on of a data segment that has 0"),
        ("table.get", "out of bounds table access: 1 elements from 3 on, the table has 3"),
        ("table.fill", "out of bounds table access: 2 elements from 2 on, the table has 3"),
        ("table.init", "out of bounds table access: 2 elements from 1 on of a segment that has 2"),
        ("undefined", "undefined element 3: the table has 3"),
        ("null", "uninitialized element 1: the table holds null there"),
        (
            "mismatch",
            "indirect call type mismatch: the call expects (i32) -> (), the function is () -> f64",
        ),
    ] {
        assert_eq!(it.trap_kind(name, &[]).to_string(), message, "{name}");
    }
}

#[test]
fn a_trap_reports_the_offset_of_the_instruction_that_trapped() {
    let mut it = load(ALL);
    let module = it.instance.module(&it.store).unwrap().clone();
    for (name, opcode) in [
        ("unreachable", 0x00),
        ("divide", 0x6D),
        ("overflow", 0x7F),
        ("truncate", 0xAA),
        ("load", 0x29),
        ("store", 0x3B),
        ("fill", 0xFC),
        ("table.get", 0x25),
        ("mismatch", 0x11),
    ] {
        let trap = it.trap(name, &[]);
        let offset = trap.backtrace()[0].offset;
        assert_eq!(module.bytes()[offset as usize], opcode, "{name}");
        assert!(trap.to_string().ends_with(&format!("at byte {offset:#x}")), "{trap}");
    }
}

#[test]
fn a_backtrace_lists_the_calls_from_the_innermost_outwards() {
    let mut it = load(
        r#"(module
            (func $c unreachable)
            (func $b nop call $c)
            (func (export "a") nop nop call $b))"#,
    );
    let module = it.instance.module(&it.store).unwrap().clone();
    let trap = it.trap("a", &[]);
    let functions: Vec<u32> = trap.backtrace().iter().map(|frame| frame.function).collect();
    assert_eq!(functions, [0, 1, 2]);
    let bytes: Vec<u8> =
        trap.backtrace().iter().map(|frame| module.bytes()[frame.offset as usize]).collect();
    assert_eq!(bytes, [0x00, 0x10, 0x10]);
    assert_eq!(trap.omitted(), 0);
}

#[test]
fn a_trap_leaves_the_operands_in_place_and_does_not_count() {
    let mut it = load(ALL);
    for (name, operands, executed) in [
        ("divide", vec![1, 0], 2),
        ("load", vec![0xFFFF_FFFF], 1),
        ("store", vec![65535, 7], 2),
        ("copy", vec![0, 65536, 1], 3),
        ("null", vec![1, 1], 2),
    ] {
        let mut job = Job::new(&it.store, it.func(name), &[]).unwrap();
        let Outcome::Trapped(trap) = it.store.run(&mut job, Limit::NONE) else {
            panic!("{name} must trap")
        };
        assert_eq!(job.operands(&it.store, 0), operands, "{name}");
        assert_eq!(job.executed(), executed, "{name}");
        assert_eq!(job.backtrace(&it.store), trap.backtrace());
        assert_eq!(it.store.step(&mut job), Outcome::Trapped(trap), "{name} stays trapped");
    }
}

#[test]
fn a_bulk_operation_that_traps_has_changed_nothing() {
    let mut it = load(
        r#"(module
            (memory (export "m") 1)
            (table (export "t") 2 externref)
            (func (export "fill") (memory.fill (i32.const 65530) (i32.const 1) (i32.const 7)))
            (func (export "table.fill") (param externref)
                (table.fill (i32.const 1) (local.get 0) (i32.const 2))))"#,
    );
    it.trap("fill", &[]);
    let memory = it.instance.get_memory(&it.store, "m").unwrap();
    assert!(memory.data(&it.store).unwrap().iter().all(|byte| *byte == 0));
    it.trap("table.fill", &["externref:1".parse().unwrap()]);
    let table = it.instance.get_table(&it.store, "t").unwrap();
    assert_eq!(table.get(&it.store, 1), Ok(Val::ExternRef(None)));
}

#[test]
fn traps_in_the_middle_of_a_function_do_not_stop_the_next_call() {
    let mut it = load(
        r#"(module (global $n (mut i32) (i32.const 0))
            (func (export "f") (param i32) (result i32)
                (global.set $n (i32.add (global.get $n) (i32.const 1)))
                (i32.div_u (i32.const 100) (local.get 0))
                (global.get $n) i32.add))"#,
    );
    assert_eq!(it.trap_kind("f", &[Val::I32(0)]), TrapKind::IntegerDivideByZero);
    assert_eq!(it.call("f", &[Val::I32(50)]), Ok(vec![Val::I32(4)]));
}

#[test]
fn a_host_function_that_fails_leaves_all_operands_of_its_call() {
    let text = r#"(module
        (type $t (func (param i32) (result i32 funcref)))
        (import "h" "fail" (func $fail (type $t)))
        (import "h" "foreign" (func $foreign (type $t)))
        (import "h" "wrong" (func $wrong (type $t)))
        (table funcref (elem $fail $foreign $wrong))
        (func (export "call") (param i32)
            (call_indirect (type $t) (i32.const 5) (local.get 0)) drop drop)
        (func (export "return_call") (param i32) (result i32 funcref)
            (return_call_indirect (type $t) (i32.const 5) (local.get 0))))"#;
    let foreign = load(r#"(module (func (export "f")))"#).func("f");
    let ty = FuncType::new([ValType::I32], [ValType::I32, ValType::FUNCREF]);
    let mut it = link(text, (), |linker| {
        linker
            .func_wrap("h", "fail", |_: i32| Err::<(i32, Option<Func>), _>("failed"))
            .func_wrap("h", "foreign", move |_: i32| (77, Some(foreign)))
            .func_new("h", "wrong", ty, |_, _, results| {
                results.copy_from_slice(&[Val::I32(77), Val::I32(0)]);
                Ok(())
            });
    });
    for name in ["call", "return_call"] {
        for index in 0..3 {
            let mut job = Job::new(&it.store, it.func(name), &[Val::I32(index)]).unwrap();
            let outcome = it.store.run(&mut job, Limit::NONE);
            assert!(matches!(outcome, Outcome::Trapped(_)), "{name} {index}: {outcome:?}");
            assert_eq!(job.operands(&it.store, 0), [5, index as u64], "{name} {index}");
        }
    }
}
