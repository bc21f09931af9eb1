//! Themes that ship load; wrong ones name their line; colours come down to what a terminal has.

use ratatui::style::{Color, Modifier};

use super::*;

#[test]
fn every_theme_that_ships_loads_and_knows_each_role_that_carries_a_verdict() {
    for (name, text) in BUILTIN {
        let theme = Theme::load(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for role in [Role::Breach, Role::Watch, Role::Accent, Role::Prod] {
            assert_ne!(theme.style(role), Style::default(), "{name}: {role:?}");
        }
    }
    assert_eq!(Theme::builtin("neon"), None);
}

#[test]
fn a_wrong_theme_says_where() {
    let says = |text: &str| Theme::load(text).unwrap_err().to_string();
    assert!(says("[roles]\ntext = { fg = \"ink\" }\n").starts_with("line 2: \"ink\" is no colour"));
    assert!(says("[roles]\n\ntext = { modifiers = [\"loud\"] }\n").starts_with("line 3: \"loud\""));
    assert!(says("[palette]\nred = \"#xyz\"\n[roles]\n").starts_with("line 2"));
    let unknown = says("[roles]\nbackdrop = {}\n");
    assert!(
        unknown.contains("line 2") && unknown.contains("backdrop"),
        "{unknown}"
    );
}

#[test]
fn mono_and_no_colours_use_none() {
    let mono = Theme::builtin("mono").unwrap();
    let dark = Theme::builtin("dark").unwrap().with_depth(Depth::None);
    for theme in [mono, dark] {
        let style = theme.style(Role::Breach);
        assert_eq!((style.fg, style.bg), (None, None));
        assert!(style.add_modifier.contains(Modifier::BOLD));
    }
}

#[test]
fn colours_come_down_to_the_nearest() {
    let red = Color::Rgb(255, 5, 5);
    assert_eq!(Depth::TrueColor.nearest(red), Some(red));
    assert_eq!(Depth::Ansi256.nearest(red), Some(Color::Indexed(196)));
    assert_eq!(Depth::Ansi16.nearest(red), Some(Color::LightRed));
    assert_eq!(
        Depth::Ansi16.nearest(Color::Indexed(196)),
        Some(Color::LightRed)
    );
    assert_eq!(Depth::None.nearest(red), None);
}

#[test]
fn every_sign_has_a_twin() {
    for sign in "✓✗·▸●○▁▂▃▄▅▆▇█…ö".chars() {
        let twin = Symbols::Ascii.twin(sign).unwrap();
        assert!(twin.is_ascii());
        assert_eq!(Symbols::Utf8.twin(sign), None);
    }
    assert_eq!(Symbols::Ascii.twin('a'), None);
}
