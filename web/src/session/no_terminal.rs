//! The world of programs where there is no WASI: nothing.

use super::run::Run;
use crate::protocol::{ErrorView, Reply, Request};

/// What runs begin with.
#[derive(Default)]
pub(super) struct Surroundings {}

impl Surroundings {
    /// Refuses every request.
    pub(super) fn carry_out(
        &mut self,
        _: Option<&mut Run>,
        _: Request,
    ) -> Result<Reply, ErrorView> {
        Err(ErrorView::titled("There is no terminal"))
    }
}

/// The world of a run.
pub(super) struct World;

impl World {
    /// As a run begins.
    pub(super) fn new(_: &Surroundings) -> Result<Self, ErrorView> {
        Ok(World)
    }

    /// Tells nobody the time.
    pub(super) fn set_time(&mut self, _: u64) {}

    /// Nobody sleeps.
    pub(super) fn take_sleep(&mut self) -> Option<u64> {
        None
    }
}
