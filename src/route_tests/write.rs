//! Tests as the text of a file: one a line, with the rule that they are about above them.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::observed::ObservedTest;

const HEAD: &str = "\
// Route tests: `cygnet test` runs them. What is written here was so when the file was made; change it to what is meant.
{
  \"tests\": [
";

/// Tests under one title.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) tests: Vec<ObservedTest>,
}

/// The whole file.
pub(super) fn file(groups: &[Group]) -> String {
    let mut out = HEAD.to_owned();
    for (index, group) in groups.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{gap}    // {}", one_line(&group.title));
        for test in &group.tests {
            let _ = writeln!(out, "    {},", line(test));
        }
    }
    out + "  ]\n}\n"
}

/// A route may hold any character; a comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                letter
            }
        })
        .collect()
}

/// A value on one line, with blanks where people put them.
pub fn line(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    // Strings, numbers and lists always serialize.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut text, Spaced));
    String::from_utf8(text).unwrap_or_default()
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b"{ ")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" }")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        is_first: bool,
    ) -> io::Result<()> {
        out.write_all(if is_first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        is_first: bool,
    ) -> io::Result<()> {
        out.write_all(if is_first { b"" } else { b", " })
    }
}
