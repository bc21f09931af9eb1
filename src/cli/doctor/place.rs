//! Each environment of each service: what I may do there, and whether its metrics and flags answer.

use jiff::{SignedDuration, Timestamp};

use crate::adapters::flagd::{Instances, read_flags};
use crate::adapters::kubernetes::may_i;
use crate::adapters::prometheus::{Wanted, observe_once};
use crate::adapters::transport::{Address, Clients};
use crate::cli::exit::Exit;
use crate::domain::access::{Access, Permission};
use crate::domain::environment::Place;
use crate::domain::flag::{Answer, FlagSource};
use crate::domain::gauge::Gauge;
use crate::domain::names::{FlagKey, Namespace};
use crate::domain::observation::Fact;
use crate::domain::source::Trouble;
use crate::engine::planner;
use crate::settings::{EnvironmentSettings, FlagsSettings, PrometheusSettings};
use crate::shell::login::login;

use super::Report;

/// How far back metrics are asked for.
const LOOK_BACK: SignedDuration = SignedDuration::from_mins(5);

pub(super) async fn check(
    place: &Place,
    settings: &EnvironmentSettings,
    clients: &Clients,
    now: Timestamp,
    report: &mut Report,
) -> anyhow::Result<()> {
    rights(place, settings, clients, report).await?;
    match &settings.prometheus {
        Some(metrics) => prometheus(place, metrics, clients, now, report).await?,
        None => report.note(
            &format!("prometheus, {place}"),
            "none is configured; without metrics nothing is judged",
        )?,
    }
    match &settings.flags {
        Some(configured) => flags(place, configured, clients, report).await,
        None => report.note(&format!("flags, {place}"), "none are configured"),
    }
}

/// What is read, and for what.
const READ: [(&str, &str, &str); 4] = [
    ("apps", "deployments", "the rollout"),
    ("", "pods", "health"),
    ("", "secrets", "Helm's releases"),
    ("", "configmaps", "the stable mark"),
];

async fn rights(
    place: &Place,
    settings: &EnvironmentSettings,
    clients: &Clients,
    report: &mut Report,
) -> anyhow::Result<()> {
    let permission = |verb: &str, group: &str, resource: &str, namespace: &Namespace| Permission {
        cluster: settings.cluster.clone(),
        verb: verb.to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.clone(),
        name: None,
    };
    let mut reads: Vec<(Permission, &str)> = Vec::new();
    for verb in ["list", "watch"] {
        for (group, resource, purpose) in READ {
            reads.push((
                permission(verb, group, resource, &settings.namespace),
                purpose,
            ));
        }
        if let Some(flags) = &settings.flags {
            let (group, resource) = match &flags.adapter.source {
                FlagSource::FeatureFlag { .. } => ("core.openfeature.dev", "featureflags"),
                FlagSource::ConfigMap { .. } => ("", "configmaps"),
            };
            let namespace = flags.adapter.source.namespace();
            reads.push((permission(verb, group, resource, namespace), "flags"));
        }
    }
    let what = format!("rights, {place}");
    let asked: Vec<Permission> = reads
        .iter()
        .map(|(permission, _)| permission.clone())
        .collect();
    let answers = may_i(&clients.read, &asked).await;
    let mut missing: Vec<String> = Vec::new();
    for ((permission, access), (_, purpose)) in answers.iter().zip(&reads) {
        match access {
            Access::Allowed | Access::NotInstalled => {}
            Access::Denied => missing.push(format!("{permission} ({purpose})")),
            Access::Unknown { why } => {
                report.note(&what, &format!("{permission}: not known: {}", why.shown()))?;
            }
        }
    }
    if missing.is_empty() {
        report.well(&what, "you may read all that is needed")?;
    } else {
        let text = format!(
            "you may not {}; ask for the role flightdeck-look of the README",
            missing.join(", ")
        );
        report.wrong(Exit::Forbidden, &what, &text)?;
    }
    writing(place, settings, clients, &what, report).await
}

/// What a change of a flag needs. Not to have it is no fault: one may look.
async fn writing(
    place: &Place,
    settings: &EnvironmentSettings,
    clients: &Clients,
    what: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    let Some(flags) = &settings.flags else {
        return Ok(());
    };
    let source = &flags.adapter.source;
    let needed = planner::permissions(place, &settings.cluster, &settings.namespace, source);
    for (permission, access) in may_i(&clients.read, &needed).await {
        match access {
            Access::Allowed => report.well(what, &format!("you may {permission}"))?,
            Access::NotInstalled => report.note(
                what,
                &format!("{permission}: the group is not installed, so the right to patch alone counts"),
            )?,
            Access::Denied => report.note(
                what,
                &format!(
                    "you may not {permission}: you can look, and not set flags; ask for the role flightdeck-flags of the README"
                ),
            )?,
            Access::Unknown { why } => {
                report.note(what, &format!("{permission}: not known: {}", why.shown()))?;
            }
        }
    }
    Ok(())
}

async fn prometheus(
    place: &Place,
    metrics: &PrometheusSettings,
    clients: &Clients,
    now: Timestamp,
    report: &mut Report,
) -> anyhow::Result<()> {
    let what = format!("prometheus, {place}");
    let mut adapter = metrics.adapter.clone();
    adapter.login = login(&metrics.login);
    let wanted = Wanted {
        since: now.saturating_sub(LOOK_BACK).unwrap_or(now),
        recent: SignedDuration::ZERO,
        canary_began: None,
    };
    match observe_once(&adapter, clients, now, wanted).await {
        Ok(facts) => series(&what, &facts, report),
        Err(trouble) => failed(&what, &adapter.address, &trouble, report),
    }
}

