//! The route table: which function answers a method and a path.
//!
//! Functions are tried in the alphabetical order of their names and the first that matches wins, whatever the others
//! say. The method belongs to the match: a wrong one is a 404, never a 405, and so is HEAD on a GET-only function.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::template::Template;
use crate::config::letter_case::fold;
use crate::functions::app::function::Function;
use crate::functions::app::inactive;

/// One HTTP function, for summaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionInfo {
    /// The function's name.
    pub name: String,
    /// Its route template including the prefix, such as `api/items/{id?}`.
    pub route: String,
    /// Upper-case methods; empty means all.
    pub methods: Vec<String>,
    /// The file of its code, with the line where that is known: `src/app.js:12`.
    pub source: Option<String>,
    /// `anonymous`, `function` or `admin`, where the app says it.
    pub auth_level: Option<String>,
    /// Its bindings that do nothing here (AP-86), in words.
    pub inactive: Vec<String>,
}

/// A function that nobody can call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why, in a sentence.
    pub why: String,
}

/// The HTTP functions in the order in which they are tried.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    entries: Vec<Entry>,
    /// Places of those whose route begins with a word, by that word, folded: most functions are found by it.
    by_word: HashMap<String, Vec<usize>>,
    /// Places of the others.
    by_pattern: Vec<usize>,
    pub(crate) left_out: Vec<LeftOut>,
}

#[derive(Debug)]
struct Entry {
    info: FunctionInfo,
    template: Template,
}

/// What answers a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RouteMatch<'t> {
    /// The function's name.
    pub(crate) name: &'t str,
    /// Route values in template order.
    pub(crate) params: Vec<(String, String)>,
}

