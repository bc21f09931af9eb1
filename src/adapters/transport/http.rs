//! The HTTP client for servers that are not an API server: no redirects, a deadline for each request, and an end to
//! what it will read.

use std::sync::LazyLock;
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
        let client = client(&settings.base, &settings.credentials.tls)?;
        Ok(Self { client, settings })
    }

    /// The client itself, for a library that brings its own requests. They have neither deadline nor authorisation, and no
    /// cap on size.
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

/// One client for all servers on this machine that are asked without TLS, so that forty services of one server share its
/// connections: each of eighty clients is a tenth of a megabyte. By TLS each has its own, for on the one connection of
/// HTTP/2 a stall of one would be everybody's.
static HERE: LazyLock<Result<reqwest::Client, Trouble>> = LazyLock::new(|| {
    // A proxy of the environment could not reach a tunnel's end. Nothing is followed elsewhere: there is nobody to trust.
    built(builder().no_proxy().tls_certs_only([]))
});

fn client(base: &Url, tls: &Tls) -> Result<reqwest::Client, Trouble> {
    if *tls == Tls::default() && base.scheme() != "https" {
        return HERE.clone();
    }
    let builder = if is_loopback(base) {
        builder().no_proxy()
    } else {
        builder()
    };
    built(if *tls == Tls::default() {
        builder.tls_backend_preconfigured(authorities::trusted()?)
    } else {
        with_tls(builder, tls)?
    })
}

/// No redirects; the deadline is each request's own.
fn builder() -> reqwest::ClientBuilder {
    ensure_crypto();
    reqwest::Client::builder()
        .user_agent(concat!("flightdeck/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Trouble> {
    builder.build().map_err(|e| of_http(&e))
}

fn with_tls(builder: reqwest::ClientBuilder, tls: &Tls) -> Result<reqwest::ClientBuilder, Trouble> {
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
