//! What calls came to on other devices, and the smallest budget with which one completes.

use super::pages::duration;
use super::shown::{DeviceSetting, Tone, TryView};
use super::trial::{Came, End, MOST, Trial};
use super::{POLICIES, time};
use crate::protocol::ErrorView;
use crate::view::format;

/// Most calls that are listed.
const MAX_LISTED: usize = 12;

/// What a trial is for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// To be seen beside others.
    Compare,
    /// To find out what the call takes at most.
    Most,
    /// To halve what is between a budget that is too small and one that is not.
    Halve { low: u32, high: u32 },
}

/// The smallest budget.
#[derive(Debug, Clone)]
pub(super) enum Least {
    Found(u32),
    Unknown(String),
}

/// Calls on other devices.
#[derive(Default)]
pub(super) struct Tries {
    rows: Vec<TryView>,
    under_way: Option<(Trial, Purpose)>,
    pub(super) least: Option<Least>,
}

/// Begins a trial on a device.
pub(super) type Begin<'a> = dyn FnMut(DeviceSetting) -> Result<Result<Trial, Came>, ErrorView> + 'a;

impl Tries {
    pub(super) fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    pub(super) fn rows(&self) -> Vec<TryView> {
        self.rows.clone()
    }

    /// What is being tried, in words.
    pub(super) fn trying(&self) -> Option<String> {
        let (trial, purpose) = self.under_way.as_ref()?;
        Some(match purpose {
            Purpose::Compare => format!("Trying {}…", name(&trial.device)),
            Purpose::Most => "Trying without a limit…".to_owned(),
            Purpose::Halve { low, high } => format!(
                "Trying {}: {} is too little, {} is enough…",
                exactly(trial.device.budget),
                exactly(*low),
                exactly(*high)
            ),
        })
    }

    pub(super) fn stop(&mut self) {
        if let Some((_, Purpose::Most | Purpose::Halve { .. })) = self.under_way.take() {
            self.least =
                Some(Least::Unknown("You stopped looking for the least budget.".to_owned()));
        }
    }

    /// Makes a call, to be seen beside others.
    pub(super) fn compare(
        &mut self,
        device: DeviceSetting,
        begin: &mut Begin<'_>,
    ) -> Result<(), ErrorView> {
        self.begin(device, Purpose::Compare, begin)
    }

    /// Looks for the smallest budget.
    pub(super) fn find_least(
        &mut self,
        device: DeviceSetting,
        begin: &mut Begin<'_>,
    ) -> Result<(), ErrorView> {
        self.least = None;
        self.begin(DeviceSetting { budget: u32::MAX, ..device }, Purpose::Most, begin)
    }

    fn begin(
        &mut self,
        device: DeviceSetting,
        purpose: Purpose,
        begin: &mut Begin<'_>,
    ) -> Result<(), ErrorView> {
        match begin(device)? {
            Ok(trial) => self.under_way = Some((trial, purpose)),
            Err(came) => self.end(&came, purpose, begin)?,
        }
        Ok(())
    }

    /// Goes on for so many instructions. Says whether something has become of a call.
    pub(super) fn go_on(
        &mut self,
        instructions: u64,
        begin: &mut Begin<'_>,
    ) -> Result<bool, ErrorView> {
        let Some((trial, purpose)) = &mut self.under_way else { return Ok(false) };
        let purpose = *purpose;
        let Some(came) = trial.go_on(instructions) else { return Ok(false) };
        self.under_way = None;
        self.end(&came, purpose, begin)?;
        Ok(true)
    }

    fn end(
        &mut self,
        came: &Came,
        purpose: Purpose,
        begin: &mut Begin<'_>,
    ) -> Result<(), ErrorView> {
        let (low, high) = match purpose {
            Purpose::Compare => {
                let view = row(came);
                self.rows.retain(|row| row.device != view.device);
                self.rows.insert(0, view);
                self.rows.truncate(MAX_LISTED);
                return Ok(());
            }
            Purpose::Most => match &came.end {
                // A budget is no more than can be said in 32 bits.
                End::Returns => (0, u32::try_from(came.peak.ledger.total()).unwrap_or(u32::MAX)),
                End::Lacks(reason) | End::Traps(reason) => {
                    return self.give_up(format!("No budget lets it complete: {reason}."));
                }
                End::Waits => {
                    return self.give_up(
                        "The least budget cannot be looked for: the call waits for input."
                            .to_owned(),
                    );
                }
                End::TooLong => {
                    return self.give_up(format!(
                        "Looking for the least budget was given up: the call does not end within {} instructions.",
                        format::count(MOST as f64)
                    ));
                }
            },
            Purpose::Halve { low, high } => match came.end {
                End::Returns => (low, came.device.budget),
                // What goes on and on while pages come and go is no good either.
                _ => (came.device.budget, high),
            },
        };
        if high - low <= 1 {
            self.least = Some(Least::Found(high));
            return Ok(());
        }
        let budget = low + (high - low) / 2;
        let device = DeviceSetting { budget, ..came.device };
        self.begin(device, Purpose::Halve { low, high }, begin)
    }

    fn give_up(&mut self, reason: String) -> Result<(), ErrorView> {
        self.least = Some(Least::Unknown(reason));
        Ok(())
    }
}

/// A budget, to the byte.
fn exactly(budget: u32) -> String {
    match budget % 1024 {
        0 => format::size(f64::from(budget)),
        _ => format::counted(budget, "byte"),
    }
}

/// A device, by what makes a difference.
fn name(device: &DeviceSetting) -> String {
    let policy = POLICIES.get(device.policy as usize).map_or("", |policy| policy.name());
    format!("{}, {policy}", exactly(device.budget))
}

/// What a call came to, as it is listed.
fn row(came: &Came) -> TryView {
    let (end, tone) = match &came.end {
        End::Returns => ("completes".to_owned(), Tone::Good),
        End::Lacks(_) => ("too little RAM".to_owned(), Tone::Bad),
        End::Traps(reason) => (reason.clone(), Tone::Bad),
        End::Waits => ("waits for input".to_owned(), Tone::Plain),
        End::TooLong => ("goes on and on".to_owned(), Tone::Plain),
    };
    let stats = &came.stats;
    TryView {
        device: name(&came.device),
        cells: [
            end,
            format::size(came.peak.ledger.total() as f64),
            format::count(stats.faults() as f64),
            format::size((stats.stores * 4096) as f64),
            duration(time(&came.device, came.executed, stats)),
        ],
        tone,
    }
}
