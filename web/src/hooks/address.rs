//! Keeping the cursor in the address bar.

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::commands::{Commands, Then};
use super::replies::Page;
use crate::model::{Action, Call, Model, is_function};
use crate::protocol::{DeviceRequest, ModuleView, Request};
use crate::services::location;
use crate::view::cursor::Cursor;

/// How long the cursor must rest before it is written, in milliseconds:
/// browsers refuse an address that changes too often.
const REST_MS: u32 = 250;

/// Goes where the address says, at first and whenever it is changed from outside,
/// and writes the cursor into it. `on_address` opens the module it names.
#[hook]
pub fn use_address(
    page: &Page,
    model: &Model,
    device: &str,
    commands: &Commands,
    on_address: &Callback<()>,
) {
    let opened = model.module.clone().filter(|_| model.origin.is_example);
    let arrive = {
        let (page, commands, opened) = (page.clone(), commands.clone(), opened.clone());
        move || {
            let cursor = location::cursor();
            let module =
                opened.as_ref().filter(|module| cursor.module.as_ref() == Some(&module.name));
            if let Some(module) = module {
                go_to(&cursor, module, &page, &commands);
            }
            module.is_some()
        }
    };
    {
        let arrive = arrive.clone();
        use_effect_with(model.generation, move |_| {
            arrive();
        });
    }
    use_effect_with((model.generation, on_address.clone()), move |(_, on_address)| {
        let on_address = on_address.clone();
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "hashchange", move |_| {
                if !arrive() {
                    on_address.emit(());
                }
            })
        });
        move || drop(listener)
    });
    let cursor = cursor_of(model, device);
    use_effect_with(cursor, |cursor| {
        let timeout =
            cursor.clone().map(|cursor| Timeout::new(REST_MS, move || location::show(&cursor)));
        move || drop(timeout)
    });
}

/// Goes to a cursor in a module, and says what of it makes no sense there.
fn go_to(cursor: &Cursor, module: &ModuleView, page: &Page, commands: &Commands) {
    let mut ignored = cursor.ignored.clone();
    if let Some(kept) = cursor.device.clone() {
        page.ask(&Request::Device(DeviceRequest::Recall { kept }));
    }
    match cursor.offset {
        Some(offset) if offset < module.size => page.tell(Action::Pin(offset)),
        Some(offset) => ignored.push(format!("at=0x{offset:x}")),
        None => {}
    }
    match (&cursor.call, cursor.step) {
        (Some((export, arguments)), step) if exports_function(module, export) => {
            let call = Call { export: export.clone(), arguments: arguments.clone() };
            page.tell(Action::Propose(call.clone()));
            if let Some(step) = step {
                // Steps are counted in the first call of an instance.
                page.ask(&Request::NewInstance);
                commands.start(&call, Then::RunTo(step as f64));
            }
        }
        (Some((export, _)), _) => ignored.push(format!("call={export}")),
        (None, Some(step)) => ignored.push(format!("step={step}")),
        (None, None) => {}
    }
    if !ignored.is_empty() {
        let ignored = ignored.join(", ");
        page.tell(Action::Warn(format!(
            "Ignored in the address, as it makes no sense here: {ignored}"
        )));
    }
}

fn exports_function(module: &ModuleView, name: &str) -> bool {
    module.exports.iter().any(|export| export.name == name && is_function(&export.kind))
}

/// The cursor to write; none while a program runs or a module is being opened.
fn cursor_of(model: &Model, device: &str) -> Option<Cursor> {
    let module = model.module.as_ref()?;
    if model.opening.is_some() || model.status().is_on_its_own() {
        return None;
    }
    if !model.origin.is_example {
        return Some(Cursor::default());
    }
    // Only the first call of an instance is the same wherever the address is followed.
    let is_first = model.run.as_ref().is_some_and(|run| run.number == 1);
    let running = model.running.as_ref().filter(|_| is_first);
    let to_come = (model.proposed && model.run.is_none()).then_some(&model.call);
    let call = running.or(to_come.map(|call| &**call));
    Some(Cursor {
        module: Some(module.name.clone()),
        device: (!device.is_empty()).then(|| device.to_owned()),
        offset: model.pinned,
        call: call.map(|call| (call.export.clone(), call.arguments.clone())),
        step: running.and(model.run.as_ref()).map(|run| run.step as u64),
        ignored: Vec::new(),
    })
}
