//! Clients that we did not write, against the embedded world's wire formats; and our adapters against the same wire.

mod cluster;
mod flagd;
mod helm;
mod kubernetes;
mod kubernetes_adapter;
mod many;
mod prometheus;
mod prometheus_alerts;
mod prometheus_pods;
mod prometheus_signals;
mod world;
