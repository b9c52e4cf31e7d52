//! Runs are committed, lost, and gone on with; a map stands in for the database.

use super::*;
use crate::protocol::DeviceRequest;
use crate::session::device::{DeviceSetting, Tone};
use crate::session::spill::{Act, StoreShown};
use crate::session::{Done, Trouble, Values, What};

/// Bytes of RAM in which sorting has to spill.
const LITTLE: u32 = 20 << 10;

const NOTHING: &str = "Nothing is committed yet";

/// A database of one tab.
#[derive(Default)]
struct Database {
    values: Values,
    /// What the next errands come to.
    failing: Option<Trouble>,
    transactions: u32,
}

impl Database {
    fn carry_out(&mut self, what: What) -> Done {
        if let Some(trouble) = &self.failing {
            return Err(trouble.clone());
        }
        match what {
            What::Load => return Ok(self.values.clone()),
            What::Store(values) => {
                self.transactions += 1;
                let mut values = values;
                self.values.take_from(&mut values);
                self.values.forget_empty();
            }
            What::Remove => self.values = Values::new(),
        }
        Ok(Values::new())
    }

    /// Carries out all that is to be done.
    fn serve(&mut self, session: &mut Session) -> Vec<Reply> {
        let mut replies = Vec::new();
        while let Some(errand) = session.next_errand() {
            let done = self.carry_out(errand.what);
            replies.extend(session.errand_done(errand.number, done));
        }
        replies
    }

    /// Makes a request, with all that follows from it.
    fn ask(&mut self, session: &mut Session, request: DeviceRequest) -> StoreShown {
        let mut replies = session.handle(Request::Device(request));
        replies.extend(self.serve(session));
        assert!(replies.iter().any(|reply| matches!(reply, Reply::Store(_))), "{replies:?}");
        session.store_shown().unwrap()
    }

    /// Presses a button that is there, and can be pressed.
    fn press(&mut self, session: &mut Session, act: Act) -> StoreShown {
        let shown = session.store_shown().unwrap();
        assert!(shown.acts.iter().any(|(known, _, ready)| *known == act && *ready), "{shown:?}");
        self.ask(session, DeviceRequest::Press { name: act.name().to_owned() })
    }

    fn act(&mut self, session: &mut Session, act: Act) -> StoreShown {
        let shown = self.press(session, act);
        assert_eq!(shown.refused, None);
        shown
    }

    /// Opens the sample module in a new session, on a device with so many bytes of RAM; on this
    /// computer, if that is none.
    fn visit(&mut self, budget: u32) -> (Session, StoreShown) {
        let (mut session, _) = open("larger_than_ram.wasm");
        let view = self.ask(&mut session, DeviceRequest::Look);
        put_on(&mut session, budget);
        (session, view)
    }
}

fn put_on(session: &mut Session, budget: u32) {
    let board = u32::from(budget > 0);
    let device = DeviceSetting { board, budget, ..DeviceSetting::default() };
    session.handle(Request::Device(DeviceRequest::Recall { kept: device.kept() }));
}

/// What is said of `sort(3000)`, committed after so many thousand instructions.
fn committed(thousands: u32, budget: u32) -> String {
    let device = match budget {
        0 => "this computer",
        LITTLE => "Custom, 20 KB",
        _ => "Custom, 2 MB",
    };
    format!("sort(3000), after {thousands}\u{202f}000 instructions, on {device}")
}

fn hash(session: &mut Session) -> Reply {
    only(session.handle(Request::Hash))
}

/// How `sort(3000)` ends if nothing happens to it.
fn undisturbed(budget: u32) -> (Status, Reply) {
    let (mut session, _) = Database::default().visit(budget);
    start(&mut session, "sort", &["3000"]);
    let status = run_to_end(&mut session).status;
    (status, hash(&mut session))
}

fn run_to(session: &mut Session, step: f64) {
    state(session, Request::RunTo { step });
    while session.advance(10_000) == Next::More {}
}

/// Starts `sort(3000)` and commits it after so many instructions.
fn commit_at(database: &mut Database, session: &mut Session, step: f64) -> StoreShown {
    start(session, "sort", &["3000"]);
    run_to(session, step);
    database.act(session, Act::Commit)
}

