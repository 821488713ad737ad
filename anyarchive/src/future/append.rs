//! Files from disk into an asynchronous writer: the thread reads them.

use std::{
    future::Future,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    sink::AsyncSink,
    writer::{AsyncWriter, Request},
};
use crate::{AppendReport, Result, Walk, Writer};

/// What the thread is to append.
pub(super) enum Append {
    Path(PathBuf),
    DirAll(PathBuf),
    Walk(Box<Walk>),
}

impl Append {
    /// On the thread; a report for a walk that did not end the archive.
    pub(super) fn run<S: Write + Send>(
        self,
        writer: &mut Writer<S>,
    ) -> (Result<()>, Option<AppendReport>) {
        match self {
            Self::Path(path) => (writer.append_path(path), None),
            Self::DirAll(path) => (writer.append_dir_all(path), None),
            Self::Walk(mut walk) => match writer.append_walk(&mut walk) {
                Ok(report) => (Ok(()), Some(report)),
                Err(error) => (Err(error), None),
            },
        }
    }
}

/// From disk: the writer's thread walks, reads and compresses, and waits while the sink is not ready.
///
/// A future of these that is dropped does not stop it: the next call waits until all is appended. A writer
/// that is dropped does.
impl<S: AsyncSink> AsyncWriter<S> {
    /// Appends one file, directory or link with its metadata; of a directory not what is in it. As
    /// [`Writer::append_path`].
    ///
    /// # Errors
    ///
    /// As there, and what a call failed with whose future was dropped.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out of the future that polls it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// use anyarchive::{Format, Writer};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let notes = dir.path().join("notes.txt");
    /// # std::fs::write(&notes, "content")?;
    /// # futures::executor::block_on(async {
    /// let mut writer = Writer::builder(Format::Zip).to_futures(Vec::new()).await?;
    /// writer.append_path(&notes).await?;
    /// let zip: Vec<u8> = writer.finish().await?;
    /// # assert!(zip.starts_with(b"PK"));
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append_path(&mut self, path: impl AsRef<Path>) -> impl Future<Output = Result<()>> {
        let what = Append::Path(path.as_ref().to_owned());
        self.call(Request::Append(what))
    }

    /// Appends a directory with all that is below, in the order of names; the first thing that is not in
    /// the archive as it is on disk ends it. As [`Writer::append_dir_all`].
    ///
    /// A sink in that directory is taken for a file like others, and fails as one that changes: leave it
    /// out by [`skip_file`](crate::WalkBuilder::skip_file) and [`append_walk`](Self::append_walk).
    ///
    /// # Errors
    ///
    /// As for [`append_path`](Self::append_path); what was appended before stays.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out of the future that polls it.
    pub fn append_dir_all(&mut self, path: impl AsRef<Path>) -> impl Future<Output = Result<()>> {
        let what = Append::DirAll(path.as_ref().to_owned());
        self.call(Request::Append(what))
    }

    /// Appends what a walk finds, and goes on behind what cannot be read or kept. As
    /// [`Writer::append_walk`].
    ///
    /// # Errors
    ///
    /// What ends the archive, and what a call failed with whose future was dropped. Everything else is in
    /// the report; when the future was dropped, the first of it is an error of the next call.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out of the future that polls it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// use anyarchive::{Filter, Format, Walk, Writer};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # std::fs::write(dir.path().join("a"), "content")?;
    /// # futures::executor::block_on(async {
    /// let settings = Writer::builder(Format::Tar).filter(Filter::Gzip);
    /// let mut writer = settings.to_futures(Vec::new()).await?;
    /// let walk = Walk::builder().name("src").open(dir.path())?;
    /// let report = writer.append_walk(walk).await?;
    /// assert_eq!((report.entries(), report.bytes()), (2, 7));
    /// assert!(report.problems().is_empty());
    /// # writer.finish().await?;
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn append_walk(&mut self, walk: Walk) -> Result<AppendReport> {
        self.call(Request::Append(Append::Walk(Box::new(walk))))
            .await?;
        Ok(self.report.take().unwrap_or_default())
    }
}
