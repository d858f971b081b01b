//! Findings as somebody reads them: in the order of the file, and what holds at many places said once.

use std::collections::{BTreeSet, HashMap};

use super::{Finding, Place, Source};

/// Lines that are listed of a finding with many places; the rest is counted.
const LISTED: usize = 12;

/// Sorts findings by their places, and joins those that say the same (rule, words and hint) to one at the first place.
pub fn arranged(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by_key(|found| found.place.span().start);
    let mut arranged: Vec<Finding> = Vec::with_capacity(found.len());
    let mut known = HashMap::new();
    for finding in found {
        let said = (finding.message.clone(), finding.hint.clone());
        let at = *known
            .entry((finding.severity, finding.code, said))
            .or_insert(arranged.len());
        match arranged.get_mut(at) {
            Some(known) => {
                known.also.push(finding.place);
                known.also.extend(finding.also);
            }
            None => arranged.push(finding),
        }
    }
    arranged
}

impl Finding {
    /// `5 places, in lines 3, 7 and 9`; `None` for a finding with one place. `source` is the file that was read.
    pub fn places_in_words(&self, source: Option<&Source>) -> Option<String> {
        if self.also.is_empty() {
            return None;
        }
        let mut lines = BTreeSet::new();
        let mut words = Vec::new();
        for place in self.places() {
            match (place, source) {
                (Place::Span(span), Some(source)) => {
                    lines.insert(source.position(span.start).line);
                }
                (Place::Path(path, _), _) => words.push(path.display().to_string()),
                (Place::Span(_) | Place::Nowhere, _) => {}
            }
        }
        words.extend(lines.iter().map(usize::to_string));
        let more = words.len().saturating_sub(LISTED);
        words.truncate(LISTED);
        let list = match (words.as_slice(), more) {
            (words, 1..) => format!("{} and {more} more", words.join(", ")),
            ([first @ .., last], _) if !first.is_empty() => {
                format!("{} and {last}", first.join(", "))
            }
            (words, _) => words.concat(),
        };
        let what = match lines.len() {
            0 => "",
            1 => "in line ",
            _ => "in lines ",
        };
        Some(format!("{} places, {what}{list}", self.also.len() + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Span;

    fn at(start: usize, message: &str) -> Finding {
        let end = start + 1;
        Finding::warning("X-1", Span { start, end }, message)
    }

    #[test]
    fn what_is_the_same_is_one_finding_with_its_places() {
        let source = Source::new("x", "a\nb\nc\n");
        let found = arranged(vec![at(4, "same"), at(2, "other"), at(0, "same")]);
        let [same, other] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((same.place.span().start, same.also.len()), (0, 1));
        let words = same.places_in_words(Some(&source));
        assert_eq!(words.as_deref(), Some("2 places, in lines 1 and 3"));
        assert_eq!(other.places_in_words(Some(&source)), None);
        // Another hint is another finding.
        let hinted = vec![at(0, "same"), at(2, "same").hint("do this")];
        assert_eq!(arranged(hinted).len(), 2);
    }

    #[test]
    fn long_lists_are_counted() {
        let source = Source::new("x", "a\n".repeat(30));
        let found = arranged((0..30).map(|line| at(line * 2, "same")).collect());
        let words = found[0].places_in_words(Some(&source)).unwrap();
        assert!(words.starts_with("30 places, in lines 1, 2, 3,"), "{words}");
        assert!(words.ends_with(", 12 and 18 more"), "{words}");
    }
}
