//! [`StartArgs`] and [`ProcessEnv`] → [`Settings`].

use std::path::{Path, PathBuf};

use super::app_folders::{self, Typed};
use super::args::{StartArgs, TypedOptions};
use super::file::{ConfigFile, Configuration, FILE_NAME};
use super::folders::absolute;
use super::layers::Layers;
use super::types::WatchMode;
use super::value::{Setting, ValueSource};
use super::{
    ApiSettings, AppSettings, ProcessEnv, ProjectSettings, ServerSettings, Settings, SettingsError,
    api, compat, data_api, dev_server, environment_overlay, options, parse, tls,
};
use crate::detect::is_servable;
use crate::finding::Finding;

/// Resolves and validates everything. Remarks are added to `notices`, which are worth showing after an error too.
///
/// # Errors
/// [`SettingsError`], with a hint; nothing was started and nothing changed.
pub fn resolve(
    args: &StartArgs,
    process_env: &ProcessEnv,
    notices: &mut Vec<Finding>,
) -> Result<Settings, SettingsError> {
    let target = args
        .target
        .as_deref()
        .map(str::trim)
        .filter(|t| !t.is_empty());
    let file = Loaded::read(args.typed(), target, process_env, notices)?;
    let folder = target.filter(|target| !file.is_named_by(target));
    let base = file.base_dir(&process_env.cwd);
    let layers = Layers {
        typed: args.typed(),
        configuration: file.configuration.as_ref(),
        process_env,
        base: &base,
    };
    let devserver_url = dev_server::choose(&layers, folder, notices)?;
    let typed = Typed {
        folder: folder.filter(|word| !parse::is_url(word)),
        dev_server: devserver_url.is_some(),
        configurations: &file.names,
    };
    let app_folders = app_folders::app(&layers, &typed, notices)?;
    let run = layers.words(&options::RUN)?;
    let finds_dev_server = run.is_some()
        && devserver_url.is_none()
        && app_folders.output.source == ValueSource::Default
        && !is_servable(&app_folders.output);
    Ok(Settings {
        app: AppSettings {
            location: app_folders.app,
            output_location: app_folders.output,
            // It has to exist: serving without its rules would open what they close.
            config_location: layers.folder(&options::SWA_CONFIG_LOCATION)?,
            follow_links: layers.get(&options::FOLLOW_LINKS)?,
            devserver_url,
            run,
            finds_dev_server,
            devserver_timeout: layers.get(&options::DEVSERVER_TIMEOUT)?,
        },
        api: api(&layers, notices)?,
        data_api: data_api::choose(&layers, notices)?,
        server: server(&layers, notices)?,
        auth: layers.get(&options::AUTH)?,
        verbosity: layers.get(&options::VERBOSE)?,
        assume_yes: layers.get(&options::YES)?,
        print_config: layers.get(&options::PRINT_CONFIG)?,
        json: layers.get(&options::JSON)?,
        project: ProjectSettings {
            child_env: process_env.for_children(),
            state_dir: process_env.state_dir(),
            base_dir: base,
            configuration: file.configuration.map(|chosen| chosen.name),
            config_file: file.path,
        },
    })
}

fn api(layers: &Layers<'_>, notices: &mut Vec<Finding>) -> Result<ApiSettings, SettingsError> {
    let (target, kind) = api::choose(layers, notices)?;
    let overlay = environment_overlay::choose(layers)?;
    let ignore_link = layers.get(&options::IGNORE_LINK)?;
    let link = match ignore_link.value {
        true => None,
        false => api::link_of(layers.base, overlay.value.link.as_deref(), notices),
    };
    let (target, beside_link) = api::or_link(target, link, notices);
    let host = layers.get(&options::API_HOST)?;
    let debug = layers.optional(&options::API_DEBUG)?;
    let mut timeout = layers.get(&options::API_TIMEOUT)?;
    // Nobody who looks at a paused function wants its call to be ended.
    if debug.value.is_some() && timeout.source == ValueSource::Default {
        timeout.value = None;
    }
    Ok(ApiSettings {
        target,
        beside_link,
        ignore_link,
        kind,
        timeout,
        port: layers.get(&options::API_PORT)?,
        func_args: compat::func_args(layers, host.value, notices)?,
        host,
        debug,
        functions_worker: layers.folder(&options::FUNCTIONS_WORKER)?,
        install: layers.get(&options::NO_INSTALL)?.map(|no| !no),
        overlay,
    })
}

