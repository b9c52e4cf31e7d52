//! The argument form of an export.

use std::rc::Rc;

use yew::prelude::*;

use super::class::{class, when};
use super::icon::{Icon, icon};
use super::prose::prose;
use super::values::type_class;
use crate::model::Call;
use crate::protocol::{ErrorView, ExportView, ParameterView};
use crate::view::arguments;
use crate::view::examples::ExampleCall;
use crate::view::format;
use crate::view::shared::Shared;

/// Suggestions shown at once.
const SUGGESTED: usize = 6;

/// Id of the message that says why the call was refused.
const REFUSAL: &str = "refusal";

/// What the form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormAction {
    /// An argument was typed.
    Type(usize, String),
    /// Another call was chosen as a whole.
    Propose(Call),
    /// Run the call.
    Run,
    /// Stand before its first instruction.
    StepInto,
    /// Forget the instance, so that the next call has a new one.
    NewInstance,
}

/// The argument form of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct CallForm {
    /// The export to call.
    pub export: ExportView,
    /// Its arguments so far.
    pub call: Shared<Call>,
    /// Calls of this export worth making.
    pub suggested: Rc<[ExampleCall]>,
    /// Why the last attempt was refused.
    pub refused: Option<Shared<ErrorView>>,
    /// Whether the module can be run.
    pub can_run: bool,
    /// How many calls the instance has taken; none for a program that has a new one
    /// for each.
    pub calls: Option<u32>,
    /// The call under way, which another one would end.
    pub replaces: Option<String>,
    /// The form asks for something.
    pub on_action: Callback<FormAction>,
}

/// Draws a field for each parameter, and the buttons that start the call.
pub fn call_form(props: &CallForm) -> Html {
    let onsubmit = {
        let on_action = props.on_action.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            on_action.emit(FormAction::Run);
        })
    };
    let step_into = props.on_action.reform(|_: MouseEvent| FormAction::StepInto);
    let wrong = props.refused.as_ref().and_then(|error| error.argument);
    let fields = props.export.parameters.iter().enumerate().map(|(index, parameter)| {
        let is_wrong = wrong == Some(index as u32);
        let text = props.call.arguments.get(index).cloned().unwrap_or_default();
        let on_action = props.on_action.clone();
        let oninput = Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<web_sys::HtmlInputElement>().value();
            on_action.emit(FormAction::Type(index, text));
        });
        field(index, parameter, text, is_wrong, oninput)
    });
    html! {
        <form class="call-form" {onsubmit} aria-label={format!("Call {}", props.export.name)} novalidate=true>
            <h3><code>{ &props.export.name }</code><code class="mute">{ &props.export.type_text }</code></h3>
            if props.export.parameters.is_empty() {
                <p class="mute">{ "Takes no arguments." }</p>
            } else {
                <div class="fields">{ for fields }</div>
            }
            if let Some(error) = &props.refused {
                { refusal(error) }
            }
            { suggestions(props) }
            <div class="buttons">
                <button type="submit" class="primary" disabled={!props.can_run}>{ icon(Icon::Play) }{ "Run" }</button>
                <button type="button" class="secondary" disabled={!props.can_run} onclick={step_into}>
                    { icon(Icon::Step) }{ "Step into" }
                </button>
                if let Some(calls) = props.calls {
                    { new_instance(calls, props.on_action.reform(|_: MouseEvent| FormAction::NewInstance)) }
                }
            </div>
            if let Some(calls) = props.calls.filter(|calls| *calls > 0) {
                <p class="mute">{ format!("Will be call {} of this instance.", format::count(f64::from(calls) + 1.0)) }</p>
            }
            if let Some(call) = &props.replaces {
                <p class="mute">{ "Replaces the call under way, " }<code>{ call }</code></p>
            }
        </form>
    }
}

/// Draws what makes the next call have a new instance.
pub fn new_instance(calls: u32, onclick: Callback<MouseEvent>) -> Html {
    html! {
        <button type="button" class="secondary" disabled={calls == 0} {onclick} title="The next call has memories, tables and globals as they begin">
            { "New instance" }
        </button>
    }
}

fn field(
    index: usize,
    parameter: &ParameterView,
    text: String,
    is_wrong: bool,
    oninput: Callback<InputEvent>,
) -> Html {
    let id = format!("argument-{index}");
    html! {
        <div class={class(&["field", when(is_wrong, "wrong")])}>
            <label for={id.clone()}>
                <code>{ arguments::label(&parameter.name) }</code>
                <code class={class(&["type", type_class(&parameter.ty)])}>{ &parameter.ty }</code>
            </label>
            <input
                {id}
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder={arguments::placeholder(&parameter.ty)}
                value={text}
                aria-invalid={is_wrong.then_some("true")}
                aria-describedby={is_wrong.then_some(REFUSAL)}
                {oninput}
            />
        </div>
    }
}

/// Other arguments to try, where the example knows some.
fn suggestions(props: &CallForm) -> Html {
    let calls = props
        .suggested
        .iter()
        .filter(|call| call.export == props.export.name && !call.args.is_empty());
    let others: Vec<_> =
        calls.filter(|call| call.arguments() != props.call.arguments).take(SUGGESTED).collect();
    if others.is_empty() {
        return Html::default();
    }
    let chips = others.into_iter().map(|suggested| {
        let call = Call { export: suggested.export.clone(), arguments: suggested.arguments() };
        let onclick =
            props.on_action.reform(move |_: MouseEvent| FormAction::Propose(call.clone()));
        let text = suggested.arguments().join(", ");
        html! {
            <button type="button" class="suggestion" {onclick}>
                <span class="visually-hidden">{ "Try " }</span>
                <code>{ text }</code>
            </button>
        }
    });
    html! { <p class="suggestions"><span class="mute">{ "Try" }</span>{ for chips }</p> }
}

fn refusal(error: &ErrorView) -> Html {
    html! {
        <div class="message" id={REFUSAL} role="alert">
            { icon(Icon::Warning) }
            <div>
                <strong>{ &error.title }</strong>
                { for error.details.iter().map(|detail| html! { <p>{ prose(detail) }</p> }) }
            </div>
        </div>
    }
}
