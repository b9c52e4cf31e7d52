//! What there is to see of a program that stands.

use super::{only, open, open_bytes, run_to_end, start, state};
use crate::protocol::{
    CardView, HeatView, PlaceView, RegionKind, Reply, Request, StateView, Status, TypedView,
    ValueView,
};
use crate::session::{Next, Session};

fn session_of(wat: &str) -> Session {
    open_bytes(wat::parse_str(wat).unwrap()).0
}

fn card(state: &StateView) -> &CardView {
    state.next.as_ref().unwrap().card.as_ref().unwrap()
}

/// Label and text of what the next instruction does.
fn facts(state: &StateView) -> Vec<(&str, &str)> {
    card(state).facts.iter().map(|fact| (&*fact.label, &*fact.text)).collect()
}

fn steps(session: &mut Session, count: usize) -> StateView {
    (0..count).map(|_| state(session, Request::Step)).last().unwrap()
}

/// Steps until the next instruction is this one.
fn step_to(session: &mut Session, mnemonic: &str) -> StateView {
    loop {
        let state = state(session, Request::Step);
        if state.next.as_ref().unwrap().operator.mnemonic == mnemonic {
            return state;
        }
    }
}

fn typed(session: &mut Session, address: u32) -> TypedView {
    match only(session.handle(Request::Typed { memory: 0, address })) {
        Reply::Typed(view) => view,
        other => panic!("{other:?}"),
    }
}

fn heat_once(session: &mut Session) -> HeatView {
    match only(session.handle(Request::Heat { memory: 0 })) {
        Reply::Heat(view) => view,
        other => panic!("{other:?}"),
    }
}

/// All of it, and how many times it was asked for.
fn heat(session: &mut Session) -> (HeatView, usize) {
    for times in 1..1000 {
        let view = heat_once(session);
        if view.looked_at >= view.sample {
            return (view, times);
        }
    }
    panic!("it goes on forever")
}

/// The last values that passed through, the latest first.
fn passed(state: &StateView) -> Vec<(String, bool, String, u32)> {
    let view = |it: &crate::protocol::PassedView| {
        (it.value.text.clone(), it.popped, it.mnemonic.clone(), it.ago)
    };
    state.passed.iter().map(view).collect()
}

const STORE: &str = r#"(module (memory (export "memory") 1)
    (data (i32.const 16) "\01\02\03\04")
    (func (export "run") (param $at i32) (result i32)
      (i32.store offset=4 (local.get $at) (i32.const 200))
      (i32.load offset=4 (local.get $at))))"#;

#[test]
fn a_card_names_operands_results_and_the_address() {
    let mut session = session_of(STORE);
    start(&mut session, "run", &["12"]);
    let store = steps(&mut session, 2);
    let taken: Vec<_> =
        card(&store).takes.iter().map(|it| (&*it.name, &*it.text, &*it.ty)).collect();
    assert_eq!(taken, [("address", "12", "i32"), ("value", "200", "i32")]);
    assert!(card(&store).gives.is_empty());
    assert_eq!(
        facts(&store),
        [("Address", "0xc + offset 0x4 = 0x10"), ("Writes", "4 bytes at 0x10, now 01 02 03 04")]
    );
    assert_eq!(card(&store).facts[1].to, Some(PlaceView::Memory { memory: 0, address: 16 }));
    let load = steps(&mut session, 2);
    assert_eq!(facts(&load)[1], ("Reads", "4 bytes at 0x10: c8 00 00 00"));
    let given: Vec<_> = card(&load).gives.iter().map(|it| (&*it.name, &*it.text)).collect();
    assert_eq!(given, [("0", "200")]);
}

#[test]
fn a_card_shows_the_encoding_field_by_field() {
    let mut session = session_of(STORE);
    start(&mut session, "run", &["12"]);
    let constant = steps(&mut session, 1);
    let fields: Vec<_> = card(&constant)
        .fields
        .iter()
        .map(|it| (&*it.name, it.raw.to_vec(), &*it.value, it.leb128.is_some()))
        .collect();
    assert_eq!(
        fields,
        [("opcode", vec![0x41], "i32.const", false), ("i32 value", vec![0xC8, 0x01], "200", true)]
    );
}

