//! Response bodies from files that are too large for memory: each piece is read on a blocking thread once the client has
//! taken the one before.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use tokio::task::JoinHandle;

/// Bytes read at a time: few enough to keep a slow reader cheap, enough that a thread switch does not show.
const READ_SIZE: usize = 256 * 1024;

/// Part of an open file as a response body.
pub struct FileStream {
    state: State,
    left: u64,
    length: u64,
}

enum State {
    Idle(Option<File>),
    Reading(JoinHandle<io::Result<(File, Vec<u8>)>>),
}

impl FileStream {
    /// The bytes `part` of a file.
    ///
    /// # Errors
    /// When the file cannot be positioned.
    pub fn new(mut file: File, part: Range<u64>) -> io::Result<Self> {
        file.seek(SeekFrom::Start(part.start))?;
        let length = part.end - part.start;
        Ok(Self {
            state: State::Idle(Some(file)),
            left: length,
            length,
        })
    }
}

fn read_piece(mut file: File, want: usize) -> io::Result<(File, Vec<u8>)> {
    let mut piece = Vec::with_capacity(want);
    file.by_ref().take(want as u64).read_to_end(&mut piece)?;
    Ok((file, piece))
}

impl MessageBody for FileStream {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        loop {
            match &mut self.state {
                State::Idle(file) => {
                    let Some(file) = file.take().filter(|_| self.left > 0) else {
                        return Poll::Ready(None);
                    };
                    let want = self.left.min(READ_SIZE as u64) as usize;
                    self.state =
                        State::Reading(tokio::task::spawn_blocking(move || read_piece(file, want)));
                }
                State::Reading(task) => {
                    let read = match Pin::new(task).poll(context) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(read) => read.map_err(io::Error::other).and_then(|read| read),
                    };
                    self.state = State::Idle(None);
                    let (file, piece) = match read {
                        Ok(read) => read,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    };
                    if piece.is_empty() {
                        // Cut short while it was sent: the connection must break, or the client takes the rest for good.
                        let error =
                            io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter");
                        return Poll::Ready(Some(Err(error)));
                    }
                    self.left = self.left.saturating_sub(piece.len() as u64);
                    self.state = State::Idle(Some(file));
                    return Poll::Ready(Some(Ok(piece.into())));
                }
            }
        }
    }
}
