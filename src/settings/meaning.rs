//! From what is written to what it means. Everything that is wrong is reported at once, each with its line.

use std::collections::BTreeMap;
use std::path::Path;

use crate::adapters::prometheus::{PackName, Pods, is_label_name};
use crate::adapters::transport::{Address, Auth, ClusterSettings};
use crate::adapters::{flagd, prometheus};
use crate::domain::environment::{Environment, Place};
use crate::domain::flag::FlagSource;
use crate::domain::metrics::Endpoint;
use crate::domain::names::{
    ClusterName, FlagKey, NameError, Namespace, ObjectName, ReleaseName, ServiceName,
};
use crate::engine::policy::{Bands, Policy};
use crate::theme;

use super::locate::Map;
use super::nearest::nearest;
use super::written::{self, Written};
use super::{
    AuthSource, ClockSettings, EnvironmentSettings, FlagsSettings, Problem, PrometheusSettings,
    SecretSource, ServiceSettings, Settings, SettingsError, ThemeChoice,
};

/// How often flagd is asked what it evaluates: a disabled flag must show within seconds.
const EVALUATE_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

/// The key of a ConfigMap source that names none, as flagd's own examples have it.
const CONFIG_MAP_KEY: &str = "flags.json";

/// Reads a configuration file's text.
pub fn read(file: &Path, text: &str) -> Result<Settings, SettingsError> {
    let written: Written = toml::from_str(text)
        .map_err(|error| SettingsError::Wrong(vec![of_toml(file, text, &error)]))?;
    let mut reader = Reader {
        file,
        map: Map::of(text),
        problems: Vec::new(),
    };
    let settings = reader.settings(written);
    if reader.problems.is_empty() {
        Ok(settings)
    } else {
        Err(SettingsError::Wrong(reader.problems))
    }
}

/// What the TOML reader or serde refused, with the nearest right key where a key is not known.
fn of_toml(file: &Path, text: &str, error: &toml::de::Error) -> Problem {
    let map = Map::of(text);
    let message = error.message().to_owned();
    let span = error.span();
    let path = span
        .as_ref()
        .map(|span| map.path_at(span))
        .unwrap_or_default();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let mut what = message.lines().collect::<Vec<_>>().join(" ");
    let mut hint = None;
    if let Some((unknown, known)) = quoted.split_first()
        && (message.starts_with("unknown field") || message.starts_with("unknown variant"))
    {
        what = format!("there is no `{unknown}` here");
        let known_words = known.join(", ");
        hint = Some(match nearest(unknown, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? There are {known_words}"),
            None => format!("there are {known_words}"),
        });
    }
    Problem {
        file: file.to_owned(),
        line: span.map(|span| map.line(span.start)),
        key: path.join("."),
        what,
        hint,
    }
}

