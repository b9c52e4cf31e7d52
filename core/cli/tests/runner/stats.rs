//! `fayasm run --stats`, and what decides how functions are executed.

use std::process::Output;

use crate::{command, err, fixture, out, path, told};

/// The numbers behind these words.
fn numbers(stderr: &str, rows: &[&str]) -> Vec<u64> {
    let number = |row: &&str| {
        let line = stderr.lines().find(|line| line.trim_start().starts_with(*row));
        let line = line.unwrap_or_else(|| panic!("no {row:?} in\n{stderr}"));
        line.trim_start()[row.len()..].split_whitespace().next().and_then(|it| it.parse().ok())
    };
    rows.iter().map(|row| number(row).unwrap_or_else(|| panic!("{row}: {stderr}"))).collect()
}

/// `fib 20` with these words and settings of the environment.
fn fib(words: &[&str], environment: &[(&str, &str)]) -> Output {
    let file = fixture("recursion.wasm");
    let mut command = command(["run", path(&file), "fib", "20", "--stats"]);
    let output = command.args(words).envs(environment.iter().copied()).output().unwrap();
    assert_eq!(out(&output), "result[0] (i32): 6765\n");
    output
}

#[test]
fn stats_say_how_functions_were_executed_and_why() {
    let stderr = err(&fib(&[], &[]));
    let rows = ["instructions", "in place", "as microcode", "translations", "evicted"];
    let [all, stepped, as_microcode, translations, evicted] = numbers(&stderr, &rows)[..] else {
        panic!("{stderr}")
    };
    assert_eq!((all, all - stepped), (218_906, as_microcode));
    assert!(as_microcode > all * 9 / 10, "{stderr}");
    assert_eq!((translations, evicted), (1, 0));
    let last = stderr.lines().last().unwrap();
    assert!(last.contains(" bytes  score ") && last.ends_with("  $fib"), "{stderr}");
    let peaks = numbers(&stderr, &["microcode  ", "at most", "value stack", "memory"]);
    assert!(peaks[0] > 0 && peaks[1] == peaks[0] && peaks[2] > 0 && peaks[3] == 0, "{stderr}");
    assert!(stderr.contains("\nmicrocode is open\n"), "{stderr}");
}

#[test]
fn the_tier_and_the_environment_say_whether_functions_are_translated() {
    let as_microcode = |words: &[&str], environment: &[(&str, &str)]| {
        numbers(&err(&fib(words, environment)), &["as microcode"])[0] > 0
    };
    assert!(!as_microcode(&["--tier", "stepper"], &[]));
    assert!(!as_microcode(&[], &[("FAYASM_MICROCODE", "0")]));
    assert!(as_microcode(&[], &[("FAYASM_MICROCODE", "1")]));
    // What is said on the command line counts.
    assert!(as_microcode(&["--tier", "microcode"], &[("FAYASM_MICROCODE", "0")]));
    assert!(!as_microcode(&["--tier", "stepper"], &[("FAYASM_MICROCODE", "1")]));
}

