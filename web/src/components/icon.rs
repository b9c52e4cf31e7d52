//! Icons, drawn in place.

use yew::prelude::*;

/// An icon of 16 by 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Icon {
    Flame,
    Reset,
    Play,
    Step,
    StepOver,
    StepOut,
    StepBack,
    StepBackOver,
    StepBackOut,
    RunBack,
    Watch,
    Stop,
    Open,
    Examples,
    System,
    Light,
    Dark,
    Search,
    Chevron,
    Close,
    Warning,
    Done,
    Pause,
    Here,
    Keys,
    Module,
    Code,
    Bytes,
    State,
    Terminal,
    Drop,
    Edit,
    Origin,
    Film,
    Calls,
    Microcode,
}

impl Icon {
    /// Filled shapes.
    fn fill(self) -> &'static str {
        match self {
            Self::Flame => {
                "M8 .5c.8 3.2 4.8 4.4 4.8 9a4.8 4.8 0 0 1-9.6 0c0-2 1-3.2 1.9-4.2.2 1.2.8 1.9 1.3 2.2C6.1 4.9 6.8 2.5 8 .5Z"
            }
            Self::Play => {
                "M4.5 2.6v10.8a.6.6 0 0 0 .9.5l8.6-5.4a.6.6 0 0 0 0-1L5.4 2.1a.6.6 0 0 0-.9.5Z"
            }
            Self::Stop => {
                "M4.2 3.2h7.6a1 1 0 0 1 1 1v7.6a1 1 0 0 1-1 1H4.2a1 1 0 0 1-1-1V4.2a1 1 0 0 1 1-1Z"
            }
            Self::Pause => "M4 3h2.6v10H4ZM9.4 3H12v10H9.4Z",
            Self::Here => "M3 3.5 12.5 8 3 12.5Z",
            Self::System => "M8 2a6 6 0 0 0 0 12Z",
            Self::RunBack => {
                "M11.5 2.6v10.8a.6.6 0 0 1-.9.5L2 8.5a.6.6 0 0 1 0-1l8.6-5.4a.6.6 0 0 1 .9.5Z"
            }
            Self::Watch => "M8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
            Self::Step => "M2.5 3.2v9.6L9 8Z",
            Self::StepBack => "M13.5 3.2v9.6L7 8Z",
            _ => "",
        }
    }

    /// Drawn lines.
    fn stroke(self) -> &'static str {
        match self {
            Self::Reset => "M3 3v4h4M3.3 6.7A5.2 5.2 0 1 1 3 9.2",
            Self::RunBack => "M14 3.2v9.6",
            Self::Watch => {
                "M1.5 8C3.6 4.6 5.8 3.5 8 3.5s4.4 1.1 6.5 4.5C12.4 11.4 10.2 12.5 8 12.5S3.6 11.4 1.5 8Z"
            }
            Self::Step => "M12 3.2v9.6",
            Self::StepOver => "M2 9.5a5.5 5.5 0 0 1 10.6-2M13.2 3.8 12.7 7.7 8.9 7M7.5 12.5h.01",
            Self::StepBack => "M4 3.2v9.6",
            Self::StepBackOver => "M14 9.5a5.5 5.5 0 0 0-10.6-2M2.8 3.8l.5 3.9L7.1 7M8.5 12.5h.01",
            Self::StepBackOut => "M8 13.5v-7M4.5 10 8 6.5 11.5 10M3 2.5h10",
            Self::StepOut => "M8 10.5V2.5M4.5 6 8 2.5 11.5 6M3 13.5h10",
            Self::Open => "M2 12.5v-9h4l1.5 2H14v7ZM2 8h12",
            Self::Examples => {
                "M2.5 3.5h4.5v4H2.5ZM9.5 3.5h4v4h-4ZM2.5 10h4.5v3H2.5ZM9.5 10h4v3h-4Z"
            }
            Self::System => "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z",
            Self::Light => {
                "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M13 3l-1.1 1.1M4.1 11.9 3 13"
            }
            Self::Dark => "M13.5 9.8A6 6 0 1 1 6.2 2.5a5 5 0 0 0 7.3 7.3Z",
            Self::Search => "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3 14 14",
            Self::Chevron => "M6 4l4 4-4 4",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Warning => "M8 2.2 14.5 13.5H1.5ZM8 6.5v3.5M8 11.8h.01",
            Self::Done => "M3 8.5 6.5 12 13 4.5",
            Self::Keys => "M1.5 4h13v8h-13ZM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 9.5h6",
            Self::Terminal => "M2.5 4l4 4-4 4M8.5 12.5h5",
            Self::Module => "M8 1.8 13.5 5v6L8 14.2 2.5 11V5ZM2.7 5.1 8 8.2l5.3-3.1M8 8.2v6",
            Self::Code => "M5.5 4 1.8 8l3.7 4M10.5 4l3.7 4-3.7 4",
            Self::Bytes => "M2 3.5h5v4H2ZM9 3.5h5v4H9ZM2 9.5h5v3H2ZM9 9.5h5v3H9Z",
            Self::State => "M2.5 3h11v3h-11ZM2.5 6.5h11v3h-11ZM2.5 10h11v3h-11Z",
            Self::Drop => "M8 2v8M4.5 6.8 8 10.2l3.5-3.4M2.5 13.5h11",
            Self::Origin => "M2.5 8a2 2 0 1 0 4 0 2 2 0 1 0-4 0M6.5 8h7M10.5 5l3 3-3 3",
            Self::Film => {
                "M2 3.5h12v9H2ZM4.8 3.5v9M11.2 3.5v9M2 6.5h2.8M2 9.5h2.8M11.2 6.5H14M11.2 9.5H14"
            }
            Self::Microcode => "M2 4h4M2 8h4M2 12h4M6 4c3 0 2 4 5 4M6 12c3 0 2-4 5-4M6 8h8",
            Self::Calls => "M1.5 3.5h13M3.5 7.2h8M3.5 10.8h3M9 10.8h2.5M5 14h1.5",
            Self::Edit => "M3 13l.6-2.8L11 2.8 13.2 5 5.8 12.4Z",
            _ => "",
        }
    }
}

/// Draws an icon; it says nothing to a screen reader, whatever it stands beside does.
pub fn icon(icon: Icon) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            if !icon.fill().is_empty() {
                <path d={icon.fill()} fill="currentColor" />
            }
            if !icon.stroke().is_empty() {
                <path d={icon.stroke()} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
            }
        </svg>
    }
}
