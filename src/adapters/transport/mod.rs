//! What every adapter needs to reach the outside: addresses, clients, tunnels, deadlines and a loop that outlives
//! failures. Kept in one place so that time-outs, size caps and errors are the same for every source.

pub mod address;
mod authorities;
pub mod backoff;
pub mod clients;
pub mod endpoints;
pub mod feed;
pub mod http;
pub mod login;
pub mod owner;
pub mod pace;
pub mod place;
pub mod reach;
pub mod shared;
pub mod trouble;
pub mod tunnel;
pub mod watch;

pub use address::{Address, AddressError, KubeService};
pub use backoff::Backoff;
pub use clients::{Clients, ClusterSettings};
pub use feed::{Feed, Life, Voice};
pub use http::{Auth, ClientCertificate, Credentials, Http, HttpSettings, Reply, Tls};
pub use login::Login;
pub use pace::Pace;
pub use place::PlaceSettings;
pub use reach::Reach;
pub use shared::Shared;

/// Makes ring the crypto of this process, unless one was chosen before. Called by each constructor of a client, for a
/// TLS client without a provider panics.
pub(crate) fn ensure_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race means that another thread has just installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests;
