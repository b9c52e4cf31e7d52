//! The standard streams of programs for the terminal: pipes, prompts, waiting.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::wasi::{command_of, program};
use crate::{Scratch, command, err, out, path, told};

/// Starts the runner with all streams piped.
fn start<'a>(words: impl IntoIterator<Item = &'a str>) -> Child {
    let mut command = command(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the runner starts")
}

/// Writes `? `, reads up to 8 bytes, and writes these.
const ASKS: &str = r#"
    (i64.store (i32.const 0) (i64.const 0x2_0000_0020))
    (i32.store (i32.const 32) (i32.const 0x203f))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (i64.store (i32.const 0) (i64.const 0x8_0000_0020))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))"#;

#[test]
fn a_prompt_is_seen_before_the_answer_is_typed() {
    let scratch = Scratch::new();
    let asks = scratch.file("asks.wat", command_of(ASKS));
    for words in [&["run"][..], &["run", "--seed", "1"], &["trace", "-o", "/dev/null"]] {
        if words.contains(&"/dev/null") && !cfg!(unix) {
            continue;
        }
        let mut child = start(words.iter().copied().chain([path(&asks)]));
        let mut stdout = child.stdout.take().unwrap();
        let mut prompt = [0; 2];
        stdout.read_exact(&mut prompt).unwrap();
        assert_eq!(&prompt, b"? ");
        child.stdin.as_ref().unwrap().write_all(b"yes\n").unwrap();
        let mut answer = String::new();
        stdout.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "yes\n");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn much_input_goes_through() {
    let line = b"two words\n";
    let input = line.repeat(200_000);
    let output = told(["run", path(&program("count.wasm"))], &input);
    assert_eq!(out(&output), "200000 400000 2000000\n");
    let output = told(["run", "--seed", "1", path(&program("count.wasm"))], &input);
    assert_eq!(out(&output), "200000 400000 2000000\n");
}

#[test]
fn input_that_comes_in_pieces_is_waited_for() {
    for seed in [&[][..], &["--seed", "1"]] {
        let count = program("count.wasm");
        let mut child = start(["run", path(&count)].into_iter().chain(seed.iter().copied()));
        let mut stdin = child.stdin.take().unwrap();
        for piece in ["one ", "two\n", "three"] {
            stdin.write_all(piece.as_bytes()).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert_eq!(out(&output), "1 3 13\n", "{}", err(&output));
    }
}

#[test]
fn with_a_seed_a_trace_does_not_depend_on_when_input_comes() {
    let scratch = Scratch::new();
    let trace = |name: &str, pieces: &[&str]| {
        let file = scratch.0.join(name);
        let count = program("count.wasm");
        let mut child = start(["trace", "--seed", "1", path(&count), "-o", path(&file)]);
        let mut stdin = child.stdin.take().unwrap();
        for piece in pieces {
            stdin.write_all(piece.as_bytes()).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        drop(stdin);
        assert!(child.wait().unwrap().success());
        std::fs::read_to_string(&file).unwrap()
    };
    let whole = trace("whole", &["one two\nthree\nfour"]);
    assert!(whole == trace("pieces", &["o", "ne two\nth", "ree\n", "four"]), "they differ");
}

#[test]
#[cfg(unix)]
fn closed_streams_are_no_failure_of_the_runner() {
    let shell = |line: &str, file: &str| {
        let runner = env!("CARGO_BIN_EXE_fayasm");
        Command::new("sh").args(["-c", line, runner, path(&program(file))]).output().unwrap()
    };
    let output = shell(r#""$0" run "$1" <&-"#, "count.wasm");
    assert_eq!((out(&output).as_str(), output.status.code()), ("0 0 0\n", Some(0)));
    let output = shell(r#""$0" run "$1" >&-"#, "hello.wasm");
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
    let output = shell(r#""$0" run --count "$1" 2>&-"#, "hello.wasm");
    assert_eq!((out(&output).as_str(), output.status.code()), ("Hello from C!\n", Some(0)));
    let output = shell(r#""$0" run "$1" </"#, "count.wasm");
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(1)));
}

/// Writes a line again and again, and does not care whether anybody reads.
const TALKS: &str = r#"
    (i64.store (i32.const 0) (i64.const 0x2_0000_0020))
    (i32.store (i32.const 32) (i32.const 0x0a79))
    (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))) (br 0))"#;

#[test]
fn a_program_that_nobody_reads_any_more_ends_quietly() {
    let scratch = Scratch::new();
    let talks = scratch.file("talks.wat", command_of(TALKS));
    let file = scratch.0.join("trace");
    for words in [&["run"][..], &["trace", "--limit", "10", "-o", path(&file)], &["step"]] {
        let enough = ["--fuel", "100000000", path(&talks)];
        let mut child = start(words.iter().copied().chain(enough));
        let mut line = [0; 2];
        // The trace is what is read, so what the program says is not.
        let mut stderr = child.stderr.take().unwrap();
        child.stdout.take().unwrap().read_exact(&mut line).unwrap();
        let said = if words == ["step"] {
            drop(stderr);
            String::new()
        } else {
            let mut said = String::new();
            stderr.read_to_string(&mut said).unwrap();
            said
        };
        assert_eq!((said.as_str(), child.wait().unwrap().code()), ("", Some(0)), "{words:?}");
    }
}

/// Waits for input and for so many milliseconds, and ends with what came first:
/// 1 for input, 0 for time; 9 if both.
fn polls(milliseconds: u64) -> String {
    let nanoseconds = milliseconds * 1_000_000;
    command_of(&format!(
        "(i32.store (i32.const 16) (i32.const 1))
         (i64.store (i32.const 24) (i64.const {nanoseconds}))
         (i32.store8 (i32.const 56) (i32.const 1))
         (drop (call $poll (i32.const 0) (i32.const 128) (i32.const 2) (i32.const 96)))
         (if (i32.ne (i32.load (i32.const 96)) (i32.const 1))
            (then (call $exit (i32.const 9))))
         (call $exit (i32.load8_u (i32.const 138)))"
    ))
}

#[test]
#[cfg(unix)]
fn input_and_time_are_waited_for_together() {
    let scratch = Scratch::new();
    for (milliseconds, typed, expected) in [(60_000, true, 1), (100, false, 0)] {
        let polls = scratch.file("polls.wat", polls(milliseconds));
        let began = Instant::now();
        let mut child = start(["run", path(&polls)]);
        let mut stdin = child.stdin.take().unwrap();
        thread::sleep(Duration::from_millis(50));
        if typed {
            stdin.write_all(b"x").unwrap();
        }
        assert_eq!(child.wait().unwrap().code(), Some(expected));
        let passed = began.elapsed();
        assert!(passed < Duration::from_secs(30), "{passed:?}");
        assert!(typed || passed >= Duration::from_millis(100), "{passed:?}");
    }
}

#[test]
#[cfg(unix)]
fn what_a_program_does_not_read_is_left_to_others() {
    let scratch = Scratch::new();
    let asks = scratch.file("asks.wat", command_of(ASKS));
    let rest = scratch.file("input", "1234567\nthe rest");
    let output = Command::new("sh")
        .args(["-c", r#"("$0" run "$1"; cat) <"$2""#])
        .args([env!("CARGO_BIN_EXE_fayasm"), path(&asks), path(&rest)])
        .output()
        .unwrap();
    assert_eq!(out(&output), "? 1234567\nthe rest");
}

/// Whether a process is asleep for a while, sooner or later.
#[cfg(target_os = "linux")]
fn falls_asleep(process: u32) -> bool {
    let is_asleep = || {
        thread::sleep(Duration::from_millis(10));
        // The state follows the name, which stands in parentheses.
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('S')
    };
    (0..200).any(|_| (0..10).all(|_| is_asleep()))
}

#[test]
#[cfg(target_os = "linux")]
fn while_it_waits_a_program_sleeps() {
    let scratch = Scratch::new();
    // A minute.
    let sleeps = "(i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 60_000_000_000))
        (drop (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 96)))";
    let sleeps = scratch.file("sleeps.wat", command_of(sleeps));
    for file in [program("count.wasm"), sleeps] {
        let mut child = start(["run", path(&file)]);
        let asleep = falls_asleep(child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(asleep, "{}", file.display());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_the_programs_to_deal_with() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = command(["run", path(&program("hello.wasm"))]);
    let output = command.stdout(full).output().unwrap();
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(1)));
}
