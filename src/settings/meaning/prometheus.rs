//! What the metrics of an environment mean: where they are, whose they are, and in which vocabulary.

use crate::adapters::prometheus::{self, PackName, Pods, is_label_name};
use crate::adapters::transport::Address;
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
        let auth = self.auth(&at("auth"), written.auth.as_ref());
        for label in written
            .matchers
            .keys()
            .filter(|label| !is_label_name(label))
        {
            let what = format!("{label:?} is no label's name");
            self.wrong(
                &at("matchers"),
                what,
                Some("a-z, A-Z, 0-9 and _".to_owned()),
            );
        }
        let pack = match written.pack.as_deref() {
            None | Some("otel-http") => PackName::OtelHttp,
            Some("http-requests-total") => PackName::HttpRequestsTotal,
            Some(other) => {
                let known = ["otel-http", "http-requests-total"];
                let hint = nearest(other, known).map_or_else(
                    || "there are otel-http and http-requests-total".to_owned(),
                    |meant| format!("did you mean {meant:?}?"),
                );
                self.wrong(
                    &at("pack"),
                    format!("there is no pack {other:?}"),
                    Some(hint),
                );
                return None;
            }
        };
        let mut adapter = new(address?);
        adapter.pack = pack;
        adapter.matchers.clone_from(&written.matchers);
        adapter.scrape_seconds = written.scrape_seconds;
        if let Some(pods) = &written.pods {
            adapter.pods = Pods::Matching(pods.clone());
        }
        Some(PrometheusSettings { adapter, auth })
    }
}
