//! Which framework a folder is a project of, and how it is run and built: from the names of its files and from its
//! `package.json`. Nothing is run.
//!
//! | file | what |
//! |---|---|
//! | [`frameworks`] | the table: how each is recognised, its commands, port and output folder |
//! | [`project`] | the small view of a folder that the table is compared with |
//! | [`configured`] | where a project's own files say another port or output folder |
//! | [`sources`] | a page that no browser can run before a bundler has been at it |
//! | [`apps`] | all projects below a folder, and its functions |
//! | [`package_manager`] | the program that a project's packages are installed with |

pub mod apps;
mod configured;
mod frameworks;
pub mod package_manager;
mod project;
pub mod sources;

use std::path::{Path, PathBuf};

use crate::process::program;
use frameworks::{FRAMEWORKS, Framework};
use project::Project;

pub use project::package_manager_of;

/// A framework's project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// The folder, as it was given.
    pub folder: PathBuf,
    /// Such as `Vite with React`.
    pub name: String,
    /// What it was recognised by, such as `` `vite` in package.json ``.
    pub why: String,
    /// The command that starts the dev server, for a shell in the folder.
    pub dev_command: String,
    /// Where it listens unless its own configuration says otherwise, such as `http://localhost:5173`.
    pub dev_url: String,
    /// What is missing for that command, if anything is.
    pub missing: Option<Missing>,
    /// The command that builds the app.
    pub build_command: String,
    /// The folder that the build writes, relative to the project, with `/`.
    pub output: String,
    /// Whether that one holds a built app.
    pub is_built: bool,
}

/// Why a command of a project cannot be run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The packages; this installs them.
    Packages(String),
    /// A program that is found nowhere in `PATH`.
    Program(String),
}

impl Detected {
    /// What to type in the project for its dev server, whose packages are installed; `more` are further arguments.
    pub fn serve_dev(&self, more: &str) -> String {
        format!("cygnet --run \"{}\"{more}", self.dev_command)
    }

    /// What to type in the project for its built output, after the build unless that is done.
    pub fn serve_built(&self, more: &str) -> String {
        let Self {
            build_command,
            output,
            ..
        } = self;
        match self.is_built {
            true => format!("cygnet {output}{more}"),
            false => format!("{build_command} && cygnet {output}{more}"),
        }
    }
}

/// Looks what a folder is a project of; `None` for one that no framework is seen in.
pub fn detect(folder: &Path) -> Option<Detected> {
    let project = Project::read(folder);
    let (framework, why) = FRAMEWORKS
        .iter()
        .find_map(|framework| Some((framework, framework.recognise(&project)?)))?;
    let output = output(framework, &project);
    let dev_command = framework.dev.of(&project);
    let port = configured::port(framework, &project).unwrap_or(framework.port);
    Some(Detected {
        folder: folder.to_path_buf(),
        name: framework.full_name(&project),
        why,
        dev_url: format!("http://localhost:{port}"),
        missing: missing(framework, &project, &dev_command),
        dev_command,
        build_command: framework.build.of(&project),
        is_built: is_built(&project, &output),
        output,
    })
}

/// The folder that the project's own files name, else the first usual one that was built, else the first.
fn output(framework: &Framework, project: &Project) -> String {
    if let Some(configured) = configured::output(framework, project) {
        return configured;
    }
    let usual = framework.outputs;
    let built = usual.iter().find(|folder| is_built(project, folder));
    built.or(usual.first()).copied().unwrap_or(".").to_owned()
}

fn is_built(project: &Project, output: &str) -> bool {
    is_servable(&project.root().join(output))
}

/// Whether a folder has a home page that needs neither a bundler nor a dev server.
pub fn is_servable(folder: &Path) -> bool {
    folder.join("index.html").is_file() && sources::of(folder).is_none()
}

fn missing(framework: &Framework, project: &Project, command: &str) -> Option<Missing> {
    let Some(package) = framework.package(project) else {
        let name = command.split(' ').next().unwrap_or(command);
        return program::find(name)
            .is_none()
            .then(|| Missing::Program(name.to_owned()));
    };
    let manager = project.package_manager();
    if program::find(manager).is_none() {
        return Some(Missing::Program(manager.to_owned()));
    }
    // Node.js looks for packages in every folder upwards, so a workspace's common `node_modules` counts.
    let is_installed = project
        .root()
        .ancestors()
        .any(|folder| folder.join("node_modules").join(package).exists());
    (!is_installed).then(|| Missing::Packages(format!("{manager} install")))
}
