//! Which histogram tells durations, and where it parts slow from well.
//!
//! Apart from the rest of discovery, for a person is told how exact that is.

use crate::adapters::transport::trouble::trouble;
use crate::domain::source::{Trouble, TroubleKind};

use super::Settings;
use super::found::Found;
use super::native::Resolution;
use super::plan::{Form, Histogram};

/// The histogram that the server has: its buckets, or else native ones; none where it has neither.
pub(super) fn histogram(settings: &Settings, found: &Found) -> Option<Histogram> {
    buckets(settings, found).or_else(|| native(settings, found))
}

fn buckets(settings: &Settings, found: &Found) -> Option<Histogram> {
    let pack = settings.pack.pack();
    let mut bounds: Vec<(f64, &str)> = found
        .bounds()
        .filter_map(|le| Some((le.parse::<f64>().ok()? / pack.per_second, le)))
        .collect();
    bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    bounds.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    let (slow_bound, slow_text) = bounds
        .iter()
        .rev()
        .find(|(seconds, _)| *seconds <= settings.slow_target)
        .or(bounds.first())?;
    Some(Histogram {
        metric: pack.buckets,
        form: Form::Buckets,
        per_second: pack.per_second,
        method: found.label("bucket_label", true, pack.method),
        route: found.label("bucket_label", true, pack.route),
        slow_text: (*slow_text).to_owned(),
        slow_bound: *slow_bound,
        bounds: bounds.iter().map(|(seconds, _)| *seconds).collect(),
    })
}

fn native(settings: &Settings, found: &Found) -> Option<Histogram> {
    let pack = settings.pack.pack();
    let resolution = found.resolution()?;
    let slow = resolution.at_most(settings.slow_target * pack.per_second);
    let bounds = resolution.ladder(pack.per_second, slow);
    Some(Histogram {
        metric: pack.native(),
        form: Form::Native(bounds.iter().map(f64::to_string).collect()),
        per_second: pack.per_second,
        method: found.label("bucket_label", true, pack.method),
        route: found.label("bucket_label", true, pack.route),
        slow_text: slow.to_string(),
        slow_bound: slow / pack.per_second,
        bounds: bounds.iter().map(|b| b / pack.per_second).collect(),
    })
}

/// What is told where series of the histogram's name can't be read by a server that knows no native ones (before 2.40).
pub(super) fn unread(settings: &Settings, found: &Found) -> Option<Trouble> {
    let why = found.unread.as_ref()?;
    let name = settings.pack.pack().native();
    let message = format!(
        "not of durations: {name} has no buckets, and whether it is a native histogram this server can't say: {}",
        why.message.raw()
    );
    Some(trouble(TroubleKind::NotFound, message))
}

/// What a person is told of a histogram: what it is, where slow begins, and how exact that is.
pub(super) fn remark(settings: &Settings, found: &Found, histogram: &Histogram) -> String {
    let target = settings.slow_target;
    let slow = histogram.slow_bound;
    let is_target = (slow - target).abs() <= 1e-9 * target;
    let where_it_is = if is_target {
        "a bound of its buckets"
    } else if slow < target {
        "the bound of its buckets next under the target"
    } else {
        "the first bound of its buckets, which is over the target"
    };
    let over = format!("slow is over {} s", (slow * 1e6).round() / 1e6);
    let of_target = if is_target {
        String::new()
    } else {
        format!(" of {target} s")
    };
    match (&histogram.form, found.resolution()) {
        (Form::Buckets, _) => format!("{over}, {where_it_is}{of_target}: exact"),
        (Form::Native(_), Some(Resolution::Own)) => format!(
            "a native histogram with bounds of its own: {over}; interpolated by the server where that is none of them"
        ),
        (Form::Native(_), Some(Resolution::Octaves(_)) | None) => {
            format!("a native histogram: {over}, {where_it_is}{of_target}: exact")
        }
    }
}
