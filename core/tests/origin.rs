//! Where values came from: back along copies, to where they began.

mod common;

use common::engine;
use fayasm_core::inspect::{Inspector, Location};
use fayasm_core::timeline::{Cause, Origin, Producer, Settings, Timeline};
use fayasm_core::{
    Caller, Extern, ExternKind, Func, Instance, Job, Limit, Memory, Module, Store, Val,
};

/// A run to its end, of the export `f`.
struct Ran {
    store: Store<()>,
    timeline: Timeline,
    instance: Instance,
}

impl Ran {
    fn new(text: &str, args: &[Val]) -> Ran {
        Ran::with(text, args, Settings::default().with_interval(10))
    }

    /// With host functions of the names that are imported, as far as they are known.
    fn with(text: &str, args: &[Val], settings: Settings) -> Ran {
        let engine = engine();
        let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let names: Vec<String> = module.imports().map(|(it, _)| it.name.to_string()).collect();
        let imports: Vec<Extern> = names.iter().map(|name| host(&mut store, name)).collect();
        let instance = Instance::new(&mut store, &module, &imports).unwrap();
        let f = instance.get_func(&store, "f").unwrap();
        let job = Job::new(&store, f, args).unwrap();
        let mut timeline = Timeline::new(&mut store, job, settings).unwrap();
        timeline.run(&mut store, Limit::NONE).unwrap();
        Ran { store, timeline, instance }
    }

    /// Goes to before the instruction at which the operands of the innermost
    /// frame are these.
    fn seek_operands(&mut self, operands: &[u64]) {
        self.timeline.seek(&mut self.store, 0).unwrap();
        let mut found = false;
        let look = |store: &Store<()>, job: &Job| {
            found = job.depth() > 0 && job.operands(store, job.depth() - 1) == operands;
            (!found).then_some(Limit::fuel(1))
        };
        self.timeline.walk(&mut self.store, u64::MAX, look).unwrap();
        assert!(found, "{operands:?}");
    }

    fn producer(&mut self, of: &Location) -> Producer {
        let here = self.timeline.job().executed();
        let found = self.timeline.producer(&mut self.store, of).unwrap().unwrap();
        assert_eq!(self.timeline.job().executed(), here);
        found
    }

    /// The instructions on the way to the origin, and what is found there.
    fn chain(&mut self, of: Location) -> (Vec<&'static str>, Cause) {
        let origin = self.timeline.origin(&mut self.store, of).unwrap();
        let here = self.timeline.job().executed();
        let mut mnemonics = Vec::new();
        for link in origin.links() {
            if matches!(link.cause, Cause::Argument(_) | Cause::Initial | Cause::Forgotten) {
                continue;
            }
            self.timeline.seek(&mut self.store, link.executed).unwrap();
            let frame = self.timeline.job().frame().unwrap();
            let place = Inspector::new().place(&self.store, frame).unwrap();
            mnemonics.push(place.instruction.operator.mnemonic());
        }
        self.timeline.seek(&mut self.store, here).unwrap();
        (mnemonics, origin.links().last().unwrap().cause.clone())
    }

    fn memory(&self, bytes: std::ops::Range<u64>) -> Location {
        let memory = self.instance.get_index(&self.store, ExternKind::Memory, 0);
        Location::Memory { memory: memory.unwrap().into_memory().unwrap(), bytes }
    }

    fn global(&self, index: u32) -> Location {
        let global = self.instance.get_index(&self.store, ExternKind::Global, index);
        Location::Global(global.unwrap().into_global().unwrap())
    }

    fn element(&self, index: u64) -> Location {
        let table = self.instance.get_index(&self.store, ExternKind::Table, 0);
        Location::Table { table: table.unwrap().into_table().unwrap(), elements: index..index + 1 }
    }

