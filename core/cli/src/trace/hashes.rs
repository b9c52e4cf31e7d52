//! `fayasm trace --hashes`: a number for the state now and then, to tell where two
//! runs differ.

use fayasm_core::Outcome;
use fayasm_core::timeline::state_hash;
use fayasm_trace::{Format, HashRow};

use crate::args::{Manners, RangeOptions, TraceFormat};
use crate::call::Call;
use crate::failure::Failure;
use crate::output::{DIM, Output};

/// Writes hashes of a run down.
pub(super) struct Hashes<'a> {
    pub(super) every: u64,
    pub(super) range: &'a RangeOptions,
    pub(super) format: TraceFormat,
}

impl Hashes<'_> {
    /// Runs to the end, and writes down the states that are wanted and the last one.
    pub(super) fn write(
        &self,
        call: &mut Call,
        out: &mut Output,
        manners: &Manners,
    ) -> Result<Outcome, Failure> {
        let mut progress = call.progress(manners);
        let first = self.range.from - 1;
        let last = first.saturating_add(self.range.limit.unwrap_or(u64::MAX));
        let mut at = first.checked_next_multiple_of(self.every).unwrap_or(u64::MAX);
        // What traps is not counted: the state that it leaves takes the place of the one before.
        let mut held: Option<HashRow> = None;
        let mut outcome = Outcome::OutOfFuel;
        while outcome == Outcome::OutOfFuel && at <= last && at < u64::MAX {
            outcome = call.run_to(at, &mut progress)?;
            if outcome == Outcome::OutOfFuel {
                if let Some(row) = held.replace(now(call)) {
                    self.row(out, row)?;
                }
                at = at.saturating_add(self.every);
            }
        }
        if outcome == Outcome::OutOfFuel {
            outcome = call.finish(&mut progress)?;
        }
        progress.clear();
        let end = now(call);
        if let Some(row) = held.filter(|row| row.executed < end.executed) {
            self.row(out, row)?;
        }
        self.row(out, end)?;
        Ok(outcome)
    }

    fn row(&self, out: &mut Output, row: HashRow) -> Result<(), Failure> {
        match self.format {
            TraceFormat::Text => {
                let HashRow { executed, hash } = row;
                out.line(format_args!("{DIM}{executed:>12}{DIM:#}  {hash:016x}"))
            }
            TraceFormat::Jsonl => out.text(|out| row.write(Format::JsonLines, out)),
            TraceFormat::Csv => out.text(|out| row.write(Format::Csv, out)),
        }
    }
}

fn now(call: &Call) -> HashRow {
    HashRow { executed: call.job.executed(), hash: state_hash(&call.store, &call.job) }
}
