//! What a piece of the screen is, for its style: the words that theme files use.

use serde::Deserialize;

/// What a piece of the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Running text.
    Text,
    /// Text that matters less. It must stay readable: nothing rests on it alone.
    Dim,
    /// What is to be read first.
    Strong,
    /// A key that can be pressed.
    Accent,
    /// Worse than production, or a red line.
    Breach,
    /// Suspicious, or over a limit.
    Watch,
    /// Not worse was earned.
    Pass,
    /// Not known yet.
    Unsure,
    /// The selected line.
    Selected,
    /// The word PROD.
    Prod,
    /// DEMO, READ-ONLY, FROZEN.
    Mode,
    /// The title of what lies over a screen.
    Title,
    /// Canary in a chart, under its limits.
    ChartCanary,
    /// Canary in a chart, over a limit.
    ChartOver,
    /// Production in a chart.
    ChartProduction,
    /// A limit in a chart.
    ChartLimit,
}
