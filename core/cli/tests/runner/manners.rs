//! What all commands have in common: files, exit codes, colours, pipes, help.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::{Scratch, broken, command, err, fayasm, fixture, out, path, told};

/// Each command, with the words that follow the file.
const COMMANDS: [(&str, &[&str]); 6] = [
    ("run", &["x"]),
    ("step", &["x"]),
    ("trace", &["x"]),
    ("validate", &[]),
    ("dump", &[]),
    ("wat", &[]),
];

#[test]
fn a_file_that_is_no_module_is_refused_by_name_and_byte() {
    for (name, words) in COMMANDS {
        let output = fayasm(name, &broken("wrong_magic.wasm"), words.iter().copied());
        let message = err(&output);
        assert!(message.contains("wrong_magic.wasm: not a WebAssembly module"), "{message}");
        assert!(message.contains(", at byte 0x0\n  0x000000  "), "{message}");
        assert_eq!(output.status.code(), Some(3), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let scratch = Scratch::new();
    let commands = COMMANDS.into_iter().chain([("spec", &[][..])]);
    for (name, words) in commands {
        let missing = fayasm(name, Path::new("nowhere.wasm"), words.iter().copied());
        assert!(err(&missing).starts_with("error: cannot read nowhere.wasm: "), "{name}");
        assert_eq!(missing.status.code(), Some(3), "{name}");
        let folder = fayasm(name, &scratch.0, words.iter().copied());
        assert!(err(&folder).starts_with("error: cannot read "), "{name}: {}", err(&folder));
        assert_eq!(folder.status.code(), Some(3), "{name}");
    }
}

#[test]
#[cfg(unix)]
fn words_that_are_not_utf8_are_no_reason_to_panic() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let odd = OsStr::from_bytes(b"odd\xFF.wasm");
    let file = command(["validate"]).arg(odd).output().unwrap();
    assert!(err(&file).starts_with("error: cannot read odd\u{FFFD}.wasm: "), "{}", err(&file));
    assert_eq!(file.status.code(), Some(3));
    let export = command(["run"]).arg(fixture("arithmetic.wasm")).arg(odd).output().unwrap();
    assert_eq!(export.status.code(), Some(2), "{}", err(&export));
}

#[test]
fn every_command_takes_text_and_says_where_it_is_wrong() {
    let scratch = Scratch::new();
    let wrong = scratch.file("wrong.wat", "(module\n  (func (export \"x\") i32.sub i32.nonsense))");
    let latin = scratch.file("latin.wat", b"(module) ;; caf\xE9");
    for (name, words) in COMMANDS {
        let message = err(&fayasm(name, &wrong, words.iter().copied()));
        assert!(message.contains("wrong.wat:2:30"), "{name}: {message}");
        let message = err(&fayasm(name, &latin, words.iter().copied()));
        assert!(message.ends_with("latin.wat: not UTF-8, at byte 0xf\n"), "{name}: {message}");
    }
    let text = b"  ;; no name says that this is text\n(module (func (export \"x\")))";
    for (name, words) in COMMANDS {
        let output = told([name, "-"].iter().chain(words).copied(), text);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", err(&output));
    }
}

#[test]
fn wrong_words_are_refused_and_help_is_offered() {
    for words in [
        &["sprint", "x.wasm"][..],
        &["run"],
        &["validate", "--without", "everything", "x.wasm"],
        &["validate", "--without", "memory64", "--only", "mvp", "x.wasm"],
        &["trace", "x.wasm", "x", "--from", "0"],
        &["trace", "x.wasm", "x", "--format", "xml"],
    ] {
        let output = command(words.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(err(&output).contains("--help"), "{words:?}: {}", err(&output));
    }
}

#[test]
fn help_teaches_by_example_and_names_exit_codes() {
    let help = out(&command(["--help"]).output().unwrap());
    assert!(help.contains("Examples:\n  fayasm run") && help.contains("Exit codes:\n  0  done"));
    for (name, _) in COMMANDS.into_iter().chain([("spec", &[][..])]) {
        assert!(help.contains(&format!("\n  {name} ")), "{name}");
        let help = out(&command([name, "--help"]).output().unwrap());
        assert!(help.contains("Example") && help.contains(&format!("fayasm {name}")), "{help}");
    }
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let file = fixture("arithmetic.wasm");
    let print = |words: &[&str], no_color: bool| {
        let mut command = command(words.iter().copied());
        command.arg(&file);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        out(&command.output().unwrap())
    };
    assert!(!print(&["validate"], false).contains('\x1b'));
    assert!(!print(&["validate", "--color", "never"], false).contains('\x1b'));
    assert!(!print(&["validate"], true).contains('\x1b'));
    assert!(print(&["validate", "--color", "always"], false).contains("\x1b[32mvalid\x1b[0m"));
}

/// A module whose listings are longer than what a pipe holds.
fn long_module(scratch: &Scratch) -> PathBuf {
    let functions = (0..5000).map(|index| format!("(func (export \"function {index}\") nop nop)"));
    let script = format!("(module {})", functions.collect::<String>());
    scratch.file("long.wat", script)
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let scratch = Scratch::new();
    let (long, fib) = (long_module(&scratch), fixture("recursion.wasm"));
    for (words, file, rest) in [
        (&["dump", "--code"][..], &long, &[][..]),
        (&["dump", "--json", "--code"], &long, &[]),
        (&["wat"], &long, &[]),
        (&["run"], &long, &[]),
        (&["step"], &fib, &["fib", "20"]),
        (&["trace"], &fib, &["fib", "20"]),
    ] {
        let mut command = command(words.iter().copied());
        command.arg(file).args(rest).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdout.take().unwrap();
        pipe.read_exact(&mut [0]).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)), "{words:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    for (name, words) in [("run", &["const42"][..]), ("dump", &[]), ("wat", &[]), ("validate", &[])]
    {
        let full = std::fs::File::create("/dev/full").unwrap();
        let mut command = command([name]);
        let output =
            command.arg(fixture("arithmetic.wasm")).args(words).stdout(full).output().unwrap();
        assert!(err(&output).starts_with("error: cannot print: "), "{name}: {}", err(&output));
        assert_eq!(output.status.code(), Some(4), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let scratch = Scratch::new();
    let folder = path(&scratch.0);
    for words in [&["dump"][..], &["wat"], &["trace"]] {
        let rest = if words == ["trace"] { &["const42"][..] } else { &[] };
        let words = words.iter().copied();
        let output = command(words)
            .arg(fixture("arithmetic.wasm"))
            .args(rest)
            .args(["--output", folder])
            .output()
            .unwrap();
        assert!(err(&output).starts_with("error: cannot write "), "{}", err(&output));
        assert_eq!(output.status.code(), Some(4));
    }
}

#[test]
fn names_from_a_module_cannot_command_the_terminal() {
    let scratch = Scratch::new();
    let text = r#"(module (func $f (@name "\1b[2J") (export "\1b[31mred") unreachable))"#;
    let file = scratch.file("escape.wat", text);
    let listed = fayasm("run", &file, []);
    assert_eq!(out(&listed), "\\u{1b}[31mred () -> ()\n");
    let imports = br#"(module (import "\1b[1m" "\1b[5m" (func $f)) (func (export "f") (call $f)))"#;
    for words in [&["run", "-", "f"][..], &["run", "-", "f", "--unknown-imports=trap"]] {
        let output = told(words.iter().copied(), imports);
        assert!(err(&output).contains("`\\u{1b}[1m` `\\u{1b}[5m`"), "{}", err(&output));
        assert!(!err(&output).contains('\x1b'), "{}", err(&output));
    }
    for name in ["run", "step"] {
        let output = fayasm(name, &file, ["\x1b[31mred"]);
        assert!(err(&output).contains("in $\\u{1b}[2J"), "{}", err(&output));
        assert!(!out(&output).contains('\x1b'), "{}", out(&output));
    }
}
