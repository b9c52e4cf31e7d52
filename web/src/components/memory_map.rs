//! A memory from afar: what lies where, and where a run reads and writes it.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::class::class;
use crate::protocol::{HeatView, RegionView};
use crate::view::format;
use crate::view::heat::{
    HEIGHT, LEVELS, basis, cell_text, cells, kind_class, level_path, region_path,
};

/// Draws the map of a memory: how often each part is read and written, and the regions
/// in it. Choosing a place on it goes there.
pub fn memory_map(heat: Option<&HeatView>, cursor: u32, on_address: &Callback<u32>) -> Html {
    let Some(heat) = heat else {
        return html! { <p class="mute" role="status">{ "Looking at the run…" }</p> };
    };
    let count = cells(heat);
    let at = (f64::from(cursor) / heat.cell) as u32;
    let cell = heat.cell;
    let oninput = on_address.reform(move |event: InputEvent| {
        let chosen = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        // Cells of a memory of 32 bits begin below 2³².
        (chosen * cell) as u32
    });
    html! {
        <div class="memory-map">
            <div class="map-bar">
                { picture(heat, count) }
                <input
                    type="range"
                    min="0"
                    max={count.saturating_sub(1).to_string()}
                    step="1"
                    value={at.min(count.saturating_sub(1)).to_string()}
                    aria-label="Place in the memory"
                    aria-valuetext={cell_text(heat, at)}
                    title={cell_text(heat, at)}
                    {oninput}
                />
            </div>
            <p class="map-legend mute">
                <span class="reads">{ "reads" }</span>
                <span class="writes">{ "writes" }</span>
                <span role="status">{ basis(heat) }</span>
            </p>
            if !heat.regions.is_empty() {
                <ul class="regions" aria-label="Regions of the memory">
                    { for heat.regions.iter().map(|region| draw_region(region, on_address)) }
                </ul>
            }
        </div>
    }
}

/// Reads above, writes in the middle, regions below.
fn picture(heat: &HeatView, count: u32) -> Html {
    let reads = (0..LEVELS).map(|level| {
        html! { <path class={class(&["read", LEVEL_CLASSES[level]])} d={level_path(&heat.reads, level, 0)} /> }
    });
    let writes = (0..LEVELS).map(|level| {
        html! { <path class={class(&["write", LEVEL_CLASSES[level]])} d={level_path(&heat.writes, level, HEIGHT)} /> }
    });
    let regions = heat.regions.iter().map(|region| {
        html! { <path class={class(&["region", kind_class(region.kind)])} d={region_path(heat, region)} /> }
    });
    html! {
        <svg viewBox={format!("0 0 {} {}", u64::from(count) * 10, HEIGHT * 3)} preserveAspectRatio="none" aria-hidden="true">
            { for reads }
            { for writes }
            { for regions }
        </svg>
    }
}

/// Classes of the levels of heat.
const LEVEL_CLASSES: [&str; LEVELS] = ["level-1", "level-2", "level-3", "level-4"];

fn draw_region(region: &RegionView, on_address: &Callback<u32>) -> Html {
    // Regions lie in a memory of 32 bits.
    let start = region.start as u32;
    let onclick = on_address.reform(move |_: MouseEvent| start);
    let size = format!("{}, {}", region.name, format::size(region.end - region.start));
    html! {
        <li>
            <button type="button" class={class(&["region", kind_class(region.kind)])} title={size} {onclick}>
                <span>{ &region.name }</span>
                <code class="mute">{ format::offset(start) }</code>
            </button>
        </li>
    }
}
