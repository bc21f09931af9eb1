//! An answer before it is HTTP: status, media type, body.
//!
//! Every handler ends here, so that failures look the same wherever they come from.

use http::StatusCode;
use serde_json::Value;

use super::discovery;
use super::status::Failure;
use crate::sim::serve::{self, Body};

/// An answer before it is dressed as HTTP.
pub(crate) struct Answer {
    pub(crate) code: StatusCode,
    pub(crate) media: String,
    pub(crate) body: Body,
}

impl Answer {
    pub(crate) fn json(code: StatusCode, value: &Value) -> Self {
        Self::bytes(
            "application/json".to_owned(),
            code,
            value.to_string().into_bytes(),
        )
    }

    pub(crate) fn bytes(media: String, code: StatusCode, bytes: Vec<u8>) -> Self {
        Self {
            code,
            media,
            body: serve::whole(bytes),
        }
    }

    pub(crate) fn failure(failure: &Failure) -> Self {
        let code = StatusCode::from_u16(failure.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::json(code, &failure.to_value())
    }

    /// 404 as JSON from a group that is here, as plain text from none.
    pub(crate) fn nothing_at(parts: &[&str]) -> Result<Self, Failure> {
        if matches!(parts, ["api", ..])
            || matches!(parts, ["apis", group, ..] if discovery::has_group(group))
        {
            return Err(Failure::no_path());
        }
        let (media, text) = ("text/plain; charset=utf-8", b"404 page not found\n");
        Ok(Self::bytes(
            media.to_owned(),
            StatusCode::NOT_FOUND,
            text.to_vec(),
        ))
    }
}
