//! From an address to a base URL that answers here: the address itself, or the near end of a tunnel.

use reqwest::Url;

use crate::domain::source::Trouble;

use super::Clients;
use super::address::Address;
use super::tunnel::Tunnel;

/// A base URL, with the tunnel that it needs. The URL is good as long as this value lives.
#[derive(Debug)]
pub struct Reach {
    base: Url,
    _tunnel: Option<Tunnel>,
}

impl Reach {
    /// Makes an address reachable; a Service by one of its pods.
    pub async fn open(address: &Address, clients: &Clients) -> Result<Self, Trouble> {
        match address {
            Address::Direct(url) => Ok(Self {
                base: url.clone(),
                _tunnel: None,
            }),
            Address::Service(service) => {
                let tunnel = Tunnel::to_service(clients, service).await?;
                Ok(Self {
                    base: tunnel.base().clone(),
                    _tunnel: Some(tunnel),
                })
            }
        }
    }

    /// Where requests go.
    pub const fn base(&self) -> &Url {
        &self.base
    }
}
