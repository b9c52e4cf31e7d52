//! Ctrl+C, which stops a running program and not the runner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// What shells give for a program that Ctrl+C has ended.
const INTERRUPTED: i32 = 130;

/// Whether what is going on is to be stopped.
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
    /// Whether Ctrl+C ends the runner: nothing is going on, or it has been asked before.
    ends: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on, Ctrl+C asks for what is going on to be stopped.
    pub(crate) fn new() -> Self {
        let (asked, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        // They happen in this order. Without them, Ctrl+C ends the runner as it does other
        // programs.
        let _ = flag::register_conditional_shutdown(SIGINT, INTERRUPTED, Arc::clone(&ends));
        let _ = flag::register(SIGINT, Arc::clone(&ends));
        let _ = flag::register(SIGINT, Arc::clone(&asked));
        Interrupt { asked, ends }
    }

    /// Something goes on from now on, or nothing does.
    pub(crate) fn set_busy(&self, busy: bool) {
        self.asked.store(false, Ordering::SeqCst);
        self.ends.store(!busy, Ordering::SeqCst);
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
