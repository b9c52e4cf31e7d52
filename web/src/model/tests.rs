use super::breaks::Edit;
use super::*;
use crate::protocol::{
    AskedView, ExportView, LinksView, LoadedView, OperatorView, ParameterView, Reply, START, Stop,
    StopPlace, TrapView,
};
use crate::services::engine::Event;

fn export(name: &str, parameters: usize) -> ExportView {
    ExportView {
        name: name.to_owned(),
        kind: "func".to_owned(),
        type_text: String::new(),
        parameters: (0..parameters)
            .map(|index| ParameterView { name: index.to_string(), ty: "i32".to_owned() })
            .collect(),
        function: Some(3),
    }
}

fn module(exports: Vec<ExportView>) -> ModuleView {
    ModuleView {
        name: "test.wasm".to_owned(),
        size: 100,
        sections: Vec::new(),
        exports,
        links: LinksView::default(),
        functions: 4,
        memories: 0,
        tables: 0,
        globals: 0,
        uses_wasi: false,
        producer: None,
        error: None,
    }
}

fn state(status: Status, next: Option<NextView>) -> StateView {
    StateView {
        status,
        call: String::new(),
        number: 1,
        rebound: false,
        step: 0.0,
        speed: 0.0,
        next,
        frames: Vec::new(),
        depth: 0,
        locals: Vec::new(),
        locals_total: 0,
        operands: Vec::new(),
        operands_total: 0,
        labels: Vec::new(),
        touched: Vec::new(),
        passed: Vec::new(),
        hits: Vec::new(),
        timeline: None,
        asked: None,
        log: Vec::new(),
        logged: 0.0,
    }
}

fn next(function: u32, row: u32, offset: u32) -> NextView {
    NextView {
        module: 0,
        function,
        offset,
        row,
        length: 1,
        operator: OperatorView {
            mnemonic: "nop".to_owned(),
            code: "0x01".to_owned(),
            signature: "[] → []".to_owned(),
            explained: String::new(),
            proposal: String::new(),
        },
        operands: String::new(),
        pops: 0,
        effect: String::new(),
        card: None,
    }
}

fn after(actions: impl IntoIterator<Item = Action>) -> Model {
    let mut model = Model::default();
    for action in actions {
        model.apply(action);
    }
    model
}

fn received(reply: Reply) -> Action {
    Action::Received(Rc::new(reply))
}

fn opened(exports: Vec<ExportView>) -> Action {
    received(Reply::Opened(Box::new(module(exports))))
}

fn moved(status: Status, next: Option<NextView>) -> Action {
    received(Reply::State(Box::new(state(status, next))))
}

#[test]
fn the_suggested_call_fills_the_form() {
    let suggested = vec![ExampleCall { export: "two".to_owned(), args: vec!["i32:7".to_owned()] }];
    let model = after([
        Action::Opening { name: "test.wasm".to_owned() },
        Action::Fetched(Origin {
            is_example: true,
            suggested: suggested.into(),
            ..Origin::default()
        }),
        opened(vec![export("one", 0), export("two", 2)]),
    ]);
    assert_eq!(
        *model.call,
        Call { export: "two".to_owned(), arguments: vec!["7".to_owned(), String::new()] }
    );
    assert_eq!(model.opening, None);
    assert!(model.can_run());
}

#[test]
fn the_first_function_is_chosen_where_nothing_is_suggested() {
    let model = after([opened(vec![export("one", 1)])]);
    assert_eq!(model.call.export, "one");
    assert_eq!(model.call.arguments, [""]);
    assert_eq!(model.function, Some(3));
}

#[test]
fn opening_a_module_forgets_the_run_of_the_one_before() {
    let model = after([
        opened(vec![export("one", 0)]),
        moved(Status::Paused, Some(next(3, 5, 40))),
        Action::Pin(12),
        opened(vec![]),
    ]);
    assert_eq!(model.run, None);
    assert_eq!(model.pinned, None);
    assert_eq!(model.generation, 2);
    assert!(!model.can_run());
}

#[test]
fn an_invalid_module_is_pinned_where_its_error_stands() {
    let mut broken = module(vec![export("one", 0)]);
    broken.error = Some(ErrorView {
        title: "type mismatch".to_owned(),
        details: Vec::new(),
        offset: Some(66),
        argument: None,
    });
    let model = after([received(Reply::Opened(Box::new(broken)))]);
    assert_eq!(model.pinned, Some(66));
    assert!(!model.can_run());
}

