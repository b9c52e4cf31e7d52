//! The pane of a device, in HTML. Whatever may come from a module is escaped.

use std::fmt::Write;

use super::boards::kept;
use super::pages::STATES;
use super::shown::{DeviceSetting, GridView, OwnerView, RamView, Shown, Tone, TryView};
use crate::protocol::DeviceView;
use crate::session::html::{self, button, escaped, field, select};
use crate::session::spill::Act;
use crate::session::text;
use crate::view::format;
use crate::view::timeline::SIZE;

/// Classes and words of [`STATES`].
const CLASSES: [(&str, &str); STATES.len()] = [
    ("dirty", "changed"),
    ("clean", "unchanged"),
    ("stored", "stored"),
    ("untouched", "not yet changed"),
];

/// Columns of what was tried.
const COLUMNS: [&str; 5] = ["outcome", "peak", "faults", "written", "time, modelled"];

/// How many of what takes most are said more of.
pub(super) const LARGEST: usize = 5;

/// The whole pane.
pub(super) fn view(shown: &Shown) -> DeviceView {
    let cells: usize = shown.grids.iter().map(|grid| grid.states.len()).sum();
    DeviceView {
        kept: kept(&shown.setting),
        first: shown.ram.first,
        last: shown.ram.last,
        cells: text::offset(cells),
        cell: shown.cell.min(text::offset(cells.saturating_sub(1))),
        before: vec![settings(shown), verdict(shown), ram_head(shown)],
        ram: picture(&shown.ram),
        between: vec![owners(shown), remedies(shown)],
        grids: grids(shown),
        after: vec![page(shown), evictions(shown), residents(shown), facts(shown)],
        end: vec![model(shown), what_if(shown), tries(shown)],
    }
}

fn settings(shown: &Shown) -> String {
    let DeviceSetting { board, budget, policy, .. } = shown.setting;
    let mut fields = select("Board", "board", &shown.boards, board);
    if board > 0 {
        fields += &field("Budget, bytes", "budget", 1, budget, shown.refused.as_ref());
        fields += &select("Which page leaves", "policy", &shown.policies, policy);
    }
    let source = match shown.source.is_empty() {
        true => String::new(),
        false => format!(" <a href=\"{}\" target=_blank rel=noreferrer>Source</a>", shown.source),
    };
    let about = escaped(&shown.about);
    format!("<div class=device-fields>{fields}</div><p class=mute>{about}{source}</p>")
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Bad => "bad",
    }
}

fn verdict(shown: &Shown) -> String {
    let (tone, verdict) = (tone_class(shown.tone), escaped(&shown.verdict));
    let mut html = format!("<p class=\"device-verdict {tone}\" role=status>{verdict}</p>");
    if shown.is_off {
        return html + &format!("<p>{}</p>", button(Act::PlugIn.name(), "Plug in again"));
    }
    if shown.other {
        let again = button("again", "Start it again on this");
        html += &format!("<p class=\"mute row-of\">The run is on another device. {again}</p>");
    }
    if let Some(trying) = &shown.trying {
        html +=
            &format!("<p class=\"mute row-of\">{} {}</p>", escaped(trying), button("stop", "Stop"));
    } else if shown.setting.board > 0 && (shown.has_run || shown.tone == Tone::Bad) {
        let found = shown.least.filter(|least| *least != shown.setting.budget);
        let take = found.map(|_| button("use-least", "Take it as the budget")).unwrap_or_default();
        html += &format!("<p class=row-of>{} {take}</p>", button("least", "Find the least budget"));
    }
    html
}

fn ram_head(shown: &Shown) -> String {
    match shown.owners.is_empty() {
        true => String::new(),
        false => format!("<h3 class=part>RAM<span class=mute>{}</span></h3>", shown.total),
    }
}

fn picture(ram: &RamView) -> String {
    let (width, height) = SIZE;
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" preserveAspectRatio=none aria-hidden=true>{}</svg>",
        areas(ram)
    )
}

