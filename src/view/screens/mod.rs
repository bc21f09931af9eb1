//! The screens, from line 4 on.

pub(crate) mod evidence;
pub(crate) mod flags;
pub(crate) mod overview;
