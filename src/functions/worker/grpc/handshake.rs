//! From the first message of a worker to "ready" (FR-2, FR-3).
//!
//! 1. `StartStream` ([`super::service`]) → `WorkerInitRequest` → `WorkerInitResponse`: what the worker can do
//! 2. `FunctionsMetadataRequest`, if the worker indexes; else the files of the app ([`super::function_metadata`])
//! 3. one `FunctionLoadRequest` for each HTTP function; one that fails to load fails its calls

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::capabilities::Capabilities;
use super::channel::Channel;
use super::function_metadata::{self, DescribedFunction, LoadedFunction};
use super::proto::streaming_message::Content;
use super::proto::{
    FunctionLoadResponse, FunctionMetadataResponse, FunctionsMetadataRequest, StatusResult,
    WorkerInitRequest, WorkerInitResponse,
};
use super::service::Opened;
use crate::functions::app::function::Function;
use crate::functions::app::worker_config::WorkerConfig;
use crate::functions::error::HostError;
use crate::functions::worker::HOST_VERSION;
use crate::functions::worker::launch::LaunchContext;

/// For each answer once it is initialised.
const REPLY: Duration = Duration::from_secs(120);

const HINT: &str = "correct the error and save: the app then starts again";

/// A worker that takes calls.
pub(crate) struct Ready {
    pub(crate) channel: Arc<Channel>,
    pub(crate) can: Capabilities,
    /// Everything that was found, whatever its trigger.
    pub(crate) functions: Vec<Function>,
    /// By name.
    pub(crate) loaded: HashMap<String, LoadedFunction>,
}

/// Why a worker does not get ready.
pub(crate) enum HandshakeError {
    /// Its stream is closed: it probably ended.
    Closed,
    Host(HostError),
}

impl From<HostError> for HandshakeError {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

/// Leads a worker until it is ready. `root` is the folder of the app as the worker sees it.
pub(crate) async fn run(
    stream: oneshot::Receiver<Opened>,
    config: &WorkerConfig,
    root: &Path,
    context: LaunchContext<'_>,
) -> Result<Ready, HandshakeError> {
    let opened = tokio::time::timeout(config.connects_within, stream).await;
    let opened = opened.map_err(|_| {
        HostError::new(
            format!(
                "the {} worker did not connect within {} s",
                config.language,
                config.connects_within.as_secs_f64()
            ),
            "check that it is a language worker of Azure Functions, which speaks gRPC",
        )
    })?;
    let opened = opened.map_err(|_| HandshakeError::Closed)?;
    let (channel, replies) = Channel::open(opened, &context.app.host, &context.config.output);
    let mut handshake = Handshake { channel, replies };
    let answer = handshake.init(config, root).await?;
    refuse(answer.result, "the worker does not start", context)?;
    let can = Capabilities::read(&answer.capabilities);
    if can.cancels {
        handshake.channel.takes_cancels();
    }
    let all = handshake.index(config, root, context).await?;
    let loaded = handshake.load(&all, context).await?;
    Ok(Ready {
        channel: handshake.channel,
        can,
        functions: all.into_iter().map(|known| known.function).collect(),
        loaded,
    })
}

struct Handshake {
    channel: Arc<Channel>,
    replies: mpsc::UnboundedReceiver<Content>,
}

impl Handshake {
    async fn init(
        &mut self,
        config: &WorkerConfig,
        root: &Path,
    ) -> Result<WorkerInitResponse, HandshakeError> {
        self.channel
            .send(Content::WorkerInitRequest(WorkerInitRequest {
                host_version: HOST_VERSION.to_owned(),
                capabilities: HashMap::new(),
                worker_directory: config.dir.display().to_string(),
                function_app_directory: root.display().to_string(),
            }));
        let within = config.initializes_within;
        self.reply_within(within, "to WorkerInitRequest", |content| match content {
            Content::WorkerInitResponse(response) => Some(response),
            _ => None,
        })
        .await
    }

