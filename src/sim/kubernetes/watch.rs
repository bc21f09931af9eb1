//! Watches: a stream of changes from a version on, with bookmarks, initial events, and 410 where history is gone.
//!
//! Each watch walks the one log of changes at its own pace; nothing is queued for a slow reader.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Interval;

use super::form::Form;
use super::object::{set, text};
use super::objects::{Change, Compacted};
use super::query::Query;
use super::route::Target;
use super::selector::Selector;
use super::status::Failure;
use super::store::Store;
use super::view;
use crate::sim::serve::{self, Body};

/// How long a watch lasts that names no limit; the real server takes 30 to 60 minutes.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// How often an idle watch hears the present version; the real server's is about a minute.
const BOOKMARKS: Duration = Duration::from_secs(10);

/// A piece of the stream is sent when it is at least this long.
const PIECE: usize = 32 * 1024;

struct Watching {
    store: Store,
    changed: watch::Receiver<u64>,
    target: Target,
    selector: Selector,
    form: Form,
    /// The last version that was looked at.
    version: u64,
    initial: VecDeque<Arc<Value>>,
    /// The bookmark after the initial events is still to be sent.
    end_of_initial: bool,
    bookmarks: Option<Interval>,
    limit: std::pin::Pin<Box<tokio::time::Sleep>>,
    /// The first table has been sent, with the columns.
    headed: bool,
    ended: bool,
}

/// The body of a watch.
pub(crate) fn stream(
    store: &Store,
    target: &Target,
    query: &Query,
    form: Form,
) -> Result<Body, Failure> {
    let selector = Selector::of(target.kind, query, target.name.as_deref())?;
    let limit = query.number("timeoutSeconds")?.filter(|limit| *limit > 0);
    let from = query.number("resourceVersion")?.unwrap_or_default();
    let asked = query.get("sendInitialEvents");
    let matching = query.get("resourceVersionMatch");
    let refused =
        |field: &str, why: &str| Err(Failure::invalid("ListOptions.meta.k8s.io", "", field, why));
    if !asked.is_empty() && matching != "NotOlderThan" {
        let why =
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        return refused("resourceVersionMatch", why);
    }
    if asked.is_empty() && !matching.is_empty() {
        let why = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
        return refused("resourceVersionMatch", why);
    }
    let initial = match asked {
        "" => from == 0,
        _ => query.flag("sendInitialEvents"),
    };
    let bookmarks = query.flag("allowWatchBookmarks").then(|| {
        let mut every = tokio::time::interval(BOOKMARKS);
        every.reset();
        every
    });
    let changed = store.changed();
    let (resource, within) = (target.kind.storage(), target.namespace.as_deref());
    let (version, found) = store.read(|objects| {
        let current = objects.version();
        match (initial, from) {
            (true, _) => (current, objects.list(resource, within)),
            (false, 0) => (current, Vec::new()),
            (false, from) => (from, Vec::new()),
        }
    });
    let watching = Watching {
        store: store.clone(),
        changed,
        target: target.clone(),
        form,
        version,
        initial: found
            .into_iter()
            .filter(|object| selector.matches(object))
            .collect(),
        selector,
        end_of_initial: initial && !asked.is_empty() && bookmarks.is_some(),
        bookmarks,
        limit: Box::pin(tokio::time::sleep(
            limit.map_or(LONGEST, Duration::from_secs),
        )),
        headed: false,
        ended: false,
    };
    Ok(serve::stream(futures::stream::unfold(
        watching,
        |mut watching| async move {
            let piece = watching.next().await?;
            Some((piece, watching))
        },
    )))
}

impl Watching {
    async fn next(&mut self) -> Option<Bytes> {
        let mut piece = Vec::new();
        loop {
            if self.ended {
                return (!piece.is_empty()).then(|| piece.into());
            }
            self.changed.mark_unchanged();
            self.fill(&mut piece);
            if !piece.is_empty() {
                return Some(piece.into());
            }
            tokio::select! {
                // The store that we hold keeps the sender, so this cannot fail.
                _ = self.changed.changed() => {}
                () = &mut self.limit => {
                    self.ended = true;
                    if self.bookmarks.is_some() {
                        self.bookmark(&mut piece, false);
                    }
                }
                () = tick(&mut self.bookmarks) => self.bookmark(&mut piece, false),
            }
            if !piece.is_empty() {
                return Some(piece.into());
            }
        }
    }

    /// Writes what there is to say now.
    fn fill(&mut self, piece: &mut Vec<u8>) {
        while let Some(object) = self.initial.pop_front() {
            self.event(piece, "ADDED", &object);
            if piece.len() >= PIECE {
                return;
            }
        }
        if self.end_of_initial {
            self.end_of_initial = false;
            self.bookmark(piece, true);
        }
        let (resource, within) = (self.target.kind.storage(), self.target.namespace.clone());
        let version = self.version;
        let changes = self.store.read(|objects| {
            let changes = objects.since(version)?;
            let ours = changes.filter(|change| {
                change.key.resource == resource
                    && within
                        .as_deref()
                        .is_none_or(|within| change.key.namespace == within)
            });
            Ok((ours.cloned().collect::<Vec<_>>(), objects.version()))
        });
        match changes {
            Ok((changes, current)) => {
                for change in changes {
                    self.change(piece, &change);
                }
                self.version = self.version.max(current);
            }
            Err(Compacted { oldest }) => {
                let gone = Failure::too_old(version, oldest).to_value();
                line(piece, "ERROR", &gone);
                self.ended = true;
            }
        }
    }

    /// A change as this watch's selection sees it.
    fn change(&mut self, piece: &mut Vec<u8>, change: &Change) {
        let is = !change.deleted && self.selector.matches(&change.object);
        let was = change
            .before
            .as_ref()
            .filter(|before| self.selector.matches(before));
        match (is, was) {
            (true, None) => self.event(piece, "ADDED", &change.object),
            (true, Some(_)) => self.event(piece, "MODIFIED", &change.object),
            (false, Some(_)) if change.deleted => self.event(piece, "DELETED", &change.object),
            (false, Some(before)) => {
                // It left the selection: its last selected state, at the version at which it left.
                let mut last = Value::clone(before);
                let version = text(&change.object, "/metadata/resourceVersion");
                set(&mut last, &["metadata", "resourceVersion"], json!(version));
                self.event(piece, "DELETED", &last);
            }
            (false, None) => {}
        }
    }

    fn event(&mut self, piece: &mut Vec<u8>, kind: &str, object: &Value) {
        let mut shown = view::one(self.target.kind, self.form, object, self.store.now());
        if matches!(self.form, Form::Table(..)) {
            if self.headed {
                shown = view::without_columns(shown);
            }
            self.headed = true;
        }
        line(piece, kind, &shown);
    }

    fn bookmark(&mut self, piece: &mut Vec<u8>, end_of_initial: bool) {
        let kind = self.target.kind;
        let mut object = json!({
            "kind": kind.kind,
            "apiVersion": kind.api_version(),
            "metadata": {"resourceVersion": self.version.to_string()},
        });
        if end_of_initial {
            let said = json!({"k8s.io/initial-events-end": "true"});
            set(&mut object, &["metadata", "annotations"], said);
        }
        self.event(piece, "BOOKMARK", &object);
    }
}

async fn tick(every: &mut Option<Interval>) {
    match every {
        Some(every) => drop(every.tick().await),
        None => std::future::pending().await,
    }
}

fn line(piece: &mut Vec<u8>, kind: &str, object: &Value) {
    let event = json!({"type": kind, "object": object});
    piece.extend_from_slice(event.to_string().as_bytes());
    piece.push(b'\n');
}
