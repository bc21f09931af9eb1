//! The life of a metrics source: fill in history, then ask just after each interval's end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::adapters::transport::trouble::{chain, trouble};
use crate::adapters::transport::{Clients, Feed, Life, Voice};
use crate::domain::observation::Fact;
use crate::domain::source::{Trouble, TroubleKind};

use super::beside::Heard;
use super::session::Session;
use super::together::Together;
use super::{Settings, Wanted};

/// After how many intervals the server is asked again what it has.
const DISCOVER_EVERY: u32 = 20;

/// The same while it has nothing of the service's machines, whose exporters may be scraped later than the service, and
/// while it has not said what it has.
const SOON_EVERY: u32 = 2;

/// After how many intervals the day before a canary is asked for again, if that failed.
const BEFORE_EVERY: u32 = 4;

/// The shortest wait, so that a clock that stumbles makes no storm of queries.
const LEAST_WAIT: Duration = Duration::from_millis(100);

/// Watches an environment's metrics until the feed is cancelled. `wanted` says how far back; each observation carries
/// the whole window. `together` is that of all environments of the same server.
pub async fn run(
    settings: Settings,
    clients: Clients,
    feed: Feed,
    wanted: watch::Receiver<Wanted>,
    together: Arc<Together>,
) {
    let source = Source {
        settings,
        clients,
        wanted,
        together,
        trouble: None,
        told_before: None,
        told_lacks: Vec::new(),
        told_queries: Vec::new(),
    };
    Box::pin(feed.live(source)).await;
}

/// Everything that is wanted at one moment, without waiting for another.
pub async fn observe_once(
    settings: &Settings,
    clients: &Clients,
    at: Timestamp,
    wanted: Wanted,
) -> Result<Vec<Fact>, Trouble> {
    let mut session = Session::open(settings, clients, at).await?;
    if !session.knows_service() {
        return Err(session.not_found());
    }
    let beside = session.look_beside(at, &Arc::default());
    let filling = Box::pin(session.fill(at, wanted));
    let (trouble, beside) = futures::join!(filling, futures::future::join_all(beside));
    let trouble = trouble?;
    let beside = beside.into_iter();
    let mut facts: Vec<Fact> = beside.filter_map(|heard| session.heard(heard)).collect();
    let lacks = session.lacks();
    facts.extend(session.facts(&settings.place));
    if !lacks.is_empty() {
        facts.push(Fact::Lacks(lacks));
    }
    if let Some(before) = wanted.canary_began.and_then(|began| session.before(began)) {
        facts.push(Fact::BeforeCanary(settings.place.clone(), before.await?));
    }
    facts.push(Fact::Queries(settings.place.clone(), session.queries()));
    facts.extend(trouble.map(|trouble| Fact::Failed {
        trouble,
        next_try: at,
    }));
    Ok(facts)
}

struct Source {
    settings: Settings,
    clients: Clients,
    wanted: watch::Receiver<Wanted>,
    /// What all environments of the server ask it together.
    together: Arc<Together>,
    /// What was wrong with the requests of the last look.
    trouble: Option<Trouble>,
    /// The canary whose day before was told: it is told once, not once a life.
    told_before: Option<Timestamp>,
    /// What this life said last that it lacks.
    told_lacks: Vec<Trouble>,
    /// The queries that this life told last.
    told_queries: Vec<(String, String)>,
}

