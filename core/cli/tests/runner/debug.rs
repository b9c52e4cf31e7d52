//! `fayasm debug`

use std::path::Path;
use std::process::Output;

use crate::{err, fayasm, fixture, out, path, told};

/// A session on a fixture, with these commands, a line each.
fn session(file: &Path, words: &[&str], commands: &str) -> Output {
    let words = ["debug", path(file)].into_iter().chain(words.iter().copied());
    told(words, commands.as_bytes())
}

/// What a session prints, with one space where there are several.
fn printed(file: &Path, words: &[&str], commands: &str) -> Vec<String> {
    let output = session(file, words, commands);
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)), "{commands}");
    lines(&output)
}

fn lines(output: &Output) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    out(output).lines().map(words).collect()
}

/// The number of the next instruction, wherever one is marked.
fn positions(lines: &[String]) -> Vec<u64> {
    let marked = lines.iter().filter_map(|line| line.strip_prefix("=>"));
    marked.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

#[test]
fn steps_print_the_lines_of_step_and_what_comes_next() {
    let (file, words) = (fixture("typed_values.wasm"), ["add_i32", "40", "2"]);
    let printed = out(&session(&file, &words, "step 4\n"));
    let stepped = out(&fayasm("step", &file, words));
    let [next, executed @ .., returned, result] = &printed.lines().collect::<Vec<_>>()[..] else {
        panic!("{printed}");
    };
    assert!(next.starts_with("=>     1  0x000089  $add_i32 "), "{next}");
    assert_eq!(*returned, "returned after 4 instructions");
    assert_eq!([executed, &[*result]].concat(), stepped.lines().collect::<Vec<_>>());
}

#[test]
fn a_call_is_stepped_over_forwards_and_backwards() {
    let printed = printed(&fixture("recursion.wasm"), &["factorial", "5"], "step 7\nnext\nrnext\n");
    let [.., call, behind, before] = &printed[..] else { panic!("{printed:?}") };
    assert_eq!(call, "8 0x00006c $factorial call $factorial [i64:4] -> [i64:24]");
    assert_eq!(behind, "=> 59 0x00006e $factorial i64.mul [i64:5 i64:24]");
    assert_eq!(before, "=> 8 0x00006c $factorial call $factorial [i64:4]");
}

#[test]
fn a_function_is_finished_and_gone_back_out_of() {
    let commands = "goto 20\nfinish\nback\nrfinish\nrfinish\nrfinish\n";
    let printed = printed(&fixture("recursion.wasm"), &["factorial", "5"], commands);
    assert!(printed.contains(&"returned [i64:6]".to_owned()), "{printed:?}");
    assert_eq!(positions(&printed), [1, 20, 56, 55, 16, 8, 1]);
}

#[test]
fn an_empty_line_repeats_what_goes_somewhere_and_nothing_else() {
    let commands = "step 2\n\nback\n\nlocals\n\n# a remark\n";
    let printed = printed(&fixture("recursion.wasm"), &["factorial", "5"], commands);
    assert_eq!(positions(&printed), [1, 3, 5, 4, 3]);
    assert_eq!(printed.iter().filter(|line| *line == "0 $n i64:5").count(), 1);
}

#[test]
fn a_breakpoint_stops_in_either_direction() {
    let commands = "break factorial\ncontinue\n\nrcontinue\ndelete 1\ncontinue\n";
    let printed = printed(&fixture("recursion.wasm"), &["factorial", "3"], commands);
    assert_eq!(positions(&printed), [1, 9, 17, 9]);
    assert_eq!(printed[printed.len() - 1], "result[0] (i64): 6");
    let stopped = printed.iter().filter(|line| *line == "1: break factorial").count();
    assert_eq!(stopped, 4);
}

#[test]
fn a_breakpoint_can_have_a_condition_and_a_place_in_the_function() {
    for place in ["factorial+2 if $n == 2", "0x5f if l0 < 3 && l0 > 1", "0+2 if !(2 != l0)"] {
        let commands = format!("break {place}\nrun\nlocals\nrcontinue\n");
        let printed = printed(&fixture("recursion.wasm"), &["factorial", "5"], &commands);
        assert_eq!(positions(&printed), [1, 26, 1], "{place}");
        assert!(printed.contains(&"0 $n i64:2".to_owned()), "{place}");
    }
}

#[test]
fn a_breakpoint_can_be_on_a_line_of_the_source_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dwarf/tests/lines.wasm");
    // What is on the first of these lines is inlined.
    for (line, inside) in [("lines.c:8", "twice at source/lines.c:8:15"), ("source/lines.c:9", "")]
    {
        let printed = printed(&file, &["checked", "1"], &format!("break {line}\nrun\nwhere\n"));
        let [.., caller] = &printed[..] else { panic!("nothing is printed") };
        assert_eq!(caller, "checked at source/lines.c:13:10", "{line}");
        assert!(printed.iter().any(|it| it.contains("$twice") && it.starts_with("=>")), "{line}");
        assert!(inside.is_empty() || printed.contains(&inside.to_owned()), "{printed:?}");
    }
}