#[test]
fn a_card_says_that_an_access_is_out_of_bounds_before_it_traps() {
    for (at, text) in [
        ("65530", "4 bytes at 0xfffe, past the end of the memory at 0x10000"),
        ("-1", "4 bytes at 0x100000003, past the end of the memory at 0x10000"),
    ] {
        let mut session = session_of(STORE);
        start(&mut session, "run", &[at]);
        let store = steps(&mut session, 2);
        let fact = card(&store).facts.last().unwrap();
        assert_eq!((&*fact.text, fact.traps, fact.to), (text, true, None));
        // It is still shown where it has trapped.
        let trapped = steps(&mut session, 1);
        assert_eq!(card(&trapped).facts.last().unwrap().text, text);
    }
}

#[test]
fn a_card_says_where_a_branch_goes() {
    let mut session = session_of(
        r#"(module (func (export "run") (param i32) (result i32)
             (if (result i32) (local.get 0)
               (then (block (br_if 0 (i32.const 0)) (br_if 0 (i32.const 7))) (i32.const 1))
               (else (block (br_table 0 0 0 (local.get 0))) (i32.const 2)))))"#,
    );
    start(&mut session, "run", &["1"]);
    let at_if = step_to(&mut session, "if");
    let [(_, text)] = facts(&at_if)[..] else { panic!() };
    assert!(text.starts_with("condition is not zero: goes on at 0x"), "{text}");
    let not_taken = step_to(&mut session, "br_if");
    assert!(facts(&not_taken)[0].1.starts_with("not taken: goes on at 0x"));
    let taken = step_to(&mut session, "br_if");
    assert!(facts(&taken)[0].1.starts_with("taken, to 0x"));
    let Some(PlaceView::Byte(target)) = card(&taken).facts[0].to else { panic!() };
    let after = steps(&mut session, 1);
    assert_eq!(after.next.unwrap().offset, target);

    start(&mut session, "run", &["0"]);
    let at_if = step_to(&mut session, "if");
    let Some(PlaceView::Byte(target)) = card(&at_if).facts[0].to else { panic!() };
    assert_eq!(steps(&mut session, 1).next.unwrap().offset, target);
    let table = step_to(&mut session, "br_table");
    assert_eq!(card(&table).takes[0].name, "index");
    let Some(PlaceView::Byte(target)) = card(&table).facts[0].to else { panic!() };
    assert_eq!(steps(&mut session, 1).next.unwrap().offset, target);
}

#[test]
fn a_card_says_which_function_is_called_with_what_and_where_it_returns_to() {
    let mut session = session_of(
        r#"(module (table funcref (elem $sub))
             (type $two (func (param i32 i32) (result i32)))
             (func $sub (param $from i32) (param $what i32) (result i32)
               (i32.sub (local.get $from) (local.get $what)))
             (func (export "run") (param i32) (result i32)
               (drop (call $sub (i32.const 9) (i32.const 2)))
               (call_indirect (type $two) (i32.const 1) (i32.const 2) (local.get 0))))"#,
    );
    start(&mut session, "run", &["0"]);
    let call = step_to(&mut session, "call");
    let taken: Vec<_> = card(&call).takes.iter().map(|it| (&*it.name, &*it.text)).collect();
    assert_eq!(taken, [("$from", "9"), ("$what", "2")]);
    let given: Vec<_> = card(&call).gives.iter().map(|it| (&*it.ty, &*it.text)).collect();
    assert_eq!(given, [("i32", "")]);
    assert_eq!(facts(&call), [("Calls", "sub")]);
    let end = step_to(&mut session, "end");
    assert!(facts(&end)[0].1.starts_with("to run, 0x"), "{:?}", facts(&end));
    let indirect = step_to(&mut session, "call_indirect");
    assert_eq!(facts(&indirect), [("Reads", "element 0"), ("Calls", "sub")]);
    assert_eq!(card(&indirect).takes[2].name, "element");
    start(&mut session, "run", &["5"]);
    let outside = step_to(&mut session, "call_indirect");
    assert_eq!(facts(&outside)[0].1, "element 5, past the end of the table at 1");
    assert!(card(&outside).facts[0].traps);
}

