//! What answers a request: everything up to the bytes. The server responds to it, `explain` prints it.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::content::FoundFile;

use super::context::RequestContext;
use super::reason::{Overridden, PlatformError, Reason};
use super::record::{AccessRecord, Reply};

/// The answer to a request, before anything is read or sent.
#[derive(Debug)]
pub struct Resolution<'a> {
    /// What answers.
    pub handler: Handler<'a>,
    /// The status to answer with. From a dev server it replaces that of a success, and of a path that is not there
    /// (RT-29); `None` where the handler says its own.
    pub status: Option<StatusCode>,
    /// Which configured headers go on the answer.
    pub headers: ConfiguredHeaders,
    /// Position of the rule that decided in `routes`.
    pub rule: Option<usize>,
    /// What led here, besides the rule.
    pub reason: Reason,
    /// The error that this answers, and what its override did.
    pub error: Option<PlatformError>,
}

/// What answers a request.
#[derive(Debug)]
pub enum Handler<'a> {
    /// A file of the content.
    File {
        /// Its path relative to the content root.
        relative: Cow<'a, str>,
        /// What was found.
        found: FoundFile,
    },
    /// A redirect with this `Location`.
    Redirect(Cow<'a, str>),
    /// The default page of an error with this status, which may be sent with another.
    ErrorPage(u16),
    /// A status without a body.
    Empty,
    /// The sign-in endpoints.
    SignIn {
        /// Decoded, normalised path.
        path: Cow<'a, str>,
        /// The query, without its question mark.
        query: Option<&'a str>,
    },
    /// The page where the password of a deployed environment is typed (AU-9).
    PasswordPage,
    /// The typed password (EN-16).
    PasswordCheck,
    /// The link of an invitation (AU-8).
    Invitation,
    /// The backend.
    Api {
        /// Path and query as they are sent.
        target: Cow<'a, str>,
        /// Whether it is told who calls (AP-27).
        shows_caller: bool,
    },
    /// The database connection.
    DataApi {
        /// Path and query as they are sent, without `/data-api`.
        target: Cow<'a, str>,
    },
    /// The dev server.
    DevServer {
        /// Path and query as they are sent.
        target: Cow<'a, str>,
        /// What its answer is for.
        purpose: Purpose,
    },
}

/// What the answer of a dev server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The requested path.
    Requested,
    /// A rule's rewrite.
    Rewritten,
    /// The navigation fallback (NF-2).
    Fallback,
    /// The page that `responseOverrides` names.
    ErrorPage,
    /// A WebSocket.
    Tunnel,
}

/// Which configured headers go on an answer (HD-1, HD-3, HD-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfiguredHeaders {
    /// None.
    None,
    /// The platform's, the global ones, and those of a rule.
    Content(Option<usize>),
    /// As for content without a rule, for a page of ours.
    ErrorPage,
}

impl<'a> Resolution<'a> {
    /// An answer whose status the handler says, without configured headers.
    pub(super) fn new(handler: Handler<'a>, reason: Reason) -> Self {
        Self {
            handler,
            status: None,
            headers: ConfiguredHeaders::None,
            rule: None,
            reason,
            error: None,
        }
    }

    /// A file that was found.
    pub(super) fn file(relative: Cow<'a, str>, found: FoundFile, reason: Reason) -> Self {
        Self::new(Handler::File { relative, found }, reason)
    }

    /// A redirect. Configured headers do not apply to it (HD-7).
    pub(super) fn redirect(status: u16, location: Cow<'a, str>, reason: Reason) -> Self {
        Self::new(Handler::Redirect(location), reason)
            .with_status(StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND))
    }

    /// The default page of an error that nothing overrides.
    pub(super) fn error_page(status: u16, reason: Reason) -> Self {
        let mut page = Self::new(Handler::ErrorPage(status), reason)
            .with_headers(ConfiguredHeaders::ErrorPage);
        page.status = StatusCode::from_u16(status).ok();
        page.error = Some(PlatformError::plain(status));
        page
    }

    pub(super) fn with_status(mut self, status: impl Into<Option<StatusCode>>) -> Self {
        self.status = status.into();
        self
    }

    /// RT-29: the status of a rule replaces that of whatever answers in place of a file. A redirect keeps its own.
    pub(super) fn with_rule_status(mut self, status: Option<StatusCode>) -> Self {
        if status.is_some() && !matches!(self.handler, Handler::Redirect(_)) {
            self.status = status;
        }
        self
    }

    pub(super) fn with_headers(mut self, headers: ConfiguredHeaders) -> Self {
        self.headers = headers;
        self
    }

    pub(super) fn with_rule(mut self, rule: Option<usize>) -> Self {
        self.rule = rule;
        self
    }

    /// The dev server does not have the page that stands in for another: its own 404 passes, and the record says so.
    pub(super) fn tell_missing(&mut self) {
        match (&self.handler, &mut self.error) {
            (
                Handler::DevServer {
                    target,
                    purpose: Purpose::ErrorPage,
                },
                Some(error),
            ) => error.overridden = Overridden::TargetMissing((**target).into()),
            (
                Handler::DevServer {
                    purpose: Purpose::Fallback,
                    ..
                },
                _,
            ) => self.reason = Reason::NoFallbackTarget,
            _ => {}
        }
    }

    /// Whether this answers a platform error of that status.
    pub(super) fn is_of_error(&self, status: u16) -> bool {
        self.error
            .as_ref()
            .is_some_and(|error| error.status == status)
    }

    /// What led here and what became of it, in a sentence.
    pub fn why(&self) -> String {
        match &self.error {
            Some(error) => format!("{}{error}", self.reason),
            None => self.reason.to_string(),
        }
    }

    /// The response with what is remembered of it.
    pub(super) fn reply(self, context: &RequestContext<'_>, response: HttpResponse) -> Reply {
        let record = AccessRecord::new(self.reason)
            .of_kind(self.handler.kind())
            .with_error(self.error)
            .with_rule(context.environment, self.rule);
        Reply { response, record }
    }
}

impl Handler<'_> {
    /// All words of [`Self::kind`].
    pub const KINDS: &'static [&'static str] = &[
        "file",
        "redirect",
        "error",
        "empty",
        "sign-in",
        "password",
        "invitation",
        "api",
        "data-api",
        "dev-server",
    ];

    /// The word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Redirect(_) => "redirect",
            Self::ErrorPage(_) => "error",
            Self::Empty => "empty",
            Self::SignIn { .. } => "sign-in",
            Self::PasswordPage | Self::PasswordCheck => "password",
            Self::Invitation => "invitation",
            Self::Api { .. } => "api",
            Self::DataApi { .. } => "data-api",
            Self::DevServer { .. } => "dev-server",
        }
    }

    /// Whether the answer needs nothing but this process and its disk.
    pub fn is_local(&self) -> bool {
        !matches!(
            self,
            Self::Api { .. } | Self::DataApi { .. } | Self::DevServer { .. }
        )
    }
}

/// What became of one attempt to answer.
pub(crate) enum Step<'a> {
    /// The answer.
    Reply(Reply),
    /// What answers instead.
    Instead(Resolution<'a>),
}

impl<'a> Step<'a> {
    /// What answers instead; the rule stays the one that led here.
    pub(super) fn instead(before: &Resolution<'_>, next: Resolution<'a>) -> Self {
        Self::Instead(next.with_rule(before.rule))
    }
}
