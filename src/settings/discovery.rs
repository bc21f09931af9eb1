//! Which configuration counts: the first that is there, tightened by the system's. A bastion is shared, so a person's own
//! file can't loosen what the system's asks for, and is told where it tried.

use std::path::{Path, PathBuf};

use crate::domain::names::ServiceName;
use crate::engine::policy::Policy;

use super::{Settings, SettingsError, read};

/// Where configurations may be, in the order in which they count.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// Named by a person, on the command line or by `FLIGHTDECK_CONFIG`: it must be there.
    pub named: Option<PathBuf>,
    /// The person's own.
    pub user: Option<PathBuf>,
    /// The system's: it may only tighten the others.
    pub system: Option<PathBuf>,
}

/// Settings, and where they are from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What counts.
    pub settings: Settings,
    /// The file.
    pub file: PathBuf,
    /// What the system's file changed in it, for a person.
    pub tightened: Vec<String>,
}

impl Candidates {
    /// The usual places; `named` is what the command line or the environment says.
    pub fn usual(named: Option<PathBuf>) -> Self {
        let folder = directories::ProjectDirs::from("dev", "flightdeck", "flightdeck");
        Self {
            named,
            user: folder.map(|dirs| dirs.config_dir().join("config.toml")),
            system: Some(PathBuf::from("/etc/flightdeck/config.toml")),
        }
    }
}

/// Loads what counts.
pub fn load(candidates: &Candidates) -> Result<Loaded, SettingsError> {
    let own = match (&candidates.named, &candidates.user) {
        (Some(named), _) => Some(named),
        (None, Some(user)) if user.exists() => Some(user),
        (None, _) => None,
    };
    let system = candidates.system.as_ref().filter(|file| file.exists());
    match (own, system) {
        (Some(own), system) => {
            let mut settings = of_file(own)?;
            let tightened = match system {
                Some(floor) if floor != own => tighten(&mut settings, &of_file(floor)?, floor),
                Some(_) | None => Vec::new(),
            };
            Ok(Loaded {
                settings,
                file: own.clone(),
                tightened,
            })
        }
        (None, Some(system)) => Ok(Loaded {
            settings: of_file(system)?,
            file: system.clone(),
            tightened: Vec::new(),
        }),
        (None, None) => Err(SettingsError::None {
            looked: [&candidates.user, &candidates.system]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
        }),
    }
}

fn of_file(file: &Path) -> Result<Settings, SettingsError> {
    let text = std::fs::read_to_string(file).map_err(|source| SettingsError::Unreadable {
        file: file.to_owned(),
        source,
    })?;
    read(file, &text)
}

/// One of the soaks of a policy.
type Soak = fn(&mut Policy) -> &mut u32;

/// Makes settings as strict as the system's. A service that the system's file does not name is held to the strictest
/// soak that it asks of any.
fn tighten(settings: &mut Settings, floor: &Settings, file: &Path) -> Vec<String> {
    let by = file.display();
    let mut said = Vec::new();
    if floor.read_only && !settings.read_only {
        settings.read_only = true;
        said.push(format!("read_only is true by {by}"));
    }
    let soaks: [(&str, Soak); 2] = [
        ("canary_soak_seconds", |policy| {
            &mut policy.canary_soak_seconds
        }),
        ("production_soak_seconds", |policy| {
            &mut policy.production_soak_seconds
        }),
    ];
    let longest = |name: &ServiceName, soak: Soak| {
        let of = |s: &super::ServiceSettings| *soak(&mut s.policy.clone());
        let all = || floor.services.values().map(of).max();
        floor.services.get(name).map(of).or_else(all)
    };
    for (name, service) in &mut settings.services {
        for (key, soak) in soaks {
            let own = soak(&mut service.policy);
            if let Some(least) = longest(name, soak).filter(|least| least > own) {
                said.push(format!(
                    "services.{name}.policy.{key} is {least}, not {own}, by {by}"
                ));
                *own = least;
            }
        }
    }
    said
}
