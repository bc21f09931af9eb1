//! What two revisions of a release differ in: values and objects, path by path. What may be a secret is known to differ and
//! never shown.

use serde::{Deserialize, Serialize};

use super::release::Revision;
use super::untrusted::Untrusted;

/// What two revisions of one release differ in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The one that is compared with.
    pub from: Revision,
    /// The one that is compared.
    pub to: Revision,
    /// Values that a person set, by path.
    pub values: Vec<Change>,
    /// Objects of the manifest, in the order of their kinds and names.
    pub objects: Vec<ObjectChange>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.objects.is_empty()
    }
}

/// A place whose value is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where: `image.tag`, `spec.template.spec.containers[checkout].image`.
    pub path: Untrusted,
    /// What was there; none where the place is new.
    pub before: Option<Told>,
    /// What is there; none where the place is gone.
    pub after: Option<Told>,
}

/// A value as it may be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The value.
    Value(Untrusted),
    /// It may be a secret: that it changed is all that is known here.
    Hidden,
}

/// An object of the manifest that is not the same in both revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectChange {
    /// Its kind.
    pub kind: Untrusted,
    /// Its name.
    pub name: Untrusted,
    /// How it differs.
    pub how: How,
}

/// How an object differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Only the later revision has it.
    Added,
    /// Only the earlier one has it.
    Removed,
    /// Both have it, with these differences.
    Changed(Vec<Change>),
}
