//! A run without a screen, until a condition: the same sources, the same fold, the same runner.

use std::time::Duration;

use crate::app::state::State;

use super::flight::Flight;
use super::runner::ForScreen;

/// How a run without a screen ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// The condition gave this.
    With(T),
    /// Time ran out.
    TimedOut,
    /// Something in the core asked to leave.
    Left,
}

/// Flies until the condition gives something, at most that long in real time. The condition is asked at the start and
/// after each event.
pub async fn until<T>(
    flight: &mut Flight,
    most: Duration,
    mut condition: impl FnMut(&State) -> Option<T>,
) -> anyhow::Result<Ended<T>> {
    let deadline = tokio::time::sleep(most);
    tokio::pin!(deadline);
    loop {
        if let Some(found) = condition(flight.state()?) {
            return Ok(Ended::With(found));
        }
        let heard = tokio::select! {
            biased;
            () = &mut deadline => return Ok(Ended::TimedOut),
            heard = flight.next() => heard,
        };
        if flight.take(heard).contains(&ForScreen::Quit) {
            return Ok(Ended::Left);
        }
    }
}
