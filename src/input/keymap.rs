//! Keymap files: which chord means which action in which context. An unknown name fails at load, with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::chord::parse;
use crate::app::action::{Action, Danger};
use crate::app::chord::{Chord, Context};

/// The keymap that ships.
pub const DEFAULT: &str = include_str!("../../keymaps/default.toml");

/// The one with the keys of k9s.
const K9S: &str = include_str!("../../keymaps/k9s.toml");

/// The keymaps that ship, each with its file.
pub const BUILTIN: [(&str, &str); 2] = [("default", DEFAULT), ("k9s", K9S)];

/// The file of a keymap that ships.
pub fn builtin(name: &str) -> Option<&'static str> {
    let mut named = BUILTIN.into_iter().filter(|(of, _)| *of == name);
    named.next().map(|(_, file)| file)
}

/// The names of the keymaps that ship, for a person.
pub fn names() -> String {
    BUILTIN.map(|(name, _)| name).join(", ")
}

/// Why a keymap file was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {fault}; {}", fault.remedy())]
pub struct KeymapError {
    /// The line, from 1.
    pub line: usize,
    /// The section and the action, such as `plan.confirm`.
    pub key: String,
    /// What is wrong there.
    pub fault: KeymapFault,
}

/// What is wrong in a keymap file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapFault {
    /// Not TOML, or a context that there is not.
    #[error("{0}")]
    Syntax(String),
    /// An action that there is not.
    #[error("there is no action {0:?}")]
    Action(String),
    /// A key that there is not.
    #[error("{0:?} is no key")]
    Chord(String),
    /// An action where it means nothing.
    #[error("it means nothing there")]
    Context(Action),
    /// One chord for two actions.
    #[error("{chord} is bound to both {first} and {second}")]
    Twice {
        /// The chord.
        chord: String,
        /// The first action.
        first: &'static str,
        /// The second.
        second: &'static str,
    },
    /// One chord that opens a plan and confirms it.
    #[error(
        "{chord} confirms a plan, and opens one as {opens}: two presses of one key would do it"
    )]
    OpensAndConfirms {
        /// The chord.
        chord: String,
        /// The action that opens.
        opens: &'static str,
    },
}

impl KeymapFault {
    /// What would be right.
    pub fn remedy(&self) -> String {
        match self {
            Self::Syntax(_) => {
                "write ACTION = \"KEY\" under [global] or a screen's name".to_owned()
            }
            Self::Action(_) => "actions are in the help and in README.md".to_owned(),
            Self::Chord(_) => {
                "write one character, or such as Ctrl-x, Alt-x, Enter, Esc, Tab, Up".to_owned()
            }
            Self::Context(action) => {
                let names: Vec<String> = action
                    .info()
                    .contexts
                    .iter()
                    .copied()
                    .map(section)
                    .collect();
                format!("write it under [{}]", names.join("] or ["))
            }
            Self::Twice { .. } | Self::OpensAndConfirms { .. } => {
                "choose another key for one of them".to_owned()
            }
        }
    }
}

/// A context as a file names it.
fn section(context: Context) -> String {
    format!("{context:?}").to_lowercase()
}

/// Chords in the file: one or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Chords {
    One(String),
    Several(Vec<String>),
}

/// Which chord means which action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keymap {
    bindings: BTreeMap<Context, BTreeMap<Chord, Action>>,
    /// In the order of the file, for what is shown.
    shown: BTreeMap<(Context, Action), Vec<Chord>>,
}

