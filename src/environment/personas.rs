//! The files in which a project declares personas, read whenever somebody signs in: what is saved counts at once.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::auth::personas::DeclaredIn;
use crate::auth::{Persona, Picker, persona_file};
use crate::finding::{Finding, Place, Source};
use crate::store::folder::refuse_links;
use crate::store::state_dir::PROJECT_FOLDER;

use super::Environment;

/// The file in the project's folder of state.
const FILE_NAME: &str = "personas.json";
/// The settings of the command line.
const SETTINGS_FILE_NAME: &str = "swa-cli.config.json";
/// Files that are larger, in bytes, are not read.
const MAX_SIZE: u64 = 1 << 20;

/// Where personas are declared.
#[derive(Debug)]
pub struct PersonaFiles {
    project: PathBuf,
    settings: PathBuf,
    /// What was said of the files last, so that it is said once.
    told: Mutex<Vec<String>>,
}

/// What the files declare at this moment.
#[derive(Debug, Default)]
pub struct Declared {
    /// The personas, those of `.cygnet/personas.json` first.
    pub personas: Vec<Persona>,
    /// What is wrong with the files.
    pub findings: Vec<(Source, Vec<Finding>)>,
}

impl PersonaFiles {
    /// Those of a project; `settings` is the `swa-cli.config.json` that was read, if one was.
    pub fn new(project: PathBuf, settings: Option<PathBuf>) -> Self {
        Self {
            settings: settings.unwrap_or_else(|| project.join(SETTINGS_FILE_NAME)),
            project,
            told: Mutex::default(),
        }
    }

    /// Reads the files. One that does not exist declares nothing.
    pub fn read(&self) -> Declared {
        let folder = self.project.join(PROJECT_FOLDER);
        let files = [
            (folder.join(FILE_NAME), DeclaredIn::PersonasFile),
            (self.settings.clone(), DeclaredIn::SettingsFile),
        ];
        let mut declared = Declared::default();
        for (path, declared_in) in files {
            let (source, findings) = match self.text(&path, declared_in) {
                Ok(text) => {
                    let source = Source::new(path, text);
                    let (read, findings) =
                        persona_file::read(&source, declared_in, &declared.personas);
                    declared.personas.extend(read);
                    (source, findings)
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let message = format!("the personas cannot be read: {error}");
                    let found = Finding::error("", path.clone(), message);
                    (Source::new(path, ""), vec![found])
                }
            };
            if !findings.is_empty() {
                declared.findings.push((source, findings));
            }
        }
        declared
    }

    fn text(&self, path: &Path, declared_in: DeclaredIn) -> io::Result<String> {
        // A cloned repository can carry a link.
        if declared_in == DeclaredIn::PersonasFile {
            refuse_links(&self.project, path).map_err(io::Error::other)?;
        }
        if path.metadata()?.len() > MAX_SIZE {
            return Err(io::Error::other("the file is larger than 1 MB"));
        }
        std::fs::read_to_string(path)
    }

    /// Who can be signed in as in an environment. What is wrong with the files is logged, once.
    pub fn picker(&self, environment: &Environment) -> Picker {
        let declared = self.read();
        let problems = self.tell(&declared);
        let roles = environment.rules.config().named_roles();
        Picker {
            problems,
            ..Picker::new(declared.personas, roles)
        }
    }

    /// Logs what is wrong with the files, unless that was the last that was said of them; gives it as sentences.
    pub fn tell(&self, declared: &Declared) -> Vec<String> {
        let problems: Vec<Problem> = declared.problems().collect();
        let texts: Vec<String> = problems.iter().map(Problem::to_string).collect();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != texts {
            for Problem { text, hint } in &problems {
                match hint {
                    Some(hint) => log::warn!(hint:%; "{text}"),
                    None => log::warn!("{text}"),
                }
            }
            told.clone_from(&texts);
        }
        texts
    }
}

/// A finding with the place in its file.
struct Problem<'a> {
    text: String,
    hint: Option<&'a str>,
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hint = self.hint.map(|hint| format!(" (hint: {hint})"));
        write!(f, "{}{}", self.text, hint.unwrap_or_default())
    }
}

impl Declared {
    fn problems(&self) -> impl Iterator<Item = Problem<'_>> {
        let all = self.findings.iter();
        let all = all.flat_map(|(source, found)| found.iter().map(move |found| (source, found)));
        all.map(|(source, found)| {
            let path = source.path().display();
            let (message, hint) = (&found.message, found.hint.as_deref());
            let text = match found.place {
                Place::Span(span) => {
                    let at = source.position(span.start);
                    format!("{path}:{}:{}: {message}", at.line, at.column)
                }
                Place::Path(..) | Place::Nowhere => format!("{path}: {message}"),
            };
            Problem { text, hint }
        })
    }
}
