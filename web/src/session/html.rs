//! Pieces of HTML that panes are made of which the engine writes.

use std::fmt::Write;

/// A text between tags, or in quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A choice of several, which are numbered.
pub(super) fn select(label: &str, name: &str, all: &[String], at: u32) -> String {
    let mut options = String::new();
    for (index, option) in (0..).zip(all) {
        let selected = if index == at { " selected" } else { "" };
        // A string takes everything.
        let _ = write!(options, "<option value={index}{selected}>{}</option>", escaped(option));
    }
    format!("<label>{label}<select name={name}>{options}</select></label>")
}

/// What was typed into a field and is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The name of the field.
    pub(super) field: String,
    pub(super) why: String,
}

/// A number that can be set, of at least `least`; it says so if something was refused.
pub(super) fn field(
    label: &str,
    name: &str,
    least: u32,
    value: u32,
    refused: Option<&Refused>,
) -> String {
    let (mark, why) = match refused.filter(|refused| refused.field == name) {
        Some(Refused { why, .. }) => {
            (" aria-invalid=true", format!("<p class=message role=alert>{}</p>", escaped(why)))
        }
        None => ("", String::new()),
    };
    format!(
        "<label>{label}<input name={name} type=number min={least} max={} value={value}{mark}></label>{why}",
        u32::MAX
    )
}

/// A button that can be pressed.
pub(super) fn button(name: &str, label: &str) -> String {
    button_if(true, name, label)
}

/// A button that can be pressed if it is ready.
pub(super) fn button_if(is_ready: bool, name: &str, label: &str) -> String {
    let disabled = if is_ready { "" } else { " disabled" };
    format!("<button type=button class=secondary name={name}{disabled}>{label}</button>")
}

/// Names and values.
pub(super) fn facts<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut html = String::new();
    for (name, value) in rows {
        // A string takes everything.
        let _ = write!(html, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(name), escaped(value));
    }
    if html.is_empty() { html } else { format!("<dl class=device-facts>{html}</dl>") }
}
