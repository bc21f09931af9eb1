//! The pictures that are kept: a state with a name, drawn at every size, and where it stands for its screen in every
//! look. One file holds all sizes of one look.

use flightdeck::app::state::{Overlay, Screen, State};
use flightdeck::domain::gauge::Gauge;
use flightdeck::domain::verdict::Metric;
use flightdeck::engine::advisor::advice::Headline;
use flightdeck::theme::{Depth, Symbols, Theme};
use flightdeck::view::render;

use super::picture;

/// The sizes that terminals have.
pub(crate) const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (140, 40), (200, 50)];

/// One state, to be drawn.
pub(crate) struct Plate {
    pub(crate) name: &'static str,
    pub(crate) state: State,
    /// Whether it is kept in every look, or as text alone.
    every_look: bool,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Gallery {
    pub(crate) plates: Vec<Plate>,
}

impl Gallery {
    /// Keeps a state as text.
    pub(super) fn hang(&mut self, name: &'static str, state: &State) {
        self.add(name, state, false);
    }

    /// Keeps a state as text, in colours, without colours, and without UTF-8.
    pub(super) fn in_every_look(&mut self, name: &'static str, state: &State) {
        self.add(name, state, true);
    }

    fn add(&mut self, name: &'static str, state: &State, every_look: bool) {
        assert!(
            self.plates.iter().all(|plate| plate.name != name),
            "{name} is there twice"
        );
        self.plates.push(Plate {
            name,
            state: state.clone(),
            every_look,
        });
    }
}

/// How a screen looks on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// The words alone, which every look with UTF-8 has.
    Text,
    /// In 256 colours on black.
    Dark,
    /// In 16 colours on white.
    Light,
    /// Without colours.
    Mono,
    /// Without colours and without UTF-8.
    Ascii,
}

impl Look {
    const ALL: [Self; 5] = [Self::Text, Self::Dark, Self::Light, Self::Mono, Self::Ascii];

    const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
            Self::Ascii => "ascii",
        }
    }

    pub(crate) fn theme(self) -> Theme {
        let (name, depth) = match self {
            Self::Dark => ("dark", Depth::Ansi256),
            Self::Light => ("light", Depth::Ansi16),
            Self::Text | Self::Mono | Self::Ascii => ("mono", Depth::None),
        };
        let theme = Theme::builtin(name).unwrap().with_depth(depth);
        match self {
            Self::Ascii => theme.with_symbols(Symbols::Ascii),
            Self::Text | Self::Dark | Self::Light | Self::Mono => theme,
        }
    }

    fn draw(self, state: &State, (width, height): (u16, u16)) -> String {
        let picture = picture(state, &self.theme(), width, height);
        match self {
            Self::Text | Self::Ascii => render::text(&picture),
            Self::Dark | Self::Light | Self::Mono => {
                render::ansi(&picture).replace('\u{1b}', "\u{241b}")
            }
        }
    }
}

/// The golden files of a plate, by name.
pub(crate) fn files(plate: &Plate) -> impl Iterator<Item = (String, String)> {
    let looks = if plate.every_look {
        &Look::ALL[..]
    } else {
        &[Look::Text]
    };
    looks.iter().map(|look| {
        let drawn = SIZES.map(|size| {
            let (width, height) = size;
            format!(
                "== {} {width}x{height}\n{}",
                plate.name,
                look.draw(&plate.state, size)
            )
        });
        let name = format!("{}.{}.txt", plate.name, look.name());
        (name, drawn.concat())
    })
}

/// The cases of a type with a name for each: a new case does not compile before it has one, and every name has a plate.
macro_rules! cases {
    ($all:ident, $of:ident($value:ident: $type:ty) { $($case:pat => $name:literal,)+ }) => {
        const $all: &[&str] = &[$($name),+];

        fn $of($value: $type) -> &'static str {
            match $value {
                $($case => $name,)+
            }
        }
    };
}

