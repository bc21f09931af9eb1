//! Where the real programs are: the cache that `.ci/peers` fills, then the PATH.
//!
//! A program that is nowhere does not fail a developer's `cargo test`; the trials that need it say so.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders that are searched, in order.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    folders: Vec<PathBuf>,
}

impl Programs {
    /// The cache's `bin`, then every folder of the PATH.
    pub(crate) fn discover() -> Self {
        let cache = env::var_os("FLIGHTDECK_PEERS")
            .map(PathBuf::from)
            .or_else(|| {
                env::var_os("XDG_CACHE_HOME").map(|d| Path::new(&d).join("flightdeck-peers"))
            })
            .or_else(|| env::var_os("HOME").map(|d| Path::new(&d).join(".cache/flightdeck-peers")));
        let mut folders: Vec<PathBuf> = cache.into_iter().map(|d| d.join("bin")).collect();
        if let Some(path) = env::var_os("PATH") {
            folders.extend(env::split_paths(&path));
        }
        Self { folders }
    }

    /// The program's (or file's) path.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf> {
        self.find(name)
            .with_context(|| format!("not found: {name} (.ci/peers builds it)"))
    }

    /// Those of `names` that are nowhere.
    pub(crate) fn missing<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        names
            .iter()
            .copied()
            .filter(|name| self.find(name).is_none())
            .collect()
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        // `python` is only the cache's: any other lacks OpenFeature's packages.
        let folders = if name == "python" {
            self.folders.get(..1).unwrap_or(&[])
        } else {
            &self.folders
        };
        folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.exists())
    }
}