#[test]
fn calls_of_host_functions_are_counted_beside_the_instructions() {
    let wat = r#"(module (import "a" "b" (func $host))
      (func (export "f") (param $n i32)
        (loop
          (call $host)
          (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (call $host)))"#;
    for tier in ["stepper", "auto", "microcode"] {
        for (unknown, calls) in [("zero", 1001), ("trap", 1)] {
            let words = ["run", "-", "f", "1000", "--stats", "--count", "--tier", tier];
            let words = words.into_iter().chain(["--unknown-imports", unknown]);
            let stderr = err(&told(words, wat.as_bytes()));
            let [host, others] = numbers(&stderr, &["host calls", "instructions"])[..] else {
                panic!("{stderr}")
            };
            assert_eq!(host, calls, "{tier}: {stderr}");
            let all = stderr.split_whitespace().next().and_then(|it| it.parse().ok());
            // A call that traps is not executed.
            let done = if unknown == "trap" { 0 } else { calls };
            assert_eq!(all, Some(others + done), "{tier}: {stderr}");
        }
    }
}

#[test]
fn functions_are_translated_ahead_if_that_is_wanted() {
    let ahead = |words: &[&str], environment: &[(&str, &str)]| {
        let stderr = err(&fib(words, environment));
        stderr.lines().filter(|line| line.contains(" bytes  ahead ")).count()
    };
    assert_eq!(ahead(&[], &[]), 0);
    assert_eq!(ahead(&[], &[("FAYASM_JIT_PRESCAN", "0")]), 0);
    assert_eq!(ahead(&[], &[("FAYASM_JIT_PRESCAN", "1")]), 6);
    assert_eq!(ahead(&["--jit-prescan"], &[]), 6);
    assert_eq!(ahead(&["--jit-prescan-force"], &[]), 6);
    assert_eq!(ahead(&[], &[("FAYASM_JIT_PRESCAN_FORCE", "1")]), 6);
    assert_eq!(ahead(&[], &[("FAYASM_JIT_PRESCAN", "1"), ("FAYASM_MICROCODE", "0")]), 0);
}

#[test]
fn the_stepper_translates_nothing() {
    let all =
        [("FAYASM_MICROCODE", "1"), ("FAYASM_JIT_PRESCAN", "1"), ("FAYASM_JIT_PRESCAN_FORCE", "1")];
    let stderr = err(&fib(&["--tier", "stepper"], &all));
    assert_eq!(numbers(&stderr, &["as microcode", "translations", "microcode  "]), [0, 0, 0]);
    assert_eq!(stderr.lines().last(), Some("microcode is closed, by setting"));

    let file = fixture("recursion.wasm");
    for option in [&["--jit-prescan"][..], &["--jit-prescan-force"], &["--microcode", "x"]] {
        let words = ["run", path(&file), "fib", "20", "--tier", "stepper"];
        let output = command(words).args(option).output().unwrap();
        let because = "translates functions to microcode, and --tier stepper executes none";
        let expected = format!("error: {} {because}: leave out one of them\n", option[0]);
        assert_eq!(err(&output), expected);
        assert_eq!((out(&output), output.status.code()), (String::new(), Some(2)));
    }
}

#[test]
fn what_the_environment_says_is_1_or_0_or_nothing() {
    for name in ["FAYASM_MICROCODE", "FAYASM_JIT_PRESCAN", "FAYASM_JIT_PRESCAN_FORCE"] {
        fib(&[], &[(name, "")]);
        for value in ["yes", "2", "true", " 1"] {
            let file = fixture("recursion.wasm");
            let output = command(["run", path(&file), "fib", "20"]).env(name, value).output();
            let output = output.unwrap();
            let because = format!("{name} is `{value}` in the environment: it can be 1 (on) or 0");
            assert_eq!(err(&output), format!("error: {because} (off)\n"));
            assert_eq!((out(&output), output.status.code()), (String::new(), Some(2)));
        }
    }
}

#[test]
fn functions_that_are_refused_are_listed_with_the_reason() {
    let locals = "v128 ".repeat(40_000);
    let wat = format!(
        r#"(module (func $wide (export "f") (result i32) (local {locals})
          (i32.const 7)))"#
    );
    let words = ["run", "-", "f", "--stats", "--tier", "microcode"];
    let output = told(words, wat.as_bytes());
    assert_eq!(out(&output), "result[0] (i32): 7\n", "{}", err(&output));
    let stderr = err(&output);
    let last = stderr.lines().last().unwrap();
    assert!(last.trim_start().starts_with("refused "), "{stderr}");
    assert!(last.contains("$wide: its frame has 80001 slots"), "{stderr}");
    assert_eq!(numbers(&stderr, &["as microcode", "refused"]), [0, 1]);
}

#[test]
fn stats_say_what_takes_how_much_at_the_end_and_at_most() {
    let wat = r#"(module (memory 1)
      (func $down (export "f") (param i32)
        (if (i32.eqz (local.get 0)) (then (drop (memory.grow (i32.const 1))) (return)))
        (call $down (i32.sub (local.get 0) (i32.const 1)))))"#;
    let words = ["run", "-", "f", "100", "--stats", "--tier", "stepper"];
    let stderr = err(&told(words, wat.as_bytes()));
    let (_, table) = stderr.split_once("bytes allocated").expect("there is a table");
    let [grown] = numbers(table, &["linear memory"])[..] else { panic!("{stderr}") };
    assert!(grown >= 2 * 65536, "{stderr}");
    let (at_end, at_most): (Vec<u64>, Vec<u64>) = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .map(|line| {
            let mut numbers = line.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
            let next = numbers.next().zip(numbers.next());
            next.unwrap_or_else(|| panic!("{line}"))
        })
        .unzip();
    for all in [at_end, at_most] {
        let (sum, parts) = all.split_last().expect("there are rows");
        assert_eq!(parts.iter().sum::<u64>(), *sum, "{stderr}");
    }
    // Seven instructions for each call, and five in the last one: that is where it grows.
    assert!(table.contains("at the end         at most  after instruction 705\n"), "{table}");
}

