//! What imports are bound to, and modules that are linked with each other.

use super::*;
use crate::protocol::{Binding, Choice, ImportView, LinksView};

/// Opens modules of these names, given as text.
fn load(modules: &[(&str, &str)]) -> (Session, ModuleView) {
    let mut session = Session::new();
    let file = |(name, text): &(&str, &str)| file(name, wat::parse_str(text).unwrap());
    let request = Request::Open { files: modules.iter().map(file).collect() };
    match only(session.handle(request)) {
        Reply::Opened(view) => (session, *view),
        other => panic!("{other:?}"),
    }
}

fn bind(session: &mut Session, import: u32, choice: Choice, values: &[&str]) -> ImportView {
    let values = values.iter().map(ToString::to_string).collect();
    let request = Request::Bind { import, binding: Binding { choice, values } };
    match session.handle(request).remove(0) {
        Reply::Links(links) => links.imports[import as usize].clone(),
        other => panic!("{other:?}"),
    }
}

/// The replies to a request that changes which modules there are.
fn relink(session: &mut Session, request: Request) -> LinksView {
    match <[Reply; 2]>::try_from(session.handle(request)) {
        Ok([Reply::Links(links), Reply::State(state)]) => {
            assert_eq!(state.status, Status::Idle);
            *links
        }
        other => panic!("{other:?}"),
    }
}

fn start_of(export: &str) -> Request {
    Request::Start { export: export.to_owned(), arguments: Vec::new() }
}

/// Runs an export to its end, and gives its results.
fn run(session: &mut Session, export: &str) -> Vec<String> {
    start(session, export, &[]);
    results(&run_to_end(session))
}

fn results(state: &StateView) -> Vec<String> {
    match &state.status {
        Status::Finished { results } => results.iter().map(|value| value.text.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_imports_are_bound_to_takes_effect_with_a_new_instance() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    bind(&mut session, 0, Choice::Constant, &["1", "2"]);
    assert_eq!(run(&mut session, "run"), ["1", "2"]);
    assert!(!session.state().rebound);
    bind(&mut session, 0, Choice::Constant, &["3", "4"]);
    assert!(session.state().rebound);
    assert_eq!(run(&mut session, "run"), ["1", "2"]);
    state(&mut session, Request::NewInstance);
    assert_eq!(run(&mut session, "run"), ["3", "4"]);
    assert!(!session.state().rebound);
}

#[test]
fn a_question_is_forgotten_when_another_call_takes_its_place() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    bind(&mut session, 0, Choice::Ask, &["0", "0"]);
    start(&mut session, "run", &[]);
    assert!(run_to_end(&mut session).asked.is_some());
    let begin = start(&mut session, "run", &[]);
    assert_eq!((begin.asked, begin.number, begin.status), (None, 2, Status::Paused));
    assert_eq!(run_to_end(&mut session).asked.map(|asked| asked.number), Some(2.0));
}

const CALLER: &str = r#"(module
  (import "env" "pick" (func $pick (param i32 i64) (result i32 f64)))
  (func (export "run") (result i32 f64)
    (call $pick (i32.const 7) (i64.const -1))))"#;

#[test]
fn a_function_that_nobody_has_traps_when_it_is_called() {
    let (mut session, view) = load(&[("a.wasm", CALLER)]);
    let import = &view.links.imports[0];
    assert_eq!((&*import.kind, &*import.type_text), ("func", "(i32, i64) → (i32, f64)"));
    assert_eq!((&import.found, import.binding.choice), (&None, Choice::Trap));
    start(&mut session, "run", &[]);
    let Status::Trapped(trap) = run_to_end(&mut session).status else { panic!() };
    assert!(trap.message.contains("env.pick"), "{trap:?}");
    assert_eq!(trap.backtrace.len(), 1);
}

#[test]
fn a_function_returns_the_constants_that_were_chosen() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    let import = bind(&mut session, 0, Choice::Constant, &["0xff", "2.5"]);
    assert_eq!((import.types, import.problem), (vec!["i32".to_owned(), "f64".to_owned()], None));
    assert_eq!(run(&mut session, "run"), ["255", "2.5"]);
}

#[test]
fn a_constant_of_another_type_is_refused_at_its_import() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    let import = bind(&mut session, 0, Choice::Constant, &["two", "2.5"]);
    assert!(import.problem.unwrap().contains("`two` is no i32"));
    let error = refused(&mut session, start_of("run"));
    assert_eq!(error.title, "The import env.pick is not satisfied");
    assert_eq!(error.offset, Some(import.offset));
    let explained = explain(&mut session, import.offset);
    assert!(explained.path.iter().any(|step| step.label == "import 0"), "{explained:?}");
}