/// Paths of what belonged to whom, and of the budget.
pub(super) fn areas(ram: &RamView) -> String {
    let mut html = String::new();
    for (hue, path) in &ram.areas {
        let _ = write!(html, "<path class=o{hue} d=\"{path}\"></path>");
    }
    html + &format!("<path class=budget d=\"{}\"></path>", ram.budget)
}

fn step_button(step: f64) -> String {
    // Steps are whole, and below 2⁵³.
    let data = step as u64;
    format!("<button type=button class=link data-step={data}>step {}</button>", format::count(step))
}

fn owners(shown: &Shown) -> String {
    if shown.owners.is_empty() {
        return String::new();
    }
    let at = shown.peak_step.map_or_else(String::new, |step| format!(" at {}", step_button(step)));
    let mut html = format!("<p class=mute>Peak {}{at}</p><ul class=owners>", shown.peak);
    for owner in &shown.owners {
        let (hue, name, share, size) = (owner.hue, &owner.name, owner.share, &owner.size);
        let _ = write!(
            html,
            "<li><i class=\"sign o{hue}\"></i><span>{name}</span>\
             <i class=\"bar o{hue}\" style=\"--share:{share}\"></i><code>{size}</code></li>"
        );
    }
    html + "</ul>"
}

fn remedies(shown: &Shown) -> String {
    if shown.owners.is_empty() {
        return String::new();
    }
    let mut html =
        "<h3>What makes it less<span class=mute>at the peak</span></h3><dl class=remedies>"
            .to_owned();
    let can_be_less = |owner: &&OwnerView| !owner.remedy.is_empty();
    for owner in shown.owners.iter().filter(can_be_less).take(LARGEST) {
        let _ = write!(
            html,
            "<div><dt>{}<br>{}</dt><dd>{}</dd></div>",
            owner.name,
            owner.peak,
            escaped(&owner.remedy)
        );
    }
    html + "</dl>"
}

fn grids(shown: &Shown) -> Vec<String> {
    let mut first = 0;
    let several = shown.grids.len() > 1;
    let mut grids = Vec::new();
    for grid in &shown.grids {
        grids.push(draw_grid(grid, first, several, shown.cell as usize));
        first += grid.states.len();
    }
    grids
}

fn draw_grid(grid: &GridView, first: usize, several: bool, chosen: usize) -> String {
    let GridView { memory, columns, cell_bytes, states } = grid;
    let of = if several { format!(" of memory {memory}") } else { String::new() };
    let size = format::size(*cell_bytes as f64);
    let rows = states.len().div_ceil(*columns);
    let mut html = format!(
        "<h3 class=part>Pages{of}<span class=mute>{size} each</span></h3>\
         <svg class=pages viewBox=\"-1 -1 {} {}\" aria-hidden=true>",
        columns * 10 + 1,
        rows * 10 + 1
    );
    let mut counts = [0; STATES.len()];
    for (index, state) in states.iter().enumerate() {
        let (cell, x, y) = (first + index, index % columns * 10, index / columns * 10);
        counts[*state] += 1;
        let here = if cell == chosen { " here" } else { "" };
        let class = CLASSES[*state].0;
        let _ = write!(
            html,
            "<path class=\"{class}{here}\" data-cell={cell} d=\"M{x} {y}h9v9h-9z\"></path>"
        );
    }
    html += "</svg><p class=\"map-legend page-legend mute\">";
    for ((class, words), count) in CLASSES.iter().zip(counts) {
        let _ =
            write!(html, "<span class={class}>{} {words}</span>", format::count(f64::from(count)));
    }
    html + "</p>"
}

fn page(shown: &Shown) -> String {
    let Some(page) = &shown.page else { return String::new() };
    format!(
        "<p class=page-text>{} <button type=button class=link data-memory={} data-address={}>Show its bytes</button></p>",
        escaped(&page.text),
        page.memory,
        page.address
    )
}

