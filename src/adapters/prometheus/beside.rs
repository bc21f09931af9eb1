//! What is asked beside the windows at each look: the worst pods, and the alerts. No past of them is kept, and trouble with
//! either leaves all else.

use jiff::Timestamp;

use crate::domain::alert::Alerts;
use crate::domain::environment::Place;
use crate::domain::observation::Fact;
use crate::domain::pods::WorstPods;
use crate::domain::source::Trouble;

use super::Settings;
use super::alerts::{self, Rules};
use super::pods::PodsPlan;
use super::server::Server;
use super::wire::Answer;

/// After how many looks rules are asked for again, and alerts where they are not served: both change with deployments.
const AGAIN: u32 = 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pods: Option<WorstPods>,
    pods_fail: Option<Trouble>,
    alerts: Option<Alerts>,
    alerts_fail: Option<Trouble>,
    rules: Option<Rules>,
    /// Of when the last whole answers are.
    asked: Option<Timestamp>,
    looks: u32,
}

impl Beside {
    /// Asks for all of it, once for each moment.
    pub(super) async fn ask(
        &mut self,
        server: &Server,
        settings: &Settings,
        plan: Option<&PodsPlan>,
        at: Timestamp,
    ) {
        if self.asked == Some(at) {
            return;
        }
        let again = self.looks.is_multiple_of(AGAIN);
        self.looks = self.looks.wrapping_add(1);
        let not_served = matches!(self.alerts, Some(Alerts::NotServed { .. }));
        let (pods, rules, alerts) = futures::join!(
            worst_pods(server, plan, at),
            asked_if(again, server.get("rules", &[("type", "alert")])),
            asked_if(again || !not_served, server.get("alerts", &[]))
        );
        (self.pods, self.pods_fail) = told(pods);
        let mut fails = None;
        if let Some(answer) = rules {
            let read = answer.and_then(|(status, body)| alerts::rules(settings, status, &body));
            match read {
                Ok(rules) => self.rules = rules,
                Err(why) => fails = Some(why),
            }
        }
        if let Some(answer) = alerts {
            let read = answer.and_then(|(status, body)| {
                alerts::alerts(settings, (status, &body), self.rules.as_ref())
            });
            let (alerts, why) = told(read.map(Some));
            if let (Some(Alerts::NotServed { said }), false) = (&alerts, not_served) {
                tracing::info!(said = %said, "this metrics server serves no alerts");
            }
            self.alerts = alerts;
            fails = why.or(fails);
        }
        self.alerts_fail = fails;
        let whole = self.pods_fail.is_none() && self.alerts_fail.is_none();
        self.asked = whole.then_some(at);
    }

    /// What was told; what failed stands as it was told before.
    pub(super) fn facts(&self, place: &Place) -> Vec<Fact> {
        let pods = self.pods.clone();
        let pods = pods.map(|pods| Fact::Pods(place.clone(), pods));
        let alerts = self.alerts.clone();
        let alerts = alerts.map(|alerts| Fact::Alerts(place.clone(), alerts));
        pods.into_iter().chain(alerts).collect()
    }

    /// What was not told, with what it is of.
    pub(super) fn lacks(&self) -> impl Iterator<Item = (&Trouble, &'static str)> {
        let pods = self.pods_fail.iter().map(|why| (why, "not of each pod"));
        let alerts = self.alerts_fail.iter();
        pods.chain(alerts.map(|why| (why, "not of alerts and rules")))
    }
}

/// An answer, where it is asked for.
async fn asked_if<T>(is_asked: bool, answer: impl Future<Output = T>) -> Option<T> {
    if is_asked { Some(answer.await) } else { None }
}

fn told<T>(answer: Result<Option<T>, Trouble>) -> (Option<T>, Option<Trouble>) {
    match answer {
        Ok(told) => (told, None),
        Err(why) => (None, Some(why)),
    }
}

/// The worst pods at a moment; none where the pods can't be told from the other side's. Where nothing tells of any, that
/// is an answer too.
async fn worst_pods(
    server: &Server,
    plan: Option<&PodsPlan>,
    at: Timestamp,
) -> Result<Option<WorstPods>, Trouble> {
    let Some(plan) = plan else {
        return Ok(None);
    };
    let answer = match plan.query() {
        Some(query) => server.at(&query, at).await?,
        None => Answer::default(),
    };
    Ok(Some(plan.read(&answer, at)))
}
