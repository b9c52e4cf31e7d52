//! Calls: of which instance they are made, how they are stepped through, and how they end.

use super::*;
use crate::protocol::ValueView;

#[test]
fn stepping_shows_what_comes_next_and_what_has_changed() {
    let (mut session, _) = open("typed_values.wasm");
    let at_start = start(&mut session, "add_i32", &["40", "2"]);
    assert_eq!(at_start.status, Status::Paused);
    assert_eq!(at_start.call, "add_i32(40, 2)");
    assert_eq!(at_start.locals.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["40", "2"]);
    assert_eq!(at_start.next.as_ref().unwrap().effect, "pushes 40");
    state(&mut session, Request::Step);
    let before_add = state(&mut session, Request::Step);
    let next = before_add.next.unwrap();
    assert_eq!(next.operator.mnemonic, "i32.add");
    assert_eq!(next.effect, "pops 40 and 2, pushes 42");
    assert_eq!(next.pops, 2);
    let operands: Vec<(&str, bool)> =
        before_add.operands.iter().map(|it| (it.text.as_str(), it.changed)).collect();
    assert_eq!(operands, [("40", false), ("2", true)]);
    state(&mut session, Request::Step);
    let done = state(&mut session, Request::Step);
    let Status::Finished { results } = done.status else { panic!("{done:?}") };
    assert_eq!(results[0].text, "42");
    assert_eq!(done.step, 4.0);
    let again = state(&mut session, Request::Reset);
    assert_eq!((again.status, again.step), (Status::Paused, 0.0));
}

#[test]
fn every_call_of_the_table_runs_as_it_says() {
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            let (mut session, _) = open(&module.file);
            let arguments: Vec<String> = call
                .args
                .iter()
                .map(|value| value.to_string().split_once(':').unwrap().1.to_owned())
                .collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            start(&mut session, &call.export, &arguments);
            state(&mut session, Request::Continue { speed: None });
            let mut slices = 0;
            while slices < 200 && session.advance(100_000) == Next::More {
                slices += 1;
            }
            let status = session.state().status;
            let expected = serde_json::to_value(&call.expected).unwrap();
            match status {
                Status::Finished { results } => {
                    let wanted = expected["results"].as_array().unwrap();
                    assert_eq!(results.len(), wanted.len(), "{} {call}", module.file);
                }
                Status::Trapped(trap) => {
                    let wanted = expected["trap"].as_str().unwrap();
                    assert!(trap.message.starts_with(wanted), "{} {call}: {trap:?}", module.file);
                }
                Status::Running => assert_eq!(expected["endless"], true, "{} {call}", module.file),
                other => panic!("{} {call}: {other:?}", module.file),
            }
        }
    }
}

#[test]
fn a_start_function_is_stepped_before_the_call() {
    let (mut session, _) = open("start_globals.wasm");
    let first = start(&mut session, "count", &["5"]);
    let call = code(&mut session, first.next.unwrap().function);
    assert_ne!(call.name, "count");
    let done = run_to_end(&mut session);
    let Status::Finished { results } = done.status else { panic!("{done:?}") };
    assert_eq!(results[0].text, "105");
}

#[test]
fn stepping_over_and_out_keep_to_the_frame() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "factorial", &["5"]);
    let mut here = session.state();
    while here.next.as_ref().unwrap().operator.mnemonic != "call" {
        here = state(&mut session, Request::Step);
    }
    let depth = here.depth;
    let called = state(&mut session, Request::Step);
    assert_eq!(called.depth, depth + 1);
    state(&mut session, Request::StepOut);
    while session.advance(10) == Next::More {}
    let returned = session.state();
    assert_eq!((returned.depth, &returned.status), (depth, &Status::Paused));

    start(&mut session, "factorial", &["5"]);
    let mut here = session.state();
    while here.next.as_ref().unwrap().operator.mnemonic != "call" {
        here = state(&mut session, Request::Step);
    }
    state(&mut session, Request::StepOver);
    while session.advance(10) == Next::More {}
    let over = session.state();
    assert_eq!(over.depth, depth);
    assert!(over.next.unwrap().offset > here.next.unwrap().offset);
}

#[test]
fn a_wrong_argument_is_named_with_what_was_expected() {
    let (mut session, _) = open("typed_values.wasm");
    let arguments = vec!["1".to_owned(), "x".to_owned()];
    let error = refused(&mut session, Request::Start { export: "add_i32".to_owned(), arguments });
    assert_eq!(error.argument, Some(1));
    assert_eq!(error.title, "Argument $b must be i32");
    assert!(error.details[0].contains("expected an integer"), "{error:?}");
}

