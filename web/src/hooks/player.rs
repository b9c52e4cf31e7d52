//! Playing a film, a frame of the browser at a time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::media::holds;
use crate::view::film::Player;
use crate::view::speed::Speed;

/// What leads from one place of a film to others, as far as that is known.
#[derive(Clone)]
pub struct Reel {
    /// The last place.
    pub last: u32,
    /// The place behind one, which may be behind the last.
    pub next: Rc<dyn Fn(u32) -> Option<u32>>,
    /// The place before one.
    pub before: Rc<dyn Fn(u32) -> Option<u32>>,
}

/// What is done about a moment of the film.
type Act = Box<dyn FnOnce()>;

/// A film under way. Clones are the same one.
#[derive(Clone)]
pub struct UsePlayer {
    shared: Rc<Shared>,
    update: UseForceUpdateHandle,
    /// The slider of its bar.
    pub slider: NodeRef,
}

struct Shared {
    player: RefCell<Player>,
    reel: RefCell<Option<Reel>>,
    /// Whether it is dragged.
    held: Cell<bool>,
    /// What the moment that was shown last is known by, and whether it rested there.
    shown: Cell<Option<(u64, bool)>>,
    /// What is to be done about the next one.
    to_show: RefCell<Option<Act>>,
    /// Frames that move it, while it plays.
    frames: RefCell<Option<Frames>>,
    /// What the film was last asked from outside to follow.
    followed: Cell<Option<u64>>,
}

impl std::fmt::Debug for Reel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reel").field("last", &self.last).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for UsePlayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.shared.player.borrow().fmt(f)
    }
}

impl UsePlayer {
    /// Where it stands.
    pub fn place(&self) -> u32 {
        self.shared.player.borrow().place()
    }

    /// How fast it moves.
    pub fn speed(&self) -> Speed {
        self.shared.player.borrow().speed()
    }

    /// Whether it moves by itself.
    pub fn is_playing(&self) -> bool {
        self.shared.player.borrow().is_playing()
    }

    /// Whether it stays where it is: it neither plays nor is dragged.
    pub fn rests(&self) -> bool {
        !self.is_playing() && !self.shared.held.get()
    }

    /// Says what it plays.
    pub fn load(&self, reel: Reel) {
        *self.shared.reel.borrow_mut() = Some(reel);
    }

    /// Does something about the moment that is drawn now, once it is, unless that was
    /// shown already. `key` tells one moment from another.
    pub fn show(&self, key: u64, act: impl FnOnce() + 'static) {
        let now = Some((key, self.rests()));
        if self.shared.shown.replace(now) != now {
            *self.shared.to_show.borrow_mut() = Some(Box::new(act));
        }
    }

    /// Goes to `place` if somebody has asked for another one from outside than before,
    /// which `key` tells. What is asked for already when the film begins is not followed.
    pub fn follow(&self, key: u64, place: Option<u32>) {
        let before = self.shared.followed.replace(Some(key));
        if let Some(place) = place.filter(|_| before.is_some_and(|before| before != key)) {
            self.shared.player.borrow_mut().seek(place);
        }
    }

    fn reel(&self) -> Option<Reel> {
        self.shared.reel.borrow().clone()
    }

    /// Plays, from the beginning if it is at its end, or stands.
    pub fn toggle(&self) {
        let Some(reel) = self.reel() else { return };
        let mut player = self.shared.player.borrow_mut();
        if player.is_playing() {
            player.pause();
        } else {
            let at_end = (reel.next)(player.place()).is_some_and(|next| next > reel.last);
            if at_end {
                player.seek(0);
            }
            player.play(now());
        }
        drop(player);
        self.update.force_update();
    }

    /// Goes one step on, and stands.
    pub fn step(&self) {
        if let Some(reel) = self.reel() {
            let next = (reel.next)(self.place()).filter(|next| *next <= reel.last);
            self.stand_at(next);
        }
    }

    /// Goes one step back, and stands.
    pub fn step_back(&self) {
        if let Some(reel) = self.reel() {
            self.stand_at((reel.before)(self.place()));
        }
    }

