//! What is to be done with a database, by whoever has one.

use std::fmt;

/// Values by their keys; one that is empty is not needed any more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values(Vec<(u32, Vec<u8>)>);

impl Values {
    /// No values.
    #[must_use]
    pub const fn new() -> Self {
        Values(Vec::new())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.0.iter().map(|(key, value)| (*key, value.as_slice()))
    }

    /// The value of a key.
    pub fn get_mut(&mut self, key: u32) -> Option<&mut Vec<u8>> {
        let at = self.find(key).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// Gives a key another value.
    pub fn set(&mut self, key: u32, value: Vec<u8>) {
        match self.find(key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// Takes all values of others.
    pub fn take_from(&mut self, others: &mut Values) {
        for (key, value) in others.0.drain(..) {
            self.set(key, value);
        }
    }

    /// Takes a value away.
    pub(super) fn remove(&mut self, key: u32) -> Option<Vec<u8>> {
        let at = self.find(key).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Forgets what is not needed any more.
    pub fn forget_empty(&mut self) {
        self.0.retain(|(_, value)| !value.is_empty());
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Where a key is, or would be.
    fn find(&self, key: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(known, _)| *known)
    }
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// What came of it is to be told with this number.
    pub number: u64,
    /// The name of the database.
    pub name: String,
    /// What is to be done with it.
    pub what: What,
}

/// What is to be done with a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Read all values, if it is there.
    Load,
    /// Store values, all or none. If it is not there, it is made.
    Store(Values),
    /// Remove it.
    Remove,
}

/// What came of it: the values that were read, else none.
pub type Done = Result<Values, Trouble>;

/// Why something could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// There is no database to be had here.
    Blocked,
    /// Another tab has it.
    Busy,
    /// There is no room for more.
    Full,
    /// It was made by another version of the page.
    Version,
    /// What the browser says.
    Failed(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Blocked => f.write_str("This browser lets the page keep nothing here"),
            Trouble::Busy => f.write_str("Another tab works with the store of this module"),
            Trouble::Full => f.write_str("The browser gives the page no more room"),
            Trouble::Version => f.write_str("The store was made by another version of this page"),
            Trouble::Failed(reason) => write!(f, "The browser's database failed: {reason}"),
        }
    }
}
