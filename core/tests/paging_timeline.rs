//! Going back and forth in runs whose memory is larger than the RAM for it.

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use common::paged::{It, PROGRAM, budgets, count, engine, in_ram, one_and_two};
use fayasm_core::timeline::{Settings, Timeline, state_hash};
use fayasm_core::{
    Caller, Extern, FRAME_BYTES, HostError, Job, Limit, Limits, Linker, Memory, MemoryType, Module,
    Outcome, PageChange, PageEvent, Paging, Policy, Store, StoreLimits, Translate, Val,
};

#[test]
fn a_timeline_goes_anywhere_and_pages_are_where_they_were() {
    let paging = Paging::new(3).with_policy(Policy::LeastRecentlyUsed).kept();
    let mut it = It::new(PROGRAM, Translate::Mixed, Some(paging));
    let mut afresh = It::new(PROGRAM, Translate::Never, Some(paging));
    let mut job = afresh.job("run", &[Val::I32(2)]);
    let mut states = Vec::new();
    loop {
        states.push((job.executed(), state_hash(&afresh.store, &job), afresh.store.paging_stats()));
        if afresh.run(&mut job, 211) == Outcome::Done {
            break;
        }
    }
    let job = it.job("run", &[Val::I32(2)]);
    let settings = Settings::default().with_interval(300);
    let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
    assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
    for step in 0..3 * states.len() {
        // To and fro.
        let (executed, hash, stats) = states[step * 7919 % states.len()];
        timeline.seek(&mut it.store, executed).unwrap();
        assert_eq!(state_hash(&it.store, timeline.job()), hash, "at {executed}");
        assert_eq!(it.store.paging_stats(), stats, "at {executed}");
    }
}

#[test]
fn a_host_function_that_is_gone_over_again_has_the_same_pages() {
    let wat = r#"(module
      (import "env" "count" (func $count (param i32 i32)))
      (memory (export "memory") 1)
      (func (export "run") (local $at i32)
        (loop $next
          (i32.store8 offset=8 (local.get $at) (local.get $at))
          (call $count (local.get $at) (i32.const 9000))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1234))) (i32.const 50000))))))"#;
    let engine = engine(Translate::Mixed);
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut linker = Linker::new(&engine);
    linker.func_wrap("env", "count", count);
    let make = || It::of(&linker, &module, Some(Paging::new(4).kept()));
    let mut afresh = make();
    let mut job = afresh.job("run", &[]);
    let mut states = Vec::new();
    while afresh.run(&mut job, 10) != Outcome::Done {
        states.push((job.executed(), state_hash(&afresh.store, &job), afresh.store.paging_stats()));
    }
    let mut it = make();
    let job = it.job("run", &[]);
    let settings = Settings::default().with_interval(100);
    let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
    assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
    for (executed, hash, stats) in states.into_iter().rev() {
        timeline.seek(&mut it.store, executed).unwrap();

        assert_eq!(state_hash(&it.store, timeline.job()), hash, "at {executed}");
        assert_eq!(it.store.paging_stats(), stats, "at {executed}");
    }
}

#[test]
fn the_log_says_how_pages_came_and_went_up_to_where_a_timeline_stands() {
    let paging = Paging::new(3).kept();
    let mut it = It::new(PROGRAM, Translate::Always, Some(paging));
    it.store.set_page_log(1000);
    let job = it.job("run", &[Val::I32(1)]);
    let settings = Settings::default().with_interval(300);
    let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
    assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
    let all: Vec<PageEvent> = it.store.page_events().copied().collect();
    let stats = it.store.paging_stats();
    let count = |wanted: fn(&PageChange) -> bool| {
        all.iter().filter(|event| wanted(&event.change)).count() as u64
    };
    assert_eq!(count(|it| *it == PageChange::FirstTouch), stats.first_touches);
    assert_eq!(count(|it| *it == PageChange::Loaded), stats.loads);
    assert_eq!(count(|it| matches!(it, PageChange::Stored(_))), stats.stores);
    assert_eq!(count(|it| matches!(it, PageChange::Dropped(_))), stats.drops);
    assert!(all.is_sorted_by_key(|event| event.executed));
    let end = timeline.job().executed();
    for executed in (0..end).rev().step_by(53) {
        timeline.seek(&mut it.store, executed).unwrap();
        let until: Vec<PageEvent> = it.store.page_events().copied().collect();
        let expected = all.iter().take_while(|event| event.executed < executed);
        assert_eq!(until, expected.copied().collect::<Vec<_>>(), "at {executed}");
    }
}

