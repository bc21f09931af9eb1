//! The dependency table of `src/ARCHITECTURE.md`, held against every path of every source file, and the crates that
//! may be there only once, held against the lock file. A room that can name anything ends by naming everything.

mod arrows;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use self::arrows::{Arrow, Found, of_file};
pub(crate) use self::table::between;
use self::table::{MAP, Named, Rules};

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The Rust files below a folder, in order.
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The module that a file of `src` is; the root's are `lib` and `main`.
fn module_of(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The crates that a file could name: what Cargo.toml lists, under the names it lists them by.
fn crates() -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).expect("Cargo.toml");
    let manifest: toml::Table = text.parse().expect("TOML");
    let mut names: BTreeSet<String> = ["std", "core", "alloc"].map(str::to_owned).into();
    for section in ["dependencies", "dev-dependencies"] {
        let table = manifest[section].as_table().expect("a table");
        names.extend(table.keys().map(|name| name.replace('-', "_")));
    }
    names
}

/// What the rules object to in a file's arrows.
fn objections(
    file: &str,
    found: &Found,
    tests: &BTreeSet<Vec<String>>,
    rules: &Rules,
) -> Vec<String> {
    let mut said = Vec::new();
    for Arrow {
        line,
        from,
        in_test,
        to,
    } in &found.arrows
    {
        let in_test = *in_test || (1..=from.len()).any(|end| tests.contains(&from[..end]));
        if let Some(why) = rules.objection(from, to, in_test) {
            let to = match to {
                Named::Ours(path) | Named::Crate(path) => path.join("::"),
                Named::System(corner) => format!("the system's {corner}"),
            };
            said.push(format!("{file}:{line}: {} -> {to}: {why}", from.join("::")));
        }
    }
    said
}

#[test]
fn every_arrow_is_one_that_the_map_allows() {
    let (rules, crates) = (Rules::read(MAP), crates());
    let root = Path::new(ROOT).join("src");
    let files: Vec<(String, Found)> = sources(&root)
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("a source file");
            let short = path.strip_prefix(&root).expect("below src");
            let found = of_file(&text, &module_of(short), &crates);
            (format!("src/{}", short.display()), found)
        })
        .collect();
    let tests: BTreeSet<Vec<String>> = files
        .iter()
        .flat_map(|(_, found)| found.test_modules.clone())
        .collect();
    let said: Vec<String> = files
        .iter()
        .flat_map(|(file, found)| objections(file, found, &tests, &rules))
        .collect();
    let arrows: usize = files.iter().map(|(_, found)| found.arrows.len()).sum();
    assert!(arrows > 5000, "only {arrows} arrows were seen");
    assert!(
        said.is_empty(),
        "{} arrows that src/ARCHITECTURE.md does not allow; move the code, or change the table with its reason:\n{}",
        said.len(),
        said.join("\n")
    );
}

#[test]
fn every_room_has_a_row_and_every_row_a_room() {
    let rules = Rules::read(MAP);
    let lib = fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).expect("lib.rs");
    let declared = syn::parse_file(&lib).expect("Rust");
    let mut rooms: BTreeSet<String> = ["lib".to_owned(), "main".to_owned()].into();
    for item in &declared.items {
        if let syn::Item::Mod(room) = item {
            rooms.insert(room.ident.to_string());
        }
    }
    let rows: BTreeSet<String> = rules.top().into_iter().map(str::to_owned).collect();
    assert_eq!(rows, rooms);
}

/// What is said of a source text in a module, without file and line.
fn check(module: &str, text: &str) -> Vec<String> {
    let module: Vec<String> = module.split("::").map(str::to_owned).collect();
    let found = of_file(text, &module, &crates());
    let said = objections("it", &found, &BTreeSet::new(), &Rules::read(MAP));
    said.iter()
        .map(|line| line.split(": ").nth(1).expect("an arrow").to_owned())
        .collect()
}

