//! What was written in a configuration file, and what it means: typed, whole and checked, before anything is started.
//! Every refusal names the file, the line and the key, and says what would be right.

mod discovery;
mod fault;
mod locate;
mod look;
mod meaning;
mod nearest;
mod problem;
mod secret;
mod shown;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::adapters::transport::ClusterSettings;
use crate::adapters::{flagd, prometheus};
use crate::domain::environment::{Environment, Place};
use crate::domain::names::{ClusterName, Namespace, ReleaseName, ServiceName};
use crate::engine::policy::Policy;

pub use discovery::{Candidates, Loaded, load};
pub use fault::Fault;
pub use look::check as check_look;
pub use meaning::{one_server, read};
pub(crate) use nearest::nearest;
pub use problem::{Problem, SettingsError};
pub use secret::{
    AuthSource, LoginSource, SecretError, SecretSource, TlsSource, of_certificate, of_file,
    of_text, of_variable,
};
pub use shown::shown;
pub use written::schema;

/// What a configuration means.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The cluster that holds what the whole team shares; none where only looking and flags are wanted.
    pub home: Option<ClusterName>,
    /// The clusters by name.
    pub clusters: BTreeMap<ClusterName, ClusterSettings>,
    /// The services by name; at least one.
    pub services: BTreeMap<ServiceName, ServiceSettings>,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// A theme that ships, or a file; none for the usual one.
    pub theme: Option<ThemeChoice>,
    /// A keymap that ships, or a file; none for the usual one.
    pub keymap: Option<KeymapChoice>,
    /// The time; none for the system's.
    pub clock: Option<ClockSettings>,
}

/// Which theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThemeChoice {
    /// One that ships.
    Builtin(String),
    /// A theme file.
    File(PathBuf),
}

/// Which keymap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeymapChoice {
    /// One that ships.
    Builtin(String),
    /// A keymap file.
    File(PathBuf),
}

/// A clock that runs beside the system's, as a simulated world's does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockSettings {
    /// The time that it showed at [`since`](Self::since).
    pub epoch: Timestamp,
    /// Its seconds in each real one.
    pub speed: f64,
    /// The real time at which it showed the epoch.
    pub since: Timestamp,
}

/// One service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSettings {
    /// The numbers it is judged by.
    pub policy: Policy,
    /// Its environments; at least canary and production.
    pub environments: BTreeMap<Environment, EnvironmentSettings>,
}

/// One environment of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentSettings {
    /// The cluster.
    pub cluster: ClusterName,
    /// The namespace.
    pub namespace: Namespace,
    /// The Helm release.
    pub release: ReleaseName,
    /// Its metrics; none where there are none.
    pub prometheus: Option<PrometheusSettings>,
    /// Its flags; none where there are none.
    pub flags: Option<FlagsSettings>,
}

/// The metrics of an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct PrometheusSettings {
    /// The adapter's settings, without who asks.
    pub adapter: prometheus::Settings,
    /// Who asks.
    pub login: LoginSource,
}

/// The flags of an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagsSettings {
    /// The adapter's settings, without who asks.
    pub adapter: flagd::Settings,
    /// Who asks flagd.
    pub login: LoginSource,
}

impl Settings {
    /// Every environment of every service, in a fixed order.
    pub fn places(&self) -> impl Iterator<Item = (Place, &EnvironmentSettings)> {
        self.services.iter().flat_map(|(service, settings)| {
            let of = |(environment, found): (&Environment, _)| {
                (Place::new(service.clone(), *environment), found)
            };
            settings.environments.iter().map(of)
        })
    }

    /// One environment of a service.
    pub fn place(&self, place: &Place) -> Option<&EnvironmentSettings> {
        let service = self.services.get(&place.service)?;
        service.environments.get(&place.environment)
    }
}

#[cfg(test)]
mod tests;
