//! The flagd instances of an environment: each is asked by itself, for one that lags behind still serves users.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future;
use kube::Client;
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};

use crate::adapters::transport::endpoints::{self, PodPort};
use crate::adapters::transport::tunnel::Tunnel;
use crate::adapters::transport::{Address, Credentials, Http, HttpSettings, Reply};
use crate::domain::flag::{Answer, Evaluation};
use crate::domain::names::FlagKey;
use crate::domain::source::Trouble;
use crate::domain::untrusted::Untrusted;

use super::{OfrepSettings, ofrep};

/// A flag is a lookup in memory: who needs longer is as good as gone.
const DEADLINE: Duration = Duration::from_secs(3);

/// One instance and what it said last.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) name: Untrusted,
    http: Http,
    /// What [`last`](Self::last) is known under.
    etag: Option<HeaderValue>,
    pub(super) last: Result<BTreeMap<FlagKey, Answer>, Trouble>,
    _tunnel: Option<Tunnel>,
}

impl Instance {
    /// The one instance of a direct address.
    pub(super) fn direct(url: &reqwest::Url, who: &Credentials) -> Result<Self, Trouble> {
        let host = url.host_str().unwrap_or_default();
        let name = match url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Self::new(Untrusted::new(name), url.clone(), who, None)
    }

    /// The instance in a pod, by a tunnel of its own.
    pub(super) async fn in_pod(
        end: &PodPort,
        path: &str,
        who: &Credentials,
        client: &Client,
    ) -> Result<Self, Trouble> {
        let tunnel = Tunnel::to_pod(client.clone(), end.clone(), path).await?;
        let name = Untrusted::from(end.pod.as_str());
        Self::new(name, tunnel.base().clone(), who, Some(tunnel))
    }

    fn new(
        name: Untrusted,
        base: reqwest::Url,
        who: &Credentials,
        tunnel: Option<Tunnel>,
    ) -> Result<Self, Trouble> {
        let http = Http::new(HttpSettings {
            base,
            credentials: who.clone(),
            deadline: DEADLINE,
        })?;
        Ok(Self {
            name,
            http,
            etag: None,
            last: Ok(BTreeMap::new()),
            _tunnel: tunnel,
        })
    }

    /// Asks for all flags and keeps the answer.
    pub(super) async fn ask(&mut self) {
        self.last = match self.bulk().await {
            Ok(Some(answers)) => Ok(answers),
            Ok(None) => return,
            Err(why) => {
                self.etag = None;
                Err(why)
            }
        };
    }

    /// All flags; none if nothing changed.
    async fn bulk(&mut self) -> Result<Option<BTreeMap<FlagKey, Answer>>, Trouble> {
        let url = self.http.url(&["ofrep", "v1", "evaluate", "flags"]);
        let mut request = self.http.post(url).json(&ofrep::context());
        if let Some(etag) = &self.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let reply = self.http.send(request).await?;
        if reply.status == StatusCode::NOT_MODIFIED && self.etag.is_some() {
            return Ok(None);
        }
        let etag = reply.headers.get(ETAG).cloned();
        let answers = ofrep::bulk(&reply.success()?)?;
        self.etag = etag;
        Ok(Some(answers))
    }

    /// Asks for one flag.
    async fn one(&self, key: &FlagKey) -> Evaluation {
        let segments = ["ofrep", "v1", "evaluate", "flags", key.as_str()];
        let url = self.http.url(&segments);
        let request = self.http.post(url).json(&ofrep::context());
        let reply: Result<Reply, Trouble> = self.http.send(request).await;
        Evaluation {
            instance: self.name.clone(),
            answer: match reply {
                Ok(reply) => ofrep::single(&reply),
                Err(why) => ofrep::failed(why.message),
            },
        }
    }
}

/// The instances that are ready at one moment, for asking about a flag after a change. Keep it while verifying: opening
/// it costs a tunnel for each instance.
#[derive(Debug)]
pub struct Instances {
    all: Vec<Instance>,
}

impl Instances {
    /// Finds the ready instances; not one is trouble.
    pub async fn open(settings: &OfrepSettings, client: &Client) -> Result<Self, Trouble> {
        let who = &settings.login.credentials().await?;
        let mut all = Vec::new();
        for address in &settings.addresses {
            match address {
                Address::Direct(url) => all.push(Instance::direct(url, who)?),
                Address::Service(service) => {
                    let ends = endpoints::ready(client, service).await?;
                    let path = service.path.as_str();
                    let opened = ends.iter().map(|e| Instance::in_pod(e, path, who, client));
                    all.extend(future::try_join_all(opened).await?);
                }
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { all })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none: then no address was given.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What each instance evaluates a flag to, all asked at once, in the order of their names.
    pub async fn evaluate(&self, key: &FlagKey) -> Vec<Evaluation> {
        future::join_all(self.all.iter().map(|instance| instance.one(key))).await
    }
}
