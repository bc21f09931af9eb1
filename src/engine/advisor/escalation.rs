//! Whom the process calls as a breach goes on: people are reminded of their clock, and nobody is called by this deck.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::advice::{Advice, Headline};
use super::{distil, onset};
use crate::engine::assess::Assessment;
use crate::engine::assess::canary::later;
use crate::engine::evidence::ServiceEvidence;

/// Who is called next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The engineer on call.
    OnCall,
    /// The senior engineering manager.
    Manager,
    /// The executive team.
    Executives,
}

/// When each is due, in seconds from the onset ("Escalation Procedures" of the process: 5, 15 and 30 minutes).
const AFTER: [(Role, i64); 3] = [
    (Role::OnCall, 300),
    (Role::Manager, 900),
    (Role::Executives, 1800),
];

/// Where the clock stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// Nothing is wrong: nobody is due.
    Quiet,
    /// Something is wrong, and since when is not known: no time can be named.
    NoOnset,
    /// It helped, or it was over by itself: nobody more is due unless it comes back.
    Over,
    /// Each role with the time at which it is due.
    Due {
        /// The onset.
        onset: Timestamp,
        /// The roles, soonest first.
        roles: Vec<(Role, Timestamp)>,
    },
}

impl Escalation {
    /// When a role is due, where that is known.
    pub fn due(&self, wanted: Role) -> Option<Timestamp> {
        match self {
            Self::Due { roles, .. } => roles
                .iter()
                .find(|(role, _)| *role == wanted)
                .map(|(_, at)| *at),
            Self::Quiet | Self::NoOnset | Self::Over => None,
        }
    }
}

/// Where the clock of a service stands.
pub fn escalation(
    evidence: &ServiceEvidence,
    assessment: &Assessment,
    advice: &Advice,
    now: Timestamp,
) -> Escalation {
    match standing(&advice.headline) {
        Standing::Well => Escalation::Quiet,
        Standing::Over => Escalation::Over,
        Standing::Bad => {
            let measured = || {
                let case = distil(evidence, assessment, now);
                onset::of(&case, &advice.headline).map(|began| began.at)
            };
            let raised = evidence
                .incident()
                .map(|incident| incident.raised.at.min(now));
            let began = [raised, measured()].into_iter().flatten().min();
            began.map_or(Escalation::NoOnset, |onset| Escalation::Due {
                onset,
                roles: AFTER
                    .into_iter()
                    .map(|(role, after)| {
                        let due = later(onset, after);
                        // A security incident is everybody's at once ("Rollback Decision Matrix").
                        (role, raised.map_or(due, |raised| raised.min(due)))
                    })
                    .collect(),
            })
        }
    }
}

enum Standing {
    Well,
    Over,
    Bad,
}

fn standing(headline: &Headline) -> Standing {
    match headline {
        // Better is not well.
        Headline::Security { .. }
        | Headline::Breach { .. }
        | Headline::RedLine { .. }
        | Headline::BothBad { .. }
        | Headline::ProductionBad { .. }
        | Headline::StillBad { .. }
        | Headline::Better { .. } => Standing::Bad,
        Headline::Helped { .. } | Headline::WasBad { .. } => Standing::Over,
        // What was bad when it was last seen is bad until it is seen to be well.
        Headline::Blind {
            last: Some(last), ..
        } => standing(last),
        Headline::Blind { last: None, .. }
        | Headline::Reading { .. }
        | Headline::Idle
        | Headline::WarmingUp { .. }
        | Headline::Soak { .. }
        | Headline::ProductionSoak { .. }
        | Headline::Passed { .. }
        | Headline::NotEnough { .. }
        | Headline::Watch { .. }
        | Headline::NotEarned { .. }
        | Headline::Unjudged { .. } => Standing::Well,
    }
}
