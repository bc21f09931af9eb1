//! What the advisor says, as data; the view turns it into words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::reason::{Closed, Reason};
use crate::domain::environment::Environment;
use crate::domain::names::FlagKey;
use crate::domain::release::Revision;
use crate::domain::security::{Affected, Statement};
use crate::domain::source::{SourceId, Trouble};
use crate::domain::untrusted::Untrusted;
use crate::domain::verdict::{Estimate, Metric, NoData};
use crate::engine::assess::{Compared, RedLine, Value};

/// The recommendation for one service at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "advice that nobody reads helps nobody"]
pub struct Advice {
    /// The side that all of it is about, and what it is held against.
    pub compared: Compared,
    /// The state of things in one line.
    pub headline: Headline,
    /// Who is hurt.
    pub hurt: Hurt,
    /// The whole ladder, level 1 first.
    pub rungs: Vec<Rung>,
    /// The rung to take now; none when nothing is to be done, or nothing can be said.
    pub first: Option<RungKind>,
    /// Whether promotion is open, and what it waits for.
    pub promotion: Promotion,
}

/// The state of things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Headline {
    /// The first answers are not there yet.
    Reading {
        /// Sources that have not answered.
        waiting: Vec<SourceId>,
    },
    /// A person raised a security incident, and it stands.
    Security {
        /// Whose traffic is to be blocked.
        affected: Affected,
        /// Who raised it, when and why.
        raised: Statement,
        /// What is measured meanwhile.
        measured: Box<Headline>,
    },
    /// Both sides run the same version.
    Idle,
    /// The canary's first minute.
    WarmingUp {
        /// When counting begins.
        until: Timestamp,
    },
    /// The canary soaks and nothing is wrong.
    Soak {
        /// When it began.
        began: Timestamp,
        /// When it ends.
        ends: Timestamp,
        /// The error estimate so far.
        errors: Option<Estimate>,
    },
    /// What was promoted soaks on production and nothing is wrong.
    ProductionSoak {
        /// When it began to count.
        began: Timestamp,
        /// When it ends.
        ends: Timestamp,
        /// When the release began: production is held against itself before that.
        before: Timestamp,
        /// Whether enough was seen of that time; else only the limits speak.
        is_seen: bool,
        /// The error estimate so far.
        errors: Option<Estimate>,
    },
    /// The soak is over and not worse was earned for every metric.
    Passed {
        /// When the soak ended.
        since: Timestamp,
    },
    /// The soak is over, and it was not enough.
    NotEnough {
        /// The metric that needs most.
        metric: Metric,
        /// Requests so far.
        have: u64,
        /// About how many are needed.
        need: u64,
        /// About how many seconds more; none without traffic.
        seconds: Option<u64>,
    },
    /// Something is suspicious.
    Watch {
        /// What.
        metric: Metric,
        /// How it compares.
        estimate: Option<Estimate>,
    },
    /// Canary is worse.
    Breach {
        /// In what.
        metric: Metric,
        /// Since when.
        since: Timestamp,
        /// How it compares.
        estimate: Option<Estimate>,
    },
    /// A red line is crossed on canary.
    RedLine {
        /// Which.
        line: RedLine,
        /// Since when, where that is known.
        since: Option<Timestamp>,
    },
    /// Production and canary are bad alike.
    BothBad {
        /// In what.
        metric: Metric,
        /// Canary's ratio.
        canary: f64,
        /// Production's ratio.
        production: f64,
        /// How they compare.
        estimate: Option<Estimate>,
        /// Since when on production, where that is known.
        since: Option<Timestamp>,
    },
    /// Production is over its own limits, and canary is not worse.
    ProductionBad {
        /// In what.
        metric: Metric,
        /// Canary's value, where it is known.
        canary: Option<Value>,
        /// Production's value.
        production: Option<Value>,
    },
    /// The soak is over, requests were enough, and not worse was not earned.
    NotEarned {
        /// The metric.
        metric: Metric,
        /// How it compares.
        estimate: Option<Estimate>,
    },
    /// The sources answer, and there is nothing to judge by.
    Unjudged {
        /// The metric.
        metric: Metric,
        /// Why.
        why: NoData,
    },
    /// A breach is still there after something was done.
    StillBad {
        /// In what.
        metric: Metric,
        /// How it compares since then.
        estimate: Option<Estimate>,
        /// What was done, and when.
        acted_at: Timestamp,
    },
    /// After an action the bad ratio is surely under half of what it was; whether canary is well is not sure yet.
    Better {
        /// In what.
        metric: Metric,
        /// What was done when.
        acted_at: Timestamp,
        /// When that was sure.
        helped_at: Timestamp,
        /// How canary compares since the action.
        estimate: Option<Estimate>,
    },
    /// After an action canary is no longer worse.
    Helped {
        /// What was done when.
        acted_at: Timestamp,
        /// When that was sure.
        recovered_at: Timestamp,
    },
    /// It was in breach and recovered by itself.
    WasBad {
        /// In what.
        metric: Metric,
        /// The onset.
        since: Timestamp,
        /// When it was over.
        until: Timestamp,
    },
    /// What the conclusion rests on stopped answering.
    Blind {
        /// The last conclusion, if there was one, in the past tense.
        last: Option<Box<Headline>>,
        /// The end of the last interval that was seen.
        as_of: Option<Timestamp>,
        /// The source.
        source: SourceId,
        /// What is wrong with it.
        trouble: Trouble,
        /// When it is asked again.
        next_try: Timestamp,
    },
}

