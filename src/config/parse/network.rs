//! `networking` and `forwardingGateway` (NW, CF-26, CF-27).

use jsonc_parser::ast::Value;

use super::headers::headers;
use crate::config::model::{Config, IpRange};
use crate::config::reader::{Reader, get};
use crate::finding::{Finding, Spanned};

pub(super) fn networking(read: &mut Reader<'_>, value: &Value<'_>) -> Vec<Spanned<IpRange>> {
    let Some(object) = read.object("networking", value) else {
        return Vec::new();
    };
    read.known_keys("`networking`", object, &["allowedIpRanges"], &[]);
    let Some(value) = get(object, "allowedIpRanges") else {
        return Vec::new();
    };
    let texts = read.strings("networking.allowedIpRanges", value);
    texts
        .into_iter()
        .filter_map(|text| ip_range(read, text))
        .collect()
}

/// A block (`10.0.0.0/8`), a single address, or a service tag (letters, digits and dots, beginning with a letter).
fn ip_range(read: &mut Reader<'_>, text: Spanned<String>) -> Option<Spanned<IpRange>> {
    let trimmed = text.value.trim();
    if let Ok(net) = trimmed.parse::<ipnet::IpNet>() {
        if net.addr() != net.network() {
            let message = format!(
                "`{trimmed}` has bits set behind its prefix; it is read as `{}`",
                net.trunc()
            );
            read.out.push(Finding::warning("NW-1", text.span, message));
        }
        return Some(Spanned::new(IpRange::Block(net.trunc()), text.span));
    }
    if let Ok(address) = trimmed.parse::<std::net::IpAddr>() {
        return Some(Spanned::new(IpRange::Block(address.into()), text.span));
    }
    let tag = trimmed.starts_with(|first: char| first.is_ascii_alphabetic())
        && trimmed
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '.');
    if tag {
        return Some(Spanned::new(
            IpRange::ServiceTag(trimmed.to_string()),
            text.span,
        ));
    }
    let message = format!("`{trimmed}` is neither an address block nor a service tag");
    let found = Finding::error("NW-1", text.span, message);
    read.out.push(
        found.hint(
            "write a block such as `203.0.113.0/24` or a tag such as `AzureFrontDoor.Backend`",
        ),
    );
    None
}

/// Reads `forwardingGateway` (NW-3, NW-4) into the configuration.
pub(super) fn gateway(read: &mut Reader<'_>, value: &Value<'_>, config: &mut Config) {
    let Some(object) = read.object("forwardingGateway", value) else {
        return;
    };
    read.known_keys(
        "`forwardingGateway`",
        object,
        &["allowedForwardedHosts", "requiredHeaders"],
        &[],
    );
    if let Some(value) = get(object, "allowedForwardedHosts") {
        config.allowed_forwarded_hosts =
            read.strings("forwardingGateway.allowedForwardedHosts", value);
    }
    if let Some(value) = get(object, "requiredHeaders") {
        config.required_headers = headers(read, "forwardingGateway.requiredHeaders", value);
    }
}
