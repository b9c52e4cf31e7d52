//! Saving what a run did as a file, and the hash of where it stands.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::hooks::{use_page, use_replies};
use crate::protocol::{MAX_WRITTEN, Reply, Request, SAVE, TimelineView, Written};
use crate::services::files::Pieces;
use crate::view::format;

/// The hash is asked for when the run has stood for so many milliseconds.
const PATIENCE: u32 = 150;

/// How often hashes are written if nothing is said.
const EVERY: f64 = 100_000.0;

/// Properties of [`Saving`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What can be gone to.
    pub timeline: TimelineView,
    /// Instructions executed where it stands.
    pub step: f64,
    /// Whether it stands.
    pub stands: bool,
}

/// What is to be saved, as it is chosen and typed.
#[derive(Debug, Clone, PartialEq, Default)]
struct Form {
    hashes: bool,
    csv: bool,
    from: String,
    to: String,
    every: String,
}

/// What is being saved.
#[derive(Debug, Clone)]
struct Under {
    name: &'static str,
    pieces: Pieces,
    done: u32,
}

/// What the component knows.
#[derive(Debug, Default)]
struct State {
    form: Form,
    /// The number of what is, or was, saved last.
    number: u32,
    under: Option<Under>,
    refused: Option<String>,
    /// After how many instructions the state was hashed last, and its hash.
    hash: Option<(f64, String)>,
}

impl State {
    /// Hears a reply, and says whether it was for this component.
    fn hear(&mut self, reply: &Reply) -> bool {
        match (reply, &mut self.under) {
            (Reply::Hash { executed, hash }, _) => self.hash = Some((*executed, hash.clone())),
            (Reply::Saved { number, piece, done, over }, Some(under)) if *number == self.number => {
                under.pieces.push(piece);
                under.done = *done;
                if *over {
                    under.pieces.save(under.name);
                    self.under = None;
                }
            }
            (Reply::Refused { request, error }, Some(_)) if request == SAVE => {
                self.refused = Some(error.title.clone());
                self.under = None;
            }
            _ => return false,
        }
        true
    }

    /// Begins to save what the form asks for.
    fn begin(&mut self, timeline: &TimelineView) -> Request {
        let (what, name) = wanted(&self.form, timeline);
        self.number += 1;
        self.refused = None;
        self.under = Some(Under { name, pieces: Pieces::default(), done: 0 });
        Request::Save { number: self.number, what, csv: self.form.csv }
    }
}

/// Saves the instructions of a run, or hashes of its states.
#[function_component]
pub fn Saving(props: &Props) -> Html {
    let page = use_page();
    let state = use_mut_ref(State::default);
    let update = use_force_update();
    // Changes the state by what has happened, and draws it.
    let change = {
        let state = state.clone();
        Rc::new(move |change: &dyn Fn(&mut State)| {
            change(&mut state.borrow_mut());
            update.force_update();
        })
    };
    {
        let (state, change) = (state.clone(), change.clone());
        use_replies(&page.engine, move |reply| {
            if state.borrow_mut().hear(reply) {
                change(&|_| {});
            }
        });
    }
    {
        let (page, asked) = (page.clone(), (props.step.to_bits(), props.stands));
        use_effect_with(asked, move |(_, stands)| {
            let later = stands.then(|| Timeout::new(PATIENCE, move || page.ask(&Request::Hash)));
            move || drop(later)
        });
    }
    // What nobody waits for any more is not written on.
    let leaving = page.clone();
    use_effect_with((), move |()| move || leaving.ask(&Request::StopSaving));
    let onsubmit = {
        let (page, change, timeline) = (page.clone(), change.clone(), props.timeline.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            change(&|state| page.ask(&state.begin(&timeline)));
        })
    };
    let cancel = {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| {
            change(&|state| state.under = None);
            page.ask(&Request::StopSaving);
        })
    };
    let field = |label: &'static str, value: &str, usual: f64, set: fn(&mut Form, String)| {
        let change = change.clone();
        let oninput = Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            change(&|state| set(&mut state.form, text.clone()));
        });
        html! {
            <label>
                <span class="mute">{ label }</span>
                <input inputmode="numeric" autocomplete="off" placeholder={format::count(usual)} value={value.to_owned()} {oninput} />
            </label>
        }
    };
    let choice = |label: &'static str,
                  options: [&'static str; 2],
                  chosen: bool,
                  set: fn(&mut Form, bool)| {
        let change = change.clone();
        let onchange = Callback::from(move |event: Event| {
            let index = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            change(&|state| set(&mut state.form, index == 1));
        });
        let [first, second] = options;
        html! {
            <select aria-label={label} {onchange}>
                <option selected={!chosen}>{ first }</option>
                <option selected={chosen}>{ second }</option>
            </select>
        }
    };
    let (first, last) = usual(&props.timeline);
    let State { form, under, refused, hash, .. } = &*state.borrow();
    html! {
        <form class="saving" aria-label="Save the run" {onsubmit}>
            { choice("What to save", ["Trace", "Hashes"], form.hashes, |form, hashes| form.hashes = hashes) }
            if form.hashes {
                { field("every", &form.every, EVERY, |form, text| form.every = text) }
            } else {
                { field("instructions", &form.from, first, |form, text| form.from = text) }
                { field("to", &form.to, last, |form, text| form.to = text) }
            }
            { choice("Format", ["JSON Lines", "CSV"], form.csv, |form, csv| form.csv = csv) }
            if let Some(under) = under {
                <progress max="1000" value={under.done.to_string()} aria-label="Saved"></progress>
                <button type="button" class="secondary" onclick={cancel}>{ "Cancel" }</button>
                if !props.stands {
                    <span class="mute">{ "Goes on when the program stands." }</span>
                }
            } else {
                <button type="submit" class="secondary" disabled={wrong(form, &props.timeline).is_some()}>{ if form.hashes { "Save hashes" } else { "Save trace" } }</button>
            }
            if let Some(refused) = refused {
                <span class="message" role="alert">{ refused }</span>
            } else if !form.hashes {
                { limits(form, &props.timeline) }
            }
            if let Some((executed, hash)) = hash.as_ref().filter(|_| props.stands) {
                <span class="hash"><span class="mute">{ format!("Hash after {} ", format::count(*executed)) }</span><code title="The state of the run in a number: the same on every machine">{ hash }</code></span>
            }
        </form>
    }
}

