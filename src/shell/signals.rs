//! The signals that end or stop the process, as events.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// End, and give the terminal back (SIGTERM, SIGINT).
    End,
    /// End; there is no terminal any more (SIGHUP).
    HangUp,
    /// Stop until continued (SIGTSTP from outside).
    Stop,
    /// Take the terminal again (SIGCONT).
    Continue,
}

/// The signals that the deck listens to.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    stop: Signal,
    resume: Signal,
}

impl Signals {
    /// Starts to listen.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            biased;
            _ = self.hang_up.recv() => Asked::HangUp,
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.stop.recv() => Asked::Stop,
            _ = self.resume.recv() => Asked::Continue,
        }
    }
}
