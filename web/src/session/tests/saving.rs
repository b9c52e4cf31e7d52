//! What is written down of a run, and its calls.

use super::{only, open, open_bytes, refused, run_to_end, start, state};
use crate::protocol::{CallsView, Reply, Request, StateView, Written};
use crate::session::Session;

const ALL: Written = Written::Trace { from: 1.0, to: 1e15 };

/// All pieces of what is written, in portions of so many instructions.
fn saved(session: &mut Session, what: Written, csv: bool, portion: u64) -> String {
    assert_eq!(session.handle(Request::Save { number: 7, what, csv }), []);
    let mut text = Vec::new();
    let mut before = 0;
    while session.has_work() {
        match only(session.work(portion)) {
            Reply::Saved { number: 7, piece, done, over } => {
                assert!(done >= before && done <= 1000 && over != session.has_work());
                before = done;
                text.extend_from_slice(&piece);
            }
            other => panic!("{other:?}"),
        }
    }
    String::from_utf8(text).unwrap()
}

fn calls(session: &mut Session, from: f64, to: f64) -> CallsView {
    assert_eq!(session.handle(Request::Calls { from, to }), []);
    loop {
        match session.work(50).pop() {
            Some(Reply::Calls(view)) => return *view,
            None if session.has_work() => {}
            other => panic!("{other:?}"),
        }
    }
}

fn values(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// What does not depend on which of two equal states was shown before.
fn stands(mut view: StateView) -> StateView {
    for value in view.locals.iter_mut().chain(&mut view.operands) {
        value.changed = false;
    }
    view
}

#[test]
fn a_trace_says_what_each_instruction_did_and_leaves_the_run_where_it_stood() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["10"]);
    let end = run_to_end(&mut session);
    let before = state(&mut session, Request::Seek { step: 100.0 });
    let text = saved(&mut session, ALL, false, 37);
    assert_eq!(stands(session.state()), stands(before));
    let lines = values(&text);
    let (last, rows) = lines.split_last().unwrap();
    assert_eq!(rows.len() as f64, end.step);
    assert!(rows.iter().zip(1u64..).all(|(row, number)| row["step"] == number));
    let sum = rows.iter().find(|row| row["operator"] == "i32.add").unwrap();
    assert_eq!(sum["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(last["end"], "done");
    assert_eq!(last["results"], serde_json::json!(["i32:55"]));
    // Whatever the portions, it is the same.
    assert_eq!(saved(&mut session, ALL, false, 1_000_000), text);
    let part = Written::Trace { from: 11.0, to: 20.0 };
    let lines: Vec<&str> = text.lines().collect();
    let expected = [&lines[10..20], &lines[lines.len() - 1..]].concat();
    assert_eq!(saved(&mut session, part, false, 3).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_trace_as_csv_has_a_row_for_each_instruction() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["3"]);
    let end = run_to_end(&mut session);
    let text = saved(&mut session, ALL, true, 5);
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len() as f64, end.step + 1.0);
    assert!(lines[0].starts_with("step,depth,module,function,name,"));
    assert!(lines[1].starts_with("1,0,,"), "{}", lines[1]);
}

#[test]
fn a_trace_ends_with_what_has_trapped() {
    let (mut session, _) = open("traps.wasm");
    start(&mut session, "outer", &["0"]);
    run_to_end(&mut session);
    let lines = values(&saved(&mut session, ALL, false, 100));
    let [.., trapped, end] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(trapped["trap"], "integer divide by zero");
    assert_eq!(trapped["step"], end["executed"].as_u64().unwrap() + 1);
    assert_eq!(end["end"], "trap");
    assert_eq!(end["backtrace"][0]["name"], "divide");
}

#[test]
fn a_run_that_has_not_ended_is_written_as_far_as_it_is_known() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["10"]);
    for _ in 0..5 {
        state(&mut session, Request::Step);
    }
    let lines = values(&saved(&mut session, ALL, false, 100));
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[5], serde_json::json!({ "end": "paused", "executed": 5 }));
}

#[test]
fn hashes_are_written_at_multiples_and_at_the_end_whatever_the_portions() {
    let (mut session, _) = open("sieve.wasm");
    start(&mut session, "count_primes", &["1000"]);
    let end = run_to_end(&mut session);
    let what = Written::Hashes { every: 5000.0 };
    let text = saved(&mut session, what, false, 1);
    assert_eq!(text, saved(&mut session, what, false, 10_000));
    let lines = values(&text);
    let counts: Vec<_> = lines.iter().map(|line| line["executed"].as_f64().unwrap()).collect();
    let multiples = (0..).map(|index| f64::from(index) * 5000.0).take_while(|at| *at < end.step);
    let expected: Vec<_> = multiples.chain([end.step]).collect();
    assert_eq!(counts, expected);
    // That of where it stands is the same.
    state(&mut session, Request::Seek { step: 5000.0 });
    let Reply::Hash { executed, hash } = only(session.handle(Request::Hash)) else { panic!() };
    assert_eq!((executed, lines[1]["hash"].as_str()), (5000.0, Some(&*hash)));
    let many = Written::Hashes { every: 0.0 };
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["25"]);
    run_to_end(&mut session);
    let error = refused(&mut session, Request::Save { number: 1, what: many, csv: true });
    assert!(error.title.starts_with("No more than"), "{}", error.title);
}

