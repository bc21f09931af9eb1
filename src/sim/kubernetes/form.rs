//! In which form a client wants its answer: whole objects, metadata only, or a table.
//!
//! Clients name the form in `Accept`; the first that the server has is used.

use super::query::Query;
use super::status::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    /// `PartialObjectMetadata` of `meta.k8s.io` in this version.
    Metadata(&'static str),
    /// `Table` of `meta.k8s.io` in this version, with what of each object.
    Table(&'static str, Include),
}

/// What a table's row carries of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    Nothing,
    Metadata,
    Object,
}

impl Form {
    pub(crate) fn negotiate(accept: Option<&str>, query: &Query) -> Result<Self, Failure> {
        let accept = accept.filter(|accept| !accept.trim().is_empty());
        let include = match query.get("includeObject") {
            "" | "Metadata" => Include::Metadata,
            "None" => Include::Nothing,
            "Object" => Include::Object,
            other => {
                let why = format!("unrecognized includeObject value: \"{other}\"");
                return Err(Failure::bad_request(why));
            }
        };
        accept
            .unwrap_or("application/json")
            .split(',')
            .find_map(|clause| Self::of(clause, include))
            .ok_or_else(Failure::not_acceptable)
    }

    fn of(clause: &str, include: Include) -> Option<Self> {
        let mut parts = clause.split(';').map(str::trim);
        let media = parts.next()?;
        if !matches!(media, "application/json" | "application/*" | "*/*") {
            return None;
        }
        let (mut shape, mut group, mut version) = ("", "", "");
        for part in parts {
            match part.split_once('=') {
                Some(("as", value)) => shape = value,
                Some(("g", value)) => group = value,
                Some(("v", value)) => version = value,
                _ => {}
            }
        }
        let version = match (group, version) {
            ("meta.k8s.io", "v1") => Some("v1"),
            ("meta.k8s.io", "v1beta1") => Some("v1beta1"),
            _ => None,
        };
        match shape {
            "" => Some(Self::Whole),
            "Table" => Some(Self::Table(version?, include)),
            "PartialObjectMetadata" | "PartialObjectMetadataList" => Some(Self::Metadata(version?)),
            _ => None,
        }
    }
}
