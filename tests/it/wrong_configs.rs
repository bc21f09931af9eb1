//! A file for each mistake that a configuration, a keymap or a theme can have, with the answer of the built program
//! beside it: file, line, key, what is wrong, and what would be right. After a wanted change:
//! `UPDATE_GOLDENS=1 cargo test --test it wrong_configs`, then read the difference.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flightdeck::input::Keymap;
use flightdeck::input::keymap::KeymapFault;
use flightdeck::settings::{Candidates, Fault, Problem, SettingsError, check_look, load};
use flightdeck::theme::{Theme, ThemeFault};

use super::screens::compare_in;

/// What stands in the files where a secret stands in a wrong place.
const SECRET: &str = "hunter2";

fn folder(of: &str) -> PathBuf {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/wrong_configs");
    all.join(of)
}

/// The files of a folder, without their ending.
fn names(of: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder(of)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

/// `flightdeck config check` in that folder.
fn check(folder: &Path, config: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .args(["--config", config, "config", "check"])
        .current_dir(folder)
        .env_remove("FLIGHTDECK_CONFIG")
        .output()
        .unwrap()
}

/// The answer to a wrong file, held to what each must have: every line of it names a file that is there, a line that it
/// has, a key, and after a semicolon what would be right.
fn answer(folder: &Path, config: &str) -> String {
    let output = check(folder, config);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{config}: {said}");
    assert!(output.stdout.is_empty(), "{config}");
    assert!(!said.contains(SECRET), "{config} tells a secret: {said}");
    let problems: Vec<&str> = said.lines().collect();
    assert_eq!(problems.len(), 1, "{config}: {said}");
    for line in problems {
        let line = line.strip_prefix("flightdeck: ").unwrap_or(line);
        let parts: Vec<&str> = line.splitn(3, ": ").collect();
        let &[place, key, what] = parts.as_slice() else {
            panic!("{config}: {line}");
        };
        let (file, number) = place.rsplit_once(':').unwrap();
        let lines = fs::read_to_string(folder.join(file)).unwrap();
        let number: usize = number.parse().unwrap();
        assert!((1..=lines.lines().count()).contains(&number), "{line}");
        assert!(!key.is_empty() && !key.contains(' '), "{config}: {line}");
        let (wrong, right) = what.split_once("; ").unwrap();
        assert!(!wrong.is_empty() && right.len() > 3, "{config}: {line}");
    }
    said
}

fn problems(error: SettingsError) -> Vec<Problem> {
    match error {
        SettingsError::Wrong(problems) => problems,
        other @ (SettingsError::None { .. } | SettingsError::Unreadable { .. }) => {
            panic!("{other}")
        }
    }
}

/// What the reader makes of a file of the folder of configurations.
fn faults(name: &str) -> Vec<Fault> {
    let named = folder("config").join(format!("{name}.toml"));
    let candidates = Candidates {
        named: Some(named),
        ..Candidates::default()
    };
    let refused = match load(&candidates) {
        Ok(loaded) => check_look(&loaded).unwrap_err(),
        Err(error) => error,
    };
    problems(refused)
        .iter()
        .map(|problem| problem.fault)
        .collect()
}

/// Every kind of mistake with its file: a new kind does not compile before it has one.
macro_rules! files {
    ($all:ident, $of:ident: $type:ident { $($case:pat => $name:literal,)+ }) => {
        const $all: &[&str] = &[$($name),+];

        fn $of(fault: &$type) -> &'static str {
            match fault {
                $($case => $name,)+
            }
        }
    };
}

files! {
    FAULTS, of_fault: Fault {
        Fault::Syntax => "syntax",
        Fault::UnknownKey => "unknown-key",
        Fault::MissingKey => "missing-key",
        Fault::Type => "type",
        Fault::Value => "value",
        Fault::SecretWritten => "secret-written",
        Fault::SecretPlace => "secret-place",
        Fault::Version => "version",
        Fault::Name => "name",
        Fault::Cluster => "cluster",
        Fault::NoService => "no-service",
        Fault::NoEnvironment => "no-environment",
        Fault::Address => "address",
        Fault::FlagSource => "flag-source",
        Fault::Endpoint => "endpoint",
        Fault::Pack => "pack",
        Fault::Label => "label",
        Fault::Tenant => "tenant",
        Fault::Signal => "signal",
        Fault::SignalParts => "signal-parts",
        Fault::Auth => "auth",
        Fault::Certificate => "certificate",
        Fault::CertificateUnused => "certificate-unused",
        Fault::SameSeries => "same-series",
        Fault::Query => "query",
        Fault::Better => "better",
        Fault::Speed => "speed",
        Fault::Chance => "chance",
        Fault::Share => "share",
        Fault::Limits => "limits",
        Fault::DropLimits => "drop-limits",
        Fault::Theme => "theme",
        Fault::ThemeFile => "theme-file",
        Fault::Keymap => "keymap",
        Fault::KeymapFile => "keymap-file",
    }
}

