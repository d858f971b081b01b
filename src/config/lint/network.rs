//! Addresses and hosts that never match, and gates that stand open (NW).

use super::super::model::IpRange;
use super::context::Lint;

pub(super) fn check(lint: &mut Lint<'_>) {
    let config = lint.config;
    for range in &config.allowed_ip_ranges {
        let IpRange::Block(block) = &range.value else {
            continue;
        };
        if block.prefix_len() == 0 {
            let message = format!("`{block}` allows every address, so the list has no effect");
            lint.warn("NW-1", range.span, message, "remove it");
        } else if matches!(block, ipnet::IpNet::V6(_)) {
            let message = format!(
                "`{block}` is an IPv6 block; Azure documents IPv4 blocks and service tags only"
            );
            lint.warn(
                "NW-1",
                range.span,
                message,
                "add the IPv4 addresses of the callers",
            );
        } else if is_private(block) {
            let message = format!(
                "`{block}` is a private network: Azure sees public addresses, so it never matches"
            );
            let hint = "write the public address that the network has outside";
            lint.warn("NW-1", range.span, message, hint);
        }
    }
    front_door(lint);
    for host in &config.allowed_forwarded_hosts {
        if host.value.contains("://") || host.value.contains('/') {
            let message = format!("`{}` is not a host name and never matches", host.value);
            let hint = "write the name alone, without scheme and path";
            lint.warn("NW-4", host.span, message, hint);
        }
    }
    if let Some(first) = config.allowed_forwarded_hosts.first()
        && config.required_headers.is_empty()
        && config.allowed_ip_ranges.is_empty()
    {
        let message = "`X-Forwarded-Host` is trusted from anyone: nothing makes callers come through the gateway".to_string();
        let hint = "add `requiredHeaders` with `X-Azure-FDID`, or `networking.allowedIpRanges` with `AzureFrontDoor.Backend`";
        lint.warn("NW-5", first.span, message, hint);
    }
}

/// NW-5: the tag names the addresses of all Front Doors; only the header tells one from another.
fn front_door(lint: &mut Lint<'_>) {
    let required = &lint.config.required_headers;
    let is_id = |name: &str| name.eq_ignore_ascii_case("x-azure-fdid");
    if required.iter().any(|header| is_id(&header.name.value)) {
        return;
    }
    for range in &lint.config.allowed_ip_ranges {
        if let IpRange::ServiceTag(tag) = &range.value
            && tag.to_ascii_lowercase().starts_with("azurefrontdoor")
        {
            let message = format!("`{tag}` lets in every Front Door, also those of others");
            let hint = "add `forwardingGateway.requiredHeaders` with `X-Azure-FDID` and the id of your Front Door";
            lint.warn("NW-5", range.span, message, hint);
        }
    }
}

fn is_private(block: &ipnet::IpNet) -> bool {
    let ipnet::IpNet::V4(block) = block else {
        return false;
    };
    let (first, last) = (block.network(), block.broadcast());
    [first, last]
        .iter()
        .all(|address| address.is_private() || address.is_loopback() || address.is_link_local())
}

#[cfg(test)]
mod tests {
    use super::super::test_support::found;

    #[test]
    fn nw_1_ranges() {
        let range = |text: &str| {
            found(&format!(
                r#"{{"networking": {{"allowedIpRanges": ["{text}"]}}}}"#
            ))
        };
        for odd in ["192.168.100.0/22", "10.0.0.1", "0.0.0.0/0", "2001:db8::/32"] {
            assert_eq!(range(odd), [format!("NW-1 {odd}")]);
        }
        assert_eq!(range("203.0.113.0/24"), [""; 0]);
        assert_eq!(range("ApiManagement"), [""; 0]);
    }

    #[test]
    fn nw_5_front_door_without_its_id() {
        let tag = r#""networking": {"allowedIpRanges": ["AzureFrontDoor.Backend"]}"#;
        assert_eq!(
            found(&format!("{{{tag}}}")),
            ["NW-5 AzureFrontDoor.Backend"]
        );
        let id = r#""forwardingGateway": {"requiredHeaders": {"x-azure-fdid": "1"}}"#;
        assert_eq!(found(&format!("{{{tag}, {id}}}")), [""; 0]);
    }

    #[test]
    fn nw_4_5_forwarded_hosts() {
        let gateway = |hosts: &str, rest: &str| {
            found(&format!(
                r#"{{"forwardingGateway": {{"allowedForwardedHosts": ["{hosts}"]{rest}}}}}"#
            ))
        };
        let required = r#", "requiredHeaders": {"X-Azure-FDID": "1"}"#;
        assert_eq!(gateway("x.example", required), [""; 0]);
        assert_eq!(gateway("x.example", ""), ["NW-5 x.example"]);
        assert_eq!(
            gateway("https://x.example", required),
            ["NW-4 https://x.example"]
        );
    }
}