#[test]
fn a_call_is_noted_with_its_arguments_and_results() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    bind(&mut session, 0, Choice::Log, &["1", "0.5"]);
    start(&mut session, "run", &[]);
    let state = run_to_end(&mut session);
    assert_eq!(results(&state), ["1", "0.5"]);
    assert_eq!(state.log, ["env.pick(7, -1) → 1, 0.5"]);
}

#[test]
fn of_very_many_calls_the_latest_are_remembered_and_all_are_counted() {
    let text = r#"(module (import "env" "log" (func $log (param i32)))
      (func (export "run") (local i32)
        (loop (call $log (local.get 0))
          (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
            (i32.const 1000))))))"#;
    let (mut session, _) = load(&[("a.wasm", text)]);
    bind(&mut session, 0, Choice::Log, &[]);
    start(&mut session, "run", &[]);
    let state = run_to_end(&mut session);
    assert_eq!((state.logged, state.log.len()), (1000.0, 100));
    assert_eq!(state.log[99], "env.log(999)");
}

#[test]
fn a_call_waits_for_its_answer_and_goes_on_with_it() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    bind(&mut session, 0, Choice::Ask, &["0", "0"]);
    start(&mut session, "run", &[]);
    let state = run_to_end(&mut session);
    assert_eq!(state.status, Status::Waiting);
    let asked = state.asked.unwrap();
    assert_eq!(asked.call, "env.pick(7, -1)");
    assert_eq!(asked.results, ["i32", "f64"]);

    let answer = |values: [&str; 2]| Request::Answer { values: values.map(str::to_owned).into() };
    let error = refused(&mut session, answer(["1", "x"]));
    assert_eq!(error.argument, Some(1));
    let state = super::state(&mut session, answer(["3", "-0.5"]));
    assert_eq!((&state.status, &state.asked), (&Status::Running, &None));
    assert_eq!(results(&run_to_end(&mut session)), ["3", "-0.5"]);
    assert_eq!(session.state().log, ["env.pick(7, -1) → 3, -0.5"]);
    refused(&mut session, answer(["3", "-0.5"]));
}

#[test]
fn an_answer_to_a_step_executes_the_call_and_stands() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    bind(&mut session, 0, Choice::Ask, &["0", "0"]);
    start(&mut session, "run", &[]);
    for _ in 0..3 {
        state(&mut session, Request::Step);
    }
    let asking = state(&mut session, Request::Step);
    assert!(asking.asked.is_some() && asking.status == Status::Paused, "{asking:?}");
    let request = Request::Answer { values: vec!["3".to_owned(), "4".to_owned()] };
    let answered = state(&mut session, request);
    assert_eq!((answered.status, answered.operands.len()), (Status::Paused, 2));
    assert_eq!(answered.next.unwrap().operator.mnemonic, "end");
}

#[test]
fn stopping_while_a_call_waits_keeps_the_question() {
    let (mut session, _) = load(&[("a.wasm", CALLER)]);
    bind(&mut session, 0, Choice::Ask, &["0", "0"]);
    start(&mut session, "run", &[]);
    run_to_end(&mut session);
    let stopped = state(&mut session, Request::Stop);
    assert!(stopped.asked.is_some() && stopped.status == Status::Paused, "{stopped:?}");
    let reset = state(&mut session, Request::Reset);
    assert!(reset.asked.is_none());
}

const THINGS: &str = r#"(module
  (import "any" "memory" (memory 3 5))
  (import "any" "table" (table 4 externref))
  (import "any" "base" (global i64))
  (import "any" "counter" (global (mut f32)))
  (import "any" "tag" (tag (param i32)))
  (func (export "run") (result i32 i32 i64 f32)
    (memory.size) (table.size 0) (global.get 0) (global.get 1)))"#;

#[test]
fn what_is_no_function_is_made_of_the_type_that_is_wanted() {
    let (mut session, view) = load(&[("a.wasm", THINGS)]);
    let imports = &view.links.imports;
    assert!(imports.iter().all(|import| import.binding.choice == Choice::Constant));
    let types: Vec<_> = imports.iter().map(|import| import.types.join(" ")).collect();
    assert_eq!(types, ["", "", "i64", "f32", ""]);
    assert_eq!(imports[2].binding.values, ["0"]);
    bind(&mut session, 2, Choice::Constant, &["-5"]);
    bind(&mut session, 3, Choice::Constant, &["1.5"]);
    assert_eq!(run(&mut session, "run"), ["3", "4", "-5", "1.5"]);
}

