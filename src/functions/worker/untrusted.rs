//! Readers of what the host does not write itself, for the fuzzer: each takes any bytes.

use std::path::Path;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use prost::Message as _;

use super::bundled::protocol;
use super::grpc::proto::StreamingMessage;
use crate::functions::app::host_json::HostJson;
use crate::functions::app::jsonc;
use crate::http::body::BoxError;

/// Reads a `host.json` with the settings that change it; what of it is not understood.
///
/// # Errors
/// What is wrong with it.
pub fn host_json(text: &str, settings: Vec<(String, String)>) -> Result<Vec<String>, String> {
    let read = jsonc::parse(text, Path::new("host.json"))
        .and_then(|value| HostJson::of(value, Path::new("/nowhere"), settings));
    read.map(|host| host.warnings)
        .map_err(|error| error.message)
}

/// Reads an answer of our own worker programs that comes in pieces of `size` bytes; the body behind its frame.
///
/// # Errors
/// What is wrong with it.
pub fn worker_answer(bytes: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let pieces: Vec<_> = bytes
        .chunks(size.max(1))
        .map(|piece| Ok::<_, BoxError>(http_body::Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    let body = StreamBody::new(futures_util::stream::iter(pieces));
    let read = async {
        let (_, rest) = protocol::decode(body).await?;
        Ok::<_, BoxError>(rest.collect().await?.to_bytes().to_vec())
    };
    let read = read.now_or_never();
    let read = read.unwrap_or_else(|| Err("the answer is not there".into()));
    read.map_err(|error| error.to_string())
}

/// Reads a message of a worker of Azure Functions.
///
/// # Errors
/// What is wrong with it.
pub fn worker_message(bytes: &[u8]) -> Result<(), String> {
    let read = StreamingMessage::decode(bytes);
    read.map(drop).map_err(|error| error.to_string())
}