    /// What is in a place now, as bits.
    fn value(&self, at: &Location) -> Option<Vec<u64>> {
        let (store, job) = (&self.store, self.timeline.job());
        Some(match at {
            Location::Operand { frame: 0, slot } if job.depth() == 0 => {
                vec![*job.stack().get(*slot)?]
            }
            Location::Operand { frame, slot } => vec![*job.operands(store, *frame).get(*slot)?],
            Location::Local { frame, local } => {
                let types = Inspector::new().local_types(store, job.frames().get(*frame)?);
                let (before, from) = types.split_at_checked(*local as usize)?;
                let before = before.iter().map(|ty| ty.slots() as usize).sum();
                let slots = job.locals(store, *frame).get(before..)?;
                slots.get(..from.first()?.slots() as usize)?.to_vec()
            }
            Location::Global(global) => match global.get(store).unwrap() {
                Val::I32(it) => vec![u64::from(it.cast_unsigned())],
                Val::I64(it) => vec![it.cast_unsigned()],
                Val::V128(it) => vec![it as u64, (it >> 64) as u64],
                other => panic!("{other} is not expected"),
            },
            Location::Memory { memory, bytes } => {
                let data = memory.data(store).unwrap();
                let bytes = data.get(bytes.start as usize..bytes.end as usize)?;
                bytes.iter().map(|byte| u64::from(*byte)).collect()
            }
            Location::Table { .. } => return None,
        })
    }

    /// All places where values are now, but for memory.
    fn places(&self) -> Vec<Location> {
        let (store, job) = (&self.store, self.timeline.job());
        let mut places = Vec::new();
        if job.depth() == 0 {
            places.extend((0..job.stack().len()).map(|slot| Location::Operand { frame: 0, slot }));
        }
        for frame in 0..job.depth() {
            let slots = job.operands(store, frame).len();
            places.extend((0..slots).map(|slot| Location::Operand { frame, slot }));
            let locals = Inspector::new().locals(store, job, frame).len() as u32;
            places.extend((0..locals).map(|local| Location::Local { frame, local }));
        }
        places
    }
}

/// The host function of a name.
fn host(store: &mut Store<()>, name: &str) -> Extern {
    let memory = |caller: &mut Caller<'_, ()>| -> Memory {
        caller.get_export("memory").unwrap().into_memory().unwrap()
    };
    let func = match name {
        "ten" => Func::wrap(store, || 10),
        "double" => Func::wrap(store, |it: i32| it * 2),
        "write" => Func::wrap(store, move |mut caller: Caller<'_, ()>, at: i32| {
            memory(&mut caller).write(&mut caller, at as u64, b"host").unwrap();
        }),
        // What it does cannot be logged.
        "grow" => Func::wrap(store, move |mut caller: Caller<'_, ()>| {
            let memory = memory(&mut caller);
            memory.grow(&mut caller, 1).unwrap();
            memory.write(&mut caller, 4, b"grown").unwrap();
        }),
        _ => panic!("there is no {name}"),
    };
    func.unwrap().into()
}

const fn operand(slot: usize) -> Location {
    Location::Operand { frame: 0, slot }
}

const fn local(local: u32) -> Location {
    Location::Local { frame: 0, local }
}

/// Goes over a run, and asks of everything where it came from: the instruction
/// before which it stands then must put exactly that there, it must stay there,
/// and what is copied must be the same.
fn everything_is_told(text: &str, args: &[Val]) {
    let mut ran = Ran::new(text, args);
    let end = ran.timeline.job().executed();
    for at in 0..=end {
        ran.timeline.seek(&mut ran.store, at).unwrap();
        for place in ran.places() {
            let value = ran.value(&place).unwrap();
            let found = ran.producer(&place);
            check(&mut ran, at, &place, &value, &found);
            ran.timeline.seek(&mut ran.store, at).unwrap();
        }
    }
}

