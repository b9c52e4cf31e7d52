//! Microcode stops where it is told to, in the state that the stepper would be in.

use fayasm_core::{
    Config, Engine, Instance, Job, Linker, Module, Outcome, Refused, Store, Translate, Translation,
    Val,
};

fn instance(wat: &str, translate: Translate) -> (Store<()>, Instance) {
    let engine = Engine::new(Config::new().with_translate(translate));
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "five", || 5_i32);
    let instance = linker.instantiate(&mut store, &module).unwrap();
    (store, instance)
}

/// What can be seen of a job: what it came to, where it stands, and what its stack holds.
fn state(store: &Store<()>, job: &Job, outcome: &Outcome) -> String {
    let frames: Vec<_> = job
        .frames()
        .iter()
        .map(|frame| (frame.function(), frame.pc(), frame.base(), frame.next_entry()))
        .collect();
    let (executed, results) = (job.executed(), job.results(store));
    let outcome = match outcome {
        Outcome::Trapped(trap) => format!("{trap} {:?}", trap.kind()),
        other => format!("{other:?}"),
    };
    format!("{outcome} after {executed}: {frames:?} {:?} {results:?}", job.stack())
}

/// Runs `f` with these arguments, so many instructions and then to the end, for all numbers up
/// to `most`: microcode does what the stepper does, and the function is translated.
#[track_caller]
fn assert_exact(wat: &str, arguments: &[i32], most: u64) {
    let arguments: Vec<Val> = arguments.iter().copied().map(Val::I32).collect();
    for fuel in 1..most {
        let [stepped, translated] = [Translate::Never, Translate::Always].map(|translate| {
            let (mut store, instance) = instance(wat, translate);
            let f = instance.get_func(&store, "f").unwrap();
            let mut job = Job::new(&store, f, &arguments).unwrap();
            let outcome = store.run(&mut job, fuel);
            let before = state(&store, &job, &outcome);
            let outcome = store.run(&mut job, 100_000);
            if translate == Translate::Always && fuel > 20 && most > 40 {
                let translation = store.translation(f);
                assert!(matches!(translation, Some(Translation::Done { .. })), "{translation:?}");
            }
            [before, state(&store, &job, &outcome)]
        });
        assert_eq!(stepped, translated, "stopped after {fuel} instructions");
    }
}

#[test]
fn a_loop() {
    assert_exact(
        r#"(module (func (export "f") (param $n i32) (result i32) (local $sum i32)
          (loop
            (local.set $sum (i32.add (local.get $sum) (i32.mul (local.get $n) (local.get $n))))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $sum)))"#,
        &[12],
        200,
    );
}

#[test]
fn recursion() {
    assert_exact(
        r#"(module (func $f (export "f") (param $n i32) (result i32)
          (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
            (then (local.get $n))
            (else (i32.add
              (call $f (i32.sub (local.get $n) (i32.const 1)))
              (call $f (i32.sub (local.get $n) (i32.const 2))))))))"#,
        &[7],
        500,
    );
}

#[test]
fn a_branch_out_of_the_function_with_its_result() {
    assert_exact(
        r#"(module (func (export "f") (param $n i32) (result i32) (local $i i32)
          (loop
            (i32.const 1051301142)
            (br_if 1 (i32.eq (local.get $i) (local.get $n)))
            (drop)
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br 0))
          (unreachable)))"#,
        &[9],
        120,
    );
}

#[test]
fn operands_that_wait_while_their_local_changes() {
    assert_exact(
        r#"(module (func (export "f") (param $a i32) (param $b i32) (result i32)
          (loop $again (result i32)
            (local.get $a)
            (local.get $b)
            (local.set $a (i32.add (local.get $a) (i32.const 3)))
            (local.set $b (i32.xor (local.get $b) (local.get $a)))
            (i32.add)
            (block (param i32) (result i32)
              (br_if 0 (i32.gt_u (local.get $a) (i32.const 60)))
              (drop)
              (br $again)))))"#,
        &[1, 70000],
        260,
    );
}

#[test]
fn a_trap_in_the_middle_of_an_expression() {
    assert_exact(
        r#"(module (memory 1) (func (export "f") (param $at i32) (result i32) (local $sum i32)
          (loop
            (local.set $sum (i32.add
              (i32.mul (local.get $sum) (i32.const 100003))
              (i32.load offset=4 (i32.add (local.get $at) (i32.const 8)))))
            (local.set $at (i32.add (local.get $at) (i32.const 4096)))
            (br 0))
          (local.get $sum)))"#,
        &[0],
        330,
    );
}

