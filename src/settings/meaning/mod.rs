//! From what is written to what it means. Everything that is wrong is reported at once, each with its line.

mod apart;
mod auth;
mod business;
mod flags;
mod policy;
mod prometheus;
mod refused;
mod service;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::adapters::transport::ClusterSettings;
use crate::domain::names::{ClusterName, ServiceName};
use crate::engine::policy::Policy;
use crate::input::keymap;
use crate::theme;

use super::locate::Map;
use super::nearest::nearest;
use super::written::{self, Written};
use super::{ClockSettings, Fault, KeymapChoice, Problem, Settings, SettingsError, ThemeChoice};

pub use apart::one_server;

/// Reads a configuration file's text.
pub fn read(file: &Path, text: &str) -> Result<Settings, SettingsError> {
    let written: Written = toml::from_str(text)
        .map_err(|error| SettingsError::Wrong(vec![refused::problem(file, text, &error)]))?;
    let mut reader = Reader {
        file,
        map: Map::of(text),
        problems: Vec::new(),
    };
    let settings = reader.settings(written);
    if reader.problems.is_empty() {
        Ok(settings)
    } else {
        Err(SettingsError::Wrong(reader.problems))
    }
}

/// Goes through what is written and gathers what is wrong with it.
struct Reader<'a> {
    file: &'a Path,
    map: Map<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Keeps a mistake at a key; without a nearer hint its kind's remedy is told.
    fn wrong(
        &mut self,
        path: &[&str],
        fault: Fault,
        what: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: self.map.line_of(path).unwrap_or(1),
            key: path.join("."),
            fault,
            what: what.into(),
            hint: hint.into().unwrap_or_else(|| fault.remedy().to_owned()),
        });
    }

    /// The value, or a problem at the key.
    fn need<T, E: std::fmt::Display>(
        &mut self,
        path: &[&str],
        fault: Fault,
        value: Result<T, E>,
    ) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(path, fault, error.to_string(), None);
                None
            }
        }
    }

    fn settings(&mut self, written: Written) -> Settings {
        if written.version != 1 {
            let what = format!("format {} is not known", written.version);
            self.wrong(&["version"], Fault::Version, what, None);
        }
        let clusters = self.clusters(&written);
        if let Some(home) = &written.home {
            self.cluster_named(&["home"], home, &written.clusters);
        }
        let home = written
            .home
            .as_deref()
            .and_then(|home| ClusterName::parse(home).ok());
        if written.services.is_empty() {
            self.wrong(&["services"], Fault::NoService, "no service is named", None);
        }
        let mut general = Policy::default();
        self.policy(&["policy"], &written.policy, &mut general);
        let mut services = BTreeMap::new();
        for (name, service) in &written.services {
            let path = ["services", name.as_str()];
            if let Some(parsed) = self.need(&path, Fault::Name, ServiceName::parse(name)) {
                let meant = self.service(&parsed, service, &general, &written.clusters);
                services.insert(parsed, meant);
            }
        }
        if let Some(clock) = &written.clock
            && !(clock.speed.is_finite() && clock.speed > 0.0)
        {
            let what = format!("{} is no speed", clock.speed);
            self.wrong(&["clock", "speed"], Fault::Speed, what, None);
        }
        Settings {
            home,
            clusters,
            services,
            read_only: written.read_only,
            theme: written.theme.map(|text| theme_choice(self.file, text)),
            keymap: written.keymap.map(|text| keymap_choice(self.file, text)),
            clock: written.clock.map(|clock| ClockSettings {
                epoch: clock.epoch,
                speed: clock.speed,
                since: clock.since,
            }),
        }
    }

    fn clusters(&mut self, written: &Written) -> BTreeMap<ClusterName, ClusterSettings> {
        let mut clusters = BTreeMap::new();
        for (name, cluster) in &written.clusters {
            if let Some(parsed) =
                self.need(&["clusters", name], Fault::Name, ClusterName::parse(name))
            {
                let kubeconfig = cluster.kubeconfig.clone();
                let settings = ClusterSettings {
                    name: parsed.clone(),
                    kubeconfig: kubeconfig.map(|path| beside(self.file, path)),
                    context: cluster.context.clone(),
                };
                clusters.insert(parsed, settings);
            }
        }
        clusters
    }

    fn cluster_named(
        &mut self,
        path: &[&str],
        name: &str,
        clusters: &BTreeMap<String, written::Cluster>,
    ) -> Option<ClusterName> {
        if clusters.contains_key(name) {
            // A bad name was told where the cluster is written.
            return ClusterName::parse(name).ok();
        }
        let known = clusters.keys().map(String::as_str);
        let hint = match nearest(name, known.clone()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None if clusters.is_empty() => format!("write [clusters.{name}] with its context"),
            None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
        };
        let what = format!("there is no cluster {name:?}");
        self.wrong(path, Fault::Cluster, what, hint);
        None
    }
}

fn theme_choice(file: &Path, text: String) -> ThemeChoice {
    if theme::BUILTIN.iter().any(|(name, _)| *name == text) {
        ThemeChoice::Builtin(text)
    } else {
        ThemeChoice::File(beside(file, text.into()))
    }
}

fn keymap_choice(file: &Path, text: String) -> KeymapChoice {
    if keymap::builtin(&text).is_some() {
        KeymapChoice::Builtin(text)
    } else {
        KeymapChoice::File(beside(file, text.into()))
    }
}

/// A path that a file names is beside that file.
fn beside(file: &Path, path: PathBuf) -> PathBuf {
    match file.parent() {
        Some(folder) if path.is_relative() => folder.join(path),
        Some(_) | None => path,
    }
}
