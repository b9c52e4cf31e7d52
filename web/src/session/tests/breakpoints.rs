//! Stopping at breakpoints and watchpoints, forwards and backwards.

use super::{
    code, code_in, file, fixture, only, open, open_bytes, program, run_to_end, start, state,
};
use crate::protocol::{
    BreakpointView, HitsView, Reply, Request, StateView, Status, Stop, StopPlace, Watch,
};
use crate::session::{Next, Session};

fn stop(number: u32, place: StopPlace) -> Stop {
    Stop { number, file: "test".to_owned(), place, enabled: true, condition: String::new() }
}

fn at(number: u32, offset: u32) -> Stop {
    stop(number, StopPlace::Instruction { offset })
}

fn set(session: &mut Session, stops: &[Stop]) -> Vec<BreakpointView> {
    match only(session.handle(Request::Breakpoints { stops: stops.to_vec() })) {
        Reply::Breakpoints(views) => views,
        other => panic!("{other:?}"),
    }
}

/// Goes on, or back, until it stands.
fn go(session: &mut Session, request: Request) -> StateView {
    state(session, request);
    while session.advance(1000) != Next::Rest {}
    session.state()
}

fn go_on(session: &mut Session) -> StateView {
    go(session, Request::Continue { speed: None })
}

/// Where it stops going on, or back: steps, and what it says of the first breakpoint.
fn all_stops(session: &mut Session, request: &Request) -> Vec<(f64, u32, String)> {
    let mut stops = Vec::new();
    loop {
        let view = go(session, request.clone());
        let Some(hit) = view.hits.first() else { return stops };
        assert_eq!(view.status, Status::Paused);
        stops.push((view.step, hit.number, hit.text.clone()));
    }
}

fn forwards(session: &mut Session) -> Vec<(f64, u32, String)> {
    all_stops(session, &Request::Continue { speed: None })
}

/// The offset of an instruction of a function, found by its row.
fn offset(session: &mut Session, module: u32, function: u32, row: usize) -> u32 {
    code_in(session, module, function).rows[row].offset
}

/// The row of the first instruction with this mnemonic.
fn row(session: &mut Session, function: u32, mnemonic: &str) -> usize {
    let view = code(session, function);
    view.rows.iter().position(|row| row.mnemonic == mnemonic).unwrap()
}

fn hits(session: &mut Session, from: f64) -> HitsView {
    match only(session.handle(Request::Hits { from })) {
        Reply::Hits(view) => view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_stops_at_a_breakpoint_each_time_it_comes_there() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["5"]);
    let function = state(&mut session, Request::Seek { step: 0.0 }).next.unwrap().function;
    let first = offset(&mut session, 0, function, 0);
    start(&mut session, "fib", &["5"]);
    let views = set(&mut session, &[at(4, first)]);
    assert_eq!(views[0].title, "local.get $n");
    assert_eq!(views[0].place.map(|place| place.row), Some(0));
    start(&mut session, "fib", &["5"]);
    let stops = forwards(&mut session);
    // Calls of fib for fib(5), the one that was asked for as well: that is not passed.
    assert_eq!(stops.len(), 15);
    assert_eq!((stops[0].0, stops[0].2.as_str()), (0.0, "at breakpoint 4"));
    assert!(matches!(session.state().status, Status::Finished { .. }));
}

#[test]
fn where_a_run_was_seen_to_stand_it_is_not_stopped_again() {
    let (mut session, _) = open("recursion.wasm");
    let here = start(&mut session, "fib", &["5"]).next.unwrap().offset;
    set(&mut session, &[at(1, here)]);
    assert!(go_on(&mut session).step > 0.0);
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["5"]);
    let next = state(&mut session, Request::Step).next.unwrap().offset;
    set(&mut session, &[at(1, next)]);
    assert!(go_on(&mut session).step > 1.0);
}

