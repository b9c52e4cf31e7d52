//! The sample modules do what their table says, on our engine.

use fayasm_core::spill::{BlockSlots, MirrorSlots, RamDisk, SpillStore, sectors_for};
use fayasm_core::timeline::state_hash;
use fayasm_core::{
    Contents, Error, Instance, Job, Limit, Linker, Module, Outcome, Paging, Store, Trap, Val,
};
use fayasm_fixtures::{Call, Expected, host};
use fayasm_tests::tier;

/// Long enough for every call that ends, short enough for one that does not.
const ENOUGH: u64 = 50_000_000;

struct Program {
    store: Store<()>,
    instance: Instance,
}

fn instantiate(module: &fayasm_fixtures::Module) -> Program {
    instantiate_in(module, None)
}

fn instantiate_in(module: &fayasm_fixtures::Module, paging: Option<Paging>) -> Program {
    let engine = tier::engine();
    let compiled = Module::new(&engine, module.bytes().unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    store.set_paging(paging);
    let mut linker = Linker::new(&engine);
    host::link(&mut linker, &mut store).unwrap();
    let instance = linker.instantiate(&mut store, &compiled).unwrap();
    Program { store, instance }
}

impl Program {
    fn job(&self, call: &Call) -> Result<Job, Error> {
        let func = self.instance.get_func(&self.store, &call.export).unwrap();
        let arguments: Vec<Val> =
            call.args.iter().map(|value| value.to_string().parse().unwrap()).collect();
        Job::new(&self.store, func, &arguments)
    }
}

fn check(call: &Call, outcome: &Outcome, results: Option<Vec<Val>>) -> Result<(), String> {
    match (&call.expected, outcome) {
        (Expected::Results { results: expected }, Outcome::Done) => {
            let found: Vec<String> = results
                .unwrap_or_default()
                .iter()
                .map(|value| format!("{}:{value}", value.ty()))
                .collect();
            let holds = found.len() == expected.len()
                && expected.iter().zip(&found).all(|(expected, found)| {
                    found.parse().is_ok_and(|found| expected.accepts(found))
                });
            if holds { Ok(()) } else { Err(format!("gives {found:?}")) }
        }
        (Expected::Trap { trap, at }, Outcome::Trapped(found)) => {
            let offset = found.backtrace().first().map(|frame| frame.offset);
            if !found.to_string().starts_with(trap.as_str()) {
                Err(format!("traps with {found}"))
            } else if at.is_some() && *at != offset {
                Err(format!("traps at {offset:x?}, should at {at:x?}"))
            } else {
                Ok(())
            }
        }
        (Expected::Endless { .. }, Outcome::OutOfFuel) => Ok(()),
        (_, found) => Err(format!("ends with {found:?}")),
    }
}

fn every_call(run: impl FnMut(&mut Program, &mut Job) -> Outcome) {
    every_call_in(None, run);
}

fn every_call_in(paging: Option<Paging>, mut run: impl FnMut(&mut Program, &mut Job) -> Outcome) {
    let mut wrong = Vec::new();
    let mut calls = 0;
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            calls += 1;
            let mut program = instantiate_in(module, paging);
            let verdict = match program.job(call) {
                Ok(mut job) => {
                    let outcome = run(&mut program, &mut job);
                    check(call, &outcome, job.results(&program.store))
                }
                Err(error) => Err(error.to_string()),
            };
            if let Err(why) = verdict {
                wrong.push(format!("{} {call}: {why}", module.file));
            }
        }
    }
    assert!(calls > 150, "only {calls} calls are in the table");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_call_of_the_table_gives_its_results() {
    every_call(|program, job| program.store.run(job, ENOUGH));
}

#[test]
fn calls_cut_into_odd_slices_give_the_same_results() {
    every_call(|program, job| {
        for slice in [1u64, 2, 3, 5, 7, 11, 101, 1009].into_iter().cycle() {
            let outcome = program.store.run(job, slice);
            if outcome != Outcome::OutOfFuel || job.executed() > 300_000 {
                return match outcome {
                    Outcome::OutOfFuel => program.store.run(job, ENOUGH),
                    other => other,
                };
            }
        }
        unreachable!("the slices never end")
    });
}

