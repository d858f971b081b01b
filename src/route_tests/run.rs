//! Runs tests: each is asked as `explain` asks.

use std::sync::Arc;

use crate::environment::Environment;
use crate::explain::request::ExplainRequest;
use crate::explain::{Explanation, explain};
use crate::finding::Finding;
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
                let roles = [self.role(&name.value).ok_or_else(|| unknown(self, name))?];
                question = question.signed_in(&roles).map_err(failed)?;
            }
        }
        let told = self.ask(&question).await.map_err(failed)?;
        Ok(Outcome {
            differences: judge(&test.expected, &told),
            told,
        })
    }

    /// Explains one request.
    pub(super) async fn ask(&self, question: &ExplainRequest) -> Result<Explanation, String> {
        let told = explain(
            Arc::clone(self.shared),
            self.environment,
            question,
            self.api,
        );
        told.await.map_err(|error| error.to_string())
    }

    /// The role of that name, if the configuration names it.
    fn role(&self, name: &str) -> Option<String> {
        let roles = roles(self.environment);
        roles.into_iter().find(|role| role == name)
    }
}

/// All roles that the configuration names, and `authenticated`, in the order of the file.
pub(super) fn roles(environment: &Environment) -> Vec<String> {
    let rules = environment.rules.config().routes.iter();
    let named = rules.flat_map(|rule| &rule.allowed_roles);
    let mut all = vec!["authenticated".to_owned()];
    for role in named.map(|role| &role.value) {
        if role != "anonymous" && !all.contains(role) {
            all.push(role.clone());
        }
    }
    all
}

fn unknown(app: &App<'_>, name: &crate::finding::Spanned<String>) -> Finding {
    let known = roles(app.environment);
    let message = format!("there is no persona `{}`", name.value);
    let near = crate::finding::nearest(&name.value, known.iter().map(String::as_str));
    Finding::error("", name.span, message).hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "roles are a list: `\"as\": [\"{}\"]`; the configuration names: {}",
            name.value,
            known.join(", ")
        ),
    })
}
