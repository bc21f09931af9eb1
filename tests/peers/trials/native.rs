//! Native histograms on a real Prometheus: what is read of them is what is read of the buckets of the same observations.

use anyhow::{Context, Result, ensure};
use flightdeck::adapters::prometheus::{Fed, PackName, Settings, Wanted, inventory, observe_once};
use flightdeck::adapters::transport::Clients;
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::metrics::{BeforeCanary, EndpointCounts, RedWindow};
use flightdeck::domain::names::{Namespace, ServiceName};
use flightdeck::domain::observation::Fact;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use super::Case;
use super::packs::{no_cluster, told};
use crate::exporters::{END, START, STEP};
use crate::lab::Lab;
use crate::prometheus::{PROGRAMS, Prometheus};
use crate::remote_write::{Native, Sample, Written};
use crate::wait::PATIENCE;

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new(
        "native::native_histograms_count_as_buckets_of_the_same_observations_do",
        &[&PROGRAMS],
        as_buckets,
    )]
}

/// What is observed: seconds, how often at each scrape, and how much more often at each than at the one before. One lies
/// on a bound, and one is zero.
const OBSERVED: [(f64, u64, u64); 6] = [
    (0.0, 2, 0),
    (0.02, 11, 3),
    (0.3, 7, 1),
    (0.5, 6, 2),
    (0.7, 3, 1),
    (3.0, 1, 0),
];

/// How long after a grid's point the scrapes are.
const AFTER: i64 = 4;

/// At this scrape the process has started anew.
const RESTART: i64 = 25;

/// From this scrape on the second route is asked for; before, its histogram is there and empty.
const LATER: i64 = 20;

/// The bounds of the buckets beside: those by which native ones are told apart.
const BOUNDS: [f64; 10] = [
    0.015_625, 0.031_25, 0.062_5, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0,
];

/// One series of requests.
struct Requests {
    route: &'static str,
    status: &'static str,
    /// Each observation is made so many times as often.
    times: u64,
    /// From which scrape on.
    from: i64,
}

const REQUESTS: [Requests; 3] = [
    Requests {
        route: "/a",
        status: "200",
        times: 2,
        from: 0,
    },
    Requests {
        route: "/a",
        status: "503",
        times: 1,
        from: 0,
    },
    Requests {
        route: "/b",
        status: "200",
        times: 3,
        from: LATER,
    },
];

impl Requests {
    /// How many requests took so long up to a scrape, since the process started.
    fn made(&self, scrape: i64, (_, each, more): (f64, u64, u64)) -> u64 {
        let start = if scrape < RESTART { 0 } else { RESTART };
        let scrapes = (scrape - self.from.max(start)).max(0).unsigned_abs();
        self.times * (each * scrapes + more * scrapes * scrapes)
    }

    /// How many of some were made between a scrape and the one before, as far as it is known.
    fn counted(&self, scrape: i64, which: impl Fn(f64) -> bool) -> u64 {
        let some = OBSERVED
            .into_iter()
            .filter(|(seconds, _, _)| which(*seconds));
        let before = |made| {
            if scrape == RESTART {
                0
            } else {
                self.made(scrape - 1, made)
            }
        };
        some.map(|made| self.made(scrape, made) - before(made))
            .sum()
    }
}

/// How a service's metrics are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Buckets,
    Native,
}

