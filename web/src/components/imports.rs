//! What the module imports and from whom, and the modules it is linked with.

use yew::prelude::*;

use super::call_form::new_instance;
use super::icon::{Icon, icon};
use super::prose::prose;
use super::span_button::span_button;
use crate::hooks::{Page, link_files, show_module};
use crate::model::{Action, is_function};
use crate::protocol::{
    Binding, Choice, ErrorView, FunctionPlace, ImportView, LinksView, LoadedView, Request, Span,
};
use crate::view::format;

/// Imports listed; the rest is found by searching.
const LISTED: usize = 200;

/// Draws all imports, each with what it is bound to, and all modules that are loaded.
pub fn imports(links: &LinksView, refused: Option<&ErrorView>, rebound: bool, page: &Page) -> Html {
    let rows = (0..).zip(links.imports.iter().take(LISTED)).map(|(index, view)| {
        let here = refused.filter(|error| error.offset == Some(view.offset));
        let reason = here.and_then(|error| error.details.first()).or(view.problem.as_ref());
        import(index, view, reason, page)
    });
    let hidden = links.imports.len().saturating_sub(LISTED);
    html! {
        <div class="imports">
            <section class="group" aria-label="Imports">
                <h3>{ "Imports" }<span class="count">{ links.imports.len() }</span></h3>
                if links.imports.is_empty() {
                    <p class="empty mute">{ "This module imports nothing." }</p>
                }
                if rebound {
                    { takes_effect(page) }
                }
                <ul class="rows-list">
                    { for rows }
                    if hidden > 0 {
                        <li class="mute">{ format!("and {} more", format::count(hidden as f64)) }</li>
                    }
                </ul>
            </section>
            { modules(links, page) }
        </div>
    }
}

/// Says when what was changed takes effect, and offers that.
fn takes_effect(page: &Page) -> Html {
    let page = page.clone();
    let renew = Callback::from(move |_: MouseEvent| page.ask(&Request::NewInstance));
    html! {
        <div class="takes-effect" role="status">
            <p>{ "The instance keeps what it was made with. What you changed takes effect with a new one." }</p>
            { new_instance(1, renew) }
        </div>
    }
}

fn import(index: u32, view: &ImportView, reason: Option<&String>, page: &Page) -> Html {
    let name = name(view);
    let span = Span { start: view.offset, end: view.offset + 1 };
    let what = html! {
        <>
            <code class="name">{ &name }</code>
            <code class="mute">{ format!("{} {}", view.kind, view.type_text) }</code>
        </>
    };
    let takes_values = matches!(view.binding.choice, Choice::Constant | Choice::Log);
    html! {
        <li class="import">
            { span_button(page, span, "what".to_owned(), false, what) }
            { choices(index, view, &name, page) }
            if let (Some(place), Some(found)) = (view.linked, &view.found) {
                { leads_to(place, &format!("Show it in {found}"), page) }
            }
            if takes_values && !view.types.is_empty() {
                <div class="given">
                    { for (0..view.types.len()).map(|value| field(index, value, view, reason.is_some(), page)) }
                </div>
            }
            if let Some(reason) = reason {
                <div class="message">{ icon(Icon::Warning) }<p>{ prose(reason) }</p></div>
            }
        </li>
    }
}

/// Draws what leads to a function of another module.
fn leads_to(place: FunctionPlace, text: &str, page: &Page) -> Html {
    let page = page.clone();
    let onclick = Callback::from(move |_: MouseEvent| page.tell(Action::ShowLinked(place)));
    html! { <button type="button" class="link linked" {onclick}>{ text }</button> }
}

/// The name of an import.
pub fn name(view: &ImportView) -> String {
    format!("{}.{}", view.module, view.name)
}