#[test]
fn code_and_bytes_follow_a_program_that_is_stepped() {
    let model = after([moved(Status::Paused, Some(next(2, 5, 40)))]);
    assert_eq!(model.function, Some(2));
    assert_eq!(model.reveal_row.unwrap().place, 5);
    assert_eq!(model.reveal_byte.unwrap().place, 40);
}

#[test]
fn tier_and_microcode_of_an_earlier_visit_stay_when_a_module_is_opened() {
    let mut model = Model::new(None, Breaks::default(), Tier::Stepper, true);
    model.apply(opened(Vec::new()));
    assert_eq!((model.tier, model.microcode), (Tier::Stepper, true));
}

#[test]
fn microcode_and_the_film_of_validation_take_turns() {
    let mut model = after([Action::ShowMicrocode]);
    assert!(!model.microcode, "nothing is open");
    model.apply(opened(vec![export("one", 0)]));
    model.apply(Action::ShowMicrocode);
    model.apply(Action::Watch(Film::Validation));
    assert!(model.microcode, "it comes back after the film");
    model.apply(Action::ShowMicrocode);
    assert_eq!((model.microcode, model.film), (true, None));
    model.apply(Action::SetTier(Tier::Stepper));
    model.apply(opened(vec![export("other", 0)]));
    assert_eq!(
        (model.microcode, model.tier),
        (true, Tier::Stepper),
        "another module changes nothing"
    );
    model.apply(Action::ShowMicrocode);
    assert!(!model.microcode);
}

#[test]
fn code_follows_into_another_module_and_bytes_do_not() {
    let elsewhere = NextView { module: 1, ..next(2, 5, 40) };
    let model = after([opened(vec![export("one", 0)]), moved(Status::Paused, Some(elsewhere))]);
    assert_eq!((model.elsewhere, model.function), (Some(1), Some(2)));
    assert_eq!(model.reveal_byte, None);
    assert!(model.next_here().is_none());
    let mut back = model;
    back.apply(moved(Status::Paused, Some(next(3, 0, 50))));
    assert_eq!((back.elsewhere, back.function), (None, Some(3)));
    assert_eq!(back.reveal_byte.unwrap().place, 50);
}

#[test]
fn a_question_brings_its_pane_and_an_answer_takes_the_refusal_away() {
    let asked = |number| {
        let asked = AskedView { call: "f()".to_owned(), results: Vec::new(), number };
        let state = StateView { asked: Some(asked), ..state(Status::Waiting, None) };
        received(Reply::State(Box::new(state)))
    };
    let refusal = received(Reply::Refused {
        request: "answer".to_owned(),
        error: ErrorView::titled("wrong"),
    });
    let mut model = after([opened(vec![export("one", 0)]), asked(1.0)]);
    assert_eq!(model.pane, Pane::State);
    model.apply(Action::ShowPane(Pane::Code));
    model.apply(refusal);
    assert!(model.refused.is_some() && model.run.is_some());
    model.apply(asked(1.0));
    assert!(model.refused.is_some());
    model.apply(asked(2.0));
    assert_eq!((model.refused, model.pane), (None, Pane::Code));
}

#[test]
fn a_step_lets_go_of_the_byte_that_was_clicked_on() {
    let stands = |step| {
        let state = StateView { step, ..state(Status::Paused, Some(next(2, 5, 40))) };
        received(Reply::State(Box::new(state)))
    };
    let pinned = [stands(1.0), Action::Pin(10)];
    assert_eq!(after(pinned.clone()).pinned, Some(10));
    let [first, second] = pinned;
    assert_eq!(after([first, second, stands(2.0)]).pinned, None);
}

#[test]
fn code_does_not_follow_a_program_at_full_speed() {
    let model =
        after([opened(vec![export("one", 0)]), moved(Status::Running, Some(next(2, 5, 40)))]);
    assert_eq!(model.function, Some(3));
    assert_eq!(model.reveal_row, None);
}

#[test]
fn a_trap_is_pinned() {
    let trap = TrapView {
        message: "unreachable".to_owned(),
        details: Vec::new(),
        offset: Some(77),
        backtrace: Vec::new(),
    };
    assert_eq!(after([moved(Status::Trapped(trap), None)]).pinned, Some(77));
}

#[test]
fn a_late_answer_about_another_byte_is_dropped() {
    let model = after([
        Action::Pin(10),
        received(Reply::Located { offset: 9, function: Some(1), row: 4, start: Some(9) }),
    ]);
    assert_eq!(model.function, None);
}

