//! One connection to a metrics server: what was discovered, what is kept, and the asking for what is missing.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use crate::adapters::transport::Clients;
use crate::adapters::transport::trouble::trouble;
use crate::domain::environment::Place;
use crate::domain::gauge::Gauge;
use crate::domain::grid::GridIndex;
use crate::domain::metrics::BeforeCanary;
use crate::domain::observation::Fact;
use crate::domain::source::{Trouble, TroubleKind};

use super::apart;
use super::before::before_canary;
use super::beside::{Beside, Heard};
use super::discover::{Discovered, discover};
use super::map::{self, Range};
use super::parts::Parts;
use super::pods::PodsPlan;
use super::promql;
use super::server::Server;
use super::together::Together;
use super::window::Kept;
use super::wire::Answer;
use super::{Settings, Wanted};

/// The most points of one answer: 75 minutes of the shortest intervals. The server refuses more than 11,000 a series,
/// and thousands of series take it ten milliseconds a point.
const MOST_POINTS: i64 = 300;

/// Fewer points than this are not made fewer again.
const FEWEST_POINTS: i64 = 20;

/// How many intervals are asked for again, for scrapes that came late.
const AGAIN: i64 = 2;

/// See the module.
pub(super) struct Session {
    server: Arc<Server>,
    settings: Settings,
    discovered: Discovered,
    kept: Kept,
    /// From where on answers were partial or failed.
    again_from: Parts<GridIndex>,
    /// What was wrong with the last answers about what is no request.
    fail: Parts<Trouble>,
    /// How it is with what is asked at each look and has no past.
    beside: Beside,
    /// Why it could not be asked again what the server has.
    unseen: Option<Trouble>,
}

impl Session {
    /// Reaches the server and asks what it has.
    pub(super) async fn open(
        settings: &Settings,
        clients: &Clients,
        now: Timestamp,
    ) -> Result<Self, Trouble> {
        let server = Server::open(settings, clients).await?;
        let discovered = discover(&server, settings, now).await?;
        let kept = Kept::from(discovered.grid, discovered.grid.index_at(now));
        Ok(Self {
            server: Arc::new(server),
            settings: settings.clone(),
            discovered,
            kept,
            again_from: Parts::default(),
            fail: Parts::default(),
            beside: Beside::default(),
            unseen: None,
        })
    }

    /// Asks again what the server has. What was known stays known while nothing is found, and while the answer is none or
    /// partial: what only a part of a server's storage tells would change names, labels and intervals, and with them the past.
    /// A server that is in trouble is heard by the next fill.
    pub(super) async fn discover_again(&mut self, now: Timestamp) {
        let mut found = match discover(&self.server, &self.settings, now).await {
            Ok(found) => found,
            Err(why) => {
                self.unseen = Some(why);
                return;
            }
        };
        self.unseen = None;
        let known = &self.discovered;
        if found.red.is_none() && known.red.is_some() {
            return;
        }
        if found.grid == known.grid {
            match (&mut found.machines, &known.machines) {
                (Some(found), Some(known)) => found.keep(known),
                (None, Some(_)) => {
                    // What answers was found before: what it lacks it says itself.
                    found.machines.clone_from(&known.machines);
                    found.machines_fail = None;
                }
                (_, None) => {}
            }
        }
        if (&found.red, &found.machines, &found.business.asked)
            != (&known.red, &known.machines, &known.business.asked)
        {
            // Other labels, bounds or intervals: what was counted by the old ones is asked for again.
            self.kept = Kept::from(found.grid, found.grid.index_at(now));
            self.again_from = Parts::default();
        }
        self.discovered = found;
    }

    /// Whether what the server has should be looked at again soon.
    pub(super) const fn is_unseen(&self) -> bool {
        self.unseen.is_some()
    }

    /// Whether the service was found.
    pub(super) const fn knows_service(&self) -> bool {
        self.discovered.red.is_some()
    }

    /// Whether its machines were found, or can't be told from others.
    pub(super) fn knows_machines(&self) -> bool {
        let machines = self.discovered.machines.as_ref();
        self.settings.untold.contains(&Gauge::Cpu)
            || machines.is_some_and(|plan| plan.usage.is_some() || plan.restarts.is_some())
    }

    /// When the next interval has ended and its scrapes are in.
    pub(super) fn next(&self) -> Timestamp {
        let end = self.discovered.grid.end(self.kept.end());
        end + SignedDuration::try_from(self.discovered.settle).unwrap_or_default()
    }

    /// Up to which interval the scrapes are in.
    fn settled(&self, now: Timestamp) -> GridIndex {
        let settle = SignedDuration::try_from(self.discovered.settle).unwrap_or_default();
        self.discovered.grid.index_at(now - settle)
    }