fn write(written: &mut Written, service: &str, told: Told, is_scraped: bool) {
    let scrapes = 0..=(END - START) / STEP;
    let times = || {
        let at = |scrape: i64| START + STEP * scrape + AFTER;
        scrapes.clone().map(move |scrape| (scrape, at(scrape)))
    };
    let target = [("job", service), ("instance", "10.0.0.7:80")];
    let mut number = |labels: &[(&str, &str)], value: &dyn Fn(i64) -> f64| {
        let samples: Vec<_> = times()
            .map(|(scrape, at)| (at, Sample::Number(value(scrape))))
            .collect();
        written.series(&[&target, labels].concat(), &samples);
    };
    if is_scraped {
        number(&[("__name__", "up")], &|_| 1.0);
        let began = |scrape| {
            if scrape < RESTART {
                START - 600
            } else {
                START + STEP * RESTART + AFTER - 5
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds since the epoch")]
        number(&[("__name__", "process_start_time_seconds")], &|scrape| {
            began(scrape) as f64
        });
    }
    for requests in &REQUESTS {
        let name = "http_server_request_duration_seconds";
        let labels = [
            ("service", service),
            ("pod", "p-1"),
            ("http_request_method", "GET"),
            ("http_route", requests.route),
            ("http_response_status_code", requests.status),
        ];
        if told == Told::Native {
            let samples = times().map(|(scrape, at)| {
                let mut histogram = Native::default();
                for observed in OBSERVED {
                    let made = requests.made(scrape, observed);
                    if made > 0 {
                        histogram.observe(observed.0, made);
                    }
                }
                (at, Sample::Native(histogram))
            });
            let samples: Vec<_> = samples.collect();
            let name = [("__name__", name)];
            written.series(&[&target, &labels[..], &name].concat(), &samples);
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let mut series = |name: &str, le: Option<&str>, bound: f64| {
            let samples = times().map(|(scrape, at)| {
                let under = OBSERVED.iter().filter(|(seconds, _, _)| *seconds <= bound);
                let made: u64 = under.map(|observed| requests.made(scrape, *observed)).sum();
                (at, Sample::Number(made as f64))
            });
            let samples: Vec<_> = samples.collect();
            let mut all = [&target, &labels[..], &[("__name__", name)]].concat();
            all.extend(le.map(|le| ("le", le)));
            written.series(&all, &samples);
        };
        series(&format!("{name}_count"), None, f64::INFINITY);
        let bucket = format!("{name}_bucket");
        for bound in BOUNDS {
            series(&bucket, Some(&bound.to_string()), bound);
        }
        series(&bucket, Some("+Inf"), f64::INFINITY);
    }
}

fn as_buckets(lab: &Lab) -> Result<()> {
    let options = [
        "--enable-feature=native-histograms",
        "--web.enable-remote-write-receiver",
    ];
    let server = Prometheus::with(&lab.programs, &lab.folder("native"), &options)?;
    let mut written = Written::default();
    for (service, told, is_scraped) in [
        ("buckets", Told::Buckets, true),
        ("native", Told::Native, true),
        ("pushed-buckets", Told::Buckets, false),
        ("pushed-native", Told::Native, false),
    ] {
        write(&mut written, service, told, is_scraped);
    }
    // What has the histogram's name and is a summary.
    let summary = [
        ("__name__", "http_server_requests_seconds"),
        ("service", "summary"),
        ("quantile", "0.5"),
    ];
    written.series(&summary, &[(END, Sample::Number(0.1))]);
    written.send(&server.address)?;

    let runtime = Runtime::new()?;
    let look = Look {
        address: server.address.clone(),
        client: runtime.block_on(async { no_cluster() })?,
        runtime,
    };
    for prefix in ["", "pushed-"] {
        let (buckets, before_buckets) = look.counts(&format!("{prefix}buckets"))?;
        let (native, before_native) = look.counts(&format!("{prefix}native"))?;
        ensure!(native == buckets, "{native:?} and not {buckets:?}");
        ensure!(
            before_native == before_buckets,
            "{before_native:?}\nand not\n{before_buckets:?}"
        );
        ensure!(
            before_native
                .slow
                .iter()
                .flatten()
                .flatten()
                .any(|t| t.bad > 0),
            "{before_native:?}"
        );
        ensure!(
            native.latency.bounds == BOUNDS,
            "{:?}",
            native.latency.bounds
        );
        are_what_was_made(&native, 0.5)?;
    }
    look.says(
        "native",
        0.5,
        "a native histogram: slow is over 0.5 s, a bound of its buckets: exact",
    )?;
    look.says(
        "buckets",
        0.5,
        "slow is over 0.5 s, a bound of its buckets: exact",
    )?;
    look.between_bounds()?;
    look.is_no_histogram()
}

struct Look {
    address: String,
    client: Clients,
    runtime: Runtime,
}

impl Look {
    fn settings(&self, service: &str) -> Result<Settings> {
        let place = Place::new(ServiceName::parse(service)?, Environment::Production);
        let address = format!("http://{}", self.address).parse()?;
        let mut settings = Settings::new(place, address, Namespace::parse("shop")?, service);
        settings.deadline = PATIENCE;
        settings.matchers = [("service".to_owned(), service.to_owned())].into();
        Ok(settings)
    }

    fn facts(&self, settings: &Settings) -> Result<Vec<Fact>> {
        let at = Timestamp::from_second(END)?;
        let wanted = Wanted {
            since: at - SignedDuration::from_mins(9),
            recent: SignedDuration::ZERO,
            canary_began: Some(at),
        };
        let facts = observe_once(settings, &self.client, at, wanted);
        self.runtime.block_on(facts).map_err(|why| told(&why))
    }

    fn counts(&self, service: &str) -> Result<(RedWindow, BeforeCanary)> {
        let (mut red, mut before) = (None, None);
        for fact in self.facts(&self.settings(service)?)? {
            if let Fact::Red(_, window) = fact {
                red = Some(window);
            } else if let Fact::BeforeCanary(_, tallies) = fact {
                before = Some(tallies);
            }
        }
        Ok((red.context("requests")?, before.context("the day before")?))
    }

    fn durations(&self, settings: &Settings) -> Result<Fed> {
        let at = Timestamp::from_second(END)?;
        let all = self
            .runtime
            .block_on(inventory(settings, &self.client, at))
            .map_err(|why| told(&why))?;
        let durations = all.into_iter().find(|fed| fed.signal == "durations");
        durations.context("durations")
    }

    fn says(&self, service: &str, target: f64, remark: &str) -> Result<()> {
        let mut settings = self.settings(service)?;
        settings.slow_target = target;
        let fed = self.durations(&settings)?;
        ensure!(fed.remark.as_deref() == Some(remark), "{fed:?}");
        ensure!(fed.missing.is_empty() && fed.series.len() == 1, "{fed:?}");
        Ok(())
    }

    /// A target that no bucket ends at: slow begins at the bound under it, and is counted whole there too.
    fn between_bounds(&self) -> Result<()> {
        let says = "a native histogram: slow is over 0.64842 s, the bound of its buckets next under the target of 0.69 s: exact";
        self.says("native", 0.69, says)?;
        let mut settings = self.settings("native")?;
        settings.slow_target = 0.3;
        let facts = self.facts(&settings)?;
        let red = facts.into_iter().find_map(|fact| {
            if let Fact::Red(_, red) = fact {
                Some(red)
            } else {
                None
            }
        });
        let red = red.context("requests")?;
        // 0.3 s lies in the bucket over the bound.
        are_what_was_made(&red, 0.29)
    }

    fn is_no_histogram(&self) -> Result<()> {
        let mut settings = self.settings("summary")?;
        settings.pack = PackName::Micrometer;
        let fed = self.durations(&settings)?;
        ensure!(fed.series.is_empty() && fed.missing.len() == 1, "{fed:?}");
        Ok(())
    }
}

/// Requests, errors, slow ones and durations are those that were made, also where the process started anew.
fn are_what_was_made(red: &RedWindow, slow: f64) -> Result<()> {
    let mut seen = 0;
    for position in (0..red.len()).filter(|at| red.holes.get(*at) == Some(&false)) {
        let ended = red.grid.end(red.first.plus(i64::try_from(position)?));
        let scrape = (ended.as_second() - START) / STEP - 1;
        let made = |of: fn(&Requests) -> bool, which: &dyn Fn(f64) -> bool| -> u64 {
            let of = REQUESTS.iter().filter(|requests| of(requests));
            of.map(|requests| requests.counted(scrape, which)).sum()
        };
        let any: fn(&Requests) -> bool = |_| true;
        let expected = [
            made(any, &|_| true),
            made(|requests| requests.status == "503", &|_| true),
            made(any, &|seconds| seconds > slow),
        ];
        let at = |of: fn(&EndpointCounts) -> &Vec<u64>| -> u64 {
            let counts = red.endpoints.values().map(of);
            counts.filter_map(|counts| counts.get(position)).sum()
        };
        let found = [at(|e| &e.total), at(|e| &e.errors), at(|e| &e.slow)];
        ensure!(
            found == expected,
            "{found:?} and not {expected:?} at {scrape}"
        );
        let latency = red.latency.counts.get(position).context("durations")?;
        let under: Vec<u64> = red
            .latency
            .bounds
            .iter()
            .map(|bound| made(any, &|seconds| seconds <= *bound))
            .chain([expected[0]])
            .collect();
        ensure!(
            *latency == under,
            "{latency:?} and not {under:?} at {scrape}"
        );
        seen += 1;
    }
    ensure!(seen >= 30, "{seen} whole intervals");
    Ok(())
}