#[test]
fn with_a_budget_a_timeline_leads_where_the_run_did() {
    let wat = r#"(module (memory 4)
      (func $down (export "run") (param i32) (result i32)
        (i32.store (i32.mul (local.get 0) (i32.const 1000)) (local.get 0))
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
        (i32.add (call $down (i32.sub (local.get 0) (i32.const 1)))
          (i32.load (i32.mul (local.get 0) (i32.const 1000))))))"#;
    for translate in [Translate::Never, Translate::Always] {
        let mut it = It::new(wat, translate, Some(Paging::new(64).kept()));
        let limits = StoreLimits::new().with_budget(Some(32 << 10));
        it.store.set_limits(limits);
        let job = it.job("run", &[Val::I32(200)]);
        let settings = Settings::default().with_interval(200);
        let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
        assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
        let (end, stats) = (timeline.job().executed(), it.store.paging_stats());
        assert!(stats.stores > 40, "{stats:?}");
        for executed in [0, end / 3, 100, end / 2, end, 0] {
            timeline.seek(&mut it.store, executed).unwrap();
            assert_eq!(timeline.job().executed(), executed);
            timeline.seek(&mut it.store, end).unwrap();
            assert_eq!(it.store.paging_stats(), stats, "by {executed}");
        }
    }
}

#[test]
fn the_log_says_when_the_embedder_has_accessed_a_page() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(3).kept()));
    it.store.set_page_log(1000);
    let job = it.job("run", &[Val::I32(1)]);
    let mut timeline = Timeline::new(&mut it.store, job, Settings::default()).unwrap();
    timeline.run(&mut it.store, 603).unwrap();
    let written = (0..32).find(|page| !in_ram(&it, *page)).unwrap();
    it.memory().write(&mut it.store, u64::from(written) * FRAME_BYTES as u64, &[1]).unwrap();
    let last = it.store.page_events().next_back().copied().unwrap();
    assert_eq!((last.executed, last.page.number), (603, written));
    timeline.run(&mut it.store, 10).unwrap();
    timeline.seek(&mut it.store, 602).unwrap();
    assert!(it.store.page_events().all(|event| event.executed < 602));
}

#[test]
fn a_timeline_leads_to_where_a_page_was_refused() {
    for (budget, _) in budgets() {
        let (mut it, mut job) = one_and_two(Translate::Never, budget);
        let end = it.run(&mut job, 1000);
        let (last, state) = (job.executed(), state_hash(&it.store, &job));

        let (mut it, job) = one_and_two(Translate::Never, budget);
        let settings = Settings::default().with_interval(2);
        let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
        let outcome = timeline.run(&mut it.store, Limit::NONE).unwrap();
        assert_eq!(outcome.is_running(), end.is_running());
        for executed in 0..last {
            timeline.seek(&mut it.store, executed).unwrap();
            timeline.seek(&mut it.store, last).unwrap();
            assert_eq!(state_hash(&it.store, timeline.job()), state, "{budget}: from {executed}");
        }
    }
}

#[test]
fn a_timeline_needs_the_pages_to_be_kept() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    let job = it.job("run", &[Val::I32(1)]);
    let error = Timeline::new(&mut it.store, job, Settings::default()).unwrap_err();
    assert_eq!(error.to_string(), "pages of a memory may be stored elsewhere");
}

