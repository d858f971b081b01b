//! The messages of `AzureFunctionsRpcMessages.FunctionRpc`, written from the field numbers of the published interface:
//! `src/proto/FunctionRpc.proto` (and `shared/NullableTypes.proto`) of
//! <https://github.com/Azure/azure-functions-language-worker-protobuf>.
//!
//! Only fields that an HTTP trigger needs are here; a decoder skips all others, and new ones too. Values of HTTP are in
//! [`super::values`].

use std::collections::HashMap;

use super::values::TypedData;

/// The one message type of the stream, in both directions.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StreamingMessage {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(oneof = "Content", tags = "2, 4, 5, 8, 9, 14, 16, 17, 20, 21, 29, 30")]
    pub(crate) content: Option<Content>,
}

/// What a [`StreamingMessage`] carries.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Content {
    #[prost(message, tag = "2")]
    RpcLog(RpcLog),
    #[prost(message, tag = "4")]
    InvocationRequest(InvocationRequest),
    #[prost(message, tag = "5")]
    InvocationResponse(InvocationResponse),
    #[prost(message, tag = "8")]
    FunctionLoadRequest(FunctionLoadRequest),
    #[prost(message, tag = "9")]
    FunctionLoadResponse(FunctionLoadResponse),
    #[prost(message, tag = "14")]
    WorkerTerminate(WorkerTerminate),
    #[prost(message, tag = "16")]
    WorkerInitResponse(WorkerInitResponse),
    #[prost(message, tag = "17")]
    WorkerInitRequest(WorkerInitRequest),
    #[prost(message, tag = "20")]
    StartStream(StartStream),
    #[prost(message, tag = "21")]
    InvocationCancel(InvocationCancel),
    #[prost(message, tag = "29")]
    FunctionsMetadataRequest(FunctionsMetadataRequest),
    #[prost(message, tag = "30")]
    FunctionMetadataResponse(FunctionMetadataResponse),
}

/// The first message of a worker.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StartStream {
    #[prost(string, tag = "2")]
    pub(crate) worker_id: String,
}

/// The host introduces itself; some workers load the app upon it.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WorkerInitRequest {
    #[prost(string, tag = "1")]
    pub(crate) host_version: String,
    #[prost(map = "string, string", tag = "2")]
    pub(crate) capabilities: HashMap<String, String>,
    /// The folder of `worker.config.json`.
    #[prost(string, tag = "4")]
    pub(crate) worker_directory: String,
    #[prost(string, tag = "5")]
    pub(crate) function_app_directory: String,
}

/// What the worker can do.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WorkerInitResponse {
    #[prost(map = "string, string", tag = "2")]
    pub(crate) capabilities: HashMap<String, String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) result: Option<StatusResult>,
}

/// How something went.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StatusResult {
    #[prost(enumeration = "Status", tag = "4")]
    pub(crate) status: i32,
    #[prost(string, tag = "1")]
    pub(crate) result: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) exception: Option<RpcException>,
}

/// The values of [`StatusResult::status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Status {
    Failure = 0,
    Success = 1,
    Cancelled = 2,
}

/// An exception of the worker or of the app.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcException {
    #[prost(string, tag = "1")]
    pub(crate) stack_trace: String,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(string, tag = "3")]
    pub(crate) source: String,
}

/// Asks a worker to end by itself.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WorkerTerminate {
    #[prost(message, optional, tag = "1")]
    pub(crate) grace_period: Option<Duration>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Duration {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// Asks for the functions of the app.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FunctionsMetadataRequest {
    #[prost(string, tag = "1")]
    pub(crate) function_app_directory: String,
}

/// The functions of the app.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FunctionMetadataResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) function_metadata_results: Vec<RpcFunctionMetadata>,
    #[prost(message, optional, tag = "2")]
    pub(crate) result: Option<StatusResult>,
    /// The host is to read the files `function.json`.
    #[prost(bool, tag = "3")]
    pub(crate) use_default_metadata_indexing: bool,
}

/// One function.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcFunctionMetadata {
    #[prost(string, tag = "4")]
    pub(crate) name: String,
    #[prost(string, tag = "1")]
    pub(crate) directory: String,
    #[prost(string, tag = "2")]
    pub(crate) script_file: String,
    #[prost(string, tag = "3")]
    pub(crate) entry_point: String,
    #[prost(map = "string, message", tag = "6")]
    pub(crate) bindings: HashMap<String, BindingInfo>,
    /// Whether the worker could read it.
    #[prost(message, optional, tag = "8")]
    pub(crate) status: Option<StatusResult>,
    #[prost(string, tag = "9")]
    pub(crate) language: String,
    /// Each binding as the JSON of a `function.json`.
    #[prost(string, repeated, tag = "10")]
    pub(crate) raw_bindings: Vec<String>,
    #[prost(string, tag = "13")]
    pub(crate) function_id: String,
    /// The worker's own notes, which it gets back when the function is loaded.
    #[prost(map = "string, string", tag = "16")]
    pub(crate) properties: HashMap<String, String>,
}

