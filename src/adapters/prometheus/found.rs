//! The one question that tells what a metrics server has of a service, and its answer; and one more where that has series
//! that may be native histograms.
//!
//! Apart from what is concluded from it, for a person is told the same answer.

use jiff::Timestamp;

use crate::domain::gauge::Gauge;
use crate::domain::source::{Trouble, TroubleKind};

use super::Settings;
use super::native::{self, Resolution};
use super::pack::{Pack, Reporter, containers};
use super::promql::SIGNAL;
use super::selector::{Matchers, literal};
use super::server::Server;
use super::signals::candidates;
use super::wire::{Answer, Series};

/// The label beside `signal` that names what was counted.
pub(super) const NAME: &str = "name";

/// Counts of the series of a gauge's metrics; their name is the row and the metric in it.
const SERIES: &str = "series";

/// The one query that tells what is there, without the targets.
pub(super) fn question(settings: &Settings) -> String {
    let pack = settings.pack.pack();
    let series = settings.series();
    let pods = settings.pod_series();
    let named = |signal: &str, name: &str, expression: String| named(signal, name, &expression);
    let with = |metric: &str, label: &str| {
        format!("count({})", series.clone().and(label, "!=", "").of(metric))
    };
    let count = |selector: String| format!("count({selector})");
    let by = native::by(pack);
    let mut parts = Vec::new();
    for counter in counters(pack) {
        let all = series.of(counter);
        parts.push(named("requests", counter, count(all.clone())));
        parts.push(named("job", "", format!("count by ({by}) ({all})")));
        for label in [pack.method, pack.route, pack.status, &["pod"]]
            .into_iter()
            .flatten()
        {
            parts.push(named("label", label, with(counter, label)));
        }
    }
    parts.extend([
        named(
            "bound",
            "",
            format!("count by (le) ({})", series.of(pack.buckets)),
        ),
        named("unsuffixed", "", count(series.of(pack.native()))),
        named("up", "", count(series.of("up"))),
        named(
            "seconds",
            "",
            format!("max({})", series.of("scrape_duration_seconds")),
        ),
    ]);
    if !settings.untold.contains(&Gauge::Cpu) {
        parts.extend([
            named("cpu", "", count(pods.of(containers::CPU))),
            named("memory", "", count(pods.of(containers::MEMORY))),
            named(
                "restarts",
                "",
                format!("count by (job) ({})", pods.of(containers::RESTARTS)),
            ),
        ]);
    }
    for label in [pack.method, pack.route].into_iter().flatten() {
        parts.push(named("bucket_label", label, with(pack.buckets, label)));
    }
    for (row, candidate) in candidates(settings).iter().enumerate() {
        for (term, (_, selector)) in candidate.terms.iter().enumerate() {
            parts.push(named(SERIES, &of_row(row, term), count(selector.clone())));
        }
    }
    parts.join("\nor ")
}

/// An expression whose answer says what it tells of.
pub(super) fn named(signal: &str, name: &str, expression: &str) -> String {
    format!(
        "label_replace(label_replace({expression}, \"{SIGNAL}\", \"{signal}\", \"\", \"\"), \"{NAME}\", \"{name}\", \"\", \"\")"
    )
}

/// The counters that a pack may be counted by, the better first.
fn counters(pack: &Pack) -> impl Iterator<Item = &'static str> {
    [Some(pack.counter), pack.other_counter]
        .into_iter()
        .flatten()
}

fn of_row(row: usize, term: usize) -> String {
    format!("{row}.{term}")
}

/// The answer to [`question`], and to the one about native histograms.
pub(super) struct Found {
    series: Vec<Series>,
    /// Why it is not known whether the series without a suffix are native histograms.
    pub(super) unread: Option<Trouble>,
}

impl Found {
    pub(super) fn of(answer: &Answer) -> Self {
        Self {
            series: answer.series.clone(),
            unread: None,
        }
    }