    /// Begins to ask for what has no past, each to be waited for beside the rest: so the intervals wait for none of it.
    pub(super) fn look_beside(
        &mut self,
        now: Timestamp,
        together: &Arc<Together>,
    ) -> Vec<BoxFuture<'static, Heard>> {
        let at = self.discovered.grid.start(self.settled(now));
        let plan = self.discovered.pods.as_ref();
        self.beside.begin(&self.server, plan, together, at)
    }

    /// Takes what came of one of these questions; what is to be told of it.
    pub(super) fn heard(&mut self, heard: Heard) -> Option<Fact> {
        self.beside.heard(&self.settings, heard)
    }

    /// Asks for the intervals that are wanted, closed and not yet known. Trouble that leaves holes in the requests is
    /// returned beside what was learned; trouble with the gauges is [`Self::lacks`]'s.
    pub(super) async fn fill(
        &mut self,
        now: Timestamp,
        wanted: Wanted,
    ) -> Result<Option<Trouble>, Trouble> {
        let grid = self.discovered.grid;
        let end = self.settled(now);
        let first = grid.first_from(wanted.first(now)).min(end);
        if first < self.kept.first() || first > self.kept.end() || end < self.kept.end() {
            self.kept = Kept::from(grid, first);
        } else {
            self.kept.forget_before(first);
        }
        let pending = self.again_from.clone();
        let again = self.kept.end().plus(-AGAIN).max(first);
        let mut left_out = self.fetch(again, end).await?;
        // What answers whole again is asked once more for what it left out before.
        let whole = pending.without(&left_out);
        if let Some(from) = whole.each().min().copied() {
            self.again_from = self.again_from.clone().without(&whole);
            left_out = self.fetch(from.max(first), end).await?.or(left_out);
        }
        let requests = left_out.requests.take();
        self.fail = left_out;
        Ok(requests)
    }

    /// Asks for intervals in parts that the server can carry.
    async fn fetch(&mut self, from: GridIndex, end: GridIndex) -> Result<Parts<Trouble>, Trouble> {
        let grid = self.discovered.grid;
        let mut from = from;
        let mut left_out = Parts::default();
        let mut points = MOST_POINTS;
        while from < end {
            let range = Range {
                grid,
                first: from,
                end: from.plus(points).min(end),
            };
            // Requests do not wait again and again for what fails beside them.
            match self.ask(range, &left_out.clone()).await {
                Ok(why) => {
                    let again = |known: &mut Option<GridIndex>, fails: bool| {
                        if fails {
                            *known = Some(known.unwrap_or(from).min(from));
                        }
                    };
                    again(&mut self.again_from.requests, why.requests.is_some());
                    again(&mut self.again_from.machines, why.machines.is_some());
                    again(&mut self.again_from.business, why.business.is_some());
                    left_out = left_out.or(why);
                    from = range.end;
                }
                Err(why) if too_heavy(&why) && points > FEWEST_POINTS => points /= 4,
                Err(why) => return Err(why),
            }
        }
        Ok(left_out)
    }

    /// Asks for one range of all panel groups at once; of the gauges only while they do not fail.
    async fn ask(
        &mut self,
        range: Range,
        failing: &Parts<Trouble>,
    ) -> Result<Parts<Trouble>, Trouble> {
        let red = self.discovered.red.as_ref();
        let machines = self.discovered.machines.as_ref();
        let machines = machines.filter(|_| failing.machines.is_none());
        let business = self.discovered.business.query();
        let business = business.filter(|_| failing.business.is_none());
        let over = async |query: Option<String>| match query {
            Some(query) => {
                let Range { grid, first, end } = range;
                self.server.over(&query, grid, first, end).await
            }
            None => Ok(Answer::default()),
        };
        let (red_answer, machines_answer, business_answer) = futures::join!(
            over(red.map(promql::red)),
            over(machines.map(promql::machines)),
            over(business)
        );
        let red_answer = red_answer?;
        // Gauges are asked of other exporters: their trouble makes holes, but does not take the requests away.
        let beside = |answer: Result<Answer, Trouble>, failing: &Option<Trouble>| match answer {
            Ok(answer) => {
                let why = failing.clone().or(answer.partial());
                (answer, why)
            }
            Err(why) => (Answer::default(), Some(why)),
        };
        if let Err(why) = &machines_answer
            && too_heavy(why)
            && range.end.since(range.first) > FEWEST_POINTS
        {
            return Err(why.clone());
        }
        let (machines_answer, machines_fail) = beside(machines_answer, &failing.machines);
        let (business_answer, business_fail) = beside(business_answer, &failing.business);
        let left_out = Parts {
            requests: red_answer.partial(),
            machines: machines_fail,
            business: business_fail,
        };
        let red = red.map_or_else(
            || map::nothing(range),
            |plan| map::red(plan, range, &red_answer),
        );
        let mut gauges = map::gauges(range, &machines_answer);
        let business = map::gauges(range, &business_answer);
        gauges.gauges.extend(business.gauges);
        self.kept.replace(red, gauges);
        Ok(left_out)
    }

    /// The intervals that are known now.
    pub(super) fn facts(&self, place: &Place) -> Vec<Fact> {
        let mut facts = Vec::new();
        if self.discovered.red.is_some() {
            facts.push(Fact::Red(place.clone(), self.kept.red()));
        }
        if self.discovered.machines.is_some() || !self.discovered.business.asked.is_empty() {
            let mut window = self.kept.machines();
            let readings = self.discovered.machines.iter().flat_map(|m| &m.readings);
            let told = readings.filter(|reading| window.gauges.contains_key(&reading.gauge));
            window.exporters = told.map(|r| (r.gauge, r.exporter)).collect();
            facts.push(Fact::Use(place.clone(), window));
        }
        facts
    }

    /// What is not told of what is asked for, though the server answers.
    pub(super) fn lacks(&self) -> Vec<Trouble> {
        let said = |why: &Trouble, of: &str| {
            let message = format!("{of}: {}", why.message.raw());
            trouble(why.kind, message)
        };
        let machines = self.fail.machines.as_ref();
        let machines = machines.or(self.discovered.machines_fail.as_ref());
        let machines = machines.map(|why| said(why, "not of cpu, memory and the other gauges"));
        let beside = self.beside.lacks();
        let beside = beside.map(|(why, of)| said(why, of));
        let business = self.fail.business.iter();
        let business = business.map(|why| said(why, "not of the business"));
        let refused = self.discovered.business.refused.iter();
        let refused = refused.map(|(name, why)| said(why, &format!("not of the business: {name}")));
        let of =
            "what the server has could not be asked again, so that what it had before is asked for";
        let unseen = self.unseen.as_ref().map(|why| said(why, of));
        let status = self.no_status();
        status
            .into_iter()
            .chain(self.discovered.unread.clone())
            .chain(unseen)
            .chain(apart::untold(&self.settings))
            .chain(machines)
            .chain(beside)
            .chain(business)
            .chain(refused)
            .collect()
    }

    /// Why it is not known which requests failed: no series has a status, or some that are used have none.
    fn no_status(&self) -> Option<Trouble> {
        let plan = self.discovered.red.as_ref()?;
        let told = plan.status.is_some() && self.kept.tells_errors();
        (!told).then(|| {
            let pack = self.settings.pack.pack();
            trouble(
                TroubleKind::NotFound,
                format!(
                    "which requests failed is not known: {} have no status in {}",
                    if plan.status.is_some() { "some" } else { "all" },
                    one_of(pack.status)
                ),
            )
        })
    }

    /// Why there are no requests to tell.
    pub(super) fn not_found(&self) -> Trouble {
        let pack = self.settings.pack.pack();
        trouble(
            TroubleKind::NotFound,
            format!(
                "no series {} and no target up{{...}} of these matchers",
                self.settings.series().of(pack.counter)
            ),
        )
    }

    /// The tallies of the day before a canary began, to be waited for beside the rest; none without a service.
    pub(super) fn before(
        &self,
        began: Timestamp,
    ) -> Option<impl Future<Output = Result<BeforeCanary, Trouble>> + Send + use<>> {
        let plan = self.discovered.red.clone()?;
        let server = Arc::clone(&self.server);
        Some(async move { before_canary(&server, &plan, began).await })
    }

    /// The text of what is asked for each signal.
    pub(super) fn queries(&self) -> Vec<(String, String)> {
        let red = self.discovered.red.as_ref().map(promql::red_parts);
        let red = red.into_iter().flatten();
        let red = red.map(|(signal, query)| (signal.to_owned(), query));
        let machines = self.discovered.machines.as_ref();
        let machines = machines.map(promql::machine_parts);
        let business = self.discovered.business.parts();
        let pods = self.discovered.pods.iter().flat_map(PodsPlan::parts);
        red.chain(machines.into_iter().flatten())
            .chain(pods)
            .chain(business)
            .collect()
    }
}

/// Labels to choose from, in words.
fn one_of(labels: &[&str]) -> String {
    match labels {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        _ => labels.concat(),
    }
}

/// Whether a smaller part of the same may succeed: out of time, or of the server's or our limits.
fn too_heavy(why: &Trouble) -> bool {
    matches!(why.kind, TroubleKind::TimedOut | TroubleKind::Malformed)
}
