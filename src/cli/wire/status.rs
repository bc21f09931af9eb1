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
        let said = headline(&advice.headline, evidence, now);
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
            metrics: assessment
                .rows
                .iter()
                .map(|row| Judged::of(row, now))
                .collect(),
            advised: advice.first,
            rungs: advice.rungs.iter().map(|r| Rung::of(r, now)).collect(),
            promote: Promote::of(&advice.promotion, now),
            alerts: Alerts::of(evidence),
            sources: sources
                .map(|(id, state)| Source::of(id, state, now))
                .collect(),
        }
    }
}
