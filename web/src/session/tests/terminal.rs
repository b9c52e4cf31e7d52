//! Programs for the terminal: what they write, read and sleep for, and their files.

use super::*;
use crate::protocol::Stream;

fn type_in(session: &mut Session, text: Option<&str>) -> TerminalView {
    terminal(session, Request::Type { text: text.map(str::to_owned) })
}

/// Runs on, without waiting where the program sleeps, and gives what came last.
fn run_on(session: &mut Session) -> Next {
    let mut now = 1_800_000_000_000_000_000;
    loop {
        session.set_time(now);
        match session.advance(100_000) {
            Next::More => {}
            Next::Sleep(nanoseconds) => now += nanoseconds,
            Next::Rest => return Next::Rest,
        }
    }
}

fn printed(view: &TerminalView, stream: Stream) -> String {
    view.output.iter().filter(|it| it.stream == stream).map(|it| it.text.as_str()).collect()
}

#[test]
fn every_run_of_the_table_ends_as_it_says() {
    for known in fayasm_fixtures::programs() {
        for run in &known.runs {
            let surroundings =
                Request::Surroundings { args: run.args.clone(), env: run.env.clone(), seed: 7 };
            let mut session = program(&known.file, surroundings);
            type_in(&mut session, Some(&run.stdin));
            type_in(&mut session, None);
            state(&mut session, Request::Continue { speed: None });
            run_on(&mut session);
            let code = match session.state().status {
                Status::Exited { code } => code,
                Status::Finished { .. } => 0,
                other => panic!("{}: {other:?}", known.file),
            };
            let view = terminal(&mut session, Request::Terminal);
            assert_eq!((code, printed(&view, Stream::Output)), (run.exit, run.stdout.clone()));
            assert_eq!(
                (printed(&view, Stream::Input), &view.unsupported),
                (run.stdin.clone(), &vec![])
            );
        }
    }
}

#[test]
fn a_program_waits_for_what_is_typed_and_reset_forgets_it() {
    let mut session = program("count.wasm", Request::Terminal);
    state(&mut session, Request::Continue { speed: None });
    for text in ["two words\n", "more"] {
        assert_eq!(run_on(&mut session), Next::Rest);
        assert_eq!(session.state().status, Status::Waiting);
        assert!(!session.is_running());
        let view = type_in(&mut session, Some(text));
        assert!(session.is_running() && view.listens);
    }
    run_on(&mut session);
    assert!(!type_in(&mut session, None).listens);
    run_on(&mut session);
    assert!(matches!(session.state().status, Status::Finished { .. } | Status::Exited { code: 0 }));
    let view = terminal(&mut session, Request::Terminal);
    assert_eq!((printed(&view, Stream::Output).as_str(), view.listens), ("1 3 14\n", false));
    state(&mut session, Request::Reset);
    let view = terminal(&mut session, Request::Terminal);
    assert_eq!((view.output, view.listens), (Vec::new(), true));
}

#[test]
fn in_the_past_the_terminal_is_as_it_was_then() {
    let begun = || {
        let mut session = program("hello.wasm", Request::Terminal);
        type_in(&mut session, None);
        session
    };
    let mut session = begun();
    state(&mut session, Request::Continue { speed: None });
    run_on(&mut session);
    let (whole, end) = (terminal(&mut session, Request::Terminal), session.state().step);
    assert!(!whole.output.is_empty() && !whole.later);
    let mut lengths = Vec::new();
    for part in 0..40 {
        let step = (end * f64::from(part) / 40.0).floor();
        let mut fresh = begun();
        state(&mut fresh, Request::RunTo { step });
        run_on(&mut fresh);
        let expected = terminal(&mut fresh, Request::Terminal).output;
        assert_eq!(state(&mut session, Request::Seek { step }).step, step);
        let view = terminal(&mut session, Request::Terminal);
        assert_eq!((&view.output, view.later), (&expected, expected != whole.output), "{step}");
        lengths.push(printed(&view, Stream::Output).len());
    }
    lengths.dedup();
    assert!(lengths.len() > 1 && lengths.is_sorted(), "{lengths:?}");
    state(&mut session, Request::Seek { step: end });
    assert_eq!(terminal(&mut session, Request::Terminal), whole);
}