#[test]
fn a_watched_memory_stops_before_writes_and_its_last_write_is_found() {
    let commands = "watch 0,4\ncontinue\n\n\nlast-write 0,4\nwhy 0,4\nmemory 0 8\n";
    let printed = printed(&fixture("memory_ops.wasm"), &["sort_checksum"], commands);
    let writes = positions(&printed);
    // It is written twice; then the run ends, and the same is found on the way back.
    let [1, first, second, last, before] = writes[..] else { panic!("{printed:?}") };
    assert_eq!((last, before), (second, first));
    assert!(printed.contains(&"=> 20 0x000095 $sort i32.store [i32:0 i32:3]".to_owned()));
    assert_eq!(printed[printed.len() - 1], "0x00000000 05 00 00 00 03 00 00 00 ........");
}

#[test]
fn a_value_is_traced_to_its_origin() {
    let module = br#"(module (memory 1)
        (func $double (param $x i32) (result i32) (i32.mul (local.get $x) (i32.const 2)))
        (func (export "f") (param $n i32) (result i32)
            (i32.store (i32.const 8) (call $double (local.get $n)))
            (i32.load (i32.const 8))))"#;
    let scratch = crate::Scratch::new();
    let file = scratch.file("m.wat", module);
    let commands = "continue\norigin\ngoto 5\norigin operand 0\norigin global 7\n";
    let output = session(&file, &["f", "21"], commands);
    let printed = lines(&output);
    let numbers = positions(&printed);
    // The end, i32.load, i32.store, the end of the function and its i32.mul; then what
    // that takes.
    assert_eq!(numbers, [1, 11, 10, 8, 7, 6, 5, 4, 3, 2], "{printed:?}");
    assert!(printed.iter().any(|line| line.ends_with("i32.mul [i32:21 i32:2]")), "{printed:?}");
    assert_eq!(printed[printed.len() - 1], "argument 0 of the call");
    assert!(err(&output).contains("global"), "{}", err(&output));
}

#[test]
fn reads_locals_and_globals_can_be_watched() {
    let module = br#"(module (memory 1) (global $g (mut i32) (i32.const 0))
        (func (export "f") (param $x i32)
            (drop (i32.load (i32.const 8)))
            (local.set $x (i32.const 1))
            (global.set $g (local.get $x))
            (drop (global.get $g))))"#;
    let scratch = crate::Scratch::new();
    let file = scratch.file("m.wat", module);
    let stops = |watch: &str| {
        let commands = format!("{watch}\ncontinue\n\nrcontinue\n");
        let positions = positions(&printed(&file, &["f", "0"], &commands));
        (positions[1], positions[positions.len() - 1])
    };
    assert_eq!(stops("rwatch 10"), (2, 2));
    assert_eq!(stops("watch local $x"), (5, 5));
    assert_eq!(stops("rwatch local 0"), (6, 6));
    assert_eq!(stops("watch global $g"), (7, 7));
    assert_eq!(stops("rwatch global 0"), (8, 8));
    assert_eq!(stops("awatch global 0"), (7, 7));
}