struct Reader<'a> {
    file: &'a Path,
    map: Map<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, path: &[&str], what: impl Into<String>, hint: Option<String>) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: self.map.line_of(path),
            key: path.join("."),
            what: what.into(),
            hint,
        });
    }

    /// The value, or a problem at the key.
    fn need<T, E: std::fmt::Display>(&mut self, path: &[&str], value: Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(path, error.to_string(), None);
                None
            }
        }
    }

    fn settings(&mut self, written: Written) -> Settings {
        if written.version != 1 {
            let what = format!("format {} is not known", written.version);
            self.wrong(
                &["version"],
                what,
                Some("this flightdeck reads version = 1".to_owned()),
            );
        }
        let clusters = self.clusters(&written);
        if let Some(home) = &written.home {
            self.cluster_named(&["home"], home, &written.clusters);
        }
        let home = written
            .home
            .as_deref()
            .and_then(|home| ClusterName::parse(home).ok());
        if written.services.is_empty() {
            let hint = Some("write [services.NAME.environments.canary] and .production".to_owned());
            self.wrong(&["services"], "no service is named", hint);
        }
        let mut general = Policy::default();
        self.policy(&["policy"], &written.policy, &mut general);
        let mut services = BTreeMap::new();
        for (name, service) in &written.services {
            let path = ["services", name.as_str()];
            if let Some(parsed) = self.need(&path, ServiceName::parse(name)) {
                let meant = self.service(&parsed, service, &general, &written.clusters);
                services.insert(parsed, meant);
            }
        }
        if let Some(clock) = &written.clock
            && !(clock.speed.is_finite() && clock.speed > 0.0)
        {
            self.wrong(&["clock", "speed"], "a speed is a number over 0", None);
        }
        Settings {
            home,
            clusters,
            services,
            read_only: written.read_only,
            theme: written.theme.as_deref().map(theme_choice),
            keymap: written.keymap.map(|path| beside(self.file, path)),
            clock: written.clock.map(|clock| ClockSettings {
                epoch: clock.epoch,
                speed: clock.speed,
                since: clock.since,
            }),
        }
    }

    fn clusters(&mut self, written: &Written) -> BTreeMap<ClusterName, ClusterSettings> {
        let mut clusters = BTreeMap::new();
        for (name, cluster) in &written.clusters {
            if let Some(parsed) = self.need(&["clusters", name], ClusterName::parse(name)) {
                let kubeconfig = cluster.kubeconfig.clone();
                let settings = ClusterSettings {
                    name: parsed.clone(),
                    kubeconfig: kubeconfig.map(|path| beside(self.file, path)),
                    context: cluster.context.clone(),
                };
                clusters.insert(parsed, settings);
            }
        }
        clusters
    }

    fn cluster_named(
        &mut self,
        path: &[&str],
        name: &str,
        clusters: &BTreeMap<String, written::Cluster>,
    ) -> Option<ClusterName> {
        if clusters.contains_key(name) {
            // A bad name was told where the cluster is written.
            return ClusterName::parse(name).ok();
        }
        let known = clusters.keys().map(String::as_str);
        let hint = match nearest(name, known.clone()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None if clusters.is_empty() => format!("write [clusters.{name}] with its context"),
            None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
        };
        self.wrong(path, format!("there is no cluster {name:?}"), Some(hint));
        None
    }

    fn service(
        &mut self,
        name: &ServiceName,
        written: &written::Service,
        general: &Policy,
        clusters: &BTreeMap<String, written::Cluster>,
    ) -> ServiceSettings {
        let base = ["services", name.as_str()];
        let mut policy = general.clone();
        self.policy(&[base[0], base[1], "policy"], &written.policy, &mut policy);
        for (key, flag) in &written.flags {
            let path = [base[0], base[1], "flags", key];
            if let Some(key) = self.need(&path, FlagKey::parse(key)) {
                let endpoints = flag.endpoints.iter().map(|e| self.endpoint(&path, e));
                policy.flags.insert(key, endpoints.collect());
            }
        }
        for needed in [Environment::Canary, Environment::Production] {
            if !written.environments.contains_key(&needed) {
                let hint = format!("write [services.{name}.environments.{needed}]");
                let what = format!("the {needed} environment is missing");
                self.wrong(&[base[0], base[1], "environments"], what, Some(hint));
            }
        }
        let mut environments = BTreeMap::new();
        for (environment, place) in &written.environments {
            let place_name = Place::new(name.clone(), *environment);
            if let Some(meant) = self.environment(&place_name, place, clusters) {
                environments.insert(*environment, meant);
            }
        }
        ServiceSettings {
            policy,
            environments,
        }
    }

    fn endpoint(&mut self, path: &[&str], text: &str) -> Endpoint {
        let is_right = text.split_once(' ').is_some_and(|(method, route)| {
            method.chars().all(|c| c.is_ascii_uppercase()) && route.starts_with('/')
        });
        if !is_right {
            let hint = Some("an endpoint is METHOD and route, such as \"POST /pay\"".to_owned());
            self.wrong(
                &[path, &["endpoints"]].concat(),
                format!("{text:?} is no endpoint"),
                hint,
            );
        }
        Endpoint::new(text)
    }

    fn environment(
        &mut self,
        place: &Place,
        written: &written::Place,
        clusters: &BTreeMap<String, written::Cluster>,
    ) -> Option<EnvironmentSettings> {
        let path = |key| {
            [
                "services",
                place.service.as_str(),
                "environments",
                place.environment.as_str(),
                key,
            ]
        };
        let cluster = self.cluster_named(&path("cluster"), &written.cluster, clusters);
        let namespace = self.need(&path("namespace"), Namespace::parse(&written.namespace));
        let release = self.need(&path("release"), ReleaseName::parse(&written.release));
        let (cluster, namespace, release) = (cluster?, namespace?, release?);
        let prometheus = written.prometheus.as_ref().and_then(|prometheus| {
            let new = |address| {
                prometheus::Settings::new(
                    place.clone(),
                    address,
                    namespace.clone(),
                    release.as_str(),
                )
            };
            self.prometheus(&path("prometheus"), prometheus, new)
        });
        let flags = written.flags.as_ref();
        let flags = flags.and_then(|flags| self.flags(&path("flags"), place, flags));
        Some(EnvironmentSettings {
            cluster,
            namespace,
            release,
            prometheus,
            flags,
        })
    }

    fn prometheus(
        &mut self,
        path: &[&str],
        written: &written::Prometheus,
        new: impl FnOnce(Address) -> prometheus::Settings,
    ) -> Option<PrometheusSettings> {
        let at = |key| [path, &[key]].concat();
        let address = self.need(&at("address"), written.address.parse::<Address>());
        let auth = self.auth(&at("auth"), written.auth.as_ref());
        for label in written
            .matchers
            .keys()
            .filter(|label| !is_label_name(label))
        {
            let what = format!("{label:?} is no label's name");
            self.wrong(
                &at("matchers"),
                what,
                Some("a-z, A-Z, 0-9 and _".to_owned()),
            );
        }
        let pack = match written.pack.as_deref() {
            None | Some("otel-http") => PackName::OtelHttp,
            Some("http-requests-total") => PackName::HttpRequestsTotal,
            Some(other) => {
                let known = ["otel-http", "http-requests-total"];
                let hint = nearest(other, known).map_or_else(
                    || "there are otel-http and http-requests-total".to_owned(),
                    |meant| format!("did you mean {meant:?}?"),
                );
                self.wrong(
                    &at("pack"),
                    format!("there is no pack {other:?}"),
                    Some(hint),
                );
                return None;
            }
        };
        let mut adapter = new(address?);
        adapter.pack = pack;
        adapter.matchers.clone_from(&written.matchers);
        adapter.scrape_seconds = written.scrape_seconds;
        if let Some(pods) = &written.pods {
            adapter.pods = Pods::Matching(pods.clone());
        }
        Some(PrometheusSettings { adapter, auth })
    }

    fn flags(
        &mut self,
        path: &[&str],
        place: &Place,
        written: &written::Flags,
    ) -> Option<FlagsSettings> {
        let at = |key| [path, &[key]].concat();
        let source = self.need(&at("source"), flag_source(&written.source));
        let auth = self.auth(&at("auth"), written.auth.as_ref());
        let texts = match &written.ofrep {
            None => &[][..],
            Some(written::OneOrMore::One(text)) => std::slice::from_ref(text),
            Some(written::OneOrMore::More(texts)) => texts,
        };
        let parsed = texts
            .iter()
            .map(|text| self.need(&at("ofrep"), text.parse::<Address>()));
        let mut addresses = Vec::new();
        for address in parsed.collect::<Vec<_>>() {
            addresses.push(address?);
        }
        let ofrep = (!addresses.is_empty()).then_some(flagd::OfrepSettings {
            addresses,
            auth: Auth::None,
            every: EVALUATE_EVERY,
        });
        let adapter = flagd::Settings {
            place: place.clone(),
            source: source?,
            ofrep,
        };
        Some(FlagsSettings { adapter, auth })
    }

    fn auth(&mut self, path: &[&str], written: Option<&written::Auth>) -> AuthSource {
        let Some(written) = written else {
            return AuthSource::None;
        };
        match (&written.bearer, &written.user, &written.password) {
            (Some(secret), None, None) => match self.secret(path, secret) {
                Some(source) => AuthSource::Bearer(source),
                None => AuthSource::None,
            },
            (None, Some(user), Some(secret)) => match self.secret(path, secret) {
                Some(password) => AuthSource::Basic {
                    user: user.clone(),
                    password,
                },
                None => AuthSource::None,
            },
            _ => {
                let hint = "write { bearer = SECRET } or { user = \"...\", password = SECRET }";
                self.wrong(path, "who asks is not clear", Some(hint.to_owned()));
                AuthSource::None
            }
        }
    }

    fn secret(&mut self, path: &[&str], written: &written::Secret) -> Option<SecretSource> {
        match (&written.file, &written.env, &written.exec) {
            (Some(file), None, None) => Some(SecretSource::File(beside(self.file, file.clone()))),
            (None, Some(name), None) => Some(SecretSource::Env(name.clone())),
            (None, None, Some(words)) if !words.is_empty() => {
                Some(SecretSource::Exec(words.clone()))
            }
            _ => {
                let hint =
                    "write one of { file = \"...\" }, { env = \"...\" }, { exec = [\"...\"] }";
                self.wrong(
                    path,
                    "where the secret is, is not clear",
                    Some(hint.to_owned()),
                );
                None
            }
        }
    }

    fn policy(&mut self, path: &[&str], written: &written::Policy, policy: &mut Policy) {
        let at = |key| [path, &[key]].concat();
        set(&mut policy.alpha, written.alpha);
        set(&mut policy.canary_soak_seconds, written.canary_soak_seconds);
        set(&mut policy.restarts_per_minute, written.restarts_per_minute);
        set(&mut policy.flag_share, written.flag_share);
        set(&mut policy.flag_minimum_errors, written.flag_minimum_errors);
        set(&mut policy.help_seconds, written.help_seconds);
        if !(policy.alpha > 0.0 && policy.alpha <= 0.1) {
            self.wrong(
                &at("alpha"),
                "a chance of a false breach is over 0 and at most 0.1",
                None,
            );
        }
        if !(policy.flag_share > 0.0 && policy.flag_share <= 1.0) {
            self.wrong(&at("flag_share"), "a share is over 0 and at most 1", None);
        }
        let bands = [
            ("errors", written.errors, &mut policy.errors),
            ("p95", written.p95, &mut policy.p95),
            ("cpu", written.cpu, &mut policy.cpu),
            ("memory", written.memory, &mut policy.memory),
        ];
        for (key, written, bands) in bands {
            let written = written.unwrap_or_default();
            set(&mut bands.target, written.target);
            set(&mut bands.trigger, written.trigger);
            set(&mut bands.critical, written.critical);
            let Bands {
                target,
                trigger,
                critical,
            } = *bands;
            if !(target > 0.0 && target <= trigger && trigger <= critical) {
                let what = format!(
                    "limits rise from target to critical, these are {target}, {trigger}, {critical}"
                );
                self.wrong(&at(key), what, None);
            }
        }
    }
}