#[test]
fn the_last_values_are_immediates_and_operands_the_latest_first() {
    let mut session = session_of(
        r#"(module (func (export "run") (result i32)
             (i32.sub (i32.const 9) (i32.const 2)) (nop)))"#,
    );
    let begun = start(&mut session, "run", &[]);
    assert!(begun.passed.is_empty());
    let subtracted = steps(&mut session, 3);
    let row = |text: &str, popped, mnemonic: &str, ago| {
        (text.to_owned(), popped, mnemonic.to_owned(), ago)
    };
    assert_eq!(
        passed(&subtracted),
        [
            row("9", true, "i32.sub", 1),
            row("2", true, "i32.sub", 1),
            row("2", false, "i32.const", 2),
            row("9", false, "i32.const", 3)
        ]
    );
    // What passes nothing on leaves them be.
    let after = steps(&mut session, 1);
    assert_eq!(passed(&after)[0], row("9", true, "i32.sub", 2));
}

#[test]
fn what_the_last_instructions_did_is_the_same_however_one_comes_there() {
    for (file, export, arguments, until) in [
        ("recursion.wasm", "fib", &["6"][..], 120),
        ("memory_ops.wasm", "sort_checksum", &[], 300),
        ("tiny_vm.wasm", "run_demo", &[], 200),
    ] {
        let (mut session, module) = open(file);
        let export = module
            .exports
            .iter()
            .find(|it| it.name == export)
            .or(module.exports.iter().find(|it| it.kind == "func" && it.parameters.is_empty()))
            .unwrap()
            .name
            .clone();
        start(&mut session, &export, arguments);
        let mut seen = vec![state(&mut session, Request::Seek { step: 0.0 })];
        for _ in 0..until {
            let next = state(&mut session, Request::Step);
            if !next.status.is_under_way() {
                break;
            }
            seen.push(next);
        }
        let last = seen.len() - 1;
        assert!(last > 30, "{file}");
        state(&mut session, Request::Seek { step: seen[last].step });
        let same = |one: &StateView, other: &StateView| {
            assert_eq!((&one.passed, &one.touched), (&other.passed, &other.touched), "{file}");
        };
        for expected in seen.iter().rev().skip(1) {
            same(&state(&mut session, Request::StepBack), expected);
        }
        for expected in seen.iter().step_by(17) {
            same(&state(&mut session, Request::Seek { step: expected.step }), expected);
        }
        // Running there is one more way.
        state(&mut session, Request::Seek { step: 0.0 });
        state(&mut session, Request::RunTo { step: seen[last].step });
        while session.advance(1000) == Next::More {}
        same(&session.state(), &seen[last]);
    }
}

#[test]
fn the_next_and_the_last_accesses_are_told_apart() {
    let mut session = session_of(STORE);
    start(&mut session, "run", &["12"]);
    let kinds = |state: &StateView| -> Vec<_> {
        state.touched.iter().map(|it| (it.span.start, it.writes, it.next)).collect()
    };
    assert_eq!(kinds(&steps(&mut session, 2)), [(16, true, true)]);
    assert_eq!(kinds(&steps(&mut session, 1)), [(16, true, false)]);
    assert_eq!(kinds(&steps(&mut session, 1)), [(16, false, true)]);
    assert_eq!(kinds(&state(&mut session, Request::StepBack)), [(16, true, false)]);
}

#[test]
fn a_byte_is_shown_as_values_of_every_type() {
    let mut session = session_of(
        r#"(module (memory 1) (data (i32.const 8) "\00\00\80\bf\ff\ff\ff\ffA\c3\a9!\00")
             (func (export "run")))"#,
    );
    start(&mut session, "run", &[]);
    let view = typed(&mut session, 8);
    let values: Vec<_> = view.values.iter().map(|it| (&*it.name, &*it.text)).collect();
    assert_eq!(
        values,
        [
            ("u8", "0"),
            ("i8", "0"),
            ("u16", "0"),
            ("i16", "0"),
            ("u32", "3212836864"),
            ("i32", "-1082130432"),
            ("u64", "18446744072627421184"),
            ("i64", "-1082130432"),
            ("f32", "-1"),
            ("f64", "-nan:0xfffffbf800000"),
        ]
    );
    assert_eq!(typed(&mut session, 12).values[1].text, "-1");
    assert_eq!(typed(&mut session, 16).text, "\"Aé!\"");
    // At the end of the memory, only what lies inside.
    let last: Vec<_> = typed(&mut session, 65533).values.iter().map(|it| it.name.clone()).collect();
    assert_eq!(last, ["u8", "i8", "u16", "i16"]);
    assert!(typed(&mut session, u32::MAX).values.is_empty());
}

