//! How fast a program runs when a person wants to watch.

/// A choice of speed: instructions per second, `None` for full speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed {
    /// Instructions per second.
    pub per_second: Option<u32>,
    /// In words.
    pub label: &'static str,
}

impl Speed {
    /// Whether a person can follow single instructions.
    pub fn can_be_followed(self) -> bool {
        self.per_second.is_some_and(|speed| speed <= 64)
    }
}

/// The choices, slowest first.
pub const SPEEDS: &[Speed] = &[
    Speed { per_second: Some(1), label: "1 step/s" },
    Speed { per_second: Some(4), label: "4 steps/s" },
    Speed { per_second: Some(16), label: "16 steps/s" },
    Speed { per_second: Some(64), label: "64 steps/s" },
    Speed { per_second: Some(1_000), label: "1 k steps/s" },
    Speed { per_second: Some(100_000), label: "100 k steps/s" },
    FULL,
];

/// As fast as it goes.
pub const FULL: Speed = Speed { per_second: None, label: "Full speed" };
