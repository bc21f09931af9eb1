//! What the environments of one metrics server ask it together: its alerts and its rules. Each answer tells of all
//! services, so that forty of them cost the server one question; each place picks its own of it.
//!
//! An answer is good for every place whose look it is as late as, once: a place that asks again wants another.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::domain::source::Trouble;

use super::alerts::{Active, Answered, Groups, read};
use super::server::Server;

/// What was answered, for each who asks.
type Shared<T> = Result<Arc<Answered<T>>, Trouble>;

/// The last answers of one server, for all that ask it as the same.
#[derive(Debug)]
pub struct Together {
    asks: mpsc::Sender<Ask>,
    _task: JoinSet<()>,
}

/// Somebody wants to look, and this is how the server is reached.
struct Ask {
    server: Arc<Server>,
    look: Look,
    answer: oneshot::Sender<Post>,
}

/// The answers of one look.
#[derive(Debug, Clone, Default)]
pub(super) struct Post {
    /// Which of all looks it is; none before the first.
    pub(super) number: u64,
    at: Timestamp,
    /// The alerts; none before the first look.
    pub(super) alerts: Option<Shared<Active>>,
    /// The rules; none where nobody asked for them.
    pub(super) rules: Option<Shared<Groups>>,
}

/// What a place asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// The moment that it looks at.
    pub(super) at: Timestamp,
    /// The answers that it has had already.
    pub(super) had: u64,
    /// Whether it wants the rules too.
    pub(super) with_rules: bool,
}

impl Default for Together {
    /// Nothing was asked yet. Must be called inside a runtime.
    fn default() -> Self {
        let (asks, asked) = mpsc::channel(64);
        let mut task = JoinSet::new();
        task.spawn(serve(asked));
        Self { asks, _task: task }
    }
}

impl Together {
    /// The answers to a look: those that are there, else the server's. Whoever comes while they are asked for waits for
    /// them.
    pub(super) async fn look(&self, server: Arc<Server>, look: Look) -> Post {
        let (answer, told) = oneshot::channel();
        let ask = Ask {
            server,
            look,
            answer,
        };
        // Neither fails while this lives, for the task that answers ends with it.
        let _ = self.asks.send(ask).await;
        told.await.unwrap_or_default()
    }
}

/// Answers one after the other.
async fn serve(mut asks: mpsc::Receiver<Ask>) {
    let mut last = Post::default();
    while let Some(ask) = asks.recv().await {
        let Ask {
            server,
            look,
            answer,
        } = ask;
        // Who asked may have given up.
        if !answer.is_closed() {
            last.renew(&server, look).await;
            let _ = answer.send(last.clone());
        }
    }
}

impl Post {
    /// Asks for what a look wants and these answers have not.
    async fn renew(&mut self, server: &Server, look: Look) {
        let is_new = self.alerts.is_none() || self.number == look.had || self.at < look.at;
        let is_ruled = !look.with_rules || (!is_new && self.rules.is_some());
        let (alerts, rules) = futures::join!(
            asked_if(is_new, server, "alerts", &[]),
            asked_if(!is_ruled, server, "rules", &[("type", "alert")])
        );
        if is_new {
            let was_served = !matches!(&self.alerts, Some(Ok(told)) if told.is_not_served());
            if let (Some(Ok(told)), true) = (&alerts, was_served)
                && let Answered::NotServed(said) = &**told
            {
                tracing::info!(%said, "this metrics server serves no alerts");
            }
            *self = Self {
                number: self.number + 1,
                at: look.at,
                alerts,
                rules: None,
            };
        }
        if !is_ruled {
            self.rules = rules;
        }
    }
}

/// An answer, where it is asked for.
async fn asked_if<T: for<'de> serde::Deserialize<'de>>(
    is_asked: bool,
    server: &Server,
    question: &str,
    form: &[(&str, &str)],
) -> Option<Shared<T>> {
    if !is_asked {
        return None;
    }
    let answer = server.get(question, form).await;
    let read = answer.and_then(|(status, body)| read(status, &body));
    Some(read.map(Arc::new))
}
