//! A small device: what it has, what the run takes of it, and which pages are where.

use web_sys::{Element, HtmlInputElement, HtmlSelectElement, MouseEvent};
use yew::prelude::*;

use super::class::class;
use crate::hooks::{Page, use_page, use_replies};
use crate::protocol::{
    DeviceRequest, DeviceSetting, DeviceView, EvictionView, GridView, OwnerView, RamView, Reply,
    Request, Tone, TryView,
};
use crate::view::device::{COLUMNS, STATES, cell_at, edge, tone_class};
use crate::view::format;
use crate::view::shared::Shared;
use crate::view::timeline::SIZE;

/// Properties of [`Device`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Changes whenever the program has moved.
    pub epoch: Option<u64>,
    /// Instructions executed.
    pub step: f64,
    /// An address of a memory was asked for.
    pub on_memory: Callback<(u32, u32)>,
}

/// What is known of a cell of a grid: its memory, number, text and address.
type Cell = (u32, u32, AttrValue, u32);

/// The device that runs are on.
#[function_component]
pub fn Device(props: &Props) -> Html {
    let page = use_page();
    let view = use_state(|| None::<Shared<DeviceView>>);
    let cell = use_state(|| None::<Cell>);
    let tried = use_state(DeviceSetting::default);
    {
        let (view, cell) = (view.setter(), cell.setter());
        use_replies(&page.engine, move |reply| match &**reply {
            Reply::Device(now) => view.set(Some(Shared::new((**now).clone()))),
            Reply::DeviceCell { memory, cell: number, text, address } => {
                cell.set(Some((*memory, *number, text.clone().into(), *address)));
            }
            _ => {}
        });
    }
    {
        let page = page.clone();
        let shown = cell.as_ref().map(|(memory, cell, ..)| (*memory, *cell));
        use_effect_with(props.epoch, move |_| {
            ask(&page, DeviceRequest::Show);
            if let Some((memory, cell)) = shown {
                ask(&page, DeviceRequest::Cell { memory, cell });
            }
        });
    }
    let Some(view) = &*view else { return Html::default() };
    let on = view.setting.board > 0;
    html! {
        <div class="device">
            { settings(view, &page) }
            { verdict(view, props.epoch.is_some(), &page) }
            if !view.owners.is_empty() {
                { ram(view, props.step, &page) }
            }
            { for view.grid.iter().map(|it| grid(it, cell.as_ref(), &props.on_memory, &page)) }
            if !view.evictions.is_empty() {
                { evictions(&view.evictions, &page) }
            }
            if !view.facts.is_empty() {
                <dl class="device-facts">
                    { for view.facts.iter().map(|(name, value)| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }) }
                </dl>
            }
            if on && props.epoch.is_some() {
                { what_if(view, &tried, &page) }
            }
        </div>
    }
}

fn ask(page: &Page, request: DeviceRequest) {
    page.ask(&Request::Device(request));
}

/// What a field says, as a whole number.
fn number(event: &Event) -> u32 {
    // Anything else than a number within becomes the nearest.
    event.target_unchecked_into::<HtmlInputElement>().value_as_number() as u32
}

fn chosen(event: &Event) -> u32 {
    u32::try_from(event.target_unchecked_into::<HtmlSelectElement>().selected_index()).unwrap_or(0)
}

fn select(name: &'static str, all: &[String], at: u32, onchange: Callback<Event>) -> Html {
    let options = (0..).zip(all).map(|(index, name)| {
        html! { <option selected={index == at}>{ name }</option> }
    });
    html! { <label>{ name }<select {onchange}>{ for options }</select></label> }
}

fn field(name: &'static str, value: u32, onchange: Callback<Event>) -> Html {
    html! {
        <label>{ name }<input type="number" min="1" max="4294967295" value={value.to_string()} {onchange} /></label>
    }
}

/// Draws the choice of a device, and what is assumed of it.
fn settings(view: &DeviceView, page: &Page) -> Html {
    let setting = view.setting;
    let change = |change: fn(&mut DeviceSetting, &Event)| {
        let page = page.clone();
        Callback::from(move |event: Event| {
            let mut setting = setting;
            change(&mut setting, &event);
            ask(&page, DeviceRequest::Set(setting));
        })
    };
    let on_board = change(|it, event| {
        *it = DeviceSetting { board: chosen(event), policy: it.policy, ..DeviceSetting::default() };
    });
    html! {
        <>
            <div class="device-fields">
                { select("Board", &view.boards, setting.board, on_board) }
                if setting.board > 0 {
                    { field("Budget, bytes", setting.budget, change(|it, event| it.budget = number(event))) }
                    { select("Who leaves", &view.policies, setting.policy, change(|it, event| it.policy = chosen(event))) }
                }
            </div>
            <p class="mute">
                { &view.about }
                if !view.source.is_empty() {
                    { " " }<a href={view.source.clone()} target="_blank" rel="noreferrer">{ "Source" }</a>
                }
            </p>
            if setting.board > 0 {
                <details class="meanings">
                    <summary>{ "The model of its speed" }</summary>
                    <p>{ "Nothing of this is measured: times are what these numbers come to. They begin with 30 cycles for each instruction of WebAssembly, and an SD card." }</p>
                    <div class="device-fields">
                        { field("1000 instructions/s", setting.rate, change(|it, event| it.rate = number(event))) }
                        { field("Store a page, µs", setting.store, change(|it, event| it.store = number(event))) }
                        { field("Load a page, µs", setting.load, change(|it, event| it.load = number(event))) }
                    </div>
                </details>
            }
        </>
    }
}

