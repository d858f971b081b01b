//! Invited users at their sign-in: who they are, and which roles they have on a host (AU-60…AU-63).

use super::store::{Session, StorePaths};
use super::users::{self, Invitation, UserError};
use crate::store::{StoreError, now};

/// The cookie that carries an invitation from its link to the sign-in; its value is the query of the link.
pub const COOKIE: &str = "StaticWebAppsInvitation";

/// Where invitations and users of an app are, and the host that asks.
#[derive(Debug, Clone)]
pub struct Invitations {
    paths: StorePaths,
    domain: String,
}

/// What an invitation did to a sign-in.
#[derive(Debug)]
pub enum InvitationOutcome {
    /// Its user has its roles now.
    Accepted,
    /// Somebody else signed in.
    NotTheirs(String),
    /// It is not valid.
    Refused(&'static str),
    /// AU-62.
    TooMany,
    /// It could not be written down.
    Failed(StoreError),
}

impl Invitations {
    /// The invitations of an app on one of its hosts, such as `shop-17.localhost`.
    pub fn new(paths: StorePaths, domain: String) -> Self {
        Self { paths, domain }
    }

    /// Judges the query of a link (AU-8).
    ///
    /// # Errors
    /// Why it is not accepted, for its reader.
    pub fn read(&self, query: &str) -> Result<Invitation, &'static str> {
        let state = self.paths.peek().ok().flatten();
        let state = state.ok_or("This app has no invitations.")?;
        Invitation::read(&state, query, &self.domain, now())
    }

    /// Takes a pending invitation to the sign-in of a user. Blocks for as long as another process changes the store.
    pub fn accept(&self, query: &str, provider: &str, user_details: &str) -> InvitationOutcome {
        let invitation = match self.read(query) {
            Ok(invitation) => invitation,
            Err(why) => return InvitationOutcome::Refused(why),
        };
        if !invitation.is_for(provider, user_details) {
            return InvitationOutcome::NotTheirs(invitation.user_details);
        }
        let accepted = Session::open(&self.paths, || {}).and_then(|session| {
            let Some(mut state) = session.state()? else {
                return Ok(Ok(()));
            };
            match users::accept(&mut state, &invitation, now()) {
                Ok(()) => session.save(&state).map(Ok),
                Err(refused) => Ok(Err(refused)),
            }
        });
        match accepted {
            Ok(Ok(())) => InvitationOutcome::Accepted,
            Ok(Err(UserError::TooMany)) => InvitationOutcome::TooMany,
            Ok(Err(_)) => InvitationOutcome::Refused("This invitation cannot be accepted."),
            Err(error) => InvitationOutcome::Failed(error),
        }
    }

    /// The roles that a user was invited to here.
    pub fn roles(&self, provider: &str, user_details: &str) -> Vec<String> {
        let state = self.paths.peek().ok().flatten();
        state.map_or_else(Vec::new, |state| {
            users::roles_of(&state.users, provider, user_details, &self.domain).to_vec()
        })
    }
}
