//! The two sides of a comparison, as sentences call them: canary and production, or production and itself before.

use super::time::minute;
use crate::engine::assess::Compared;

/// The side that is judged.
pub(crate) const fn judged(compared: Compared) -> &'static str {
    match compared {
        Compared::Canary => "canary",
        Compared::Production { .. } => "production",
    }
}

/// What the other side has: `production's`, `its own before 03:24`.
pub(crate) fn theirs(compared: Compared) -> String {
    match compared {
        Compared::Canary => "production's".to_owned(),
        Compared::Production { before } => format!("its own before {}", minute(before)),
    }
}

/// The other side: `production`, `before 03:24`.
pub(crate) fn other(compared: Compared) -> String {
    match compared {
        Compared::Canary => "production".to_owned(),
        Compared::Production { before } => format!("before {}", minute(before)),
    }
}

/// The heads of a table's three columns: `canary`, `prod`, `canary:prod`.
pub(crate) fn heads(compared: Compared) -> [String; 3] {
    match compared {
        Compared::Canary => ["canary", "prod", "canary:prod"].map(str::to_owned),
        Compared::Production { before } => [
            "prod".to_owned(),
            format!("till {}", minute(before)),
            "prod:before".to_owned(),
        ],
    }
}
