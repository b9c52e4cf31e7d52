//! Whatever the bytes are that a state is loaded from: it is refused, and nothing changes, or it can
//! be executed.

mod common;

use common::states::{Outside, PROGRAMS, Program, begin, instantiate, run, save};
use common::{engine, module};
use fayasm_core::timeline::state_hash;
use fayasm_core::{
    Contents, Job, Module, StateError, StatePart, Store, StoreLimits, Trap, TrapKind, Val,
};

/// Loads these bytes, and runs what comes of it; says whether they were accepted. Whatever they
/// are, the store can be set to `state` again.
#[track_caller]
fn try_load(store: &mut Store<Outside>, bytes: &[u8], state: &[u8], what: &str) -> bool {
    let job = store.load_state(state).expect("it was saved");
    let hash = state_hash(&*store, &job);
    match store.load_state(bytes) {
        Err(_) => {
            assert_eq!(state_hash(&*store, &job), hash, "{what} changes something");
            false
        }
        Ok(mut job) => {
            let hash = state_hash(&*store, &job);
            let again = save(store, &job);
            run(store, &mut job, 200);
            let job = store.load_state(&again).expect("it was there");
            assert_eq!(state_hash(&*store, &job), hash, "{what} is saved as something else");
            let mut job = job;
            run(store, &mut job, 4000);
            true
        }
    }
}

/// States of a program: at the beginning, on the way, at the end.
fn states(module: &Module, program: &Program, count: u64) -> Vec<Vec<u8>> {
    let (mut store, _, mut job) = begin(module, program);
    run(&mut store, &mut job, 100_000);
    let executed = job.executed();
    let states = (0..=count).map(|stop| {
        let (mut store, _, mut job) = begin(module, program);
        run(&mut store, &mut job, executed * stop / count);
        job.trapped().is_none().then(|| save(&store, &job))
    });
    states.flatten().collect()
}

