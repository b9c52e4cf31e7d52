//! Programs that are interrupted and saved, and what they run in.

use fayasm_core::{
    Caller, Contents, HostError, Instance, Job, Linker, Module, Outcome, Store, StoreLimits, Val,
};

/// What a program is, and what its function `f` is called with.
pub struct Program {
    pub name: &'static str,
    pub wat: &'static str,
    pub arguments: &'static [Val],
}

pub const PROGRAMS: &[Program] = &[
    Program {
        name: "loops, recursion, branches by tables, calls by tables",
        arguments: &[Val::I32(6)],
        wat: include_str!("program.wat"),
    },
    Program {
        name: "structures, arrays, integers of 31 bits, casts",
        arguments: &[Val::I32(9)],
        wat: r#"(module
          (rec
            (type $list (sub (struct (field $next (mut (ref null $list))) (field $n i32))))
            (type $more (sub $list (struct (field $next (mut (ref null $list))) (field $n i32)
              (field $small (mut i8)) (field $any (mut anyref)) (field $v v128)))))
          (type $bytes (array (mut i8))) (type $refs (array (mut (ref null $list))))
          (global $kept (mut (ref null $list)) (ref.null $list))
          (global $first (ref $bytes) (array.new_default $bytes (i32.const 3)))
          (table $t 3 anyref)
          (elem $e (ref $bytes) (array.new $bytes (i32.const 7) (i32.const 2)))
          (func $push (param $n i32) (local $new (ref $more))
            (local.set $new (struct.new $more (global.get $kept) (local.get $n)
              (i32.mul (local.get $n) (i32.const 77)) (ref.i31 (local.get $n))
              (i64x2.splat (i64.extend_i32_u (local.get $n)))))
            (global.set $kept (local.get $new))
            (table.set $t (i32.rem_u (local.get $n) (i32.const 3)) (local.get $new)))
          (func $sum (result i32) (local $at (ref null $list)) (local $sum i32)
            (local.set $at (global.get $kept))
            (block $done (loop $next
              (br_if $done (ref.is_null (local.get $at)))
              (block $plain
                (local.set $sum (i32.add (local.get $sum) (struct.get_s $more $small
                  (block $cast (result (ref $more))
                    (drop (br_on_cast $cast (ref null $list) (ref $more) (local.get $at)))
                    (br $plain))))))
              (local.set $sum (i32.add (local.get $sum) (struct.get $list $n (local.get $at))))
              (local.set $at (struct.get $list $next (local.get $at)))
              (br $next)))
            (local.get $sum))
          (func (export "f") (param $n i32) (result i32) (local $refs (ref $refs)) (local $i i32)
            (local.set $refs (array.new_default $refs (i32.const 5)))
            (loop $again
              (call $push (local.get $n))
              (array.set $refs (local.get $refs) (i32.rem_u (local.get $n) (i32.const 5))
                (global.get $kept))
              ;; So much that there are collections.
              (drop (array.new_default $bytes (i32.const 3000)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (drop (array.new_elem $refs $none (i32.const 0) (i32.const 0)))
            (array.copy $refs $refs (local.get $refs) (i32.const 1) (local.get $refs)
              (i32.const 0) (i32.const 3))
            (i32.add (call $sum) (i32.add
              (i31.get_u (ref.cast i31ref (struct.get $more $any
                (ref.cast (ref $more) (array.get $refs (local.get $refs) (i32.const 2))))))
              (array.len (ref.cast (ref $bytes) (any.convert_extern
                (extern.convert_any (global.get $first)))))))
          )
          (elem $none (ref null $list)))"#,
    },
    Program {
        name: "exceptions that are thrown, caught, kept and thrown again",
        arguments: &[Val::I32(5)],
        wat: r#"(module
          (tag $a (param i32)) (tag $b (param i64 v128 i32)) (tag $c)
          (global $kept (mut exnref) (ref.null exn))
          (table $t 2 exnref)
          (func $throw (param $n i32)
            (if (i32.eqz (local.get $n)) (then (throw $c)))
            (if (i32.and (local.get $n) (i32.const 1)) (then (throw $a (local.get $n))))
            (throw $b (i64.const -1) (v128.const i64x2 5 6) (local.get $n)))
          (func $catch (param $n i32) (result i32) (local $e exnref)
            (block $on_a (result i32)
              (block $on_all (result exnref)
                (block $on_b (result i64 v128 i32 exnref)
                  (try_table (catch $a $on_a) (catch_ref $b $on_b) (catch_all_ref $on_all)
                    (call $throw (local.get $n)))
                  (unreachable))
                (local.set $e)
                (table.set $t (i32.const 1) (local.get $e))
                (local.set $n)
                (i64x2.extract_lane 1)
                (i32.wrap_i64 (i64.add))
                (return (i32.add (local.get $n))))
              (global.set $kept)
              (i32.const 1000)))
          (func (export "f") (param $n i32) (result i32) (local $sum i32)
            (loop $next
              (local.set $sum (i32.add (local.get $sum) (call $catch (local.get $n))))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $next (i32.ge_s (local.get $n) (i32.const 0))))
            (block $again (result i64 v128 i32)
              (try_table (catch $b $again) (throw_ref (table.get $t (i32.const 1))))
              (unreachable))
            (local.set $sum (i32.add (local.get $sum)))
            (drop) (drop)
            (throw_ref (global.get $kept))))"#,
    },
    Program {
        name: "tables that grow and are filled, copied and set from segments",
        arguments: &[Val::I32(4)],
        wat: r#"(module
          (type $t (func (result i32)))
          (table $f 2 20 funcref) (table $x 1 externref)
          (table $typed 3 (ref $t) (ref.func $one))
          (elem $dropped func $one $two) (elem $later (ref null $t) (ref.func $two) (ref.null $t))
          (func $one (type $t) (i32.const 1)) (func $two (type $t) (i32.const 2))
          (func (export "f") (param $n i32) (result i32) (local $sum i32)
            (table.init $f $dropped (i32.const 0) (i32.const 0) (i32.const 2))
            (elem.drop $dropped)
            (loop $next
              (local.set $sum (i32.add (local.get $sum)
                (table.grow $f (ref.func $two) (i32.const 3))))
              (table.copy $f $f (i32.const 1) (i32.const 0) (i32.const 2))
              (local.set $sum (i32.add (local.get $sum)
                (call_indirect $f (type $t) (i32.sub (table.size $f) (local.get $n)))))
              (table.set $typed (i32.const 1) (ref.func $two))
              (local.set $sum (i32.add (local.get $sum) (call_ref $t
                (table.get $typed (i32.and (local.get $n) (i32.const 1))))))
              (drop (table.grow $x (ref.null extern) (i32.const 1)))
              (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (table.init $f $later (i32.const 0) (i32.const 0) (i32.const 2))
            (elem.drop $later)
            (table.fill $f (i32.const 2) (ref.null func) (i32.const 2))
            (i32.add (local.get $sum) (call_indirect $f (type $t) (i32.const 0)))))"#,
    },
    Program {
        name: "several memories, wide addresses, small pages, segments",
        arguments: &[Val::I32(3)],
        wat: r#"(module
          (memory $a 1 4) (memory $b i64 0 2) (memory $c 5 9 (pagesize 1))
          (data $d "some words") (data $e "more")
          (global $v (mut v128) (v128.const i64x2 1 2))
          (func (export "f") (param $n i32) (result i64) (local $v v128)
            (drop (memory.grow $b (i64.const 1)))
            (drop (memory.grow $c (i32.const 3)))
            (memory.init $a $d (i32.const 60000) (i32.const 0) (i32.const 10))
            (data.drop $d)
            (loop $next
              (memory.copy $b $a (i64.const 5) (i32.const 60000) (i32.const 10))
              (memory.fill $c (i32.const 1) (local.get $n) (i32.const 6))
              (drop (memory.grow $a (i32.const 1)))
              (local.set $v (i32x4.add (v128.load $b (i64.const 2)) (global.get $v)))
              (global.set $v (local.get $v))
              (i64.store $b (i64.const 6) (i64x2.extract_lane 0 (global.get $v)))
              (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i64.add (i64.load8_u $c (i32.const 7))
              (i64.add (i64.load $b (i64.const 9)) (i64.extend_i32_u (memory.size $a))))))"#,
    },
    Program {
        name: "calls in place of the caller, and of host functions",
        arguments: &[Val::I32(5)],
        wat: r#"(module
          (import "" "five" (func $five (result i32)))
          (import "" "log" (func $log (param i32)))
          (func $even (param i32 i64) (result i32)
            (call $log (local.get 0))
            (if (i32.eqz (local.get 0)) (then (i64.const 7) (return_call $five)))
            (i32.const 9)
            (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
          (func $odd (param i32) (result i32) (local v128 i64)
            (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.const 3)))
          (func $out (param $n i32) (result i32) (local $i i32)
            (loop
              (i32.const 1051301142)
              (br_if 1 (i32.eq (local.get $i) (local.get $n)))
              (drop)
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br 0))
            (unreachable))
          (func (export "f") (param $n i32) (result i32)
            (local.set $n (i32.shl (local.get $n) (i32.const 1)))
            (i32.add (call $out (i32.const 3)) (i32.add (call $five)
              (call $even (local.get $n) (i64.const 1))))))"#,
    },
    Program {
        name: "host functions that have to be waited for",
        arguments: &[Val::I32(3)],
        wat: r#"(module
          (import "" "wait" (func $wait (param i32) (result i32)))
          (import "" "log" (func $log (param i32)))
          (type $t (func (param i32) (result i32)))
          (table funcref (elem $wait))
          (func $inner (param i32) (result i32)
            (i32.add (i32.const 100) (call_indirect (type $t) (local.get 0) (i32.const 0))))
          (func (export "f") (param $n i32) (result i32) (local $sum i32)
            (loop $next
              (local.set $sum (i32.add (call $wait (local.get $n)) (local.get $sum)))
              (local.set $sum (i32.add (call $inner (local.get $n)) (local.get $sum)))
              (call $log (local.get $sum))
              (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (return_call $wait (local.get $sum))))"#,
    },
    Program {
        name: "a trap at the end",
        arguments: &[Val::I32(4)],
        wat: r#"(module (memory 1)
          (func $f (export "f") (param i32) (result i32)
            (i32.store (i32.const 8) (local.get 0))
            (i32.div_u (i32.const 100) (if (result i32) (local.get 0)
              (then (call $f (i32.sub (local.get 0) (i32.const 1))))
              (else (i32.const 0))))))"#,
    },
];

