//! The task that follows the object in which an environment's flags are defined.

use std::collections::BTreeSet;
use std::convert::Infallible;

use futures::StreamExt as _;
use kube::Client;
use tokio::sync::watch::Sender;

use crate::adapters::transport::trouble::trouble;
use crate::adapters::transport::watch::{self, Seen, Start};
use crate::adapters::transport::{Feed, Voice};
use crate::domain::environment::Place;
use crate::domain::flag::{FlagSet, FlagSource};
use crate::domain::names::FlagKey;
use crate::domain::observation::Fact;
use crate::domain::source::{Trouble, TroubleKind};

use super::object;

/// Follows one source until cancelled, and keeps `keys` at the flags that it defines.
pub(super) async fn run(
    place: Place,
    source: FlagSource,
    client: Client,
    keys: Sender<BTreeSet<FlagKey>>,
    feed: Feed,
) {
    let mut paged = false;
    feed.lives(async |voice: Voice| {
        let following = Following {
            place: &place,
            source: &source,
            client: &client,
            keys: &keys,
            voice: &voice,
        };
        match following.follow(&mut paged).await {
            Ok(never) => match never {},
            Err(why) => why,
        }
    })
    .await;
}

struct Following<'a> {
    place: &'a Place,
    source: &'a FlagSource,
    client: &'a Client,
    keys: &'a Sender<BTreeSet<FlagKey>>,
    voice: &'a Voice,
}

impl Following<'_> {
    async fn follow(&self, paged: &mut bool) -> Result<Infallible, Trouble> {
        let start = if *paged {
            Start::Paged
        } else {
            Start::of_version(&watch::version(self.client).await?)
        };
        let name = format!("metadata.name={}", self.source.name());
        let api = object::api(self.client.clone(), self.source);
        let config = watch::config(start).fields(&name);
        let mut seen = watch::follow(api, config);
        let mut probes = std::pin::pin!(watch::probes(self.client.clone()));
        let mut told: Option<FlagSet> = None;
        let mut listed = false;
        loop {
            tokio::select! {
                Some(seen) = seen.next() => match seen {
                    Seen::Begin => listed = false,
                    Seen::Is(found, _) => {
                        listed = true;
                        let set = object::flags(self.source, &found)?;
                        if told.as_ref() != Some(&set) {
                            told = Some(set.clone());
                            self.tell(set).await;
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
                        *paged |= start == Start::Streamed && why.kind == TroubleKind::Malformed;
                        return Err(why);
                    }
                },
                Some(answer) = probes.next() => {
                    answer?;
                    // Before the object has come, an answer proves nothing about it.
                    if told.is_some() {
                        self.voice.tell(Fact::Alive).await;
                    }
                }
            }
        }
    }

    async fn tell(&self, set: FlagSet) {
        let keys: BTreeSet<FlagKey> = set.flags.keys().cloned().collect();
        // Also when no key came or went: what is evaluated may differ now, and is asked at once.
        self.keys.send_replace(keys);
        self.voice.tell(Fact::Flags(self.place.clone(), set)).await;
    }
}
