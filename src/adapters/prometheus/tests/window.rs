//! The kept window: the same numbers whenever it was begun.

use jiff::SignedDuration;
use proptest::prelude::*;

use crate::adapters::prometheus::Wanted;
use crate::adapters::prometheus::window::Kept;
use crate::domain::gauge::{Gauge, UseWindow};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::metrics::{Endpoint, EndpointCounts, LatencyCounts, RedWindow};

/// What a server would answer for intervals: each has its own number, and an endpoint that comes and goes.
fn part(first: i64, end: i64) -> (RedWindow, UseWindow) {
    let of = |f: &dyn Fn(i64) -> u64| (first..end).map(f).collect::<Vec<u64>>();
    let mut endpoints = std::collections::BTreeMap::new();
    let mut add = |name: &str, present: &dyn Fn(i64) -> bool| {
        if (first..end).any(present) {
            let counts = EndpointCounts {
                total: of(&|i| if present(i) { i as u64 + 1 } else { 0 }),
                errors: of(&|i| u64::from(present(i))),
                slow: of(&|i| u64::from(present(i) && i % 2 == 0)),
            };
            endpoints.insert(Endpoint::new(name), counts);
        }
    };
    add("GET /", &|_| true);
    add("POST /pay", &|i| i / 7 % 2 == 1);
    let grid = Grid::default();
    let red = RedWindow {
        grid,
        first: GridIndex(first),
        holes: (first..end).map(|i| i % 5 == 0).collect(),
        endpoints,
        untold: of(&|i| i as u64 % 3),
        latency: LatencyCounts {
            bounds: vec![0.5],
            counts: (first..end).map(|i| vec![i as u64, i as u64 + 1]).collect(),
            slow_bound: 0.5,
        },
    };
    let restarts = (first..end)
        .map(|i| (i % 3 == 0).then_some(i as f64))
        .collect();
    let machines = UseWindow {
        grid,
        first: GridIndex(first),
        gauges: [(Gauge::Restarts, restarts)].into(),
        pods: Vec::new(),
        exporters: std::collections::BTreeMap::new(),
    };
    (red, machines)
}

fn filled(first: i64, end: i64) -> Kept {
    let mut kept = Kept::from(Grid::default(), GridIndex(first));
    let (red, machines) = part(first, end);
    kept.replace(red, machines);
    kept
}

proptest! {
    #[test]
    fn a_window_grown_bit_by_bit_is_the_one_asked_for_at_once(
        steps in prop::collection::vec((0_i64..4, 1_i64..9), 1..12),
        forget in 0_i64..20,
    ) {
        let mut kept = Kept::from(Grid::default(), GridIndex(0));
        let mut end = 0;
        for (again, more) in steps {
            let from = (end - again).max(0);
            let (red, machines) = part(from, end + more);
            kept.replace(red, machines);
            end += more;
        }
        let first = forget.min(end - 1);
        kept.forget_before(GridIndex(first));
        prop_assert_eq!(kept.end(), GridIndex(end));
        let at_once = filled(first, end);
        prop_assert_eq!(kept.red(), at_once.red());
        let some = |window: UseWindow| {
            let mut gauges = window.gauges;
            gauges.retain(|_, values| values.iter().any(Option::is_some));
            (window.first, gauges)
        };
        prop_assert_eq!(some(kept.machines()), some(at_once.machines()));
    }
}

#[test]
fn thousands_of_paths_are_told_as_the_busiest_and_the_others() {
    let (mut red, machines) = part(0, 3);
    for i in 0..1_000_u64 {
        let counts = EndpointCounts {
            total: vec![i, i, i],
            errors: vec![1, 0, 0],
            slow: vec![0, 0, 1],
        };
        red.endpoints
            .insert(Endpoint::new(format!("GET /{i}")), counts);
    }
    let mut kept = Kept::from(Grid::default(), GridIndex(0));
    kept.replace(red.clone(), machines);
    let told = kept.red();
    assert_eq!(told.endpoints.len(), 201);
    assert!(told.endpoints.contains_key(&Endpoint::new("GET /999")));
    assert!(!told.endpoints.contains_key(&Endpoint::new("GET /3")));
    let sum = |window: &RedWindow, of: fn(&EndpointCounts) -> &Vec<u64>| {
        window.endpoints.values().flat_map(of).sum::<u64>()
    };
    for of in [
        (|e| &e.total) as fn(&EndpointCounts) -> &Vec<u64>,
        |e| &e.errors,
        |e| &e.slow,
    ] {
        assert_eq!(sum(&told, of), sum(&red, of));
    }
}

#[test]
fn a_deck_that_runs_for_a_week_keeps_what_it_needs_and_no_more() {
    let grid = Grid::default();
    let mut kept = Kept::from(grid, GridIndex(0));
    let mut longest = 0;
    let day = 24 * 240;
    for end in 1..7 * day {
        let (red, machines) = part(end - 1, end);
        kept.replace(red, machines);
        // Each midnight a canary begins, which is gone at six.
        let (today, gone) = (end / day * day, end % day >= 6 * 240);
        let since = if gone { end } else { today - 240 };
        let wanted = Wanted {
            since: grid.start(GridIndex(since.max(0))),
            recent: SignedDuration::from_mins(20),
            canary_began: None,
        };
        let first = grid.first_from(wanted.first(grid.start(GridIndex(end))));
        kept.forget_before(first);
        let len = kept.end().since(kept.first());
        longest = longest.max(len);
        assert_eq!(kept.end(), GridIndex(end));
        assert!(!gone || len == 80, "{len}");
    }
    // Six hours, and what there was before them.
    assert_eq!(longest, 6 * 240 + 80);
}
