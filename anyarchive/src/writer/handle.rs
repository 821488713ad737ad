//! The handle of libarchive, and what is between it and the sink.

use std::io::Write;

use super::output::Output;
use crate::{
    EntryBuf, Error, Result,
    ffi::write::{RawWriter, WriteHandle},
};

/// An open writer of libarchive, whose data may take another way to the sink.
pub(super) struct Handle<S>(WriteHandle<Output<S>>);

impl<S> Handle<S> {
    pub(super) fn new(handle: WriteHandle<Output<S>>) -> Self {
        Self(handle)
    }

    #[cfg(feature = "raw")]
    pub(super) fn raw(&self) -> &WriteHandle<Output<S>> {
        &self.0
    }

    pub(super) fn output(&self) -> &Output<S> {
        self.0.sink()
    }

    pub(super) fn into_output(self) -> Output<S> {
        self.0.into_sink()
    }
}

impl<S: Write + Send> Handle<S> {
    pub(super) fn close(&mut self) -> Result<Option<Error>> {
        self.0
            .with_sink("archive_write_close", Output::end_entries)?;
        self.0.close()
    }
}

impl<S: Write + Send> RawWriter for Handle<S> {
    fn header(&mut self, entry: &mut EntryBuf) -> Result<Option<Error>> {
        let remark = self.0.header(entry)?;
        self.0
            .with_sink("archive_write_header", Output::start_entry)?;
        Ok(remark)
    }

    fn zip_set_compression_store(&mut self) -> Result<()> {
        self.0.zip_set_compression_store()
    }

    fn zip_set_compression_lzma(&mut self) -> Result<()> {
        self.0.zip_set_compression_lzma()
    }

    fn data(&mut self, data: &[u8]) -> Result<usize> {
        if !self.output().takes_data() {
            return self.0.data(data);
        }
        self.0
            .with_sink("archive_write_data", |output| output.data(data))?;
        Ok(data.len())
    }

    fn finish_entry(&mut self) -> Result<Option<Error>> {
        let remark = self.0.finish_entry()?;
        self.0
            .with_sink("archive_write_finish_entry", Output::end_entry)?;
        Ok(remark)
    }

    fn give_up(&mut self) {
        self.0.give_up();
    }
}
