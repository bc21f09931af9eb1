//! Whether the theme and the keys that a configuration names can be used. It is asked where a person checks a
//! configuration; what acts without a screen needs neither.

use std::path::Path;

use super::locate::Map;
use super::nearest::nearest;
use super::{Fault, KeymapChoice, Loaded, Problem, SettingsError, ThemeChoice};
use crate::input::{Keymap, keymap};
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
                let shipped = theme::BUILTIN.map(|(name, _)| name);
                problem.hint = meant(path, shipped, &theme::names());
                problems.push(problem);
            }
        }
    }
    if let Some(KeymapChoice::File(path)) = &loaded.settings.keymap {
        match std::fs::read_to_string(path) {
            Ok(text) => problems.extend(Keymap::load(&text).err().map(|error| Problem {
                file: path.clone(),
                line: error.line,
                key: error.key,
                fault: Fault::KeymapFile,
                what: error.fault.to_string(),
                hint: error.fault.remedy(),
            })),
            Err(why) => {
                let mut problem = named("keymap", Fault::Keymap, path, &why);
                let shipped = keymap::BUILTIN.map(|(name, _)| name);
                problem.hint = meant(path, shipped, &keymap::names());
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(SettingsError::Wrong(problems))
    }
}

/// What may have been meant by a file that is not there.
fn meant<const N: usize>(path: &Path, shipped: [&str; N], names: &str) -> String {
    let word = path.file_name().unwrap_or_default().to_string_lossy();
    match nearest(&word, shipped) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("there are {names}, or write the path of a file"),
    }
}
