//! The API server: who asks, whether they may, what is done, and what is answered.
//!
//! The order is the real server's, so that a client learns the same from a refusal.

use std::io;
use std::sync::Arc;

use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT,
};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::access::{ANONYMOUS, Access, Ask};
use super::answer::Answer;
use super::audit::{Audit, AuditEntry};
use super::discovery;
use super::form::Form;
use super::object::text;
use super::objects::uuid;
use super::query::Query;
use super::read;
use super::request::{body, dry_run, manager, options, parse, patch_kind, verb};
use super::review;
use super::route::{self, Route, Target};
use super::status::Failure;
use super::store::Store;
use super::view;
use super::watch;
use super::write::{PatchKind, Preconditions, Write};
use crate::sim::knobs::Knobs;
use crate::sim::serve::{self, Body, Handler, Server};

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");

/// One cluster's API server over its [`Store`]; clones are the same server.
#[derive(Clone, Debug)]
pub struct Api {
    store: Store,
    access: Arc<Access>,
    audit: Audit,
}

/// What was asked, as far as it is understood yet: for the audit log and the answer.
#[derive(Default)]
struct Asked {
    user: String,
    verb: String,
    resource: String,
    namespace: String,
    name: String,
}

impl Api {
    /// A server for this cluster, for these users.
    pub fn new(store: Store, access: Access) -> Self {
        Self {
            store,
            access: Arc::new(access),
            audit: Audit::default(),
        }
    }

    /// Serves it on `listener` until the returned [`Server`] is dropped.
    ///
    /// # Errors
    /// If the listener has no local address.
    pub fn serve(&self, listener: TcpListener, knobs: Knobs) -> io::Result<Server> {
        serve::serve(listener, self.store.clock().clone(), knobs, self.clone())
    }

    /// Every answered request, oldest first.
    pub fn audit(&self) -> Vec<AuditEntry> {
        self.audit.entries()
    }

    fn respond(&self, request: &Request<Bytes>, asked: &mut Asked) -> Result<Answer, Failure> {
        let path = request.uri().path();
        let header = |name: HeaderName| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let user = self.access.identify(header(AUTHORIZATION));
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let open = matches!(
            parts.as_slice(),
            ["version"] | ["readyz" | "healthz" | "livez", ..]
        );
        let user = self.impersonated(
            user.ok_or_else(Failure::unauthorized)?,
            header(HeaderName::from_static("impersonate-user")),
        )?;
        user.clone_into(&mut asked.user);
        asked.verb = request.method().as_str().to_lowercase();
        let Some(route) = route::route(path) else {
            return self.unserved(request, user, &parts);
        };
        match route {
            Route::Document if user == ANONYMOUS && !open => {
                Err(Failure::forbidden_path(user, &asked.verb, path))
            }
            Route::Document => {
                match discovery::document(&parts, header(ACCEPT).unwrap_or_default()) {
                    Some((media, bytes)) => Ok(Answer::bytes(media, StatusCode::OK, bytes)),
                    None => Answer::nothing_at(&parts),
                }
            }
            Route::Review(plural) => {
                asked.resource.clone_from(&plural);
                "create".clone_into(&mut asked.verb);
                if request.method() != Method::POST {
                    return Err(Failure::method_not_allowed());
                }
                let review = review::answer(&self.access, user, &plural, body(request)?)?;
                Ok(Answer::json(StatusCode::CREATED, &review))
            }
            Route::Resource(target) => self.resource(request, user, &target, asked),
        }
    }

    /// A resource that is not here: who may not ask for it does not learn that.
    fn unserved(
        &self,
        request: &Request<Bytes>,
        user: &str,
        parts: &[&str],
    ) -> Result<Answer, Failure> {
        let query = Query::parse(request.uri().query().unwrap_or_default());
        if let Some(ask) = route::unserved(request.method(), parts, &query)
            && !self.access.allows(user, &ask)
        {
            return Err(Failure::forbidden(user, &ask));
        }
        Answer::nothing_at(parts)
    }

    /// The user that the request is to be done as.
    fn impersonated<'a>(&'a self, user: &'a str, wanted: Option<&str>) -> Result<&'a str, Failure> {
        let Some(wanted) = wanted else {
            return Ok(user);
        };
        let ask = Ask {
            verb: "impersonate",
            group: "",
            resource: "users",
            subresource: "",
            namespace: "",
            name: wanted,
        };
        match self.access.known(wanted) {
            Some(known) if self.access.allows(user, &ask) => Ok(known),
            Some(_) | None => Err(Failure::forbidden(user, &ask)),
        }
    }

