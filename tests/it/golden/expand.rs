//! Placeholders of the golden format: `{host}`, `@user(…)` and their kin.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::case::Exchange;
use super::wire::Response;

/// What the `{…}` placeholders stand for.
#[derive(Default)]
pub(crate) struct Vars {
    port: u16,
    api: Option<String>,
    etag: Option<String>,
    last_modified: Option<String>,
    cookie: Option<String>,
}

impl Vars {
    /// Before the first exchange only addresses are known.
    pub(crate) fn new(port: u16, api: Option<String>) -> Vars {
        Vars {
            port,
            api,
            ..Vars::default()
        }
    }

    /// Keeps the validators of the answer that just came, and its cookies if it sets any.
    pub(crate) fn remember(&mut self, response: &Response) {
        self.etag = response.header("etag").map(String::from);
        self.last_modified = response.header("last-modified").map(String::from);
        let set: Vec<&str> = response
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .map(|(_, value)| value.split(';').next().unwrap_or(value))
            .collect();
        if !set.is_empty() {
            self.cookie = Some(set.join("; "));
        }
    }

    fn expand(&self, text: &str) -> Result<String, String> {
        let port = self.port.to_string();
        let host = format!("localhost:{port}");
        let mut text = text.replace("{host}", &host).replace("{port}", &port);
        for (name, value) in [
            ("{api}", &self.api),
            ("{etag}", &self.etag),
            ("{last-modified}", &self.last_modified),
            ("{cookie}", &self.cookie),
        ] {
            if text.contains(name) {
                let value = value
                    .as_ref()
                    .ok_or(format!("    nothing known for {name}"))?;
                text = text.replace(name, value);
            }
        }
        for (name, build) in [
            ("@user(", user as fn(&str) -> String),
            ("@chunked(", chunked),
            ("@principal(", principal),
        ] {
            while let Some(start) = text.find(name) {
                let from = start + name.len();
                let end = from + text[from..].find(')').ok_or("    no `)`")?;
                text = format!(
                    "{}{}{}",
                    &text[..start],
                    build(&text[from..end]),
                    &text[end + 1..]
                );
            }
        }
        Ok(text)
    }
}

impl Exchange {
    /// The exchange with every placeholder replaced.
    pub(crate) fn expand(&self, vars: &Vars) -> Result<Exchange, String> {
        let mut exact = self.clone();
        exact.target = vars.expand(&self.target)?;
        for (_, value) in &mut exact.items {
            *value = vars.expand(value)?;
        }
        for check in &mut exact.checks {
            *check = vars.expand(check)?;
        }
        Ok(exact)
    }
}

struct Who<'a> {
    name: &'a str,
    provider: &'a str,
    roles: Vec<&'a str>,
    claims: bool,
}

fn who(arguments: &str) -> Who<'_> {
    let mut who = Who {
        name: "ada",
        provider: "github",
        roles: vec!["anonymous", "authenticated"],
        claims: false,
    };
    for argument in arguments.split_whitespace() {
        match argument.split_once('=') {
            Some(("name", name)) => who.name = name,
            Some(("provider", provider)) => who.provider = provider,
            Some(("roles", roles)) => who.roles.extend(roles.split(',')),
            Some(("only", roles)) => who.roles = roles.split(',').collect(),
            Some(("claims", _)) => who.claims = true,
            _ => panic!("`{argument}` in @user(…)"),
        }
    }
    who
}

fn encoded_cookie(arguments: &str) -> String {
    let who = who(arguments);
    let claims = if who.claims {
        json!([{ "typ": "name", "val": "Ada Lovelace" }])
    } else {
        json!([])
    };
    STANDARD.encode(
        json!({
            "identityProvider": who.provider,
            "userId": "id-of-".to_string() + who.name,
            "userDetails": who.name,
            "userRoles": who.roles,
            "claims": claims,
        })
        .to_string(),
    )
}

fn user(arguments: &str) -> String {
    format!("StaticWebAppsAuthCookie={}", encoded_cookie(arguments))
}

fn chunked(arguments: &str) -> String {
    let whole = encoded_cookie(arguments);
    let (first, second) = whole.split_at(whole.len() / 2);
    format!("StaticWebAppsAuthCookie_0={first}; StaticWebAppsAuthCookie_1={second}")
}

/// AU-47: the order of the fields is the one that was seen in production.
fn principal(arguments: &str) -> String {
    let who = who(arguments);
    STANDARD.encode(format!(
        r#"{{"identityProvider":"{}","userId":"id-of-{}","userDetails":"{}","userRoles":{}}}"#,
        who.provider,
        who.name,
        who.name,
        json!(who.roles)
    ))
}
