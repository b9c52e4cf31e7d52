//! The microcode of functions, as it is shown.

use fayasm_core::module::{NameIndex, Names};
use fayasm_core::text::{Disassembly, MicrocodeListing, MicrocodeRow};
use fayasm_core::{Config, Engine, Module, Refused, Translate};

fn module(wat: &str) -> Module {
    Module::new(&Engine::default(), wat::parse_str(wat).unwrap()).unwrap()
}

/// A line for each operator of the first function with code: its word, how many instructions it
/// stands for, what it does; those that stand for the same instructions as the one before have no
/// number.
fn lines(module: &Module) -> Vec<String> {
    let all = module.declarations();
    let listing = MicrocodeListing::new(module, all.imported_functions).unwrap();
    let index = NameIndex::new(module.bytes(), all);
    let text = Disassembly::new(all, Names::new(module.bytes(), all, &index));
    let mut before = None;
    let line = |row: &MicrocodeRow| {
        let MicrocodeRow { at, span, instructions, is_entry, .. } = *row;
        let count =
            if before.replace(span) == Some(span) { "".into() } else { instructions.to_string() };
        let mark = if is_entry { ">" } else { "" };
        format!("{mark}{at} [{count}] {}", text.microcode(&listing, row))
    };
    listing.rows().iter().map(line).collect()
}

#[track_caller]
fn assert_lines(wat: &str, expected: &[&str]) {
    let lines = lines(&module(wat));
    // Whether there are registers to take operands from, as `core/build.rs` finds out.
    let marked = !cfg!(debug_assertions)
        && cfg!(unix)
        && cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    let expected =
        expected.iter().map(|line| if marked { (*line).into() } else { line.replace('′', "") });
    assert_eq!(lines, expected.collect::<Vec<String>>());
}

#[test]
fn locals_and_constants_belong_to_what_takes_them() {
    assert_lines(
        "(module (func (param $x i32) (param i32) (result i32) (local $sum i32)
           (local.set $sum (i32.add (i32.mul (local.get $x) (local.get 1)) (local.get $x)))
           (local.set 1 (i32.sub (i32.const 70000) (local.get $sum)))
           (i32.shr_u (local.get 1) (i32.const 3))))",
        &[
            ">0 [6] $sum ← i32.add (i32.mul $x, l1), $x",
            "2 [4] l1 ← i32.sub 70000, $sum′",
            "4 [3] t0 ← i32.shr_u l1′, 3",
            "5 [1] return t0′",
        ],
    );
}

#[test]
fn a_comparison_belongs_to_its_branch() {
    assert_lines(
        "(module (func (param $n i32) (param $x f64)
           (loop $again
             (if (f64.lt (local.get $x) (f64.const 0.5)) (then (return)))
             (br_if $again
               (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
           (block (br_if 0 (i32.le_s (local.get $n) (i32.const 100))) (unreachable))))",
        &[
            ">0 [5] if not f64.lt $x, 0.5 → 4",
            "3 [1] return",
            "4 [5] $n ← i32.add $n, -1; if i32.ne $n, 0 → 0",
            "7 [6] if i32.lt_s $n′, 101 → 10",
            ">9 [1] leave",
            "10 [1] return",
        ],
    );
}

#[test]
fn several_operators_can_stand_for_one_instruction() {
    assert_lines(
        "(module (func $pair (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
           (func $log (param i32 i64 f32)))",
        &[">0 [3] t0 ← l1; t1 ← l0", "2 [] return t0, t1"],
    );
    assert_lines(
        r#"(module (import "" "out" (func $out (param i32)))
           (table $t 1 funcref) (global $g (mut i64) (i64.const 0))
           (func $four (param i32 i32 i32 i32) (result i32)
             (global.set $g (i64.const 5_000_000_000))
             (call $out (i32.const 1))
             (drop (call_indirect $t (param i32 i32) (result i32)
               (local.get 0) (local.get 1) (local.get 2)))
             (return_call $four (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3))))"#,
        &[
            ">0 [2] t0 ← 5000000000",
            "2 [] global $g ← t0",
            "3 [2] t0 ← 1",
            ">4 [] leave",
            ">5 [4] t0 ← l0; t1 ← l1",
            "7 [] t2 ← l2",
            "8 [] t0 ← call_indirect $t[t2] t0, t1",
            ">10 [6] t0 ← l0",
            "11 [] t1 ← 1",
            "12 [] t2 ← 2",
            "13 [] t3 ← 3",
            ">14 [] return_call $four t0 … t3",
        ],
    );
}

