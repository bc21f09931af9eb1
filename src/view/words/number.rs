//! Numbers as the screens write them: a unit always, three digits at most, `0` only for zero.

use crate::engine::assess::Value;

/// A factor: `25x`, `4.6x`.
pub(crate) fn times(factor: f64) -> String {
    if factor >= 999.5 {
        ">999x".to_owned()
    } else if factor >= 9.95 {
        format!("{factor:.0}x")
    } else {
        format!("{factor:.1}x")
    }
}

/// A number of the configuration as it was written, to a thousandth: `99.95%`, `14.4x`.
pub(crate) fn exact(number: f64, unit: &str) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}{unit}")
}

/// A share of one: `5.1%`, `0.20%`, `39%`.
pub(crate) fn share(share: f64) -> String {
    let percent = share * 100.0;
    let size = percent.abs();
    if size == 0.0 {
        "0%".to_owned()
    } else if size < 0.005 {
        "<0.01%".to_owned()
    } else if size < 0.995 {
        format!("{percent:.2}%")
    } else if size < 9.95 {
        format!("{percent:.1}%")
    } else {
        format!("{percent:.0}%")
    }
}

/// A short time that was measured: `41ms`, `1.6s`.
pub(crate) fn measured(seconds: f64) -> String {
    let milliseconds = seconds * 1000.0;
    if seconds == 0.0 {
        "0ms".to_owned()
    } else if milliseconds < 0.95 {
        format!("{milliseconds:.2}ms")
    } else if milliseconds < 9.5 {
        let text = format!("{milliseconds:.1}");
        format!("{}ms", text.trim_end_matches(".0"))
    } else if milliseconds < 999.5 {
        format!("{milliseconds:.0}ms")
    } else if seconds < 9.95 {
        format!("{seconds:.1}s")
    } else {
        format!("{seconds:.0}s")
    }
}

/// A rate: `1170/s`, `3.2/s`.
pub(crate) fn rate(per_second: f64) -> String {
    if per_second == 0.0 {
        "0/s".to_owned()
    } else if per_second < 0.095 {
        format!("{:.1}/min", per_second * 60.0)
    } else if per_second < 0.95 {
        format!("{per_second:.2}/s")
    } else if per_second < 9.95 {
        format!("{per_second:.1}/s")
    } else {
        format!("{per_second:.0}/s")
    }
}

/// Bytes a second: `640B/s`, `1.2MB/s`.
pub(crate) fn bytes_per_second(each_second: f64) -> String {
    format!("{}/s", bytes(each_second))
}

/// Bytes in powers of 1024, three digits at most: `640B`, `1.2GB`.
pub(crate) fn bytes(bytes: f64) -> String {
    let (mut size, mut unit) = (bytes, "");
    for next in ["k", "M", "G", "T"] {
        if size < 999.5 {
            break;
        }
        (size, unit) = (size / 1024.0, next);
    }
    let digits = usize::from(!unit.is_empty() && size < 9.95);
    format!("{size:.digits$}{unit}B")
}

/// A measured value with its unit.
pub(crate) fn value(value: Value) -> String {
    match value {
        Value::Share(of_one) => share(of_one),
        Value::Seconds(seconds) => measured(seconds),
        Value::PerSecond(per_second) => rate(per_second),
        Value::BytesPerSecond(bytes) => bytes_per_second(bytes),
        Value::Count(count) => count.to_string(),
        Value::Of { some, all } => format!("{some} of {all}"),
    }
}

/// The size of a value, on the scale of its trend.
#[expect(clippy::cast_precision_loss, reason = "counts stay far under 2^52")]
pub(crate) fn size(value: Value) -> f64 {
    match value {
        Value::Share(size)
        | Value::Seconds(size)
        | Value::PerSecond(size)
        | Value::BytesPerSecond(size) => size,
        Value::Count(count) => count as f64,
        Value::Of { some, all } if all > 0 => f64::from(some) / f64::from(all),
        Value::Of { .. } => 0.0,
    }
}

/// A number in the unit of a value.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count on an axis, cut to what can be shown"
)]
pub(crate) fn like(number: f64, unit: Option<Value>) -> String {
    match unit {
        Some(Value::Share(_) | Value::Of { .. }) => share(number),
        Some(Value::Seconds(_)) => measured(number),
        Some(Value::PerSecond(_)) => rate(number),
        Some(Value::BytesPerSecond(_)) => bytes_per_second(number),
        Some(Value::Count(_)) | None if number.fract() == 0.0 => {
            format!("{}", number.clamp(0.0, 1e15) as u64)
        }
        Some(Value::Count(_)) | None => format!("{number:.1}"),
    }
}

/// A limit in the unit of a value, without zeros that say nothing: `5%`, `0.5%`, `2s`.
pub(crate) fn limit(number: f64, unit: Option<Value>) -> String {
    let text = like(number, unit);
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (value, unit) = text.split_at(digits);
    let value = if value.contains('.') {
        value.trim_end_matches('0').trim_end_matches('.')
    } else {
        value
    };
    format!("{value}{unit}")
}

/// Failed requests: `3 failed requests a second`, `1 failed request every 2s`.
pub(crate) fn failing(per_second: f64) -> String {
    if per_second <= 0.0 {
        "no failed requests".to_owned()
    } else if per_second >= 1.5 {
        format!("{per_second:.0} failed requests a second")
    } else if per_second >= 0.75 {
        "1 failed request a second".to_owned()
    } else {
        format!(
            "1 failed request every {}",
            super::time::span(1.0 / per_second)
        )
    }
}

/// A count with its noun: `1 instance`, `4 instances`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