#[test]
fn going_back_stops_where_going_on_does_and_at_last_at_the_beginning() {
    let (mut session, _) = open("memory_ops.wasm");
    let swaps = offset(&mut session, 0, 0, 0);
    let add = row(&mut session, 0, "i32.add");
    let add = offset(&mut session, 0, 0, add);
    let bytes = |on| StopPlace::Memory { memory: 0, address: 8, length: 4, on };
    let stops = [
        at(1, swaps),
        at(2, add),
        stop(3, bytes(Watch::Change)),
        stop(4, bytes(Watch::Read)),
        Stop { enabled: false, ..at(5, add) },
    ];
    set(&mut session, &stops);
    start(&mut session, "sort_checksum", &[]);
    let there = forwards(&mut session);
    assert!([1, 2, 3, 4].iter().all(|number| there.iter().any(|stop| stop.1 == *number)));
    let mut back = all_stops(&mut session, &Request::ContinueBack);
    back.reverse();
    assert_eq!(
        back.iter().map(|it| it.0).collect::<Vec<_>>(),
        there.iter().map(|it| it.0).collect::<Vec<_>>()
    );
    let view = session.state();
    assert_eq!((view.status, view.step), (Status::Paused, 0.0));
    assert!(view.timeline.unwrap().lost.unwrap().contains("the run begins here"));
    // And on again, now over what is known.
    assert_eq!(forwards(&mut session), there);

    let mut found = Vec::new();
    let mut from = 0.0;
    let last = session.state().timeline.unwrap().last;
    while from < last {
        let view = hits(&mut session, from);
        assert_eq!(view.from, from);
        found.extend(view.hits);
        from = view.to;
    }
    let mut steps: Vec<f64> = found.iter().map(|hit| hit.0).collect();
    steps.dedup();
    assert_eq!(steps, there.iter().map(|it| it.0).collect::<Vec<_>>());
    assert_eq!(session.state().step, last);
}

#[test]
fn a_watchpoint_says_what_is_about_to_happen() {
    let (mut session, _) = open("memory_ops.wasm");
    let on = Watch::Change;
    let views = set(
        &mut session,
        &[
            stop(1, StopPlace::Memory { memory: 0, address: 6, length: 1, on }),
            stop(2, StopPlace::Local { function: 0, local: 0, on: Watch::Write }),
            stop(3, StopPlace::Local { function: 0, local: 9, on: Watch::Write }),
        ],
    );
    assert_eq!(views[0].title, "memory 0x6");
    assert_eq!((views[1].title.as_str(), views[1].detail.as_str()), ("local $end", "of sort"));
    assert!(views[2].problem.is_some());
    start(&mut session, "sort_checksum", &[]);
    let stops = forwards(&mut session);
    assert_eq!(stops[0].2, "at watchpoint 2: local $end is about to be written: 0 → 28");
    assert_eq!(stops[1].2, "at watchpoint 2: local $end is about to be written: 28 → 24");
    // Byte 6 is zero all the time.
    assert!(stops.iter().all(|stop| stop.1 == 2));
    set(&mut session, &[stop(1, StopPlace::Memory { memory: 0, address: 4, length: 1, on })]);
    start(&mut session, "sort_checksum", &[]);
    assert!(forwards(&mut session).is_empty(), "it is sorted already");
    state(&mut session, Request::NewInstance);
    start(&mut session, "sort_checksum", &[]);
    let first = go_on(&mut session).hits.remove(0).text;
    assert_eq!(first, "at watchpoint 1: memory 0x4–0x7 is about to be written: 3 → 5");
}

#[test]
fn a_condition_has_to_hold() {
    let (mut session, _) = open("recursion.wasm");
    let here = start(&mut session, "fib", &["6"]).next.unwrap().offset;
    let when = |condition: &str| Stop { condition: condition.to_owned(), ..at(1, here) };
    assert_eq!(set(&mut session, &[when("$n == 2")])[0].wrong, None);
    let stops = forwards(&mut session);
    assert_eq!(stops.len(), 5);
    assert_eq!(stops[0].2, "at breakpoint 1: $n == 2 holds");
    let back = all_stops(&mut session, &Request::ContinueBack);
    assert_eq!(back.len(), 5);
    for (text, wrong) in [
        ("$m == 2", "nothing has this name, at `$m == 2`"),
        ("$n ==", "a value is expected at the end"),
        ("l0 > 1 l1", "an operator or the end is expected, at `l1`"),
    ] {
        let view = set(&mut session, &[when(text)]).remove(0);
        assert_eq!(view.wrong.as_deref(), Some(wrong));
    }
    // What cannot be read stops nothing.
    assert!(matches!(go_on(&mut session).status, Status::Finished { .. }));
}

