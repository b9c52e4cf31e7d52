//! The page as a whole, and what each part of it is told.

mod workbench;

use std::rc::Rc;

use yew::prelude::*;

use self::workbench::Workbench;
use crate::components::call_form::FormAction;
use crate::components::drop_zone::DropZone;
use crate::components::footer::footer;
use crate::components::header::header;
use crate::components::keys_dialog::KeysDialog;
use crate::components::pane_bar::pane_bar;
use crate::components::transport::{Phase, Transport};
use crate::hooks::{
    Commands, Page, Then, use_address, use_breakpoints, use_commands, use_keyboard, use_opening,
    use_replies, use_signs,
};
use crate::model::breaks::Breaks;
use crate::model::{Action, Model};
use crate::protocol::{DeviceRequest, Reply, Request, Status};
use crate::services::engine::Engine;
use crate::services::{location, memory};
use crate::view::format;
use crate::view::keyboard::Command;

/// Puts the page on the page.
pub fn mount() {
    yew::Renderer::<App>::new().render();
}

/// The page.
#[function_component]
fn App() -> Html {
    let model = use_reducer(|| {
        let breaks = Breaks::recalled(&memory::breakpoints());
        Model::new(location::cursor().module, breaks, memory::tier(), memory::microcode())
    });
    let engine = {
        let dispatcher = model.dispatcher();
        use_memo((), move |()| {
            Engine::new(Callback::from(move |event| dispatcher.dispatch(Action::Engine(event))))
        })
    };
    let page = Page { engine: (*engine).clone(), dispatcher: model.dispatcher() };
    {
        let page = page.clone();
        use_replies(&engine, move |reply| {
            if is_for_the_model(reply) {
                page.tell(Action::Received(reply.clone()));
            }
        });
    }
    use_pinned_function(&page, model.pinned);
    use_surroundings(&page, &model);
    use_breakpoints(&page, &model);
    use_tier(&page, &model);
    let device = use_device(&page, &model);

    let keys_shown = use_state_eq(|| false);
    let show_keys = {
        let shown = keys_shown.setter();
        Callback::from(move |()| shown.set(true))
    };
    let hide_keys = use_callback(keys_shown.setter(), |(), shown| shown.set(false));
    let opening = use_opening(&page, model.uses_wasi());
    let commands = use_commands(&page, &model, show_keys.clone());
    let on_command = {
        let commands = commands.clone();
        use_callback((), move |command: Command, ()| commands.give(command))
    };
    let on_speed = {
        let commands = commands.clone();
        Callback::from(move |speed| commands.set_speed(speed))
    };
    let on_tier = {
        let page = page.clone();
        Callback::from(move |tier| page.tell(Action::SetTier(tier)))
    };
    use_keyboard(on_command.clone());
    use_signs(&page.engine);
    use_address(&page, &model, &device, &commands, &opening.on_address);
    let on_form = {
        let (page, commands) = (page.clone(), commands.clone());
        Callback::from(move |action| fill_form(&page, &commands, action))
    };
    let on_pane = {
        let page = page.clone();
        Callback::from(move |pane| page.tell(Action::ShowPane(pane)))
    };

    let run = Transport {
        phase: Phase::of(model.status(), model.can_run()),
        step: model.run.as_ref().map_or(0.0, |run| run.step),
        speed: model.speed,
        tier: model.tier,
        on_tier,
        on_command,
        on_speed,
    };
    html! {
        <ContextProvider<Page> context={page}>
            { header(model.module.as_deref(), &run, &opening) }
            <Workbench model={model.clone()} {on_form} on_example={opening.on_example.clone()} on_command={run.on_command.clone()} />
            { footer(&show_keys) }
            { pane_bar(model.pane, model.uses_wasi(), outcome_line(&model), &on_pane) }
            <KeysDialog open={*keys_shown} on_close={hide_keys} />
            <DropZone on_files={opening.on_files} takes_files={model.uses_wasi()} />
            <p class="visually-hidden" role="status" aria-live="polite">{ announcement(&model) }</p>
        </ContextProvider<Page>>
    }
}

/// Whether a reply changes what the page as a whole knows. Windows are for the
/// panes that asked for them.
fn is_for_the_model(reply: &Reply) -> bool {
    matches!(
        reply,
        Reply::Opened(_)
            | Reply::LinesFound
            | Reply::State(_)
            | Reply::Links(_)
            | Reply::Breakpoints(_)
            | Reply::Hits(_)
            | Reply::Translations(_)
            | Reply::Resumed { .. }
            | Reply::Explained(_)
            | Reply::Located { .. }
            | Reply::Refused { .. }
    )
}

