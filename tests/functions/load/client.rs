//! One connection that is kept, as a browser does.

use std::io::{self, Write as _};
use std::net::TcpStream;

use crate::common::http::{self, Response};
use crate::emulator::PATIENCE;

/// A client with one connection, opened anew when the server closed it.
pub(super) struct Client {
    port: u16,
    stream: Option<TcpStream>,
}

impl Client {
    pub(super) fn new(port: u16) -> Self {
        Self { port, stream: None }
    }

    pub(super) fn connect(port: u16) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    pub(super) fn get(&mut self, path: &str, cookie: &str) -> Response {
        self.send("GET", path, &[("Cookie", cookie)], b"")
            .unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// # Errors
    /// No answer, or half of one.
    pub(super) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let mut bytes = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\n",
            self.port
        );
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            bytes.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        bytes.push_str("\r\n");
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => Self::connect(self.port),
        };
        stream.write_all(&[bytes.as_bytes(), body].concat())?;
        let response = http::read_response(&mut stream, method == "HEAD")?;
        if response.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(response)
    }
}

/// The cookie of a user who signs in with a role of their own.
pub(super) fn signed_in(client: &mut Client, user: &str) -> String {
    let wanted = serde_json::json!({"userDetails": user, "userRoles": ["member"]}).to_string();
    let headers = [("Content-Type", "application/json")];
    let answer = client
        .send("POST", "/.auth/login/github", &headers, wanted.as_bytes())
        .unwrap();
    let cookie = answer.header("set-cookie").unwrap_or_default();
    cookie.split(';').next().unwrap_or_default().to_owned()
}
