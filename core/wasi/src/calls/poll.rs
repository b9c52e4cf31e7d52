//! `poll_oneoff`: waits until one of several things has happened.

use alloc::vec::Vec;

use super::clock_id;
use crate::abi::{Errno, rights};
use crate::descriptors::Kind;
use crate::functions::{Answer, Call, Stop, Version};
use crate::outside::{ClockId, Read, Sleep};

/// The most things that can be waited for in one call.
const MAX_SUBSCRIPTIONS: u32 = 4096;

/// How many nanoseconds are slept before looking for an interruption.
const INTERRUPTIBLE_SLEEP: u64 = 50_000_000;

/// Bytes of an `event`.
const EVENT: u32 = 32;

/// The kinds of events: `eventtype` of the WASI specification.
mod event_type {
    pub(super) const CLOCK: u8 = 0;
    pub(super) const FD_READ: u8 = 1;
    pub(super) const FD_WRITE: u8 = 2;
}

/// Something to be waited for.
struct Subscription {
    userdata: u64,
    event_type: u8,
    /// The descriptor, or the clock's number.
    subject: u32,
    timeout: u64,
    absolute: bool,
}

/// What is known about it.
enum State {
    /// It has happened: this many bytes can be read, and whether no more will come.
    Ready { bytes: u64, hangup: bool },
    /// It never will, for this reason.
    Failed(Errno),
    /// A clock has to go on for this many nanoseconds.
    Sleeping(u64),
    /// There is nothing to be read yet.
    Waiting,
}

/// Something that has happened.
struct Event {
    userdata: u64,
    event_type: u8,
    errno: u16,
    bytes: u64,
    hangup: bool,
}

pub(crate) fn poll_oneoff(call: &mut Call<'_>) -> Answer {
    let [subscriptions, events, count, result] = call.u32s();
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::Inval.into());
    }
    call.memory.check(subscriptions, count * subscription_size(call.version))?;
    call.memory.check(events, count * EVENT)?;
    call.memory.check(result, 4)?;
    // When it is called again, it goes on waiting from where it began.
    let now = call.wasi.clock.now(ClockId::Monotonic);
    let began = call.wasi.poll_began.unwrap_or(now);
    let mut passed = now.saturating_sub(began);
    // A clock can be behind the one that was slept by, so sleeping is tried again.
    for _ in 0..8 {
        let (happened, sleep) = look(call, subscriptions, count, passed)?;
        if !happened.is_empty() {
            return write_events(call, events, &happened, result);
        }
        let slept = sleep.map(|nanoseconds| sleep_in_parts(call, nanoseconds));
        if slept != Some(Sleep::Over) {
            break;
        }
        passed = passed.saturating_add(sleep.unwrap_or_default());
    }
    call.wasi.poll_began = Some(began);
    Err(Stop::Pending)
}

/// Sleeps; where it can be interrupted, in parts, and no longer than to the end
/// of the one in which it is.
fn sleep_in_parts(call: &mut Call<'_>, nanoseconds: u64) -> Sleep {
    let Some(interrupt) = call.interrupt else { return call.wasi.clock.sleep(nanoseconds) };
    let mut left = nanoseconds;
    while left > 0 && !interrupt.is_interrupted() {
        let part = left.min(INTERRUPTIBLE_SLEEP);
        if call.wasi.clock.sleep(part) == Sleep::Pending {
            return Sleep::Pending;
        }
        left -= part;
    }
    if left == 0 { Sleep::Over } else { Sleep::Pending }
}

/// What has happened, and how long it takes at most until something does.
fn look(
    call: &mut Call<'_>,
    subscriptions: u32,
    count: u32,
    passed: u64,
) -> Result<(Vec<Event>, Option<u64>), Errno> {
    let mut happened = Vec::new();
    let mut sleep = None;
    for index in 0..count {
        let it = subscription(call, subscriptions, index)?;
        let (errno, bytes, hangup) = match state(call, &it, passed) {
            State::Ready { bytes, hangup } => (0, bytes, hangup),
            State::Failed(errno) => (errno.code(), 0, false),
            State::Sleeping(time) => {
                sleep = Some(sleep.unwrap_or(time).min(time));
                continue;
            }
            State::Waiting => continue,
        };
        let Subscription { userdata, event_type, .. } = it;
        happened.try_reserve(1).map_err(|_| Errno::NoMem)?;
        happened.push(Event { userdata, event_type, errno, bytes, hangup });
    }
    Ok((happened, sleep))
}