#[test]
fn each_bit_that_has_changed_is_refused_or_can_be_executed() {
    let (mut refused, mut accepted) = (0, 0);
    for program in PROGRAMS {
        let module = module(&engine(), program.wat);
        let (mut store, _) = instantiate(&module);
        for (number, state) in states(&module, program, 3).iter().enumerate() {
            let mut bytes = state.clone();
            for bit in 0..bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                let what = format!("{}, state {number}, bit {bit}", program.name);
                match try_load(&mut store, &bytes, state, &what) {
                    true => accepted += 1,
                    false => refused += 1,
                }
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
    assert!(refused > 10_000 && accepted > 10_000, "{refused} refused, {accepted} accepted");
}

#[test]
fn whatever_else_has_changed_is_refused_or_can_be_executed() {
    let mut random = 1_u64;
    let mut next = move |most: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % most
    };
    for program in PROGRAMS {
        let module = module(&engine(), program.wat);
        let (mut store, _) = instantiate(&module);
        let states = states(&module, program, 9);
        for round in 0..4000 {
            let state = &states[next(states.len())];
            let other = &states[next(states.len())];
            let mut bytes = state.clone();
            for _ in 0..=next(3) {
                // Behind the shape, which must be right.
                let from = 64 + 4 * next(other.len() / 4 - 16);
                let to = 64 + 4 * next((bytes.len() / 4).min(1500) - 16);
                let word = &other[from..(from + 4).min(other.len())];
                match next(5) {
                    0 => bytes[to] = next(256) as u8,
                    1 => drop(bytes.drain(to..(to + 4 * next(9)).min(state.len() - 64).max(to))),
                    2 => drop(bytes.splice(to..to, word.to_vec())),
                    3 => bytes[to..to + 4].copy_from_slice(&(next(40) as u32).to_le_bytes()),
                    _ => drop(bytes.splice(to..to + 4, word.to_vec())),
                }
                if bytes.len() < 128 {
                    bytes = state.clone();
                }
            }
            try_load(&mut store, &bytes, state, &format!("{}, round {round}", program.name));
        }
        let state = &states[0];
        for _ in 0..300 {
            let bytes: Vec<u8> = (0..next(500)).map(|_| next(256) as u8).collect();
            assert!(!try_load(&mut store, &bytes, state, "random bytes"));
            let bytes = [&state[..64], &bytes].concat();
            try_load(&mut store, &bytes, state, "random bytes behind the right shape");
        }
    }
}

#[test]
fn each_length_but_the_right_one_is_refused() {
    for program in PROGRAMS {
        let module = module(&engine(), program.wat);
        let (mut store, _) = instantiate(&module);
        for state in states(&module, program, 2) {
            for length in 0..state.len() {
                let error = store.load_state(&state[..length]).unwrap_err();
                let is_length = matches!(error, StateError::Length { .. });
                assert!(is_length, "{}, {length} bytes: {error}", program.name);
            }
            let longer = [state.as_slice(), &[0]].concat();
            let error = StateError::Length { offset: state.len() };
            assert_eq!(store.load_state(&longer).unwrap_err(), error);
        }
    }
}

/// The state of a function `f` after so many instructions, without the contents of memories, and a
/// store of the same module.
fn stopped(wat: &str, arguments: &[Val], executed: u64) -> (Store<Outside>, Vec<u8>) {
    let module = module(&engine(), wat);
    let (mut store, instance) = instantiate(&module);
    let f = instance.get_func(&store, "f").expect("it is exported");
    let mut job = Job::new(&store, f, arguments).expect("the arguments fit");
    run(&mut store, &mut job, executed);
    let state = store.save_state(&job, Contents::Elsewhere).expect("it stands still");
    store.load_state(&state).expect("it was saved here");
    (store, state)
}

/// Puts numbers of 32 bits in the place of others.
fn put(state: &[u8], at: usize, numbers: &[u32]) -> Vec<u8> {
    let mut state = state.to_vec();
    for (place, number) in numbers.iter().enumerate() {
        state[at + 4 * place..at + 4 * place + 4].copy_from_slice(&number.to_le_bytes());
    }
    state
}

/// Where these numbers of 32 bits stand, which they do once.
#[track_caller]
fn find(state: &[u8], numbers: &[u32]) -> usize {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let all = (0..=state.len() - bytes.len()).step_by(4);
    let places = all.filter(|at| state[*at..].starts_with(&bytes));
    let places: Vec<usize> = places.collect();
    assert_eq!(places.len(), 1, "{numbers:?} stand at {places:?}");
    places[0]
}

#[track_caller]
fn assert_flaw(store: &mut Store<Outside>, state: &[u8], part: StatePart, index: usize) {
    let error = store.load_state(state).map(drop).unwrap_err();
    assert_eq!(error, StateError::Flaw { part, index });
}

#[test]
fn frames_stand_where_execution_comes_to_and_call_each_other() {
    let (mut store, state) = stopped(
        r#"(module
          (func $inner (param i32) (result i32) (nop) (i32.add (i32.const 300) (local.get 0)))
          (func $other (param i32) (result i64) (nop) (i64.extend_i32_u (local.get 0)))
          (func (export "f") (param i32) (result i32)
            (i32.add (i32.const 7) (call $inner (local.get 0)))))"#,
        &[Val::I32(3)],
        4,
    );
    // The end: two frames of four numbers; how many slots, how many zeros and others come, these.
    let slots = state.len() - 3 * 8;
    let frames = slots - 12 - 2 * 16;
    let job = frames - 32;
    let [outer, inner] = [frames, frames + 16];
    let number = |at: usize| u32::from_le_bytes(state[at..at + 4].try_into().unwrap());
    let frame = |at: usize| [0, 4, 8, 12].map(|place| number(at + place));
    // Past functions of the host: function, first slot, instruction, entry of the side table.
    let first = frame(inner)[0];
    assert_eq!((frame(outer), frame(inner)), ([first + 2, 0, 5, 0], [first, 2, 2, 0]));

    let mut refuse = |at: usize, number: u32, part, index| {
        assert_flaw(&mut store, &put(&state, at, &[number]), part, index);
    };
    // In the middle of an instruction; where more operands are; behind the end.
    for pc in [3, 5, 100] {
        refuse(inner + 8, pc, StatePart::Frames, 1);
    }
    // At no call.
    for pc in [3, 7, 8] {
        refuse(outer + 8, pc, StatePart::Frames, 0);
    }
    refuse(inner + 12, 1, StatePart::Frames, 1);
    refuse(outer + 4, 1, StatePart::Frames, 0);
    // What is called gives something else; there is no such function, or it is the host's.
    refuse(inner, first + 1, StatePart::Frames, 0);
    refuse(inner, 99, StatePart::Frames, 1);
    // The function that was called gives something else, or nothing is executed.
    refuse(job + 4, first + 1, StatePart::Frames, 0);
    for status in [0, 1, 3] {
        refuse(job, status, StatePart::Job, 0);
    }
    refuse(job + 12, 1 << 31, StatePart::Job, 0);
    // A number of 32 bits that has more; fewer slots than there must be.
    refuse(slots + 4, 1, StatePart::Frames, 0);
    refuse(slots + 20, 1, StatePart::Frames, 1);
    let shorter = [&put(&state, slots - 12, &[2, 0, 2])[..slots], &state[slots + 8..]].concat();
    assert_flaw(&mut store, &shorter, StatePart::Frames, 1);

    let many = store.load_state(&put(&state, frames - 4, &[u32::MAX])).map(drop);
    assert_eq!(many, Err(StateError::Limit(StatePart::Frames)));
    let much = store.load_state(&put(&state, slots - 12, &[u32::MAX])).map(drop);
    assert_eq!(much, Err(StateError::Limit(StatePart::Stack)));
    assert!(store.load_state(&state).is_ok());
}

