//! The format of theme files: a palette and a style for each role. Errors name the line and the key.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::depth::picture;
use super::role::Role;

/// Why a theme file was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {fault}; {}", fault.remedy())]
pub struct ThemeError {
    /// The line, from 1.
    pub line: usize,
    /// The key, with dots.
    pub key: String,
    /// What is wrong there.
    pub fault: ThemeFault,
}

/// What is wrong in a theme file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeFault {
    /// Not TOML, or a key that there is not.
    #[error("{0}")]
    Syntax(String),
    /// A colour that there is not.
    #[error("{0:?} is no colour")]
    Color(String),
    /// A modifier that there is not.
    #[error("{0:?} is no modifier")]
    Modifier(String),
}

impl ThemeFault {
    /// What would be right.
    pub fn remedy(&self) -> String {
        match self {
            Self::Syntax(_) => "begin with a copy of a theme that ships",
            Self::Color(_) => {
                "write a name of [palette], #rrggbb, 0 to 255, or one of black, red, green, yellow, blue, magenta, cyan, gray, darkgray, white"
            }
            Self::Modifier(_) => "there are bold, dim, italic, underlined and reversed",
        }
        .to_owned()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    palette: BTreeMap<String, Spanned<String>>,
    roles: BTreeMap<Role, Written>,
    #[serde(default)]
    picture: Picture,
}

/// The ground that a picture has and the ink where a role names none; a terminal has its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Picture {
    ground: Spanned<String>,
    ink: Spanned<String>,
}

impl Default for Picture {
    fn default() -> Self {
        let written = |color: &str| Spanned::new(0..0, color.to_owned());
        Self {
            ground: written("#000000"),
            ink: written("#d0d0d0"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    fg: Option<Spanned<String>>,
    bg: Option<Spanned<String>>,
    #[serde(default)]
    modifiers: Vec<Spanned<String>>,
}

/// Styles by role, then ground and ink of pictures.
type Read = (BTreeMap<Role, Style>, (String, String));

/// What a theme file gives.
pub(super) fn read(text: &str) -> Result<Read, ThemeError> {
    let line = |at: usize| 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
    let wrong = |at: usize, fault: ThemeFault| {
        let line = line(at);
        let of = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let key = of.split('=').next().unwrap_or_default().trim();
        ThemeError {
            line,
            key: key.trim_matches(['[', ']']).to_owned(),
            fault,
        }
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        let at = error.span().map_or(0, |span| span.start);
        wrong(at, ThemeFault::Syntax(message))
    })?;
    let plain = |written: &Spanned<String>| {
        let text = written.get_ref();
        let fault = || ThemeFault::Color(text.clone());
        let color = text.parse::<Color>();
        color.map_err(|_| wrong(written.span().start, fault()))
    };
    let mut palette = BTreeMap::new();
    for (name, written) in &file.palette {
        palette.insert(name.as_str(), plain(written)?);
    }
    let color = |written: &Option<Spanned<String>>| match written {
        None => Ok(None),
        Some(written) => match palette.get(written.get_ref().as_str()) {
            Some(color) => Ok(Some(*color)),
            None => plain(written).map(Some),
        },
    };
    let mut styles = BTreeMap::new();
    for (role, written) in &file.roles {
        let mut style = Style {
            fg: color(&written.fg)?,
            bg: color(&written.bg)?,
            ..Style::default()
        };
        for word in &written.modifiers {
            let fault = || ThemeFault::Modifier(word.get_ref().clone());
            let known = modifier(word.get_ref());
            style = style.add_modifier(known.ok_or_else(|| wrong(word.span().start, fault()))?);
        }
        styles.insert(*role, style);
    }
    let shade = |written: &Spanned<String>| {
        let [r, g, b] = picture(plain(written)?).unwrap_or_default();
        Ok(format!("#{r:02x}{g:02x}{b:02x}"))
    };
    Ok((
        styles,
        (shade(&file.picture.ground)?, shade(&file.picture.ink)?),
    ))
}

fn modifier(word: &str) -> Option<Modifier> {
    Some(match word {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underlined" => Modifier::UNDERLINED,
        "reversed" => Modifier::REVERSED,
        _ => return None,
    })
}
