//! `fayasm trace --hashes` and `fayasm diverge`

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{Scratch, command, err, fayasm, fixture, out, path, told};

/// Hashes of a call, and the exit code.
fn hashes(file: &str, words: &[&str]) -> String {
    out(&fayasm("trace", &fixture(file), words.iter().copied()))
}

/// Counts and hashes of JSON Lines.
fn rows(printed: &str) -> Vec<(u64, String)> {
    let objects = printed.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let rows =
        objects.filter_map(|it| Some((it["executed"].as_u64()?, it["hash"].as_str()?.into())));
    rows.collect()
}

#[test]
fn hashes_are_written_at_multiples_and_at_the_end_and_are_the_same_again() {
    let words = ["fib", "10", "--hashes", "100"];
    let printed = hashes("recursion.wasm", &words);
    assert_eq!(printed, hashes("recursion.wasm", &words));
    let rows = rows(&printed);
    let (end, multiples) = rows.split_last().expect("there are some");
    assert!(end.0 % 100 != 0 && rows.len() > 10, "{printed}");
    for (index, (executed, hash)) in multiples.iter().enumerate() {
        assert_eq!((*executed, hash.len()), (index as u64 * 100, 16));
    }
    let last: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(last, json!({ "end": "done", "executed": end.0, "results": ["i32:55"] }));
    let all = rows.iter().map(|(_, hash)| hash).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(all.len(), rows.len());
}

#[test]
fn a_part_of_the_hashes_is_that_of_all_of_them() {
    let all = rows(&hashes("recursion.wasm", &["fib", "10", "--hashes", "10"]));
    let words = ["fib", "10", "--hashes", "10", "--from", "101", "--limit", "40"];
    let part = rows(&hashes("recursion.wasm", &words));
    assert_eq!(part[..5], all[10..15]);
    assert_eq!(part[5], all[all.len() - 1]);
}

#[test]
fn hashes_have_the_same_values_in_every_format() {
    let words = |format| ["factorial", "5", "--hashes", "9", "--format", format];
    let json = rows(&hashes("recursion.wasm", &words("jsonl")));
    let csv = hashes("recursion.wasm", &words("csv"));
    let mut lines = csv.split_terminator("\r\n");
    assert_eq!(lines.next(), Some("executed,hash"));
    let csv: Vec<_> = lines.map(str::to_owned).collect();
    let expected: Vec<_> = json.iter().map(|(at, hash)| format!("{at},{hash}")).collect();
    assert_eq!(csv, expected);
    let text = hashes("recursion.wasm", &words("text"));
    for (line, (at, hash)) in text.lines().zip(&json) {
        assert_eq!(line.trim(), format!("{at}  {hash}"));
    }
}

#[test]
fn the_state_that_a_trap_leaves_takes_the_place_of_the_one_before() {
    let printed = hashes("traps.wasm", &["outer", "0", "--hashes", "1"]);
    let rows = rows(&printed);
    assert!(rows.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0), "{printed}");
    assert!(printed.lines().last().is_some_and(|line| line.contains("\"end\":\"trap\"")));
}

/// Writes hashes of two calls, and compares them.
struct Two {
    scratch: Scratch,
    one: PathBuf,
    other: PathBuf,
}

impl Two {
    fn new(one: &str, other: &str) -> Self {
        let scratch = Scratch::new();
        let (one, other) = (scratch.file("one", one), scratch.file("other", other));
        Two { scratch, one, other }
    }

    fn diverge(&self) -> (String, Option<i32>) {
        let output = command(["diverge", path(&self.one), path(&self.other)]).output().unwrap();
        let said = out(&output) + &err(&output);
        let named = said.replace(path(&self.scratch.0), "");
        (named, output.status.code())
    }
}

#[test]
fn two_runs_that_are_the_same_agree_in_whatever_format() {
    let one = hashes("recursion.wasm", &["fib", "10", "--hashes", "100"]);
    let other = hashes("recursion.wasm", &["fib", "10", "--hashes", "50", "--format", "csv"]);
    let (said, code) = Two::new(&one, &other).diverge();
    let end = rows(&one).last().unwrap().0;
    let counts = rows(&one).len();
    assert_eq!(said, format!("the runs agree at all {counts} instruction counts, up to {end}\n"));
    assert_eq!(code, Some(0));
}