fn subscription_size(version: Version) -> u32 {
    match version {
        Version::Preview1 => 48,
        Version::Unstable => 56,
    }
}

/// Reads one; that all of them lie inside of memory was checked.
fn subscription(call: &mut Call<'_>, first: u32, index: u32) -> Result<Subscription, Errno> {
    let memory = &mut call.memory;
    let at = first + index * subscription_size(call.version);
    let [event_type] = *memory.bytes(at + 8, 1)? else { return Err(Errno::Fault) };
    // The older version names clocks with a number of the program's own first.
    let clock = match call.version {
        Version::Unstable if event_type == event_type::CLOCK => at + 24,
        _ => at + 16,
    };
    Ok(Subscription {
        userdata: memory.u64(at)?,
        event_type,
        subject: memory.u32(clock)?,
        timeout: memory.u64(clock + 8)?,
        absolute: memory.u16(clock + 24)? & 1 != 0,
    })
}

fn state(call: &mut Call<'_>, it: &Subscription, passed: u64) -> State {
    let state = match it.event_type {
        event_type::CLOCK => clock_state(call, it, passed),
        event_type::FD_READ | event_type::FD_WRITE => descriptor_state(call, it),
        _ => Err(Errno::Inval),
    };
    state.unwrap_or_else(State::Failed)
}

fn clock_state(call: &mut Call<'_>, it: &Subscription, passed: u64) -> Result<State, Errno> {
    let clock = clock_id(it.subject)?;
    if !matches!(clock, ClockId::Realtime | ClockId::Monotonic) {
        return Err(Errno::NotSup);
    }
    let passed = if it.absolute { call.wasi.clock.now(clock) } else { passed };
    Ok(match it.timeout.saturating_sub(passed) {
        0 => State::Ready { bytes: 0, hangup: false },
        left => State::Sleeping(left),
    })
}

fn descriptor_state(call: &mut Call<'_>, it: &Subscription) -> Result<State, Errno> {
    let wasi = &mut *call.wasi;
    let descriptor = wasi.descriptors.get(it.subject)?;
    let reads = it.event_type == event_type::FD_READ;
    let right = if reads { rights::FD_READ } else { rights::FD_WRITE };
    descriptor.require(right).map_err(|_| Errno::BadF)?;
    descriptor.require(rights::POLL_FD_READWRITE)?;
    let bytes = match &descriptor.kind {
        Kind::Stdin => match wasi.stdin.ready() {
            Read::Bytes(bytes) => bytes as u64,
            Read::End => return Ok(State::Ready { bytes: 0, hangup: true }),
            Read::Pending => return Ok(State::Waiting),
        },
        Kind::Node(node) if reads => {
            let (index, handle, position) = (node.system, node.handle, node.position);
            wasi.system(index)?.status(handle)?.size.saturating_sub(position)
        }
        // Files and output take as much as there is.
        _ => 1,
    };
    Ok(State::Ready { bytes, hangup: false })
}

fn write_events(call: &mut Call<'_>, at: u32, events: &[Event], result: u32) -> Answer {
    let mut at = at;
    for event in events {
        let about = u64::from(event.errno) | u64::from(event.event_type) << 16;
        // They are no more than the subscriptions, for whose events there is room.
        call.memory.set_u64(at, event.userdata)?;
        call.memory.set_u64(at + 8, about)?;
        call.memory.set_u64(at + 16, event.bytes)?;
        call.memory.set_u64(at + 24, event.hangup.into())?;
        at = at.checked_add(EVENT).ok_or(Errno::Fault)?;
    }
    // They are no more than the subscriptions.
    Ok(call.memory.set_u32(result, events.len() as u32)?)
}
