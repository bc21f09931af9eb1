//! A verdict in JSON: one word, what lies behind it, and its times; written from the domain's and read back to it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::Judged;
use super::words::{self, tag};
use crate::cli::input::Problem;
use crate::domain::exporter::Exporter;
use crate::domain::verdict::{self, NoData, Unsure, Watch};

/// The conclusion on a metric in one word. Only `pass` is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Verdict {
    /// Not worse than production was earned.
    Pass,
    /// Too early to tell.
    Unsure,
    /// Suspicious.
    Watch,
    /// Worse than production.
    Breach,
    /// Was worse, and is not any more without an action of ours: not promotable.
    Recovered,
    /// Nothing to judge by.
    NoData,
}

impl From<&verdict::Verdict> for Verdict {
    fn from(verdict: &verdict::Verdict) -> Self {
        match verdict {
            verdict::Verdict::Pass => Self::Pass,
            verdict::Verdict::Unsure(_) => Self::Unsure,
            verdict::Verdict::Watch(_) => Self::Watch,
            verdict::Verdict::Breach { .. } => Self::Breach,
            verdict::Verdict::Recovered { .. } => Self::Recovered,
            verdict::Verdict::NoData(_) => Self::NoData,
        }
    }
}

/// Who tells each side's gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Exporters {
    /// Canary's.
    #[schemars(schema_with = "words::exporter")]
    pub(in crate::cli) canary: Exporter,
    /// Production's.
    #[schemars(schema_with = "words::exporter")]
    pub(in crate::cli) production: Exporter,
}

/// What lies behind `unsure`, `watch` and `no_data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Why {
    /// The soak goes on.
    Soaking,
    /// The soak is over and too few requests came: `have` of about `need`, `more_seconds` at the present rate.
    TooFewRequests,
    /// Enough requests, but not worse is not earned.
    NotEarned,
    /// Too few samples of a gauge: `have` of `need`.
    TooFewSamples,
    /// The evidence grows and has not reached certainty.
    Growing,
    /// Certainly worse, but by less than matters.
    BelowFloor,
    /// Over its own limit.
    OverLimit,
    /// The source has never answered for canary.
    NoCanarySeries,
    /// The source has never answered for production.
    NoProductionSeries,
    /// No request reached canary.
    NoTraffic,
    /// Requests come, and no label tells which of them failed.
    NoStatus,
    /// The two sides are told by exporters that don't mean the same: `exporters`.
    OtherExporters,
    /// How many pods each side has is not known, and their totals don't compare.
    NoPods,
    /// More than two intervals are missing.
    Hole,
    /// The source stopped answering at `until`.
    Stale,
    /// No metrics are configured on canary or on production.
    NotConfigured,
    /// Both sides run the same version.
    NoCanary,
    /// Too little was seen of production before its release.
    NoBefore,
    /// The canary's first minute, up to `until`, does not count.
    WarmingUp,
}

/// From when to when a verdict says that it was worse, or up to when it says anything.
pub(super) const fn times(verdict: &verdict::Verdict) -> (Option<Timestamp>, Option<Timestamp>) {
    match verdict {
        verdict::Verdict::Breach { since } => (Some(*since), None),
        verdict::Verdict::Recovered { since, until } => (Some(*since), Some(*until)),
        verdict::Verdict::NoData(NoData::Stale { last: until } | NoData::WarmingUp { until }) => {
            (None, Some(*until))
        }
        verdict::Verdict::Pass
        | verdict::Verdict::Unsure(_)
        | verdict::Verdict::Watch(_)
        | verdict::Verdict::NoData(_) => (None, None),
    }
}

pub(super) type Behind = (Option<Why>, Option<u64>, Option<u64>, Option<u64>);

/// What lies behind a verdict, with its counts.
pub(super) fn behind(verdict: &verdict::Verdict) -> Behind {
    let only = |why| (Some(why), None, None, None);
    match verdict {
        verdict::Verdict::Pass
        | verdict::Verdict::Breach { .. }
        | verdict::Verdict::Recovered { .. } => (None, None, None, None),
        verdict::Verdict::Unsure(unsure) => match *unsure {
            Unsure::Soaking => only(Why::Soaking),
            Unsure::TooFewRequests {
                have,
                need,
                seconds,
            } => (Some(Why::TooFewRequests), Some(have), Some(need), seconds),
            Unsure::NotEarned => only(Why::NotEarned),
            Unsure::TooFewSamples { have, need } => (
                Some(Why::TooFewSamples),
                Some(have.into()),
                Some(need.into()),
                None,
            ),
        },
        verdict::Verdict::Watch(watch) => only(match watch {
            Watch::Growing => Why::Growing,
            Watch::BelowFloor => Why::BelowFloor,
            Watch::OverLimit => Why::OverLimit,
        }),
        verdict::Verdict::NoData(why) => only(match why {
            NoData::NoCanarySeries => Why::NoCanarySeries,
            NoData::NoProductionSeries => Why::NoProductionSeries,
            NoData::NoTraffic => Why::NoTraffic,
            NoData::NoStatus => Why::NoStatus,
            NoData::OtherExporters { .. } => Why::OtherExporters,
            NoData::NoPods => Why::NoPods,
            NoData::Hole => Why::Hole,
            NoData::Stale { .. } => Why::Stale,
            NoData::NotConfigured => Why::NotConfigured,
            NoData::NoCanary => Why::NoCanary,
            NoData::NoBefore => Why::NoBefore,
            NoData::WarmingUp { .. } => Why::WarmingUp,
        }),
    }
}

