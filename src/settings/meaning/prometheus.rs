//! What the metrics of an environment mean: where they are, whose they are, and in which vocabulary.

use std::collections::BTreeMap;

use crate::adapters::prometheus::{self, PackName, Pods, Signal, is_label_name, is_tenant};
use crate::adapters::transport::Address;
use crate::domain::gauge::Gauge;
use crate::settings::nearest::nearest;
use crate::settings::{PrometheusSettings, written};

use super::Reader;

impl Reader<'_> {
    pub(super) fn prometheus(
        &mut self,
        path: &[&str],
        written: &written::Prometheus,
        new: impl FnOnce(Address) -> prometheus::Settings,
    ) -> Option<PrometheusSettings> {
        let at = |key| [path, &[key]].concat();
        let address = self.need(&at("address"), written.address.parse::<Address>());
        let login = self.login(&at("auth"), written.auth.as_ref());
        self.reached(&at("auth"), address.as_slice(), written.auth.as_ref());
        self.labels(&at("matchers"), &written.matchers);
        self.labels(&at("pod_matchers"), &written.pod_matchers);
        let signals = self.signals(&at("signals"), &written.signals);
        let pack = self.pack(&at("pack"), written.pack.as_deref());
        let mut adapter = new(address?);
        adapter.pack = pack?;
        adapter.matchers.clone_from(&written.matchers);
        adapter.pod_matchers.clone_from(&written.pod_matchers);
        adapter.scrape_seconds = written.scrape_seconds;
        adapter.signals = signals;
        adapter.tenant.clone_from(&written.tenant);
        if written.tenant.as_deref().is_some_and(|t| !is_tenant(t)) {
            let hint = "letters, digits and !-_.*'(), 150 at most; | between several".to_owned();
            self.wrong(&at("tenant"), "no tenant is called so", Some(hint));
        }
        if let Some(pods) = &written.pods {
            adapter.pods = Pods::Matching(pods.clone());
        }
        Some(PrometheusSettings { adapter, login })
    }

    fn pack(&mut self, path: &[&str], written: Option<&str>) -> Option<PackName> {
        let Some(word) = written else {
            return Some(PackName::default());
        };
        let known = PackName::ALL.map(PackName::as_str);
        let pack = PackName::ALL.into_iter().find(|pack| pack.as_str() == word);
        if pack.is_none() {
            let hint = nearest(word, known).map_or_else(
                || format!("there are {}", known.join(", ")),
                |meant| format!("did you mean {meant:?}?"),
            );
            self.wrong(path, format!("there is no pack {word:?}"), Some(hint));
        }
        pack
    }

    fn labels(&mut self, path: &[&str], matchers: &BTreeMap<String, String>) {
        for label in matchers.keys().filter(|label| !is_label_name(label)) {
            let what = format!("{label:?} is no label's name");
            self.wrong(path, what, Some("a-z, A-Z, 0-9 and _".to_owned()));
        }
    }

    fn signals(
        &mut self,
        path: &[&str],
        written: &BTreeMap<String, written::Signal>,
    ) -> BTreeMap<Gauge, Signal> {
        let mut signals = BTreeMap::new();
        for (name, written) in written {
            let at = [path, &[name.as_str()]].concat();
            let known = Gauge::NAMED.into_iter().find(|g| g.as_str() == name);
            let Some(gauge) = known else {
                let words = Gauge::NAMED.each_ref().map(Gauge::as_str);
                let hint = nearest(name, words).map_or_else(
                    || format!("there are {}", words.join(", ")),
                    |meant| format!("did you mean {meant:?}?"),
                );
                self.wrong(&at, format!("there is no signal {name:?}"), Some(hint));
                continue;
            };
            let signal = Signal {
                metrics: written.metrics.clone(),
                matchers: written.matchers.clone(),
            };
            if let Some(matchers) = &written.matchers {
                self.labels(&[&at[..], &["matchers"]].concat(), matchers);
            }
            if self.need(&at, signal.check(gauge)).is_some() {
                signals.insert(gauge, signal);
            }
        }
        signals
    }
}
