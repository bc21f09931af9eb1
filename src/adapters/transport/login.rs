//! Who asks a server, found out anew in each life of a source: tokens run out, and what prints them may fail or hang.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::domain::source::Trouble;

use super::Credentials;

type Fetch = dyn Fn() -> BoxFuture<'static, Result<Credentials, Trouble>> + Send + Sync;

/// How it is found out who asks; nobody in particular by default.
#[derive(Clone, Default)]
pub struct Login(Option<Arc<Fetch>>);

impl Login {
    /// By this, which must come to an end by itself.
    pub fn by(
        fetch: impl Fn() -> BoxFuture<'static, Result<Credentials, Trouble>> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(fetch)))
    }

    /// Who asks now.
    pub async fn credentials(&self) -> Result<Credentials, Trouble> {
        match &self.0 {
            Some(fetch) => fetch().await,
            None => Ok(Credentials::default()),
        }
    }
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Eq for Login {}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Login" } else { "nobody" })
    }
}
