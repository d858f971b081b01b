//! `responseOverrides` (RO, CF-22).

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;

use super::leading_slash::with_slash;
use crate::config::model::ResponseOverride;
use crate::config::reader::{Reader, get};
use crate::finding::{Finding, Span, Spanned};

pub(super) fn response_overrides(
    read: &mut Reader<'_>,
    value: &Value<'_>,
) -> Vec<ResponseOverride> {
    let Some(object) = read.object("responseOverrides", value) else {
        return Vec::new();
    };
    let mut overrides: Vec<ResponseOverride> = Vec::new();
    for property in &object.properties {
        let name = property.name.as_str();
        let place = format!("responseOverrides.{name}");
        let range = property.name.range();
        let at = Span {
            start: range.start,
            end: range.end,
        };
        let Some(fields) = read.object(&place, &property.value) else {
            continue;
        };
        read.known_keys(
            "an entry of `responseOverrides`",
            fields,
            &["rewrite", "redirect", "statusCode"],
            &[("exclude", "`exclude` belongs in `navigationFallback`")],
        );
        let rewrite = get(fields, "rewrite")
            .and_then(|value| read.string(&format!("{place}.rewrite"), value));
        let redirect = get(fields, "redirect")
            .and_then(|value| read.string(&format!("{place}.redirect"), value));
        let status_code = get(fields, "statusCode")
            .and_then(|value| read.status(&format!("{place}.statusCode"), value));
        let status = match name.parse::<u16>() {
            Ok(status @ (400 | 401 | 403 | 404)) => status,
            _ => {
                let message = format!(
                    "`responseOverrides.{name}` does nothing: only 400, 401, 403 and 404 can be overridden"
                );
                read.out.push(Finding::warning("RO-1", at, message));
                continue;
            }
        };
        overrides.retain(|known| known.status.value != status);
        overrides.push(ResponseOverride {
            status: Spanned::new(status, at),
            rewrite: rewrite.map(with_slash),
            redirect,
            status_code,
        });
    }
    overrides
}