    /// Asks a server. A partial answer is trouble: what is not in it may be there.
    pub(super) async fn ask(
        server: &Server,
        settings: &Settings,
        at: Timestamp,
    ) -> Result<Self, Trouble> {
        let pack = settings.pack.pack();
        let mut found = Self::of(&server.at(&question(settings), at).await?.whole()?);
        // Where there are both, the buckets are as good, and every server can count them.
        if found.bounds().next().is_some() || !found.has("unsuffixed", "") {
            return Ok(found);
        }
        let counts = found.counter(pack).is_none() && pack.counts_by_histogram();
        match server.at(&native::question(settings, counts), at).await {
            Ok(answer) => found.series.extend(answer.whole()?.series),
            Err(why) if why.kind == TroubleKind::Malformed => found.unread = Some(why),
            Err(why) => return Err(why),
        }
        Ok(found)
    }

    pub(super) fn all<'a>(&'a self, signal: &'a str) -> impl Iterator<Item = &'a Series> {
        let all = self.series.iter();
        all.filter(move |s| s.label(SIGNAL) == signal)
    }

    /// The finite bounds of buckets, as the server writes them.
    pub(super) fn bounds(&self) -> impl Iterator<Item = &str> {
        let all = self.all("bound").map(|s| s.label("le"));
        all.filter(|le| le.parse::<f64>().is_ok_and(f64::is_finite))
    }

    /// Where the buckets of native histograms end; none where there are none.
    pub(super) fn resolution(&self) -> Option<Resolution> {
        if !self.has("native", "") {
            return None;
        }
        let sums = self.all("").flat_map(|series| &series.histograms);
        Some(sums.last().map_or(Resolution::Octaves(0), Resolution::of))
    }

    pub(super) fn has(&self, signal: &str, name: &str) -> bool {
        self.all(signal).any(|s| s.label(NAME) == name)
    }

    /// The first label of several that is there. Where nothing is there yet, the first is as good as any.
    pub(super) fn label(
        &self,
        signal: &str,
        any: bool,
        of: &[&'static str],
    ) -> Option<&'static str> {
        let found = of.iter().copied().find(|label| self.has(signal, label));
        if any { found } else { of.first().copied() }
    }

    /// How many series there are of a metric of a candidate, by their places.
    pub(super) fn series_of(&self, row: usize, term: usize) -> u64 {
        let name = of_row(row, term);
        let counted = self.all(SERIES).find(|s| s.label(NAME) == name);
        counted.map_or(0, count_of)
    }

    /// The counter of requests that is there.
    pub(super) fn counter(&self, pack: &Pack) -> Option<&'static str> {
        let all = counters(pack).chain(pack.counts_by_histogram().then(|| pack.native()));
        let mut found = all.filter(|counter| self.has("requests", counter));
        found.next()
    }

    /// Whom to believe: the best of those who have counted; where nobody has yet, the best.
    pub(super) fn reporter(&self, pack: &Pack) -> Option<(&'static str, &'static str)> {
        let Reporter { label, values } = pack.reporter.as_ref()?;
        let has = |value: &&str| self.all("job").any(|s| s.label(label) == *value);
        let value = values.iter().copied().find(has).or(values.first().copied());
        Some((label, value?))
    }

    /// How many series were counted under a signal and a name.
    pub(super) fn count(&self, signal: &str, name: &str) -> u64 {
        let named = self.all(signal).filter(|s| s.label(NAME) == name);
        named.map(count_of).sum()
    }

    /// How many series of requests there are by one reporter.
    pub(super) fn counted_by(&self, (label, value): (&str, &str)) -> u64 {
        let by = self.all("job").filter(|s| s.label(label) == value);
        by.map(count_of).sum()
    }

    /// A matcher of the jobs that a signal was found in, by the one who is believed.
    pub(super) fn jobs(&self, signal: &str, reporter: Option<(&str, &str)>) -> Option<Matchers> {
        let mut jobs: Vec<String> = self
            .all(signal)
            .filter(|s| reporter.is_none_or(|(label, value)| s.label(label) == value))
            .map(|s| s.label("job"))
            .filter(|job| !job.is_empty())
            .map(literal)
            .collect();
        jobs.sort();
        jobs.dedup();
        (!jobs.is_empty()).then(|| Matchers::default().and("job", "=~", &jobs.join("|")))
    }
}

/// The count that a series of the answer is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of series, clamped"
)]
fn count_of(series: &Series) -> u64 {
    let counted = series.samples.last().map_or(0.0, |(_, value)| *value);
    counted.clamp(0.0, 1e9) as u64
}
