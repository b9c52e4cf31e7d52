//! Breakpoints and watchpoints stop exactly where going step by step would.

mod common;

use common::engine;
use fayasm_core::inspect::{Location, accesses};
use fayasm_core::timeline::{Settings, Timeline};
use fayasm_core::{
    Breakpoint, Caller, Error, ExternKind, Func, Instance, Job, Limit, Linker, Module, Outcome,
    Store, Val, Watch,
};

/// Accesses of all kinds, in a loop, in a deeper call, and by the host.
const BUSY: &str = r#"(module
  (import "" "poke" (func $poke (param i32)))
  (memory (export "memory") 1)
  (memory $other 1)
  (table (export "table") 4 funcref)
  (global $g (export "g") (mut i32) (i32.const 0))
  (global $h (export "h") (mut i32) (i32.const 0))
  (data $bytes "abcdefgh")
  (elem declare func $store)
  (func $store (export "store") (param $at i32) (param $value i32) (local $copy v128)
    (i32.store (local.get $at) (local.get $value))
    (local.set $copy (v128.load (i32.const 96)))
    (v128.store (i32.const 160) (local.get $copy))
    (v128.store32_lane 1 (i32.const 104) (local.get $copy))
    (local.set $value (i32.load8_u (local.get $at))))
  (func (export "run") (param $rounds i32) (result i32) (local $n i32)
    (loop $round
      (call $store (i32.add (i32.const 100) (i32.and (local.get $n) (i32.const 7))) (local.get $n))
      (call $poke (local.get $n))
      (i32.store $other (i32.const 100) (local.get $n))
      (memory.fill (i32.const 90) (local.get $n) (i32.const 12))
      (memory.copy (i32.const 200) (i32.const 98) (i32.const 8))
      (memory.init $bytes (i32.const 102) (i32.const 0) (i32.const 2))
      (table.set (i32.and (local.get $n) (i32.const 3)) (ref.func $store))
      (global.set $g (i32.shr_u (local.get $n) (i32.const 1)))
      (global.set $h (global.get $g))
      (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 5)))
        (then (drop (memory.grow (i32.const 0)))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $round (i32.lt_u (local.get $n) (local.get $rounds))))
    (call_indirect (param i32 i32) (i32.const 0) (local.get $n) (i32.const 1))
    (local.get $n)))"#;

struct World {
    store: Store<u32>,
    instance: Instance,
}

/// The module; the host writes into the memory in every third call.
fn world() -> World {
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(BUSY).unwrap()).unwrap();
    let mut store = Store::new(&engine, 0);
    let poke = Func::wrap(&mut store, |mut caller: Caller<'_, u32>, n: i32| {
        *caller.data_mut() += 1;
        if n % 3 == 0 {
            let memory = caller.get_export("memory").and_then(|it| it.into_memory()).unwrap();
            memory.write(&mut caller, 101, &[7, 7]).unwrap();
        }
    })
    .unwrap();
    let instance = Instance::new(&mut store, &module, &[poke.into()]).unwrap();
    World { store, instance }
}

impl World {
    fn job(&self) -> Job {
        let run = self.instance.get_func(&self.store, "run").unwrap();
        Job::new(&self.store, run, &[Val::I32(20)]).unwrap()
    }

    fn memory(&self, bytes: std::ops::Range<u64>) -> Location {
        let memory = self.instance.get_memory(&self.store, "memory").unwrap();
        Location::Memory { memory, bytes }
    }

    fn global(&self, name: &str) -> Location {
        Location::Global(self.instance.get_global(&self.store, name).unwrap())
    }

    fn table(&self) -> Location {
        let table = self.instance.get_index(&self.store, ExternKind::Table, 0).unwrap();
        Location::Table { table: table.into_table().unwrap(), elements: 1..2 }
    }

    /// Where a run without a timeline stops.
    fn stops(mut self, points: &[Breakpoint]) -> Vec<(u64, usize)> {
        self.store.set_breakpoints(points).unwrap();
        let mut job = self.job();
        let mut stops = Vec::new();
        loop {
            match self.store.run(&mut job, Limit::fuel(17).until_breakpoint()) {
                Outcome::Breakpoint(index) => {
                    stops.push((job.executed(), index));
                    self.store.step(&mut job);
                }
                Outcome::OutOfFuel => {}
                outcome => {
                    assert_eq!(outcome, Outcome::Done);
                    return stops;
                }
            }
        }
    }

