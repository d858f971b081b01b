//! The table of all options: what each is called on the command line, in the environment and in `swa-cli.config.json`.

use super::value::Source;

/// The JSON type that a key of `swa-cli.config.json` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// `"text"`.
    Text,
    /// `4280`, or a string that holds a number.
    Number,
    /// `true` or `false`, or a string that holds one.
    Boolean,
}

/// One option and its names.
#[derive(Debug, PartialEq, Eq)]
pub struct Opt {
    /// The key in `swa-cli.config.json`, and the name in `--print-config`.
    pub key: &'static str,
    /// The long flag.
    pub flag: &'static str,
    /// The environment variable, where there is one.
    pub env: Option<&'static str>,
    /// The type of the key's value.
    pub json: JsonType,
}

impl Opt {
    const fn new(
        key: &'static str,
        flag: &'static str,
        env: Option<&'static str>,
        json: JsonType,
    ) -> Self {
        Self {
            key,
            flag,
            env,
            json,
        }
    }

    /// What the option is called where `source` is written, for messages: a flag on the command line, a variable in the
    /// environment, a key in the file.
    pub fn name_in(&self, source: &Source) -> &'static str {
        match source {
            Source::ConfigFile { .. } => self.key,
            Source::Env(name) | Source::DotEnv(name) => name,
            Source::Flag(_) | Source::Positional | Source::Link(_) | Source::Default => self.flag,
        }
    }
}

use JsonType::{Boolean, Number, Text};

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident = ($key:literal, $flag:literal, $env:expr, $json:expr);)*) => {
        $($(#[$doc])* pub const $name: Opt = Opt::new($key, $flag, $env, $json);)*
        /// All options, in the order of `--print-config`.
        pub const ALL: &[&Opt] = &[$(&$name),*];
    };
}

options! {
    /// The folder of the app's source.
    APP_LOCATION = ("appLocation", "--app-location", Some("SWA_CLI_APP_LOCATION"), Text);
    /// The content root.
    OUTPUT_LOCATION = ("outputLocation", "--output-location", Some("SWA_CLI_OUTPUT_LOCATION"), Text);
    /// The URL of the dev server that serves the app.
    APP_DEVSERVER_URL = ("appDevserverUrl", "--app-devserver-url", Some("SWA_CLI_APP_DEVSERVER_URL"), Text);
    /// The command that starts it.
    RUN = ("run", "--run", Some("SWA_CLI_STARTUP_COMMAND"), Text);
    /// How long a dev server may take to start.
    DEVSERVER_TIMEOUT = ("devserverTimeout", "--devserver-timeout", Some("SWA_CLI_SERVER_TIMEOUT"), Number);
    /// The folder of the API, or its URL.
    API_LOCATION = ("apiLocation", "--api-location", Some("SWA_CLI_API_LOCATION"), Text);
    /// The URL of the API.
    API_DEVSERVER_URL = ("apiDevserverUrl", "--api-devserver-url", Some("SWA_CLI_API_DEVSERVER_URL"), Text);
    /// What stands at the URL of the API.
    API_KIND = ("apiKind", "--api-kind", Some("CYGNET_API_KIND"), Text);
    /// The folder of `staticwebapp.config.json`.
    SWA_CONFIG_LOCATION = ("swaConfigLocation", "--swa-config-location", Some("SWA_RUNTIME_CONFIG_LOCATION"), Text);
    /// The port of the Functions host.
    API_PORT = ("apiPort", "--api-port", Some("SWA_CLI_API_PORT"), Number);
    /// What the arguments of the Core Tools were.
    FUNC_ARGS = ("funcArgs", "--func-args", None, Text);
    /// The folder of the database connection.
    DATA_API_LOCATION = ("dataApiLocation", "--data-api-location", Some("SWA_CLI_DATA_API_LOCATION"), Text);
    /// The URL of the server behind `/data-api`.
    DATA_API_DEVSERVER_URL = ("dataApiDevserverUrl", "--data-api-devserver-url", Some("SWA_CLI_DATA_API_DEVSERVER_URL"), Text);
    /// The port of the Data API Builder that is started; it has no flag.
    DATA_API_PORT = ("dataApiPort", "dataApiPort", Some("SWA_CLI_DATA_API_PORT"), Number);
    /// The port to listen on.
    PORT = ("port", "--port", Some("SWA_CLI_PORT"), Number);
    /// The host to listen on.
    HOST = ("host", "--host", Some("SWA_CLI_HOST"), Text);
    /// Whether to serve by HTTPS.
    SSL = ("ssl", "--ssl", Some("SWA_CLI_APP_SSL"), Boolean);
    /// The certificate.
    SSL_CERT = ("sslCert", "--ssl-cert", Some("SWA_CLI_APP_SSL_CERT"), Text);
    /// Its private key.
    SSL_KEY = ("sslKey", "--ssl-key", Some("SWA_CLI_APP_SSL_KEY"), Text);
    /// Whether to open the browser.
    OPEN = ("open", "--open", Some("SWA_CLI_OPEN_BROWSER"), Boolean);
    /// How much is said.
    VERBOSE = ("verbose", "--verbose", Some("SWA_CLI_DEBUG"), Text);
    /// Whether production's edge is enforced for local callers.
    STRICT = ("strict", "--strict", Some("CYGNET_STRICT"), Boolean);
    /// The address to judge requests by.
    CLIENT_IP = ("clientIp", "--client-ip", Some("CYGNET_CLIENT_IP"), Text);
    /// How long the API may take.
    API_TIMEOUT = ("apiTimeout", "--api-timeout", Some("CYGNET_API_TIMEOUT"), Number);
    /// What runs the functions.
    API_HOST = ("apiHost", "--api-host", Some("CYGNET_API_HOST"), Text);
    /// The port of their debugger.
    API_DEBUG = ("apiDebug", "--api-debug", Some("CYGNET_API_DEBUG"), Number);
    /// The environment to borrow from.
    ENVIRONMENT = ("environment", "--environment", Some("CYGNET_ENVIRONMENT"), Text);
    /// The folder of the language worker that runs the API.
    FUNCTIONS_WORKER = ("functionsWorker", "--functions-worker", Some("CYGNET_FUNCTIONS_WORKER"), Text);
    /// Whether dependencies are left alone.
    NO_INSTALL = ("noInstall", "--no-install", Some("CYGNET_NO_INSTALL"), Boolean);
    /// Whether changes are not watched.
    NO_WATCH = ("noWatch", "--no-watch", Some("CYGNET_NO_WATCH"), Boolean);
    /// Whether changes are looked for again and again.
    POLL = ("poll", "--poll", Some("CYGNET_POLL"), Boolean);
    /// Whether open pages are left alone.
    NO_LIVE_RELOAD = ("noLiveReload", "--no-live-reload", Some("CYGNET_NO_LIVE_RELOAD"), Boolean);
    /// Whether settings are printed.
    PRINT_CONFIG = ("printConfig", "--print-config", None, Boolean);
}

/// Keys that the official CLI knows and this version does not act upon: accepted, whatever their value.
pub const KNOWN_LATER: &[&str] = &[
    "apiBuildCommand",
    "apiLanguage",
    "apiVersion",
    "appBuildCommand",
    "appName",
    "auto",
    "build",
    "clearCredentials",
    "clientId",
    "clientSecret",
    "config",
    "configName",
    "deploy",
    "deploymentToken",
    "dryRun",
    "env",
    "init",
    "login",
    "printToken",
    "resourceGroup",
    "start",
    "subscription",
    "subscriptionId",
    "swaConfigFilename",
    "tenant",
    "tenantId",
    "useKeychain",
    "yes",
];
