//! The values of `FunctionRpc.proto` that bindings carry: text, bytes, numbers, and HTTP.

use std::collections::HashMap;

use bytes::Bytes;

/// A value of any kind.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TypedData {
    #[prost(oneof = "Data", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11")]
    pub(crate) data: Option<Data>,
}

/// The kinds of [`TypedData`].
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Data {
    #[prost(string, tag = "1")]
    String(String),
    #[prost(string, tag = "2")]
    Json(String),
    #[prost(bytes = "bytes", tag = "3")]
    Bytes(Bytes),
    #[prost(bytes = "bytes", tag = "4")]
    Stream(Bytes),
    #[prost(message, tag = "5")]
    Http(Box<RpcHttp>),
    #[prost(sint64, tag = "6")]
    Int(i64),
    #[prost(double, tag = "7")]
    Double(f64),
    #[prost(message, tag = "8")]
    CollectionBytes(CollectionBytes),
    #[prost(message, tag = "9")]
    CollectionString(CollectionString),
    #[prost(message, tag = "10")]
    CollectionDouble(CollectionDouble),
    #[prost(message, tag = "11")]
    CollectionInt(CollectionInt),
}

/// Several byte strings.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CollectionBytes {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) bytes: Vec<Bytes>,
}

/// Several texts.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CollectionString {
    #[prost(string, repeated, tag = "1")]
    pub(crate) string: Vec<String>,
}

/// Several numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CollectionDouble {
    #[prost(double, repeated, tag = "1")]
    pub(crate) double: Vec<f64>,
}

/// Several whole numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CollectionInt {
    #[prost(sint64, repeated, tag = "1")]
    pub(crate) sint64: Vec<i64>,
}

/// A request or a response.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcHttp {
    #[prost(string, tag = "1")]
    pub(crate) method: String,
    #[prost(string, tag = "2")]
    pub(crate) url: String,
    #[prost(map = "string, string", tag = "3")]
    pub(crate) headers: HashMap<String, String>,
    #[prost(message, optional, boxed, tag = "4")]
    pub(crate) body: Option<Box<TypedData>>,
    #[prost(map = "string, string", tag = "10")]
    pub(crate) params: HashMap<String, String>,
    /// A number as text; empty for 200.
    #[prost(string, tag = "12")]
    pub(crate) status_code: String,
    #[prost(map = "string, string", tag = "15")]
    pub(crate) query: HashMap<String, String>,
    #[prost(message, optional, boxed, tag = "17")]
    pub(crate) raw_body: Option<Box<TypedData>>,
    #[prost(message, repeated, tag = "19")]
    pub(crate) cookies: Vec<RpcHttpCookie>,
    #[prost(map = "string, message", tag = "20")]
    pub(crate) nullable_headers: HashMap<String, NullableString>,
    #[prost(map = "string, message", tag = "21")]
    pub(crate) nullable_params: HashMap<String, NullableString>,
    #[prost(map = "string, message", tag = "22")]
    pub(crate) nullable_query: HashMap<String, NullableString>,
}

/// A cookie of a response.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcHttpCookie {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) domain: Option<NullableString>,
    #[prost(message, optional, tag = "4")]
    pub(crate) path: Option<NullableString>,
    #[prost(message, optional, tag = "5")]
    pub(crate) expires: Option<NullableTimestamp>,
    #[prost(message, optional, tag = "6")]
    pub(crate) secure: Option<NullableBool>,
    #[prost(message, optional, tag = "7")]
    pub(crate) http_only: Option<NullableBool>,
    #[prost(enumeration = "SameSite", tag = "8")]
    pub(crate) same_site: i32,
    /// Seconds.
    #[prost(message, optional, tag = "9")]
    pub(crate) max_age: Option<NullableDouble>,
}

/// The values of [`RpcHttpCookie::same_site`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum SameSite {
    None = 0,
    Lax = 1,
    Strict = 2,
    ExplicitNone = 3,
}

/// A text, or none.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NullableString {
    #[prost(string, optional, tag = "1")]
    pub(crate) value: Option<String>,
}

/// A number, or none.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NullableDouble {
    #[prost(double, optional, tag = "1")]
    pub(crate) value: Option<f64>,
}

/// Yes, no, or none.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NullableBool {
    #[prost(bool, optional, tag = "1")]
    pub(crate) value: Option<bool>,
}

/// A moment, or none.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct NullableTimestamp {
    #[prost(message, optional, tag = "1")]
    pub(crate) value: Option<Timestamp>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}