#[test]
fn a_global_that_changes_a_host_call_and_growing_memory_stop_a_run() {
    let (mut session, _) = open("imports.wasm");
    set(
        &mut session,
        &[
            stop(1, StopPlace::HostCall),
            stop(2, StopPlace::MemoryGrowth),
            stop(3, StopPlace::Global { global: 1, on: Watch::Change }),
        ],
    );
    for (export, arguments, number, text) in [
        ("grow_twice", &[][..], 2, "before memory grows"),
        ("advance", &["5"], 3, "at watchpoint 3: global $cursor is about to be written: 10 → 15"),
    ] {
        start(&mut session, export, arguments);
        let stops = forwards(&mut session);
        assert!(stops.iter().any(|stop| (stop.1, stop.2.as_str()) == (number, text)), "{stops:?}");
    }
    let (mut session, _) = open("host_import.wasm");
    set(&mut session, &[stop(1, StopPlace::HostCall)]);
    start(&mut session, "run", &["7", "5"]);
    let view = go_on(&mut session);
    assert_eq!(view.hits[0].text, "before a host function is called");
    assert_eq!(view.next.unwrap().operator.mnemonic, "call");
    assert!(matches!(go_on(&mut session).status, Status::Finished { .. }));
}

#[test]
fn breakpoints_hold_in_a_new_instance_and_in_the_next_call() {
    let (mut session, _) = open("recursion.wasm");
    let here = start(&mut session, "fib", &["3"]).next.unwrap().offset;
    set(&mut session, &[at(1, here)]);
    let again = forwards(&mut session).len();
    state(&mut session, Request::Reset);
    assert_eq!(forwards(&mut session).len(), again + 1);
    start(&mut session, "fib", &["3"]);
    assert_eq!(forwards(&mut session).len(), again + 1);
    set(&mut session, &[]);
    start(&mut session, "fib", &["3"]);
    assert!(forwards(&mut session).is_empty());
}