fn evictions(shown: &Shown) -> String {
    if shown.evictions.is_empty() {
        return String::new();
    }
    let mut html = "<h3 class=part>Pages that left<span class=mute>the last one first</span></h3>\
                    <ul class=evictions tabindex=0 aria-label=\"Pages that left\">"
        .to_owned();
    for it in &shown.evictions {
        let _ = write!(
            html,
            "<li>{} <strong>{}</strong> <span>{}</span> <span class=mute>{}</span></li>",
            step_button(it.step),
            it.page,
            escaped(&it.reason),
            it.cost
        );
    }
    html + "</ul>"
}

fn residents(shown: &Shown) -> String {
    let Some(residents) = &shown.residents else { return String::new() };
    let rows = residents.rows.iter().map(|(name, size)| (name.as_str(), size.as_str()));
    let mut html = format!(
        "<h3 class=part>Microcode in RAM<span class=mute>{}</span></h3>{}<p class=mute>{}",
        residents.title,
        html::facts(rows),
        residents.evictions
    );
    for left in &residents.left {
        let _ = write!(html, "<br>{}", escaped(left));
    }
    html + "</p>"
}

fn facts(shown: &Shown) -> String {
    if shown.facts.is_empty() {
        return String::new();
    }
    let rows = shown.facts.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    format!("<h3 class=part>In numbers</h3>{}", html::facts(rows))
}

fn model(shown: &Shown) -> String {
    let DeviceSetting { board, rate, store, load, cycles, .. } = shown.setting;
    if board == 0 {
        return String::new();
    }
    let refused = shown.refused.as_ref();
    let fields = field("1000 instructions/s", "rate", 1, rate, refused)
        + &field("Store a page, µs", "store", 1, store, refused)
        + &field("Load a page, µs", "load", 1, load, refused)
        + &field("Writes a slot takes", "cycles", 1, cycles, refused);
    format!(
        "<h3 class=part>Time and wear<span class=mute>a model</span></h3>\
         <p class=mute>It is measured nowhere: it begins with 30 cycles for each instruction of \
         WebAssembly, and an SD card. Put in what yours does.</p>\
         <div class=device-fields>{fields}</div>"
    )
}

fn what_if(shown: &Shown) -> String {
    if shown.setting.board == 0 || !shown.has_run {
        return String::new();
    }
    let fields =
        field(
            "Another budget, bytes",
            "other-budget",
            1,
            shown.draft.budget,
            shown.refused.as_ref(),
        ) + &select("Which page leaves then", "other-policy", &shown.policies, shown.draft.policy)
            + &button("try", "Try");
    format!(
        "<h3 class=part>What if<span class=mute>the same call, beside the run</span></h3>\
         <div class=device-fields>{fields}</div>"
    )
}

fn tries(shown: &Shown) -> String {
    if shown.tries.is_empty() {
        return String::new();
    }
    let mut html = "<div class=tries tabindex=0 role=group aria-label=\"What was tried\"><table><thead><tr><td></td>".to_owned();
    for column in COLUMNS {
        let _ = write!(html, "<th scope=col>{column}</th>");
    }
    html += "</tr></thead><tbody>";
    for TryView { device, cells, tone } in &shown.tries {
        let _ = write!(html, "<tr class={}><th scope=row>{device}</th>", tone_class(*tone));
        for cell in cells {
            let _ = write!(html, "<td>{}</td>", escaped(cell));
        }
        html += "</tr>";
    }
    html + "</tbody></table></div>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_module_says_stays_text() {
        let verdict = "Traps: <img src=x onerror=\"alert(1)\"> & more".to_owned();
        let view = view(&Shown { verdict, ..Shown::default() });
        assert!(
            view.before[1]
                .contains("Traps: &lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; more")
        );
    }
}