fn check(ran: &mut Ran, at: u64, place: &Location, value: &[u64], found: &Producer) {
    let told = format!("{place:?} at {at}: {found:?}");
    assert_ne!(found.cause, Cause::Forgotten, "{told}");
    let is_there = matches!(found.cause, Cause::Argument(_));
    ran.timeline.seek(&mut ran.store, found.executed).unwrap();
    if let Cause::Copied(from) = &found.cause {
        match (from, ran.value(from)) {
            (Location::Memory { .. }, Some(bytes)) => {
                let read = value[0].to_le_bytes().map(u64::from);
                let chunks = bytes.chunks(8);
                let mut same = chunks.map(|chunk| chunk == &read[..chunk.len()]);
                assert!(same.any(|same| same), "{bytes:?}: {told}");
            }
            // Of a vector, one half may be copied.
            (_, Some(slots)) => {
                assert!(slots.contains(&value[0]) || value.contains(&slots[0]), "{told}");
            }
            (Location::Table { .. }, None) => {}
            (_, None) => panic!("there is no {from:?}: {told}"),
        }
    }
    let first = if is_there { found.executed } else { found.executed + 1 };
    for step in first..=at {
        ran.timeline.seek(&mut ran.store, step).unwrap();
        // While a function is called, its arguments are not its caller's operands.
        let now = ran.value(place);
        assert!(now.as_deref() == Some(value), "{now:?} after {step}: {told}");
    }
}

#[test]
fn what_is_told_holds_for_everything_in_a_run() {
    everything_is_told(
        r#"(module
          (import "" "ten" (func $ten (result i32)))
          (import "" "double" (func $double (param i32) (result i32)))
          (memory (export "memory") 1)
          (table 4 funcref) (elem (i32.const 1) $sum)
          (type $unary (func (param i32) (result i32)))
          (global $g (mut i64) (i64.const 5))
          (func $sum (param $n i32) (result i32) (local $rest i32)
            (if (result i32) (i32.eqz (local.get $n))
              (then (i32.const 100))
              (else
                (local.set $rest (call $sum (i32.sub (local.get $n) (i32.const 1))))
                (i32.add (local.get $n) (local.get $rest)))))
          (func $tail (param i32 i32) (result i32) (local i32)
            (if (local.get 0)
              (then (return_call $tail (i32.sub (local.get 0) (i32.const 1))
                (i32.mul (local.get 1) (i32.const 3)))))
            (local.set 2 (local.get 1))
            (return_call $double (local.get 2)))
          (func $two (param i32) (result i32 i64)
            (i32.const 77) (drop) (local.get 0) (i64.const 12) (return))
          (func (export "f") (param $a i32) (param $b i64) (result i32 i64) (local $i i32)
            (i32.const 1000)
            (i64.const 2000)
            (i32.store offset=4 (i32.const 8) (i32.add (local.get $a) (i32.const 1)))
            (drop (i32.load offset=4 (i32.const 8)))
            (drop (i32.load8_u offset=4 (i32.const 8)))
            (global.set $g (local.get $b))
            (drop (global.get $g))
            (local.set $i (call $ten))
            (drop (select (i32.const 21) (i32.const 22) (local.get $i)))
            (drop (select (i32.const 21) (i32.const 22) (i32.const 0)))
            (drop (call $sum (i32.const 3)))
            (drop (call_indirect (type $unary) (i32.const 2) (i32.const 1)))
            (drop (call $tail (i32.const 2) (i32.const 7)))
            (block $out (result i32)
              (i32.const 31) (i32.const 32) (i32.const 33) (br $out))
            (drop)
            (block $out (result i32)
              (i32.const 41) (i32.const 42) (br_if $out (i32.const 0)) (br_if $out (i32.const 1)) (drop))
            (drop)
            (block $a (result i32) (block $b (result i32)
              (i32.const 50) (i32.const 51) (br_table $a $b (i32.const 0))))
            (drop)
            (loop $again (param i64) (result i64)
              (local.tee $i (i32.sub (local.get $i) (i32.const 4)))
              (br_if $again (i32.gt_s (i32.const 0)))
              (i32.const 3) (br_if 1 (i64.const 61) (i32.const 1)) (drop) (drop))
            (drop) (drop)
            (call $two (i32.const 9))))"#,
        &[Val::I32(40), Val::I64(-6)],
    );
}

