//! `poll_oneoff` waits for time and input, and tells what came.

mod common;

use std::sync::{Arc, OnceLock};

use common::{Calls, DIR, NOT_OPEN};
use fayasm_core::{InterruptHandle, Limit, Outcome};
use fayasm_wasi::{Clock, ClockId, Errno, Sleep, TypedInput, VirtualClock, Wasi};

/// A clock that does not block and is moved on from outside.
#[derive(Default)]
struct Stopped {
    now: u64,
    wanted: Option<u64>,
}

impl Clock for Stopped {
    fn now(&mut self, _: ClockId) -> u64 {
        self.now
    }

    fn resolution(&self, _: ClockId) -> u64 {
        1
    }

    fn sleep(&mut self, nanoseconds: u64) -> Sleep {
        self.wanted = Some(nanoseconds);
        Sleep::Pending
    }
}

const SUBSCRIPTIONS: usize = 4096;
const EVENTS: usize = 8192;

impl Calls {
    fn subscribe_clock(&mut self, index: usize, clock: u32, timeout: u64, absolute: bool) {
        let mut bytes = [0; 48];
        bytes[..8].copy_from_slice(&(100 + index as u64).to_le_bytes());
        bytes[16..20].copy_from_slice(&clock.to_le_bytes());
        bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
        bytes[40] = absolute.into();
        self.put(SUBSCRIPTIONS + index * 48, &bytes);
    }

    fn subscribe_fd(&mut self, index: usize, event_type: u8, fd: i32) {
        let mut bytes = [0; 48];
        bytes[..8].copy_from_slice(&(100 + index as u64).to_le_bytes());
        bytes[8] = event_type;
        bytes[16..20].copy_from_slice(&fd.to_le_bytes());
        self.put(SUBSCRIPTIONS + index * 48, &bytes);
    }

    fn poll_args(count: i64) -> [i64; 4] {
        [SUBSCRIPTIONS as i64, EVENTS as i64, count, 128]
    }

    /// Userdata, error, type and bytes of the events.
    fn events(&self) -> Vec<(u64, u8, u8, u64)> {
        (0..self.u32(128) as usize)
            .map(|index| {
                let at = EVENTS + index * 32;
                (
                    self.u64(at),
                    self.bytes(at + 8, 1)[0],
                    self.bytes(at + 10, 1)[0],
                    self.u64(at + 16),
                )
            })
            .collect()
    }

    fn poll(&mut self, count: i64) -> Vec<(u64, u8, u8, u64)> {
        self.ok("poll_oneoff", &Calls::poll_args(count));
        self.events()
    }

    fn clock(&mut self) -> &mut Stopped {
        self.store.data_mut().clock_mut().unwrap()
    }
}

#[test]
fn virtual_time_passes_at_once_to_the_first_of_several_moments() {
    let mut calls = Calls::new();
    calls.subscribe_clock(0, 1, 3_000_000_000, false);
    calls.subscribe_clock(1, 1, 1_000_000_000, false);
    calls.subscribe_clock(2, 0, 1_000_000_000, true);
    assert_eq!(calls.poll(1), [(100, 0, 0, 0)]);
    calls.ok("clock_time_get", &[1, 0, 0]);
    assert_eq!(calls.u64(0) / 1_000_000_000, 3);
    // The moment of the third has passed already.
    assert_eq!(calls.poll(3), [(102, 0, 0, 0)]);
    assert_eq!(calls.poll(2), [(101, 0, 0, 0)]);
}

#[test]
fn what_cannot_be_waited_for_is_an_event_with_its_error() {
    let mut calls = Calls::new();
    calls.subscribe_clock(0, 9, 1, false);
    calls.subscribe_clock(1, 2, 1, false);
    calls.subscribe_fd(2, 1, NOT_OPEN);
    calls.subscribe_fd(3, 7, 0);
    calls.subscribe_fd(4, 2, 0);
    let expected = [
        (100, Errno::Inval, 0),
        (101, Errno::NotSup, 0),
        (102, Errno::BadF, 1),
        (103, Errno::Inval, 7),
        (104, Errno::BadF, 2),
    ];
    let expected = expected.map(|(userdata, errno, ty)| (userdata, errno.code() as u8, ty, 0));
    assert_eq!(calls.poll(5), expected);
    calls.fails("poll_oneoff", &Calls::poll_args(0), Errno::Inval);
    calls.fails("poll_oneoff", &Calls::poll_args(1 << 30), Errno::Inval);
}

#[test]
fn output_and_files_are_always_ready() {
    let mut calls = Calls::new();
    let file = calls.open("file", 1);
    calls.write(file, b"12345");
    calls.ok("fd_seek", &[file, 1, 0, 128]);
    calls.subscribe_fd(0, 2, 1);
    calls.subscribe_fd(1, 1, file as i32);
    calls.subscribe_fd(2, 1, DIR);
    let bad = Errno::BadF.code() as u8;
    assert_eq!(calls.poll(3), [(100, 0, 2, 1), (101, 0, 1, 4), (102, bad, 1, 0)]);
}