#[test]
fn changes_growth_and_what_the_host_does_can_be_stopped_at() {
    let module = br#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "f")
            (i32.store (i32.const 8) (i32.const 0))
            (i32.store (i32.const 8) (i32.const 5))
            (i32.store (i32.const 8) (i32.const 5))
            (drop (call $random (i32.const 0) (i32.const 64)))
            (drop (memory.grow (i32.const 1)))))"#;
    let scratch = crate::Scratch::new();
    let file = scratch.file("m.wat", module);
    let stops = |commands: &str| positions(&printed(&file, &["f"], commands));
    let forwards = "continue\ncontinue\n";
    assert_eq!(stops(&format!("cwatch 8,4\n{forwards}")), [1, 6, 12]);
    assert_eq!(stops(&format!("watch 8,4\n{forwards}")), [1, 3, 6]);
    assert_eq!(stops("run\ncwatch 8,4\nrc\nrc\nrc\n"), [1, 12, 6, 1]);
    assert_eq!(stops("catch calls\ncontinue\ncontinue\n"), [1, 12]);
    assert_eq!(stops("catch growth\ncontinue\n"), [1, 15]);
}

#[test]
fn the_stacks_of_all_calls_can_be_looked_at() {
    let commands = "goto 17\nwhere\nlocals 2\nstack 1\nstack\n";
    let printed = printed(&fixture("recursion.wasm"), &["factorial", "5"], commands);
    let expected = [
        "#0 0x00005d $factorial",
        "#1 0x00006c $factorial",
        "#2 0x00006c $factorial",
        "0 $n i64:5",
        "[i64:4]",
        "[]",
    ];
    assert_eq!(printed[printed.len() - 6..], expected);
}

#[test]
fn the_code_around_is_listed() {
    let commands = "goto 3\nlist\n";
    let printed = printed(&fixture("typed_values.wasm"), &["add_i32", "40", "2"], commands);
    let expected = [
        "$add_i32",
        "0x000089 local.get $a",
        "0x00008b local.get $b",
        "=> 0x00008d i32.add",
        "0x00008e end",
    ];
    assert_eq!(printed[2..], expected);
}

#[test]
fn an_instruction_that_traps_is_stood_before_and_its_trap_told() {
    let output = session(&fixture("traps.wasm"), &["outer", "0"], "continue\nback\nstep\nwhere\n");
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
    let printed = lines(&output);
    assert_eq!(positions(&printed), [1, 8, 7, 8]);
    let trap = printed.iter().filter(|line| *line == "trap: integer divide by zero").count();
    assert_eq!(trap, 2, "{printed:?}");
    assert_eq!(printed[printed.len() - 3], "#0 0x00012f $divide");
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let file = fixture("recursion.wasm");
    for (command, error) in [
        ("contniue", "there is no command `contniue`; is it `continue`?"),
        ("st", ""),
        ("step x", "it is called like this: step [N]"),
        ("back", "instruction 1 is the first that can be gone back to"),
        ("goto 0", "instruction 0 cannot be gone to; 1 to 1 can"),
        ("goto 100000", "instruction 100000 cannot be gone to; 1 to 62 can"),
        ("break facto", "there is no function `facto`; is it `factorial`?"),
        (
            "break factorial+1",
            "no instruction begins at byte 0x5e; around it, one does at 0x5d and one at 0x5f",
        ),
        ("break main.c:3", "no instruction is known to come from main.c:3"),
        ("break fib if $q == 1", "nothing has this name, at `$q == 1`"),
        ("break fib if l0 = 1", "an operator or the end is expected, at `= 1`"),
        ("break fib if l1 == 1", "nothing has this index, at `l1 == 1`"),
        ("watch 0", "there is no memory `0`"),
        ("watch global g", "there is no global `g`"),
        ("locals 1", "there is no frame `1`"),
        ("delete 1", "there is no breakpoint or watchpoint 1; `info` lists all"),
    ] {
        let output = session(&file, &["factorial", "5"], &format!("{command}\nstep\n"));
        let said = if error.is_empty() { String::new() } else { format!("error: {error}\n") };
        assert_eq!(err(&output), said, "{command}");
        assert_eq!(positions(&lines(&output)), [1, 2], "{command}");
        assert_eq!(output.status.code(), Some(0), "{command}");
    }
}