#[test]
fn calls_through_a_table_and_in_place_of_the_caller() {
    assert_exact(
        r#"(module (type $t (func (param i32) (result i32))) (table funcref (elem $even $odd))
          (func $even (type $t)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
            (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
          (func $odd (type $t)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
            (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
          (func (export "f") (param i32) (result i32)
            (call_indirect (type $t) (local.get 0) (i32.and (local.get 0) (i32.const 1)))))"#,
        &[13],
        160,
    );
}

#[test]
fn a_table_of_branches_with_values() {
    assert_exact(
        r#"(module (func (export "f") (param $n i32) (result i32) (local $sum i32)
          (loop $again
            (local.set $sum (i32.add (local.get $sum)
              (block $a (result i32)
                (block $b (result i32)
                  (i32.const 7)
                  (i32.const 5)
                  (br_table $a $b 0 $a (i32.rem_u (local.get $n) (i32.const 5))))
                (i32.mul (i32.const 3)))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $sum)))"#,
        &[11],
        260,
    );
}

#[test]
fn what_stays_with_the_stepper() {
    assert_exact(
        r#"(module (memory 1) (tag $e (param i32))
          (func $throw (param i32) (throw $e (local.get 0)))
          (func (export "f") (param $n i32) (result i32) (local $sum i32)
            (loop $again
              (memory.fill (local.get $n) (local.get $n) (i32.const 9))
              (block $caught (result i32)
                (try_table (catch $e $caught) (call $throw (local.get $n)))
                (unreachable))
              (local.set $sum (i32.add (local.get $sum)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i32.add (local.get $sum) (i32.load8_u (i32.const 4)))))"#,
        &[8],
        220,
    );
}

#[test]
fn stepping_over_a_call_and_out_of_a_function_stops_behind_it() {
    let wat = r#"(module
      (func $f (export "f") (param $n i32) (result i32)
        (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
          (then (local.get $n))
          (else (i32.add
            (call $f (i32.sub (local.get $n) (i32.const 1)))
            (call $f (i32.sub (local.get $n) (i32.const 2))))))))"#;
    let [stepped, translated] = [Translate::Never, Translate::Always].map(|translate| {
        let (mut store, instance) = instance(wat, translate);
        let f = instance.get_func(&store, "f").unwrap();
        let mut job = Job::new(&store, f, &[Val::I32(12)]).unwrap();
        let mut states = Vec::new();
        let mut note = |store: &Store<()>, job: &Job, outcome: Outcome| {
            states.push(state(store, job, &outcome));
            outcome
        };
        for _ in 0..10 {
            let outcome = store.step_over(&mut job, 100_000);
            note(&store, &job, outcome);
        }
        store.run(&mut job, 40);
        loop {
            let outcome = store.step_out(&mut job, 100_000);
            if !note(&store, &job, outcome).is_running() {
                break;
            }
        }
        states
    });
    assert_eq!(stepped, translated);
}

#[test]
fn a_host_function_called_in_place_of_the_caller() {
    assert_exact(
        r#"(module (import "" "five" (func $five (result i32)))
          (func $one (result i32) (i32.const 1))
          (func $f (param i32) (result i32)
            (if (local.get 0) (then (i32.const 99) (return_call $five)))
            (call $one))
          (func $g (param i32) (result i32)
            (if (local.get 0) (then (return_call $five)))
            (return_call $one))
          (func (export "f") (param $n i32) (result i32) (local $sum i32)
            (loop $again
              (local.set $sum (i32.add (local.get $sum) (call $f (i32.and (local.get $n) (i32.const 1)))))
              (local.set $sum (i32.add (local.get $sum) (call $g (i32.and (local.get $n) (i32.const 1)))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#,
        &[6],
        220,
    );
}

#[test]
fn tables_of_branches_forwards_that_pass_all_looks_at_the_limit() {
    let (open, units) = ("block ".repeat(40), "local.get 0 br_table 0 1 end nop end ".repeat(20));
    let wat = format!(
        r#"(module (func (export "f") (param i32) (result i32) {open} {units}
          (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 7)))"#
    );
    assert_exact(&wat, &[9], 140);
}

#[test]
fn a_branch_to_the_end_behind_a_call_in_place_of_the_caller() {
    let nops = "(nop)".repeat(20);
    let wat = format!(
        r#"(module
          (func $second (param i32 i32) (result i32) (local.get 1))
          (func (export "f") (param i32) (result i32) {nops}
            (i32.const 7) (br_if 0 (local.get 0)) (drop)
            (i32.const 1) (i32.const 2) (return_call $second)))"#
    );
    assert_exact(&wat, &[1], 60);
    assert_exact(&wat, &[0], 60);
}

#[test]
fn vectors_among_parameters_locals_globals_and_operands() {
    assert_exact(
        r#"(module
          (global $g (mut v128) (v128.const i64x2 7 9)) (memory 1)
          (func $mix (param $a i32) (param $v v128) (param $b i32) (param $w v128) (result v128 i32)
            (local $x i64) (local $y v128) (local $z v128) (local $n i32)
            (local.set $y (local.get $w))
            (local.set $n (i32.add (local.get $a) (local.get $b)))
            (local.get $y)
            (local.set $y (i32x4.add (local.get $v) (local.tee $z (local.get $w))))
            (select (local.get $y) (local.get $z) (i32.and (local.get $n) (i32.const 1)))
            (i64x2.add)
            (select (result v128) (v128.const i32x4 1 2 3 4) (local.get $v) (local.get $n))
            (drop)
            (global.set $g (i32x4.mul (local.get $z) (global.get $g)))
            (v128.xor (global.get $g))
            (v128.store offset=16 (i32.and (local.get $n) (i32.const 255)) (local.get $y))
            (local.get $n))
          (func (export "f") (param $n i32) (result i32) (local $v v128) (local $sum i32)
            (local.set $v (i32x4.splat (i32.const 70001)))
            (loop $again (result i32)
              (call $mix (local.get $n) (local.get $v) (local.get $sum)
                (v128.const i32x4 5 -1 3 100000))
              (local.set $sum)
              (local.tee $v)
              (block $out (param v128) (result v128)
                (br_if $out (i32.eqz (i32.rem_u (local.get $n) (i32.const 3))))
                (drop) (i32.const 3) (local.get $v)
                (br_table 0 $out 0 (local.get $n)))
              (i32x4.extract_lane 2)
              (local.set $sum (i32.xor (local.get $sum)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))
              (local.get $sum))))"#,
        &[5],
        330,
    );
}

#[test]
fn structures_arrays_and_casts() {
    assert_exact(
        r#"(module
          (type $point (struct (field (mut i32)) (field (mut v128)) (field (mut i8))))
          (type $many (array (mut v128))) (type $small (array (mut i16)))
          (type $f (func (param anyref) (result i32)))
          (func $kind (type $f)
            (block $i31 (result (ref i31))
              (block $point (result (ref $point))
                (block $array (result (ref array))
                  (i64.const 5) (local.get 0)
                  (br_on_cast $point anyref (ref $point))
                  (br_on_cast $array anyref (ref array))
                  (br_on_cast $i31 anyref (ref i31))
                  (unreachable))
                (return (array.len)))
              (i32.add (struct.get $point 0) (i32.const 1000))
              (return))
            (i31.get_u))
          (func $kind_of (type $f)
            (block $other (result anyref)
              (local.get 0) (br_on_cast_fail $other anyref (ref i31)) (return (i31.get_s)))
            (drop)
            (block $null
              (local.get 0) (br_on_null $null) (drop) (return (call $kind (local.get 0))))
            (block $some (result (ref any))
              (i32.const 1) (i32.const 2) (i32.add) (local.get 0) (br_on_non_null $some)
              (return))
            (drop) (unreachable))
          (func (export "f") (param $n i32) (result i32)
            (local $sum i32) (local $p (ref null $point)) (local $a (ref null $many)) (local $any anyref)
            (loop $again
              (local.set $p (struct.new $point
                (local.get $n) (i32x4.splat (local.get $n)) (i32.const 300)))
              (struct.set $point 1 (local.get $p)
                (i32x4.add (struct.get $point 1 (local.get $p)) (v128.const i32x4 1 2 3 4)))
              (local.set $a (array.new_fixed $many 2
                (struct.get $point 1 (local.get $p)) (v128.const i64x2 6 8)))
              (array.fill $many (local.get $a)
                (i32.const 1) (struct.get $point 1 (local.get $p)) (i32.const 1))
              (local.set $sum (i32.add (local.get $sum)
                (i32x4.extract_lane 1 (array.get $many (local.get $a) (i32.const 1)))))
              (local.set $any (ref.i31 (local.get $n)))
              (if (i32.and (local.get $n) (i32.const 1))
                (then (local.set $any (local.get $p)))
                (else (if (i32.and (local.get $n) (i32.const 2))
                  (then (local.set $any (array.new $small (i32.const 70000) (local.get $n))))
                  (else (if (i32.and (local.get $n) (i32.const 4))
                    (then (local.set $any (ref.null any))))))))
              (local.set $sum (i32.add (local.get $sum) (call $kind_of (local.get $any))))
              (if (ref.is_null (local.get $any)) (then (local.set $any (local.get $a))))
              (local.set $sum (i32.add (local.get $sum)
                (i32.shl (ref.eq (ref.cast (ref null array) (ref.null none)) (ref.cast eqref (local.get $any)))
                  (ref.test (ref $many) (local.get $any)))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#,
        &[8],
        600,
    );
}

#[test]
fn branches_on_references_that_move_what_they_keep() {
    assert_exact(
        r#"(module (type $s (struct (field i32)))
          (func $null (param (ref null $s)) (result i32 i32)
            (block $out (result i32 i32)
              (i32.const 1) (i32.const 2) (i32.const 3)
              (local.get 0) (br_on_null $out) (struct.get $s 0)
              (return (drop) (drop))))
          (func $some (param (ref null $s)) (result i32 (ref $s))
            (i64.const 4) (i32.const 5) (local.get 0) (br_on_non_null 0) (drop) (drop)
            (i32.const 6) (struct.new $s (i32.const 7)))
          (func $cast (param anyref) (result i32 anyref)
            (i64.const 4) (i32.const 5) (local.get 0) (br_on_cast 0 anyref (ref null $s))
            (br_on_cast_fail 0 anyref i31ref) (drop) (drop) (drop)
            (i32.const 6) (ref.null any))
          (func $as (param (ref null $s)) (result i32) (struct.get $s 0 (ref.as_non_null (local.get 0))))
          (func (export "f") (param $n i32) (result i32) (local $s (ref null $s)) (local $sum i32)
            (loop $again
              (local.set $s (ref.null $s))
              (if (i32.and (local.get $n) (i32.const 1))
                (then (local.set $s (struct.new $s (local.get $n)))))
              (i32.add (call $null (local.get $s)))
              (i32.add (local.get $sum)) (local.set $sum)
              (call $some (local.get $s))
              (struct.get $s 0) (i32.add) (i32.add (local.get $sum)) (local.set $sum)
              (call $cast (local.get $s)) (ref.is_null) (i32.add)
              (i32.add (local.get $sum)) (local.set $sum)
              (call $cast (ref.i31 (local.get $n))) (drop)
              (i32.add (local.get $sum)) (local.set $sum)
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (call $as (local.get $s)) (call $as (ref.null $s)) (i32.add)))"#,
        &[4],
        400,
    );
}

#[test]
fn branches_over_more_instructions_than_16_bits_can_count() {
    let nops = "nop ".repeat(33_000);
    let wat = format!(
        r#"(module (func (export "f") (param $n i32) (result i32) (local $sum i32)
          (block $out (result i32)
            (loop $again
              (local.set $sum (i32.add (local.get $sum) (i32.const 7)))
              (local.get $sum)
              (br_if $out (i32.eq (local.get $n) (i32.const 1)))
              (drop)
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (if (i32.and (local.get $n) (i32.const 1))
                (then {nops} (br $again))
                (else (local.set $sum (i32.const 3)) {nops} (local.set $sum (i32.const 4))))
              (br_if $again (i32.gt_u (local.get $n) (i32.const 1)))
              (br $again))
            (unreachable))))"#
    );
    assert_exact(&wat, &[3], 12);
}

#[test]
fn an_allocation_that_traps_after_a_collection() {
    let wat = r#"(module
      (type $link (struct (field (ref null $link)))) (type $bytes (array i8))
      (global $list (mut (ref null $link)) (ref.null $link))
      (func (export "f") (param $fill i32)
        (if (local.get $fill)
          (then (loop (global.set $list (struct.new $link (global.get $list))) (br 0))))
        (loop (drop (array.new_default $bytes (i32.const 1000))) (br 0))))"#;
    let [stepped, translated] = [Translate::Never, Translate::Always].map(|translate| {
        let (mut store, instance) = instance(wat, translate);
        let f = instance.get_func(&store, "f").unwrap();
        // There is room for one array at a time, and each wants a collection.
        [(1, 1 << 18), (0, (1 << 18) + 1200)].map(|(fill, bytes)| {
            store.set_limits(store.limits().with_heap_bytes(bytes));
            let mut job = Job::new(&store, f, &[Val::I32(fill)]).unwrap();
            let outcome = store.run(&mut job, 100_000);
            state(&store, &job, &outcome)
        })
    });
    assert_eq!(stepped, translated);
    assert!(stepped.iter().all(|state| state.contains("OutOfMemory")), "{stepped:?}");
}

/// What `f` comes to in both tiers, with 3 as its argument: the same; and what became of it.
#[track_caller]
fn large(wat: &str) -> (String, Translation) {
    let [(stepped, _), (translated, translation)] =
        [Translate::Never, Translate::Always].map(|translate| {
            let (mut store, instance) = instance(wat, translate);
            let f = instance.get_func(&store, "f").unwrap();
            let mut job = Job::new(&store, f, &[Val::I32(3)]).unwrap();
            let outcome = store.run(&mut job, 1_000_000);
            (state(&store, &job, &outcome), store.translation(f).unwrap())
        });
    assert_eq!(stepped, translated);
    (stepped, translation)
}

#[test]
fn functions_of_many_instructions_locals_blocks_and_targets_are_translated() {
    let sums = "(local.set $s (i32.add (local.get $s) (local.get $n)))".repeat(25_000);
    let locals = "i32 ".repeat(49_998);
    let (open, close) = ("(block (result i32) ".repeat(10_000), ")".repeat(10_000));
    let targets = "0 1 2 3 ".repeat(25_000);
    for body in [
        format!("(local $s i32) {sums} (local.get $s)"),
        format!("(local {locals}) (local.set 49998 (local.get $n)) (local.get 49998)"),
        format!("{open} (local.get $n) {close}"),
        format!("{open} (br 9999 (local.get $n)) {close}"),
        format!(
            "(block $a (result i32) (block $b (result i32)
              (i32.const 5)
              (loop (param i32) (result i32)
                (drop) (i64.const 1) (i32.const 7) (i32.add (local.get $n) (i32.const 1))
                (local.set $n (i32.const 99_997)) (br_table {targets} 0)))
              (i32.add (i32.const 1))) (i32.add (i32.const 2))"
        ),
    ] {
        let wat = format!(r#"(module (func (export "f") (param $n i32) (result i32) {body}))"#);
        let (state, translation) = large(&wat);
        assert!(state.starts_with("Done"), "{state}");
        assert!(matches!(translation, Translation::Done { .. }), "{translation:?}");
    }
}

#[test]
fn functions_are_refused_that_are_too_wide_or_whose_branches_move_too_much() {
    let locals = "v128 ".repeat(40_000);
    let too_wide = format!(
        r#"(module (func (export "f") (param i32) (result i32) (local {locals})
          (local.set 40000 (i32x4.splat (local.get 0))) (i32x4.extract_lane 1 (local.get 40000))))"#
    );
    let (state, translation) = large(&too_wide);
    assert!(state.starts_with("Done"), "{state}");
    assert_eq!(translation, Translation::Refused(Refused::Slots(80_003)));

    // A copy for each of a thousand values, behind each of a thousand blocks.
    let results = "i32 ".repeat(1000);
    let (open, close) = (
        format!("(block (result {results}) (i64.const 0)").repeat(1000),
        "(unreachable))".repeat(1000),
    );
    let (values, drops) = ("(local.get 0)".repeat(1000), "(drop)".repeat(999));
    let labels: String = (0..1000).map(|label| format!("{label} ")).collect();
    let moving = format!(
        r#"(module (func (export "f") (param i32) (result i32)
          {open} {values} (br_table {labels} (local.get 0)) {close} {drops}))"#
    );
    let (_, translation) = large(&moving);
    assert!(matches!(translation, Translation::Refused(Refused::Budget { .. })), "{translation:?}");
}