#[test]
fn a_step_that_waits_for_input_is_made_again_once_there_is_some() {
    let mut session = program("count.wasm", Request::Terminal);
    let mut here = session.state();
    while !terminal(&mut session, Request::Terminal).waits {
        here = state(&mut session, Request::Step);
    }
    assert_eq!(here.status, Status::Paused);
    assert_eq!(state(&mut session, Request::Step).step, here.step);
    type_in(&mut session, Some("x\n"));
    assert_eq!(state(&mut session, Request::Step).step, here.step + 1.0);
}

#[test]
fn sleeping_takes_the_time_that_the_driver_tells() {
    let mut session = program("clock.wasm", Request::Terminal);
    state(&mut session, Request::Continue { speed: None });
    session.set_time(1_000_000_000);
    let next = loop {
        match session.advance(100_000) {
            Next::More => {}
            next => break next,
        }
    };
    assert_eq!(next, Next::Sleep(10_000_000));
    session.set_time(1_004_000_000);
    assert_eq!(session.advance(100_000), Next::Sleep(6_000_000));
    assert_eq!(session.state().status, Status::Running);
    session.set_time(1_010_000_000);
    run_on(&mut session);
    let view = terminal(&mut session, Request::Terminal);
    assert_eq!(printed(&view, Stream::Output), "true true 328350\n");
}

#[test]
fn random_numbers_follow_from_the_seed() {
    let module = wat::parse_str(
        r#"(module
            (import "wasi_unstable" "random_get" (func $random (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start") (result i64)
              (drop (call $random (i32.const 0) (i32.const 8))) (i64.load (i32.const 0))))"#,
    )
    .unwrap();
    let number = |seed| {
        let (mut session, _) = open_bytes(module.clone());
        terminal(&mut session, Request::Surroundings { args: vec![], env: vec![], seed });
        start(&mut session, "_start", &[]);
        state(&mut session, Request::Continue { speed: None });
        run_on(&mut session);
        match session.state().status {
            Status::Finished { results } => results[0].text.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(number(1), number(1));
    assert_ne!(number(1), number(2));
}

#[test]
fn files_are_there_for_the_program_and_can_be_taken_back() {
    let mut session = program("hello.wasm", Request::Terminal);
    let put = |path: &str| Request::PutFile { path: path.to_owned(), bytes: ByteBuf::from([1, 2]) };
    let view = terminal(&mut session, put("notes.txt"));
    assert_eq!((view.files[0].path.as_str(), view.files[0].size), ("notes.txt", 2.0));
    state(&mut session, Request::Reset);
    assert_eq!(terminal(&mut session, Request::Terminal).files.len(), 1);
    match only(session.handle(Request::File { path: "notes.txt".to_owned() })) {
        Reply::File { path, bytes } => assert_eq!((&*path, &**bytes), ("notes.txt", &[1, 2][..])),
        other => panic!("{other:?}"),
    }
    assert!(refused(&mut session, put("../out")).title.contains("../out"));
    assert!(refused(&mut session, Request::File { path: "x".to_owned() }).title.contains('x'));
}

#[test]
fn of_very_much_output_the_end_is_kept() {
    let module = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 4)
            (data (i32.const 8) "\10\00\00\00\ff\ff\01\00")
            (func (export "_start") (local $left i32)
              (memory.fill (i32.const 16) (i32.const 97) (i32.const 131071))
              (local.set $left (i32.const 9))
              (loop $again
                (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 0)))
                (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"#,
    );
    let (mut session, _) = open_bytes(module.unwrap());
    start(&mut session, "_start", &[]);
    state(&mut session, Request::Continue { speed: None });
    run_on(&mut session);
    let kept = printed(&terminal(&mut session, Request::Terminal), Stream::Error).len();
    assert!((64 << 10..=128 << 10).contains(&kept), "{kept}");
}

#[test]
fn a_program_is_started_in_a_new_instance_each_time() {
    let nothing = Request::Surroundings { args: Vec::new(), env: Vec::new(), seed: 0 };
    let mut session = program("hello.wasm", nothing);
    for _ in 0..2 {
        let (status, number) = run(&mut session, "_start");
        assert!(matches!(status, Status::Finished { .. } | Status::Exited { code: 0 }));
        assert_eq!(number, 1);
    }
}

/// Adds a letter to `log.txt` and leaves it open.
const APPENDING: &str = r#"(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "log.txtx")
  (data (i32.const 16) "\07\00\00\00\01\00\00\00")
  (func (export "_start")
    (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 1)
      (i64.const 0x40) (i64.const 0) (i32.const 1) (i32.const 32)))
    (drop (call $write (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 40)))))"#;

