//! A file of route tests, read.

use regex::Regex;

use crate::finding::{Span, Spanned};

/// One test: a request, who makes it, and what is expected.
#[derive(Debug, Clone)]
pub struct RouteTest {
    /// Its name; without one the request and the caller name it.
    pub name: Option<String>,
    /// The whole test.
    pub span: Span,
    /// What is asked.
    pub request: TestRequest,
    /// Who asks.
    pub caller: TestCaller,
    /// What is expected, in the order of the file.
    pub expected: Vec<Spanned<Expectation>>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct TestRequest {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Where it stands.
    pub span: Span,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestCaller {
    /// Nobody who is signed in.
    Anonymous,
    /// The persona of this name, or else a user with the role of this name.
    Persona(Spanned<String>),
    /// A user with these roles.
    Roles(Vec<String>),
}

/// One thing that is expected of an answer.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// The status.
    Status(u16),
    /// What answers, in the words of `explain`.
    Kind(String),
    /// The file that answers, relative to the content root.
    File(String),
    /// The `Location` of a redirect.
    Location(String),
    /// The path that a rule puts in place of the requested one; `None`: no rule does.
    Rewrite(Option<String>),
    /// A header.
    Header(String, HeaderExpectation),
    /// Who is asked; `None`: nobody, the answer is made here.
    Backend(Option<BackendExpectation>),
    /// The rule that decides; `None`: no rule does.
    Rule(Option<RuleExpectation>),
    /// Why, in one of the words of the pipeline.
    Reason(String),
}

/// What is expected of a header.
#[derive(Debug, Clone)]
pub enum HeaderExpectation {
    /// It has this value.
    Is(String),
    /// Its value has a part that matches.
    Matches(Regex),
    /// It is not there.
    Absent,
}

/// What is expected of the program that is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackendExpectation {
    /// `api`, `data-api` or `dev-server`.
    pub kind: Option<String>,
    /// Path and query that it is asked for.
    pub target: Option<String>,
}

/// How a rule is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleExpectation {
    /// By its position in `routes`.
    Index(usize),
    /// By its route, as written.
    Route(String),
}

impl RouteTest {
    /// What a report calls it.
    pub fn title(&self) -> String {
        let TestRequest { method, target, .. } = &self.request;
        match &self.name {
            Some(name) => name.clone(),
            None => format!("{method} {target} as {}", self.caller),
        }
    }
}

impl std::fmt::Display for TestCaller {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Anonymous => out.write_str("anonymous"),
            Self::Persona(name) => out.write_str(&name.value),
            Self::Roles(roles) => out.write_str(&roles.join(", ")),
        }
    }
}
