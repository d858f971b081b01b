//! What is declared of an option, once: [`Opt`] is the entry of one in the table of [`super::options`].

use std::net::IpAddr;
use std::ops::Deref;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use http::Uri;

use super::caller_range::CallerRange;
use super::parse;
use super::value::ValueSource;
use crate::auth::real::AuthChoice;
use crate::http::HostPattern;

/// The JSON type that a key of `swa-cli.config.json` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// `"text"`.
    Text,
    /// `4280`, or a string that holds a number.
    Number,
    /// `true` or `false`, or a string that holds one.
    Boolean,
    /// `["text", "text"]`, or a string that holds them with commas between. Its flag can be repeated.
    List,
}

/// The value that applies when no layer has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// There is none.
    None,
    /// This text, read as that of any other layer.
    Text(&'static str),
    /// The same, and how it is shown.
    Shown(&'static str, &'static str),
    /// It depends on something; this is how it is shown.
    Described(&'static str),
}

/// Where the option shows up in help, completions and the options page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everywhere.
    Shown,
    /// Not in `-h`.
    LongHelp,
    /// Nowhere: accepted because the official CLI has it, and without effect.
    Compat,
}

/// An option, whatever the type of its value.
#[derive(Debug)]
pub struct Descriptor {
    /// The key in `swa-cli.config.json`, and the name in `--print-config`.
    pub key: &'static str,
    /// Whether the key is read; those of other commands are known, and ignored.
    pub is_read_from_file: bool,
    /// The type of the key's value.
    pub json: JsonType,
    /// The long flag with its dashes, if there is one.
    pub flag: Option<&'static str>,
    /// The letter of the short flag.
    pub short: Option<char>,
    /// The flag of two letters that the official CLI has, such as `-is`.
    pub two_letters: Option<&'static str>,
    /// Another name of the long flag, without dashes.
    pub alias: Option<&'static str>,
    /// The environment variable, if there is one.
    pub env: Option<&'static str>,
    /// What the value is, in help.
    pub value_name: &'static str,
    /// The value of a flag that stands alone; `None`: it needs one.
    pub alone: Option<&'static str>,
    /// The value without any layer.
    pub default: DefaultValue,
    /// Whether the value may begin with a dash.
    pub allows_hyphen: bool,
    /// The key of an option that cannot be typed together with this one.
    pub conflicts_with: Option<&'static str>,
    /// Where it is shown.
    pub visibility: Visibility,
    /// The group in help.
    pub heading: &'static str,
    /// One sentence, without the default.
    pub help: &'static str,
    /// Whether a text is a value, else why not.
    pub check: fn(&str) -> Result<(), String>,
    /// The words that the value is one of, if it is.
    pub words: Option<fn() -> Vec<PossibleValue>>,
}

impl Descriptor {
    /// What the option is called where `source` is written, for messages: a flag on the command line, a variable in the
    /// environment, a key in the file.
    pub fn name_in(&self, source: &ValueSource) -> &'static str {
        match source {
            ValueSource::ConfigFile { .. } => self.key,
            ValueSource::Env(name) | ValueSource::DotEnv(name) => name,
            ValueSource::Flag(_)
            | ValueSource::Positional
            | ValueSource::Link(_)
            | ValueSource::Detected
            | ValueSource::Default => self.typed_name(),
        }
    }

    /// The long flag, or the key of an option that has none.
    pub fn typed_name(&self) -> &'static str {
        self.flag.unwrap_or(self.key)
    }

    /// The default as people read it; a switch is off without saying so.
    pub fn shown_default(&self) -> Option<&'static str> {
        match self.default {
            DefaultValue::None => None,
            DefaultValue::Text(_) if matches!(self.json, JsonType::Boolean | JsonType::List) => {
                None
            }
            DefaultValue::Text(text)
            | DefaultValue::Shown(_, text)
            | DefaultValue::Described(text) => Some(text),
        }
    }
}

/// Options are the same if they have the same key.
impl PartialEq for Descriptor {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Descriptor {}

/// An option with a value of type `T`.
#[derive(Debug)]
pub struct Opt<T> {
    /// Everything but the type.
    pub descriptor: Descriptor,
    /// Text → value, the same for every layer.
    pub parse: fn(&str) -> Result<T, String>,
}

impl<T> Opt<T> {
    /// The value without any layer, if there is one.
    pub fn default_value(&self) -> Option<T> {
        match self.default {
            DefaultValue::Text(text) | DefaultValue::Shown(text, _) => (self.parse)(text).ok(),
            DefaultValue::None | DefaultValue::Described(_) => None,
        }
    }
}

impl<T> Deref for Opt<T> {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.descriptor
    }
}

