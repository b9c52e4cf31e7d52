//! The session answers as the page expects, without a browser.

mod breakpoints;
mod calls;
mod device;
mod films;
mod imports;
mod lines;
mod microcode;
mod module;
mod origin;
mod places;
mod saving;
mod search;
mod spill;
mod standing;
mod terminal;
mod timeline;

use serde_bytes::ByteBuf;

use super::{Next, Session};
use crate::protocol::{
    CodeView, ErrorView, ExplanationView, ModuleFile, ModuleView, Reply, Request, StateView,
    Status, TerminalView,
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

fn run(session: &mut Session, export: &str) -> (Status, u32) {
    start(session, export, &[]);
    let state = run_to_end(session);
    (state.status, state.number)
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