impl RouteTable {
    /// Builds the table; the second value says what is left out and what is hidden, a sentence each.
    pub(crate) fn build(functions: &[Function], only: Option<&[String]>) -> (Self, Vec<String>) {
        let mut sorted: Vec<&Function> = functions.iter().collect();
        // Ordinal, ignoring case, as the host of Azure sorts.
        sorted.sort_by_cached_key(|function| function.name.to_uppercase());
        let mut table = Self::default();
        let mut notices = Vec::new();
        for function in sorted {
            if only.is_some_and(|names| {
                !names
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&function.name))
            }) {
                continue;
            }
            match table.entry(function, &mut notices) {
                Ok(entry) => table.add(entry),
                Err(why) => {
                    notices.push(why.clone());
                    let name = function.name.clone();
                    table.left_out.push(LeftOut { name, why });
                }
            }
        }
        table.note_shadows(&mut notices);
        (table, notices)
    }

    /// The functions for summaries.
    pub(crate) fn infos(&self) -> Vec<FunctionInfo> {
        self.entries
            .iter()
            .map(|entry| entry.info.clone())
            .collect()
    }

    /// The function for a method and a percent-decoded path.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<RouteMatch<'_>> {
        self.candidates(path).find_map(|place| {
            let entry = &self.entries[place];
            if !entry.takes(method) {
                return None;
            }
            let params = entry.template.matches(path)?;
            Some(RouteMatch {
                name: &entry.info.name,
                params,
            })
        })
    }

    fn add(&mut self, entry: Entry) {
        let place = self.entries.len();
        match entry.template.first_word() {
            Some(word) => self.by_word.entry(word).or_default().push(place),
            None => self.by_pattern.push(place),
        }
        self.entries.push(entry);
    }

    /// Places of the entries that may match a path, in the order in which they are tried.
    fn candidates(&self, path: &str) -> impl Iterator<Item = usize> {
        let word = path.strip_prefix('/').unwrap_or(path).split('/').nth(1);
        let by_word = word.and_then(|word| self.by_word.get(&*fold(word)));
        let mut by_word = by_word.map_or(&[][..], Vec::as_slice).iter().peekable();
        let mut by_pattern = self.by_pattern.iter().peekable();
        std::iter::from_fn(move || {
            let first = match (by_word.peek(), by_pattern.peek()) {
                (Some(word), Some(pattern)) if word > pattern => by_pattern.next(),
                (Some(_), _) => by_word.next(),
                (None, _) => by_pattern.next(),
            };
            first.copied()
        })
    }

    fn entry(&self, function: &Function, notices: &mut Vec<String>) -> Result<Entry, String> {
        let name = &function.name;
        let trigger = function.http_trigger().map_err(|error| error.to_string())?;
        if !is_function_name(name) {
            return Err(format!(
                "the function name '{name}' is not valid and the function is not loaded"
            ));
        }
        let given = trigger
            .route
            .as_deref()
            .filter(|route| !route.is_empty())
            .unwrap_or(name);
        let first = given
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or_default();
        if ["admin", "runtime"]
            .iter()
            .any(|each| first.eq_ignore_ascii_case(each))
        {
            return Err(format!(
                "the function '{name}' is not loaded: its route '{given}' conflicts with built-in routes"
            ));
        }
        let text = format!("api/{given}");
        let template = Template::parse(&text).map_err(|why| {
            format!("the function '{name}' is not loaded: in its route '{given}', {why}")
        })?;
        if Template::has_empty_segment(&text) {
            notices.push(format!(
                "the route '{given}' of '{name}' works here, but Azure refuses it: an empty segment between two '/'; start it without '/'"
            ));
        }
        for pattern in template.unchecked_constraints() {
            notices.push(format!("in the route '{given}' of '{name}', the pattern '{pattern}' is not evaluated here and matches all"));
        }
        if trigger
            .auth_level
            .as_deref()
            .is_some_and(|level| level.eq_ignore_ascii_case("admin"))
        {
            notices.push(format!(
                "the function '{name}' has authLevel 'admin', with which Azure refuses to deploy it"
            ));
        }
        let mut methods: Vec<String> = trigger
            .methods
            .iter()
            .flatten()
            .map(|each| each.to_ascii_uppercase())
            .collect();
        methods.dedup();
        let info = FunctionInfo {
            name: name.clone(),
            route: text,
            methods,
            source: function.source(),
            auth_level: trigger
                .auth_level
                .as_ref()
                .map(|level| level.to_ascii_lowercase()),
            inactive: inactive::bindings(function),
        };
        let alike = match template.first_word() {
            Some(word) => self.by_word.get(&word),
            None => Some(&self.by_pattern),
        };
        let mut alike = alike
            .into_iter()
            .flatten()
            .map(|place| &self.entries[*place]);
        if let Some(other) = alike.find(|entry| entry.conflicts(&info)) {
            return Err(format!(
                "the function '{name}' is not loaded: The route specified conflicts with the route defined by function '{}'.",
                other.info.name
            ));
        }
        Ok(Entry { info, template })
    }

    /// A function is hidden when an earlier one takes every path that is typical of it, with all of its methods.
    fn note_shadows(&self, notices: &mut Vec<String>) {
        for (index, entry) in self.entries.iter().enumerate() {
            let samples = entry.template.samples();
            let takes = |earlier: &Entry| {
                let mut samples = samples.iter();
                samples.all(|path| earlier.template.matches(path).is_some())
            };
            let Some(first) = samples.first() else {
                continue;
            };
            let earlier = self.candidates(first).take_while(|place| *place < index);
            let hiding = earlier.map(|place| &self.entries[place]).find(|earlier| {
                earlier.takes_all(&entry.info.methods)
                    && earlier.template.unchecked_constraints().is_empty()
                    && takes(earlier)
            });
            if let Some(earlier) = hiding {
                notices.push(format!(
                    "'{}' ({}) is never reached: '{}' ({}) comes first, because functions are tried in the order of their names",
                    entry.info.name, entry.info.route, earlier.info.name, earlier.info.route
                ));
            }
        }
    }
}

impl Entry {
    fn takes(&self, method: &str) -> bool {
        self.info.methods.is_empty()
            || self
                .info
                .methods
                .iter()
                .any(|each| each.eq_ignore_ascii_case(method))
    }

    fn takes_all(&self, methods: &[String]) -> bool {
        if methods.is_empty() {
            return self.info.methods.is_empty();
        }
        methods.iter().all(|method| self.takes(method))
    }

    fn conflicts(&self, other: &FunctionInfo) -> bool {
        self.info.route.eq_ignore_ascii_case(&other.route)
            && (other.methods.is_empty()
                || self.info.methods.is_empty()
                || other.methods.iter().any(|each| self.takes(each)))
    }
}

fn is_function_name(name: &str) -> bool {
    // A literal that compiles; were it broken, every name would pass.
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(?i)[a-z][a-z0-9_\-]{0,127}$").ok());
    !name.eq_ignore_ascii_case("host") && NAME.as_ref().is_none_or(|pattern| pattern.is_match(name))
}

#[cfg(test)]
#[path = "route_table_tests.rs"]
mod tests;
