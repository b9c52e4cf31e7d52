//! References that the embedder, jobs that stand still, and host functions hold
//! while objects are collected.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{Loaded, link, load};
use fayasm_core::timeline::{Settings, Timeline};
use fayasm_core::{
    Caller, Error, ExternRef, FuncType, HeapType, HostError, Job, Limit, Outcome, RefType,
    TrapKind, Val, ValType,
};

/// Types, a function that makes a `$pair`, and one that has everything collected
/// that is not referred to, and puts other objects in its place.
const PRELUDE: &str = r#"
    (type $pair (struct (field funcref) (field i32)))
    (type $other (struct (field i64)))
    (table $others 4096 (ref null $other))
    (func $make (export "make") (param i32) (result (ref $pair))
        (struct.new $pair (ref.null func) (local.get 0)))
    (func (export "second") (param (ref $pair)) (result i32)
        (struct.get $pair 1 (local.get 0)))
    (func $churn (export "churn") (local $n i32)
        (loop
            (table.set $others (i32.and (local.get $n) (i32.const 4095))
                (struct.new $other (i64.const 0x7fffffff)))
            (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
                (i32.const 100000)))))"#;

fn module(rest: &str) -> String {
    format!("(module {rest} {PRELUDE})")
}

fn make<T>(it: &mut Loaded<T>) -> Val {
    it.call("make", &[Val::I32(7)]).unwrap()[0]
}

fn churn<T>(it: &mut Loaded<T>) {
    it.call("churn", &[]).unwrap();
}

fn trap_kind(outcome: Outcome) -> TrapKind {
    let Outcome::Trapped(trap) = outcome else { panic!("it must trap, not {outcome:?}") };
    trap.kind().clone()
}

#[test]
fn what_only_the_embedder_refers_to_is_refused_once_it_is_gone() {
    let mut it = load(&module(""));
    let pair = make(&mut it);
    assert_eq!(it.call("second", &[pair]), Ok(vec![Val::I32(7)]));
    churn(&mut it);
    assert!(matches!(it.call("second", &[pair]), Err(Error::ArgumentType { index: 0, .. })));
}

#[test]
fn a_job_whose_argument_is_gone_before_it_runs_is_given_up() {
    let mut it = load(&module(""));
    let pair = make(&mut it);
    let mut jobs = [(); 2].map(|()| Job::new(&it.store, it.func("second"), &[pair]).unwrap());
    jobs[1].reset(&it.store, &[pair]).unwrap();
    churn(&mut it);
    for job in &mut jobs {
        assert_eq!(trap_kind(it.store.run(job, 100)), TrapKind::LostReference);
    }
}

#[test]
fn a_job_that_stands_still_keeps_what_it_refers_to_and_so_does_a_copy() {
    let mut it = load(&module(""));
    let pair = make(&mut it);
    let mut job = Job::new(&it.store, it.func("second"), &[pair]).unwrap();
    it.store.step(&mut job);
    let mut copy = job.clone();
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::Done);
    drop(job);
    churn(&mut it);
    assert_eq!(it.store.run(&mut copy, Limit::NONE), Outcome::Done);
    assert_eq!(copy.results(&it.store), Some(vec![Val::I32(7)]));
    let gone = it.call("second", &[pair]);
    churn(&mut it);
    assert!(gone.is_ok() && it.call("second", &[pair]).is_err());
}

/// An instance whose `ask` calls a host function that cannot answer yet.
fn asking() -> (Loaded, Job) {
    let any = ValType::Ref(RefType::nullable(HeapType::Any));
    let it = link(
        &module(
            r#"(import "host" "get" (func $get (result anyref)))
            (func (export "ask") (result i32)
                (struct.get $pair 1 (ref.cast (ref $pair) (call $get))))"#,
        ),
        (),
        |linker| {
            let ty = FuncType::new([], [any]);
            linker.func_new("host", "get", ty, |_, _, _| Err(HostError::Pending));
        },
    );
    let mut it = it;
    let mut job = Job::new(&it.store, it.func("ask"), &[]).unwrap();
    assert!(matches!(it.store.run(&mut job, 100), Outcome::Pending(_)));
    (it, job)
}