#[test]
fn a_program_reads_between_the_commands_and_does_not_repeat_what_it_prints() {
    let file = fixture("../programs/count.wasm");
    for seed in [&[][..], &["--seed", "1"]] {
        let commands = "break 0x3a2\ncontinue\nsome words\nand more\n";
        let output = session(&file, seed, commands);
        // What it prints, once it has read everything.
        assert_eq!(err(&output), "2 4 20\n", "{seed:?}");
    }
}

#[test]
fn going_back_repeats_nothing_that_a_program_prints() {
    let file = fixture("../programs/hello.wasm");
    let output = session(&file, &[], "continue\nstart\ncontinue\nback 5\nstep 5\nrun\n");
    let once = fayasm("run", &file, []);
    assert_eq!(err(&output), out(&once));
}

#[test]
fn what_a_host_function_wrote_last_is_found() {
    let module = br#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "f")
            (i32.store (i32.const 64) (i32.const 7))
            (drop (call $random (i32.const 64) (i32.const 8)))
            (drop (call $random (i32.const 80) (i32.const 8)))))"#;
    let scratch = crate::Scratch::new();
    let file = scratch.file("m.wat", module);
    let commands = "continue\nlast-write 64,4\nlast-write 64,4\n";
    let printed = printed(&file, &["f", "--seed", "1"], commands);
    let [.., host, own] = &printed[..] else { panic!("{printed:?}") };
    assert!(host.contains("call $random"), "{host}");
    assert!(own.contains("i32.store [i32:64 i32:7]"), "{own}");
}

/// Ctrl+C while a program runs that has printed something before.
#[cfg(unix)]
#[test]
fn ctrl_c_stops_the_program_and_not_the_debugger() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    let module = br#"(module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\01\00\00\00!")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
            (loop $forever (br $forever))))"#;
    let scratch = crate::Scratch::new();
    let file = scratch.file("m.wat", module);
    let mut command = crate::command(["debug", path(&file)]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner starts");
    let mut commands = child.stdin.take().expect("it is piped");
    commands.write_all(b"continue\nback\n").expect("it reads");
    let mut said = [0];
    child.stderr.take().expect("it is piped").read_exact(&mut said).expect("it prints");
    assert_eq!(said, *b"!");
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("there is `kill`").success());
    drop(commands);
    let output = child.wait_with_output().expect("the runner ends");
    assert_eq!(output.status.code(), Some(0));
    let printed = lines(&output);
    assert_eq!(printed[1], "interrupted");
    let [_, stopped, back] = positions(&printed)[..] else { panic!("{printed:?}") };
    assert_eq!(back, stopped - 1);
}

#[test]
fn help_tells_of_every_command() {
    let file = fixture("recursion.wasm");
    let printed = out(&session(&file, &["factorial", "5"], "help\nhelp break\nhelp rc\n"));
    for command in ["step s ", "rcontinue rc ", "last-write why ", "quit q "] {
        assert!(printed.contains(command), "{command}: {printed}");
    }
    assert!(printed.contains("break PLACE [if CONDITION]: stops before an instruction\n"));
    assert!(printed.contains("FILE:LINE"));
}