files! {
    KEYMAP_FAULTS, of_keymap_fault: KeymapFault {
        KeymapFault::Syntax(_) => "syntax",
        KeymapFault::Action(_) => "action",
        KeymapFault::Chord(_) => "chord",
        KeymapFault::Context(_) => "context",
        KeymapFault::Twice { .. } => "twice",
        KeymapFault::OpensAndConfirms { .. } => "opens-and-confirms",
    }
}

files! {
    THEME_FAULTS, of_theme_fault: ThemeFault {
        ThemeFault::Syntax(_) => "syntax",
        ThemeFault::Color(_) => "color",
        ThemeFault::Modifier(_) => "modifier",
    }
}

#[test]
fn each_wrong_configuration_is_answered_with_file_line_key_and_remedy() {
    for name in names("config") {
        let said = answer(&folder("config"), &format!("{name}.toml"));
        compare_in(&folder("config"), &format!("{name}.answer.txt"), &said);
    }
    for name in FAULTS {
        let told: Vec<&str> = faults(name).iter().map(of_fault).collect();
        assert_eq!(told, [*name]);
    }
}

/// A configuration that names each file of a folder as its keymap or theme.
fn named_as(key: &str) {
    let config = folder("config").join("keymap.toml");
    let config = fs::read_to_string(config).unwrap();
    let desk = tempfile::tempdir().unwrap();
    for name in names(key) {
        let file = format!("{name}.toml");
        fs::copy(folder(key).join(&file), desk.path().join(&file)).unwrap();
        let config = config.replace("keymap = \"keys.toml\"", &format!("{key} = \"{file}\""));
        fs::write(desk.path().join("config"), config).unwrap();
        let said = answer(desk.path(), "config");
        assert!(said.contains(&format!("{file}:")), "{said}");
        compare_in(&folder(key), &format!("{name}.answer.txt"), &said);
    }
}

#[test]
fn each_wrong_keymap_and_theme_is_answered_so_as_well() {
    named_as("keymap");
    named_as("theme");
    let text =
        |of: &str, name: &str| fs::read_to_string(folder(of).join(format!("{name}.toml"))).unwrap();
    for name in KEYMAP_FAULTS {
        let error = Keymap::load(&text("keymap", name)).unwrap_err();
        assert_eq!(of_keymap_fault(&error.fault), *name);
    }
    for name in THEME_FAULTS {
        let error = Theme::load(&text("theme", name)).unwrap_err();
        assert_eq!(of_theme_fault(&error.fault), *name);
    }
}

#[test]
fn a_configuration_that_is_not_there_is_answered_with_where_it_would_be() {
    let desk = tempfile::tempdir().unwrap();
    let named = check(desk.path(), "nowhere.toml");
    let said = String::from_utf8(named.stderr).unwrap();
    assert_eq!(named.status.code(), Some(2), "{said}");
    for word in [
        "nowhere.toml",
        "No such file",
        "--config",
        "FLIGHTDECK_CONFIG",
    ] {
        assert!(said.contains(word), "{said}");
    }
    if Path::new("/etc/flightdeck/config.toml").exists() {
        return;
    }
    let none = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .args(["config", "check"])
        .env_remove("FLIGHTDECK_CONFIG")
        .env("HOME", desk.path())
        .env("XDG_CONFIG_HOME", desk.path())
        .output()
        .unwrap();
    let said = String::from_utf8(none.stderr).unwrap();
    assert_eq!(none.status.code(), Some(2), "{said}");
    for word in ["/flightdeck/config.toml", "write one", "flightdeck demo"] {
        assert!(said.contains(word), "{said}");
    }
}