/// A module, a text in it, and the arrow that is forbidden.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    (
        "domain::flag",
        "use crate::view::draw;",
        "domain::flag -> view::draw",
    ),
    (
        "domain::flag",
        "use super::super::engine;",
        "domain::flag -> engine",
    ),
    (
        "engine",
        "use crate::{app as brain}; fn f() {}",
        "engine -> app",
    ),
    (
        "engine::judge",
        "fn f() -> u8 { crate::sim::one() }",
        "engine::judge -> sim::one",
    ),
    (
        "engine",
        "fn f() { assert!(crate::shell::two()) }",
        "engine -> shell::two",
    ),
    (
        "engine",
        "use std::fs; fn f() {}",
        "engine -> the system's fs",
    ),
    (
        "app",
        "use std as s; fn f() { s::env::var(\"HOME\"); }",
        "app -> the system's env",
    ),
    (
        "app",
        "fn f() { jiff::Timestamp::now(); }",
        "app -> the system's clock",
    ),
    (
        "app",
        "fn f(x: Instant) { x.elapsed(); }",
        "app -> the system's timer",
    ),
    (
        "app",
        "async fn f() { tokio::task::yield_now().await }",
        "app -> tokio::task::yield_now",
    ),
    (
        "view",
        "fn f() { let _: Option<kube::Client>; }",
        "view -> kube::Client",
    ),
    (
        "view",
        "mod deep { use crate::adapters::helm; }",
        "view::deep -> adapters::helm",
    ),
    (
        "view",
        "#[serde(with = \"crate::journal::hex\")] struct A;",
        "view -> journal::hex",
    ),
    (
        "input",
        "use crate::app::state::State;",
        "input -> app::state::State",
    ),
    (
        "theme",
        "macro_rules! m { () => { $crate::cli::run() } }",
        "theme -> cli::run",
    ),
    (
        "adapters::helm",
        "use crate::adapters::flagd;",
        "adapters::helm -> adapters::flagd",
    ),
    (
        "adapters::helm",
        "use crate::adapters::transport; use ratatui::Frame;",
        "adapters::helm -> ratatui::Frame",
    ),
    (
        "shell::runner",
        "use crate::adapters::flagd; fn f() { flagd::set_flag(); }",
        "shell::runner -> adapters::flagd::set_flag",
    ),
    ("view", "use crate::app::update;", "view -> app::update"),
    ("sim", "use crate::domain::flag;", "sim -> domain::flag"),
    ("pantry", "use std::fs;", "pantry -> the system's fs"),
];

#[test]
fn a_forbidden_arrow_is_seen_however_it_is_written() {
    for (module, text, arrow) in FORBIDDEN {
        assert_eq!(check(module, text), [*arrow], "{module}: {text}");
    }
}

#[test]
fn an_allowed_arrow_is_let_through() {
    for (module, text) in [
        (
            "engine",
            "use crate::domain::flag::Flag; use std::collections::BTreeMap;",
        ),
        (
            "domain",
            "pub(crate) mod a; fn f(clock: &dyn Clock) { clock.now(); }",
        ),
        (
            "domain",
            "#[cfg(test)] mod tests { use super::*; use proptest::prelude::*; }",
        ),
        ("executor", "use crate::adapters::flagd::set_flag;"),
        (
            "adapters::flagd",
            "use crate::adapters::flagd::set_flag; use super::transport;",
        ),
        ("shell::clock", "fn f() { std::time::Instant::now(); }"),
        (
            "view",
            "mod state {} fn f() { state::tokio::fs(); Style::default(); }",
        ),
    ] {
        assert!(
            check(module, text).is_empty(),
            "{module}: {text}: {:?}",
            check(module, text)
        );
    }
}

#[test]
fn what_may_be_there_only_once_is_there_once() {
    let text = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).expect("Cargo.lock");
    let lock: toml::Table = text.parse().expect("TOML");
    let names: Vec<&str> = lock["package"]
        .as_array()
        .expect("packages")
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    for once in ["ratatui", "crossterm", "reqwest", "rustls"] {
        let count = names.iter().filter(|name| **name == once).count();
        assert_eq!(count, 1, "{once}: two of them can't talk to each other");
    }
    for never in ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls"] {
        assert!(!names.contains(&never), "{never}: a second TLS stack");
    }
}
