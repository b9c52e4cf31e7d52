//! The keys, and what they do.

/// What a key, or a button of the same name, asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Execute one instruction.
    Step,
    /// Execute one instruction, a call as a whole.
    StepOver,
    /// Run until the current function returns.
    StepOut,
    /// Go back by an instruction.
    StepBack,
    /// Go back by an instruction, a call as a whole.
    StepBackOver,
    /// Go back to the call of the current function.
    StepBackOut,
    /// Run the chosen export, or run on.
    Run,
    /// Run backwards.
    RunBack,
    /// Set a breakpoint, or remove it.
    Break,
    /// Pause.
    Stop,
    /// Back to before the first instruction.
    Reset,
    /// Watch the module being decoded, or no longer.
    WatchDecoding,
    /// Watch the function being validated, or no longer.
    WatchValidation,
    /// Show what the function is translated to, or no longer.
    Microcode,
    /// Put the keyboard into the search field.
    Search,
    /// Show the instruction about to run.
    Here,
    /// Choose a file.
    Open,
    /// Show all keys.
    Keys,
}

/// A binding: its keys as they are written on a keyboard, and what they do.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Values of `KeyboardEvent.key`.
    pub keys: &'static [&'static str],
    /// What it does.
    pub command: Command,
    /// In words.
    pub label: &'static str,
}

/// All bindings, in the order they are shown.
pub const BINDINGS: &[Binding] = &[
    Binding { keys: &["j", "F10"], command: Command::Step, label: "Step one instruction" },
    Binding { keys: &["o"], command: Command::StepOver, label: "Step over a call" },
    Binding { keys: &["u"], command: Command::StepOut, label: "Step out of the function" },
    Binding { keys: &["k"], command: Command::StepBack, label: "Step back" },
    Binding { keys: &["O"], command: Command::StepBackOver, label: "Step back over a call" },
    Binding {
        keys: &["U"],
        command: Command::StepBackOut,
        label: "Step back out, to the call of the function",
    },
    Binding { keys: &["c", "F8"], command: Command::Run, label: "Run, or run on" },
    Binding {
        keys: &["C"],
        command: Command::RunBack,
        label: "Run backwards, to the last breakpoint before",
    },
    Binding {
        keys: &["b"],
        command: Command::Break,
        label: "Set or remove a breakpoint at the selected instruction",
    },
    Binding { keys: &["s", "Escape"], command: Command::Stop, label: "Stop" },
    Binding {
        keys: &["r"],
        command: Command::Reset,
        label: "Reset: a new instance, before the first instruction",
    },
    Binding { keys: &["h"], command: Command::Here, label: "Show the instruction about to run" },
    Binding {
        keys: &["d"],
        command: Command::WatchDecoding,
        label: "Watch the module being decoded",
    },
    Binding {
        keys: &["v"],
        command: Command::WatchValidation,
        label: "Watch the function being validated",
    },
    Binding {
        keys: &["m"],
        command: Command::Microcode,
        label: "Show what the function is translated to",
    },
    Binding { keys: &["/"], command: Command::Search, label: "Search the module" },
    Binding { keys: &["f"], command: Command::Open, label: "Open a file" },
    Binding { keys: &["?"], command: Command::Keys, label: "Show all keys" },
];

/// A key as it was pressed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Press<'a> {
    /// `KeyboardEvent.key`.
    pub key: &'a str,
    /// Whether Control, Alt or Meta was held.
    pub modified: bool,
    /// Whether it was typed into a field.
    pub typing: bool,
}

/// The command a key stands for, if any.
pub fn command(press: Press<'_>) -> Option<Command> {
    if press.modified || press.typing {
        return None;
    }
    BINDINGS.iter().find(|binding| binding.keys.contains(&press.key)).map(|binding| binding.command)
}

/// How a key is written on a keycap.
pub fn keycap(key: &str) -> &str {
    match key {
        "Escape" => "Esc",
        key => key,
    }
}

/// Where an arrow key moves in a list of `rows`, from row `at`, by pages of `page`.
pub fn moved(key: &str, at: u64, rows: u64, page: u64) -> Option<u64> {
    let last = rows.checked_sub(1)?;
    let to = match key {
        "ArrowDown" => at + 1,
        "ArrowUp" => at.saturating_sub(1),
        "PageDown" => at + page,
        "PageUp" => at.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to.min(last))
}

/// Where an arrow key moves in a hex pane of `size` bytes in rows of `row`, from byte
/// `at`, by pages of `page` rows.
pub fn moved_in_hex(key: &str, at: u32, size: u32, row: u32, page: u32) -> Option<u32> {
    let last = size.checked_sub(1)?;
    let to = match key {
        "ArrowRight" => at.saturating_add(1),
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" => at.saturating_add(row),
        "ArrowUp" => at.checked_sub(row).unwrap_or(at),
        "PageDown" => at.saturating_add(row * page),
        "PageUp" => at.saturating_sub(row * page),
        "Home" => at - at % row,
        "End" => at - at % row + row - 1,
        _ => return None,
    };
    Some(to.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_the_list_says() {
        for binding in BINDINGS {
            for key in binding.keys {
                assert_eq!(
                    command(Press { key, ..Press::default() }),
                    Some(binding.command),
                    "{key}"
                );
            }
        }
        assert_eq!(command(Press { key: "q", ..Press::default() }), None);
    }

    #[test]
    fn no_key_is_bound_twice() {
        let mut keys: Vec<_> = BINDINGS.iter().flat_map(|binding| binding.keys).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn nothing_fires_while_typing_or_with_a_modifier() {
        assert_eq!(command(Press { key: "j", typing: true, modified: false }), None);
        assert_eq!(command(Press { key: "c", typing: false, modified: true }), None);
    }

    #[test]
    fn arrow_keys_stay_inside_a_list() {
        assert_eq!(moved("ArrowUp", 0, 5, 3), Some(0));
        assert_eq!(moved("ArrowDown", 4, 5, 3), Some(4));
        assert_eq!(moved("PageDown", 1, 5, 3), Some(4));
        assert_eq!(moved("End", 1, 5, 3), Some(4));
        assert_eq!(moved("Home", 0, 0, 3), None);
        assert_eq!(moved("x", 0, 5, 3), None);
    }

    #[test]
    fn arrow_keys_stay_inside_the_bytes() {
        assert_eq!(moved_in_hex("ArrowUp", 3, 40, 16, 2), Some(3));
        assert_eq!(moved_in_hex("ArrowDown", 30, 40, 16, 2), Some(39));
        assert_eq!(moved_in_hex("End", 17, 40, 8, 2), Some(23));
        assert_eq!(moved_in_hex("ArrowLeft", 0, 0, 16, 2), None);
    }
}