impl Keymap {
    /// Reads a keymap file.
    pub fn load(text: &str) -> Result<Self, KeymapError> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
        let file: BTreeMap<Context, BTreeMap<String, Spanned<Chords>>> = toml::from_str(text)
            .map_err(|error| {
                let line = line(error.span().map_or(0, |span| span.start));
                let of = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                let key = of.split('=').next().unwrap_or_default().trim();
                let message = error.message().lines().collect::<Vec<_>>().join(" ");
                KeymapError {
                    line,
                    key: key.trim_matches(['[', ']']).to_owned(),
                    fault: KeymapFault::Syntax(message),
                }
            })?;
        let mut keymap = Self::default();
        let mut lines = BTreeMap::new();
        for (context, actions) in file {
            for (name, chords) in actions {
                let line = line(chords.span().start);
                let wrong = |fault: KeymapFault| KeymapError {
                    line,
                    key: format!("{}.{name}", section(context)),
                    fault,
                };
                let named = Action::named(&name);
                let action = named.ok_or_else(|| wrong(KeymapFault::Action(name.clone())))?;
                if !action.info().contexts.contains(&context) {
                    return Err(wrong(KeymapFault::Context(action)));
                }
                lines.insert((context, action), line);
                let chords = match chords.into_inner() {
                    Chords::One(chord) => vec![chord],
                    Chords::Several(chords) => chords,
                };
                for text in chords {
                    let chord = parse(&text);
                    let chord = chord.ok_or_else(|| wrong(KeymapFault::Chord(text.clone())))?;
                    keymap.bind(context, chord, action).map_err(wrong)?;
                }
            }
        }
        keymap
            .confirms_by_other_keys()
            .map_err(|(action, fault)| KeymapError {
                line: lines.get(&(Context::Plan, action)).copied().unwrap_or(1),
                key: format!("plan.{}", action.info().name),
                fault,
            })?;
        Ok(keymap)
    }

    /// The key that confirms a plan must not be one that opens one, anywhere; the action that does.
    fn confirms_by_other_keys(&self) -> Result<(), (Action, KeymapFault)> {
        let opens = |(_, action): &(&Chord, &Action)| action.info().danger == Danger::Plans;
        let opening: Vec<_> = self.bindings.values().flatten().filter(opens).collect();
        let confirming = self.bindings.get(&Context::Plan).into_iter().flatten();
        for (chord, confirms) in confirming {
            if let Some((_, opens)) = opening.iter().find(|(opening, _)| *opening == chord)
                && confirms.info().danger == Danger::Confirms
            {
                let fault = KeymapFault::OpensAndConfirms {
                    chord: chord.to_string(),
                    opens: opens.info().name,
                };
                return Err((*confirms, fault));
            }
        }
        Ok(())
    }

    fn bind(&mut self, context: Context, chord: Chord, action: Action) -> Result<(), KeymapFault> {
        let bound = self.bindings.entry(context).or_default();
        if let Some(first) = bound.insert(chord, action) {
            return Err(KeymapFault::Twice {
                chord: chord.to_string(),
                first: first.info().name,
                second: action.info().name,
            });
        }
        self.shown.entry((context, action)).or_default().push(chord);
        Ok(())
    }

    /// The action of a chord, in the nearest of the contexts that binds it.
    pub fn action(&self, contexts: &[Context], chord: Chord) -> Option<Action> {
        contexts
            .iter()
            .find_map(|context| self.bindings.get(context)?.get(&chord))
            .copied()
    }

    /// The chords of an action in a context as a person reads them, such as `j Down`; of the global context where the
    /// given one has none.
    pub fn keys(&self, context: Context, action: Action) -> Option<String> {
        let chords = self
            .shown
            .get(&(context, action))
            .or_else(|| self.shown.get(&(Context::Global, action)))?;
        Some(
            chords
                .iter()
                .map(Chord::to_string)
                .collect::<Vec<_>>()
                .join(" "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::action::ACTIONS;

    /// The keys of an action where it is asked for in a context: none of them is taken by another one there.
    fn reached(keymap: &Keymap, context: Context, action: Action) -> bool {
        let mut below = vec![context];
        // What is written takes every other key.
        if !matches!(context, Context::Palette | Context::Text) {
            below.push(Context::Global);
        }
        let of = |context: &Context| keymap.bindings.get(context).into_iter().flatten();
        let mut bound = below.iter().flat_map(of).filter(|(_, of)| **of == action);
        bound.any(|(chord, _)| keymap.action(&below, *chord) == Some(action))
    }

    #[test]
    fn every_keymap_that_ships_reaches_every_action_wherever_it_means_something() {
        for (name, file) in BUILTIN {
            let keymap = Keymap::load(file).unwrap();
            for info in ACTIONS {
                for context in info.contexts {
                    let reached = reached(&keymap, *context, info.action);
                    assert!(reached, "{name}: {} in {context:?}", info.name);
                }
            }
        }
    }

    #[test]
    fn what_confirms_is_the_same_in_every_keymap_that_ships() {
        let confirming = |file: &str| -> Vec<(Context, Chord)> {
            let keymap = Keymap::load(file).unwrap();
            let all = keymap.bindings.iter();
            let all = all.flat_map(|(context, bound)| bound.iter().map(move |b| (*context, b)));
            all.filter(|(_, (_, action))| action.info().danger == Danger::Confirms)
                .map(|(context, (chord, _))| (context, *chord))
                .collect()
        };
        for (name, file) in BUILTIN {
            assert_eq!(confirming(file), confirming(DEFAULT), "{name}");
        }
    }

    #[test]
    fn hands_that_know_k9s_find_its_keys_and_nothing_where_it_would_delete() {
        let keymap = Keymap::load(builtin("k9s").unwrap()).unwrap();
        let global = |chord| keymap.action(&[Context::Overview, Context::Global], chord);
        for (chord, action) in [
            (Chord::char(':'), Action::Palette),
            (Chord::ctrl('a'), Action::Palette),
            (Chord::char('?'), Action::Help),
            (Chord::plain(crate::app::chord::Key::Esc), Action::Back),
            (Chord::ctrl('c'), Action::Quit),
            (Chord::ctrl('r'), Action::Refresh),
            (Chord::char('d'), Action::Open),
            (Chord::char('j'), Action::Down),
        ] {
            assert_eq!(global(chord), Some(action), "{chord}");
        }
        for (context, bound) in &keymap.bindings {
            for chord in [Chord::char('l'), Chord::ctrl('d'), Chord::ctrl('k')] {
                assert_eq!(bound.get(&chord), None, "{chord} in {context:?}");
            }
        }
    }

    #[test]
    fn a_wrong_keymap_says_what_is_wrong() {
        let says = |text: &str| Keymap::load(text).unwrap_err().to_string();
        assert!(
            says("[global]\nfly = \"x\"\n")
                .starts_with("line 2: global.fly: there is no action \"fly\"")
        );
        assert!(says("[global]\nquit = \"Strg-q\"\n").contains("is no key"));
        assert!(says("[global]\nquit = \"q\"\nhelp = \"q\"\n").contains("both help and quit"));
        assert!(says("[flags]\nconfirm = \"Y\"\n").contains("means nothing there"));
        assert!(says("[cockpit]\n").contains("cockpit"));
    }

    #[test]
    fn the_nearest_context_wins() {
        let keymap = Keymap::load("[global]\nback = \"Esc\"\nundo = \"u\"\n[plan]\nundo = \"z\"\n")
            .unwrap_err();
        assert!(matches!(keymap.fault, KeymapFault::Context(Action::Undo)));
        let keymap = Keymap::load(DEFAULT).unwrap();
        let plan = keymap.action(&[Context::Plan, Context::Global], Chord::char('Y'));
        assert_eq!(plan, Some(Action::ConfirmKey));
        assert_eq!(
            keymap.action(&[Context::Overview, Context::Global], Chord::char('Y')),
            None
        );
    }
}
