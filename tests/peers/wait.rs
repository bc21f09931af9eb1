//! Waiting for a condition of another process, with a deadline.
//!
//! The peers are real programs on a real clock; a fixed sleep would be too short on a busy machine and too long else.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long a peer may take for anything that has no limit of its own; generous, because builds may share the cores.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The one error that waiting does not outlast: what is waited for has ended.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Gone(pub(crate) String);

/// Asks until the answer is `Some`, and returns it with the time it took. An `Err` counts as "not yet", unless
/// it is [`Gone`]; after the deadline, the last one is told.
pub(crate) fn until<T>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<(T, Duration)> {
    let start = now();
    let mut last = String::new();
    loop {
        match ask() {
            Ok(Some(answer)) => return Ok((answer, now() - start)),
            Ok(None) => "the last answer was: not yet".clone_into(&mut last),
            Err(error) if error.is::<Gone>() => bail!("waited for: {what}; {error}"),
            Err(error) => last = format!("{error:#}"),
        }
        if now() - start > limit {
            bail!("waited {} s for: {what}; {last}", limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the peers run on the machine's clock, and so do their deadlines"
)]
fn now() -> Instant {
    Instant::now()
}
