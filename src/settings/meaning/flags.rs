//! What the flags of an environment mean: the object that holds them, and who evaluates them.

use std::time::Duration;

use crate::adapters::flagd;
use crate::adapters::transport::{Address, Login};
use crate::domain::environment::Place;
use crate::domain::flag::FlagSource;
use crate::domain::names::{NameError, Namespace, ObjectName};
use crate::settings::{FlagsSettings, written};

use super::Reader;

/// How often flagd is asked what it evaluates: a disabled flag must show within seconds.
const EVALUATE_EVERY: Duration = Duration::from_secs(2);

/// The key of a ConfigMap source that names none, as flagd's own examples have it.
const CONFIG_MAP_KEY: &str = "flags.json";

impl Reader<'_> {
    pub(super) fn flags(
        &mut self,
        path: &[&str],
        place: &Place,
        written: &written::Flags,
    ) -> Option<FlagsSettings> {
        let at = |key| [path, &[key]].concat();
        let source = self.need(&at("source"), flag_source(&written.source));
        let login = self.login(&at("auth"), written.auth.as_ref());
        let texts = match &written.ofrep {
            None => &[][..],
            Some(written::OneOrMore::One(text)) => std::slice::from_ref(text),
            Some(written::OneOrMore::More(texts)) => texts,
        };
        let parsed = texts
            .iter()
            .map(|text| self.need(&at("ofrep"), text.parse::<Address>()));
        let mut addresses = Vec::new();
        for address in parsed.collect::<Vec<_>>() {
            addresses.push(address?);
        }
        self.reached(&at("auth"), &addresses, written.auth.as_ref());
        let ofrep = (!addresses.is_empty()).then_some(flagd::OfrepSettings {
            addresses,
            login: Login::default(),
            every: EVALUATE_EVERY,
        });
        let adapter = flagd::Settings {
            place: place.clone(),
            source: source?,
            ofrep,
        };
        Some(FlagsSettings { adapter, login })
    }
}

fn flag_source(text: &str) -> Result<FlagSource, String> {
    let name = |e: NameError| e.to_string();
    let parts: Vec<&str> = text.splitn(4, '/').collect();
    match parts.as_slice() {
        ["featureflag", namespace, object] => Ok(FlagSource::FeatureFlag {
            namespace: Namespace::parse(namespace).map_err(name)?,
            name: ObjectName::parse(object).map_err(name)?,
        }),
        ["configmap", namespace, object, rest @ ..] => Ok(FlagSource::ConfigMap {
            namespace: Namespace::parse(namespace).map_err(name)?,
            name: ObjectName::parse(object).map_err(name)?,
            key: (*rest.first().unwrap_or(&CONFIG_MAP_KEY)).to_owned(),
        }),
        _ => Err(format!(
            "{text:?} is no source of flags; write featureflag/NAMESPACE/NAME or configmap/NAMESPACE/NAME/KEY"
        )),
    }
}
