//! Tests of routes as data: requests, and what is to be answered to them. Each is asked as `explain` asks, in this
//! process, so nothing is served, sent or started.
//!
//! 1. [`read`]: the text of a file → [`model`], every value with its place; [`expectations`]: what a test expects
//! 2. [`run`]: each test → [`judge`]: what was expected against what is told
//! 3. [`report`]: the outcome for a terminal, as JSON, as JUnit's XML
//! 4. [`observed`]: the other way round, what is told → a test that expects it; [`init`]: such tests for a whole
//!    configuration
//!
//! The format is `schemas/route-tests.json`, explained in `docs/route-tests.md`.

mod expectations;
pub mod init;
pub mod judge;
pub mod model;
pub mod observed;
pub mod read;
pub mod report;
pub mod run;
pub mod write;

/// The JSON schema of a file.
pub const SCHEMA: &str = include_str!("../../schemas/route-tests.json");