/// A binding when a function is loaded.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BindingInfo {
    #[prost(string, tag = "2")]
    pub(crate) kind: String,
    #[prost(enumeration = "Direction", tag = "3")]
    pub(crate) direction: i32,
}

/// The values of [`BindingInfo::direction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Direction {
    In = 0,
    Out = 1,
    Inout = 2,
}

/// Loads one function.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FunctionLoadRequest {
    #[prost(string, tag = "1")]
    pub(crate) function_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) metadata: Option<RpcFunctionMetadata>,
}

/// Whether it was loaded.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FunctionLoadResponse {
    #[prost(string, tag = "1")]
    pub(crate) function_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) result: Option<StatusResult>,
}

/// One call.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct InvocationRequest {
    #[prost(string, tag = "1")]
    pub(crate) invocation_id: String,
    #[prost(string, tag = "2")]
    pub(crate) function_id: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) input_data: Vec<ParameterBinding>,
    #[prost(map = "string, message", tag = "4")]
    pub(crate) trigger_metadata: HashMap<String, TypedData>,
    #[prost(message, optional, tag = "5")]
    pub(crate) trace_context: Option<RpcTraceContext>,
}

/// W3C trace context.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcTraceContext {
    #[prost(string, tag = "1")]
    pub(crate) trace_parent: String,
    #[prost(string, tag = "2")]
    pub(crate) trace_state: String,
}

/// The value of a binding.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ParameterBinding {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) data: Option<TypedData>,
}

/// What became of a call.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct InvocationResponse {
    #[prost(string, tag = "1")]
    pub(crate) invocation_id: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) output_data: Vec<ParameterBinding>,
    #[prost(message, optional, tag = "3")]
    pub(crate) result: Option<StatusResult>,
    /// The value of `$return`.
    #[prost(message, optional, tag = "4")]
    pub(crate) return_value: Option<TypedData>,
}

/// Nobody waits for a call any more.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct InvocationCancel {
    #[prost(string, tag = "2")]
    pub(crate) invocation_id: String,
}

/// A line of the log.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcLog {
    /// Empty for what belongs to no call.
    #[prost(string, tag = "1")]
    pub(crate) invocation_id: String,
    #[prost(string, tag = "2")]
    pub(crate) category: String,
    #[prost(enumeration = "LogLevel", tag = "3")]
    pub(crate) level: i32,
    #[prost(string, tag = "4")]
    pub(crate) message: String,
    #[prost(message, optional, tag = "6")]
    pub(crate) exception: Option<RpcException>,
    #[prost(enumeration = "LogCategory", tag = "8")]
    pub(crate) log_category: i32,
}

/// The values of [`RpcLog::level`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum LogLevel {
    Trace = 0,
    Debug = 1,
    Information = 2,
    Warning = 3,
    Error = 4,
    Critical = 5,
    None = 6,
}

/// The values of [`RpcLog::log_category`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum LogCategory {
    User = 0,
    System = 1,
    CustomMetric = 2,
}

impl From<Content> for StreamingMessage {
    fn from(content: Content) -> Self {
        Self {
            request_id: uuid::Uuid::new_v4().to_string(),
            content: Some(content),
        }
    }
}

impl RpcException {
    /// Message and stack; a stack that begins with the message stands alone.
    pub(crate) fn text(&self) -> String {
        let stack = self.stack_trace.trim_end();
        if stack.is_empty() {
            self.message.clone()
        } else if self.message.is_empty() || stack.contains(self.message.as_str()) {
            stack.to_owned()
        } else {
            format!("{}\n{stack}", self.message)
        }
    }
}

impl StatusResult {
    /// Why it did not succeed, if it did not.
    pub(crate) fn failure(&self) -> Option<String> {
        let kind = match self.status() {
            Status::Success => return None,
            Status::Failure => "failed",
            Status::Cancelled => "was cancelled",
        };
        let told = self.exception.as_ref().map(RpcException::text);
        let told = told.filter(|text| !text.is_empty());
        let result = Some(self.result.clone()).filter(|text| !text.is_empty());
        Some(
            told.or(result)
                .unwrap_or_else(|| format!("it {kind}; the worker does not say why")),
        )
    }
}
