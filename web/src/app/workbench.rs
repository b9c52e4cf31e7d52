//! The panes: what is where, and what each of them is given.

use yew::prelude::*;

use super::{announcement, opening};
use crate::components::banner;
use crate::components::call_form::FormAction;
use crate::components::code::{self, Code};
use crate::components::decoding::bytes_head;
use crate::components::explanation::Explanation;
use crate::components::exports::exports;
use crate::components::hex::Hex;
use crate::components::rest::{Motion, Rest, Turn, use_motion};
use crate::components::search::{SearchResults, search_field};
use crate::components::side_panel::{SidePanel, epoch};
use crate::components::splitter::{Side, Sizes, Splitter};
use crate::components::structure::Structure;
use crate::components::tabs::{panel_id, tabs};
use crate::components::terminal::Terminal;
use crate::components::timeline::Timeline;
use crate::components::welcome::welcome;
use crate::hooks::{NARROW, Page, use_media, use_page};
use crate::model::{Action, Model, Pane};
use crate::protocol::{ModuleView, Span, Status, StopPlace};
use crate::services::{memory, size};
use crate::view::film::{Film, Shot};
use crate::view::hex::Marked;
use crate::view::keyboard::Command;
use crate::view::shared::Shared;

const LEFT: Sizes = Sizes { least: 180.0, initial: 248.0, most: 520.0 };
const RIGHT: Sizes = Sizes { least: 260.0, initial: 348.0, most: 640.0 };
const BOTTOM: Sizes = Sizes { least: 120.0, initial: 348.0, most: 700.0 };

/// Width and height, in pixels, of the smallest window in which panes have their initial sizes.
const ROOM: (f64, f64) = (1280.0, 900.0);

/// What size a pane has at first: as a person has left it, or else what suits the window, of which
/// this is the share that there is of [`ROOM`].
fn initial_size(name: &str, sizes: Sizes, share: f64) -> f64 {
    memory::size(name).unwrap_or((sizes.initial * share.min(1.0)).max(sizes.least))
}

/// Prefix of the ids of the tabs of the lower pane, and of its panel.
const LOWER: &str = "lower";

/// Heights of a row, in pixels, for a pointer and for a finger.
const ROW_HEIGHTS: (f64, f64) = (22.0, 40.0);
const HEX_ROW_HEIGHTS: (f64, f64) = (22.0, 28.0);

/// Properties of [`Workbench`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct WorkbenchProps {
    pub(super) model: UseReducerHandle<Model>,
    pub(super) on_form: Callback<FormAction>,
    pub(super) on_example: Callback<String>,
    pub(super) on_command: Callback<Command>,
}

