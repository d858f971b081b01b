//! The messages and the service of `AzureFunctionsRpcMessages.FunctionRpc`, made from `proto/function_rpc.proto` (see
//! there). Only what an HTTP trigger needs is in it; a decoder skips all else, and new things too.

#[allow(
    clippy::pedantic,
    clippy::default_trait_access,
    unreachable_pub,
    missing_docs,
    dead_code,
    reason = "generated"
)]
#[rustfmt::skip]
mod azure_functions_rpc_messages;

pub(crate) use azure_functions_rpc_messages::*;

use self::status_result::Status;
use self::streaming_message::Content;
use self::typed_data::Data;

impl From<Content> for StreamingMessage {
    fn from(content: Content) -> Self {
        Self {
            request_id: uuid::Uuid::new_v4().to_string(),
            content: Some(content),
        }
    }
}

impl From<Data> for TypedData {
    fn from(data: Data) -> Self {
        Self { data: Some(data) }
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
