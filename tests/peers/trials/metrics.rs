//! Prometheus itself: it scrapes, and it serves history that was loaded.
//!
//! Longer stories than a test has time for are written as `OpenMetrics` and loaded.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Case;
use crate::lab::Lab;
use crate::process::free_port;
use crate::prometheus::{PROGRAMS, Prometheus, Target};
use crate::wait::{PATIENCE, until};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "metrics::a_target_that_is_down_is_not_zero",
            &[&PROGRAMS],
            scrape,
        ),
        Case::new("metrics::loaded_history_is_served", &[&PROGRAMS], history),
    ]
}

fn scrape(lab: &Lab) -> Result<()> {
    let nobody = Target::One {
        job: "nobody".into(),
        address: format!("127.0.0.1:{}", free_port()?),
    };
    let prometheus = Prometheus::start(
        &lab.programs,
        &lab.folder("prometheus-down"),
        1,
        &[nobody],
        None,
    )?;
    let (up, _) = until("the first scrape has failed", PATIENCE, || {
        let found = prometheus.query("up{job=\"nobody\"}", None)?;
        Ok(found.first().and_then(value))
    })?;
    ensure!(up == "0", "up is {up}");
    let absent = prometheus.query("http_requests_total", None)?;
    ensure!(absent.is_empty(), "{absent:?}");
    Ok(())
}

fn history(lab: &Lab) -> Result<()> {
    // Two minutes of a counter in 15 s steps, from 2026-11-21T03:00:00Z.
    let start = 1_795_230_000;
    let mut lines = vec!["# TYPE http_requests counter".to_owned()];
    lines.extend((0..=8).map(|step| {
        let (count, time) = (1_000_000 + step * 3, start + step * 15);
        format!("http_requests_total{{code=\"500\"}} {count} {time}")
    }));
    lines.push("# EOF\n".to_owned());
    let text = lines.join("\n");
    let prometheus = Prometheus::start(
        &lab.programs,
        &lab.folder("prometheus-history"),
        15,
        &[],
        Some(&text),
    )?;
    let query = "http_requests_total - http_requests_total offset 60s";
    let found = prometheus.query(query, Some(f64::from(start + 120)))?;
    let events = found.first().and_then(value).context("no series")?;
    ensure!(events == "12", "{events} events, and 12 were written");
    Ok(())
}

/// The value of one sample of an instant vector, as Prometheus wrote it.
fn value(sample: &Value) -> Option<String> {
    sample
        .pointer("/value/1")
        .and_then(Value::as_str)
        .map(str::to_owned)
}
