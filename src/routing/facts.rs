//! What the decision needs to know of a request: plain data.

use std::net::IpAddr;

/// A request method as a bit, so that a rule's methods are one mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method(u16);

impl Method {
    /// `GET`
    pub const GET: Self = Self(1);
    /// `HEAD`
    pub const HEAD: Self = Self(1 << 1);
    /// `OPTIONS`
    pub const OPTIONS: Self = Self(1 << 7);
    /// Methods that a static path answers (RS-20).
    const STATIC: u16 = Self::GET.0 | Self::HEAD.0 | Self::OPTIONS.0;

    /// Reads a method name; names outside RT-2 share one bit that no rule can list.
    pub fn parse(name: &str) -> Self {
        Self(match name {
            "GET" => 1,
            "HEAD" => 1 << 1,
            "POST" => 1 << 2,
            "PUT" => 1 << 3,
            "DELETE" => 1 << 4,
            "PATCH" => 1 << 5,
            "CONNECT" => 1 << 6,
            "OPTIONS" => 1 << 7,
            "TRACE" => 1 << 8,
            _ => 1 << 15,
        })
    }

    /// Whether a static path answers this method (RS-20).
    pub fn is_static(self) -> bool {
        self.0 & Self::STATIC != 0
    }
}

/// A set of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodSet(u16);

impl MethodSet {
    /// Every method, known or not.
    pub const ALL: Self = Self(u16::MAX);

    /// The set of some methods.
    pub fn of(methods: impl IntoIterator<Item = Method>) -> Self {
        Self(methods.into_iter().fold(0, |mask, method| mask | method.0))
    }

    /// Whether the set holds a method.
    pub fn contains(self, method: Method) -> bool {
        self.0 & method.0 != 0
    }
}

/// Who calls: nobody known, or a signed-in user with these roles (`anonymous` and `authenticated` included).
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// Nobody is signed in.
    Anonymous,
    /// Roles of the signed-in user.
    SignedIn(&'a [String]),
}

impl Caller<'_> {
    /// RT-46, RT-47: no roles means no check, `anonymous` is everybody, roles are joined by "or".
    pub fn may(self, allowed: &[Box<str>]) -> bool {
        allowed.is_empty()
            || allowed.iter().any(|role| {
                &**role == "anonymous"
                    || match self {
                        Self::Anonymous => false,
                        Self::SignedIn(roles) => roles.iter().any(|mine| mine.as_str() == &**role),
                    }
            })
    }
}

/// Where a request comes from, for `networking` and `forwardingGateway`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The developer's own machine: not judged, or the rules would lock the developer out.
    Trusted,
    /// Judge as production judges a caller with this address.
    Address(IpAddr),
}

/// A request as the decision sees it.
pub struct RequestFacts<'a> {
    /// The method.
    pub method: Method,
    /// Decoded, normalised path ([`super::path::normalize`]).
    pub path: &'a str,
    /// Who calls.
    pub caller: Caller<'a>,
    /// Where from.
    pub origin: Origin,
    /// Values of the headers that [`super::Rules::required_headers`] names, in that order; `None` for each that is
    /// missing. May be empty when the origin is trusted.
    pub required_headers: &'a [Option<&'a str>],
    /// Whether the environment has a backend for `/api` (AP-40).
    pub has_api: bool,
    /// Whether something answers `/data-api` (AP-80).
    pub has_data_api: bool,
    /// Whether content answers every method, as a dev server may; files do not (RS-20).
    pub any_method: bool,
}

impl<'a> RequestFacts<'a> {
    /// What `GET` of a path, clean and decoded, is for an app of files with an API, called by its developer, who is not
    /// signed in.
    pub fn of_get(path: &'a str) -> Self {
        Self {
            method: Method::GET,
            path,
            caller: Caller::Anonymous,
            origin: Origin::Trusted,
            required_headers: &[],
            has_api: true,
            has_data_api: false,
            any_method: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Caller;

    #[test]
    fn rt_47_any_role_suffices_and_case_counts() {
        let roles = ["admin".to_owned(), "authenticated".to_owned()];
        let may = |caller: Caller<'_>, allowed: &[&str]| {
            let allowed: Vec<Box<str>> = allowed.iter().map(|&role| role.into()).collect();
            caller.may(&allowed)
        };
        let signed_in = Caller::SignedIn(&roles);
        assert!(may(signed_in, &["editor", "admin"]));
        assert!(!may(signed_in, &["Admin", "editor"]));
        assert!(may(signed_in, &[]) && may(Caller::Anonymous, &[]));
        assert!(may(Caller::Anonymous, &["anonymous"]) && !may(Caller::Anonymous, &["admin"]));
    }
}
