//! Entries from a reader.

use std::io::Write;

use super::{
    Writer,
    check::{self, invalid, refused},
    rules::Links,
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

/// A piece of data that is to be written next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Zeros before it.
    pub(crate) hole: u64,
    pub(crate) data: u64,
    /// Bytes of the other archive that were read before this piece.
    pub(crate) archive_bytes_read: u64,
}

/// What gives the data of an entry.
pub(crate) trait Blocks {
    /// The next piece and where it belongs, as [`Entry::next_block`].
    fn next_block(&mut self) -> Result<Option<(u64, &[u8])>>;

    /// Bytes of the other archive that were read.
    fn archive_bytes_read(&self) -> u64;
}

impl Blocks for Entry<'_> {
    fn next_block(&mut self) -> Result<Option<(u64, &[u8])>> {
        let block = self.next_block()?;
        Ok(block.map(|block| (block.offset(), block.data())))
    }

    fn archive_bytes_read(&self) -> u64 {
        self.archive_bytes_read()
    }
}

pub(crate) type OnPiece<'f> = &'f mut dyn FnMut(Piece) -> Result<()>;

impl<S: Write + Send> Writer<S> {
    /// Writes an entry of a reader, with all its metadata and its data. Holes of sparse files stay holes
    /// where the format has them.
    ///
    /// When the data cannot be read from the start on, such as without its password, nothing of the
    /// entry is in the archive. For whole archives, with changes on the way and a report of what the
    /// format does not keep, see [`convert`](crate::convert).
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append), and those of [`Entry::next_block`].
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when some of the data was read before; nothing is
    /// written then.
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
        if entry.position() > 0 {
            let why = format!("{} bytes of its data were read already", entry.position());
            return Err(self.session.tell(invalid(why), metadata.path_bytes()));
        }
        match self.transfer(&metadata, entry, &mut |_| Ok(())) {
            Ok(()) => Ok(()),
            Err(Stop::Reading(error) | Stop::Writing(error) | Stop::Callback(error)) => Err(error),
        }
    }

    /// Whether the data of an entry would be nowhere if it were written like this: it is a link to a
    /// name without it.
    pub(crate) fn loses_data(&self, metadata: &EntryRef) -> bool {
        self.session.loses_data(metadata)
    }

    /// Whether the format has no hard links at all.
    pub(crate) fn has_no_links(&self) -> bool {
        self.format().rules().links == Links::No
    }

    /// Whether names of one file are told by their inode number.
    pub(crate) fn links_by_inode(&self) -> bool {
        self.format().rules().links == Links::ByInode
    }

    /// Writes this metadata with the data of an entry.
    pub(crate) fn transfer(
        &mut self,
        metadata: &EntryRef,
        source: &mut impl Blocks,
        on_piece: OnPiece<'_>,
    ) -> Result<(), Stop> {
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
        let mut read = source.archive_bytes_read();
        let mut next = source.next_block().map_err(Stop::Reading)?;
        let mut writer = self.start_entry(metadata).map_err(Stop::Writing)?;
        let mut position = 0;
        let stop = loop {
            let Some((offset, data)) = next else {
                return writer.finish().map_err(Stop::Writing);
            };
            let hole = offset.saturating_sub(position);
            let piece = Piece {
                hole,
                data: data.len() as u64,
                archive_bytes_read: read,
            };
            if let Err(error) = on_piece(piece) {
                break Stop::Callback(error);
            }
            let written = writer
                .write_zeros(hole)
                .and_then(|()| writer.write_data(data));
            if let Err(error) = written {
                break Stop::Writing(error);
            }
            position += piece.hole + piece.data;
            read = source.archive_bytes_read();
            next = match source.next_block() {
                Ok(next) => next,
                Err(error) => break Stop::Reading(error),
            };
        };
        writer.abandon();
        Err(match stop {
            Stop::Writing(error) => Stop::Writing(self.session.tell(error, path)),
            other => other,
        })
    }
}