#[test]
fn what_is_told_holds_where_vectors_take_two_slots() {
    everything_is_told(
        r#"(module
          (memory 1)
          (global $g (mut v128) (v128.const i64x2 1 2))
          (func $swap (param v128 i32 v128) (result v128 i32 v128)
            (local.get 2) (local.get 1) (local.get 0))
          (func (export "f") (result v128) (local $v v128) (local $i i32) (local $w v128)
            (i32.const 5)
            (local.set $v (v128.const i64x2 11 12))
            (local.set $w (i64x2.add (local.get $v) (v128.const i64x2 100 200)))
            (local.set $i (i32.const 9))
            (drop (select (local.get $v) (local.get $w) (i32.const 0)))
            (drop (select (local.get $v) (local.get $w) (i32.const 1)))
            (global.set $g (local.get $w))
            (drop (local.tee $v (global.get $g)))
            (v128.store (i32.const 32) (local.get $v))
            (drop (v128.load (i32.const 32)))
            (drop (v128.load64_lane 1 (i32.const 32) (local.get $w)))
            (call $swap (local.get $v) (local.get $i) (local.get $w))
            (local.set $v) (drop) (drop) (drop)
            (block $out (result v128)
              (i32.const 1) (v128.const i64x2 7 8) (br $out))))"#,
        &[],
    );
}

#[test]
fn what_is_told_holds_of_references_objects_and_exceptions() {
    everything_is_told(
        r#"(module
          (type $pair (struct (field i32) (field (mut i64))))
          (tag $e (param i32 i64))
          (table $t 3 funcref)
          (elem declare func $throws)
          (func $throws (param i32) (throw $e (local.get 0) (i64.const 4)))
          (func $through (param i32) (i32.const 1) (call $throws (local.get 0)) (drop))
          (func (export "f") (result i32) (local $p (ref null $pair))
            (i32.const 123)
            (local.set $p (struct.new $pair (i32.const 3) (i64.const 4)))
            (drop (struct.get $pair 1 (ref.as_non_null (local.get $p))))
            (table.set $t (i32.const 2) (ref.func $throws))
            (drop (table.get $t (i32.const 2)))
            (block $none
              (block $some (result (ref $pair))
                (br_on_non_null $some (local.get $p)) (br $none))
              (drop))
            (drop (ref.cast (ref $pair) (local.get $p)))
            (block $cast (result anyref)
              (i32.const 74)
              (br_on_cast $cast anyref (ref i31) (local.get $p))
              (drop)
              (br_on_cast $cast anyref (ref $pair) (ref.i31 (i32.const 5)))
              (br_on_cast_fail $cast anyref (ref $pair))
              (br $cast))
            (drop)
            (block $null
              (drop (br_on_null $null (local.get $p)))
              (br_on_null $null (ref.null $pair)) (drop))
            (block $caught (result i32 i64)
              (i32.const 70)
              (try_table (catch $e $caught) (i32.const 71) (call $through (i32.const 8)) (drop))
              (unreachable))
            (drop) (drop)
            (block $caught (result i32 i64)
              (i32.const 70)
              (try_table (catch $e $caught) (throw $e (i32.const 72) (i64.const 73)))
              (unreachable))
            (drop) (drop)))"#,
        &[],
    );
}

#[test]
fn a_value_is_followed_through_memory_globals_locals_and_calls() {
    let mut ran = Ran::new(
        r#"(module (memory 1) (global $g (mut i32) (i32.const 0))
          (func $id (param i32) (result i32) (local.get 0))
          (func (export "f") (result i32) (local i32)
            (local.set 0 (i32.const 7))
            (global.set $g (call $id (local.get 0)))
            (i32.store (i32.const 64) (global.get $g))
            (memory.copy (i32.const 100) (i32.const 62) (i32.const 10))
            (i32.load (i32.const 102))))"#,
        &[],
    );
    // The result, after the end.
    let (chain, cause) = ran.chain(operand(0));
    let expected = [
        "end",
        "i32.load",
        "memory.copy",
        "i32.store",
        "global.get",
        "global.set",
        "end",
        "local.get",
        "call",
        "local.get",
        "local.set",
        "i32.const",
    ];
    assert_eq!((&chain[..], cause), (&expected[..], Cause::Constant));
}

