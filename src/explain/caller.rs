//! The user that a name stands for, for whoever asks as somebody.

use crate::auth::ClientPrincipal;
use crate::auth::personas::Persona;
use crate::auth::principal::BUILT_IN_ROLES;
use crate::environment::Environment;
use crate::finding::nearest;
use crate::pipeline::AppState;

/// Nobody has that name, or whoever has it cannot sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownUser {
    /// What is wrong.
    pub message: String,
    /// The name that was probably meant.
    pub near: Option<String>,
}

/// The persona of that name, or else a user with the role of that name, so that nobody has to declare personas.
///
/// # Errors
/// There is none, or the app does not have its identity provider.
pub fn user(
    app: &AppState,
    environment: &Environment,
    name: &str,
) -> Result<ClientPrincipal, UnknownUser> {
    let picker = app.personas.picker(environment);
    let persona = match picker.find(name) {
        Ok(persona) => persona.clone(),
        Err(_) if picker.roles.iter().any(|role| role == name) || name == BUILT_IN_ROLES[1] => {
            Persona::of_role(name)
        }
        Err(message) => {
            let personas = picker.personas.iter().map(|persona| persona.name.as_str());
            let known = personas.chain(picker.roles.iter().map(String::as_str));
            let near = nearest(name, known).map(str::to_owned);
            return Err(UnknownUser { message, near });
        }
    };
    match persona.provider_in(&environment.providers) {
        Ok(provider) => Ok(persona.principal(provider)),
        Err(message) => Err(UnknownUser {
            message,
            near: None,
        }),
    }
}
