//! The people of the simulated company and what each cluster allows them.
//!
//! Their bearer token is their name, as everything here listens on loopback only.

use super::kubernetes::Access;
use super::world::NAMESPACE;

/// Everyone who has an account on both clusters: two who release, one who only approves, one who only looks.
pub const PEOPLE: [&str; 4] = ["bob", "alice", "carol", "viewer"];

const READ: &str = "get,list,watch";

/// The rules of one cluster.
pub(super) fn access() -> Access {
    let mut access = Access::new()
        .user("root", &["system:masters"])
        .allow(["root", "*", "*", "*", "*", "*"]);
    for person in PEOPLE {
        access = access
            .user(person, &["engineers"])
            .allow([person, READ, "*", "*", NAMESPACE, "*"])
            .allow([person, READ, "", "namespaces,nodes", "*", "*"])
            .allow([person, READ, "apiextensions.k8s.io", "*", "*", "*"])
            .allow([
                person,
                READ,
                "",
                "services,endpoints,pods",
                "monitoring",
                "*",
            ]);
    }
    for engineer in ["bob", "alice"] {
        access = access
            .allow([engineer, "*", "*", "*", NAMESPACE, "*"])
            .allow([
                engineer,
                "create,get",
                "",
                "pods/portforward",
                "monitoring",
                "*",
            ]);
    }
    access.allow([
        "carol",
        "approve,report",
        "flightdeck.dev",
        "*",
        NAMESPACE,
        "*",
    ])
}
