//! Where parts of a snapshot wait until all are there: files without a name in the folder of the snapshot, which are gone with this
//! process however it ends.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::Path;

use serde::Serialize;

/// The items of one JSON list, as text.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    /// How many there are.
    pub(super) count: u64,
}

impl Spool {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile_in(folder)?), count: 0 })
    }

    /// One more item.
    pub(super) fn item(&mut self, item: &impl Serialize) -> io::Result<()> {
        self.begin()?;
        serde_json::to_writer(&mut self.file, item)?;
        Ok(())
    }

    /// One more item that is JSON already.
    pub(super) fn text(&mut self, item: &str) -> io::Result<()> {
        self.begin()?;
        self.file.write_all(item.as_bytes())
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.count > 0 {
            self.file.write_all(b",\n")?;
        }
        self.count += 1;
        Ok(())
    }

    /// Puts the list, in brackets, behind what is in `out`.
    pub(super) fn pour(self, out: &mut impl Write) -> io::Result<()> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        out.write_all(b"[")?;
        io::copy(&mut file, out)?;
        out.write_all(b"]")
    }
}
