//! The stream that a page under live reload holds open.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::Value;

use super::emulator::{Emulator, PATIENCE};

/// An open page's stream.
pub struct Page {
    pub lines: BufReader<TcpStream>,
    pub id: String,
    /// What was wrong when it opened.
    pub problems: Value,
}

impl Page {
    pub fn open(emulator: &Emulator) -> Self {
        let mut page = Self::at(emulator, "/.cygnet/live");
        let (event, hello) = page.next();
        assert_eq!(event, "hello");
        page.id = hello["id"].as_str().unwrap().to_owned();
        page.problems = hello["problems"].clone();
        page
    }

    /// A page that listens to another stream.
    pub fn at(emulator: &Emulator, path: &str) -> Self {
        let mut stream = emulator.connect();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
            emulator.port
        )
        .unwrap();
        let mut lines = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(lines.read_line(&mut head).unwrap() > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("text/event-stream"), "{head}");
        Self {
            lines,
            id: String::new(),
            problems: Value::Null,
        }
    }

    /// The next event; chunk sizes, comments and empty lines lie between the lines that count.
    pub fn next(&mut self) -> (String, Value) {
        let mut event = String::new();
        let end = Instant::now() + PATIENCE;
        loop {
            let mut line = String::new();
            // The stream's comments go on while nothing happens.
            assert!(Instant::now() < end, "no event");
            assert!(
                self.lines.read_line(&mut line).unwrap() > 0,
                "the stream ended"
            );
            if let Some(name) = line.strip_prefix("event: ") {
                event = name.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (event, serde_json::from_str(data).unwrap());
            }
        }
    }

    /// The next event that is not one of content: the watcher may tell of a change's echo.
    pub fn next_problems(&mut self) -> Value {
        loop {
            let (event, data) = self.next();
            if event == "problems" {
                return data["problems"].clone();
            }
        }
    }
}
