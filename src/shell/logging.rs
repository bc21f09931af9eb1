//! The log: a file in the state directory, never the screen.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

/// Over this size a log is put aside when the next deck starts.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Where the deck keeps what it writes: `FLIGHTDECK_STATE`, else the user's state directory.
pub fn state_directory() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("FLIGHTDECK_STATE") {
        return Ok(named.into());
    }
    let folders = directories::ProjectDirs::from("dev", "flightdeck", "flightdeck")
        .context("there is no home directory; set FLIGHTDECK_STATE")?;
    Ok(folders
        .state_dir()
        .unwrap_or_else(|| folders.data_local_dir())
        .to_owned())
}

/// Starts the log; `FLIGHTDECK_LOG` says what is told, such as `debug` or `kube=debug,info`.
pub fn start(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
    let file = open(&directory.join("flightdeck.log"))?;
    let filter =
        EnvFilter::try_from_env("FLIGHTDECK_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_writer(file)
        .with_env_filter(filter)
        .with_ansi(false)
        .try_init()
        .map_err(|error| anyhow::anyhow!("the log could not be started: {error}"))
}

fn open(path: &Path) -> anyhow::Result<File> {
    if fs::metadata(path).is_ok_and(|found| found.len() > MOST_BYTES) {
        fs::rename(path, path.with_extension("log.1"))
            .with_context(|| path.display().to_string())?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .with_context(|| path.display().to_string())
}
