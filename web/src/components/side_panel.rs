//! The right-hand side: the call, and the state it is in.

use std::rc::Rc;

use yew::prelude::*;

use super::asked::{self, asked};
use super::breakpoints::breakpoints;
use super::call_form::{CallForm, FormAction, call_form};
use super::device::Device;
use super::globals::Globals;
use super::imports::imports;
use super::memory::Memory;
use super::origin::origin;
use super::outcome::which_call;
use super::state::state;
use super::tables::Table;
use super::tabs::{panel_id, tab_id, tabs};
use super::tiers::Tiers;
use super::written::StoreOffer;
use crate::hooks::{NARROW, Page, UseOrigin, use_media, use_origin, use_page};
use crate::model::breaks::Breaks;
use crate::model::{Call, Reveal, is_function};
use crate::protocol::{
    Choice, ErrorView, ExportView, ImportView, LinksView, ModuleView, OriginOf, PROGRAM_START,
    Request, StateView, Status, Tier, TranslationsView,
};
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
    /// What it is linked with.
    pub links: Shared<LinksView>,
    /// The call in the argument form.
    pub call: Shared<Call>,
    /// Calls worth making.
    pub suggested: Rc<[ExampleCall]>,
    /// Whether the argument form is on show while a call is under way.
    pub composing: bool,
    /// Where the run stands.
    pub state: Option<Shared<StateView>>,
    /// How many states of runs have been shown.
    pub states: u32,
    /// Why the last request was refused.
    pub refused: Option<Shared<ErrorView>>,
    /// Whether the module can be run.
    pub can_run: bool,
    /// How many calls the instance has taken.
    pub calls: u32,
    /// Whether imports were bound otherwise since the instance was made.
    pub rebound: bool,
    /// How functions are executed.
    pub tier: Tier,
    /// How functions have been executed, where that was asked for.
    pub translations: Option<Shared<TranslationsView>>,
    /// Breakpoints.
    pub breaks: Shared<Breaks>,
    /// The argument form asks for something.
    pub on_form: Callback<FormAction>,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    State,
    Breakpoints,
    Imports,
    Memory(u32),
    Globals,
    Table(u32),
    Tiers,
    Device,
}

impl Tab {
    fn all(module: &ModuleView, links: &LinksView) -> Vec<Self> {
        let mut tabs = vec![Self::State, Self::Breakpoints];
        if !links.imports.is_empty() || links.modules.len() > 1 {
            tabs.push(Self::Imports);
        }
        tabs.extend((0..module.memories).map(Self::Memory));
        if module.globals > 0 {
            tabs.push(Self::Globals);
        }
        tabs.extend((0..module.tables).map(Self::Table));
        tabs.extend([Self::Tiers, Self::Device]);
        tabs
    }

    fn name(self, module: &ModuleView) -> AttrValue {
        match self {
            Self::State => "State".into(),
            Self::Breakpoints => "Breakpoints".into(),
            Self::Imports => "Imports".into(),
            Self::Memory(_) if module.memories == 1 => "Memory".into(),
            Self::Memory(index) => format!("Memory {index}").into(),
            Self::Globals => "Globals".into(),
            Self::Table(_) if module.tables == 1 => "Table".into(),
            Self::Table(index) => format!("Table {index}").into(),
            Self::Tiers => "Tiers".into(),
            Self::Device => "Device".into(),
        }
    }
}

