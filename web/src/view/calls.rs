//! Where calls are in the picture of them, and how they are spoken of.

use super::format;
use crate::protocol::{CallView, CallsView};

/// How many hues there are.
const HUES: u32 = 6;

/// A length from left to right, as CSS has it: of 10 000 parts.
fn part(view: &CallsView, step: f64) -> u32 {
    let length = (view.to - view.from).max(1.0);
    // Anything else than a number within becomes the nearest.
    ((step - view.from) / length * 10_000.0).clamp(0.0, 10_000.0) as u32
}

/// `12.5%`, without printing a float, which takes much code.
fn percent(parts: u32) -> String {
    format!("{}.{:02}%", parts / 100, parts % 100)
}

/// Where a step is, from the left.
pub fn across(view: &CallsView, step: f64) -> String {
    percent(part(view, step))
}

/// The place of a call, as a style.
pub fn place(view: &CallsView, call: &CallView) -> String {
    let (left, right) = (part(view, call.from), part(view, call.to));
    let width = percent(right.saturating_sub(left));
    format!("--d:{};left:{};width:{width}", call.depth, percent(left))
}

/// How many rows there are.
pub fn rows(view: &CallsView) -> u32 {
    view.calls.last().map_or(0, |call| call.depth + 1)
}

/// Which hue a call has: each function has its own, as far as there are enough.
pub fn hue(view: &CallsView, call: &CallView) -> Option<u32> {
    let name = view.names.get(call.name? as usize)?;
    let sum = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31) ^ u32::from(byte));
    Some((sum ^ sum >> 9) % HUES)
}

/// What a call is called in the picture.
pub fn title(view: &CallsView, call: &CallView) -> String {
    let name = call.name.and_then(|name| view.names.get(name as usize));
    match (name, call.calls) {
        (Some(name), 1) => name.clone(),
        (Some(name), calls) => format!("{name} × {}", format::count(f64::from(calls))),
        (None, calls) => format!("{} calls", format::count(f64::from(calls))),
    }
}

/// Everything that is known of a call.
pub fn description(view: &CallsView, call: &CallView) -> String {
    let since = if call.began_before { "since before step" } else { "steps" };
    let until = if call.began_before { "until" } else { "to" };
    format!(
        "{}, {since} {} {until} {}",
        title(view, call),
        format::count(call.from),
        format::count(call.to),
    )
}

/// What is to be known of the picture as a whole.
pub fn remark(view: &CallsView) -> Option<String> {
    let every = view.every.map(|every| {
        let every = format::count(every);
        format!("A long run, looked at every {every} instructions: shorter calls may be missing.")
    });
    let deeper = view.deeper.then(|| "Deeper calls are left out.".to_owned());
    match (every, deeper) {
        (Some(every), Some(deeper)) => Some(format!("{every} {deeper}")),
        (every, deeper) => every.or(deeper),
    }
}

/// Which call an arrow key leads to: along the row, to the caller, to what is called.
pub fn moved(view: &CallsView, from: usize, key: &str) -> Option<usize> {
    let at = view.calls.get(from)?;
    let in_row =
        |index: usize| view.calls.get(index).filter(|call| call.depth == at.depth).map(|_| index);
    let position = |meant: &dyn Fn(&CallView) -> bool| view.calls.iter().position(meant);
    match key {
        "ArrowLeft" => in_row(from.checked_sub(1)?),
        "ArrowRight" => in_row(from + 1),
        "ArrowUp" => position(&|call| call.depth + 1 == at.depth && call.to >= at.to),
        "ArrowDown" => {
            position(&|call| call.depth == at.depth + 1 && call.from >= at.from && call.to <= at.to)
        }
        "Home" => position(&|call| call.depth == at.depth),
        "End" => view.calls.iter().rposition(|call| call.depth == at.depth),
        _ => None,
    }
}

/// The innermost call that a step lies in.
pub fn around(view: &CallsView, step: f64) -> Option<usize> {
    view.calls.iter().rposition(|call| call.from <= step && step < call.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(depth: u32, from: f64, to: f64) -> CallView {
        CallView { depth, name: Some(0), from, to, calls: 1, began_before: false }
    }

    fn view() -> CallsView {
        CallsView {
            from: 100.0,
            to: 200.0,
            calls: vec![
                call(0, 100.0, 200.0),
                call(1, 110.0, 120.0),
                CallView { calls: 1234, ..call(1, 150.0, 200.0) },
                CallView { name: None, calls: 7, ..call(2, 155.5, 156.0) },
            ],
            names: vec!["fib".to_owned()],
            deeper: false,
            every: None,
        }
    }

    #[test]
    fn a_call_lies_where_its_steps_are() {
        let view = view();
        assert_eq!(place(&view, &view.calls[1]), "--d:1;left:10.00%;width:10.00%");
        assert_eq!(place(&view, &view.calls[3]), "--d:2;left:55.50%;width:0.50%");
        assert_eq!(across(&view, 100.0), "0.00%");
        assert_eq!(rows(&view), 3);
    }

    #[test]
    fn a_call_is_named_and_several_are_counted() {
        let view = view();
        let described: Vec<_> = view.calls.iter().map(|it| description(&view, it)).collect();
        assert_eq!(described[1], "fib, steps 110 to 120");
        assert_eq!(described[2], "fib × 1\u{202f}234, steps 150 to 200");
        assert_eq!(described[3], "7 calls, steps 155 to 156");
        let before = CallView { began_before: true, ..view.calls[0] };
        assert_eq!(description(&view, &before), "fib, since before step 100 until 200");
        assert_eq!(hue(&view, &view.calls[1]), hue(&view, &view.calls[2]));
        assert_eq!(hue(&view, &view.calls[3]), None);
    }

    #[test]
    fn arrow_keys_lead_along_the_row_and_between_callers_and_callees() {
        let view = view();
        let cases = [
            (1, "ArrowRight", Some(2)),
            (1, "ArrowLeft", None),
            (2, "ArrowRight", None),
            (2, "ArrowUp", Some(0)),
            (2, "ArrowDown", Some(3)),
            (1, "ArrowDown", None),
            (0, "ArrowUp", None),
            (2, "Home", Some(1)),
            (1, "End", Some(2)),
            (1, "x", None),
            (9, "End", None),
        ];
        for (from, key, to) in cases {
            assert_eq!(moved(&view, from, key), to, "{key} from {from}");
        }
        assert_eq!(around(&view, 115.0), Some(1));
        assert_eq!(around(&view, 130.0), Some(0));
        assert_eq!(around(&view, 200.0), None);
    }

    #[test]
    fn what_is_left_out_is_said() {
        assert_eq!(remark(&view()), None);
        let view = CallsView { deeper: true, every: Some(4e5), ..view() };
        let remark = remark(&view).unwrap();
        assert!(
            remark.contains("every 400\u{202f}000 instructions") && remark.ends_with("left out.")
        );
    }
}
