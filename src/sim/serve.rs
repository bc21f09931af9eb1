//! One HTTP/1 server loop on a loopback listener, for every simulated service.
//!
//! The knobs act here, before and after the handler, so that a handler only has to be right.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use futures::{Stream, StreamExt as _};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::SignedDuration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::clock::SimClock;
use super::knobs::{Fault, Knobs};

/// The body of an answer: whole, or a stream that may stay open (watches).
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The largest request body that is read; the real API server's limit is 3 MiB.
const MAX_REQUEST: usize = 3 * 1024 * 1024;

/// What a simulated service does with a request.
pub trait Handler: Clone + Send + Sync + 'static {
    /// Answers a request whose body was read whole.
    fn handle(&self, request: Request<Bytes>) -> impl Future<Output = Response<Body>> + Send;

    /// The body that this service would send with a failure of its own, for faults that answer with a status.
    fn failure(&self, status: StatusCode, retry_after: Option<u32>) -> Response<Body> {
        let _ = retry_after;
        let mut response = Response::new(whole(format!("{status}\n")));
        *response.status_mut() = status;
        response
    }
}

/// A running server; dropping it closes the listener and every connection.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves `handler` on `listener` until the returned [`Server`] is dropped.
///
/// A path may begin with `/as/NAME`: it is taken off, and stands for the bearer token `NAME` where a client sends
/// none. Kubernetes clients keep tokens to themselves over plain HTTP, but all of them accept a path in the address.
///
/// # Errors
/// If the listener has no local address.
pub fn serve(
    listener: TcpListener,
    clock: SimClock,
    knobs: Knobs,
    handler: impl Handler,
) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let mut tasks = JoinSet::new();
    tasks.spawn(accept(listener, address, clock, knobs, handler));
    Ok(Server {
        address,
        _tasks: tasks,
    })
}

async fn accept(
    listener: TcpListener,
    address: SocketAddr,
    clock: SimClock,
    knobs: Knobs,
    handler: impl Handler,
) {
    let mut refusing = knobs.refusing();
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        if *refusing.borrow_and_update() {
            listener = None;
            connections.shutdown().await;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        let accepted = async {
            match &listener {
                Some(open) => open.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Ok((stream, _)) = accepted => {
                // An error only means that the test server keeps Nagle's delay.
                drop(stream.set_nodelay(true));
                connections.spawn(connection(stream, clock.clone(), knobs.clone(), handler.clone()));
            }
            Some(_) = connections.join_next() => {}
            _ = refusing.changed() => {}
        }
    }
}

async fn connection(stream: TcpStream, clock: SimClock, knobs: Knobs, handler: impl Handler) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (clock, knobs, handler) = (clock.clone(), knobs.clone(), handler.clone());
        async move { answer(request, &clock, &knobs, &handler).await }
    });
    // A client that goes away in the middle is no failure of the world.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
            .await,
    );
}

/// The error that makes hyper close a connection without a word.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("dropped by a fault")
    }
}

impl std::error::Error for Dropped {}

impl From<Infallible> for Dropped {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

async fn answer(
    request: Request<Incoming>,
    clock: &SimClock,
    knobs: &Knobs,
    handler: &impl Handler,
) -> Result<Response<Body>, Dropped> {
    let (mut parts, body) = request.into_parts();
    name_in_path(&mut parts);
    let watching = parts.uri.query().is_some_and(|query| {
        query
            .split('&')
            .any(|pair| matches!(pair, "watch" | "watch=1" | "watch=true"))
    });
    let method = if watching {
        "WATCH"
    } else {
        parts.method.as_str()
    };
    let faults = knobs.meet(method, parts.uri.path());
    let mut skew = SignedDuration::ZERO;
    let mut instead = None;
    let mut tear = None;
    for fault in faults {
        match fault {
            Fault::Delay(time) => tokio::time::sleep(time).await,
            Fault::Drop => return Err(Dropped),
            Fault::Tear(after) => tear = Some(after),
            Fault::Skew(by) => skew = by,
            Fault::Garbage => instead = Some(garbage()),
            Fault::Answer {
                status,
                retry_after,
            } => instead = Some(failure(handler, status, retry_after)),
        }
    }
    let mut response = match instead {
        Some(response) => response,
        None => match Limited::new(body, MAX_REQUEST).collect().await {
            Ok(body) => {
                handler
                    .handle(Request::from_parts(parts, body.to_bytes()))
                    .await
            }
            Err(_) => handler.failure(StatusCode::PAYLOAD_TOO_LARGE, None),
        },
    };
    if let Ok(date) = HeaderValue::from_str(&http_date(clock, skew)) {
        response.headers_mut().insert(DATE, date);
    }
    if let Some(after) = tear {
        let (mut parts, body) = response.into_parts();
        if let Some(length) = hyper::body::Body::size_hint(&body).exact() {
            // Said, as a server would, and then not kept.
            parts
                .headers
                .insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        response = Response::from_parts(parts, torn(body, after));
    }
    Ok(response)
}

fn failure(handler: &impl Handler, status: u16, retry_after: Option<u32>) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = handler.failure(status, retry_after);
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Bytes that are no JSON and no UTF-8, with the terminal's escape among them.
fn garbage() -> Response<Body> {
    let mut response = Response::new(whole(&b"\x1b]0;garbage\x07{\"items\": \xff\xfe<html>"[..]));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Takes `/as/NAME` off the path.
fn name_in_path(parts: &mut http::request::Parts) {
    let Some((name, rest)) = parts
        .uri
        .path()
        .strip_prefix("/as/")
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        return;
    };
    let mut path = format!("/{rest}");
    if let Some(query) = parts.uri.query() {
        // Writing to a String cannot fail.
        let _ = write!(path, "?{query}");
    }
    let token = HeaderValue::from_str(&format!("Bearer {name}"));
    if let (Ok(uri), Ok(token)) = (path.parse::<Uri>(), token) {
        parts.uri = uri;
        parts.headers.entry(AUTHORIZATION).or_insert(token);
    }
}

fn http_date(clock: &SimClock, skew: SignedDuration) -> String {
    let at = clock.now();
    let at = at.checked_add(skew).unwrap_or(at);
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap_or_default()
}

/// A body that is known whole.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

/// A body that comes in pieces, each sent as it is ready.
pub fn stream(pieces: impl Stream<Item = Bytes> + Send + 'static) -> Body {
    BodyExt::boxed_unsync(StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece)))))
}

/// The first `after` bytes of a body, and then a broken connection.
fn torn(body: Body, after: usize) -> Body {
    let pieces = futures::stream::unfold(Some((body, after)), |state| async {
        let (mut body, left) = state?;
        if left == 0 {
            // Hyper drops what it has not flushed when a body fails; one turn lets the bytes out.
            tokio::task::yield_now().await;
            return Some((Err(io::Error::other("torn by a fault")), None));
        }
        let frame = match pin!(body.frame()).await? {
            Ok(frame) => frame,
            Err(error) => return Some((Err(error), None)),
        };
        let mut data = frame.into_data().unwrap_or_default();
        data.truncate(left);
        let left = left - data.len();
        Some((Ok(Frame::data(data)), Some((body, left))))
    });
    BodyExt::boxed_unsync(StreamBody::new(pieces))
}
