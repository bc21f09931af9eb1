//! How many recommendations a second: the advisor over what a whole deck knows of the embedded world's worst moment.

use std::sync::Arc;
use std::time::Duration;

use flightdeck::app::state::{Mode, ServiceState, State};
use flightdeck::domain::source::SourceState;
use flightdeck::engine::advisor::{advise, decide, distil};
use flightdeck::shell::clock::Time;
use flightdeck::shell::flight::{Flight, How, Keeps};
use flightdeck::shell::headless::{Ended, until};
use flightdeck::sim::{Options, Sim};

use crate::timed;

const TIMES: u32 = 100_000;

/// Decisions a second from a case that is ready, and with the case made from evidence first; and how many bytes the
/// advice has, the same each time.
pub(crate) struct Decisions {
    pub(crate) from_case: f64,
    pub(crate) from_evidence: f64,
    pub(crate) bytes: usize,
}

pub(crate) fn measured() -> Decisions {
    let seen = tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(breach());
    let now = seen.assessment.at;
    let case = distil(&seen.evidence, &seen.assessment, now);
    let written = |advice| serde_json::to_vec(&advice).expect("JSON");
    let first = written(decide(&case));
    for _ in 0..1000 {
        assert!(written(decide(&case)) == first, "another advice");
        let anew = advise(&seen.evidence, &seen.assessment, now);
        assert!(written(anew) == first, "another advice from the evidence");
    }
    let a_second = |nanoseconds: f64| 1e9 / nanoseconds;
    Decisions {
        from_case: a_second(timed(TIMES, || {
            drop(std::hint::black_box(decide(std::hint::black_box(&case))));
        })),
        from_evidence: a_second(timed(TIMES, || {
            drop(std::hint::black_box(advise(
                &seen.evidence,
                &seen.assessment,
                now,
            )));
        })),
        bytes: first.len(),
    }
}

/// What a deck knows of checkout two and a half minutes into `feature-errors`.
async fn breach() -> ServiceState {
    drop(rustls::crypto::ring::default_provider().install_default());
    let at = "2026-11-21T03:12:41Z".parse().expect("a time");
    let world = Sim::start(Options::frozen("feature-errors", at));
    let world = Arc::new(world.await.expect("a world"));
    let kubeconfig = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(kubeconfig.path(), world.kubeconfig("bob")).expect("a file");
    let text = world.config(kubeconfig.path().to_str());
    let settings = flightdeck::settings::read("the world's".as_ref(), &text).expect("settings");
    let how = How {
        time: Time::of_world(&world),
        mode: Mode::Demo,
        seed: 1,
        logbook: Keeps::Nothing,
    };
    let mut flight = Flight::start(&settings, how).expect("a deck");
    let advised = |state: &State| {
        let services = state.world.services.values();
        let mut breached = services.filter(|service| service.advice.first.is_some());
        let service = breached.next()?;
        let sources = &service.evidence.sources;
        let live = |source: &SourceState| matches!(source, SourceState::Live { .. });
        sources.values().all(live).then(|| service.clone())
    };
    match until(&mut flight, Duration::from_secs(60), advised).await {
        Ok(Ended::With(service)) => {
            flight.stop().await;
            service
        }
        Ok(Ended::TimedOut | Ended::Left) | Err(_) => panic!("the deck saw no breach"),
    }
}
