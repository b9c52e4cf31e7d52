//! Jobs: stepping, stopping and resuming anywhere, looking inside.

mod common;

use common::{Loaded, engine, link, load};
use fayasm_core::inspect::Inspector;
use fayasm_core::{
    Caller, Error, Func, FunctionTrap, HostError, Job, Limit, Outcome, Store, TrapKind, Val,
};

/// Uses blocks, loops, both parts of an if, br_table, calls, memory, globals,
/// locals, and a host function.
const MIXED: &str = r#"(module
    (import "h" "note" (func $note (param i32) (result i32)))
    (memory (export "memory") 1)
    (global $sum (export "sum") (mut i32) (i32.const 0))
    (table 2 funcref) (elem (i32.const 0) $even $odd)
    (type $t (func (param i32) (result i32)))
    (func $even (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 2)))
    (func $odd (param i32) (result i32)
        (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1)))
    (func $class (param i32) (result i32)
        (block $c (block $b (block $a
            (br_table $a $b $c (i32.and (local.get 0) (i32.const 3))))
            (return (i32.const 10)))
            (return (i32.const 20)))
        (i32.const 30))
    (func (export "run") (param $n i32) (result i32 i32) (local $steps i32)
        (loop $again
            (local.set $n (call_indirect (type $t) (local.get $n)
                (i32.and (local.get $n) (i32.const 1))))
            (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
            (if (i32.gt_u (local.get $n) (i32.const 20))
                (then (global.set $sum (i32.add (global.get $sum) (call $note (local.get $n)))))
                (else (i32.store (i32.mul (local.get $steps) (i32.const 4)) (call $class (local.get $n)))))
            (br_if $again (i32.ne (local.get $n) (i32.const 1))))
        (local.get $steps) (global.get $sum)))"#;

fn mixed() -> (Loaded<Vec<i32>>, Job) {
    let it = link(MIXED, Vec::new(), |linker| {
        linker.func_wrap("h", "note", |mut caller: Caller<'_, Vec<i32>>, x: i32| {
            caller.data_mut().push(x);
            x * 2
        });
    });
    let job = Job::new(&it.store, it.func("run"), &[Val::I32(9)]).unwrap();
    (it, job)
}

/// Everything that can be told apart after a run.
fn state(it: &Loaded<Vec<i32>>, job: &Job) -> (Option<Vec<Val>>, u64, Vec<i32>, Val, Vec<u8>) {
    let memory = it.instance.get_memory(&it.store, "memory").unwrap();
    let sum = it.instance.get_global(&it.store, "sum").unwrap();
    (
        job.results(&it.store),
        job.executed(),
        it.store.data().clone(),
        sum.get(&it.store).unwrap(),
        memory.data(&it.store).unwrap()[..256].to_vec(),
    )
}

