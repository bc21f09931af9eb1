//! From what libraries call errors to what an operator can do about them.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::time::Duration;

use crate::domain::source::{Trouble, TroubleKind};
use crate::domain::untrusted::Untrusted;

/// Trouble of a kind, with a message.
pub fn trouble(kind: TroubleKind, message: impl Into<String>) -> Trouble {
    Trouble {
        kind,
        message: Untrusted::new(message),
    }
}

/// What an HTTP status other than success means.
pub fn of_status(code: u16, message: impl Into<String>) -> Trouble {
    let kind = match code {
        401 => TroubleKind::Unauthorized,
        403 => TroubleKind::Forbidden,
        404 | 410 => TroubleKind::NotFound,
        408 | 504 => TroubleKind::TimedOut,
        429 => TroubleKind::Throttled,
        500..=599 => TroubleKind::ServerError,
        _ => TroubleKind::Malformed,
    };
    let message: String = message.into();
    let message = if message.trim().is_empty() {
        format!("HTTP status {code}")
    } else {
        message
    };
    trouble(kind, message)
}

/// What an error of the HTTP client means.
pub fn of_http(error: &reqwest::Error) -> Trouble {
    if let Some(status) = error.status() {
        return of_status(status.as_u16(), chain(error));
    }
    let kind = if error.is_timeout() || has_timeout(error) {
        TroubleKind::TimedOut
    } else if error.is_decode() || error.is_builder() || error.is_redirect() {
        TroubleKind::Malformed
    } else {
        TroubleKind::Unreachable
    };
    trouble(kind, chain(error))
}

/// What an error of the Kubernetes client means.
pub fn of_kube(error: &kube::Error) -> Trouble {
    use kube::Error;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a foreign enum; the rest is a mistake of the configuration or of the server"
    )]
    let kind = match error {
        Error::Api(status) => return of_kube_status(status),
        Error::HyperError(_) | Error::Service(_) | Error::ReadEvents(_) => {
            if has_timeout(error) {
                TroubleKind::TimedOut
            } else {
                TroubleKind::Unreachable
            }
        }
        Error::Auth(_) => TroubleKind::Unauthorized,
        Error::UpgradeConnection(_) => TroubleKind::Unreachable,
        _ => TroubleKind::Malformed,
    };
    trouble(kind, chain(error))
}

/// What a refusal of an API server means.
pub fn of_kube_status(status: &kube::core::Status) -> Trouble {
    let message = if status.message.is_empty() {
        status.reason.clone()
    } else {
        status.message.clone()
    };
    // An API server says Timeout with 500 or 504, and TooManyRequests while it starts.
    match status.reason.as_str() {
        "Timeout" | "ServerTimeout" => trouble(TroubleKind::TimedOut, message),
        _ => of_status(status.code, message),
    }
}

/// The status that an API server answered with, where it answered at all.
pub fn code_of_kube(error: &kube::Error) -> Option<u16> {
    if let kube::Error::Api(status) = error {
        Some(status.code)
    } else {
        None
    }
}

/// Gives a request a deadline in real time.
pub async fn within<T, E>(
    deadline: Duration,
    of: impl FnOnce(&E) -> Trouble,
    request: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(deadline, request).await {
        Ok(answer) => answer.map_err(|error| of(&error)),
        Err(_) => Err(trouble(
            TroubleKind::TimedOut,
            format!("no answer within {} s", deadline.as_secs_f32()),
        )),
    }
}

/// An error with its causes, without those that only repeat what was said.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

fn has_timeout(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<tokio::time::error::Elapsed>()
            || cause
                .downcast_ref::<io::Error>()
                .is_some_and(|e| e.kind() == io::ErrorKind::TimedOut)
        {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Whether a request certainly never left: no connection was made, or it could not even be built.
pub fn was_never_sent(error: &kube::Error) -> bool {
    use kube::Error;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a foreign enum; whatever is not certain counts as sent"
    )]
    match error {
        Error::Auth(_) | Error::BuildRequest(_) | Error::TlsRequired => true,
        Error::Service(error) => {
            let mut next: Option<&(dyn StdError + 'static)> = Some(&**error);
            while let Some(cause) = next {
                if let Some(error) = cause.downcast_ref::<hyper_util::client::legacy::Error>() {
                    return error.is_connect();
                }
                next = cause.source();
            }
            false
        }
        _ => false,
    }
}
