//! What open pages are told, and what a page is told that opens later.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::broadcast;

use super::problems::Problem;
use crate::http::event_stream::event;

/// Events that a page may be behind before it simply reloads.
const BEHIND: usize = 64;

/// Shared by all who tell and all who listen; cheap to clone, and silent work when nobody listens.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Differs with each start of the emulator.
    id: String,
    state: Mutex<HubState>,
    frames: broadcast::Sender<Frame>,
}

#[derive(Debug, Default)]
struct HubState {
    /// When content last changed.
    changed: Option<Instant>,
    /// When the verdict on the configuration last changed.
    config_changed_at: Option<Instant>,
    configuration: Vec<Problem>,
    api: Vec<Problem>,
    sources: Vec<Problem>,
    is_stopped: bool,
}

/// What travels to the streams.
#[derive(Debug, Clone)]
pub(super) enum Frame {
    /// An event as it goes over the wire.
    Event(Bytes),
    /// What is wrong, as each kind of page is told.
    Problems(ProblemsFrame),
    /// The emulator ends.
    Stop,
}

/// An event that tells what is wrong, as it goes over the wire.
#[derive(Debug, Clone)]
pub(super) struct ProblemsFrame {
    everything: Bytes,
    no_sources: Bytes,
}

impl ProblemsFrame {
    pub(super) fn of(self, sees: Sees) -> Bytes {
        match sees {
            Sees::Everything => self.everything,
            Sees::NoSources => self.no_sources,
        }
    }
}

/// What a page is told of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// All of it, with lines of the files: the page is shown where they lie.
    Everything,
    /// That there are some.
    NoSources,
}

/// A page's place in the audience.
#[derive(Debug)]
pub(super) struct Subscription {
    /// The first event of the stream.
    pub(super) hello: Bytes,
    pub(super) frames: broadcast::Receiver<Frame>,
}

/// The first event: enough for a page to know whether it is older than what is on the disk. Ages instead of times, since
/// the clocks of browser and emulator may differ.
#[derive(Serialize)]
struct Hello<'a> {
    id: &'a str,
    /// Milliseconds since content changed; `null` when it did not.
    changed: Option<u64>,
    /// Milliseconds since the configuration became valid, or invalid in another way; `null` when it did not.
    #[serde(rename = "configChanged")]
    config_changed: Option<u64>,
    problems: Vec<Cow<'a, Problem>>,
}

#[derive(Serialize)]
struct Changed<'a> {
    paths: &'a [String],
}

#[derive(Serialize)]
struct Problems<'a> {
    problems: Vec<Cow<'a, Problem>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self(Arc::new(Shared {
            id: uuid::Uuid::new_v4().simple().to_string(),
            state: Mutex::default(),
            frames: broadcast::channel(BEHIND).0,
        }))
    }
}

impl Hub {
    /// Content changed: `paths` are the decoded URL paths of the files, `at` is when it was noticed.
    pub fn content_changed(&self, paths: &[String], at: Instant) {
        let mut state = self.state();
        state.changed = Some(at);
        self.tell(event_of(paths), &Changed { paths });
    }

    /// The configuration is invalid for these reasons, or valid if there are none.
    pub fn set_configuration(&self, problems: Vec<Problem>) {
        let mut state = self.state();
        if state.configuration != problems {
            state.configuration = problems;
            state.config_changed_at = Some(Instant::now());
            self.tell_problems(&state);
        }
    }

    /// The API fails for this reason, or does not.
    pub fn set_api(&self, problem: Option<Problem>) {
        let mut state = self.state();
        let problems: Vec<_> = problem.into_iter().collect();
        if state.api != problems {
            state.api = problems;
            self.tell_problems(&state);
        }
    }

    /// The page needs a bundler first, for this reason, or does not.
    pub fn set_sources(&self, problem: Option<Problem>) {
        let mut state = self.state();
        let problems: Vec<_> = problem.into_iter().collect();
        if state.sources != problems {
            state.sources = problems;
            self.tell_problems(&state);
        }
    }

    /// Open pages load anew.
    pub fn reload(&self) {
        self.content_changed(&[], Instant::now());
    }

    /// Ends all streams, and refuses new ones: a browser that holds one open must not hold up the emulator's end.
    pub fn stop(&self) {
        self.state().is_stopped = true;
        // Nobody may be listening.
        let _ = self.0.frames.send(Frame::Stop);
    }

