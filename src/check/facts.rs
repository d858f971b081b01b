//! What lints ask of the content, answered by the lookup that serves it.

use crate::config::lint::ContentFacts;
use crate::content::Content;
use crate::content::lookup::Lookup;

/// The content of an app.
#[derive(Debug)]
pub struct AppContent(pub Content);

impl ContentFacts for AppContent {
    fn has_file(&self, path: &str) -> bool {
        match self.0.find_target(path) {
            Lookup::File { relative, .. } => path.strip_prefix('/') == Some(&*relative),
            Lookup::Moved(_) | Lookup::Missing => false,
        }
    }

    fn page(&self, path: &str) -> Option<String> {
        match self.0.find(path) {
            Lookup::File { relative, .. } => Some(format!("/{relative}")),
            Lookup::Moved(_) | Lookup::Missing => None,
        }
    }
}
