//! Runs on a small device.

use super::*;
use crate::protocol::{DeviceRequest, DeviceView, Tier};
use crate::session::Values;
use crate::session::device::{DeviceSetting, Shown, Tone};
use crate::session::run::Run;

fn on(budget: u32) -> DeviceSetting {
    DeviceSetting { board: 1, budget, ..DeviceSetting::default() }
}

fn ask(session: &mut Session, request: DeviceRequest) -> DeviceView {
    match session.handle(Request::Device(request)).pop() {
        Some(Reply::Device(view)) => *view,
        other => panic!("{other:?}"),
    }
}

fn set(session: &mut Session, setting: DeviceSetting) -> Shown {
    ask(session, DeviceRequest::Recall { kept: setting.kept() });
    session.shown()
}

fn press(session: &mut Session, name: &str) -> Shown {
    ask(session, DeviceRequest::Press { name: name.to_owned() });
    session.shown()
}

fn fill(session: &mut Session, name: &str, value: &str) -> Shown {
    let (name, value) = (name.to_owned(), value.to_owned());
    ask(session, DeviceRequest::Field { name, value });
    session.shown()
}

/// A session on a device in which a call of a large memory has run to its end.
fn sorted(budget: u32, count: &str) -> (Session, Shown) {
    let (mut session, _) = open("larger_than_ram.wasm");
    set(&mut session, on(budget));
    start(&mut session, "sort", &[count]);
    let end = run_to_end(&mut session);
    assert!(matches!(end.status, Status::Finished { .. }), "{:?}", end.status);
    let view = session.shown();
    (session, view)
}

/// Goes on with what is being tried, until it is over.
fn tried(session: &mut Session) -> Shown {
    while session.has_work() {
        session.work(10_000);
    }
    session.shown()
}

fn fact<'a>(view: &'a Shown, name: &str) -> &'a str {
    let found = view.facts.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("{name} in {:?}", view.facts)).1
}

#[test]
fn a_board_completes_what_is_not_said() {
    let (mut session, _) = open("larger_than_ram.wasm");
    let off = set(&mut session, DeviceSetting::default());
    assert_eq!((off.setting.board, &off.boards[0][..]), (0, "This computer"));
    for (board, name) in (1..).zip(&off.boards[1..]) {
        let setting = DeviceSetting { board, ..DeviceSetting::default() };
        let view = set(&mut session, setting);
        assert_eq!(view.setting.board, board);
        assert!(
            view.setting.budget >= 65_536 && view.setting.rate > 0,
            "{name}: {:?}",
            view.setting
        );
        assert!(
            !view.about.is_empty() && (name == "Custom" || view.source.starts_with("https://"))
        );
    }
    let none = DeviceSetting { board: 999, ..DeviceSetting::default() };
    assert_eq!(set(&mut session, none).setting.board, 0);
}

#[test]
fn a_memory_larger_than_ram_spills_and_nothing_but_the_device_knows() {
    let (_, large) = sorted(2 << 20, "9000");
    assert!(large.verdict.starts_with("Fits: at most"), "{}", large.verdict);
    assert!(large.evictions.is_empty());
    let (mut session, small) = sorted(24 << 10, "9000");
    assert!(small.verdict.starts_with("Fits with spilling: at most"), "{}", small.verdict);
    assert_eq!(small.tone, Tone::Good);
    assert!(!small.evictions.is_empty());
    assert_eq!(small.grids[0].states.len(), 256);
    let (stored, untouched) = (2, 3);
    let count = |state| small.grids[0].states.iter().filter(|it| **it == state).count();
    assert!(count(stored) > 0 && (200..256).contains(&count(untouched)));
    let (mut plain, _) = open("larger_than_ram.wasm");
    start(&mut plain, "sort", &["9000"]);
    assert_eq!(run_to_end(&mut plain).status, session.state().status);
}

#[test]
fn going_back_shows_the_same_numbers_and_pages() {
    let (mut session, end) = sorted(24 << 10, "9000");
    let step = session.state().step;
    let middle = (step / 2.0).floor();
    state(&mut session, Request::Seek { step: middle });
    let once = session.shown();
    assert_ne!(once.facts, end.facts);
    assert!(once.evictions.iter().all(|it| it.step < middle));
    let back = state(&mut session, Request::Seek { step });
    assert_eq!((back.step, back.timeline.and_then(|it| it.lost)), (step, None));
    let again = session.shown();
    assert_eq!((&again.facts, &again.grids), (&end.facts, &end.grids));
    state(&mut session, Request::Seek { step: middle });
    let twice = session.shown();
    assert_eq!((&once.facts, &once.grids), (&twice.facts, &twice.grids));
    assert_eq!(once.evictions.first(), twice.evictions.first());
}

