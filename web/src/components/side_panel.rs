//! The right-hand side: the call, and the state it is in.

use std::rc::Rc;

use yew::prelude::*;

use super::call_form::{CallForm, FormAction, call_form};
use super::globals::Globals;
use super::memory::Memory;
use super::state::state;
use super::tables::Table;
use super::tabs::{panel_id, tab_id, tabs};
use crate::hooks::{Page, use_page};
use crate::model::{Call, is_function};
use crate::protocol::{ErrorView, ExportView, ImportView, ModuleView, StateView, Status};
use crate::view::examples::ExampleCall;
use crate::view::format;
use crate::view::shared::Shared;

/// Prefix of the ids of tabs and panel.
const ID: &str = "side";

/// Properties of [`SidePanel`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The module.
    pub module: Shared<ModuleView>,
    /// The call in the argument form.
    pub call: Shared<Call>,
    /// Calls worth making.
    pub suggested: Rc<[ExampleCall]>,
    /// Whether the argument form is on show while a call is under way.
    pub composing: bool,
    /// Where the run stands.
    pub state: Option<Shared<StateView>>,
    /// Why the last request was refused.
    pub refused: Option<Shared<ErrorView>>,
    /// Whether the module can be run.
    pub can_run: bool,
    /// The argument form asks for something.
    pub on_form: Callback<FormAction>,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    State,
    Memory(u32),
    Globals,
    Table(u32),
}

impl Tab {
    fn all(module: &ModuleView) -> Vec<Self> {
        let mut tabs = vec![Self::State];
        tabs.extend((0..module.memories).map(Self::Memory));
        if module.globals > 0 {
            tabs.push(Self::Globals);
        }
        tabs.extend((0..module.tables).map(Self::Table));
        tabs
    }

    fn name(self, module: &ModuleView) -> AttrValue {
        match self {
            Self::State => "State".into(),
            Self::Memory(_) if module.memories == 1 => "Memory".into(),
            Self::Memory(index) => format!("Memory {index}").into(),
            Self::Globals => "Globals".into(),
            Self::Table(_) if module.tables == 1 => "Table".into(),
            Self::Table(index) => format!("Table {index}").into(),
        }
    }
}

/// The call, and the state it is in.
#[function_component]
pub fn SidePanel(props: &Props) -> Html {
    let page = use_page();
    let chosen = use_state_eq(|| 0_usize);
    let all = Tab::all(&props.module);
    let chosen_index = (*chosen).min(all.len() - 1);
    let tab = all[chosen_index];
    let names: Vec<_> = all.iter().map(|tab| tab.name(&props.module)).collect();
    let on_choose = {
        let chosen = chosen.clone();
        Callback::from(move |index| chosen.set(index))
    };
    html! {
        <>
            { tabs("State of the program", ID, &names, chosen_index, &on_choose) }
            <div class="panel" role="tabpanel" id={panel_id(ID)} aria-labelledby={tab_id(ID, chosen_index)}>
                { panel(tab, props, &page) }
            </div>
        </>
    }
}

fn panel(tab: Tab, props: &Props, page: &Page) -> Html {
    let epoch = props.state.as_ref().map_or(0, |state| epoch(state));
    let row_height = props.row_height;
    match (tab, &props.state) {
        (Tab::State, _) => {
            html! { <div class="scroller" tabindex="0" role="group" aria-label="State">{ state_tab(props, page) }</div> }
        }
        (_, None) => html! {
            <p class="empty mute">{ "There is nothing to show before a run: start a call in the State tab." }</p>
        },
        (Tab::Memory(memory), Some(state)) => html! {
            <Memory key={memory} {memory} {epoch} written={state.memory_written} {row_height} />
        },
        (Tab::Globals, Some(_)) => html! { <Globals {epoch} /> },
        (Tab::Table(table), Some(_)) => {
            html! { <Table key={table} {table} {epoch} {row_height} /> }
        }
    }
}

/// A number that changes whenever the program has moved.
pub fn epoch(state: &StateView) -> u64 {
    let status = match state.status {
        Status::Idle => 0,
        Status::Paused => 1,
        Status::Running => 2,
        Status::Waiting => 3,
        Status::Finished { .. } | Status::Trapped(_) | Status::Exited { .. } => 4,
    };
    state.step as u64 * 8 + status
}

fn state_tab(props: &Props, page: &Page) -> Html {
    let export = props
        .module
        .exports
        .iter()
        .find(|export| is_function(&export.kind) && export.name == props.call.export);
    let is_under_way = props.state.as_ref().is_some_and(|state| state.status.is_under_way());
    let shows_form = props.composing || !is_under_way;
    html! {
        <>
            if let Some(export) = export.filter(|_| shows_form) {
                { call_form(&form(export, props, is_under_way)) }
            } else if !is_under_way && props.module.error.is_none() {
                <p class="empty mute">{ "This module exports no function, so there is nothing to run." }</p>
            }
            if is_under_way {
                { under_way(props, shows_form) }
            }
            { imports(&props.module.links.imports) }
            if let Some(view) = &props.state {
                { state(view, page) }
            } else if export.is_some() || props.module.error.is_some() {
                { hint(props.can_run) }
            }
        </>
    }
}

fn form(export: &ExportView, props: &Props, is_under_way: bool) -> CallForm {
    CallForm {
        export: export.clone(),
        call: props.call.clone(),
        suggested: props.suggested.clone(),
        refused: props.refused.clone(),
        can_run: props.can_run,
        replaces: props.state.as_ref().filter(|_| is_under_way).map(|state| state.call.clone()),
        on_action: props.on_form.clone(),
    }
}

fn hint(can_run: bool) -> Html {
    if !can_run {
        return html! {
            <p class="empty hint">{ "A module with an error can be read up to it, but not run." }</p>
        };
    }
    html! {
        <div class="empty hint">
            <p>{ "Press Run to get the result, or Step into to watch every instruction." }</p>
            <p class="mute">{ "Stack, locals, control stack and call frames will be shown here." }</p>
        </div>
    }
}

/// Which call is under way, whatever the form is for.
fn under_way(props: &Props, shows_form: bool) -> Html {
    let Some(state) = &props.state else {
        return Html::default();
    };
    html! {
        <div class="under-way">
            <p>
                <span class="mute">{ if state.status == Status::Paused { "Paused in " } else { "Running " } }</span>
                <code>{ &state.call }</code>
            </p>
            if let Some(error) = props.refused.as_ref().filter(|_| !shows_form) {
                <p class="message" role="alert">{ &error.title }</p>
            }
        </div>
    }
}

/// Imports that nothing satisfies: the module cannot be started, and here is why.
fn imports(imports: &[ImportView]) -> Html {
    let missing: Vec<_> = imports.iter().filter(|import| import.found.is_none()).collect();
    if missing.is_empty() {
        return Html::default();
    }
    let rows = missing.iter().take(20).map(|import| {
        html! { <li><code>{ format!("{}.{}", import.module, import.name) }</code><span class="mute">{ &import.type_text }</span></li> }
    });
    html! {
        <section class="missing">
            <h3>{ format!("{} not provided", format::counted(missing.len() as u32, "import")) }</h3>
            <p>{ "A function in their place traps when it is called; a memory, table or global is empty." }</p>
            <ul>{ for rows }</ul>
        </section>
    }
}
