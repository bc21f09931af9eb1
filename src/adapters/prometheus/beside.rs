//! What is asked beside the windows at each look: the worst pods, and the alerts. No past of them is kept, trouble with
//! either leaves all else, and nothing waits for them.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::domain::observation::Fact;
use crate::domain::pods::WorstPods;
use crate::domain::source::Trouble;

use super::Settings;
use super::alerts::{self, Rules};
use super::pods::PodsPlan;
use super::server::Server;
use super::together::{Look, Post, Together};
use super::wire::Answer;

/// After how many looks rules are asked for again, and alerts where they are not served: both change with deployments.
const AGAIN: u32 = 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pods: Asked,
    alerts: Asked,
    /// Whether the server said that it serves no alerts.
    is_not_served: bool,
    rules: Option<Rules>,
    /// In how many looks the rules are wanted again.
    rules_in: u32,
    /// The answers of [`Together`] that were taken last.
    had: u64,
}

/// How it is with one of the questions.
#[derive(Debug, Default)]
struct Asked {
    /// Of when the last whole answer is.
    whole: Option<Timestamp>,
    is_under_way: bool,
    fail: Option<Trouble>,
}

impl Asked {
    /// Whether it is to be asked at that moment: once, and not while it is asked.
    fn begins(&mut self, at: Timestamp) -> bool {
        let begins = !self.is_under_way && self.whole != Some(at);
        self.is_under_way |= begins;
        begins
    }

    fn ended(&mut self, at: Timestamp, fail: Option<Trouble>) {
        self.is_under_way = false;
        self.whole = fail.is_none().then_some(at);
        self.fail = fail;
    }
}

/// What came of a question, and the moment that it was about.
#[derive(Debug)]
pub(super) enum Heard {
    Pods(Timestamp, Result<WorstPods, Trouble>),
    Alerts(Timestamp, Post),
}

impl Beside {
    /// Begins to ask what is not known of a moment. What comes of each is [`Self::heard`]'s.
    pub(super) fn begin(
        &mut self,
        server: &Arc<Server>,
        plan: Option<&PodsPlan>,
        together: &Arc<Together>,
        at: Timestamp,
    ) -> Vec<BoxFuture<'static, Heard>> {
        let mut begun = Vec::new();
        if let Some(plan) = plan.filter(|_| self.pods.begins(at)) {
            let (server, plan) = (Arc::clone(server), plan.clone());
            let pods = async move { Heard::Pods(at, worst_pods(&server, &plan, at).await) };
            begun.push(pods.boxed());
        }
        if self.alerts.begins(at) {
            let with_rules = self.rules_in == 0;
            self.rules_in = self.rules_in.checked_sub(1).unwrap_or(AGAIN - 1);
            if self.is_not_served && !with_rules {
                self.alerts.ended(at, None);
                return begun;
            }
            let had = self.had;
            let look = Look {
                at,
                had,
                with_rules,
            };
            let (server, together) = (Arc::clone(server), Arc::clone(together));
            let alerts = async move { Heard::Alerts(at, together.look(server, look).await) };
            begun.push(alerts.boxed());
        }
        begun
    }

    /// Takes what came of a question, and tells it. What failed stands as it was told before.
    pub(super) fn heard(&mut self, settings: &Settings, heard: Heard) -> Option<Fact> {
        let place = settings.place.clone();
        match heard {
            Heard::Pods(at, pods) => {
                let (pods, fail) = told(pods);
                self.pods.ended(at, fail);
                pods.map(|pods| Fact::Pods(place, pods))
            }
            Heard::Alerts(at, post) => {
                self.had = post.number;
                let mut fail = None;
                if let Some(rules) = post.rules {
                    // Others may have wanted them.
                    self.rules_in = AGAIN - 1;
                    match rules {
                        Ok(rules) => self.rules = alerts::rules(settings, &rules),
                        Err(why) => fail = Some(why),
                    }
                }
                let (active, why) = post.alerts.map_or((None, None), told);
                self.is_not_served = active.as_ref().is_some_and(|told| told.is_not_served());
                self.alerts.ended(at, why.or(fail));
                let rules = self.rules.as_ref();
                let alerts = active.map(|active| alerts::alerts(settings, &active, rules));
                alerts.map(|alerts| Fact::Alerts(place, alerts))
            }
        }
    }

    /// What was not told, with what it is of.
    pub(super) fn lacks(&self) -> impl Iterator<Item = (&Trouble, &'static str)> {
        let pods = self.pods.fail.iter().map(|why| (why, "not of each pod"));
        let alerts = self.alerts.fail.iter();
        pods.chain(alerts.map(|why| (why, "not of alerts and rules")))
    }
}

fn told<T>(answer: Result<T, Trouble>) -> (Option<T>, Option<Trouble>) {
    match answer {
        Ok(told) => (Some(told), None),
        Err(why) => (None, Some(why)),
    }
}

/// The worst pods at a moment. Where nothing tells of any, that is an answer too.
async fn worst_pods(server: &Server, plan: &PodsPlan, at: Timestamp) -> Result<WorstPods, Trouble> {
    let answer = match plan.query() {
        Some(query) => server.at(&query, at).await?,
        None => Answer::default(),
    };
    Ok(plan.read(&answer, at))
}
