//! Objects in the form that the client asked for.
//!
//! Lists are written as they are walked: ten thousand pods are not copied to be sent.

use std::sync::Arc;

use jiff::Timestamp;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::columns;
use super::event;
use super::form::{Form, Include};
use super::kinds::Kind;

/// One object, whole or in part.
pub(crate) fn one(kind: &Kind, form: Form, object: &Value, now: Timestamp) -> Value {
    let shown = event::shown(kind, object);
    let whole = shown.as_ref().unwrap_or(object);
    match form {
        Form::Whole => whole.clone(),
        Form::Metadata(version) => metadata(whole, version),
        Form::Table(version, include) => {
            let meta = json!({"resourceVersion": whole.pointer("/metadata/resourceVersion")});
            let mut out = table(kind, version, true, &meta);
            super::object::set(
                &mut out,
                &["rows"],
                json!([row(kind, object, whole, version, include, now)]),
            );
            out
        }
    }
}

/// A watch's later rows come without the columns, which the first brought.
pub(crate) fn without_columns(mut table: Value) -> Value {
    if let Some(columns) = table.get_mut("columnDefinitions") {
        *columns = Value::Null;
    }
    table
}

fn metadata(object: &Value, version: &str) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": format!("meta.k8s.io/{version}"),
        "metadata": object.get("metadata"),
    })
}

fn row(
    kind: &Kind,
    stored: &Value,
    shown: &Value,
    version: &str,
    include: Include,
    now: Timestamp,
) -> Value {
    let object = match include {
        Include::Nothing => Value::Null,
        Include::Metadata => metadata(shown, version),
        Include::Object => shown.clone(),
    };
    json!({"cells": columns::cells(kind, stored, now), "object": object})
}

/// A table without rows.
pub(crate) fn table(kind: &Kind, version: &str, headers: bool, metadata: &Value) -> Value {
    let custom = kind.custom;
    let columns: Vec<Value> = columns::columns(kind)
        .map(|(name, wide)| {
            let format = if name == "Name" { "name" } else { "" };
            let kind = match name {
                "Up-to-date" | "Available" | "Desired" | "Current" => "integer",
                "Age" if custom => "date",
                _ => "string",
            };
            json!({
                "name": name, "type": kind, "format": format, "description": "",
                "priority": i32::from(wide),
            })
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": format!("meta.k8s.io/{version}"),
        "metadata": metadata,
        "columnDefinitions": if headers { Value::Array(columns) } else { Value::Null },
        "rows": [],
    })
}

/// A list, as bytes.
pub(crate) fn list(
    kind: &Kind,
    form: Form,
    objects: &[Arc<Value>],
    metadata: Value,
    now: Timestamp,
) -> Vec<u8> {
    let list = List {
        kind,
        form,
        objects,
        metadata,
        now,
    };
    // JSON values always serialize.
    serde_json::to_vec(&list).unwrap_or_default()
}

struct List<'a> {
    kind: &'a Kind,
    form: Form,
    objects: &'a [Arc<Value>],
    metadata: Value,
    now: Timestamp,
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let meta = |version: &str| format!("meta.k8s.io/{version}");
        let (kind, version) = match self.form {
            Form::Whole => (format!("{}List", self.kind.kind), self.kind.api_version()),
            Form::Metadata(version) => ("PartialObjectMetadataList".to_owned(), meta(version)),
            Form::Table(version, _) => ("Table".to_owned(), meta(version)),
        };
        map.serialize_entry("kind", &kind)?;
        map.serialize_entry("apiVersion", &version)?;
        map.serialize_entry("metadata", &self.metadata)?;
        if let Form::Table(version, _) = self.form {
            let mut empty = table(self.kind, version, true, &Value::Null);
            let columns = empty.get_mut("columnDefinitions").map(Value::take);
            map.serialize_entry("columnDefinitions", &columns)?;
            map.serialize_entry("rows", &Items(self))?;
        } else {
            map.serialize_entry("items", &Items(self))?;
        }
        map.end()
    }
}

struct Items<'a>(&'a List<'a>);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = self.0;
        let mut items = serializer.serialize_seq(Some(list.objects.len()))?;
        for object in list.objects {
            let shown = event::shown(list.kind, object);
            let whole = shown.as_ref().unwrap_or(object);
            match list.form {
                Form::Whole => items.serialize_element(&Item {
                    object: whole,
                    typed: list.kind.custom,
                })?,
                Form::Metadata(version) => items.serialize_element(&metadata(whole, version))?,
                Form::Table(version, include) => items.serialize_element(&row(
                    list.kind, object, whole, version, include, list.now,
                ))?,
            }
        }
        items.end()
    }
}

/// An item of a list: those of built-in kinds do not repeat their type.
struct Item<'a> {
    object: &'a Value,
    typed: bool,
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.object.as_object().into_iter().flatten();
        serializer.collect_map(
            fields.filter(|(field, _)| {
                self.typed || !matches!(field.as_str(), "kind" | "apiVersion")
            }),
        )
    }
}
