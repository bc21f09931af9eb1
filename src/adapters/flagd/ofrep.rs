//! The `OpenFeature` Remote Evaluation Protocol 0.3, as far as the deck asks it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::adapters::transport::Reply;
use crate::adapters::transport::trouble::{of_status, trouble};
use crate::domain::flag::Answer;
use crate::domain::names::FlagKey;
use crate::domain::source::{Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;

#[derive(Debug, Deserialize)]
struct Bulk {
    flags: Vec<Entry>,
}

/// One flag's answer: a success or an error, told apart by `errorCode`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    key: String,
    value: Option<Value>,
    variant: Option<String>,
    reason: Option<String>,
    error_code: Option<String>,
    error_details: Option<String>,
}

/// Who the deck says it is: rules that split by user need somebody, and always the same one.
pub(super) fn context() -> Value {
    serde_json::json!({ "context": { "targetingKey": "flightdeck" } })
}

/// The answers of a bulk evaluation by flag.
pub(super) fn bulk(body: &[u8]) -> Result<BTreeMap<FlagKey, Answer>, Trouble> {
    let bulk: Bulk = serde_json::from_slice(body)
        .map_err(|e| trouble(TroubleKind::Malformed, format!("bulk evaluation: {e}")))?;
    let named = bulk.flags.into_iter().filter_map(|entry| {
        let key = FlagKey::parse(&entry.key).ok()?;
        Some((key, answer(entry)))
    });
    Ok(named.collect())
}

/// The answer to the evaluation of one flag.
pub(super) fn single(reply: &Reply) -> Answer {
    let code = reply.status.as_u16();
    let entry: Result<Entry, _> = serde_json::from_slice(&reply.body);
    match entry {
        Ok(entry) if reply.status.is_success() || entry.error_code.is_some() => answer(entry),
        Ok(_) => failed(of_status(code, format!("HTTP status {code}")).message),
        Err(error) => failed(Untrusted::new(format!("HTTP status {code}: {error}"))),
    }
}

pub(super) fn failed(message: Untrusted) -> Answer {
    Answer::Failed { message }
}

fn answer(entry: Entry) -> Answer {
    match entry.error_code.as_deref() {
        Some("FLAG_NOT_FOUND") => return Answer::NotFound,
        Some("FLAG_DISABLED") => return Answer::Disabled,
        Some(code) => {
            let details = entry.error_details.unwrap_or_default();
            return failed(Untrusted::new(
                format!("{code} {details}").trim().to_owned(),
            ));
        }
        None => {}
    }
    let reason = entry.reason.unwrap_or_default();
    match entry.value {
        _ if reason == "DISABLED" => Answer::Disabled,
        Some(value) => Answer::Served {
            value,
            variant: entry.variant.map(Untrusted::new),
            reason: Untrusted::new(reason),
        },
        // flagd 0.16: no value means that the caller's own default holds.
        None => failed(Untrusted::new(format!("no value, reason {reason:?}"))),
    }
}