#[test]
fn arguments_and_what_locals_begin_as_are_origins() {
    let text = r#"(module
      (func $inner (param i32) (local i64) (nop))
      (func (export "f") (param i32) (local i32) (call $inner (local.get 0))))"#;
    let mut ran = Ran::new(text, &[Val::I32(5)]);
    ran.timeline.seek(&mut ran.store, 2).unwrap();
    let inner = |local| Location::Local { frame: 1, local };
    assert_eq!(ran.chain(inner(0)), (vec!["call", "local.get"], Cause::Argument(0)));
    let zero = ran.producer(&inner(1));
    assert_eq!((zero.executed, zero.cause), (1, Cause::Initial));
    assert_eq!(ran.producer(&local(1)).cause, Cause::Initial);
    // There is no such place.
    let none = [inner(2), Location::Local { frame: 2, local: 0 }, operand(0)];
    for place in none {
        assert_eq!(ran.timeline.producer(&mut ran.store, &place), Ok(None));
        assert!(ran.timeline.origin(&mut ran.store, place).unwrap().links().is_empty());
    }
}

#[test]
fn of_bytes_that_are_written_in_part_both_parts_are_told() {
    let mut ran = Ran::new(
        r#"(module (memory 1) (data (i32.const 0) "data")
          (func (export "f")
            (i64.store (i32.const 16) (i64.const -1))
            (i32.store8 (i32.const 18) (i32.const 7))
            (memory.fill (i32.const 20) (i32.const 3) (i32.const 2))
            (memory.copy (i32.const 17) (i32.const 16) (i32.const 4))))"#,
        &[],
    );
    let whole = ran.memory(16..24);
    let copied = ran.producer(&whole);
    let (source, before, behind) = (ran.memory(16..20), ran.memory(16..17), ran.memory(21..24));
    assert_eq!(copied.cause, Cause::Computed(vec![source.clone(), before, behind]));
    let (chain, cause) = ran.chain(ran.memory(19..20));
    assert_eq!(
        (&chain[..], cause),
        (&["memory.copy", "i32.store8", "i32.const"][..], Cause::Constant)
    );
    ran.timeline.seek(&mut ran.store, copied.executed).unwrap();
    assert_eq!(ran.chain(ran.memory(21..22)).0, ["memory.fill", "i32.const"]);
    let part = ran.producer(&source);
    let rest = [ran.memory(16..18), ran.memory(19..20)];
    assert_eq!(part.cause, Cause::Computed([operand(1)].into_iter().chain(rest).collect()));
    assert_eq!(ran.producer(&ran.memory(0..4)).cause, Cause::Initial);
}

#[test]
fn segments_and_growth_begin_what_they_give() {
    let mut ran = Ran::new(
        r#"(module (memory 1) (data $d "abcd") (table 1 funcref) (elem $e func $f)
          (func $f (export "f")
            (memory.init $d (i32.const 8) (i32.const 0) (i32.const 4))
            (drop (memory.grow (i32.const 1)))
            (table.init $e (i32.const 0) (i32.const 0) (i32.const 1))
            (drop (table.grow (ref.func $f) (i32.const 2)))
            (table.copy (i32.const 0) (i32.const 2) (i32.const 1))))"#,
        &[],
    );
    assert_eq!(ran.chain(ran.memory(8..12)), (vec!["memory.init"], Cause::Constant));
    let grown = ran.producer(&ran.memory(65536..65540));
    assert_eq!((grown.executed, grown.cause), (5, Cause::Initial));
    let chain = ran.chain(ran.element(0));
    assert_eq!(chain, (vec!["table.copy", "table.grow", "ref.func"], Cause::Constant));
    assert_eq!(ran.chain(ran.element(1)), (vec!["table.grow", "ref.func"], Cause::Constant));
}

