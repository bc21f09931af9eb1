//! Gauges: batches, the way in which each is worse, and what is compared for each request.

use super::*;
use crate::domain::exporter::Exporter;

fn gauges(length: usize, cpu: impl Fn(usize) -> f64) -> UseWindow {
    let values = (0..length)
        .map(|at| Some(cpu(at) + 0.001 * (at * 7 % 11) as f64))
        .collect();
    UseWindow {
        grid: Grid::default(),
        first: BEGAN,
        gauges: BTreeMap::from([(Gauge::Cpu, values)]),
        pods: Vec::new(),
        exporters: BTreeMap::new(),
    }
}

#[test]
fn a_gauge_is_compared_by_batches_and_needs_samples() {
    let base = gauges(60, |_| 0.48);
    let of = |canary: &UseWindow, length: usize| {
        let world = world(length, |_| 0.002);
        let mut input = world.input();
        input.canary_use = Some(canary);
        input.production_use = Some(&base);
        judge(&input)
            .verdict(Metric::Gauge(Gauge::Cpu))
            .unwrap()
            .verdict
            .clone()
    };
    assert_eq!(
        of(&gauges(10, |_| 0.44), 10),
        Verdict::Unsure(Unsure::Soaking)
    );
    assert_eq!(of(&gauges(20, |_| 0.44), 20), Verdict::Pass);
    assert_eq!(
        of(&gauges(20, |_| 0.52), 20),
        Verdict::Pass,
        "under the floor"
    );
    let high = |length| gauges(length, |at| if at >= 40 { 0.70 } else { 0.48 });
    assert_eq!(of(&high(60), 60), Verdict::Breach { since: start(40) });
    assert_eq!(of(&high(50), 50), Verdict::Pass);
    let few = gauges(15, |_| 0.44);
    assert!(of(&few, 40).is_no_data(), "stale");
    // An exporter that fell silent while the window goes on earns nothing any more.
    let mut silent = gauges(56, |_| 0.44);
    let values = silent.gauges.get_mut(&Gauge::Cpu).unwrap();
    values.resize(60, None);
    let last = start(56);
    assert_eq!(of(&silent, 59), Verdict::Pass, "late");
    assert_eq!(of(&silent, 60), Verdict::NoData(NoData::Stale { last }));
    silent.gauges.get_mut(&Gauge::Cpu).unwrap().fill(None);
    assert_eq!(of(&silent, 60), Verdict::NoData(NoData::Hole));
}

/// CPU that is high from the 40th interval on until it is well again from an interval on, with an action in that one;
/// judged when so many intervals are over. When the action brought it back, and the verdict.
fn acted_on(acted: i64, well_from: usize, length: usize) -> (Option<Timestamp>, Verdict) {
    let base = gauges(length, |_| 0.48);
    let high = |at: usize| (40..well_from).contains(&at);
    let canary = gauges(length, |at| if high(at) { 0.70 } else { 0.48 });
    let world = world(length, |_| 0.002);
    let mut input = world.input();
    input.canary_use = Some(&canary);
    input.production_use = Some(&base);
    input.acted_at = Some(start(acted));
    let judged = judge(&input);
    let effect = judged.gauges.first().map(|(_, effect)| effect.recovered);
    let cpu = judged.verdict(Metric::Gauge(Gauge::Cpu)).unwrap();
    (effect.flatten(), cpu.verdict.clone())
}

#[test]
fn what_an_action_did_to_a_gauge_is_judged_by_batches_that_begin_at_it() {
    let since = start(40);
    let breach = Verdict::Breach { since };
    let over = |until| Verdict::Recovered {
        since,
        until: start(until),
    };
    // No batch is known to lie wholly after the action before the 90th interval.
    assert_eq!(acted_on(69, 70, 89), (None, breach.clone()));
    assert_eq!(acted_on(69, 70, 90), (Some(start(90)), over(90)));
    assert_eq!(acted_on(69, 70, 120), (Some(start(90)), over(90)));
    // A batch that is of both, but mostly well, does not end the breach before that.
    assert_eq!(acted_on(63, 64, 83), (None, breach.clone()));
    assert_eq!(acted_on(63, 64, 84), (Some(start(84)), over(84)));
    // An action that did not help, and one before it began.
    assert_eq!(acted_on(69, 120, 120), (None, breach));
    assert_eq!(acted_on(20, 60, 120), (None, over(80)));
}

/// The verdict on a gauge that is so much on canary and so much on production, for 20 intervals.
fn compared(gauge: Gauge, canary: f64, production: f64) -> Verdict {
    told_by(None, Some(2.0), gauge, canary, production)
}

/// The same, told by these exporters; canary has two pods, and production so many.
fn told_by(
    by: Option<(Exporter, Exporter)>,
    production_pods: Option<f64>,
    gauge: Gauge,
    canary: f64,
    production: f64,
) -> Verdict {
    let world = world(20, |_| 0.002);
    let business = BTreeMap::from([
        (BusinessName::parse("orders").unwrap(), Better::Higher),
        (BusinessName::parse("refusals").unwrap(), Better::Lower),
    ]);
    let window = |base: f64, pods: Option<f64>| UseWindow {
        grid: Grid::default(),
        first: BEGAN,
        gauges: BTreeMap::from([(
            gauge,
            (0..20)
                .map(|at| Some(base * (1.0 + 0.01 * f64::from(at * 7 % 11))))
                .collect(),
        )]),
        pods: vec![pods; 20],
        exporters: BTreeMap::new(),
    };
    let (mut ours, mut theirs) = (
        window(canary, Some(2.0)),
        window(production, production_pods),
    );
    ours.exporters.extend(by.map(|(ours, _)| (gauge, ours)));
    theirs
        .exporters
        .extend(by.map(|(_, theirs)| (gauge, theirs)));
    let mut input = world.input();
    input.canary_use = Some(&ours);
    input.production_use = Some(&theirs);
    input.business = Business {
        of: &business,
        drop: 0.2,
    };
    let judged = judge(&input);
    judged
        .verdict(Metric::Gauge(gauge))
        .unwrap()
        .verdict
        .clone()
}