#[test]
fn a_run_goes_on_after_a_visit_as_if_nothing_had_happened() {
    for budget in [0, LITTLE, 2 << 20] {
        let mut database = Database::default();
        let (mut session, view) = database.visit(budget);
        assert_eq!(
            (view.title.as_str(), view.committed, database.values.iter().count()),
            (NOTHING, None, 0)
        );
        let view = commit_at(&mut database, &mut session, 200_000.0);
        assert_eq!(view.committed.as_deref(), Some(&*committed(200, budget)));
        assert_eq!(database.transactions, 1);
        run_to(&mut session, 300_000.0);

        let (mut session, view) = database.visit(0);
        assert_eq!(view.committed.as_deref(), Some(&*committed(200, budget)));
        let name = Act::Resume.name().to_owned();
        let replies = session.handle(Request::Device(DeviceRequest::Press { name }));
        let call = ("sort".to_owned(), vec!["3000".to_owned()]);
        match &replies[..] {
            [Reply::Resumed { export, arguments }, Reply::State(_), ..] => {
                assert_eq!((export, arguments), (&call.0, &call.1));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(session.executed(), 200_000);
        let Reply::Profile(profile) = only(session.handle(Request::Profile { stretches: 10 }))
        else {
            panic!("no profile");
        };
        let forgotten = "It went on at step 200\u{202f}000: what was before is not known.";
        assert_eq!(profile.forgotten.as_deref(), Some(forgotten));
        let shown = session.shown();
        assert_eq!((shown.setting.budget, shown.other), (budget, false), "on the same device");
        if budget > 0 {
            let verdict = shown.verdict;
            assert!(verdict.ends_with(", since it went on at step 200\u{202f}000."), "{verdict}");
        }
        let status = run_to_end(&mut session).status;
        assert_eq!((status, hash(&mut session)), undisturbed(budget), "{budget}");
    }
}

#[test]
fn a_commit_writes_what_has_changed_and_nothing_else() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    let first = commit_at(&mut database, &mut session, 200_000.0);
    assert!(first.objects.len() > 4, "{first:?}");
    let again = database.act(&mut session, Act::Commit);
    assert_eq!(database.transactions, 1, "nothing has changed");
    assert_eq!(again.objects, first.objects);
    state(&mut session, Request::Step);
    let next = database.act(&mut session, Act::Commit);
    let written: Vec<_> = next.objects.iter().filter(|row| row[1] == "2").collect();
    assert!(written.len() <= 3, "{written:?}");
    assert_eq!(database.transactions, 2);
}

#[test]
fn a_run_is_committed_by_itself_when_so_many_pages_were_stored_and_when_it_stops() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    session
        .handle(Request::Device(DeviceRequest::Field { name: "every".into(), value: "5".into() }));
    start(&mut session, "scatter", &["500"]);
    state(&mut session, Request::Continue { speed: None });
    loop {
        let next = session.advance(1000);
        session.commit_if_due(next);
        database.serve(&mut session);
        if next == Next::Rest {
            break;
        }
    }
    assert!(database.transactions > 3, "{}", database.transactions);
    let (mut session, view) = database.visit(0);
    let offer = view.committed.unwrap();
    assert!(offer.starts_with("scatter(500), after "), "{offer}");
    database.act(&mut session, Act::Resume);
    assert!(matches!(session.state().status, Status::Finished { .. }));
}

#[test]
fn a_run_is_committed_when_a_person_stops_it() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    start(&mut session, "sort", &["3000"]);
    state(&mut session, Request::Stop);
    assert!(session.next_errand().is_none(), "it stood already");
    state(&mut session, Request::Continue { speed: None });
    assert_eq!(session.advance(100_000), Next::More);
    let stopped_at = session.executed();
    state(&mut session, Request::Stop);
    database.serve(&mut session);
    let (mut session, view) = database.visit(0);
    assert!(view.committed.unwrap().starts_with("sort(3000), after "));
    database.act(&mut session, Act::Resume);
    assert_eq!(session.executed(), stopped_at);
}

#[test]
fn a_run_that_stops_while_it_is_being_committed_is_committed_once_more() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    start(&mut session, "sort", &["3000"]);
    run_to(&mut session, 100_000.0);
    session.act(Act::Commit).unwrap();
    let errand = session.next_errand().unwrap();
    run_to(&mut session, 200_000.0);
    session.commit_if_due(Next::Rest);
    assert!(session.next_errand().is_none(), "one is under way");
    let done = database.carry_out(errand.what);
    session.errand_done(errand.number, done);
    database.serve(&mut session);
    let (_, view) = database.visit(LITTLE);
    assert_eq!(view.committed.as_deref(), Some(&*committed(200, LITTLE)));
}