#[test]
fn what_cannot_be_reached_is_not_gone_on_with() {
    let (mut store, state) = stopped(
        r#"(module (func (export "f")
          (block (br 0) (nop) (block (drop (i32.const 1)))) (nop)))"#,
        &[],
        1,
    );
    // Instruction and entry of the side table of the only frame, before the number of slots.
    let place = state.len() - 4 - 8;
    for pc in [5, 6, 8] {
        assert_flaw(&mut store, &put(&state, place, &[pc, 1]), StatePart::Frames, 0);
    }
    for (pc, entry) in [(3, 0), (13, 1), (14, 1)] {
        let mut job = store.load_state(&put(&state, place, &[pc, entry])).expect("it is reached");
        run(&mut store, &mut job, 10);
        assert!(!job.is_running());
    }
}

/// Where references and numbers stand in all that there is.
const TYPED: &str = r#"(module
  (type $a (func (result i32))) (type $b (func (result i64)))
  (type $s (struct (field (mut (ref null $a))) (field i8) (field i31ref)))
  (tag $e (param (ref null $a)))
  (func $a (type $a) (i32.const 1)) (func $b (type $b) (i64.const 2))
  (global $g (mut (ref null $a)) (ref.func $a))
  (table $t 2 4 (ref null $a) (ref.func $a))
  (memory 1 2)
  (elem $e (ref null $a) (ref.func $a))
  (elem declare func $b)
  (func (export "f") (param $x exnref) (result i32)
    (local $l (ref null $a)) (local $s (ref null $s))
    (local.set $l (ref.func $a))
    (local.set $s (struct.new $s (ref.func $a) (i32.const 0x11) (ref.i31 (i32.const 0x22))))
    (nop)
    (call_ref $a (local.get $l))))"#;

