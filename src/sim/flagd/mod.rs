//! A simulated flagd: OFREP (protocol 0.3) as version 0.16 and later answers it.
//!
//! Each instance learns of a change a little later than the others, as informers do, so that "3 of 4" can be seen.

mod definitions;
#[cfg(test)]
mod tests;

use http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Map, Value, json};

pub(crate) use definitions::{Definitions, Resolution};

use super::prometheus::Millis;
use super::scenario::Side;
use super::serve::{Body, Handler, whole};
use super::world::{Shared, static_context};

/// How many instances of flagd each cluster has.
pub(crate) const INSTANCES: usize = 4;

/// How much later than the write each instance evaluates it.
const DELAYS: [Millis; INSTANCES] = [90, 140, 220, 650];

const SINGLE: &str = "/ofrep/v1/evaluate/flags/";

/// One instance of flagd.
#[derive(Clone, Debug)]
pub(crate) struct Flagd {
    world: Shared,
    side: Side,
    instance: usize,
}

impl Flagd {
    pub(crate) fn new(world: Shared, side: Side, instance: usize) -> Self {
        Self {
            world,
            side,
            instance,
        }
    }

    /// The definitions that this instance has heard of by now.
    fn definitions(&self) -> std::sync::Arc<Definitions> {
        let delay = DELAYS.get(self.instance).copied().unwrap_or_default();
        let now = self.world.clock().now().as_millisecond();
        self.world.look(|world| {
            world
                .cluster(self.side)
                .map(|cluster| cluster.flags.at(now - delay))
                .unwrap_or_default()
        })
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Body> {
        let path = request.uri().path();
        let bulk = path == SINGLE.trim_end_matches('/');
        let key = path
            .strip_prefix(SINGLE)
            .filter(|key| !key.is_empty() && !key.contains('/'));
        if !bulk && key.is_none() {
            return if matches!(path, "/healthz" | "/readyz") {
                Response::new(whole(""))
            } else {
                answer(
                    StatusCode::NOT_FOUND,
                    &json!({"code": 404, "message": "not found"}),
                )
            };
        }
        if request.method() != Method::POST {
            return answer(
                StatusCode::METHOD_NOT_ALLOWED,
                &json!({"code": 405, "message": "use POST"}),
            );
        }
        let Some(context) = self.context(request.body()) else {
            let mut body = json!({"errorCode": "PARSE_ERROR", "errorDetails": "the body is no evaluation request"});
            if let (Some(key), Value::Object(body)) = (key, &mut body) {
                body.insert("key".to_owned(), json!(key));
            }
            return answer(StatusCode::BAD_REQUEST, &body);
        };
        let definitions = self.definitions();
        match key {
            Some(key) => single(&definitions, key, &context),
            None => all(&definitions, &context, request),
        }
    }

    /// The request's context over the instance's own; an empty body is an empty context.
    fn context(&self, body: &Bytes) -> Option<Map<String, Value>> {
        let mut context = static_context(self.side);
        if body.is_empty() {
            return Some(context);
        }
        let Ok(Value::Object(request)) = serde_json::from_slice(body) else {
            return None;
        };
        match request.get("context") {
            Some(Value::Object(given)) => {
                let statics = context.clone();
                context.extend(given.clone());
                context.extend(statics);
                Some(context)
            }
            None | Some(Value::Null) => Some(context),
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => None,
        }
    }
}

impl Handler for Flagd {
    async fn handle(&self, request: Request<Bytes>) -> Response<Body> {
        self.answer(&request)
    }
}

fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(whole(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// One flag's answer, with its status.
fn resolved(key: &str, resolution: Resolution) -> (StatusCode, Value) {
    match resolution {
        Resolution::Served {
            value,
            variant,
            reason,
            metadata,
        } => (
            StatusCode::OK,
            json!({"key": key, "value": value, "variant": variant, "reason": reason, "metadata": metadata}),
        ),
        Resolution::Disabled { metadata } => (
            StatusCode::OK,
            json!({"key": key, "reason": "DISABLED", "metadata": metadata}),
        ),
        Resolution::NotFound => (
            StatusCode::NOT_FOUND,
            json!({
                "key": key, "errorCode": "FLAG_NOT_FOUND",
                "errorDetails": format!("flag `{key}` does not exist"),
            }),
        ),
        Resolution::Broken(why) => (
            StatusCode::BAD_REQUEST,
            json!({"key": key, "errorCode": "PARSE_ERROR", "errorDetails": why}),
        ),
    }
}

fn single(definitions: &Definitions, key: &str, context: &Map<String, Value>) -> Response<Body> {
    let (status, body) = resolved(key, definitions.evaluate(key, context));
    answer(status, &body)
}

fn all(
    definitions: &Definitions,
    context: &Map<String, Value>,
    request: &Request<Bytes>,
) -> Response<Body> {
    let flags: Vec<Value> = definitions
        .keys()
        .map(|key| resolved(key, definitions.evaluate(key, context)).1)
        .collect();
    let body = json!({"flags": flags, "metadata": definitions.set_metadata()});
    let etag = format!(
        "\"{}\"",
        super::hash::hex(&format!("{}{body}", definitions.etag), 32)
    );
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if known {
        let mut response = Response::new(whole(""));
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        answer(StatusCode::OK, &body)
    };
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}
