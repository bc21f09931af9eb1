//! What several sources of one cluster look at together: one watch for all of them, and one question whether the server
//! still answers. Forty services whose flags are one object cost the API server what one does.
//!
//! Each source still has its own life: it waits for nobody else's, and what goes wrong is told to each of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use kube::core::DynamicObject;
use kube::runtime::watcher;
use kube::{Api, Client};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{Id, JoinSet};

use crate::domain::source::{Trouble, TroubleKind};

use super::trouble::trouble;
use super::watch::{Seen, follow, probes};

/// All objects that one watch sees, in the order of their names.
pub type Objects = Arc<Vec<DynamicObject>>;

type Sight = Result<Objects, Trouble>;
type Sights = BoxStream<'static, Sight>;

/// The probe's name among the watches; no path is empty.
const PROBE: &str = "";

/// The watches of one cluster that are shared. Each is open as long as somebody looks.
pub struct Shared {
    asks: mpsc::Sender<Ask>,
    _task: JoinSet<()>,
}

/// Somebody wants to look.
struct Ask {
    key: String,
    begin: Begin,
    answer: oneshot::Sender<watch::Receiver<Option<Sight>>>,
}

type Begin = Arc<dyn Fn() -> Sights + Send + Sync>;

/// One look at a shared watch.
#[derive(Debug)]
pub struct Look {
    sight: Option<watch::Receiver<Option<Sight>>>,
}

impl Look {
    /// What is there: at once what is known, then each time it changes. After trouble the watch is over, and whoever
    /// looks anew begins another.
    pub async fn next(&mut self) -> Sight {
        let ended = || trouble(TroubleKind::Unreachable, "the watch ended");
        let sight = self.sight.as_mut().ok_or_else(ended)?;
        loop {
            sight.changed().await.map_err(|_| ended())?;
            if let Some(seen) = sight.borrow_and_update().clone() {
                return seen;
            }
        }
    }
}

impl Look {
    /// What is known at this time, once anything is; after trouble, or when the watch is over, that.
    pub async fn now(&mut self) -> Sight {
        let ended = || trouble(TroubleKind::Unreachable, "the watch ended");
        let sight = self.sight.as_mut().ok_or_else(ended)?;
        // What a watch that is over saw last is old.
        sight.has_changed().map_err(|_| ended())?;
        let known = sight.wait_for(Option::is_some).await;
        known.map_err(|_| ended())?.clone().ok_or_else(ended)?
    }
}

impl Shared {
    /// Nothing is watched yet. Must be called inside a runtime.
    pub(super) fn new() -> Self {
        let (asks, asked) = mpsc::channel(64);
        let mut task = JoinSet::new();
        task.spawn(serve(asked));
        Self { asks, _task: task }
    }

    /// Looks at what a watch with these selectors sees; joins it where it is open already, however it began.
    pub async fn follow(&self, api: Api<DynamicObject>, config: watcher::Config) -> Look {
        let selector = |selector: &Option<String>| selector.clone().unwrap_or_default();
        let (labels, fields) = (&config.label_selector, &config.field_selector);
        let key = format!(
            "{}?{}&{}",
            api.resource_url(),
            selector(labels),
            selector(fields)
        );
        let begin = move || sights(follow(api.clone(), config.clone()));
        self.join(key, Arc::new(begin)).await
    }

    /// Whether the API server still answers: each item is an answer that came after this call.
    pub(super) async fn probe(&self, client: Client) -> Look {
        let nothing = |()| Objects::default();
        let begin = move || probes(client.clone()).map(move |a| a.map(nothing)).boxed();
        let mut look = self.join(PROBE.to_owned(), Arc::new(begin)).await;
        if let Some(sight) = &mut look.sight {
            sight.mark_unchanged();
        }
        look
    }

