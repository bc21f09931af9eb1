//! The state before the first event.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::roster::Roster;
use super::sieve::Sieves;
use super::state::{Changes, Mode, Ops, Reading, Releases, Screen, ServiceState, State, Ui, World};
use crate::domain::environment::Environment;
use crate::domain::names::ServiceName;
use crate::domain::verdict::Metric;
use crate::engine::advisor;
use crate::engine::advisor::advice::RungKind;
use crate::engine::assess::Memory;
use crate::engine::evidence::ServiceEvidence;

/// The deck before anything was heard; none without a service.
pub fn start(
    services: Vec<ServiceEvidence>,
    mode: Mode,
    now: Timestamp,
    seed: u64,
) -> Option<State> {
    let service = services.first()?.service.clone();
    let services: BTreeMap<ServiceName, ServiceState> = services
        .into_iter()
        .map(|mut evidence| {
            let mut memory = <[Memory; 2]>::default();
            let (assessment, advice) = advisor::conclude(&mut evidence, &mut memory, now);
            let state = ServiceState {
                evidence,
                assessment,
                advice,
                history_since: None,
                memory,
            };
            (state.evidence.service.clone(), state)
        })
        .collect();
    let sources = services
        .values()
        .flat_map(|s| s.evidence.sources.clone())
        .collect();
    Some(State {
        world: World {
            now,
            mode,
            read_only: None,
            services,
            clusters: BTreeMap::new(),
            others: BTreeMap::new(),
            epochs: BTreeMap::new(),
            sources,
            access: BTreeMap::new(),
            queries: BTreeMap::new(),
        },
        ops: Ops {
            seed,
            ..Ops::default()
        },
        ui: Ui {
            width: 80,
            height: 24,
            service,
            screen: Screen::Overview,
            overlays: Vec::new(),
            metric: Metric::Errors,
            flag: None,
            pod: None,
            environment: Environment::Canary,
            releases: Releases::default(),
            rung: RungKind::Flag,
            evidence: Reading::default(),
            changes: Changes::default(),
            roster: Roster::default(),
            sieves: Sieves::default(),
            trail: Vec::new(),
            frozen: None,
            news: None,
            leaving: false,
        },
    })
}
