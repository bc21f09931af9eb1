//! Whether the theme and the keys that a configuration names can be used. It is asked where a person checks a
//! configuration; what acts without a screen needs neither.

use std::path::Path;

use super::locate::Map;
use super::nearest::nearest;
use super::{Fault, Loaded, Problem, SettingsError, ThemeChoice};
use crate::input::Keymap;
use crate::theme::{self, Theme};

/// Reads the files that the configuration names.
pub fn check(loaded: &Loaded) -> Result<(), SettingsError> {
    let mut problems = Vec::new();
    // The file was read before; without it a name is told at its first line.
    let text = std::fs::read_to_string(&loaded.file).unwrap_or_default();
    let map = Map::of(&text);
    let named = |key: &str, fault: Fault, path: &Path, why: &std::io::Error| Problem {
        file: loaded.file.clone(),
        line: map.line_of(&[key]).unwrap_or(1),
        key: key.to_owned(),
        fault,
        what: format!("{}: {why}", path.display()),
        hint: fault.remedy().to_owned(),
    };
    if let Some(ThemeChoice::File(path)) = &loaded.settings.theme {
        match std::fs::read_to_string(path) {
            Ok(text) => problems.extend(Theme::load(&text).err().map(|error| Problem {
                file: path.clone(),
                line: error.line,
                key: error.key,
                fault: Fault::ThemeFile,
                what: error.fault.to_string(),
                hint: error.fault.remedy(),
            })),
            Err(why) => {
                let mut problem = named("theme", Fault::Theme, path, &why);
                let word = path.file_name().unwrap_or_default().to_string_lossy();
                let names = theme::BUILTIN.map(|(name, _)| name);
                problem.hint = match nearest(&word, names) {
                    Some(meant) => format!("did you mean {meant:?}?"),
                    None => format!("there are {}, or write the path of a file", theme::names()),
                };
                problems.push(problem);
            }
        }
    }
    if let Some(path) = &loaded.settings.keymap {
        match std::fs::read_to_string(path) {
            Ok(text) => problems.extend(Keymap::load(&text).err().map(|error| Problem {
                file: path.clone(),
                line: error.line,
                key: error.key,
                fault: Fault::KeymapFile,
                what: error.fault.to_string(),
                hint: error.fault.remedy(),
            })),
            Err(why) => problems.push(named("keymap", Fault::Keymap, path, &why)),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(SettingsError::Wrong(problems))
    }
}