#[test]
fn stepping_one_instruction_at_a_time_equals_running_at_once() {
    let (mut at_once, mut job) = mixed();
    assert_eq!(at_once.store.run(&mut job, Limit::NONE), Outcome::Done);
    let expected = state(&at_once, &job);
    assert_eq!(expected.0.as_ref().unwrap()[0], Val::I32(19));
    assert_eq!(expected.2, [28, 22, 34, 52, 26, 40]);

    let (mut stepped, mut job) = mixed();
    for executed in 0.. {
        assert_eq!(job.executed(), executed);
        match stepped.store.step(&mut job) {
            Outcome::OutOfFuel => {}
            Outcome::Done => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(state(&stepped, &job), expected);
}

#[test]
fn a_job_stopped_anywhere_goes_on_to_the_same_end() {
    let (mut at_once, mut job) = mixed();
    at_once.store.run(&mut job, Limit::NONE);
    let expected = state(&at_once, &job);
    for stop in 0..expected.1 {
        let (mut it, mut job) = mixed();
        assert_eq!(it.store.run(&mut job, stop), Outcome::OutOfFuel);
        assert_eq!(job.executed(), stop);
        assert_eq!(it.store.run(&mut job, expected.1 - stop), Outcome::Done);
        assert_eq!(state(&it, &job), expected, "stopped after {stop}");
    }
}

#[test]
fn a_host_function_that_is_not_ready_is_called_again() {
    let text = r#"(module (import "h" "read" (func $read (param i32) (result i32)))
        (func (export "f") (result i32) (i32.add (call $read (i32.const 3)) (i32.const 1))))"#;
    let mut it = link(text, None, |linker| {
        linker.func_wrap("h", "read", |caller: Caller<'_, Option<i32>>, x: i32| {
            caller.data().map(|input| input + x).ok_or(HostError::Pending)
        });
    });
    let mut job = Job::new(&it.store, it.func("f"), &[]).unwrap();
    for _ in 0..3 {
        let outcome = it.store.run(&mut job, Limit::NONE);
        assert!(matches!(outcome, Outcome::Pending(_)), "{outcome:?}");
        assert_eq!((job.executed(), job.is_running()), (1, true));
        assert_eq!(job.host_arguments(it.store.inner()), Some(vec![Val::I32(3)]));
        assert_eq!(it.store.microcode_stats().host_calls, 0);
    }
    *it.store.data_mut() = Some(10);
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
    assert_eq!(it.store.microcode_stats().host_calls, 1);
    assert_eq!(job.results(&it.store), Some(vec![Val::I32(14)]));

    *it.store.data_mut() = None;
    let error = it.func("f").call(&mut it.store, &[], &mut [Val::I32(0)]).unwrap_err();
    let Error::Trap(trap) = error else { panic!("{error:?}") };
    assert_eq!(*trap.kind(), TrapKind::HostPending);
    assert_eq!(trap.backtrace().len(), 1);
}

#[test]
fn a_job_is_plain_data_that_can_be_copied_and_run_again() {
    let text = r#"(module (func (export "f") (param i64) (result i64) (local $i i64)
        (loop $l
            (local.set $i (i64.add (local.get $i) (local.get 0)))
            (br_if $l (local.tee 0 (i64.sub (local.get 0) (i64.const 1)))
                (i32.wrap_i64) ))
        (local.get $i)))"#;
    let mut it = load(text);
    let mut job = Job::new(&it.store, it.func("f"), &[Val::I64(10)]).unwrap();
    it.store.run(&mut job, 20);
    let mut copy = job.clone();
    for job in [&mut job, &mut copy] {
        assert_eq!(it.store.run(job, Limit::NONE), Outcome::Done);
        assert_eq!(job.results(&it.store), Some(vec![Val::I64(55)]));
    }
    assert_eq!(it.store.run(&mut copy, 5), Outcome::Done);
}