    async fn join(&self, key: String, begin: Begin) -> Look {
        let (answer, sight) = oneshot::channel();
        // Neither fails while this lives, for the task that answers ends with it.
        let _ = self.asks.send(Ask { key, begin, answer }).await;
        let mut sight = sight.await.ok();
        if let Some(sight) = &mut sight {
            sight.mark_changed();
        }
        Look { sight }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A watch that is open.
struct Open {
    sight: watch::Sender<Option<Sight>>,
    begin: Begin,
}

/// Why a watch is not open any more.
enum End {
    /// It told trouble, or has nothing more to tell.
    Over,
    /// Nobody looks.
    Unseen,
}

async fn serve(mut asks: mpsc::Receiver<Ask>) {
    let mut open: BTreeMap<String, Open> = BTreeMap::new();
    let mut tasks: JoinSet<End> = JoinSet::new();
    let mut names: BTreeMap<Id, String> = BTreeMap::new();
    loop {
        let key = tokio::select! {
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                let (id, end) = match ended {
                    Ok((id, end)) => (id, end),
                    Err(broken) => (broken.id(), End::Over),
                };
                let Some(key) = names.remove(&id) else { continue };
                let seen = open.get(&key).is_some_and(|open| open.sight.receiver_count() > 0);
                if !seen || matches!(end, End::Over) {
                    // Whoever still looks is told by this that nothing more comes.
                    open.remove(&key);
                    continue;
                }
                // Somebody came just when the last one went.
                key
            }
            ask = asks.recv() => {
                let Some(Ask { key, begin, answer }) = ask else { return };
                if let Some(open) = open.get(&key) && !over(&open.sight) {
                    // Who asked may have given up.
                    let _ = answer.send(open.sight.subscribe());
                    continue;
                }
                let (sight, seen) = watch::channel(None);
                let _ = answer.send(seen);
                open.insert(key.clone(), Open { sight, begin });
                names.retain(|_, name| *name != key);
                key
            }
        };
        if let Some(open) = open.get(&key) {
            let task = tasks.spawn(tell((open.begin)(), open.sight.clone()));
            names.insert(task.id(), key);
        }
    }
}

/// Whether a watch has told its last word.
fn over(sight: &watch::Sender<Option<Sight>>) -> bool {
    matches!(*sight.borrow(), Some(Err(_)))
}

async fn tell(mut sights: Sights, sight: watch::Sender<Option<Sight>>) -> End {
    loop {
        let seen = tokio::select! {
            () = sight.closed() => return End::Unseen,
            seen = sights.next() => seen,
        };
        let Some(seen) = seen else { return End::Over };
        let last = seen.is_err();
        sight.send_replace(Some(seen));
        if last {
            return End::Over;
        }
    }
}

/// What a watch is in the middle of.
#[derive(Default)]
struct Gathering {
    all: BTreeMap<String, DynamicObject>,
    /// What has come of everything that comes again; until the end, what was there before counts.
    coming: BTreeMap<String, DynamicObject>,
    whole: bool,
}

impl Gathering {
    /// What there is to say now, if anything.
    fn take(&mut self, seen: Seen<DynamicObject>) -> Option<Sight> {
        let name = |object: &DynamicObject| object.metadata.name.clone().unwrap_or_default();
        match seen {
            Seen::Begin => self.coming.clear(),
            Seen::Is(object, true) => {
                self.coming.insert(name(&object), object);
                return None;
            }
            Seen::Is(object, false) => {
                self.all.insert(name(&object), object);
            }
            Seen::Gone(object) => {
                self.all.remove(&name(&object));
            }
            Seen::Complete => {
                self.all = std::mem::take(&mut self.coming);
                self.whole = true;
            }
            Seen::Forbidden(why) | Seen::Broken(why) => return Some(Err(why)),
        }
        self.whole
            .then(|| Ok(Arc::new(self.all.values().cloned().collect())))
    }
}

fn sights(seen: BoxStream<'static, Seen<DynamicObject>>) -> Sights {
    stream::unfold(
        (seen, Gathering::default()),
        |(mut seen, mut gathering)| async {
            loop {
                if let Some(sight) = gathering.take(seen.next().await?) {
                    return Some((sight, (seen, gathering)));
                }
            }
        },
    )
    .boxed()
}