#[test]
fn a_host_function_that_changes_more_than_memory_leaves_the_pages_that_it_left() {
    let wat = r#"(module
      (import "env" "count" (func $count (param i32 i32)))
      (memory (export "memory") 1)
      (func (export "run") (local $at i32)
        (loop $next
          (i32.store8 offset=8 (local.get $at) (local.get $at))
          (call $count (local.get $at) (i32.const 15000))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 5234))) (i32.const 48000))))))"#;
    let engine = engine(Translate::Never);
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut linker = Linker::new(&engine);
    linker.func_wrap(
        "env",
        "count",
        |mut caller: Caller<'_, ()>, at: u32, length: u32| -> Result<(), HostError> {
            let memory =
                caller.get_export("memory").and_then(Extern::into_memory).ok_or("no memory")?;
            memory.grow(&mut caller, 0)?;
            count(caller, at, length)
        },
    );
    let mut it = It::of(&linker, &module, Some(Paging::new(2).kept()));
    let job = it.job("run", &[]);
    let mut timeline = Timeline::new(&mut it.store, job, Settings::default()).unwrap();
    let mut states = Vec::new();
    while timeline.run(&mut it.store, 3).unwrap() != Outcome::Done {
        states.push((timeline.job().executed(), it.store.paging_stats()));
    }
    for (executed, stats) in states.into_iter().rev() {
        timeline.seek(&mut it.store, executed).unwrap();
        assert_eq!(it.store.paging_stats(), stats, "at {executed}");
    }
}

#[test]
fn a_host_function_that_waits_is_gone_over_again_with_all_that_it_has_accessed() {
    let wat = r#"(module
      (import "env" "wait" (func $wait (param i32 i32)))
      (memory (export "memory") 1)
      (func (export "run")
        (call $wait (i32.const 100) (i32.const 9000))
        (drop (i32.load (i32.const 50000)))
        (call $wait (i32.const 30000) (i32.const 9000))
        (drop (i32.load (i32.const 60000)))))"#;
    let engine = engine(Translate::Never);
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    for (attempts, has_gone_away) in [(1, false), (2, false), (250, false), (2, true)] {
        let mut linker = Linker::new(&engine);
        let calls = AtomicU32::new(0);
        linker.func_wrap("env", "wait", move |caller: Caller<'_, ()>, at: u32, length: u32| {
            count(caller, at, length)?;
            match calls.fetch_add(1, Ordering::Relaxed) % attempts {
                last if last == attempts - 1 => Ok(()),
                _ => Err(HostError::Pending),
            }
        });
        let mut it = It::of(
            &linker,
            &module,
            Some(Paging::new(4).with_policy(Policy::LeastRecentlyUsed).kept()),
        );
        let job = it.job("run", &[]);
        let settings = Settings::default().with_interval(2);
        let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
        let mut states = BTreeMap::new();
        let mut waited = 0;
        loop {
            let outcome = timeline.run(&mut it.store, 1).unwrap();
            let at = timeline.job().executed();
            let state = (it.store.paging_stats(), it.bytes());
            if has_gone_away {
                timeline.seek(&mut it.store, 0).unwrap();
                timeline.seek(&mut it.store, at).unwrap();
                assert!((it.store.paging_stats(), it.bytes()) == state, "{attempts} at {at}");
            }
            match outcome {
                Outcome::Done => break,
                // There are more states than one after so many instructions.
                Outcome::Pending(_) => (waited, _) = (waited + 1, states.remove(&at)),
                _ => _ = states.insert(at, state),
            }
        }
        assert_eq!(waited, 2 * (attempts - 1));
        let kept: Vec<u64> = timeline.moments().map(|it| it.executed).collect();
        assert!(kept.windows(3).all(|it| it[0] < it[2]), "{attempts}: {kept:?}");
        timeline.seek(&mut it.store, 0).unwrap();
        for (at, (stats, bytes)) in states {
            timeline.seek(&mut it.store, at).unwrap();
            assert_eq!(it.store.paging_stats(), stats, "{attempts} at {at}");
            assert!(it.bytes() == bytes, "{attempts} at {at}");
        }
    }
}

