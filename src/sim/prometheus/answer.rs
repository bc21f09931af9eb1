//! The JSON of Prometheus' HTTP API: its envelope, its numbers as text, its failures.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::labels::Labels;
use super::promql::{Failure, Grid, Row, Value as Worth, Windows};
use super::tsdb::Millis;
use crate::sim::serve::{Body, whole};

/// A number as Prometheus writes it: the shortest text that reads back the same.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        format!("{value}")
    }
}

#[expect(clippy::cast_precision_loss, reason = "times are far below 2^52 ms")]
fn seconds(at: Millis) -> Value {
    if at % 1000 == 0 {
        json!(at / 1000)
    } else {
        json!(at as f64 / 1000.0)
    }
}

fn metric(labels: &Labels) -> Value {
    Value::Object(
        labels
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value.to_string())))
            .collect(),
    )
}

/// A success with data.
pub(crate) fn success(data: &Value, warnings: &[String]) -> Response<Body> {
    let mut envelope = json!({"status": "success", "data": data});
    if !warnings.is_empty()
        && let Value::Object(envelope) = &mut envelope
    {
        envelope.insert("warnings".to_owned(), json!(warnings));
    }
    json_response(StatusCode::OK, &envelope)
}

/// A failure in Prometheus' envelope.
pub(crate) fn failure(failure: &Failure) -> Response<Body> {
    let (status, kind, message) = match failure {
        Failure::Bad(message) => (StatusCode::BAD_REQUEST, "bad_data", message),
        Failure::Execution(message) => (StatusCode::UNPROCESSABLE_ENTITY, "execution", message),
    };
    json_response(
        status,
        &json!({"status": "error", "errorType": kind, "error": message}),
    )
}

/// Any JSON with a status.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    typed(status, "application/json", body.to_string())
}

/// Text with a status.
pub(crate) fn text(status: StatusCode, body: &str) -> Response<Body> {
    typed(status, "text/plain; charset=utf-8", body.to_owned())
}

/// A body with its type.
pub(crate) fn typed(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The data of an instant query.
pub(crate) fn instant(worth: Worth, at: Millis) -> Value {
    match worth {
        Worth::Scalar(values) => {
            let value = values.first().copied().unwrap_or(f64::NAN);
            json!({"resultType": "scalar", "result": [seconds(at), number(value)]})
        }
        Worth::Text(text) => json!({"resultType": "string", "result": [seconds(at), text]}),
        Worth::Vector(rows) => {
            let result: Vec<Value> = sorted(rows)
                .iter()
                .filter_map(|row| {
                    let value = row.points.first().copied().flatten()?;
                    Some(json!({"metric": metric(&row.labels), "value": [seconds(at), number(value)]}))
                })
                .collect();
            json!({"resultType": "vector", "result": result})
        }
    }
}

/// The data of an instant query for a range expression.
pub(crate) fn raw(windows: &[Windows]) -> Value {
    let result: Vec<Value> = windows
        .iter()
        .filter_map(|window| {
            let samples = window.samples.get(window.spans.first()?.clone())?;
            let values: Vec<Value> = samples
                .iter()
                .map(|(at, value)| json!([seconds(*at), number(*value)]))
                .collect();
            (!values.is_empty())
                .then(|| json!({"metric": metric(&window.labels), "values": values}))
        })
        .collect();
    json!({"resultType": "matrix", "result": result})
}

/// The data of a range query.
pub(crate) fn matrix(worth: Worth, grid: Grid) -> Value {
    let rows = match worth {
        Worth::Scalar(values) => vec![Row {
            labels: Labels::default(),
            points: values.into_iter().map(Some).collect(),
        }],
        Worth::Vector(rows) => sorted(rows),
        Worth::Text(_) => Vec::new(),
    };
    let result: Vec<Value> = rows
        .iter()
        .map(|row| {
            let values: Vec<Value> = grid
                .times()
                .zip(&row.points)
                .filter_map(|(at, value)| Some(json!([seconds(at), number((*value)?)])))
                .collect();
            json!({"metric": metric(&row.labels), "values": values})
        })
        .collect();
    json!({"resultType": "matrix", "result": result})
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| a.labels.cmp(&b.labels));
    rows
}

/// One series' labels, as `/api/v1/series` lists them.
pub(crate) fn series(labels: &Labels) -> Value {
    metric(labels)
}
