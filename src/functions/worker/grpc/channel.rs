//! The stream of one worker, shared by all calls: who waits for which answer, and the worker's log.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::framing::Incoming;
use super::proto::rpc_log::{self, RpcLogCategory};
use super::proto::streaming_message::Content;
use super::proto::{InvocationCancel, InvocationResponse, RpcException, RpcLog, StreamingMessage};
use super::service::{Opened, Outgoing};
use crate::functions::app::host_json::HostJson;
use crate::functions::output::{Level, Line, Output};

/// Why a call has no answer when the worker is gone.
pub(crate) const CLOSED: &str = "the worker closed its stream during the call";

/// The way to a worker and back.
pub(crate) struct Channel {
    outgoing: Outgoing,
    waiting: Mutex<HashMap<String, Waiting>>,
    closed: watch::Sender<bool>,
    /// Whether a worker wants to hear that nobody waits for a call any more (`HandlesInvocationCancelMessage`).
    cancels: AtomicBool,
    output: Output,
    /// Whether it was said that the worker is replaced.
    mourned: AtomicBool,
}

/// A call that has no answer yet.
struct Waiting {
    function: String,
    answer: oneshot::Sender<InvocationResponse>,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Channel")
    }
}

impl Channel {
    /// Reads the stream in the background. Answers to calls and logs find their way by themselves; all else comes out
    /// of the receiver.
    pub(crate) fn open(
        opened: Opened,
        host: &HostJson,
        output: &Output,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Content>) {
        let (replies, received) = mpsc::unbounded_channel();
        let channel = Arc::new(Self {
            outgoing: opened.outgoing,
            waiting: Mutex::default(),
            closed: watch::Sender::new(false),
            cancels: AtomicBool::new(false),
            output: output.clone(),
            mourned: AtomicBool::new(false),
        });
        let reader = Reader {
            channel: Arc::clone(&channel),
            replies,
            host: host.clone(),
        };
        tokio::spawn(reader.run(opened.incoming));
        (channel, received)
    }

    /// Sends a message. A stream that is closed shows when its answer is waited for.
    pub(crate) fn send(&self, content: Content) {
        let _ = self.outgoing.send(Ok(content.into()));
    }

    /// Says that the worker acts on [`InvocationCancel`].
    pub(crate) fn takes_cancels(&self) {
        self.cancels.store(true, Ordering::Relaxed);
    }

    /// A place for the answer to a call. It must be asked for before the call is sent.
    pub(crate) fn expect(self: &Arc<Self>, invocation: &str, function: &str) -> Expected {
        let (answer, receiver) = oneshot::channel();
        let waiting = Waiting {
            function: function.to_owned(),
            answer,
        };
        self.all().insert(invocation.to_owned(), waiting);
        if *self.closed.borrow() {
            // It closed before the insert; nobody else would remove it.
            self.all().clear();
        }
        Expected {
            channel: Arc::clone(self),
            invocation: invocation.to_owned(),
            function: function.to_owned(),
            receiver,
        }
    }

    /// Waits until the stream is closed.
    pub(crate) async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Says once that the worker is replaced, since its stream is closed.
    pub(crate) fn fail_pending(&self) {
        if !self.mourned.swap(true, Ordering::Relaxed) {
            self.output
                .warn("the worker closed its stream and takes no more calls; it is replaced");
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer that comes after that over HTTP: only a failure is worth a line.
    pub(crate) fn late(&self, function: &str, response: &InvocationResponse) {
        if let Some(why) = response.result.as_ref().and_then(|result| result.failure()) {
            let line = Line::logged(Level::Error, why);
            self.output
                .say(line.of(Some(function), Some(&response.invocation_id)));
        }
    }

    /// Calls in flight fail.
    fn close(&self) {
        self.closed.send_replace(true);
        self.all().clear();
    }
}

/// The answer to a call, to come. Dropping it before it is there cancels the call.
pub(crate) struct Expected {
    channel: Arc<Channel>,
    invocation: String,
    function: String,
    receiver: oneshot::Receiver<InvocationResponse>,
}

impl Expected {
    /// Waits for it; `None` when the worker's stream is closed. Cancel safe.
    pub(crate) async fn answer(&mut self) -> Option<InvocationResponse> {
        (&mut self.receiver).await.ok()
    }

    /// The worker answers over HTTP; what it says here is only logged from now on.
    pub(crate) fn detach(&mut self) {
        self.receiver.close();
        if let Ok(response) = self.receiver.try_recv() {
            self.channel.late(&self.function, &response);
        }
    }

    /// The call is over as far as we care, and not to be cancelled.
    pub(crate) fn leave(mut self) {
        self.invocation.clear();
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        if self.invocation.is_empty() {
            return;
        }
        let known = self.channel.all().remove(&self.invocation);
        if known.is_some() && self.channel.cancels.load(Ordering::Relaxed) {
            let invocation_id = std::mem::take(&mut self.invocation);
            self.channel
                .send(Content::InvocationCancel(InvocationCancel {
                    invocation_id,
                }));
        }
    }
}

struct Reader {
    channel: Arc<Channel>,
    replies: mpsc::UnboundedSender<Content>,
    host: HostJson,
}

impl Reader {
    async fn run(self, mut incoming: Incoming) {
        loop {
            match incoming.message().await {
                Ok(Some(StreamingMessage { content, .. })) => match content {
                    Some(Content::RpcLog(entry)) => self.show(&entry),
                    Some(Content::InvocationResponse(response)) => self.answer(response),
                    Some(other) => {
                        // Nobody listens once the functions are loaded.
                        let _ = self.replies.send(other);
                    }
                    None => log::debug!("a message of a kind that is not needed here"),
                },
                Ok(None) => break,
                Err(error) => {
                    log::debug!("the stream of a worker broke: {error}");
                    break;
                }
            }
        }
        self.channel.close();
    }

    fn answer(&self, response: InvocationResponse) {
        let Some(waiting) = self.channel.all().remove(&response.invocation_id) else {
            log::debug!(
                "an answer that nobody waits for: {}",
                response.invocation_id
            );
            return;
        };
        if let Err(response) = waiting.answer.send(response) {
            self.channel.late(&waiting.function, &response);
        }
    }

    fn show(&self, entry: &RpcLog) {
        let level = match entry.level() {
            rpc_log::Level::Trace => Level::Trace,
            rpc_log::Level::Debug => Level::Debug,
            rpc_log::Level::Information => Level::Information,
            rpc_log::Level::Warning => Level::Warning,
            rpc_log::Level::Error => Level::Error,
            rpc_log::Level::Critical => Level::Critical,
            rpc_log::Level::None => return,
        };
        let mut text = entry.message.clone();
        if let Some(exception) = entry.exception.as_ref().map(RpcException::text)
            && !exception.is_empty()
            && !text.contains(&exception)
        {
            text = format!("{text}\n{exception}");
        }
        // What a worker says of itself is noise, unless something is wrong.
        let is_users = entry.log_category() == RpcLogCategory::User;
        if !is_users && level < Level::Warning {
            log::debug!("{}: {text}", entry.category);
            return;
        }
        let function = {
            let all = self.channel.all();
            let waiting = all.get(&entry.invocation_id);
            waiting.map(|waiting| waiting.function.clone())
        };
        if self.host.shows(level, function.as_deref()) {
            let id = Some(entry.invocation_id.as_str()).filter(|id| !id.is_empty());
            self.channel
                .output
                .say(Line::logged(level, text).of(function.as_deref(), id));
        }
    }
}
