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

/// The relative luminance of a colour (WCAG 2.2).
fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn linear(part: u8) -> f64 {
    let c = f64::from(part) / 255.0;
    if c <= 0.04045 {
        c / 12.92
    } else {
        ((c + 0.055) / 1.055).powf(2.4)
    }
}

/// The contrast of two colours, 1 to 21.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

fn hex(text: &str) -> [u8; 3] {
    let all = u32::from_str_radix(text.trim_start_matches('#'), 16).unwrap();
    let [_, rgb @ ..] = all.to_be_bytes();
    rgb
}

/// What a role is drawn in on a picture.
fn ink(theme: &Theme, role: Role) -> [u8; 3] {
    let own = theme.style(role).fg.and_then(picture);
    own.unwrap_or_else(|| hex(theme.paper().1))
}

#[test]
fn every_role_can_be_read_on_its_ground() {
    for (name, least) in [
        ("dark", 4.5),
        ("light", 4.5),
        ("mono", 7.0),
        ("high-contrast", 7.0),
        ("colour-blind", 4.5),
    ] {
        let theme = Theme::builtin(name).unwrap();
        let ground = hex(theme.paper().0);
        for role in [
            Role::Text,
            Role::Dim,
            Role::Accent,
            Role::Breach,
            Role::Watch,
            Role::ChartProduction,
        ] {
            let contrast = contrast(ink(&theme, role), ground);
            assert!(contrast >= least, "{name}: {role:?} {contrast:.1}");
        }
    }
}

/// How a colour looks to an eye without one kind of cone (Machado, Oliveira, Fernandes 2009, severity 1, on linear light).
fn seen_without(cone: [[f64; 3]; 3], rgb: [u8; 3]) -> [f64; 3] {
    let linear = rgb.map(linear);
    cone.map(|row| {
        let sum: f64 = row.iter().zip(linear).map(|(of, part)| of * part).sum();
        sum.clamp(0.0, 1.0).powf(1.0 / 2.2)
    })
}

#[test]
fn the_colour_blind_theme_tells_breach_watch_key_and_text_apart_for_every_eye() {
    const EYES: [[[f64; 3]; 3]; 3] = [
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];
    let theme = Theme::builtin("colour-blind").unwrap();
    let roles = [Role::Breach, Role::Watch, Role::Accent, Role::Text];
    for eye in EYES {
        for (at, one) in roles.iter().enumerate() {
            for other in &roles[at + 1..] {
                let [a, b] = [one, other].map(|r| seen_without(eye, ink(&theme, *r)));
                let apart: f64 = a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum();
                assert!(apart.sqrt() > 0.15, "{one:?} and {other:?}: {apart:.3}");
            }
        }
    }
}

#[test]
fn the_sixteen_colours_are_the_terminals_own() {
    let theme = Theme::builtin("sixteen").unwrap();
    for depth in [Depth::TrueColor, Depth::Ansi256, Depth::Ansi16] {
        assert_eq!(theme.clone().with_depth(depth), theme, "{depth:?}");
    }
    assert_eq!(theme.style(Role::Breach).fg, Some(Color::Red));
}

#[test]
fn a_wrong_theme_says_where() {
    let says = |text: &str| Theme::load(text).unwrap_err().to_string();
    assert!(
        says("[roles]\ntext = { fg = \"ink\" }\n")
            .starts_with("line 2: text: \"ink\" is no colour")
    );
    assert!(
        says("[roles]\n\ntext = { modifiers = [\"loud\"] }\n")
            .starts_with("line 3: text: \"loud\"")
    );
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