fn server(
    layers: &Layers<'_>,
    notices: &mut Vec<Finding>,
) -> Result<ServerSettings, SettingsError> {
    Ok(ServerSettings {
        port: layers.get(&options::PORT)?,
        host: host(layers, notices)?,
        allow_host: layers.get(&options::ALLOW_HOST)?,
        inspect_from: layers.get(&options::INSPECT_FROM)?,
        inspect: layers.get(&options::NO_INSPECT)?.map(|no| !no),
        tls: tls::choose(layers, notices)?,
        open: layers.get(&options::OPEN)?,
        strict: layers.get(&options::STRICT)?,
        client_ip: layers.optional(&options::CLIENT_IP)?,
        prod_errors: layers.get(&options::PROD_ERRORS)?,
        watch: watch(layers.get(&options::NO_WATCH)?, layers.get(&options::POLL)?),
        live_reload: layers.get(&options::NO_LIVE_RELOAD)?.map(|no| !no),
    })
}

/// The host. Unlike the official CLI this stays on loopback inside a container too: what listens on every address is
/// everybody's, and editors forward loopback ports by themselves.
fn host(layers: &Layers<'_>, notices: &mut Vec<Finding>) -> Result<Setting<String>, SettingsError> {
    let host = layers.get(&options::HOST)?;
    if layers.process_env.docker && host.source == ValueSource::Default {
        notices.push(Finding::note(
            "this is a container: only programs inside it reach localhost; --host 0.0.0.0 listens for others too",
        ));
    }
    Ok(host)
}

/// Of `noWatch` and `poll` the one from the stronger layer counts; in the same layer, not watching does.
fn watch(no_watch: Setting<bool>, poll: Setting<bool>) -> Setting<WatchMode> {
    match (no_watch.value, poll.value) {
        (true, true) if poll.source.rank() > no_watch.source.rank() => {
            poll.map(|_| WatchMode::Poll)
        }
        (true, _) => no_watch.map(|_| WatchMode::Off),
        // A `--no-watch=false` that takes back a weaker `noWatch` says nothing about `poll`, and the other way round.
        (false, true) => poll.map(|_| WatchMode::Poll),
        (false, false) => {
            let stronger = match poll.source.rank() > no_watch.source.rank() {
                true => poll,
                false => no_watch,
            };
            stronger.map(|_| WatchMode::Native)
        }
    }
}

/// What the configuration file gave.
#[derive(Debug, Default)]
struct Loaded {
    path: Option<PathBuf>,
    names: Vec<String>,
    configuration: Option<Configuration>,
    has_configurations: bool,
}

impl Loaded {
    fn read(
        typed: &TypedOptions,
        target: Option<&str>,
        process_env: &ProcessEnv,
        notices: &mut Vec<Finding>,
    ) -> Result<Self, SettingsError> {
        let cwd = &process_env.cwd;
        let named = typed.text(&options::CONFIG).map(|path| absolute(cwd, path));
        let wanted = typed.text(&options::CONFIG_NAME);
        let Some(file) = ConfigFile::open(cwd, named.as_deref())? else {
            return match wanted {
                Some(name) => Err(no_such(name, None, &[])),
                None => Ok(Self::default()),
            };
        };
        let mut loaded = Self::default();
        loaded.configuration = file.configuration(notices, |names, notices| {
            loaded.has_configurations = true;
            loaded.names = names.iter().map(|name| (*name).to_owned()).collect();
            let position = |word: &str| names.iter().position(|name| *name == word);
            if let Some(name) = wanted {
                let found = position(name);
                return match found {
                    Some(_) => Ok(found),
                    None => Err(no_such(name, Some(file.path.clone()), &loaded.names)),
                };
            }
            let by_target = target.and_then(position);
            if let (None, [first, _, ..]) = (by_target, names) {
                notices.push(several(first, names));
            }
            Ok(by_target.or((!names.is_empty()).then_some(0)))
        })?;
        if let (Some(name), false) = (wanted, loaded.has_configurations) {
            return Err(no_such(name, Some(file.path), &[]));
        }
        loaded.path = Some(file.path);
        Ok(loaded)
    }

    fn is_named_by(&self, word: &str) -> bool {
        let chosen = self.configuration.as_ref();
        chosen.is_some_and(|configuration| configuration.name == word)
    }

    /// The chdir rule: a file with configurations moves the base to its folder; one without is as good as none.
    fn base_dir(&self, cwd: &Path) -> PathBuf {
        let folder = self.path.as_deref().and_then(Path::parent);
        match folder {
            Some(folder) if self.has_configurations => folder.to_path_buf(),
            _ => cwd.to_path_buf(),
        }
    }
}

fn no_such(name: &str, path: Option<PathBuf>, known: &[String]) -> SettingsError {
    SettingsError::NoSuchConfiguration {
        name: name.to_owned(),
        path,
        known: known.to_vec(),
    }
}

fn several(first: &str, names: &[&str]) -> Finding {
    Finding::remark(
        format!("Multiple configurations found in \"{FILE_NAME}\", but none was specified."),
        format!(
            "`{first}` is used; choose one with `cygnet start NAME`: {}",
            names.join(", ")
        ),
    )
}
