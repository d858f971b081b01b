//! Documents of providers, kept: metadata and keys. They outlive a reload of the configuration.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::error::SignInError;
use super::remote::RemoteUrl;

/// How long a document is believed without asking again.
const FRESH: Duration = Duration::from_secs(3600);
/// How long it stands in for one that cannot be had.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// How often it is asked for again before its time within [`WINDOW`]: tokens that name keys of their own make no storm.
const MOST_REFETCHES: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);
/// Documents kept; a configuration names a handful.
const MOST_DOCUMENTS: usize = 64;

/// All documents of a process.
#[derive(Debug, Default)]
pub struct Documents(Mutex<HashMap<String, Arc<Document>>>);

/// One document.
#[derive(Debug)]
pub struct Document {
    url: RemoteUrl,
    kept: tokio::sync::Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    content: Option<(Arc<Value>, Instant)>,
    refetched: VecDeque<Instant>,
}

impl Documents {
    /// The document at a URL; it is not fetched yet.
    pub fn at(&self, url: &RemoteUrl) -> Arc<Document> {
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if documents.len() >= MOST_DOCUMENTS && !documents.contains_key(url.as_str()) {
            documents.clear();
        }
        let document = documents.entry(url.as_str().to_owned()).or_insert_with(|| {
            Arc::new(Document {
                url: url.clone(),
                kept: tokio::sync::Mutex::default(),
            })
        });
        Arc::clone(document)
    }
}

impl Document {
    /// What it says, at most an hour old; up to a day if it cannot be had now.
    ///
    /// # Errors
    /// It cannot be had, or is no JSON.
    pub async fn get(&self) -> Result<Arc<Value>, SignInError> {
        let mut kept = self.kept.lock().await;
        let known = kept.content.clone();
        if let Some((content, since)) = &known
            && since.elapsed() < FRESH
        {
            return Ok(Arc::clone(content));
        }
        match (self.fetch(&mut kept).await, known) {
            (Err(error), Some((content, since))) if since.elapsed() < STALE => {
                log::warn!("{error}; what it said before is used");
                Ok(content)
            }
            (fetched, _) => fetched,
        }
    }

    /// What it says now, if `old` is outdated; `None` if it was asked for too often of late.
    ///
    /// # Errors
    /// As [`Document::get`].
    pub async fn newer_than(&self, old: &Arc<Value>) -> Result<Option<Arc<Value>>, SignInError> {
        let mut kept = self.kept.lock().await;
        if let Some((content, _)) = &kept.content
            && !Arc::ptr_eq(content, old)
        {
            return Ok(Some(Arc::clone(content)));
        }
        while kept
            .refetched
            .front()
            .is_some_and(|at| at.elapsed() > WINDOW)
        {
            kept.refetched.pop_front();
        }
        if kept.refetched.len() >= MOST_REFETCHES {
            return Ok(None);
        }
        kept.refetched.push_back(Instant::now());
        self.fetch(&mut kept).await.map(Some)
    }

    async fn fetch(&self, kept: &mut Kept) -> Result<Arc<Value>, SignInError> {
        let answer = self.url.get(Vec::new()).await?;
        if !answer.is_success() {
            return Err(answer.not_understood("it is no success"));
        }
        let content: Arc<Value> = Arc::new(answer.json()?);
        kept.content = Some((Arc::clone(&content), Instant::now()));
        Ok(content)
    }
}
