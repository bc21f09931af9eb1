//! The handle by which the servers look at the one world, and by which it keeps up with the clock.
//!
//! A watch channel holds it: readers borrow, and whoever looks first after a while lets it catch up.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{World, millis, timestamp};
use crate::sim::clock::SimClock;

/// A shared handle on the world; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    world: Arc<watch::Sender<World>>,
    clock: SimClock,
}

impl Shared {
    pub(crate) fn new(world: World, clock: SimClock) -> Self {
        Self {
            world: Arc::new(watch::Sender::new(world)),
            clock,
        }
    }

    pub(crate) fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// Lets the world go on to the clock's time, then looks at it.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.catch_up();
        look(&self.world.borrow())
    }

    /// Lets the world go on to the clock's time and takes note of what was written.
    pub(crate) fn catch_up(&self) {
        let now = millis(self.clock.now());
        self.world.send_if_modified(|world| {
            world.advance(now);
            world.observe();
            false
        });
    }

    /// Lets the world go on to the clock's time, then lets something happen to it.
    pub(crate) fn change<T: Default>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.catch_up();
        let mut change = Some(change);
        let mut out = T::default();
        self.world.send_if_modified(|world| {
            if let Some(change) = change.take() {
                out = change(world);
            }
            false
        });
        out
    }

    /// Moves a frozen world on to `at`; what was written until now counts as written at the old time.
    pub(crate) fn set(&self, at: Timestamp) {
        self.catch_up();
        self.world.send_if_modified(|world| {
            world.advance(millis(at));
            false
        });
        self.clock.set(at);
    }

    /// Keeps the world going while nobody looks: at every change, and at least each second of its time.
    pub(crate) async fn keep_going(self) {
        loop {
            self.catch_up();
            let next = self.world.borrow().next_change();
            let second = self.clock.now() + SignedDuration::from_secs(1);
            let until = next.map_or(second, |next| timestamp(next).min(second));
            self.clock.sleep_until(until).await;
        }
    }

    /// Notices writes to a cluster's store when they happen.
    pub(crate) async fn notice(self, mut changed: watch::Receiver<u64>) {
        while changed.changed().await.is_ok() {
            self.catch_up();
        }
    }
}