#[test]
fn what_host_functions_give_and_write_is_theirs() {
    let text = r#"(module
      (import "" "ten" (func $ten (result i32)))
      (import "" "write" (func $write (param i32)))
      (import "" "grow" (func $grow))
      (memory (export "memory") 1)
      (func (export "f") (result i32)
        (i32.store (i32.const 4) (i32.const 1))
        (call $write (i32.const 2))
        (i32.store (i32.const 64) (call $ten))
        (call $grow)
        (i32.load (i32.const 64))))"#;
    let mut ran = Ran::new(text, &[]);
    let (chain, cause) = ran.chain(operand(0));
    assert_eq!((&chain[..], cause), (&["end", "i32.load", "i32.store", "call"][..], Cause::Host));
    // `grow` wrote last, before that `write`, before that a store.
    let steps = |ran: &mut Ran, bytes| {
        let place = ran.memory(bytes);
        let mut steps = Vec::new();
        let mut until = u64::MAX;
        while let Some(at) = ran.timeline.last_write(&mut ran.store, &place, 0, until).unwrap() {
            steps.push(at);
            until = at;
        }
        steps
    };
    assert_eq!(steps(&mut ran, 4..6), [8, 4, 2]);
    assert_eq!(steps(&mut ran, 8..9), [8]);
    assert_eq!(steps(&mut ran, 2..3), [4]);
    assert_eq!(ran.producer(&ran.memory(4..6)).cause, Cause::Host);
}

#[test]
fn what_the_embedder_changes_between_two_runs_is_its_own() {
    let engine = engine();
    let text = r#"(module (memory (export "memory") 1) (func (export "f") (nop) (nop) (nop)))"#;
    let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let memory = instance.get_memory(&store, "memory").unwrap();
    let job = Job::new(&store, instance.get_func(&store, "f").unwrap(), &[]).unwrap();
    let mut timeline = Timeline::new(&mut store, job, Settings::default()).unwrap();
    timeline.run(&mut store, 2).unwrap();
    memory.write(&mut store, 9, &[1]).unwrap();
    timeline.run(&mut store, 1).unwrap();
    let byte = |at| Location::Memory { memory, bytes: at..at + 1 };
    let found = timeline.producer(&mut store, &byte(9)).unwrap().unwrap();
    assert_eq!((found.executed, found.cause), (1, Cause::Host));
    let other = timeline.producer(&mut store, &byte(10)).unwrap().unwrap();
    assert_eq!(other.cause, Cause::Initial);
}

/// A loop that runs for a while, with a value below that nobody touches.
const LONG: &str = r#"(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func $work (param i32) (result i32) (local $i i32)
    (loop $l (br_if $l (i32.lt_u
      (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))
    (local.get $i))
  (func (export "f") (param $n i32) (result i32)
    (global.set $g (i32.const 3))
    (i32.store (i32.const 8) (i32.const 9))
    (i32.const 77)
    (drop (call $work (local.get $n)))
    (drop (call $work (local.get $n)))))"#;

#[test]
fn old_values_are_found_at_the_other_end_of_a_long_run() {
    let settings = Settings::default().with_interval(20_000);
    let mut ran = Ran::with(LONG, &[Val::I32(100_000)], settings);
    let end = ran.timeline.job().executed();
    assert!(end > 1_000_000);
    ran.timeline.seek(&mut ran.store, end - 1).unwrap();
    let places = [operand(0), ran.global(0), ran.memory(8..9)];
    for (place, at) in places.into_iter().zip([5, 1, 4]) {
        let mut origin = Origin::of(&ran.timeline, place);
        let mut parts = 1;
        while origin.search(&mut ran.timeline, &mut ran.store).unwrap() {
            parts += 1;
            assert_eq!(ran.timeline.job().executed(), end - 1);
        }
        assert_eq!(origin.links()[0].executed, at);
        assert!(parts > 3 && parts < 500, "{parts}");
    }
}

#[test]
fn what_is_older_than_what_is_known_is_forgotten() {
    let settings = Settings::default().with_interval(20_000).with_bytes(8_000);
    let mut ran = Ran::with(LONG, &[Val::I32(100_000)], settings);
    let (first, end) = ran.timeline.range().into_inner();
    assert!(first > 10);
    ran.timeline.seek(&mut ran.store, end - 1).unwrap();
    for place in [operand(0), local(0), ran.global(0), ran.memory(8..9)] {
        let found = ran.producer(&place);
        assert_eq!((found.executed, found.cause), (first, Cause::Forgotten));
    }
}

