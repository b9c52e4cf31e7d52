//! What the next instruction will do, in a sentence with this execution's values.

use fayasm_core::decode::Immediates;
use fayasm_core::inspect::{Location, Place, attempts};
use fayasm_core::operators::Class;
use fayasm_core::text::Lanes;
use fayasm_core::{Operator, Proposal, Val};

use super::card::Forecast;
use super::opened::Opened;
use super::run::Run;

/// Values that are named one by one.
const MAX_LISTED: usize = 8;

impl Run {
    pub(super) fn effect(
        &self,
        opened: &Opened,
        place: &Place,
        operands: &[Val],
        forecast: Option<&Forecast>,
    ) -> String {
        let explained = place.instruction.operator.row().explained;
        let taken =
            operands.get(operands.len().saturating_sub(place.effect.pops)..).unwrap_or_default();
        match forecast {
            Some(Ok(left)) => {
                let lanes = Lanes::of(place.instruction.operator);
                return with_values(taken, left, lanes);
            }
            Some(Err(trap)) => return format!("{} and traps: {}", pops(taken, None), trap.kind()),
            None => {}
        }
        match (place.instruction.operator.row().class, taken) {
            (Class::Store, [_, value]) => {
                let attempts = attempts(&self.store, self.timeline.job());
                match attempts.first().map(|access| &access.location) {
                    Some(Location::Memory { bytes, .. }) => {
                        format!("writes {value} to memory at {:#x}", bytes.start)
                    }
                    _ => explained.to_owned(),
                }
            }
            (Class::Variable, [value]) => format!("sets the global to {value}"),
            (Class::Control, taken) => control(opened, place, taken, operands, explained),
            (_, []) => explained.to_owned(),
            (_, taken) => format!("{}: {explained}", pops(taken, None)),
        }
    }
}

fn control(
    opened: &Opened,
    place: &Place,
    taken: &[Val],
    operands: &[Val],
    explained: &str,
) -> String {
    let last = taken.last().and_then(|value| value.i32());
    match (place.instruction.operator, &place.instruction.immediates, last) {
        (Operator::BrIf, _, Some(0)) => "pops 0: goes on without branching".to_owned(),
        (Operator::BrIf, _, Some(value)) => format!("pops {value}, which is not zero: branches"),
        (Operator::If, _, Some(0)) => "pops 0: goes to the else part or past the end".to_owned(),
        (Operator::If, _, Some(value)) => {
            format!("pops {value}, which is not zero: goes on inside")
        }
        (Operator::BrTable, Immediates::Labels(labels), Some(value)) => {
            let index = value.cast_unsigned() as usize;
            match labels.split_last() {
                Some((_, listed)) if index < listed.len() => {
                    let label = listed.get(index).copied().unwrap_or_default();
                    format!("pops {value}: branches to label {label}")
                }
                Some((default, _)) => {
                    format!("pops {value}, which is past the list: branches to label {default}")
                }
                None => explained.to_owned(),
            }
        }
        (Operator::Call | Operator::ReturnCall, Immediates::Function(function), _) => {
            format!("calls {}({})", opened.function_name(*function), arguments(taken))
        }
        (Operator::CallIndirect | Operator::ReturnCallIndirect, _, Some(index)) => {
            let passed = taken.split_last().map_or(&[][..], |(_, passed)| passed);
            format!("calls element {index} of the table with ({})", arguments(passed))
        }
        (Operator::Return, ..) => match operands {
            [] => "returns".to_owned(),
            _ => "returns what is on top of the stack".to_owned(),
        },
        (Operator::End, ..) if place.blocks.len() == 1 => match operands {
            [] => "returns".to_owned(),
            results => format!("returns {}", list(results, None)),
        },
        _ => explained.to_owned(),
    }
}

fn with_values(taken: &[Val], left: &[Val], lanes: Option<Lanes>) -> String {
    match (taken, left) {
        ([], []) => "changes nothing".to_owned(),
        ([], left) => format!("pushes {}", list(left, lanes)),
        (taken, []) => pops(taken, lanes),
        (taken, left) => format!("{}, pushes {}", pops(taken, lanes), list(left, lanes)),
    }
}

fn pops(taken: &[Val], lanes: Option<Lanes>) -> String {
    format!("pops {}", list(taken, lanes))
}

/// "7, 32, 25".
fn arguments(values: &[Val]) -> String {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// "7, 32 and 25"; vectors by their lanes, if it is known what these are.
fn list(values: &[Val], lanes: Option<Lanes>) -> String {
    let text = |value: &Val| match (*value, lanes) {
        (Val::V128(vector), lanes) if Proposal::Simd.is_built_in() => {
            lanes.unwrap_or(Lanes::I32x4).text(vector).to_string()
        }
        _ => value.to_string(),
    };
    let shown: Vec<String> = values.iter().take(MAX_LISTED).map(text).collect();
    let hidden = values.len().saturating_sub(shown.len());
    match shown.split_last() {
        _ if hidden > 0 => format!("{} and {hidden} more", shown.join(", ")),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
