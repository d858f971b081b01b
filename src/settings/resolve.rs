//! [`StartArgs`] and [`ProcessEnv`] → [`Settings`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::functions::ApiHost;

use super::args::StartArgs;
use super::file::{ConfigFile, Configuration, FILE_NAME};
use super::folders::{self, Typed, absolute};
use super::layers::Layers;
use super::notice::Notice;
use super::types::{Verbosity, WatchMode};
use super::value::{Setting, Source};
use super::{
    ProcessEnv, Settings, SettingsError, api, compat, data_api, dev_server, environment_overlay,
    options, parse, tls,
};

/// The port of the official CLI.
pub const DEFAULT_PORT: u16 = 4280;

/// How long the official CLI waits for a dev server.
pub const DEFAULT_DEVSERVER_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the host of Azure listens on a developer's machine.
pub const DEFAULT_API_PORT: u16 = 7071;
/// How long production lets an API take (AP-6).
pub const DEFAULT_API_TIMEOUT: Duration = Duration::from_secs(45);

/// The host. Unlike the official CLI this stays on loopback inside a container too: what listens on every address is
/// everybody's, and editors forward loopback ports by themselves.
fn host(
    layers: &Layers<'_>,
    args: &StartArgs,
    around: &ProcessEnv,
    notices: &mut Vec<Notice>,
) -> Result<Setting<String>, SettingsError> {
    let default = "localhost".to_owned();
    let host = layers.get_or(&options::HOST, args.host.clone(), parse::host, default)?;
    if around.docker && host.source == Source::Default {
        notices.push(Notice::debug(
            "this is a container: only programs inside it reach localhost; --host 0.0.0.0 listens for others too",
        ));
    }
    Ok(host)
}

/// Resolves and validates everything. Remarks are added to `notices`, which are worth showing after an error too.
///
/// # Errors
/// [`SettingsError`], with a hint; nothing was started and nothing changed.
pub fn resolve(
    args: &StartArgs,
    around: &ProcessEnv,
    notices: &mut Vec<Notice>,
) -> Result<Settings, SettingsError> {
    let target = args
        .target
        .as_deref()
        .map(str::trim)
        .filter(|t| !t.is_empty());
    let file = Loaded::read(args, target, around, notices)?;
    let folder = target.filter(|target| !file.is_named_by(target));
    let base = file.base_dir(&around.cwd);
    let layers = Layers {
        configuration: file.configuration.as_ref(),
        around,
    };
    let app_devserver_url = dev_server::choose(&layers, folder, args, notices)?;
    let typed = Typed {
        folder: folder.filter(|word| !parse::is_url(word)),
        dev_server: app_devserver_url.is_some(),
        app: args.app_location.as_deref(),
        output: args.output_location.as_deref(),
        configurations: &file.names,
    };
    let app_folders = folders::app(&layers, &base, &typed, notices)?;
    let (api, api_kind) = api::choose(&layers, &base, args, notices)?;
    let environment_overlay = environment_overlay::choose(&layers, &base, args)?;
    let api = api::or_link(
        api,
        &base,
        environment_overlay.value.link.as_deref(),
        notices,
    );
    let api_host = layers.get_or(
        &options::API_HOST,
        args.api_host,
        parse::word,
        ApiHost::default(),
    )?;
    let api_debug = layers.get_or(
        &options::API_DEBUG,
        args.api_debug.map(Some),
        |text| parse::port(text).map(Some),
        None,
    )?;
    // Nobody who looks at a paused function wants its call to be ended.
    let default_timeout = match api_debug.value {
        Some(_) => None,
        None => Some(DEFAULT_API_TIMEOUT),
    };
    let func_args = compat::func_args(&layers, &args.compat, api_host.value, notices)?;
    let data_api = data_api::choose(&layers, &base, &args.data_api, notices)?;
    let tls = tls::choose(&layers, &base, &args.tls, notices)?;
    let flag = |option, typed| layers.get_or(option, typed, parse::boolean, false);
    Ok(Settings {
        app_location: app_folders.app,
        output_location: app_folders.output,
        app_devserver_url,
        run: layers
            .get(&options::RUN, args.run.clone(), parse::text)?
            .filter(|command| !command.trim().is_empty()),
        devserver_timeout: layers.get_or(
            &options::DEVSERVER_TIMEOUT,
            args.devserver_timeout,
            parse::timeout,
            Some(DEFAULT_DEVSERVER_TIMEOUT),
        )?,
        api,
        api_kind,
        data_api,
        swa_config_location: folders::swa_config(
            &layers,
            &base,
            args.swa_config_location.as_deref(),
        )?,
        port: layers.get_or(&options::PORT, args.port, parse::port, DEFAULT_PORT)?,
        host: host(&layers, args, around, notices)?,
        tls,
        open: flag(&options::OPEN, args.open)?,
        verbosity: layers.get_or(
            &options::VERBOSE,
            args.verbose,
            parse::word,
            Verbosity::default(),
        )?,
        strict: flag(&options::STRICT, args.strict)?,
        api_host,
        func_args,
        api_debug,
        environment_overlay,
        client_ip: layers.get_or(
            &options::CLIENT_IP,
            args.client_ip.map(Some),
            |text| parse::address(text).map(Some),
            None,
        )?,
        api_timeout: layers.get_or(
            &options::API_TIMEOUT,
            args.api_timeout,
            parse::timeout,
            default_timeout,
        )?,
        api_port: layers.get_or(
            &options::API_PORT,
            args.api_port,
            parse::port,
            DEFAULT_API_PORT,
        )?,
        functions_worker: folders::functions_worker(
            &layers,
            &base,
            args.functions_worker.as_deref(),
        )?,
        install: flag(&options::NO_INSTALL, args.no_install)?.map(|no| !no),
        watch: watch(
            flag(&options::NO_WATCH, args.no_watch)?,
            flag(&options::POLL, args.poll)?,
        ),
        live_reload: flag(&options::NO_LIVE_RELOAD, args.no_live_reload)?.map(|no| !no),
        print_config: flag(&options::PRINT_CONFIG, args.print_config)?,
        environment: around.for_children(),
        state_dir: around.state_dir(),
        base_dir: base,
        configuration: file.configuration.map(|chosen| chosen.name),
        config_file: file.path,
    })
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
        args: &StartArgs,
        target: Option<&str>,
        around: &ProcessEnv,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, SettingsError> {
        let named = args
            .config
            .as_deref()
            .map(|path| absolute(&around.cwd, path));
        let wanted = args.config_name.as_deref();
        let Some(file) = ConfigFile::open(&around.cwd, named.as_deref())? else {
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

fn several(first: &str, names: &[&str]) -> Notice {
    Notice::warn(
        format!("Multiple configurations found in \"{FILE_NAME}\", but none was specified."),
        format!(
            "`{first}` is used; choose one with `cygnet start NAME`: {}",
            names.join(", ")
        ),
    )
}
