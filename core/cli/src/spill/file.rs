//! A file as a device of sectors.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use fayasm_core::spill::{BlockDevice, SECTOR_BYTES, Sector};

/// A file, of as many sectors as it has whole ones.
#[derive(Debug)]
pub(crate) struct FileDevice {
    file: File,
    sectors: u32,
}

impl FileDevice {
    /// A file that is there, to be read, or written as well.
    pub(crate) fn open(path: &Path, is_written: bool) -> io::Result<Self> {
        let file = File::options().read(true).write(is_written).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        let sectors = file.metadata()?.len() / SECTOR_BYTES as u64;
        Ok(FileDevice { file, sectors: u32::try_from(sectors).unwrap_or(u32::MAX) })
    }

    /// A new file of so many sectors, which must not be there yet.
    pub(crate) fn create(path: &Path, sectors: u32) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(path)?;
        file.set_len(u64::from(sectors) * SECTOR_BYTES as u64)?;
        Ok(FileDevice { file, sectors })
    }

    fn go_to(&mut self, first: u32, count: usize) -> io::Result<()> {
        if first as usize + count > self.sectors as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.file.seek(SeekFrom::Start(u64::from(first) * SECTOR_BYTES as u64)).map(|_| ())
    }
}

impl BlockDevice for FileDevice {
    type Error = io::Error;

    fn sectors(&mut self) -> io::Result<u32> {
        Ok(self.sectors)
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> io::Result<()> {
        self.go_to(first, into.len())?;
        self.file.read_exact(into.as_flattened_mut())
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> io::Result<()> {
        self.go_to(first, from.len())?;
        self.file.write_all(from.as_flattened())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
