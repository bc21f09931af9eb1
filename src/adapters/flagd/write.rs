//! The one change: the state of a flag, if everything is still as it was when the plan was made. Sent once; where nobody
//! can know whether it arrived, the outcome is unknown, and reading decides.

use http::HeaderValue;
use json_patch::{PatchOperation, ReplaceOperation, TestOperation, jsonptr::PointerBuf};
use kube::Resource as _;
use kube::api::{Patch, PatchParams};
use kube::core::{DynamicObject, Request};
use serde_json::Value;

use crate::adapters::transport::Clients;
use crate::adapters::transport::clients::{WRITE_DEADLINE, cluster_uid};
use crate::adapters::transport::trouble::{of_kube, trouble, was_never_sent};
use crate::domain::flag::{Changed, FlagSource, FlagState};
use crate::domain::names::{ClusterUid, OpId};
use crate::domain::source::{Trouble, TroubleKind};
use crate::domain::write::SetFlag;

use super::{json_text, map, object};

/// What the API server stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The object's resource version after the change.
    pub resource_version: String,
}

/// What stands in the cluster instead of what the plan expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The object's uid.
    pub uid: String,
    /// Its resource version.
    pub resource_version: String,
    /// The flag's state; none if the flag is gone or can't be read.
    pub state: Option<FlagState>,
    /// Who changed it last.
    pub changed: Option<Changed>,
}

/// Why a flag was not set, by what can be known about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The context leads to another cluster than the plan was made for. Nothing was sent.
    #[error("this is another cluster than planned: its uid is {found}")]
    OtherCluster {
        /// The cluster that answered.
        found: ClusterUid,
    },
    /// The object is not as the plan expected. Nothing was changed.
    #[error("it has changed since the plan was made")]
    Changed {
        /// What is there now; none if the object is gone.
        found: Option<Found>,
    },
    /// The API server refused. Nothing was changed.
    #[error("refused: {}", why.message)]
    Refused {
        /// How.
        why: Trouble,
    },
    /// It could not be sent. Nothing was changed.
    #[error("not sent: {}", why.message)]
    NotSent {
        /// How.
        why: Trouble,
    },
    /// It was sent, and no clear answer came: it may have been carried out. Never send it again; read.
    #[error("outcome unknown: {}", why.message)]
    Unknown {
        /// How.
        why: Trouble,
    },
}

/// Sets the state of a flag: one PATCH with all preconditions in it, under an `Audit-ID` that the cluster's audit log
/// keeps, by the field manager given. Undo is the same write with `from` and `to` changed over, on what is there then.
pub async fn set_flag(
    clients: &Clients,
    write: &SetFlag,
    op: &OpId,
    audit_id: &str,
    manager: &str,
) -> Result<Written, WriteError> {
    tracing::info!(%op, audit_id, key = %write.key, to = write.to.as_str(), "set flag");
    let params = PatchParams {
        field_manager: Some(manager.to_owned()),
        ..PatchParams::default()
    };
    send(clients, write, Some(audit_id), &params).await
}

/// The same patch with `dryRun=All`: whether the API server, its policies included, would take it now.
pub async fn dry_run(clients: &Clients, write: &SetFlag, manager: &str) -> Result<(), WriteError> {
    let params = PatchParams {
        field_manager: Some(manager.to_owned()),
        dry_run: true,
        ..PatchParams::default()
    };
    send(clients, write, None, &params).await.map(|_| ())
}

async fn send(
    clients: &Clients,
    write: &SetFlag,
    audit_id: Option<&str>,
    params: &PatchParams,
) -> Result<Written, WriteError> {
    check_cluster(clients, write).await?;
    let patch = patch(clients, write).await?;
    let request = request(write, audit_id, params, patch)?;
    let sent = clients.write.request::<DynamicObject>(request);
    let error = match tokio::time::timeout(WRITE_DEADLINE, sent).await {
        Ok(Ok(stored)) => {
            let resource_version = stored.metadata.resource_version.unwrap_or_default();
            return Ok(Written { resource_version });
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let seconds = WRITE_DEADLINE.as_secs();
            return Err(WriteError::Unknown {
                why: trouble(
                    TroubleKind::TimedOut,
                    format!("no answer within {seconds} s"),
                ),
            });
        }
    };
    let why = of_kube(&error);
    let kube::Error::Api(status) = &error else {
        return Err(if was_never_sent(&error) {
            WriteError::NotSent { why }
        } else {
            WriteError::Unknown { why }
        });
    };
    Err(match status.code {
        // A failed test is 422, a lost race 409, a policy may be either: what is there now tells them apart.
        404 | 409 | 422 => instead(clients, write, why).await,
        400..=407 | 410..=499 => WriteError::Refused { why },
        _ => WriteError::Unknown { why },
    })
}

/// The cluster must be the planned one now: a kubeconfig can change under a running deck.
async fn check_cluster(clients: &Clients, write: &SetFlag) -> Result<(), WriteError> {
    match cluster_uid(&clients.read).await {
        Ok(found) if found == write.cluster_uid => Ok(()),
        Ok(found) => Err(WriteError::OtherCluster { found }),
        Err(why) => Err(WriteError::NotSent { why }),
    }
}

fn pointer<'a>(path: impl IntoIterator<Item = &'a str>) -> PointerBuf {
    PointerBuf::from_tokens(path)
}