#[test]
fn a_map_counts_what_a_run_reads_and_writes_and_leaves_it_where_it_stands() {
    let mut session = session_of(
        r#"(module (memory 1)
             (func (export "run") (local i32)
               (loop
                 (i32.store8 (i32.add (local.get 0) (i32.const 250)) (i32.const 1))
                 (drop (i32.load (i32.const 65532)))
                 (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                 (br_if 0 (i32.lt_u (local.get 0) (i32.const 100))))
               (memory.fill (i32.const 1024) (i32.const 7) (i32.const 512))))"#,
    );
    start(&mut session, "run", &[]);
    let end = run_to_end(&mut session);
    let before = state(&mut session, Request::Seek { step: 50.0 });
    let (view, times) = heat(&mut session);
    assert_eq!((view.size, view.cell, view.reads.len(), times), (65536.0, 256.0, 256, 1));
    assert_eq!((view.looked_at, view.run), (end.step, end.step));
    let used = |counts: &[u32]| -> Vec<(usize, u32)> {
        counts.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect()
    };
    assert_eq!(used(&view.reads), [(255, 100)]);
    // 250 to 255, 256 to 349; a fill counts once in each cell.
    assert_eq!(used(&view.writes), [(0, 6), (1, 94), (4, 1), (5, 1)]);
    let after = state(&mut session, Request::Seek { step: 50.0 });
    assert_eq!((after.step, after.next), (before.step, before.next));
}

#[test]
fn a_map_of_a_long_run_is_of_a_sample_and_says_so() {
    let mut session = session_of(
        r#"(module (memory 4)
             (func (export "run") (local i32)
               (loop
                 (i32.store8 (i32.and (local.get 0) (i32.const 0x3ffff)) (i32.const 1))
                 (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                 (br_if 0 (i32.lt_u (local.get 0) (i32.const 0x80000))))))"#,
    );
    start(&mut session, "run", &[]);
    let end = run_to_end(&mut session);
    assert!(end.step > 4_000_000.0);
    let (view, times) = heat(&mut session);
    assert_eq!(view.run, end.step);
    assert_eq!((view.sample, view.looked_at), (400_000.0, 400_000.0));
    assert!(times >= 40, "{times}");
    // They are spread over all of the run: it goes over the memory twice.
    let hit = view.writes.iter().filter(|count| **count > 0).count();
    assert!(hit > 50, "{hit}");
    // What has been looked at is not looked at again.
    assert_eq!(heat(&mut session).1, 1);
}

#[test]
fn regions_are_named_by_segments_and_by_what_linkers_leave() {
    // The stack first, as for Rust; the stack pointer has moved since.
    let mut session = session_of(
        r#"(module (memory 2)
             (global $__stack_pointer (mut i32) (i32.const 4096))
             (global (export "__data_end") i32 (i32.const 4200))
             (global (export "__heap_base") i32 (i32.const 4208))
             (data $.rodata (i32.const 4096) "0123456789")
             (func (export "run") (global.set $__stack_pointer (i32.const 4000))))"#,
    );
    start(&mut session, "run", &[]);
    run_to_end(&mut session);
    let regions = heat(&mut session).0.regions;
    let regions: Vec<_> =
        regions.iter().map(|it| (&*it.name, it.kind, it.start as u32, it.end as u32)).collect();
    assert_eq!(
        regions,
        [
            ("stack", RegionKind::Stack, 0, 4096),
            (".rodata", RegionKind::Data, 4096, 4106),
            ("zeroed data", RegionKind::Zero, 4106, 4200),
            ("heap", RegionKind::Heap, 4208, 131_072),
        ]
    );
    // The stack behind the data, as for C; nothing else is known of another module.
    let mut session = session_of(
        r#"(module (memory 2)
             (global $__stack_pointer (mut i32) (i32.const 66560))
             (data (i32.const 1024) "0123456789")
             (func (export "run")))"#,
    );
    start(&mut session, "run", &[]);
    let regions = heat(&mut session).0.regions;
    let regions: Vec<_> =
        regions.iter().map(|it| (&*it.name, it.start as u32, it.end as u32)).collect();
    assert_eq!(regions, [("data 0", 1024, 1034), ("stack", 1034, 66560)]);
}

