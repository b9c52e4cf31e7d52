//! `fayasm run --save-state` and `--load-state`

use std::fs;

use crate::{Scratch, command, err, fayasm, fixture, out, path};

/// Counts, writes a letter now and then, and gives what it has come to.
const PROGRAM: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\01\00\00\00") (data (i32.const 16) ".")
  (func (export "count") (param $n i32) (result i32) (local $i i32)
    (loop $next
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 1000)))
        (then (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $i)))"#;

#[test]
fn a_run_that_was_saved_goes_on_in_another_process() {
    let scratch = Scratch::new();
    let state = scratch.0.join("run.state");
    let words = ["fib", "20", "--fuel", "100000", "--save-state", path(&state)];
    let file = fixture("recursion.wasm");
    let output = fayasm("run", &file, words);
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(1)));
    let said = err(&output);
    assert!(said.ends_with(", after 100000 instructions; --load-state goes on\n"), "{said}");

    let output = fayasm("run", &file, ["--load-state", path(&state), "--count"]);
    let whole = fayasm("run", &file, ["fib", "20", "--count"]);
    assert_eq!(out(&output), "result[0] (i32): 6765\n");
    assert_eq!((out(&output), err(&output)), (out(&whole), err(&whole)));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_run_can_be_saved_again_and_again_into_the_same_file() {
    let scratch = Scratch::new();
    let (state, other) = (scratch.0.join("run.state"), scratch.0.join("other.state"));
    let file = fixture("recursion.wasm");
    let save = |words: &[&str], fuel: &str, state| {
        let words = words.iter().copied().chain(["--quiet", "--fuel", fuel, "--save-state", state]);
        fayasm("run", &file, words)
    };
    let mut output = save(&["fib", "20"], "30000", path(&state));
    for _ in 0..2 {
        assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(1)));
        output = save(&["--load-state", path(&state)], "30000", path(&state));
    }
    // The same as if it had stood there at once.
    save(&["fib", "20"], "90000", path(&other));
    assert_eq!(fs::read(&state).unwrap(), fs::read(&other).unwrap());
    while output.status.code() == Some(1) {
        output = save(&["--load-state", path(&state)], "100000", path(&state));
    }
    assert_eq!((out(&output).as_str(), output.status.code()), ("result[0] (i32): 6765\n", Some(0)));
}

#[test]
fn what_a_program_has_printed_is_not_printed_again() {
    let scratch = Scratch::new();
    let file = scratch.file("count.wat", PROGRAM);
    let state = scratch.0.join("run.state");
    let words = ["count", "5000", "--fuel", "30000", "--save-state", path(&state)];
    let first = fayasm("run", &file, words);
    let second = fayasm("run", &file, ["--load-state", path(&state)]);
    let (first, second) = (out(&first), out(&second));
    assert!(first.chars().all(|letter| letter == '.') && !first.is_empty(), "{first}");
    assert_eq!(first + &second, ".....result[0] (i32): 5000\n");
}

#[test]
fn a_run_that_ends_is_not_saved() {
    let scratch = Scratch::new();
    let state = scratch.0.join("run.state");
    let file = fixture("recursion.wasm");
    for (words, code) in [(["fib", "5"], 0), (["factorial", "3"], 0)] {
        let words = words.into_iter().chain(["--save-state", path(&state)]);
        assert_eq!(fayasm("run", &file, words).status.code(), Some(code));
    }
    let output = fayasm("run", &fixture("traps.wasm"), ["--save-state", path(&state)]);
    assert_eq!(output.status.code(), Some(0), "it lists what can be called");
    assert!(!state.exists());
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let scratch = Scratch::new();
    let state = scratch.0.join("run.state");
    let file = fixture("recursion.wasm");
    let words = ["fib", "20", "--fuel", "1000", "--save-state", path(&state)];
    assert_eq!(fayasm("run", &file, words).status.code(), Some(1));

    let refused = |file, words: &[&str]| {
        let output = fayasm("run", file, words.iter().copied());
        (err(&output), output.status.code())
    };
    let load = ["--load-state", path(&state)];
    let other = fixture("arithmetic.wasm");
    let (said, code) = refused(&other, &load);
    assert!(said.ends_with("they belong to another module, whose hash differs\n"), "{said}");
    assert_eq!(code, Some(3));

    let mut bytes = fs::read(&state).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let damaged = scratch.file("damaged.state", bytes);
    let (said, code) = refused(&file, &["--load-state", path(&damaged)]);
    assert!(said.ends_with("these bytes cannot be used as a state: they are damaged\n"), "{said}");
    assert_eq!(code, Some(3));

    let math = scratch.file("math.wat", "(module (memory 1))");
    let preload = format!("math={}", path(&math));
    let (said, code) = refused(&file, &[load[0], load[1], "--preload", &preload]);
    assert!(said.ends_with("the state is that of a store with other modules\n"), "{said}");
    assert_eq!(code, Some(3));

    let (_, code) = refused(&file, &["fib", load[0], load[1]]);
    assert_eq!(code, Some(2), "what is called is known");
    let (said, code) = refused(&file, &[load[0], load[1], "--", "7"]);
    assert!(said.contains("which has its arguments already"), "{said}");
    assert_eq!(code, Some(2));
    let module = scratch.file("fac.wasm", fs::read(&file).unwrap());
    let (said, code) = refused(&module, &["fib", "5", "--save-state", path(&module)]);
    assert!(said.contains("would overwrite the module"), "{said}");
    assert_eq!(code, Some(2));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_is_saved() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let scratch = Scratch::new();
    let file = scratch.file("count.wat", PROGRAM);
    let state = scratch.0.join("run.state");
    let mut runner = command(["run"]);
    runner.arg(&file).args(["count", "4000000000", "--save-state"]).arg(&state);
    let mut child = runner.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // Once it has printed something, it is on its way.
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let output = fayasm("run", &file, ["--load-state", path(&state), "--fuel", "1000"]);
    assert!(err(&output).starts_with("error: out of fuel"), "{}", err(&output));
}