/// Asks which function a byte lies in whenever another one is clicked on.
#[hook]
fn use_pinned_function(page: &Page, pinned: Option<u32>) {
    let page = page.clone();
    use_effect_with(pinned, move |pinned| {
        if let Some(offset) = *pinned {
            page.ask(&Request::Locate { offset });
        }
    });
}

/// Tells the engine what to start a program with, whenever that changes.
#[hook]
fn use_surroundings(page: &Page, model: &Model) {
    let page = page.clone();
    let uses_wasi = model.uses_wasi();
    let surroundings = model.surroundings.clone();
    use_effect_with((model.generation, surroundings), move |(_, surroundings)| {
        if let Ok(request) = surroundings.request()
            && uses_wasi
        {
            page.ask(&request);
        }
    });
}

/// Tells the engine how to execute functions, whenever that changes. That is remembered, and
/// whether microcode is shown.
#[hook]
fn use_tier(page: &Page, model: &Model) {
    let page = page.clone();
    let is_open = model.module.is_some();
    use_effect_with((model.generation, model.tier), move |(_, tier)| {
        // Nothing is asked of an engine that is not needed yet.
        if is_open {
            page.ask(&Request::Tier(*tier));
        }
    });
    use_effect_with((model.tier, model.microcode), |(tier, microcode)| {
        memory::remember_tier(*tier);
        memory::remember_microcode(*microcode);
    });
}

/// Tells the engine which device runs are on, and remembers it.
#[hook]
fn use_device(page: &Page, model: &Model) -> Rc<str> {
    let asking = page.clone();
    let is_open = model.module.is_some();
    use_effect_with(model.generation, move |_| {
        if is_open {
            asking.ask(&Request::Device(DeviceRequest::Recall { kept: memory::device() }));
        }
    });
    let device = use_state_eq(|| Rc::<str>::from(""));
    let setter = device.setter();
    use_replies(&page.engine, move |reply| {
        if let Reply::Device(view) = &**reply {
            memory::remember_device(&view.kept);
            setter.set(view.kept.as_str().into());
        }
    });
    (*device).clone()
}

fn fill_form(page: &Page, commands: &Commands, action: FormAction) {
    match action {
        FormAction::Type(index, text) => page.tell(Action::TypeArgument(index, text)),
        FormAction::Propose(call) => page.tell(Action::Propose(call)),
        FormAction::Run => commands.start_form(Then::Run),
        FormAction::StepInto => commands.start_form(Then::Stand),
        FormAction::NewInstance => page.ask(&Request::NewInstance),
    }
}

/// What a screen reader is told when something happens.
fn announcement(model: &Model) -> String {
    if let Some(name) = model.under_way() {
        return opening(model, name);
    }
    let Some(module) = &model.module else {
        return String::new();
    };
    match (model.status(), model.next()) {
        (Status::Idle, _) => format!("{} is open", module.name),
        (Status::Paused, Some(next)) => {
            let stopped = model.run.as_ref().and_then(|run| run.hits.first());
            let stopped = stopped.map(|hit| format!("Stopped {}. ", hit.text)).unwrap_or_default();
            format!(
                "{stopped}Before {} {} at {}",
                next.operator.mnemonic,
                next.operands,
                format::offset(next.offset)
            )
        }
        (Status::Paused, None) => "Paused".to_owned(),
        (Status::Running, _) => "Running".to_owned(),
        (Status::Waiting, _) if model.run.as_ref().is_some_and(|run| run.asked.is_some()) => {
            "Waiting for an answer".to_owned()
        }
        (Status::Waiting, _) => "Waiting for input".to_owned(),
        (Status::Exited { code }, _) => format!("Exited with code {code}"),
        (Status::Finished { results }, _) => {
            let results: Vec<_> = results.iter().map(|result| result.text.as_str()).collect();
            if results.is_empty() {
                "Finished".to_owned()
            } else {
                format!("Finished: {}", results.join(", "))
            }
        }
        (Status::Trapped(trap), _) => format!("Trap: {}", trap.message),
    }
}

/// How the run is doing, for a screen that shows one pane at a time.
fn outcome_line(model: &Model) -> Option<String> {
    let run = model.run.as_ref()?;
    Some(format!("{} · step {}", announcement(model), format::count(run.step)))
}

/// What is said while a module is being opened.
fn opening(model: &Model, name: &str) -> String {
    if model.fetching { "Fetching the engine…".to_owned() } else { format!("Opening {name}…") }
}