fn set<T: Copy>(to: &mut T, from: Option<T>) {
    if let Some(value) = from {
        *to = value;
    }
}

fn theme_choice(text: &str) -> ThemeChoice {
    if theme::BUILTIN.iter().any(|(name, _)| *name == text) {
        ThemeChoice::Builtin(text.to_owned())
    } else {
        ThemeChoice::File(text.into())
    }
}

/// A path that a file names is beside that file.
fn beside(file: &Path, path: std::path::PathBuf) -> std::path::PathBuf {
    match file.parent() {
        Some(folder) if path.is_relative() => folder.join(path),
        Some(_) | None => path,
    }
}

fn flag_source(text: &str) -> Result<FlagSource, String> {
    let name = |e: NameError| e.to_string();
    let parts: Vec<&str> = text.splitn(4, '/').collect();
    match parts.as_slice() {
        ["featureflag", namespace, object] => Ok(FlagSource::FeatureFlag {
            namespace: Namespace::parse(namespace).map_err(name)?,
            name: ObjectName::parse(object).map_err(name)?,
        }),
        ["configmap", namespace, object, rest @ ..] => Ok(FlagSource::ConfigMap {
            namespace: Namespace::parse(namespace).map_err(name)?,
            name: ObjectName::parse(object).map_err(name)?,
            key: (*rest.first().unwrap_or(&CONFIG_MAP_KEY)).to_owned(),
        }),
        _ => Err(format!(
            "{text:?} is no source of flags; write featureflag/NAMESPACE/NAME or configmap/NAMESPACE/NAME/KEY"
        )),
    }
}
