//! Where a secret is kept, and fetching it: a configuration never holds one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::adapters::transport::Auth;
use crate::domain::secret::Secret;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file that only its owner can read.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A program that prints it, with its arguments.
    Exec(Vec<String>),
}

/// Who asks a server, before the secret is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AuthSource {
    /// Nobody in particular.
    #[default]
    None,
    /// The holder of a token.
    Bearer(SecretSource),
    /// A user with a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretSource,
    },
}

/// Why a secret could not be fetched. It never says what was found.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others can read the file.
    #[error("{}: others can read this secret (mode {mode:o}); chmod 600 it", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The variable is not set.
    #[error("environment variable {0} is not set")]
    Env(String),
    /// The program could not be started, or failed.
    #[error("{program}: {why}")]
    Exec {
        /// Which.
        program: String,
        /// Why.
        why: String,
    },
}

impl SecretSource {
    /// Fetches it. A program gets no terminal to ask on.
    pub fn fetch(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::File(path) => of_file(path)?,
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Env(name.clone()))?,
            Self::Exec(words) => of_program(words)?,
        };
        Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

fn of_file(path: &PathBuf) -> Result<String, SecretError> {
    let failed = |source| SecretError::File {
        path: path.clone(),
        source,
    };
    let mode = std::fs::metadata(path)
        .map_err(failed)?
        .permissions()
        .mode()
        & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Open {
            path: path.clone(),
            mode,
        });
    }
    std::fs::read_to_string(path).map_err(failed)
}

fn of_program(words: &[String]) -> Result<String, SecretError> {
    let (program, arguments) = words
        .split_first()
        .map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
    let failed = |why: String| SecretError::Exec {
        program: program.to_owned(),
        why,
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| failed("it printed something else than text".to_owned()))
}

impl AuthSource {
    /// Fetches the secret.
    pub fn fetch(&self) -> Result<Auth, SecretError> {
        Ok(match self {
            Self::None => Auth::None,
            Self::Bearer(source) => Auth::Bearer(source.fetch()?),
            Self::Basic { user, password } => Auth::Basic {
                user: user.clone(),
                password: password.fetch()?,
            },
        })
    }
}