#[test]
fn the_sample_host_has_only_what_fits() {
    let text = r#"(module (import "env" "memory" (memory 17)) (import "env" "base" (global i32))
      (func (export "run") (result i32 i32) (memory.size) (global.get 0)))"#;
    let (mut session, view) = load(&[("a.wasm", text)]);
    assert_eq!(view.links.imports[0].found, None);
    assert_eq!(view.links.imports[1].found.as_deref(), Some("the sample host"));
    assert_eq!(run(&mut session, "run"), ["17", "1024"]);
    bind(&mut session, 1, Choice::Constant, &["5"]);
    state(&mut session, Request::NewInstance);
    assert_eq!(run(&mut session, "run"), ["17", "5"]);
    bind(&mut session, 1, Choice::Found, &["5"]);
    state(&mut session, Request::NewInstance);
    assert_eq!(run(&mut session, "run"), ["17", "1024"]);
}

const LIBRARY: &str = r#"(module
  (global $calls (mut i32) (i32.const 0))
  (func $begin (global.set $calls (i32.const 40)))
  (start $begin)
  (func $next (export "next") (param $step i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (local.get $step)))
    (global.get $calls)))"#;

const APPLICATION: &str = r#"(module
  (import "library" "next" (func $next (param i32) (result i32)))
  (func $run (export "run") (result i32) (call $next (i32.const 2))))"#;

#[test]
fn a_module_calls_another_one_by_its_file_name() {
    let (mut session, view) = load(&[("application.wasm", APPLICATION), ("library.wasm", LIBRARY)]);
    assert_eq!(names(&view.links), ["application", "library"]);
    assert_eq!(view.links.imports[0].found.as_deref(), Some("library.wasm"));
    assert_eq!(run(&mut session, "run"), ["42"]);
}

#[test]
fn steps_lead_through_the_start_function_and_the_functions_of_another_module() {
    let (mut session, _) = load(&[("application.wasm", APPLICATION), ("library.wasm", LIBRARY)]);
    let begin = start(&mut session, "run", &[]);
    assert_eq!(begin.frames[0].name, "begin");
    assert_eq!(begin.frames[0].elsewhere.as_deref(), Some("library.wasm"));
    let mut state = begin;
    while state.frames.len() < 2 {
        state = super::state(&mut session, Request::Step);
    }
    let places: Vec<_> =
        state.frames.iter().map(|frame| (&*frame.name, frame.elsewhere.as_deref())).collect();
    assert_eq!(places, [("run", None), ("next", Some("library.wasm"))]);
    let next = state.next.unwrap();
    assert_eq!((next.module, &*next.operator.mnemonic), (1, "global.get"));
    assert_eq!(state.locals[0].name, "$step");
    let request =
        Request::Code { module: 1, function: next.function, from: 0, count: 10, microcode: false };
    let Reply::Code(code) = only(session.handle(request)) else { panic!() };
    assert_eq!((code.module, &*code.name), (1, "next"));
    assert_eq!(code.rows[next.row as usize].offset, next.offset);
}

#[test]
fn an_export_of_another_type_or_none_is_told_at_the_import() {
    let float = r#"(module (func (export "next") (param f32) (result i32) (i32.const 0)))"#;
    let none = "(module)";
    for (library, said) in [(float, "library.wasm has func (f32)"), (none, "has no export")] {
        let (mut session, view) =
            load(&[("application.wasm", APPLICATION), ("library.wasm", library)]);
        let import = &view.links.imports[0];
        assert!(import.problem.as_ref().unwrap().contains(said), "{import:?}");
        let error = refused(&mut session, start_of("run"));
        assert_eq!(error.offset, Some(import.offset), "{error:?}");
        bind(&mut session, 0, Choice::Constant, &["9"]);
        assert_eq!(run(&mut session, "run"), ["9"]);
    }
}

#[test]
fn a_fault_of_a_library_names_it() {
    let library = r#"(module (import "env" "base" (global f64)) (import "deep" "x" (func))
      (func (export "next") (param i32) (result i32) (local.get 0)))"#;
    let modules =
        [("application.wasm", APPLICATION), ("library.wasm", library), ("deep.wasm", "(module)")];
    let (mut session, _) = load(&modules);
    let error = refused(&mut session, start_of("run"));
    assert_eq!((&*error.title, error.offset), ("The import deep.x is not satisfied", None));
    assert_eq!(error.details, ["deep.wasm has no export `x`.", "It is an import of library.wasm."]);
}

#[test]
fn modules_that_import_from_each_other_are_refused() {
    let a = r#"(module (import "b" "f" (func)) (func (export "f")) (func (export "run")))"#;
    let b = r#"(module (import "a" "f" (func)) (func (export "f")))"#;
    let (mut session, _) = load(&[("a.wasm", a), ("b.wasm", b)]);
    let error = refused(&mut session, start_of("run"));
    assert_eq!(error.details[0], "a.wasm imports from b.wasm imports from a.wasm.");
    bind(&mut session, 0, Choice::Trap, &[]);
    assert!(run(&mut session, "run").is_empty());
}