#[test]
fn each_gauge_has_its_way_to_be_worse_and_a_difference_that_matters() {
    let breach = Verdict::Breach { since: start(0) };
    // The fewer hits the worse, by five points.
    assert_eq!(compared(Gauge::CacheHits, 0.80, 0.94), breach);
    assert_eq!(compared(Gauge::CacheHits, 0.92, 0.94), Verdict::Pass);
    assert_eq!(compared(Gauge::CacheHits, 0.99, 0.80), Verdict::Pass);
    assert_eq!(compared(Gauge::PoolUsed, 0.95, 0.40), breach);
    assert_eq!(compared(Gauge::PoolUsed, 0.30, 0.40), Verdict::Pass);
    assert_eq!(compared(Gauge::PoolWait, 0.041, 0.003), breach);
    assert_eq!(compared(Gauge::PoolWait, 0.009, 0.003), Verdict::Pass);
    // A few messages more are nothing, and so is a tenth more of many.
    assert_eq!(compared(Gauge::QueueLag, 90.0, 30.0), Verdict::Pass);
    assert_eq!(compared(Gauge::QueueLag, 900.0, 30.0), breach);
    assert_eq!(compared(Gauge::QueueLag, 11_000.0, 10_000.0), Verdict::Pass);
    assert_eq!(compared(Gauge::NetworkErrors, 0.0, 0.0), Verdict::Pass);
    assert_eq!(compared(Gauge::NetworkErrors, 5.0, 0.0), breach);
}

#[test]
fn what_grows_with_requests_is_compared_for_each_request() {
    // Production has twenty times canary's requests.
    let of = |name: &str| Gauge::Business(BusinessName::parse(name).unwrap());
    let breach = Verdict::Breach { since: start(0) };
    assert_eq!(compared(of("orders"), 1.0, 20.0), Verdict::Pass);
    assert_eq!(compared(of("orders"), 0.6, 20.0), breach);
    assert_eq!(compared(of("orders"), 0.95, 20.0), Verdict::Pass, "a tenth");
    assert_eq!(compared(of("orders"), 2.0, 20.0), Verdict::Pass, "more");
    assert_eq!(compared(of("refusals"), 2.0, 20.0), breach);
    assert_eq!(compared(of("refusals"), 0.5, 20.0), Verdict::Pass);
    assert_eq!(
        compared(Gauge::Network, 50_000.0, 1_000_000.0),
        Verdict::Pass
    );
    assert_eq!(compared(Gauge::Network, 120_000.0, 1_000_000.0), breach);
}

#[test]
fn a_metric_of_the_business_is_judged_only_where_there_are_enough_of_it() {
    let of = |name: &str| Gauge::Business(BusinessName::parse(name).unwrap());
    let open = Verdict::Unsure(Unsure::NotEarned);
    // In five minutes canary's requests should make 300 at one a second, and 60 at a fifth of that.
    assert_eq!(compared(of("orders"), 1.0, 20.0), Verdict::Pass);
    assert_eq!(compared(of("orders"), 0.2, 4.0), open);
    assert_eq!(compared(of("orders"), 0.0, 4.0), open, "not even then");
    assert_eq!(compared(of("refusals"), 0.5, 0.0), open, "none before");
    assert_eq!(compared(of("orders"), 0.0, 0.0), open, "at night");
}

#[test]
fn what_other_exporters_tell_is_not_compared() {
    let of =
        |ours, theirs, canary| told_by(Some((ours, theirs)), None, Gauge::PoolWait, canary, 0.003);
    let (ours, theirs) = (Exporter::HikariMicrometer, Exporter::PgBouncer);
    for canary in [0.003, 0.041] {
        assert_eq!(
            of(ours, theirs, canary),
            Verdict::NoData(NoData::OtherExporters {
                canary: ours,
                production: theirs
            })
        );
        let alike = compared(Gauge::PoolWait, canary, 0.003);
        assert_eq!(of(ours, ours, canary), alike);
        assert_eq!(
            of(Exporter::Configured, ours, canary),
            alike,
            "it answers for it"
        );
    }
}

#[test]
fn totals_of_sides_of_different_size_are_compared_for_each_pod() {
    let twenty = |gauge, canary, production| told_by(None, Some(20.0), gauge, canary, production);
    let breach = Verdict::Breach { since: start(0) };
    // As many on a tenth of the pods is ten times as bad.
    for (gauge, total) in [(Gauge::NetworkErrors, 20.0), (Gauge::Restarts, 2.0)] {
        assert_eq!(twenty(gauge, total, total), breach, "{gauge}");
        assert_eq!(twenty(gauge, total / 10.0, total), Verdict::Pass, "{gauge}");
        // Where nobody tells how many pods there are, nothing is earned.
        let none = Verdict::NoData(NoData::NoPods);
        for canary in [0.0, total / 10.0, total] {
            assert_eq!(told_by(None, None, gauge, canary, total), none, "{gauge}");
        }
    }
    // What is a share is compared as it is.
    assert_eq!(twenty(Gauge::PoolUsed, 0.4, 0.4), Verdict::Pass);
}
