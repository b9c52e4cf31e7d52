//! Letting parts of the page rest while a run is dragged through: to draw all of them
//! would take longer than a frame.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// All parts are drawn once nothing has moved for so many milliseconds.
const PATIENCE: u32 = 100;

/// A context: how many states have been shown, while a run is dragged through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Motion(Option<u32>);

/// How a run is gone through: whether it is dragged, and how many states have been shown.
#[hook]
pub fn use_motion(dragging: bool, states: u32) -> Motion {
    // What had been shown last when the waiting was over.
    let rested = use_state_eq(|| None::<u32>);
    let states = dragging.then_some(states);
    {
        let rested = rested.setter();
        use_effect_with(states, move |states| {
            let states = *states;
            let later = states.map(|_| Timeout::new(PATIENCE, move || rested.set(states)));
            move || drop(later)
        });
    }
    Motion(states.filter(|_| *rested != states))
}

/// When a part is drawn while a run is dragged through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The code: every third state.
    Code,
    /// The side panel: the other ones, of which it shares out its parts.
    Side,
    /// The upper part of the state.
    Upper,
    /// The lower part of the state.
    Lower,
    /// The bytes: only when nothing moves.
    Bytes,
}

impl Turn {
    fn has_come(self, states: u32) -> bool {
        match self {
            Self::Code => states.is_multiple_of(3),
            Self::Side => !states.is_multiple_of(3),
            Self::Upper => states % 3 == 1,
            Self::Lower => states % 3 == 2,
            Self::Bytes => false,
        }
    }
}

/// Properties of [`Rest`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// When it is drawn.
    pub turn: Turn,
    /// What is drawn.
    pub children: Html,
}

/// Draws its children. While a run is dragged through and it is not their turn, those that
/// it drew last stay.
#[function_component]
pub fn Rest(props: &Props) -> Html {
    let motion = use_context::<Motion>().and_then(|Motion(states)| states);
    let drawn = use_mut_ref(Html::default);
    if motion.is_none_or(|states| props.turn.has_come(states)) {
        *drawn.borrow_mut() = props.children.clone();
    }
    drawn.borrow().clone()
}