/// Which of the needed series are there.
fn series(what: &str, facts: &[Fact], report: &mut Report) -> anyhow::Result<()> {
    let red = facts.iter().find_map(|fact| {
        if let Fact::Red(_, red) = fact {
            Some(red)
        } else {
            None
        }
    });
    let usage = facts.iter().find_map(|fact| {
        if let Fact::Use(_, usage) = fact {
            Some(usage)
        } else {
            None
        }
    });
    let lacks = facts.iter().flat_map(|fact| {
        if let Fact::Lacks(lacks) = fact {
            lacks.as_slice()
        } else {
            &[]
        }
    });
    let trouble = facts.iter().find_map(|fact| {
        if let Fact::Failed { trouble, .. } = fact {
            Some(trouble)
        } else {
            None
        }
    });
    match red {
        Some(red) if red.latency.bounds.is_empty() => report.wrong(
            Exit::Unreachable,
            what,
            "it has requests and no histogram of their durations: p95 can't be judged; export the buckets that the pack names",
        )?,
        Some(red) => {
            let holes = red.holes.iter().filter(|hole| **hole).count();
            let text = format!(
                "it answers: {} endpoints, an interval of {} s, {holes} of {} intervals with holes",
                red.endpoints.len(),
                red.grid.seconds(),
                red.len()
            );
            report.well(what, &text)?;
        }
        None => report.wrong(
            Exit::Unreachable,
            what,
            "it has no requests of this service; look whether pack and matchers are right",
        )?,
    }
    let has = |gauge: &Gauge| usage.is_some_and(|usage| usage.gauges.contains_key(gauge));
    let missing: Vec<&str> = [
        (
            Gauge::Cpu,
            "cpu (cAdvisor, and limits of kube-state-metrics)",
        ),
        (
            Gauge::Memory,
            "memory (cAdvisor, and limits of kube-state-metrics)",
        ),
        (Gauge::Restarts, "restarts (kube-state-metrics)"),
    ]
    .iter()
    .filter(|(gauge, _)| !has(gauge))
    .map(|(_, of)| *of)
    .collect();
    if !missing.is_empty() {
        let text = format!(
            "no series of {}: these stay unjudged, and a flag is advised with less certainty",
            missing.join(", ")
        );
        report.note(what, &text)?;
    }
    for lack in lacks {
        report.trouble(what, lack)?;
    }
    match trouble {
        Some(trouble) => report.trouble(what, trouble),
        None => Ok(()),
    }
}

/// Trouble on the way to an address; one inside the cluster needs a right of its own.
fn failed(
    what: &str,
    address: &Address,
    trouble: &Trouble,
    report: &mut Report,
) -> anyhow::Result<()> {
    report.trouble(what, trouble)?;
    match address {
        Address::Direct(_) => Ok(()),
        Address::Service(service) => report.note(
            what,
            &format!(
                "{service} is reached by a port-forward: it needs get on services and endpointslices and create on pods/portforward in {}",
                service.namespace
            ),
        ),
    }
}

async fn flags(
    place: &Place,
    configured: &FlagsSettings,
    clients: &Clients,
    report: &mut Report,
) -> anyhow::Result<()> {
    let what = format!("flags, {place}");
    let source = &configured.adapter.source;
    let set = match read_flags(&clients.read, source).await {
        Ok(set) => set,
        Err(trouble) => return report.trouble(&what, &trouble),
    };
    report.well(&what, &format!("{source} has {} flags", set.flags.len()))?;
    if let Some(owner) = &set.owner {
        let text = format!("{} writes {source} and may revert a change", owner.shown());
        report.note(&what, &text)?;
    }
    let unknown: Vec<&FlagKey> = set
        .flags
        .iter()
        .filter(|(_, flag)| flag.endpoints.is_none())
        .map(|(key, _)| key)
        .collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.into_iter().map(FlagKey::as_str).collect();
        let text = format!(
            "these name no endpoints in their metadata, so that only the configuration can: {}",
            names.join(", ")
        );
        report.note(&what, &text)?;
    }
    evaluations(place, configured, clients, set.flags.keys().next(), report).await
}

async fn evaluations(
    place: &Place,
    configured: &FlagsSettings,
    clients: &Clients,
    key: Option<&FlagKey>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let what = format!("flagd, {place}");
    let Some(ofrep) = &configured.adapter.ofrep else {
        return report.note(
            &what,
            "no OFREP address is configured: what flagd evaluates can't be seen, and a change can't be verified",
        );
    };
    let mut settings = ofrep.clone();
    settings.login = login(&configured.login);
    let instances = match Instances::open(&settings, &clients.read).await {
        Ok(instances) => instances,
        Err(trouble) => {
            return match settings.addresses.first() {
                Some(address) => failed(&what, address, &trouble, report),
                None => report.trouble(&what, &trouble),
            };
        }
    };
    let Some(key) = key else {
        return report.note(&what, "there is no flag that could be asked for");
    };
    let answers = instances.evaluate(key).await;
    let silent: Vec<String> = answers
        .iter()
        .filter_map(|evaluation| match &evaluation.answer {
            Answer::Failed { message } => Some(format!(
                "{}: {}",
                evaluation.instance.shown(),
                message.shown()
            )),
            Answer::Served { .. } | Answer::Disabled | Answer::NotFound => None,
        })
        .collect();
    if silent.is_empty() {
        return report.well(
            &what,
            &format!("all {} instances answer OFREP", answers.len()),
        );
    }
    let text = format!(
        "{} of {} instances do not answer: {}; a change can't be verified there",
        silent.len(),
        answers.len(),
        silent.join("; ")
    );
    report.wrong(Exit::Unreachable, &what, &text)
}