    fn stand_at(&self, place: Option<u32>) {
        let mut player = self.shared.player.borrow_mut();
        player.pause();
        if let Some(place) = place {
            player.seek(place);
        }
        drop(player);
        self.update.force_update();
    }

    /// Goes to a place, and on from there if it plays.
    pub fn seek(&self, place: u32) {
        self.shared.player.borrow_mut().seek(place);
        self.update.force_update();
    }

    /// Stands where it is dragged to, and is held until it is let go.
    pub fn drag(&self, place: u32) {
        self.shared.held.set(true);
        self.stand_at(Some(place));
    }

    /// Is no longer dragged.
    pub fn let_go(&self) {
        self.shared.held.set(false);
        self.update.force_update();
    }

    /// Moves this fast.
    pub fn set_speed(&self, speed: Speed) {
        self.shared.player.borrow_mut().set_speed(speed, now());
        self.update.force_update();
    }

    /// Does what is to be done once a moment is drawn.
    fn drawn(&self) {
        let plays = self.is_playing();
        let mut frames = self.shared.frames.borrow_mut();
        if plays != frames.is_some() {
            let film = self.clone();
            *frames = plays.then(|| new_frames(move |now| film.tick(now)));
        }
        drop(frames);
        let act = self.shared.to_show.borrow_mut().take();
        if let Some(act) = act {
            act();
        }
    }

    fn tick(&self, now: f64) {
        let Some(reel) = self.reel() else { return };
        if self.shared.player.borrow_mut().tick(now, reel.last, |place| (reel.next)(place)) {
            self.update.force_update();
        }
    }
}

/// A film that begins to play at this speed, unless people want to see
/// no motion. Its slider has the keyboard. `on_leave` is called when it is closed.
#[hook]
pub fn use_player(speed: Speed, on_leave: Callback<()>) -> UsePlayer {
    let shared = use_memo((), |()| {
        let mut player = Player::new(speed);
        if !holds("(prefers-reduced-motion: reduce)") {
            player.play(now());
        }
        Shared {
            player: RefCell::new(player),
            reel: RefCell::default(),
            held: Cell::default(),
            shown: Cell::default(),
            to_show: RefCell::default(),
            frames: RefCell::default(),
            followed: Cell::default(),
        }
    });
    let slider = use_node_ref();
    let handle = UsePlayer { shared, update: use_force_update(), slider: slider.clone() };
    {
        let handle = handle.clone();
        use_effect(move || handle.drawn());
    }
    let shared = Rc::clone(&handle.shared);
    use_effect_with((), move |()| {
        if let Some(slider) = slider.cast::<HtmlElement>() {
            // Fails only for an element that cannot take it.
            let _ = slider.focus();
        }
        move || {
            shared.frames.take();
            on_leave.emit(());
        }
    });
    handle
}

/// Milliseconds of the clock that frames are timed by.
pub fn now() -> f64 {
    let clock = web_sys::window().and_then(|window| window.performance());
    clock.map_or(0.0, |clock| clock.now())
}

/// Frames of the browser, until this is dropped.
struct Frames {
    next: Rc<Cell<i32>>,
    _callback: Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>,
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            // What is not under way need not be cancelled.
            let _ = window.cancel_animation_frame(self.next.get());
        }
    }
}

/// Calls `on_frame` before each frame is drawn, with the time of that.
fn new_frames(on_frame: impl Fn(f64) + 'static) -> Frames {
    let next = Rc::new(Cell::new(0));
    let callback = Rc::new(RefCell::new(None::<Closure<dyn FnMut(f64)>>));
    let request = {
        let (next, callback) = (Rc::clone(&next), Rc::downgrade(&callback));
        move || {
            let Some(callback) = callback.upgrade() else { return };
            let callback = callback.borrow();
            let (Some(window), Some(callback)) = (web_sys::window(), &*callback) else { return };
            next.set(
                window
                    .request_animation_frame(callback.as_ref().unchecked_ref())
                    .unwrap_or_default(),
            );
        }
    };
    let again = request.clone();
    *callback.borrow_mut() = Some(Closure::new(move |now| {
        again();
        on_frame(now);
    }));
    request();
    Frames { next, _callback: callback }
}
