//! The session answers as the page expects, without a browser.

mod breakpoints;
mod device;
mod films;
mod imports;
mod lines;
mod microcode;
mod origin;
mod places;
mod saving;
mod search;
mod spill;
mod standing;
mod timeline;

use serde_bytes::ByteBuf;

use super::{Next, Session};
use crate::protocol::{
    BytesView, CodeView, ErrorView, ExplanationView, FieldKind, ModuleFile, ModuleView, Reply,
    Request, StateView, Status, Stream, TerminalView, ValueView,
};

fn only(mut replies: Vec<Reply>) -> Reply {
    assert_eq!(replies.len(), 1, "{replies:?}");
    replies.remove(0)
}

fn fixture(file: &str) -> Vec<u8> {
    fayasm_fixtures::module(file).unwrap().bytes().unwrap().to_vec()
}

fn file(name: &str, bytes: Vec<u8>) -> ModuleFile {
    ModuleFile { name: name.to_owned(), bytes: ByteBuf::from(bytes) }
}

fn opening(name: &str, bytes: Vec<u8>) -> Request {
    Request::Open { files: vec![file(name, bytes)] }
}

fn open_bytes(bytes: Vec<u8>) -> (Session, ModuleView) {
    let mut session = Session::new();
    match only(session.handle(opening("test", bytes))) {
        Reply::Opened(view) => (session, *view),
        other => panic!("{other:?}"),
    }
}

fn open(file: &str) -> (Session, ModuleView) {
    open_bytes(fixture(file))
}

fn state(session: &mut Session, request: Request) -> StateView {
    match only(session.handle(request)) {
        Reply::State(state) => *state,
        other => panic!("{other:?}"),
    }
}

fn start(session: &mut Session, export: &str, arguments: &[&str]) -> StateView {
    let arguments = arguments.iter().map(ToString::to_string).collect();
    state(session, Request::Start { export: export.to_owned(), arguments })
}

