//! What counts, written back as a configuration file with every number named. Secrets stay where they are: only their
//! places are written.

use crate::adapters::prometheus::{self as metrics, Pods};
use crate::domain::flag::FlagSource;
use crate::engine::policy;

use super::written::{
    Auth, Bands, Business, Clock, Cluster, Drop, Flag, Flags, OneOrMore, Place, Policy, Prometheus,
    Secret, Service, Signal, Written,
};
use super::{
    AuthSource, EnvironmentSettings, FlagsSettings, KeymapChoice, LoginSource, PrometheusSettings,
    SecretSource, ServiceSettings, Settings, ThemeChoice,
};

/// The settings as the text of a configuration file that means the same.
pub fn shown(settings: &Settings) -> Result<String, toml::ser::Error> {
    let clusters = settings.clusters.iter().map(|(name, cluster)| {
        let written = Cluster {
            context: cluster.context.clone(),
            kubeconfig: cluster.kubeconfig.clone(),
        };
        (name.as_str().to_owned(), written)
    });
    let services = settings.services.iter();
    let services = services.map(|(name, found)| (name.as_str().to_owned(), service(found)));
    toml::to_string_pretty(&Written {
        version: 1,
        home: settings.home.as_ref().map(|home| home.as_str().to_owned()),
        read_only: settings.read_only,
        theme: settings.theme.as_ref().map(|theme| match theme {
            ThemeChoice::Builtin(name) => name.clone(),
            ThemeChoice::File(path) => path.display().to_string(),
        }),
        keymap: settings.keymap.as_ref().map(|keymap| match keymap {
            KeymapChoice::Builtin(name) => name.clone(),
            KeymapChoice::File(path) => path.display().to_string(),
        }),
        clock: settings.clock.map(|clock| Clock {
            epoch: clock.epoch,
            speed: clock.speed,
            since: clock.since,
        }),
        policy: Policy::default(),
        clusters: clusters.collect(),
        services: services.collect(),
    })
}

fn service(settings: &ServiceSettings) -> Service {
    let flags = settings.policy.flags.iter().map(|(key, endpoints)| {
        let endpoints = endpoints.iter().map(|e| e.0.raw().to_owned()).collect();
        (key.as_str().to_owned(), Flag { endpoints })
    });
    let environments = settings.environments.iter();
    // A query is the same in each environment that has metrics.
    let mut queries = environments
        .clone()
        .filter_map(|(_, e)| e.prometheus.as_ref());
    let queries = queries.next().map(|found| &found.adapter.business);
    let business = settings.policy.business.iter().map(|(name, better)| {
        let written = Business {
            query: queries.and_then(|queries| queries.get(name)).cloned(),
            better: Some(better.as_str().to_owned()),
        };
        (name.as_str().to_owned(), written)
    });
    Service {
        business: business.collect(),
        environments: environments.map(|(name, e)| (*name, place(e))).collect(),
        flags: flags.collect(),
        policy: policy(&settings.policy),
    }
}

fn policy(policy: &policy::Policy) -> Policy {
    let bands = |bands: policy::Bands| {
        Some(Bands {
            target: Some(bands.target),
            trigger: Some(bands.trigger),
            critical: Some(bands.critical),
        })
    };
    Policy {
        alpha: Some(policy.alpha),
        canary_soak_seconds: Some(policy.canary_soak_seconds),
        production_soak_seconds: Some(policy.production_soak_seconds),
        errors: bands(policy.errors),
        p95: bands(policy.p95),
        cpu: bands(policy.cpu),
        memory: bands(policy.memory),
        throttled: bands(policy.throttled),
        pool_used: bands(policy.pool_used),
        pool_wait: bands(policy.pool_wait),
        network_errors: bands(policy.network_errors),
        business_drop: Some(Drop {
            trigger: Some(policy.business_drop.trigger),
            critical: Some(policy.business_drop.critical),
        }),
        restarts_per_minute: Some(policy.restarts_per_minute),
        flag_share: Some(policy.flag_share),
        flag_minimum_errors: Some(policy.flag_minimum_errors),
        help_seconds: Some(policy.help_seconds),
        own_dependencies: Some(policy.own_dependencies),
    }
}

fn place(settings: &EnvironmentSettings) -> Place {
    Place {
        cluster: settings.cluster.as_str().to_owned(),
        namespace: settings.namespace.as_str().to_owned(),
        release: settings.release.as_str().to_owned(),
        prometheus: settings.prometheus.as_ref().map(prometheus),
        flags: settings.flags.as_ref().map(flags),
    }
}

fn prometheus(settings: &PrometheusSettings) -> Prometheus {
    let adapter = &settings.adapter;
    Prometheus {
        address: adapter.address.to_string(),
        pack: Some(adapter.pack.as_str().to_owned()),
        matchers: adapter.matchers.clone(),
        pods: match &adapter.pods {
            Pods::Of(_) => None,
            Pods::Matching(regex) => Some(regex.clone()),
        },
        pod_matchers: adapter.pod_matchers.clone(),
        scrape_seconds: adapter.scrape_seconds,
        signals: adapter
            .signals
            .iter()
            .map(|(g, s)| (g.to_string(), signal(s)))
            .collect(),
        auth: auth(&settings.login),
        tenant: adapter.tenant.clone(),
    }
}

fn signal(signal: &metrics::Signal) -> Signal {
    Signal {
        metrics: signal.metrics.clone(),
        matchers: signal.matchers.clone(),
    }
}

fn flags(settings: &FlagsSettings) -> Flags {
    let source = match &settings.adapter.source {
        FlagSource::FeatureFlag { namespace, name } => format!("featureflag/{namespace}/{name}"),
        FlagSource::ConfigMap {
            namespace,
            name,
            key,
        } => format!("configmap/{namespace}/{name}/{key}"),
    };
    let ofrep = settings.adapter.ofrep.as_ref().map(|ofrep| {
        let addresses = ofrep.addresses.iter().map(ToString::to_string);
        OneOrMore::More(addresses.collect())
    });
    Flags {
        source,
        ofrep,
        auth: auth(&settings.login),
    }
}

fn auth(source: &LoginSource) -> Option<Auth> {
    if *source == LoginSource::default() {
        return None;
    }
    let (bearer, user, password) = match &source.auth {
        AuthSource::None => (None, None, None),
        AuthSource::Bearer(token) => (Some(secret(token)), None, None),
        AuthSource::Basic { user, password } => (None, Some(user.clone()), Some(secret(password))),
    };
    let client = source.tls.client.as_ref();
    Some(Auth {
        bearer,
        user,
        password,
        certificate: client.map(|(certificate, _)| certificate.clone()),
        key: client.map(|(_, key)| secret(key)),
        ca: source.tls.ca.clone(),
    })
}

fn secret(source: &SecretSource) -> Secret {
    let (file, env, exec) = match source {
        SecretSource::File(path) => (Some(path.clone()), None, None),
        SecretSource::Env(name) => (None, Some(name.clone()), None),
        SecretSource::Exec(words) => (None, None, Some(words.clone())),
    };
    Secret { file, env, exec }
}