#[test]
fn a_job_whose_answer_is_gone_before_it_runs_on_is_given_up() {
    for collected in [false, true] {
        let (mut it, mut job) = asking();
        let pair = make(&mut it);
        job.resume(it.store.inner(), Ok(&[pair])).unwrap();
        if collected {
            churn(&mut it);
            assert_eq!(trap_kind(it.store.run(&mut job, 100)), TrapKind::LostReference);
        } else {
            assert_eq!(it.store.run(&mut job, 100), Outcome::Done);
        }
    }
}

#[test]
fn what_a_job_refers_to_stays_while_a_host_function_has_things_collected() {
    let mut it = link(
        &module(
            r#"(import "host" "f" (func $f (param anyref i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (func (export "go") (result i32) (local $kept (ref null $pair))
                (local.set $kept (call $make (i32.const 5)))
                (call $f (call $make (i32.const 6)) (i32.const 1) (i32.const 2) (i32.const 3)
                    (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8))
                (i32.add (struct.get $pair 1 (local.get $kept))))"#,
        ),
        (),
        |linker| {
            let mut params = vec![ValType::Ref(RefType::nullable(HeapType::Any))];
            params.extend([ValType::I32; 8]);
            let ty = FuncType::new(params, [ValType::I32]);
            linker.func_new("host", "f", ty, |mut caller, args, results| {
                let export = |caller: &Caller<'_, ()>, name| {
                    caller.get_export(name).and_then(|export| export.into_func()).unwrap()
                };
                export(&caller, "churn").call(&mut caller, &[], &mut [])?;
                export(&caller, "second").call(&mut caller, &args[..1], results)?;
                let eight = args[8].i32().unwrap();
                results[0] = Val::I32(results[0].i32().unwrap() + eight);
                Ok(())
            });
        },
    );
    assert_eq!(it.call("go", &[]), Ok(vec![Val::I32(6 + 8 + 5)]));
}

#[test]
fn what_a_job_refers_to_stays_when_a_host_function_panics() {
    let mut it = link(
        &module(
            r#"(import "host" "f" (func $f))
            (func (export "go") (param $kept (ref $pair)) (result i32)
                (call $f) (struct.get $pair 1 (local.get $kept)))"#,
        ),
        true,
        |linker| {
            linker.func_wrap("host", "f", |mut caller: Caller<'_, bool>| {
                assert!(!std::mem::take(caller.data_mut()), "the first time");
            });
        },
    );
    let pair = make(&mut it);
    let mut job = Job::new(&it.store, it.func("go"), &[pair]).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| it.store.run(&mut job, 100))).is_err());
    churn(&mut it);
    assert_eq!(it.store.run(&mut job, 100), Outcome::Done);
    assert_eq!(job.results(&it.store), Some(vec![Val::I32(7)]));
}

#[test]
fn references_of_its_own_that_the_embedder_holds_are_checked() {
    let text = module(
        r#"(func (export "out") (param i32) (result externref)
            (extern.convert_any (call $make (local.get 0))))
        (func (export "in") (param externref) (result i32)
            (struct.get $pair 1 (ref.cast (ref $pair) (any.convert_extern (local.get 0)))))"#,
    );
    let (mut it, mut other) = (load(&text), load(&text));
    let out = it.instance.get_typed_func::<i32, Option<ExternRef>>(&it.store, "out").unwrap();
    let own = out.call(&mut it.store, 7).unwrap();
    let into = it.instance.get_typed_func::<Option<ExternRef>, i32>(&it.store, "in").unwrap();
    assert_eq!(into.call(&mut it.store, own), Ok(7));
    assert_eq!(other.call("in", &[own.into()]), Err(Error::ForeignHandle));
    churn(&mut it);
    let Err(Error::Trap(trap)) = into.call(&mut it.store, own) else { panic!("it must fail") };
    assert_eq!(*trap.kind(), TrapKind::LostReference);
    assert!(matches!(it.call("in", &[own.into()]), Err(Error::ArgumentType { .. })));
}

