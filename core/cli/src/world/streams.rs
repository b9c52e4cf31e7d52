//! Standard streams of a program that are those of the runner.

use std::io::{self, BufRead};

use fayasm_core::InterruptHandle;
use fayasm_wasi::{Errno, Input, Output, Read};

/// The standard output of the process. When nobody reads it any more, the
/// program is interrupted, as the system would end it with SIGPIPE.
pub(super) struct StandardOutput {
    interrupt: InterruptHandle,
}

impl StandardOutput {
    pub(super) fn new(interrupt: InterruptHandle) -> Self {
        StandardOutput { interrupt }
    }
}

impl Output for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let written = fayasm_wasi::StandardOutput.write(bytes);
        if written == Err(Errno::Pipe) {
            self.interrupt.interrupt();
        }
        written
    }
}

/// The standard input of the process, of which a read gets what is left of a
/// line, or as much as there is room for: that does not depend on when the
/// bytes come. Reading blocks.
pub(super) struct Lines;

impl Input for Lines {
    fn read(&mut self, into: &mut [u8]) -> Result<Read, Errno> {
        match read_line(&mut io::stdin().lock(), into) {
            Ok(0) => Ok(Read::End),
            Ok(count) => Ok(Read::Bytes(count)),
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => Err(Errno::IsDir),
            Err(_) => Err(Errno::Io),
        }
    }
}

/// Reads up to the end of the line, the input or the room that there is.
fn read_line(input: &mut impl BufRead, into: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while let Some(room) = into.get_mut(count..).filter(|room| !room.is_empty()) {
        let there = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            there => there?,
        };
        let line = there.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        for (byte, read) in room.iter_mut().zip(line) {
            *byte = *read;
        }
        let read = room.len().min(line.len());
        let ended = line.get(..read).is_none_or(|line| line.is_empty() || line.ends_with(b"\n"));
        input.consume(read);
        count += read;
        if ended {
            break;
        }
    }
    Ok(count)
}

/// The longest line, in bytes.
const MAX_LINE: usize = 1 << 16;

/// A line, without its end, of which the bytes are read one by one; none where there are no
/// more.
pub(super) fn line(
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<Option<String>> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    loop {
        let ended = match read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count? == 0,
        };
        if ended && line.is_empty() {
            return Ok(None);
        }
        if ended || byte == *b"\n" {
            return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
        }
        if line.len() == MAX_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
        }
        line.extend(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_in_the_same_pieces_however_it_comes() {
        for pieces in [1, 2, 3, 100] {
            let mut input = io::BufReader::with_capacity(pieces, &b"a long line\n\nend"[..]);
            let mut into = [0; 5];
            let mut read = || {
                let count = read_line(&mut input, &mut into).unwrap();
                String::from_utf8(into[..count].to_vec()).unwrap()
            };
            let read: Vec<String> = (0..6).map(|_| read()).collect();
            assert_eq!(read, ["a lon", "g lin", "e\n", "\n", "end", ""]);
        }
    }
}
