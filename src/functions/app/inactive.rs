//! Bindings of HTTP functions that do nothing: all but HTTP, Durable clients among them. Managed functions of Azure have none of
//! them either (AP-86), and apps that use one answer as if all were well.

use super::function::{Binding, Function};

/// What to do about them.
pub(crate) const HINT: &str = "use the library of the service, or a linked Functions app; `--api-host func` runs the bindings by the \
                               Core Tools";

/// The inactive bindings of an HTTP function in words, such as ``the output `queue` (queue)``; nothing of other functions.
pub(crate) fn bindings(function: &Function) -> Vec<String> {
    if function.http_trigger().is_err() {
        return Vec::new();
    }
    let inactive = function.bindings.iter().filter(|each| !is_http(each));
    inactive.map(described).collect()
}

/// What is said of a function that has such bindings.
pub(crate) fn sentence(function: &str, bindings: &[String]) -> String {
    format!(
        "{} of the function '{function}' {} nothing here, as in managed functions of Azure (AP-86)",
        bindings.join(" and "),
        if bindings.len() == 1 { "does" } else { "do" }
    )
}

/// Whether a binding is one that runs here.
pub(crate) fn is_http(binding: &Binding) -> bool {
    let is = |kind: &str| binding.kind.eq_ignore_ascii_case(kind);
    is("httpTrigger") || is("http")
}

fn described(binding: &Binding) -> String {
    let direction = match binding.direction.as_str() {
        "out" => "output",
        _ => "input",
    };
    format!("the {direction} `{}` ({})", binding.name, binding.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_http_is_named() {
        let binding = |name: &str, kind: &str, direction: &str| Binding {
            name: name.to_owned(),
            kind: kind.to_owned(),
            direction: direction.to_owned(),
            ..Binding::default()
        };
        let mut function = Function {
            bindings: vec![
                binding("req", "httpTrigger", "in"),
                binding("$return", "HTTP", "out"),
                binding("starter", "durableClient", "in"),
                binding("queue", "queue", "out"),
            ],
            ..Function::default()
        };
        let found = bindings(&function);
        assert_eq!(
            sentence("f", &found),
            "the input `starter` (durableClient) and the output `queue` (queue) of the function 'f' do nothing here, as in managed \
             functions of Azure (AP-86)"
        );
        function.bindings.remove(0);
        assert!(bindings(&function).is_empty());
    }
}
