//! An app whose configuration, content and API carry a number that grows, and what its answers must be.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

use crate::common::http::Response;
use crate::emulator::{Emulator, write};
use crate::support::{DEADLINE, packages};

/// What `/big.bin` holds.
const BIG: usize = 3 << 20;

pub(super) struct Site {
    folder: TempDir,
    big: Vec<u8>,
    /// The generation that is being written, then the one that is there for certain.
    writing: AtomicU64,
    published: AtomicU64,
}

impl Site {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let big: Vec<u8> = (0..BIG)
            .map(|index| (index * 31 + index / 251) as u8)
            .collect();
        write(root, "dist/index.html", "<h1>home</h1>");
        write(root, "dist/members/index.html", "<h1>members</h1>");
        write(root, "dist/big.bin", &big);
        write(root, "api/host.json", r#"{"version": "2.0"}"#);
        write(root, "api/package.json", r#"{"main": "index.js"}"#);
        std::os::unix::fs::symlink(packages(), root.join("api/node_modules")).unwrap();
        let site = Self {
            folder,
            big,
            writing: AtomicU64::new(0),
            published: AtomicU64::new(0),
        };
        site.publish_next();
        site
    }

    /// The emulator with this app, when its functions are ready.
    pub(super) fn start(&self) -> Emulator {
        let words = ["start", "dist", "--api-location", "api", "--api-port", "0"];
        let emulator = Emulator::start(self.folder.path(), &words);
        emulator.wait_for_output_within("functions:", DEADLINE);
        emulator
    }

    /// Writes configuration, content and code of the next generation, each replaced whole.
    pub(super) fn publish_next(&self) {
        let number = self.writing.fetch_add(1, Ordering::SeqCst) + 1;
        let root = self.folder.path();
        replace(root, "dist/generation.txt", &number.to_string());
        replace(
            root,
            "dist/staticwebapp.config.json",
            &configuration(number),
        );
        replace(root, "api/index.js", &code(number));
        self.published.store(number, Ordering::SeqCst);
    }

    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::SeqCst)
    }

    /// A generation is one that was begun, and no older than another.
    pub(super) fn check_generation(
        &self,
        found: Option<u64>,
        at_least: u64,
    ) -> Result<u64, String> {
        let begun = self.writing.load(Ordering::SeqCst);
        let found = found.ok_or("no generation")?;
        if (at_least..=begun).contains(&found) {
            return Ok(found);
        }
        Err(format!("generation {found}, not {at_least} to {begun}"))
    }

    pub(super) fn check_big(
        &self,
        answer: &Response,
        from: usize,
        to: usize,
    ) -> Result<(), String> {
        if answer.body == self.big[from..to] {
            return Ok(());
        }
        Err(format!(
            "{from}..{to} of big.bin: {} bytes, or others",
            answer.body.len()
        ))
    }

    pub(super) fn check_principal(&self, answer: &Response, user: &str) -> Result<(), String> {
        let told: serde_json::Value = serde_json::from_slice(&answer.body)
            .map_err(|error| format!("{error}: {} {}", answer.status, answer.text()))?;
        let seen = &told["clientPrincipal"]["userDetails"];
        if answer.status == 200 && seen == user {
            return Ok(());
        }
        Err(format!("{} for {user}, {seen} was seen", answer.status))
    }
}

/// What `x-generation` of the configuration says.
pub(super) fn generation_of_header(answer: &Response) -> Option<u64> {
    answer.header("x-generation")?.parse().ok()
}

/// What the code of the API says.
pub(super) fn generation_of_json(answer: &Response) -> Option<u64> {
    serde_json::from_slice::<serde_json::Value>(&answer.body).ok()?["generation"].as_u64()
}

fn replace(root: &Path, name: &str, content: &str) {
    let next = write(root, &format!("{name}.next"), content);
    std::fs::rename(next, root.join(name)).unwrap();
}

fn configuration(number: u64) -> String {
    serde_json::json!({
        "routes": [
            {"route": "/members/*", "allowedRoles": ["member"]},
            {"route": "/old", "redirect": "/", "statusCode": 301}
        ],
        "globalHeaders": {"x-generation": number.to_string()}
    })
    .to_string()
}

fn code(number: u64) -> String {
    format!("const GENERATION = {number};\n{CODE}")
}

const CODE: &str = r#"
const { app } = require('@azure/functions');
const { Readable } = require('node:stream');
app.setup({ enableHttpStream: true });

const decode = (text) => text && JSON.parse(Buffer.from(text, 'base64').toString());
app.http('who', {
    authLevel: 'anonymous',
    handler: (request) => ({
        jsonBody: { generation: GENERATION, clientPrincipal: decode(request.headers.get('x-ms-client-principal')) },
    }),
});
app.http('echo', {
    methods: ['POST'], authLevel: 'anonymous',
    handler: async (request) => ({ body: new Uint8Array(await request.arrayBuffer()) }),
});
async function* events() {
    for (const number of [1, 2, 3]) {
        yield `data: ${number}\n\n`;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
app.http('events', {
    authLevel: 'anonymous',
    handler: () => ({ headers: { 'content-type': 'text/event-stream' }, body: Readable.from(events()) }),
});
"#;