#[test]
fn the_tier_can_be_changed_at_any_time() {
    const WAT: &str = r#"(module (memory 1)
      (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
      (func (export "f") (param $n i32) (result i32) (local $sum i32)
        (loop
          (local.set $sum (i32.add (local.get $sum) (call $square (local.get $n))))
          (i32.store (i32.and (local.get $n) (i32.const 0xFFFC)) (local.get $sum))
          (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum)))"#;
    use Translate::{Always, Never, WhenHot};
    let states = |configured: Translate, tiers: &[Translate]| {
        let (mut store, instance) = instance(WAT, configured);
        let f = instance.get_func(&store, "f").unwrap();
        let mut job = Job::new(&store, f, &[Val::I32(5000)]).unwrap();
        let mut states = Vec::new();
        for tier in tiers.iter().cycle() {
            store.set_translate(*tier);
            let outcome = store.run(&mut job, 3001);
            states.push(state(&store, &job, &outcome));
            if outcome != Outcome::OutOfFuel {
                return states;
            }
        }
        states
    };
    let stepped = states(Never, &[Never]);
    for configured in [WhenHot, Always] {
        for tiers in [&[Never, Always][..], &[WhenHot, Never], &[Always, WhenHot, Never]] {
            assert_eq!(states(configured, tiers), stepped, "{configured:?}, {tiers:?}");
        }
    }
}

#[test]
fn loops_that_begin_with_a_test() {
    assert_exact(
        r#"(module (memory 1) (data (i32.const 0) "\07\06\05\04\03\02\01\00")
          (func (export "f") (param $n i32) (result i32) (local $p i32) (local $sum i32)
            (block $done
              (loop $again
                (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
                (local.set $p (i32.const 0))
                (block $ended
                  (loop $next
                    (br_if $ended (i32.eqz (i32.load8_u (local.get $p))))
                    (local.set $sum
                      (i32.add (local.get $sum) (i32.load8_u (local.get $p))))
                    (local.set $p (i32.add (local.get $p) (i32.const 1)))
                    (br_if $next (i32.eq (local.get $p) (i32.const 3)))
                    (br $next)))
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (br $again)))
            (local.get $sum)))"#,
        &[3],
        220,
    );
}

#[test]
fn a_test_of_a_loop_that_traps_when_it_is_tested_again() {
    assert_exact(
        r#"(module (memory 1)
          (func (export "f") (param $p i32) (result i32)
            (block $ended
              (loop $next
                (br_if $ended (i32.load8_u (local.get $p)))
                (local.set $p (i32.add (local.get $p) (i32.const 10000)))
                (br $next)))
            (local.get $p)))"#,
        &[5],
        90,
    );
}