fn test(path: PointerBuf, value: impl Into<Value>) -> PatchOperation {
    let value = value.into();
    PatchOperation::Test(TestOperation { path, value })
}

fn replace(path: PointerBuf, value: impl Into<Value>) -> PatchOperation {
    let value = value.into();
    PatchOperation::Replace(ReplaceOperation { path, value })
}

async fn patch(clients: &Clients, write: &SetFlag) -> Result<json_patch::Patch, WriteError> {
    let mut patch = vec![
        test(pointer(["metadata", "uid"]), write.uid.as_str()),
        test(
            pointer(["metadata", "resourceVersion"]),
            write.resource_version.as_str(),
        ),
    ];
    match &write.source {
        FlagSource::FeatureFlag { .. } => {
            let key = write.key.as_str();
            let state = pointer(["spec", "flagSpec", "flags", key, "state"]);
            patch.push(test(state.clone(), write.from.as_str()));
            patch.push(replace(state, write.to.as_str()));
        }
        FlagSource::ConfigMap { key, .. } => {
            let (old, new) = texts(clients, write, key).await?;
            let text = pointer(["data", key.as_str()]);
            patch.push(test(text.clone(), old));
            patch.push(replace(text, new));
        }
    }
    Ok(json_patch::Patch(patch))
}

/// The text under a `ConfigMap`'s key, as it is and as it will be.
async fn texts(
    clients: &Clients,
    write: &SetFlag,
    key: &str,
) -> Result<(String, String), WriteError> {
    let source = &write.source;
    let got = object::get(&clients.read, source).await;
    let got = got.map_err(|why| {
        if why.kind == TroubleKind::NotFound {
            WriteError::Changed { found: None }
        } else {
            WriteError::NotSent { why }
        }
    })?;
    let found = found(write, &got);
    let expected = (write.uid.as_str(), write.resource_version.as_str());
    if object::identity(&got.metadata) != expected || found.state != Some(write.from) {
        return Err(WriteError::Changed { found: Some(found) });
    }
    let not_sent = |why: Trouble| WriteError::NotSent { why };
    let old = object::text(source, key, &got).map_err(not_sent)?;
    let path = ["flags", write.key.as_str(), "state"];
    let new = json_text::replaced(old, &path, &format!("\"{}\"", write.to.as_str()));
    // The edit goes by the text; that it means the intended change, and nothing else, is proved by parsing it.
    let mut wanted = object::parse(source, old).map_err(not_sent)?;
    if let Some(state) = wanted
        .get_mut("flags")
        .and_then(|flags| flags.get_mut(write.key.as_str())?.get_mut("state"))
    {
        *state = Value::from(write.to.as_str());
    }
    let same = |new: &String| serde_json::from_str::<Value>(new).is_ok_and(|new| new == wanted);
    match new.filter(same) {
        Some(new) => Ok((old.to_owned(), new)),
        None => Err(not_sent(trouble(
            TroubleKind::Malformed,
            format!("{source}: the flag's state can't be found in the text"),
        ))),
    }
}

fn request(
    write: &SetFlag,
    audit_id: Option<&str>,
    params: &PatchParams,
    patch: json_patch::Patch,
) -> Result<http::Request<Vec<u8>>, WriteError> {
    let not_sent = |message: String| WriteError::NotSent {
        why: trouble(TroubleKind::Malformed, message),
    };
    let source = &write.source;
    let namespace = Some(source.namespace().as_str());
    let url = DynamicObject::url_path(&object::resource(source), namespace);
    let patch: Patch<()> = Patch::Json(patch);
    let mut request = Request::new(url)
        .patch(source.name().as_str(), params, &patch)
        .map_err(|e| not_sent(e.to_string()))?;
    if let Some(audit_id) = audit_id {
        let audit_id = HeaderValue::from_str(audit_id).map_err(|e| not_sent(e.to_string()))?;
        request.headers_mut().insert("Audit-ID", audit_id);
    }
    Ok(request)
}

/// What is there instead; if it is what the plan expected, the API server refused for another reason.
async fn instead(clients: &Clients, write: &SetFlag, why: Trouble) -> WriteError {
    match object::get(&clients.read, &write.source).await {
        Ok(got) => {
            let found = found(write, &got);
            let as_planned = found.uid == write.uid
                && found.resource_version == write.resource_version
                && found.state == Some(write.from);
            if as_planned {
                WriteError::Refused { why }
            } else {
                WriteError::Changed { found: Some(found) }
            }
        }
        Err(read) if read.kind == TroubleKind::NotFound => WriteError::Changed { found: None },
        Err(_) => WriteError::Refused { why },
    }
}

fn found(write: &SetFlag, object: &DynamicObject) -> Found {
    let source = &write.source;
    let key = write.key.as_str();
    let document;
    let flags = match source {
        FlagSource::FeatureFlag { .. } => object.data.pointer("/spec/flagSpec/flags"),
        FlagSource::ConfigMap { key, .. } => {
            let text = object::text(source, key, object).ok();
            document = text.and_then(|text| object::parse(source, text).ok());
            document.as_ref().and_then(|document| document.get("flags"))
        }
    };
    let (uid, resource_version) = object::identity(&object.metadata);
    Found {
        uid: uid.to_owned(),
        resource_version: resource_version.to_owned(),
        state: flags.and_then(|flags| map::state(flags.get(key)?)),
        changed: map::changed(source, &object.metadata, key),
    }
}
