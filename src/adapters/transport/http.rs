//! The HTTP client for servers that are not an API server: no redirects, a deadline for each request, and an end to
//! what it will read.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Identity, Request, RequestBuilder, StatusCode, Url};

use crate::domain::secret::Secret;
use crate::domain::source::{Trouble, TroubleKind};

use super::address::is_loopback;
use super::authorities;
use super::ensure_crypto;
use super::trouble::{of_http, of_status, trouble, within};

/// The most bytes of one answer, unpacked.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;

const CONNECT: Duration = Duration::from_secs(5);

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// Nobody in particular.
    #[default]
    None,
    /// The holder of a token.
    Bearer(Secret),
    /// A user with a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
}

/// What a connection shows of who is at its ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The authorities that vouch for the server, as PEM; the system's where there are none.
    pub ca: Option<String>,
    /// The certificate that says who asks, where the server wants one.
    pub client: Option<ClientCertificate>,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate and those up to its authority, as PEM; its file may hold the key as well.
    pub certificate: Secret,
    /// Its private key, as PEM.
    pub key: Secret,
}

/// All that says who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// By a header.
    pub auth: Auth,
    /// By the connection.
    pub tls: Tls,
}

/// How a server is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Where it is; requests go to paths under it.
    pub base: Url,
    /// Who asks.
    pub credentials: Credentials,
    /// How long one request may take, body included.
    pub deadline: Duration,
}

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    settings: HttpSettings,
}

/// What a server answered, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client of the server at that base.
    pub fn new(settings: HttpSettings) -> Result<Self, Trouble> {
        let base = &settings.base;
        if base.scheme() != "https" && !is_loopback(base) {
            return Err(trouble(
                TroubleKind::Malformed,
                "plain http goes only to this machine",
            ));
        }
        let client = if settings.credentials.tls == Tls::default() {
            plain(base, settings.deadline)?
        } else {
            client(base, settings.deadline, &settings.credentials.tls)?
        };
        Ok(Self { client, settings })
    }

    /// The client itself, for a library that brings its own requests. They have the deadline, but neither the
    /// authorisation nor the cap on size.
    pub const fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The URL of a path under the base; each segment is escaped as needed.
    pub fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.settings.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Begins a GET, with authorisation.
    pub fn get(&self, url: Url) -> RequestBuilder {
        self.authorised(self.client.get(url))
    }

    /// Begins a POST, with authorisation.
    pub fn post(&self, url: Url) -> RequestBuilder {
        self.authorised(self.client.post(url))
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.settings.credentials.auth {
            Auth::None => request,
            Auth::Bearer(token) => request.bearer_auth(token.expose()),
            Auth::Basic { user, password } => request.basic_auth(user, Some(password.expose())),
        }
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub async fn send(&self, request: RequestBuilder) -> Result<Reply, Trouble> {
        let request = request.build().map_err(|e| of_http(&e))?;
        within(self.settings.deadline, Clone::clone, self.exchange(request)).await
    }

    async fn exchange(&self, request: Request) -> Result<Reply, Trouble> {
        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|e| of_http(&e))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| of_http(&e))? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(trouble(
                    TroubleKind::Malformed,
                    format!("an answer of more than {} MB", MOST_BYTES / 1024 / 1024),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status,
            headers,
            body,
        })
    }
}

/// What clients without certificates of their own differ in: https, a server on this machine, and the deadline.
type Plain = (bool, bool, Duration);

/// One client for all servers that are asked alike, so that forty services of one server share its connections: each of
/// eighty clients is a tenth of a megabyte, and a connection.
static PLAIN: Mutex<BTreeMap<Plain, reqwest::Client>> = Mutex::new(BTreeMap::new());

fn plain(base: &Url, deadline: Duration) -> Result<reqwest::Client, Trouble> {
    let which = (base.scheme() == "https", is_loopback(base), deadline);
    // Whoever broke while holding it left clients that are whole.
    let mut known = PLAIN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(client) = known.get(&which) {
        return Ok(client.clone());
    }
    let made = client(base, deadline, &Tls::default())?;
    known.insert(which, made.clone());
    Ok(made)
}

fn client(base: &Url, deadline: Duration, tls: &Tls) -> Result<reqwest::Client, Trouble> {
    ensure_crypto();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("flightdeck/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(deadline);
    if is_loopback(base) {
        // A tunnel's end is here; a proxy of the environment could not reach it.
        builder = builder.no_proxy();
    }
    let client = with_tls(builder, base, tls)?.build();
    client.map_err(|e| of_http(&e))
}

fn with_tls(
    builder: reqwest::ClientBuilder,
    base: &Url,
    tls: &Tls,
) -> Result<reqwest::ClientBuilder, Trouble> {
    if *tls == Tls::default() {
        return Ok(if base.scheme() == "https" {
            builder.tls_backend_preconfigured(authorities::trusted()?)
        } else {
            // Nothing is followed elsewhere, so that there is nobody to trust.
            builder.tls_certs_only([])
        });
    }
    // What could not be read is never said: it may be the key.
    let unread = |what| {
        trouble(
            TroubleKind::Unauthorized,
            format!("{what} is not readable PEM"),
        )
    };
    let mut builder = builder;
    if let Some(ca) = &tls.ca {
        let certificates = Certificate::from_pem_bundle(ca.as_bytes());
        let certificates = certificates.ok().filter(|all| !all.is_empty());
        builder = builder.tls_certs_only(certificates.ok_or_else(|| unread("the authority"))?);
    }
    if let Some(ClientCertificate { certificate, key }) = &tls.client {
        let both = format!("{}\n{}", certificate.expose().trim_end(), key.expose());
        let identity = Identity::from_pem(both.as_bytes());
        let identity = identity.map_err(|_| unread("the client's certificate, or its key,"))?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

impl Reply {
    /// The body of a success; else what the status means, with the beginning of what was said.
    pub fn success(self) -> Result<Vec<u8>, Trouble> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let said: String = String::from_utf8_lossy(&self.body)
            .chars()
            .take(300)
            .collect();
        let code = self.status.as_u16();
        Err(of_status(code, format!("{}: {}", self.status, said.trim())))
    }
}