#[test]
fn calls_give_the_same_results_with_few_pages_in_ram() {
    for frames in [2, 7] {
        every_call_in(Some(Paging::new(frames)), |program, job| {
            let mut pages = SpillStore::format(MirrorSlots::new(1 << 16), 0).unwrap();
            program.store.run_spilling(job, ENOUGH, &mut pages).unwrap()
        });
    }
}

#[test]
fn the_hash_of_a_run_whose_pages_are_stored_is_that_of_memories_in_one_piece() {
    let mut stored = 0;
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            let mut whole = instantiate(module);
            let mut job = whole.job(call).unwrap();
            whole.store.run(&mut job, 20_000);
            let hash = state_hash(&whole.store, &job);
            let mut paged = instantiate_in(module, Some(Paging::new(2)));
            let mut job = paged.job(call).unwrap();
            let slots = BlockSlots::new(RamDisk::new(sectors_for(600)).unwrap());
            let mut spill = SpillStore::format(slots, 1).unwrap();
            paged.store.run_spilling(&mut job, 20_000, &mut spill).unwrap();
            let found = paged.store.spilled_hash(&job, &mut spill).unwrap();
            assert_eq!(found, hash, "{} {call}", module.file);
            stored += usize::from(state_hash(&paged.store, &job) != hash);
        }
    }
    assert!(stored > 10, "pages of {stored} calls only are stored");
}

#[test]
fn calls_that_are_saved_and_go_on_in_another_store_give_the_same_results() {
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            let mut whole = instantiate(module);
            let mut whole_job = whole.job(call).unwrap();
            whole.store.run(&mut whole_job, 20_000);
            let executed = whole_job.executed();
            let hash = state_hash(&whole.store, &whole_job);
            for stop in (0..executed).step_by((executed as usize / 20).max(1)) {
                let mut first = instantiate(module);
                let mut job = first.job(call).unwrap();
                first.store.run(&mut job, stop);
                let state = first.store.save_state(&job, Contents::Included).unwrap();
                let mut second = instantiate(module);
                let mut job = second.store.load_state(&state).unwrap();
                assert_eq!(job.executed(), stop);
                second.store.run(&mut job, 20_000 - stop);
                let what = format!("{} {call}, after {stop} instructions", module.file);
                assert_eq!(job.executed(), executed, "{what}");
                assert_eq!(state_hash(&second.store, &job), hash, "{what}");
                let trap = |job: &Job| job.trapped().map(ToString::to_string);
                assert_eq!(trap(&job), trap(&whole_job), "{what}");
            }
        }
    }
}

#[test]
fn single_steps_count_what_a_run_counts() {
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            let mut whole = instantiate(module);
            let mut job = whole.job(call).unwrap();
            let outcome = whole.store.run(&mut job, 20_000);
            let executed = job.executed();
            let mut stepped = instantiate(module);
            let mut steps = stepped.job(call).unwrap();
            let mut last = Outcome::OutOfFuel;
            while last == Outcome::OutOfFuel && steps.executed() < 20_000 {
                last = stepped.store.step(&mut steps);
            }
            assert_eq!(steps.executed(), executed, "{} {call}", module.file);
            assert_eq!(steps.stack(), job.stack(), "{} {call}", module.file);
            // A kind may refer to something in its store, so it is compared as text.
            let kind = |outcome: &Outcome| match outcome {
                Outcome::Trapped(trap) => Some(Trap::kind(trap).to_string()),
                _ => None,
            };
            assert_eq!(kind(&last), kind(&outcome), "{} {call}", module.file);
        }
    }
}

#[test]
fn an_endless_call_stops_after_as_many_instructions_as_allowed() {
    let spin = fayasm_fixtures::module("spin.wasm").unwrap();
    let mut program = instantiate(spin);
    let mut job = program.job(&spin.calls[0]).unwrap();
    assert_eq!(program.store.run(&mut job, Limit::fuel(1_000_003)), Outcome::OutOfFuel);
    assert_eq!(job.executed(), 1_000_003);
}
