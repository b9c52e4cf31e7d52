//! Going back and forth in a call.

use super::{open, run_to_end, start, state};
use crate::protocol::{ProfileView, Reply, Request, StateView, Status};
use crate::session::Session;

/// What of a state does not say how it was come to.
fn place(mut view: StateView) -> StateView {
    view.timeline = None;
    for value in view.locals.iter_mut().chain(&mut view.operands) {
        value.changed = false;
    }
    view
}

fn profile(session: &mut Session, stretches: u32) -> ProfileView {
    match &mut session.handle(Request::Profile { stretches })[..] {
        [Reply::Profile(profile)] => (**profile).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn stepping_back_shows_what_was_there_before() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["6"]);
    let mut states = vec![state(&mut session, Request::Seek { step: 0.0 })];
    for _ in 0..60 {
        states.push(state(&mut session, Request::Step));
    }
    for expected in states.into_iter().rev().skip(1) {
        let back = state(&mut session, Request::StepBack);
        assert_eq!(place(back), place(expected));
    }
    // There is nothing before the beginning.
    assert_eq!(state(&mut session, Request::StepBack).step, 0.0);
}

#[test]
fn a_call_that_has_returned_can_be_gone_back_over_and_into() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["6"]);
    let end = run_to_end(&mut session);
    assert!(matches!(end.status, Status::Finished { .. }));
    let timeline = end.timeline.clone().expect("there is one");
    assert_eq!((timeline.first, timeline.last), (0.0, end.step));
    let last = state(&mut session, Request::StepBack);
    assert_eq!((last.status.clone(), last.depth), (Status::Paused, 1));
    // i32.add, and before it the second call: its frames are passed over.
    let depths: Vec<u32> =
        (0..3).map(|_| state(&mut session, Request::StepBackOver).depth).collect();
    assert_eq!(depths, [1, 1, 1]);
    let inside = state(&mut session, Request::Seek { step: 40.0 });
    assert!(inside.depth > 1);
    let caller = state(&mut session, Request::StepBackOut);
    assert_eq!(caller.depth, inside.depth - 1);
    // Running on leads to the same end.
    state(&mut session, Request::Continue { speed: None });
    let again = run_to_end(&mut session);
    assert_eq!(place(again), place(end));
}

#[test]
fn a_step_that_is_not_on_the_timeline_becomes_the_nearest() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["3"]);
    state(&mut session, Request::Step);
    assert_eq!(state(&mut session, Request::Seek { step: 1e15 }).step, 1.0);
    assert_eq!(state(&mut session, Request::Seek { step: f64::NAN }).step, 0.0);
}

#[test]
fn a_profile_shows_how_deep_calls_were_and_leaves_the_state_alone() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "fib", &["10"]);
    let end = run_to_end(&mut session);
    let before = state(&mut session, Request::Seek { step: 100.0 });
    let view = profile(&mut session, 50);
    assert_eq!((view.first, view.last), (0.0, end.step));
    assert!((50..=52).contains(&view.depths.len()), "{}", view.depths.len());
    assert!(view.kept > 0 && view.again > 0.0 && view.forgotten.is_none(), "{view:?}");
    let deepest = view.depths.iter().map(|(_, depth)| *depth).max();
    assert!(deepest > Some(4), "{deepest:?}");
    let after = state(&mut session, Request::Seek { step: 100.0 });
    assert_eq!(place(after), place(before));
}

#[test]
fn another_call_begins_where_the_one_before_ended_wherever_one_has_gone_back_to() {
    let (mut session, _) = open("sieve.wasm");
    start(&mut session, "count_primes", &["100"]);
    let end = run_to_end(&mut session);
    let memory = |session: &mut Session| match &mut session.handle(Request::Memory {
        memory: 0,
        from: 0,
        count: 4096,
    })[..]
    {
        [Reply::Memory(view)] => view.bytes.clone(),
        other => panic!("{other:?}"),
    };
    let bytes = memory(&mut session);
    state(&mut session, Request::Seek { step: 0.0 });
    assert_ne!(memory(&mut session), bytes);
    let again = start(&mut session, "count_primes", &["100"]);
    assert_eq!((again.step, memory(&mut session)), (0.0, bytes));
    assert_eq!(run_to_end(&mut session).status, end.status);
}