#[test]
fn references_are_of_the_types_of_their_places() {
    let (mut store, state) = stopped(TYPED, &[Val::ExnRef(None)], 8);
    let function = {
        let end = state.len();
        u32::from_le_bytes(state[end - 16..end - 12].try_into().unwrap())
    };
    let (a, b) = (function, function + 1);
    assert_eq!(find(&state, &[1, 2, a, 0, 0, 1]), state.len() - 24, "locals come last");
    let mut refuse = |at: usize, number: u32, part, index| {
        assert_flaw(&mut store, &put(&state, at, &[number]), part, index);
    };
    for other in [b, 99] {
        refuse(state.len() - 16, other, StatePart::Frames, 0);
        refuse(find(&state, &[2, 0, 0, 2, a, 0, a, 0]) + 24, other, StatePart::Tables, 0);
        refuse(find(&state, &[0, 1, a, 0, 1, 0]) + 8, other, StatePart::Globals, 0);
        refuse(find(&state, &[0, 3, a, 0, 0x11, 0, 0x22, 2]) + 8, other, StatePart::Objects, 0);
    }
    // No object; no integer of 31 bits, or of so many; more than a small field holds.
    refuse(state.len() - 8, 1, StatePart::Frames, 0);
    let object = find(&state, &[0, 3, a, 0, 0x11, 0, 0x22, 2]);
    refuse(object + 28, 3, StatePart::Objects, 0);
    refuse(object + 24, 1 << 31, StatePart::Objects, 0);
    refuse(object + 20, 1, StatePart::Objects, 0);
    // A structure is no exception.
    let exception = [&put(&state, state.len() - 24, &[0, 3, 0, 1])[..], &[0; 8]].concat();
    let exception = put(&exception, state.len() - 8, &[a, 0, 0, 1]);
    assert_flaw(&mut store, &exception, StatePart::Frames, 0);
    let mut job = store.load_state(&state).expect("it was saved");
    run(&mut store, &mut job, 100);
    assert_eq!(job.results(&store), Some(vec![Val::I32(1)]));
}

#[test]
fn objects_are_what_their_types_say_and_entries_are_free_once() {
    let (mut store, state) = stopped(TYPED, &[Val::ExnRef(None)], 8);
    // Behind the shape: generation, when to collect, how tight it is, how many entries; the entry.
    let entries = 64 + 8 + 8 + 4;
    let entry = entries + 4;
    let free = entry + 20 + 8 + 24;
    let number = |at: usize| u32::from_le_bytes(state[at..at + 4].try_into().unwrap());
    assert_eq!([entries, entry, entry + 8, free].map(number), [1, 1, 3, 0]);

    for (at, number) in [(entry, 3), (entry, 2), (entry + 4, 0), (entry + 8, 4), (entry + 16, 9)] {
        assert_flaw(&mut store, &put(&state, at, &[number]), StatePart::Objects, 0);
    }
    assert_flaw(&mut store, &put(&state, 68, &[1 << 31]), StatePart::Objects, 0);
    let large = store.load_state(&put(&state, entry + 8, &[u32::MAX])).map(drop);
    assert_eq!(large, Err(StateError::Limit(StatePart::Objects)));
    let many = store.load_state(&put(&state, entries, &[u32::MAX])).map(drop);
    assert!(matches!(many, Err(StateError::Length { .. })), "{many:?}");

    // A second entry, without an object; which entries are free.
    let mut with = |numbers: &[u32]| {
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let state = [&put(&state, entries, &[2])[..free], &numbers, &state[free + 4..]].concat();
        store.load_state(&state).map(drop)
    };
    let flaw = |index| Err(StateError::Flaw { part: StatePart::Objects, index });
    assert_eq!(with(&[0, 1, 1]), Ok(()));
    assert_eq!(with(&[0, 0]), Ok(()), "it is never used again");
    assert_eq!(with(&[0, 2, 1, 1]), flaw(1), "it would be given twice");
    assert_eq!(with(&[0, 1, 0]), flaw(0), "it has an object");
    assert_eq!(with(&[0, 1, 2]), flaw(2), "it is not there");
}

