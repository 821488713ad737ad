//! What futures write archives into, in the two families of traits.

use std::{
    io,
    task::{Context, Poll},
};

/// Where the bytes of an archive go; implemented by the adapters of this module alone.
pub trait AsyncSink: sealed::Sealed + Unpin {
    /// What was given to write into.
    type Inner;

    /// Gives that back.
    #[doc(hidden)]
    fn into_inner(self) -> Self::Inner;

    /// Writes some of the bytes, which are not none.
    #[doc(hidden)]
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Passes on what it keeps.
    #[doc(hidden)]
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

mod sealed {
    pub trait Sealed {}
}

/// The adapter of one family; their traits have methods of the same names.
macro_rules! adapter {
    ($(#[$doc:meta])* $name:ident, $write:path) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<W>(pub(super) W);

        impl<W> sealed::Sealed for $name<W> {}

        impl<W: $write + Unpin> AsyncSink for $name<W> {
            type Inner = W;

            fn into_inner(self) -> W {
                self.0
            }

            fn poll_write(
                &mut self,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                std::pin::Pin::new(&mut self.0).poll_write(cx, bytes)
            }

            fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                std::pin::Pin::new(&mut self.0).poll_flush(cx)
            }
        }
    };
}

#[cfg(feature = "tokio")]
adapter! {
    /// A writer of `tokio`.
    TokioWrite, tokio::io::AsyncWrite
}

#[cfg(feature = "futures")]
adapter! {
    /// A writer of `futures-io`.
    FuturesWrite, futures_io::AsyncWrite
}
