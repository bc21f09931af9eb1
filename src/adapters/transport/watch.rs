//! Watches that say what happened to them. The kube runtime's watcher resumes by itself; this layer tells apart what a
//! source must show (refused, unreachable) from what heals unseen (a torn stream, an expired resource version).

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt as _, watcher as watch};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use crate::domain::source::{Trouble, TroubleKind};

use super::Clients;
use super::trouble::{code_of_kube, of_kube, of_kube_status, trouble, within};

/// A half-open link shows when a watch that should have ended did not.
const WATCH_SECONDS: u32 = 30;

/// The default of 500 would hold that many whole objects while listing.
const PAGE: u32 = 50;

/// A stream that is torn this often without a word in between is a broken source.
const MOST_TEARS: u32 = 3;

/// How often a source makes sure that the API server still answers.
pub const PROBE_EVERY: Duration = Duration::from_secs(5);

const PROBE_DEADLINE: Duration = Duration::from_secs(4);

/// How a watch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// By a watch that sends what is there first: cheapest, from 1.34 on.
    Streamed,
    /// By a list in pages.
    Paged,
}

impl Start {
    /// The better way that a server of that version has.
    pub fn of_version(version: &k8s_openapi::apimachinery::pkg::version::Info) -> Self {
        let number = |text: &str| {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().unwrap_or(0)
        };
        if (number(&version.major), number(&version.minor)) >= (1, 34) {
            Self::Streamed
        } else {
            Self::Paged
        }
    }

    /// This way, unless the server turned a streamed list down before: its version alone does not tell.
    #[must_use]
    pub const fn or_paged(self, was_turned_down: bool) -> Self {
        if was_turned_down { Self::Paged } else { self }
    }
}

/// What a watch saw.
#[derive(Debug)]
pub enum Seen<K> {
    /// Everything comes again; what does not is gone.
    Begin,
    /// One object as it is: `true` while everything comes.
    Is(K, bool),
    /// One object went away.
    Gone(K),
    /// Everything has come.
    Complete,
    /// I may not watch this kind; it is tried again.
    Forbidden(Trouble),
    /// The watch can't go on.
    Broken(Trouble),
}

/// The settings of a watch.
pub fn config(start: Start) -> watcher::Config {
    let config = watcher::Config::default().timeout(WATCH_SECONDS);
    match start {
        Start::Streamed => config.streaming_lists(),
        Start::Paged => config.page_size(PAGE),
    }
}

/// Follows the objects of a kind.
pub fn follow<K>(api: Api<K>, config: watcher::Config) -> BoxStream<'static, Seen<K>>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let events = begin(&api, &config);
    let follow = Follow {
        api,
        config,
        events,
        tears: 0,
    };
    stream::unfold(follow, |mut follow| async {
        let seen = follow.next().await?;
        Some((seen, follow))
    })
    .boxed()
}

type Events<K> = BoxStream<'static, Result<Event<K>, watcher::Error>>;

struct Follow<K> {
    api: Api<K>,
    config: watcher::Config,
    events: Events<K>,
    tears: u32,
}

fn begin<K>(api: &Api<K>, config: &watcher::Config) -> Events<K>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    watch(api.clone(), config.clone()).default_backoff().boxed()
}

impl<K> Follow<K>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    async fn next(&mut self) -> Option<Seen<K>> {
        loop {
            let error = match self.events.next().await? {
                Ok(event) => {
                    if !matches!(event, Event::Init) {
                        self.tears = 0;
                    }
                    return Some(match event {
                        Event::Init => Seen::Begin,
                        Event::InitApply(object) => Seen::Is(object, true),
                        Event::InitDone => Seen::Complete,
                        Event::Apply(object) => Seen::Is(object, false),
                        Event::Delete(object) => Seen::Gone(object),
                    });
                }
                Err(error) => error,
            };
            tracing::debug!(%error, "watch");
            if let Some(seen) = self.judge(&error) {
                return Some(seen);
            }
        }
    }

    fn judge(&mut self, error: &watcher::Error) -> Option<Seen<K>> {
        match error {
            watcher::Error::InitialListFailed(error) => Some(refused(of_kube(error))),
            watcher::Error::WatchStartFailed(error) => {
                if code_of_kube(error) == Some(410) {
                    // The runtime would ask for the expired version again and again.
                    self.events = begin(&self.api, &self.config);
                    return None;
                }
                Some(refused(of_kube(error)))
            }
            watcher::Error::WatchError(status) if status.code == 410 => None,
            watcher::Error::WatchError(status) => self.torn(|| of_kube_status(status)),
            watcher::Error::WatchFailed(error) => self.torn(|| of_kube(error)),
            watcher::Error::NoResourceVersion => Some(Seen::Broken(trouble(
                TroubleKind::Malformed,
                "an answer without a resource version",
            ))),
        }
    }

    fn torn(&mut self, why: impl FnOnce() -> Trouble) -> Option<Seen<K>> {
        self.tears += 1;
        (self.tears >= MOST_TEARS).then(|| Seen::Broken(why()))
    }
}

fn refused<K>(why: Trouble) -> Seen<K> {
    if why.kind == TroubleKind::Forbidden {
        Seen::Forbidden(why)
    } else {
        Seen::Broken(why)
    }
}

/// Tags what a watch saw, so that several watches can be read as one stream.
pub fn tagged<K, T>(
    seen: BoxStream<'static, Seen<K>>,
    tag: impl Fn(Seen<K>) -> T + Send + 'static,
) -> BoxStream<'static, T>
where
    K: Send + 'static,
    T: Send + 'static,
{
    seen.map(tag).boxed()
}

/// The version of the API server, by a question that every user may ask; it also proves that the server answers. Asked
/// by the client that never sends twice, so that a refusal is seen as what it is, and so that the connection on which a
/// change would be sent is open before it is needed.
pub async fn version(
    clients: &Clients,
) -> Result<k8s_openapi::apimachinery::pkg::version::Info, Trouble> {
    version_by(&clients.write).await
}

async fn version_by(
    client: &Client,
) -> Result<k8s_openapi::apimachinery::pkg::version::Info, Trouble> {
    within(PROBE_DEADLINE, of_kube, client.apiserver_version()).await
}

/// Whether the API server still answers: one item every five seconds. One question for all that want to know.
pub fn alive(clients: &Clients) -> impl Stream<Item = Result<(), Trouble>> + Send + use<> {
    let (shared, client) = (Arc::clone(&clients.shared), clients.write.clone());
    stream::once(async move { shared.probe(client).await }).flat_map(|look| {
        stream::unfold(look, |mut look| async {
            let answer = look.next().await.map(drop);
            Some((answer, look))
        })
    })
}

pub(super) fn probes(client: Client) -> impl Stream<Item = Result<(), Trouble>> + Send {
    stream::unfold(client, |client| async move {
        tokio::time::sleep(PROBE_EVERY).await;
        let answer = version_by(&client).await.map(drop);
        Some((answer, client))
    })
}
