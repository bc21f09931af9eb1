//! Why a configuration was refused, as a person can act on it.

use std::fmt;
use std::path::PathBuf;

use super::Fault;

/// One thing that is wrong in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; the first where a table is missing as a whole.
    pub line: usize,
    /// The key, with dots; empty where none can be made out.
    pub key: String,
    /// Which kind of mistake.
    pub fault: Fault,
    /// What is wrong. It holds no value that may be a secret.
    pub what: String,
    /// What would be right.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)?;
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}; {}", self.what, self.hint)
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// No file was found.
    #[error(
        "there is no configuration: looked for {}; write one (see README.md), or try `flightdeck demo`",
        looked.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    None {
        /// Where was looked.
        looked: Vec<PathBuf>,
    },
    /// A file can't be read.
    #[error("{}: {source}; name a file that is there and that you may read (--config, or FLIGHTDECK_CONFIG)", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is written is wrong.
    #[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<Problem>),
}
