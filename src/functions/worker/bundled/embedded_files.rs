//! A worker program, carried in this binary and written out for each start.

use std::io;
use std::path::PathBuf;

use tempfile::TempDir;

/// The files of a program: path and text.
pub(crate) type EmbeddedFiles = &'static [(&'static str, &'static str)];

/// What the program is told. It removes the file when it has read it, since the token in it is not for the app.
const CONFIG: &str = "config.json";

/// The program on disk, in a folder of its own that only this user can read; gone when dropped.
#[derive(Debug)]
pub(crate) struct EmbeddedProgram {
    dir: TempDir,
}

impl EmbeddedProgram {
    #[expect(
        clippy::disallowed_methods,
        reason = "nobody else knows the folder yet"
    )]
    /// `config` is what the program is told: a file, because with many functions it is longer than a variable may be.
    pub(crate) fn write(files: EmbeddedFiles, config: &str) -> io::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("cygnet-worker-")
            .tempdir()?;
        for (name, text) in files.iter().chain([&(CONFIG, config)]) {
            let path = dir.path().join(name);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, text)?;
        }
        Ok(Self { dir })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}
