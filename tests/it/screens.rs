//! The screens in every weather, size and look, compared with the files in `tests/it/goldens`, and looked over. After a
//! wanted change: `UPDATE_GOLDENS=1 cargo test --test it screens`, then read the difference.

mod changed;
mod evidence;
mod fixture;
mod gallery;
mod ladder;
pub(crate) mod looked_over;
mod overlays;
mod pods;
mod production;
mod releases;
mod services;
mod weather;

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use flightdeck::app::action::ACTIONS;
use flightdeck::app::state::{Overlay, State};
use flightdeck::input::Keymap;
use flightdeck::theme::Theme;
use flightdeck::view::{draw, render};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use gallery::{Gallery, Look, SIZES, files, is_whole};

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

/// Every state that is kept.
fn gallery() -> Gallery {
    let mut gallery = Gallery::default();
    weather::all(&mut gallery);
    evidence::all(&mut gallery);
    production::all(&mut gallery);
    overlays::all(&mut gallery);
    ladder::all(&mut gallery);
    changed::all(&mut gallery);
    pods::all(&mut gallery);
    releases::all(&mut gallery);
    services::all(&mut gallery);
    gallery
}

fn updates() -> bool {
    std::env::var("UPDATE_GOLDENS").is_ok_and(|value| value == "1")
}

/// Where a text differs from that of a file of a folder, which is written where that is wanted.
fn differs_in(folder: &Path, name: &str, text: &str) -> Option<String> {
    let path = folder.join(name);
    if updates() {
        std::fs::write(&path, text).unwrap();
        return None;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    if known == text {
        return None;
    }
    let lines = known.lines().zip(text.lines());
    let (line, (was, is)) = lines
        .enumerate()
        .find(|(_, (was, is))| was != is)
        .unwrap_or((known.lines().count().min(text.lines().count()), ("", "")));
    Some(format!(
        "{name} differs, first in line {}:\n was {was}\n is  {is}\n",
        line + 1
    ))
}

/// Compares a text with a file of a folder, or writes it.
pub(crate) fn compare_in(folder: &Path, name: &str, text: &str) {
    if let Some(told) = differs_in(folder, name, text) {
        panic!("{told}If that is right: UPDATE_GOLDENS=1 cargo test --test it screens");
    }
}

#[test]
fn every_picture_is_as_it_was_kept() {
    let gallery = gallery();
    is_whole(&gallery);
    let drawn: Vec<(String, String)> = gallery.plates.iter().flat_map(files).collect();
    let told: String = drawn
        .iter()
        .filter_map(|(name, text)| differs_in(&goldens(), name, text))
        .collect();
    let known: BTreeSet<&str> = drawn.iter().map(|(name, _)| name.as_str()).collect();
    for entry in std::fs::read_dir(goldens()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if known.contains(name.as_str()) {
            continue;
        }
        assert!(updates(), "{name} is of no picture");
        std::fs::remove_file(path).unwrap();
    }
    assert!(
        told.is_empty(),
        "{told}If that is right: UPDATE_GOLDENS=1 cargo test --test it screens"
    );
}

/// Under each keymap that ships the list of keys has those keys, and every hint is a key that does what it says.
#[test]
fn the_keys_that_are_named_are_those_of_the_keymap() {
    for (name, file) in flightdeck::input::keymap::BUILTIN {
        let keymap = Keymap::load(file).unwrap();
        for plate in gallery().plates {
            let mut state = plate.state;
            if !state.ui.overlays.is_empty() {
                continue;
            }
            let draw = |state: &State, (width, height): (u16, u16)| {
                render::text(&draw(
                    state,
                    &theme("mono"),
                    &keymap,
                    Rect::new(0, 0, width, height),
                ))
            };
            let context = state.ui.screen.context();
            state.ui.overlays.push(Overlay::Help { scroll: 0 });
            let help = draw(&state, (200, 120));
            let here = ACTIONS
                .iter()
                .filter(|info| info.contexts.contains(&context));
            for info in here {
                let keys = keymap.keys(context, info.action).unwrap();
                let line = format!("{keys:<15} {}", info.doc);
                assert!(
                    help.contains(&line),
                    "{name}, {}: {line}\n{help}",
                    plate.name
                );
            }
        }
    }
}

/// Every picture is looked over before the first that is wrong ends the test.
#[test]
fn every_picture_can_be_read() {
    let mut wrong = BTreeSet::new();
    let mut hold = |name: &str, look: &dyn Fn()| {
        if std::panic::catch_unwind(AssertUnwindSafe(look)).is_err() {
            wrong.insert(name.to_owned());
        }
    };
    for plate in &gallery().plates {
        hold(plate.name, &|| looked_over::every_look_says_the_same(plate));
        let all = SIZES.map(|(width, height)| {
            render::text(&picture(&plate.state, &Look::Text.theme(), width, height))
        });
        hold(plate.name, &|| {
            looked_over::nothing_is_cut_unseen(plate.name, &all);
        });
        for (text, (width, height)) in all.iter().zip(SIZES) {
            let name = format!("{} at {width}x{height}", plate.name);
            hold(&name, &|| {
                looked_over::stays_in_its_place(&name, text, (width, height));
            });
            hold(&name, &|| {
                looked_over::columns_are_aligned(&name, text, width);
            });
            hold(&name, &|| looked_over::numbers_agree(&name, text, width));
        }
    }
    assert!(wrong.is_empty(), "told above: {wrong:?}");
}

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