fn button(name: &'static str, page: &Page, request: Request) -> Html {
    let page = page.clone();
    let onclick = Callback::from(move |_: MouseEvent| page.ask(&request));
    html! { <button type="button" class="secondary" {onclick}>{ name }</button> }
}

/// Draws how the run does, and what may be found out about it.
fn verdict(view: &DeviceView, has_run: bool, page: &Page) -> Html {
    let is_on = view.setting.board > 0;
    html! {
        <>
            <p class={class(&["device-verdict", tone_class(view.tone)])} role="status">{ &view.verdict }</p>
            if view.other && has_run {
                <p class="mute">{ "The run is on another device: " }{ button("Start it again on this", page, Request::Reset) }</p>
            }
            if let Some(trying) = &view.trying {
                <p class="mute">{ trying }{ " " }{ button("Stop", page, Request::Device(DeviceRequest::StopTrying)) }</p>
            } else if is_on && (has_run || view.tone == Tone::Bad) {
                <p>{ button("Find the least budget", page, Request::Device(DeviceRequest::FindLeast)) }</p>
            }
        </>
    }
}

/// Draws where RAM goes, now and over time.
fn ram(view: &DeviceView, step: f64, page: &Page) -> Html {
    let peak = view.peak_step.map(|step| {
        let page = page.clone();
        let onclick = Callback::from(move |_: MouseEvent| page.ask(&Request::Seek { step }));
        html! {
            <>{ " at " }<button type="button" class="link" {onclick}>{ format!("step {}", format::count(step)) }</button></>
        }
    });
    html! {
        <section aria-label="RAM">
            <h3>{ "RAM" }<span class="mute">{ &view.total }</span></h3>
            { over_time(&view.ram, step, page) }
            <p class="mute">{ "Peak " }{ &view.peak }{ for peak }</p>
            <ul class="owners">{ for view.owners.iter().map(owner) }</ul>
            <details class="meanings">
                <summary>{ "What takes most, and what makes it less" }</summary>
                <dl>
                    { for view.owners.iter().take(5).map(|it| html! { <div><dt>{ &it.name }<br />{ &it.peak }</dt><dd>{ &it.remedy }</dd></div> }) }
                </dl>
            </details>
        </section>
    }
}

/// Draws what everything took, one upon the other; choosing a place goes there.
fn over_time(ram: &RamView, step: f64, page: &Page) -> Html {
    let page = page.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        let step = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        page.ask(&Request::Seek { step });
    });
    html! {
        <div class="map-bar ram">
            <svg viewBox={format!("0 0 {} {}", SIZE.0, SIZE.1)} preserveAspectRatio="none" aria-hidden="true">{ areas(ram) }</svg>
            <input
                type="range"
                min={edge(ram.first)}
                max={edge(ram.last)}
                step="1"
                value={edge(step)}
                aria-label="Step, over what takes RAM"
                disabled={ram.first >= ram.last}
                {oninput}
            />
        </div>
    }
}

/// Draws what belonged to whom, and the budget, on a picture as wide and high as that of a
/// timeline.
pub fn areas(ram: &RamView) -> Html {
    let areas = ram.areas.iter().map(|(hue, path)| {
        html! { <path class={format!("o{hue}")} d={path.clone()} /> }
    });
    html! { <>{ for areas }<path class="budget" d={ram.budget.clone()} /></> }
}

fn owner(it: &OwnerView) -> Html {
    html! {
        <li>
            <i class={format!("sign o{}", it.hue)} aria-hidden="true"></i>
            <span>{ &it.name }</span>
            <i class={format!("bar o{}", it.hue)} style={format!("--share:{}", it.share)} aria-hidden="true"></i>
            <code>{ &it.size }</code>
        </li>
    }
}

