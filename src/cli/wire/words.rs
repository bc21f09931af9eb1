//! The words of the domain's own enums, for schemas: taken from how they are written, so that the two can't differ.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;

use crate::domain::alert::AlertState;
use crate::domain::environment::Environment;
use crate::domain::exporter::Exporter;
use crate::domain::flag::FlagState;
use crate::domain::release::ReleaseStatus;
use crate::domain::security::Affected;
use crate::domain::source::TroubleKind;
use crate::engine::advisor::advice::{Channel, RungKind};

/// One of these words.
fn one_of<T: Serialize>(values: &[T]) -> Schema {
    let words: Vec<Value> = values.iter().map(written).collect();
    json_schema!({ "type": "string", "enum": words })
}

/// One of these words, or null.
fn one_of_or_null<T: Serialize>(values: &[T]) -> Schema {
    let words: Vec<Value> = values.iter().map(written).chain([Value::Null]).collect();
    json_schema!({ "type": ["string", "null"], "enum": words })
}

fn written<T: Serialize>(value: &T) -> Value {
    // Enums without fields are written as their word; there is nothing that could fail.
    serde_json::to_value(value).unwrap_or_default()
}

/// The word of an enum's value: the tag alone where it carries fields.
pub(in crate::cli) fn tag<T: Serialize>(value: &T) -> String {
    let written = written(value);
    let of_map = || written.as_object()?.keys().next().map(String::as_str);
    written
        .as_str()
        .or_else(of_map)
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn alert_state(_: &mut SchemaGenerator) -> Schema {
    one_of(&[AlertState::Firing, AlertState::Pending])
}

pub(super) fn environment_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&Environment::ALL)
}

pub(super) fn affected(_: &mut SchemaGenerator) -> Schema {
    one_of(&Affected::ALL)
}

pub(super) fn rung(_: &mut SchemaGenerator) -> Schema {
    one_of(&RungKind::ALL)
}

pub(super) fn rung_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&RungKind::ALL)
}

pub(super) fn channels(_: &mut SchemaGenerator) -> Schema {
    let all = [
        Channel::Teams,
        Channel::Slack,
        Channel::PagerDuty,
        Channel::Executive,
        Channel::Security,
    ];
    json_schema!({ "type": "array", "items": one_of(&all) })
}

pub(super) fn trouble(_: &mut SchemaGenerator) -> Schema {
    one_of(&[
        TroubleKind::Unauthorized,
        TroubleKind::Forbidden,
        TroubleKind::Unreachable,
        TroubleKind::TimedOut,
        TroubleKind::Throttled,
        TroubleKind::NotFound,
        TroubleKind::ServerError,
        TroubleKind::Malformed,
        TroubleKind::Partial,
    ])
}

pub(super) fn flag_state(_: &mut SchemaGenerator) -> Schema {
    one_of(&[FlagState::Enabled, FlagState::Disabled])
}

pub(super) fn release_status_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&[
        ReleaseStatus::Unknown,
        ReleaseStatus::Deployed,
        ReleaseStatus::Uninstalled,
        ReleaseStatus::Superseded,
        ReleaseStatus::Failed,
        ReleaseStatus::Uninstalling,
        ReleaseStatus::PendingInstall,
        ReleaseStatus::PendingUpgrade,
        ReleaseStatus::PendingRollback,
    ])
}

pub(super) fn flag_state_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&[FlagState::Enabled, FlagState::Disabled])
}

pub(super) fn exporter(_: &mut SchemaGenerator) -> Schema {
    one_of(&Exporter::ALL)
}

pub(super) fn environment(_: &mut SchemaGenerator) -> Schema {
    one_of(&Environment::ALL)
}