    fn resource(
        &self,
        request: &Request<Bytes>,
        user: &str,
        target: &Target,
        asked: &mut Asked,
    ) -> Result<Answer, Failure> {
        let query = Query::parse(request.uri().query().unwrap_or_default());
        let verb =
            verb(request.method(), target, &query).ok_or_else(Failure::method_not_allowed)?;
        let selected = query
            .get("fieldSelector")
            .split(',')
            .find_map(|field| field.strip_prefix("metadata.name="))
            .filter(|_| matches!(verb, "list" | "watch" | "deletecollection"));
        let ask = Ask {
            verb,
            group: target.kind.group,
            resource: target.kind.plural,
            subresource: &target.subresource,
            // A namespace is inside itself, so that a role in it may show it.
            namespace: match target.kind.resource {
                "namespaces" => target.name(),
                _ => target.namespace(),
            },
            name: target.name.as_deref().or(selected).unwrap_or_default(),
        };
        verb.clone_into(&mut asked.verb);
        asked.resource = if target.subresource.is_empty() {
            target.kind.resource.to_owned()
        } else {
            format!("{}/{}", target.kind.resource, target.subresource)
        };
        target.namespace().clone_into(&mut asked.namespace);
        ask.name.clone_into(&mut asked.name);
        if !self.access.allows(user, &ask) {
            return Err(Failure::forbidden(user, &ask));
        }
        let accept = request.headers().get(ACCEPT);
        let form = Form::negotiate(accept.and_then(|accept| accept.to_str().ok()), &query)?;
        match verb {
            "get" => Ok(Answer::json(
                StatusCode::OK,
                &read::get(&self.store, target, form)?,
            )),
            "list" => {
                let bytes = read::list(&self.store, target, &query, form)?;
                Ok(Answer::bytes(
                    "application/json".to_owned(),
                    StatusCode::OK,
                    bytes,
                ))
            }
            "watch" => Ok(Answer {
                code: StatusCode::OK,
                media: "application/json".to_owned(),
                body: watch::stream(&self.store, target, &query, form)?,
            }),
            _ => {
                let (code, done) = self.write(request, user, target, &ask, &query)?;
                let done = if done.get("kind") == Some(&json!("Status")) {
                    done
                } else {
                    view::one(target.kind, form, &done, self.store.now())
                };
                Ok(Answer::json(code, &done))
            }
        }
    }

    fn write(
        &self,
        request: &Request<Bytes>,
        user: &str,
        target: &Target,
        ask: &Ask<'_>,
        query: &Query,
    ) -> Result<(StatusCode, Value), Failure> {
        let options_of = match ask.verb {
            "create" => "CreateOptions",
            "update" => "UpdateOptions",
            "patch" => "PatchOptions",
            _ => "DeleteOptions",
        };
        let mut write = Write {
            store: &self.store,
            target,
            manager: manager(request, query),
            dry: dry_run(query.get("dryRun"), options_of)?,
        };
        match ask.verb {
            "create" => Ok((StatusCode::CREATED, write.create(body(request)?)?)),
            "update" => Ok((StatusCode::OK, write.update(body(request)?)?)),
            "patch" => {
                let how = patch_kind(request, target, query)?;
                if matches!(how, PatchKind::Apply { .. }) && write.is_missing() {
                    let create = Ask {
                        verb: "create",
                        ..*ask
                    };
                    if !self.access.allows(user, &create) {
                        return Err(Failure::forbidden(user, &create));
                    }
                }
                let (done, made) = write.patch(how, &parse(request.body())?)?;
                let code = if made {
                    StatusCode::CREATED
                } else {
                    StatusCode::OK
                };
                Ok((code, done))
            }
            "delete" => {
                let options = options(request)?;
                let in_body = text(&options, "/dryRun/0");
                write.dry = write.dry || dry_run(in_body, options_of)?;
                let wanted = |field: &str| {
                    let value = options.pointer(&format!("/preconditions/{field}"));
                    value.and_then(Value::as_str).map(str::to_owned)
                };
                let preconditions = Preconditions {
                    uid: wanted("uid"),
                    version: wanted("resourceVersion"),
                };
                Ok((StatusCode::OK, write.delete(&preconditions)?))
            }
            _ => Ok((StatusCode::OK, self.delete_all(&write, query)?)),
        }
    }

    fn delete_all(&self, write: &Write<'_>, query: &Query) -> Result<Value, Failure> {
        let target = write.target;
        let selector = super::selector::Selector::of(target.kind, query, None)?;
        let all = self
            .store
            .list(target.kind.resource, target.namespace.as_deref());
        for object in all.iter().filter(|object| selector.matches(object)) {
            let one = Target {
                namespace: Some(super::object::namespace(object).to_owned()),
                name: Some(super::object::name(object).to_owned()),
                ..target.clone()
            };
            let write = Write {
                target: &one,
                manager: write.manager.clone(),
                ..*write
            };
            write.delete(&Preconditions::default())?;
        }
        Ok(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}))
    }
}

impl Handler for Api {
    async fn handle(&self, request: Request<Bytes>) -> Response<Body> {
        let mut asked = Asked::default();
        let answer = self
            .respond(&request, &mut asked)
            .unwrap_or_else(|failure| Answer::failure(&failure));
        let header = |name: HeaderName| {
            let value = request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let mut id = header(AUDIT_ID);
        if id.is_empty() {
            id = uuid(&format!("audit/{}/{}", self.store.uid(), self.audit.ever()));
        }
        let mut response = Response::new(answer.body);
        *response.status_mut() = answer.code;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
        for (name, value) in [(CONTENT_TYPE, &answer.media), (AUDIT_ID, &id)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        self.audit.record(AuditEntry {
            id,
            at: self.store.now(),
            user: asked.user,
            verb: asked.verb,
            uri: request.uri().to_string(),
            resource: asked.resource,
            namespace: asked.namespace,
            name: asked.name,
            code: answer.code.as_u16(),
            user_agent: header(USER_AGENT),
        });
        response
    }

    fn failure(&self, status: StatusCode, retry_after: Option<u32>) -> Response<Body> {
        let failure = Failure::of_code(status.as_u16(), retry_after);
        let mut response = Response::new(serve::whole(failure.to_value().to_string()));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}