#[test]
fn an_exception_is_caught_after_the_host_function_that_passes_it_on_had_things_collected() {
    let mut it = link(
        &module(
            r#"(import "host" "f" (func $f))
            (tag $e (param i32))
            (func (export "throw") (throw $e (i32.const 7)))
            (func (export "go") (result i32)
                (block $caught (result i32)
                    (try_table (catch $e $caught) (call $f))
                    (i32.const -1)))"#,
        ),
        (),
        |linker| {
            linker.func_wrap("host", "f", |mut caller: Caller<'_, ()>| -> Result<(), Error> {
                let [throw, churn] = ["throw", "churn"].map(|name| {
                    let export = caller.get_export(name);
                    export.and_then(|export| export.into_func()).unwrap()
                });
                let thrown = throw.call(&mut caller, &[], &mut []);
                churn.call(&mut caller, &[], &mut [])?;
                thrown
            });
        },
    );
    assert_eq!(it.call("go", &[]), Ok(vec![Val::I32(7)]));
}

#[test]
fn a_job_is_given_up_whose_objects_are_not_there_yet_where_a_timeline_goes_back_to() {
    let mut it = load(&module(""));
    let job = Job::new(&it.store, it.func("make"), &[Val::I32(1)]).unwrap();
    let mut timeline = Timeline::new(&mut it.store, job, Settings::default()).unwrap();
    timeline.run(&mut it.store, Limit::NONE).unwrap();
    let pair = timeline.job().results(&it.store).unwrap()[0];
    let mut job = Job::new(&it.store, it.func("second"), &[pair]).unwrap();
    it.store.step(&mut job);
    timeline.run(&mut it.store, 0).unwrap();
    timeline.seek(&mut it.store, 0).unwrap();
    make(&mut it);
    assert_eq!(trap_kind(it.store.run(&mut job, 100)), TrapKind::LostReference);
}

#[test]
fn calls_leave_nothing_behind_and_host_calls_do_not_look_through_the_stack() {
    // Were either done, this would take minutes.
    let mut it = link(
        &module(
            r#"(import "host" "f" (func $f))
            (global $kept (mut (ref null $pair)) (ref.null $pair))
            (func (export "keep") (global.set $kept (call $make (i32.const 1))))
            (func (export "nop"))
            (func $deep (param i64)
                (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
                (local $n i32)
                (if (i64.eqz (local.get 0))
                    (then (loop (call $f) (br_if 0 (i32.lt_u
                        (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 30000)))))
                    (else (call $deep (i64.sub (local.get 0) (i64.const 1))))))
            (func (export "deep") (call $deep (i64.const 1000)))"#,
        ),
        0,
        |linker| {
            linker.func_wrap("host", "f", |mut caller: Caller<'_, u32>| *caller.data_mut() += 1);
        },
    );
    it.call("keep", &[]).unwrap();
    it.call("deep", &[]).unwrap();
    assert_eq!(*it.store.data(), 30_000);
    for _ in 0..50_000 {
        it.call("nop", &[]).unwrap();
    }
}

#[test]
fn a_heap_that_is_all_but_full_ends_a_run_instead_of_being_collected_without_end() {
    let mut it = load(
        r#"(module
            (type $link (struct (field (ref null $link)))) (type $bytes (array i8))
            (global $list (mut (ref null $link)) (ref.null $link))
            (func (export "fill") (loop (global.set $list (struct.new $link (global.get $list)))
                (br 0)))
            (func (export "lose") (global.set $list (ref.null $link)))
            (func (export "churn") (param $n i32)
                (loop (drop (array.new_default $bytes (i32.const 1000)))
                    (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#,
    );
    let limit = 1 << 22;
    it.store.set_limits(it.store.limits().with_heap_bytes(limit));
    let refused = |kind| matches!(kind, TrapKind::OutOfMemoryBudget { .. });
    assert!(refused(it.trap_kind("fill", &[])));
    // There is room for one array at a time, and each wants a collection.
    it.store.set_limits(it.store.limits().with_heap_bytes(limit + 1200));
    assert!(refused(it.trap_kind("churn", &[Val::I32(10_000)])));
    it.call("lose", &[]).unwrap();
    it.call("churn", &[Val::I32(10_000)]).unwrap();
}
