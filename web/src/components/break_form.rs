//! A form for breakpoints at instructions that are named.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::icon::{Icon, icon};
use super::prose::prose;
use crate::hooks::{use_page, use_replies};
use crate::model::Action;
use crate::model::breaks::Edit;
use crate::protocol::{Reply, Request};
use crate::view::format;

/// The form.
#[function_component]
pub fn BreakForm() -> Html {
    let page = use_page();
    let typed = use_state_eq(|| AttrValue::from(""));
    let done = use_state_eq(|| None::<String>);
    let wrong = use_state_eq(|| None::<String>);
    {
        let (typed, done, wrong, told) =
            (typed.clone(), done.setter(), wrong.setter(), page.clone());
        use_replies(&page.engine, move |reply| {
            let Reply::Places { named, found } = &**reply else { return };
            let (asked, condition) = parts(&typed);
            match found {
                // Something else was typed meanwhile.
                _ if asked != named => {}
                Ok(places) => {
                    let (module, offsets) = (places.module, places.offsets.clone());
                    let count = format::counted(offsets.len() as u32, "instruction");
                    let rest = if places.is_cut { ", the first of more" } else { "" };
                    done.set(Some(format!("Set at {count}{rest}.")));
                    let condition = condition.to_owned();
                    told.tell(Action::Break(Edit::Set { module, offsets, condition }));
                    typed.set(AttrValue::from(""));
                }
                Err(reason) => wrong.set(Some(reason.clone())),
            }
        });
    }
    let onsubmit = {
        let (typed, page) = (typed.clone(), page.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            page.ask(&Request::Places { named: parts(&typed).0.to_owned() });
        })
    };
    let oninput = {
        let (typed, done, wrong) = (typed.setter(), done.setter(), wrong.setter());
        Callback::from(move |event: InputEvent| {
            typed.set(event.target_unchecked_into::<HtmlInputElement>().value().into());
            done.set(None);
            wrong.set(None);
        })
    };
    html! {
        <form class="break-form" {onsubmit} novalidate=true aria-label="Set a breakpoint">
            <label>
                <span class="mute">{ "at" }</span>
                <input
                    type="text"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder="function, 0x1a2 or main.c:17"
                    title="Also a function's index or NAME+BYTES; behind any of them, if CONDITION"
                    aria-label="Where to stop"
                    aria-invalid={wrong.is_some().then_some("true")}
                    aria-describedby={wrong.is_some().then_some("break-form-error")}
                    value={(*typed).clone()}
                    {oninput}
                />
            </label>
            <button type="submit" class="secondary" disabled={typed.trim().is_empty()}>{ "Set" }</button>
            if let Some(wrong) = &*wrong {
                <div class="message" id="break-form-error" role="alert">{ icon(Icon::Warning) }<p>{ prose(wrong) }</p></div>
            }
            <p class="visually-hidden" role="status">{ (*done).clone() }</p>
        </form>
    }
}

/// What names instructions, and the condition behind it.
fn parts(typed: &str) -> (&str, &str) {
    let (named, condition) = typed.split_once(" if ").unwrap_or((typed, ""));
    (named.trim(), condition.trim())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_condition_may_stand_behind_what_is_named() {
        for (typed, parts) in [
            (" main.c:17 ", ("main.c:17", "")),
            ("f if  l0 == 1", ("f", "l0 == 1")),
            ("iffy+2 if $if if 1", ("iffy+2", "$if if 1")),
        ] {
            assert_eq!(super::parts(typed), parts);
        }
    }
}