#[test]
fn a_slow_run_stops_as_a_fast_one_does_for_the_first_time_and_again() {
    let (mut session, _) = open("recursion.wasm");
    let here = start(&mut session, "fib", &["5"]).next.unwrap().offset;
    set(&mut session, &[at(1, here)]);
    let there = forwards(&mut session);
    for request in [Request::Seek { step: 0.0 }, Request::Reset] {
        state(&mut session, request);
        let mut slowly = Vec::new();
        loop {
            state(&mut session, Request::Continue { speed: Some(1) });
            while session.advance(1) != Next::Rest {}
            let view = session.state();
            if view.hits.is_empty() {
                break;
            }
            slowly.push(view.step);
        }
        slowly.retain(|step| *step > 0.0);
        assert_eq!(slowly, there.iter().map(|stop| stop.0).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_hit_at_the_end_of_what_is_known_counts() {
    let (mut session, _) = open("recursion.wasm");
    let here = start(&mut session, "fib", &["5"]).next.unwrap().offset;
    let global = StopPlace::Global { global: 0, on: Watch::Change };
    set(&mut session, &[at(1, here), stop(2, global)]);
    let stands = go_on(&mut session).step;
    let expected = [(0.0, 1), (stands, 1)];
    assert_eq!(hits(&mut session, 0.0).hits, expected);
    // It is known no less when it is gone away from.
    state(&mut session, Request::StepBack);
    assert_eq!(hits(&mut session, 0.0).hits, expected);
    assert_eq!(hits(&mut session, stands).hits, expected[1..]);
    let unlikely = Stop { condition: "l0 == 77".to_owned(), ..at(1, here) };
    set(&mut session, &[unlikely]);
    assert_eq!(hits(&mut session, 0.0).hits, []);
}

#[test]
fn a_breakpoint_at_what_traps_is_hit() {
    let wat = r#"(module (func (export "f") (nop) (unreachable)))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    let here = offset(&mut session, 0, 0, 1);
    set(&mut session, &[at(1, here)]);
    start(&mut session, "f", &[]);
    assert_eq!(forwards(&mut session).len(), 1);
    assert!(matches!(session.state().status, Status::Trapped(_)));
    assert_eq!(hits(&mut session, 0.0).hits, [(1.0, 1)]);
}

#[test]
fn stepping_over_a_call_stops_in_it() {
    let (mut session, _) = open("memory_ops.wasm");
    let first = offset(&mut session, 0, 0, 0);
    set(&mut session, &[at(1, first)]);
    start(&mut session, "sort_checksum", &[]);
    let inside = go(&mut session, Request::StepOver);
    assert_eq!((inside.depth, inside.step, inside.hits.len()), (2, 1.0, 1));
    let outside = go(&mut session, Request::StepOut);
    assert_eq!((outside.depth, outside.hits.len()), (1, 0));
    let over = go(&mut session, Request::StepBackOver);
    assert_eq!((over.step, over.hits.len()), (0.0, 0));
}

#[test]
fn a_breakpoint_in_a_module_that_is_linked_stops_a_run() {
    let library = wat::parse_str(
        r#"(module (func (export "host_add") (param i32 i32) (result i32)
            (i32.mul (local.get 0) (local.get 1))))"#,
    )
    .unwrap();
    let mut session = Session::new();
    let files = vec![file("test", fixture("host_import.wasm")), file("env.wasm", library)];
    session.handle(Request::Open { files });
    let multiply = offset(&mut session, 1, 0, 2);
    let there = Stop { file: "env.wasm".to_owned(), ..at(1, multiply) };
    let gone = Stop { file: "gone.wasm".to_owned(), ..at(2, multiply) };
    let views = set(&mut session, &[there, gone]);
    assert_eq!(views.iter().map(|view| view.number).collect::<Vec<_>>(), [1]);
    start(&mut session, "run", &["6", "7"]);
    let view = go_on(&mut session);
    let next = view.next.unwrap();
    assert_eq!((next.module, next.offset, view.hits.len()), (1, multiply, 1));
    assert!(matches!(go_on(&mut session).status, Status::Finished { .. }));
}

#[test]
fn what_is_no_instruction_stops_nothing_and_says_so() {
    let (mut session, _) = open("recursion.wasm");
    let here = start(&mut session, "fib", &["3"]).next.unwrap().offset;
    for offset in [here + 1, 0, u32::MAX] {
        let view = set(&mut session, &[at(1, offset)]).remove(0);
        assert!(view.problem.is_some(), "{offset:#x}");
    }
    assert!(matches!(run_to_end(&mut session).status, Status::Finished { .. }));
}

#[test]
fn a_condition_that_seldom_holds_keeps_nobody_waiting() {
    let (mut session, _) = open("spin.wasm");
    start(&mut session, "spin_for", &["1000000"]);
    let branch = row(&mut session, 2, "br_if");
    let here = offset(&mut session, 0, 2, branch);
    let never = Stop { condition: "l0 == 7777777777".to_owned(), ..at(1, here) };
    assert_eq!(set(&mut session, &[never])[0].wrong, None);
    state(&mut session, Request::Continue { speed: None });
    let before = session.state().step;
    assert_eq!(session.advance(1_000_000), Next::More);
    let passed = session.state().step - before;
    assert!(passed > 1000.0 && passed < 100_000.0, "{passed}");
    for _ in 0..50 {
        session.advance(1_000_000);
    }
    let stopped = state(&mut session, Request::Stop);
    assert_eq!(stopped.status, Status::Paused);
    // Backwards, it can be stopped as well.
    state(&mut session, Request::ContinueBack);
    assert_eq!(session.advance(1000), Next::More);
    assert_eq!(session.state().status, Status::Running);
    let stopped_back = state(&mut session, Request::Stop);
    assert!(stopped_back.step < stopped.step && stopped_back.hits.is_empty());
}

#[test]
fn what_is_written_and_never_changes_keeps_nobody_waiting() {
    let wat = r#"(module (memory 1) (func (export "f")
        (loop (i32.store (i32.const 8) (i32.const 0)) (br 0))))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    let place = StopPlace::Memory { memory: 0, address: 8, length: 4, on: Watch::Change };
    set(&mut session, &[stop(1, place)]);
    start(&mut session, "f", &[]);
    state(&mut session, Request::Continue { speed: None });
    assert_eq!(session.advance(5_000_000), Next::More);
    assert!((1000.0..200_000.0).contains(&session.state().step));
}

#[test]
fn a_program_that_waits_for_input_waits_with_breakpoints_too() {
    let mut session = program("count.wasm", Request::Terminal);
    set(&mut session, &[stop(1, StopPlace::HostCall)]);
    let mut stops = 0;
    loop {
        state(&mut session, Request::Continue { speed: None });
        while session.advance(1000) == Next::More {}
        match session.state().status {
            Status::Paused => stops += 1,
            Status::Waiting => {
                session.handle(Request::Type { text: None });
            }
            other => {
                assert!(
                    matches!(other, Status::Exited { code: 0 } | Status::Finished { .. }),
                    "{other:?}"
                );
                break;
            }
        }
        assert!(stops < 1000);
    }
    assert!(stops > 2);
}
