//! What is to be done with a database, by whoever has one.

use std::collections::BTreeMap;
use std::fmt;

/// Values by their keys; one that is empty is not needed any more.
pub type Values = BTreeMap<u32, Vec<u8>>;

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
