//! How many instructions to run before the worker looks at its messages again.

/// How long a slice may take, in milliseconds: short against the 100 ms within
/// which Stop must answer, long against the cost of handing back control.
const SLICE_MS: f64 = 10.0;

/// Instructions in a first slice, before anything is known of the program.
const FIRST_SLICE: u64 = 10_000;

/// A slice never grows beyond this, whatever the clock says.
const LONGEST_SLICE: u64 = 5_000_000;

/// How far a run may fall behind its speed before it stops trying to catch up, in milliseconds.
const PATIENCE_MS: f64 = 250.0;

/// Time between two reports of a running program, in milliseconds.
const REPORT_MS: f64 = 50.0;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turn {
    /// Run this many instructions.
    Run(u64),
    /// Do nothing for this many milliseconds.
    Wait(f64),
}

/// Paces one run. Times are milliseconds of one clock, whichever.
#[derive(Debug, Clone)]
pub struct Pace {
    speed: Option<u32>,
    began: f64,
    executed: u64,
    slice: u64,
    reported: f64,
    unreported: u64,
}

impl Pace {
    /// A run that begins `now`, at so many instructions per second.
    pub fn new(speed: Option<u32>, now: f64) -> Self {
        Self { speed, began: now, executed: 0, slice: FIRST_SLICE, reported: now, unreported: 0 }
    }

    /// What to do at this moment.
    pub fn turn(&mut self, now: f64) -> Turn {
        let Some(speed) = self.speed else {
            return Turn::Run(self.slice);
        };
        let per_ms = f64::from(speed) / 1000.0;
        // The first instruction is due at once, so that something moves when a button is pressed.
        let due = 1.0 + (now - self.began) * per_ms - self.executed as f64;
        if due < 1.0 {
            return Turn::Wait((1.0 - due) / per_ms);
        }
        if due / per_ms > PATIENCE_MS && due > 2.0 {
            self.began = now;
            self.executed = 0;
        }
        Turn::Run((due as u64).min(self.slice))
    }

    /// Takes note that a turn ran, and what it took.
    pub fn ran(&mut self, instructions: u64, elapsed: f64) {
        self.executed += instructions;
        self.unreported += instructions;
        if instructions < self.slice {
            return;
        }
        let factor = (SLICE_MS / elapsed.max(0.05)).clamp(0.1, 4.0);
        self.slice = ((self.slice as f64 * factor) as u64).clamp(1, LONGEST_SLICE);
    }

    /// The speed since the last report, in instructions per second, when another
    /// report is due; when so, not again for a while.
    pub fn report(&mut self, now: f64) -> Option<f64> {
        let elapsed = now - self.reported;
        if elapsed < REPORT_MS {
            return None;
        }
        self.reported = now;
        let executed = std::mem::take(&mut self.unreported);
        Some(executed as f64 * 1000.0 / elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instructions run in `seconds` on a machine that does `per_ms` of them a
    /// millisecond, and the longest slice in milliseconds after the first second.
    fn simulate(speed: Option<u32>, per_ms: f64, seconds: f64) -> (u64, f64) {
        let mut now = 0.0;
        let mut pace = Pace::new(speed, now);
        let (mut executed, mut longest) = (0, 0.0_f64);
        while now < seconds * 1000.0 {
            match pace.turn(now) {
                Turn::Wait(ms) => now += ms.max(0.01),
                Turn::Run(instructions) => {
                    let elapsed = instructions as f64 / per_ms;
                    now += elapsed;
                    executed += instructions;
                    pace.ran(instructions, elapsed);
                    if now > 1000.0 {
                        longest = longest.max(elapsed);
                    }
                }
            }
        }
        (executed, longest)
    }

    #[test]
    fn a_slice_stays_short_on_fast_and_slow_machines() {
        for per_ms in [50.0, 5_000.0, 200_000.0] {
            let (_, longest) = simulate(None, per_ms, 3.0);
            assert!(longest <= SLICE_MS * 2.0, "{longest} ms at {per_ms} instructions per ms");
        }
    }

    #[test]
    fn a_speed_is_kept_within_a_few_instructions() {
        for speed in [1, 4, 64, 1_000, 100_000] {
            let (executed, _) = simulate(Some(speed), 20_000.0, 4.0);
            let wanted = u64::from(speed) * 4;
            assert!(
                executed.abs_diff(wanted) <= 2 + wanted / 100,
                "{executed} at {speed} per second"
            );
        }
    }

    #[test]
    fn the_first_instruction_does_not_wait() {
        assert_eq!(Pace::new(Some(1), 5.0).turn(5.0), Turn::Run(1));
    }

    #[test]
    fn time_spent_asleep_is_not_made_up_for() {
        let mut pace = Pace::new(Some(1_000), 0.0);
        assert_eq!(pace.turn(60_000.0), Turn::Run(FIRST_SLICE));
        pace.ran(FIRST_SLICE, 1.0);
        assert!(matches!(pace.turn(60_001.0), Turn::Wait(_)));
    }

    #[test]
    fn a_report_tells_the_speed_since_the_one_before() {
        let mut pace = Pace::new(None, 0.0);
        pace.ran(500, 1.0);
        assert_eq!(pace.report(49.0), None);
        assert_eq!(pace.report(50.0), Some(10_000.0));
        assert_eq!(pace.report(100.0), Some(0.0));
    }

    #[test]
    fn reports_come_at_most_twenty_times_a_second() {
        let mut pace = Pace::new(None, 0.0);
        let reports = (0..1000).filter(|ms| pace.report(f64::from(*ms)).is_some()).count();
        assert!((15..=20).contains(&reports), "{reports}");
    }
}