/// What host functions know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outside {
    pub log: Vec<i32>,
    /// Whether what was waited for is there.
    pub is_there: bool,
}

pub fn instantiate(module: &Module) -> (Store<Outside>, Instance) {
    let mut store = Store::new(module.engine(), Outside::default());
    // So few that objects are collected now and then.
    store.set_limits(StoreLimits::new().with_heap_bytes(10_000));
    let mut linker = Linker::<Outside>::new(module.engine());
    linker.func_wrap("", "five", || 5_i32);
    linker.func_wrap("", "log", |mut caller: Caller<'_, Outside>, value: i32| {
        caller.data_mut().log.push(value);
    });
    linker.func_wrap("", "wait", |mut caller: Caller<'_, Outside>, value: i32| {
        let outside = caller.data_mut();
        outside.is_there = !outside.is_there;
        if outside.is_there { Err(HostError::Pending) } else { Ok(value.wrapping_mul(3)) }
    });
    let instance = linker.instantiate(&mut store, module).expect("it instantiates");
    (store, instance)
}

pub fn begin(module: &Module, program: &Program) -> (Store<Outside>, Instance, Job) {
    let (store, instance) = instantiate(module);
    let f = instance.get_func(&store, "f").expect("it is exported");
    let job = Job::new(&store, f, program.arguments).expect("the arguments fit");
    (store, instance, job)
}

/// Runs on, so many instructions at most.
pub fn run(store: &mut Store<Outside>, job: &mut Job, fuel: u64) -> Outcome {
    let end = job.executed().saturating_add(fuel);
    loop {
        match store.run(job, end - job.executed()) {
            Outcome::Pending(_) => {}
            outcome => return outcome,
        }
    }
}

pub fn save(store: &Store<Outside>, job: &Job) -> Vec<u8> {
    store.save_state(job, Contents::Included).expect("it stands still")
}
