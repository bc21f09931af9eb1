//! One metrics server: queries through the library, answers read here, with a deadline and a cap on size for each.

use std::time::Duration;

use jiff::Timestamp;
use prometheus_http_query::{Client, Error};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::adapters::transport::http::MOST_BYTES;
use crate::adapters::transport::trouble::{chain, of_http, trouble, within};
use crate::adapters::transport::{Clients, Http, HttpSettings, Reach};
use crate::domain::grid::{Grid, GridIndex};
use crate::domain::source::{Trouble, TroubleKind};

use super::Settings;
use super::wire::{Answer, answer};

/// The header that names the tenant (grafana.com/docs/mimir/latest/references/http-api, "Authentication").
const TENANT: HeaderName = HeaderName::from_static("x-scope-orgid");

/// A metrics server that can be asked.
pub(super) struct Server {
    client: Client,
    /// The same without the library, which reads no alerts of other servers.
    http: Http,
    /// What each request says of who asks, and of whom.
    headers: Vec<(HeaderName, HeaderValue)>,
    deadline: Duration,
    // The tunnel, where there is one, lives as long as this.
    _reach: Reach,
}

impl Server {
    /// Makes the server reachable; nothing is asked yet.
    pub(super) async fn open(settings: &Settings, clients: &Clients) -> Result<Self, Trouble> {
        let reach = Reach::open(&settings.address, clients).await?;
        let http = Http::new(HttpSettings {
            base: reach.base().clone(),
            credentials: settings.login.credentials().await?,
            deadline: settings.deadline,
        })?;
        // The library sends its own requests, so that the client's authorisation is taken from a request made for it.
        let authorization = http
            .get(reach.base().clone())
            .build()
            .map_err(|e| of_http(&e))?
            .headers()
            .get(AUTHORIZATION)
            .cloned();
        let authorization = authorization.map(|value| (AUTHORIZATION, value));
        let tenant = settings.tenant.as_deref().map(HeaderValue::from_str);
        let tenant = tenant.transpose().map_err(|_| {
            trouble(
                TroubleKind::Malformed,
                "the tenant's name can't be sent in a header",
            )
        })?;
        let tenant = tenant.map(|value| (TENANT, value));
        let base = reach.base().as_str().trim_end_matches('/').to_owned();
        let client = Client::from(http.client().clone(), &base).map_err(|e| of_library(&e))?;
        Ok(Self {
            client,
            http,
            headers: authorization.into_iter().chain(tenant).collect(),
            deadline: settings.deadline,
            _reach: reach,
        })
    }

    /// Asks for the values at one moment.
    pub(super) async fn at(&self, query: &str, at: Timestamp) -> Result<Answer, Trouble> {
        let mut request = self
            .client
            .query(query)
            .at(at.as_second())
            .timeout(self.server_deadline());
        for (name, value) in &self.headers {
            request = request.header(name, value.clone());
        }
        self.read(request.post_raw()).await
    }

    /// Asks for the values at the end of each interval from `first` up to, not including, `end`.
    pub(super) async fn over(
        &self,
        query: &str,
        grid: Grid,
        first: GridIndex,
        end: GridIndex,
    ) -> Result<Answer, Trouble> {
        let mut request = self
            .client
            .query_range(
                query,
                grid.end(first).as_second(),
                grid.start(end).as_second(),
                f64::from(grid.seconds()),
            )
            .timeout(self.server_deadline());
        for (name, value) in &self.headers {
            request = request.header(name, value.clone());
        }
        self.read(request.post_raw()).await
    }

    /// Asks one of the API's other questions; the answer as it came, whatever its status.
    pub(super) async fn get(
        &self,
        question: &str,
        form: &[(&str, &str)],
    ) -> Result<(u16, Vec<u8>), Trouble> {
        let mut url = self.http.url(&["api", "v1", question]);
        if !form.is_empty() {
            url.query_pairs_mut().extend_pairs(form);
        }
        let mut request = self.http.get(url);
        for (name, value) in self.headers.iter().filter(|(name, _)| *name == TENANT) {
            request = request.header(name, value.clone());
        }
        let reply = self.http.send(request).await?;
        Ok((reply.status.as_u16(), reply.body))
    }

    /// The server's own limit in milliseconds: it stops when nobody waits any more.
    fn server_deadline(&self) -> i64 {
        i64::try_from(self.deadline.as_millis()).unwrap_or(i64::MAX)
    }

    async fn read(
        &self,
        sent: impl Future<Output = Result<reqwest::Response, Error>>,
    ) -> Result<Answer, Trouble> {
        let whole = async {
            let mut response = sent.await.map_err(|e| of_library(&e))?;
            let status = response.status().as_u16();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|e| of_http(&e))? {
                if body.len() + chunk.len() > MOST_BYTES {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            answer(status, &body)
        };
        within(self.deadline, Clone::clone, whole).await
    }
}

fn too_large() -> Trouble {
    trouble(
        TroubleKind::Malformed,
        format!("an answer of more than {} MB", MOST_BYTES / 1024 / 1024),
    )
}

fn of_library(error: &Error) -> Trouble {
    let client = if let Error::Client(client) = error {
        std::error::Error::source(client).and_then(|source| source.downcast_ref::<reqwest::Error>())
    } else {
        None
    };
    client.map_or_else(|| trouble(TroubleKind::Malformed, chain(error)), of_http)
}
