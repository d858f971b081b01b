//! What a worker says that it can do.

use std::collections::HashMap;

/// The capabilities that change what is sent. `TypedDataCollection` is not among them: an HTTP request holds no lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// `UseNullableValueDictionaryForHttp`: the maps `nullable_*` are filled instead of the plain ones.
    pub(crate) nullable_maps: bool,
    /// `RawHttpBodyBytes`: bodies are bytes, whatever their type.
    pub(crate) raw_bytes: bool,
    /// `RpcHttpBodyOnly`: `rawBody` is not sent.
    pub(crate) body_only: bool,
    /// `IgnoreEmptyValuedRpcHttpHeaders`: headers without a value are left out of the plain map.
    pub(crate) no_empty_headers: bool,
    /// `RpcHttpTriggerMetadataRemoved`: the request is not repeated in the trigger metadata.
    pub(crate) no_http_metadata: bool,
    /// `HandlesInvocationCancelMessage`.
    pub(crate) cancels: bool,
    /// `HandlesWorkerTerminateMessage`.
    pub(crate) terminates: bool,
    /// `RequiresRouteParameters`: they are sent although the request goes to [`Capabilities::http_uri`].
    pub(crate) route_parameters: bool,
    /// `HttpUri`: where requests and responses stream.
    pub(crate) http_uri: Option<String>,
}

impl Capabilities {
    /// Reads the map of a worker. Any value means yes: workers send `true`, `True` and `1`.
    pub(crate) fn read(map: &HashMap<String, String>) -> Self {
        let has = |name: &str| map.get(name).is_some_and(|value| !value.is_empty());
        Self {
            nullable_maps: has("UseNullableValueDictionaryForHttp"),
            raw_bytes: has("RawHttpBodyBytes"),
            body_only: has("RpcHttpBodyOnly"),
            no_empty_headers: has("IgnoreEmptyValuedRpcHttpHeaders"),
            no_http_metadata: has("RpcHttpTriggerMetadataRemoved"),
            cancels: has("HandlesInvocationCancelMessage"),
            terminates: has("HandlesWorkerTerminateMessage"),
            route_parameters: has("RequiresRouteParameters"),
            http_uri: map.get("HttpUri").filter(|uri| !uri.is_empty()).cloned(),
        }
    }
}