    /// Joins the audience; `None` once the emulator ends.
    pub(super) fn subscribe(&self, sees: Sees) -> Option<Subscription> {
        let state = self.state();
        if state.is_stopped {
            return None;
        }
        let age = |at: Option<Instant>| at.map(|at| at.elapsed().as_millis() as u64);
        let hello = Hello {
            id: &self.0.id,
            changed: age(state.changed),
            config_changed: age(state.config_changed_at),
            problems: state.problems(sees),
        };
        // Still locked: what is told after this hello reaches the new receiver.
        Some(Subscription {
            hello: event("hello", &hello),
            frames: self.0.frames.subscribe(),
        })
    }

    fn tell_problems(&self, state: &HubState) {
        let told = |sees| {
            let problems = state.problems(sees);
            event("problems", &Problems { problems })
        };
        self.send(|| {
            Frame::Problems(ProblemsFrame {
                everything: told(Sees::Everything),
                no_sources: told(Sees::NoSources),
            })
        });
    }

    fn tell(&self, name: &str, data: &impl Serialize) {
        self.send(|| Frame::Event(event(name, data)));
    }

    fn send(&self, frame: impl FnOnce() -> Frame) {
        if self.0.frames.receiver_count() > 0 {
            let _ = self.0.frames.send(frame());
        }
    }

    fn state(&self) -> MutexGuard<'_, HubState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HubState {
    fn problems(&self, sees: Sees) -> Vec<Cow<'_, Problem>> {
        let all = self.configuration.iter().chain(&self.api);
        let all = all.chain(&self.sources);
        all.map(|problem| match sees {
            Sees::Everything => Cow::Borrowed(problem),
            Sees::NoSources => Cow::Owned(problem.without_sources()),
        })
        .collect()
    }
}

/// `css` when only style sheets changed, which pages swap in place; else `content`, which they reload for.
fn event_of(paths: &[String]) -> &'static str {
    let is_css = |path: &String| path.to_ascii_lowercase().ends_with(".css");
    match !paths.is_empty() && paths.iter().all(is_css) {
        true => "css",
        false => "content",
    }
}

/// The event for a page that is too far behind to catch up.
pub(super) fn missed() -> Bytes {
    event("content", &Changed { paths: &[] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(frame: Result<Frame, broadcast::error::TryRecvError>) -> String {
        match frame {
            Ok(Frame::Event(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            Ok(Frame::Problems(problems)) => {
                String::from_utf8(problems.of(Sees::Everything).to_vec()).unwrap()
            }
            other => format!("{other:?}"),
        }
    }

    fn paths(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_style_sheets_are_css() {
        assert_eq!(event_of(&paths(&["/a.css", "/B.CSS"])), "css");
        assert_eq!(event_of(&paths(&["/a.css", "/index.html"])), "content");
        assert_eq!(event_of(&[]), "content");
    }

    #[test]
    fn a_listener_hears_each_change_once_and_then_the_end() {
        let hub = Hub::default();
        hub.content_changed(&paths(&["/early.html"]), Instant::now());
        let mut listener = hub.subscribe(Sees::Everything).unwrap();
        let hello = String::from_utf8(listener.hello.to_vec()).unwrap();
        assert!(
            hello.contains(r#""changed":0"#) && hello.contains(r#""problems":[]"#),
            "{hello}"
        );

        let broken = || Problem::api("down", "start it");
        hub.set_api(Some(broken()));
        hub.set_api(Some(broken()));
        hub.content_changed(&paths(&["/a\n.css"]), Instant::now());
        hub.set_api(None);
        assert!(text(listener.frames.try_recv()).contains("down"));
        assert_eq!(
            text(listener.frames.try_recv()),
            "event: css\ndata: {\"paths\":[\"/a\\n.css\"]}\n\n"
        );
        assert_eq!(
            text(listener.frames.try_recv()),
            "event: problems\ndata: {\"problems\":[]}\n\n"
        );
        hub.stop();
        assert_eq!(text(listener.frames.try_recv()), "Ok(Stop)");
        assert!(hub.subscribe(Sees::Everything).is_none());
    }

    #[test]
    fn a_late_page_learns_what_is_wrong() {
        let hub = Hub::default();
        hub.set_api(Some(Problem::api("down", "start it")));
        let hello =
            String::from_utf8(hub.subscribe(Sees::Everything).unwrap().hello.to_vec()).unwrap();
        assert!(
            hello.contains(r#""kind":"api""#) && hello.contains("start it"),
            "{hello}"
        );
    }
}
