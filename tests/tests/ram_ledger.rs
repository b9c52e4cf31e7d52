//! The ledger says what a counting allocator says: at every instruction, the bytes of all owners
//! are those that are in use.

use fayasm_core::{Config, Engine, Job, Linker, Module, Outcome, Shared, Store, Translate, Val};
use fayasm_failing_alloc::{Failing, FailingAllocator, Show, fail, in_use};
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

    /// The first call of each sample module.
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

/// Opens and instantiates the module, and runs the call in slices of so many instructions; calls
/// this after each of them, and before the first.
fn run(
    subject: &Subject,
    translate: Translate,
    slice: u64,
    mut look: impl FnMut(&Store<()>, &Job),
) {
    let engine = Engine::new(Config::new().with_translate(translate));
    fail(Failing::Above(i64::MAX as u64), Show::Nothing, || {
        let module = Module::new(&engine, Shared::clone(&subject.module)).expect("it is valid");
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        fayasm_fixtures::host::link(&mut linker, &mut store).expect("the sample host links");
        let instance = linker.instantiate(&mut store, &module).expect("it is instantiated");
        drop(linker);
        let func = instance.get_func(&store, &subject.export).expect("the export exists");
        let mut job = Job::new(&store, func, &subject.arguments).expect("it begins");
        drop(module);
        look(&store, &job);
        while store.run(&mut job, slice) == Outcome::OutOfFuel && job.executed() < 1_000_000 {
            look(&store, &job);
        }
        look(&store, &job);
    });
}

/// The bytes of the module are the test's.
fn live(subject: &Subject) -> u64 {
    let counts = 2 * size_of::<usize>() as u64;
    let module = (subject.module.len() as u64 + counts).next_multiple_of(size_of::<usize>() as u64);
    in_use().expect("allocations are counted") as u64 + module
}

#[test]
fn the_ledger_is_what_the_allocator_says_in_every_tier() {
    for subject in Subject::all() {
        for translate in TIERS {
            for slice in [1, 97, 10_007] {
                let mut looks = 0;
                run(&subject, translate, slice, |store, job| {
                    looks += 1;
                    if looks > 3000 {
                        return;
                    }
                    let (live, ledger) = (live(&subject), store.ledger([job]));
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
