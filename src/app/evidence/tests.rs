//! That queries are read and copied whole, whatever their length.

use super::{CLIPBOARD, QueryLine, lines, pieces, rows};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::enabled::{NotNow, enabled};
use crate::app::pressing::press;
use crate::app::start::start;
use crate::app::state::{Mode, News, Screen, State};
use crate::domain::verdict::Metric;
use crate::engine::built::{at, feature_errors};

const NOW: &str = "03:12:00";

/// The evidence of a metric, with those queries on canary and on production.
fn deck(metric: Metric, queries: &[(&str, &str)]) -> State {
    let evidence = feature_errors(NOW).evidence();
    let mut state = start(vec![evidence], Mode::Live, at(NOW), 7).unwrap();
    let service = state.ui.service.clone();
    for (name, query) in queries {
        let name = format!("{service} on {name}");
        state.world.queries.insert(name, (*query).to_owned());
    }
    state.ui.screen = Screen::Evidence {
        metric,
        query: true,
    };
    state
}

fn pressed(state: State, action: Action) -> (State, Vec<Effect>) {
    let (state, effects) = press(state, action);
    (state, effects.0)
}

#[test]
fn the_pieces_of_a_text_are_the_text() {
    let texts = [
        "",
        "up",
        "sum by (le) (rate(http_server_duration_bucket{job=\"checkout\"}[1m]))",
        "a  b   c    d",
        "absent_without_a_single_space_and_much_longer_than_a_line_of_any_screen",
        "sum(rate(orders{stadt=\"東京東京東京東京東京\"}[1m]))",
    ];
    for text in texts {
        for most in [4, 7, 20, 72] {
            let pieces = pieces(text, most);
            assert_eq!(pieces.concat(), text, "in pieces of {most}");
            for piece in pieces {
                assert!(super::room(piece.trim_end()) <= most, "{piece:?}");
            }
        }
    }
}

#[test]
fn every_line_of_a_query_comes_on_the_screen_and_no_key_is_lost_at_its_ends() {
    let long = vec!["rate(http_requests_total[1m])"; 60].join(" + ");
    for height in [15, 24, 30, 50] {
        let queries = [
            ("canary: requests", &*long),
            ("production: requests", &long),
        ];
        let mut state = deck(Metric::Errors, &queries);
        state.ui.height = height;
        let all = lines(&state, state.ui.width);
        let text: Vec<&QueryLine> = all.iter().collect();
        let mut seen = Vec::new();
        loop {
            let from = usize::from(state.ui.evidence.query);
            seen.extend(text.iter().skip(from).take(rows(height)));
            let (next, _) = pressed(state.clone(), Action::PageDown);
            if next.ui.evidence.query == state.ui.evidence.query {
                break;
            }
            state = next;
        }
        seen.dedup();
        assert!(text.iter().all(|line| seen.contains(&line)), "at {height}");
        let last = state.ui.evidence.query;
        assert_eq!(usize::from(last) + rows(height), all.len());
        let (state, _) = pressed(state, Action::Down);
        assert_eq!(state.ui.evidence.query, last);
        let (state, _) = pressed(state, Action::Up);
        assert_eq!(state.ui.evidence.query, last - 1);
        let (state, _) = pressed(state, Action::Top);
        assert_eq!(state.ui.evidence.query, 0);
        let (state, _) = pressed(state, Action::Bottom);
        assert_eq!(state.ui.evidence.query, last);
    }
}

#[test]
fn queries_are_copied_one_after_the_other_and_whole() {
    let long = "sum(rate(x[1m])) + ".repeat(300) + "y";
    let queries = [
        ("canary: requests", &*long),
        ("production: requests", "up\n  == 1"),
        ("production: latency", "not asked for here"),
    ];
    let state = deck(Metric::Errors, &queries);
    let (state, effects) = pressed(state, Action::Copy);
    assert_eq!(effects, [Effect::Copy(long.clone())]);
    let sent = |query, bytes| {
        Some(News::Sent {
            query,
            of: 2,
            bytes,
        })
    };
    assert_eq!(state.ui.news, sent(1, long.len()));
    let (state, effects) = pressed(state, Action::Copy);
    assert_eq!(effects, [Effect::Copy("up   == 1".to_owned())]);
    assert_eq!(state.ui.news, sent(2, 9));
    let (_, effects) = pressed(state, Action::Copy);
    assert_eq!(effects, [Effect::Copy(long)]);
}

#[test]
fn what_terminals_do_not_take_is_not_sent() {
    let long = "x".repeat(CLIPBOARD + 1);
    let (state, effects) = pressed(
        deck(Metric::Errors, &[("canary: requests", &long)]),
        Action::Copy,
    );
    assert_eq!(effects, []);
    let bytes = CLIPBOARD + 1;
    assert_eq!(state.ui.news, Some(News::TooLong { bytes }));
}

#[test]
fn what_would_deceive_is_copied_visibly() {
    let (_, effects) = pressed(
        deck(
            Metric::Errors,
            &[("canary: requests", "up\u{1b}[2J\u{202e}")],
        ),
        Action::Copy,
    );
    let seen = "up\\u{1b}[2J\\u{202e}".to_owned();
    assert_eq!(effects, [Effect::Copy(seen)]);
}

#[test]
fn where_there_is_no_query_none_is_copied() {
    for metric in [Metric::Readiness, Metric::Errors] {
        let state = deck(metric, &[("canary: slow", "x")]);
        assert_eq!(enabled(&state, Action::Copy), Err(NotNow::NoQuery));
    }
}
