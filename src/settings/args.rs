//! The command line of `start`, exactly as typed, made from the table of [`super::options`].

use std::collections::HashMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::descriptor::{Descriptor, JsonType, Opt, Visibility};
use super::options;
use super::value::ValueSource;

/// What was typed after `cygnet` or `cygnet start`.
#[derive(Debug, Clone, Default, Args)]
pub struct StartArgs {
    /// A configuration of swa-cli.config.json, the folder to serve, or the URL of the app's dev server
    #[arg(value_name = "CONFIG-NAME | FOLDER | URL")]
    pub target: Option<String>,

    /// The options.
    #[command(flatten)]
    pub options: OptionArgs<StartOptions>,
}

impl StartArgs {
    /// What was typed as options of another verb.
    pub fn of(typed: TypedOptions) -> Self {
        Self {
            target: None,
            options: OptionArgs {
                typed,
                set: PhantomData,
            },
        }
    }

    /// What was typed as options.
    pub fn typed(&self) -> &TypedOptions {
        &self.options.typed
    }

    /// These arguments, and those of `earlier` where these have none: `cygnet -V silly start ./dist` is
    /// `cygnet start ./dist -V silly`.
    #[must_use]
    pub fn merge(self, earlier: Self) -> Self {
        let mut typed = earlier.options.typed;
        typed.extend(self.options.typed);
        Self {
            target: self.target.or(earlier.target),
            ..Self::of(typed)
        }
    }
}

/// All options of the table.
#[derive(Debug, Clone, Default)]
pub struct StartOptions;

impl OptionSet for StartOptions {
    fn options() -> &'static [&'static Descriptor] {
        options::ALL
    }
}

/// Options of the table that a verb takes.
pub trait OptionSet {
    /// The options, in the order of help.
    fn options() -> &'static [&'static Descriptor];

    /// The heading in help; `None`: that of all verbs.
    fn heading(option: &Descriptor) -> Option<&'static str> {
        Some(option.heading)
    }
}

/// The texts of the options that were typed.
#[derive(Debug, Clone, Default)]
pub struct TypedOptions {
    texts: HashMap<&'static str, String>,
    /// The option whose text was typed as the argument of another verb, without its flag.
    argument: Option<&'static str>,
}

impl TypedOptions {
    /// The text of an option.
    pub fn text(&self, option: &Descriptor) -> Option<&str> {
        self.texts.get(option.key).map(String::as_str)
    }

    /// The value of an option; clap has refused texts that are none.
    pub fn get<T>(&self, option: &Opt<T>) -> Option<T> {
        (option.parse)(self.text(option)?).ok()
    }

    /// As if it had been typed.
    pub fn set(&mut self, option: &Descriptor, text: String) {
        self.texts.insert(option.key, text);
    }

    /// The same; messages name the argument instead of the flag.
    pub fn set_by_argument(&mut self, option: &Descriptor, text: String) {
        self.set(option, text);
        self.argument = Some(option.key);
    }

    /// How an option is typed.
    pub fn source(&self, option: &Descriptor) -> Option<ValueSource> {
        match self.argument == Some(option.key) {
            true => Some(ValueSource::Positional),
            false => option.flag.map(ValueSource::Flag),
        }
    }

    fn extend(&mut self, later: Self) {
        self.texts.extend(later.texts);
        self.argument = later.argument.or(self.argument);
    }
}

/// The options of a set, for clap.
#[derive(Debug, Clone, Default)]
pub struct OptionArgs<S> {
    /// What was typed.
    pub typed: TypedOptions,
    set: PhantomData<S>,
}

impl<S: OptionSet> Args for OptionArgs<S> {
    fn augment_args(command: Command) -> Command {
        let options = S::options().iter();
        command.args(options.filter_map(|option| {
            let arg = arg(option)?.help_heading(S::heading(option));
            let other = option.conflicts_with.and_then(|key| {
                let other = S::options().iter().find(|option| option.key == key)?;
                other.flag
            });
            Some(match other {
                Some(other) => arg.conflicts_with(other),
                None => arg,
            })
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: OptionSet> FromArgMatches for OptionArgs<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed = TypedOptions::default();
        for option in S::options() {
            let Some(id) = option.flag else { continue };
            match matches.try_get_many::<String>(id) {
                Ok(Some(texts)) => {
                    let texts: Vec<&str> = texts.map(String::as_str).collect();
                    typed.set(option, texts.join(","));
                }
                Ok(None) => {}
                Err(error) => return Err(clap::Error::raw(ErrorKind::InvalidValue, error)),
            }
        }
        Ok(Self {
            typed,
            set: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let later = Self::from_arg_matches(matches)?;
        self.typed.extend(later.typed);
        Ok(())
    }
}

/// The argument of an option; `None` if it has no flag. Its id is the flag with its dashes, so that it is never that of a
/// global argument of another command, whose values clap hands up to this one.
fn arg(option: &'static Descriptor) -> Option<Arg> {
    let flag = option.flag?;
    let mut arg = Arg::new(flag)
        .long(flag.trim_start_matches('-'))
        .value_name(option.value_name)
        .action(match option.json {
            JsonType::List => ArgAction::Append,
            _ => ArgAction::Set,
        })
        .help(help(option))
        .hide(option.visibility == Visibility::Compat)
        .hide_short_help(option.visibility == Visibility::LongHelp)
        .allow_hyphen_values(option.allows_hyphen);
    if let Some(letter) = option.short {
        arg = arg.short(letter);
    }
    if let Some(alias) = option.alias {
        arg = arg.visible_alias(alias);
    }
    if let Some(value) = option.alone {
        arg = arg
            .num_args(0..=1)
            .default_missing_value(value)
            .require_equals(option.json == JsonType::Boolean);
    }
    Some(match option.words {
        Some(words) => arg
            .value_parser(PossibleValuesParser::new(words()))
            .ignore_case(true),
        None => arg.value_parser(|text: &str| (option.check)(text).map(|()| text.to_owned())),
    })
}

/// The sentence of the table, with the flag of two letters and the default.
fn help(option: &Descriptor) -> String {
    let mut help = option.help.trim().to_owned();
    if let Some(flag) = option.two_letters {
        help += &format!(" (also {flag})");
    }
    if let Some(default) = option.shown_default() {
        help += &format!(" [default: {default}]");
    }
    help
}
