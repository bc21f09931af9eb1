//! Numbers and times as the screens write them.

use super::number::{failing, limit, measured, rate, share, times};
use super::time::{between, clock, duration, usual, when};

#[test]
fn numbers_have_a_unit_and_three_digits_at_most() {
    let shares = [
        (0.0, "0%"),
        (0.000_01, "<0.01%"),
        (0.002, "0.20%"),
        (0.0091, "0.91%"),
        (0.00999, "1.0%"),
        (0.051, "5.1%"),
        (0.0999, "10%"),
        (0.84, "84%"),
        (1.0, "100%"),
    ];
    for (value, text) in shares {
        assert_eq!(share(value), text);
    }
    for (value, text) in [
        (0.8, "0.8x"),
        (1.0, "1.0x"),
        (4.56, "4.6x"),
        (9.97, "10x"),
        (25.2, "25x"),
        (2000.0, ">999x"),
    ] {
        assert_eq!(times(value), text);
    }
    for (value, text) in [
        (0.0, "0ms"),
        (0.003, "3ms"),
        (0.0034, "3.4ms"),
        (0.041, "41ms"),
        (0.31, "310ms"),
        (0.9999, "1.0s"),
        (1.62, "1.6s"),
        (12.4, "12s"),
    ] {
        assert_eq!(measured(value), text);
    }
    for (value, text) in [
        (0.0, "0/s"),
        (0.01, "0.6/min"),
        (0.42, "0.42/s"),
        (3.21, "3.2/s"),
        (59.2, "59/s"),
        (1170.0, "1170/s"),
    ] {
        assert_eq!(rate(value), text);
    }
    let share_of = Some(crate::engine::assess::Value::Share(0.0));
    for (value, text) in [(0.05, "5%"), (0.005, "0.5%"), (0.8, "80%")] {
        assert_eq!(limit(value, share_of), text);
    }
    assert_eq!(limit(5.0, None), "5");
    for (value, text) in [
        (0.0, "no failed requests"),
        (0.5, "1 failed request every 2s"),
        (1.0, "1 failed request a second"),
        (3.01, "3 failed requests a second"),
    ] {
        assert_eq!(failing(value), text);
    }
}

#[test]
fn letters_are_durations_and_colons_are_clock_times() {
    for (seconds, text) in [
        (-3, "0s"),
        (0, "0s"),
        (51, "51s"),
        (60, "60s"),
        (69, "69s"),
        (163, "2m43s"),
        (249, "4m09s"),
        (300, "5m"),
        (3600, "1h"),
        (3780, "1h03m"),
        (90_000, "25h"),
        (518_400, "6d"),
    ] {
        assert_eq!(duration(seconds), text);
    }
    let at = "2026-11-21T03:13:41Z".parse().unwrap();
    let now = "2026-11-21T03:14:04Z".parse().unwrap();
    assert_eq!(clock(at), "03:13:41");
    assert_eq!(between(at, now), "23s");
    assert_eq!(when(at, now), "03:13:41");
    assert_eq!(
        when("2026-11-20T16:02:11Z".parse().unwrap(), now),
        "20 Nov 16:02"
    );
    assert_eq!(
        when("2025-11-20T16:02:11Z".parse().unwrap(), now),
        "2025-11-20"
    );
    assert_eq!(usual((10, 10)).as_deref(), Some("about 10s"));
    assert_eq!(usual((120, 600)).as_deref(), Some("2m to 10m"));
    assert_eq!(usual((0, 0)), None);
}