/// The call, and the state it is in.
#[function_component]
pub fn SidePanel(props: &Props) -> Html {
    let page = use_page();
    let narrow = use_media(NARROW);
    let chosen = use_state_eq(|| Tab::State);
    let goal = use_state_eq(|| None::<Reveal<(u32, u32)>>);
    let all = Tab::all(&props.module, &props.links);
    let chosen_index = all.iter().position(|tab| *tab == *chosen).unwrap_or(0);
    let tab = all.get(chosen_index).copied().unwrap_or(Tab::State);
    let names: Vec<_> = all.iter().map(|tab| tab.name(&props.module)).collect();
    let on_imports = {
        let chosen = chosen.clone();
        Callback::from(move |()| chosen.set(Tab::Imports))
    };
    let on_memory = {
        let (chosen, goal) = (chosen.clone(), goal.clone());
        Callback::from(move |place: (u32, u32)| {
            let serial = goal.map_or(0, |goal| goal.serial) + 1;
            goal.set(Some(Reveal { place, serial }));
            chosen.set(Tab::Memory(place.0));
        })
    };
    let on_choose = Callback::from(move |index: usize| {
        if let Some(tab) = all.get(index) {
            chosen.set(*tab);
        }
    });
    let question = props.state.as_ref().and_then(|state| state.asked.as_ref());
    use_effect_with(question.map(|question| question.number as u64), |question| {
        if question.is_some() {
            asked::focus();
        }
    });
    {
        let (page, module, tier) = (page.clone(), props.links.shown, props.tier);
        let epoch = props.state.as_ref().filter(|_| tab == Tab::Tiers).map(|_| props.states);
        use_effect_with((module, tier, epoch), move |(module, _, epoch)| {
            if epoch.is_some() {
                page.ask(&Request::Translations { module: *module });
            }
        });
    }
    let found = use_origin(&page, props.state.as_deref());
    let ways = Ways { narrow, goal: *goal, on_imports, on_memory };
    html! {
        <>
            { tabs("State of the program", ID, &names, chosen_index, &on_choose) }
            if let Some(question) = question {
                { asked(question, props.refused.as_deref(), &page) }
            }
            { origin_shown(tab, props, &found, &page) }
            <div class="panel" role="tabpanel" id={panel_id(ID)} aria-labelledby={tab_id(ID, chosen_index)}>
                { panel(tab, props, &found, &ways, &page) }
            </div>
        </>
    }
}

/// Where what is asked about came from, unless the card of the trap shows it.
fn origin_shown(tab: Tab, props: &Props, found: &UseOrigin, page: &Page) -> Html {
    let (Some(view), Some(state)) = (&found.view, &props.state) else { return Html::default() };
    let is_trap = view.of == OriginOf::Trap && matches!(state.status, Status::Trapped(_));
    if is_trap && (tab == Tab::State || view.chains.is_empty()) {
        return Html::default();
    }
    origin(found, view, state.step, page)
}

/// Ways from one tab to another, and how much room there is.
struct Ways {
    narrow: bool,
    /// The byte of a memory that was asked for.
    goal: Option<Reveal<(u32, u32)>>,
    on_imports: Callback<()>,
    on_memory: Callback<(u32, u32)>,
}

fn panel(tab: Tab, props: &Props, found: &UseOrigin, ways: &Ways, page: &Page) -> Html {
    let epoch = epoch(props.state.as_ref(), props.states);
    let row_height = props.row_height;
    match (tab, &props.state) {
        (Tab::State, _) => {
            html! { <div class="scroller" tabindex="0" role="group" aria-label="State">{ state_tab(props, found, ways, page) }</div> }
        }
        (Tab::Imports, _) => {
            html! { <div class="scroller" tabindex="0" role="group" aria-label="Imports and modules">{ imports(&props.links, props.refused.as_deref(), props.rebound, page) }</div> }
        }
        (Tab::Breakpoints, state) => {
            html! { <div class="scroller" tabindex="0" role="group" aria-label="Breakpoints">{ breakpoints(&props.breaks, &props.links, state.as_deref(), page) }</div> }
        }
        (Tab::Tiers, state) => {
            let view = props.translations.clone().filter(|_| state.is_some());
            html! { <div class="scroller" tabindex="0" role="group" aria-label="Tiers"><Tiers tier={props.tier} {view} /></div> }
        }
        (Tab::Device, state) => {
            let step = state.as_ref().map_or(0.0, |state| state.step);
            html! { <div class="scroller" tabindex="0" role="group" aria-label="Device"><Device {epoch} stood={stood(props)} {step} on_memory={&ways.on_memory} /></div> }
        }
        (_, None) => html! {
            <p class="empty mute">{ "There is nothing to show before a run: start a call in the State tab." }</p>
        },
        (Tab::Memory(memory), Some(state)) => html! {
            <Memory
                key={memory}
                {memory}
                module={props.links.shown}
                {epoch}
                touched={state.touched.clone()}
                run={known_run(state)}
                goal={ways.goal.filter(|goal| goal.place.0 == memory).map(|goal| Reveal { place: goal.place.1, serial: goal.serial })}
                {row_height}
            />
        },
        (Tab::Globals, Some(state)) => {
            html! { <Globals {epoch} stands={!state.status.is_on_its_own()} breaks={props.breaks.clone()} links={props.links.clone()} /> }
        }
        (Tab::Table(table), Some(_)) => {
            html! { <Table key={table} {table} {epoch} {row_height} /> }
        }
    }
}

