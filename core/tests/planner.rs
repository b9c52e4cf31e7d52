//! What is translated when, what leaves first, and that none of it can be seen in results.

use fayasm_core::{
    Config, Counts, Engine, Func, Gate, Instance, Linker, MicrocodeStats, Module, Planner, Prescan,
    Probe, Refused, Store, Translate, Translation, Val, Verdict, Why,
};

/// Translates at the second call, or after 64 rounds of a loop.
fn eager() -> Planner {
    Planner { warmup_ops: 0, min_score: 0, ..Planner::default() }
}

/// Microcode may take so many bytes.
fn within(bytes: u64, planner: Planner) -> Planner {
    let probe = Probe { ram: 2 * bytes, cpus: 1 };
    Planner { probe, gate: Some(true), cache_share: 1000, ..planner }
}

fn instance(wat: &str, planner: Planner, translate: Translate) -> (Store<()>, Instance) {
    let engine = Engine::new(Config::new().with_planner(planner).with_translate(translate));
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
    (store, instance)
}

fn call(store: &mut Store<()>, func: Func, argument: i32) -> i32 {
    let mut results = [Val::I32(0)];
    func.call(store, &[Val::I32(argument)], &mut results).unwrap();
    let Val::I32(result) = results[0] else { panic!("{results:?}") };
    result
}

/// So many functions that compute something, each with a loop, named by numbers.
fn functions(count: usize) -> String {
    let function = |index| {
        format!(
            r#"(func (export "{index}") (param $n i32) (result i32) (local $sum i32)
              (loop
                (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const {})) (local.get $n)))
                (br_if 0 (i32.ge_s
                  (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
              (i32.add (local.get $sum) (i32.const {index})))"#,
            2 * index + 3
        )
    };
    format!("(module {})", (0..count).map(function).collect::<String>())
}

fn is_translated(store: &Store<()>, func: Func) -> bool {
    matches!(store.translation(func), Some(Translation::Done { .. }))
}

#[test]
fn a_function_is_translated_at_its_second_call_if_nothing_more_is_wanted() {
    let (mut store, instance) = instance(&functions(1), eager(), Translate::WhenHot);
    let func = instance.get_func(&store, "0").unwrap();
    call(&mut store, func, 5);
    assert!(!is_translated(&store, func));
    call(&mut store, func, 5);
    assert!(is_translated(&store, func));
    let decisions: Vec<_> = store.decisions().collect();
    let [decision] = decisions[..] else { panic!("{decisions:?}") };
    let Verdict::Translated { why: Why::Hot(advantage), bytes } = decision.verdict else {
        panic!("{decision:?}")
    };
    assert_eq!(advantage.counts.calls, 2);
    assert_eq!(advantage.counts.loops, 5);
    // Those of the first call: the second has executed nothing yet.
    assert_eq!(u64::from(advantage.counts.executed), decision.at);
    let stats = store.microcode_stats();
    assert!(stats.bytes > bytes && stats.peak == stats.bytes);
    assert_eq!((stats.translated, stats.translations, stats.evictions), (1, 1, 0));
    assert_eq!(stats.stepped, decision.at);
    assert!(stats.as_microcode > 0);
}

#[test]
fn a_long_loop_is_translated_while_it_goes_round() {
    let (mut store, instance) = instance(&functions(1), Planner::default(), Translate::WhenHot);
    let func = instance.get_func(&store, "0").unwrap();
    call(&mut store, func, 10_000);
    let Some(Translation::Done { why: Why::Hot(advantage), .. }) = store.translation(func) else {
        panic!("{:?}", store.translation(func))
    };
    assert_eq!((advantage.counts.calls, advantage.counts.loops), (1, 64));
    assert_eq!((advantage.hotness, advantage.reuse, advantage.score), (1000, 1000, 1000));
}

#[test]
fn a_function_that_hardly_executes_anything_is_not_translated_however_often_it_is_called() {
    let nops = "(nop)".repeat(3000);
    let wat = format!(
        r#"(module (func (export "f") (param i32) (result i32)
          (if (local.get 0) (then (return (i32.const 1)))) {nops} (i32.const 2)))"#
    );
    let (mut store, instance) = instance(&wat, Planner::default(), Translate::WhenHot);
    let func = instance.get_func(&store, "f").unwrap();
    for _ in 0..300 {
        call(&mut store, func, 1);
    }
    let Some(Translation::Not { advantage, setbacks: 0 }) = store.translation(func) else {
        panic!("{:?}", store.translation(func))
    };
    assert_eq!((advantage.counts.calls, advantage.hotness), (300, 1000));
    assert!(advantage.score > advantage.wanted, "it is put off by what it has executed alone");
    for _ in 0..10 {
        call(&mut store, func, 0);
    }
    assert!(is_translated(&store, func));
}

