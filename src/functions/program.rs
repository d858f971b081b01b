//! The worker program for Node.js, carried in this binary and written out for each start.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

const FILES: [(&str, &str); 10] = [
    ("main.cjs", include_str!("../workers/node/main.cjs")),
    ("events.cjs", include_str!("../workers/node/events.cjs")),
    ("convert.cjs", include_str!("../workers/node/convert.cjs")),
    ("core.cjs", include_str!("../workers/node/core.cjs")),
    ("v3.cjs", include_str!("../workers/node/v3.cjs")),
    ("v3-form.cjs", include_str!("../workers/node/v3-form.cjs")),
    ("v3-http.cjs", include_str!("../workers/node/v3-http.cjs")),
    (
        "v3-output.cjs",
        include_str!("../workers/node/v3-output.cjs"),
    ),
    ("server.cjs", include_str!("../workers/node/server.cjs")),
    ("stream.cjs", include_str!("../workers/node/stream.cjs")),
];

/// The program on disk, in a folder of its own that only this user can read; gone when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    dir: TempDir,
}

impl Program {
    pub(crate) fn write() -> io::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("cygnet-worker-")
            .tempdir()?;
        for (name, text) in FILES {
            std::fs::write(dir.path().join(name), text)?;
        }
        Ok(Self { dir })
    }

    pub(crate) fn main(&self) -> PathBuf {
        Path::new(self.dir.path()).join("main.cjs")
    }
}
