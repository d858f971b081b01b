//! Text → value, the same for flags, variables and the configuration file.
//!
//! Each function's error is the problem alone, such as `it is not a number`; whoever calls adds the option, the
//! value and the place.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use http::Uri;

use super::caller_range::CallerRange;
use crate::auth::real::AuthChoice;
use crate::http::HostPattern;

/// A port: 0 (the system picks) to 65535. The official CLI refuses those below 1024; binding one is the system's
/// decision, not ours.
pub fn port(text: &str) -> Result<u16, String> {
    match text.trim().parse::<i64>() {
        Ok(number) => u16::try_from(number)
            .map_err(|_| "it is out of range, valid ports are from 0 to 65535".to_owned()),
        Err(_) => Err("it is not a number".to_owned()),
    }
}

/// The booleans of the official CLI: `true`, `1`, `false`, `0`, `null`, `undefined`; in any case of letters.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" | "null" | "undefined" => Ok(false),
        _ => Err("it is neither `true` (or `1`) nor `false` (or `0`)".to_owned()),
    }
}

/// A number of whole seconds; 0 means no limit.
pub fn timeout(text: &str) -> Result<Option<Duration>, String> {
    match text.trim().parse::<u32>() {
        Ok(0) => Ok(None),
        Ok(seconds) => Ok(Some(Duration::from_secs(u64::from(seconds)))),
        Err(_) => Err("it is not a number of whole seconds".to_owned()),
    }
}

/// An IPv4 or IPv6 address.
pub fn address(text: &str) -> Result<IpAddr, String> {
    text.trim()
        .parse()
        .map_err(|_| "it is not an IPv4 or IPv6 address".to_owned())
}

/// A host name or an address to listen on.
pub fn host(text: &str) -> Result<String, String> {
    let host = text.trim();
    if host.is_empty() {
        return Err("it is empty".to_owned());
    }
    if host.contains("://") || host.contains('/') || host.contains(char::is_whitespace) {
        return Err("it is not a host name or an address".to_owned());
    }
    Ok(host.to_owned())
}

/// Names of hosts with commas between; none in an empty text.
pub fn hosts(text: &str) -> Result<Vec<HostPattern>, String> {
    list(text)
}

fn list<T: FromStr<Err = String>>(text: &str) -> Result<Vec<T>, String> {
    let names = text.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| {
            name.parse()
                .map_err(|problem| format!("`{name}`: {problem}"))
        })
        .collect()
}

/// Addresses and ranges from which something may be asked, between commas.
pub fn callers(text: &str) -> Result<Vec<CallerRange>, String> {
    list(text)
}

/// How providers sign in, between commas.
pub fn auth(text: &str) -> Result<Vec<AuthChoice>, String> {
    list(text)
}

/// Any text, as it is.
pub fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// One of the words of `T`, in any case of letters.
pub fn word<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text.trim(), true).map_err(|_| {
        let words: Vec<String> = T::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        format!("it is not one of {}", words.join(", "))
    })
}

/// Whether the text means a URL rather than a folder, as the official CLI decides it.
pub fn is_url(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    text.starts_with("http://") || text.starts_with("https://")
}

/// An `http` or `https` URL with a host.
pub fn url(text: &str) -> Result<Uri, String> {
    let text = text.trim();
    if !is_url(text) {
        return Err(match text.contains("://") {
            true => "only http:// and https:// URLs can be called".to_owned(),
            false => format!("it is not a URL; did you mean `http://{text}`?"),
        });
    }
    match text.parse::<Uri>() {
        Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri),
        Ok(_) => Err("it is a URL without a host".to_owned()),
        Err(problem) => Err(format!("it is not a URL ({problem})")),
    }
}

/// As [`url`]; an empty text is how a stronger layer takes a weaker one's away.
pub fn optional_url(text: &str) -> Result<Option<Uri>, String> {
    match text.trim() {
        "" => Ok(None),
        text => url(text).map(Some),
    }
}
