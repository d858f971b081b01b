//! `cygnet users`: roles by invitation (AU-60…AU-63).

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{ProjectArgs, refusal};
use crate::cli::exit::ExitCode;
use crate::cli::report::Failure;
use crate::cli::running::serving::ServePortArgs;
use crate::deployment::environments::ActError;
use crate::deployment::model::User;
use crate::deployment::users::{self as rules, Invitation, MOST_HOURS, MOST_USERS, UserError};
use crate::settings;
use crate::store::now;
use crate::store::timestamp::rfc3339;

/// What was typed after `cygnet users`.
#[derive(Debug, Clone, Args)]
pub struct UsersArgs {
    #[command(subcommand)]
    command: UsersCommand,

    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum UsersCommand {
    /// Make a link that gives roles to the one who opens it and signs in
    Invite {
        /// Identity provider that the user must sign in with
        #[arg(long, default_value = "github", value_name = "PROVIDER")]
        authentication_provider: String,
        /// Name or address of the user there
        #[arg(long, value_name = "NAME")]
        user_details: String,
        /// Roles, separated by commas
        #[arg(long, visible_alias = "role", value_name = "ROLES")]
        roles: String,
        /// Hours until the link expires, 168 at most
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        invitation_expiration_in_hours: u64,
        /// The environment whose host it is for
        #[arg(long, value_name = "ID", default_value = "production")]
        environment: String,
        #[command(flatten)]
        serve: ServePortArgs,
    },
    /// The users who accepted an invitation
    List,
    /// Change the roles of a user; it shows at the next sign-in
    Update {
        /// Identity provider of the user
        #[arg(long, default_value = "github", value_name = "PROVIDER")]
        authentication_provider: String,
        /// Name or address of the user there
        #[arg(long, value_name = "NAME")]
        user_details: String,
        /// Roles, separated by commas; empty takes all away
        #[arg(long, visible_alias = "role", value_name = "ROLES")]
        roles: String,
    },
}

/// Does it and says what came of it.
pub fn run(args: &UsersArgs, _earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let project = &args.project;
    let refuse = |error: UserError| refusal(rule(&error), &error);
    match &args.command {
        UsersCommand::Invite {
            authentication_provider,
            user_details,
            roles,
            invitation_expiration_in_hours: hours,
            environment,
            serve,
        } => {
            let state = project.look()?;
            let found = state
                .find(environment)
                .ok_or_else(|| ActError::Unknown(environment.clone()))?;
            if !(1..=MOST_HOURS).contains(hours) {
                return Err(refuse(UserError::Hours(*hours)));
            }
            let roles = rules::roles(roles).map_err(refuse)?;
            if state.users.len() >= MOST_USERS {
                return Err(refuse(UserError::TooMany));
            }
            let invitation = Invitation {
                provider: authentication_provider.to_lowercase(),
                user_details: user_details.clone(),
                roles,
                domain: format!("{}.localhost", state.host_label(&found.id)),
                expires_at: now() + hours * 3600,
            };
            let at = serve.find(&project.base()?).at;
            let link = invitation.link(&state, &state.url(&found.id, at));
            let value = json!({
                "invitationUrl": link,
                "expiresOn": rfc3339(invitation.expires_at),
                "roles": invitation.roles,
                "domain": invitation.domain,
            });
            project.say(&format!("{link}\n"), value);
        }
        UsersCommand::List => {
            let state = project.look()?;
            let text = match state.users.is_empty() {
                true => "nobody has accepted an invitation yet: cygnet users invite\n".to_owned(),
                false => state.users.iter().map(line).collect(),
            };
            let value: Value = state.users.iter().map(shown).collect();
            project.say(&text, json!({ "users": value }));
        }
        UsersCommand::Update {
            authentication_provider,
            user_details,
            roles,
        } => {
            let roles = match roles.trim().is_empty() {
                true => Vec::new(),
                false => rules::roles(roles).map_err(refuse)?,
            };
            let (session, mut state) = project.change()?;
            rules::update(&mut state, authentication_provider, user_details, &roles)
                .map_err(refuse)?;
            session.save(&state)?;
            let text = match roles.is_empty() {
                true => format!("{user_details} has no invited roles at the next sign-in\n"),
                false => format!(
                    "{user_details} has {} at the next sign-in (AU-57)\n",
                    roles.join(", ")
                ),
            };
            project.say(
                &text,
                json!({ "userDetails": user_details, "roles": roles }),
            );
        }
    }
    Ok(ExitCode::Stopped)
}

fn shown(user: &User) -> Value {
    json!({
        "provider": user.provider,
        "userDetails": user.user_details,
        "roles": user.roles,
        "domain": user.domain,
        "since": rfc3339(user.since),
    })
}

fn line(user: &User) -> String {
    format!(
        "{:<12} {:<30} {:<24} {}\n",
        user.provider,
        user.user_details,
        user.roles.join(","),
        user.domain
    )
}

fn rule(error: &UserError) -> &'static str {
    match error {
        UserError::Hours(_) | UserError::Domain(_) => "AU-61",
        UserError::BuiltIn(_) | UserError::Role(_) | UserError::NoRole => "AU-60",
        UserError::TooMany => "AU-62",
        UserError::Unknown { .. } => "AU-60",
    }
}