impl Judged {
    /// The verdict with what lies behind it.
    pub(in crate::cli) fn meant(&self, at: &str) -> Result<verdict::Verdict, Problem> {
        let need_time = |key: &str, time: Option<Timestamp>, what: &str| {
            let right = format!("write \"{key}\": \"2026-11-21T03:09:58Z\"");
            time.ok_or_else(|| Problem::new(format!("{at}.{key}"), what, right))
        };
        let since = |what| need_time("since", self.since, what);
        let until = |what| need_time("until", self.until, what);
        let counts = || match (self.have, self.need) {
            (Some(have), Some(need)) => Ok((have, need)),
            (None, _) | (_, None) => Err(Problem::new(
                at,
                "too few of how many is not said",
                "write \"have\" and \"need\"",
            )),
        };
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(match (self.verdict, self.why) {
            (Verdict::Pass, None) => verdict::Verdict::Pass,
            (Verdict::Breach, None) => verdict::Verdict::Breach {
                since: since("a breach has an onset")?,
            },
            (Verdict::Recovered, None) => verdict::Verdict::Recovered {
                since: since("what recovered had an onset")?,
                until: until("what recovered had an end")?,
            },
            (Verdict::Unsure, Some(Why::Soaking)) => verdict::Verdict::Unsure(Unsure::Soaking),
            (Verdict::Unsure, None | Some(Why::NotEarned)) => {
                verdict::Verdict::Unsure(Unsure::NotEarned)
            }
            (Verdict::Unsure, Some(Why::TooFewRequests)) => {
                let (have, need) = counts()?;
                verdict::Verdict::Unsure(Unsure::TooFewRequests {
                    have,
                    need,
                    seconds: self.more_seconds,
                })
            }
            (Verdict::Unsure, Some(Why::TooFewSamples)) => {
                let (have, need) = counts()?;
                verdict::Verdict::Unsure(Unsure::TooFewSamples {
                    have: small(have),
                    need: small(need),
                })
            }
            (Verdict::Watch, None | Some(Why::Growing)) => verdict::Verdict::Watch(Watch::Growing),
            (Verdict::Watch, Some(Why::BelowFloor)) => verdict::Verdict::Watch(Watch::BelowFloor),
            (Verdict::Watch, Some(Why::OverLimit)) => verdict::Verdict::Watch(Watch::OverLimit),
            (Verdict::NoData, why) => verdict::Verdict::NoData(match why {
                None | Some(Why::NoCanarySeries) => NoData::NoCanarySeries,
                Some(Why::NoProductionSeries) => NoData::NoProductionSeries,
                Some(Why::NoTraffic) => NoData::NoTraffic,
                Some(Why::NoStatus) => NoData::NoStatus,
                Some(Why::OtherExporters) => {
                    let [canary, production] = self.sides_exporters(at)?;
                    NoData::OtherExporters { canary, production }
                }
                Some(Why::NoPods) => NoData::NoPods,
                Some(Why::Hole) => NoData::Hole,
                Some(Why::NotConfigured) => NoData::NotConfigured,
                Some(Why::NoCanary) => NoData::NoCanary,
                Some(Why::NoBefore) => NoData::NoBefore,
                Some(Why::Stale) => NoData::Stale {
                    last: until("what is stale was seen once")?,
                },
                Some(Why::WarmingUp) => NoData::WarmingUp {
                    until: until("a warm-up has an end")?,
                },
                Some(other) => return Err(unfit(at, self.verdict, other)),
            }),
            (word, Some(why)) => return Err(unfit(at, word, why)),
        })
    }
}

impl Judged {
    /// The verdict while its source still answered.
    pub(in crate::cli) fn was(&self, at: &str) -> Result<Option<verdict::Verdict>, Problem> {
        let Some(was) = &self.was else {
            return Ok(None);
        };
        let judged = Self {
            verdict: was.verdict,
            why: None,
            since: was.since,
            until: was.until,
            ..self.clone()
        };
        judged.meant(&format!("{at}.was")).map(Some)
    }
}

impl Judged {
    /// Who tells canary's and production's.
    fn sides_exporters(&self, at: &str) -> Result<[Exporter; 2], Problem> {
        let both = self.exporters.map(|both| [both.canary, both.production]);
        both.ok_or_else(|| {
            let known = Exporter::ALL.map(|exporter| tag(&exporter)).join(", ");
            Problem::new(
                format!("{at}.exporters"),
                "which exporters tell canary's and production's is not said",
                format!("write \"canary\" and \"production\", each one of {known}"),
            )
        })
    }
}

/// Who tells canary's and production's, where that is why there is no verdict.
pub(super) fn exporters(verdict: &verdict::Verdict) -> Option<Exporters> {
    if let verdict::Verdict::NoData(NoData::OtherExporters { canary, production }) = verdict {
        return Some(Exporters {
            canary: *canary,
            production: *production,
        });
    }
    None
}

fn unfit(at: &str, verdict: Verdict, why: Why) -> Problem {
    let (verdict, why) = (tag(&verdict), tag(&why));
    let what = format!("{why} does not lie behind {verdict}");
    Problem::new(
        format!("{at}.why"),
        what,
        "leave it out, or see --schema=in",
    )
}