/// The panes.
#[function_component]
pub(super) fn Workbench(props: &WorkbenchProps) -> Html {
    let page = use_page();
    let model = &props.model;
    let narrow = use_media(NARROW);
    let motion = use_motion(model.dragging, model.states);
    let (width, height) = size::window();
    let left = use_state_eq(|| initial_size("left", LEFT, width / ROOM.0));
    let right = use_state_eq(|| initial_size("right", RIGHT, width / ROOM.0));
    let bottom = use_state_eq(|| initial_size("bottom", BOTTOM, height / ROOM.1));
    let heights = if narrow {
        (ROW_HEIGHTS.1, HEX_ROW_HEIGHTS.1)
    } else {
        (ROW_HEIGHTS.0, HEX_ROW_HEIGHTS.0)
    };
    let Some(module) = &model.module else {
        return html! {
            <main class="bench bare">
                { failure(model, &page) }
                if let Some(name) = model.under_way() {
                    <div class="empty"><span class="spinner" aria-hidden="true"></span><p>{ opening(model, name) }</p></div>
                } else {
                    { welcome(&props.on_example, &props.on_command) }
                }
            </main>
        };
    };
    let key = model.generation;
    let style = format!(
        "--left:{}px;--right:{}px;--bottom:{}px",
        *left as u32, *right as u32, *bottom as u32
    );
    html! {
        <ContextProvider<Motion> context={motion}>
        <main class="bench" data-pane={pane_name(model.pane)} aria-busy={model.under_way().is_some().then_some("true")}>
            { failure(model, &page) }
            if let Some(notice) = &model.notice {
                { banner::notice(notice, &page) }
            }
            if let Some(error) = &module.error {
                { banner::module_error(error, &page) }
            }
            { timeline(model, &props.on_command) }
            <div class="panes" {style}>
                <section class="pane module" aria-label="Module">
                    <ModulePane {key} module={module.clone()} pinned={model.pinned} read={model.shot.as_ref().map(|shot| shot.entry)} lines_found={model.lines_found} chosen={model.call.export.clone()} row_height={heights.0 + if narrow { 0.0 } else { 4.0 }} />
                </section>
                <Splitter name="left" label="Width of the module pane" side={Side::Left} sizes={LEFT} size={*left} on_size={to(&left)} />
                <div class="middle">
                    <section class="pane code" aria-label="Code">
                        <Rest turn={Turn::Code}>{ code_pane(model, heights.0) }</Rest>
                    </section>
                    <Splitter name="bottom" label="Height of the byte pane" side={Side::Below} sizes={BOTTOM} size={*bottom} on_size={to(&bottom)} />
                    <section class="pane lower" aria-label={if model.terminal { "Terminal" } else { "Bytes" }}>
                        { lower_tabs(model, &page) }
                        <h2 class="visually-hidden">{ if model.terminal { "Terminal" } else { "Bytes" } }</h2>
                        if model.terminal {
                            { terminal(model, &props.on_form) }
                        } else {
                            { bytes_head(module.size, model.film == Some(Film::Decoding), model.pinned, &page) }
                            <div {key} class="bytes" id={panel_id(LOWER)} role={model.uses_wasi().then_some("tabpanel")} aria-label="Bytes">
                                <Rest turn={Turn::Bytes}>
                                    <Hex size={module.size} marked={marked(model)} reveal={model.reveal_byte} row_height={heights.1} />
                                    <Explanation lines_found={model.lines_found} pinned={explained(model)} pointed={model.soft.filter(|soft| soft.explain).map(|soft| soft.span.start)} read={model.shot.clone()} />
                                </Rest>
                            </div>
                        }
                    </section>
                </div>
                <Splitter name="right" label="Width of the state pane" side={Side::Right} sizes={RIGHT} size={*right} on_size={to(&right)} />
                <section class="pane side" aria-label="State">
                    <h2 class="visually-hidden">{ "State" }</h2>
                    <Rest turn={Turn::Side}>
                    <SidePanel
                        {key}
                        module={module.clone()}
                        links={model.links.clone()}
                        call={model.call.clone()}
                        suggested={model.origin.suggested.clone()}
                        composing={model.composing}
                        state={model.run.clone()}
                        states={model.states}
                        refused={model.refused.clone()}
                        can_run={model.can_run()}
                        calls={model.calls}
                        rebound={model.rebound}
                        tier={model.tier}
                        translations={model.translations.clone()}
                        breaks={model.breaks.clone()}
                        on_form={props.on_form.clone()}
                        row_height={heights.1}
                    />
                    </Rest>
                </section>
            </div>
        </main>
        </ContextProvider<Motion>>
    }
}

/// The run as a whole, once there is one.
fn timeline(model: &Model, on_command: &Callback<Command>) -> Html {
    let Some(run) = &model.run else { return Html::default() };
    let Some(timeline) = &run.timeline else { return Html::default() };
    html! {
        <Timeline
            key={model.generation}
            timeline={timeline.clone()}
            step={run.step}
            stands={run.status != Status::Running}
            breaks={model.breaks.clone()}
            on_command={on_command.clone()}
        />
    }
}

/// What leads from the bytes to the terminal and back, where there is one.
fn lower_tabs(model: &Model, page: &Page) -> Html {
    if !model.uses_wasi() {
        return Html::default();
    }
    let page = page.clone();
    let on_choose = Callback::from(move |chosen| {
        page.tell(Action::ShowPane([Pane::Bytes, Pane::Terminal][usize::from(chosen == 1)]));
    });
    let names = [AttrValue::from("Bytes"), AttrValue::from("Terminal")];
    tabs("Bytes and terminal", LOWER, &names, usize::from(model.terminal), &on_choose)
}

fn terminal(model: &Model, on_form: &Callback<FormAction>) -> Html {
    html! {
        <Terminal
            key={model.generation}
            id={panel_id(LOWER)}
            epoch={epoch(model.run.as_ref(), model.states)}
            standing={model.run.as_ref().filter(|run| run.status != Status::Paused).map(|_| announcement(model))}
            goes_on={model.status().is_on_its_own()}
            surroundings={model.surroundings.clone()}
            on_start={on_form.reform(|()| FormAction::Run)}
        />
    }
}

fn to(state: &UseStateHandle<f64>) -> Callback<f64> {
    let setter = state.setter();
    Callback::from(move |size| setter.set(size))
}

