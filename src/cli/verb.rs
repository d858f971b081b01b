//! The arguments of a verb, which clap builds only when that verb is typed or its help is asked for: building those of all
//! verbs takes a fifth of the time until the first answer.

use std::ops::Deref;

use clap::builder::Resettable;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The arguments `T` of one verb, for clap's derive.
#[derive(Debug)]
pub(super) struct Verb<T>(Box<T>);

impl<T> Verb<T> {
    /// The arguments as they were typed.
    pub(super) fn into_inner(self) -> T {
        *self.0
    }
}

impl<T> Deref for Verb<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Adds arguments. The description stays that of the variant in the list of verbs: `T` would replace it with its own.
fn with_arguments(verb: Command, augment: fn(Command) -> Command) -> Command {
    let about = Resettable::from(verb.get_about().cloned());
    let long_about = Resettable::from(verb.get_long_about().cloned());
    augment(verb).about(about).long_about(long_about)
}

impl<T: Args> Args for Verb<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|verb| with_arguments(verb, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|verb| with_arguments(verb, T::augment_args_for_update))
    }
}

impl<T: FromArgMatches> FromArgMatches for Verb<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(|args| Self(Box::new(args)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}
