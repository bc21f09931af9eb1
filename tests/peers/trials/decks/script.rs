//! The stories: what people do in them, by the scenarios' own files, and when the deck is looked at.
//!
//! What takes longer than eight minutes is told by loaded history elsewhere; these play in real time.

use anyhow::{Result, bail};
use flightdeck::sim::scenario::Headline;

use crate::conclusion::Conclusion;

/// The flag that the stories are about.
pub(super) const FLAG: &str = "new-payment-flow";

/// A scenario as it is played here.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) scenario: &'static str,
    pub(super) service: &'static str,
    file: &'static str,
    /// Whether the release gets out. Where it does not, what is judged is the one before, which is days old in the
    /// simulator and minutes old here; then only the advice is compared.
    pub(super) is_out: bool,
    /// When the deck is looked at.
    pub(super) looks: &'static [Look],
}

/// A moment at which the deck must say what a deck over the simulator says, and so much for certain.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) time: &'static str,
    headline: Headline,
    /// The first response, where it is part of the story.
    first: Option<&'static str>,
    promote: bool,
}

/// What somebody does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scripted {
    /// A release, whose container may exit soon after it starts.
    Deploy { version: String, runs: bool },
    /// [`FLAG`] is set.
    Flag { state: String },
}

impl Look {
    const fn at(time: &'static str, headline: Headline) -> Self {
        Self {
            time,
            headline,
            first: None,
            promote: false,
        }
    }

    const fn first(mut self, first: &'static str) -> Self {
        self.first = Some(first);
        self
    }

    const fn promote(mut self) -> Self {
        self.promote = true;
        self
    }

    /// Whether a conclusion is that.
    pub(super) fn is(&self, found: &Conclusion) -> bool {
        found.headline == self.headline
            && found.promotion.0 == self.promote
            && (self.first.is_none() || found.first.as_deref() == self.first)
    }
}

/// The story of `feature-errors`, told sooner after the release.
pub(super) const FEATURE_ERRORS: Script = Script {
    scenario: "story",
    service: "checkout",
    file: include_str!("../../../../src/sim/scenarios/story.toml"),
    is_out: true,
    looks: &[
        Look::at("03:04:15", Headline::Soak),
        // Later than the breach: the flag's share of the errors must be clear of its bound whichever way the dice fell.
        Look::at("03:06:30", Headline::Breach).first("Flag new-payment-flow on canary"),
    ],
};

pub(super) const CALM: Script = Script {
    scenario: "calm",
    service: "checkout",
    file: include_str!("../../../../src/sim/scenarios/calm.toml"),
    is_out: true,
    looks: &[
        Look::at("03:04:30", Headline::Soak),
        Look::at("03:08:15", Headline::Pass).promote(),
    ],
};

pub(super) const LOW_TRAFFIC: Script = Script {
    scenario: "low-traffic",
    service: "ledger",
    file: include_str!("../../../../src/sim/scenarios/low-traffic.toml"),
    is_out: true,
    looks: &[
        Look::at("03:05:00", Headline::Soak),
        Look::at("03:08:30", Headline::Unsure),
    ],
};

pub(super) const BAD_RELEASE: Script = Script {
    scenario: "bad-release",
    service: "checkout",
    file: include_str!("../../../../src/sim/scenarios/bad-release.toml"),
    is_out: false,
    looks: &[
        Look::at("03:02:30", Headline::Breach),
        Look::at("03:05:00", Headline::Breach),
    ],
};

impl Script {
    /// What people do at which times, in order.
    pub(super) fn events(&self) -> Result<Vec<(String, Scripted)>> {
        let file: toml::Table = toml::from_str(self.file)?;
        let events = file.get("events").and_then(toml::Value::as_array);
        events.into_iter().flatten().map(event).collect()
    }
}

fn event(event: &toml::Value) -> Result<(String, Scripted)> {
    let text = |key: &str| {
        let found = event.get(key).and_then(toml::Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let happens = match text("kind").as_str() {
        "deploy" => Scripted::Deploy {
            version: text("version"),
            runs: event
                .get("runs")
                .and_then(toml::Value::as_bool)
                .unwrap_or(true),
        },
        "flag" => Scripted::Flag {
            state: text("state"),
        },
        other => bail!("{other} is not played here"),
    };
    Ok((text("at"), happens))
}
