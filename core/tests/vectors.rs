//! Vectors beside what takes one slot: what the official suite does not see.

mod common;

use common::{Loaded, link, load};
use fayasm_core::inspect::Inspector;
use fayasm_core::{Job, Limit, Val};

/// A number whose two slots differ.
const A: u128 = 0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100;
const B: u128 = !A;

/// What the export `f` gives, run at once and stepped one by one.
fn call(text: &str, args: &[Val]) -> Vec<Val> {
    let results = load(text).call("f", args).expect("it ends");

    let loaded = load(text);
    let (func, mut store) = (loaded.func("f"), loaded.store);
    let mut job = Job::new(&store, func, args).expect("arguments fit");
    let mut inspector = Inspector::new();
    while job.is_running() {
        for frame in 0..job.depth() {
            inspector.operands(&store, &job, frame);
            inspector.locals(&store, &job, frame);
        }
        store.run(&mut job, Limit::fuel(1));
    }
    assert_eq!(job.results(&store).expect("it ended"), results);
    results
}

#[test]
fn locals_of_both_widths_keep_apart() {
    let text = r#"(module
        (func (export "f") (param i32 v128 i64 v128) (result v128 i64 v128 i32 v128 f64)
            (local $a f64) (local $b v128) (local $c v128) (local $d i32) (local $e v128)
            (local.set $b (local.get 1))
            (local.set $c (local.get 3))
            (local.set $d (local.get 0))
            (local.set $a (f64.const 1.5))
            (drop (local.tee $e (v128.not (local.get $b))))
            (local.get $b) (local.get 2) (local.get $c) (local.get $d) (local.get $e)
            (local.get $a)))"#;
    let args = [Val::I32(7), Val::V128(A), Val::I64(-9), Val::V128(B)];
    let results = call(text, &args);
    let expected =
        [Val::V128(A), Val::I64(-9), Val::V128(B), Val::I32(7), Val::V128(!A), Val::from(1.5)];
    assert_eq!(results, expected);
}

#[test]
fn drop_and_select_are_as_wide_as_their_operands() {
    let text = r#"(module
        (func (export "f") (param v128 v128 i32) (result i32 v128 v128 i64)
            (i32.const 1)
            (drop (local.get 0))
            (select (local.get 0) (local.get 1) (local.get 2))
            (select (result v128) (local.get 0) (local.get 1) (i32.eqz (local.get 2)))
            (drop (i32.const 3))
            (select (i64.const 4) (i64.const 5) (local.get 2))))"#;
    let with = |condition| call(text, &[Val::V128(A), Val::V128(B), Val::I32(condition)]);
    assert_eq!(with(1), [Val::I32(1), Val::V128(A), Val::V128(B), Val::I64(4)]);
    assert_eq!(with(0), [Val::I32(1), Val::V128(B), Val::V128(A), Val::I64(5)]);
}

#[test]
fn branches_keep_vectors_and_drop_them() {
    let text = r#"(module
        (func (export "f") (param v128 i32) (result v128)
            (block $out (result v128)
                (i32.const 5) (v128.not (local.get 0))
                (block $in (result v128)
                    (i64.const 6) (local.get 0)
                    (br_table $in $out (local.get 1)))
                (drop) (drop) (drop) (v128.const i64x2 1 2))))"#;
    assert_eq!(call(text, &[Val::V128(A), Val::I32(1)]), [Val::V128(A)]);
    assert_eq!(call(text, &[Val::V128(A), Val::I32(0)]), [Val::V128(2 << 64 | 1)]);
}

#[test]
fn calls_globals_and_exceptions_carry_vectors() {
    let text = r#"(module
        (tag $t (param i32 v128))
        (global $g (mut v128) (v128.const i64x2 3 4))
        (func $swap (param v128 i32 v128) (result v128 i32 v128)
            (local.get 2) (local.get 1) (local.get 0))
        (func $tail (param v128 v128) (result v128)
            (return_call $first (local.get 1) (local.get 0)))
        (func $first (param v128 v128) (result v128) (local.get 0))
        (func (export "f") (param v128 v128) (result v128 v128 i32 v128)
            (global.get $g)
            (global.set $g (local.get 0))
            (call $tail (local.get 0) (global.get $g))
            (block $caught (result i32 v128)
                (try_table (catch $t $caught)
                    (throw $t (i32.const 8) (local.get 1)))
                unreachable)))"#;
    let results = call(text, &[Val::V128(A), Val::V128(B)]);
    let global = Val::V128(4 << 64 | 3);
    assert_eq!(results, [global, Val::V128(A), Val::I32(8), Val::V128(B)]);
}

#[test]
fn structures_and_arrays_hold_vectors() {
    let text = r#"(module
        (type $s (struct (field i32) (field (mut v128)) (field i64)))
        (type $a (array (mut v128)))
        (global $array (ref $a) (array.new $a (v128.const i64x2 9 9) (i32.const 3)))
        (func (export "f") (param v128 v128) (result v128 i64 v128 v128)
            (local $s (ref $s))
            (local.set $s (struct.new $s (i32.const 1) (local.get 0) (i64.const 2)))
            (struct.get $s 1 (local.get $s))
            (struct.set $s 1 (local.get $s) (local.get 1))
            (struct.get $s 2 (local.get $s))
            (array.set $a (global.get $array) (i32.const 1) (struct.get $s 1 (local.get $s)))
            (array.get $a (global.get $array) (i32.const 1))
            (array.get $a (global.get $array) (i32.const 2))))"#;
    let results = call(text, &[Val::V128(A), Val::V128(B)]);
    let nines = Val::V128(9 << 64 | 9);
    assert_eq!(results, [Val::V128(A), Val::I64(2), Val::V128(B), nines]);
}

#[test]
fn host_functions_take_and_give_vectors() {
    let Loaded { mut store, instance } = link(
        r#"(module
            (import "host" "swap" (func $swap (param v128 i32 v128) (result v128 i32 v128)))
            (func (export "f") (param v128 v128) (result v128 i32 v128)
                (call $swap (local.get 0) (i32.const 3) (local.get 1))))"#,
        (),
        |linker| {
            linker.func_wrap("host", "swap", |a: u128, number: i32, b: u128| (b, number + 1, a));
        },
    );
    let f = instance.get_typed_func::<(u128, u128), (u128, i32, u128)>(&store, "f").unwrap();
    assert_eq!(f.call(&mut store, (A, B)).unwrap(), (B, 4, A));
}

#[test]
fn operands_are_seen_where_they_lie() {
    let loaded = load(
        r#"(module (func (export "f") (param i32 v128) (result v128)
            (local v128)
            (i64.const 5) (local.get 1) (i32.const 6) (drop) (v128.not) (local.set 2) (drop)
            (local.get 2)))"#,
    );
    let (func, mut store) = (loaded.func("f"), loaded.store);
    let mut job = Job::new(&store, func, &[Val::I32(1), Val::V128(A)]).unwrap();
    let mut inspector = Inspector::new();
    store.run(&mut job, 3);
    let operands = inspector.operands(&store, &job, 0);
    assert_eq!(operands, [Val::I64(5), Val::V128(A), Val::I32(6)]);
    store.run(&mut job, 1);
    let forecast = inspector.forecast(&mut store, &job).expect("it changes the stack only");
    assert_eq!(forecast.unwrap(), [Val::V128(!A)]);
    store.run(&mut job, 2);
    let locals = inspector.locals(&store, &job, 0);
    assert_eq!(locals, [Val::I32(1), Val::V128(A), Val::V128(!A)]);
}