fn pane_name(pane: Pane) -> &'static str {
    match pane {
        Pane::Module => "module",
        Pane::Code => "code",
        Pane::Bytes | Pane::Terminal => "lower",
        Pane::State => "side",
    }
}

fn failure(model: &Model, page: &Page) -> Html {
    match &model.failure {
        Some(error) => banner::failure(error, model.can_fetch, page),
        None => Html::default(),
    }
}

/// Properties of [`ModulePane`].
#[derive(Debug, Clone, PartialEq, Properties)]
struct ModulePaneProps {
    module: Shared<ModuleView>,
    pinned: Option<u32>,
    read: Option<(u32, Option<u32>)>,
    lines_found: u32,
    chosen: String,
    row_height: f64,
}

/// Exports, search and structure.
#[function_component]
fn ModulePane(props: &ModulePaneProps) -> Html {
    let page = use_page();
    let text = use_state_eq(AttrValue::default);
    let on_text = {
        let text = text.setter();
        Callback::from(move |typed: String| text.set(typed.into()))
    };
    html! {
        <>
            { exports(&props.module, &props.chosen, &page) }
            <h2 class="structure-title">{ "Structure" }</h2>
            { search_field((*text).clone(), &on_text) }
            if text.trim().is_empty() {
                <Structure module={props.module.clone()} pinned={props.pinned} read={props.read} lines_found={props.lines_found} row_height={props.row_height} />
            } else {
                <SearchResults module={props.module.clone()} text={text.trim().to_owned()} />
            }
        </>
    }
}

fn code_pane(model: &Model, row_height: f64) -> Html {
    let Some(function) = model.function else {
        let is_valid = model.module.as_ref().is_some_and(|module| module.error.is_none());
        let reason = if is_valid {
            "This module has no functions, so there is no code to show."
        } else {
            "No functions were read before the error."
        };
        return html! { <div class="empty"><p class="mute">{ reason }</p></div> };
    };
    let module = model.elsewhere.unwrap_or(model.links.shown);
    let is_here = model.elsewhere.is_none();
    let file = model.links.modules.get(module as usize).filter(|_| !is_here);
    let elsewhere = file.map(|file| AttrValue::from(file.file.clone()));
    html! {
        <Code
            key={model.generation}
            {function}
            module={module}
            elsewhere={elsewhere}
            exported={model.elsewhere.is_none() && model.module.as_ref().is_some_and(|module| module.exports.iter().any(|export| export.function == Some(function)))}
            now={model.checked.clone().or_else(|| code::Props::now(model.next(), module, function))}
            breaks={breaks(model, module)}
            pinned={model.pinned.filter(|_| is_here)}
            soft={model.soft.map(|soft| soft.span).filter(|_| is_here)}
            reveal={model.reveal_row}
            lines_found={model.lines_found}
            watched={model.film == Some(Film::Validation)}
            microcode={model.microcode}
            {row_height}
        />
    }
}

/// The breakpoints in the code of a module.
fn breaks(model: &Model, module: u32) -> Vec<code::Break> {
    let Some(loaded) = model.links.modules.get(module as usize) else { return Vec::new() };
    let hits = model.run.as_ref().map_or(&[][..], |run| &run.hits);
    let breaks = model.breaks.of(&loaded.file).filter_map(|stop| match stop.place {
        StopPlace::Instruction { offset } => Some(code::Break {
            offset,
            number: stop.number,
            enabled: stop.enabled,
            is_hit: hits.iter().any(|hit| hit.number == stop.number),
        }),
        _ => None,
    });
    breaks.collect()
}

/// The byte to explain while none is pointed at: the one clicked on, else the
/// instruction about to run, else the first.
fn explained(model: &Model) -> Option<u32> {
    let next = model.next_here().map(|next| next.offset);
    let first = model.module.as_ref().filter(|module| module.size > 0).map(|_| 0);
    model.pinned.or(next).or(first)
}

/// What the hex pane marks.
fn marked(model: &Model) -> Marked {
    let follows = *model.status() != Status::Running || model.speed.can_be_followed();
    let now = model.next_here().filter(|_| follows);
    let now = now.map(|next| Span { start: next.offset, end: next.offset + next.length });
    let shot = model.shot.as_ref();
    Marked {
        now: shot.map(Shot::span).or(now),
        pinned: model.pinned_field.filter(|_| shot.is_none()),
        soft: model.soft.map(|soft| soft.span),
        cursor: shot.map(|shot| shot.span().start).or(model.pinned),
        read: shot.map(|shot| shot.read),
        error: model
            .module
            .as_ref()
            .and_then(|module| module.error.as_ref())
            .and_then(|error| error.offset),
    }
}