#[test]
fn asking_for_the_same_place_again_is_a_new_request() {
    let once = after([Action::Pin(10)]);
    let twice = after([Action::Pin(10), Action::Pin(10)]);
    assert_ne!(once.reveal_byte, twice.reveal_byte);
}

#[test]
fn a_call_that_was_committed_is_in_the_form_once_it_goes_on() {
    let resumed = Reply::Resumed { export: "two".to_owned(), arguments: vec!["7".to_owned()] };
    let actions = [
        opened(vec![export("one", 2), export("two", 1)]),
        received(resumed),
        moved(Status::Paused, None),
    ];
    let model = after(actions.clone());
    let call = Call { export: "two".to_owned(), arguments: vec!["7".to_owned()] };
    assert_eq!((&*model.call, model.running.as_ref()), (&call, Some(&call)));
    assert!(!model.composing && model.run.is_some());
    let form = after(
        actions
            .into_iter()
            .chain([Action::Choose("one".to_owned()), Action::ShowCall { form: true }]),
    );
    assert_eq!(*form.call, call, "it leads back to the call under way");
}

#[test]
fn typing_takes_a_refusal_away() {
    let refusal = Reply::Refused {
        request: "Start".to_owned(),
        error: ErrorView {
            title: "wrong".to_owned(),
            details: Vec::new(),
            offset: None,
            argument: Some(0),
        },
    };
    let actions = [opened(vec![export("one", 1)]), received(refusal)];
    assert!(after(actions.clone()).refused.is_some());
    let typed = after(actions.into_iter().chain([Action::TypeArgument(0, "7".to_owned())]));
    assert_eq!(typed.refused, None);
    assert_eq!(typed.call.arguments, ["7"]);
}

fn refused() -> Action {
    received(Reply::Refused {
        request: START.to_owned(),
        error: ErrorView {
            title: "wrong".to_owned(),
            details: Vec::new(),
            offset: None,
            argument: Some(0),
        },
    })
}

#[test]
fn a_call_that_could_not_start_leaves_the_one_under_way() {
    let paused = received(Reply::State(Box::new(state(Status::Paused, None))));
    let exports = vec![export("one", 0), export("two", 1)];
    let started = [opened(exports), Action::Started, paused];
    let refused = [Action::Choose("two".to_owned()), Action::Started, refused()];
    let model = after(started.into_iter().chain(refused));
    assert_eq!(*model.status(), Status::Paused);
    assert_eq!(model.running.as_ref().map(|call| call.export.as_str()), Some("one"));
    assert_eq!(model.call.export, "two");
    assert!(model.composing && model.refused.is_some());
    let mut moved = model;
    moved.apply(Action::ShowCall { form: false });
    assert_eq!(moved.call.export, "one");
    assert!(!moved.composing);
}

#[test]
fn an_outcome_is_shown_as_long_as_its_call_is_the_one_in_the_form() {
    let finished = Status::Finished { results: Vec::new() };
    let finished = received(Reply::State(Box::new(state(finished, None))));
    let begun = [opened(vec![export("one", 1), export("two", 0)]), Action::Started, finished];
    for (action, is_shown) in [
        (Action::Choose("one".to_owned()), true),
        (Action::Choose("two".to_owned()), false),
        (Action::TypeArgument(0, "7".to_owned()), false),
        (refused(), false),
    ] {
        let model = after(begun.clone().into_iter().chain([action.clone()]));
        assert_eq!(model.run.is_some(), is_shown, "{action:?}");
    }
}

fn opening() -> Action {
    Action::Opening { name: "test.wasm".to_owned() }
}

fn not_fetched() -> Action {
    Action::Engine(Event::NotFetched("it is gone".to_owned()))
}

#[test]
fn an_engine_that_does_not_come_is_told_to_whoever_opens_something() {
    let model = after([Action::Engine(Event::Fetching), opening(), not_fetched()]);
    assert!(model.can_fetch && !model.fetching);
    assert_eq!(model.failure.as_ref().unwrap().details, ["it is gone"]);
    assert_eq!(model.under_way(), None);
    let model = after([Action::Engine(Event::Fetching), not_fetched()]);
    assert!(model.failure.is_none() && !model.can_fetch);
}

#[test]
fn what_is_opened_goes_on_once_the_engine_is_fetched_again() {
    let model = after([opening(), not_fetched(), Action::Engine(Event::Fetching)]);
    assert!(model.failure.is_none() && model.fetching);
    assert_eq!(model.under_way(), Some("test.wasm"));
    let model = after([opening(), not_fetched(), Action::DismissFailure]);
    assert_eq!((model.opening, model.can_fetch), (None, false));
}