fn refused(session: &mut Session, request: Request) -> ErrorView {
    match only(session.handle(request)) {
        Reply::Refused { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

fn explain(session: &mut Session, offset: u32) -> ExplanationView {
    match only(session.handle(Request::Explain { offset })) {
        Reply::Explained(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn bytes(session: &mut Session, from: u32, count: u32) -> BytesView {
    match only(session.handle(Request::Bytes { from, count })) {
        Reply::Bytes(view) => view,
        other => panic!("{other:?}"),
    }
}

fn code(session: &mut Session, function: u32) -> CodeView {
    code_in(session, 0, function)
}

fn code_in(session: &mut Session, module: u32, function: u32) -> CodeView {
    match only(session.handle(Request::Code {
        module,
        function,
        from: 0,
        count: 1000,
        microcode: false,
    })) {
        Reply::Code(view) => view,
        other => panic!("{other:?}"),
    }
}

fn run_to_end(session: &mut Session) -> StateView {
    state(session, Request::Continue { speed: None });
    while session.advance(1000) == Next::More {}
    session.state()
}

#[test]
fn a_module_opens_with_its_sections_exports_and_producer() {
    let (_, view) = open("json.wasm");
    assert_eq!(view.error, None);
    assert_eq!(view.sections[0].title, "Header");
    assert!(view.sections.iter().any(|section| section.title == "Code" && section.entries > 50));
    assert!(view.producer.is_some_and(|producer| producer.starts_with("rustc 1.")));
    assert!(view.exports.iter().any(|export| export.kind == "func"));
    // Sections follow each other without a gap.
    for pair in view.sections.windows(2) {
        assert_eq!(pair[0].span.end, pair[1].span.start);
    }
    assert_eq!(view.sections.last().unwrap().span.end, view.size);
}

#[test]
fn entries_tile_their_section() {
    for file in ["sections.wasm", "json.wasm", "references.wasm"] {
        let (mut session, view) = open(file);
        for (number, section) in (0u32..).zip(&view.sections) {
            let request = Request::Entries { section: number, from: 0, count: section.entries };
            let Reply::Entries { rows, .. } = only(session.handle(request)) else { panic!() };
            assert_eq!(rows.len(), section.entries as usize, "{file} {}", section.title);
            for pair in rows.windows(2) {
                assert_eq!(pair[0].span.end, pair[1].span.start, "{file} {}", section.title);
            }
            if let Some(last) = rows.last() {
                assert!(rows[0].span.start >= section.span.start);
                assert_eq!(last.span.end, section.span.end, "{file} {}", section.title);
            }
        }
    }
}

#[test]
fn every_byte_of_every_fixture_is_explained() {
    for module in fayasm_fixtures::modules() {
        let (mut session, view) = open(&module.file);
        let step = (view.size / 500).max(1);
        for offset in (0..view.size).step_by(step as usize) {
            let explained = explain(&mut session, offset);
            assert_ne!(explained.kind, FieldKind::Unknown, "{} {offset:#x}", module.file);
            assert!(explained.span.start <= offset && offset < explained.span.end);
            assert!(!explained.meaning.is_empty());
            for step in &explained.path {
                assert!(step.span.start <= offset && offset < step.span.end, "{step:?}");
            }
        }
    }
}

#[test]
fn fields_of_a_window_cover_it_in_order() {
    let (mut session, view) = open("json.wasm");
    for from in (0..view.size).step_by(4001) {
        let window = bytes(&mut session, from, 512);
        let mut next = window.fields[0].span.start;
        assert!(next <= from);
        for field in &window.fields {
            assert_eq!(field.span.start, next);
            next = field.span.end;
        }
        assert!(next as usize >= from as usize + window.bytes.len());
    }
}

#[test]
fn a_leb128_number_is_shown_bit_by_bit() {
    // A type section whose size, 5, is written in two bytes; one type, () -> ().
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend([0x01, 0x84, 0x00, 0x01, 0x60, 0x00, 0x00]);
    let (mut session, view) = open_bytes(module);
    assert_eq!(view.error, None);
    let explained = explain(&mut session, 10);
    assert_eq!(explained.name, "section size");
    let leb128 = explained.leb128.unwrap();
    assert_eq!(leb128.bytes, [(true, "0000100".to_owned()), (false, "0000000".to_owned())]);
    assert_eq!(leb128.joined, "0000000 0000100");
    assert_eq!(leb128.value, "4");
    let siblings: Vec<&str> = explained.siblings.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(siblings, ["section id", "section size", "count"]);
}

#[test]
fn an_instruction_is_explained_with_its_operator_and_its_place() {
    let (mut session, _) = open("typed_values.wasm");
    let add = code(&mut session, 0);
    let row = add.rows.iter().find(|row| row.mnemonic == "i32.add").unwrap();
    let explained = explain(&mut session, row.offset);
    assert_eq!(explained.value, "i32.add");
    assert_eq!(explained.operator.unwrap().signature, "[i32 i32] → [i32]");
    let path: Vec<&str> = explained.path.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(path, ["code section", "func 0 add_i32", "body", "instruction 2"]);
}

#[test]
fn an_invalid_module_shows_its_error_and_everything_else() {
    let broken = fayasm_fixtures::broken();
    let found = broken.iter().find(|broken| broken.file == "type_mismatch.wasm").unwrap();
    let (mut session, view) = open_bytes(found.bytes().unwrap().to_vec());
    let error = view.error.unwrap();
    assert_eq!(error.offset, Some(found.at));
    assert!(error.details.iter().any(|line| line.contains("operand stack holds [")), "{error:?}");
    assert!(view.sections.iter().any(|section| section.title == "Code"));
    assert!(!code(&mut session, 0).rows.is_empty());
    let request = Request::Start { export: "x".to_owned(), arguments: Vec::new() };
    assert!(refused(&mut session, request).title.contains("not valid"));
}

#[test]
fn bytes_behind_an_error_are_marked_as_not_decoded() {
    let mut module = fixture("arithmetic.wasm");
    let end = u32::try_from(module.len()).unwrap();
    // There is no section with this id.
    module.extend([0x7F, 0x01, 0x02]);
    let (mut session, view) = open_bytes(module);
    assert_eq!(view.error.unwrap().offset, Some(end));
    let last = *bytes(&mut session, 0, end + 3).fields.last().unwrap();
    assert_eq!((last.kind, last.span.start, last.span.end), (FieldKind::Unknown, end, end + 3));
    assert_eq!(explain(&mut session, end).kind, FieldKind::Unknown);
}

#[test]
fn stepping_shows_what_comes_next_and_what_has_changed() {
    let (mut session, _) = open("typed_values.wasm");
    let at_start = start(&mut session, "add_i32", &["40", "2"]);
    assert_eq!(at_start.status, Status::Paused);
    assert_eq!(at_start.call, "add_i32(40, 2)");
    assert_eq!(at_start.locals.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["40", "2"]);
    assert_eq!(at_start.next.as_ref().unwrap().effect, "pushes 40");
    state(&mut session, Request::Step);
    let before_add = state(&mut session, Request::Step);
    let next = before_add.next.unwrap();
    assert_eq!(next.operator.mnemonic, "i32.add");
    assert_eq!(next.effect, "pops 40 and 2, pushes 42");
    assert_eq!(next.pops, 2);
    let operands: Vec<(&str, bool)> =
        before_add.operands.iter().map(|it| (it.text.as_str(), it.changed)).collect();
    assert_eq!(operands, [("40", false), ("2", true)]);
    state(&mut session, Request::Step);
    let done = state(&mut session, Request::Step);
    let Status::Finished { results } = done.status else { panic!("{done:?}") };
    assert_eq!(results[0].text, "42");
    assert_eq!(done.step, 4.0);
    let again = state(&mut session, Request::Reset);
    assert_eq!((again.status, again.step), (Status::Paused, 0.0));
}

#[test]
fn every_call_of_the_table_runs_as_it_says() {
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            let (mut session, _) = open(&module.file);
            let arguments: Vec<String> = call
                .args
                .iter()
                .map(|value| value.to_string().split_once(':').unwrap().1.to_owned())
                .collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            start(&mut session, &call.export, &arguments);
            state(&mut session, Request::Continue { speed: None });
            let mut slices = 0;
            while slices < 200 && session.advance(100_000) == Next::More {
                slices += 1;
            }
            let status = session.state().status;
            let expected = serde_json::to_value(&call.expected).unwrap();
            match status {
                Status::Finished { results } => {
                    let wanted = expected["results"].as_array().unwrap();
                    assert_eq!(results.len(), wanted.len(), "{} {call}", module.file);
                }
                Status::Trapped(trap) => {
                    let wanted = expected["trap"].as_str().unwrap();
                    assert!(trap.message.starts_with(wanted), "{} {call}: {trap:?}", module.file);
                }
                Status::Running => assert_eq!(expected["endless"], true, "{} {call}", module.file),
                other => panic!("{} {call}: {other:?}", module.file),
            }
        }
    }
}

#[test]
fn a_start_function_is_stepped_before_the_call() {
    let (mut session, _) = open("start_globals.wasm");
    let first = start(&mut session, "count", &["5"]);
    let call = code(&mut session, first.next.unwrap().function);
    assert_ne!(call.name, "count");
    let done = run_to_end(&mut session);
    let Status::Finished { results } = done.status else { panic!("{done:?}") };
    assert_eq!(results[0].text, "105");
}

#[test]
fn stepping_over_and_out_keep_to_the_frame() {
    let (mut session, _) = open("recursion.wasm");
    start(&mut session, "factorial", &["5"]);
    let mut here = session.state();
    while here.next.as_ref().unwrap().operator.mnemonic != "call" {
        here = state(&mut session, Request::Step);
    }
    let depth = here.depth;
    let called = state(&mut session, Request::Step);
    assert_eq!(called.depth, depth + 1);
    state(&mut session, Request::StepOut);
    while session.advance(10) == Next::More {}
    let returned = session.state();
    assert_eq!((returned.depth, &returned.status), (depth, &Status::Paused));

    start(&mut session, "factorial", &["5"]);
    let mut here = session.state();
    while here.next.as_ref().unwrap().operator.mnemonic != "call" {
        here = state(&mut session, Request::Step);
    }
    state(&mut session, Request::StepOver);
    while session.advance(10) == Next::More {}
    let over = session.state();
    assert_eq!(over.depth, depth);
    assert!(over.next.unwrap().offset > here.next.unwrap().offset);
}

#[test]
fn a_wrong_argument_is_named_with_what_was_expected() {
    let (mut session, _) = open("typed_values.wasm");
    let arguments = vec!["1".to_owned(), "x".to_owned()];
    let error = refused(&mut session, Request::Start { export: "add_i32".to_owned(), arguments });
    assert_eq!(error.argument, Some(1));
    assert_eq!(error.title, "Argument $b must be i32");
    assert!(error.details[0].contains("expected an integer"), "{error:?}");
}

#[test]
fn an_atomic_operator_marks_the_memory_that_it_changes() {
    let module = wat::parse_str(
        r#"(module (memory 1 2 shared)
             (func (export "run") (result i32)
               (i32.atomic.rmw16.add_u offset=4 (i32.const 16) (i32.const 7))))"#,
    )
    .unwrap();
    let (mut session, view) = open_bytes(module);
    let memory = view.sections.iter().find(|section| section.title == "Memory").unwrap();
    assert_eq!(memory.summary, "1 to 2 pages, shared");
    start(&mut session, "run", &[]);
    state(&mut session, Request::Step);
    state(&mut session, Request::Step);
    let stored = state(&mut session, Request::Step);
    let touched: Vec<_> =
        stored.touched.iter().map(|it| (it.writes, it.span.start, it.span.end)).collect();
    assert_eq!(touched, [(false, 20, 22), (true, 20, 22)]);
    assert!(stored.touched.iter().all(|touched| !touched.next));
}

#[test]
fn a_store_marks_the_memory_it_writes() {
    let module = wat::parse_str(
        r#"(module (memory (export "memory") 1)
             (func (export "run") (i32.store offset=4 (i32.const 16) (i32.const 7))))"#,
    )
    .unwrap();
    let (mut session, _) = open_bytes(module);
    start(&mut session, "run", &[]);
    let window = Request::Memory { memory: 0, from: 0, count: 64 };
    let Reply::Memory(before) = only(session.handle(window.clone())) else { panic!() };
    assert!(before.changed.is_empty());
    state(&mut session, Request::Step);
    let storing = state(&mut session, Request::Step);
    assert_eq!(storing.next.unwrap().effect, "writes 7 to memory at 0x14");
    let stored = state(&mut session, Request::Step);
    let [written] = stored.touched[..] else { panic!("{:?}", stored.touched) };
    assert!(written.writes && !written.next);
    assert_eq!((written.span.start, written.span.end), (20, 24));
    let Reply::Memory(after) = only(session.handle(window)) else { panic!() };
    assert_eq!(
        after.changed.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>(),
        [(20, 21)]
    );
}

/// Opens a program and starts it.
fn program(file: &str, surroundings: Request) -> Session {
    let program = fayasm_fixtures::programs().iter().find(|program| program.file == file).unwrap();
    let (mut session, view) = open_bytes(program.bytes().unwrap().to_vec());
    assert!(
        view.uses_wasi && view.links.imports.iter().all(|import| import.found.is_some()),
        "{file}"
    );
    terminal(&mut session, surroundings);
    start(&mut session, "_start", &[]);
    session
}

fn terminal(session: &mut Session, request: Request) -> TerminalView {
    match only(session.handle(request)) {
        Reply::Terminal(view) => *view,
        other => panic!("{other:?}"),
    }
}

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
fn requests_before_anything_is_open_are_refused() {
    let mut session = Session::new();
    for request in [
        Request::Step,
        Request::Globals,
        Request::Explain { offset: 0 },
        Request::Memory { memory: 0, from: 0, count: 1 },
        Request::Reset,
    ] {
        refused(&mut session, request);
    }
    assert_eq!(session.advance(1), Next::Rest);
    assert_eq!(session.state().status, Status::Idle);
}

#[test]
fn after_a_trap_the_frame_stands_at_its_instruction_with_its_operands() {
    let wat = r#"(module (func (export "divide") (param $x i32) (param $y i32) (result i32)
      i32.const 1 (block (result i32) local.get $x local.get $y i32.div_s) i32.add))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    start(&mut session, "divide", &["7", "0"]);
    let state = run_to_end(&mut session);
    assert!(matches!(&state.status, Status::Trapped(trap) if trap.message.contains("divide")));
    let texts = |values: &[ValueView]| -> Vec<String> {
        values.iter().map(|value| value.text.clone()).collect()
    };
    assert_eq!(texts(&state.operands), ["1", "7", "0"]);
    assert_eq!(texts(&state.locals), ["7", "0"]);
    let kinds: Vec<&str> = state.labels.iter().map(|label| label.kind.as_str()).collect();
    assert_eq!(kinds, ["func", "block"]);
    let next = state.next.unwrap();
    assert_eq!(next.operator.mnemonic, "i32.div_s");
    assert!(next.effect.starts_with("pops 7 and 0 and traps"), "{}", next.effect);
}

