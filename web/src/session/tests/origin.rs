//! Asking where values came from.

use super::{open, open_bytes, run_to_end, start, state};
use crate::protocol::{OriginOf, OriginView, Reply, Request, StateView, Status, WriteView};
use crate::session::Session;

/// Asks until nothing more is to be found.
fn origin(session: &mut Session, of: OriginOf) -> OriginView {
    let mut request = Request::Origin { of };
    loop {
        match &session.handle(request)[..] {
            [Reply::Origin(Some(view))] if view.is_done => return (**view).clone(),
            [Reply::Origin(Some(_))] => request = Request::OriginMore,
            other => panic!("{other:?}"),
        }
    }
}

/// The instructions of its only chain, each with where it is.
fn chain(view: &OriginView) -> Vec<(f64, &str)> {
    let [chain] = &view.chains[..] else { panic!("{view:?}") };
    chain.links.iter().map(|link| (link.step, link.code.as_str())).collect()
}

fn find_write(session: &mut Session, address: u32, next: bool) -> Option<StateView> {
    let mut asked = WriteView { memory: 0, address, next, changes: false, found: None, left: None };
    loop {
        match &session.handle(Request::FindWrite(asked))[..] {
            [Reply::Write(found), Reply::State(state)] => {
                assert_eq!(found.found, Some(state.step));
                return Some((**state).clone());
            }
            [Reply::Write(found)] if found.left.is_some() => asked = found.clone(),
            [Reply::Write(_)] => return None,
            other => panic!("{other:?}"),
        }
    }
}

const COPIES: &str = r#"(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func $id (param $x i32) (result i32) (local.get $x))
  (func (export "f") (param $n i32) (result i32) (local $m i32)
    (local.set $m (i32.add (local.get $n) (i32.const 1)))
    (global.set $g (call $id (local.get $m)))
    (i32.store8 (i32.const 16) (global.get $g))
    (i32.load8_u (i32.const 16))))"#;

#[test]
fn results_are_called_so() {
    let wat = r#"(module (func (export "f") (result i32 i64) (i32.const 7) (i64.const 8)))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    start(&mut session, "f", &[]);
    state(&mut session, Request::Step);
    assert_eq!(origin(&mut session, OriginOf::Operand(0)).title, "operand 0: 7");
    run_to_end(&mut session);
    assert_eq!(origin(&mut session, OriginOf::Operand(1)).title, "result 1: 8");
}

#[test]
fn a_value_is_followed_to_where_it_was_computed() {
    let (mut session, _) = open_bytes(wat::parse_str(COPIES).unwrap());
    start(&mut session, "f", &["6"]);
    let end = run_to_end(&mut session);
    assert!(matches!(end.status, Status::Finished { .. }));
    let view = origin(&mut session, OriginOf::Operand(0));
    assert_eq!((view.title.as_str(), view.step), ("the result: 7", end.step));
    let expected = [
        (14.0, "end"),
        (13.0, "i32.load8_u"),
        (11.0, "i32.store8"),
        (10.0, "global.get $g"),
        (8.0, "global.set $g"),
        (7.0, "end"),
        (6.0, "local.get $x"),
        (5.0, "call $id"),
        (4.0, "local.get $m"),
        (3.0, "local.set $m"),
        (2.0, "i32.add"),
    ];
    assert_eq!(chain(&view), expected);
    let links = &view.chains[0].links;
    assert_eq!(links[10].text, "pops 6 and 1, pushes 7");
    assert_eq!(links[6].function, "id");
    // It stands where it stood, and what is found can be gone to.
    assert_eq!(session.state().step, end.step);
    let there = state(&mut session, Request::Seek { step: 2.0 });
    assert_eq!(there.operands.len(), 2);
    let argument = origin(&mut session, OriginOf::Operand(0));
    assert_eq!(chain(&argument), [(0.0, "local.get $n"), (0.0, "")]);
    assert_eq!(argument.chains[0].links[1].text, "argument 0 of the call");
    let global = origin(&mut session, OriginOf::Global(0));
    assert_eq!(global.chains[0].links[0].text, "as it began");
}

