//! Microcode that was stored is taken back as it was, and not at all if anything is different.

use fayasm_core::timeline::state_hash;
use fayasm_core::{
    Config, Engine, EnvelopeError, Gate, Instance, Job, Linker, MicrocodeError, Module, Outcome,
    Planner, Probe, Refused, Store, Translate, Translation, Val,
};

/// A loop with loads and stores, recursion, a table of branches and one of functions, constants of
/// all sizes, an import.
const PROGRAM: &str = include_str!("common/program.wat");

fn module(wat: &str, translate: Translate) -> Module {
    let engine = Engine::new(Config::new().with_translate(translate));
    Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap()
}

/// A module and its microcode.
fn stored(wat: &str) -> (Module, Vec<u8>) {
    let module = module(wat, Translate::WhenHot);
    let stored = module.save_microcode().unwrap();
    (module, stored)
}

fn instantiate(module: &Module) -> (Store<()>, Instance) {
    let mut store = Store::new(module.engine(), ());
    let mut linker = Linker::new(module.engine());
    linker.func_wrap("", "five", || 5_i32);
    let instance = linker.instantiate(&mut store, module).unwrap();
    (store, instance)
}

/// The program in a store that plans so.
fn planned(planner: Planner) -> (Store<()>, Instance) {
    let engine = Engine::new(Config::new().with_planner(planner));
    instantiate(&Module::new(&engine, wat::parse_str(PROGRAM).unwrap()).unwrap())
}

/// What comes of loading these bytes into a new store, in which nothing is translated if they are
/// refused.
#[track_caller]
fn load(module: &Module, stored: &[u8]) -> Result<usize, MicrocodeError> {
    let (mut store, instance) = instantiate(module);
    let loaded = store.load_microcode(instance, stored);
    let f = instance.get_func(&store, "f").unwrap();
    let is_done = matches!(store.translation(f), Some(Translation::Done { .. }));
    assert_eq!(is_done, loaded.is_ok(), "{loaded:?}");
    assert_eq!(module.check_microcode(stored), loaded);
    loaded
}

/// Bytes before the microcode.
const HEADER: usize = 48;

/// Where the index of the first function stands.
const FIRST: usize = HEADER + 8;

/// The checksum of stored bytes, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0x82F6_3B78 } else { 0 };
        }
    }
    !crc
}

/// Makes length and checksums right, so that nothing but what they say is wrong.
fn seal(stored: &mut [u8]) {
    let (header, body) = stored.split_at_mut(HEADER);
    header[8..16].copy_from_slice(&(body.len() as u64).to_le_bytes());
    header[40..44].copy_from_slice(&crc32c(body).to_le_bytes());
    let checksum = crc32c(&header[..44]);
    header[44..].copy_from_slice(&checksum.to_le_bytes());
}

#[test]
fn what_was_stored_is_executed_from_the_first_call_on() {
    let never = module(PROGRAM, Translate::Never);
    for translate in [Translate::WhenHot, Translate::Always] {
        let module = module(PROGRAM, translate);
        let (mut store, instance) = instantiate(&module);
        let f = instance.get_typed_func::<i32, i32>(&store, "f").unwrap();
        for _ in 0..80 {
            f.call(&mut store, 9).unwrap();
        }
        let stored = store.save_microcode(instance).unwrap();
        // By now all functions are translated.
        assert_eq!(stored, module.save_microcode().unwrap());

        for fuel in (1..6000).step_by(17) {
            let [stepped, loaded] = [&never, &module].map(|module| {
                let (mut store, instance) = instantiate(module);
                let f = instance.get_func(&store, "f").unwrap();
                if translate == module.engine().config().translate() {
                    assert_eq!(store.load_microcode(instance, &stored), Ok(3));
                    let translation = store.translation(f);
                    assert!(matches!(translation, Some(Translation::Done { .. })));
                }
                let mut job = Job::new(&store, f, &[Val::I32(40)]).unwrap();
                store.run(&mut job, fuel);
                let hash = state_hash(&store, &job);
                assert!(matches!(store.run(&mut job, 1_000_000), Outcome::Done));
                (hash, job.executed(), job.results(&store))
            });
            assert_eq!(stepped, loaded, "after {fuel} instructions");
        }
    }
}

