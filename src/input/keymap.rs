//! Keymap files: which chord means which action in which context. An unknown name fails at load, with its line.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::chord::parse;
use crate::app::action::{Action, Danger};
use crate::app::chord::{Chord, Context};

/// The keymap that ships.
pub const DEFAULT: &str = include_str!("../../keymaps/default.toml");

/// Why a keymap file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// Not TOML, or a context that there is not.
    #[error("{0}")]
    Syntax(String),
    /// An action that there is not.
    #[error("[{context}] has no action {name:?}; actions are in the help and in README.md")]
    Action {
        /// The section.
        context: String,
        /// The name.
        name: String,
    },
    /// A key that there is not.
    #[error(
        "[{context}] {name}: {chord:?} is no key; write one character, Ctrl-x, Enter, Esc, Tab, Up ..."
    )]
    Chord {
        /// The section.
        context: String,
        /// The action.
        name: String,
        /// What was written.
        chord: String,
    },
    /// An action where it means nothing.
    #[error("[{context}] {name} means nothing there")]
    Context {
        /// The section.
        context: String,
        /// The action.
        name: String,
    },
    /// One chord for two actions.
    #[error("[{context}] {chord} is bound to both {first} and {second}")]
    Twice {
        /// The section.
        context: String,
        /// The chord.
        chord: String,
        /// The first action.
        first: &'static str,
        /// The second.
        second: &'static str,
    },
    /// One chord that opens a plan and confirms it.
    #[error(
        "[plan] {chord} is bound to {confirms}, and opens a plan as {opens}: two presses of one key would do it"
    )]
    OpensAndConfirms {
        /// The chord.
        chord: String,
        /// The action that confirms.
        confirms: &'static str,
        /// The action that opens.
        opens: &'static str,
    },
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
        let file: BTreeMap<Context, BTreeMap<String, Chords>> =
            toml::from_str(text).map_err(|error| KeymapError::Syntax(error.to_string()))?;
        let mut keymap = Self::default();
        for (context, actions) in file {
            let section = || format!("{context:?}").to_lowercase();
            for (name, chords) in actions {
                let action = Action::named(&name).ok_or_else(|| KeymapError::Action {
                    context: section(),
                    name: name.clone(),
                })?;
                if !action.info().contexts.contains(&context) {
                    return Err(KeymapError::Context {
                        context: section(),
                        name,
                    });
                }
                let chords = match chords {
                    Chords::One(chord) => vec![chord],
                    Chords::Several(chords) => chords,
                };
                for text in chords {
                    let chord = parse(&text).ok_or_else(|| KeymapError::Chord {
                        context: section(),
                        name: name.clone(),
                        chord: text.clone(),
                    })?;
                    keymap.bind(context, chord, action)?;
                }
            }
        }
        keymap.confirms_by_other_keys()?;
        Ok(keymap)
    }

    /// The key that confirms a plan must not be one that opens one, anywhere.
    fn confirms_by_other_keys(&self) -> Result<(), KeymapError> {
        let opens = |(_, action): &(&Chord, &Action)| action.info().danger == Danger::Plans;
        let opening: Vec<_> = self.bindings.values().flatten().filter(opens).collect();
        let confirming = self.bindings.get(&Context::Plan).into_iter().flatten();
        for (chord, confirms) in confirming {
            if let Some((_, opens)) = opening.iter().find(|(opening, _)| *opening == chord)
                && confirms.info().danger == Danger::Confirms
            {
                return Err(KeymapError::OpensAndConfirms {
                    chord: chord.to_string(),
                    confirms: confirms.info().name,
                    opens: opens.info().name,
                });
            }
        }
        Ok(())
    }

    fn bind(&mut self, context: Context, chord: Chord, action: Action) -> Result<(), KeymapError> {
        if let Some(first) = self
            .bindings
            .entry(context)
            .or_default()
            .insert(chord, action)
        {
            return Err(KeymapError::Twice {
                context: format!("{context:?}").to_lowercase(),
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

    #[test]
    fn the_shipped_keymap_binds_every_action() {
        let keymap = Keymap::load(DEFAULT).unwrap();
        for info in ACTIONS {
            let bound = info
                .contexts
                .iter()
                .any(|&c| keymap.keys(c, info.action).is_some());
            assert!(bound, "{} has no key", info.name);
        }
    }

    #[test]
    fn a_wrong_keymap_says_what_is_wrong() {
        let says = |text: &str| Keymap::load(text).unwrap_err().to_string();
        assert!(says("[global]\nfly = \"x\"\n").contains("no action \"fly\""));
        assert!(says("[global]\nquit = \"Strg-q\"\n").contains("is no key"));
        assert!(says("[global]\nquit = \"q\"\nhelp = \"q\"\n").contains("both help and quit"));
        assert!(says("[flags]\nconfirm = \"Y\"\n").contains("means nothing there"));
        assert!(says("[cockpit]\n").contains("cockpit"));
    }

    #[test]
    fn the_nearest_context_wins() {
        let keymap = Keymap::load("[global]\nback = \"Esc\"\nundo = \"u\"\n[plan]\nundo = \"z\"\n")
            .unwrap_err();
        assert!(matches!(keymap, KeymapError::Context { .. }));
        let keymap = Keymap::load(DEFAULT).unwrap();
        let plan = keymap.action(&[Context::Plan, Context::Global], Chord::char('Y'));
        assert_eq!(plan, Some(Action::ConfirmKey));
        assert_eq!(
            keymap.action(&[Context::Overview, Context::Global], Chord::char('Y')),
            None
        );
    }
}
