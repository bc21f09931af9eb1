//! Where a server is: an `http(s)://` address, or a Service inside a cluster that is reached through its API server.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

use crate::domain::names::{NameError, Namespace, ObjectName};

/// A server to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Reached directly: https, or plain http to this machine.
    Direct(Url),
    /// Reached by a port-forward through the API server of the environment's cluster.
    Service(KubeService),
}

/// A port of a Service, written `kube://NAMESPACE/svc/NAME:PORT[/PATH]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeService {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
    /// Its port, by number or by name.
    pub port: String,
    /// What stands before each request's path: empty, or `/prefix`.
    pub path: String,
}

/// Why an address was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither of the two forms.
    #[error(
        "an address is http://..., https://... or kube://NAMESPACE/svc/NAME:PORT, this is {0:?}"
    )]
    Form(String),
    /// A URL that can't be read.
    #[error("{0}")]
    Url(String),
    /// Plain http to another machine.
    #[error(
        "plain http goes only to this machine (localhost, 127.0.0.1, ::1); use https:// for {0}"
    )]
    Plain(String),
    /// A user or password in the address.
    #[error("an address can't hold a user or password; give them as a secret")]
    Secret,
    /// A query or fragment in the address.
    #[error("an address can't hold {0:?}")]
    Extra(char),
    /// A name that Kubernetes would not take.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No port was named.
    #[error("kube://NAMESPACE/svc/NAME:PORT needs the Service's port, by number or by name")]
    NoPort,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        // Before anything repeats the text: what stands before the @ may be a password, what follows the ? a token.
        if text.contains('@') {
            return Err(AddressError::Secret);
        }
        if let Some(extra) = ['?', '#'].into_iter().find(|c| text.contains(*c)) {
            return Err(AddressError::Extra(extra));
        }
        if let Some(rest) = text.strip_prefix("kube://") {
            return service(text, rest).map(Self::Service);
        }
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Err(AddressError::Form(text.to_owned()));
        }
        let url = Url::parse(text).map_err(|e| AddressError::Url(format!("{text:?}: {e}")))?;
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(AddressError::Plain(
                url.host_str().unwrap_or_default().to_owned(),
            ));
        }
        Ok(Self::Direct(url))
    }
}

fn service(whole: &str, rest: &str) -> Result<KubeService, AddressError> {
    let mut parts = rest.splitn(4, '/');
    let (Some(namespace), Some("svc"), Some(named)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(AddressError::Form(whole.to_owned()));
    };
    let (name, port) = named.split_once(':').ok_or(AddressError::NoPort)?;
    let numbered = port.chars().all(|c| c.is_ascii_digit());
    if port.is_empty() || (numbered && !port.parse::<u16>().is_ok_and(|p| p > 0)) {
        return Err(AddressError::NoPort);
    }
    let path = parts.next().unwrap_or_default().trim_matches('/');
    Ok(KubeService {
        namespace: Namespace::parse(namespace)?,
        name: ObjectName::parse(name)?,
        port: port.to_owned(),
        path: if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        },
    })
}

/// Whether a URL stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

impl fmt::Display for KubeService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            namespace,
            name,
            port,
            path,
        } = self;
        write!(f, "kube://{namespace}/svc/{name}:{port}{path}")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(url) => url.fmt(f),
            Self::Service(service) => service.fmt(f),
        }
    }
}
