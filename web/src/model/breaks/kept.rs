//! Breakpoints as text, which is kept between visits: one in a line. What is read may have
//! been written by anybody.

use super::Breaks;
use crate::protocol::{Stop, StopPlace, Watch};
use crate::view::cursor::{decode, encode};

/// The most breakpoints that are kept: those set last.
const MOST: usize = 200;

/// The longest line that is read, in bytes.
const LONGEST: usize = 4000;

/// What watchpoints stop at, in words.
const WATCHES: [(Watch, &str); 4] = [
    (Watch::Read, "read"),
    (Watch::Write, "write"),
    (Watch::Access, "access"),
    (Watch::Change, "change"),
];

impl Breaks {
    /// Those that were kept, numbered anew. What makes no sense is left out.
    pub fn recalled(text: &str) -> Self {
        let mut breaks = Breaks::default();
        for line in text.lines().filter(|line| line.len() <= LONGEST).take(MOST) {
            let Some(stop) = read(line) else { continue };
            if breaks.at(&stop.file, stop.place).is_none() {
                breaks.last += 1;
                breaks.stops.push(Stop { number: breaks.last, ..stop });
            }
        }
        breaks
    }

    /// What is to be kept.
    pub fn to_keep(&self) -> String {
        let kept = self.stops.len().saturating_sub(MOST);
        let lines = self.stops.iter().skip(kept).map(write);
        lines.filter(|line| line.len() <= LONGEST).collect::<Vec<_>>().join("\n")
    }
}

/// `a.wasm off l0%20%3E%205 local 3 0 0 change`: three numbers, whatever they are for.
fn write(stop: &Stop) -> String {
    let enabled = if stop.enabled { "on" } else { "off" };
    let (kind, [a, b, c]) = match stop.place {
        StopPlace::Instruction { offset } => ("instruction", [offset, 0, 0]),
        StopPlace::Local { function, local, .. } => ("local", [function, local, 0]),
        StopPlace::Global { global, .. } => ("global", [global, 0, 0]),
        StopPlace::Memory { memory, address, length, .. } => ("memory", [memory, address, length]),
        StopPlace::HostCall => ("host", [0; 3]),
        StopPlace::MemoryGrowth => ("growth", [0; 3]),
    };
    let on = WATCHES.iter().find(|(watch, _)| Some(*watch) == stop.place.watch());
    let on = on.map_or("-", |(_, word)| word);
    let (file, condition) = (encode(&stop.file), encode(&stop.condition));
    format!("{file} {enabled} {condition} {kind} {a} {b} {c} {on}")
}

fn read(line: &str) -> Option<Stop> {
    let words: Vec<&str> = line.split(' ').collect();
    let &[file, enabled, condition, kind, a, b, c, on] = words.as_slice() else { return None };
    let enabled = match enabled {
        "on" => true,
        "off" => false,
        _ => return None,
    };
    let number = |text: &str| text.parse::<u32>().ok();
    let (a, b, c) = (number(a)?, number(b)?, number(c)?);
    let on = WATCHES.iter().find(|(_, word)| *word == on).map(|(watch, _)| *watch);
    let place = match kind {
        "instruction" => StopPlace::Instruction { offset: a },
        "local" => StopPlace::Local { function: a, local: b, on: on? },
        "global" => StopPlace::Global { global: a, on: on? },
        "memory" => StopPlace::Memory { memory: a, address: b, length: c, on: on? },
        "host" => StopPlace::HostCall,
        "growth" => StopPlace::MemoryGrowth,
        _ => return None,
    };
    Some(Stop { number: 0, file: decode(file), place, enabled, condition: decode(condition) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(number: u32, place: StopPlace) -> Stop {
        let (file, condition) = ("a b%\n.wasm".to_owned(), String::new());
        Stop { number, file, place, enabled: true, condition }
    }

    #[test]
    fn what_is_kept_is_what_was_set() {
        let stops = vec![
            stop(1, StopPlace::Instruction { offset: 418 }),
            Stop { enabled: false, ..stop(2, StopPlace::HostCall) },
            stop(3, StopPlace::MemoryGrowth),
            Stop {
                condition: "l0 > 5 && $größe != 1\t".to_owned(),
                ..stop(4, StopPlace::Local { function: 3, local: 0, on: Watch::Read })
            },
            stop(5, StopPlace::Global { global: 2, on: Watch::Write }),
            stop(
                6,
                StopPlace::Memory { memory: 1, address: u32::MAX, length: 4, on: Watch::Access },
            ),
            stop(7, StopPlace::Global { global: 3, on: Watch::Change }),
        ];
        let breaks = Breaks { stops, ..Breaks::default() };
        let recalled = Breaks::recalled(&breaks.to_keep());
        assert_eq!(recalled.stops, breaks.stops);
        assert_eq!(recalled.last, 7);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let good = "a.wasm on  instruction 7 0 0 -";
        let long = format!("{} on  host 0 0 0 -", "a".repeat(LONGEST));
        for bad in [
            "",
            "a.wasm",
            "a.wasm maybe  host 0 0 0 -",
            "a.wasm on  instruction",
            "a.wasm on  instruction -7 0 0 -",
            "a.wasm on  instruction 4294967296 0 0 -",
            "a.wasm on  instruction 7 8 9 - 0",
            "a.wasm on  global 1 0 0 never",
            "a.wasm on  somewhere 0 0 0 -",
            good,
            &long,
        ] {
            let recalled =
                Breaks::recalled(&format!("{good}\n{bad}\nb.wasm off l0 host 0 0 0 -\n"));
            let files: Vec<_> = recalled.stops.iter().map(|it| (it.number, &*it.file)).collect();
            assert_eq!(files, [(1, "a.wasm"), (2, "b.wasm")], "{bad}");
        }
    }

    #[test]
    fn of_very_many_those_set_last_are_kept() {
        let many = (0..1000).map(|offset| stop(offset, StopPlace::Instruction { offset }));
        let breaks = Breaks { stops: many.collect(), ..Breaks::default() };
        let recalled = Breaks::recalled(&breaks.to_keep());
        assert_eq!(recalled.stops.len(), MOST);
        assert_eq!(recalled.stops.last().unwrap().place, breaks.stops.last().unwrap().place);
        assert_eq!(Breaks::recalled(&write(&breaks.stops[0]).repeat(MOST)).stops, []);
    }
}