#[test]
fn fetching_the_engine_takes_no_other_failure_away() {
    let failure = Action::Failed(ErrorView::titled("There is no such example."));
    let model = after([failure, Action::Engine(Event::Fetching), Action::Engine(Event::Ready)]);
    assert!(model.failure.is_some() && !model.fetching);
}

#[test]
fn a_module_that_is_closed_leaves_nothing_behind() {
    let opened = Action::Received(Rc::new(Reply::Opened(Box::new(module(Vec::new())))));
    let model = after([opened, Action::Pin(3), Action::Close]);
    assert_eq!((model.generation, model.pinned, model.status()), (2, None, &Status::Idle));
    assert!(model.module.is_none() && model.links.modules.is_empty());
}

fn shot(start: u32, read: u32) -> Action {
    let error = ErrorView { offset: Some(start), ..ErrorView::titled("stands for any field") };
    Action::Shot(Some(Shot::of_error(read, &error)))
}

#[test]
fn one_film_is_watched_at_a_time_where_it_is_shown() {
    let model = after([opened(Vec::new()), Action::Watch(Film::Decoding)]);
    assert_eq!((model.film, model.pane), (Some(Film::Decoding), Pane::Bytes));
    let mut model = model;
    model.apply(Action::Watch(Film::Validation));
    assert_eq!((model.film, model.pane), (Some(Film::Validation), Pane::Code));
    model.apply(Action::Watch(Film::Validation));
    assert_eq!(model.film, None);
    assert_eq!(after([Action::Watch(Film::Decoding)]).film, None);
}

#[test]
fn bytes_scroll_with_the_field_that_is_read_row_by_row() {
    let mut model = after([opened(Vec::new()), Action::Watch(Film::Decoding), shot(15, 16)]);
    let first = model.reveal_byte.unwrap();
    assert_eq!(first.place, 15);
    model.apply(shot(16, 17));
    let second = model.reveal_byte.unwrap();
    assert_ne!(second, first);
    model.apply(shot(17, 18));
    assert_eq!(model.reveal_byte.unwrap(), second);
    model.apply(opened(Vec::new()));
    assert!(model.shot.is_none() && model.film.is_none());
}

/// A module of a file, and the links that say so.
fn opened_as(file: &str) -> Action {
    let loaded = LoadedView { file: file.to_owned(), name: String::new() };
    let links = LinksView { modules: vec![loaded], ..LinksView::default() };
    received(Reply::Opened(Box::new(ModuleView { links, ..module(Vec::new()) })))
}

fn breakpoints_at(model: &Model) -> Vec<u32> {
    let offset = |stop: &Stop| match stop.place {
        StopPlace::Instruction { offset } => Some(offset),
        _ => None,
    };
    model.breaks.loaded(&model.links).iter().filter_map(offset).collect()
}

#[test]
fn a_breakpoint_is_set_where_the_selected_instruction_begins_or_at_the_next() {
    let located = Reply::Located { offset: 9, function: Some(1), row: 4, start: Some(8) };
    let selected = [opened_as("a.wasm"), Action::Pin(9), received(located)];
    let model = after(selected.clone().into_iter().chain([Action::BreakHere]));
    assert_eq!(breakpoints_at(&model), [8]);
    let again = [Action::BreakHere, Action::BreakHere];
    assert_eq!(breakpoints_at(&after(selected.into_iter().chain(again))), [0; 0]);
    let running = [opened_as("a.wasm"), moved(Status::Paused, Some(next(1, 2, 5)))];
    assert_eq!(breakpoints_at(&after(running.into_iter().chain([Action::BreakHere]))), [5]);
    // Which instruction another byte belongs to is not known yet.
    let model = after([opened_as("a.wasm"), Action::Pin(9), Action::BreakHere]);
    assert_eq!(breakpoints_at(&model), [0; 0]);
}

#[test]
fn breakpoints_wait_for_their_module_to_be_opened_again() {
    let place = StopPlace::Instruction { offset: 5 };
    let set = [opened_as("a.wasm"), Action::Break(Edit::Toggle { module: 0, place })];
    let elsewhere = set.into_iter().chain([opened_as("b.wasm")]);
    let model = after(elsewhere.clone());
    assert_eq!(breakpoints_at(&model), [0; 0]);
    let model = after(elsewhere.chain([Action::Close, opened_as("a.wasm")]));
    assert_eq!(breakpoints_at(&model), [5]);
}
