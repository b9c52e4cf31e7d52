//! Arguments, environment, clocks, random bytes, and the program's end.

use alloc::string::String;

use super::clock_id;
use crate::abi::Errno;
use crate::functions::{Answer, Call, Stop};
use crate::guest::Guest;

pub(crate) fn args_get(call: &mut Call<'_>) -> Answer {
    let [pointers, bytes] = call.u32s();
    put_strings(&mut call.memory, &call.wasi.args, pointers, bytes)
}

pub(crate) fn args_sizes_get(call: &mut Call<'_>) -> Answer {
    let [count, size] = call.u32s();
    put_sizes(&mut call.memory, &call.wasi.args, count, size)
}

pub(crate) fn environ_get(call: &mut Call<'_>) -> Answer {
    let [pointers, bytes] = call.u32s();
    put_strings(&mut call.memory, &call.wasi.environ, pointers, bytes)
}

pub(crate) fn environ_sizes_get(call: &mut Call<'_>) -> Answer {
    let [count, size] = call.u32s();
    put_sizes(&mut call.memory, &call.wasi.environ, count, size)
}

/// Writes strings that end with NUL, one after the other, and where each begins.
fn put_strings(memory: &mut Guest<'_>, strings: &[String], pointers: u32, bytes: u32) -> Answer {
    let (mut pointer, mut at) = (pointers, bytes);
    for string in strings {
        memory.set_u32(pointer, at)?;
        memory.write(at, string.as_bytes())?;
        // What was written lies inside of memory, and so its length fits.
        at = at.checked_add(string.len() as u32).ok_or(Errno::Fault)?;
        memory.write(at, &[0])?;
        at = at.checked_add(1).ok_or(Errno::Fault)?;
        pointer = pointer.checked_add(4).ok_or(Errno::Fault)?;
    }
    Ok(())
}

/// Writes how many strings there are, and how many bytes they take.
fn put_sizes(memory: &mut Guest<'_>, strings: &[String], count: u32, size: u32) -> Answer {
    let bytes: usize = strings.iter().map(|string| string.len() + 1).sum();
    memory.set_u32(count, u32::try_from(strings.len()).map_err(|_| Errno::Overflow)?)?;
    memory.set_u32(size, u32::try_from(bytes).map_err(|_| Errno::Overflow)?)?;
    Ok(())
}

pub(crate) fn clock_res_get(call: &mut Call<'_>) -> Answer {
    let [clock, result] = call.u32s();
    let resolution = call.wasi.clock.resolution(clock_id(clock)?);
    Ok(call.memory.set_u64(result, resolution)?)
}

pub(crate) fn clock_time_get(call: &mut Call<'_>) -> Answer {
    let (clock, result) = (call.u32(0), call.u32(2));
    call.memory.check(result, 8)?;
    let now = call.wasi.clock.now(clock_id(clock)?);
    Ok(call.memory.set_u64(result, now)?)
}

pub(crate) fn random_get(call: &mut Call<'_>) -> Answer {
    let [at, length] = call.u32s();
    Ok(call.memory.change(at, length, |into| call.wasi.random.fill(into))??)
}

pub(crate) fn proc_exit(call: &mut Call<'_>) -> Answer {
    Err(Stop::Exit(call.u32(0)))
}

/// There are no signals.
pub(crate) fn proc_raise(_: &mut Call<'_>) -> Answer {
    Err(Errno::NoSys.into())
}

/// There is nobody else.
pub(crate) fn sched_yield(_: &mut Call<'_>) -> Answer {
    Ok(())
}
