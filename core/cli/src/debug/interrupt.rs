//! Ctrl+C, which stops a running program and not the debugger.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// What shells give for a program that Ctrl+C has ended.
const INTERRUPTED: i32 = 130;

const IDLE: u8 = 0;
const BUSY: u8 = 1;
const ASKED: u8 = 2;

/// Whether what is going on is to be stopped.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<AtomicU8>);

impl Interrupt {
    /// From now on, Ctrl+C asks for what is going on to be stopped. If nothing is, or it
    /// has been asked before, it ends the debugger.
    pub(super) fn new() -> Self {
        let state = Arc::new(AtomicU8::new(IDLE));
        let pressed = Arc::clone(&state);
        let handler = move || {
            if pressed.compare_exchange(BUSY, ASKED, Ordering::Relaxed, Ordering::Relaxed).is_err()
            {
                process::exit(INTERRUPTED);
            }
        };
        // Without it, Ctrl+C ends the debugger, as it does other programs.
        let _ = ctrlc::set_handler(handler);
        Interrupt(state)
    }

    /// Something goes on from now on, or nothing does.
    pub(super) fn set_busy(&self, busy: bool) {
        self.0.store(if busy { BUSY } else { IDLE }, Ordering::Relaxed);
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed) == ASKED
    }
}
