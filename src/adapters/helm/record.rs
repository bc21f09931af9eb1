//! Opens a release record: base64 of gzip of JSON, as Helm 3 and Helm 4 write it.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::release::{ReleaseDetail, Revision};
use crate::domain::untrusted::Untrusted;

/// A Secret holds at most 1 MiB; unpacked, no honest chart comes near this.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// What is wrong with a release record.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error("not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    #[error("not gzip: {0}")]
    Gzip(#[from] std::io::Error),
    #[error("more than {} MiB unpacked", MOST_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("not a release: {0}")]
    Json(#[from] serde_json::Error),
}

#[derive(Debug, Deserialize)]
struct Wire {
    info: Info,
    chart: Chart,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Info {
    last_deployed: String,
    description: String,
    /// Newer Helm 4 only.
    rollback_revision: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chart {
    metadata: ChartMetadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ChartMetadata {
    name: String,
    version: String,
    app_version: String,
}

/// What a record holds beside its detail: read only to be compared, and dropped.
#[derive(Debug, Deserialize)]
pub(super) struct Inside {
    /// The values that a person set.
    #[serde(default, rename = "config")]
    pub(super) values: serde_json::Value,
    /// The objects as Helm applied them, as YAML documents.
    #[serde(default)]
    pub(super) manifest: String,
}

/// Opens the same for what is compared.
pub(super) fn inside(release: &[u8]) -> Result<Inside, RecordError> {
    Ok(serde_json::from_slice(&json(release)?)?)
}

/// The JSON of `data.release` of a release Secret, its first base64 (that of every Secret) already taken off.
fn json(release: &[u8]) -> Result<Vec<u8>, RecordError> {
    let packed = STANDARD.decode(release.trim_ascii())?;
    if packed.starts_with(&GZIP) {
        let mut json = Vec::new();
        let mut unpacked = GzDecoder::new(packed.as_slice()).take(MOST_BYTES + 1);
        unpacked.read_to_end(&mut json)?;
        if json.len() as u64 > MOST_BYTES {
            return Err(RecordError::TooLarge);
        }
        Ok(json)
    } else {
        // Helm before 2.7 did not pack; Helm itself still reads such records.
        Ok(packed)
    }
}

/// Opens `data.release` of a release Secret.
pub(super) fn open(release: &[u8]) -> Result<ReleaseDetail, RecordError> {
    let Wire { info, chart } = serde_json::from_slice(&json(release)?)?;
    let named = info.rollback_revision.and_then(Revision::new);
    Ok(ReleaseDetail {
        rollback_to: named.or_else(|| described(&info.description)),
        chart: Untrusted::new(chart.metadata.name),
        chart_version: Untrusted::new(chart.metadata.version),
        app_version: Some(chart.metadata.app_version)
            .filter(|v| !v.is_empty())
            .map(Untrusted::new),
        description: Untrusted::new(info.description),
        // Go writes the zero time for "never".
        last_deployed: info
            .last_deployed
            .parse()
            .ok()
            .filter(|at: &Timestamp| *at > Timestamp::UNIX_EPOCH),
    })
}

/// `Rollback to N`, as every Helm so far describes a rollback.
fn described(description: &str) -> Option<Revision> {
    let number = description.strip_prefix("Rollback to ")?;
    let digits = number.chars().all(|c| c.is_ascii_digit());
    digits
        .then(|| number.parse().ok())
        .flatten()
        .and_then(Revision::new)
}
