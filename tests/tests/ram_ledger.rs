//! The ledger says what a counting allocator says: at every instruction, the bytes of all owners
//! are those that are in use.

use fayasm_core::{
    AsContext, Breakpoint, Caller, Config, Engine, Error, Func, FuncType, FunctionTrap, Global,
    GlobalType, Instance, InstantiationError, Job, Limit, Limits, Linker, Memory, MemoryType,
    Module, Outcome, Owner, RefType, Shared, Store, StoreLimits, Table, TableType, Translate, Trap,
    TrapKind, Val, ValType,
};
use fayasm_failing_alloc::{Failing, FailingAllocator, Show, fail, in_use, most_in_use};
use wast::Wat;
use wast::parser::{ParseBuffer, parse};

#[global_allocator]
static ALLOCATOR: FailingAllocator = FailingAllocator;

/// Types, tables, globals, elements, data, an exception and objects.
const EVERYTHING: &str = include_str!("out_of_memory.wat");

/// A module, and what to call in it.
struct Subject {
    name: String,
    module: Shared<[u8]>,
    export: String,
    arguments: Vec<Val>,
}

impl Subject {
    fn of_text(name: &str, text: &str, argument: i32) -> Self {
        let buffer = ParseBuffer::new(text).expect("the text is lexed");
        let bytes = parse::<Wat<'_>>(&buffer).and_then(|mut wat| wat.encode());
        Subject {
            name: name.into(),
            module: bytes.expect("the text is a module").into(),
            export: "run".into(),
            arguments: vec![Val::I32(argument)],
        }
    }

    /// What the bytes of the module take, which are the test's.
    fn bytes(&self) -> u64 {
        let word = size_of::<usize>() as u64;
        (self.module.len() as u64 + 2 * word).next_multiple_of(word)
    }

    /// Each call of each sample module.
    fn samples() -> impl Iterator<Item = Subject> {
        fayasm_fixtures::modules().iter().flat_map(|module| {
            let bytes = module.bytes().expect("the sample module is built");
            module.calls.iter().map(move |call| {
                let argument = |value: &fayasm_fixtures::Value| {
                    value.to_string().parse().expect("the table's values are values")
                };
                Subject {
                    name: format!("{} {call}", module.file),
                    module: bytes.into(),
                    export: call.export.clone(),
                    arguments: call.args.iter().map(argument).collect(),
                }
            })
        })
    }

    fn all() -> impl Iterator<Item = Subject> {
        let texts = [
            ("everything", EVERYTHING.to_string(), 3),
            ("functions", many_functions(500), 3),
            ("recursion", RECURSION.to_string(), 5000),
            ("growth", GROWTH.to_string(), 30),
            ("objects", OBJECTS.to_string(), 30_000),
        ];
        let texts = texts.map(|(name, text, argument)| Subject::of_text(name, &text, argument));
        texts.into_iter().chain(Subject::samples())
    }
}

const RECURSION: &str =
    "(module (func $run (export \"run\") (param i32) (result i32) (local i64 f64)
  (if (result i32) (i32.eqz (local.get 0))
    (then (i32.const 0))
    (else (i32.add (i32.const 1) (call $run (i32.sub (local.get 0) (i32.const 1))))))))";

const GROWTH: &str = "(module (memory 1) (table $t 1 funcref)
  (func (export \"run\") (param i32)
    (loop
      (drop (memory.grow (i32.const 1)))
      (drop (table.grow $t (ref.null func) (i32.const 100)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))";

/// Keeps every hundredth object.
const OBJECTS: &str = "(module
  (type $bytes (array (mut i8)))
  (type $list (struct (field (ref null $list)) (field (ref $bytes))))
  (global $kept (mut (ref null $list)) (ref.null $list))
  (func (export \"run\") (param $n i32) (local $new (ref null $list))
    (loop
      (local.set $new (struct.new $list (global.get $kept)
        (array.new_default $bytes (i32.rem_u (local.get $n) (i32.const 257)))))
      (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 100)))
        (then (global.set $kept (local.get $new))))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))";

/// A module with this many functions, each called by the next.
fn many_functions(count: usize) -> String {
    let mut text = String::from("(module (func (param i32) (result i32) (local.get 0))");
    for number in 0..count {
        text += &format!(
            "(func (export \"{number}\") (param i32) (result i32) (local i64 f32)
               (block (br_if 0 (i32.eqz (local.get 0))))
               (call {number} (local.get 0)))"
        );
    }
    text + &format!("(export \"run\" (func {count})))")
}

