//! The row of a pod in a table: readiness, the word for its state, restarts.
//!
//! The state is not a field of the pod; the server derives it, and people know pods by it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::age::since;
use super::columns::{each, number, or_none};
use super::object::{name, text};

pub(crate) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let statuses: Vec<&Value> = each(pod, "/status/containerStatuses").collect();
    let ready = statuses.iter().filter(|one| is_ready(one)).count();
    let total = each(pod, "/spec/containers").count();
    let restarts: i64 = statuses
        .iter()
        .map(|one| number(one, "/restartCount"))
        .sum();
    let ended = statuses
        .iter()
        .map(|one| text(one, "/lastState/terminated/finishedAt"))
        .max()
        .unwrap_or_default();
    let restarts = if restarts > 0 && !ended.is_empty() {
        format!("{restarts} ({} ago)", since(ended, now))
    } else {
        restarts.to_string()
    };
    vec![
        json!(name(pod)),
        json!(format!("{ready}/{total}")),
        json!(state(pod, &statuses)),
        json!(restarts),
        json!(since(text(pod, "/metadata/creationTimestamp"), now)),
        or_none(text(pod, "/status/podIP")),
        or_none(text(pod, "/spec/nodeName")),
        or_none(text(pod, "/status/nominatedNodeName")),
        or_none(""),
    ]
}

fn is_ready(status: &Value) -> bool {
    status.get("ready") == Some(&Value::Bool(true)) && status.pointer("/state/running").is_some()
}

/// Why a container is not running, as the table says it.
fn ended(status: &Value) -> Option<String> {
    let waiting = text(status, "/state/waiting/reason");
    if !waiting.is_empty() {
        return Some(waiting.to_owned());
    }
    status.pointer("/state/terminated")?;
    let reason = text(status, "/state/terminated/reason");
    let signal = number(status, "/state/terminated/signal");
    Some(if !reason.is_empty() {
        reason.to_owned()
    } else if signal != 0 {
        format!("Signal:{signal}")
    } else {
        format!("ExitCode:{}", number(status, "/state/terminated/exitCode"))
    })
}

fn state(pod: &Value, statuses: &[&Value]) -> String {
    let phase = text(pod, "/status/phase");
    let mut reason = match text(pod, "/status/reason") {
        "" => phase.to_owned(),
        reason => reason.to_owned(),
    };
    let initial: Vec<&Value> = each(pod, "/status/initContainerStatuses").collect();
    let unfinished = initial.iter().enumerate().find(|(_, one)| {
        one.pointer("/state/terminated/exitCode")
            .and_then(Value::as_i64)
            != Some(0)
    });
    if let Some((at, one)) = unfinished {
        reason = match ended(one) {
            Some(why) if why != "PodInitializing" => format!("Init:{why}"),
            Some(_) | None => format!("Init:{at}/{}", each(pod, "/spec/initContainers").count()),
        };
    } else {
        // The first container that is not well speaks for the pod.
        if let Some(why) = statuses.iter().find_map(|one| ended(one)) {
            reason = why;
        }
        if reason == "Completed" && statuses.iter().any(|one| is_ready(one)) {
            "Running".clone_into(&mut reason);
        }
    }
    let leaving = !text(pod, "/metadata/deletionTimestamp").is_empty();
    if leaving && !matches!(phase, "Succeeded" | "Failed") {
        "Terminating".clone_into(&mut reason);
    }
    reason
}
