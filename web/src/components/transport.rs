//! The buttons that move the program.

use yew::prelude::*;

use super::icon::{Icon, icon};
use super::tiers::tier_menu;
use crate::protocol::{Status, Tier};
use crate::view::format;
use crate::view::keyboard::{BINDINGS, Command, keycap};
use crate::view::speed::{SPEEDS, Speed};

/// What the program can be asked to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No call can be made.
    Nothing,
    /// A call can be started.
    Ready,
    /// It stands before an instruction.
    Paused,
    /// It runs.
    Running,
    /// It waits for something to be typed, or answered.
    Waiting,
    /// It finished or trapped.
    Ended,
}

impl Phase {
    /// The phase of a status, where a call could be made or not.
    pub fn of(status: &Status, can_run: bool) -> Self {
        match status {
            _ if !can_run => Self::Nothing,
            Status::Idle => Self::Ready,
            Status::Paused => Self::Paused,
            Status::Running => Self::Running,
            Status::Waiting => Self::Waiting,
            Status::Finished { .. } | Status::Exited { .. } | Status::Trapped(_) => Self::Ended,
        }
    }

    /// Whether a command makes sense in this phase.
    pub fn allows(self, command: Command) -> bool {
        match command {
            Command::Run => matches!(self, Self::Ready | Self::Paused | Self::Ended),
            Command::Step => matches!(self, Self::Ready | Self::Paused),
            Command::StepOver | Command::StepOut => self == Self::Paused,
            Command::StepBack | Command::StepBackOver | Command::StepBackOut | Command::RunBack => {
                matches!(self, Self::Paused | Self::Waiting | Self::Ended)
            }
            Command::Stop => matches!(self, Self::Running | Self::Waiting),
            Command::Reset => {
                matches!(self, Self::Paused | Self::Running | Self::Waiting | Self::Ended)
            }
            Command::Here => matches!(self, Self::Paused | Self::Running | Self::Waiting),
            Command::WatchDecoding
            | Command::WatchValidation
            | Command::Microcode
            | Command::Break
            | Command::Search
            | Command::Open
            | Command::Keys => true,
        }
    }
}

/// The buttons that move the program, its speed, and how far it has come.
#[derive(Debug)]
pub struct Transport {
    /// What the program can be asked to do.
    pub phase: Phase,
    /// Instructions executed.
    pub step: f64,
    /// Speed of Continue.
    pub speed: Speed,
    /// How functions are executed.
    pub tier: Tier,
    /// Another way was chosen.
    pub on_tier: Callback<Tier>,
    /// A button was pressed.
    pub on_command: Callback<Command>,
    /// Another speed was chosen.
    pub on_speed: Callback<Speed>,
}

/// Draws the buttons that move the program.
pub fn transport(props: &Transport) -> Html {
    let button = |command: Command, name: &'static str, picture: Icon| {
        let onclick = props.on_command.reform(move |_: MouseEvent| command);
        html! {
            <button
                type="button"
                class="tool"
                aria-disabled={unavailable(props, command)}
                title={titled(name, command)}
                aria-label={name}
                {onclick}
            >
                { icon(picture) }
            </button>
        }
    };
    html! {
        <div class="transport" role="toolbar" aria-label="Run and step">
            { button(Command::Reset, "Reset", Icon::Reset) }
            { run_button(props) }
            { button(Command::Step, "Step", Icon::Step) }
            { button(Command::StepOver, "Step over", Icon::StepOver) }
            { button(Command::StepOut, "Step out", Icon::StepOut) }
            { button(Command::Stop, "Stop", Icon::Stop) }
            { speed_menu("Speed", props.speed, &props.on_speed) }
            { tier_menu(props.tier, &props.on_tier) }
            <output class="steps" aria-label="Instructions executed" aria-live="off">
                <span class="mute">{ "step " }</span><b>{ format::count(props.step) }</b>
            </output>
        </div>
    }
}

/// Not `disabled`: the keyboard stays on a button that a step made useless.
fn unavailable(props: &Transport, command: Command) -> Option<&'static str> {
    (!props.phase.allows(command)).then_some("true")
}

fn run_button(props: &Transport) -> Html {
    let name = if props.phase == Phase::Paused { "Continue" } else { "Run" };
    html! {
        <button
            type="button"
            class="primary run"
            aria-disabled={unavailable(props, Command::Run)}
            title={titled(name, Command::Run)}
            onclick={props.on_command.reform(|_: MouseEvent| Command::Run)}
        >
            { icon(Icon::Play) }
            { name }
        </button>
    }
}

/// Draws the choice of a speed.
pub fn speed_menu(label: &'static str, current: Speed, on_speed: &Callback<Speed>) -> Html {
    let onchange = {
        let on_speed = on_speed.clone();
        Callback::from(move |event: Event| {
            let chosen =
                event.target_unchecked_into::<web_sys::HtmlSelectElement>().selected_index();
            if let Some(speed) = usize::try_from(chosen).ok().and_then(|index| SPEEDS.get(index)) {
                on_speed.emit(*speed);
            }
        })
    };
    let options = SPEEDS.iter().map(|speed| {
        html! { <option selected={*speed == current}>{ speed.label }</option> }
    });
    html! { <select class="speed" aria-label={label} title={label} {onchange}>{ for options }</select> }
}

/// A name, with the key that does the same.
pub fn titled(name: &str, command: Command) -> String {
    let binding = BINDINGS.iter().find(|binding| binding.command == command);
    match binding.and_then(|binding| binding.keys.first()) {
        Some(key) => format!("{name} ({})", keycap(key)),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ended_can_be_reset_or_run_again_but_not_stepped() {
        let phase = Phase::of(&Status::Finished { results: Vec::new() }, true);
        for (command, allowed) in [
            (Command::Run, true),
            (Command::Reset, true),
            (Command::Step, false),
            (Command::StepOver, false),
            (Command::Stop, false),
        ] {
            assert_eq!(phase.allows(command), allowed, "{command:?}");
        }
    }

    #[test]
    fn a_module_that_cannot_run_allows_nothing_that_moves() {
        let phase = Phase::of(&Status::Idle, false);
        assert!(
            !phase.allows(Command::Run)
                && !phase.allows(Command::Step)
                && !phase.allows(Command::Reset)
        );
        assert!(phase.allows(Command::Open));
    }
}
