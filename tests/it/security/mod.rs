//! What is defended, a file for each subject.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::support::{RawUpstream, read_head};

mod bodies;
mod certificates;
mod cross_site;
mod functions_app;
mod functions_port;
mod half_dead;
mod hosts;
mod identity;
mod network;
mod paths;

/// A server that remembers each head and answers 200.
fn recorder() -> (RawUpstream, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&heads);
    let upstream = RawUpstream::start(move |mut stream, _| {
        let Ok(head) = read_head(&mut stream) else {
            return;
        };
        if !head.is_empty() {
            notes.lock().unwrap().push(head);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
            // A caller that went away is its own affair.
            let _ = stream.write_all(answer);
        }
    });
    (upstream, heads)
}