/// Draws where the pages of a memory are; choosing one says more of it.
fn grid(it: &GridView, cell: Option<&Cell>, on_memory: &Callback<(u32, u32)>, page: &Page) -> Html {
    let (memory, cells, columns) = (it.memory, it.cells, it.columns);
    let rows = cells.div_ceil(columns);
    let cell = cell.filter(|(of, number, ..)| *of == memory && *number < cells);
    let at = cell.map_or(0, |(_, number, ..)| *number);
    let choose = {
        let page = page.clone();
        move |cell| ask(&page, DeviceRequest::Cell { memory, cell })
    };
    let point = {
        let choose = choose.clone();
        Callback::from(move |event: MouseEvent| {
            let picture = event.target_unchecked_into::<Element>();
            let bounds = picture.closest("svg").ok().flatten().unwrap_or(picture);
            let bounds = bounds.get_bounding_client_rect();
            let part = |at: i32, from: f64, length: f64| (f64::from(at) - from) / length.max(1.0);
            let x = part(event.client_x(), bounds.x(), bounds.width());
            let y = part(event.client_y(), bounds.y(), bounds.height());
            if let Some(cell) = cell_at((x, y), (columns, rows)).filter(|cell| *cell < cells) {
                choose(cell);
            }
        })
    };
    let to_memory = |address: u32| on_memory.reform(move |_: MouseEvent| (memory, address));
    let oninput = Callback::from(move |event: InputEvent| {
        // Cells are few.
        choose(event.target_unchecked_into::<HtmlInputElement>().value_as_number() as u32);
    });
    let states = STATES.iter().zip(&it.paths).map(|((name, _), path)| {
        html! { <path class={*name} d={path.clone()} /> }
    });
    let legend = STATES.iter().zip(&it.counts).map(|((name, words), count)| {
        html! { <span class={*name}>{ format!("{} {words}", format::count(f64::from(*count))) }</span> }
    });
    let (x, y) = (at % columns * 10, at / columns * 10);
    html! {
        <section class="pages" aria-label={format!("Pages of memory {memory}")}>
            <h3>{ "Pages" }<span class="mute">{ format!("{} each", format::size(it.cell_bytes)) }</span></h3>
            <svg viewBox={format!("-1 -1 {} {}", columns * 10 + 1, rows * 10 + 1)} onclick={point.clone()} onmousemove={point} aria-hidden="true">
                { for states }
                if cell.is_some() {
                    <path class="here" d={format!("M{x} {y}h9v9h-9z")} />
                }
            </svg>
            <p class="map-legend mute">{ for legend }</p>
            <input type="range" min="0" max={(cells - 1).to_string()} value={at.to_string()} aria-label="Page" aria-valuetext={cell.map(|(_, _, text, _)| text.clone())} {oninput} />
            if let Some((_, _, text, address)) = cell {
                <p>{ text }{ " " }<button type="button" class="link" onclick={to_memory(*address)}>{ "Show its bytes" }</button></p>
            }
        </section>
    }
}

fn evictions(all: &[EvictionView], page: &Page) -> Html {
    let rows = all.iter().map(|it| {
        let (page, step) = (page.clone(), it.step);
        let onclick = Callback::from(move |_: MouseEvent| page.ask(&Request::Seek { step }));
        html! {
            <li>
                <button type="button" class="link" {onclick}>{ format!("step {}", format::count(step)) }</button>
                <strong>{ &it.page }</strong>
                <span>{ &it.reason }</span>
                <span class="mute">{ &it.cost }</span>
            </li>
        }
    });
    html! {
        <section aria-label="Pages that left">
            <h3>{ "Pages that left" }<span class="mute">{ "the last one first" }</span></h3>
            <ul class="evictions">{ for rows }</ul>
        </section>
    }
}

/// Draws what the call comes to on other devices, and a way to try one.
fn what_if(view: &DeviceView, tried: &UseStateHandle<DeviceSetting>, page: &Page) -> Html {
    let setting = match tried.budget {
        0 => view.setting,
        budget => DeviceSetting { budget, policy: tried.policy, ..view.setting },
    };
    let change = |change: fn(&mut DeviceSetting, &Event)| {
        let tried = tried.setter();
        Callback::from(move |event: Event| {
            let mut setting = setting;
            change(&mut setting, &event);
            tried.set(setting);
        })
    };
    let row = |it: &TryView| {
        let cells = it.cells.iter().zip(&COLUMNS);
        html! {
            <tr class={tone_class(it.tone)}>
                <th scope="row">{ &it.device }</th>
                { for cells.map(|(cell, name)| html! { <td data-name={*name}>{ cell }</td> }) }
            </tr>
        }
    };
    html! {
        <section aria-label="What if">
            <h3>{ "What if" }<span class="mute">{ "the same call, beside the run" }</span></h3>
            <div class="device-fields">
                { field("Budget, bytes", setting.budget, change(|it, event| it.budget = number(event))) }
                { select("Who leaves", &view.policies, setting.policy, change(|it, event| it.policy = chosen(event))) }
                { button("Try", page, Request::Device(DeviceRequest::Try(setting))) }
            </div>
            if !view.tries.is_empty() {
                <table class="tries">
                    <thead><tr><td></td>{ for COLUMNS.iter().map(|name| html! { <th scope="col">{ *name }</th> }) }</tr></thead>
                    <tbody>{ for view.tries.iter().map(row) }</tbody>
                </table>
            }
        </section>
    }
}