/// Who is hurt. While production soaks, what is told of canary is told of production, and nothing of another side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hurt {
    /// Canary's share of the traffic, 0 to 1.
    pub canary_share: Option<f64>,
    /// Failed requests a second on canary.
    pub canary_failing: Option<f64>,
    /// Failed requests a second on production.
    pub production_failing: Option<f64>,
    /// Whether production is within its limits; none is unknown.
    pub production_well: Option<bool>,
    /// Pods ready of wanted on canary, which needs no metrics.
    pub canary_pods: Option<(u32, u32)>,
}

/// The rungs of the process's ladder, levels 1 to 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RungKind {
    /// Level 1: disable the feature flag.
    Flag,
    /// Level 2: roll back to the stable version, canary first.
    Rollback,
    /// Level 3: reroute traffic.
    Traffic,
    /// Level 4: check and roll back the database.
    Database,
    /// Level 5: restore the environment.
    Restore,
    /// Level 6: people.
    People,
}

impl RungKind {
    /// All of them, level 1 first.
    pub const ALL: [Self; 6] = [
        Self::Flag,
        Self::Rollback,
        Self::Traffic,
        Self::Database,
        Self::Restore,
        Self::People,
    ];

    /// The level, 1 to 6.
    pub const fn level(self) -> u8 {
        match self {
            Self::Flag => 1,
            Self::Rollback => 2,
            Self::Traffic => 3,
            Self::Database => 4,
            Self::Restore => 5,
            Self::People => 6,
        }
    }
}

/// One rung of the ladder, now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Which.
    pub kind: RungKind,
    /// On what.
    pub target: RungTarget,
    /// Where it stands.
    pub state: RungState,
    /// Why it is right.
    pub reasons: Vec<Reason>,
    /// What speaks against it; never empty for a recommended rung: at least what was looked at.
    pub against: Vec<Reason>,
    /// How long it takes, in seconds: the usual least and most.
    pub seconds: (u32, u32),
    /// Whom the process tells.
    pub notify: Vec<Channel>,
    /// Why the deck does not carry it out itself; none when it makes the plan for it.
    pub by_hand: Option<Closed>,
}

/// What a rung acts on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungTarget {
    /// A flag of an environment.
    Flag {
        /// Which.
        key: FlagKey,
        /// Where.
        environment: Environment,
    },
    /// A release of an environment.
    Release {
        /// Where.
        environment: Environment,
        /// To which revision; none when no stable version is known.
        to: Option<Revision>,
        /// Its application version.
        version: Option<Untrusted>,
    },
    /// The traffic of these sides, all of it.
    Traffic(Affected),
    /// An environment as a whole.
    Environment(Environment),
    /// The on-call engineer; the lane is held.
    OnCall,
}

/// Where a rung stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungState {
    /// Take this one.
    Recommended,
    /// Possible, and the next if the first does not help.
    Next,
    /// Possible.
    Open,
    /// Not possible.
    Blocked(Closed),
    /// There is nothing for it to do.
    NotNeeded(Closed),
    /// Being carried out.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// Carried out: it helped wholly, in part, or not.
    Done {
        /// When.
        at: Timestamp,
        /// What came of it.
        effect: Effect,
    },
}

/// What came of a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Too early to tell; the time at which it is called unhelpful.
    Waiting {
        /// When.
        until: Timestamp,
    },
    /// Canary is no longer worse.
    Recovered {
        /// Since when that is sure.
        at: Timestamp,
    },
    /// Surely under half of what it was, and still worse.
    HelpedInPart,
    /// It did not help within its time.
    DidNotHelp,
    /// The API server does not allow it to who asked, or refused it again and again: nothing was changed.
    Refused,
    /// No traffic: it can't be measured.
    NotMeasurable,
}

/// Whom the process tells (its decision matrix).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The team's channel on Teams.
    Teams,
    /// The team's channel on Slack.
    Slack,
    /// On-call, by pager.
    PagerDuty,
    /// The executives.
    Executive,
    /// The security team.
    Security,
}

/// Whether canary may be promoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promotion {
    /// Whether nothing stands against it.
    pub open: bool,
    /// What it waits for; empty when open.
    pub waits: Vec<Closed>,
}