#[test]
fn a_cell_says_which_page_it_is_and_what_became_of_it_last() {
    let (mut session, _) = sorted(24 << 10, "9000");
    let mut page = |cell| {
        let view = ask(&mut session, DeviceRequest::Show { cell: Some(cell) });
        assert_eq!(view.cells, 256);
        session.shown().page
    };
    let first = page(1).expect("there is such a page");
    assert_eq!((first.memory, first.address), (0, 4096));
    assert!(first.text.starts_with("Page 1, 0x1000 to 0x1fff: "), "{}", first.text);
    assert!(first.text.contains("Last, at step "), "{}", first.text);
    let last = page(255).expect("there is such a page");
    assert_eq!(last.text, "Page 255, 0xff000 to 0xfffff: not in RAM, as it was at first.");
    assert_eq!(page(256), None);
}

#[test]
fn ram_over_time_ends_where_the_run_does_and_the_peak_is_in_it() {
    let (mut session, view) = sorted(64 << 10, "9000");
    assert_eq!((view.ram.first, view.ram.last), (0.0, session.state().step));
    let peak = view.peak_step.expect("it is of this call");
    assert!((0.0..=view.ram.last).contains(&peak));
    assert!(view.ram.areas.len() > 4 && view.ram.budget.starts_with('M'), "{:?}", view.ram.budget);
    let Reply::Profile(profile) = only(session.handle(Request::Profile { stretches: 100 })) else {
        panic!()
    };
    let drawn = ask(&mut session, DeviceRequest::Show { cell: None }).ram;
    assert!(!profile.ram.is_empty() && drawn.contains(&profile.ram));
    let shares: u32 = view.owners.iter().map(|owner| owner.share).sum();
    assert!((100..=1000).contains(&shares), "{shares}");
    assert!(view.owners.iter().all(|owner| !owner.remedy.is_empty()));
}

#[test]
fn microcode_in_ram_is_listed_with_what_it_takes() {
    let (mut session, _) = open("recursion.wasm");
    session.handle(Request::Tier(Tier::Microcode));
    set(&mut session, on(2 << 20));
    start(&mut session, "ackermann", &["3", "6"]);
    assert_eq!(session.shown().residents, None);
    state(&mut session, Request::Continue { speed: None });
    while session.executed() < 100_000 {
        session.advance(10_000);
    }
    let residents = session.shown().residents.expect("all is translated");
    assert!(residents.title.starts_with("1 function, "), "{residents:?}");
    assert_eq!(residents.rows[0].0, "ackermann");
    assert_eq!(residents.evictions, "None has left for another.");
}

#[test]
fn remedies_say_what_there_is_to_be_made_less() {
    let (_, view) = sorted(24 << 10, "9000");
    let remedy = |owner: &str| {
        let found = view.owners.iter().find(|it| it.name == owner);
        found.unwrap_or_else(|| panic!("{owner} in {:?}", view.owners)).remedy.clone()
    };
    let memory = remedy("linear memory");
    assert!(
        memory.contains(". It has 1 MB, of which 36 KB have changed or are in RAM"),
        "{memory}"
    );
    let module = remedy("module bytes");
    assert!(module.contains(". Its names take "), "{module}");
}

#[test]
fn a_budget_too_small_is_refused_and_the_least_is_found() {
    let (mut session, _) = open("larger_than_ram.wasm");
    set(&mut session, on(2000));
    let request = Request::Start { export: "sort".to_owned(), arguments: vec!["500".to_owned()] };
    let replies = session.handle(request);
    let [Reply::Refused { error, .. }, Reply::Device(_)] = &replies[..] else { panic!() };
    assert!(error.details[0].contains("2000"), "{error:?}");
    let view = session.shown();
    assert!(view.verdict.starts_with("Does not fit: "), "{}", view.verdict);
    assert_eq!(view.tone, Tone::Bad);
    assert!(press(&mut session, "least").trying.is_some());
    let view = tried(&mut session);
    assert!(
        view.verdict.contains("Least budget with which this call completes: "),
        "{}",
        view.verdict
    );
    assert_eq!(view.trying, None);
}

#[test]
fn with_the_least_budget_the_call_completes_and_with_less_it_does_not() {
    let (mut session, _) = sorted(64 << 10, "500");
    press(&mut session, "least");
    tried(&mut session);
    let Some(least) = session.device.least() else { panic!("it is found") };
    let told = format!("completes: {} bytes.", crate::view::format::count(least.into()));
    assert!(session.shown().verdict.ends_with(&told), "{}", session.shown().verdict);
    let view = ask(&mut session, DeviceRequest::Show { cell: None });
    assert!(view.before[1].contains("name=use-least"), "{}", view.before[1]);
    assert_eq!(press(&mut session, "use-least").setting.budget, least);
    let view = ask(&mut session, DeviceRequest::Show { cell: None });
    assert!(!view.before[1].contains("name=use-least"), "{}", view.before[1]);
    for (budget, expected) in [(least, "completes"), (least - 1, "too little RAM")] {
        fill(&mut session, "other-budget", &budget.to_string());
        press(&mut session, "try");
        let view = tried(&mut session);
        assert_eq!(view.tries[0].cells[0], expected, "{budget}");
    }
}