#[test]
fn memories_and_tables_are_as_large_as_their_types_allow() {
    let (mut store, state) = stopped(TYPED, &[Val::ExnRef(None)], 8);
    let memory = find(&state, &[0, 65536, 0]);
    assert_flaw(&mut store, &put(&state, memory, &[2]), StatePart::Memories, 0);
    for size in [65535, 3 * 65536, 0] {
        let state = put(&state, memory + 4, &[size]);
        assert_flaw(&mut store, &state, StatePart::Memories, 0);
    }
    let larger = put(&state, memory + 4, &[2 * 65536]);
    assert!(store.load_state(&larger).is_ok());
    store.load_state(&state).expect("it was saved");
    store.set_limits(StoreLimits::new().with_memory_bytes(65536));
    let error = store.load_state(&larger).map(drop);
    assert_eq!(error, Err(StateError::Limit(StatePart::Memories)));
    store.set_limits(StoreLimits::new().with_total_memory_bytes(65536));
    let error = store.load_state(&larger).map(drop);
    assert_eq!(error, Err(StateError::Limit(StatePart::Memories)));

    let table = memory + 12;
    let sized = |size: u32| {
        let runs = [[size, 0, 0, size], [0; 4]].concat();
        let slots = [&state[table + 16..table + 24]; 8].concat();
        let head: Vec<u8> = runs[..4].iter().flat_map(|number| number.to_le_bytes()).collect();
        let slots = &slots[..8 * size as usize];
        [&state[..table], &head, slots, &state[table + 32..]].concat()
    };
    assert_eq!(sized(2), state);
    for size in [1, 5] {
        assert_flaw(&mut store, &sized(size), StatePart::Tables, 0);
    }
    store.set_limits(StoreLimits::new().with_table_elements(3));
    let error = store.load_state(&sized(4)).map(drop);
    assert_eq!(error, Err(StateError::Limit(StatePart::Tables)));
    assert!(store.load_state(&sized(3)).is_ok());
}

#[test]
fn segments_that_were_not_dropped_hold_what_is_there() {
    let wat = r#"(module
      (type $s (struct (field i32))) (elem $e (ref $s) (struct.new $s (i32.const 7)))
      (func (export "f") (nop) (elem.drop $e)))"#;
    let (mut store, state) = stopped(wat, &[], 1);
    // The only entry: what it is, type, length, generation, a run of one word.
    let entry = 64 + 24;
    let object = 4 + 4 + 4 + 8 + 8 + 8;
    let gone = [&state[..entry], &[0; 4], &state[entry + object..]].concat();
    assert_flaw(&mut store, &gone, StatePart::Segments, 0);
    let (mut store, state) = stopped(wat, &[], 2);
    let gone = [&state[..entry], &[0; 4], &state[entry + object..]].concat();
    assert!(store.load_state(&gone).is_ok());
}

#[test]
fn another_job_does_not_take_an_object_for_one_of_another_type() {
    let module = module(
        &engine(),
        r#"(module
          (type $s (struct (field i32))) (type $bytes (array i8))
          (func (export "f") (result anyref) (struct.new $s (i32.const 77)))
          (func (export "get") (param (ref null $s)) (result i32)
            (struct.get $s 0 (local.get 0))))"#,
    );
    let (mut store, instance) = instantiate(&module);
    let [f, get] = ["f", "get"].map(|name| instance.get_func(&store, name).expect("it is there"));
    let mut job = Job::new(&store, f, &[]).unwrap();
    run(&mut store, &mut job, 100);
    let mut other = Job::new(&store, get, &job.results(&store).unwrap()).unwrap();
    run(&mut store, &mut other, 1);
    let state = store.save_state(&job, Contents::Included).unwrap();
    // An array of one byte looks the same.
    let ty = 64 + 24 + 4;
    let number = u32::from_le_bytes(state[ty..ty + 4].try_into().unwrap());
    store.load_state(&put(&state, ty, &[number + 1])).expect("any object may be there");
    run(&mut store, &mut other, 100);
    assert_eq!(other.trapped().map(Trap::kind), Some(&TrapKind::LostReference));
}