#[test]
fn boards_have_half_of_their_memory_at_most_and_mostly_64_kib() {
    let budget = |ram, cpus| {
        let planner = Planner { probe: Probe { ram, cpus }, ..Planner::default() };
        (planner.gate(), planner.budget())
    };
    let table = [
        // ESP32, RP2040, and boards with 100, 16 and 8 KiB.
        (520 << 10, 2, Gate::Open, 64 << 10),
        (264 << 10, 2, Gate::Open, 64 << 10),
        (100 << 10, 1, Gate::Open, 50 << 10),
        (16 << 10, 1, Gate::Open, 8 << 10),
        (6 << 10, 1, Gate::Budget { found: 3 << 10, wanted: 4096 }, 0),
        (0, 1, Gate::Budget { found: 0, wanted: 4096 }, 0),
        // 64 MiB, and 8 GiB.
        (64 << 20, 2, Gate::Open, 2_684_354),
        (8 << 30, 8, Gate::Open, 343_597_383),
        (1 << 30, 0, Gate::Cpus { found: 0, wanted: 1 }, 0),
    ];
    for (ram, cpus, gate, bytes) in table {
        assert_eq!(budget(ram, cpus), (gate, bytes), "{ram} bytes, {cpus} processors");
    }
    // The largest numbers are no trouble.
    let wanted = u64::MAX;
    let all = Planner { min_ram: wanted, cache_share: u16::MAX, ..Planner::default() };
    let found = all.probe.ram;
    assert_eq!(all.gate(), Gate::Ram { found, wanted });
    let all = Planner { probe: Probe { ram: wanted, cpus: u32::MAX }, ..all };
    assert_eq!(all.budget() as u64, wanted / 1000);
    let counts = Counts { calls: u32::MAX, loops: u32::MAX, executed: u32::MAX };
    assert_eq!(all.advantage(counts, usize::MAX).hotness, 1000);
    assert_eq!(Planner { hot_hits: 0, ..all }.advantage(Counts::default(), 0).score, 1000);
}

#[test]
fn nothing_is_translated_behind_a_closed_gate() {
    let shut = Planner { gate: Some(false), prescan: Prescan::Force, ..eager() };
    for translate in [Translate::WhenHot, Translate::Always] {
        let (mut store, instance) = instance(&functions(1), shut.clone(), translate);
        let func = instance.get_func(&store, "0").unwrap();
        for _ in 0..3 {
            call(&mut store, func, 100);
        }
        assert!(!is_translated(&store, func));
        let MicrocodeStats { budget, peak, as_microcode, stepped, .. } = store.microcode_stats();
        assert_eq!((budget, peak, as_microcode), (0, 0, 0));
        assert!(stepped > 0);
    }
}

#[test]
fn functions_are_translated_ahead_as_the_chunks_and_the_budget_allow() {
    let translated = |planner: Planner| {
        let (store, instance) = instance(&functions(20), planner, Translate::WhenHot);
        let all = (0..20).map(|index| instance.get_func(&store, &index.to_string()).unwrap());
        let flags: Vec<_> = all.map(|func| is_translated(&store, func)).collect();
        let count = flags.iter().filter(|it| **it).count();
        assert!(flags[..count].iter().all(|it| *it), "the first come first");
        assert!(
            store
                .decisions()
                .all(|it| matches!(it.verdict, Verdict::Translated { why: Why::Ahead, .. }))
        );
        assert!(store.microcode_stats().peak <= store.microcode_stats().budget);
        count
    };
    let on = Planner { prescan: Prescan::On, ..Planner::default() };
    let force = Planner { prescan: Prescan::Force, ..Planner::default() };
    assert_eq!(translated(Planner::default()), 0);
    assert_eq!(translated(on.clone()), 20);
    assert_eq!(translated(Planner { chunks: 7, ..on.clone() }), 7);
    assert_eq!(translated(Planner { chunks: 7, ..force.clone() }), 20);
    assert_eq!(translated(Planner { min_cpus: 100, ..on.clone() }), 0);
    assert_eq!(translated(Planner { min_cpus: 100, ..force.clone() }), 20);
    for planner in [on, force] {
        let some = translated(within(2500, planner));
        assert!((3..20).contains(&some), "{some}");
    }
}

