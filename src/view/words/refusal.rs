//! Why there is no plan, and why a confirmation was not taken: what was found, and what to do.

use crate::app::enabled::NotNow;
use crate::app::state::Complaint;
use crate::engine::planner::Refusal;

use super::time::duration;

/// Why there is no plan.
pub(crate) fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::ReadOnly { why } => {
            format!(
                "Nothing may be written: {}.",
                crate::domain::untrusted::shown(why)
            )
        }
        Refusal::NoEnvironment(environment) => {
            format!("This service has no {environment}.")
        }
        Refusal::FlagsUnknown(place) => {
            format!("The flags of {place} were never seen; look at the sources.")
        }
        Refusal::FlagsStale { place, seconds } => format!(
            "The flags of {place} were seen {} ago: too long for a plan.",
            duration(i64::try_from(*seconds).unwrap_or(i64::MAX))
        ),
        Refusal::NoSuchFlag {
            place,
            key,
            nearest: Some(nearest),
        } => format!("There is no flag {key} for {place}; the nearest is {nearest}."),
        Refusal::NoSuchFlag {
            place,
            key,
            nearest: None,
        } => format!("There is no flag {key} for {place}."),
        Refusal::Already { key, state } => {
            format!("Flag {key} is {} already.", state.as_str())
        }
        Refusal::ClusterUnknown => {
            "The cluster has not said who it is, so a plan can't be bound to it.".to_owned()
        }
        Refusal::OtherCluster { cluster, found } => format!(
            "Another cluster answers as {cluster} than at the start: its uid is {found}. Look where the context leads, then start anew."
        ),
        Refusal::Denied(permissions) => format!(
            "The cluster denies it. Missing: {}.",
            permissions
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        ),
        Refusal::ChangedSince { key } => format!(
            "Somebody else changed flag {key} since: undo would undo their work. Make a new plan on the flags screen."
        ),
        Refusal::OwnChangeUnseen { key } => format!(
            "Waiting to see our own change of flag {key}: its source has not told it yet. Press u again in a few seconds."
        ),
        Refusal::NothingToUndo => "This run has changed nothing that could be undone.".to_owned(),
        Refusal::NothingAdvised => "Nothing is advised now.".to_owned(),
        Refusal::ByHand => {
            "It is advised, and flightdeck can't carry it out: do it by hand.".to_owned()
        }
        Refusal::Busy(place) => {
            format!("Another operation runs on {place}; wait until it has ended.")
        }
    }
}

/// Why a confirmation was not taken.
pub(crate) const fn complaint(why: &Complaint) -> &'static str {
    match why {
        Complaint::TooSoon => "dropped: the key came within 300ms of the plan; press it again",
        Complaint::Repeated => "dropped: the key was held down; press it once",
        Complaint::Pasted => "dropped: pasted; it must be typed",
        Complaint::NoReason => "not taken: say why, in a few words",
        Complaint::WrongName => "not taken: another name must be typed",
        Complaint::Expired => "not taken: the plan is too old; leave it and make a new one",
        Complaint::NotAllowed => "not taken: the cluster does not allow it",
        Complaint::ReadOnly => "not taken: nothing may be written",
    }
}

/// Why an action is closed now, short enough for the last line.
pub(crate) const fn not_now(why: &NotNow) -> &'static str {
    match why {
        NotNow::NothingAdvised => "nothing is advised now",
        NotNow::NothingToUndo => "nothing to undo",
        NotNow::NoFlag => "no flag is selected",
        NotNow::NothingInterrupted => "no operation was left open",
        NotNow::Confirmed => "the plan is confirmed already",
        NotNow::AnotherSelected => "only for the service above: show this line's service first",
        NotNow::NotTheLast => "only the last change is taken back, and this line is another",
        NotNow::NothingToCompare => "there is no other revision to compare with",
        NotNow::NothingBehind => "nothing more is known of this line",
        NotNow::NoQuery => "no query was sent for this",
        NotNow::NotHere => "means nothing here",
    }
}
