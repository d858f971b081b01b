//! HTTP as a client reads it, without a library that could forgive.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

/// One answer as a client sees it.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Head with lower-cased names, status line first.
    pub head: String,
    pub body: Vec<u8>,
    /// How the body's end was known: `length`, `chunked`, `close` or `none`.
    pub framing: &'static str,
}

impl Answer {
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value.trim())
            .collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Sends raw bytes and reads one answer.
pub fn ask(stream: &mut TcpStream, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).unwrap();
    read_answer(stream, request.starts_with("HEAD ")).unwrap()
}

/// Reads one answer as RFC 9112, 6.3 frames it; an error if it is truncated.
pub fn read_answer(stream: &mut TcpStream, to_head: bool) -> io::Result<Answer> {
    let raw = read_head(stream)?;
    let mut lines = raw.lines();
    let status_line = lines.next().unwrap_or_default();
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no status line: {raw:?}")))?;
    let mut head = format!("{status_line}\n");
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        head.push_str(&format!("{}:{value}\n", name.to_ascii_lowercase()));
    }
    let mut answer = Answer {
        status,
        head,
        body: Vec::new(),
        framing: "none",
    };
    if to_head || status == 204 || status == 304 || status < 200 {
        return Ok(answer);
    }
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.framing = "chunked";
        while let Some(chunk) = read_chunk(stream)? {
            answer.body.extend(chunk);
        }
    } else if let Some(length) = answer.header("content-length") {
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body)?;
        answer.framing = "length";
        answer.body = body;
    } else {
        answer.framing = "close";
        stream.read_to_end(&mut answer.body)?;
    }
    Ok(answer)
}

/// Reads one chunk of a chunked body; `None` at its end.
pub fn read_chunk(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let size = read_line(stream)?;
    let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
    let mut chunk = vec![0; size + 2];
    stream.read_exact(&mut chunk)?;
    chunk.truncate(size);
    Ok((size > 0).then_some(chunk))
}

fn read_line(stream: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Reads a head up to its empty line, without a byte of what follows. Empty if the peer closed before it.
pub fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            if head.is_empty() {
                return Ok(String::new());
            }
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head[..head.len() - 4]).into_owned())
}

/// The value of a header in a raw head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value.trim()))
}
