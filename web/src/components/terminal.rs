//! The terminal of a program: what it writes, what is typed, what it is started
//! with, and its files.

use yew::prelude::*;

use super::class::class;
use super::icon::{Icon, icon};
use super::prose::prose;
use super::terminal_input::TerminalInput;
use crate::hooks::{Page, give_files, release_keyboard, use_page, use_replies};
use crate::model::{Action, Surroundings};
use crate::protocol::{FileView, Reply, Request, Stream, TerminalView};
use crate::services::files;
use crate::view::terminal::{Piece, pieces, style_class};
use crate::view::{format, surroundings};

/// Properties of [`Terminal`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Id of the panel that it is.
    pub id: String,
    /// Changes whenever the program may have written something.
    pub epoch: u64,
    /// How the run is doing or ended, if that is worth saying.
    pub standing: Option<String>,
    /// Whether the program goes on by itself once it has what it waits for.
    pub goes_on: bool,
    /// What the program is started with.
    pub surroundings: Surroundings,
    /// The program is to be started.
    pub on_start: Callback<()>,
}

/// The terminal of a program.
#[function_component]
pub fn Terminal(props: &Props) -> Html {
    let page = use_page();
    let view = use_state_eq(TerminalView::default);
    let screen = use_node_ref();
    {
        let view = view.setter();
        use_replies(&page.engine, move |reply| match &**reply {
            Reply::Terminal(terminal) => view.set((**terminal).clone()),
            Reply::File { path, bytes } => files::save(path, bytes),
            _ => {}
        });
    }
    {
        let page = page.clone();
        use_effect_with(props.epoch, move |_| page.ask(&Request::Terminal));
    }
    use_effect_with(((*view).clone(), props.standing.clone()), {
        let screen = screen.clone();
        move |_| {
            if let Some(screen) = screen.cast::<web_sys::Element>() {
                screen.set_scroll_top(screen.scroll_height());
            }
        }
    });
    html! {
        <div class="terminal" id={props.id.clone()} role="tabpanel" aria-label="Terminal">
            <div class="screen">
                <div class="output" ref={screen} tabindex="0" role="log" aria-label="Output">
                    if view.forgotten > 0.0 {
                        <p class="mute">{ format!("{} earlier lines are not shown.", format::count(view.forgotten)) }</p>
                    }
                    { for pieces(&view.output).iter().map(piece) }
                    if view.later {
                        <p class="mute">{ "What is written after this step is not shown." }</p>
                    } else if let Some(standing) = &props.standing {
                        <p class="mute">{ standing }</p>
                    } else if view.output.is_empty() {
                        <p class="mute">{ "What the program writes will be shown here." }</p>
                    }
                </div>
                <TerminalInput listens={view.listens} waits={view.waits} goes_on={props.goes_on} />
            </div>
            <div class="around" tabindex="0" role="group" aria-label="What the program has">
                { setup(props, &page) }
                { file_list(&view.files, &page) }
                { unsupported(&view.unsupported) }
            </div>
        </div>
    }
}

fn piece(piece: &Piece) -> Html {
    let stream = match piece.stream {
        Stream::Input => "typed",
        Stream::Output => "written",
        Stream::Error => "error",
    };
    html! { <span class={class(&[stream, &style_class(piece.style)])}>{ &piece.text }</span> }
}

fn setup(props: &Props, page: &Page) -> Html {
    let field = |label: &'static str,
                 placeholder: &'static str,
                 text: &str,
                 problem: Option<String>,
                 set: fn(&mut Surroundings, String)| {
        let (page, surroundings) = (page.clone(), props.surroundings.clone());
        let oninput = Callback::from(move |event: InputEvent| {
            let mut changed = surroundings.clone();
            set(&mut changed, event.target_unchecked_into::<web_sys::HtmlInputElement>().value());
            page.tell(Action::Surround(changed));
        });
        html! {
            <div class="field">
                <label>{ label }<input autocapitalize="off" autocomplete="off" spellcheck="false" {placeholder} value={text.to_owned()} aria-invalid={problem.is_some().then_some("true")} {oninput} /></label>
                if let Some(problem) = problem {
                    <p class="message" role="alert"><span>{ prose(&problem) }</span></p>
                }
            </div>
        }
    };
    let Surroundings { args, env, seed } = &props.surroundings;
    let onsubmit = props.on_start.reform(|event: SubmitEvent| {
        event.prevent_default();
        // What is typed from here on is meant for the program.
        release_keyboard();
    });
    html! {
        <form class="setup" {onsubmit}>
            { field("Arguments", "one \"and two\"", args, surroundings::args(args).err(), |it, text| it.args = text) }
            { field("Environment", "NAME=value", env, surroundings::env(env).err(), |it, text| it.env = text) }
            { field("Seed of random numbers", "0", seed, surroundings::seed(seed).err(), |it, text| it.seed = text) }
            <button type="submit" class="secondary">{ icon(Icon::Play) }{ "Start with these" }</button>
        </form>
    }
}

fn file_list(listed: &[FileView], page: &Page) -> Html {
    let put = {
        let page = page.clone();
        Callback::from(move |chosen: web_sys::FileList| give_files(&page, &chosen))
    };
    let ondrop = {
        let put = put.clone();
        Callback::from(move |event: DragEvent| {
            if let Some(dropped) = files::dropped(&event) {
                put.emit(dropped);
            }
        })
    };
    let onchange = Callback::from(move |event: Event| {
        let field = event.target_unchecked_into::<web_sys::HtmlInputElement>();
        if let Some(chosen) = field.files() {
            put.emit(chosen);
        }
        field.set_value("");
    });
    let asking = |request: Request| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.ask(&request))
    };
    let rows = listed.iter().map(|file| {
        let download = asking(Request::File { path: file.path.clone() });
        let remove = asking(Request::RemoveFile { path: Some(file.path.clone()) });
        html! {
            <li class="file">
                <button type="button" class="row" title={format!("Download {}", file.path)} onclick={download}>
                    <span class="text">{ &file.path }</span><span class="offset">{ format::size(file.size) }</span>
                </button>
                <button type="button" class="tool" aria-label={format!("Remove {}", file.path)} title="Remove" onclick={remove}>{ icon(Icon::Close) }</button>
            </li>
        }
    });
    html! {
        <section aria-label="Files" data-takes-files="" {ondrop}>
            <div class="title">
                <h3>{ "Files" }</h3>
                if listed.len() > 1 {
                    <button type="button" class="link" onclick={asking(Request::RemoveFile { path: None })}>{ "Remove all" }</button>
                }
            </div>
            if !listed.is_empty() {
                <p class="mute">{ "They are there when the program starts again." }</p>
            }
            <ul class="rows-list">{ for rows }</ul>
            <label class="tool labelled">
                { icon(Icon::Drop) }{ "Add files, or drop them here" }
                <input class="visually-hidden" type="file" multiple=true aria-label="Add files" {onchange} />
            </label>
        </section>
    }
}

fn unsupported(calls: &[(String, f64)]) -> Html {
    if calls.is_empty() {
        return Html::default();
    }
    let rows = calls.iter().map(|(name, count)| {
        html! { <li class="row"><span class="text">{ name }</span><span class="offset">{ format!("{} ×", format::count(*count)) }</span></li> }
    });
    html! {
        <section aria-label="Not supported">
            <h3>{ "Called, but not supported" }</h3>
            <ul class="rows-list">{ for rows }</ul>
        </section>
    }
}