#[test]
fn what_was_found_is_not_replaced_before_a_person_has_decided() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    commit_at(&mut database, &mut session, 200_000.0);
    let (mut session, view) = database.visit(LITTLE);
    let label = |shown: &StoreShown| {
        shown.acts.iter().find(|(act, ..)| *act == Act::Commit).map(|(_, label, _)| *label)
    };
    assert!(view.is_offered && !view.is_held);
    assert_eq!(label(&view), Some("Commit now"));
    start(&mut session, "sort", &["3000"]);
    state(&mut session, Request::RunTo { step: 1000.0 });
    while session.advance(100) == Next::More {}
    session.commit_if_due(Next::Rest);
    assert!(session.next_errand().is_none());
    let view = database.ask(&mut session, DeviceRequest::Look);
    assert!(view.is_held);
    assert_eq!(label(&view), Some("Replace it by this run"));
    let view = database.act(&mut session, Act::Resume);
    assert!(!view.is_offered && !view.is_held);
    assert_eq!(label(&view), Some("Commit now"));
    run_to(&mut session, 300_000.0);
    session.commit_if_due(Next::Rest);
    assert!(session.next_errand().is_some());
}

#[test]
fn what_was_found_is_replaced_when_a_person_says_so() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    commit_at(&mut database, &mut session, 200_000.0);
    let (mut session, _) = database.visit(LITTLE);
    start(&mut session, "scatter", &["500"]);
    let view = database.act(&mut session, Act::Commit);
    assert!(!view.is_offered && !view.is_held);
    assert!(view.committed.unwrap().starts_with("scatter(500), after 0 instructions"));
}

#[test]
fn pulling_the_plug_loses_what_is_not_committed() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    commit_at(&mut database, &mut session, 200_000.0);
    run_to(&mut session, 250_000.0);
    let view = database.act(&mut session, Act::Pull { during: false });
    assert_eq!((view.title.as_str(), session.executed()), ("There is no power", 0));
    let error = refused(
        &mut session,
        Request::Start { export: "sort".into(), arguments: vec!["3000".into()] },
    );
    assert_eq!(error.title, "The plug is pulled: plug it in again first");
    let view = database.act(&mut session, Act::PlugIn);
    assert_eq!(
        view.report,
        [
            "Superblock 0: epoch 1, 5 objects.",
            "Superblock 1: epoch 1, 5 objects.",
            "Epoch 1 holds. There was nothing of a later commit.",
            "Nothing that was committed is lost.",
            "Power failed after 250\u{202f}000 instructions: 50\u{202f}000 instructions to be executed again.",
        ]
    );
    database.act(&mut session, Act::Resume);
    let status = run_to_end(&mut session).status;
    assert_eq!((status, hash(&mut session)), undisturbed(LITTLE));
}

#[test]
fn a_commit_that_power_fails_during_comes_about_or_does_not() {
    let end = undisturbed(LITTLE);
    let (mut before, mut after, mut scrubbed) = (0, 0, 0);
    let mut database = Database::default();
    for seed in 1..60 {
        let (mut session, _) = database.visit(LITTLE);
        commit_at(&mut database, &mut session, 200_000.0);
        run_to(&mut session, 250_000.0);
        session.set_time(seed);
        database.act(&mut session, Act::Pull { during: true });
        let view = database.act(&mut session, Act::PlugIn);
        assert!(
            view.report.contains(&"Nothing that was committed is lost.".to_owned()),
            "{view:?}"
        );
        scrubbed += u32::from(view.report.iter().any(|line| line.contains("made unreadable")));
        database.act(&mut session, Act::Resume);
        match session.executed() {
            200_000 => before += 1,
            250_000 => after += 1,
            other => panic!("{other}"),
        }
        let status = run_to_end(&mut session).status;
        assert_eq!((status, hash(&mut session)), end, "{seed}");
    }
    assert!(before > 10 && after > 2 && scrubbed > 10, "{before} {after} {scrubbed}");
}

#[test]
fn without_a_database_the_store_is_kept_in_memory() {
    for trouble in [Trouble::Blocked, Trouble::Busy] {
        let mut database = Database { failing: Some(trouble.clone()), ..Database::default() };
        let (mut session, view) = database.visit(LITTLE);
        assert!(view.trouble.unwrap().starts_with(&trouble.to_string()));
        let view = commit_at(&mut database, &mut session, 200_000.0);
        assert_eq!(view.title, "Epoch 1 in memory");
        assert!(session.next_errand().is_none());
        database.act(&mut session, Act::Pull { during: false });
        database.act(&mut session, Act::PlugIn);
        database.act(&mut session, Act::Resume);
        let status = run_to_end(&mut session).status;
        assert_eq!((status, hash(&mut session)), undisturbed(LITTLE));
    }
}