#[test]
fn what_is_tried_comes_to_what_a_run_there_comes_to() {
    let (mut session, _) = sorted(64 << 10, "9000");
    let small = DeviceSetting { policy: 1, ..on(20 << 10) };
    fill(&mut session, "other-budget", &small.budget.to_string());
    fill(&mut session, "other-policy", "1");
    assert_eq!(session.shown().setting.budget, 64 << 10, "it is what is tried, not the device");
    press(&mut session, "try");
    let row = tried(&mut session).tries.remove(0);
    assert_eq!((&row.device[..], row.tone), ("20 KB, lru", Tone::Good));
    set(&mut session, small);
    assert!(session.shown().other);
    press(&mut session, "again");
    run_to_end(&mut session);
    let view = session.shown();
    assert!(!view.other);
    assert!(fact(&view, "Faults").starts_with(&row.cells[2]), "{row:?} {:?}", view.facts);
    assert!(fact(&view, "Stored").contains(&row.cells[3]), "{row:?} {:?}", view.facts);
    assert_eq!(view.peak, row.cells[1]);
}

#[test]
fn what_is_stopped_says_so() {
    let (mut session, _) = sorted(64 << 10, "9000");
    press(&mut session, "least");
    assert!(session.has_work());
    let view = press(&mut session, "stop");
    assert!(!session.has_work());
    assert!(
        view.verdict.ends_with("You stopped looking for the least budget."),
        "{}",
        view.verdict
    );
}

#[test]
fn memory_on_a_device_is_read_as_anywhere() {
    let (mut session, _) = sorted(24 << 10, "9000");
    let (mut plain, _) = open("larger_than_ram.wasm");
    start(&mut plain, "sort", &["9000"]);
    run_to_end(&mut plain);
    for request in [
        Request::Memory { memory: 0, from: 4000, count: 200 },
        Request::Typed { memory: 0, address: 8188 },
        Request::Typed { memory: 0, address: (1 << 20) - 3 },
    ] {
        assert_eq!(session.handle(request.clone()), plain.handle(request));
    }
}

#[test]
fn what_is_assumed_of_a_device_changes_the_time_that_is_said() {
    let (mut session, before) = sorted(24 << 10, "9000");
    let time = |view: &Shown| fact(view, "Time, by the model").to_owned();
    let slower = fill(&mut session, "store", "50000");
    assert_ne!(time(&slower), time(&before));
    assert!(slower.evictions.iter().any(|it| it.cost == "stored: 50.0 ms"));
    assert!(!slower.other, "it is the same device");
    assert_ne!(time(&fill(&mut session, "rate", "1")), time(&slower));
    fill(&mut session, "board", "7");
    let other = fill(&mut session, "store", "1");
    assert!(time(&other).ends_with(time(&slower).rsplit(", ").next().unwrap_or("")));
}

#[test]
fn numbers_of_pages_are_of_the_call_alone() {
    let (mut session, first) = sorted(24 << 10, "9000");
    let number = |view: &Shown, name: &str| -> u64 {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let text = fact(view, name).split(&[',', 'p']).next().unwrap_or("");
        digits(text).parse().unwrap_or_else(|_| panic!("{text}"))
    };
    start(&mut session, "sort", &["9000"]);
    let begun = session.shown();
    assert_eq!((number(&begun, "Faults"), number(&begun, "Stored")), (0, 0));
    assert!(begun.verdict.starts_with("Fits so far"), "{}", begun.verdict);
    run_to_end(&mut session);
    let second = session.shown();
    for name in ["Page accesses", "Faults", "Stored"] {
        let (one, other) = (number(&first, name), number(&second, name));
        assert!(other > 0 && other <= one + one / 4, "{name}: {one}, then {other}");
    }
    let stored = format!(", {} pages stored.", number(&second, "Stored"));
    assert!(second.verdict.ends_with(&stored), "{}", second.verdict);
    state(&mut session, Request::Seek { step: 0.0 });
    assert_eq!(number(&session.shown(), "Stored"), 0);
}