/// A program of two arguments, the second of which is looked at late.
const LATE: &[u8] = br#"(module (memory 1) (func (export "f") (param $count i32) (param $late i32)
    (loop $again
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br_if $again (local.get $count)))
    (i32.store (i32.const 8) (i32.and (local.get $late) (i32.const 1)))
    (i32.store (i32.const 12) (i32.const 5))))"#;

/// Hashes of a module that stores something else from some instruction on.
fn late(store: i32, words: &[&str]) -> String {
    let text = String::from_utf8_lossy(LATE).replace("const 5", &format!("const {store}"));
    let words = ["trace", "-", "f", "500", "0"].iter().chain(words).copied();
    out(&told(words, text.as_bytes()))
}

#[test]
fn where_two_runs_begin_to_differ_is_narrowed_down_to_the_instruction() {
    let compare = |words: &[&str]| Two::new(&late(5, words), &late(6, words)).diverge();
    let (said, code) = compare(&["--hashes", "100"]);
    assert_eq!(code, Some(1));
    assert!(
        said.starts_with("the runs agree up to instruction 3000, and differ after 3011"),
        "{said}"
    );
    assert!(said.ends_with("fayasm trace … --hashes 1 --from 3001 --limit 11\n"), "{said}");
    let (said, code) = compare(&["--hashes", "1", "--from", "3001", "--limit", "11"]);
    assert_eq!(code, Some(1));
    assert!(
        said.starts_with("the runs agree up to instruction 3008, and differ after 3009"),
        "{said}"
    );
    assert!(
        said.ends_with("fayasm trace … --from 3009 --limit 1 shows this instruction of each\n"),
        "{said}"
    );
}

#[test]
fn a_run_that_ends_before_the_other_is_said() {
    let one = hashes("recursion.wasm", &["fib", "10", "--hashes", "100"]);
    let cut: String = one.lines().take(4).map(|line| format!("{line}\n")).collect();
    let (said, code) = Two::new(&one, &cut).diverge();
    assert_eq!(code, Some(1));
    assert!(said.contains("one goes no further: /other has nothing after 300"), "{said}");
}

#[test]
fn a_file_that_has_no_hashes_is_refused_where_it_is_wrong() {
    let good = "{\"executed\":0,\"hash\":\"0123456789abcdef\"}\n";
    let cases = [
        ("", "/other: there are no hashes in it"),
        ("\u{0}asm", "line 1: expected a hash of `fayasm trace --hashes`"),
        ("{\"step\":1}", "line 1: expected an instruction count and a hash of 16 digits"),
        (
            "executed,hash\r\n0,0123456789abcdef\r\n5,xyz\r\n",
            "line 3: expected an instruction count",
        ),
        (
            "executed,hash\n0,0123456789abcdef\n0,0123456789abcdef\n",
            "line 3: expected a higher instruction count than before, found `0,0123456789abcdef`",
        ),
    ];
    let many = format!("{good}{}{}", good.replace(":0,", ":5,"), good.replace(":0,", ":9,"));
    for (text, expected) in cases {
        let (said, code) = Two::new(&many, text).diverge();
        assert!(said.contains(expected), "{text:?}: {said}");
        assert_eq!(code, Some(3), "{text:?}");
    }
    let missing = command(["diverge", "/nowhere/a", "-"]).output().unwrap();
    assert!(err(&missing).contains("cannot read /nowhere/a"));
    let twice = command(["diverge", "-", "-"]).output().unwrap();
    assert_eq!(twice.status.code(), Some(2));
}

#[test]
fn hashes_can_come_from_standard_input() {
    let one = hashes("recursion.wasm", &["fib", "10", "--hashes", "100"]);
    let scratch = Scratch::new();
    let file = scratch.file("one", &one);
    let output = told(["diverge", path(&file), "-"], one.as_bytes());
    assert!(out(&output).starts_with("the runs agree at all "), "{}", err(&output));
}
