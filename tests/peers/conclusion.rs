//! What a deck concludes of a service, without the numbers that differ from one server to another.
//!
//! Two decks that look at one world through different servers must agree on this, word by word.

use std::collections::BTreeMap;
use std::fmt::Debug;

use flightdeck::app::state::{ServiceState, State};
use flightdeck::engine::advisor::advice::{Advice, Headline, RungTarget};
use flightdeck::engine::assess::Compared;
use flightdeck::sim::scenario;
use serde::Serialize;
use serde_json::Value;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conclusion {
    /// The state of things.
    pub(crate) headline: scenario::Headline,
    /// The same in the deck's own word, with the metric or the red line.
    pub(crate) said: String,
    /// The rung to take now, and on what.
    pub(crate) first: Option<String>,
    /// Where each rung of the ladder stands.
    pub(crate) rungs: Vec<String>,
    /// Whether promotion is open, and what it waits for.
    pub(crate) promotion: (bool, Vec<String>),
    /// The verdict of each metric.
    pub(crate) verdicts: BTreeMap<String, String>,
}

impl Conclusion {
    /// Of one service of a deck; none while the first answers are not there.
    pub(crate) fn of(state: &State, service: &str) -> Option<Self> {
        let of = |(name, found): (&_, &ServiceState)| {
            let name: &flightdeck::domain::names::ServiceName = name;
            (name.as_str() == service).then(|| Self::of_service(found))?
        };
        state.world.services.iter().find_map(of)
    }

    fn of_service(service: &ServiceState) -> Option<Self> {
        let advice = &service.advice;
        let rows = service.assessment.rows.iter();
        Some(Self {
            headline: headline(advice)?,
            said: said(&advice.headline),
            first: first(advice),
            rungs: advice
                .rungs
                .iter()
                .map(|rung| {
                    format!(
                        "{:?} {}",
                        rung.kind,
                        words(&rung.state, &["blocked", "not_needed"])
                    )
                })
                .collect(),
            promotion: (
                advice.promotion.open,
                advice
                    .promotion
                    .waits
                    .iter()
                    .map(|wait| words(wait, &[]))
                    .collect(),
            ),
            verdicts: rows
                .map(|row| {
                    let verdict = words(&row.verdict.verdict, &["unsure", "watch", "no_data"]);
                    (words(&row.verdict.metric, &["gauge"]), verdict)
                })
                .collect(),
        })
    }

    /// What is different in another, in words.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = self.differences_in_advice(other);
        found.extend(different("waits", &self.promotion.1, &other.promotion.1));
        for metric in self.verdicts.keys().chain(other.verdicts.keys()) {
            let (mine, theirs) = (self.verdicts.get(metric), other.verdicts.get(metric));
            found.extend(different(metric, &mine, &theirs));
        }
        found.dedup();
        found
    }

    /// The same of what is said and advised.
    pub(crate) fn differences_in_advice(&self, other: &Self) -> Vec<String> {
        let rungs = self.rungs.iter().zip(&other.rungs);
        [
            different("headline", &self.said, &other.said),
            different("first", &self.first, &other.first),
            different("promotion", &self.promotion.0, &other.promotion.0),
        ]
        .into_iter()
        .chain(rungs.map(|(mine, theirs)| different("rung", mine, theirs)))
        .flatten()
        .collect()
    }
}

fn different<T: Debug + PartialEq>(what: &str, mine: &T, theirs: &T) -> Option<String> {
    (mine != theirs).then(|| format!("{what}: {mine:?} and not {theirs:?}"))
}

/// The first response: which rung, on what.
fn first(advice: &Advice) -> Option<String> {
    let kind = advice.first?;
    let rung = advice.rungs.iter().find(|rung| rung.kind == kind)?;
    let target = match &rung.target {
        RungTarget::Flag { key, environment } => format!("{key} on {environment}"),
        // Revisions are counted by each cluster for itself.
        RungTarget::Release {
            environment,
            version,
            ..
        } => {
            let version = version.as_ref().map_or("?", |version| version.raw());
            format!("{environment} to {version}")
        }
        RungTarget::Traffic(affected) => format!("{affected:?}"),
        RungTarget::Environment(environment) => environment.to_string(),
        RungTarget::OnCall => "on call".to_owned(),
    };
    Some(format!("{kind:?} {target}"))
}

/// In the words of the scenario files.
fn headline(advice: &Advice) -> Option<scenario::Headline> {
    use scenario::Headline as Weather;
    Some(match &advice.headline {
        Headline::Security { .. } => Weather::Security,
        Headline::Reading { .. } => return None,
        Headline::Idle => Weather::Idle,
        Headline::WarmingUp { .. } | Headline::Soak { .. } | Headline::ProductionSoak { .. } => {
            Weather::Soak
        }
        Headline::Passed { .. } => Weather::Pass,
        Headline::NotEnough { .. } | Headline::NotEarned { .. } | Headline::Unjudged { .. } => {
            Weather::Unsure
        }
        Headline::Watch { .. } => Weather::Watch,
        Headline::Breach { .. } if advice.compared != Compared::Canary => Weather::ProductionBreach,
        Headline::Breach { .. } | Headline::RedLine { .. } | Headline::StillBad { .. } => {
            Weather::Breach
        }
        Headline::BothBad { .. } | Headline::ProductionBad { .. } => Weather::BothBad,
        Headline::Better { .. } | Headline::Helped { .. } | Headline::WasBad { .. } => {
            Weather::Recovered
        }
        Headline::Blind { .. } => Weather::Blind,
    })
}

/// The headline's own word, and the metric or red line that it names.
fn said(headline: &Headline) -> String {
    let value = serde_json::to_value(headline).unwrap_or_default();
    let word = word(&value);
    let named = ["metric", "line"]
        .iter()
        .filter_map(|key| Some(self::word(value.get(&word)?.get(key)?)));
    [word.clone()]
        .into_iter()
        .chain(named)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The word of an enum's case, and of the case inside it for those named.
fn words(value: &impl Serialize, inside: &[&str]) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    let outer = word(&value);
    match value
        .get(&outer)
        .filter(|_| inside.contains(&outer.as_str()))
    {
        Some(inner) => format!("{outer} {}", word(inner)),
        None => outer,
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}
