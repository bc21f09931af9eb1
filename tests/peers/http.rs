//! Plain HTTP to the peers on loopback.
//!
//! A trial asks one thing at a time, so one small runtime for each request is enough.

use anyhow::{Context, Result};
use serde_json::Value;

/// GET: status and JSON body (null when it is not JSON).
pub(crate) fn get(url: &str) -> Result<(u16, Value)> {
    send(client()?.get(url))
}

/// POST with a JSON body: status and JSON body.
pub(crate) fn post(url: &str, body: &Value) -> Result<(u16, Value)> {
    send(client()?.post(url).json(body))
}

/// POST with any body: status, and what the server said.
pub(crate) fn post_bytes(
    url: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<(u16, String)> {
    let mut request = client()?.post(url).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let response = request.send().await.context("no answer")?;
        Ok((response.status().as_u16(), response.text().await?))
    })
}

fn client() -> Result<reqwest::Client> {
    // An error only says that another trial was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .no_proxy()
        .timeout(std::time::Duration::from_secs(30))
        .build()?)
}

fn send(request: reqwest::RequestBuilder) -> Result<(u16, Value)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let response = request.send().await.context("no answer")?;
        let status = response.status().as_u16();
        let body = response.bytes().await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    })
}