/// What the import can be bound to.
fn choices(index: u32, view: &ImportView, name: &str, page: &Page) -> Html {
    let found = view.found.as_ref().map(|found| (Choice::Found, format!("from {found}")));
    let made: &[(Choice, &str)] = match is_function(&view.kind) {
        true => &[
            (Choice::Trap, "traps when called"),
            (Choice::Constant, "returns constants"),
            (Choice::Log, "notes its calls, returns constants"),
            (Choice::Ask, "asks you each time"),
        ],
        false => &[(Choice::Constant, "a new one of this type")],
    };
    let all: Vec<_> = found
        .into_iter()
        .chain(made.iter().map(|(choice, text)| (*choice, (*text).to_owned())))
        .collect();
    let options = all.iter().map(|(choice, text)| {
        html! { <option selected={*choice == view.binding.choice}>{ text }</option> }
    });
    let onchange = {
        let choices: Vec<Choice> = all.iter().map(|(choice, _)| *choice).collect();
        let (page, values) = (page.clone(), view.binding.values.clone());
        Callback::from(move |event: Event| {
            let select = event.target_unchecked_into::<web_sys::HtmlSelectElement>();
            if let Some(&choice) = choices.get(select.selected_index().max(0) as usize) {
                bind(&page, index, choice, values.clone());
            }
        })
    };
    html! { <select aria-label={format!("{name} is")} {onchange}>{ for options }</select> }
}

fn field(index: u32, value: usize, view: &ImportView, is_wrong: bool, page: &Page) -> Html {
    let Binding { choice, values } = view.binding.clone();
    let text = values.get(value).cloned().unwrap_or_default();
    let label = match is_function(&view.kind) {
        true => format!("Result {value} of {}", name(view)),
        false => format!("Value of {}", name(view)),
    };
    let page = page.clone();
    let onchange = Callback::from(move |event: Event| {
        let text = event.target_unchecked_into::<web_sys::HtmlInputElement>().value();
        let mut values = values.clone();
        if let Some(value) = values.get_mut(value) {
            *value = text;
        }
        bind(&page, index, choice, values);
    });
    html! {
        <label>
            <code class="mute">{ view.types.get(value) }</code>
            <input
                type="text"
                autocomplete="off"
                spellcheck="false"
                aria-label={label}
                aria-invalid={is_wrong.then_some("true")}
                value={text}
                {onchange}
            />
        </label>
    }
}

fn bind(page: &Page, import: u32, choice: Choice, values: Vec<String>) {
    page.ask(&Request::Bind { import, binding: Binding { choice, values } });
}

/// The modules that are loaded.
fn modules(links: &LinksView, page: &Page) -> Html {
    let rows = (0..).zip(&links.modules).map(|(module, LoadedView { file, name })| {
        let is_shown = module == links.shown;
        let (show, remove, rename) = (page.clone(), page.clone(), page.clone());
        let onchange = Callback::from(move |event: Event| {
            let name = event.target_unchecked_into::<web_sys::HtmlInputElement>().value();
            rename.ask(&Request::Rename { module, name });
        });
        html! {
            <li class="row module" key={file.clone()}>
                <code class="text" title={file.clone()}>{ file }</code>
                if is_shown {
                    <span class="mute">{ "on show" }</span>
                } else {
                    <span class="acts">
                        <button type="button" class="secondary" aria-label={format!("Show {file}")} onclick={move |_| show_module(&show, module)}>{ "Show" }</button>
                        <button type="button" class="secondary" aria-label={format!("Remove {file}")} onclick={move |_| remove.ask(&Request::Unlink { module })}>{ "Remove" }</button>
                    </span>
                }
                <label class="imported-as">
                    <span class="mute">{ "imported as" }</span>
                    <input type="text" autocomplete="off" spellcheck="false" aria-label={format!("Name that {file} is imported by")} value={name.clone()} {onchange} />
                </label>
            </li>
        }
    });
    let onchange = {
        let page = page.clone();
        Callback::from(move |event: Event| {
            let input = event.target_unchecked_into::<web_sys::HtmlInputElement>();
            if let Some(files) = input.files() {
                link_files(&page, &files);
            }
            input.set_value("");
        })
    };
    html! {
        <section class="group" aria-label="Loaded modules">
            <h3>{ "Loaded modules" }<span class="count">{ links.modules.len() }</span></h3>
            <ul class="rows-list">{ for rows }</ul>
            <label class="tool labelled add">
                { icon(Icon::Open) }<span>{ "Add a module to link with" }</span>
                <input class="visually-hidden" type="file" multiple=true accept=".wasm,application/wasm" aria-label="Add a module to link with" {onchange} />
            </label>
        </section>
    }
}
