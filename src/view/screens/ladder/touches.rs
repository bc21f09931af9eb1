//! What a level touches: whose pods, how much of the traffic, and whether production.

use crate::app::state::ServiceState;
use crate::domain::environment::{Environment, Place};
use crate::engine::advisor::advice::{Rung, RungKind, RungTarget};
use crate::engine::planner;
use crate::view::scene::Scene;
use crate::view::words::number::{counted, share};
use crate::view::words::operation;
use crate::view::words::security::sides;

/// What a level touches, as far as that is known.
pub(super) fn touches(scene: &Scene<'_>, service: &ServiceState, rung: &Rung) -> Option<String> {
    match (&rung.target, rung.kind) {
        (RungTarget::Flag { key, environment }, _) => {
            let place = Place::new(scene.state.ui.service.clone(), *environment);
            let clusters = &scene.world.clusters;
            planner::touches(&service.evidence, &place, key, clusters)
                .map(|blast| operation::touches(&blast))
        }
        (RungTarget::Traffic(affected), _) => {
            Some(format!("everybody whom {} would serve", sides(*affected)))
        }
        (RungTarget::OnCall, _) => Some("people; nothing in a cluster".to_owned()),
        (RungTarget::Environment(of), RungKind::Database) => Some(format!(
            "{of}'s database; whether production shares it is not known here"
        )),
        (RungTarget::Environment(_), RungKind::Flag) => None,
        (
            RungTarget::Release {
                environment: of, ..
            }
            | RungTarget::Environment(of),
            _,
        ) => {
            let hurt = &service.advice.hurt;
            let pods = hurt.canary_pods.map_or_else(
                || "pods not known".to_owned(),
                |(_, wanted)| counted(u64::from(wanted), "pod"),
            );
            let traffic = hurt.canary_share.map_or_else(
                || "traffic unknown".to_owned(),
                |part| format!("{} of traffic", share(part)),
            );
            Some(match of {
                Environment::Production => format!("PRODUCTION: {pods}, {traffic}"),
                Environment::Uat | Environment::Canary => {
                    format!("{of} only: {pods}, {traffic}; production: nothing")
                }
            })
        }
    }
}