cases! {
    SCREENS, screen(shown: (Option<&Overlay>, Screen)) {
        (None, Screen::Overview) => "overview",
        (None, Screen::Ladder) => "ladder",
        (None, Screen::Flags) => "flags",
        (None, Screen::Releases) => "releases",
        (None, Screen::Pods) => "pods",
        (None, Screen::Changed) => "changed",
        (None, Screen::Services) => "services",
        (None, Screen::Evidence { query: false, .. }) => "evidence",
        (None, Screen::Evidence { query: true, .. }) => "queries",
        (None, Screen::Chart { .. }) => "chart",
        (Some(Overlay::Plan(_)), _) => "plan",
        (Some(Overlay::Incident(_)), _) => "incident",
        (Some(Overlay::Help { .. }), _) => "help",
        (Some(Overlay::Palette { .. }), _) => "palette",
        (Some(Overlay::Refused { .. }), _) => "refusal",
    }
}

cases! {
    CHARTS, chart(of: Metric) {
        Metric::Errors => "chart-errors",
        Metric::Slow => "chart-slow",
        Metric::Requests => "chart-requests",
        Metric::Readiness => "chart-readiness",
        Metric::Gauge(Gauge::Cpu) => "chart-cpu",
        Metric::Gauge(Gauge::Memory) => "chart-memory",
        Metric::Gauge(Gauge::Restarts) => "chart-restarts",
        Metric::Gauge(Gauge::Throttled) => "chart-throttled",
        Metric::Gauge(Gauge::PoolUsed) => "chart-pool-used",
        Metric::Gauge(Gauge::PoolWait) => "chart-pool-wait",
        Metric::Gauge(Gauge::CacheHits) => "chart-cache-hits",
        Metric::Gauge(Gauge::QueueLag) => "chart-queue-lag",
        Metric::Gauge(Gauge::Network) => "chart-network",
        Metric::Gauge(Gauge::NetworkErrors) => "chart-network-errors",
        Metric::Gauge(Gauge::Business(_)) => "chart-business",
    }
}

/// The name of the picture of a metric's chart over the whole screen.
pub(super) fn chart_of(metric: Metric) -> &'static str {
    chart(metric)
}

cases! {
    WEATHERS, weather(headline: &Headline) {
        Headline::Security { .. } => "incident-stands",
        Headline::Reading { .. } => "reading",
        Headline::Idle => "idle",
        Headline::WarmingUp { .. } => "warming up",
        Headline::Soak { .. } => "soak",
        Headline::ProductionSoak { .. } => "production soak",
        Headline::Passed { .. } => "passed",
        Headline::NotEnough { .. } => "not enough",
        Headline::Watch { .. } => "watch",
        Headline::Breach { .. } => "breach",
        Headline::RedLine { .. } => "red line",
        Headline::BothBad { .. } => "both bad",
        Headline::ProductionBad { .. } => "production bad",
        Headline::NotEarned { .. } => "not earned",
        Headline::Unjudged { .. } => "unjudged",
        Headline::StillBad { .. } => "still bad",
        Headline::Better { .. } => "better",
        Headline::Helped { .. } => "helped",
        Headline::WasBad { .. } => "was bad",
        Headline::Blind { .. } => "blind",
    }
}

/// What a plate shows.
pub(crate) fn shows(state: &State) -> &'static str {
    screen((state.ui.overlays.last(), state.ui.screen))
}

/// Nothing that the deck can show is without a picture: every screen and overlay in every look, and the overview under
/// every headline.
pub(crate) fn is_whole(gallery: &Gallery) {
    for name in SCREENS {
        let mut plates = gallery.plates.iter().filter(|plate| plate.every_look);
        assert!(
            plates.any(|plate| shows(&plate.state) == *name),
            "no picture of {name} in every look"
        );
    }
    for name in CHARTS {
        let is_there = gallery.plates.iter().any(|plate| plate.name == *name);
        assert!(is_there, "no picture of {name}");
    }
    for name in WEATHERS {
        let mut overviews = gallery.plates.iter().filter(|plate| {
            let service = plate.state.service();
            shows(&plate.state) == "overview"
                && service.is_some_and(|service| weather(&service.advice.headline) == *name)
        });
        assert!(overviews.next().is_some(), "no overview of {name}");
    }
}
