//! Creating, replacing, patching and deleting, as people and programs do it through the API.
//!
//! Each write is one step under the store: it is decided and done on the same state, or refused.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::apply;
use super::event;
use super::fields::{By, Entry};
use super::kinds::{self, Kind};
use super::object::{name, namespace, remove, set, set_or_remove, text, time};
use super::objects::{Key, Objects, Owners};
use super::patch;
use super::route::Target;
use super::status::Failure;
use super::store::Store;

/// One write: what it is about, by whom, and whether it is only to be tried.
pub(crate) struct Write<'a> {
    pub(crate) store: &'a Store,
    pub(crate) target: &'a Target,
    pub(crate) manager: String,
    pub(crate) dry: bool,
}

/// The kinds of patch, by content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchKind {
    Json,
    Merge,
    Strategic,
    Apply { force: bool },
}

/// What a deletion insists on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preconditions {
    pub(crate) uid: Option<String>,
    pub(crate) version: Option<String>,
}

impl Write<'_> {
    fn kind(&self) -> &'static Kind {
        self.target.kind
    }

    fn key(&self) -> Key {
        Key::new(self.kind(), self.target.namespace(), self.target.name())
    }

    fn by(&self, apply: bool) -> By {
        let subresource = &self.target.subresource;
        By {
            manager: self.manager.clone(),
            apply,
            subresource: (!subresource.is_empty()).then(|| subresource.clone()),
        }
    }

    pub(crate) fn create(&self, body: Value) -> Result<Value, Failure> {
        let mut new = self.checked(body)?;
        if name(&new).is_empty() {
            let prefix = text(&new, "/metadata/generateName").to_owned();
            if prefix.is_empty() {
                let what = self.kind().qualified();
                let why = "Required value: name or generateName is required";
                return Err(Failure::invalid(&what, "", "metadata.name", why));
            }
            let version = self.store.read(Objects::version);
            let suffix: String = super::objects::uuid(&format!("{prefix}{version}"))
                .chars()
                .take(5)
                .collect();
            set(
                &mut new,
                &["metadata", "name"],
                json!(format!("{prefix}{suffix}")),
            );
        }
        for field in [
            "uid",
            "creationTimestamp",
            "generation",
            "deletionTimestamp",
        ] {
            remove(&mut new, &["metadata", field]);
        }
        settle(self.kind(), None, &mut new, "");
        let key = Key::new(self.kind(), self.target.namespace(), name(&new));
        self.store.write(|objects, now| {
            if objects.get(&key).is_some() {
                return Err(Failure::exists(self.kind(), &key.name));
            }
            self.namespace_is_there(objects)?;
            Ok(self.commit(objects, new, &Owners::Update(&self.by(false)), now))
        })
    }

    pub(crate) fn update(&self, body: Value) -> Result<Value, Failure> {
        let new = self.checked(body)?;
        if name(&new) != self.target.name() {
            return Err(Failure::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({})",
                name(&new),
                self.target.name()
            )));
        }
        let version = text(&new, "/metadata/resourceVersion");
        if version.is_empty() && (self.kind().custom || self.kind().plural == "leases") {
            let why = "Invalid value: 0: must be specified for an update";
            let what = self.kind().qualified();
            return Err(Failure::invalid(
                &what,
                name(&new),
                "metadata.resourceVersion",
                why,
            ));
        }
        self.store.write(|objects, now| {
            let old = self.present(objects)?;
            self.replace(objects, &old, new, None, now)
        })
    }

    /// Whether the object that a patch is for is not there.
    pub(crate) fn is_missing(&self) -> bool {
        self.store
            .read(|objects| objects.get(&self.key()).is_none())
    }

    /// The object after the patch, and whether it was made by it.
    pub(crate) fn patch(&self, how: PatchKind, patch: &Value) -> Result<(Value, bool), Failure> {
        self.store.write(|objects, now| {
            if let PatchKind::Apply { force } = how {
                return self.apply(objects, patch, force, now);
            }
            let old = self.present(objects)?;
            let kind = self.kind();
            let mut new = event::shown(kind, &old).unwrap_or_else(|| old.clone());
            match how {
                PatchKind::Json => patch::json(&mut new, patch)?,
                PatchKind::Merge => patch::merge(&mut new, patch)?,
                PatchKind::Strategic => patch::strategic(&mut new, patch)?,
                PatchKind::Apply { .. } => {}
            }
            let new = event::stored(kind, new);
            if (name(&new), namespace(&new)) != (name(&old), namespace(&old)) {
                return Err(Failure::bad_request(format!(
                    "the name of the object ({}) does not match the name on the URL ({})",
                    name(&new),
                    self.target.name()
                )));
            }
            let uid = text(&new, "/metadata/uid");
            if uid != text(&old, "/metadata/uid") {
                let why = format!("Invalid value: \"{uid}\": field is immutable");
                let what = kind.qualified();
                return Err(Failure::invalid(&what, name(&old), "metadata.uid", &why));
            }
            Ok((self.replace(objects, &old, new, None, now)?, false))
        })
    }

    fn apply(
        &self,
        objects: &mut Objects,
        wanted: &Value,
        force: bool,
        now: Timestamp,
    ) -> Result<(Value, bool), Failure> {
        let kind = self.kind();
        if wanted.pointer("/metadata/managedFields").is_some() {
            return Err(Failure::bad_request("metadata.managedFields must be nil"));
        }
        let mut wanted = self.checked(wanted.clone())?;
        set(
            &mut wanted,
            &["metadata", "name"],
            json!(self.target.name()),
        );
        let old = objects.get(&self.key()).map(|old| Value::clone(old));
        let by = self.by(true);
        let (mut new, entries) = apply::apply(kind, old.as_ref(), &wanted, &by, force, now)?;
        if let Some(old) = old {
            let version = wanted.pointer("/metadata/resourceVersion").cloned();
            set_or_remove(&mut new, &["metadata", "resourceVersion"], version);
            let done = self.replace(objects, &old, new, Some(&entries), now)?;
            return Ok((done, false));
        }
        self.namespace_is_there(objects)?;
        settle(kind, None, &mut new, "");
        let made = self.commit(objects, new, &Owners::Given(&entries), now);
        Ok((made, true))
    }

    /// What was deleted, or the object where finalizers still hold it.
    pub(crate) fn delete(&self, wanted: &Preconditions) -> Result<Value, Failure> {
        let kind = self.kind();
        self.store.write(|objects, now| {
            let mut old = self.present(objects)?;
            let uid = text(&old, "/metadata/uid").to_owned();
            if let Some(wanted) = wanted.uid.as_ref().filter(|wanted| **wanted != uid) {
                let why = format!(
                    "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
                );
                return Err(Failure::precondition(kind, self.target.name(), &why));
            }
            let version = text(&old, "/metadata/resourceVersion");
            if let Some(wanted) = wanted.version.as_ref().filter(|wanted| *wanted != version) {
                let why = format!(
                    "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
                );
                return Err(Failure::precondition(kind, self.target.name(), &why));
            }
            if is_held(&old) {
                if text(&old, "/metadata/deletionTimestamp").is_empty() {
                    set(&mut old, &["metadata", "deletionTimestamp"], json!(time(now)));
                    set(&mut old, &["metadata", "deletionGracePeriodSeconds"], json!(0));
                }
                return Ok(self.commit(objects, old, &Owners::Update(&self.by(false)), now));
            }
            if !self.dry {
                objects.remove(&self.key());
            }
            let mut details = json!({"name": self.target.name(), "kind": kind.plural, "uid": uid});
            if !kind.group.is_empty() {
                set(&mut details, &["group"], json!(kind.group));
            }
            Ok(json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
            }))
        })
    }

    fn present(&self, objects: &Objects) -> Result<Value, Failure> {
        let found = objects.get(&self.key()).map(|found| Value::clone(found));
        found.ok_or_else(|| Failure::not_found(self.kind(), self.target.name()))
    }

    fn namespace_is_there(&self, objects: &Objects) -> Result<(), Failure> {
        match (self.kind().namespaced, kinds::by_resource("namespaces")) {
            (true, Some(namespaces)) => {
                let name = self.target.namespace();
                let found = objects.get(&Key::new(namespaces, "", name));
                let found = found.map(|_| ());
                found.ok_or_else(|| Failure::not_found(namespaces, name))
            }
            _ => Ok(()),
        }
    }

    /// Stores `new` in place of `old`, if `new` was made from it.
    fn replace(
        &self,
        objects: &mut Objects,
        old: &Value,
        mut new: Value,
        entries: Option<&[Entry]>,
        now: Timestamp,
    ) -> Result<Value, Failure> {
        let kind = self.kind();
        let said = |pointer| Some(text(&new, pointer)).filter(|text| !text.is_empty());
        let uid = text(old, "/metadata/uid");
        if let Some(wanted) = said("/metadata/uid").filter(|wanted| *wanted != uid) {
            let why = format!(
                "Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}"
            );
            return Err(Failure::conflict(kind, name(old), &why));
        }
        let version = text(old, "/metadata/resourceVersion");
        if said("/metadata/resourceVersion").is_some_and(|wanted| wanted != version) {
            return Err(Failure::modified(kind, name(old)));
        }
        settle(kind, Some(old), &mut new, &self.target.subresource);
        let by = self.by(false);
        let owners = match entries {
            Some(entries) => Owners::Given(entries),
            None => Owners::Update(&by),
        };
        let done = self.commit(objects, new, &owners, now);
        let leaving = !text(&done, "/metadata/deletionTimestamp").is_empty();
        if leaving && !is_held(&done) && !self.dry {
            objects.remove(&self.key());
        }
        Ok(done)
    }

    fn commit(
        &self,
        objects: &mut Objects,
        new: Value,
        owners: &Owners<'_>,
        now: Timestamp,
    ) -> Value {
        if self.dry {
            objects.preview(self.kind(), new, owners, now)
        } else {
            Value::clone(&objects.put(self.kind(), new, owners, now))
        }
    }

    /// The body as it is stored, if it is of the kind and the namespace that the path says.
    fn checked(&self, body: Value) -> Result<Value, Failure> {
        let kind = self.kind();
        if !body.is_object() {
            return Err(Failure::bad_request("the body is not an object"));
        }
        let (said, version) = (text(&body, "/kind"), text(&body, "/apiVersion"));
        let wanted = kind.api_version();
        if (!said.is_empty() && said != kind.kind) || (!version.is_empty() && version != wanted) {
            return Err(Failure::bad_request(format!(
                "{said} in version \"{version}\" cannot be handled as a {}: the path is for {wanted}",
                kind.kind
            )));
        }
        let mut body = event::stored(kind, body);
        if kind.namespaced {
            let (said, wanted) = (namespace(&body), self.target.namespace());
            if !said.is_empty() && said != wanted {
                return Err(Failure::bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request",
                ));
            }
            set(&mut body, &["metadata", "namespace"], json!(wanted));
        }
        Ok(body)
    }
}

