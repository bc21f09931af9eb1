//! How the program ends: the exit codes that a pipeline may rely on, and failures that carry theirs.

use std::process::ExitCode;

/// What an exit code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or the answer is yes.
    Ok,
    /// The answer is no: a breach, a refusal, a closed gate, an action that is advised.
    No,
    /// The command line or a file that it names is wrong.
    Usage,
    /// Something that is needed can't be reached.
    Unreachable,
    /// A cluster does not allow it.
    Forbidden,
    /// It was asked for, and what became of it is not known.
    Unknown,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
            Exit::Forbidden => 4,
            Exit::Unknown => 5,
        })
    }
}

/// Why there is no answer, and the exit code that says so.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) error: anyhow::Error,
}

impl Failure {
    /// The command line, the configuration or an input file is wrong.
    pub(super) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
        }
    }
}

/// Whatever fails without a reason of its own was something that the program needs from its surroundings.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Unreachable,
            error,
        }
    }
}
