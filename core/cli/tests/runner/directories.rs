//! `--dir`: what a program may reach, and what it may not.

use std::fs;

use fayasm_wasi::Errno;

use crate::wasi::{command_of, program};
use crate::{Scratch, err, fayasm, out, path};

/// A program that opens this path to read it, and ends with the error number.
fn opens(file: &str) -> String {
    let length = file.len();
    command_of(&format!(
        "(call $exit (call $open (i32.const 3) (i32.const 1) (i32.const 16) (i32.const {length})
            (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))"
    ))
    .replace("(memory", &format!("(data (i32.const 16) {file:?}) (memory"))
}

#[test]
fn nothing_outside_of_the_directory_can_be_reached() {
    let scratch = Scratch::new();
    scratch.file("secret", "secret");
    let inside = scratch.0.join("inside");
    fs::create_dir_all(inside.join("deep")).unwrap();
    fs::write(inside.join("file"), "file").unwrap();
    let outside = scratch.0.join("secret");
    let mut cases = vec![
        ("file", None),
        ("./deep/../file", None),
        ("none", Some(Errno::NoEnt)),
        ("../secret", Some(Errno::Perm)),
        ("deep/../../secret", Some(Errno::Perm)),
        ("../inside/file", Some(Errno::Perm)),
        (path(&outside), Some(Errno::Perm)),
    ];
    #[cfg(unix)]
    {
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, inside.join(name)).unwrap();
        };
        link("../secret", "relative");
        link(path(&outside), "absolute");
        link("..", "up");
        link("deep/../file", "within");
        link("loop", "loop");
        cases.extend([
            ("relative", Some(Errno::Perm)),
            ("absolute", Some(Errno::Perm)),
            ("up/secret", Some(Errno::Perm)),
            ("up/inside/file", Some(Errno::Perm)),
            ("within", None),
            ("loop", Some(Errno::Loop)),
        ]);
    }
    for (file, errno) in cases {
        let opener = scratch.file("opens.wat", opens(file));
        let output = fayasm("run", &opener, ["--dir", path(&inside)]);
        let expected = errno.map_or(0, |errno| i32::from(errno.code()));
        assert_eq!(output.status.code(), Some(expected), "{file}: {}", err(&output));
    }
}

#[test]
fn a_directory_has_the_name_it_is_given_or_its_own() {
    let scratch = Scratch::new();
    let files = program("files.wasm");
    let own = path(&scratch.0).to_owned();
    for (directory, code) in [
        (format!("{own}::/"), 0),
        (format!("{own}::."), 0),
        // The program looks for its files in `.`, which is not there.
        (own.clone(), 1),
        (format!("{own}::/elsewhere"), 1),
    ] {
        let output = fayasm("run", &files, ["--dir", &directory]);
        assert_eq!(output.status.code(), Some(code), "{directory}: {}", out(&output));
    }
    let output =
        crate::command(["run", path(&files), "--dir", "."]).current_dir(&scratch.0).output();
    assert_eq!(output.unwrap().status.code(), Some(0));
}

#[test]
fn several_directories_can_be_given() {
    let scratch = Scratch::new();
    let other = scratch.0.join("other");
    fs::create_dir(&other).unwrap();
    let (first, second) = (format!("{}::/other", path(&scratch.0)), format!("{}::/", path(&other)));
    let output = fayasm("run", &program("files.wasm"), ["--dir", &first, "--dir", &second]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
}

#[test]
fn without_a_directory_there_is_none() {
    let output = fayasm("run", &program("files.wasm"), []);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).starts_with("No such file or directory"), "{}", out(&output));
}

#[test]
fn what_is_no_directory_is_named_before_anything_runs() {
    let scratch = Scratch::new();
    let file = scratch.file("file", "");
    let missing = scratch.0.join("missing");
    for host in [&file, &missing] {
        let output = fayasm("run", &program("hello.wasm"), ["--dir", path(host)]);
        let message = format!("error: cannot open the directory {}: ", host.display());
        assert!(err(&output).starts_with(&message), "{}", err(&output));
        assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(3)));
    }
    for nameless in ["", "::/", "x::", "::"] {
        let output = fayasm("run", &program("hello.wasm"), ["--dir", nameless]);
        assert!(err(&output).contains("a directory needs a name"), "{}", err(&output));
        assert_eq!(output.status.code(), Some(2));
    }
}

/// Root may do everything, so the runner is somebody else then.
#[test]
#[cfg(unix)]
fn what_the_system_does_not_permit_the_program_is_told() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    const NOBODY: u32 = 65534;
    let scratch = Scratch::new();
    let is_root = fs::metadata(&scratch.0).unwrap().uid() == 0;
    // Others may not be able to reach the runner and the program where they are built.
    let runner = scratch.0.join("fayasm");
    // While this process has it open, another test's child may have it, too, and then it
    // cannot be started.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_fayasm")).arg(&runner).status();
    assert!(copied.unwrap().success());
    let files = scratch.file("files.wasm", fs::read(program("files.wasm")).unwrap());
    for (file, mode) in [(&runner, 0o755), (&files, 0o644), (&scratch.0, 0o755)] {
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    }
    let directory = scratch.0.join("directory");
    let inner = directory.join("inner");
    fs::create_dir_all(&inner).unwrap();
    for (mode, given, code, said) in [
        (0o555, &directory, 1, "Permission denied"),
        (0o000, &directory, 1, "Permission denied"),
        (0o000, &inner, 3, "error: cannot open the directory"),
    ] {
        fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = Command::new(&runner);
        command.arg("run").arg(&files).arg(format!("--dir={}::/", path(given)));
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().unwrap();
        let all = out(&output) + &err(&output);
        assert!(all.starts_with(said), "{mode:o}: {all}");
        assert_eq!(output.status.code(), Some(code), "{mode:o}: {all}");
    }
    // So that it can be removed.
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
}
