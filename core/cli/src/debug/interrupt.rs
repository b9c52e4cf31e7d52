//! Ctrl+C, which stops a running program and not the debugger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// What shells give for a program that Ctrl+C has ended.
const INTERRUPTED: i32 = 130;

/// Whether what is going on is to be stopped.
pub(super) struct Interrupt {
    asked: Arc<AtomicBool>,
    /// Whether Ctrl+C ends the debugger: nothing is going on, or it has been asked before.
    ends: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on, Ctrl+C asks for what is going on to be stopped.
    pub(super) fn new() -> Self {
        let (asked, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        // They happen in this order. Without them, Ctrl+C ends the debugger as it does other
        // programs.
        let _ = flag::register_conditional_shutdown(SIGINT, INTERRUPTED, Arc::clone(&ends));
        let _ = flag::register(SIGINT, Arc::clone(&ends));
        let _ = flag::register(SIGINT, Arc::clone(&asked));
        Interrupt { asked, ends }
    }

    /// Something goes on from now on, or nothing does.
    pub(super) fn set_busy(&self, busy: bool) {
        self.asked.store(false, Ordering::SeqCst);
        self.ends.store(!busy, Ordering::SeqCst);
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
