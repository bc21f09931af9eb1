//! The house rules that no compiler holds: small files, each with its purpose, named for their subject; and a README
//! whose keys are those of the program.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use flightdeck::app::action::{ACTIONS, ActionInfo, Danger};
use flightdeck::app::chord::Context;
use flightdeck::input::{Keymap, keymap};

use crate::architecture::{ROOT, between, sources};

/// The most lines of a source file, and of a file of tests.
const MOST: (usize, usize) = (400, 600);

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 8] = [
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "managers",
];

/// What a rule says of each source file, by its path in the repository.
fn broken(rule: impl Fn(&Path, &str) -> Option<String>) -> Vec<String> {
    sources(&Path::new(ROOT).join("src"))
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).expect("a source file");
            let short = path.strip_prefix(ROOT).expect("below the root");
            Some(format!("{}: {}", short.display(), rule(short, &text)?))
        })
        .collect()
}

fn is_for_tests(path: &Path) -> bool {
    path.iter()
        .any(|part| part == "tests" || part == "tests.rs")
}

#[test]
fn no_file_is_longer_than_a_person_reads_at_once() {
    let too_long = broken(|path, text| {
        let most = if is_for_tests(path) { MOST.1 } else { MOST.0 };
        let lines = text.lines().count();
        (lines > most).then(|| format!("{lines} lines, at most {most}: part it by subject"))
    });
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = broken(|path, text| {
        let is_lib = path.ends_with("src/lib.rs");
        let starts = if is_lib {
            "#![doc = include_str!("
        } else {
            "//! "
        };
        let may_be_silent = path.ends_with("tests.rs");
        (!may_be_silent && !text.starts_with(starts)).then(|| "does not start with //!".to_owned())
    });
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn every_name_says_something() {
    let empty = broken(|path, _| {
        let bare = path.with_extension("");
        let name = bare
            .iter()
            .find(|part| EMPTY_NAMES.iter().any(|empty| part == empty))?;
        Some(format!("what is in {}?", name.display()))
    });
    assert!(empty.is_empty(), "{}", empty.join("\n"));
}

/// A cell of a table: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// An action's keys in a context, each in its own backticks; none where they are those of everywhere.
fn keys(keymap: &Keymap, context: Context, info: &ActionInfo) -> Option<String> {
    let chords = keymap.keys(context, info.action)?;
    let chords = chords.split(' ').map(|chord| format!("`{}`", cell(chord)));
    Some(chords.collect::<Vec<_>>().join(" "))
}

fn heading(context: Context) -> &'static str {
    match context {
        Context::Global => "Everywhere",
        Context::Overview => "On the overview",
        Context::Evidence => "On the evidence of a metric",
        Context::Chart => "On the chart over the whole screen",
        Context::Ladder => "On the ladder",
        Context::Flags => "On the flags",
        Context::Releases => "On the releases",
        Context::Pods => "On the pods",
        Context::Changed => "On what changed",
        Context::Services => "On the services",
        Context::Plan => "On a plan",
        Context::Help => "In the list of keys",
        Context::Palette => "In the palette and in a filter",
        Context::Text => "In a text field",
    }
}

/// The README's table of keys: every action of the program with the keys of the shipped keymap.
fn key_table() -> String {
    let keymap = Keymap::load(keymap::DEFAULT).expect("the shipped keymap");
    let mut table =
        "| where | key | action | what it does |\n| --- | --- | --- | --- |\n".to_owned();
    let mut contexts: Vec<Context> = ACTIONS
        .iter()
        .flat_map(|info| info.contexts)
        .copied()
        .collect();
    contexts.sort_unstable();
    contexts.dedup();
    for context in contexts {
        let here = ACTIONS
            .iter()
            .filter(|info| info.contexts.contains(&context));
        for (at, info) in here.enumerate() {
            let heading = if at == 0 { heading(context) } else { "" };
            let keys = keys(&keymap, context, info).unwrap_or_else(|| "-".to_owned());
            let writes = match info.danger {
                Danger::None | Danger::Plans => "",
                Danger::Confirms => " (writes)",
            };
            let (name, doc) = (info.name, cell(info.doc));
            writeln!(table, "| {heading} | {keys} | `{name}` | {doc}{writes} |")
                .expect("a string takes all");
        }
    }
    table
}

/// `BLESS=1` writes it.
#[test]
fn the_readme_shows_the_keys_that_there_are() {
    let path = Path::new(ROOT).join("README.md");
    let readme = fs::read_to_string(&path).expect("README.md");
    let shown = between(&readme, "keys");
    let table = format!("\n\n{}\n", key_table());
    if std::env::var_os("BLESS").is_some() {
        let marked = |table: &str| format!("<!-- keys -->{table}<!-- /keys -->");
        let readme = readme.replacen(&marked(shown), &marked(&table), 1);
        fs::write(&path, readme).expect("README.md written");
    } else {
        assert_eq!(shown, table, "BLESS=1 writes the table of keys anew");
    }
}
