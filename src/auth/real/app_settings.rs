//! Where the values of `…SettingName` are found (CF-46).

use std::fmt;

/// The application settings of one environment, then the variables of this process, then those of `.env`.
#[derive(Clone, Default)]
pub struct AppSettings {
    environment: Vec<(String, String)>,
    dotenv: Vec<(String, String)>,
}

impl AppSettings {
    /// Settings of a deployed environment, and the variables of `.env` that the process does not have.
    pub fn new(environment: Vec<(String, String)>, dotenv: Vec<(String, String)>) -> Self {
        Self {
            environment,
            dotenv,
        }
    }

    /// The value of a setting; an empty one is none.
    pub fn get(&self, name: &str) -> Option<String> {
        let of = |pairs: &[(String, String)]| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        // A name with `=` or NUL is no variable's.
        let is_name = !name.is_empty() && !name.contains(['=', '\0']);
        of(&self.environment)
            .or_else(|| std::env::var(name).ok().filter(|_| is_name))
            .or_else(|| of(&self.dotenv))
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }
}

/// Names alone: the values are secret.
impl fmt::Debug for AppSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.environment.iter().chain(&self.dotenv);
        f.debug_set().entries(names.map(|(name, _)| name)).finish()
    }
}
