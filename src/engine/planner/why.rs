//! The reason that a plan carries until a person writes another: what the evidence says.

use crate::domain::flag::FlagState;
use crate::domain::plan::Intent;
use crate::domain::untrusted::Untrusted;
use crate::engine::advisor::advice::{Advice, RungTarget};
use crate::engine::advisor::reason::Reason;

/// The reason for an intent, from the advice where that speaks of the same flag.
pub(crate) fn reason(intent: &Intent, advice: Option<&Advice>) -> Untrusted {
    let Intent::SetFlag {
        place,
        key,
        to,
        undoes,
    } = intent;
    if let Some(op) = undoes {
        return Untrusted::new(format!("takes back {op}"));
    }
    let of_flag = |target: &RungTarget| match target {
        RungTarget::Flag {
            key: of,
            environment,
        } => of == key && *environment == place.environment,
        RungTarget::Release { .. }
        | RungTarget::Traffic(_)
        | RungTarget::Environment(_)
        | RungTarget::OnCall => false,
    };
    let errors = advice
        .filter(|_| *to == FlagState::Disabled)
        .and_then(|a| a.rungs.iter().find(|r| of_flag(&r.target)))
        .and_then(|rung| rung.reasons.iter().find_map(errors_on_flag));
    Untrusted::new(errors.unwrap_or_else(|| {
        let verb = match to {
            FlagState::Enabled => "enable",
            FlagState::Disabled => "disable",
        };
        format!("{verb} {key} by hand")
    }))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "one reason is looked for; a new one is no reason to come here"
)]
fn errors_on_flag(reason: &Reason) -> Option<String> {
    match reason {
        Reason::ErrorsOnFlag {
            on, of, endpoints, ..
        } => {
            let endpoints: Vec<String> = endpoints.iter().map(|e| e.0.raw().to_owned()).collect();
            Some(format!("{on} of {of} errors on {}", endpoints.join(", ")))
        }
        _ => None,
    }
}