#[test]
fn a_program_keeps_to_its_budget() {
    let file = fixture("json.wasm");
    let within = |budget: &str, tier: &str| {
        let words = ["run", path(&file), "round_trip", "40", "--budget", budget];
        let output = command(words.into_iter().chain(["--tier", tier])).output().unwrap();
        (out(&output), err(&output), output.status.code())
    };
    for tier in ["stepper", "microcode", "auto"] {
        let done = (String::from("result[0] (i32): -1756039664\n"), String::new(), Some(0));
        assert_eq!(within("1MiB", tier), done);
        assert_eq!(within("420KiB", tier), done);
        let (_, message, code) = within("15KiB", tier);
        let refused = "error: out of memory: linear memory cannot take 65536 bytes more: ";
        assert!(message.starts_with(refused), "{message}");
        let remedy = "(--budget; with --frames, not all of it need be in RAM)";
        assert!(message.ends_with(&format!("the budget is 15360 {remedy}\n")), "{message}");
        assert_eq!(code, Some(1));
        let (_, message, code) = within("100KiB", tier);
        let least = message.strip_prefix("error: the instance takes a budget of ");
        let least = least.and_then(|rest| rest.split_once(" bytes, and there are 102400\n"));
        assert_eq!(code, Some(3), "{message}");
        let (least, _) = least.unwrap_or_else(|| panic!("{message}"));
        let (_, message, _) = within(least, tier);
        assert!(!message.contains("the instance takes"), "{message}");
    }
    let output = command(["run", path(&file), "round_trip", "40", "--budget", "1kb"]).output();
    let output = output.unwrap();
    assert!(err(&output).contains("it is no number of bytes: 65536, 64KiB"), "{}", err(&output));
    assert_eq!(output.status.code(), Some(2));
}

/// A sort of a megabyte, with these words.
fn sort(words: &[&str]) -> Output {
    let file = fixture("larger_than_ram.wasm");
    let mut command = command(["run", path(&file), "sort", "40000", "--stats"]);
    command.args(words).output().unwrap()
}

#[test]
fn memory_that_is_larger_than_the_ram_for_it_comes_and_goes_by_pages() {
    let flat = sort(&[]);
    for policy in ["clock", "lru", "fifo", "clean-first"] {
        let paged = sort(&["--frames", "8", "--policy", policy]);
        assert_eq!(out(&paged), out(&flat), "{policy}");
        let stderr = err(&paged);
        let rows = ["page accesses", "not in RAM", "pages loaded", "stored", "dropped", "memory"];
        let [accesses, faults, loaded, stored, dropped, memory] = numbers(&stderr, &rows)[..]
        else {
            panic!("{stderr}")
        };
        assert!(accesses > faults && faults > loaded && loaded > 0, "{stderr}");
        assert_eq!((faults, memory), (stored + dropped + 8, 1 << 20));
        let in_ram = numbers(&stderr, &["linear memory"])[0];
        assert!((8 * 4096..9 * 4096).contains(&in_ram), "{stderr}");
    }
    assert!(!err(&flat).contains("page accesses"));
}

#[test]
fn few_pages_fit_a_budget_that_the_whole_memory_does_not() {
    let refused = sort(&["--budget", "256KiB"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(err(&refused).contains("takes a budget of"), "{}", err(&refused));
    let paged = sort(&["--budget", "128KiB", "--frames", "256"]);
    assert_eq!(out(&paged), out(&sort(&[])));
    let stderr = err(&paged);
    assert!(numbers(&stderr, &["stored"])[0] > 0, "{stderr}");
    let last = stderr.lines().find(|line| line.trim_start().starts_with("all ")).unwrap();
    let bytes: Vec<u64> = last.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(bytes[1] <= 128 << 10 && bytes[1] > 120 << 10, "{stderr}");
}