/// Counts in a global from five, in memory from zero; traps if told to.
const COUNTER: &str = r#"(module (memory 1)
  (global $count (mut i32) (i32.const 5))
  (func (export "inc") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "fail") unreachable)
  (func (export "spin") (loop $again (br $again)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;

fn returned(text: &str) -> Status {
    let value = ValueView {
        name: "0".to_owned(),
        ty: "i32".to_owned(),
        text: text.to_owned(),
        bits: format!("{:#010x}", text.parse::<i32>().unwrap()),
        changed: false,
    };
    Status::Finished { results: vec![value] }
}

#[test]
fn calls_are_made_of_the_same_instance_until_a_new_one_is_asked_for() {
    let (mut session, _) = open_bytes(wat::parse_str(COUNTER).unwrap());
    assert_eq!(session.state().number, 0);
    for (number, result) in [(1, "6"), (2, "7"), (3, "8")] {
        assert_eq!(run(&mut session, "inc"), (returned(result), number));
    }
    let none = state(&mut session, Request::NewInstance);
    assert_eq!((none.status, none.number), (Status::Idle, 0));
    assert_eq!(run(&mut session, "inc"), (returned("6"), 1));
    state(&mut session, Request::Reset);
    assert_eq!(run_to_end(&mut session).status, returned("6"));
    session.handle(opening("test", wat::parse_str(COUNTER).unwrap()));
    assert_eq!(run(&mut session, "inc"), (returned("6"), 1));
}

#[test]
fn a_call_that_trapped_or_was_stopped_leaves_its_instance_usable() {
    let (mut session, _) = open_bytes(wat::parse_str(COUNTER).unwrap());
    run(&mut session, "inc");
    assert!(matches!(run(&mut session, "fail").0, Status::Trapped(_)));
    start(&mut session, "spin", &[]);
    state(&mut session, Request::Continue { speed: None });
    session.advance(1000);
    let stopped = state(&mut session, Request::Stop);
    assert_eq!((stopped.status, stopped.step), (Status::Paused, 1000.0));
    let request = Request::Start { export: "add".to_owned(), arguments: vec!["x".to_owned(); 2] };
    refused(&mut session, request);
    assert_eq!(session.state().call, "spin()", "what is refused replaces nothing");
    let begin = start(&mut session, "inc", &[]);
    assert_eq!((begin.step, begin.number, begin.depth), (0.0, 4, 1));
    assert_eq!(run_to_end(&mut session).status, returned("7"));
}

#[test]
fn an_instance_whose_start_function_did_not_return_is_not_called_again() {
    let wat = r#"(module (global $g (mut i32) (i32.const 0))
      (func $start (global.set $g (i32.add (global.get $g) (i32.const 1))))
      (start $start)
      (func (export "g") (result i32) (global.get $g)))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    start(&mut session, "g", &[]);
    state(&mut session, Request::Step);
    assert_eq!(run(&mut session, "g"), (returned("1"), 1));
    assert_eq!(run(&mut session, "g"), (returned("1"), 2));
}

#[test]
fn an_empty_argument_is_zero_or_null_where_its_type_has_that() {
    let wat = r#"(module (func (export "all") (param i32 i64 f32 f64 externref v128))
      (func $f) (elem declare func $f)
      (func (export "some") (param (ref func))))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    let begin = start(&mut session, "all", &["", " ", "", "", "", ""]);
    assert!(begin.call.starts_with("all(0, 0, 0"), "{}", begin.call);
    let request = Request::Start { export: "some".to_owned(), arguments: vec![String::new()] };
    let error = refused(&mut session, request);
    assert_eq!(error.argument, Some(0));
}

#[test]
fn an_uncaught_exception_is_told_with_its_tag_and_what_it_carries() {
    let wat = r#"(module (tag $a) (tag $b (export "failed") (param i32 f64))
      (func (export "bare") (throw $a))
      (func (export "full") (throw $b (i32.const 7) (f64.const 0.5))))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    for (export, said) in [
        ("bare", "its tag is 0, and it carries nothing"),
        ("full", "its tag is `failed`, and it carries 7, 0.5"),
    ] {
        let Status::Trapped(trap) = run(&mut session, export).0 else { panic!() };
        assert!(trap.details.contains(&said.to_owned()), "{:?}", trap.details);
    }
}
