//! How much a timeline keeps.

/// How much a timeline keeps.
///
/// ```
/// use fayasm_core::timeline::Settings;
///
/// let settings = Settings::default().with_bytes(1 << 20);
/// assert_eq!((settings.bytes(), settings.interval()), (1 << 20, 250_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub(super) bytes: usize,
    pub(super) interval: u64,
}

impl Default for Settings {
    /// 64 MiB, and 250 000 instructions.
    fn default() -> Self {
        Settings { bytes: 64 << 20, interval: 250_000 }
    }
}

impl Settings {
    /// Bytes that may be kept of a run.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().bytes(), 64 << 20);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many bytes may be kept of a run. If a run is too long for that, fewer
    /// snapshots are kept, and at last its beginning is forgotten.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().with_bytes(100).bytes(), 100);
    /// ```
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Instructions between two snapshots, at the least.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().interval(), 250_000);
    /// ```
    #[must_use]
    pub fn interval(&self) -> u64 {
        self.interval
    }

    /// At least so many instructions, and at least one, between two snapshots.
    /// Between large ones there are more, so that they take a small part of the
    /// time.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().with_interval(0).interval(), 1);
    /// ```
    #[must_use]
    pub fn with_interval(mut self, instructions: u64) -> Self {
        self.interval = instructions.max(1);
        self
    }
}
