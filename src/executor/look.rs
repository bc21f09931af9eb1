//! What the object says of a change that was sent, or that may have been. Reading decides, for a write is never sent
//! again; and where a request may still be on its way, not to see its change is not yet to know that it will not come.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::tools::Tools;
use crate::adapters::flagd::read_flags;
use crate::adapters::transport::clients::cluster_uid;
use crate::domain::flag::{FlagSource, FlagState};
use crate::domain::plan::Plan;
use crate::domain::source::TroubleKind;
use crate::domain::untrusted::Untrusted;
use crate::domain::write::SetFlag;

/// How long before each look, in seconds: who is told nothing waits for these few, and not longer.
const LOOKS: [u64; 4] = [0, 1, 2, 3];

/// How long all looks may take together. A network's time: it does not scale.
const LONGEST: Duration = Duration::from_secs(15);

/// After the last moment at which a plan can be confirmed, a request of it may wait for connections for a few seconds,
/// then live as long as an API server lets one live (`--request-timeout`, a minute unless set).
const REQUEST_LIVES: SignedDuration = SignedDuration::from_secs(90);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// The change is there.
    Written {
        /// The object's resource version.
        resource_version: String,
    },
    /// It is not there, and the object is another than the request's preconditions name: it will not come any more.
    Never {
        /// What is there instead.
        instead: Untrusted,
    },
    /// Everything is as before: it was not carried out, or not yet.
    AsBefore {
        /// What is there.
        now: Untrusted,
    },
    /// It can't be read.
    Unread {
        /// Why.
        why: Untrusted,
    },
}

/// Looks a few times, until it is certain.
pub(super) async fn settle(write: &SetFlag, tools: &Tools) -> Found {
    let mut found = Found::Unread {
        why: Untrusted::from("it could not be read in time"),
    };
    let looking = async {
        for seconds in LOOKS {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            found = look(write, tools).await;
            match found {
                Found::Written { .. } | Found::Never { .. } => break,
                Found::AsBefore { .. } | Found::Unread { .. } => {}
            }
        }
    };
    // What was found until then counts.
    let _ = tokio::time::timeout(LONGEST, looking).await;
    found
}

/// Looks once, at the cluster and the object that the plan was made for and no other.
pub(super) async fn look(write: &SetFlag, tools: &Tools) -> Found {
    let unread = |why: String| Found::Unread {
        why: Untrusted::new(why),
    };
    let Some(clients) = tools.clusters.get(&write.cluster) else {
        return unread(format!("cluster {} can't be reached", write.cluster));
    };
    match cluster_uid(&clients.read).await {
        Ok(found) if found == write.cluster_uid => {}
        Ok(found) => {
            return unread(format!(
                "context {} leads to another cluster than the plan's: its uid is {found}",
                clients.context
            ));
        }
        Err(trouble) => {
            return Found::Unread {
                why: trouble.message,
            };
        }
    }
    let set = match read_flags(&clients.read, &write.source).await {
        Ok(set) => set,
        Err(trouble) if trouble.kind == TroubleKind::NotFound => {
            return Found::Never {
                instead: Untrusted::from("the object is gone"),
            };
        }
        Err(trouble) => {
            return Found::Unread {
                why: trouble.message,
            };
        }
    };
    let state = set.flags.get(&write.key).map(|flag| flag.state);
    let is = state.map_or("gone", FlagState::as_str);
    if set.uid != write.uid {
        return Found::Never {
            instead: Untrusted::new(format!(
                "the object was deleted and made anew; its flag is {is}"
            )),
        };
    }
    if state == Some(write.to) {
        let changed = set.flags.get(&write.key).and_then(|f| f.changed.as_ref());
        return match (&write.source, changed) {
            // Somebody else's, minutes later: nothing of ours stands, and nothing of ours is to be undone. Of a text it is
            // not known whose each flag is.
            (FlagSource::FeatureFlag { .. }, Some(changed))
                if changed.by.raw() != tools.manager =>
            {
                Found::Never {
                    instead: Untrusted::new(format!("the flag is {is}, by {}", changed.by.shown())),
                }
            }
            (FlagSource::FeatureFlag { .. } | FlagSource::ConfigMap { .. }, _) => Found::Written {
                resource_version: set.resource_version,
            },
        };
    }
    let now = Untrusted::new(format!("the flag is {is}: the change is not there"));
    if set.resource_version == write.resource_version {
        Found::AsBefore { now }
    } else {
        Found::Never { instead: now }
    }
}

/// From when on a plan's request can't be on its way any more.
pub(super) fn too_late(plan: &Plan) -> Timestamp {
    plan.expires_at
        .saturating_add(REQUEST_LIVES)
        .unwrap_or(Timestamp::MAX)
}