#[test]
fn memory_is_shown_by_width() {
    assert_lines(
        "(module (memory 1) (func (param $p i32) (param $i i32) (result i64)
           (i32.store8 offset=4 (local.get $p) (i32.load8_u offset=70000
             (i32.add (local.get $p) (local.get $i))))
           (f64.store offset=70000 (local.get $p) (f64.const 1))
           (drop (memory.grow (i32.const 1)))
           (i64.load16_s (local.get $p))))",
        &[
            ">0 [5] t1 ← load8_u [$p + $i + 70000]",
            "2 [1] store8 [$p + 4] ← t1′",
            "3 [3] t1 ← 1",
            "5 [] store64 [$p + 70000] ← t1",
            "7 [2] t0 ← 1",
            "8 [] t0 ← step memory.grow t0",
            "10 [3] t0 ← load16_s64 [$p]",
            "11 [1] return t0′",
        ],
    );
}

#[test]
fn vectors_have_two_slots() {
    assert_lines(
        "(module (func (param $v v128) (param $n i32) (result v128) (local v128)
           (local.set 2 (i32x4.add (local.get $v) (i32x4.splat (local.get $n))))
           (local.get 2)))",
        &[
            ">0 [3] t0 ← $v; t1 ← $v+1",
            "2 [] t2 ← $n",
            "3 [] t2, t3 ← step i32x4.splat t2",
            "5 [1] t0, t1 ← step i32x4.add t0 … t3",
            "7 [1] l2+1 ← t1; l2 ← t0",
            "9 [2] t0 ← l2; t1 ← l2+1",
            "11 [] return t0, t1",
        ],
    );
}

#[test]
fn what_is_never_executed_belongs_to_nothing() {
    assert_lines(
        "(module (func (param i32) (result i32)
           (block (result i32)
             (br_table 0 1 1 0 (i32.const 5) (local.get 0))
             (drop) (i32.const 9) (i32.popcnt))))",
        &[
            ">0 [4] switch l0 → 6, 9, 9, else 6",
            "6 [] t0 ← 5",
            "7 [] jump → 12",
            "9 [] t0 ← 5",
            "10 [] jump → 12",
            "12 [1] return t0",
        ],
    );
}

#[test]
fn of_very_many_targets_the_first_are_written() {
    let labels = "0 ".repeat(20_000);
    let wat = format!("(module (func (param i32) (block (br_table {labels} 0 (local.get 0)))))");
    let first = lines(&module(&wat)).swap_remove(0);
    let place = 20_003;
    assert_eq!(first.matches(&format!("{place}, ")).count(), 16);
    assert!(first.ends_with(&format!(", … 19984 more, else {place}")), "{first}");
}

#[test]
fn functions_that_are_not_translated_say_why() {
    let imported = module(r#"(module (import "" "" (func)))"#);
    assert_eq!(MicrocodeListing::new(&imported, 0).unwrap_err(), Refused::Imported);
    assert_eq!(MicrocodeListing::new(&imported, 1).unwrap_err(), Refused::Imported);
}

#[test]
fn looks_at_the_limit_are_shown() {
    let engine = Engine::new(Config::new().with_translate(Translate::Always));
    let nops = "(nop)".repeat(5);
    let wat = format!("(module (func {nops}))");
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    assert_eq!(lines(&module), [">0 [5] check", "1 [1] return"]);
}

#[test]
fn rows_are_found_by_the_bytes_of_instructions() {
    let module = module(
        "(module (func (param i32) (result i32)
           (i32.add (i32.mul (local.get 0) (local.get 0)) (i32.const 1))
           (return) (unreachable)))",
    );
    let listing = MicrocodeListing::new(&module, 0).unwrap();
    let start = module.declarations().body(0).unwrap().start + 1;
    // local.get 0, local.get 0, i32.mul; i32.const 1, i32.add; return; unreachable; end
    let rows: Vec<_> = (start..start + 12).map(|offset| listing.rows_at(offset)).collect();
    assert_eq!(rows[..5], vec![0..1; 5][..]);
    assert_eq!(rows[5..8], vec![1..2; 3][..]);
    assert_eq!(rows[8], 2..3);
    assert!(rows[9..].iter().all(|rows| rows.is_empty()), "{rows:?}");
    assert_eq!((listing.instructions(), listing.code_bytes(), listing.bytes()), (8, 11, 24));
}

#[test]
fn constants_are_written_as_their_instructions_have_them() {
    assert_lines(
        "(module (func (result i32 i64 f32 f64)
           (i32.const -1) (i64.const -5_000_000_000) (f32.const 0.5) (f64.const -0)))",
        &[
            ">0 [5] t0 ← -1",
            "1 [] t1 ← -5000000000",
            "3 [] t2 ← 0.5",
            "4 [] t3 ← -0",
            "6 [] return t0 … t3",
        ],
    );
}
