//! A connection on which an early answer survives.
//!
//! A backend may answer before it has read the whole body (413, 401) and close. Our next write then fails, while the
//! answer already lies in the receive buffer; hyper takes whichever it sees first, so the answer would be lost now and
//! then. Here a failed write is no error: what is written from then on goes nowhere, and reading decides.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};

/// See the module.
pub(super) struct ReadAfterWriteError<T> {
    inner: T,
    /// The peer reads no more: a write has failed.
    write_closed: bool,
}

impl<T> ReadAfterWriteError<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            write_closed: false,
        }
    }

    fn sink(&mut self, result: io::Result<usize>, length: usize) -> io::Result<usize> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match result {
            Err(error)
                if matches!(
                    error.kind(),
                    BrokenPipe | ConnectionAborted | ConnectionReset
                ) =>
            {
                self.write_closed = true;
                Ok(length)
            }
            other => other,
        }
    }
}

impl<T: Read + Unpin> Read for ReadAfterWriteError<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.write_closed {
            return Pin::new(&mut self.inner).poll_read(context, buffer);
        }
        // The failed write has taken the reset off the socket, so that reading ends as if cleanly. It is no clean end, and
        // the cursor does not tell whether anything came: hence the detour over a buffer of our own.
        let mut storage = [0; 8 * 1024];
        let length = storage.len().min(buffer.remaining());
        let mut read = ReadBuf::new(&mut storage[..length]);
        ready!(Pin::new(&mut self.inner).poll_read(context, read.unfilled()))?;
        if read.filled().is_empty() && length > 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for ReadAfterWriteError<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.write_closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, bytes));
        Poll::Ready(self.sink(written, bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        if self.write_closed {
            return Poll::Ready(Ok(length));
        }
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(context, slices));
        Poll::Ready(self.sink(written, length))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.write_closed {
            return Poll::Ready(Ok(()));
        }
        let flushed = ready!(Pin::new(&mut self.inner).poll_flush(context));
        Poll::Ready(self.sink(flushed.map(|()| 0), 0).map(|_| ()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
