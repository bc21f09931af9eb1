//! How many colours a terminal has, and the nearest colour that it has.

use ratatui::style::Color;

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// 24 bits a colour.
    TrueColor,
    /// The 6x6x6 cube and the grey ramp of xterm.
    #[default]
    Ansi256,
    /// The sixteen named colours.
    Ansi16,
    /// None: only bold, underlined and reverse.
    None,
}

/// The sixteen colours as xterm draws them.
const SIXTEEN: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The steps of the colour cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Depth {
    /// The nearest colour that there is; none where there are no colours.
    pub fn nearest(self, color: Color) -> Option<Color> {
        match (self, color) {
            (Self::None, _) => None,
            (Self::Ansi256, Color::Rgb(r, g, b)) => Some(Color::Indexed(indexed([r, g, b]))),
            (Self::Ansi16, Color::Rgb(r, g, b)) => Some(named([r, g, b])),
            (Self::Ansi16, Color::Indexed(index)) => Some(named(rgb(index))),
            (_, other) => Some(other),
        }
    }
}

/// The square of the distance of two colours.
fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter()
        .zip(b)
        .map(|(&x, y)| u32::from(x.abs_diff(y)).pow(2))
        .sum()
}

fn named(rgb: [u8; 3]) -> Color {
    SIXTEEN
        .iter()
        .min_by_key(|(_, known)| distance(rgb, *known))
        .map_or(Color::Reset, |(color, _)| *color)
}

fn indexed(color: [u8; 3]) -> u8 {
    (16..=255)
        .min_by_key(|&index| distance(color, rgb(index)))
        .unwrap_or(7)
}

/// What xterm draws for an index.
pub(crate) fn rgb(index: u8) -> [u8; 3] {
    if let Some((_, known)) = SIXTEEN.get(usize::from(index)) {
        return *known;
    }
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return [grey; 3];
    }
    let cube = index - 16;
    [cube / 36, cube / 6 % 6, cube % 6]
        .map(|step| STEPS.get(usize::from(step)).copied().unwrap_or_default())
}

/// What a colour looks like, for pictures; none for the terminal's own.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum: what is left are the named colours"
)]
pub(crate) fn picture(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index) => Some(rgb(index)),
        other => SIXTEEN
            .iter()
            .find(|(known, _)| *known == other)
            .map(|(_, rgb)| *rgb),
    }
}

/// The number of a named colour, 0 to 15.
pub(crate) fn sixteen(color: Color) -> u8 {
    let at = SIXTEEN.iter().position(|(known, _)| *known == color);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(7)
}
