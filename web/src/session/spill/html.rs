//! The section of the store, in HTML.

use std::fmt::Write;

use super::Act;
use super::shown::StoreShown;
use crate::protocol::StoreView;
use crate::session::html::{button, button_if, escaped, facts, field};

/// What the store is for.
const ABOUT: &str = "Where a device keeps what has no room in its RAM: flash, or an SD card. Here it \
                     is a database of your browser. A commit writes all that the run needs to go on, \
                     and lasts, also if you close this page. Pull the plug to see that.";

/// What is said where a run is not committed.
const HELD: &str = "This run is not committed: the store holds another one. Go on with that, replace it, \
                    or remove it.";

/// Names of columns.
const COLUMNS: [&str; 5] = ["Object", "Epoch", "Bytes", "Written", "Other slot"];

/// The whole section, and what is offered.
pub(super) fn view(shown: &StoreShown) -> StoreView {
    StoreView {
        parts: vec![
            head(shown),
            actions(shown),
            report(shown),
            measured(shown),
            model(shown),
            settings(shown),
            objects(shown),
        ],
        offer: offer(shown),
    }
}

fn message(text: Option<&String>) -> String {
    text.map(|text| format!("<p class=message role=alert>{}</p>", escaped(text)))
        .unwrap_or_default()
}

fn head(shown: &StoreShown) -> String {
    let title = escaped(&shown.title);
    let hint = shown.hint.unwrap_or(ABOUT);
    format!(
        "<h3 class=part>Spill store<span class=mute>{title}</span></h3>{}<p class=mute>{hint}</p>",
        message(shown.refused.as_ref().or(shown.trouble.as_ref())),
    )
}

fn actions(shown: &StoreShown) -> String {
    let mut html = String::new();
    if let Some(committed) = &shown.committed {
        html += &format!("<p>Committed: <strong>{}</strong></p>", escaped(committed));
    }
    if shown.is_held {
        html += &format!("<p class=message role=status>{HELD}</p>");
    }
    html += "<div class=buttons>";
    for (act, label, is_ready) in &shown.acts {
        html += &button_if(*is_ready, act.name(), label);
    }
    html + "</div>"
}

fn report(shown: &StoreShown) -> String {
    if shown.report.is_empty() {
        return String::new();
    }
    let mut html =
        "<div class=report role=status><ul aria-label=\"Found when it was opened\">".to_owned();
    for line in &shown.report {
        // A string takes everything.
        let _ = write!(html, "<li>{}</li>", escaped(line));
    }
    html + "</ul></div>"
}

fn measured(shown: &StoreShown) -> String {
    facts(shown.facts.iter().map(|(name, value)| (*name, value.as_str())))
}

fn model(shown: &StoreShown) -> String {
    if shown.estimates.is_empty() {
        return String::new();
    }
    let estimates = facts(shown.estimates.iter().map(|(name, value)| (*name, value.as_str())));
    format!("<h4 class=mute>What the device would make of it, by the model below</h4>{estimates}")
}

fn settings(shown: &StoreShown) -> String {
    let Some(every) = shown.every else { return String::new() };
    let label = "Commit when a run stops, and whenever so many pages were stored (0: never)";
    format!(
        "<div class=device-fields>{}</div>",
        field(label, "every", 0, every, shown.field_refused.as_ref())
    )
}

fn objects(shown: &StoreShown) -> String {
    if shown.objects.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "<details><summary>What is in it: {}</summary><div class=objects tabindex=0 role=group \
         aria-label=\"What is in it\"><table><thead><tr>",
        shown.window
    );
    for column in COLUMNS {
        let _ = write!(html, "<th scope=col>{column}</th>");
    }
    html += "</tr></thead><tbody>";
    for row in &shown.objects {
        html += "<tr>";
        for cell in row {
            let _ = write!(html, "<td>{}</td>", escaped(cell));
        }
        html += "</tr>";
    }
    html += "</tbody></table></div>";
    if let [false, false] = shown.turns {
        return html + "</details>";
    }
    let [back, on] = shown.turns;
    let back = button_if(back, Act::Turn { back: true }.name(), "Before");
    let on = button_if(on, Act::Turn { back: false }.name(), "Next");
    format!("{html}<div class=buttons>{back}{on}</div></details>")
}

fn offer(shown: &StoreShown) -> String {
    let (title, text, button) = match &shown.committed {
        _ if shown.is_off => (
            "The plug is pulled",
            "RAM has lost what it held.",
            button(Act::PlugIn.name(), "Plug in again"),
        ),
        Some(committed) if shown.is_offered => {
            ("A run was committed", committed.as_str(), button(Act::Resume.name(), "Go on"))
        }
        _ => return String::new(),
    };
    let held = if shown.is_held { "<br>This run is not committed before you decide." } else { "" };
    format!(
        "<div class=spill-offer><p><strong>{title}</strong> <span class=mute>{}{held}</span></p>{button}{}</div>",
        escaped(text),
        message(shown.refused.as_ref()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_module_says_stays_text() {
        let committed = Some("<b>(1), after 2 instructions".to_owned());
        let shown = StoreShown { committed, is_offered: true, ..StoreShown::default() };
        let view = view(&shown);
        for html in [&view.parts[1], &view.offer] {
            assert!(html.contains("&lt;b&gt;(1)") && !html.contains("<b>"), "{html}");
        }
    }

    #[test]
    fn a_run_that_is_not_committed_is_said_to_be_none_wherever_one_is_offered() {
        let committed = Some("sort(1), after 2 instructions".to_owned());
        let shown = StoreShown { committed, is_offered: true, ..StoreShown::default() };
        for is_held in [false, true] {
            let view = view(&StoreShown { is_held, ..shown.clone() });
            assert_eq!(view.parts[1].contains("This run is not committed"), is_held);
            assert_eq!(view.offer.contains("This run is not"), is_held);
        }
    }
}