#[test]
fn what_the_embedder_writes_is_where_it_was_when_a_timeline_comes_back_to_it() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2).kept()));
    let job = it.job("run", &[Val::I32(1)]);
    let mut timeline = Timeline::new(&mut it.store, job, Settings::default()).unwrap();
    timeline.run(&mut it.store, 1000).unwrap();
    it.memory().write(&mut it.store, 0, &[7; 40_000]).unwrap();
    timeline.run(&mut it.store, 1).unwrap();
    let state = |it: &It| {
        let pages: Vec<u32> = (0..32).filter(|page| in_ram(it, *page)).collect();
        (it.store.paging_stats(), pages, it.bytes())
    };
    let live = state(&it);
    timeline.seek(&mut it.store, 900).unwrap();
    assert!(state(&it) != live);
    timeline.seek(&mut it.store, 1001).unwrap();
    assert!(state(&it) == live);
}

#[test]
fn going_on_in_small_steps_counts_as_going_on_at_once() {
    let mut it = It::new(PROGRAM, Translate::Always, Some(Paging::new(3).kept()));
    let job = it.job("run", &[Val::I32(1)]);
    let mut timeline = Timeline::new(&mut it.store, job, Settings::default()).unwrap();
    timeline.run(&mut it.store, 900).unwrap();
    let live = it.store.paging_stats();
    timeline.seek(&mut it.store, 0).unwrap();
    for executed in (0..=900).step_by(4) {
        timeline.seek(&mut it.store, executed).unwrap();
    }
    assert_eq!(it.store.paging_stats(), live);
}

#[test]
fn going_back_before_a_segment_or_a_memory_came_undoes_it_however_memory_is_held() {
    let engine = engine(Translate::Never);
    let owner = r#"(module (memory (export "memory") 1)
      (func (export "run") (nop) (nop) (nop) (nop) (i32.store (i32.const 0) (i32.const 1))))"#;
    let user = r#"(module (import "env" "memory" (memory 1)) (data (i32.const 20480) "efgh"))"#;
    let [owner, user] =
        [owner, user].map(|wat| Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap());
    for paging in [None, Some(Paging::new(4).kept())] {
        let mut store = Store::new(&engine, ());
        store.set_paging(paging);
        let mut linker = Linker::new(&engine);
        let instance = linker.instantiate(&mut store, &owner).unwrap();
        linker.instance("env", instance);
        let run = instance.get_func(&store, "run").unwrap();
        let job = Job::new(&store, run, &[]).unwrap();
        let mut timeline = Timeline::new(&mut store, job, Settings::default()).unwrap();
        timeline.run(&mut store, 2).unwrap();
        linker.instantiate(&mut store, &user).unwrap();
        let later = Memory::new(&mut store, MemoryType::new(Limits::at_least(1))).unwrap();
        later.write(&mut store, 20_480, b"mine").unwrap();
        timeline.run(&mut store, 2).unwrap();
        let memories = [instance.get_memory(&store, "memory").unwrap(), later];
        let read = |store: &Store<()>| {
            memories.map(|memory| {
                let mut bytes = [0; 4];
                memory.read(store, 20_480, &mut bytes).unwrap();
                bytes
            })
        };
        assert_eq!(read(&store), [*b"efgh", *b"mine"], "{paging:?}");
        timeline.seek(&mut store, 1).unwrap();
        assert_eq!(read(&store), [[0; 4]; 2], "{paging:?}");
        // They do not share a frame.
        later.write(&mut store, 20_480, b"mine").unwrap();
        assert_eq!(read(&store), [[0; 4], *b"mine"], "{paging:?}");
    }
}
