//! Options of the official CLI that configure what Cygnet does in another way: accepted, so that scripts and
//! configurations go on working, and answered by a sentence that says what holds instead.

use super::SettingsError;
use super::error::Named;
use super::layers::Layers;
use super::options;
use super::value::Setting;
use crate::finding::Finding;
use crate::functions::ApiHost;

/// Checks the values and says what becomes of them; `--func-args` counts with `--api-host func` only.
///
/// # Errors
/// Values that cannot be read.
pub fn func_args(
    layers: &Layers<'_>,
    host: ApiHost,
    notices: &mut Vec<Finding>,
) -> Result<Setting<String>, SettingsError> {
    let Some(func_args) = layers.words(&options::FUNC_ARGS)? else {
        return Ok(Setting::default(String::new()));
    };
    if host != ApiHost::Func {
        notices.push(Finding::remark(
            format!(
                "Arguments for `func` `{}` ({}) have no effect: the functions of a folder run without the Core Tools.",
                func_args.value, func_args.source
            ),
            "to use the Core Tools, give `--api-host func`",
        ));
    } else if shlex::split(&func_args.value).is_none() {
        return Err(SettingsError::InvalidValue {
            named: Named::new(&options::FUNC_ARGS, &func_args.source),
            value: func_args.value,
            problem: "a quote in it is not closed".to_owned(),
        });
    }
    Ok(func_args)
}