const TIERS: [Translate; 4] =
    [Translate::Never, Translate::Always, Translate::Mixed, Translate::WhenHot];

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
struct End {
    /// Results or error, as text.
    text: String,
    kind: Kind,
    executed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Done,
    /// The budget did not allow something.
    OverBudget,
    /// It did not even allow the instance, and says how many bytes would have done.
    NotInstantiated {
        least: u64,
    },
    Other,
}

/// No call is followed further.
const MOST: u64 = 300_000;

/// Nor into more slices.
const MOST_SLICES: u64 = 5000;

/// Opens and instantiates the module, and runs the call in slices of so many instructions; calls
/// this after each of them, and before the first.
fn run(
    subject: &Subject,
    translate: Translate,
    slice: u64,
    budget: Option<u64>,
    mut look: impl FnMut(&Store<()>, &Job),
) -> End {
    let engine = Engine::new(Config::new().with_translate(translate));
    let work = || {
        let module = Module::new(&engine, Shared::clone(&subject.module)).expect("it is valid");
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        fayasm_fixtures::host::link(&mut linker, &mut store).expect("the sample host links");
        store.set_limits(StoreLimits::new().with_budget(budget));
        let instance = match linker.instantiate(&mut store, &module) {
            Ok(instance) => instance,
            Err(error) => return End::of_instantiation(&error),
        };
        drop(linker);
        let func = instance.get_func(&store, &subject.export).expect("the export exists");
        let mut job = match Job::new(&store, func, &subject.arguments) {
            Ok(job) => job,
            Err(Error::Trap(trap)) => return End::of_trap(&trap, 0),
            Err(error) => panic!("{error}"),
        };
        drop(module);
        look(&store, &job);
        let most = MOST.min(slice * MOST_SLICES);
        loop {
            let slice = slice.min(most - job.executed());
            let goes_on = store.run(&mut job, slice) == Outcome::OutOfFuel;
            look(&store, &job);
            if !goes_on || job.executed() >= most {
                break;
            }
        }
        if let Some(trap) = job.trapped() {
            return End::of_trap(trap, job.executed());
        }
        let text = format!("{:?}", job.results(&store));
        End { text, kind: Kind::Done, executed: job.executed() }
    };
    fail(Failing::Above(i64::MAX as u64), Show::Nothing, work).0
}

impl End {
    fn of_trap(trap: &Trap, executed: u64) -> Self {
        let kind = match trap.kind() {
            TrapKind::OverBudget { wanted, used, budget, .. } => {
                assert!(used + wanted > *budget, "{trap}");
                Kind::OverBudget
            }
            _ => Kind::Other,
        };
        End { text: trap.to_string(), kind, executed }
    }

    fn of_instantiation(error: &InstantiationError) -> Self {
        let kind = match error {
            InstantiationError::Budget { least, .. } => Kind::NotInstantiated { least: *least },
            InstantiationError::Start(trap) => End::of_trap(trap, 0).kind,
            _ => Kind::Other,
        };
        End { text: error.to_string(), kind, executed: 0 }
    }
}

#[test]
fn the_ledger_is_what_the_allocator_says_in_every_tier() {
    for subject in Subject::all() {
        for translate in TIERS {
            for slice in [1, 97, 10_007] {
                run(&subject, translate, slice, None, |store, job| {
                    let live = in_use().expect("allocations are counted") as u64 + subject.bytes();
                    let ledger = store.ledger([job]);
                    if ledger.total() != live {
                        let by_owner: Vec<_> = ledger.iter().collect();
                        panic!(
                            "{} {translate:?}: at {} there are {live} bytes, not {}: {by_owner:?}",
                            subject.name,
                            job.executed(),
                            ledger.total()
                        );
                    }
                });
            }
        }
    }
}

