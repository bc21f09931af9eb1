//! Where a secret is kept: a configuration never holds one. It is fetched by the shell, in each life of what needs it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

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

/// By which certificates a connection is made; the files are read when it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsSource {
    /// The authorities that vouch for the server; the system's where there are none.
    pub ca: Option<PathBuf>,
    /// The client's certificate and its key.
    pub client: Option<(PathBuf, SecretSource)>,
}

/// All that says who asks a server, before anything is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoginSource {
    /// By a header.
    pub auth: AuthSource,
    /// By the connection.
    pub tls: TlsSource,
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
}

/// What is kept in a variable.
pub fn of_variable(name: &str) -> Result<Secret, SecretError> {
    let text = std::env::var(name).map_err(|_| SecretError::Env(name.to_owned()))?;
    Ok(of_text(&text))
}

/// A secret as it was written or printed: without the end of its line.
pub fn of_text(text: &str) -> Secret {
    Secret::new(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// A certificate's file, which anyone may read.
pub fn of_certificate(path: &Path) -> Result<String, SecretError> {
    std::fs::read_to_string(path).map_err(|source| SecretError::File {
        path: path.to_owned(),
        source,
    })
}

/// What is kept in a file.
pub fn of_file(path: &Path) -> Result<Secret, SecretError> {
    let failed = |source| SecretError::File {
        path: path.to_owned(),
        source,
    };
    let mode = std::fs::metadata(path)
        .map_err(failed)?
        .permissions()
        .mode()
        & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(of_text(&text))
}