/// The first and the last instruction that are saved if nothing is said: as many as are
/// saved at once, from the end.
fn usual(timeline: &TimelineView) -> (f64, f64) {
    let first = (timeline.last - f64::from(MAX_WRITTEN)).max(timeline.first) + 1.0;
    (first.min(timeline.last), timeline.last)
}

/// A number, as a person types it.
fn number(text: &str, otherwise: f64) -> f64 {
    format::parse_count(text).map_or(otherwise, |number| number as f64)
}

/// The instructions that the form asks for.
fn range(form: &Form, timeline: &TimelineView) -> (f64, f64) {
    let (first, last) = usual(timeline);
    let to = number(&form.to, last).min(last);
    let most = f64::from(MAX_WRITTEN);
    let from = if form.to.is_empty() { first } else { (to - most + 1.0).max(timeline.first + 1.0) };
    (number(&form.from, from).max(timeline.first + 1.0), to)
}

/// What the form asks for, and the name of the file.
fn wanted(form: &Form, timeline: &TimelineView) -> (Written, &'static str) {
    if form.hashes {
        let name = if form.csv { "hashes.csv" } else { "hashes.jsonl" };
        return (Written::Hashes { every: number(&form.every, EVERY) }, name);
    }
    let (from, to) = range(form, timeline);
    (Written::Trace { from, to }, if form.csv { "trace.csv" } else { "trace.jsonl" })
}

/// Why nothing can be saved.
fn wrong(form: &Form, timeline: &TimelineView) -> Option<&'static str> {
    let fields = if form.hashes { [&form.every, &form.every] } else { [&form.from, &form.to] };
    if fields.iter().any(|text| !text.is_empty() && format::parse_count(text).is_none()) {
        return Some("These are whole numbers.");
    }
    let (from, to) = range(form, timeline);
    (!form.hashes && from > to).then_some("There are no such instructions.")
}

/// Says how much of a long run is saved.
fn limits(form: &Form, timeline: &TimelineView) -> Html {
    let (from, to) = range(form, timeline);
    let most = f64::from(MAX_WRITTEN);
    let text = if let Some(wrong) = wrong(form, timeline) {
        wrong.to_owned()
    } else if to - from >= most {
        format!("Only the first {} of these are saved.", format::count(most))
    } else if form.from.is_empty() && from > timeline.first + 1.0 {
        let before = format::count(timeline.last - timeline.first);
        format!("The last {} of {before} instructions.", format::count(to - from + 1.0))
    } else {
        return Html::default();
    };
    html! { <span class="mute">{ text }</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(first: f64, last: f64) -> TimelineView {
        TimelineView { first, last, traps: false, lost: None }
    }

    fn trace(from: &str, to: &str, timeline: &TimelineView) -> (f64, f64) {
        let form = Form { from: from.to_owned(), to: to.to_owned(), ..Form::default() };
        range(&form, timeline)
    }

    #[test]
    fn a_run_is_saved_whole_or_as_far_as_it_goes_from_the_end() {
        assert_eq!(trace("", "", &timeline(0.0, 500.0)), (1.0, 500.0));
        assert_eq!(trace("", "", &timeline(20.0, 500.0)), (21.0, 500.0));
        assert_eq!(trace("", "", &timeline(0.0, 3e6)), (2_000_001.0, 3e6));
        assert_eq!(trace("1 000", "2 000", &timeline(0.0, 3e6)), (1000.0, 2000.0));
        assert_eq!(trace("", "1500000", &timeline(0.0, 3e6)), (500_001.0, 1_500_000.0));
        assert_eq!(trace("0", "9999999", &timeline(5.0, 50.0)), (6.0, 50.0));
    }

    #[test]
    fn the_name_of_the_file_says_what_is_in_it() {
        let of =
            |hashes, csv| wanted(&Form { hashes, csv, ..Form::default() }, &timeline(0.0, 9.0));
        assert_eq!(of(false, false), (Written::Trace { from: 1.0, to: 9.0 }, "trace.jsonl"));
        assert_eq!(of(true, true), (Written::Hashes { every: EVERY }, "hashes.csv"));
    }
}
