//! Prometheus' HTTP API over one cluster's samples.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use hyper::body::Bytes;
use promql_parser::parser::Expr;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::answer;
use super::form::{Form, invalid};
use super::labels::Labels;
use super::promql::{self, Failure, Grid};
use super::rules;
use super::tsdb::{Millis, Tsdb};
use crate::sim::scenario::Side;
use crate::sim::serve::{Body, Handler};
use crate::sim::world::{Cluster, METRICS_PORT, Shared};

/// Prometheus' own limit of points for one series.
const MOST_POINTS: i64 = 11_000;

/// One cluster's Prometheus.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    world: Shared,
    side: Side,
    warnings: Arc<watch::Sender<Vec<String>>>,
    failing: Arc<watch::Sender<Option<String>>>,
}

impl Api {
    pub(crate) fn new(world: Shared, side: Side) -> Self {
        Self {
            world,
            side,
            warnings: Arc::new(watch::Sender::new(Vec::new())),
            failing: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Adds these warnings to every answer, as Thanos does for a part of the data that is missing.
    pub(crate) fn warn(&self, warnings: Vec<String>) {
        self.warnings.send_replace(warnings);
    }

    /// Lets every query fail that contains this text, as one does whose series match ambiguously.
    pub(crate) fn fail(&self, text: Option<String>) {
        self.failing.send_replace(text);
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Body> {
        let path = request.uri().path();
        match path {
            "/-/ready" => return answer::text(StatusCode::OK, "Prometheus Server is Ready.\n"),
            "/-/healthy" => return answer::text(StatusCode::OK, "Prometheus Server is Healthy.\n"),
            _ => {}
        }
        let Some(call) = path.strip_prefix("/api/v1/") else {
            return answer::text(StatusCode::NOT_FOUND, "404 page not found\n");
        };
        let form = Form::of(request);
        let now = self.world.clock().now().as_millisecond();
        let query = form.get("query").unwrap_or_default();
        let fails = self.failing.borrow().as_ref().map(|t| query.contains(t));
        if fails == Some(true) {
            let why = "found duplicate series for the match group";
            return answer::failure(&Failure::Execution(why.to_owned()));
        }
        let data = self.world.look(|world| {
            world
                .cluster(self.side)
                .map_or(Ok(None), |cluster| data(cluster, call, &form, now))
        });
        match data {
            Ok(Some(data)) => answer::success(&data, &self.warnings.borrow()),
            Ok(None) => answer::text(StatusCode::NOT_FOUND, "404 page not found\n"),
            Err(failure) => answer::failure(&failure),
        }
    }
}

impl Handler for Api {
    async fn handle(&self, request: Request<Bytes>) -> Response<Body> {
        self.answer(&request)
    }
}

/// The data of one call; none if there is no such call.
fn data(cluster: &Cluster, call: &str, form: &Form, now: Millis) -> Result<Option<Value>, Failure> {
    let tsdb = &cluster.tsdb;
    Ok(Some(match call {
        "query" => query(tsdb, form, now)?,
        "query_range" => query_range(tsdb, form)?,
        "series" => {
            if form.all("match[]").next().is_none() {
                return Err(Failure::Bad("no match[] parameter provided".to_owned()));
            }
            let found: BTreeSet<Labels> = selected(tsdb, form, now)?.into_iter().collect();
            json!(found.iter().map(answer::series).collect::<Vec<Value>>())
        }
        "labels" => {
            let names: BTreeSet<String> = selected(tsdb, form, now)?
                .iter()
                .flat_map(|labels| {
                    labels
                        .iter()
                        .map(|(name, _)| name.to_string())
                        .collect::<Vec<_>>()
                })
                .collect();
            json!(names)
        }
        "metadata" => metadata(tsdb, form),
        "targets" => targets(cluster),
        "alerts" => rules::alerts(cluster),
        "rules" => rules::rules(cluster, form)?,
        "status/buildinfo" => json!({
            "version": "3.5.0", "revision": "simulated", "branch": "HEAD", "buildUser": "", "buildDate": "",
            "goVersion": "go1.24",
        }),
        other => {
            let name = other
                .strip_prefix("label/")
                .and_then(|rest| rest.strip_suffix("/values"));
            let Some(name) = name else { return Ok(None) };
            let values: BTreeSet<String> = selected(tsdb, form, now)?
                .iter()
                .map(|labels| labels.get(name).to_owned())
                .filter(|value| !value.is_empty())
                .collect();
            json!(values)
        }
    }))
}

fn parsed(form: &Form) -> Result<Expr, Failure> {
    let text = form.get("query").ok_or_else(|| {
        invalid(
            "query",
            "unknown position: parse error: no expression found in input",
        )
    })?;
    promql::parse(text)
}

fn query(tsdb: &Tsdb, form: &Form, now: Millis) -> Result<Value, Failure> {
    let expr = parsed(form)?;
    let at = form.moment("time")?.unwrap_or(now);
    if let Some(windows) = promql::raw(tsdb, &expr, at)? {
        return Ok(answer::raw(&windows));
    }
    Ok(answer::instant(
        promql::evaluate(tsdb, &expr, Grid::instant(at))?,
        at,
    ))
}

fn query_range(tsdb: &Tsdb, form: &Form) -> Result<Value, Failure> {
    let missing = |name: &str| invalid(name, "cannot parse \"\" to a valid timestamp");
    let start = form.moment("start")?.ok_or_else(|| missing("start"))?;
    let end = form.moment("end")?.ok_or_else(|| missing("end"))?;
    let step = form
        .duration("step")?
        .ok_or_else(|| invalid("step", "cannot parse \"\" to a valid duration"))?;
    if end < start {
        return Err(invalid(
            "end",
            "end timestamp must not be before start time",
        ));
    }
    if step <= 0 {
        return Err(invalid(
            "step",
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    if (end - start) / step > MOST_POINTS {
        return Err(Failure::Bad(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
                .to_owned(),
        ));
    }
    let expr = parsed(form)?;
    let grid = Grid::range(start, end, step);
    Ok(answer::matrix(promql::evaluate(tsdb, &expr, grid)?, grid))
}

/// The labels of the series that the form's selectors match and that have a sample in its range.
fn selected(tsdb: &Tsdb, form: &Form, now: Millis) -> Result<Vec<Labels>, Failure> {
    let start = form.moment("start")?.unwrap_or(Millis::MIN);
    let end = form.moment("end")?.unwrap_or(now);
    let there = |samples: &[(Millis, f64)]| {
        let from = samples.partition_point(|(at, _)| *at < start);
        samples.get(from).is_some_and(|(at, _)| *at <= end)
    };
    let mut out = Vec::new();
    let mut asked = form.all("match[]").peekable();
    if asked.peek().is_none() {
        out.extend(
            tsdb.named(None)
                .filter(|series| there(&series.samples))
                .map(|series| series.labels.clone()),
        );
        return Ok(out);
    }
    for text in asked {
        let Expr::VectorSelector(selector) = promql::parse(text)? else {
            return Err(invalid("match[]", "expected type instant vector"));
        };
        out.extend(
            promql::matching(tsdb, selector.name.as_deref(), &selector.matchers)
                .into_iter()
                .filter(|series| there(&series.samples))
                .map(|series| series.labels.clone()),
        );
    }
    Ok(out)
}

fn metadata(tsdb: &Tsdb, form: &Form) -> Value {
    let only = form.get("metric");
    let mut families = serde_json::Map::new();
    for name in tsdb.names() {
        let (family, kind, help) = super::exposition::family(name);
        if only.is_none_or(|only| only == family) {
            families.insert(
                family.to_owned(),
                json!([{"type": kind, "help": help, "unit": ""}]),
            );
        }
    }
    Value::Object(families)
}

fn targets(cluster: &Cluster) -> Value {
    let active: Vec<Value> = cluster
        .apps
        .iter()
        .flat_map(|app| app.pods.iter().map(move |pod| (app, pod)))
        .map(|(app, pod)| {
            json!({
                "labels": {
                    "instance": format!("{}:{METRICS_PORT}", pod.ip),
                    "pod": pod.name,
                    "service": app.service.name,
                },
                "scrapePool": "pods",
                "scrapeUrl": format!("http://{}:{METRICS_PORT}/metrics", pod.ip),
                "health": if pod.answers() { "up" } else { "down" },
                "lastError": if pod.answers() { "" } else { "connection refused" },
                "scrapeInterval": "15s",
                "scrapeTimeout": "10s",
            })
        })
        .collect();
    json!({"activeTargets": active, "droppedTargets": []})
}
