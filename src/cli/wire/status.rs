//! What `status` prints.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::advice::{Promote, Rung};
use super::alert::Alerts;
use super::metric::Judged;
use super::source::Source;
use super::words::{self, tag};
use crate::app::state::ServiceState;
use crate::engine::advisor::advice::RungKind;
use crate::engine::advisor::distil;
use crate::engine::assess::Promoted;
use crate::view::words::{headline::headline, hurt::hurt};

/// How every service is doing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Status {
    /// `flightdeck.dev/status/v1`.
    pub(in crate::cli) schema: &'static str,
    /// The moment.
    pub(in crate::cli) at: Timestamp,
    /// The services, by name.
    pub(in crate::cli) services: Vec<Service>,
}

/// How one service is doing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Service {
    /// Its name.
    #[serde(rename = "service")]
    pub(in crate::cli) name: String,
    /// The state of things in one line.
    pub(in crate::cli) headline: Headline,
    /// Who is hurt, as a sentence.
    pub(in crate::cli) hurt: String,
    /// When canary began to count; null when there is none, or that is not known.
    pub(in crate::cli) canary_began_at: Option<Timestamp>,
    /// When its soak is over.
    pub(in crate::cli) soak_ends_at: Option<Timestamp>,
    /// What soaks on production, where both sides run the same version; then "canary" stands for production in all that
    /// follows, and "production" for production before.
    pub(in crate::cli) production_soak: Option<ProductionSoak>,
    /// The metrics.
    pub(in crate::cli) metrics: Vec<Judged>,
    /// The rung to take now; null when nothing is to be done, or nothing can be said.
    #[schemars(schema_with = "words::rung_or_null")]
    pub(in crate::cli) advised: Option<RungKind>,
    /// The whole ladder, level 1 first.
    pub(in crate::cli) rungs: Vec<Rung>,
    /// Whether canary may be promoted.
    pub(in crate::cli) promote: Promote,
    /// The alerts of its metrics servers that name it. They decide nothing here: each is told as what its rule says.
    pub(in crate::cli) alerts: Vec<Alerts>,
    /// What all of that rests on.
    pub(in crate::cli) sources: Vec<Source>,
}

/// A release that soaks on production.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct ProductionSoak {
    /// When it began to count.
    pub(in crate::cli) began_at: Timestamp,
    /// When its soak is over.
    pub(in crate::cli) ends_at: Timestamp,
    /// When the release began: production is held against itself before that.
    pub(in crate::cli) released_at: Timestamp,
    /// Whether enough was seen of the time before; else only the limits speak.
    pub(in crate::cli) before_is_seen: bool,
}

impl From<Promoted> for ProductionSoak {
    fn from(promoted: Promoted) -> Self {
        Self {
            began_at: promoted.counts_from,
            ends_at: promoted.soak_ends,
            released_at: promoted.before,
            before_is_seen: promoted.is_seen,
        }
    }
}

/// The state of things.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::cli) struct Headline {
    /// The kind, such as `breach`.
    pub(in crate::cli) state: String,
    /// The word of the screen, such as `BREACH`.
    pub(in crate::cli) word: &'static str,
    /// The sentence.
    pub(in crate::cli) text: String,
}

impl Service {
    pub(in crate::cli) fn of(service: &ServiceState, now: Timestamp) -> Self {
        let ServiceState {
            evidence,
            assessment,
            advice,
            ..
        } = service;
        let said = headline(advice, evidence, now);
        let compared = advice.compared;
        let case = distil(evidence, assessment, now);
        let sources = case.sources.iter();
        Self {
            name: evidence.service.as_str().to_owned(),
            headline: Headline {
                state: tag(&advice.headline),
                word: said.word,
                text: said.text,
            },
            hurt: hurt(advice).1,
            canary_began_at: assessment.canary_began,
            soak_ends_at: assessment.soak_ends,
            production_soak: assessment.promoted.map(ProductionSoak::from),
            metrics: assessment
                .rows
                .iter()
                .map(|row| Judged::of(row, compared, now))
                .collect(),
            advised: advice.first,
            rungs: advice
                .rungs
                .iter()
                .map(|r| Rung::of(r, compared, now))
                .collect(),
            promote: Promote::of(&advice.promotion, now),
            alerts: Alerts::of(evidence),
            sources: sources
                .map(|(id, state)| Source::of(id, state, now))
                .collect(),
        }
    }
}
