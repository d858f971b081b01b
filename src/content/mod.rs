//! Static content: path → file → response.
//!
//! 1. [`lookup`]: which file a path names, or where its canonical form is (TS, RS-30…RS-36)
//! 2. [`disk`]: what is on the disk right now: one `stat` a probe, names compared with case; never what
//!    [`exclusion`](crate::artefact::exclusion) names (RS-36)
//! 3. [`cache`]: small files in memory with all their variants, believed only after a `stat` (never stale);
//!    [`changes`]: what the watcher says of siblings, so that they need none
//!    [`being_written`]: files that a build or a checkout is writing at this moment
//! 4. [`mime`]: content types by extension (CF-24, HD-6)
//! 5. [`header_set`]: platform, global and rule headers, merged once per rule, with who set each (HD-1…HD-4, RS-1, RS-2)
//! 6. [`conditional`]: validators and ranges (RS-3, RS-4, RS-9)
//! 7. [`encoding`]: `.br`/`.gz` siblings and negotiated compression (RS-7)
//! 8. `variant`: which bytes are sent; `page`: the live-reload client, in pages that a browser is going to show
//! 9. [`respond`]: all of it as a response, at once if it is in memory; [`stream`] for files too large for memory

pub mod being_written;
pub mod cache;
mod cached_file;
pub mod changes;
pub mod conditional;
pub mod disk;
pub mod encoding;
pub mod header_set;
pub mod lookup;
pub mod mime;
mod mime_table;
mod page;
pub mod respond;
pub mod stream;
mod variant;

use std::sync::Arc;

use crate::artefact::content_folder::ContentFolder;
use crate::config::Config;
use crate::config::model::TrailingSlash;
use crate::store::file_version::FileVersion;

use cache::FileCache;
use cached_file::CachedFile;
use disk::Disk;
use header_set::HeaderSets;
use lookup::{Lookup, Probe};
use mime::MimeTypes;

/// The static content of one environment under one configuration.
#[derive(Debug)]
pub struct Content {
    disk: Disk,
    cache: FileCache,
    mime: MimeTypes,
    header_sets: HeaderSets,
    trailing_slash: TrailingSlash,
}

/// A file that was found.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// Its version when it was found.
    version: FileVersion,
    /// The same file in memory.
    cached: Option<Arc<CachedFile>>,
}

impl FoundFile {
    /// Whether both are the same file, unchanged.
    pub fn is_same(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Probe for Content {
    type Meta = FoundFile;

    /// The way to a file is looked at when the file enters the memory; as long as it is the same file, it stays there.
    fn file(&self, relative: &str) -> Option<FoundFile> {
        let version = self.disk.file(relative)?;
        let cached = self.cache.get(relative, &version);
        (cached.is_some() || self.disk.may_follow(relative))
            .then_some(FoundFile { version, cached })
    }
}

impl Content {
    /// The content of a folder under a configuration. `cache` may be shared with the content of the configuration before:
    /// it holds bytes, nothing that a configuration decides.
    pub fn new(folder: Arc<ContentFolder>, config: &Config, cache: FileCache) -> Self {
        Self {
            disk: Disk::new(folder),
            cache,
            mime: MimeTypes::new(&config.mime_types),
            header_sets: HeaderSets::new(config),
            trailing_slash: config.trailing_slash,
        }
    }

    /// Finds what a requested path names; may answer with the canonical path to redirect to (TS-1…TS-6).
    pub fn find<'p>(&self, path: &'p str) -> Lookup<'p, FoundFile> {
        lookup::resolve(self, path, Some(self.trailing_slash))
    }

    /// Finds the file for the target of a rewrite, a fallback or an override, whose slashes are never corrected (TS-7).
    pub fn find_target<'p>(&self, path: &'p str) -> Lookup<'p, FoundFile> {
        lookup::resolve(self, path, None)
    }

    /// Headers of answers of a rule, or of none, and of errors.
    pub fn header_sets(&self) -> &HeaderSets {
        &self.header_sets
    }
}
