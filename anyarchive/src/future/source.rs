//! What futures read archives from, in the two families of traits.

use std::{
    io::{self, SeekFrom},
    task::{Context, Poll},
};

/// Where the bytes of an archive come from; implemented by the adapters of this module alone.
pub trait AsyncSource: sealed::Sealed + Unpin {
    /// What was given to read from.
    type Inner;

    /// Gives that back.
    #[doc(hidden)]
    fn into_inner(self) -> Self::Inner;

    /// Reads into the buffer, which is not empty; 0 at the end.
    #[doc(hidden)]
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Moves, and tells the position from the start in bytes.
    #[doc(hidden)]
    fn poll_seek(&mut self, cx: &mut Context<'_>, to: SeekFrom) -> Poll<io::Result<u64>>;
}

mod sealed {
    pub trait Sealed {}
}

fn cannot_seek() -> Poll<io::Result<u64>> {
    Poll::Ready(Err(io::ErrorKind::NotSeekable.into()))
}

/// Adapters of the traits of `tokio`.
#[cfg(feature = "tokio")]
mod tokio_traits {
    use std::pin::Pin;

    use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

    use super::{AsyncSource, Context, Poll, SeekFrom, cannot_seek, io, sealed};

    /// A reader of `tokio` that goes forward only.
    #[derive(Debug)]
    pub struct TokioRead<R>(pub(in crate::future) R);

    /// A reader of `tokio` that can seek.
    #[derive(Debug)]
    pub struct TokioSeek<R> {
        pub(in crate::future) reader: R,
        seeking: bool,
    }

    impl<R> TokioSeek<R> {
        pub(in crate::future) fn new(reader: R) -> Self {
            Self {
                reader,
                seeking: false,
            }
        }
    }

    fn read(
        reader: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        let result = Pin::new(reader).poll_read(cx, &mut buffer);
        result.map_ok(|()| buffer.filled().len())
    }

    impl<R> sealed::Sealed for TokioRead<R> {}
    impl<R> sealed::Sealed for TokioSeek<R> {}

    impl<R: AsyncRead + Unpin> AsyncSource for TokioRead<R> {
        type Inner = R;

        fn into_inner(self) -> R {
            self.0
        }

        fn poll_read(
            &mut self,
            cx: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            read(&mut self.0, cx, buffer)
        }

        fn poll_seek(&mut self, _: &mut Context<'_>, _: SeekFrom) -> Poll<io::Result<u64>> {
            cannot_seek()
        }
    }

    impl<R: AsyncRead + AsyncSeek + Unpin> AsyncSource for TokioSeek<R> {
        type Inner = R;

        fn into_inner(self) -> R {
            self.reader
        }

        fn poll_read(
            &mut self,
            cx: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            read(&mut self.reader, cx, buffer)
        }

        fn poll_seek(&mut self, cx: &mut Context<'_>, to: SeekFrom) -> Poll<io::Result<u64>> {
            if !self.seeking {
                Pin::new(&mut self.reader).start_seek(to)?;
                self.seeking = true;
            }
            let result = Pin::new(&mut self.reader).poll_complete(cx);
            self.seeking = result.is_pending();
            result
        }
    }
}

/// Adapters of the traits of `futures-io`.
#[cfg(feature = "futures")]
mod futures_traits {
    use std::pin::Pin;

    use futures_io::{AsyncRead, AsyncSeek};

    use super::{AsyncSource, Context, Poll, SeekFrom, cannot_seek, io, sealed};

    /// A reader of `futures-io` that goes forward only.
    #[derive(Debug)]
    pub struct FuturesRead<R>(pub(in crate::future) R);

    /// A reader of `futures-io` that can seek.
    #[derive(Debug)]
    pub struct FuturesSeek<R>(pub(in crate::future) R);

    impl<R> sealed::Sealed for FuturesRead<R> {}
    impl<R> sealed::Sealed for FuturesSeek<R> {}

    impl<R: AsyncRead + Unpin> AsyncSource for FuturesRead<R> {
        type Inner = R;

        fn into_inner(self) -> R {
            self.0
        }

        fn poll_read(
            &mut self,
            cx: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_read(cx, buffer)
        }

        fn poll_seek(&mut self, _: &mut Context<'_>, _: SeekFrom) -> Poll<io::Result<u64>> {
            cannot_seek()
        }
    }

    impl<R: AsyncRead + AsyncSeek + Unpin> AsyncSource for FuturesSeek<R> {
        type Inner = R;

        fn into_inner(self) -> R {
            self.0
        }

        fn poll_read(
            &mut self,
            cx: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_read(cx, buffer)
        }

        fn poll_seek(&mut self, cx: &mut Context<'_>, to: SeekFrom) -> Poll<io::Result<u64>> {
            Pin::new(&mut self.0).poll_seek(cx, to)
        }
    }
}

#[cfg(feature = "futures")]
pub use futures_traits::{FuturesRead, FuturesSeek};
#[cfg(feature = "tokio")]
pub use tokio_traits::{TokioRead, TokioSeek};