#[test]
fn every_operator_counts_as_one_instruction() {
    for (body, count) in [
        ("", 1),
        ("nop", 2),
        ("(block)", 3),
        ("(block (br 0) nop)", 3),
        ("(loop)", 3),
        // i32.const, if, nop, else (jumps past the end), end of the function.
        ("(if (i32.const 1) (then nop) (else nop nop))", 5),
        // i32.const, if, nop, nop, end of the if, end of the function.
        ("(if (i32.const 0) (then nop) (else nop nop))", 6),
        ("(if (i32.const 0) (then nop))", 3),
        ("(if (i32.const 1) (then nop))", 5),
        ("return nop", 1),
        ("(br 0) nop", 2),
        ("(drop (i32.const 1))", 3),
    ] {
        let mut it = load(&format!(r#"(module (func (export "f") {body}))"#));
        let mut job = Job::new(&it.store, it.func("f"), &[]).unwrap();
        assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
        assert_eq!(job.executed(), count, "{body}");
    }
}

const NESTED: &str = r#"(module
    (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $middle (param i32) (result i32) (call $leaf (call $leaf (local.get 0))))
    (func (export "f") (param i32) (result i32)
        (i32.mul (call $middle (local.get 0)) (i32.const 10))))"#;

#[test]
fn step_over_runs_a_call_to_its_return() {
    let mut it = load(NESTED);
    let mut job = Job::new(&it.store, it.func("f"), &[Val::I32(1)]).unwrap();
    assert_eq!(it.store.step_over(&mut job, 1000), Outcome::OutOfFuel);
    assert_eq!(job.executed(), 1);
    assert_eq!(it.store.step_over(&mut job, 1000), Outcome::DepthReached);
    assert_eq!(job.depth(), 1);
    assert_eq!(job.operands(&it.store, 0), [3]);
    // The last step leaves the outermost function.
    assert_eq!(it.store.step_over(&mut job, 1000), Outcome::OutOfFuel);
    assert_eq!(it.store.step_over(&mut job, 1000), Outcome::OutOfFuel);
    assert_eq!(it.store.step_over(&mut job, 1000), Outcome::Done);
    assert_eq!(job.results(&it.store), Some(vec![Val::I32(30)]));
}

#[test]
fn step_out_runs_to_the_return_of_the_current_function() {
    let mut it = load(NESTED);
    let mut job = Job::new(&it.store, it.func("f"), &[Val::I32(1)]).unwrap();
    while job.depth() < 3 {
        it.store.step(&mut job);
    }
    assert_eq!(it.store.step_out(&mut job, 1000), Outcome::DepthReached);
    assert_eq!(job.depth(), 2);
    assert_eq!(job.operands(&it.store, 1), [2]);
    assert_eq!(it.store.step_out(&mut job, 1000), Outcome::DepthReached);
    assert_eq!(job.depth(), 1);
    assert_eq!(it.store.step_out(&mut job, 1000), Outcome::Done);
}

#[test]
fn a_step_over_that_runs_out_of_fuel_can_be_finished() {
    let mut it = load(NESTED);
    let mut job = Job::new(&it.store, it.func("f"), &[Val::I32(1)]).unwrap();
    it.store.step(&mut job);
    assert_eq!(it.store.step_over(&mut job, 4), Outcome::OutOfFuel);
    assert!(job.depth() > 1);
    let rest = Limit::fuel(1000).until_depth(1);
    assert_eq!(it.store.run(&mut job, rest), Outcome::DepthReached);
    assert_eq!(job.operands(&it.store, 0), [3]);
}

#[test]
fn a_run_to_a_depth_stops_where_a_function_returns_that_it_has_called() {
    let mut it = load(NESTED);
    let mut job = Job::new(&it.store, it.func("f"), &[Val::I32(1)]).unwrap();
    // Then there is room on its stack for all that it calls.
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
    job.reset(&it.store, &[Val::I32(1)]).unwrap();
    assert_eq!(it.store.run(&mut job, Limit::NONE.until_depth(2)), Outcome::DepthReached);
    assert_eq!((job.depth(), job.operands(&it.store, 1)), (2, &[2][..]));
    assert_eq!(it.store.run(&mut job, Limit::NONE.until_depth(1)), Outcome::DepthReached);
    assert_eq!((job.depth(), job.operands(&it.store, 0)), (1, &[3][..]));
}

#[test]
fn frames_show_functions_locals_operands_and_the_calls_they_wait_for() {
    let mut it = load(NESTED);
    let module = it.instance.module(&it.store).unwrap().clone();
    let mut job = Job::new(&it.store, it.func("f"), &[Val::I32(5)]).unwrap();
    assert_eq!(job.locals(&it.store, 0), [5]);
    while job.depth() < 3 {
        it.store.step(&mut job);
    }
    let functions: Vec<u32> = job.frames().iter().map(fayasm_core::Frame::function).collect();
    assert_eq!(functions, [2, 1, 0]);
    assert_eq!(job.locals(&it.store, 2), [5]);
    // Arguments belong to the callee from the call on.
    assert_eq!(job.operands(&it.store, 0), []);
    assert_eq!(job.stack(), [5, 5, 5]);
    let calls = &job.frames()[..2];
    for frame in calls {
        let opcode = module.body(frame.function()).unwrap()[frame.pc() as usize];
        assert_eq!(opcode, 0x10, "the frame is at its call");
    }
    let offsets: Vec<u32> = job.backtrace(&it.store).iter().map(|frame| frame.offset).collect();
    let bytes: Vec<u8> = offsets.iter().map(|at| module.bytes()[*at as usize]).collect();
    assert_eq!(bytes, [0x20, 0x10, 0x10]);
    assert_eq!(job.locals(&it.store, 3), []);
}

#[test]
fn a_driver_of_its_own_serves_host_calls_between_runs() {
    let (mut it, mut job) = mixed();
    let mut seen = Vec::new();
    loop {
        match job.run(it.store.inner_mut(), Limit::NONE) {
            Outcome::HostCall(_) => {
                let arguments = job.host_arguments(it.store.inner()).unwrap();
                seen.push(arguments[0]);
                let results = [Val::I32(1)];
                job.resume(it.store.inner(), Ok(&results)).unwrap();
            }
            Outcome::Done => break,
            other => panic!("{other:?}"),
        }
    }
    // No closure was called, but each call was served.
    assert!(it.store.data().is_empty() && !seen.is_empty());
    assert_eq!(job.results(&it.store).unwrap()[1], Val::I32(i32::try_from(seen.len()).unwrap()));
}

#[test]
fn a_driver_of_its_own_can_fail_a_host_call() {
    let (mut it, mut job) = mixed();
    assert!(matches!(job.run(it.store.inner_mut(), Limit::NONE), Outcome::HostCall(_)));
    let trap = job.resume(it.store.inner(), Err(HostError::from("gone"))).unwrap_err();
    assert_eq!(*trap.kind(), TrapKind::Host("gone".into()));
    assert_eq!(job.trapped(), Some(&trap));
    assert_eq!(it.store.run(&mut job, 1), Outcome::Trapped(trap));
}

#[test]
fn a_job_runs_in_its_own_store_only() {
    let (_, mut job) = mixed();
    let mut other = Store::new(&engine(), ());
    let outcome = other.run(&mut job, 1);
    let Outcome::Trapped(trap) = &outcome else { panic!("{outcome:?}") };
    assert_eq!((trap.kind(), trap.backtrace().len()), (&TrapKind::ForeignStore, 0));
    assert_eq!((job.trapped(), job.is_running()), (Some(trap), false));
    assert!(matches!(Job::new(&other, job.func(), &[Val::I32(1)]), Err(Error::ForeignHandle)));
}

#[test]
fn another_store_has_nothing_to_show_of_a_job() {
    let (it, job) = mixed();
    let (other, _) = mixed();
    assert_eq!((job.locals(&it.store, 0), job.locals(&other.store, 0)), (&[9, 0][..], &[][..]));
    assert_eq!(job.operands(&other.store, 0), []);
    assert_eq!(job.backtrace(&other.store).len(), 0);
    let (mut own, mut waiting) = mixed();
    assert!(matches!(waiting.run(own.store.inner_mut(), Limit::NONE), Outcome::HostCall(_)));
    assert_eq!(waiting.host_arguments(other.store.inner()), None);
    let trap = waiting.resume(other.store.inner(), Ok(&[Val::I32(1)])).unwrap_err();
    assert_eq!(*trap.kind(), TrapKind::ForeignStore);
    assert_eq!(waiting.trapped(), Some(&trap));
}

#[test]
fn an_inspector_does_not_take_one_store_for_another() {
    let load = |body: &str| load(&format!(r#"(module (func (export "f") (param i64) {body}))"#));
    let (it, other) = (load("(drop (local.get 0))"), load("(local i32) (nop) (unreachable)"));
    let job = Job::new(&it.store, it.func("f"), &[Val::I64(1)]).unwrap();
    let other_job = Job::new(&other.store, other.func("f"), &[Val::I64(1)]).unwrap();
    let mut inspector = Inspector::new();
    for _ in 0..2 {
        assert!(inspector.place(&it.store, &other_job.frames()[0]).is_none());
        assert!(inspector.place(&it.store, &job.frames()[0]).is_some());
        assert_eq!(inspector.locals(&it.store, &job, 0), [Val::I64(1)]);
        assert!(inspector.place(&other.store, &job.frames()[0]).is_none());
        assert_eq!(inspector.locals(&other.store, &job, 0), []);
        assert_eq!(inspector.local_types(&other.store, &other_job.frames()[0]).len(), 2);
    }
}

#[test]
fn an_inspector_knows_every_place_of_a_long_body() {
    let text = format!(
        r#"(module (func (export "f") (result i32) (i32.const 0)
            (block (param i32) (result i32) {})))"#,
        "(i32.add (i32.const 1)) ".repeat(10_000)
    );
    let mut it = load(&text);
    let mut job = Job::new(&it.store, it.func("f"), &[]).unwrap();
    let mut inspector = Inspector::new();
    it.store.step(&mut job);
    it.store.step(&mut job);
    for step in 0..20_000 {
        let place = inspector.place(&it.store, &job.frames()[0]).unwrap();
        assert_eq!(place.operands.len(), job.operands(&it.store, 0).len(), "step {step}");
        assert_eq!(place.blocks.len(), 2);
        it.store.step(&mut job);
    }
}

#[test]
fn a_job_of_a_host_function_is_done_after_calling_it() {
    let mut store = Store::new(&engine(), ());
    let swap = Func::wrap(&mut store, |a: i32, b: i64| (b, a)).unwrap();
    let mut job = Job::new(&store, swap, &[Val::I32(1), Val::I64(2)]).unwrap();
    assert_eq!(job.depth(), 0);
    assert_eq!(store.run(&mut job, 1), Outcome::Done);
    assert_eq!(job.results(&store), Some(vec![Val::I64(2), Val::I32(1)]));
    assert_eq!(job.executed(), 0);
}

#[test]
fn an_endless_loop_runs_in_slices() {
    let mut it = load(r#"(module (func (export "f") (loop $l (br $l))))"#);
    let mut job = Job::new(&it.store, it.func("f"), &[]).unwrap();
    for slice in 1..=10 {
        assert_eq!(it.store.run(&mut job, 10_000), Outcome::OutOfFuel);
        assert_eq!(job.executed(), slice * 10_000);
    }
}

#[test]
fn a_job_given_up_stays_where_it_stood() {
    let (mut it, mut job) = mixed();
    it.store.run(&mut job, 50);
    let stood = job.frames().to_vec();
    job.stop(&it.store);
    let trap = job.trapped().unwrap();
    assert_eq!(trap.kind(), &TrapKind::Stopped);
    assert!(!trap.backtrace().is_empty());
    assert!(matches!(it.store.run(&mut job, 50), Outcome::Trapped(_)));
    assert_eq!((job.executed(), job.frames()), (50, stood.as_slice()));
}

#[test]
fn a_job_is_reset_and_used_again() {
    let mut it = load(NESTED);
    let mut job = Job::new(&it.store, it.func("f"), &[Val::I32(1)]).unwrap();
    it.store.run(&mut job, 5);
    for (argument, result) in [(2, 40), (3, 50)] {
        job.reset(&it.store, &[Val::I32(argument)]).unwrap();
        assert_eq!(job.executed(), 0);
        assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
        assert_eq!(job.results(&it.store), Some(vec![Val::I32(result)]));
    }
    assert!(job.reset(&it.store, &[]).is_err());
}

#[test]
fn what_is_interrupted_goes_on_and_a_plain_call_traps() {
    let text = r#"(module (func (export "count") (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))"#;
    let mut it = load(text);
    let handle = it.store.interrupt_handle();
    let mut job = Job::new(&it.store, it.func("count"), &[Val::I32(200_000)]).unwrap();
    handle.interrupt();
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Interrupted);
    assert_eq!(it.store.run(&mut job, 1_000_000), Outcome::OutOfFuel);
    assert_eq!(job.executed(), 1_000_000);
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
    assert_eq!(job.results(&it.store), Some(vec![Val::I32(200_000)]));
    handle.interrupt();
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done, "there is nothing to interrupt");
    assert_eq!(it.trap_kind("count", &[Val::I32(1)]), TrapKind::Interrupted);
    it.store.set_fuel(Some(250_000));
    assert_eq!(it.trap_kind("count", &[Val::I32(200_000)]), TrapKind::OutOfFuel);
    assert_eq!(it.store.fuel(), Some(0));
}