#[test]
fn writes_to_a_byte_are_gone_to_one_after_the_other() {
    let text = r#"(module (memory 1) (func (export "f") (param i32) (local i32)
      (loop
        (i32.store8 (i32.rem_u (local.get 1) (i32.const 20000)) (i32.const 1))
        (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1)))
          (local.get 0))))))"#;
    let (mut session, _) = open_bytes(wat::parse_str(text).unwrap());
    start(&mut session, "f", &["50000"]);
    run_to_end(&mut session);
    let mut steps = Vec::new();
    while let Some(state) = find_write(&mut session, 5, false) {
        assert_eq!(state.operands[0].text, "5");
        steps.push(state.step);
    }
    // Twelve instructions in each round.
    assert_eq!(steps.len(), 3);
    assert_eq!(steps[1] - steps[2], 20_000.0 * 12.0);
    assert_eq!(find_write(&mut session, 5, true).map(|state| state.step), Some(steps[1]));
    assert_eq!(find_write(&mut session, 60_000, true), None);
}

#[test]
fn a_trap_is_traced_to_the_values_that_made_it() {
    let (mut session, _) = open("traps.wasm");
    start(&mut session, "divide", &["1", "0"]);
    let end = run_to_end(&mut session);
    assert!(matches!(end.status, Status::Trapped(_)));
    let view = origin(&mut session, OriginOf::Trap);
    assert_eq!(view.title, "integer divide by zero");
    assert_eq!(view.chains[0].title, "the divisor: 0");
    let last = view.chains[0].links.last().unwrap();
    assert_eq!(last.text, "argument 1 of the call");
    assert!(matches!(session.state().status, Status::Trapped(_)));
    // Nothing is asked any more in another call.
    start(&mut session, "divide", &["1", "1"]);
    assert_eq!(session.handle(Request::OriginMore), [Reply::Origin(None)]);
}

#[test]
fn every_cause_of_a_trap_is_named() {
    let text = r#"(module (memory 1) (table 2 funcref) (type $t (func))
      (func (export "load") (drop (i64.load offset=8 (i32.const 65530))))
      (func (export "fill") (memory.fill (i32.const 9) (i32.const 0) (i32.const 70000)))
      (func (export "null") (call_indirect (type $t) (i32.const 1)))
      (func (export "far") (call_indirect (type $t) (i32.const 5)))
      (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
      (func (export "nan") (drop (i32.trunc_f32_s (f32.const nan))))
      (func (export "unreachable") unreachable))"#;
    let cases: &[(&str, &[&str])] = &[
        ("load", &["the address: 65530"]),
        ("fill", &["the destination: 9", "the length: 70000"]),
        ("null", &["the index: 1", "element 1 of the table: null"]),
        ("far", &["the index: 5"]),
        ("overflow", &["the dividend: -2147483648", "the divisor: -1"]),
        ("nan", &["the operand: nan"]),
        ("unreachable", &[]),
    ];
    for (export, titles) in cases {
        let (mut session, _) = open_bytes(wat::parse_str(text).unwrap());
        start(&mut session, export, &[]);
        run_to_end(&mut session);
        let view = origin(&mut session, OriginOf::Trap);
        let found: Vec<&str> = view.chains.iter().map(|chain| chain.title.as_str()).collect();
        assert_eq!(found, *titles, "{export}");
        assert!(view.chains.iter().all(|chain| chain.links.len() == 1), "{export}");
    }
}

#[test]
fn bytes_and_locals_are_asked_about_where_the_run_stands() {
    let (mut session, _) = open("memory_ops.wasm");
    start(&mut session, "sort_checksum", &[]);
    let stands = state(&mut session, Request::RunTo { step: 64.0 });
    run_to_end(&mut session);
    state(&mut session, Request::Seek { step: 64.0 });
    for local in 0..stands.locals_total {
        let view = origin(&mut session, OriginOf::Local(local));
        assert!(!view.chains[0].links.is_empty());
    }
    let byte = origin(&mut session, OriginOf::Byte { memory: 0, address: 0 });
    assert!(byte.title.starts_with("the byte at 0x0: 0x"));
    // What is not there has no origin.
    let none = session.handle(Request::Origin { of: OriginOf::Local(999) });
    assert_eq!(none, [Reply::Origin(None)]);
}
