//! Times as the screens write them: colons are clock times, letters are durations.

use jiff::Timestamp;

/// The clock time in UTC: `03:13:41`.
pub(crate) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// Hours and minutes, for an axis.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%H:%M").to_string()
}

/// The clock time; the day and the minute when that is not today.
pub(crate) fn when(at: Timestamp, now: Timestamp) -> String {
    let day = |t: Timestamp| t.strftime("%Y-%m-%d").to_string();
    if day(at) == day(now) {
        clock(at)
    } else if at.strftime("%Y").to_string() == now.strftime("%Y").to_string() {
        at.strftime("%-d %b %H:%M").to_string()
    } else {
        day(at)
    }
}

/// A duration: `51s`, `2m43s`, `5m`, `1h02m`, `6d`.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600, seconds / 60);
    if days >= 2 {
        format!("{days}d")
    } else if hours >= 10 || (hours >= 1 && minutes % 60 == 0) {
        format!("{hours}h")
    } else if hours >= 1 {
        format!("{hours}h{:02}m", minutes % 60)
    } else if seconds >= 100 && seconds % 60 == 0 {
        format!("{minutes}m")
    } else if seconds >= 100 {
        format!("{minutes}m{:02}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

/// How long ago, or how long from one to another; never negative.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> String {
    duration(to.duration_since(from).as_secs())
}

/// A duration in seconds that need not be whole.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float to integer cast saturates"
)]
pub(crate) fn span(seconds: f64) -> String {
    duration(seconds.round() as i64)
}

/// A usual duration, least and most: `about 10s`, `2m to 10m`; none when there is none.
pub(crate) fn usual((least, most): (u32, u32)) -> Option<String> {
    if most == 0 {
        None
    } else if least >= most || least == 0 {
        Some(format!("about {}", duration(i64::from(most))))
    } else {
        Some(format!(
            "{} to {}",
            duration(i64::from(least)),
            duration(i64::from(most))
        ))
    }
}
