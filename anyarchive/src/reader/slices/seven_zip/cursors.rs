//! Slices of a header, one after the other.

use std::{
    io::{self, BufReader, Read},
    ops::Range,
};

use super::{
    Header,
    cutter::Slice,
    id,
    input::{Bits, put_number},
    packed::{Bytes, around, begin, failure},
};
use crate::{
    Result,
    reader::{origin::Origin, slices::Around},
};

/// Where what is wanted next begins, of names and of each property.
#[derive(Debug)]
pub(in super::super) struct Cursors {
    /// The slice.
    next: usize,
    names: Cursor,
    /// Of those that are not known.
    properties: Vec<Option<Cursor>>,
}

impl Cursors {
    pub(in super::super) fn next(&self) -> usize {
        self.next
    }
}

#[derive(Debug)]
struct Cursor {
    bytes: BufReader<Bytes>,
    /// Bytes to leave out.
    skip: u64,
}

impl Cursor {
    fn new(header: &Header, origin: &Origin, start: u64) -> Result<Self> {
        let bytes = header.place.open(origin)?;
        Ok(Self {
            bytes: BufReader::with_capacity(1 << 13, bytes),
            skip: start,
        })
    }

    /// Adds the next bytes to others.
    fn read(&mut self, len: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let skip = std::mem::take(&mut self.skip);
        let skipped = io::copy(&mut (&mut self.bytes).take(skip), &mut io::sink())?;
        let count = (&mut self.bytes).take(len).read_to_end(bytes)?;
        if skipped < skip || (count as u64) < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl Header {
    /// Begins at the first slice.
    pub(in super::super) fn open(&self, origin: &Origin) -> Result<Cursors> {
        let open = |start| Cursor::new(self, origin, start);
        Ok(Cursors {
            next: 0,
            names: open(self.names_start)?,
            properties: self
                .properties
                .iter()
                .map(|property| match &property.runs {
                    Some(_) => Ok(None),
                    None => open(property.start).map(Some),
                })
                .collect::<Result<_>>()?,
        })
    }

    /// What makes a file of `len` bytes an archive with a slice that the cursors have not come to
    /// yet; `None` when the bytes of the slice are others now.
    pub(in super::super) fn read(
        &self,
        index: usize,
        cursors: &mut Cursors,
        len: u64,
    ) -> Result<Option<Around>> {
        for slice in &self.slices[cursors.next..index] {
            cursors.names.skip += slice.names_len;
            for (property, cursor) in self.properties.iter().zip(&mut cursors.properties) {
                if let Some(cursor) = cursor {
                    cursor.skip += property.len(slice);
                }
            }
        }
        cursors.next = index + 1;
        let slice = &self.slices[index];
        let header = self.slice(slice, cursors).map_err(failure)?;
        Ok(header.map(|header| around(self.signature, header, len)))
    }

    fn slice(&self, slice: &Slice, cursors: &mut Cursors) -> io::Result<Option<Vec<u8>>> {
        let mut now = Slice::default();
        let properties = self.properties.iter().map(|property| property.len(slice));
        let len = slice.names_len + properties.sum::<u64>() + slice.count;
        let mut header = begin(usize::try_from(len).unwrap_or(0));
        self.streams.write(slice.folders.clone(), &mut header);
        header.push(id::FILES);
        put_number(&mut header, slice.count);
        if slice.without_data > 0 {
            let files = slice.first..slice.first + slice.count;
            put_bits(
                &mut header,
                id::WITHOUT_DATA,
                self.without_data.as_ref(),
                files,
            );
            let start = slice.first_without_data;
            let files = start..start + slice.without_data;
            put_bits(
                &mut header,
                id::EMPTY_FILES,
                self.empty_files.as_ref(),
                files,
            );
        }
        header.push(id::NAMES);
        put_number(&mut header, slice.names_len + 1);
        header.push(0);
        let start = header.len();
        cursors.names.read(slice.names_len, &mut header)?;
        now.add(&header[start..]);
        for (property, cursor) in self.properties.iter().zip(&mut cursors.properties) {
            let len = property.len(slice);
            header.push(property.id);
            let bits = property.defined.as_ref();
            let bits_len = bits.map_or(0, |_| slice.count.div_ceil(8));
            put_number(&mut header, 2 + bits_len + len);
            header.push(u8::from(bits.is_none()));
            if let Some(bits) = bits {
                let files = slice.first..slice.first + slice.count;
                Bits::push_to(&mut header, files.map(|file| bits.get(file)));
            }
            header.push(0);
            let start = header.len();
            match (&property.runs, cursor) {
                (Some(runs), _) => {
                    let width = property.width as usize;
                    header.extend(runs.values(slice.first, slice.count, width).flatten());
                }
                (None, Some(cursor)) => cursor.read(len, &mut header)?,
                (None, None) => {}
            }
            now.add(&header[start..]);
        }
        header.extend([id::END, id::END]);
        Ok((now.hash == slice.hash).then_some(header))
    }
}

/// Adds some of the bits, if there are any.
fn put_bits(header: &mut Vec<u8>, id: u8, bits: Option<&Bits>, files: Range<u64>) {
    if let Some(bits) = bits {
        header.push(id);
        put_number(header, (files.end - files.start).div_ceil(8));
        Bits::push_to(header, files.map(|file| bits.get(file)));
    }
}