#[test]
fn without_a_memory_nothing_is_said_of_one() {
    let (mut session, _) = open("recursion.wasm");
    let setting = set(&mut session, on(64 << 10)).setting;
    assert_eq!(setting.budget, 64 << 10);
    start(&mut session, "ackermann", &["2", "3"]);
    run_to_end(&mut session);
    let shown = session.shown();
    assert!(shown.facts.iter().all(|(name, _)| !name.starts_with("Page")), "{:?}", shown.facts);
    assert!(fact(&shown, "Time, by the model").ends_with(" executing"), "{:?}", shown.facts);
    let view = ask(&mut session, DeviceRequest::Show { cell: None });
    let [owners, remedies] = &view.between[..] else { panic!("{:?}", view.between) };
    assert!(owners.contains("linear memory") && owners.contains("page tables"), "{owners}");
    assert!(!remedies.contains("linear memory") && !remedies.contains("page tables"), "{remedies}");
    assert!(remedies.matches("<dt>").count() >= 5, "{remedies}");
}

#[test]
fn the_peak_stays_what_it_is_wherever_one_looks() {
    let (mut session, view) = sorted(24 << 10, "9000");
    let peak = |view: &Shown| (view.peak.clone(), view.peak_step, view.verdict.clone());
    let (end, at) = (session.state().step, view.peak_step.expect("it is of this call"));
    for step in [at, at - 1.0, 0.0, end, (end / 3.0).floor(), end] {
        state(&mut session, Request::Seek { step });
        assert_eq!(session.shown().peak, view.peak, "at {step}");
    }
    assert_eq!(peak(&session.shown()), peak(&view));
    state(&mut session, Request::Seek { step: (end / 2.0).floor() });
    run_to_end(&mut session);
    assert_eq!(peak(&session.shown()), peak(&view));
}

#[test]
fn the_peak_is_that_of_the_call_and_no_less_than_there_is() {
    let (mut session, large) = sorted(2 << 20, "9000");
    let bytes = |run: &Run| (run.most().ledger.total(), run.store.ledger([run.timeline.job()]));
    let before = bytes(session.run.as_ref().expect("it was started"));
    start(&mut session, "sort", &["10"]);
    run_to_end(&mut session);
    let after = bytes(session.run.as_ref().expect("it was started"));
    assert!(after.0 >= after.1.total() && before.0 >= before.1.total());
    assert!(session.shown().peak_step.is_some() && large.peak_step.is_some());
    let (mut session, _) = open("traps.wasm");
    set(&mut session, on(256 << 10));
    let calls: [(&str, &[&str]); 3] =
        [("unreachable", &[]), ("divide", &["1", "0"]), ("bottomless", &[])];
    for (export, arguments) in calls {
        start(&mut session, export, arguments);
        run_to_end(&mut session);
        let (most, now) = bytes(session.run.as_ref().expect("it was started"));
        assert!(most >= now.total(), "{export}: {most}, {}", now.total());
    }
}

#[test]
fn what_a_field_cannot_say_is_refused_and_stays_what_it_was() {
    let (mut session, _) = sorted(24 << 10, "9000");
    session.handle(Request::Device(DeviceRequest::Look));
    let errand = session.next_errand().expect("the store is looked for");
    session.errand_done(errand.number, Ok(Values::new()));
    let fields = ["budget", "rate", "store", "load", "cycles", "other-budget", "every"];
    let before = (session.shown().setting, session.shown().draft, session.commit_every.0);
    for name in fields {
        for value in ["-1", "", "1e6", "99999999999999999999", "4294967296", "1.5", "<b>"] {
            let (name, value) = (name.to_owned(), value.to_owned());
            let field = DeviceRequest::Field { name: name.clone(), value: value.clone() };
            let replies = session.handle(Request::Device(field));
            let [Reply::Device(view), Reply::Store(store)] = &replies[..] else { panic!() };
            let html =
                format!("{}{}{}", view.before.concat(), view.end.concat(), store.parts.concat());
            let mark = html.find("aria-invalid").expect("it is marked");
            assert!(html[..mark].rsplit("<input ").next().unwrap_or("").contains(&name), "{html}");
            assert!(html.contains("is no whole number from ") && !html.contains("<b>"), "{html}");
            let view = session.shown();
            assert_eq!(
                (view.setting, view.draft, session.commit_every.0),
                before,
                "{name} {value}"
            );
        }
    }
    let mut fill = |name: &str, value: &str| {
        let (name, value) = (name.to_owned(), value.to_owned());
        session.handle(Request::Device(DeviceRequest::Field { name, value }));
        (session.shown(), session.commit_every.0)
    };
    for name in &fields[..6] {
        let (view, _) = fill(name, "0");
        assert_eq!((view.setting, view.draft), (before.0, before.1), "{name}");
    }
    let (taken, _) = fill("store", "5");
    assert_eq!((taken.setting.store, taken.refused), (5, None));
    assert_eq!(fill("every", "0").1, 0, "that is never");
}