/// Counts in a global from five, in memory from zero; traps if told to.
const COUNTER: &str = r#"(module (memory 1)
  (global $count (mut i32) (i32.const 5))
  (func (export "inc") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "fail") unreachable)
  (func (export "spin") (loop $again (br $again)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;

fn run(session: &mut Session, export: &str) -> (Status, u32) {
    start(session, export, &[]);
    let state = run_to_end(session);
    (state.status, state.number)
}

fn returned(text: &str) -> Status {
    let value = ValueView {
        name: "0".to_owned(),
        ty: "i32".to_owned(),
        text: text.to_owned(),
        bits: format!("{:#010x}", text.parse::<i32>().unwrap()),
        changed: false,
    };
    Status::Finished { results: vec![value] }
}

#[test]
fn calls_are_made_of_the_same_instance_until_a_new_one_is_asked_for() {
    let (mut session, _) = open_bytes(wat::parse_str(COUNTER).unwrap());
    assert_eq!(session.state().number, 0);
    for (number, result) in [(1, "6"), (2, "7"), (3, "8")] {
        assert_eq!(run(&mut session, "inc"), (returned(result), number));
    }
    let none = state(&mut session, Request::NewInstance);
    assert_eq!((none.status, none.number), (Status::Idle, 0));
    assert_eq!(run(&mut session, "inc"), (returned("6"), 1));
    state(&mut session, Request::Reset);
    assert_eq!(run_to_end(&mut session).status, returned("6"));
    session.handle(opening("test", wat::parse_str(COUNTER).unwrap()));
    assert_eq!(run(&mut session, "inc"), (returned("6"), 1));
}

#[test]
fn a_call_that_trapped_or_was_stopped_leaves_its_instance_usable() {
    let (mut session, _) = open_bytes(wat::parse_str(COUNTER).unwrap());
    run(&mut session, "inc");
    assert!(matches!(run(&mut session, "fail").0, Status::Trapped(_)));
    start(&mut session, "spin", &[]);
    state(&mut session, Request::Continue { speed: None });
    session.advance(1000);
    let stopped = state(&mut session, Request::Stop);
    assert_eq!((stopped.status, stopped.step), (Status::Paused, 1000.0));
    let request = Request::Start { export: "add".to_owned(), arguments: vec!["x".to_owned(); 2] };
    refused(&mut session, request);
    assert_eq!(session.state().call, "spin()", "what is refused replaces nothing");
    let begin = start(&mut session, "inc", &[]);
    assert_eq!((begin.step, begin.number, begin.depth), (0.0, 4, 1));
    assert_eq!(run_to_end(&mut session).status, returned("7"));
}

#[test]
fn an_instance_whose_start_function_did_not_return_is_not_called_again() {
    let wat = r#"(module (global $g (mut i32) (i32.const 0))
      (func $start (global.set $g (i32.add (global.get $g) (i32.const 1))))
      (start $start)
      (func (export "g") (result i32) (global.get $g)))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    start(&mut session, "g", &[]);
    state(&mut session, Request::Step);
    assert_eq!(run(&mut session, "g"), (returned("1"), 1));
    assert_eq!(run(&mut session, "g"), (returned("1"), 2));
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

#[test]
fn an_empty_argument_is_zero_or_null_where_its_type_has_that() {
    let wat = r#"(module (func (export "all") (param i32 i64 f32 f64 externref v128))
      (func $f) (elem declare func $f)
      (func (export "some") (param (ref func))))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    let begin = start(&mut session, "all", &["", " ", "", "", "", ""]);
    assert!(begin.call.starts_with("all(0, 0, 0"), "{}", begin.call);
    let request = Request::Start { export: "some".to_owned(), arguments: vec![String::new()] };
    let error = refused(&mut session, request);
    assert_eq!(error.argument, Some(0));
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
fn what_is_opened_with_another_module_and_is_none_is_said_to_be_none() {
    let files = vec![file("spin.wasm", fixture("spin.wasm")), file("notes.txt", vec![1])];
    let mut session = Session::new();
    match session.handle(Request::Open { files }).as_slice() {
        [Reply::Opened(view), Reply::Refused { error, .. }] => {
            assert_eq!((&*view.name, view.links.modules.len()), ("spin.wasm", 1));
            assert_eq!(error.title, "notes.txt is not a WebAssembly module");
        }
        other => panic!("{other:?}"),
    }
    let text = file("notes.txt", b"text".to_vec());
    assert!(refused(&mut session, Request::Link { file: text }).title.contains("notes.txt"));
    assert_eq!(session.modules.len(), 1);
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

#[test]
fn an_uncaught_exception_is_told_with_its_tag_and_what_it_carries() {
    let wat = r#"(module (tag $a) (tag $b (export "failed") (param i32 f64))
      (func (export "bare") (throw $a))
      (func (export "full") (throw $b (i32.const 7) (f64.const 0.5))))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    for (export, said) in [
        ("bare", "its tag is 0, and it carries nothing"),
        ("full", "its tag is `failed`, and it carries 7, 0.5"),
    ] {
        let Status::Trapped(trap) = run(&mut session, export).0 else { panic!() };
        assert!(trap.details.contains(&said.to_owned()), "{:?}", trap.details);
    }
}