    /// Where a run on a timeline stops, forwards for the first time, from the beginning
    /// again, and backwards.
    fn stops_on_timeline(mut self, points: &[Breakpoint]) -> [Vec<(u64, usize)>; 3] {
        self.store.set_breakpoints(points).unwrap();
        let job = self.job();
        let settings = Settings::default().with_interval(50);
        let mut timeline = Timeline::new(&mut self.store, job, settings).unwrap();
        let mut all = [const { Vec::new() }; 3];
        for stops in &mut all[..2] {
            timeline.seek(&mut self.store, 0).unwrap();
            loop {
                let limit = Limit::fuel(17).until_breakpoint();
                match timeline.run(&mut self.store, limit).unwrap() {
                    Outcome::Breakpoint(index) => {
                        let at = timeline.job().executed();
                        stops.push((at, index));
                        let all = timeline.stops(&mut self.store).unwrap();
                        assert!(all.contains(&index), "{index}, not {all:?}");
                        assert_eq!(timeline.job().executed(), at);
                        timeline.run(&mut self.store, 1).unwrap();
                    }
                    Outcome::OutOfFuel => {}
                    outcome => {
                        assert_eq!(outcome, Outcome::Done);
                        break;
                    }
                }
            }
        }
        while let Some(index) = timeline.run_back(&mut self.store, 0, |_, _, _| true).unwrap() {
            all[2].push((timeline.job().executed(), index));
        }
        assert_eq!(timeline.job().executed(), 0);
        assert_eq!(*self.store.data(), 20, "each host call is made once");
        all[2].reverse();
        all
    }

    /// Where instructions access a location, found step by step.
    fn steps(mut self, wanted: impl Fn(&Store<u32>, &Job) -> bool) -> Vec<(u64, usize)> {
        let mut job = self.job();
        let mut steps = Vec::new();
        while job.is_running() {
            if wanted(&self.store, &job) {
                steps.push((job.executed(), 0));
            }
            self.store.step(&mut job);
        }
        steps
    }
}

#[test]
fn watchpoints_stop_at_what_reads_or_writes() {
    let locations: [fn(&World) -> Location; 5] = [
        |world| world.memory(101..103),
        |world| world.memory(0..1 << 16),
        |world| world.global("g"),
        |world| world.table(),
        |_| Location::Local { frame: 0, local: 1 },
    ];
    for location in locations {
        for (on, seen) in [
            (Watch::Read, [true, false]),
            (Watch::Write, [false, true]),
            (Watch::Access, [true, true]),
        ] {
            let watched = location(&world());
            let steps = world().steps(|store, job| {
                let watched = location_in(store, &watched, job);
                let seen = |writes: bool| seen[usize::from(writes)];
                accesses(store, job)
                    .iter()
                    .any(|it| seen(it.writes) && it.location.overlaps(&watched))
            });
            let here = world();
            let point = Breakpoint::Location { location: location(&here), on };
            assert_eq!(here.stops(&[point]), steps, "{watched:?} {on:?}");
            assert!(matches!(watched, Location::Table { .. }) || !steps.is_empty());
        }
    }
}

/// The same location in a store made the same way.
fn location_in(store: &Store<u32>, location: &Location, job: &Job) -> Location {
    let instance = job.frames()[0].instance();
    match location.clone() {
        Location::Memory { bytes, .. } => {
            Location::Memory { memory: instance.get_memory(store, "memory").unwrap(), bytes }
        }
        Location::Global(_) => Location::Global(instance.get_global(store, "g").unwrap()),
        Location::Table { elements, .. } => {
            let table = instance.get_index(store, ExternKind::Table, 0).unwrap();
            Location::Table { table: table.into_table().unwrap(), elements }
        }
        local => local,
    }
}

#[test]
fn on_a_timeline_it_stops_at_the_same_forwards_again_and_backwards() {
    let points = |world: &World| {
        let instance = world.instance;
        let memory = world.memory(101..103);
        vec![
            Breakpoint::Instruction { instance, function: 1, pc: 3 },
            Breakpoint::Local { instance, function: 2, local: 1, on: Watch::Write },
            Breakpoint::Location { location: memory.clone(), on: Watch::Read },
            Breakpoint::Location { location: world.global("g"), on: Watch::Read },
            Breakpoint::Location { location: world.table(), on: Watch::Write },
            Breakpoint::HostCall,
            Breakpoint::MemoryGrowth,
        ]
    };
    let here = world();
    let points_here = points(&here);
    let plain = here.stops(&points_here);
    for index in 0..7 {
        assert!(plain.iter().any(|stop| stop.1 == index), "{index} never stops");
    }
    let here = world();
    let points_here = points(&here);
    for stops in here.stops_on_timeline(&points_here) {
        assert_eq!(stops, plain);
    }
}

