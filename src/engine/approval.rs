//! A plan that a person has confirmed: the only thing that can be carried out.

use serde::Serialize;

use crate::domain::plan::Plan;

/// A confirmed value. Its field is private and it is neither `Clone` nor `Deserialize`, so that an unconfirmed plan
/// can't be run and none can be run twice.
///
/// ```compile_fail
/// fn twice<T: Clone>() {}
/// twice::<flightdeck::engine::approval::Approved<flightdeck::domain::plan::Plan>>();
/// ```
/// ```compile_fail
/// fn from_a_file<T: serde::de::DeserializeOwned>() {}
/// from_a_file::<flightdeck::engine::approval::Approved<flightdeck::domain::plan::Plan>>();
/// ```
#[derive(Debug, PartialEq, Serialize)]
#[must_use = "an approved plan that nobody runs changes nothing"]
pub struct Approved<T> {
    inner: T,
}

impl<T> Approved<T> {
    /// The value, for its one execution.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// The value, to look at.
    pub const fn get(&self) -> &T {
        &self.inner
    }
}

/// How a person confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The key `Y`.
    Key,
    /// A name was typed.
    Typed(String),
    /// The command line said `--yes` and gave a reason.
    Headless,
}

/// Why a confirmation was not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotApproved {
    /// The plan is older than it may be.
    Expired,
    /// The cluster denies a permission.
    NotAllowed,
    /// The wrong name was typed.
    WrongName,
    /// A key is not enough: the name must be typed.
    NeedsName,
}

/// Makes a confirmed plan of a plan and the proof of its confirmation.
pub fn approve(
    plan: Plan,
    proof: &Proof,
    now: jiff::Timestamp,
) -> Result<Approved<Plan>, NotApproved> {
    use crate::domain::access::Access;
    use crate::domain::plan::Confirmation;
    if now > plan.expires_at {
        return Err(NotApproved::Expired);
    }
    if plan
        .permissions
        .iter()
        .any(|(_, access)| *access == Access::Denied)
    {
        return Err(NotApproved::NotAllowed);
    }
    match (&plan.confirmation, proof) {
        (Confirmation::Key, Proof::Key | Proof::Typed(_)) | (_, Proof::Headless) => {
            Ok(Approved { inner: plan })
        }
        (Confirmation::TypeName { .. }, Proof::Key) => Err(NotApproved::NeedsName),
        (Confirmation::TypeName { name }, Proof::Typed(typed)) if typed == name => {
            Ok(Approved { inner: plan })
        }
        (Confirmation::TypeName { .. }, Proof::Typed(_)) => Err(NotApproved::WrongName),
    }
}