#[test]
fn the_peak_is_the_greatest_total_of_all_instructions_and_says_which() {
    for subject in Subject::all() {
        for translate in TIERS {
            let (mut most, mut peak, mut looks) = ((0, 0), (0, 0), 0);
            run(&subject, translate, 1, None, |store, job| {
                looks += 1;
                peak = (store.peak().ledger.total(), store.peak().executed);
                if looks == 1 {
                    // A start function may have run.
                    most = peak;
                }
                // What traps is none of the instructions that were executed.
                if job.trapped().is_some() {
                    most = most.max(peak);
                    return;
                }
                let total = store.ledger([job]).total();
                if total > most.0 {
                    most = (total, job.executed());
                }
            });
            assert_eq!(peak, most, "{} {translate:?}", subject.name);
        }
    }
}

#[test]
fn what_does_not_depend_on_the_tier_takes_the_same_in_each() {
    for subject in Subject::all() {
        let without_microcode = |translate| {
            let mut found = Vec::new();
            run(&subject, translate, 10_007, None, |store, job| {
                let ledger = store.ledger([job]);
                found = ledger.iter().filter(|(owner, _)| *owner != Owner::Microcode).collect();
            });
            found
        };
        let expected = without_microcode(Translate::Never);
        for translate in TIERS {
            assert_eq!(without_microcode(translate), expected, "{} {translate:?}", subject.name);
        }
    }
}

#[test]
fn a_program_keeps_to_its_budget_or_ends_with_an_error_that_says_so() {
    for subject in Subject::all() {
        let (mut peak, mut size) = (0, 0);
        let free = run(&subject, Translate::Never, MOST, None, |store, job| {
            peak = store.peak().ledger.total();
            size = store.ledger([job]).total();
        });
        assert!(!matches!(free.kind, Kind::OverBudget | Kind::NotInstantiated { .. }));
        let Kind::NotInstantiated { least } =
            run(&subject, Translate::Never, MOST, Some(0), |_, _| {}).kind
        else {
            panic!("{}: there is nothing that takes nothing", subject.name);
        };
        let steps = (0..8).map(|step| least + (peak + 20_000 - least.min(peak)) * step / 8);
        for budget in [least / 2, least - 1].into_iter().chain(steps) {
            let run_within = |translate, slice| {
                let mut has_run = false;
                run(&subject, translate, slice, Some(budget), |store, job| {
                    let most = most_in_use().expect("allocations are counted") as u64;
                    // Microcode that is in the way of a job leaves when that runs.
                    if !core::mem::replace(&mut has_run, true) || job.trapped().is_some() {
                        return;
                    }
                    let most = most + subject.bytes();
                    let ledger = store.ledger([job]);
                    // What a job refers to that stands still comes on top, and what it takes to
                    // find out which microcode leaves.
                    let is_exact = ledger.of(Owner::Heap) == 0 && translate == Translate::Never;
                    let more = if is_exact { 0 } else { budget / 50 };
                    assert!(
                        most <= budget + more,
                        "{} {translate:?}: {most} of {budget} at {}: {ledger:?}",
                        subject.name,
                        job.executed()
                    );
                })
            };
            let end = run_within(Translate::Never, MOST);
            let is_there = !matches!(end.kind, Kind::NotInstantiated { .. });
            assert_eq!(is_there, budget >= least, "{}: {least}: {end:?}", subject.name);
            let grows = subject.name.contains("grow");
            if end.kind == Kind::Done && !grows {
                assert_eq!(end, free, "{} within {budget}", subject.name);
            }
            let in_slices = run_within(Translate::Never, 997);
            for translate in TIERS {
                for (slice, end) in [(MOST, &end), (997, &in_slices)] {
                    let same = run_within(translate, slice);
                    assert_eq!(same, *end, "{} {translate:?} within {budget}", subject.name);
                }
            }
        }
    }
}

