//! `fayasm run --spill`: a run whose pages are in a file, and which goes on from what was committed.

use std::fs;
use std::process::{Output, Stdio};
use std::time::Duration;

use crate::{Scratch, command, err, fixture, out, path};

/// `run larger_than_ram.wasm` with few pages, the others being in this file.
fn run(spill: &str, words: &[&str]) -> Output {
    let file = fixture("larger_than_ram.wasm");
    let mut command = command(["run", path(&file), "--frames", "6", "--spill", spill]);
    command.args(words).output().unwrap()
}

#[test]
fn a_run_is_committed_when_its_fuel_is_out_and_goes_on() {
    let scratch = Scratch::new();
    let spill = scratch.0.join("spill");
    let whole = run(path(&spill), &["sort", "30000"]);
    assert_eq!(whole.status.code(), Some(0), "{}", err(&whole));
    let mut part = run(path(&spill), &["sort", "30000", "--fuel", "700000"]);
    let mut parts = 1;
    while part.status.code() == Some(1) {
        assert_eq!(out(&part), "");
        assert!(err(&part).contains("; --resume goes on"), "{}", err(&part));
        part = run(path(&spill), &["--resume", "--fuel", "700000"]);
        parts += 1;
    }
    assert_eq!(out(&part), out(&whole), "{}", err(&part));
    assert!(parts > 3, "{parts} parts");
    let listed = command(["spill", "ls", path(&spill)]).output().unwrap();
    assert!(out(&listed).contains("memory"), "{}", out(&listed));
}

#[test]
fn a_run_that_is_killed_goes_on_from_what_was_committed_last() {
    let scratch = Scratch::new();
    let spill = scratch.0.join("spill");
    let file = fixture("larger_than_ram.wasm");
    let whole = run(path(&spill), &["sort", "60000"]);
    let words = ["run", path(&file), "--frames", "6", "--spill", path(&spill)];
    let mut first = command(words);
    first.args(["sort", "60000", "--checkpoint", "100000"]);
    let mut child = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Until something is committed: the store knows its epoch.
    let epoch = || {
        let listed = command(["spill", "ls", path(&spill), "--json"]).output().unwrap();
        out(&listed).contains("\"snapshot\"")
    };
    while !epoch() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = run(path(&spill), &["--resume"]);
    assert_eq!(out(&resumed), out(&whole), "{}", err(&resumed));
}

#[test]
fn nothing_is_resumed_that_was_not_committed_or_is_of_another_module() {
    let scratch = Scratch::new();
    let spill = scratch.0.join("spill");
    let missing = run(path(&spill), &["--resume"]);
    assert!(err(&missing).starts_with("error: cannot read"), "{}", err(&missing));
    assert!(!spill.exists());
    let module = fixture("larger_than_ram.wasm");
    let made = ["spill", "new", path(&spill), "--room", "600", "--module", path(&module)];
    assert_eq!(command(made).output().unwrap().status.code(), Some(0));
    let empty = run(path(&spill), &["--resume"]);
    assert_eq!(empty.status.code(), Some(3));
    assert!(err(&empty).contains("no run is committed"), "{}", err(&empty));
    let stopped = run(path(&spill), &["sort", "3000", "--fuel", "1000"]);
    assert_eq!(stopped.status.code(), Some(1));
    let other = fixture("sieve.wasm");
    let words = ["run", path(&other), "--frames", "4", "--spill", path(&spill), "--resume"];
    let refused = command(words).output().unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(err(&refused).contains("another module"), "{}", err(&refused));
    // It is still there.
    assert_eq!(run(path(&spill), &["--resume"]).status.code(), Some(0));
    let stdin = run("-", &["sort", "10"]);
    assert_eq!((stdin.status.code(), err(&stdin).contains("wants a file")), (Some(2), true));
    let no_frames = command(["run", path(&other), "--spill", path(&spill)]).output().unwrap();
    assert_eq!(no_frames.status.code(), Some(2));
}

#[test]
fn a_store_that_was_made_for_no_module_is_taken_over_as_long_as_it_is_empty() {
    let scratch = Scratch::new();
    let spill = scratch.0.join("spill");
    for objects in [0, 1] {
        fs::remove_file(&spill).ok();
        let made = command(["spill", "new", path(&spill), "--room", "600"]).output().unwrap();
        assert_eq!(made.status.code(), Some(0), "{}", err(&made));
        if objects > 0 {
            let put = command([
                "spill",
                "put",
                path(&spill),
                "memory:0:0",
                path(&fixture("recursion.wasm")),
            ]);
            assert_eq!({ put }.output().unwrap().status.code(), Some(0));
        }
        let ran = run(path(&spill), &["sort", "3000"]);
        assert_eq!(ran.status.code() == Some(0), objects == 0, "{}", err(&ran));
    }
}
