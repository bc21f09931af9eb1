//! A server that a scenario takes away and gives back: its listener follows what the world says.
//!
//! Apart from the faults that a test sets by hand, which a door leaves as they are.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::watch;

use super::knobs::Knobs;

/// How often, a millisecond apart, a listener is tried that is to open or close.
const TRIES: u32 = 2_000;

/// One server's door.
#[derive(Clone, Debug)]
pub(super) struct Door {
    open: watch::Receiver<bool>,
    knobs: Knobs,
    address: SocketAddr,
    /// What the listener was told last.
    told: Arc<watch::Sender<bool>>,
}

impl Door {
    /// Of a server whose listener is as the world says now.
    pub(super) fn new(open: watch::Receiver<bool>, knobs: Knobs, address: SocketAddr) -> Self {
        let told = Arc::new(watch::Sender::new(*open.borrow()));
        Self {
            open,
            knobs,
            address,
            told,
        }
    }

    /// Tells the listener what the world says, once.
    fn tell(&self) {
        let open = *self.open.borrow();
        if self.told.send_replace(open) != open {
            self.knobs.refuse(!open);
        }
    }

    /// Follows the world.
    pub(super) async fn keep(mut self) {
        while self.open.changed().await.is_ok() {
            self.tell();
        }
    }

    /// Returns once the server listens, or refuses, as it is to.
    pub(super) async fn settle(&self) {
        self.tell();
        for _ in 0..TRIES {
            let refusing = *self.knobs.refusing().borrow();
            if TcpStream::connect(self.address).await.is_ok() != refusing {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}
