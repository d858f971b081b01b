//! Runs tests: each is asked as `explain` asks.

use std::sync::Arc;

use crate::auth::ClientPrincipal;
use crate::environment::Environment;
use crate::explain::caller::user;
use crate::explain::request::ExplainRequest;
use crate::explain::{Explanation, explain};
use crate::finding::{Finding, Spanned};
use crate::pipeline::AppState;

use super::judge::{Difference, judge};
use super::model::{RouteTest, TestCaller, TestRequest};

/// The app that is asked.
#[derive(Debug, Clone, Copy)]
pub struct App<'a> {
    /// What requests share.
    pub shared: &'a Arc<AppState>,
    /// What answers.
    pub environment: &'a Environment,
    /// What answers `/api`, in words.
    pub api: &'a str,
}

/// What became of one test.
#[derive(Debug)]
pub struct Outcome {
    /// The answer, explained.
    pub told: Explanation,
    /// What differs from what was expected.
    pub differences: Vec<Difference>,
}

impl Outcome {
    /// Whether everything is as expected.
    pub fn is_passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl TestRequest {
    /// The question, asked by nobody in particular.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn question(&self) -> Result<ExplainRequest, String> {
        let headers = self.headers.iter();
        let headers: Vec<String> = headers
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        ExplainRequest::new(&self.method, &self.target, &[], &headers)
    }
}

impl App<'_> {
    /// Asks, and compares.
    ///
    /// # Errors
    /// The test cannot be asked: a finding about it.
    pub async fn run(&self, test: &RouteTest) -> Result<Outcome, Finding> {
        let failed = |why: String| Finding::error("", test.request.span, why);
        let mut question = test.request.question().map_err(failed)?;
        match &test.caller {
            TestCaller::Anonymous => {}
            TestCaller::Roles(roles) => question = question.signed_in(roles).map_err(failed)?,
            TestCaller::Persona(name) => {
                question = question
                    .signed_in_as(&self.user(name).map_err(|unknown| *unknown)?)
                    .map_err(failed)?;
            }
        }
        let told = self.ask(&question).await.map_err(failed)?;
        Ok(Outcome {
            differences: judge(&test.expected, &told),
            told,
        })
    }

    /// Explains one request. A location in the app itself is told without scheme, host and port: where the app is
    /// served does not matter.
    pub(super) async fn ask(&self, question: &ExplainRequest) -> Result<Explanation, String> {
        let told = explain(
            Arc::clone(self.shared),
            self.environment,
            question,
            self.api,
        );
        let mut told = told.await.map_err(|error| error.to_string())?;
        let scheme = if self.shared.secure { "https" } else { "http" };
        let own = format!("{scheme}://{}", self.shared.own_host);
        let location = told.result.location.as_deref();
        if let Some(path) = location.and_then(|to| to.strip_prefix(&own))
            && path.starts_with('/')
        {
            told.result.location = Some(path.to_owned());
        }
        Ok(told)
    }

    fn user(&self, name: &Spanned<String>) -> Result<ClientPrincipal, Box<Finding>> {
        user(self.shared, self.environment, &name.value).map_err(|unknown| {
            let found = Finding::error("", name.span, unknown.message);
            Box::new(found.hint(match unknown.near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("roles are a list: `\"as\": [\"{}\"]`", name.value),
            }))
        })
    }
}