#[test]
fn what_made_an_instruction_trap_has_an_origin() {
    let text = r#"(module (func $zero (result i32) (i32.const 0))
      (func (export "f") (result i32) (i32.div_s (i32.const 7) (call $zero))))"#;
    let mut ran = Ran::new(text, &[]);
    assert!(ran.timeline.job().trapped().is_some());
    assert_eq!(ran.chain(operand(1)), (vec!["end", "i32.const"], Cause::Constant));
    assert!(ran.timeline.job().trapped().is_some());
}

#[test]
fn the_next_write_and_the_last_are_those_between_two_instructions() {
    let mut ran = Ran::new(
        r#"(module (memory 1) (func (export "f") (local i32)
          (loop
            (i32.store (i32.shl (local.get 0) (i32.const 2)) (local.get 0))
            (br_if 0 (i32.lt_u
              (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 50))))))"#,
        &[],
    );
    let place = ran.memory(80..84);
    let found = ran.timeline.next_write(&mut ran.store, &place, 0, u64::MAX).unwrap().unwrap();
    let last = ran.timeline.last_write(&mut ran.store, &place, 0, u64::MAX).unwrap();
    assert_eq!(last, Some(found));
    let none = ran.timeline.next_write(&mut ran.store, &place, found + 1, u64::MAX);
    assert_eq!(none, Ok(None));
    assert_eq!(ran.timeline.last_write(&mut ran.store, &place, 0, found), Ok(None));
    ran.seek_operands(&[80, 20]);
    assert_eq!(ran.timeline.job().executed(), found);
}

#[test]
fn writes_are_the_same_however_the_run_is_divided() {
    let text = r#"(module
      (import "" "write" (func $write (param i32)))
      (import "" "grow" (func $grow))
      (memory (export "memory") 1)
      (global $g (mut i32) (i32.const 0))
      (func (export "f") (local $i i32)
        (loop
          (i32.store8 (i32.rem_u (local.get $i) (i32.const 700)) (local.get $i))
          (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 300)))
            (then (call $write (i32.rem_u (local.get $i) (i32.const 31)))
                  (global.set $g (local.get $i))))
          (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 511)))
            (then (memory.copy (i32.const 5) (i32.const 100) (i32.const 3))))
          (if (i32.eq (local.get $i) (i32.const 1500))
            (then (call $grow) (drop (memory.grow (i32.const 1)))))
          (br_if 0 (i32.lt_u
            (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000))))))"#;
    let mut ran = Ran::with(text, &[], Settings::default().with_interval(900));
    let end = ran.timeline.job().executed();
    assert!(end > 50_000);
    let places = [ran.memory(5..9), ran.memory(0..1), ran.memory(131_072..131_073), ran.global(0)];
    for (place, least) in places.into_iter().zip([10, 5, 1, 10]) {
        let all = |ran: &mut Ran, stretch: u64| {
            let (mut found, mut from) = (Vec::new(), 0);
            while from < end {
                let until = end.min(from + stretch);
                let next = ran.timeline.next_write(&mut ran.store, &place, from, until).unwrap();
                found.extend(next);
                from = next.map_or(until, |at| at + 1);
            }
            found
        };
        let slow = all(&mut ran, 500);
        assert!(slow.len() >= least, "{place:?}: {slow:?}");
        assert_eq!(all(&mut ran, u64::MAX / 2), slow, "{place:?}");
        for pair in slow.windows(2) {
            for stretch in [end, 500] {
                let from = pair[1].saturating_sub(stretch);
                let last = ran.timeline.last_write(&mut ran.store, &place, from, pair[1]).unwrap();
                assert_eq!(last, Some(pair[0]).filter(|at| *at >= from), "{place:?}");
            }
        }
        assert_eq!(ran.producer(&place).executed, *slow.last().unwrap());
    }
}