#[test]
fn what_is_hit_least_for_its_bytes_leaves_first_and_comes_back() {
    let planner = within(2000, eager());
    let (mut store, instance) = instance(&functions(20), planner, Translate::WhenHot);
    let all: Vec<_> =
        (0..20).map(|index| instance.get_func(&store, &index.to_string()).unwrap()).collect();
    // The first is by far the hottest.
    call(&mut store, all[0], 10_000);
    for func in &all[1..] {
        for _ in 0..4 {
            call(&mut store, *func, 40);
        }
    }
    assert!(is_translated(&store, all[0]), "it was worth more than any other");
    let stats = store.microcode_stats();
    assert!(stats.evictions > 0 || stats.put_off > 0, "{stats:?}");
    assert!(stats.peak <= stats.budget, "{stats:?}");
    let waits = |store: &Store<()>, func| match store.translation(func) {
        Some(Translation::Not { setbacks, .. }) => Some(setbacks),
        _ => None,
    };
    let waiting = *all.iter().find(|func| waits(&store, **func) > Some(0)).unwrap();
    // It is called again and again, and nothing else is.
    for _ in 0..3000 {
        call(&mut store, waiting, 40);
    }
    assert!(is_translated(&store, waiting));
    let verdicts: Vec<_> = store.decisions().map(|it| it.verdict).collect();
    assert!(verdicts.iter().any(|it| matches!(it, Verdict::Evicted { .. })), "{verdicts:?}");
    assert!(verdicts.len() <= 64);
}

#[test]
fn functions_that_take_each_others_room_are_translated_ever_more_seldom() {
    let (mut store, instance) = instance(&functions(2), within(350, eager()), Translate::WhenHot);
    let both = ["0", "1"].map(|name| instance.get_func(&store, name).unwrap());
    let mut rounds = |count| {
        for _ in 0..count {
            let _ = both.map(|func| call(&mut store, func, 20));
        }
        let stats = store.microcode_stats();
        assert_eq!(stats.translated, 1, "{stats:?}");
        stats.translations + stats.put_off
    };
    let few = rounds(1000);
    let many = rounds(9000);
    assert!(few > 2 && many < 2 * few + 4, "{few} tries, and {many} after ten times as long");
}

#[test]
fn results_are_the_same_while_functions_come_and_go() {
    let calls = r#"(func (export "all") (param $n i32) (result i32) (local $sum i32)
      (loop
        (local.set $sum (i32.xor (local.get $sum) (call 0 (local.get $n))))
        (local.set $sum (i32.rotl (call 1 (local.get $sum)) (call 2 (local.get $n))))
        (local.set $sum (i32.add (local.get $sum) (call 3 (i32.const 9))))
        (br_if 0 (i32.ge_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
      (local.get $sum)))"#;
    let wat = format!("{} {calls}", functions(4).strip_suffix(')').unwrap())
        .replace("(call 1 (local.get $sum))", "(i32.add (local.get $sum) (call 1 (local.get $n)))");
    let run = |planner, translate| {
        let (mut store, instance) = instance(&wat, planner, translate);
        let func = instance.get_func(&store, "all").unwrap();
        (call(&mut store, func, 60), store.microcode_stats())
    };
    let (expected, _) = run(Planner::default(), Translate::Never);
    for bytes in (300..4000).step_by(100) {
        for translate in [Translate::WhenHot, Translate::Always] {
            let (result, stats) = run(within(bytes, eager()), translate);
            assert_eq!(result, expected, "{bytes} bytes, {translate:?}");
            assert!(stats.peak <= stats.budget && stats.bytes <= stats.peak, "{stats:?}");
        }
    }
    let (_, stats) = run(within(700, eager()), Translate::Always);
    assert!(stats.evictions > 50, "{stats:?}");
}

#[test]
fn a_function_that_the_budget_can_never_hold_is_refused() {
    let long = "(local.set 0 (i32.add (local.get 0) (i32.mul (local.get 0) (i32.const 3))))";
    let wat = format!(
        r#"(module (func (export "f") (param i32) (result i32) {} (local.get 0)))"#,
        long.repeat(500)
    );
    let (mut store, instance) = instance(&wat, within(4000, eager()), Translate::WhenHot);
    let func = instance.get_func(&store, "f").unwrap();
    let first = call(&mut store, func, 1);
    assert_eq!([call(&mut store, func, 1), call(&mut store, func, 1)], [first; 2]);
    let refused = store.translation(func);
    assert!(matches!(refused, Some(Translation::Refused(Refused::Budget { .. }))), "{refused:?}");
    assert_eq!(store.microcode_stats().refusals, 1);
}
