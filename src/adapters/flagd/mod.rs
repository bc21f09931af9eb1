//! Feature flags: what their source in the cluster defines, what each flagd instance really evaluates, and the one change
//! that the deck makes. flagd itself has no write API; its source is changed, and its evaluation proves the effect.

mod definitions;
mod evaluations;
mod instances;
mod json_text;
mod map;
mod object;
mod ofrep;
mod write;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::adapters::transport::{Address, Clients, Feed, Login};
use crate::domain::environment::Place;
use crate::domain::flag::FlagSource;

pub use instances::Instances;
pub use object::read_flags;
pub use write::{Found, WriteError, Written, dry_run, set_flag};

/// The flags of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The environment.
    pub place: Place,
    /// The object that defines them.
    pub source: FlagSource,
    /// Who evaluates them; none where nobody can be asked.
    pub ofrep: Option<OfrepSettings>,
}

/// How evaluations are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfrepSettings {
    /// Where the instances of flagd are; a Service stands for each of its ready endpoints.
    pub addresses: Vec<Address>,
    /// Who asks.
    pub login: Login,
    /// How often, in the deck's time.
    pub every: Duration,
}

/// The two sources that an environment's flags are.
#[derive(Debug, Clone)]
pub struct Feeds {
    /// For [`SourceId::Flags`](crate::domain::source::SourceId::Flags).
    pub definitions: Feed,
    /// For [`SourceId::Flagd`](crate::domain::source::SourceId::Flagd).
    pub evaluations: Feed,
}

/// Follows the definitions and evaluations of one environment until cancelled. Whoever wants an answer at once notifies
/// `now`; a changed definition does so by itself.
pub async fn run(settings: Settings, clients: Clients, feeds: Feeds, now: Arc<Notify>) {
    let (keys, known) = watch::channel(BTreeSet::new());
    let Settings {
        place,
        source,
        ofrep,
    } = settings;
    let defining = feeds.definitions.live(definitions::Defining {
        place: place.clone(),
        source,
        clients: clients.clone(),
        keys,
        paged: false,
    });
    let evaluating = async {
        if let Some(ofrep) = ofrep {
            let asking = evaluations::Asking {
                place,
                ofrep,
                clients: clients.clone(),
                known,
                now,
            };
            feeds.evaluations.live(asking).await;
        }
    };
    tokio::join!(defining, evaluating);
}

#[cfg(test)]
mod tests;
