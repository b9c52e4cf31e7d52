//! The buttons and the slider of a film.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::class::{class, when};
use super::icon::{Icon, icon};
use super::transport::speed_menu;
use crate::hooks::{Page, UsePlayer};
use crate::model::Action;
use crate::view::film::Film;

/// What a bar says of its film.
#[derive(Debug)]
pub struct FilmBar {
    /// What is watched.
    pub label: &'static str,
    /// Which film it is.
    pub film: Film,
    /// Its last place.
    pub last: u32,
    /// Where it stands.
    pub at: String,
    /// The same, for those who do not see what is there.
    pub spoken: String,
    /// How it ends, once it has: well or not.
    pub verdict: Option<(bool, &'static str)>,
}

/// Draws the button that leads to a film, or to microcode, and back.
pub fn watch_button(
    picture: Icon,
    name: &'static str,
    title: &'static str,
    watched: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <button
            type="button"
            class="tool labelled watch"
            aria-pressed={if watched { "true" } else { "false" }}
            {title}
            {onclick}
        >
            { icon(picture) }
            { name }
        </button>
    }
}

/// Draws the bar of a film.
pub fn film_bar(player: &UsePlayer, bar: &FilmBar, page: &Page) -> Html {
    let button = |name: &'static str, key: &str, picture: Icon, act: fn(&UsePlayer)| {
        let player = player.clone();
        html! {
            <button type="button" class="tool" aria-label={name} title={format!("{name} ({key})")} onclick={Callback::from(move |_: MouseEvent| act(&player))}>
                { icon(picture) }
            </button>
        }
    };
    let on_speed = {
        let player = player.clone();
        Callback::from(move |speed| player.set_speed(speed))
    };
    let (play, picture) =
        if player.is_playing() { ("Pause", Icon::Pause) } else { ("Play", Icon::Play) };
    let verdict = bar.verdict.map(|(is_good, text)| {
        html! { <strong class={class(&["verdict", when(is_good, "good"), when(!is_good, "bad")])} role="status">{ text }</strong> }
    });
    html! {
        <div class="film" role="group" aria-label={bar.label}>
            <div class="film-buttons">
                { button("Back", "←", Icon::StepBack, UsePlayer::step_back) }
                { button(play, "space", picture, UsePlayer::toggle) }
                { button("Forward", "→", Icon::Step, UsePlayer::step) }
            </div>
            { slider(player, bar, page) }
            { verdict.unwrap_or_default() }
            <span class="at">{ &bar.at }</span>
            { speed_menu("Speed of the film", player.speed(), &on_speed) }
        </div>
    }
}

fn slider(player: &UsePlayer, bar: &FilmBar, page: &Page) -> Html {
    let oninput = {
        let player = player.clone();
        Callback::from(move |event: InputEvent| {
            let slider = event.target_unchecked_into::<HtmlInputElement>();
            // Its values are whole, and places fit 32 bits.
            player.drag(slider.value_as_number() as u32);
        })
    };
    let onchange = {
        let player = player.clone();
        Callback::from(move |_: Event| player.let_go())
    };
    let onkeydown = {
        let (player, page) = (player.clone(), page.clone());
        let (film, last) = (bar.film, bar.last);
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => player.step(),
                "ArrowLeft" | "ArrowUp" => player.step_back(),
                "Home" => player.seek(0),
                "End" => player.seek(last),
                " " => player.toggle(),
                "Escape" => page.tell(Action::Watch(film)),
                _ => return,
            }
            event.prevent_default();
        })
    };
    html! {
        <input
            ref={player.slider.clone()}
            type="range"
            min="0"
            max={bar.last.to_string()}
            step="1"
            value={player.place().to_string()}
            aria-label={bar.label}
            aria-valuetext={bar.spoken.clone()}
            {oninput}
            {onchange}
            {onkeydown}
        />
    }
}
