//! Entries from a reader.

use std::io::Write;

use super::{
    EntryWriter, Writer,
    check::{self, refused},
};
use crate::{Entry, EntryBuf, EntryRef, Error, Result};

/// Why an entry could not be taken over whole.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Its data could not be read; what the archive lacks of it is zeros, unless the header is not in
    /// the archive either.
    Reading(Error),
    /// It could not be written.
    Writing(Error),
    /// The callback said so.
    Callback(Error),
}

/// Told after each piece of data, with how many bytes that was, holes included.
pub(crate) type OnPiece<'f> = &'f mut dyn FnMut(u64, &Entry<'_>) -> Result<()>;

impl<S: Write + Send> Writer<S> {
    /// Writes an entry of a reader, with all its metadata and what is left of its data. Holes of sparse
    /// files stay holes where the format has them.
    ///
    /// When the data cannot be read from the start on, such as without its password, nothing of the
    /// entry is in the archive.
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append), and those of [`Entry::next_block`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let cpio = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::{Format, Reader, Writer};
    ///
    /// let mut reader = Reader::from_bytes(cpio)?;
    /// let mut zip = Writer::builder(Format::Zip).to_vec()?;
    /// while let Some(mut entry) = reader.next_entry()? {
    ///     zip.append_from(&mut entry)?;
    /// }
    /// let zip = zip.finish()?;
    ///
    /// let mut reader = Reader::from_bytes(zip)?;
    /// let mut entry = reader.find("hello.txt")?.expect("it is there");
    /// assert_eq!(entry.read_to_vec()?, b"hello\n");
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn append_from(&mut self, entry: &mut Entry<'_>) -> Result<()> {
        let metadata: EntryBuf = entry.to_owned();
        match self.transfer(&metadata, entry, &mut |_, _| Ok(())) {
            Ok(()) => Ok(()),
            Err(Stop::Reading(error) | Stop::Writing(error) | Stop::Callback(error)) => Err(error),
        }
    }

    /// Writes this metadata with the data of an entry.
    pub(crate) fn transfer(
        &mut self,
        metadata: &EntryRef,
        source: &mut Entry<'_>,
        on_piece: OnPiece<'_>,
    ) -> Result<(), Stop> {
        let mut copier = Copier {
            position: 0,
            on_piece,
        };
        let path = metadata.path_bytes();
        if self.session.loses_data(metadata) {
            let error = refused("the data of this file is at a further name, which is a link here");
            return Err(Stop::Writing(self.session.tell(error, path)));
        }
        if !check::has_data(self.format(), metadata) {
            let started = self.start_entry(metadata).map_err(Stop::Writing)?;
            return started.finish().map_err(Stop::Writing);
        }
        // The first block before the header: an entry without readable data is better left out.
        let first = source.next_block().map_err(Stop::Reading)?;
        let mut writer = self.start_entry(metadata).map_err(Stop::Writing)?;
        let copied = match first {
            None => Ok(()),
            Some(block) => copier
                .piece(&mut writer, block.offset(), &block)
                .and_then(|()| copier.rest(&mut writer, source)),
        };
        match copied {
            Ok(()) => writer.finish().map_err(Stop::Writing),
            Err(stop) => {
                writer.abandon();
                Err(match stop {
                    Stop::Writing(error) => Stop::Writing(self.session.tell(error, path)),
                    other => other,
                })
            }
        }
    }
}

struct Copier<'f> {
    /// Bytes of the file that are written.
    position: u64,
    on_piece: OnPiece<'f>,
}

impl Copier<'_> {
    fn rest(&mut self, writer: &mut EntryWriter<'_>, source: &mut Entry<'_>) -> Result<(), Stop> {
        let mut before = 0;
        loop {
            (self.on_piece)(self.position - before, source).map_err(Stop::Callback)?;
            before = self.position;
            let Some(block) = source.next_block().map_err(Stop::Reading)? else {
                return Ok(());
            };
            let (offset, data) = (block.offset(), block.data());
            self.piece(writer, offset, data)?;
        }
    }

    /// One block, and the hole before it.
    fn piece(
        &mut self,
        writer: &mut EntryWriter<'_>,
        offset: u64,
        data: &[u8],
    ) -> Result<(), Stop> {
        let hole = offset.saturating_sub(self.position);
        writer.write_zeros(hole).map_err(Stop::Writing)?;
        writer.write_data(data).map_err(Stop::Writing)?;
        self.position += hole + data.len() as u64;
        Ok(())
    }
}