/// The types of value, each with its name in help, its JSON type and its parser.
const fn new<T>(
    (key, flag): (&'static str, &'static str),
    (value_name, json): (&'static str, JsonType),
    parse: fn(&str) -> Result<T, String>,
    check: fn(&str) -> Result<(), String>,
) -> Opt<T> {
    Opt {
        descriptor: Descriptor {
            key,
            is_read_from_file: true,
            json,
            flag: Some(flag),
            short: None,
            two_letters: None,
            alias: None,
            env: None,
            value_name,
            alone: None,
            default: DefaultValue::None,
            allows_hyphen: false,
            conflicts_with: None,
            visibility: Visibility::Shown,
            heading: "",
            help: "",
            check,
            words: None,
        },
        parse,
    }
}

type Names = (&'static str, &'static str);

/// Any text.
pub(super) const fn text(names: Names, value_name: &'static str) -> Opt<String> {
    new(names, (value_name, JsonType::Text), parse::text, |_| Ok(()))
}

/// A host name or an address to listen on.
pub(super) const fn host(names: Names) -> Opt<String> {
    let check = |text: &str| parse::host(text).map(drop);
    new(names, ("HOST", JsonType::Text), parse::host, check)
}

/// Names of hosts.
pub(super) const fn hosts(names: Names) -> Opt<Vec<HostPattern>> {
    let check = |text: &str| parse::hosts(text).map(drop);
    new(names, ("NAME", JsonType::List), parse::hosts, check)
}

/// Addresses and ranges.
pub(super) const fn callers(names: Names) -> Opt<Vec<CallerRange>> {
    let check = |text: &str| parse::callers(text).map(drop);
    new(names, ("ADDR", JsonType::List), parse::callers, check)
}

/// How providers sign in.
pub(super) const fn auth(names: Names) -> Opt<Vec<AuthChoice>> {
    let check = |text: &str| parse::auth(text).map(drop);
    new(names, ("MODE", JsonType::List), parse::auth, check)
}

/// A URL; an empty one takes that of a weaker layer away.
pub(super) const fn url(names: Names) -> Opt<Option<Uri>> {
    let check = |text: &str| parse::optional_url(text).map(drop);
    new(names, ("URL", JsonType::Text), parse::optional_url, check)
}

/// A port.
pub(super) const fn port(names: Names) -> Opt<u16> {
    let check = |text: &str| parse::port(text).map(drop);
    new(names, ("PORT", JsonType::Number), parse::port, check)
}

/// Whole seconds, 0 for no limit.
pub(super) const fn timeout(names: Names) -> Opt<Option<Duration>> {
    let check = |text: &str| parse::timeout(text).map(drop);
    new(names, ("SECONDS", JsonType::Number), parse::timeout, check)
}

/// An IP address.
pub(super) const fn address(names: Names) -> Opt<IpAddr> {
    let check = |text: &str| parse::address(text).map(drop);
    new(names, ("ADDR", JsonType::Text), parse::address, check)
}

/// A switch that is off; typed alone it is on.
pub(super) const fn switch(names: Names) -> Opt<bool> {
    let check = |text: &str| parse::boolean(text).map(drop);
    let option = new(names, ("BOOL", JsonType::Boolean), parse::boolean, check);
    option.alone("true").default("false")
}

/// One of the words of `T`.
pub(super) const fn word<T: ValueEnum>(names: Names, value_name: &'static str) -> Opt<T> {
    let check = |text: &str| parse::word::<T>(text).map(drop);
    let mut option = new(names, (value_name, JsonType::Text), parse::word::<T>, check);
    option.descriptor.words = Some(|| {
        let variants = T::value_variants().iter();
        variants.filter_map(T::to_possible_value).collect()
    });
    option
}

/// What a declaration may add, in any order.
macro_rules! additions {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*): $($field:ident = $value:expr),+;)*) => {
        impl<T> Opt<T> {
            $($(#[$doc])* pub(super) const fn $name(mut self, $($argument: $type),*) -> Self {
                $(self.descriptor.$field = $value;)+
                self
            })*
        }
    };
}

additions! {
    short(letter: char): short = Some(letter);
    two_letters(flag: &'static str): two_letters = Some(flag);
    alias(name: &'static str): alias = Some(name);
    env(name: &'static str): env = Some(name);
    alone(value: &'static str): alone = Some(value);
    default(text: &'static str): default = DefaultValue::Text(text);
    default_shown(text: &'static str, shown: &'static str): default = DefaultValue::Shown(text, shown);
    default_described(shown: &'static str): default = DefaultValue::Described(shown);
    allows_hyphen(): allows_hyphen = true;
    conflicts_with(key: &'static str): conflicts_with = Some(key);
    /// There is a key and a variable only.
    without_flag(): flag = None;
    /// The key means nothing in `swa-cli.config.json`.
    not_in_file(): is_read_from_file = false;
    visibility(visibility: Visibility): visibility = visibility;
    described(heading: &'static str, help: &'static str): heading = heading, help = help;
}