#[test]
fn tests_of_loops_that_change_something_or_take_operands() {
    assert_exact(
        r#"(module (memory 1)
          (func (export "f") (param $n i32) (result i32) (local $c i32)
            (block $ended
              (loop $next
                (br_if $ended
                  (i32.gt_s (local.tee $c (i32.add (local.get $c) (i32.const 1))) (local.get $n)))
                (br $next)))
            (block $out (result i32)
              (local.get $n)
              (loop $more (param i32) (result i32)
                (i32.sub (i32.const 1))
                (local.tee $n)
                (br_if $out (i32.eqz (local.get $n)))
                (br $more)))
            (block $last (param i32) (result i32)
              (loop $round (param i32) (result i32)
                (br_if $last (i32.gt_s (local.get $c) (i32.const 9)))
                (local.set $c (i32.add (local.get $c) (i32.const 1)))
                (i32.add (local.get $c))
                (br $round)))))"#,
        &[4],
        130,
    );
}

#[test]
fn sums_that_are_compared_and_numbers_that_are_stored() {
    let compare = |sum: &str, compare: &str| {
        format!(
            r#"(module (memory 1)
              (func (export "f") (param $n i32) (result i32) (local $i i32) (local $rounds i32)
                (loop $next
                  (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
                  (br_if $next (i32.and (i32.lt_u (local.get $rounds) (i32.const 6)) (i32.const 1)))
                  (local.set $i {sum})
                  (i32.store8 offset=3 (local.get $rounds) (i32.const -2))
                  (i32.store16 (local.get $rounds) (i32.const 40000))
                  (i32.store (local.get $rounds) (i32.const -7))
                  (i64.store (i32.const 8) (i64.const -9))
                  (i64.store (i32.const 16) (i64.const 70000))
                  (br_if $next
                    (i32.and {compare} (i32.lt_u (local.get $rounds) (i32.const 12)))))
                (loop $short
                  (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
                  (local.set $i {sum})
                  (br_if $short {compare}))
                (i32.add (i32.load (i32.const 6)) (local.get $i))))"#
        )
    };
    let sums = [
        "(i32.add (local.get $i) (i32.const 3))",
        "(i32.sub (local.get $i) (i32.const 4))",
        "(i32.add (local.get $i) (local.get $n))",
    ];
    for sum in sums {
        for op in ["eq", "ne", "lt_s", "lt_u", "le_s", "le_u", "gt_s", "gt_u", "ge_s", "ge_u"] {
            for operands in [
                "(local.get $i) (i32.const 12)",
                "(local.get $i) (i32.const -20)",
                "(local.get $i) (local.get $rounds)",
                "(local.get $rounds) (local.get $i)",
                "(local.get $i) (i32.const 0)",
            ] {
                // Not all loops end in as many instructions, but all stop.
                assert_exact(&compare(sum, &format!("(i32.{op} {operands})")), &[5], 14);
            }
        }
    }
}

#[test]
fn calls_by_reference_that_lead_nowhere() {
    let module = |call: &str| {
        format!(
            r#"(module
              (type $first (func (result i32)))
              (type $other (func (param i32) (result i32)))
              (table $table 4 funcref)
              (elem (i32.const 0) func $one $two $one)
              (elem declare func $one)
              (func $one (type $first) (i32.const 1))
              (func $two (type $other) (local.get 0))
              (func (export "f") (param $n i32) (result i32) (local $i i32)
                (local $to (ref null $first))
                (loop $next
                  (drop (call_indirect (type $first) (i32.const 0)))
                  (drop (call_indirect (type $other) (i32.const 5) (i32.const 1)))
                  (br_if $next
                    (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
                {call}))"#
        )
    };
    for call in [
        "(call_ref $first (local.get $to))",
        "(call_ref $first (ref.func $one))",
        "(call_indirect (type $first) (i32.const 1))",
        "(call_indirect (type $other) (i32.const 5) (i32.const 0))",
        "(call_indirect (type $first) (i32.const 2))",
        "(call_indirect (type $first) (i32.const 3))",
        "(call_indirect (type $first) (i32.const 4))",
        "(call_indirect (type $first) (i32.const -1))",
    ] {
        assert_exact(&module(call), &[5], 60);
    }
}

/// What gives a number of this type, of two locals of the type, `$x` and `$y`, `$i` being an address.
fn givers(ty: &str) -> Vec<String> {
    let x = "(local.get $x)";
    let mut all = vec![
        "(local.get $x)".into(),
        "(local.tee $x (local.get $y))".into(),
        format!("({ty}.const 3)"),
        format!("(global.get ${ty})"),
        "(select (local.get $x) (local.get $y) (local.get $i))".into(),
        format!("({ty}.load offset=8 (local.get $i))"),
        format!("({ty}.load offset=70000 (local.get $i))"),
        format!("({ty}.load (i32.add (local.get $i) (local.get $i)))"),
        format!("({ty}.sub ({ty}.mul {x} (local.get $y)) (local.get $y))"),
        format!("({ty}.sub (local.get $y) ({ty}.mul {x} (local.get $y)))"),
        format!("({ty}.add ({ty}.mul {x} (local.get $y)) (local.get $y))"),
        format!("({ty}.sub ({ty}.const 9) {x})"),
    ];
    let unary = match ty {
        "i32" | "i64" => "clz ctz popcnt extend8_s extend16_s".split(' '),
        _ => "abs neg sqrt ceil floor trunc nearest".split(' '),
    };
    all.extend(unary.map(|name| format!("({ty}.{name} {x})")));
    let binary = match ty {
        "i32" | "i64" => "add sub mul and or xor shl shr_s shr_u rotl rotr".split(' '),
        _ => "add sub mul div min max copysign".split(' '),
    };
    for name in binary {
        all.push(format!("({ty}.{name} {x} (local.get $y))"));
        all.push(format!("({ty}.{name} {x} ({ty}.const 5))"));
    }
    let conversions = match ty {
        "i32" => "i32.eqz i32.wrap_i64 i32.trunc_sat_f64_s i32.reinterpret_f32".split(' '),
        "i64" => {
            "i64.extend_i32_s i64.extend_i32_u i64.trunc_sat_f64_u i64.reinterpret_f64".split(' ')
        }
        "f32" => {
            "f32.convert_i32_s f32.convert_i64_u f32.demote_f64 f32.reinterpret_i32".split(' ')
        }
        _ => "f64.convert_i32_u f64.convert_i64_s f64.promote_f32 f64.reinterpret_i64".split(' '),
    };
    let operand = |name: &str| match name.rsplit_once('_') {
        Some((_, "s" | "u")) => operand_type(name.split('_').nth_back(1)),
        Some((_, last)) => operand_type(Some(last)),
        None => "(local.get $i)".into(),
    };
    all.extend(conversions.map(|name| format!("({name} {})", operand(name))));
    all
}

/// Something of a type.
fn operand_type(ty: Option<&str>) -> String {
    match ty {
        Some("i32") => "(i32.add (local.get $i) (i32.const 1))".into(),
        Some(ty) => format!("({ty}.load (local.get $i))"),
        None => String::new(),
    }
}

/// What takes a number of this type, which is `$1` in the text, and gives one.
fn takers(ty: &str) -> Vec<String> {
    let mut all: Vec<String> = ["$1", "(local.tee $x $1)", "(return $1)"].map(Into::into).into();
    all.push("(select $1 (local.get $y) (local.get $i))".into());
    all.push(format!("(block ({ty}.store (local.get $i) $1)) ({ty}.load (local.get $i))"));
    all.push(format!("({ty}.add ({ty}.mul $1 (local.get $x)) (local.get $y))"));
    all.push(format!("({ty}.sub (local.get $y) ({ty}.mul (local.get $x) $1))"));
    all.push(format!("({ty}.sub ({ty}.mul (local.get $x) (local.get $y)) $1)"));
    all.push(format!("({ty}.add ({ty}.mul (local.get $x) (local.get $y)) (local.tee $y $1))"));
    let (names, compare): (_, &[&str]) = match ty {
        "i32" | "i64" => ("add sub mul and or xor shl shr_u rotl", &["lt_u", "gt_s", "eq"]),
        _ => ("add sub mul div", &["lt", "gt", "ne"]),
    };
    for name in names.split(' ') {
        all.push(format!("({ty}.{name} $1 (local.get $y))"));
        all.push(format!("({ty}.{name} (local.get $y) $1)"));
        all.push(format!("({ty}.{name} $1 ({ty}.const 7))"));
        // What is not read back at once.
        all.push(format!(
            "(local.set $x $1) (local.set $i (i32.const 3))
            ({ty}.store (local.get $i) (local.get $y)) ({ty}.{name} (local.get $x) (local.get $x))"
        ));
    }
    for name in compare {
        for right in [format!("({ty}.const 4)"), "(local.get $y)".into()] {
            let compare = format!("({ty}.{name} (local.tee $x $1) {right})");
            all.push(format!("(if {compare} (then (return (local.get $y)))) (local.get $x)"));
            all.push(format!("(select (local.get $x) (local.get $y) {compare})"));
        }
    }
    if ty == "i32" {
        for name in ["load", "load8_s", "load8_u", "load16_s", "load16_u"] {
            all.push(format!("(i32.{name} offset=3 (i32.and $1 (i32.const 0xfff)))"));
        }
        all.push("(if (i32.eqz $1) (then (return (i32.const 1)))) (i32.const 2)".into());
        all.push("(block (block (br_table 0 1 0 $1)) (return (i32.const 8))) (i32.const 9)".into());
        all.push("(i32.xor (i32.rotl (local.get $x) (i32.const 5)) $1)".into());
        all.push("(i32.xor (i32.shr_u (local.get $x) (i32.const 5)) $1)".into());
    }
    all
}

/// Each operator takes what the one before it gave as if it read it from its slot.
#[test]
fn results_that_the_next_operator_takes() {
    for ty in ["i32", "i64", "f32", "f64"] {
        let mut functions = String::new();
        let mut texts = Vec::new();
        for giver in givers(ty) {
            for taker in takers(ty) {
                let text = taker.replace("$1", &giver);
                functions += &format!(
                    "(func (export \"{}\") (param $x {ty}) (param $y {ty}) (param $i i32)
                      (result {ty}) {text})",
                    texts.len()
                );
                texts.push(text);
            }
        }
        let data = "\\01\\23\\45\\67\\89\\ab\\3d\\40".repeat(20);
        let wat = format!(
            "(module (memory 2) (data (i32.const 0) \"{data}\") (global ${ty} {ty} ({ty}.const 6))
              {functions})"
        );
        // In tests, it is looked whether to stop after few instructions, and then nothing is in a
        // register; so this is tried with what is translated for use as well.
        let tiers = [Translate::Never, Translate::Always, Translate::WhenHot];
        let [stepped, translated, in_use] = tiers.map(|translate| {
            let (mut store, instance) = instance(&wat, translate);
            if translate == Translate::WhenHot {
                let stored = instance.module(&store).unwrap().save_microcode().unwrap();
                assert!(store.load_microcode(instance, &stored).unwrap() >= texts.len());
            }
            let mut call = |index: usize, [x, y]: [i32; 2], i: i32| {
                let f = instance.get_func(&store, &index.to_string()).unwrap();
                let of_type = |value: i32| match ty {
                    "i32" => Val::I32(value),
                    "i64" => Val::I64(value.into()),
                    "f32" => Val::F32((value as f32).to_bits()),
                    _ => Val::F64(f64::from(value).to_bits()),
                };
                let arguments = [of_type(x), of_type(y), Val::I32(i)];
                let mut job = Job::new(&store, f, &arguments).unwrap();
                let outcome = store.run(&mut job, 100);
                state(&store, &job, &outcome)
            };
            let calls =
                (0..texts.len()).map(|index| [call(index, [10, 3], 4), call(index, [3, -7], 0)]);
            calls.collect::<Vec<_>>()
        });
        for (((text, stepped), translated), in_use) in
            texts.iter().zip(stepped).zip(translated).zip(in_use)
        {
            assert_eq!([&stepped; 2], [&translated, &in_use], "{text}");
        }
    }
}