fn is_held(object: &Value) -> bool {
    let finalizers = object.pointer("/metadata/finalizers");
    finalizers
        .and_then(Value::as_array)
        .is_some_and(|held| !held.is_empty())
}

/// Keeps `status` apart from the rest, keeps what a client cannot change, and fills in the server's defaults.
fn settle(kind: &Kind, old: Option<&Value>, new: &mut Value, subresource: &str) {
    if let Some(old) = old {
        if subresource == "status" {
            let status = new.get("status").cloned();
            old.clone_into(new);
            set_or_remove(new, &["status"], status);
        } else if kind.status {
            set_or_remove(new, &["status"], old.get("status").cloned());
        }
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
            let kept = old.pointer(&format!("/metadata/{field}")).cloned();
            set_or_remove(new, &["metadata", field], kept);
        }
    } else if kind.status {
        remove(new, &["status"]);
    }
    match kind.resource {
        "namespaces" if old.is_none() => {
            let name = name(new).to_owned();
            set(new, &["status"], json!({"phase": "Active"}));
            set(new, &["spec"], json!({"finalizers": ["kubernetes"]}));
            set(
                new,
                &["metadata", "labels", "kubernetes.io/metadata.name"],
                json!(name),
            );
        }
        "pods" if old.is_none() => set(new, &["status"], json!({"phase": "Pending"})),
        "services" if old.is_none() => set(new, &["status"], json!({"loadBalancer": {}})),
        "secrets" => {
            plain_text_secrets(new);
            if text(new, "/type").is_empty() {
                set(new, &["type"], json!("Opaque"));
            }
        }
        "deployments.apps" | "replicasets.apps" | "statefulsets.apps" => {
            if new.get("status").is_none() {
                set(new, &["status"], json!({}));
            }
            if new.pointer("/spec/replicas").is_none() {
                set(new, &["spec", "replicas"], json!(1));
            }
        }
        _ => {}
    }
}

/// `stringData` is only for writing: it is stored as `data`.
fn plain_text_secrets(secret: &mut Value) {
    use base64::Engine as _;
    let Some(Value::Object(plain)) = secret.get("stringData").cloned() else {
        return;
    };
    remove(secret, &["stringData"]);
    for (key, value) in plain {
        let value = value.as_str().unwrap_or_default();
        let value = base64::engine::general_purpose::STANDARD.encode(value);
        set(secret, &["data", &key], json!(value));
    }
}