/// The instructions of a run that stands which can be gone to.
fn known_run(state: &StateView) -> Option<(u64, u64)> {
    let timeline = state.timeline.as_ref().filter(|_| !state.status.is_on_its_own())?;
    Some((timeline.first as u64, timeline.last as u64))
}

/// A number that changes whenever a run has moved, of all the states that were shown; zero where
/// there is none. Where a run stands does not tell it from the one before: effects of drawing may come
/// so late that they see the end of one after the end of the other.
pub fn epoch(state: Option<&Shared<StateView>>, states: u32) -> u64 {
    state.map_or(0, |_| states.into())
}

/// The same for a run that stands; none while it goes on.
fn stood(props: &Props) -> Option<u64> {
    let stands = props.state.as_ref().is_none_or(|state| !state.status.is_on_its_own());
    stands.then(|| epoch(props.state.as_ref(), props.states))
}

fn state_tab(props: &Props, found: &UseOrigin, ways: &Ways, page: &Page) -> Html {
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
            if props.can_run {
                <StoreOffer stood={stood(props)} />
            }
            { missing(&props.links, &ways.on_imports) }
            if let Some(view) = &props.state {
                { state(view, ways.narrow, found, (&props.breaks, &props.links), &ways.on_memory, page) }
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
        refused: props.refused.clone().filter(|_| !is_asked(props)),
        can_run: props.can_run,
        calls: (!runs_once(props)).then_some(props.calls),
        replaces: props.state.as_ref().filter(|_| is_under_way).map(|state| state.call.clone()),
        on_action: props.on_form.clone(),
    }
}

/// Whether the call is what a program begins with, of a new instance each time.
fn runs_once(props: &Props) -> bool {
    props.module.uses_wasi && props.call.export == PROGRAM_START
}

/// Whether a refusal is one of an answer.
fn is_asked(props: &Props) -> bool {
    props.state.as_ref().is_some_and(|state| state.asked.is_some())
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
                { which_call(state) }
            </p>
            if let Some(error) = props.refused.as_ref().filter(|_| !shows_form && !is_asked(props)) {
                <p class="message" role="alert">{ &error.title }</p>
            }
        </div>
    }
}

/// Says how many functions are missing, and leads to where that can be changed.
fn missing(links: &LinksView, on_imports: &Callback<()>) -> Html {
    let traps = |import: &&ImportView| import.binding.choice == Choice::Trap;
    let missing = links.imports.iter().filter(traps).count();
    if missing == 0 {
        return Html::default();
    }
    html! {
        <p class="missing">
            <span>{ format!("{} when called.", match missing {
                1 => "1 imported function traps".to_owned(),
                many => format!("{} imported functions trap", format::count(many as f64)),
            }) }</span>
            <button type="button" class="secondary" onclick={on_imports.reform(|_: MouseEvent| ())}>{ "Imports" }</button>
        </p>
    }
}