#[test]
fn what_the_embedder_makes_counts_as_well() {
    const TEXT: &str = r#"(module
      (import "" "host" (func $host (param i32 i64) (result f32)))
      (memory 1)
      (table 3 funcref)
      (elem (i32.const 0) funcref (ref.func $run) (ref.null func))
      (data (i32.const 0) "abc")
      (func $run (export "run") (param i32) (result f32)
        (if (result f32) (i32.eqz (local.get 0))
          (then (call $host (i32.const 1) (i64.const 2)))
          (else (call $run (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let subject = Subject::of_text("embedder", TEXT, 5);
    let outside =
        Subject::of_text("outside", r#"(module (memory 1) (data (i32.const 65535) "ab"))"#, 0);
    let engine = Engine::default();
    fail(Failing::Above(i64::MAX as u64), Show::Nothing, || {
        let mut store = Store::new(&engine, 0);
        let mut bytes_of_modules = 0;
        let mut check = |store: &Store<i64>, what: &str, more: u64| {
            bytes_of_modules += more;
            let live = in_use().expect("allocations are counted") as u64 + bytes_of_modules;
            let ledger = store.ledger(None);
            assert!(ledger.total() == live, "{what}: {live} bytes, not {}", ledger.total());
        };
        check(&store, "a store", 0);
        let host = |caller: Caller<'_, i64>, _: i32, _: i64| {
            let store = caller.as_context();
            let difference = in_use().expect("it is counted") - store.ledger(None).total() as i64;
            assert_eq!(difference, *store.data(), "while a host function is called");
            1.5f32
        };
        let func = Func::wrap(&mut store, host).unwrap();
        check(&store, "a host function", 0);
        let captured = [7u64; 100];
        let ty = FuncType::new([ValType::I32; 3], [ValType::I64; 2]);
        let closure = move |_: Caller<'_, i64>, _: &[Val], _: &mut [Val]| {
            core::hint::black_box(captured);
            Ok(())
        };
        Func::new(&mut store, ty, closure).unwrap();
        check(&store, "a closure that captures 800 bytes", 0);
        Memory::new(&mut store, MemoryType::new(Limits::at_least(2))).unwrap();
        let funcs = TableType::new(RefType::FUNCREF, Limits::at_least(9));
        let table = Table::new(&mut store, funcs, Val::FuncRef(None)).unwrap();
        table.grow(&mut store, 1, Val::FuncRef(None)).unwrap();
        let number = GlobalType { content: ValType::I64, mutable: true };
        Global::new(&mut store, number, Val::I64(1)).unwrap();
        check(&store, "a memory, a table and a global", 0);
        let module = Module::new(&engine, Shared::clone(&subject.module)).unwrap();
        let instance = Instance::new(&mut store, &module, &[func.into()]).unwrap();
        check(&store, "an instance", module.ledger().of(Owner::ModuleBytes));
        Instance::new(&mut store, &module, &[func.into()]).unwrap();
        check(&store, "another of the same module", 0);
        let copy = Module::new(&engine, Shared::clone(&subject.module)).unwrap();
        Instance::new(&mut store, &copy, &[func.into()]).unwrap();
        drop(copy);
        check(&store, "one of another module of the same bytes", 0);
        assert!(Instance::new(&mut store, &module, &[]).is_err());
        check(&store, "none, for want of an import", 0);
        let refused = Module::new(&engine, Shared::clone(&outside.module)).unwrap();
        assert!(Instance::new(&mut store, &refused, &[]).is_err());
        check(&store, "one whose segment does not fit", refused.ledger().of(Owner::ModuleBytes));
        let run = instance.get_func(&store, "run").unwrap();
        store.set_function_trap(run, Some(FunctionTrap::Pause)).unwrap();
        let at = Breakpoint::Instruction { instance, function: 1, pc: 1 };
        store.set_breakpoints(&[Breakpoint::HostCall, at]).unwrap();
        check(&store, "breakpoints", 0);
        store.set_function_trap(run, None).unwrap();
        store.set_breakpoints(&[]).unwrap();
        drop(store.interrupt_handle());
        check(&store, "none, and a handle", 0);
        let stored = module.save_microcode().unwrap();
        store.load_microcode(instance, &stored).unwrap();
        drop(stored);
        check(&store, "microcode", 0);
        let mut job = Job::new(&store, run, &[Val::I32(30)]).unwrap();
        // All that the host function finds, but for what the ledger does not count.
        *store.data_mut() = -(bytes_of_modules as i64);
        assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
    });
}