#[test]
fn a_timeline_tells_changes_from_writes_and_sees_what_the_host_writes() {
    let changes = |location: fn(&World) -> Location| {
        // What is there before and after each instruction.
        let mut here = world();
        let location_here = location(&here);
        let content = |store: &Store<u32>| match &location_here {
            Location::Memory { memory, bytes } => {
                memory.data(store).unwrap()[bytes.start as usize..bytes.end as usize].to_vec()
            }
            Location::Global(global) => format!("{:?}", global.get(store)).into_bytes(),
            _ => unreachable!("not watched here"),
        };
        let mut job = here.job();
        let mut expected = Vec::new();
        while job.is_running() {
            let (at, before) = (job.executed(), content(&here.store));
            here.store.step(&mut job);
            if content(&here.store) != before {
                expected.push((at, 0));
            }
        }
        assert!(expected.len() > 5);
        let here = world();
        let point = Breakpoint::Location { location: location(&here), on: Watch::Change };
        for stops in here.stops_on_timeline(&[point]) {
            assert_eq!(stops, expected);
        }
        // The same, asked one by one.
        let mut here = world();
        let (location, job) = (location(&here), here.job());
        let settings = Settings::default().with_interval(50);
        let mut timeline = Timeline::new(&mut here.store, job, settings).unwrap();
        timeline.run(&mut here.store, Limit::NONE).unwrap();
        let (mut from, mut until) = (0, u64::MAX);
        for ((next, _), (last, _)) in expected.iter().zip(expected.iter().rev()) {
            let found = timeline.next_change(&mut here.store, &location, from, u64::MAX);
            assert_eq!(found, Ok(Some(*next)));
            let found = timeline.last_change(&mut here.store, &location, 0, until);
            assert_eq!(found, Ok(Some(*last)));
            (from, until) = (next + 1, *last);
        }
        assert_eq!(timeline.next_change(&mut here.store, &location, from, u64::MAX), Ok(None));
        assert_eq!(timeline.last_change(&mut here.store, &location, 0, until), Ok(None));
    };
    changes(|world| world.memory(101..103));
    changes(|world| world.global("g"));
    changes(|world| world.memory(160..176));
}

#[test]
fn a_local_that_is_written_but_stays_the_same_has_not_changed() {
    let wat = r#"(module (func (export "run") (param i32) (result i32) (local $n i32)
        (local.set $n (i32.const 0)) (local.set $n (i32.const 3)) (local.tee $n (i32.const 3))))"#;
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut store = Store::new(&engine, 0);
    let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
    let on = Watch::Change;
    store.set_breakpoints(&[Breakpoint::Local { instance, function: 0, local: 1, on }]).unwrap();
    let mut world = World { store, instance };
    let job = world.job();
    let mut timeline = Timeline::new(&mut world.store, job, Settings::default()).unwrap();
    let limit = Limit::NONE.until_breakpoint();
    assert_eq!(timeline.run(&mut world.store, limit), Ok(Outcome::Breakpoint(0)));
    assert_eq!(timeline.job().executed(), 3);
    timeline.run(&mut world.store, 1).unwrap();
    assert_eq!(timeline.run(&mut world.store, limit), Ok(Outcome::Done));
}

#[test]
fn conditions_are_asked_of_every_stop_on_the_way_back() {
    let mut here = world();
    let (instance, job) = (here.instance, here.job());
    let point = Breakpoint::Instruction { instance, function: 1, pc: 3 };
    here.store.set_breakpoints(&[point]).unwrap();
    let mut timeline = Timeline::new(&mut here.store, job, Settings::default()).unwrap();
    timeline.run(&mut here.store, Limit::NONE).unwrap();
    let mut asked = 0;
    let found = timeline.run_back(&mut here.store, 0, |store, job, index| {
        assert_eq!(index, 0);
        asked += 1;
        job.locals(store, 1)[1] == 4
    });
    assert_eq!((found, asked), (Ok(Some(0)), 21));
    assert_eq!(timeline.job().locals(&here.store, 1)[1], 4);
    let at = timeline.job().executed();
    let none = timeline.run_back(&mut here.store, at - 20, |_, _, _| true);
    assert_eq!((none, timeline.job().executed()), (Ok(None), at - 20));
}

#[test]
fn an_instruction_begins_where_one_begins() {
    for pc in [0, 2, 3, 1000, u32::MAX] {
        let here = world();
        let instance = here.instance;
        let stops = here.stops(&[Breakpoint::Instruction { instance, function: 0, pc }]);
        assert_eq!(stops, [], "an imported function has no body");
        let here = world();
        let instance = here.instance;
        let point = Breakpoint::Instruction { instance, function: 2, pc };
        assert_eq!(here.stops(&[point]).len(), if pc == 3 { 1 } else { 0 }, "{pc}");
    }
}

#[test]
fn nothing_stops_who_does_not_ask() {
    let mut here = world();
    here.store.set_breakpoints(&[Breakpoint::HostCall, Breakpoint::MemoryGrowth]).unwrap();
    let mut job = here.job();
    assert_eq!(here.store.run(&mut job, Limit::NONE), Outcome::Done);
    let run = here.instance.get_func(&here.store, "run").unwrap();
    run.call(&mut here.store, &[Val::I32(3)], &mut [Val::I32(0)]).unwrap();
}

#[test]
fn a_location_of_another_store_is_refused() {
    let (other, mut here) = (world(), world());
    let location = other.memory(0..1);
    let point = Breakpoint::Location { location, on: Watch::Read };
    assert_eq!(here.store.set_breakpoints(&[point]), Err(Error::ForeignHandle));
    assert_eq!(here.store.breakpoints(), []);
}