#[test]
fn a_paused_call_goes_on_and_a_blocked_one_traps_with_its_operands_in_place() {
    let text = r#"(module
        (type $t (func (param i32) (result i32))) (table funcref (elem $inner))
        (func $inner (export "inner") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "outer") (result i32)
            (i32.add (call $inner (i32.const 1)) (call_indirect (type $t) (i32.const 5) (i32.const 0)))))"#;
    let mut it = load(text);
    let (inner, outer) = (it.func("inner"), it.func("outer"));
    it.store.set_function_trap(inner, Some(FunctionTrap::Pause)).unwrap();
    let mut job = Job::new(&it.store, outer, &[]).unwrap();
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Paused(inner));
    assert_eq!((job.executed(), job.depth()), (1, 1));
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Paused(inner));
    assert_eq!(job.operands(&it.store, 0), [2, 5, 0], "the element's index as well");
    it.store.set_function_trap(inner, Some(FunctionTrap::Block)).unwrap();
    let Outcome::Trapped(trap) = it.store.run(&mut job, Limit::NONE) else { panic!() };
    assert_eq!(*trap.kind(), TrapKind::CallBlocked(inner));
    assert_eq!(job.operands(&it.store, 0), [2, 5, 0]);

    // The function of a job is called as well; a plain call is not paused.
    let mut job = Job::new(&it.store, inner, &[Val::I32(3)]).unwrap();
    assert!(matches!(it.store.run(&mut job, Limit::NONE), Outcome::Trapped(_)));
    it.store.set_function_trap(inner, Some(FunctionTrap::Pause)).unwrap();
    assert_eq!(it.call("outer", &[]).unwrap(), [Val::I32(8)]);
    let mut job = Job::new(&it.store, inner, &[Val::I32(3)]).unwrap();
    assert_eq!(it.store.run(&mut job, 2), Outcome::Paused(inner));
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
    it.store.set_function_trap(inner, None).unwrap();
    job.reset(&it.store, &[Val::I32(4)]).unwrap();
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
    assert_eq!(job.results(&it.store), Some(vec![Val::I32(5)]));
}

