//! The two tables of `src/ARCHITECTURE.md`, as rules: the map that people read is the law that the test holds.

use std::collections::BTreeSet;

/// The map.
pub(super) const MAP: &str = include_str!("../../../src/ARCHITECTURE.md");

/// A path in the crate or of another crate, without generics.
pub(super) type Path = Vec<String>;

/// A path of the table; a `*` stands for any one name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Path);

impl Pattern {
    fn of(text: &str) -> Self {
        Self(text.split("::").map(str::to_owned).collect())
    }

    /// Whether the path is what the pattern says, or inside it.
    fn holds(&self, path: &[String]) -> bool {
        self.0.len() <= path.len() && self.agrees(path)
    }

    /// Whether the path is what the pattern says, inside it, or on the way to it.
    fn agrees(&self, path: &[String]) -> bool {
        let mut both = self.0.iter().zip(path);
        both.all(|(want, have)| want == "*" || want == have)
    }
}

/// What one cell of the table lets be named.
#[derive(Debug)]
enum Allowed {
    Any,
    These(Vec<Pattern>),
}

impl Allowed {
    /// A cell: `any`, a dash, or names in backticks.
    fn of(cell: &str) -> Self {
        if cell == "any" {
            return Self::Any;
        }
        Self::These(names(cell).map(Pattern::of).collect())
    }

    fn agrees(&self, path: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::These(patterns) => patterns.iter().any(|pattern| pattern.agrees(path)),
        }
    }
}

/// A row of the first table.
#[derive(Debug)]
struct Room {
    name: String,
    place: Pattern,
    ours: Allowed,
    crates: Allowed,
    system: Allowed,
}

/// A row of the second table.
#[derive(Debug)]
struct Only {
    what: Vec<Pattern>,
    places: Vec<Pattern>,
}

/// What is named somewhere, as far as the rules can tell things apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// Something of this crate.
    Ours(Path),
    /// Something of another crate.
    Crate(Path),
    /// A corner of the system behind std or tokio: `fs`, `net`, `env`, `process`, `thread`, `terminal`, `clock` or `timer`.
    System(&'static str),
}

/// The rules.
#[derive(Debug)]
pub(super) struct Rules {
    rooms: Vec<Room>,
    only: Vec<Only>,
    tests: Allowed,
}

impl Rules {
    /// Reads them from the map.
    pub(super) fn read(map: &str) -> Self {
        let rooms = rows(map, "rooms").map(|cells| {
            let [room, ours, crates, system] = cells.as_slice() else {
                panic!("a row of the rooms has four cells, not {cells:?}");
            };
            let name = names(room).next().expect("a room's name").to_owned();
            Room {
                place: Pattern::of(&name),
                name,
                ours: Allowed::of(ours),
                crates: Allowed::of(crates),
                system: Allowed::of(system),
            }
        });
        let rooms: Vec<Room> = rooms.collect();
        let only = rows(map, "only").map(|cells| {
            let [what, places, _why] = cells.as_slice() else {
                panic!("a row of what is named in one place has three cells, not {cells:?}");
            };
            Only {
                what: names(what).map(Pattern::of).collect(),
                places: names(places).map(Pattern::of).collect(),
            }
        });
        let only: Vec<Only> = only.collect();
        assert!(
            !rooms.is_empty() && !only.is_empty(),
            "the map has its tables"
        );
        let tests = between(map, "tests");
        Self {
            rooms,
            only,
            tests: Allowed::of(tests.trim()),
        }
    }

    /// The rooms at the top, as the table names them.
    pub(super) fn top(&self) -> BTreeSet<&str> {
        let first = |room: &Room| -> Option<&str> {
            (!room.name.contains("::")).then_some(())?;
            self.rooms
                .iter()
                .map(|r| r.name.as_str())
                .find(|n| *n == room.name)
        };
        self.rooms.iter().filter_map(first).collect()
    }

    /// Why a module may not name something; none where it may.
    pub(super) fn objection(&self, at: &[String], named: &Named, in_test: bool) -> Option<String> {
        let Some(room) = self.room(at) else {
            return Some(format!("{} is in no room of the table", at.join("::")));
        };
        let name = &room.name;
        match named {
            Named::Ours(path) => {
                // Its own folder, and what is on the way to it.
                let mut own = at.iter().take(room.place.0.len()).zip(path);
                let is_own = own.all(|(own, named)| own == named);
                if !is_own && !room.ours.agrees(path) {
                    return Some(format!("{name} may not name this room"));
                }
                let only = self.only.iter().find(|only| {
                    only.what.iter().any(|what| what.holds(path))
                        && !only.places.iter().any(|place| place.holds(at))
                });
                let same_room = at.first() == path.first();
                only.filter(|_| !same_room).map(|only| {
                    let places: Vec<String> = only.places.iter().map(|p| p.0.join("::")).collect();
                    format!("only {} may name this", places.join(", "))
                })
            }
            Named::Crate(path) => {
                let allowed = room.crates.agrees(path) || (in_test && self.tests.agrees(path));
                (!allowed).then(|| format!("{name} may not name this crate"))
            }
            Named::System(corner) => {
                let allowed = room.system.agrees(&[(*corner).to_owned()]);
                (!allowed).then(|| format!("{name} may not touch {corner}"))
            }
        }
    }

    /// The row with the longest name that holds the module.
    fn room(&self, at: &[String]) -> Option<&Room> {
        let holding = self.rooms.iter().filter(|room| room.place.holds(at));
        holding.max_by_key(|room| (room.place.0.len(), !room.name.contains('*')))
    }
}

/// The names in backticks of a cell.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The text between `<!-- NAME -->` and `<!-- /NAME -->`.
pub(crate) fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let part = text
        .split_once(&open)
        .and_then(|(_, rest)| rest.split_once(&close));
    part.unwrap_or_else(|| panic!("no part marked {name}")).0
}

/// The cells of a table between markers, without its head.
fn rows<'a>(map: &'a str, name: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let lines = between(map, name)
        .lines()
        .filter(|line| line.starts_with('|'));
    lines
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}
