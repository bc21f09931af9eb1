//! Forty services on one deck, counted at the API server: its own audit log says what was asked of it.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use flightdeck::domain::source::SourceState;
use serde_json::Value;

use super::Case;
use crate::cluster::PROGRAMS;
use crate::deck::Deck;
use crate::fleet::Fleet;
use crate::lab::Lab;
use crate::look::Look as _;
use crate::wait::{PATIENCE, until};

const FLEET: Fleet = Fleet {
    namespace: "many",
    services: 40,
    deployments: [40, 40],
    pods: 1,
};

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new(
        "many::each_kind_is_listed_at_most_once_and_watched_by_one_watch",
        &[&PROGRAMS],
        looks,
    )]
}

fn looks(lab: &Lab) -> Result<()> {
    let cluster = lab.production()?;
    FLEET.build(cluster)?;
    let config = FLEET.config(cluster, "pilot", None, &lab.folder("many"))?;
    let deck = Deck::configured(&config, None)?;
    until("every source of forty services answers", PATIENCE, || {
        let state = deck.look()?.state;
        let is_live = |state: &SourceState| matches!(state, SourceState::Live { .. });
        let told = state.world.services.values().all(|service| {
            let all = &service.evidence.environments;
            all.values()
                .all(|e| e.workload.is_some() && e.releases.is_some() && e.flags.is_some())
        });
        let sources = &state.world.sources;
        Ok((told && !sources.is_empty() && sources.values().all(is_live)).then_some(()))
    })?;
    // Until each watch has been renewed once: the way of asking after the start is part of what is asked.
    let kinds = [
        "pods",
        "deployments",
        "secrets",
        "configmaps",
        "featureflags",
    ];
    let (looks, _) = until("every watch is renewed", PATIENCE, || {
        let looks = cluster.looks()?;
        let of = |kind: &str, look: &&Value| {
            look.text("/objectRef/resource") == kind && is_renewal(look)
        };
        let renewed = |kind: &&str| looks.iter().filter(|look| of(kind, look)).count() >= 2;
        Ok(kinds.iter().all(renewed).then_some(looks))
    })?;
    deck.stop()?;
    let mut begun: BTreeMap<String, usize> = BTreeMap::new();
    for look in looks
        .iter()
        .filter(|look| !is_renewal(look) && is_begun(look))
    {
        let of = |pointer: &str| look.text(pointer).to_owned();
        let kind = format!(
            "{} in {}",
            of("/objectRef/resource"),
            of("/objectRef/namespace")
        );
        *begun.entry(kind).or_default() += 1;
        ensure!(look.text("/verb") == "watch", "a list: {look}");
    }
    ensure!(begun.len() == 2 * kinds.len(), "{begun:?}");
    ensure!(begun.values().all(|count| *count == 1), "{begun:?}");
    Ok(())
}

/// A watch that goes on where another ended, rather than being sent everything.
fn is_renewal(look: &Value) -> bool {
    look.text("/verb") == "watch" && !look.text("/requestURI").contains("sendInitialEvents=true")
}

/// A watch is written down when it begins and when it ends; a list, when it is answered.
fn is_begun(look: &Value) -> bool {
    look.text("/verb") == "list" || look.text("/stage") == "ResponseStarted"
}