/// Runs until it is done; which functions it paused at.
fn pauses(it: &mut Loaded, name: &str) -> Vec<Func> {
    let mut job = Job::new(&it.store, it.func(name), &[]).unwrap();
    let mut paused = Vec::new();
    while let Outcome::Paused(func) = it.store.run(&mut job, 1000) {
        paused.push(func);
        assert!(paused.len() < 100, "it goes on");
    }
    assert!(!job.is_running());
    paused
}

#[test]
fn each_call_is_paused_once_also_where_functions_begin_with_calls() {
    let mut it = load(
        r#"(module
            (func $a (export "a"))
            (func $f (export "f") (call $a) (call $a))
            (func $r (export "r") (if (i32.eqz (global.get $n)) (then
                (global.set $n (i32.const 1)) (call $r))))
            (global $n (mut i32) (i32.const 0))
            (func (export "tail") (return_call $f)))"#,
    );
    let [a, f, r, tail] = ["a", "f", "r", "tail"].map(|name| it.func(name));
    for func in [a, f, r, tail] {
        it.store.set_function_trap(func, Some(FunctionTrap::Pause)).unwrap();
    }
    assert_eq!(pauses(&mut it, "f"), [f, a, a]);
    assert_eq!(pauses(&mut it, "r"), [r, r]);
    assert_eq!(pauses(&mut it, "tail"), [tail, f, a, a]);
    it.call("f", &[]).unwrap();
}