#[test]
fn what_is_not_there_is_refused() {
    let (mut session, _) = open("recursion.wasm");
    for request in [Request::Typed { memory: 0, address: 0 }, Request::Heat { memory: 0 }] {
        assert!(matches!(only(session.handle(request.clone())), Reply::Refused { .. }));
        start(&mut session, "fib", &["3"]);
        assert!(matches!(only(session.handle(request)), Reply::Refused { .. }));
    }
}

#[test]
fn an_atomic_operator_marks_the_memory_that_it_changes() {
    let module = wat::parse_str(
        r#"(module (memory 1 2 shared)
             (func (export "run") (result i32)
               (i32.atomic.rmw16.add_u offset=4 (i32.const 16) (i32.const 7))))"#,
    )
    .unwrap();
    let (mut session, view) = open_bytes(module);
    let memory = view.sections.iter().find(|section| section.title == "Memory").unwrap();
    assert_eq!(memory.summary, "1 to 2 pages, shared");
    start(&mut session, "run", &[]);
    state(&mut session, Request::Step);
    state(&mut session, Request::Step);
    let stored = state(&mut session, Request::Step);
    let touched: Vec<_> =
        stored.touched.iter().map(|it| (it.writes, it.span.start, it.span.end)).collect();
    assert_eq!(touched, [(false, 20, 22), (true, 20, 22)]);
    assert!(stored.touched.iter().all(|touched| !touched.next));
}

#[test]
fn a_store_marks_the_memory_it_writes() {
    let module = wat::parse_str(
        r#"(module (memory (export "memory") 1)
             (func (export "run") (i32.store offset=4 (i32.const 16) (i32.const 7))))"#,
    )
    .unwrap();
    let (mut session, _) = open_bytes(module);
    start(&mut session, "run", &[]);
    let window = Request::Memory { memory: 0, from: 0, count: 64 };
    let Reply::Memory(before) = only(session.handle(window.clone())) else { panic!() };
    assert!(before.changed.is_empty());
    state(&mut session, Request::Step);
    let storing = state(&mut session, Request::Step);
    assert_eq!(storing.next.unwrap().effect, "writes 7 to memory at 0x14");
    let stored = state(&mut session, Request::Step);
    let [written] = stored.touched[..] else { panic!("{:?}", stored.touched) };
    assert!(written.writes && !written.next);
    assert_eq!((written.span.start, written.span.end), (20, 24));
    let Reply::Memory(after) = only(session.handle(window)) else { panic!() };
    assert_eq!(
        after.changed.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>(),
        [(20, 21)]
    );
}

#[test]
fn after_a_trap_the_frame_stands_at_its_instruction_with_its_operands() {
    let wat = r#"(module (func (export "divide") (param $x i32) (param $y i32) (result i32)
      i32.const 1 (block (result i32) local.get $x local.get $y i32.div_s) i32.add))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    start(&mut session, "divide", &["7", "0"]);
    let state = run_to_end(&mut session);
    assert!(matches!(&state.status, Status::Trapped(trap) if trap.message.contains("divide")));
    let texts = |values: &[ValueView]| -> Vec<String> {
        values.iter().map(|value| value.text.clone()).collect()
    };
    assert_eq!(texts(&state.operands), ["1", "7", "0"]);
    assert_eq!(texts(&state.locals), ["7", "0"]);
    let kinds: Vec<&str> = state.labels.iter().map(|label| label.kind.as_str()).collect();
    assert_eq!(kinds, ["func", "block"]);
    let next = state.next.unwrap();
    assert_eq!(next.operator.mnemonic, "i32.div_s");
    assert!(next.effect.starts_with("pops 7 and 0 and traps"), "{}", next.effect);
}
