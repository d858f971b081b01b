//! Language workers over gRPC through the front door of the real binary: a worker of our own making in Python with
//! `grpcio` from PyPI (`fixtures/functions/grpc-worker`), and the official Python worker (B1).

mod calls;
mod choice;
mod dotnet;
mod lives;
mod official;
mod streaming;
mod support;