#[test]
fn a_function_that_begins_by_calling_itself_is_paused_at_every_call() {
    let mut it = load(r#"(module (func $f (export "f") (call $f)))"#);
    let f = it.func("f");
    it.store.set_function_trap(f, Some(FunctionTrap::Pause)).unwrap();
    let mut job = Job::new(&it.store, f, &[]).unwrap();
    // At the first call of it, which is nobody's, there is a frame already.
    for depth in [1, 1, 2, 3, 4] {
        assert_eq!(it.store.run(&mut job, 100), Outcome::Paused(f));
        assert_eq!(job.depth(), depth);
    }
}

#[test]
fn only_the_call_that_was_paused_is_let_pass() {
    let mut it = load(
        r#"(module
            (type $t (func)) (table (export "table") 1 funcref) (elem (i32.const 0) $a)
            (func $a (export "a")) (func $b (export "b"))
            (func (export "loop") (loop (call $a) (br 0)))
            (func (export "f") (call_indirect (type $t) (i32.const 0)) (call $a)))"#,
    );
    let [a, b] = ["a", "b"].map(|name| it.func(name));
    // Not one much later, when the first was no longer to be paused at.
    let mut job = Job::new(&it.store, it.func("loop"), &[]).unwrap();
    it.store.set_function_trap(a, Some(FunctionTrap::Pause)).unwrap();
    assert_eq!(it.store.run(&mut job, 1000), Outcome::Paused(a));
    it.store.set_function_trap(a, None).unwrap();
    assert_eq!(it.store.run(&mut job, 300), Outcome::OutOfFuel);
    it.store.set_function_trap(a, Some(FunctionTrap::Pause)).unwrap();
    let before = job.executed();
    assert_eq!(it.store.run(&mut job, 1000), Outcome::Paused(a));
    assert!(job.executed() - before < 3);
    // Not the next one, when another function was called instead.
    let mut job = Job::new(&it.store, it.func("f"), &[]).unwrap();
    assert_eq!(it.store.run(&mut job, 1000), Outcome::Paused(a));
    it.instance.get_table(&it.store, "table").unwrap().set(&mut it.store, 0, b.into()).unwrap();
    assert_eq!(it.store.run(&mut job, 1000), Outcome::Paused(a));
    assert_eq!(it.store.run(&mut job, 1000), Outcome::Done);
}