#[test]
fn the_end_of_the_input_is_told_as_hanging_up() {
    let mut calls = Calls::new();
    calls.store.data_mut().stdin_mut::<TypedInput>().unwrap().close();
    calls.subscribe_fd(0, 1, 0);
    assert_eq!(calls.poll(1), [(100, 0, 1, 0)]);
    assert_eq!(calls.u64(EVENTS + 24), 1);
}

#[test]
fn waiting_for_input_or_time_goes_on_from_where_it_began() {
    let wasi = Wasi::new().with_clock(Stopped::default()).with_stdin(TypedInput::default());
    let mut calls = Calls::of("wasi_snapshot_preview1", wasi);
    calls.subscribe_fd(0, 1, 0);
    calls.subscribe_clock(1, 1, 1000, false);
    let mut job = calls.job("poll_oneoff", &Calls::poll_args(2));
    for (now, wanted) in [(50, 1000), (300, 750), (1049, 1)] {
        calls.clock().now = now;
        assert!(matches!(calls.store.run(&mut job, Limit::NONE), Outcome::Pending(_)));
        assert_eq!(calls.clock().wanted, Some(wanted));
    }
    let mut typed = job.clone();
    calls.clock().now = 1050;
    assert_eq!(calls.store.run(&mut job, Limit::NONE), Outcome::Done);
    assert_eq!(calls.events(), [(101, 0, 0, 0)]);

    // Another call begins anew.
    assert!(matches!(calls.store.run(&mut typed, Limit::NONE), Outcome::Pending(_)));
    assert_eq!(calls.clock().wanted, Some(1000));
    calls.store.data_mut().stdin_mut::<TypedInput>().unwrap().push(b"hey");
    assert_eq!(calls.store.run(&mut typed, Limit::NONE), Outcome::Done);
    assert_eq!(calls.events(), [(100, 0, 1, 3)]);
}

#[test]
fn input_alone_is_waited_for_without_any_clock() {
    let mut calls = Calls::new();
    calls.subscribe_fd(0, 1, 0);
    let mut job = calls.job("poll_oneoff", &Calls::poll_args(1));
    assert!(matches!(calls.store.run(&mut job, Limit::NONE), Outcome::Pending(_)));
    calls.store.data_mut().stdin_mut::<TypedInput>().unwrap().push(b"!");
    assert_eq!(calls.store.run(&mut job, Limit::NONE), Outcome::Done);
}

#[test]
fn the_older_version_names_clocks_in_another_place() {
    let wasi = Wasi::new().with_clock(VirtualClock::new(0, 0));
    let mut calls = Calls::of("wasi_unstable", wasi);
    let mut bytes = [0; 56];
    bytes[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    bytes[24..28].copy_from_slice(&1_u32.to_le_bytes());
    bytes[32..40].copy_from_slice(&777_u64.to_le_bytes());
    calls.put(SUBSCRIPTIONS, &bytes);
    assert_eq!(calls.poll(1), [(0, 0, 0, 0)]);
    calls.ok("clock_time_get", &[1, 0, 0]);
    assert_eq!(calls.u64(0), 777);
}

/// A clock by which the third sleep is interrupted.
struct Interrupting {
    slept: Vec<u64>,
    handle: Arc<OnceLock<InterruptHandle>>,
}

impl Clock for Interrupting {
    fn now(&mut self, _: ClockId) -> u64 {
        self.slept.iter().sum()
    }

    fn resolution(&self, _: ClockId) -> u64 {
        1
    }

    fn sleep(&mut self, nanoseconds: u64) -> Sleep {
        self.slept.push(nanoseconds);
        if let (3, Some(handle)) = (self.slept.len(), self.handle.get()) {
            handle.interrupt();
        }
        Sleep::Over
    }
}

#[test]
fn a_long_sleep_can_be_interrupted_and_gone_on_with() {
    let handle = Arc::<OnceLock<InterruptHandle>>::default();
    let clock = Interrupting { slept: Vec::new(), handle: Arc::clone(&handle) };
    let mut calls = Calls::of("wasi_snapshot_preview1", Wasi::new().with_clock(clock));
    handle.set(calls.store.interrupt_handle()).expect("it is set once");
    calls.subscribe_clock(0, 1, 1_000_000_000, false);
    let mut job = calls.job("poll_oneoff", &Calls::poll_args(1));
    assert_eq!(calls.store.run(&mut job, Limit::NONE), Outcome::Interrupted);
    let slept = |calls: &mut Calls| {
        calls.store.data_mut().clock_mut::<Interrupting>().expect("it is there").slept.clone()
    };
    assert_eq!(slept(&mut calls), [50_000_000; 3]);
    assert_eq!(calls.store.run(&mut job, Limit::NONE), Outcome::Done);
    assert_eq!(slept(&mut calls), [50_000_000; 20]);
    assert_eq!(calls.events(), [(100, 0, 0, 0)]);
}
