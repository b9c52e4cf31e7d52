//! The film of a module being decoded, above its bytes.

use std::rc::Rc;

use yew::prelude::*;

use super::film_bar::{FilmBar, film_bar, watch_button};
use super::icon::Icon;
use crate::hooks::{Page, Reel, now, use_page, use_player, use_windows};
use crate::model::Action;
use crate::protocol::{Reply, Request};
use crate::view::film::{Film, Shot, read_at};
use crate::view::format;
use crate::view::speed::{SPEEDS, Speed};

/// Bytes whose fields are asked for at a time.
const CHUNK: u32 = 512;

/// Milliseconds between two entries that the structure shows while the film plays.
const TREE_MS: f64 = 120.0;

/// How fast it is at first.
const SPEED: Speed = SPEEDS[2];

/// Draws the head of the hex pane: what leads to the film of decoding, and its bar.
pub fn bytes_head(size: u32, watched: bool, pinned: Option<u32>, page: &Page) -> Html {
    let toggle = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.tell(Action::Watch(Film::Decoding)))
    };
    html! {
        <div class="bytes-head">
            { watch_button(Icon::Film, "Decode", "Watch the module being decoded (d)", watched, toggle) }
            if watched {
                <Decoding {size} {pinned} />
            } else {
                <span class="mute count">{ format::counted(size, "byte") }</span>
            }
        </div>
    }
}

/// Properties of [`Decoding`].
#[derive(Debug, Clone, PartialEq, Properties)]
struct Props {
    /// Length of the module, in bytes.
    size: u32,
    /// The byte clicked on.
    pinned: Option<u32>,
}

/// The film itself: tells the model which field is being read. Places are bytes;
/// one more is the error at which the decoder gives up.
#[function_component]
fn Decoding(props: &Props) -> Html {
    let page = use_page();
    let on_leave = {
        let page = page.clone();
        Callback::from(move |()| page.tell(Action::Shot(None)))
    };
    let player = use_player(SPEED, on_leave);
    // The byte that the film itself has clicked on.
    let own = use_mut_ref(|| None::<u32>);
    // When the structure followed last, and to where.
    let tree = use_mut_ref(|| (0.0, (0, None)));
    let reads = use_windows(
        CHUNK,
        (),
        (),
        |(), from| Request::Reading { from, count: CHUNK },
        |reply| match reply {
            Reply::Reading(view) => Some(((), view.from, view.clone())),
            _ => None,
        },
    );
    let start = reads.fetch(0);
    let stop = start.as_ref().map_or(props.size, |view| view.stop);
    let failed = start.as_ref().and_then(|view| view.failed.as_ref());
    let last = if failed.is_some() { stop } else { stop.saturating_sub(1) };
    let asked = props.pinned.filter(|pinned| *own.borrow() != Some(*pinned));
    player.follow(props.pinned.map_or(0, |pinned| u64::from(pinned) + 1), asked);
    let place = player.place().min(last);
    if player.is_playing() && place + CHUNK < stop {
        reads.fetch(place + CHUNK);
    }
    let shot = match failed {
        Some(error) if place == stop => Some(Shot::of_error(stop, error)),
        _ => reads.fetch(place).and_then(|view| Shot::at(&view, place)),
    };
    let (ahead, behind) = (reads.clone(), reads);
    player.load(Reel {
        last,
        next: Rc::new(move |place| match place < stop {
            true => read_at(&*ahead.fetch(place)?, place).map(|(_, read)| read.card.span.end),
            false => Some(place + 1),
        }),
        before: Rc::new(move |place| match place < stop {
            true => read_at(&*behind.fetch(place)?, place)?.1.card.span.start.checked_sub(1),
            false => place.checked_sub(1),
        }),
    });
    let at = shot.as_ref().map_or(place, |shot| shot.span().start);
    let is_over =
        shot.as_ref().is_some_and(|shot| shot.read == stop) && (failed.is_none() || place == stop);
    let spoken = shot.as_ref().map_or_else(String::new, |shot| {
        format!("{} {} at {}", shot.card().name, shot.card().value, format::offset(at))
    });
    if let Some(mut shot) = shot {
        let rests = player.rests();
        // A tree that scrolls with every frame could not be read, and takes long to draw.
        let mut tree = tree.borrow_mut();
        if rests || now() - tree.0 >= TREE_MS {
            *tree = (now(), shot.entry);
        }
        shot.entry = tree.1;
        // The error is a moment of its own, wherever it stands.
        let page = page.clone();
        player.show(u64::from(at) * 2 + u64::from(place == stop), move || {
            page.tell(Action::Shot(Some(shot)));
            if rests {
                own.replace(Some(at));
                page.tell(Action::Pin(at));
            }
        });
    }
    film_bar(
        &player,
        &FilmBar {
            label: "Decoding",
            last,
            at: format::offset(at),
            spoken,
            verdict: is_over.then_some(match failed {
                Some(_) => (false, "malformed"),
                None => (true, "well-formed"),
            }),
            film: Film::Decoding,
        },
        &page,
    )
}
