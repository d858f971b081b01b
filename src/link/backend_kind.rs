//! What a backend is in Azure.

use std::fmt;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Serialize};

/// Which kind of backend answers `/api` (or `/data-api`); decides the identity headers (AP-20…AP-30) and how it is
/// linked (BK-6, B3-1). Only kinds that can be linked stand in the records of links. The comments are help of `--api-kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum BackendKind {
    /// Managed functions, run by someone else
    #[serde(skip)]
    Managed,
    /// A linked Azure Functions app
    #[default]
    Functions,
    /// A linked App Service
    AppService,
    /// A linked Container App
    ContainerApps,
    /// A linked API Management instance
    ApiManagement,
    /// Data API Builder behind `/data-api` (AP-80).
    #[serde(skip)]
    #[value(skip)]
    DataApi,
}

/// Below which the names of [`BackendKind::public_host`] are. Azure alone answers for these zones in the DNS, so no page of
/// another site can have such a name.
pub const PUBLIC_ZONES: [&str; 3] = [
    "azurewebsites.net",
    "azurecontainerapps.io",
    "azure-api.net",
];

impl BackendKind {
    /// The kinds that can be linked.
    const LINKABLE: [Self; 4] = [
        Self::Functions,
        Self::AppService,
        Self::ContainerApps,
        Self::ApiManagement,
    ];

    /// Whether an app can be linked to it (BK-1): it is a resource of its own.
    pub fn is_linkable(self) -> bool {
        Self::LINKABLE.contains(&self)
    }

    /// Reads one of the kinds that can be linked, for a flag.
    pub fn linkable_parser() -> impl TypedValueParser<Value = Self> {
        let names = Self::LINKABLE.iter().filter_map(Self::to_possible_value);
        PossibleValuesParser::new(names).try_map(|name| <Self as ValueEnum>::from_str(&name, false))
    }

    /// The host name under which Azure would publish a resource of this kind and name (AP-20).
    pub fn public_host(self, name: &str, region: Option<&str>) -> String {
        match self {
            Self::Managed | Self::Functions | Self::AppService => {
                format!("{name}.azurewebsites.net")
            }
            Self::ContainerApps => {
                let region = region.unwrap_or("westeurope");
                format!("{name}.cygnet.{region}.azurecontainerapps.io")
            }
            Self::ApiManagement => format!("{name}.azure-api.net"),
            // Not a resource: Azure runs it inside the app.
            Self::DataApi => name.to_owned(),
        }
    }

    /// What the portal calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Managed => "managed functions",
            Self::Functions => "Functions app",
            Self::AppService => "App Service app",
            Self::ContainerApps => "container app",
            Self::ApiManagement => "API Management instance",
            Self::DataApi => "Data API Builder",
        }
    }
}

/// As `--api-kind` and `--kind` take it.
impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Managed => "managed",
            Self::Functions => "functions",
            Self::AppService => "app-service",
            Self::ContainerApps => "container-apps",
            Self::ApiManagement => "api-management",
            Self::DataApi => "data-api",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_and_written_by_the_same_name() {
        for &kind in BackendKind::value_variants() {
            let name = kind.to_string();
            assert_eq!(BackendKind::from_str(&name, false), Ok(kind));
            let json = serde_json::to_string(&kind).ok();
            assert_eq!(json, kind.is_linkable().then(|| format!("\"{name}\"")));
        }
        assert!(serde_json::from_str::<BackendKind>("\"managed\"").is_err());
        assert!(BackendKind::from_str("data-api", false).is_err());
    }
}
