//! Calls: arguments and results, recursion, host functions.

mod common;

use common::tier::config;
use common::{Loaded, engine, link, link_in, load, load_in};
use fayasm_core::{
    AsContextMut, Caller, Engine, Error, Extern, ExternRef, Func, FuncType, HostError, Job,
    Outcome, Store, StoreLimits, TrapKind, Val, ValType,
};

#[test]
fn arguments_and_results_of_all_types_go_in_and_out() {
    let mut it = load(
        r#"(module (func (export "swap") (param i32 i64 f32 f64 externref)
                (result externref f64 f32 i64 i32)
            local.get 4 local.get 3 local.get 2 local.get 1 local.get 0))"#,
    );
    let args = [
        Val::I32(-1),
        Val::I64(i64::MIN),
        Val::F32(0xFFA0_0001),
        Val::F64(0x7FF0_0000_0000_0001),
        Val::from(ExternRef::new(u32::MAX)),
    ];
    let mut swapped = it.call("swap", &args).unwrap();
    swapped.reverse();
    assert_eq!(swapped, args);
}

#[test]
fn a_function_reference_comes_back_and_can_be_called() {
    let mut it = load(
        r#"(module
            (func $seven (result i32) i32.const 7)
            (elem declare func $seven)
            (func (export "get") (result funcref) ref.func $seven))"#,
    );
    let get = it.instance.get_typed_func::<(), Option<Func>>(&it.store, "get").unwrap();
    let seven = get.call(&mut it.store, ()).unwrap().unwrap();
    assert_eq!(seven.typed::<(), i32>(&it.store).unwrap().call(&mut it.store, ()), Ok(7));
}

#[test]
fn recursion_computes_factorials_and_fibonacci_numbers() {
    let mut it = load(
        r#"(module
            (func $factorial (export "factorial") (param i64) (result i64)
                (if (result i64) (i64.eqz (local.get 0))
                    (then (i64.const 1))
                    (else (i64.mul (local.get 0)
                        (call $factorial (i64.sub (local.get 0) (i64.const 1)))))))
            (func $fibonacci (export "fibonacci") (param i32) (result i32)
                (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
                (i32.add
                    (call $fibonacci (i32.sub (local.get 0) (i32.const 1)))
                    (call $fibonacci (i32.sub (local.get 0) (i32.const 2))))))"#,
    );
    assert_eq!(it.call("factorial", &[Val::I64(20)]), Ok(vec![Val::I64(2432902008176640000)]));
    assert_eq!(it.call("fibonacci", &[Val::I32(20)]), Ok(vec![Val::I32(6765)]));
}

#[test]
fn a_call_leaves_the_operands_of_its_caller_alone() {
    let mut it = load(
        r#"(module
            (func $pair (param i32) (result i32 i32) (local i64 i64)
                local.get 0 local.get 0 i32.const 1 i32.add)
            (func (export "f") (result i32)
                i32.const 100 i32.const 20 i32.const 3 call $pair i32.add i32.add i32.add))"#,
    );
    assert_eq!(it.call("f", &[]), Ok(vec![Val::I32(127)]));
}

#[test]
fn locals_are_zero_at_every_call() {
    let mut it = load(
        r#"(module
            (func $dirty (local i64 i64) i64.const -1 local.set 0 i64.const -1 local.set 1)
            (func $clean (result i64) (local i64 i64) (i64.or (local.get 0) (local.get 1)))
            (func (export "f") (result i64) call $dirty call $clean))"#,
    );
    assert_eq!(it.call("f", &[]), Ok(vec![Val::I64(0)]));
}

const ENDLESS: &str = r#"(module (func $f (export "f") (call $f)))"#;

#[test]
fn endless_recursion_exhausts_the_call_depth() {
    let engine = Engine::new(config().with_max_call_depth(100));
    let mut it = load_in(&engine, ENDLESS);
    let trap = it.trap("f", &[]);
    assert!(matches!(trap.kind(), TrapKind::StackExhausted { calls: 100, slots: None }), "{trap}");
    assert_eq!(trap.backtrace().len() as u64 + trap.omitted(), 100);
    assert_eq!(
        trap.kind().to_string(),
        "call stack exhausted: 100 calls deep, no more are allowed"
    );
}