#[test]
fn what_a_program_wrote_is_there_when_it_starts_again_until_it_is_removed() {
    let (mut session, _) = open_bytes(wat::parse_str(APPENDING).unwrap());
    let sizes = |session: &mut Session| -> Vec<(String, f64)> {
        let files = terminal(session, Request::Terminal).files;
        files.into_iter().map(|file| (file.path, file.size)).collect()
    };
    let log = |size: f64| vec![("log.txt".to_owned(), size)];
    for size in [1.0, 2.0] {
        run(&mut session, "_start");
        assert_eq!(sizes(&mut session), log(size));
    }
    // A reset run begins with what it began with.
    state(&mut session, Request::Reset);
    assert_eq!(sizes(&mut session), log(1.0));
    state(&mut session, Request::NewInstance);
    assert_eq!(sizes(&mut session), log(1.0));

    let put = Request::PutFile { path: "a/b.txt".to_owned(), bytes: ByteBuf::from([1]) };
    terminal(&mut session, put);
    terminal(&mut session, Request::RemoveFile { path: Some("log.txt".to_owned()) });
    assert_eq!(sizes(&mut session), [("a/b.txt".to_owned(), 1.0)]);
    run(&mut session, "_start");
    assert_eq!(sizes(&mut session).last(), log(1.0).last());
    assert!(terminal(&mut session, Request::RemoveFile { path: None }).files.is_empty());
    run(&mut session, "_start");
    assert_eq!(sizes(&mut session), log(1.0));
}

#[test]
fn what_is_opened_with_a_program_and_is_no_module_becomes_a_file_of_it() {
    let hello = fayasm_fixtures::programs().iter().find(|it| it.file == "hello.wasm").unwrap();
    let hello = hello.bytes().unwrap().to_vec();
    let files = vec![file("notes.txt", b"some".to_vec()), file("hello.wasm", hello)];
    let mut session = Session::new();
    let reply = only(session.handle(Request::Open { files }));
    assert!(matches!(reply, Reply::Opened(view) if view.name == "hello.wasm"));
    assert_eq!(terminal(&mut session, Request::Terminal).files[0].path, "notes.txt");
}

#[test]
fn lines_that_are_forgotten_are_counted_and_the_first_one_shown_is_whole() {
    // Sixteen letters and their end, many times.
    let module = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 8) "\10\00\00\00\11\00\00\00abcdefghijklmnop\n")
            (func (export "_start") (local $left i32)
              (local.set $left (i32.const 10000))
              (loop $again
                (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))
                (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"#,
    );
    let (mut session, _) = open_bytes(module.unwrap());
    start(&mut session, "_start", &[]);
    run_to_end(&mut session);
    let view = terminal(&mut session, Request::Terminal);
    let text = printed(&view, Stream::Output);
    assert!(text.starts_with("abc"), "{:?}", text.get(..20));
    assert!(view.forgotten > 0.0);
    assert_eq!(view.forgotten + text.lines().count() as f64, 10000.0);
}