#[test]
fn modules_come_and_go_and_take_turns_on_show() {
    let (mut session, view) = load(&[("application.wasm", APPLICATION)]);
    assert_eq!(view.links.imports[0].binding.choice, Choice::Trap);
    let library = file("library.wasm", wat::parse_str(LIBRARY).unwrap());
    let links = relink(&mut session, Request::Link { file: library.clone() });
    assert_eq!(links.imports[0].binding.choice, Choice::Found);
    assert_eq!(run(&mut session, "run"), ["42"]);

    let Reply::Opened(view) = only(session.handle(Request::Show { module: 1 })) else { panic!() };
    assert_eq!((&*view.name, view.links.shown), ("library.wasm", 1));
    refused(&mut session, Request::Unlink { module: 1 });
    refused(&mut session, Request::Show { module: 2 });
    let links = relink(&mut session, Request::Unlink { module: 0 });
    assert_eq!((names(&links), links.shown), (vec!["library".to_owned()], 0));
    // One of the same name takes its place.
    let again = session.handle(Request::Link { file: library });
    assert!(matches!(only(again), Reply::Opened(view) if view.links.modules.len() == 1));
}

#[test]
fn two_modules_share_a_memory_that_nobody_has() {
    let library = r#"(module (import "host" "memory" (memory 1))
      (func (export "next") (param i32) (result i32) (i32.load (i32.const 8))))"#;
    let application = r#"(module (import "host" "memory" (memory 1))
      (import "library" "next" (func $next (param i32) (result i32)))
      (func (export "run") (result i32)
        (i32.store (i32.const 8) (i32.const 77)) (call $next (i32.const 0))))"#;
    let (mut session, _) = load(&[("application.wasm", application), ("library.wasm", library)]);
    assert_eq!(run(&mut session, "run"), ["77"]);
}

#[test]
fn a_type_of_the_modules_own_is_left_to_other_modules() {
    let text = r#"(module (type $point (struct (field i32)))
      (import "env" "point" (global (ref null $point)))
      (import "env" "f" (func (param (ref null $point))))
      (func (export "run")))"#;
    let (mut session, view) = load(&[("a.wasm", text)]);
    let error = refused(&mut session, start_of("run"));
    assert_eq!(error.offset, Some(view.links.imports[0].offset));
    assert!(error.details[0].contains("the module's own"), "{error:?}");
}

#[test]
fn a_memory_too_large_to_be_had_is_refused_at_its_import() {
    let text = r#"(module (import "env" "m" (memory 65536)) (func (export "run")))"#;
    let (mut session, view) = load(&[("a.wasm", text)]);
    let error = refused(&mut session, start_of("run"));
    assert_eq!(error.offset, Some(view.links.imports[0].offset));
}

fn names(links: &LinksView) -> Vec<String> {
    links.modules.iter().map(|module| module.name.clone()).collect()
}

#[test]
fn whatever_order_files_come_in_the_module_that_nobody_imports_from_is_on_show() {
    for modules in [
        [("application.wasm", APPLICATION), ("library.wasm", LIBRARY)],
        [("library.wasm", LIBRARY), ("application.wasm", APPLICATION)],
    ] {
        let (mut session, view) = load(&modules);
        assert_eq!(view.name, "application.wasm");
        assert_eq!(run(&mut session, "run"), ["42"]);
    }
}

#[test]
fn a_module_is_imported_by_the_name_that_it_is_given() {
    let (mut session, view) = load(&[("application.wasm", APPLICATION), ("lib-v2.wasm", LIBRARY)]);
    assert_eq!(view.links.imports[0].found, None);
    let rename = |name: &str| Request::Rename { module: 1, name: name.to_owned() };
    let links = relink(&mut session, rename("library"));
    assert_eq!(links.imports[0].found.as_deref(), Some("lib-v2.wasm"));
    assert_eq!(run(&mut session, "run"), ["42"]);
    let taken = refused(&mut session, rename("application"));
    assert!(taken.title.contains("application.wasm"), "{taken:?}");
    // It keeps its name when its file is loaded again.
    let again = Request::Link { file: file("lib-v2.wasm", wat::parse_str(LIBRARY).unwrap()) };
    assert_eq!(names(&relink(&mut session, again)), ["application", "library"]);
}

#[test]
fn an_import_leads_to_the_function_that_it_is_linked_with() {
    let (mut session, view) = load(&[("application.wasm", APPLICATION), ("library.wasm", LIBRARY)]);
    let place = view.links.imports[0].linked.unwrap();
    let request = Request::Code {
        module: place.module,
        function: place.function,
        from: 0,
        count: 1,
        microcode: false,
    };
    let Reply::Code(code) = only(session.handle(request)) else { panic!() };
    assert_eq!((code.module, &*code.name), (1, "next"));
    assert_eq!(bind(&mut session, 0, Choice::Trap, &[]).linked, None);
}