#[test]
fn endless_recursion_exhausts_the_value_stack() {
    let engine = Engine::new(config().with_max_call_depth(u32::MAX).with_max_stack_slots(64));
    let mut it = load_in(
        &engine,
        r#"(module (func $f (export "f") (param i64) (local i64) (call $f (local.get 0))))"#,
    );
    let trap = it.trap("f", &[Val::I64(0)]);
    assert!(matches!(trap.kind(), TrapKind::StackExhausted { slots: Some(65..), .. }), "{trap}");
    let message = "the next would make the value stack 65 slots high, more than allowed";
    assert!(trap.kind().to_string().ends_with(message), "{trap}");
    // The store is as good as new afterwards.
    assert_eq!(it.trap("f", &[Val::I64(0)]), trap);
}

#[test]
fn a_function_that_needs_more_stack_than_there_is_traps_at_once() {
    let locals = "i64 ".repeat(1000);
    let engine = Engine::new(config().with_max_stack_slots(999));
    let mut it = load_in(&engine, &format!(r#"(module (func (export "f") (local {locals})))"#));
    let kind = TrapKind::StackExhausted { calls: 0, slots: Some(1000) };
    assert_eq!(it.trap_kind("f", &[]), kind);
}

#[test]
fn a_wrong_argument_is_named_with_what_was_expected() {
    let mut it = load(r#"(module (func (export "f") (param i32 f64) (result i32) i32.const 1))"#);
    for (args, message) in [
        (&[][..], "the function takes 2 arguments, not 0"),
        (&[Val::I32(1), Val::I32(2)], "argument 1 must be f64, not i32"),
    ] {
        assert_eq!(it.call("f", args).unwrap_err().to_string(), message);
    }
    let f = it.func("f");
    let args = [Val::I32(1), Val::F64(0)];
    let no_room = f.call(&mut it.store, &args, &mut []).unwrap_err();
    assert_eq!(no_room, Error::ResultCount { expected: 1, found: 0 });
    let signature = it.instance.get_typed_func::<i32, i32>(&it.store, "f").unwrap_err();
    assert_eq!(signature.to_string(), "the function is (i32, f64) -> i32, not (i32) -> i32");
    let missing = it.instance.get_typed_func::<(), ()>(&it.store, "g").unwrap_err();
    assert_eq!(missing.to_string(), "there is no export `g`");
}

#[test]
fn a_handle_of_another_store_is_refused() {
    let mut it = load(r#"(module (func (export "f") (param funcref)) (memory (export "m") 1))"#);
    let other = load(r#"(module (func (export "f")))"#);
    let f = it.func("f");
    let foreign = other.func("f");
    assert_eq!(foreign.call(&mut it.store, &[], &mut []), Err(Error::ForeignHandle));
    assert_eq!(f.call(&mut it.store, &[foreign.into()], &mut []), Err(Error::ForeignHandle));
    let memory = it.instance.get_memory(&it.store, "m").unwrap();
    assert_eq!(memory.data(&other.store), Err(Error::ForeignHandle));
    assert_eq!(it.instance.get_func(&other.store, "f"), None);
    assert_eq!(it.instance.exports(&other.store).count(), 0);
}

/// Imports everything that host functions can be made of.
const HOSTS: &str = r#"(module
    (import "h" "nothing" (func $nothing))
    (import "h" "many" (func $many (param i32 i64 f32 f64) (result f64 i32)))
    (import "h" "sixteen" (func $sixteen (param i32 i32 i32 i32 i32 i32 i32 i32
        i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (func (export "many") (result f64 i32)
        call $nothing i32.const 1 i64.const 2 f32.const 3 f64.const 4 call $many)
    (func (export "sixteen") (result i32)
        i32.const 1 i32.const 2 i32.const 3 i32.const 4 i32.const 5 i32.const 6 i32.const 7
        i32.const 8 i32.const 9 i32.const 10 i32.const 11 i32.const 12 i32.const 13 i32.const 14
        i32.const 15 i32.const 16 call $sixteen))"#;

#[test]
fn host_functions_take_up_to_sixteen_parameters_and_give_several_results() {
    type I = i32;
    let mut it: Loaded<u32> = link(HOSTS, 0, |linker| {
        linker
            .func_wrap("h", "nothing", |mut caller: Caller<'_, u32>| *caller.data_mut() += 1)
            .func_wrap("h", "many", |a: i32, b: i64, c: f32, d: f64| {
                (f64::from(a) + b as f64 + f64::from(c) + d, 5)
            })
            .func_wrap(
                "h",
                "sixteen",
                |a: I,
                 b: I,
                 c: I,
                 d: I,
                 e: I,
                 f: I,
                 g: I,
                 h: I,
                 i: I,
                 j: I,
                 k: I,
                 l: I,
                 m: I,
                 n: I,
                 o: I,
                 p: I| {
                    a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p
                },
            );
    });
    assert_eq!(it.call("many", &[]), Ok(vec![Val::from(10.0f64), Val::I32(5)]));
    assert_eq!(*it.store.data(), 1);
    assert_eq!(it.call("sixteen", &[]), Ok(vec![Val::I32(136)]));
}

const ONE_HOST: &str = r#"(module
    (import "h" "f" (func $f (param i32) (result i32)))
    (memory (export "memory") 1)
    (func $g (export "g") (param i32) (result i32) (call $f (local.get 0)))
    (func (export "count") (param i32) (result i32) (i32.const 1)))"#;

#[test]
fn a_host_function_reads_and_writes_the_memory_of_its_caller() {
    let mut it = link(ONE_HOST, (), |linker| {
        linker.func_wrap("h", "f", |mut caller: Caller<'_, ()>, at: u32| {
            let memory = caller.get_export("memory").and_then(Extern::into_memory).unwrap();
            memory.write(&mut caller, at.into(), &[1, 2, 3])?;
            let data = memory.data(&caller)?;
            Ok::<i32, HostError>(data.iter().map(|byte| i32::from(*byte)).sum())
        });
    });
    assert_eq!(it.call("g", &[Val::I32(100)]), Ok(vec![Val::I32(6)]));
    let kind = it.trap_kind("g", &[Val::I32(65534)]);
    assert_eq!(
        kind.to_string(),
        "host function failed: 0xfffe plus 0x3 lies past the end at 0x10000"
    );
}

#[test]
fn a_host_function_that_fails_traps_at_the_call_with_its_message() {
    let mut it = link(ONE_HOST, (), |linker| {
        linker.func_wrap("h", "f", |_: i32| Err::<i32, _>("no such luck"));
    });
    let trap = it.trap("g", &[Val::I32(1)]);
    assert_eq!(*trap.kind(), TrapKind::Host("no such luck".into()));
    assert_eq!(trap.backtrace().len(), 1);
    assert_eq!(trap.backtrace()[0].function, 1);
}

#[test]
fn a_host_function_of_values_is_checked_for_what_it_returns() {
    let ty = FuncType::new([ValType::I32], [ValType::I32]);
    let mut it = link(ONE_HOST, (), |linker| {
        linker.func_new("h", "f", ty, |_, args, results| {
            results[0] = if args[0] == Val::I32(0) { Val::I64(0) } else { args[0] };
            Ok(())
        });
    });
    assert_eq!(it.call("g", &[Val::I32(5)]), Ok(vec![Val::I32(5)]));
    let kind = it.trap_kind("g", &[Val::I32(0)]);
    assert_eq!(kind.to_string(), "host function failed: its result 0 must be i32, not i64");
}

/// Calls `g` of the calling instance with one less, until 0.
fn call_back(mut caller: Caller<'_, ()>, n: i32) -> Result<i32, HostError> {
    if n == 0 {
        return Ok(0);
    }
    let g = caller.get_export("g").and_then(Extern::into_func).ok_or("no g")?;
    let g = g.typed::<i32, i32>(&caller)?;
    Ok(g.call(&mut caller, n - 1)? + 1)
}

#[test]
fn host_functions_call_back_as_deep_as_the_limit_allows() {
    let mut it = link(ONE_HOST, (), |linker| {
        linker.func_wrap("h", "f", call_back);
    });
    assert_eq!(it.call("g", &[Val::I32(63)]), Ok(vec![Val::I32(63)]));
    let trap = it.trap("g", &[Val::I32(64)]);
    assert_eq!(*trap.kind(), TrapKind::HostCallNesting { limit: 64 });
    // The trap went through all levels, and collected their frames.
    assert_eq!(trap.backtrace().len() as u64 + trap.omitted(), 65);
    it.store.set_limits(StoreLimits::new().with_host_nesting(3));
    assert_eq!(it.trap_kind("g", &[Val::I32(3)]), TrapKind::HostCallNesting { limit: 3 });
    assert_eq!(it.call("g", &[Val::I32(2)]), Ok(vec![Val::I32(2)]));
}

#[test]
fn a_host_function_can_be_called_without_any_module() {
    let mut store = Store::new(&engine(), 10);
    let add = Func::wrap(&mut store, |caller: Caller<'_, i32>, x: i32| x + *caller.data()).unwrap();
    let add = add.typed::<i32, i32>(&store).unwrap();
    assert_eq!(add.call(&mut store, 5), Ok(15));
    let fail = Func::wrap(&mut store, || Err::<(), _>("never")).unwrap();
    let error = fail.call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!(error.to_string(), "host function failed: never");
}

#[test]
fn host_functions_are_called_indirectly_and_by_reference() {
    let engine = engine();
    let text = r#"(module
        (import "h" "f" (func $f (param i32) (result i32)))
        (type $t (func (param i32) (result i32)))
        (table 2 funcref) (elem (i32.const 1) $f)
        (func (export "g") (param i32 i32) (result i32)
            (call_indirect (type $t) (local.get 0) (local.get 1))))"#;
    let mut it = link_in(&engine, text, (), |linker| {
        linker.func_wrap("h", "f", |x: i32| x + 1);
    });
    assert_eq!(it.call("g", &[Val::I32(4), Val::I32(1)]), Ok(vec![Val::I32(5)]));
    let kind = it.trap_kind("g", &[Val::I32(4), Val::I32(0)]);
    assert_eq!(kind, TrapKind::IndirectCallToNull { index: 0 });
}

#[test]
fn store_fuel_bounds_calls_and_those_that_host_functions_make() {
    let mut it = load(r#"(module (func (export "f") (loop $l (br $l))))"#);
    it.store.set_fuel(Some(1000));
    assert_eq!(it.trap_kind("f", &[]), TrapKind::OutOfFuel);
    assert_eq!(it.store.fuel(), Some(0));
    let mut it = link(ONE_HOST, (), |linker| {
        linker.func_wrap("h", "f", call_back);
    });
    // Each level executes local.get, call and end.
    it.store.set_fuel(Some(30));
    assert_eq!(it.call("g", &[Val::I32(9)]), Ok(vec![Val::I32(9)]));
    assert_eq!(it.store.fuel(), Some(0));
    it.store.set_fuel(Some(29));
    assert_eq!(it.trap_kind("g", &[Val::I32(9)]), TrapKind::OutOfFuel);
}

#[test]
fn a_tail_call_of_a_host_function_has_room_for_its_results() {
    let results = ["i32"; 9].join(" ");
    let text = format!(
        r#"(module
            (type $t (func (result {results})))
            (import "h" "f" (func $f (type $t)))
            (table funcref (elem $f))
            (elem declare func $f)
            (func (export "direct") (type $t) (local i64 i64 i64) return_call $f)
            (func (export "indirect") (type $t)
                (return_call_indirect (type $t) (i32.const 0)))
            (func (export "by reference") (type $t) (return_call_ref $t (ref.func $f))))"#
    );
    let mut it = link(&text, (), |linker| {
        linker.func_wrap("h", "f", || (1, 2, 3, 4, 5, 6, 7, 8, 9));
    });
    let expected: Vec<Val> = (1..=9).map(Val::I32).collect();
    for name in ["direct", "indirect", "by reference"] {
        assert_eq!(it.call(name, &[]).as_ref(), Ok(&expected), "{name}");
    }
}

#[test]
fn a_host_function_that_panics_is_not_counted_any_longer() {
    let mut it = link(ONE_HOST, (), |linker| {
        linker.func_wrap("h", "f", |x: i32| if x == 0 { panic!("as wanted") } else { x });
    });
    it.store.set_limits(StoreLimits::new().with_host_nesting(1));
    let panicked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| it.call("g", &[Val::I32(0)])));
    assert!(panicked.is_err());
    assert_eq!(it.call("g", &[Val::I32(7)]), Ok(vec![Val::I32(7)]));
}

#[test]
fn a_host_function_that_exchanges_the_store_ends_the_call() {
    let ty = FuncType::new([ValType::I32], [ValType::I32]);
    /// Puts the store that it finds in the data in the place of its own.
    fn exchange(caller: &mut Caller<'_, Data>) {
        if let Some(other) = caller.data_mut().0.take() {
            *caller.as_context_mut() = *other;
        }
    }
    struct Data(Option<Box<Store<Data>>>);
    let engine = engine();
    let other = || Data(Some(Box::new(Store::new(&engine, Data(None)))));
    let mut typed = link_in(&engine, ONE_HOST, other(), |linker| {
        linker.func_wrap("h", "f", |mut caller: Caller<'_, Data>, x: i32| {
            exchange(&mut caller);
            x
        });
    });
    let mut untyped = link_in(&engine, ONE_HOST, other(), |linker| {
        linker.func_new("h", "f", ty, |mut caller, args, results| {
            exchange(&mut caller);
            results.copy_from_slice(args);
            Ok(())
        });
    });
    for it in [&mut typed, &mut untyped] {
        let mut job = Job::new(&it.store, it.func("g"), &[Val::I32(1)]).unwrap();
        let Outcome::Trapped(trap) = it.store.run(&mut job, 100) else { panic!("it must trap") };
        assert_eq!(*trap.kind(), TrapKind::ForeignStore);
        assert_eq!((job.trapped(), job.is_running()), (Some(&trap), false));
        // Its stack is gone with the store.
        assert_eq!((job.executed(), job.stack()), (1, &[][..]));
    }
}

#[test]
fn without_fuel_no_host_function_is_called() {
    let mut it = link(ONE_HOST, 0, |linker| {
        linker.func_wrap("h", "f", |mut caller: Caller<'_, u32>, x: i32| {
            *caller.data_mut() += 1;
            if *caller.data() == 1 { Err(HostError::Pending) } else { Ok(x) }
        });
    });
    let mut job = Job::new(&it.store, it.func("g"), &[Val::I32(3)]).unwrap();
    assert!(matches!(it.store.run(&mut job, 10), Outcome::Pending(_)));
    assert_eq!(it.store.run(&mut job, 0), Outcome::OutOfFuel);
    assert_eq!(*it.store.data(), 1);
    let mut copy = job.clone();
    assert_eq!(it.store.run(&mut copy, 1), Outcome::OutOfFuel);
    assert_eq!((*it.store.data(), copy.executed()), (2, 2));
    it.store.set_fuel(Some(0));
    assert!(matches!(it.store.run(&mut job, 10), Outcome::Trapped(_)));
    assert_eq!(*it.store.data(), 2);
}

#[test]
fn results_that_a_host_function_leaves_alone_are_zero_or_null_of_their_kind() {
    let mut it = load(
        r#"(module (type $q (struct)) (type $v (func))
            (func (export "f") (param (ref null $q) (ref null $v) i64)))"#,
    );
    let types = it.func("f").ty(&it.store).unwrap();
    let ty = FuncType::new([], types.params().iter().copied());
    let host = Func::new(&mut it.store, ty, |_, _, _| Ok(())).unwrap();
    let mut results = [Val::I32(1); 3];
    host.call(&mut it.store, &[], &mut results).unwrap();
    assert_eq!(results, [Val::AnyRef(None), Val::FuncRef(None), Val::I64(0)]);
    assert_eq!(it.call("f", &results), Ok(vec![]));
}

/// A function in which each of many operators is executed so many times as its argument says.
fn many_operators() -> String {
    let mut body = String::new();
    let mut add = |line: String| body.push_str(&line);
    let both = ["add", "sub", "mul"];
    for ty in ["i32", "i64"] {
        for op in [
            "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor", "shl", "shr_s", "shr_u",
            "rotl", "rotr",
        ]
        .iter()
        .chain(&both)
        {
            add(format!("(local.set ${ty} ({ty}.{op} (local.get ${ty}) (local.get ${ty}2)))"));
            add(format!("(local.set ${ty} ({ty}.{op} (local.get ${ty}) ({ty}.const 3)))"));
            add(format!("(local.set ${ty} ({ty}.{op} (local.get ${ty}) ({ty}.const 70000)))"));
        }
        for op in ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
            add(format!("(local.set ${ty} ({ty}.{op} (local.get ${ty})))"));
        }
        for op in ["eq", "ne", "lt_s", "lt_u", "le_s", "le_u", "gt_s", "gt_u", "ge_s", "ge_u"] {
            for right in [format!("(local.get ${ty}2)"), format!("({ty}.const 9)")] {
                add(format!("(block (br_if 0 ({ty}.{op} (local.get ${ty}) {right})))"));
                add(format!("(if ({ty}.{op} (local.get ${ty}) {right}) (then))"));
                add(format!("(local.set $i32 ({ty}.{op} (local.get ${ty}) {right}))"));
            }
        }
        for width in ["load8_s", "load8_u", "load16_s", "load16_u", "load"] {
            add(format!("(local.set ${ty} ({ty}.{width} (i32.const 64)))"));
            add(format!("(local.set ${ty} ({ty}.{width} offset=70000 (i32.const 64)))"));
        }
        for width in ["store8", "store16", "store"] {
            add(format!("({ty}.{width} (i32.const 64) (local.get ${ty}))"));
            add(format!("({ty}.{width} offset=70000 (i32.const 64) (local.get ${ty}))"));
            add(format!("({ty}.{width} (i32.const 64) ({ty}.const 5))"));
        }
    }
    for ty in ["f32", "f64"] {
        for op in ["div", "min", "max", "copysign"].iter().chain(&both) {
            add(format!("(local.set ${ty} ({ty}.{op} (local.get ${ty}) (local.get ${ty}2)))"));
            add(format!("(local.set ${ty} ({ty}.{op} (local.get ${ty}) ({ty}.const 1.5)))"));
        }
        for op in ["abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"] {
            add(format!("(local.set ${ty} ({ty}.{op} (local.get ${ty})))"));
        }
        for op in ["eq", "ne", "lt", "le", "gt", "ge"] {
            for right in [format!("(local.get ${ty}2)"), format!("({ty}.const 9)")] {
                add(format!("(block (br_if 0 ({ty}.{op} (local.get ${ty}) {right})))"));
                add(format!("(if ({ty}.{op} (local.get ${ty}) {right}) (then))"));
            }
        }
        for int in ["i32", "i64"] {
            for sign in ["s", "u"] {
                add(format!("(local.set ${int} ({int}.trunc_sat_{ty}_{sign} (local.get ${ty})))"));
                add(format!("(drop ({int}.trunc_{ty}_{sign} ({ty}.const 2.5)))"));
                add(format!("(local.set ${ty} ({ty}.convert_{int}_{sign} (local.get ${int})))"));
            }
        }
    }
    for line in [
        "(local.set $i32 (select (local.get $i32) (i32.const 4) (local.get $i322)))",
        "(global.set $g (local.get $i32)) (local.set $i32 (global.get $g))",
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const 16))",
        "(memory.copy (i32.const 0) (i32.const 8) (i32.const 16))",
        "(local.set $i32 (call $one))",
        "(local.set $i32 (call $last))",
        "(local.set $i32 (call_indirect (result i32) (i32.const 0)))",
        "(drop (drop (call $two)))",
        "(block (block (br_table 0 1 (local.get $i322))))",
        "(local.set $i32 (memory.size))",
    ] {
        add(line.replace("(drop (drop (call $two)))", "call $two drop drop"));
    }
    format!(
        r#"(module (memory 2) (global $g (mut i32) (i32.const 0))
          (table funcref (elem $one))
          (func $one (result i32) (i32.const 1))
          (func $two (result i32 i32) (i32.const 1) (i32.const 2))
          (func $last (result i32) (return_call $one))
          (func (export "run") (param $rounds i32)
            (local $i32 i32) (local $i322 i32) (local $i64 i64) (local $i642 i64)
            (local $f32 f32) (local $f322 f32) (local $f64 f64) (local $f642 f64)
            (local.set $i322 (i32.const 7)) (local.set $i642 (i64.const 7))
            (local.set $f322 (f32.const 0.5)) (local.set $f642 (f64.const 0.5))
            (loop $next
              {body}
              (br_if $next
                (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))))"#
    )
}

#[test]
fn what_runs_long_takes_no_more_of_the_native_stack() {
    let wat = many_operators();
    let run = move || load(&wat).call("run", &[Val::I32(40_000)]).unwrap();
    // Were each operator to leave 8 bytes there, these would not do.
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap();
    assert_eq!(thread.join().unwrap(), []);
}
