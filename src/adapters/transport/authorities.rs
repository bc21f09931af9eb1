//! The authorities that the system trusts, read once for the whole process: a store takes some ten milliseconds to read and
//! a quarter of a megabyte, and forty services have eighty clients.

use std::sync::{Arc, LazyLock};

use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};

use crate::domain::source::{Trouble, TroubleKind};

use super::trouble::{chain, trouble};

static TRUSTED: LazyLock<Result<ClientConfig, Trouble>> = LazyLock::new(read);

/// A connection that trusts the system's authorities, and shows no certificate of its own. What the system trusts was
/// read when it was first asked for.
pub(super) fn trusted() -> Result<ClientConfig, Trouble> {
    TRUSTED.clone()
}

fn read() -> Result<ClientConfig, Trouble> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "an authority of the system");
    }
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(found.certs);
    if trusted == 0 {
        return Err(trouble(
            TroubleKind::Unauthorized,
            "the system has no certificate authorities: install its package (ca-certificates), or name a file with `ca`",
        ));
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| trouble(TroubleKind::Malformed, chain(&e)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = [b"h2".to_vec(), b"http/1.1".to_vec()].into();
    Ok(config)
}