#[test]
fn a_full_database_loses_nothing_and_can_be_tried_again() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    commit_at(&mut database, &mut session, 100_000.0);
    database.failing = Some(Trouble::Full);
    run_to(&mut session, 200_000.0);
    let view = database.act(&mut session, Act::Commit);
    assert_eq!(view.trouble.as_deref(), Some("The browser gives the page no more room"));
    assert_eq!(session.executed(), 200_000);
    assert!(session.next_errand().is_none(), "it is not tried again by itself");
    // What was committed before is still there.
    database.failing = None;
    let (_, view) = database.visit(0);
    assert_eq!(view.committed.as_deref(), Some(&*committed(100, LITTLE)));
    // There is room again.
    let view = database.act(&mut session, Act::Commit);
    assert_eq!((view.trouble, database.transactions), (None, 2));
    let (mut session, view) = database.visit(0);
    assert_eq!(view.committed.as_deref(), Some(&*committed(200, LITTLE)));
    database.act(&mut session, Act::Resume);
    let status = run_to_end(&mut session).status;
    assert_eq!((status, hash(&mut session)), undisturbed(LITTLE));
}

#[test]
fn a_store_that_cannot_be_used_is_named_and_left_alone() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    commit_at(&mut database, &mut session, 100_000.0);
    // Another version of the format.
    for key in 0..2 {
        let superblock = database.values.get_mut(key).unwrap();
        superblock[4] ^= 0x40;
    }
    let kept = database.values.clone();
    let (mut session, view) = database.visit(LITTLE);
    assert_eq!(view.title, "There is one that cannot be used");
    assert!(view.trouble.as_deref().unwrap().contains("superblock"), "{view:?}");
    start(&mut session, "sort", &["3000"]);
    session.act(Act::Commit).unwrap();
    let refused = session.store_shown().unwrap().refused;
    assert_eq!((refused.as_deref(), &database.values), (Some("The store is not open"), &kept));
    let view = database.act(&mut session, Act::Remove);
    assert_eq!((view.title.as_str(), database.values.iter().count()), (NOTHING, 0));
}

#[test]
fn an_object_that_is_damaged_is_never_taken() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(LITTLE);
    commit_at(&mut database, &mut session, 200_000.0);
    let mut values = database.values.iter();
    let (key, _) = values.find(|(_, value)| value.len() == 48 + 4096).unwrap();
    drop(values);
    database.values.get_mut(key).unwrap()[2000] ^= 1;
    let (mut session, _) = database.visit(LITTLE);
    let shown = database.press(&mut session, Act::Resume);
    assert!(shown.refused.unwrap().contains("is damaged"));
}

#[test]
fn programs_for_the_terminal_are_not_committed() {
    let mut database = Database::default();
    let hello = fayasm_fixtures::programs().iter().find(|it| it.file == "hello.wasm").unwrap();
    let (mut session, _) = open_bytes(hello.bytes().unwrap().to_vec());
    database.ask(&mut session, DeviceRequest::Look);
    start(&mut session, "_start", &[]);
    let shown = database.press(&mut session, Act::Commit);
    assert!(shown.refused.unwrap().starts_with("A program for the terminal"));
}

#[test]
fn what_goes_on_at_its_end_is_not_judged() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(64 << 10);
    start(&mut session, "sort", &["3000"]);
    run_to_end(&mut session);
    assert_eq!(session.shown().tone, Tone::Good);
    database.act(&mut session, Act::Commit);
    let (mut session, _) = database.visit(0);
    database.act(&mut session, Act::Resume);
    let shown = session.shown();
    assert!(shown.verdict.starts_with("It was at its end where it went on"), "{}", shown.verdict);
    assert_eq!(shown.tone, Tone::Plain);
    start(&mut session, "sort", &["3000"]);
    run_to_end(&mut session);
    assert_eq!(session.shown().tone, Tone::Good);
}

#[test]
fn what_fits_since_it_went_on_may_not_have_before() {
    let mut database = Database::default();
    let (mut session, _) = database.visit(2 << 20);
    commit_at(&mut database, &mut session, 20_000.0);
    let (mut session, _) = database.visit(0);
    database.act(&mut session, Act::Resume);
    run_to_end(&mut session);
    let shown = session.shown();
    assert!(shown.verdict.starts_with("Fits: "), "{}", shown.verdict);
    assert_eq!(shown.tone, Tone::Plain);
}
