//! Allocations that give an error where memory runs out.
//!
//! Vectors and strings can be asked to reserve memory. For what else there is,
//! [`room_for`] asks for the same just before and gives it back: that finds out
//! whether there is memory, as long as nobody else takes it in between. Where
//! several threads share the last of the memory, the process may still end.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::shared::Shared;

/// Memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfMemory;

/// The items in a box of just their size. A vector that shrinks by itself would
/// abort where memory runs out.
pub(crate) fn boxed<T>(mut items: Vec<T>) -> Result<Box<[T]>, OutOfMemory> {
    let count = items.len();
    fit(&mut items, count)?;
    Ok(items.into_boxed_slice())
}

/// Lets a vector have room for just so many items, or just those that it has.
pub(crate) fn fit<T>(items: &mut Vec<T>, capacity: usize) -> Result<(), OutOfMemory> {
    if items.capacity() != capacity {
        let mut exact = Vec::new();
        exact.try_reserve_exact(capacity.max(items.len())).map_err(|_| OutOfMemory)?;
        exact.append(items);
        *items = exact;
    }
    Ok(())
}

/// A copy of the items.
pub(crate) fn boxed_copy<T: Copy>(items: &[T]) -> Result<Box<[T]>, OutOfMemory> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(items.len()).map_err(|_| OutOfMemory)?;
    copy.extend_from_slice(items);
    Ok(copy.into_boxed_slice())
}

/// A copy of a text.
pub(crate) fn boxed_text(text: &str) -> Result<Box<str>, OutOfMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len()).map_err(|_| OutOfMemory)?;
    copy.push_str(text);
    Ok(copy.into_boxed_str())
}

/// A text that is put together; nothing in builds without texts.
pub(crate) fn boxed_format(text: fmt::Arguments<'_>) -> Result<Box<str>, OutOfMemory> {
    struct Growing(String);
    impl fmt::Write for Growing {
        fn write_str(&mut self, more: &str) -> fmt::Result {
            self.0.try_reserve(more.len()).map_err(|_| fmt::Error)?;
            self.0.push_str(more);
            Ok(())
        }
    }
    if !cfg!(feature = "texts") {
        return Ok(Box::default());
    }
    let mut growing = Growing(String::new());
    fmt::write(&mut growing, text).map_err(|_| OutOfMemory)?;
    boxed_text(&growing.0)
}

/// The value in a box.
pub(crate) fn boxed_value<T>(value: T) -> Result<Box<T>, OutOfMemory> {
    room_for::<T>(1)?;
    Ok(Box::new(value))
}

/// The value, to be shared.
pub(crate) fn shared<T>(value: T) -> Result<Shared<T>, OutOfMemory> {
    // Behind the pointer stands the value with two counts.
    room_for::<(usize, usize, T)>(1)?;
    Ok(Shared::new(value))
}

/// So many bytes, all zero. The system gives memory for them as they are
/// touched, if it can; setting them one by one would touch them all.
pub(crate) fn zeroed(bytes: usize) -> Result<Vec<u8>, OutOfMemory> {
    room_for::<u8>(bytes)?;
    Ok(alloc::vec![0; bytes])
}

/// Finds out whether there is room for so many values.
fn room_for<T>(count: usize) -> Result<(), OutOfMemory> {
    let mut room = Vec::<T>::new();
    room.try_reserve_exact(count).map_err(|_| OutOfMemory)?;
    // Keeps the compiler from leaving out the allocation.
    core::hint::black_box(&mut room);
    Ok(())
}
