//! A value shared between components.

use std::ops::Deref;
use std::rc::Rc;

/// A reference-counted value that is equal to its own clones and to nothing else.
///
/// Components compare their properties to decide whether to draw again. Replies
/// of the engine are never changed in place, so comparing addresses is enough
/// and costs the same however large the value is.
#[derive(Debug)]
pub struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    /// Shares a value.
    pub fn new(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_equal_and_an_equal_value_is_not() {
        let one = Shared::new(String::from("same"));
        assert_eq!(one, one.clone());
        assert_ne!(one, Shared::new(String::from("same")));
    }
}
