//! What answers a request, in the end.

/// What answers.
#[derive(Debug)]
pub enum End {
    /// A file.
    File {
        /// Relative to the content root.
        path: String,
        /// Whether the headers of the matched rule go with it.
        with_rule: bool,
    },
    /// A redirect.
    Redirect,
    /// A page of the platform.
    Error,
    /// The sign-in endpoints.
    SignIn,
    /// The API, asked for this path.
    Api {
        /// The path and query.
        target: String,
    },
    /// The dev server, asked for this path.
    DevServer {
        /// The path and query.
        target: String,
    },
    /// Nothing but a status.
    Empty,
}

impl End {
    /// The word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Redirect => "redirect",
            Self::Error => "error",
            Self::SignIn => "sign-in",
            Self::Api { .. } => "api",
            Self::DevServer { .. } => "dev-server",
            Self::Empty => "empty",
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<String> {
        match self {
            Self::File { path, .. } => Some(path.clone()),
            _ => None,
        }
    }
}
