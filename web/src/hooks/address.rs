//! Keeping the cursor in the address bar.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::commands::{Commands, Then};
use super::replies::Page;
use crate::model::{Action, Call, Model};
use crate::protocol::Status;
use crate::services::location;
use crate::view::cursor::Cursor;

/// How long the cursor must rest before it is written, in milliseconds:
/// browsers refuse an address that changes too often.
const REST_MS: u32 = 250;

/// Goes where the address says once its module is open, and from then on writes
/// the cursor into the address.
#[hook]
pub fn use_address(page: &Page, model: &Model, commands: &Commands) {
    {
        let (page, commands) = (page.clone(), commands.clone());
        let opened =
            model.module.as_ref().filter(|_| model.is_example).map(|module| module.name.clone());
        use_effect_with((opened, model.generation), move |(opened, generation)| {
            let cursor = location::cursor();
            if *generation == 1 && opened.is_some() && *opened == cursor.module {
                go_to(&cursor, &page, &commands);
            }
        });
    }
    let cursor = cursor_of(model);
    use_effect_with(cursor, |cursor| {
        let timeout =
            cursor.clone().map(|cursor| Timeout::new(REST_MS, move || location::show(&cursor)));
        move || drop(timeout)
    });
}

fn go_to(cursor: &Cursor, page: &Page, commands: &Commands) {
    if let Some(offset) = cursor.offset {
        page.tell(Action::Pin(offset));
    }
    if let Some((export, arguments)) = &cursor.call {
        let call = Call { export: export.clone(), arguments: arguments.clone() };
        page.tell(Action::Propose(call.clone()));
        if let Some(step) = cursor.step {
            commands.start(&call, Then::RunTo(step as f64));
        }
    }
}

/// The cursor to write; none while a program runs or a module is being opened.
fn cursor_of(model: &Model) -> Option<Cursor> {
    let module = model.module.as_ref()?;
    if model.opening.is_some() || *model.status() == Status::Running {
        return None;
    }
    if !model.is_example {
        return Some(Cursor::default());
    }
    let running = model.running.as_ref().filter(|_| *model.status() != Status::Idle);
    Some(Cursor {
        module: Some(module.name.clone()),
        offset: model.pinned,
        call: running.map(|call| (call.export.clone(), call.arguments.clone())),
        step: running.and(model.run.as_ref()).map(|run| run.step as u64),
    })
}
