//! A file that a subcommand reads: from disk or stdin, with errors that say where, what, and what would be right.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde::de::DeserializeOwned;

use crate::domain::untrusted::shown;
use crate::settings::nearest;

use super::exit::Failure;

/// The name that stands for stdin.
const STDIN: &str = "-";

/// A document as it was read, with the name by which a person knows it.
pub(super) struct Document<T> {
    pub(super) name: String,
    pub(super) value: T,
}

/// Reads a JSON document.
pub(super) fn read<T: DeserializeOwned>(file: &Path) -> Result<Document<T>, Failure> {
    let (name, text) = if file.as_os_str() == STDIN {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.context("stdin").map_err(Failure::usage)?;
        ("stdin".to_owned(), text)
    } else {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| name.clone());
        (name, text.map_err(Failure::usage)?)
    };
    match serde_json::from_str(&text) {
        Ok(value) => Ok(Document { name, value }),
        Err(error) => Err(Failure::usage(anyhow!(
            "{name}:{}:{}: {}",
            error.line(),
            error.column(),
            said(&error.to_string())
        ))),
    }
}

impl<T> Document<T> {
    /// A mistake at a place of the document.
    pub(super) fn wrong(&self, problem: &Problem) -> Failure {
        let Problem { at, what, right } = problem;
        Failure::usage(anyhow!("{}: {at}: {what}; {right}", self.name))
    }
}

/// Something in a document that is well formed and makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// Where: `series[2].canary`.
    pub(super) at: String,
    /// What is wrong.
    pub(super) what: String,
    /// What would be right.
    pub(super) right: String,
}

impl Problem {
    pub(super) fn new(
        at: impl Into<String>,
        what: impl Into<String>,
        right: impl Into<String>,
    ) -> Self {
        Self {
            at: at.into(),
            what: what.into(),
            right: right.into(),
        }
    }

    /// Another format than the one that is read.
    pub(super) fn unless_schema(written: &str, known: &str) -> Result<(), Self> {
        if written == known {
            return Ok(());
        }
        let what = format!("{:?} is not known", shown(written));
        Err(Self::new(
            "schema",
            what,
            format!("this flightdeck reads {known:?}"),
        ))
    }
}

/// What the JSON reader said, without its position, and with the nearest right word where one is not known.
fn said(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((unknown, known)) = quoted.split_first() else {
        return shown(message);
    };
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return shown(message);
    }
    let right = match nearest(unknown, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    format!("there is no `{}` here; {right}", shown(unknown))
}
