//! The table of all options of `cygnet start`, the only place where one is declared. From it come the arguments of the
//! command line ([`super::args`]), the keys and types of `swa-cli.config.json` ([`mod@super::file`]), the environment
//! variables and defaults ([`super::layers`]), the names in messages and in `--print-config`, shell completions, the man
//! page and `docs/options.md`.
//!
//! The comment of an option is its help.

use std::net::IpAddr;
use std::time::Duration;

use http::Uri;

use super::caller_range::CallerRange;
use super::descriptor::{
    Descriptor, Opt, Visibility, address, auth, callers, host, hosts, port, switch, text, timeout,
    url, word,
};
use super::types::Verbosity;
use crate::auth::real::AuthChoice;
use crate::functions::ApiHost;
use crate::http::HostPattern;
use crate::link::BackendKind;

macro_rules! options {
    ($($heading:literal { $($(#[doc = $help:literal])+ $name:ident: $type:ty = $option:expr;)* })*) => {
        $($($(#[doc = $help])+ pub static $name: Opt<$type> = $option.described($heading, concat!($($help),+));)*)*

        /// All options, in the order of help.
        pub static ALL: &[&Descriptor] = &[$($(&$name.descriptor),*),*];
    };
}

options! {
    "App" {
        /// Folder with the source of the app
        APP_LOCATION: String = text(("appLocation", "--app-location"), "FOLDER").short('a')
            .env("SWA_CLI_APP_LOCATION").default(".");
        /// Folder with the built app, to serve; relative to the app location, else to the base folder
        OUTPUT_LOCATION: String = text(("outputLocation", "--output-location"), "FOLDER").short('O')
            .env("SWA_CLI_OUTPUT_LOCATION").default(".");
        /// URL of the dev server that serves the app, in place of a folder
        APP_DEVSERVER_URL: Option<Uri> = url(("appDevserverUrl", "--app-devserver-url")).short('D')
            .env("SWA_CLI_APP_DEVSERVER_URL");
        /// Command that starts the dev server (`npm:dev`, `npx:vite`, a file, or words for the shell), in the app location
        RUN: String = text(("run", "--run"), "COMMAND").short('r').env("SWA_CLI_STARTUP_COMMAND");
        /// Seconds after which a dev server that does not answer is complained about, 0 for never
        DEVSERVER_TIMEOUT: Option<Duration> = timeout(("devserverTimeout", "--devserver-timeout")).short('t')
            .env("SWA_CLI_SERVER_TIMEOUT").default("60");
        /// Folder with staticwebapp.config.json
        SWA_CONFIG_LOCATION: String = text(("swaConfigLocation", "--swa-config-location"), "FOLDER").short('w')
            .env("SWA_RUNTIME_CONFIG_LOCATION").default_described("the app location");
        /// Where nobody has said what to serve: start the dev server of the framework that is found, or serve its built output,
        /// without asking
        YES: bool = switch(("yes", "--yes")).short('y').not_in_file().env("CYGNET_YES");
        /// Serve and deploy what symbolic links lead to outside of the project too
        FOLLOW_LINKS: bool = switch(("followLinks", "--follow-links")).env("CYGNET_FOLLOW_LINKS");
    }
    "API" {
        /// Folder with the Functions app that answers /api, or the URL of one that runs
        API_LOCATION: String = text(("apiLocation", "--api-location"), "FOLDER | URL").short('i')
            .env("SWA_CLI_API_LOCATION");
        /// URL of the server that answers /api
        API_DEVSERVER_URL: Option<Uri> = url(("apiDevserverUrl", "--api-devserver-url")).two_letters("-is")
            .alias("api-url").env("SWA_CLI_API_DEVSERVER_URL");
        /// What stands at the URL of the API, as Azure would link it
        API_KIND: BackendKind = word(("apiKind", "--api-kind"), "KIND").env("CYGNET_API_KIND").default("functions");
        /// Seconds that the API may take to answer, 0 for no limit
        API_TIMEOUT: Option<Duration> = timeout(("apiTimeout", "--api-timeout")).env("CYGNET_API_TIMEOUT")
            .default("45");
        /// Port at which the functions of the API folder can be called directly too, 0 to pick a free one
        API_PORT: u16 = port(("apiPort", "--api-port")).short('j').env("SWA_CLI_API_PORT")
            .default_shown("7071", "7071, if free");
        /// What runs the functions of the API folder
        API_HOST: ApiHost = word(("apiHost", "--api-host"), "HOST").env("CYGNET_API_HOST")
            .default_shown("auto", "auto, by the app's files");
        /// Port at which a debugger can join the functions (Node.js inspector, debugpy); no limit of time then, and no reload
        API_DEBUG: u16 = port(("apiDebug", "--api-debug")).env("CYGNET_API_DEBUG");
        /// Deployed environment whose application settings and link are used, as `cygnet environments list` names it
        ENVIRONMENT: String = text(("environment", "--environment"), "ID").env("CYGNET_ENVIRONMENT");
        /// Run the API folder although the environment is linked to a backend, which Azure would refuse
        IGNORE_LINK: bool = switch(("ignoreLink", "--ignore-link")).env("CYGNET_IGNORE_LINK");
        /// Folder of a language worker of Azure Functions (with worker.config.json) that runs the API folder
        FUNCTIONS_WORKER: String = text(("functionsWorker", "--functions-worker"), "FOLDER")
            .env("CYGNET_FUNCTIONS_WORKER");
        /// Do not install missing dependencies of the API
        NO_INSTALL: bool = switch(("noInstall", "--no-install")).env("CYGNET_NO_INSTALL");
        /// Arguments for `func start`, with `--api-host func`
        FUNC_ARGS: String = text(("funcArgs", "--func-args"), "ARGS").short('f').allows_hyphen()
            .visibility(Visibility::LongHelp);
        /// Accepted: only a deployment needs it
        API_LANGUAGE: String = text(("apiLanguage", "--api-language"), "LANGUAGE").not_in_file()
            .visibility(Visibility::Compat);
        /// Accepted: only a deployment needs it
        API_VERSION: String = text(("apiVersion", "--api-version"), "VERSION").not_in_file()
            .visibility(Visibility::Compat);
    }
    "Data API" {
        /// Folder with staticwebapp.database.config.json; an installed Data API Builder (dab) is started there
        DATA_API_LOCATION: String = text(("dataApiLocation", "--data-api-location"), "FOLDER | URL")
            .two_letters("-db").env("SWA_CLI_DATA_API_LOCATION");
        /// URL of the server that answers /data-api
        DATA_API_DEVSERVER_URL: Option<Uri> = url(("dataApiDevserverUrl", "--data-api-devserver-url"))
            .two_letters("-ds").env("SWA_CLI_DATA_API_DEVSERVER_URL");
        /// Port of the Data API Builder that is started
        DATA_API_PORT: u16 = port(("dataApiPort", "")).without_flag().env("SWA_CLI_DATA_API_PORT")
            .default_described("a free one");
    }
    "Server" {
        /// Port to listen on, 0 to pick a free one
        PORT: u16 = port(("port", "--port")).short('p').env("SWA_CLI_PORT").default("4280");
        /// Host name or address to listen on
        HOST: String = host(("host", "--host")).short('q').env("SWA_CLI_HOST").default("localhost");
        /// Host name that requests may be for, such as that of a tunnel or of a container; `.example.org` for it and all below
        /// it, `*.example.org` for those below it. Can be repeated. Always allowed are localhost, IP addresses, --host, the
        /// machine's name, and `allowedForwardedHosts` of the configuration
        ALLOW_HOST: Vec<HostPattern> = hosts(("allowHost", "--allow-host")).env("CYGNET_ALLOW_HOST").default("");
        /// Address, or range such as 192.168.1.0/24, from which the inspector at /.cygnet/ may be asked besides this machine;
        /// `any` for all. Can be repeated
        INSPECT_FROM: Vec<CallerRange> = callers(("inspectFrom", "--inspect-from")).env("CYGNET_INSPECT_FROM").default("");
        /// Remember no requests, and leave the inspector at /.cygnet/ out
        NO_INSPECT: bool = switch(("noInspect", "--no-inspect")).env("CYGNET_NO_INSPECT");
        /// Open the app in the browser
        OPEN: bool = switch(("open", "--open")).short('o').env("SWA_CLI_OPEN_BROWSER");
    }
    "HTTPS" {
        /// Serve by https, with a certificate made here or that of --ssl-cert
        SSL: bool = switch(("ssl", "--ssl")).short('s').env("SWA_CLI_APP_SSL");
        /// Certificate in PEM form, with the chain after it
        SSL_CERT: String = text(("sslCert", "--ssl-cert"), "FILE").short('e').env("SWA_CLI_APP_SSL_CERT");
        /// Its private key in PEM form
        SSL_KEY: String = text(("sslKey", "--ssl-key"), "FILE").short('k').env("SWA_CLI_APP_SSL_KEY");
    }
    "Requests" {
        /// Enforce for local callers too what Azure enforces at its edge (IP ranges and required headers), and send API
        /// responses when they are complete
        STRICT: bool = switch(("strict", "--strict")).env("CYGNET_STRICT");
        /// Treat requests as coming from this address
        CLIENT_IP: IpAddr = address(("clientIp", "--client-ip")).env("CYGNET_CLIENT_IP");
        /// Show error pages as bare as Azure's, without the reasons
        PROD_ERRORS: bool = switch(("prodErrors", "--prod-errors")).env("CYGNET_PROD_ERRORS");
    }
    "Sign-in" {
        /// How identity providers sign in: `mock` by a page of the emulator, `real` at the provider itself, with the settings
        /// that `auth.identityProviders` names; `aad=real` for one provider. Can be repeated
        AUTH: Vec<AuthChoice> = auth(("auth", "--auth")).env("CYGNET_AUTH").default("");
    }
    "Reload" {
        /// Do not reload what is edited
        NO_WATCH: bool = switch(("noWatch", "--no-watch")).env("CYGNET_NO_WATCH").conflicts_with("poll");
        /// Do not reload open pages when content changes, and show no overlay in them
        NO_LIVE_RELOAD: bool = switch(("noLiveReload", "--no-live-reload")).env("CYGNET_NO_LIVE_RELOAD");
        /// Look for changes again and again, where the system does not report them (network drives, some containers)
        POLL: bool = switch(("poll", "--poll")).env("CYGNET_POLL");
    }
    "Settings" {
        /// Configuration file of the command line; relative paths start at its folder
        CONFIG: String = text(("config", "--config"), "FILE").short('c').not_in_file()
            .default_described("swa-cli.config.json");
        /// Configuration to take from it
        CONFIG_NAME: String = text(("configName", "--config-name"), "NAME").two_letters("-cn").not_in_file()
            .default_described("the first");
        /// Print all settings and where each comes from, then start
        PRINT_CONFIG: bool = switch(("printConfig", "--print-config")).short('g');
        /// Print JSON: an object when everything is ready, then one a request; with `exec`, one when the command has ended
        JSON: bool = switch(("json", "--json")).not_in_file();
        /// How much to say
        VERBOSE: Verbosity = word(("verbose", "--verbose"), "PREFIX").short('V').env("SWA_CLI_DEBUG").alone("info")
            .default_shown("log", "log; info when given alone");
    }
}

/// Keys of other commands of the official CLI: known, and ignored.
pub const KEYS_OF_OTHER_COMMANDS: &[&str] = &[
    "apiBuildCommand",
    "appBuildCommand",
    "appName",
    "auto",
    "build",
    "clearCredentials",
    "clientId",
    "clientSecret",
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
];
