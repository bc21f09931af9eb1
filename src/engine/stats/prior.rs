//! When a change may begin: the prior that lets a process begin anew at each interval, so that hours of calm don't
//! outvote a failure that begins now.

/// The share on the very beginning: most bad releases are bad at once.
const AT_ONCE: f64 = 0.3;
const MINUTE: f64 = 60.0;
/// ln(1 + 7 days / 1 minute): later than that nothing begins.
const WEEK: f64 = 9.218_407_743_053_941;

/// The probability that a change has begun by so many seconds after the process began.
pub fn begun_by(seconds: f64) -> f64 {
    if seconds < 0.0 {
        return 0.0;
    }
    AT_ONCE + (1.0 - AT_ONCE) * ((seconds / MINUTE).ln_1p() / WEEK).min(1.0)
}

/// The probability that it begins between two moments, in seconds; the beginning itself belongs to the first interval.
pub fn begins_between(from: f64, to: f64) -> f64 {
    let before = if from <= 0.0 { 0.0 } else { begun_by(from) };
    (begun_by(to) - before).max(0.0)
}