#[test]
fn a_limit_of_nothing_leaves_a_paused_call_paused() {
    let mut it = load(r#"(module (func $a (export "a")) (func (export "f") (call $a)))"#);
    let a = it.func("a");
    it.store.set_function_trap(a, Some(FunctionTrap::Pause)).unwrap();
    for name in ["a", "f"] {
        let mut job = Job::new(&it.store, it.func(name), &[]).unwrap();
        assert_eq!(it.store.run(&mut job, 0), Outcome::OutOfFuel);
        assert_eq!(it.store.run(&mut job, 10), Outcome::Paused(a));
        assert_eq!(it.store.run(&mut job, 0), Outcome::OutOfFuel);
        assert_eq!(it.store.run(&mut job, 10), Outcome::Done);
    }
}

#[test]
fn a_call_that_waits_reaches_the_function_that_is_bound_by_then() {
    let text = r#"(module
        (import "h" "f" (func $f (result i32)))
        (func (export "call") (result i32) (call $f))
        (func (export "tail") (result i32) (return_call $f)))"#;
    for name in ["call", "tail"] {
        let mut it = link(text, (), |linker| {
            linker.func_wrap("h", "f", || -> Result<i32, HostError> { Err(HostError::Pending) });
        });
        let mut job = Job::new(&it.store, it.func(name), &[]).unwrap();
        assert!(matches!(it.store.run(&mut job, 100), Outcome::Pending(_)));
        let seven = Func::wrap(&mut it.store, || 7).unwrap();
        it.instance.rebind(&mut it.store, &[("h", "f", seven.into())]).unwrap();
        assert_eq!(it.store.run(&mut job, 100), Outcome::Done);
        assert_eq!((job.results(&it.store), job.executed()), (Some(vec![Val::I32(7)]), 2));
    }
}

#[test]
fn operators_that_work_on_many_bytes_do_not_keep_an_interruption_waiting() {
    // A hundred thousand of any of these would take minutes.
    let text = r#"(module
        (memory 1024) (table 4000000 funcref) (type $a (array i64))
        (func (export "fill") (loop
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000000)) (br 0)))
        (func (export "copy") (loop
            (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x3000000)) (br 0)))
        (func (export "table") (loop
            (table.fill (i32.const 0) (ref.null func) (i32.const 4000000)) (br 0)))
        (func (export "array") (loop
            (drop (array.new $a (i64.const 1) (i32.const 1000000))) (br 0))))"#;
    let mut it = load(text);
    for name in ["fill", "copy", "table", "array"] {
        let mut job = Job::new(&it.store, it.func(name), &[]).unwrap();
        it.store.run(&mut job, 50);
        let handle = it.store.interrupt_handle();
        let interrupting = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(10));
            handle.interrupt();
        });
        assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Interrupted);
        interrupting.join().unwrap();
        // The limit is that of instructions, and the same as before.
        let before = job.executed();
        assert_eq!(it.store.run(&mut job, 50), Outcome::OutOfFuel);
        assert_eq!(job.executed(), before + 50);
    }
}
