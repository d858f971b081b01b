//! What the visitors ask, and what must come back.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use super::client::{Client, signed_in};
use super::report::Report;
use super::site::{Site, generation_of_header, generation_of_json};
use crate::common::http::{self, Response};

type Check<V> = fn(&mut V) -> Result<(), String>;

/// One who asks one thing after another on a connection of their own.
pub(super) struct Visitor<'site> {
    client: Client,
    port: u16,
    site: &'site Site,
    name: String,
    cookie: String,
    turn: usize,
    /// The newest configuration and code that this visitor has met: neither ever goes back.
    configuration: u64,
    code: u64,
}

impl<'site> Visitor<'site> {
    const TURNS: [(&'static str, Check<Self>); 12] = [
        ("page", Self::page),
        ("file that changes", Self::changing_file),
        ("not modified", Self::not_modified),
        ("range", Self::range),
        ("head", Self::head),
        ("redirect", Self::redirect),
        ("sign-in", Self::sign_in),
        ("members", Self::members),
        ("function", Self::function),
        ("posted body", Self::posted),
        ("event stream", Self::events),
        ("too large, dropped", Self::refused_and_dropped),
    ];

    pub(super) fn new(port: u16, site: &'site Site, number: usize) -> Self {
        let (mut client, name) = (Client::new(port), format!("visitor-{number}"));
        let cookie = signed_in(&mut client, &name);
        Self {
            client,
            port,
            site,
            name,
            cookie,
            turn: number,
            configuration: 0,
            code: 0,
        }
    }

    /// Asks the next thing.
    pub(super) fn next(&mut self, report: &mut Report) {
        let (kind, check) = Self::TURNS[self.turn % Self::TURNS.len()];
        self.turn += 1;
        report.time(kind, || check(self));
    }

    fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Response, String> {
        self.ask("GET", path, headers, b"")
    }

    fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response, String> {
        let answer = self.client.send(method, path, headers, body);
        answer.map_err(|error| format!("{method} {path}: {error}"))
    }

    fn page(&mut self) -> Result<(), String> {
        let answer = self.get("/", &[("Accept-Encoding", "gzip, br")])?;
        expect(&answer, 200)?;
        let found = generation_of_header(&answer);
        self.configuration = self.site.check_generation(found, self.configuration)?;
        Ok(())
    }

    /// What is on the disk before the request is what comes, or something newer.
    fn changing_file(&mut self) -> Result<(), String> {
        let there = self.site.published();
        let answer = self.get("/generation.txt", &[])?;
        expect(&answer, 200)?;
        self.site
            .check_generation(answer.text().parse().ok(), there)?;
        Ok(())
    }

    fn not_modified(&mut self) -> Result<(), String> {
        let first = self.get("/index.html", &[])?;
        let tag = first.header("etag").ok_or("no etag")?.to_owned();
        expect(&self.get("/index.html", &[("If-None-Match", &tag)])?, 304)
    }

    fn range(&mut self) -> Result<(), String> {
        let from = self.turn * 977 % (2 << 20);
        let range = format!("bytes={from}-{}", from + 99_999);
        let answer = self.get("/big.bin", &[("Range", &range)])?;
        expect(&answer, 206)?;
        self.site.check_big(&answer, from, from + 100_000)
    }

    fn head(&mut self) -> Result<(), String> {
        let answer = self.ask("HEAD", "/big.bin", &[], b"")?;
        expect(&answer, 200)?;
        match answer.header("content-length") {
            Some("3145728") => Ok(()),
            other => Err(format!("HEAD says {other:?}")),
        }
    }

    fn redirect(&mut self) -> Result<(), String> {
        let answer = self.get("/old", &[])?;
        expect(&answer, 301)
    }

    fn sign_in(&mut self) -> Result<(), String> {
        self.cookie = signed_in(&mut self.client, &self.name);
        let cookie = self.cookie.clone();
        let answer = self.get("/.auth/me", &[("Cookie", &cookie)])?;
        self.site.check_principal(&answer, &self.name)
    }

    fn members(&mut self) -> Result<(), String> {
        let cookie = self.cookie.clone();
        expect(&self.get("/members/", &[])?, 401)?;
        expect(&self.get("/members/", &[("Cookie", &cookie)])?, 200)
    }

    fn function(&mut self) -> Result<(), String> {
        let cookie = self.cookie.clone();
        let answer = self.get("/api/who", &[("Cookie", &cookie)])?;
        self.site.check_principal(&answer, &self.name)?;
        self.code = self
            .site
            .check_generation(generation_of_json(&answer), self.code)?;
        Ok(())
    }

    fn posted(&mut self) -> Result<(), String> {
        let body = format!("{}:{};", self.name, self.turn).repeat(self.turn % 4_000 + 1);
        let answer = self.ask("POST", "/api/echo", &[], body.as_bytes())?;
        expect(&answer, 200)?;
        match answer.body == body.as_bytes() {
            true => Ok(()),
            false => Err(format!(
                "{} bytes came back for {}",
                answer.body.len(),
                body.len()
            )),
        }
    }

    fn events(&mut self) -> Result<(), String> {
        let answer = self.get("/api/events", &[])?;
        expect(&answer, 200)?;
        match answer.text().as_str() {
            "data: 1\n\ndata: 2\n\ndata: 3\n\n" => Ok(()),
            other => Err(format!("events: {other:?}")),
        }
    }

    /// Other connections: one that announces too much, and three that end half way.
    fn refused_and_dropped(&mut self) -> Result<(), String> {
        let mut large = Client::connect(self.port);
        let head = "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000000\r\n\r\n";
        expect(&http::ask(&mut large, head), 413)?;
        for half in [
            "GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
        ] {
            let written = Client::connect(self.port).write_all(half.as_bytes());
            written.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn expect(answer: &Response, status: u16) -> Result<(), String> {
    if answer.status == status {
        return Ok(());
    }
    Err(format!(
        "{}, not {status}: {}",
        answer.status,
        answer.text()
    ))
}

/// Takes a large file in many small sips.
pub(super) fn slow_reader(port: u16, site: &Site, report: &mut Report) {
    report.time("slow reader", || {
        let mut stream = Client::connect(port);
        let request = b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream
            .write_all(request)
            .map_err(|error| error.to_string())?;
        let (mut came, mut sip) = (Vec::new(), vec![0; 128 << 10]);
        loop {
            let read = stream.read(&mut sip).map_err(|error| error.to_string())?;
            came.extend_from_slice(&sip[..read]);
            if read == 0 {
                break;
            }
            // The slowness itself.
            std::thread::sleep(Duration::from_millis(20));
        }
        let answer = Response::parse(&came, false).map_err(|error| error.to_string())?;
        site.check_big(&answer, 0, 3 << 20)
    });
}

/// Sends a body letter by letter.
pub(super) fn slow_writer(port: u16, _: &Site, report: &mut Report) {
    report.time("slow writer", || {
        let mut stream = Client::connect(port);
        let mut send = |bytes: &[u8]| stream.write_all(bytes).map_err(|error| error.to_string());
        send(b"POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n")?;
        for letter in b"abcdefghijklmnopqrst" {
            // The slowness itself.
            std::thread::sleep(Duration::from_millis(50));
            send(&[*letter])?;
        }
        let answer = http::read_response(&mut stream, false).map_err(|error| error.to_string())?;
        expect(&answer, 200)?;
        match answer.text().as_str() {
            "abcdefghijklmnopqrst" => Ok(()),
            other => Err(format!("echo: {other:?}")),
        }
    });
}
