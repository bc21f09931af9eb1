//! The metrics of the business: the configuration's own queries, asked for one environment on the grid of the rest.
//!
//! They are a panel group of their own: what a person wrote and a server refuses must not take the machines' gauges
//! away.

use futures::future::join_all;
use jiff::Timestamp;

use crate::domain::gauge::{BusinessName, Gauge};
use crate::domain::source::{Trouble, TroubleKind};

use super::Settings;
use super::promql::union;
use super::selector::Matchers;
use super::server::Server;

/// What stands in a query for the environment's matchers.
const MATCHERS: &str = "$matchers";

/// What to ask of the business.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Business {
    /// Each with its query, in their order.
    pub(super) asked: Vec<(BusinessName, String)>,
    /// Those whose query the server does not take, and why.
    pub(super) refused: Vec<(BusinessName, Trouble)>,
}

impl Business {
    /// Asks the server whether it takes each query: only it can read them.
    pub(super) async fn discover(server: &Server, settings: &Settings, at: Timestamp) -> Self {
        let matchers = settings.series();
        let told = |name: &BusinessName| !settings.untold.contains(&Gauge::Business(*name));
        let business = settings.business.iter().filter(|(name, _)| told(name));
        let tried = business.map(|(name, query)| {
            let query = of_environment(query, &matchers);
            async move {
                let answer = server.at(&query, at).await;
                (*name, query, answer.err())
            }
        });
        let mut business = Self::default();
        for (name, query, why) in join_all(tried).await {
            match why {
                Some(why) if why.kind == TroubleKind::Malformed => {
                    business.refused.push((name, why));
                }
                // A server that is in trouble has not said that the query is wrong.
                Some(_) | None => business.asked.push((name, query)),
            }
        }
        business
    }

    /// The query of all of them; none where there are none.
    pub(super) fn query(&self) -> Option<String> {
        (!self.asked.is_empty()).then(|| union(&self.parts()))
    }

    /// The parts of [`Self::query`].
    pub(super) fn parts(&self) -> Vec<(String, String)> {
        let asked = self.asked.iter();
        asked
            .map(|(name, query)| (Gauge::Business(*name).to_string(), query.clone()))
            .collect()
    }
}

/// A query for one environment: one value, whatever it is made of. A remark at its end ends with its line.
pub(super) fn of_environment(query: &str, matchers: &Matchers) -> String {
    let query = query.replace(MATCHERS, matchers.inside());
    let end = if query.contains('#') { "\n" } else { "" };
    format!("sum({}{end})", query.trim())
}