#[test]
fn a_job_goes_on_as_microcode_that_was_loaded_while_it_stood_still() {
    let (_, stored) = stored(PROGRAM);
    let [stepped, loaded] = [Translate::Never, Translate::WhenHot].map(|translate| {
        let (mut store, instance) = instantiate(&module(PROGRAM, translate));
        let f = instance.get_func(&store, "f").unwrap();
        let mut job = Job::new(&store, f, &[Val::I32(60)]).unwrap();
        let state = |round: u64| {
            store.run(&mut job, 100 + round);
            // From the second time on all is there already.
            assert_eq!(store.load_microcode(instance, &stored), Ok(3));
            state_hash(&store, &job)
        };
        (1..20).map(state).collect::<Vec<_>>()
    });
    assert_eq!(stepped, loaded);
}

#[test]
fn each_bit_that_has_changed_is_found() {
    let (module, mut stored) = stored(PROGRAM);
    for bit in 0..stored.len() * 8 {
        stored[bit / 8] ^= 1 << (bit % 8);
        let error = load(&module, &stored).unwrap_err();
        assert!(matches!(error, MicrocodeError::Envelope(_)), "bit {bit}: {error}");
        stored[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(load(&module, &stored), Ok(3));
}

#[test]
fn each_bit_that_has_changed_is_found_if_checksums_are_right() {
    let (module, original) = stored(PROGRAM);
    for bit in HEADER * 8..original.len() * 8 {
        let mut stored = original.clone();
        stored[bit / 8] ^= 1 << (bit % 8);
        seal(&mut stored);
        let error = load(&module, &stored).unwrap_err();
        assert!(!matches!(error, MicrocodeError::Envelope(_)), "bit {bit}: {error}");
    }
}

#[test]
fn whatever_else_has_changed_is_found() {
    let (module, original) = stored(PROGRAM);
    let (mut store, instance) = instantiate(&module);
    let mut random = 1_u64;
    for _ in 0..20_000 {
        let mut next = |most: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as usize % most
        };
        let mut stored = original.clone();
        // Words that come from elsewhere in it, numbers, and parts that are left out or doubled.
        for _ in 0..=next(3) {
            let (from, to) = (
                HEADER + 4 * next(original.len() / 4 - HEADER / 4),
                HEADER + 4 * next(stored.len() / 4 - HEADER / 4),
            );
            match next(4) {
                0 => stored[to] = next(256) as u8,
                1 => drop(stored.drain(to..(to + 4 * next(9)).min(stored.len()))),
                2 => drop(stored.splice(to..to, original[from..].iter().copied().take(8))),
                _ => stored[to..to + 4].copy_from_slice(&original[from..from + 4]),
            }
        }
        seal(&mut stored);
        let loaded = store.load_microcode(instance, &stored);
        assert_eq!(loaded.is_ok(), stored == original, "{loaded:?}");
    }
}

#[test]
fn each_length_but_the_right_one_is_refused() {
    let (module, mut stored) = stored(PROGRAM);
    let whole = stored.len() as u64;
    let length =
        |expected, found| MicrocodeError::Envelope(EnvelopeError::Length { expected, found });
    for found in 0..whole {
        let expected = if found < HEADER as u64 { HEADER as u64 } else { whole };
        let loaded = load(&module, &stored[..found as usize]);
        assert_eq!(loaded, Err(length(expected, found)));
        // The same if the header says so.
        if found >= HEADER as u64 {
            let mut stored = stored[..found as usize].to_vec();
            seal(&mut stored);
            assert!(load(&module, &stored).is_err());
        }
    }
    stored.push(0);
    assert_eq!(load(&module, &stored), Err(length(whole, whole + 1)));
    seal(&mut stored);
    let offset = whole as usize;
    assert_eq!(load(&module, &stored), Err(MicrocodeError::Length { offset }));
}

#[test]
fn what_was_stored_by_others_is_refused_with_the_reason() {
    let (module, original) = stored(PROGRAM);
    let changed = |at: usize, bytes: &[u8]| {
        let mut stored = original.clone();
        stored[at..at + bytes.len()].copy_from_slice(bytes);
        seal(&mut stored);
        load(&module, &stored)
    };
    let envelope = |reason| Err(MicrocodeError::Envelope(reason));
    assert_eq!(changed(0, b"SPIL"), envelope(EnvelopeError::Magic));
    assert_eq!(changed(4, &[4, 0]), envelope(EnvelopeError::Version(4)));
    assert_eq!(changed(6, &[2, 0]), envelope(EnvelopeError::Kind(2)));
    assert_eq!(changed(16, &[0; 8]), envelope(EnvelopeError::Module));
    assert_eq!(changed(HEADER, &[4, 0]), Err(MicrocodeError::Straight { expected: 256, found: 4 }));

    // Version 1 had 16 bytes before its contents, version 2 had 32.
    for version in [1, 2] {
        let mut former = *b"FYSM\x01\x00\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x41\x6A";
        former[4] = version;
        let error = EnvelopeError::Version(version.into());
        assert_eq!(load(&module, &former), envelope(error));
    }
    let length = EnvelopeError::Length { expected: HEADER as u64, found: 0 };
    assert_eq!(load(&module, &[]), envelope(length));

    let other = self::module(&PROGRAM.replace("some data", "same data"), Translate::WhenHot);
    assert_eq!(load(&other, &original), envelope(EnvelopeError::Module));
}

#[test]
fn functions_are_those_of_the_module_in_order() {
    let (module, original) = stored(PROGRAM);
    let first = u32::from_le_bytes(original[FIRST..FIRST + 4].try_into().unwrap());
    assert_eq!(first, 1, "function 0 is imported");
    for function in [0_u32, 4, u32::MAX] {
        let mut stored = original.clone();
        stored[FIRST..FIRST + 4].copy_from_slice(&function.to_le_bytes());
        seal(&mut stored);
        let error = MicrocodeError::Function { function, offset: FIRST };
        assert_eq!(load(&module, &stored), Err(error));
    }
    // All of them twice.
    let mut twice =
        [&original[..FIRST - 4], &[6, 0, 0, 0], &original[FIRST..], &original[FIRST..]].concat();
    seal(&mut twice);
    let error = MicrocodeError::Function { function: 1, offset: original.len() };
    assert_eq!(load(&module, &twice), Err(error));
}

#[test]
fn all_is_loaded_within_the_budget_or_nothing() {
    let (_, stored) = stored(PROGRAM);
    let bytes = |ram| {
        let (mut store, instance) = planned(Planner {
            probe: Probe { ram, cpus: 1 },
            gate: Some(true),
            ..Planner::default()
        });
        let before = store.microcode_stats().translated;
        match store.load_microcode(instance, &stored) {
            Ok(loaded) => assert_eq!((loaded, before), (3, 0)),
            Err(error) => assert!(
                matches!(error, MicrocodeError::Budget | MicrocodeError::Refused { .. }),
                "{error}"
            ),
        }
        store.microcode_stats().translated
    };
    let loaded: Vec<usize> = (8..17).map(|power| bytes(1 << power)).collect();
    assert!(loaded.iter().all(|loaded| [0, 3].contains(loaded)), "{loaded:?}");
    assert_eq!((loaded[0], loaded[8]), (0, 3));
}

#[test]
fn where_nothing_is_translated_nothing_is_loaded_for_the_same_reason() {
    let (_, stored) = stored(PROGRAM);
    let tiny = Probe { ram: 4096, cpus: 1 };
    for planner in [
        Planner { gate: Some(false), ..Planner::default() },
        Planner { probe: tiny, ..Planner::default() },
    ] {
        let gate = planner.gate();
        let (mut store, instance) = planned(planner);
        let loaded = store.load_microcode(instance, &stored);
        assert_eq!(loaded, Err(MicrocodeError::Gate(gate)));
        assert_eq!(store.microcode_stats().translated, 0);
    }
    let error = MicrocodeError::Gate(Gate::Forbidden).to_string();
    assert_eq!(error, "nothing is translated: microcode is closed, by setting");
}

#[test]
fn no_functions_are_stored_before_any_is_translated() {
    let (mut store, instance) = instantiate(&module(PROGRAM, Translate::WhenHot));
    let stored = store.save_microcode(instance).unwrap();
    assert_eq!(store.load_microcode(instance, &stored), Ok(0));
}

#[test]
fn a_function_that_is_not_translated_is_refused() {
    let locals = " v128".repeat(40_000);
    let wat = format!(r#"(module (func (export "f") (local i32)) (func (local{locals})))"#);
    // The second function is left out.
    let (module, mut stored) = stored(&wat);
    assert_eq!(stored[FIRST - 4], 1);
    stored[FIRST] = 1;
    seal(&mut stored);
    let reason = Refused::Slots(80_000);
    assert_eq!(load(&module, &stored), Err(MicrocodeError::Refused { function: 1, reason }));
}

#[test]
fn an_instance_of_another_store_has_no_microcode_here() {
    let module = module(PROGRAM, Translate::WhenHot);
    let (mut store, _) = instantiate(&module);
    let (_, instance) = instantiate(&module);
    assert_eq!(store.save_microcode(instance), Err(MicrocodeError::ForeignHandle));
    assert_eq!(store.load_microcode(instance, b""), Err(MicrocodeError::ForeignHandle));
}