    async fn index(
        &mut self,
        config: &WorkerConfig,
        root: &Path,
        context: LaunchContext<'_>,
    ) -> Result<Vec<DescribedFunction>, HandshakeError> {
        let legacy = &context.app.legacy;
        if !config.indexes {
            return Ok(function_metadata::from_files(root, legacy)?);
        }
        let request = FunctionsMetadataRequest {
            function_app_directory: root.display().to_string(),
        };
        self.channel
            .send(Content::FunctionsMetadataRequest(request));
        let answer: FunctionMetadataResponse = self
            .reply("to FunctionsMetadataRequest", |content| match content {
                Content::FunctionMetadataResponse(response) => Some(response),
                _ => None,
            })
            .await?;
        refuse(
            answer.result,
            "the functions of the app cannot be read",
            context,
        )?;
        if answer.use_default_metadata_indexing {
            return Ok(function_metadata::from_files(root, legacy)?);
        }
        if !legacy.is_empty() {
            context.config.output.warn("the app registers functions and has function.json files too; as in Azure the files are ignored");
        }
        let mut all = Vec::new();
        for metadata in answer.function_metadata_results {
            match function_metadata::from_worker(metadata, root) {
                Ok(known) => all.push(known),
                Err(why) => context.config.output.error(why),
            }
        }
        Ok(all)
    }

    async fn load(
        &mut self,
        all: &[DescribedFunction],
        context: LaunchContext<'_>,
    ) -> Result<HashMap<String, LoadedFunction>, HandshakeError> {
        let mut awaited: HashMap<&str, &DescribedFunction> = HashMap::new();
        // The route table warns of the others; they never run.
        for known in all
            .iter()
            .filter(|known| known.function.http_trigger().is_ok())
        {
            awaited.insert(&known.id, known);
            self.channel
                .send(Content::FunctionLoadRequest(known.load_request()));
        }
        let mut loaded = HashMap::new();
        while !awaited.is_empty() {
            let FunctionLoadResponse {
                function_id,
                result,
            } = self
                .reply("to FunctionLoadRequest", |content| match content {
                    Content::FunctionLoadResponse(response) => Some(response),
                    _ => None,
                })
                .await?;
            let Some(known) = awaited.remove(function_id.as_str()) else {
                log::debug!("a worker loaded a function that was not asked for: {function_id}");
                continue;
            };
            let name = &known.function.name;
            let failure = result.and_then(|result| result.failure());
            if let Some(why) = &failure {
                context.config.output.error(format!(
                    "the function '{name}' cannot be loaded, its calls fail: {why}"
                ));
            }
            loaded.extend(known.callable(failure).map(|each| (name.clone(), each)));
        }
        Ok(loaded)
    }

    /// The next message of a kind; what comes before it is not waited for.
    async fn reply<T>(
        &mut self,
        to_what: &str,
        pick: impl Fn(Content) -> Option<T>,
    ) -> Result<T, HandshakeError> {
        self.reply_within(REPLY, to_what, pick).await
    }

    async fn reply_within<T>(
        &mut self,
        patience: Duration,
        to_what: &str,
        pick: impl Fn(Content) -> Option<T>,
    ) -> Result<T, HandshakeError> {
        let channel = Arc::clone(&self.channel);
        let picked = async {
            loop {
                let content = tokio::select! {
                    biased;
                    content = self.replies.recv() => content.ok_or(HandshakeError::Closed)?,
                    () = channel.closed() => return Err(HandshakeError::Closed),
                };
                if let Some(found) = pick(content) {
                    return Ok(found);
                }
            }
        };
        let late = |_| {
            HostError::new(
                format!(
                    "the worker did not answer {to_what} within {} s",
                    patience.as_secs_f64()
                ),
                "what it said is above; does the app wait for something when it is loaded?",
            )
        };
        tokio::time::timeout(patience, picked).await.map_err(late)?
    }
}

fn refuse(
    result: Option<StatusResult>,
    what: &str,
    context: LaunchContext<'_>,
) -> Result<(), HandshakeError> {
    let Some(why) = result.and_then(|result| result.failure()) else {
        return Ok(());
    };
    context.config.output.error(why.as_str());
    let first = why.lines().next().unwrap_or_default();
    Err(HostError::new(format!("{what}: {first}"), HINT)
        .with_stack(why)
        .into())
}
