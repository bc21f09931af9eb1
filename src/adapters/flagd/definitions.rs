//! The task that follows the object in which an environment's flags are defined.

use std::collections::BTreeSet;
use std::convert::Infallible;

use futures::StreamExt as _;
use tokio::sync::watch::Sender;

use crate::adapters::transport::trouble::trouble;
use crate::adapters::transport::watch::{self, Seen, Start};
use crate::adapters::transport::{Clients, Life, Voice};
use crate::domain::environment::Place;
use crate::domain::flag::{FlagSet, FlagSource};
use crate::domain::names::FlagKey;
use crate::domain::observation::Fact;
use crate::domain::source::{Trouble, TroubleKind};

use super::object;

/// One source of definitions.
pub(super) struct Defining {
    pub(super) place: Place,
    pub(super) source: FlagSource,
    pub(super) clients: Clients,
    /// Kept at the flags that are defined.
    pub(super) keys: Sender<BTreeSet<FlagKey>>,
    /// The server turned down a streamed list; its version alone does not tell.
    pub(super) paged: bool,
}

impl Life for Defining {
    async fn live(&mut self, voice: &Voice) -> Result<Infallible, Trouble> {
        let start = Start::of_version(&watch::version(&self.clients).await?).or_paged(self.paged);
        let name = format!("metadata.name={}", self.source.name());
        let api = object::api(self.clients.read.clone(), &self.source);
        let config = watch::config(start).fields(&name);
        let mut seen = watch::follow(api, config);
        let mut probes = std::pin::pin!(watch::probes(self.clients.clone()));
        let mut told: Option<FlagSet> = None;
        let mut listed = false;
        loop {
            tokio::select! {
                Some(seen) = seen.next() => match seen {
                    Seen::Begin => listed = false,
                    Seen::Is(found, _) => {
                        listed = true;
                        let set = object::flags(&self.source, &found)?;
                        if told.as_ref() != Some(&set) {
                            told = Some(set.clone());
                            self.tell(voice, set).await;
                        }
                    }
                    Seen::Complete if listed => {}
                    Seen::Complete | Seen::Gone(_) => {
                        return Err(trouble(
                            TroubleKind::NotFound,
                            format!("{} is not there", self.source),
                        ));
                    }
                    Seen::Forbidden(why) => return Err(why),
                    Seen::Broken(why) => {
                        self.paged |= start == Start::Streamed && why.kind == TroubleKind::Malformed;
                        return Err(why);
                    }
                },
                Some(answer) = probes.next() => {
                    answer?;
                    // Before the object has come, an answer proves nothing about it.
                    if told.is_some() {
                        voice.tell(Fact::Alive).await;
                    }
                }
            }
        }
    }
}

impl Defining {
    async fn tell(&self, voice: &Voice, set: FlagSet) {
        let keys: BTreeSet<FlagKey> = set.flags.keys().cloned().collect();
        // Also when no key came or went: what is evaluated may differ now, and is asked at once.
        self.keys.send_replace(keys);
        voice.tell(Fact::Flags(self.place.clone(), set)).await;
    }
}
