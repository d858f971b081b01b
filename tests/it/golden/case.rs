//! Reading a `.golden` file into a [`Case`].

use std::path::Path;

/// One file of the suite.
pub(crate) struct Case {
    name: String,
    pub(crate) rules: Vec<String>,
    /// Path inside the site and content.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) folders: Vec<String>,
    pub(crate) flags: Vec<String>,
    pub(crate) echo: bool,
    pub(crate) exchanges: Vec<Exchange>,
}

/// One request and what is expected of its answer, still with placeholders.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) line: usize,
    pub(crate) method: String,
    pub(crate) target: String,
    /// Headers, and the pseudo header `body`.
    pub(crate) items: Vec<(String, String)>,
    pub(crate) status: u16,
    pub(crate) checks: Vec<String>,
    pub(crate) note: String,
}

impl Case {
    /// Reads one file; the error names the file and the line.
    pub(crate) fn read(path: &Path) -> Result<Case, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path
            .strip_prefix(super::root())
            .unwrap_or(path)
            .display()
            .to_string();
        Case::parse(name.clone(), &text).map_err(|problem| format!("{name}: {problem}"))
    }

    pub(crate) fn parse(name: String, text: &str) -> Result<Case, String> {
        let mut case = Case {
            name,
            rules: Vec::new(),
            files: Vec::new(),
            folders: Vec::new(),
            flags: Vec::new(),
            echo: false,
            exchanges: Vec::new(),
        };
        let mut sections: Vec<(usize, &str, Vec<&str>)> = vec![(1, "", Vec::new())];
        for (index, line) in text.lines().enumerate() {
            match line.strip_prefix("--- ") {
                Some(head) => sections.push((index + 1, head.trim(), Vec::new())),
                None => sections.last_mut().expect("head").2.push(line),
            }
        }
        for (line, head, body) in sections {
            match head.split_once(' ').unwrap_or((head, "")) {
                ("", "") => case.rules = rules(&body)?,
                ("staticwebapp.config.json", "") => case.files.push((head.into(), content(&body))),
                ("file", path) => case.files.push((path.trim().into(), content(&body))),
                ("dir", path) => case.folders.push(path.trim().into()),
                ("flags", "") => case.flags = words(&body),
                ("api", "echo") => case.echo = true,
                ("exchanges", "") => case.exchanges.extend(exchanges(line + 1, &body)?),
                _ => return Err(format!("line {line}: unknown section `{head}`")),
            }
        }
        if case.exchanges.is_empty() {
            return Err("no exchanges".into());
        }
        Ok(case)
    }

    /// File name and rule ids, for messages.
    pub(crate) fn title(&self) -> String {
        format!("{} [{}]", self.name, self.rules.join(" "))
    }
}

fn rules(head: &[&str]) -> Result<Vec<String>, String> {
    let line = head
        .iter()
        .find_map(|line| line.strip_prefix("rules:"))
        .ok_or("no `rules:` line")?;
    let ids: Vec<String> = line
        .split([',', ' '])
        .filter(|id| !id.is_empty())
        .map(String::from)
        .collect();
    let wrong = ids.iter().find(|id| !looks_like_rule(id));
    match wrong {
        Some(id) => Err(format!("`{id}` is not a rule id")),
        None if ids.is_empty() => Err("`rules:` names no rule".into()),
        None => Ok(ids),
    }
}

fn looks_like_rule(id: &str) -> bool {
    id.split_once('-').is_some_and(|(family, number)| {
        family.len() == 2 && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    })
}

fn words(body: &[&str]) -> Vec<String> {
    body.iter()
        .flat_map(|line| line.split_whitespace())
        .map(String::from)
        .collect()
}

fn content(body: &[&str]) -> String {
    let mut lines = Vec::new();
    for line in body {
        let repeat = line
            .strip_prefix("@repeat ")
            .and_then(|rest| rest.split_once(' '))
            .and_then(|(count, text)| Some((count.parse::<usize>().ok()?, text)));
        match repeat {
            Some((count, text)) => lines.extend(std::iter::repeat_n(text, count)),
            None => lines.push(line),
        }
    }
    lines.join("\n").trim_end_matches('\n').to_string()
}

fn exchanges(first_line: usize, body: &[&str]) -> Result<Vec<Exchange>, String> {
    let mut joined: Vec<(usize, String, Vec<&str>)> = Vec::new();
    for (index, line) in body.iter().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || line.starts_with('#') {
            continue;
        }
        // Notes end a line, not the exchange: a check on the next line counts.
        let (trimmed, note) = trimmed.rsplit_once(" # ").unwrap_or((trimmed, ""));
        let (trimmed, note) = (trimmed.trim(), note.trim());
        match joined.last_mut() {
            Some((_, text, notes)) if line.starts_with(' ') => {
                text.push_str(if trimmed.starts_with("=>") {
                    " "
                } else {
                    " ; "
                });
                text.push_str(trimmed);
                notes.push(note);
            }
            _ => joined.push((first_line + index, trimmed.to_string(), vec![note])),
        }
    }
    joined
        .iter()
        .map(|(line, text, notes)| {
            exchange(*line, text, notes)
                .map_err(|problem| format!("line {line}: {problem}: {text}"))
        })
        .collect()
}

fn exchange(line: usize, text: &str, notes: &[&str]) -> Result<Exchange, String> {
    let (request, response) = text.split_once(" => ").ok_or("no `=>`")?;
    let mut request = request.split(" ; ").map(str::trim);
    let (method, target) = request
        .next()
        .and_then(|first| first.split_once(' '))
        .ok_or("no target")?;
    let items = request
        .map(|item| {
            let (name, value) = item.split_once(':').ok_or("a request item without `:`")?;
            Ok((name.trim().to_ascii_lowercase(), value.trim().to_string()))
        })
        .collect::<Result<Vec<_>, String>>()?;
    let mut response = response.split(" ; ").map(str::trim);
    let status = response.next().unwrap_or_default();
    Ok(Exchange {
        line,
        method: method.to_string(),
        target: target.trim().to_string(),
        items,
        status: status.parse().map_err(|_| "no status after `=>`")?,
        checks: response.map(String::from).collect(),
        note: notes.join(" ").trim().to_string(),
    })
}

impl Exchange {
    /// The request in a line, for messages.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!("{} {}", self.method, self.target);
        for (name, value) in &self.items {
            text.push_str(&format!(" ; {name}: {value}"));
        }
        if !self.note.is_empty() {
            text.push_str(&format!("   ({})", self.note));
        }
        text
    }
}
