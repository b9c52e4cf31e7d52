//! The head of the page.

use yew::prelude::*;

use super::examples_menu::ExamplesMenu;
use super::icon::{Icon, icon};
use super::theme_button::ThemeButton;
use super::transport::{Phase, Transport};
use crate::protocol::ModuleView;
use crate::services::files;
use crate::view::examples::Examples;
use crate::view::format;
use crate::view::keyboard::Command;
use crate::view::shared::Shared;
use crate::view::speed::Speed;

/// Id of the button and field that open a file.
pub const OPEN: &str = "open";

/// Properties of [`Header`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The module on show.
    pub module: Option<Shared<ModuleView>>,
    /// The examples there are.
    pub examples: Shared<Examples>,
    /// What the program can be asked to do.
    pub phase: Phase,
    /// Instructions executed.
    pub step: f64,
    /// Speed of Continue.
    pub speed: Speed,
    /// A button was pressed.
    pub on_command: Callback<Command>,
    /// Another speed was chosen.
    pub on_speed: Callback<Speed>,
    /// A file was chosen.
    pub on_file: Callback<web_sys::File>,
    /// An example was chosen.
    pub on_example: Callback<String>,
}

/// The head of the page: whose page this is, which module, and what to do with it.
#[function_component]
pub fn Header(props: &Props) -> Html {
    html! {
        <header class="head">
            <div class="lead">
                <h1 class="brand">{ icon(Icon::Flame) }<span>{ "fayasm" }</span></h1>
                { module_chip(props.module.as_deref()) }
            </div>
            <Transport
                phase={props.phase}
                step={props.step}
                speed={props.speed}
                on_command={props.on_command.clone()}
                on_speed={props.on_speed.clone()}
            />
            <div class="actions">
                <ExamplesMenu examples={props.examples.clone()} on_choose={props.on_example.clone()} />
                <OpenButton on_file={props.on_file.clone()} />
                <ThemeButton />
            </div>
        </header>
    }
}

fn module_chip(module: Option<&ModuleView>) -> Html {
    let Some(module) = module else {
        return html! { <div class="chip"></div> };
    };
    let mut facts =
        vec![format::size(f64::from(module.size)), format::counted(module.functions, "function")];
    facts.extend(module.producer.clone());
    html! {
        <div class="chip" title={module.name.clone()}>
            <strong>{ &module.name }</strong>
            <span class="mute">{ facts.join(" · ") }</span>
        </div>
    }
}

/// Properties of [`OpenButton`].
#[derive(Debug, Clone, PartialEq, Properties)]
struct OpenProps {
    on_file: Callback<web_sys::File>,
}

#[function_component]
fn OpenButton(props: &OpenProps) -> Html {
    let onchange = {
        let on_file = props.on_file.clone();
        Callback::from(move |event: Event| {
            let input = event.target_unchecked_into::<web_sys::HtmlInputElement>();
            if let Some(file) = files::first(input.files()) {
                on_file.emit(file);
            }
            // So that choosing the same file again is a change again.
            input.set_value("");
        })
    };
    html! {
        <label class="tool labelled open" title="Open a file (f)">
            { icon(Icon::Open) }
            <span>{ "Open" }</span>
            <input id={OPEN} class="visually-hidden" type="file" accept=".wasm,application/wasm" aria-label="Open a .wasm file" {onchange} />
        </label>
    }
}
