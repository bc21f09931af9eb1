//! The screens in every weather as text, compared with the files in `tests/it/goldens`. After a wanted change:
//! `UPDATE_GOLDENS=1 cargo test --test it screens`, then read the difference.

mod changed;
mod fixture;
mod ladder;
mod overlays;
mod releases;
mod services;
mod weather;

use std::path::{Path, PathBuf};

use flightdeck::app::state::State;
use flightdeck::input::Keymap;
use flightdeck::theme::{Depth, Symbols, Theme};
use flightdeck::view::{draw, render};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/goldens")
}

fn picture(state: &State, theme: &Theme, width: u16, height: u16) -> Buffer {
    let keymap = Keymap::load(flightdeck::input::keymap::DEFAULT).unwrap();
    draw(state, theme, &keymap, Rect::new(0, 0, width, height))
}

fn theme(name: &str) -> Theme {
    Theme::builtin(name).unwrap()
}

/// Compares a text with its golden file, or writes it.
fn compare(name: &str, text: &str) {
    compare_in(&goldens(), name, text);
}

/// Compares a text with a file of a folder, or writes it.
pub(crate) fn compare_in(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    if std::env::var("UPDATE_GOLDENS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = known
        .lines()
        .zip(text.lines())
        .position(|(a, b)| a != b)
        .map_or(0, |line| line + 1);
    assert!(
        known == text,
        "{name} differs, first in line {differs}. It is now:\n{text}\nIf that is right: UPDATE_GOLDENS=1 cargo test --test it screens"
    );
}

/// Both sizes as text.
fn golden(name: &str, state: &State) {
    golden_at(name, state, &[(80, 24), (140, 40)]);
}

/// A screen of its own at the sizes that terminals have.
fn golden_whole(name: &str, state: &State) {
    golden_at(name, state, &[(80, 24), (100, 30), (140, 40), (200, 50)]);
}

fn golden_at(name: &str, state: &State, sizes: &[(u16, u16)]) {
    for &(width, height) in sizes {
        let text = render::text(&picture(state, &theme("dark"), width, height));
        compare(&format!("{name}.{width}x{height}.txt"), &text);
    }
}

/// A styled one, with its escape sequences made visible.
fn styled(name: &str, state: &State, theme_name: &str, depth: Depth) {
    let theme = theme(theme_name).with_depth(depth);
    let text = render::ansi(&picture(state, &theme, 80, 24)).replace('\u{1b}', "ESC");
    compare(&format!("{name}.{theme_name}.styled.txt"), &text);
}

/// A screen in colours, in none, and without UTF-8.
fn in_colour_and_without(name: &str, state: &State) {
    styled(name, state, "dark", Depth::Ansi256);
    styled(name, state, "light", Depth::Ansi16);
    styled(name, state, "mono", Depth::None);
    let ascii = theme("mono").with_symbols(Symbols::Ascii);
    let text = render::text(&picture(state, &ascii, 80, 24));
    assert!(text.is_ascii(), "{text}");
    compare(&format!("{name}.ascii.txt"), &text);
}

#[test]
fn a_breach_in_colour_and_without() {
    in_colour_and_without("breach", &weather::breach());
}

#[test]
fn nothing_leaves_its_lines_and_no_sign_is_a_control_character() {
    for entry in std::fs::read_dir(goldens()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{name} holds a control character"
        );
        let Some((width, height)) = name
            .split('.')
            .find_map(|part| part.split_once('x'))
            .and_then(|(w, h)| Some((w.parse::<usize>().ok()?, h.parse::<usize>().ok()?)))
        else {
            continue;
        };
        assert_eq!(text.lines().count(), height, "{name}");
        for line in text.lines() {
            assert!(line.width() <= width, "{name}: {line}");
        }
    }
}

/// A cut always ends in its sign: a word that reaches the edge was either whole or is marked.
#[test]
fn every_size_draws_and_the_first_three_lines_say_the_same() {
    let state = weather::breach();
    let keymap = Keymap::load(flightdeck::input::keymap::DEFAULT).unwrap();
    let theme = theme("dark");
    for width in (1..200).step_by(7) {
        for height in (1..60).step_by(5) {
            let buffer = draw(&state, &theme, &keymap, Rect::new(0, 0, width, height));
            let text = render::text(&buffer);
            assert_eq!(text.lines().count(), usize::from(height));
            if width >= 60 && height >= 15 {
                let lines: Vec<&str> = text.lines().collect();
                assert!(
                    lines[0].contains("PROD") && lines[0].ends_with("UTC"),
                    "{text}"
                );
                assert!(
                    lines[1].starts_with(" ✗ BREACH   canary errors are 25x"),
                    "{text}"
                );
                assert!(
                    lines[2].starts_with("   hurt     4.8% of traffic, 3 failed"),
                    "{text}"
                );
                assert!(
                    lines[4].contains("Disable flag new-payment-flow on canary"),
                    "{text}"
                );
            } else {
                assert!(
                    "too small".starts_with(
                        text.trim_end()
                            .chars()
                            .take(3)
                            .collect::<String>()
                            .trim_end_matches('…')
                    ),
                    "{text}"
                );
            }
        }
    }
}
