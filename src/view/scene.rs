//! What every part of a screen is drawn from: the state, its shown world and service, and the keys.

use jiff::Timestamp;

use crate::app::action::Action;
use crate::app::chord::Context;
use crate::app::state::{ServiceState, State, World};
use crate::domain::environment::Environment;
use crate::domain::source::{SourceId, SourceState};
use crate::engine::evidence::EnvironmentEvidence;
use crate::input::Keymap;
use crate::view::words::time::between;

/// All that is drawn from.
pub(crate) struct Scene<'a> {
    /// The state.
    pub(crate) state: &'a State,
    /// The world that is shown: frozen, or live.
    pub(crate) world: &'a World,
    /// The keys.
    keymap: &'a Keymap,
}

impl<'a> Scene<'a> {
    /// Puts them together.
    pub(crate) fn new(state: &'a State, keymap: &'a Keymap) -> Self {
        Self {
            state,
            world: state.shown(),
            keymap,
        }
    }

    /// The present of what is shown.
    pub(crate) const fn now(&self) -> Timestamp {
        self.world.now
    }

    /// The service that is shown.
    pub(crate) fn service(&self) -> Option<&'a ServiceState> {
        self.world.services.get(&self.state.ui.service)
    }

    /// An environment of the service that is shown.
    pub(crate) fn environment(&self, environment: Environment) -> Option<&'a EnvironmentEvidence> {
        self.service()?.evidence.environments.get(&environment)
    }

    /// The context of the screen.
    pub(crate) const fn context(&self) -> Context {
        self.state.ui.screen.context()
    }

    /// The first key of an action, in a context.
    pub(crate) fn key_in(&self, context: Context, action: Action) -> Option<String> {
        let keys = self.keymap.keys(context, action)?;
        keys.split(' ').next().map(str::to_owned)
    }

    /// How long ago what a source told was known to hold: a watch that lives says so while nothing changes.
    pub(crate) fn seen(&self, source: &SourceId, told: Timestamp) -> String {
        let heard = match self.world.sources.get(source) {
            Some(SourceState::Live { at, .. }) => Some(*at),
            Some(SourceState::Failing { last_good, .. }) => *last_good,
            Some(SourceState::Reading { .. }) | None => None,
        };
        let known = heard.map_or(told, |heard| heard.max(told));
        format!("seen {} ago", between(known, self.now()))
    }

    /// The first key of an action on this screen.
    pub(crate) fn key(&self, action: Action) -> Option<String> {
        self.key_in(self.context(), action)
    }

    /// All keys of an action on this screen.
    pub(crate) fn keys(&self, context: Context, action: Action) -> Option<String> {
        self.keymap.keys(context, action)
    }
}

/// The version that runs in an environment, as its pods or its release say.
pub(crate) fn version(environment: &EnvironmentEvidence) -> Option<String> {
    let pods = environment
        .workload
        .as_ref()
        .and_then(|workload| workload.value.version.as_ref());
    let release = environment
        .releases
        .as_ref()
        .and_then(|releases| releases.value.current())
        .and_then(|revision| revision.detail.as_ref())
        .and_then(|detail| detail.app_version.as_ref());
    pods.or(release)
        .map(crate::domain::untrusted::Untrusted::shown)
}
