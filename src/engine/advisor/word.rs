//! The state of things in one word: the second line begins with it, and a list of services is searched by it, so that
//! both are the same.

use super::advice::Headline;

impl Headline {
    /// The word, eight characters at most. Of what is blind it is the word of what was seen last.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Security { .. } => "SECURITY",
            Self::Reading { .. } => "READING",
            Self::Idle => "IDLE",
            Self::WarmingUp { .. } => "WARM-UP",
            Self::Soak { .. } | Self::ProductionSoak { .. } => "SOAK",
            Self::Passed { .. } => "PASS",
            Self::NotEnough { .. } | Self::NotEarned { .. } => "UNSURE",
            Self::Watch { .. } => "WATCH",
            Self::Breach { .. } | Self::BothBad { .. } | Self::StillBad { .. } => "BREACH",
            Self::RedLine { .. } => "RED LINE",
            Self::ProductionBad { .. } => "PROD BAD",
            Self::Unjudged { .. } => "NO DATA",
            Self::Better { .. } => "BETTER",
            Self::Helped { .. } => "HELPED",
            Self::WasBad { .. } => "WAS BAD",
            Self::Blind { last: None, .. } => "BLIND",
            Self::Blind {
                last: Some(last), ..
            } => last.word(),
        }
    }
}
