//! The rooms of `src` hold what the table in `lib.rs` promises: a room knows only the rooms below it, so that no import goes
//! up and no two rooms know each other; the same among the rooms of `functions`, which its `mod.rs` lists; and nowhere more
//! than three files know each other in a circle.
//!
//! Tests inside of `src` may look anywhere. A re-export is no dependency of the module that makes it: who imports the
//! name depends on the file that defines it ([`imports`]).

mod circles;
mod imports;

use std::collections::BTreeSet;
use std::path::Path;

use imports::Import;

/// How many files may know each other: a module with its parent and a sibling is Rust's habit.
const LARGEST_CIRCLE: usize = 3;

fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// The rooms that a module's documentation lists, top to bottom: rows of a table, or numbered lines.
fn listed(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(src().join(file)).unwrap();
    let room = |line: &str| {
        let (before, rest) = line.strip_prefix("//! ")?.split_once("[`")?;
        let lists = before == "| " || before.ends_with(". ") && before.len() < 5;
        let (room, _) = rest.split_once("`]")?;
        lists.then(|| room.to_owned())
    };
    text.lines().filter_map(room).collect()
}

/// What a list does not name.
enum Unlisted {
    /// It is forgotten.
    Wrong,
    /// It lies below all that is listed.
    Lowest,
}

/// Complains of every import between the modules inside of one that does not lead further down its list.
fn judge(
    inside: &str,
    list: &[String],
    unlisted: &Unlisted,
    imports: &[Import],
) -> BTreeSet<String> {
    let room = |module: &'_ str| -> Option<String> {
        let below = module.strip_prefix(inside)?;
        let below = below.strip_prefix("::").unwrap_or(below);
        let room = below.split("::").next()?;
        (!room.is_empty()).then(|| room.to_owned())
    };
    let row = |room: &String| list.iter().position(|listed| listed == room);
    let mut found = BTreeSet::new();
    for import in imports {
        let (Some(from), Some(to)) = (room(&import.from), room(&import.to)) else {
            continue;
        };
        let goes_down = match (row(&from), row(&to), unlisted) {
            (Some(above), Some(below), _) => above < below,
            (_, None, Unlisted::Lowest) => true,
            (None, Some(_), Unlisted::Lowest) => false,
            (_, None, Unlisted::Wrong) => {
                found.insert(format!("{to} is not in the table of rooms"));
                continue;
            }
            (None, _, Unlisted::Wrong) => {
                found.insert(format!("{from} is not in the table of rooms"));
                continue;
            }
        };
        if from != to && !goes_down {
            found.insert(format!("{from} knows {to}: {import}"));
        }
    }
    found
}

#[test]
fn no_import_goes_up_and_no_circle_is_larger_than_three_files() {
    let imports = imports::read(src());
    assert!(imports.len() > 1000, "only {} imports", imports.len());
    let mut found = judge("", &listed("lib.rs"), &Unlisted::Wrong, &imports);
    found.extend(judge(
        "functions",
        &listed("functions/mod.rs"),
        &Unlisted::Lowest,
        &imports,
    ));
    let files = imports
        .iter()
        .map(|import| (&*import.from_file, &*import.to_file));
    for circle in circles::of(files) {
        if circle.len() > LARGEST_CIRCLE {
            found.insert(format!(
                "{} files know each other: {}",
                circle.len(),
                circle.join(", ")
            ));
        }
    }
    let found: Vec<String> = found.into_iter().collect();
    assert!(
        found.is_empty(),
        "{} imports break the rule:\n{}",
        found.len(),
        found.join("\n")
    );
}
