//! The task that follows the object in which an environment's flags are defined.

use std::collections::BTreeSet;
use std::convert::Infallible;

use futures::StreamExt as _;
use tokio::sync::watch::Sender;

use crate::adapters::transport::trouble::trouble;
use crate::adapters::transport::watch::{self, Start};
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
        let mut look = self.clients.shared.follow(api, config).await;
        let mut probes = std::pin::pin!(watch::alive(&self.clients));
        let mut told: Option<FlagSet> = None;
        loop {
            tokio::select! {
                seen = look.next() => {
                    let objects = seen.inspect_err(|why| {
                        self.paged |= start == Start::Streamed && why.kind == TroubleKind::Malformed;
                    })?;
                    let found = objects.first().ok_or_else(|| {
                        trouble(TroubleKind::NotFound, format!("{} is not there", self.source))
                    })?;
                    let set = object::flags(&self.source, found)?;
                    if told.as_ref() != Some(&set) {
                        told = Some(set.clone());
                        self.tell(voice, set).await;
                    }
                }
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