#[test]
fn what_is_being_written_goes_with_its_run_and_can_be_stopped() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["10"]);
    run_to_end(&mut session);
    let save = || Request::Save { number: 1, what: ALL, csv: false };
    session.handle(save());
    assert!(matches!(only(session.work(10)), Reply::Saved { over: false, .. }));
    session.handle(Request::StopSaving);
    assert!(!session.has_work());
    session.handle(save());
    start(&mut session, "fib", &["3"]);
    assert!(matches!(only(session.work(10)), Reply::Refused { .. }));
    assert!(!session.has_work());
    session.handle(save());
    session.handle(Request::Continue { speed: None });
    assert!(!session.has_work(), "it waits while the program runs");
    session.handle(Request::Stop);
    assert!(session.has_work());
    session.handle(Request::NewInstance);
    assert!(matches!(only(session.work(10)), Reply::Refused { .. }));
}

#[test]
fn calls_are_found_with_where_they_begin_and_end() {
    let (mut session, _) = open_bytes(
        wat::parse_str(
            r#"(module
              (func $leaf (nop) (nop))
              (func $middle (call $leaf) (nop) (call $leaf))
              (func $tail (return_call $leaf))
              (func (export "f") (call $middle) (call $tail)))"#,
        )
        .unwrap(),
    );
    start(&mut session, "f", &[]);
    let end = run_to_end(&mut session);
    let before = state(&mut session, Request::Seek { step: 5.0 });
    let view = calls(&mut session, 0.0, 1e15);
    assert_eq!(stands(session.state()), stands(before));
    let found: Vec<_> = view
        .calls
        .iter()
        .map(|call| {
            let name = &view.names[call.name.unwrap() as usize];
            (call.depth, name.as_str(), call.from, call.to, call.calls)
        })
        .collect();
    let last = end.step;
    let expected = [
        (0, "func 3", 0.0, last, 1),
        (1, "$middle", 1.0, 11.0, 1),
        (1, "$tail", 12.0, 13.0, 1),
        (1, "$leaf", 13.0, 16.0, 1),
        (2, "$leaf", 2.0, 5.0, 1),
        (2, "$leaf", 7.0, 10.0, 1),
    ];
    let named = |name: &str| name.trim_start_matches('$').to_owned();
    let plain = |calls: &[(u32, &str, f64, f64, u32)]| {
        calls.iter().map(|it| (it.0, named(it.1), it.2, it.3, it.4)).collect::<Vec<_>>()
    };
    assert_eq!(plain(&found)[1..], plain(&expected)[1..]);
    assert_eq!((found[0].2, found[0].3), (0.0, last));
    assert!(!view.deeper && view.every.is_none());
}

#[test]
fn a_part_of_a_run_has_the_calls_that_began_before_it_as_well() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["10"]);
    run_to_end(&mut session);
    let all = calls(&mut session, 0.0, 1e15);
    assert!(all.calls.iter().all(|call| !call.began_before));
    let one = all.calls.iter().find(|call| call.depth == 3 && call.calls == 1).unwrap();
    let part = calls(&mut session, one.from, one.to);
    assert_eq!((part.from, part.to), (one.from, one.to));
    for depth in 0..3 {
        let row: Vec<_> = part.calls.iter().filter(|call| call.depth == depth).collect();
        assert!(row.len() == 1 && row[0].began_before, "{row:?}");
    }
    let itself: Vec<_> = part.calls.iter().filter(|call| call.depth == 3).collect();
    assert_eq!((itself[0].from, itself[0].to), (one.from, one.to));
}

#[test]
fn many_short_calls_are_drawn_together_and_all_are_counted() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["18"]);
    run_to_end(&mut session);
    let view = calls(&mut session, 0.0, 1e15);
    assert!(view.calls.len() <= 1200, "{}", view.calls.len());
    let all: u32 = view.calls.iter().map(|call| call.calls).sum();
    // Calls of fib(18): 2 fib(19) - 1.
    assert_eq!(all, 2 * 4181 - 1);
    for pair in view.calls.windows(2) {
        assert!(pair[0].depth < pair[1].depth || pair[0].to <= pair[1].from);
    }
}

#[test]
fn calls_nested_too_deeply_are_passed_over() {
    let (mut session, _) = open_bytes(
        wat::parse_str(
            r#"(module (func $down (export "down") (param i32)
                (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))))))"#,
        )
        .unwrap(),
    );
    start(&mut session, "down", &["1000"]);
    run_to_end(&mut session);
    let view = calls(&mut session, 0.0, 1e15);
    assert!(view.deeper);
    assert_eq!(view.calls.iter().map(|call| call.depth).max(), Some(63));
}

#[test]
fn a_long_run_is_looked_at_now_and_then() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["31"]);
    let end = run_to_end(&mut session);
    assert!(end.step > 2e7, "{}", end.step);
    let view = calls(&mut session, 0.0, 1e15);
    assert_eq!(view.every, Some((end.step / 1000.0).floor()));
    assert!(view.calls.iter().any(|call| call.depth > 5));
    assert!(view.calls.iter().all(|call| call.from < call.to && call.to <= end.step));
}