impl Life for Source {
    async fn live(&mut self, voice: &Voice) -> Result<Infallible, Trouble> {
        let mut session = Session::open(&self.settings, &self.clients, voice.now()).await?;
        self.told_lacks.clear();
        self.told_queries.clear();
        let mut befores = FuturesUnordered::new();
        // Tasks, so that others who wait for what is asked together do not wait for what else is done here.
        let mut beside = JoinSet::new();
        let mut step: u32 = 0;
        let mut asked_before: Option<(Timestamp, u32)> = None;
        loop {
            let wanted = *self.wanted.borrow_and_update();
            self.tell_queries(voice, &session).await;
            for question in session.look_beside(voice.now(), &self.together) {
                beside.spawn(question);
            }
            self.tell_intervals(voice, &mut session, wanted).await?;
            let began = wanted.canary_began.filter(|began| {
                let is_due = asked_before.is_none_or(|(asked, at)| {
                    asked != *began || step.wrapping_sub(at) >= BEFORE_EVERY
                });
                self.told_before != Some(*began) && befores.is_empty() && is_due
            });
            if let Some((began, before)) = began.and_then(|b| Some((b, session.before(b)?))) {
                asked_before = Some((began, step));
                befores.push(async move { (began, before.await) });
            }
            let wait = wait_until(session.next(), voice.now());
            let mut waiting = std::pin::pin!(voice.pace().wait(wait));
            loop {
                tokio::select! {
                    () = &mut waiting => break,
                    Ok(()) = self.wanted.changed() => break,
                    Some(heard) = beside.join_next() => {
                        let broken = |error| trouble(TroubleKind::Malformed, chain(&error));
                        self.tell_beside(voice, &mut session, heard.map_err(broken)?).await;
                    }
                    Some((began, before)) = befores.next() => match before {
                        Ok(before) => {
                            let place = self.settings.place.clone();
                            voice.tell(Fact::BeforeCanary(place, before)).await;
                            self.told_before = Some(began);
                        }
                        // Until it comes, the judge assumes a dispersion and says so.
                        Err(why) => tracing::warn!(kind = ?why.kind, message = %why.message, "the day before the canary"),
                    },
                }
            }
            step = step.wrapping_add(1);
            let some = !session.knows_machines() || session.is_unseen();
            let missing = !session.knows_service() || some && step.is_multiple_of(SOON_EVERY);
            if missing || step.is_multiple_of(DISCOVER_EVERY) {
                session.discover_again(voice.now()).await;
            }
        }
    }
}

impl Source {
    async fn tell_queries(&mut self, voice: &Voice, session: &Session) {
        let queries = session.queries();
        if queries != self.told_queries {
            let place = self.settings.place.clone();
            voice.tell(Fact::Queries(place, queries.clone())).await;
            self.told_queries = queries;
        }
    }

    /// Fills in and tells; trouble that leaves holes is told last, so that it is what the source's state shows.
    async fn tell_intervals(
        &mut self,
        voice: &Voice,
        session: &mut Session,
        wanted: Wanted,
    ) -> Result<(), Trouble> {
        let trouble = session.fill(voice.now(), wanted).await?;
        self.trouble = if session.knows_service() {
            trouble
        } else {
            Some(session.not_found())
        };
        let facts = session.facts(&self.settings.place);
        self.tell(voice, session, facts).await;
        Ok(())
    }

    /// Tells what came of a question beside the intervals.
    async fn tell_beside(&mut self, voice: &Voice, session: &mut Session, heard: Heard) {
        let fact = session.heard(heard);
        self.tell(voice, session, fact).await;
    }

    /// Tells facts between what is lacking and what is wrong.
    async fn tell(
        &mut self,
        voice: &Voice,
        session: &Session,
        facts: impl IntoIterator<Item = Fact, IntoIter: Send> + Send,
    ) {
        let lacks = session.lacks();
        if lacks != self.told_lacks {
            voice.tell(Fact::Lacks(lacks.clone())).await;
            self.told_lacks = lacks;
        }
        for fact in facts {
            voice.tell(fact).await;
        }
        if let Some(trouble) = self.trouble.clone() {
            let next_try = session.next();
            voice.tell(Fact::Failed { trouble, next_try }).await;
            // What failed begins anew with all of it told.
            self.told_lacks.clear();
        }
    }
}

fn wait_until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now))
        .unwrap_or_default()
        .max(LEAST_WAIT)
}
